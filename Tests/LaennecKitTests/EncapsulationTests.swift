import Inventory
import LaennecKit
import Observations
import Reports
import Testing
import Wire

/// The same conversations in every wrapping that networks and capture tools put around them: the same services, the same
/// observations.
@Suite struct EncapsulationTests {
    /// Their protocol is proved by the first bytes of a conversation.
    static let provedAtOnce = ["dicom-store", "hl7-adt", "telnet-login"]
    /// The edges: a start byte alone, several messages in a segment, other separators, no framing, one side only, the middle of a
    /// conversation, counted octets across segments, datagrams, and who announces itself to all.
    static let edges = [
        "hl7-framing", "hl7-variants", "hl7-unframed", "hl7-midmessage", "dicom-store-accept-only", "dicom-store-midstream", "atna-tcp", "astm-serial-server",
        "poct1a-dca", "sdc-clear", "snmp-devices", "intellivue-monitor",
    ]
    static let names = Self.provedAtOnce + Self.edges
    static let cases = Self.names.flatMap { name in Wrapping.allCases.map { (name, $0) } }

    @Test(arguments: Self.cases) func sameThroughEveryWrapping(_ name: String, _ wrapping: Wrapping) throws {
        let frames = try CaptureFile.read(try Lab.path(name))
        // What carries only IP loses ARP, and with it hosts that send nothing else.
        let kept = wrapping.carriesOnlyIP ? frames.enumerated().filter { !wrapping.frames(of: $0.element, $0.offset).isEmpty }.map(\.element) : frames
        let wanted = try Self.facts(of: CaptureFile.pcap(kept))
        #expect(wanted.services.count == Set(try Lab.expected(name).services.map { "\($0.address):\($0.port)/\($0.transport)" }).count)
        #expect(wanted.observations.count > 2)
        let wrapped = wrapping.wrap(frames)
        let found = try Self.facts(of: wrapped.file, ending: wrapped.ending)
        #expect(found.services == wanted.services)
        // What may not be fragmented says so in the header that a TCP stack is known by: not once fragments were made of it.
        func counts(_ text: String) -> Bool { ![.fragments, .reversedFragments].contains(wrapping) || !text.contains(" tcp.syn") }
        #expect(found.observations.subtracting(wanted.observations).filter(counts) == [], "only in \(wrapping)")
        #expect(wanted.observations.subtracting(found.observations).filter(counts) == [], "lost in \(wrapping)")
        #expect(found.coverage.misunderstood == [])
        #expect(found.coverage.tcpFlows == wanted.coverage.tcpFlows)
        #expect(found.coverage.incompleteFragments == 0)
        for encapsulation in wrapping.encapsulations {
            #expect((found.coverage.encapsulations[encapsulation] ?? 0) > 0, "\(found.coverage.encapsulations)")
        }
        if wrapping.encapsulations.isEmpty { #expect(found.coverage.encapsulations == [:]) }
    }

    /// A snap length of 96 leaves the headers and 30 bytes of payload in these captures (14 + 20 + 32 with TCP time stamps): who
    /// talks to whom, the first bytes of every segment, and the word that the rest is missing. Nothing is made up from the pieces.
    @Test(arguments: Self.provedAtOnce) func cutAt96Bytes(_ name: String) throws {
        let frames = try CaptureFile.read(try Lab.path(name))
        let whole = try Self.facts(of: CaptureFile.pcap(frames))
        let cut = try Self.facts(of: CaptureFile.pcap(frames, snapLength: 96))
        #expect(cut.coverage.frames == whole.coverage.frames)
        #expect(cut.coverage.tcpFlows == whole.coverage.tcpFlows)
        #expect(cut.coverage.cutFrames == UInt64(frames.filter { $0.length > 96 }.count))
        #expect(cut.coverage.cutFrames > 0)
        #expect(cut.coverage.misunderstood == [])
        #expect(Set(cut.services.map { $0.prefix(while: { $0 != " " }) }) == Set(whole.services.map { $0.prefix(while: { $0 != " " }) }))
        #expect(cut.observations.subtracting(whole.observations) == [], "made up from pieces")
        // The first 30 bytes of an association request or of a message still prove the protocol; typed keys arrive whole.
        #expect(cut.services == whole.services)
        let canaries = Canaries(try Lab.expected(name).secrets)
        #expect(canaries.found(in: Array(cut.observations.joined(separator: "\n").utf8)) == [])
        #expect(cut.tallies == whole.tallies)
    }

    /// The edges, cut just so: less is known, nothing else is, and no secret is in what is left.
    @Test(arguments: Self.edges) func edgesCutAt96Bytes(_ name: String) throws {
        let frames = try CaptureFile.read(try Lab.path(name))
        let whole = try Self.facts(of: CaptureFile.pcap(frames))
        let cut = try Self.facts(of: CaptureFile.pcap(frames, snapLength: 96))
        #expect(cut.coverage.cutFrames == UInt64(frames.filter { $0.length > 96 }.count))
        #expect(cut.coverage.cutFrames > 0)
        #expect(cut.coverage.tcpFlows == whole.coverage.tcpFlows)
        #expect(cut.observations.subtracting(whole.observations) == [], "made up from pieces")
        // A protocol is that of the whole, or not known.
        let known = cut.services.filter { !$0.hasSuffix(" ") }
        #expect(known.subtracting(whole.services) == [])
        let canaries = Canaries(try Lab.expected(name).secrets)
        #expect(canaries.found(in: Array(cut.observations.joined(separator: "\n").utf8)) == [])
    }

    /// Inside a tunnel and cut by a snap length as long as the tunnel's headers more: the same as cut without the tunnel.
    @Test(arguments: Self.names.filter { $0.hasPrefix("hl7-") }) func cutInsideVXLAN(_ name: String) throws {
        let frames = try CaptureFile.read(try Lab.path(name))
        let wanted = try Self.facts(of: CaptureFile.pcap(frames, snapLength: 96))
        let tunnelled = frames.enumerated().flatMap { Wrapping.vxlan.frames(of: $0.element, $0.offset) }
        let headers = try #require(zip(tunnelled, frames).map { $0.bytes.count - $1.bytes.count }.first)
        #expect(headers == 50)
        let found = try Self.facts(of: CaptureFile.pcap(tunnelled, snapLength: 96 + headers))
        #expect(found.services == wanted.services)
        #expect(found.observations == wanted.observations)
        #expect(found.tallies == wanted.tallies)
        #expect(found.coverage.cutFrames == wanted.coverage.cutFrames)
        #expect(found.coverage.misunderstood == [])
    }

    // MARK: What is compared

    struct Facts {
        /// `10.20.1.10:11112/tcp dicom`
        var services: Set<String> = []
        /// Subject, attribute and value, without the network, which is what a wrapping changes.
        var observations: Set<String> = []
        /// Conversations with their packets and bytes.
        var tallies: Set<String> = []
        var coverage = Coverage()
    }

    static func facts(of file: [UInt8], ending: String = "pcap") throws -> Facts {
        try Lab.withFolder { folder in
            let path = "\(folder)/capture.\(ending)"
            try CaptureFile.write(file, to: path)
            return Self.facts(of: try Lab.scan([path]))
        }
    }

    static func facts(of report: Report) -> Facts {
        var facts = Facts(coverage: report.coverage)
        for device in report.devices {
            for service in device.asset.services {
                facts.services.insert("\(service.key.text) \(service.protocols.map(\.rawValue).joined(separator: "+"))")
            }
            Self.add(device.asset.observations + device.asset.services.flatMap(\.observations), to: &facts)
        }
        for conversation in report.conversations {
            Self.add(conversation.observations, to: &facts)
            let tally = conversation.tally
            facts.tallies.insert(
                "\(conversation.key.client.address) \(conversation.key.service.text) \(tally.flows) \(tally.packetsFromClient) \(tally.packetsFromServer)")
        }
        return facts
    }

    private static func add(_ observations: [Observation], to facts: inout Facts) {
        for observation in observations where observation.attribute != .linkAddress {
            let subject =
                switch observation.subject {
                case .host(let host): "\(host.address)"
                case .service(let service): service.text
                case .conversation(let conversation): "\(conversation.client.address) \(conversation.service.text)"
                case .device(let device): "\(device.gateway.address) \(device.naming) \(device.identifier)"
                }
            facts.observations.insert("\(subject) \(observation.attribute.name) \(observation.value)")
        }
    }
}
