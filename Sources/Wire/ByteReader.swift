/// The bytes ended before the field did.
///
/// It carries nothing: a reader that runs out is the most common event on a wire that was cut by a snap length or split
/// by TCP, and has to cost nothing.
public struct Truncated: Error, Hashable, Sendable {
    @inlinable public init() {}
}

/// A cursor over borrowed bytes that cannot read outside them.
///
/// Every read checks the length first and throws ``Truncated`` instead of trapping; lengths that come from the wire can be
/// passed as they are. Network byte order unless the name says `le`.
public struct ByteReader: ~Escapable {
    @usableFromInline let bytes: RawSpan
    @usableFromInline var position: Int

    @inlinable @_lifetime(copy bytes)
    public init(_ bytes: RawSpan) {
        self.bytes = bytes
        self.position = 0
    }

    /// How many bytes have been read.
    @inlinable public var offset: Int { self.position }
    /// How many bytes are left.
    @inlinable public var remaining: Int { self.bytes.byteCount &- self.position }
    @inlinable public var isEmpty: Bool { self.remaining <= 0 }

    /// The bytes not read yet.
    @inlinable public var rest: RawSpan {
        @_lifetime(copy self)
        get { self.bytes.slice(from: self.position) }
    }

    @inlinable @_lifetime(self: copy self)
    mutating func load<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(Truncated) -> T {
        guard let value = self.bytes.load(at: self.position, as: T.self) else { throw Truncated() }
        self.position &+= MemoryLayout<T>.size
        return value
    }

    @inlinable @_lifetime(self: copy self)
    public mutating func u8() throws(Truncated) -> UInt8 { try self.load(UInt8.self) }
    @inlinable @_lifetime(self: copy self)
    public mutating func u16() throws(Truncated) -> UInt16 { UInt16(bigEndian: try self.load(UInt16.self)) }
    @inlinable @_lifetime(self: copy self)
    public mutating func u24() throws(Truncated) -> UInt32 {
        let high = try self.u8()
        let low = try self.u16()
        return UInt32(truncatingIfNeeded: high) &<< 16 | UInt32(truncatingIfNeeded: low)
    }
    @inlinable @_lifetime(self: copy self)
    public mutating func u32() throws(Truncated) -> UInt32 { UInt32(bigEndian: try self.load(UInt32.self)) }
    @inlinable @_lifetime(self: copy self)
    public mutating func u64() throws(Truncated) -> UInt64 { UInt64(bigEndian: try self.load(UInt64.self)) }
    @inlinable @_lifetime(self: copy self)
    public mutating func u16le() throws(Truncated) -> UInt16 { UInt16(littleEndian: try self.load(UInt16.self)) }
    @inlinable @_lifetime(self: copy self)
    public mutating func u32le() throws(Truncated) -> UInt32 { UInt32(littleEndian: try self.load(UInt32.self)) }
    @inlinable @_lifetime(self: copy self)
    public mutating func u64le() throws(Truncated) -> UInt64 { UInt64(littleEndian: try self.load(UInt64.self)) }

    /// Steps over `count` bytes.
    @inlinable @_lifetime(self: copy self)
    public mutating func skip(_ count: Int) throws(Truncated) {
        guard count >= 0, count <= self.remaining else { throw Truncated() }
        self.position &+= count
    }

    /// The next `count` bytes.
    @inlinable @_lifetime(copy self) @_lifetime(self: copy self)
    public mutating func take(_ count: Int) throws(Truncated) -> RawSpan {
        guard count >= 0, count <= self.remaining else { throw Truncated() }
        let taken = self.bytes.slice(from: self.position, count: count)
        self.position &+= count
        return taken
    }

    /// A reader of its own over the next `count` bytes: what is nested cannot read past its container.
    @inlinable @_lifetime(copy self) @_lifetime(self: copy self)
    public mutating func nested(_ count: Int) throws(Truncated) -> ByteReader {
        ByteReader(try self.take(count))
    }
}
