import Observations
import Wire

// Remote commands of BSD: rsh, for which the client's machine says who its user is, and rexec, which sends name and password (4.3BSD manual
// pages rshd(8), rexecd(8), rcmd(3), rexec(3)). Both begin with the port for the error output and three strings, all ended by NUL.
//
// Read: which of the two it is, and that the server accepted. Names, passwords and commands are stepped over.

final class RemoteShellDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.rsh

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        RemoteStrings.isRexec(context) == true ? .no : RemoteStrings.probeCommand(head, context)
    }

    private let exchange = RemoteCommand()

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        self.exchange.consume(bytes, from: side, &context) { context in context.record(.trustAccepted, "rsh", about: .server) }
    }
}

final class RemoteExecDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.rexec

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        RemoteStrings.isRexec(context) == false ? .no : RemoteStrings.probeCommand(head, context)
    }

    private let exchange = RemoteCommand()

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if context.role(of: side) == .client || !self.exchange.sawBeginning { context.record(.loginClear, "rexec", about: .server) }
        return self.exchange.consume(bytes, from: side, &context) { context in context.record(.loginAccepted, "rexec", about: .server) }
    }
}

/// The exchange that both have: strings, then a NUL where the command is run, or 1 and the reason why not.
private final class RemoteCommand {
    private(set) var sawBeginning = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext, accepted: (inout DissectionContext) -> Void) -> Consumption {
        guard self.sawBeginning else {
            self.sawBeginning = true
            context.declare(side, is: .client)
            if let port = RemoteStrings.errorPort(bytes) { context.record(.rshErrorPort, port, about: .client) }
            return Consumption(bytes.byteCount, .sideFinished)
        }
        if bytes.u8(at: 0) == 0 { accepted(&context) }
        return .finished
    }
}

/// What the old remote commands begin with.
enum RemoteStrings {
    /// rsh and rexec write the same: rsh comes from a port that only the administrator of a machine may use (below 1024), which is what
    /// its trust rests on; the server's usual port decides where both are such.
    /// - Returns: `nil` where the ports are not known: it may be either.
    static func isRexec(_ context: ProbeContext) -> Bool? {
        if context.ports.initiator == 0, context.ports.responder == 0 { return nil }
        let server = context.side == .initiator ? context.ports.responder : context.ports.initiator
        let client = context.side == .initiator ? context.ports.initiator : context.ports.responder
        return server == 512 || (server != 514 && client >= 1024)
    }

    /// The port of the client for the error output, in decimal digits; `nil` where there is none.
    static func errorPort(_ bytes: RawSpan) -> Int64? {
        var port: Int64 = 0
        var offset = 0
        while offset < 6, let octet = bytes.u8(at: offset), octet.isDigit {
            port = port &* 10 &+ Int64(octet &- 0x30)
            offset &+= 1
        }
        return port > 0 && port <= 65_535 ? port : nil
    }

    static func probeCommand(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard context.role != .server else { return .no }
        // The port for the error output in decimal digits, or nothing.
        var offset = 0
        while let octet = head.u8(at: offset), octet.isDigit {
            offset &+= 1
            if offset > 5 { return .no }
        }
        guard let end = head.u8(at: offset) else { return .notYet }
        guard end == 0 else { return .no }
        return Self.probe(head, from: offset &+ 1) { !Self.isTerminal($0) }
    }

    /// Three strings of printable characters that end with the bytes: two without spaces, and a third that `fits`.
    static func probe(_ head: RawSpan, from start: Int, fits: (RawSpan) -> Bool) -> Probe {
        var offset = start
        var strings = 0
        var began = start
        while let octet = head.u8(at: offset) {
            if octet == 0 {
                let length = offset &- began
                guard length > 0 else { return .no }
                strings &+= 1
                if strings == 3 { return offset &+ 1 == head.byteCount && fits(head.slice(from: began, count: length)) ? .yes : .no }
                began = offset &+ 1
            } else {
                // The first two are names of users or a password.
                guard octet >= 0x20, octet < 0x7F, strings == 2 || (octet != 0x20 && offset &- began < 64) else { return .no }
            }
            offset &+= 1
        }
        return .notYet
    }

    /// `xterm/38400`.
    static func isTerminal(_ text: RawSpan) -> Bool {
        guard let slash = text.firstIndex(of: 0x2F), slash > 0, slash &+ 1 < text.byteCount else { return false }
        var offset = slash &+ 1
        while let octet = text.u8(at: offset) {
            guard octet.isDigit else { return false }
            offset &+= 1
        }
        return text.byteCount < 64 && text.firstIndex(of: 0x20) == nil
    }
}
