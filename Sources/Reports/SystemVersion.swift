import Rules

extension Identity {
    /// The version of the operating system that is named: one that the same evidence states, as the version of another system says nothing of it.
    var systemVersion: String? {
        guard let system = self[.operatingSystem]?.candidates.first else { return nil }
        let own = system.claims.filter { $0.value == system.value }
        return self[.operatingSystemVersion]?.candidates.first { version in
            version.claims.contains { claim in own.contains { $0.signature == claim.signature && $0.observation == claim.observation } }
        }?.value
    }
}

extension Phrasing {
    /// A version, or a range of versions as signatures have it, in the language: `10 or later`, `3.10 to 4.19`, `Vista or 7`.
    func systemVersion(_ version: String) -> String {
        let words = version.split(separator: " ", omittingEmptySubsequences: false)
        guard self.language == .french, words.count == 3, let first = words.first, let last = words.last else { return version }
        switch words.dropFirst().first {
        case "or" where last == "later": return "\(first) ou ultérieur"
        case "or": return "\(first) ou \(last)"
        case "to": return "\(first) à \(last)"
        default: return version
        }
    }
}
