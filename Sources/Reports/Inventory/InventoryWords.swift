import Campaigns
import Inventory
import Observations
import Rules
import Wire

/// How the things of an inventory are called in a language: what its table, page and files share.
struct InventoryWords {
    let language: Language
    /// Titles of classes and rules; `nil` where none are named.
    let texts: SignatureSet?
    let zone: SiteTimeZone
    /// Where the devices are that speak for others, by id.
    var addresses: [String: String] = [:]

    func word(_ french: String, _ english: String) -> String { self.language == .french ? french : english }

    func title(ofClass id: String?) -> String { id.map { self.texts?.vocabulary.deviceClasses[$0]?.title[self.language] ?? $0 } ?? "" }
    func title(ofRule id: String) -> String { self.texts?.text(of: id)?.title[self.language] ?? id }

    /// Its name by who works there, else the best that was seen.
    func name(of kept: KeptAsset) -> String { kept.asset.labels[Label.name.rawValue] ?? kept.device.names.first ?? "" }

    /// The address, else the hardware address, else behind what it is.
    func address(of device: Campaign.Device) -> String {
        Self.ownAddress(of: device) ?? device.gateway.map { self.word("derrière ", "behind ") + (self.addresses[$0] ?? $0) } ?? ""
    }
    private static func ownAddress(of device: Campaign.Device) -> String? { device.addresses.first?.description ?? device.macs.first?.description }

    /// The addresses of all devices, by every id that they have had.
    static func addresses(in inventory: KeptInventory) -> [String: String] {
        inventory.assets.reduce(into: [:]) { addresses, kept in
            guard let address = Self.ownAddress(of: kept.device) else { return }
            for id in kept.asset.ids { addresses[id] = address }
        }
    }

    func service(_ key: ServiceKey?) -> String {
        guard let key else { return "" }
        return key.port == 0 ? key.transport.name : "\(key.port)/\(key.transport.name)"
    }

    /// `2026-01-31`, by the establishment's clock.
    func day(_ time: Timestamp) -> String { time == .distantPast ? "" : String(self.zone.local(time).prefix(10)) }
    /// `2026-01-31 08:15`, by the establishment's clock.
    func minute(_ time: Timestamp) -> String { String(self.zone.local(time).prefix(16)) }

    /// The last day of an acceptance.
    func until(_ acceptance: Acceptance) -> String {
        acceptance.until?.description ?? self.day(Timestamp(seconds: acceptance.expires.seconds &- 1))
    }

    /// `accepté jusqu'au 2026-12-31`, `ouvert, non revu`.
    func state(of finding: Chronicle.Finding) -> String {
        var text = finding.state.title[self.language]
        if finding.state == .accepted, let acceptance = finding.acceptance { text += self.word(" jusqu’au ", " until ") + self.until(acceptance) }
        if finding.isUnseen { text += self.word(", non revu", ", not seen again") }
        return text
    }

    func act(_ act: Decision.Act) -> String {
        switch act {
        case .label(let key, let value):
            let title = Label.title(of: key, self.language)
            return value.isEmpty ? self.word("étiquette «\u{00A0}\(title)\u{00A0}» retirée", "label \"\(title)\" taken away") : self.word("\(title)\u{00A0}: \(value)", "\(title): \(value)")
        case .accept(let until, let reason, let owner):
            return self.word("accepté jusqu’au \(until)\u{00A0}: \(reason)", "accepted until \(until): \(reason)")
                + (owner.isEmpty ? "" : self.word(" (responsable\u{00A0}: \(owner))", " (owner: \(owner))"))
        case .reopen: return self.word("acceptation retirée", "acceptance withdrawn")
        case .assign(let name, let due):
            guard !name.isEmpty else { return self.word("n’est plus attribué", "no longer assigned") }
            return self.word("attribué à \(name)", "assigned to \(name)") + (due.map { self.word(" pour le \($0)", ", due \($0)") } ?? "")
        }
    }

    func counted(_ count: Int, french: (one: String, many: String), english: (one: String, many: String)) -> String {
        Phrasing.counted(count, self.language, french: french, english: english)
    }
}
