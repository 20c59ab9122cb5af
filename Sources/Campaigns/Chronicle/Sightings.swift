public import Observations
public import Rules
public import Wire

/// What of a campaign decides which devices are the same over time and what became of the findings: little enough to hold all campaigns
/// of an establishment at once.
public struct Sightings: Sendable, Identifiable {
    public struct Device: Hashable, Sendable {
        /// ``Campaign/Device/id``.
        public let id: String
        let numbers: DeviceNumbers

        public init(id: String, macs: [MACAddress] = [], serial: String? = nil, udi: String? = nil, maker: String? = nil) {
            self.id = id
            self.numbers = DeviceNumbers(macs: macs, serial: serial, udi: udi, maker: maker)
        }
    }

    /// A port on which a device answered.
    public struct Port: Hashable, Sendable {
        public var device: String
        public var transport: UInt8
        public var number: UInt16

        public init(device: String, transport: UInt8, number: UInt16) {
            self.device = device
            self.transport = transport
            self.number = number
        }
    }

    public struct Finding: Hashable, Sendable {
        /// ``Rules/Finding/id``.
        public var id: String
        public var rule: String
        public var severity: Severity
        /// In percent.
        public var confidence: Int
        /// ``Campaign/Device/id``.
        public var device: String
        public var service: ServiceKey?
        /// Whether the service is the device's own, not one that it used.
        public var isOwnService: Bool
        public var occurrences: Int
        public var firstSeen: Timestamp
        public var lastSeen: Timestamp
        /// Who accepted it in the site file.
        public var accepted: Acceptance?

        public init(
            id: String, rule: String, severity: Severity, confidence: Int, device: String, service: ServiceKey?, isOwnService: Bool,
            occurrences: Int, firstSeen: Timestamp, lastSeen: Timestamp, accepted: Acceptance? = nil
        ) {
            self.id = id
            self.rule = rule
            self.severity = severity
            self.confidence = confidence
            self.device = device
            self.service = service
            self.isOwnService = isOwnService
            self.occurrences = occurrences
            self.firstSeen = firstSeen
            self.lastSeen = lastSeen
            self.accepted = accepted
        }
    }

    /// ``Campaign/id``.
    public var id: String
    /// The time of its last frame: what puts campaigns in order and what dates are compared with.
    public var moment: Timestamp
    public var devices: [Device]
    public var ports: Set<Port>
    public var findings: [Finding]

    public init(id: String, moment: Timestamp, devices: [Device] = [], ports: Set<Port> = [], findings: [Finding] = []) {
        self.id = id
        self.moment = moment
        self.devices = devices
        self.ports = ports
        self.findings = findings
    }

    public init(_ campaign: Campaign) {
        let ports = Set(campaign.services.map { Port(device: $0.device, transport: $0.key.transport.rawValue, number: $0.key.port) })
        let own = Set(campaign.services.map { OwnService(device: $0.device, key: $0.key) })
        self.init(
            id: campaign.id, moment: campaign.moment,
            devices: campaign.devices.map { Device(id: $0.id, macs: $0.macs, serial: $0.serial, udi: $0.udi, maker: $0.maker) }, ports: ports,
            findings: campaign.findings.map { finding in
                Finding(
                    id: finding.id, rule: finding.rule, severity: finding.severity, confidence: finding.confidence, device: finding.asset,
                    service: finding.service, isOwnService: finding.service.map { own.contains(OwnService(device: finding.asset, key: $0)) } ?? false,
                    occurrences: finding.occurrences, firstSeen: finding.firstSeen, lastSeen: finding.lastSeen,
                    accepted: finding.accepted.map { Acceptance($0) })
            })
    }

    /// For looking up whether a finding's service is of its own device.
    public struct OwnService: Hashable, Sendable {
        let device: String
        let key: ServiceKey

        public init(device: String, key: ServiceKey) {
            self.device = device
            self.key = key
        }
    }
}

extension Campaign {
    /// The time of its last frame.
    public var moment: Timestamp { self.period?.upperBound ?? .distantPast }
}

/// Somebody lives with a finding until a moment.
public struct Acceptance: Hashable, Sendable {
    public var reason: String
    public var owner: String
    /// The first moment at which it holds no longer.
    public var expires: Timestamp
    /// The day as it was given; `nil` where it comes from a site file.
    public var until: Day?
    /// Who wrote it into the inventory, and when.
    public var author: String?
    public var date: Timestamp?

    public init(reason: String, owner: String, expires: Timestamp, until: Day? = nil, author: String? = nil, date: Timestamp? = nil) {
        self.reason = reason
        self.owner = owner
        self.expires = expires
        self.until = until
        self.author = author
        self.date = date
    }

    init(_ risk: Site.AcceptedRisk) { self.init(reason: risk.reason, owner: risk.owner, expires: risk.expires) }
}
