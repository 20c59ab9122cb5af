import Foundation
@testable import Reports
import Testing

@Suite struct JSONWriterTests {
    private static func written(_ body: (inout JSONWriter) throws -> Void) throws -> String {
        var bytes: [UInt8] = []
        try withoutActuallyEscaping({ (piece: [UInt8]) in bytes += piece }) { sink in
            var json = JSONWriter(sink)
            try body(&json)
            try json.finish()
        }
        return try #require(String(validating: bytes, as: UTF8.self))
    }

    private static func parsed(_ text: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed])
    }

    @Test func emptyContainers() throws {
        #expect(try Self.written { json in json.object { _ in } } == "{}\n")
        #expect(try Self.written { json in json.array { _ in } } == "[]\n")
        let nested = try Self.written { json in
            json.object { json in
                json.key("a")
                json.array { _ in }
                json.key("b")
                json.object { _ in }
            }
        }
        #expect(nested == "{\n \"a\":[],\n \"b\":{}\n}\n")
    }

    @Test func nesting() throws {
        let text = try Self.written { json in
            json.array { json in
                for number in 0..<3 {
                    json.object { json in
                        json.field("n", number)
                        json.field("list", ["x", "y"])
                        json.key("deep")
                        json.array { json in json.array { json in json.array { json in json.null() } } }
                    }
                }
                json.string("end")
            }
        }
        let list = try #require(try Self.parsed(text) as? [Any])
        #expect(list.count == 4)
        let second = try #require(list[1] as? [String: Any])
        #expect(second["n"] as? Int == 1)
        #expect(second["list"] as? [String] == ["x", "y"])
        #expect(((second["deep"] as? [Any])?.first as? [Any])?.count == 1)
        #expect(list[3] as? String == "end")
    }

    @Test func values() throws {
        let text = try Self.written { json in
            json.object { json in
                json.field("smallest", Int64.min)
                json.field("largest", UInt64.max)
                json.field("byte", UInt8(7))
                json.field("yes", true)
                json.field("no", false)
                json.field("none", nil as String?)
                json.field("some", "x" as String?)
            }
        }
        #expect(text.contains("\"smallest\":-9223372036854775808"))
        #expect(text.contains("\"largest\":18446744073709551615"))
        #expect(text.contains("\"byte\":7,") && text.contains("\"yes\":true,") && text.contains("\"no\":false,"))
        #expect(text.contains("\"none\":null,") && text.contains("\"some\":\"x\"\n"))
        _ = try Self.parsed(text)
    }

    @Test(arguments: [
        "", "plain", "\"quoted\"", "back\\slash", "/slash", "line\nfeed\r\ttab", "\u{0}\u{1}\u{1F}\u{7F}", "\u{1B}[31mred", "é à ü ß",
        "\u{202E}evil", "\u{2028}\u{2029}", "👩🏽‍⚕️", "</script><script>", String(repeating: "x", count: 65_536),
    ])
    func textComesBack(_ text: String) throws {
        let json = try Self.written { json in json.array { json in json.string(text) } }
        #expect(try Self.parsed(json) as? [String] == [text])
        let keyed = try Self.written { json in json.object { json in json.field(text, text) } }
        #expect(try Self.parsed(keyed) as? [String: String] == [text: text])
        // RFC 8259 section 7: no control character stands as it is; ours are only the line feeds between values.
        let inside = json.dropFirst(2).dropLast(3)
        #expect(inside.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
    }

    @Test func piecesAreTheWhole() throws {
        var pieces: [[UInt8]] = []
        try withoutActuallyEscaping({ (piece: [UInt8]) in pieces.append(piece) }) { sink in
            var json = JSONWriter(sink)
            try json.array(0..<20_000) { json, number in
                json.string("element \(number)")
                try json.flush()
            }
            try json.finish()
        }
        #expect(pieces.count > 3)
        #expect(pieces.dropLast().allSatisfy { $0.count >= 1 << 16 && $0.count < 1 << 17 })
        let list = try #require(try Self.parsed(String(decoding: pieces.flatMap { $0 }, as: UTF8.self)) as? [String])
        #expect(list.count == 20_000)
        #expect(list.last == "element 19999")
    }

    private struct Full: Error {}

    @Test func fullDiskIsAnError() {
        #expect(throws: Full.self) {
            var json = JSONWriter { _ in throw Full() }
            json.object { json in json.field("a", 1) }
            try json.finish()
        }
    }

    /// A value on each line, and texts made printable where that is asked for.
    @Test func lines() throws {
        var bytes: [UInt8] = []
        try withoutActuallyEscaping({ (piece: [UInt8]) in bytes += piece }) { sink in
            var json = JSONWriter(sink, .lines, isPrintable: true)
            for number in 0..<2 {
                json.object { json in
                    json.field("n", number)
                    json.optional("none", nil as String?)
                    json.optional("text", "a\u{202E}\nb")
                    json.array("list", [1, 2]) { json, value in json.object { json in json.field("v", value) } }
                }
            }
            try json.finish()
        }
        let line = "\"text\":\"a\u{FFFD}\u{FFFD}b\",\"list\":[{\"v\":1},{\"v\":2}]}\n"
        #expect(String(decoding: bytes, as: UTF8.self) == "{\"n\":0,\(line){\"n\":1,\(line)")
    }

    @Test func hundredths() throws {
        for (value, wanted) in [(0, "0.00"), (7, "0.07"), (87, "0.87"), (100, "1.00"), (-250, "-2.50")] {
            #expect(try Self.written { json in json.hundredths(value) } == wanted + "\n")
        }
    }
}
