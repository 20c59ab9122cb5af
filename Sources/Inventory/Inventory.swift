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
        let key: ConversationKey
        /// Sorted.
        var protocols: [ApplicationProtocol]
        /// Nearly always the only one, so that no array is needed.
        var first: Portion
        /// Further scans, sorted, all greater than `first.scan`.
        var others: [Portion] = []

        /// - Parameter other: of the same key.
        mutating func merge(_ other: ConversationRecord) {
            if self.protocols != other.protocols { self.protocols = Set(self.protocols).union(other.protocols).sorted() }
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
    /// Sorted by key, a key only once: merging is one walk over both.
    var conversations: [ConversationRecord] = []
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
        self.conversations = Self.merged(self.conversations, other.conversations)
        self.omissions.merge(other.omissions) { max($0, $1) }
    }

    private static func merged(_ left: [ConversationRecord], _ right: [ConversationRecord]) -> [ConversationRecord] {
        if left.isEmpty { return right }
        if right.isEmpty { return left }
        var merged: [ConversationRecord] = []
        merged.reserveCapacity(left.count &+ right.count)
        var from = (left: 0, right: 0)
        while from.left < left.count, from.right < right.count {
            if left[from.left].key == right[from.right].key {
                var record = left[from.left]
                record.merge(right[from.right])
                merged.append(record)
                from = (from.left &+ 1, from.right &+ 1)
            } else if left[from.left].key < right[from.right].key {
                merged.append(left[from.left])
                from.left &+= 1
            } else {
                merged.append(right[from.right])
                from.right &+= 1
            }
        }
        merged.append(contentsOf: left[from.left...])
        merged.append(contentsOf: right[from.right...])
        return merged
    }

    /// All of them together, in pairs of pairs, so that no part is walked more often than needed.
    public init(merging inventories: [Inventory]) {
        var level = inventories
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map { index in
                index &+ 1 < level.count ? level[index].merged(with: level[index &+ 1]) : level[index]
            }
        }
        self = level.first ?? Inventory()
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
