#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A capture being written, to a file or in memory: classic pcap, microseconds, little-endian, Ethernet.
public final class PcapWriter {
    /// What is not on disk yet; frames are composed in place.
    public private(set) var buffer: [UInt8] = []
    /// `nil`: everything stays in the buffer.
    private let file: UnsafeMutablePointer<FILE>?
    private let path: String
    private var flushed = 0
    public private(set) var frames = 0

    public struct CannotWrite: Error { public let path: String }

    /// The file's size so far.
    public var byteCount: Int { self.flushed + self.buffer.count }

    public init(path: String) throws {
        guard let file = fopen(path, "wb") else { throw CannotWrite(path: path) }
        self.file = file
        self.path = path
        self.buffer.reserveCapacity(1 << 20 + 1 << 18)
        self.start()
    }

    /// A capture in memory.
    public init() {
        self.file = nil
        self.path = ""
        self.start()
    }

    private func start() {
        for word in [0xA1B2_C3D4, 0x0004_0002, 0, 0, 262_144, 1] { self.buffer.u32le(word) }
    }

    /// Adds one frame, which `compose` appends to the buffer.
    /// - Parameter time: nanoseconds since 1970.
    public func frame(at time: UInt64, _ compose: (inout [UInt8]) -> Void) throws {
        let header = self.buffer.count
        self.buffer.u32le(Int(time / 1_000_000_000))
        self.buffer.u32le(Int(time % 1_000_000_000 / 1000))
        self.buffer.u32le(0)
        self.buffer.u32le(0)
        compose(&self.buffer)
        // Ethernet pads to 60 octets before the frame check sequence, which captures do not have.
        while self.buffer.count - header - 16 < 60 { self.buffer.append(0) }
        let length = self.buffer.count - header - 16
        for (index, byte) in [length, length >> 8, length >> 16, length >> 24].enumerated() {
            self.buffer[header + 8 + index] = UInt8(truncatingIfNeeded: byte)
            self.buffer[header + 12 + index] = UInt8(truncatingIfNeeded: byte)
        }
        self.frames += 1
        if self.file != nil, self.buffer.count >= 1 << 20 { try self.flush() }
    }

    private func flush() throws {
        guard let file else { return }
        let written = self.buffer.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
        guard written == self.buffer.count else { throw CannotWrite(path: self.path) }
        self.flushed += written
        self.buffer.removeAll(keepingCapacity: true)
    }

    public func close() throws {
        try self.flush()
        guard let file else { return }
        guard fclose(file) == 0 else { throw CannotWrite(path: self.path) }
    }
}
