@testable import Campaigns
import Foundation
import Rules
import Testing

@Suite("Reconciliation with the GMAO")
struct ReconciliationTests {
    private static let header = "N° inventaire;Désignation;Marque;Modèle;N° de série;Adresse MAC;Adresse IP;Nom réseau;AE Title;Localisation;Service;Statut\n"

    private static func reconcile(
        _ lines: [String], _ devices: [Campaign.Device], decisions: String? = nil, careUnits: [String: [String]] = [:]
    ) throws -> Reconciliation {
        let file = try GMAOFile(Data((Self.header + lines.joined(separator: "\n")).utf8))
        let decisions = try decisions.map { try Decisions(Data(("décision;clé GMAO;dispositif\n" + $0).utf8)) } ?? .none
        let result = Reconciliation(file, ColumnMapping(header: file.header), Sample.campaign("a", devices: devices), decisions: decisions, careUnits: careUnits)
        // Every line is somewhere, once.
        let places = [
            result.matched.map(\.item.number), Array(Set(result.proposals.map(\.item.number))), Array(Set(result.conflicts.flatMap(\.pairs).map(\.item.number))),
            result.unseen.map(\.number), result.ignoredItems.map(\.number),
        ].joined()
        #expect(places.sorted() == file.lines.map(\.number))
        return result
    }

    private static func pairs(_ result: Reconciliation) -> [String] { result.matched.map { "\($0.item.key) \($0.device.id) \($0.reasons.map(\.rawValue).joined(separator: " "))" } }

    @Test("by every identifier, however it is written")
    func identifiers() throws {
        let devices = [
            try Sample.device("mac-1", maker: "Maker Healthineers", serial: "LNC66021"), try Sample.device("mac-2", macs: ["00:11:22:aa:bb:cc"]),
            try Sample.device("mac-3", at: ["10.0.0.3"]), try Sample.device("mac-4", names: ["échô-urg.chsa.example"]), try Sample.device("mac-5", titles: ["CT_1A"]),
            try Sample.device("mac-6", serial: "22723"), try Sample.device("mac-7", macs: ["00:11:22:aa:bb:77"]), try Sample.device("mac-8", at: ["10.0.0.8"]),
        ]
        let result = try Self.reconcile(
            [
                "A1;;MAKER;;lnc-66021;;;;;;;", "A2;;;;;00-11-22-AA-BB-CC;;;;;;", "A3;;;;;;10.0.0.3;;;;;", "A4;;;;;;;ECHO-URG;;;;", "A5;;;;;;;;ct_1a;;;",
                "A6;;;;0022723;;;;;;;", "A7;;;;;0011.22aa.bb77;;;;;;", "A8;;;;;;10.0.9.9 / 10.0.0.8;;;;;",
            ], devices)
        #expect(
            Self.pairs(result) == [
                "A1 mac-1 serial", "A2 mac-2 mac", "A3 mac-3 ip", "A4 mac-4 host", "A5 mac-5 title", "A6 mac-6 serial", "A7 mac-7 mac", "A8 mac-8 ip",
            ])
        #expect(result.unlisted.isEmpty && result.unseen.isEmpty && result.proposals.isEmpty && result.conflicts.isEmpty)
        #expect(result.matched.map(\.confidence) == [97, 97, 65, 85, 80, 97, 97, 65])
    }

    @Test("shows where both say something else, and what can be completed")
    func differences() throws {
        let device = try Sample.device(
            "mac-1", at: ["10.0.0.3"], macs: ["00:11:22:aa:bb:cc"], maker: "Maker Medical", model: "SIGNA Artist", serial: "S123", zone: "Imagerie")
        let result = try Self.reconcile(["A1;IRM;Autre;SIGNA Explorer;S-123;00:11:22:AA:BB:CC;10.0.0.99;;;Bloc;;En service"], [device])
        #expect(result.matched.first?.differences.map { "\($0.field) \($0.listed) > \($0.seen)" } == [
            "maker Autre > Maker Medical", "model SIGNA Explorer > SIGNA Artist", "ip 10.0.0.99 > 10.0.0.3", "location Bloc > Imagerie",
        ])
        // Of a maker the first word, of a model a part, of a place a care unit of the zone.
        let same = try Self.reconcile(["A1;;MAKER;signa-artist 1.5T;;0011.22AA.BBCC;10.0.0.3;;;RdC;IRM 2;En service"], [device], careUnits: ["Imagerie": ["IRM"]])
        #expect(same.matched.first?.differences.map { "\($0.field) \($0.isMissing)" } == ["serial true"])
        // No longer in use, and seen all the same.
        let retired = try Self.reconcile(["A1;;;;S123;;;;;;;Réformé"], [device])
        #expect(retired.matched.first?.item.isRetired == true && retired.matched.first?.differences.last?.field == .status)
        // A subnet is no place to hold against one.
        let subnet = try Sample.device("mac-1", serial: "S123", zone: "10.0.0.0/24")
        #expect(try Self.reconcile(["A1;;;;S123;;;;;Bloc;;"], [subnet]).matched.first?.differences.isEmpty == true)
    }

    @Test("shows identifiers that contradict one another, and decides nothing")
    func conflicts() throws {
        let devices = [
            try Sample.device("mac-1", at: ["10.0.0.1"], serial: "S111"), try Sample.device("mac-2", at: ["10.0.0.2"], serial: "S222"),
            try Sample.device("mac-3", at: ["10.0.0.3"], names: ["pacs-01"]),
        ]
        let result = try Self.reconcile(["A1;;;;S111;;10.0.0.2;;;;;", "A2;;;;;;;pacs-01;;;;", "A3;;;;;;10.0.0.3;;;;;"], devices)
        #expect(result.matched.isEmpty)
        #expect(result.conflicts.map { "\($0.kind) " + $0.pairs.map { "\($0.item.key)-\($0.device.id)" }.joined(separator: " ") } == [
            "devices A1-mac-1 A1-mac-2", "lines A2-mac-3 A3-mac-3",
        ])
        #expect(result.unlisted.isEmpty && result.unseen.isEmpty)
    }

    @Test("names identifiers that the table has twice")
    func duplicates() throws {
        let result = try Self.reconcile(
            ["A1;;M;;S1-1;;10.0.0.1;;;;;", "A2;;M;;s11;;10.0.0.1;;;;;Réformé", "A3;;N;;S11;;;;;;;", "A3;;;;;;;;;;;"], [])
        #expect(result.duplicates.map { "\($0.field) \($0.value) \($0.lines)" } == ["inventory A3 [4, 5]", "serial S1-1 [2, 3]"])
        // A number that stands twice names no line.
        #expect(result.unseen.map(\.key) == ["A1", "A2", "ligne 4", "ligne 5"])
    }

    @Test("proposes what nearly fits, and joins none of it")
    func proposals() throws {
        let devices = [
            try Sample.device("mac-1", maker: "Maker", serial: "LNC552101"), try Sample.device("mac-2", names: ["moniteur-rea-04"]),
            try Sample.device("mac-3", maker: "Roche Diagnostics", model: "cobas c 311"), try Sample.device("mac-4", at: ["10.0.0.4"], maker: "Maker"),
            try Sample.device("mac-5", at: ["10.0.0.5"], names: ["respirateur-02"], serial: "R5555"),
        ]
        let result = try Self.reconcile(
            [
                "A1;;MAKER;;LNC5521O1;;;;;;;", "A2;;;;;;;Moniteur Réa 4;;;;", "A3;;ROCHE;COBAS C311;;;;;;;;", "A4;;Autre;;;;10.0.0.4;;;;;", "A5;;;;R7777;;10.0.0.5;respirateur-02;;;;",
                "A6;;;;;;;moniteur-rea-05;;;;", "A7;;;;;;;respirateur-03;;;;", "A8;;Autre;;LNC55210;;;;;;;",
            ], devices)
        #expect(result.matched.isEmpty)
        #expect(result.proposals.map { "\($0.item.key) \($0.device.id) \($0.reasons.map(\.rawValue).joined(separator: " "))" } == [
            "A1 mac-1 near_serial", "A2 mac-2 near_name", "A3 mac-3 only_of_model", "A4 mac-4 ip", "A5 mac-5 host ip near_name",
        ])
        // Another number is another device; another maker's number is no near one.
        #expect(result.unseen.map(\.key) == ["A6", "A7", "A8"])
        #expect(result.proposals.allSatisfy { $0.confidence <= 60 })
    }

    @Test("follows decisions, keeps them, and says which it could not follow")
    func decisions() throws {
        let devices = [
            try Sample.device("mac-1", maker: "Roche", model: "c311"), try Sample.device("mac-2", at: ["10.0.0.2"]), try Sample.device("mac-3", at: ["10.0.0.3"]),
            try Sample.device("mac-4", at: ["10.0.0.4"]), try Sample.device("mac-5", maker: "Maker", serial: "LNC552101"),
        ]
        let lines = ["A1;;ROCHE;C311;;;;;;;;", "A2;;;;;;;;;;;", "A3;;;;;;;;;;;", "A4;;;;;;;;;;;", "A5;;MAKER;;LNC55210I;;;;;;;"]
        let result = try Self.reconcile(
            lines, devices,
            decisions: "accepter;A1;mac-1\nmême que 10.0.0.2;A2;\nsame as A3;;mac-3\nIgnorer;A4;\nignore;;mac-4\nnon;A5;mac-5\naccept;A9;mac-9\npeut-être;A4;\nmême que mac-2;A4;\n;A4;mac-1\n")
        #expect(Self.pairs(result) == ["A1 mac-1 decision", "A2 mac-2 decision", "A3 mac-3 decision"])
        #expect(result.matched.allSatisfy { $0.confidence == 100 })
        #expect(result.ignoredItems.map(\.key) == ["A4"] && result.ignoredDevices.map(\.id) == ["mac-4"])
        #expect(result.proposals.isEmpty && result.refused.map(\.device.id) == ["mac-5"])
        #expect(result.lostDecisions.map { "\($0.number) \($0.text)" } == ["8 accept", "9 peut-être", "10 même que mac-2"])
        #expect(result.decision(result.ignoredItems.first, nil) == "même que mac-2")
        // A cell that was kept from being a formula is the same name again.
        #expect(try Decisions(Data("decision;GMAO key;device\naccept;'=A1;mac-1\n".utf8)).rows.first?.item == "=A1")
        #expect { _ = try Decisions(Data("a;b\n1;2\n".utf8)) } throws: { (($0 as? GMAOProblem)?.text.english ?? "").contains("GMAO key") }
    }

    @Test("20,000 lines against 20,000 devices in seconds", .timeLimit(.minutes(2)))
    func many() throws {
        let devices = try (0..<20_000).map { number in
            try Sample.device(
                "mac-\(number)", at: ["10.\(number / 65536).\(number / 256 % 256).\(number % 256)"], names: ["poste-\(number)", "poste"], maker: "Maker",
                model: "M\(number % 50)", serial: number % 2 == 0 ? "SN\(number * 7 + 100_000)" : nil)
        }
        let lines = (0..<20_000).map { "A\($0);Poste;MAKER;M\($0 % 50);SN\($0 * 7 + 100_000);;;postte-\($0);;;;" }
        let start = ContinuousClock.now
        let result = try Self.reconcile(lines, devices)
        #expect(ContinuousClock.now - start < .seconds(60))
        #expect(result.matched.count == 10_000 && result.proposals.count >= 10_000)
    }
}
