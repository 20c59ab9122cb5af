import Observations
import Testing
import Wire

@testable import Dissectors

/// A conversation as a test gives it: what each side sends, in turn.
struct Script: Sendable {
    struct Turn: Sendable {
        let side: Side
        let bytes: [UInt8]
    }
    var turns: [Turn]

    init(_ turns: (Side, [UInt8])...) { self.turns = turns.map { Turn(side: $0.0, bytes: $0.1) } }
    init(turns: [Turn]) { self.turns = turns }

    static func client(_ bytes: [UInt8]) -> Turn { Turn(side: .initiator, bytes: bytes) }
    static func server(_ bytes: [UInt8]) -> Turn { Turn(side: .responder, bytes: bytes) }
}

/// A small generator with a fixed seed: the same splits and mutations on every run (SplitMix64).
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

/// What a run of a dissector noted, without the evidence: (subject, attribute, value).
struct Noted: Hashable, CustomStringConvertible {
    let subject: Subject
    let attribute: Attribute
    let value: Value
    var description: String { "\(self.attribute.name)=\(self.value)" }
}

/// The shared harness: every stream dissector passes these properties with every script its tests have.
enum Harness {
    static let client = Endpoint(address: IPAddress(v4: 0x0A00_0001), port: 50_000)
    static let server = Endpoint(address: IPAddress(v4: 0x0A00_0002), port: 10_004)
    static var serverSubject: Subject {
        .service(ServiceKey(host: HostKey(Self.server.address, in: .none), port: Self.server.port, transport: .tcp))
    }
    static var clientSubject: Subject { .host(HostKey(Self.client.address, in: .none)) }

    /// Runs segments through one dissector (or through all that are registered) as the pipeline does.
    static func run(
        _ segments: [Script.Turn], dissectors: [any StreamDissector.Type], sawStart: Bool = true, ends: Bool = true
    ) -> (noted: Set<Noted>, protocols: [ApplicationProtocol]) {
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .tcp, network: .none, initiator: Self.client, responder: Self.server,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1_700_000_000)), rolesAreSure: sawStart, log: log)
        let dissection = Dissection(sawStart: sawStart, registry: dissectors)
        for segment in segments {
            dissection.deliver(segment.bytes.rawSpan, from: segment.side, &context)
            if dissection.isFinished { break }
        }
        if ends {
            dissection.end(.initiator, &context)
            dissection.end(.responder, &context)
        }
        return (
            Set(log.observations.map { Noted(subject: $0.subject, attribute: $0.attribute, value: $0.value) }), Array(context.protocols)
        )
    }

    /// Property 1: any split of the stream gives the same observations.
    static func checkSplits(_ script: Script, _ dissector: any StreamDissector.Type, sourceLocation: SourceLocation = #_sourceLocation) {
        let whole = Self.run(script.turns, dissectors: [dissector])
        #expect(whole.protocols == [dissector.applicationProtocol], "not recognised", sourceLocation: sourceLocation)
        let bytewise = script.turns.flatMap { turn in turn.bytes.map { Script.Turn(side: turn.side, bytes: [$0]) } }
        let single = Self.run(bytewise, dissectors: [dissector])
        #expect(single.noted == whole.noted, "byte by byte", sourceLocation: sourceLocation)
        var generator = SeededGenerator(seed: 7)
        for round in 0..<40 {
            let segments = script.turns.flatMap { turn -> [Script.Turn] in
                var pieces: [Script.Turn] = []
                var rest = turn.bytes[...]
                while !rest.isEmpty {
                    let count = Int.random(in: 1...max(1, min(rest.count, round % 2 == 0 ? 9 : 700)), using: &generator)
                    pieces.append(Script.Turn(side: turn.side, bytes: Array(rest.prefix(count))))
                    rest = rest.dropFirst(count)
                }
                return pieces
            }
            let split = Self.run(segments, dissectors: [dissector])
            #expect(split.noted == whole.noted, "split round \(round)", sourceLocation: sourceLocation)
        }
    }

    /// Property 2: any prefix gives some of the observations of the whole and never others.
    /// - Parameter allowing: attributes whose value may grow as more is seen, such as a banner that was cut.
    static func checkPrefixes(
        _ script: Script, _ dissector: any StreamDissector.Type, allowing: Set<Attribute> = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let whole = Self.run(script.turns, dissectors: [dissector]).noted
        let bytes = script.turns.flatMap { turn in turn.bytes.map { (turn.side, $0) } }
        let step = max(1, bytes.count / 400)
        for count in stride(from: 0, to: bytes.count, by: step) {
            var turns: [Script.Turn] = []
            for (side, byte) in bytes.prefix(count) {
                if let last = turns.last, last.side == side {
                    turns[turns.count - 1] = Script.Turn(side: side, bytes: last.bytes + [byte])
                } else {
                    turns.append(Script.Turn(side: side, bytes: [byte]))
                }
            }
            let part = Self.run(turns, dissectors: [dissector]).noted
            let more = part.subtracting(whole).filter { !allowing.contains($0.attribute) }
            #expect(more.isEmpty, "prefix of \(count) bytes notes \(more)", sourceLocation: sourceLocation)
        }
    }

    /// Property 3: one direction alone is recognised and gives what that direction holds.
    /// - Returns: what each direction alone noted.
    @discardableResult
    static func checkOneDirection(
        _ script: Script, _ dissector: any StreamDissector.Type, sides: [Side] = [.initiator, .responder], sawStart: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> [Side: Set<Noted>] {
        var result: [Side: Set<Noted>] = [:]
        for side in sides {
            let run = Self.run(script.turns.filter { $0.side == side }, dissectors: [dissector], sawStart: sawStart)
            #expect(run.protocols == [dissector.applicationProtocol], "\(side) alone is not recognised", sourceLocation: sourceLocation)
            result[side] = run.noted
        }
        return result
    }

    /// Property 4: a start in mid-stream is recognised: the first `dropped` turns are missing and so is the handshake.
    @discardableResult
    static func checkMidStream(
        _ script: Script, dropping dropped: Int, _ dissector: any StreamDissector.Type, sourceLocation: SourceLocation = #_sourceLocation
    ) -> Set<Noted> {
        let run = Self.run(Array(script.turns.dropFirst(dropped)), dissectors: [dissector], sawStart: false)
        #expect(run.protocols == [dissector.applicationProtocol], "not recognised in mid-stream", sourceLocation: sourceLocation)
        return run.noted
    }

    /// Hostile input: mutated scripts never trap and never make the dissector note more than a bounded amount.
    static func checkMutations(_ script: Script, _ dissector: any StreamDissector.Type, rounds: Int = 400, seed: UInt64 = 11) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<rounds {
            var turns = script.turns
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = Int.random(in: 0..<turns.count, using: &generator)
                var bytes = turns[index].bytes
                guard !bytes.isEmpty else { continue }
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: bytes[position] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: bytes[position] = [0x00, 0xFF, 0x7F, 0x80][Int.random(in: 0..<4, using: &generator)]
                case 2: bytes.removeSubrange(position..<min(bytes.count, position + Int.random(in: 1...16, using: &generator)))
                case 3: bytes.insert(contentsOf: bytes.prefix(Int.random(in: 1...64, using: &generator)), at: position)
                default: bytes.removeSubrange(position...)
                }
                turns[index] = Script.Turn(side: turns[index].side, bytes: bytes)
            }
            _ = Self.run(turns, dissectors: [dissector], sawStart: round % 3 != 0)
        }
    }

    /// Runs one datagram after the other through a datagram dissector.
    static func run(
        datagrams: [Script.Turn], _ dissector: any DatagramDissector.Type, serverPort: UInt16
    ) -> (noted: Set<Noted>, verdicts: [DatagramVerdict]) {
        let log = ObservationLog(seed: 1)
        var context = DissectionContext(
            transport: .udp, network: .none, initiator: Self.client, responder: Endpoint(address: Self.server.address, port: serverPort),
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1_700_000_000)), rolesAreSure: false, log: log)
        let verdicts = datagrams.map { dissector.dissect($0.bytes.rawSpan, from: $0.side, &context) }
        return (Set(log.observations.map { Noted(subject: $0.subject, attribute: $0.attribute, value: $0.value) }), verdicts)
    }
}
