import Inventory
import Observations
public import Rules
public import Wire

/// A register as a table for people, in one language: what spreadsheets and pages show.
public struct RegisterTable: Sendable {
    public enum Cell: Hashable, Sendable {
        case text(String)
        case number(UInt64)
        case time(Timestamp)
        /// Yes, no, or not known.
        case flag(Bool?)
        case list([String])
    }

    /// What the file of the table is called, without its ending.
    public let name: String
    public let title: String
    public let columns: [String]
    public internal(set) var rows: [[Cell]] = []

    init(name: String, title: String, columns: [String]) {
        self.name = name
        self.title = title
        self.columns = columns
    }

    /// All registers of a report.
    public static func all(_ report: Report, _ language: Language) -> [RegisterTable] {
        let writer = Writer(phrasing: Phrasing(report: report, language: language), report: report)
        return [writer.exposure(), writer.maintenance(), writer.interventions(), writer.matrix(), writer.unseen(), writer.cuts(), writer.dependencies()]
            + (report.comparison.map { Self.comparison($0, report.texts, language) } ?? [])
    }

    private struct Writer {
        let phrasing: Phrasing
        let report: Report

        private func word(_ french: String, _ english: String) -> String { self.phrasing.word(french, english) }
        private func words(_ french: [String], _ english: [String]) -> [String] { self.phrasing.language == .french ? french : english }
        private func protocols(_ list: [ApplicationProtocol]) -> Cell {
            list.isEmpty ? .text(self.word("non reconnu", "not recognised")) : .list(list.map(\.rawValue))
        }
        private func service(_ key: ServiceKey) -> Cell { .text(self.phrasing.service(key)) }
        private func evidence(_ evidence: Evidence) -> Cell { .text(self.phrasing.place(evidence)) }
        private func asset(_ id: String) -> Cell { .text(self.phrasing.name(of: id)) }
        private func assets(_ ids: [String]) -> Cell { .list(ids.map { self.phrasing.name(of: $0) }) }

        func exposure() -> RegisterTable {
            var table = RegisterTable(
                name: self.word("exposition", "exposure"), title: self.word("Registre d’exposition", "Exposure register"),
                columns: self.words(
                    [
                        "sens", "dispositif", "service", "protocoles", "outil", "pairs publics", "nombre de pairs", "pays", "réseau (AS)", "noms demandés",
                        "connexions", "octets sortants", "octets entrants", "première fois", "dernière fois", "chiffré", "déclaré", "mainteneur", "preuve",
                    ],
                    [
                        "direction", "device", "service", "protocols", "tool", "public peers", "number of peers", "country", "network (AS)", "names asked for",
                        "connections", "bytes out", "bytes in", "first seen", "last seen", "encrypted", "declared", "maintainer", "evidence",
                    ]))
            for entry in self.report.exposure.entries {
                table.rows.append([
                    .text(entry.direction.title[self.phrasing.language]), self.asset(entry.asset), self.service(entry.service), self.protocols(entry.protocols),
                    .text(entry.access?.tool ?? ""), .list(entry.peers.map(\.address.description)), .number(UInt64(entry.peerCount)),
                    .list(Set(entry.peers.compactMap(\.place?.country)).sorted()), .list(Set(entry.peers.compactMap { Self.systemOfNumbers($0.place) }).sorted()),
                    .list(entry.names), .number(entry.connections), .number(entry.bytesOut), .number(entry.bytesIn), .time(entry.firstSeen),
                    .time(entry.lastSeen), .flag(entry.isEncrypted), .flag(entry.isDeclared), .text(entry.vendor ?? ""), self.evidence(entry.evidence),
                ])
            }
            return table
        }

        private static func systemOfNumbers(_ place: Place?) -> String? {
            place?.systemNumber.map { number in "AS\(number)" + (place?.systemName.map { " \($0)" } ?? "") }
        }

        func maintenance() -> RegisterTable {
            var table = RegisterTable(
                name: self.word("telemaintenance", "remote-maintenance"), title: self.word("Registre de télémaintenance", "Register of remote maintenance"),
                columns: self.words(
                    [
                        "qui", "outil", "mainteneur déclaré", "contrat", "sens", "dispositif", "autre extrémité", "noms demandés", "pays", "réseau (AS)",
                        "service", "protocoles", "passerelle", "hors passerelle", "chiffré", "authentification", "interventions", "connexions", "première fois",
                        "dernière fois", "hors plage annoncée", "trop longues", "preuve",
                    ],
                    [
                        "who", "tool", "declared maintainer", "contract", "direction", "device", "other end", "names asked for", "country", "network (AS)",
                        "service", "protocols", "gateway", "past the gateway", "encrypted", "authentication", "interventions", "connections", "first seen",
                        "last seen", "outside announced hours", "too long", "evidence",
                    ]))
            for entry in self.report.maintenance.entries {
                let way = entry.maintenance
                let tally = way.conversation.tally
                table.rows.append([
                    .text(self.phrasing.who(way)), .text(way.access.tool), .text(way.vendor?.name ?? ""), .text(way.vendor?.contract ?? ""), .text(self.phrasing.direction(way.direction)),
                    self.asset(way.device), .text(entry.remoteAddress.description), .list(entry.names), .text(entry.place?.country ?? ""),
                    .text(Self.systemOfNumbers(entry.place) ?? ""), self.service(way.conversation.key.service), self.protocols(way.conversation.protocols),
                    .text(way.gateway?.name ?? ""), .flag(way.isPastGateway), .flag(entry.isEncrypted), .list(entry.authentication),
                    .number(UInt64(way.interventions.count)), .number(tally.answered), .time(tally.first.time), .time(tally.lastSeen),
                    Self.count(way.interventions) { $0.isAnnounced.map { !$0 } }, Self.count(way.interventions) { $0.isTooLong }, self.evidence(tally.first),
                ])
            }
            return table
        }

        /// How many say so; empty where none can say.
        private static func count(_ interventions: [Intervention], _ test: (Intervention) -> Bool?) -> Cell {
            let answers = interventions.compactMap(test)
            return answers.isEmpty ? .text("") : .number(UInt64(answers.filter { $0 }.count))
        }

        func interventions() -> RegisterTable {
            var table = RegisterTable(
                name: "interventions", title: "Interventions",
                columns: self.words(
                    ["qui", "dispositif", "début", "fin", "connexions", "octets du client", "octets du serveur", "annoncée", "trop longue", "preuve"],
                    ["who", "device", "start", "end", "connections", "bytes of the client", "bytes of the server", "announced", "too long", "evidence"]))
            for entry in self.report.maintenance.entries {
                for intervention in entry.maintenance.interventions {
                    table.rows.append([
                        .text(self.phrasing.who(entry.maintenance)), self.asset(entry.maintenance.device), .time(intervention.first.time), .time(intervention.lastSeen),
                        .number(UInt64(intervention.connections)), .number(intervention.bytesFromClient), .number(intervention.bytesFromServer),
                        .flag(intervention.isAnnounced), .flag(intervention.isTooLong), self.evidence(intervention.first),
                    ])
                }
            }
            return table
        }

        func matrix() -> RegisterTable {
            var table = RegisterTable(
                name: self.word("matrice-des-flux", "flow-matrix"), title: self.word("Matrice des flux observés", "Matrix of observed flows"),
                columns: self.words(
                    [
                        "émetteur", "récepteur", "application", "transport", "ports", "clients", "serveurs", "conversations", "octets", "chiffrement",
                        "première fois", "dernière fois", "état", "déclaré par", "preuve",
                    ],
                    [
                        "sender", "receiver", "application", "transport", "ports", "clients", "servers", "conversations", "bytes", "encryption", "first seen",
                        "last seen", "state", "declared by", "evidence",
                    ]))
            for row in self.report.matrix.rows {
                table.rows.append([
                    .text(row.from), .text(row.to), .text(row.application), .text(row.transport.name), .list(row.ports.map { String($0) }),
                    .number(UInt64(row.clients)), .number(UInt64(row.servers)), .number(UInt64(row.conversations)), .number(row.bytes), .flag(row.isEncrypted),
                    .time(row.firstSeen), .time(row.lastSeen), .text(self.state(row)), .list(row.declaredBy), self.evidence(row.evidence),
                ])
            }
            return table
        }

        private func state(_ row: FlowMatrix.Row) -> String {
            switch row.undeclared {
            case nil: self.word("observé", "observed")
            case 0: self.word("déclaré et observé", "declared and seen")
            case row.conversations: self.word("observé, non déclaré", "seen, not declared")
            case .some: self.word("observé, déclaré en partie", "seen, declared in part")
            }
        }

        func unseen() -> RegisterTable {
            var table = RegisterTable(
                name: self.word("flux-jamais-observes", "flows-never-seen"), title: self.word("Flux déclarés, jamais observés", "Declared flows, never seen"),
                columns: self.words(
                    ["identifiant", "description", "émetteur", "récepteur", "protocole"], ["identifier", "description", "sender", "receiver", "protocol"]))
            for flow in self.report.matrix.unseen {
                table.rows.append([.text(flow.id), .text(flow.purpose), .text(flow.from.description), .text(flow.to.description), .text(flow.service)])
            }
            return table
        }

        func cuts() -> RegisterTable {
            var table = RegisterTable(
                name: self.word("fiche-de-coupure", "cut-off-sheet"), title: self.word("Fiche de coupure (proposition)", "Cut-off sheet (proposal)"),
                columns: self.words(
                    [
                        "ordre", "action", "étape", "quoi", "sources", "destinations", "transport", "ports", "dispositifs touchés", "unités de soins", "contrat",
                        "contact", "preuve",
                    ],
                    [
                        "order", "action", "step", "what", "sources", "destinations", "transport", "ports", "devices concerned", "care units", "contract", "contact",
                        "evidence",
                    ]))
            func add(_ cut: CutOffSheet.Cut, _ order: Int, _ action: String) {
                table.rows.append([
                    .number(UInt64(order)), .text(action), .text(cut.step.title[self.phrasing.language]), .text(self.phrasing.what(cut)),
                    cut.sources.isEmpty ? .text("Internet") : .list(cut.sources), cut.destinations.isEmpty ? .text("Internet") : .list(cut.destinations),
                    .text(cut.transport.name), cut.ports.isEmpty ? .text(self.word("tous", "all")) : .list(cut.ports.map { String($0) }),
                    self.assets(cut.assets), .list(cut.careUnits), .text(cut.vendor?.contract ?? ""), .text(cut.vendor?.contact ?? ""),
                    self.evidence(cut.evidence),
                ])
            }
            for (index, cut) in self.report.cutOff.cuts.enumerated() { add(cut, index &+ 1, self.word("couper", "cut")) }
            for cut in self.report.cutOff.kept { add(cut, 0, self.word("conserver", "keep")) }
            return table
        }

        func dependencies() -> RegisterTable {
            var table = RegisterTable(
                name: self.word("dependances", "dependencies"), title: self.word("Dépendances des plateaux techniques", "Dependencies of technical platforms"),
                columns: self.words(
                    ["plateau technique", "étape", "serveur", "rôles", "protocoles", "dispositifs utilisateurs", "externe", "preuve"],
                    ["platform", "step", "server", "roles", "protocols", "devices that use it", "external", "evidence"]))
            for platform in self.report.dependencies.platforms {
                for dependency in platform.dependencies {
                    table.rows.append([
                        .text(platform.kind.title[self.phrasing.language]), .number(UInt64(dependency.step)), self.asset(dependency.server),
                        .list(dependency.roles.map { $0.title[self.phrasing.language] }), self.protocols(dependency.protocols), .number(UInt64(dependency.users)),
                        .flag(dependency.isExternal), self.evidence(dependency.evidence),
                    ])
                }
            }
            return table
        }
    }
}
