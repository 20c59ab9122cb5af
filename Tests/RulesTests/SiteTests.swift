import Foundation
import Inventory
import Observations
import Rules
import Testing
import Wire

/// The site file: what people write, in both languages, and what is said of their mistakes.
@Suite struct SiteTests {
    private static func site(_ yaml: String, matrix: String? = nil) throws -> (site: Site, warnings: [SiteProblem]) {
        var warnings: [SiteProblem] = []
        let site = try Site(yaml: yaml, name: "site.yml", warnings: &warnings) { name in
            matrix.map { .success($0) }
                ?? .failure(SiteProblem(file: name, line: 0, text: Text(french: "absent", english: "missing"), isWarning: false))
        }
        return (site, warnings)
    }
    private static func problems(_ yaml: String, matrix: String? = nil) -> [SiteProblem] {
        do {
            _ = try Self.site(yaml, matrix: matrix)
            return []
        } catch let failure as SiteFailure {
            return failure.problems
        } catch {
            return []
        }
    }
    private static func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test(arguments: Language.allCases)
    func theExampleIsCorrect(_ language: Language) throws {
        let (site, warnings) = try Self.site(SiteExample.text(language))
        #expect(warnings.isEmpty)
        #expect(site.isDeclared)
        #expect(site.zones.map(\.kind) == [.imaging, .laboratory, .building, .backup, .dmz])
        #expect(site.gateways.count == 1)
        #expect(site.vendors.first?.windows.count == 2)
        #expect(site.sessionLimit == Int64(14_400))
        #expect(site.matrix?.map(\.id) == ["F1", "F2"])
        #expect(site.perimeter?.count == 1)
        #expect(site.acceptedRisks.count == 1)
        #expect(site.openQuestions.isEmpty)
        #expect(site.networks.isExternal(try Self.address("203.0.113.1")))
        #expect(!site.networks.isExternal(try Self.address("198.51.100.20")))
    }

    @Test func bothLanguagesMeanTheSame() throws {
        let french = try Self.site(SiteExample.text(.french)).site
        let english = try Self.site(SiteExample.text(.english)).site
        #expect(french.zones.map(\.networks) == english.zones.map(\.networks))
        #expect(french.vendors.map(\.addresses) == english.vendors.map(\.addresses))
        #expect(french.vendors.map(\.windows) == english.vendors.map(\.windows))
        #expect(french.matrix?.map(\.service) == english.matrix?.map(\.service))
        #expect(french.acceptedRisks.map(\.expires) == english.acceptedRisks.map(\.expires))
    }

    @Test func withoutAFileOnlyPrivateAddressesAreInside() throws {
        let site = Site.standard
        #expect(!site.isDeclared)
        #expect(site.openQuestions == SiteQuestion.allCases)
        for inside in ["10.1.2.3", "192.168.1.1", "172.31.0.1", "169.254.1.1", "fd00::1", "fe80::1", "100.64.0.1"] {
            #expect(!site.networks.isExternal(try Self.address(inside)), "\(inside)")
        }
        #expect(site.networks.isExternal(try Self.address("8.8.8.8")))
        #expect(site.zoneName(of: try Self.address("10.1.2.3")) == "10.1.2.0/24")
        #expect(site.zoneName(of: try Self.address("8.8.8.8")) == "Internet")
        #expect(site.isPublished(ServiceKey(host: HostKey(try Self.address("10.0.0.1"), in: .none), port: 443, transport: .tcp)) == nil)
    }

    /// Every mistake is named with its line, in both languages, and none hides another.
    @Test(arguments: [
        ("zonez: []", 1, "clé inconnue", "unknown key"),
        ("zones:\n  - {nom: A, type: jardin, reseaux: [10.0.0.0/8]}", 2, "type de zone inconnu", "unknown kind of zone"),
        ("zones:\n  - {nom: A, type: imagerie, reseaux: [10.0.0.0/33]}", 2, "ni une adresse ni un bloc", "neither an address nor a block"),
        ("zones:\n  - {type: imagerie, reseaux: [10.0.0.0/8]}", 2, "il manque la clé «\u{00A0}nom\u{00A0}»", "the key \"name\" is missing"),
        ("zones:\n  - {nom: A, type: dmz, reseaux: []}\n  - {nom: a, type: dmz, reseaux: []}", 1, "donné deux fois", "given twice"),
        ("duree-maximale: toujours", 1, "une durée s’écrit", "a duration is written"),
        ("etablissement: {nom: A, finess-ej: 12}", 1, "FINESS", "FINESS"),
        ("etablissement: {nom: A, fuseau-horaire: Europe/Pariss}", 1, "fuseau horaire inconnu", "unknown time zone"),
        ("mainteneurs:\n  - nom: A\n    plages:\n      - {jours: [lundimanche], de: 8h, a: 18h}", 4, "jour inconnu", "unknown day"),
        ("mainteneurs:\n  - nom: A\n    plages:\n      - {de: 25h, a: 18h}", 4, "une plage s’écrit", "a window is written"),
        ("risques-acceptes:\n  - {regle: a, motif: b, responsable: c, echeance: demain}", 2, "une échéance s’écrit", "an expiry is written"),
        ("perimetre-declare:\n  - {nom: A, adresses: [203.0.113.1], services: [telnette]}", 2, "un service s’écrit", "a service is written"),
        ("matrice-des-flux: absent.csv", 0, "absent", "missing"),
        ("- pas\n- une carte", 1, "clés et des valeurs", "keys and values"),
        ("a: [b", 2, "YAML", "YAML"),
        ("", 0, "YAML", "YAML"),
    ])
    func mistakesAreNamed(_ yaml: String, _ line: Int, _ french: String, _ english: String) throws {
        let problems = Self.problems(yaml)
        let problem = try #require(problems.first { $0.text.french.contains(french) }, "\(problems)")
        #expect(problem.text.english.contains(english))
        #expect(problem.line == line)
        #expect(problem.description(.french).contains(line > 0 ? "site.yml:\(line)" : problem.file))
    }

    @Test func allMistakesAtOnce() {
        let problems = Self.problems("zonez: []\nduree-maximale: x\ninternal-networks: [a, b]\n")
        #expect(problems.count == 4)
    }

    // MARK: Flow matrix

    private static let zones = "zones:\n  - {nom: Imagerie, type: imagerie, reseaux: [10.10.0.0/16]}\nmatrice-des-flux: flux.csv\n"

    @Test(arguments: [";", ",", "\t"])
    func readsTheMatrixOfTheClausier(_ separator: String) throws {
        let csv = [
            ["Identifiant", "Description", "Exposition Internet", "Émetteur", "Récepteur", "Protocole", "Port", "Chiffrement"],
            ["F1", "Images", "non", "Imagerie", "10.30.0.5", "DICOM", "TCP 104", "non"],
            ["F2", "Mises à jour", "oui", "imagerie", "Internet", "HTTPS", "443", "TLS 1.2"],
            ["F3", "Tout", "non", "10.10.0.0/16", "*", "", "", ""],
        ].map { $0.joined(separator: separator) }.joined(separator: "\r\n")
        let (site, warnings) = try Self.site(Self.zones, matrix: csv)
        #expect(warnings.isEmpty)
        let flows = try #require(site.matrix)
        #expect(flows.map(\.id) == ["F1", "F2", "F3"])
        #expect(flows.map(\.isEncrypted) == [false, true, nil])
        #expect(flows.first?.service == "dicom tcp/104")
        #expect(flows.map(\.to.description) == ["10.30.0.5", "Internet", "*"])
    }

    @Test func mistakesOfTheMatrix() throws {
        #expect(Self.problems(Self.zones, matrix: "a;b\n1;2\n").first?.text.french.contains("émetteur") == true)
        let unknown = Self.problems(Self.zones, matrix: "émetteur;récepteur;protocole\nJardin;10.0.0.1;http\n")
        #expect(unknown.first?.file == "flux.csv")
        #expect(unknown.first?.line == 2)
        #expect(unknown.first?.text.english.contains("Jardin") == true)
        let (site, warnings) = try Self.site(Self.zones, matrix: "émetteur;récepteur;protocole;port\nImagerie;*;ProtocoleMaison;5555\nImagerie;*;Inconnu;\n")
        #expect(warnings.count == 3)
        #expect(site.matrix?.count == 1)
        #expect(site.matrix?.first?.ports.map(\.number) == [5555])
    }

    // MARK: Hours

    private static func moment(_ text: String) throws -> Timestamp {
        let numbers = text.split(whereSeparator: { "- :".contains($0) }).compactMap { Int($0) }
        return try #require(Timestamp(year: numbers[0], month: numbers[1], day: numbers[2], hour: numbers[3], minute: numbers[4]))
    }

    /// 2026-06-01 was a Monday; Paris was two hours ahead of UTC then, and one hour in January.
    @Test(arguments: [
        ("2026-06-01 06:30", "2026-06-01 07:00", true), ("2026-06-01 05:30", "2026-06-01 06:30", false), ("2026-06-01 15:30", "2026-06-01 16:30", false),
        ("2026-06-06 08:00", "2026-06-06 09:00", false), ("2026-01-05 07:30", "2026-01-05 08:00", true), ("2026-01-05 06:30", "2026-01-05 07:30", false),
    ])
    func announcedHours(_ first: String, _ last: String, _ isInside: Bool) throws {
        let yaml = "mainteneurs:\n  - nom: A\n    adresses-publiques: [203.0.113.5]\n    plages: [{jours: [lun-ven], de: \"08:00\", a: \"18:00\"}]\n"
        #expect(try Self.isAnnounced(yaml, first, last) == isInside)
    }

    @Test(arguments: [
        ("2026-06-01 21:00", "2026-06-01 23:00", true), ("2026-06-01 23:00", "2026-06-02 03:00", true), ("2026-06-02 02:00", "2026-06-02 03:30", true),
        ("2026-06-02 02:00", "2026-06-02 04:30", false), ("2026-06-01 02:00", "2026-06-01 03:00", false),
    ])
    func overnightHours(_ first: String, _ last: String, _ isInside: Bool) throws {
        let yaml = "mainteneurs:\n  - nom: A\n    adresses-publiques: [203.0.113.5]\n    plages: [{jours: [lundi], de: \"22:00\", a: \"06:00\"}]\n"
        #expect(try Self.isAnnounced(yaml, first, last) == isInside)
    }

    @Test func anAnnouncedIntervention() throws {
        let yaml = "mainteneurs:\n  - nom: A\n    adresses-publiques: [203.0.113.5]\n    plages: [{de: \"2026-06-06 20:00\", a: \"2026-06-07 02:00\"}]\n"
        #expect(try Self.isAnnounced(yaml, "2026-06-06 18:30", "2026-06-06 23:00"))
        #expect(try !Self.isAnnounced(yaml, "2026-06-06 17:30", "2026-06-06 23:00"))
    }

    /// What a session from the maintainer's address counts as.
    private static func isAnnounced(_ yaml: String, _ first: String, _ last: String) throws -> Bool {
        let site = try Self.site(yaml).site
        let ways = try Self.maintenance(site, sessions: [(try Self.moment(first), try Self.moment(last))])
        return try #require(ways.first?.interventions.first).isAnnounced == true
    }

    /// Remote maintenance by SSH of 10.10.0.5 from 203.0.113.5.
    static func maintenance(
        _ site: Site, from client: String = "203.0.113.5", to server: String = "10.10.0.5", protocols: [ApplicationProtocol] = [.ssh],
        observations: [Observation] = [], sessions: [(Timestamp, Timestamp)]
    ) throws -> [RemoteMaintenance] {
        let census = Self.census(from: client, to: server, protocols: protocols, observations: observations, sessions: sessions)
        let signatures = try Project.signatures.get()
        return RemoteMaintenance.find(in: census, Stakes(census, [:]), site, signatures)
    }

    static func census(
        from client: String, to server: String, protocols: [ApplicationProtocol], observations: [Observation] = [], sessions: [(Timestamp, Timestamp)]
    ) -> Census {
        func host(_ text: String) -> HostKey { HostKey(IPAddress(text) ?? .none, in: .none) }
        let evidence = Evidence(frame: 1, time: sessions.first?.0 ?? Timestamp(seconds: 0))
        let key = ConversationKey(client: host(client), service: ServiceKey(host: host(server), port: 22, transport: .tcp))
        let last = sessions.last?.1 ?? evidence.time
        let assets = [client, server].map { text in
            Asset(
                id: "ip-\(text)", position: host(text).address.isPublic ? .external : .onLink,
                addresses: [.init(address: host(text).address, networks: [.none], firstSeen: evidence.time, lastSeen: last)],
                services: text == server
                    ? [Service(key: key.service, protocols: protocols, observations: [], clients: 1, firstSeen: evidence.time, lastSeen: last, evidence: evidence)] : [],
                firstSeen: evidence.time, lastSeen: last, evidence: evidence)
        }
        let conversation = Conversation(
            key: key, client: "ip-\(client)", server: "ip-\(server)", protocols: protocols,
            tally: ConversationTally(flows: UInt64(sessions.count), answered: UInt64(sessions.count), lastSeen: last, first: evidence, answer: evidence),
            observations: observations,
            sessions: sessions.enumerated().map { number, span in
                Session(first: Evidence(frame: UInt64(number + 1), time: span.0), lastSeen: span.1, bytesFromClient: 10, bytesFromServer: 20)
            })
        return Census(assets: assets.sorted { $0.id < $1.id }, conversations: [conversation])
    }
}
