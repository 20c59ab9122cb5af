import Campaigns
import Observations
import Rules
import Testing

@Suite("Comparing two campaigns")
struct ComparisonTests {
    @Test("devices new, not seen again, moved, changed")
    func devices() throws {
        let before = Sample.campaign(
            "a",
            devices: [
                try Sample.device("mac-1", at: ["10.0.1.5"], names: ["ct-1"], model: "A", version: "1.0", zone: "Imagerie", isMedical: true),
                try Sample.device("mac-2", at: ["10.0.1.6"], names: ["irm-1"], zone: "Imagerie"),
                try Sample.device("mac-3", at: ["10.0.1.7"], zone: "Imagerie"), try Sample.device("mac-4", at: ["10.0.4.7"], zone: "Bloc"),
            ])
        let after = Sample.campaign(
            "b", day: 50,
            devices: [
                try Sample.device("mac-1", at: ["10.0.1.5"], names: ["CT-1.chsa.example"], model: "A", version: "1.1", serial: "77", zone: "Imagerie", isMedical: true),
                try Sample.device("mac-2", at: ["10.0.2.6"], names: ["irm-1"], zone: "Urgences"), try Sample.device("mac-9", at: ["10.0.2.9"], zone: "Urgences"),
            ])
        let comparison = Comparison(before: before, after: after)
        #expect(comparison.interval?.days == 50 && comparison.interval?.isInWindow == true && comparison.notes.isEmpty)
        #expect(comparison.appeared.map(\.device.id) == ["mac-9"] && comparison.appeared.first?.isSegmentSeen == false)
        #expect(comparison.vanished.map(\.device.id) == ["mac-3", "mac-4"])
        // Of Imagerie something was seen again, of Bloc nothing.
        #expect(comparison.vanished.map(\.isSegmentSeen) == [true, false])
        #expect(comparison.segments.map { "\($0.zone) \($0.devices) \($0.isMissingAfter)" } == ["Bloc 1 true", "Urgences 2 false"])
        #expect(comparison.moved.map(\.device.id) == ["mac-2"] && comparison.changed.map(\.device.id) == ["mac-1"])
        let changes = try #require(comparison.deviceChanges.first).changes
        // The longer form of a name is the same name; a serial number that was not known before is no change of the device.
        #expect(changes.map { "\($0.field) \($0.old) \($0.new) \($0.isChange)" } == ["version 1.0 1.1 true", "serial  77 false"])
        #expect(comparison.label(of: "mac-1") == "10.0.1.5 (CT-1.chsa.example)" && comparison.label(of: "ip-203.0.113.7") == "203.0.113.7")
    }

    @Test("the window of 45 to 60 days, and what a reader has to know", arguments: [(0, false), (44, false), (45, true), (60, true), (61, false)])
    func interval(_ days: Int64, _ isInWindow: Bool) throws {
        let comparison = Comparison(before: Sample.campaign("a"), after: Sample.campaign("b", day: days))
        #expect(comparison.interval?.days == Int(days) && comparison.interval?.isInWindow == isInWindow)
        #expect(comparison.notes == (days == 0 ? [.overlapping] : []))
    }

    @Test("the same campaign, another establishment, the wrong order, no frame")
    func notes() throws {
        #expect(Comparison(before: Sample.campaign("a"), after: Sample.campaign("a")).notes == [.sameCampaign])
        #expect(Comparison(before: Sample.campaign("a", site: "CH A"), after: Sample.campaign("b", day: 1, site: "CH B")).notes == [.differentSites])
        #expect(Comparison(before: Sample.campaign("a", site: "CH  Élan"), after: Sample.campaign("b", day: 1, site: "ch elan")).notes == [])
        #expect(Comparison(before: Sample.campaign("a", day: 9), after: Sample.campaign("b")).notes == [.reversed])
        let empty = Comparison(before: Sample.campaign("a", day: nil), after: Sample.campaign("b"))
        #expect(empty.notes == [.noPeriod] && empty.interval == nil)
        let devices = (try Sample.device("mac-1", at: ["10.0.0.1"], zone: "Imagerie"), try Sample.device("mac-1", at: ["10.0.0.1"], zone: "10.0.0.0/24"))
        let zones = Comparison(before: Sample.campaign("a", devices: [devices.0]), after: Sample.campaign("b", day: 1, devices: [devices.1]))
        #expect(zones.notes == [.otherZones] && zones.segments.isEmpty && zones.moved.isEmpty)
    }

    @Test("services of devices that both saw, whatever their address")
    func services() throws {
        let old = try Sample.device("ip-10.0.0.5", at: ["10.0.0.5"], names: ["ct-1"])
        let new = try Sample.device("mac-1", at: ["10.0.7.5"], names: ["ct-1"])
        let comparison = Comparison(
            before: Sample.campaign(
                "a", devices: [old],
                services: [
                    try Sample.service(old.id, "10.0.0.5", 22, [.ssh], product: "OpenSSH 8.4"), try Sample.service(old.id, "10.0.0.5", 23, [.telnet]),
                    try Sample.service(old.id, "10.0.0.5", 104, [.dicom]),
                ]),
            after: Sample.campaign(
                "b", day: 50, devices: [new, try Sample.device("mac-2", at: ["10.0.7.6"])],
                services: [
                    try Sample.service(new.id, "10.0.7.5", 22, [.ssh], product: "OpenSSH 9.2"), try Sample.service(new.id, "10.0.7.5", 104, [.dicom]),
                    try Sample.service(new.id, "10.0.7.5", 3389, [.rdp]), try Sample.service("mac-2", "10.0.7.6", 80),
                ]))
        #expect(comparison.services.map { "\($0.kind) \($0.port.number)" } == ["changed 22", "notSeen 23", "opened 3389"])
    }

    @Test("new peers of known devices, those outside and remote access first")
    func peers() throws {
        let devices = [try Sample.device("mac-1", at: ["10.0.0.1"], isMedical: true), try Sample.device("mac-2", at: ["10.0.0.2"]), try Sample.device("mac-3", at: ["10.0.0.3"])]
        let known = [try Sample.flow("mac-1", "10.0.0.1", "mac-2", "10.0.0.2", 104), try Sample.flow("ip-198.51.100.1", "198.51.100.1", "mac-2", "10.0.0.2", 443)]
        let comparison = Comparison(
            before: Sample.campaign("a", devices: devices, flows: known),
            after: Sample.campaign(
                "b", day: 50, devices: devices + [try Sample.device("mac-9", at: ["10.0.0.9"])],
                flows: known + [
                    try Sample.flow("mac-2", "10.0.0.2", "mac-1", "10.0.0.1", 11112),  // the other way round: not new
                    try Sample.flow("mac-3", "10.0.0.3", "mac-1", "10.0.0.1", 80), try Sample.flow("mac-9", "10.0.0.9", "mac-1", "10.0.0.1", 22, [.ssh]),
                    try Sample.flow("mac-1", "10.0.0.1", "ip-203.0.113.9", "203.0.113.9", 443, [.tls]),
                    try Sample.flow("ip-203.0.113.7", "203.0.113.7", "mac-2", "10.0.0.2", 3389, [.rdp]),
                    try Sample.flow("mac-2", "10.0.0.2", "mac-3", "10.0.0.3", 9, answered: 0),  // nobody answered
                ]))
        #expect(
            comparison.newPeers.map { "\($0.device) \($0.peer) \($0.isExternal) \($0.isRemoteAccess) \($0.isPeerNew) \($0.isClient)" } == [
                "mac-2 ip-203.0.113.7 true true false false", "mac-1 ip-203.0.113.9 true false false true", "mac-1 mac-9 false true true false",
                "mac-3 mac-1 false false false true",
            ])
        #expect(comparison.newPeerCount == 4)
    }

    @Test("findings: fixed only where what they are about was seen again")
    func findings() throws {
        let telnet = try Sample.key("10.0.0.1", 23)
        let devices = [try Sample.device("mac-1", at: ["10.0.0.1"], zone: "A"), try Sample.device("mac-2", at: ["10.0.0.2"], zone: "A"), try Sample.device("mac-3", at: ["10.9.0.3"], zone: "B")]
        let before = Sample.campaign(
            "a", devices: devices, services: [try Sample.service("mac-1", "10.0.0.1", 23, [.telnet]), try Sample.service("mac-1", "10.0.0.1", 80)],
            findings: [
                Sample.finding("persists", "mac-1", .minor), Sample.finding("worse", "mac-1", .minor), Sample.finding("better", "mac-1", .major),
                Sample.finding("fixed-host", "mac-1"), Sample.finding("fixed-service", "mac-1", service: try Sample.key("10.0.0.1", 80)),
                Sample.finding("service-unseen", "mac-1", service: telnet), Sample.finding("device-unseen", "mac-2"), Sample.finding("segment-unseen", "mac-3"),
            ])
        let after = Sample.campaign(
            "b", day: 50, devices: [devices[0], try Sample.device("mac-7", at: ["10.0.0.7"], zone: "A")], services: [try Sample.service("mac-1", "10.0.0.1", 80)],
            findings: [
                Sample.finding("persists", "mac-1", .minor), Sample.finding("worse", "mac-1", .critical), Sample.finding("better", "mac-1", .minor),
                Sample.finding("brand-new", "mac-1"), Sample.finding("of-new-device", "mac-7"), Sample.finding("came-back", "mac-1", id: "back"),
            ])
        let states = Comparison(before: before, after: after, fixedBefore: ["back"]).findings.map {
            "\($0.state) \($0.rule) \($0.gap?.rawValue ?? "-") \($0.isBack)"
        }
        #expect(
            states == [
                "regressed worse - false", "regressed came-back - true", "new brand-new - false", "new of-new-device device false", "persisting better - false",
                "persisting persists - false", "fixed fixed-host - false", "fixed fixed-service - false", "unchecked device-unseen device false",
                "unchecked segment-unseen segment false", "unchecked service-unseen service false",
            ])
    }

    @Test("a finding stays the same when the device has a new id and address")
    func findingsFollowDevices() throws {
        let old = try Sample.device("ip-10.0.0.5", at: ["10.0.0.5"], names: ["ct-1"])
        let new = try Sample.device("mac-1", at: ["10.0.7.5"], names: ["ct-1"])
        let comparison = Comparison(
            before: Sample.campaign("a", devices: [old], findings: [Sample.finding("r", old.id, service: try Sample.key("10.0.0.5", 23))]),
            after: Sample.campaign("b", day: 50, devices: [new], findings: [Sample.finding("r", new.id, service: try Sample.key("10.0.7.5", 23))]))
        #expect(comparison.count(.persisting) == 1 && comparison.findings.count == 1)
    }

    @Test("an address that another device has now carries no finding over")
    func reusedAddress() throws {
        let old = try Sample.device("ip-10.0.0.5", at: ["10.0.0.5"], maker: "Maker", serial: "1AA")
        let new = try Sample.device("ip-10.0.0.5", at: ["10.0.0.5"], maker: "Maker", serial: "2BB")
        let comparison = Comparison(
            before: Sample.campaign("a", devices: [old], findings: [Sample.finding("r", old.id)]),
            after: Sample.campaign("b", day: 50, devices: [new], findings: [Sample.finding("r", new.id)]))
        #expect(comparison.findings.map(\.state) == [.new, .unchecked])
        #expect(comparison.appeared.first?.proposals == [old.id] && comparison.vanished.count == 1)
    }
}
