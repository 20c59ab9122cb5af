import Observations
import Wire

/// Takes fields apart and writes them with the usual separators, whichever the message declared.
struct HL7Text {
    let separators: HL7Separators

    init(_ separators: HL7Separators) { self.separators = separators }

    /// The first repetition.
    @_lifetime(copy field)
    func repetition(_ field: RawSpan) -> RawSpan {
        field.slice(from: 0, count: field.firstIndex(of: self.separators.repetition) ?? field.byteCount)
    }

    /// The first component of the first repetition.
    @_lifetime(copy field)
    func component(_ field: RawSpan) -> RawSpan {
        let first = self.repetition(field)
        return first.slice(from: 0, count: first.firstIndex(of: self.separators.component) ?? first.byteCount).trimmed
    }

    /// Calls with each repetition, up to a limit.
    func forEachRepetition(_ field: RawSpan, _ body: (RawSpan) -> Void) {
        var start = 0
        for _ in 0..<HL7Dissector.repetitionLimit where start < field.byteCount {
            let end = field.firstIndex(of: self.separators.repetition, from: start) ?? field.byteCount
            body(field.slice(from: start, count: end &- start))
            start = end &+ 1
        }
    }

    /// The EUI-64 of the device that an entity identifier (EI) names, in upper case: in its first component or, where that is
    /// empty, in another. Behind another identifier it is the assigner's, who numbers devices of his own. One whose extension is
    /// all zeros names a maker, not a device: none.
    func eui64(_ field: RawSpan) -> String? {
        let field = self.repetition(field)
        var start = 0
        while start <= field.byteCount {
            let end = field.firstIndex(of: self.separators.component, from: start) ?? field.byteCount
            let component = field.slice(from: start, count: end &- start).trimmed
            if component.byteCount == 16, component.isHexadecimal {
                return component.slice(from: 6).isZeroDigits ? nil : String(decoding: component.copied(), as: UTF8.self).uppercased()
            }
            guard component.isEmpty else { return nil }
            start = end &+ 1
        }
        return nil
    }

    /// Whether a repetition has no more than the four components of an entity identifier (EI): a person (XCN) or an organisation has
    /// more, and is in the wrong field.
    func mayBeEntityIdentifier(_ repetition: RawSpan) -> Bool {
        var separators = 0
        var start = 0
        while separators <= 3, let next = repetition.firstIndex(of: self.separators.component, from: start) {
            separators &+= 1
            start = next &+ 1
        }
        return separators <= 3
    }

    /// The text with `^`, `~` and `&` as separators and without escapes (chapter 2.7), without padding.
    func make(_ value: RawSpan) -> [UInt8] {
        let value = value.trimmed
        if self.isPlain(value) { return value.copied() }
        var text: [UInt8] = []
        var index = 0
        while let byte = value.u8(at: index) {
            if byte == self.separators.escape, value.u8(at: index &+ 2) == byte, let character = self.escaped(value.u8(at: index &+ 1)) {
                text.append(character)
                index &+= 3
                continue
            }
            switch byte {
            case self.separators.component: text.append(0x5E)
            case self.separators.repetition: text.append(0x7E)
            case self.separators.subcomponent: text.append(0x26)
            default: text.append(byte)
            }
            index &+= 1
        }
        return text
    }

    /// The printable text of an identifier; most need no work.
    static func identifier(_ bytes: [UInt8]) -> String {
        PrintableText.isPlain(bytes.rawSpan) ? String(decoding: bytes, as: UTF8.self) : PrintableText.make(bytes.rawSpan)
    }

    func record(_ attribute: Attribute, _ value: RawSpan, about party: Party, _ context: DissectionContext) {
        let value = value.trimmed
        if self.isPlain(value) {
            context.record(attribute, value, about: party)
        } else {
            let text = self.make(value)
            context.record(attribute, text.rawSpan, about: party)
        }
    }

    /// Notes a hierarchic designator (HD): the name alone, and with its universal identifier where it has one.
    func recordName(_ attribute: Attribute, _ value: RawSpan, about party: Party, _ context: DissectionContext) {
        let name = self.component(value)
        var whole = self.repetition(value).trimmed
        while let last = whole.u8(at: whole.byteCount &- 1), last == self.separators.component {
            whole = whole.slice(from: 0, count: whole.byteCount &- 1)
        }
        self.record(attribute, name, about: party, context)
        if whole.byteCount > name.byteCount { self.record(attribute, whole, about: party, context) }
    }

    /// Whether the bytes mean what they are.
    private func isPlain(_ value: RawSpan) -> Bool {
        guard self.separators.areUsual else { return false }
        return value.firstIndex(of: 0x5C) == nil
    }

    private func escaped(_ letter: UInt8?) -> UInt8? {
        switch letter {
        case 0x46: 0x7C  // F: field separator
        case 0x53: 0x5E  // S: component separator
        case 0x54: 0x26  // T: subcomponent separator
        case 0x52: 0x7E  // R: repetition separator
        case 0x45: 0x5C  // E: escape character
        default: nil
        }
    }
}
