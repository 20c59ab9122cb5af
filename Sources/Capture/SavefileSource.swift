import Wire

/// Reads one capture file, pcap or pcapng, also compressed with gzip or zstd, also from a pipe.
///
/// The file is read with large reads into the batch's buffer, and the records are walked there: no frame is copied and nothing
/// is allocated per frame. On a pipe, what has arrived is handed over at once.
public final class SavefileSource: FrameSource {
    /// A longer frame in a pcap file is a damaged record. libpcap's MAXIMUM_SNAPLEN: no capture program keeps more.
    public static let maximumFrameLength: UInt32 = 262_144
    /// A longer block of a pcapng file is damaged, unless it is of a type that is stepped over. A frame of a pcapng file has to
    /// fit in a block.
    public static let maximumBlockLength: UInt32 = 1 << 20
    /// Room that there is for every read.
    private static let leastRead = 4096
    /// Interfaces per section.
    public static let maximumInterfaces = 4096

    private let stream: ByteStream
    private let filter: FrameFilter?
    private let stop: StopFlag?
    private let input: Int

    /// The walker of a pcap file, or that of a pcapng file.
    private var records: PcapWalker?
    private var blocks: PcapngWalker?
    private var tally: FrameTally
    private let path: String
    private let firstOrdinal: UInt64
    private var filteredOut: UInt64 = 0
    private var inapplicable: [LinkType: String] = [:]
    private var ending: [CaptureNotice] = []
    private var hasEnded = false

    /// The beginning of a record whose end was not there yet.
    private var carried: [UInt8] = []
    /// Where the next batch's buffer begins in the (uncompressed) capture.
    private var base: UInt64 = 0

    /// Opens a file and reads its header; `-` is standard input. Blocks until a FIFO's writer is there.
    ///
    /// - Parameters:
    ///   - filter: leaves out the frames that do not match; they keep their ordinals.
    ///   - firstOrdinal: the ordinal of the first frame.
    ///   - input: what ``FrameBatch/input`` is set to.
    ///   - stop: ends the reading, as if the capture ended there.
    public init(
        path: String, filter: FrameFilter? = nil, firstOrdinal: UInt64 = 1, input: Int = 0, stop: StopFlag? = nil
    ) throws(CaptureError) {
        self.path = path
        self.filter = filter
        self.stop = stop
        self.input = input
        self.firstOrdinal = firstOrdinal
        self.tally = FrameTally(firstOrdinal: firstOrdinal)
        let stream = try ByteStream(path: path, stop: stop)
        let beginning = try stream.peek(12, stop: stop)
        if beginning.isEmpty, stream.compression == .none { throw .empty(path: path) }
        if PcapWalker.recognizes(beginning.raw) {
            let header = try stream.peek(PcapWalker.headerLength, stop: stop)
            self.records = try PcapWalker(header.raw, path: path)
        } else if PcapngWalker.recognizes(beginning.raw) {
            let header = try stream.peek(PcapngWalker.headerLength, stop: stop)
            self.blocks = try PcapngWalker(header.raw, path: path)
        } else if stream.compression != .none, beginning.count < 12 {
            // Compressed data that end, or are damaged, before it can be told what they are.
            throw .corruptHeader(path: path)
        } else {
            let beginning = try stream.peek(512, stop: stop)
            throw .notACapture(path: path, looksLike: ForeignFormat(beginning.raw))
        }
        self.stream = stream
    }

    public func fill(_ batch: FrameBatch) throws(CaptureError) -> Bool {
        batch.begin(input: self.input, with: self.carried)
        self.carried.removeAll(keepingCapacity: true)
        if self.hasEnded { return false }
        // What was carried over may fill this batch, and there has to be room to read into.
        batch.reserve(batch.count &+ Self.leastRead)
        // Taken out of the batch for the walk: appending to an object's property is checked for exclusive access every time.
        var frames = batch.frames
        batch.frames = []
        defer { batch.frames = frames }
        // What is at the front of the buffer when a pcap file begins is its header.
        var start = self.records != nil && self.base == 0 ? PcapWalker.headerLength : 0
        while true {
            if self.stop?.isStopped == true {
                self.hasEnded = true
                return false
            }
            // The spare memory belongs to the batch, which is ours until we return.
            let arrival = unsafe self.stream.read(into: batch.spare)
            switch arrival {
            case .bytes(let count): batch.commit(count)
            case .idle:
                self.carry(batch, from: 0)
                return true
            case .end, .failed:
                self.end(at: self.base, left: batch.count)
                return false
            }
            let result = self.walk(batch.filled, from: start, into: &frames)
            if let damage = result.damage {
                let position = self.blocks?.skippedBlock ?? self.base &+ UInt64(truncatingIfNeeded: result.consumed)
                self.ending.append(.corruptRecord(atByte: position, damage))
                self.hasEnded = true
                self.sift(&frames, in: batch)
                return !frames.isEmpty
            }
            if !frames.isEmpty {
                self.carry(batch, from: result.consumed)
                self.sift(&frames, in: batch)
                return true
            }
            if result.consumed > 0 {
                batch.dropFirst(result.consumed)
                self.base &+= UInt64(truncatingIfNeeded: result.consumed)
                start = Swift.max(0, start &- result.consumed)
            }
            // Room for the rest of the record, and for a good read beyond it.
            batch.reserve(result.needed &+ Self.leastRead)
        }
    }

    private func walk(_ bytes: RawSpan, from start: Int, into frames: inout [FrameHeader]) -> WalkResult {
        guard start <= bytes.byteCount else { return WalkResult(consumed: 0, needed: start) }
        return self.records?.walk(bytes, from: start, into: &frames, tally: &self.tally)
            ?? self.blocks?.walk(bytes, from: start, base: self.base, into: &frames, tally: &self.tally)
            ?? WalkResult(consumed: bytes.byteCount, needed: 0)
    }

    /// Keeps what follows the last complete record for the next batch.
    private func carry(_ batch: FrameBatch, from consumed: Int) {
        // Appended, and not copied to a new array, so that the memory is used again.
        unsafe batch.filled.slice(from: consumed).withUnsafeBytes { unsafe self.carried.append(contentsOf: $0) }
        self.base &+= UInt64(truncatingIfNeeded: consumed)
    }

    private func end(at position: UInt64, left: Int) {
        self.hasEnded = true
        if let notice = self.stream.notice { self.ending.append(notice) }
        if case .corruptCompression? = self.stream.notice { return }
        if let skipped = self.blocks?.skippedBlock {
            self.ending.append(.truncatedTail(atByte: skipped))
        } else if self.stream.isTorn || left > 0 {
            self.ending.append(.truncatedTail(atByte: position))
        }
    }

    /// Leaves out what the filter does not want.
    private func sift(_ frames: inout [FrameHeader], in batch: FrameBatch) {
        guard let filter = self.filter else { return }
        let before = frames.count
        frames.removeAll { frame in
            switch filter.verdict(frame, batch.bytes(of: frame)) {
            case .pass: return false
            case .drop: return true
            case .notApplicable(let message):
                if self.inapplicable[frame.linkType] == nil { self.inapplicable[frame.linkType] = message }
                return true
            }
        }
        self.filteredOut &+= UInt64(before &- frames.count)
    }

    /// Bytes of the file; `nil` for a pipe.
    public var size: UInt64? { self.stream.size }
    /// Bytes of the file read so far.
    public var bytesRead: UInt64 { self.stream.bytesRead }
    /// Frames read so far.
    public var frames: UInt64 { self.tally.frames }
    /// The ordinal that the next frame will have.
    public var nextOrdinal: UInt64 { self.tally.nextOrdinal }

    /// What was read so far.
    public var report: InputReport {
        var report = InputReport(path: self.path, firstOrdinal: self.firstOrdinal)
        report.frames = self.tally.frames
        report.filteredOut = self.filteredOut
        report.cutFrames = self.tally.cut
        report.bytesRead = self.stream.bytesRead
        report.size = self.stream.size
        report.fingerprint = self.tally.fingerprint
        if self.tally.frames > 0 {
            report.firstTime = Timestamp(nanoseconds: self.tally.earliest)
            report.lastTime = Timestamp(nanoseconds: self.tally.latest)
        }
        if let walker = self.records {
            report.format = CaptureFormat(
                container: .pcap,
                compression: self.stream.compression,
                isBigEndian: walker.isBigEndian,
                isNanoseconds: walker.isNanoseconds
            )
            var interface = CapturedInterface(linkType: walker.linkType, snapLength: walker.snapLength)
            interface.checkSequenceLength = walker.checkSequenceLength
            interface.frames = self.tally.frames
            report.interfaces = [interface]
            if self.tally.frames > 0 { report.linkTypes = [walker.linkType: self.tally.frames] }
        }
        if let walker = self.blocks {
            report.format = CaptureFormat(
                container: .pcapng,
                compression: self.stream.compression,
                isBigEndian: walker.isBigEndian,
                isNanoseconds: false
            )
            report.interfaces = walker.capturedInterfaces
            report.linkTypes = walker.linkTypes
        }
        for interface in report.interfaces where interface.droppedByInterface > 0 || interface.droppedBySystem > 0 {
            report.notices.append(
                .dropped(
                    interface: interface.name,
                    byInterface: interface.droppedByInterface,
                    bySystem: interface.droppedBySystem
                )
            )
        }
        for (linkType, message) in self.inapplicable.sorted(by: { $0.key < $1.key }) {
            report.notices.append(.filterNotApplicable(linkType, message: message))
        }
        report.notices += self.ending
        return report
    }
}

extension ForeignFormat {
    /// Recognizes what the first bytes of a file are.
    init?(_ bytes: RawSpan) {
        if bytes.has("snoop\0\0\0") {
            self = .snoop
        } else if bytes.has("GMBU") || bytes.has("RTSS") {
            self = .netmon
        } else if bytes.has("XCP\0") {
            self = .netxray
        } else if bytes.has("TRSNIFF data") {
            self = .sniffer
        } else if bytes.u32(at: 0) == 0xFD37_7A58 {
            self = .xz
        } else if bytes.has("BZh") {
            self = .bzip2
        } else if bytes.u32(at: 0) == 0x0422_4D18 {
            self = .lz4
        } else if bytes.has("PK\u{3}\u{4}") {
            self = .zip
        } else if bytes.u32(at: 0) == 0x377A_BCAF {
            self = .sevenZip
        } else if bytes.has("ustar", at: 257) {
            self = .tar
        } else if Self.isText(bytes) {
            self = .text
        } else {
            return nil
        }
    }

    private static func isText(_ bytes: RawSpan) -> Bool {
        for offset in 0..<bytes.byteCount {
            guard let byte = bytes.u8(at: offset), byte >= 0x20 || (byte >= 0x09 && byte <= 0x0D), byte != 0x7F else { return false }
        }
        return bytes.byteCount > 0
    }
}
