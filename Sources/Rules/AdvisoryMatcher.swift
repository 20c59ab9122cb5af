import Synchronization

/// Finds the public advisories that may concern an asset, offline: by maker, product and version.
///
/// The maker has to be known with at least ``Identity/threshold`` and be one of the advisory's, and the product's name must have
/// all the words that the advisory asks for, as whole words: a maker alone says nothing. A version outside the range is no match.
///
/// ```swift
/// let matcher = AdvisoryMatcher(signatures)
/// for match in matcher.advisories(for: identity) { print(match.phrase.french) }
/// ```
public struct AdvisoryMatcher: Sendable {
    private let vocabulary: Vocabulary
    private let index: Index

    public init(_ signatures: SignatureSet) {
        self.vocabulary = signatures.vocabulary
        self.index = Index(signatures.registries[Advisory.registry], vocabulary: signatures.vocabulary)
    }

    /// The advisories that may concern the asset itself and the programs on it, sorted by id, one for each product concerned.
    public func advisories(for identity: Identity) -> [PotentialAdvisory] {
        var found: [PotentialAdvisory] = []
        let maker = identity[.maker].flatMap { $0.confidence >= Identity.threshold ? $0.value : nil }
        if let maker, let product = identity[.product], product.confidence >= Identity.threshold {
            let version = identity[.version].flatMap { $0.confidence >= Identity.threshold && !$0.isContradicted ? $0.value : nil }
            found += self.matches(makers: [maker], product: product.value, versions: version.map { [$0] } ?? [], isComponent: false)
        }
        // What an audit tool says of its programs is meant for those whom it calls.
        let isTool = identity[.role]?.candidates.contains { $0.value == "scanner" && $0.confidence >= Identity.threshold } ?? false
        for component in identity.software where !isTool && component.confidence >= Identity.threshold {
            // What is inside a product may be named with the product's maker.
            let makers = [component.maker, maker ?? ""].filter { !$0.isEmpty }
            found += self.matches(makers: makers, product: component.name, versions: component.versions, isComponent: true)
        }
        return found.sorted { ($0.advisory.id, $0.isComponent ? 1 : 0, $0.product) < ($1.advisory.id, $1.isComponent ? 1 : 0, $1.product) }
    }

    private func matches(makers: [String], product: String, versions: [String], isComponent: Bool) -> [PotentialAdvisory] {
        let candidates = self.index.advisories(of: makers)
        guard !candidates.isEmpty else { return [] }
        let name = ProductName(product)
        // DICOM states several versions with backslashes between them (PS3.5 section 6.2).
        let versions = versions.flatMap { $0.split(separator: "\\").map(String.init) }
        var found: [PotentialAdvisory] = []
        for advisory in candidates {
            let named = advisory.products.filter { name.has($0.words) }
            let standings = named.map { ($0, $0.versions.standing(of: versions)) }
            guard let standing = standings.compactMap(\.1).min(by: { $0.rawValue < $1.rawValue }) else { continue }
            var affected: [String] = []
            for (product, own) in standings where own == standing {
                let text = product.versions.description
                if !text.isEmpty, !affected.contains(text) { affected.append(text) }
            }
            found.append(
                PotentialAdvisory(
                    advisory: advisory, standing: standing, product: product, version: versions.isEmpty ? nil : versions.joined(separator: ", "),
                    affected: affected.joined(separator: "; "), isComponent: isComponent))
        }
        return found
    }

    /// Makers are compared as the vocabulary means them.
    private static func key(_ maker: String, _ vocabulary: Vocabulary) -> String { Vocabulary.folded(vocabulary.vendor(named: maker)) }

    /// The advisories by maker, read when the first is asked for.
    private final class Index: Sendable {
        private let table: Table?
        private let vocabulary: Vocabulary
        private let state = Mutex(State())

        private struct State {
            var byMaker: [String: [Advisory]]?
            /// The keys of makers that were asked for: thousands of assets have the same few.
            var keys: [String: String] = [:]
        }

        init(_ table: Table?, vocabulary: Vocabulary) {
            self.table = table
            self.vocabulary = vocabulary
        }

        /// Each once, in the order of the registry.
        func advisories(of makers: [String]) -> [Advisory] {
            self.state.withLock { state in
                let known = state.byMaker ?? self.read()
                state.byMaker = known
                var found: [Advisory] = []
                for maker in makers {
                    let key = state.keys[maker] ?? AdvisoryMatcher.key(maker, self.vocabulary)
                    state.keys[maker] = key
                    guard let advisories = known[key] else { continue }
                    for advisory in advisories where !found.contains(where: { $0.id == advisory.id }) { found.append(advisory) }
                }
                return found
            }
        }

        private func read() -> [String: [Advisory]] {
            var byMaker: [String: [Advisory]] = [:]
            self.table?.forEachRow { _, cells in
                guard case .success(let advisory) = Advisory.read(cells) else { return }
                var keys: [String] = []
                for maker in advisory.makers {
                    let key = AdvisoryMatcher.key(maker, self.vocabulary)
                    if !keys.contains(key) { keys.append(key) }
                }
                for key in keys { byMaker[key, default: []].append(advisory) }
            }
            return byMaker
        }
    }
}

/// The words of a product's name, in small letters. Neighbours count as one word too: `NM 750b` has the word `nm750b`.
struct ProductName {
    private let words: Set<String>

    init(_ name: String) {
        var words: [String] = []
        for word in name.lowercased().split(maxSplits: 16, whereSeparator: { !$0.isASCII || !$0.isLetter && !$0.isNumber }).prefix(16) {
            words.append(String(word.prefix(64)))
        }
        var all: Set<String> = []
        for start in words.indices {
            for end in start..<min(start + 3, words.count) { all.insert(words[start...end].joined()) }
        }
        self.words = all
    }

    func has(_ wanted: [String]) -> Bool { !wanted.isEmpty && wanted.allSatisfy(self.words.contains) }

    /// Whether a word can be one of a name: small letters and digits.
    static func isWord(_ text: String) -> Bool { text.utf8.allSatisfy { $0 &- 0x30 < 10 || $0 &- 0x61 < 26 } }
}
