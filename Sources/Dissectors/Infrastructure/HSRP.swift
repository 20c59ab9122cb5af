import Observations
import Wire

// The Hot Standby Router Protocol over UDP: version 1 (RFC 2281) and version 2, whose messages are elements of type and length
// (published by its maker; the fields are those of the Wireshark dissector's reference).
//
// Read: the virtual address that routers share, the state of the sender, and how the message is protected. The word in clear that
// version 1 calls authentication is never kept, only whether it is the one that every router comes with.

enum HSRPDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.hsrp
    static let usualPorts: Set<UInt16> = [1985, 2029]

    static func mayBegin(_ octet: UInt8) -> Bool { octet <= 2 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        // All groups have multicast addresses; a message to a single host is not of this protocol.
        guard context.endpoint(side.other).address.isGroup else { return .no }
        if let hello = Hello(version1: datagram) {
            Self.record(hello, from: side, context)
            return .more
        }
        // An interface says that it is there (operation 3): which groups it is in comes with the hellos.
        if datagram.u32(at: 0) == 0x0003_0001, let length = datagram.u16(at: 4), length == 10 || length == 14 { return .more }
        return Self.recordElements(datagram, from: side, context) ? .more : .no
    }

    private static func record(_ hello: Hello, from side: Side, _ context: DissectionContext) {
        let router = Party.host(context.host(side))
        if let state = hello.state { context.record(.hsrpState, state, about: router) }
        if let address = hello.address { context.record(.hsrpAddress, address.description, about: router) }
        if let authentication = hello.authentication { context.record(.hsrpAuthentication, authentication, about: router) }
    }

    /// The most elements that are looked at in one message.
    private static let elementLimit = 16

    /// Version 2: a group state element comes first, its protection, if any, after it.
    private static func recordElements(_ datagram: RawSpan, from side: Side, _ context: DissectionContext) -> Bool {
        // An element that only says how many groups are active and passive (type 2, 4 octets).
        if datagram.u16(at: 0) == 0x0204, datagram.byteCount == 6 { return true }
        guard var hello = Hello(version2: datagram) else { return false }
        var authentication = "none"
        var reader = ByteReader(datagram)
        for _ in 0..<Self.elementLimit {
            guard let type = try? reader.u8(), let length = try? reader.u8(), let value = try? reader.take(Int(length)) else { break }
            switch (type, length) {
            case (3, 8): authentication = value.has("cisco\u{0}\u{0}\u{0}") ? "default" : "text"
            case (4, 28): authentication = "md5"
            default: break
            }
        }
        hello.authentication = authentication
        Self.record(hello, from: side, context)
        return true
    }
}

/// What a router says of its group.
private struct Hello {
    let state: String?
    let address: IPAddress?
    /// `nil` where the message is none that is protected.
    var authentication: String?

    /// RFC 2281 section 5. A datagram is a header and one field of 8 octets of text; a MAC over it may follow as an element.
    init?(version1 bytes: RawSpan) {
        guard bytes.u8(at: 0) == 0, let operation = bytes.u8(at: 1), let state = bytes.u8(at: 2), let hello = bytes.u8(at: 3), let hold = bytes.u8(at: 4),
            bytes.u8(at: 7) == 0
        else { return nil }
        switch operation {
        // Hello, coup, resign.
        case 0, 1, 2:
            guard let name = Self.state(state), bytes.byteCount >= 20, let address = bytes.u32(at: 16), bytes.byteCount == 20 || bytes.u8(at: 20) == 4,
                operation != 0 || hello > 0 && hold >= hello
            else { return nil }
            self.state = name
            self.address = Self.unicast(IPAddress(v4: address))
            self.authentication = bytes.u8(at: 20) == 4 ? "md5" : Self.word(bytes.slice(from: 8, count: 8))
        default: return nil
        }
    }

    /// The group state element (type 1, 40 octets): version, operation, state, IP version, group, identifier, priority, two times,
    /// virtual address.
    init?(version2 bytes: RawSpan) {
        guard bytes.u16(at: 0) == 0x0128, bytes.u8(at: 2) == 2, let operation = bytes.u8(at: 3), operation <= 2, let state = bytes.u8(at: 4),
            let name = Self.state2(state), let family = bytes.u8(at: 5), bytes.byteCount >= 42
        else { return nil }
        var reader = ByteReader(bytes.slice(from: 26))
        switch family {
        case 4: self.address = (try? IPAddress(v4: &reader)).flatMap(Self.unicast)
        case 6: self.address = (try? IPAddress(v6: &reader)).flatMap(Self.unicast)
        default: return nil
        }
        self.state = name
    }

    private static func unicast(_ address: IPAddress) -> IPAddress? { address.isUnspecified || address.isGroup ? nil : address }

    /// Section 5.1: the default is `cisco`, padded with NULs. Zeros are no word.
    private static func word(_ bytes: RawSpan) -> String {
        if bytes.has("cisco\u{0}\u{0}\u{0}") { return "default" }
        return bytes.u64(at: 0) == 0 ? "none" : "text"
    }

    /// RFC 2281 section 5.1.
    private static func state(_ number: UInt8) -> String? {
        switch number {
        case 0: "init"
        case 1: "learn"
        case 2: "listen"
        case 4: "speak"
        case 8: "standby"
        case 16: "active"
        default: nil
        }
    }

    /// Version 2 counts them.
    private static func state2(_ number: UInt8) -> String? {
        switch number {
        case 0: "disabled"
        case 1: "init"
        case 2: "learn"
        case 3: "listen"
        case 4: "speak"
        case 5: "standby"
        case 6: "active"
        default: nil
        }
    }
}
