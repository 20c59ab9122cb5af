import Inventory
public import Observations
public import Rules
public import Wire

/// Who speaks what with whom, by zone and application, held against what the site declares.
public struct FlowMatrix: Sendable {
    /// Conversations of one application from one zone to another.
    public struct Row: Sendable {
        /// Names of zones: declared ones, `Internet`, or subnets.
        public let from: String
        public let to: String
        /// The application's name, or transport and port where it was not recognised.
        public let application: String
        /// Sorted, at most 16.
        public internal(set) var ports: [UInt16]
        public let transport: Transport
        public internal(set) var clients: Int
        public internal(set) var servers: Int
        public internal(set) var conversations: Int
        public internal(set) var bytes: UInt64
        public internal(set) var firstSeen: Timestamp
        public internal(set) var lastSeen: Timestamp
        public internal(set) var isEncrypted: Bool
        /// ``DeclaredFlow/id`` of the declared flows that cover it, sorted.
        public internal(set) var declaredBy: [String]
        /// How many of the conversations no declared flow covers; `nil` where no matrix was declared.
        public internal(set) var undeclared: Int?
        public internal(set) var evidence: Evidence
    }

    /// Sorted by zones and application.
    public let rows: [Row]
    /// Declared and never seen, in the order of the matrix.
    public let unseen: [DeclaredFlow]
    /// Whether the site declares a matrix.
    public let isDeclared: Bool

    static let portLimit = 16

    init(_ census: Census, _ site: Site) {
        struct Key: Hashable {
            let from: String
            let to: String
            let application: String
            let transport: Transport
        }
        struct Draft {
            var row: Row
            var clients: Set<String> = []
            var servers: Set<String> = []
        }
        var drafts: [Draft] = []
        var places: [Key: Int] = [:]
        var seen: Set<Int> = []
        var names: [IPAddress: String] = [:]
        func zone(_ address: IPAddress) -> String {
            if let known = names[address] { return known }
            let name = site.zoneName(of: address)
            names[address] = name
            return name
        }
        for conversation in census.conversations where Self.counts(conversation) {
            let service = conversation.key.service
            let main = conversation.protocols.first { $0 != .tls } ?? conversation.protocols.first
            let key = Key(
                from: zone(conversation.key.client.address), to: zone(service.host.address),
                application: main?.rawValue ?? "\(service.transport.name)/\(service.port)", transport: service.transport)
            let tally = conversation.tally
            let place = places[key] ?? drafts.count
            if place == drafts.count {
                places[key] = place
                drafts.append(
                    Draft(
                        row: Row(
                            from: key.from, to: key.to, application: key.application, ports: [], transport: key.transport, clients: 0, servers: 0,
                            conversations: 0, bytes: 0, firstSeen: tally.first.time, lastSeen: tally.lastSeen, isEncrypted: true, declaredBy: [],
                            undeclared: site.matrix == nil ? nil : 0, evidence: tally.first)))
            }
            drafts[place].clients.insert(conversation.client)
            drafts[place].servers.insert(conversation.server)
            drafts[place].row.add(conversation)
            if let matrix = site.matrix {
                var isCovered = false
                for (number, flow) in matrix.enumerated() where flow.covers(conversation, site) {
                    isCovered = true
                    seen.insert(number)
                    if !drafts[place].row.declaredBy.contains(flow.id) { drafts[place].row.declaredBy.append(flow.id) }
                }
                if !isCovered { drafts[place].row.undeclared = (drafts[place].row.undeclared ?? 0) &+ 1 }
            }
        }
        self.rows = drafts.map { draft in
            var finished = draft.row
            finished.clients = draft.clients.count
            finished.servers = draft.servers.count
            finished.ports.sort()
            finished.declaredBy.sort()
            return finished
        }.sorted { ($0.from, $0.to, $0.application, $0.transport) < ($1.from, $1.to, $1.application, $1.transport) }
        self.unseen = (site.matrix ?? []).enumerated().filter { !seen.contains($0.offset) }.map(\.element)
        self.isDeclared = site.matrix != nil
    }

    /// What was answered, and datagrams that ask for no answer (a log, a trap, an announcement to one host).
    private static func counts(_ conversation: Conversation) -> Bool {
        let address = conversation.key.service.host.address
        guard address != .none, !address.isGroup, conversation.key.client.address != .none else { return false }
        return conversation.tally.answered > 0 || conversation.key.service.transport == .udp && !conversation.protocols.isEmpty
    }
}

extension FlowMatrix.Row {
    fileprivate mutating func add(_ conversation: Conversation) {
        let (tally, port) = (conversation.tally, conversation.key.service.port)
        if self.ports.count < FlowMatrix.portLimit, !self.ports.contains(port) { self.ports.append(port) }
        self.conversations &+= 1
        self.bytes &+= tally.bytesFromClient &+ tally.bytesFromServer
        self.firstSeen = min(self.firstSeen, tally.first.time)
        self.lastSeen = max(self.lastSeen, tally.lastSeen)
        self.isEncrypted = self.isEncrypted && conversation.protocols.contains(where: \.isEncrypted)
        self.evidence = min(self.evidence, tally.first)
    }
}
