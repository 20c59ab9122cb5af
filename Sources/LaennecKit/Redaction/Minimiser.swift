import Flows
import Inventory
import Observations
import Packets
import Wire

/// A packet of a conversation that is minimised; its payload lies in the conversation's bytes.
struct Piece: Sendable {
    let packet: Packet
    let frame: UInt64
    let time: Timestamp
    let range: Range<Int>
}

/// Overwrites every byte of a conversation whose loss nobody would notice.
///
/// It knows no protocol but by its ``Skeleton``, which stays. A range of bytes is overwritten, the conversation is scanned again, and where all that was learned before
/// is learned again (every fact with its first frame and its last time, every count), the range stays overwritten; else its halves
/// are tried. What is left in the end is what observations are made of, and observations hold no patients and no secrets.
final class Minimiser {
    /// How much is scanned for one conversation, in bytes: what is undecided then is overwritten without being asked.
    static let effort = 4096 << 20
    /// What a packet, and a scan, cost beside the payload's bytes.
    private static let packetCost = 256
    private static let scanCost = 4096
    /// Payload of the first window; each is four times the one before it, so that the beginning of a long conversation is settled
    /// cheaply.
    private static let firstWindow = 4096
    /// What is scanned behind a window: a message is understood when its end is there.
    private static let lookahead = 1 << 16
    /// Where observed texts are looked for.
    private static let searched = 1 << 16

    private let pieces: [Piece]
    private let watchedNames: WatchedNames
    /// As far as they are settled overwritten, else as they were captured.
    private(set) var bytes: [UInt8]
    private let original: [UInt8]
    /// What stands in place of the bytes by which other programs find their way through messages.
    private let structure: [UInt8?]
    /// Whether nobody knows what this is.
    private let isUnknown: Bool
    private var effort = Minimiser.effort
    /// The packets that are scanned, and what has to come out.
    private var window: [Int] = []
    private var target = Inventory()
    /// What has to come out of so many of the packets.
    private var prefixes: [Int: [Observation]] = [:]
    /// For each byte, which observed text it is a part of; 0 for none.
    private var observed: [UInt32] = []
    /// What became of the payloads of datagrams.
    private var known: [[UInt8]: [UInt8]] = [:]

    private static let seed = UInt64.random(in: .min ... .max)
    private static let scan = ScanID(rawValue: 1)

    /// Whether all of it was settled by asking.
    var isComplete: Bool { self.effort > 0 }

    init(_ pieces: [Piece], _ bytes: [UInt8], _ watchedNames: WatchedNames) {
        self.pieces = pieces
        self.bytes = bytes
        self.original = bytes
        self.watchedNames = watchedNames
        let protocols = Self.protocols(of: pieces, bytes, watchedNames)
        self.structure = ConversationSkeleton(pieces, bytes, protocols).octets
        self.isUnknown = protocols.isEmpty && pieces.first?.packet.kind == .tcp
        if pieces.first?.packet.kind == .tcp { self.overwriteCompressed() }
    }

    private func overwriteCompressed() {
        guard let first = self.pieces.first?.packet else { return }
        for isFirst in [true, false] {
            let stream = self.pieces.filter { ($0.packet.source == first.source && $0.packet.sourcePort == first.sourcePort) == isFirst }.flatMap(\.range)
            for range in CompressedBodies(self.bytes, stream).ranges { for place in range { self.bytes[place] = Overwriting.filler } }
        }
    }

    func run() {
        switch self.pieces.first?.packet.kind {
        case .tcp: self.runStream()
        case .udp: self.runDatagrams()
        default: for index in self.pieces.indices { self.settle(index, among: [index]) }
        }
    }

    // MARK: Conversations

    /// A stream: what a byte means depends on those before it.
    private func runStream() {
        var done = 0
        var size = Self.firstWindow
        while done < self.pieces.count {
            var end = done
            while end < self.pieces.count, self.pieces[end].range.upperBound <= size || end == done { end &+= 1 }
            // Packets without payload go with those before them.
            while end < self.pieces.count, self.pieces[end].range.isEmpty { end &+= 1 }
            let range = self.pieces[done].range.lowerBound..<self.pieces[end &- 1].range.upperBound
            if self.effort > 0 {
                var seen = end
                while seen < self.pieces.count, self.pieces[seen].range.upperBound <= range.upperBound &+ Self.lookahead { seen &+= 1 }
                self.settle(range, among: Array(0..<seen))
            } else {
                self.giveUp(range)
            }
            done = end
            size &*= 4
        }
    }

    /// Datagrams: each stands for itself, or needs the first ones to be understood.
    private func runDatagrams() {
        for index in self.pieces.indices {
            let piece = self.pieces[index]
            guard !piece.range.isEmpty else { continue }
            let key = [UInt8(truncatingIfNeeded: piece.packet.sourcePort), UInt8(truncatingIfNeeded: piece.packet.sourcePort &>> 8)] + self.bytes[piece.range]
            if let known = self.known[key] {
                self.bytes.replaceSubrange(piece.range, with: known)
                continue
            }
            if self.effort <= 0 {
                self.giveUp(piece.range)
            } else {
                self.settle(index, among: [index])
                // Not understood alone.
                if index > 0, !self.hasProtocol { self.restore(index, from: key); self.settle(index, among: Array(0..<min(index, 2)) + [index]) }
            }
            self.known[key] = Array(self.bytes[piece.range])
        }
    }

    private func restore(_ index: Int, from key: [UInt8]) { self.bytes.replaceSubrange(self.pieces[index].range, with: key.dropFirst(2)) }

    private func settle(_ index: Int, among window: [Int]) {
        self.settle(self.pieces[index].range, among: window)
    }

    private func settle(_ range: Range<Int>, among window: [Int]) {
        self.look(at: window)
        self.reduce(range)
        for run in self.keptText(in: range) { self.reduceKeepingSum(run) }
        self.rename(in: range)
    }

    // MARK: Asking

    private var hasProtocol = false

    /// Takes what the packets say now for what they have to say.
    private func look(at window: [Int]) {
        self.window = window
        self.prefixes = [:]
        let shard = self.scan(window[...])
        self.target = shard.ledger.inventory(of: Self.scan, shard: 0)
        let observations = shard.ledger.log.observations
        self.hasProtocol = !observations.isEmpty
        self.findObserved(observations)
    }

    /// Whether the packets still say the same after a change.
    /// - Parameter prefix: how many packets show by themselves whether it did harm, and what they have to show: a change is mostly
    ///   refused by what comes at once.
    private func holds(_ prefix: (count: Int, target: [Observation])?) -> Bool {
        if let prefix, self.firsts(of: prefix.count) != prefix.target { return false }
        guard self.scan(self.window[...]).ledger.inventory(of: Self.scan, shard: 0) == self.target else { return false }
        self.prefixes.removeAll(keepingCapacity: true)
        return true
    }

    /// The packets up to the one with the end of a range, and what they show as long as the range is as it is; `nil` where they are
    /// nearly all.
    private func prefix(for range: Range<Int>) -> (count: Int, target: [Observation])? {
        var low = 0
        var high = self.window.count
        while low < high {
            let middle = (low &+ high) / 2
            if self.pieces[self.window[middle]].range.upperBound < range.upperBound { low = middle &+ 1 } else { high = middle }
        }
        let count = low &+ 1
        guard count < self.window.count / 4 &* 3 else { return nil }
        if let known = self.prefixes[count] { return (count, known) }
        let target = self.firsts(of: count)
        self.prefixes[count] = target
        return (count, target)
    }

    /// What the first packets show for the first time. When it was last said is left out: what comes later may say it again.
    private func firsts(of count: Int) -> [Observation] {
        self.scan(self.window.prefix(count)).ledger.log.observations.map { Observation($0.subject, $0.attribute, $0.value, evidence: $0.evidence) }
    }

    /// Scans some packets alone.
    private func scan(_ window: ArraySlice<Int>) -> Shard {
        self.effort &-= Self.scanCost
        for index in window { self.effort &-= Self.packetCost &+ self.pieces[index].range.count }
        return Self.scan(window.lazy.map { self.pieces[$0] }, self.bytes, self.watchedNames)
    }

    private static func scan(_ pieces: some Sequence<Piece>, _ bytes: [UInt8], _ watchedNames: WatchedNames) -> Shard {
        let shard = Shard(budget: MemoryBudget(bytes: 0), seed: Self.seed, watchedNames: watchedNames)
        for piece in pieces {
            let hash = shard.flows.hash(piece.packet, pairHash: FlowTable.pairHash(piece.packet))
            let payload = bytes.rawSpan.slice(from: piece.range.lowerBound, count: piece.range.count)
            shard.process(piece.packet, hash: hash, payload: payload, frame: piece.frame, time: piece.time)
        }
        shard.finish()
        return shard
    }

    /// What a conversation speaks.
    private static func protocols(of pieces: [Piece], _ bytes: [UInt8], _ watchedNames: WatchedNames) -> Set<ApplicationProtocol> {
        var protocols: Set<ApplicationProtocol> = []
        for observation in Self.scan(pieces, bytes, watchedNames).ledger.log.observations where observation.attribute == .serviceProtocol {
            if case .text(let name) = observation.value, let proved = ApplicationProtocol(rawValue: name) { protocols.insert(proved) }
        }
        return protocols
    }

    // MARK: Overwriting

    private func reduce(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        guard self.effort > 0 else { return self.giveUp(range) }
        let saved = Array(self.bytes[range])
        let prefix = self.prefix(for: range)
        for way in Overwriting.choices(for: saved[...], isUnknown: self.isUnknown) {
            way.overwrite(&self.bytes, range)
            self.restoreStructure(in: range)
            if self.bytes[range].elementsEqual(saved) || self.holds(prefix) { return }
            self.bytes.replaceSubrange(range, with: saved)
        }
        // Numbers of binary protocols are mostly needed as a whole.
        guard range.count > (Overwriting.isText(saved[...]) ? 1 : 3), !self.isObserved(range) else { return }
        let middle = self.middle(of: range)
        self.reduce(range.lowerBound..<middle)
        self.reduce(middle..<range.upperBound)
    }

    private func isStructure(_ index: Int) -> Bool { self.structure[index] == self.original[index] }
    private func restoreStructure(in range: Range<Int>) {
        for index in range { if let octet = self.structure[index] { self.bytes[index] = octet } }
    }

    // MARK: What was kept

    /// Text that was kept although it is not what was observed: words of a protocol, or what a checksum covers.
    private func keptText(in range: Range<Int>) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = range.lowerBound
        for index in range {
            if self.bytes[index] == self.original[index], !self.isStructure(index), (0x20..<0x7F).contains(self.bytes[index]) { continue }
            if index &- start >= Overwriting.sumLength { runs.append(start..<index) }
            start = index &+ 1
        }
        if range.upperBound &- start >= Overwriting.sumLength { runs.append(start..<range.upperBound) }
        return runs
    }

    /// Overwrites letters and digits so that their sum stays: many serial protocols close a message with the sum of its octets, and
    /// refuse it where that is wrong.
    private func reduceKeepingSum(_ range: Range<Int>) {
        guard range.count >= Overwriting.sumLength, self.effort > 0, !self.isObserved(range) else { return }
        let saved = Array(self.bytes[range])
        let prefix = self.prefix(for: range)
        for isStuffed in [false, true] {
            if Overwriting.overwriteKeepingSum(&self.bytes, range, isStuffed: isStuffed), self.holds(prefix) { return }
            self.bytes.replaceSubrange(range, with: saved)
            guard saved.contains(where: { $0 | 0x20 == 0x65 }) else { break }
        }
        let middle = self.middle(of: range)
        self.reduceKeepingSum(range.lowerBound..<middle)
        self.reduceKeepingSum(middle..<range.upperBound)
    }

    /// Gives every word that is still there another name, the same wherever it stands: an answer that names its question by a number
    /// still does.
    private func rename(in range: Range<Int>) {
        guard let first = self.window.first, let last = self.window.last else { return }
        let seen = self.pieces[first].range.lowerBound..<self.pieces[last].range.upperBound
        var words: [[UInt8]: [Int]] = [:]
        var order: [[UInt8]] = []
        var start = seen.lowerBound
        func close(_ end: Int) {
            defer { start = end &+ 1 }
            guard end &- start >= Overwriting.sumLength, end &- start <= 64 else { return }
            let word = Array(self.bytes[start..<end])
            guard !word.allSatisfy({ $0 == Overwriting.filler || $0 == 0x30 }) else { return }
            if words[word] == nil { order.append(word) }
            words[word, default: []].append(start)
        }
        for index in seen where self.isStructure(index) || !Self.isWord(self.bytes[index]) && ![0x2D, 0x2E, 0x5F].contains(self.bytes[index]) { close(index) }
        close(seen.upperBound)
        for (number, word) in order.enumerated() {
            guard self.effort > 0, let places = words[word], places.count > 1, places.contains(where: { range.contains($0) }),
                !places.contains(where: { self.isObserved($0..<$0 &+ word.count) })
            else { continue }
            var name = word
            Overwriting.text.overwrite(&name, 0..<name.count)
            let digits = Array(String(number).utf8)
            name.replaceSubrange(max(0, name.count &- digits.count)..<name.count, with: digits.suffix(name.count))
            self.replace(places, with: name)
            if !self.holds(nil) { self.replace(places, with: word) }
        }
    }
    private func replace(_ places: [Int], with word: [UInt8]) {
        for place in places { self.bytes.replaceSubrange(place..<place &+ word.count, with: word) }
    }

    private func giveUp(_ range: Range<Int>) {
        Overwriting.outright(&self.bytes, range)
        self.restoreStructure(in: range)
    }

    /// Where a range is divided: between two words of text near its middle, if there is such a place.
    private func middle(of range: Range<Int>) -> Int {
        let half = range.lowerBound &+ range.count / 2
        guard range.count >= 8 else { return half }
        for distance in 0..<range.count / 4 {
            if self.isBoundary(half &- distance) { return half &- distance }
            if self.isBoundary(half &+ distance) { return half &+ distance }
        }
        return half
    }
    private func isBoundary(_ index: Int) -> Bool { Self.isWord(self.bytes[index &- 1]) != Self.isWord(self.bytes[index]) }
    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
        default: false
        }
    }

    /// Notes where texts stand that were observed: within one, every byte counts, and there is nothing to ask.
    private func findObserved(_ observations: [Observation]) {
        self.observed = [UInt32](repeating: 0, count: min(self.bytes.count, Self.searched))
        var number: UInt32 = 0
        var needles: Set<String> = []
        for observation in observations.prefix(1024) {
            guard case .text(let text) = observation.value else { continue }
            // Values put together of several: a syntax and what it is proposed for.
            for word in [text[...]] + text.split(separator: " ") where word.utf8.count >= 4 && needles.insert(String(word)).inserted {
                self.mark(Array(word.utf8), &number)
                self.mark(word.utf8.flatMap { [$0, 0] }, &number)
            }
        }
    }
    private func mark(_ needle: [UInt8], _ number: inout UInt32) {
        let limit = self.observed.count &- needle.count
        guard limit >= 0 else { return }
        let bytes = self.bytes
        let span = bytes.span
        let first = needle[0]
        for start in 0...limit where span[start] == first {
            guard needle.indices.allSatisfy({ self.bytes[start &+ $0] == needle[$0] }) else { continue }
            number &+= 1
            // The longest that stands there counts.
            guard !needle.indices.allSatisfy({ self.observed[start &+ $0] != 0 }) else { continue }
            for index in needle.indices { self.observed[start &+ index] = number }
        }
    }
    private func isObserved(_ range: Range<Int>) -> Bool {
        guard range.upperBound <= self.observed.count, self.observed[range.lowerBound] != 0 else { return false }
        return range.allSatisfy { self.observed[$0] == self.observed[range.lowerBound] }
    }
}
