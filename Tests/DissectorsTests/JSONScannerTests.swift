import Testing
import Wire

@testable import Dissectors

@Suite("JSON")
struct JSONScannerTests {
    private static let interest = JSONInterest([["kind"], ["software", "name"], ["rest", "mode"], ["n"], ["software"]])

    private struct Reading: Equatable {
        var facts: [String] = []
        var isFinished = false
        var isBroken = false
    }

    private static func read(_ bytes: [UInt8], _ sizes: some Sequence<Int> = [], _ interest: JSONInterest = Self.interest) -> Reading {
        var scanner = JSONScanner(interest)
        var reading = Reading()
        var rest = bytes[...]
        func feed(_ piece: ArraySlice<UInt8>) {
            scanner.read(Array(piece).rawSpan)
            reading.facts += scanner.takeFacts().map { $0.path.joined(separator: ".") + "=" + String(decoding: $0.text, as: UTF8.self) }
        }
        for size in sizes where !rest.isEmpty {
            feed(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        if !rest.isEmpty { feed(rest) }
        reading.isFinished = scanner.isFinished
        reading.isBroken = scanner.isBroken
        return reading
    }
    private static func read(_ text: String) -> Reading { Self.read(Array(text.utf8)) }

    private static let document = #"""
         { "kind" : "a\"b\\\/\b\f\n\r\t\u00e9\uD83D\uDE00\ud83dx", "name": "CANARY",
          "rest": [ {"mode":"one", "x": {"mode": "CANARY"}}, [{"mode": 2.5e-3}], "CANARY", {"mode": null}, {"mode": ["p", "q"]} ],
          "software": {"name": "Éa", "other": {"name": "CANARY"}, "n\u0061me": "CANARY"}, "software": "s",
          "patient": {"kind": "CANARY", "software": {"name": "CANARY"}}, "empty": {}, "none": [], "n": true }
        """#

    @Test("The values at the paths, and nothing else")
    func facts() {
        let reading = Self.read(Self.document + " {")
        #expect(
            reading.facts == [
                "kind=a\"b\\/\u{8}\u{C}\n\r\té😀\u{FFFD}x", "rest.mode=one", "rest.mode=2.5e-3", "rest.mode=null", "rest.mode=p", "rest.mode=q",
                "software.name=Éa",
                "software=s", "n=true",
            ])
        #expect(reading.isFinished && !reading.isBroken)
    }

    @Test("Any split and any prefix")
    func splits() {
        let bytes = Array(Self.document.utf8)
        let whole = Self.read(bytes)
        for cut in 0...bytes.count {
            #expect(Self.read(bytes, [cut]) == whole, "cut at \(cut)")
            let part = Self.read(Array(bytes[..<cut]))
            #expect(whole.facts.starts(with: part.facts) && !part.isBroken && part.isFinished == (cut == bytes.count), "\(cut)")
        }
        #expect(Self.read(bytes, repeatElement(1, count: bytes.count)) == whole)
    }

    @Test(
        "What is no JSON is broken",
        arguments: [
            "<a/>", "}", "{]", "[}", "{\"a\" 1}", "{a:1}", "{\"a\":1 2}", "{,}", "[1}", "{\"kind\":\"\\x\"}", "{\"kind\":\"\\u12g4\"}", "{\"a\":\u{1}}",
            "\u{FEFF}{}",
            "{\"a\":1\"b\":2}", "{\"a\":}", "{\"a\":tr\"ue}", "+1", "",
        ])
    func broken(_ text: String) {
        #expect(Self.read(text).isBroken == !text.isEmpty, "\(text)")
    }

    @Test("Depth, values and facts are bounded")
    func bounds() {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(Self.read(nested(JSONScanner.depthLimit)).isFinished)
        #expect(Self.read(nested(JSONScanner.depthLimit + 1)).isBroken)
        #expect(Self.read(String(repeating: "[{\"kind\":", count: 50_000)).isBroken)
        let long = String(repeating: "x", count: 5000)
        #expect(Self.read("{\"\(long)\":1,\"kind\":\"\(long)\",\"n\":\(String(repeating: "1", count: 5000))}").facts.map(\.count) == [1029, 1026])
        let many = "{\"rest\":[" + String(repeating: "{\"mode\":1},", count: 500)
        let reading = Self.read(many)
        #expect(reading.facts.count == 64 && reading.isFinished)
        #expect(Self.read(Array(many.utf8), repeatElement(3, count: many.utf8.count)) == reading)
    }

    @Test("Mutations never trap, and a split changes nothing")
    func mutations() {
        var generator = SeededGenerator(seed: 9)
        let bytes = Array(Self.document.utf8)
        for _ in 0..<3000 {
            var mutated = bytes
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                let position = Int.random(in: 0..<mutated.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: mutated[position] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: mutated[position] = Array("{}[]\",:\\u0".utf8).randomElement(using: &generator) ?? 0
                case 2: mutated.removeSubrange(position..<min(mutated.count, position + 9))
                default: mutated.insert(contentsOf: mutated.prefix(Int.random(in: 1...40, using: &generator)), at: position)
                }
            }
            #expect(Self.read(mutated, [mutated.count / 2]) == Self.read(mutated))
        }
    }
}
