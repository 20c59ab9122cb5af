public import Campaigns
import GRDB
import Inventory
import Observations
import Rules
import Wire

extension InventoryFile {
    // MARK: The file

    /// In order of time; those that end together by id.
    public func campaigns() throws(StoreFailure) -> [RecordedCampaign] { try self.read { try Self.campaigns($0) } }

    private static func campaigns(_ database: Database) throws -> [RecordedCampaign] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT id, site, legal_finess, geographic_finess, first_time, last_time, tool, signatures, devices, services, flows,
                    (SELECT count(*) FROM flow WHERE flow.campaign = campaign.number), findings, number
                FROM campaign ORDER BY last_time, id
                """)
        return try rows.map { row in
            var fields = Fields(row)
            let id = try fields.text()
            let (site, legal, geographic) = (try fields.optionalText(), try fields.optionalText(), try fields.optionalText())
            let (first, last) = (try fields.time(), try fields.time())
            guard first <= last else { throw DamagedRow() }
            let (tool, signatures) = (try fields.text(), try fields.text())
            let (devices, services, flows, kept) = (try fields.count(), try fields.count(), try fields.count(), try fields.count())
            let findings = try fields.count()
            let number = try fields.integer()
            let inputs = try Row.fetchAll(database, sql: "SELECT name, sha256, frames FROM input WHERE campaign = ? ORDER BY position", arguments: [number])
            return RecordedCampaign(
                number: number, id: id, site: site, legalFINESS: legal, geographicFINESS: geographic, period: first...last, tool: tool, signatures: signatures,
                inputs: try inputs.map { row in
                    var fields = Fields(row)
                    return Campaign.Input(name: try fields.text(), sha256: try fields.optionalText(), frames: try fields.unsigned())
                },
                devices: devices, services: services, flows: flows, keptFlows: kept, findings: findings)
        }
    }

    private static func events(_ database: Database) throws -> [InventoryEvent] {
        try Row.fetchAll(database, sql: "SELECT number, moment, kind, campaign, count, until FROM event ORDER BY number").map { row in
            var fields = Fields(row)
            let (number, moment) = (try fields.integer(), try fields.time())
            let kind = try Fields.known(InventoryEvent.Kind(rawValue: try fields.text()))
            let campaign = try fields.optionalText()
            let count = try fields.optionalInteger().map { Int(clamping: $0) }
            return InventoryEvent(
                number: number, moment: moment, kind: kind, campaign: campaign, count: count,
                until: try fields.optionalInteger().map { Timestamp(nanoseconds: $0) })
        }
    }

    /// Everything but snapshots of the past, services and flows, at one moment.
    public func contents() throws(StoreFailure) -> KeptInventory {
        try self.read { database in
            let chronicle = try Self.chronicle(database)
            return KeptInventory(
                campaigns: try Self.campaigns(database), chronicle: chronicle, assets: try Self.assets(of: chronicle, database),
                events: try Self.events(database), retention: try Self.retention(database))
        }
    }

    /// The campaigns, the log and the retention, without devices and findings.
    public func overview() throws(StoreFailure) -> KeptInventory {
        try self.read { database in
            KeptInventory(
                campaigns: try Self.campaigns(database),
                chronicle: Chronicle(campaigns: [], decisions: try Self.decisions(database), timeZone: try Self.timeZone(database)), assets: [],
                events: try Self.events(database), retention: try Self.retention(database))
        }
    }

    // MARK: Everything over time

    /// Devices and findings over all campaigns.
    public func chronicle() throws(StoreFailure) -> Chronicle { try self.read { try Self.chronicle($0) } }

    static func chronicle(_ database: Database) throws -> Chronicle {
        var campaigns: [Int64: Sightings] = [:]
        let entries = try Row.fetchAll(database, sql: "SELECT number, id, last_time FROM campaign")
        for row in entries {
            var fields = Fields(row)
            let number = try fields.integer()
            campaigns[number] = Sightings(id: try fields.text(), moment: try fields.time())
        }
        for number in campaigns.keys {
            var sightings = try Fields.known(campaigns[number])
            let devices = try Row.fetchCursor(
                database, sql: "SELECT id, macs, serial, udi, maker FROM device WHERE campaign = ? ORDER BY id", arguments: [number])
            while let row = try devices.next() {
                var fields = Fields(row)
                let (id, macs, serial, udi) = (try fields.text(), try fields.macs(), try fields.optionalText(), try fields.optionalText())
                sightings.devices.append(Sightings.Device(id: id, macs: macs, serial: serial, udi: udi, maker: try fields.optionalText()))
            }
            let services = try Row.fetchCursor(
                database, sql: "SELECT DISTINCT device, transport, port FROM service WHERE campaign = ?", arguments: [number])
            while let row = try services.next() {
                var fields = Fields(row)
                let (device, transport, port) = (try fields.text(), try fields.integer(), try fields.integer())
                sightings.ports.insert(
                    Sightings.Port(device: device, transport: try Fields.known(UInt8(exactly: transport)), number: try Fields.known(UInt16(exactly: port))))
            }
            sightings.findings = try Self.findings(of: number, database)
            campaigns[number] = sightings
        }
        return Chronicle(campaigns: Array(campaigns.values), decisions: try Self.decisions(database), timeZone: try Self.timeZone(database))
    }

    private static func findings(of campaign: Int64, _ database: Database) throws -> [Sightings.Finding] {
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT id, rule, severity, confidence, device, address, mac, network, port, transport, is_own_service, occurrences, first_seen, last_seen,
                    accepted_reason, accepted_owner, accepted_expires
                FROM finding WHERE campaign = ? ORDER BY id
                """, arguments: [campaign])
        var findings: [Sightings.Finding] = []
        while let row = try rows.next() {
            var fields = Fields(row)
            var finding = Sightings.Finding(
                id: try fields.text(), rule: try fields.text(), severity: try Fields.known(Severity(rawValue: try fields.text())),
                confidence: try fields.count(), device: try fields.text(), service: try fields.optionalService(), isOwnService: try fields.flag(),
                occurrences: try fields.count(), firstSeen: try fields.time(), lastSeen: try fields.time())
            if let accepted = try Self.acceptance(&fields) { finding.accepted = accepted }
            findings.append(finding)
        }
        return findings
    }

    private static func acceptance(_ fields: inout Fields) throws -> Acceptance? {
        let (reason, owner, expires) = (try fields.optionalText(), try fields.optionalText(), try fields.optionalInteger())
        guard let reason, let owner, let expires else { return nil }
        return Acceptance(reason: reason, owner: owner, expires: Timestamp(nanoseconds: expires))
    }

    private static func decisions(_ database: Database) throws -> [Decision] {
        try Row.fetchAll(database, sql: "SELECT number, date, author, subject, kind, key, value, day, owner FROM decision ORDER BY number").map { row in
            var fields = Fields(row)
            let (number, date) = (try fields.integer(), try fields.time())
            let (author, subject, kind) = (try fields.optionalText(), try fields.text(), try fields.text())
            let (key, value, day, owner) = (try fields.optionalText(), try fields.optionalText(), try fields.optionalText(), try fields.optionalText())
            let act: Decision.Act =
                switch kind {
                case "label": .label(key: try Fields.known(key), value: try Fields.known(value))
                case "accept": .accept(until: try Fields.known(day.flatMap { Day($0) }), reason: try Fields.known(value), owner: try Fields.known(owner))
                case "reopen": .reopen
                case "assign": .assign(to: try Fields.known(value), due: day.flatMap { Day($0) })
                default: throw DamagedRow()
                }
            return Decision(number: number, date: date, author: author, subject: subject, act: act)
        }
    }

    static func timeZone(_ database: Database) throws -> SiteTimeZone {
        try String.fetchOne(database, sql: "SELECT value FROM setting WHERE key = 'time_zone'").flatMap { SiteTimeZone($0) } ?? .standard
    }

    // MARK: Devices

    /// Every asset as the newest campaign that saw it has it, in the order in which they appeared.
    private static func assets(of chronicle: Chronicle, _ database: Database) throws -> [KeptAsset] {
        var pending: [Int: Int] = [:]
        for finding in chronicle.findings where finding.state.isPending { if let asset = finding.asset { pending[asset, default: 0] &+= 1 } }
        var wanted: [Int: [String: Int]] = [:]
        for (position, asset) in chronicle.assets.enumerated() {
            guard let last = asset.sightings.last else { continue }
            wanted[last.campaign, default: [:]][last.device] = position
        }
        var assets: [(Int, KeptAsset)] = []
        for (campaign, positions) in wanted {
            let rows = try Row.fetchCursor(database, sql: Self.deviceQuery + " WHERE campaign = (SELECT number FROM campaign WHERE id = ?)", arguments: [chronicle.campaigns[campaign].id])
            while let row = try rows.next() {
                // The id stands first: the others need not be read.
                var fields = Fields(row)
                guard let position = positions[try fields.text()] else { continue }
                let asset = KeptAsset(asset: chronicle.assets[position], device: try Self.device(row), pending: pending[position] ?? 0)
                assets.append((position, asset))
            }
        }
        return assets.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// An asset with its past and its services; `nil` where the file does not have it.
    public func page(of id: String) throws(StoreFailure) -> AssetPage? {
        try self.read { database in
            let chronicle = try Self.chronicle(database)
            guard let asset = chronicle.asset(id), let last = asset.sightings.last else { return nil }
            let snapshots = try asset.sightings.map { sighting in
                let row = try Row.fetchOne(
                    database, sql: Self.deviceQuery + " WHERE campaign = (SELECT number FROM campaign WHERE id = ?) AND id = ?",
                    arguments: [chronicle.campaigns[sighting.campaign].id, sighting.device])
                return AssetPage.Snapshot(campaign: sighting.campaign, device: try Self.device(try Fields.known(row)))
            }
            let services = try Row.fetchAll(
                database, sql: Self.serviceQuery + " WHERE campaign = (SELECT number FROM campaign WHERE id = ?) AND device = ?",
                arguments: [chronicle.campaigns[last.campaign].id, last.device])
            return AssetPage(asset: asset, snapshots: snapshots, services: try services.map(Self.service).sorted { $0.key < $1.key }, chronicle: chronicle)
        }
    }

    private static let deviceQuery = """
        SELECT id, position, names, titles, addresses, macs, is_medical, class, maker, model, version, serial, udi, operating_system, confidence, zone,
            gateway, first_seen, last_seen, frame, time, scan
        FROM device
        """

    private static func device(_ row: Row) throws -> Campaign.Device {
        var fields = Fields(row)
        return Campaign.Device(
            id: try fields.text(), position: try Fields.known(Asset.Position(rawValue: try fields.text())), names: try fields.list(),
            titles: try fields.list(), addresses: try fields.addresses(), macs: try fields.macs(), isMedical: try fields.flag(),
            deviceClass: try fields.optionalText(), maker: try fields.optionalText(), model: try fields.optionalText(), version: try fields.optionalText(),
            serial: try fields.optionalText(), udi: try fields.optionalText(), operatingSystem: try fields.optionalText(), confidence: try fields.count(),
            zone: try fields.text(), gateway: try fields.optionalText(), firstSeen: try fields.time(), lastSeen: try fields.time(),
            evidence: try fields.evidence())
    }

    private static let serviceQuery = """
        SELECT device, address, mac, network, port, transport, protocols, product, clients, first_seen, last_seen, frame, time, scan FROM service
        """

    private static func service(_ row: Row) throws -> Campaign.Service {
        var fields = Fields(row)
        return Campaign.Service(
            device: try fields.text(), key: try fields.service(), protocols: try fields.protocols(), product: try fields.optionalText(),
            clients: try fields.count(), firstSeen: try fields.time(), lastSeen: try fields.time(), evidence: try fields.evidence())
    }

    // MARK: A campaign again

    /// A campaign as it was recorded, without the flows that were purged; `nil` where the file does not have it. What proves its findings has
    /// the finding's service or device as its subject, which is all that is kept of it.
    public func campaign(_ id: String) throws(StoreFailure) -> Campaign? {
        try self.read { database in
            guard let entry = try Self.campaigns(database).first(where: { $0.id == id }) else { return nil }
            var campaign = Campaign(
                id: entry.id, site: entry.site, legalFINESS: entry.legalFINESS, geographicFINESS: entry.geographicFINESS, period: entry.period,
                inputs: entry.inputs, tool: entry.tool, signatures: entry.signatures)
            func rows(_ sql: String) throws -> [Row] { try Row.fetchAll(database, sql: sql + " WHERE campaign = ?", arguments: [entry.number]) }
            // As it sorts them itself: the file may order text otherwise.
            campaign.devices = try rows(Self.deviceQuery).map(Self.device).sorted { $0.id < $1.id }
            campaign.services = try rows(Self.serviceQuery).map(Self.service).sorted { $0.device == $1.device ? $0.key < $1.key : $0.device < $1.device }
            campaign.flows = try rows(Self.flowQuery).map(Self.flow).sorted { $0.service == $1.service ? $0.clientAddress < $1.clientAddress : $0.service < $1.service }
            let evidence = try Self.evidence(try rows("SELECT finding, position, attribute, kind, text, number, frame, time, scan, last_seen FROM evidence"))
            campaign.findings = try rows(Self.findingQuery).map { row in
                try Self.finding(row, evidence, address: { campaign.device($0)?.addresses.first ?? .none })
            }.sorted { left, right in
                if left.severity != right.severity { return left.severity > right.severity }
                if left.rule != right.rule { return left.rule < right.rule }
                if left.asset != right.asset { return left.asset < right.asset }
                return left.service?.port == right.service?.port ? left.id < right.id : (left.service?.port ?? 0) < (right.service?.port ?? 0)
            }
            return campaign
        }
    }

    private static let flowQuery = """
        SELECT client, server, client_address, address, mac, network, port, transport, protocols, answered, connections, bytes_from_client,
            bytes_from_server, first_seen, last_seen, frame, time, scan
        FROM flow
        """

    private static func flow(_ row: Row) throws -> Campaign.Flow {
        var fields = Fields(row)
        return Campaign.Flow(
            client: try fields.text(), server: try fields.text(), clientAddress: try fields.address(), service: try fields.service(),
            protocols: try fields.protocols(), answered: try fields.unsigned(), connections: try fields.unsigned(), bytesFromClient: try fields.unsigned(),
            bytesFromServer: try fields.unsigned(), firstSeen: try fields.time(), lastSeen: try fields.time(), evidence: try fields.evidence())
    }

    private struct Proof {
        let position: Int64
        let attribute: Attribute
        let value: Value
        let evidence: Evidence
        let lastSeen: Timestamp
    }

    private static func evidence(_ rows: [Row]) throws -> [String: [Proof]] {
        var proofs: [String: [Proof]] = [:]
        for row in rows {
            var fields = Fields(row)
            let (finding, position, name, kind) = (try fields.text(), try fields.integer(), try fields.text(), try fields.text())
            let (text, number) = (try fields.optionalText(), try fields.optionalInteger())
            let (evidence, lastSeen) = (try fields.evidence(), try fields.time())
            guard let attribute = Attribute(name: name) else { continue }
            let value: Value =
                switch kind {
                case "text": .text(try Fields.known(text))
                case "number": .number(try Fields.known(number))
                case "time": .time(Timestamp(nanoseconds: try Fields.known(number)))
                default: throw DamagedRow()
                }
            proofs[finding, default: []].append(Proof(position: position, attribute: attribute, value: value, evidence: evidence, lastSeen: lastSeen))
        }
        return proofs
    }

    private static let findingQuery = """
        SELECT id, rule, severity, adjustment, confidence, device, address, mac, network, port, transport, peers, peer_count, occurrences, first_seen,
            last_seen, display_filter, accepted_reason, accepted_owner, accepted_expires
        FROM finding
        """

    private static func finding(_ row: Row, _ proofs: [String: [Proof]], address: (String) -> IPAddress) throws -> Finding {
        var fields = Fields(row)
        let (id, rule, severity) = (try fields.text(), try fields.text(), try Fields.known(Severity(rawValue: try fields.text())))
        let (adjustment, confidence, device) = (try fields.optionalInteger(), try fields.count(), try fields.text())
        let service = try fields.optionalService()
        let (peers, peerCount, occurrences) = (try fields.list(), try fields.count(), try fields.count())
        let (firstSeen, lastSeen, filter) = (try fields.time(), try fields.time(), try fields.text())
        let accepted = try Self.acceptance(&fields)
        let subject: Subject = service.map { .service($0) } ?? .host(HostKey(address(device), in: .none))
        return Finding(
            id: id, rule: rule, severity: severity, adjustment: adjustment.flatMap { Int(exactly: $0) }, confidence: confidence, asset: device,
            service: service, peers: peers, peerCount: peerCount,
            evidence: (proofs[id] ?? []).sorted { $0.position < $1.position }.map {
                Observation(subject, $0.attribute, $0.value, evidence: $0.evidence, lastSeen: $0.lastSeen)
            },
            occurrences: occurrences, firstSeen: firstSeen, lastSeen: lastSeen, displayFilter: filter,
            accepted: accepted.map { Site.AcceptedRisk(rule: rule, targets: [], reason: $0.reason, owner: $0.owner, expires: $0.expires) })
    }
}
