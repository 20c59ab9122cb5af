import Foundation
import Testing

/// Constructs that trap on bad values stay out of the code that handles the wire, and vendors' names out of all code.
///
/// Exceptions stand in `lint-allowed.tsv` beside this file: file, rule, a part of the line, and the reason. One that is no longer
/// needed is a failure as well.
@Suite struct LintTests {
    /// Where values of the wire are handled.
    private static let strict = ["Packets", "Dissectors", "Flows", "Capture", "Wire"]
    /// Where no memory-unsafe expression may stand.
    private static let safe: Set<String> = ["Packets", "Dissectors"]

    struct Allowed: Hashable {
        let path: String
        let rule: String
        let part: String
    }

    struct Violation {
        let path: String
        let line: Int
        let rule: String
        let text: String
    }

    private static func allowed() throws -> [Allowed] {
        let list = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("lint-allowed.tsv")
        return try String(contentsOf: list, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 4, fields.allSatisfy({ !$0.isEmpty }) else { throw Lab.Failure(description: "lint-allowed.tsv: \(line)") }
            return Allowed(path: fields[0], rule: fields[1], part: fields[2])
        }
    }

    @Test func nothingTraps() throws {
        let allowed = try Self.allowed()
        var used: Set<Allowed> = []
        for file in try SwiftSource.files(Self.strict) {
            for violation in Self.violations(in: file) {
                let exceptions = allowed.filter { $0.path == violation.path && $0.rule == violation.rule && violation.text.contains($0.part) }
                used.formUnion(exceptions)
                #expect(!exceptions.isEmpty, "\(violation.path):\(violation.line): \(violation.rule): \(violation.text)")
            }
        }
        for exception in Set(allowed).subtracting(used) {
            Issue.record("lint-allowed.tsv: \(exception.path) \(exception.rule) '\(exception.part)' is no longer needed")
        }
    }

    /// The lint finds what it is for, and leaves what is harmless.
    @Test(arguments: [
        ("try! parse()", "try!"), ("let x = y as! Int", "as!"), ("let x = list.first!", "force-unwrap"), ("call(a)!.b", "force-unwrap"),
        ("fatalError(\"no\")", "trap"), ("precondition(x > 0)", "trap"), ("let s = unsafe p.pointee", "unsafe"), ("let n = a + b", "arithmetic"),
        ("count += step", "arithmetic"), ("let n = length * 4", "arithmetic"), ("let n = Int(value)", "conversion"), ("let b = UInt8(word >> 8)", "conversion"),
        ("let b = bytes[offset]", "subscript"), ("let n = a / b", "division"), ("list.removeLast()", "removal"), ("for i in 0..<n {}", "range"),
    ])
    func lintSees(_ code: String, _ rule: String) {
        let file = SwiftSource(path: "Sources/Packets/Example.swift", text: code)
        #expect(Self.violations(in: file).map(\.rule).contains(rule), "\(code)")
    }

    @Test(arguments: [
        "let n = a &+ b", "if a != b {}", "let x = !y", "let n = Int(truncatingIfNeeded: value)", "let n = Int(exactly: value)", "let k = 64 * 1024",
        "let b = bytes.u8(at: offset)", "let a: [UInt8] = []", "let t = [Int](repeating: 0, count: 4)", "// try! this", "let s = \"a + b\"",
        "if list.count <= 4 {}", "let n = a / 4", "let c = UInt8(ascii: \"A\")", "func f(_ x: Int...) -> [String] {}",
    ])
    func lintLeaves(_ code: String) {
        let file = SwiftSource(path: "Sources/Packets/Example.swift", text: code)
        #expect(Self.violations(in: file).map(\.rule) == [], "\(code)")
    }

    // MARK: The rules

    static func violations(in file: SwiftSource) -> [Violation] {
        let folder = file.path.split(separator: "/").dropFirst().first.map(String.init) ?? ""
        let small = Self.smallNames(in: file)
        var violations: [Violation] = []
        for (index, line) in file.lines.enumerated() {
            func found(_ rule: String) {
                violations.append(
                    Violation(path: file.path, line: index + 1, rule: rule, text: file.original[index].trimmingCharacters(in: .whitespaces)))
            }
            if line.contains(#/\btry!/#) { found("try!") }
            if line.contains(#/\bas!/#) { found("as!") }
            if line.contains(#/[\w\)\]\}]!(?![=\w])/#), !line.contains(#/\b(try|as)!/#) { found("force-unwrap") }
            if line.contains(#/\b(fatalError|precondition|preconditionFailure|assert|assertionFailure|unsafeBitCast|unsafeDowncast)\s*\(/#) { found("trap") }
            if Self.safe.contains(folder), line.contains(#/\bunsafe\b/#) { found("unsafe") }
            if Self.hasPlainArithmetic(line) { found("arithmetic") }
            if line.contains(#/ (\/|%)=? (?![0-9(]*[1-9])/#) { found("division") }
            if Self.hasConversion(line, small) { found("conversion") }
            if Self.safe.contains(folder), Self.hasSubscript(line) { found("subscript") }
            if line.contains(#/\.(removeFirst|removeLast|remove)\((at: |)\w*\)/#), !line.contains(#/\?\.remove/#) { found("removal") }
            if line.contains(#/\bin [\w.]+(\.\.<|\.\.\.)[a-zA-Z_(]/#) { found("range") }
        }
        return violations
    }

    /// `+`, `-`, `*` and their assignments between operands that are not both numbers written out.
    private static func hasPlainArithmetic(_ line: String) -> Bool {
        guard !line.contains(#/(func|operator) [-+*]/#) else { return false }
        for match in line.matches(of: #/(\S*) ([-+*]|[-+*]=) (\S+)/#) {
            let left = match.output.1
            let right = match.output.3
            let isNumber = left.last?.isNumber == true && left.first?.isLetter == false && right.first?.isNumber == true
            // Text and lists are joined with the same sign.
            let joins = left.hasSuffix("\"") || right.hasPrefix("\"") || left.hasSuffix("]") && match.output.2 == "+" && right.hasPrefix("[")
            if !isNumber, !joins { return true }
        }
        return false
    }

    /// `Int(x)` and the like, without a label that says what becomes of a value that does not fit. Widening what was read as one, two
    /// or four octets into an `Int` cannot fail.
    private static func hasConversion(_ line: String, _ small: Set<String>) -> Bool {
        for match in line.matches(of: #/(?:^|[^\w.\[])(U?Int(?:8|16|32|64)?)\(([^()]*(?:\([^()]*\)[^()]*)*)\)/#) {
            let argument = String(match.output.2).trimmingCharacters(in: CharacterSet.whitespaces)
            if argument.isEmpty || argument.contains(#/^(\w+):/#) || argument.contains(#/^[0-9]/#) { continue }
            let isWide = ["Int", "UInt64", "Int64", "UInt"].contains(match.output.1)
            guard isWide else { return true }
            if argument.contains(#/& (0x[0-9A-F_]+|[0-9]+)$/#) || argument.hasPrefix("UInt8(") || argument.hasPrefix("UInt16(") { continue }
            let head = argument.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
            let name = head.split(separator: ".").last.map { String($0) } ?? ""
            if small.contains(name) || argument.contains(#/\.rawValue$/#) { continue }
            return true
        }
        return false
    }

    /// Names that the file binds to values of at most four octets.
    private static func smallNames(in file: SwiftSource) -> Set<String> {
        var small: Set<String> = []
        var wide: Set<String> = []
        for line in file.lines {
            for match in line.matches(of: #/\b(\w+)(?::|,) *(UInt8|UInt16|UInt32)\b/#) { small.insert(String(match.output.1)) }
            for match in line.matches(of: #/\b(?:let|var) (\w+) = (?:try )?[\w.?]*\b(u8|u16|u32|u16le|u32le|u24)\(/#) { small.insert(String(match.output.1)) }
            for match in line.matches(of: #/\b(\w+) = [\w.?]*\b(u64|u64le)\(/#) { wide.insert(String(match.output.1)) }
            for match in line.matches(of: #/\b(\w+): U?Int(64)?\b/#) { wide.insert(String(match.output.1)) }
        }
        return small.subtracting(wide)
    }

    /// An index into something, other than a number written out in a table of fixed size or the name of a key.
    private static func hasSubscript(_ line: String) -> Bool {
        for match in line.matches(of: #/(\w+)\[([^\[\]]+)\]/#) {
            let name = match.output.1
            let inside = match.output.2
            if name.first?.isUppercase == true || ["in", "return", "case", "is", "as", "inout", "else", "of", "some", "any"].contains(name) { continue }
            if inside.hasPrefix(".") || inside.hasPrefix("\"") || inside.contains(", default:") { continue }
            return true
        }
        return false
    }

    // MARK: Names and words

    /// Who makes devices is data: no rule and no dissector knows a vendor.
    @Test func noVendorInCode() throws {
        let list = Lab.root.appendingPathComponent("Signatures/vocabulary/vendors.tsv")
        var vendors: [String] = []
        for line in try String(contentsOf: list, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            let names = line.split(whereSeparator: { $0 == "\t" || $0 == "," }).map { $0.trimmingCharacters(in: .whitespaces) }
            vendors += names.filter { $0.count >= 4 }
        }
        #expect(vendors.count > 100)
        // Vendors whose names are also words of protocols and formats.
        let words: Set<String> = ["Microsoft", "Cisco", "Apple", "Oracle"]
        let exceptions = try Self.allowed().filter { $0.rule == "vendor" }
        for file in try SwiftSource.files(["Rules", "Dissectors", "Inventory", "Reports", "LaennecKit", "Flows", "Packets"]) {
            for (number, line) in file.original.enumerated() {
                let code = line.replacing(#/\s*\/\/.*$/#, with: "")
                for vendor in vendors where !words.contains(vendor) && code.contains(vendor) {
                    guard let range = code.range(of: vendor), Self.standsAlone(range, in: code) else { continue }
                    let isAllowed = exceptions.contains { $0.path == file.path && code.contains($0.part) }
                    #expect(isAllowed, "\(file.path):\(number + 1): \(vendor)")
                }
            }
        }
    }

    private static func standsAlone(_ range: Range<String.Index>, in text: String) -> Bool {
        let before = range.lowerBound == text.startIndex ? nil : text[text.index(before: range.lowerBound)]
        let after = range.upperBound == text.endIndex ? nil : text[range.upperBound]
        return before?.isLetter != true && after?.isLetter != true
    }

    @Test func nothingUnfinished() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Lab.root.appendingPathComponent("Sources").path).sorted()
        let words = try Regex(#"\b(TODO|FIXME|XXX|HACK|WIP|TBD|not implemented|unimplemented|placeholder|for now|stub)\b"#)
        let paths = try Regex(#"(^|[^\w.])/(home|Users|root|work|tmp|mnt|opt)/"#)
        let tests = try ["LaennecKitTests", "ReportsTests", "CommandTests"].flatMap { try SwiftSource.files(["../Tests/" + $0]) }
        for file in try SwiftSource.files(folders, endings: [".swift", ".h", ".modulemap"]) + tests {
            guard !file.path.hasSuffix("LintTests.swift") else { continue }
            for (number, line) in file.original.enumerated() {
                #expect(!line.contains(words), "\(file.path):\(number + 1): \(line.trimmingCharacters(in: .whitespaces))")
                #expect(!line.contains(paths), "\(file.path):\(number + 1): \(line.trimmingCharacters(in: .whitespaces))")
            }
        }
    }
}
