import Inventory
import Observations
import Rules
import Wire

/// What the formats for other programs share: the words for a report's things, and the one time that they are dated with.
struct Rendering {
    let report: Report
    let language: Language
    let phrasing: Phrasing
    /// When the campaign ended, by the packets: the date of what has to have one. Never the machine's clock.
    let end: Timestamp

    init(_ report: Report, _ language: Language) {
        self.report = report
        self.language = language
        self.phrasing = Phrasing(report: report, language: language)
        self.end = report.period?.upperBound ?? Timestamp(seconds: 0)
    }

    func word(_ french: String, _ english: String) -> String { self.phrasing.word(french, english) }

    /// The devices of the establishment: an address of the Internet is none.
    var devices: some Sequence<Report.Device> { self.report.devices.lazy.filter(\.isOwn) }

    // MARK: Devices

    /// The best name, or else the address.
    func name(_ device: Report.Device) -> String { device.names.first ?? self.phrasing.place(of: device) }

    func deviceClass(_ device: Report.Device) -> String? {
        device.identity[.deviceClass]?.value ?? (device.asset.isRouter ? "router" : nil)
    }

    func classTitle(_ device: Report.Device) -> String? { self.deviceClass(device).map { self.phrasing.title(ofClass: $0) } }

    /// The entry of the vocabulary for the device's class.
    func vocabulary(_ device: Report.Device) -> Vocabulary.DeviceClass? {
        self.deviceClass(device).flatMap { self.report.texts.vocabulary.deviceClasses[$0] }
    }

    /// How sure it is what the device is, in percent.
    static func confidence(_ device: Report.Device) -> Int { device.identity[.deviceClass]?.confidence ?? device.identity[.maker]?.confidence ?? 0 }

    /// A service's application: the protocol that says most about it.
    static func application(_ service: Service) -> String? { service.mainProtocol.map { $0.rawValue.lowercased() } }

    /// The fields that make a medical device of a device. No format for security tools has a place for them: each carries this
    /// object in the place that it has for additions.
    func writeMedicalDevice(_ device: Report.Device, _ json: inout JSONWriter) {
        json.object { json in self.writeMedicalDeviceFields(device, &json) }
    }

    /// Them alone, into an object that has others.
    func writeMedicalDeviceFields(_ device: Report.Device, _ json: inout JSONWriter) {
        json.field("medical", device.identity.isMedical)
        json.optional("class", self.deviceClass(device))
        json.optional("class_title", self.classTitle(device))
        json.optional("emdn", self.vocabulary(device)?.emdn)
        json.optional("emdn_term", self.vocabulary(device)?.emdnTerm)
        json.optional("maker", device.identity[.maker]?.value)
        json.optional("model", device.identity[.product]?.value)
        json.optional("version", device.identity[.version]?.value)
        json.optional("serial", device.identity[.serial]?.value)
        json.optional("udi", device.identity[.udi]?.value)
        json.field("confidence", Self.confidence(device))
    }

    // MARK: Findings

    func title(of rule: String) -> String { self.report.texts.text(of: rule)?.title[self.language] ?? rule }

    /// What is found where, in one line.
    func message(_ finding: Finding) -> String {
        var text = self.title(of: finding.rule) + self.word("\u{00A0}: ", ": ") + self.phrasing.name(of: finding.asset)
        if let service = finding.service { text += ", " + self.phrasing.service(service) }
        if let first = finding.evidence.first { text += " (" + self.phrasing.place(first.evidence) + ")" }
        return text
    }

    /// Why somebody lives with it.
    func justification(_ accepted: Site.AcceptedRisk) -> String {
        let day = String(self.report.site.timeZone.local(Timestamp(nanoseconds: accepted.expires.nanoseconds &- 1)).prefix(10))
        return self.word(
            "accepté jusqu’au \(day) par \(accepted.owner)\u{00A0}: \(accepted.reason)", "accepted until \(day) by \(accepted.owner): \(accepted.reason)")
    }

    /// Measures of published frameworks that the finding speaks to: supporting evidence, never proof.
    func measures(of rule: String) -> [(framework: Framework, references: [String])] {
        (self.report.texts.rule(rule)?.mapping ?? [:]).sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key, $0.value) }
    }

    /// `CaRE D1.O2`.
    static func reference(_ framework: Framework, _ reference: String) -> String { "\(framework.title) \(reference)" }

    /// Where a finding's frame is, as fields: the input and the frame's number in it, by which it is found in the capture.
    func writeFrame(_ evidence: Evidence, _ json: inout JSONWriter) {
        if let place = self.report.place(of: evidence) {
            json.field("input", place.input.name)
            json.field("frame", place.frame)
        } else {
            json.field("frame", evidence.frame)
        }
        json.field("time", evidence.time.description)
    }
}

extension Severity {
    /// From 0 to 10, in tenths: the usual middle of each band of CVSS 3, for tools that only sort by such a number.
    var tenths: Int {
        switch self {
        case .information: 0
        case .minor: 25
        case .moderate: 55
        case .major: 80
        case .critical: 95
        }
    }
}

extension Timestamp {
    /// Milliseconds since 1970, towards minus infinity.
    var milliseconds: Int64 { self.seconds &* 1000 &+ (self.nanoseconds &- self.seconds &* 1_000_000_000) / 1_000_000 }
}
