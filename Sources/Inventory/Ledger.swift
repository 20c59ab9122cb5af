public import Observations
public import Wire

/// Where one shard of a scan writes down what it sees, flow by flow, until it becomes an ``Inventory``.
///
/// Hosts are numbered as they appear, and a conversation is two numbers and a port: half a million conversations of a busy
/// network stay small, and noting a flow is three look-ups. Not thread-safe: a ledger belongs to its shard.
public final class Ledger {
    /// What dissectors note.
    public let log: ObservationLog
    private var hosts: [Host] = []
    private var hostIndex = HashIndex()
    private var conversations: [Entry] = []
    private var conversationIndex = HashIndex()
    /// By conversation.
    private var sessions: [UInt32: [Session]] = [:]
    private var sessionCount = 0
    private let limit: Int
    /// Makes the places of hosts and conversations unpredictable for those who send packets; the result does not depend on it.
    private let seed: UInt64
    private var omitted: UInt64 = 0

    private struct Host {
        let key: HostKey
        var span: Inventory.Span
        /// The hardware address most hosts have, and when it was seen.
        var mac: MACAddress = .zero
        var macSpan: Inventory.Span
        /// Further ones: a duplicate address, several routers, or an attack.
        var otherMACs: [MACAddress: Inventory.Span] = [:]
    }

    private struct Entry {
        let client: UInt32
        let server: UInt32
        let port: UInt16
        let transport: Transport
        /// Bits by the protocols' ordinals.
        var protocols: UInt128
        var tally: ConversationTally
    }

    /// What became of a flow.
    public struct FlowRecord {
        public var client: HostKey
        public var server: HostKey
        public var port: UInt16
        public var transport: Transport
        public var protocols: ProtocolList
        public var tally: ConversationTally
        /// Source hardware addresses, zero where none was seen; and when each side was first heard, `nil` for never.
        public var clientMAC: MACAddress
        public var serverMAC: MACAddress
        public var clientHeard: Evidence?
        public var serverHeard: Evidence?

        public init(
            client: HostKey, server: HostKey, port: UInt16, transport: Transport, protocols: ProtocolList, tally: ConversationTally,
            clientMAC: MACAddress, serverMAC: MACAddress, clientHeard: Evidence?, serverHeard: Evidence?
        ) {
            self.client = client
            self.server = server
            self.port = port
            self.transport = transport
            self.protocols = protocols
            self.tally = tally
            self.clientMAC = clientMAC
            self.serverMAC = serverMAC
            self.clientHeard = clientHeard
            self.serverHeard = serverHeard
        }

        /// Whether it is kept as a ``Session``.
        var isSession: Bool {
            guard self.tally.answered > 0 else { return false }
            return self.client.address.isPublic || self.server.address.isPublic
                || self.protocols.contains { $0.isRemoteControl || $0.isTunnel }
        }
    }

    /// The most different hardware addresses noted for one host: a host has one or two, an attack any number.
    private static let macsPerHost = 16

    /// - Parameter limit: the most hosts, and the most conversations, to tell apart.
    public init(log: ObservationLog, limit: Int, seed: UInt64 = .random(in: .min ... .max)) {
        self.log = log
        self.limit = limit
        self.seed = seed
    }

    /// Notes that a host sent packets from `first` to `lastSeen` with this source hardware address (zero: none seen).
    public func note(_ host: HostKey, mac: MACAddress, first: Evidence, lastSeen: Timestamp) {
        guard let number = self.number(of: host, first, lastSeen) else { return }
        self.extend(number, mac, Inventory.Span(first: first, lastSeen: lastSeen))
    }

    /// Notes a flow that is over.
    public func note(_ flow: FlowRecord) {
        let first = flow.tally.first
        let last = flow.tally.lastSeen
        guard let client = self.number(of: flow.client, flow.clientHeard ?? first, last, isHeard: flow.clientHeard != nil),
            let server = self.number(of: flow.server, flow.serverHeard ?? first, last, isHeard: flow.serverHeard != nil)
        else { return }
        if let heard = flow.clientHeard { self.extend(client, flow.clientMAC, Inventory.Span(first: heard, lastSeen: last)) }
        if let heard = flow.serverHeard { self.extend(server, flow.serverMAC, Inventory.Span(first: heard, lastSeen: last)) }
        var bits: UInt128 = 0
        for proved in flow.protocols { bits |= 1 &<< UInt128(proved.ordinal & 127) }
        let hash = mixed(mixed(self.seed ^ (UInt64(client) &<< 32 | UInt64(server))) ^ UInt64(flow.port) &<< 8 ^ UInt64(flow.transport.rawValue))
        let known = self.conversationIndex.find(hash) {
            let entry = self.conversations[$0]
            return entry.client == client && entry.server == server && entry.port == flow.port && entry.transport == flow.transport
        }
        if let known {
            self.conversations[known].tally.add(flow.tally)
            self.conversations[known].protocols |= bits
            if flow.isSession { self.noteSession(flow, of: UInt32(truncatingIfNeeded: known)) }
        } else if self.conversations.count < self.limit {
            self.conversationIndex.insert(hash)
            self.conversations.append(
                Entry(client: client, server: server, port: flow.port, transport: flow.transport, protocols: bits, tally: flow.tally))
            if flow.isSession { self.noteSession(flow, of: UInt32(truncatingIfNeeded: self.conversations.count &- 1)) }
        } else {
            self.omitted &+= 1
        }
    }

    /// Keeps the earliest sessions of a conversation, whatever the order in which they end.
    private func noteSession(_ flow: FlowRecord, of conversation: UInt32) {
        let session = Session(
            first: flow.tally.first, lastSeen: flow.tally.lastSeen, bytesFromClient: flow.tally.bytesFromClient,
            bytesFromServer: flow.tally.bytesFromServer)
        let count = self.sessions[conversation]?.count ?? 0
        if count < Session.limit {
            guard self.sessionCount < self.limit else {
                self.omitted &+= 1
                return
            }
            self.sessionCount &+= 1
            self.sessions[conversation, default: []].append(session)
        } else if let latest = self.sessions[conversation]?.indices.max(by: { self.isSession($0, before: $1, of: conversation) }),
            let known = self.sessions[conversation]?[latest], session < known
        {
            self.sessions[conversation]?[latest] = session
        }
    }

    private func isSession(_ left: Int, before right: Int, of conversation: UInt32) -> Bool {
        guard let sessions = self.sessions[conversation] else { return false }
        return sessions[left] < sessions[right]
    }

    /// The number of a host, which it gets if it is new.
    private func number(of host: HostKey, _ first: Evidence, _ lastSeen: Timestamp, isHeard: Bool = true) -> UInt32? {
        // Seeded before the address, not after: whoever chooses addresses could else choose such that share a digest.
        let address = mixed(mixed(self.seed ^ host.address.high ^ host.mac.rawValue &<< 8) ^ host.address.low)
        let hash = mixed(address ^ host.network.rawValue)
        if let place = self.hostIndex.find(hash, where: { self.hosts[$0].key == host }) { return UInt32(truncatingIfNeeded: place) }
        guard self.hosts.count < self.limit else {
            self.omitted &+= 1
            return nil
        }
        self.hostIndex.insert(hash)
        // A host that was only spoken to has no span yet: nobody heard it.
        let span = Inventory.Span(first: isHeard ? first : Self.never, lastSeen: isHeard ? lastSeen : .distantPast)
        self.hosts.append(Host(key: host, span: span, macSpan: span))
        return UInt32(truncatingIfNeeded: self.hosts.count &- 1)
    }

    private static let never = Evidence(frame: .max, time: .distantFuture)

    private func extend(_ number: UInt32, _ mac: MACAddress, _ span: Inventory.Span) {
        let place = Int(number)
        self.hosts[place].span.merge(span)
        guard mac.isUnicast else { return }
        if self.hosts[place].mac == mac {
            self.hosts[place].macSpan.merge(span)
        } else if self.hosts[place].mac == .zero {
            self.hosts[place].mac = mac
            self.hosts[place].macSpan = span
        } else if self.hosts[place].otherMACs[mac] != nil {
            self.hosts[place].otherMACs[mac]?.merge(span)
        } else if self.hosts[place].otherMACs.count < Self.macsPerHost {
            self.hosts[place].otherMACs[mac] = span
        } else {
            self.omitted &+= 1
        }
    }

    /// What was written down, as facts of that scan.
    public func inventory(of scan: ScanID, shard: Int) -> Inventory {
        var inventory = Inventory()
        inventory.scans = [scan]
        let facts = self.log.observations.map { Inventory.Fact($0, scan: scan) }
        // Places are sorted, not the facts: a fact is a large value to move about.
        let order = facts.indices.sorted {
            facts[$0].digest == facts[$1].digest ? Inventory.Fact.isBefore(facts[$0], facts[$1]) : facts[$0].digest < facts[$1].digest
        }
        inventory.facts = order.map { facts[$0] }
        for host in self.hosts where host.span.first != Self.never && !host.key.address.isGroup {
            if host.key.address.isUnspecified, host.key.mac == .zero { continue }
            var record = Inventory.HostRecord(span: Inventory.Span(first: host.span.first.of(scan), lastSeen: host.span.lastSeen))
            if host.mac != .zero { record.macs[host.mac] = Inventory.Span(first: host.macSpan.first.of(scan), lastSeen: host.macSpan.lastSeen) }
            for (mac, span) in host.otherMACs { record.macs[mac] = Inventory.Span(first: span.first.of(scan), lastSeen: span.lastSeen) }
            inventory.hosts[host.key] = record
        }
        inventory.conversations = self.sortedConversations(of: scan)
        inventory.sessions = self.sessions.flatMap { place, sessions in
            let entry = self.conversations[Int(place)]
            let service = ServiceKey(host: self.hosts[Int(entry.server)].key, port: entry.port, transport: entry.transport)
            let key = ConversationKey(client: self.hosts[Int(entry.client)].key, service: service)
            return sessions.map { Inventory.SessionRecord(key: key, session: $0.of(scan)) }
        }.sorted()
        let omitted = self.omitted &+ self.log.dropped
        if omitted > 0 { inventory.omissions[Inventory.Omission(scan: scan, shard: shard)] = omitted }
        return inventory
    }

    /// The conversations in the order of their keys: the hosts are put in order first, so that sorting compares numbers.
    private func sortedConversations(of scan: ScanID) -> [Inventory.ConversationRecord] {
        let order = self.hosts.indices.sorted { self.hosts[$0].key < self.hosts[$1].key }
        var ranks = [UInt64](repeating: 0, count: self.hosts.count)
        for (rank, host) in order.enumerated() { ranks[host] = UInt64(truncatingIfNeeded: rank) }
        var sorted = self.conversations.indices.map { place -> (server: UInt64, client: UInt64, place: Int) in
            let entry = self.conversations[place]
            return (
                ranks[Int(entry.server)] &<< 24 | UInt64(entry.port) &<< 8 | UInt64(entry.transport.rawValue), ranks[Int(entry.client)], place
            )
        }
        sorted.sort { $0.server == $1.server ? $0.client < $1.client : $0.server < $1.server }
        // Few different sets of protocols occur: each is made once.
        var sets: [UInt128: [ApplicationProtocol]] = [:]
        return sorted.map { item in
            let entry = self.conversations[item.place]
            var tally = entry.tally
            tally.first = tally.first.of(scan)
            tally.answer = tally.answer?.of(scan)
            let protocols: [ApplicationProtocol] =
                sets[entry.protocols]
                ?? ApplicationProtocol.allCases.filter { entry.protocols & (1 &<< UInt128($0.ordinal & 127)) != 0 }.sorted()
            sets[entry.protocols] = protocols
            let service = ServiceKey(host: self.hosts[Int(entry.server)].key, port: entry.port, transport: entry.transport)
            return Inventory.ConversationRecord(
                key: ConversationKey(client: self.hosts[Int(entry.client)].key, service: service), protocols: protocols,
                first: .init(scan: scan, tally: tally))
        }
    }
}
