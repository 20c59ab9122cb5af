import Observations
import Wire

// EAP over LANs, the access control of ports (IEEE 802.1X-2020 section 11), and the Extensible Authentication Protocol in it
// (RFC 3748), which RADIUS carries as well (RFC 3579).
//
// Read: who is authenticator and who supplicant, and which methods are asked for and used. Identities and what methods exchange
// are not read.

enum EAPOLDissector: LinkDissector {
    static let applicationProtocol = ApplicationProtocol.eapol
    static let etherTypes: Set<UInt16> = [0x888E]

    static func dissect(_ payload: RawSpan, _ context: inout DissectionContext) -> Bool {
        guard let version = payload.u8(at: 0), (1...3).contains(version), let type = payload.u8(at: 1), type <= 8, let length = payload.u16(at: 2) else {
            return false
        }
        let body = payload.slice(from: 4, count: Int(length))
        guard body.byteCount == Int(length) else { return false }
        guard context.sourceMAC.isUnicast else { return true }
        let station = Party.host(HostKey(context.sourceMAC, in: context.network))
        switch type {
        case 0:
            guard let packet = EAPPacket(body) else { return false }
            context.record(.eapolRole, packet.isFromAuthenticator ? "authenticator" : "supplicant", about: station)
            packet.record(about: station, context)
        case 1, 2: context.record(.eapolRole, "supplicant", about: station)
        default: break
        }
        return true
    }
}

/// A packet of EAP (RFC 3748 section 4).
struct EAPPacket {
    private let code: UInt8
    /// Of requests and responses.
    private let type: UInt8?

    /// - Parameter bytes: the packet, or its beginning with the type in it.
    init?(_ bytes: RawSpan) {
        guard let code = bytes.u8(at: 0), let length = bytes.u16(at: 2) else { return nil }
        switch code {
        case 1, 2:
            guard length >= 5, let type = bytes.u8(at: 4), type > 0 else { return nil }
            self.type = type
        case 3, 4:
            guard length == 4 else { return nil }
            self.type = nil
        default: return nil
        }
        self.code = code
    }

    /// Requests, and what ends it.
    var isFromAuthenticator: Bool { self.code != 2 }

    /// Notes the method. A supplicant that refuses one answers with a type of its own, Nak (section 5.3); what it answers in, it uses.
    func record(about party: Party, _ context: DissectionContext) {
        guard let name = self.method else { return }
        context.record(self.code == 2 ? .eapMethod : .eapMethodOffered, name, about: party)
    }

    /// IANA "Extensible Authentication Protocol (EAP) Registry". Identity, notification and Nak (1 to 3) are no methods.
    private var method: String? {
        guard let type, type >= 4 else { return nil }
        return switch type {
        case 4: "md5"
        case 5: "otp"
        case 6: "gtc"
        case 13: "tls"
        case 17: "leap"
        case 18: "sim"
        case 21: "ttls"
        case 23: "aka"
        case 25: "peap"
        case 26, 29: "mschapv2"
        case 43: "fast"
        case 50: "aka-prime"
        case 52: "pwd"
        case 55: "teap"
        case 254: "expanded"
        default: "\(type)"
        }
    }
}
