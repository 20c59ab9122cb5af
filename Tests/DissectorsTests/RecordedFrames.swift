import Foundation
import Observations
import Wire

@testable import Dissectors

/// What a capture in `Tests/Captures` holds beside TCP: frames for the dissectors of links, networks and datagrams, in their order.
///
/// For captures of our own lab only: Ethernet, classic pcap, no fragments.
enum RecordedFrames {
    struct Failure: Error { let reason: String }

    enum Kind: Hashable { case link(UInt16), network(UInt8), datagram }
    struct Frame {
        let kind: Kind
        let mac: MACAddress
        let source: Endpoint
        let destination: Endpoint
        let payload: [UInt8]
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Captures")

    static func load(_ name: String) throws -> [Frame] {
        let file = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent(name + ".pcap")))
        let bytes = file.rawSpan
        guard bytes.u32le(at: 0) == 0xA1B2_C3D4, bytes.u32le(at: 20) == 1 else { throw Failure(reason: name) }
        var frames: [Frame] = []
        var offset = 24
        while let captured = bytes.u32le(at: offset + 8) {
            if let frame = Self.frame(bytes.slice(from: offset + 16, count: Int(captured))) { frames.append(frame) }
            offset += 16 + Int(captured)
        }
        return frames
    }

    private static func frame(_ bytes: RawSpan) -> Frame? {
        guard let type = bytes.u16(at: 12), let high = bytes.u16(at: 6), let low = bytes.u32(at: 8) else { return nil }
        let mac = MACAddress(rawValue: UInt64(high) << 32 | UInt64(low))
        let body = bytes.slice(from: 14)
        let nobody = Endpoint(address: .none, port: 0)
        func link(_ number: UInt16, _ payload: RawSpan) -> Frame {
            Frame(kind: .link(number), mac: mac, source: nobody, destination: nobody, payload: payload.copied())
        }
        switch type {
        case 0x0800:
            guard let first = body.u8(at: 0), let total = body.u16(at: 2), let number = body.u8(at: 9), let source = body.u32(at: 12), let destination = body.u32(at: 16)
            else { return nil }
            let header = Int(first & 0xF) * 4
            return Self.packet(number, body.slice(from: header, count: Int(total) - header), mac, IPAddress(v4: source), IPAddress(v4: destination))
        case 0x86DD:
            guard var number = body.u8(at: 6), let length = body.u16(at: 4) else { return nil }
            var reader = ByteReader(body.slice(from: 8))
            guard let source = try? IPAddress(v6: &reader), let destination = try? IPAddress(v6: &reader) else { return nil }
            var start = 40
            while number == 0, let next = body.u8(at: start), let units = body.u8(at: start + 1) {
                number = next
                start += (Int(units) + 1) * 8
            }
            return Self.packet(number, body.slice(from: start, count: Int(length) + 40 - start), mac, source, destination)
        case ..<0x600: return link(body.u16(at: 0) == 0xAAAA ? 0x00AA : 0x0042, body.slice(from: 0, count: Int(type)))
        default: return link(type, body)
        }
    }

    private static func packet(_ number: UInt8, _ payload: RawSpan, _ mac: MACAddress, _ source: IPAddress, _ destination: IPAddress) -> Frame {
        let isUDP = number == 17
        return Frame(
            kind: isUDP ? .datagram : .network(number), mac: mac, source: Endpoint(address: source, port: isUDP ? payload.u16(at: 0) ?? 0 : 0),
            destination: Endpoint(address: destination, port: isUDP ? payload.u16(at: 2) ?? 0 : 0), payload: payload.slice(from: isUDP ? 8 : 0).copied())
    }

    /// A run of one dissector over frames; conversations of datagrams keep who is the server, as the pipeline does.
    struct Run {
        var recognised = 0
        /// `subject attribute=value`, of subjects as addresses, hardware addresses or `address:port`.
        var noted: Set<String> = []
    }

    static func run(_ frames: [Frame], link dissector: any LinkDissector.Type) -> Run {
        Self.run(frames) { frame, context in
            guard case .link(let type) = frame.kind, dissector.etherTypes.contains(type) else { return false }
            return dissector.dissect(frame.payload.rawSpan, &context)
        }
    }
    static func run(_ frames: [Frame], network dissector: any NetworkDissector.Type) -> Run {
        Self.run(frames) { frame, context in
            guard case .network(let number) = frame.kind, dissector.ipProtocols.contains(number) else { return false }
            return dissector.dissect(frame.payload.rawSpan, &context)
        }
    }
    static func run(_ frames: [Frame], datagram dissector: any DatagramDissector.Type) -> Run {
        Self.run(frames) { frame, context in
            guard frame.kind == .datagram else { return false }
            let isRecognised = dissector.dissect(frame.payload.rawSpan, from: frame.source == context.initiator ? .initiator : .responder, &context) != .no
            if isRecognised { context.protocols.add(dissector.applicationProtocol) }
            return isRecognised
        }
    }

    private static func run(_ frames: [Frame], _ dissect: (Frame, inout DissectionContext) -> Bool) -> Run {
        let log = ObservationLog(seed: 1)
        var conversations: [Set<Endpoint>: DissectionContext] = [:]
        var run = Run()
        for frame in frames {
            let key: Set<Endpoint> = [frame.source, frame.destination]
            var context =
                (frame.kind == .datagram ? conversations[key] : nil)
                ?? DissectionContext(
                    transport: .udp, network: .none, initiator: frame.source, responder: frame.destination, sourceMAC: frame.mac,
                    evidence: Evidence(frame: 1, time: Timestamp(seconds: 1_700_000_000)), rolesAreSure: false, log: log)
            context.sourceMAC = frame.mac
            if dissect(frame, &context) { run.recognised += 1 }
            conversations[key] = context
        }
        run.noted = Set(log.observations.map { "\(Self.name($0.subject)) \($0.attribute.name)=\($0.value)" })
        return run
    }

    private static func name(_ subject: Subject) -> String {
        switch subject {
        case .host(let host): host.address == .none ? "\(host.mac)" : "\(host.address)"
        case .service(let service): "\(service.host.address):\(service.port)"
        case .conversation(let conversation): "\(conversation.client.address)>\(conversation.service.host.address):\(conversation.service.port)"
        case .device: "device"
        }
    }

    /// The frames with octets changed, left out and put in; the same ones on every run.
    static func mutated(_ frames: [Frame], rounds: Int = 40, seed: UInt64 = 5) -> [Frame] {
        var generator = SeededGenerator(seed: seed)
        var result: [Frame] = []
        for _ in 0..<rounds {
            for frame in frames {
                var bytes = frame.payload
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    guard !bytes.isEmpty else { break }
                    let position = Int.random(in: 0..<bytes.count, using: &generator)
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: bytes[position] = UInt8.random(in: .min ... .max, using: &generator)
                    case 1: bytes[position] = [0x00, 0xFF, 0x7F, 0x80, 0xC0][Int.random(in: 0..<5, using: &generator)]
                    case 2: bytes.removeSubrange(position...)
                    default: bytes.insert(contentsOf: bytes.prefix(Int.random(in: 1...32, using: &generator)), at: position)
                    }
                }
                result.append(Frame(kind: frame.kind, mac: frame.mac, source: frame.source, destination: frame.destination, payload: bytes))
            }
        }
        return result
    }

    /// Datagrams of chance, on the ports given.
    static func random(count: Int, port: UInt16, seed: UInt64 = 3) -> [Frame] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { index in
            let length = [8, 12, 20, 48, 68, 120][index % 6]
            return Frame(
                kind: .datagram, mac: MACAddress(rawValue: 0x0200_0000_0001), source: Endpoint(address: IPAddress(v4: 0x0A00_0001), port: UInt16(10_000 + index % 5000)),
                destination: Endpoint(address: IPAddress(v4: 0x0A00_0002), port: port), payload: (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        }
    }
}
