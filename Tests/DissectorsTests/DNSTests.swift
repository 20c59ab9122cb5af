import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("DNS") struct DNSTests {
    // Recorded from dnsmasq 2.90 and dig 9.18 (Debian 12): pacs is an alias of pacs-01, which is 10.20.5.10.
    static let query = Octets.hex(
        "f496012000010000000000010470616373137361696e74652d61757363756c746174696f6e076578616d706c65000001000100002904d000000000000c000a00087a74f1928d8b214f"
    )
    static let answer = Octets.hex(
        """
        f496858000010002000000010470616373137361696e74652d61757363756c746174696f6e076578616d706c650000010001c00c000500010000000000250770
        6163732d3031137361696e74652d61757363756c746174696f6e076578616d706c6500c03e000100010000000000040a14050a00002904d0000000000000
        """)
    static let pointerAnswer = Octets.hex(
        """
        355c85800001000100000001023632013502323002313007696e2d61646472046172706100000c0001c00c000c000100000000002d0f6d6f6e69746575722d72
        65612d3034137361696e74652d61757363756c746174696f6e076578616d706c650000002904d0000000000000
        """)
    static let serviceQuery = Octets.hex(
        "1cce01200001000000000001065f6469636f6d045f746370137361696e74652d61757363756c746174696f6e076578616d706c65000021000100002904d000000000000c000a000839daa8e8a79eb5a0"
    )

    static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Octets.text(String($0)) } + [0]
    }
    /// A response with one question and its answers, each owned by the name asked for.
    static func response(_ question: String, type: Int, class recordClass: Int = 1, flags: Int = 0x8180, _ data: [UInt8]...)
        -> [UInt8]
    {
        let kind = Octets.u16(type) + Octets.u16(recordClass)
        var message = [0x12, 0x34, 0, 0, 0, 1] + Octets.u16(data.count) + Octets.zeros(4) + Self.name(question) + kind
        message.replaceSubrange(2..<4, with: Octets.u16(flags))
        for datum in data {
            message += [0xC0, 0x0C] + kind + Octets.u32(60)
            message += Octets.u16(datum.count) + datum
        }
        return message
    }
    static func named(_ address: String, _ name: String) throws -> Noted {
        Noted(subject: .host(HostKey(try #require(IPAddress(address)), in: .none)), attribute: .dnsName, value: .text(name))
    }
    static var service: Subject {
        .service(ServiceKey(host: HostKey(Harness.server.address, in: .none), port: 53, transport: .udp))
    }
    static var recursion: Noted { Noted(subject: Self.service, attribute: .dnsRecursion, value: .number(1)) }

    static func run(_ datagrams: Script.Turn..., port: UInt16 = 53) -> (noted: Set<Noted>, verdicts: [DatagramVerdict]) {
        Harness.run(datagrams: datagrams, DNSDissector.self, serverPort: port)
    }

    @Test func queryAndAnswer() throws {
        let run = Self.run(Script.client(Self.query), Script.server(Self.answer))
        #expect(run.verdicts == [.more, .more])
        #expect(run.noted == [Self.recursion, try Self.named("10.20.5.10", "pacs-01.sainte-auscultation.example")])
        #expect(Self.run(Script.client(Self.query)).noted.isEmpty)
        #expect(Self.run(Script.client(Self.serviceQuery)).verdicts == [.more])
        // On any port.
        #expect(Self.run(Script.client(Self.query), Script.server(Self.answer), port: 9953).verdicts == [.more, .more])
    }

    @Test func namesOfAddresses() throws {
        #expect(
            Self.run(Script.server(Self.pointerAnswer)).noted.contains(
                try Self.named("10.20.5.62", "moniteur-rea-04.sainte-auscultation.example")))
        let ula = Octets.hex("fd00000000000000000000000000000a")
        let noted = Self.run(Script.server(Self.response("IRM-1.Site.Example", type: 28, ula))).noted
        #expect(noted.contains(try Self.named("fd00::a", "irm-1.site.example")))
        let reverse = String(repeating: "a.0.0.0.", count: 1) + String(repeating: "0.", count: 26) + "d.f.ip6.arpa"
        let pointer = Self.run(Script.server(Self.response(reverse, type: 12, Self.name("irm-1.site.example")))).noted
        #expect(pointer.contains(try Self.named("fd00::a", "irm-1.site.example")))
        // What the world is called is what somebody looked for.
        let world = Self.run(
            Script.server(Self.response("canary.example.com", type: 1, [93, 184, 216, 34])),
            Script.server(Self.response("canary.example.com", type: 1, [0, 0, 0, 0], [127, 0, 0, 1])),
            Script.server(Self.response("34.216.184.93.in-addr.arpa", type: 12, Self.name("canary.example.com"))))
        #expect(world.verdicts == [.more, .more, .more])
        #expect(world.noted == [Self.recursion])
    }

    @Test func softwareAndRecursion() {
        let text = "dnsmasq-2.90"
        let version = Self.response("version.bind", type: 16, class: 3, flags: 0x8500, [UInt8(text.utf8.count)] + Octets.text(text))
        #expect(
            Self.run(Script.server(version)).noted == [Noted(subject: Self.service, attribute: .dnsSoftware, value: .text(text))])
        // A refusal offers nothing.
        #expect(Self.run(Script.server(Self.response("a.example", type: 1, flags: 0x8185))).noted.isEmpty)
        #expect(Self.run(Script.server(Self.response("a.example", type: 1, flags: 0x8183))).noted == [Self.recursion])
        // Other text is nobody's business.
        #expect(Self.run(Script.server(Self.response("canary.example", type: 16, flags: 0x8500, [1, 0x41]))).noted.isEmpty)
    }

    @Test func serverOnTheFirstSide() {
        let run = Self.run(Script.client(Self.answer), port: 40000)
        let service = Subject.service(
            ServiceKey(host: HostKey(Harness.client.address, in: .none), port: Harness.client.port, transport: .udp))
        #expect(run.noted.contains(Noted(subject: service, attribute: .dnsRecursion, value: .number(1))))
    }

    @Test func refusesOthers() {
        for port in [137, 5353, 5355] as [UInt16] {
            #expect(Self.run(Script.client(Self.query), Script.server(Self.answer), port: port).verdicts == [.no, .no])
        }
        let netBIOS =
            Octets.hex("a7690110000100000000000020") + Octets.text("EDFIFPDAEEDHDFDGDACACACACACACAAA") + Octets.hex("0000200001")
        #expect(Self.run(Script.client(netBIOS), port: 9999).verdicts == [.no])
        for datagram in [
            [], Octets.zeros(12), Octets.zeros(64), Octets.hex("ffff810000000030000000030101020000"), Self.query + [0],
            Array(Self.query.dropLast()),
        ] {
            #expect(Self.run(Script.client(datagram)).verdicts == [.no])
        }
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                UInt8.random(in: .min ... .max, using: &generator)
            }
            #expect(Self.run(Script.client(bytes)).verdicts == [.no])
        }
    }

    @Test func loopsOfPointers() {
        // The name of the answer points at itself, forward, and at a pointer.
        let header = Octets.hex("123481800001000100000000") + Self.name("a.example") + Octets.hex("00010001")
        for pointer in ["c01b", "c0ff", "c020"] {
            let message = header + Octets.hex(pointer + "00010001000000000004") + [10, 0, 0, 9]
            #expect(Self.run(Script.server(message)).noted.filter { $0.attribute == .dnsName }.isEmpty, "\(pointer)")
        }
        // Labels without an end.
        #expect(DomainName.text(of: [UInt8](repeating: 1, count: 2000).rawSpan, at: 0) == nil)
        #expect(DomainName.end([UInt8](repeating: 1, count: 2000).rawSpan, at: 0) == nil)
    }

    @Test func cutAnswer() throws {
        let noted = Self.run(Script.server(Array(Self.answer.prefix(Self.answer.count - 5)))).noted
        #expect(noted.contains(try Self.named("10.20.5.10", "pacs-01.sainte-auscultation.example")))
        for count in 0..<Self.answer.count {
            let part = Self.run(Script.server(Array(Self.answer.prefix(count)))).noted
            #expect(part.isSubset(of: Self.run(Script.server(Self.answer)).noted))
        }
    }

    @Test func mutations() {
        var generator = SeededGenerator(seed: 3)
        for base in [Self.answer, Self.pointerAnswer, Self.query] {
            for _ in 0..<2000 {
                var bytes = base
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: .min ... .max, using: &generator)
                }
                _ = Self.run(Script.server(bytes))
            }
        }
    }

    // MARK: TCP

    static let stream = Script(
        (.initiator, Octets.u16(query.count) + query), (.responder, Octets.u16(answer.count) + answer),
        (.initiator, Octets.u16(serviceQuery.count) + serviceQuery), (.responder, Octets.u16(pointerAnswer.count) + pointerAnswer))

    @Test func overTCP() throws {
        let noted = Harness.run(Self.stream.turns, dissectors: [DNSStreamDissector.self]).noted
        #expect(
            noted == [
                Noted(subject: Harness.serverSubject, attribute: .dnsRecursion, value: .number(1)),
                try Self.named("10.20.5.10", "pacs-01.sainte-auscultation.example"),
                try Self.named("10.20.5.62", "moniteur-rea-04.sainte-auscultation.example"),
            ])
        Harness.checkSplits(Self.stream, DNSStreamDissector.self)
        Harness.checkPrefixes(Self.stream, DNSStreamDissector.self)
        Harness.checkMutations(Self.stream, DNSStreamDissector.self)
        Harness.checkOneDirection(Self.stream, DNSStreamDissector.self)
        Harness.checkMidStream(Self.stream, dropping: 1, DNSStreamDissector.self)
    }

    @Test func streamRefusesOthers() {
        for isStart in [true, false] {
            let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)
            for (name, bytes) in Foreign.client.merging(Foreign.server, uniquingKeysWith: { $0 + $1 }) {
                // What is shorter than a length and a header cannot be told yet.
                let answer = DNSStreamDissector.probe(bytes.rawSpan, context)
                #expect(bytes.count < 14 ? answer != .yes : answer == .no, "\(name)")
            }
        }
    }
}
