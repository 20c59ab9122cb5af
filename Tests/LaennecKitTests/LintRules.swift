import Foundation

/// What the lint takes for dangerous. It knows words, not types: what is harmless all the same stands in the list of exceptions.
struct LintRules {
    struct Violation {
        let path: String
        let line: Int
        let rule: String
        let text: String
    }

    /// Where no memory-unsafe expression and no unchecked index may stand.
    private static let safe: Set<String> = ["Packets", "Dissectors"]

    func violations(in file: SwiftSource, sizes: [String: Int] = [:]) -> [Violation] {
        let folder = file.path.split(separator: "/").dropFirst().first.map(String.init) ?? ""
        let known = sizes.merging(self.sizes(in: [file])) { _, own in own }
        var violations: [Violation] = []
        for (index, line) in file.lines.enumerated() {
            func found(_ rule: String) {
                violations.append(
                    Violation(path: file.path, line: index + 1, rule: rule, text: file.original[index].trimmingCharacters(in: .whitespaces)))
            }
            if line.contains("!") {
                if line.contains("try!") { found("try!") }
                if line.contains("as!") { found("as!") }
                if line.contains(self.forceUnwrap), !line.contains("try!"), !line.contains("as!") { found("force-unwrap") }
            }
            if line.contains("("), line.contains(self.trap) { found("trap") }
            if Self.safe.contains(folder), line.contains("unsafe"), line.contains(self.unsafe) { found("unsafe") }
            if line.contains(" + ") || line.contains(" - ") || line.contains(" * ") || line.contains("= "), self.hasPlainArithmetic(line) { found("arithmetic") }
            if line.contains(" / ") || line.contains(" % ") || line.contains(" /= ") || line.contains(" %= "), line.contains(self.division) { found("division") }
            if line.contains("Int"), self.hasConversion(line, known) { found("conversion") }
            if Self.safe.contains(folder), line.contains("["), self.hasSubscript(line) { found("subscript") }
            if line.contains(".remove"), line.contains(self.removal), !line.contains("?.remove") { found("removal") }
            if line.contains("..") {
                // From 0 to a count or a limit: neither is negative.
                let ranges = line.matches(of: self.range)
                if ranges.contains(where: { $0.output.1 != "0" || !($0.output.2.hasSuffix("ount") || $0.output.2.hasSuffix("imit")) }) { found("range") }
            }
        }
        return violations
    }

    private let forceUnwrap = #/[\w\)\]\}]!($|[^=\w])/#
    private let trap =
        #/\b(fatalError|precondition|preconditionFailure|assert|assertionFailure|unsafeBitCast|unsafeDowncast)\s*\(/#.wordBoundaryKind(.simple)
    private let unsafe = #/\bunsafe\b/#.wordBoundaryKind(.simple)
    private let division = #/ (\/|%)=? (?![0-9(]*[1-9])/#
    private let removal = #/\.(removeFirst|removeLast|remove)\((at: |)\w*\)/#
    private let range = #/\bin ([\w.]+)(?:\.\.<|\.\.\.)([a-zA-Z_][\w.]*)/#.wordBoundaryKind(.simple)
    private let operation = #/(\S*) ([-+*]|[-+*]=) (\S+)/#
    private let conversion = #/(?:^|[^\w.\[])(U?Int(?:8|16|32|64)?)\(([^()]*(?:\([^()]*\)[^()]*)*)\)/#
    private let read = #/\.u(8|16|32)(le)?\(/#
    private let index = #/(\w+)\[([^\[\]]+)\]/#
    private let declaration = #/\b(\w+): (U?Int(?:8|16|32|64)?)\b/#.wordBoundaryKind(.simple)
    private let binding = #/\b(\w+) = (?:try\?? )?[\w.?]*\.u(8|16|32|64)(?:le)?\(/#.wordBoundaryKind(.simple)

    /// `+`, `-`, `*` and their assignments between operands that are not both numbers written out.
    private func hasPlainArithmetic(_ line: String) -> Bool {
        if line.contains("func ") && line.contains(" (left") || line.contains("operator ") { return false }
        for match in line.matches(of: self.operation) {
            let left = match.output.1
            let right = match.output.3
            // A product of three has its first two in the match before.
            let isNumber = (left.isEmpty || left.last?.isNumber == true && left.first?.isLetter == false) && right.first?.isNumber == true
            // Text and lists are joined with the same sign.
            let joins = left.hasSuffix("\"") || right.hasPrefix("\"") || line.contains(".copied()") || left.hasSuffix("]") || right.hasPrefix("[")
            if !isNumber, !joins { return true }
        }
        return false
    }

    /// `Int(x)` and the like, without a label that says what becomes of a value that does not fit. Widening cannot fail.
    private func hasConversion(_ line: String, _ sizes: [String: Int]) -> Bool {
        for match in line.matches(of: self.conversion) {
            let argument = String(match.output.2).trimmingCharacters(in: CharacterSet.whitespaces)
            let head = argument.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
            let isLabelled = argument.dropFirst(head.count).hasPrefix(":") || argument.contains(", radix:")
            if argument.isEmpty || argument.first?.isNumber == true || isLabelled { continue }
            let size = self.size(of: match.output.1)
            // Read from the wire as so many octets, or cut to them.
            let isRead = argument.contains(self.read) || argument == "$0" && line.contains(self.read)
            if isRead, size >= 32 { continue }
            if size > 32, argument.contains(" & 0x") || argument.hasSuffix(".rawValue") || argument.hasPrefix("UInt") { continue }
            let name = head.split(separator: ".").last.map { String($0) } ?? ""
            if let known = sizes[name], known <= size { continue }
            return true
        }
        return false
    }

    /// Bits that a value of the type can have and an `Int` can hold.
    private func size(of type: Substring) -> Int {
        Int(type.drop { !$0.isNumber }) ?? 63
    }

    /// The largest size that each name is declared with.
    func sizes(in files: [SwiftSource]) -> [String: Int] {
        var sizes: [String: Int] = [:]
        for file in files {
            for line in file.lines {
                func add(_ name: Substring, _ size: Int) { sizes[String(name)] = max(sizes[String(name)] ?? 0, size) }
                if line.contains(": Int") || line.contains(": UInt") {
                    for match in line.matches(of: self.declaration) { add(match.output.1, self.size(of: match.output.2)) }
                }
                if line.contains(".u") { for match in line.matches(of: self.binding) { add(match.output.1, Int(match.output.2) ?? 64) } }
            }
        }
        return sizes
    }

    /// An index into something, other than the name of a key.
    private func hasSubscript(_ line: String) -> Bool {
        if line.contains("subscript(") { return false }
        for match in line.matches(of: self.index) {
            let name = match.output.1
            let inside = match.output.2
            if name.first?.isUppercase == true || ["in", "return", "case", "is", "as", "inout", "else", "of", "some", "any"].contains(name) { continue }
            if inside.hasPrefix(".") || inside.hasPrefix("\"") || inside.contains(", default:") { continue }
            return true
        }
        return false
    }
}
