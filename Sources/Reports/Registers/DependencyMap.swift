import Inventory
public import Observations
public import Rules
import Wire

/// What each technical platform depends on, in the order in which it has to come back.
public struct DependencyMap: Sendable {
    /// What a server does for others, by what they ask it; in the order of a restart.
    public enum Role: String, CaseIterable, Sendable {
        case addresses, names, time, directory, storage, database, exchange, archive, application, management, other

        public var title: Text {
            switch self {
            case .addresses: Text(french: "adressage (DHCP)", english: "addresses (DHCP)")
            case .names: Text(french: "résolution de noms (DNS)", english: "names (DNS)")
            case .time: Text(french: "horloge (NTP)", english: "time (NTP)")
            case .directory: Text(french: "annuaire et authentification", english: "directory and authentication")
            case .storage: Text(french: "fichiers et stockage", english: "files and storage")
            case .database: Text(french: "base de données", english: "database")
            case .exchange: Text(french: "échange de messages de soins", english: "exchange of care messages")
            case .archive: Text(french: "images (DICOM)", english: "images (DICOM)")
            case .application: Text(french: "application", english: "application")
            case .management: Text(french: "administration et surveillance", english: "management and monitoring")
            case .other: Text(french: "autre", english: "other")
            }
        }

        /// What asking for a protocol makes of who answers.
        init(_ asked: ApplicationProtocol?) {
            self =
                switch asked {
                case .dhcp, .dhcpv6: .addresses
                case .dns, .nbns, .llmnr, .mdns: .names
                case .ntp: .time
                case .kerberos, .ldap, .msrpc, .radius, .tacacs: .directory
                case .smb, .nfs, .rpc, .iscsi, .ftp, .ftpData, .tftp, .rsync: .storage
                case .tds, .mysql, .postgresql, .tns, .redis, .mongodb, .cassandra, .memcached: .database
                case .hl7, .astm, .poct1a, .phd, .mqtt, .amqp, .kafka: .exchange
                case .dicom: .archive
                case .http, .tls, .quic, .rdp, .ica, .smtp, .ipp, .lpd, .pjl: .application
                case .snmp, .syslog, .ssh, .telnet, .vnc, .ipmi, .bacula, .ndmp: .management
                default: .other
                }
        }

        var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// A server that a platform asks for something.
    public struct Dependency: Sendable {
        /// ``Asset/id``.
        public let server: String
        /// In the order of a restart; the first says when the server has to be back.
        public internal(set) var roles: [Role]
        /// What is spoken with it, sorted.
        public internal(set) var protocols: [ApplicationProtocol]
        /// How many devices of the platform use it.
        public internal(set) var users: Int
        public let isExternal: Bool
        /// The step of a restart in which it has to come back, from 1: after every server that it depends on itself.
        public internal(set) var step: Int
        public internal(set) var evidence: Evidence
    }

    public struct Platform: Sendable {
        /// The kind of zone that the platform is.
        public let kind: ZoneKind
        /// ``Asset/id`` of its devices, sorted.
        public let members: [String]
        /// In the order of a restart.
        public let dependencies: [Dependency]
    }

    /// In the order of ``ZoneKind``.
    public let platforms: [Platform]

    init(_ census: Census, _ identities: [String: Identity], _ site: Site, _ signatures: SignatureSet) {
        var members: [ZoneKind: Set<String>] = [:]
        for asset in census.assets where asset.position != .external {
            if let kind = Self.platform(of: asset, identities[asset.id], site, signatures) { members[kind, default: []].insert(asset.id) }
        }
        let external = Set(census.assets.filter { $0.position == .external }.map(\.id))
        let asked = Self.questions(census)
        self.platforms = ZoneKind.allCases.compactMap { kind in
            guard let own = members[kind], !own.isEmpty else { return nil }
            return Platform(kind: kind, members: own.sorted(), dependencies: Self.dependencies(of: own, asked, external))
        }
    }

    /// The same platforms under other names.
    func renamed(_ renaming: Renaming) -> DependencyMap {
        DependencyMap(platforms: self.platforms.map { Platform(kind: $0.kind, members: $0.members.map(renaming.asset).sorted(), dependencies: $0.dependencies) })
    }

    private init(platforms: [Platform]) { self.platforms = platforms }

    /// Where the site puts an asset, or else what kind of device it is.
    private static func platform(of asset: Asset, _ identity: Identity?, _ site: Site, _ signatures: SignatureSet) -> ZoneKind? {
        for address in asset.addresses {
            if let zone = site.zone(of: address.address) { return zone.kind.isClinical || zone.kind == .building ? zone.kind : nil }
        }
        guard let kind = identity?[.deviceClass], kind.confidence >= Identity.threshold else { return nil }
        return signatures.value(of: kind.value, in: "device-platforms", column: "platform").flatMap { ZoneKind(rawValue: $0) }
    }

    /// Who asks whom for what.
    private struct Question {
        let client: String
        let server: String
        let protocols: [ApplicationProtocol]
        let evidence: Evidence
    }

    private static func questions(_ census: Census) -> [String: [Question]] {
        var asked: [String: [Question]] = [:]
        for conversation in census.conversations where conversation.client != conversation.server {
            guard conversation.tally.answered > 0, !conversation.key.service.host.address.isGroup else { continue }
            asked[conversation.client, default: []].append(
                Question(
                    client: conversation.client, server: conversation.server, protocols: conversation.protocols, evidence: conversation.tally.first))
        }
        return asked
    }

    private static func dependencies(of members: Set<String>, _ asked: [String: [Question]], _ external: Set<String>) -> [Dependency] {
        var dependencies: [String: Dependency] = [:]
        var users: [String: Set<String>] = [:]
        for member in members {
            for question in asked[member] ?? [] {
                var dependency =
                    dependencies[question.server]
                    ?? Dependency(
                        server: question.server, roles: [], protocols: [], users: 0, isExternal: external.contains(question.server), step: 1,
                        evidence: question.evidence)
                let role = Role(question.protocols.first { $0 != .tls } ?? question.protocols.first)
                if !dependency.roles.contains(role) { dependency.roles.append(role) }
                for name in question.protocols where !dependency.protocols.contains(name) { dependency.protocols.append(name) }
                dependency.evidence = min(dependency.evidence, question.evidence)
                dependencies[question.server] = dependency
                users[question.server, default: []].insert(member)
            }
        }
        for server in dependencies.keys {
            dependencies[server]?.users = users[server]?.count ?? 0
            dependencies[server]?.roles.sort { $0.rank < $1.rank }
            dependencies[server]?.protocols.sort()
        }
        Self.order(&dependencies, asked)
        return dependencies.values.sorted { left, right in
            let (leftRole, rightRole) = (left.roles.first?.rank ?? 0, right.roles.first?.rank ?? 0)
            return (left.step, leftRole, left.server) < (right.step, rightRole, right.server)
        }
    }

    /// Gives every server its step: first by what it does, then after the servers of earlier roles that it asks itself. What asks
    /// each other in a circle comes back together.
    private static func order(_ dependencies: inout [String: Dependency], _ asked: [String: [Question]]) {
        let ranks = dependencies.mapValues { $0.roles.first?.rank ?? 0 }
        // In the order of roles, each only after those of a lower role that it needs: no circle can arise.
        for server in dependencies.keys.sorted(by: { (ranks[$0] ?? 0, $0) < (ranks[$1] ?? 0, $1) }) {
            var step = 1
            for question in asked[server] ?? [] {
                guard let needed = ranks[question.server], needed < ranks[server] ?? 0, let before = dependencies[question.server]?.step else { continue }
                step = max(step, before &+ 1)
            }
            dependencies[server]?.step = step
        }
    }
}
