import Synchronization

/// All signatures, rules, lists and registries that a scan uses.
///
/// ```swift
/// let signatures = try SignatureSet.builtIn.adding(directory: "/etc/laennec/signatures")
/// let identifier = Identifier(signatures)
/// ```
public struct SignatureSet: Sendable {
    public internal(set) var vocabulary = Vocabulary()
    /// Who an asset is, sorted by id.
    public internal(set) var identity: [IdentitySignature] = []
    /// What is wrong, sorted by id.
    public internal(set) var rules: [ExposureRule] = []
    /// Names the exact content: 16 hexadecimal digits of all files, with one more group for every folder added.
    public internal(set) var fingerprint = ""
    var registries: [String: Table] = [:]
    var texts: [any RuleTexts] = []
    var sources: [String: SourceText] = [:]
    /// Positions in ``rules`` by id.
    var ruleIndex: [String: Int] = [:]

    enum SourceText: Sendable {
        case fixed(StaticString)
        case loaded(String)
    }

    public func rule(_ id: String) -> ExposureRule? { self.ruleIndex[id].map { self.rules[$0] } }

    /// What a rule says to people.
    public func text(of rule: String) -> RuleText? {
        for texts in self.texts {
            if let text = texts.text(of: rule) { return text }
        }
        return nil
    }

    /// What a registry calls a value, in its column `title`; `nil` where it has none.
    public func title(of value: String, in registry: String) -> String? { self.registries[registry]?.look(up: value)?["title"] }

    /// What a column of a registry holds for a value; `nil` where there is no such row.
    public func value(of value: String, in registry: String, column: String) -> String? { self.registries[registry]?.look(up: value)?[column] }

    /// The names of the registries and how many rows each has.
    public var registrySizes: [(name: String, rows: Int)] {
        self.registries.sorted { $0.key < $1.key }.map { name, table in
            var rows = 0
            table.forEachRow { _, _ in rows += 1 }
            return (name, rows)
        }
    }

    /// The file that holds a signature or rule, and its lines there as the author wrote them.
    public func source(of id: String) -> (file: String, text: String)? {
        let place = self.rule(id).map { ($0.file, $0.id) } ?? self.identity.first { $0.id == id }.map { ($0.file, $0.id) }
        guard let (file, _) = place, let source = self.sources[file] else { return nil }
        let text: String
        switch source {
        case .fixed(let fixed): text = fixed.withBytes { $0.string }
        case .loaded(let loaded): text = loaded
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { Self.identifier(of: $0) == id }) else { return nil }
        var end = lines[(start + 1)...].firstIndex { Self.identifier(of: $0) != nil } ?? lines.endIndex
        while end > start + 1, lines[end - 1].allSatisfy(\.isWhitespace) { end -= 1 }
        return (file, lines[start..<end].joined(separator: "\n"))
    }

    /// The id that a line of a list of signatures begins with.
    private static func identifier(of line: Substring) -> String? {
        let trimmed = line.drop { $0 == " " }
        guard trimmed.hasPrefix("- id: ") else { return nil }
        return trimmed.dropFirst(6).trimmingSuffix(while: \.isWhitespace).description
    }

    mutating func sort() {
        self.identity.sort { $0.id < $1.id }
        self.rules.sort { $0.id < $1.id }
        self.ruleIndex = [:]
        for (index, rule) in self.rules.enumerated() { self.ruleIndex[rule.id] = index }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var text = self
        while let last = text.last, predicate(last) { text.removeLast() }
        return text
    }
}

/// Where texts of rules come from.
protocol RuleTexts: Sendable {
    func text(of rule: String) -> RuleText?
}

/// Texts that were read with the rules.
struct LoadedTexts: RuleTexts {
    let texts: [String: RuleText]
    func text(of rule: String) -> RuleText? { self.texts[rule] }
}

/// Texts that the program carries, read when the first of them is wanted.
final class EmbeddedTexts: RuleTexts {
    private let compact: StaticString
    private let texts = Mutex<[String: RuleText]?>(nil)

    init(_ compact: StaticString) { self.compact = compact }

    func text(of rule: String) -> RuleText? {
        self.texts.withLock { texts in
            let known = texts ?? self.decode()
            texts = known
            return known[rule]
        }
    }

    private func decode() -> [String: RuleText] {
        var decoder = SignatureDecoder(vocabulary: Vocabulary(), registries: [:], isChecked: true)
        var texts: [String: RuleText] = [:]
        for entry in self.compact.withBytes({ Document(compact: $0) })?.map ?? [] {
            texts[entry.key] = decoder.ruleText(entry.value)
        }
        return texts
    }
}

/// A stable 64-bit hash (FNV-1a): the same on every machine and in every run.
struct StableHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { self.value = (self.value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }
    /// Adds a text and its end, so that "ab" and "c" differ from "a" and "bc".
    mutating func add(_ text: String) {
        self.add(text.utf8)
        self.add(CollectionOfOne(0xFF))
    }
    /// 16 hexadecimal digits.
    var hexadecimal: String {
        let digits = String(self.value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
