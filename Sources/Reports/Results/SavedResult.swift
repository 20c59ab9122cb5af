public import Campaigns
public import Inventory
import Observations
public import Rules
public import Wire

/// What a result file holds that everything else follows from: the facts, and what was read and declared. It is merged with others and
/// made into a report again without the captures.
public struct SavedResult: Sendable {
    /// Sorted by id, an id only once.
    public private(set) var scans: [Report.Scan]
    public private(set) var inventory: Inventory
    /// What the establishment said of itself.
    public private(set) var site: Site
    /// What databases of addresses knew when the scans were made.
    public private(set) var places: [IPAddress: Place]
    /// The signatures that the result was made with.
    public let signatures: String
    /// ``Report/pseudonyms``: names are pseudonyms, and what signatures would read in real ones is not concluded again.
    public let pseudonyms: String?
    /// What changed since an earlier campaign, as it was concluded when the result was written: the earlier campaign is not in it.
    public let comparison: Comparison?

    public init(
        scans: [Report.Scan], inventory: Inventory, site: Site, places: [IPAddress: Place], signatures: String, pseudonyms: String? = nil,
        comparison: Comparison? = nil
    ) {
        self.scans = scans.sorted { $0.id < $1.id }
        self.inventory = inventory
        self.site = site
        self.places = places
        self.signatures = signatures
        self.pseudonyms = pseudonyms
        self.comparison = comparison
    }

    public init(_ report: Report) {
        self.init(
            scans: report.scans, inventory: report.inventory, site: report.site,
            places: Dictionary(report.places.map { ($0.address, $0.place) }, uniquingKeysWith: { first, _ in first }), signatures: report.signatures, pseudonyms: report.pseudonyms,
            comparison: report.comparison)
    }

    /// The report, concluded anew.
    /// - Parameters:
    ///   - site: instead of what the result carries.
    ///   - place: asked before the places that the result carries.
    public func report(_ signatures: SignatureSet, site: Site? = nil, place: @Sendable (IPAddress) -> Place? = { _ in nil }) -> Report {
        var report = Report(scans: self.scans, inventory: self.inventory, signatures: signatures, site: site ?? self.site) { place($0) ?? self.places[$0] }
        report.pseudonyms = self.pseudonyms
        if var comparison {
            comparison.notes.removeAll { $0 == .otherConclusions }
            if comparison.after != Comparison.Side(report.campaign) { comparison.notes.append(.otherConclusions) }
            report.comparison = comparison
        }
        return report
    }
}

// MARK: - Merging

extension SavedResult {
    /// Both together: the same scan counts once, different scans add up. Associative, commutative and idempotent. The comparison of either
    /// stays only where the other adds nothing to what was compared.
    public func merged(with other: SavedResult) -> SavedResult {
        var scans = Dictionary(self.scans.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for scan in other.scans { scans[scan.id] = scans[scan.id].map { min($0, scan) } ?? scan }
        let places = self.places.merging(other.places) { min($0, $1) }
        let inventory = self.inventory.merged(with: other.inventory)
        let comparisons = [self, other].filter { $0.inventory.scans == inventory.scans }.compactMap(\.comparison)
        return SavedResult(
            scans: Array(scans.values), inventory: inventory, site: Self.newer(self, other), places: places,
            signatures: max(self.signatures, other.signatures),
            pseudonyms: [self.pseudonyms, other.pseudonyms].compactMap(\.self).max(), comparison: comparisons.max { $0.before.id < $1.before.id })
    }

    /// The declaration that came with the later capture: what an establishment says of itself changes.
    private static func newer(_ left: SavedResult, _ right: SavedResult) -> Site {
        guard let first = left.site.source else { return right.site }
        guard let second = right.site.source else { return left.site }
        let (leftEnd, rightEnd) = (left.end, right.end)
        if leftEnd != rightEnd { return leftEnd < rightEnd ? right.site : left.site }
        return (first.text, first.matrix ?? "", first.name) < (second.text, second.matrix ?? "", second.name) ? right.site : left.site
    }

    private var end: Timestamp { self.scans.flatMap(\.inputs).compactMap(\.lastTime).max() ?? .distantPast }
}

extension Report.Scan: Comparable {
    /// Any total order will do: of two descriptions of one scan, all mergers keep the same.
    private var rank: [String] {
        self.inputs.flatMap { [$0.name, $0.sha256 ?? "", $0.failure?.english ?? "", String($0.frames)] + $0.notices.map(\.english) }
            + [String(self.coverage.frames), String(self.coverage.recognisedFlows)]
    }
    public static func < (left: Self, right: Self) -> Bool { left.rank.lexicographicallyPrecedes(right.rank) }
    public static func == (left: Self, right: Self) -> Bool { left.id == right.id && left.rank == right.rank && left.coverage == right.coverage }
}

extension Place: Comparable {
    public static func < (left: Self, right: Self) -> Bool {
        (left.country ?? "", left.systemNumber ?? 0, left.systemName ?? "") < (right.country ?? "", right.systemNumber ?? 0, right.systemName ?? "")
    }
}
