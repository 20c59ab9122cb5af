import Observations
import Wire

// The Border Gateway Protocol 4 (RFC 4271): a router that exchanges routes with another one, mostly of a provider.
//
// Read: the autonomous systems that the parties speak for. Whether the session is protected stands in the options of TCP, not here.

final class BGPDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.bgp

    /// Section 4.1: a marker of 16 octets of ones, a length, a type. A conversation begins with an OPEN, or with a refusal.
    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        for index in 0..<16 {
            guard let octet = head.u8(at: index) else { return .notYet }
            guard octet == 0xFF else { return .no }
        }
        guard head.byteCount >= Header.length else { return .notYet }
        guard let header = Header(head) else { return .no }
        return !context.isStart || header.type == Header.open || header.type == Header.notification ? .yes : .no
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= Header.length else { return Consumption(0, .more(atLeast: Header.length)) }
        guard let header = Header(bytes) else { return .failed }
        guard header.type == Header.open else { return Consumption(header.messageLength, .sideFinished) }
        guard bytes.byteCount >= header.messageLength else { return Consumption(0, .more(atLeast: header.messageLength)) }
        guard let system = Self.autonomousSystem(bytes.slice(from: Header.length, count: header.messageLength &- Header.length)) else { return .failed }
        context.record(.bgpAS, Int64(truncatingIfNeeded: system), about: context.party(side))
        return Consumption(header.messageLength, .sideFinished)
    }

    /// The number in an OPEN (section 4.2), which has 32 bits where the capability for it is there (RFC 6793 section 3).
    private static func autonomousSystem(_ open: RawSpan) -> UInt32? {
        guard open.u8(at: 0) == 4, let short = open.u16(at: 1), let length = open.u8(at: 9) else { return nil }
        var parameters = ByteReader(open.slice(from: 10, count: Int(length)))
        while let type = try? parameters.u8(), let size = try? parameters.u8(), var parameter = try? parameters.nested(Int(size)) {
            guard type == 2 else { continue }
            while let code = try? parameter.u8(), let width = try? parameter.u8(), let value = try? parameter.take(Int(width)) {
                if code == 65, width == 4 { return value.u32(at: 0) }
            }
        }
        return UInt32(short)
    }
}

private struct Header {
    static let length = 19
    static let open: UInt8 = 1
    static let notification: UInt8 = 3

    let type: UInt8
    let messageLength: Int

    init?(_ bytes: RawSpan) {
        guard bytes.u64(at: 0) == .max, bytes.u64(at: 8) == .max, let length = bytes.u16(at: 16), let type = bytes.u8(at: 18) else { return nil }
        // Section 4.1, and the shortest message of each type (sections 4.2 to 4.5).
        let shortest: UInt16
        switch type {
        case 1: shortest = 29
        case 2: shortest = 23
        case 3: shortest = 21
        case 4, 5: shortest = 19
        default: return nil
        }
        guard length >= shortest, length <= 4096, type != 4 || length == 19 else { return nil }
        self.type = type
        self.messageLength = Int(length)
    }
}
