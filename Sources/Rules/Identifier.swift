import Dispatch
public import Inventory
import Observations
import Synchronization
import Wire

/// Says who assets are, from the identity signatures of a set.
public struct Identifier: Sendable {
    private let signatures: SignatureSet
    /// By ``Attribute/rawValue``.
    private let fields: [FieldIndex?]
    /// The most different values that evidence of a kind may give, by its id.
    private let spreads: [String: Int]

    public init(_ signatures: SignatureSet) {
        self.signatures = signatures
        var groups: [Attribute: [Int]] = [:]
        for (position, signature) in signatures.identity.enumerated() { groups[signature.field, default: []].append(position) }
        var fields: [FieldIndex?] = []
        for (attribute, positions) in groups {
            let index = Int(attribute.rawValue)
            while fields.count <= index { fields.append(nil) }
            fields[index] = FieldIndex(positions, in: signatures)
        }
        self.fields = fields
        self.spreads = Dictionary(signatures.vocabulary.evidence.values.map { ($0.id, $0.spread) }, uniquingKeysWith: min)
    }

    /// The signatures of one field, so that a value meets only those that can match it.
    private struct FieldIndex: Sendable {
        var exact: [String: [Int]] = [:]
        /// Prefixes by their length in UTF-8 octets; a handful of lengths.
        var prefixes: [(count: Int, signatures: [String: [Int]])] = []
        /// Tried one by one.
        var others: [Int] = []

        init(_ positions: [Int], in set: SignatureSet) {
            var byLength: [Int: [String: [Int]]] = [:]
            for position in positions {
                let signature = set.identity[position]
                switch signature.match {
                case .exact(let text) where !signature.ignoresCase: self.exact[text, default: []].append(position)
                case .prefix(let text) where !signature.ignoresCase: byLength[text.utf8.count, default: [:]][text, default: []].append(position)
                case .pattern(let pattern) where !signature.ignoresCase && !pattern.head.isEmpty:
                    let head = String(decoding: pattern.head, as: UTF8.self)
                    byLength[head.utf8.count, default: [:]][head, default: []].append(position)
                default: self.others.append(position)
                }
            }
            self.prefixes = byLength.map { (count: $0.key, signatures: $0.value) }.sorted { $0.count < $1.count }
        }

        func candidates(_ value: String) -> [Int] {
            var found = self.others
            if let exact = self.exact[value] { found += exact }
            let utf8 = value.utf8
            for (count, signatures) in self.prefixes {
                guard count <= utf8.count else { break }
                if let matching = signatures[String(decoding: utf8.prefix(count), as: UTF8.self)] { found += matching }
            }
            return found
        }
    }

    /// What the signatures make of values: thousands of assets say the same few things.
    private struct Memory {
        struct Matched {
            let signature: Int
            /// A registry may say of each row how sure it is.
            let confidence: Int
            let values: [(field: IdentityField, text: String)]
        }
        var matches: [Attribute: [String: [Matched]]] = [:]
    }

    /// What else an asset shows, and which signatures' further conditions that meets: each is asked once, however many values match.
    private struct Circumstances {
        private let scope: Condition.Scope
        private var answers: [Int: Bool] = [:]

        init(_ observations: [Observation]) { self.scope = Condition.Scope(observations) }

        mutating func meet(_ condition: Condition, of signature: Int, _ registries: [String: Table]) -> Bool {
            if let known = self.answers[signature] { return known }
            let answer = condition.holds(in: self.scope, registries: registries)
            self.answers[signature] = answer
            return answer
        }
    }

    /// Who the asset is.
    public func identify(_ asset: Asset) -> Identity {
        var memory = Memory()
        return self.identify(asset, &memory)
    }

    private func identify(_ asset: Asset, _ memory: inout Memory) -> Identity {
        let observations = Self.observations(of: asset)
        var circumstances = Circumstances(observations)
        var claims: [Claim] = []
        for observation in observations { claims += self.claims(of: observation, &circumstances, &memory) }
        guard !claims.isEmpty else { return Identity(asset: asset.id, conclusions: [], software: [], passedOn: [], isMedical: false) }
        let (valid, passedOn) = self.separate(claims, of: asset)

        var conclusions: [Conclusion] = []
        for (field, claims) in Dictionary(grouping: valid, by: \.field) where field != .software && field != .softwareVersion {
            conclusions.append(Conclusion(field: field, candidates: self.candidates(claims)))
        }
        conclusions.sort { $0.field < $1.field }
        let kind = conclusions.first { $0.field == .deviceClass && $0.confidence >= Identity.hint }
        let isMedical = kind.flatMap { self.signatures.vocabulary.deviceClasses[$0.value]?.isMedical } ?? false
        return Identity(
            asset: asset.id, conclusions: conclusions, software: self.components(valid), passedOn: passedOn, isMedical: isMedical)
    }

    /// Identities of all assets, by their id.
    public func identities(in census: Census) -> [String: Identity] {
        // Each asset stands alone: large censuses are shared between the processors, and the answer does not depend on how.
        let size = max(Self.portion, census.assets.count / 64)
        let found = Mutex<[String: Identity]>([:])
        DispatchQueue.concurrentPerform(iterations: (census.assets.count &+ size &- 1) / size) { number in
            var memory = Memory()
            let portion = census.assets.dropFirst(number &* size).prefix(size).map { ($0.id, self.identify($0, &memory)) }
            found.withLock { identities in for (id, identity) in portion { identities[id] = identity } }
        }
        return found.withLock { $0 }
    }

    /// Assets that are worth a thread.
    private static let portion = 256

    /// Everything noted about the asset and its services. Hardware addresses are the asset's own: those that packets or ARP
    /// showed for it may be a router's.
    private static func observations(of asset: Asset) -> [Observation] {
        var observations = asset.observations.filter { $0.attribute != .linkAddress }
        for service in asset.services { observations += service.observations }
        for mac in asset.macs {
            let text = Value.text(mac.description)
            if let seen = asset.observations.first(where: { $0.attribute == .linkAddress && $0.value == text }) {
                observations.append(seen)
            } else {
                let host = HostKey(mac, in: asset.addresses.first?.networks.first ?? .none)
                observations.append(Observation(.host(host), .linkAddress, text, evidence: asset.evidence, lastSeen: asset.lastSeen))
            }
        }
        return observations
    }

    /// What the signatures say of one observation.
    private func claims(of observation: Observation, _ circumstances: inout Circumstances, _ memory: inout Memory) -> [Claim] {
        let index = Int(observation.attribute.rawValue)
        guard index < self.fields.count, let field = self.fields[index], case .text(let value) = observation.value,
            let kind = self.signatures.vocabulary.evidence[observation.attribute]
        else { return [] }
        var claims: [Claim] = []
        var fallback: [Claim] = []
        for matched in self.matches(of: value, observation.attribute, field, &memory) {
            let signature = self.signatures.identity[matched.signature]
            if let also = signature.also, !circumstances.meet(also, of: matched.signature, self.signatures.registries) { continue }
            for (field, text) in matched.values {
                let claim = Claim(
                    field: field, value: text, confidence: min(matched.confidence, signature.confidence, kind.ceiling), signature: signature.id,
                    kind: kind.id, observation: observation)
                if signature.isFallback { fallback.append(claim) } else { claims.append(claim) }
            }
        }
        let said = Set(claims.map(\.field))
        return claims + fallback.filter { !said.contains($0.field) }
    }

    /// The signatures that match a value, whatever else the asset shows.
    private func matches(of value: String, _ attribute: Attribute, _ field: FieldIndex, _ memory: inout Memory) -> [Memory.Matched] {
        if let known = memory.matches[attribute]?[value] { return known }
        let matched = field.candidates(value).compactMap { position -> Memory.Matched? in
            let signature = self.signatures.identity[position]
            guard let captures = signature.match.captures(in: value, ignoresCase: signature.ignoresCase, registries: self.signatures.registries)
            else { return nil }
            return Memory.Matched(
                signature: position, confidence: captures["confidence"].flatMap { Int($0) } ?? signature.confidence,
                values: signature.values(captures).map { field, text in
                    (field: field, text: field == .maker ? self.signatures.vocabulary.vendor(named: text) : text)
                })
        }
        memory.matches[attribute, default: [:]][value] = matched
        return matched
    }

    /// Sets aside the kinds of evidence that name more different makers, products or classes than one asset can be.
    private func separate(_ claims: [Claim], of asset: Asset) -> (valid: [Claim], passedOn: [Claim]) {
        var values: [String: [IdentityField: Set<String>]] = [:]
        for claim in claims where claim.field.isSpreadTold { values[claim.kind, default: [:]][claim.field, default: []].insert(claim.value) }
        var void: Set<String> = []
        for (kind, fields) in values {
            if let spread = self.spreads[kind], fields.contains(where: { $0.value.count > spread }) { void.insert(kind) }
        }
        // A host that sends under several application names speaks for others, even where only one of the names is known.
        if let kind = self.signatures.vocabulary.evidence[.hl7SendingApplication], Self.applications(of: asset).count > kind.spread {
            void.insert(kind.id)
        }
        guard !void.isEmpty else { return (claims, []) }
        // Programs are at work on the asset whatever it passes on.
        let isVoid = { (claim: Claim) in void.contains(claim.kind) && claim.field != .software && claim.field != .softwareVersion && claim.field != .role }
        return (claims.filter { !isVoid($0) }, claims.filter(isVoid).sorted(by: Self.isBefore))
    }

    /// The application names that an asset sends under: first components of MSH-3.
    private static func applications(of asset: Asset) -> Set<String> {
        var names: Set<String> = []
        for case .text(let text) in asset.observations.filter({ $0.attribute == .hl7SendingApplication }).map(\.value) {
            names.insert(String(text.prefix { $0 != "^" }))
        }
        return names
    }

    /// The values of one field, the best first.
    private func candidates(_ claims: [Claim]) -> [Candidate] {
        var groups = Dictionary(grouping: claims, by: \.value)
        if claims.first?.field == .operatingSystem {
            // What speaks for a Linux speaks for the Debian that it is, and is no value of its own beside it.
            let own = groups
            for value in own.keys {
                for ancestor in self.signatures.vocabulary.ancestors(ofOperatingSystem: value) {
                    groups[value, default: []] += own[ancestor] ?? []
                    groups[ancestor] = nil
                }
            }
        }
        return groups.map { value, claims in
            Candidate(value: value, confidence: Claim.combined(claims), claims: claims.sorted(by: Self.isBefore))
        }.sorted { ($1.confidence, $0.value) < ($0.confidence, $1.value) }
    }

    private func components(_ claims: [Claim]) -> [Component] {
        let software = claims.filter { $0.field == .software }
        let versions = claims.filter { $0.field == .softwareVersion }
        return Dictionary(grouping: software, by: \.value).map { name, claims in
            let entry = self.signatures.vocabulary.software[name]
            let own = versions.filter { version in
                claims.contains { $0.signature == version.signature && $0.observation == version.observation }
            }
            return Component(
                name: name, kind: entry?.kind ?? .program, maker: entry?.maker ?? "", versions: Set(own.map(\.value)).sorted(),
                confidence: Claim.combined(claims), claims: (claims + own).sorted(by: Self.isBefore))
        }.sorted { ($1.confidence, $0.name) < ($0.confidence, $1.name) }
    }

    private static func isBefore(_ left: Claim, _ right: Claim) -> Bool {
        if left.confidence != right.confidence { return left.confidence > right.confidence }
        if left.observation.evidence != right.observation.evidence { return left.observation.evidence < right.observation.evidence }
        if left.signature != right.signature { return left.signature < right.signature }
        if left.field != right.field { return left.field < right.field }
        return left.value < right.value
    }
}
