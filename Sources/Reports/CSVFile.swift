import Campaigns
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

    private static func harmless(_ text: String) -> String { SpreadsheetText.harmless(text) }

    private static func quoted(_ text: String, _ separator: String) -> String {
        // Where the text needs them. By scalars: a mark that joins a separator or quote does not hide it from who reads octets.
        guard text.unicodeScalars.contains(where: { "\"\r\n".unicodeScalars.contains($0) || separator.unicodeScalars.contains($0) }) else { return text }
        return text.unicodeScalars.reduce(into: "\"") { quoted, scalar in
            if scalar == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(scalar)
        } + "\""
    }
}
