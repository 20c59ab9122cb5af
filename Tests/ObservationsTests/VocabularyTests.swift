import Observations
import Testing
import Wire

@Suite struct VocabularyTests {
    @Test func namesAreUniqueAndWellFormed() {
        let names = Attribute.allCases.map(\.name)
        #expect(Set(names).count == names.count)
        for attribute in Attribute.allCases {
            let parts = attribute.name.split(separator: ".", omittingEmptySubsequences: false)
            #expect(parts.count == 2, "\(attribute.name)")
            #expect(
                attribute.name.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F || $0 == 0x2E },
                "\(attribute.name)")
            #expect(Attribute(name: attribute.name) == attribute)
            #expect(Attribute(rawValue: attribute.rawValue) == attribute)
            #expect(attribute.definition.displayField != "")
        }
        #expect(Attribute(name: "patient.name") == nil)
        #expect(Attribute(name: "") == nil)
    }

    /// The names that hosts, people and sites give are the ones that a pseudonym replaces.
    @Test func whatNamesIsMarked() {
        for attribute in Attribute.allCases {
            let last = attribute.name.split(separator: ".").last ?? ""
            if last.contains("hostname") || last.contains("fqdn") || last.contains("institution") || last.hasSuffix("_ae") {
                #expect(attribute.definition.privacy == .naming, "\(attribute.name)")
            }
        }
    }

    @Test func protocolsFitTheLedgersBits() {
        #expect(ApplicationProtocol.allCases.count <= 127)
        #expect(ApplicationProtocol.allCases.map(\.ordinal) == Array(0..<ApplicationProtocol.allCases.count))
        #expect(Set(ApplicationProtocol.allCases.map(\.rawValue)).count == ApplicationProtocol.allCases.count)
        // Four of them have to fit into a flow's label.
        #expect(ApplicationProtocol.allCases.allSatisfy { $0.ordinal + 1 <= 255 })
    }

    @Test func evidenceOrder() {
        let early = Evidence(frame: 9, time: Timestamp(seconds: 1))
        let late = Evidence(frame: 1, time: Timestamp(seconds: 2))
        #expect(early < late)
        #expect(Evidence(frame: 1, time: Timestamp(seconds: 1)) < early)
        #expect(early.of(ScanID(rawValue: 5)).scan == ScanID(rawValue: 5))
        #expect(early.of(ScanID(rawValue: 5)).of(ScanID(rawValue: 6)).scan == ScanID(rawValue: 5))
    }

    /// The orders by which outputs are sorted are orders: total, and at one with equality and digests.
    @Test func subjectsAndValuesAreOrdered() {
        var subjects: [Subject] = []
        for last in UInt32(1)...3 {
            for network in [VirtualNetwork.none, .none.tagged(5)] {
                let host = HostKey(IPAddress(v4: 0x0A00_0000 + last), in: network)
                let link = HostKey(MACAddress(rawValue: UInt64(last)), in: network)
                subjects += [.host(host), .host(link)]
                for transport in [Transport.tcp, .udp] {
                    let service = ServiceKey(host: host, port: UInt16(last), transport: transport)
                    subjects += [.service(service), .conversation(ConversationKey(client: link, service: service))]
                }
                for naming in [DeviceKey.Naming.application, .analyser, .equipment, .station, .eui64, .serial] {
                    subjects.append(.device(DeviceKey(behind: host, naming: naming, identifier: "M\(last)")))
                }
            }
        }
        for left in subjects {
            for right in subjects {
                #expect((left == right) == (!(left < right) && !(right < left)))
                #expect((left == right) == (left.digest == right.digest))
                #expect(!(left < right && right < left))
            }
        }
        let sorted = subjects.sorted()
        var random = SeededGenerator(seed: 2)
        #expect(subjects.shuffled(using: &random).sorted() == sorted)
        let values: [Value] = [.text("a"), .text("b"), .number(-1), .number(3), .time(.distantPast), .time(.distantFuture)]
        #expect(values.shuffled(using: &random).sorted() == values)
        #expect(values.map(\.description).prefix(4) == ["a", "b", "-1", "3"])
    }
}
