public import Capture
import Foundation
import Observations
import Places
public import Reports
public import Rules
import Wire

/// The scanner as a library: captures in, a report out.
///
/// ```swift
/// let report = try Laennec(signatures: .builtIn).scan(files: ["capture.pcapng"])
/// ```
public struct Laennec: Sendable {
    public let signatures: SignatureSet
    /// What the establishment says of itself.
    public var site: Site
    /// Databases of addresses in the MaxMind DB format: files of the user's.
    public var addressDatabases: [String] = []
    public var options: ScanOptions

    public init(signatures: SignatureSet, site: Site = .standard, options: ScanOptions = ScanOptions()) {
        self.signatures = signatures
        self.site = site
        self.options = options
        self.options.watchedNames = WatchedNames(signatures.remoteAccessNames)
    }

    /// Scans captures as one stream.
    /// - Parameters:
    ///   - files: files, directories, or `-` for standard input.
    ///   - filter: an expression of pcap-filter(7).
    ///   - hashesInputs: whether the inputs' SHA-256 is computed, which reads them a second time.
    ///   - stop: ends the reading early; what was read is reported.
    /// - Throws: where nothing at all could be read. What could not be read among others is in ``Report/inputs``.
    public func scan(
        files: [String], filter: FrameFilter? = nil, hashesInputs: Bool = false, stop: StopFlag = StopFlag(),
        progress: CaptureProgress = CaptureProgress()
    ) throws(CaptureError) -> Report {
        let source = try CaptureFilesSource(InputList(files), filter: filter, stop: stop, progress: progress)
        let outcome = try Scan.run(source, options: self.options) { Self.identity(of: source.reports) }
        let reports = source.reports
        if !reports.contains(where: { $0.failure == nil }), let failure = reports.compactMap(\.failure).first { throw failure }
        return self.report(outcome, reports, hashesInputs: hashesInputs)
    }

    /// Listens on an interface until the source stops.
    public func listen(_ source: LiveSource) throws(CaptureError) -> Report {
        let outcome = try Scan.run(source, options: self.options) { Self.identity(of: [source.report]) }
        return self.report(outcome, [source.report], hashesInputs: false)
    }

    /// The report of a result that was kept.
    /// - Parameter hasSite: whether ``site`` stands instead of what the result carries.
    public func report(_ result: SavedResult, hasSite: Bool = false) -> Report {
        let databases = self.addressDatabases.compactMap { try? AddressDatabase(file: $0) }
        return result.report(self.signatures, site: hasSite ? self.site : nil) { self.place(of: $0, in: databases) }
    }

    /// Why a file is no database of addresses; `nil` where it is one.
    public static func addressDatabaseProblem(_ file: String) -> Text? {
        do {
            _ = try AddressDatabase(file: file)
            return nil
        } catch {
            let name = (file as NSString).lastPathComponent
            return Text(
                french: "\(name)\u{00A0}: ce n’est pas une base d’adresses au format MaxMind DB lisible (\(error.reason))",
                english: "\(name): this is not a readable database of addresses in the MaxMind DB format (\(error.reason))")
        }
    }

    private func place(of address: IPAddress, in databases: [AddressDatabase]) -> Place? {
        let records = databases.compactMap { $0.record(of: address) }
        guard let first = records.first else { return nil }
        let record = records.dropFirst().reduce(first) { $0.merged(with: $1) }
        return Place(country: record.country, systemNumber: record.systemNumber, systemName: record.systemName)
    }

    private func report(_ outcome: ScanOutcome, _ reports: [InputReport], hashesInputs: Bool) -> Report {
        let inputs = reports.map { report in
            let name = report.path == "-" ? "-" : (report.path as NSString).lastPathComponent
            let digest = hashesInputs && report.failure == nil && report.path != "-" ? FileDigest(of: report.path) : nil
            return Report.Input(
                name: name, sha256: digest?.sha256, size: digest?.size,
                format: report.format?.description ?? "", firstFrame: report.firstOrdinal, frames: report.frames,
                filteredOut: report.filteredOut, firstTime: report.firstTime, lastTime: report.lastTime,
                notices: report.notices.map(\.text), failure: report.failure.map { Self.named(name, $0.text, path: report.path) })
        }
        let databases = self.addressDatabases.compactMap { try? AddressDatabase(file: $0) }
        return Report(inputs: inputs, inventory: outcome.inventory, coverage: outcome.coverage, signatures: self.signatures, site: self.site, place: { self.place(of: $0, in: databases) })
    }

    /// The text with the file's name instead of its path: a result does not say in whose folder a file lay.
    private static func named(_ name: String, _ text: Text, path: String) -> Text {
        Text(french: text.french.replacing(path, with: name), english: text.english.replacing(path, with: name))
    }

    /// The identity of a scan: mixed from the content of its inputs, in their order.
    private static func identity(of reports: [InputReport]) -> ScanID {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for report in reports where report.failure == nil {
            let product = (hash ^ report.fingerprint).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15 ^ report.frames)
            hash = product.high ^ product.low
        }
        return ScanID(rawValue: hash | 1)
    }
}
