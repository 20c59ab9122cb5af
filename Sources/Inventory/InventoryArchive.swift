import Observations
import Wire

/// An ``Inventory`` as columns of numbers and a few tables of names: the form in which a result file carries the facts, so that it
/// can be merged and reported again without the capture.
///
/// Rows refer to tables by position. The order of everything is fixed, so that the same inventory gives the same columns.
public struct InventoryArchive: Codable, Equatable, Sendable {
    /// Identities of scans, as sixteen hexadecimal digits, sorted.
    public var scans: [String] = []
    /// Hosts that anything refers to: an IP address or, where none is known, a hardware address, in a virtual network
    /// (``VirtualNetwork/rawValue`` as hexadecimal digits), separated by spaces.
    public var hosts: [String] = []
    /// Transport (``Transport/name``) and port at a host: `tcp 104 17`.
    public var services: [String] = []
    /// Client host and service.
    public var pairs: Pairs = Pairs()
    /// Devices behind a gateway: kind of name, gateway host, identifier.
    public var devices: Devices = Devices()
    /// Names of attributes in use, sorted.
    public var attributes: [String] = []
    /// Texts in use, sorted.
    public var texts: [String] = []
    /// Sets of protocols in use, their names separated by spaces.
    public var protocols: [String] = []
    /// Hosts that were heard.
    public var heard: Spans = Spans()
    /// Hardware addresses on packets of hosts.
    public var macs: [String] = []
    public var macSpans: Spans = Spans()
    public var facts: Facts = Facts()
    public var conversations: Tallies = Tallies()
    public var sessions: Sessions = Sessions()
    public var omissions: Omissions = Omissions()

    public struct Pairs: Codable, Equatable, Sendable {
        public var client = Column<Int>()
        public var service = Column<Int>()
    }
    public struct Devices: Codable, Equatable, Sendable {
        public var naming: [String] = []
        public var gateway = Column<Int>()
        public var identifier: [String] = []
    }
    /// First evidence (frame, nanoseconds since 1970, scan) and last time of what a row of `of` stands for.
    public struct Spans: Codable, Equatable, Sendable {
        public var of = Column<Int>()
        public var frame = Column<UInt64>()
        public var time = Column<Int64>()
        public var scan = Column<Int>()
        public var last = Column<Int64>()
    }
    public struct Facts: Codable, Equatable, Sendable {
        /// 0 a host, 1 a service, 2 a pair, 3 a device.
        public var kind = Column<Int>()
        public var attribute = Column<Int>()
        /// 0 a text (its position), 1 a number, 2 a time (nanoseconds).
        public var type = Column<Int>()
        public var value = Column<Int64>()
        /// `of` is the position in the table that `kind` names.
        public var spans: Spans = Spans()
    }
    /// Conversations, a row for each scan that saw one: `spans.of` is a pair.
    public struct Tallies: Codable, Equatable, Sendable {
        public var protocols = Column<Int>()
        public var spans: Spans = Spans()
        public var flows = Column<UInt64>()
        public var answered = Column<UInt64>()
        public var refused = Column<UInt64>()
        public var bytesFromClient = Column<UInt64>()
        public var bytesFromServer = Column<UInt64>()
        public var packetsFromClient = Column<UInt64>()
        public var packetsFromServer = Column<UInt64>()
        public var messages = Column<UInt64>()
        public var refusedMessages = Column<UInt64>()
        /// The frame that proved an answer, and its time; 0 and 0 where none did.
        public var answerFrame = Column<UInt64>()
        public var answerTime = Column<Int64>()
    }
    public struct Sessions: Codable, Equatable, Sendable {
        public var spans: Spans = Spans()
        public var bytesFromClient = Column<UInt64>()
        public var bytesFromServer = Column<UInt64>()
    }
    public struct Omissions: Codable, Equatable, Sendable {
        public var scan = Column<Int>()
        public var shard = Column<Int>()
        public var count = Column<UInt64>()
    }
}

// MARK: - Writing

extension InventoryArchive {
    public init(_ inventory: Inventory) {
        var tables = Tables(inventory)
        // Positions by content, not by the digests that facts are sorted by: those differ from run to run.
        let facts = inventory.facts.indices.sorted { left, right in
            let (left, right) = (inventory.facts[left], inventory.facts[right])
            if left.subject != right.subject { return left.subject < right.subject }
            return left.attribute == right.attribute ? left.value < right.value : left.attribute < right.attribute
        }
        for index in facts {
            let fact = inventory.facts[index]
            let (kind, place) = tables.place(of: fact.subject)
            self.facts.kind.append(kind)
            self.facts.attribute.append(tables.attributes[fact.attribute] ?? 0)
            switch fact.value {
            case .text(let text):
                self.facts.type.append(0)
                self.facts.value.append(Int64(tables.texts[text] ?? 0))
            case .number(let number):
                self.facts.type.append(1)
                self.facts.value.append(number)
            case .time(let time):
                self.facts.type.append(2)
                self.facts.value.append(time.nanoseconds)
            }
            self.facts.spans.append(place, fact.span, &tables)
        }
        for (host, record) in inventory.hosts.sorted(by: { $0.key < $1.key }) {
            let place = tables.place(of: host)
            self.heard.append(place, record.span, &tables)
            for (mac, span) in record.macs.sorted(by: { $0.key < $1.key }) {
                self.macs.append(mac.description)
                self.macSpans.append(place, span, &tables)
            }
        }
        for record in inventory.conversations {
            let pair = tables.place(of: record.key)
            let protocols = tables.place(of: record.protocols)
            for portion in [record.first] + record.others {
                self.conversations.protocols.append(protocols)
                self.conversations.append(pair, portion, &tables)
            }
        }
        for record in inventory.sessions {
            let span = Inventory.Span(first: record.session.first, lastSeen: record.session.lastSeen)
            self.sessions.spans.append(tables.place(of: record.key), span, &tables)
            self.sessions.bytesFromClient.append(record.session.bytesFromClient)
            self.sessions.bytesFromServer.append(record.session.bytesFromServer)
        }
        for (omission, count) in inventory.omissions.sorted(by: { ($0.key.scan, $0.key.shard) < ($1.key.scan, $1.key.shard) }) {
            self.omissions.scan.append(tables.place(of: omission.scan))
            self.omissions.shard.append(omission.shard)
            self.omissions.count.append(count)
        }
        self.scans = tables.scanNames
        self.hosts = tables.hostNames
        self.services = tables.serviceNames
        self.pairs = tables.pairs
        self.devices = tables.devices
        self.attributes = tables.attributeNames
        self.texts = tables.textNames
        self.protocols = tables.protocolNames
    }

    /// Positions of what rows refer to, given out as things are met.
    fileprivate struct Tables {
        var scanNames: [String] = []
        var hostNames: [String] = []
        var serviceNames: [String] = []
        var pairs = Pairs()
        var devices = Devices()
        var attributeNames: [String] = []
        var textNames: [String] = []
        var protocolNames: [String] = []
        var attributes: [Attribute: Int] = [:]
        var texts: [String: Int] = [:]
        private var scans: [ScanID: Int] = [:]
        private var hostPlaces: [HostKey: Int] = [:]
        private var servicePlaces: [ServiceKey: Int] = [:]
        private var pairPlaces: [ConversationKey: Int] = [:]
        private var devicePlaces: [DeviceKey: Int] = [:]
        private var protocolPlaces: [[ApplicationProtocol]: Int] = [:]

        init(_ inventory: Inventory) {
            for scan in inventory.scans.sorted() { _ = self.place(of: scan) }
            var texts: Set<String> = []
            var attributes: Set<Attribute> = []
            for fact in inventory.facts {
                attributes.insert(fact.attribute)
                if case .text(let text) = fact.value { texts.insert(text) }
            }
            self.textNames = texts.sorted()
            for (place, text) in self.textNames.enumerated() { self.texts[text] = place }
            for (place, attribute) in attributes.sorted().enumerated() {
                self.attributes[attribute] = place
                self.attributeNames.append(attribute.name)
            }
        }

        mutating func place(of scan: ScanID) -> Int {
            if let place = self.scans[scan] { return place }
            self.scans[scan] = self.scanNames.count
            self.scanNames.append(scan.description)
            return self.scanNames.count &- 1
        }

        mutating func place(of host: HostKey) -> Int {
            if let place = self.hostPlaces[host] { return place }
            self.hostPlaces[host] = self.hostNames.count
            let name = host.address == .none ? host.mac.description : host.address.description
            self.hostNames.append(host.network == .none ? name : name + " " + String(host.network.rawValue, radix: 16))
            return self.hostNames.count &- 1
        }

        mutating func place(of service: ServiceKey) -> Int {
            if let place = self.servicePlaces[service] { return place }
            let host = self.place(of: service.host)
            self.servicePlaces[service] = self.serviceNames.count
            self.serviceNames.append("\(service.transport.name) \(service.port) \(host)")
            return self.serviceNames.count &- 1
        }

        mutating func place(of pair: ConversationKey) -> Int {
            if let place = self.pairPlaces[pair] { return place }
            self.pairs.client.append(self.place(of: pair.client))
            self.pairs.service.append(self.place(of: pair.service))
            self.pairPlaces[pair] = self.pairs.client.count &- 1
            return self.pairs.client.count &- 1
        }

        mutating func place(of device: DeviceKey) -> Int {
            if let place = self.devicePlaces[device] { return place }
            self.devices.gateway.append(self.place(of: device.gateway))
            self.devices.naming.append(device.naming.rawValue)
            self.devices.identifier.append(device.identifier)
            self.devicePlaces[device] = self.devices.gateway.count &- 1
            return self.devices.gateway.count &- 1
        }

        mutating func place(of subject: Subject) -> (kind: Int, place: Int) {
            switch subject {
            case .host(let host): (0, self.place(of: host))
            case .service(let service): (1, self.place(of: service))
            case .conversation(let pair): (2, self.place(of: pair))
            case .device(let device): (3, self.place(of: device))
            }
        }

        mutating func place(of protocols: [ApplicationProtocol]) -> Int {
            if let place = self.protocolPlaces[protocols] { return place }
            self.protocolPlaces[protocols] = self.protocolNames.count
            self.protocolNames.append(protocols.map(\.rawValue).joined(separator: " "))
            return self.protocolNames.count &- 1
        }
    }
}

extension InventoryArchive.Spans {
    fileprivate mutating func append(_ place: Int, _ span: Inventory.Span, _ tables: inout InventoryArchive.Tables) {
        self.of.append(place)
        self.frame.append(span.first.frame)
        self.time.append(span.first.time.nanoseconds)
        self.scan.append(tables.place(of: span.first.scan))
        self.last.append(span.lastSeen.nanoseconds)
    }
}

extension InventoryArchive.Tallies {
    fileprivate mutating func append(_ pair: Int, _ portion: Inventory.ConversationRecord.Portion, _ tables: inout InventoryArchive.Tables) {
        let tally = portion.tally
        self.spans.append(pair, Inventory.Span(first: tally.first, lastSeen: tally.lastSeen), &tables)
        self.flows.append(tally.flows)
        self.answered.append(tally.answered)
        self.refused.append(tally.refused)
        self.bytesFromClient.append(tally.bytesFromClient)
        self.bytesFromServer.append(tally.bytesFromServer)
        self.packetsFromClient.append(tally.packetsFromClient)
        self.packetsFromServer.append(tally.packetsFromServer)
        self.messages.append(tally.messages)
        self.refusedMessages.append(tally.refusedMessages)
        self.answerFrame.append(tally.answer?.frame ?? 0)
        self.answerTime.append(tally.answer?.time.nanoseconds ?? 0)
    }
}

// MARK: - Reading

/// What an archive refers to is not in it: the file is damaged.
public struct InventoryArchiveError: Error, Hashable, Sendable {
    /// The column or table concerned.
    public let part: String
}

extension Inventory {
    /// - Throws: where a position is out of range, columns differ in length, or a name is unknown.
    public init(_ archive: InventoryArchive) throws(InventoryArchiveError) {
        self.init()
        let reader = try ArchiveReader(archive)
        self.scans = Set(reader.scans)
        self.hosts = try reader.heard()
        let (facts, conversations) = concurrently {
            Result { () throws(InventoryArchiveError) in try Self.sorted(reader.facts()) }
        } _: {
            Result { () throws(InventoryArchiveError) in try reader.conversations() }
        }
        self.facts = try facts.get()
        self.conversations = try conversations.get()
        self.sessions = try reader.sessions().sorted()
        self.omissions = try reader.omissions()
    }

    private static func sorted(_ facts: [Fact]) -> [Fact] {
        // Digests nearly always decide, and are lighter to move about than facts.
        var order = facts.indices.map { (digest: facts[$0].digest, place: $0) }
        order.sort { $0.digest == $1.digest ? Fact.isBefore(facts[$0.place], facts[$1.place]) : $0.digest < $1.digest }
        return order.map { facts[$0.place] }
    }
}

private struct ArchiveReader: Sendable {
    let archive: InventoryArchive
    let scans: [ScanID]
    private let hosts: [HostKey]
    private let services: [ServiceKey]
    private let pairs: [ConversationKey]
    private let devices: [DeviceKey]
    private let attributes: [Attribute]

    init(_ archive: InventoryArchive) throws(InventoryArchiveError) {
        self.archive = archive
        self.scans = try Self.all(archive.scans, "scans") { ScanID($0) }
        let hosts = try Self.all(archive.hosts, "hosts", Self.host)
        self.hosts = hosts
        let services = try Self.all(archive.services, "services") { Self.service($0, hosts) }
        self.services = services
        try Self.require(archive.pairs.client.count == archive.pairs.service.count, "pairs")
        self.pairs = try Self.all(0..<archive.pairs.client.count, "pairs") { row in
            guard let client = hosts.at(archive.pairs.client[row]), let service = services.at(archive.pairs.service[row]) else { return nil }
            return ConversationKey(client: client, service: service)
        }
        let devices = archive.devices
        try Self.require(devices.naming.count == devices.gateway.count && devices.identifier.count == devices.gateway.count, "devices")
        self.devices = try Self.all(0..<devices.gateway.count, "devices") { row in
            guard let gateway = hosts.at(devices.gateway[row]), let naming = DeviceKey.Naming(rawValue: devices.naming[row]) else { return nil }
            return DeviceKey(behind: gateway, naming: naming, identifier: PrintableText.make(devices.identifier[row]))
        }
        self.attributes = try Self.all(archive.attributes, "attributes") { Attribute(name: $0) }
    }

    private static func require(_ condition: Bool, _ part: String) throws(InventoryArchiveError) {
        if !condition { throw InventoryArchiveError(part: part) }
    }

    private static func all<Source, Element>(
        _ sources: some Sequence<Source>, _ part: String, _ make: (Source) -> Element?
    ) throws(InventoryArchiveError) -> [Element] {
        var made: [Element] = []
        made.reserveCapacity(sources.underestimatedCount)
        for source in sources {
            guard let element = make(source) else { throw InventoryArchiveError(part: part) }
            made.append(element)
        }
        return made
    }

    private static func host(_ text: String) -> HostKey? {
        let parts = text.split(separator: " ")
        guard let name = parts.first, parts.count <= 2 else { return nil }
        var network = VirtualNetwork.none
        if parts.count == 2 {
            guard let raw = UInt64(parts[1], radix: 16) else { return nil }
            network = VirtualNetwork(rawValue: raw)
        }
        if let address = IPAddress(String(name)) { return HostKey(address, in: network) }
        return MACAddress(String(name)).map { HostKey($0, in: network) }
    }

    private static func service(_ text: String, _ hosts: [HostKey]) -> ServiceKey? {
        let parts = text.split(separator: " ")
        guard parts.count == 3, let transport = Transport(name: parts[0]), let port = UInt16(parts[1]), let place = Int(parts[2]),
            let host = hosts.at(place)
        else { return nil }
        return ServiceKey(host: host, port: port, transport: transport)
    }

    private func spans(_ spans: InventoryArchive.Spans, _ part: String) throws(InventoryArchiveError) -> [Inventory.Span] {
        let count = spans.of.count
        try Self.require(spans.frame.count == count && spans.time.count == count && spans.scan.count == count && spans.last.count == count, part)
        return try Self.all(0..<spans.of.count, part) { row in
            guard let scan = self.scans.at(spans.scan[row]) else { return nil }
            let first = Evidence(frame: spans.frame[row], time: Timestamp(nanoseconds: spans.time[row]), scan: scan)
            return Inventory.Span(first: first, lastSeen: Timestamp(nanoseconds: spans.last[row]))
        }
    }

    func heard() throws(InventoryArchiveError) -> [HostKey: Inventory.HostRecord] {
        var records: [HostKey: Inventory.HostRecord] = [:]
        for (place, span) in zip(self.archive.heard.of.numbers, try self.spans(self.archive.heard, "heard")) {
            guard let host = self.hosts.at(place) else { throw InventoryArchiveError(part: "heard") }
            records[host] = Inventory.HostRecord(span: span)
        }
        let spans = try self.spans(self.archive.macSpans, "macs")
        try Self.require(spans.count == self.archive.macs.count, "macs")
        for (row, span) in spans.enumerated() {
            guard let host = self.hosts.at(self.archive.macSpans.of[row]), let mac = MACAddress(self.archive.macs[row]), records[host] != nil else {
                throw InventoryArchiveError(part: "macs")
            }
            records[host]?.macs[mac] = span
        }
        return records
    }

    func facts() throws(InventoryArchiveError) -> [Inventory.Fact] {
        let facts = self.archive.facts
        let spans = try self.spans(facts.spans, "facts")
        let count = spans.count
        try Self.require(facts.kind.count == count && facts.attribute.count == count && facts.type.count == count && facts.value.count == count, "facts")
        // Printable by construction when they were noted; a file may say otherwise.
        let texts = self.archive.texts.map { PrintableText.make($0) }
        return try Self.all(0..<count, "facts") { row in
            guard let subject = self.subject(facts.kind[row], facts.spans.of[row]), let attribute = self.attributes.at(facts.attribute[row]) else { return nil }
            let value: Value
            switch facts.type[row] {
            case 0:
                guard let place = Int(exactly: facts.value[row]), let text = texts.at(place) else { return nil }
                value = .text(text)
            case 1: value = .number(facts.value[row])
            case 2: value = .time(Timestamp(nanoseconds: facts.value[row]))
            default: return nil
            }
            return Inventory.Fact(subject, attribute, value, spans[row])
        }
    }

    private func subject(_ kind: Int, _ place: Int) -> Subject? {
        switch kind {
        case 0: self.hosts.at(place).map { .host($0) }
        case 1: self.services.at(place).map { .service($0) }
        case 2: self.pairs.at(place).map { .conversation($0) }
        case 3: self.devices.at(place).map { .device($0) }
        default: nil
        }
    }

    func conversations() throws(InventoryArchiveError) -> [Inventory.ConversationRecord] {
        let rows = self.archive.conversations
        let spans = try self.spans(rows.spans, "conversations")
        let count = spans.count
        let columns = [
            rows.flows, rows.answered, rows.refused, rows.bytesFromClient, rows.bytesFromServer, rows.packetsFromClient, rows.packetsFromServer,
            rows.messages, rows.refusedMessages, rows.answerFrame,
        ]
        try Self.require(columns.allSatisfy { $0.count == count } && rows.answerTime.count == count && rows.protocols.count == count, "conversations")
        let sets = try Self.all(self.archive.protocols, "protocols") { names in
            let parts = names.split(separator: " ")
            let protocols = parts.compactMap { ApplicationProtocol(rawValue: String($0)) }
            return protocols.count == parts.count ? protocols.sorted() : nil
        }
        let records = try Self.all(0..<count, "conversations") { row -> Inventory.ConversationRecord? in
            guard let key = self.pairs.at(rows.spans.of[row]), let protocols = sets.at(rows.protocols[row]) else { return nil }
            let scan = spans[row].first.scan
            let answer = rows.answerFrame[row] == 0
                ? nil : Evidence(frame: rows.answerFrame[row], time: Timestamp(nanoseconds: rows.answerTime[row]), scan: scan)
            let tally = ConversationTally(
                flows: rows.flows[row], answered: rows.answered[row], refused: rows.refused[row], bytesFromClient: rows.bytesFromClient[row],
                bytesFromServer: rows.bytesFromServer[row], packetsFromClient: rows.packetsFromClient[row],
                packetsFromServer: rows.packetsFromServer[row], messages: rows.messages[row], refusedMessages: rows.refusedMessages[row],
                lastSeen: spans[row].lastSeen, first: spans[row].first, answer: answer)
            return Inventory.ConversationRecord(key: key, protocols: protocols, first: .init(scan: scan, tally: tally))
        }
        // One list for each portion of a conversation: putting them together is what a merge does.
        let order = records.indices.sorted { left, right in
            records[left].key == records[right].key ? records[left].first.scan < records[right].first.scan : records[left].key < records[right].key
        }
        var united: [Inventory.ConversationRecord] = []
        united.reserveCapacity(records.count)
        for record in order.lazy.map({ records[$0] }) {
            if united.last?.key == record.key { united[united.count &- 1].merge(record) } else { united.append(record) }
        }
        return united
    }

    func sessions() throws(InventoryArchiveError) -> [Inventory.SessionRecord] {
        let rows = self.archive.sessions
        let spans = try self.spans(rows.spans, "sessions")
        try Self.require(rows.bytesFromClient.count == spans.count && rows.bytesFromServer.count == spans.count, "sessions")
        return try Self.all(spans.indices, "sessions") { row in
            guard let key = self.pairs.at(rows.spans.of[row]) else { return nil }
            let session = Session(
                first: spans[row].first, lastSeen: spans[row].lastSeen, bytesFromClient: rows.bytesFromClient[row], bytesFromServer: rows.bytesFromServer[row])
            return Inventory.SessionRecord(key: key, session: session)
        }
    }

    func omissions() throws(InventoryArchiveError) -> [Inventory.Omission: UInt64] {
        let rows = self.archive.omissions
        try Self.require(rows.scan.count == rows.count.count && rows.shard.count == rows.count.count, "omissions")
        var omissions: [Inventory.Omission: UInt64] = [:]
        for row in 0..<rows.count.count {
            guard let scan = self.scans.at(rows.scan[row]) else { throw InventoryArchiveError(part: "omissions") }
            omissions[Inventory.Omission(scan: scan, shard: rows.shard[row])] = rows.count[row]
        }
        return omissions
    }
}

extension Array {
    /// The element at a position that a file named; `nil` where there is none.
    fileprivate func at(_ position: Int) -> Element? { self.indices.contains(position) ? self[position] : nil }
}
