public import Foundation
public import Rules
import Yams

/// Which column of a table of the GMAO says what.
public struct ColumnMapping: Sendable {
    /// What a column can say.
    public enum Field: String, CaseIterable, Hashable, Comparable, Sendable {
        case inventory, designation, category, maker, model, serial, udi, mac, ip, host, title, location, unit, care = "care_unit", status

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
        public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        /// What the field is called in a mapping file, in French and in English.
        public var key: Text {
            switch self {
            case .inventory: Text(french: "inventaire", english: "inventory")
            case .designation: Text(french: "designation", english: "designation")
            case .category: Text(french: "categorie", english: "category")
            case .maker: Text(french: "constructeur", english: "maker")
            case .model: Text(french: "modele", english: "model")
            case .serial: Text(french: "serie", english: "serial")
            case .udi: Text(french: "iud", english: "udi")
            case .mac: Text(french: "mac", english: "mac")
            case .ip: Text(french: "ip", english: "ip")
            case .host: Text(french: "nom-reseau", english: "host-name")
            case .title: Text(french: "titre-ae", english: "ae-title")
            case .location: Text(french: "localisation", english: "location")
            case .unit: Text(french: "uf", english: "unit")
            case .care: Text(french: "unite-de-soins", english: "care-unit")
            case .status: Text(french: "statut", english: "status")
            }
        }

        public var title: Text {
            switch self {
            case .inventory: Text(french: "n° d’inventaire", english: "inventory number")
            case .designation: Text(french: "désignation", english: "designation")
            case .category: Text(french: "catégorie", english: "category")
            case .maker: Text(french: "constructeur", english: "maker")
            case .model: Text(french: "modèle", english: "model")
            case .serial: Text(french: "numéro de série", english: "serial number")
            case .udi: Text(french: "identifiant unique (IUD)", english: "unique device identifier (UDI)")
            case .mac: Text(french: "adresse MAC", english: "MAC address")
            case .ip: Text(french: "adresse IP", english: "IP address")
            case .host: Text(french: "nom réseau", english: "host name")
            case .title: Text(french: "titre AE", english: "AE title")
            case .location: Text(french: "localisation", english: "location")
            case .unit: Text(french: "UF", english: "unit")
            case .care: Text(french: "unité de soins", english: "care unit")
            case .status: Text(french: "statut", english: "status")
            }
        }

        /// Folded names of columns that French and English exports usually have, the most telling first.
        var names: [String] {
            switch self {
            case .inventory:
                [
                    "numero d inventaire", "numero inventaire", "n d inventaire", "n inventaire", "no inventaire", "num inventaire", "n inv", "inventaire", "code inventaire",
                    "code equipement", "n equipement", "numero equipement", "numero d equipement", "code bien", "numero de bien", "n immatriculation", "immatriculation",
                    "identifiant", "inventory number", "inventory no", "asset number", "asset no", "asset id", "asset tag", "equipment number", "equipment id", "control number",
                ]
            case .designation:
                [
                    "designation", "libelle", "libelle equipement", "designation equipement", "equipement", "description", "nom equipement", "type equipement", "asset description",
                    "equipment", "equipment name", "name", "asset name",
                ]
            case .category:
                [
                    "categorie", "famille", "sous famille", "cneh", "code cneh", "libelle cneh", "nomenclature", "classe", "emdn", "gmdn", "category", "family", "class",
                    "device type", "type",
                ]
            case .maker: ["constructeur", "marque", "fabricant", "fournisseur constructeur", "maker", "manufacturer", "brand", "make", "vendor"]
            case .model: ["modele", "type modele", "modele type", "reference modele", "ref constructeur", "reference constructeur", "model", "model number", "model name"]
            case .serial:
                [
                    "numero de serie", "numero serie", "n de serie", "n serie", "no serie", "no de serie", "num serie", "n s", "ns", "sn", "s n", "serie", "serial number",
                    "serial no", "serial",
                ]
            case .udi: ["iud", "udi", "code iud", "code udi", "iud udi", "unique device identifier"]
            case .mac: ["adresse mac", "mac", "adresse physique", "mac address", "adresse ethernet", "ethernet address"]
            case .ip: ["adresse ip", "ip", "adresse reseau", "adresse ip fixe", "ip address", "ipv4", "network address"]
            case .host: ["nom reseau", "nom d hote", "hostname", "host name", "nom machine", "nom du poste", "nom dns", "dns", "host", "network name", "computer name"]
            case .title: ["titre ae", "ae title", "aet", "ae", "aetitle", "nom dicom", "titre dicom", "dicom ae title"]
            case .location: ["localisation", "emplacement", "local", "lieu", "piece", "salle", "site", "batiment", "location", "room", "building"]
            case .unit: ["uf", "code uf", "uf d affectation", "unite fonctionnelle", "libelle uf", "uf affectation", "centre de responsabilite", "cost center", "cost centre", "unit"]
            case .care: ["unite de soins", "service", "service utilisateur", "service affectataire", "pole", "us", "care unit", "department", "ward"]
            case .status: ["statut", "etat", "situation", "etat equipement", "statut equipement", "position", "status", "state", "condition"]
            }
        }
    }

    /// Columns by field, in the order in which their cells are asked.
    public let columns: [Field: [Int]]
    /// Whether it was made from the names of the columns, without a mapping file.
    public let isAutomatic: Bool

    /// The fields by which a device can be found.
    private static let identifying: Set<Field> = [.inventory, .serial, .udi, .mac, .ip, .host, .title]

    /// The mapping that the names of the columns suggest.
    public init(header: [String]) {
        let folded = header.prefix(GMAOFile.columnLimit).map { FoldedText.words($0) }
        var columns: [Field: [Int]] = [:]
        var taken: Set<Int> = []
        for field in Field.allCases {
            for name in field.names {
                guard let index = folded.indices.first(where: { folded[$0] == name && !taken.contains($0) }) else { continue }
                columns[field] = [index]
                taken.insert(index)
                break
            }
        }
        self.columns = columns
        self.isAutomatic = true
    }

    /// Whether a line looks like the names of columns.
    public static func isHeader(_ cells: [String]) -> Bool {
        let mapping = ColumnMapping(header: cells)
        return mapping.columns.count >= 2 && mapping.hasIdentifier
    }

    /// Whether any column can find a device.
    public var hasIdentifier: Bool { !Self.identifying.isDisjoint(with: self.columns.keys) }

    /// The names of columns that a mapping file gives to fields.
    public struct File: Sendable {
        let names: [Field: [String]]

        private static let sizeLimit = 1 << 15

        /// Reads `field: column`, as YAML, or as CSV of two columns.
        public init(_ data: Data) throws(GMAOProblem) {
            guard data.count <= Self.sizeLimit else {
                throw GMAOProblem("ce fichier de correspondance dépasse 32 Kio", "this mapping file is larger than 32 KiB")
            }
            let text = String(decoding: data, as: UTF8.self)
            let first = text.split(whereSeparator: \.isNewline).first { !$0.hasPrefix("#") && !$0.allSatisfy(\.isWhitespace) } ?? ""
            let isTable = [";", "\t", ","].contains { first.contains($0) } && !first.contains(":")
            let pairs = isTable ? try Self.table(data) : try Self.yaml(text)
            var names: [Field: [String]] = [:]
            for (key, columns) in pairs {
                guard let field = Field.allCases.first(where: { field in
                    [field.key.french, field.key.english, field.rawValue].contains { FoldedText.words($0) == FoldedText.words(key) }
                }) else {
                    let known = Field.allCases.map(\.key)
                    throw GMAOProblem(
                        "champ inconnu «\u{00A0}\(FoldedText.shown(key))\u{00A0}»\u{00A0}; les champs sont\u{00A0}: \(known.map(\.french).joined(separator: ", "))",
                        "unknown field \"\(FoldedText.shown(key))\"; the fields are: \(known.map(\.english).joined(separator: ", "))")
                }
                names[field, default: []] += columns
            }
            guard !names.isEmpty else {
                throw GMAOProblem("ce fichier de correspondance ne nomme aucune colonne", "this mapping file names no column")
            }
            self.names = names
        }

        private static func table(_ data: Data) throws(GMAOProblem) -> [(String, [String])] {
            try GMAOFile(data).lines.compactMap { line in
                guard let key = line.cells.first, line.cells.count > 1, !line.cells[1].isEmpty else { return nil }
                return (key, [line.cells[1]])
            }
        }

        private static func yaml(_ text: String) throws(GMAOProblem) -> [(String, [String])] {
            let wrong = GMAOProblem(
                "ce n’est pas un fichier de correspondance\u{00A0}: une ligne «\u{00A0}champ: nom de la colonne\u{00A0}» par champ",
                "this is not a mapping file: one line \"field: name of the column\" per field")
            // Aliases of aliases unfold to any size where they are compared as keys. The parser itself limits how deep lists nest.
            guard text.utf8.count(where: { $0 == UInt8(ascii: "*") }) <= 16 else { throw wrong }
            let node: Node?
            do { node = try compose(yaml: text) } catch { throw wrong }
            guard case .mapping(let mapping)? = node else { throw wrong }
            var pairs: [(String, [String])] = []
            for (key, value) in mapping {
                guard let key = key.scalar?.string else { throw wrong }
                switch value {
                case .scalar(let scalar): pairs.append((key, scalar.string.isEmpty ? [] : [scalar.string]))
                case .sequence(let list): pairs.append((key, list.compactMap { $0.scalar?.string }))
                default: throw wrong
                }
            }
            return pairs.filter { !$0.1.isEmpty }
        }

        /// Whether a line has all columns that are named.
        public func isHeader(_ cells: [String]) -> Bool {
            let folded = Set(cells.prefix(GMAOFile.columnLimit).map { FoldedText.words($0) })
            return self.names.values.joined().contains { folded.contains(FoldedText.words($0)) }
        }
    }

    /// The mapping of a file, on the columns of a table.
    public init(_ file: File, header: [String]) throws(GMAOProblem) {
        let folded = header.prefix(GMAOFile.columnLimit).map { FoldedText.words($0) }
        var columns: [Field: [Int]] = [:]
        for (field, names) in file.names.sorted(by: { $0.key < $1.key }) {
            for name in names {
                guard let index = folded.firstIndex(of: FoldedText.words(name)) else {
                    let known = header.prefix(12).joined(separator: ", ")
                    throw GMAOProblem(
                        "la correspondance nomme la colonne «\u{00A0}\(FoldedText.shown(name))\u{00A0}», qui n’est pas dans le fichier\u{00A0}; il a\u{00A0}: \(known)",
                        "the mapping names the column \"\(FoldedText.shown(name))\", which is not in the file; it has: \(known)")
                }
                columns[field, default: []].append(index)
            }
        }
        self.columns = columns
        self.isAutomatic = false
    }

    /// What a line says of a field; several columns of one field are joined.
    func value(_ field: Field, of line: GMAOFile.Line) -> String {
        let cells = (self.columns[field] ?? []).compactMap { $0 < line.cells.count && !line.cells[$0].isEmpty ? line.cells[$0] : nil }
        return cells.joined(separator: " ")
    }
}
