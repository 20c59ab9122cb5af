import Observations
import Wire

// The protocol of Apache Kafka and of brokers that speak it ("Kafka Protocol Guide").
//
// Read: the kinds of requests that are answered, the SASL mechanism, whether topics and messages are answered without a login. Not
// read: client identifiers, groups, topics, names of brokers, messages.

final class KafkaDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.kafka

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard head.u8(at: 0) ?? 0 == 0, head.u8(at: 1) ?? 0 <= 0x10 else { return .no }
        guard context.role != .server else { return Self.probeAnswer(head) }
        let request = Self.probeRequest(head, isStart: context.isStart)
        guard request == .no, context.role == nil else { return request }
        return Self.probeAnswer(head)
    }

    /// The first request of a client asks for versions, metadata or a login; in mid-stream others are taken too, where they end with the segment.
    private static func probeRequest(_ head: RawSpan, isStart: Bool) -> Probe {
        guard let key = head.u16(at: 4) else { return isStart ? .notYet : .no }
        guard isStart ? key <= 3 || key == 18 || key == 17 : key <= 75 else { return .no }
        guard let length = head.u32(at: 0), let version = head.u16(at: 6), let correlation = head.u32(at: 8), let name = head.u16(at: 12) else {
            return isStart ? .notYet : .no
        }
        guard version <= 17, correlation < 0x0100_0000, length >= 10, length < 0x100_0000 else { return .no }
        // Questions of clients say that they are no replica: -1, where no name tells that this is text.
        if name == 0 || name == 0xFFFF, key == 1 || key == 2 {
            guard let replica = head.u32(at: 14) else { return isStart ? .notYet : .no }
            return replica == 0xFFFF_FFFF && length >= 18 ? .yes : .no
        }
        if name == 0xFFFF { return key == 18 && length <= 16 ? .yes : .no }
        guard name >= 1, name <= 128, Int(name) &+ 10 <= Int(length) else { return .no }
        let identifier = head.slice(from: 14, count: Int(name))
        guard identifier.byteCount == Int(name) else { return isStart ? .notYet : .no }
        guard identifier.isText, identifier.firstIndex(of: 0x0A) == nil else { return .no }
        return isStart || Int(length) &+ 4 == head.byteCount ? .yes : .no
    }

    /// The answer to a request for versions: triples of key, lowest and highest version.
    private static func probeAnswer(_ head: RawSpan) -> Probe {
        guard let length = head.u32(at: 0), let count = head.u32(at: 10) else { return head.byteCount < 14 ? .notYet : .no }
        guard length >= 20, length <= 4096, head.u16(at: 8) == 0, let correlation = head.u32(at: 4), correlation < 0x0100_0000 else { return .no }
        // Up to version 2 a plain count; later a count of one octet, one more than there are.
        let isCompact = count > 0xFFFF
        var offset = isCompact ? 11 : 14
        let triples = isCompact ? Int(count &>> 24) &- 1 : Int(count)
        guard (2...100).contains(triples), triples &* (isCompact ? 7 : 6) &+ offset <= Int(length) &+ 4 else { return .no }
        var last = -1
        for _ in 0..<2 {
            guard let key = head.u16(at: offset), let low = head.u16(at: offset &+ 2), let high = head.u16(at: offset &+ 4) else { return .notYet }
            guard Int(key) > last, key <= 100, low <= high, high <= 32, !isCompact || head.u8(at: offset &+ 6) == 0 else { return .no }
            last = Int(key)
            offset &+= isCompact ? 7 : 6
        }
        return .yes
    }

    // MARK: State

    private static let questionLimit = 64
    private static let messageLimit = 100

    private var questions: [(id: UInt32, key: UInt16)] = []
    private var messages = 0
    private var isWhole: Bool?
    private var isLoggedIn = false
    private var mechanism: String?

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= 8 else { return Consumption(0, .more(atLeast: 8)) }
        guard let length = bytes.u32(at: 0), length >= 4, length < 0x800_0000 else { return .failed }
        if self.isWhole == nil { self.isWhole = context.rolesAreSure }
        if !context.rolesAreSure { context.declare(side, is: Self.probeRequest(bytes, isStart: false) != .no || Self.probeRequest(bytes, isStart: true) == .yes ? .client : .server) }
        self.messages &+= 1
        if self.messages > Self.messageLimit { return .finished }
        let end = 4 &+ Int(length)
        if context.role(of: side) == .server { return self.answer(bytes, end, context) }
        guard length >= 8 else { return .failed }
        let wanted = min(end, 14)
        guard bytes.byteCount >= wanted else { return Consumption(0, .more(atLeast: wanted)) }
        let key = bytes.u16(at: 4) ?? 0
        // The mechanism of a login stands behind the client's identifier.
        if key == 17, end <= 1024 {
            guard bytes.byteCount >= end else { return Consumption(0, .more(atLeast: end)) }
            self.handshake(bytes.slice(from: 12, count: end &- 12), context)
        }
        if key == 36, self.mechanism == "kafka-plain" { context.record(.loginClear, "kafka-plain", about: .server) }
        if self.questions.count >= Self.questionLimit { self.questions = Array(self.questions.dropFirst()) }
        self.questions.append((bytes.u32(at: 8) ?? 0, key))
        let taken = min(end, bytes.byteCount)
        return Consumption(taken, end > taken ? .skip(end &- taken) : .more(atLeast: 1))
    }

    private func handshake(_ body: RawSpan, _ context: DissectionContext) {
        let name = body.u16(at: 0) ?? 0
        let offset = 2 &+ (name == 0xFFFF ? 0 : Int(name))
        guard let length = body.u16(at: offset) else { return }
        let text = body.slice(from: offset &+ 2, count: Int(length))
        let mechanism = text.equals("PLAIN") ? "kafka-plain" : text.has("SCRAM-") ? "kafka-scram" : text.equals("GSSAPI") ? "kafka-kerberos" : "kafka-other"
        self.mechanism = mechanism
        context.record(.databaseAuthentication, mechanism, about: .server)
    }

    private func answer(_ bytes: RawSpan, _ end: Int, _ context: DissectionContext) -> Consumption {
        let id = bytes.u32(at: 4)
        let question = self.questions.first { $0.id == id }
        self.questions.removeAll { $0.id == id }
        let wanted = min(end, 10)
        guard bytes.byteCount >= wanted else {
            if let question { self.questions.append(question) }
            self.messages &-= 1
            return Consumption(0, .more(atLeast: wanted))
        }
        if let question {
            if let name = Self.name(question.key) { context.record(.kafkaRequest, name, about: .server) }
            switch question.key {
            case 36:
                // 0: no error.
                if bytes.u16(at: 8) == 0 {
                    self.isLoggedIn = true
                    if self.mechanism == "kafka-plain" { context.record(.loginAccepted, "kafka-plain", about: .server) }
                }
            // What needs a login where there are logins at all.
            case 0, 1, 3:
                context.record(.databaseEncryption, "clear", about: .server)
                if self.isWhole == true, !self.isLoggedIn, self.mechanism == nil { context.record(.loginAnonymous, "kafka", about: .server) }
            default: break
            }
        }
        let taken = min(end, bytes.byteCount)
        return Consumption(taken, end > taken ? .skip(end &- taken) : .more(atLeast: 1))
    }

    private static func name(_ key: UInt16) -> String? {
        switch key {
        case 0: "produce"
        case 1: "fetch"
        case 2: "offsets"
        case 3: "metadata"
        case 17: "sasl-handshake"
        case 18: "api-versions"
        case 19: "create-topics"
        case 36: "sasl-authenticate"
        default: nil
        }
    }

    func lost(_ count: Int, from side: Side) {
        self.isWhole = false
        self.questions = []
    }
}
