import Packets
import Testing
import Wire

@testable import Flows

@Suite(.timeLimit(.minutes(2))) struct FlowTableTests {
    static func endpoint(_ number: UInt32, _ port: UInt16) -> Endpoint { Endpoint(address: IPAddress(v4: 0x0A00_0000 + number), port: port) }

    static func track(_ table: FlowTable, _ packet: Packet, frame: UInt64 = 1, at seconds: Int64 = 0) -> FlowTable.Tracked {
        let bytes = [UInt8](repeating: 1, count: Int(packet.payloadLength))
        return table.track(
            packet, hash: table.hash(packet, pairHash: FlowTable.pairHash(packet)), payload: bytes.rawSpan, frame: frame, time: Timestamp(seconds: seconds))
    }

    /// The budget of the design, and the shape of it that the memory budget counts with.
    @Test func sizeOfAFlow() {
        #expect(MemoryLayout<Flow>.stride <= 256)
        #expect(FlowTable.bytesPerFlow <= 256)
        #expect(FlowTable.bytesPerFlow >= MemoryLayout<Flow>.stride)
    }

    @Test func bothDirectionsAreOneFlow() {
        let table = FlowTable(limit: 1000, seed: 1)
        let pairs = [
            (Make.client, Make.server), (Make.server, Make.client), (Self.endpoint(9, 7), Self.endpoint(9, 8)), (Self.endpoint(9, 5), Self.endpoint(9, 5)),
            (Endpoint(address: IPAddress(high: 1, low: 2), port: 1), Endpoint(address: IPAddress(high: 1, low: 3), port: 1)),
        ]
        for (frame, (left, right)) in pairs.enumerated() {
            for transport in [Transport.tcp, .udp] {
                for network in [VirtualNetwork.none, .none.tagged(9), .none.inside(.vxlan, identifier: 9)] {
                    let first = Self.track(table, Make.packet(left, right, transport, in: network), frame: UInt64(frame))
                    let again = Self.track(table, Make.packet(left, right, transport, in: network))
                    let back = Self.track(table, Make.packet(right, left, transport, in: network))
                    #expect(first.isNew == (frame != 1))
                    #expect(!again.isNew && !back.isNew)
                    #expect(first.index == again.index && again.index == back.index)
                    #expect(first.fromInitiator == (frame != 1))
                    #expect(back.fromInitiator == (frame == 1 || left == right))
                }
            }
        }
        #expect(table.count == (pairs.count - 1) * 6)
        #expect(FlowTable.pairHash(Make.packet(Make.client, Make.server, .tcp)) == FlowTable.pairHash(Make.packet(Make.server, Make.client, .udp)))
    }

    @Test func endpointsOfAFlow() {
        for (left, right) in [(Make.client, Make.server), (Make.server, Make.client)] {
            let table = FlowTable(limit: 100, seed: 1)
            let tracked = Self.track(table, Make.packet(left, right, .udp, in: .none.tagged(4)))
            let flow = table[tracked.index]
            #expect(flow.initiator == left)
            #expect(flow.responder == right)
            #expect(flow.network == .none.tagged(4))
            #expect(flow.transport == .udp)
        }
    }

    /// Against a dictionary: inserting, tracking, ending, expiring, over growth and re-use of records.
    @Test(arguments: [UInt64(0), 7, .max])
    func matchesAModel(seed: UInt64) {
        struct Key: Hashable {
            let left: Endpoint
            let right: Endpoint
            let transport: Transport
            init(_ a: Endpoint, _ b: Endpoint, _ transport: Transport) {
                (self.left, self.right) = a < b ? (a, b) : (b, a)
                self.transport = transport
            }
        }
        struct State {
            var index: FlowTable.Index
            var packets: UInt32
            var last: Int64
        }
        var random = SeededGenerator(seed: 5)
        let table = FlowTable(limit: 100_000, seed: seed)
        var model: [Key: State] = [:]
        var now: Int64 = 0
        var endedByTable = 0
        for frame in UInt64(1)...60_000 {
            now += Int64.random(in: 0...1, using: &random) * (frame % 5000 == 0 ? 200 : 0)
            let left = Self.endpoint(UInt32.random(in: 0..<90, using: &random), UInt16.random(in: 1...9, using: &random))
            let right = Self.endpoint(UInt32.random(in: 0..<90, using: &random), UInt16.random(in: 1...9, using: &random))
            let transport: Transport = Bool.random(using: &random) ? .tcp : .udp
            let key = Key(left, right, transport)
            let tracked = Self.track(table, Make.packet(left, right, transport), frame: frame, at: now)
            let limit: Int64 = transport == .udp ? 180 : 60
            for over in table.takeEnded() {
                // Whatever the table ended was idle for long enough, and it was this flow.
                let gone = Key(over.flow.initiator, over.flow.responder, over.flow.transport)
                let isRight = model[gone].map { now - $0.last > (over.flow.transport == .udp ? 180 : 60) && $0.packets == over.flow.packetsFromInitiator &+ over.flow.packetsFromResponder }
                #expect(isRight == true, "frame \(frame)")
                model[gone] = nil
                endedByTable += 1
            }
            if let known = model[key] {
                #expect(!tracked.isNew && tracked.index == known.index && now - known.last <= limit, "frame \(frame)")
                model[key]?.packets += 1
                model[key]?.last = now
            } else {
                #expect(tracked.isNew, "frame \(frame)")
                model[key] = State(index: tracked.index, packets: 1, last: now)
            }
            if frame % 3 == 0, let (key, state) = model.first {
                table.end(state.index)
                #expect(table.takeEnded().map { Key($0.flow.initiator, $0.flow.responder, $0.flow.transport) } == [key])
                model[key] = nil
            }
            guard table.count == model.count else {
                Issue.record("frame \(frame): \(table.count) flows, not \(model.count)")
                return
            }
        }
        #expect(endedByTable > 100)
        for (key, state) in model {
            let flow = table[state.index]
            #expect(Key(flow.initiator, flow.responder, flow.transport) == key)
            #expect(flow.packetsFromInitiator &+ flow.packetsFromResponder == state.packets)
        }
        table.finish()
        #expect(table.takeEnded().count == model.count)
        #expect(table.count == 0)
        #expect(table.evicted == 0)
    }

    @Test func hundredThousandFlows() {
        let table = FlowTable(limit: 200_000, seed: 3)
        var indexes: [FlowTable.Index] = []
        for number in UInt32(0)..<100_000 {
            indexes.append(Self.track(table, Make.packet(Self.endpoint(number, 5), Make.server, .udp), frame: UInt64(number)).index)
        }
        #expect(table.count == 100_000)
        #expect(Set(indexes).count == 100_000)
        for number in stride(from: UInt32(0), to: 100_000, by: 2) { table.end(indexes[Int(number)]) }
        #expect(table.count == 50_000)
        #expect(table.takeEnded().count == 50_000)
        var wrong = 0
        for number in UInt32(0)..<100_000 {
            let tracked = Self.track(table, Make.packet(Make.server, Self.endpoint(number, 5), .udp), frame: UInt64(200_000 + number))
            if tracked.isNew != (number % 2 == 0) || (number % 2 == 1 && tracked.index != indexes[Int(number)]) { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(table.count == 100_000)
        // In the order in which they began: those that were there first.
        table.finish()
        let frames = table.takeEnded().map(\.flow.firstFrame)
        #expect(frames == frames.sorted())
    }

    /// Addresses that were chosen to share what everybody can compute do not share a place in the table.
    @Test func chosenAddressesDoNotCollide() {
        let table = FlowTable(limit: 1000, seed: 0x1234_5678_9ABC_DEF0)
        var pairs: Set<UInt64> = []
        var places: Set<UInt64> = []
        for number in UInt64(0)..<4000 {
            // high ^ low * K is the same for all of them.
            let low = number &* 0x1_0001
            let address = IPAddress(high: 0x2001_0DB8_0000_0000 ^ low &* 0x9E37_79B9_7F4A_7C15, low: low)
            let packet = Make.packet(Endpoint(address: address, port: 7), Make.server, .udp)
            let pair = FlowTable.pairHash(packet)
            pairs.insert(pair)
            places.insert(table.hash(packet, pairHash: pair) >> 32)
        }
        #expect(places.count > 3990, "\(pairs.count) pair hashes")
    }

    @Test func hashesOfBothDirectionsAreEqual() {
        let table = FlowTable(limit: 64, seed: 99)
        var random = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            func end() -> Endpoint {
                let address = Bool.random(using: &random) ? IPAddress(v4: random.next().asV4) : IPAddress(high: random.next(), low: random.next())
                return Endpoint(address: address, port: UInt16.random(in: 0...(.max), using: &random))
            }
            let (left, right) = (end(), end())
            let there = Make.packet(left, right, .tcp)
            let back = Make.packet(right, left, .tcp)
            #expect(FlowTable.pairHash(there) == FlowTable.pairHash(back))
            #expect(table.hash(there, pairHash: FlowTable.pairHash(there)) == table.hash(back, pairHash: FlowTable.pairHash(back)))
        }
    }

    // MARK: Ends

    @Test(arguments: [(Transport.udp, Int64(180)), (.tcp, 60)])
    func idleFlowsAreOver(transport: Transport, limit: Int64) {
        let table = FlowTable(limit: 1000, seed: 1)
        let packet = Make.packet(Make.client, Make.server, transport)
        #expect(Self.track(table, packet, at: 1000).isNew)
        #expect(!Self.track(table, packet, at: 1000 + limit).isNew)
        // A clock that goes back ends nothing.
        #expect(!Self.track(table, packet, at: 10).isNew)
        #expect(Self.track(table, packet, at: 1000 + 2 * limit + 1).isNew)
        #expect(table.takeEnded().count == 1)
    }

    @Test func idleFlowsAreSweptByNewOnes() {
        let table = FlowTable(limit: 10_000, seed: 1)
        for number in UInt32(0)..<1000 { _ = Self.track(table, Make.packet(Self.endpoint(number, 5), Make.server, .udp), at: 0) }
        for number in UInt32(1000)..<1300 { _ = Self.track(table, Make.packet(Self.endpoint(number, 5), Make.server, .udp), at: 1000) }
        #expect(table.count == 300)
        #expect(table.takeEnded().count == 1000)
        #expect(table.evicted == 0)
    }

    @Test func theLimitHolds() {
        let table = FlowTable(limit: 500, seed: 1)
        for number in UInt32(0)..<3000 {
            _ = Self.track(table, Make.packet(Self.endpoint(number, 5), Make.server, .udp), frame: UInt64(number), at: 0)
            #expect(table.count <= 500)
        }
        #expect(table.evicted == 2500)
        #expect(table.takeEnded().count == 2500)
        #expect(table.count == 500)
    }

    /// Half-open flows go before established ones: a SYN flood does not push out conversations.
    @Test func evictionPrefersWhatIsWorthLess() {
        let table = FlowTable(limit: 2000, seed: 1)
        for number in UInt32(0)..<1000 {
            _ = Self.track(table, Make.packet(Self.endpoint(number, 5), Make.server, .udp))
            _ = Self.track(table, Make.packet(Make.server, Self.endpoint(number, 5), .udp))
        }
        for number in UInt32(1000)..<11_000 {
            var packet = Make.packet(Self.endpoint(number, 5), Make.server, .tcp)
            packet.tcpFlags = .syn
            _ = Self.track(table, packet)
        }
        let ended = table.takeEnded().map(\.flow.transport)
        #expect(ended.count == 9000)
        #expect(ended.count { $0 == .udp } < 100)
        #expect(table.count == 2000)
    }

    // MARK: Roles and phases

    @Test func handshake() throws {
        let listener = Listener()
        listener.hear(Segment(fromClient: true, sequence: 9, flags: .syn))
        #expect(listener.flow?.phase == .opening)
        #expect(listener.flow?.answered == false)
        listener.hear(Segment(fromClient: false, sequence: 70, acknowledgement: 10, flags: [.syn, .ack]))
        let flow = try #require(listener.flow)
        #expect(flow.phase == .established)
        #expect(flow.answered && flow.rolesAreSure && flow.sawStart)
        #expect(flow.answerFrame == 2)
        #expect(flow.initiator == Make.client)
        #expect(!flow.sawPayload)
    }

    @Test func synAckFirst() throws {
        let listener = Listener()
        listener.hear(Segment(fromClient: false, sequence: 70, acknowledgement: 10, flags: [.syn, .ack]))
        // The SYN comes late, or a second copy of it does.
        listener.hear(Segment(fromClient: true, sequence: 9, flags: .syn))
        listener.data("request", at: 10)
        listener.data("answer", at: 71, fromClient: false)
        let flow = try #require(listener.flow)
        #expect(listener.ended.isEmpty)
        #expect(flow.initiator == Make.client)
        #expect(flow.rolesAreSure && flow.sawStart && flow.answered)
        #expect(listener.fromInitiator == ["request"])
        #expect(listener.fromResponder == ["answer"])
    }

    @Test func midStream() throws {
        let listener = Listener()
        listener.data("...and", at: 500)
        let flow = try #require(listener.flow)
        #expect(flow.phase == .established)
        #expect(!flow.rolesAreSure && !flow.sawStart && !flow.answered)
        #expect(flow.sawPayload)
        listener.data("yes", at: 9, fromClient: false)
        #expect(listener.flow?.answered == true)
        #expect(listener.fromInitiator == ["...and"])
        #expect(listener.fromResponder == ["yes"])
    }

    @Test func refused() {
        let listener = Listener()
        listener.hear(Segment(fromClient: true, sequence: 9, flags: .syn))
        listener.hear(Segment(fromClient: false, sequence: 0, acknowledgement: 10, flags: [.rst, .ack]))
        #expect(listener.flow?.phase == .refused)
        #expect(listener.flow?.answered == false)
    }

    @Test func resets() {
        let listener = Listener()
        listener.handshake()
        listener.hear(Segment(fromClient: true, sequence: 1001, flags: .rst))
        #expect(listener.flow?.phase == .closed)
        let scanner = Listener()
        scanner.hear(Segment(fromClient: true, sequence: 1, flags: .syn))
        scanner.hear(Segment(fromClient: true, sequence: 2, flags: .rst))
        #expect(scanner.flow?.phase == .closed)
    }

    @Test func halfOpen() {
        let listener = Listener()
        for _ in 0..<3 { listener.hear(Segment(fromClient: true, sequence: 9, flags: .syn)) }
        listener.finish()
        #expect(listener.ended.map(\.phase) == [.opening])
        #expect(listener.ended.map(\.answered) == [false])
        #expect(listener.ended.map(\.packetsFromInitiator) == [3])
    }

    @Test func goodBye() {
        let listener = Listener()
        listener.handshake()
        listener.hear(Segment(fromClient: true, sequence: 1001, flags: [.fin, .ack]))
        #expect(listener.flow?.phase == .established)
        listener.hear(Segment(fromClient: false, sequence: 5001, flags: [.fin, .ack]))
        #expect(listener.flow?.phase == .closed)
        // Over after ten seconds, not half an hour.
        listener.time = Timestamp(seconds: 1011)
        #expect(listener.hear(Segment(fromClient: true, sequence: 1002)).isNew)
    }

    /// The same ports again: a SYN with another number begins another conversation, the same SYN again does not.
    @Test func portsAreUsedAgain() {
        let listener = Listener()
        listener.handshake()
        listener.data("first", at: 1001)
        #expect(!listener.hear(Segment(fromClient: true, sequence: 1000, flags: .syn)).isNew)
        listener.data(" more", at: 1006)
        #expect(listener.hear(Segment(fromClient: true, sequence: 90_000, flags: .syn)).isNew)
        #expect(listener.ended.count == 1)
        listener.data("second", at: 90_001)
        #expect(listener.fromInitiator == ["first moresecond"])
        // A SYN after mid-stream data is another conversation as well.
        let other = Listener()
        other.data("old", at: 5)
        #expect(other.hear(Segment(fromClient: true, sequence: 6, flags: .syn)).isNew)
        // Roles may change.
        let reversed = Listener()
        reversed.handshake()
        #expect(reversed.hear(Segment(fromClient: false, sequence: 7, flags: .syn)).isNew)
        #expect(reversed.flow?.initiator == Make.server)
    }

    /// A late packet of the old conversation does not give the new one the wrong roles.
    @Test func lateFarewellOfTheServer() {
        for goodBye: TCPFlags in [.ack, [.fin, .ack], .rst] {
            let listener = Listener()
            listener.hear(Segment(fromClient: false, sequence: 400, flags: goodBye))
            #expect(listener.flow?.initiator == Make.server)
            #expect(listener.hear(Segment(fromClient: true, sequence: 9, flags: .syn)).isNew)
            #expect(listener.flow?.initiator == Make.client)
            // The SYN was not captured.
            let deaf = Listener()
            deaf.hear(Segment(fromClient: false, sequence: 400, flags: goodBye))
            #expect(deaf.hear(Segment(fromClient: false, sequence: 70, acknowledgement: 10, flags: [.syn, .ack])).isNew)
            #expect(deaf.flow?.initiator == Make.client)
            #expect(deaf.flow?.rolesAreSure == true)
        }
    }

    /// One direction only: after the server's FIN its next SYN-ACK is another conversation's.
    @Test func portsAreUsedAgainInOneDirection() {
        let listener = Listener()
        listener.hear(Segment(fromClient: false, sequence: 70, acknowledgement: 10, flags: [.syn, .ack]))
        listener.data("first", at: 71, fromClient: false)
        #expect(!listener.hear(Segment(fromClient: false, sequence: 70, acknowledgement: 10, flags: [.syn, .ack])).isNew)
        listener.hear(Segment(fromClient: false, sequence: 76, flags: [.fin, .ack]))
        #expect(listener.hear(Segment(fromClient: false, sequence: 9_000_000, acknowledgement: 44, flags: [.syn, .ack])).isNew)
        listener.data("second", at: 9_000_001, fromClient: false)
        #expect(listener.ended.count == 1)
        #expect(listener.fromResponder == ["firstsecond"])
    }

    @Test func counts() throws {
        let listener = Listener()
        listener.handshake()
        listener.data([1, 2, 3], at: 1001, missing: 7)
        listener.data([4, 5], at: 5001, fromClient: false)
        let flow = try #require(listener.flow)
        #expect((flow.packetsFromInitiator, flow.packetsFromResponder) == (3, 2))
        #expect((flow.bytesFromInitiator, flow.bytesFromResponder) == (10, 2))
        #expect(flow.firstFrame == 1)
    }

    @Test func datagrams() {
        let table = FlowTable(limit: 100, seed: 1)
        var there = Make.packet(Make.client, Make.server, .udp)
        there.payloadLength = 4
        let first = Self.track(table, there, frame: 3)
        #expect(first.newBytes == 0)
        #expect(table[first.index].phase == .opening)
        #expect(!table[first.index].answered)
        let back = Self.track(table, Make.packet(Make.server, Make.client, .udp), frame: 9)
        #expect(back.newBytes == nil)
        #expect(table[back.index].answered)
        #expect(table[back.index].answerFrame == 9)
        #expect(table[back.index].phase == .established)
    }
}

extension UInt64 {
    fileprivate var asV4: UInt32 { UInt32(truncatingIfNeeded: self) }
}
