import Observations
import Wire

// The daemon of rsync (its documentation: rsyncd.conf(5), "csprotocol.txt" of the sources): lines of text until a module is open.
//
// Read: the version of the protocol of both sides, and whether modules are listed, open to all, or behind a password. Names of modules
// and users, the challenge and its response are stepped over.

final class RsyncDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.rsync

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe { RsyncGreeting.probe(head) }

    // MARK: State

    private static let lineLimit = 4096
    private static let lines = 10_000

    private var greeted: (initiator: Bool, responder: Bool) = (false, false)
    private var challenged = false
    private var count = 0

    func lost(_ count: Int, from side: Side) {
        if side == .initiator { self.greeted.initiator = false } else { self.greeted.responder = false }
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let end = bytes.firstIndex(of: 0x0A, before: Self.lineLimit) else {
            return bytes.byteCount >= Self.lineLimit ? .failed : Consumption(0, .more(atLeast: bytes.byteCount &+ 1))
        }
        self.count &+= 1
        guard self.count < Self.lines else { return .finished }
        let line = bytes.slice(from: 0, count: end).trimmed
        if !(side == .initiator ? self.greeted.initiator : self.greeted.responder) {
            guard let version = RsyncGreeting.version(line) else { return .failed }
            if side == .initiator { self.greeted.initiator = true } else { self.greeted.responder = true }
            context.record(.rsyncVersion, version, about: context.party(side))
            return Consumption(end &+ 1)
        }
        if line.has("@RSYNCD: ") || line.has("@ERROR") { context.declare(side, is: .server) }
        // What the client sends now names a module, then perhaps a user.
        guard context.role(of: side) == .server else { return Consumption(0, .sideFinished) }
        if line.has("@RSYNCD: AUTHREQD ") {
            self.challenged = true
        } else if line.equals("@RSYNCD: OK") {
            context.record(.rsyncAccess, self.challenged ? "password" : "open", about: context.party(side))
            if self.challenged { context.record(.loginChallenged, "rsync", about: context.party(side)) }
            return .finished
        } else if line.equals("@RSYNCD: EXIT") {
            context.record(.rsyncAccess, "listed", about: context.party(side))
            return .finished
        } else if line.has("@ERROR") {
            context.record(.rsyncAccess, "refused", about: context.party(side))
            return .finished
        }
        return Consumption(end &+ 1)
    }
}

/// `@RSYNCD: 31.0`, from version 31 on followed by names of digests.
private enum RsyncGreeting {
    private static let beginning: [UInt8] = Array("@RSYNCD: ".utf8)

    static func probe(_ head: RawSpan) -> Probe {
        let answer = head.begins(with: Self.beginning)
        guard answer == .yes else { return answer }
        guard let digit = head.u8(at: 9) else { return .notYet }
        return digit.isDigit ? .yes : .no
    }

    @_lifetime(copy line)
    static func version(_ line: RawSpan) -> RawSpan? {
        guard Self.probe(line) == .yes else { return nil }
        var end = 9
        while let octet = line.u8(at: end), octet.isDigit || octet == 0x2E, end < 20 { end &+= 1 }
        guard line.u8(at: end) == nil || line.u8(at: end) == 0x20 else { return nil }
        return line.slice(from: 9, count: end &- 9)
    }
}
