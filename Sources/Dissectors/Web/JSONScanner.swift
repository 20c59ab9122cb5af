import Wire

// JSON (RFC 8259) as it comes, in pieces of any size: the values at the paths that were asked for, and nothing else.
//
// Arrays count for nothing in a path: `["rest", "mode"]` is the `mode` of each object in the array `rest`. A key that is
// written with escapes is none that is wanted.

/// The paths that are wanted of documents: names of members from the root on. Make it once, as a constant.
struct JSONInterest: Sendable {
    /// A name on the way to something wanted.
    fileprivate struct Node: Sendable {
        let name: [UInt8]
        let parent: Int
        var isWanted = false
        let path: [String]
    }
    /// The root first.
    fileprivate private(set) var nodes = [Node(name: [], parent: -1, path: [])]
    /// The most facts of one document.
    fileprivate let limit: Int
    /// The longest name of all.
    fileprivate private(set) var longest = 0

    /// - Parameter limit: the most facts that one document gives; then it is finished.
    init(_ paths: [[String]], limit: Int = 64) {
        self.limit = limit
        for path in paths {
            var parent = 0
            for (depth, text) in path.enumerated() {
                let name = Array(text.utf8)
                self.longest = max(self.longest, name.count)
                if let known = self.child(of: parent, name) {
                    parent = known
                } else {
                    self.nodes.append(Node(name: name, parent: parent, path: Array(path[...depth])))
                    parent = self.nodes.count &- 1
                }
            }
            self.nodes[parent].isWanted = true
        }
    }

    fileprivate func child(of parent: Int, _ name: [UInt8]) -> Int? {
        self.nodes.firstIndex { $0.parent == parent && $0.name == name }
    }
}

/// A value that was asked for.
struct JSONFact: Hashable, Sendable {
    let path: [String]
    /// A string with its escapes decoded, cut at ``JSONScanner/textLimit`` bytes; a number or a literal as it is written.
    let text: [UInt8]
}

/// Reads one document.
struct JSONScanner {
    /// The deepest nesting that is read.
    static let depthLimit = 64
    /// The most bytes of a value.
    static let textLimit = 1024

    private enum State {
        case value
        /// Behind `[`: a value, or the end.
        case firstValue
        case string, escape, unicode
        /// A number or a literal.
        case bare
        /// Behind `{`: a name, or the end.
        case firstName
        case name, colon
        /// Behind a value.
        case next
    }

    private struct Open {
        let isObject: Bool
        /// The place in ``JSONInterest/nodes``; -1 where nothing inside is wanted.
        let node: Int
    }

    private let interest: JSONInterest
    private var state = State.value
    private var open: [Open] = []
    /// The node of the value at hand; -1 where it is not wanted, nor anything in it.
    private var node = 0
    private var isName = false
    /// The name or value at hand, where it is wanted.
    private var text: [UInt8] = []
    private var isCollecting = false
    private var hasEscape = false
    /// Digits of a `\u` that are missing, and the number so far.
    private var digits = 0
    private var unit: UInt32 = 0
    /// The first half of a surrogate pair.
    private var high: UInt32?
    private var facts: [JSONFact] = []
    private var count = 0
    private var isFirstByte = true

    /// Whether the document has ended, or has given as many facts as were wanted. A bare number at the top has no end.
    private(set) var isFinished = false
    /// Whether this is no JSON. The facts before that hold.
    private(set) var isBroken = false

    init(_ interest: JSONInterest) { self.interest = interest }

    /// The facts since the last call, in the order in which they stand.
    mutating func takeFacts() -> [JSONFact] {
        guard !self.facts.isEmpty else { return [] }
        defer { self.facts = [] }
        return self.facts
    }

    /// Reads on.
    mutating func read(_ bytes: RawSpan) {
        var offset = 0
        while !self.isFinished, !self.isBroken, let byte = bytes.u8(at: offset) {
            offset &+= 1
            self.step(byte)
        }
    }

    // MARK: Steps

    private mutating func step(_ byte: UInt8) {
        switch self.state {
        case .string: self.stepString(byte)
        case .escape: self.stepEscape(byte)
        case .unicode: self.stepUnicode(byte)
        case .bare:
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D, 0x2C, 0x5D, 0x7D:
                self.endValue()
                self.step(byte)
            case 0x2B, 0x2D, 0x2E, 0x30...0x39, 0x41...0x5A, 0x61...0x7A: self.append(byte)
            default: self.isBroken = true
            }
        case _ where byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D: break
        case .firstValue where byte == 0x5D: self.close(isObject: false)
        case .value, .firstValue: self.beginValue(byte)
        case .firstName where byte == 0x7D: self.close(isObject: true)
        case .firstName, .name:
            guard byte == 0x22 else { return self.isBroken = true }
            self.isName = true
            self.beginText(isWanted: (self.open.last?.node ?? -1) >= 0)
            self.state = .string
        case .colon: if byte == 0x3A { self.state = .value } else { self.isBroken = true }
        case .next:
            switch byte {
            case 0x2C: self.state = self.open.last?.isObject == true ? .name : .value
            case 0x5D: self.close(isObject: false)
            case 0x7D: self.close(isObject: true)
            default: self.isBroken = true
            }
            // Elements of an array stand where the array does.
            if let last = self.open.last, !last.isObject { self.node = last.node }
        }
    }

    private mutating func beginValue(_ byte: UInt8) {
        switch byte {
        case 0x7B, 0x5B:
            guard self.open.count < Self.depthLimit else { return self.isBroken = true }
            self.open.append(Open(isObject: byte == 0x7B, node: self.node))
            self.state = byte == 0x7B ? .firstName : .firstValue
        case 0x22:
            self.isName = false
            self.beginText(isWanted: self.wanted != nil)
            self.state = .string
        case 0x2D, 0x30...0x39, 0x66, 0x6E, 0x74:
            self.isName = false
            self.beginText(isWanted: self.wanted != nil)
            self.append(byte)
            self.state = .bare
        default: self.isBroken = true
        }
    }

    /// The node of the value at hand, where the value itself is wanted.
    private var wanted: JSONInterest.Node? {
        guard self.node >= 0, self.node < self.interest.nodes.count, self.interest.nodes[self.node].isWanted else { return nil }
        return self.interest.nodes[self.node]
    }

    private mutating func stepString(_ byte: UInt8) {
        switch byte {
        case 0x22:
            self.flushSurrogate()
            if self.isName { self.endName() } else { self.endValue() }
        case 0x5C:
            self.hasEscape = true
            self.state = .escape
        case 0: self.isBroken = true
        default:
            self.flushSurrogate()
            self.append(byte)
        }
    }

    private mutating func stepEscape(_ byte: UInt8) {
        self.state = .string
        if byte == 0x75 {
            self.digits = 4
            self.unit = 0
            self.state = .unicode
            return
        }
        self.flushSurrogate()
        switch byte {
        case 0x22, 0x5C, 0x2F: self.append(byte)
        case 0x62: self.append(0x08)
        case 0x66: self.append(0x0C)
        case 0x6E: self.append(0x0A)
        case 0x72: self.append(0x0D)
        case 0x74: self.append(0x09)
        default: self.isBroken = true
        }
    }

    private mutating func stepUnicode(_ byte: UInt8) {
        guard let digit = byte.hexadecimalDigit else { return self.isBroken = true }
        self.unit = self.unit &<< 4 | UInt32(digit)
        self.digits &-= 1
        guard self.digits == 0 else { return }
        self.state = .string
        switch self.unit {
        case 0xD800...0xDBFF:
            self.flushSurrogate()
            self.high = self.unit
        case 0xDC00...0xDFFF:
            guard let high = self.high else { return self.append(Unicode.Scalar(0xFFFD)) }
            self.high = nil
            self.append(Unicode.Scalar((high & 0x3FF) &<< 10 | self.unit & 0x3FF &+ 0x10000))
        default:
            self.flushSurrogate()
            self.append(Unicode.Scalar(self.unit))
        }
    }

    /// A first half without its second is no character.
    private mutating func flushSurrogate() {
        guard self.high != nil else { return }
        self.high = nil
        self.append(Unicode.Scalar(0xFFFD))
    }

    // MARK: Names, values, containers

    private mutating func beginText(isWanted: Bool) {
        self.text.removeAll(keepingCapacity: true)
        self.isCollecting = isWanted
        self.hasEscape = false
        self.high = nil
    }

    private mutating func append(_ byte: UInt8) {
        guard self.isCollecting else { return }
        // Of a name only so much that it cannot be taken for a wanted one.
        if self.text.count < (self.isName ? self.interest.longest &+ 1 : Self.textLimit) { self.text.append(byte) }
    }
    private mutating func append(_ scalar: Unicode.Scalar?) {
        for byte in UTF8.encode(scalar ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter { self.append(byte) }
    }

    private mutating func endName() {
        self.state = .colon
        self.node = -1
        guard self.isCollecting, !self.hasEscape, let parent = self.open.last?.node else { return }
        self.node = self.interest.child(of: parent, self.text) ?? -1
    }

    private mutating func endValue() {
        if self.isCollecting, let wanted = self.wanted {
            self.facts.append(JSONFact(path: wanted.path, text: self.text))
            self.count &+= 1
            if self.count >= self.interest.limit { self.isFinished = true }
        }
        self.isCollecting = false
        self.endOfValue()
    }

    private mutating func endOfValue() {
        self.state = .next
        if self.open.isEmpty { self.isFinished = true }
    }

    private mutating func close(isObject: Bool) {
        guard let last = self.open.popLast(), last.isObject == isObject else { return self.isBroken = true }
        self.endOfValue()
    }
}
