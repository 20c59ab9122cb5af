public import Observations
import Wire

/// Two scans that recorded the same packets: two mirror ports, or two sensors, that a packet passed one after the other.
public struct ScanCopy: Hashable, Sendable {
    public let first: ScanID
    public let second: ScanID
    /// How much the clock of the second was ahead of that of the first, in nanoseconds.
    public let skew: Int64
    /// Conversations that both hold in the very same size.
    public let conversations: Int

    public init(first: ScanID, second: ScanID, skew: Int64, conversations: Int) {
        self.first = first
        self.second = second
        self.skew = skew
        self.conversations = conversations
    }
}

/// Which of the scans of an inventory recorded the same packets, and what conversations amount to when each packet counts once.
///
/// It follows from the facts and is nothing that a merge has to keep: merging stays associative whatever turns out to be a copy.
struct ScanCopies: Sendable {
    private(set) var pairs: [Pair: ScanCopy] = [:]

    struct Pair: Hashable, Sendable {
        let first: ScanID
        let second: ScanID
    }

    /// Clocks further apart than this are taken for two captures of similar traffic.
    private static let skewLimit: Int64 = 3_600_000_000_000
    /// How exactly the times of copies agree once their clocks do: the way between two mirror ports, and the queues on it.
    private static let tolerance: Int64 = 50_000_000
    /// Conversations that must agree before two scans count as copies: fewer may be chance.
    private static let least = 3
    /// Of the portions of one conversation so many are compared: those that follow each other in time.
    private static let neighbours = 4

    init(_ inventory: Inventory) {
        guard inventory.scans.count > 1 else { return }
        var differences: [Pair: [Int64]] = [:]
        var shared: [Pair: Int] = [:]
        for record in inventory.conversations where !record.others.isEmpty {
            let portions = Self.byTime(record)
            for (index, left) in portions.enumerated() {
                for right in portions.dropFirst(index &+ 1).prefix(Self.neighbours) {
                    let (first, second) = left.scan < right.scan ? (left, right) : (right, left)
                    let difference = second.tally.first.time.since(first.tally.first.time)
                    guard difference.magnitude <= Self.skewLimit.magnitude else { continue }
                    let pair = Pair(first: first.scan, second: second.scan)
                    shared[pair, default: 0] &+= 1
                    if Self.isSameSize(first.tally, second.tally) { differences[pair, default: []].append(difference) }
                }
            }
        }
        for (pair, found) in differences {
            let sorted = found.sorted()
            let skew = sorted.dropFirst(sorted.count / 2).first ?? 0
            let agreeing = sorted.count { ($0 &- skew).magnitude <= Self.tolerance.magnitude }
            // What both saw whole agrees in size and time; what one saw in part does not, and must not be most of it.
            guard agreeing >= Self.least, agreeing &* 2 >= (shared[pair] ?? 0) else { continue }
            self.pairs[pair] = ScanCopy(first: pair.first, second: pair.second, skew: skew, conversations: agreeing)
        }
    }

    /// Sorted by the scans.
    var list: [ScanCopy] { self.pairs.values.sorted { ($0.first, $0.second) < ($1.first, $1.second) } }

    private static func byTime(_ record: Inventory.ConversationRecord) -> [Inventory.ConversationRecord.Portion] {
        ([record.first] + record.others).sorted { ($0.tally.first.time, $0.scan) < ($1.tally.first.time, $1.scan) }
    }

    private static func isSameSize(_ left: ConversationTally, _ right: ConversationTally) -> Bool {
        left.packetsFromClient == right.packetsFromClient && left.packetsFromServer == right.packetsFromServer
            && left.bytesFromClient == right.bytesFromClient && left.bytesFromServer == right.bytesFromServer && left.flows == right.flows
    }

    /// How much the clock of `right` is ahead of that of `left`; `nil` where they are no copies.
    private func skew(_ left: ScanID, _ right: ScanID) -> Int64? {
        if let copy = self.pairs[Pair(first: left, second: right)] { return copy.skew }
        return self.pairs[Pair(first: right, second: left)].map { 0 &- $0.skew }
    }

    /// All scans of a conversation together, the same packets once: of copies that were recorded at the same time the larger counts.
    func total(of record: Inventory.ConversationRecord) -> ConversationTally {
        guard !self.pairs.isEmpty, !record.others.isEmpty else { return record.total }
        var kept: [Inventory.ConversationRecord.Portion] = []
        for portion in Self.byTime(record) {
            let place = kept.indices.last { index in
                guard let skew = self.skew(kept[index].scan, portion.scan) else { return false }
                let start = portion.tally.first.time.nanoseconds.subtractingReportingOverflow(skew)
                return !start.overflow && start.partialValue <= kept[index].tally.lastSeen.nanoseconds.addingReportingOverflow(Self.tolerance).partialValue
            }
            if let place { kept[place].tally.unite(portion.tally) } else { kept.append(portion) }
        }
        var total = kept.first?.tally ?? record.first.tally
        for portion in kept.dropFirst() { total.add(portion.tally) }
        return total
    }

    /// The sessions of a conversation, those that copies recorded once more left out.
    func distinct(_ sessions: [Session]) -> [Session] {
        guard !self.pairs.isEmpty, sessions.count > 1 else { return sessions }
        var kept: [Session] = []
        for session in sessions {
            // Sorted by time, and copies are near: the last few are enough.
            let isCopy = kept.suffix(Self.neighbours &* 4).contains { other in
                guard let skew = self.skew(other.first.scan, session.first.scan) else { return false }
                let difference = session.first.time.since(other.first.time).subtractingReportingOverflow(skew)
                return !difference.overflow && difference.partialValue.magnitude <= Self.tolerance.magnitude
                    && session.bytesFromClient == other.bytesFromClient && session.bytesFromServer == other.bytesFromServer
            }
            if !isCopy { kept.append(session) }
        }
        return kept
    }
}
