/// Reading borrowed bytes without a way to trap: an offset outside gives `nil`, a range outside is cut.
extension RawSpan {
    /// The integer stored at `offset` in the byte order of this machine.
    @inlinable
    func load<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T? {
        guard offset >= 0, offset <= self.byteCount &- MemoryLayout<T>.size else { return nil }
        // The guard above is the whole safety argument: the load lies inside the span. `RawSpan` has no safe load yet.
        return unsafe self.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: T.self)
    }

    @inlinable public func u8(at offset: Int) -> UInt8? { self.load(at: offset, as: UInt8.self) }
    @inlinable public func u16(at offset: Int) -> UInt16? { self.load(at: offset, as: UInt16.self).map(UInt16.init(bigEndian:)) }
    @inlinable public func u32(at offset: Int) -> UInt32? { self.load(at: offset, as: UInt32.self).map(UInt32.init(bigEndian:)) }
    @inlinable public func u64(at offset: Int) -> UInt64? { self.load(at: offset, as: UInt64.self).map(UInt64.init(bigEndian:)) }
    @inlinable public func u16le(at offset: Int) -> UInt16? { self.load(at: offset, as: UInt16.self).map(UInt16.init(littleEndian:)) }
    @inlinable public func u32le(at offset: Int) -> UInt32? { self.load(at: offset, as: UInt32.self).map(UInt32.init(littleEndian:)) }

    /// The bytes from `offset` on, at most `count` of them; what lies outside is left out.
    @inlinable @_lifetime(copy self)
    public func slice(from offset: Int, count: Int = .max) -> RawSpan {
        let start = Swift.min(Swift.max(offset, 0), self.byteCount)
        let length = Swift.min(Swift.max(count, 0), self.byteCount &- start)
        return unsafe self.extracting(unchecked: Range(uncheckedBounds: (start, start &+ length)))
    }

    /// Whether the bytes at `offset` are exactly `text`.
    @inlinable
    public func has(_ text: StaticString, at offset: Int = 0) -> Bool {
        let count = text.utf8CodeUnitCount
        guard offset >= 0, count <= self.byteCount &- offset else { return false }
        for index in 0..<count {
            let expected = unsafe text.utf8Start[index]
            guard self.u8(at: offset &+ index) == expected else { return false }
        }
        return true
    }

    /// Whether the bytes at `offset` are `text`, letter case aside. `text` is given in lower case.
    @inlinable
    public func hasIgnoringCase(_ text: StaticString, at offset: Int = 0) -> Bool {
        let count = text.utf8CodeUnitCount
        guard offset >= 0, count <= self.byteCount &- offset else { return false }
        for index in 0..<count {
            guard var byte = self.u8(at: offset &+ index) else { return false }
            if byte >= 0x41, byte <= 0x5A { byte |= 0x20 }
            guard unsafe byte == text.utf8Start[index] else { return false }
        }
        return true
    }

    /// Whether all bytes together are exactly `text`.
    @inlinable
    public func equals(_ text: StaticString) -> Bool {
        self.byteCount == text.utf8CodeUnitCount && self.has(text)
    }

    /// The offset of the first `byte` at or after `start`, before `end`.
    @inlinable
    public func firstIndex(of byte: UInt8, from start: Int = 0, before end: Int = .max) -> Int? {
        var index = Swift.max(start, 0)
        let limit = Swift.min(end, self.byteCount)
        while index < limit {
            if self.u8(at: index) == byte { return index }
            index &+= 1
        }
        return nil
    }

    /// The offset of the first `text` at or after `start`.
    @inlinable
    public func firstRange(of text: StaticString, from start: Int = 0) -> Int? {
        let count = text.utf8CodeUnitCount
        guard count > 0 else { return nil }
        let first = unsafe text.utf8Start[0]
        var from = start
        while let index = self.firstIndex(of: first, from: from) {
            if self.has(text, at: index) { return index }
            from = index &+ 1
        }
        return nil
    }

    /// The bytes without leading and trailing spaces, tabs, NULs and line ends: DICOM and HL7 pad their text.
    @inlinable public var trimmed: RawSpan {
        @_lifetime(copy self)
        get {
            var start = 0
            var end = self.byteCount
            while start < end, let byte = self.u8(at: start), byte <= 0x20 { start &+= 1 }
            while end > start, let byte = self.u8(at: end &- 1), byte <= 0x20 { end &-= 1 }
            return self.slice(from: start, count: end &- start)
        }
    }

    /// A copy of the bytes, at most `limit` of them.
    public func copied(limit: Int = .max) -> [UInt8] {
        let count = Swift.min(self.byteCount, Swift.max(limit, 0))
        // The closure gets room for `count` bytes and copies exactly as many, all inside this span.
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            unsafe self.withUnsafeBytes { source in
                unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(from: UnsafeRawBufferPointer(rebasing: source[0..<count]))
            }
            initialized = count
        }
    }
}

extension Array<UInt8> {
    /// The elements as borrowed bytes.
    @inlinable public var rawSpan: RawSpan {
        @_lifetime(borrow self)
        get {
            // `Span.bytes` is marked unsafe for element types with padding; bytes have none.
            unsafe self.span.bytes
        }
    }
}

extension String {
    /// Lends the UTF-8 bytes of the text.
    @inlinable public func withRawSpan<Result>(_ body: (RawSpan) -> Result) -> Result {
        let utf8 = self.utf8
        // As above.
        return unsafe body(utf8.span.bytes)
    }
}
