import Inventory
import Observations
public import Rules
import Wire

/// The inventory as a bill of materials of CycloneDX 1.6 (ECMA-424): a component for every device of the establishment, with its
/// system and programs inside, and a service for everything that answered.
///
/// An advisory that may concern a device is a vulnerability that is to be looked into (`in_triage`), of a version whose status is
/// `unknown`: nothing is said to be affected.
public enum CycloneDXReport {
    /// Writes the bill of materials.
    /// - Parameter sink: called with the bytes, piece by piece.
    public static func write(_ report: Report, _ language: Language, to sink: @escaping ([UInt8]) throws -> Void) throws {
        let page = CycloneDXPage(rendering: Rendering(report, language))
        var json = JSONWriter(sink, isPrintable: true)
        try json.object { json in
            json.field("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json")
            json.field("bomFormat", "CycloneDX")
            json.field("specVersion", "1.6")
            json.field("serialNumber", "urn:uuid:" + NamedUUID("cyclonedx \(report.id)", in: .laennec).text)
            json.field("version", 1)
            page.writeMetadata(&json)
            json.key("components")
            try json.array(page.rendering.devices) { json, device in
                page.write(device, &json)
                try json.flush()
            }
            json.key("services")
            try json.array { json in
                for device in page.rendering.devices {
                    for service in device.asset.services { page.write(service, of: device, &json) }
                    try json.flush()
                }
            }
            json.key("dependencies")
            try json.array(page.rendering.devices) { json, device in
                page.writeDependency(device, &json)
                try json.flush()
            }
            json.key("vulnerabilities")
            try json.array { json in
                for device in page.rendering.devices {
                    for (index, potential) in device.advisories.enumerated() { page.write(potential, index, of: device, &json) }
                    try json.flush()
                }
            }
        }
        try json.finish()
    }
}

private struct CycloneDXPage {
    let rendering: Rendering
    private var report: Report { self.rendering.report }

    func writeMetadata(_ json: inout JSONWriter) {
        json.object("metadata") { json in
            json.field("timestamp", self.rendering.end.description)
            json.key("lifecycles")
            json.array { json in json.object { json in json.field("phase", "discovery") } }
            json.object("tools") { json in
                json.key("components")
                json.array { json in
                    json.object { json in
                        json.field("type", "application")
                        json.field("name", "Laennec")
                        json.field("version", Report.toolVersion)
                        self.writeProperties([("signatures", self.report.signatures)], &json)
                    }
                }
            }
            json.object("component") { json in
                json.field("type", "platform")
                json.field("bom-ref", "site")
                json.field("name", self.report.site.name ?? self.rendering.word("réseau observé", "observed network"))
            }
            self.writeProperties(
                [
                    ("campaign", self.report.id), ("campaign:begin", self.report.period?.lowerBound.description),
                    ("campaign:end", self.report.period?.upperBound.description),
                    ("site:finess-legal", self.report.site.legalFINESS), ("site:finess-geographic", self.report.site.geographicFINESS),
                ] + self.report.inputs.map { ("input", $0.name + ($0.sha256.map { " sha256:\($0)" } ?? "")) }, &json)
        }
    }

    // MARK: Devices

    func write(_ device: Report.Device, _ json: inout JSONWriter) {
        let identity = device.identity
        json.object { json in
            json.field("type", "device")
            json.field("bom-ref", device.id)
            if let maker = identity[.maker]?.value { json.object("manufacturer") { json in json.field("name", maker) } }
            // What it is called on the network tells one device from another; the model is a property of many.
            json.field("name", self.rendering.name(device))
            json.optional("version", identity[.version]?.value)
            json.optional("description", self.rendering.classTitle(device))
            self.writeProperties(self.properties(device), &json)
            self.writeParts(device, &json)
            self.writeEvidence(device, &json)
        }
    }

    private func properties(_ device: Report.Device) -> [(String, String?)] {
        let identity = device.identity
        var properties: [(String, String?)] = [
            ("medical", device.identity.isMedical ? "true" : "false"), ("class", self.rendering.deviceClass(device)),
            ("emdn", self.rendering.vocabulary(device)?.emdn), ("emdn:term", self.rendering.vocabulary(device)?.emdnTerm), ("model", identity[.product]?.value),
            ("serial", identity[.serial]?.value), ("udi", identity[.udi]?.value), ("interface-maker", identity[.interfaceMaker]?.value),
            ("position", device.asset.position.rawValue), ("zone", self.report.zone(of: device)), ("gateway", device.asset.gateway),
        ]
        properties += device.asset.addresses.map { ("address", $0.address.description) }
        properties += device.asset.macs.map { ("mac", $0.description) }
        properties += device.names.dropFirst().map { ("name", $0) }
        properties.append(("first-seen", device.asset.firstSeen.description))
        properties.append(("last-seen", device.asset.lastSeen.description))
        return properties
    }

    /// The system and the programs that were seen at work.
    private func writeParts(_ device: Report.Device, _ json: inout JSONWriter) {
        let system = device.identity[.operatingSystem]?.value
        guard system != nil || !device.identity.software.isEmpty else { return }
        json.key("components")
        json.array { json in
            if let system {
                json.object { json in
                    json.field("type", "operating-system")
                    json.field("bom-ref", "\(device.id)#system")
                    json.field("name", system)
                    json.optional("version", device.identity.systemVersion)
                }
            }
            for (index, component) in device.identity.software.enumerated() {
                json.object { json in
                    json.field("type", component.kind == .toolkit ? "library" : "application")
                    json.field("bom-ref", "\(device.id)#software-\(index)")
                    if !component.maker.isEmpty { json.object("manufacturer") { json in json.field("name", component.maker) } }
                    json.field("name", component.name)
                    // Where several services differ, which of them it is is not said.
                    json.optional("version", component.versions.count == 1 ? component.versions.first : nil)
                    if component.versions.count > 1 { self.writeProperties(component.versions.map { ("version", $0) }, &json) }
                }
            }
        }
    }

    private func writeEvidence(_ device: Report.Device, _ json: inout JSONWriter) {
        let confidence = Rendering.confidence(device)
        guard confidence > 0 else { return }
        let main = device.identity[.deviceClass] ?? device.identity[.maker]
        json.object("evidence") { json in
            json.key("identity")
            json.array { json in
                json.object { json in
                    json.field("field", "name")
                    json.key("confidence")
                    json.hundredths(confidence)
                    json.array("methods", main?.candidates.first?.claims.prefix(Self.claimLimit) ?? []) { json, claim in
                        json.object { json in
                            json.field("technique", "other")
                            json.key("confidence")
                            json.hundredths(claim.confidence)
                            json.field(
                                "value",
                                "\(claim.signature), \(claim.observation.attribute.name) \(self.rendering.phrasing.quoted(claim.observation.value.description)), "
                                    + self.rendering.phrasing.place(claim.observation.evidence))
                        }
                    }
                }
            }
        }
    }

    private static let claimLimit = 6

    // MARK: Services

    private func reference(_ service: Service, of device: Report.Device) -> String {
        let vlan = service.key.host.network.vlan
        return "\(device.id)/" + self.rendering.phrasing.service(service.key).replacing(" ", with: "/") + (vlan > 0 ? "@\(vlan)" : "")
    }

    func write(_ service: Service, of device: Report.Device, _ json: inout JSONWriter) {
        json.object { json in
            json.field("bom-ref", self.reference(service, of: device))
            json.field("name", Rendering.application(service) ?? self.rendering.word("non reconnu", "not recognised"))
            let end = Endpoint(address: service.key.host.address, port: service.key.port)
            json.field(
                "endpoints", [service.key.port == 0 ? "\(service.key.transport.name)://\(service.key.host.address)" : "\(service.key.transport.name)://\(end)"])
            self.writeProperties(
                [
                    ("device", device.id), ("protocols", service.protocols.map(\.rawValue).joined(separator: " ")),
                    ("product", device.identity.product(of: service.key)),
                    ("encrypted", service.isEncrypted ? "true" : "false"), ("clients", String(service.clients)),
                    ("evidence", self.rendering.phrasing.place(service.evidence)),
                ], &json)
        }
    }

    func writeDependency(_ device: Report.Device, _ json: inout JSONWriter) {
        json.object { json in
            json.field("ref", device.id)
            // A device behind a gateway speaks through it.
            json.optional("dependsOn", device.asset.gateway.flatMap { self.report.device($0)?.isOwn == true ? [$0] : nil } ?? [])
        }
    }

    // MARK: Advisories

    func write(_ potential: PotentialAdvisory, _ index: Int, of device: Report.Device, _ json: inout JSONWriter) {
        let advisory = potential.advisory
        json.object { json in
            json.field("bom-ref", "\(device.id)#advisory-\(index)")
            json.field("id", advisory.id)
            json.object("source") { json in
                json.field("name", "CISA")
                json.field("url", advisory.url)
            }
            json.array("references", advisory.cves) { json, cve in
                json.object { json in
                    json.field("id", cve)
                    json.object("source") { json in json.field("name", "CVE") }
                }
            }
            if let score = Self.score(advisory.cvss) {
                json.key("ratings")
                json.array { json in
                    json.object { json in
                        json.object("source") { json in json.field("name", "CISA") }
                        json.key("score")
                        json.hundredths(score)
                        json.field("method", "other")
                    }
                }
            }
            json.field("description", advisory.title)
            json.object("analysis") { json in
                json.field("state", "in_triage")
                json.field("detail", potential.phrase[self.rendering.language])
            }
            json.key("affects")
            json.array { json in
                json.object { json in
                    json.field("ref", device.id)
                    if let version = potential.version, !version.isEmpty {
                        json.key("versions")
                        json.array { json in
                            json.object { json in
                                json.field("version", version)
                                json.field("status", "unknown")
                            }
                        }
                    }
                }
            }
        }
    }

    /// A CVSS score such as `6.8` in hundredths.
    private static func score(_ text: String) -> Int? {
        guard let number = Double(text), number >= 0, number <= 10 else { return nil }
        return Int((number * 100).rounded())
    }

    /// Properties by name; those without a value are left out.
    private func writeProperties(_ properties: [(name: String, value: String?)], _ json: inout JSONWriter) {
        json.array("properties", properties.filter { !($0.value ?? "").isEmpty }) { json, property in
            json.object { json in
                json.field("name", "laennec:\(property.name)")
                json.field("value", property.value ?? "")
            }
        }
    }
}
