import Observations
import Wire

// The wire protocol of MongoDB and of servers that speak it (MongoDB Manual, "MongoDB Wire Protocol"; bsonspec.org).
//
// Read: the names of commands, the mechanism of a login, whether commands on data are answered without one, the version where
// buildInfo or hello tell. Not read: names of databases, collections and users, filters, documents.

final class MongoDBDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.mongodb

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        // A length below 2^26 and not 0, and the operation: 1, 2004, 2012 or 2013.
        guard head.u8(at: 3) ?? 0 <= 3, head.u16(at: 14) ?? 0 == 0 else { return .no }
        guard let header = Header(head) else { return head.byteCount < Header.size ? (context.isStart ? .notYet : .no) : .no }
        let open: Probe = context.isStart ? .notYet : .no
        switch header.operation {
        case .message:
            guard let flags = head.u32le(at: 16), let kind = head.u8(at: 20), let length = head.u32le(at: 21) else { return open }
            guard flags & 0xFFFE_FFFC == 0, kind <= 1, length >= 5, Int(length) &+ 21 <= header.length else { return .no }
            guard kind == 0 else { return context.isProved ? .yes : .no }
            guard let type = head.u8(at: 25), let letter = head.u8(at: 26) else { return open }
            return BSON.isType(type) && (letter.isLetter || letter == 0x5F || letter == 0x24) ? .yes : .no
        case .query:
            guard context.role != .server else { return .no }
            guard let flags = head.u32le(at: 16), head.byteCount >= 32 else { return open }
            guard flags & 0xFFFF_FF01 == 0, let end = head.firstIndex(of: 0, from: 20, before: 148), let dot = head.firstIndex(of: 0x2E, from: 20) else { return .no }
            return dot < end && dot > 20 && head.slice(from: 20, count: end &- 20).isText ? .yes : .no
        case .reply:
            guard context.role != .client else { return .no }
            guard let flags = head.u32le(at: 16), let documents = head.u32le(at: 32), head.byteCount >= 41 else { return open }
            guard flags <= 15, documents <= 100_000, let length = head.u32le(at: 36) else { return .no }
            return documents == 0 || (length >= 5 && Int(length) &+ 36 <= header.length) ? .yes : .no
        case .compressed:
            guard let original = head.u32le(at: 16), let size = head.u32le(at: 20), let compressor = head.u8(at: 24) else { return open }
            return [1, 2004, 2013].contains(original) && size < 0x300_0000 && compressor <= 3 ? .yes : .no
        }
    }

    // MARK: State

    private enum Command { case hello, buildInfo, login, loginGoesOn, data, other }

    /// How much of a message is read: commands name themselves first.
    private static let readLimit = 8192
    private static let questionLimit = 64
    private static let messageLimit = 200

    private var questions: [(id: UInt32, command: Command)] = []
    private var messages = 0
    private var isWhole: Bool?
    private var isLoggedIn = false
    private var isLoginClear = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= Header.size else { return Consumption(0, .more(atLeast: Header.size)) }
        guard let header = Header(bytes) else { return .failed }
        if self.isWhole == nil { self.isWhole = context.rolesAreSure }
        let wanted = min(header.length, Self.readLimit)
        guard bytes.byteCount >= wanted else { return Consumption(0, .more(atLeast: wanted)) }
        context.declare(side, is: header.isAnswer ? .server : .client)
        self.messages &+= 1
        if self.messages > Self.messageLimit { return .finished }
        let message = bytes.slice(from: 0, count: wanted)
        let document: RawSpan
        switch header.operation {
        case .message:
            guard message.u8(at: 20) == 0 else { return Consumption(wanted, .skip(header.length &- wanted)) }
            document = message.slice(from: 21)
        case .query:
            guard let end = message.firstIndex(of: 0, from: 20) else { return .failed }
            document = message.slice(from: end &+ 9)
            // Before OP_MSG data was asked for by the name of its collection; commands are asked of one called $cmd.
            if !message.slice(from: 20, count: end &- 20).containsIgnoringCase(".$cmd") {
                self.ask(header.id, .data)
                return Consumption(wanted, .skip(header.length &- wanted))
            }
        case .reply: document = message.slice(from: 36)
        case .compressed: return Consumption(wanted, .skip(header.length &- wanted))
        }
        if header.isAnswer { self.answer(header, document, isCut: wanted < header.length, context) } else { self.command(header, document, context) }
        return Consumption(wanted, .skip(header.length &- wanted))
    }

    private func ask(_ id: UInt32, _ command: Command) {
        if self.questions.count >= Self.questionLimit { self.questions = Array(self.questions.dropFirst()) }
        self.questions.append((id, command))
    }

    // MARK: Commands

    private func command(_ header: Header, _ document: RawSpan, _ context: DissectionContext) {
        guard let name = BSON.firstName(document) else { return }
        let command = Self.kind(name)
        self.ask(header.id, command)
        guard command == .login else { return }
        var method = "mongodb-cr"
        BSON.forEach(document) { name, value in
            guard name.equals("mechanism") else { return }
            let text = value.slice(from: 4).trimmed
            method =
                text.equals("PLAIN") ? "mongodb-plain" : text.has("SCRAM-") ? "mongodb-scram" : text.equals("MONGODB-X509") ? "mongodb-x509" : "mongodb-other"
        }
        context.record(.databaseAuthentication, method, about: .server)
        if method == "mongodb-plain" {
            self.isLoginClear = true
            context.record(.loginClear, method, about: .server)
        }
    }

    private static func kind(_ name: RawSpan) -> Command {
        func isOneOf(_ names: [StaticString]) -> Bool { names.contains { name.equals($0) } }
        if isOneOf(["hello", "isMaster", "ismaster"]) { return .hello }
        if isOneOf(["buildInfo", "buildinfo"]) { return .buildInfo }
        if isOneOf(["saslStart", "authenticate"]) { return .login }
        if name.equals("saslContinue") { return .loginGoesOn }
        // Commands that need a right, once a server asks for logins ("Access Control").
        return isOneOf([
            "find", "insert", "update", "delete", "aggregate", "count", "distinct", "getMore", "findAndModify", "listDatabases", "listCollections", "create",
            "drop", "createIndexes", "listIndexes", "serverStatus", "getParameter", "getLog", "getCmdLineOpts", "dbStats", "replSetGetStatus", "mapReduce",
        ]) ? .data : .other
    }

    // MARK: Answers

    private func answer(_ header: Header, _ document: RawSpan, isCut: Bool, _ context: DissectionContext) {
        let command = self.questions.first { $0.id == header.answers }?.command
        self.questions.removeAll { $0.id == header.answers }
        var isAccepted = isCut
        var isDone = false
        BSON.forEach(document) { name, value in
            if name.equals("ok") { isAccepted = value.u64(at: 0) ?? 0 != 0 || value.u32(at: 0) ?? 0 != 0 }
            if name.equals("done") { isDone = value.u8(at: 0) == 1 }
            // Unauthorized, AuthenticationFailed ("Error Codes").
            if name.equals("code"), value.u32le(at: 0) == 13 { context.record(.databaseAuthentication, "mongodb-required", about: .server) }
            if name.equals("maxWireVersion"), let version = value.u32le(at: 0), version <= 99, command == .hello || command == nil {
                context.record(.mongodbVersion, "wire \(version)", about: .server)
            }
            if name.equals("version"), command == .buildInfo { context.record(.mongodbVersion, value.slice(from: 4, count: 32).trimmed, about: .server) }
        }
        guard isAccepted else { return }
        switch command {
        case .data:
            context.record(.databaseEncryption, "clear", about: .server)
            if self.isWhole == true, !self.isLoggedIn { context.record(.loginAnonymous, "mongodb", about: .server) }
        case .login where isDone, .loginGoesOn where isDone:
            self.isLoggedIn = true
            context.record(.databaseEncryption, "clear", about: .server)
            if self.isLoginClear { context.record(.loginAccepted, "mongodb-plain", about: .server) }
        // A speculative login in hello, or one that was not read to its end.
        case .login, .loginGoesOn: self.isLoggedIn = true
        case .hello, .buildInfo, .other, nil: break
        }
    }

    func lost(_ count: Int, from side: Side) { self.isWhole = false }
}

/// The header of a message: all numbers little-endian.
private struct Header {
    enum Operation: UInt32 {
        case reply = 1
        case query = 2004
        case compressed = 2012
        case message = 2013
    }

    static let size = 16
    private static let limit: UInt32 = 48_000_000 + 16384

    let length: Int
    let id: UInt32
    /// The message that this one answers; 0 for none.
    let answers: UInt32
    let operation: Operation

    var isAnswer: Bool { self.operation == .reply || self.answers != 0 }

    init?(_ bytes: RawSpan) {
        guard let length = bytes.u32le(at: 0), length >= 21, length <= Self.limit, let id = bytes.u32le(at: 4), let answers = bytes.u32le(at: 8),
            let operation = bytes.u32le(at: 12).flatMap({ Operation(rawValue: $0) })
        else { return nil }
        self.length = Int(length)
        self.id = id
        self.answers = answers
        self.operation = operation
    }
}

/// The top level of a BSON document; what is inside of others is stepped over.
private enum BSON {
    private static let elementLimit = 200

    static func isType(_ type: UInt8) -> Bool { (0x01...0x13).contains(type) || type == 0x7F || type == 0xFF }

    @_lifetime(copy document)
    static func firstName(_ document: RawSpan) -> RawSpan? {
        guard let type = document.u8(at: 4), Self.isType(type), let end = document.firstIndex(of: 0, from: 5, before: 64) else { return nil }
        return document.slice(from: 5, count: end &- 5)
    }

    /// Shows the name and the octets of the value of each element until one is not all there.
    static func forEach(_ document: RawSpan, _ show: (RawSpan, RawSpan) -> Void) {
        var offset = 4
        for _ in 0..<Self.elementLimit {
            guard let type = document.u8(at: offset), Self.isType(type), let end = document.firstIndex(of: 0, from: offset &+ 1) else { return }
            let name = document.slice(from: offset &+ 1, count: end &- offset &- 1)
            guard let size = Self.size(type, document.slice(from: end &+ 1)) else { return }
            let value = document.slice(from: end &+ 1, count: size)
            guard value.byteCount == size else { return }
            show(name, value)
            offset = end &+ 1 &+ size
        }
    }

    private static func size(_ type: UInt8, _ value: RawSpan) -> Int? {
        func length() -> Int? { value.u32le(at: 0).flatMap { $0 < 0x300_0000 ? Int($0) : nil } }
        switch type {
        case 0x01, 0x09, 0x11, 0x12: return 8
        case 0x02, 0x0D, 0x0E: return length().map { $0 &+ 4 }
        case 0x03, 0x04, 0x0F: return length().flatMap { $0 >= 5 ? $0 : nil }
        case 0x05: return length().map { $0 &+ 5 }
        case 0x06, 0x0A, 0x7F, 0xFF: return 0
        case 0x07: return 12
        case 0x08: return 1
        case 0x0B:
            guard let first = value.firstIndex(of: 0), let second = value.firstIndex(of: 0, from: first &+ 1) else { return nil }
            return second &+ 1
        case 0x0C: return length().map { $0 &+ 16 }
        case 0x10: return 4
        case 0x13: return 16
        default: return nil
        }
    }
}
