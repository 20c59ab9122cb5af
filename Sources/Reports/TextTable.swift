/// A table for a terminal: columns as wide as they need, shrunk where the line would not fit.
struct TextTable {
    private let header: [String]
    private var rows: [[String]] = []
    private let width: Int
    private let whole: Set<Int>

    /// - Parameters:
    ///   - width: columns of the terminal.
    ///   - whole: columns that are never cut: an address of which a part is missing is of no use.
    init(_ header: [String], width: Int, whole: Set<Int> = []) {
        self.header = header
        self.width = max(width, 60)
        self.whole = whole
    }

    mutating func add(_ row: [String]) { self.rows.append(row) }
    var isEmpty: Bool { self.rows.isEmpty }

    /// The lines, the header first.
    var lines: [String] {
        let table = [self.header] + self.rows
        var widths = self.header.indices.map { column in table.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        let gaps = 2 &* widths.count
        // The widest column gives way first, down to a width at which text is still of use.
        while widths.reduce(gaps, +) > self.width, let widest = widths.indices.filter({ !self.whole.contains($0) }).max(by: { widths[$0] < widths[$1] }), widths[widest] > 12 {
            widths[widest] &-= 1
        }
        return table.map { row in
            var line = "  "
            for (column, cell) in row.enumerated() {
                let text = Self.cut(cell, widths[column])
                line += column == row.count &- 1 ? text : text + String(repeating: " ", count: widths[column] &- text.count &+ 2)
            }
            return line
        }
    }

    private static func cut(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : String(text.prefix(max(width &- 1, 0))) + "…"
    }
}
