import Observations
import Wire

// The spanning tree (IEEE 802.1D-2004 section 9, IEEE 802.1Q-2018 section 14) and its form with one tree a VLAN (SNAP, PVST+).
//
// Read: the bridge that the sender is a port of, the root that it believes in, and whether the topology changed.

enum STPDissector: LinkDissector {
    static let applicationProtocol = ApplicationProtocol.stp
    /// LLC with the SAPs 0x42, and SNAP.
    static let etherTypes: Set<UInt16> = [0x0042, 0x00AA]

    static func dissect(_ payload: RawSpan, _ context: inout DissectionContext) -> Bool {
        guard let (start, isPerVLAN) = Self.start(of: payload) else { return false }
        let unit = payload.slice(from: start)
        guard unit.u16(at: 0) == 0, let version = unit.u8(at: 2), let type = unit.u8(at: 3), context.sourceMAC.isUnicast else { return false }
        let bridge = Party.host(HostKey(context.sourceMAC, in: context.network))
        switch type {
        // A notification of a change, from the days before the rapid spanning tree: nothing follows.
        case 0x80:
            guard version == 0 else { return false }
            context.record(.stpTopologyChange, 1, about: bridge)
            return true
        case 0x00 where version == 0, 0x02 where version >= 2 && version <= 4: break
        default: return false
        }
        guard let flags = unit.u8(at: 4), let root = Self.address(unit, at: 7), unit.byteCount >= 35,
            // With several trees, this is the root of the region; the bridge itself follows what the region is told by (IEEE 802.1Q section 14.4).
            let own = Self.address(unit, at: version >= 3 ? 95 : 19)
        else { return false }
        context.record(.stpVariant, isPerVLAN ? "pvst" : Self.variant(version), about: bridge)
        context.record(.stpRoot, root.description, about: bridge)
        context.record(.stpBridge, own.description, about: bridge)
        if flags & 0x01 != 0 { context.record(.stpTopologyChange, 1, about: bridge) }
        return true
    }

    /// Where the unit begins, behind the LLC header; for SNAP, behind the identifier of the protocol.
    private static func start(of payload: RawSpan) -> (Int, isPerVLAN: Bool)? {
        if payload.u16(at: 0) == 0x4242, payload.u8(at: 2) == 0x03 { return (3, false) }
        guard payload.u64(at: 0) == 0xAAAA_0300_000C_010B else { return nil }
        return (8, true)
    }

    /// The address in an identifier of a bridge: behind its priority, which holds no address.
    private static func address(_ unit: RawSpan, at offset: Int) -> MACAddress? {
        var reader = ByteReader(unit.slice(from: offset))
        guard let mac = try? MACAddress(&reader), mac.isUnicast else { return nil }
        return mac
    }

    private static func variant(_ version: UInt8) -> String {
        switch version {
        case 2: "rstp"
        case 3: "mstp"
        case 4: "spt"
        default: "stp"
        }
    }
}
