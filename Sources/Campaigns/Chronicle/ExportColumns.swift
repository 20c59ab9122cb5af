public import Rules

/// The columns of an export that can be edited and read back, in both languages: what is written is what is read.
public enum ExportColumn: String, CaseIterable, Sendable {
    /// Of both tables.
    case id, revision
    /// Of findings.
    case acceptedUntil, reason, riskOwner, assignedTo, due

    public var title: Text {
        switch self {
        case .id: Text(french: "identifiant", english: "id")
        case .revision: Text(french: "révision", english: "revision")
        case .acceptedUntil: Text(french: "accepté jusqu'au", english: "accepted until")
        case .reason: Text(french: "motif", english: "reason")
        case .riskOwner: Text(french: "responsable du risque", english: "risk owner")
        case .assignedTo: Text(french: "attribué à", english: "assigned to")
        case .due: Text(french: "pour le", english: "due")
        }
    }

    /// Goes before the name of a label: devices have labels of any name.
    public static let labelPrefix = Text(french: "étiquette : ", english: "label: ")

    public static func title(ofLabel key: String) -> Text {
        Text(
            french: Self.labelPrefix.french + Label.title(of: key, .french), english: Self.labelPrefix.english + Label.title(of: key, .english))
    }
}

/// How cells are kept from being taken for formulas by a spreadsheet, and read back.
public enum SpreadsheetText {
    /// What a spreadsheet would take for a formula is shown as text: names come from the wire. The last four are the full-width signs,
    /// which some take as well.
    public static func isFormula(_ text: some StringProtocol) -> Bool {
        text.unicodeScalars.first.map { "=+-@\t\r\n|%\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars.contains($0) } ?? false
    }

    public static func harmless(_ text: String) -> String { Self.isFormula(text) ? "'" + text : text }

    /// What a cell means for somebody who saw it: the value that was exported where it was left alone.
    static func value(of cell: String, exported: String) -> String {
        let value = Label.value(cell)
        if value == Label.value(Self.harmless(exported)) { return exported }
        return value.hasPrefix("'") && Self.isFormula(value.dropFirst()) ? String(value.dropFirst()) : value
    }
}
