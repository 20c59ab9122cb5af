public import Wire

/// Puts IP datagrams together from their fragments, in any order (RFC 791 section 3.2, RFC 8200 section 4.5).
///
/// Bounded in datagrams, bytes and parts: fragments are what an attacker sends to fill memory. The first byte wins where
/// fragments overlap, and an overlap is counted.
public struct FragmentTable: Sendable {
    /// The most datagrams that wait for fragments at a time.
    public static let datagramLimit = 1024
    /// The most bytes that wait, all datagrams together.
    public static let byteLimit = 16 * 1024 * 1024
    /// The most fragments of one datagram: 65,535 octets in parts of 8 would be 8192; no honest sender comes near.
    public static let partLimit = 256
    /// How long a datagram waits, on the capture's clock (RFC 8200 section 4.5: 60 s).
    public static let timeout: Int64 = 60 &* 1_000_000_000

    private struct Key: Hashable {
        let source: IPAddress
        let destination: IPAddress
        let network: VirtualNetwork
        let identification: UInt32
        let number: UInt8
    }

    private struct Datagram {
        var parts: [(offset: Int, bytes: [UInt8])] = []
        var byteCount = 0
        /// Known once the last fragment came.
        var length: Int?
        var started: Timestamp

        /// The first `length` bytes, if they are all there.
        func whole(_ length: Int) -> [UInt8]? {
            var whole: [UInt8] = []
            whole.reserveCapacity(length)
            for part in self.parts where whole.count < length {
                guard part.offset == whole.count else { return nil }
                whole.append(contentsOf: part.bytes.prefix(length &- whole.count))
            }
            return whole.count == length ? whole : nil
        }
    }

    private var datagrams: [Key: Datagram] = [:]
    /// Keys in order of arrival, for eviction.
    private var order: [Key] = []
    private var byteCount = 0

    public private(set) var overlaps: UInt64 = 0
    /// Datagrams given up: timed out, evicted, or with more parts than the limit.
    public private(set) var incomplete: UInt64 = 0

    public init() {}

    /// Adds a fragment.
    /// - Returns: the payload of the datagram when it is complete; of a first fragment that the snap length cut, what was
    ///   captured, as nothing will ever complete it.
    public mutating func add(_ packet: Packet, _ payload: RawSpan, at time: Timestamp) -> [UInt8]? {
        let key = Key(
            source: packet.source, destination: packet.destination, network: packet.network, identification: packet.fragmentIdentification,
            number: packet.ipProtocol)
        if packet.payloadMissing > 0 {
            self.forget(key)
            return packet.fragmentOffset == 0 ? payload.copied() : nil
        }
        let start = Int(packet.fragmentOffset)
        guard start &+ payload.byteCount <= 65535, !payload.isEmpty else { return nil }
        self.expire(before: time)
        var datagram = self.datagrams[key] ?? Datagram(started: time)
        if self.datagrams[key] == nil { self.order.append(key) }
        let stop = start &+ payload.byteCount
        // Sorted insertion; what is there already wins, and the new bytes fill what is free around it.
        var index = datagram.parts.count
        while index > 0, datagram.parts[index &- 1].offset > start { index &-= 1 }
        var from = start
        var added = 0
        if index > 0 { from = max(from, datagram.parts[index &- 1].offset &+ datagram.parts[index &- 1].bytes.count) }
        while from < stop {
            let until = index < datagram.parts.count ? min(stop, datagram.parts[index].offset) : stop
            if from < until {
                datagram.parts.insert((from, payload.slice(from: from &- start, count: until &- from).copied()), at: index)
                added &+= until &- from
                index &+= 1
            }
            guard index < datagram.parts.count else { break }
            from = datagram.parts[index].offset &+ datagram.parts[index].bytes.count
            index &+= 1
        }
        if added != payload.byteCount { self.overlaps &+= 1 }
        datagram.byteCount &+= added
        self.byteCount &+= added
        if !packet.moreFragments, datagram.length == nil { datagram.length = stop }
        self.datagrams[key] = datagram
        if let length = datagram.length, datagram.byteCount >= length, let whole = datagram.whole(length) {
            self.remove(key)
            return whole
        }
        if datagram.parts.count > Self.partLimit { self.forget(key) }
        while self.datagrams.count > Self.datagramLimit || self.byteCount > Self.byteLimit, let oldest = self.order.first {
            self.forget(oldest)
        }
        return nil
    }

    /// Gives up what is still incomplete, at the end of the capture.
    public mutating func finish() {
        for key in self.order { self.forget(key) }
    }

    private mutating func expire(before time: Timestamp) {
        while let oldest = self.order.first, let datagram = self.datagrams[oldest], time.since(datagram.started) > Self.timeout {
            self.forget(oldest)
        }
    }

    private mutating func forget(_ key: Key) {
        if self.datagrams[key] != nil { self.incomplete &+= 1 }
        self.remove(key)
    }

    private mutating func remove(_ key: Key) {
        guard let datagram = self.datagrams.removeValue(forKey: key) else { return }
        self.byteCount &-= datagram.byteCount
        // At most `datagramLimit` keys, and the one looked for is mostly the newest or the oldest.
        if let index = self.order.lastIndex(of: key) { self.order.remove(at: index) }
    }
}
