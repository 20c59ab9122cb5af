import Foundation
import GRDB
public import Rules

/// Why an inventory file cannot be used, and what to do about it.
public struct StoreFailure: Error, Hashable, Sendable {
    public enum Reason: Error, Hashable, Sendable {
        case missing, isDirectory
        /// The folder that it would be made in is not there.
        case noFolder
        /// Not a file of Laennec.
        case foreign
        /// Written by a newer program; the version of its schema.
        case newer(Int)
        case damaged
        /// Another scan is writing.
        case locked
        case noPermission
        /// The disk is full or does not answer.
        case cannotWrite
        /// The file of the changes is there, the inventory is not.
        case orphanedChanges
        /// A campaign of somewhere else: the establishment of the file, and that of the campaign.
        case otherEstablishment(file: String, campaign: String)
        /// No frame was read.
        case emptyCampaign
    }

    public let path: String
    public let reason: Reason

    public init(path: String, reason: Reason) {
        self.path = path
        self.reason = reason
    }

    public var text: Text {
        let (french, english) =
            switch self.reason {
            case .missing:
                (
                    "ce fichier n’existe pas\u{00A0}; «\u{00A0}laennec scan … --inventory\u{00A0}» le crée à la première campagne.",
                    "there is no such file; `laennec scan … --inventory` makes it with the first campaign."
                )
            case .isDirectory:
                ("c’est un dossier\u{00A0}; donnez le nom d’un fichier d’inventaire.", "this is a directory; give the name of an inventory file.")
            case .noFolder:
                ("le dossier n’existe pas\u{00A0}; créez-le, ou donnez un autre nom.", "there is no such folder; make it, or give another name.")
            case .foreign:
                (
                    "ce n’est pas un inventaire de Laennec\u{00A0}; le fichier n’a pas été modifié, donnez un autre nom.",
                    "this is not an inventory of Laennec; the file was not changed, give another name."
                )
            case .newer(let version):
                (
                    "cet inventaire a été écrit par une version plus récente de Laennec (schéma \(version), celui-ci connaît le \(InventoryFile.schemaVersion))\u{00A0}; il n’a pas été modifié, mettez Laennec à jour.",
                    "this inventory was written by a newer version of Laennec (schema \(version), this one knows \(InventoryFile.schemaVersion)); it was not changed, update Laennec."
                )
            case .damaged:
                (
                    "l’inventaire est endommagé\u{00A0}; n’y écrivez plus et reprenez la dernière sauvegarde.",
                    "the inventory is damaged; write to it no more and go back to the last backup."
                )
            case .locked:
                (
                    "un autre programme écrit dans l’inventaire\u{00A0}; recommencez quand il aura terminé.",
                    "another program is writing to the inventory; try again when it has finished."
                )
            case .noPermission:
                ("l’accès à l’inventaire est refusé\u{00A0}; vérifiez les droits du fichier et du dossier.", "access to the inventory is refused; check the rights of the file and its folder.")
            case .cannotWrite:
                (
                    "l’inventaire n’a pas pu être écrit\u{00A0}; vérifiez l’espace libre et le support. Les campagnes précédentes sont intactes.",
                    "the inventory could not be written; check the free space and the medium. Earlier campaigns are as they were."
                )
            case .orphanedChanges:
                (
                    "l’inventaire a disparu, mais ses dernières modifications (\(Self.name(self.path))-wal) sont là\u{00A0}; remettez le fichier à sa place, ou donnez un autre nom.",
                    "the inventory is gone, but its latest changes (\(Self.name(self.path))-wal) are there; put the file back, or give another name."
                )
            case .otherEstablishment(let file, let campaign):
                (
                    "cet inventaire est celui de «\u{00A0}\(file)\u{00A0}», la campagne est de «\u{00A0}\(campaign)\u{00A0}»\u{00A0}; un fichier par établissement.",
                    "this inventory is that of \"\(file)\", the campaign is of \"\(campaign)\"; one file per establishment."
                )
            case .emptyCampaign:
                ("aucune trame n’a été lue\u{00A0}; rien n’a été ajouté à l’inventaire.", "no frame was read; nothing was added to the inventory.")
            }
        return Text(french: "\(self.path) : \(french)", english: "\(self.path): \(english)")
    }

    private static func name(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }

    /// What an error of SQLite means for whoever uses the file.
    static func reason(of error: any Error) -> Reason {
        switch error {
        case let failure as StoreFailure: return failure.reason
        case let reason as Reason: return reason
        case is DamagedRow: return .damaged
        case let error as DatabaseError:
            switch error.resultCode.primaryResultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: return .locked
            case .SQLITE_NOTADB: return .foreign
            case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: return .noPermission
            case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_NOMEM: return .cannotWrite
            // A missing table, a value of the wrong kind, a broken page: the file is not what the program wrote.
            default: return .damaged
            }
        default: return .cannotWrite
        }
    }
}

/// A value that the program never writes.
struct DamagedRow: Error {}
