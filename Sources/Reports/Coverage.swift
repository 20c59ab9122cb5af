/// What a scan could and could not see. "No HL7 was seen" and "HL7 could not have been seen here" are different sentences.
public struct Coverage: Hashable, Sendable {
    /// Frames that were not understood, by reason.
    public struct Misunderstood: Hashable, Sendable {
        public var reason: String
        public var frames: UInt64
        /// The first of them.
        public var firstFrame: UInt64

        public init(reason: String, frames: UInt64, firstFrame: UInt64) {
            self.reason = reason
            self.frames = frames
            self.firstFrame = firstFrame
        }
    }

    /// Frames analysed, and their bytes on the wire.
    public var frames: UInt64 = 0
    public var bytes: UInt64 = 0
    /// Frames of which the capture holds only the beginning.
    public var cutFrames: UInt64 = 0
    public var linkTypes: [String: UInt64] = [:]
    public var vlans: [UInt16: UInt64] = [:]
    /// Tunnels and tags that were looked through.
    public var encapsulations: [String: UInt64] = [:]
    /// IP protocols other than TCP and UDP, by number: known, not analysed.
    public var ipProtocols: [UInt8: UInt64] = [:]
    /// Most frequent first.
    public var misunderstood: [Misunderstood] = []
    public var incompleteFragments: UInt64 = 0
    public var tcpFlows: UInt64 = 0
    public var udpFlows: UInt64 = 0
    /// TCP conversations of which only one direction was seen although data flowed.
    public var oneSidedFlows: UInt64 = 0
    /// TCP conversations whose beginning was not seen.
    public var midStreamFlows: UInt64 = 0
    /// Conversations with payload whose protocol was proved, or not.
    public var recognisedFlows: UInt64 = 0
    public var unrecognisedFlows: UInt64 = 0
    public var encryptedFlows: UInt64 = 0
    /// Holes in TCP streams that the capture does not fill, and their bytes.
    public var gaps: UInt64 = 0
    public var lostBytes: UInt64 = 0
    public var retransmissions: UInt64 = 0
    /// TCP segments that contradict others for the same bytes.
    public var conflicts: UInt64 = 0
    // What the memory budget or other limits left out.
    public var evictedFlows: UInt64 = 0
    public var droppedDissections: UInt64 = 0
    /// Conversations that turned out not to be, or broke, the protocol that they began with.
    public var failedDissections: UInt64 = 0
    public var omittedObservations: UInt64 = 0

    public init() {}

    /// Several scans together: counts add up.
    public init(adding coverages: [Coverage]) {
        self = coverages.first ?? Coverage()
        for coverage in coverages.dropFirst() { self.add(coverage) }
    }

    private mutating func add(_ other: Coverage) {
        for count in Self.counts { self[keyPath: count] &+= other[keyPath: count] }
        self.linkTypes.merge(other.linkTypes, uniquingKeysWith: &+)
        self.vlans.merge(other.vlans, uniquingKeysWith: &+)
        self.encapsulations.merge(other.encapsulations, uniquingKeysWith: &+)
        self.ipProtocols.merge(other.ipProtocols, uniquingKeysWith: &+)
        var reasons = Dictionary(self.misunderstood.map { ($0.reason, $0) }, uniquingKeysWith: { first, _ in first })
        for reason in other.misunderstood {
            if let known = reasons[reason.reason] {
                reasons[reason.reason] = Misunderstood(
                    reason: reason.reason, frames: known.frames &+ reason.frames, firstFrame: min(known.firstFrame, reason.firstFrame))
            } else {
                reasons[reason.reason] = reason
            }
        }
        self.misunderstood = reasons.values.sorted { ($1.frames, $0.reason) < ($0.frames, $1.reason) }
    }

    /// Everything that is one number.
    private static var counts: [WritableKeyPath<Coverage, UInt64>] {
        [
            \.frames, \.bytes, \.cutFrames, \.incompleteFragments, \.tcpFlows, \.udpFlows, \.oneSidedFlows, \.midStreamFlows, \.recognisedFlows,
            \.unrecognisedFlows, \.encryptedFlows, \.gaps, \.lostBytes, \.retransmissions, \.conflicts, \.evictedFlows, \.droppedDissections,
            \.failedDissections, \.omittedObservations,
        ]
    }
}
