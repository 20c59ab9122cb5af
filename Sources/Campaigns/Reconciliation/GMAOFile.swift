public import Foundation
import Observations
public import Rules
import SwiftCSV

/// Why a table of an asset-maintenance software (GMAO, CMMS) or what goes with it cannot be used, in a sentence that says what to do.
public struct GMAOProblem: Error, Hashable, Sendable {
    public let text: Text

    init(_ french: String, _ english: String) { self.text = Text(french: french, english: english) }
}

/// A table as an asset-maintenance software exports it: CSV of any usual encoding and separator.
///
/// Every line is kept or named: what cannot be read is in ``badLines`` with its number, never left out silently.
public struct GMAOFile: Sendable {
    public enum Encoding: String, Sendable {
        case utf8 = "UTF-8"
        case utf16 = "UTF-16"
        /// As Excel writes it in Western Europe; ISO 8859-1 is the same but for control characters.
        case windows1252 = "Windows-1252"
    }

    public struct Line: Hashable, Sendable {
        /// The line of the file on which it begins, from 1.
        public let number: Int
        public let cells: [String]
    }

    /// A line of which something could not be taken over.
    public struct BadLine: Hashable, Sendable {
        public enum Reason: String, Hashable, Sendable {
            /// Quotes that do not fit: nothing of the line was taken over.
            case quotes
            /// More cells than the table has columns: those beyond were left out.
            case extraCells = "extra_cells"
            /// A cell of more than ``GMAOFile/cellLimit`` characters: it was cut.
            case longCell = "long_cell"
        }
        public let number: Int
        public let reason: Reason
    }

    public let encoding: Encoding
    public let separator: Character
    /// Names of the columns, at most ``columnLimit``.
    public let header: [String]
    /// The line on which the header stands.
    public let headerLine: Int
    /// Without empty ones.
    public let lines: [Line]
    public let badLines: [BadLine]

    /// 64 MiB.
    public static let sizeLimit = 1 << 26
    public static let lineLimit = 200_000
    public static let columnLimit = 1000
    public static let cellLimit = 1024
    /// The most lines of the file that one record may go over: beyond, its quotes were never closed.
    private static let recordLimit = 200

    /// - Parameter isHeader: whether a line names columns; titles may stand above it.
    public init(_ data: Data, isHeader: ([String]) -> Bool = { _ in true }) throws(GMAOProblem) {
        guard data.count <= Self.sizeLimit else {
            throw GMAOProblem("ce fichier dépasse 64 Mio\u{00A0}; exportez moins de colonnes ou de lignes", "this file is larger than 64 MiB; export fewer columns or lines")
        }
        let (text, encoding) = try Self.decoded(data)
        var scalars = Array(text.unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        var declared: Character?
        // The line by which Excel is told the separator.
        if scalars.count >= 5, String(String.UnicodeScalarView(scalars[0..<4])).lowercased() == "sep=" {
            declared = Character(scalars[4])
            // The line stays, empty, so that the others keep their numbers.
            scalars.removeFirst(5)
        }
        let separator = declared ?? Self.separator(of: scalars)
        var records = Records(scalars, separator: separator)
        var bad: [BadLine] = []
        var header: (cells: [String], line: Int)?
        var fallback: [(cells: [String], line: Int)] = []
        var lines: [Line] = []
        while let record = records.next(limit: Self.recordLimit) {
            guard let text = record.text, let cells = Self.cells(text, separator) else {
                bad.append(BadLine(number: record.line, reason: .quotes))
                continue
            }
            guard cells.contains(where: { !$0.isEmpty }) else { continue }
            if let header {
                let width = header.cells.count
                if cells.count > width, cells[width...].contains(where: { !$0.isEmpty }) { bad.append(BadLine(number: record.line, reason: .extraCells)) }
                if cells.prefix(width).contains(where: { $0.utf8.count > Self.cellLimit }) { bad.append(BadLine(number: record.line, reason: .longCell)) }
                lines.append(Line(number: record.line, cells: cells.prefix(width).map { PrintableText.make($0, limit: Self.cellLimit) }))
                guard lines.count <= Self.lineLimit else {
                    throw GMAOProblem("ce fichier dépasse 200\u{202F}000 lignes", "this file has more than 200,000 lines")
                }
            } else if isHeader(cells) {
                header = (cells, record.line)
            } else {
                fallback.append((cells, record.line))
                // Titles above a header are few.
                if fallback.count >= 20 { break }
            }
        }
        guard let header else {
            guard !fallback.isEmpty || !bad.isEmpty else { throw GMAOProblem("ce fichier est vide", "this file is empty") }
            throw GMAOProblem(
                "aucune ligne ne nomme des colonnes connues (numéro d’inventaire, numéro de série, adresse MAC ou IP…)\u{00A0}; donnez un fichier de correspondance avec --mapping",
                "no line names columns that are known (inventory number, serial number, MAC or IP address…); give a mapping file with --mapping")
        }
        self.encoding = encoding
        self.separator = separator
        self.header = header.cells.prefix(Self.columnLimit).map { PrintableText.make($0) }
        self.headerLine = header.line
        self.lines = lines.map { Line(number: $0.number, cells: Array($0.cells.prefix(Self.columnLimit))) }
        self.badLines = bad.sorted { ($0.number, $0.reason.rawValue) < ($1.number, $1.reason.rawValue) }
    }

    /// A record's cells, by SwiftCSV; `nil` where its quotes do not fit.
    private static func cells(_ record: String, _ separator: Character) -> [String]? {
        guard let csv = try? CSV<Enumerated>(string: record, delimiter: .character(separator), loadColumns: false) else { return nil }
        return csv.header.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
    }

    // MARK: Encoding

    private static func decoded(_ data: Data) throws(GMAOProblem) -> (String, Encoding) {
        let bytes = [UInt8](data)
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) || bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) {
            throw GMAOProblem(
                "c’est un classeur de tableur\u{00A0}; enregistrez-le au format CSV", "this is a workbook of a spreadsheet; save it as CSV")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            let isLittle = bytes[0] == 0xFF
            let units = stride(from: 2, to: bytes.count &- 1, by: 2).map { (index: Int) -> UInt16 in
                let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index &+ 1]))
                return isLittle ? second &<< 8 | first : first &<< 8 | second
            }
            return (String(decoding: units, as: UTF16.self), .utf16)
        }
        guard !bytes.prefix(4096).contains(0) else {
            throw GMAOProblem("ce n’est pas un fichier CSV\u{00A0}; exportez la liste au format CSV", "this is not a CSV file; export the list as CSV")
        }
        if let text = String(validating: bytes, as: UTF8.self) { return (text, .utf8) }
        return (String(String.UnicodeScalarView(bytes.map { Self.windows1252($0) })), .windows1252)
    }

    /// The characters of 0x80 to 0x9F in Windows-1252; five are not assigned.
    private static let windowsCharacters: [Unicode.Scalar] = [
        "€", "\u{FFFD}", "‚", "ƒ", "„", "…", "†", "‡", "ˆ", "‰", "Š", "‹", "Œ", "\u{FFFD}", "Ž", "\u{FFFD}", "\u{FFFD}", "‘", "’", "“", "”", "•", "–", "—", "˜", "™",
        "š", "›", "œ", "\u{FFFD}", "ž", "Ÿ",
    ]

    private static func windows1252(_ byte: UInt8) -> Unicode.Scalar {
        (0x80...0x9F).contains(byte) ? Self.windowsCharacters[Int(byte) &- 0x80] : Unicode.Scalar(byte)
    }

    // MARK: Separator

    /// The separator that cuts the first lines into the most cells.
    private static func separator(of scalars: [Unicode.Scalar]) -> Character {
        var counts: [Unicode.Scalar: Int] = [:]
        var isQuoted = false
        var lines = 0
        for scalar in scalars.prefix(1 << 16) {
            if scalar == "\"" { isQuoted.toggle() }
            if scalar == "\n" || scalar == "\r" {
                isQuoted = false
                lines &+= 1
                if lines >= 20 { break }
            }
            if !isQuoted { counts[scalar, default: 0] &+= 1 }
        }
        let candidates: [Unicode.Scalar] = [";", "\t", ",", "|"]
        let best = candidates.max { (counts[$0] ?? 0) < (counts[$1] ?? 0) } ?? ";"
        return Character((counts[best] ?? 0) > 0 ? best : ";")
    }
}

/// The records of a CSV text one by one, so that one with wrong quotes costs no other.
///
/// By scalars: a mark that joins a separator into one character does not hide it. What is handed on is what SwiftCSV reads in the same
/// way: quotes within a cell that has none around it are doubled, as nobody who writes 15" doubles them.
private struct Records {
    private let scalars: [Unicode.Scalar]
    private let separator: Unicode.Scalar
    private var place = 0
    private var line = 1

    struct Record {
        let line: Int
        /// `nil` where the quotes were never closed.
        let text: String?
    }

    init(_ scalars: [Unicode.Scalar], separator: Character) {
        self.scalars = scalars
        self.separator = separator.unicodeScalars.first ?? ";"
    }

    private enum State { case start, plain, quoted, closed }

    /// - Parameter limit: lines that a record may go over.
    mutating func next(limit: Int) -> Record? {
        guard self.place < self.scalars.count else { return nil }
        let first = (place: self.place, line: self.line)
        var text = String.UnicodeScalarView()
        var state = State.start
        func isStructure(_ scalar: Unicode.Scalar) -> Bool { scalar == "\"" || scalar == self.separator || scalar == "\n" || scalar == "\r" }
        while self.place < self.scalars.count {
            let scalar = self.scalars[self.place]
            self.place &+= 1
            let isEnd = scalar == "\n" || scalar == "\r"
            if isEnd {
                if scalar == "\r", self.place < self.scalars.count, self.scalars[self.place] == "\n" { self.place &+= 1 }
                self.line &+= 1
                if state != .quoted { return Record(line: first.line, text: String(text)) }
                guard self.line &- first.line < limit else { break }
                text.append("\n")
                continue
            }
            switch (state, scalar) {
            case (.start, "\""), (.closed, "\""): state = .quoted
            case (.quoted, "\""): state = .closed
            case (.plain, "\""): text.append("\"")
            case (.quoted, _): break
            case (_, self.separator): state = .start
            case (.start, " "): break
            case (.closed, _): break
            default: state = .plain
            }
            // What SwiftCSV takes for the end of a line, and what would join a sign of the format into one character with it.
            if state != .quoted, scalar != self.separator, scalar.value < 0x20 || [0x7F, 0x85, 0x2028, 0x2029].contains(scalar.value) {
                text.append(" ")
            } else if scalar.value >= 0x80, let last = text.last, isStructure(last) || last == " ", Self.isOne(last, scalar) {
                text.append("\u{FFFD}")
            } else {
                if scalar.value < 0x80, isStructure(scalar), let last = text.last, last.value >= 0x80, Self.isOne(last, scalar) {
                    text.removeLast()
                    text.append("\u{FFFD}")
                }
                text.append(scalar)
            }
        }
        guard state == .quoted else { return Record(line: first.line, text: String(text)) }
        // Never closed: only the line on which it begins is lost.
        self.place = first.place
        self.line = first.line &+ 1
        while self.place < self.scalars.count, self.scalars[self.place] != "\n", self.scalars[self.place] != "\r" { self.place &+= 1 }
        if self.place < self.scalars.count, self.scalars[self.place] == "\r" { self.place &+= 1 }
        if self.place < self.scalars.count, self.scalars[self.place] == "\n" { self.place &+= 1 }
        return Record(line: first.line, text: nil)
    }

    private static func isOne(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
        String(String.UnicodeScalarView([first, second])).count == 1
    }
}
