public import Observations
public import Rules
public import Wire

/// What changed from one campaign to a later one.
///
/// A campaign by listening sees what spoke while it listened. What the second one did not see is therefore said with why: its part of
/// the network was not seen at all, or the device, or the service; only what was seen again without its weakness counts as fixed.
public struct Comparison: Sendable {
    /// One of the two campaigns, by what tells them apart.
    public struct Side: Hashable, Sendable {
        /// ``Campaign/id``.
        public let id: String
        public let site: String?
        public let period: ClosedRange<Timestamp>?
        public let inputs: [Campaign.Input]
        public let tool: String
        public let signatures: String
        public let devices: Int
        public let services: Int
        public let findings: Int

        public init(
            id: String, site: String?, period: ClosedRange<Timestamp>?, inputs: [Campaign.Input], tool: String, signatures: String, devices: Int, services: Int,
            findings: Int
        ) {
            self.id = id
            self.site = site
            self.period = period
            self.inputs = inputs
            self.tool = tool
            self.signatures = signatures
            self.devices = devices
            self.services = services
            self.findings = findings
        }

        public init(_ campaign: Campaign) {
            self.init(
                id: campaign.id, site: campaign.site, period: campaign.period, inputs: campaign.inputs, tool: campaign.tool, signatures: campaign.signatures,
                devices: campaign.devices.count, services: campaign.services.count, findings: campaign.findings.count)
        }
    }

    /// How far apart the campaigns are, from the beginning of the one to the beginning of the other.
    public struct Interval: Hashable, Sendable {
        /// The days within which two audits of exposure are compared in the programme CaRE (objective D1.O2.B: at least 45 and at most 60).
        /// A comparison inside this window attains no objective: the audits accepted there look from the Internet.
        public static let window = 45...60

        /// Whole days.
        public let days: Int

        public init(days: Int) { self.days = days }

        public var isInWindow: Bool { Self.window.contains(self.days) }
    }

    /// What a reader has to know before the differences.
    public enum Note: String, Hashable, Sendable {
        /// Both are made of the same captures.
        case sameCampaign = "same-campaign"
        /// The site files name two establishments.
        case differentSites = "different-sites"
        /// The second one began before the first.
        case reversed
        /// The second one began before the first had ended.
        case overlapping
        /// A campaign without a frame has no period.
        case noPeriod = "no-period"
        /// Another version of the program, or other signatures: a difference may be one of the tool.
        case otherTool = "other-tool"
        /// The same addresses stand in zones of other names: the site file changed, or only one of the two had one.
        case otherZones = "other-zones"
        /// The report that it stands in concludes otherwise what it compares: the comparison was kept with a result, and signatures or the
        /// site file are others now.
        case otherConclusions = "other-conclusions"
    }

    /// A part of the network of which one campaign saw no device.
    public struct Segment: Hashable, Sendable {
        public let zone: String
        /// Devices that the other campaign saw in it.
        public let devices: Int
        public let isMissingAfter: Bool

        public init(zone: String, devices: Int, isMissingAfter: Bool) {
            self.zone = zone
            self.devices = devices
            self.isMissingAfter = isMissingAfter
        }
    }

    /// A device that only one campaign saw.
    public struct Presence: Sendable {
        public let device: Campaign.DeviceSummary
        /// Whether the other campaign saw anything of the part of the network that it stands in.
        public let isSegmentSeen: Bool
        /// The device of the other campaign that it may be, by id.
        public let proposals: [String]

        public init(device: Campaign.DeviceSummary, isSegmentSeen: Bool, proposals: [String]) {
            self.device = device
            self.isSegmentSeen = isSegmentSeen
            self.proposals = proposals
        }
    }

    /// What can change of a device.
    public enum Field: String, CaseIterable, Hashable, Comparable, Sendable {
        case addresses, zone, gateway, name, titles, deviceClass = "class", maker, model, version, serial, udi, operatingSystem = "operating_system", macs

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
        public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
    }

    public struct Change: Hashable, Sendable {
        public let field: Field
        /// Empty where the campaign did not show it: then nothing changed of the device, but of what is known of it.
        public let old: String
        public let new: String

        public init(field: Field, old: String, new: String) {
            self.field = field
            self.old = old
            self.new = new
        }

        /// Whether both campaigns showed it.
        public var isChange: Bool { !self.old.isEmpty && !self.new.isEmpty }
    }

    /// A device that both campaigns saw, and what is different.
    public struct DeviceChange: Sendable {
        public let match: DeviceMatching.Match
        /// As the second campaign has it.
        public let device: Campaign.DeviceSummary
        /// Sorted by field.
        public let changes: [Change]

        public init(match: DeviceMatching.Match, device: Campaign.DeviceSummary, changes: [Change]) {
            self.match = match
            self.device = device
            self.changes = changes
        }

        /// Whether it has other addresses, or stands behind another gateway.
        public var isMoved: Bool { self.changes.contains { $0.isChange && ($0.field == .addresses || $0.field == .gateway) } }
        /// Whether anything else of it changed.
        public var isChanged: Bool { self.changes.contains { $0.isChange && $0.field != .addresses && $0.field != .gateway && $0.field != .zone } }
    }

    /// What tells the services of a device apart: its addresses may change.
    public struct Port: Hashable, Comparable, Sendable {
        public let number: UInt16
        public let transport: Transport

        public init(_ number: UInt16, _ transport: Transport) {
            self.number = number
            self.transport = transport
        }

        init(_ key: ServiceKey) { self.init(key.port, key.transport) }

        public static func < (left: Self, right: Self) -> Bool { left.number == right.number ? left.transport < right.transport : left.number < right.number }
    }

    /// A service as one campaign saw it.
    public struct Service: Hashable, Sendable {
        public let address: IPAddress
        /// Sorted; empty where nothing was recognised.
        public let protocols: [ApplicationProtocol]
        /// The program and its version, where one was seen at work.
        public let product: String?

        public init(address: IPAddress, protocols: [ApplicationProtocol], product: String?) {
            self.address = address
            self.protocols = protocols
            self.product = product
        }

        init(_ service: Campaign.Service) { self.init(address: service.key.host.address, protocols: service.protocols, product: service.product) }
    }

    public struct ServiceChange: Sendable {
        public enum Kind: String, CaseIterable, Hashable, Sendable {
            /// Answers, and did not before.
            case opened
            /// Answered before and was not seen to any more: it is closed, or nobody asked.
            case notSeen = "not_seen"
            /// Another program, version or protocol.
            case changed
        }
        public let kind: Kind
        /// Id in the second campaign.
        public let device: String
        public let port: Port
        public let before: Service?
        public let after: Service?

        public init(kind: Kind, device: String, port: Port, before: Service?, after: Service?) {
            self.kind = kind
            self.device = device
            self.port = port
            self.before = before
            self.after = after
        }
    }

    /// A known device that speaks with somebody it did not speak with.
    public struct NewPeer: Sendable {
        /// Ids in the second campaign.
        public let device: String
        public let peer: String
        /// Whether the other end is not one of the establishment's devices.
        public let isExternal: Bool
        /// Whether the device began it.
        public let isClient: Bool
        /// Whether the other end is itself new.
        public let isPeerNew: Bool
        public let isMedical: Bool
        /// Sorted.
        public let protocols: [ApplicationProtocol]
        /// Where the service stands.
        public let address: IPAddress
        public let port: Port
        /// How many services more they spoke over.
        public let otherServices: Int
        public let firstSeen: Timestamp
        public let evidence: Evidence

        public init(
            device: String, peer: String, isExternal: Bool, isClient: Bool, isPeerNew: Bool, isMedical: Bool, protocols: [ApplicationProtocol], address: IPAddress,
            port: Port, otherServices: Int, firstSeen: Timestamp, evidence: Evidence
        ) {
            self.device = device
            self.peer = peer
            self.isExternal = isExternal
            self.isClient = isClient
            self.isPeerNew = isPeerNew
            self.isMedical = isMedical
            self.protocols = protocols
            self.address = address
            self.port = port
            self.otherServices = otherServices
            self.firstSeen = firstSeen
            self.evidence = evidence
        }

        /// Whether it is there to control from afar, or carries other traffic out of sight.
        public var isRemoteAccess: Bool { self.protocols.contains { $0.isRemoteControl || $0.isTunnel } }
    }

    /// What became of a finding; of its own things those are told that the later campaign which saw it has.
    public struct FindingChange: Sendable {
        public enum State: String, CaseIterable, Hashable, Sendable {
            /// Graver than before, or back after it was fixed.
            case regressed
            case new
            case persisting
            /// The device, and its service where the finding has one, was seen again without it.
            case fixed
            /// Not seen again, and what it is about neither: it could not be checked.
            case unchecked
        }
        /// Why a finding could not be checked, or why a new one may be older than it looks.
        public enum Gap: String, CaseIterable, Hashable, Sendable {
            case segment, device, service
        }
        public let state: State
        /// What one campaign did not see: of the first one for a new finding, of the second for an unchecked one.
        public let gap: Gap?
        /// Whether it was fixed in a campaign before the first of these.
        public let isBack: Bool
        /// ``Finding/id``.
        public let id: String
        public let rule: String
        public let severity: Severity
        /// In the first campaign; `nil` where that did not have it.
        public let severityBefore: Severity?
        public let isAccepted: Bool
        /// The device's id, in the later campaign that saw the finding.
        public let asset: String
        /// Of the service, where it has one.
        public let port: Port?

        public init(
            state: State, gap: Gap?, isBack: Bool, id: String, rule: String, severity: Severity, severityBefore: Severity?, isAccepted: Bool, asset: String, port: Port?
        ) {
            self.state = state
            self.gap = gap
            self.isBack = isBack
            self.id = id
            self.rule = rule
            self.severity = severity
            self.severityBefore = severityBefore
            self.isAccepted = isAccepted
            self.asset = asset
            self.port = port
        }

        /// - Parameters:
        ///   - finding: as the later campaign that saw it has it.
        ///   - before: as the first campaign has it.
        init(_ finding: Finding, _ state: State, before: Finding?, gap: Gap? = nil, isBack: Bool = false) {
            self.init(
                state: state, gap: gap, isBack: isBack, id: finding.id, rule: finding.rule, severity: finding.severity, severityBefore: before?.severity,
                isAccepted: finding.accepted != nil, asset: finding.asset, port: finding.service.map { Port($0) })
        }
    }

    public let before: Side
    public let after: Side
    /// `nil` where one of them has no period.
    public let interval: Interval?
    public var notes: [Note]
    /// Sorted by zone.
    public let segments: [Segment]
    public let matching: DeviceMatching
    /// Sorted by id, medical devices first.
    public let appeared: [Presence]
    public let vanished: [Presence]
    /// Devices of which something is different, medical ones first.
    public let deviceChanges: [DeviceChange]
    /// Of devices that both saw, sorted by device and port.
    public let services: [ServiceChange]
    /// Those on the Internet and remote access first, at most ``peerLimit``.
    public let newPeers: [NewPeer]
    /// How many there are.
    public let newPeerCount: Int
    /// By state, the gravest first.
    public let findings: [FindingChange]
    /// What the devices of either campaign are called, by id; the second campaign's names come first.
    public let labels: [String: String]

    public static let peerLimit = 1000

    public init(
        before: Side, after: Side, interval: Interval?, notes: [Note], segments: [Segment], matching: DeviceMatching, appeared: [Presence], vanished: [Presence],
        deviceChanges: [DeviceChange], services: [ServiceChange], newPeers: [NewPeer], newPeerCount: Int, findings: [FindingChange], labels: [String: String]
    ) {
        self.before = before
        self.after = after
        self.interval = interval
        self.notes = notes
        self.segments = segments
        self.matching = matching
        self.appeared = appeared
        self.vanished = vanished
        self.deviceChanges = deviceChanges
        self.services = services
        self.newPeers = newPeers
        self.newPeerCount = newPeerCount
        self.findings = findings
        self.labels = labels
    }

    /// - Parameter fixedBefore: ids of findings that an earlier campaign had seen fixed.
    public init(before: Campaign, after: Campaign, fixedBefore: Set<String> = []) {
        let matching = DeviceMatching(before.devices, after.devices)
        let coverage = (before: Coverage(before), after: Coverage(after))
        self.before = Side(before)
        self.after = Side(after)
        self.matching = matching
        self.interval = Self.interval(before, after)
        self.segments = coverage.before.segments(missingIn: coverage.after, isMissingAfter: true) + coverage.after.segments(missingIn: coverage.before, isMissingAfter: false)
        let both = matching.matches.compactMap { match in
            before.device(match.before).flatMap { old in after.device(match.after).map { (match: match, old: old, new: $0) } }
        }
        let changes = both.map { DeviceChange(match: $0.match, device: Campaign.DeviceSummary($0.new), changes: Self.changes($0.old, $0.new)) }
        self.deviceChanges = changes.filter { !$0.changes.isEmpty }.sorted { Self.isBefore($0.device, $1.device) }
        self.notes = Self.notes(before, after, changes)
        let proposed = (before: Dictionary(grouping: matching.proposals, by: \.before), after: Dictionary(grouping: matching.proposals, by: \.after))
        self.appeared = after.devices.filter { matching.match(ofAfter: $0.id) == nil }.map { device in
            Presence(
                device: Campaign.DeviceSummary(device), isSegmentSeen: coverage.before.sees(device), proposals: (proposed.after[device.id] ?? []).map(\.before))
        }.sorted { Self.isBefore($0.device, $1.device) }
        self.vanished = before.devices.filter { matching.match(ofBefore: $0.id) == nil }.map { device in
            Presence(
                device: Campaign.DeviceSummary(device), isSegmentSeen: coverage.after.sees(device), proposals: (proposed.before[device.id] ?? []).map(\.after))
        }.sorted { Self.isBefore($0.device, $1.device) }
        self.services = Self.services(before, after, matching)
        let peers = Self.newPeers(before, after, matching)
        self.newPeerCount = peers.count
        self.newPeers = Array(peers.prefix(Self.peerLimit))
        self.findings = Self.findings(before, after, matching, coverage, fixedBefore)
        self.labels = Dictionary((after.devices + before.devices).map { ($0.id, $0.label) }, uniquingKeysWith: { first, _ in first })
    }

    /// `10.1.2.3 (CT-1)`; for an address of the Internet, the address.
    public func label(of device: String) -> String { self.labels[device] ?? (device.hasPrefix("ip-") ? String(device.dropFirst(3)) : device) }

    public func count(_ state: FindingChange.State) -> Int { self.findings.reduce(0) { $1.state == state ? $0 &+ 1 : $0 } }
    public func findings(_ state: FindingChange.State) -> [FindingChange] { self.findings.filter { $0.state == state } }
    public var moved: [DeviceChange] { self.deviceChanges.filter(\.isMoved) }
    public var changed: [DeviceChange] { self.deviceChanges.filter(\.isChanged) }

    // MARK: Time

    private static func interval(_ before: Campaign, _ after: Campaign) -> Interval? {
        guard let first = before.period?.lowerBound, let second = after.period?.lowerBound else { return nil }
        let seconds = (second.since(first) / 1_000_000_000).magnitude
        return Interval(days: Int(clamping: seconds / 86400))
    }

    private static func notes(_ before: Campaign, _ after: Campaign, _ changes: [DeviceChange]) -> [Note] {
        var notes: [Note] = []
        if before.id == after.id { notes.append(.sameCampaign) }
        if let first = before.site, let second = after.site, FoldedText.words(first) != FoldedText.words(second) { notes.append(.differentSites) }
        if let first = before.period, let second = after.period {
            if second.lowerBound < first.lowerBound {
                notes.append(.reversed)
            } else if before.id != after.id, second.lowerBound <= first.upperBound {
                notes.append(.overlapping)
            }
        } else {
            notes.append(.noPeriod)
        }
        if before.tool != after.tool || before.signatures != after.signatures { notes.append(.otherTool) }
        if changes.contains(where: { change in change.changes.contains { $0.field == .zone } && !change.isMoved }) { notes.append(.otherZones) }
        return notes
    }

    // MARK: Devices

    /// Medical devices first, then by id.
    private static func isBefore(_ left: Campaign.DeviceSummary, _ right: Campaign.DeviceSummary) -> Bool {
        left.isMedical == right.isMedical ? left.id < right.id : left.isMedical
    }

    private static func changes(_ old: Campaign.Device, _ new: Campaign.Device) -> [Change] {
        var changes: [Change] = []
        func compare(_ field: Field, _ old: String?, _ new: String?, isSame: (String, String) -> Bool = { FoldedText.compact($0) == FoldedText.compact($1) }) {
            let (old, new) = (old ?? "", new ?? "")
            if old != new, old.isEmpty || new.isEmpty || !isSame(old, new) { changes.append(Change(field: field, old: old, new: new)) }
        }
        let places = (Self.places(old), Self.places(new))
        if places.0.isDisjoint(with: places.1), !places.0.isEmpty || !places.1.isEmpty {
            compare(.addresses, Self.list(old.addresses), Self.list(new.addresses)) { _, _ in false }
        }
        compare(.zone, old.zone, new.zone) { $0 == $1 }
        compare(.gateway, old.gateway, new.gateway) { $0 == $1 }
        let names = (Set(old.names.flatMap(FoldedText.keys)), Set(new.names.flatMap(FoldedText.keys)))
        if names.0.isDisjoint(with: names.1) { compare(.name, old.names.first, new.names.first) }
        if Set(old.titles).isDisjoint(with: new.titles) { compare(.titles, old.titles.joined(separator: ", "), new.titles.joined(separator: ", ")) { $0 == $1 } }
        compare(.deviceClass, old.deviceClass, new.deviceClass)
        compare(.maker, old.maker, new.maker)
        compare(.model, old.model, new.model)
        // Of a version every character counts.
        compare(.version, old.version, new.version) { $0 == $1 }
        compare(.serial, old.serial, new.serial) { FoldedText.serial($0) == FoldedText.serial($1) }
        compare(.udi, old.udi, new.udi)
        compare(.operatingSystem, old.operatingSystem, new.operatingSystem)
        if Set(old.macs).isDisjoint(with: new.macs) {
            compare(.macs, old.macs.map(\.description).joined(separator: ", "), new.macs.map(\.description).joined(separator: ", ")) { $0 == $1 }
        }
        return changes
    }

    /// Addresses that say where a device is: of IPv6 the network, as the rest changes by itself (RFC 8981).
    private static func places(_ device: Campaign.Device) -> Set<IPAddress> {
        let lasting = device.addresses.filter { !$0.isLinkLocal }
        let v4 = lasting.filter(\.isV4)
        return Set(v4.isEmpty ? lasting.map { IPAddress(high: $0.high, low: 0) } : v4)
    }

    private static func list(_ addresses: [IPAddress]) -> String { addresses.prefix(4).map(\.description).joined(separator: ", ") }

    /// What a campaign saw of the network.
    private struct Coverage {
        private var zones: [String: Int] = [:]
        private var networks: Set<IPAddress> = []
        private var devices: [Campaign.Device] = []

        init(_ campaign: Campaign) {
            self.devices = campaign.devices
            for device in campaign.devices {
                if !device.zone.isEmpty { self.zones[device.zone, default: 0] &+= 1 }
                for address in device.addresses { self.networks.insert(Self.network(of: address)) }
            }
        }

        /// The subnet that an address most likely is in: /24, /64.
        private static func network(of address: IPAddress) -> IPAddress {
            address.isV4 ? IPAddress(v4: address.v4 & 0xFFFF_FF00) : IPAddress(high: address.high, low: 0)
        }

        /// Whether anything was seen of where a device stands: its zone, or the subnet of one of its addresses.
        func sees(_ device: Campaign.Device) -> Bool {
            if self.zones[device.zone] != nil { return true }
            // Behind a gateway and without a zone there is nothing to ask for.
            if device.addresses.isEmpty, device.zone.isEmpty { return true }
            return device.addresses.contains { self.networks.contains(Self.network(of: $0)) }
        }

        func segments(missingIn other: Coverage, isMissingAfter: Bool) -> [Segment] {
            var counts: [String: Int] = [:]
            for device in self.devices where !other.sees(device) { counts[device.zone, default: 0] &+= 1 }
            return counts.map { Segment(zone: $0, devices: $1, isMissingAfter: isMissingAfter) }.sorted { $0.zone < $1.zone }
        }
    }

    // MARK: Services

    /// One service per port: addresses of a device may change.
    private static func ports(_ services: [Campaign.Service], _ name: (String) -> String?) -> [String: [Port: Campaign.Service]] {
        var ports: [String: [Port: Campaign.Service]] = [:]
        for service in services {
            guard let device = name(service.device) else { continue }
            ports[device, default: [:]][Port(service.key)].merge(service)
        }
        return ports
    }

    private static func services(_ before: Campaign, _ after: Campaign, _ matching: DeviceMatching) -> [ServiceChange] {
        let old = Self.ports(before.services) { matching.match(ofBefore: $0)?.after }
        let new = Self.ports(after.services) { matching.match(ofAfter: $0)?.after }
        var changes: [ServiceChange] = []
        for device in Set(old.keys).union(new.keys).sorted() {
            let (old, new) = (old[device] ?? [:], new[device] ?? [:])
            for port in Set(old.keys).union(new.keys).sorted() {
                switch (old[port], new[port]) {
                case (nil, let service?): changes.append(ServiceChange(kind: .opened, device: device, port: port, before: nil, after: Service(service)))
                case (let service?, nil): changes.append(ServiceChange(kind: .notSeen, device: device, port: port, before: Service(service), after: nil))
                case (let first?, let second?):
                    let hasOtherProduct = first.product != nil && second.product != nil && first.product != second.product
                    let hasOtherProtocols = !first.protocols.isEmpty && !second.protocols.isEmpty && first.protocols != second.protocols
                    guard hasOtherProduct || hasOtherProtocols else { continue }
                    changes.append(ServiceChange(kind: .changed, device: device, port: port, before: Service(first), after: Service(second)))
                case (nil, nil): break
                }
            }
        }
        return changes
    }

    // MARK: Peers

    private struct Link: Hashable {
        let client: String
        let server: String
    }

    private static func newPeers(_ before: Campaign, _ after: Campaign, _ matching: DeviceMatching) -> [NewPeer] {
        // Ids of the second campaign; what only the first one saw has none there.
        let known = Set(before.devices.map(\.id))
        func translated(_ id: String) -> String? { known.contains(id) ? matching.match(ofBefore: id)?.after : id }
        var old: Set<Link> = []
        for flow in before.flows {
            guard let client = translated(flow.client), let server = translated(flow.server) else { continue }
            old.insert(Link(client: client, server: server))
            old.insert(Link(client: server, server: client))
        }
        // A flow that nobody answered is an attempt; datagrams need no answer.
        var links: [Link: [Campaign.Flow]] = [:]
        for flow in after.flows where flow.client != flow.server && (flow.answered > 0 || flow.service.transport == .udp) {
            let link = Link(client: flow.client, server: flow.server)
            if !old.contains(link) { links[link, default: []].append(flow) }
        }
        let devices = Dictionary(after.devices.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var peers: [NewPeer] = []
        for (link, flows) in links {
            // Told of the one that both campaigns know; of two such, of the client.
            let isClient = matching.match(ofAfter: link.client) != nil
            let (own, other) = isClient ? (link.client, link.server) : (link.server, link.client)
            guard let device = devices[own], matching.match(ofAfter: own) != nil, let first = flows.min(by: { ($0.firstSeen, $0.service) < ($1.firstSeen, $1.service) })
            else { continue }
            peers.append(
                NewPeer(
                    device: own, peer: other, isExternal: devices[other] == nil, isClient: isClient,
                    isPeerNew: devices[other] != nil && matching.match(ofAfter: other) == nil,
                    isMedical: device.isMedical, protocols: Set(flows.flatMap(\.protocols)).sorted(), address: first.service.host.address, port: Port(first.service),
                    otherServices: Set(flows.map(\.service)).count &- 1, firstSeen: first.firstSeen, evidence: first.evidence))
        }
        return peers.sorted { left, right in
            if left.isExternal != right.isExternal { return left.isExternal }
            if left.isRemoteAccess != right.isRemoteAccess { return left.isRemoteAccess }
            if left.isMedical != right.isMedical { return left.isMedical }
            return (left.device, left.peer, left.isClient ? 0 : 1) < (right.device, right.peer, right.isClient ? 0 : 1)
        }
    }

    // MARK: Findings

    /// What makes a finding of two campaigns the same: rule, device and port.
    private struct Subject: Hashable {
        let rule: String
        let device: String
        let port: Port?
        /// Whether the service is another device's, of which this one is a client.
        let isClient: Bool
    }

    private static func findings(
        _ before: Campaign, _ after: Campaign, _ matching: DeviceMatching, _ coverage: (before: Coverage, after: Coverage), _ fixedBefore: Set<String>
    ) -> [FindingChange] {
        let sides = (before: Sight(before), after: Sight(after))
        var old: [Subject: [Finding]] = [:]
        var changes: [FindingChange] = []
        let known = Set(before.devices.map(\.id))
        for finding in before.findings {
            // A device that only the first campaign saw keeps its id, marked as that campaign's: another device may have the id now.
            let device = matching.match(ofBefore: finding.asset)?.after ?? (known.contains(finding.asset) ? "before " + finding.asset : finding.asset)
            old[sides.before.subject(finding, device), default: []].append(finding)
        }
        // The last comes off first.
        for subject in old.keys { old[subject]?.reverse() }
        for finding in after.findings {
            guard let previous = old[sides.after.subject(finding, finding.asset)]?.popLast() else {
                let isBack = fixedBefore.contains(finding.id)
                let gap = sides.before.gap(finding, device: matching.match(ofAfter: finding.asset)?.before, in: coverage.before, after.device(finding.asset))
                changes.append(FindingChange(finding, isBack ? .regressed : .new, before: nil, gap: isBack ? nil : gap, isBack: isBack))
                continue
            }
            changes.append(FindingChange(finding, finding.severity > previous.severity ? .regressed : .persisting, before: previous))
        }
        for finding in old.values.joined() {
            let gap = sides.after.gap(finding, device: matching.match(ofBefore: finding.asset)?.after, in: coverage.after, before.device(finding.asset))
            changes.append(FindingChange(finding, gap == nil ? .fixed : .unchecked, before: finding, gap: gap))
        }
        let order = Dictionary(FindingChange.State.allCases.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        func isBefore(_ left: FindingChange, _ right: FindingChange) -> Bool {
            if left.state != right.state { return (order[left.state] ?? 0) < (order[right.state] ?? 0) }
            if left.severity != right.severity { return left.severity > right.severity }
            return (left.rule, left.asset, left.id) < (right.rule, right.asset, right.id)
        }
        return changes.sorted(by: isBefore)
    }

    /// What a campaign saw of devices and services: what a finding of another campaign can be checked against.
    private struct Sight {
        private var own: [String: Set<Port>] = [:]
        private var used: [String: Set<Port>] = [:]

        init(_ campaign: Campaign) {
            for service in campaign.services { self.own[service.device, default: []].insert(Port(service.key)) }
            for flow in campaign.flows { self.used[flow.client, default: []].insert(Port(flow.service)) }
            self.addresses = Dictionary(campaign.devices.map { ($0.id, Set($0.addresses)) }, uniquingKeysWith: { first, _ in first })
        }
        private let addresses: [String: Set<IPAddress>]

        func subject(_ finding: Finding, _ device: String) -> Subject {
            Subject(rule: finding.rule, device: device, port: finding.service.map(Port.init), isClient: self.isClient(finding))
        }

        private func isClient(_ finding: Finding) -> Bool {
            finding.service.map { self.addresses[finding.asset]?.contains($0.host.address) == false } ?? false
        }

        /// What this campaign did not see of what another campaign's finding is about.
        /// - Parameters:
        ///   - device: the finding's device as this campaign names it.
        ///   - original: the device as the other campaign has it.
        func gap(_ finding: Finding, device: String?, in coverage: Coverage, _ original: Campaign.Device?) -> FindingChange.Gap? {
            guard let device else { return original.map { coverage.sees($0) } == false ? .segment : .device }
            guard let service = finding.service else { return nil }
            let isOwn = original?.addresses.contains(service.host.address) ?? true
            return (isOwn ? self.own : self.used)[device]?.contains(Port(service)) == true ? nil : .service
        }
    }
}

extension Campaign.Service? {
    /// The same port at another address of the device: what either shows.
    fileprivate mutating func merge(_ other: Campaign.Service) {
        guard var merged = self else {
            self = other
            return
        }
        merged.protocols = Set(merged.protocols).union(other.protocols).sorted()
        merged.product = merged.product ?? other.product
        merged.clients = max(merged.clients, other.clients)
        merged.firstSeen = min(merged.firstSeen, other.firstSeen)
        merged.lastSeen = max(merged.lastSeen, other.lastSeen)
        self = merged
    }
}

extension Campaign.Device {
    /// `10.1.2.3 (CT-1)`; of what has no address of its own, its name or kind and its id.
    public var label: String {
        let place = self.addresses.first?.description ?? self.macs.first?.description ?? self.id
        guard let name = self.names.first ?? (self.addresses.isEmpty ? self.model ?? self.maker : nil) else { return place }
        return "\(place) (\(name))"
    }
}
