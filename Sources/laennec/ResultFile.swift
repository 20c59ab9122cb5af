import Foundation
import Reports
import Rules

/// Writes a result where the user wants it, whole or not at all.
enum ResultFile {
    /// What is handed bytes, piece by piece.
    typealias Sink = ([UInt8]) throws -> Void

    /// The whole result as JSON.
    static func write(_ report: Report, to path: String, _ language: Language) throws {
        try self.write(to: path, language) { try JSONReport.write(report, to: $0) }
    }

    /// Every register, the inventory and the findings as CSV, and the rules of the cut-off sheet, each a file of its own in a folder that is made if need be.
    /// - Returns: the files.
    static func writeRegisters(_ report: Report, to folder: String, _ language: Language) throws -> [String] {
        let files = try self.write(RegisterTable.all(report, language) + RegisterTable.lists(report, language), into: folder, language, report.site.timeZone)
        let rules = folder + "/" + (language == .french ? "fiche-de-coupure.nft" : "cut-off-sheet.nft")
        try self.write(to: rules, language) { try $0(Array(CutOffRules.nftables(report, language).utf8)) }
        return files + [rules]
    }

    /// Tables as CSV, each a file of its own in a folder that is made if need be.
    /// - Returns: the files.
    @discardableResult
    static func write(_ tables: [RegisterTable], into folder: String, _ language: Language, _ zone: SiteTimeZone) throws -> [String] {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw self.failure(folder, language)
        }
        var files: [String] = []
        for table in tables {
            let (file, text) = ("\(folder)/\(table.name).csv", CSVFile.text(table, language, zone))
            try self.write(to: file, language) { try $0(Array(text.utf8)) }
            files.append(file)
        }
        return files
    }

    /// - Parameters:
    ///   - path: a file, or `-` for standard output.
    ///   - produce: hands over the bytes.
    static func write(to path: String, _ language: Language, produce: (@escaping Sink) throws -> Void) throws {
        do {
            guard path != "-" else { return try produce { try FileHandle.standardOutput.write(contentsOf: Data($0)) } }
            let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            guard Self.isSpecial(target) else { return try self.replace(target, produce) }
            // A FIFO, a device, /dev/fd/N: there is nothing to replace, and it must not be replaced.
            guard let handle = FileHandle(forWritingAtPath: path) else { throw CocoaError(.fileWriteNoPermission) }
            defer { try? handle.close() }
            try produce { try handle.write(contentsOf: Data($0)) }
        } catch {
            throw self.failure(path, language)
        }
    }

    /// Written beside its place and then moved there: a full disk leaves the file of the last scan as it was.
    private static func replace(_ path: String, _ produce: (@escaping Sink) throws -> Void) throws {
        let temporary = path + ".partial"
        do {
            guard FileManager.default.createFile(atPath: temporary, contents: nil), let handle = FileHandle(forWritingAtPath: temporary) else {
                throw CocoaError(.fileWriteNoPermission)
            }
            defer { try? handle.close() }
            try produce { try handle.write(contentsOf: Data($0)) }
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

    private static func failure(_ path: String, _ language: Language) -> any Error {
        if errno == EPIPE {
            return Terminal.failure(
                Rules.Text(
                    french: "\(path)\u{00A0}: le programme qui lisait le résultat s’est arrêté avant la fin.",
                    english: "\(path): the program that read the result stopped before its end."),
                language, Terminal.Exit.cannotWrite)
        }
        let reason = errno == 0 ? "" : " (\(unsafe String(cString: strerror(errno))))"
        return Terminal.failure(
            Rules.Text(
                french: "\(path)\u{00A0}: le résultat n’a pas pu être écrit\(reason)\u{00A0}; vérifiez l’espace libre et les droits du dossier.",
                english: "\(path): the result could not be written\(reason); check the free space and the rights of the folder."),
            language, Terminal.Exit.cannotWrite)
    }
}
