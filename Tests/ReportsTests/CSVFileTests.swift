import Inventory
import Observations
import Reports
import Rules
import Testing
import Wire

/// Registers as spreadsheets open them, whatever stands in names from the wire.
@Suite struct CSVFileTests {
    private static let zone = SiteTimeZone.standard

    /// A file with one name, put where the name of a declared flow stands.
    private static func file(naming text: String, _ language: Language) throws -> [UInt8] {
        var lab = RegisterLab()
        try lab.flow("10.10.0.1", "203.0.113.5", 80, [.http])
        try lab.note("10.10.0.1", "203.0.113.5", 80, .httpHost, text)
        let table = try #require(RegisterTable.all(try lab.report(), language).first)
        return Array(CSVFile.text(table, language, Self.zone).utf8)
    }

    /// Reads a file as RFC 4180 has it, octet by octet: rows of cells.
    static func rows(_ bytes: [UInt8], separator: UInt8) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        var place = bytes.startIndex
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            if isQuoted {
                if byte != 0x22 {
                    cell.append(byte)
                } else if place < bytes.count, bytes[place] == 0x22 {
                    cell.append(0x22)
                    place += 1
                } else {
                    isQuoted = false
                }
            } else if byte == 0x22 {
                isQuoted = true
            } else if byte == separator || byte == 0x0A {
                row.append(String(decoding: cell.last == 0x0D && byte == 0x0A ? cell.dropLast() : cell[...], as: UTF8.self))
                cell = []
                if byte == 0x0A {
                    rows.append(row)
                    row = []
                }
            } else {
                cell.append(byte)
            }
        }
        return rows
    }

    @Test(arguments: [(Language.french, UInt8(ascii: ";")), (.english, UInt8(ascii: ","))])
    func separatorAndMark(_ language: Language, _ separator: UInt8) throws {
        let bytes = try Self.file(naming: "exemple.test", language)
        #expect(bytes.starts(with: [0xEF, 0xBB, 0xBF]))
        #expect(bytes.suffix(2) == [0x0D, 0x0A])
        let rows = Self.rows(Array(bytes.dropFirst(3)), separator: separator)
        #expect(rows.count == 2)
        #expect(rows.map(\.count) == [19, 19])
        #expect(rows.first?.first == (language == .french ? "sens" : "direction"))
        #expect(rows.last?.contains("exemple.test") == true)
        // The site's clock: 10:00 UTC is noon.
        #expect(rows.last?.contains("2026-06-01 12:00:00") == true)
        #expect(rows.last?.contains(language == .french ? "inconnu" : "unknown") == true)
    }

    /// Every name stays in its cell and is no formula, also where a letter with a mark hides the separator.
    @Test(arguments: [
        "=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\u{FF1D}1+1", "\u{FF0B}1", "\u{FF0D}1", "\u{FF20}A", "a;b,c", "say \"hello\"", "\"", "\";\"", ";\u{301}x", "\"\u{301};x", ",\u{301}x",
        "a\r\nb;c", "\ttab", "|x", "%0A", "a | b",
    ])
    func namesStayInTheirCell(_ text: String) throws {
        for (language, separator) in [(Language.french, UInt8(ascii: ";")), (.english, UInt8(ascii: ","))] {
            let rows = Self.rows(Array(try Self.file(naming: text, language).dropFirst(3)), separator: separator)
            #expect(rows.map(\.count) == [19, 19], "\(language)")
            for cell in rows.flatMap({ $0 }) {
                let first = cell.unicodeScalars.first.map { String($0) } ?? ""
                #expect(!"=+-@\t\r\n|%\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".contains(first) || first.isEmpty, "\(cell)")
            }
        }
        // What an observation would have made harmless before, given straight to the table's writer.
        for cell in [RegisterTable.Cell.text(text), .list([text, "b"])] {
            let shown = CSVFile.text(of: cell, .french, Self.zone)
            let first = shown.unicodeScalars.first.map { String($0) } ?? ""
            #expect(!"=+-@\t\r\n|%\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".contains(first), "\(shown)")
            #expect(shown.hasSuffix(text) || shown.hasSuffix("b"))
        }
    }

    @Test func values() {
        func text(_ cell: RegisterTable.Cell, _ language: Language = .french) -> String { CSVFile.text(of: cell, language, Self.zone) }
        #expect(text(.number(.max)) == "18446744073709551615")
        #expect([true, false, nil].map { text(.flag($0)) } == ["oui", "non", "inconnu"])
        #expect([true, false, nil].map { text(.flag($0), .english) } == ["yes", "no", "unknown"])
        #expect(text(.list(["a", "b"])) == "a | b")
        #expect(text(.list([])) == "")
        #expect(text(.text("")) == "")
        #expect(text(.text("10.0.0.1")) == "10.0.0.1")
        // Winter and summer.
        #expect(text(.time(Timestamp(seconds: 1_767_225_600))) == "2026-01-01 01:00:00")
        #expect(text(.time(Timestamp(seconds: RegisterLab.monday))) == "2026-06-01 02:00:00")
    }
}
