import Inventory

import Observations

/// Writes JSON (RFC 8259) piece by piece: a result may hold hundreds of thousands of conversations, which nobody wants in
/// memory a second time. Keys come out in the order in which they are written, so the same report gives the same bytes.
struct JSONWriter {
    /// How the text is laid out.
    enum Layout {
        /// One value, a line for each of its parts.
        case indented
        /// A value on each line (JSON Lines).
        case lines
    }

    /// The most characters of a text, other than a format's own, in the formats that go to other programs: what the establishment
    /// writes of itself may be long.
    static let textLimit = 4096

    private let layout: Layout
    /// Whether texts are made printable: other programs show them as they come.
    private let isPrintable: Bool
    /// What is done with finished bytes; called about every 64 KiB.
    private let sink: ([UInt8]) throws -> Void
    private var bytes: [UInt8] = []
    /// For every open object or array: whether something was written in it.
    private var levels: [Bool] = [false]
    private var isAfterKey = false
    /// Whether evidence has to say of which scan its frame is: there are several.
    var namesScans = false

    init(_ sink: @escaping ([UInt8]) throws -> Void, _ layout: Layout = .indented, isPrintable: Bool = false) {
        self.sink = sink
        self.layout = layout
        self.isPrintable = isPrintable
        self.bytes.reserveCapacity(1 << 17)
    }

    mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows { try self.nested(0x7B, 0x7D, body) }
    mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows { try self.nested(0x5B, 0x5D, body) }

    mutating func array<Element>(_ elements: some Sequence<Element>, _ body: (inout JSONWriter, Element) throws -> Void) rethrows {
        try self.array { json in
            for element in elements { try body(&json, element) }
        }
    }

    private mutating func nested(_ open: UInt8, _ close: UInt8, _ body: (inout JSONWriter) throws -> Void) rethrows {
        self.separate()
        self.bytes.append(open)
        self.levels.append(false)
        try body(&self)
        let isEmpty = self.levels.popLast() == false
        if !isEmpty { self.newLine() }
        self.bytes.append(close)
    }

    private mutating func newLine() {
        guard self.layout == .indented else { return }
        self.bytes.append(0x0A)
        // Deep levels stay on short lines of their own: readable in an editor, comparable with diff.
        for _ in 1..<self.levels.count { self.bytes.append(0x20) }
    }

    private mutating func separate() {
        if self.isAfterKey {
            self.isAfterKey = false
            return
        }
        let last = self.levels.count &- 1
        if self.levels[last] { self.bytes.append(last == 0 ? 0x0A : 0x2C) }
        self.levels[last] = true
        if last > 0 { self.newLine() }
    }

    mutating func key(_ key: String) {
        self.string(key)
        self.bytes.append(0x3A)
        self.isAfterKey = true
    }

    mutating func field(_ key: String, _ value: String) {
        self.key(key)
        self.string(value)
    }
    mutating func field(_ key: String, _ value: String?) {
        self.key(key)
        if let value { self.string(value) } else { self.null() }
    }
    mutating func field(_ key: String, _ value: some BinaryInteger) {
        self.key(key)
        self.number(value)
    }
    mutating func field(_ key: String, _ value: Bool) {
        self.key(key)
        self.separate()
        self.bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }
    mutating func field(_ key: String, _ value: Bool?) {
        guard let value else {
            self.key(key)
            return self.null()
        }
        self.field(key, value)
    }
    mutating func field(_ key: String, _ values: [String]) {
        self.key(key)
        self.array(values) { json, value in json.string(value) }
    }

    /// Numbers as one text: columns of hundreds of thousands (``Inventory/Column``).
    mutating func column(_ key: String, _ column: Column<some FixedWidthInteger>) throws {
        self.key(key)
        self.separate()
        self.bytes.append(0x22)
        for (index, value) in column.numbers.enumerated() {
            if index > 0 { self.bytes.append(0x20) }
            self.bytes.append(contentsOf: String(value).utf8)
            if index & 0xFFF == 0xFFF { try self.flush() }
        }
        self.bytes.append(0x22)
    }

    mutating func number(_ value: some BinaryInteger) {
        self.separate()
        self.bytes.append(contentsOf: String(value).utf8)
    }
    /// Hundredths as a decimal number: `0.87`.
    mutating func hundredths(_ value: Int) {
        self.separate()
        let magnitude = value.magnitude
        let (whole, rest) = (String(magnitude / 100), String(magnitude % 100))
        self.bytes.append(contentsOf: ((value < 0 ? "-" : "") + whole + "." + (rest.utf8.count < 2 ? "0" : "") + rest).utf8)
    }
    mutating func null() {
        self.separate()
        self.bytes.append(contentsOf: "null".utf8)
    }

    mutating func string(_ value: String) {
        self.separate()
        self.bytes.append(0x22)
        for byte in (self.isPrintable ? Self.printable(value) : value).utf8 {
            switch byte {
            case 0x22, 0x5C:
                self.bytes.append(0x5C)
                self.bytes.append(byte)
            case 0x00..<0x20, 0x7F:
                self.bytes.append(contentsOf: "\\u00".utf8)
                self.bytes.append(contentsOf: [byte &>> 4, byte & 0xF].map { $0 < 10 ? 0x30 &+ $0 : 0x57 &+ $0 })
            default: self.bytes.append(byte)
            }
        }
        self.bytes.append(0x22)
    }

    static func printable(_ value: String) -> String {
        let isPlain = value.utf8.count <= Self.textLimit && value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        return isPlain ? value : PrintableText.make(value, limit: Self.textLimit)
    }

    /// Writes a field only where there is a value: for formats in which absence, not `null`, says that nothing is known.
    mutating func optional(_ key: String, _ value: String?) { if let value, !value.isEmpty { self.field(key, value) } }
    mutating func optional(_ key: String, _ values: [String]) { if !values.isEmpty { self.field(key, values) } }
    /// A field whose value is an object.
    mutating func object(_ key: String, _ body: (inout JSONWriter) throws -> Void) rethrows {
        self.key(key)
        try self.object(body)
    }
    /// A field whose value is an array.
    mutating func array<Element>(_ key: String, _ elements: some Sequence<Element>, _ body: (inout JSONWriter, Element) throws -> Void) rethrows {
        self.key(key)
        try self.array(elements, body)
    }

    /// Hands over what has come together so far, if it is worth it.
    mutating func flush(atLeast count: Int = 1 << 16) throws {
        guard self.bytes.count >= count else { return }
        try self.sink(self.bytes)
        self.bytes.removeAll(keepingCapacity: true)
    }

    mutating func finish() throws {
        self.bytes.append(0x0A)
        try self.flush(atLeast: 0)
    }
}
