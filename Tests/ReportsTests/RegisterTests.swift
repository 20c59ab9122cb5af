import Inventory
import Observations
import Reports
import Rules
import Testing
import Wire

/// The registers: what the Internet reaches and what reaches it, who maintains what, flows, cuts, dependencies.
@Suite struct RegisterTests {
    // MARK: Exposure

    @Test func exposure() throws {
        var lab = RegisterLab()
        try lab.flow("203.0.113.9", "10.1.0.5", 443, [.tls], sent: 5, received: 50)
        try lab.flow("203.0.113.8", "10.1.0.5", 443, [.tls], minutes: 590...605, sent: 6, received: 60)
        try lab.flow("203.0.113.8", "10.1.0.5", 443, [.tls], minutes: 610...611, sent: 1, received: 1)
        try lab.flow("203.0.113.8", "10.1.0.5", 22, [.ssh], isAnswered: false)
        try lab.flow("10.1.0.6", "203.0.113.20", 80, [.http], sent: 7, received: 70)
        try lab.flow("10.1.0.7", "203.0.113.21", 51_820, [.wireguard], transport: .udp)
        try lab.flow("10.1.0.6", "10.1.0.5", 443, [.tls])
        try lab.note("10.1.0.6", "203.0.113.20", 80, .httpHost, "mises-a-jour.exemple.test")
        let places: [String: Place] = ["203.0.113.9": Place(country: "FR", systemNumber: 64_500, systemName: "Exemple \u{1B}[31m")]
        let entries = try lab.report { places["\($0)"] }.exposure.entries
        #expect(entries.map(\.direction) == [.inbound, .tunnel, .outbound])
        #expect(entries.map(\.asset) == ["ip-10.1.0.5", "ip-10.1.0.7", "ip-10.1.0.6"])
        let inbound = try #require(entries.first)
        #expect(inbound.peers.map(\.address.description) == ["203.0.113.8", "203.0.113.9"])
        #expect(inbound.peers.map(\.place?.country) == [nil, "FR"])
        #expect(inbound.peers.last?.place?.systemName?.contains("\u{1B}") == false)
        #expect(inbound.peerCount == 2 && inbound.connections == 3)
        // Out is what leaves the establishment, whoever called.
        #expect(inbound.bytesOut == 111 && inbound.bytesIn == 12)
        #expect(inbound.firstSeen.seconds == RegisterLab.monday + 590 * 60 && inbound.lastSeen.seconds == RegisterLab.monday + 611 * 60)
        #expect(inbound.isEncrypted && inbound.isDeclared == nil)
        let outbound = try #require(entries.last)
        #expect(outbound.bytesOut == 7 && outbound.bytesIn == 70 && !outbound.isEncrypted)
        #expect(outbound.names == ["mises-a-jour.exemple.test"])
        #expect(outbound.service.port == 80)
    }

    @Test func oneClearConversationIsEnough() throws {
        var lab = RegisterLab()
        try lab.flow("203.0.113.9", "10.1.0.5", 8443, [.tls])
        try lab.flow("203.0.113.8", "10.1.0.5", 8443, [.http])
        #expect(try lab.report().exposure.entries.map(\.isEncrypted) == [false])
    }

    @Test func peersHaveALimit() throws {
        var lab = RegisterLab()
        for number in (1...40).reversed() { try lab.flow("203.0.113.\(number)", "10.1.0.5", 443, [.tls]) }
        let entry = try #require(try lab.report().exposure.entries.first)
        #expect(entry.peerCount == 40 && entry.connections == 40)
        #expect(entry.peers.map(\.address.description) == (1...ExposureRegister.peerLimit).map { "203.0.113.\($0)" })
    }

    @Test func declaredPerimeterAndOwnPublicBlocks() throws {
        var lab = RegisterLab()
        try lab.flow("203.0.113.9", "198.51.100.20", 443, [.tls])
        try lab.flow("203.0.113.9", "198.51.100.20", 8080, [.http])
        try lab.flow("10.1.0.5", "198.51.100.20", 443, [.tls])
        let yaml = "reseaux-internes: [198.51.100.0/24]\nperimetre-declare: [{nom: Portail, adresses: [198.51.100.20], services: [443/tcp]}]"
        let entries = try lab.report(yaml).exposure.entries
        #expect(entries.map(\.direction) == [.inbound, .inbound])
        #expect(entries.map(\.service.port) == [443, 8080])
        #expect(entries.map(\.isDeclared) == [true, false])
        // Without the site, 198.51.100.20 is somebody else's: only the device's own access counts.
        #expect(try lab.report().exposure.entries.map(\.direction) == [.outbound])
    }

    // MARK: Remote maintenance

    /// The cells of the calendar that count, as `day hour`.
    private static func marks(_ register: MaintenanceRegister) -> [String: Int] {
        #expect(register.calendar.count == 7 && register.calendar.allSatisfy { $0.count == 24 })
        var marks: [String: Int] = [:]
        for (day, hours) in register.calendar.enumerated() {
            for (hour, count) in hours.enumerated() where count > 0 { marks["\(day) \(hour)"] = count }
        }
        return marks
    }

    /// Monday 21:30 to 23:10 UTC.
    @Test(arguments: [
        ("", ["0 23", "1 0", "1 1"]), ("etablissement: {nom: A, fuseau-horaire: Indian/Reunion}", ["1 1", "1 2", "1 3"]),
        ("etablissement: {nom: A, fuseau-horaire: America/Martinique}", ["0 17", "0 18", "0 19"]), ("etablissement: {nom: A, fuseau-horaire: UTC}", ["0 21", "0 22", "0 23"]),
        // A quarter past the hour is nobody's hour but its own.
        ("etablissement: {nom: A, fuseau-horaire: Asia/Kathmandu}", ["1 3", "1 4"]),
    ])
    func calendarOfTheSite(_ yaml: String, _ cells: [String]) throws {
        var lab = RegisterLab()
        try lab.flow("203.0.113.9", "10.1.0.5", 22, [.ssh], minutes: 1290...1390)
        let marks = Self.marks(try lab.report(yaml.isEmpty ? nil : yaml).maintenance)
        #expect(marks == Dictionary(uniqueKeysWithValues: cells.map { ($0, 1) }))
    }

    @Test func calendarCountsInterventions() throws {
        var lab = RegisterLab()
        for start in [Int64(600), 605, 640, 660] { try lab.flow("203.0.113.9", "10.1.0.5", 22, [.ssh], minutes: start...(start + 2)) }
        // Another one, at the same time; and one in the hour of the next Monday.
        try lab.flow("203.0.113.10", "10.1.0.5", 22, [.ssh], minutes: 601...602)
        try lab.flow("203.0.113.10", "10.1.0.5", 22, [.ssh], minutes: (10_080 + 600)...(10_080 + 601))
        let register = try lab.report().maintenance
        #expect(Self.marks(register) == ["0 12": 4, "0 13": 1])
        #expect(register.entries.map { $0.maintenance.interventions.count } == [3, 2])
    }

    /// A session that never ends does not make a loop that never ends.
    @Test func aYearIsAWeekOfHours() throws {
        var lab = RegisterLab()
        try lab.flow("203.0.113.9", "10.1.0.5", 22, [.ssh], minutes: 0...525_600)
        try lab.flow("203.0.113.9", "10.1.0.6", 22, [.ssh], minutes: 0...150_000_000_000)
        let marks = Self.marks(try lab.report().maintenance)
        #expect(marks.count == 168 && Set(marks.values) == [2])
    }

    @Test func whoMaintains() throws {
        var lab = RegisterLab()
        try lab.flow("203.0.113.5", "10.1.0.5", 3389, [.rdp, .tls], minutes: 600...630)
        try lab.note("203.0.113.5", "10.1.0.5", 3389, .rdpSelected, "nla")
        try lab.flow("10.99.0.10", "10.1.0.5", 5900, [.vnc])
        let yaml = """
            passerelles: [{nom: Bastion, adresses: [10.99.0.10]}]
            mainteneurs: [{nom: Exemple SA, adresses-publiques: [203.0.113.0/28], contrat: C-7, plages: [{jours: [lun], de: "08:00", a: "12:15"}]}]
            duree-maximale: 20min
            """
        let register = try lab.report(yaml).maintenance
        let entry = try #require(register.entries.first { $0.maintenance.who == "Exemple SA" })
        #expect(entry.maintenance.isPastGateway == true && entry.maintenance.direction == .inbound)
        #expect(entry.authentication == ["nla"] && entry.isEncrypted)
        #expect(entry.remoteAddress.description == "203.0.113.5")
        // 12:00 to 12:30 in Paris: the announced hours end in the middle.
        #expect(entry.maintenance.interventions.map(\.isAnnounced) == [false] && entry.maintenance.interventions.map(\.isTooLong) == [true])
        let inside = try #require(register.entries.first { $0.maintenance.gateway != nil })
        #expect(inside.maintenance.isPastGateway == false && inside.place == nil && !inside.isEncrypted)
        #expect(register.entries.map(\.maintenance.who) == register.entries.map(\.maintenance.who).sorted())
    }

    // MARK: Flows

    private static let zones = """
        zones:
          - {nom: Imagerie, type: imagerie, reseaux: [10.10.0.0/16], unites-de-soins: [Scanner, IRM]}
          - {nom: Serveurs, type: serveurs, reseaux: [10.30.0.0/16]}
          - {nom: Site B, type: inter-sites, reseaux: [10.200.0.0/16]}

        """

    @Test func flowsHeldAgainstTheMatrix() throws {
        var lab = RegisterLab()
        try lab.flow("10.10.0.1", "10.30.0.5", 104, [.dicom])
        try lab.flow("10.10.0.2", "10.30.0.5", 11_112, [.dicom])
        try lab.flow("10.10.0.1", "10.30.0.9", 104, [.dicom])
        try lab.flow("10.10.0.1", "10.30.0.6", 80, [.http])
        try lab.flow("10.10.0.1", "10.30.0.7", 443, [.tls])
        try lab.flow("10.10.0.1", "10.30.0.8", 4000, [])
        try lab.flow("10.10.0.1", "10.30.0.8", 4001, [], isAnswered: false)
        try lab.flow("10.10.0.1", "10.30.0.8", 514, [.syslog], transport: .udp, isAnswered: false)
        let matrix = """
            matrice-des-flux:
              - {identifiant: F1, description: Images, émetteur: Imagerie, récepteur: 10.30.0.5, protocole: DICOM}
              - {identifiant: F2, description: Pages, émetteur: Imagerie, récepteur: Serveurs, protocole: HTTP}
              - {identifiant: F3, description: Jamais, émetteur: Serveurs, récepteur: Imagerie, protocole: DICOM}
            """
        let declared = try lab.report(Self.zones + matrix).matrix
        #expect(declared.isDeclared)
        #expect(declared.rows.map(\.application) == ["dicom", "http", "syslog", "tcp/4000", "tls"])
        #expect(declared.rows.allSatisfy { $0.from == "Imagerie" && $0.to == "Serveurs" })
        let rows = Dictionary(uniqueKeysWithValues: declared.rows.map { ($0.application, $0) })
        let images = try #require(rows["dicom"])
        #expect(images.conversations == 3 && images.undeclared == 1 && images.declaredBy == ["F1"] && images.ports == [104, 11_112])
        #expect(images.clients == 2 && images.servers == 2 && !images.isEncrypted)
        #expect(rows["http"]?.undeclared == 0 && rows["http"]?.declaredBy == ["F2"])
        #expect(rows["tls"]?.undeclared == 1 && rows["tls"]?.isEncrypted == true)
        #expect(declared.unseen.map(\.id) == ["F3"])
        // The four states, in the words of the table.
        let table = try #require(RegisterTable.all(try lab.report(Self.zones + matrix), .english).first { $0.name == "flow-matrix" })
        let column = try #require(table.columns.firstIndex(of: "state"))
        #expect(
            table.rows.map { $0[column] } == [
                .text("seen, declared in part"), .text("declared and seen"), .text("seen, not declared"), .text("seen, not declared"), .text("seen, not declared"),
            ])

        let observed = try lab.report(Self.zones).matrix
        #expect(!observed.isDeclared && observed.unseen.isEmpty && observed.rows.allSatisfy { $0.undeclared == nil && $0.declaredBy.isEmpty })
        // Without zones, subnets.
        #expect(Set(try lab.report().matrix.rows.map(\.from)) == ["10.10.0.0/24"])
    }

    @Test func portsOfARowHaveALimit() throws {
        var lab = RegisterLab()
        for port in UInt16(1)...40 { try lab.flow("10.10.0.1", "10.30.0.5", port, [.dicom]) }
        let row = try #require(try lab.report().matrix.rows.first)
        #expect(row.conversations == 40 && row.ports == Array(1...16))
    }

    // MARK: Cuts

    /// A hospital with everything that can be cut.
    private static func crossing() throws -> RegisterLab {
        var lab = RegisterLab()
        try lab.flow("10.10.0.4", "203.0.113.90", 443, [.tls])
        try lab.flow("10.40.0.4", "203.0.113.91", 443, [.tls])
        try lab.flow("10.40.0.4", "203.0.113.53", 53, [.dns], transport: .udp)
        try lab.flow("10.200.0.4", "10.30.0.6", 445, [.smb])
        try lab.flow("10.40.0.5", "203.0.113.70", 51_820, [.wireguard], transport: .udp)
        try lab.flow("203.0.113.5", "10.10.0.4", 22, [.ssh])
        try lab.flow("203.0.113.99", "10.30.0.5", 443, [.tls])
        try lab.flow("10.10.0.4", "10.30.0.5", 104, [.dicom])
        return lab
    }

    @Test func cutsAreInOrder() throws {
        let vendor = "mainteneurs: [{nom: Exemple SA, adresses-publiques: [203.0.113.5], contrat: C-7, contact: \"01 23\"}]\n"
        let sheet = try Self.crossing().report(Self.zones + vendor).cutOff
        #expect(sheet.cuts.map(\.step) == sheet.cuts.map(\.step).sorted { left, right in
            CutOffSheet.Step.allCases.firstIndex(of: left) ?? 0 < CutOffSheet.Step.allCases.firstIndex(of: right) ?? 0
        })
        #expect(Set(sheet.cuts.map(\.step)) == Set(CutOffSheet.Step.allCases).subtracting([.egress]).union([.egress]))
        let maintenance = try #require(sheet.cuts.first { $0.step == .remoteMaintenance })
        #expect(maintenance.what == "Exemple SA" && maintenance.vendor?.contract == "C-7" && maintenance.vendor?.contact == "01 23")
        #expect(maintenance.sources == ["203.0.113.5"] && maintenance.destinations == ["10.10.0.4"] && maintenance.ports == [22])
        #expect(maintenance.careUnits == ["IRM", "Scanner"] && maintenance.assets == ["ip-10.10.0.4"])
        let published = try #require(sheet.cuts.first { $0.step == .publicServices })
        #expect(published.sources.isEmpty && published.destinations == ["10.30.0.5"] && published.ports == [443])
        let tunnel = try #require(sheet.cuts.first { $0.step == .tunnels })
        #expect(tunnel.what == "wireguard" && tunnel.assets == ["ip-10.40.0.5"])
        #expect(sheet.cuts.first { $0.step == .interSite }?.what == "Site B")
        // Names have to be resolved in a crisis, too; what stays inside is not cut.
        #expect(sheet.kept.map(\.destinations) == [["203.0.113.53"]])
        #expect(!sheet.cuts.contains { $0.destinations.contains("203.0.113.53") || $0.ports.contains(104) })
    }

    @Test func declaredFlowsAreKept() throws {
        let matrix = "matrice-des-flux: [{émetteur: 10.40.0.4, récepteur: 203.0.113.91, protocole: HTTPS}]\n"
        let sheet = try Self.crossing().report(Self.zones + matrix).cutOff
        #expect(Set(sheet.kept.flatMap(\.destinations)) == ["203.0.113.53", "203.0.113.91"])
    }

    @Test func addressesOfACutHaveALimit() throws {
        var lab = RegisterLab()
        for number in 1...200 { try lab.flow("203.0.113.\(number)", "10.1.0.5", 22, [.ssh]) }
        let cut = try #require(try lab.report().cutOff.cuts.first)
        #expect(cut.sources.count == 64 && cut.destinations == ["10.1.0.5"])
    }

    // MARK: Dependencies

    @Test func whatComesBackFirst() throws {
        var lab = RegisterLab()
        // A scanner asks for names, files, an archive and a database; the archive asks for files and names, the files for names.
        try lab.flow("10.10.0.1", "10.30.0.1", 53, [.dns], transport: .udp)
        try lab.flow("10.10.0.1", "10.30.0.2", 445, [.smb])
        try lab.flow("10.10.0.1", "10.30.0.3", 104, [.dicom])
        try lab.flow("10.10.0.2", "10.30.0.3", 104, [.dicom])
        try lab.flow("10.30.0.3", "10.30.0.2", 445, [.smb])
        try lab.flow("10.30.0.3", "10.30.0.1", 53, [.dns], transport: .udp)
        try lab.flow("10.30.0.2", "10.30.0.1", 53, [.dns], transport: .udp)
        // A circle: the names ask the archive, and each asks itself.
        try lab.flow("10.30.0.1", "10.30.0.3", 104, [.dicom])
        try lab.flow("10.30.0.1", "10.30.0.1", 53, [.dns], transport: .udp)
        let map = try lab.report(Self.zones).dependencies
        let platform = try #require(map.platforms.first)
        #expect(map.platforms.map(\.kind) == [.imaging])
        #expect(platform.members == ["ip-10.10.0.1", "ip-10.10.0.2"])
        #expect(platform.dependencies.map(\.server) == ["ip-10.30.0.1", "ip-10.30.0.2", "ip-10.30.0.3"])
        #expect(platform.dependencies.map(\.step) == [1, 2, 3])
        #expect(platform.dependencies.map(\.roles) == [[.names], [.storage], [.archive]])
        #expect(platform.dependencies.map(\.users) == [1, 1, 2])
        #expect(platform.dependencies.allSatisfy { !$0.isExternal })
    }

    /// Everybody asks everybody for everything.
    @Test func circlesEnd() throws {
        var lab = RegisterLab()
        let servers = (1...12).map { "10.30.0.\($0)" }
        let asked: [ApplicationProtocol] = [.dns, .dicom, .smb, .ldap, .postgresql, .hl7]
        for (place, client) in (["10.10.0.1"] + servers).enumerated() {
            for (other, server) in servers.enumerated() where server != client {
                try lab.flow(client, server, UInt16(1000 + other), [asked[(place + other) % asked.count]])
            }
        }
        let dependencies = try #require(try lab.report(Self.zones).dependencies.platforms.first).dependencies
        #expect(dependencies.count == 12)
        #expect(dependencies.allSatisfy { (1...12).contains($0.step) })
        #expect(dependencies.map(\.step) == dependencies.map(\.step).sorted())
    }

    // MARK: Tables

    @Test(arguments: Language.allCases) func everyTableIsWhole(_ language: Language) throws {
        let tables = RegisterTable.all(try Self.crossing().report(Self.zones), language)
        #expect(Set(tables.map(\.name)).count == tables.count && tables.count == 7)
        for table in tables {
            #expect(Set(table.columns).count == table.columns.count, "\(table.name)")
            #expect(table.rows.allSatisfy { $0.count == table.columns.count }, "\(table.name)")
            // Names of files, on any system.
            #expect(table.name.allSatisfy { $0.isASCII && ($0.isLetter || $0 == "-") })
        }
        for name in language == .french ? ["exposition", "telemaintenance", "interventions", "matrice-des-flux", "fiche-de-coupure"] : ["exposure", "remote-maintenance"] {
            #expect(tables.first { $0.name == name }?.rows.isEmpty == false, "\(name)")
        }
    }
}
