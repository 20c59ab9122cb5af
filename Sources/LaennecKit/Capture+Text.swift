public import Capture
import Glibc
public import Rules

extension CaptureError {
    /// One sentence that says what is wrong and what to do, in both languages.
    public var text: Text {
        let french =
            switch self {
            case .notFound(let path): "\(path)\u{00A0}: ce fichier n’existe pas\u{00A0}; vérifiez le chemin."
            case .permissionDenied(let path):
                "\(path)\u{00A0}: lecture refusée à cet utilisateur\u{00A0}; modifiez les droits du fichier ou changez d’utilisateur."
            case .isDirectory(let path): "\(path)\u{00A0}: c’est un dossier\u{00A0}; indiquez un fichier de capture qu’il contient."
            case .unreadable(let path, let code): "\(path)\u{00A0}: lecture impossible (\(Self.systemMessage(code)))."
            case .empty(let path): "\(path) : le fichier est vide (0 octet) ; refaites la capture."
            case .notACapture(let path, let format?) where format.isArchive:
                "\(path)\u{00A0}: c’est une archive \(format.rawValue)\u{00A0}; décompressez-la d’abord (gzip et zstd sont lus directement)."
            case .notACapture(let path, .text?):
                "\(path)\u{00A0}: c’est un fichier texte et non une capture réseau\u{00A0}; indiquez un fichier pcap ou pcapng."
            case .notACapture(let path, let format?):
                "\(path)\u{00A0}: c’est une capture au format \(format.rawValue)\u{00A0}; convertissez-la d’abord avec «\u{00A0}editcap -F pcapng\u{00A0}»."
            case .notACapture(let path, nil): "\(path)\u{00A0}: ce n’est pas une capture réseau\u{00A0}; indiquez un fichier pcap ou pcapng."
            case .unsupportedVersion(let path, let major, let minor):
                "\(path)\u{00A0}: la version \(major).\(minor) de ce format n’est pas prise en charge\u{00A0}; convertissez-la d’abord avec «\u{00A0}editcap -F pcapng\u{00A0}»."
            case .corruptHeader(let path):
                "\(path)\u{00A0}: l’en-tête de la capture est tronqué ou endommagé\u{00A0}; recopiez le fichier ou refaites la capture."
            case .noCaptureInDirectory(let path):
                "\(path)\u{00A0}: ce dossier ne contient aucune capture\u{00A0}; indiquez un dossier de fichiers pcap ou pcapng."
            case .noInput: "Aucune entrée\u{00A0}; indiquez un fichier de capture, un dossier, ou «\u{00A0}-\u{00A0}» pour l’entrée standard."
            case .badFilter(let expression, let message): "Le filtre «\u{00A0}\(expression)\u{00A0}» n’est pas valide\u{00A0}: \(message)."
            case .noSuchInterface(let name):
                "\(name)\u{00A0}: cette interface n’existe pas\u{00A0}; «\u{00A0}laennec interfaces\u{00A0}» donne la liste des interfaces."
            case .missingCapability(let interface, let capability):
                "\(interface)\u{00A0}: ce programme n’a pas le droit de capturer\u{00A0}; accordez-le avec «\u{00A0}setcap \(capability)=ep\u{00A0}» sur le programme, ou lancez-le en root."
            case .interfaceDown(let name): "\(name)\u{00A0}: l’interface est inactive\u{00A0}; activez-la avec «\u{00A0}ip link set \(name) up\u{00A0}»."
            case .captureFailed(let interface, let message): "\(interface)\u{00A0}: échec de la capture\u{00A0}: \(message)."
            }
        return Text(french: french, english: self.description)
    }

    fileprivate static func systemMessage(_ code: Int32) -> String {
        // strerror returns a string that stays valid until the next call in this thread; it is copied at once.
        unsafe String(cString: strerror(code))
    }
}

extension CaptureNotice {
    /// One sentence in both languages.
    public var text: Text {
        let french =
            switch self {
            case .truncatedTail(let byte): "La capture s’interrompt à l’octet \(byte)\u{00A0}; tout ce qui précède a été exploité."
            case .corruptRecord(let byte, let damage):
                "La capture est endommagée à l’octet \(byte) (\(damage.description))\u{00A0}; tout ce qui précède a été exploité."
            case .corruptCompression(let byte):
                "Les données compressées sont endommagées à l’octet \(byte) du fichier\u{00A0}; tout ce qui précède a été exploité."
            case .trailingData(let byte):
                "Le fichier contient autre chose après la capture compressée, à partir de l’octet \(byte)\u{00A0}; cette partie n’a pas été lue."
            case .readFailed(let byte, let code):
                "La lecture a échoué à l’octet \(byte) du fichier (\(CaptureError.systemMessage(code)))\u{00A0}; tout ce qui précède a été exploité."
            case .dropped(let interface, let byInterface, let bySystem):
                "\(interface ?? "La capture")\u{00A0}: \(byInterface) trames perdues par l’interface et \(bySystem) par le système de capture."
            case .filterNotApplicable(let linkType, let message):
                "Le filtre ne s’applique pas au type de liaison \(linkType) (\(message))\u{00A0}; ces trames ont été écartées."
            case .captureWarning(let message): "La capture fonctionne avec une restriction\u{00A0}: \(message)."
            case .captureEnded(let message): "La capture s’est arrêtée d’elle-même\u{00A0}: \(message)."
            }
        return Text(french: french, english: self.description)
    }
}
