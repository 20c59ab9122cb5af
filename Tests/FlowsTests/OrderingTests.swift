import Packets
import Testing
import Wire

@testable import Flows

/// TCP payload in order: what was sent is what is delivered, and what is missing is said with its length.
@Suite(.timeLimit(.minutes(2))) struct OrderingTests {
    static func stream(_ count: Int, _ seed: UInt64) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    /// Cuts a stream into segments, from a first sequence number on.
    static func segments(_ stream: [UInt8], from first: UInt32, fromClient: Bool, _ random: inout SeededGenerator) -> [Segment] {
        var segments: [Segment] = []
        var offset = 0
        while offset < stream.count {
            let end = min(stream.count, offset + Int.random(in: 1...1460, using: &random))
            segments.append(
                Segment(
                    fromClient: fromClient, sequence: first &+ UInt32(offset), flags: [.ack, .psh], bytes: Array(stream[offset..<end])))
            offset = end
        }
        return segments
    }

    /// Segments change places with others not far from them.
    static func shuffle(_ segments: [Segment], window: Int, _ random: inout SeededGenerator) -> [Segment] {
        segments.enumerated().map { (Double($0.offset) + Double.random(in: 0...Double(window), using: &random), $0.element) }
            .sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// Whatever the order, the duplicates and the overlaps: both streams arrive as they were sent, with nothing lost.
    @Test(arguments: UInt64(0)..<60)
    func anyOrderGivesTheStream(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        // Some of them wrap around.
        let starts = (seed % 3 == 0 ? UInt32.max - UInt32.random(in: 0...3000, using: &random) : UInt32.random(in: 0...(.max), using: &random), UInt32.random(in: 0...(.max), using: &random))
        let streams = (Self.stream(Int.random(in: 1...40_000, using: &random), seed), Self.stream(Int.random(in: 1...40_000, using: &random), seed + 1000))
        var sent: [Segment] = []
        for (stream, start, isClient) in [(streams.0, starts.0 &+ 1, true), (streams.1, starts.1 &+ 1, false)] {
            var segments = Self.segments(stream, from: start, fromClient: isClient, &random)
            // Duplicates, and retransmissions cut elsewhere.
            for segment in segments where Int.random(in: 0..<5, using: &random) == 0 { segments.append(segment) }
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                let offset = Int.random(in: 0..<stream.count, using: &random)
                let end = min(stream.count, offset + Int.random(in: 1...3000, using: &random))
                segments.append(
                    Segment(fromClient: isClient, sequence: start &+ UInt32(offset), flags: .ack, bytes: Array(stream[offset..<end])))
            }
            segments.sort { $0.sequence &- start < $1.sequence &- start }
            sent += Self.shuffle(segments, window: Int(seed % 20), &random)
        }
        if seed % 2 == 0 {
            // Both sides at a time.
            var sides = [sent.filter(\.fromClient)[...], sent.filter { !$0.fromClient }[...]]
            sent = sent.compactMap { _ in
                let side = Int.random(in: 0...1, using: &random)
                return sides[side].popFirst() ?? sides[1 - side].popFirst()
            }
        }
        let listener = Listener()
        listener.handshake(client: starts.0, server: starts.1)
        for segment in sent { listener.hear(segment) }
        #expect(listener.table.waitingBytes == 0)
        listener.finish()
        #expect(listener.fromInitiator == [.bytes(streams.0)])
        #expect(listener.fromResponder == [.bytes(streams.1)])
        #expect(listener.table.gaps == 0)
        #expect(listener.table.conflicts == 0)
        #expect(listener.ended.count == 1)
    }

    /// Segments that the capture dropped are holes of exactly their length, in their place, and the rest is delivered.
    @Test(arguments: UInt64(0)..<60)
    func droppedSegmentsAreHoles(seed: UInt64) {
        var random = SeededGenerator(seed: 100 + seed)
        let start = UInt32.random(in: 0...(.max), using: &random)
        let stream = Self.stream(Int.random(in: 1...60_000, using: &random), seed)
        var expected: [Listener.Piece] = []
        var kept: [Segment] = []
        var lost = 0
        for segment in Self.segments(stream, from: start &+ 1, fromClient: true, &random) {
            // The first stays: what precedes it is not a hole of the stream.
            let isDropped = Int.random(in: 0..<4, using: &random) == 0
            let piece: Listener.Piece = isDropped ? .lost(segment.bytes.count) : .bytes(segment.bytes)
            switch (expected.last, piece) {
            case (.bytes(let before)?, .bytes(let more)): expected[expected.count - 1] = .bytes(before + more)
            case (.lost(let before)?, .lost(let more)): expected[expected.count - 1] = .lost(before + more)
            default: expected.append(piece)
            }
            if !isDropped { kept.append(segment) }
        }
        // Nobody can know of bytes after the last.
        if case .lost? = expected.last { expected.removeLast() }
        for case .lost(let count) in expected { lost += count }
        let listener = Listener()
        listener.handshake(client: start)
        for segment in Self.shuffle(kept, window: Int(seed % 5), &random) {
            listener.hear(segment)
            if seed % 2 == 0 {
                // The receiver had it all.
                listener.time.nanoseconds += 100_000_000
                listener.acknowledge(segment.sequence &+ UInt32(segment.bytes.count))
            }
        }
        listener.finish()
        #expect(listener.fromInitiator == expected)
        #expect(listener.table.lostBytes == UInt64(lost))
        #expect(listener.table.gaps == UInt64(expected.count { if case .lost = $0 { true } else { false } }))
    }

    // MARK: Holes

    @Test func aHoleWaitsForItsBytes() {
        let listener = Listener()
        listener.handshake()
        listener.data("one", at: 1001)
        listener.data("three", at: 1007)
        #expect(listener.fromInitiator == ["one"])
        listener.time = Timestamp(seconds: 1100)
        // Nobody acknowledged it: it is still on its way.
        listener.data("", at: 5001, fromClient: false)
        #expect(listener.fromInitiator == ["one"])
        listener.data("two", at: 1004)
        #expect(listener.fromInitiator == ["onetwothree"])
    }

    @Test func aHoleThatWasAcknowledgedIsGivenUpAfterHalfASecond() {
        let listener = Listener()
        listener.handshake()
        listener.data("one", at: 1001)
        listener.data("three", at: 1007)
        listener.acknowledge(1012)
        #expect(listener.fromInitiator == ["one"])
        listener.time.nanoseconds += 499_000_000
        listener.acknowledge(1012)
        #expect(listener.fromInitiator == ["one"])
        listener.time.nanoseconds += 1_000_000
        listener.acknowledge(1012)
        #expect(listener.fromInitiator == ["one", .lost(3), "three"])
        // What comes now was given up.
        listener.data("two", at: 1004)
        #expect(listener.fromInitiator == ["one", .lost(3), "three"])
        #expect(listener.table.retransmissions == 1)
    }

    /// A capture of one direction has no acknowledgement, whatever the sequence numbers are.
    @Test(arguments: [UInt32(10), 0x7FFF_FF00, 0x8000_0010, 0xFFFF_FF00])
    func oneDirectionNeverAcknowledges(start: UInt32) {
        let listener = Listener()
        listener.hear(Segment(fromClient: true, sequence: start, flags: .syn))
        listener.data("one", at: start &+ 1)
        listener.data("three", at: start &+ 7)
        listener.time = Timestamp(seconds: 1030)
        listener.data("four", at: start &+ 12)
        #expect(listener.fromInitiator == ["one"])
        listener.finish()
        #expect(listener.fromInitiator == ["one", .lost(3), "threefour"])
    }

    @Test func aHoleIsGivenUpWhenTooMuchWaits() {
        let bytes = Listener()
        bytes.handshake()
        for index in 0..<4 { bytes.data([UInt8](repeating: 7, count: 60_000), at: 1001 + 10 + UInt32(index) * 60_000) }
        #expect(bytes.fromInitiator == [.lost(10), .bytes([UInt8](repeating: 7, count: 240_000))])
        let segments = Listener()
        segments.handshake()
        for index in 0..<UInt32(Reordering.segmentLimit) - 1 { segments.data([1], at: 1001 + 10 + index) }
        #expect(segments.fromInitiator.isEmpty)
        segments.data([1], at: 1001 + 10 + UInt32(Reordering.segmentLimit) - 1)
        #expect(segments.fromInitiator == [.lost(10), .bytes([UInt8](repeating: 1, count: Reordering.segmentLimit))])
    }

    // MARK: Retransmissions

    /// The first byte wins, in whatever order the segments are: waiting, next in order, over both ends.
    @Test func differentBytesForOnePlace() {
        let waiting = Listener()
        waiting.handshake()
        waiting.data("CDE", at: 1003)
        waiting.data("xyz", at: 1003)
        waiting.data("AB", at: 1001)
        #expect(waiting.fromInitiator == ["ABCDE"])
        #expect(waiting.table.conflicts == 1)

        let reaching = Listener()
        reaching.handshake()
        reaching.data("EFG", at: 1005)
        reaching.data("CDxyzHI", at: 1003)
        reaching.data("AB", at: 1001)
        #expect(reaching.fromInitiator == ["ABCDEFGHI"])
        #expect(reaching.table.conflicts == 1)

        let inOrder = Listener()
        inOrder.handshake()
        inOrder.data("CDE", at: 1003)
        inOrder.data("ABxyzF", at: 1001)
        #expect(inOrder.fromInitiator == ["ABCDEF"])
        #expect(inOrder.table.conflicts == 1)

        let between = Listener()
        between.handshake()
        between.data("B", at: 1002)
        between.data("D", at: 1004)
        between.data("F", at: 1006)
        between.data("AxCxExG", at: 1001)
        #expect(between.fromInitiator == ["ABCDEFG"])
        #expect(between.table.conflicts == 1)

        let delivered = Listener()
        delivered.handshake()
        delivered.data("ABCD", at: 1001)
        delivered.data("xxxxE", at: 1001)
        #expect(delivered.fromInitiator == ["ABCDE"])

        let ended = Listener()
        ended.handshake()
        ended.data("CDE", at: 1003)
        ended.data("xyz", at: 1003)
        ended.finish()
        #expect(ended.fromInitiator == [.lost(2), "CDE"])
        #expect(ended.table.conflicts == 1)
    }

    /// Random lies: for every place the byte that was seen first is delivered, and a stream of one sender has no conflict.
    @Test(arguments: UInt64(0)..<30)
    func theFirstByteWins(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var model = [UInt8?](repeating: nil, count: 400)
        let listener = Listener()
        listener.handshake()
        var delivered = 0
        for _ in 0..<Int.random(in: 2...40, using: &random) {
            let offset = Int.random(in: 1..<390, using: &random)
            let bytes = (0..<Int.random(in: 1...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }.prefix(400 - offset)
            for (index, byte) in bytes.enumerated() where model[offset + index] == nil { model[offset + index] = byte }
            listener.data(Array(bytes), at: 1001 + UInt32(offset))
        }
        // Offset 0 was left out, so that nothing was delivered before everything was there.
        guard listener.table.gaps == 0 else { return }
        let last = UInt8.random(in: .min ... .max, using: &random)
        model[0] = last
        listener.data([last], at: 1001)
        listener.finish()
        var expected: [Listener.Piece] = []
        for byte in model[..<((model.lastIndex { $0 != nil } ?? 0) + 1)] {
            switch (expected.last, byte) {
            case (.bytes(let before)?, let byte?): expected[expected.count - 1] = .bytes(before + [byte])
            case (.lost(let before)?, nil): expected[expected.count - 1] = .lost(before + 1)
            case (_, let byte?): expected.append(.bytes([byte]))
            case (_, nil): expected.append(.lost(1))
            }
            delivered += 1
        }
        #expect(listener.fromInitiator == expected)
    }

    @Test func keepAlivesAndWindowProbes() {
        let listener = Listener()
        listener.handshake()
        listener.data("data", at: 1001)
        // A keep-alive: the last byte again, or none before it.
        listener.data([0], at: 1004)
        listener.hear(Segment(fromClient: true, sequence: 1004, acknowledgement: 5001))
        #expect(listener.fromInitiator == ["data"])
        // A zero window is probed with one byte, which then comes again with the rest.
        listener.data("m", at: 1005)
        listener.data("more", at: 1005)
        #expect(listener.fromInitiator == ["datamore"])
        #expect(listener.table.gaps == 0)
        #expect(listener.table.conflicts == 0)
    }

    @Test func synAgainAfterData() {
        let listener = Listener()
        listener.handshake()
        listener.data("one", at: 1001)
        listener.data("ONE", at: 5001, fromClient: false)
        // Late copies of the handshake, as a capture of two ports gives them.
        listener.hear(Segment(fromClient: true, sequence: 1000, flags: .syn))
        listener.hear(Segment(fromClient: false, sequence: 5000, acknowledgement: 1001, flags: [.syn, .ack]))
        listener.data("one", at: 1001)
        listener.data("ONE", at: 5001, fromClient: false)
        listener.data("two", at: 1004)
        listener.data("TWO", at: 5004, fromClient: false)
        #expect(listener.fromInitiator == ["onetwo"])
        #expect(listener.fromResponder == ["ONETWO"])
        #expect(listener.table.retransmissions == 2)
    }

    /// TCP Fast Open: what the SYN carries counts once the server has acknowledged it.
    @Test func dataInTheSyn() {
        let listener = Listener()
        listener.hear(Segment(fromClient: true, sequence: 1000, flags: .syn, bytes: Array("GET".utf8)))
        #expect(listener.fromInitiator.isEmpty)
        listener.hear(Segment(fromClient: false, sequence: 5000, acknowledgement: 1004, flags: [.syn, .ack]))
        listener.data(" /", at: 1004)
        listener.finish()
        #expect(listener.fromInitiator == ["GET /"])
        #expect(listener.table.gaps == 0)
    }

    // MARK: Far away

    @Test func straysAreLeftOut() {
        let listener = Listener()
        listener.handshake()
        listener.data("one", at: 1001)
        for far: UInt32 in [0x4000_0000, 0xC000_0000] {
            listener.data("evil", at: far)
            listener.data("evil", at: far)
            listener.data("ok", at: listener.flow?.expectedFromInitiator ?? 0)
        }
        #expect(listener.fromInitiator == ["oneokok"])
        #expect(listener.table.gaps == 0)
    }

    /// A stream that goes on far away, since the capture lost much of it, is followed from the third segment on: also where the
    /// other side goes on talking in between.
    @Test(arguments: [UInt32(20_000_000), 1_000_000_000, 0x7FFF_FFF0, 0x9000_0000, 0xF000_0000], [true, false])
    func muchWasLost(jump: UInt32, isAnswered: Bool) {
        let listener = Listener()
        listener.handshake()
        listener.data("one", at: 1001)
        var answers: UInt32 = 5001
        for index in UInt32(0)..<10 {
            listener.data([UInt8(index)], at: 1004 &+ jump &+ index)
            if isAnswered {
                listener.data("k", at: answers, fromClient: false)
                answers &+= 1
            }
        }
        // The length of the hole modulo 2^32, with the two segments that were taken for strays.
        #expect(listener.fromInitiator == ["one", .lost(Int(jump) + 2), .bytes([2, 3, 4, 5, 6, 7, 8, 9])])
        if isAnswered { #expect(listener.fromResponder == ["kkkkkkkkkk"]) }
        #expect(listener.table.waitingBytes == 0)
    }

    // MARK: Cut by the snap length

    @Test func cutSegments() {
        let listener = Listener()
        listener.handshake()
        listener.data(Array("head".utf8), at: 1001, missing: 96)
        listener.data(Array("next".utf8), at: 1101, missing: 96)
        #expect(listener.fromInitiator == ["head", .lost(96), "next", .lost(96)])
        #expect(listener.table.gaps == 0)
        // Nothing of it was captured.
        listener.data([], at: 1201, missing: 50)
        listener.data("on", at: 1251)
        #expect(listener.fromInitiator == ["head", .lost(96), "next", .lost(146), "on"])
    }

    @Test func cutSegmentsOutOfOrder() {
        let listener = Listener()
        listener.handshake()
        listener.data(Array("next".utf8), at: 1101, missing: 96)
        listener.data(Array("head".utf8), at: 1001, missing: 96)
        listener.data("on", at: 1201)
        #expect(listener.fromInitiator == ["head", .lost(96), "next", .lost(96), "on"])
    }

    /// A retransmission whose captured part is old: only the new part of what is missing counts.
    @Test func cutRetransmissions() {
        let listener = Listener()
        listener.handshake()
        listener.data([UInt8](repeating: 1, count: 50), at: 1001)
        listener.data([UInt8](repeating: 1, count: 10), at: 1001, missing: 90)
        listener.data("on", at: 1101)
        #expect(listener.fromInitiator == [.bytes([UInt8](repeating: 1, count: 50)), .lost(50), "on"])
        let waiting = Listener()
        waiting.handshake()
        waiting.data([UInt8](repeating: 1, count: 10), at: 1002, missing: 90)
        waiting.data([UInt8](repeating: 1, count: 51), at: 1001)
        waiting.data("on", at: 1102)
        waiting.finish()
        #expect(waiting.fromInitiator == [.bytes([UInt8](repeating: 1, count: 51)), .lost(50), "on"])
    }

    // MARK: Bounds

    /// What waits is bounded over all flows, whoever fills it.
    @Test func waitingIsBounded() {
        let limit = 200_000
        let table = FlowTable(limit: 10_000, waitingLimit: limit, seed: 1)
        var highest = 0
        for number in UInt16(1)...2000 {
            let listener = Listener(table, client: Endpoint(address: IPAddress(v4: 0x0A01_0000), port: number))
            listener.handshake()
            for index in 0..<UInt32(3) { listener.data([UInt8](repeating: 1, count: 300), at: 1011 + index * 400) }
            highest = max(highest, table.waitingBytes)
        }
        #expect(highest > limit / 2)
        #expect(highest <= limit + 1000)
        #expect(table.gaps > 0)
        table.finish()
        #expect(table.waitingBytes == 0)
        #expect(table.takeEnded().count == 2000)
    }

    @Test func openingDataIsBounded() {
        let limit = 100_000
        let table = FlowTable(limit: 10_000, waitingLimit: limit, seed: 1)
        for number in UInt16(1)...2000 {
            let listener = Listener(table, client: Endpoint(address: IPAddress(v4: 0x0A01_0000), port: number))
            listener.hear(Segment(fromClient: true, sequence: 1000, flags: .syn, bytes: [UInt8](repeating: 1, count: 1000)))
        }
        #expect(table.waitingBytes <= limit + 2000)
    }

    /// Tiny segments cost more than their bytes.
    @Test func tinySegmentsAreBounded() {
        let limit = 50_000
        let table = FlowTable(limit: 10_000, waitingLimit: limit, seed: 1)
        for number in UInt16(1)...500 {
            let listener = Listener(table, client: Endpoint(address: IPAddress(v4: 0x0A01_0000), port: number))
            listener.handshake()
            for index in 0..<UInt32(40) { listener.data([1], at: 1011 + index * 2) }
        }
        #expect(table.waitingBytes <= limit + 40 * (Reordering.Segment.overhead + 1))
    }

    @Test func whatNobodyWantsIsNotKept() {
        let listener = Listener()
        listener.handshake()
        listener.data("three", at: 1007)
        #expect(listener.table.waitingBytes > 0)
        guard let index = listener.last?.index else { return }
        listener.table[index].isWanted = false
        #expect(listener.table.waitingBytes == 0)
        listener.data("five", at: 1020)
        #expect(listener.table.waitingBytes == 0)
        listener.finish()
        #expect(listener.fromInitiator.isEmpty)
        #expect(listener.ended.map(\.bytesFromInitiator) == [9])
    }

    /// Any segments at all: no trap, bounded memory, and the counts stay together.
    @Test(arguments: UInt64(0)..<20)
    func hostileSegments(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let table = FlowTable(limit: 64, waitingLimit: 300_000, seed: seed)
        let listeners = (UInt16(1)...100).map { Listener(table, client: Endpoint(address: IPAddress(v4: 7), port: $0)) }
        for round in 0..<4000 {
            let listener = listeners[Int.random(in: 0..<listeners.count, using: &random)]
            let near = UInt32.random(in: 0...100_000, using: &random)
            listener.time = Timestamp(nanoseconds: Int64.random(in: 0...(round % 50 == 0 ? .max : 4_000_000_000), using: &random))
            listener.hear(
                Segment(
                    fromClient: Bool.random(using: &random), sequence: Int.random(in: 0..<6, using: &random) == 0 ? UInt32.random(in: 0...(.max), using: &random) : near,
                    acknowledgement: UInt32.random(in: 0...200_000, using: &random),
                    flags: TCPFlags(rawValue: Int.random(in: 0..<4, using: &random) == 0 ? UInt8.random(in: 0...31, using: &random) : 0x10),
                    bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: Int.random(in: 0...(round % 30 == 0 ? 65_000 : 600), using: &random)),
                    missing: UInt32.random(in: 0...(round % 3 == 0 ? 65_535 : 0), using: &random)))
            #expect(table.count <= 64)
            #expect(table.waitingBytes >= 0 && table.waitingBytes <= 300_000 + 2 * 70_000)
        }
        table.finish()
        #expect(table.waitingBytes == 0)
        #expect(table.count == 0)
    }
}
