import CPrefetch
public import Packets
public import Wire

/// The conversations of one shard: finds the flow of a packet, keeps its state, says which payload is next in order, and
/// gives up flows when they are over, idle, or too many.
///
/// Open addressing over 8-byte slots (half a hash, which also says where the slot belongs, and an index) that lead to records
/// in chunks: growing and closing gaps touch slots only. All clocks are the capture's. Not thread-safe: one owner at a time.
///
/// Unsafe memory: `slots` and the chunks are allocated here, indexed only by values that this class made (a masked hash, an
/// index that it handed out), and freed in `deinit`.
@safe
public final class FlowTable {
    /// What an idle flow costs: its record and its slots at the lowest load.
    public static let bytesPerFlow = MemoryLayout<Flow>.stride &+ 2 &* MemoryLayout<UInt64>.stride

    /// How far a sequence number may lie from the expected one before it is taken for a stray.
    static let farAway = 16 * 1024 * 1024

    // Idle times, in nanoseconds.
    static let establishedTimeout: Int64 = 1800 &* 1_000_000_000
    static let openingTimeout: Int64 = 60 &* 1_000_000_000
    static let closedTimeout: Int64 = 10 &* 1_000_000_000
    static let datagramTimeout: Int64 = 180 &* 1_000_000_000

    /// Where a flow is, until it ends.
    public typealias Index = UInt32

    /// What became of a packet.
    public struct Tracked: Sendable {
        public let index: Index
        public let isNew: Bool
        public let fromInitiator: Bool
        /// Where the new bytes of the payload begin; `nil` where there are none, or not yet.
        public let newBytes: Int?
        /// Whether segments that came earlier may be next now: ask ``FlowTable/nextWaiting(_:now:)``.
        public let mayContinue: Bool
    }

    /// What ``nextWaiting(_:fromInitiator:now:flush:)`` found.
    public struct Waiting: Sendable {
        /// Bytes before it that are lost for good.
        public let lost: Int
        public let bytes: [UInt8]
        /// Bytes after it that were never captured.
        public let missing: Int
        public let frame: UInt64
        public let time: Timestamp
    }

    /// A flow that is over. Its waiting segments can still be read.
    public struct Ended {
        public var flow: Flow
        let reordering: Reordering?
        /// Whether segments still wait for what precedes them.
        public var hasWaiting: Bool { self.reordering?.isEmpty == false }
    }

    private static let chunkBits = 10
    private static let chunkSize = 1 << FlowTable.chunkBits

    private var slots: UnsafeMutablePointer<UInt64>
    private var slotCount: Int
    private var chunks: [UnsafeMutablePointer<Flow>] = unsafe []
    /// Records in use or free, below this number.
    private var recordCount: UInt32 = 0
    private var free: [Index] = []
    /// By record.
    private var inUse: [Bool] = []
    private var reorderings: [Reordering?] = []
    private var freeReorderings: [UInt32] = []
    /// What all segments that wait cost.
    private(set) var waitingBytes = 0
    private let waitingLimit: Int
    private let limit: Int
    private let seed: UInt64
    private var hand: UInt32 = 0

    /// Flows that are over and wait to be taken by the owner.
    public private(set) var ended: [Ended] = []
    /// Flows in the table.
    public private(set) var count = 0
    /// Flows that were ended early to stay within the budget.
    public private(set) var evicted: UInt64 = 0
    public private(set) var retransmissions: UInt64 = 0
    /// Segments whose bytes differ from others for the same place.
    public private(set) var conflicts: UInt64 = 0
    /// Holes that were given up, and their bytes.
    public private(set) var gaps: UInt64 = 0
    public private(set) var lostBytes: UInt64 = 0

    /// - Parameters:
    ///   - limit: the most flows at a time.
    ///   - waitingLimit: the most bytes of segments that wait for a hole to fill, all flows together; beyond it, holes are given up
    ///     at once.
    ///   - seed: makes the places of flows unpredictable for those who send packets; the answers do not depend on it.
    public init(limit: Int, waitingLimit: Int = 4 &* 1024 &* 1024, seed: UInt64) {
        self.limit = max(limit, 64)
        self.waitingLimit = waitingLimit
        self.seed = seed
        self.slotCount = 1024
        unsafe self.slots = .allocate(capacity: 1024)
        unsafe self.slots.initialize(repeating: 0, count: 1024)
    }

    deinit {
        unsafe self.slots.deallocate()
        unsafe self.chunks.forEach { unsafe $0.deallocate() }
    }

    // MARK: Finding

    /// Hash of an address pair, the same for both directions: what packets are sharded by, so that fragments and related
    /// conversations of two hosts meet.
    public static func pairHash(_ packet: Packet) -> UInt64 {
        let a = packet.source.high ^ packet.source.low &* 0x9E37_79B9_7F4A_7C15
        let b = packet.destination.high ^ packet.destination.low &* 0x9E37_79B9_7F4A_7C15
        let product = (a &+ b ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB ^ (a ^ b))
        return product.high ^ product.low
    }

    /// Hash of the flow that the packet belongs to.
    public func hash(_ packet: Packet, pairHash: UInt64) -> UInt64 {
        let ports = UInt64(packet.sourcePort) &+ UInt64(packet.destinationPort) | UInt64(packet.sourcePort ^ packet.destinationPort) &<< 32
        // The pair's hash is no secret: who chooses addresses that share it must not choose a place in this table.
        let pair = self.secret(packet.source) &+ self.secret(packet.destination)
        let product = (pairHash ^ pair ^ ports).multipliedFullWidth(
            by: 0x9E37_79B9_7F4A_7C15 ^ packet.network.rawValue ^ UInt64(packet.ipProtocol) &<< 48)
        return product.high ^ product.low
    }

    private func secret(_ address: IPAddress) -> UInt64 {
        let product = (address.high ^ self.seed).multipliedFullWidth(by: address.low ^ self.seed &* 0xA076_1D64_78BD_642F)
        return product.high ^ product.low
    }

    /// Brings the slot of a hash near.
    public func prefetchSlot(_ hash: UInt64) {
        unsafe laennec_prefetch(self.slots + self.home(hash))
    }

    /// Brings the record near that the slot of a hash names.
    public func prefetchRecord(_ hash: UInt64) {
        let entry = unsafe self.slots[self.home(hash)]
        guard entry != 0 else { return }
        let record = unsafe UnsafeRawPointer(self.pointer(UInt32(truncatingIfNeeded: entry) &- 1))
        unsafe laennec_prefetch(record)
        unsafe laennec_prefetch(record + 64)
        unsafe laennec_prefetch(record + 128)
    }

    /// The slot where the search for a hash begins; the same for the hash and for a slot's entry.
    private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> 32) & (self.slotCount &- 1) }
    private func after(_ slot: Int) -> Int { (slot &+ 1) & (self.slotCount &- 1) }

    private func pointer(_ index: Index) -> UnsafeMutablePointer<Flow> {
        unsafe self.chunks[Int(index &>> UInt32(Self.chunkBits))] + Int(index & UInt32(Self.chunkSize &- 1))
    }

    /// The flow at an index that this table handed out and that has not ended.
    public subscript(index: Index) -> Flow {
        _read { yield unsafe self.pointer(index).pointee }
        _modify {
            let pointer = unsafe self.pointer(index)
            yield unsafe &pointer.pointee
            // Nobody will ask for what waits.
            if unsafe !pointer.pointee.isWanted, unsafe pointer.pointee.reordering != .max {
                unsafe self.release(pointer.pointee.reordering)
                unsafe pointer.pointee.reordering = .max
            }
        }
    }

    // What the owner asks for every packet, without lending the record out.

    public func isWanted(_ index: Index) -> Bool { unsafe self.pointer(index).pointee.isWanted }
    public func attachment(of index: Index) -> UInt32 { unsafe self.pointer(index).pointee.attachment }

    public func setAttachment(_ attachment: UInt32, of index: Index) { unsafe self.pointer(index).pointee.attachment = attachment }

    public func label(of index: Index) -> UInt64 { unsafe self.pointer(index).pointee.label }
    public func setLabel(_ label: UInt64, of index: Index) { unsafe self.pointer(index).pointee.label = label }

    /// Lets the next `count` bytes of a side pass unseen.
    public func skip(_ count: Int, of index: Index, fromInitiator: Bool) {
        let clamped = UInt32(clamping: count)
        if fromInitiator {
            unsafe self.pointer(index).pointee.skipFromInitiator = clamped
        } else {
            unsafe self.pointer(index).pointee.skipFromResponder = clamped
        }
    }
    /// What is left of ``skip(_:of:fromInitiator:)``, which ends with this.
    public func takeSkip(of index: Index, fromInitiator: Bool) -> Int {
        let pointer = unsafe self.pointer(index)
        if fromInitiator {
            defer { unsafe pointer.pointee.skipFromInitiator = 0 }
            return unsafe Int(pointer.pointee.skipFromInitiator)
        }
        defer { unsafe pointer.pointee.skipFromResponder = 0 }
        return unsafe Int(pointer.pointee.skipFromResponder)
    }

    private static func matches(_ flow: borrowing Flow, _ packet: Packet, _ isLow: Bool) -> Bool {
        guard flow.transport.rawValue == packet.ipProtocol, flow.network == packet.network else { return false }
        if isLow {
            guard flow.lowPort == packet.sourcePort, flow.highPort == packet.destinationPort else { return false }
            guard flow.low == packet.source, flow.high == packet.destination else { return false }
        } else {
            guard flow.highPort == packet.sourcePort, flow.lowPort == packet.destinationPort else { return false }
            guard flow.high == packet.source, flow.low == packet.destination else { return false }
        }
        return true
    }

    /// Notes a packet.
    /// - Parameters:
    ///   - packet: TCP or UDP.
    ///   - payload: its captured payload.
    public func track(_ packet: Packet, hash: UInt64, payload: RawSpan, frame: UInt64, time: Timestamp) -> Tracked {
        let isLow =
            packet.source == packet.destination ? packet.sourcePort <= packet.destinationPort : packet.source < packet.destination
        var slot = self.home(hash)
        let tag = hash & 0xFFFF_FFFF_0000_0000
        while true {
            let entry = unsafe self.slots[slot]
            if entry == 0 { break }
            if entry & 0xFFFF_FFFF_0000_0000 == tag {
                let index = UInt32(truncatingIfNeeded: entry) &- 1
                let pointer = unsafe self.pointer(index)
                if unsafe Self.matches(pointer.pointee, packet, isLow) {
                    if unsafe self.isOver(pointer.pointee, packet, isLow, time) {
                        self.remove(index, slot: slot)
                        return self.insert(packet, isLow, hash, payload, frame, time)
                    }
                    return unsafe self.update(&pointer.pointee, index, packet, isLow, payload, frame, time, isNew: false)
                }
            }
            slot = self.after(slot)
        }
        return self.insert(packet, isLow, hash, payload, frame, time)
    }

    /// Whether the packet begins another conversation of the same two endpoints.
    private func isOver(_ flow: borrowing Flow, _ packet: Packet, _ isLow: Bool, _ time: Timestamp) -> Bool {
        if packet.tcpFlags.rawValue & 0x06 == TCPFlags.syn.rawValue,
            Self.isAnother(flow, packet, fromInitiator: isLow == flow.initiatorIsLow)
        {
            return true
        }
        // Another hardware address behind the same datagrams: DHCP gave the address to somebody else. (A TCP connection does not
        // change hands; there it is another router.)
        if packet.kind != .tcp {
            let known = isLow == flow.initiatorIsLow ? flow.initiatorMAC : flow.responderMAC
            if known != packet.sourceMAC, known.isUnicast, packet.sourceMAC.isUnicast { return true }
        }
        return time.since(flow.lastSeen) > Self.timeout(flow)
    }

    /// Whether a SYN or SYN-ACK contradicts what the flow is known to be: then the ports are used again.
    private static func isAnother(_ flow: borrowing Flow, _ packet: Packet, fromInitiator: Bool) -> Bool {
        let isOtherSequence = packet.sequence != flow.initialSequence
        guard packet.tcpFlags.contains(.ack) else {
            if flow.sawStart { return isOtherSequence }
            return fromInitiator ? flow.phase != .opening : true
        }
        // A SYN-ACK is the responder's, and nobody sends one after FIN or RST.
        if fromInitiator { return flow.sawStart ? isOtherSequence : true }
        return flow.ends & 2 != 0
    }

    private static func timeout(_ flow: borrowing Flow) -> Int64 {
        switch (flow.transport, flow.phase) {
        case (.tcp, .established): Self.establishedTimeout
        case (.tcp, .opening): Self.openingTimeout
        case (.tcp, _): Self.closedTimeout
        default: Self.datagramTimeout
        }
    }

    // MARK: Inserting and removing

    private func insert(_ packet: Packet, _ isLow: Bool, _ hash: UInt64, _ payload: RawSpan, _ frame: UInt64, _ time: Timestamp) -> Tracked {
        self.sweep(time)
        if self.count >= self.limit { self.evict() }
        if (self.count &+ 1) &* 4 > self.slotCount &* 3 { self.grow() }
        let index = self.makeRecord()
        // A SYN-ACK is the responder's; anything else is taken for the initiator's.
        let isAnswer = packet.kind == .tcp && packet.tcpFlags.contains([.syn, .ack])
        let flow = Flow(
            low: isLow ? packet.source : packet.destination, high: isLow ? packet.destination : packet.source, network: packet.network,
            lowPort: isLow ? packet.sourcePort : packet.destinationPort, highPort: isLow ? packet.destinationPort : packet.sourcePort,
            transport: Transport(rawValue: packet.ipProtocol) ?? .udp, initiatorIsLow: isLow != isAnswer, firstSeen: time, lastSeen: time, firstFrame: frame)
        let pointer = unsafe self.pointer(index)
        unsafe pointer.initialize(to: flow)
        self.place(hash & 0xFFFF_FFFF_0000_0000 | UInt64(index &+ 1))
        self.count &+= 1
        return unsafe self.update(&pointer.pointee, index, packet, isLow, payload, frame, time, isNew: true)
    }

    private func makeRecord() -> Index {
        if let index = self.free.popLast() {
            self.inUse[Int(index)] = true
            return index
        }
        if unsafe Int(self.recordCount) == self.chunks.count &* Self.chunkSize {
            unsafe self.chunks.append(.allocate(capacity: Self.chunkSize))
        }
        self.recordCount &+= 1
        self.inUse.append(true)
        return self.recordCount &- 1
    }

    private func place(_ entry: UInt64) {
        var slot = self.home(entry)
        while unsafe self.slots[slot] != 0 { slot = self.after(slot) }
        unsafe self.slots[slot] = entry
    }

    private func hash(_ flow: borrowing Flow) -> UInt64 {
        var packet = Packet()
        packet.source = flow.low
        packet.destination = flow.high
        packet.sourcePort = flow.lowPort
        packet.destinationPort = flow.highPort
        packet.network = flow.network
        packet.ipProtocol = flow.transport.rawValue
        return self.hash(packet, pairHash: Self.pairHash(packet))
    }

    private func grow() {
        let old = unsafe UnsafeMutableBufferPointer(start: self.slots, count: self.slotCount)
        self.slotCount &*= 2
        unsafe self.slots = .allocate(capacity: self.slotCount)
        unsafe self.slots.initialize(repeating: 0, count: self.slotCount)
        for index in 0..<old.count where unsafe old[index] != 0 { self.place(unsafe old[index]) }
        unsafe old.deallocate()
    }

    /// Ends a flow.
    public func end(_ index: Index) {
        guard index < self.recordCount, self.inUse[Int(index)] else { return }
        let hash = unsafe self.hash(self.pointer(index).pointee)
        var slot = self.home(hash)
        while true {
            let entry = unsafe self.slots[slot]
            if entry == 0 { return }
            if UInt32(truncatingIfNeeded: entry) == index &+ 1 { break }
            slot = self.after(slot)
        }
        self.remove(index, slot: slot)
    }

    private func remove(_ index: Index, slot: Int) {
        let flow = unsafe self.pointer(index).pointee
        var reordering: Reordering?
        if flow.reordering != .max {
            reordering = self.reorderings[Int(flow.reordering)]
            self.release(flow.reordering)
        }
        self.ended.append(Ended(flow: flow, reordering: reordering))
        self.inUse[Int(index)] = false
        self.free.append(index)
        self.count &-= 1
        // Close the gap (Knuth 6.4, algorithm R): whatever was displaced over this slot moves back.
        let mask = self.slotCount &- 1
        var hole = slot
        var next = self.after(slot)
        while true {
            let entry = unsafe self.slots[next]
            if entry == 0 { break }
            if (next &- self.home(entry)) & mask >= (next &- hole) & mask {
                unsafe self.slots[hole] = entry
                hole = next
            }
            next = self.after(next)
        }
        unsafe self.slots[hole] = 0
    }

    /// Looks at the next few records and ends those that are idle. Called for every new flow, it walks the whole table once
    /// while the table grows by a quarter, and costs a sequential read.
    private func sweep(_ time: Timestamp) {
        guard self.recordCount > 0 else { return }
        for _ in 0..<4 {
            self.hand = self.hand &+ 1 < self.recordCount ? self.hand &+ 1 : 0
            guard self.inUse[Int(self.hand)] else { continue }
            let isIdle = unsafe time.since(self.pointer(self.hand).pointee.lastSeen) > Self.timeout(self.pointer(self.hand).pointee)
            if isIdle { self.end(self.hand) }
        }
    }

    /// Ends the least valuable of the next few flows: over before half-open before idle, and those with a dissector last.
    private func evict() {
        var worst: (value: Int, lastSeen: Timestamp, index: Index)?
        var looked = 0
        // Records that began together lie together: a stretch of established flows is passed over, if it is not too long.
        while looked < 32 || worst == nil || (looked < 256 && (worst?.value ?? 0) > 1) {
            self.hand = self.hand &+ 1 < self.recordCount ? self.hand &+ 1 : 0
            looked &+= 1
            guard self.inUse[Int(self.hand)] else { continue }
            let flow = unsafe self.pointer(self.hand).pointee
            let value =
                switch flow.phase {
                case .closed, .refused: 0
                case .opening: 1
                case .established: flow.attachment == .max ? 2 : 3
                }
            if let known = worst, (known.value, known.lastSeen) <= (value, flow.lastSeen) { continue }
            worst = (value, flow.lastSeen, self.hand)
        }
        if let worst {
            self.evicted &+= 1
            self.end(worst.index)
        }
    }

    /// Ends every flow, in the order in which they began.
    public func finish() {
        var indexes = (0..<self.recordCount).filter { self.inUse[Int($0)] }
        indexes.sort { unsafe self.pointer($0).pointee.firstFrame < self.pointer($1).pointee.firstFrame }
        for index in indexes { self.end(index) }
    }

    public var hasEnded: Bool { !self.ended.isEmpty }

    /// Hands over the flows that have ended since the last call, one by one.
    public func settle(_ body: (inout Ended) -> Void) {
        var ended: [Ended] = []
        swap(&ended, &self.ended)
        for index in ended.indices { body(&ended[index]) }
        ended.removeAll(keepingCapacity: true)
        // Its room is used again, unless `body` ended more.
        if self.ended.isEmpty { swap(&ended, &self.ended) }
    }

    /// Hands over the flows that have ended since the last call.
    public func takeEnded() -> [Ended] {
        var taken: [Ended] = []
        self.settle { taken.append($0) }
        return taken
    }

    // MARK: Following

    private func update(
        _ flow: inout Flow, _ index: Index, _ packet: Packet, _ isLow: Bool, _ payload: RawSpan, _ frame: UInt64, _ time: Timestamp,
        isNew: Bool
    ) -> Tracked {
        let fromInitiator = isLow == flow.initiatorIsLow
        if flow.lastSeen < time { flow.lastSeen = time }
        let length = UInt64(packet.payloadLength) &+ UInt64(packet.payloadMissing)
        if fromInitiator {
            if flow.packetsFromInitiator == 0 { flow.initiatorMAC = packet.sourceMAC }
            flow.packetsFromInitiator &+= 1
            flow.bytesFromInitiator &+= length
        } else {
            if flow.packetsFromResponder == 0 { flow.responderMAC = packet.sourceMAC }
            flow.packetsFromResponder &+= 1
            flow.bytesFromResponder &+= length
        }
        guard packet.kind == .tcp else {
            if !fromInitiator, !flow.answered { self.answer(&flow, frame, time) }
            if flow.answered { flow.phase = .established }
            return Tracked(
                index: index, isNew: isNew, fromInitiator: fromInitiator, newBytes: payload.isEmpty ? nil : 0, mayContinue: false)
        }
        return self.updateTCP(&flow, index, packet, fromInitiator, payload, Int(truncatingIfNeeded: length), frame, time, isNew: isNew)
    }

    private func answer(_ flow: inout Flow, _ frame: UInt64, _ time: Timestamp) {
        flow.answered = true
        flow.answerFrame = frame
        flow.answerTime = time
    }

    private func updateTCP(
        _ flow: inout Flow, _ index: Index, _ packet: Packet, _ fromInitiator: Bool, _ payload: RawSpan, _ length: Int, _ frame: UInt64,
        _ time: Timestamp, isNew: Bool
    ) -> Tracked {
        let flags = packet.tcpFlags
        let side: UInt8 = fromInitiator ? 1 : 2
        if flags.contains(.syn) {
            flow.rolesAreSure = true
            // One that comes again after data, as a late copy does, must not turn the stream back.
            if fromInitiator {
                if !flow.sawStart { flow.expectedFromInitiator = packet.sequence &+ 1 }
                flow.sawStart = true
                flow.initialSequence = packet.sequence
            } else {
                if flow.synchronised & 2 == 0 || !flow.sawStart { flow.expectedFromResponder = packet.sequence &+ 1 }
                if flags.contains(.ack) {
                    if !flow.answered { self.answer(&flow, frame, time) }
                    flow.phase = .established
                    // The SYN was not seen, but its number is what this acknowledges.
                    if !flow.sawStart {
                        flow.sawStart = true
                        flow.initialSequence = packet.acknowledgement &- 1
                        flow.expectedFromInitiator = packet.acknowledgement
                        flow.synchronised |= 1
                    }
                }
            }
            flow.synchronised |= side
        }
        if flags.contains(.ack) {
            if fromInitiator {
                flow.acknowledgedByInitiator = packet.acknowledgement
            } else {
                flow.acknowledgedByResponder = packet.acknowledgement
            }
        }
        if flags.contains(.rst) {
            if flow.phase == .opening, !fromInitiator, flow.sawStart {
                flow.phase = .refused
            } else if flow.phase != .refused {
                flow.phase = .closed
            }
            flow.ends |= side
        } else if flags.contains(.fin) {
            flow.ends |= side
            if flow.ends == 3 { flow.phase = .closed }
        }
        var newBytes: Int?
        var mayContinue = false
        if length > 0, flags.contains(.syn) {
            // TCP Fast Open (RFC 7413): what the SYN carries waits for the answer like a segment out of order.
            if flow.isWanted, self.waitingBytes <= self.waitingLimit { self.hold(&flow, packet, payload, sequence: packet.sequence &+ 1, fromInitiator, frame, time) }
        } else if length > 0, !flags.contains(.rst) {
            if flow.phase == .opening { flow.phase = .established }
            flow.sawPayload = true
            if !fromInitiator, !flow.answered { self.answer(&flow, frame, time) }
            if flow.isWanted {
                (newBytes, mayContinue) = self.order(&flow, packet, fromInitiator, payload, length, frame, time)
            }
        } else if flow.reordering != .max {
            // An acknowledgement of the other side may say that a hole will not fill.
            mayContinue = true
        }
        return Tracked(index: index, isNew: isNew, fromInitiator: fromInitiator, newBytes: newBytes, mayContinue: mayContinue)
    }

    /// Puts a segment into its place.
    private func order(
        _ flow: inout Flow, _ packet: Packet, _ fromInitiator: Bool, _ payload: RawSpan, _ length: Int, _ frame: UInt64, _ time: Timestamp
    ) -> (newBytes: Int?, mayContinue: Bool) {
        let side: UInt8 = fromInitiator ? 1 : 2
        if flow.synchronised & side == 0 {
            flow.synchronised |= side
            Self.expect(&flow, packet.sequence, fromInitiator)
        }
        let expected = fromInitiator ? flow.expectedFromInitiator : flow.expectedFromResponder
        let distance = Int(Int32(bitPattern: packet.sequence &- expected))
        if distance <= 0, distance > -Self.farAway {
            if distance < 0, distance &+ length <= 0 {
                self.retransmissions &+= 1
                return (nil, false)
            }
            if distance == 0 {
                flow.strays &= fromInitiator ? 0xF0 : 0x0F
                if flow.reordering == .max, Self.drop(length, &flow, fromInitiator) {
                    Self.expect(&flow, packet.sequence &+ UInt32(truncatingIfNeeded: length), fromInitiator)
                    return (nil, false)
                }
            }
            // Next in order, unless bytes that were seen earlier have to be respected, or all that is new of it was cut off.
            if -distance <= payload.byteCount, !self.reachesWaiting(flow, packet, length, fromInitiator) {
                Self.expect(&flow, packet.sequence &+ UInt32(truncatingIfNeeded: length), fromInitiator)
                return (-distance, flow.reordering != .max || packet.payloadMissing > 0)
            }
        } else if distance > Self.farAway || distance < 0 {
            // Far from everything: a stray, unless it goes on; then much was lost.
            let shift: UInt8 = fromInitiator ? 0 : 4
            guard flow.strays &>> shift & 0xF >= 2 else {
                flow.strays &+= 1 &<< shift
                return (nil, false)
            }
            flow.strays &= fromInitiator ? 0xF0 : 0x0F
        }
        self.hold(&flow, packet, payload, sequence: packet.sequence, fromInitiator, frame, time)
        return (nil, true)
    }

    /// Keeps a segment until what is before it has come.
    private func hold(
        _ flow: inout Flow, _ packet: Packet, _ payload: RawSpan, sequence: UInt32, _ fromInitiator: Bool, _ frame: UInt64, _ time: Timestamp
    ) {
        if flow.reordering == .max { flow.reordering = self.makeReordering() }
        guard let reordering = self.reorderings[Int(flow.reordering)] else { return }
        let before = reordering.cost
        reordering.add(
            Reordering.Segment(sequence: sequence, bytes: payload.copied(), missing: packet.payloadMissing, frame: frame, time: time),
            fromInitiator: fromInitiator)
        self.waitingBytes &+= reordering.cost &- before
    }

    /// Whether a segment overlaps others of its side that wait.
    private func reachesWaiting(_ flow: borrowing Flow, _ packet: Packet, _ length: Int, _ fromInitiator: Bool) -> Bool {
        guard flow.reordering != .max, let first = self.reorderings[Int(flow.reordering)]?.first(fromInitiator: fromInitiator) else {
            return false
        }
        return Int(Int32(bitPattern: first.sequence &- packet.sequence)) < length
    }

    /// Whether so many bytes are of those that nobody needs.
    private static func drop(_ length: Int, _ flow: inout Flow, _ fromInitiator: Bool) -> Bool {
        let count = UInt32(clamping: length)
        if fromInitiator {
            guard flow.skipFromInitiator >= count else { return false }
            flow.skipFromInitiator &-= count
        } else {
            guard flow.skipFromResponder >= count else { return false }
            flow.skipFromResponder &-= count
        }
        return true
    }

    private static func expect(_ flow: inout Flow, _ sequence: UInt32, _ fromInitiator: Bool) {
        if fromInitiator { flow.expectedFromInitiator = sequence } else { flow.expectedFromResponder = sequence }
    }

    /// The next segment that waited, if it is in order now or if what is before it is lost for good. Call until `nil`.
    public func nextWaiting(_ index: Index, fromInitiator: Bool, now: Timestamp) -> Waiting? {
        let pointer = unsafe self.pointer(index)
        guard unsafe pointer.pointee.reordering != .max, let reordering = unsafe self.reorderings[Int(pointer.pointee.reordering)] else {
            return nil
        }
        let before = reordering.cost
        let waiting = unsafe self.next(&pointer.pointee, reordering, fromInitiator, now, isForced: self.waitingBytes > self.waitingLimit)
        self.waitingBytes &-= before &- reordering.cost
        if reordering.isEmpty {
            unsafe self.release(pointer.pointee.reordering)
            unsafe pointer.pointee.reordering = .max
        }
        return waiting
    }

    /// What still waited when the flow ended, in order. Call until `nil`.
    public func nextWaiting(_ ended: inout Ended, fromInitiator: Bool, now: Timestamp) -> Waiting? {
        guard let reordering = ended.reordering else { return nil }
        return self.next(&ended.flow, reordering, fromInitiator, now, isForced: true)
    }

    private func next(_ flow: inout Flow, _ reordering: Reordering, _ fromInitiator: Bool, _ now: Timestamp, isForced: Bool) -> Waiting? {
        while let first = reordering.first(fromInitiator: fromInitiator) {
            let expected = fromInitiator ? flow.expectedFromInitiator : flow.expectedFromResponder
            var distance = Int(Int32(bitPattern: first.sequence &- expected))
            // More than half way round is as far ahead as it is behind; the stream only goes forward.
            if distance <= -Self.farAway { distance &+= 1 &<< 32 }
            if distance > 0 {
                let acknowledged = fromInitiator ? flow.acknowledgedByResponder : flow.acknowledgedByInitiator
                // 0 stands for "none seen", as when the capture holds one direction.
                let isAcknowledged = acknowledged != 0 && Int32(bitPattern: acknowledged &- first.sequence) >= 0
                // A hole of that size is larger than all that could wait behind it.
                guard
                    isForced || distance > Self.farAway
                        || reordering.isHopeless(fromInitiator: fromInitiator, isAcknowledged: isAcknowledged, now: now)
                else { return nil }
                self.gaps &+= 1
                self.lostBytes &+= UInt64(truncatingIfNeeded: distance)
            }
            guard let segment = reordering.takeFirst(fromInitiator: fromInitiator, now: now) else { return nil }
            let known = max(0, -distance)
            let length = segment.bytes.count &+ Int(segment.missing)
            // All of it was delivered meanwhile.
            if known >= length { continue }
            Self.expect(&flow, segment.sequence &+ UInt32(truncatingIfNeeded: length), fromInitiator)
            return Waiting(
                lost: max(0, distance), bytes: known == 0 ? segment.bytes : Array(segment.bytes.dropFirst(known)),
                missing: min(Int(segment.missing), length &- known), frame: segment.frame, time: segment.time)
        }
        return nil
    }

    private func makeReordering() -> UInt32 {
        if let index = self.freeReorderings.popLast() {
            self.reorderings[Int(index)] = Reordering()
            return index
        }
        self.reorderings.append(Reordering())
        return UInt32(truncatingIfNeeded: self.reorderings.count &- 1)
    }

    private func release(_ index: UInt32) {
        if let reordering = self.reorderings[Int(index)] {
            self.conflicts &+= reordering.conflicts
            self.waitingBytes &-= reordering.cost
        }
        self.reorderings[Int(index)] = nil
        self.freeReorderings.append(index)
    }
}
