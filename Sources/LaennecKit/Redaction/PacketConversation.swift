import Packets
import Wire

/// The conversation that a packet belongs to, the same for both directions.
struct PacketConversation: Hashable, Sendable {
    let low: IPAddress
    let high: IPAddress
    let lowPort: UInt16
    let highPort: UInt16
    let network: VirtualNetwork
    let number: UInt8

    init(_ packet: Packet) {
        let isLow = packet.source == packet.destination ? packet.sourcePort <= packet.destinationPort : packet.source < packet.destination
        self.low = isLow ? packet.source : packet.destination
        self.high = isLow ? packet.destination : packet.source
        self.lowPort = isLow ? packet.sourcePort : packet.destinationPort
        self.highPort = isLow ? packet.destinationPort : packet.sourcePort
        self.network = packet.network
        self.number = packet.ipProtocol
    }
}
