import Inventory
import Observations
public import Rules
import Wire

/// The report as a bundle of STIX 2.1 (OASIS): what was seen, for platforms of threat intelligence.
///
/// Every device of the establishment is an `infrastructure` that consists of `observed-data`: its addresses, services and programs.
/// Every finding, and every advisory that may concern a device, is a `note` about it: none is an indicator or a sighting of an attack,
/// and no device is said to have a vulnerability. Ids are UUIDs of version 5: those of observables by the rules of STIX, the others by
/// the namespace of ``NamedUUID/laennec`` and the campaign.
public enum STIXReport {
    /// Writes the bundle.
    /// - Parameter sink: called with the bytes, piece by piece.
    public static func write(_ report: Report, _ language: Language, to sink: @escaping ([UInt8]) throws -> Void) throws {
        var page = STIXPage(Rendering(report, language))
        var json = JSONWriter(sink, isPrintable: true)
        try json.object { json in
            json.field("type", "bundle")
            json.field("id", page.id("bundle", ""))
            json.key("objects")
            try json.array { json in
                page.writeFoundation(&json)
                for device in page.rendering.devices {
                    page.write(device, &json)
                    try json.flush()
                }
                for finding in report.findings {
                    page.write(finding, &json)
                    try json.flush()
                }
            }
        }
        try json.finish()
    }
}

private struct STIXPage {
    let rendering: Rendering
    /// Ids of observables that are written: several devices may have used one address.
    private var written: Set<String> = []
    private var report: Report { self.rendering.report }
    private var time: String { self.rendering.end.description }

    // What every report shares has the same id and date in all of them.
    private static let tool = "identity--" + NamedUUID("stix identity", in: .laennec).text
    private static let medical = "extension-definition--" + NamedUUID("stix medical device", in: .laennec).text
    private static let foundation = "2026-01-01T00:00:00.000Z"

    init(_ rendering: Rendering) { self.rendering = rendering }

    /// The id of an object of this campaign.
    func id(_ type: String, _ name: String) -> String { "\(type)--" + NamedUUID("stix \(self.report.id) \(type) \(name)", in: .laennec).text }

    // MARK: Who says it

    func writeFoundation(_ json: inout JSONWriter) {
        json.object { json in
            Self.begin("identity", Self.tool, Self.foundation, &json)
            json.field("name", "Laennec")
            json.field("identity_class", "system")
        }
        json.object { json in
            Self.begin("extension-definition", Self.medical, Self.foundation, &json)
            json.field("created_by_ref", Self.tool)
            json.field("name", "Medical device")
            json.field("description", "What an infrastructure object is as a medical device.")
            json.field(
                "schema",
                "medical (boolean), class and class_title (string), emdn and emdn_term (string: European Medical Device Nomenclature), maker, model, version, serial, udi (string), confidence (integer, percent)."
            )
            json.field("version", "1.0.0")
            json.field("extension_types", ["property-extension"])
        }
        if let name = self.report.site.name {
            json.object { json in
                self.begin("identity", self.id("identity", "site"), &json)
                json.field("name", name)
                json.field("identity_class", "organization")
                json.field("sectors", ["healthcare"])
            }
        }
    }

    // MARK: Devices

    mutating func write(_ device: Report.Device, _ json: inout JSONWriter) {
        let id = self.id("infrastructure", device.id)
        json.object { json in
            self.begin("infrastructure", id, &json)
            json.field("name", self.rendering.name(device))
            json.optional("description", self.rendering.classTitle(device))
            json.optional("aliases", Array(device.names.dropFirst()))
            json.field("first_seen", device.asset.firstSeen.description)
            json.field("last_seen", device.asset.lastSeen.description)
            json.field("confidence", Rendering.confidence(device))
            json.optional("labels", device.identity.isMedical ? ["medical-device"] : [])
            json.object("extensions") { json in
                json.object(Self.medical) { json in
                    json.field("extension_type", "property-extension")
                    self.rendering.writeMedicalDeviceFields(device, &json)
                }
            }
        }
        let references = self.writeObservables(of: device, &json)
        if !references.isEmpty {
            let observed = self.id("observed-data", device.id)
            json.object { json in
                self.begin("observed-data", observed, &json)
                json.field("first_observed", device.asset.firstSeen.description)
                json.field("last_observed", max(device.asset.firstSeen, device.asset.lastSeen).description)
                json.field("number_observed", 1)
                json.field("object_refs", references)
            }
            json.object { json in
                self.begin("relationship", self.id("relationship", device.id), &json)
                json.field("relationship_type", "consists-of")
                json.field("source_ref", id)
                json.field("target_ref", observed)
            }
        }
        for potential in device.advisories { self.write(potential, of: device, about: id, &json) }
    }

    /// Addresses, services and programs of a device; gives their ids.
    private mutating func writeObservables(of device: Report.Device, _ json: inout JSONWriter) -> [String] {
        var references: [String] = []
        func note(_ id: String) { if !references.contains(id) { references.append(id) } }
        for address in device.asset.addresses where address.address != .none { note(self.write(address: address.address, &json)) }
        for mac in device.asset.macs { note(self.write("mac-addr", [("value", mac.description)], &json)) }
        for component in device.identity.software.prefix(Self.softwareLimit) {
            for version in component.versions.isEmpty ? [nil] : component.versions.map(Optional.some) {
                note(
                    self.write(
                        "software", [("name", component.name), ("vendor", component.maker.isEmpty ? nil : component.maker), ("version", version)], &json))
            }
        }
        if let system = device.identity[.operatingSystem]?.value {
            note(self.write("software", [("name", system), ("version", device.identity.systemVersion)], &json))
        }
        for service in device.asset.services where service.key.host.address != .none {
            let host = self.write(address: service.key.host.address, &json)
            note(host)
            note(self.write(service, at: host, &json))
        }
        return references
    }

    /// The most programs of a device.
    private static let softwareLimit = 64

    private mutating func write(address: IPAddress, _ json: inout JSONWriter) -> String {
        self.write(address.isV4 ? "ipv4-addr" : "ipv6-addr", [("value", address.description)], &json)
    }

    /// An observable of texts alone, once.
    /// - Parameter fields: those that make up its identity, sorted by name.
    private mutating func write(_ type: String, _ fields: [(name: String, value: String?)], _ json: inout JSONWriter) -> String {
        let known = fields.compactMap { field in field.value.map { (name: field.name, value: JSONWriter.printable($0)) } }
        let id = "\(type)--" + NamedUUID(Self.canonical(known.map { ($0.name, Self.quoted($0.value)) }), in: .observables).text
        guard self.written.insert(id).inserted else { return id }
        json.object { json in
            json.field("type", type)
            json.field("spec_version", "2.1")
            json.field("id", id)
            for field in known { json.field(field.name, field.value) }
        }
        return id
    }

    private mutating func write(_ service: Service, at host: String, _ json: inout JSONWriter) -> String {
        let transport = service.key.transport
        let protocols = [service.key.host.address.isV4 ? "ipv4" : "ipv6", transport.name] + service.protocols.map { Self.networkProtocol($0.rawValue) }
        var parts: [(String, String)] = []
        if service.key.port > 0 { parts.append(("dst_port", String(service.key.port))) }
        parts.append(("dst_ref", Self.quoted(host)))
        parts.append(("protocols", "[" + protocols.map(Self.quoted).joined(separator: ",") + "]"))
        let id = "network-traffic--" + NamedUUID(Self.canonical(parts), in: .observables).text
        guard self.written.insert(id).inserted else { return id }
        json.object { json in
            json.field("type", "network-traffic")
            json.field("spec_version", "2.1")
            json.field("id", id)
            json.field("dst_ref", host)
            if service.key.port > 0 { json.field("dst_port", service.key.port) }
            json.field("protocols", protocols)
        }
        return id
    }

    /// The name of a protocol as the IANA registry of services writes names: small letters, digits and hyphens.
    private static func networkProtocol(_ name: String) -> String {
        String(name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
    }

    /// The JSON of RFC 8785, of names in order with their values.
    private static func canonical(_ parts: [(name: String, value: String)]) -> String {
        "{" + parts.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    /// A text as RFC 8785 writes it; it is printable.
    private static func quoted(_ text: String) -> String { "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }

    // MARK: Notes

    mutating func write(_ finding: Finding, _ json: inout JSONWriter) {
        let text = self.report.texts.text(of: finding.rule)
        let language = self.rendering.language
        // A finding about an address of the Internet has no device of ours to be a note on.
        guard self.report.device(finding.asset)?.isOwn == true else { return }
        json.object { json in
            self.begin("note", self.id("note", finding.id), &json)
            json.field("abstract", self.rendering.title(of: finding.rule))
            let parts = [
                self.rendering.message(finding), text?.what[language], text?.why[language], text?.fix[language],
                finding.accepted.map { self.rendering.justification($0) },
            ]
            json.field("content", parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "\n"))
            json.field("object_refs", [self.id("infrastructure", finding.asset)])
            json.field("confidence", finding.confidence)
            json.field("labels", ["finding", "severity-\(finding.severity.rawValue)", finding.rule] + (finding.accepted == nil ? [] : ["accepted"]))
            json.array("external_references", self.references(of: finding)) { json, reference in
                json.object { json in
                    json.field("source_name", reference.source)
                    json.field("external_id", reference.id)
                }
            }
        }
    }

    private func references(of finding: Finding) -> [(source: String, id: String)] {
        [("laennec", finding.id)]
            + self.rendering.measures(of: finding.rule).flatMap { measure in
                measure.references.map { (measure.framework == .attack ? "mitre-attack" : measure.framework.title, $0) }
            }
    }

    private func write(_ potential: PotentialAdvisory, of device: Report.Device, about id: String, _ json: inout JSONWriter) {
        json.object { json in
            self.begin("note", self.id("note", "\(device.id) \(potential.advisory.id) \(potential.product) \(potential.version ?? "")"), &json)
            json.field(
                "abstract", self.rendering.word("Avis de sécurité potentiel \(potential.advisory.id)", "Potential security advisory \(potential.advisory.id)"))
            json.field("content", potential.phrase[self.rendering.language])
            json.field("object_refs", [id])
            json.field("labels", ["potential-advisory"])
            json.key("external_references")
            json.array { json in
                json.object { json in
                    json.field("source_name", "CISA")
                    json.field("external_id", potential.advisory.id)
                    json.field("url", potential.advisory.url)
                }
                for cve in potential.advisory.cves {
                    json.object { json in
                        json.field("source_name", "cve")
                        json.field("external_id", cve)
                    }
                }
            }
        }
    }

    // MARK: All

    private static func begin(_ type: String, _ id: String, _ time: String, _ json: inout JSONWriter) {
        json.field("type", type)
        json.field("spec_version", "2.1")
        json.field("id", id)
        json.field("created", time)
        json.field("modified", time)
    }

    private func begin(_ type: String, _ id: String, _ json: inout JSONWriter) {
        Self.begin(type, id, self.time, &json)
        json.field("created_by_ref", Self.tool)
        json.field("lang", self.rendering.language.rawValue)
    }
}
