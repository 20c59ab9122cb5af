import Observations
import Wire

// Remote login of BSD (RFC 1282): the client's machine says who its user is, and the server believes it or asks for a password. Nothing
// is encrypted.
//
// Read: that it is spoken, and which of the two the server did. The names of users are stepped over, and nothing that is typed is read.

final class RLoginDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.rlogin

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard context.role != .server else { return .no }
        guard let first = head.u8(at: 0) else { return .notYet }
        // An empty string, the user here, the user there, terminal and speed.
        guard first == 0 else { return .no }
        return RemoteStrings.probe(head, from: 1) { RemoteStrings.isTerminal($0) }
    }

    /// How much of what the server writes is looked at for a question.
    private static let lookLimit = 512

    private var sawBeginning = false
    private var isAccepted = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if !self.sawBeginning {
            guard Self.probe(bytes, ProbeContext(transport: .tcp, side: side, role: .client, isStart: true)) == .yes else {
                return Consumption(0, .more(atLeast: bytes.byteCount &+ 1))
            }
            self.sawBeginning = true
            context.declare(side, is: .client)
            return Consumption(bytes.byteCount, .sideFinished)
        }
        guard context.role(of: side) == .server else { return Consumption(0, .sideFinished) }
        // A NUL: the server goes on (section "Connection Establishment").
        guard bytes.u8(at: 0) == 0 || self.isAccepted else { return .finished }
        self.isAccepted = true
        var offset = 0
        // Urgent octets of the flow control stand among the text.
        while let octet = bytes.u8(at: offset), octet == 0 || octet >= 0x80 { offset &+= 1 }
        guard offset < bytes.byteCount else { return Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) }
        let text = bytes.slice(from: offset, count: Self.lookLimit)
        if text.containsIgnoringCase("password:") || text.containsIgnoringCase("login:") || text.containsIgnoringCase("mot de passe") {
            context.record(.loginClear, "rlogin", about: .server)
            return .finished
        }
        // A question may come in several segments: as long as it is a single line that has not ended, wait.
        return text.byteCount < 32 && bytes.byteCount < Self.lookLimit ? Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) : self.trusted(&context)
    }

    private func trusted(_ context: inout DissectionContext) -> Consumption {
        context.record(.trustAccepted, "rlogin", about: .server)
        return .finished
    }
}
