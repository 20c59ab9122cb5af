import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("HSRP") struct HSRPTests {
    static func run(_ hex: String, to group: String = "224.0.0.2", from source: String = "10.20.11.5") -> RecordedFrames.Run {
        let frame = RecordedFrames.Frame(
            kind: .datagram, mac: MACAddress(rawValue: 0x0200_0000_0001), source: Endpoint(address: IPAddress(source) ?? .none, port: 1985),
            destination: Endpoint(address: IPAddress(group) ?? .none, port: 1985), payload: Octets.hex(hex))
        return RecordedFrames.run([frame], datagram: HSRPDissector.self)
    }
    static func noted(_ state: String, _ address: String, _ authentication: String, _ source: String = "10.20.11.5") -> Set<String> {
        ["\(source) hsrp.state=\(state)", "\(source) hsrp.address=\(address)", "\(source) hsrp.authentication=\(authentication)"]
    }

    // RFC 2281 section 5: hello, active, 3 and 10 seconds, priority 110, group 1; the word; 10.20.11.254.
    static let hello = "00001003 0a6e0100"
    static let address = "0a140bfe"

    @Test func version1() {
        #expect(Self.run(Self.hello + "636973636f000000" + Self.address).noted == Self.noted("active", "10.20.11.254", "default"))
        #expect(Self.run(Self.hello + "43414e4152590000" + Self.address).noted == Self.noted("active", "10.20.11.254", "text"))
        #expect(Self.run(Self.hello + "0000000000000000" + Self.address).noted == Self.noted("active", "10.20.11.254", "none"))
        let digest = "041c01000000000a140b0500000001" + String(repeating: "ab", count: 15)
        #expect(Self.run(Self.hello + "0000000000000000" + Self.address + digest).noted == Self.noted("active", "10.20.11.254", "md5"))
    }

    @Test func version2() {
        let state = "012802000604" + "0001" + "020000000001" + "0000006e" + "00000bb8" + "00002710" + Self.address + "000000000000000000000000"
        #expect(Self.run(state, to: "224.0.0.102").noted == Self.noted("active", "10.20.11.254", "none"))
        #expect(Self.run(state + "0308636973636f000000", to: "224.0.0.102").noted == Self.noted("active", "10.20.11.254", "default"))
        #expect(Self.run(state + "041c" + String(repeating: "00", count: 28), to: "224.0.0.102").noted == Self.noted("active", "10.20.11.254", "md5"))
    }

    @Test func othersAreRefused() {
        #expect(Self.run("000300010 00a010000000000".replacing(" ", with: "")).recognised == 1)
        // To one host; a state that there is not; cut.
        #expect(Self.run(Self.hello + "636973636f000000" + Self.address, to: "10.20.11.6").recognised == 0)
        #expect(Self.run("000005030a6e0100636973636f000000" + Self.address).recognised == 0)
        #expect(Self.run(Self.hello + "636973636f0000").recognised == 0)
        #expect(RecordedFrames.run(RecordedFrames.random(count: 30_000, port: 1985), datagram: HSRPDissector.self).recognised == 0)
    }
}
