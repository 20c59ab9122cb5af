import Observations
import Wire

/// One TCP conversation on its way through probing and dissection.
///
/// Bytes of both sides come in order (``deliver(_:from:_:)``) or are said to be lost (``lose(_:from:_:)``). At first every
/// registered dissector is asked; the one that says yes gets what was held back and everything that follows. In mid-stream
/// and after a loss the starts of the next segments are tried, as that is where messages begin.
public final class Dissection {
    /// The most bytes of a side that are held for probing.
    public static let probeLimit = 2048
    /// The most bytes of a side that a dissector may leave unconsumed.
    public static let carryLimit = 65536
    /// How many segments of a side are tried in mid-stream before the conversation is given up.
    public static let resynchronisationTries = 48
    /// How many segments of a conversation that nobody understood are tried for a protocol that begins late.
    public static let lateTries = 24

    private var sides = (Half(), Half())
    private var dissector: (any StreamDissector)?
    /// Which side's bytes came first, to be fed first.
    private var firstSide: Side?
    /// Dissectors that have not said no yet, as bits by their place in the registry.
    private var candidates: UInt128
    private var sawStart: Bool
    /// Nobody understood the beginning; only protocols that may begin late are still asked.
    public private(set) var isWatching = false
    /// Only these dissectors are asked; tests use it to run one alone.
    private let registry: [any StreamDissector.Type]
    /// Whether that is all of ``Registry/streams``.
    private let isWhole: Bool

    public private(set) var isFinished = false
    /// Whether a dissector gave up: this was not its protocol after all, or it is broken beyond use.
    public private(set) var hasFailed = false

    private struct Half {
        /// Bytes that are held: for probing, or because the dissector wants more before it goes on.
        var held: [UInt8] = []
        /// How many held bytes the dissector asked for.
        var wanted = 1
        /// Bytes still to pass unseen.
        var skip = 0
        var isFinished = false
        /// The frame that the first held byte came with.
        var heldSince = Evidence(frame: 0, time: .distantPast)
        /// Whether the side waits for a segment that begins an element.
        var isResynchronising = false
        var tries = 0
        var hasEnded = false
    }

    /// - Parameter sawStart: whether the conversation was seen from its SYN on.
    public convenience init(sawStart: Bool) {
        self.init(sawStart: sawStart, registry: Registry.streams, isWhole: true)
    }

    /// A conversation that nobody understood from its beginning and in which ``mayBeginLate(_:)`` has seen something.
    public convenience init(resuming sawStart: Bool) {
        self.init(sawStart: sawStart, registry: Registry.streams, isWhole: true)
        self.isWatching = true
    }

    /// Lets everything of the conversation go, until another one begins.
    public func clear() {
        self.sides = (Half(), Half())
        self.dissector = nil
    }

    /// Begins another conversation with what was cleared.
    public func begin(sawStart: Bool, isResumed: Bool) {
        self.sawStart = sawStart
        self.isWatching = isResumed
        self.firstSide = nil
        self.candidates = .max
        self.isFinished = false
        self.hasFailed = false
    }

    /// Whether a segment of a conversation that nobody understood begins a protocol that may begin late. Needs no state, so
    /// that such a conversation costs none.
    public static func mayBeginLate(_ segment: RawSpan) -> Bool {
        let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: false)
        let head = segment.slice(from: 0, count: Self.probeLimit)
        for type in Self.late where type.probe(head, context) == .yes { return true }
        return false
    }
    private static let late = Registry.streams.filter { $0.mayBeginLate }

    init(sawStart: Bool, registry: [any StreamDissector.Type], isWhole: Bool = false) {
        self.sawStart = sawStart
        self.registry = registry
        self.isWhole = isWhole
        self.candidates = .max
    }

    /// A bit for every dissector of the registry.
    private var everyone: UInt128 { self.registry.count >= 128 ? .max : (1 &<< UInt128(self.registry.count)) &- 1 }

    /// Bytes that are held for this conversation, for the memory budget.
    public var heldBytes: Int { self.sides.0.held.capacity &+ self.sides.1.held.capacity &+ (self.dissector?.heldBytes ?? 0) }

    /// Takes over how many of the next bytes of a side nobody needs: who follows the stream can then drop them unseen.
    public func takeSkip(of side: Side) -> Int {
        self.with(side) { half in
            guard half.held.isEmpty else { return 0 }
            defer { half.skip = 0 }
            return half.skip
        }
    }
    /// Gives back what was not dropped.
    public func giveBackSkip(_ count: Int, of side: Side) { self.with(side) { $0.skip &+= count } }

    private func with<Result>(_ side: Side, _ body: (inout Half) -> Result) -> Result {
        side == .initiator ? body(&self.sides.0) : body(&self.sides.1)
    }
    private func half(_ side: Side) -> Half { side == .initiator ? self.sides.0 : self.sides.1 }

    // MARK: Input

    /// The next bytes of a side, which start where a segment started.
    public func deliver(_ segment: RawSpan, from side: Side, _ context: inout DissectionContext) {
        guard !self.isFinished, !segment.isEmpty else { return }
        var bytes = segment
        let skip = self.with(side) { half -> Int in
            let skip = min(half.skip, segment.byteCount)
            half.skip &-= skip
            return skip
        }
        if skip > 0 {
            bytes = bytes.slice(from: skip)
            if bytes.isEmpty { return }
        }
        if self.with(side, { $0.isFinished }) { return }
        if self.dissector == nil {
            self.probe(bytes, from: side, &context)
        } else if self.with(side, { $0.isResynchronising }) {
            self.resynchronise(bytes, from: side, &context)
        } else {
            self.feed(bytes, from: side, &context)
        }
    }

    /// `count` bytes of a side were lost.
    public func lose(_ count: Int, from side: Side, _ context: inout DissectionContext) {
        guard !self.isFinished, count > 0 else { return }
        let isCovered = self.with(side) { half -> Bool in
            // What would have been skipped is no loss.
            if half.held.isEmpty, count <= half.skip {
                half.skip &-= count
                return true
            }
            half.held.removeAll(keepingCapacity: false)
            half.skip = 0
            half.wanted = 1
            half.isResynchronising = true
            return half.isFinished
        }
        if !isCovered { self.dissector?.lost(count, from: side) }
    }

    /// A side has ended.
    public func end(_ side: Side, _ context: inout DissectionContext) {
        guard !self.isFinished else { return }
        let half = self.half(side)
        if half.hasEnded { return }
        self.with(side) { $0.hasEnded = true }
        if !half.isFinished, !half.isResynchronising { self.dissector?.finish(half.held.rawSpan, from: side, &context) }
        if self.half(side.other).hasEnded || self.half(side.other).isFinished { self.isFinished = true }
    }

    // MARK: Probing

    private func probe(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) {
        if self.firstSide == nil { self.firstSide = side }
        let half = self.half(side)
        let isStart = self.sawStart && !half.isResynchronising && !self.isWatching
        if isStart, !half.held.isEmpty {
            self.probeAgain(bytes, from: side, &context)
            return
        }
        switch self.ask(bytes.slice(from: 0, count: Self.probeLimit), from: side, isStart: isStart, context) {
        case .yes(let type):
            self.begin(type, with: bytes, from: side, since: context.evidence, &context)
        case .notYet where isStart:
            guard bytes.byteCount <= Self.probeLimit else { return self.watch() }
            self.with(side) { half in
                half.held = bytes.copied()
                half.heldSince = context.evidence
            }
        case .no where isStart:
            self.watch()
        case .notYet, .no:
            // Mid-stream: this segment began nothing that is known; the next may.
            let tries = self.with(side) { half -> Int in
                half.tries &+= 1
                return half.tries
            }
            self.candidates = .max
            if tries >= (self.isWatching ? Self.lateTries : Self.resynchronisationTries) { self.giveUp() }
        }
    }

    /// More of a side whose first bytes did not decide.
    private func probeAgain(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) {
        let since = self.half(side).heldSince
        let room = Self.probeLimit &- self.half(side).held.count
        // What exceeds the limit could not be fed later in order, so the decision has to fall on what is held.
        let kept = bytes.slice(from: 0, count: room)
        self.with(side) { half in
            var index = 0
            while let byte = kept.u8(at: index) {
                half.held.append(byte)
                index &+= 1
            }
        }
        let held = self.half(side).held
        switch self.ask(held.rawSpan, from: side, isStart: true, context) {
        case .yes(let type):
            self.with(side) { $0.held = [] }
            self.begin(type, with: held.rawSpan, from: side, since: since, &context)
            let rest = bytes.slice(from: kept.byteCount)
            if !self.isFinished, !rest.isEmpty { self.deliver(rest, from: side, &context) }
        case .notYet where bytes.byteCount <= room: break
        case .notYet, .no: self.watch()
        }
    }

    /// Nobody understands the conversation from its beginning; it may still turn into something that is known.
    private func watch() {
        self.sides = (Half(), Half())
        self.isWatching = true
        self.candidates = .max
    }

    private enum Answer {
        case no, notYet
        case yes(any StreamDissector.Type)
    }

    private func ask(_ head: RawSpan, from side: Side, isStart: Bool, _ context: DissectionContext) -> Answer {
        let probeContext = ProbeContext(
            transport: context.transport, side: side, role: context.rolesAreSure ? context.role(of: side) : nil, isStart: isStart,
            ports: (context.initiator.port, context.responder.port))
        var undecided: UInt128 = 0
        var pending = self.candidates & self.everyone
        if isStart, self.isWhole, let first = head.u8(at: 0) { pending &= FirstOctets.dissectors(first) }
        while pending != 0 {
            let index = pending.trailingZeroBitCount
            let bit: UInt128 = 1 &<< UInt128(index)
            pending &= ~bit
            let type = self.registry[index]
            if self.isWatching, !type.mayBeginLate { continue }
            switch type.probe(head, probeContext) {
            case .yes: return .yes(type)
            case .notYet: undecided |= bit
            case .no: break
            }
        }
        self.candidates = undecided
        return undecided == 0 ? .no : .notYet
    }

    private func giveUp() {
        self.hasFailed = self.dissector != nil
        self.isFinished = true
        self.sides = (Half(), Half())
    }

    // MARK: Dissecting

    /// - Parameter since: the frame that the first of the bytes came with.
    private func begin(
        _ type: any StreamDissector.Type, with bytes: RawSpan, from side: Side, since: Evidence, _ context: inout DissectionContext
    ) {
        self.dissector = type.init()
        self.isWatching = false
        context.protocols.add(type.applicationProtocol)
        self.sides.0.isResynchronising = self.sides.0.isResynchronising && side != .initiator
        self.sides.1.isResynchronising = self.sides.1.isResynchronising && side != .responder
        // The other side may have spoken first and is still held: it is fed in the order it came, with the frame it came with.
        let now = context.evidence
        let other = self.half(side.other)
        if !other.held.isEmpty { self.with(side.other) { $0.held = [] } }
        if !other.held.isEmpty, self.firstSide == side.other {
            context.evidence = other.heldSince
            self.feed(other.held.rawSpan, from: side.other, &context)
        }
        context.evidence = since
        self.feed(bytes, from: side, &context)
        if !other.held.isEmpty, self.firstSide == side {
            context.evidence = other.heldSince
            self.feed(other.held.rawSpan, from: side.other, &context)
        }
        context.evidence = now
        if !self.sawStart {
            // The other side is in mid-stream as well until one of its segments begins something.
            self.with(side.other) { half in
                if half.held.isEmpty, half.skip == 0, !half.isFinished { half.isResynchronising = true }
            }
        }
    }

    private func resynchronise(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) {
        guard let dissector else { return }
        let probeContext = ProbeContext(
            transport: context.transport, side: side, role: context.rolesAreSure ? context.role(of: side) : nil, isStart: false, isProved: true,
            ports: (context.initiator.port, context.responder.port))
        if type(of: dissector).probe(bytes.slice(from: 0, count: Self.probeLimit), probeContext) == .yes {
            self.with(side) { half in
                half.isResynchronising = false
                half.tries = 0
            }
            self.feed(bytes, from: side, &context)
        } else {
            let isSpent = self.with(side) { half -> Bool in
                half.tries &+= 1
                half.isFinished = half.tries >= Self.resynchronisationTries
                return half.isFinished
            }
            if isSpent, self.half(side.other).isFinished { self.isFinished = true }
        }
    }

    private func feed(_ segment: RawSpan, from side: Side, _ context: inout DissectionContext) {
        guard !self.isFinished else { return }
        // The usual case: nothing held, the dissector reads the packet where it lies.
        if self.with(side, { $0.held.isEmpty }) {
            let rest = self.consume(segment, from: side, &context)
            if !self.isFinished, !rest.isEmpty, self.dissector != nil { self.hold(rest, side) }
            return
        }
        var held = self.with(side) { half -> [UInt8] in
            let held = half.held
            half.held = []
            return held
        }
        var index = 0
        while let byte = segment.u8(at: index) {
            held.append(byte)
            index &+= 1
        }
        if held.count < self.half(side).wanted {
            self.with(side) { $0.held = held }
            return
        }
        let count = self.consume(held.rawSpan, from: side, &context).byteCount
        guard !self.isFinished, count > 0, self.dissector != nil else { return }
        if count < held.count { held.removeFirst(held.count &- count) }
        if held.count > Self.carryLimit { return self.giveUp() }
        self.with(side) { $0.held = held }
    }

    private func hold(_ bytes: RawSpan, _ side: Side) {
        if bytes.byteCount > Self.carryLimit { return self.giveUp() }
        self.with(side) { $0.held = bytes.copied() }
    }

    /// Lets the dissector read until it wants more than there is.
    /// - Returns: what it left.
    @_lifetime(copy bytes)
    private func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> RawSpan {
        var rest = bytes
        while let dissector {
            let consumption = dissector.consume(rest, from: side, &context)
            let consumed = min(max(consumption.consumed, 0), rest.byteCount)
            rest = rest.slice(from: consumed)
            switch consumption.next {
            case .more(let count):
                let wanted = max(count, 1)
                // Progress was made and enough is left: go on. Otherwise wait.
                if consumed > 0, rest.byteCount >= wanted { continue }
                self.with(side) { $0.wanted = max(wanted, consumed > 0 ? 1 : rest.byteCount &+ 1) }
                if wanted > Self.carryLimit { self.giveUp() }
                return rest
            case .skip(let count):
                let now = min(max(count, 0), rest.byteCount)
                rest = rest.slice(from: now)
                self.with(side) { half in
                    half.skip = max(count, 0) &- now
                    half.wanted = 1
                }
                if rest.isEmpty { return rest }
                if consumed == 0, now == 0 {
                    // A dissector that neither reads nor skips would be asked for ever.
                    self.giveUp()
                    return rest
                }
            case .sideFinished:
                self.with(side) { $0.isFinished = true }
                if self.half(side.other).isFinished { self.isFinished = true }
                return rest.slice(from: rest.byteCount)
            case .finished, .failed:
                self.hasFailed = consumption.next == .failed
                self.isFinished = true
                return rest.slice(from: rest.byteCount)
            case .handOver:
                self.handOver(rest, from: side, &context)
                return rest.slice(from: rest.byteCount)
            }
        }
        return rest.slice(from: rest.byteCount)
    }

    private func handOver(_ rest: RawSpan, from side: Side, _ context: inout DissectionContext) {
        let other = self.half(side.other).held
        self.dissector = nil
        self.firstSide = nil
        self.sides = (Half(), Half())
        self.candidates = .max
        if !other.isEmpty { self.deliver(other.rawSpan, from: side.other, &context) }
        if !rest.isEmpty { self.deliver(rest, from: side, &context) }
    }
}

/// Which dissectors a conversation can be for, by its first octet: most refuse most octets, and need not be asked.
private enum FirstOctets {
    /// Bits by the place in ``Registry/streams``.
    static func dissectors(_ octet: UInt8) -> UInt128 { self.table[Int(octet)] }

    /// Found out by asking each dissector once about each octet: *no* is final, so what refuses one octet refuses all that begin so.
    private static let table: [UInt128] = (0...255).map { octet in
        var mask: UInt128 = 0
        for (index, type) in Registry.streams.enumerated() where Self.mayBegin(type, with: UInt8(truncatingIfNeeded: octet)) {
            mask |= 1 &<< UInt128(index)
        }
        return mask
    }

    private static func mayBegin(_ type: any StreamDissector.Type, with octet: UInt8) -> Bool {
        let head = [octet]
        for side in [Side.initiator, .responder] {
            for role in [Role.client, .server, nil] {
                // What asks for ports as well is asked with those of users' programs, too.
                for port: UInt16 in [0, 50_000] {
                    let context = ProbeContext(transport: .tcp, side: side, role: role, isStart: true, ports: (port, port))
                    if type.probe(head.rawSpan, context) != .no { return true }
                }
            }
        }
        return false
    }
}
