public import Inventory
import Observations
import Wire

/// Says what is wrong, from the exposure rules of a set.
public struct Finder: Sendable {
    private let signatures: SignatureSet
    private let triggers: [ExposureRule.Subject: Triggers]

    /// The positions of the rules that can match where something is present.
    private struct Triggers: Sendable {
        var fields: [Attribute: [Int]] = [:]
        var protocols: [ApplicationProtocol: [Int]] = [:]
        var contexts: [Condition.Context: [Int]] = [:]
        var peers: [AddressBlock: [Int]] = [:]
    }

    public init(_ signatures: SignatureSet) {
        self.signatures = signatures
        var triggers: [ExposureRule.Subject: Triggers] = [:]
        for (position, rule) in signatures.rules.enumerated() {
            for trigger in rule.match.triggers ?? [] {
                switch trigger {
                case .field(let attribute): triggers[rule.subject, default: Triggers()].fields[attribute, default: []].append(position)
                case .speaks(let name): triggers[rule.subject, default: Triggers()].protocols[name, default: []].append(position)
                case .context(let context): triggers[rule.subject, default: Triggers()].contexts[context, default: []].append(position)
                case .peer(let block): triggers[rule.subject, default: Triggers()].peers[block, default: []].append(position)
                }
            }
        }
        self.triggers = triggers
    }

    /// What is wrong in a census, the gravest first, then by rule, asset and service.
    public func findings(in census: Census, identities: [String: Identity]) -> [Finding] {
        var search = Search(signatures: self.signatures, census: census, identities: identities)
        for asset in census.assets where asset.position != .external {
            let contexts = search.contexts(of: asset)
            let candidates = self.candidates(.host, [asset.observations], [], contexts)
            if !candidates.isEmpty {
                let scope = Condition.Scope(asset.observations, contexts: contexts)
                for position in candidates { search.test(position, on: asset, scope) }
            }
            for service in asset.services {
                let (observations, contexts) = search.circumstances(of: service, asset: asset)
                let candidates = self.candidates(.service, [observations], service.protocols, contexts)
                guard !candidates.isEmpty else { continue }
                let scope = Condition.Scope(observations, protocols: service.protocols, contexts: contexts)
                for position in candidates { search.test(position, on: service, of: asset, scope) }
            }
        }
        for conversation in census.conversations {
            // A conversation is seen together with what is known of its service, and from the end that the rule is about.
            let known = search.service(conversation.key.service)?.observations ?? []
            for about in ExposureRule.About.allCases {
                let contexts = search.contexts(of: conversation, about: about)
                let peer = about == .server ? conversation.key.client.address : conversation.key.service.host.address
                let candidates = self.candidates(.conversation, [conversation.observations, known], conversation.protocols, contexts, peer)
                    .filter { self.signatures.rules[$0].about == about }
                guard !candidates.isEmpty else { continue }
                let scope = Condition.Scope(conversation.observations + known, protocols: conversation.protocols, contexts: contexts, peer: peer)
                for position in candidates { search.test(position, on: conversation, scope) }
            }
        }
        return search.findings()
    }

    /// The positions of the rules that can match, in their order.
    private func candidates(
        _ subject: ExposureRule.Subject, _ observations: [[Observation]], _ protocols: [ApplicationProtocol], _ contexts: Condition.Contexts,
        _ peer: IPAddress? = nil
    ) -> [Int] {
        guard let triggers = self.triggers[subject] else { return [] }
        var positions: [Int] = []
        for name in protocols { positions += triggers.protocols[name] ?? [] }
        for (context, rules) in triggers.contexts where contexts.contains(context) { positions += rules }
        if let peer { for (block, rules) in triggers.peers where block.contains(peer) { positions += rules } }
        for group in observations {
            var last: Attribute?
            for observation in group where observation.attribute != last {
                last = observation.attribute
                positions += triggers.fields[observation.attribute] ?? []
            }
        }
        return positions.isEmpty ? [] : Set(positions).sorted()
    }
}

/// One pass over a census.
private struct Search {
    let signatures: SignatureSet
    let census: Census
    private let external: Set<String>
    private let conversations: [ServiceKey: [Int]]
    /// Positions of the asset and of its service.
    private let services: [ServiceKey: (Int, Int)]
    private let medical: Set<String>
    private var drafts: [Key: Draft] = [:]

    private struct Key: Hashable {
        let rule: String
        let asset: String
        let port: UInt16
        let transport: UInt8
    }

    private struct Draft {
        let rule: ExposureRule
        var severity: Severity
        var adjustment: Int?
        var service: ServiceKey?
        var peers: Set<String> = []
        var evidence: Set<Observation> = []
        var occurrences = 0
        var firstSeen = Timestamp.distantFuture
        var lastSeen = Timestamp.distantPast
    }

    init(signatures: SignatureSet, census: Census, identities: [String: Identity]) {
        self.signatures = signatures
        self.census = census
        var external: Set<String> = []
        var medical: Set<String> = []
        var services: [ServiceKey: (Int, Int)] = [:]
        for (index, asset) in census.assets.enumerated() {
            if asset.position == .external { external.insert(asset.id) }
            for (position, service) in asset.services.enumerated() { services[service.key] = (index, position) }
            let speaks = asset.services.contains { !Self.medicalProtocols.isDisjoint(with: $0.protocols) }
            if speaks || identities[asset.id]?.isMedical == true { medical.insert(asset.id) }
        }
        var conversations: [ServiceKey: [Int]] = [:]
        for (index, conversation) in census.conversations.enumerated() {
            conversations[conversation.key.service, default: []].append(index)
            if !Self.medicalProtocols.isDisjoint(with: conversation.protocols) { medical.insert(conversation.client) }
        }
        self.external = external
        self.conversations = conversations
        self.services = services
        self.medical = medical
    }

    private static let medicalProtocols = Set(ApplicationProtocol.allCases.filter(\.isMedical))

    // MARK: Circumstances

    func contexts(of asset: Asset) -> Condition.Contexts { self.medical.contains(asset.id) ? [.medicalAsset] : [] }

    /// What was noted about a service and about all its conversations.
    func circumstances(of service: Service, asset: Asset) -> ([Observation], Condition.Contexts) {
        var observations = service.observations
        var contexts = self.contexts(of: asset)
        contexts.insert(.answered)
        if service.key.host.address.isPublic { contexts.insert(.publicServer) }
        for conversation in self.conversations(of: service.key) {
            observations += conversation.observations
            if conversation.tally.answered > 0, self.isPublicClient(conversation) { contexts.insert(.publicClient) }
            if self.medical.contains(conversation.client) { contexts.insert(.medicalPeer) }
        }
        return (observations, contexts)
    }

    func contexts(of conversation: Conversation, about: ExposureRule.About) -> Condition.Contexts {
        let (asset, peer) = about == .server ? (conversation.server, conversation.client) : (conversation.client, conversation.server)
        var contexts: Condition.Contexts = []
        if conversation.tally.answered > 0 { contexts.insert(.answered) }
        if conversation.key.service.host.address.isPublic || self.isExternal(conversation.server) { contexts.insert(.publicServer) }
        if self.isPublicClient(conversation) { contexts.insert(.publicClient) }
        if self.medical.contains(asset) { contexts.insert(.medicalAsset) }
        if self.medical.contains(peer) { contexts.insert(.medicalPeer) }
        return contexts
    }

    private func conversations(of service: ServiceKey) -> [Conversation] {
        self.conversations[service]?.map { self.census.conversations[$0] } ?? []
    }
    func service(_ key: ServiceKey) -> Service? { self.services[key].map { self.census.assets[$0.0].services[$0.1] } }
    private func isExternal(_ id: String) -> Bool { self.external.contains(id) }
    private func isPublicClient(_ conversation: Conversation) -> Bool {
        conversation.key.client.address.isPublic || self.isExternal(conversation.client)
    }

    // MARK: Tests

    private func proof(of rule: ExposureRule, in scope: Condition.Scope) -> [Observation]? {
        var proof: [Observation] = []
        return rule.match.holds(in: scope, registries: self.signatures.registries, proof: &proof) ? proof : nil
    }

    mutating func test(_ position: Int, on asset: Asset, _ scope: Condition.Scope) {
        let rule = self.signatures.rules[position]
        guard let proof = self.proof(of: rule, in: scope) else { return }
        self.note(rule, scope, asset: asset.id, service: nil, proof: proof) { draft in draft.occurrences = 1 }
    }

    mutating func test(_ position: Int, on service: Service, of asset: Asset, _ scope: Condition.Scope) {
        let rule = self.signatures.rules[position]
        guard var proof = self.proof(of: rule, in: scope) else { return }
        // A protocol that was proved is shown at the frame that proved that the service answers.
        if proof.isEmpty { proof = [Self.shown(service.protocols, .service(service.key), service.evidence, service.lastSeen)] }
        // What was said in certain conversations concerns their clients; what the service says of itself, all.
        let conversations = self.conversations(of: service.key)
        var concerned: Set<ConversationKey> = []
        for case .conversation(let key) in proof.map(\.subject) { concerned.insert(key) }
        let affected = concerned.isEmpty ? conversations : conversations.filter { concerned.contains($0.key) }
        let occurrences = Swift.max(1, concerned.isEmpty ? Swift.max(service.clients, affected.count) : concerned.count)
        self.note(rule, scope, asset: asset.id, service: service.key, proof: proof) { draft in
            draft.occurrences &+= occurrences
            draft.peers.formUnion(affected.map(\.client))
        }
    }

    mutating func test(_ position: Int, on conversation: Conversation, _ scope: Condition.Scope) {
        let rule = self.signatures.rules[position]
        let asset = rule.about == .server ? conversation.server : conversation.client
        let peer = rule.about == .server ? conversation.client : conversation.server
        // What is wrong with a server on the Internet is not the site's; that one of its own uses it may be.
        guard !self.isExternal(asset) else { return }
        guard var proof = self.proof(of: rule, in: scope) else { return }
        if proof.isEmpty {
            let evidence = conversation.tally.answer ?? conversation.tally.first
            proof = [Self.shown(conversation.protocols, .conversation(conversation.key), evidence, conversation.tally.lastSeen)]
        }
        self.note(rule, scope, asset: asset, service: conversation.key.service, proof: proof) { draft in
            draft.occurrences &+= 1
            draft.peers.insert(peer)
        }
    }

    private static func shown(_ protocols: [ApplicationProtocol], _ subject: Subject, _ evidence: Evidence, _ lastSeen: Timestamp) -> Observation {
        let text = protocols.isEmpty ? "not recognised" : protocols.map(\.rawValue).joined(separator: ",")
        return Observation(subject, .serviceProtocol, .text(text), evidence: evidence, lastSeen: lastSeen)
    }

    private mutating func note(
        _ rule: ExposureRule, _ scope: Condition.Scope, asset: String, service: ServiceKey?, proof: [Observation],
        _ change: (inout Draft) -> Void
    ) {
        let key = Key(rule: rule.id, asset: asset, port: service?.port ?? 0, transport: service?.transport.rawValue ?? 0)
        let adjustment = self.signatures.adjustment(of: rule, in: scope)
        let severity = adjustment.map { rule.adjustments[$0].severity } ?? rule.severity
        var draft = self.drafts[key] ?? Draft(rule: rule, severity: severity, adjustment: adjustment, service: service)
        // The gravest of what was found decides.
        if severity > draft.severity {
            draft.severity = severity
            draft.adjustment = adjustment
        }
        if let service { draft.service = draft.service.map { Swift.min($0, service) } ?? service }
        change(&draft)
        for observation in proof {
            draft.firstSeen = Swift.min(draft.firstSeen, observation.evidence.time)
            draft.lastSeen = Swift.max(draft.lastSeen, observation.lastSeen)
            draft.evidence.insert(observation)
        }
        // A service with a hundred thousand clients keeps the earliest proofs only.
        if draft.evidence.count > 16 * Finding.evidenceLimit {
            draft.evidence = Set(draft.evidence.sorted(by: Self.isBefore).prefix(Finding.evidenceLimit))
        }
        self.drafts[key] = draft
    }

    private static func isBefore(_ left: Observation, _ right: Observation) -> Bool {
        if left.evidence != right.evidence { return left.evidence < right.evidence }
        if left.attribute != right.attribute { return left.attribute < right.attribute }
        if left.value != right.value { return left.value < right.value }
        return left.subject < right.subject
    }

    // MARK: Result

    func findings() -> [Finding] {
        self.drafts.map { key, draft in
            let evidence = draft.evidence.sorted(by: Self.isBefore)
            return Finding(
                id: Self.id(key), rule: key.rule, severity: draft.severity, adjustment: draft.adjustment, confidence: draft.rule.confidence,
                asset: key.asset, service: draft.service, peers: Array(draft.peers.sorted().prefix(Finding.peerLimit)),
                peerCount: draft.peers.count, evidence: Array(evidence.prefix(Finding.evidenceLimit)), occurrences: draft.occurrences,
                firstSeen: draft.firstSeen, lastSeen: draft.lastSeen, displayFilter: Self.displayFilter(draft, evidence, key.asset))
        }.sorted { left, right in
            if left.severity != right.severity { return left.severity > right.severity }
            if left.rule != right.rule { return left.rule < right.rule }
            if left.asset != right.asset { return left.asset < right.asset }
            if left.service?.port != right.service?.port { return (left.service?.port ?? 0) < (right.service?.port ?? 0) }
            return left.id < right.id
        }
    }

    private static func id(_ key: Key) -> String {
        var hash = StableHash()
        for part in [key.rule, key.asset, String(key.transport), String(key.port)] { hash.add(part) }
        return "\(key.rule)-\(hash.hexadecimal)"
    }

    /// The packets of the service or host, narrowed to the field that proves it where Wireshark has one.
    private static func displayFilter(_ draft: Draft, _ evidence: [Observation], _ asset: String) -> String {
        var parts: [String] = []
        if let service = draft.service {
            parts.append(Self.host(service.host))
            if service.port != 0 { parts.append("\(service.transport.name).port == \(service.port)") } else if service.transport == .esp { parts.append("esp") }
        } else if let subject = evidence.first?.subject {
            switch subject {
            case .host(let host): parts.append(Self.host(host))
            case .device(let device): parts.append(Self.host(device.gateway))
            case .service(let service): parts.append(Self.host(service.host))
            case .conversation(let conversation): parts.append(Self.host(conversation.client))
            }
        }
        let fields = Set(evidence.compactMap(\.attribute.definition.displayField)).sorted()
        if fields.count == 1 { parts.append(fields[0]) } else if fields.count > 1 { parts.append("(" + fields.joined(separator: " || ") + ")") }
        return parts.joined(separator: " && ")
    }

    private static func host(_ host: HostKey) -> String {
        if host.address == .none { return "eth.addr == \(host.mac)" }
        return host.address.isV4 ? "ip.addr == \(host.address)" : "ipv6.addr == \(host.address)"
    }
}
