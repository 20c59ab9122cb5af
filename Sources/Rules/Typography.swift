/// How French is printed: an apostrophe is ’, and no line breaks before : ; ? ! » or after «. Signatures are written at a keyboard, which has neither
/// sign; what is read has them everywhere. The no-break space is U+00A0: not every terminal shows the narrow one.
enum Typography {
    static func french(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x27 || $0 == 0x20 }) else { return text }
        let scalars = Array(text.unicodeScalars)
        var set = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            let before = index > 0 ? scalars[index - 1] : "\n"
            let after = index + 1 < scalars.count ? scalars[index + 1] : "\n"
            switch scalar {
            case "'": set.append(before.properties.isAlphabetic && (after.properties.isAlphabetic || after == "«") ? "’" : scalar)
            case " ":
                // A sign that something follows at once is part of a command or an address.
                let isSign = [":", ";", "?", "!", "»"].contains(after) && (index + 2 >= scalars.count || !scalars[index + 2].properties.isAlphabetic)
                set.append(before == "«" || isSign ? "\u{00A0}" : scalar)
            default: set.append(scalar)
            }
        }
        return String(set)
    }
}

extension Text {
    /// - Parameter french: as it is written in a file of signatures.
    init(written french: String, english: String) { self.init(french: Typography.french(french), english: english) }
}
