import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("Unity") struct UnityTests {
    /// The frame's time in the harness: 2023-11-14, in seconds since 1900.
    static let now = 1_700_000_000 + 2_208_988_800
    static func message(_ address: String = "0a000002", location: String = "REA-A|CIC1", seconds: Int = now) -> [UInt8] {
        let place = Octets.text(location)
        return Octets.zeros(6) + Octets.hex(address) + Octets.zeros(14) + place + Octets.zeros(14 - place.count) + Octets.zeros(22) + Octets.u32(seconds)
    }
    static func run(_ bytes: [UInt8], port: UInt16 = 2000) -> (noted: Set<Noted>, verdicts: [DatagramVerdict]) {
        Harness.run(datagrams: [Script.server(bytes)], UnityDissector.self, serverPort: port)
    }

    @Test func timeSynchronisation() {
        let central = Subject.host(HostKey(Harness.server.address, in: .none))
        for port: UInt16 in [2000, 54_321] {
            let run = Self.run(Self.message(), port: port)
            #expect(run.verdicts == [.more])
            #expect(run.noted == [Noted(subject: central, attribute: .unityLocation, value: .text("REA-A|CIC1"))])
        }
        #expect(Self.run(Self.message(location: "SOINS-2|ABCDEF")).noted == [Noted(subject: central, attribute: .unityLocation, value: .text("SOINS-2|ABCDEF"))])
        // A clock that is some hours or months off.
        #expect(Self.run(Self.message(seconds: Self.now - 7_200)).verdicts == [.more])
        #expect(Self.run(Self.message(seconds: Self.now + 200 * 86_400)).verdicts == [.more])
    }

    /// Each part is needed: nothing else tells these 64 octets from any others.
    @Test func partsThatAreMissing() {
        for bytes in [
            Self.message("0a000009"), Self.message(seconds: Self.now - 2 * 366 * 86_400), Self.message(seconds: 0), Self.message(location: "REA-A"),
            Self.message(location: "|CIC1"), Self.message(location: "REA-A|"), Self.message(location: "REA|A|CIC1"), Self.message(location: "REANIMA1|CIC1"),
            Self.message(location: "REA-A|CENTRAL"), Self.message(location: "REA\u{7}|CIC1"), Self.message(location: "REA|C\0\0X"), Self.message() + [0],
        ] {
            let run = Self.run(bytes)
            #expect(run.verdicts == [.no] && run.noted.isEmpty)
        }
        let message = Self.message()
        for count in 0..<message.count { #expect(Self.run(Array(message.prefix(count))).verdicts == [.no]) }
    }

    @Test func recorded() throws {
        let noted = try RecordedDatagrams.noted("from-specification/unity-time", UnityDissector.self)
        #expect(noted.map(\.description) == ["unity.location=REA-A|CIC1"])
    }

    @Test func othersAreRefused() {
        var generator = SeededGenerator(seed: 5)
        for bytes in ForeignDatagrams.all(seed: 5) { #expect(Self.run(bytes).verdicts == [.no]) }
        for _ in 0..<5_000 {
            var bytes = Self.message()
            for _ in 0..<3 { bytes[Int.random(in: 0..<64, using: &generator)] = UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Self.run(bytes).noted.count <= 1)
            let random = (0..<64).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Self.run(random).verdicts == [.no])
            // Even with the sender's address in its place.
            #expect(Self.run(Array(random.prefix(6)) + Octets.hex("0a000002") + Array(random.suffix(54))).verdicts == [.no])
        }
    }
}
