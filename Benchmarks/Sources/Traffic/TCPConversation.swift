/// What one side says before the other answers.
public struct Turn {
    public let isFromClient: Bool
    public let bytes: [UInt8]
    /// Nanoseconds before it starts.
    public let wait: UInt64

    public init(client bytes: [UInt8], after wait: UInt64 = 200_000) {
        self.isFromClient = true
        self.bytes = bytes
        self.wait = wait
    }
    public init(server bytes: [UInt8], after wait: UInt64 = 400_000) {
        self.isFromClient = false
        self.bytes = bytes
        self.wait = wait
    }
}

/// The turns of a conversation, in order; `nil` after the last. Made when they are needed, so that a long transfer is never
/// in memory as a whole.
public typealias Script = () -> Turn?

extension Array<Turn> {
    public var script: Script {
        var rest = self[...]
        return { rest.popFirst() }
    }
}

/// One TCP connection: handshake, turns cut into segments, acknowledgements, end.
public final class TCPConversation: Conversation {
    public enum Ending: Sendable {
        /// Each side sends FIN.
        case orderly
        /// One side sends RST.
        case reset
        /// It is still open when the capture ends.
        case open
    }

    public enum Opening: Sendable {
        case accepted
        /// RST in answer to the SYN.
        case refused
        /// No answer: SYN, and SYN again.
        case unanswered
    }

    private enum Phase { case syn, synAcknowledge, acknowledge, data, closing, closed, last }

    private let client: Host
    private let server: Host
    private let clientPort: Int
    private let serverPort: Int
    private let opening: Opening
    private let ending: Ending
    private let script: Script
    /// How long the connection stays open after the last turn.
    private let lingers: UInt64

    private var phase = Phase.syn
    private var tries = 0
    private var turn: Turn?
    private var offset = 0
    /// Index 0 is the client, 1 the server.
    private var sequence: [Int]
    private var acknowledged = [0, 0]
    private var identification: [Int]
    /// Full segments that the other side has not acknowledged yet.
    private var unacknowledged = [0, 0]
    private var owesAcknowledgement: Int?
    private let clock: [Int]?

    private static let gap: UInt64 = 13_000

    public init(
        _ client: Host, _ clientPort: Int, _ server: Host, _ serverPort: Int, opening: Opening = .accepted, ending: Ending = .orderly,
        lingers: UInt64 = 0, _ random: inout SeededGenerator, _ script: @escaping Script
    ) {
        self.client = client
        self.server = server
        self.clientPort = clientPort
        self.serverPort = serverPort
        self.opening = opening
        self.ending = ending
        self.lingers = lingers
        self.script = script
        self.sequence = [random.below(1 << 32), random.below(1 << 32)]
        self.identification = [random.below(1 << 16), random.below(1 << 16)]
        self.clock = client.sendsTimestamps && server.sendsTimestamps ? [random.below(1 << 31), random.below(1 << 31)] : nil
    }

    private var segmentSize: Int { self.clock == nil ? 1460 : 1448 }

    public func step(at time: UInt64, _ out: PcapWriter, _ random: inout SeededGenerator) throws -> UInt64? {
        switch self.phase {
        case .syn:
            try self.send(0, TCPFlag.syn, at: time, out)
            switch self.opening {
            case .accepted: self.sequence[0] += 1
            case .refused: break
            case .unanswered:
                self.tries += 1
                return self.tries < 3 ? 1_000_000_000 << UInt64(self.tries - 1) : nil
            }
            self.phase = .synAcknowledge
            return 150_000
        case .synAcknowledge:
            if self.opening == .refused {
                self.acknowledged[1] = self.sequence[0] + 1
                self.sequence[1] = 0
                try self.send(1, TCPFlag.reset | TCPFlag.acknowledge, at: time, out)
                return nil
            }
            self.acknowledged[1] = self.sequence[0]
            try self.send(1, TCPFlag.syn | TCPFlag.acknowledge, at: time, out)
            self.sequence[1] += 1
            self.phase = .acknowledge
            return 150_000
        case .acknowledge:
            self.acknowledged[0] = self.sequence[1]
            try self.send(0, TCPFlag.acknowledge, at: time, out)
            return self.advance()
        case .data:
            return try self.data(at: time, out, &random)
        case .closing:
            switch self.ending {
            case .open: return nil
            case .reset:
                try self.send(0, TCPFlag.reset | TCPFlag.acknowledge, at: time, out)
                return nil
            case .orderly:
                try self.send(0, TCPFlag.fin | TCPFlag.acknowledge, at: time, out)
                self.sequence[0] += 1
                self.phase = .closed
                return 250_000
            }
        case .closed:
            self.acknowledged[1] = self.sequence[0]
            try self.send(1, TCPFlag.fin | TCPFlag.acknowledge, at: time, out)
            self.sequence[1] += 1
            self.phase = .last
            return 150_000
        case .last:
            self.acknowledged[0] = self.sequence[1]
            try self.send(0, TCPFlag.acknowledge, at: time, out)
            return nil
        }
    }

    /// Takes the next turn, or closes.
    private func advance() -> UInt64? {
        self.turn = self.script()
        self.offset = 0
        guard let turn else {
            self.phase = .closing
            return self.ending == .open ? nil : self.lingers + 200_000
        }
        self.phase = .data
        // Who has nothing to say yet acknowledges after 40 ms (RFC 1122 section 4.2.3.2: at most 500).
        let listener = turn.isFromClient ? 0 : 1
        if turn.wait > 40_000_000, self.acknowledged[listener] < self.sequence[1 - listener] { self.owesAcknowledgement = listener }
        if turn.wait > 40_000_000, self.acknowledged[1 - listener] < self.sequence[listener] { self.owesAcknowledgement = 1 - listener }
        return self.owesAcknowledgement == nil ? turn.wait : 40_000_000
    }

    private func data(at time: UInt64, _ out: PcapWriter, _ random: inout SeededGenerator) throws -> UInt64? {
        guard let turn else { return nil }
        if let owes = self.owesAcknowledgement {
            self.owesAcknowledgement = nil
            self.unacknowledged[1 - owes] = 0
            self.acknowledged[owes] = self.sequence[1 - owes]
            try self.send(owes, TCPFlag.acknowledge, at: time, out)
            return self.offset == 0 && turn.wait > 40_000_000 ? turn.wait - 40_000_000 : Self.gap
        }
        let side = turn.isFromClient ? 0 : 1
        let end = min(self.offset + self.segmentSize, turn.bytes.count)
        let payload = turn.bytes[self.offset..<end]
        // What has come from the other side is acknowledged along with the data.
        self.acknowledged[side] = self.sequence[1 - side]
        self.unacknowledged[1 - side] = 0
        let isLast = end == turn.bytes.count
        try self.send(side, TCPFlag.acknowledge | (isLast ? TCPFlag.push : 0), payload, at: time, out)
        // A lost acknowledgement now and then: the segment comes again.
        if random.chance(1, in: 1000) { try self.send(side, TCPFlag.acknowledge, payload, at: time + 3000, out) }
        self.sequence[side] += payload.count
        self.offset = end
        if payload.count == self.segmentSize {
            self.unacknowledged[side] += 1
            if self.unacknowledged[side] >= 2 { self.owesAcknowledgement = 1 - side }
        }
        if !isLast { return Self.gap }
        if self.owesAcknowledgement != nil {
            // The acknowledgement is due before the next turn, which starts at once if it is the same side's.
            let owes = 1 - side
            self.owesAcknowledgement = nil
            self.unacknowledged[side] = 0
            self.acknowledged[owes] = self.sequence[side]
            try self.send(owes, TCPFlag.acknowledge, at: time + 5000, out)
        }
        return self.advance()
    }

    private func send(_ side: Int, _ flags: Int, _ payload: ArraySlice<UInt8> = [], at time: UInt64, _ out: PcapWriter) throws {
        self.identification[side] &+= 1
        let isClient = side == 0
        let header = SegmentHeader(
            source: isClient ? self.client : self.server, destination: isClient ? self.server : self.client,
            sourcePort: isClient ? self.clientPort : self.serverPort, destinationPort: isClient ? self.serverPort : self.clientPort,
            sequence: self.sequence[side], acknowledgement: flags & TCPFlag.acknowledge == 0 ? 0 : self.acknowledged[side], flags: flags,
            window: flags & TCPFlag.syn != 0 ? 64240 : 1026,
            timestamps: self.clock.map { clock in
                let now = Int(time / 1_000_000)
                return (clock[side] + now, flags == TCPFlag.syn ? 0 : clock[1 - side] + now)
            },
            identification: self.identification[side])
        try out.frame(at: time) { Frames.segment(header, payload, into: &$0) }
    }
}

/// Datagrams between two ports.
public final class DatagramConversation: Conversation {
    private let client: Host
    private let server: Host
    private let clientPort: Int
    private let serverPort: Int
    private var turns: ArraySlice<Turn>
    private var identification: Int

    public init(_ client: Host, _ clientPort: Int, _ server: Host, _ serverPort: Int, _ random: inout SeededGenerator, _ turns: [Turn]) {
        self.client = client
        self.server = server
        self.clientPort = clientPort
        self.serverPort = serverPort
        self.turns = turns[...]
        self.identification = random.below(1 << 16)
    }

    public func step(at time: UInt64, _ out: PcapWriter, _ random: inout SeededGenerator) throws -> UInt64? {
        guard let turn = self.turns.popFirst() else { return nil }
        self.identification += 1
        try out.frame(at: time) { frame in
            if turn.isFromClient {
                Frames.datagram(
                    from: self.client, self.clientPort, to: self.server, self.serverPort, turn.bytes, self.identification, into: &frame)
            } else {
                Frames.datagram(
                    from: self.server, self.serverPort, to: self.client, self.clientPort, turn.bytes, self.identification, into: &frame)
            }
        }
        return self.turns.first?.wait
    }
}

/// A request for a hardware address, and the answer.
public final class AddressResolution: Conversation {
    private let asker: Host
    private let asked: Host
    private var hasAsked = false

    public init(_ asker: Host, _ asked: Host) {
        self.asker = asker
        self.asked = asked
    }

    public func step(at time: UInt64, _ out: PcapWriter, _ random: inout SeededGenerator) throws -> UInt64? {
        try out.frame(at: time) { frame in
            if self.hasAsked {
                Frames.arp(isRequest: false, from: self.asked, about: self.asker, into: &frame)
            } else {
                Frames.arp(isRequest: true, from: self.asker, about: self.asked, into: &frame)
            }
        }
        defer { self.hasAsked = true }
        return self.hasAsked ? nil : 100_000
    }
}
