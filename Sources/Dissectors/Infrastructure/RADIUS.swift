import Observations
import Wire

// RADIUS over UDP (RFC 2865, RFC 2866; RFC 3579 for EAP, RFC 2548 for MS-CHAP, RFC 5176 for changes of a session).
//
// Read: how the secret of a user is presented, whether messages are protected by Message-Authenticator, how the server answers, and
// which equipment asks. Never the user, the address of the user's machine, or anything that a password can be guessed from.

enum RADIUSDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.radius
    static let usualPorts: Set<UInt16> = [1812, 1813, 1645, 1646, 3799]

    static func mayBegin(_ octet: UInt8) -> Bool { Code(rawValue: octet) != nil }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let message = Message(datagram, isProved: context.protocols.contains(.radius), isCut: context.isCut) else { return .no }
        context.declare(side, is: message.code.isRequest ? .client : .server)
        if message.code.isRequest {
            Self.recordRequest(message, context)
        } else if let answer = message.code.answer {
            context.record(.radiusAnswer, answer, about: .conversation)
            if message.code.isAuthenticationAnswer, !message.isAuthenticated, !context.isCut { context.record(.radiusUnprotected, "answer", about: .server) }
        }
        message.eap?.record(about: .server, context)
        return .more
    }

    private static func recordRequest(_ message: borrowing Message, _ context: DissectionContext) {
        guard message.code == .accessRequest || message.code == .accountingRequest else { return }
        if message.code == .accessRequest {
            if let authentication = message.authentication { context.record(.radiusAuthentication, authentication, about: .conversation) }
            if !message.isAuthenticated, !context.isCut { context.record(.radiusUnprotected, "request", about: .conversation) }
        }
        context.record(.radiusNASIdentifier, message.identifier, about: .client)
        if let address = message.address, !address.isUnspecified, !address.isLoopback { context.record(.radiusNASAddress, address.description, about: .client) }
        if let type = message.portType { context.record(.radiusNASPortType, type, about: .client) }
    }
}

/// Codes (IANA "RADIUS Types").
private enum Code: UInt8 {
    case accessRequest = 1
    case accessAccept, accessReject, accountingRequest, accountingResponse
    case accessChallenge = 11
    case statusServer = 12
    case disconnectRequest = 40
    case disconnectAcknowledged, disconnectRefused, changeRequest, changeAcknowledged, changeRefused

    var isRequest: Bool {
        switch self {
        case .accessRequest, .accountingRequest, .statusServer, .disconnectRequest, .changeRequest: true
        default: false
        }
    }
    var isAuthenticationAnswer: Bool { self == .accessAccept || self == .accessReject || self == .accessChallenge }

    var answer: String? {
        switch self {
        case .accessAccept: "accept"
        case .accessReject: "reject"
        case .accessChallenge: "challenge"
        case .accountingResponse: "accounting"
        case .disconnectAcknowledged: "disconnected"
        case .changeAcknowledged: "changed"
        case .disconnectRefused, .changeRefused: "refused"
        default: nil
        }
    }
}

/// A message (RFC 2865 section 3).
private struct Message {
    /// The header and the longest message.
    private static let headerLength = 20
    private static let limit = 4096

    let code: Code
    private(set) var authentication: String?
    /// Whether Message-Authenticator (RFC 3579 section 3.2) is there.
    private(set) var isAuthenticated = false
    private(set) var identifier = ""
    private(set) var address: IPAddress?
    private(set) var portType: String?
    private(set) var eap: EAPPacket?

    /// Fails unless the attributes fill the message exactly. In a conversation that is not known yet, one of them has to be among those
    /// that such a message must have.
    init?(_ bytes: RawSpan, isProved: Bool, isCut: Bool) {
        guard let code = bytes.u8(at: 0).flatMap(Code.init), let length = bytes.u16(at: 2).map({ Int($0) }), (Self.headerLength...Self.limit).contains(length),
            length == bytes.byteCount || isCut && length > bytes.byteCount
        else { return nil }
        self.code = code
        var reader = ByteReader(bytes.slice(from: Self.headerLength))
        var count = 0
        var hasProof = isProved
        while !reader.isEmpty {
            guard let type = try? reader.u8(), let size = try? reader.u8(), size >= 2, type > 0, let value = try? reader.take(Int(size) &- 2) else {
                if isCut, count > 0 { break }
                return nil
            }
            count &+= 1
            if Self.isProof(type, value, code) { hasProof = true }
            self.read(type, value)
        }
        guard hasProof else { return nil }
    }

    /// Attributes that a message of the code has and chance does not produce: a user or a state (RFC 2865 section 4.1), the kind of
    /// an accounting record (RFC 2866 section 5.1), a Message-Authenticator.
    private static func isProof(_ type: UInt8, _ value: RawSpan, _ code: Code) -> Bool {
        let size = value.byteCount &+ 2
        return switch (type, code) {
        case (1, .accessRequest): size > 2 && PrintableText.isPlain(value)
        case (80, _): size == 18
        case (40, .accountingRequest): size == 6
        case (2, .accessRequest): size >= 18 && size & 15 == 2
        case (3, .accessRequest): size == 19
        case (24, .accessRequest), (24, .accessChallenge): size > 2
        // Of answers: a service type or a protocol with a small number, or the class of the session.
        case (6, .accessAccept), (7, .accessAccept): size == 6
        case (4, .accountingRequest), (4, .disconnectRequest), (4, .changeRequest): size == 6
        default: false
        }
    }

    private mutating func read(_ type: UInt8, _ value: RawSpan) {
        switch type {
        case 2: self.authentication = "pap"
        case 3: self.authentication = "chap"
        case 4 where value.byteCount == 4: self.address = value.u32(at: 0).map { IPAddress(v4: $0) }
        case 26 where value.u32(at: 0) == 311:
            // Microsoft's attributes (RFC 2548 sections 2.1.3 and 2.3.2).
            if value.u8(at: 4) == 1 { self.authentication = "mschap" }
            if value.u8(at: 4) == 25 { self.authentication = "mschapv2" }
        case 32: self.identifier = PrintableText.make(value.trimmed)
        case 61: self.portType = value.u32(at: 0).flatMap { Self.portType($0) }
        // A long packet comes in several attributes; its head is in the first.
        case 79:
            self.authentication = "eap"
            if self.eap == nil { self.eap = EAPPacket(value) }
        case 80 where value.byteCount == 16: self.isAuthenticated = true
        case 95 where value.byteCount == 16:
            var reader = ByteReader(value)
            self.address = try? IPAddress(v6: &reader)
        default: break
        }
    }

    /// NAS-Port-Type (RFC 2865 section 5.41).
    private static func portType(_ number: UInt32) -> String? {
        switch number {
        case 0: "asynchronous"
        case 5: "virtual"
        case 15: "ethernet"
        case 18: "wireless"
        case 19: "wireless"
        default: nil
        }
    }
}
