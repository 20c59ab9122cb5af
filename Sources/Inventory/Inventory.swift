public import Observations
import Wire

/// Everything that one or more scans learned: a set of facts that can be merged in any order.
///
/// ``merge(_:)`` is associative, commutative and idempotent. Threads, files, sensors and sites are put together with it, and
/// the answer does not depend on how many there were or who came first. Facts that do not agree are all kept; what they
/// amount to is for ``census()`` to say.
public struct Inventory: Hashable, Sendable {
    /// One thing that is known of a subject.
    struct Fact: Hashable, Sendable {
        /// Mixed from all that identifies the fact: what facts are sorted by within this process, so that comparing two is nearly
        /// always comparing two numbers.
        let digest: UInt64
        let subject: Subject
        let attribute: Attribute
        let value: Value
        var span: Span

        init(_ subject: Subject, _ attribute: Attribute, _ value: Value, _ span: Span) {
            self.subject = subject
            self.attribute = attribute
            self.value = value
            self.span = span
            self.digest = mixed(mixed(subject.digest ^ UInt64(attribute.rawValue)) ^ value.digest)
        }

        init(_ observation: Observation, scan: ScanID) {
            let span = Span(first: observation.evidence.of(scan), lastSeen: observation.lastSeen)
            self.init(observation.subject, observation.attribute, observation.value, span)
        }

        func isSame(as other: Fact) -> Bool {
            self.digest == other.digest && self.attribute == other.attribute && self.subject == other.subject && self.value == other.value
        }
        static func isBefore(_ left: Fact, _ right: Fact) -> Bool {
            if left.digest != right.digest { return left.digest < right.digest }
            if left.attribute != right.attribute { return left.attribute < right.attribute }
            return left.subject == right.subject ? left.value < right.value : left.subject < right.subject
        }

        var observation: Observation {
            Observation(self.subject, self.attribute, self.value, evidence: self.span.first, lastSeen: self.span.lastSeen)
        }
    }

    /// The facts of one attribute, without moving the others about.
    func facts(of attribute: Attribute) -> [Fact] {
        self.facts.indices.filter { self.facts[$0].attribute == attribute }.map { self.facts[$0] }
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
    /// Sorted, each only once.
    var facts: [Fact] = []
    var hosts: [HostKey: HostRecord] = [:]
    /// Sorted by key, a key only once: merging is one walk over both.
    var conversations: [ConversationRecord] = []
    /// Sorted by conversation and beginning, each only once.
    var sessions: [SessionRecord] = []
    /// Facts that did not fit within the limits, by scan and shard.
    var omissions: [Omission: UInt64] = [:]

    struct SessionRecord: Hashable, Comparable, Sendable {
        let key: ConversationKey
        let session: Session

        static func < (left: Self, right: Self) -> Bool {
            left.key == right.key ? left.session < right.session : left.key < right.key
        }
    }

    struct Omission: Hashable, Sendable {
        let scan: ScanID
        let shard: Int
    }

    public init() {}

    /// Adds what another inventory knows.
    public mutating func merge(_ other: Inventory) { self = Inventory(merging: [self, other]) }

    /// All of them together. Facts and conversations are sorted arrays, so that a merge moves each of them once.
    public init(merging inventories: [Inventory]) {
        for inventory in inventories {
            self.scans.formUnion(inventory.scans)
            self.hosts.merge(inventory.hosts) { left, right in
                var merged = left
                merged.merge(right)
                return merged
            }
            self.omissions.merge(inventory.omissions) { max($0, $1) }
        }
        self.facts = Self.united(
            inventories.map(\.facts), rank: \.digest, isBefore: Fact.isBefore, areSame: { $0.isSame(as: $1) }, merge: { $0.span.merge($1.span) })
        self.conversations = Self.united(
            inventories.map(\.conversations), rank: { _ in 0 }, isBefore: { $0.key < $1.key }, areSame: { $0.key == $1.key }, merge: { $0.merge($1) })
        self.sessions = Self.united(inventories.map(\.sessions), rank: { _ in 0 }, isBefore: <, areSame: ==, merge: { _, _ in })
    }

    /// Sorted lists as one, in which equal elements have become one.
    /// - Parameter rank: what elements are sorted by before `isBefore`: it is at hand while they are put in order.
    static func united<Element>(
        _ lists: [[Element]], rank: (Element) -> UInt64, isBefore: (Element, Element) -> Bool, areSame: (Element, Element) -> Bool,
        merge: (inout Element, Element) -> Void
    ) -> [Element] {
        let filled = lists.filter { !$0.isEmpty }
        guard filled.count > 1 else { return filled.first ?? [] }
        // Places in the lists, merged in pairs of pairs; the elements themselves are moved once, at the end.
        var level = filled.enumerated().map { number, list in list.indices.map { Place(rank: rank(list[$0]), list: number, index: $0) } }
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map { index in
                guard index &+ 1 < level.count else { return level[index] }
                return Self.interleaved(level[index], level[index &+ 1]) { left, right in
                    left.rank == right.rank
                        ? !isBefore(filled[right.list][right.index], filled[left.list][left.index]) : left.rank < right.rank
                }
            }
        }
        var united: [Element] = []
        united.reserveCapacity(level[0].count)
        var lastRank: UInt64?
        for place in level[0] {
            let element = filled[place.list][place.index]
            if lastRank == place.rank, let last = united.last, areSame(last, element) {
                merge(&united[united.count &- 1], element)
            } else {
                united.append(element)
                lastRank = place.rank
            }
        }
        return united
    }

    private struct Place {
        let rank: UInt64
        let list: Int
        let index: Int
    }

    private static func interleaved(_ left: [Place], _ right: [Place], isOrdered: (Place, Place) -> Bool) -> [Place] {
        var merged: [Place] = []
        merged.reserveCapacity(left.count &+ right.count)
        var from = (left: 0, right: 0)
        while from.left < left.count, from.right < right.count {
            if isOrdered(left[from.left], right[from.right]) {
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

    /// Both together.
    public func merged(with other: Inventory) -> Inventory { Inventory(merging: [self, other]) }

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
        self.messages = max(self.messages, other.messages)
        self.refusedMessages = max(self.refusedMessages, other.refusedMessages)
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
        self.messages &+= other.messages
        self.refusedMessages &+= other.refusedMessages
        self.span(other)
    }

    private mutating func span(_ other: ConversationTally) {
        if self.lastSeen < other.lastSeen { self.lastSeen = other.lastSeen }
        if other.first < self.first { self.first = other.first }
        if let answer = other.answer, self.answer.map({ answer < $0 }) ?? true { self.answer = answer }
    }
}
