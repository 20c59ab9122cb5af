public import Observations
public import Wire

/// Where one shard of a scan writes down what it sees, flow by flow, until it becomes an ``Inventory``.
///
/// Not thread-safe: a ledger belongs to its shard.
public final class Ledger {
    /// What dissectors note.
    public let log: ObservationLog
    private var hosts: [HostKey: Inventory.HostRecord] = [:]
    private var conversations: [ConversationKey: Entry] = [:]
    private let conversationLimit: Int
    private let hostLimit: Int
    private var omitted: UInt64 = 0

    private struct Entry {
        /// Bits by the protocols' ordinals.
        var protocols: UInt128
        var tally: ConversationTally
    }

    /// The most different hardware addresses noted for one host: a host has one or two, an attack any number.
    private static let macsPerHost = 16

    /// - Parameter limit: the most hosts, and the most conversations, to tell apart.
    public init(log: ObservationLog, limit: Int) {
        self.log = log
        self.hostLimit = limit
        self.conversationLimit = limit
    }

    /// Notes that a host sent packets from `first` to `lastSeen` with this source hardware address (zero: none seen).
    public func note(_ host: HostKey, mac: MACAddress, first: Evidence, lastSeen: Timestamp) {
        guard !host.address.isGroup, !host.address.isUnspecified || host.mac != .zero else { return }
        let span = Inventory.Span(first: first, lastSeen: lastSeen)
        guard var record = self.hosts[host] else {
            guard self.hosts.count < self.hostLimit else {
                self.omitted &+= 1
                return
            }
            self.hosts[host] = Inventory.HostRecord(span: span, macs: mac.isUnicast ? [mac: span] : [:])
            return
        }
        if record.span.lastSeen >= lastSeen, record.span.first <= first, !mac.isUnicast || record.macs[mac] != nil {
            // Nothing new but a time in between; most flows of a host end here.
            if record.macs[mac].map({ $0.lastSeen >= lastSeen && $0.first <= first }) ?? true { return }
        }
        record.span.merge(span)
        if mac.isUnicast {
            if record.macs[mac] != nil {
                record.macs[mac]?.merge(span)
            } else if record.macs.count < Self.macsPerHost {
                record.macs[mac] = span
            } else {
                self.omitted &+= 1
            }
        }
        self.hosts[host] = record
    }

    /// Notes a flow that is over.
    public func note(_ key: ConversationKey, _ protocols: [ApplicationProtocol], _ tally: ConversationTally) {
        var bits: UInt128 = 0
        for `protocol` in protocols { bits |= 1 &<< UInt128(`protocol`.ordinal & 127) }
        if let index = self.conversations.index(forKey: key) {
            self.conversations.values[index].tally.add(tally)
            self.conversations.values[index].protocols |= bits
        } else if self.conversations.count < self.conversationLimit {
            self.conversations[key] = Entry(protocols: bits, tally: tally)
        } else {
            self.omitted &+= 1
        }
    }

    /// What was written down, as facts of that scan.
    public func inventory(of scan: ScanID, shard: Int) -> Inventory {
        var inventory = Inventory()
        inventory.scans = [scan]
        inventory.facts.reserveCapacity(self.log.observations.count)
        for observation in self.log.observations {
            inventory.facts[Inventory.Fact(subject: observation.subject, attribute: observation.attribute, value: observation.value)] =
                Inventory.Span(first: observation.evidence.of(scan), lastSeen: observation.lastSeen)
        }
        inventory.hosts = self.hosts.mapValues { record in
            var stamped = record
            stamped.span.first = record.span.first.of(scan)
            stamped.macs = record.macs.mapValues { Inventory.Span(first: $0.first.of(scan), lastSeen: $0.lastSeen) }
            return stamped
        }
        inventory.conversations = self.conversations.mapValues { entry in
            var tally = entry.tally
            tally.first = tally.first.of(scan)
            tally.answer = tally.answer?.of(scan)
            let protocols = ApplicationProtocol.allCases.filter { entry.protocols & (1 &<< UInt128($0.ordinal & 127)) != 0 }
            return Inventory.ConversationRecord(protocols: Set(protocols), first: .init(scan: scan, tally: tally))
        }
        let omitted = self.omitted &+ self.log.dropped
        if omitted > 0 { inventory.omissions[Inventory.Omission(scan: scan, shard: shard)] = omitted }
        return inventory
    }
}
