import Inventory
import Observations
import Rules
import Wire

/// The report as JSON, for programs. `docs/result.schema.json` describes it.
///
/// Nothing in it depends on when, where or by how many threads it was made: the same inputs and signatures give the same bytes.
public enum JSONReport {
    /// The version of the format: the first number changes when a reader has to change.
    public static let version = "1.2"
    /// The format of several establishments' results in one file.
    static let groupFormat = "laennec-group"

    /// Writes the report.
    /// - Parameter sink: called with the bytes, piece by piece.
    public static func write(_ report: Report, to sink: @escaping ([UInt8]) throws -> Void) throws {
        var json = JSONWriter(sink)
        try Self.write(report, &json)
        try json.finish()
    }

    /// Writes the results of several establishments into one file, each as it would stand alone.
    public static func write(group reports: [Report], to sink: @escaping ([UInt8]) throws -> Void) throws {
        var json = JSONWriter(sink)
        try json.object { json in
            json.field("format", Self.groupFormat)
            json.field("version", Self.version)
            json.key("sites")
            try json.array(reports) { json, report in try Self.write(report, &json) }
        }
        try json.finish()
    }

    private static func write(_ report: Report, _ json: inout JSONWriter) throws {
        json.namesScans = report.scans.count > 1
        try json.object { json in
            json.field("format", "laennec-result")
            json.field("version", Self.version)
            json.key("tool")
            json.object { json in
                json.field("name", "laennec")
                json.field("version", Report.toolVersion)
                json.field("signatures", report.signatures)
                if let pseudonyms = report.pseudonyms { json.field("pseudonyms", pseudonyms) }
            }
            json.key("site")
            Self.writeSite(report.site, &json)
            json.key("inputs")
            json.array { json in for scan in report.scans { for input in scan.inputs { Self.write(input, of: scan.id, &json) } } }
            json.key("assets")
            try json.array(report.devices) { json, device in
                Self.write(device, report, &json)
                try json.flush()
            }
            json.key("services")
            try json.array { json in
                for device in report.devices {
                    for service in device.asset.services {
                        Self.write(service, of: device, &json)
                        try json.flush()
                    }
                }
            }
            json.key("conversations")
            try json.array(report.conversations) { json, conversation in
                Self.write(conversation, &json)
                try json.flush()
            }
            json.key("exchanges")
            Self.write(report.exchanges, &json)
            json.key("exposure")
            Self.writeExposure(report.exposure, &json)
            json.key("remote_maintenance")
            Self.writeMaintenance(report.maintenance, &json)
            json.key("flow_matrix")
            Self.writeMatrix(report.matrix, &json)
            json.key("cut_off")
            Self.writeCutOff(report.cutOff, &json)
            json.key("dependencies")
            Self.writeDependencies(report.dependencies, &json)
            json.key("findings")
            try json.array(report.findings) { json, finding in
                Self.write(finding, report, &json)
                try json.flush()
            }
            if let comparison = report.comparison {
                json.key("comparison")
                try Self.write(comparison, &json)
            }
            json.key("coverage")
            Self.write(report.coverage, &json)
            json.key("scans")
            json.array(report.scans) { json, scan in
                json.object { json in
                    json.field("id", scan.id.description)
                    json.key("coverage")
                    Self.write(scan.coverage, &json)
                }
            }
            json.key("copies")
            json.array(report.copies) { json, copy in
                json.object { json in
                    json.field("first", copy.first.description)
                    json.field("second", copy.second.description)
                    json.field("skew_nanoseconds", copy.skew)
                    json.field("conversations", copy.conversations)
                }
            }
            json.key("places")
            json.array(report.places) { json, found in
                json.object { json in
                    json.field("address", found.address.description)
                    Self.write(found.place, &json)
                }
            }
            json.key("inventory")
            try Self.write(InventoryArchive(report.inventory), &json)
        }
    }

    static func write(_ input: Report.Input, of scan: ScanID, _ json: inout JSONWriter) {
        json.object { json in
            json.field("scan", scan.description)
            json.field("name", input.name)
            json.field("sha256", input.sha256)
            json.key("size")
            if let size = input.size { json.number(size) } else { json.null() }
            json.field("format", input.format)
            json.field("first_frame", input.firstFrame)
            json.field("frames", input.frames)
            json.field("filtered_out", input.filteredOut)
            json.field("first_time", input.firstTime?.description)
            json.field("last_time", input.lastTime?.description)
            json.field("notices", input.notices.map(\.english))
            json.field("notices_fr", input.notices.map(\.french))
            json.field("failure", input.failure?.english)
            json.field("failure_fr", input.failure?.french)
        }
    }

    static func write(_ device: Report.Device, _ report: Report, _ json: inout JSONWriter) {
        let asset = device.asset
        let identity = device.identity
        json.object { json in
            json.field("id", asset.id)
            json.field("position", asset.position.rawValue)
            json.key("addresses")
            json.array(asset.addresses) { json, address in
                json.object { json in
                    json.field("address", address.address.description)
                    json.key("vlans")
                    json.array(address.networks.map(\.vlan).filter { $0 > 0 }) { json, vlan in json.number(vlan) }
                    json.field("first_seen", address.firstSeen.description)
                    json.field("last_seen", address.lastSeen.description)
                }
            }
            json.field("macs", asset.macs.map(\.description))
            json.field("names", device.names)
            json.field("router", asset.isRouter)
            json.field("gateway", asset.gateway)
            json.field("medical", identity.isMedical)
            json.field("class", identity[.deviceClass]?.value)
            json.field("emdn", identity[.deviceClass].flatMap { report.texts.vocabulary.deviceClasses[$0.value]?.emdn })
            json.field("maker", identity[.maker]?.value)
            json.field("model", identity[.product]?.value)
            json.field("version", identity[.version]?.value)
            json.field("serial", identity[.serial]?.value)
            json.field("udi", identity[.udi]?.value)
            json.field("operating_system", identity[.operatingSystem]?.value)
            json.field("interface_maker", identity[.interfaceMaker]?.value)
            json.field("confidence", Self.confidence(of: identity))
            json.key("identity")
            json.array(identity.conclusions) { json, conclusion in Self.write(conclusion, &json) }
            json.key("software")
            json.array(identity.software) { json, component in
                json.object { json in
                    json.field("name", component.name)
                    json.field("kind", component.kind.rawValue)
                    json.field("versions", component.versions)
                    json.field("confidence", component.confidence)
                }
            }
            json.key("advisories")
            json.array(device.advisories) { json, advisory in Self.write(advisory, &json) }
            json.field("contradictions", asset.contradictions.map(Self.text))
            json.field("first_seen", asset.firstSeen.description)
            json.field("last_seen", asset.lastSeen.description)
            json.key("evidence")
            Self.write(asset.evidence, &json)
            json.key("attributes")
            json.array(asset.observations) { json, observation in Self.write(observation, &json) }
        }
    }

    /// How sure it is what the device is: of its class or, without one, of its maker.
    private static func confidence(of identity: Identity) -> Int {
        identity[.deviceClass]?.confidence ?? identity[.maker]?.confidence ?? 0
    }

    private static func text(_ contradiction: Contradiction) -> String {
        switch contradiction {
        case .sharedAddress(let address, let macs):
            "\(address) was used by \(macs.map(\.description).joined(separator: " and ")) at the same time"
        }
    }

    private static func write(_ potential: PotentialAdvisory, _ json: inout JSONWriter) {
        json.object { json in
            json.field("id", potential.advisory.id)
            json.field("url", potential.advisory.url)
            json.field("standing", Self.text(potential.standing))
            json.field("product", potential.product)
            json.field("version", potential.version)
            json.field("component", potential.isComponent)
            json.field("cves", potential.advisory.cves)
            json.key("text")
            Self.write(potential.phrase, &json)
        }
    }

    private static func text(_ standing: PotentialAdvisory.Standing) -> String {
        switch standing {
        case .versionInRange: "version-in-range"
        case .everyVersion: "every-version"
        case .versionNotSeen: "version-not-seen"
        case .versionNotComparable: "version-not-comparable"
        }
    }

    private static func write(_ conclusion: Conclusion, _ json: inout JSONWriter) {
        json.object { json in
            json.field("field", conclusion.field.rawValue)
            json.field("contradicted", conclusion.isContradicted)
            json.key("candidates")
            json.array(conclusion.candidates.prefix(4)) { json, candidate in
                json.object { json in
                    json.field("value", candidate.value)
                    json.field("confidence", candidate.confidence)
                    json.key("claims")
                    json.array(candidate.claims.prefix(6)) { json, claim in
                        json.object { json in
                            json.field("signature", claim.signature)
                            json.field("confidence", claim.confidence)
                            json.field("attribute", claim.observation.attribute.name)
                            json.field("observed", claim.observation.value.description)
                            json.key("evidence")
                            Self.write(claim.observation.evidence, &json)
                        }
                    }
                }
            }
        }
    }

    private static func write(_ text: Rules.Text, _ json: inout JSONWriter) {
        json.object { json in
            json.field("fr", text.french)
            json.field("en", text.english)
        }
    }

    static func write(_ evidence: Evidence, _ json: inout JSONWriter) {
        json.object { json in
            if json.namesScans { json.field("scan", evidence.scan.description) }
            json.field("frame", evidence.frame)
            json.field("time", evidence.time.description)
        }
    }

    private static func write(_ observation: Observation, _ json: inout JSONWriter) {
        json.object { json in
            json.field("name", observation.attribute.name)
            json.key("value")
            switch observation.value {
            case .number(let number): json.number(number)
            case .text, .time: json.string(observation.value.description)
            }
            json.field("last_seen", observation.lastSeen.description)
            json.key("evidence")
            Self.write(observation.evidence, &json)
        }
    }

    static func write(_ service: Service, of device: Report.Device, _ json: inout JSONWriter) {
        json.object { json in
            json.field("asset", device.asset.id)
            Self.write(service.key, &json)
            json.field("protocol", service.mainProtocol?.rawValue)
            json.field("protocols", service.protocols.map(\.rawValue))
            json.field("product", device.identity.product(of: service.key))
            json.field("encrypted", service.isEncrypted)
            json.field("clients", service.clients)
            json.field("first_seen", service.firstSeen.description)
            json.field("last_seen", service.lastSeen.description)
            json.key("evidence")
            Self.write(service.evidence, &json)
            json.key("attributes")
            json.array(service.observations) { json, observation in Self.write(observation, &json) }
        }
    }

    static func write(_ key: ServiceKey, _ json: inout JSONWriter) {
        json.field("address", key.host.address.description)
        json.field("port", key.port)
        json.field("transport", key.transport.name)
        if key.host.network.vlan > 0 { json.field("vlan", key.host.network.vlan) }
    }

    static func write(_ conversation: Conversation, _ json: inout JSONWriter) {
        json.object { json in
            json.field("client", conversation.client)
            json.field("client_address", conversation.key.client.address.description)
            json.field("server", conversation.server)
            Self.write(conversation.key.service, &json)
            json.field("protocols", conversation.protocols.map(\.rawValue))
            json.field("flows", conversation.tally.flows)
            json.field("answered", conversation.tally.answered)
            json.field("refused", conversation.tally.refused)
            json.field("bytes_from_client", conversation.tally.bytesFromClient)
            json.field("bytes_from_server", conversation.tally.bytesFromServer)
            json.field("packets_from_client", conversation.tally.packetsFromClient)
            json.field("packets_from_server", conversation.tally.packetsFromServer)
            json.field("messages", conversation.tally.messages)
            json.field("refused_messages", conversation.tally.refusedMessages)
            json.field("first_seen", conversation.tally.first.time.description)
            json.field("last_seen", conversation.tally.lastSeen.description)
            json.key("evidence")
            Self.write(conversation.tally.first, &json)
            json.key("attributes")
            json.array(conversation.observations) { json, observation in Self.write(observation, &json) }
        }
    }

    private static func write(_ exchanges: ClinicalExchanges, _ json: inout JSONWriter) {
        json.object { json in
            json.key("associations")
            json.array(exchanges.associations) { json, association in Self.write(association, &json) }
            json.key("titles")
            json.array(exchanges.titles) { json, title in Self.write(title, &json) }
            json.key("interfaces")
            json.array(exchanges.interfaces) { json, interface in Self.write(interface, &json) }
        }
    }

    static func write(_ association: ClinicalExchanges.Association, _ json: inout JSONWriter) {
        json.object { json in
            Self.write(association.ends, &json)
            json.field("calling_titles", association.callingTitles)
            json.field("called_titles", association.calledTitles)
            json.field("outcomes", association.outcomes)
            json.field("operations", association.operations)
            json.field("connections", association.count)
        }
    }

    static func write(_ title: ClinicalExchanges.Title, _ json: inout JSONWriter) {
        json.object { json in
            json.field("title", title.title)
            json.field("callers", title.callers)
            json.field("called", title.called)
            json.field("shared", title.isShared)
        }
    }

    static func write(_ interface: ClinicalExchanges.Interface, _ json: inout JSONWriter) {
        json.object { json in
            Self.write(interface.ends, &json)
            json.field("sender", interface.sender)
            json.field("receiver", interface.receiver)
            json.field("message_types", interface.messageTypes)
            json.field("versions", interface.versions)
            json.field("messages", interface.messages)
            json.field("refused", interface.refused)
            json.key("per_hour")
            if let rate = interface.perHour { json.number(rate) } else { json.null() }
        }
    }

    private static func write(_ ends: ClinicalExchanges.Ends, _ json: inout JSONWriter) {
        json.field("client", ends.client)
        json.field("server", ends.server)
        Self.write(ends.service, &json)
        json.field("first_seen", ends.firstSeen.description)
        json.field("last_seen", ends.lastSeen.description)
        json.key("evidence")
        Self.write(ends.evidence, &json)
    }

    static func write(_ finding: Finding, _ report: Report, _ json: inout JSONWriter) {
        json.object { json in
            json.field("id", finding.id)
            json.field("rule", finding.rule)
            json.field("severity", finding.severity.rawValue)
            json.field("confidence", finding.confidence)
            json.field("asset", finding.asset)
            if let service = finding.service {
                Self.write(service, &json)
            } else {
                json.field("address", nil as String?)
                json.key("port")
                json.null()
                json.field("transport", nil as String?)
            }
            json.field("peer", finding.peers.first)
            json.field("peers", finding.peers)
            json.field("peer_count", finding.peerCount)
            json.field("occurrences", finding.occurrences)
            json.field("first_seen", finding.firstSeen.description)
            json.field("last_seen", finding.lastSeen.description)
            json.field("display_filter", finding.displayFilter)
            json.key("accepted")
            if let accepted = finding.accepted {
                json.object { json in
                    json.field("reason", accepted.reason)
                    json.field("owner", accepted.owner)
                    json.field("until", accepted.expires.description)
                }
            } else {
                json.null()
            }
            if let text = report.texts.text(of: finding.rule) {
                json.key("title")
                Self.write(text.title, &json)
            }
            json.key("mapping")
            json.object { json in
                for (framework, references) in (report.texts.rule(finding.rule)?.mapping ?? [:]).sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                    json.field(framework.rawValue, references)
                }
            }
            json.key("evidence")
            json.array(finding.evidence) { json, observation in Self.write(observation, &json) }
        }
    }

    static func write(_ coverage: Coverage, _ json: inout JSONWriter) {
        json.object { json in
            json.field("frames", coverage.frames)
            json.field("bytes", coverage.bytes)
            json.field("cut_frames", coverage.cutFrames)
            json.key("link_types")
            json.object { json in for (name, count) in coverage.linkTypes.sorted(by: { $0.key < $1.key }) { json.field(name, count) } }
            json.key("vlans")
            json.object { json in for (vlan, count) in coverage.vlans.sorted(by: { $0.key < $1.key }) { json.field(String(vlan), count) } }
            json.key("encapsulations")
            json.object { json in for (name, count) in coverage.encapsulations.sorted(by: { $0.key < $1.key }) { json.field(name, count) } }
            json.key("ip_protocols")
            json.object { json in for (number, count) in coverage.ipProtocols.sorted(by: { $0.key < $1.key }) { json.field(String(number), count) } }
            json.key("not_understood")
            json.array(coverage.misunderstood) { json, reason in
                json.object { json in
                    json.field("reason", reason.reason)
                    json.field("frames", reason.frames)
                    json.field("first_frame", reason.firstFrame)
                }
            }
            json.field("incomplete_fragments", coverage.incompleteFragments)
            json.field("tcp_flows", coverage.tcpFlows)
            json.field("udp_flows", coverage.udpFlows)
            json.field("one_sided_flows", coverage.oneSidedFlows)
            json.field("mid_stream_flows", coverage.midStreamFlows)
            json.field("recognised_flows", coverage.recognisedFlows)
            json.field("unrecognised_flows", coverage.unrecognisedFlows)
            json.field("encrypted_flows", coverage.encryptedFlows)
            json.field("gaps", coverage.gaps)
            json.field("lost_bytes", coverage.lostBytes)
            json.field("retransmissions", coverage.retransmissions)
            json.field("conflicting_segments", coverage.conflicts)
            json.field("evicted_flows", coverage.evictedFlows)
            json.field("failed_dissections", coverage.failedDissections)
            json.field("dropped_dissections", coverage.droppedDissections)
            json.field("omitted_observations", coverage.omittedObservations)
        }
    }
}
