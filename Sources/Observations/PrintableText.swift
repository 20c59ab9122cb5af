public import Wire

/// Text from the wire made fit to be shown: valid Unicode, no control character, no invisible direction mark, of bounded length.
///
/// A banner may hold escape sequences for a terminal, markup for a report, or bytes of any encoding; escaping for a format
/// is the format's business, but nothing past this point has to fear a control character.
public enum PrintableText {
    /// The most characters a value keeps; a cut one ends in "…".
    public static let limit = 256

    /// Whether the bytes are already printable ASCII within the limit, and so need no work.
    @inlinable public static func isPlain(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount <= Self.limit else { return false }
        var offset = 0
        // Eight at a time: a byte below 0x20, above 0x7E or equal to 0x7F sets a high bit in one of the three terms.
        while let word = bytes.u64(at: offset) {
            let high: UInt64 = 0x8080_8080_8080_8080
            let below = (word &- 0x2020_2020_2020_2020) & ~word & high
            let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let equal = (delete &- 0x0101_0101_0101_0101) & ~delete & high
            if word & high | below | equal != 0 { return false }
            offset &+= 8
        }
        while let byte = bytes.u8(at: offset) {
            if byte < 0x20 || byte > 0x7E { return false }
            offset &+= 1
        }
        return true
    }

    /// The bytes as printable text: as UTF-8 where they are valid UTF-8, else as ISO 8859-1.
    public static func make(_ bytes: RawSpan) -> String {
        let copy = bytes.copied(limit: Self.limit &* 4)
        let cut = bytes.byteCount > copy.count
        if let text = String(validating: copy, as: UTF8.self) { return Self.make(text, cut: cut) }
        // A multi-byte character may have been cut at the limit: the rest is still UTF-8.
        if cut {
            for missing in 1...3 where copy.count > missing {
                if let text = String(validating: copy.dropLast(missing), as: UTF8.self) { return Self.make(text, cut: true) }
            }
        }
        return Self.make(String(String.UnicodeScalarView(copy.map { Unicode.Scalar($0) })), cut: cut)
    }

    /// The text with everything that is not printable replaced by U+FFFD, cut at the limit.
    public static func make(_ text: String, cut: Bool = false, limit: Int = PrintableText.limit) -> String {
        var scalars = String.UnicodeScalarView()
        var count = 0
        var isCut = cut
        for scalar in text.unicodeScalars {
            guard count < limit else {
                isCut = true
                break
            }
            scalars.append(Self.isPrintable(scalar) ? scalar : "\u{FFFD}")
            count &+= 1
        }
        if isCut {
            if count == limit { scalars.removeLast() }
            scalars.append("…")
        }
        return String(scalars)
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        // Format characters hold the bidirectional overrides and the zero-width ones, with which a name can pose as another.
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
