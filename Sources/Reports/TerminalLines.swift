/// Writes lines for a terminal: headings and tables, in colour where that may be used.
protocol TerminalLines {
    /// Whether ANSI colours may be used.
    var hasColour: Bool { get }
    var lines: [String] { get set }
}

extension TerminalLines {
    /// - Parameter code: of ECMA-48 SGR: `1` bold, `2` faint, `31` red, …
    func style(_ text: String, _ code: String) -> String { self.hasColour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }

    /// A heading, with an empty line before it where something stands above.
    mutating func heading(_ text: String) {
        if !self.lines.isEmpty { self.lines.append("") }
        self.lines.append(self.style(text, "1"))
    }

    /// A table, its header faint.
    mutating func write(_ table: TextTable) {
        for (index, line) in table.lines.enumerated() { self.lines.append(index == 0 ? self.style(line, "2") : line) }
    }
}
