import Observations
import Wire

// The Network Data Management Protocol, with which backup software commands file servers and tape libraries (ndmp.org, "Network Data
// Management Protocol Specification", versions 2 to 4).
//
// Read: the version, how the client proves itself and whether that was accepted, and what the server says to be. Neither names nor
// passwords nor digests are kept, and what is backed up is not looked at.

final class NDMPDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.ndmp

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe { NDMPHeader.probe(head) }

    // MARK: State

    private static let lookLimit = 8192
    private static let messageLimit = 200

    private var messages = 0
    /// What the client asked for last, by the answer that is waited for.
    private var version: UInt32?
    private var authentication: StaticString?

    func lost(_ count: Int, from side: Side) {
        self.version = nil
        self.authentication = nil
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let mark = bytes.u32(at: 0) else { return Consumption(0, .more(atLeast: 4)) }
        let length = Int(mark & 0x7FFF_FFFF)
        guard length >= NDMPHeader.length, length <= 0x10_0000 else { return .failed }
        let looked = min(length, Self.lookLimit)
        guard bytes.byteCount >= looked &+ 4 else { return Consumption(0, .more(atLeast: looked &+ 4)) }
        guard let header = NDMPHeader(bytes.slice(from: 4, count: looked)) else { return .failed }
        self.messages &+= 1
        guard self.messages < Self.messageLimit else { return .finished }
        var body = ByteReader(bytes.slice(from: 4 &+ NDMPHeader.length, count: looked &- NDMPHeader.length))
        if header.isReply, header.error == 0 {
            self.readReply(header.message, &body, from: side, &context)
        } else if !header.isReply {
            self.readRequest(header.message, &body, from: side, &context)
        }
        return looked == length ? Consumption(looked &+ 4) : Consumption(looked &+ 4, .skip(length &- looked))
    }

    // MARK: Messages

    @_lifetime(body: copy body)
    private func readRequest(_ message: UInt32, _ body: inout ByteReader, from side: Side, _ context: inout DissectionContext) {
        switch message {
        case NDMPMessage.notifyConnected:
            // The server speaks first.
            context.declare(side, is: .server)
        case NDMPMessage.connectOpen:
            context.declare(side, is: .client)
            self.version = try? body.u32()
        case NDMPMessage.clientAuthentication:
            context.declare(side, is: .client)
            guard let type = try? body.u32() else { return }
            self.authentication = NDMPMessage.authentication(type)
            // A name and a password follow as they are.
            if type == 1 { context.record(.loginClear, "ndmp-text", about: .server) }
        default: break
        }
    }

    @_lifetime(body: copy body)
    private func readReply(_ message: UInt32, _ body: inout ByteReader, from side: Side, _ context: inout DissectionContext) {
        // Every answer begins with its own error.
        guard NDMPMessage.isKnown(message), let error = try? body.u32(), error == 0 else { return }
        context.declare(side, is: .server)
        let party = context.party(side)
        switch message {
        case NDMPMessage.connectOpen:
            if let version = self.version, (1...9).contains(version) { context.record(.ndmpVersion, "\(version)", about: party) }
        case NDMPMessage.clientAuthentication:
            guard let authentication = self.authentication else { return }
            context.record(.ndmpAuthentication, "\(authentication)", about: party)
            if authentication.utf8CodeUnitCount == 4, "\(authentication)" == "text" { context.record(.loginAccepted, "ndmp-text", about: party) }
            if "\(authentication)" == "md5" { context.record(.loginChallenged, "ndmp-md5", about: party) }
        case NDMPMessage.hostInformation:
            guard let name = NDMPMessage.string(&body), let system = NDMPMessage.string(&body), let release = NDMPMessage.string(&body) else { return }
            context.record(.ndmpHostName, name, about: party)
            context.record(.ndmpSystem, PrintableText.make(system) + " " + PrintableText.make(release), about: party)
        case NDMPMessage.serverInformation:
            guard let vendor = NDMPMessage.string(&body), let product = NDMPMessage.string(&body), let revision = NDMPMessage.string(&body) else { return }
            context.record(.ndmpVendor, vendor, about: party)
            context.record(.ndmpProduct, product, about: party)
            context.record(.ndmpRevision, revision, about: party)
            guard let count = try? body.u32() else { return }
            let limit = min(count, 8)
            for _ in 0..<limit {
                guard let type = try? body.u32() else { return }
                if let name = NDMPMessage.authentication(type) { context.record(.ndmpAuthenticationOffered, "\(name)", about: party) }
            }
        default: break
        }
    }
}

/// The header (specification, "Message Protocol"): sequence, time stamp, request or answer, message, sequence of the request, error.
private struct NDMPHeader {
    static let length = 24

    let isReply: Bool
    let message: UInt32
    let error: UInt32

    init?(_ bytes: RawSpan) {
        guard let type = bytes.u32(at: 8), type <= 1, let message = bytes.u32(at: 12), let error = bytes.u32(at: 20) else { return nil }
        self.isReply = type == 1
        self.message = message
        self.error = error
    }

    static func probe(_ head: RawSpan) -> Probe {
        guard let mark = head.u8(at: 0) else { return .notYet }
        guard mark == 0x80 else { return .no }
        guard let length = head.u32(at: 0).map({ $0 & 0x7FFF_FFFF }) else { return .notYet }
        guard length >= 24, length <= 4096, length % 4 == 0 else { return .no }
        guard let time = head.u32(at: 8) else { return .notYet }
        // Seconds since 1970: 1990 to 2080. Remote procedure calls have a small number here.
        guard time > 0x2590_0000, time < 0xCF00_0000 else { return .no }
        guard let type = head.u32(at: 12) else { return .notYet }
        guard type <= 1 else { return .no }
        guard let message = head.u32(at: 16) else { return .notYet }
        guard NDMPMessage.mayBegin(message) else { return .no }
        guard let sequence = head.u32(at: 20), let error = head.u32(at: 24) else { return .notYet }
        guard error <= 0x1F, type == 1 || sequence == 0 && error == 0 else { return .no }
        // The body of what begins a conversation has a length of its own.
        switch (message, type) {
        case (NDMPMessage.connectOpen, 0): return length == 28 && head.u32(at: 28).map { (1...9).contains($0) } ?? true ? .yes : .no
        case (NDMPMessage.connectOpen, _): return length == 28 ? .yes : .no
        default: return length <= 1024 ? .yes : .no
        }
    }
}

private enum NDMPMessage {
    static let hostInformation: UInt32 = 0x100
    static let serverInformation: UInt32 = 0x108
    static let notifyConnected: UInt32 = 0x502
    static let connectOpen: UInt32 = 0x900
    static let clientAuthentication: UInt32 = 0x901

    /// CONFIG, SCSI, TAPE, DATA, NOTIFY, LOG, FILE, MOVER and CONNECT; each interface has few messages.
    static func isKnown(_ message: UInt32) -> Bool { message &>> 8 >= 1 && message &>> 8 <= 0xA && message & 0xFF <= 0x20 }
    /// Of CONFIG, NOTIFY and CONNECT: what comes before any backup.
    static func mayBegin(_ message: UInt32) -> Bool {
        switch message {
        case Self.notifyConnected, Self.connectOpen...0x903, Self.hostInformation...0x109: true
        default: false
        }
    }

    static func authentication(_ type: UInt32) -> StaticString? {
        switch type {
        case 0: "none"
        case 1: "text"
        case 2: "md5"
        default: nil
        }
    }

    @_lifetime(copy body) @_lifetime(body: copy body)
    static func string(_ body: inout ByteReader) -> RawSpan? {
        guard let length = try? body.u32(), length <= 1024, let text = try? body.take(Int(length)), (try? body.skip(Int(4 &- length % 4) & 3)) != nil else { return nil }
        return text
    }
}
