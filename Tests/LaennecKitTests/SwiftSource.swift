import Foundation

/// Swift source as the lint tests read it: comments and what stands in string literals are blanked, lines stay where they are.
struct SwiftSource {
    /// Relative to the top of the repository.
    let path: String
    /// Code without comments and literals, line by line.
    let lines: [String]
    /// As it is written.
    let original: [String]

    init(path: String, text: String) {
        self.path = path
        self.original = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        self.lines = Self.code(text).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// All files below folders of `Sources`, sorted; links are followed.
    static func files(_ folders: [String], endings: [String] = [".swift"]) throws -> [SwiftSource] {
        var files: [SwiftSource] = []
        for folder in folders { try Self.collect("Sources/" + folder, endings, &files) }
        guard !files.isEmpty else { throw Lab.Failure(description: "no sources in \(folders)") }
        return files
    }

    private static func collect(_ folder: String, _ endings: [String], _ files: inout [SwiftSource]) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: Lab.root.appendingPathComponent(folder).path).sorted() {
            let path = folder + "/" + name
            let url = Lab.root.appendingPathComponent(path)
            if endings.contains(where: name.hasSuffix) {
                files.append(SwiftSource(path: path, text: try String(contentsOf: url, encoding: .utf8)))
            } else if (try? FileManager.default.contentsOfDirectory(atPath: url.path)) != nil {
                try Self.collect(path, endings, &files)
            }
        }
    }

    /// The text with comments and the insides of string literals replaced by spaces.
    private static func code(_ text: String) -> String {
        let source = Array(text.unicodeScalars)
        var code = String.UnicodeScalarView()
        var index = 0
        var depth = 0
        func has(_ wanted: String, at place: Int) -> Bool {
            let scalars = Array(wanted.unicodeScalars)
            return place + scalars.count <= source.count && Array(source[place..<(place + scalars.count)]) == scalars
        }
        func blank(until end: Int) {
            while index < min(end, source.count) {
                code.append(source[index] == "\n" ? "\n" : " ")
                index += 1
            }
        }
        while index < source.count {
            if depth > 0 {
                if has("/*", at: index) { depth += 1 } else if has("*/", at: index) { depth -= 1 }
                blank(until: index + (has("/*", at: index) || has("*/", at: index) ? 2 : 1))
            } else if has("//", at: index) {
                var end = index
                while end < source.count, source[end] != "\n" { end += 1 }
                blank(until: end)
            } else if has("/*", at: index) {
                depth = 1
                blank(until: index + 2)
            } else if source[index] == "\"" {
                let mark = has("\"\"\"", at: index) ? "\"\"\"" : "\""
                var end = index + mark.count
                while end < source.count, !has(mark, at: end), mark.count == 3 || source[end] != "\n" { end += source[end] == "\\" ? 2 : 1 }
                code.append("\"")
                index += 1
                blank(until: end + mark.count - 1)
                if index < source.count {
                    code.append("\"")
                    index += 1
                }
            } else {
                code.append(source[index])
                index += 1
            }
        }
        return String(code)
    }
}
