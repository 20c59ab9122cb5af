import Observations
import Wire

// MQTT 3.1 (IBM and Eurotech), 3.1.1 and 5 (OASIS).
//
// Read: the version, whether a name or a password is sent, whether the broker accepted a client with or without one, and the version
// that the broker publishes of itself. Not read: client identifiers, names, passwords, wills, topics but `$SYS/broker/version`,
// messages.

final class MQTTDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.mqtt

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        guard context.isStart else { return Self.isInMiddle(head, context) ? .yes : .no }
        switch first {
        case 0x10: return context.role == .server ? .no : Self.probeConnect(head)
        case 0x20: return context.role == .client ? .no : Self.probeAccept(head)
        default: return .no
        }
    }

    /// CONNECT: its length, the name of the protocol and the version.
    private static func probeConnect(_ head: RawSpan) -> Probe {
        guard let packet = Packet(head) else { return head.byteCount < 5 ? .notYet : .no }
        guard packet.length >= 10, packet.length <= 1_048_576 else { return .no }
        let body = head.slice(from: packet.headerLength)
        guard body.u8(at: 0) ?? 0 == 0 else { return .no }
        if let length = body.u8(at: 1), length != 4, length != 6 { return .no }
        guard let version = Version(body) else { return body.byteCount < 9 ? .notYet : .no }
        return version == .unknown ? .no : .yes
    }

    /// CONNACK, and the packet behind it, as four octets alone prove little.
    private static func probeAccept(_ head: RawSpan) -> Probe {
        guard let packet = Packet(head) else { return head.byteCount < 3 ? .notYet : .no }
        guard (2...127).contains(packet.length) else { return .no }
        guard head.u8(at: packet.headerLength) ?? 0 <= 1, let code = head.u8(at: packet.headerLength &+ 1) else { return head.byteCount < 4 ? .notYet : .no }
        // Version 5 has properties behind the code.
        if packet.length == 2 { if code > 5 { return .no } } else if code != 0 && code < 0x80 || !Self.hasProperties(head, packet) { return .no }
        let rest = head.slice(from: packet.headerLength &+ packet.length)
        guard rest.byteCount >= 2 else { return .notYet }
        return Self.isPlausible(rest) ? .yes : .no
    }

    /// Whether the properties of a CONNACK of version 5 reach to its end, as far as they are there.
    private static func hasProperties(_ head: RawSpan, _ packet: Packet) -> Bool {
        guard let length = head.u8(at: 4) else { return true }
        return Int(length) &+ 3 == packet.length
    }

    /// Whether a packet that a broker sends after CONNACK is there, and whole.
    private static func isPlausible(_ rest: RawSpan) -> Bool {
        guard let packet = Packet(rest), let first = rest.u8(at: 0) else { return false }
        switch first &>> 4 {
        case 3: return packet.length >= 4 && (first & 0x06) != 0x06
        case 4...7: return (2...64).contains(packet.length)
        case 9, 11: return first & 0xF == 0 && (2...1024).contains(packet.length)
        case 13: return first == 0xD0 && packet.length == 0
        default: return false
        }
    }

    /// A segment in mid-stream: PUBLISH with a topic, exactly to its end. Pings are too short to tell by themselves.
    private static func isInMiddle(_ head: RawSpan, _ context: ProbeContext) -> Bool {
        guard let packet = Packet(head), let first = head.u8(at: 0) else { return false }
        if first == 0x10 { return Self.probeConnect(head) == .yes }
        let end = packet.headerLength &+ packet.length
        if context.isProved { return Self.isPlausible(head) || (first == 0xC0 && packet.length == 0) || (first == 0x82 && end == head.byteCount) || first == 0x20 && packet.length < 128 }
        guard first &>> 4 == 3, first & 0x06 != 0x06, end == head.byteCount, let length = head.u16(at: packet.headerLength) else { return false }
        let topic = head.slice(from: packet.headerLength &+ 2, count: Int(length))
        guard length >= 3, Int(length) &+ 2 < packet.length, topic.byteCount == Int(length), topic.firstIndex(of: 0x2F) != nil else { return false }
        var offset = 0
        while let byte = topic.u8(at: offset) {
            guard byte > 0x20, byte < 0x7F, byte != 0x23, byte != 0x2B else { return false }
            offset &+= 1
        }
        return true
    }

    // MARK: State

    /// After so many packets of a broker nothing new is to be expected.
    private static let packetLimit = 60
    private static let readLimit = 4096
    private static let broker = "$SYS/broker/version".utf8.count

    private var version: Version?
    /// Whether CONNECT was seen, and what it held.
    private var login: (isSeen: Bool, hasName: Bool, hasMethod: Bool) = (false, false, false)
    private var packets = 0

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let packet = Packet(bytes) else { return bytes.byteCount < 5 ? Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) : .failed }
        guard let first = bytes.u8(at: 0) else { return Consumption(0) }
        let end = packet.headerLength &+ packet.length
        switch first &>> 4 {
        case 1:
            let wanted = min(end, Self.readLimit)
            guard bytes.byteCount >= wanted else { return Consumption(0, .more(atLeast: wanted)) }
            context.declare(side, is: .client)
            self.readConnect(bytes.slice(from: packet.headerLength, count: packet.length), context)
            return Consumption(wanted, .skip(end &- wanted))
        case 2:
            guard packet.length <= Self.readLimit else { return .failed }
            guard bytes.byteCount >= end else { return Consumption(0, .more(atLeast: end)) }
            context.declare(side, is: .server)
            self.accept(bytes.slice(from: packet.headerLength, count: packet.length), context)
            return Consumption(end)
        case 3:
            let wanted = min(end, packet.headerLength &+ 2 &+ Self.broker &+ 80)
            guard bytes.byteCount >= wanted else { return Consumption(0, .more(atLeast: wanted)) }
            self.count()
            self.publish(bytes.slice(from: packet.headerLength, count: wanted &- packet.headerLength), qos: first &>> 1 & 3, context)
        case 9, 11, 13:
            context.declare(side, is: .server)
            self.count()
        case 8, 10, 12, 14: context.declare(side, is: .client)
        case 4...7, 15: self.count()
        default: return .failed
        }
        if self.packets > Self.packetLimit { return .finished }
        let taken = min(end, bytes.byteCount)
        return Consumption(taken, end > taken ? .skip(end &- taken) : .more(atLeast: 1))
    }

    private func count() { self.packets &+= 1 }

    private func readConnect(_ body: RawSpan, _ context: DissectionContext) {
        guard let version = Version(body), version != .unknown else { return }
        let flags = body.u8(at: version == .v31 ? 9 : 7) ?? 0
        self.version = version
        self.login = (true, flags & 0xC0 != 0, version == .v5 && Properties.hasMethod(body.slice(from: 10)))
        // The version is the client's choice; what the broker accepts is noted of it.
        context.record(.mqttVersion, version.rawValue, about: .client)
        if flags & 0xC0 != 0 { context.record(.loginClear, "mqtt", about: .server) }
    }

    private func accept(_ body: RawSpan, _ context: DissectionContext) {
        guard let code = body.u8(at: 1) else { return }
        switch code {
        case 0:
            context.record(.databaseEncryption, "clear", about: .server)
            if let version { context.record(.mqttVersion, version.rawValue, about: .server) }
            guard self.login.isSeen, !self.login.hasMethod else { return }
            context.record(self.login.hasName ? .loginAccepted : .loginAnonymous, "mqtt", about: .server)
        // Bad name or password, not authorised.
        case 4, 5, 0x86, 0x87: context.record(.databaseAuthentication, "mqtt-password", about: .server)
        default: break
        }
    }

    private func publish(_ body: RawSpan, qos: UInt8, _ context: DissectionContext) {
        guard Int(body.u16(at: 0) ?? 0) == Self.broker, body.has("$SYS/broker/version", at: 2) else { return }
        var offset = 2 &+ Self.broker &+ (qos > 0 ? 2 : 0)
        if self.version == .v5 { offset &+= 1 &+ Int(body.u8(at: offset) ?? 0) }
        context.record(.mqttBroker, body.slice(from: offset, count: 64).trimmed, about: .server)
    }
}

/// The fixed header: a type with flags, and the remaining length in one to four octets (MQTT 3.1.1 section 2.2).
private struct Packet {
    let length: Int
    let headerLength: Int

    init?(_ bytes: RawSpan) {
        var length = 0
        var offset = 1
        while offset <= 4 {
            guard let byte = bytes.u8(at: offset) else { return nil }
            length |= Int(byte & 0x7F) &<< (7 &* (offset &- 1))
            offset &+= 1
            if byte < 0x80 {
                self.length = length
                self.headerLength = offset
                return
            }
        }
        return nil
    }
}

private enum Version: String {
    case v31 = "3.1"
    case v311 = "3.1.1"
    case v5 = "5"
    case unknown

    /// The name and level of the protocol; bridges set the highest bit of the level. `nil` where they are not all there.
    init?(_ body: RawSpan) {
        guard body.u8(at: 0) != nil else { return nil }
        if body.has("\u{0}\u{4}MQTT") {
            guard let level = body.u8(at: 6) else { return nil }
            self = level & 0x7F == 4 ? .v311 : level & 0x7F == 5 ? .v5 : .unknown
        } else if body.has("\u{0}\u{6}MQIsdp") {
            guard let level = body.u8(at: 8) else { return nil }
            self = level & 0x7F == 3 ? .v31 : .unknown
        } else {
            guard body.byteCount >= 8 else { return nil }
            self = .unknown
        }
    }
}

private enum Properties {
    /// Whether the properties of CONNECT (MQTT 5 section 3.1.2.11) name an authentication method.
    static func hasMethod(_ bytes: RawSpan) -> Bool {
        guard let length = bytes.u8(at: 0), length < 0x80 else { return true }
        var reader = ByteReader(bytes.slice(from: 1, count: Int(length)))
        do throws(Truncated) {
            while !reader.isEmpty {
                switch try reader.u8() {
                case 0x15: return true
                case 0x11, 0x27: try reader.skip(4)
                case 0x21, 0x22: try reader.skip(2)
                case 0x17, 0x19: try reader.skip(1)
                case 0x16: try reader.skip(Int(try reader.u16()))
                case 0x26:
                    try reader.skip(Int(try reader.u16()))
                    try reader.skip(Int(try reader.u16()))
                default: return true
                }
            }
        } catch { return true }
        return false
    }
}
