/// How names that people write are compared: small letters, no accents, single hyphens for what separates words.
public enum SiteText {
    public static func folded(_ text: some StringProtocol) -> String {
        var folded = ""
        var isSeparated = false
        for character in text.lowercased() {
            let plain = Self.plain(character)
            if plain.allSatisfy({ $0.isLetter || $0.isNumber }) {
                if isSeparated, !folded.isEmpty { folded += "-" }
                isSeparated = false
                folded += plain
            } else {
                isSeparated = true
            }
        }
        return folded
    }

    /// A letter of French without its accent.
    private static func plain(_ character: Character) -> String {
        switch character {
        case "à", "â", "ä": "a"
        case "ç": "c"
        case "é", "è", "ê", "ë": "e"
        case "î", "ï": "i"
        case "ô", "ö": "o"
        case "ù", "û", "ü": "u"
        case "ÿ": "y"
        case "œ": "oe"
        case "æ": "ae"
        default: String(character)
        }
    }
}
