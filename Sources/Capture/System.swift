import Glibc
import Synchronization

/// The system's words for an `errno`.
func systemMessage(_ code: Int32) -> String {
    // `strerror` returns a C string that is valid until its next call on this thread; it is copied at once.
    unsafe String(cString: strerror(code))
}

/// An open file, closed with the last reference to it.
final class FileDescriptor {
    let number: Int32
    /// Bytes, where it is a regular file.
    let size: UInt64?

    /// Opens for reading. A FIFO blocks until somebody writes.
    init(path: String) throws(CaptureError) {
        let number = path == "-" ? dup(STDIN_FILENO) : unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw .notFound(path: path)
            case EACCES, EPERM: throw .permissionDenied(path: path)
            case let code: throw .unreadable(path: path, code: code)
            }
        }
        var status = stat()
        // `fstat` fills the structure it is given, which lives during the call.
        guard unsafe fstat(number, &status) == 0 else {
            let code = errno
            close(number)
            throw .unreadable(path: path, code: code)
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            close(number)
            throw .isDirectory(path: path)
        }
        self.number = number
        self.size = status.st_mode & S_IFMT == S_IFREG ? UInt64(clamping: status.st_size) : nil
        if self.size != nil { posix_fadvise(number, 0, 0, POSIX_FADV_SEQUENTIAL) }
    }

    deinit { close(self.number) }

    enum Arrival {
        case bytes(Int)
        /// Nothing came for ``LiveSource/patience``.
        case idle
        case end
        case failed(Int32)
    }

    /// Reads what is there into `buffer`; waits for a pipe only so long.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Arrival {
        if self.size == nil {
            var wait = pollfd(fd: self.number, events: Int16(POLLIN), revents: 0)
            // One structure, which lives during the call.
            let ready = unsafe poll(&wait, 1, LiveSource.patience)
            if ready == 0 || (ready < 0 && errno == EINTR) { return .idle }
        }
        while true {
            // `read` writes at most `buffer.count` bytes to the buffer that the caller owns.
            let count = unsafe Glibc.read(self.number, buffer.baseAddress, buffer.count)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .idle
            case let code: return .failed(code)
            }
        }
    }
}

/// A request to stop that any thread, and a signal handler, may raise.
public final class StopFlag: Sendable {
    private let raised = Atomic(false)

    public init() {}
    /// Async-signal-safe: one atomic store.
    public func stop() { self.raised.store(true, ordering: .relaxed) }
    public var isStopped: Bool { self.raised.load(ordering: .relaxed) }
}

/// How far the reading has come, to be looked at from any thread.
public final class CaptureProgress: Sendable {
    private let read = Atomic<UInt64>(0)
    private let counted = Atomic<UInt64>(0)
    private let expected = Atomic<UInt64>(0)

    public init() {}
    /// Bytes read of all inputs; of compressed ones, compressed bytes.
    public var bytesRead: UInt64 { self.read.load(ordering: .relaxed) }
    /// Bytes of all inputs; `nil` where one of them is a pipe or an interface.
    public var totalBytes: UInt64? {
        let total = self.expected.load(ordering: .relaxed)
        return total == .max ? nil : total
    }
    public var frames: UInt64 { self.counted.load(ordering: .relaxed) }

    func expect(_ total: UInt64?) { self.expected.store(total ?? .max, ordering: .relaxed) }
    func advance(bytesRead: UInt64, frames: UInt64) {
        self.read.store(bytesRead, ordering: .relaxed)
        self.counted.store(frames, ordering: .relaxed)
    }
}

extension [UInt8] {
    /// The array's bytes, borrowed.
    var raw: RawSpan {
        @_lifetime(borrow self)
        get {
            // Marked unsafe for elements with padding, which bytes have not.
            unsafe self.span.bytes
        }
    }
}
