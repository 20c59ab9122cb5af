/// Gives the hosts of a frame other addresses, so that a capture repeated is not the same hosts again.
public struct Readdressing {
    /// What is mixed into the third octet of IPv4 addresses, the last of an IPv6 /64 and of a hardware address.
    private let mask: UInt8

    /// - Parameter round: 0 changes nothing.
    public init(round: Int) { self.mask = UInt8(truncatingIfNeeded: round) }

    /// Changes an Ethernet frame in place: ARP, IPv4 and IPv6 behind at most two VLAN tags, with their checksums. Other frames,
    /// and what lies inside tunnels, keep their addresses.
    public func apply(to frame: inout [UInt8], at start: Int) {
        guard self.mask != 0, frame.count >= start + 14 else { return }
        for hardware in [start, start + 6] where frame[hardware] & 1 == 0 { frame[hardware + 5] ^= self.mask }
        var at = start + 12
        for _ in 0..<2 where at + 6 <= frame.count && (frame.half(at) == 0x8100 || frame.half(at) == 0x88A8) { at += 4 }
        switch frame.half(at) {
        case 0x0800: self.v4(&frame, at + 2)
        case 0x86DD: self.v6(&frame, at + 2)
        case 0x0806 where frame.count >= at + 30:
            for address in [at + 16, at + 26] { self.change(&frame, octet: address + 2, of: address, checksums: []) }
        default: break
        }
    }

    private func v4(_ frame: inout [UInt8], _ header: Int) {
        guard frame.count >= header + 20, frame[header] >> 4 == 4 else { return }
        var checksums = [header + 10]
        let isFirst = frame.half(header + 6) & 0x1FFF == 0
        let transport = header + Int(frame[header] & 15) * 4
        if isFirst, let checksum = self.checksum(frame, frame[header + 9], transport) { checksums.append(checksum) }
        for address in [header + 12, header + 16] { self.change(&frame, octet: address + 2, of: address, checksums: checksums) }
    }

    private func v6(_ frame: inout [UInt8], _ header: Int) {
        guard frame.count >= header + 40, frame[header] >> 4 == 6 else { return }
        let checksums = self.checksum(frame, frame[header + 6], header + 40).map { [$0] } ?? []
        for address in [header + 8, header + 24] where frame[address] >> 5 == 1 {
            self.mix(&frame, octet: address + 7, checksums)
        }
    }

    /// Where the checksum of the transport header is that covers the addresses.
    private func checksum(_ frame: [UInt8], _ number: UInt8, _ transport: Int) -> Int? {
        switch number {
        case 6 where frame.count >= transport + 18: transport + 16
        // A datagram may go without.
        case 17 where frame.count >= transport + 8 && frame.half(transport + 6) != 0: transport + 6
        case 58 where frame.count >= transport + 4: transport + 2
        default: nil
        }
    }

    /// Leaves group, loopback, unspecified and broadcast addresses as they are.
    private func change(_ frame: inout [UInt8], octet: Int, of address: Int, checksums: [Int]) {
        let first = frame[address]
        guard first != 0, first != 127, first < 224 else { return }
        self.mix(&frame, octet: octet, checksums)
    }

    /// Changes one octet and the checksums over it (RFC 1624, equation 3). Offsets are even from the start of the header.
    private func mix(_ frame: inout [UInt8], octet: Int, _ checksums: [Int]) {
        let old = frame[octet]
        frame[octet] = old ^ self.mask
        // The third octet of an IPv4 address is the upper half of a checksummed word, the eighth of an IPv6 address the lower.
        for checksum in checksums {
            let isUpper = (octet - checksum) % 2 == 0
            let before = UInt64(old) << (isUpper ? 8 : 0)
            let after = UInt64(frame[octet]) << (isUpper ? 8 : 0)
            frame.patch16(folded(UInt64(~UInt16(frame.half(checksum))) + UInt64(~UInt16(before)) + after), at: checksum)
        }
    }
}

extension [UInt8] {
    fileprivate func half(_ at: Int) -> Int { Int(self[at]) << 8 | Int(self[at + 1]) }
}
