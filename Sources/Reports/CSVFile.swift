public import Rules
import Wire

/// A table as a spreadsheet of that language opens it: UTF-8 with a byte order mark, semicolons in French, lines ending in CR LF
/// (RFC 4180).
public enum CSVFile {
    public static func text(_ table: RegisterTable, _ language: Language, _ zone: SiteTimeZone) -> String {
        let separator = language == .french ? ";" : ","
        var text = "\u{FEFF}"
        func add(_ cells: [String]) {
            text += cells.map { Self.quoted($0, separator) }.joined(separator: separator) + "\r\n"
        }
        add(table.columns)
        for row in table.rows { add(row.map { Self.text(of: $0, language, zone) }) }
        return text
    }

    /// What a cell shows.
    public static func text(of cell: RegisterTable.Cell, _ language: Language, _ zone: SiteTimeZone) -> String {
        switch cell {
        case .text(let text): Self.harmless(text)
        case .number(let number): String(number)
        case .time(let time): zone.local(time)
        case .flag(.some(let flag)): flag ? (language == .french ? "oui" : "yes") : (language == .french ? "non" : "no")
        case .flag(nil): language == .french ? "inconnu" : "unknown"
        case .list(let list): Self.harmless(list.joined(separator: " | "))
        }
    }

    /// What a spreadsheet would take for a formula is shown as text: names come from the wire.
    private static func harmless(_ text: String) -> String {
        guard let first = text.unicodeScalars.first, "=+-@\t\r\n|%".unicodeScalars.contains(first) else { return text }
        return "'" + text
    }

    private static func quoted(_ text: String, _ separator: String) -> String {
        // Quotes always: spreadsheets then keep `0123` and `1,5` as they are no less, and nothing has to be guessed.
        guard text.contains(where: { $0 == "\"" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" || String($0) == separator }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
