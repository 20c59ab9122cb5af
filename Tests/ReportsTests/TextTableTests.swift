@testable import Reports
import Testing

@Suite struct TextTableTests {
    @Test func columnsAreAligned() {
        var table = TextTable(["address", "name"], width: 100)
        #expect(table.isEmpty)
        table.add(["10.0.0.1", "a"])
        table.add(["10.0.0.100", "longer name"])
        #expect(!table.isEmpty)
        #expect(table.lines == ["  address     name", "  10.0.0.1    a", "  10.0.0.100  longer name"])
    }

    @Test func widestColumnGivesWay() {
        var table = TextTable(["a", "b", "c"], width: 60)
        table.add([String(repeating: "x", count: 10), String(repeating: "y", count: 300), "short"])
        for line in table.lines { #expect(line.count <= 60) }
        #expect(table.lines[1].contains("xxxxxxxxxx"))
        #expect(table.lines[1].contains("y…"))
        #expect(table.lines[1].hasSuffix("short"))
    }

    /// Many wide columns do not fit: they keep a width at which text is of use rather than vanish.
    @Test func columnsKeepAWidthOfUse() {
        var table = TextTable((0..<10).map { "column \($0)" }, width: 60)
        table.add((0..<10).map { String(repeating: "\($0)", count: 50) })
        let line = table.lines[1]
        for number in 0..<10 { #expect(line.contains(String(repeating: "\(number)", count: 8)), "\(line)") }
    }

    @Test func rowsMayBeShort() {
        var table = TextTable(["a", "b", "c"], width: 80)
        table.add(["1"])
        table.add([])
        table.add(["1", "2", "3"])
        #expect(table.lines.count == 4)
        #expect(table.lines[1] == "  1")
    }

    @Test func accentsAndEmojiCountAsOne() {
        var table = TextTable(["nom", "x"], width: 80)
        table.add(["réanimation", "1"])
        table.add(["e\u{301}cho", "2"])
        table.add(["👩🏽‍⚕️", "3"])
        let places = table.lines.map { line in line.distance(from: line.startIndex, to: line.lastIndex { $0 != " " } ?? line.startIndex) }
        #expect(Set(places).count == 1, "\(table.lines)")
    }

    @Test func widthIsNeverTooSmall() {
        for width in [-5, 0, 1, 59] {
            var table = TextTable(["a"], width: width)
            table.add([String(repeating: "x", count: 500)])
            #expect(table.lines[1].count <= 62)
            #expect(table.lines[1].count > 20)
        }
    }
}
