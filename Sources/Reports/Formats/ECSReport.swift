import Inventory
import Observations
public import Rules
import Wire

/// The report as documents of the Elastic Common Schema, one on each line: a document for every device of the establishment, for every
/// service that answered and for every finding.
///
/// What the schema has no field for is below `laennec`, a name of its own as the schema asks for.
public enum ECSReport {
    /// The version of the schema.
    static let version = "8.17.0"

    /// Writes the documents.
    /// - Parameter sink: called with the bytes, piece by piece.
    public static func write(_ report: Report, _ language: Language, to sink: @escaping ([UInt8]) throws -> Void) throws {
        let page = ECSPage(rendering: Rendering(report, language))
        var json = JSONWriter(sink, .lines, isPrintable: true)
        for device in page.rendering.devices {
            page.write(device, &json)
            try json.flush()
            for service in device.asset.services {
                page.write(service, of: device, &json)
                try json.flush()
            }
        }
        for finding in report.findings {
            page.write(finding, &json)
            try json.flush()
        }
        try json.finish()
    }
}

private struct ECSPage {
    let rendering: Rendering
    private var report: Report { self.rendering.report }

    // MARK: Devices

    func write(_ device: Report.Device, _ json: inout JSONWriter) {
        json.object { json in
            json.field("@timestamp", device.asset.lastSeen.description)
            json.field("message", [self.rendering.classTitle(device), self.rendering.phrasing.name(of: device.id)].compactMap { $0 }.joined(separator: " — "))
            self.writeEvent("device", device.id, kind: "state", category: "host", device.asset.firstSeen, device.asset.lastSeen, &json)
            json.field("tags", device.identity.isMedical ? ["device", "medical"] : ["device"])
            self.writeHost(device, &json)
            self.writeRelated(device, addresses: [], &json)
            json.object("laennec") { json in
                json.key("medical_device")
                self.rendering.writeMedicalDevice(device, &json)
                json.field("position", device.asset.position.rawValue)
                json.optional("zone", self.report.zone(of: device))
                json.optional("gateway", device.asset.gateway)
                json.optional("advisories", device.advisories.map(\.advisory.id))
                json.object("evidence") { json in self.rendering.writeFrame(device.asset.evidence, &json) }
            }
        }
    }

    func write(_ service: Service, of device: Report.Device, _ json: inout JSONWriter) {
        json.object { json in
            json.field("@timestamp", service.lastSeen.description)
            json.field("message", "\(self.rendering.phrasing.name(of: device.id)), \(self.rendering.phrasing.service(service.key))")
            self.writeEvent(
                "service", device.id + " " + self.rendering.phrasing.service(service.key) + " \(service.key.host.network.vlan)", kind: "state",
                category: "network", service.firstSeen, service.lastSeen, &json)
            json.field("tags", device.identity.isMedical ? ["service", "medical"] : ["service"])
            self.writeHost(device, &json)
            json.object("server") { json in Self.writeEnd(service.key, &json) }
            self.writeNetwork(service.key, Rendering.application(service), &json)
            self.writeRelated(device, addresses: [], &json)
            json.object("laennec") { json in
                json.field("protocols", service.protocols.map(\.rawValue))
                json.field("encrypted", service.isEncrypted)
                json.field("clients", service.clients)
                json.optional("product", device.identity.product(of: service.key))
                json.optional("zone", self.report.zone(of: device))
                json.object("evidence") { json in self.rendering.writeFrame(service.evidence, &json) }
            }
        }
    }

    // MARK: Findings

    func write(_ finding: Finding, _ json: inout JSONWriter) {
        let text = self.report.texts.text(of: finding.rule)
        let device = self.report.device(finding.asset)
        let peers = finding.peers.compactMap { self.report.device($0)?.asset.addresses.first?.address.description }
        let rule = self.report.texts.rule(finding.rule)
        json.object { json in
            json.field("@timestamp", finding.lastSeen.description)
            json.field("message", self.rendering.message(finding))
            self.writeEvent(
                "finding", finding.id, kind: finding.accepted == nil ? "alert" : "state", category: "configuration", finding.firstSeen, finding.lastSeen, &json
            ) { json in
                json.field("severity", finding.severity.tenths)
                json.key("risk_score")
                json.hundredths(finding.severity.tenths &* 100)
                json.optional("reason", text?.why[self.rendering.language])
            }
            json.field(
                "tags",
                ["finding", finding.severity.rawValue] + (device?.identity.isMedical == true ? ["medical"] : []) + (finding.accepted == nil ? [] : ["accepted"])
            )
            json.object("rule") { json in
                json.field("id", finding.rule)
                json.field("name", self.rendering.title(of: finding.rule))
                json.optional("description", text?.what[self.rendering.language])
                json.field("category", rule?.subject.rawValue ?? "service")
                json.field("ruleset", "laennec")
                json.field("version", self.report.signatures)
            }
            if let device { self.writeHost(device, &json) }
            if let service = finding.service {
                json.object("destination") { json in Self.writeEnd(service, &json) }
                self.writeNetwork(service, nil, &json)
            }
            if finding.peerCount == 1, let peer = peers.first, peer != finding.service?.host.address.description {
                json.object("source") { json in
                    json.field("address", peer)
                    json.field("ip", peer)
                }
            }
            self.writeRelated(device, addresses: peers, &json)
            self.writeTechniques(finding.rule, &json)
            json.object("laennec") { json in
                if let device {
                    json.key("medical_device")
                    self.rendering.writeMedicalDevice(device, &json)
                    json.optional("zone", self.report.zone(of: device))
                }
                json.object("finding") { json in
                    json.field("id", finding.id)
                    json.field("severity", finding.severity.rawValue)
                    json.field("confidence", finding.confidence)
                    json.field("occurrences", finding.occurrences)
                    json.field("peer_count", finding.peerCount)
                    json.field("display_filter", finding.displayFilter)
                    json.optional("remediation", text?.fix[self.rendering.language])
                    json.optional("accepted", finding.accepted.map { self.rendering.justification($0) })
                    json.optional(
                        "measures",
                        self.rendering.measures(of: finding.rule).flatMap { measure in measure.references.map { Rendering.reference(measure.framework, $0) } })
                }
                if let first = finding.evidence.first {
                    json.object("evidence") { json in
                        self.rendering.writeFrame(first.evidence, &json)
                        json.field("attribute", first.attribute.name)
                        json.field("observed", first.value.description)
                    }
                }
            }
        }
    }

    private func writeTechniques(_ rule: String, _ json: inout JSONWriter) {
        guard let techniques = self.rendering.measures(of: rule).first(where: { $0.framework == .attack })?.references, !techniques.isEmpty else { return }
        json.object("threat") { json in
            json.field("framework", "MITRE ATT&CK")
            json.object("technique") { json in json.field("id", techniques) }
        }
    }

    // MARK: All

    private func writeEvent(
        _ dataset: String, _ id: String, kind: String, category: String, _ first: Timestamp, _ last: Timestamp, _ json: inout JSONWriter,
        _ more: (inout JSONWriter) -> Void = { _ in }
    ) {
        json.object("ecs") { json in json.field("version", ECSReport.version) }
        json.object("event") { json in
            json.field("kind", kind)
            json.field("category", [category])
            json.field("type", ["info"])
            json.field("module", "laennec")
            json.field("dataset", "laennec.\(dataset)")
            json.field("provider", "laennec")
            json.field("id", NamedUUID("ecs \(self.report.id) \(dataset) \(id)", in: .laennec).text)
            json.field("start", first.description)
            json.field("end", last.description)
            more(&json)
        }
        json.object("observer") { json in
            json.field("vendor", "Laennec")
            json.field("product", "Laennec")
            json.field("type", "sensor")
            json.field("version", Report.toolVersion)
        }
        if let name = self.report.site.name {
            json.object("organization") { json in
                json.optional("id", self.report.site.geographicFINESS ?? self.report.site.legalFINESS)
                json.field("name", name)
            }
        }
    }

    private func writeHost(_ device: Report.Device, _ json: inout JSONWriter) {
        let identity = device.identity
        json.object("host") { json in
            json.field("id", device.id)
            json.field("name", self.rendering.name(device))
            json.optional("ip", device.asset.addresses.map(\.address.description))
            // RFC 7042 notation, as the schema asks for: capitals and hyphens.
            json.optional("mac", device.asset.macs.map { $0.description.uppercased().replacing(":", with: "-") })
            json.optional("type", self.rendering.deviceClass(device))
            if let system = identity[.operatingSystem]?.value {
                let version = identity.systemVersion
                json.object("os") { json in
                    json.field("name", system)
                    json.optional("version", version)
                    json.field("full", [system, version].compactMap { $0 }.joined(separator: " "))
                }
            }
        }
    }

    private static func writeEnd(_ service: ServiceKey, _ json: inout JSONWriter) {
        if service.host.address != .none {
            json.field("address", service.host.address.description)
            json.field("ip", service.host.address.description)
        }
        if service.port > 0 { json.field("port", service.port) }
    }

    private func writeNetwork(_ service: ServiceKey, _ application: String?, _ json: inout JSONWriter) {
        json.object("network") { json in
            json.field("transport", service.transport.name)
            json.optional("protocol", application)
            if service.host.network.vlan > 0 { json.object("vlan") { json in json.field("id", String(service.host.network.vlan)) } }
        }
    }

    private func writeRelated(_ device: Report.Device?, addresses: [String], _ json: inout JSONWriter) {
        var seen: Set<String> = []
        let all = ((device?.asset.addresses.map(\.address.description) ?? []) + addresses).filter { seen.insert($0).inserted }
        json.object("related") { json in
            json.optional("ip", all)
            json.optional("hosts", device?.names ?? [])
        }
    }
}
