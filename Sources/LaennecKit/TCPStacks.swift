import Inventory
import Observations
import Packets
import Wire

/// Notes how the TCP stacks of hosts open and answer conversations.
///
/// One for a scan and not one for each shard: a host speaks in most of the shards, and its stack is one. So it is the reading thread that
/// asks, in the order of the frames, and the answer does not depend on threads.
final class TCPStacks {
    /// The most fingerprints of each kind that are kept of one host: behind address translation there are several systems.
    private static let limit = 8

    private let ledger: Ledger
    /// SYNs of the last seconds, each in a place that its hash names. Not seeded: which of them meet must not change from run to run.
    private var opened = [UInt64](repeating: 0, count: 4096)
    /// Fingerprints of late, each in a place that its hash names: what comes again costs one line of memory.
    private var recent = [Known](repeating: Known(), count: 16_384)

    private struct Known {
        /// Host and fingerprint; 0 where nothing is.
        var key: UInt64 = 0
        /// Where it stands in the log.
        var place = 0
        var lastSeen = Timestamp.distantPast
    }

    init(budget: MemoryBudget, seed: UInt64) {
        // As many facts as a shard may have: a flood from invented addresses fills this, and never what services say.
        self.ledger = Ledger(log: ObservationLog(capacity: budget.observations / Shard.count, seed: seed), limit: 0, seed: seed)
    }

    /// Takes a SYN or SYN-ACK. One that is known already costs a look-up.
    func note(_ packet: Packet, frame: UInt64, time: Timestamp) {
        guard let fingerprint = TCPFingerprint(packet), !packet.source.isGroup, !packet.source.isUnspecified else { return }
        let isAnswer = packet.tcpFlags.contains(.ack)
        guard isAnswer || self.isFirst(packet) else { return }
        let host = HostKey(packet.source, in: packet.network)
        let words = fingerprint.words
        let key = mixed(mixed(host.digest ^ words.0) ^ words.1 &<< 1 ^ (isAnswer ? 1 : 0)) | 1
        let slot = Int(truncatingIfNeeded: key &>> 32) & (self.recent.count &- 1)
        if self.recent[slot].key == key {
            if self.recent[slot].lastSeen < time { self.recent[slot].lastSeen = time }
            return
        }
        let place = self.ledger.log.record(
            isAnswer ? .tcpSynAck : .tcpSyn, of: words, limit: Self.limit,
            at: Evidence(frame: frame, time: time), digest: host.digest
        ) { .host(host) } text: { fingerprint.description }
        guard let place else { return }
        self.forget(self.recent[slot])
        self.recent[slot] = Known(key: key, place: place, lastSeen: time)
    }

    private func forget(_ known: Known) {
        if known.key != 0 { self.ledger.log.see(known.place, at: known.lastSeen) }
    }

    /// Whether this is the first SYN of its conversation: stacks change those that they send again, leaving out options.
    private func isFirst(_ packet: Packet) -> Bool {
        let ports = UInt64(packet.sourcePort) &<< 48 | UInt64(packet.destinationPort) &<< 32 | UInt64(packet.sequence)
        let hash = mixed(mixed(packet.source.low ^ mixed(packet.destination.low)) ^ ports) | 1
        let place = Int(truncatingIfNeeded: hash &>> 32) & (self.opened.count &- 1)
        guard self.opened[place] != hash else { return false }
        self.opened[place] = hash
        return true
    }

    /// What was noted, as facts of that scan.
    func inventory(of scan: ScanID) -> Inventory {
        for known in self.recent { self.forget(known) }
        return self.ledger.inventory(of: scan, shard: Shard.count)
    }
}
