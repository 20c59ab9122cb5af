import Observations
import Wire

/// Reads what a data set says of the device that made it, as its bytes come, and steps over everything else.
///
/// Elements come in ascending order of their tags (PS3.5 section 7.1), so reading ends behind the last one of interest: the
/// patient (group 0010) is stepped over without a copy, and pixels are never reached. Elements may be cut anywhere: what is
/// kept is one header, or one header with a short value that is wanted.
struct DataSetReader {
    /// A value that is wanted, as it was on the wire, without its padding.
    struct Fact {
        let attribute: Attribute
        let value: [UInt8]
    }

    /// The deepest nesting of sequences and items that is followed.
    static let depthLimit = 32
    static let valueLimit = 512
    static let factLimit = 48

    /// What was read and not fetched yet.
    var facts: [Fact] = []
    /// Nothing more is to be read of this data set.
    private(set) var isFinished = false
    /// Octets of the value at hand that are only stepped over.
    private(set) var toSkip = 0

    private var encoding: DataSetEncoding?
    private let lastTag: UInt32
    private var frames: [Frame] = []
    /// Octets that are done with.
    private var position = 0
    private var factCount = 0
    /// An element that is not there as a whole yet, and how much of it is needed to go on.
    private var partial: [UInt8] = []
    private var needed = 0

    /// A sequence or an item that is being walked through.
    private struct Frame {
        let isItem: Bool
        /// The position behind it; `nil` where a delimiter ends it.
        let end: Int?
        /// A sequence of unknown representation and undefined length is implicit little endian inside (PS3.5 section 6.2.2).
        let isImplicit: Bool
        /// Inside the UDI Sequence (0018,100A), the only one that is read.
        let isUDI: Bool
    }

    private enum Step {
        /// So many octets of the element are needed.
        case need(Int)
        /// So many are done with.
        case passed(Int)
        case stop
    }

    /// - Parameters:
    ///   - encoding: as negotiated; `nil` to see from the first element.
    ///   - lastTag: where to stop.
    init(_ encoding: DataSetEncoding?, lastTag: UInt32) {
        self.encoding = encoding
        self.lastTag = lastTag
        self.isFinished = encoding == .unreadable
    }

    /// Reads the next octets of the data set.
    mutating func read(_ bytes: RawSpan) {
        var offset = 0
        while offset < bytes.byteCount, !self.isFinished {
            if self.toSkip > 0 {
                let count = min(self.toSkip, bytes.byteCount &- offset)
                self.skip(count)
                offset &+= count
            } else if self.partial.isEmpty {
                let rest = bytes.slice(from: offset)
                switch self.step(rest) {
                case .need(let count):
                    self.needed = count
                    self.partial = rest.copied(limit: count)
                    offset = bytes.byteCount
                case .passed(let count):
                    self.position &+= count
                    offset &+= count
                case .stop: self.isFinished = true
                }
            } else {
                var held = self.partial
                self.partial = []
                while held.count < self.needed, let byte = bytes.u8(at: offset) {
                    held.append(byte)
                    offset &+= 1
                }
                guard held.count >= self.needed else {
                    self.partial = held
                    return
                }
                switch self.step(held.rawSpan) {
                case .need(let count):
                    self.needed = count
                    self.partial = held
                case .passed(let count): self.position &+= count
                case .stop: self.isFinished = true
                }
            }
        }
    }

    /// Steps over octets of the value at hand.
    mutating func skip(_ count: Int) {
        self.toSkip &-= count
        self.position &+= count
    }

    // MARK: Elements

    private mutating func step(_ bytes: RawSpan) -> Step {
        while let end = self.frames.last?.end, self.position >= end { self.frames.removeLast() }
        guard bytes.byteCount >= 8 else { return .need(8) }
        if self.encoding == nil {
            guard let shown = DataSetEncoding(firstElement: bytes) else { return .stop }
            self.encoding = shown
        }
        let isBig = self.encoding == .explicitBig
        let isImplicit = self.encoding == .implicitLittle || self.frames.last?.isImplicit == true
        guard let group = isBig ? bytes.u16(at: 0) : bytes.u16le(at: 0), let element = isBig ? bytes.u16(at: 2) : bytes.u16le(at: 2)
        else { return .stop }
        if group == 0xFFFE { return self.delimiter(element, length: isBig ? bytes.u32(at: 4) : bytes.u32le(at: 4)) }
        if let frame = self.frames.last, !frame.isItem { return .stop }
        let tag = UInt32(group) &<< 16 | UInt32(element)
        if self.frames.isEmpty, tag > self.lastTag { return .stop }

        var header = 8
        var representation: UInt16?
        let length: UInt32?
        if isImplicit {
            length = bytes.u32le(at: 4)
        } else {
            guard let first = bytes.u8(at: 4), let second = bytes.u8(at: 5), ValueRepresentation.isPlausible(first, second) else {
                return .stop
            }
            let code = ValueRepresentation.code(first, second)
            representation = code
            if ValueRepresentation.hasLongLength(code) {
                header = 12
                guard bytes.byteCount >= header else { return .need(header) }
                length = isBig ? bytes.u32(at: 8) : bytes.u32le(at: 8)
            } else {
                length = (isBig ? bytes.u16(at: 6) : bytes.u16le(at: 6)).map(UInt32.init)
            }
        }
        guard let length else { return .stop }

        let isUDISequence = self.frames.isEmpty && tag == 0x0018_100A
        if length == .max || isUDISequence {
            guard self.frames.count < Self.depthLimit else { return .stop }
            let end = length == .max ? nil : self.position &+ header &+ Int(length)
            let isUnknown = representation == ValueRepresentation.unknown
            self.frames.append(Frame(isItem: false, end: end, isImplicit: isImplicit || isUnknown, isUDI: isUDISequence))
            return .passed(header)
        }
        if let attribute = self.attribute(tag, representation), length > 0, length <= UInt32(Self.valueLimit) {
            let count = header &+ Int(length)
            guard bytes.byteCount >= count else { return .need(count) }
            self.keep(bytes.slice(from: header, count: Int(length)), attribute)
            return .passed(count)
        }
        self.toSkip = Int(length)
        return .passed(header)
    }

    /// Item, Item Delimitation Item and Sequence Delimitation Item (PS3.5 section 7.5).
    private mutating func delimiter(_ element: UInt16, length: UInt32?) -> Step {
        guard let frame = self.frames.last, let length else { return .stop }
        switch element {
        case 0xE000 where !frame.isItem:
            if length == .max || frame.isUDI {
                guard self.frames.count < Self.depthLimit else { return .stop }
                let end = length == .max ? nil : self.position &+ 8 &+ Int(length)
                self.frames.append(Frame(isItem: true, end: end, isImplicit: frame.isImplicit, isUDI: frame.isUDI))
            } else {
                self.toSkip = Int(length)
            }
        case 0xE00D where frame.isItem, 0xE0DD where !frame.isItem: self.frames.removeLast()
        default: return .stop
        }
        return .passed(8)
    }

    /// The attribute that an element goes to, for those that describe the device; the only ones whose values are looked at.
    private func attribute(_ tag: UInt32, _ representation: UInt16?) -> Attribute? {
        guard self.frames.isEmpty else {
            return self.frames.count == 2 && self.frames.last?.isUDI == true && tag == 0x0018_1009 ? .dicomUDI : nil
        }
        switch tag {
        case 0x0008_0060: return .dicomModality
        case 0x0008_0070: return .dicomManufacturer
        case 0x0008_0080: return .dicomInstitution
        case 0x0008_1010, 0x0040_0242: return .dicomStationName
        case 0x0008_1040: return .dicomDepartment
        case 0x0008_1090: return .dicomModel
        case 0x0018_1000: return .dicomSerial
        case 0x0018_1002: return .dicomDeviceUID
        case 0x0018_1004, 0x0018_1005, 0x0018_1008, 0x0018_700A: return .dicomDetectorID
        case 0x0018_1009: return .dicomUDI
        case 0x0018_1020: return .dicomSoftware
        default:
            // Private creators (PS3.5 section 7.8.1): they name who defined the elements, which are not read.
            let isPrivate = tag &>> 16 & 1 == 1 && tag &>> 16 > 8 && (0x10...0xFF).contains(tag & 0xFFFF)
            return isPrivate && (representation ?? ValueRepresentation.longString) == ValueRepresentation.longString
                ? .dicomPrivateCreator : nil
        }
    }

    private mutating func keep(_ value: RawSpan, _ attribute: Attribute) {
        // Only software versions are several, each of its own (PS3.3 section C.7.5.1).
        guard attribute == .dicomSoftware else { return self.append(value.trimmed, attribute) }
        var start = 0
        while start <= value.byteCount {
            let end = value.firstIndex(of: 0x5C, from: start) ?? value.byteCount
            self.append(value.slice(from: start, count: end &- start).trimmed, attribute)
            start = end &+ 1
        }
    }

    private mutating func append(_ value: RawSpan, _ attribute: Attribute) {
        guard !value.isEmpty, self.factCount < Self.factLimit else { return }
        self.factCount &+= 1
        self.facts.append(Fact(attribute: attribute, value: value.copied()))
    }
}
