import Testing
import Wire

@testable import Dissectors

@Suite("XML")
struct XMLScannerTests {
    private static let interest = XMLInterest(
        elements: ["Manufacturer", "Model", "a", "Nom"], attributes: ["device": ["id", "V"], "a": ["x"]])

    /// What a document gives: facts as `path@attribute=text`, and how it ended.
    private struct Reading: Equatable {
        var facts: [String] = []
        var root = ""
        var isFinished = false
        var isBroken = false
        var consumed = 0
    }

    /// Reads the bytes in pieces of the given sizes, and the rest in one.
    private static func read(_ bytes: [UInt8], _ sizes: some Sequence<Int> = [], _ interest: XMLInterest = Self.interest) -> Reading {
        var scanner = XMLScanner(interest)
        var reading = Reading()
        var rest = bytes[...]
        func feed(_ piece: ArraySlice<UInt8>) {
            reading.consumed += scanner.read(Array(piece).rawSpan)
            reading.facts += scanner.takeFacts().map { fact in
                fact.path.joined(separator: "/") + (fact.attribute.map { "@" + $0 } ?? "") + "=" + String(decoding: fact.text, as: UTF8.self)
            }
        }
        for size in sizes where !rest.isEmpty {
            feed(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        if !rest.isEmpty { feed(rest) }
        reading.root = String(decoding: scanner.rootName, as: UTF8.self)
        reading.isFinished = scanner.isFinished
        reading.isBroken = scanner.isBroken
        return reading
    }
    private static func read(_ text: String) -> Reading { Self.read(Array(text.utf8)) }

    /// All that a document may have.
    private static let document = """
        \u{FEFF}<?xml version="1.0" encoding="UTF-8"?>
        <!-- <Model>in a comment</Model> -- - -->
        <!DOCTYPE env [ <!ENTITY x "<Model>]>"> <!-- it's > --> <!ELEMENT a (b)> ]>
        <s:env xmlns:s='urn:x' xmlns:id="urn:y" plain = "Zoé > DUPONT">
          <device id="D-1" V='a&amp;b &#x2013; &#233;' other="CANARY" s:id="urn"/>
          <s:Body><Manufacturer>\n   Dräger &lt;&#65;&gt; <!-- x --><b>CANARY</b><![CDATA[<&]] ]]]>&unknown;</Manufacturer>
          <Patient>CANARY<Nom >É<Model>M</Model>t</Nom ></Patient></s:Body>
          <a x=""/><Model></Model><?pi <Model>?</Model> ? ?>
        </s:env>
        """

    @Test("The facts of a document with everything in it")
    func facts() {
        let reading = Self.read(Self.document + "<next/>")
        #expect(
            reading.facts == [
                "env/device@id=D-1", "env/device@V=a&b – é", "env/device@id=urn", "env/Body/Manufacturer=Dräger <A> <&]] ]\u{FFFD}",
                "env/Body/Patient/Nom/Model=M",
                "env/Body/Patient/Nom=Ét", "env/a@x=", "env/a=", "env/Model=",
            ])
        #expect(reading.root == "env" && reading.isFinished && !reading.isBroken)
        #expect(reading.consumed == Self.document.utf8.count)
    }

    @Test("Any split gives the same")
    func splits() {
        let bytes = Array(Self.document.utf8)
        let whole = Self.read(bytes)
        for cut in 0...bytes.count { #expect(Self.read(bytes, [cut]) == whole, "cut at \(cut)") }
        #expect(Self.read(bytes, repeatElement(1, count: bytes.count)) == whole)
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<50 {
            let sizes = (0..<bytes.count).map { _ in Int.random(in: 1...13, using: &generator) }
            #expect(Self.read(bytes, sizes) == whole)
        }
    }

    @Test("A prefix gives the first of the facts")
    func prefixes() {
        let bytes = Array(Self.document.utf8)
        let whole = Self.read(bytes)
        for count in 0..<bytes.count {
            let part = Self.read(Array(bytes[..<count]))
            #expect(whole.facts.starts(with: part.facts) && !part.isFinished && !part.isBroken, "\(count)")
        }
    }

    @Test(
        "What is no XML is broken",
        arguments: [
            "x", "<", "<1/>", "</a>", "<a></b>", "<a><b></a></b>", "<a b></a>", "<a b=c/>", "<a x='<'/>", "<a =''/>",
            "<a>&#12345678901234567890123456789012345;</a>",
            "<a>& </a>", "<a>&a<", "<!ELEMENT a>", "<![CDATA[x]]>", "<a><!DOCTYPE a></a>", "<a/ >", "<a><?x ?></a x>", "<>", "< a/>", "<a/", "<a>\u{0}</a>",
            "{\"a\":1}",
        ])
    func broken(_ text: String) {
        let isOpen = text == "<" || text == "<a/"
        let reading = Self.read(text)
        #expect(reading.isBroken == !isOpen && !reading.isFinished, "\(text)")
    }

    @Test("UTF-16 is broken, a byte order mark of UTF-8 is not")
    func encodings() {
        for bytes in [[0xFF, 0xFE, 0x3C, 0x00], [0xFE, 0xFF, 0x00, 0x3C], [0x3C, 0x00, 0x61, 0x00], [0x00, 0x3C, 0x00, 0x61], [0xEF, 0xBB, 0x3C]] as [[UInt8]] {
            #expect(Self.read(bytes).isBroken)
        }
        #expect(Self.read([0xEF, 0xBB, 0xBF] + Array("<a>x</a>".utf8)).facts == ["a=x"])
        // Bytes of another encoding are handed on as they are.
        var scanner = XMLScanner(Self.interest)
        scanner.read(([UInt8]("<a>".utf8) + [0xE9] + [UInt8]("</a>".utf8)).rawSpan)
        #expect(scanner.takeFacts().map(\.text) == [[0xE9]])
    }

    @Test("Depth, names, texts and facts are bounded")
    func bounds() {
        func nested(_ depth: Int) -> String { String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth) }
        #expect(Self.read(nested(XMLScanner.depthLimit)).facts.count == XMLScanner.depthLimit)
        #expect(Self.read(nested(XMLScanner.depthLimit + 1)).isBroken)
        #expect(Self.read(String(repeating: "<a>", count: 100_000)).isBroken)
        let name = String(repeating: "n", count: 5000)
        #expect(Self.read("<\(name)><a>x</a></\(name)>").facts == ["/a=x"])
        let text = String(repeating: "é", count: 3000)
        #expect(Self.read("<a x='\(text)'>\(text)</a>").facts.allSatisfy { (1000...XMLScanner.textLimit + 3).contains($0.utf8.count) && $0.hasSuffix("é") })
        let many = "<r>" + String(repeating: "<a/>", count: 1000) + "</r>"
        let reading = Self.read(many)
        #expect(reading.facts.count == 256 && reading.isFinished)
        let bytes = Array(many.utf8)
        #expect(Self.read(bytes, repeatElement(3, count: bytes.count)).facts == reading.facts)
        #expect(Self.read(Array("<a/>".utf8), [], XMLInterest(elements: [], limit: 1)).isFinished)
    }

    @Test("An entity is never expanded")
    func entities() {
        let bomb = "<!DOCTYPE a [<!ENTITY l \"lol\"><!ENTITY m \"&l;&l;&l;&l;\">]><a>&m;&lt;&#0;&#xD800;&#x110000;&#;&#x;&amp;amp;</a>"
        let bad = "\u{FFFD}"
        #expect(Self.read(bomb).facts == ["a=\(bad)<\(bad)\(bad)\(bad)\(bad)\(bad)&amp;"])
        #expect(Self.read("<!DOCTYPE a SYSTEM \"http://x/>y\"><a/>").facts == ["a="])
        #expect(Self.read("<!DOCTYPE a [").facts == [])
    }

    @Test("Mutations never trap, and what is noted stays inside the bounds")
    func mutations() {
        var generator = SeededGenerator(seed: 5)
        let bytes = Array(Self.document.utf8)
        for _ in 0..<3000 {
            var mutated = bytes
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                let position = Int.random(in: 0..<mutated.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: mutated[position] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: mutated[position] = Array("<>&;/!?[]-'\"= ".utf8).randomElement(using: &generator) ?? 0
                case 2: mutated.removeSubrange(position..<min(mutated.count, position + 9))
                default: mutated.insert(contentsOf: mutated.prefix(Int.random(in: 1...40, using: &generator)), at: position)
                }
            }
            let whole = Self.read(mutated)
            #expect(whole.facts.count <= 256)
            #expect(Self.read(mutated, [mutated.count / 2]) == whole)
        }
    }
}
