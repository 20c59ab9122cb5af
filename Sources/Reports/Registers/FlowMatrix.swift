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
        var rows: [Key: Row] = [:]
        var ends: [Key: (clients: Set<String>, servers: Set<String>)] = [:]
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
            let isEncrypted = conversation.protocols.contains(where: \.isEncrypted)
            var row =
                rows[key]
                ?? Row(
                    from: key.from, to: key.to, application: key.application, ports: [], transport: key.transport, clients: 0, servers: 0, conversations: 0,
                    bytes: 0, firstSeen: tally.first.time, lastSeen: tally.lastSeen, isEncrypted: true, declaredBy: [],
                    undeclared: site.matrix == nil ? nil : 0, evidence: tally.first)
            if row.ports.count < Self.portLimit, !row.ports.contains(service.port) { row.ports.append(service.port) }
            row.conversations &+= 1
            row.bytes &+= tally.bytesFromClient &+ tally.bytesFromServer
            row.firstSeen = min(row.firstSeen, tally.first.time)
            row.lastSeen = max(row.lastSeen, tally.lastSeen)
            row.isEncrypted = row.isEncrypted && isEncrypted
            row.evidence = min(row.evidence, tally.first)
            if let matrix = site.matrix {
                var isCovered = false
                for (place, flow) in matrix.enumerated() where flow.covers(conversation, site) {
                    isCovered = true
                    seen.insert(place)
                    if !row.declaredBy.contains(flow.id) { row.declaredBy.append(flow.id) }
                }
                if !isCovered { row.undeclared = (row.undeclared ?? 0) &+ 1 }
            }
            rows[key] = row
            ends[key, default: ([], [])].clients.insert(conversation.client)
            ends[key, default: ([], [])].servers.insert(conversation.server)
        }
        self.rows = rows.map { key, row in
            var finished = row
            finished.clients = ends[key]?.clients.count ?? 0
            finished.servers = ends[key]?.servers.count ?? 0
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
