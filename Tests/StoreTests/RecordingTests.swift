import Campaigns
import Foundation
import GRDB
import Observations
import Rules
import Store
import Testing
import Wire

@Suite("An inventory file")
struct RecordingTests {
    @Test("keeps a campaign whole, and once")
    func roundTrip() throws {
        try Made.withFolder { folder in
            let path = folder + "/site.laennec"
            let campaign = Made.campaign("c1", day: 0)
            let file = try InventoryFile(path, .create)
            #expect(try file.record(campaign) == InventoryFile.Recording(isNew: true, purgedFlows: 0))
            #expect(try file.record(campaign) == InventoryFile.Recording(isNew: false, purgedFlows: 0))
            let kept = try #require(try InventoryFile(path, .read).campaign("c1"))
            #expect(kept.devices == campaign.devices)
            #expect(kept.services == campaign.services)
            #expect(Set(kept.flows) == Set(campaign.flows))
            #expect(kept.inputs == campaign.inputs && kept.period == campaign.period && kept.site == campaign.site && kept.tool == campaign.tool)
            #expect(kept.legalFINESS == campaign.legalFINESS && kept.geographicFINESS == campaign.geographicFINESS && kept.signatures == "s")
            #expect(kept.findings.map(\.id) == campaign.findings.map(\.id))
            #expect(kept.findings.map(\.evidence) == campaign.findings.map(\.evidence))
            #expect(kept.findings.map(\.peers) == campaign.findings.map(\.peers) && kept.findings.first?.adjustment == 1)
            #expect(kept.findings.first?.displayFilter == "tcp.port == 23" && kept.findings.first?.service == campaign.findings.first?.service)
            #expect(try file.campaign("c2") == nil)
            let contents = try file.contents()
            #expect(contents.campaigns.map(\.id) == ["c1"] && contents.assets.count == 3 && contents.assets.map(\.pending) == [1, 1, 0])
            #expect(contents.events.map(\.kind) == [.recorded] && contents.retention == 180)
        }
    }

    @Test("says the same whatever the order of recording, and keeps history")
    func anyOrder() throws {
        let campaigns = [
            Made.campaign("c1", day: 0), Made.campaign("c2", day: 50, findings: nil), Made.campaign("c3", day: 100, devices: 1...4, findings: 2...4),
        ]
        var seen: [[String]] = []
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            try Made.withFolder { folder in
                let file = try InventoryFile(folder + "/site.laennec", .create)
                for index in order { try file.record(campaigns[index]) }
                let contents = try file.contents()
                seen.append(contents.chronicle.findings.map { "\($0.id) \($0.state) \($0.steps.map(\.state))" } + contents.assets.map { "\($0.id) \($0.device.version ?? "") \($0.asset.sightings)" })
                let page = try #require(try file.page(of: "mac-2"))
                #expect(page.snapshots.count == 3 && page.services.count == 1)
                #expect(page.changes.map(\.field) == [.version, .version] && page.changes.map(\.after) == [["v50"], ["v100"]])
            }
        }
        #expect(Set(seen).count == 1)
        #expect(seen[0].contains { $0.hasPrefix("telnet-service-1 fixed") } && seen[0].contains { $0.hasPrefix("telnet-service-2 regressed") })
        #expect(seen[0].contains { $0.hasPrefix("telnet-service-4 new") })
    }

    @Test("refuses the campaign of another establishment, and says whose it is")
    func otherEstablishment() throws {
        try Made.withFolder { folder in
            let file = try InventoryFile(folder + "/site.laennec", .create)
            try file.record(Made.campaign("c1", day: 0))
            func refused(_ change: (inout Campaign) -> Void) throws -> Bool {
                var campaign = Made.campaign("other", day: 1)
                change(&campaign)
                do throws(StoreFailure) { try file.record(campaign) } catch {
                    guard case .otherEstablishment(let ours, let theirs) = error.reason else { return false }
                    #expect(ours == "Hôpital d'essai, FINESS 750000002" && ours != theirs)
                    #expect(error.text.french.contains("un fichier par établissement") && error.text.english.contains("one file per establishment"))
                    return true
                }
                return false
            }
            #expect(try refused { $0.geographicFINESS = "130000001" })
            #expect(try refused { ($0.geographicFINESS, $0.legalFINESS) = (nil, "130000009") })
            #expect(try refused { ($0.geographicFINESS, $0.legalFINESS, $0.site) = (nil, nil, "Clinique voisine") })
            #expect(try file.overview().campaigns.count == 1)
            // The number of the place says more than a name; what is not said contradicts nothing.
            #expect(try !refused { ($0.id, $0.site) = ("c2", "Nouveau nom") })
            #expect(try !refused { ($0.id, $0.site, $0.geographicFINESS, $0.legalFINESS) = ("c3", nil, nil, nil) })
            #expect(try !refused { ($0.id, $0.site, $0.geographicFINESS, $0.legalFINESS) = ("c4", "HÔPITAL  D'ESSAI", nil, nil) })
            #expect(try file.overview().campaigns.count == 4)
            var empty = Made.campaign("c5", day: 2)
            empty.period = nil
            #expect(throws: StoreFailure(path: folder + "/site.laennec", reason: .emptyCampaign)) { try file.record(empty) }
        }
    }

    // MARK: Retention

    @Test("purges old flows when a campaign is recorded, by the newest campaign's clock, and logs it")
    func retention() throws {
        try Made.withFolder { folder in
            let path = folder + "/site.laennec"
            let file = try InventoryFile(path, .create)
            try file.record(Made.campaign("c1", day: 0))
            try file.record(Made.campaign("c2", day: 180))
            #expect(try file.overview().campaigns.map(\.keptFlows) == [2, 2])
            #expect(try file.record(Made.campaign("c3", day: 181)) == InventoryFile.Recording(isNew: true, purgedFlows: 2))
            var overview = try file.overview()
            #expect(overview.campaigns.map(\.keptFlows) == [0, 2, 2] && overview.campaigns.map(\.flows) == [2, 2, 2])
            let purge = try #require(overview.events.last)
            #expect(purge.kind == .purged && purge.count == 2 && purge.campaign == "c3" && purge.moment == Made.moment(181) && purge.until == Made.moment(1))
            // Devices, services and findings stay.
            let first = try #require(try file.campaign("c1"))
            #expect(first.flows.isEmpty && first.devices.count == 3 && first.services.count == 3 && first.findings.count == 2)
            // An older campaign that is recorded later loses its old flows at once.
            #expect(try file.record(Made.campaign("c0", day: -5)).purgedFlows == 2)
            try file.setRetention(days: 30)
            try file.setRetention(days: 30)
            #expect(try InventoryFile(path, .read).retention() == 30)
            #expect(try file.record(Made.campaign("c4", day: 215)).purgedFlows == 4)
            overview = try file.overview()
            #expect(overview.events.map(\.kind) == [.recorded, .recorded, .recorded, .purged, .recorded, .purged, .retention, .recorded, .purged])
        }
    }

    // MARK: People

    @Test("keeps what people decide, and only adds to it")
    func decisions() throws {
        try Made.withFolder { folder in
            let path = folder + "/site.laennec"
            let file = try InventoryFile(path, .create)
            try file.record(Made.campaign("c1", day: 0))
            let day = try #require(Day("2025-12-31"))
            let acts: [(String, Decision.Act)] = [
                ("mac-1", .label(key: "location", value: "Bloc 2")), ("mac-1", .label(key: "note", value: "x")), ("mac-1", .label(key: "note", value: "")),
                ("telnet-service-1", .accept(until: day, reason: "r", owner: "o")), ("telnet-service-1", .reopen),
                ("telnet-service-1", .assign(to: "Réseau", due: day)), ("telnet-service-2", .assign(to: "", due: nil)),
                ("telnet-service-2", .accept(until: day, reason: "r", owner: "")),
            ]
            try file.add(acts.map { Made.decision($0.0, $0.1, by: "J. Martin") })
            let chronicle = try InventoryFile(path, .read).contents().chronicle
            #expect(chronicle.decisions.map(\.act) == acts.map(\.1) && chronicle.decisions.map(\.subject) == acts.map(\.0))
            #expect(chronicle.decisions.map(\.number) == Array(1...8) && chronicle.decisions.allSatisfy { $0.author == "J. Martin" && $0.date.seconds == 1_800_000_000 })
            #expect(chronicle.asset("mac-1")?.labels == ["location": "Bloc 2"] && chronicle.asset("mac-1")?.revision == 3)
            #expect(chronicle.finding("telnet-service-1")?.state == .new && chronicle.finding("telnet-service-2")?.state == .accepted)
            #expect(chronicle.finding("telnet-service-1")?.assignment?.to == "Réseau")
            // The log cannot be rewritten, not even by another program that knows SQL.
            let queue = try DatabaseQueue(path: path)
            for sql in ["DELETE FROM decision", "UPDATE decision SET author = 'X'", "DELETE FROM event", "UPDATE event SET moment = 0"] {
                #expect(throws: DatabaseError.self) { try queue.write { try $0.execute(sql: sql) } }
            }
            // A body that gives up leaves nothing.
            struct Problem: Error {}
            #expect(throws: Problem.self) { try file.decide { _ throws(Problem) in throw Problem() } }
            #expect(try file.chronicle().decisions.count == 8)
        }
    }

    // MARK: Hostile names

    static let hostile = [
        "'); DROP TABLE device; --", "\" OR 1=1 --", "=HYPERLINK(\"http://x\")", "<script>alert(1)</script>", "\u{202E}gpj.exe", "a\u{0}b\u{1B}[31m\n",
        String(repeating: "é", count: 65_536), "%s%n", "‮", "\u{FEFF}", "[\"a\"]", "'",
    ]

    @Test("keeps hostile names as text", arguments: Self.hostile.indices)
    func hostileNames(_ index: Int) throws {
        let name = Self.hostile[index]
        try Made.withFolder { folder in
            let file = try InventoryFile(folder + "/site.laennec", .create)
            var campaign = Made.campaign("c1", day: 0)
            campaign.devices[0].names = [name, name]
            campaign.devices[0].maker = name
            campaign.devices[0].serial = name
            campaign.devices[0].zone = name
            campaign.devices[1].id = name
            campaign.devices.sort { $0.id < $1.id }
            campaign.inputs[0].name = name
            campaign.services[0].product = name
            try file.record(campaign)
            try file.add([Made.decision("mac-1", .label(key: "note", value: name), by: name)])
            try file.record(Made.campaign("c2", day: 1))
            let contents = try file.contents()
            #expect(contents.campaigns.count == 2)
            let texts = try #require(try file.campaign("c1")).devices.flatMap { [$0.id, $0.maker ?? "", $0.zone] + $0.names } + contents.campaigns.flatMap { $0.inputs.map(\.name) }
            let expected = PrintableText.make(name, limit: 1 << 16)
            #expect(texts.filter { $0 == expected }.count >= 5)
            #expect(texts.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 32 && $0 != "\u{202E}" } })
            #expect(contents.chronicle.decisions.first?.author == expected)
        }
    }

    // MARK: Size

    @Test("holds two campaigns of 20,000 devices")
    func large() throws {
        try Made.withFolder { folder in
            let path = folder + "/site.laennec"
            let file = try InventoryFile(path, .create)
            let clock = ContinuousClock()
            for day in [0, 50] as [Int64] {
                var campaign = Made.campaign("c\(day)", day: day, devices: 1...20_000, findings: 1...5_000)
                let time = Made.moment(day)
                campaign.flows = (0..<200_000).map { Made.flow(1 + $0 % 20_000, 1 + ($0 * 7) % 20_000, port: UInt16(truncatingIfNeeded: $0), at: time) }
                let span = try clock.measure { try file.record(campaign) }
                print("recorded 20,000 devices and 200,000 flows in \(span)")
            }
            var contents: KeptInventory?
            print("read in \(try clock.measure { contents = try file.contents() })")
            #expect(contents?.assets.count == 20_000 && contents?.chronicle.findings.count == 5_000)
            #expect(contents?.campaigns.map(\.keptFlows) == [200_000, 200_000])
            #expect(contents?.chronicle.findings.allSatisfy { $0.state == .open } == true)
            #expect(contents?.assets(named: "10.0.0.77").map(\.id) == ["mac-4d"])
        }
    }
}
