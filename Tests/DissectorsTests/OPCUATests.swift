import Observations
import Testing
import Wire

@testable import Dissectors

// asyncua on both sides (Tests/Captures/building-opcua.pcap): discovery and a session of nobody on 4840, a password in clear on 4841, a
// discovery and an encrypted session on 4842.
@Suite("OPC UA") struct OPCUATests {
    private static func load() throws -> [Set<Noted>] {
        try RecordedConversation.load("building-opcua").map { Harness.run($0.turns, dissectors: Building.streams).noted }
    }

    @Test func recorded() throws {
        let conversations = try Self.load()
        #expect(conversations.count == 5)
        guard conversations.count == 5 else { return }
        #expect(Building.service(.opcuaSession, conversations[0]).isEmpty)
        #expect(Building.service(.opcuaPolicyOffered, conversations[0]) == ["None/none"])
        #expect(Building.service(.opcuaTokenOffered, conversations[0]) == ["anonymous"])
        #expect(Building.service(.opcuaApplicationName, conversations[0]) == ["GTB bloc operatoire"])
        #expect(Building.service(.opcuaApplicationURI, conversations[0]) == ["urn:laennec:gtb"])
        #expect(Building.service(.opcuaProductURI, conversations[0]) == ["urn:wago:PFC200"])
        #expect(Building.service(.opcuaSession, conversations[1]) == ["anonymous"])
        #expect(Building.service(.controlAccepted, conversations[1]) == ["write"])
        #expect(Building.service(.opcuaSession, conversations[2]) == ["username-clear"])
        #expect(Building.service(.loginAccepted, conversations[2]) == ["opc-ua"])
        #expect(Building.service(.opcuaPolicyOffered, conversations[3]) == ["Basic256Sha256/sign-and-encrypt"])
        #expect(Building.service(.opcuaPolicy, conversations[4]) == ["Basic256Sha256"])
        #expect(Building.service(.opcuaSession, conversations[4]).isEmpty)
    }

    @Test func secrets() throws {
        for noted in try Self.load() {
            for canary in try RecordedConversation.canaries("building-opcua") { #expect(!noted.contains { $0.description.contains(canary) }, "\(canary)") }
        }
    }

    @Test func properties() throws {
        for script in try RecordedConversation.load("building-opcua") {
            Harness.checkSplits(script, OPCUADissector.self)
            Harness.checkPrefixes(script, OPCUADissector.self)
            Harness.checkMutations(script, OPCUADissector.self, rounds: 100)
            Harness.checkOneDirection(script, OPCUADissector.self)
            Harness.checkMidStream(script, dropping: 2, OPCUADissector.self)
        }
    }

    @Test(arguments: ["HELO mail.example\r\n", "MSG hello world, nothing here", "ACKF", "OPNFxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"])
    func refused(text: String) {
        #expect(Harness.run([Script.client(Octets.text(text))], dissectors: [OPCUADissector.self]).protocols.isEmpty)
    }
}
