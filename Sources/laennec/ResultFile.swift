import Foundation
import Reports
import Rules

/// Writes a result where the user wants it, whole or not at all.
enum ResultFile {
    /// - Parameter path: a file, or `-` for standard output.
    static func write(_ report: Report, to path: String, _ language: Language) throws {
        if path == "-" {
            do {
                try JSONReport.write(report) { try FileHandle.standardOutput.write(contentsOf: Data($0)) }
            } catch {
                throw self.failure(path, error, language)
            }
            return
        }
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        do {
            if Self.isSpecial(target) {
                // A FIFO, a device, /dev/fd/N: there is nothing to replace, and it must not be replaced.
                guard let handle = FileHandle(forWritingAtPath: path) else { throw CocoaError(.fileWriteNoPermission) }
                defer { try? handle.close() }
                try JSONReport.write(report) { try handle.write(contentsOf: Data($0)) }
                return
            }
            try self.replace(target, with: report)
        } catch {
            throw self.failure(path, error, language)
        }
    }

    /// Every register as CSV, and the rules of the cut-off sheet, each a file of its own in a folder that is made if need be.
    static func writeRegisters(_ report: Report, to folder: String, _ language: Language) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for table in RegisterTable.all(report, language) {
                try Self.replace("\(folder)/\(table.name).csv", with: CSVFile.text(table, language, report.site.timeZone))
            }
            let rules = language == .french ? "fiche-de-coupure.nft" : "cut-off-sheet.nft"
            try Self.replace("\(folder)/\(rules)", with: CutOffRules.nftables(report, language))
        } catch {
            throw self.failure(folder, error, language)
        }
    }

    private static func replace(_ path: String, with text: String) throws {
        try self.replace(path) { handle in try handle.write(contentsOf: Data(text.utf8)) }
    }
    private static func replace(_ path: String, with report: Report) throws {
        try self.replace(path) { handle in try JSONReport.write(report) { try handle.write(contentsOf: Data($0)) } }
    }

    /// Written beside its place and then moved there: a full disk leaves the file of the last scan as it was.
    private static func replace(_ path: String, write: (FileHandle) throws -> Void) throws {
        let temporary = path + ".partial"
        do {
            guard FileManager.default.createFile(atPath: temporary, contents: nil), let handle = FileHandle(forWritingAtPath: temporary) else {
                throw CocoaError(.fileWriteNoPermission)
            }
            defer { try? handle.close() }
            try write(handle)
            try handle.synchronize()
            guard unsafe rename(temporary, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            try? FileManager.default.removeItem(atPath: temporary)
            throw error
        }
    }

    /// Whether something is there that is not a regular file.
    private static func isSpecial(_ path: String) -> Bool {
        var status = stat()
        // The system fills the structure, which lives during the call.
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }

    private static func failure(_ path: String, _ error: any Error, _ language: Language) -> any Error {
        let reason = errno == 0 ? "" : " (\(unsafe String(cString: strerror(errno))))"
        return Terminal.failure(
            Rules.Text(
                french: "\(path) : le résultat n'a pas pu être écrit\(reason) ; vérifiez l'espace libre et les droits du dossier.",
                english: "\(path): the result could not be written\(reason); check the free space and the rights of the folder."),
            language, Terminal.Exit.cannotWrite)
    }
}
