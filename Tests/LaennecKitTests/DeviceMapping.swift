import Inventory
import Observations
import Reports
import Rules
import Testing
import Wire

/// How the names of devices in `expected.json` map to observations: every name that occurs has an entry.
enum DeviceMapping {
    struct Context {
        let seen: Seen
        let device: Report.Device
        let truth: [String: JSONValue]
        let value: JSONValue
        let place: String
        let frames: [Frame]

        /// Whether DNS or DHCP messages in the capture hold the name.
        var isNamed: Bool {
            let name = Array((self.value.text ?? "?").utf8)
            return self.frames.contains { frame in
                guard frame.bytes.count > 42, frame.bytes[23] == 17 else { return false }
                let ports = [frame.bytes.u16(34), frame.bytes.u16(36)]
                return ports.contains { [53, 67, 68].contains($0) } && Haystack(frame.bytes).contains(name)
            }
        }

        func values(_ attribute: Attribute) -> Set<String> {
            let all = self.device.asset.observations + self.device.asset.services.flatMap(\.observations)
            return Set(all.filter { $0.attribute == attribute }.map(\.value.description))
        }
    }

    enum Entry {
        case check(@Sendable (Context) -> Void)
        case notApplicable(String)
    }

    static func check(_ field: String) -> Entry? { Self.entries[field] }

    private static func has(_ attributes: Attribute...) -> Entry {
        .check { context in
            let found = attributes.reduce(into: Set<String>()) { $0.formUnion(context.values($1)) }
            #expect(found.contains(context.value.text ?? "?"), "\(context.place): \(context.value.text ?? "?") wanted, \(found) found")
        }
    }
    /// An object, each of whose fields has to be there.
    private static func hasAll(_ attributes: [String: Attribute]) -> Entry {
        .check { context in
            for (field, value) in context.value.object ?? [:] {
                guard let attribute = attributes[field] else {
                    Issue.record("\(context.place) \(field): this field is not mapped")
                    continue
                }
                let found = context.values(attribute)
                #expect(found == Set(value.texts), "\(context.place) \(field): \(found)")
            }
        }
    }
    /// What the device says of itself in DICOM objects; makers and models known in other ways are for `identities`.
    private static func inObjects(_ attribute: Attribute) -> Entry {
        .check { context in
            guard context.truth["class"]?.text?.hasPrefix("imaging modality") == true, context.truth["ae_title"] != nil || context.truth["station_name"] != nil
            else { return }
            let found = context.values(attribute)
            // One value an observation: a multi-valued element is several.
            for part in (context.value.text ?? "?").split(separator: "\\") {
                #expect(found.contains(String(part)), "\(context.place): \(part) wanted, \(found) found")
            }
        }
    }

    private static let entries: [String: Entry] = [
        "address": .notApplicable("the key"), "mac": .notApplicable("the key"), "vlan": .notApplicable("compared with the key"),
        "routed": .notApplicable("compared with the key"), "silent": .notApplicable("compared with the key"),
        "public": .notApplicable("compared with the key"), "class": .notApplicable("compared in `identities`"),
        "ttl": .notApplicable("hop counts are not kept"), "note": .notApplicable("for people"),
        "may_class": .notApplicable("inside a deflated data set"), "may_maker": .notApplicable("inside a deflated data set"),
        "may_model": .notApplicable("inside a deflated data set"), "may_serial": .notApplicable("inside a deflated data set"),
        "may_station_name": .notApplicable("inside a deflated data set"), "may_version": .notApplicable("inside a deflated data set"),
        "name": .check { context in
            // The name may be the laboratory's own for a machine that never says it.
            guard context.isNamed else { return }
            let names = context.device.names.map { $0.split(separator: ".").first.map(String.init) ?? $0 }
            #expect(names.contains(context.value.text ?? "?"), "\(context.place): \(names)")
        },
        "ae_title": .check { context in
            let found = context.values(.dicomCalledAE).union(context.values(.dicomCallingAE))
            #expect(found.contains(context.value.text ?? "?"), "\(context.place): \(found)")
        },
        "dhcp_vendor_class": has(.dhcpVendorClass),
        "lldp": .check { context in
            let attributes: [String: Attribute] = [
                "description": .lldpSystemDescription, "hardware": .lldpHardware, "firmware": .lldpFirmware, "software": .lldpSoftware,
                "serial": .lldpSerial, "manufacturer": .lldpMaker, "model": .lldpModel, "asset": .lldpAsset, "capabilities": .lldpCapability,
            ]
            for (field, value) in context.value.object ?? [:] {
                guard let attribute = attributes[field] else {
                    Issue.record("\(context.place) \(field): this field of LLDP is not mapped")
                    continue
                }
                let found = context.values(attribute)
                #expect(found == Set(value.texts), "\(context.place) \(field): \(found)")
            }
        },
        "cdp": hasAll(["platform": .cdpPlatform, "management_address": .cdpManagementAddress]),
        "stp": hasAll(["root": .stpRoot, "bridge": .stpBridge]),
        "vrrp": hasAll(["address": .vrrpAddress]),
        "autonomous_system": .check { context in
            #expect(context.values(.bgpAS) == Set(context.value.texts), "\(context.place)")
        },
        "user_agent": has(.httpUserAgent),
        "institution": inObjects(.dicomInstitution),
        "maker": inObjects(.dicomManufacturer),
        "model": inObjects(.dicomModel),
        "serial": inObjects(.dicomSerial),
        "station_name": inObjects(.dicomStationName),
        "version": inObjects(.dicomSoftware),
        // Who sends to a collector that never answers: there is no service to tell it of.
        "syslog_application": has(.syslogApplication),
        "syslog_hostname": has(.syslogHostname),
        "audit_source": has(.atnaSource),
        "audit_event": has(.atnaEvent),
        "transfer_syntax": has(.dicomTransferSyntaxAccepted, .dicomTransferSyntaxProposed),
        "mac_maker": .check { context in
            let wanted = (context.value.text ?? "?").lowercased().filter(\.isLetter)
            let found = [context.device.identity[.interfaceMaker]?.value, context.device.identity[.maker]?.value].compactMap { $0 }
            let names = found.map { $0.lowercased().replacing("ä", with: "ae").filter(\.isLetter) }
            #expect(names.contains { $0.hasPrefix(wanted.prefix(7)) }, "\(context.place): \(wanted) wanted, \(found) found")
        },
    ]

    /// Devices that others speak of, in a way that is deliberately not read.
    static let invisibleBehind: [String: String] = [
        "http-fhir 10.20.4.10": "a FHIR resource is the body of an HTTP message, and bodies are not read",
    ]

    /// The classes of the vocabulary that are right for a class of the truth.
    static func classes(_ truth: String) -> Set<String>? {
        switch truth {
        case "imaging modality CT": ["ct-scanner"]
        case "imaging modality MR": ["mri-scanner"]
        case "imaging modality US": ["ultrasound"]
        case "imaging modality DX": ["x-ray"]
        case "imaging modality CR": ["x-ray"]
        case "imaging modality XA": ["angiography"]
        case "imaging modality (its DICOM is inside TLS)": ["x-ray", "imaging-device", "medical-device"]
        case "image archive": ["pacs"]
        case "worklist provider": ["worklist-broker", "ris"]
        case "interface engine": ["interface-engine"]
        // What FHIR is the interface of, it does not say.
        case "FHIR server": ["hospital-system", "interface-engine"]
        case "administrative application": ["hospital-system"]
        case "laboratory information system": ["laboratory-system", "hospital-system"]
        case "laboratory analyser": ["laboratory-analyser"]
        case "point-of-care analyser": ["point-of-care-analyser"]
        case "laboratory middleware", "data manager": ["laboratory-system", "interface-engine"]
        case "docking station": ["device-gateway"]
        case "serial server": ["serial-server", "device-gateway"]
        case "medical device gateway": ["device-gateway"]
        case "patient monitor": ["patient-monitor"]
        case "pulse oximeter": ["oximeter"]
        case "weighing scale": ["vital-signs-device"]
        case "central station": ["central-station"]
        case "ventilator": ["ventilator", "medical-device"]
        case "infusion pump rack": ["infusion-pump", "device-gateway", "medical-device"]
        case "infusion pump": ["infusion-pump"]
        case "film printer": ["imaging-printer", "imaging-device"]
        case "workstation": ["workstation", "imaging-workstation"]
        case "building controller": ["building-controller"]
        case "industrial controller": ["industrial-controller"]
        case "router": ["router"]
        case "UPS": ["power-supply"]
        case "serial device server": ["serial-server"]
        default: nil
        }
    }
}
