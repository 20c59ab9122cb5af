import Capture
import Dissectors
import Flows
import Inventory
import Packets
import Reports
import Wire

/// Counts per frame, in flat tables: this is on the path of every packet.
struct FrameCounts {
    private(set) var frames: UInt64 = 0
    private(set) var bytes: UInt64 = 0
    private(set) var cutFrames: UInt64 = 0
    private var linkTypes = [UInt64](repeating: 0, count: 512)
    private var vlans = [UInt64](repeating: 0, count: 4096)
    private var ipProtocols = [UInt64](repeating: 0, count: 256)

    mutating func count(_ batch: PacketBatch) {
        for frame in batch.frames.frames {
            self.frames &+= 1
            self.bytes &+= UInt64(frame.originalLength)
            if frame.isCut { self.cutFrames &+= 1 }
            self.linkTypes[Int(min(frame.linkType.rawValue, 511))] &+= 1
        }
        for entry in batch.entries {
            let packet = entry.packet
            if packet.network != .none { self.vlans[Int(packet.network.vlan & 0xFFF)] &+= 1 }
            if packet.kind == .otherIP { self.ipProtocols[Int(packet.ipProtocol)] &+= 1 }
        }
    }

    func fill(_ coverage: inout Coverage) {
        coverage.frames = self.frames
        coverage.bytes = self.bytes
        coverage.cutFrames = self.cutFrames
        for (number, count) in self.linkTypes.enumerated() where count > 0 {
            coverage.linkTypes[LinkType(rawValue: UInt16(truncatingIfNeeded: number)).description] = count
        }
        for (vlan, count) in self.vlans.enumerated() where count > 0 && vlan > 0 { coverage.vlans[UInt16(truncatingIfNeeded: vlan)] = count }
        for (number, count) in self.ipProtocols.enumerated() where count > 0 {
            let ipProtocol = UInt8(truncatingIfNeeded: number)
            // What is read, and IPsec's payload, which is followed, are no blind spots.
            if Registry.ipProtocols.contains(ipProtocol) || ipProtocol == Transport.esp.rawValue { continue }
            coverage.ipProtocols[ipProtocol] = count
        }
    }
}

extension Coverage {
    /// Adds what the decoder and the shards counted.
    mutating func finish(_ decoder: Decoder, _ fragments: FragmentTable, _ shards: [Shard], _ inventory: Inventory) {
        for encapsulation in Encapsulation.allCases {
            let count = decoder.encapsulations[Int(encapsulation.rawValue)]
            if count > 0 { self.encapsulations[encapsulation.name] = count }
        }
        self.misunderstood = decoder.misunderstood.map { reason, seen in
            Coverage.Misunderstood(reason: reason.name, frames: seen.count, firstFrame: seen.firstFrame)
        }
        self.misunderstood.sort { ($1.frames, $0.reason) < ($0.frames, $1.reason) }
        self.incompleteFragments = fragments.incomplete
        self.omittedObservations = inventory.omittedObservations
        for shard in shards {
            self.tcpFlows &+= shard.statistics.tcpFlows
            self.udpFlows &+= shard.statistics.udpFlows
            self.oneSidedFlows &+= shard.statistics.oneSidedFlows
            self.midStreamFlows &+= shard.statistics.midStreamFlows
            self.recognisedFlows &+= shard.statistics.recognisedFlows
            self.unrecognisedFlows &+= shard.statistics.unrecognisedFlows
            self.encryptedFlows &+= shard.statistics.encryptedFlows
            self.failedDissections &+= shard.statistics.failedDissections
            self.droppedDissections &+= shard.statistics.droppedDissections
            self.evictedFlows &+= shard.flows.evicted
            self.gaps &+= shard.flows.gaps
            self.lostBytes &+= shard.flows.lostBytes
            self.retransmissions &+= shard.flows.retransmissions
            self.conflicts &+= shard.flows.conflicts
        }
    }
}
