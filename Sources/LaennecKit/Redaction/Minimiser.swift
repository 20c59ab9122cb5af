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
/// It knows no protocol. A range of bytes is overwritten, the conversation is scanned again, and where all that was learned before
/// is learned again (every fact with its first frame and its last time, every count), the range stays overwritten; else its halves
/// are tried. What is left in the end is what observations are made of, and observations hold no patients and no secrets.
final class Minimiser {
    /// How much is scanned for one conversation, in bytes: what is undecided then is overwritten without being asked.
    static let effort = 512 << 20
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
    private let mender: ApplicationChecksums?
    /// As far as they are settled overwritten, else as they were captured.
    private(set) var bytes: [UInt8]
    private var effort = Minimiser.effort
    /// The packets that are scanned, and what has to come out.
    private var window: [Int] = []
    private var target = Inventory()
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
        self.watchedNames = watchedNames
        var mender: ApplicationChecksums?
        if pieces.first?.packet.kind == .tcp || pieces.first?.packet.kind == .udp { mender = ApplicationChecksums(pieces, bytes) }
        self.mender = mender.flatMap { $0.isEmpty ? nil : $0 }
    }

    func run() {
        switch self.pieces.first?.packet.kind {
        case .tcp: self.runStream()
        case .udp: self.runDatagrams()
        default: for index in self.pieces.indices { self.settle(index, among: [index]) }
        }
        self.mender?.mend(&self.bytes)
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
                self.look(at: Array(0..<seen))
                self.reduce(range)
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
        self.look(at: window)
        self.reduce(self.pieces[index].range)
    }

    // MARK: Asking

    private var hasProtocol = false

    /// Takes what the packets say now for what they have to say.
    private func look(at window: [Int]) {
        self.window = window
        let shard = self.scan()
        self.target = shard.ledger.inventory(of: Self.scan, shard: 0)
        let observations = shard.ledger.log.observations
        self.hasProtocol = !observations.isEmpty
        self.findObserved(observations)
    }

    /// Whether the packets still say the same.
    private func holds() -> Bool { self.scan().ledger.inventory(of: Self.scan, shard: 0) == self.target }

    /// Scans the packets of the window alone.
    private func scan() -> Shard {
        let shard = Shard(budget: MemoryBudget(bytes: 0), seed: Self.seed, watchedNames: self.watchedNames)
        var bytes = self.bytes
        self.mender?.mend(&bytes)
        self.effort &-= Self.scanCost
        for index in self.window {
            let piece = self.pieces[index]
            self.effort &-= Self.packetCost &+ piece.range.count
            let hash = shard.flows.hash(piece.packet, pairHash: FlowTable.pairHash(piece.packet))
            let payload = bytes.rawSpan.slice(from: piece.range.lowerBound, count: piece.range.count)
            shard.process(piece.packet, hash: hash, payload: payload, frame: piece.frame, time: piece.time)
        }
        shard.finish()
        return shard
    }

    // MARK: Overwriting

    private func reduce(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        guard self.effort > 0 else { return self.giveUp(range) }
        let saved = Array(self.bytes[range])
        for way in Overwriting.choices(for: saved[...]) {
            way.overwrite(&self.bytes, range)
            if self.bytes[range].elementsEqual(saved) || self.holds() { return }
            self.bytes.replaceSubrange(range, with: saved)
        }
        guard range.count > 1, !self.isObserved(range) else { return }
        let middle = self.middle(of: range)
        self.reduce(range.lowerBound..<middle)
        self.reduce(middle..<range.upperBound)
    }

    private func giveUp(_ range: Range<Int>) { Overwriting.outright(&self.bytes, range) }

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
        for observation in observations.prefix(128) {
            guard case .text(let text) = observation.value, text.utf8.count >= 4 else { continue }
            let needle = Array(text.utf8)
            self.mark(needle, &number)
            self.mark(needle.flatMap { [$0, 0] }, &number)
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
            for index in needle.indices { self.observed[start &+ index] = number }
        }
    }
    private func isObserved(_ range: Range<Int>) -> Bool {
        guard range.upperBound <= self.observed.count, self.observed[range.lowerBound] != 0 else { return false }
        return range.allSatisfy { self.observed[$0] == self.observed[range.lowerBound] }
    }
}
