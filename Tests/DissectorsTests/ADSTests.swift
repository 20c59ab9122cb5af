import Observations
import Testing
import Wire

@testable import Dissectors

// The test server of pyads (Tests/Captures/building-ads.pcap); discovery after the ADS documentation.
@Suite("ADS") struct ADSTests {
    @Test func recorded() throws {
        let scripts = try RecordedConversation.load("building-ads")
        #expect(scripts.count == 1)
        for script in scripts {
            let run = Harness.run(script.turns, dissectors: Building.streams)
            #expect(run.protocols == [.ads])
            #expect(Building.service(.adsName, run.noted) == ["TestServer"])
            #expect(Building.service(.adsVersion, run.noted) == ["1.2.3"])
            #expect(Building.service(.controlAccepted, run.noted) == ["write", "stop"])
            Building.check(script, ADSDissector.self)
            Harness.checkOneDirection(script, ADSDissector.self)
            Harness.checkMidStream(script, dropping: 2, ADSDissector.self)
        }
    }

    /// A route is added with a user and a password; the answer of a device names itself.
    @Test func discovery() {
        func tag(_ number: Int, _ value: [UInt8]) -> [UInt8] { Building.le16(number) + Building.le16(value.count) + value }
        func message(_ service: Int, _ tags: [UInt8]...) -> [UInt8] {
            Octets.hex("03661471") + Building.le32(1) + Building.le32(service) + Octets.hex("c0a80163010110 27") + Building.le32(tags.count)
                + tags.flatMap(\.self)
        }
        let route = message(6, tag(12, Octets.text("route\0")), tag(13, Octets.text("canaryuser\0")), tag(2, Octets.text("CanaryPwd\0")))
        let system = Building.le32(276) + Building.le32(10) + Building.le32(0) + Building.le32(17763) + Building.le32(2)
        let answer = message(0x8000_0001, tag(5, Octets.text("CX-52A1F0\0")), tag(4, system), tag(3, [3, 1, 0xB8, 0x0F]))
        let run = Harness.run(datagrams: [Script.client(route), Script.server(answer)], ADSDiscoveryDissector.self, serverPort: 48_899)
        #expect(run.verdicts == [.more, .more])
        #expect(Building.texts(.loginClear, run.noted) == ["ads"])
        #expect(Building.texts(.adsHost, run.noted) == ["CX-52A1F0"])
        #expect(Building.texts(.adsVersion, run.noted) == ["3.1.4024"])
        #expect(Building.texts(.adsSystem, run.noted) == ["Windows NT 10.0.17763"])
        #expect(!run.noted.contains { $0.description.lowercased().contains("canary") })
    }
}
