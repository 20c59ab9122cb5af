import Inventory
import Observations
public import Rules
public import Wire

/// Who maintains which device from afar, by what, through the gateway or past it, and when.
public struct MaintenanceRegister: Sendable {
    public struct Entry: Sendable {
        public let maintenance: RemoteMaintenance
        /// How the one who connects proves who they are, as far as the wire shows: `nla`, `publickey`, `password`, `certificate`,
        /// `vnc`, `none`; sorted, empty where nothing shows.
        public let authentication: [String]
        public let isEncrypted: Bool
        public let place: Place?
        /// The address of the other end.
        public let remoteAddress: IPAddress
        /// Host names by which the other end was asked for, sorted.
        public let names: [String]
    }

    /// Sorted by who, device and time.
    public let entries: [Entry]

    /// How many interventions were going on in each hour of each day of the week, Monday first, by the site's clock.
    public let calendar: [[Int]]

    /// The attributes that tell how somebody proves who they are, and what a value of theirs means; `nil`: the value itself.
    private static let authenticationFields: [Attribute] = [.loginAccepted, .loginClear, .vncSecurityChosen, .rdpSelected]

    init(_ maintenance: [RemoteMaintenance], _ site: Site, place: (IPAddress) -> Place?) {
        self.entries = maintenance.map { way in
            let key = way.conversation.key
            let isRemoteClient = way.remote == way.conversation.client
            let address = isRemoteClient ? key.client.address : key.service.host.address
            var methods: Set<String> = []
            var names: Set<String> = []
            for observation in way.conversation.observations {
                guard case .text(let text) = observation.value else { continue }
                if Self.authenticationFields.contains(observation.attribute) { methods.insert(text) }
                if observation.attribute == .tlsServerName || observation.attribute == .httpHost { names.insert(text) }
            }
            return Entry(
                maintenance: way, authentication: methods.sorted(), isEncrypted: way.conversation.protocols.contains(where: \.isEncrypted),
                place: site.networks.isExternal(address) ? place(address) : nil, remoteAddress: address, names: names.sorted())
        }.sorted { left, right in
            if left.maintenance.who != right.maintenance.who { return left.maintenance.who < right.maintenance.who }
            if left.maintenance.device != right.maintenance.device { return left.maintenance.device < right.maintenance.device }
            return left.maintenance.conversation.key < right.maintenance.conversation.key
        }
        var calendar = [[Int]](repeating: [Int](repeating: 0, count: 24), count: 7)
        for entry in self.entries {
            for intervention in entry.maintenance.interventions { Self.mark(intervention, site.timeZone, &calendar) }
        }
        self.calendar = calendar
    }

    /// The same entries under other names.
    func renamed(_ renaming: Renaming) -> MaintenanceRegister {
        MaintenanceRegister(
            entries: self.entries.map {
                Entry(
                    maintenance: $0.maintenance.renamed(renaming), authentication: $0.authentication, isEncrypted: $0.isEncrypted, place: $0.place,
                    remoteAddress: $0.remoteAddress, names: $0.names.map { renaming.text($0, of: .tlsServerName) }.sorted())
            }, calendar: self.calendar)
    }

    private init(entries: [Entry], calendar: [[Int]]) {
        self.entries = entries
        self.calendar = calendar
    }

    /// Every hour that an intervention touches, at most a week of them.
    private static func mark(_ intervention: Intervention, _ zone: SiteTimeZone, _ calendar: inout [[Int]]) {
        var seconds = intervention.first.time.seconds
        let last = intervention.lastSeen.seconds
        for _ in 0..<168 {
            let moment = zone.moment(Timestamp(seconds: seconds))
            let hour = moment.minute / 60
            if calendar.indices.contains(moment.weekday), calendar[moment.weekday].indices.contains(hour) { calendar[moment.weekday][hour] &+= 1 }
            seconds = seconds &+ 3600 &- Int64(moment.minute % 60 &* 60)
            if seconds > last { return }
        }
    }
}
