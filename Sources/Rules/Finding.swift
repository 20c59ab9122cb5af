public import Observations
public import Wire

/// One weakness of one asset, on one service where it has one.
public struct Finding: Sendable, Identifiable {
    /// The rule's id and a hash of rule, asset and service: the same in every scan that sees the same thing.
    public let id: String
    /// ``ExposureRule/id``.
    public let rule: String
    public let severity: Severity
    /// The position in ``ExposureRule/adjustments`` that set the severity, where circumstances did.
    public let adjustment: Int?
    /// In percent.
    public let confidence: Int
    /// ``Asset/id`` of the asset that has the weakness.
    public let asset: String
    /// The service concerned: the asset's own, or, for a finding about a client, the first that it used on that port.
    public let service: ServiceKey?
    /// ``Asset/id`` of the other ends, sorted, at most ``peerLimit``.
    public let peers: [String]
    /// How many other ends there are.
    public let peerCount: Int
    /// What proves it, the earliest first, at most ``evidenceLimit``.
    public let evidence: [Observation]
    /// How many conversations show it; 1 for a finding about a host.
    public let occurrences: Int
    public let firstSeen: Timestamp
    public let lastSeen: Timestamp
    /// Shows the packets concerned in Wireshark.
    public let displayFilter: String
    /// Who decided to live with it, where the site says so and the time it was decided for is not over.
    public var accepted: Site.AcceptedRisk?

    public init(
        id: String, rule: String, severity: Severity, adjustment: Int? = nil, confidence: Int, asset: String, service: ServiceKey?, peers: [String] = [],
        peerCount: Int = 0, evidence: [Observation] = [], occurrences: Int, firstSeen: Timestamp, lastSeen: Timestamp, displayFilter: String,
        accepted: Site.AcceptedRisk? = nil
    ) {
        self.id = id
        self.rule = rule
        self.severity = severity
        self.adjustment = adjustment
        self.confidence = confidence
        self.asset = asset
        self.service = service
        self.peers = peers
        self.peerCount = peerCount
        self.evidence = evidence
        self.occurrences = occurrences
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.displayFilter = displayFilter
        self.accepted = accepted
    }

    public static let peerLimit = 32
    public static let evidenceLimit = 8

    static func id(rule: String, asset: String, transport: UInt8, port: UInt16) -> String {
        var hash = StableHash()
        for part in [rule, asset, String(transport), String(port)] { hash.add(part) }
        return "\(rule)-\(hash.hexadecimal)"
    }

    /// The gravest first, then by rule, asset and service.
    public static func sorted(_ findings: [Finding]) -> [Finding] {
        // Their positions are put in order, and each is moved once: there may be a hundred thousand of them.
        findings.indices.sorted { Self.isBefore(findings[$0], findings[$1]) }.map { findings[$0] }
    }

    private static func isBefore(_ left: Finding, _ right: Finding) -> Bool {
        if left.severity != right.severity { return left.severity > right.severity }
        if left.rule != right.rule { return left.rule < right.rule }
        if left.asset != right.asset { return left.asset < right.asset }
        if left.service?.port != right.service?.port { return (left.service?.port ?? 0) < (right.service?.port ?? 0) }
        return left.id < right.id
    }
}
