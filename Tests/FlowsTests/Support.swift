import Packets
import Testing
import Wire

@testable import Flows

/// A small generator with a fixed seed: the same values on every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { self.state = seed }
    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z &>> 31)
    }
}

enum Make {
    static let client = Endpoint(address: IPAddress(v4: 0x0A00_0001), port: 50_000)
    static let server = Endpoint(address: IPAddress(v4: 0x0A00_0002), port: 104)

    static func packet(_ from: Endpoint, _ to: Endpoint, _ transport: Transport, in network: VirtualNetwork = .none) -> Packet {
        var packet = Packet()
        packet.kind = transport == .tcp ? .tcp : .udp
        packet.ipProtocol = transport.rawValue
        packet.source = from.address
        packet.destination = to.address
        packet.sourcePort = from.port
        packet.destinationPort = to.port
        packet.network = network
        return packet
    }
}

/// One packet of a conversation, before it has addresses.
struct Segment {
    var fromClient: Bool
    var sequence: UInt32
    var acknowledgement: UInt32 = 0
    var flags: TCPFlags = .ack
    var bytes: [UInt8] = []
    /// Bytes at the end that the snap length cut.
    var missing: UInt32 = 0
}

/// A table, and what its owner was told: the streams of both sides as the pipeline puts them together.
final class Listener {
    /// What a side delivered: bytes, and holes by their length.
    enum Piece: Equatable {
        case bytes([UInt8])
        case lost(Int)
    }

    let table: FlowTable
    let client: Endpoint
    let server: Endpoint
    private(set) var pieces: [Bool: [Piece]] = [true: [], false: []]
    private(set) var frame: UInt64 = 0
    var time = Timestamp(seconds: 1000)
    private(set) var last: FlowTable.Tracked?
    private(set) var ended: [Flow] = []

    init(_ table: FlowTable = FlowTable(limit: 1000, seed: 42), client: Endpoint = Make.client, server: Endpoint = Make.server) {
        self.table = table
        self.client = client
        self.server = server
    }

    @discardableResult
    func hear(_ segment: Segment) -> FlowTable.Tracked {
        var packet =
            segment.fromClient ? Make.packet(self.client, self.server, .tcp) : Make.packet(self.server, self.client, .tcp)
        packet.sequence = segment.sequence
        packet.acknowledgement = segment.acknowledgement
        packet.tcpFlags = segment.flags
        packet.payloadLength = UInt32(segment.bytes.count)
        packet.payloadMissing = segment.missing
        self.frame += 1
        let hash = self.table.hash(packet, pairHash: FlowTable.pairHash(packet))
        let tracked = self.table.track(packet, hash: hash, payload: segment.bytes.rawSpan, frame: self.frame, time: self.time)
        self.settle()
        if let start = tracked.newBytes {
            self.note(Array(segment.bytes.dropFirst(start)), lost: 0, missing: Int(segment.missing), tracked.fromInitiator)
        }
        if tracked.mayContinue {
            for side in [tracked.fromInitiator, !tracked.fromInitiator] {
                while let waiting = self.table.nextWaiting(tracked.index, fromInitiator: side, now: self.time) {
                    self.note(waiting.bytes, lost: waiting.lost, missing: waiting.missing, side)
                }
            }
        }
        self.last = tracked
        return tracked
    }

    /// Ends everything, and reads what still waited.
    func finish() {
        self.table.finish()
        self.settle()
    }

    private func settle() {
        for over in self.table.takeEnded() {
            var ended = over
            self.ended.append(ended.flow)
            for side in [true, false] {
                while let waiting = self.table.nextWaiting(&ended, fromInitiator: side, now: self.time) {
                    self.note(waiting.bytes, lost: waiting.lost, missing: waiting.missing, side)
                }
            }
        }
    }

    private func note(_ bytes: [UInt8], lost: Int, missing: Int, _ side: Bool) {
        self.add(.lost(lost), side)
        self.add(.bytes(bytes), side)
        self.add(.lost(missing), side)
    }

    private func add(_ piece: Piece, _ side: Bool) {
        guard var known = self.pieces[side] else { return }
        switch (known.last, piece) {
        case (_, .lost(0)), (_, .bytes([])): return
        case (.bytes(let before)?, .bytes(let more)): known[known.count - 1] = .bytes(before + more)
        case (.lost(let before)?, .lost(let more)): known[known.count - 1] = .lost(before + more)
        default: known.append(piece)
        }
        self.pieces[side] = known
    }

    var fromInitiator: [Piece] { self.pieces[true] ?? [] }
    var fromResponder: [Piece] { self.pieces[false] ?? [] }
    var flow: Flow? { self.last.map { self.table[$0.index] } }

    /// SYN, SYN-ACK, ACK.
    func handshake(client: UInt32 = 1000, server: UInt32 = 5000) {
        self.hear(Segment(fromClient: true, sequence: client, flags: .syn))
        self.hear(Segment(fromClient: false, sequence: server, acknowledgement: client &+ 1, flags: [.syn, .ack]))
        self.hear(Segment(fromClient: true, sequence: client &+ 1, acknowledgement: server &+ 1))
    }

    func data(_ bytes: [UInt8], at sequence: UInt32, fromClient: Bool = true, missing: UInt32 = 0) {
        self.hear(Segment(fromClient: fromClient, sequence: sequence, flags: [.ack, .psh], bytes: bytes, missing: missing))
    }
    func data(_ text: String, at sequence: UInt32, fromClient: Bool = true) { self.data(Array(text.utf8), at: sequence, fromClient: fromClient) }
    func acknowledge(_ sequence: UInt32, fromClient: Bool = false) {
        self.hear(Segment(fromClient: fromClient, sequence: 0, acknowledgement: sequence))
    }
}

extension Listener.Piece: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self = .bytes(Array(value.utf8)) }
}
