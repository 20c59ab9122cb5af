import CZlib
import CZstd
import Glibc
import Wire

/// The bytes of one input, decompressed where its first bytes say so.
///
/// Memory does not depend on the input: one buffer of compressed bytes, and the decompressor's window (32 KiB for gzip; zstd
/// refuses windows above its default limit of 128 MiB).
@safe final class ByteStream {
    private let path: String
    private let file: FileDescriptor
    private var decoder: Decoder?
    private(set) var compression = CaptureFormat.Compression.none
    /// Bytes read from the file.
    private(set) var bytesRead: UInt64 = 0
    /// What went wrong, once the stream has ended.
    private(set) var notice: CaptureNotice?
    /// Whether the compressed data end before their end.
    private(set) var isTorn = false
    /// The beginning, which was looked at before the rest is read, and how much of it has been handed over.
    private var head: [UInt8] = []
    private var headUsed = 0
    private var ended = false

    /// Enough for every file header.
    private static let headLength = 4096

    var size: UInt64? { self.file.size }

    init(path: String, stop: StopFlag?) throws(CaptureError) {
        self.path = path
        self.file = try FileDescriptor(path: path)
        try self.fillHead(to: 4, stop)
        if let compression = Self.compression(self.head.raw) {
            self.compression = compression
            self.decoder = compression == .gzip ? GzipDecoder() : ZstdDecoder()
            self.decoder?.feed(self.head)
            self.head = []
            try self.fillHead(to: 4, stop)
        }
    }

    private static func compression(_ bytes: RawSpan) -> CaptureFormat.Compression? {
        guard let magic = bytes.u32(at: 0) else { return nil }
        switch magic {
        case 0x1F8B_0000...0x1F8B_FFFF: return .gzip
        // The second is a skippable frame (RFC 8878 section 3.1.2), with which some compressors begin.
        case 0x28B5_2FFD: return .zstd
        case _ where magic & 0xF0FF_FFFF == 0x502A_4D18: return .zstd
        default: return nil
        }
    }

    /// The first bytes of the (uncompressed) capture, at least `count` of them if there are so many.
    func peek(_ count: Int, stop: StopFlag?) throws(CaptureError) -> [UInt8] {
        try self.fillHead(to: count, stop)
        return self.head
    }

    private func fillHead(to count: Int, _ stop: StopFlag?) throws(CaptureError) {
        var chunk = [UInt8](repeating: 0, count: Self.headLength)
        while self.head.count < count, !self.ended {
            let room = Self.headLength &- self.head.count
            // The array's memory, during the call only.
            let arrival = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe self.fetch(into: UnsafeMutableRawBufferPointer(rebasing: buffer[0..<room]))
            }
            switch arrival {
            case .bytes(let got): self.head.append(contentsOf: chunk[0..<got])
            case .idle: if stop?.isStopped == true { self.ended = true }
            case .end: self.ended = true
            case .failed(let code): throw .unreadable(path: self.path, code: code)
            }
        }
    }

    /// Writes the next bytes to `buffer`: what is there, at most as many as fit.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> FileDescriptor.Arrival {
        if self.headUsed < self.head.count {
            let count = Swift.min(self.head.count &- self.headUsed, buffer.count)
            // `count` bytes are there on both sides.
            unsafe buffer.copyBytes(from: self.head[self.headUsed..<(self.headUsed &+ count)])
            self.headUsed &+= count
            return .bytes(count)
        }
        guard !self.ended else { return .end }
        let arrival = unsafe self.fetch(into: buffer)
        switch arrival {
        case .end: self.ended = true
        case .failed(let code):
            self.ended = true
            self.notice = .readFailed(atByte: self.bytesRead, code: code)
            return .end
        default: break
        }
        return arrival
    }

    private func fetch(into buffer: UnsafeMutableRawBufferPointer) -> FileDescriptor.Arrival {
        guard let decoder = self.decoder else {
            let arrival = unsafe self.file.read(into: buffer)
            if case .bytes(let count) = arrival { self.bytesRead &+= UInt64(count) }
            return arrival
        }
        while true {
            switch unsafe decoder.decode(into: buffer) {
            case .bytes(let count): return .bytes(count)
            case .hungry: break
            case .damaged:
                self.notice = .corruptCompression(atByte: self.bytesRead &- UInt64(decoder.unused))
                return .end
            case .trailing:
                self.notice = .trailingData(atByte: self.bytesRead &- UInt64(decoder.unused))
                return .end
            }
            let arrival = decoder.refill(from: self.file)
            switch arrival {
            case .bytes(let count): self.bytesRead &+= UInt64(count)
            case .end:
                self.isTorn = decoder.isInside
                return .end
            default: return arrival
            }
        }
    }
}

/// What a call of a decompressor came to.
private enum Decoded {
    case bytes(Int)
    /// It needs more input.
    case hungry
    case damaged
    /// What follows the compressed data is something else.
    case trailing
}

/// A decompressor with its buffer of input.
@safe private class Decoder {
    let input: UnsafeMutableRawPointer
    /// The part of ``input`` that was not decoded.
    var start = 0
    private(set) var end = 0
    /// Whether the input ends in the middle of a gzip member or zstd frame.
    var isInside = true
    /// Whether nothing of the current member was decoded.
    var isFresh = true
    /// Whether a member came to its end.
    var hasFinished = false

    static let inputLength = 64 * 1024

    init() { unsafe self.input = .allocate(byteCount: Self.inputLength, alignment: 64) }
    deinit { unsafe self.input.deallocate() }

    var unused: Int { self.end &- self.start }

    /// Gives it the bytes that were read to recognize it: never more than the buffer holds.
    func feed(_ bytes: [UInt8]) {
        let count = Swift.min(bytes.count, Self.inputLength)
        unsafe UnsafeMutableRawBufferPointer(start: self.input, count: count).copyBytes(from: bytes[0..<count])
        self.start = 0
        self.end = count
    }

    func refill(from file: FileDescriptor) -> FileDescriptor.Arrival {
        let arrival = unsafe file.read(into: UnsafeMutableRawBufferPointer(start: self.input, count: Self.inputLength))
        if case .bytes(let count) = arrival {
            self.start = 0
            self.end = count
        }
        return arrival
    }

    func decode(into buffer: UnsafeMutableRawBufferPointer) -> Decoded { .hungry }

    /// What bad data mean: damage, unless a whole member came before and these do not even begin one.
    var complaint: Decoded { self.isFresh && self.hasFinished ? .trailing : .damaged }
}

/// gzip (RFC 1952), any number of members.
@safe private final class GzipDecoder: Decoder {
    // zlib's state points back to this structure, so it must not move: it has memory of its own.
    private let stream: UnsafeMutablePointer<z_stream>
    private let isReady: Bool

    override init() {
        unsafe self.stream = .allocate(capacity: 1)
        unsafe self.stream.initialize(to: z_stream())
        self.isReady = unsafe laennec_inflate_init(self.stream) == Z_OK
        super.init()
    }

    deinit {
        if self.isReady { unsafe inflateEnd(self.stream) }
        unsafe self.stream.deallocate()
    }

    override func decode(into buffer: UnsafeMutableRawBufferPointer) -> Decoded {
        guard self.isReady else { return .damaged }
        while self.unused > 0 {
            // Both regions are ours or the caller's for the duration of the call, and zlib is told their exact sizes.
            let room = UInt32(clamping: buffer.count)
            unsafe self.stream.pointee.next_in = (self.input + self.start).assumingMemoryBound(to: UInt8.self)
            unsafe self.stream.pointee.avail_in = UInt32(truncatingIfNeeded: self.unused)
            unsafe self.stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe self.stream.pointee.avail_out = room
            let result = unsafe inflate(self.stream, Z_NO_FLUSH)
            let wrote = unsafe Int(room &- self.stream.pointee.avail_out)
            self.start = unsafe self.end &- Int(self.stream.pointee.avail_in)
            switch result {
            case Z_OK, Z_BUF_ERROR:
                self.isInside = true
                if wrote > 0 { self.isFresh = false }
            case Z_STREAM_END:
                self.isInside = false
                self.isFresh = true
                self.hasFinished = true
                unsafe inflateReset(self.stream)
            default:
                // What was decoded before the damage is used; the next call meets the damage again.
                guard wrote > 0 else { return self.complaint }
                self.isFresh = false
                return .bytes(wrote)
            }
            if wrote > 0 { return .bytes(wrote) }
        }
        return .hungry
    }
}

/// Zstandard (RFC 8878), any number of frames.
@safe private final class ZstdDecoder: Decoder {
    private let context: OpaquePointer?

    override init() {
        unsafe self.context = ZSTD_createDCtx()
        super.init()
    }

    deinit { unsafe _ = ZSTD_freeDCtx(self.context) }

    override func decode(into buffer: UnsafeMutableRawBufferPointer) -> Decoded {
        guard unsafe self.context != nil else { return .damaged }
        while self.unused > 0 {
            // Both regions are ours or the caller's for the duration of the call, and zstd is told their exact sizes.
            var source = unsafe ZSTD_inBuffer(src: UnsafeRawPointer(self.input), size: self.end, pos: self.start)
            var target = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
            let result = unsafe ZSTD_decompressStream(self.context, &target, &source)
            let wrote = unsafe target.pos
            self.start = unsafe source.pos
            if ZSTD_isError(result) != 0 { return wrote > 0 ? .bytes(wrote) : self.complaint }
            self.isInside = result != 0
            if result == 0 {
                self.isFresh = true
                self.hasFinished = true
            } else if wrote > 0 {
                self.isFresh = false
            }
            if wrote > 0 { return .bytes(wrote) }
        }
        return .hungry
    }
}
