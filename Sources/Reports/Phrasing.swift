import Inventory
import Observations
public import Rules
import Wire

/// How the things of a report are called in a language: what every renderer for people shares.
public struct Phrasing: Sendable {
    let report: Report
    let language: Language

    func word(_ french: String, _ english: String) -> String { self.language == .french ? french : english }

    /// With the separator of thousands of the language.
    func number(_ value: some BinaryInteger) -> String { Self.number(value, self.language) }
    private static func number(_ value: some BinaryInteger, _ language: Language) -> String {
        let digits = Array(String(value))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count &- index) % 3 == 0 { text += language == .french ? "\u{202F}" : "," }
            text.append(digit)
        }
        return text
    }

    /// A number with the right form of a noun: French has one of it up to 1, English for 1 only.
    public static func counted(_ count: Int, _ language: Language, french: (one: String, many: String), english: (one: String, many: String)) -> String {
        let word = language == .french ? (count < 2 ? french.one : french.many) : (count == 1 ? english.one : english.many)
        return "\(Self.number(count, language)) \(word)"
    }
    func counted(_ count: Int, french: (one: String, many: String), english: (one: String, many: String)) -> String {
        Self.counted(count, self.language, french: french, english: english)
    }

    /// `85 %` as the language writes it.
    func percent(_ value: Int) -> String { Self.percent(value, self.language) }
    static func percent(_ value: Int, _ language: Language) -> String { language == .french ? "\(value)\u{202F}%" : "\(value)%" }

    func quoted(_ text: String) -> String { self.word("«\u{00A0}\(text)\u{00A0}»", "“\(text)”") }
    /// What was seen, in quotes; a number needs none.
    func value(of observation: Observation) -> String {
        if case .number(let number) = observation.value { return self.number(number) }
        return self.quoted(observation.value.description)
    }

    /// `trame 12`, with the file where there are several.
    func place(_ evidence: Evidence) -> String {
        guard self.report.inputs.count > 1, let place = self.report.place(of: evidence) else {
            return self.word("trame ", "frame ") + String(evidence.frame)
        }
        return place.input.name + self.word(", trame ", ", frame ") + String(place.frame)
    }

    func title(ofClass id: String) -> String { self.report.texts.vocabulary.deviceClasses[id]?.title[self.language] ?? id }
    func title(ofRole id: String) -> String { self.report.texts.vocabulary.roles[id]?[self.language] ?? id }

    /// The first address of an asset, or what it is called behind its gateway.
    func address(of asset: String?) -> String {
        guard let asset, let device = self.report.device(asset) else { return asset ?? "" }
        return device.addressText
    }

    /// Where a device is: its address, or `behind 10.1.2.3`.
    func place(of device: Report.Device) -> String {
        guard let gateway = device.asset.gateway, device.asset.addresses.isEmpty else { return device.addressText }
        return self.word("derrière ", "behind ") + self.address(of: gateway)
    }

    /// `10.1.2.3 (CT-1)`, `AGENDA (behind 10.1.2.3)`.
    func name(of asset: String) -> String {
        guard let device = self.report.device(asset) else { return asset }
        if device.asset.gateway != nil, let name = device.names.first { return "\(name) (\(self.place(of: device)))" }
        return device.names.first.map { "\(device.addressText) (\($0))" } ?? self.place(of: device)
    }

    func field(_ field: IdentityField) -> String {
        switch field {
        case .maker: self.word("constructeur", "maker")
        case .product: self.word("modèle", "model")
        case .version: "version"
        case .serial: self.word("numéro de série", "serial number")
        case .udi: self.word("identifiant unique (IUD)", "unique device identifier (UDI)")
        case .deviceClass: self.word("classe", "class")
        case .role: self.word("rôle", "role")
        case .operatingSystem: self.word("système d’exploitation", "operating system")
        case .operatingSystemVersion: self.word("version du système d’exploitation", "operating system version")
        case .interfaceMaker: self.word("constructeur de l’interface réseau", "maker of the network interface")
        case .software: self.word("logiciel", "software")
        case .softwareVersion: self.word("version du logiciel", "software version")
        }
    }

    /// A value of a field in words: classes and roles by their titles.
    func value(_ value: String, of field: IdentityField) -> String {
        switch field {
        case .deviceClass: self.title(ofClass: value)
        case .role: self.title(ofRole: value)
        case .operatingSystemVersion: self.systemVersion(value)
        default: value
        }
    }

    /// `192.0.2.1:104/tcp`.
    func service(_ key: ServiceKey) -> String {
        key.port == 0
            ? "\(key.host.address) \(key.transport.name)" : "\(Endpoint(address: key.host.address, port: key.port))/\(key.transport.name)"
    }

    /// Yes, no, or not known.
    func answer(_ flag: Bool?) -> String {
        switch flag {
        case true?: self.word("oui", "yes")
        case false?: self.word("non", "no")
        case nil: self.word("inconnu", "unknown")
        }
    }

    func direction(_ direction: RemoteMaintenance.Direction) -> String {
        switch direction {
        case .inbound: self.word("entrant", "inbound")
        case .outbound: self.word("sortant", "outbound")
        case .inside: self.word("interne", "inside")
        }
    }

    /// Who maintains: a maintainer that the site declares, or somebody by such a tool; from outside, that nobody declared them matters.
    func who(_ way: RemoteMaintenance) -> String {
        way.vendor == nil && way.direction != .inside ? self.undeclared(way.access.tool) : way.who
    }
    /// What a cut is about.
    func what(_ cut: CutOffSheet.Cut) -> String { cut.step == .remoteMaintenance && cut.vendor == nil ? self.undeclared(cut.what) : cut.what }
    private func undeclared(_ tool: String) -> String { self.word("non déclaré (\(tool))", "not declared (\(tool))") }

    static func moment(_ time: Timestamp) -> String { time.wholeSeconds.replacing("T", with: " ") }

    /// Two scans that recorded the same packets, and how their clocks differ.
    func sentence(_ copy: ScanCopy) -> String {
        func name(_ scan: ScanID) -> String {
            let names = self.report.scans.first { $0.id == scan }?.inputs.map(\.name) ?? []
            return (names.first ?? scan.description) + (names.count > 1 ? " (+\(names.count &- 1))" : "")
        }
        let (first, second) = (name(copy.first), name(copy.second))
        let milliseconds = copy.skew / 1_000_000
        let conversations = self.number(copy.conversations)
        let clock = milliseconds == 0
            ? self.word("horloges d’accord", "clocks agree")
            : self.word("horloge de la seconde décalée de \(self.number(milliseconds)) ms", "the clock of the second is off by \(self.number(milliseconds)) ms")
        return self.word(
            "\(first) et \(second) ont enregistré les mêmes trames (\(conversations) conversations identiques, \(clock))\u{00A0}: elles comptent une fois",
            "\(first) and \(second) recorded the same packets (\(conversations) identical conversations, \(clock)): they count once")
    }
}
