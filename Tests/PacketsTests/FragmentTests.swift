import Packets
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct FragmentTests {
    static let datagram = Build.udp(from: 161, to: 162, (0..<1472).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) })

    struct Part {
        var offset: Int
        var bytes: [UInt8]
        var more: Bool
    }

    /// The datagram in parts of so many octets: a multiple of 8.
    static func parts(_ bytes: [UInt8] = Self.datagram, of octets: Int) -> [Part] {
        stride(from: 0, to: bytes.count, by: octets).map { offset in
            let end = min(offset + octets, bytes.count)
            return Part(offset: offset, bytes: Array(bytes[offset..<end]), more: end < bytes.count)
        }
    }

    static func frame(_ part: Part, identification: Int = 77, isV6: Bool = false, number: UInt8 = 17) -> [UInt8] {
        isV6
            ? Build.ethernet(
                Build.v6(44, Build.fragmentHeader(next: number, offset: part.offset, more: part.more, identification: identification) + part.bytes))
            : Build.ethernet(Build.v4(number, identification: identification, offset: part.offset, more: part.more, part.bytes))
    }

    /// A decoder and its fragments, as the pipeline uses them.
    struct Pipeline {
        var decoder = Decoder()
        var table = FragmentTable()
        var frames: UInt64 = 0

        /// What a datagram that the frame completes holds.
        mutating func feed(_ frame: [UInt8], at seconds: Int64 = 0) -> (packet: Packet, payload: [UInt8])? {
            self.frames += 1
            let packet = self.decoder.decode(frame.rawSpan, linkType: 1, frame: self.frames)
            guard packet.kind == .fragment else { return nil }
            let payload = frame.rawSpan.slice(from: Int(packet.payloadOffset), count: Int(packet.payloadLength))
            guard let whole = self.table.add(packet, payload, at: Timestamp(seconds: seconds)) else { return nil }
            let inner = self.decoder.decode(reassembled: whole.rawSpan, of: packet, frame: self.frames)
            return (inner, whole.rawSpan.slice(from: Int(inner.payloadOffset), count: Int(inner.payloadLength)).copied())
        }
    }

    static func expectWhole(_ found: [(packet: Packet, payload: [UInt8])], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(found.count == 1, sourceLocation: sourceLocation)
        for (packet, payload) in found {
            #expect(packet.kind == .udp, sourceLocation: sourceLocation)
            #expect((packet.sourcePort, packet.destinationPort) == (161, 162), sourceLocation: sourceLocation)
            #expect(payload == Array(Self.datagram.dropFirst(8)), sourceLocation: sourceLocation)
            #expect(packet.payloadMissing == 0, sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: [false, true], [8, 64, 512, 1024, 1480])
    func everyOrder(isV6: Bool, octets: Int) {
        let parts = Self.parts(of: octets)
        var random = SeededGenerator(seed: UInt64(octets))
        // More parts than the limit are no honest sender's.
        let isTooMany = parts.count > FragmentTable.partLimit
        for order in [parts, parts.reversed(), parts.shuffled(using: &random), parts.shuffled(using: &random)] {
            var pipeline = Pipeline()
            let found = order.compactMap { pipeline.feed(Self.frame($0, isV6: isV6)) }
            guard parts.count > 1, !isTooMany else { continue }
            Self.expectWhole(found)
            #expect(pipeline.table.overlaps == 0)
            pipeline.table.finish()
            #expect(pipeline.table.incomplete == 0)
        }
    }

    @Test func interleaved() {
        var pipeline = Pipeline()
        var found: [(packet: Packet, payload: [UInt8])] = []
        for part in Self.parts(of: 480) {
            for identification in 1...50 {
                if let whole = pipeline.feed(Self.frame(part, identification: identification, isV6: identification % 2 == 0)) { found.append(whole) }
            }
        }
        #expect(found.count == 50)
        #expect(found.allSatisfy { $0.payload == Array(Self.datagram.dropFirst(8)) })
    }

    /// What differs in any part of the key is another datagram.
    @Test func keysAreKeptApart() {
        let parts = Self.parts(of: 744)
        var pipeline = Pipeline()
        #expect(pipeline.feed(Self.frame(parts[0])) == nil)
        #expect(pipeline.feed(Self.frame(parts[1], identification: 78)) == nil)
        #expect(pipeline.feed(Self.frame(parts[1], number: 1)) == nil)
        #expect(pipeline.feed(Self.frame(parts[1], isV6: true)) == nil)
        let elsewhere = Build.v4(17, from: "192.0.2.9", identification: 77, offset: parts[1].offset, parts[1].bytes)
        #expect(pipeline.feed(Build.ethernet(elsewhere)) == nil)
        let tagged = Build.v4(17, identification: 77, offset: parts[1].offset, parts[1].bytes)
        #expect(pipeline.feed(Build.tagged([(0x8100, 3)], tagged)) == nil)
        #expect(pipeline.feed(Self.frame(parts[1])) != nil)
        pipeline.table.finish()
        #expect(pipeline.table.incomplete == 5)
    }

    /// The first byte wins wherever parts overlap, and the rest of a part still counts.
    @Test func overlaps() {
        let parts = Self.parts(of: 496)
        #expect(parts.count == 3)
        var forged = parts[1]
        forged.bytes = [UInt8](repeating: 0xEE, count: forged.bytes.count)
        // Before, after, and over both neighbours: the true bytes came first.
        for order in [[parts[0], parts[1], forged, parts[2]], [parts[1], forged, parts[0], parts[2]], [parts[2], parts[1], forged, parts[0]]] {
            var pipeline = Pipeline()
            Self.expectWhole(order.compactMap { pipeline.feed(Self.frame($0)) })
            #expect(pipeline.table.overlaps == 1)
        }
        // One part that covers the hole and what is on both its sides.
        let middle = Part(offset: 8, bytes: Array(Self.datagram[8..<1400]), more: true)
        var pipeline = Pipeline()
        Self.expectWhole([parts[0], parts[2], middle].compactMap { pipeline.feed(Self.frame($0)) })
        #expect(pipeline.table.overlaps == 1)
        // One that covers a part and has new bytes on both its sides.
        var second = Pipeline()
        let around = Part(offset: 0, bytes: Array(Self.datagram[..<1000]), more: true)
        let after = Part(offset: 1000, bytes: Array(Self.datagram[1000...]), more: false)
        Self.expectWhole([parts[1], around, after].compactMap { second.feed(Self.frame($0)) })
    }

    /// Random parts with random overlaps of consistent bytes always give the datagram.
    @Test func randomOverlaps() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            var parts = Self.parts(of: 8 * Int.random(in: 4...60, using: &random))
            for _ in 0..<Int.random(in: 0...10, using: &random) {
                let offset = 8 * Int.random(in: 0..<180, using: &random)
                let end = min(Self.datagram.count, offset + 8 * Int.random(in: 1...90, using: &random))
                parts.append(Part(offset: offset, bytes: Array(Self.datagram[offset..<end]), more: end < Self.datagram.count))
            }
            parts.shuffle(using: &random)
            var pipeline = Pipeline()
            let found = parts.compactMap { pipeline.feed(Self.frame($0)) }
            #expect(found.first?.payload == Array(Self.datagram.dropFirst(8)))
        }
    }

    /// Bytes beyond the end that a last fragment states do not stand in for a hole before it.
    @Test func bytesBeyondTheEnd() {
        var pipeline = Pipeline()
        let beyond = Part(offset: 800, bytes: [UInt8](repeating: 0xEE, count: 400), more: true)
        let last = Part(offset: 400, bytes: [UInt8](repeating: 0x22, count: 80), more: false)
        let first = Part(offset: 0, bytes: Build.udp(from: 161, to: 162, [UInt8](repeating: 0x11, count: 392)), more: true)
        #expect(pipeline.feed(Self.frame(beyond)) == nil)
        #expect(pipeline.feed(Self.frame(last)) == nil)
        let found = pipeline.feed(Self.frame(first))
        #expect(found?.payload == [UInt8](repeating: 0x11, count: 392))
    }

    @Test func tiny() {
        // The TCP header itself in three fragments (RFC 1858).
        let segment = Build.tcp(Inner.payload)
        let parts = [
            Part(offset: 0, bytes: Array(segment[..<8]), more: true), Part(offset: 8, bytes: Array(segment[8..<16]), more: true),
            Part(offset: 16, bytes: Array(segment[16...]), more: false),
        ]
        var pipeline = Pipeline()
        let found = parts.compactMap { pipeline.feed(Self.frame($0, number: 6)) }
        #expect(found.first?.packet.kind == .tcp)
        #expect(found.first?.packet.destinationPort == 11_112)
        #expect(found.first?.payload == Inner.payload)
    }

    @Test func extensionHeadersInTheFragmentedPart() {
        let whole = Build.extensionHeader(next: 17, octets: 24) + Self.datagram
        var pipeline = Pipeline()
        Self.expectWhole(Self.parts(whole, of: 512).compactMap { pipeline.feed(Self.frame($0, isV6: true, number: 60)) })
    }

    @Test func insideATunnel() {
        var pipeline = Pipeline()
        let found = Self.parts(of: 512).compactMap { part in
            pipeline.feed(
                Build.ethernet(Build.v4(17, identification: 5, offset: part.offset, more: part.more, part.bytes)).withOuter("VXLAN"))
        }
        Self.expectWhole(found)
        #expect(found.first?.packet.network.identifier == 0x1234)
        #expect(found.first?.packet.tunnels == 1)
    }

    /// A tunnel whose outer datagrams came in fragments is opened.
    @Test func aroundATunnel() {
        let outer = Build.udp(to: 4789, [8, 0, 0, 0, 0, 0x12, 0x34, 0] + Build.ethernet(Inner.v4.bytes))
        var pipeline = Pipeline()
        let found = Self.parts(outer, of: 48).compactMap { pipeline.feed(Self.frame($0)) }
        #expect(found.first?.packet.kind == .tcp)
        #expect(found.first?.packet.source.description == Inner.v4.source)
        #expect(found.first?.payload == Inner.payload)
    }

    @Test func timeouts() {
        let parts = Self.parts(of: 744)
        var pipeline = Pipeline()
        #expect(pipeline.feed(Self.frame(parts[0]), at: 100) == nil)
        #expect(pipeline.feed(Self.frame(parts[1]), at: 160) != nil)
        #expect(pipeline.feed(Self.frame(parts[0]), at: 200) == nil)
        // A minute later it is another datagram's.
        #expect(pipeline.feed(Self.frame(parts[1]), at: 261) == nil)
        #expect(pipeline.table.incomplete == 1)
        #expect(pipeline.feed(Self.frame(parts[0]), at: 262) != nil)
        pipeline.table.finish()
        #expect(pipeline.table.incomplete == 1)
    }

    @Test func datagramsAreBounded() {
        let part = Self.parts(of: 744)[0]
        var pipeline = Pipeline()
        let count = FragmentTable.datagramLimit + 500
        for identification in 0..<count { #expect(pipeline.feed(Self.frame(part, identification: identification)) == nil) }
        #expect(pipeline.table.incomplete == 500)
        // The oldest were given up, the newest are there.
        #expect(pipeline.feed(Self.frame(Self.parts(of: 744)[1], identification: count - 1)) != nil)
        #expect(pipeline.feed(Self.frame(Self.parts(of: 744)[1], identification: 0)) == nil)
    }

    @Test func bytesAreBounded() {
        var pipeline = Pipeline()
        let big = Part(offset: 0, bytes: [UInt8](repeating: 1, count: 60_000), more: true)
        let count = FragmentTable.byteLimit / 60_000 + 20
        for identification in 0..<count {
            let whole = pipeline.feed(Self.frame(big, identification: identification))
            #expect(whole == nil)
        }
        #expect(pipeline.table.incomplete >= 20)
        #expect(pipeline.table.incomplete <= 21)
    }

    @Test func partsAreBounded() {
        var pipeline = Pipeline()
        // Parts with holes between them, which never become whole.
        for index in 0...FragmentTable.partLimit {
            #expect(pipeline.feed(Self.frame(Part(offset: 16 * index, bytes: Build.zeros(8), more: true))) == nil)
        }
        #expect(pipeline.table.incomplete == 1)
    }

    @Test func beyondTheLargestDatagram() {
        var pipeline = Pipeline()
        // The ping of death: 65,528 and more.
        #expect(pipeline.feed(Self.frame(Part(offset: 65_528, bytes: Build.zeros(100), more: false))) == nil)
        #expect(pipeline.feed(Self.frame(Part(offset: 0, bytes: [], more: true))) == nil)
        pipeline.table.finish()
        #expect(pipeline.table.incomplete == 0)
    }

    /// What the snap length cut will never be whole: the first fragment is read as far as it goes, the others are not kept.
    @Test func cutBySnapLength() {
        let parts = Self.parts(of: 744)
        var pipeline = Pipeline()
        let found = pipeline.feed(Array(Self.frame(parts[0]).prefix(100)))
        #expect(found?.packet.kind == .udp)
        #expect(found?.packet.destinationPort == 162)
        #expect(found?.payload == Array(Self.datagram[8..<66]))
        #expect(found?.packet.payloadMissing == UInt32(Self.datagram.count - 66))
        #expect(pipeline.feed(Array(Self.frame(parts[1]).prefix(100))) == nil)
        pipeline.table.finish()
        #expect(pipeline.table.incomplete == 0)
    }
}
