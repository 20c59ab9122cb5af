import Wire

/// The blocks of a pcapng file (draft-ietf-opsawg-pcapng), walked in place.
///
/// Sections may differ in byte order and interfaces in link type, snap length and time resolution. Only what frames need is
/// looked at: name resolution, decryption secrets, comments, journals and unknown blocks are stepped over unread.
struct PcapngWalker {
    /// The part of the first block that shows what the file is.
    static let headerLength = 28

    private var swapped = false
    private var interfaces: [Interface] = []
    /// What is only reported of them, at the same indices.
    private var descriptions: [CapturedInterface] = []
    /// Time of the last frame, for blocks that have none.
    private var lastTime: Int64 = 0
    /// A block whose content is of no interest and was not all there yet.
    private var skipping: (left: Int, length: UInt32, type: UInt32, position: UInt64)?
    private var seen = SeenInterfaces()

    private enum BlockType {
        static let section: UInt32 = 0x0A0D_0D0A
        static let interface: UInt32 = 1
        static let obsoletePacket: UInt32 = 2
        static let simplePacket: UInt32 = 3
        static let statistics: UInt32 = 5
        static let enhancedPacket: UInt32 = 6

        /// Whether Wireshark shows such a block as a line of its own, so that it takes a number away from the frames after it:
        /// systemd journal entries, custom blocks and sysdig events.
        static func isNumbered(_ type: UInt32) -> Bool {
            switch type {
            case 9, 0x0BAD, 0x4000_0BAD, 0x204, 0x216, 0x221: true
            default: false
            }
        }
    }

    private static let byteOrderMagic: UInt32 = 0x1A2B_3C4D

    /// Whether these bytes begin a pcapng file: the first block type reads the same in both byte orders, and is text.
    static func recognizes(_ bytes: RawSpan) -> Bool {
        guard bytes.u32le(at: 0) == BlockType.section, let magic = bytes.u32le(at: 8) else { return false }
        return magic == Self.byteOrderMagic || magic.byteSwapped == Self.byteOrderMagic
    }

    /// Checks the first section header; the walk then begins with it.
    init(_ bytes: RawSpan, path: String) throws(CaptureError) {
        guard let magic = bytes.u32le(at: 8) else { throw .corruptHeader(path: path) }
        self.swapped = magic != Self.byteOrderMagic
        guard let length = self.u32(bytes, 4), let major = self.u16(bytes, 12), let minor = self.u16(bytes, 14),
            bytes.byteCount >= Self.headerLength, length >= 28, length & 3 == 0, length <= SavefileSource.maximumBlockLength
        else { throw .corruptHeader(path: path) }
        guard major == 1 else { throw .unsupportedVersion(path: path, major: major, minor: minor) }
    }

    /// Of the current section.
    var isBigEndian: Bool { self.swapped }

    /// Every interface described so far, with what came from it.
    var capturedInterfaces: [CapturedInterface] {
        var seen = self.seen
        seen.add(self.interfaces, self.descriptions)
        return seen.list
    }

    /// Frames by link type.
    var linkTypes: [LinkType: UInt64] {
        var counts = self.seen.linkTypes
        for interface in self.interfaces where interface.frames > 0 { counts[interface.linkType, default: 0] &+= interface.frames }
        return counts
    }

    @inline(__always)
    private func u32(_ bytes: RawSpan, _ offset: Int) -> UInt32? {
        bytes.u32le(at: offset).map { self.swapped ? $0.byteSwapped : $0 }
    }
    @inline(__always)
    private func u16(_ bytes: RawSpan, _ offset: Int) -> UInt16? {
        bytes.u16le(at: offset).map { self.swapped ? $0.byteSwapped : $0 }
    }

    /// Where the block begins that is being stepped over, in the whole stream.
    var skippedBlock: UInt64? { self.skipping?.position }

    /// Appends the frames of all blocks that are complete from `start` on.
    ///
    /// - Parameter base: where `bytes` begins in the whole stream.
    mutating func walk(
        _ bytes: RawSpan, from start: Int, base: UInt64, into frames: inout [FrameHeader], tally: inout FrameTally
    ) -> WalkResult {
        var position = start
        if let (left, length, type, began) = self.skipping {
            let step = Swift.min(left, bytes.byteCount &- position)
            position &+= step
            self.skipping = (left &- step, length, type, began)
            guard step == left, let trailer = self.u32(bytes, position) else { return WalkResult(consumed: position, needed: 4) }
            guard trailer == length else { return WalkResult(consumed: position, needed: 0, damage: .blockTrailer) }
            position &+= 4
            self.skipping = nil
            if BlockType.isNumbered(type) { tally.nextOrdinal &+= 1 }
        }
        while true {
            let left = bytes.byteCount &- position
            guard left >= 12, var type = bytes.u32le(at: position) else { return WalkResult(consumed: position, needed: 12) }
            if type == BlockType.section {
                // Only here the byte order can change, and with it how the block's own length is read.
                guard let magic = bytes.u32le(at: position &+ 8) else { return WalkResult(consumed: position, needed: 12) }
                guard magic == Self.byteOrderMagic || magic.byteSwapped == Self.byteOrderMagic else {
                    return WalkResult(consumed: position, needed: 0, damage: .byteOrderMagic)
                }
                self.swapped = magic != Self.byteOrderMagic
            } else if self.swapped {
                type = type.byteSwapped
            }
            guard let total = self.u32(bytes, position &+ 4) else { return WalkResult(consumed: position, needed: 12) }
            // libpcap's rules: a multiple of 4, and at least a header and a trailer.
            guard total >= 12, total & 3 == 0 else {
                return WalkResult(consumed: position, needed: 0, damage: .blockLength(total))
            }
            let length = Int(total)
            let isRead =
                type == BlockType.enhancedPacket || type == BlockType.section || type == BlockType.interface
                || type == BlockType.simplePacket || type == BlockType.obsoletePacket || type == BlockType.statistics
            guard length <= left else {
                if !isRead {
                    // With all but a piece of the trailer here, wait for that as for any record.
                    guard length &- left > 4 else { return WalkResult(consumed: position, needed: length) }
                    self.skipping = (length &- left &- 4, total, type, base &+ UInt64(truncatingIfNeeded: position))
                    return WalkResult(consumed: bytes.byteCount, needed: 4)
                }
                guard total <= SavefileSource.maximumBlockLength else {
                    return WalkResult(consumed: position, needed: 0, damage: .blockLength(total))
                }
                return WalkResult(consumed: position, needed: length)
            }
            // Of the very first block libpcap does not look at the trailer: what it opens, we open.
            guard self.u32(bytes, position &+ length &- 4) == total || base &+ UInt64(truncatingIfNeeded: position) == 0 else {
                return WalkResult(consumed: position, needed: 0, damage: .blockTrailer)
            }
            if isRead {
                if let damage = self.read(type, bytes, position &+ 8, position &+ length &- 4, &frames, &tally) {
                    return WalkResult(consumed: position, needed: 0, damage: damage)
                }
            } else if BlockType.isNumbered(type) {
                tally.nextOrdinal &+= 1
            }
            position &+= length
        }
    }

    /// Reads one block, whose body lies in `start..<end`.
    @inline(__always)
    private mutating func read(
        _ type: UInt32, _ bytes: RawSpan, _ start: Int, _ end: Int, _ frames: inout [FrameHeader], _ tally: inout FrameTally
    ) -> CaptureNotice.Damage? {
        switch type {
        case BlockType.enhancedPacket:
            guard end &- start >= 20, let number = self.u32(bytes, start), let high = self.u32(bytes, start &+ 4),
                let low = self.u32(bytes, start &+ 8), let captured = self.u32(bytes, start &+ 12),
                let original = self.u32(bytes, start &+ 16), Int(captured) <= end &- start &- 20
            else { return .blockTooShort(type: type) }
            guard number < UInt32(truncatingIfNeeded: self.interfaces.count) else { return .unknownInterface(number) }
            let time = self.interfaces[Int(number)].time(UInt64(high) &<< 32 | UInt64(low))
            self.add(Int(number), time, captured, original, start &+ 20, &frames, &tally)
            return nil
        default: return self.readRare(type, bytes, start, end, &frames, &tally)
        }
    }

    @inline(never)
    private mutating func readRare(
        _ type: UInt32, _ bytes: RawSpan, _ start: Int, _ end: Int, _ frames: inout [FrameHeader], _ tally: inout FrameTally
    ) -> CaptureNotice.Damage? {
        let swapped = self.swapped
        switch type {
        case BlockType.obsoletePacket:
            guard end &- start >= 20, let number = self.u16(bytes, start), let high = self.u32(bytes, start &+ 4),
                let low = self.u32(bytes, start &+ 8), let captured = self.u32(bytes, start &+ 12),
                let original = self.u32(bytes, start &+ 16), Int(captured) <= end &- start &- 20
            else { return .blockTooShort(type: type) }
            guard Int(number) < self.interfaces.count else { return .unknownInterface(UInt32(number)) }
            let time = self.interfaces[Int(number)].time(UInt64(high) &<< 32 | UInt64(low))
            self.add(Int(number), time, captured, original, start &+ 20, &frames, &tally)

        case BlockType.simplePacket:
            // It has no time, no interface (the first is meant) and no captured length (the snap length is).
            guard end &- start >= 4, let original = self.u32(bytes, start) else { return .blockTooShort(type: type) }
            guard let snapLength = self.descriptions.first?.snapLength else { return .unknownInterface(0) }
            let captured = snapLength == 0 ? original : Swift.min(original, snapLength)
            guard Int(captured) <= end &- start &- 4 else { return .blockTooShort(type: type) }
            self.add(0, self.lastTime, captured, original, start &+ 4, &frames, &tally)

        case BlockType.interface:
            guard end &- start >= 8, let linkType = self.u16(bytes, start), let snapLength = self.u32(bytes, start &+ 4) else {
                return .blockTooShort(type: type)
            }
            guard self.interfaces.count < SavefileSource.maximumInterfaces else { return .tooManyInterfaces }
            var interface = Interface(linkType: LinkType(inSavefile: linkType))
            var description = CapturedInterface(linkType: interface.linkType, snapLength: snapLength)
            self.forEachOption(bytes, start &+ 8, end) { code, value in
                switch (code, value.byteCount) {
                case (2, 1...): description.name = text(value)
                case (9, 1): interface.setResolution(value.u8(at: 0) ?? 6)
                case (13, 1): description.checkSequenceLength = value.u8(at: 0)
                case (14, 8):
                    guard let offset = value.u64(at: 0) else { return }
                    interface.setOffset(Int64(bitPattern: swapped ? offset : offset.byteSwapped))
                default: break
                }
            }
            self.interfaces.append(interface)
            self.descriptions.append(description)

        case BlockType.section:
            guard end &- start >= 16, let major = self.u16(bytes, start &+ 4), let minor = self.u16(bytes, start &+ 6) else {
                return .blockTooShort(type: type)
            }
            guard major == 1 else { return .sectionVersion(major: major, minor: minor) }
            self.seen.add(self.interfaces, self.descriptions)
            self.interfaces.removeAll(keepingCapacity: true)
            self.descriptions.removeAll(keepingCapacity: true)

        case BlockType.statistics:
            guard end &- start >= 12, let number = self.u32(bytes, start) else { return .blockTooShort(type: type) }
            // Statistics of an interface that is not described concern nobody: no reason to stop.
            guard number < UInt32(truncatingIfNeeded: self.interfaces.count) else { return nil }
            var byInterface: UInt64?
            var bySystem: UInt64?
            self.forEachOption(bytes, start &+ 12, end) { code, value in
                guard value.byteCount == 8, let big = value.u64(at: 0) else { return }
                let count = swapped ? big : big.byteSwapped
                switch code {
                case 5: byInterface = count
                case 7: bySystem = count
                default: break
                }
            }
            // The counters run from the beginning of the capture: the last block has the sum.
            if let byInterface { self.descriptions[Int(number)].droppedByInterface = byInterface }
            if let bySystem { self.descriptions[Int(number)].droppedBySystem = bySystem }

        default: break
        }
        return nil
    }

    @inline(__always)
    private mutating func add(
        _ number: Int, _ time: Int64, _ captured: UInt32, _ original: UInt32, _ offset: Int,
        _ frames: inout [FrameHeader], _ tally: inout FrameTally
    ) {
        self.lastTime = time
        // `number` was compared with the count by every caller.
        self.interfaces[number].frames &+= 1
        frames.append(
            FrameHeader(
                ordinal: tally.count(time: time, captured: captured, original: original),
                time: Timestamp(nanoseconds: time),
                linkType: self.interfaces[number].linkType,
                capturedLength: captured,
                originalLength: original,
                offset: UInt32(truncatingIfNeeded: offset)
            )
        )
    }

    /// Calls `body` with each option's code and value; ends where the options do, or at the first that does not fit.
    private func forEachOption(_ bytes: RawSpan, _ start: Int, _ end: Int, _ body: (UInt16, RawSpan) -> Void) {
        var position = start
        while let code = self.u16(bytes, position), let length = self.u16(bytes, position &+ 2), code != 0,
            position &+ 4 &+ Int(length) <= end
        {
            body(code, bytes.slice(from: position &+ 4, count: Int(length)))
            position &+= 4 &+ (Int(length) &+ 3) & ~3
        }
    }
}

/// An option's text, at most 256 bytes of it.
private func text(_ bytes: RawSpan) -> String { String(decoding: bytes.trimmed.copied(limit: 256), as: UTF8.self) }

/// What every frame needs of its interface.
private struct Interface {
    let linkType: LinkType
    var frames: UInt64 = 0
    private var resolution = Resolution.multiply(1000)
    private var offset: Int64 = 0

    /// How ticks become nanoseconds.
    private enum Resolution {
        case multiply(UInt64)
        case divide(UInt64)
        /// Ticks of 2 to the minus this seconds.
        case binary(UInt8)
        /// Finer than 10^-28 seconds: 64 bits of ticks are no nanosecond.
        case vanishing
    }

    init(linkType: LinkType) { self.linkType = linkType }

    /// if_tsresol: the negative power of 10, or with the highest bit of 2, of a second.
    mutating func setResolution(_ option: UInt8) {
        func power(_ exponent: UInt8) -> UInt64 { (0..<exponent).reduce(1) { product, _ in product &* 10 } }
        switch option {
        case 0x80...: self.resolution = .binary(option & 0x7F)
        case ..<10: self.resolution = .multiply(power(9 &- option))
        case ..<29: self.resolution = .divide(power(option &- 9))
        default: self.resolution = .vanishing
        }
    }

    /// if_tsoffset: seconds to add.
    mutating func setOffset(_ seconds: Int64) { self.offset = Timestamp(seconds: seconds).nanoseconds }

    /// Nanoseconds since 1970, saturating.
    @inline(__always)
    func time(_ ticks: UInt64) -> Int64 {
        let nanoseconds: UInt64
        switch self.resolution {
        case .multiply(let factor):
            let (product, overflow) = ticks.multipliedReportingOverflow(by: factor)
            nanoseconds = overflow ? .max : product
        case .divide(let divisor): nanoseconds = ticks / divisor
        case .binary(let shift): nanoseconds = UInt64(clamping: (UInt128(ticks) &* 1_000_000_000) &>> UInt128(shift))
        case .vanishing: nanoseconds = 0
        }
        let (sum, overflow) = Int64(clamping: nanoseconds).addingReportingOverflow(self.offset)
        return overflow ? .max : sum
    }
}

/// The interfaces of all sections; sections that describe the same one (rotated and then joined files) count into one.
private struct SeenInterfaces {
    /// A file may have any number of sections; what is listed is bounded.
    private static let limit = 256

    private(set) var list: [CapturedInterface] = []
    private(set) var linkTypes: [LinkType: UInt64] = [:]
    private var index: [Key: Int] = [:]

    private struct Key: Hashable {
        var name: String?
        var linkType: LinkType
        var snapLength: UInt32
        /// Two interfaces of one section are two, even if they look the same.
        var number: Int
    }

    /// Adds the interfaces of one section.
    mutating func add(_ interfaces: [Interface], _ descriptions: [CapturedInterface]) {
        for (number, (interface, description)) in zip(interfaces, descriptions).enumerated() {
            var complete = description
            complete.frames = interface.frames
            self.add(complete, number)
        }
    }

    private mutating func add(_ new: CapturedInterface, _ number: Int) {
        if new.frames > 0 { self.linkTypes[new.linkType, default: 0] &+= new.frames }
        let key = Key(name: new.name, linkType: new.linkType, snapLength: new.snapLength, number: number)
        if let known = self.index[key] {
            self.list[known].frames &+= new.frames
            self.list[known].droppedByInterface = saturatingSum(self.list[known].droppedByInterface, new.droppedByInterface)
            self.list[known].droppedBySystem = saturatingSum(self.list[known].droppedBySystem, new.droppedBySystem)
        } else if self.list.count < Self.limit {
            self.index[key] = self.list.count
            self.list.append(new)
        }
    }
}

func saturatingSum(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
}
