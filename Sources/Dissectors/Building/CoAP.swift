import Observations
import Wire

// Constrained Application Protocol (RFC 7252) over UDP. Inside DTLS it is not seen.
//
// Read: requests that change something (PUT, POST, DELETE, PATCH) where they are carried out or refused in clear. Paths, queries and payloads
// are stepped over.

enum CoAPDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.coap
    static let usualPorts: Set<UInt16> = [5683]

    static func mayBegin(_ octet: UInt8) -> Bool { octet &>> 6 == 1 }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let message = CoAPMessage(datagram) else { return .no }
        let isUsual = Self.usualPorts.contains(context.initiator.port) || Self.usualPorts.contains(context.responder.port)
        // Away from its port only a request with a readable path is unmistakable; what follows one is believed.
        guard isUsual || message.isRequestWithPath || context.protocols.contains(Self.applicationProtocol) else { return .no }
        switch message.code {
        case 0x01, 0x05: context.declare(side, is: .client)
        case 0x02, 0x03, 0x04, 0x06, 0x07:
            context.declare(side, is: .client)
            context.record(.controlRequested, message.code == 0x04 ? "delete" : "write", about: .conversation)
        // Created, deleted, changed: answers to nothing else.
        case 0x41, 0x44:
            context.declare(side, is: .server)
            context.record(.controlAccepted, "write", about: context.party(side))
        case 0x42:
            context.declare(side, is: .server)
            context.record(.controlAccepted, "delete", about: context.party(side))
        case 0x43...0xBF: context.declare(side, is: .server)
        default: break
        }
        return .more
    }
}

/// A message: version and type, code, identifier, token, options, payload (section 3).
private struct CoAPMessage {
    private static let optionLimit = 64

    let code: UInt8
    let isRequestWithPath: Bool

    init?(_ bytes: RawSpan) {
        guard let first = bytes.u8(at: 0), first &>> 6 == 1, let code = bytes.u8(at: 1), Self.isCode(code), first & 0xF <= 8 else { return nil }
        let isAcknowledgement = first &>> 4 & 3 >= 2
        let isRequest = code >= 1 && code <= 7
        guard !(isRequest && isAcknowledgement) else { return nil }
        // An empty message is four octets.
        if code == 0 {
            guard bytes.byteCount == 4, first & 0xF == 0, first &>> 4 & 3 != 1 else { return nil }
        }
        var reader = ByteReader(bytes.slice(from: 4))
        guard bytes.byteCount >= 4, (try? reader.skip(Int(first & 0xF))) != nil else { return nil }
        var number = 0
        var count = 0
        var hasPath = false
        while let head = try? reader.u8() {
            if head == 0xFF {
                guard !reader.isEmpty else { return nil }
                break
            }
            guard count < Self.optionLimit, let delta = Self.extended(head &>> 4, &reader), let length = Self.extended(head & 0xF, &reader),
                let value = try? reader.take(length)
            else { return nil }
            count &+= 1
            number &+= delta
            guard Self.isOption(number, length) else { return nil }
            if number == 11 || number == 3 {
                guard PrintableText.isPlain(value) else { return nil }
                hasPath = hasPath || number == 11 && length > 0
            }
        }
        self.code = code
        self.isRequestWithPath = isRequest && hasPath
    }

    private static func isCode(_ code: UInt8) -> Bool {
        switch code {
        case 0...7, 0x41...0x45, 0x5F, 0x80...0x86, 0x88, 0x89, 0x8C, 0x8D, 0x8F, 0x96, 0x9D, 0xA0...0xA5: true
        default: false
        }
    }

    /// Four bits that may say that one or two octets follow.
    private static func extended(_ nibble: UInt8, _ reader: inout ByteReader) -> Int? {
        switch nibble {
        case 13: (try? reader.u8()).map { 13 &+ Int($0) }
        case 14: (try? reader.u16()).map { 269 &+ Int($0) }
        case 15: nil
        default: Int(nibble)
        }
    }

    /// Registered options and the lengths that they can have.
    private static func isOption(_ number: Int, _ length: Int) -> Bool {
        switch number {
        case 1, 4: length <= 8
        case 3, 8, 11, 15, 20, 39: length <= 255
        case 5: length == 0
        case 6, 23, 27, 14, 28, 60: length <= 4
        case 7, 12, 17: length <= 2
        case 9, 35, 252, 292: length <= 1034
        case 16, 258: length <= 1
        case 19, 21, 31: length <= 255
        case 2048...: length <= 255
        default: false
        }
    }
}
