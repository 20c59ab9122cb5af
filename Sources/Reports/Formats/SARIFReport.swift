import Inventory
import Observations
public import Rules
import Wire

/// The findings in the Static Analysis Results Interchange Format, version 2.1.0 (OASIS): for what gathers results of audit tools.
///
/// A result is in a capture and about an asset: its physical location is the input's file, with its hash among the artifacts of the
/// run; its logical locations are the asset and the service. The frame is among its properties, as SARIF counts bytes and lines only.
public enum SARIFReport {
    /// Writes the log.
    /// - Parameter sink: called with the bytes, piece by piece.
    public static func write(_ report: Report, _ language: Language, to sink: @escaping ([UInt8]) throws -> Void) throws {
        let page = SARIFPage(Rendering(report, language))
        var json = JSONWriter(sink, isPrintable: true)
        try json.object { json in
            json.field("$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")
            json.field("version", "2.1.0")
            json.key("runs")
            try json.array { json in try page.write(&json) }
        }
        try json.finish()
    }

    /// The name of a file as a relative reference (RFC 3986): what is not unreserved is escaped, so that no name is another place.
    static func reference(_ name: String) -> String {
        guard name != "-", name != ".", name != ".." else { return name == "-" ? "stdin" : name.replacing(".", with: "%2E") }
        var text = ""
        for octet in name.utf8 {
            switch octet {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: text.unicodeScalars.append(Unicode.Scalar(octet))
            default: text += "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16, uppercase: true)
            }
        }
        return text
    }
}

private struct SARIFPage {
    let rendering: Rendering
    /// Rules with findings, sorted, and the place of each.
    private let rules: [String]
    private let ruleIndex: [String: Int]
    /// Assets and services with findings, and the place of each.
    private var places: [String] = []
    private var placeIndex: [String: Int] = [:]
    private var report: Report { self.rendering.report }

    init(_ rendering: Rendering) {
        self.rendering = rendering
        self.rules = Set(rendering.report.findings.map(\.rule)).sorted()
        self.ruleIndex = Dictionary(self.rules.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
        for finding in rendering.report.findings where self.placeIndex[finding.asset] == nil {
            self.placeIndex[finding.asset] = self.places.count
            self.places.append(finding.asset)
        }
    }

    func write(_ json: inout JSONWriter) throws {
        let language = self.rendering.language
        try json.object { json in
            json.object("tool") { json in
                json.object("driver") { json in
                    json.field("name", "Laennec")
                    json.field("version", Report.toolVersion)
                    json.field("semanticVersion", Report.toolVersion)
                    json.field("language", language.rawValue)
                    json.object("shortDescription") { json in
                        json.field("text", self.rendering.word("Exposition réseau et dispositifs biomédicaux", "Network exposure and biomedical devices"))
                    }
                    json.array("rules", self.rules) { json, rule in self.write(rule: rule, language, &json) }
                    json.object("properties") { json in json.field("signatures", self.report.signatures) }
                }
            }
            json.field("language", language.rawValue)
            self.writeTranslation(language == .french ? .english : .french, &json)
            json.object("automationDetails") { json in json.field("id", "laennec/\(self.report.id)") }
            json.array("invocations", CollectionOfOne(self.report.inputs)) { json, inputs in
                json.object { json in
                    json.field("executionSuccessful", inputs.allSatisfy { $0.failure == nil })
                    let notices = inputs.flatMap { input in
                        input.notices.map { (text: "\(input.name) — \($0[language])", level: "warning") }
                            + (input.failure.map { [(text: $0[language], level: "error")] } ?? [])
                    }
                    json.array("toolExecutionNotifications", notices) { json, notice in
                        json.object { json in
                            json.field("level", notice.level)
                            json.object("message") { json in json.field("text", notice.text) }
                        }
                    }
                }
            }
            json.array("artifacts", self.report.inputs) { json, input in
                json.object { json in
                    json.object("location") { json in json.field("uri", SARIFReport.reference(input.name)) }
                    json.field("roles", ["analysisTarget"])
                    if let sha256 = input.sha256 { json.object("hashes") { json in json.field("sha-256", sha256) } }
                    json.object("properties") { json in
                        json.field("format", input.format)
                        json.field("frames", input.frames)
                    }
                }
            }
            json.array("logicalLocations", self.places) { json, place in
                json.object { json in
                    json.field("name", self.rendering.phrasing.name(of: place))
                    json.field("fullyQualifiedName", place)
                    json.field("kind", "device")
                    if let device = self.report.device(place) {
                        json.object("properties") { json in
                            json.key("medical_device")
                            self.rendering.writeMedicalDevice(device, &json)
                            json.field("addresses", device.asset.addresses.map(\.address.description))
                            json.field("zone", self.report.zone(of: device))
                        }
                    }
                }
            }
            json.key("results")
            try json.array(self.report.findings) { json, finding in
                self.write(finding, &json)
                try json.flush()
            }
        }
    }

    // MARK: Rules

    private func write(rule: String, _ language: Language, _ json: inout JSONWriter) {
        json.object { json in
            json.field("id", rule)
            self.writeTexts(rule, language, &json)
            let severity = self.report.texts.rule(rule)?.severity ?? .information
            json.object("defaultConfiguration") { json in json.field("level", Self.level(severity)) }
            json.object("properties") { json in
                let measures = self.rendering.measures(of: rule)
                json.field("tags", ["security"] + measures.flatMap { measure in measure.references.map { Rendering.reference(measure.framework, $0) } })
                // The names by which code scanning sorts.
                let tenths = severity.tenths
                json.field("security-severity", "\(tenths / 10).\(tenths % 10)")
                json.field("precision", (self.report.texts.rule(rule)?.confidence ?? 0) >= 80 ? "high" : "medium")
            }
        }
    }

    private func writeTexts(_ rule: String, _ language: Language, _ json: inout JSONWriter) {
        guard let text = self.report.texts.text(of: rule) else { return }
        json.object("shortDescription") { json in json.field("text", text.title[language]) }
        json.object("fullDescription") { json in json.field("text", [text.what[language], text.why[language]].filter { !$0.isEmpty }.joined(separator: " ")) }
        let help = [text.fix[language], text.falsePositives[language]].filter { !$0.isEmpty }.joined(separator: " ")
        if !help.isEmpty { json.object("help") { json in json.field("text", help) } }
    }

    /// The rules in the other language.
    private func writeTranslation(_ language: Language, _ json: inout JSONWriter) {
        json.array("translations", CollectionOfOne(language)) { json, language in
            json.object { json in
                json.field("name", "Laennec")
                json.field("language", language.rawValue)
                json.field("contents", ["localizedData"])
                json.object("translationMetadata") { json in json.field("name", language == .french ? "Laennec, français" : "Laennec, English") }
                json.array("rules", self.rules) { json, rule in
                    json.object { json in
                        json.field("id", rule)
                        self.writeTexts(rule, language, &json)
                    }
                }
            }
        }
    }

    // MARK: Results

    private func write(_ finding: Finding, _ json: inout JSONWriter) {
        let input = finding.evidence.first.flatMap { evidence in
            self.report.inputs.lastIndex { $0.firstFrame <= evidence.evidence.frame && $0.frames > 0 }
        }
        json.object { json in
            json.field("ruleId", finding.rule)
            if let index = self.ruleIndex[finding.rule] { json.field("ruleIndex", index) }
            json.field("level", Self.level(finding.severity))
            json.field("rank", finding.severity.tenths)
            json.object("message") { json in json.field("text", self.rendering.message(finding)) }
            json.array("locations", CollectionOfOne(finding)) { json, finding in
                json.object { json in
                    if let input, self.report.inputs.indices.contains(input) {
                        json.object("physicalLocation") { json in
                            json.object("artifactLocation") { json in
                                json.field("uri", SARIFReport.reference(self.report.inputs[input].name))
                                json.field("index", input)
                            }
                        }
                    }
                    json.key("logicalLocations")
                    json.array { json in
                        json.object { json in
                            json.field("fullyQualifiedName", finding.asset)
                            json.field("kind", "device")
                            if let index = self.placeIndex[finding.asset] { json.field("index", index) }
                        }
                        if let service = finding.service {
                            json.object { json in
                                json.field("name", self.rendering.phrasing.service(service))
                                json.field("fullyQualifiedName", finding.asset + "/" + self.rendering.phrasing.service(service))
                                json.field("kind", "service")
                            }
                        }
                    }
                }
            }
            json.object("partialFingerprints") { json in json.field("laennecFinding/v1", finding.id) }
            json.field("occurrenceCount", max(1, finding.occurrences))
            if let accepted = finding.accepted {
                json.array("suppressions", CollectionOfOne(accepted)) { json, accepted in
                    json.object { json in
                        json.field("kind", "external")
                        json.field("status", "accepted")
                        json.field("justification", self.rendering.justification(accepted))
                    }
                }
            }
            json.object("properties") { json in
                json.field("severity", finding.severity.rawValue)
                json.field("confidence", finding.confidence)
                json.field("firstSeen", finding.firstSeen.description)
                json.field("lastSeen", finding.lastSeen.description)
                json.field("displayFilter", finding.displayFilter)
                json.field("peers", finding.peers)
                json.array("evidence", finding.evidence) { json, observation in
                    json.object { json in
                        self.rendering.writeFrame(observation.evidence, &json)
                        json.field("attribute", observation.attribute.name)
                        json.field("observed", observation.value.description)
                    }
                }
            }
        }
    }

    private static func level(_ severity: Severity) -> String {
        switch severity {
        case .information, .minor: "note"
        case .moderate: "warning"
        case .major, .critical: "error"
        }
    }
}
