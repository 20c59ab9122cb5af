import Wire

/// What is counted over the frames of one input, with a handful of instructions for each.
struct FrameTally {
    /// Ordinal of the next frame.
    var nextOrdinal: UInt64
    var frames: UInt64 = 0
    var cut: UInt64 = 0
    var earliest = Int64.max
    var latest = Int64.min
    var fingerprint: UInt64 = 0x9E37_79B9_7F4A_7C15

    init(firstOrdinal: UInt64) { self.nextOrdinal = firstOrdinal }

    /// Counts a frame and gives its ordinal.
    @inline(__always)
    mutating func count(time: Int64, captured: UInt32, original: UInt32) -> UInt64 {
        let ordinal = self.nextOrdinal
        self.nextOrdinal &+= 1
        self.frames &+= 1
        self.cut &+= captured < original ? 1 : 0
        self.earliest = Swift.min(self.earliest, time)
        self.latest = Swift.max(self.latest, time)
        // The wide product depends on this frame only, so that the chain from frame to frame is one multiplication and one xor.
        let lengths = UInt64(captured) &<< 32 | UInt64(original)
        let product = (UInt64(bitPattern: time) ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: lengths ^ 0xE703_7ED1_A0B4_28DB)
        self.fingerprint = (self.fingerprint &* 0x9FB2_1C65_1E98_DF25) ^ product.high ^ product.low
        return ordinal
    }
}

/// How far a walk over a piece of a savefile came.
struct WalkResult {
    /// Offset of the first byte that was not used up: the beginning of an incomplete record, or the end.
    var consumed: Int
    /// How many bytes the incomplete record has at least.
    var needed: Int
    /// What ended the reading for good.
    var damage: CaptureNotice.Damage?
}
