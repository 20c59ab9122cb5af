import Dissectors
import Flows
import Foundation
import Observations
import Packets
import Traffic
import Wire

/// What single parts cost, on typical input: nanoseconds of processor time for one frame, one look-up, one exchange.
///
/// `micro [WORD]`: only what has the word in its name.
@main
enum Micro {
    static func main() {
        let word = CommandLine.arguments.dropFirst().first ?? ""
        print("| operation | median ns | least ns |\n| --- | --: | --: |")
        func report(_ name: String, _ operation: @autoclosure () -> (Int) -> UInt64) {
            guard word.isEmpty || name.contains(word) else { return }
            let measurement = Measurement(operation())
            print("| \(name) | \(String(format: "%.1f | %.1f", measurement.median, measurement.least)) |")
        }
        for (name, frame) in Samples.frames() { report("decode \(name)", Self.decode(frame)) }
        for count in [1000, 200_000] { report("look up one of \(count) flows", Self.lookUp(OpenFlows(count: count))) }
        for (name, turns) in Samples.exchanges() { report("dissect \(name)", Self.dissect(turns)) }
        for (name, file, proved) in Recorded.exchanges {
            guard let exchange = Recorded.exchange(file, proved) else {
                print("| \(name) | not found in \(file) | |")
                continue
            }
            report("dissect \(name)", exchange.dissect(proved))
        }
    }

    private static func decode(_ frame: [UInt8]) -> (Int) -> UInt64 {
        { count in
            var decoder = Decoder()
            var length: UInt64 = 0
            for number in 0..<count {
                length &+= UInt64(decoder.decode(frame.span.bytes, linkType: 1, frame: UInt64(number)).payloadLength)
            }
            return length
        }
    }

    private static func lookUp(_ open: OpenFlows) -> (Int) -> UInt64 {
        { count in
            let empty: [UInt8] = []
            var found: UInt64 = 0
            var next = 0
            for number in 0..<count {
                // A stride that shares no factor with the count visits every flow in an order that no cache foresees.
                next = (next &+ 104_729) % open.packets.count
                let packet = open.packets[next]
                found &+= UInt64(
                    open.table.track(
                        packet, hash: open.table.hash(packet, pairHash: FlowTable.pairHash(packet)), payload: empty.span.bytes,
                        frame: UInt64(number), time: Timestamp(nanoseconds: 0)
                    ).index)
            }
            return found
        }
    }

    private static func dissect(_ turns: [Turn]) -> (Int) -> UInt64 {
        let segments = turns.flatMap { turn in
            stride(from: 0, to: turn.bytes.count, by: 1460).map { start in
                (side: turn.isFromClient ? Side.initiator : .responder, bytes: Array(turn.bytes[start...].prefix(1460)))
            }
        }
        return Exchange(transport: .tcp, network: .none, segments: segments).dissect(nil)
    }
}

/// A table with many open connections, and a packet of each.
final class OpenFlows {
    let table: FlowTable
    let packets: [Packet]

    init(count: Int) {
        let table = FlowTable(limit: count, seed: 1)
        self.table = table
        self.packets = (0..<count).map { number in
            var packet = Packet()
            packet.kind = .tcp
            packet.ipProtocol = 6
            packet.source = IPAddress(v4: 0x0A14_0000 | UInt32(truncatingIfNeeded: number >> 8))
            packet.destination = IPAddress(v4: 0x0A15_0001)
            packet.sourcePort = UInt16(40_000 + number & 0xFF)
            packet.destinationPort = 443
            packet.tcpFlags = .ack
            let empty = [UInt8]()
            _ = table.track(
                packet, hash: table.hash(packet, pairHash: FlowTable.pairHash(packet)), payload: empty.span.bytes, frame: 0,
                time: Timestamp(nanoseconds: 0))
            return packet
        }
    }
}

enum Samples {
    /// One frame of each usual kind.
    static func frames() -> [(String, [UInt8])] {
        var random = SeededGenerator(seed: 5)
        let client = Campus.host(8, 10, true, &random)
        let server = Campus.host(9, 10, true, &random)
        func frames(_ conversation: any Conversation) -> [[UInt8]] {
            let out = PcapWriter()
            var arrivals = [conversation][...]
            var schedule = Schedule()
            try? schedule.run(from: 0, into: out, &random) { _ in arrivals.popFirst().map { (0, $0) } }
            return CaptureReader(bytes: out.buffer).frames.map { Array($0.bytes) }
        }
        let tcp = frames(
            TCPConversation(client.withoutTimestamps, 50_000, server, 80, &random, HTTP.exchange(from: client, to: server, size: 3000, &random).script))
        let udp = frames(DatagramConversation(client, 50_000, server, 53, &random, Datagrams.names(&random)))
        let arp = frames(AddressResolution(client, server))
        let tagged = tcp.first.map { (frame: [UInt8]) -> [UInt8] in frame.prefix(12) + [0x81, 0x00, 0x00, 0x64] + frame.dropFirst(12) } ?? []
        return [
            ("SYN", tcp.first ?? []), ("TCP of 1460 bytes", tcp.first { $0.count == 1514 } ?? []), ("SYN behind a VLAN tag", tagged),
            ("DNS query", udp.first ?? []), ("ARP", arp.first ?? []),
        ]
    }

    /// One exchange of each protocol, the same on every machine.
    static func exchanges() -> [(String, [Turn])] {
        var random = SeededGenerator(seed: 6)
        let client = Campus.host(8, 10, true, &random)
        let server = Campus.host(9, 10, true, &random)
        var ssh: [Turn] = []
        while ssh.count < 4 { ssh = SSH.exchange(from: client, to: server, &random) }
        let script = DICOM.store(from: client, DICOM.ct, count: 1, unitSize: 65_536, noise: random.bytes(1 << 20), &random)
        var store: [Turn] = []
        while let turn = script() { store.append(turn) }
        return [
            ("HTTP page", HTTP.exchange(from: client, to: server, size: 300, &random)),
            ("TLS handshake", TLS.exchange(from: client, name: "pacs.example.org", size: 200, &random)),
            ("HL7 message", HL7.exchange(from: client, messages: 1, &random)),
            ("HL7 document of 20 kB", [Turn(client: HL7.document(1, size: 20_000, &random))]),
            ("DICOM echo", DICOM.echo(from: client, to: server, &random)), ("DICOM store of 512 kB", store), ("SSH handshake", ssh),
            ("Telnet login", Telnet.exchange(from: client, to: server, &random)),
            ("FTP login", FTP.exchange(from: client, to: server, &random)), ("unknown protocol", Unknown.exchange(size: 100, &random)),
        ]
    }
}
