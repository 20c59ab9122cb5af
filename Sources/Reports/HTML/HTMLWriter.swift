/// Writes HTML piece by piece. Names of elements and attributes are written out in the source; everything else is text and is
/// escaped, so that nothing that comes from a network can ever be markup.
struct HTMLWriter {
    /// `nil` leaves an attribute out, and an empty text is one without a value.
    typealias Attributes = KeyValuePairs<StaticString, String?>

    /// What is done with finished bytes; called about every 64 KiB.
    private let sink: ([UInt8]) throws -> Void
    private var bytes: [UInt8] = []

    init(_ sink: @escaping ([UInt8]) throws -> Void) {
        self.sink = sink
        self.bytes.reserveCapacity(1 << 17)
    }

    /// The declaration that a document begins with.
    mutating func doctype() { self.bytes.append(contentsOf: "<!DOCTYPE html>\n".utf8) }

    /// An element with what `body` writes inside.
    mutating func element(_ name: StaticString, _ attributes: Attributes = [:], _ body: (inout HTMLWriter) throws -> Void) rethrows {
        self.open(name, attributes)
        try body(&self)
        self.close(name)
    }

    /// An element that holds a text.
    mutating func element(_ name: StaticString, _ attributes: Attributes = [:], _ text: String) {
        self.open(name, attributes)
        self.text(text)
        self.close(name)
    }

    /// An element that never has an end: `meta`, `br`, `input`.
    mutating func void(_ name: StaticString, _ attributes: Attributes = [:]) { self.open(name, attributes) }

    mutating func text(_ text: String) { Self.escape(text, into: &self.bytes) }

    /// What a space between two elements would be in the source.
    mutating func space() { self.bytes.append(0x20) }

    /// A line of its own in the source: for people who read it.
    mutating func newLine() { self.bytes.append(0x0A) }

    /// The page's own style or script, which are constants of the program.
    mutating func constant(_ name: StaticString, _ text: StaticString) {
        self.open(name, [:])
        self.bytes.append(contentsOf: text.description.utf8)
        self.close(name)
    }

    /// A block of data for the page's script.
    mutating func data(id: StaticString, _ data: ScriptData) throws {
        self.open("script", ["type": "application/json", "id": id.description])
        try self.flush(atLeast: 0)
        try self.sink(data.bytes)
        self.close("script")
    }

    private mutating func open(_ name: StaticString, _ attributes: Attributes) {
        self.bytes.append(0x3C)
        self.bytes.append(contentsOf: name.description.utf8)
        for (attribute, value) in attributes {
            guard let value else { continue }
            self.bytes.append(0x20)
            self.bytes.append(contentsOf: attribute.description.utf8)
            guard !value.isEmpty else { continue }
            self.bytes.append(contentsOf: [0x3D, 0x22])
            Self.escape(value, into: &self.bytes)
            self.bytes.append(0x22)
        }
        self.bytes.append(0x3E)
    }

    private mutating func close(_ name: StaticString) {
        self.bytes.append(contentsOf: [0x3C, 0x2F])
        self.bytes.append(contentsOf: name.description.utf8)
        self.bytes.append(0x3E)
    }

    /// Hands over what has come together so far, if it is worth it.
    mutating func flush(atLeast count: Int = 1 << 16) throws {
        guard self.bytes.count >= count else { return }
        try self.sink(self.bytes)
        self.bytes.removeAll(keepingCapacity: true)
    }

    mutating func finish() throws {
        self.newLine()
        try self.flush(atLeast: 0)
    }

    private static func escape(_ text: String, into bytes: inout [UInt8]) {
        VisibleText.forEachByte(text) { byte in
            switch byte {
            case 0x26: bytes.append(contentsOf: "&amp;".utf8)
            case 0x3C: bytes.append(contentsOf: "&lt;".utf8)
            case 0x3E: bytes.append(contentsOf: "&gt;".utf8)
            case 0x22: bytes.append(contentsOf: "&quot;".utf8)
            case 0x27: bytes.append(contentsOf: "&#39;".utf8)
            default: bytes.append(byte)
            }
        }
    }
}

/// JSON (RFC 8259) on one line, in which no end of a script element and no line separator can stand.
struct ScriptData {
    fileprivate(set) var bytes: [UInt8] = []
    /// Whether something stands before what comes next in the open object or array.
    private var needsComma = false

    mutating func object(_ body: (inout ScriptData) -> Void) { self.nested(0x7B, 0x7D, body) }

    mutating func array<Element>(_ elements: some Sequence<Element>, _ body: (inout ScriptData, Element) -> Void) {
        self.nested(0x5B, 0x5D) { data in for element in elements { body(&data, element) } }
    }

    private mutating func nested(_ open: UInt8, _ close: UInt8, _ body: (inout ScriptData) -> Void) {
        self.separate()
        self.bytes.append(open)
        self.needsComma = false
        body(&self)
        self.bytes.append(close)
        self.needsComma = true
    }

    private mutating func separate() {
        if self.needsComma { self.bytes.append(0x2C) }
        self.needsComma = true
    }

    mutating func key(_ key: String) {
        self.string(key)
        self.bytes.append(0x3A)
        self.needsComma = false
    }

    mutating func number(_ value: some BinaryInteger) {
        self.separate()
        self.bytes.append(contentsOf: String(value).utf8)
    }

    mutating func string(_ value: String) {
        self.separate()
        self.bytes.append(0x22)
        VisibleText.forEachByte(value) { byte in
            switch byte {
            case 0x22, 0x5C: self.bytes.append(contentsOf: [0x5C, byte])
            case 0x26: self.bytes.append(contentsOf: "\\u0026".utf8)
            case 0x3C: self.bytes.append(contentsOf: "\\u003c".utf8)
            case 0x3E: self.bytes.append(contentsOf: "\\u003e".utf8)
            default: self.bytes.append(byte)
            }
        }
        self.bytes.append(0x22)
    }

    mutating func field(_ key: String, _ value: String) {
        self.key(key)
        self.string(value)
    }
    mutating func field(_ key: String, _ value: some BinaryInteger) {
        self.key(key)
        self.number(value)
    }
    mutating func field(_ key: String, _ values: [String]) {
        self.key(key)
        self.array(values) { data, value in data.string(value) }
    }
}

/// Text without what a page should not hold: control characters, line separators, invisible characters and direction marks.
enum VisibleText {
    /// The UTF-8 of the text, with U+FFFD for what is not visible.
    static func forEachByte(_ text: String, _ body: (UInt8) -> Void) {
        for scalar in text.unicodeScalars {
            let value = scalar.value
            if value < 0x7F, value >= 0x20 {
                body(UInt8(truncatingIfNeeded: value))
            } else {
                for byte in UTF8.encode(Self.isVisible(scalar) ? scalar : "\u{FFFD}") ?? .init() { body(byte) }
            }
        }
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control: scalar == "\n" || scalar == "\t"
        case .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
