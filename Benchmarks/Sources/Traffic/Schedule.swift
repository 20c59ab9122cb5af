/// Something that sends packets over time.
public protocol Conversation: AnyObject {
    /// Sends the next packet.
    /// - Returns: nanoseconds until the one after it; `nil` when there is none.
    func step(at time: UInt64, _ out: PcapWriter, _ random: inout SeededGenerator) throws -> UInt64?
}

/// Lets many conversations send at a time, in the order of time.
public struct Schedule {
    private struct Event {
        let time: UInt64
        /// Breaks ties, so that the order never depends on the heap.
        let order: UInt64
        let conversation: any Conversation

        static func < (left: Event, right: Event) -> Bool { left.time == right.time ? left.order < right.order : left.time < right.time }
    }

    /// A binary heap, the next event first.
    private var events: [Event] = []
    private var order: UInt64 = 0
    /// The most conversations that were open at a time.
    public private(set) var mostOpen = 0

    public init() {}

    /// Runs until every conversation is over.
    /// - Parameters:
    ///   - start: nanoseconds since 1970.
    ///   - arrivals: gives the next conversation and the time until it begins, `nil` after the last.
    public mutating func run(
        from start: UInt64, into out: PcapWriter, _ random: inout SeededGenerator,
        arrivals: (inout SeededGenerator) -> (wait: UInt64, conversation: any Conversation)?
    ) throws {
        var next = arrivals(&random).map { (time: start + $0.wait, conversation: $0.conversation) }
        while true {
            if let arrival = next, self.events.first.map({ arrival.time <= $0.time }) ?? true {
                self.push(arrival.time, arrival.conversation)
                self.mostOpen = max(self.mostOpen, self.events.count)
                next = arrivals(&random).map { (time: arrival.time + $0.wait, conversation: $0.conversation) }
            }
            guard let event = self.pop() else { break }
            if let wait = try event.conversation.step(at: event.time, out, &random) { self.push(event.time + wait, event.conversation) }
        }
    }

    private mutating func push(_ time: UInt64, _ conversation: any Conversation) {
        self.order += 1
        self.events.append(Event(time: time, order: self.order, conversation: conversation))
        var child = self.events.count - 1
        while child > 0, self.events[child] < self.events[(child - 1) / 2] {
            self.events.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func pop() -> Event? {
        guard let first = self.events.first, let last = self.events.popLast() else { return nil }
        guard !self.events.isEmpty else { return first }
        self.events[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.events.count && self.events[child] < self.events[least] { least = child }
            if least == parent { return first }
            self.events.swapAt(parent, least)
            parent = least
        }
    }
}
