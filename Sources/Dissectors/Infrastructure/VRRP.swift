import Observations
import Wire

// The Virtual Router Redundancy Protocol: version 2 (RFC 2338, RFC 3768) and version 3 (RFC 9568).
//
// Read: which virtual addresses the sender is master of, and how version 2 protects the message. Version 3 protects nothing: what
// is left is that a router only takes messages with an IP time to live of 255.

enum VRRPDissector: NetworkDissector {
    static let applicationProtocol = ApplicationProtocol.vrrp
    static let ipProtocols: Set<UInt8> = [112]

    static func dissect(_ payload: RawSpan, _ context: inout DissectionContext) -> Bool {
        guard let first = payload.u8(at: 0), first & 0xF == 1, let router = payload.u8(at: 1), router > 0, let count = payload.u8(at: 3), count > 0 else {
            return false
        }
        let version = first &>> 4
        let isV4 = context.initiator.address.isV4
        guard version == 2 && isV4 || version == 3 else { return false }
        let width = isV4 ? 4 : 16
        guard payload.byteCount >= Int(count) &* width &+ 8 else { return false }
        var authentication: String?
        if version == 2 {
            guard let type = payload.u8(at: 4), let name = Self.authentication(type) else { return false }
            authentication = name
        }
        let party = Party.host(context.host(.initiator))
        context.record(.vrrpVersion, Int64(version), about: party)
        if let authentication { context.record(.vrrpAuthentication, authentication, about: party) }
        var reader = ByteReader(payload.slice(from: 8))
        let addressCount = min(Int(count), Self.addressLimit)
        for _ in 0..<addressCount {
            guard let address = isV4 ? try? IPAddress(v4: &reader) : try? IPAddress(v6: &reader), !address.isUnspecified, !address.isGroup else { break }
            context.record(.vrrpAddress, address.description, about: party)
        }
        return true
    }

    /// The most virtual addresses that are noted of a message.
    private static let addressLimit = 8

    /// RFC 2338 section 5.3.6; RFC 3768 took all but "none" away. 254 is a maker's own, with a digest behind the addresses.
    private static func authentication(_ type: UInt8) -> String? {
        switch type {
        case 0: "none"
        case 1: "text"
        case 2: "ah"
        case 254: "md5"
        default: nil
        }
    }
}
