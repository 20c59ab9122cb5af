public import Campaigns
import Inventory
import Observations
import Rules
import Wire

/// The inventory as JSON, for programs. `docs/inventory.schema.json` describes it.
public enum InventoryJSON {
    /// The version of the format: the first number changes when a reader has to change.
    public static let version = "1.0"

    /// Everything.
    public static func write(_ inventory: KeptInventory, to sink: @escaping ([UInt8]) throws -> Void) throws {
        try Self.document("laennec-inventory", sink) { json in
            json.key("site")
            json.object { json in
                json.field("name", inventory.site)
                json.field("finess", inventory.finess)
                json.field("time_zone", inventory.chronicle.timeZone.name)
            }
            json.field("retention_days", inventory.retention)
            json.key("campaigns")
            json.array(inventory.campaigns) { json, campaign in Self.write(campaign, &json) }
            json.key("assets")
            try json.array(inventory.assets) { json, kept in
                Self.write(kept, inventory.chronicle, &json)
                try json.flush()
            }
            json.key("findings")
            try json.array(inventory.chronicle.findings) { json, finding in
                Self.write(finding, inventory.chronicle, &json)
                try json.flush()
            }
            json.key("decisions")
            Self.write(inventory.chronicle.decisions, &json)
            json.key("events")
            json.array(inventory.events) { json, event in
                json.object { json in
                    json.field("number", event.number)
                    json.field("kind", event.kind.rawValue)
                    json.field("moment", event.moment.description)
                    json.field("campaign", event.campaign)
                    Self.field("count", event.count, &json)
                    json.field("until", event.until?.description)
                }
            }
        }
    }

    /// Some of the devices.
    public static func write(_ assets: [KeptAsset], of inventory: KeptInventory, to sink: @escaping ([UInt8]) throws -> Void) throws {
        try Self.document("laennec-inventory-assets", sink) { json in
            json.key("assets")
            try json.array(assets) { json, kept in
                Self.write(kept, inventory.chronicle, &json)
                try json.flush()
            }
        }
    }

    /// Some of the findings.
    public static func write(_ findings: [Chronicle.Finding], of inventory: KeptInventory, to sink: @escaping ([UInt8]) throws -> Void) throws {
        try Self.document("laennec-inventory-findings", sink) { json in
            json.key("findings")
            try json.array(findings) { json, finding in
                Self.write(finding, inventory.chronicle, &json)
                try json.flush()
            }
        }
    }

    /// One device with its past.
    public static func write(_ page: AssetPage, to sink: @escaping ([UInt8]) throws -> Void) throws {
        try Self.document("laennec-inventory-asset", sink) { json in
            json.field("id", page.asset.id)
            json.field("ids", page.asset.ids)
            json.field("revision", page.asset.revision)
            json.key("labels")
            Self.write(page.asset.labels, &json)
            json.key("snapshots")
            json.array(page.snapshots) { json, snapshot in
                json.object { json in
                    json.field("campaign", page.chronicle.campaigns[snapshot.campaign].id)
                    Self.write(snapshot.device, &json)
                }
            }
            json.key("changes")
            json.array(page.changes) { json, change in
                json.object { json in
                    json.field("campaign", page.chronicle.campaigns[change.campaign].id)
                    json.field("field", change.field.rawValue)
                    json.field("before", change.before)
                    json.field("after", change.after)
                }
            }
            json.key("services")
            json.array(page.services) { json, service in
                json.object { json in
                    json.field("address", service.key.host.address.description)
                    json.field("port", service.key.port)
                    json.field("transport", service.key.transport.name)
                    json.field("protocols", service.protocols.map(\.rawValue))
                    json.field("product", service.product)
                    json.field("clients", service.clients)
                    json.field("first_seen", service.firstSeen.description)
                    json.field("last_seen", service.lastSeen.description)
                    json.key("evidence")
                    JSONReport.write(service.evidence, &json)
                }
            }
            let findings = page.chronicle.findings(of: page.asset)
            json.key("findings")
            json.array(findings) { json, finding in Self.write(finding, page.chronicle, &json) }
            json.key("decisions")
            Self.write(page.chronicle.decisions(on: page.asset.ids + findings.flatMap(\.ids)), &json)
        }
    }

    private static func document(
        _ format: String, _ sink: @escaping ([UInt8]) throws -> Void, _ body: (inout JSONWriter) throws -> Void
    ) throws {
        var json = JSONWriter(sink)
        try json.object { json in
            json.field("format", format)
            json.field("version", Self.version)
            try body(&json)
        }
        try json.finish()
    }

    private static func field(_ key: String, _ value: Int?, _ json: inout JSONWriter) {
        json.key(key)
        if let value { json.number(value) } else { json.null() }
    }

    private static func write(_ campaign: RecordedCampaign, _ json: inout JSONWriter) {
        json.object { json in
            json.field("id", campaign.id)
            json.field("site", campaign.site)
            json.field("finess_legal", campaign.legalFINESS)
            json.field("finess_geographic", campaign.geographicFINESS)
            json.field("first_time", campaign.period.lowerBound.description)
            json.field("last_time", campaign.period.upperBound.description)
            json.field("tool", campaign.tool)
            json.field("signatures", campaign.signatures)
            json.key("inputs")
            json.array(campaign.inputs) { json, input in
                json.object { json in
                    json.field("name", input.name)
                    json.field("sha256", input.sha256)
                    json.field("frames", input.frames)
                }
            }
            json.field("devices", campaign.devices)
            json.field("services", campaign.services)
            json.field("flows", campaign.flows)
            json.field("kept_flows", campaign.keptFlows)
            json.field("findings", campaign.findings)
        }
    }

    private static func write(_ kept: KeptAsset, _ chronicle: Chronicle, _ json: inout JSONWriter) {
        json.object { json in
            json.field("id", kept.id)
            json.field("ids", kept.asset.ids)
            json.field("revision", kept.asset.revision)
            json.field("campaigns", kept.asset.sightings.map { chronicle.campaigns[$0.campaign].id })
            json.field("pending_findings", kept.pending)
            json.key("labels")
            Self.write(kept.asset.labels, &json)
            json.key("device")
            json.object { json in Self.write(kept.device, &json) }
        }
    }

    private static func write(_ labels: [String: String], _ json: inout JSONWriter) {
        json.object { json in for (key, value) in labels.sorted(by: { $0.key < $1.key }) { json.field(key, value) } }
    }

    private static func write(_ device: Campaign.Device, _ json: inout JSONWriter) {
        json.field("device", device.id)
        json.field("position", device.position.rawValue)
        json.field("names", device.names)
        json.field("titles", device.titles)
        json.field("addresses", device.addresses.map(\.description))
        json.field("macs", device.macs.map(\.description))
        json.field("medical", device.isMedical)
        json.field("class", device.deviceClass)
        json.field("maker", device.maker)
        json.field("model", device.model)
        json.field("version", device.version)
        json.field("serial", device.serial)
        json.field("udi", device.udi)
        json.field("operating_system", device.operatingSystem)
        json.field("confidence", device.confidence)
        json.field("zone", device.zone)
        json.field("gateway", device.gateway)
        json.field("first_seen", device.firstSeen.description)
        json.field("last_seen", device.lastSeen.description)
        json.key("evidence")
        JSONReport.write(device.evidence, &json)
    }

    private static func write(_ finding: Chronicle.Finding, _ chronicle: Chronicle, _ json: inout JSONWriter) {
        json.object { json in
            json.field("id", finding.id)
            json.field("ids", finding.ids)
            json.field("revision", finding.revision)
            json.field("rule", finding.last.rule)
            json.field("severity", finding.last.severity.rawValue)
            json.field("confidence", finding.last.confidence)
            json.field("asset", finding.asset.map { chronicle.assets[$0].id } ?? finding.last.device)
            json.key("service")
            if let service = finding.last.service {
                json.object { json in
                    json.field("address", service.host.address.description)
                    json.field("port", service.port)
                    json.field("transport", service.transport.name)
                }
            } else {
                json.null()
            }
            json.field("state", finding.state.rawValue)
            json.field("unseen", finding.isUnseen)
            json.field("first_seen", finding.firstSeen.description)
            json.field("last_seen", finding.last.lastSeen.description)
            json.field("age_days", finding.age(at: chronicle.moment))
            json.field("occurrences", finding.last.occurrences)
            json.key("accepted")
            if let acceptance = finding.acceptance {
                json.object { json in
                    json.field("reason", acceptance.reason)
                    json.field("owner", acceptance.owner)
                    json.field("expires", acceptance.expires.description)
                    json.field("until", acceptance.until?.description)
                    json.field("by", acceptance.author)
                    json.field("date", acceptance.date?.description)
                }
            } else {
                json.null()
            }
            json.key("assigned")
            if let assignment = finding.assignment {
                json.object { json in
                    json.field("to", assignment.to)
                    json.field("due", assignment.due?.description)
                    json.field("by", assignment.author)
                    json.field("date", assignment.date.description)
                }
            } else {
                json.null()
            }
            json.key("history")
            json.array(finding.steps) { json, step in
                json.object { json in
                    json.field("campaign", chronicle.campaigns[step.campaign].id)
                    json.field("state", step.state.rawValue)
                    json.field("seen", step.isSeen)
                }
            }
        }
    }

    private static func write(_ decisions: [Decision], _ json: inout JSONWriter) {
        json.array(decisions) { json, decision in
            json.object { json in
                json.field("number", decision.number)
                json.field("date", decision.date.description)
                json.field("by", decision.author)
                json.field("subject", decision.subject)
                switch decision.act {
                case .label(let key, let value):
                    json.field("act", "label")
                    json.field("key", key)
                    json.field("value", value)
                case .accept(let until, let reason, let owner):
                    json.field("act", "accept")
                    json.field("until", until.description)
                    json.field("reason", reason)
                    json.field("owner", owner)
                case .reopen: json.field("act", "reopen")
                case .assign(let name, let due):
                    json.field("act", "assign")
                    json.field("to", name)
                    json.field("due", due?.description)
                }
            }
        }
    }
}
