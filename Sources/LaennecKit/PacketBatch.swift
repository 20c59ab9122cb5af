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

    /// Payloads of datagrams that were put together from fragments; see ``Packets/Packet/buffer``.
    private var reassembled: [[UInt8]] = []

    /// Decodes every frame.
    func decode(with decoder: inout Decoder, _ fragments: inout FragmentTable, hashing table: FlowTable) {
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
            let pair = packet.kind == .link ? packet.sourceMAC.rawValue &* 0x9E37_79B9_7F4A_7C15 : FlowTable.pairHash(packet)
            entries.append(Entry(packet: packet, hash: table.hash(packet, pairHash: pair), shard: UInt8(truncatingIfNeeded: pair &>> 60)))
        }
        swap(&entries, &self.entries)
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

    /// Hands the packets of some shards to those shards, in order.
    func process(on shards: [Shard], where isMine: (UInt8) -> Bool) {
        let ahead = 12
        let batch = self.frames
        let entries = self.entries
        for entry in entries.prefix(ahead) where isMine(entry.shard) { shards[Int(entry.shard)].flows.prefetchSlot(entry.hash) }
        for index in entries.indices {
            let far = index &+ ahead
            if far < entries.count, isMine(entries[far].shard) { shards[Int(entries[far].shard)].flows.prefetchSlot(entries[far].hash) }
            let near = index &+ ahead / 2
            if near < entries.count, isMine(entries[near].shard) { shards[Int(entries[near].shard)].flows.prefetchRecord(entries[near].hash) }
            let entry = entries[index]
            guard isMine(entry.shard), entry.packet.kind != .unknown, entry.packet.kind != .fragment else { continue }
            let packet = entry.packet
            let frame = batch.frames[index]
            if packet.buffer == 0 {
                let payload = batch.bytes(of: frame).slice(from: Int(packet.payloadOffset), count: Int(packet.payloadLength))
                shards[Int(entry.shard)].process(packet, hash: entry.hash, payload: payload, frame: frame.ordinal, time: frame.time)
            } else {
                let whole = self.reassembled[Int(packet.buffer) &- 1]
                let payload = whole.rawSpan.slice(from: Int(packet.payloadOffset), count: Int(packet.payloadLength))
                shards[Int(entry.shard)].process(packet, hash: entry.hash, payload: payload, frame: frame.ordinal, time: frame.time)
            }
        }
    }
}
