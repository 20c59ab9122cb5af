import Inventory
import Observations
public import Rules
import Wire

/// The report as events of the Open Cybersecurity Schema Framework, one on each line: a Device Inventory Info for every device of the
/// establishment, and a Compliance Finding or Detection Finding for every finding.
///
/// What the schema has no place for is in `unmapped`: `medical_device`, and `laennec`.
public enum OCSFReport {
    /// The version of the schema.
    static let version = "1.5.0"

    /// Writes the events.
    /// - Parameter sink: called with the bytes, piece by piece.
    public static func write(_ report: Report, _ language: Language, to sink: @escaping ([UInt8]) throws -> Void) throws {
        let page = OCSFPage(rendering: Rendering(report, language))
        var json = JSONWriter(sink, .lines, isPrintable: true)
        for device in page.rendering.devices {
            page.write(device, &json)
            try json.flush()
        }
        for finding in report.findings {
            page.write(finding, &json)
            try json.flush()
        }
        try json.finish()
    }
}

private struct OCSFPage {
    let rendering: Rendering
    private var report: Report { self.rendering.report }

    // MARK: Devices

    func write(_ device: Report.Device, _ json: inout JSONWriter) {
        json.object { json in
            // Device Inventory Info (5001), activity 1: learnt from a log, as nothing was asked.
            self.writeClass(5001, "Device Inventory Info", category: 5, "Discovery", activity: 1, "Log", &json)
            self.writeSeverity(1, "Informational", &json)
            self.writeTimes(device.asset.firstSeen, device.asset.lastSeen, &json)
            json.field("message", [self.rendering.classTitle(device), self.rendering.phrasing.name(of: device.id)].compactMap { $0 }.joined(separator: " — "))
            self.writeMetadata("device-" + device.id, &json)
            json.key("device")
            self.write(device: device, &json)
            json.object("unmapped") { json in
                json.key("medical_device")
                self.rendering.writeMedicalDevice(device, &json)
                json.object("laennec") { json in
                    json.field("position", device.asset.position.rawValue)
                    json.field("names", device.names)
                    json.field("addresses", device.asset.addresses.map(\.address.description))
                    json.optional("gateway", device.asset.gateway)
                    json.array("services", device.asset.services) { json, service in
                        json.object { json in
                            JSONReport.write(service.key, &json)
                            json.field("protocols", service.protocols.map(\.rawValue))
                            json.optional("product", device.identity.product(of: service.key))
                            json.field("encrypted", service.isEncrypted)
                        }
                    }
                    json.array("software", device.identity.software) { json, component in
                        json.object { json in
                            json.field("name", component.name)
                            json.field("versions", component.versions)
                        }
                    }
                    // Never more than potential: what a network shows does not say how a device was patched.
                    json.array("potential_advisories", device.advisories) { json, potential in
                        json.object { json in
                            json.field("id", potential.advisory.id)
                            json.field("url", potential.advisory.url)
                            json.field("text", potential.phrase[self.rendering.language])
                        }
                    }
                    json.object("evidence") { json in self.rendering.writeFrame(device.asset.evidence, &json) }
                }
            }
        }
    }

    private func write(device: Report.Device, _ json: inout JSONWriter) {
        let asset = device.asset
        let identity = device.identity
        json.object { json in
            json.field("uid", asset.id)
            json.field("name", self.rendering.name(device))
            let type = Self.type(of: self.rendering.deviceClass(device))
            json.field("type_id", type.id)
            json.field("type", type.id == 99 ? self.rendering.deviceClass(device) ?? type.name : type.name)
            json.optional("desc", self.rendering.classTitle(device))
            json.optional("ip", asset.addresses.first?.address.description)
            json.optional("mac", asset.macs.first?.description)
            json.optional("vendor_name", identity[.maker]?.value)
            json.optional("model", identity[.product]?.value)
            json.optional("zone", self.report.zone(of: device))
            json.optional("vlan_uid", asset.addresses.lazy.flatMap(\.networks).map(\.vlan).first { $0 > 0 }.map { String($0) })
            if let system = identity[.operatingSystem]?.value {
                json.object("os") { json in
                    json.field("name", system)
                    let type = self.type(ofSystem: system)
                    json.field("type_id", type.id)
                    json.field("type", type.name)
                    json.optional("version", identity.systemVersion)
                }
            }
            if identity[.serial] != nil || identity[.interfaceMaker] != nil {
                json.object("hw_info") { json in
                    json.optional("serial_number", identity[.serial]?.value)
                    json.optional("vendor_name", identity[.maker]?.value)
                }
            }
            if asset.macs.count > 1 {
                json.array("network_interfaces", asset.macs) { json, mac in
                    json.object { json in
                        json.field("mac", mac.description)
                        json.field("type_id", 0)
                        json.field("type", "Unknown")
                    }
                }
            }
            if let name = self.report.site.name {
                json.object("org") { json in
                    json.field("name", name)
                    json.optional("uid", self.report.site.geographicFINESS ?? self.report.site.legalFINESS)
                }
            }
            json.field("first_seen_time", asset.firstSeen.milliseconds)
            json.field("last_seen_time", asset.lastSeen.milliseconds)
        }
    }

    /// `type_id` of the device object. A medical device is none of those that the schema names.
    private static func type(of deviceClass: String?) -> (id: Int, name: String) {
        switch deviceClass {
        case nil: (0, "Unknown")
        case "server", "storage": (1, "Server")
        case "workstation", "thin-client": (2, "Desktop")
        case "mobile-device": (5, "Mobile")
        case "virtual-machine": (6, "Virtual")
        case "ip-phone", "camera", "printer", "access-point", "serial-server", "building-controller", "industrial-controller", "power-supply": (7, "IOT")
        case "firewall": (9, "Firewall")
        case "switch": (10, "Switch")
        case "router": (12, "Router")
        default: (99, "Other")
        }
    }

    /// `type_id` of the os object, by the system and the systems that it is a kind of.
    private func type(ofSystem system: String) -> (id: Int, name: String) {
        var name = system
        // The table is a tree of three levels; a damaged one ends the walk.
        for _ in 0..<8 {
            switch name {
            case "Windows": return (100, "Windows")
            case "Linux": return (200, "Linux")
            case "Android": return (201, "Android")
            case "macOS": return (300, "macOS")
            case "iOS": return (301, "iOS")
            case "Solaris": return (400, "Solaris")
            case "AIX": return (401, "AIX")
            case "HP-UX": return (402, "HP-UX")
            default: break
            }
            guard let parent = self.report.texts.vocabulary.operatingSystems[name], !parent.isEmpty else { break }
            name = parent
        }
        return (99, "Other")
    }

    // MARK: Findings

    func write(_ finding: Finding, _ json: inout JSONWriter) {
        let text = self.report.texts.text(of: finding.rule)
        let measures = self.rendering.measures(of: finding.rule)
        let isMeasured = measures.contains { $0.framework != .attack }
        let device = self.report.device(finding.asset)
        json.object { json in
            if isMeasured {
                self.writeClass(2003, "Compliance Finding", category: 2, "Findings", activity: 1, "Create", &json)
            } else {
                self.writeClass(2004, "Detection Finding", category: 2, "Findings", activity: 1, "Create", &json)
            }
            self.writeSeverity(finding.severity, &json)
            self.writeTimes(finding.firstSeen, finding.lastSeen, &json)
            json.field("message", self.rendering.message(finding))
            json.field("count", finding.occurrences)
            json.field("confidence_score", finding.confidence)
            json.field("confidence_id", finding.confidence < Identity.threshold ? 1 : finding.confidence < 80 ? 2 : 3)
            json.field("status_id", finding.accepted == nil ? 1 : 3)
            json.field("status", finding.accepted == nil ? "New" : "Suppressed")
            json.optional("status_detail", finding.accepted.map { self.rendering.justification($0) })
            self.writeMetadata(finding.id, &json)
            json.object("finding_info") { json in
                json.field("uid", finding.id)
                json.field("title", self.rendering.title(of: finding.rule))
                json.optional("desc", text?.what[self.rendering.language])
                json.field("types", [finding.rule])
                json.field("first_seen_time", finding.firstSeen.milliseconds)
                json.field("last_seen_time", finding.lastSeen.milliseconds)
                json.object("analytic") { json in
                    json.field("uid", finding.rule)
                    json.field("name", self.rendering.title(of: finding.rule))
                    json.field("type_id", 1)
                    json.field("type", "Rule")
                    json.field("version", self.report.signatures)
                }
                let techniques = measures.first { $0.framework == .attack }?.references ?? []
                if !techniques.isEmpty {
                    json.array("attacks", techniques) { json, technique in
                        json.object { json in
                            json.object("technique") { json in
                                json.field("uid", technique)
                                json.optional("name", self.report.texts.vocabulary.frameworks[.attack]?[technique]?.english)
                            }
                        }
                    }
                }
            }
            if isMeasured { self.writeCompliance(measures, &json) }
            if let fix = text?.fix[self.rendering.language] { json.object("remediation") { json in json.field("desc", fix) } }
            if let device {
                json.key("device")
                self.write(device: device, &json)
                json.array("resources", CollectionOfOne(device)) { json, device in
                    json.object { json in
                        json.field("uid", device.id)
                        json.field("name", self.rendering.name(device))
                        json.optional("type", self.rendering.deviceClass(device))
                    }
                }
            }
            self.writeEvidences(finding, &json)
            json.object("unmapped") { json in
                if let device {
                    json.key("medical_device")
                    self.rendering.writeMedicalDevice(device, &json)
                }
                json.object("laennec") { json in
                    json.field("rule", finding.rule)
                    json.field("severity", finding.severity.rawValue)
                    json.field("display_filter", finding.displayFilter)
                    json.field("peers", finding.peers)
                    json.field("peer_count", finding.peerCount)
                    json.object("mapping") { json in for measure in measures { json.field(measure.framework.rawValue, measure.references) } }
                }
            }
        }
    }

    /// The measures that the finding is supporting evidence for. It warns: whether a measure is met is for an audit to say.
    private func writeCompliance(_ measures: [(framework: Framework, references: [String])], _ json: inout JSONWriter) {
        let measures = measures.filter { $0.framework != .attack }
        json.object("compliance") { json in
            json.field("standards", measures.map(\.framework.title))
            json.field("requirements", measures.flatMap { measure in measure.references.map { Rendering.reference(measure.framework, $0) } })
            json.field("status_id", 2)
            json.field("status", "Warning")
            json.field(
                "desc",
                self.rendering.word(
                    "Élément de preuve complémentaire\u{00A0}: n’établit ni l’atteinte ni le manquement d’une mesure.",
                    "Supporting evidence: does not establish that a measure is met or not met."))
        }
    }

    private func writeEvidences(_ finding: Finding, _ json: inout JSONWriter) {
        guard !finding.evidence.isEmpty else { return }
        json.array("evidences", finding.evidence) { json, observation in
            json.object { json in
                if let service = finding.service, service.host.address != .none {
                    json.object("dst_endpoint") { json in
                        json.field("ip", service.host.address.description)
                        json.field("port", service.port)
                    }
                    json.object("connection_info") { json in
                        json.field("protocol_name", service.transport.name)
                        json.field("protocol_num", service.transport.rawValue)
                        json.field("direction_id", 0)
                        json.field("direction", "Unknown")
                    }
                }
                json.object("data") { json in
                    json.field("attribute", observation.attribute.name)
                    json.field("observed", observation.value.description)
                    self.rendering.writeFrame(observation.evidence, &json)
                }
            }
        }
    }

    // MARK: Both

    private func writeClass(_ uid: Int, _ name: String, category: Int, _ categoryName: String, activity: Int, _ activityName: String, _ json: inout JSONWriter)
    {
        json.field("category_uid", category)
        json.field("category_name", categoryName)
        json.field("class_uid", uid)
        json.field("class_name", name)
        json.field("activity_id", activity)
        json.field("activity_name", activityName)
        json.field("type_uid", uid &* 100 &+ activity)
        json.field("type_name", "\(name): \(activityName)")
    }

    private func writeSeverity(_ id: Int, _ name: String, _ json: inout JSONWriter) {
        json.field("severity_id", id)
        json.field("severity", name)
    }

    private func writeSeverity(_ severity: Severity, _ json: inout JSONWriter) {
        switch severity {
        case .information: self.writeSeverity(1, "Informational", &json)
        case .minor: self.writeSeverity(2, "Low", &json)
        case .moderate: self.writeSeverity(3, "Medium", &json)
        case .major: self.writeSeverity(4, "High", &json)
        case .critical: self.writeSeverity(5, "Critical", &json)
        }
    }

    private func writeTimes(_ first: Timestamp, _ last: Timestamp, _ json: inout JSONWriter) {
        json.field("time", last.milliseconds)
        json.field("start_time", first.milliseconds)
        json.field("end_time", last.milliseconds)
    }

    private func writeMetadata(_ uid: String, _ json: inout JSONWriter) {
        json.object("metadata") { json in
            json.field("version", OCSFReport.version)
            // Of this campaign: the same device seen in another is another event.
            json.field("uid", NamedUUID("ocsf \(self.report.id) \(uid)", in: .laennec).text)
            json.field("correlation_uid", self.report.id)
            json.object("product") { json in
                json.field("name", "Laennec")
                json.field("vendor_name", "Laennec")
                json.field("version", Report.toolVersion)
                json.field("lang", self.rendering.language.rawValue)
            }
        }
    }
}
