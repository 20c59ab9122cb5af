/// The ways in which bytes are overwritten. Each keeps the length, and none keeps a letter, a digit or a byte of binary data.
enum Overwriting: CaseIterable {
    /// Letters become `X`, digits `0`; punctuation, spaces and line ends stay, so that text keeps its fields. Everything else
    /// becomes `X` as well.
    case text
    /// `X` throughout.
    case uniform
    /// Zeros: what binary protocols take for an empty number.
    case zero
    /// Base64 of a filled name, a colon and a filled word: credentials that still are credentials.
    case credentials

    static let filler = UInt8(ascii: "X")
    private static let credentialDigits = Array("WFhYOlhY".utf8)

    /// The byte that stands for `byte` at a place of a range.
    func replacement(of byte: UInt8, at place: Int) -> UInt8 {
        switch self {
        case .text:
            switch byte {
            case 0x30...0x39: 0x30
            case 0x20...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E, 0x09, 0x0A, 0x0D: byte
            default: Self.filler
            }
        case .uniform: Self.filler
        case .zero: 0
        case .credentials: Self.credentialDigits[place & 7]
        }
    }

    /// Overwrites a range.
    func overwrite(_ bytes: inout [UInt8], _ range: Range<Int>) {
        for index in range { bytes[index] = self.replacement(of: bytes[index], at: index &- range.lowerBound) }
    }

    /// The fewest letters and digits whose sum can be kept: fewer would say too much of what they were.
    static let sumLength = 4

    /// Overwrites letters and digits by others with the same sum modulo 256.
    /// - Parameter isStuffed: whether two letters may stand for one, `EX` for `D` and `EE` for `E`, as in messages of infusion racks:
    ///   such pairs become `EE`, and count as what they stand for.
    /// - Returns: whether there were enough letters and digits.
    static func overwriteKeepingSum(_ bytes: inout [UInt8], _ range: Range<Int>, isStuffed: Bool) -> Bool {
        var places: [Int] = []
        var missing = 0
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            let next = index &+ 1 < range.upperBound ? bytes[index &+ 1] : 0
            if isStuffed, byte | 0x20 == 0x65, next == byte || next == byte &+ 0x13 {
                missing &+= Int(next == byte ? byte : byte &- 1) &- Int(self.escape)
                bytes[index] = self.escape
                bytes[index &+ 1] = self.escape
                index &+= 2
                continue
            }
            if self.isLetterOrDigit(byte) {
                bytes[index] = byte < 0x3A ? 0x30 : self.letter
                missing &+= Int(byte) &- Int(bytes[index])
                places.append(index)
            }
            index &+= 1
        }
        guard places.count >= self.sumLength else { return false }
        missing = (missing % 256 &+ 256) % 256
        for place in places.reversed() where missing > 0 {
            // The way round 256 that is shorter for what stands here.
            let wanted = Int(bytes[place]) &+ (missing > 128 && bytes[place] == self.letter ? missing &- 256 : missing)
            let best = self.lettersAndDigits.min { abs(Int($0) &- wanted) < abs(Int($1) &- wanted) } ?? self.letter
            missing = ((missing &+ Int(bytes[place]) &- Int(best)) % 256 &+ 256) % 256
            bytes[place] = best
        }
        return missing == 0
    }

    private static let escape = UInt8(ascii: "E")
    private static let letter = UInt8(ascii: "N")
    /// Without those of such pairs.
    private static let lettersAndDigits = (UInt8(0)..<0x7F).filter { Self.isLetterOrDigit($0) && ![0x44, 0x45, 0x58, 0x64, 0x65, 0x78].contains($0) }
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// Whether bytes are text for the most part.
    static func isText(_ bytes: ArraySlice<UInt8>) -> Bool {
        var printable = 0
        for byte in bytes where byte >= 0x20 && byte < 0x7F || byte == 0x0D || byte == 0x0A || byte == 0x09 { printable &+= 1 }
        return printable &* 8 >= bytes.count &* 7
    }

    /// What is tried for a range, the first that serves is taken.
    /// - Parameter isUnknown: of a stream that nobody understands: whoever tries would take zeros for many short messages.
    static func choices(for bytes: ArraySlice<UInt8>, isUnknown: Bool) -> [Overwriting] {
        guard self.isText(bytes) else { return isUnknown ? [.uniform, .zero] : [.zero, .uniform] }
        if bytes.count >= 4, bytes.allSatisfy(self.isBase64) { return [.text, .credentials] }
        return bytes.count > 4 ? [.text, .uniform] : [.text, .uniform, .zero]
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F, 0x3D: true
        default: false
        }
    }

    /// Overwrites what nothing is known of.
    static func outright(_ bytes: inout [UInt8], _ range: Range<Int>) {
        let way: Overwriting = self.isText(bytes[range]) ? .text : .uniform
        way.overwrite(&bytes, range)
    }
}
