public import Observations
public import Wire

/// What an establishment says of itself: its networks and zones, who maintains what from afar and when, which flows it declared,
/// and which risks it accepted. Without a site file the answers are those of ``standard``, and reports say what a file would add.
public struct Site: Sendable {
    /// A part of the network with one purpose.
    public struct Zone: Hashable, Sendable {
        public let name: String
        public let kind: ZoneKind
        public let networks: [AddressBlock]
        /// The care units that depend on it.
        public let careUnits: [String]
    }

    /// Where remote maintenance has to pass: a bastion, a VPN concentrator.
    public struct Gateway: Hashable, Sendable {
        public let name: String
        public let addresses: [AddressBlock]
    }

    /// Who maintains devices from afar.
    public struct Vendor: Hashable, Sendable {
        public let name: String
        /// From where its operators come (clause O-12.2.5.3 of the Clausier Sécurité Santé: the supplier states them).
        public let addresses: [AddressBlock]
        /// Its own host names and those below them, in small letters.
        public let domains: [String]
        /// The devices that it maintains, by address; empty: not stated.
        public let devices: [AddressBlock]
        public let contract: String?
        /// Whom to call, for the cut-off sheet.
        public let contact: String?
        /// When it may work; empty: not stated.
        public let windows: [TimeWindow]
    }

    /// What may be reached from the Internet, as declared to those who audit it from outside.
    public struct PublishedService: Hashable, Sendable {
        public let name: String
        public let addresses: AddressBlock
        /// Empty: every service of the addresses.
        public let ports: [Port]
    }

    public struct Port: Hashable, Sendable {
        /// `nil`: any transport.
        public let transport: Transport?
        public let number: UInt16
    }

    /// A finding that somebody decided to live with.
    public struct AcceptedRisk: Hashable, Sendable {
        /// ``ExposureRule/id``.
        public let rule: String
        /// Empty: everywhere.
        public let targets: [AddressBlock]
        public let reason: String
        public let owner: String
        /// The last day on which it is accepted; the day ends at midnight of the site's own time.
        public let expires: Timestamp

        public init(rule: String, targets: [AddressBlock], reason: String, owner: String, expires: Timestamp) {
            self.rule = rule
            self.targets = targets
            self.reason = reason
            self.owner = owner
            self.expires = expires
        }
    }

    /// The site file as it was written: what a result carries, so that it can be reported again.
    public struct Source: Hashable, Sendable {
        /// The file's own name, without its folder.
        public let name: String
        public let text: String
        /// The flow matrix beside it.
        public var matrixName: String?
        public var matrix: String?

        public init(name: String, text: String, matrixName: String? = nil, matrix: String? = nil) {
            self.name = name
            self.text = text
            self.matrixName = matrixName
            self.matrix = matrix
        }
    }

    /// `nil` without a site file.
    public var source: Source?
    public var name: String?
    /// FINESS of the legal entity (EJ) and of the place (EG).
    public var legalFINESS: String?
    public var geographicFINESS: String?
    /// The territorial hospital group (GHT).
    public var group: String?
    public var timeZone: SiteTimeZone
    public var networks: InternalNetworks
    /// The first zone that holds an address is the address's.
    public var zones: [Zone]
    public var gateways: [Gateway]
    public var vendors: [Vendor]
    /// Seconds after which a session of remote maintenance is too long; `nil`: no limit was set.
    public var sessionLimit: Int64?
    /// `nil`: no matrix was declared.
    public var matrix: [DeclaredFlow]?
    /// `nil`: no perimeter was declared.
    public var perimeter: [PublishedService]?
    public var acceptedRisks: [AcceptedRisk]
    /// Whether a site file was given.
    public var isDeclared: Bool

    /// Private addresses are inside, and nothing more is known.
    public static let standard = Site()

    init() {
        self.timeZone = .standard
        self.networks = .standard
        self.zones = []
        self.gateways = []
        self.vendors = []
        self.acceptedRisks = []
        self.isDeclared = false
    }
}

/// What a zone is for.
public enum ZoneKind: String, CaseIterable, Hashable, Sendable {
    case imaging, laboratory
    case intensiveCare = "intensive-care"
    case theatre, pharmacy
    case careUnit = "care-unit"
    case building, office, administration, servers, backup, dmz, wifi, guests, voice
    case remoteMaintenance = "remote-maintenance"
    case interSite = "inter-site"
    case other

    /// The name in French site files.
    public var frenchName: String {
        switch self {
        case .imaging: "imagerie"
        case .laboratory: "laboratoire"
        case .intensiveCare: "reanimation"
        case .theatre: "bloc"
        case .pharmacy: "pharmacie"
        case .careUnit: "soins"
        case .building: "gtb"
        case .office: "bureautique"
        case .administration: "administration"
        case .servers: "serveurs"
        case .backup: "sauvegarde"
        case .dmz: "dmz"
        case .wifi: "wifi"
        case .guests: "invites"
        case .voice: "telephonie"
        case .remoteMaintenance: "telemaintenance"
        case .interSite: "inter-sites"
        case .other: "autre"
        }
    }

    public var title: Text {
        switch self {
        case .imaging: Text(french: "imagerie", english: "imaging")
        case .laboratory: Text(french: "laboratoire", english: "laboratory")
        case .intensiveCare: Text(french: "réanimation", english: "intensive care")
        case .theatre: Text(french: "bloc opératoire", english: "operating theatre")
        case .pharmacy: Text(french: "pharmacie", english: "pharmacy")
        case .careUnit: Text(french: "unités de soins", english: "care units")
        case .building: Text(french: "gestion technique du bâtiment", english: "building management")
        case .office: Text(french: "bureautique", english: "office")
        case .administration: Text(french: "administration", english: "administration")
        case .servers: Text(french: "serveurs", english: "servers")
        case .backup: Text(french: "sauvegarde", english: "backup")
        case .dmz: Text(french: "zone démilitarisée", english: "demilitarised zone")
        case .wifi: Text(french: "Wi-Fi", english: "Wi-Fi")
        case .guests: Text(french: "invités", english: "guests")
        case .voice: Text(french: "téléphonie", english: "telephony")
        case .remoteMaintenance: Text(french: "télémaintenance", english: "remote maintenance")
        case .interSite: Text(french: "liaisons inter-sites", english: "links between sites")
        case .other: Text(french: "autre", english: "other")
        }
    }

    /// Whether patients are treated or diagnosed with what is there: a technical platform or a care unit.
    public var isClinical: Bool {
        switch self {
        case .imaging, .laboratory, .intensiveCare, .theatre, .pharmacy, .careUnit: true
        default: false
        }
    }

    /// By its name in English or French, accents and letter case aside.
    init?(name: String) {
        let plain = SiteText.folded(name)
        guard let kind = Self.allCases.first(where: { $0.rawValue == plain || $0.frenchName == plain }) else { return nil }
        self = kind
    }
}

// MARK: - Questions

extension Site {
    /// The zone of an address; `nil` where none was declared for it.
    public func zone(of address: IPAddress) -> Zone? {
        self.zones.first { zone in zone.networks.contains { $0.contains(address) } }
    }

    public func zone(named name: String) -> Zone? {
        let plain = SiteText.folded(name)
        return self.zones.first { SiteText.folded($0.name) == plain }
    }

    public func gateway(at address: IPAddress) -> Gateway? {
        self.gateways.first { gateway in gateway.addresses.contains { $0.contains(address) } }
    }

    /// Who comes from an address, or owns one of the names that the address was found under.
    public func vendor(at address: IPAddress, names: [String] = []) -> Vendor? {
        if let vendor = self.vendors.first(where: { vendor in vendor.addresses.contains { $0.contains(address) } }) { return vendor }
        guard !names.isEmpty else { return nil }
        return self.vendors.first { vendor in
            vendor.domains.contains { domain in names.contains { $0.lowercased() == domain || $0.lowercased().hasSuffix("." + domain) } }
        }
    }

    /// Whether a service may be reached from the Internet; `nil` where no perimeter was declared.
    public func isPublished(_ service: ServiceKey) -> Bool? {
        self.perimeter.map { perimeter in
            perimeter.contains { published in
                published.addresses.contains(service.host.address)
                    && (published.ports.isEmpty || published.ports.contains { $0.matches(service.transport, service.port) })
            }
        }
    }

    /// Who accepted a finding, as long as it holds.
    /// - Parameter moment: the capture's time, never the machine's.
    public func acceptance(of rule: String, at address: IPAddress?, moment: Timestamp) -> AcceptedRisk? {
        self.acceptedRisks.first { risk in
            guard risk.rule == rule, moment < risk.expires else { return false }
            return risk.targets.isEmpty || address.map { address in risk.targets.contains { $0.contains(address) } } ?? false
        }
    }

    /// The name of the zone that an address counts as: the declared one, `Internet`, or its subnet.
    public func zoneName(of address: IPAddress) -> String {
        if let zone = self.zone(of: address) { return zone.name }
        if self.networks.isExternal(address) { return "Internet" }
        // Without a declaration, the usual sizes of a segment (RFC 4291 section 2.5.4 for IPv6).
        return AddressBlock(address, bits: address.isV4 ? 24 : 64).description
    }
}

extension Site.Port {
    public func matches(_ transport: Transport, _ number: UInt16) -> Bool {
        self.number == number && (self.transport.map { $0 == transport } ?? true)
    }
}
