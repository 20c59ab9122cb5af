public import Observations
public import Wire

extension Inventory {
    /// Puts the facts together: which hosts are one device, what listens where, who talks to whom.
    /// - Parameter networks: which addresses are the establishment's own.
    public func census(_ networks: InternalNetworks = .standard) -> Census {
        var builder = CensusBuilder(self, networks)
        return builder.build()
    }
}

/// Decides which hosts are one asset, and hands every fact to its asset.
///
/// The rules, in order: a hardware address of its own, seen on link and neither a router's nor a virtual one, is an asset. An IP
/// address belongs to the asset whose hardware address it was seen with, for the time it was; one that was seen only behind
/// routers is an asset of its own. The same IP address with two hardware addresses is two assets where times (DHCP) or VLANs
/// (separate networks) keep them apart, and a contradiction where they do not. A device that a message names is an asset behind
/// its gateway; an application that a message names is, when the gateway speaks for more than one.
private struct CensusBuilder: Sendable {
    private let inventory: Inventory
    private let networks: InternalNetworks
    private let copies: ScanCopies
    private var routers: Set<MACAddress> = []
    /// Hardware addresses that hosts announced for themselves (ARP, DHCP), with when.
    private var claims: [HostKey: [MACAddress: Inventory.Span]] = [:]
    /// Which asset an address was, and when.
    private var owners: [Place: [Tenure]] = [:]
    private var assets: [String: Asset] = [:]
    private static let dataPorts: [(Attribute, Transport, ApplicationProtocol)] = [
        (.ftpDataPort, .tcp, .ftpData), (.rshErrorPort, .tcp, .rsh), (.sipMediaPort, .udp, .rtp), (.rtspMediaPort, .udp, .rtp), (.tftpDataPort, .udp, .tftp),
    ]
    private var applications = ApplicationNames()
    /// The analysers in whose names a host sends.
    private var analysersBehind: [HostKey: Set<String>] = [:]
    /// Assets that said an identifier of their own (a serial number, a station name); `nil` where several did.
    private var holders: [String: String?] = [:]

    /// An IP address where it means one host: an overlay, VLANs aside.
    private struct Place: Hashable, Comparable, Sendable {
        let address: IPAddress
        let network: VirtualNetwork

        static func < (left: Self, right: Self) -> Bool { (left.address, left.network) < (right.address, right.network) }
        func hash(into hasher: inout Hasher) {
            hasher.combine(self.address.high ^ self.address.low &* 0x9E37_79B9_7F4A_7C15 ^ self.network.rawValue)
        }
    }

    private struct Tenure: Sendable {
        let asset: String
        var first: Timestamp
        var last: Timestamp
        /// Only on these VLANs, where the same address is another asset on others; empty: on all.
        var networks: Set<VirtualNetwork> = []
    }

    /// One address with one hardware address.
    private struct Binding {
        let mac: MACAddress
        var span: Inventory.Span
        var networks: Set<VirtualNetwork>
        var isClaimed: Bool
    }

    init(_ inventory: Inventory, _ networks: InternalNetworks) {
        self.inventory = inventory
        self.networks = networks
        self.copies = ScanCopies(inventory)
    }

    mutating func build() -> Census {
        self.collectClaims()
        self.findRouters()
        self.makeAssets()
        // Whose an address was is settled: what assets are known for, and who talks to whom, need nothing more of each other.
        let settled = self
        let (known, (conversations, services)) = concurrently {
            var builder = settled
            builder.addObservations()
            return builder
        } _: {
            settled.conversations()
        }
        self = known
        for service in services { self.assets[self.owner(of: service.key.host, at: service.evidence.time)]?.services.append(service) }
        var assets = self.assets.values.map { asset in
            var finished = asset
            finished.addresses.sort {
                $0.address == $1.address && $0.firstSeen == $1.firstSeen
                    ? $0.networks.lexicographicallyPrecedes($1.networks) : ($0.address, $0.firstSeen) < ($1.address, $1.firstSeen)
            }
            finished.macs.sort()
            finished.observations.sort(by: Self.inOrder)
            finished.services.sort { $0.key < $1.key }
            return finished
        }
        assets.sort { $0.id < $1.id }
        return Census(assets: assets, conversations: conversations, copies: self.copies.list)
    }

    private static func inOrder(_ left: Observation, _ right: Observation) -> Bool {
        if left.evidence != right.evidence { return left.evidence < right.evidence }
        if left.attribute != right.attribute { return left.attribute < right.attribute }
        return left.value == right.value ? left.subject < right.subject : left.value < right.value
    }

    // MARK: Hardware addresses

    private mutating func collectClaims() {
        for fact in self.inventory.facts(of: .linkAddress) {
            let span = fact.span
            guard case .host(let host) = fact.subject, case .text(let text) = fact.value, let mac = MACAddress(text), mac.isUnicast else {
                continue
            }
            if self.claims[host]?[mac]?.merge(span) == nil { self.claims[host, default: [:]][mac] = span }
        }
    }

    /// A hardware address is a router's when packets of addresses that it never claimed come from it: of any public IPv4 one, or of
    /// three or more others. An interface has one IPv4 address as a rule, but a public and a local IPv6 prefix are common.
    private mutating func findRouters() {
        var unclaimed: [MACAddress: Set<IPAddress>] = [:]
        var claimed: [MACAddress: Set<IPAddress>] = [:]
        for (host, macs) in self.claims {
            for mac in macs.keys { claimed[mac, default: []].insert(host.address) }
        }
        for (host, record) in self.inventory.hosts {
            for mac in record.macs.keys where claimed[mac]?.contains(host.address) != true {
                // One interface has several IPv6 addresses in one prefix; a router forwards many prefixes.
                let address = host.address.isV4 ? host.address : IPAddress(high: host.address.high, low: 0)
                if host.address.isLinkLocal { continue }
                unclaimed[mac, default: []].insert(address)
            }
        }
        for (mac, addresses) in unclaimed {
            let v4 = addresses.filter(\.isV4)
            let isKnown = claimed[mac] != nil
            // A host on a public network has a public address itself; one address alone is not forwarding.
            let isForeign = v4.contains { self.networks.isExternal($0) } && (v4.count > 1 || isKnown)
            if mac.isVirtualRouter || isForeign || v4.count >= (isKnown ? 2 : 3) || addresses.count &- v4.count >= 3 {
                self.routers.insert(mac)
            }
        }
    }

    // MARK: Assets

    private mutating func makeAssets() {
        var bindings: [Place: [MACAddress: Binding]] = [:]
        var spans: [Place: (span: Inventory.Span, networks: Set<VirtualNetwork>)] = [:]
        func add(_ host: HostKey, _ mac: MACAddress, _ span: Inventory.Span, isClaimed: Bool) {
            let place = Place(address: host.address, network: host.network.withoutVLAN)
            guard var binding = bindings[place]?[mac] else {
                bindings[place, default: [:]][mac] = Binding(mac: mac, span: span, networks: [host.network], isClaimed: isClaimed)
                return
            }
            binding.span.merge(span)
            binding.networks.insert(host.network)
            binding.isClaimed = binding.isClaimed || isClaimed
            bindings[place]?[mac] = binding
        }
        func see(_ host: HostKey, _ span: Inventory.Span) {
            let place = Place(address: host.address, network: host.network.withoutVLAN)
            if var known = spans[place] {
                known.span.merge(span)
                known.networks.insert(host.network)
                spans[place] = known
            } else {
                spans[place] = (span, [host.network])
            }
        }
        for (host, record) in self.inventory.hosts where host.mac == .zero {
            see(host, record.span)
            for (mac, span) in record.macs where !self.routers.contains(mac) && !mac.isVirtualRouter { add(host, mac, span, isClaimed: false) }
        }
        for (host, macs) in self.claims where host.mac == .zero {
            for (mac, span) in macs {
                see(host, span)
                // The address of a virtual router is a role: it exists, but no device's hardware address is known for it.
                if !mac.isVirtualRouter { add(host, mac, span, isClaimed: true) }
            }
        }
        // A server that the capture holds no packet of: what clients went on to send is the proof of its answers.
        for record in self.inventory.conversations where record.key.service.host.mac == .zero && !record.key.service.host.address.isGroup {
            let total = self.copies.total(of: record)
            guard let answer = total.answer else { continue }
            let span = Inventory.Span(first: answer, lastSeen: total.lastSeen)
            if self.inventory.hosts[record.key.service.host] == nil { see(record.key.service.host, span) }
            // And a client of which nothing was captured: over TCP, a server sends what it has to say to nobody but who asked for it.
            if record.key.service.transport == .tcp, total.bytesFromServer > 0, record.key.client.mac == .zero, self.inventory.hosts[record.key.client] == nil {
                see(record.key.client, span)
            }
        }
        for (place, seen) in spans.sorted(by: { $0.key < $1.key }) { self.settle(place, seen.span, seen.networks, bindings[place].map { Array($0.values) } ?? []) }
        self.addLinkHosts()
        for mac in self.routers { self.assets[Self.identifier(mac)]?.isRouter = true }
    }

    /// Decides whose an address was.
    private mutating func settle(_ place: Place, _ span: Inventory.Span, _ networks: Set<VirtualNetwork>, _ candidates: [Binding]) {
        // What the host itself said beats what was seen on its packets.
        let claimed = candidates.filter(\.isClaimed)
        let bindings = (claimed.isEmpty ? candidates : claimed).sorted { ($0.span.first, $0.mac) < ($1.span.first, $1.mac) }
        guard bindings.count > 1 else {
            if let binding = bindings.first {
                self.give(place, span, networks, to: binding.mac)
            } else {
                self.giveToItself(place, span, networks)
            }
            return
        }
        let areDisjointInTime = zip(bindings, bindings.dropFirst()).allSatisfy { $0.span.lastSeen <= $1.span.first.time }
        let everywhere = bindings.reduce(into: Set<VirtualNetwork>()) { $0.formUnion($1.networks) }
        let areDisjointInSpace = everywhere.count == bindings.reduce(0) { $0 &+ $1.networks.count }
        for (index, binding) in bindings.enumerated() {
            if areDisjointInTime {
                // Between two tenants the address belongs to the one that was there last.
                var tenure = binding.span
                if index == 0, span.first < tenure.first { tenure.first = span.first }
                if index == bindings.count &- 1, tenure.lastSeen < span.lastSeen { tenure.lastSeen = span.lastSeen }
                self.give(place, tenure, binding.networks, to: binding.mac)
            } else if areDisjointInSpace {
                self.give(place, binding.span, binding.networks, to: binding.mac, onlyThere: true)
            } else {
                self.give(place, binding.span, binding.networks, to: binding.mac)
                self.assets[Self.identifier(binding.mac)]?.contradictions.append(
                    .sharedAddress(place.address, bindings.map(\.mac).sorted()))
            }
        }
    }

    private mutating func give(
        _ place: Place, _ span: Inventory.Span, _ networks: Set<VirtualNetwork>, to mac: MACAddress, onlyThere: Bool = false
    ) {
        let id = Self.identifier(mac)
        self.extend(id, .onLink, span)
        if self.assets[id]?.macs.contains(mac) == false { self.assets[id]?.macs.append(mac) }
        self.addAddress(id, place, span, networks)
        self.owners[place, default: []].append(
            Tenure(asset: id, first: span.first.time, last: span.lastSeen, networks: onlyThere ? networks : []))
    }

    private mutating func giveToItself(_ place: Place, _ span: Inventory.Span, _ networks: Set<VirtualNetwork>) {
        let id = Self.identifier(place.address, place.network)
        self.extend(id, self.networks.isExternal(place.address) ? .external : .routed, span)
        self.addAddress(id, place, span, networks)
        self.owners[place] = [Tenure(asset: id, first: span.first.time, last: span.lastSeen)]
    }

    /// Hosts that are known by their hardware address alone (a DHCP client before it has an address).
    private mutating func addLinkHosts() {
        for (host, record) in self.inventory.hosts where host.mac.isUnicast && host.address == .none {
            self.addLinkHost(host.mac, record.span)
        }
        for fact in self.inventory.facts {
            guard case .host(let host) = fact.subject, host.mac.isUnicast, host.address == .none else { continue }
            self.addLinkHost(host.mac, fact.span)
        }
    }

    private mutating func addLinkHost(_ mac: MACAddress, _ span: Inventory.Span) {
        let id = Self.identifier(mac)
        self.extend(id, .onLink, span)
        if self.assets[id]?.macs.contains(mac) == false { self.assets[id]?.macs.append(mac) }
    }

    private mutating func extend(_ id: String, _ position: Asset.Position, _ span: Inventory.Span) {
        if self.assets[id]?.extend(span) == nil {
            self.assets[id] = Asset(id: id, position: position, firstSeen: span.first.time, lastSeen: span.lastSeen, evidence: span.first)
        }
    }

    private mutating func addAddress(_ id: String, _ place: Place, _ span: Inventory.Span, _ networks: Set<VirtualNetwork>) {
        self.assets[id]?.addresses.append(
            Asset.Address(address: place.address, networks: networks.sorted(), firstSeen: span.first.time, lastSeen: span.lastSeen))
    }

    static func identifier(_ mac: MACAddress) -> String { "mac-" + mac.description.filter { $0 != ":" } }
    static func identifier(_ address: IPAddress, _ network: VirtualNetwork) -> String {
        let overlay = network.withoutVLAN
        return "ip-" + address.description + (overlay == .none ? "" : "@" + String(overlay.rawValue, radix: 16))
    }

    /// The asset that a host was at a time.
    private func owner(of host: HostKey, at time: Timestamp) -> String {
        if host.address == .none { return Self.identifier(host.mac) }
        let place = Place(address: host.address, network: host.network.withoutVLAN)
        guard let tenures = self.owners[place], let first = tenures.first else { return Self.identifier(host.address, host.network) }
        if tenures.count == 1 { return first.asset }
        let fitting = tenures.filter { $0.networks.isEmpty || $0.networks.contains(host.network) }
        // The last tenant whose time had begun; before the first began, the first.
        return (fitting.last { $0.first <= time } ?? fitting.first ?? first).asset
    }

    // MARK: Facts

    private mutating func addObservations() {
        for index in self.inventory.facts.indices {
            switch self.inventory.facts[index].subject {
            case .device(let device) where device.naming == .application: self.applications.add(self.inventory.facts[index].observation)
            case .device(let device) where device.naming == .analyser: self.analysersBehind[device.gateway, default: []].insert(device.identifier)
            case .service where self.inventory.facts[index].attribute == .hl7SendingApplication:
                self.applications.add(self.inventory.facts[index].observation)
            case .host, .service, .conversation, .device: break
            }
        }
        var applications = self.applications
        applications.settle { self.owner(of: $0, at: $1) }
        self.applications = applications
        self.collectHolders()
        for fact in self.inventory.facts {
            switch fact.subject {
            case .host(let host): self.assets[self.owner(of: host, at: fact.span.first.time)]?.observations.append(fact.observation)
            case .device(let device): self.add(fact.observation, of: device, fact.span)
            case .service, .conversation: break
            }
        }
        for (host, receiver, fact) in self.applications.receivers(in: self.inventory) {
            let device = DeviceKey(behind: host, naming: .application, identifier: receiver)
            let name = Value.text(ApplicationNames.name(receiver))
            self.add(Observation(.device(device), .hl7ReceivingApplication, name, evidence: fact.first, lastSeen: fact.lastSeen), of: device, fact)
        }
    }

    /// Identifiers that hosts say of themselves.
    private mutating func collectHolders() {
        let identifying: [Attribute] = [.dicomSerial, .dicomUDI, .dicomDeviceUID, .dicomStationName, .hl7DeviceSerial, .hl7UDI]
        for index in self.inventory.facts.indices where identifying.contains(self.inventory.facts[index].attribute) {
            let fact = self.inventory.facts[index]
            guard case .host(let host) = fact.subject, case .text(let text) = fact.value else { continue }
            let asset = self.owner(of: host, at: fact.span.first.time)
            if let known = self.holders[text], known != asset {
                self.holders[text] = .some(nil)
            } else {
                self.holders[text] = asset
            }
        }
    }

    /// A device that a host speaks for is an asset behind it. But where a host sends in the name of one application or analyser
    /// only, it is that one; and an application that is another host's own is that host.
    private mutating func add(_ observation: Observation, of device: DeviceKey, _ span: Inventory.Span) {
        let gateway = self.owner(of: device.gateway, at: span.first.time)
        if let holder = self.holders[device.identifier] ?? nil {
            // The device was also heard itself: an archive that forwards its images does not make it a second one.
            self.assets[holder]?.observations.append(observation)
            return
        }
        switch device.naming {
        case .application:
            if let holder = self.applications.holder(of: device, gateway: gateway) {
                self.assets[holder]?.observations.append(observation)
                return
            }
        case .analyser:
            if self.analysersBehind[device.gateway]?.count ?? 0 <= 1 {
                self.assets[gateway]?.observations.append(observation)
                return
            }
        case .equipment, .station, .eui64, .serial: break
        }
        let id = Asset.id(of: device)
        // The same device through two gateways: the first it was seen behind.
        let known = self.assets[id].flatMap { asset in asset.gateway.map { (asset.evidence, $0) } }
        self.extend(id, .behindGateway, span)
        if known.map({ (span.first, gateway) < $0 }) ?? true { self.assets[id]?.gateway = gateway }
        self.assets[id]?.observations.append(observation)
    }

    /// Who talks to whom, and what answers.
    private func conversations() -> ([Conversation], [Service]) {
        var byService: [ServiceKey: [Observation]] = [:]
        var byConversation: [ConversationKey: [Observation]] = [:]
        for fact in self.inventory.facts {
            switch fact.subject {
            case .service(let key): byService[key, default: []].append(fact.observation)
            case .conversation(let key): byConversation[key, default: []].append(fact.observation)
            case .host, .device: break
            }
        }
        let announcedPorts = self.announcedPorts
        var services: [Service] = []
        func close(_ service: Service) {
            // An FTP data connection, in clear or inside TLS; the sound of a call or the picture of a camera.
            if service.protocols.allSatisfy({ $0 == .tls || $0 == .rtp }), announcedPorts[service.key] != nil { return }
            services.append(service)
        }
        var conversations: [Conversation] = []
        conversations.reserveCapacity(self.inventory.conversations.count)
        // Sorted by service first: the conversations of a service lie together, and the sessions lie in the same order.
        var service: Service?
        var sessions = self.inventory.sessions[...]
        for record in self.inventory.conversations {
            let key = record.key
            if let open = service, open.key != key.service {
                close(open)
                service = nil
            }
            let tally = self.copies.total(of: record)
            // A connection for data, in clear or inside TLS. Datagrams on such a port are media only where their bytes say so.
            let data = key.service.transport == .tcp ? announcedPorts[key.service] : nil
            let protocols = data.map { Set(record.protocols + [$0]).sorted() } ?? record.protocols
            let own = sessions.prefix { $0.key == key }
            sessions = sessions.dropFirst(own.count)
            conversations.append(
                Conversation(
                    key: key, client: self.owner(of: key.client, at: tally.first.time),
                    server: self.owner(of: key.service.host, at: tally.first.time), protocols: protocols, tally: tally,
                    observations: byConversation.isEmpty ? [] : (byConversation[key] ?? []).sorted(by: Self.inOrder),
                    sessions: self.copies.distinct(own.map(\.session))))
            guard let answer = tally.answer else { continue }
            guard service != nil else {
                service = Service(
                    key: key.service, protocols: record.protocols, observations: (byService[key.service] ?? []).sorted(by: Self.inOrder),
                    clients: 1, firstSeen: answer.time, lastSeen: tally.lastSeen, evidence: answer)
                continue
            }
            service?.extend(record.protocols, answer, tally.lastSeen)
        }
        if let service { close(service) }
        return (conversations, services)
    }

    /// Where the data of a conversation crosses beside it, and what it belongs to: what answers there is no service of its own.
    private var announcedPorts: [ServiceKey: ApplicationProtocol] {
        var ports: [ServiceKey: ApplicationProtocol] = [:]
        for (attribute, transport, name) in Self.dataPorts {
            for fact in self.inventory.facts(of: attribute) {
                guard case .host(let host) = fact.subject, case .number(let number) = fact.value, let port = UInt16(exactly: number) else { continue }
                ports[ServiceKey(host: host, port: port, transport: transport)] = name
            }
        }
        return ports
    }
}

extension Asset {
    fileprivate mutating func extend(_ span: Inventory.Span) {
        if span.first < self.evidence {
            self.evidence = span.first
            self.firstSeen = span.first.time
        }
        if self.lastSeen < span.lastSeen { self.lastSeen = span.lastSeen }
    }
}

extension Service {
    /// One more client.
    fileprivate mutating func extend(_ protocols: [ApplicationProtocol], _ answer: Evidence, _ last: Timestamp) {
        self.clients &+= 1
        if self.protocols != protocols { self.protocols = Set(self.protocols).union(protocols).sorted() }
        if answer < self.evidence {
            self.evidence = answer
            self.firstSeen = answer.time
        }
        if self.lastSeen < last { self.lastSeen = last }
    }
}

/// Which applications (HL7 MSH-3, MSH-5) are which hosts.
///
/// The own name of a host is the one under which it answers or, where it answers under none or several, the only one that it
/// sends under. Names are compared without letter case; the facility makes no second application of one.
private struct ApplicationNames: Sendable {
    private var sent: [HostKey: Set<String>] = [:]
    private var answered: [HostKey: Set<String>] = [:]
    private var firstSeen: [HostKey: Timestamp] = [:]
    private var own: [HostKey: String] = [:]
    /// The asset whose own name it is; `nil` where it is that of several.
    private var holders: [String: String?] = [:]

    /// The application of `APP^FACILITY`, in the letters in which it came.
    static func name(_ identifier: String) -> String { String(identifier.prefix { $0 != "^" }) }
    private static func key(_ identifier: String) -> String {
        Self.name(identifier).lowercased().split(separator: " ").joined(separator: " ")
    }

    mutating func add(_ observation: Observation) {
        let host: HostKey
        switch observation.subject {
        case .device(let device) where device.naming == .application:
            host = device.gateway
            let name = Self.key(device.identifier)
            if !name.isEmpty { self.sent[host, default: []].insert(name) }
        case .service(let service) where observation.attribute == .hl7SendingApplication:
            host = service.host
            if case .text(let text) = observation.value { self.answered[host, default: []].insert(Self.key(text)) }
        default: return
        }
        let known = self.firstSeen[host] ?? .distantFuture
        if observation.evidence.time < known { self.firstSeen[host] = observation.evidence.time }
    }

    /// - Parameter owner: the asset that a host was at a time.
    mutating func settle(_ owner: (HostKey, Timestamp) -> String) {
        for host in Set(self.sent.keys).union(self.answered.keys) {
            let names = self.answered[host].map { $0.count == 1 ? $0 : [] } ?? []
            let only = self.sent[host].map { $0.count == 1 ? $0 : [] } ?? []
            guard let name = names.first ?? only.first else { continue }
            self.own[host] = name
            let asset = owner(host, self.firstSeen[host] ?? .distantPast)
            if let known = self.holders[name], known != asset { self.holders[name] = .some(nil) } else { self.holders[name] = asset }
        }
    }

    /// The asset that the application is; `nil` where it is one of its own behind the gateway.
    func holder(of device: DeviceKey, gateway: String) -> String? {
        let name = Self.key(device.identifier)
        if self.own[device.gateway] == name || self.sent[device.gateway] == [name] { return gateway }
        return self.holders[name] ?? nil
    }

    /// Applications that messages to a host are meant for, where they are meant for several: it passes them on.
    func receivers(in inventory: Inventory) -> [(HostKey, String, Inventory.Span)] {
        var addressed: [HostKey: [String: Inventory.Span]] = [:]
        for fact in inventory.facts(of: .hl7Interface) {
            guard case .conversation(let conversation) = fact.subject, case .text(let text) = fact.value else { continue }
            let parts = text.split(separator: "|", omittingEmptySubsequences: false)
            guard parts.count == 5, !parts[2].isEmpty else { continue }
            let receiver = "\(parts[2])^\(parts[3])"
            if addressed[conversation.service.host]?[receiver]?.merge(fact.span) == nil {
                addressed[conversation.service.host, default: [:]][receiver] = fact.span
            }
        }
        var receivers: [(HostKey, String, Inventory.Span)] = []
        for (host, spans) in addressed.sorted(by: { $0.key < $1.key }) where Set(spans.keys.map { Self.key($0) }).count > 1 {
            for (receiver, span) in spans.sorted(by: { $0.key < $1.key }) { receivers.append((host, receiver, span)) }
        }
        return receivers
    }
}

extension Asset {
    /// The id of a device behind a gateway.
    public static func id(of device: DeviceKey) -> String {
        // FNV-1a: short, and the same for ever.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in (device.naming.rawValue + "\u{0}" + device.identifier).utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return "device-" + String(repeating: "0", count: max(0, 16 &- digits.utf8.count)) + digits
    }
}
