import Inventory
import Observations
import Reports
import Rules

/// What a redacted capture no longer says, or says otherwise: empty where it proves the same as the original.
public struct RedactionProof: Sendable {
    /// What a difference is about.
    public enum Kind: String, CaseIterable, Sendable { case identity, service, finding }

    /// One thing that the scan of the copy does not say as the scan of the original did.
    public struct Difference: Hashable, Sendable {
        public let kind: Kind
        /// The device's address, or its id.
        public let device: String
        /// The field, the service, or the rule.
        public let subject: String
        /// What was there; `nil` where the copy says more than the original.
        public let original: String?
        /// What the copy says; `nil` for nothing.
        public let copy: String?
    }

    public let differences: [Difference]
    /// How many devices, services and findings were compared.
    public let devices: Int
    public let services: Int
    public let findings: Int

    public var isComplete: Bool { self.differences.isEmpty }

    /// Compares what two scans concluded: who every device is, what every service speaks, and what was found.
    init(original: Report, copy: Report) {
        var before = Facts(original)
        let after = Facts(copy)
        self.init(&before, after)
    }

    /// Compares what was concluded of some devices, and some findings alone: what an extract is made to show.
    init(original: Report, copy: Report, devices: Set<String>, findings: Set<String>) {
        var before = Facts(original)
        var after = Facts(copy)
        before.keep(devices: devices, findings: findings)
        after.keep(devices: devices, findings: findings)
        self.init(&before, after)
    }

    private init(_ before: inout Facts, _ after: Facts) {
        var differences: [Difference] = []
        for key in Set(before.values.keys).union(after.values.keys).sorted() {
            let original = before.values[key]
            let copy = after.values[key]
            guard original != copy else { continue }
            differences.append(
                Difference(
                    kind: key.kind, device: before.names[key.device] ?? after.names[key.device] ?? key.device, subject: key.subject, original: original,
                    copy: copy))
        }
        self.differences = differences
        self.devices = before.names.count
        self.services = before.values.keys.filter { $0.kind == .service }.count
        self.findings = before.values.keys.filter { $0.kind == .finding }.count
    }

    private struct Key: Hashable, Comparable {
        let kind: Kind
        let device: String
        let subject: String

        static func < (left: Key, right: Key) -> Bool {
            (left.kind.rawValue, left.device, left.subject) < (right.kind.rawValue, right.device, right.subject)
        }
    }

    /// What is compared, by what it is about.
    private struct Facts {
        var values: [Key: String] = [:]
        var names: [String: String] = [:]

        init(_ report: Report) {
            for device in report.devices {
                self.names[device.id] = device.addressText
                for conclusion in device.identity.conclusions {
                    let candidates = conclusion.field.isExclusive ? [conclusion.value] : conclusion.candidates.map(\.value).sorted()
                    self.values[Key(kind: .identity, device: device.id, subject: conclusion.field.rawValue)] = candidates.joined(separator: ", ")
                }
                for component in device.identity.software {
                    self.values[Key(kind: .identity, device: device.id, subject: component.name)] = ([component.name] + component.versions).joined(separator: " ")
                }
                if let name = device.names.first { self.values[Key(kind: .identity, device: device.id, subject: "name")] = name }
                for service in device.asset.services {
                    let subject = "\(service.key.transport)/\(service.key.port)"
                    self.values[Key(kind: .service, device: device.id, subject: subject)] = service.protocols.map(\.rawValue).joined(separator: ", ")
                }
            }
            for finding in report.findings {
                self.values[Key(kind: .finding, device: finding.asset, subject: finding.id)] = finding.severity.title[.english]
            }
        }

        mutating func keep(devices: Set<String>, findings: Set<String>) {
            self.values = self.values.filter { key, _ in
                switch key.kind {
                case .identity: devices.contains(key.device)
                case .service: false
                case .finding: findings.contains(key.subject)
                }
            }
            self.names = self.names.filter { devices.contains($0.key) }
        }
    }
}
