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
    private static let formulaSigns = Set("=+-@\t\r\n|%\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars)
    /// What separates cells in one language or another: a file that is opened by the rules of another language breaks there, also
    /// inside of quotes.
    private static let separators = Set(",;\t".unicodeScalars)

    /// The text with an apostrophe before every sign that could begin a formula.
    public static func harmless(_ text: String) -> String {
        var harmless = String.UnicodeScalarView()
        var isStart = true
        for scalar in text.unicodeScalars {
            if isStart, self.formulaSigns.contains(scalar) { harmless.append("'") }
            harmless.append(scalar)
            // Spaces and quotes before a sign do not keep it from being the first.
            isStart = self.separators.contains(scalar) || isStart && (scalar == " " || scalar == "\"")
        }
        return String(harmless)
    }

    /// The text without those apostrophes.
    static func plain(_ text: String) -> String {
        var plain = String.UnicodeScalarView()
        var isStart = true
        var held = false
        for scalar in text.unicodeScalars {
            if held, !self.formulaSigns.contains(scalar) { plain.append("'") }
            held = isStart && !held && scalar == "'"
            if held { continue }
            plain.append(scalar)
            isStart = self.separators.contains(scalar) || isStart && (scalar == " " || scalar == "\"")
        }
        if held { plain.append("'") }
        return String(plain)
    }

    /// What a cell means for somebody who saw it: the value that was exported where it was left alone.
    static func value(of cell: String, exported: String) -> String {
        let value = Label.value(cell)
        return value == Label.value(Self.harmless(exported)) ? exported : Self.plain(value)
    }
}
