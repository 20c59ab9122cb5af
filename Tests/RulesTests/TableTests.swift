import Testing

@testable import Rules

@Suite("Tables") struct TableTests {
    static func table(_ key: String, _ rows: [String]) throws -> Table {
        try Table(.bytes(Array(("# A table.\n# columns: key value more\n# key: \(key)\n" + rows.joined(separator: "\n") + "\n").utf8)), file: "x.tsv")
    }

    @Test("every row is found, and nothing else") func search() throws {
        let keys = (0..<500).map { String(format6($0 * 7)) }
        let table = try Self.table("exact", keys.map { "\($0)\tv\($0)\t" })
        for number in 0..<3500 {
            let key = String(format6(number))
            #expect(table.row(key) == (number.isMultiple(of: 7) ? [key, "v\(key)", ""] : nil))
        }
        #expect(table.row("") == nil)
        #expect(table.row("00000") == nil)
        #expect(table.row("0000000") == nil)
    }

    private func format6(_ number: Int) -> String { String(String(1_000_000 + number).dropFirst()) }

    @Test("an object identifier finds its longest root") func identifiers() throws {
        let table = try Self.table("oid", ["1.2.3.\tany\t", "1.2.3.4\texact\t", "1.2.3.5.\troot\t"])
        #expect(table.look(up: "1.2.3.4")?["value"] == "exact")
        #expect(table.look(up: "1.2.3.4.9")?["value"] == "any")
        #expect(table.look(up: "1.2.3.5.6.7")?["value"] == "root")
        #expect(table.look(up: "1.2.33") == nil)
        #expect(table.look(up: String(repeating: "1.", count: 5000)) == nil)
    }

    @Test("a hardware address finds its longest block") func addresses() throws {
        let table = try Self.table("oui", ["0050C2\tblock\t", "0050C2734\tsmall\t", "8C147D\tbig\t", "8C147D2\tmiddle\t"])
        #expect(table.look(up: "00:50:c2:73:4a:bc")?["value"] == "small")
        #expect(table.look(up: "00:50:c2:74:4a:bc")?["value"] == "block")
        #expect(table.look(up: "8c:14:7d:2f:00:00")?["value"] == "middle")
        #expect(table.look(up: "PUMP^0050C273FFFE0001^EUI-64")?["value"] == "block")
        // Locally administered, group, and virtual router addresses name nobody.
        #expect(table.look(up: "02:50:c2:73:4a:bc") == nil)
        #expect(table.look(up: "01:50:c2:73:4a:bc") == nil)
        #expect(table.look(up: "0250C273FFFE0001") == nil)
        #expect(table.look(up: "") == nil)
    }

    @Test("a domain finds its longest suffix of whole labels") func domains() throws {
        let table = try Self.table("domain", ["*.relay.example.org\trelay\t", "example.com\ttool\t", "net.example.com\tnetwork\t"])
        #expect(table.look(up: "example.com")?["value"] == "tool")
        #expect(table.look(up: "Router7.EXAMPLE.com.")?["value"] == "tool")
        #expect(table.look(up: "a.b.net.example.com")?["value"] == "network")
        // A name in a certificate.
        #expect(table.look(up: "*.example.com")?["value"] == "tool")
        #expect(table.look(up: "*.relay.example.org")?["value"] == "relay")
        #expect(table.look(up: "eu.relay.example.org")?["value"] == "relay")
        // The star is for what lies below; half a label is another name.
        #expect(table.look(up: "relay.example.org") == nil)
        #expect(table.look(up: "myexample.com") == nil)
        #expect(table.look(up: "example.com.evil.net") == nil)
        #expect(table.look(up: "com") == nil)
        #expect(table.look(up: "") == nil)
        #expect(table.look(up: "a..example.com") == nil)
        #expect(table.look(up: "user@example.com") == nil)
        #expect(table.look(up: String(repeating: "a.", count: 5000) + "example.com") == nil)
    }

    @Test("a row that no domain could find is a problem") func domainRows() throws {
        let table = try Self.table("domain", [])
        for key in ["example.com", "*.example.com", "a_b.x-1.example"] { #expect(table.problem(ofKey: key) == nil) }
        for key in ["com", "*.com", "Example.com", "example.com.", "a*.example.com", "192.0.2.1", "", "*", "exa mple.com"] {
            #expect(table.problem(ofKey: key) != nil)
        }
        // Other tables say nothing of their keys.
        #expect(try Self.table("exact", []).problem(ofKey: "Com") == nil)
    }

    @Test("empty cells are left out") func empty() throws {
        #expect(try Self.table("exact", ["a\t\tb"]).look(up: "a") == ["key": "a", "more": "b"])
    }

    @Test("no columns, no table") func columns() {
        #expect(throws: SignatureProblem.self) { try Table(.bytes(Array("a\tb\n".utf8)), file: "x.tsv") }
        #expect(throws: SignatureProblem.self) { try Table(.bytes(Array("# columns: a\n# key: magic\n".utf8)), file: "x.tsv") }
    }
}
