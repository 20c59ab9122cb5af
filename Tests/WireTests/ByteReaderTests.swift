import Testing
import Wire

/// `#expect` cannot look into expressions that borrow bytes; their values it can.
func equal<T: Equatable>(_ left: T, _ right: T, _ comment: String = "", sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(left == right, "\(comment)", sourceLocation: sourceLocation)
}

/// Every read at every bound: the right value inside, ``Truncated`` or `nil` outside, never a trap.
@Suite struct ByteReaderTests {
    static let bytes: [UInt8] = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0xF9, 0xFA]

    /// The number that `count` bytes from `offset` write, most significant first.
    static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        bytes[offset..<offset + count].reduce(0) { $0 << 8 | UInt64($1) }
    }

    @Test func readsAtEveryOffset() throws {
        for offset in 0...Self.bytes.count {
            for width in [1, 2, 3, 4, 8] {
                var reader = ByteReader(Self.bytes.rawSpan)
                try reader.skip(offset)
                let fits = offset + width <= Self.bytes.count
                let value: UInt64?
                switch width {
                case 1: value = (try? reader.u8()).map(UInt64.init)
                case 2: value = (try? reader.u16()).map(UInt64.init)
                case 3: value = (try? reader.u24()).map(UInt64.init)
                case 4: value = (try? reader.u32()).map(UInt64.init)
                default: value = try? reader.u64()
                }
                #expect(value == (fits ? Self.number(Self.bytes, offset, width) : nil), "\(width) bytes at \(offset)")
                if fits { equal(reader.offset, offset + width) }
            }
        }
    }

    @Test func littleEndian() throws {
        var reader = ByteReader(Self.bytes.rawSpan)
        try equal(reader.u16le(), 0x0201)
        try equal(reader.u64le(), 0xFAF9_0807_0605_0403)
        equal(reader.isEmpty, true)
        #expect(throws: Truncated.self) {
            var reader = ByteReader(Self.bytes.rawSpan)
            try reader.skip(7)
            return try reader.u32le()
        }
        var second = ByteReader(Self.bytes.rawSpan)
        try second.skip(6)
        try equal(second.u32le(), 0xFAF9_0807)
    }

    @Test func failedFixedReadsDoNotMove() throws {
        var reader = ByteReader(Self.bytes.rawSpan)
        try reader.skip(9)
        equal(try? reader.u16(), nil)
        equal(try? reader.u32(), nil)
        equal(try? reader.u64(), nil)
        equal(try? reader.take(2).byteCount, nil)
        equal(reader.offset, 9)
        try equal(reader.u8(), 0xFA)
    }

    @Test(arguments: [Int.min, -1, 11, Int.max])
    func lengthsFromTheWire(count: Int) {
        var reader = ByteReader(Self.bytes.rawSpan)
        equal((try? reader.skip(count)) == nil, true)
        equal(try? reader.take(count).byteCount, nil)
        equal(reader.remaining, 10)
    }

    @Test func nestedCannotReadPastItsContainer() throws {
        var reader = ByteReader(Self.bytes.rawSpan)
        var inner = try reader.nested(3)
        try equal(inner.u16(), 0x0102)
        equal(try? inner.u16(), nil)
        try equal(inner.u8(), 3)
        equal(inner.isEmpty, true)
        equal(reader.offset, 3)
        equal(reader.rest.byteCount, 7)
        try equal(reader.take(7).copied(), Array(Self.bytes[3...]))
        equal(reader.rest.byteCount, 0)
    }
}

@Suite struct RawSpanTests {
    static let offsets = [Int.min, -9, -1, 0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 1000, Int.max - 1, Int.max]

    @Test(arguments: RawSpanTests.offsets)
    func loads(offset: Int) {
        let bytes = ByteReaderTests.bytes
        func expected(_ width: Int) -> UInt64? {
            offset >= 0 && offset <= bytes.count - width ? ByteReaderTests.number(bytes, offset, width) : nil
        }
        equal(bytes.rawSpan.u8(at: offset).map(UInt64.init), expected(1))
        equal(bytes.rawSpan.u16(at: offset).map(UInt64.init), expected(2))
        equal(bytes.rawSpan.u32(at: offset).map(UInt64.init), expected(4))
        equal(bytes.rawSpan.u64(at: offset), expected(8))
        equal(bytes.rawSpan.u16le(at: offset)?.byteSwapped, bytes.rawSpan.u16(at: offset))
        equal(bytes.rawSpan.u32le(at: offset)?.byteSwapped, bytes.rawSpan.u32(at: offset))
    }

    @Test func slicesAreCut() {
        let bytes = ByteReaderTests.bytes
        for from in Self.offsets {
            for count in Self.offsets {
                let start = min(max(from, 0), bytes.count)
                let length = min(max(count, 0), bytes.count - start)
                equal(bytes.rawSpan.slice(from: from, count: count).copied(), Array(bytes[start..<start + length]), "\(from) \(count)")
            }
        }
        equal(bytes.rawSpan.slice(from: 8).copied(), [0xF9, 0xFA])
    }

    @Test func comparisons() {
        let bytes = Array("GET / HTTP/1.1".utf8)
        equal(bytes.rawSpan.has("GET "), true)
        equal(bytes.rawSpan.has("HTTP", at: 6), true)
        equal(bytes.rawSpan.has("", at: 14), true)
        equal(bytes.rawSpan.has("", at: 15), false)
        equal(bytes.rawSpan.has("1.1x", at: 11), false)
        equal(bytes.rawSpan.has("GET", at: -1), false)
        equal(bytes.rawSpan.has("GET", at: Int.max), false)
        equal(bytes.rawSpan.hasIgnoringCase("get / http"), true)
        equal(bytes.rawSpan.hasIgnoringCase("get / https"), false)
        equal(bytes.rawSpan.hasIgnoringCase("x", at: Int.max), false)
        equal(bytes.rawSpan.equals("GET / HTTP/1.1"), true)
        equal(bytes.rawSpan.equals("GET / HTTP/1."), false)
        equal(bytes.rawSpan.equals("GET / HTTP/1.1 "), false)
        // Only letters have two cases: 0x40 and 0x60, 0x5B and 0x7B differ by the same bit.
        let (at, bracket): ([UInt8], [UInt8]) = ([0x40], [0x5B])
        equal(at.rawSpan.hasIgnoringCase("`"), false)
        equal(bracket.rawSpan.hasIgnoringCase("{"), false)
    }

    @Test func searches() {
        let bytes = Array("aabaabb".utf8)
        equal(bytes.rawSpan.firstIndex(of: 0x62), 2)
        equal(bytes.rawSpan.firstIndex(of: 0x62, from: 3), 5)
        equal(bytes.rawSpan.firstIndex(of: 0x62, from: 3, before: 5), nil)
        equal(bytes.rawSpan.firstIndex(of: 0x62, from: .min, before: .max), 2)
        equal(bytes.rawSpan.firstIndex(of: 0x62, from: .max), nil)
        equal(bytes.rawSpan.firstIndex(of: 0x7A), nil)
        equal(bytes.rawSpan.firstRange(of: "aabb"), 3)
        equal(bytes.rawSpan.firstRange(of: "aab", from: 1), 3)
        equal(bytes.rawSpan.firstRange(of: "abc"), nil)
        equal(bytes.rawSpan.firstRange(of: ""), nil)
        equal(bytes.rawSpan.firstRange(of: "aabb", from: -5), 3)
        let empty: [UInt8] = []
        equal(empty.rawSpan.firstRange(of: "a"), nil)
    }

    @Test(arguments: [("", ""), (" ", ""), ("\0\0", ""), ("  a b\r\n\0", "a b"), ("ab", "ab"), ("\t\n x", "x"), ("é ", "é")])
    func trims(given: String, expected: String) {
        let bytes = Array(given.utf8)
        equal(bytes.rawSpan.trimmed.copied(), Array(expected.utf8))
    }

    @Test func copies() {
        let bytes = ByteReaderTests.bytes
        for limit in [Int.min, -1, 0, 1, 9, 10, 11, Int.max] {
            equal(bytes.rawSpan.copied(limit: limit), Array(bytes.prefix(max(0, limit))))
        }
        let empty: [UInt8] = []
        equal(empty.rawSpan.copied(), [])
    }
}
