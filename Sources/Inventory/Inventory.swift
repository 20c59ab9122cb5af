public import Observations
import Wire

/// Everything that one or more scans learned: a set of facts that can be merged in any order.
///
/// ``merge(_:)`` is associative, commutative and idempotent. Threads, files, sensors and sites are put together with it, and
/// the answer does not depend on how many there were or who came first. Facts that do not agree are all kept; what they
/// amount to is for ``census()`` to say.
public struct Inventory: Hashable, Sendable {
    /// What identifies an observation.
    struct Fact: Hashable, Sendable {
        let subject: Subject
        let attribute: Attribute
        let value: Value
    }

    /// First evidence and last time of something.
    struct Span: Hashable, Sendable {
        var first: Evidence
        var lastSeen: Timestamp

        mutating func merge(_ other: Span) {
            if other.first < self.first { self.first = other.first }
            if self.lastSeen < other.lastSeen { self.lastSeen = other.lastSeen }
        }
    }

    /// A host that sent packets, and the hardware addresses on them.
    struct HostRecord: Hashable, Sendable {
        var span: Span
        var macs: [MACAddress: Span] = [:]

        mutating func merge(_ other: HostRecord) {
            self.span.merge(other.span)
            self.macs.merge(other.macs) { left, right in
                var merged = left
                merged.merge(right)
                return merged
            }
        }
    }

    /// What is known of a conversation, with a tally per scan: the same scan twice is one, two scans add up.
    struct ConversationRecord: Hashable, Sendable {
        struct Portion: Hashable, Sendable {
            let scan: ScanID
            var tally: ConversationTally
        }
        var protocols: Set<ApplicationProtocol>
        /// Nearly always the only one, so that no array is needed.
        var first: Portion
        /// Further scans, sorted, all greater than `first.scan`.
        var others: [Portion] = []

        mutating func merge(_ other: ConversationRecord) {
            self.protocols.formUnion(other.protocols)
            if self.first.scan == other.first.scan, self.others.isEmpty, other.others.isEmpty {
                self.first.tally.unite(other.first.tally)
                return
            }
            var tallies: [ScanID: ConversationTally] = [:]
            for portion in [self.first] + self.others + [other.first] + other.others {
                tallies[portion.scan, default: portion.tally].unite(portion.tally)
            }
            var portions = tallies.map { Portion(scan: $0, tally: $1) }
            portions.sort { $0.scan < $1.scan }
            self.first = portions.removeFirst()
            self.others = portions
        }

        /// All scans together.
        var total: ConversationTally {
            var total = self.first.tally
            for portion in self.others { total.add(portion.tally) }
            return total
        }
    }

    /// The scans that the facts come from.
    public internal(set) var scans: Set<ScanID> = []
    var facts: [Fact: Span] = [:]
    var hosts: [HostKey: HostRecord] = [:]
    var conversations: [ConversationKey: ConversationRecord] = [:]
    /// Facts that did not fit within the limits, by scan and shard.
    var omissions: [Omission: UInt64] = [:]

    struct Omission: Hashable, Sendable {
        let scan: ScanID
        let shard: Int
    }

    public init() {}

    /// Adds what another inventory knows.
    public mutating func merge(_ other: Inventory) {
        self.scans.formUnion(other.scans)
        self.facts.merge(other.facts) { left, right in
            var merged = left
            merged.merge(right)
            return merged
        }
        self.hosts.merge(other.hosts) { left, right in
            var merged = left
            merged.merge(right)
            return merged
        }
        self.conversations.merge(other.conversations) { left, right in
            var merged = left
            merged.merge(right)
            return merged
        }
        self.omissions.merge(other.omissions) { max($0, $1) }
    }

    /// Both together.
    public func merged(with other: Inventory) -> Inventory {
        var merged = self
        merged.merge(other)
        return merged
    }

    /// Observations that did not fit within the limits.
    public var omittedObservations: UInt64 { self.omissions.values.reduce(0, &+) }
    public var observationCount: Int { self.facts.count }
    public var conversationCount: Int { self.conversations.count }
}

extension ConversationTally {
    /// The same conversation of the same scan, seen twice: the larger count of each, the earlier first, the later last.
    mutating func unite(_ other: ConversationTally) {
        self.flows = max(self.flows, other.flows)
        self.answered = max(self.answered, other.answered)
        self.refused = max(self.refused, other.refused)
        self.bytesFromClient = max(self.bytesFromClient, other.bytesFromClient)
        self.bytesFromServer = max(self.bytesFromServer, other.bytesFromServer)
        self.packetsFromClient = max(self.packetsFromClient, other.packetsFromClient)
        self.packetsFromServer = max(self.packetsFromServer, other.packetsFromServer)
        self.span(other)
    }

    /// More of the same conversation: counts add up.
    public mutating func add(_ other: ConversationTally) {
        self.flows &+= other.flows
        self.answered &+= other.answered
        self.refused &+= other.refused
        self.bytesFromClient &+= other.bytesFromClient
        self.bytesFromServer &+= other.bytesFromServer
        self.packetsFromClient &+= other.packetsFromClient
        self.packetsFromServer &+= other.packetsFromServer
        self.span(other)
    }

    private mutating func span(_ other: ConversationTally) {
        if self.lastSeen < other.lastSeen { self.lastSeen = other.lastSeen }
        if other.first < self.first { self.first = other.first }
        if let answer = other.answer, self.answer.map({ answer < $0 }) ?? true { self.answer = answer }
    }
}
