import Campaigns
import Observations
import Rules
import Testing
import Wire

/// What becomes of devices and findings over campaigns: the same whatever the order in which they come.
@Suite("A chronicle")
struct ChronicleTests {
    private static let day: Int64 = 86_400

    private static func moment(_ days: Int64) -> Timestamp { Timestamp(seconds: days * Self.day) }

    private static func device(_ id: String, mac: UInt64? = nil, serial: String? = nil, udi: String? = nil, maker: String? = "Maker") -> Sightings.Device {
        Sightings.Device(
            id: id, macs: mac.map { [MACAddress(rawValue: $0)] } ?? [], serial: serial, udi: udi, maker: maker)
    }

    private static func service(_ port: UInt16) -> ServiceKey {
        ServiceKey(host: HostKey(IPAddress(v4: 0x0A00_0001), in: .none), port: port, transport: .tcp)
    }

    private static func finding(
        _ device: String, rule: String = "telnet-service", port: UInt16? = nil, isOwn: Bool = true, day: Int64 = 0, severity: Severity = .major,
        accepted: Acceptance? = nil
    ) -> Sightings.Finding {
        Sightings.Finding(
            id: "\(rule)-\(device)-\(port ?? 0)", rule: rule, severity: severity, confidence: 90, device: device, service: port.map { Self.service($0) },
            isOwnService: isOwn && port != nil, occurrences: 1, firstSeen: Self.moment(day), lastSeen: Self.moment(day), accepted: accepted)
    }

    private static func port(_ device: String, _ number: UInt16) -> Sightings.Port { Sightings.Port(device: device, transport: 6, number: number) }

    /// Every order of some campaigns.
    private static func orders<Element>(_ elements: [Element]) -> [[Element]] {
        guard elements.count > 1 else { return [elements] }
        return elements.indices.flatMap { index in
            var rest = elements
            let element = rest.remove(at: index)
            return Self.orders(rest).map { [element] + $0 }
        }
    }

    // MARK: States

    @Test("gives every state, whatever the order of recording")
    func states() {
        let a = Self.device("a")
        let campaigns = [
            Sightings(id: "1", moment: Self.moment(1), devices: [a], findings: [Self.finding("a", day: 1)]),
            Sightings(id: "2", moment: Self.moment(50), devices: [a], findings: [Self.finding("a", day: 50)]),
            Sightings(id: "3", moment: Self.moment(100), devices: [a]),
            Sightings(id: "4", moment: Self.moment(150), devices: [a], findings: [Self.finding("a", day: 150), Self.finding("a", rule: "b-rule", day: 150)]),
        ]
        for order in Self.orders(campaigns) {
            let chronicle = Chronicle(campaigns: order)
            #expect(chronicle.campaigns.map(\.id) == ["1", "2", "3", "4"])
            let finding = chronicle.finding("telnet-service-a-0")
            #expect(finding?.steps.map(\.state) == [.new, .open, .fixed, .regressed])
            #expect(finding?.steps.map(\.isSeen) == [true, true, false, true])
            #expect(finding?.state == .regressed)
            #expect(finding?.age(at: chronicle.moment) == 149)
            #expect(chronicle.finding("b-rule-a-0")?.state == .new)
        }
        // Without the last one it is fixed, and without the last two it is open.
        #expect(Chronicle(campaigns: Array(campaigns.prefix(3))).findings.map(\.state) == [.fixed])
        #expect(Chronicle(campaigns: Array(campaigns.prefix(2))).findings.map(\.state) == [.open])
        #expect(Chronicle(campaigns: Array(campaigns.prefix(1))).findings.map(\.state) == [.new])
        // After it came back it is open again.
        let later = Sightings(id: "5", moment: Self.moment(200), devices: [a], findings: [Self.finding("a", day: 200)])
        #expect(Chronicle(campaigns: campaigns + [later]).finding("telnet-service-a-0")?.state == .open)
    }

    @Test("does not take silence for repair")
    func notSeenAgain() {
        let first = Sightings(
            id: "1", moment: Self.moment(1), devices: [Self.device("a"), Self.device("b"), Self.device("c"), Self.device("d")],
            ports: [Self.port("a", 23)], findings: [Self.finding("a", port: 23)])
        func state(_ second: Sightings) -> (Chronicle.State?, Bool?) {
            let finding = Chronicle(campaigns: [first, second]).findings.first
            return (finding?.state, finding?.isUnseen)
        }
        // Elsewhere, nothing is known.
        #expect(state(Sightings(id: "2", moment: Self.moment(2), devices: [Self.device("x")])) == (.open, true))
        // Its neighbours say nothing of it: it may be switched off, or away.
        #expect(state(Sightings(id: "2", moment: Self.moment(2), devices: ["b", "c", "d"].map { Self.device($0) })) == (.open, true))
        // The device alone, without its service: nobody may have used it.
        let alone = [Self.device("a")]
        #expect(state(Sightings(id: "2", moment: Self.moment(2), devices: alone)) == (.open, true))
        // The service was used, and did not show it.
        #expect(state(Sightings(id: "2", moment: Self.moment(2), devices: alone, ports: [Self.port("a", 23)])) == (.fixed, false))
        // Another port of it says nothing.
        #expect(state(Sightings(id: "2", moment: Self.moment(2), devices: alone, ports: [Self.port("a", 22)])) == (.open, true))
        // What a device does as a client, and what concerns the device itself, needs the device only.
        for finding in [Self.finding("a", port: 21, isOwn: false), Self.finding("a", rule: "old-system")] {
            let before = Sightings(id: "1", moment: Self.moment(1), devices: alone, findings: [finding])
            let after = Sightings(id: "2", moment: Self.moment(2), devices: alone)
            #expect(Chronicle(campaigns: [before, after]).findings.map(\.state) == [.fixed])
        }
        // A campaign that saw nothing says nothing.
        let lonely = Sightings(id: "1", moment: Self.moment(1), devices: alone, findings: [Self.finding("a", port: 23)])
        #expect(Chronicle(campaigns: [lonely, Sightings(id: "2", moment: Self.moment(2))]).findings.map(\.state) == [.open])
        // What is fixed stays fixed while nothing more is known.
        let fixed = Sightings(id: "2", moment: Self.moment(2), devices: alone, ports: [Self.port("a", 23)])
        let silent = Sightings(id: "3", moment: Self.moment(3))
        let chronicle = Chronicle(campaigns: [first, fixed, silent])
        #expect(chronicle.findings.map(\.state) == [.fixed] && chronicle.findings.map(\.isUnseen) == [false])
    }

    // MARK: Decisions

    @Test("accepts until the end of a day of the newest campaign's clock")
    func acceptance() throws {
        let until = try #require(Day("1970-01-11"))
        let accept = Decision(number: 1, date: Self.moment(20_000), author: "J. Martin", subject: "telnet-service-a-0", act: .accept(until: until, reason: "remplacement", owner: "Imagerie"))
        let utc = try #require(SiteTimeZone("UTC"))
        func chronicle(_ last: Timestamp, _ more: [Decision] = []) -> Chronicle {
            let a = Self.device("a")
            return Chronicle(
                campaigns: [
                    Sightings(id: "1", moment: Self.moment(1), devices: [a], findings: [Self.finding("a", day: 1)]),
                    Sightings(id: "2", moment: last, devices: [a], findings: [Self.finding("a", day: 2)]),
                ], decisions: more + [accept], timeZone: utc)
        }
        // The day ends at midnight: days are counted from 1970-01-01.
        #expect(chronicle(Timestamp(nanoseconds: 11 * 86_400 * 1_000_000_000 - 1)).findings.map(\.state) == [.accepted])
        #expect(chronicle(Self.moment(11)).findings.map(\.state) == [.open])
        #expect(chronicle(Self.moment(11)).findings.first?.acceptance?.owner == "Imagerie")
        let reopen = Decision(number: 2, date: Self.moment(20_001), subject: "telnet-service-a-0", act: .reopen)
        #expect(chronicle(Self.moment(5), [reopen]).findings.map(\.state) == [.open])
        #expect(chronicle(Self.moment(5), [reopen]).findings.first?.revision == 2)
        let assign = Decision(number: 3, date: Self.moment(20_002), subject: "telnet-service-a-0", act: .assign(to: "Réseau", due: until))
        let assigned = chronicle(Self.moment(5), [reopen, assign])
        #expect(assigned.findings.first?.assignment?.to == "Réseau" && assigned.findings.first?.assignment?.due == until)
        let nobody = Decision(number: 4, date: Self.moment(20_003), subject: "telnet-service-a-0", act: .assign(to: "", due: nil))
        #expect(chronicle(Self.moment(5), [reopen, assign, nobody]).findings.first?.assignment == nil)
    }

    @Test("does not count what is fixed as accepted, and lets the site file speak")
    func acceptanceOfOthers() {
        let a = Self.device("a")
        let site = Acceptance(reason: "site", owner: "RSSI", expires: Self.moment(100))
        let first = Sightings(id: "1", moment: Self.moment(1), devices: [a], findings: [Self.finding("a", accepted: site)])
        #expect(Chronicle(campaigns: [first]).findings.map(\.state) == [.accepted])
        let reopen = Decision(number: 1, date: Self.moment(1), subject: "telnet-service-a-0", act: .reopen)
        #expect(Chronicle(campaigns: [first], decisions: [reopen]).findings.map(\.state) == [.accepted])
        #expect(Chronicle(campaigns: [first, Sightings(id: "2", moment: Self.moment(2), devices: [a])]).findings.map(\.state) == [.fixed])
        #expect(Chronicle(campaigns: [first, Sightings(id: "2", moment: Self.moment(200), devices: [a], findings: [Self.finding("a")])]).findings.map(\.state) == [.open])
    }

    @Test("marks what the inventory accepts in the findings of a scan")
    func marking() throws {
        let until = try #require(Day("1970-01-11"))
        let accept = Decision(number: 1, date: Self.moment(1), subject: "telnet-service-a-0", act: .accept(until: until, reason: "r", owner: "o"))
        let chronicle = Chronicle(
            campaigns: [Sightings(id: "1", moment: Self.moment(1), devices: [Self.device("a")], findings: [Self.finding("a")])], decisions: [accept])
        let finding = Finding(
            id: "telnet-service-a-0", rule: "telnet-service", severity: .major, confidence: 90, asset: "a", service: nil, occurrences: 1, firstSeen: Self.moment(1),
            lastSeen: Self.moment(1), displayFilter: "")
        #expect(chronicle.marked([finding], at: Self.moment(2)).first?.accepted?.reason == "r")
        #expect(chronicle.marked([finding], at: Self.moment(40)).first?.accepted == nil)
    }

    // MARK: Assets

    @Test("joins a device whose id changed, and only then")
    func joining() {
        func ids(_ campaigns: [[Sightings.Device]]) -> [[String]] {
            Chronicle(campaigns: campaigns.enumerated().map { Sightings(id: String($0), moment: Self.moment(Int64($0)), devices: $1) }).assets.map(\.ids)
        }
        let routed = Self.device("ip-10.0.0.1", serial: "SN-12345")
        let seen = Self.device("mac-1", mac: 0x0200_0000_0001, serial: "SN-12345")
        #expect(ids([[routed], [seen]]) == [["mac-1", "ip-10.0.0.1"]])
        #expect(ids([[Self.device("x", udi: "(01)1(21)7")], [Self.device("y", udi: "(01)1(21)7")]]) == [["y", "x"]])
        #expect(ids([[Self.device("x", mac: 5)], [Self.device("y", mac: 5)]]) == [["y", "x"]])
        // Two that share a number in one campaign: it identifies neither.
        #expect(ids([[routed], [seen, Self.device("mac-2", serial: "SN-12345")]]).count == 3)
        // Both are there: they are two.
        #expect(ids([[routed], [routed, seen]]).count == 2)
        // A comparison folds a number and asks for its maker: so does this. A unique device identifier without a serial number names a model.
        #expect(ids([[routed], [Self.device("mac-1", serial: "sn 12345", maker: "Maker AG")]]) == [["mac-1", "ip-10.0.0.1"]])
        for maker in ["Other", nil] { #expect(ids([[routed], [Self.device("mac-1", serial: "SN-12345", maker: maker)]]).count == 2) }
        #expect(ids([[Self.device("x", udi: "(01)00844588003288")], [Self.device("y", udi: "(01)00844588003288")]]).count == 2)
        // Factory settings, virtual routers, groups, addresses chosen by software.
        #expect(ids([[Self.device("x", mac: 0x0200_0000_0001)], [Self.device("y", mac: 0x0200_0000_0001)]]).count == 2)
        #expect(ids([[Self.device("x", serial: "0000")], [Self.device("y", serial: "0000")]]).count == 2)
        #expect(ids([[Self.device("x", mac: 0x0000_5E00_0101)], [Self.device("y", mac: 0x0000_5E00_0101)]]).count == 2)
        #expect(ids([[Self.device("x", mac: 0x0100_5E00_0001)], [Self.device("y", mac: 0x0100_5E00_0001)]]).count == 2)
    }

    @Test("keeps findings, labels and decisions of a device whose id changed")
    func joinedFindings() throws {
        let until = try #require(Day("2000-01-01"))
        let chronicle = Chronicle(
            campaigns: [
                Sightings(id: "1", moment: Self.moment(1), devices: [Self.device("old", mac: 7)], ports: [Self.port("old", 23)], findings: [Self.finding("old", port: 23)]),
                Sightings(id: "2", moment: Self.moment(2), devices: [Self.device("new", mac: 7)], ports: [Self.port("new", 23)], findings: [Self.finding("new", port: 23)]),
            ],
            decisions: [
                Decision(number: 1, date: Self.moment(1), subject: "old", act: .label(key: "location", value: "Bloc 2")),
                Decision(number: 2, date: Self.moment(1), subject: "telnet-service-old-23", act: .accept(until: until, reason: "r", owner: "")),
            ])
        #expect(chronicle.assets.count == 1 && chronicle.findings.count == 1)
        #expect(chronicle.asset("new")?.labels == ["location": "Bloc 2"] && chronicle.asset("old")?.id == "new")
        #expect(chronicle.finding("telnet-service-new-23")?.state == .accepted)
        #expect(chronicle.findings.first?.steps.map(\.state) == [.new, .open])
        #expect(chronicle.findings(named: "telnet-service-o").count == 1)
    }

    @Test("tells what a campaign brought")
    func news() {
        let a = Self.device("a")
        let chronicle = Chronicle(campaigns: [
            Sightings(id: "1", moment: Self.moment(1), devices: [a], findings: [Self.finding("a"), Self.finding("a", rule: "b-rule")]),
            Sightings(id: "2", moment: Self.moment(2), devices: [a, Self.device("b")], findings: [Self.finding("b")]),
            Sightings(id: "3", moment: Self.moment(3), devices: [a], findings: [Self.finding("a")]),
        ])
        #expect(chronicle.news(of: "1").devices == 1 && chronicle.news(of: "1").findings == [.new: 2])
        #expect(chronicle.news(of: "2").devices == 1 && chronicle.news(of: "2").findings == [.new: 1, .fixed: 2])
        #expect(chronicle.news(of: "3").devices == 0 && chronicle.news(of: "3").findings[.regressed] == 1)
    }

    // MARK: Days

    @Test("reads days as people and spreadsheets write them")
    func days() throws {
        #expect(Day("2026-12-31")?.description == "2026-12-31")
        #expect(Day("31/12/2026", isDayFirst: true)?.description == "2026-12-31")
        for text in ["", "31/12/2026", "2026-02-30", "2026-13-01", "2026-1-", "-1-1-1", "2026-12-31T00:00", "９９９９-01-01", "20261231", "0000-01-01", "2026-+1-01"] { #expect(Day(text) == nil, "\(text)") }
        let paris = try #require(SiteTimeZone("Europe/Paris"))
        #expect(Day("2026-07-14")?.end(in: paris).description == "2026-07-14T22:00:00.000000Z")
        #expect(Day("2026-12-31")?.end(in: paris).description == "2026-12-31T23:00:00.000000Z")
    }
}
