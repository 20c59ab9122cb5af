public import Inventory
import Observations
import Wire

/// Says what is wrong, from the exposure rules of a set.
public struct Finder: Sendable {
    private let signatures: SignatureSet
    private let triggers: [Aim: Triggers]

    /// What rules are tested on, and whose finding it is.
    private struct Aim: Hashable {
        let subject: ExposureRule.Subject
        var about = ExposureRule.About.server
    }

    /// The positions of the rules that can match where something is present.
    private struct Triggers: Sendable {
        /// By ``Attribute/rawValue``.
        var fields = [[Int]](repeating: [], count: Attribute.allCases.count)
        var protocols: [ApplicationProtocol: [Int]] = [:]
        var contexts: [Condition.Context: [Int]] = [:]
        var peers: [AddressBlock: [Int]] = [:]
        var releases: [Int] = []
        var zones: [ZoneKind: [Int]] = [:]
        var peerZones: [ZoneKind: [Int]] = [:]
        var ports: [UInt16: [Int]] = [:]
    }

    public init(_ signatures: SignatureSet) {
        self.signatures = signatures
        var triggers: [Aim: Triggers] = [:]
        for (position, rule) in signatures.rules.enumerated() {
            let aim = rule.subject == .conversation ? Aim(subject: .conversation, about: rule.about) : Aim(subject: rule.subject)
            for trigger in rule.match.triggers ?? [] {
                switch trigger {
                case .field(let attribute): triggers[aim, default: Triggers()].fields[Int(attribute.rawValue)].append(position)
                case .speaks(let name): triggers[aim, default: Triggers()].protocols[name, default: []].append(position)
                case .context(let context): triggers[aim, default: Triggers()].contexts[context, default: []].append(position)
                case .peer(let block): triggers[aim, default: Triggers()].peers[block, default: []].append(position)
                case .release: triggers[aim, default: Triggers()].releases.append(position)
                case .zone(let kind): triggers[aim, default: Triggers()].zones[kind, default: []].append(position)
                case .peerZone(let kind): triggers[aim, default: Triggers()].peerZones[kind, default: []].append(position)
                case .port(let port): triggers[aim, default: Triggers()].ports[port, default: []].append(position)
                }
            }
        }
        self.triggers = triggers
    }

    /// What is wrong in a census, the gravest first, then by rule, asset and service.
    /// - Parameters:
    ///   - stakes: of the same census, where it is known already.
    ///   - site: what the establishment says of itself.
    ///   - maintenance: ``RemoteMaintenance/find(in:_:_:_:)`` of the same census.
    public func findings(
        in census: Census, identities: [String: Identity], stakes: Stakes? = nil, site: Site = .standard, maintenance: [RemoteMaintenance] = []
    ) -> [Finding] {
        var search = Search(self.signatures, census, stakes ?? Stakes(census, identities), site, maintenance)
        var periods = SupportPeriods(self.signatures)
        for asset in census.assets where asset.position != .external {
            var scope = Condition.Scope(asset.observations, contexts: search.contexts(of: asset))
            scope.zone = search.zone(of: asset)
            scope.elsewhere = search.elsewhere(asset)
            scope.releases = identities[asset.id].map { self.signatures.releases(of: $0, &periods) } ?? []
            scope.time = asset.lastSeen
            for position in self.candidates(Aim(subject: .host), asset.observations, scope) { search.test(position, on: asset, scope) }
            for service in asset.services {
                // Most services concern no rule: their scope is made, and sorted, only where one may match.
                let (observations, circumstances) = search.circumstances(of: service, asset: asset, elsewhere: scope.elsewhere)
                let candidates = self.candidates(Aim(subject: .service), observations, circumstances)
                guard !candidates.isEmpty else { continue }
                let scope = circumstances.with(observations)
                for position in candidates { search.test(position, on: service, of: asset, scope) }
            }
        }
        // Conversations of one service lie together: what is known of it is put in order once.
        var service: ServiceKey?
        var shared: [Observation] = []
        for conversation in census.conversations {
            if service != conversation.key.service {
                service = conversation.key.service
                shared = Condition.Scope.sorted(search.service(conversation.key.service)?.observations ?? [])
            }
            // A conversation is seen together with what is known of its service, and from the end that the rule is about.
            // What its own bytes say outweighs what the service said to others: names that other clients asked one address for.
            var all = shared
            if !conversation.observations.isEmpty {
                let own = Set(conversation.observations.map(\.attribute))
                all = Condition.Scope.sorted(conversation.observations + shared.filter { !own.contains($0.attribute) })
            }
            for about in ExposureRule.About.allCases {
                let circumstances = search.circumstances(of: conversation, about: about)
                let candidates = self.candidates(Aim(subject: .conversation, about: about), all, circumstances)
                guard !candidates.isEmpty else { continue }
                let scope = circumstances.with(sorted: all)
                for position in candidates { search.test(position, on: conversation, scope) }
            }
        }
        return search.findings()
    }

    /// The positions of the rules that can match, in their order.
    private func candidates(_ aim: Aim, _ observations: [Observation], _ scope: Condition.Scope) -> [Int] {
        guard let triggers = self.triggers[aim] else { return [] }
        var positions: [Int] = scope.releases.isEmpty ? [] : triggers.releases
        for name in scope.protocols { positions += triggers.protocols[name] ?? [] }
        for (context, rules) in triggers.contexts where scope.contexts.contains(context) { positions += rules }
        if let peer = scope.peer { for (block, rules) in triggers.peers where block.contains(peer) { positions += rules } }
        if let zone = scope.zone { positions += triggers.zones[zone] ?? [] }
        for zone in scope.peerZones { positions += triggers.peerZones[zone] ?? [] }
        if !triggers.ports.isEmpty, let port = scope.port { positions += triggers.ports[port] ?? [] }
        var last: Attribute?
        for observation in observations where observation.attribute != last {
            last = observation.attribute
            positions += triggers.fields[Int(observation.attribute.rawValue)]
        }
        guard positions.count > 1 else { return positions }
        positions.sort()
        var previous = -1
        positions.removeAll { position in
            defer { previous = position }
            return position == previous
        }
        return positions
    }
}

/// One pass over a census.
private struct Search {
    let signatures: SignatureSet
    let census: Census
    private let external: Set<String>
    /// Positions.
    private let conversations: [ServiceKey: [Int]]
    /// Positions of the asset and of its service.
    private let services: [ServiceKey: (Int, Int)]
    private let stakes: Stakes
    private let site: Site
    private let declarations: [ConversationKey: Condition.Contexts]
    private let statements: Statements
    private var drafts: [Key: Draft] = [:]

    private struct Key: Hashable {
        let rule: String
        let asset: String
        let port: UInt16
        let transport: UInt8
    }

    private struct Draft {
        var severity: Severity
        var adjustment: Int?
        var confidence: Int
        var service: ServiceKey?
        var peers: Set<String> = []
        var evidence: Set<Observation> = []
        var occurrences = 0
        var firstSeen = Timestamp.distantFuture
        var lastSeen = Timestamp.distantPast

        /// The earliest first.
        var proof: [Observation] { self.evidence.sorted(by: Self.isBefore) }

        mutating func add(_ proof: [Observation]) {
            for observation in proof {
                self.firstSeen = Swift.min(self.firstSeen, observation.evidence.time)
                self.lastSeen = Swift.max(self.lastSeen, observation.lastSeen)
                self.evidence.insert(observation)
            }
            // A service with a hundred thousand clients keeps the earliest proofs only.
            if self.evidence.count > 16 * Finding.evidenceLimit { self.evidence = Set(self.proof.prefix(Finding.evidenceLimit)) }
        }

        private static func isBefore(_ left: Observation, _ right: Observation) -> Bool {
            if left.evidence != right.evidence { return left.evidence < right.evidence }
            if left.attribute != right.attribute { return left.attribute < right.attribute }
            if left.value != right.value { return left.value < right.value }
            return left.subject < right.subject
        }
    }

    init(_ signatures: SignatureSet, _ census: Census, _ stakes: Stakes, _ site: Site, _ maintenance: [RemoteMaintenance]) {
        self.signatures = signatures
        self.census = census
        self.stakes = stakes
        self.site = site
        var external: Set<String> = []
        var services: [ServiceKey: (Int, Int)] = [:]
        for (index, asset) in census.assets.enumerated() {
            if asset.position == .external { external.insert(asset.id) }
            for (position, service) in asset.services.enumerated() { services[service.key] = (index, position) }
        }
        var conversations: [ServiceKey: [Int]] = [:]
        for index in census.conversations.indices { conversations[census.conversations[index].key.service, default: []].append(index) }
        self.external = external
        self.conversations = conversations
        self.services = services
        self.declarations = Self.declarations(census, external, site, maintenance)
        self.statements = Statements(census, signatures.rules.reduce(into: []) { $0.formUnion($1.match.elsewhereFields) })
    }

    /// How conversations stand to what the site declares; those of which there is nothing to say are left out.
    private static func declarations(
        _ census: Census, _ external: Set<String>, _ site: Site, _ maintenance: [RemoteMaintenance]
    ) -> [ConversationKey: Condition.Contexts] {
        var declarations: [ConversationKey: Condition.Contexts] = [:]
        for way in maintenance {
            var contexts: Condition.Contexts = [.remoteMaintenance]
            if way.isPastGateway == true { contexts.insert(.pastGateway) }
            if !site.vendors.isEmpty, way.vendor == nil, way.direction != .inside { contexts.insert(.unknownMaintainer) }
            if way.interventions.contains(where: { $0.isAnnounced == false }) { contexts.insert(.outsideWindow) }
            if way.interventions.contains(where: { $0.isTooLong == true }) { contexts.insert(.longSession) }
            declarations[way.conversation.key] = contexts
        }
        guard site.matrix != nil || site.perimeter != nil else { return declarations }
        for conversation in census.conversations where conversation.tally.answered > 0 {
            if let matrix = site.matrix, !matrix.contains(where: { $0.covers(conversation, site) }) {
                declarations[conversation.key, default: []].insert(.undeclaredFlow)
            }
            let isFromOutside = site.networks.isExternal(conversation.key.client.address) || external.contains(conversation.client)
            if isFromOutside, site.isPublished(conversation.key.service) == false { declarations[conversation.key, default: []].insert(.unpublishedService) }
        }
        return declarations
    }

    // MARK: Circumstances

    /// The fields of which others on the asset's networks say something else.
    func elsewhere(_ asset: Asset) -> Set<Attribute> { self.statements.elsewhere(asset) }

    func contexts(of asset: Asset) -> Condition.Contexts { self.contexts(of: asset.id) }

    private func contexts(of asset: String) -> Condition.Contexts {
        var contexts: Condition.Contexts = []
        if self.stakes.medical.contains(asset) { contexts.insert(.medicalAsset) }
        if self.stakes.industrial.contains(asset) { contexts.insert(.industrialAsset) }
        return contexts
    }

    func zone(of asset: Asset) -> ZoneKind? {
        guard !self.site.zones.isEmpty else { return nil }
        for address in asset.addresses {
            if let zone = self.site.zone(of: address.address) { return zone.kind }
        }
        return nil
    }
    private func zone(of address: IPAddress) -> ZoneKind? { self.site.zones.isEmpty ? nil : self.site.zone(of: address)?.kind }

    /// What was noted about a service and about all its conversations, and the circumstances: the scope without its observations.
    func circumstances(of service: Service, asset: Asset, elsewhere: Set<Attribute>) -> ([Observation], Condition.Scope) {
        var observations = service.observations
        var scope = Condition.Scope(protocols: service.protocols, contexts: self.contexts(of: asset))
        scope.elsewhere = elsewhere
        scope.port = service.key.port
        scope.zone = self.zone(of: service.key.host.address)
        scope.contexts.insert(.answered)
        if self.site.networks.isExternal(service.key.host.address) { scope.contexts.insert(.publicServer) }
        for conversation in self.conversations(of: service.key) {
            observations += conversation.observations
            if conversation.tally.answered > 0, self.isPublicClient(conversation) { scope.contexts.insert(.publicClient) }
            if self.stakes.medical.contains(conversation.client) { scope.contexts.insert(.medicalPeer) }
            if let zone = self.zone(of: conversation.key.client.address) { scope.peerZones.insert(zone) }
            if let declared = self.declarations[conversation.key] { scope.contexts.formUnion(declared) }
        }
        return (observations, scope)
    }

    /// The circumstances of a conversation from the end that a rule is about: the scope without its observations.
    func circumstances(of conversation: Conversation, about: ExposureRule.About) -> Condition.Scope {
        let (asset, peer) = about == .server ? (conversation.server, conversation.client) : (conversation.client, conversation.server)
        let (server, client) = (conversation.key.service.host.address, conversation.key.client.address)
        var scope = Condition.Scope(protocols: conversation.protocols, contexts: self.contexts(of: asset), peer: about == .server ? client : server)
        scope.port = conversation.key.service.port
        if conversation.tally.answered > 0 { scope.contexts.insert(.answered) }
        if self.site.networks.isExternal(server) || self.isExternal(conversation.server) { scope.contexts.insert(.publicServer) }
        if self.isPublicClient(conversation) { scope.contexts.insert(.publicClient) }
        if self.stakes.medical.contains(peer) { scope.contexts.insert(.medicalPeer) }
        if let declared = self.declarations[conversation.key] { scope.contexts.formUnion(declared) }
        if !self.site.zones.isEmpty {
            scope.zone = self.zone(of: about == .server ? server : client)
            if let zone = self.zone(of: about == .server ? client : server) { scope.peerZones = [zone] }
        }
        return scope
    }

    private func conversations(of service: ServiceKey) -> some Sequence<Conversation> {
        (self.conversations[service] ?? []).lazy.map { self.census.conversations[$0] }
    }
    func service(_ key: ServiceKey) -> Service? { self.services[key].map { self.census.assets[$0.0].services[$0.1] } }
    private func isExternal(_ id: String) -> Bool { self.external.contains(id) }
    private func isPublicClient(_ conversation: Conversation) -> Bool {
        self.site.networks.isExternal(conversation.key.client.address) || self.isExternal(conversation.client)
    }

    // MARK: Tests

    private func proof(of match: Condition, in scope: Condition.Scope) -> [Observation]? {
        guard match.holds(in: scope, registries: self.signatures.registries) else { return nil }
        var proof: [Observation] = []
        _ = match.holds(in: scope, registries: self.signatures.registries, proof: &proof)
        return proof
    }

    mutating func test(_ position: Int, on asset: Asset, _ scope: Condition.Scope) {
        guard let proof = self.proof(of: self.signatures.rules[position].match, in: scope) else { return }
        let rule = self.signatures.rules[position]
        self.note(rule, scope, asset: asset.id, service: nil, proof: proof) { draft in draft.occurrences = 1 }
    }

    mutating func test(_ position: Int, on service: Service, of asset: Asset, _ scope: Condition.Scope) {
        guard var proof = self.proof(of: self.signatures.rules[position].match, in: scope) else { return }
        let rule = self.signatures.rules[position]
        // A protocol that was proved is shown at the frame that proved that the service answers.
        if proof.isEmpty { proof = [Self.shown(service.protocols, .service(service.key), service.evidence, service.lastSeen)] }
        // What was said in certain conversations concerns their clients; what the service says of itself, all.
        var concerned: Set<ConversationKey> = []
        for case .conversation(let key) in proof.map(\.subject) { concerned.insert(key) }
        let affected = self.conversations(of: service.key).filter { concerned.isEmpty || concerned.contains($0.key) }
        let occurrences = Swift.max(1, concerned.isEmpty ? Swift.max(service.clients, affected.count) : concerned.count)
        self.note(rule, scope, asset: asset.id, service: service.key, proof: proof) { draft in
            draft.occurrences &+= occurrences
            draft.peers.formUnion(affected.map(\.client))
        }
    }

    mutating func test(_ position: Int, on conversation: Conversation, _ scope: Condition.Scope) {
        let isAboutServer = self.signatures.rules[position].about == .server
        let asset = isAboutServer ? conversation.server : conversation.client
        let peer = isAboutServer ? conversation.client : conversation.server
        // What is wrong with a server on the Internet is not the site's; that one of its own uses it may be.
        guard !self.isExternal(asset) else { return }
        guard var proof = self.proof(of: self.signatures.rules[position].match, in: scope) else { return }
        let rule = self.signatures.rules[position]
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
        // What rests on an identity is as sure as the identity.
        let confidence = Swift.min(rule.confidence, rule.match.confidence(in: scope) ?? rule.confidence)
        let new = Draft(severity: severity, adjustment: adjustment, confidence: confidence, service: service)
        func update(_ draft: inout Draft) {
            // The gravest of what was found decides.
            if severity > draft.severity {
                draft.severity = severity
                draft.adjustment = adjustment
            }
            if let service { draft.service = draft.service.map { Swift.min($0, service) } ?? service }
            change(&draft)
            draft.add(proof)
        }
        update(&self.drafts[key, default: new])
    }

    // MARK: Result

    func findings() -> [Finding] {
        let findings = self.drafts.map { key, draft in
            let evidence = draft.proof
            let accepted = self.site.acceptedRisks.isEmpty ? nil : self.acceptance(of: key, draft)
            return Finding(
                id: Finding.id(rule: key.rule, asset: key.asset, transport: key.transport, port: key.port), rule: key.rule, severity: draft.severity, adjustment: draft.adjustment, confidence: draft.confidence,
                asset: key.asset, service: draft.service, peers: Array(draft.peers.sorted().prefix(Finding.peerLimit)),
                peerCount: draft.peers.count, evidence: Array(evidence.prefix(Finding.evidenceLimit)), occurrences: draft.occurrences,
                firstSeen: draft.firstSeen, lastSeen: draft.lastSeen, displayFilter: Self.displayFilter(draft, evidence, key.asset),
                accepted: accepted)
        }
        return Finding.sorted(findings)
    }

    /// Who accepted it, at the time when it was last seen.
    private func acceptance(of key: Key, _ draft: Draft) -> Site.AcceptedRisk? {
        let own = draft.service.map(\.host.address)
        let addresses = self.census.assets.first { $0.id == key.asset }?.addresses.map(\.address) ?? []
        for address in addresses.isEmpty ? [own] : addresses.map({ $0 }) {
            if let risk = self.site.acceptance(of: key.rule, at: address, moment: draft.lastSeen) { return risk }
        }
        return nil
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

/// Who states which fields on which network: what one asset alone cannot show.
private struct Statements {
    private struct Place: Hashable {
        let network: VirtualNetwork
        let attribute: Attribute
    }
    private var stated: [Place: [String: Set<Value>]] = [:]
    /// What is stated at all: thousands of hosts of a network state the same.
    private var differing: [Place: Set<Set<Value>>] = [:]
    private let attributes: Set<Attribute>

    init(_ census: Census, _ attributes: Set<Attribute>) {
        self.attributes = attributes
        guard !attributes.isEmpty else { return }
        for asset in census.assets {
            for observation in Self.observations(of: asset, attributes) {
                guard let network = Self.network(of: observation.subject) else { continue }
                self.stated[Place(network: network, attribute: observation.attribute), default: [:]][asset.id, default: []].insert(observation.value)
            }
        }
        self.differing = self.stated.mapValues { Set($0.values) }
    }

    private static func observations(of asset: Asset, _ attributes: Set<Attribute>) -> [Observation] {
        var observations = asset.observations.filter { attributes.contains($0.attribute) }
        for service in asset.services { observations += service.observations.lazy.filter { attributes.contains($0.attribute) } }
        return observations
    }

    private static func network(of subject: Subject) -> VirtualNetwork? {
        switch subject {
        case .host(let host): host.network
        case .service(let service): service.host.network
        case .conversation, .device: nil
        }
    }

    func elsewhere(_ asset: Asset) -> Set<Attribute> {
        guard !self.stated.isEmpty else { return [] }
        var elsewhere: Set<Attribute> = []
        for observation in Self.observations(of: asset, self.attributes) where !elsewhere.contains(observation.attribute) {
            guard let network = Self.network(of: observation.subject), let own = self.stated[Place(network: network, attribute: observation.attribute)]?[asset.id] else { continue }
            // Its own set is not disjoint with itself.
            if self.differing[Place(network: network, attribute: observation.attribute)]?.contains(where: { $0.isDisjoint(with: own) }) == true { elsewhere.insert(observation.attribute) }
        }
        return elsewhere
    }
}
