/// How the text of a field is compared.
public enum Match: Hashable, Sendable {
    case exact(String)
    case prefix(String)
    case suffix(String)
    case contains(String)
    case pattern(Pattern)
    /// The value stands in a registry, in a row whose columns hold the given values; the columns are the captures.
    case registry(String, where: [String: String] = [:])

    /// What the match remembers, or `nil` where the text does not match. Letter case aside where `ignoresCase` says so: the
    /// text of the match is then already folded.
    func captures(in text: String, ignoresCase: Bool, registries: [String: Table]) -> [String: String]? {
        switch self {
        case .pattern(let pattern): return pattern.match(text)
        case .registry(let name, let columns):
            guard let row = registries[name]?.look(up: text), columns.allSatisfy({ row[$0.key] == $0.value }) else { return nil }
            return row
        case .exact(let wanted): return (ignoresCase ? text.lowercased() : text) == wanted ? [:] : nil
        case .prefix(let wanted): return (ignoresCase ? text.lowercased() : text).utf8.starts(with: wanted.utf8) ? [:] : nil
        case .suffix(let wanted):
            let have = (ignoresCase ? text.lowercased() : text).utf8
            return have.count >= wanted.utf8.count && have.suffix(wanted.utf8.count).elementsEqual(wanted.utf8) ? [:] : nil
        case .contains(let wanted): return Self.contains((ignoresCase ? text.lowercased() : text).utf8, wanted.utf8) ? [:] : nil
        }
    }

    private static func contains(_ text: String.UTF8View, _ wanted: String.UTF8View) -> Bool {
        guard let first = wanted.first else { return true }
        var rest = text[...]
        while let index = rest.firstIndex(of: first) {
            rest = rest[index...]
            if rest.starts(with: wanted) { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    /// The names that a signature may use in what it asserts.
    func captureNames(registries: [String: Table]) -> [String] {
        switch self {
        case .pattern(let pattern): pattern.captureNames
        case .registry(let name, _): registries[name]?.columns ?? []
        case .exact, .prefix, .suffix, .contains: []
        }
    }
}
