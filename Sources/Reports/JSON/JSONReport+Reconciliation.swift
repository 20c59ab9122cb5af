public import Campaigns
import Observations
import Wire

/// The reconciliation with the GMAO as JSON: the file that `laennec reconcile --json` writes.
extension JSONReport {
    /// - Parameter sink: called with the bytes, piece by piece.
    public static func write(_ reconciliation: Reconciliation, _ file: GMAOFile, _ mapping: ColumnMapping, to sink: @escaping ([UInt8]) throws -> Void) throws {
        var json = JSONWriter(sink)
        try json.object { json in
            json.field("format", "laennec-reconciliation")
            json.field("version", Self.version)
            json.key("table")
            json.object { json in
                json.field("encoding", file.encoding.rawValue)
                json.field("separator", String(file.separator))
                json.field("lines", file.lines.count)
                json.field("automatic_mapping", mapping.isAutomatic)
                json.key("mapping")
                json.object { json in
                    for field in mapping.columns.keys.sorted() {
                        json.field(field.rawValue, (mapping.columns[field] ?? []).compactMap { $0 < file.header.count ? file.header[$0] : nil })
                    }
                }
                json.key("bad_lines")
                json.array(file.badLines) { json, line in
                    json.object { json in
                        json.field("line", line.number)
                        json.field("reason", line.reason.rawValue)
                    }
                }
            }
            json.key("matched")
            try json.array(reconciliation.matched) { json, pair in
                Self.write(pair, &json)
                try json.flush()
            }
            json.key("proposals")
            try json.array(reconciliation.proposals) { json, pair in
                Self.write(pair, &json)
                try json.flush()
            }
            json.key("conflicts")
            json.array(reconciliation.conflicts) { json, conflict in
                json.object { json in
                    json.field("kind", conflict.kind.rawValue)
                    json.key("pairs")
                    json.array(conflict.pairs) { json, pair in Self.write(pair, &json) }
                }
            }
            json.key("duplicates")
            json.array(reconciliation.duplicates) { json, duplicate in
                json.object { json in
                    json.field("field", duplicate.field.rawValue)
                    json.field("value", duplicate.value)
                    json.key("lines")
                    json.array(duplicate.lines) { json, line in json.number(line) }
                }
            }
            json.key("not_in_table")
            try json.array(reconciliation.unlisted) { json, device in
                Self.write(device, &json)
                try json.flush()
            }
            json.key("not_seen")
            try json.array(reconciliation.unseen) { json, item in
                Self.write(item, &json)
                try json.flush()
            }
            json.key("ignored")
            json.object { json in
                json.key("lines")
                json.array(reconciliation.ignoredItems) { json, item in Self.write(item, &json) }
                json.key("devices")
                json.array(reconciliation.ignoredDevices) { json, device in Self.write(device, &json) }
            }
            json.key("lost_decisions")
            json.array(reconciliation.lostDecisions) { json, lost in
                json.object { json in
                    json.field("line", lost.number)
                    json.field("text", lost.text)
                }
            }
        }
        try json.finish()
    }

    private static func write(_ pair: Reconciliation.Pair, _ json: inout JSONWriter) {
        json.object { json in
            json.key("line")
            Self.write(pair.item, &json)
            json.key("device")
            Self.write(pair.device, &json)
            json.field("reasons", pair.reasons.map(\.rawValue))
            json.field("confidence", pair.confidence)
            json.key("differences")
            json.array(pair.differences) { json, difference in
                json.object { json in
                    json.field("field", difference.field.rawValue)
                    json.field("listed", difference.listed.isEmpty ? nil : difference.listed)
                    json.field("seen", difference.seen.isEmpty ? nil : difference.seen)
                }
            }
        }
    }

    private static func write(_ item: Reconciliation.Item, _ json: inout JSONWriter) {
        json.object { json in
            json.field("line", item.number)
            json.field("key", item.key)
            json.field("retired", item.isRetired)
            for field in item.values.keys.sorted() { json.field(field.rawValue, item[field]) }
        }
    }

    private static func write(_ device: Campaign.Device, _ json: inout JSONWriter) {
        json.object { json in Self.writeFields(of: Campaign.DeviceSummary(device), &json) }
    }
}
