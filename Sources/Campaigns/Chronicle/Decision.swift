import Observations
public import Rules
public import Wire

/// What a person said of a device or a finding: one line of a log that only grows.
public struct Decision: Hashable, Sendable {
    public enum Act: Hashable, Sendable {
        /// A label of a device; an empty value takes it away.
        case label(key: String, value: String)
        /// To live with a finding until the end of a day.
        case accept(until: Day, reason: String, owner: String)
        /// To accept a finding no longer.
        case reopen
        /// Who deals with a finding and by when; an empty name is nobody.
        case assign(to: String, due: Day?)
    }

    /// The place in the log, from 1; 0 for what is not written yet.
    public var number: Int64
    /// By the machine's clock: of all that is kept, only what people do has its time from there.
    public var date: Timestamp
    /// Who said it, where that was given.
    public var author: String?
    /// ``Campaign/Device/id`` for a label, else ``Rules/Finding/id``.
    public var subject: String
    public var act: Act

    public init(number: Int64 = 0, date: Timestamp, author: String? = nil, subject: String, act: Act) {
        self.number = number
        self.date = date
        self.author = author
        self.subject = subject
        self.act = act
    }
}

/// What people write on a device.
public enum Label: String, CaseIterable, Sendable {
    case name, location
    case careUnit = "care-unit"
    case assetNumber = "asset-number"
    case owner, note

    /// The most characters of a value.
    public static let limit = 1024
    /// The most characters of a key.
    public static let keyLimit = 64

    public var title: Text {
        switch self {
        case .name: Text(french: "nom", english: "name")
        case .location: Text(french: "emplacement", english: "location")
        case .careUnit: Text(french: "unité de soins", english: "care unit")
        case .assetNumber: Text(french: "numéro d’inventaire", english: "asset number")
        case .owner: Text(french: "responsable", english: "owner")
        case .note: Text(french: "note", english: "note")
        }
    }

    /// The key that is kept for what people write: one of the usual ones by its name in either language, else what was written in small
    /// letters. `nil` for what is empty, too long or has an equals sign in it.
    public static func key(_ text: String) -> String? {
        let plain = SiteText.folded(text)
        if let known = Self.allCases.first(where: { $0.rawValue == plain || SiteText.folded($0.title.french) == plain }) { return known.rawValue }
        let key = Self.value(text).lowercased()
        guard !key.isEmpty, key.unicodeScalars.count <= Self.keyLimit, !key.contains("=") else { return nil }
        return key
    }

    /// What a key is called.
    public static func title(of key: String, _ language: Language) -> String { Self(rawValue: key)?.title[language] ?? key }

    /// A value as it is kept: on one line, printable, without spaces around it.
    public static func value(_ text: String) -> String {
        let line = text.replacing("\r\n", with: " ").map { $0.isNewline || $0 == "\t" ? " " : $0 }
        return PrintableText.make(String(line).trimmedSpaces, limit: Self.limit)
    }
}

extension String {
    /// Without white space at both ends.
    var trimmedSpaces: String {
        guard let first = self.firstIndex(where: { !$0.isWhitespace }), let last = self.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(self[first...last])
    }
}
