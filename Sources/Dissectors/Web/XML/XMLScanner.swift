import Wire

// XML 1.0 (fifth edition) as messages use it: a tokenizer for bytes as they come, in pieces of any size.
//
// It is no XML processor: it names the elements that it was asked for, and nothing else of a document is ever copied. That is
// what keeps patients out, and what makes it cheap. Entities are never expanded but for the five predefined ones and character
// references (sections 4.1 and 4.6); a document type is stepped over; the prefixes of namespaces are dropped. UTF-8 and the
// encodings that have ASCII for their markup are read; UTF-16 is not, and counts as broken.

/// What is wanted of documents: local names of elements and attributes. Make it once, as a constant.
///
/// A name may have that of the element around it before it: `software/name` is the name in a software and no other.
struct XMLInterest: Sendable {
    fileprivate struct Element: Sendable {
        let name: [UInt8]
        /// Empty where any will do.
        let parent: [UInt8]
        let wantsText: Bool
        let attributes: [[UInt8]]
    }
    /// Those with a parent first.
    private let list: [Element]
    /// The lengths of wanted names, as bits: most names are refused by them.
    private let lengths: UInt64
    /// The most facts of one document.
    fileprivate let limit: Int

    /// - Parameters:
    ///   - elements: local names of the elements whose own text is wanted (not that of their children).
    ///   - attributes: local names of wanted attributes, by the local name of their element.
    ///   - limit: the most facts that one document gives; then it is finished.
    init(elements: Set<String>, attributes: [String: Set<String>] = [:], limit: Int = 256) {
        let all = elements.union(attributes.keys).sorted().map { key in
            let parts = key.split(separator: "/")
            return Element(
                name: Array((parts.last ?? "").utf8), parent: parts.count > 1 ? Array((parts.first ?? "").utf8) : [],
                wantsText: elements.contains(key), attributes: attributes[key, default: []].sorted().map { Array($0.utf8) })
        }
        self.list = all.filter { !$0.parent.isEmpty } + all.filter(\.parent.isEmpty)
        self.lengths = all.reduce(0) { $0 | 1 &<< UInt64(truncatingIfNeeded: $1.name.count & 63) }
        self.limit = limit
    }

    fileprivate func element(_ name: ArraySlice<UInt8>, in parent: ArraySlice<UInt8>) -> Element? {
        guard self.lengths & 1 &<< UInt64(truncatingIfNeeded: name.count & 63) != 0 else { return nil }
        return self.list.first {
            $0.name.count == name.count && $0.name.elementsEqual(name) && ($0.parent.isEmpty || $0.parent.elementsEqual(parent))
        }
    }
}

/// One thing that was asked for: the own text of an element, or the value of an attribute.
struct XMLFact: Hashable, Sendable {
    /// Local names from the root to the element.
    let path: [String]
    /// Local name of the attribute; `nil` for the text of the element.
    let attribute: String?
    /// Entities decoded, white space at both ends removed, at most ``XMLScanner/textLimit`` bytes. Empty where the element is:
    /// that it is there may be what is asked.
    let text: [UInt8]

    /// Local name of the element.
    var element: String { self.path.last ?? "" }
}

/// Reads one document.
struct XMLScanner {
    /// The deepest nesting that is read.
    static let depthLimit = 64
    /// The longest name that can be wanted; longer ones are stepped over.
    static let nameLimit = 128
    /// The most bytes of a text or value; what is longer is cut.
    static let textLimit = 1024

    private static let commentStart = Array("--".utf8)
    private static let dataStart = Array("[CDATA[".utf8)
    private static let documentTypeStart = Array("DOCTYPE".utf8)

    private enum State {
        case start, byteOrderMark
        /// Outside the root element.
        case outside
        case text, entity, lessThan
        case elementName, tag, emptyTag
        case attributeName, equals, quote, value
        case endName, endTag
        /// Behind `<!`: a comment, a CDATA section or a document type.
        case declaration
        case comment, data, instruction
        case documentType, documentTypeText, documentTypeComment
    }

    private struct Open {
        /// Where the name begins in ``names``.
        let name: Int
        /// Whether the last of ``texts`` is that of this element, once its children are closed.
        var wantsText = false
    }

    private let interest: XMLInterest
    private var state = State.start
    /// Elements that are open, and their names, one behind the other.
    private var open: [Open] = []
    private var names: [UInt8] = []
    /// Texts of the open elements whose text is wanted.
    private var texts: [[UInt8]] = []
    /// Names of wanted attributes of the tag at hand.
    private var wanted: [[UInt8]] = []
    /// The name at hand, without its prefix, and whether the prefix was `xmlns`.
    private var name: [UInt8] = []
    private var isNameLong = false
    private var isNamespace = false
    /// The value at hand, where it is wanted.
    private var value: [UInt8] = []
    private var isWantedValue = false
    private var quote: UInt8 = 0
    /// The reference at hand, behind its ampersand, and where it stands.
    private var entity: [UInt8] = []
    private var entityState = State.text
    /// The last bytes of a comment, section or instruction, the newest lowest.
    private var recent: UInt32 = 0
    /// How many bytes of a document type's markup are open: `<`, and `[` as the bit of ``subset``.
    private var angles = 0
    private var isSubset = false
    private var facts: [XMLFact] = []
    private var count = 0

    /// Local name of the root element, once it is there.
    private(set) var rootName: [UInt8] = []
    /// Whether the document has ended, or has given as many facts as were wanted.
    private(set) var isFinished = false
    /// Whether this is no XML, or none that is read. The facts before that hold.
    private(set) var isBroken = false

    init(_ interest: XMLInterest) { self.interest = interest }

    /// The facts since the last call, in the order in which they ended.
    mutating func takeFacts() -> [XMLFact] {
        guard !self.facts.isEmpty else { return [] }
        defer { self.facts = [] }
        return self.facts
    }

    /// Reads on.
    /// - Returns: how many of the bytes belong to the document: less than all where it ended (or broke) before them.
    @discardableResult
    mutating func read(_ bytes: RawSpan) -> Int {
        var offset = 0
        while !self.isFinished, !self.isBroken {
            // What nobody wants is stepped over without being looked at.
            if self.state == .text, self.open.last?.wantsText != true {
                guard let next = bytes.firstIndex(of: 0x3C, from: offset) else { return bytes.byteCount }
                offset = next
            } else if self.state == .value, !self.isWantedValue {
                guard let next = bytes.firstIndex(of: self.quote, from: offset) else { return bytes.byteCount }
                offset = next
            }
            guard let byte = bytes.u8(at: offset) else { return bytes.byteCount }
            offset &+= 1
            self.step(byte)
        }
        return offset
    }

    // MARK: Steps

    private mutating func step(_ byte: UInt8) {
        switch self.state {
        case .start:
            self.state = .outside
            if byte == 0xEF {
                self.recent = 0xEF
                self.state = .byteOrderMark
            } else {
                self.stepOutside(byte)
            }
        case .byteOrderMark:
            self.recent = self.recent &<< 8 | UInt32(byte)
            if self.recent == 0xEF_BBBF { self.state = .outside } else if self.recent != 0xEFBB { self.isBroken = true }
        case .outside: self.stepOutside(byte)
        case .text:
            switch byte {
            case 0x3C: self.state = .lessThan
            case 0x26: self.beginEntity()
            case 0: self.isBroken = true
            default: self.appendText(byte)
            }
        case .entity: self.stepEntity(byte)
        case .lessThan: self.stepLessThan(byte)
        case .elementName: self.stepElementName(byte)
        case .tag: self.stepTag(byte)
        case .emptyTag:
            guard byte == 0x3E else { return self.isBroken = true }
            self.close()
        case .attributeName: self.stepAttributeName(byte)
        case .equals:
            if byte == 0x3D { self.state = .quote } else if !Self.isSpace(byte) { self.isBroken = true }
        case .quote:
            if byte == 0x22 || byte == 0x27 {
                self.quote = byte
                self.state = .value
            } else if !Self.isSpace(byte) {
                self.isBroken = true
            }
        case .value: self.stepValue(byte)
        case .endName, .endTag: self.stepEnd(byte)
        case .declaration: self.stepDeclaration(byte)
        case .comment:
            if self.ends(with: 0x2D_2D3E, 0xFF_FFFF, byte) { self.leaveMarkup() }
        case .data: self.stepData(byte)
        case .instruction:
            if self.ends(with: 0x3F3E, 0xFFFF, byte) { self.leaveMarkup() }
        case .documentType, .documentTypeText, .documentTypeComment: self.stepDocumentType(byte)
        }
    }

    private mutating func stepOutside(_ byte: UInt8) {
        if byte == 0x3C { self.state = .lessThan } else if !Self.isSpace(byte) { self.isBroken = true }
    }

    private mutating func stepLessThan(_ byte: UInt8) {
        self.beginName()
        switch byte {
        case 0x21: self.state = .declaration
        case 0x3F:
            self.recent = 0
            self.state = .instruction
        case 0x2F:
            guard !self.open.isEmpty else { return self.isBroken = true }
            self.state = .endName
        default:
            self.state = .elementName
            self.stepElementName(byte)
        }
    }

    private mutating func stepElementName(_ byte: UInt8) {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D, 0x2F, 0x3E:
            guard !self.name.isEmpty || self.isNameLong else { return self.isBroken = true }
            self.openElement()
            self.stepTag(byte)
        default: self.appendName(byte)
        }
    }

    private mutating func stepTag(_ byte: UInt8) {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D: self.state = .tag
        case 0x2F: self.state = .emptyTag
        case 0x3E: self.state = .text
        default:
            self.beginName()
            self.state = .attributeName
            self.appendName(byte)
        }
    }

    private mutating func stepAttributeName(_ byte: UInt8) {
        switch byte {
        case 0x3D, 0x20, 0x09, 0x0A, 0x0D:
            self.isWantedValue = !self.wanted.isEmpty && !self.isNamespace && !self.isNameLong && self.wanted.contains(self.name)
            self.value.removeAll(keepingCapacity: true)
            self.state = byte == 0x3D ? .quote : .equals
        case 0x2F, 0x3E: self.isBroken = true
        default: self.appendName(byte)
        }
    }

    private mutating func stepValue(_ byte: UInt8) {
        switch byte {
        case self.quote:
            if self.isWantedValue { self.note(attribute: String(decoding: self.name, as: UTF8.self), self.value) }
            self.state = .tag
        case 0x26: self.beginEntity()
        case 0x3C, 0: self.isBroken = true
        // White space of a value is a space (section 3.3.3).
        default: self.appendText(byte < 0x20 ? 0x20 : byte)
        }
    }

    private mutating func stepEnd(_ byte: UInt8) {
        switch byte {
        case 0x3E: self.close(as: self.name)
        case 0x20, 0x09, 0x0A, 0x0D: self.state = .endTag
        default:
            if self.state == .endTag { self.isBroken = true } else { self.appendName(byte) }
        }
    }

    /// Behind `<!`.
    private mutating func stepDeclaration(_ byte: UInt8) {
        self.name.append(byte)
        // A CDATA section stands inside an element, a document type before the first.
        for (text, next) in [(Self.commentStart, State.comment), self.open.isEmpty ? (Self.documentTypeStart, .documentType) : (Self.dataStart, .data)]
        where text.starts(with: self.name) {
            if text.count == self.name.count {
                self.state = next
                self.recent = 0
            }
            return
        }
        self.isBroken = true
    }

    /// Inside a CDATA section: text as it stands, up to `]]>`.
    private mutating func stepData(_ byte: UInt8) {
        if self.ends(with: 0x5D_5D3E, 0xFF_FFFF, byte) { return self.leaveMarkup() }
        // The two bytes before this one may be the beginning of the end: they were held back until now.
        let brackets = self.recent &>> 8 & 0xFFFF
        switch (brackets, byte) {
        case (_, 0x5D):
            // Of three brackets the first is text.
            if brackets == 0x5D5D { self.appendText(0x5D) }
        case (0x5D5D, _):
            self.appendText(0x5D)
            self.appendText(0x5D)
            self.appendText(byte)
        case (_, _) where brackets & 0xFF == 0x5D:
            self.appendText(0x5D)
            self.appendText(byte)
        default: self.appendText(byte)
        }
    }

    /// Behind `<!DOCTYPE`: to its end, over an internal subset with its own markup, quoted text and comments.
    private mutating func stepDocumentType(_ byte: UInt8) {
        switch self.state {
        case .documentTypeText:
            if byte == self.quote { self.state = .documentType }
            return
        case .documentTypeComment:
            if self.ends(with: 0x2D_2D3E, 0xFF_FFFF, byte) {
                self.state = .documentType
                self.angles &-= 1
            }
            return
        default: break
        }
        if self.ends(with: 0x3C21_2D2D, .max, byte) {
            self.state = .documentTypeComment
            self.recent = 0
            return
        }
        switch byte {
        case 0x22, 0x27:
            self.quote = byte
            self.state = .documentTypeText
        case 0x5B: self.isSubset = true
        case 0x5D: self.isSubset = false
        case 0x3C: self.angles &+= 1
        case 0x3E:
            if self.angles > 0 {
                self.angles &-= 1
            } else if !self.isSubset {
                self.leaveMarkup()
            }
        case 0: self.isBroken = true
        default: break
        }
    }

    /// Whether the bytes of a markup end in these with this one. The bytes are kept in ``recent``.
    private mutating func ends(with text: UInt32, _ mask: UInt32, _ byte: UInt8) -> Bool {
        self.recent = self.recent &<< 8 | UInt32(byte)
        return self.recent & mask == text
    }

    private mutating func leaveMarkup() {
        self.recent = 0
        self.state = self.open.isEmpty ? .outside : .text
    }

    // MARK: Elements

    private mutating func openElement() {
        guard self.open.count < Self.depthLimit else { return self.isBroken = true }
        if self.isNameLong { self.name.removeAll(keepingCapacity: true) }
        if self.open.isEmpty { self.rootName = self.name }
        let start = self.names.count
        self.names.append(contentsOf: self.name)
        let parent = self.names[(self.open.last?.name ?? start)..<start]
        let element = self.name.isEmpty ? nil : self.interest.element(self.names[start...], in: parent)
        self.wanted = element?.attributes ?? []
        let wantsText = element?.wantsText == true
        if wantsText { self.texts.append([]) }
        self.open.append(Open(name: start, wantsText: wantsText))
    }

    /// Closes the innermost element.
    /// - Parameter name: the name in the end tag, where there is one.
    private mutating func close(as name: [UInt8]? = nil) {
        guard let element = self.open.last else { return self.isBroken = true }
        if let name, !(self.isNameLong ? self.names.count == element.name : self.names[element.name...].elementsEqual(name)) {
            return self.isBroken = true
        }
        if element.wantsText, let text = self.texts.popLast() { self.note(attribute: nil, text) }
        _ = self.open.popLast()
        self.names.removeSubrange(element.name...)
        self.wanted = []
        self.state = .text
        if self.open.isEmpty { self.isFinished = true }
    }

    private mutating func note(attribute: String?, _ text: [UInt8]) {
        var path: [String] = []
        path.reserveCapacity(self.open.count)
        // A name ends where that of the next element begins.
        for (element, end) in zip(self.open, self.open.dropFirst().map(\.name) + [self.names.count]) {
            path.append(String(decoding: self.names[element.name..<end], as: UTF8.self))
        }
        var text = text.rawSpan.trimmed.copied()
        if text.count == Self.textLimit {
            // A character that was cut is no character.
            while let last = text.last, last & 0xC0 == 0x80 { _ = text.popLast() }
            if let last = text.last, last >= 0xC0 { _ = text.popLast() }
        }
        self.facts.append(XMLFact(path: path, attribute: attribute, text: text))
        self.count &+= 1
        if self.count >= self.interest.limit { self.isFinished = true }
    }

    // MARK: Names and text

    private mutating func beginName() {
        self.name.removeAll(keepingCapacity: true)
        self.isNameLong = false
        self.isNamespace = false
    }

    private mutating func appendName(_ byte: UInt8) {
        switch byte {
        case 0x3A:
            // The prefix is dropped. What `xmlns` precedes is no attribute of the application.
            self.isNamespace = self.name.rawSpan.equals("xmlns")
            self.name.removeAll(keepingCapacity: true)
            self.isNameLong = false
        case 0x30...0x39, 0x2D, 0x2E:
            guard !self.name.isEmpty || self.isNameLong else { return self.isBroken = true }
            fallthrough
        case 0x41...0x5A, 0x61...0x7A, 0x5F, 0x80...0xFF:
            if self.name.count < Self.nameLimit { self.name.append(byte) } else { self.isNameLong = true }
        default: self.isBroken = true
        }
    }

    /// Appends to the wanted value or text at hand.
    private mutating func appendText(_ byte: UInt8) {
        if self.state == .value {
            if self.isWantedValue, self.value.count < Self.textLimit { self.value.append(byte) }
        } else if self.open.last?.wantsText == true, let last = self.texts.indices.last, self.texts[last].count < Self.textLimit {
            // White space before the text is not text, however much there is.
            if self.texts[last].isEmpty, Self.isSpace(byte) { return }
            self.texts[last].append(byte)
        }
    }

    // MARK: References

    private mutating func beginEntity() {
        self.entity.removeAll(keepingCapacity: true)
        self.entityState = self.state
        self.state = .entity
    }

    private mutating func stepEntity(_ byte: UInt8) {
        switch byte {
        case 0x3B:
            self.state = self.entityState
            // An entity of the document's own is never expanded.
            let scalar = Self.scalar(self.entity) ?? "\u{FFFD}"
            for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { self.appendText(byte) }
        case 0x23, 0x30...0x39, 0x41...0x5A, 0x61...0x7A:
            guard self.entity.count < 32 else { return self.isBroken = true }
            self.entity.append(byte)
        default: self.isBroken = true
        }
    }

    private static func scalar(_ entity: [UInt8]) -> Unicode.Scalar? {
        let name = entity.rawSpan
        if name.equals("lt") { return "<" }
        if name.equals("gt") { return ">" }
        if name.equals("amp") { return "&" }
        if name.equals("quot") { return "\"" }
        if name.equals("apos") { return "'" }
        guard name.u8(at: 0) == 0x23 else { return nil }
        let isHexadecimal = name.u8(at: 1) == 0x78
        var value: UInt32 = 0
        var offset = isHexadecimal ? 2 : 1
        guard name.byteCount > offset else { return nil }
        while let byte = name.u8(at: offset) {
            guard let digit = byte.hexadecimalDigit, isHexadecimal || digit < 10 else { return nil }
            value = value &* (isHexadecimal ? 16 : 10) &+ UInt32(digit)
            guard value <= 0x10FFFF else { return nil }
            offset &+= 1
        }
        return value == 0 ? nil : Unicode.Scalar(value)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}
