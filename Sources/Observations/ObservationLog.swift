public import Wire

/// Collects observations and keeps one of each: the first evidence and the last time of every (subject, attribute, value).
///
/// Traffic says the same things over and over, so the common path is "known already": it hashes what is at hand and compares
/// two words, without making a string or touching the observation. How much the wire can add is bounded: values of one
/// attribute of one subject (``valuesPerAttribute``), and observations in all (`capacity`). What did not fit is counted, never
/// silent.
///
/// One log belongs to one shard and is not thread-safe.
public final class ObservationLog {
    /// The most different values kept of one attribute of one subject. A workstation proposes up to 128 presentation contexts;
    /// anything else shows a handful.
    public static let valuesPerAttribute = 192

    /// All that changes, in one place: a look-up asks once, not for each property, whether somebody else is at it.
    private var store: Store

    /// Names of hosts that are noted when somebody asks for them.
    public let watchedNames: WatchedNames

    /// Observations that were left out because ``valuesPerAttribute`` or the capacity was reached.
    public var dropped: UInt64 { self.store.dropped }

    /// - Parameters:
    ///   - capacity: the most observations to keep.
    ///   - seed: makes the hashes unpredictable for those who send packets; the result does not depend on it.
    ///   - watchedNames: the only names of somebody else's hosts that are kept when they are looked up.
    public init(capacity: Int = 1 << 20, seed: UInt64 = .random(in: .min ... .max), watchedNames: WatchedNames = .none) {
        self.watchedNames = watchedNames
        self.store = Store(capacity: capacity, seed: seed)
    }

    /// What was noted, in the order in which it was first seen.
    public var observations: [Observation] { self.store.observations() }
    public var count: Int { self.store.entries.count }

    /// Notes bytes from the wire as text. Empty text says nothing and is not noted.
    /// - Parameters:
    ///   - digest: ``Subject/digest`` of the subject.
    ///   - subject: made only if the observation is new.
    public func record(
        _ attribute: Attribute, _ bytes: RawSpan, at evidence: Evidence, digest: UInt64, subject: () -> Subject
    ) {
        self.store.record(attribute, bytes, at: evidence, digest: digest, subject: subject)
    }

    /// Notes a value. Text is made printable first.
    public func record(_ attribute: Attribute, _ value: Value, at evidence: Evidence, digest: UInt64, subject: () -> Subject) {
        self.store.record(attribute, value, at: evidence, digest: digest, subject: subject)
    }

    /// Notes printable text that two words stand for: it is made only where it is new.
    /// - Parameters:
    ///   - words: decide the text. An attribute is recorded by words always or never.
    ///   - limit: the most values of the attribute and subject, at most ``valuesPerAttribute``.
    /// - Returns: where it stands, for ``see(_:at:)``; `nil` where it did not fit.
    public func record(
        _ attribute: Attribute, of words: (UInt64, UInt64), limit: Int, at evidence: Evidence, digest: UInt64, subject: () -> Subject,
        text: () -> String
    ) -> Int? {
        self.store.record(attribute, of: words, limit: limit, at: evidence, digest: digest, subject: subject, text: text)
    }

    /// Notes that what stands there was said again.
    public func see(_ place: Int, at time: Timestamp) { self.store.see(place, at: time) }

    public func record(_ subject: Subject, _ attribute: Attribute, _ bytes: RawSpan, at evidence: Evidence) {
        self.record(attribute, bytes, at: evidence, digest: subject.digest) { subject }
    }
    public func record(_ subject: Subject, _ attribute: Attribute, _ value: Value, at evidence: Evidence) {
        self.record(attribute, value, at: evidence, digest: subject.digest) { subject }
    }

    // MARK: Messages that come again

    /// Two hashes of all that decides what a message says, made with the log's secret: as good as the message itself.
    public struct MessageSign {
        fileprivate var digest: Digest

        /// For telling messages of one conversation apart.
        public var short: UInt64 { self.digest.first }

        public mutating func add(_ word: UInt64) { self.digest.add(word) }
        public mutating func add(_ bytes: RawSpan) { self.digest.add(bytes) }
        public mutating func add(_ numbers: [UInt16]) {
            var word: UInt64 = 1
            for number in numbers {
                if word &>> 48 != 0 {
                    self.digest.add(word)
                    word = 1
                }
                word = word &<< 16 | UInt64(number)
            }
            self.digest.add(word)
            self.digest.add(UInt64(truncatingIfNeeded: numbers.count))
        }
    }

    /// The beginning of a sign.
    /// - Parameter context: a digest of what a message is about, with its kind.
    public func sign(of context: UInt64) -> MessageSign { MessageSign(digest: Digest(mixed(context ^ self.store.seed))) }

    /// Notes what a message says: by one look-up where the same was said before, else by having it said.
    /// - Parameters:
    ///   - say: records the facts, all at the same time, and returns what the caller wants to know the next time.
    /// - Returns: what `say` returned now, or when it was called.
    public func note<Content: AnyObject>(_ sign: MessageSign, at time: Timestamp, _ say: () -> Content?) -> Content? {
        if let known = self.store.messages.recall(sign.digest, at: time, as: Content.self) { return known.content }
        self.store.listen()
        let content = say()
        self.store.learn(sign.digest, content, at: time)
        return content
    }
    public func note(_ sign: MessageSign, at time: Timestamp, _ say: () -> Void) {
        _ = self.note(sign, at: time) { () -> Nothing? in
            say()
            return nil
        }
    }
    private final class Nothing {}
}

/// Two hashes that grow together.
private struct Digest {
    var first: UInt64
    var second: UInt64

    init(_ group: UInt64) {
        self.first = group
        self.second = group &* 0xD6E8_FEB8_6659_FD93
    }
    mutating func add(_ word: UInt64) {
        self.first = mixed(self.first ^ word)
        self.second = mixed(self.second &+ word ^ 0xA076_1D64_78BD_642F)
    }
    mutating func add(_ bytes: RawSpan) {
        var offset = 0
        while let word = bytes.u64(at: offset) {
            self.add(word)
            offset &+= 8
        }
        var tail: UInt64 = 0
        while let byte = bytes.u8(at: offset) {
            tail = tail &<< 8 | UInt64(byte)
            offset &+= 1
        }
        self.add(tail ^ UInt64(truncatingIfNeeded: bytes.byteCount) &<< 56)
    }
}

/// Messages that came a while ago, each with the places of what it said. One place for each hash: who comes later stays.
private struct Messages {
    private struct Message {
        var digest = Digest(0)
        var lastSeen = Timestamp.distantPast
        /// How many of the places are its; negative where nothing is here.
        var count: Int32 = -1
        var content: AnyObject?
    }

    private var messages: [Message] = []
    /// ``placesPerMessage`` for each message.
    private var places: [UInt32] = []
    private var learned = 0

    /// The most facts of a message that is worth remembering.
    static let placesPerMessage = 16
    private static let limit = 4096

    private func slot(_ digest: Digest) -> Int { Int(truncatingIfNeeded: digest.second &>> 32) & (self.messages.count &- 1) }

    mutating func recall<Content: AnyObject>(_ digest: Digest, at time: Timestamp, as type: Content.Type) -> (content: Content?, Void)? {
        guard !self.messages.isEmpty else { return nil }
        let slot = self.slot(digest)
        guard self.messages[slot].count >= 0, self.messages[slot].digest.first == digest.first,
            self.messages[slot].digest.second == digest.second
        else { return nil }
        if self.messages[slot].lastSeen < time { self.messages[slot].lastSeen = time }
        return (self.messages[slot].content as? Content, ())
    }

    /// - Parameter show: is given the places, and the last time, of what has to make room.
    mutating func learn(
        _ digest: Digest, _ content: AnyObject?, said: [UInt32], at time: Timestamp, _ show: (ArraySlice<UInt32>, Timestamp) -> Void
    ) {
        if self.learned >= self.messages.count, self.messages.count < Self.limit {
            // What is here is learned anew.
            self.forget(show)
            let count = max(64, self.messages.count &* 4)
            self.messages = [Message](repeating: Message(), count: count)
            self.places = [UInt32](repeating: 0, count: count &* Self.placesPerMessage)
            self.learned = 0
        }
        let slot = self.slot(digest)
        self.forget(slot, show)
        self.learned &+= 1
        self.messages[slot] = Message(digest: digest, lastSeen: time, count: Int32(truncatingIfNeeded: said.count), content: content)
        let start = slot &* Self.placesPerMessage
        for (index, place) in said.enumerated() { self.places[start &+ index] = place }
    }

    /// Shows every message.
    func forget(_ show: (ArraySlice<UInt32>, Timestamp) -> Void) {
        for slot in self.messages.indices { self.forget(slot, show) }
    }
    private func forget(_ slot: Int, _ show: (ArraySlice<UInt32>, Timestamp) -> Void) {
        let message = self.messages[slot]
        guard message.count > 0 else { return }
        let start = slot &* Self.placesPerMessage
        show(self.places[start..<start &+ Int(message.count)], message.lastSeen)
    }
}

/// What a log knows.
private struct Store {
    var entries: [Observation] = []
    /// Per observation: two independent hashes of all that identifies it, and its last time. With a secret seed, two hashes of
    /// 64 bits are as good as comparing.
    private var signs: [Sign] = []
    private var index = HashIndex()
    /// How many values a (subject, attribute) has, by its hash.
    private var counts: [UInt64: Int] = [:]
    private(set) var dropped: UInt64 = 0
    private let capacity: Int
    let seed: UInt64
    var messages = Messages()
    /// The places of what the message at hand says, while one is listened to.
    private var said: [UInt32] = []
    private var isListening = false

    private struct Sign {
        let first: UInt64
        let second: UInt64
        var lastSeen: Timestamp
    }

    init(capacity: Int, seed: UInt64) {
        self.capacity = capacity
        self.seed = seed
    }

    func observations() -> [Observation] {
        var signs = self.signs
        self.messages.forget { Self.see($0, $1, &signs) }
        return zip(self.entries, signs).map { entry, sign in
            var observation = entry
            observation.lastSeen = sign.lastSeen
            return observation
        }
    }

    private static func see(_ places: ArraySlice<UInt32>, _ time: Timestamp, _ signs: inout [Sign]) {
        for place in places where signs[Int(place)].lastSeen < time { signs[Int(place)].lastSeen = time }
    }

    // MARK: Messages

    mutating func listen() {
        self.said.removeAll(keepingCapacity: true)
        self.isListening = true
    }

    /// Remembers what was said since ``listen()``, if all of it was noted.
    mutating func learn(_ digest: Digest, _ content: AnyObject?, at time: Timestamp) {
        guard self.isListening else { return }
        self.isListening = false
        guard self.said.count <= Messages.placesPerMessage else { return }
        var signs: [Sign] = []
        swap(&signs, &self.signs)
        self.messages.learn(digest, content, said: self.said, at: time) { Self.see($0, $1, &signs) }
        swap(&signs, &self.signs)
    }

    mutating func record(
        _ attribute: Attribute, _ bytes: RawSpan, at evidence: Evidence, digest: UInt64, subject: () -> Subject
    ) {
        guard !bytes.isEmpty else { return }
        guard PrintableText.isPlain(bytes) else {
            self.record(attribute, .text(PrintableText.make(bytes)), at: evidence, digest: digest, subject: subject)
            return
        }
        let group = self.group(digest, attribute)
        let sign = Self.sign(bytes, group)
        if self.isKnown(sign, of: digest, evidence) { return }
        guard self.hasRoom(group) else { return }
        self.insert(Observation(subject(), attribute, .text(String(decoding: bytes.copied(), as: UTF8.self)), evidence: evidence), sign, of: digest, group)
    }

    mutating func record(_ attribute: Attribute, _ value: Value, at evidence: Evidence, digest: UInt64, subject: () -> Subject) {
        let group = self.group(digest, attribute)
        var clean = value
        let sign: Digest
        switch value {
        case .text(let given):
            if given.withRawSpan({ PrintableText.isPlain($0) }) {
                sign = given.withRawSpan { Self.sign($0, group) }
            } else {
                let text = PrintableText.make(given)
                clean = .text(text)
                sign = text.withRawSpan { Self.sign($0, group) }
            }
        case .number(let number):
            var digest = Digest(group)
            digest.add(UInt64(bitPattern: number))
            digest.add(1)
            sign = digest
        case .time(let time):
            var digest = Digest(group)
            digest.add(UInt64(bitPattern: time.nanoseconds))
            digest.add(2)
            sign = digest
        }
        if self.isKnown(sign, of: digest, evidence) { return }
        guard self.hasRoom(group) else { return }
        self.insert(Observation(subject(), attribute, clean, evidence: evidence), sign, of: digest, group)
    }

    mutating func record(
        _ attribute: Attribute, of words: (UInt64, UInt64), limit: Int, at evidence: Evidence, digest: UInt64, subject: () -> Subject,
        text: () -> String
    ) -> Int? {
        let group = self.group(digest, attribute)
        var sign = Digest(group)
        sign.add(words.0)
        sign.add(words.1)
        if let place = self.place(of: sign, of: digest, evidence) { return place }
        guard self.hasRoom(group, limit) else { return nil }
        self.insert(Observation(subject(), attribute, .text(text()), evidence: evidence), sign, of: digest, group)
        return self.entries.count &- 1
    }

    mutating func see(_ place: Int, at time: Timestamp) {
        guard self.signs.indices.contains(place), self.signs[place].lastSeen < time else { return }
        self.signs[place].lastSeen = time
    }

    private func group(_ digest: UInt64, _ attribute: Attribute) -> UInt64 { mixed(digest ^ self.seed &+ UInt64(attribute.rawValue)) }

    private static func sign(_ bytes: RawSpan, _ group: UInt64) -> Digest {
        var digest = Digest(group)
        digest.add(bytes)
        return digest
    }

    /// Where the search for a fact begins: the facts of one subject share two lines of memory, as they are looked up together.
    /// Seeded, so that nobody can choose addresses that meet.
    private func home(_ subject: UInt64, _ sign: Digest) -> UInt64 { mixed(subject ^ self.seed) & ~15 | sign.first & 15 }

    private mutating func isKnown(_ sign: Digest, of subject: UInt64, _ evidence: Evidence) -> Bool {
        self.place(of: sign, of: subject, evidence) != nil
    }

    private mutating func place(of sign: Digest, of subject: UInt64, _ evidence: Evidence) -> Int? {
        guard
            let place = self.index.find(
                home: self.home(subject, sign), tag: sign.first,
                where: { self.signs[$0].first == sign.first && self.signs[$0].second == sign.second })
        else { return nil }
        if self.signs[place].lastSeen < evidence.time { self.signs[place].lastSeen = evidence.time }
        if self.isListening { self.said.append(UInt32(truncatingIfNeeded: place)) }
        return place
    }

    private mutating func hasRoom(_ group: UInt64, _ limit: Int = ObservationLog.valuesPerAttribute) -> Bool {
        guard self.entries.count < self.capacity, self.counts[group, default: 0] < min(limit, ObservationLog.valuesPerAttribute) else {
            self.dropped &+= 1
            // Said again it is left out again, and counted.
            self.isListening = false
            return false
        }
        return true
    }

    private mutating func insert(_ observation: Observation, _ sign: Digest, of subject: UInt64, _ group: UInt64) {
        self.counts[group, default: 0] &+= 1
        self.index.insert(home: self.home(subject, sign), tag: sign.first)
        self.signs.append(Sign(first: sign.first, second: sign.second, lastSeen: observation.lastSeen))
        if self.isListening { self.said.append(UInt32(truncatingIfNeeded: self.entries.count)) }
        self.entries.append(observation)
    }
}
