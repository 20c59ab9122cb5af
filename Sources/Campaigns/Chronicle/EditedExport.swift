import Foundation
public import Rules
import SwiftCSV
public import Wire

/// An export of the inventory that somebody edited in a spreadsheet: the table of devices with their labels, or that of findings with what
/// was decided on them. It is known by its columns, in either language and with any separator.
public struct EditedExport: Sendable {
    /// Why a file cannot be read as one.
    public enum Problem: Error, Hashable, Sendable {
        /// Not a table, or without the columns `id` and `revision`.
        case notAnExport
        /// With nothing in it that could be read back.
        case nothingEditable
        case tooLarge
    }

    /// What becomes of it, line by line.
    public struct Outcome: Sendable {
        /// What to add to the log, in the order of the lines.
        public var decisions: [Decision] = []
        /// Ids that the inventory does not have.
        public var unknown: [String] = []
        /// Ids on which somebody decided since the export: the line differs from the inventory and was left out.
        public var conflicts: [String] = []
        /// Lines that cannot be applied, with the reason.
        public var mistakes: [(line: Int, text: Text)] = []
        public var unchanged = 0

        public init() {}
    }

    private enum Subject { case devices, findings }

    private let subject: Subject
    private let isFrench: Bool
    private let columns: [Column: Int]
    private let labels: [(key: String, column: Int)]
    private let rows: [[String]]

    private typealias Column = ExportColumn

    /// The most octets of a file, and the most lines.
    public static let sizeLimit = 256 << 20
    private static let rowLimit = 1_000_000

    /// - Parameter bytes: UTF-8 with or without a byte order mark, or Windows-1252, as some spreadsheets save.
    public init(_ bytes: some Collection<UInt8>) throws(Problem) {
        guard bytes.count <= Self.sizeLimit else { throw .tooLarge }
        let data = Data(bytes)
        guard var text = String(data: data, encoding: .utf8) ?? String(data: data, encoding: .windowsCP1252) else { throw .notAnExport }
        if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
        let firstLine = text.prefix { !$0.isNewline }
        let separator = [";", ",", "\t"].max { left, right in firstLine.count { String($0) == left } < firstLine.count { String($0) == right } } ?? ","
        let delimiter: CSVDelimiter = separator == ";" ? .semicolon : separator == "\t" ? .tab : .comma
        let csv: CSV<Enumerated>
        do { csv = try CSV<Enumerated>(string: text, delimiter: delimiter, loadColumns: false) } catch { throw .notAnExport }
        guard csv.rows.count <= Self.rowLimit else { throw .tooLarge }
        var columns: [Column: Int] = [:]
        var labels: [(String, Int)] = []
        let titles = csv.header.map { Label.value($0).lowercased() }
        for (position, title) in titles.enumerated() {
            if let column = Column.allCases.first(where: { $0.title.french == title || $0.title.english == title }) {
                if columns[column] == nil { columns[column] = position }
                continue
            }
            // A spreadsheet may change the kind of space before the colon.
            let parts = title.split(separator: ":", maxSplits: 1).map { String($0).trimmedSpaces }
            guard parts.count == 2, parts[0] == "étiquette" || parts[0] == "label", let key = Label.key(parts[1]) else { continue }
            if !labels.contains(where: { $0.0 == key }) { labels.append((key, position)) }
        }
        guard columns[.id] != nil, columns[.revision] != nil else { throw .notAnExport }
        let editable: [Column] = [.acceptedUntil, .reason, .riskOwner, .assignedTo, .due]
        if labels.isEmpty {
            guard editable.contains(where: { columns[$0] != nil }) else { throw .nothingEditable }
            self.subject = .findings
        } else {
            self.subject = .devices
        }
        self.isFrench = titles.contains(Column.id.title.french)
        self.columns = columns
        self.labels = labels
        self.rows = csv.rows
    }

    /// What the edited table asks for.
    ///
    /// A column or line that is missing asks for nothing: nothing is lost by taking it away. A cell that was emptied takes its value away. Where
    /// somebody decided on a device or finding since the export, as the column `revision` shows, a line that differs is a conflict and the
    /// inventory stays as it is.
    /// - Parameters:
    ///   - date: of the machine's clock.
    ///   - author: who edited it.
    public func outcome(in chronicle: Chronicle, date: Timestamp, author: String?) -> Outcome {
        var outcome = Outcome()
        var done: Set<String> = []
        for (position, row) in self.rows.enumerated() {
            // The header is the first line.
            let line = position &+ 2
            guard row.contains(where: { !$0.allSatisfy(\.isWhitespace) }) else { continue }
            let id = SpreadsheetText.value(of: self.cell(.id, row) ?? "", exported: "")
            let acts: [Decision.Act]
            let subject: String
            let revision: Int64
            switch self.subject {
            case .devices:
                guard let asset = chronicle.asset(id) else {
                    outcome.unknown.append(id)
                    continue
                }
                (subject, revision) = (asset.id, asset.revision)
                acts = self.labels(asset, row)
            case .findings:
                guard let finding = chronicle.finding(id) else {
                    outcome.unknown.append(id)
                    continue
                }
                (subject, revision) = (finding.id, finding.revision)
                do throws(Mistake) { acts = try self.decisions(finding, row) } catch {
                    outcome.mistakes.append((line, error.text))
                    continue
                }
            }
            guard done.insert(subject).inserted else {
                outcome.mistakes.append(
                    (line, Text(french: "\(id) est déjà dans une ligne précédente", english: "\(id) is in an earlier line already")))
                continue
            }
            if acts.isEmpty {
                outcome.unchanged &+= 1
            } else if Int64(Label.value(self.cell(.revision, row) ?? "")) != revision {
                outcome.conflicts.append(id)
            } else {
                outcome.decisions += acts.map { Decision(date: date, author: author, subject: subject, act: $0) }
            }
        }
        return outcome
    }

    private func cell(_ column: Column, _ row: [String]) -> String? {
        guard let position = self.columns[column], position < row.count else { return nil }
        return row[position]
    }

    private func labels(_ asset: Chronicle.Asset, _ row: [String]) -> [Decision.Act] {
        self.labels.compactMap { key, column in
            guard column < row.count else { return nil }
            let known = asset.labels[key] ?? ""
            let value = SpreadsheetText.value(of: row[column], exported: known)
            return value == known ? nil : .label(key: key, value: value)
        }
    }

    private struct Mistake: Error { let text: Text }

    /// The value that the line has for a column, and the known one where the column is missing.
    private func value(_ column: Column, _ row: [String], known: String) -> String {
        self.cell(column, row).map { SpreadsheetText.value(of: $0, exported: known) } ?? known
    }

    private func day(_ column: Column, _ row: [String], known: Day?) throws(Mistake) -> Day? {
        let text = self.value(column, row, known: known?.description ?? "")
        guard !text.isEmpty else { return nil }
        guard let day = Day(text, isDayFirst: self.isFrench) else {
            throw Mistake(
                text: Text(
                    french: "«\u{00A0}\(text)\u{00A0}» n’est pas une date\u{00A0}: elle s’écrit 2026-12-31 ou 31/12/2026", english: "\"\(text)\" is not a date: it is written 2026-12-31"))
        }
        return day
    }

    private func decisions(_ finding: Chronicle.Finding, _ row: [String]) throws(Mistake) -> [Decision.Act] {
        var acts: [Decision.Act] = []
        // What a site file accepts is not edited here.
        let known = finding.acceptance?.until == nil ? nil : finding.acceptance
        let until = try self.day(.acceptedUntil, row, known: known?.until)
        let reason = self.value(.reason, row, known: known?.reason ?? "")
        let owner = self.value(.riskOwner, row, known: known?.owner ?? "")
        if let until {
            guard !reason.isEmpty else {
                throw Mistake(text: Text(french: "une acceptation demande un motif", english: "an acceptance needs a reason"))
            }
            if until != known?.until || reason != known?.reason || owner != known?.owner { acts.append(.accept(until: until, reason: reason, owner: owner)) }
        } else if known != nil {
            acts.append(.reopen)
        } else if !reason.isEmpty || !owner.isEmpty {
            throw Mistake(text: Text(french: "une acceptation demande une date", english: "an acceptance needs a date"))
        }
        let name = self.value(.assignedTo, row, known: finding.assignment?.to ?? "")
        let due = try self.day(.due, row, known: finding.assignment?.due)
        if name.isEmpty, due != nil, due != finding.assignment?.due {
            throw Mistake(text: Text(french: "une échéance demande à qui le constat est attribué", english: "a due date needs somebody whom the finding is assigned to"))
        }
        if name != finding.assignment?.to ?? "" || (!name.isEmpty && due != finding.assignment?.due) {
            acts.append(.assign(to: name, due: name.isEmpty ? nil : due))
        }
        return acts
    }
}
