public import Observations

/// A language of the texts.
public enum Language: String, CaseIterable, Hashable, Sendable {
    case french = "fr"
    case english = "en"
}

/// A text in the languages of the program.
public struct Text: Hashable, Sendable {
    public var french: String
    public var english: String

    public init(french: String, english: String) {
        self.french = french
        self.english = english
    }

    public subscript(language: Language) -> String {
        switch language {
        case .french: self.french
        case .english: self.english
        }
    }
}

/// The closed lists from which signatures take their values: `Signatures/vocabulary/`.
public struct Vocabulary: Sendable {
    /// A class of devices.
    public struct DeviceClass: Hashable, Sendable {
        /// Whether it is a medical device or the software of one.
        public let isMedical: Bool
        public let title: Text
        /// The code of the European Medical Device Nomenclature (EMDN, version 2) that fits the class, such as `Z110306`; of the
        /// group where the class is wider than one code.
        public let emdn: String?
        /// The term of that code as the nomenclature has it, in English capitals.
        public let emdnTerm: String?
    }
    /// A program or a library.
    public struct Software: Hashable, Sendable {
        public enum Kind: String, Hashable, Sendable {
            /// What is inside a product and says nothing of who made the product.
            case toolkit
            case program
        }
        public let kind: Kind
        public let maker: String
    }
    /// What proves a claim, and how much it can prove on its own.
    public struct EvidenceKind: Hashable, Sendable {
        public let id: String
        /// The most confidence that evidence of this kind alone can give, in percent.
        public let ceiling: Int
        /// The most different values of one thing that such evidence may give about one asset. Above it the asset passes on what
        /// others say, and none of it counts.
        public let spread: Int
        public let title: Text
    }

    public internal(set) var deviceClasses: [String: DeviceClass] = [:]
    public internal(set) var roles: [String: Text] = [:]
    public internal(set) var software: [String: Software] = [:]
    /// The parent of each operating system, empty where it has none: a Debian is a Linux.
    public internal(set) var operatingSystems: [String: String] = [:]
    public internal(set) var vendors: Set<String> = []
    /// What a measure, rule or technique of a framework is about, by framework and id.
    public internal(set) var frameworks: [Framework: [String: Text]] = [:]
    public internal(set) var evidence: [Attribute: EvidenceKind] = [:]
    /// Names under which vendors appear, in lower case.
    var vendorAliases: [String: String] = [:]

    /// The vendor of the list that a name of the wire means, else the name as it came.
    public func vendor(named name: String) -> String { self.vendorAliases[Self.folded(name)] ?? name }

    /// What an operating system is a kind of, the nearest first.
    func ancestors(ofOperatingSystem name: String) -> [String] {
        var ancestors: [String] = []
        var name = name
        while let parent = self.operatingSystems[name], !parent.isEmpty, !ancestors.contains(parent) {
            ancestors.append(parent)
            name = parent
        }
        return ancestors
    }

    /// Names are compared without letter case, punctuation and the legal form of a company.
    static func folded(_ name: String) -> String {
        let words = name.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber })
        let short = words.prefix { !Self.legalForms.contains(String($0)) }
        return (short.isEmpty ? words[...] : short).joined(separator: " ")
    }
    private static let legalForms: Set<String> = [
        "inc", "ltd", "llc", "gmbh", "ag", "sa", "sas", "bv", "nv", "corp", "corporation", "co", "kg", "spa", "ab", "oy", "plc",
    ]
}

/// A text that a finding can be mapped to.
public enum Framework: String, CaseIterable, Hashable, Sendable {
    case care, pgssis = "pgssi-s", hygiene, recyf, clausier, attack
    /// ANSSI, "La cybersécurité des systèmes industriels, mesures détaillées".
    case industrial = "indus"
    /// ANSSI, "Recommandations relatives à l'administration sécurisée des systèmes d'information".
    case administration = "admin"

    public var title: String {
        switch self {
        case .care: "CaRE"
        case .pgssis: "PGSSI-S"
        case .hygiene: "ANSSI, guide d’hygiène,"
        case .recyf: "ReCyF"
        case .clausier: "Clausier Sécurité Santé"
        case .attack: "MITRE ATT&CK"
        case .industrial: "ANSSI, systèmes industriels,"
        case .administration: "ANSSI, administration sécurisée,"
        }
    }
}

/// How much a finding matters. Ordered: information < minor < moderate < major < critical.
public enum Severity: String, CaseIterable, Hashable, Comparable, Sendable {
    case information, minor, moderate, major, critical

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    public var title: Text {
        switch self {
        case .information: Text(french: "information", english: "information")
        case .minor: Text(french: "mineur", english: "minor")
        case .moderate: Text(french: "modéré", english: "moderate")
        case .major: Text(french: "majeur", english: "major")
        case .critical: Text(french: "critique", english: "critical")
        }
    }
}

/// How far a signature or a rule has come.
public enum Maturity: String, CaseIterable, Hashable, Sendable {
    /// Seen on real traffic, or written in the maker's own documents or source.
    case stable
    /// From a good source, not yet seen by us.
    case incubating
    /// An idea to be proved.
    case sandbox
}

// MARK: - Reading

extension Vocabulary {
    /// Adds the rows of one of the lists.
    mutating func add(_ table: Table, named name: String, file: String, problems: inout [SignatureProblem]) {
        guard let list = List(rawValue: name) else {
            problems.append(
                SignatureProblem(file: file, line: 0, message: "unknown list; known: \(List.allCases.map { $0.rawValue + ".tsv" }.joined(separator: ", "))"))
            return
        }
        let allColumns = list.columns + list.optionalColumns
        guard table.columns == list.columns || table.columns == allColumns else {
            var message = "the columns must be: \(list.columns.joined(separator: " "))"
            if !list.optionalColumns.isEmpty { message += ", and may be followed by: \(list.optionalColumns.joined(separator: " "))" }
            problems.append(SignatureProblem(file: file, line: 1, message: message))
            return
        }
        var copy = self
        var found: [SignatureProblem] = []
        table.forEachRow { line, row in
            guard row.count == table.columns.count else {
                found.append(SignatureProblem(file: file, line: line, message: "\(row.count) columns where \(table.columns.count) must be"))
                return
            }
            let cells = row + Array(repeating: "", count: allColumns.count - row.count)
            if let message = copy.add(cells, to: list) { found.append(SignatureProblem(file: file, line: line, message: message)) }
        }
        self = copy
        problems += found
    }

    enum List: String, CaseIterable {
        case vendors, deviceClasses = "device-classes", roles, software, operatingSystems = "operating-systems", frameworks, evidence

        var columns: [String] {
            switch self {
            case .vendors: ["name", "aliases"]
            case .deviceClasses: ["id", "medical", "french", "english"]
            case .roles: ["id", "french", "english"]
            case .software: ["name", "kind", "maker"]
            case .operatingSystems: ["name", "parent"]
            case .frameworks: ["framework", "id", "french", "english"]
            case .evidence: ["id", "ceiling", "spread", "fields", "french", "english"]
            }
        }

        /// Columns that a list may have after the others, all or none of them.
        var optionalColumns: [String] {
            switch self {
            case .deviceClasses: ["emdn", "emdn-term"]
            case .vendors, .roles, .software, .operatingSystems, .frameworks, .evidence: []
            }
        }
    }

    /// Letters and digits as EMDN codes have them: a category of one letter, then digits.
    private static func isNomenclatureCode(_ code: String) -> Bool {
        guard let first = code.utf8.first, first &- 0x41 < 26, code.utf8.count <= 15 else { return false }
        return code.utf8.dropFirst().allSatisfy { $0 &- 0x30 < 10 }
    }

    /// - Returns: what is wrong with the row.
    private mutating func add(_ cells: [String], to list: List) -> String? {
        let first = cells[0]
        guard !first.isEmpty else { return "the first column is empty" }
        switch list {
        case .vendors:
            guard self.vendors.insert(first).inserted else { return "\"\(first)\" stands twice" }
            for alias in [first] + cells[1].split(separator: "|").map(String.init) {
                let folded = Self.folded(alias)
                if let other = self.vendorAliases[folded], other != first { return "\"\(alias)\" already means \"\(other)\"" }
                self.vendorAliases[folded] = first
            }
        case .deviceClasses:
            guard ["yes", "no"].contains(cells[1]) else { return "column medical must be yes or no" }
            guard self.deviceClasses[first] == nil else { return "\"\(first)\" stands twice" }
            guard cells[4].isEmpty == cells[5].isEmpty, cells[4].isEmpty || Self.isNomenclatureCode(cells[4]) else {
                return "columns emdn and emdn-term hold a code of the nomenclature and its term, or nothing"
            }
            self.deviceClasses[first] = DeviceClass(
                isMedical: cells[1] == "yes", title: Text(written: cells[2], english: cells[3]), emdn: cells[4].isEmpty ? nil : cells[4],
                emdnTerm: cells[5].isEmpty ? nil : cells[5])
        case .roles:
            guard self.roles.updateValue(Text(written: cells[1], english: cells[2]), forKey: first) == nil else { return "\"\(first)\" stands twice" }
        case .software:
            guard let kind = Software.Kind(rawValue: cells[1]) else { return "column kind must be program or toolkit" }
            guard self.software[first] == nil else { return "\"\(first)\" stands twice" }
            self.software[first] = Software(kind: kind, maker: cells[2])
        case .operatingSystems:
            guard self.operatingSystems.updateValue(cells[1], forKey: first) == nil else { return "\"\(first)\" stands twice" }
        case .frameworks:
            guard let framework = Framework(rawValue: first) else {
                return "unknown framework \"\(first)\"; known: \(Framework.allCases.map(\.rawValue).joined(separator: ", "))"
            }
            self.frameworks[framework, default: [:]][cells[1]] = Text(written: cells[2], english: cells[3])
        case .evidence:
            guard let ceiling = Int(cells[1]), 0...100 ~= ceiling, let spread = Int(cells[2]), spread > 0 else {
                return "ceiling must be 0 to 100, and spread at least 1"
            }
            let kind = EvidenceKind(id: first, ceiling: ceiling, spread: spread, title: Text(written: cells[4], english: cells[5]))
            for name in cells[3].split(separator: " ") {
                guard let attribute = Attribute(name: String(name)) else { return "unknown field \"\(name)\"" }
                guard self.evidence.updateValue(kind, forKey: attribute) == nil else { return "\"\(name)\" stands twice" }
            }
        }
        return nil
    }
}
