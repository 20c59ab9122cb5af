import Wire

/// The records of a pcap file, walked in place.
///
/// The format is described in draft-ietf-opsawg-pcap; which variants exist, and what they mean, is libpcap's `sf-pcap.c`.
struct PcapWalker {
    /// The file header: 24 bytes.
    static let headerLength = 24

    let isBigEndian: Bool
    let isNanoseconds: Bool
    let linkType: LinkType
    /// As the header says; 0 is no limit.
    let snapLength: UInt32
    let checkSequenceLength: UInt8?

    private let recordHeader: Int
    /// Frames are cut to this.
    private let limit: UInt32
    private let lengthOrder: LengthOrder

    /// Until version 2.3 the two lengths stood the other way round; files of version 2.3 have them either way.
    private enum LengthOrder { case capturedFirst, originalFirst, smallerIsCaptured }

    enum Magic {
        case microseconds, nanoseconds
        /// Alexey Kuznetsov's variant: a record header of 24 bytes, with interface index, protocol and packet type.
        case modified

        init?(_ number: UInt32) {
            switch number {
            case 0xA1B2_C3D4: self = .microseconds
            case 0xA1B2_3C4D: self = .nanoseconds
            case 0xA1B2_CD34: self = .modified
            default: return nil
            }
        }
    }

    /// Whether these bytes begin a pcap file.
    static func recognizes(_ bytes: RawSpan) -> Bool {
        guard let magic = bytes.u32le(at: 0) else { return false }
        return Magic(magic) != nil || Magic(magic.byteSwapped) != nil
    }

    /// Reads the file header.
    init(_ bytes: RawSpan, path: String) throws(CaptureError) {
        var reader = ByteReader(bytes)
        guard let magic = try? reader.u32le() else { throw .corruptHeader(path: path) }
        let swapped = Magic(magic) == nil
        guard let kind = Magic(swapped ? magic.byteSwapped : magic) else { throw .notACapture(path: path, looksLike: nil) }
        let major: UInt16
        let minor: UInt16
        let snapLength: UInt32
        let typeField: UInt32
        do {
            major = swapped ? try reader.u16() : try reader.u16le()
            minor = swapped ? try reader.u16() : try reader.u16le()
            try reader.skip(8)  // the time zone and the accuracy: always zero in practice
            snapLength = swapped ? try reader.u32() : try reader.u32le()
            typeField = swapped ? try reader.u32() : try reader.u32le()
        } catch {
            throw .corruptHeader(path: path)
        }
        switch (major, minor) {
        case (2, 0...2), (543, 0): self.lengthOrder = .originalFirst
        case (2, 3): self.lengthOrder = .smallerIsCaptured
        case (2, 4): self.lengthOrder = .capturedFirst
        default: throw .unsupportedVersion(path: path, major: major, minor: minor)
        }
        self.isBigEndian = swapped
        self.isNanoseconds = kind == .nanoseconds
        self.recordHeader = kind == .modified ? 24 : 16
        self.linkType = LinkType(inSavefile: UInt16(truncatingIfNeeded: typeField))
        // Bit 26: bits 28 to 31 are the length of the frame check sequence, in 16-bit units.
        self.checkSequenceLength = typeField & 0x0400_0000 == 0 ? nil : UInt8(truncatingIfNeeded: typeField &>> 28) &* 2
        self.snapLength = snapLength
        // As libpcap: a snap length of 0 or beyond 31 bits means the maximum, and a modified Ethernet file may hold a made-up
        // Ethernet header on top of it.
        let limit = snapLength == 0 || snapLength > UInt32(Int32.max) ? SavefileSource.maximumFrameLength : snapLength
        self.limit = kind == .modified && self.linkType == .ethernet ? limit &+ 14 : limit
    }

    /// Appends the frames of all records that are complete from `start` on.
    func walk(_ bytes: RawSpan, from start: Int, into frames: inout [FrameHeader], tally: inout FrameTally) -> WalkResult {
        let swapped = self.isBigEndian
        let fractionUnit: Int64 = self.isNanoseconds ? 1 : 1000
        let recordHeader = self.recordHeader
        let limit = self.limit
        let lengthOrder = self.lengthOrder
        let linkType = self.linkType
        var counted = tally
        defer { tally = counted }

        var position = start
        while true {
            let left = bytes.byteCount &- position
            guard left >= recordHeader, var seconds = bytes.u32le(at: position), var fraction = bytes.u32le(at: position &+ 4),
                var captured = bytes.u32le(at: position &+ 8), var original = bytes.u32le(at: position &+ 12)
            else { return WalkResult(consumed: position, needed: recordHeader) }
            if swapped {
                seconds = seconds.byteSwapped
                fraction = fraction.byteSwapped
                captured = captured.byteSwapped
                original = original.byteSwapped
            }
            if lengthOrder != .capturedFirst, lengthOrder == .originalFirst || captured > original {
                swap(&captured, &original)
            }
            guard captured <= SavefileSource.maximumFrameLength else {
                return WalkResult(consumed: position, needed: 0, damage: .frameTooLong(captured))
            }
            let length = recordHeader &+ Int(captured)
            guard length <= left else { return WalkResult(consumed: position, needed: length) }
            // 32-bit seconds and fractions fit: no overflow up to the year 2106, the end of the format.
            let time = Int64(seconds) &* 1_000_000_000 &+ Int64(fraction) &* fractionUnit
            captured = Swift.min(captured, limit)
            frames.append(
                FrameHeader(
                    ordinal: counted.count(time: time, captured: captured, original: original),
                    time: Timestamp(nanoseconds: time),
                    linkType: linkType,
                    capturedLength: captured,
                    originalLength: original,
                    offset: UInt32(truncatingIfNeeded: position &+ recordHeader)
                )
            )
            position &+= length
        }
    }
}
