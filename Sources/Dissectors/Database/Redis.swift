import Observations
import Wire

// The protocol of Redis, Valkey and KeyDB (RESP2 and RESP3; redis.io, "Redis serialization protocol specification").
//
// Read: whether a login (AUTH, HELLO … AUTH) crossed, whether the server asks for one or answers commands without, its product
// and version where INFO or HELLO tell. Not read: arguments of commands (keys, values, names, passwords) and answers.

final class RedisDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.redis

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        switch first {
        case UInt8(ascii: "*"): return Self.probeArray(head)
        case UInt8(ascii: "P"):
            // A line that other protocols may have too: the answer decides.
            guard context.isStart, context.role != .server else { return .no }
            return head.begins(with: Self.ping) == .no ? .no : .notYet
        case UInt8(ascii: "+"):
            if context.role == .client { return .no }
            return head.begins(with: Self.pong)
        case UInt8(ascii: "-"):
            if context.role == .client { return .no }
            var isOpen = false
            for text in Self.errors {
                switch head.begins(with: text) {
                case .yes: return .yes
                case .notYet: isOpen = true
                case .no: break
                }
            }
            return isOpen ? .notYet : .no
        case UInt8(ascii: "$"):
            guard !context.isStart || context.role != .client else { return .no }
            guard let end = head.firstIndex(of: 0x0A, before: 16) else { return context.isStart && head.byteCount < 16 ? .notYet : .no }
            guard Element.number(head.slice(from: 1, count: end &- 1)) != nil else { return .no }
            // The answer to INFO.
            if head.byteCount < end &+ 40 { return context.isStart ? .notYet : context.isProved ? .yes : .no }
            return head.has("# Server\r\nredis_version:", at: end &+ 1) || head.has("# Server\r\nvalkey_version:", at: end &+ 1) || context.isProved ? .yes : .no
        case UInt8(ascii: ":"), UInt8(ascii: "%"), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ">"):
            guard context.isProved, let end = head.firstIndex(of: 0x0A, before: 64) else { return .no }
            return head.slice(from: 0, count: end).isText ? .yes : .no
        default: return .no
        }
    }

    private static let ping = Array("PING\r\n".utf8)
    private static let pong = Array("+PONG\r\n".utf8)
    private static let errors = ["-NOAUTH ", "-WRONGPASS ", "-MISCONF ", "-LOADING ", "-NOPERM ", "-WRONGTYPE ", "-DENIED Redis", "-MOVED "].map { Array($0.utf8) }

    /// A command: an array of bulk strings, the first of which is a word.
    private static func probeArray(_ head: RawSpan) -> Probe {
        guard let end = head.firstIndex(of: 0x0A, before: 12) else { return head.byteCount < 12 && head.isText ? .notYet : .no }
        guard let count = Element.number(head.slice(from: 1, count: end &- 1)), (1...1_000_000).contains(count) else { return .no }
        guard let marker = head.u8(at: end &+ 1) else { return .notYet }
        guard marker == UInt8(ascii: "$") else { return .no }
        guard let lengthEnd = head.firstIndex(of: 0x0A, from: end &+ 1, before: end &+ 8) else { return head.byteCount < end &+ 8 ? .notYet : .no }
        guard let length = Element.number(head.slice(from: end &+ 2, count: lengthEnd &- end &- 2)), (2...24).contains(length) else { return .no }
        let word = head.slice(from: lengthEnd &+ 1, count: length &+ 2)
        guard word.byteCount == length &+ 2 else { return .notYet }
        var offset = 0
        while offset < length, let byte = word.u8(at: offset) {
            guard byte.isLetter || byte == 0x2E || byte == 0x2D || byte == 0x5F || byte.isDigit else { return .no }
            offset &+= 1
        }
        return word.has("\r\n", at: length) ? .yes : .no
    }

    // MARK: State

    private enum Command { case login, hello, info, harmless, data }

    /// The longest line that is read.
    private static let lineLimit = 1024
    /// How much of the answer to INFO is read: the version is in its first lines.
    private static let infoLimit = 512
    /// After so many answers nothing new is to be expected.
    private static let answerLimit = 200
    private static let queueLimit = 64

    /// Commands that were not answered yet, oldest first.
    private var queue: [Command] = []
    /// Arguments of the command at hand that are still to come.
    private var arguments = 0
    private var isNameNext = false
    private var current = Command.harmless
    /// Elements of the answer at hand that are still to come.
    private var elements = 0
    private var isPush = false
    private var answers = 0
    /// Whether every command since the beginning was seen, so that it is known that there was no login.
    private var isWhole: Bool?
    private var isLoggedIn = false
    /// Whether commands and answers still pair up.
    private var isPaired = true
    /// In the answer to HELLO: the member whose value comes next, and the product.
    private var isVersionNext = false
    private var isServerNext = false
    private var product: [UInt8] = []

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        if self.isWhole == nil { self.isWhole = context.rolesAreSure }
        if !context.rolesAreSure {
            context.declare(side, is: Self.probeArray(bytes) == .yes ? .client : .server)
        }
        return context.role(of: side) == .client ? self.command(bytes, context) : self.answer(bytes, context)
    }

    // MARK: Commands

    private func command(_ bytes: RawSpan, _ context: DissectionContext) -> Consumption {
        guard let end = bytes.firstIndex(of: 0x0A, before: Self.lineLimit) else {
            return bytes.byteCount < Self.lineLimit ? Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) : Consumption(0, .sideFinished)
        }
        let line = bytes.slice(from: 0, count: end)
        if self.arguments > 0 {
            guard line.u8(at: 0) == UInt8(ascii: "$"), let length = Element.number(line.slice(from: 1)), length >= 0 else { return .failed }
            let whole = end &+ 1 &+ length &+ 2
            if self.isNameNext || (self.current == .hello && length == 4) {
                guard length <= 64 else { return .failed }
                guard bytes.byteCount >= whole else { return Consumption(0, .more(atLeast: whole)) }
                let word = bytes.slice(from: end &+ 1, count: length)
                if self.isNameNext {
                    self.isNameNext = false
                    self.begin(word, context)
                } else if word.hasIgnoringCase("auth") {
                    self.current = .login
                    context.record(.loginClear, "redis", about: .server)
                }
                self.endArgument()
                return Consumption(whole)
            }
            self.endArgument()
            return Consumption(end &+ 1, .skip(length &+ 2))
        }
        if line.u8(at: 0) == UInt8(ascii: "*") {
            guard let count = Element.number(line.slice(from: 1)), count <= 1_048_576 else { return .failed }
            self.arguments = max(0, count)
            self.isNameNext = true
            return Consumption(end &+ 1)
        }
        // A command as a line ("Inline commands").
        let text = line.trimmed
        if !text.isEmpty {
            let end = text.firstIndex(of: 0x20) ?? text.byteCount
            self.begin(text.slice(from: 0, count: end), context)
            self.enqueue()
        }
        return Consumption(end &+ 1)
    }

    private func begin(_ name: RawSpan, _ context: DissectionContext) {
        self.current = Self.kind(name)
        if self.current == .login { context.record(.loginClear, "redis", about: .server) }
    }

    private func endArgument() {
        self.arguments &-= 1
        if self.arguments == 0 { self.enqueue() }
    }

    private func enqueue() {
        if self.queue.count < Self.queueLimit { self.queue.append(self.current) } else { self.isPaired = false }
        self.current = .harmless
    }

    private static func kind(_ name: RawSpan) -> Command {
        switch name.byteCount {
        case 4 where name.hasIgnoringCase("auth"): .login
        case 4 where name.hasIgnoringCase("info"): .info
        case 5 where name.hasIgnoringCase("hello"): .hello
        // What a server answers before a login as well, or what is answered oddly.
        case 4 where name.hasIgnoringCase("ping") || name.hasIgnoringCase("quit"): .harmless
        case 5 where name.hasIgnoringCase("reset"): .harmless
        case 6 where name.hasIgnoringCase("client"): .harmless
        default: .data
        }
    }

    // MARK: Answers

    private func answer(_ bytes: RawSpan, _ context: DissectionContext) -> Consumption {
        guard let end = bytes.firstIndex(of: 0x0A, before: Self.lineLimit) else {
            return bytes.byteCount < Self.lineLimit ? Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) : .finished
        }
        guard let marker = bytes.u8(at: 0) else { return Consumption(0) }
        let line = bytes.slice(from: 1, count: end &- 1).trimmed
        let isFirst = self.elements == 0
        if isFirst {
            self.answers &+= 1
            if self.answers > Self.answerLimit { return .finished }
            self.isPush = marker == UInt8(ascii: ">")
            self.elements = 1
            if !self.isPush { self.begin(answer: marker, line, context) }
        }
        switch marker {
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "#"), UInt8(ascii: ","), UInt8(ascii: "("):
            self.elements &-= 1
            return Consumption(end &+ 1)
        case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "%"), UInt8(ascii: "|"):
            guard let count = Element.number(line), count <= 1_048_576 else { return .failed }
            // An attribute comes before the element that it is about.
            let isPairs = marker == UInt8(ascii: "%") || marker == UInt8(ascii: "|")
            self.elements &+= max(0, count) &* (isPairs ? 2 : 1) &- (marker == UInt8(ascii: "|") ? 0 : 1)
            return self.elements > 16_777_216 ? .failed : Consumption(end &+ 1)
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
            guard let length = Element.number(line) else { return .failed }
            if length < 0 {
                self.elements &-= 1
                return Consumption(end &+ 1)
            }
            if self.answering == .info || self.answering == .hello {
                let wanted = end &+ 1 &+ min(length, Self.infoLimit)
                guard bytes.byteCount >= wanted else { return Consumption(0, .more(atLeast: wanted)) }
                let body = bytes.slice(from: end &+ 1, count: min(length, Self.infoLimit))
                if self.answering == .info { self.info(body, context) } else { self.hello(body, context) }
            }
            self.elements &-= 1
            return Consumption(end &+ 1, .skip(length &+ 2))
        default: return .failed
        }
    }

    /// The command that is being answered; `nil` where that is not known.
    private var answering: Command?

    private func begin(answer marker: UInt8, _ line: RawSpan, _ context: DissectionContext) {
        let command = self.isPaired ? self.queue.first : nil
        if !self.queue.isEmpty { self.queue = Array(self.queue.dropFirst()) }
        self.answering = command
        if marker == UInt8(ascii: "-") {
            if line.has("NOAUTH ") { context.record(.databaseAuthentication, "redis-password", about: .server) }
            return
        }
        guard let command else {
            // The question was not seen: INFO tells itself.
            self.answering = marker == UInt8(ascii: "$") ? .info : nil
            return
        }
        switch command {
        case .login:
            self.isLoggedIn = true
            self.answering = .hello
            context.record(.loginAccepted, "redis", about: .server)
            context.record(.databaseAuthentication, "redis-password", about: .server)
        case .data, .info, .hello:
            context.record(.databaseEncryption, "clear", about: .server)
            if self.isWhole == true, !self.isLoggedIn, command != .hello { context.record(.loginAnonymous, "redis", about: .server) }
        case .harmless: break
        }
    }

    private func info(_ body: RawSpan, _ context: DissectionContext) {
        // Valkey says both, the version of Redis that it stands in for first.
        var line: (StaticString, String, Int) = ("redis_version:", "redis/", 14)
        if body.firstRange(of: "valkey_version:") != nil { line = ("valkey_version:", "valkey/", 15) }
        guard body.has("# Server"), let start = body.firstRange(of: line.0) else { return }
        let text = body.slice(from: start &+ line.2, count: 32)
        guard let end = text.firstIndex(of: 0x0D) else { return }
        context.record(.redisVersion, line.1 + String(decoding: text.slice(from: 0, count: end).copied(), as: UTF8.self), about: .server)
    }

    /// Members of the answer to HELLO, in turn.
    private func hello(_ word: RawSpan, _ context: DissectionContext) {
        if self.isServerNext { self.product = word.copied(limit: 16) }
        if self.isVersionNext, !self.product.isEmpty, word.byteCount <= 32 {
            context.record(.redisVersion, String(decoding: self.product + Array("/".utf8) + word.copied(), as: UTF8.self), about: .server)
        }
        self.isServerNext = word.equals("server") && self.product.isEmpty
        self.isVersionNext = word.equals("version")
    }

    func lost(_ count: Int, from side: Side) {
        self.isWhole = false
        self.isPaired = false
        self.queue = []
        self.arguments = 0
        self.elements = 0
        self.answering = nil
    }
}

private enum Element {
    /// A length or a count: digits, or -1.
    static func number(_ text: RawSpan) -> Int? {
        let text = text.trimmed
        if text.equals("-1") { return -1 }
        guard (1...10).contains(text.byteCount) else { return nil }
        var value = 0
        var offset = 0
        while let byte = text.u8(at: offset) {
            guard byte.isDigit else { return nil }
            value = value &* 10 &+ Int(byte &- 0x30)
            offset &+= 1
        }
        return value
    }
}
