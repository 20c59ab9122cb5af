import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("WireGuard") struct WireGuardTests {
    @Test func handshakeAndData() throws {
        let turns = try RecordedDatagrams.load("wireguard")[0].turns
        #expect(turns.prefix(2).map(\.bytes.count) == [148, 92])
        let run = RecordedDatagrams.run(turns, WireGuardDissector.self)
        #expect(run.verdicts == [.more, .finished])
        #expect(run.noted.isEmpty)
    }

    @Test func dataAlone() throws {
        let turns = try RecordedDatagrams.load("wireguard")[0].turns.dropFirst(2)
        #expect(RecordedDatagrams.run(Array(turns), WireGuardDissector.self).verdicts.first == .more)
    }

    @Test func hostileInput() throws {
        RecordedDatagrams.checkHostile(try RecordedDatagrams.load("wireguard")[0].turns, WireGuardDissector.self)
        // The size of a handshake with the padding of something else.
        var bytes = Octets.zeros(148)
        bytes[0] = 1
        bytes[4] = 7
        #expect(RecordedDatagrams.run([Script.client(bytes)], WireGuardDissector.self).verdicts == [.no])
    }
}
