import Observations
import Wire

// Security tokens of Windows protocols: SPNEGO (RFC 4178) in GSS-API framing (RFC 2743 section 3.1), with NTLM or Kerberos inside.
//
// Read: the mechanisms on offer, the NTLM message, and the encryption type and service of a Kerberos ticket. Nothing of a token is
// kept.

/// A token of one side, and what it holds.
enum SecurityToken {
    /// Where in a token the beginning of an NTLM message is looked for: behind a list of mechanisms and hints.
    private static let searchLimit = 512
    private static let mechanismLimit = 8

    /// Notes what the token says of the side that sent it.
    /// - Returns: how the client answered an NTLM challenge, where this is that answer.
    @discardableResult
    static func record(_ token: RawSpan, from side: Side, _ context: DissectionContext) -> NTLMMessage.Response? {
        Self.recordMechanisms(token, from: side, context)
        if let ticket = Self.kerberosRequest(token) { ticket.record(about: .server, context) }
        guard let start = token.slice(from: 0, count: Self.searchLimit).firstRange(of: "NTLMSSP\0"), let message = NTLMMessage(token.slice(from: start))
        else { return nil }
        message.record(from: side, context)
        return message.response
    }

    /// NegTokenInit (RFC 4178 section 4.2.1), in its GSS-API frame.
    private static func recordMechanisms(_ token: RawSpan, from side: Side, _ context: DissectionContext) {
        guard let contents = Self.framed(token, identifier: Self.spnego) else { return }
        var choice = DERReader(contents)
        guard let initial = choice.next(.context0) else { return }
        var sequence = DERReader(initial)
        guard let fields = sequence.next(.sequence) else { return }
        var reader = DERReader(fields)
        guard let list = reader.next(.context0) else { return }
        var wrapper = DERReader(list)
        guard let mechanisms = wrapper.next(.sequence) else { return }
        var entries = DERReader(mechanisms)
        for _ in 0..<Self.mechanismLimit {
            guard let entry = entries.next(.objectIdentifier) else { return }
            context.record(.spnegoMechanism, Self.name(ObjectIdentifier(entry)), about: context.party(side))
        }
    }

    /// The AP-REQ in a token: in the mechToken of a NegTokenInit, or alone in its GSS-API frame (RFC 4121 section 4.1).
    private static func kerberosRequest(_ token: RawSpan) -> KerberosTicket? {
        if let alone = Self.framed(token, identifier: Self.kerberos) { return Self.request(alone) }
        guard let contents = Self.framed(token, identifier: Self.spnego) else { return nil }
        var choice = DERReader(contents)
        guard let initial = choice.next(.context0) else { return nil }
        var sequence = DERReader(initial)
        guard let fields = sequence.next(.sequence) else { return nil }
        var reader = DERReader(fields)
        for _ in 0..<4 {
            guard let field = reader.next() else { return nil }
            guard field.tag.rawValue == 0xA2 else { continue }
            var wrapper = DERReader(field.contents)
            guard let inner = wrapper.next(.octetString), let framed = Self.framed(inner, identifier: Self.kerberos) else { return nil }
            return Self.request(framed)
        }
        return nil
    }

    private static func request(_ framed: RawSpan) -> KerberosTicket? {
        // The token's identifier: 01 00 for an AP-REQ.
        guard framed.u16(at: 0) == 0x0100 else { return nil }
        return KerberosTicket(request: framed.slice(from: 2))
    }

    private static let spnego: UInt128 = 0x2B06_0105_0502
    private static let kerberos: UInt128 = 0x2A_8648_86F7_1201_0202

    /// What follows the mechanism's identifier in a frame of GSS-API.
    @_lifetime(copy token)
    private static func framed(_ token: RawSpan, identifier: UInt128) -> RawSpan? {
        guard token.u8(at: 0) == 0x60 else { return nil }
        var outer = DERReader(token)
        guard let frame = outer.next() else { return nil }
        var fields = DERReader(frame.contents)
        guard let type = fields.next(.objectIdentifier), ObjectIdentifier(type).rawValue == identifier else { return nil }
        return fields.rest
    }

    private static func name(_ identifier: ObjectIdentifier) -> String {
        switch identifier.rawValue {
        // The second is how Windows 2000 wrote it, by mistake, and how it is still offered ([MS-SPNG] section 1.9).
        case Self.kerberos, 0x2A_8648_82F7_1201_0202: "kerberos"
        case 0x2A_8648_86F7_1201_0202_03: "kerberos-user-to-user"
        case 0x2B06_0104_0182_3702_020A: "ntlm"
        case 0x2B06_0104_0182_3702_021E: "negoex"
        default: identifier.description
        }
    }
}

/// Text in UTF-16, little-endian, as Windows protocols write it.
enum WideText {
    /// The most characters of a name that are read.
    static let limit = 255

    /// The characters until a NUL or the end.
    static func text(_ bytes: RawSpan) -> String {
        var units: [UInt16] = []
        while units.count < Self.limit, let unit = bytes.u16le(at: 2 &* units.count), unit != 0 { units.append(unit) }
        return String(decoding: units, as: UTF16.self)
    }

    /// The offset behind the NUL of the text at `offset`; the end of the bytes where there is none.
    static func end(_ bytes: RawSpan, from offset: Int) -> Int {
        var position = offset
        while let unit = bytes.u16le(at: position) {
            position &+= 2
            if unit == 0 { return position }
        }
        return bytes.byteCount
    }
}
