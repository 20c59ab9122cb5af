public import Observations

/// Who an asset is, as far as the evidence says.
public struct Identity: Sendable {
    /// The asset's id.
    public let asset: String
    /// What was concluded, sorted by field.
    public let conclusions: [Conclusion]
    /// Programs and libraries that were seen at work, the best proved first.
    public let software: [Component]
    /// Claims that do not count, as the asset passes on what others say (see ``Vocabulary/EvidenceKind/spread``).
    public let passedOn: [Claim]
    /// Whether its class is one of medical devices, with at least ``hint``.
    public let isMedical: Bool

    /// The confidence from which on an asset counts as identified, in percent. Above every ceiling of a hardware address.
    public static let threshold = 50
    /// The confidence from which on a class counts as a circumstance of a finding, in percent.
    public static let hint = 35

    public init(asset: String, conclusions: [Conclusion], software: [Component], passedOn: [Claim], isMedical: Bool) {
        self.asset = asset
        self.conclusions = conclusions
        self.software = software
        self.passedOn = passedOn
        self.isMedical = isMedical
    }

    public subscript(field: IdentityField) -> Conclusion? { self.conclusions.first { $0.field == field } }

    /// Fields with two well proved values that cannot both be true.
    public var contradictions: [Conclusion] { self.conclusions.filter(\.isContradicted) }
}

/// The best value of one field, and the others.
public struct Conclusion: Sendable {
    public let field: IdentityField
    /// The best first; at least one. For fields that may have several values all of them hold.
    public let candidates: [Candidate]

    public var value: String { self.candidates.first?.value ?? "" }
    /// In percent.
    public var confidence: Int { self.candidates.first?.confidence ?? 0 }
    /// The next best value.
    public var runnerUp: Candidate? { self.candidates.dropFirst().first }
    /// Whether two values are well proved where an asset can only have one.
    public var isContradicted: Bool {
        guard self.field.isExclusive, let runnerUp else { return false }
        return runnerUp.confidence >= Identity.threshold
    }

    public init(field: IdentityField, candidates: [Candidate]) {
        self.field = field
        self.candidates = candidates
    }
}

/// One value of one field, with what speaks for it.
public struct Candidate: Sendable {
    public let value: String
    /// In percent: independent kinds of evidence add up as 1 − ∏(1 − c), each under its ceiling.
    public let confidence: Int
    /// The strongest first.
    public let claims: [Claim]

    public init(value: String, confidence: Int, claims: [Claim]) {
        self.value = value
        self.confidence = confidence
        self.claims = claims
    }
}

/// One signature that says one thing because of one observation.
public struct Claim: Hashable, Sendable {
    public let field: IdentityField
    public let value: String
    /// In percent.
    public let confidence: Int
    /// ``IdentitySignature/id``.
    public let signature: String
    /// ``Vocabulary/EvidenceKind/id``.
    public let kind: String
    public let observation: Observation

    public init(field: IdentityField, value: String, confidence: Int, signature: String, kind: String, observation: Observation) {
        self.field = field
        self.value = value
        self.confidence = confidence
        self.signature = signature
        self.kind = kind
        self.observation = observation
    }
}

extension Claim {
    /// In percent: within one kind of evidence the strongest claim counts; independent kinds add up.
    static func combined(_ claims: [Claim]) -> Int {
        var strongest: [String: Int] = [:]
        for claim in claims { strongest[claim.kind] = max(strongest[claim.kind] ?? 0, claim.confidence) }
        // In millionths and in a fixed order, so that the result is the same everywhere.
        var doubt = 1_000_000
        for confidence in strongest.sorted(by: { $0.key < $1.key }).map(\.value) { doubt = doubt * (100 - confidence) / 100 }
        return min(99, (1_000_000 - doubt) / 10_000)
    }
}

/// A program or library at work on an asset.
public struct Component: Sendable {
    /// A name of `vocabulary/software.tsv`, or as the wire gave it.
    public let name: String
    public let kind: Vocabulary.Software.Kind
    public let maker: String
    /// Sorted; several where several services differ.
    public let versions: [String]
    /// In percent.
    public let confidence: Int
    public let claims: [Claim]

    public init(name: String, kind: Vocabulary.Software.Kind, maker: String, versions: [String], confidence: Int, claims: [Claim]) {
        self.name = name
        self.kind = kind
        self.maker = maker
        self.versions = versions
        self.confidence = confidence
        self.claims = claims
    }
}
