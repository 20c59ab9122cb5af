import Foundation
import Wire

/// Something in a site file, or in the flow matrix that it names, that cannot be used, and where.
public struct SiteProblem: Error, Hashable, Sendable {
    /// The file's name as it was given.
    public let file: String
    /// Counted from 1; 0 where the problem is not one of a line.
    public let line: Int
    public let text: Text
    /// Whether the rest can be used all the same.
    public let isWarning: Bool

    public init(file: String, line: Int, text: Text, isWarning: Bool) {
        self.file = file
        self.line = line
        self.text = text
        self.isWarning = isWarning
    }

    /// `site.yml:12: …` in a language.
    public func description(_ language: Language) -> String {
        (self.line > 0 ? "\(self.file):\(self.line)" : self.file) + (language == .french ? "\u{00A0}: " : ": ") + self.text[language]
    }
}

/// Why a site file was not taken: everything that is wrong with it.
public struct SiteFailure: Error, Sendable {
    public let problems: [SiteProblem]
}

extension Site {
    /// Reads a site file, and the flow matrix that it names beside itself.
    /// - Parameter warnings: what can be used only in part.
    /// - Throws: everything that is wrong with it.
    public init(file: String, warnings: inout [SiteProblem]) throws(SiteFailure) {
        let text: String
        switch SiteFile.read(file) {
        case .success(let read): text = read
        case .failure(let problem): throw SiteFailure(problems: [problem])
        }
        let name = (file as NSString).lastPathComponent
        let folder = (file as NSString).deletingLastPathComponent
        try self.init(yaml: text, name: name, warnings: &warnings) { matrix in
            SiteFile.read(matrix.hasPrefix("/") ? matrix : (folder as NSString).appendingPathComponent(matrix))
        }
    }

    /// Reads the text of a site file.
    /// - Parameters:
    ///   - name: what problems call the file.
    ///   - open: reads the flow matrix that the file names.
    public init(
        yaml: String, name: String, warnings: inout [SiteProblem], open: (String) -> Result<String, SiteProblem>
    ) throws(SiteFailure) {
        let document: Document
        do {
            document = try Document(yaml: yaml, file: name)
        } catch {
            throw SiteFailure(problems: [
                SiteProblem(
                    file: name, line: error.line,
                    text: Text(french: "ce n’est pas un fichier YAML correct (\(error.message))", english: "this is not correct YAML (\(error.message))"),
                    isWarning: false)
            ])
        }
        var decoder = SiteDecoder(file: name)
        var source = Source(name: name, text: yaml)
        self = decoder.site(document) { matrix in
            let read = open(matrix)
            source.matrixName = matrix
            source.matrix = try? read.get()
            return read
        }
        self.source = source
        let (warned, failed) = (decoder.problems.filter(\.isWarning), decoder.problems.filter { !$0.isWarning })
        warnings += warned
        guard failed.isEmpty else { throw SiteFailure(problems: failed) }
    }

    /// Reads a site file that a result carries.
    public init(_ source: Source) throws(SiteFailure) {
        var warnings: [SiteProblem] = []
        try self.init(yaml: source.text, name: source.name, warnings: &warnings) { name in
            guard let matrix = source.matrix, name == source.matrixName else {
                return .failure(
                    SiteProblem(
                        file: source.name, line: 0, text: Text(french: "la matrice des flux manque dans le résultat", english: "the flow matrix is missing from the result"),
                        isWarning: false))
            }
            return .success(matrix)
        }
    }
}

/// Reads files that people write.
enum SiteFile {
    /// A site file or matrix is a page or a few; more is a mistake.
    private static let sizeLimit = 16 * 1024 * 1024

    static func read(_ path: String) -> Result<String, SiteProblem> {
        let name = (path as NSString).lastPathComponent
        func failure(_ french: String, _ english: String) -> Result<String, SiteProblem> {
            .failure(SiteProblem(file: name, line: 0, text: Text(french: french, english: english), isWarning: false))
        }
        let data: Data
        do throws(UserFile.Problem) {
            data = try UserFile.read(path, atMost: Self.sizeLimit)
        } catch {
            return failure(error.text.french, error.text.english)
        }
        guard !data.isEmpty else { return failure("ce fichier est vide", "this file is empty") }
        guard data.count <= Self.sizeLimit else { return failure("ce fichier dépasse 16 Mo", "this file is larger than 16 MB") }
        // Spreadsheets in French save CSV in the code page of Windows.
        guard let text = String(data: data, encoding: .utf8) ?? String(data: data, encoding: .windowsCP1252) else {
            return failure("ce fichier n’est pas du texte", "this file is not text")
        }
        return .success(text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text)
    }
}
