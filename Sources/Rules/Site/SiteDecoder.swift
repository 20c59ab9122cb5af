import Observations
import Wire

/// Decodes the document of a site file. Every key has an English and a French name; what is not known is a problem, never skipped.
struct SiteDecoder {
    let file: String
    private(set) var problems: [SiteProblem] = []

    init(file: String) { self.file = file }

    /// The French name of each key, by its English one.
    static let frenchKeys: [String: String] = [
        "establishment": "etablissement", "name": "nom", "finess-legal": "finess-ej", "finess-geographic": "finess-eg", "group": "ght",
        "time-zone": "fuseau-horaire", "internal-networks": "reseaux-internes", "zones": "zones", "kind": "type", "networks": "reseaux",
        "care-units": "unites-de-soins", "gateways": "passerelles", "addresses": "adresses", "vendors": "mainteneurs",
        "public-addresses": "adresses-publiques", "domains": "domaines", "devices": "dispositifs", "contract": "contrat",
        "contact": "contact", "windows": "plages", "days": "jours", "from": "de", "until": "a", "session-limit": "duree-maximale",
        "flow-matrix": "matrice-des-flux", "declared-perimeter": "perimetre-declare", "services": "services",
        "accepted-risks": "risques-acceptes", "rule": "regle", "targets": "cibles", "reason": "motif", "owner": "responsable",
        "expires": "echeance",
    ]

    // MARK: Problems

    private mutating func complain(_ line: Int, _ french: String, _ english: String, isWarning: Bool = false) {
        self.problems.append(SiteProblem(file: self.file, line: line, text: Text(french: french, english: english), isWarning: isWarning))
    }

    // MARK: Elements

    /// The entries of a map by their English names.
    private mutating func map(_ document: Document, _ known: [String], required: [String] = []) -> [String: Document] {
        guard let map = document.map else {
            self.complain(
                document.line, "ici doivent se trouver des clés et des valeurs\u{00A0}: \(Self.listed(known, .french))",
                "keys and values must stand here: \(Self.listed(known, .english))")
            return [:]
        }
        var entries: [String: Document] = [:]
        for entry in map {
            let folded = SiteText.folded(entry.key)
            guard let key = known.first(where: { $0 == folded || Self.frenchKeys[$0] == folded }) else {
                self.complain(
                    entry.value.line, "clé inconnue «\u{00A0}\(entry.key)\u{00A0}»\u{00A0}; clés connues ici\u{00A0}: \(Self.listed(known, .french))",
                    "unknown key \"\(entry.key)\"; known here: \(Self.listed(known, .english))")
                continue
            }
            if entries[key] != nil {
                self.complain(entry.value.line, "la clé «\u{00A0}\(entry.key)\u{00A0}» est donnée deux fois", "the key \"\(entry.key)\" is given twice")
            }
            entries[key] = entry.value
        }
        for key in required where entries[key] == nil {
            self.complain(document.line, "il manque la clé «\u{00A0}\(Self.frenchKeys[key] ?? key)\u{00A0}»", "the key \"\(key)\" is missing")
        }
        return entries
    }

    private static func listed(_ keys: [String], _ language: Language) -> String {
        keys.map { language == .french ? Self.frenchKeys[$0] ?? $0 : $0 }.joined(separator: ", ")
    }

    /// A list, or one element alone.
    private func list(_ document: Document?) -> [Document] {
        guard let document else { return [] }
        return document.list ?? (document.text.map { $0.isEmpty ? [] : [document] } ?? [document])
    }

    private mutating func text(_ document: Document?) -> String? {
        guard let document else { return nil }
        guard let text = document.text, !text.isEmpty, text.utf8.count <= 1024 else {
            self.complain(document.line, "un texte est attendu ici", "text is expected here")
            return nil
        }
        return PrintableText.make(text, limit: 1024)
    }

    private mutating func blocks(_ document: Document?) -> [AddressBlock] {
        self.list(document).compactMap { element in
            guard let text = element.text else {
                self.complain(element.line, "une adresse ou un bloc tel que 10.1.0.0/16 est attendu ici", "an address or a block such as 10.1.0.0/16 is expected here")
                return nil
            }
            guard let block = AddressBlock(text) else {
                self.complain(
                    element.line, "«\u{00A0}\(text)\u{00A0}» n’est ni une adresse ni un bloc tel que 10.1.0.0/16 ou 2001:db8::/32",
                    "\"\(text)\" is neither an address nor a block such as 10.1.0.0/16 or 2001:db8::/32")
                return nil
            }
            return block
        }
    }

    // MARK: Site

    mutating func site(_ document: Document, open: (String) -> Result<String, SiteProblem>) -> Site {
        var site = Site.standard
        site.isDeclared = true
        let entries = self.map(
            document,
            [
                "establishment", "internal-networks", "zones", "gateways", "vendors", "session-limit", "flow-matrix", "declared-perimeter",
                "accepted-risks",
            ])
        if let establishment = entries["establishment"] { self.readEstablishment(establishment, into: &site) }
        site.networks = InternalNetworks(self.blocks(entries["internal-networks"]))
        site.zones = self.list(entries["zones"]).compactMap { self.zone($0) }
        site.gateways = self.list(entries["gateways"]).compactMap { self.gateway($0) }
        site.vendors = self.list(entries["vendors"]).compactMap { self.vendor($0, site.timeZone) }
        site.sessionLimit = entries["session-limit"].flatMap { self.duration($0) }
        site.perimeter = entries["declared-perimeter"].map { self.list($0).flatMap { self.published($0) } }
        site.acceptedRisks = self.list(entries["accepted-risks"]).compactMap { self.acceptedRisk($0, site) }
        self.refuseTwice(site.zones.map { $0.name }, in: entries["zones"])
        self.refuseTwice(site.vendors.map { $0.name }, in: entries["vendors"])
        if let matrix = entries["flow-matrix"] { site.matrix = self.matrix(matrix, site, open: open) }
        return site
    }

    private mutating func refuseTwice(_ names: [String], in document: Document?) {
        var seen: Set<String> = []
        for name in names where !seen.insert(SiteText.folded(name)).inserted {
            self.complain(document?.line ?? 0, "le nom «\u{00A0}\(name)\u{00A0}» est donné deux fois", "the name \"\(name)\" is given twice")
        }
    }

    private mutating func readEstablishment(_ document: Document, into site: inout Site) {
        let entries = self.map(document, ["name", "finess-legal", "finess-geographic", "group", "time-zone"], required: ["name"])
        site.name = self.text(entries["name"])
        site.legalFINESS = self.finess(entries["finess-legal"])
        site.geographicFINESS = self.finess(entries["finess-geographic"])
        site.group = self.text(entries["group"])
        if let zone = entries["time-zone"], let name = self.text(zone) {
            if let known = SiteTimeZone(name) {
                site.timeZone = known
            } else {
                self.complain(
                    zone.line, "fuseau horaire inconnu «\u{00A0}\(name)\u{00A0}»\u{00A0}; exemples\u{00A0}: Europe/Paris, Indian/Reunion, America/Martinique",
                    "unknown time zone \"\(name)\"; for example: Europe/Paris, Indian/Reunion, America/Martinique")
            }
        }
    }

    /// Nine characters, of which the last is a check digit by the rule of Luhn; the second may be a letter (Corsica).
    private mutating func finess(_ document: Document?) -> String? {
        guard let document, let text = self.text(document) else { return nil }
        let plain = text.filter { $0 != " " }.uppercased()
        guard plain.utf8.count == 9, plain.utf8.allSatisfy({ $0 &- 0x30 < 10 || $0 == 0x41 || $0 == 0x42 }) else {
            self.complain(
                document.line, "un numéro FINESS a neuf caractères, par exemple 750712184 (entre guillemets s’il commence par 0)",
                "a FINESS number has nine characters, such as 750712184 (quoted if it begins with 0)")
            return nil
        }
        return plain
    }

    private mutating func zone(_ document: Document) -> Site.Zone? {
        let entries = self.map(document, ["name", "kind", "networks", "care-units"], required: ["name", "kind", "networks"])
        guard let name = self.text(entries["name"]), let kindDocument = entries["kind"], let kindName = self.text(kindDocument) else { return nil }
        guard let kind = ZoneKind(name: kindName) else {
            self.complain(
                kindDocument.line,
                "type de zone inconnu «\u{00A0}\(kindName)\u{00A0}»\u{00A0}; types connus\u{00A0}: \(ZoneKind.allCases.map(\.frenchName).joined(separator: ", "))",
                "unknown kind of zone \"\(kindName)\"; known: \(ZoneKind.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        return Site.Zone(
            name: name, kind: kind, networks: self.blocks(entries["networks"]),
            careUnits: self.list(entries["care-units"]).compactMap { self.text($0) })
    }

    private mutating func gateway(_ document: Document) -> Site.Gateway? {
        let entries = self.map(document, ["name", "addresses"], required: ["name", "addresses"])
        guard let name = self.text(entries["name"]) else { return nil }
        return Site.Gateway(name: name, addresses: self.blocks(entries["addresses"]))
    }

    private mutating func vendor(_ document: Document, _ zone: SiteTimeZone) -> Site.Vendor? {
        let entries = self.map(
            document, ["name", "public-addresses", "domains", "devices", "contract", "contact", "windows"], required: ["name"])
        guard let name = self.text(entries["name"]) else { return nil }
        let domains = self.list(entries["domains"]).compactMap { self.text($0)?.lowercased() }.map { domain in
            domain.hasPrefix("*.") ? String(domain.dropFirst(2)) : domain
        }
        return Site.Vendor(
            name: name, addresses: self.blocks(entries["public-addresses"]), domains: domains, devices: self.blocks(entries["devices"]),
            contract: self.text(entries["contract"]), contact: self.text(entries["contact"]),
            windows: self.list(entries["windows"]).compactMap { self.window($0, zone) })
    }

    // MARK: Times

    /// `4h`, `90min`, `3600s`, or seconds.
    private mutating func duration(_ document: Document) -> Int64? {
        let text = (self.text(document) ?? "").filter { $0 != " " }.lowercased()
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit: Int64? =
            switch text.dropFirst(digits.count) {
            case "s", "": 1
            case "m", "min", "mn": 60
            case "h": 3600
            case "d", "j": 86400
            default: nil
            }
        guard let number = Int64(digits), let unit, number > 0, number < 100_000 else {
            self.complain(document.line, "une durée s’écrit 4h, 90min ou 3600s", "a duration is written 4h, 90min or 3600s")
            return nil
        }
        return number &* unit
    }

    /// Days of the week and hours, or a span between two moments.
    private mutating func window(_ document: Document, _ zone: SiteTimeZone) -> TimeWindow? {
        let entries = self.map(document, ["days", "from", "until"], required: ["from", "until"])
        guard let fromDocument = entries["from"], let untilDocument = entries["until"], let from = self.text(fromDocument),
            let until = self.text(untilDocument)
        else { return nil }
        if entries["days"] == nil, let first = Self.moment(from), let last = Self.moment(until) {
            let (start, end) = (zone.utc(first), zone.utc(last))
            if end < start { self.complain(untilDocument.line, "cette plage finit avant de commencer", "this window ends before it begins") }
            return .span(start, end)
        }
        guard let start = Self.minutes(from), let end = Self.minutes(until) else {
            self.complain(
                fromDocument.line, "une plage s’écrit de: \"08:00\" a: \"18:00\" avec jours, ou de: \"2026-05-01 08:00\" a: \"2026-05-02 18:00\"",
                "a window is written from: \"08:00\" until: \"18:00\" with days, or from: \"2026-05-01 08:00\" until: \"2026-05-02 18:00\"")
            return nil
        }
        var days: Set<Int> = []
        for element in self.list(entries["days"]) {
            guard let text = element.text, let range = Self.days(text) else {
                self.complain(
                    element.line, "jour inconnu\u{00A0}; exemples\u{00A0}: lundi, mar, lun-ven, tous", "unknown day; for example: monday, tue, mon-fri, all")
                continue
            }
            days.formUnion(range)
        }
        return .weekly(days: days.isEmpty ? Set(0...6) : days, from: start, until: end)
    }

    private static let dayNames: [[String]] = [
        ["monday", "mon", "lundi", "lun"], ["tuesday", "tue", "mardi", "mar"], ["wednesday", "wed", "mercredi", "mer"],
        ["thursday", "thu", "jeudi", "jeu"], ["friday", "fri", "vendredi", "ven"], ["saturday", "sat", "samedi", "sam"],
        ["sunday", "sun", "dimanche", "dim"],
    ]

    /// One day, a range of days, or all.
    private static func days(_ text: String) -> Set<Int>? {
        let plain = SiteText.folded(text)
        if plain == "all" || plain == "tous" { return Set(0...6) }
        let parts = plain.split(separator: "-").map { part in Self.dayNames.firstIndex { $0.contains(String(part)) } }
        guard let first = parts.first ?? nil, let last = parts.last ?? nil, parts.count <= 2 else { return nil }
        var days: Set<Int> = [last]
        var day = first
        while day != last {
            days.insert(day)
            day = (day + 1) % 7
        }
        return days
    }

    /// `08:00`, `8h`, `8h30`, up to `24:00`.
    private static func minutes(_ text: String) -> Int? {
        let parts = text.lowercased().split(whereSeparator: { $0 == ":" || $0 == "h" }).map { Int($0) }
        guard parts.count <= 2, let hour = parts.first ?? nil, 0...24 ~= hour else { return nil }
        let minute = parts.count == 2 ? parts.last ?? nil : 0
        guard let minute, 0...59 ~= minute, hour < 24 || minute == 0 else { return nil }
        return hour * 60 + minute
    }

    /// `2026-05-01`, or with a time of day behind it.
    private static func moment(_ text: String) -> Timestamp? {
        let parts = text.split(whereSeparator: { $0 == " " || $0 == "T" })
        guard let date = parts.first, parts.count <= 2 else { return nil }
        let numbers = date.split(separator: "-").compactMap { Int($0) }
        guard numbers.count == 3, let year = numbers.first, let day = numbers.last else { return nil }
        let time = parts.count == 2 ? Self.minutes(parts.last.map(String.init) ?? "") : 0
        guard let time, time < 1440 else { return nil }
        return Timestamp(year: year, month: numbers.dropFirst().first ?? 0, day: day, hour: time / 60, minute: time % 60)
    }

    // MARK: Perimeter and risks

    private mutating func published(_ document: Document) -> [Site.PublishedService] {
        let entries = self.map(document, ["name", "addresses", "services"], required: ["name", "addresses"])
        guard let name = self.text(entries["name"]) else { return [] }
        let ports = self.list(entries["services"]).flatMap { element -> [Site.Port] in
            let service = DeclaredService(self.text(element) ?? "")
            if service.ports.isEmpty {
                self.complain(element.line, "un service s’écrit 443/tcp", "a service is written 443/tcp")
            }
            return service.ports
        }
        return self.blocks(entries["addresses"]).map { Site.PublishedService(name: name, addresses: $0, ports: ports) }
    }

    private mutating func acceptedRisk(_ document: Document, _ site: Site) -> Site.AcceptedRisk? {
        let required = ["rule", "reason", "owner", "expires"]
        let entries = self.map(document, ["rule", "targets", "reason", "owner", "expires"], required: required)
        guard let rule = self.text(entries["rule"]), let reason = self.text(entries["reason"]), let owner = self.text(entries["owner"]),
            let expiry = entries["expires"], let text = self.text(expiry)
        else { return nil }
        guard let day = Self.moment(text) else {
            self.complain(expiry.line, "une échéance s’écrit 2026-12-31", "an expiry is written 2026-12-31")
            return nil
        }
        var targets: [AddressBlock] = []
        for element in self.list(entries["targets"]) {
            if let text = element.text, let zone = site.zone(named: text) { targets += zone.networks } else { targets += self.blocks(element) }
        }
        if entries["targets"] != nil, targets.isEmpty { return nil }
        let end = site.timeZone.utc(Timestamp(seconds: day.seconds &+ 86400))
        return Site.AcceptedRisk(rule: rule, targets: targets, reason: reason, owner: owner, expires: end)
    }

    // MARK: Flow matrix

    /// The name of a CSV file beside the site file, or the rows themselves.
    private mutating func matrix(_ document: Document, _ site: Site, open: (String) -> Result<String, SiteProblem>) -> [DeclaredFlow]? {
        if let rows = document.list {
            return rows.compactMap { row in
                let cells = (row.map ?? []).map { (SiteText.folded($0.key), $0.value.text ?? "") }
                return self.flow(Dictionary(cells, uniquingKeysWith: { first, _ in first }), site, line: row.line, file: self.file)
            }
        }
        guard let name = self.text(document) else { return nil }
        switch open(name) {
        case .failure(let problem):
            self.problems.append(problem)
            return nil
        case .success(let text):
            let rows: [FlowMatrixFile.Row]
            do {
                rows = try FlowMatrixFile.rows(of: text, file: name)
            } catch {
                self.problems.append(error)
                return nil
            }
            return rows.compactMap { self.flow($0.cells, site, line: $0.line, file: name) }
        }
    }

    private mutating func flow(_ cells: [String: String], _ site: Site, line: Int, file: String) -> DeclaredFlow? {
        func cell(_ column: FlowMatrixFile.Column) -> String? {
            for name in column.names { if let text = cells[name], !text.isEmpty { return PrintableText.make(text, limit: 1024) } }
            return nil
        }
        func complain(_ french: String, _ english: String, isWarning: Bool = false) {
            self.problems.append(SiteProblem(file: file, line: line, text: Text(french: french, english: english), isWarning: isWarning))
        }
        var ends: [DeclaredFlow.End] = []
        for column in [FlowMatrixFile.Column.sender, .receiver] {
            guard let text = cell(column) else {
                complain("la ligne n’a pas de «\u{00A0}\(column.names.first ?? "")\u{00A0}»", "the row has no \"\(column.names.last ?? "")\"")
                return nil
            }
            guard let end = Self.end(text, site) else {
                complain(
                    "«\u{00A0}\(text)\u{00A0}» n’est ni une adresse, ni un bloc, ni une zone, ni un mainteneur de ce site",
                    "\"\(text)\" is neither an address, a block, a zone nor a vendor of this site")
                return nil
            }
            ends.append(end)
        }
        guard let from = ends.first, let to = ends.last else { return nil }
        let stated = [cell(.service), cell(.port), cell(.transport)].compactMap { $0 }.joined(separator: " ")
        let service = DeclaredService(stated)
        for word in service.unknown {
            complain(
                "protocole inconnu «\u{00A0}\(word)\u{00A0}»\u{00A0}: seuls les ports de la ligne comptent", "unknown protocol \"\(word)\": only the row's ports count",
                isWarning: true)
        }
        if service.isEmpty, !stated.isEmpty {
            complain("la ligne ne dit ni protocole connu ni port\u{00A0}: elle n’est pas retenue", "the row states neither a known protocol nor a port: it is left out", isWarning: true)
            return nil
        }
        return DeclaredFlow(
            id: cell(.identifier) ?? "\(line)", purpose: cell(.purpose) ?? "", from: from, to: to, protocols: service.protocols,
            ports: service.ports, transports: service.transports, isEncrypted: cell(.encryption).flatMap { FlowMatrixFile.isYes($0) })
    }

    private static func end(_ text: String, _ site: Site) -> DeclaredFlow.End? {
        let plain = SiteText.folded(text)
        if text == "*" || ["any", "all", "tous", "tout", "toutes"].contains(plain) { return .anywhere }
        if plain == "internet" { return .internet }
        if let zone = site.zone(named: text) { return .zone(zone.name, zone.networks) }
        if let vendor = site.vendors.first(where: { SiteText.folded($0.name) == plain }) { return .vendor(vendor.name, vendor.addresses) }
        if let gateway = site.gateways.first(where: { SiteText.folded($0.name) == plain }) { return .zone(gateway.name, gateway.addresses) }
        return AddressBlock(text.filter { !$0.isWhitespace }).map { .addresses($0) }
    }
}
