import Rules

/// Results of one or several establishments. Those of one establishment are merged; private addresses of different ones, which
/// overlap, never meet.
public struct ResultGroup: Sendable {
    /// What tells establishments apart: the FINESS of the place, else that of the legal entity with the name, else the name.
    public struct Establishment: Hashable, Comparable, Sendable {
        /// Empty where no site file named one.
        public let key: String
        /// As the site file has it.
        public let name: String?

        init(_ site: Site) {
            self.name = site.name
            self.key = [site.geographicFINESS.map { "EG " + $0 }, site.legalFINESS.map { "EJ \($0) \(site.name ?? "")" }, site.name].lazy.compactMap(\.self).first ?? ""
        }

        public static func == (left: Self, right: Self) -> Bool { left.key == right.key }
        public func hash(into hasher: inout Hasher) { hasher.combine(self.key) }
        public static func < (left: Self, right: Self) -> Bool { left.key < right.key }
    }

    private var results: [Establishment: SavedResult] = [:]

    public init(_ results: [SavedResult]) {
        for result in results {
            let establishment = Establishment(result.site)
            self.results[establishment] = self.results[establishment].map { $0.merged(with: result) } ?? result
        }
    }

    /// Both together. Associative, commutative and idempotent, as merging results is.
    public func merged(with other: ResultGroup) -> ResultGroup { ResultGroup(Array(self.results.values) + Array(other.results.values)) }

    /// Sorted by establishment.
    public var establishments: [(establishment: Establishment, result: SavedResult)] {
        self.results.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
