import Observations
import Wire

// The Address Resolution Protocol over Ethernet (RFC 826; probes and announcements: RFC 5227).
//
// Read: which hardware address the sender claims for its IP address. Reverse ARP (RFC 903) and Inverse ARP (RFC 2390) use
// other operations and are not read.

enum ARPDissector: LinkDissector {
    static let applicationProtocol = ApplicationProtocol.arp
    static let etherTypes: Set<UInt16> = [0x0806]

    static func dissect(_ payload: RawSpan, _ context: inout DissectionContext) -> Bool {
        var reader = ByteReader(payload)
        guard let packet = try? Packet(&reader) else { return false }
        // A probe comes from a host that has no address yet (RFC 5227 section 2.1.1).
        if !packet.senderAddress.isUnspecified, !packet.senderAddress.isGroup, !packet.senderAddress.isLoopback,
            packet.senderMAC.isUnicast
        {
            context.record(
                .linkAddress, packet.senderMAC.description, about: .host(HostKey(packet.senderAddress, in: context.network)))
        }
        return true
    }

    /// A request or a reply for IPv4 over 48-bit addresses.
    private struct Packet {
        let senderMAC: MACAddress
        let senderAddress: IPAddress

        @_lifetime(reader: copy reader)
        init?(_ reader: inout ByteReader) throws(Truncated) {
            // 1 is Ethernet, 6 the IEEE 802 networks (IANA "ARP Parameters").
            let hardware = try reader.u16()
            guard hardware == 1 || hardware == 6, try reader.u16() == 0x0800, try reader.u8() == 6, try reader.u8() == 4 else {
                return nil
            }
            let operation = try reader.u16()
            guard operation == 1 || operation == 2 else { return nil }
            self.senderMAC = try MACAddress(&reader)
            self.senderAddress = try IPAddress(v4: &reader)
            // The target's addresses have to be there, but say nothing that is known to be true.
            try reader.skip(10)
        }
    }
}
