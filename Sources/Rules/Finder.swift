public import Inventory
import Observations
import Wire

/// Says what is wrong, from the exposure rules of a set.
public struct Finder: Sendable {
    private let signatures: SignatureSet
    /// Positions of the rules of each subject that can match where this is present.
    private let triggers: [ExposureRule.Subject: [Condition.Trigger: [Int]]]

    public init(_ signatures: SignatureSet) {
        self.signatures = signatures
        var triggers: [ExposureRule.Subject: [Condition.Trigger: [Int]]] = [:]
        for (position, rule) in signatures.rules.enumerated() {
            for trigger in rule.match.triggers ?? [] { triggers[rule.subject, default: [:]][trigger, default: []].append(position) }
        }
        self.triggers = triggers
    }

    /// What is wrong in a census, the gravest first, then by rule, asset and service.
    public func findings(in census: Census, identities: [String: Identity]) -> [Finding] {
        var search = Search(signatures: self.signatures, census: census, identities: identities)
        for asset in census.assets where asset.position != .external {
            let scope = search.scope(of: asset)
            for rule in self.rules(.host, scope) { search.test(rule, on: asset, scope) }
            for service in asset.services {
                let scope = search.scope(of: service, asset: asset)
                for rule in self.rules(.service, scope) { search.test(rule, on: service, of: asset, scope) }
            }
        }
        for conversation in census.conversations {
            // A rule sees the conversation from the end that it is about.
            for about in ExposureRule.About.allCases {
                let scope = search.scope(of: conversation, about: about)
                for rule in self.rules(.conversation, scope) where rule.about == about { search.test(rule, on: conversation, scope) }
            }
        }
        return search.findings()
    }

    /// The rules that can match in a scope, in their order.
    private func rules(_ subject: ExposureRule.Subject, _ scope: Condition.Scope) -> [ExposureRule] {
        guard let triggers = self.triggers[subject] else { return [] }
        var positions: Set<Int> = []
        for name in scope.protocols { positions.formUnion(triggers[.speaks(name)] ?? []) }
        for context in scope.contexts { positions.formUnion(triggers[.context(context)] ?? []) }
        for values in scope.values {
            guard let first = values.first else { continue }
            positions.formUnion(triggers[.field(first.attribute)] ?? [])
        }
        return positions.sorted().map { self.signatures.rules[$0] }
    }
}

/// One pass over a census.
private struct Search {
    let signatures: SignatureSet
    let census: Census
    private let assets: [String: Int]
    private let conversations: [ServiceKey: [Int]]
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
        var assets: [String: Int] = [:]
        var medical: Set<String> = []
        for (index, asset) in census.assets.enumerated() {
            assets[asset.id] = index
            let speaks = asset.services.contains { !Self.medicalProtocols.isDisjoint(with: $0.protocols) }
            if speaks || identities[asset.id]?.isMedical == true { medical.insert(asset.id) }
        }
        var conversations: [ServiceKey: [Int]] = [:]
        for (index, conversation) in census.conversations.enumerated() {
            conversations[conversation.key.service, default: []].append(index)
            if !Self.medicalProtocols.isDisjoint(with: conversation.protocols) { medical.insert(conversation.client) }
        }
        self.assets = assets
        self.conversations = conversations
        self.medical = medical
    }

    private static let medicalProtocols: Set<ApplicationProtocol> = [.dicom, .hl7]

    // MARK: Scopes

    func scope(of asset: Asset) -> Condition.Scope {
        Condition.Scope(asset.observations, contexts: self.medical.contains(asset.id) ? [.medicalAsset] : [])
    }

    func scope(of service: Service, asset: Asset) -> Condition.Scope {
        var scope = Condition.Scope(service.observations, protocols: service.protocols)
        if self.medical.contains(asset.id) { scope.contexts.insert(.medicalAsset) }
        if service.key.host.address.isPublic { scope.contexts.insert(.publicServer) }
        scope.contexts.insert(.answered)
        for conversation in self.conversations(of: service.key) {
            for observation in conversation.observations { scope.add(observation) }
            if self.isPublicClient(conversation), conversation.tally.answered > 0 { scope.contexts.insert(.publicClient) }
            if self.medical.contains(conversation.client) { scope.contexts.insert(.medicalPeer) }
        }
        return scope
    }

    /// A conversation is seen together with what is known of its service.
    func scope(of conversation: Conversation, about: ExposureRule.About) -> Condition.Scope {
        var scope = Condition.Scope(conversation.observations, protocols: conversation.protocols)
        if let service = self.service(conversation.key.service, of: conversation.server) {
            for observation in service.observations { scope.add(observation) }
        }
        if conversation.tally.answered > 0 { scope.contexts.insert(.answered) }
        if conversation.key.service.host.address.isPublic || self.isExternal(conversation.server) { scope.contexts.insert(.publicServer) }
        if self.isPublicClient(conversation) { scope.contexts.insert(.publicClient) }
        let (asset, peer) = about == .server ? (conversation.server, conversation.client) : (conversation.client, conversation.server)
        if self.medical.contains(asset) { scope.contexts.insert(.medicalAsset) }
        if self.medical.contains(peer) { scope.contexts.insert(.medicalPeer) }
        return scope
    }

    private func conversations(of service: ServiceKey) -> [Conversation] {
        self.conversations[service]?.map { self.census.conversations[$0] } ?? []
    }
    private func asset(_ id: String) -> Asset? { self.assets[id].map { self.census.assets[$0] } }
    private func service(_ key: ServiceKey, of asset: String) -> Service? { self.asset(asset)?.services.first { $0.key == key } }
    private func isExternal(_ id: String) -> Bool { self.asset(id)?.position == .external }
    private func isPublicClient(_ conversation: Conversation) -> Bool {
        conversation.key.client.address.isPublic || self.isExternal(conversation.client)
    }

    // MARK: Tests

    private func proof(of rule: ExposureRule, in scope: Condition.Scope) -> [Observation]? {
        var proof: [Observation] = []
        return rule.match.holds(in: scope, registries: self.signatures.registries, proof: &proof) ? proof : nil
    }

    mutating func test(_ rule: ExposureRule, on asset: Asset, _ scope: Condition.Scope) {
        guard let proof = self.proof(of: rule, in: scope) else { return }
        self.note(rule, scope, asset: asset.id, service: nil, proof: proof) { draft in draft.occurrences = 1 }
    }

    mutating func test(_ rule: ExposureRule, on service: Service, of asset: Asset, _ scope: Condition.Scope) {
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

    mutating func test(_ rule: ExposureRule, on conversation: Conversation, _ scope: Condition.Scope) {
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
        Observation(subject, .serviceProtocol, .text(protocols.map(\.rawValue).joined(separator: ",")), evidence: evidence, lastSeen: lastSeen)
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
            if service.transport != .sctp || service.port != 0 { parts.append("\(service.transport.name).port == \(service.port)") }
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
