public import Capture
import Glibc
public import Rules

extension CaptureError {
    /// One sentence that says what is wrong and what to do, in both languages.
    public var text: Text {
        let french =
            switch self {
            case .notFound(let path): "\(path) : ce fichier n'existe pas ; vérifiez le chemin."
            case .permissionDenied(let path):
                "\(path) : lecture refusée à cet utilisateur ; modifiez les droits du fichier ou changez d'utilisateur."
            case .isDirectory(let path): "\(path) : c'est un dossier ; indiquez un fichier de capture qu'il contient."
            case .unreadable(let path, let code): "\(path) : lecture impossible (\(Self.systemMessage(code)))."
            case .empty(let path): "\(path) : le fichier est vide (0 octet) ; refaites la capture."
            case .notACapture(let path, let format?) where format.isArchive:
                "\(path) : c'est une archive \(format.rawValue) ; décompressez-la d'abord (gzip et zstd sont lus directement)."
            case .notACapture(let path, .text?):
                "\(path) : c'est un fichier texte et non une capture réseau ; indiquez un fichier pcap ou pcapng."
            case .notACapture(let path, let format?):
                "\(path) : c'est une capture au format \(format.rawValue) ; convertissez-la d'abord avec « editcap -F pcapng »."
            case .notACapture(let path, nil): "\(path) : ce n'est pas une capture réseau ; indiquez un fichier pcap ou pcapng."
            case .unsupportedVersion(let path, let major, let minor):
                "\(path) : la version \(major).\(minor) de ce format n'est pas prise en charge ; convertissez-la d'abord avec « editcap -F pcapng »."
            case .corruptHeader(let path):
                "\(path) : l'en-tête de la capture est tronqué ou endommagé ; recopiez le fichier ou refaites la capture."
            case .noCaptureInDirectory(let path):
                "\(path) : ce dossier ne contient aucune capture ; indiquez un dossier de fichiers pcap ou pcapng."
            case .noInput: "Aucune entrée ; indiquez un fichier de capture, un dossier, ou « - » pour l'entrée standard."
            case .badFilter(let expression, let message): "Le filtre « \(expression) » n'est pas valide : \(message)."
            case .noSuchInterface(let name):
                "\(name) : cette interface n'existe pas ; « laennec interfaces » donne la liste des interfaces."
            case .missingCapability(let interface, let capability):
                "\(interface) : ce programme n'a pas le droit de capturer ; accordez-le avec « setcap \(capability)=ep » sur le programme, ou lancez-le en root."
            case .interfaceDown(let name): "\(name) : l'interface est inactive ; activez-la avec « ip link set \(name) up »."
            case .captureFailed(let interface, let message): "\(interface) : échec de la capture : \(message)."
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
            case .truncatedTail(let byte): "La capture s'interrompt à l'octet \(byte) ; tout ce qui précède a été exploité."
            case .corruptRecord(let byte, let damage):
                "La capture est endommagée à l'octet \(byte) (\(damage.description)) ; tout ce qui précède a été exploité."
            case .corruptCompression(let byte):
                "Les données compressées sont endommagées à l'octet \(byte) du fichier ; tout ce qui précède a été exploité."
            case .trailingData(let byte):
                "Le fichier contient autre chose après la capture compressée, à partir de l'octet \(byte) ; cette partie n'a pas été lue."
            case .readFailed(let byte, let code):
                "La lecture a échoué à l'octet \(byte) du fichier (\(CaptureError.systemMessage(code))) ; tout ce qui précède a été exploité."
            case .dropped(let interface, let byInterface, let bySystem):
                "\(interface ?? "La capture") : \(byInterface) trames perdues par l'interface et \(bySystem) par le système de capture."
            case .filterNotApplicable(let linkType, let message):
                "Le filtre ne s'applique pas au type de liaison \(linkType) (\(message)) ; ces trames ont été écartées."
            case .captureWarning(let message): "La capture fonctionne avec une restriction : \(message)."
            case .captureEnded(let message): "La capture s'est arrêtée d'elle-même : \(message)."
            }
        return Text(french: french, english: self.description)
    }
}
