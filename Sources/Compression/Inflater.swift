import CZlib
import Wire

/// Decompresses gzip (RFC 1952), zlib (RFC 1950) and raw deflate (RFC 1951) as it comes, up to a limit.
///
/// It never holds more than zlib's window (32 KiB) and one buffer of output, whatever the input: what comes out is handed on
/// piece by piece.
@safe public final class Inflater {
    /// What the bytes claim to be.
    public enum Format: Sendable {
        case gzip
        /// HTTP's `deflate` (RFC 9110 section 8.4.1.2): zlib by the standard, raw deflate by what some servers send. The first
        /// byte tells them apart: 8 in the low four bits is zlib's, and a stored block with padding that nobody writes.
        case deflate
    }

    /// Where the decompression stands.
    public enum State: Hashable, Sendable {
        /// More input may come.
        case open
        /// The compressed data came to their end.
        case ended
        /// The limit of the output was reached, or much more came out than messages are ever compressed to; what came before it was
        /// handed on.
        case full
        /// The data are damaged; what came before the damage was handed on.
        case damaged
    }

    public private(set) var state = State.open
    /// How many bytes came out.
    public private(set) var count = 0

    private let format: Format
    private let limit: Int
    // zlib's state points back to this structure, so it must not move: it has memory of its own.
    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutablePointer<UInt8>
    private var isReady = false

    private static let outputLength = 8192
    /// Deflate reaches a thousandth with data made for it, texts of messages hardly a twentieth: beyond the first bytes so many times
    /// the input may come out, so that a small capture cannot cause the work of a large one.
    private static let ratio = 64
    private static let allowance = 65536
    /// What an open one holds, in bytes: zlib's state and window, and the buffer.
    public static let heldBytes = 50_000

    /// - Parameter limit: the most bytes that come out.
    public init(_ format: Format, limit: Int) {
        self.format = format
        self.limit = limit
        unsafe self.stream = .allocate(capacity: 1)
        unsafe self.stream.initialize(to: z_stream())
        unsafe self.output = .allocate(capacity: Self.outputLength)
        // Initialized, as the span that is handed on may only show initialized memory.
        unsafe self.output.initialize(repeating: 0, count: Self.outputLength)
    }

    deinit {
        if self.isReady { unsafe inflateEnd(self.stream) }
        unsafe self.stream.deallocate()
        unsafe self.output.deallocate()
    }

    /// Reads on.
    /// - Parameter use: called with each piece of output; it lasts for the call only.
    /// - Returns: where the decompression stands after these bytes.
    @discardableResult
    public func read(_ bytes: RawSpan, _ use: (RawSpan) -> Void) -> State {
        guard self.state == .open, let first = bytes.u8(at: 0) else { return self.state }
        if !self.isReady {
            // A full window; 16 and 32 are zlib's way to ask for a gzip header and for either header.
            let isRaw = self.format == .deflate && first & 0xF != 8
            let window: Int32 = self.format == .gzip ? 15 + 16 : isRaw ? -15 : 15
            // zlib checks that this structure has the size that it was built with.
            guard unsafe inflateInit2_(self.stream, window, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
                self.state = .damaged
                return .damaged
            }
            self.isReady = true
        }
        // The closure's pointer and the buffer of output hold for the whole loop, and zlib is told their exact sizes.
        unsafe bytes.withUnsafeBytes { input in
            guard let start = input.baseAddress else { return }
            unsafe self.stream.pointee.next_in = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self))
            unsafe self.stream.pointee.avail_in = UInt32(clamping: input.count)
            while self.state == .open {
                let room = min(Self.outputLength, self.limit &- self.count)
                unsafe self.stream.pointee.next_out = self.output
                unsafe self.stream.pointee.avail_out = UInt32(clamping: room)
                let result = unsafe inflate(self.stream, Z_NO_FLUSH)
                let wrote = unsafe room &- Int(self.stream.pointee.avail_out)
                if wrote > 0 {
                    self.count &+= wrote
                    unsafe use(RawSpan(_unsafeStart: self.output, byteCount: wrote))
                }
                switch result {
                case Z_STREAM_END: self.state = .ended
                case Z_OK, Z_BUF_ERROR:
                    let read = unsafe Int(clamping: self.stream.pointee.total_in)
                    if self.count >= self.limit || self.count &- Self.allowance > read &* Self.ratio { self.state = .full }
                    // Without output there is no more input, or the output would have grown.
                    if wrote == 0 || (unsafe self.stream.pointee.avail_in == 0 && wrote < room) { return }
                default: self.state = .damaged
                }
            }
        }
        return self.state
    }
}
