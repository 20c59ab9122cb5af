import Wire

/// Segments of one TCP conversation that came before what precedes them. It exists only while there is a hole.
///
/// The first byte that was seen wins over a later one for the same place; a segment that differs from one that is still here is
/// a conflict, which is counted: it takes a broken stack or an attacker to produce one.
final class Reordering {
    /// The most bytes of one side that wait for a hole to fill.
    static let byteLimit = 128 * 1024
    /// The most segments of one side that wait.
    static let segmentLimit = 48
    /// How long a hole waits after the receiver acknowledged what it should hold: the capture lost it.
    static let patience: Int64 = 500_000_000

    struct Segment {
        /// What a segment costs beside its bytes.
        static let overhead = 128

        let sequence: UInt32
        var bytes: [UInt8]
        /// Bytes at the end that the snap length cut.
        let missing: UInt32
        let frame: UInt64
        let time: Timestamp

        /// Takes over the bytes of a segment that was seen earlier for the places they share.
        /// - Returns: whether they differed.
        mutating func adopt(_ earlier: Segment) -> Bool {
            let offset = Int(Int32(bitPattern: earlier.sequence &- self.sequence))
            let shared = max(0, offset)..<max(0, offset, min(self.bytes.count, offset &+ earlier.bytes.count))
            guard !shared.isEmpty else { return false }
            let right = earlier.bytes[shared.lowerBound &- offset..<shared.upperBound &- offset]
            guard self.bytes[shared] != right else { return false }
            self.bytes.replaceSubrange(shared, with: right)
            return true
        }
    }

    /// Sorted by sequence number; index 0 the initiator's.
    private var waiting: ([Segment], [Segment]) = ([], [])
    private(set) var byteCount = (0, 0)
    private var holeSince = (Timestamp.distantPast, Timestamp.distantPast)
    var conflicts: UInt64 = 0

    var isEmpty: Bool { self.waiting.0.isEmpty && self.waiting.1.isEmpty }
    /// What it holds, about, in bytes.
    var cost: Int {
        self.byteCount.0 &+ self.byteCount.1 &+ (self.waiting.0.count &+ self.waiting.1.count) &* Segment.overhead
    }

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
        // What is here was seen first. Once the new segment agrees with it, it does not matter which of them is read.
        var agreeing = segment
        var differs = false
        for known in waiting where agreeing.adopt(known) { differs = true }
        if differs { conflicts &+= 1 }
        if index > 0, waiting[index &- 1].sequence == segment.sequence, waiting[index &- 1].bytes.count >= segment.bytes.count { return }
        waiting.insert(agreeing, at: index)
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
