public import Campaigns
import GRDB
import Inventory
import Observations
public import Rules
import Wire

extension InventoryFile {
    /// What became of a campaign that was to be recorded.
    public struct Recording: Hashable, Sendable {
        /// Whether the file did not have it yet.
        public var isNew: Bool
        /// How many flows were older than the retention, and are gone.
        public var purgedFlows: Int

        public init(isNew: Bool, purgedFlows: Int) {
            self.isNew = isNew
            self.purgedFlows = purgedFlows
        }
    }

    /// Days for which the detail of flows is kept where nothing else was said.
    public static let standardRetention = 180
    /// What can be said: the CNIL's recommendation for logs ends at a year.
    public static let retentions = 1...365

    /// Adds a campaign, whole or not at all. One that is known already, by its id, changes nothing.
    /// - Parameter timeZone: the establishment's, where its site file says it: for the days until which something is accepted.
    @discardableResult
    public func record(_ campaign: Campaign, timeZone: SiteTimeZone? = nil) throws(StoreFailure) -> Recording {
        try self.write { database in
            guard let period = campaign.period else { throw StoreFailure.Reason.emptyCampaign }
            // A broken page is noticed before something is built upon it.
            guard try String.fetchOne(database, sql: "PRAGMA quick_check(1)") == "ok" else { throw DamagedRow() }
            try Self.checkEstablishment(of: campaign, database)
            if let timeZone { try Self.set("time_zone", timeZone.name, database) }
            guard try Int64.fetchOne(database, sql: "SELECT number FROM campaign WHERE id = ?", arguments: [campaign.id]) == nil else {
                return Recording(isNew: false, purgedFlows: 0)
            }
            try database.execute(
                sql: """
                    INSERT INTO campaign (id, site, legal_finess, geographic_finess, first_time, last_time, tool, signatures, devices, services, flows, findings)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    campaign.id, campaign.site.map(Fields.printable), campaign.legalFINESS, campaign.geographicFINESS, period.lowerBound.nanoseconds,
                    period.upperBound.nanoseconds, campaign.tool, campaign.signatures, Set(campaign.devices.map(\.id)).count, campaign.services.count,
                    campaign.flows.count, Set(campaign.findings.map(\.id)).count,
                ])
            let number = database.lastInsertedRowID
            try Self.insert(campaign, number, database)
            try Self.log("recorded", moment: period.upperBound, campaign: campaign.id, database)
            return Recording(isNew: true, purgedFlows: try Self.purge(after: campaign.id, database))
        }
    }

    // MARK: Establishment

    private static func checkEstablishment(of campaign: Campaign, _ database: Database) throws {
        let known = try Row.fetchAll(
            database,
            sql: """
                SELECT site, legal_finess, geographic_finess FROM campaign WHERE coalesce(site, legal_finess, geographic_finess) IS NOT NULL ORDER BY number
                """
        ).map { row in
            var fields = Fields(row)
            return (site: try fields.optionalText(), legal: try fields.optionalText(), geographic: try fields.optionalText())
        }
        // The number of the place says most, then that of the legal entity, then a name that the file had; what only one of both has says nothing.
        let sides: [(file: [String], campaign: String?)] = [
            (known.compactMap(\.geographic), campaign.geographicFINESS), (known.compactMap(\.legal), campaign.legalFINESS),
            (known.compactMap(\.site).map { SiteText.folded($0) }, campaign.site.map { SiteText.folded($0) }),
        ]
        guard let side = sides.first(where: { !$0.file.isEmpty && $0.campaign != nil }), let theirs = side.campaign, !side.file.contains(theirs) else { return }
        func name(_ site: String?, _ geographic: String?, _ legal: String?) -> String {
            [site, (geographic ?? legal).map { "FINESS \($0)" }].compactMap { $0 }.joined(separator: ", ")
        }
        throw StoreFailure.Reason.otherEstablishment(
            file: name(known.first?.site, known.first?.geographic, known.first?.legal),
            campaign: name(campaign.site, campaign.geographicFINESS, campaign.legalFINESS))
    }

    // MARK: Rows

    private static func insert(_ campaign: Campaign, _ number: Int64, _ database: Database) throws {
        // A result that somebody else wrote may name a device or finding twice: the first counts.
        for (position, input) in campaign.inputs.enumerated() {
            try database.execute(
                sql: "INSERT INTO input VALUES (?, ?, ?, ?, ?)", arguments: [number, position, Fields.printable(input.name), input.sha256, Column.bits(input.frames)])
        }
        var devices = try Insertion("device", columns: 23, database)
        for device in campaign.devices {
            try devices.add([
                number, device.id, device.position.rawValue, try Column.list(device.names), try Column.list(device.titles), Column.words(device.addresses),
                Column.words(device.macs), device.isMedical ? 1 : 0, device.deviceClass, device.maker, device.model, device.version, device.serial,
                device.udi, device.operatingSystem, device.confidence, device.zone, device.gateway, device.firstSeen.nanoseconds,
                device.lastSeen.nanoseconds,
            ] + Column.evidence(device.evidence))
        }
        var services = try Insertion("service", columns: 15, database)
        for service in campaign.services {
            try services.add([number, service.device] + Column.service(service.key) + [
                Column.protocols(service.protocols), service.product, service.clients, service.firstSeen.nanoseconds, service.lastSeen.nanoseconds,
            ] + Column.evidence(service.evidence))
        }
        var flows = try Insertion("flow", columns: 19, database)
        for flow in campaign.flows {
            try flows.add([number, flow.client, flow.server, flow.clientAddress.description] + Column.service(flow.service) + [
                Column.protocols(flow.protocols), Column.bits(flow.answered), Column.bits(flow.connections), Column.bits(flow.bytesFromClient),
                Column.bits(flow.bytesFromServer), flow.firstSeen.nanoseconds, flow.lastSeen.nanoseconds,
            ] + Column.evidence(flow.evidence))
        }
        try Self.insert(campaign.findings, services: campaign.services, number, database)
    }

    private static func insert(_ findings: [Finding], services: [Campaign.Service], _ number: Int64, _ database: Database) throws {
        let own = Set(services.map { Sightings.OwnService(device: $0.device, key: $0.key) })
        var rows = try Insertion("finding", columns: 22, database)
        var evidence = try Insertion("evidence", columns: 11, database)
        for finding in findings {
            let isOwn = finding.service.map { own.contains(Sightings.OwnService(device: finding.asset, key: $0)) } ?? false
            try rows.add([
                number, finding.id, finding.rule, finding.severity.rawValue, finding.adjustment, finding.confidence, finding.asset,
            ] + Column.service(finding.service) + [
                isOwn ? 1 : 0, try Column.list(finding.peers), finding.peerCount, finding.occurrences, finding.firstSeen.nanoseconds,
                finding.lastSeen.nanoseconds, finding.displayFilter, finding.accepted?.reason, finding.accepted?.owner, finding.accepted?.expires.nanoseconds,
            ])
            for (position, observation) in finding.evidence.enumerated() {
                let kind: String
                var (text, integer): (String?, Int64?) = (nil, nil)
                switch observation.value {
                case .text(let value): (kind, text) = ("text", value)
                case .number(let value): (kind, integer) = ("number", value)
                case .time(let value): (kind, integer) = ("time", value.nanoseconds)
                }
                try evidence.add([number, finding.id, position, observation.attribute.name, kind, text, integer] + Column.evidence(observation.evidence)
                    + [observation.lastSeen.nanoseconds])
            }
        }
    }

    /// One statement for all rows of a table.
    private struct Insertion {
        private let statement: Statement

        init(_ table: String, columns: Int, _ database: Database) throws {
            let marks = Array(repeating: "?", count: columns).joined(separator: ", ")
            self.statement = try database.makeStatement(sql: "INSERT OR IGNORE INTO \(table) VALUES (\(marks))")
        }

        mutating func add(_ values: [(any DatabaseValueConvertible)?]) throws { try self.statement.execute(arguments: StatementArguments(values.map(Column.printable))) }
    }

    // MARK: Retention

    /// Takes away the detail of flows that ended longer ago than the retention, counted back from the newest campaign's last frame.
    private static func purge(after campaign: String, _ database: Database) throws -> Int {
        guard let newest = try Int64.fetchOne(database, sql: "SELECT max(last_time) FROM campaign") else { return 0 }
        let span = Int64(try Self.retention(database)) * 86_400_000_000_000
        let (until, overflow) = newest.subtractingReportingOverflow(span)
        guard !overflow else { return 0 }
        try database.execute(sql: "DELETE FROM flow WHERE last_seen < ?", arguments: [until])
        let count = database.changesCount
        if count > 0 { try Self.log("purged", moment: Timestamp(nanoseconds: newest), campaign: campaign, count: Int64(count), until: until, database) }
        return count
    }

    static func retention(_ database: Database) throws -> Int {
        let text = try String.fetchOne(database, sql: "SELECT value FROM setting WHERE key = 'retention_days'")
        guard let days = text.flatMap({ Int($0) }), Self.retentions.contains(days) else { return Self.standardRetention }
        return days
    }

    /// Days for which the detail of flows is kept.
    public func retention() throws(StoreFailure) -> Int { try self.read { try Self.retention($0) } }

    /// Says for how many days the detail of flows is kept; it is purged when the next campaign is recorded.
    /// - Parameter days: one of ``retentions``.
    public func setRetention(days: Int) throws(StoreFailure) {
        try self.write { database in
            guard try Self.retention(database) != days else { return }
            try Self.set("retention_days", String(days), database)
            let moment = try Int64.fetchOne(database, sql: "SELECT max(last_time) FROM campaign") ?? 0
            try Self.log("retention", moment: Timestamp(nanoseconds: moment), campaign: nil, count: Int64(days), database)
        }
    }

    private static func set(_ key: String, _ value: String, _ database: Database) throws {
        try database.execute(sql: "INSERT INTO setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", arguments: [key, value])
    }

    private static func log(
        _ kind: String, moment: Timestamp, campaign: String?, count: Int64? = nil, until: Int64? = nil, _ database: Database
    ) throws {
        try database.execute(
            sql: "INSERT INTO event (moment, kind, campaign, count, until) VALUES (?, ?, ?, ?, ?)",
            arguments: [moment.nanoseconds, kind, campaign, count, until])
    }
}
