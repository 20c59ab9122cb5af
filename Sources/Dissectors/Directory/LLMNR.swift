import Observations
import Wire

// Link-Local Multicast Name Resolution (RFC 4795): the format of DNS, asked of all neighbours.
//
// Read: that a host asks, and whether for WPAD; the names for which a host answers. What is asked for is not kept: it is as often a
// slip of somebody's keyboard as the name of a machine. The bytes alone do not tell the protocol from DNS: its port does.

enum LLMNRDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.llmnr
    static let usualPorts: Set<UInt16> = [5355]

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        // Operation 0, reserved bits 0, one question, and in a query nothing else (RFC 4795 section 2.1.1).
        guard let flags = datagram.u16(at: 2), flags & 0x78F0 == 0, datagram.u16(at: 4) == 1, let answers = datagram.u16(at: 6),
            let authorities = datagram.u16(at: 8), let additional = datagram.u16(at: 10)
        else { return .no }
        let isResponse = flags & 0x8000 != 0
        guard context.endpoint(isResponse ? side : side.other).port == Self.port else { return .no }
        guard isResponse || answers == 0 && authorities == 0 && additional <= 1, let end = DomainName.end(datagram, at: 12), datagram.u16(at: end) ?? 0 != 0,
            datagram.u16(at: end &+ 2) == 1
        else { return .no }
        context.declare(side, is: isResponse ? .server : .client)
        let host = Party.host(context.host(side))
        let name = DomainName.text(of: datagram, at: 12) ?? ""
        let isProxy = name == "wpad"
        if isResponse {
            // A tentative answer (flag T) or an error gives nothing.
            guard answers > 0, flags & 0x010F == 0, !Self.isReverse(name) else { return .more }
            context.record(.llmnrName, name, about: host)
            context.record(.nameAnswered, name, about: host)
            if isProxy { context.record(.nameProxyAnswer, Self.applicationProtocol.rawValue, about: host) }
        } else {
            context.record(.nameQuery, Self.applicationProtocol.rawValue, about: host)
            if isProxy { context.record(.nameProxyQuery, Self.applicationProtocol.rawValue, about: host) }
        }
        return .more
    }

    private static let port: UInt16 = 5355

    private static func isReverse(_ name: String) -> Bool { name.hasSuffix(".arpa") }
}
