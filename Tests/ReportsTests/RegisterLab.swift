import Foundation
import Inventory
import Observations
import Reports
import Rules
import Testing
import Wire

/// A report over conversations made by hand, under a site file.
struct RegisterLab {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let signatures = Result { try SignatureSet(directory: Self.root.appendingPathComponent("Signatures").path) }
    /// Monday 2026-06-01 00:00 UTC: 02:00 in Paris.
    static let monday: Int64 = 1_780_272_000

    private let log = ObservationLog(capacity: 8192, seed: 1)
    private let ledger: Ledger
    private var number: UInt64 = 0

    init() { self.ledger = Ledger(log: self.log, limit: 8192, seed: 1) }

    private static func host(_ text: String) throws -> HostKey { HostKey(try #require(IPAddress(text), "\(text)"), in: .none) }

    /// A connection from minute to minute after Monday midnight.
    mutating func flow(
        _ client: String, _ server: String, _ port: UInt16, _ protocols: [ApplicationProtocol], minutes: ClosedRange<Int64> = 600...601, transport: Transport = .tcp,
        isAnswered: Bool = true, sent: UInt64 = 10, received: UInt64 = 20
    ) throws {
        self.number += 1
        let first = Evidence(frame: self.number, time: Timestamp(seconds: Self.monday + minutes.lowerBound * 60))
        let last = Timestamp(seconds: Self.monday + minutes.upperBound * 60)
        var list = ProtocolList()
        for name in protocols { list.add(name) }
        self.ledger.note(
            Ledger.FlowRecord(
                client: try Self.host(client), server: try Self.host(server), port: port, transport: transport, protocols: list,
                tally: ConversationTally(
                    flows: 1, answered: isAnswered ? 1 : 0, bytesFromClient: sent, bytesFromServer: isAnswered ? received : 0, lastSeen: last, first: first,
                    answer: isAnswered ? first : nil),
                clientMAC: .zero, serverMAC: .zero, clientHeard: first, serverHeard: isAnswered ? first : nil))
    }

    /// What a client with a service showed.
    mutating func note(_ client: String, _ server: String, _ port: UInt16, _ attribute: Attribute, _ text: String) throws {
        let service = ServiceKey(host: try Self.host(server), port: port, transport: .tcp)
        self.log.record(
            .conversation(ConversationKey(client: try Self.host(client), service: service)), attribute, .text(text),
            at: Evidence(frame: 1, time: Timestamp(seconds: Self.monday)))
    }

    static func site(_ yaml: String) throws -> Site {
        var warnings: [SiteProblem] = []
        return try Site(yaml: yaml, name: "site.yml", warnings: &warnings) { name in
            .failure(SiteProblem(file: name, line: 0, text: Text(french: "", english: ""), isWarning: false))
        }
    }

    func report(_ yaml: String? = nil, place: @Sendable (IPAddress) -> Place? = { _ in nil }) throws -> Report {
        Report(
            inputs: [], inventory: self.ledger.inventory(of: ScanID(rawValue: 7), shard: 0), coverage: Coverage(), signatures: try Self.signatures.get(),
            site: try yaml.map(Self.site) ?? .standard, place: place)
    }
}
