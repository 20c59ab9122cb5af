import Capture
import Dissectors
import Flows
import Packets
import Wire

/// A batch of frames with what the decoder made of each: the unit that goes from the reading thread to the shards.
///
/// Flow hashes are kept beside the packets so that the memory of a packet's flow can be called for well before the packet's
/// turn: with many flows, waiting for memory is most of the work.
// @unchecked Sendable: a batch is written by the reading thread only, then read by the workers only, then given back; the
// queue between them orders the accesses.
final class PacketBatch: @unchecked Sendable {
    let frames = FrameBatch()
    /// In the order of the frames.
    private(set) var entries: [Entry] = []

    /// A decoded packet, the hash of its flow, and its shard.
    struct Entry {
        let packet: Packet
        let hash: UInt64
        let shard: UInt8
    }

    /// The places of the packets, shard by shard, and where each shard's begin: a shard's packets are worked on in one go, so that its
    /// tables are near.
    private var order: [UInt32] = []
    private var starts = [Int](repeating: 0, count: Shard.count &+ 1)

    /// Payloads of datagrams that were put together from fragments; see ``Packets/Packet/buffer``.
    private var reassembled: [[UInt8]] = []

    /// Decodes every frame.
    func decode(with decoder: inout Decoder, _ fragments: inout FragmentTable, hashing table: FlowTable, _ stacks: TCPStacks) {
        // Taken out for the loop: one access to the property a batch, not three a packet.
        var entries: [Entry] = []
        swap(&entries, &self.entries)
        entries.removeAll(keepingCapacity: true)
        if !self.reassembled.isEmpty { self.reassembled.removeAll(keepingCapacity: true) }
        let batch = self.frames
        for frame in batch.frames {
            let bytes = batch.bytes(of: frame)
            var packet = decoder.decode(bytes, linkType: frame.linkType.rawValue, frame: frame.ordinal)
            if packet.kind == .fragment { packet = self.reassemble(packet, bytes, frame, &decoder, &fragments) }
            if packet.kind == .link, !Registry.etherTypes.contains(packet.etherType) {
                decoder.count(packet.etherType < 0x600 ? .llc(packet.etherType) : .etherType(packet.etherType), frame: frame.ordinal)
            }
            if packet.handshake != 0 { stacks.note(packet, frame: frame.ordinal, time: frame.time) }
            let pair = packet.kind == .link ? packet.sourceMAC.rawValue &* 0x9E37_79B9_7F4A_7C15 : FlowTable.pairHash(packet)
            entries.append(Entry(packet: packet, hash: table.hash(packet, pairHash: pair), shard: UInt8(truncatingIfNeeded: pair &>> 60)))
        }
        self.sort(entries)
        swap(&entries, &self.entries)
    }

    private func sort(_ entries: [Entry]) {
        var starts = [Int](repeating: 0, count: Shard.count &+ 1)
        for entry in entries { starts[Int(entry.shard) &+ 1] &+= 1 }
        for shard in 0..<Shard.count { starts[shard &+ 1] &+= starts[shard] }
        self.starts = starts
        var order: [UInt32] = []
        swap(&order, &self.order)
        order.removeAll(keepingCapacity: true)
        order.append(contentsOf: repeatElement(0, count: entries.count))
        for (index, entry) in entries.enumerated() {
            order[starts[Int(entry.shard)]] = UInt32(truncatingIfNeeded: index)
            starts[Int(entry.shard)] &+= 1
        }
        swap(&order, &self.order)
    }

    private func reassemble(
        _ fragment: Packet, _ bytes: RawSpan, _ frame: FrameHeader, _ decoder: inout Decoder, _ fragments: inout FragmentTable
    ) -> Packet {
        let payload = bytes.slice(from: Int(fragment.payloadOffset), count: Int(fragment.payloadLength))
        guard let whole = fragments.add(fragment, payload, at: frame.time) else { return fragment }
        var packet = decoder.decode(reassembled: whole.rawSpan, of: fragment, frame: frame.ordinal)
        // A fragment inside a tunnel inside fragments is not followed further.
        guard packet.kind != .fragment else { return packet }
        self.reassembled.append(whole)
        packet.buffer = UInt32(truncatingIfNeeded: self.reassembled.count)
        return packet
    }

    /// Hands the packets of some shards to those shards, each its own in order.
    func process(on shards: [Shard], where isMine: (UInt8) -> Bool) {
        let order = self.order
        for (number, shard) in shards.enumerated() where isMine(UInt8(truncatingIfNeeded: number)) {
            self.process(order[self.starts[number]..<self.starts[number &+ 1]], on: shard, shard.flows)
        }
    }

    private func process(_ order: ArraySlice<UInt32>, on shard: Shard, _ flows: FlowTable) {
        let ahead = 12
        let batch = self.frames
        let decoded = self.entries
        let entries = decoded.span
        for index in order.prefix(ahead) { flows.prefetchSlot(entries[Int(index)].hash) }
        for position in order.indices {
            let far = position &+ ahead
            if far < order.endIndex { flows.prefetchSlot(entries[Int(order[far])].hash) }
            let near = position &+ ahead / 2
            if near < order.endIndex { flows.prefetchRecord(entries[Int(order[near])].hash) }
            let index = Int(order[position])
            let packet = entries[index].packet
            guard packet.kind != .unknown, packet.kind != .fragment else { continue }
            let hash = entries[index].hash
            let frame = batch.frames[index]
            if packet.buffer == 0 {
                let payload = batch.bytes(of: frame).slice(from: Int(packet.payloadOffset), count: Int(packet.payloadLength))
                shard.process(packet, hash: hash, payload: payload, frame: frame.ordinal, time: frame.time)
            } else {
                let whole = self.reassembled[Int(packet.buffer) &- 1]
                let payload = whole.rawSpan.slice(from: Int(packet.payloadOffset), count: Int(packet.payloadLength))
                shard.process(packet, hash: hash, payload: payload, frame: frame.ordinal, time: frame.time)
            }
        }
    }
}
