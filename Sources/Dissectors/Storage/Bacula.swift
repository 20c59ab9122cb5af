import Observations
import Wire

// Bacula and its kin: director, storage daemon, file daemon and console talk to each other in packets of a length and text (Bacula's
// Developer's Guide, "Daemon Protocol" and "TCP/IP Network Protocol").
//
// Read: which of the parts greets, the versions that director and file daemon state, and whether TLS follows the mutual proof. Names,
// challenges, responses, jobs and what is backed up are stepped over.

final class BaculaDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.bacula

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe { BaculaPacket.probe(head) }

    // MARK: State

    private static let lookLimit = 1024
    private static let packetLimit = 48

    private var packets = 0
    /// Both sides have proved themselves to each other: the client says so last.
    private var isProved = false

    func lost(_ count: Int, from side: Side) { self.isProved = false }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let mark = bytes.u32(at: 0) else { return Consumption(0, .more(atLeast: 4)) }
        if mark &>> 16 == 0x1603, self.isProved {
            context.record(.baculaProtection, "tls", about: .server)
            context.record(.serviceUpgraded, ApplicationProtocol.tls.rawValue, about: .server)
            return Consumption(0, .handOver)
        }
        self.packets &+= 1
        guard self.packets < Self.packetLimit else { return .finished }
        // A negative length is a signal without text. The next bits are flags of packets that are compressed.
        guard mark &>> 31 == 0 else { return Consumption(4) }
        let length = Int(mark & 0x0FFF_FFFF)
        guard length <= 0x10_0000 else { return .failed }
        let looked = min(length, Self.lookLimit)
        guard bytes.byteCount >= looked &+ 4 else { return Consumption(0, .more(atLeast: looked &+ 4)) }
        let isLast = mark &>> 28 == 0 && self.read(bytes.slice(from: 4, count: looked), from: side, &context)
        if isLast { return .finished }
        return looked == length ? Consumption(looked &+ 4) : Consumption(looked &+ 4, .skip(length &- looked))
    }

    /// - Returns: whether nothing new comes after it.
    private func read(_ text: RawSpan, from side: Side, _ context: inout DissectionContext) -> Bool {
        if text.has("Hello ") {
            context.declare(side, is: .client)
            context.record(.baculaComponent, BaculaPacket.component(text), about: .conversation)
        } else if text.has("1000 OK auth") {
            if context.role(of: side) == .client { self.isProved = true }
        } else if text.has("1999 ") || text.has("2999 ") || text.has("3999 ") {
            return true
        } else if text.has("1000 OK: ") || text.has("2000 OK Hello") || text.has("3000 OK Hello") {
            // The first answer after the proof: had TLS been agreed on, it would be inside.
            context.declare(side, is: .server)
            context.record(.baculaProtection, "none", about: context.party(side))
            if let start = text.firstRange(of: "Version: ") { context.record(.baculaVersion, BaculaPacket.version(text, at: start &+ 9), about: context.party(side)) }
            // A file daemon states its version a little later.
            return !text.has("2000 OK Hello")
        } else if text.has("2000 OK Job ") {
            context.record(.baculaVersion, BaculaPacket.version(text, at: 12), about: context.party(side))
            return true
        }
        return false
    }
}

private enum BaculaPacket {
    private static let greetings: [[UInt8]] = ["Hello ", "auth cram-md5"].map { Array($0.utf8) }

    static func probe(_ head: RawSpan) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        guard first == 0 else { return .no }
        guard let length = head.u32(at: 0) else { return head.u8(at: 1) ?? 0 == 0 ? .notYet : .no }
        guard length >= 12, length <= 512 else { return .no }
        let text = head.slice(from: 4, count: Int(length))
        var answer = Probe.no
        for greeting in Self.greetings {
            switch text.begins(with: greeting) {
            case .yes:
                guard text.byteCount == Int(length) else { return .notYet }
                // The greeting names who calls; the challenge says whether TLS is wanted.
                return greeting.first == 0x61 ? Self.ends(text, with: "ssl=") : Self.isGreeting(text) ? .yes : .no
            case .notYet: answer = .notYet
            case .no: break
            }
        }
        return answer
    }

    private static func ends(_ text: RawSpan, with mark: StaticString) -> Probe { text.firstRange(of: mark) != nil && text.isText ? .yes : .no }

    private static func isGreeting(_ text: RawSpan) -> Bool {
        guard text.isText else { return false }
        return text.firstRange(of: " calling") != nil || text.firstRange(of: "Bacula SD: Start Job") != nil || text.firstRange(of: "Start Job ") != nil
    }

    /// Who greets. What stands for a console may be the name of a person.
    static func component(_ text: RawSpan) -> String {
        if text.has("Hello Director ") || text.firstRange(of: "Director ") != nil { return "director" }
        if text.firstRange(of: "SD: Start Job") != nil || text.has("Hello Start Job") || text.has("Hello Client ") { return "file-daemon" }
        if text.has("Hello FD: ") || text.has("Hello Storage ") { return "storage-daemon" }
        return "console"
    }

    /// Digits and points.
    @_lifetime(copy text)
    static func version(_ text: RawSpan, at start: Int) -> RawSpan {
        var end = start
        while let octet = text.u8(at: end), octet.isDigit || octet == 0x2E, end &- start < 16 { end &+= 1 }
        return text.slice(from: start, count: end &- start)
    }
}
