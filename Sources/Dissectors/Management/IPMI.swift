import Observations
import Wire

// The Intelligent Platform Management Interface over LAN: RMCP (DMTF DSP0136, ASF 2.0), sessions of IPMI 1.5 and RMCP+ of IPMI 2.0
// ("IPMI - Intelligent Platform Management Interface Specification, Second Generation", revision 1.1).
//
// Read: what the controller offers and accepts (versions, authentication, accounts without name, cipher suites), that it gives the hash
// of a password to whoever asks, who made it and its firmware. Names, passwords, hashes and keys are stepped over.

enum IPMIDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.ipmi
    static let usualPorts: Set<UInt16> = [623]

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        // RMCP version 1.0, a reserved octet, no acknowledgement wanted.
        guard datagram.u8(at: 0) == 0x06, datagram.u8(at: 1) == 0, let sequence = datagram.u8(at: 2), let type = datagram.u8(at: 3) else { return .no }
        switch type {
        case 0x06: return Self.dissectASF(datagram, from: side, &context)
        case 0x07 where sequence == 0xFF:
            guard let format = datagram.u8(at: 4) else { return .no }
            return format == 0x06 ? Self.dissectSecond(datagram, from: side, &context) : Self.dissectFirst(format, datagram, from: side, &context)
        default: return .no
        }
    }

    // MARK: ASF

    /// Presence ping and pong (DSP0136 section 3.2.4).
    private static func dissectASF(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        // The enterprise number of ASF.
        guard datagram.u32(at: 4) == 4542, let type = datagram.u8(at: 8), let length = datagram.u8(at: 11), datagram.byteCount == Int(length) &+ 12 else { return .no }
        switch type {
        case 0x80 where length == 0: context.declare(side, is: .client)
        case 0x40 where length == 16:
            context.declare(side, is: .server)
            if let enterprise = datagram.u32(at: 12), enterprise != 4542 { Self.recordManufacturer(enterprise, context.party(side), context) }
        default: return .no
        }
        return .more
    }

    // MARK: IPMI 1.5

    private static func dissectFirst(_ format: UInt8, _ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        // Session header (section 13.6): authentication, sequence, session, code of 16 octets unless there is no authentication.
        guard let method = IPMITables.authentication(format) else { return .no }
        let lengthAt = format == 0 ? 13 : 29
        guard let length = datagram.u8(at: lengthAt).map({ Int($0) }), length >= 7 else { return .no }
        let message = datagram.slice(from: lengthAt &+ 1)
        // Some pad messages of certain sizes by one octet (section 13.6).
        guard message.byteCount == length || message.byteCount == length &+ 1, let payload = IPMIMessage(message.slice(from: 0, count: length)) else { return .no }
        Self.record(payload, from: side, &context)
        guard payload.isApplication, payload.command == IPMIMessage.activateSession else { return .more }
        if payload.isResponse {
            if payload.completion == 0 {
                context.record(.ipmiAuthentication, "\(method)", about: context.party(side))
                if format == 4 { context.record(.loginAccepted, "ipmi-password", about: context.party(side)) }
            }
        } else if format == 4 {
            context.record(.loginClear, "ipmi-password", about: .server)
        }
        return .more
    }

    // MARK: IPMI 2.0

    private static func dissectSecond(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let kind = datagram.u8(at: 5) else { return .no }
        // An explicit OEM payload has six more octets; none of them matters here.
        guard kind & 0x3F != 0x02, let low = datagram.u8(at: 14), let high = datagram.u8(at: 15) else { return .no }
        let length = Int(high) &<< 8 | Int(low)
        let payload = datagram.slice(from: 16, count: length)
        guard payload.byteCount == length, kind & 0x40 != 0 || datagram.byteCount == 16 &+ length, length > 0 else { return .no }
        // Authenticated: padding, its length, the next header (always 0x07) and the code follow.
        if kind & 0x40 != 0 {
            var pad = 16 &+ length
            while datagram.u8(at: pad) == 0xFF, pad < 20 &+ length { pad &+= 1 }
            guard datagram.u8(at: pad &+ 1) == 0x07 else { return .no }
        }
        let isSetUp = datagram.u32(at: 6) == 0 && datagram.u32(at: 10) == 0
        switch kind & 0x3F {
        case 0x00:
            if kind & 0x80 == 0 {
                guard let message = IPMIMessage(payload) else { return .no }
                Self.record(message, from: side, &context)
            } else if length % 16 != 0 {
                return .no
            }
        case 0x01: break
        case 0x10 where isSetUp && kind == 0x10 && length == 32: context.declare(side, is: .client)
        case 0x11 where isSetUp && kind == 0x11: return Self.openSession(payload, from: side, &context)
        case 0x12 where isSetUp && kind == 0x12 && (28...44).contains(length): context.declare(side, is: .client)
        case 0x13 where isSetUp && kind == 0x13: return Self.secondExchange(payload, from: side, &context)
        case 0x14 where isSetUp && kind == 0x14 && (8...40).contains(length): context.declare(side, is: .client)
        case 0x15 where isSetUp && kind == 0x15 && (8...24).contains(length):
            context.declare(side, is: .server)
            // RAKP message 4 (section 13.23): without an integrity value nothing was proved by either side.
            if payload.u8(at: 1) == 0, length == 8 { context.record(.ipmiAuthentication, "none", about: context.party(side)) }
        default: return .no
        }
        return .more
    }

    /// RMCP+ Open Session Response (section 13.18): what the controller agreed to.
    private static func openSession(_ payload: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let status = payload.u8(at: 1) else { return .no }
        context.declare(side, is: .server)
        guard status == 0 else { return payload.byteCount >= 8 ? .more : .no }
        guard payload.byteCount == 36, payload.u8(at: 12) == 0, payload.u8(at: 20) == 1, payload.u8(at: 28) == 2, let authentication = payload.u8(at: 16),
            let confidentiality = payload.u8(at: 32)
        else { return .no }
        context.record(.ipmiVersion, "2.0", about: context.party(side))
        // Agreed to is not yet let in: that is what message 4 says of a session without authentication.
        if authentication & 0x3F != 0 { context.record(.ipmiAuthentication, IPMITables.exchange(authentication & 0x3F), about: context.party(side)) }
        context.record(.ipmiConfidentiality, IPMITables.confidentiality(confidentiality & 0x3F), about: context.party(side))
        return .more
    }

    /// RAKP message 2 (section 13.21): the controller proves that it knows the password with a keyed hash, before the client has proved
    /// anything: whoever asks can try passwords against it at leisure.
    private static func secondExchange(_ payload: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let status = payload.u8(at: 1), payload.byteCount >= 8 else { return .no }
        context.declare(side, is: .server)
        guard status == 0 else { return .more }
        switch payload.byteCount {
        case 40: break
        case 56: context.record(.ipmiHash, "hmac-md5", about: context.party(side))
        case 60: context.record(.ipmiHash, "hmac-sha1", about: context.party(side))
        case 72: context.record(.ipmiHash, "hmac-sha256", about: context.party(side))
        default: return .no
        }
        return .more
    }

    // MARK: What messages say

    private static func record(_ message: borrowing IPMIMessage, from side: Side, _ context: inout DissectionContext) {
        context.declare(side, is: message.isResponse ? .server : .client)
        guard message.isApplication, message.isResponse, message.completion == 0 else { return }
        let data = message.data
        let party = context.party(side)
        switch message.command {
        case IPMIMessage.channelCapabilities:
            // Section 22.13: channel, methods, accounts, versions, OEM.
            guard data.byteCount >= 8, let methods = data.u8(at: 1), let accounts = data.u8(at: 2), let versions = data.u8(at: 3) else { return }
            for bit in [0, 1, 2, 4, 5] as [UInt8] where methods &>> bit & 1 == 1 {
                if let name = IPMITables.authentication(bit) { context.record(.ipmiAuthenticationOffered, "\(name)", about: party) }
            }
            for (bit, name) in [(2, "named"), (1, "null-user"), (0, "anonymous")] as [(UInt8, String)] where accounts &>> bit & 1 == 1 {
                context.record(.ipmiLoginOffered, name, about: party)
            }
            // Without the extended capabilities (bit 7 of the methods) only version 1.5 answers.
            if methods & 0x80 == 0 || versions & 1 == 1 { context.record(.ipmiVersion, "1.5", about: party) }
            if methods & 0x80 != 0, versions & 2 == 2 { context.record(.ipmiVersion, "2.0", about: party) }
        case IPMIMessage.deviceID:
            // Section 20.1: the firmware's minor part in decimal digits, the maker's number with its lowest octet first.
            guard data.byteCount >= 11, let major = data.u8(at: 2), let minor = data.u8(at: 3), let low = data.u16le(at: 6), let high = data.u8(at: 8) else { return }
            context.record(.ipmiFirmware, "\(major & 0x7F).\(minor &>> 4)\(minor & 0xF)", about: party)
            Self.recordManufacturer((UInt32(high) &<< 16 | UInt32(low)) & 0xFFFFF, party, context)
        default: break
        }
    }

    private static func recordManufacturer(_ enterprise: UInt32, _ party: Party, _ context: DissectionContext) {
        guard enterprise != 0, enterprise != 0xFFFFF else { return }
        context.record(.ipmiManufacturer, "1.3.6.1.4.1.\(enterprise).", about: party)
    }
}

/// A message (section 13.8): two addresses, function and command, each part with its checksum.
private struct IPMIMessage: ~Escapable {
    static let deviceID: UInt8 = 0x01
    static let channelCapabilities: UInt8 = 0x38
    static let activateSession: UInt8 = 0x3A

    let isResponse: Bool
    let isApplication: Bool
    let command: UInt8
    /// Of an answer; 0 is success.
    let completion: UInt8
    let data: RawSpan

    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= 7, let function = bytes.u8(at: 1), let command = bytes.u8(at: 5), Self.sum(bytes.slice(from: 0, count: 3)) == 0,
            Self.sum(bytes.slice(from: 3)) == 0
        else { return nil }
        self.isResponse = function &>> 2 & 1 == 1
        self.isApplication = function &>> 3 == 0x03
        self.command = command
        guard self.isResponse else {
            self.completion = 0
            self.data = bytes.slice(from: 6, count: bytes.byteCount &- 7)
            return
        }
        guard bytes.byteCount >= 8, let completion = bytes.u8(at: 6) else { return nil }
        self.completion = completion
        self.data = bytes.slice(from: 7, count: bytes.byteCount &- 8)
    }

    private static func sum(_ bytes: RawSpan) -> UInt8 {
        var sum: UInt8 = 0
        var offset = 0
        while let octet = bytes.u8(at: offset) {
            sum &+= octet
            offset &+= 1
        }
        return sum
    }
}

private enum IPMITables {
    /// Authentication types of version 1.5 (section 13.6).
    static func authentication(_ type: UInt8) -> StaticString? {
        switch type {
        case 0: "none"
        case 1: "md2"
        case 2: "md5"
        case 4: "password"
        case 5: "oem"
        default: nil
        }
    }

    /// Authentication algorithms of RMCP+ (table 13-17).
    static func exchange(_ number: UInt8) -> String {
        switch number {
        case 0: "none"
        case 1: "hmac-sha1"
        case 2: "hmac-md5"
        case 3: "hmac-sha256"
        default: "\(number)"
        }
    }

    /// Confidentiality algorithms (table 13-19).
    static func confidentiality(_ number: UInt8) -> String {
        switch number {
        case 0: "none"
        case 1: "aes-cbc-128"
        case 2: "xrc4-128"
        case 3: "xrc4-40"
        default: "\(number)"
        }
    }
}
