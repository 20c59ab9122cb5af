import Observations
import Wire

// The Advanced Message Queuing Protocol: 0-8, 0-9 and 0-9-1 (amqp.org; RabbitMQ), and 1.0 with SASL (ISO/IEC 19464).
//
// Read: the version, product and version of the broker, the mechanism of the login and whether it was accepted, the change to
// TLS. Not read: names and passwords, virtual hosts, queues, addresses, container identifiers, messages.

final class AMQPDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.amqp

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        if first == UInt8(ascii: "A") {
            guard head.byteCount >= 8 else { return head.begins(with: Self.name) == .no ? .no : .notYet }
            return ProtocolHeader(head) == nil ? .no : .yes
        }
        // A method, header, body or heartbeat of 0-9-1, or a frame of 1.0.
        if first == 1 || first == 2 || first == 3 || first == 8, context.role != .client || !context.isStart { return Self.probeFrame(head, context) }
        if first == 0, !context.isStart { return Self.probeNewFrame(head) ? .yes : .no }
        return .no
    }

    private static let name = Array("AMQP".utf8)

    private static func probeFrame(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let length = head.u32(at: 3), let kind = head.u16(at: 7), let method = head.u16(at: 9) else {
            // DICOM and others begin with 1 as well: the channel of a connection is 0, and a length is short.
            return context.isStart && head.u16(at: 1) ?? 0 == 0 && head.u8(at: 3) ?? 0 == 0 && head.byteCount < 11 ? .notYet : .no
        }
        if context.isStart {
            // Connection.Start, the first frame of a broker.
            guard head.u8(at: 0) == 1, head.u16(at: 1) == 0, kind == 10, method == 10, (16...65536).contains(length) else { return .no }
            guard let major = head.u8(at: 11), let minor = head.u8(at: 12) else { return .notYet }
            return (major == 0 && (8...9).contains(minor)) || (major == 8 && minor == 0) ? .yes : .no
        }
        // In mid-stream a frame that ends with its mark where it says.
        let end = 7 &+ Int(length)
        guard length >= 4 || head.u8(at: 0) == 8, length < 0x20000, end < head.byteCount, head.u8(at: end) == 0xCE else { return .no }
        switch head.u8(at: 0) {
        case 1: return [10, 20, 30, 40, 50, 60, 85, 90].contains(kind) && method <= 120 ? .yes : .no
        case 8: return length == 0 && head.u16(at: 1) == 0 ? .yes : .no
        default: return context.isProved ? .yes : .no
        }
    }

    /// A frame of 1.0 in mid-stream: a described list whose code is a small number of a known performative.
    private static func probeNewFrame(_ head: RawSpan) -> Bool {
        guard let frame = NewFrame(head), let code = frame.code(head) else { return false }
        return frame.isSASL ? (0x40...0x44).contains(code) : (0x10...0x18).contains(code)
    }

    // MARK: State

    private static let frameLimit = 65536
    private static let messageLimit = 40

    private var isNew = false
    private var isTLSAsked = false
    private var mechanism: String?
    private var frames = 0

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= 8 else { return Consumption(0, .more(atLeast: 8)) }
        if bytes.u8(at: 0) == 0x16, self.isTLSAsked { return self.upgrade(0, context) }
        if bytes.u8(at: 0) == UInt8(ascii: "A") {
            guard let header = ProtocolHeader(bytes) else { return .failed }
            return self.header(header, side, &context)
        }
        self.frames &+= 1
        if self.frames > Self.messageLimit { return .finished }
        if self.isNew || bytes.u8(at: 0) == 0 { return self.newFrame(bytes, side, &context) }
        return self.method(bytes, side, &context)
    }

    private func header(_ header: ProtocolHeader, _ side: Side, _ context: inout DissectionContext) -> Consumption {
        // A broker of 0-9-1 only sends one to refuse that of the client.
        if header.layer == .tls {
            // Both sides say that TLS begins behind it.
            if self.isTLSAsked || context.role(of: side) == .server { return self.upgrade(8, context) }
            self.isTLSAsked = true
            return Consumption(8)
        }
        if !context.rolesAreSure { context.declare(side, is: .client) }
        self.isNew = header.isNew
        if header.isNew, context.role(of: side) == .server { context.record(.amqpVersion, "1.0", about: .server) }
        return Consumption(8)
    }

    private func upgrade(_ consumed: Int, _ context: DissectionContext) -> Consumption {
        context.record(.databaseEncryption, "used", about: .server)
        context.record(.serviceUpgraded, ApplicationProtocol.tls.rawValue, about: .server)
        return Consumption(consumed, .handOver)
    }

    // MARK: 0-9-1

    private func method(_ bytes: RawSpan, _ side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let type = bytes.u8(at: 0), let channel = bytes.u16(at: 1), let length = bytes.u32(at: 3), length <= 0x100_0000 else { return .failed }
        let end = 8 &+ Int(length)
        // Another channel than that of the connection: the login is over.
        guard type == 1, channel == 0 else { return type == 8 ? Consumption(7, .skip(end &- 7)) : .finished }
        guard end <= Self.frameLimit else { return .failed }
        guard bytes.byteCount >= end else { return Consumption(0, .more(atLeast: end)) }
        guard bytes.u8(at: end &- 1) == 0xCE else { return .failed }
        let body = bytes.slice(from: 11, count: Int(length) &- 4)
        guard bytes.u16(at: 7) == 10 else { return .finished }
        switch bytes.u16(at: 9) {
        case 10:
            context.declare(side, is: .server)
            self.start(body, context)
        case 11:
            context.declare(side, is: .client)
            self.startOK(body, context)
        case 30:
            context.declare(side, is: .server)
            self.accept(context)
        // Open-Ok, or the end.
        case 41:
            context.declare(side, is: .server)
            return .finished
        default: break
        }
        return Consumption(end)
    }

    /// Connection.Start: version, properties of the broker, mechanisms.
    private func start(_ body: RawSpan, _ context: DissectionContext) {
        guard let major = body.u8(at: 0), let minor = body.u8(at: 1), let length = body.u32(at: 2) else { return }
        context.record(.amqpVersion, major == 0 && minor == 9 ? "0-9-1" : "0-8", about: .server)
        guard length < 65536 else { return }
        let (product, version) = FieldTable.product(body.slice(from: 6, count: Int(length)))
        Self.record(product, version, context)
        let rest = body.slice(from: 6 &+ Int(length))
        guard let size = rest.u32(at: 0), size < 4096 else { return }
        if rest.slice(from: 4, count: Int(size)).firstRange(of: "ANONYMOUS") != nil { context.record(.databaseAuthentication, "amqp-anonymous", about: .server) }
    }

    /// Connection.Start-Ok: the mechanism that the client chose; the answer behind it holds name and password.
    private func startOK(_ body: RawSpan, _ context: DissectionContext) {
        guard let length = body.u32(at: 0), length < 65536, let size = body.u8(at: 4 &+ Int(length)) else { return }
        self.choose(body.slice(from: 5 &+ Int(length), count: Int(size)), context)
    }

    private func choose(_ mechanism: RawSpan, _ context: DissectionContext) {
        let name: String
        if mechanism.equals("PLAIN") || mechanism.equals("AMQPLAIN") {
            name = "amqp-plain"
            context.record(.loginClear, name, about: .server)
        } else if mechanism.equals("ANONYMOUS") {
            name = "amqp-anonymous"
        } else if mechanism.has("SCRAM-") {
            name = "amqp-scram"
        } else {
            name = mechanism.equals("EXTERNAL") ? "amqp-external" : "amqp-other"
        }
        self.mechanism = name
    }

    private func accept(_ context: DissectionContext) {
        context.record(.databaseEncryption, "clear", about: .server)
        guard let mechanism else { return }
        context.record(.databaseAuthentication, mechanism, about: .server)
        if mechanism == "amqp-plain" { context.record(.loginAccepted, mechanism, about: .server) }
        if mechanism == "amqp-anonymous" { context.record(.loginAnonymous, mechanism, about: .server) }
    }

    private static func record(_ product: [UInt8], _ version: [UInt8], _ context: DissectionContext) {
        guard !product.isEmpty else { return }
        let name = String(decoding: product, as: UTF8.self)
        let number = String(decoding: version, as: UTF8.self)
        context.record(.amqpProduct, number.isEmpty ? name : "\(name)/\(number)", about: .server)
    }

    // MARK: 1.0

    private func newFrame(_ bytes: RawSpan, _ side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let frame = NewFrame(bytes) else { return .failed }
        self.isNew = true
        guard frame.size <= Self.frameLimit else { return .finished }
        guard bytes.byteCount >= frame.size else { return Consumption(0, .more(atLeast: frame.size)) }
        guard let code = frame.code(bytes) else { return Consumption(frame.size) }
        let body = bytes.slice(from: 0, count: frame.size).slice(from: frame.offset &+ 3)
        switch (frame.isSASL, code) {
        case (true, 0x40):
            context.declare(side, is: .server)
            context.record(.amqpVersion, "1.0", about: .server)
        case (true, 0x41):
            context.declare(side, is: .client)
            if let mechanism = Described.firstSymbol(body) { self.choose(mechanism, context) }
        case (true, 0x44):
            context.declare(side, is: .server)
            if Described.firstIsZero(body) { self.accept(context) }
        case (false, 0x10) where context.role(of: side) == .server:
            context.record(.databaseEncryption, "clear", about: .server)
            context.record(.amqpVersion, "1.0", about: .server)
            // A broker that asks for no SASL at all.
            let (product, version) = Described.product(body)
            Self.record(product, version, context)
            return .finished
        case (false, 0x11...0x17): return .finished
        default: break
        }
        return Consumption(frame.size)
    }
}

/// `AMQP` and four octets: the version, or the layer and the version.
private struct ProtocolHeader {
    enum Layer { case amqp, tls, sasl }
    let layer: Layer
    let isNew: Bool

    init?(_ bytes: RawSpan) {
        guard bytes.has("AMQP"), let version = bytes.u32(at: 4) else { return nil }
        switch version {
        case 0x0001_0000: (self.layer, self.isNew) = (.amqp, true)
        case 0x0201_0000: (self.layer, self.isNew) = (.tls, true)
        case 0x0301_0000: (self.layer, self.isNew) = (.sasl, true)
        // 0-9-1; before it 1.1 and major and minor version.
        case 0x0000_0901, 0x0101_0800, 0x0101_0009, 0x0101_0900, 0x0101_000A, 0x0101_005B, 0x0100_0900: (self.layer, self.isNew) = (.amqp, false)
        default: return nil
        }
    }
}

/// Field tables of 0-9-1 (section 4.2.5.5, with the types that RabbitMQ uses).
private enum FieldTable {
    private static let fieldLimit = 64
    private static let textLimit = 48

    /// The fields `product` and `version`.
    static func product(_ table: RawSpan) -> ([UInt8], [UInt8]) {
        var product: [UInt8] = []
        var version: [UInt8] = []
        var reader = ByteReader(table)
        do throws(Truncated) {
            for _ in 0..<Self.fieldLimit where !reader.isEmpty {
                let name = try reader.take(Int(try reader.u8()))
                switch try reader.u8() {
                case UInt8(ascii: "S"), UInt8(ascii: "x"):
                    let text = try reader.take(Int(try reader.u32()))
                    if name.equals("product") { product = text.copied(limit: Self.textLimit) }
                    if name.equals("version") { version = text.copied(limit: Self.textLimit) }
                case UInt8(ascii: "F"), UInt8(ascii: "A"): try reader.skip(Int(try reader.u32()))
                case UInt8(ascii: "t"), UInt8(ascii: "b"), UInt8(ascii: "B"): try reader.skip(1)
                case UInt8(ascii: "s"), UInt8(ascii: "u"), UInt8(ascii: "U"): try reader.skip(2)
                case UInt8(ascii: "I"), UInt8(ascii: "i"), UInt8(ascii: "f"): try reader.skip(4)
                case UInt8(ascii: "l"), UInt8(ascii: "L"), UInt8(ascii: "d"), UInt8(ascii: "T"): try reader.skip(8)
                case UInt8(ascii: "D"): try reader.skip(5)
                case UInt8(ascii: "V"): break
                default: return (product, version)
                }
            }
        } catch {}
        return (product, version)
    }
}

/// The header of a frame of 1.0 (section 2.3.1).
private struct NewFrame {
    let size: Int
    /// Where the body begins.
    let offset: Int
    let isSASL: Bool

    init?(_ bytes: RawSpan) {
        guard let size = bytes.u32(at: 0), size >= 8, size <= 0x100_0000, let offset = bytes.u8(at: 4), offset >= 2, let type = bytes.u8(at: 5), type <= 1,
            Int(offset) &* 4 <= Int(size)
        else { return nil }
        self.size = Int(size)
        self.offset = Int(offset) &* 4
        self.isSASL = type == 1
    }

    /// The code of the performative: a described type with a small number, `00 53 nn`. `nil` for an empty frame.
    func code(_ bytes: RawSpan) -> UInt8? {
        guard self.size > self.offset &+ 3, bytes.u8(at: self.offset) == 0, bytes.u8(at: self.offset &+ 1) == 0x53 else { return nil }
        return bytes.u8(at: self.offset &+ 2)
    }
}

/// The lists of performatives (section 1.6), as far as they are read.
private enum Described {
    /// What is inside of a list.
    @_lifetime(copy list)
    private static func contents(_ list: RawSpan) -> RawSpan? {
        switch list.u8(at: 0) {
        case 0xC0: list.slice(from: 3)
        case 0xD0: list.slice(from: 9)
        default: nil
        }
    }

    @_lifetime(copy list)
    static func firstSymbol(_ list: RawSpan) -> RawSpan? {
        guard let contents = Self.contents(list), contents.u8(at: 0) == 0xA3, let length = contents.u8(at: 1) else { return nil }
        return contents.slice(from: 2, count: Int(length))
    }

    /// Whether the first element is the unsigned octet 0.
    static func firstIsZero(_ list: RawSpan) -> Bool {
        guard let contents = Self.contents(list) else { return false }
        return contents.u8(at: 0) == 0x50 && contents.u8(at: 1) == 0
    }

    /// `product` and `version` in the properties of `open`: symbols, each with a text behind it.
    static func product(_ list: RawSpan) -> ([UInt8], [UInt8]) {
        func text(_ key: StaticString, _ length: Int) -> [UInt8] {
            guard let start = list.firstRange(of: key), list.u8(at: start &+ length) == 0xA1, let size = list.u8(at: start &+ length &+ 1), size <= 48 else { return [] }
            return list.slice(from: start &+ length &+ 2, count: Int(size)).copied()
        }
        return (text("\u{7}product", 8), text("\u{7}version", 8))
    }
}
