import Wire

/// Segments of one TCP conversation that came before what precedes them. It exists only while there is a hole.
///
/// The first byte that was seen wins over a later one for the same place; where both are still here and differ, that is a
/// conflict, which is counted: it takes a broken stack or an attacker to produce one.
final class Reordering {
    /// The most bytes of one side that wait for a hole to fill.
    static let byteLimit = 128 &* 1024
    /// The most segments of one side that wait.
    static let segmentLimit = 48
    /// How long a hole waits after the receiver acknowledged what it should hold: the capture lost it.
    static let patience: Int64 = 500_000_000

    struct Segment {
        let sequence: UInt32
        let bytes: [UInt8]
        /// Bytes at the end that the snap length cut.
        let missing: UInt32
        let frame: UInt64
        let time: Timestamp
    }

    /// Sorted by sequence number; index 0 the initiator's.
    private var waiting: ([Segment], [Segment]) = ([], [])
    private(set) var byteCount = (0, 0)
    private var holeSince = (Timestamp.distantPast, Timestamp.distantPast)
    var conflicts: UInt64 = 0

    func isEmpty(fromInitiator: Bool) -> Bool { fromInitiator ? self.waiting.0.isEmpty : self.waiting.1.isEmpty }
    var isEmpty: Bool { self.waiting.0.isEmpty && self.waiting.1.isEmpty }

    /// Keeps a segment for later.
    func add(_ segment: Segment, fromInitiator: Bool) {
        if fromInitiator {
            Self.insert(segment, &self.waiting.0, &self.byteCount.0, &self.holeSince.0, &self.conflicts)
        } else {
            Self.insert(segment, &self.waiting.1, &self.byteCount.1, &self.holeSince.1, &self.conflicts)
        }
    }

    private static func insert(
        _ segment: Segment, _ waiting: inout [Segment], _ byteCount: inout Int, _ holeSince: inout Timestamp, _ conflicts: inout UInt64
    ) {
        if waiting.isEmpty { holeSince = segment.time }
        var index = waiting.count
        while index > 0, Int32(bitPattern: waiting[index &- 1].sequence &- segment.sequence) > 0 { index &-= 1 }
        // An earlier segment that reaches into this one was here first; both are kept and cut when they are read.
        if index > 0 {
            let before = waiting[index &- 1]
            let offset = Int(segment.sequence &- before.sequence)
            if before.sequence == segment.sequence, before.bytes.count >= segment.bytes.count {
                if !before.bytes.starts(with: segment.bytes) { conflicts &+= 1 }
                return
            }
            if offset < before.bytes.count {
                let shared = min(before.bytes.count &- offset, segment.bytes.count)
                if before.bytes[offset..<offset &+ shared] != segment.bytes[0..<shared] { conflicts &+= 1 }
            }
        }
        waiting.insert(segment, at: index)
        byteCount &+= segment.bytes.count
    }

    /// Whether the hole before the first waiting segment will not fill any more.
    func isHopeless(fromInitiator: Bool, isAcknowledged: Bool, now: Timestamp) -> Bool {
        let count = fromInitiator ? self.waiting.0.count : self.waiting.1.count
        let bytes = fromInitiator ? self.byteCount.0 : self.byteCount.1
        let since = fromInitiator ? self.holeSince.0 : self.holeSince.1
        return count >= Self.segmentLimit || bytes >= Self.byteLimit || (isAcknowledged && now.since(since) >= Self.patience)
    }

    /// The next segment in order of sequence numbers.
    func takeFirst(fromInitiator: Bool, now: Timestamp) -> Segment? {
        if fromInitiator {
            guard let first = self.waiting.0.first else { return nil }
            self.waiting.0.removeFirst()
            self.byteCount.0 &-= first.bytes.count
            self.holeSince.0 = now
            return first
        }
        guard let first = self.waiting.1.first else { return nil }
        self.waiting.1.removeFirst()
        self.byteCount.1 &-= first.bytes.count
        self.holeSince.1 = now
        return first
    }

    func first(fromInitiator: Bool) -> Segment? { fromInitiator ? self.waiting.0.first : self.waiting.1.first }
}
