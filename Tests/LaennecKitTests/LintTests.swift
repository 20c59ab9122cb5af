import Foundation
import Testing

/// Constructs that trap on bad values stay out of the code that handles the wire, and vendors' names out of all code.
///
/// Exceptions stand in `lint-allowed.tsv` beside this file: file, rule, a part of the line, and the reason. One that is no longer
/// needed is a failure as well.
@Suite struct LintTests {
    /// Where values of the wire are handled.
    private static let strict = ["Packets", "Dissectors", "Flows", "Wire"]
    /// In a folder whose other files speak with the system.
    private static let strictFiles: Set<String> = ["Sources/Capture/PcapWalker.swift", "Sources/Capture/PcapngWalker.swift", "Sources/Capture/SavefileSource.swift"]

    /// The rule of ``noVendorInCode()`` in the list of exceptions.
    private static let vendor = "vendor"

    struct Allowed: Hashable {
        let path: String
        let rule: String
        let part: String
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
        let captures = try SwiftSource.files(["Capture"]).filter { Self.strictFiles.contains($0.path) }
        #expect(captures.count == Self.strictFiles.count)
        let files = try SwiftSource.files(Self.strict) + captures
        let rules = LintRules()
        let sizes = rules.sizes(in: files)
        for file in files {
            for violation in rules.violations(in: file, sizes: sizes) {
                let exceptions = allowed.filter { $0.path == violation.path && $0.rule == violation.rule && violation.text.contains($0.part) }
                used.formUnion(exceptions)
                #expect(!exceptions.isEmpty, "\(violation.path):\(violation.line): \(violation.rule): \(violation.text)")
            }
        }
        for exception in Set(allowed).subtracting(used) where exception.rule != Self.vendor {
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
        #expect(LintRules().violations(in: file).map(\.rule).contains(rule), "\(code)")
    }

    @Test(arguments: [
        "let n = a &+ b", "if a != b {}", "let x = !y", "let n = Int(truncatingIfNeeded: value)", "let n = Int(exactly: value)", "let k = 64 * 1024",
        "let b = bytes.u8(at: offset)", "let a: [UInt8] = []", "let t = [Int](repeating: 0, count: 4)", "// try! this", "let s = \"a + b\"",
        "if list.count <= 4 {}", "let n = a / 4", "let c = UInt8(ascii: \"A\")", "func f(_ x: Int...) -> [String] {}",
    ])
    func lintLeaves(_ code: String) {
        let file = SwiftSource(path: "Sources/Packets/Example.swift", text: code)
        #expect(LintRules().violations(in: file).map(\.rule) == [], "\(code)")
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
        let exceptions = try Self.allowed().filter { $0.rule == Self.vendor }
        var used: Set<Allowed> = []
        for file in try SwiftSource.files(["Rules", "Dissectors", "Inventory", "Reports", "LaennecKit", "Flows", "Packets"]) {
            for (number, line) in file.original.enumerated() {
                let code = line.replacing(#/\s*\/\/.*$/#, with: "")
                for vendor in vendors where !words.contains(vendor) && code.contains(vendor) {
                    guard let range = code.range(of: vendor), Self.standsAlone(range, in: code) else { continue }
                    let allowed = exceptions.filter { $0.path == file.path && code.contains($0.part) }
                    used.formUnion(allowed)
                    #expect(!allowed.isEmpty, "\(file.path):\(number + 1): \(vendor)")
                }
            }
        }
        for exception in Set(exceptions).subtracting(used) {
            Issue.record("lint-allowed.tsv: \(exception.path) \(exception.rule) '\(exception.part)' is no longer needed")
        }
    }

    private static func standsAlone(_ range: Range<String.Index>, in text: String) -> Bool {
        let before = range.lowerBound == text.startIndex ? nil : text[text.index(before: range.lowerBound)]
        let after = range.upperBound == text.endIndex ? nil : text[range.upperBound]
        return before?.isLetter != true && after?.isLetter != true
    }

    @Test func nothingUnfinished() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Lab.root.appendingPathComponent("Sources").path).sorted()
        let words = try Regex(#"\b(TODO|FIXME|XXX|HACK|WIP|TBD|not implemented|unimplemented|placeholder|for now|stub)\b"#).wordBoundaryKind(.simple)
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
