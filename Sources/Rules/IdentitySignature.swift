public import Observations

/// What can be said about who an asset is.
public enum IdentityField: String, CaseIterable, Hashable, Comparable, Sendable {
    case maker
    /// The model as its maker calls it.
    case product
    /// Version of the device's own software.
    case version
    case serial
    /// Unique device identifier (EU 2017/745 annex VI part C, 21 CFR 830), or its device identifier part.
    case udi
    /// A class of `vocabulary/device-classes.tsv`.
    case deviceClass = "class"
    /// A role of `vocabulary/roles.tsv`: what the asset does for others.
    case role
    case operatingSystem = "operating-system"
    /// Version, edition or build of the operating system.
    case operatingSystemVersion = "operating-system-version"
    /// Who made the network interface: a module maker's address says nothing of who made the device around it.
    case interfaceMaker = "interface-maker"
    /// A program or library of `vocabulary/software.tsv`.
    case software
    case softwareVersion = "software-version"

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// Whether an asset has one value of it, so that two that are well proved contradict each other.
    public var isExclusive: Bool {
        switch self {
        case .maker, .product, .serial, .operatingSystem: true
        // A device and its parts each have an identifier of their own.
        case .udi, .version, .deviceClass, .role, .operatingSystemVersion, .interfaceMaker, .software, .softwareVersion: false
        }
    }
    /// Whether many different values show that the asset passes on what others say.
    var isSpreadTold: Bool { self.isExclusive || self == .deviceClass }
}

/// Says who or what an asset is from the value of one field.
public struct IdentitySignature: Sendable, Identifiable {
    /// Never used again for another signature.
    public let id: String
    public let field: Attribute
    public let match: Match
    public let ignoresCase: Bool
    /// What else the asset must show.
    public let also: Condition?
    /// What it asserts: text with the names of captures in braces.
    public let asserts: [IdentityField: String]
    /// In percent; never above the ceiling of its evidence.
    public let confidence: Int
    /// Counts only where no other signature says the same kind of thing from the same observation.
    public let isFallback: Bool
    public let maturity: Maturity
    /// Where the fact can be read.
    public let source: String
    /// Signatures that may match this one's examples too.
    public let overlaps: [String]
    public let examples: Examples
    /// The file below the signature folder.
    public let file: String
    public let line: Int

    public struct Examples: Sendable {
        public struct Positive: Sendable {
            public let value: String
            public let captures: [String: String]
            /// Other observations of the asset, for ``IdentitySignature/also``.
            public let with: [Observation]
            public let line: Int
        }
        public struct Negative: Sendable {
            public let value: String
            public let with: [Observation]
            public let line: Int
        }
        public var positive: [Positive] = []
        public var negative: [Negative] = []
    }

    /// The values that it asserts of a match, or `nil` where a text names a capture that is empty.
    func values(_ captures: [String: String]) -> [IdentityField: String] {
        var values: [IdentityField: String] = [:]
        for (field, template) in self.asserts {
            if let value = Self.fill(template, captures) { values[field] = value }
        }
        return values
    }

    /// `{name}` replaced by its capture; `nil` where there is none.
    static func fill(_ template: String, _ captures: [String: String]) -> String? {
        var output = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else { break }
            output += rest[..<open]
            guard let capture = captures[String(rest[rest.index(after: open)..<close])], !capture.isEmpty else { return nil }
            output += capture
            rest = rest[rest.index(after: close)...]
        }
        output += rest
        return output.isEmpty ? nil : output
    }

    /// The names of captures that a text uses.
    static func names(in template: String) -> [String] {
        var names: [String] = []
        var rest = template[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            names.append(String(rest[rest.index(after: open)..<close]))
            rest = rest[rest.index(after: close)...]
        }
        return names
    }
}
