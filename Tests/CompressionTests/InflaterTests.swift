import Testing
import Wire

@testable import Compression

@Suite("Inflate")
struct InflaterTests {
    /// `{"software":"HAPI"}` as Python's zlib writes it.
    private static let text = Array(#"{"software":"HAPI"}"#.utf8)
    private static let gzip = hex("1f8b0800000000000203ab562ace4f2b294f2c4a55b252f2700cf054aa0500ef4a21fd13000000")
    private static let zlib = hex("789cab562ace4f2b294f2c4a55b252f2700cf054aa050043ad0648")
    private static let raw = hex("ab562ace4f2b294f2c4a55b252f2700cf054aa0500")

    private static func hex(_ text: String) -> [UInt8] {
        let digits = text.utf8.map { $0 >= 0x61 ? $0 - 0x57 : $0 - 0x30 }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static func inflate(
        _ bytes: [UInt8], _ format: Inflater.Format, limit: Int = 1 << 20, pieces: Int = .max
    ) -> (output: [UInt8], state: Inflater.State) {
        let inflater = Inflater(format, limit: limit)
        var output: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieces))
            rest = rest.dropFirst(piece.count)
            inflater.read(piece.rawSpan) { output += $0.copied() }
        }
        #expect(output.count == inflater.count)
        return (output, inflater.state)
    }

    @Test("gzip, zlib and raw deflate, in any pieces", arguments: [1, 2, 3, 7, .max])
    func formats(_ pieces: Int) {
        for (bytes, format) in [(Self.gzip, Inflater.Format.gzip), (Self.zlib, .deflate), (Self.raw, .deflate)] {
            let result = Self.inflate(bytes, format, pieces: pieces)
            #expect(result.output == Self.text && result.state == .ended)
            // What follows is not read.
            #expect(Self.inflate(bytes + [1, 2, 3], format, pieces: pieces).output == Self.text)
            // A prefix gives the beginning, and is open.
            let part = Self.inflate(Array(bytes.dropLast(9)), format, pieces: pieces)
            #expect(Self.text.starts(with: part.output) && part.state == .open)
        }
    }

    @Test("A bomb comes to its limit")
    func limit() {
        // Three million zeros, as Python's gzip writes them: one block of runs.
        let bomb = Self.bomb
        for limit in [1, 100, 8192, 8193] {
            let result = Self.inflate(bomb, .gzip, limit: limit)
            #expect(result.output.count == limit && result.state == .full)
            #expect(Self.inflate(bomb, .gzip, limit: limit, pieces: 5).output.count == limit)
        }
        // Far more than messages are compressed to: it ends long before its limit.
        for pieces in [5, 1460, .max] {
            let result = Self.inflate(bomb, .gzip, limit: 4_000_000, pieces: pieces)
            #expect(result.state == .full && (65_536...65_536 + 64 * bomb.count + 8192).contains(result.output.count))
        }
        #expect(Self.inflate(Self.gzip, .gzip, limit: 0).output.isEmpty)
    }

    @Test("Damage ends it, and never more than the limit comes out")
    func damage() {
        #expect(Self.inflate([0x50, 0x4B, 0x03, 0x04], .gzip).state == .damaged)
        #expect(Self.inflate([0xFF, 0xFF], .deflate).state == .damaged)
        #expect(Self.inflate([], .gzip).state == .open)
        var wrong = Self.gzip
        wrong[wrong.count - 6] ^= 1
        #expect(Self.inflate(wrong, .gzip).state == .damaged)
        for index in 0..<Self.gzip.count {
            for bit in 0..<8 {
                var bytes = Self.gzip
                bytes[index] ^= 1 << UInt8(bit)
                #expect(Self.inflate(bytes, .gzip, limit: 4096).output.count <= 4096)
            }
        }
    }

    private static let bomb: [UInt8] =
        hex("1f8b0800000000000203edc101010000008220ffaf6e484001") + [UInt8](repeating: 0x00, count: 2906) + hex("2f0665a2014dc0c62d00")
}
