import Inventory
public import Rules

/// The report as JSON Lines: the objects of ``JSONReport``, one on each line under the name of their kind. For `jq`, `grep` and whatever
/// loads tables without holding a result in memory.
public enum JSONLinesReport {
    /// Writes the report. Names and values are those of the wire; texts in both languages are in each line, so the language changes nothing.
    /// - Parameter sink: called with the bytes, piece by piece.
    public static func write(_ report: Report, _ language: Language, to sink: @escaping ([UInt8]) throws -> Void) throws {
        var json = JSONWriter(sink, .lines, isPrintable: true)
        json.namesScans = report.scans.count > 1
        func line(_ type: String, _ value: (inout JSONWriter) -> Void) throws {
            json.object { json in
                json.field("type", type)
                json.key(type)
                value(&json)
            }
            try json.flush()
        }
        try line("result") { json in
            json.object { json in
                json.field("format", "laennec-result")
                json.field("version", JSONReport.version)
                json.object("tool") { json in
                    json.field("name", "laennec")
                    json.field("version", Report.toolVersion)
                    json.field("signatures", report.signatures)
                }
                json.key("site")
                JSONReport.writeSite(report.site, carriesSource: false, &json)
            }
        }
        for scan in report.scans {
            for input in scan.inputs { try line("input") { json in JSONReport.write(input, of: scan.id, &json) } }
        }
        for device in report.devices { try line("asset") { json in JSONReport.write(device, report, &json) } }
        for device in report.devices {
            for service in device.asset.services { try line("service") { json in JSONReport.write(service, of: device, &json) } }
        }
        for conversation in report.conversations { try line("conversation") { json in JSONReport.write(conversation, &json) } }
        for association in report.exchanges.associations { try line("association") { json in JSONReport.write(association, &json) } }
        for title in report.exchanges.titles { try line("title") { json in JSONReport.write(title, &json) } }
        for interface in report.exchanges.interfaces { try line("interface") { json in JSONReport.write(interface, &json) } }
        for entry in report.exposure.entries { try line("exposure") { json in JSONReport.write(entry, &json) } }
        for entry in report.maintenance.entries { try line("remote_maintenance") { json in JSONReport.write(entry, &json) } }
        try line("calendar") { json in json.array(report.maintenance.calendar) { json, day in json.array(day) { json, hour in json.number(hour) } } }
        for row in report.matrix.rows { try line("flow") { json in JSONReport.write(row, &json) } }
        for flow in report.matrix.unseen { try line("declared_never_seen") { json in JSONReport.write(flow, &json) } }
        for cut in report.cutOff.cuts { try line("cut") { json in JSONReport.write(cut, &json) } }
        for cut in report.cutOff.kept { try line("kept") { json in JSONReport.write(cut, &json) } }
        for platform in report.dependencies.platforms { try line("platform") { json in JSONReport.write(platform, &json) } }
        for finding in report.findings { try line("finding") { json in JSONReport.write(finding, report, &json) } }
        try line("coverage") { json in JSONReport.write(report.coverage, &json) }
        try json.finish()
    }
}
