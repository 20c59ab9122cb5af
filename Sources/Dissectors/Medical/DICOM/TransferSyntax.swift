import Wire

/// How the elements of a data set are written (PS3.5 sections 7 and 10, annex A).
enum DataSetEncoding: Hashable {
    case implicitLittle, explicitLittle, explicitBig
    /// Deflated, or of a maker's own making: not read.
    case unreadable

    /// The encoding that a transfer syntax means; `nil` for a private one, whose data sets speak for themselves.
    init?(transferSyntax uid: RawSpan) {
        if uid.equals("1.2.840.10008.1.2") {
            self = .implicitLittle
        } else if uid.equals("1.2.840.10008.1.2.2") {
            self = .explicitBig
        } else if uid.equals("1.2.840.10008.1.2.1.99") || uid.equals("1.2.840.10008.1.2.4.95") || uid.equals("1.2.840.10008.1.2.4.205") {
            self = .unreadable
        } else if uid.has("1.2.840.10008.1.2.") {
            // Every other one of the standard, compressed pixels or not, is explicit little endian (PS3.5 annex A.4).
            self = .explicitLittle
        } else {
            return nil
        }
    }

    /// The encoding that the first element of a data set shows, where its negotiation was not seen: it is of group 0008
    /// (PS3.3 puts the SOP common module there), low in it, and short.
    init?(firstElement bytes: RawSpan) {
        guard let group = bytes.u16(at: 0) else { return nil }
        let isLittle = group == 0x0800
        guard isLittle || group == 0x0008, let element = isLittle ? bytes.u16le(at: 2) : bytes.u16(at: 2), element <= 0x0060,
            let first = bytes.u8(at: 4), let second = bytes.u8(at: 5)
        else { return nil }
        if ValueRepresentation.isPlausible(first, second) {
            self = isLittle ? .explicitLittle : .explicitBig
        } else {
            guard isLittle, let length = bytes.u32le(at: 4), length <= 1024, length & 1 == 0 else { return nil }
            self = .implicitLittle
        }
    }
}

/// The value representation of an element (PS3.5 section 6.2), as its two letters.
enum ValueRepresentation {
    static let sequence = Self.code(0x53, 0x51)
    static let unknown = Self.code(0x55, 0x4E)
    static let longString = Self.code(0x4C, 0x4F)

    static func code(_ first: UInt8, _ second: UInt8) -> UInt16 { UInt16(first) &<< 8 | UInt16(second) }
    static func isPlausible(_ first: UInt8, _ second: UInt8) -> Bool {
        (0x41...0x5A).contains(first) && (0x41...0x5A).contains(second)
    }

    /// Whether the length has 32 bits, behind two reserved octets (PS3.5 table 7.1-1).
    static func hasLongLength(_ code: UInt16) -> Bool {
        switch code {
        case 0x4F42, 0x4F44, 0x4F46, 0x4F4C, 0x4F56, 0x4F57: true  // OB OD OF OL OV OW
        case 0x5351, 0x5356: true  // SQ SV
        case 0x5543, 0x554E, 0x5552, 0x5554, 0x5556: true  // UC UN UR UT UV
        default: false
        }
    }
}

/// Unique identifiers (PS3.5 section 9): digits and dots, at most 64.
enum UID {
    static func isValid(_ uid: RawSpan) -> Bool {
        guard !uid.isEmpty, uid.byteCount <= 64 else { return false }
        var index = 0
        while let byte = uid.u8(at: index) {
            guard (0x30...0x39).contains(byte) || byte == 0x2E else { return false }
            index &+= 1
        }
        return true
    }
}
