public import Wire

/// One captured frame, without its bytes: those lie in the ``FrameBatch`` that holds the header.
public struct FrameHeader: Sendable {
    /// The frame's number, from 1, over all inputs of a scan in their order. It counts what Wireshark numbers: every frame, also
    /// those that a filter leaves out, and in pcapng the blocks that Wireshark lists among the frames. Minus the input's first
    /// ordinal plus one, it is the number that Wireshark shows.
    public let ordinal: UInt64
    public let time: Timestamp
    /// Where the bytes begin in the batch's buffer.
    public let offset: UInt32
    /// How many bytes were captured.
    public let capturedLength: UInt32
    /// How many bytes the frame had on the wire, as the capture claims. May be any number, also less than was captured.
    public let originalLength: UInt32
    public let linkType: LinkType

    @inlinable
    public init(
        ordinal: UInt64, time: Timestamp, linkType: LinkType, capturedLength: UInt32, originalLength: UInt32, offset: UInt32
    ) {
        self.ordinal = ordinal
        self.time = time
        self.offset = offset
        self.capturedLength = capturedLength
        self.originalLength = originalLength
        self.linkType = linkType
    }

    /// Whether a snap length cut the frame.
    @inlinable public var isCut: Bool { self.capturedLength < self.originalLength }
}

/// Where frames come from: a savefile, several of them, or a network interface.
public protocol FrameSource: AnyObject {
    /// Replaces what the batch holds by the next frames.
    ///
    /// - Returns: `false` at the end, with an empty batch. With `true` the batch may be empty too: an idle interface or pipe
    ///   (after ``LiveSource/patience``), or a filter that let nothing through; call again.
    func fill(_ batch: FrameBatch) throws(CaptureError) -> Bool
}

/// A reusable buffer of frames: filled by one source, read by one consumer at a time, handed between threads whole.
///
/// The frames' bytes are not copied out of it: what ``bytes(of:)`` lends is the memory that the savefile was read into.
// @unchecked Sendable: a batch has one owner at a time (the source during `fill`, then the consumer until it gives the batch
// back), and whatever hands it over (a queue, a lock, a join) orders the accesses. Two threads must not use one batch at once.
@safe public final class FrameBatch: @unchecked Sendable {
    /// The frames, in the order of the capture.
    public internal(set) var frames: [FrameHeader] = []
    /// Which input the frames are from: an index into ``CaptureFilesSource/reports``. All frames of a batch are of one input.
    public internal(set) var input = 0

    @usableFromInline private(set) var storage: UnsafeMutableRawPointer
    /// How many bytes of the buffer are filled.
    @usableFromInline var count = 0
    private(set) var capacity: Int

    /// What one `read` brings in: large enough to make system calls cheap, small enough that the frames are still in the
    /// second-level cache when they are parsed.
    public static let standardCapacity = 256 * 1024

    /// - Parameter capacity: bytes of buffer to begin with; it grows for larger frames.
    public init(capacity: Int = FrameBatch.standardCapacity) {
        self.capacity = Swift.min(Swift.max(capacity, 4096), 1 << 30)
        unsafe self.storage = .allocate(byteCount: self.capacity, alignment: 64)
        self.frames.reserveCapacity(Swift.min(self.capacity / 64, 8192))
    }

    deinit { unsafe self.storage.deallocate() }

    /// The captured bytes of a frame of this batch; nothing for a header that is not from here.
    ///
    /// They are valid until the batch is filled again.
    @inlinable @_lifetime(borrow self)
    public func bytes(of frame: FrameHeader) -> RawSpan {
        let inside = UInt64(frame.offset) &+ UInt64(frame.capturedLength) <= UInt64(truncatingIfNeeded: self.count)
        // `storage` holds `count` initialized bytes, and the range was compared with it.
        let span = unsafe RawSpan(
            _unsafeStart: UnsafeRawPointer(self.storage + (inside ? Int(frame.offset) : 0)),
            byteCount: inside ? Int(frame.capturedLength) : 0
        )
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    // MARK: - For sources

    /// All bytes that are filled.
    var filled: RawSpan {
        @_lifetime(borrow self)
        get {
            // The first `count` bytes are initialized.
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(self.storage), byteCount: self.count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The part of the buffer that is not filled: what is written to its beginning is then added with ``commit(_:)``.
    var spare: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: self.storage + self.count, count: self.capacity &- self.count)
    }

    /// Declares that `written` bytes at the beginning of ``spare`` have been filled.
    func commit(_ written: Int) {
        self.count = Swift.min(self.count &+ Swift.max(written, 0), self.capacity)
    }

    /// Forgets all frames and bytes, and begins with `bytes`.
    func begin(input: Int, with bytes: [UInt8] = []) {
        self.frames.removeAll(keepingCapacity: true)
        self.input = input
        self.count = 0
        self.append(bytes.raw)
    }

    /// Copies bytes to the end of what is filled, and grows the buffer where they need it.
    ///
    /// - Returns: where they begin.
    @discardableResult
    func append(_ bytes: RawSpan) -> Int {
        let start = self.count
        let length = bytes.byteCount
        self.reserve(start &+ length)
        // `reserve` made room for `length` bytes at `start`; the source is a span elsewhere.
        unsafe bytes.withUnsafeBytes { source in
            if let base = source.baseAddress, length > 0 { unsafe (self.storage + start).copyMemory(from: base, byteCount: length) }
        }
        self.count = start &+ length
        return start
    }

    /// Makes the buffer hold at least `wanted` bytes.
    func reserve(_ wanted: Int) {
        guard wanted > self.capacity else { return }
        let capacity = Swift.max(wanted, Swift.min(self.capacity &* 2, wanted &+ Self.standardCapacity))
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
        // Both regions are ours and hold at least `count` bytes.
        unsafe larger.copyMemory(from: self.storage, byteCount: self.count)
        unsafe self.storage.deallocate()
        unsafe self.storage = larger
        self.capacity = capacity
    }

    /// Moves the bytes from `start` on to the front. Only while no frame refers to the buffer.
    func dropFirst(_ start: Int) {
        let kept = Swift.max(self.count &- Swift.max(start, 0), 0)
        // Source and destination lie inside the filled bytes and may overlap: `memmove` semantics.
        if start > 0, kept > 0 { unsafe self.storage.copyMemory(from: self.storage + start, byteCount: kept) }
        self.count = kept
    }
}
