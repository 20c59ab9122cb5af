import Campaigns
import Observations
import Rules
import Wire

extension ResultReader {
    /// The comparison in a result, as ``JSONReport`` writes it.
    struct ComparisonRow: Decodable {
        struct Side: Decodable {
            struct Input: Decodable {
                let name: String
                let sha256: String?
                let frames: UInt64
            }
            let campaign: String
            let site: String?
            let firstTime: String?
            let lastTime: String?
            let inputs: [Input]
            let tool: String
            let signatures: String
            let devices: UInt64
            let services: UInt64
            let findings: UInt64
        }
        struct Interval: Decodable { let days: UInt64 }
        struct Segment: Decodable {
            let zone: String
            let devices: UInt64
            let missingIn: String
        }
        struct Match: Decodable {
            let before: String
            let after: String
            let reasons: [String]
            let conflicts: [String]
            let confidence: UInt8
        }
        struct Device: Decodable {
            let asset: String
            let addresses: [String]
            let names: [String]
            let medical: Bool
            let `class`: String?
            let maker: String?
            let model: String?
            let serial: String?
            let zone: String
        }
        struct Presence: Decodable {
            private enum Key: String, CodingKey { case segmentSeen, proposals }
            let device: Device
            let isSegmentSeen: Bool
            let proposals: [String]

            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Key.self)
                self.device = try Device(from: decoder)
                self.isSegmentSeen = try container.decode(Bool.self, forKey: .segmentSeen)
                self.proposals = try container.decode([String].self, forKey: .proposals)
            }
        }
        struct DeviceChange: Decodable {
            private enum Key: String, CodingKey { case fields }
            struct Field: Decodable {
                let field: String
                let old: String?
                let new: String?
            }
            let device: Device
            let fields: [Field]

            init(from decoder: any Decoder) throws {
                self.device = try Device(from: decoder)
                self.fields = try decoder.container(keyedBy: Key.self).decode([Field].self, forKey: .fields)
            }
        }
        struct ServiceChange: Decodable {
            struct Service: Decodable {
                let address: String
                let protocols: [String]
                let product: String?
            }
            let state: String
            let asset: String
            let port: UInt16
            let transport: String
            let before: Service?
            let after: Service?
        }
        struct NewPeer: Decodable {
            struct Proof: Decodable {
                let scan: String?
                let frame: UInt64
                let time: String
            }
            let asset: String
            let peer: String
            let external: Bool
            let peerNew: Bool
            let client: Bool
            let medical: Bool
            let address: String
            let port: UInt16
            let transport: String
            let protocols: [String]
            let otherServices: UInt64
            let firstSeen: String
            let evidence: Proof
        }
        struct FindingChange: Decodable {
            let state: String
            let gap: String?
            let back: Bool
            let id: String
            let rule: String
            let severity: String
            let severityBefore: String?
            let accepted: Bool
            let asset: String
            let port: UInt16?
            let transport: String?
        }
        let before: Side
        let after: Side
        let interval: Interval?
        let notes: [String]
        let segments: [Segment]
        let matches: [Match]
        let proposals: [Match]
        let appeared: [Presence]
        let vanished: [Presence]
        let changes: [DeviceChange]
        let services: [ServiceChange]
        let newPeers: [NewPeer]
        let newPeerCount: UInt64
        let findings: [FindingChange]
        let labels: [String: String]
    }
}

extension ResultReader.ComparisonRow {
    func comparison() throws -> Comparison {
        let matching = DeviceMatching(matches: try self.matches.map { try $0.match() }, proposals: try self.proposals.map { try $0.match() })
        return Comparison(
            before: try self.before.side(), after: try self.after.side(), interval: self.interval.map { Comparison.Interval(days: Int(clamping: $0.days)) },
            notes: try self.notes.map { try Self.known(Comparison.Note(rawValue: $0), "notes") },
            segments: self.segments.map {
                Comparison.Segment(zone: Self.printable($0.zone), devices: Int(clamping: $0.devices), isMissingAfter: $0.missingIn == "after")
            },
            matching: matching, appeared: try self.appeared.map { try $0.presence() }, vanished: try self.vanished.map { try $0.presence() },
            deviceChanges: try self.changes.map { try $0.change(matching) }, services: try self.services.map { try $0.change() },
            newPeers: try self.newPeers.map { try $0.newPeer() }, newPeerCount: Int(clamping: self.newPeerCount), findings: try self.findings.map { try $0.change() },
            labels: Dictionary(self.labels.map { (Self.printable($0.key), Self.printable($0.value)) }, uniquingKeysWith: { min($0, $1) }))
    }

    /// Names are printable when they are written; those of a file that somebody else wrote become so.
    fileprivate static func printable(_ text: String) -> String { PrintableText.make(text, limit: 1 << 16) }

    fileprivate static func known<Value>(_ value: Value?, _ part: String) throws -> Value {
        guard let value else { throw ResultProblem.damaged("comparison.\(part)") }
        return value
    }

    fileprivate static func protocols(_ names: [String]) throws -> [ApplicationProtocol] {
        try names.map { try Self.known(ApplicationProtocol(rawValue: $0), "protocols") }
    }

    fileprivate static func port(_ number: UInt16, _ transport: String) throws -> Comparison.Port {
        Comparison.Port(number, try Self.known(Transport(name: transport), "transport"))
    }
}

private typealias Row = ResultReader.ComparisonRow

extension ResultReader.ComparisonRow.Side {
    fileprivate func side() throws -> Comparison.Side {
        func moment(_ text: String?, _ part: String) throws -> Timestamp? { try text.map { try Row.known(Timestamp($0), part) } }
        var period: ClosedRange<Timestamp>?
        if let first = try moment(self.firstTime, "first_time"), let last = try moment(self.lastTime, "last_time") {
            guard first <= last else { throw ResultProblem.damaged("comparison.last_time") }
            period = first...last
        }
        return Comparison.Side(
            id: Row.printable(self.campaign), site: self.site.map(Row.printable), period: period,
            inputs: self.inputs.map { Campaign.Input(name: Row.printable($0.name), sha256: $0.sha256.map(Row.printable), frames: $0.frames) },
            tool: Row.printable(self.tool), signatures: Row.printable(self.signatures), devices: Int(clamping: self.devices), services: Int(clamping: self.services),
            findings: Int(clamping: self.findings))
    }
}

extension ResultReader.ComparisonRow.Match {
    fileprivate func match() throws -> DeviceMatching.Match {
        DeviceMatching.Match(
            before: Row.printable(self.before), after: Row.printable(self.after),
            reasons: try self.reasons.map { try Row.known(DeviceMatching.Reason(rawValue: $0), "reasons") },
            conflicts: try self.conflicts.map { try Row.known(DeviceMatching.Conflict(rawValue: $0), "conflicts") }, confidence: Int(self.confidence))
    }
}

extension ResultReader.ComparisonRow.Device {
    fileprivate func summary() throws -> Campaign.DeviceSummary {
        Campaign.DeviceSummary(
            id: Row.printable(self.asset), addresses: try self.addresses.map { try Row.known(IPAddress($0), "addresses") }, names: self.names.map(Row.printable),
            isMedical: self.medical, deviceClass: self.class.map(Row.printable), maker: self.maker.map(Row.printable), model: self.model.map(Row.printable),
            serial: self.serial.map(Row.printable), zone: Row.printable(self.zone))
    }
}

extension ResultReader.ComparisonRow.Presence {
    fileprivate func presence() throws -> Comparison.Presence {
        Comparison.Presence(device: try self.device.summary(), isSegmentSeen: self.isSegmentSeen, proposals: self.proposals.map(Row.printable))
    }
}

extension ResultReader.ComparisonRow.DeviceChange {
    fileprivate func change(_ matching: DeviceMatching) throws -> Comparison.DeviceChange {
        let device = try self.device.summary()
        return Comparison.DeviceChange(
            match: try Row.known(matching.match(ofAfter: device.id), "changes"), device: device,
            changes: try self.fields.map {
                Comparison.Change(
                    field: try Row.known(Comparison.Field(rawValue: $0.field), "fields"), old: Row.printable($0.old ?? ""), new: Row.printable($0.new ?? ""))
            })
    }
}

extension ResultReader.ComparisonRow.ServiceChange {
    fileprivate func change() throws -> Comparison.ServiceChange {
        func service(_ row: Service?) throws -> Comparison.Service? {
            try row.map {
                Comparison.Service(
                    address: try Row.known(IPAddress($0.address), "address"), protocols: try Row.protocols($0.protocols), product: $0.product.map(Row.printable))
            }
        }
        return Comparison.ServiceChange(
            kind: try Row.known(Comparison.ServiceChange.Kind(rawValue: self.state), "state"), device: Row.printable(self.asset),
            port: try Row.port(self.port, self.transport), before: try service(self.before), after: try service(self.after))
    }
}

extension ResultReader.ComparisonRow.NewPeer {
    fileprivate func newPeer() throws -> Comparison.NewPeer {
        let evidence = Evidence(
            frame: self.evidence.frame, time: try Row.known(Timestamp(self.evidence.time), "evidence.time"),
            scan: try self.evidence.scan.map { try Row.known(ScanID($0), "evidence.scan") } ?? .current)
        return Comparison.NewPeer(
            device: Row.printable(self.asset), peer: Row.printable(self.peer), isExternal: self.external, isClient: self.client, isPeerNew: self.peerNew,
            isMedical: self.medical, protocols: try Row.protocols(self.protocols), address: try Row.known(IPAddress(self.address), "address"),
            port: try Row.port(self.port, self.transport), otherServices: Int(clamping: self.otherServices),
            firstSeen: try Row.known(Timestamp(self.firstSeen), "first_seen"), evidence: evidence)
    }
}

extension ResultReader.ComparisonRow.FindingChange {
    fileprivate func change() throws -> Comparison.FindingChange {
        func severity(_ name: String) throws -> Severity { try Row.known(Severity(rawValue: name), "severity") }
        return Comparison.FindingChange(
            state: try Row.known(Comparison.FindingChange.State(rawValue: self.state), "state"),
            gap: try self.gap.map { try Row.known(Comparison.FindingChange.Gap(rawValue: $0), "gap") }, isBack: self.back, id: Row.printable(self.id),
            rule: Row.printable(self.rule), severity: try severity(self.severity), severityBefore: try self.severityBefore.map(severity),
            isAccepted: self.accepted, asset: Row.printable(self.asset),
            port: try self.port.map { try Row.port($0, try Row.known(self.transport, "transport")) })
    }
}
