public import Campaigns
import Observations
import Rules
import Wire

/// The comparison of two campaigns as JSON: `comparison` in a result, and the file that `laennec diff --json` writes.
extension JSONReport {
    /// Writes the comparison as a file of its own.
    /// - Parameter sink: called with the bytes, piece by piece.
    public static func write(_ comparison: Comparison, to sink: @escaping ([UInt8]) throws -> Void) throws {
        var json = JSONWriter(sink)
        try json.object { json in
            json.field("format", "laennec-comparison")
            json.field("version", Self.version)
            json.key("comparison")
            try Self.write(comparison, &json)
        }
        try json.finish()
    }

    static func write(_ comparison: Comparison, _ json: inout JSONWriter) throws {
        try json.object { json in
            json.key("before")
            Self.write(comparison.before, &json)
            json.key("after")
            Self.write(comparison.after, &json)
            json.key("interval")
            if let interval = comparison.interval {
                json.object { json in
                    json.field("days", interval.days)
                    json.field("in_window", interval.isInWindow)
                }
            } else {
                json.null()
            }
            json.field("notes", comparison.notes.map(\.rawValue))
            json.key("segments")
            json.array(comparison.segments) { json, segment in
                json.object { json in
                    json.field("zone", segment.zone)
                    json.field("devices", segment.devices)
                    json.field("missing_in", segment.isMissingAfter ? "after" : "before")
                }
            }
            json.key("matches")
            try json.array(comparison.matching.matches) { json, match in
                Self.write(match, &json)
                try json.flush()
            }
            json.key("proposals")
            json.array(comparison.matching.proposals) { json, match in Self.write(match, &json) }
            json.key("appeared")
            json.array(comparison.appeared) { json, presence in Self.write(presence, &json) }
            json.key("vanished")
            json.array(comparison.vanished) { json, presence in Self.write(presence, &json) }
            json.key("changes")
            try json.array(comparison.deviceChanges) { json, change in
                Self.write(change, &json)
                try json.flush()
            }
            json.key("services")
            try json.array(comparison.services) { json, change in
                Self.write(change, &json)
                try json.flush()
            }
            json.key("new_peers")
            json.array(comparison.newPeers) { json, peer in Self.write(peer, &json) }
            json.field("new_peer_count", comparison.newPeerCount)
            json.key("findings")
            try json.array(comparison.findings) { json, change in
                Self.write(change, &json)
                try json.flush()
            }
            json.key("labels")
            try json.object { json in
                for (device, label) in comparison.labels.sorted(by: { $0.key < $1.key }) {
                    json.field(device, label)
                    try json.flush()
                }
            }
        }
    }

    private static func write(_ side: Comparison.Side, _ json: inout JSONWriter) {
        json.object { json in
            json.field("campaign", side.id)
            json.field("site", side.site)
            json.field("first_time", side.period?.lowerBound.description)
            json.field("last_time", side.period?.upperBound.description)
            json.key("inputs")
            json.array(side.inputs) { json, input in
                json.object { json in
                    json.field("name", input.name)
                    json.field("sha256", input.sha256)
                    json.field("frames", input.frames)
                }
            }
            json.field("tool", side.tool)
            json.field("signatures", side.signatures)
            json.field("devices", side.devices)
            json.field("services", side.services)
            json.field("findings", side.findings)
        }
    }

    private static func write(_ match: DeviceMatching.Match, _ json: inout JSONWriter) {
        json.object { json in
            json.field("before", match.before)
            json.field("after", match.after)
            json.field("reasons", match.reasons.map(\.rawValue))
            json.field("conflicts", match.conflicts.map(\.rawValue))
            json.field("confidence", match.confidence)
        }
    }

    private static func write(_ presence: Comparison.Presence, _ json: inout JSONWriter) {
        json.object { json in
            Self.writeFields(of: presence.device, &json)
            json.field("segment_seen", presence.isSegmentSeen)
            json.field("proposals", presence.proposals)
        }
    }

    private static func write(_ change: Comparison.DeviceChange, _ json: inout JSONWriter) {
        json.object { json in
            Self.writeFields(of: change.device, &json)
            json.field("before", change.match.before)
            json.field("moved", change.isMoved)
            json.field("changed", change.isChanged)
            json.key("fields")
            json.array(change.changes) { json, field in
                json.object { json in
                    json.field("field", field.field.rawValue)
                    json.field("old", field.old.isEmpty ? nil : field.old)
                    json.field("new", field.new.isEmpty ? nil : field.new)
                }
            }
        }
    }

    private static func write(_ change: Comparison.ServiceChange, _ json: inout JSONWriter) {
        json.object { json in
            json.field("state", change.kind.rawValue)
            json.field("asset", change.device)
            Self.writeFields(of: change.port, &json)
            for (name, service) in [("before", change.before), ("after", change.after)] {
                json.key(name)
                if let service {
                    json.object { json in
                        json.field("address", service.address.description)
                        json.field("protocols", service.protocols.map(\.rawValue))
                        json.field("product", service.product)
                    }
                } else {
                    json.null()
                }
            }
        }
    }

    private static func write(_ peer: Comparison.NewPeer, _ json: inout JSONWriter) {
        json.object { json in
            json.field("asset", peer.device)
            json.field("peer", peer.peer)
            json.field("external", peer.isExternal)
            json.field("remote_access", peer.isRemoteAccess)
            json.field("peer_new", peer.isPeerNew)
            json.field("client", peer.isClient)
            json.field("medical", peer.isMedical)
            json.field("address", peer.address.description)
            Self.writeFields(of: peer.port, &json)
            json.field("protocols", peer.protocols.map(\.rawValue))
            json.field("other_services", peer.otherServices)
            json.field("first_seen", peer.firstSeen.description)
            json.key("evidence")
            Self.write(peer.evidence, &json)
        }
    }

    private static func write(_ change: Comparison.FindingChange, _ json: inout JSONWriter) {
        json.object { json in
            json.field("state", change.state.rawValue)
            json.field("gap", change.gap?.rawValue)
            json.field("back", change.isBack)
            json.field("id", change.id)
            json.field("rule", change.rule)
            json.field("severity", change.severity.rawValue)
            json.field("severity_before", change.severityBefore?.rawValue)
            json.field("accepted", change.isAccepted)
            json.field("asset", change.asset)
            if let port = change.port {
                Self.writeFields(of: port, &json)
            } else {
                json.field("port", String?.none)
                json.field("transport", String?.none)
            }
        }
    }

    private static func writeFields(of port: Comparison.Port, _ json: inout JSONWriter) {
        json.field("port", port.number)
        json.field("transport", port.transport.name)
    }

    /// What comparisons and reconciliations say of a device.
    static func writeFields(of device: Campaign.DeviceSummary, _ json: inout JSONWriter) {
        json.field("asset", device.id)
        json.field("addresses", device.addresses.map(\.description))
        json.field("names", device.names)
        json.field("medical", device.isMedical)
        json.field("class", device.deviceClass)
        json.field("maker", device.maker)
        json.field("model", device.model)
        json.field("serial", device.serial)
        json.field("zone", device.zone)
    }
}
