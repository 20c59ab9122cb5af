import Wire

/// The octets of messages by which their parts are found: types, lengths, counts, separators.
///
/// A cursor that walks messages and marks such octets. They stay in a redacted capture, whether Laennec needs them or not, so that
/// other programs still find their way through it. The value of a field never stays; where not just anything can stand in its place,
/// as for a time, the walk says what does. Nothing here traps: what lies outside reads as nothing and marks nothing.
struct Skeleton {
    let bytes: [UInt8]
    /// Where they stand in the conversation's side.
    private let places: [Int]
    /// The whole side.
    private let side: [UInt8]
    /// What stands in the copy, and where in the side.
    private(set) var marks: [(place: Int, octet: UInt8)] = []
    /// Where the next octet is read.
    private(set) var at: Int
    /// Where the innermost part ends.
    private(set) var end: Int
    /// Where messages may begin: those of TCP begin mostly where a segment does.
    private let starts: [Int]
    /// What follows is encrypted: set by formats of which only the beginning is open.
    var isEncrypted = false
    /// Places of a value that is spread over several messages.
    private var fragments: [Int] = []
    /// How long such a value is, where its beginning says so.
    var wanted = 0

    init(_ side: [UInt8], starts: [Int] = []) {
        self.init(side, at: Array(side.indices), starts: starts)
    }
    private init(_ side: [UInt8], at places: [Int], starts: [Int]) {
        self.bytes = places.count == side.count ? side : places.map { side[$0] }
        self.places = places
        self.side = side
        self.at = 0
        self.end = places.count
        self.starts = starts
    }

    // MARK: Reading

    var remaining: Int { self.end &- self.at }
    var isEmpty: Bool { self.remaining <= 0 }

    /// An octet that stays unmarked; -1 where there is none.
    func peek(_ offset: Int = 0) -> Int {
        let place = self.at &+ offset
        return place >= 0 && place < self.end ? Int(self.bytes[place]) : -1
    }

    /// A number that stays unmarked; -1 where it is not all there.
    func peekNumber(_ octets: Int, _ offset: Int = 0, littleEndian: Bool = false) -> Int {
        guard octets <= 4, offset >= 0, offset &+ octets <= self.remaining else { return -1 }
        var number = 0
        for index in 0..<octets { number = number &<< 8 | Int(self.bytes[self.at &+ offset &+ (littleEndian ? octets &- 1 &- index : index)]) }
        return number
    }

    /// A number at a place of the whole, as in messages that name where a value stands; 0 where it is not all there.
    func little(_ octets: Int, at place: Int) -> Int {
        guard octets <= 4, place >= 0, place &+ octets <= self.bytes.count else { return 0 }
        return (0..<octets).reduce(0) { $0 | Int(self.bytes[place &+ $1]) &<< (8 &* $1) }
    }

    /// Whether only zeros stand there.
    func isZero(_ offsets: Range<Int>) -> Bool { offsets.allSatisfy { self.peek($0) == 0 } }

    func isPrintable(_ offset: Int, _ count: Int) -> Bool { (offset..<offset &+ max(count, 0)).allSatisfy { (0x20..<0x7F).contains(self.peek($0)) } }

    func has(_ text: StaticString, _ offset: Int = 0) -> Bool {
        let end = self.end
        return self.at &+ offset &+ text.utf8CodeUnitCount <= end && self.bytes.rawSpan.has(text, at: self.at &+ offset)
    }

    /// The next octets as text.
    func string(_ count: Int) -> String { String(decoding: self.bytes[self.at..<self.at &+ min(max(count, 0), max(self.remaining, 0))], as: UTF8.self) }

    /// How long a line is, with its end.
    var line: Int { self.distance(to: 0x0A).map { $0 &+ 1 } ?? self.remaining }

    /// Where an octet stands next, counted from here.
    func distance(to byte: UInt8, within limit: Int = .max) -> Int? {
        self.bytes.rawSpan.firstIndex(of: byte, from: self.at, before: self.at &+ min(limit, self.remaining)).map { $0 &- self.at }
    }

    // MARK: Walking

    mutating func skip(_ count: Int) { self.at &+= min(max(count, 0), self.remaining) }

    mutating func keep(_ count: Int) {
        let start = self.at
        self.skip(count)
        for place in start..<self.at { self.marks.append((self.places[place], self.bytes[place])) }
    }

    /// A value that is overwritten by an octet of its own.
    mutating func fill(_ count: Int, with octet: UInt8 = Overwriting.filler) {
        let start = self.at
        self.skip(count)
        for place in start..<self.at { self.marks.append((self.places[place], octet)) }
    }

    /// A value that is overwritten by another one.
    mutating func put(_ value: String) {
        let start = self.at
        self.skip(value.utf8.count)
        for (place, octet) in zip(start..<self.at, value.utf8) { self.marks.append((self.places[place], octet)) }
    }

    /// A number that stays; 0 where it is not all there.
    mutating func number(_ octets: Int, littleEndian: Bool = false) -> Int {
        let number = self.peekNumber(octets, littleEndian: littleEndian)
        self.keep(octets)
        return max(number, 0)
    }

    /// A value behind its length.
    mutating func counted(_ octets: Int, littleEndian: Bool = false) { self.skip(self.number(octets, littleEndian: littleEndian)) }

    /// Walks the next octets as something of its own; behind it in the end.
    mutating func part(_ count: Int, _ walk: (inout Skeleton) -> Void) {
        let outer = self.end
        let inner = self.at &+ min(max(count, 0), self.remaining)
        self.end = inner
        walk(&self)
        self.end = outer
        self.at = inner
    }

    /// Walks octets elsewhere in this part.
    mutating func part(at place: Int, _ count: Int, _ walk: (inout Skeleton) -> Void) {
        guard place >= 0, place <= self.end else { return }
        let back = self.at
        self.at = place
        self.part(count, walk)
        self.at = back
    }

    /// Repeats to the end of this part.
    mutating func each(_ walk: (inout Skeleton) -> Void) {
        while !self.isEmpty {
            let before = self.at
            walk(&self)
            if self.at <= before { break }
        }
    }

    /// Walks only where all of it makes sense; else nothing was marked, and the cursor did not move.
    mutating func attempt(_ walk: (inout Skeleton) -> Bool) -> Bool {
        let count = (marks: self.marks.count, fragments: self.fragments.count)
        let back = self.at
        if walk(&self) { return true }
        self.marks.removeLast(max(0, self.marks.count &- count.marks))
        self.fragments.removeLast(max(0, self.fragments.count &- count.fragments))
        self.at = back
        return false
    }

    /// Messages one behind the other; where none begins, from the next place on where one may.
    mutating func messages(_ walk: (inout Skeleton) -> Bool) {
        while !self.isEmpty {
            let before = self.at
            if !self.attempt(walk) || self.at <= before { self.at = self.nextStart }
        }
    }

    /// Where a message may begin next.
    var nextStart: Int {
        var low = 0
        var high = self.starts.count
        while low < high {
            let middle = (low &+ high) / 2
            if self.starts[middle] <= self.at { low = middle &+ 1 } else { high = middle }
        }
        return low < self.starts.count ? self.starts[low] : self.bytes.count
    }

    /// How much of a value that is spread over several messages is there.
    var fragmentCount: Int { self.fragments.count }

    /// Adds what is left of this part to a value that is spread over several messages, and walks it when it is complete.
    mutating func fragment(isFirst: Bool = false, isLast: Bool, _ walk: (inout Skeleton) -> Bool) {
        if isFirst { self.fragments = [] }
        self.fragments += self.places[self.at..<max(self.at, self.end)]
        self.at = self.end
        guard isLast else { return }
        let fragments = self.fragments
        self.fragments = []
        self.join(fragments, walk)
    }

    /// Walks parts that stand in several places as if they were one behind the other.
    mutating func join(_ parts: [Range<Int>], _ walk: (inout Skeleton) -> Bool) {
        self.join(parts.flatMap { self.places[$0] }, walk)
    }

    private mutating func join(_ places: [Int], _ walk: (inout Skeleton) -> Bool) {
        var joined = Skeleton(self.side, at: places, starts: [])
        joined.fragments = self.fragments
        guard joined.attempt(walk) else { return }
        self.marks += joined.marks
        self.fragments = joined.fragments
    }
}
