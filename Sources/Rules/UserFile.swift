public import Foundation

/// A file that a person names.
public enum UserFile {
    /// Why it cannot be read.
    public enum Problem: Error, Hashable, Sendable {
        case missing, isDirectory, unreadable

        public var text: Text {
            switch self {
            case .missing: Text(french: "ce fichier n’existe pas\u{00A0}; vérifiez le chemin", english: "there is no such file; check the path")
            case .isDirectory: Text(french: "c’est un dossier, pas un fichier", english: "this is a directory, not a file")
            case .unreadable: Text(french: "ce fichier ne peut pas être lu\u{00A0}; vérifiez ses droits", english: "this file cannot be read; check its permissions")
            }
        }
    }

    /// - Parameter limit: the most octets that are of use; one more is read where there are more.
    public static func read(_ path: String, atMost limit: Int? = nil) throws(Problem) -> Data {
        var isDirectory: ObjCBool = false
        // The system writes the flag during the call.
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { throw .missing }
        guard !isDirectory.boolValue else { throw .isDirectory }
        guard let handle = FileHandle(forReadingAtPath: path) else { throw .unreadable }
        defer { try? handle.close() }
        do {
            let data = if let limit { try handle.read(upToCount: limit &+ 1) } else { try handle.readToEnd() }
            // There is none in an empty file.
            return data ?? Data()
        } catch {
            throw .unreadable
        }
    }
}
