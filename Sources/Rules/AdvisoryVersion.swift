/// A version as numbers and runs of letters: `B.06.18` is b, 6, 18. Words that only say "version" are left out.
struct AdvisoryVersion: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        case number(UInt64)
        case letters(String)
    }
    let parts: [Part]

    private static let words: Set<String> = ["v", "ver", "vers", "version", "r", "rel", "release", "rev", "revision", "sw", "software", "build"]
    private static let limit = 12

    /// Nil for what holds no version: nothing but words, or longer than versions are.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 64 else { return nil }
        var parts: [Part] = []
        var letters: [UInt8] = []
        var number: UInt64?
        func word(_ letters: [UInt8]) -> String? {
            let text = String(decoding: letters, as: UTF8.self)
            return letters.isEmpty || Self.words.contains(text) ? nil : text
        }
        for byte in Array(text.utf8) + [0x20] {
            let small = byte &- 0x41 < 26 ? byte | 0x20 : byte
            if small &- 0x30 < 10 {
                if let text = word(letters) { parts.append(.letters(text)) }
                letters = []
                let (tens, over) = (number ?? 0).multipliedReportingOverflow(by: 10)
                let (sum, carry) = tens.addingReportingOverflow(UInt64(small &- 0x30))
                guard !over, !carry else { return nil }
                number = sum
            } else {
                if let digits = number { parts.append(.number(digits)) }
                number = nil
                if small &- 0x61 < 26 {
                    letters.append(small)
                } else {
                    if let text = word(letters) { parts.append(.letters(text)) }
                    letters = []
                }
            }
        }
        guard !parts.isEmpty, parts.count <= Self.limit else { return nil }
        self.parts = parts
    }

    /// −1, 0 or 1; nil where a number meets letters, as such versions are of different series.
    /// - Parameter isTruncated: whether this version is compared only as far as the other goes: 9.33.1 is a 9.33.
    func compared(with other: AdvisoryVersion, isTruncated: Bool) -> Int? {
        for position in 0..<max(self.parts.count, other.parts.count) {
            let left = position < self.parts.count ? self.parts[position] : nil
            let right = position < other.parts.count ? other.parts[position] : nil
            switch (left, right) {
            case (.number(let left), .number(let right)): if left != right { return left < right ? -1 : 1 }
            case (.letters(let left), .letters(let right)): if left != right { return left < right ? -1 : 1 }
            case (nil, .number(let right)): if right != 0 { return -1 }
            case (.number(let left), nil):
                if isTruncated { return 0 }
                if left != 0 { return 1 }
            case (nil, .letters): return -1
            case (.letters, nil): return isTruncated ? 0 : 1
            default: return nil
            }
        }
        return 0
    }
}

/// The versions that an advisory concerns.
enum VersionRange: Hashable, Sendable {
    case all
    /// Told in prose.
    case unread
    /// Comparisons that hold together.
    case compared([Comparison])

    struct Comparison: Hashable, Sendable {
        let sign: String
        let bound: AdvisoryVersion
        let text: String

        /// Nil where the two cannot be compared.
        func holds(for version: AdvisoryVersion) -> Bool? {
            // A version is as exact as it was stated: "9.33 and prior" and "9.33" speak of 9.33.1 too.
            guard let order = version.compared(with: self.bound, isTruncated: self.sign == "=" || self.sign == "<=") else { return nil }
            return switch self.sign {
            case "=": order == 0
            case "<": order < 0
            case "<=": order <= 0
            case ">": order > 0
            default: order >= 0
            }
        }
    }

    static let signs: Set<UInt8> = [UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "*"), UInt8(ascii: "?")]

    /// The end of an item of the registry: `*`, `?`, or one or more of `<8.2`, `<=9.33`, `>=1.1`, `=9.7`.
    init?(_ parts: some Collection<String>) {
        guard let first = parts.first else { return nil }
        if first == "*" || first == "?" {
            guard parts.count == 1 else { return nil }
            self = first == "*" ? .all : .unread
            return
        }
        var comparisons: [Comparison] = []
        for part in parts {
            guard let sign = ["<=", ">=", "<", ">", "="].first(where: part.hasPrefix) else { return nil }
            let text = String(part.dropFirst(sign.count))
            guard let bound = AdvisoryVersion(text) else { return nil }
            comparisons.append(Comparison(sign: sign, bound: bound, text: text))
        }
        self = .compared(comparisons)
    }

    /// As people write it: `≥ 1.1, ≤ 1.3.2`.
    var description: String {
        guard case .compared(let comparisons) = self else { return "" }
        return comparisons.map { comparison in
            let sign = comparison.sign == "<=" ? "≤ " : comparison.sign == ">=" ? "≥ " : comparison.sign == "=" ? "" : comparison.sign + " "
            return sign + comparison.text
        }.joined(separator: ", ")
    }

    /// How a version stands to the range; nil: outside.
    /// - Parameter versions: what was seen, empty for nothing; several where a device states several.
    func standing(of versions: [String]) -> PotentialAdvisory.Standing? {
        guard case .compared(let comparisons) = self else {
            return self == .all ? .everyVersion : versions.isEmpty ? .versionNotSeen : .versionNotComparable
        }
        guard !versions.isEmpty else { return .versionNotSeen }
        var isOutside = false
        for version in versions {
            let parsed = AdvisoryVersion(version)
            let results = comparisons.map { comparison in parsed.flatMap { comparison.holds(for: $0) } }
            if !results.contains(false), !results.contains(nil) { return .versionInRange }
            // One comparison that fails is enough to be outside.
            if results.contains(false) { isOutside = true }
        }
        // Of several versions, one that is outside decides over those that cannot be compared: it is numbered as the advisory's are.
        return isOutside ? nil : .versionNotComparable
    }
}
