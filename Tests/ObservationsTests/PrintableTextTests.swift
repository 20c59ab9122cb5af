import Observations
import Testing
import Wire

@Suite struct PrintableTextTests {
    static func make(_ bytes: [UInt8]) -> String { PrintableText.make(bytes.rawSpan) }
    static func isPlain(_ bytes: [UInt8]) -> Bool { PrintableText.isPlain(bytes.rawSpan) }

    /// The word-wise test says what a byte-wise one would: every byte value at every place of every short length.
    @Test func isPlainAtEveryLengthAndPlace() {
        #expect(Self.isPlain([]))
        for length in 1...34 {
            for place in 0..<length {
                for value in UInt8.min ... .max {
                    var bytes = [UInt8](repeating: 0x41, count: length)
                    bytes[place] = value
                    guard Self.isPlain(bytes) != (0x20...0x7E).contains(value) else { continue }
                    Issue.record("byte \(value) at \(place) of \(length)")
                }
            }
        }
    }

    /// Borrows between the bytes of a word must not make one byte speak for its neighbour.
    @Test func isPlainOfNeighbours() {
        for first in UInt8.min ... .max {
            for second in UInt8.min ... .max {
                let bytes = [0x20, 0x7E, first, second, 0x7E, 0x20, 0x20, 0x20]
                let expected = (0x20...0x7E).contains(first) && (0x20...0x7E).contains(second)
                guard Self.isPlain(bytes) != expected else { continue }
                Issue.record("bytes \(first) \(second)")
            }
        }
    }

    @Test func isPlainUpToTheLimit() {
        for length in 250...270 {
            let bytes = [UInt8](repeating: 0x7E, count: length)
            #expect(Self.isPlain(bytes) == (length <= PrintableText.limit))
        }
    }

    @Test(arguments: [
        ("plain text", "plain text"), ("", ""), ("a\u{0}b", "a\u{FFFD}b"), ("\u{1B}[31mred", "\u{FFFD}[31mred"),
        ("line\r\nbreak\ttab", "line\u{FFFD}\u{FFFD}break\u{FFFD}tab"), ("\u{7F}\u{80}\u{9F}", "\u{FFFD}\u{FFFD}\u{FFFD}"),
        // Bidirectional overrides, isolates and marks; zero-width characters; the byte order mark; line separators; private use.
        ("exe\u{202E}gpj", "exe\u{FFFD}gpj"), ("\u{2066}x\u{2069}", "\u{FFFD}x\u{FFFD}"), ("a\u{200B}b\u{200F}c", "a\u{FFFD}b\u{FFFD}c"),
        ("\u{FEFF}x", "\u{FFFD}x"), ("a\u{2028}b\u{2029}c", "a\u{FFFD}b\u{FFFD}c"), ("\u{E000}\u{F8FF}", "\u{FFFD}\u{FFFD}"),
        ("\u{FFFE}\u{10FFFF}", "\u{FFFD}\u{FFFD}"), ("\u{E0001}\u{E0041}", "\u{FFFD}\u{FFFD}"),
        // What people write stays.
        ("Hôpital Édouard-Herriot", "Hôpital Édouard-Herriot"), ("聴診器 🩺", "聴診器 🩺"), ("e\u{301}", "e\u{301}"),
    ])
    func text(given: String, expected: String) {
        #expect(Array(PrintableText.make(given).unicodeScalars) == Array(expected.unicodeScalars))
        #expect(Array(Self.make(Array(given.utf8)).unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test func invalidUTF8IsLatin1() {
        #expect(Self.make([0x48, 0xF4, 0x70, 0x69, 0x74, 0x61, 0x6C]) == "Hôpital")
        #expect(Self.make([0xE9]) == "é")
        // Overlong, surrogate, beyond the last plane, lonely continuation.
        for bytes: [UInt8] in [[0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xC3]] {
            let text = Self.make(bytes)
            #expect(text.unicodeScalars.count == bytes.count)
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        }
        for value in UInt8.min ... .max { #expect(Self.make([0xFF, value]).unicodeScalars.count == 2) }
    }

    @Test func cutAtTheLimit() {
        let limit = PrintableText.limit
        for length in limit - 2...limit + 2 {
            for scalar: Character in ["x", "é", "聴", "🩺"] {
                let text = String(repeating: scalar, count: length)
                let expected = length <= limit ? text : String(repeating: scalar, count: limit - 1) + "…"
                #expect(PrintableText.make(text) == expected, "\(length) \(scalar)")
                #expect(Self.make(Array(text.utf8)) == expected, "\(length) \(scalar)")
            }
        }
    }

    /// However long, and wherever the look at the bytes ends: UTF-8 stays UTF-8.
    @Test func longTextIsCutBetweenCharacters() {
        for shift in 0..<4 {
            let text = String(repeating: "x", count: shift) + String(repeating: "聴", count: 100_000)
            let made = Self.make(Array(text.utf8))
            #expect(made == String(text.prefix(PrintableText.limit - 1)) + "…")
        }
        let latin = [UInt8](repeating: 0xE9, count: 100_000)
        #expect(Self.make(latin) == String(repeating: "é", count: PrintableText.limit - 1) + "…")
    }

    /// What was made printable is printable, and stays as it is.
    @Test func makingTwiceIsMakingOnce() {
        var random = SeededGenerator(seed: 9)
        for round in 0..<4000 {
            let count = Int.random(in: 0...(round % 10 == 0 ? 1200 : 40), using: &random)
            let bytes: [UInt8] =
                round % 2 == 0
                ? (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
                : Array(String(String.UnicodeScalarView((0..<count).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0...0x3100, using: &random)) })).utf8)
            let once = Self.make(bytes)
            #expect(once.unicodeScalars.count <= PrintableText.limit)
            #expect(Array(PrintableText.make(once).utf8) == Array(once.utf8))
            #expect(
                once.unicodeScalars.allSatisfy { scalar in
                    let category = scalar.properties.generalCategory
                    return category != .control && category != .format && category != .privateUse && category != .lineSeparator
                })
        }
    }
}
