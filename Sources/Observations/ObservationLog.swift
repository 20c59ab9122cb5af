import Wire

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

    private var entries: [Observation] = []
    /// Per observation: two independent hashes of all that identifies it, and its last time. With a secret seed, two hashes of
    /// 64 bits are as good as comparing.
    private var signs: [Sign] = []
    private var index = HashIndex()
    /// How many values a (subject, attribute) has, by its hash.
    private var counts: [UInt64: Int] = [:]
    /// Observations that were left out because ``valuesPerAttribute`` or the capacity was reached.
    public private(set) var dropped: UInt64 = 0
    private let capacity: Int
    private let seed: UInt64

    private struct Sign {
        let first: UInt64
        let second: UInt64
        var lastSeen: Timestamp
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
    }

    /// - Parameters:
    ///   - capacity: the most observations to keep.
    ///   - seed: makes the hashes unpredictable for those who send packets; the result does not depend on it.
    public init(capacity: Int = 1 << 20, seed: UInt64 = .random(in: .min ... .max)) {
        self.capacity = capacity
        self.seed = seed
    }

    /// What was noted, in the order in which it was first seen.
    public var observations: [Observation] {
        zip(self.entries, self.signs).map { entry, sign in
            var observation = entry
            observation.lastSeen = sign.lastSeen
            return observation
        }
    }
    public var count: Int { self.entries.count }

    /// Notes bytes from the wire as text. Empty text says nothing and is not noted.
    /// - Parameters:
    ///   - digest: ``Subject/digest`` of the subject.
    ///   - subject: made only if the observation is new.
    public func record(
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

    /// Notes a value. Text is made printable first.
    public func record(_ attribute: Attribute, _ value: Value, at evidence: Evidence, digest: UInt64, subject: () -> Subject) {
        let group = self.group(digest, attribute)
        var clean = value
        let sign: Digest
        switch value {
        case .text(let given):
            var text = given
            var copy = [UInt8](text.utf8)
            if !PrintableText.isPlain(copy.rawSpan) {
                text = PrintableText.make(text)
                copy = [UInt8](text.utf8)
                clean = .text(text)
            }
            sign = Self.sign(copy.rawSpan, group)
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

    public func record(_ subject: Subject, _ attribute: Attribute, _ bytes: RawSpan, at evidence: Evidence) {
        self.record(attribute, bytes, at: evidence, digest: subject.digest) { subject }
    }
    public func record(_ subject: Subject, _ attribute: Attribute, _ value: Value, at evidence: Evidence) {
        self.record(attribute, value, at: evidence, digest: subject.digest) { subject }
    }

    private func group(_ digest: UInt64, _ attribute: Attribute) -> UInt64 { mixed(digest ^ self.seed &+ UInt64(attribute.rawValue)) }

    private static func sign(_ bytes: RawSpan, _ group: UInt64) -> Digest {
        var digest = Digest(group)
        var offset = 0
        while let word = bytes.u64(at: offset) {
            digest.add(word)
            offset &+= 8
        }
        var tail: UInt64 = 0
        while let byte = bytes.u8(at: offset) {
            tail = tail &<< 8 | UInt64(byte)
            offset &+= 1
        }
        digest.add(tail ^ UInt64(truncatingIfNeeded: bytes.byteCount) &<< 56)
        return digest
    }

    /// Where the search for a fact begins: the facts of one subject share two lines of memory, as they are looked up together.
    /// Seeded, so that nobody can choose addresses that meet.
    private func home(_ subject: UInt64, _ sign: Digest) -> UInt64 { mixed(subject ^ self.seed) & ~15 | sign.first & 15 }

    private func isKnown(_ sign: Digest, of subject: UInt64, _ evidence: Evidence) -> Bool {
        guard
            let place = self.index.find(
                home: self.home(subject, sign), tag: sign.first,
                where: { self.signs[$0].first == sign.first && self.signs[$0].second == sign.second })
        else { return false }
        if self.signs[place].lastSeen < evidence.time { self.signs[place].lastSeen = evidence.time }
        return true
    }

    private func hasRoom(_ group: UInt64) -> Bool {
        guard self.entries.count < self.capacity, self.counts[group, default: 0] < Self.valuesPerAttribute else {
            self.dropped &+= 1
            return false
        }
        return true
    }

    private func insert(_ observation: Observation, _ sign: Digest, of subject: UInt64, _ group: UInt64) {
        self.counts[group, default: 0] &+= 1
        self.index.insert(home: self.home(subject, sign), tag: sign.first)
        self.signs.append(Sign(first: sign.first, second: sign.second, lastSeen: observation.lastSeen))
        self.entries.append(observation)
    }
}
