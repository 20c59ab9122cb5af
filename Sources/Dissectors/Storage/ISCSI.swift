import Observations
import Wire

// iSCSI (RFC 7143): disks over TCP.
//
// Read: the login (who asks, for which target, how it proves itself, whether it is let in) and the list of targets of a discovery.
// The names are those of machines. The name and the response of CHAP are not looked at, and nothing after the login.

final class ISCSIDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.iscsi

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe { ISCSIHeader.probe(head) }

    // MARK: State

    /// More than the data of any login: 8192 octets is what both sides take before they agree (section 13.12).
    private static let dataLimit = 16384
    private static let unitLimit = 64

    private struct Login {
        var isDiscovery = false
        var method: StaticString = "none"
        var response = false
        var isMutual = false
    }
    /// From the first request of a login on, which names the initiator (section 13.6).
    private var login: Login?
    private var units = 0
    private var isDiscovering = false

    func lost(_ count: Int, from side: Side) { self.login = nil }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= ISCSIHeader.length else { return Consumption(0, .more(atLeast: ISCSIHeader.length)) }
        guard let header = ISCSIHeader(bytes) else { return .failed }
        let total = ISCSIHeader.length &+ header.padded
        guard header.dataLength <= Self.dataLimit else { return .finished }
        guard bytes.byteCount >= total else { return Consumption(0, .more(atLeast: total)) }
        let data = bytes.slice(from: ISCSIHeader.length, count: header.dataLength)
        self.units &+= 1
        guard self.units < Self.unitLimit else { return .finished }
        switch header.operation {
        case ISCSIHeader.loginRequest:
            context.declare(side, is: .client)
            self.readRequest(data, context)
        case ISCSIHeader.loginResponse:
            context.declare(side, is: .server)
            guard bytes.u8(at: 36) == 0 else { return .finished }
            self.readResponse(data, context)
            // The last step: transit to the full feature phase.
            if header.flags & 0x83 == 0x83 {
                self.accept(context)
                if !self.isDiscovering { return .finished }
            }
        case ISCSIHeader.textRequest where self.isDiscovering: break
        case ISCSIHeader.textResponse where self.isDiscovering:
            self.readTargets(data, context)
            return .finished
        // What follows the login is data, or the end of a discovery.
        default: return .finished
        }
        return Consumption(total)
    }

    // MARK: Login

    private func readRequest(_ data: RawSpan, _ context: DissectionContext) {
        ISCSIText.each(data) { key, value in
            if key.equals("InitiatorName") {
                self.login = Login()
                if ISCSIText.isName(value) { context.record(.iscsiInitiator, value, about: .client) }
            } else if key.equals("TargetName") {
                if ISCSIText.isName(value) { context.record(.iscsiTarget, value, about: .server) }
            } else if key.equals("SessionType") {
                self.login?.isDiscovery = value.equals("Discovery")
            } else if key.equals("CHAP_R") {
                self.login?.response = true
            } else if key.equals("CHAP_C") {
                // The initiator asks the target to prove itself too (section 12.1.3).
                self.login?.isMutual = true
            }
        }
    }

    private func readResponse(_ data: RawSpan, _ context: DissectionContext) {
        ISCSIText.each(data) { key, value in
            guard key.equals("AuthMethod") else { return }
            if value.equals("CHAP") { self.login?.method = "chap" }
            if value.equals("KRB5") { self.login?.method = "krb5" }
            if value.equals("SRP") { self.login?.method = "srp" }
        }
    }

    private func accept(_ context: DissectionContext) {
        guard let login else { return }
        // A client can offer no authentication and be let in without a word of it.
        let method: StaticString = login.response ? (login.isMutual ? "chap-mutual" : "chap") : login.method
        self.isDiscovering = login.isDiscovery
        context.record(login.isDiscovery ? .iscsiDiscoveryAccepted : .iscsiLoginAccepted, "\(method)", about: .server)
        if login.response { context.record(.loginChallenged, "iscsi-chap", about: .server) }
    }

    private func readTargets(_ data: RawSpan, _ context: DissectionContext) {
        ISCSIText.each(data) { key, value in
            if key.equals("TargetName"), ISCSIText.isName(value) { context.record(.iscsiTarget, value, about: .server) }
        }
    }
}

/// The basic header segment (section 11.2).
private struct ISCSIHeader {
    static let length = 48
    static let loginRequest: UInt8 = 0x03
    static let textRequest: UInt8 = 0x04
    static let loginResponse: UInt8 = 0x23
    static let textResponse: UInt8 = 0x24

    let operation: UInt8
    let flags: UInt8
    let dataLength: Int
    /// Data and additional headers, filled up to four octets.
    let padded: Int

    init?(_ bytes: RawSpan) {
        guard let first = bytes.u8(at: 0), let flags = bytes.u8(at: 1), let lengths = bytes.u32(at: 4) else { return nil }
        self.operation = first & 0x3F
        self.flags = flags
        self.dataLength = Int(lengths & 0x00FF_FFFF)
        self.padded = (self.dataLength &+ 3) & ~3 &+ Int(lengths &>> 24) &* 4
    }

    /// Only a login begins a conversation (section 6.3).
    static func probe(_ head: RawSpan) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        guard first & 0x3F == Self.loginRequest && first & 0x80 == 0 || first == Self.loginResponse else { return .no }
        guard let flags = head.u8(at: 1) else { return .notYet }
        // Transit and continue exclude each other; stage 2 does not exist; the next stage is only named in transit.
        let current = flags >> 2 & 3
        guard flags & 0xC0 != 0xC0, flags & 0x30 == 0, current < 2, flags & 3 != 2, flags & 0x80 != 0 ? flags & 3 > current : flags & 3 == 0 else { return .no }
        // Versions 0, no additional headers.
        for offset in 2...4 {
            guard let octet = head.u8(at: offset) else { return .notYet }
            guard octet == 0 else { return .no }
        }
        guard let lengths = head.u32(at: 4) else { return .notYet }
        guard lengths <= 16384 else { return .no }
        guard head.byteCount >= Self.length else { return .notYet }
        if first == Self.loginResponse {
            guard let status = head.u16(at: 36), status &>> 8 <= 3, status & 0xFF <= 0x1F, head.u16(at: 38) == 0, head.u64(at: 40) == 0, head.u32(at: 20) == 0
            else { return .no }
            return .yes
        }
        guard head.u64(at: 32) == 0, head.u64(at: 40) == 0, lengths > 0 else { return .no }
        // The first key, up to its sign of equality.
        var offset = Self.length
        while let octet = head.u8(at: offset) {
            if octet == 0x3D { return offset > Self.length ? .yes : .no }
            guard octet.isLetter || octet.isDigit || octet == 0x5F || octet == 0x2D || octet == 0x2E, offset < Self.length &+ 63 else { return .no }
            offset &+= 1
        }
        return .notYet
    }
}

/// Keys and values (section 6.1): `key=value`, each ended by a NUL.
private enum ISCSIText {
    static func each(_ data: RawSpan, _ body: (RawSpan, RawSpan) -> Void) {
        var start = 0
        for _ in 0..<512 {
            guard start < data.byteCount else { return }
            let end = data.firstIndex(of: 0, from: start) ?? data.byteCount
            if let sign = data.firstIndex(of: 0x3D, from: start, before: end) {
                body(data.slice(from: start, count: sign &- start), data.slice(from: sign &+ 1, count: end &- sign &- 1))
            }
            start = end &+ 1
        }
    }

    /// Names of machines have one of three forms (section 4.2.7.3).
    static func isName(_ value: RawSpan) -> Bool {
        value.byteCount <= 223 && (value.has("iqn.") || value.has("eui.") || value.has("naa."))
    }
}
