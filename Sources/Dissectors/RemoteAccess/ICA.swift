import Observations
import Wire

// Citrix Independent Computing Architecture (port 1494) and the Common Gateway Protocol that carries it where sessions are to
// survive a broken line (port 2598). Neither is published; what is read is what Citrix Virtual Channel SDK's ica.h and public
// captures show: the greeting `7F 7F I C A 00` that both sides send, the greeting `1A C G P / 0 1` of the gateway protocol, and
// the list of modules that the client loads, of which the protocol drivers say how the session is encrypted.
//
// Names of users, clients and applications follow later and scrambled: they are not asked for.

final class ICADissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.ica

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        switch head.u8(at: 0) {
        case 0x7F: head.begins(with: Greeting.ica)
        case 0x1A: head.begins(with: Greeting.gateway)
        default: .no
        }
    }

    // MARK: State

    private enum Phase { case greeting, modules }
    private var initiator = Phase.greeting
    private var responder = Phase.greeting
    private var modules = 0

    private static let moduleLimit = 64

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        let isGreeting = (side == .initiator ? self.initiator : self.responder) == .greeting
        guard !isGreeting else {
            if bytes.begins(with: Greeting.gateway) == .yes {
                context.record(.icaTransport, "cgp", about: .server)
                return .finished
            }
            switch bytes.begins(with: Greeting.ica) {
            case .notYet: return Consumption(0, .more(atLeast: Greeting.ica.count))
            case .no: return Consumption(0, .sideFinished)
            case .yes: break
            }
            if side == .initiator { self.initiator = .modules } else { self.responder = .modules }
            context.record(.icaTransport, "ica", about: .server)
            return Consumption(Greeting.ica.count)
        }
        return self.readPacket(bytes, from: side, &context)
    }

    /// A packet: its kind, and the length of what follows in the byte order of PCs. Only the client sends modules.
    private func readPacket(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let kind = bytes.u8(at: 0) else { return Consumption(0) }
        guard kind == Module.packetKind else { return Consumption(0, .sideFinished) }
        guard let length = bytes.u16le(at: 1) else { return Consumption(0, .more(atLeast: 3)) }
        let whole = Int(length) &+ 3
        guard bytes.byteCount >= whole else { return Consumption(0, .more(atLeast: whole)) }
        guard let module = Module(bytes.slice(from: 3, count: Int(length))) else { return Consumption(whole, .sideFinished) }
        context.declare(side, is: .client)
        if module.isProtocolDriver { context.record(.icaModule, module.name, about: .conversation) }
        self.modules &+= 1
        // They are numbered downwards.
        return Consumption(whole, module.number == 0 || self.modules >= Self.moduleLimit ? .sideFinished : .more(atLeast: 1))
    }

    func lost(_ count: Int, from side: Side) {
        if side == .initiator { self.initiator = .greeting } else { self.responder = .greeting }
    }
}

private enum Greeting {
    static let ica: [UInt8] = [0x7F, 0x7F, 0x49, 0x43, 0x41, 0x00]
    static let gateway: [UInt8] = [0x1A, 0x43, 0x47, 0x50, 0x2F, 0x30, 0x31]
}

/// A module of the client: its number, class, versions and file name.
private struct Module {
    static let packetKind: UInt8 = 1
    /// The class of encryption, compression and framing.
    private static let protocolDriver: UInt8 = 4

    let number: UInt8
    let isProtocolDriver: Bool
    let name: String

    /// - Parameter body: the packet behind its first length, which is said again.
    init?(_ body: RawSpan) {
        guard let length = body.u16le(at: 0), Int(length) == body.byteCount, let number = body.u8(at: 2), let kind = body.u8(at: 3) else { return nil }
        // A file name of the form 8.3, filled up with NUL.
        let field = body.slice(from: 6, count: 13)
        let end = field.firstIndex(of: 0) ?? field.byteCount
        guard end >= 5, field.u8(at: end &- 4) == 0x2E else { return nil }
        for offset in 0..<end {
            guard let byte = field.u8(at: offset), byte.isLetter || byte.isDigit || byte == 0x2E || byte == 0x5F else { return nil }
        }
        self.number = number
        self.isProtocolDriver = kind == Self.protocolDriver
        self.name = PrintableText.make(field.slice(from: 0, count: end))
    }
}
