import Observations
import Wire

// Niagara Fox, the protocol between stations and workbenches of building management, on TCP port 1911 (4911 inside TLS). Its maker
// did not publish it; as Nmap's fox-info script and recordings show it: lines of text, a message in braces, `;;` at its end.
//
// Read: what both ends say of themselves in the greeting, and by which method the client logs in. Users and secrets are stepped over.

final class FoxDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.fox

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        let count = min(head.byteCount, 6)
        for (index, letter) in "fox a ".utf8.enumerated() where index < count && head.u8(at: index) != letter { return .no }
        guard let end = head.firstIndex(of: 0x0A, before: 64) else { return head.byteCount < 64 ? .notYet : .no }
        let line = head.slice(from: 0, count: end)
        guard line.firstRange(of: " fox ") != nil || !context.isStart else { return .no }
        guard let brace = head.u8(at: end &+ 1) else { return .notYet }
        return brace == 0x7B ? .yes : .no
    }

    private var messages = 0
    private static let messageLimit = 32
    private static let sizeLimit = 16384

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        // Line ends and blanks between messages.
        var start = 0
        while let octet = bytes.u8(at: start), octet <= 0x20 { start &+= 1 }
        if start > 0 { return Consumption(start) }
        guard bytes.u8(at: 0) == 0x66 || bytes.isEmpty else { return .failed }
        guard let end = bytes.firstRange(of: "};;") else {
            return bytes.byteCount > Self.sizeLimit ? .finished : Consumption(0, .more(atLeast: bytes.byteCount &+ 1))
        }
        guard let lineEnd = bytes.firstIndex(of: 0x0A, before: end) else { return .failed }
        let line = bytes.slice(from: 0, count: lineEnd)
        let body = bytes.slice(from: lineEnd &+ 1, count: end &- lineEnd &- 1)
        if line.firstRange(of: " fox hello") != nil {
            // The first to greet asks for no reply to a number: -1.
            context.declare(side, is: line.has("fox a 1 -1 ") ? .client : .server)
            self.recordGreeting(body, context.party(side), &context)
        } else if line.firstRange(of: " fox challenge") != nil {
            Self.recordMethod(body, &context)
        } else if line.firstRange(of: " fox login") != nil || line.firstRange(of: " fox authenticate") != nil {
            Self.recordMethod(body, &context)
        } else if line.firstRange(of: " fox welcome") != nil {
            return .finished
        }
        self.messages &+= 1
        return self.messages >= Self.messageLimit ? .finished : Consumption(end &+ 3)
    }

    private func recordGreeting(_ body: RawSpan, _ party: Party, _ context: inout DissectionContext) {
        let fields = FoxFields(body)
        if let host = fields.text("hostName"), IPAddress(host) == nil { context.record(.foxHost, host, about: party) }
        context.record(.foxStation, fields.text("station.name") ?? "", about: party)
        context.record(.foxVersion, fields.text("fox.version") ?? "", about: party)
        context.record(.foxApplication, fields.joined("app.name", "app.version"), about: party)
        context.record(.foxSystem, fields.joined("os.name", "os.version"), about: party)
        context.record(.foxMachine, fields.joined("vm.name", "vm.version"), about: party)
        context.record(.foxBrand, fields.text("brandId") ?? "", about: party)
        context.record(.foxHostID, fields.text("hostId") ?? "", about: party)
    }

    private static func recordMethod(_ body: RawSpan, _ context: inout DissectionContext) {
        let fields = FoxFields(body)
        guard let method = fields.text("method") ?? fields.text("scheme"), method.utf8.count <= 24,
            method.utf8.allSatisfy({ $0.isLetter || $0.isDigit || $0 == 0x2D })
        else { return }
        context.record(.foxLogin, method.lowercased(), about: .server)
    }
}

/// The lines of a message: `name=s:value`, where the letter is the kind of the value.
private struct FoxFields {
    private static let limit = 64
    private var values: [(name: String, value: String)] = []

    init(_ body: RawSpan) {
        var offset = 0
        while self.values.count < Self.limit, let end = body.firstIndex(of: 0x0A, from: offset) {
            let line = body.slice(from: offset, count: end &- offset)
            offset = end &+ 1
            guard let sign = line.firstIndex(of: 0x3D), sign < 32, line.u8(at: sign &+ 1) == 0x73, line.u8(at: sign &+ 2) == 0x3A else { continue }
            self.values.append((PrintableText.make(line.slice(from: 0, count: sign)), PrintableText.make(line.slice(from: sign &+ 3).trimmed)))
        }
    }

    func text(_ name: String) -> String? { self.values.first { $0.name == name }?.value }
    func joined(_ name: String, _ version: String) -> String {
        [self.text(name), self.text(version)].compactMap(\.self).joined(separator: " ")
    }
}
