import Observations
import Wire

// SOCKS proxies: version 5 (RFC 1928) with passwords (RFC 1929), version 4 and its extension 4A (ftp.openssh.com/pub/mirrors/socks/socks4.protocol
// and socks4a.protocol).
//
// Read: the version, the method of authentication that the server chose, whether it granted a request. Names, passwords and where the
// client wants to go are not kept. What follows a granted request is another protocol's.

final class SOCKSDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.socks

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        guard context.isStart, first == 4 || first == 5 || first == 0 else { return .no }
        switch (first, context.role) {
        case (5, .server): return Self.probeAnswer5(head)
        case (5, .client): return Self.probeGreeting(head)
        case (5, nil):
            let greeting = Self.probeGreeting(head)
            return greeting == .no ? Self.probeAnswer5(head) : greeting
        case (4, .client), (4, nil): return Self.probeRequest4(head)
        // An answer of version 4 is too weak alone: it is waited for whether the other side tells.
        case (0, .server), (0, nil):
            guard let code = head.u8(at: 1) else { return .notYet }
            return (0x5A...0x5D).contains(code) && head.byteCount < 8 ? .notYet : .no
        default: return .no
        }
    }

    /// The number of methods and the methods, and then nothing before the server has chosen, or the request at once.
    private static func probeGreeting(_ head: RawSpan) -> Probe {
        guard let count = head.u8(at: 1).map({ Int($0) }) else { return .notYet }
        guard count >= 1, count <= 10 else { return .no }
        for index in 0..<count {
            guard let method = head.u8(at: 2 &+ index) else { return .notYet }
            // Assigned (IANA "SOCKS Methods") or private.
            guard method <= 9 || method >= 0x80 && method != 0xFF else { return .no }
            guard head.slice(from: 2, count: index).firstIndex(of: method) == nil else { return .no }
        }
        guard let next = head.u8(at: 2 &+ count) else { return .yes }
        // A client that does not wait: a request, or a password.
        return next == 5 && (1...3).contains(head.u8(at: 3 &+ count) ?? 1) || next == 1 && count >= 1 && head.u8(at: 3 &+ count) ?? 1 > 0 ? .yes : .no
    }

    /// The choice of a method, then an answer.
    private static func probeAnswer5(_ head: RawSpan) -> Probe {
        guard let method = head.u8(at: 1) else { return .notYet }
        var offset = 2
        switch method {
        case 0: break
        case 2:
            guard head.u8(at: 2) ?? 1 == 1, head.u8(at: 3) ?? 0 == 0 else { return .no }
            offset = 4
        case 0xFF: return head.byteCount > 2 ? .no : .notYet
        default: return .no
        }
        guard head.u8(at: offset) ?? 5 == 5, head.u8(at: offset &+ 1) ?? 0 <= 8, head.u8(at: offset &+ 2) ?? 0 == 0 else { return .no }
        guard let kind = head.u8(at: offset &+ 3) else { return .notYet }
        return kind == 1 || kind == 3 || kind == 4 ? .yes : .no
    }

    /// Command, port, address, and a user name that ends with the request, or in 4A a host name behind it.
    private static func probeRequest4(_ head: RawSpan) -> Probe {
        guard let command = head.u8(at: 1) else { return .notYet }
        guard command == 1 || command == 2 else { return .no }
        guard let port = head.u16(at: 2), let address = head.u32(at: 4) else { return .notYet }
        guard port != 0, address &>> 28 < 0xE, address &>> 24 != 0 || SOCKSRequest.isNamed(address) else { return .no }
        guard let end = SOCKSRequest.end4(head, address) else { return head.byteCount < 300 && SOCKSRequest.isText(head, from: 8) ? .notYet : .no }
        return end == head.byteCount ? .yes : .no
    }

    // MARK: State

    private enum Phase { case greeting, credentials, request, tunnel }
    private var client = Phase.greeting
    private var server = Phase.greeting
    /// What the server chose, or for version 4 that it does not ask.
    private var method: UInt8?
    private var command: UInt8 = 1
    private var isVersion4 = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if self.client == .greeting, self.server == .greeting { self.settleRoles(bytes, side, &context) }
        return context.role(of: side) == .client ? self.consumeClient(bytes, context) : self.consumeServer(bytes, context)
    }

    /// Where no handshake told: an answer is no greeting.
    private func settleRoles(_ bytes: RawSpan, _ side: Side, _ context: inout DissectionContext) {
        guard !context.rolesAreSure else { return }
        let isClient = bytes.u8(at: 0) == 4 || Self.probeGreeting(bytes) != .no
        context.declare(side, is: isClient ? .client : .server)
    }

    private func consumeClient(_ bytes: RawSpan, _ context: DissectionContext) -> Consumption {
        switch self.client {
        case .greeting:
            guard let version = bytes.u8(at: 0) else { return Consumption(0) }
            if version == 4 {
                guard let address = bytes.u32(at: 4) else { return Consumption(0, .more(atLeast: 9)) }
                guard let end = SOCKSRequest.end4(bytes, address) else {
                    return bytes.byteCount < 600 ? Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) : .failed
                }
                self.isVersion4 = true
                self.command = bytes.u8(at: 1) ?? 1
                self.client = .tunnel
                return Consumption(end)
            }
            guard version == 5 else { return .failed }
            guard let count = bytes.u8(at: 1) else { return Consumption(0, .more(atLeast: 2)) }
            guard bytes.byteCount >= 2 &+ Int(count) else { return Consumption(0, .more(atLeast: 2 &+ Int(count))) }
            self.client = .request
            return Consumption(2 &+ Int(count))
        case .credentials, .request:
            guard let version = bytes.u8(at: 0) else { return Consumption(0) }
            if version == 1 {
                guard let name = bytes.u8(at: 1) else { return Consumption(0, .more(atLeast: 2)) }
                guard let password = bytes.u8(at: 2 &+ Int(name)) else { return Consumption(0, .more(atLeast: 3 &+ Int(name))) }
                let end = 3 &+ Int(name) &+ Int(password)
                guard bytes.byteCount >= end else { return Consumption(0, .more(atLeast: end)) }
                context.record(.loginClear, "socks-password", about: .server)
                return Consumption(end)
            }
            // Anything else is a negotiation that is not read (GSSAPI, RFC 1961).
            guard version == 5 else { return .finished }
            guard let end = SOCKSRequest.end5(bytes) else { return Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) }
            self.command = bytes.u8(at: 1) ?? 1
            self.client = .tunnel
            return Consumption(end)
        case .tunnel:
            // The answer was not seen; what the client sends now is inside.
            return self.command == 1 ? Consumption(0, .handOver) : .finished
        }
    }

    private func consumeServer(_ bytes: RawSpan, _ context: DissectionContext) -> Consumption {
        switch self.server {
        case .greeting:
            guard let version = bytes.u8(at: 0), let method = bytes.u8(at: 1) else { return Consumption(0, .more(atLeast: 2)) }
            if version == 0 {
                guard bytes.byteCount >= 8 else { return Consumption(0, .more(atLeast: 8)) }
                context.record(.socksVersion, "4", about: .server)
                guard method == 0x5A else { return .finished }
                // Who asks is only asked for a name, which nobody checks.
                context.record(.socksGranted, "none", about: .server)
                return self.command == 1 ? Consumption(8, .handOver) : .finished
            }
            guard version == 5, !self.isVersion4 else { return .failed }
            context.record(.socksVersion, "5", about: .server)
            context.record(.socksMethod, Self.name(method), about: .server)
            self.method = method
            guard method == 0 || method == 2 else { return .finished }
            self.server = method == 2 ? .credentials : .request
            return Consumption(2)
        case .credentials:
            guard let status = bytes.u8(at: 1) else { return Consumption(0, .more(atLeast: 2)) }
            guard status == 0 else { return .finished }
            context.record(.loginAccepted, "socks-password", about: .server)
            self.server = .request
            return Consumption(2)
        case .request:
            guard let reply = bytes.u8(at: 1) else { return Consumption(0, .more(atLeast: 2)) }
            guard bytes.u8(at: 0) == 5 else { return .failed }
            guard let end = SOCKSRequest.end5(bytes) else { return Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) }
            guard reply == 0 else { return .finished }
            if let method = self.method { context.record(.socksGranted, Self.name(method), about: .server) }
            return self.command == 1 ? Consumption(end, .handOver) : .finished
        case .tunnel: return .finished
        }
    }

    private static func name(_ method: UInt8) -> String {
        switch method {
        case 0: "none"
        case 1: "gssapi"
        case 2: "password"
        case 0xFF: "refused"
        default: "method-\(method)"
        }
    }
}

private enum SOCKSRequest {
    /// Where a request or an answer of version 5 ends (RFC 1928 sections 4 and 6); `nil` where that is not there yet.
    static func end5(_ bytes: RawSpan) -> Int? {
        guard let kind = bytes.u8(at: 3), let length = bytes.u8(at: 4) else { return nil }
        let end = 6 &+ (kind == 1 ? 4 : kind == 4 ? 16 : Int(length) &+ 1)
        return end <= bytes.byteCount ? end : nil
    }

    /// 0.0.0.x with another x than 0: a name follows (version 4A).
    static func isNamed(_ address: UInt32) -> Bool { address &>> 8 == 0 && address != 0 }

    static func end4(_ bytes: RawSpan, _ address: UInt32) -> Int? {
        guard let user = bytes.firstIndex(of: 0, from: 8), Self.isText(bytes.slice(from: 0, count: user), from: 8) else { return nil }
        guard Self.isNamed(address) else { return user &+ 1 }
        guard let name = bytes.firstIndex(of: 0, from: user &+ 1), name > user &+ 1, Self.isText(bytes.slice(from: 0, count: name), from: user &+ 1) else { return nil }
        return name &+ 1
    }

    /// Printable ASCII, with a zero between two names.
    static func isText(_ bytes: RawSpan, from start: Int) -> Bool {
        var offset = start
        while let byte = bytes.u8(at: offset) {
            guard byte >= 0x20 && byte < 0x7F || byte == 0 && start == 8 else { return false }
            offset &+= 1
        }
        return true
    }
}
