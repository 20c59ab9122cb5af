import Dissectors
import Foundation
import Wire

/// The TCP conversations of a capture in `Tests/Captures`: what real software said to each other, as scripts for the harness.
///
/// For captures of our own lab only: Ethernet, IPv4, classic pcap, in order and without losses.
enum RecordedConversation {
    struct Failure: Error { let reason: String }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Captures")

    /// The texts that the capture's expected result says must never be shown.
    static func canaries(_ name: String) throws -> [String] {
        struct Expected: Decodable { let canaries: [String]? }
        let data = try Data(contentsOf: Self.folder.appendingPathComponent(name + ".expected.json"))
        return try JSONDecoder().decode(Expected.self, from: data).canaries ?? []
    }

    /// The conversations in order of their first frames; the initiator is the one that sent the first frame.
    static func load(_ name: String) throws -> [Script] {
        let file = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent(name + ".pcap")))
        let bytes = file.rawSpan
        let isMicroseconds = bytes.u32le(at: 0) == 0xA1B2_C3D4
        guard isMicroseconds || bytes.u32le(at: 0) == 0xA1B2_3C4D, bytes.u32le(at: 20) == 1 else { throw Failure(reason: name) }
        struct Key: Hashable { let low: Endpoint, high: Endpoint }
        var order: [Key] = []
        var conversations: [Key: (initiator: Endpoint, script: Script, next: [Endpoint: UInt32])] = [:]
        var offset = 24
        while let captured = bytes.u32le(at: offset + 8) {
            let frame = bytes.slice(from: offset + 16, count: Int(captured))
            offset += 16 + Int(captured)
            guard frame.u16(at: 12) == 0x0800, frame.u8(at: 23) == 6, let first = frame.u8(at: 14), let total = frame.u16(at: 16),
                let source = frame.u32(at: 26), let destination = frame.u32(at: 30)
            else { continue }
            let tcp = frame.slice(from: 14 + Int(first & 0xF) * 4, count: Int(total) - Int(first & 0xF) * 4)
            guard let sourcePort = tcp.u16(at: 0), let destinationPort = tcp.u16(at: 2), let sequence = tcp.u32(at: 4),
                let dataOffset = tcp.u8(at: 12), let flags = tcp.u8(at: 13)
            else { continue }
            let from = Endpoint(address: IPAddress(v4: source), port: sourcePort)
            let to = Endpoint(address: IPAddress(v4: destination), port: destinationPort)
            let key = Key(low: min(from, to), high: max(from, to))
            if conversations[key] == nil || flags & 0x12 == 0x02 {
                order.append(key)
                conversations[key] = (flags & 0x12 == 0x12 ? to : from, Script(turns: []), [:])
            }
            let payload = tcp.slice(from: Int(dataOffset >> 4) * 4)
            guard !payload.isEmpty, var conversation = conversations[key] else { continue }
            if let next = conversation.next[from], sequence != next { throw Failure(reason: "\(name): not in order") }
            conversation.next[from] = sequence &+ UInt32(payload.byteCount)
            let side: Side = from == conversation.initiator ? .initiator : .responder
            conversation.script.turns.append(Script.Turn(side: side, bytes: payload.copied()))
            conversations[key] = conversation
        }
        return order.compactMap { conversations[$0]?.script }.filter { !$0.turns.isEmpty }
    }
}
