import Inventory
import Observations
import Rules
import Testing
import Wire

/// Who maintains what: which conversations count, how connections become interventions, and what the site's declarations make of them.
@Suite struct RemoteMaintenanceTests {
    private static func site(_ yaml: String) throws -> Site {
        var warnings: [SiteProblem] = []
        return try Site(yaml: yaml, name: "site.yml", warnings: &warnings) { name in
            .failure(SiteProblem(file: name, line: 0, text: Text(french: "", english: ""), isWarning: false))
        }
    }
    private static func minutes(_ from: Int64, _ until: Int64) -> (Timestamp, Timestamp) {
        (Timestamp(seconds: 1_780_000_000 + from * 60), Timestamp(seconds: 1_780_000_000 + until * 60))
    }

    @Test func connectionsCloseTogetherAreOneIntervention() throws {
        let ways = try SiteTests.maintenance(.standard, sessions: [Self.minutes(0, 10), Self.minutes(12, 20), Self.minutes(30, 31), Self.minutes(90, 95)])
        let way = try #require(ways.first)
        #expect(way.interventions.map(\.connections) == [3, 1])
        #expect(way.interventions.first?.bytesFromServer == 60)
        #expect(way.direction == .inbound)
        #expect(way.device == "ip-10.10.0.5")
        #expect(way.isPastGateway == nil)
        #expect(way.interventions.allSatisfy { $0.isAnnounced == nil && $0.isTooLong == nil })
    }

    @Test func tooLongForTheSite() throws {
        let site = try Self.site("duree-maximale: 30min")
        let ways = try SiteTests.maintenance(site, sessions: [Self.minutes(0, 29), Self.minutes(60, 100)])
        #expect(ways.first?.interventions.map(\.isTooLong) == [false, true])
    }

    @Test func throughTheGatewayOrPastIt() throws {
        let site = try Self.site("passerelles: [{nom: Bastion, adresses: [10.99.0.10]}]")
        let past = try #require(SiteTests.maintenance(site, sessions: [Self.minutes(0, 1)]).first)
        #expect(past.isPastGateway == true)
        let through = try #require(SiteTests.maintenance(site, from: "10.99.0.10", protocols: [.vnc], sessions: [Self.minutes(0, 1)]).first)
        #expect(through.isPastGateway == false)
        #expect(through.gateway?.name == "Bastion")
        #expect(through.direction == .inside)
    }

    @Test func whatIsInsideCountsOnlyForWhatPatientsDependOn() throws {
        #expect(try SiteTests.maintenance(.standard, from: "10.0.0.9", sessions: [Self.minutes(0, 1)]).isEmpty)
        #expect(try SiteTests.maintenance(.standard, from: "10.0.0.9", protocols: [.ssh, .dicom], sessions: [Self.minutes(0, 1)]).count == 1)
    }

    @Test func aWebSiteIsNoMaintenanceUnlessAMaintainerIsAtTheOtherEnd() throws {
        #expect(try SiteTests.maintenance(.standard, protocols: [.tls], sessions: [Self.minutes(0, 1)]).isEmpty)
        let site = try Self.site("mainteneurs: [{nom: Exemple SA, adresses-publiques: [203.0.113.0/28], contrat: C-7}]")
        let way = try #require(SiteTests.maintenance(site, protocols: [.tls], sessions: [Self.minutes(0, 1)]).first)
        #expect(way.who == "Exemple SA")
        #expect(way.access.kind == .declaredVendor)
    }

    @Test func aMaintainerByItsNames() throws {
        let site = try Self.site("mainteneurs: [{nom: Exemple SA, domaines: [maintenance.exemple.test]}]")
        func name(_ text: String) -> Observation {
            let host = HostKey(IPAddress("10.10.0.5") ?? .none, in: .none)
            return Observation(.host(host), .tlsServerName, .text(text), evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)))
        }
        func ways(_ text: String) throws -> [RemoteMaintenance] {
            try SiteTests.maintenance(site, from: "10.10.0.5", to: "203.0.113.5", protocols: [.tls], observations: [name(text)], sessions: [Self.minutes(0, 1)])
        }
        #expect(try ways("relais.maintenance.exemple.test").first?.who == "Exemple SA")
        #expect(try ways("relais.maintenance.exemple.test").first?.direction == .outbound)
        #expect(try ways("fauxmaintenance.exemple.test").isEmpty)
    }

    // MARK: Findings

    /// The rules of the site file on a census, by id.
    private static func findings(_ yaml: String, from client: String = "203.0.113.5", to server: String = "10.10.0.5", protocols: [ApplicationProtocol] = [.ssh]) throws -> [Finding] {
        let signatures = try Project.signatures.get()
        let site = try Self.site(yaml)
        let census = SiteTests.census(from: client, to: server, protocols: protocols, sessions: [Self.minutes(0, 300)])
        let stakes = Stakes(census, [:])
        let maintenance = RemoteMaintenance.find(in: census, stakes, site, signatures)
        return Finder(signatures).findings(in: census, identities: [:], stakes: stakes, site: site, maintenance: maintenance)
    }

    @Test func whatTheSiteDeclaresBecomesFindings() throws {
        let yaml = """
            passerelles: [{nom: Bastion, adresses: [10.99.0.10]}]
            mainteneurs: [{nom: Autre, adresses-publiques: [203.0.113.99]}]
            duree-maximale: 4h
            matrice-des-flux: [{émetteur: 10.0.0.0/8, récepteur: 10.0.0.0/8, protocole: dicom}]
            perimetre-declare: [{nom: Portail, adresses: [10.10.0.7], services: [443/tcp]}]
            """
        let rules = Set(try Self.findings(yaml).map(\.rule))
        for rule in ["maintenance-past-gateway", "maintenance-by-unknown", "maintenance-session-too-long", "flow-not-in-matrix", "service-outside-perimeter"] {
            #expect(rules.contains(rule), "\(rule)")
        }
        let silent = Set(try Self.findings("etablissement: {nom: A}").map(\.rule))
        for rule in ["maintenance-past-gateway", "maintenance-by-unknown", "maintenance-session-too-long", "flow-not-in-matrix", "service-outside-perimeter"] {
            #expect(!silent.contains(rule), "\(rule)")
        }
    }

    @Test func whatIsDeclaredIsNoFinding() throws {
        let yaml = """
            passerelles: [{nom: Bastion, adresses: [203.0.113.5]}]
            mainteneurs: [{nom: Exemple, adresses-publiques: [203.0.113.5]}]
            duree-maximale: 12h
            matrice-des-flux: [{émetteur: Exemple, récepteur: 10.10.0.5, protocole: SSH}]
            perimetre-declare: [{nom: Accès, adresses: [10.10.0.5], services: [22/tcp]}]
            """
        let rules = Set(try Self.findings(yaml).map(\.rule))
        #expect(rules.isDisjoint(with: ["maintenance-past-gateway", "maintenance-by-unknown", "maintenance-session-too-long", "flow-not-in-matrix", "service-outside-perimeter"]))
    }

    @Test func anAcceptedRiskHoldsUntilItExpires() throws {
        func accepted(_ until: String, _ target: String) throws -> Bool {
            let yaml = """
                duree-maximale: 4h
                risques-acceptes: [{regle: maintenance-session-too-long, cibles: [\(target)], motif: essai, responsable: RSSI, echeance: \(until)}]
                """
            let finding = try #require(Self.findings(yaml).first { $0.rule == "maintenance-session-too-long" })
            return finding.accepted != nil
        }
        // The session is of May and June 2026.
        #expect(try accepted("2026-12-31", "10.10.0.5"))
        #expect(try accepted("2026-12-31", "10.10.0.0/16"))
        #expect(try !accepted("2026-12-31", "10.20.0.0/16"))
        #expect(try !accepted("2026-01-31", "10.10.0.5"))
    }

    @Test func zonesWeighInFindings() throws {
        let yaml = """
            zones:
              - {nom: Bureaux, type: bureautique, reseaux: [10.1.0.0/16]}
              - {nom: Admin, type: administration, reseaux: [10.2.0.0/16]}
              - {nom: Sauvegarde, type: sauvegarde, reseaux: [10.90.0.0/16]}
            """
        #expect(try Self.findings(yaml, from: "10.1.0.5", to: "10.90.0.5").contains { $0.rule == "backup-zone-controlled" })
        #expect(try !Self.findings(yaml, from: "10.2.0.5", to: "10.90.0.5").contains { $0.rule == "backup-zone-controlled" })
        #expect(try Self.findings(yaml, from: "10.90.0.5", to: "10.2.0.5", protocols: [.kerberos]).contains { $0.rule == "backup-on-production-directory" })
    }
}
