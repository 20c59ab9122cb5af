import Wire

/// MSH-3 to 6 of a message: the applications at both ends and their facilities, first components.
struct HL7Ends {
    var sendingApplication: [UInt8] = []
    var sendingFacility: [UInt8] = []
    var receivingApplication: [UInt8] = []
    var receivingFacility: [UInt8] = []

    /// The longest part of an interface's name that is kept, in bytes: all together stay below what a value may have.
    private static let partLimit = 40

    /// The interface that messages with these ends and this MSH-9 belong to; empty where MSH-9 is no message type.
    func interface(of messageType: RawSpan, _ text: HL7Text) -> [UInt8] {
        let field = text.repetition(messageType)
        let code = text.component(field)
        guard code.isCode(atMost: 16) else { return [] }
        var type = code.copied()
        if let end = field.firstIndex(of: text.separators.component) {
            let trigger = text.component(field.slice(from: end &+ 1))
            if trigger.isCode(atMost: 16) { type += [0x5E] + trigger.copied() }
        }
        return Self.joined([self.sendingApplication, self.sendingFacility, self.receivingApplication, self.receivingFacility, type])
    }

    private static func joined(_ parts: [[UInt8]]) -> [UInt8] {
        var name: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if index > 0 { name.append(0x7C) }
            // The separator stays one where a name has it inside.
            for byte in part.rawSpan.cut(to: Self.partLimit) { name.append(byte == 0x7C ? 0x20 : byte) }
        }
        return name
    }
}

/// The messages that one side sent last, by a hash of MSH-10, until they are answered: what an answer answers.
struct HL7Outstanding {
    /// Who sends without waiting has hardly more messages under way: the last sixteen are known at least.
    private static let limit = 16
    private var newer: [(control: UInt64, interface: [UInt8])] = []
    private var older: [(control: UInt64, interface: [UInt8])] = []

    mutating func add(_ control: UInt64?, _ interface: [UInt8]) {
        guard let control, !interface.isEmpty else { return }
        if self.newer.count == Self.limit {
            swap(&self.newer, &self.older)
            self.newer.removeAll(keepingCapacity: true)
        }
        self.newer.append((control, interface))
    }

    /// The interface of the message with this control identifier.
    func interface(_ control: UInt64) -> [UInt8]? {
        (self.newer.last { $0.control == control } ?? self.older.last { $0.control == control })?.interface
    }
}

/// A kind of device in OBX-3: `69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC` (ISO/IEEE 11073-10101, as in IHE PCD-01).
struct HL7DeviceKind {
    /// The reference identifier: `MDC_DEV_` and capital letters, digits and underscores, so that nothing else can pass for it.
    let identifier: [UInt8]
    /// A whole device (MDS, or a specialisation), not a part of one (VMD, channel).
    let isWhole: Bool

    private static let limit = 64
    private static let componentLimit = 6

    /// - Parameter field: OBX-3; `nil` where it is no kind of device: a measurement.
    init?(_ field: RawSpan, _ separators: HL7Separators) {
        var found: [UInt8]?
        var isMDC = false
        var start = 0
        for _ in 0..<Self.componentLimit where start <= field.byteCount {
            let end = field.firstIndex(of: separators.component, from: start) ?? field.byteCount
            let component = field.slice(from: start, count: end &- start).trimmed
            if component.equals("MDC") {
                isMDC = true
            } else if found == nil, component.has("MDC_DEV_"), component.isCode(atMost: Self.limit) {
                found = component.copied()
            }
            start = end &+ 1
        }
        guard isMDC, let found else { return nil }
        self.identifier = found
        // Personal devices name their specialisation (ISO/IEEE 11073-20601).
        self.isWhole = found.suffix(4).elementsEqual("_MDS".utf8) || found.rawSpan.has("MDC_DEV_SPEC_PROFILE_")
    }
}

/// ERR-3: table 0357, message error condition codes.
enum HL7ErrorCode {
    private static let codes: [StaticString] = ["0", "100", "101", "102", "103", "104", "200", "201", "202", "203", "204", "205", "206", "207"]

    static func isKnown(_ code: RawSpan) -> Bool { code.byteCount <= 3 && Self.codes.contains { code.equals($0) } }
}

extension RawSpan {
    /// At most `limit` bytes, without the beginning of a UTF-8 character that does not fit.
    fileprivate func cut(to limit: Int) -> [UInt8] {
        var kept = self.copied(limit: limit)
        guard self.byteCount > limit, let next = self.u8(at: limit), next & 0xC0 == 0x80 else { return kept }
        while let last = kept.last, last & 0xC0 == 0x80 { _ = kept.popLast() }
        if let last = kept.last, last >= 0xC0 { _ = kept.popLast() }
        return kept
    }

    /// Capital letters, digits and underscores, at least one.
    fileprivate func isCode(atMost limit: Int) -> Bool {
        guard !self.isEmpty, self.byteCount <= limit else { return false }
        var index = 0
        while let byte = self.u8(at: index) {
            guard (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F else { return false }
            index &+= 1
        }
        return true
    }
}
