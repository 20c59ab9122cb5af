import Inventory
public import Observations
public import Rules
public import Wire

/// For the hour of a crisis: what to cut in which order, what each cut touches, and the rules to apply, as a proposal.
public struct CutOffSheet: Sendable {
    /// The kinds of cuts, in the order in which to make them.
    public enum Step: String, CaseIterable, Sendable {
        case publicServices = "public-services"
        case remoteMaintenance = "remote-maintenance"
        case tunnels
        case interSite = "inter-site"
        case deviceEgress = "device-egress"
        case egress

        public var title: Text {
            switch self {
            case .publicServices: Text(french: "Services joignables depuis Internet", english: "Services that the Internet can reach")
            case .remoteMaintenance: Text(french: "Liens de télémaintenance", english: "Links of remote maintenance")
            case .tunnels: Text(french: "Tunnels et réseaux privés", english: "Tunnels and private networks")
            case .interSite: Text(french: "Liaisons inter-sites", english: "Links between sites")
            case .deviceEgress: Text(french: "Sorties Internet des dispositifs médicaux et techniques", english: "Internet access of medical and technical devices")
            case .egress: Text(french: "Autres sorties vers Internet", english: "Other access to the Internet")
            }
        }
    }

    /// One cut.
    public struct Cut: Sendable {
        public let step: Step
        /// Who is at the other end: a maintainer, a tool, a name, or the Internet.
        public let what: String
        /// Addresses or blocks; empty: any address of the Internet.
        public internal(set) var sources: [String]
        public internal(set) var destinations: [String]
        public let transport: Transport
        /// Sorted; empty: all.
        public internal(set) var ports: [UInt16]
        /// ``Asset/id`` of what stops working, sorted.
        public internal(set) var assets: [String]
        /// Care units of the zones of these assets, sorted.
        public internal(set) var careUnits: [String]
        public let vendor: Site.Vendor?
        public internal(set) var evidence: Evidence
    }

    /// In the order of ``Step``, then by what.
    public let cuts: [Cut]
    /// What reaches out and has to stay for care to go on: names and time, and flows to the Internet that the site declares.
    public let kept: [Cut]

    /// The most addresses of one cut; what is beyond is cut by a wider rule.
    static let addressLimit = 64

    init(_ census: Census, _ maintenance: MaintenanceRegister, _ stakes: Stakes, _ site: Site) {
        var builder = Builder(site: site, stakes: stakes)
        let remote = Dictionary(maintenance.entries.map { ($0.maintenance.conversation.key, $0) }, uniquingKeysWith: { first, _ in first })
        for conversation in census.conversations where conversation.tally.answered > 0 {
            builder.add(conversation, remote[conversation.key]?.maintenance)
        }
        self.cuts = builder.cuts.values.map { $0.sorted() }.sorted(by: Self.isBefore)
        self.kept = builder.kept.values.map { $0.sorted() }.sorted(by: Self.isBefore)
    }

    private static func isBefore(_ left: Cut, _ right: Cut) -> Bool {
        let (first, second) = (Step.allCases.firstIndex(of: left.step) ?? 0, Step.allCases.firstIndex(of: right.step) ?? 0)
        if first != second { return first < second }
        if left.what != right.what { return left.what < right.what }
        if left.destinations != right.destinations { return left.destinations.lexicographicallyPrecedes(right.destinations) }
        if left.sources != right.sources { return left.sources.lexicographicallyPrecedes(right.sources) }
        return (left.transport, left.ports.first ?? 0) < (right.transport, right.ports.first ?? 0)
    }

    private struct Builder {
        struct Key: Hashable {
            let step: Step
            let what: String
            let place: String
            let transport: Transport
        }
        let site: Site
        let stakes: Stakes
        var cuts: [Key: Cut] = [:]
        var kept: [Key: Cut] = [:]

        mutating func add(_ conversation: Conversation, _ maintenance: RemoteMaintenance?) {
            let key = conversation.key
            let (client, server) = (key.client.address, key.service.host.address)
            let fromOutside = self.site.networks.isExternal(client)
            let toOutside = self.site.networks.isExternal(server)
            let isTunnel = conversation.protocols.contains(where: \.isTunnel)
            let asset = fromOutside ? conversation.server : conversation.client
            if let maintenance, maintenance.vendor != nil || maintenance.direction != .inside && !isTunnel {
                let who = maintenance.who
                self.note(.remoteMaintenance, who, conversation, maintenance.device, maintenance.vendor, place: who)
            } else if isTunnel, fromOutside != toOutside {
                self.note(.tunnels, conversation.protocols.first(where: \.isTunnel)?.rawValue ?? "", conversation, asset, nil, place: "\(asset)")
            } else if fromOutside, !toOutside {
                self.note(
                    .publicServices, conversation.protocols.first?.rawValue ?? key.service.transport.name, conversation, asset, nil, place: "\(server) \(key.service.port)")
            } else if toOutside, !fromOutside {
                if self.isKept(conversation) {
                    self.note(.egress, conversation.protocols.first?.rawValue ?? "", conversation, asset, nil, place: "", isKept: true)
                } else if self.stakes.isSensitive(asset) {
                    self.note(.deviceEgress, "Internet", conversation, asset, nil, place: asset)
                } else {
                    self.note(.egress, "Internet", conversation, asset, nil, place: self.site.zoneName(of: client))
                }
            } else if let from = self.site.zone(of: client), let to = self.site.zone(of: server), (from.kind == .interSite) != (to.kind == .interSite) {
                self.note(.interSite, from.kind == .interSite ? from.name : to.name, conversation, from.kind == .interSite ? conversation.server : conversation.client, nil, place: "")
            }
        }

        /// Names and time, and what the site declares towards the Internet.
        private func isKept(_ conversation: Conversation) -> Bool {
            if conversation.protocols.contains(.dns) || conversation.protocols.contains(.ntp) { return true }
            return self.site.matrix?.contains { $0.to != .anywhere && $0.covers(conversation, self.site) } ?? false
        }

        private mutating func note(
            _ step: Step, _ what: String, _ conversation: Conversation, _ asset: String, _ vendor: Site.Vendor?, place: String, isKept: Bool = false
        ) {
            let service = conversation.key.service
            let key = Key(step: step, what: what, place: place, transport: service.transport)
            var cut =
                (isKept ? self.kept : self.cuts)[key]
                ?? Cut(
                    step: step, what: what, sources: [], destinations: [], transport: service.transport, ports: [], assets: [], careUnits: [], vendor: vendor,
                    evidence: conversation.tally.first)
            // The public side of a service that the Internet reaches, or of access to it, is anybody.
            let isAnySource = step == .publicServices
            let isAnyDestination = !isKept && (step == .egress || step == .deviceEgress)
            if step == .egress, !isKept {
                // The whole zone: what else is in it was only not seen.
                for block in self.site.zone(of: conversation.key.client.address)?.networks.map(\.description) ?? [place] { Self.insert(block, into: &cut.sources) }
            } else if !isAnySource {
                Self.insert(conversation.key.client.address.description, into: &cut.sources)
            }
            if !isAnyDestination {
                Self.insert(service.host.address.description, into: &cut.destinations)
                if service.port != 0, !cut.ports.contains(service.port), cut.ports.count < CutOffSheet.addressLimit { cut.ports.append(service.port) }
            }
            if !cut.assets.contains(asset) { cut.assets.append(asset) }
            for address in [conversation.key.client.address, service.host.address] {
                for unit in self.site.zone(of: address)?.careUnits ?? [] where !cut.careUnits.contains(unit) { cut.careUnits.append(unit) }
            }
            cut.evidence = min(cut.evidence, conversation.tally.first)
            if isKept { self.kept[key] = cut } else { self.cuts[key] = cut }
        }

        private static func insert(_ text: String, into list: inout [String]) {
            if list.count < CutOffSheet.addressLimit, !list.contains(text) { list.append(text) }
        }
    }
}

extension CutOffSheet.Cut {
    fileprivate func sorted() -> Self {
        var sorted = self
        sorted.sources.sort()
        sorted.destinations.sort()
        sorted.ports.sort()
        sorted.assets.sort()
        sorted.careUnits.sort()
        return sorted
    }
}
