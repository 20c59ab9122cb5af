import Wire

/// What the bytes of the DICOM upper layer look like, for recognising it at the start of a side and in mid-stream.
///
/// PS3.8 section 9.3: every PDU starts with its type, a reserved octet and the length of what follows. A P-DATA-TF holds
/// presentation data values (PDV): length, context identifier, message control header. The lengths of the two layers have to
/// agree, and a command set starts with its own length once more: so even a PDU in the middle of a transfer is unmistakable.
enum UpperLayer {
    /// The types of PDU (PS3.8 table 9-11 and following).
    enum PDUType: UInt8 {
        case associateRequest = 1
        case associateAccept
        case associateReject
        case data
        case releaseRequest
        case releaseResponse
        case abort
    }

    static let headerLength = 6
    /// An association PDU up to its first item: header, version, the two titles, reserved.
    static let fixedAssociationLength = 74
    /// A request of 128 contexts with 40 transfer syntaxes each stays below this.
    static let longestAssociation = 1 << 20
    static let longestData = 1 << 24

    /// Whether a PDU that can open a conversation, or a P-DATA-TF, starts here.
    static func begins(_ bytes: RawSpan) -> Probe {
        switch bytes.u8(at: 0) {
        case PDUType.associateRequest.rawValue, PDUType.associateAccept.rawValue: self.beginsAssociation(bytes)
        case PDUType.associateReject.rawValue: self.beginsReject(bytes)
        case PDUType.data.rawValue: self.beginsData(bytes)
        case PDUType.abort.rawValue: self.beginsAbort(bytes)
        default: .no
        }
    }

    /// The offset of the first P-DATA-TF that starts inside a segment of a transfer: PDUs are longer than segments, and
    /// where one starts in the next segment but few a segment starts as well.
    static func firstData(within bytes: RawSpan) -> Int? {
        // The second and third octet of the PDU are zero, so one of every two neighbours is enough to look at.
        var index = 2
        while index < bytes.byteCount {
            // Eight without a zero at a time, or one.
            if let word = bytes.u64(at: index), (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 == 0 {
                index &+= 8
                continue
            }
            if bytes.u8(at: index) == 0 {
                for start in index &- 2...index &- 1 where bytes.u8(at: start) == PDUType.data.rawValue {
                    let pdu = bytes.slice(from: start)
                    if self.beginsData(pdu) == .yes, self.isCommand(pdu) || (2048...0x4_0000).contains(pdu.u32(at: 2) ?? 0) {
                        return start
                    }
                }
            }
            index &+= 2
        }
        return nil
    }

    // MARK: The PDUs

    /// A-ASSOCIATE-RQ and -AC (PS3.8 sections 9.3.2 and 9.3.3).
    private static func beginsAssociation(_ bytes: RawSpan) -> Probe {
        guard bytes.u8(at: 1) ?? 0 == 0, bytes.u8(at: 2) ?? 0 == 0, bytes.u8(at: 3) ?? 0 < 0x10 else { return .no }
        // The application context and the user information are mandatory.
        if let length = bytes.u32(at: 2), length < 68 &+ 25 &+ 4 { return .no }
        if let version = bytes.u16(at: 6), version & 1 == 0 { return .no }
        var index = 10
        while index < 42, let byte = bytes.u8(at: index) {
            guard byte >= 0x20 && byte != 0x7F || byte == 0 else { return .no }
            index &+= 1
        }
        let context: StaticString = "1.2.840.10008.3.1.1.1"
        if bytes.byteCount >= Self.fixedAssociationLength &+ 25 {
            return bytes.u16(at: 74) == 0x1000 && (21...22).contains(bytes.u16(at: 76) ?? 0) && bytes.has(context, at: 78)
                ? .yes : .no
        }
        if let item = bytes.u16(at: 74), item != 0x1000 { return .no }
        // A capture cut to 96 octets a frame ends inside the fixed part, after the titles.
        guard bytes.byteCount >= 42, bytes.u32(at: 6) == 0x0001_0000, self.isTitle(bytes, at: 10), self.isTitle(bytes, at: 26) else {
            return .notYet
        }
        index = 42
        while index < Self.fixedAssociationLength, let byte = bytes.u8(at: index) {
            if byte != 0 { return .notYet }
            index &+= 1
        }
        return .yes
    }

    /// Whether sixteen octets are a title: printable ASCII with nothing but padding behind it.
    private static func isTitle(_ bytes: RawSpan, at offset: Int) -> Bool {
        var isPadding = false
        var hasText = false
        for index in offset..<offset &+ 16 {
            guard let byte = bytes.u8(at: index) else { return false }
            if byte == 0 {
                isPadding = true
            } else {
                if isPadding && byte != 0x20 || byte < 0x20 || byte > 0x7E { return false }
                hasText = hasText || byte != 0x20
            }
        }
        return hasText
    }

    /// A-ASSOCIATE-RJ (PS3.8 section 9.3.4): ten octets, each of which is bound.
    private static func beginsReject(_ bytes: RawSpan) -> Probe {
        guard self.hasFixedHeader(bytes), bytes.byteCount <= 10, (1...2).contains(bytes.u8(at: 7) ?? 1),
            (1...3).contains(bytes.u8(at: 8) ?? 1), bytes.u8(at: 9) ?? 1 <= 10
        else { return .no }
        return bytes.byteCount == 10 ? .yes : .notYet
    }

    /// A-ABORT (PS3.8 section 9.3.8) is too short to prove anything on its own.
    private static func beginsAbort(_ bytes: RawSpan) -> Probe {
        self.hasFixedHeader(bytes) && bytes.byteCount <= 10 && bytes.u8(at: 8) ?? 0 <= 2 && bytes.u8(at: 9) ?? 0 <= 6 ? .notYet : .no
    }

    /// Type, reserved, length 4, reserved.
    private static func hasFixedHeader(_ bytes: RawSpan) -> Bool {
        (bytes.u8(at: 1) ?? 0) == 0 && (bytes.u8(at: 2) ?? 0) == 0 && (bytes.u8(at: 3) ?? 0) == 0 && (bytes.u8(at: 4) ?? 0) == 0
            && (bytes.u8(at: 5) ?? 4) == 4 && (bytes.u8(at: 6) ?? 0) == 0
    }

    /// P-DATA-TF (PS3.8 section 9.3.5, annex E.2).
    private static func beginsData(_ bytes: RawSpan) -> Probe {
        guard bytes.u8(at: 1) ?? 0 == 0, bytes.u8(at: 2) ?? 0 == 0 else { return .no }
        guard let length = bytes.u32(at: 2) else { return .notYet }
        guard length >= 16, length < UInt32(Self.longestData) else { return .no }
        guard let valueLength = bytes.u32(at: 6) else { return .notYet }
        guard valueLength >= 2, valueLength <= length &- 4 else { return .no }
        guard let context = bytes.u8(at: 10), let control = bytes.u8(at: 11) else { return .notYet }
        guard context & 1 == 1, control <= 3 else { return .no }
        guard control & 1 == 1 else {
            // A fragment of a data set: alone in its PDU. A short one, which only the last can be, has to be there as a whole.
            guard valueLength &+ 4 == length, length >= 2048 || control == 2 && Self.headerLength &+ Int(length) <= bytes.byteCount else {
                return .no
            }
            return self.isFollowed(bytes, length) ? .yes : .no
        }
        // A command set (PS3.7 section 6.3): implicit little endian, and first its group length (0000,0000).
        guard let tag = bytes.u32(at: 12), let tagLength = bytes.u32le(at: 16), let groupLength = bytes.u32le(at: 20),
            let next = bytes.u16(at: 24)
        else { return bytes.byteCount >= 20 && bytes.u64(at: 12) != 0x0000_0000_0400_0000 ? .no : .notYet }
        guard tag == 0, tagLength == 4, next == 0, groupLength >= 10, groupLength < 4096 else { return .no }
        let isWhole = groupLength &+ 14 == valueLength
        return (control == 3 ? isWhole : groupLength &+ 14 > valueLength) && self.isFollowed(bytes, length) ? .yes : .no
    }

    /// Whether what is seen behind a P-DATA-TF, if anything, is a PDU of an association that stands.
    private static func isFollowed(_ bytes: RawSpan, _ length: UInt32) -> Bool {
        let end = Self.headerLength &+ Int(length)
        return (PDUType.data.rawValue...PDUType.abort.rawValue).contains(bytes.u8(at: end) ?? PDUType.data.rawValue)
            && bytes.u8(at: end &+ 1) ?? 0 == 0
    }

    private static func isCommand(_ bytes: RawSpan) -> Bool { (bytes.u8(at: 11) ?? 0) & 1 == 1 }
}
