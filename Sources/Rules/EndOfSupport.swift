public import Wire
import Observations

/// Until when a maker fixes a release, as `registries/end-of-support.tsv` has it from the makers' own pages.
///
/// A row names a release as identities do: an operating system or a program of the vocabulary, alone or followed by a space and
/// a version or branch (`Windows 7`, `Debian 9`, `Windows Server 2008 R2`, `PHP 7.4`).
public struct SupportPeriod: Hashable, Sendable {
    /// The row that fits.
    public let release: String
    /// The first moment without fixes for everybody, in UTC.
    public let end: Timestamp
    /// The first moment without any fixes: after those for payment or from volunteers, where there are such.
    public let extendedEnd: Timestamp

    static let registry = "end-of-support"
    static let columns = ["release", "end", "extended-end", "source"]

    /// The period of a program or system; of a version by as much of it as the registry tells apart.
    static func of(_ name: String, version: String, in table: Table?) -> SupportPeriod? {
        guard let table else { return nil }
        for branch in Self.branches(of: version) {
            if let cells = table.row(name + " " + branch), let period = Self(cells) { return period }
        }
        return table.row(name).flatMap { Self($0) }
    }

    /// The version and what is left of it when its last part is cut off, again and again: `1.0.2k-fips`, `1.0.2k`, `1.0.2`,
    /// `1.0`, `1`. Words are not cut: "10 or later" is no 10.
    static func branches(of version: String) -> [String] {
        let bytes = Array(version.utf8.prefix(64))
        guard !bytes.contains(0x20) || bytes.first.map({ $0 &- 0x30 >= 10 }) == true else { return [version] }
        var branches = bytes.isEmpty ? [] : [version]
        var last: UInt8 = 0
        var cuts: [Int] = []
        for (index, byte) in bytes.enumerated() {
            let isLetterAfterDigit = last &- 0x30 < 10 && (byte | 0x20) &- 0x61 < 26
            if [0x2E, 0x2D, 0x2B, 0x7E, 0x5F].contains(byte) || isLetterAfterDigit { cuts.append(index) }
            last = byte
        }
        for cut in cuts.reversed() where cut > 0 { branches.append(String(decoding: bytes.prefix(cut), as: UTF8.self)) }
        return branches
    }

    private init?(_ cells: [String]) {
        guard let read = Self.read(cells) else { return nil }
        self = read
    }

    private init(release: String, end: Timestamp, extendedEnd: Timestamp) {
        self.release = release
        self.end = end
        self.extendedEnd = extendedEnd
    }

    private static func read(_ cells: [String]) -> SupportPeriod? {
        guard cells.count == Self.columns.count, let release = cells.first, let end = cells.dropFirst().first.flatMap({ Self.dayAfter($0) }),
            let last = cells.dropFirst(2).first
        else { return nil }
        guard !last.isEmpty else { return SupportPeriod(release: release, end: end, extendedEnd: end) }
        guard let extended = Self.dayAfter(last), extended >= end else { return nil }
        return SupportPeriod(release: release, end: end, extendedEnd: extended)
    }

    /// Midnight at the end of a day written as 2026-01-31.
    private static func dayAfter(_ text: String) -> Timestamp? { Self.day(text).map { Timestamp(seconds: $0.seconds &+ 86400) } }

    /// The midnight with which a day begins.
    static func day(_ text: String) -> Timestamp? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { $0.utf8.allSatisfy { $0 &- 0x30 < 10 } ? Int($0) : nil }
        guard text.utf8.count == 10, parts.count == 3, let year = parts.first ?? nil, let month = parts.dropFirst().first ?? nil,
            let day = parts.last ?? nil
        else { return nil }
        return Timestamp(year: year, month: month, day: day)
    }

    /// What is wrong with the registry; run when the signatures are checked.
    static func problems(of table: Table, file: String) -> [SignatureProblem] {
        guard table.columns == self.columns else {
            return [SignatureProblem(file: file, line: 1, message: "the columns must be: \(self.columns.joined(separator: " "))")]
        }
        var problems: [SignatureProblem] = []
        table.forEachRow { line, cells in
            if self.read(cells) == nil {
                let message = "a row has a release, the last day with fixes as 2026-01-31, the last with extended support or nothing, and a source"
                problems.append(SignatureProblem(file: file, line: line, message: message))
            } else if cells.last?.hasPrefix("https://") != true {
                problems.append(SignatureProblem(file: file, line: line, message: "the source must be the address of the maker's page"))
            }
        }
        return problems
    }
}

/// The periods that were looked up: assets run the same few systems and programs.
struct SupportPeriods {
    private let table: Table?
    private var known: [String: [String: SupportPeriod?]] = [:]

    init(_ signatures: SignatureSet) { self.table = signatures.registries[SupportPeriod.registry] }

    mutating func of(_ name: String, version: String) -> SupportPeriod? {
        if let known = self.known[name]?[version] { return known }
        let period = SupportPeriod.of(name, version: version, in: self.table)
        self.known[name, default: [:]][version] = .some(period)
        return period
    }
}

/// An operating system or program that an identity names, for conditions.
struct Release: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable {
        case operatingSystem = "operating-system"
        case software
    }

    let kind: Kind
    /// The name, and for an operating system what it is a kind of.
    let names: [String]
    let period: SupportPeriod?
    /// In percent: that it is this release, and not only one of its kind.
    let confidence: Int
    let proof: [Observation]
}

extension SignatureSet {
    /// What runs on an asset, as far as its identity tells.
    func releases(of identity: Identity, _ periods: inout SupportPeriods) -> [Release] {
        var releases = identity.software.flatMap { self.releases(of: $0, &periods) }
        if let system = self.systemRelease(of: identity, &periods) { releases.append(system) }
        return releases
    }

    private func systemRelease(of identity: Identity, _ periods: inout SupportPeriods) -> Release? {
        guard let best = identity[.operatingSystem]?.candidates.first else { return nil }
        let names = [best.value] + self.vocabulary.ancestors(ofOperatingSystem: best.value)
        // What speaks for any Windows does not speak for this one.
        let own = best.claims.filter { $0.value == best.value }
        let versions = identity[.operatingSystemVersion]?.candidates ?? []
        var found: [Release] = versions.compactMap { version in
            let said = version.claims.filter { claim in own.contains { $0.signature == claim.signature && $0.observation == claim.observation } }
            guard !said.isEmpty else { return nil }
            return Release(
                kind: .operatingSystem, names: names, period: periods.of(best.value, version: version.value), confidence: Claim.combined(said),
                proof: said.map(\.observation))
        }
        // Two versions on one asset: the better proved, and of two that are as good the one that lives longer.
        found.sort { left, right in
            if left.confidence != right.confidence { return left.confidence > right.confidence }
            return left.period?.end ?? .distantFuture > right.period?.end ?? .distantFuture
        }
        if let first = found.first(where: { $0.period != nil }), first.confidence >= (found.first?.confidence ?? 0) { return first }
        return Release(
            kind: .operatingSystem, names: names, period: periods.of(best.value, version: ""), confidence: Claim.combined(own),
            proof: own.map(\.observation))
    }

    private func releases(of component: Component, _ periods: inout SupportPeriods) -> [Release] {
        guard !component.versions.isEmpty else {
            let period = periods.of(component.name, version: "")
            return [
                Release(
                    kind: .software, names: [component.name], period: period, confidence: component.confidence, proof: component.claims.map(\.observation))
            ]
        }
        return component.versions.map { version in
            let said = component.claims.filter { $0.field == .softwareVersion && $0.value == version }
            return Release(
                kind: .software, names: [component.name], period: periods.of(component.name, version: version),
                confidence: Claim.combined(said), proof: said.map(\.observation))
        }
    }
}

extension Condition {
    /// A test of what runs on an asset.
    public struct ReleaseTest: Hashable, Sendable {
        /// Which support is over.
        public enum Over: String, CaseIterable, Hashable, Sendable {
            /// Fixes for everybody.
            case support = "end-of-support"
            /// Those for payment or from volunteers too.
            case extendedSupport = "extended-support"
        }

        let kind: Release.Kind
        /// A name of the vocabulary, of the release or of what it is a kind of; `nil` for any.
        let name: String?
        let over: Over?
        /// The least confidence, in percent.
        let confidence: Int

        /// - Parameter time: of the capture, never the machine's.
        func passes(_ release: Release, at time: Timestamp) -> Bool {
            guard release.kind == self.kind, release.confidence >= self.confidence else { return false }
            if let name, !release.names.contains(name) { return false }
            switch self.over {
            case nil: return true
            case .support: return release.period.map { $0.end <= time } ?? false
            case .extendedSupport: return release.period.map { $0.extendedEnd <= time } ?? false
            }
        }
    }

    /// Whether it asks for what identities say, which only rules about hosts know.
    var asksForRelease: Bool {
        switch self {
        case .all(let conditions), .any(let conditions): conditions.contains(where: \.asksForRelease)
        case .not(let condition): condition.asksForRelease
        case .release: true
        case .field, .speaks, .context, .peer, .elsewhere, .zone, .peerZone, .port: false
        }
    }

    /// The fields that it wants stated otherwise elsewhere.
    var elsewhereFields: Set<Attribute> {
        switch self {
        case .all(let conditions), .any(let conditions): conditions.reduce(into: []) { $0.formUnion($1.elsewhereFields) }
        case .not(let condition): condition.elsewhereFields
        case .elsewhere(let attribute): [attribute]
        case .field, .speaks, .context, .peer, .release, .zone, .peerZone, .port: []
        }
    }

    /// The best confidence of the releases for which it holds; `nil` where it asks for none.
    func confidence(in scope: Scope) -> Int? {
        switch self {
        case .all(let conditions), .any(let conditions): conditions.compactMap { $0.confidence(in: scope) }.max()
        case .release(let test): scope.releases.filter { test.passes($0, at: scope.time) }.map(\.confidence).max()
        case .not, .field, .speaks, .context, .peer, .elsewhere, .zone, .peerZone, .port: nil
        }
    }
}
