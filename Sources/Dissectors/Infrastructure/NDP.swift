import Observations
import Wire

// ICMPv6 messages about the link: Neighbor Discovery (RFC 4861; RFC 4191, RFC 8106) and Multicast Listener Discovery
// (RFC 2710, RFC 3810).
//
// Read: which hardware address a host claims for its IPv6 address, as ARP does for IPv4; what routers announce; which groups
// hosts are in. Redirects and error messages are not read.

enum NDPDissector: NetworkDissector {
    static let applicationProtocol = ApplicationProtocol.ndp
    static let ipProtocols: Set<UInt8> = [58]

    static func dissect(_ payload: RawSpan, _ context: inout DissectionContext) -> Bool {
        // All of these carry the code 0, and their sender is on the link: its packets come from the address that they name.
        guard !context.initiator.address.isV4, let type = payload.u8(at: 0).flatMap(MessageType.init), payload.u8(at: 1) == 0 else { return false }
        switch type {
        case .listenerQuery: return MulticastListener.recordQuery(payload, context)
        case .listenerReport: return MulticastListener.recordReport(payload, context)
        case .listenerDone: return payload.byteCount >= 24
        case .listenerReport2: return MulticastListener.recordReports(payload, context)
        case .routerSolicitation: return Self.recordSender(payload, options: 8, context)
        case .routerAdvertisement: return Self.recordRouter(payload, context)
        case .neighbourSolicitation: return payload.byteCount >= 24 && Self.recordSender(payload, options: 24, context)
        case .neighbourAdvertisement: return Self.recordNeighbour(payload, context)
        }
    }

    // MARK: Addresses

    /// The source link-layer address option says where the sender's own address is (section 4.6.1); a host that has no address yet
    /// sends none.
    private static func recordSender(_ payload: RawSpan, options: Int, _ context: DissectionContext) -> Bool {
        guard let elements = Options(payload.slice(from: options)) else { return false }
        if let mac = elements.sourceAddress { Self.bind(context.initiator.address, to: mac, context) }
        return true
    }

    /// A neighbor advertisement (section 4.4): its target is the sender's, unless it answers for others (section 7.2.4: a proxy and an
    /// anycast address do not set the override flag).
    private static func recordNeighbour(_ payload: RawSpan, _ context: DissectionContext) -> Bool {
        var reader = ByteReader(payload.slice(from: 4))
        guard let flags = try? reader.u32(), let target = try? IPAddress(v6: &reader), !target.isGroup,
            let elements = Options(payload.slice(from: 24))
        else { return false }
        let isOverride = flags & 0x2000_0000 != 0
        guard isOverride else { return true }
        // A solicited answer may leave the option out; the frame then comes from the target itself.
        if let mac = elements.targetAddress ?? (target == context.initiator.address ? context.sourceMAC : nil) {
            Self.bind(target, to: mac, context)
        }
        return true
    }

    private static func bind(_ address: IPAddress, to mac: MACAddress, _ context: DissectionContext) {
        guard !address.isUnspecified, !address.isGroup, !address.isLoopback, mac.isUnicast else { return }
        context.record(.linkAddress, mac.description, about: .host(HostKey(address, in: context.network)))
    }

    // MARK: Routers

    /// A router advertisement (section 4.2), which only comes from a link-local address (section 6.1.2).
    private static func recordRouter(_ payload: RawSpan, _ context: DissectionContext) -> Bool {
        guard let flags = payload.u8(at: 5), let lifetime = payload.u16(at: 6), context.initiator.address.isLinkLocal,
            payload.byteCount >= 16, let elements = Options(payload.slice(from: 16))
        else { return false }
        let router = Party.host(context.host(.initiator))
        if let mac = elements.sourceAddress { Self.bind(context.initiator.address, to: mac, context) }
        context.record(.ndpRouterLifetime, Int64(lifetime), about: router)
        if flags & 0x80 != 0 { context.record(.ndpFlag, "managed", about: router) }
        if flags & 0x40 != 0 { context.record(.ndpFlag, "other", about: router) }
        // RFC 4191 section 2.2. It means something for a default router only.
        if lifetime > 0 {
            switch flags &>> 3 & 3 {
            case 0: context.record(.ndpPreference, "medium", about: router)
            case 1: context.record(.ndpPreference, "high", about: router)
            case 3: context.record(.ndpPreference, "low", about: router)
            default: break
            }
        }
        for prefix in elements.prefixes {
            context.record(.ndpPrefix, prefix.text, about: router)
            if prefix.isAutonomous { context.record(.ndpFlag, "autonomous", about: router) }
        }
        for server in elements.nameServers { context.record(.ndpDNS, server.description, about: router) }
        return true
    }
}

/// Types of messages (IANA "ICMPv6 Parameters"), as far as they are read.
private enum MessageType: UInt8 {
    case listenerQuery = 130
    case listenerReport, listenerDone, routerSolicitation, routerAdvertisement, neighbourSolicitation, neighbourAdvertisement
    case listenerReport2 = 143
}

/// The options of a message (RFC 4861 section 4.6): a type, a length in units of 8 octets, a value.
private struct Options {
    struct Prefix {
        let text: String
        /// Hosts make addresses of their own from it (RFC 4862).
        let isAutonomous: Bool
    }

    /// The most options that are looked at, and values that are kept of each kind.
    private static let limit = 32
    private static let valueLimit = 8

    private(set) var sourceAddress: MACAddress?
    private(set) var targetAddress: MACAddress?
    private(set) var prefixes: [Prefix] = []
    private(set) var nameServers: [IPAddress] = []

    /// Fails where an option has no length: such a message is to be discarded (section 6.1).
    init?(_ bytes: RawSpan) {
        var reader = ByteReader(bytes)
        for _ in 0..<Self.limit {
            guard let type = try? reader.u8(), let units = try? reader.u8() else { return }
            guard units > 0 else { return nil }
            // What was cut off says nothing.
            guard let value = try? reader.take(Int(units) &* 8 &- 2) else { return }
            var option = ByteReader(value)
            switch type {
            case 1 where units == 1: self.sourceAddress = try? MACAddress(&option)
            case 2 where units == 1: self.targetAddress = try? MACAddress(&option)
            case 3 where units == 4:
                guard let length = try? option.u8(), length <= 128, let flags = try? option.u8(), (try? option.skip(12)) != nil,
                    let prefix = try? IPAddress(v6: &option), self.prefixes.count < Self.valueLimit
                else { continue }
                self.prefixes.append(Prefix(text: "\(prefix)/\(length)", isAutonomous: flags & 0x40 != 0))
            case 25 where units >= 3:
                guard (try? option.skip(6)) != nil else { continue }
                while self.nameServers.count < Self.valueLimit, let address = try? IPAddress(v6: &option) { self.nameServers.append(address) }
            default: break
            }
        }
    }
}

/// Multicast Listener Discovery: who is in which group.
private enum MulticastListener {
    static func recordQuery(_ payload: RawSpan, _ context: DissectionContext) -> Bool {
        // RFC 3810 section 8.1: the length tells the versions apart. Without an address of its own it is a snooping switch.
        guard payload.byteCount == 24 || payload.byteCount >= 28 else { return false }
        if context.initiator.address.isLinkLocal {
            context.record(.multicastQuerier, payload.byteCount == 24 ? "mldv1" : "mldv2", about: .host(context.host(.initiator)))
        }
        return true
    }

    static func recordReport(_ payload: RawSpan, _ context: DissectionContext) -> Bool {
        var reader = ByteReader(payload.slice(from: 8))
        guard let group = try? IPAddress(v6: &reader), group.isGroup else { return false }
        MulticastGroup.record(group, context)
        return true
    }

    /// RFC 3810 section 5.2.
    static func recordReports(_ payload: RawSpan, _ context: DissectionContext) -> Bool {
        var reader = ByteReader(payload.slice(from: 6))
        guard let number = try? reader.u16() else { return false }
        let count = min(Int(number), MulticastGroup.limit)
        for _ in 0..<count {
            guard let kind = try? reader.u8(), let auxiliary = try? reader.u8(), let sources = try? reader.u16(), let group = try? IPAddress(v6: &reader)
            else { return true }
            guard (1...6).contains(kind), group.isGroup else { return false }
            if MulticastGroup.isMember(kind, sources: sources) { MulticastGroup.record(group, context) }
            guard (try? reader.skip(Int(sources) &* 16 &+ Int(auxiliary) &* 4)) != nil else { return true }
        }
        return true
    }
}

/// The groups that a host is in, by IGMP or MLD.
enum MulticastGroup {
    /// The most records that are looked at in one report.
    static let limit = 64

    /// Whether a record says that the sender is in the group (RFC 3376 section 4.2.12): it excludes some senders, or includes some.
    static func isMember(_ kind: UInt8, sources: UInt16) -> Bool {
        switch kind {
        case 2, 4: true
        case 1, 3, 5: sources > 0
        default: false
        }
    }

    /// Notes a group. The solicited-node groups (RFC 4291 section 2.7.1) follow from addresses, and every host is in "all nodes".
    static func record(_ group: IPAddress, _ context: DissectionContext) {
        let sender = context.initiator.address
        guard group.isGroup, !sender.isUnspecified, !sender.isGroup else { return }
        if group.high == 0xFF02_0000_0000_0000 {
            if group.low &>> 24 == 0x01_FF || group.low == 1 { return }
        } else if group == Self.allSystems {
            return
        }
        context.record(.multicastGroup, group.description, about: .host(context.host(.initiator)))
    }

    private static let allSystems = IPAddress(v4: 0xE000_0001)
}
