import Observations
import Testing
import Wire

@testable import Dissectors

// Conversations of real software: pymodbus on both sides (Tests/Captures/building-modbus.pcap).
@Suite("Modbus") struct ModbusTests {
    private static func load() throws -> [Script] { try RecordedConversation.load("building-modbus") }
    private static func run(_ turns: Script.Turn..., sawStart: Bool = true) -> (noted: Set<Noted>, protocols: [ApplicationProtocol]) {
        Harness.run(turns, dissectors: [ModbusDissector.self], sawStart: sawStart)
    }

    @Test func recorded() throws {
        let scripts = try Self.load()
        #expect(scripts.count == 1)
        for script in scripts {
            let noted = Harness.run(script.turns, dissectors: Building.streams).noted
            #expect(Building.service(.modbusVendor, noted) == ["Schneider Electric"])
            #expect(Building.service(.modbusProductCode, noted) == ["BMX P34 2020"])
            #expect(Building.service(.modbusRevision, noted) == ["v2.9"])
            #expect(Building.service(.modbusProduct, noted) == ["Modicon M340"])
            #expect(Building.service(.modbusModel, noted) == ["BMX P34 2020"])
            #expect(Building.service(.controlAccepted, noted) == ["write"])
            #expect(Building.service(.controlRefused, noted) == ["write"])
            for canary in try RecordedConversation.canaries("building-modbus") { #expect(!noted.contains { $0.description.contains(canary) }) }
            Building.check(script, ModbusDissector.self)
            Harness.checkOneDirection(script, ModbusDissector.self)
            Harness.checkMidStream(script, dropping: 2, ModbusDissector.self)
        }
    }

    /// A read changes nothing, and a refused write did not happen.
    @Test func readsAndRefusals() {
        let read = Self.run(Script.client(Octets.hex("000100000006010300010004")), Script.server(Octets.hex("00010000000b0103080007000700070007")))
        #expect(read.protocols == [.modbus])
        #expect(read.noted.allSatisfy { $0.attribute != .controlRequested && $0.attribute != .controlAccepted })
        let refused = Self.run(Script.client(Octets.hex("00020000000601060fa00001")), Script.server(Octets.hex("000200000003018602"))).noted
        #expect(Building.texts(.controlAccepted, refused).isEmpty)
        #expect(Building.texts(.controlRefused, refused) == ["write"])
    }

    /// UMAS: start of the program (40h) and its answer.
    @Test func programming() {
        let noted = Self.run(Script.client(Octets.hex("000900000006005a0140ff00")), Script.server(Octets.hex("000900000004005a01fe"))).noted
        #expect(Building.texts(.controlAccepted, noted) == ["start"])
    }

    @Test(arguments: ["00010000000501030001", "000100010006010300010004", "00010000000601031000ffff", "0001000000ff0103", "000100000006012b0d"])
    func refused(hex: String) {
        let bytes = Octets.hex(hex)
        #expect(Self.run(Script.client(bytes)).protocols.isEmpty)
    }
}
