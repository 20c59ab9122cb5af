import Observations
import Wire

// The Internet Group Management Protocol, versions 1 to 3 (RFC 1112, RFC 2236, RFC 3376).
//
// Read: which groups hosts are in, which tells what they speak (service discovery, a building bus, a monitoring network), and who
// asks. For IPv6 the same is part of ICMPv6.

enum IGMPDissector: NetworkDissector {
    static let applicationProtocol = ApplicationProtocol.igmp
    static let ipProtocols: Set<UInt8> = [2]

    static func dissect(_ payload: RawSpan, _ context: inout DissectionContext) -> Bool {
        guard context.initiator.address.isV4, let type = payload.u8(at: 0), let group = payload.u32(at: 4).map({ IPAddress(v4: $0) }) else { return false }
        switch type {
        // Queries; the groups that they ask for are known from the reports.
        case 0x11:
            guard group.isUnspecified || group.isGroup else { return false }
            let sender = context.initiator.address
            if !sender.isUnspecified, !sender.isGroup { context.record(.multicastQuerier, Self.version(of: payload), about: .host(context.host(.initiator))) }
            return true
        // Reports of versions 1 and 2, and the one that says goodbye.
        case 0x12, 0x16:
            guard group.isGroup else { return false }
            MulticastGroup.record(group, context)
            return true
        case 0x17: return group.isGroup
        case 0x22: return Self.recordReports(payload, context)
        default: return false
        }
    }

    /// RFC 3376 section 7.1.
    private static func version(of query: RawSpan) -> String {
        if query.byteCount >= 12 { return "igmpv3" }
        return query.u8(at: 1) == 0 ? "igmpv1" : "igmpv2"
    }

    /// RFC 3376 section 4.2.
    private static func recordReports(_ payload: RawSpan, _ context: DissectionContext) -> Bool {
        var reader = ByteReader(payload.slice(from: 6))
        guard let number = try? reader.u16() else { return false }
        let count = min(Int(number), MulticastGroup.limit)
        for _ in 0..<count {
            guard let kind = try? reader.u8(), let auxiliary = try? reader.u8(), let sources = try? reader.u16(), let group = try? IPAddress(v4: &reader)
            else { return true }
            guard (1...6).contains(kind), group.isGroup else { return false }
            if MulticastGroup.isMember(kind, sources: sources) { MulticastGroup.record(group, context) }
            guard (try? reader.skip(Int(sources) &* 4 &+ Int(auxiliary) &* 4)) != nil else { return true }
        }
        return true
    }
}
