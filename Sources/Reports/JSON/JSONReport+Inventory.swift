import Inventory

/// The facts behind a report, as ``Inventory/InventoryArchive`` has them: what lets a result be merged and reported again.
extension JSONReport {
    static func write(_ archive: InventoryArchive, _ json: inout JSONWriter) throws {
        try json.object { json in
            json.field("scans", archive.scans)
            try Self.write(archive.hosts, "hosts", &json)
            try Self.write(archive.services, "services", &json)
            json.key("pairs")
            try json.object { json in
                try json.column("client", archive.pairs.client)
                try json.column("service", archive.pairs.service)
            }
            json.key("devices")
            try json.object { json in
                json.field("naming", archive.devices.naming)
                try json.column("gateway", archive.devices.gateway)
                json.field("identifier", archive.devices.identifier)
            }
            json.field("attributes", archive.attributes)
            try Self.write(archive.texts, "texts", &json)
            json.field("protocols", archive.protocols)
            try Self.write(archive.heard, "heard", &json)
            try Self.write(archive.macs, "macs", &json)
            try Self.write(archive.macSpans, "macSpans", &json)
            json.key("facts")
            try json.object { json in
                try json.column("kind", archive.facts.kind)
                try json.column("attribute", archive.facts.attribute)
                try json.column("type", archive.facts.type)
                try json.column("value", archive.facts.value)
                try Self.write(archive.facts.spans, "spans", &json)
            }
            json.key("conversations")
            try json.object { json in
                try json.column("protocols", archive.conversations.protocols)
                try Self.write(archive.conversations.spans, "spans", &json)
                try json.column("flows", archive.conversations.flows)
                try json.column("answered", archive.conversations.answered)
                try json.column("refused", archive.conversations.refused)
                try json.column("bytesFromClient", archive.conversations.bytesFromClient)
                try json.column("bytesFromServer", archive.conversations.bytesFromServer)
                try json.column("packetsFromClient", archive.conversations.packetsFromClient)
                try json.column("packetsFromServer", archive.conversations.packetsFromServer)
                try json.column("messages", archive.conversations.messages)
                try json.column("refusedMessages", archive.conversations.refusedMessages)
                try json.column("answerFrame", archive.conversations.answerFrame)
                try json.column("answerTime", archive.conversations.answerTime)
            }
            json.key("sessions")
            try json.object { json in
                try Self.write(archive.sessions.spans, "spans", &json)
                try json.column("bytesFromClient", archive.sessions.bytesFromClient)
                try json.column("bytesFromServer", archive.sessions.bytesFromServer)
            }
            json.key("omissions")
            try json.object { json in
                try json.column("scan", archive.omissions.scan)
                try json.column("shard", archive.omissions.shard)
                try json.column("count", archive.omissions.count)
            }
        }
    }

    private static func write(_ names: [String], _ key: String, _ json: inout JSONWriter) throws {
        json.key(key)
        try json.array { json in
            for (index, name) in names.enumerated() {
                json.string(name)
                if index & 0xFFF == 0xFFF { try json.flush() }
            }
        }
    }

    private static func write(_ spans: InventoryArchive.Spans, _ key: String, _ json: inout JSONWriter) throws {
        json.key(key)
        try json.object { json in
            try json.column("of", spans.of)
            try json.column("frame", spans.frame)
            try json.column("time", spans.time)
            try json.column("scan", spans.scan)
            try json.column("last", spans.last)
        }
    }
}
