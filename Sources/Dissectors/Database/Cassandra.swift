import Observations
import Wire

// The native protocol of Cassandra and ScyllaDB, versions 1 to 5 ("CQL Binary Protocol").
//
// Read: versions, the authenticator that the server asks for, whether it lets clients in without one. Not read: names,
// passwords, statements, rows.

final class CassandraDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.cassandra

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        guard (1...5).contains(first & 0x7F) else { return .no }
        let isServer = first & 0x80 != 0
        if context.role == (isServer ? .client : .server) { return .no }
        guard head.u8(at: 1) ?? 0 <= 0x1F else { return .no }
        guard let frame = Frame(head) else { return head.byteCount < 9 ? (context.isStart ? .notYet : .no) : .no }
        let body = head.slice(from: frame.headerLength)
        switch frame.operation {
        // A map of options; CQL_VERSION has to be among them.
        case .startup:
            guard !isServer, frame.length >= 20, frame.length <= 1024 else { return .no }
            guard body.byteCount >= frame.length else { return context.isStart ? .notYet : .no }
            return body.slice(from: 0, count: frame.length).firstRange(of: "\u{0}\u{B}CQL_VERSION") != nil ? .yes : .no
        case .supported:
            guard isServer, frame.length >= 20, frame.length <= 4096 else { return .no }
            guard body.byteCount >= min(frame.length, 1024) else { return context.isStart ? .notYet : .no }
            return body.slice(from: 0, count: frame.length).firstRange(of: "\u{0}\u{B}CQL_VERSION") != nil ? .yes : .no
        case .authenticate:
            guard isServer, frame.length >= 8, frame.length <= 300 else { return .no }
            guard let name = body.u16(at: 0) else { return context.isStart ? .notYet : .no }
            return Int(name) &+ 2 == frame.length && body.slice(from: 2, count: Int(name)).isText ? .yes : .no
        // Too little to tell by itself: what comes next decides.
        case .options:
            guard !isServer, frame.length == 0, context.isStart else { return context.isProved ? .yes : .no }
            if head.byteCount == frame.headerLength { return .notYet }
            return Self.probe(body, context)
        case .ready, .error: return isServer && (context.isStart && head.byteCount < 24 || context.isProved) ? context.isProved ? .yes : .notYet : .no
        case .query, .result, .prepare, .execute, .register, .event, .batch, .authChallenge, .authResponse, .authSuccess, .credentials:
            return context.isProved && frame.length &+ frame.headerLength == head.byteCount ? .yes : .no
        }
    }

    // MARK: State

    private static let bodyLimit = 4096
    private static let frameLimit = 60
    private var frames = 0
    private var isStarted = false
    private var isAsked = false
    private var isPasswordAsked = false
    private var isPasswordSent = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= 9 else {
            // Frames of the versions 1 and 2 have 8 octets of header.
            guard let first = bytes.u8(at: 0), first & 0x7F <= 2, bytes.byteCount >= 8 else { return Consumption(0, .more(atLeast: bytes.byteCount < 8 ? 8 : 9)) }
            return self.frame(bytes, side, &context)
        }
        return self.frame(bytes, side, &context)
    }

    private func frame(_ bytes: RawSpan, _ side: Side, _ context: inout DissectionContext) -> Consumption {
        // From the answer to STARTUP on version 5 has other frames.
        guard let frame = Frame(bytes) else { return self.isStarted ? .finished : .failed }
        context.declare(side, is: frame.isAnswer ? .server : .client)
        self.frames &+= 1
        if self.frames > Self.frameLimit { return .finished }
        guard frame.operation == .supported || frame.operation == .authenticate else {
            self.note(frame, context)
            if frame.operation == .ready || frame.operation == .authSuccess || frame.operation == .result { return .finished }
            return Consumption(frame.headerLength, .skip(frame.length))
        }
        guard frame.length <= Self.bodyLimit else { return .failed }
        let end = frame.headerLength &+ frame.length
        guard bytes.byteCount >= end else { return Consumption(0, .more(atLeast: end)) }
        let body = bytes.slice(from: frame.headerLength, count: frame.length)
        if frame.operation == .supported { self.supported(body, context) } else { self.authenticate(body, frame, context) }
        return Consumption(end)
    }

    private func note(_ frame: Frame, _ context: DissectionContext) {
        switch frame.operation {
        case .startup: self.isStarted = true
        case .ready:
            context.record(.cassandraVersion, "protocol \(frame.version)", about: .server)
            context.record(.databaseEncryption, "clear", about: .server)
            if self.isStarted, !self.isAsked { context.record(.loginAnonymous, "cassandra", about: .server) }
        case .authResponse, .credentials:
            if self.isPasswordAsked {
                self.isPasswordSent = true
                context.record(.loginClear, "cassandra", about: .server)
            }
        case .authSuccess:
            context.record(.databaseEncryption, "clear", about: .server)
            if self.isPasswordSent { context.record(.loginAccepted, "cassandra", about: .server) }
        case .result, .query: context.record(.databaseEncryption, "clear", about: .server)
        default: break
        }
    }

    /// A map from names to lists of texts.
    private func supported(_ body: RawSpan, _ context: DissectionContext) {
        var reader = ByteReader(body)
        do throws(Truncated) {
            let options = try reader.u16()
            let optionCount = min(Int(options), 32)
            for _ in 0..<optionCount {
                let name = try reader.take(Int(try reader.u16()))
                let values = try reader.u16()
                let valueCount = min(Int(values), 32)
                for _ in 0..<valueCount {
                    let value = try reader.take(Int(try reader.u16()))
                    if name.equals("CQL_VERSION"), value.byteCount <= 16 {
                        context.record(.cassandraVersion, "CQL " + String(decoding: value.copied(), as: UTF8.self), about: .server)
                    }
                }
            }
        } catch {}
    }

    private func authenticate(_ body: RawSpan, _ frame: Frame, _ context: DissectionContext) {
        self.isAsked = true
        let name = body.slice(from: 2)
        // The class of the authenticator; SASL PLAIN with the usual one.
        self.isPasswordAsked = name.firstRange(of: "PasswordAuthenticator") != nil
        context.record(.cassandraVersion, "protocol \(frame.version)", about: .server)
        context.record(.databaseAuthentication, self.isPasswordAsked ? "cassandra-password" : "cassandra-other", about: .server)
    }

    func lost(_ count: Int, from side: Side) { self.isAsked = true }
}

/// The header of a frame: version, flags, stream, operation, length.
private struct Frame {
    enum Operation: UInt8 {
        case error = 0x00
        case startup = 0x01
        case ready = 0x02
        case authenticate = 0x03
        case credentials = 0x04
        case options = 0x05
        case supported = 0x06
        case query = 0x07
        case result = 0x08
        case prepare = 0x09
        case execute = 0x0A
        case register = 0x0B
        case event = 0x0C
        case batch = 0x0D
        case authChallenge = 0x0E
        case authResponse = 0x0F
        case authSuccess = 0x10
    }

    let version: UInt8
    let isAnswer: Bool
    let operation: Operation
    let length: Int
    /// Eight octets up to version 2, whose streams have one.
    let headerLength: Int

    init?(_ bytes: RawSpan) {
        guard let first = bytes.u8(at: 0), (1...5).contains(first & 0x7F) else { return nil }
        self.version = first & 0x7F
        self.isAnswer = first & 0x80 != 0
        self.headerLength = self.version <= 2 ? 8 : 9
        guard let operation = bytes.u8(at: self.headerLength &- 5).flatMap({ Operation(rawValue: $0) }), let length = bytes.u32(at: self.headerLength &- 4),
            length <= 0x1000_0000
        else { return nil }
        self.operation = operation
        self.length = Int(length)
    }
}
