import Foundation
import Observations
import Testing
import Wire

@testable import Dissectors

/// The UDP conversations of a capture in `Tests/Captures`, and what a dissector makes of them.
///
/// For captures of our own lab only: Ethernet, IPv4 without fragments, classic pcap.
enum RecordedDatagrams {
    struct Conversation {
        let initiator: Endpoint
        let responder: Endpoint
        var turns: [Script.Turn] = []
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Captures")

    /// The datagrams in their order.
    private static func datagrams(_ name: String) throws -> [(bytes: [UInt8], from: Endpoint, to: Endpoint)] {
        let file = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent(name + ".pcap")))
        let bytes = file.rawSpan
        var datagrams: [(bytes: [UInt8], from: Endpoint, to: Endpoint)] = []
        var offset = 24
        while let captured = bytes.u32le(at: offset + 8) {
            let frame = bytes.slice(from: offset + 16, count: Int(captured))
            offset += 16 + Int(captured)
            guard frame.u16(at: 12) == 0x0800, frame.u8(at: 23) == 17, let first = frame.u8(at: 14), let source = frame.u32(at: 26),
                let destination = frame.u32(at: 30)
            else { continue }
            let udp = frame.slice(from: 14 + Int(first & 0xF) * 4)
            guard let sourcePort = udp.u16(at: 0), let destinationPort = udp.u16(at: 2), let length = udp.u16(at: 4) else { continue }
            let from = Endpoint(address: IPAddress(v4: source), port: sourcePort)
            let to = Endpoint(address: IPAddress(v4: destination), port: destinationPort)
            datagrams.append((udp.slice(from: 8, count: Int(length) - 8).copied(), from, to))
        }
        return datagrams
    }

    /// The conversations in order of their first frames; the initiator is the one that sent the first frame.
    static func load(_ name: String) throws -> [Conversation] {
        var conversations: [Conversation] = []
        for (payload, from, to) in try Self.datagrams(name) {
            if let index = conversations.firstIndex(where: { $0.initiator == from && $0.responder == to }) {
                conversations[index].turns.append(Script.client(payload))
            } else if let index = conversations.firstIndex(where: { $0.initiator == to && $0.responder == from }) {
                conversations[index].turns.append(Script.server(payload))
            } else {
                conversations.append(Conversation(initiator: from, responder: to, turns: [Script.client(payload)]))
            }
        }
        return conversations
    }

    /// What a dissector notes of all datagrams of a capture, in their order, each conversation with a context of its own.
    static func noted(_ name: String, _ dissector: any DatagramDissector.Type) throws -> Set<Noted> {
        let log = ObservationLog(seed: 1)
        var contexts: [Set<Endpoint>: DissectionContext] = [:]
        for datagram in try Self.datagrams(name) {
            let key: Set<Endpoint> = [datagram.from, datagram.to]
            var context =
                contexts[key]
                ?? DissectionContext(
                    transport: .udp, network: .none, initiator: datagram.from, responder: datagram.to,
                    evidence: Evidence(frame: 1, time: Timestamp(seconds: 1_795_000_000)), rolesAreSure: false, log: log)
            let side: Side = context.initiator == datagram.from ? .initiator : .responder
            if dissector.dissect(datagram.bytes.rawSpan, from: side, &context) != .no { context.protocols.add(dissector.applicationProtocol) }
            contexts[key] = context
        }
        return Set(log.observations.map { Noted(subject: $0.subject, attribute: $0.attribute, value: $0.value) })
    }

    struct Result {
        /// `server: name=value`, `client: …`, `both: …`.
        var noted: Set<String> = []
        var protocols: [ApplicationProtocol] = []
        var verdicts: [DatagramVerdict] = []
    }

    /// Runs datagrams as the pipeline does: until one is recognised, then to the same dissector until it has finished.
    static func run(_ turns: [Script.Turn], _ dissector: any DatagramDissector.Type, ports: (UInt16, UInt16) = (50_000, 10_004), isCut: Bool = false) -> Result {
        let log = ObservationLog(seed: 1)
        let client = Endpoint(address: Harness.client.address, port: ports.0)
        let server = Endpoint(address: Harness.server.address, port: ports.1)
        var context = DissectionContext(
            transport: .udp, network: .none, initiator: client, responder: server, evidence: Evidence(frame: 1, time: Timestamp(seconds: 1_700_000_000)),
            rolesAreSure: false, log: log)
        context.isCut = isCut
        var result = Result()
        for turn in turns {
            let verdict = dissector.dissect(turn.bytes.rawSpan, from: turn.side, &context)
            result.verdicts.append(verdict)
            if verdict != .no { context.protocols.add(dissector.applicationProtocol) }
            if verdict == .finished { break }
        }
        for observation in log.observations {
            let who =
                switch observation.subject {
                case .service(let key): key.host.address == server.address ? "server" : "swapped server"
                case .host(let host): host.address == client.address ? "client" : "swapped client"
                case .conversation: "both"
                case .device: "device"
                }
            result.noted.insert("\(who): \(observation.attribute.name)=\(Self.text(observation.value))")
        }
        result.protocols = Array(context.protocols)
        return result
    }

    private static func text(_ value: Value) -> String {
        switch value {
        case .text(let text): text
        case .number(let number): "\(number)"
        case .time: "time"
        }
    }

    /// Cut, changed and foreign datagrams: nothing traps, and what is another protocol's is refused.
    static func checkHostile(_ turns: [Script.Turn], _ dissector: any DatagramDissector.Type, sourceLocation: SourceLocation = #_sourceLocation) {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<600 {
            var changed: [Script.Turn] = []
            for turn in turns.prefix(6) {
                var bytes = turn.bytes
                for _ in 0..<3 where !bytes.isEmpty {
                    let place = Int.random(in: 0..<bytes.count, using: &generator)
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
                    case 1: bytes.removeSubrange(place...)
                    default: bytes[place] = 0xFF
                    }
                }
                changed.append(Script.Turn(side: turn.side, bytes: bytes))
            }
            let result = Self.run(changed, dissector)
            #expect(result.noted.count < 200, sourceLocation: sourceLocation)
            _ = Self.run(changed, dissector, isCut: true)
        }
        // Random datagrams of all sizes, and the first bytes of other protocols.
        for round in 0..<3000 {
            let bytes = (0..<(round % 300)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Self.run([Script.client(bytes)], dissector).verdicts == [.no], "random bytes", sourceLocation: sourceLocation)
        }
        for (name, bytes) in Foreign.client { #expect(Self.run([Script.client(bytes)], dissector).verdicts == [.no], "\(name)", sourceLocation: sourceLocation) }
        for size in [0, 1, 4, 12, 28, 32, 64, 92, 148] {
            #expect(Self.run([Script.client(Octets.zeros(size))], dissector).verdicts == [.no], "zeros", sourceLocation: sourceLocation)
        }
    }
}
