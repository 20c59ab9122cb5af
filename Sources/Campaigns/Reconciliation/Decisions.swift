public import Foundation

/// What people decided in the output of an earlier reconciliation, read back from it.
public struct Decisions: Sendable {
    public enum Choice: Hashable, Sendable {
        /// The proposal of this row is right.
        case accept
        /// The row's line or device is that of the other list with this name: inventory number, id, or address.
        case sameAs(String)
        /// Not to be proposed, or not to be reported as missing.
        case ignore
    }

    /// One decided row.
    public struct Row: Hashable, Sendable {
        /// The line of the file of decisions.
        public let number: Int
        /// ``Reconciliation/Item/key``; empty for a device without a line.
        public let item: String
        /// ``Campaign/Device/id``; empty for a line without a device.
        public let device: String
        /// `nil` where it is none that is known.
        public let choice: Choice?
        /// As it was written.
        public let text: String
    }

    public let rows: [Row]

    public static let none = Decisions()

    private init() { self.rows = [] }

    /// Names of the three columns, folded, in both languages.
    private static let decisionColumns: Set<String> = ["decision"]
    private static let itemColumns: Set<String> = ["cle gmao", "gmao key"]
    private static let deviceColumns: Set<String> = ["dispositif", "device"]

    /// Reads the CSV file that a reconciliation wrote and somebody filled in.
    public init(_ data: Data) throws(GMAOProblem) {
        func column(_ cells: [String], _ names: Set<String>) -> Int? { cells.firstIndex { names.contains(FoldedText.words($0)) } }
        func isHeader(_ cells: [String]) -> Bool {
            column(cells, Self.decisionColumns) != nil && column(cells, Self.itemColumns) != nil && column(cells, Self.deviceColumns) != nil
        }
        let file: GMAOFile
        do {
            file = try GMAOFile(data, isHeader: isHeader)
        } catch {
            throw GMAOProblem(
                "ce n’est pas un rapprochement à relire\u{00A0}: il y faut les colonnes «\u{00A0}décision\u{00A0}», «\u{00A0}clé GMAO\u{00A0}» et «\u{00A0}dispositif\u{00A0}» que laennec reconcile -o écrit",
                "this is not a reconciliation to read back: it needs the columns \"decision\", \"GMAO key\" and \"device\" that laennec reconcile -o writes")
        }
        guard let decision = column(file.header, Self.decisionColumns), let item = column(file.header, Self.itemColumns),
            let device = column(file.header, Self.deviceColumns)
        else { throw GMAOProblem("ce n’est pas un rapprochement à relire", "this is not a reconciliation to read back") }
        var rows: [Row] = []
        for line in file.lines {
            func cell(_ index: Int) -> String { index < line.cells.count ? Self.bare(line.cells[index]) : "" }
            let text = cell(decision)
            guard !text.isEmpty else { continue }
            rows.append(Row(number: line.number, item: cell(item), device: cell(device), choice: Self.choice(text), text: text))
        }
        for line in file.badLines where line.reason == .quotes { rows.append(Row(number: line.number, item: "", device: "", choice: nil, text: "")) }
        self.rows = rows
    }

    /// Without the apostrophe that keeps a spreadsheet from taking a cell for a formula.
    private static func bare(_ cell: String) -> String {
        let scalars = cell.unicodeScalars
        guard scalars.first == "'", let second = scalars.dropFirst().first, "=+-@|%".unicodeScalars.contains(second) else { return cell }
        return String(scalars.dropFirst())
    }

    private static func choice(_ text: String) -> Choice? {
        let words = FoldedText.words(text)
        if ["accepter", "accepte", "accept", "accepted", "oui", "yes", "ok", "x"].contains(words) { return .accept }
        if ["ignorer", "ignore", "ignored", "non", "no"].contains(words) { return .ignore }
        for prefix in ["meme que", "identique a", "same as", "="] {
            let folded = text.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil)
            guard folded.hasPrefix(prefix) else { continue }
            let name = text.dropFirst(prefix.count).trimmingCharacters(in: .whitespaces)
            return name.isEmpty ? nil : .sameAs(name)
        }
        return nil
    }
}
