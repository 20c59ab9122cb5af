import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("NTP") struct NTPTests {
    @Test func asRecorded() throws {
        let run = RecordedFrames.run(try RecordedFrames.load("ntp-control"), datagram: NTPDissector.self)
        #expect(run.recognised == 9)
        #expect(
            run.noted == [
                "10.20.11.15:123 ntp.control=read-status",
                "10.20.11.15:123 ntp.control=read-variables",
                "10.20.11.15:123 ntp.software=ntpd ntpsec-1.2.2",
                "10.20.11.15:123 ntp.system=Linux/5.10.0",
                "10.20.11.15:123 ntp.version=4",
            ])
        for canary in try RecordedConversation.canaries("ntp-control") {
            #expect(!run.noted.contains { $0.contains(canary) }, "\(canary)")
        }
    }

    @Test func hostileFrames() throws {
        // Whatever comes of changed frames, it never traps, and what is noted stays bounded.
        let frames = RecordedFrames.mutated(try RecordedFrames.load("ntp-control"))
        #expect(RecordedFrames.run(frames, datagram: NTPDissector.self).noted.count < 20_000)
    }

    @Test func chanceIsRefused() {
        #expect(RecordedFrames.run(RecordedFrames.random(count: 60_000, port: 123), datagram: NTPDissector.self).recognised == 0)
        #expect(RecordedFrames.run(RecordedFrames.random(count: 60_000, port: 40_000), datagram: NTPDissector.self).recognised == 0)
    }

    static func run(_ bytes: [UInt8], from source: Endpoint, to destination: Endpoint) -> RecordedFrames.Run {
        let frame = RecordedFrames.Frame(kind: .datagram, mac: MACAddress(rawValue: 0x0200_0000_0001), source: source, destination: destination, payload: bytes)
        return RecordedFrames.run([frame], datagram: NTPDissector.self)
    }
    static let host = Endpoint(address: IPAddress(v4: 0x0A14_0B05), port: 123)
    static let other = Endpoint(address: IPAddress(v4: 0x0A140B06), port: 40000)

    @Test func theListOfClients() {
        // As the reference implementation's ntp_request.h lays it out: one item of 72 octets.
        let answer = Octets.hex("d700032a00010048") + Octets.zeros(72)
        #expect(Self.run(answer, from: Self.host, to: Self.other).noted == ["10.20.11.5:123 ntp.control=monitor-list"])
        let refused = Octets.hex("d700032a40000000")
        #expect(Self.run(refused, from: Self.host, to: Self.other).noted.isEmpty)
        let asked = Octets.hex("1700032a00000000") + Octets.zeros(40)
        #expect(Self.run(asked, from: Self.other, to: Self.host).noted.isEmpty)
    }

    @Test func referenceClocks() {
        let head = Octets.hex("240106ec0000000000000041")
        let times = Octets.hex("e8f1b2c300000000e8f1b2c400000000e8f1b2c500000000e8f1b2c600000000")
        let packet = head + Octets.text("GPS") + [0] + times
        #expect(
            Self.run(packet, from: Self.host, to: Self.other).noted == ["10.20.11.5:123 ntp.version=4", "10.20.11.5:123 ntp.stratum=1", "10.20.11.5:123 ntp.reference=GPS"])
    }

    /// An association of a patient monitor begins like a packet of symmetric mode (`intellivue-openice`).
    @Test func notAMonitor() {
        let bytes = Octets.hex("e10000000001002800020007002200210000000000000000f13b0014000200010006000000010008f13e000400001f40")
        #expect(Self.run(bytes, from: Self.host, to: Self.other).recognised == 0)
    }
}
