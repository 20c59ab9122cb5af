@testable import Campaigns
import Foundation
import Rules
import Testing

@Suite("A table of the GMAO")
struct GMAOFileTests {
    private static func read(_ text: String) throws -> GMAOFile { try GMAOFile(Data(text.utf8)) }

    @Test("in the encodings and with the separators that exports have")
    func encodings() throws {
        let text = "N° série;Désignation;Localisation\r\n77;Échographe;2ème étage - œuvre “A”\r\n"
        func windows(_ text: String) -> Data {
            let special: [Unicode.Scalar: UInt8] = ["œ": 0x9C, "“": 0x93, "”": 0x94, "°": 0xB0]
            return Data(text.unicodeScalars.map { special[$0] ?? UInt8(truncatingIfNeeded: $0.value) })
        }
        var utf16 = Data([0xFF, 0xFE])
        for unit in text.utf16 { utf16 += [UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8)] }
        for (data, encoding) in [
            (Data(text.utf8), GMAOFile.Encoding.utf8), (Data([0xEF, 0xBB, 0xBF]) + Data(text.utf8), .utf8), (windows(text), .windows1252), (utf16, .utf16),
        ] {
            let file = try GMAOFile(data)
            #expect(file.encoding == encoding && file.header == ["N° série", "Désignation", "Localisation"], "\(file.header)")
            #expect(file.lines.map(\.cells) == [["77", "Échographe", "2ème étage - œuvre “A”"]])
        }
        for separator in [";", ",", "\t", "|"] {
            let file = try Self.read(["N° série", "Marque"].joined(separator: separator) + "\n" + ["1", "a b"].joined(separator: separator) + "\n")
            #expect(String(file.separator) == separator && file.lines.map(\.cells) == [["1", "a b"]])
        }
        #expect(try Self.read("sep=,\nN° série,Marque\n1,a;b;c;d\n").lines == [.init(number: 3, cells: ["1", "a;b;c;d"])])
    }

    @Test("with quotes, line ends in cells, and titles above the header")
    func cells() throws {
        let file = try GMAOFile(
            Data("Export du parc\n\nN° série;Désignation\n1;\"a;b\"\n2;\"deux\nlignes\"\n\n3;\"dit \"\"oui\"\"\"\n4;Écran 21\" plat\n5;fin".utf8), isHeader: ColumnMapping.isHeader)
        #expect(file.headerLine == 3 && file.badLines.isEmpty)
        #expect(file.lines.map(\.cells) == [["1", "a;b"], ["2", "deux\u{FFFD}lignes"], ["3", "dit \"oui\""], ["4", "Écran 21\" plat"], ["5", "fin"]])
        #expect(file.lines.map(\.number) == [4, 5, 8, 9, 10])
    }

    @Test("names every line that it cannot take over, and loses no other")
    func badLines() throws {
        let long = String(repeating: "x", count: 1 << 16)
        let file = try Self.read("N° série;Marque\n1;a\n2;\"b\"c\n3;c;trop\n4;\"jamais fermé\n5;e\n6;\(long)\n7;g\n")
        #expect(file.badLines.map { "\($0.number) \($0.reason.rawValue)" } == ["3 quotes", "4 extra_cells", "5 quotes", "7 long_cell"])
        #expect(file.lines.compactMap(\.cells.first) == ["1", "3", "5", "6", "7"])
        #expect(file.lines.allSatisfy { $0.cells.allSatisfy { $0.unicodeScalars.count <= GMAOFile.cellLimit } })
    }

    @Test("made to harm: it is read or refused, fast", .timeLimit(.minutes(1)))
    func hostile() throws {
        let wide = try Self.read(Array(repeating: "N° série", count: 100_000).joined(separator: ";") + "\n" + Array(repeating: "1", count: 100_000).joined(separator: ";") + "\n1;2\n")
        #expect(wide.header.count == GMAOFile.columnLimit && wide.lines.allSatisfy { $0.cells.count <= GMAOFile.columnLimit })
        // A quote that is opened on each of many lines and closed on none.
        let open = try Self.read("N° série;Marque\n" + String(repeating: "1;\"x\n", count: 5001))
        #expect(open.badLines.count + open.lines.count > 0)
        // Marks that would join a separator, a quote or a line end into one character with it; other line ends in a cell.
        for mark in ["\u{301}", "\u{200D}", "\u{600}", "\u{FE0F}", "\u{2028}", "\u{85}", "\u{B}", "\u{C}", "\u{1B}[31m", "\u{202E}"] {
            for line in ["1;\(mark)2", "1\(mark);2", "1;\"\(mark)2\"", "1;\"2\(mark)\""] {
                let file = try Self.read("N° série;Marque\n\(line)\n3;4\n")
                #expect(file.lines.count + file.badLines.count == 2, "\(Array(line.unicodeScalars))")
                #expect(file.lines.last?.cells == ["3", "4"])
                for cell in file.lines.flatMap(\.cells) { #expect(!cell.unicodeScalars.contains { $0.value < 0x20 || $0 == "\u{202E}" }) }
            }
        }
    }

    @Test("that is none says what to do")
    func refusals() throws {
        for (bytes, words) in [
            (Data(), "est vide"), (Data("\n\n;;\n".utf8), "est vide"), (Data([0x50, 0x4B, 3, 4, 0]), "au format CSV"), (Data([0xD0, 0xCF, 0x11, 0xE0]), "au format CSV"),
            (Data([1, 0, 2]), "n’est pas un fichier CSV"), (Data("bonjour\ntout le monde\n".utf8), "--mapping"),
        ] as [(Data, String)] {
            #expect { _ = try GMAOFile(bytes, isHeader: ColumnMapping.isHeader) } throws: { (($0 as? GMAOProblem)?.text.french ?? "").contains(words) }
        }
    }

    // MARK: Mapping

    @Test("is mapped by the usual names of columns, French and English")
    func automaticMapping() throws {
        let french = ColumnMapping(header: ["N° d'inventaire", "Désignation", "Marque", "Modèle", "N° de série", "Adresse MAC", "Adresse IP", "UF", "État"])
        #expect(french.columns == [.inventory: [0], .designation: [1], .maker: [2], .model: [3], .serial: [4], .mac: [5], .ip: [6], .unit: [7], .status: [8]])
        let english = ColumnMapping(header: ["Asset Number", "Manufacturer", "Model", "Serial Number", "Hostname", "AE Title", "Location", "Status"])
        #expect(english.columns == [.inventory: [0], .maker: [1], .model: [2], .serial: [3], .host: [4], .title: [5], .location: [6], .status: [7]])
        #expect(french.isAutomatic && ColumnMapping(header: ["a", "b"]).columns.isEmpty)
        // No two fields have a name in common, so that no order decides.
        var seen: [String: ColumnMapping.Field] = [:]
        for field in ColumnMapping.Field.allCases {
            for name in field.names {
                #expect(FoldedText.words(name) == name)
                #expect(seen.updateValue(field, forKey: name) == nil, "\(name)")
            }
        }
    }

    /// Nine lists of nine aliases to the one before, the last of them a key.
    private static let unfolding: String = {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<9 { text += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n" }
        return text + "? *a8\n: x\n"
    }()

    @Test("is mapped by a file, YAML or CSV", .timeLimit(.minutes(1)))
    func mappingFile() throws {
        let header = ["Code", "Num fab", "Bât", "Pièce"]
        for text in ["inventaire: Code\nserie: NUM FAB\nlocalisation: [Bât, Pièce]\n", "champ;colonne\ninventory;code\nserial;Num fab\nlocation;bât\nlocation;pièce\n"] {
            let mapping = try ColumnMapping(try ColumnMapping.File(Data(text.utf8)), header: header)
            #expect(mapping.columns == [.inventory: [0], .serial: [1], .location: [2, 3]] && !mapping.isAutomatic, "\(text)")
            #expect(mapping.value(.location, of: .init(number: 1, cells: ["1", "2", "A", "12"])) == "A 12")
        }
        for (text, words) in [
            ("couleur: Code", "champ inconnu"), ("serie: Absente", "n’est pas dans le fichier"), ("[a, b", "fichier de correspondance"), ("", "fichier de correspondance"),
            (String(repeating: "- ", count: 9000), "fichier de correspondance"), (String(repeating: "? ", count: 9000), "fichier de correspondance"), (String(repeating: "[", count: 9000), "fichier de correspondance"),
            (Self.unfolding, "fichier de correspondance"),
            (String(repeating: "a: ", count: 40_000), "32"), ("a: &a [x]\nb: *a\n", "champ inconnu"),
        ] {
            #expect {
                _ = try ColumnMapping(try ColumnMapping.File(Data(text.utf8)), header: header)
            } throws: {
                (($0 as? GMAOProblem)?.text.french ?? "").contains(words)
            }
        }
    }
}
