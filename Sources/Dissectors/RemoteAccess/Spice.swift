import Observations
import Wire

// SPICE, the remote display protocol of virtual machines ("Spice protocol", spice-space.org, chapter "Spice link"; spice-protocol's
// protocol.h and enums.h).
//
// Read: the link messages that open each channel: versions, kind of channel, the server's answer and the way in which the client
// proves itself. The ticket is encrypted with the server's RSA key and is stepped over; what follows, the screen and the keys, is
// not asked for. A link in clear is a session in clear: with TLS the same bytes are inside it.

final class SpiceDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.spice

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        let answer = head.begins(with: LinkHeader.magic)
        guard answer == .yes else { return answer }
        // Version 2 is the only one in use; version 1 was never released.
        guard let major = head.u32le(at: 4), let minor = head.u32le(at: 8), let size = head.u32le(at: 12) else { return .notYet }
        guard major == 1 || major == 2, minor <= 0xFF, size >= LinkHeader.smallestBody, size <= LinkHeader.largestBody else { return .no }
        return .yes
    }

    // MARK: State

    private enum Phase { case link, mechanism, done }
    private var initiator = Phase.link
    private var responder = Phase.link
    /// The channel that the client asked for, until the server answered.
    private var channel: UInt8?
    /// Whether both sides can choose among ways to prove oneself: the client then names one.
    private var selects: (client: Bool, server: Bool) = (false, false)

    private func phase(of side: Side) -> Phase { side == .initiator ? self.initiator : self.responder }
    private func expect(_ phase: Phase, from side: Side) {
        if side == .initiator { self.initiator = phase } else { self.responder = phase }
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        switch self.phase(of: side) {
        case .link: self.readLink(bytes, from: side, &context)
        case .mechanism: self.readMechanism(bytes, from: side, &context)
        case .done: Consumption(0, .sideFinished)
        }
    }

    private func readLink(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let header = LinkHeader(bytes) else {
            return bytes.byteCount < LinkHeader.length ? Consumption(0, .more(atLeast: LinkHeader.length)) : .failed
        }
        let whole = LinkHeader.length &+ Int(header.size)
        guard bytes.byteCount >= whole else { return Consumption(0, .more(atLeast: whole)) }
        let body = bytes.slice(from: LinkHeader.length, count: Int(header.size))
        // The message of a client is short; the answer of a server holds its key of 162 bytes, unless it is a refusal.
        if let reply = LinkReply(body) {
            context.declare(side, is: .server)
            self.record(header, from: side, context)
            return self.settle(reply, from: side, whole, &context)
        }
        guard let message = LinkMessage(body) else { return .failed }
        context.declare(side, is: .client)
        self.record(header, from: side, context)
        self.channel = message.channel
        self.selects.client = message.capabilities & Capability.selection != 0
        self.expect(.mechanism, from: side)
        return Consumption(whole)
    }

    private func record(_ header: LinkHeader, from side: Side, _ context: DissectionContext) {
        context.record(.spiceVersion, String(header.major) + "." + String(header.minor), about: context.party(side))
    }

    private func settle(_ reply: LinkReply, from side: Side, _ whole: Int, _ context: inout DissectionContext) -> Consumption {
        guard reply.error == 0 else {
            context.record(.spiceError, Self.errorName(reply.error), about: context.party(side))
            return .finished
        }
        if let channel = self.channel { context.record(.spiceChannel, Self.channelName(channel), about: context.party(side)) }
        self.selects.server = reply.capabilities & Capability.selection != 0
        self.expect(.done, from: side)
        return Consumption(whole, .sideFinished)
    }

    /// SpiceLinkAuthMechanism: a word, where both sides can select; else the ticket itself follows.
    private func readMechanism(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard self.selects.client, self.selects.server else { return Consumption(0, .sideFinished) }
        guard let mechanism = bytes.u32le(at: 0) else { return Consumption(0, .more(atLeast: 4)) }
        switch mechanism {
        case 1: context.record(.spiceAuthentication, "ticket", about: .conversation)
        case 2: context.record(.spiceAuthentication, "sasl", about: .conversation)
        default: break
        }
        return Consumption(4, .sideFinished)
    }

    func lost(_ count: Int, from side: Side) { self.expect(.done, from: side) }

    /// SPICE_LINK_ERR_… (enums.h).
    private static func errorName(_ code: UInt32) -> String {
        switch code {
        case 1: "error"
        case 2: "invalid-magic"
        case 3: "invalid-data"
        case 4: "version-mismatch"
        case 5: "need-secured"
        case 6: "need-unsecured"
        case 7: "permission-denied"
        case 8: "bad-connection-id"
        case 9: "channel-not-available"
        default: String(code)
        }
    }

    /// SPICE_CHANNEL_… (enums.h).
    private static func channelName(_ code: UInt8) -> String {
        switch code {
        case 1: "main"
        case 2: "display"
        case 3: "inputs"
        case 4: "cursor"
        case 5: "playback"
        case 6: "record"
        case 7: "tunnel"
        case 8: "smartcard"
        case 9: "usbredir"
        case 10: "port"
        case 11: "webdav"
        default: String(code)
        }
    }
}

/// SPICE_COMMON_CAP_… (protocol.h), as bits of the first word.
private enum Capability {
    static let selection: UInt32 = 1
}

/// SpiceLinkHeader (protocol.h).
private struct LinkHeader {
    static let magic: [UInt8] = Array("REDQ".utf8)
    static let length = 16
    /// The server's error alone, without its key, is 4 bytes; spice-server always sends the whole message.
    static let smallestBody: UInt32 = 4
    /// A message and some words of capabilities.
    static let largestBody: UInt32 = 4096

    let major: UInt32
    let minor: UInt32
    let size: UInt32

    init?(_ bytes: RawSpan) {
        guard bytes.begins(with: Self.magic) == .yes, let major = bytes.u32le(at: 4), let minor = bytes.u32le(at: 8),
            let size = bytes.u32le(at: 12), size >= Self.smallestBody, size <= Self.largestBody
        else { return nil }
        self.major = major
        self.minor = minor
        self.size = size
    }
}

/// SpiceLinkMess (protocol.h).
private struct LinkMessage {
    static let length = 18
    let channel: UInt8
    /// The first word of the common capabilities.
    let capabilities: UInt32

    init?(_ body: RawSpan) {
        guard let channel = body.u8(at: 4), let common = body.u32le(at: 6), let own = body.u32le(at: 10), let offset = body.u32le(at: 14),
            common <= 64, own <= 64, offset >= UInt32(Self.length), UInt64(body.byteCount) >= UInt64(offset) &+ 4 &* (UInt64(common) &+ UInt64(own))
        else { return nil }
        self.channel = channel
        self.capabilities = common > 0 ? body.u32le(at: Int(offset)) ?? 0 : 0
    }
}

/// SpiceLinkReply (protocol.h).
private struct LinkReply {
    /// SPICE_TICKET_PUBKEY_BYTES: a public key of 1024 bits, as SubjectPublicKeyInfo.
    private static let keyLength = 162
    private static let length = 4 &+ Self.keyLength &+ 12

    let error: UInt32
    let capabilities: UInt32

    init?(_ body: RawSpan) {
        guard body.byteCount >= Self.length, let error = body.u32le(at: 0), error <= 0xFF, let common = body.u32le(at: 4 &+ Self.keyLength),
            let own = body.u32le(at: 8 &+ Self.keyLength), let offset = body.u32le(at: 12 &+ Self.keyLength), common <= 64, own <= 64,
            // A refusal has an empty key.
            error != 0 || (body.u8(at: 4) == 0x30 && body.u8(at: 5) == 0x81)
        else { return nil }
        self.error = error
        self.capabilities = common > 0 ? body.u32le(at: Int(offset)) ?? 0 : 0
    }
}
