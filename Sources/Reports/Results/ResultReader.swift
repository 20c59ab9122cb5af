public import Foundation
import Inventory
import Observations
public import Rules
import Wire

/// Why a file is not a result that can be read.
public enum ResultProblem: Error, Hashable, Sendable {
    case notJSON
    case notAResult
    /// Written by a program of a later version: its version of the format.
    case newer(String)
    /// Written before results carried their facts: its version of the format.
    case older(String)
    /// What is missing or does not fit.
    case damaged(String)

    public var text: Text {
        switch self {
        case .notJSON:
            Text(
                french: "ce n’est pas un fichier JSON complet (laennec scan --json en écrit un à partir d’une capture)",
                english: "this is not a complete JSON file (laennec scan --json writes one from a capture)")
        case .notAResult:
            Text(
                french: "ce n’est pas un résultat de Laennec (laennec scan --json l’écrit)", english: "this is not a result of Laennec (laennec scan --json writes one)")
        case .newer(let version):
            Text(
                french: "ce résultat est au format \(version), plus récent que ce programme (\(JSONReport.version))\u{00A0}; mettez Laennec à jour",
                english: "this result is of format \(version), newer than this program (\(JSONReport.version)); update Laennec")
        case .older(let version):
            Text(
                french: "ce résultat est au format \(version), qui ne contient pas les faits\u{00A0}; analysez de nouveau les captures avec --json",
                english: "this result is of format \(version), which does not hold the facts; scan the captures again with --json")
        case .damaged(let part):
            Text(french: "ce résultat est endommagé (\(part))", english: "this result is damaged (\(part))")
        }
    }
}

/// Reads result files back (`docs/result.schema.json`). They may come from anywhere: what they hold is checked like what comes off the wire.
public enum ResultReader {
    /// The results in a file: of one establishment, or of the several that were merged.
    public static func read(_ data: Data) throws(ResultProblem) -> [SavedResult] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(Root.self, from: data).results
        } catch let problem as ResultProblem {
            throw problem
        } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
            throw .notJSON
        } catch let error as DecodingError {
            throw .damaged(PrintableText.make(Self.part(of: error)))
        } catch {
            throw .damaged("?")
        }
    }

    private static func check(_ version: String) throws(ResultProblem) {
        func numbers(_ text: String) -> [Int]? {
            let parts = text.split(separator: ".").map { Int($0) }
            return parts.count == 2 && parts.allSatisfy { $0 != nil } ? parts.compactMap(\.self) : nil
        }
        guard let found = numbers(version), let own = numbers(JSONReport.version) else { throw .notAResult }
        if own.lexicographicallyPrecedes(found) { throw .newer(version) }
        if found.lexicographicallyPrecedes([1, 2]) { throw .older(version) }
    }

    /// `inventory.facts.kind`: where a file does not fit.
    private static func part(of error: DecodingError) -> String {
        let path: [any CodingKey]
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): path = context.codingPath
        case .keyNotFound(let key, let context): path = context.codingPath + [key]
        @unknown default: path = []
        }
        return path.prefix(8).map(\.stringValue).joined(separator: ".")
    }

    /// A file, told by its format before anything else of it is decoded.
    private struct Root: Decodable {
        private enum Key: String, CodingKey { case format, version, sites }
        let results: [SavedResult]

        init(from decoder: any Decoder) throws {
            guard let container = try? decoder.container(keyedBy: Key.self), let format = try? container.decode(String.self, forKey: .format),
                let version = try? container.decode(String.self, forKey: .version)
            else { throw ResultProblem.notAResult }
            guard format == "laennec-result" || format == JSONReport.groupFormat else { throw ResultProblem.notAResult }
            try ResultReader.check(version)
            let isGroup = format == JSONReport.groupFormat
            self.results = try (isGroup ? container.decode([Document].self, forKey: .sites) : [Document(from: decoder)]).map { try $0.result() }
        }
    }

    fileprivate struct Document: Decodable {
        struct Tool: Decodable {
            let signatures: String
            let pseudonyms: String?
        }
        struct Site: Decodable {
            struct Source: Decodable {
                let name: String
                let text: String
                let matrixName: String?
                let matrix: String?
            }
            let source: Source?
        }
        struct Input: Decodable {
            let scan: String
            let name: String
            let sha256: String?
            let size: UInt64?
            let format: String
            let firstFrame: UInt64
            let frames: UInt64
            let filteredOut: UInt64
            let firstTime: String?
            let lastTime: String?
            let notices: [String]
            let noticesFr: [String]
            let failure: String?
            let failureFr: String?
        }
        struct Scan: Decodable {
            let id: String
            let coverage: CoverageRow
        }
        struct Place: Decodable {
            let address: String
            let country: String?
            let asNumber: UInt32?
            let asName: String?
        }
        let tool: Tool
        let site: Site
        let inputs: [Input]
        let scans: [Scan]
        let places: [Place]
        let inventory: InventoryArchive
        let comparison: ComparisonRow?

        func result() throws -> SavedResult {
            let scans = try self.scans.map { scan in
                guard let id = ScanID(scan.id) else { throw ResultProblem.damaged("scans.id") }
                return Report.Scan(id: id, inputs: try self.inputs.filter { $0.scan == scan.id }.map { try $0.input() }, coverage: try scan.coverage.coverage())
            }
            let inventory: Inventory
            do {
                inventory = try Inventory(self.inventory)
            } catch {
                throw ResultProblem.damaged("inventory.\(error.part)")
            }
            guard Set(scans.map(\.id)) == inventory.scans, scans.count == inventory.scans.count else { throw ResultProblem.damaged("scans") }
            var places: [IPAddress: Reports.Place] = [:]
            for place in self.places {
                guard let address = IPAddress(place.address) else { throw ResultProblem.damaged("places.address") }
                places[address] = Reports.Place(country: place.country.map { PrintableText.make($0) }, systemNumber: place.asNumber, systemName: place.asName)
            }
            return SavedResult(
                scans: scans, inventory: inventory, site: try self.declaredSite(), places: places, signatures: PrintableText.make(self.tool.signatures),
                pseudonyms: self.tool.pseudonyms.map { PrintableText.make($0) }, comparison: try self.comparison?.comparison())
        }

        private func declaredSite() throws -> Rules.Site {
            guard let source = self.site.source else { return .standard }
            do {
                return try Rules.Site(Rules.Site.Source(name: source.name, text: source.text, matrixName: source.matrixName, matrix: source.matrix))
            } catch {
                throw ResultProblem.damaged("site.source")
            }
        }
    }

    fileprivate struct CoverageRow: Decodable {
        struct Reason: Decodable {
            let reason: String
            let frames: UInt64
            let firstFrame: UInt64
        }
        let frames: UInt64
        let bytes: UInt64
        let cutFrames: UInt64
        let linkTypes: [String: UInt64]
        let vlans: [String: UInt64]
        let encapsulations: [String: UInt64]
        let ipProtocols: [String: UInt64]
        let notUnderstood: [Reason]
        let incompleteFragments: UInt64
        let tcpFlows: UInt64
        let udpFlows: UInt64
        let oneSidedFlows: UInt64
        let midStreamFlows: UInt64
        let recognisedFlows: UInt64
        let unrecognisedFlows: UInt64
        let encryptedFlows: UInt64
        let gaps: UInt64
        let lostBytes: UInt64
        let retransmissions: UInt64
        let conflictingSegments: UInt64
        let evictedFlows: UInt64
        let failedDissections: UInt64
        let droppedDissections: UInt64
        let omittedObservations: UInt64

        func coverage() throws -> Coverage {
            func numbered<Key: FixedWidthInteger>(_ counts: [String: UInt64], _ part: String) throws -> [Key: UInt64] {
                var found: [Key: UInt64] = [:]
                for (name, count) in counts {
                    guard let key = Key(name) else { throw ResultProblem.damaged("coverage.\(part)") }
                    found[key] = count
                }
                return found
            }
            func named(_ counts: [String: UInt64]) -> [String: UInt64] {
                Dictionary(counts.map { (PrintableText.make($0.key), $0.value) }, uniquingKeysWith: &+)
            }
            var coverage = Coverage()
            coverage.frames = self.frames
            coverage.bytes = self.bytes
            coverage.cutFrames = self.cutFrames
            coverage.linkTypes = named(self.linkTypes)
            coverage.vlans = try numbered(self.vlans, "vlans")
            coverage.encapsulations = named(self.encapsulations)
            coverage.ipProtocols = try numbered(self.ipProtocols, "ip_protocols")
            coverage.misunderstood = self.notUnderstood.map { .init(reason: PrintableText.make($0.reason), frames: $0.frames, firstFrame: $0.firstFrame) }
            coverage.incompleteFragments = self.incompleteFragments
            coverage.tcpFlows = self.tcpFlows
            coverage.udpFlows = self.udpFlows
            coverage.oneSidedFlows = self.oneSidedFlows
            coverage.midStreamFlows = self.midStreamFlows
            coverage.recognisedFlows = self.recognisedFlows
            coverage.unrecognisedFlows = self.unrecognisedFlows
            coverage.encryptedFlows = self.encryptedFlows
            coverage.gaps = self.gaps
            coverage.lostBytes = self.lostBytes
            coverage.retransmissions = self.retransmissions
            coverage.conflicts = self.conflictingSegments
            coverage.evictedFlows = self.evictedFlows
            coverage.failedDissections = self.failedDissections
            coverage.droppedDissections = self.droppedDissections
            coverage.omittedObservations = self.omittedObservations
            return coverage
        }
    }
}

extension ResultReader.Document.Input {
    fileprivate func input() throws -> Report.Input {
        func moment(_ text: String?, _ part: String) throws -> Timestamp? {
            guard let text else { return nil }
            guard let time = Timestamp(text) else { throw ResultProblem.damaged("inputs.\(part)") }
            return time
        }
        guard self.notices.count == self.noticesFr.count else { throw ResultProblem.damaged("inputs.notices") }
        return Report.Input(
            name: self.name, sha256: self.sha256.map { PrintableText.make($0) }, size: self.size, format: PrintableText.make(self.format), firstFrame: self.firstFrame,
            frames: self.frames, filteredOut: self.filteredOut, firstTime: try moment(self.firstTime, "first_time"),
            lastTime: try moment(self.lastTime, "last_time"), notices: zip(self.noticesFr, self.notices).map { Text(french: $0, english: $1) },
            failure: self.failure.map { Text(french: self.failureFr ?? $0, english: $0) })
    }
}
