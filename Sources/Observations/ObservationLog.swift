import Wire

/// Collects observations and keeps one of each: the first evidence and the last time of every (subject, attribute, value).
///
/// Traffic says the same things over and over; the common path is "known already", which compares bytes in place and
/// allocates nothing. How much the wire can add is bounded: values of one attribute of one subject
/// (``valuesPerAttribute``), and observations in all (`capacity`). What did not fit is counted, never silent.
///
/// One log belongs to one shard and is not thread-safe.
public final class ObservationLog {
    /// The most different values kept of one attribute of one subject. A real device shows a handful; an attacker, any number.
    public static let valuesPerAttribute = 192

    public private(set) var observations: [Observation] = []
    /// Observations that were left out because ``valuesPerAttribute`` or the capacity was reached.
    public private(set) var dropped: UInt64 = 0

    private let capacity: Int
    /// Open addressing over indexes into `observations`, plus one; 0 is free. A power of two, at most three quarters full.
    private var slots: [UInt32]
    /// How many values a (subject, attribute) has, by its hash.
    private var counts: [UInt64: Int] = [:]
    private let seed: UInt64

    /// - Parameters:
    ///   - capacity: the most observations to keep.
    ///   - seed: makes the hash unpredictable for those who send packets; the result does not depend on it.
    public init(capacity: Int = 1 << 20, seed: UInt64 = .random(in: .min ... .max)) {
        self.capacity = capacity
        self.seed = seed
        self.slots = [UInt32](repeating: 0, count: 1024)
    }

    /// Notes bytes from the wire as text. Empty text says nothing and is not noted.
    public func record(_ subject: Subject, _ attribute: Attribute, _ bytes: RawSpan, at evidence: Evidence) {
        guard !bytes.isEmpty else { return }
        guard PrintableText.isPlain(bytes) else {
            self.record(subject, attribute, .text(PrintableText.make(bytes)), at: evidence)
            return
        }
        var hash = self.hash(subject, attribute)
        let group = hash
        var offset = 0
        while let word = bytes.u64(at: offset) {
            hash = mix(hash ^ word)
            offset &+= 8
        }
        var tail: UInt64 = 0
        while let byte = bytes.u8(at: offset) {
            tail = tail &<< 8 | UInt64(byte)
            offset &+= 1
        }
        hash = mix(hash ^ tail ^ UInt64(truncatingIfNeeded: bytes.byteCount) &<< 56)
        var slot = self.slot(hash)
        while let index = self.index(in: slot) {
            let known = self.observations[index]
            if known.attribute == attribute, case .text(let text) = known.value, Self.equal(text, bytes), known.subject == subject {
                self.touch(index, evidence)
                return
            }
            slot = self.next(slot)
        }
        self.insert(
            Observation(subject, attribute, .text(String(decoding: bytes.copied(), as: UTF8.self)), evidence: evidence),
            in: slot, group: group)
    }

    /// Notes a value. Text is made printable first.
    public func record(_ subject: Subject, _ attribute: Attribute, _ value: Value, at evidence: Evidence) {
        let clean: Value
        switch value {
        case .text(let text):
            let copy = [UInt8](text.utf8)
            let span = copy.rawSpan
            if PrintableText.isPlain(span) {
                self.record(subject, attribute, span, at: evidence)
                return
            }
            clean = .text(PrintableText.make(text))
        case .number, .time:
            clean = value
        }
        let group = self.hash(subject, attribute)
        var hash = group
        switch clean {
        case .text(let text): for byte in text.utf8 { hash = mix(hash ^ UInt64(byte)) }
        case .number(let number): hash = mix(hash ^ UInt64(bitPattern: number) ^ 1 &<< 63)
        case .time(let time): hash = mix(hash ^ UInt64(bitPattern: time.nanoseconds) ^ 1 &<< 62)
        }
        var slot = self.slot(hash)
        while let index = self.index(in: slot) {
            let known = self.observations[index]
            if known.attribute == attribute, known.value == clean, known.subject == subject {
                self.touch(index, evidence)
                return
            }
            slot = self.next(slot)
        }
        self.insert(Observation(subject, attribute, clean, evidence: evidence), in: slot, group: group)
    }

    private func touch(_ index: Int, _ evidence: Evidence) {
        if self.observations[index].lastSeen < evidence.time { self.observations[index].lastSeen = evidence.time }
    }

    private func insert(_ observation: Observation, in slot: Int, group: UInt64) {
        guard self.observations.count < self.capacity, self.counts[group, default: 0] < Self.valuesPerAttribute else {
            self.dropped &+= 1
            return
        }
        self.counts[group, default: 0] &+= 1
        self.observations.append(observation)
        self.slots[slot] = UInt32(truncatingIfNeeded: self.observations.count)
        self.hashes.append(self.pendingHash)
        if self.observations.count &* 4 > self.slots.count &* 3 { self.grow() }
    }

    // MARK: The table

    /// The hash of each observation, so that growing never touches the observations themselves.
    private var hashes: [UInt64] = []
    private var pendingHash: UInt64 = 0

    private func slot(_ hash: UInt64) -> Int {
        self.pendingHash = hash
        return Int(truncatingIfNeeded: hash & UInt64(truncatingIfNeeded: self.slots.count &- 1))
    }
    private func next(_ slot: Int) -> Int { (slot &+ 1) & (self.slots.count &- 1) }
    private func index(in slot: Int) -> Int? {
        let entry = self.slots[slot]
        return entry == 0 ? nil : Int(entry) &- 1
    }
    private func grow() {
        self.slots = [UInt32](repeating: 0, count: self.slots.count &* 2)
        for (index, hash) in self.hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash & UInt64(truncatingIfNeeded: self.slots.count &- 1))
            while self.slots[slot] != 0 { slot = self.next(slot) }
            self.slots[slot] = UInt32(truncatingIfNeeded: index &+ 1)
        }
    }

    private static func equal(_ text: String, _ bytes: RawSpan) -> Bool {
        let utf8 = text.utf8
        guard utf8.count == bytes.byteCount else { return false }
        var offset = 0
        for byte in utf8 {
            if bytes.u8(at: offset) != byte { return false }
            offset &+= 1
        }
        return true
    }

    private func hash(_ subject: Subject, _ attribute: Attribute) -> UInt64 {
        var hash = mix(self.seed ^ UInt64(truncatingIfNeeded: attribute.rawValue))
        func add(_ host: HostKey) {
            hash = mix(hash ^ host.address.high ^ host.mac.rawValue)
            hash = mix(hash ^ host.address.low)
            hash = mix(hash ^ host.network.rawValue)
        }
        func add(_ service: ServiceKey) {
            add(service.host)
            hash = mix(hash ^ UInt64(service.port) &<< 8 ^ UInt64(service.transport.rawValue) ^ 0x5E00_0000)
        }
        switch subject {
        case .host(let host): add(host)
        case .service(let service): add(service)
        case .conversation(let conversation):
            add(conversation.client)
            add(conversation.service)
        case .device(let device):
            add(device.gateway)
            for byte in device.identifier.utf8 { hash = mix(hash ^ UInt64(byte)) }
            for byte in device.naming.rawValue.utf8 { hash = mix(hash ^ UInt64(byte)) }
        }
        return hash
    }
}

/// One round of a multiply-and-fold mix: both halves of the 128-bit product decide every bit.
@inlinable func mix(_ value: UInt64) -> UInt64 {
    let product = (value ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: 0xBF58_476D_1CE4_E5B9)
    return product.high ^ product.low
}
