import Foundation
import Observations

/// Names and numbers in the form in which two lists that people and devices wrote can be compared.
enum FoldedText {
    /// The most characters of a value that are looked at: names of the wire and cells of a file may be of any length.
    static let limit = 256

    /// Small letters without accents, and digits, in words separated by one space: `MONITEUR_Réa-04` is `moniteur rea 04`.
    static func words(_ text: String) -> String {
        var folded = ""
        var isSeparated = false
        for scalar in Self.plain(text).unicodeScalars {
            guard scalar.properties.isAlphabetic || scalar.properties.numericType != nil else {
                isSeparated = true
                continue
            }
            if isSeparated, !folded.isEmpty { folded.unicodeScalars.append(" ") }
            isSeparated = false
            folded.unicodeScalars.append(scalar)
        }
        return folded
    }

    /// The same without the spaces: `X Porte`, `X-PORTE` and `xporte` are one.
    static func compact(_ text: String) -> String { String(Self.words(text).unicodeScalars.filter { $0 != " " }) }

    /// A serial number: letter case, signs between its parts and zeros before it aside.
    static func serial(_ text: String) -> String {
        let compact = Self.compact(text)
        let bare = String(compact.unicodeScalars.drop { $0 == "0" })
        // What people write where there is none.
        return ["na", "nc", "neant", "inconnu", "unknown", "none", "sans", "sn", "nr", "xxx"].contains(bare) ? "" : bare
    }

    /// Words of a company's name that do not tell it from another.
    private static let companyWords: Set<String> = [
        "ag", "bv", "co", "company", "corp", "corporation", "diagnostics", "europe", "france", "gmbh", "group", "groupe", "health", "healthcare", "healthineers",
        "inc", "international", "kg", "kgaa", "limited", "llc", "ltd", "medical", "medizintechnik", "nv", "plc", "sa", "sarl", "sas", "se", "spa", "srl", "system", "systems",
        "technologies", "technology",
    ]

    /// The words that name a maker: `Siemens Healthineers AG` is `siemens`. Vowels that German writes in two ways become one.
    static func maker(_ text: String) -> [String] {
        let words = Self.words(text).split(separator: " ").map { word in
            String(word).replacing("ae", with: "a").replacing("oe", with: "o").replacing("ue", with: "u")
        }
        let telling = words.filter { !Self.companyWords.contains($0) }
        return telling.isEmpty ? words : telling
    }

    /// Whether two names may be those of one maker: one begins as the other.
    static func areSameMaker(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Self.maker(left), Self.maker(right))
        guard !left.isEmpty, !right.isEmpty else { return false }
        return left.joined() == right.joined() || zip(left, right).allSatisfy { $0 == $1 }
    }

    /// Host names that many devices have, and titles that DICOM programs come with: they name nothing.
    private static let generic: Set<String> = [
        "android", "anyscp", "any scp", "debian", "echoscu", "findscu", "getscu", "host", "iphone", "localhost", "mail", "movescu", "orthanc", "pc", "printer",
        "pynetdicom", "raspberrypi", "scanner", "server", "storescp", "storescu", "ubuntu", "unknown", "windows", "www",
    ]

    /// What a name may be found by: itself, and for a name with a domain the host's part.
    static func keys(ofName name: String) -> [String] {
        var keys: [String] = []
        func add(_ key: String) {
            // A number alone, or two letters, name nothing either.
            guard key.utf8.count >= 3, key.unicodeScalars.contains(where: \.properties.isAlphabetic), !Self.generic.contains(key), !keys.contains(key) else { return }
            keys.append(key)
        }
        add(Self.words(name))
        if let dot = name.firstIndex(of: "."), !name[dot...].utf8.contains(0x20) { add(Self.words(String(name[..<dot]))) }
        return keys
    }

    /// Text of a file in a sentence to people.
    static func shown(_ text: String) -> String { PrintableText.make(text, limit: 80) }

    private static func plain(_ text: String) -> String {
        let start = text.utf8.count > Self.limit ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.limit))) : text
        guard start.utf8.contains(where: { $0 >= 0x80 }) else { return start.lowercased() }
        return start.folding(options: [.diacriticInsensitive, .caseInsensitive, .widthInsensitive], locale: nil).replacing("œ", with: "oe").replacing("æ", with: "ae")
    }
}
