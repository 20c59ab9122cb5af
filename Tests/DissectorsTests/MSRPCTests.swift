import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("MSRPC") struct MSRPCTests {
    // Recorded from impacket 0.10 and a Samba domain controller; the recipe is Tests/Captures/recipes/directory.py.

    static func service(_ attribute: Attribute, _ value: Value) -> Noted { Noted(subject: Harness.serverSubject, attribute: attribute, value: value) }
    static func host(_ address: IPAddress, _ attribute: Attribute, _ text: String) -> Noted {
        Noted(subject: .host(HostKey(address, in: .none)), attribute: attribute, value: .text(text))
    }
    static let clientHost = Harness.client.address
    static let serverHost = Harness.server.address

    static let samr = "12345778-1234-abcd-ef00-0123456789ac"
    static let endpointMapper = "e1af8308-5d1f-11c9-91a4-08002b14a0fa"

    static func texts(_ noted: Set<Noted>, _ attribute: Attribute) -> Set<String> {
        Set(noted.compactMap { noted in if noted.attribute == attribute, case .text(let text) = noted.value { text } else { nil } })
    }
    static func scripts() throws -> [Script] {
        try RecordedConversation.load("ad-controller").filter { script in script.turns.first.map { $0.bytes.starts(with: [5, 0, 11]) } ?? false }
    }
    static func run(_ script: Script) -> Set<Noted> { Harness.run(script.turns, dissectors: [MSRPCDissector.self]).noted }

    @Test func interfacesAndAuthentication() throws {
        let runs = try Self.scripts().map(Self.run)
        try #require(runs.count >= 3)
        #expect(runs.contains { Self.texts($0, .msrpcInterface) == [Self.endpointMapper] && Self.texts($0, .msrpcAuthentication) == ["none"] })
        #expect(
            runs.contains {
                Self.texts($0, .msrpcInterface) == [Self.samr] && Self.texts($0, .msrpcAuthentication) == ["ntlm/privacy"]
                    && Self.texts($0, .ntlmResponse) == ["ntlmv2"] && Self.texts($0, .msrpcUnauthenticated).isEmpty
                    && Self.texts($0, .ntlmDNSDomain) == ["sainte-ausc.example"]
            })
    }

    @Test func properties() throws {
        for script in try Self.scripts() {
            Harness.checkSplits(script, MSRPCDissector.self)
            Harness.checkPrefixes(script, MSRPCDissector.self)
            Harness.checkMutations(script, MSRPCDissector.self, rounds: 150)
            Harness.checkOneDirection(script, MSRPCDissector.self)
            if script.turns.count > 2 { Harness.checkMidStream(script, dropping: 2, MSRPCDissector.self) }
            #expect(!Self.run(script).contains { $0.description.lowercased().contains("canary") })
        }
    }

    @Test(arguments: [true, false]) func refusesOthers(isStart: Bool) {
        for (name, bytes) in Foreign.client where name != "msrpc" {
            let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)
            #expect(MSRPCDissector.probe(bytes.rawSpan, context) == .no, "\(name)")
        }
        for (name, bytes) in Foreign.server where name != "msrpc" {
            let context = ProbeContext(transport: .tcp, side: .responder, role: nil, isStart: isStart)
            #expect(MSRPCDissector.probe(bytes.rawSpan, context) == .no, "\(name)")
        }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let bytes = (0..<96).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(MSRPCDissector.probe(bytes.rawSpan, ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)) != .yes)
        }
    }
}
