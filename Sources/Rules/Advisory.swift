/// A public advisory about known vulnerabilities of medical devices: a row of `Signatures/registries/advisories.tsv`, which is
/// made from CISA's ICS medical advisories.
public struct Advisory: Hashable, Sendable {
    /// CISA's, such as `ICSMA-17-017-02`.
    public let id: String
    /// The day it was first published, as `2017-01-17`.
    public let date: String
    public let title: String
    /// In the spelling of `vocabulary/vendors.tsv` where they are in it.
    public let makers: [String]
    /// The vulnerabilities, such as `CVE-2016-8375`.
    public let cves: [String]
    /// The highest CVSS base score, as `6.8`; empty where the advisory has none.
    public let cvss: String
    let products: [Product]

    /// The public page. Nothing opens it: the program never connects to anything.
    public var url: String { "https://www.cisa.gov/news-events/ics-medical-advisories/\(self.id.lowercased())" }

    /// One product that an advisory names.
    struct Product: Hashable, Sendable {
        /// Words that a product's name must all have.
        let words: [String]
        let versions: VersionRange
    }

    static let registry = "advisories"
    static let columns = ["advisory", "date", "makers", "products", "cves", "cvss", "title"]

    /// The advisory of a row, or what is wrong with the row.
    static func read(_ cells: [String]) -> Result<Advisory, Problem> {
        guard cells.count == self.columns.count else { return .failure(Problem("\(cells.count) columns where \(self.columns.count) must be")) }
        let makers = cells[2].split(separator: "|").map(String.init)
        guard !makers.isEmpty else { return .failure(Problem("no maker")) }
        var products: [Product] = []
        for item in cells[3].split(separator: "|") {
            let parts = item.split(separator: " ").map(String.init)
            let words = parts.prefix { $0.utf8.first.map { !VersionRange.signs.contains($0) } ?? false }
            guard !words.isEmpty, words.allSatisfy(ProductName.isWord) else {
                return .failure(Problem("\"\(item)\" does not begin with words of small letters and digits"))
            }
            guard let versions = VersionRange(parts.dropFirst(words.count)) else {
                return .failure(Problem("\"\(item)\" does not end in versions: comparisons, * or ?"))
            }
            products.append(Product(words: Array(words), versions: versions))
        }
        guard !products.isEmpty else { return .failure(Problem("no product")) }
        return .success(
            Advisory(
                id: cells[0], date: cells[1], title: cells[6], makers: makers, cves: cells[4].split(separator: " ").map(String.init), cvss: cells[5],
                products: products))
    }

    /// What is wrong with a row.
    struct Problem: Error {
        let message: String
        init(_ message: String) { self.message = message }
    }

    /// What is wrong with the registry; run when the signatures are checked.
    static func problems(of table: Table, file: String) -> [SignatureProblem] {
        guard table.columns == self.columns else {
            return [SignatureProblem(file: file, line: 1, message: "the columns must be: \(self.columns.joined(separator: " "))")]
        }
        var problems: [SignatureProblem] = []
        table.forEachRow { line, cells in
            if case .failure(let problem) = self.read(cells) { problems.append(SignatureProblem(file: file, line: line, message: problem.message)) }
        }
        return problems
    }
}

/// An advisory that may concern an asset: never more than "may", as what a network shows of a device does not say how it was
/// patched or configured.
public struct PotentialAdvisory: Hashable, Sendable {
    /// How the version that was seen stands to the versions that the advisory names. Ordered: the surest first.
    public enum Standing: Int, CaseIterable, Hashable, Sendable {
        /// The version seen is one of them.
        case versionInRange
        /// The advisory names every version.
        case everyVersion
        /// The product is named, and no version of it was seen.
        case versionNotSeen
        /// The product is named, but the versions cannot be compared: they are numbered otherwise, or told in prose.
        case versionNotComparable
    }

    public let advisory: Advisory
    public let standing: Standing
    /// The model, or the program or library on the asset, that the advisory names.
    public let product: String
    /// The version that was seen.
    public let version: String?
    /// The versions concerned as comparisons, such as `≤ 9.33`; empty where they are told in prose, and for every version.
    public let affected: String
    /// Whether it is about a program or library on the asset, not about the device itself.
    public let isComponent: Bool

    /// What to tell, in one sentence.
    public var phrase: Text {
        let id = self.advisory.id
        let version = self.version ?? ""
        let reason: Text
        switch self.standing {
        case .versionInRange:
            reason = Text(
                french: "la version \(version) fait partie des versions vulnérables (\(self.affected))",
                english: "version \(version) is among the affected versions (\(self.affected))")
        case .everyVersion: reason = Text(french: "l’avis vise toutes les versions de ce produit", english: "the advisory names every version of this product")
        case .versionNotSeen where self.affected.isEmpty:
            reason = Text(
                french: "ce produit est cité, mais sa version n’a pas été observée",
                english: "this product is named, but its version was not seen")
        case .versionNotSeen:
            reason = Text(
                french: "ce produit est cité, mais sa version n’a pas été observée (versions vulnérables\u{00A0}: \(self.affected))",
                english: "this product is named, but its version was not seen (affected: \(self.affected))")
        case .versionNotComparable:
            let affected = self.affected.isEmpty ? "" : " (\(self.affected))"
            reason = Text(
                french: "ce produit est cité, mais la version \(version) ne se compare pas aux versions vulnérables\(affected)",
                english: "this product is named, but version \(version) cannot be compared with the affected ones\(affected)")
        }
        return Text(
            french: "\(self.product)\u{00A0}: potentiellement concerné par l’avis \(id)\u{00A0}; \(reason.french). À vérifier\u{00A0}: \(self.advisory.url)",
            english: "\(self.product): potentially concerned by advisory \(id); \(reason.english). To be verified: \(self.advisory.url)")
    }
}
