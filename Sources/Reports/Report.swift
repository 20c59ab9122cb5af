public import Campaigns
public import Inventory
public import Observations
public import Rules
public import Wire

/// Everything that a scan has to say, before it is put into words or a format: the one model behind every renderer.
public struct Report: Sendable {
    /// One input as it was read.
    public struct Input: Sendable {
        /// The file's own name, without its folder.
        public var name: String
        /// SHA-256 as hexadecimal digits; `nil` for what cannot be read twice, such as standard input.
        public var sha256: String?
        /// In octets; `nil` where ``sha256`` is, or where it is not known any more.
        public var size: UInt64?
        public var format: String
        /// The number of its first frame, counted over all inputs.
        public var firstFrame: UInt64
        public var frames: UInt64
        public var filteredOut: UInt64
        public var firstTime: Timestamp?
        public var lastTime: Timestamp?
        /// What a reader has to know about it: a torn end, frames that the capturing side lost, and so on.
        public var notices: [Rules.Text]
        /// Why nothing of it could be read.
        public var failure: Rules.Text?

        public init(
            name: String, sha256: String?, size: UInt64? = nil, format: String, firstFrame: UInt64, frames: UInt64, filteredOut: UInt64, firstTime: Timestamp?,
            lastTime: Timestamp?, notices: [Rules.Text], failure: Rules.Text?
        ) {
            // Names of files and interfaces are other people's: no escape sequence in them reaches a terminal.
            self.name = PrintableText.make(name)
            self.sha256 = sha256
            self.size = size
            self.format = format
            self.firstFrame = firstFrame
            self.frames = frames
            self.filteredOut = filteredOut
            self.firstTime = firstTime.map(Self.written)
            self.lastTime = lastTime.map(Self.written)
            self.notices = notices.map(Self.printable)
            self.failure = failure.map(Self.printable)
        }

        /// To the microsecond, as results have it: a report says the same of a capture and of its result.
        private static func written(_ time: Timestamp) -> Timestamp { Timestamp(nanoseconds: time.nanoseconds &- time.nanoseconds % 1000) }

        private static func printable(_ text: Rules.Text) -> Rules.Text {
            Rules.Text(french: PrintableText.make(text.french, limit: 1024), english: PrintableText.make(text.english, limit: 1024))
        }
    }

    /// An asset with who it is.
    public struct Device: Sendable, Identifiable {
        /// ``Inventory/Asset/id``.
        public var id: String { self.asset.id }
        public let asset: Asset
        public let identity: Identity
        /// What it is called, the best name first.
        public let names: [String]
        /// Public advisories that may concern it.
        public let advisories: [PotentialAdvisory]

        public init(asset: Asset, identity: Identity, advisories: [PotentialAdvisory] = []) {
            self.asset = asset
            self.identity = identity
            self.advisories = advisories
            self.names = asset.names
        }
    }

    public static let toolVersion = "0.1.0"

    /// One scan: what was read as one stream.
    public struct Scan: Sendable {
        public var id: ScanID
        /// In the order of their frames.
        public var inputs: [Input]
        public var coverage: Coverage

        public init(id: ScanID, inputs: [Input], coverage: Coverage) {
            self.id = id
            self.inputs = inputs
            self.coverage = coverage
        }
    }

    /// In the order of their first frames; several where results were merged.
    public var scans: [Scan]
    /// The facts that everything below is concluded from.
    public var inventory: Inventory
    /// Names the exact signatures that were used.
    public var signatures: String
    /// Sorted by id.
    public var devices: [Device]
    public var conversations: [Conversation]
    /// Scans that recorded the same packets, which count once.
    public var copies: [ScanCopy]
    /// Who exchanges what for the care of patients.
    public var exchanges: ClinicalExchanges
    /// What the establishment says of itself.
    public var site: Site
    public var exposure: ExposureRegister
    public var maintenance: MaintenanceRegister
    public var matrix: FlowMatrix
    public var cutOff: CutOffSheet
    public var dependencies: DependencyMap
    /// The gravest first.
    public var findings: [Finding]
    /// What changed since an earlier campaign, where one was given.
    public var comparison: Comparison?
    /// ``PseudonymKey/mark`` of the key by which names were replaced by pseudonyms; `nil`: the names are those of the wire.
    public var pseudonyms: String?
    /// Texts of rules and names of classes.
    public let texts: SignatureSet

    /// - Parameters:
    ///   - site: what the establishment says of itself.
    ///   - place: looks a public address up in a database of the user's.
    public init(
        scans: [Scan], inventory: Inventory, signatures: SignatureSet, site: Site = .standard, place: @Sendable (IPAddress) -> Place? = { _ in nil }
    ) {
        let census = inventory.census(site.networks)
        let identities = Identifier(signatures).identities(in: census)
        let stakes = Stakes(census, identities)
        let ways = RemoteMaintenance.find(in: census, stakes, site, signatures)
        self.scans = scans.sorted { ($0.firstTime, $0.id) < ($1.firstTime, $1.id) }
        self.inventory = inventory
        self.signatures = signatures.fingerprint
        self.site = site
        self.conversations = census.conversations
        self.copies = census.copies
        self.texts = signatures
        (self.findings, (self.exposure, self.maintenance, self.matrix, self.cutOff, self.dependencies, self.exchanges, self.devices)) = concurrently {
            Finder(signatures).findings(in: census, identities: identities, stakes: stakes, site: site, maintenance: ways)
        } _: {
            let maintenance = MaintenanceRegister(ways, site, place: place)
            return (
                ExposureRegister(census, site, ways, place: place), maintenance, FlowMatrix(census, site), CutOffSheet(census, maintenance, stakes, site),
                DependencyMap(census, identities, site, signatures), ClinicalExchanges(census), Self.devices(census, identities, signatures)
            )
        }
    }

    private static func devices(_ census: Census, _ identities: [String: Identity], _ signatures: SignatureSet) -> [Device] {
        let matcher = AdvisoryMatcher(signatures)
        return census.assets.map { asset in
            let identity = identities[asset.id] ?? Identity(asset: asset.id, conclusions: [], software: [], passedOn: [], isMedical: false)
            // What is not the establishment's own is not its to patch.
            return Device(asset: asset, identity: identity, advisories: asset.position == .external ? [] : matcher.advisories(for: identity))
        }
    }

    /// The report of one scan.
    public init(
        inputs: [Input], inventory: Inventory, coverage: Coverage, signatures: SignatureSet, site: Site = .standard,
        place: @Sendable (IPAddress) -> Place? = { _ in nil }
    ) {
        let scan = Scan(id: inventory.scans.min() ?? .current, inputs: inputs, coverage: coverage)
        self.init(scans: [scan], inventory: inventory, signatures: signatures, site: site, place: place)
    }

    /// Of all scans.
    public var inputs: [Input] { self.scans.flatMap(\.inputs) }
    /// Of all scans together.
    public var coverage: Coverage { Coverage(adding: self.scans.map(\.coverage)) }

    /// From the first frame of an input to the last of any.
    public var period: ClosedRange<Timestamp>? {
        guard let first = self.inputs.compactMap(\.firstTime).min(), let last = self.inputs.compactMap(\.lastTime).max(), first <= last else {
            return nil
        }
        return first...last
    }

    /// The device of an asset.
    public func device(_ asset: String) -> Device? {
        // Sorted by id.
        var low = 0
        var high = self.devices.count
        while low < high {
            let middle = (low &+ high) / 2
            if self.devices[middle].asset.id < asset { low = middle &+ 1 } else { high = middle }
        }
        guard low < self.devices.count, self.devices[low].asset.id == asset else { return nil }
        return self.devices[low]
    }

    /// `capture.pcap, frame 12` for a frame counted over all inputs of its scan.
    public func place(of evidence: Evidence) -> (input: Input, frame: UInt64)? {
        let scan = self.scans.first { $0.id == evidence.scan } ?? self.scans.first
        guard let input = scan?.inputs.last(where: { $0.firstFrame <= evidence.frame && $0.frames > 0 }) else { return nil }
        return (input, evidence.frame &- input.firstFrame &+ 1)
    }
}

extension Report.Scan {
    fileprivate var firstTime: Timestamp { self.inputs.compactMap(\.firstTime).min() ?? .distantFuture }
}

extension Report.Device {
    /// Whether it makes sense to list it among an establishment's devices.
    public var isOwn: Bool { self.asset.position != .external }

    /// Whether it has an address of its own.
    public var hasAddress: Bool { !self.asset.addresses.isEmpty }

    /// The address as text; what has none behind its gateway, by its id.
    public var addressText: String {
        if let address = self.asset.addresses.first { return address.address.description }
        return self.asset.macs.first?.description ?? self.asset.id
    }
}

extension Service {
    /// The protocol that says most about the service: what was spoken inside TLS, if that was seen, before TLS itself.
    public var mainProtocol: ApplicationProtocol? { self.protocols.first { $0 != .tls } ?? self.protocols.first }
    public var isEncrypted: Bool { self.protocols.contains(where: \.isEncrypted) }
}

extension Identity {
    /// Programs seen at work on one service, with their versions.
    public func product(of service: ServiceKey) -> String? {
        for component in self.software {
            for claim in component.claims where claim.observation.subject == .service(service) && claim.field == .software {
                return component.versions.count == 1 ? "\(component.name) \(component.versions[0])" : component.name
            }
        }
        return nil
    }
}
