import Inventory
import Observations
import Reports
import Rules
import Testing
import Wire

/// For every claim that a capture tempts to and that would be false: how it would show in a report.
enum DecoyTable {
    struct Place {
        let address: String
        let port: UInt16
        let transport: String
        let claim: String

        init(_ decoy: Expected.Decoy) {
            self.address = decoy.address ?? ""
            self.port = decoy.port ?? 0
            self.transport = decoy.transport ?? "tcp"
            self.claim = decoy.claim
        }
    }
    typealias Check = @Sendable (Seen, Place) -> Void

    static let checks: [String: Check] = Self.others.merging(Self.onPorts) { known, _ in known }
        .merging(Self.secondCampaign) { known, _ in known }

    /// The second campaign tempts to what the first does, and to what was true then.
    private static let secondCampaign: [String: Check] = {
        let name = "demo-hospital"
        let again = Self.others.filter { $0.key.hasPrefix(name + ": ") }.map { (name + "-2" + $0.key.dropFirst(name.count), $0.value) }
        return Dictionary(again) { known, _ in known }.merging([
            "demo-hospital-2: VNC without authentication": Self.noFinding("vnc-no-authentication"),
            "demo-hospital-2: weak TLS on portail-labo": { seen, place in
                #expect(seen.findings(Self.weakTLS, at: place.address, place.port, place.transport).isEmpty, "\(place.claim)")
            },
            "demo-hospital-2: 10.28.10.23 is still the ultrasound scanner": Self.noMachine,
            "demo-hospital-2: 10.28.10.43 is there": Self.noMachine,
        ]) { known, _ in known }
    }()

    private static let others: [String: Check] = [
        "arp: 10.20.5.99 is a machine": Self.noMachine,
        "decoy-one-way: the SSH server is OpenSSH 9.2": Self.without(.sshBanner, "OpenSSH"),
        "decoy-one-way: an Apache, nginx or other server": Self.without(.httpServer),
        "decoy-ports: DICOM on 104": Self.not(.dicom),
        "decoy-ports: HL7 on 2575": Self.not(.hl7),
        "decoy-ports: TLS on 443": Self.not(.tls),
        "decoy-ports: SSH on 22": Self.not(.ssh),
        "decoy-routed: 10.20.7.10 and 10.20.7.20 are Cisco machines, or one machine": { seen, place in
            for address in ["10.20.7.10", "10.20.7.20"] {
                #expect(seen.devices(address).count == 1)
                Self.expectNoMaker("Cisco", at: address, seen, place)
            }
            #expect(Set((seen.devices("10.20.7.10") + seen.devices("10.20.7.20")).map(\.asset.id)).count == 2)
        },
        "decoy-routed: 10.20.7.10 is a GE machine": Self.notMadeBy("GE"),
        "decoy-routed: 10.20.8.8 exists": Self.noMachine,
        "decoy-unanswered: a DICOM server": Self.noService,
        "decoy-unanswered: telnet is open": Self.noService,
        "decoy-unanswered: DICOM on 11112": Self.not(.dicom),
        "decoy-unanswered: 10.20.6.99 exists": Self.noMachine,
        "decoy-unanswered: HL7 on UDP 2575": Self.noService,
        "demo-hospital: 10.28.10.10 or 10.28.10.51 is a scanner": { seen, place in
            for address in ["10.28.10.10", "10.28.10.51"] { Self.expectNoClass(Self.modalities, at: address, seen, place) }
        },
        "demo-hospital: 203.0.113.77 is a Cisco machine": Self.notMadeBy("Cisco"),
        "demo-hospital: RDP on ris-01": Self.noService,
        "demo-hospital: 10.28.10.32 is a pump or a monitor": Self.isNone(of: ["infusion-pump", "patient-monitor"]),
        "demo-hospital: 10.28.10.33 is an analyser": { seen, place in
            Self.expectNoClass(["laboratory-analyser", "point-of-care-analyser"], at: place.address, seen, place)
            #expect(seen.devices(behind: place.address).count == 2, "\(place.claim)")
        },
        "demo-hospital: weak TLS on portail-01 or pacs-01:2762": { seen, place in
            for (address, port) in [("10.28.10.16", UInt16(443)), ("10.28.10.10", 2762)] {
                #expect(seen.findings(Self.weakTLS, at: address, port, "tcp").isEmpty, "\(place.claim)")
            }
        },
        "demo-hospital: 10.28.10.14:30001 is a service of its own": Self.noService,
        "dhcp-dns: nulle-part.sainte-auscultation.example exists": { seen, place in Self.expectNowhere("nulle-part", seen, place) },
        "dhcp-dns: 10.20.5.10 is a DICOM server that was seen": Self.noService,
        "dhcp-reuse: 10.20.5.100 is one machine": { seen, place in
            #expect(seen.devices(place.address).count == 2, "\(place.claim)")
        },
        "dhcp-reuse: 10.20.5.100 is an address conflict": { seen, place in
            let sharing = seen.devices(place.address).filter(Self.hasSharedAddress).map(\.asset.id)
            #expect(sharing == [], "\(place.claim)")
        },
        "dicom-dicomweb: 10.20.1.40 is a SIEMENS SOMATOM Definition AS": Self.isNoModality("Siemens"),
        "dicom-orthanc: 10.20.1.10 is a SonoSite, Inc. X-Porte": Self.isNoModality("SonoSite"),
        "dicom-query-move: 10.20.1.10 is a GE MEDICAL SYSTEMS SIGNA Artist": Self.isNoModality("GE"),
        "dicom-query-move: 10.20.1.40 is a GE MEDICAL SYSTEMS SIGNA Artist": Self.isNoModality("GE"),
        "dicom-reject: NOTHERE or WRONGAE is an AE title of this server": { seen, place in
            let services = seen.services.filter { $0.service.key.host.address == IPAddress(place.address) }.map(\.service)
            #expect(seen.values(.dicomCalledAE, of: services).isDisjoint(with: ["NOTHERE", "WRONGAE"]))
        },
        "dicom-store-accept-only: the maker of the scanner": { seen, place in
            for text in ["SIEMENS", "SOMATOM", "LNC66021"] { Self.expectNowhere(text, seen, place) }
        },
        "dicom-store-midstream: AE titles CT1 and STORE1": { seen, place in
            Self.expectNone([.dicomCalledAE, .dicomCallingAE], seen, place)
        },
        "dicom-store-midstream: a device of maker 'ACME Anonymiser', model 'Scrubber 9'": Self.noScrubber,
        "dicom-store-request-only: the server's implementation is OFFIS_DCMTK_367": Self.without(.dicomImplementationVersion),
        "dicom-store-request-only: a device of maker 'ACME Anonymiser', model 'Scrubber 9'": Self.noScrubber,
        "dicom-store-syntaxes: a device of maker 'ACME Anonymiser'": Self.noScrubber,
        "dicom-store: a device of maker 'ACME Anonymiser', model 'Scrubber 9'": Self.noScrubber,
        "dicom-tls12: AE titles, SOP classes or a maker are known": Self.noDICOM,
        "dicom-tls13: AE titles, SOP classes or a maker are known": Self.noDICOM,
        "dicom-tls13: the certificate is known": Self.without(.tlsCertificateFingerprint),
        "ftp-login: 10.20.3.50:40001 is an exposed service": Self.noService,
        "ftp-tls: FTP password in clear": Self.noFinding("cleartext-login-ftp"),
        "hl7-adt-client-only: acknowledgements were seen": { seen, place in Self.expectNone([.hl7Acknowledgement], seen, place) },
        "hl7-adt-server-only: the sending software is known": { seen, place in
            Self.expectNone([.hl7SoftwareProduct, .hl7SoftwareVendor, .hl7SoftwareVersion], seen, place)
        },
        "hl7-batch: 10.20.2.11 is a SYSMEX XN-1000": { seen, place in
            Self.expectNoMaker("Sysmex", at: place.address, seen, place)
            Self.expectNoClass(["laboratory-analyser"], at: place.address, seen, place)
        },
        "hl7-midmessage: ADT^A01 was seen in clear from the sender": { seen, place in Self.expectNowhere("ADT^A01", seen, place) },
        "hl7-pcd: BACnet": { seen, place in Self.expectNowhere("bacnet", seen, place) },
        "hl7-pcd: 10.20.2.41 is an infusion pump or a patient monitor": Self.isNone(of: ["infusion-pump", "patient-monitor"]),
        "hl7-unframed: MLLP": Self.without(.hl7Framing, "mllp"),
        "astm-line: the serial number is LNC000000": { seen, place in Self.expectNowhere("LNC000000", seen, place) },
        "astm-midstream: 10.20.6.21 is an XP-100": { seen, place in Self.expectNowhere("XP-100", seen, place) },
        "astm-serial-server: 10.20.6.40 is an analyser": Self.isNone(of: ["laboratory-analyser", "point-of-care-analyser"]),
        "astm-unframed: numbered frames": Self.without(.astmFraming, "lis01"),
        "from-specification/poct1a-dock: 10.20.6.52 is one analyser": { seen, place in
            Self.expectNoClass(["laboratory-analyser", "point-of-care-analyser", "glucose-meter"], at: place.address, seen, place)
            #expect(seen.devices(behind: place.address).count == 3, "\(place.claim)")
        },
        "atna-tcp: 10.20.7.41 stores images": Self.isNone(of: ["pacs"]),
        "atna-tcp: visionneuse is a program of 10.20.7.31": { seen, place in
            #expect(seen.values(.syslogApplication, at: place.address) == [], "\(place.claim)")
            Self.expectNowhere("visionneuse", seen, place)
        },
        "dicomweb-services: 10.20.6.50 is a SIEMENS scanner": Self.isNoModality("Siemens"),
        "fhir-server: the software is implemented or named by a person": { seen, place in
            let services = seen.services.filter { $0.service.key.host.address == IPAddress(place.address) }.map(\.service)
            #expect(seen.values(.fhirSoftware, of: services) == ["FHIRStarter"], "\(place.claim)")
            for text in ["CANARYIMPLEMENTATION", "ZZCANARYMEDECIN"] { Self.expectNowhere(text, seen, place) }
        },
        "hl7-bedside: the two pumps are one device": { seen, place in
            let serials = ["P52814", "P52815"].map { serial in
                seen.devices(behind: place.address).filter { $0.asset.observations.contains { $0.value.description.contains(serial) } }.map(\.asset.id)
            }
            #expect(serials.map(\.count) == [1, 1] && serials.first != serials.last, "\(place.claim): \(serials)")
        },
        "hl7-interfaces: admissions are sent by the engine's host as a device of its own": { seen, place in
            let behind = seen.devices(behind: place.address).flatMap(\.asset.observations)
            let names = Set(behind.filter { $0.attribute == .hl7SendingApplication }.map(\.value.description))
            #expect(names.isDisjoint(with: ["GAM", "AGENDA", "PHARMA"]), "\(place.claim): \(names)")
            // They are one device each, wherever they were heard.
            for name in ["GAM", "AGENDA"] {
                let assets = seen.report.devices.filter { device in
                    device.asset.gateway != nil && device.asset.observations.contains { $0.attribute == .hl7SendingApplication && $0.value.description == name }
                }
                #expect(assets.count == 1, "\(place.claim): \(name)")
            }
        },
        "phd-agents: 10.20.7.12 is a pulse oximeter": Self.isNone(of: ["oximeter", "vital-signs-device"]),
        "sdc-clear: VMD-SERIAL-9001 is the device's serial number": { seen, place in Self.expectNowhere("VMD-SERIAL-9001", seen, place) },
        "sdc-clear: 10.20.7.11 is a ventilator or a monitor": Self.isNone(of: ["ventilator", "patient-monitor"]),
        "sdc-gzip: VMD-SERIAL-9001 is the device's serial number": { seen, place in Self.expectNowhere("VMD-SERIAL-9001", seen, place) },
        "sdc-gzip: 10.20.7.11 is a ventilator or a monitor": Self.isNone(of: ["ventilator", "patient-monitor"]),
        "sdc-tls: SDC in clear": Self.noFinding("sdc-clear"),
        "sdc-wsd-hosts: a medical device": { seen, place in Self.expectNowhere("MedicalDevice", seen, place) },
        "http-fhir: 10.20.4.10 is a Dräger Infinity M540": Self.notMadeBy("Dräger"),
        "http-nginx: 10.20.4.50 runs only Windows 7": { seen, place in
            // Both programs are kept, and the browser's claim is no certainty about the machine.
            #expect(seen.values(.httpUserAgent, at: place.address).count >= 2, "\(place.claim)")
            for device in seen.devices(place.address) {
                let claimed = device.identity[.operatingSystem]
                #expect(claimed.map { $0.confidence < 90 } ?? true, "\(place.claim): \(claimed?.value ?? "")")
            }
        },
        "https-nginx: an old TLS version": Self.noFinding("tls-obsolete", "ssl-obsolete"),
        "ipv6: four machines": { seen, place in
            #expect(seen.report.devices.filter { $0.asset.position == .onLink }.count == 2, "\(place.claim)")
        },
        "rdp-legacy: TLS protects this RDP service": Self.not(.tls),
        "rdp-nla-refused: a session was opened": Self.without(.loginAccepted),
        "rdp-nla: RDP without network level authentication": Self.noFinding("rdp-without-nla", "rdp-legacy-security", "rdp-without-negotiation"),
        "snmp: the community of the refused request is accepted": { seen, place in Self.expectNowhere("CanaryWrongCommunity", seen, place) },
        "snmp-devices: the description that a refused write named is the device's": { seen, place in
            Self.expectNowhere("CanaryNotADescription", seen, place)
        },
        "ssh-openssh: weak SSH algorithms": { seen, place in
            let found = seen.report.findings.filter { $0.rule.hasPrefix("ssh-weak") && $0.service?.isAt(place.address, place.port, place.transport) == true }
            #expect(found.isEmpty, "\(place.claim)")
        },
        "tls-certificates: certificate expired, self-signed or weak": Self.noFinding(
            "certificate-expired", "certificate-self-signed", "certificate-weak-key", "certificate-weak-signature", "certificate-not-yet-valid",
            "certificate-long-validity", "certificate-default"),
        "tls-versions: TLS 1.0 accepted": { seen, place in
            let services = seen.services(place.address, place.port, place.transport).map(\.service)
            #expect(!seen.values(.tlsVersion, of: services).contains("TLSv1.0"), "\(place.claim)")
            #expect(seen.findings(["tls-obsolete"], at: place.address, place.port, place.transport).isEmpty, "\(place.claim)")
        },
        "tls-versions: HTTP in clear": { seen, place in
            #expect(!seen.services.contains { $0.service.protocols.contains(.http) }, "\(place.claim)")
        },
        "vlan-overlap: 192.168.1.10 is one machine with DICOM and HL7, or an address conflict": { seen, place in
            #expect(seen.devices(place.address).count >= 2, "\(place.claim)")
            for device in seen.devices(place.address) {
                let protocols = Set(device.asset.services.flatMap(\.protocols))
                #expect(!protocols.isSuperset(of: [.dicom, .hl7]), "\(place.claim)")
                #expect(!Self.hasSharedAddress(device), "\(place.claim)")
            }
        },
        "building-opcua: session without security on 4842": Self.noFinding("opcua-session-without-security", "opcua-anonymous-session", "cleartext-login-industrial"),
        "building-s7: remote desktop on port 102": Self.not(.rdp),
        "from-specification/remote-tools: remote-control tool at www.example.org": { seen, place in
            let tools = seen.report.maintenance.entries.filter { $0.names.contains("www.example.org") }.map(\.maintenance.who)
            let evidence = seen.report.findings.flatMap(\.evidence).filter { $0.value.description.contains("www.example.org") }
            #expect(!tools.contains { $0.contains("example") } && evidence.isEmpty, "\(place.claim)")
        },
        "ike-v2: weak algorithms chosen": Self.noFinding("ike-weak-algorithm", "ike-version-1"),
        "ipv6-routers: every address is a machine": { seen, place in
            #expect(seen.report.devices.filter { $0.asset.position == .onLink }.count == Self.deviceCount("ipv6-routers"), "\(place.claim)")
        },
        "mdns-printer: the tablet is a DNS server": Self.not(.dns),
        "mysql-mariadb: database in clear": Self.noFinding("database-in-clear", "cleartext-login-mysql", "mysql-without-password"),
        "openvpn: HTTPS on 443": Self.not(.tls),
        "postgresql-methods: database in clear": Self.noFinding("database-in-clear", "cleartext-login-postgresql"),
        "redis-auth: database answers without a login": Self.noFinding("redis-without-authentication"),
        "sip-kamailio: a login": Self.without(.loginChallenged),
        "smb-modern: SMB 1 accepted": Self.noFinding("smb1-accepted"),
        "smb-modern: SMB signing not required": Self.noFinding("smb-signing-not-required"),
        "smtp-postfix: STARTTLS": Self.without(.serviceUpgraded),
        "smtp-starttls: a message in clear": Self.without(.smtpMailClear),
        "tls-wrong-host: certificate for another host": Self.noFinding("certificate-wrong-host"),
        "unix-remote: a service of the client": Self.noService,
        "vrrp-routers: five machines": { seen, place in
            #expect(seen.report.devices.filter { $0.asset.position == .onLink }.count == Self.deviceCount("vrrp-routers"), "\(place.claim)")
        },
        "x11: screen without access control": Self.noFinding("x11-without-access-control"),
        "vnc-auth: VNC without authentication": Self.noFinding("vnc-no-authentication"),
    ]

    /// How many hardware addresses the truth knows.
    private static func deviceCount(_ name: String) -> Int {
        Set((try? Lab.expected(name))?.devices.compactMap { $0["mac"]?.text } ?? []).count
    }

    private static let modalities: Set<String> = ["ct-scanner", "mri-scanner", "ultrasound", "x-ray"]
    private static let weakTLS: Set<String> = [
        "tls-obsolete", "ssl-obsolete", "tls-cipher-broken", "tls-cipher-3des", "certificate-expired", "certificate-self-signed", "certificate-weak-key",
        "certificate-weak-signature",
    ]

    // MARK: The kinds of checks

    private static let noMachine: Check = { seen, place in
        #expect(seen.devices(place.address).map(\.asset.id) == [], "\(place.claim)")
    }
    private static let noService: Check = { seen, place in
        let found = seen.services(place.address, place.port, place.transport).map(\.service.key.text)
        #expect(found == [], "\(place.claim)")
    }
    private static func not(_ claimed: ApplicationProtocol) -> Check {
        { seen, place in
            let found = seen.services(place.address, place.port, place.transport).flatMap(\.service.protocols)
            #expect(!found.contains(claimed), "\(place.claim)")
        }
    }
    /// The service has no such observation, or none that contains the text.
    private static func without(_ attribute: Attribute, _ text: String = "") -> Check {
        { seen, place in
            let services = seen.services(place.address, place.port, place.transport).map(\.service)
            let found = seen.values(attribute, of: services)
            #expect(!found.contains { text.isEmpty || $0.contains(text) }, "\(place.claim): \(found)")
        }
    }
    private static func notMadeBy(_ maker: String) -> Check {
        { seen, place in Self.expectNoMaker(maker, at: place.address, seen, place) }
    }
    private static func isNoModality(_ maker: String) -> Check {
        { seen, place in
            Self.expectNoMaker(maker, at: place.address, seen, place)
            Self.expectNoClass(Self.modalities, at: place.address, seen, place)
        }
    }
    private static func isNone(of classes: Set<String>) -> Check {
        { seen, place in Self.expectNoClass(classes, at: place.address, seen, place) }
    }
    private static func noFinding(_ rules: String...) -> Check {
        let wanted = Set(rules)
        return { seen, place in
            #expect(seen.findings(wanted, at: place.address, place.port, place.transport).isEmpty, "\(place.claim)")
        }
    }
    private static let noScrubber: Check = { seen, place in
        for text in ["ACME Anonymiser", "Scrubber"] { Self.expectNowhere(text, seen, place) }
    }
    private static let noDICOM: Check = { seen, place in
        Self.expectNone(Attribute.allCases.filter { $0.name.hasPrefix("dicom.") }, seen, place)
    }

    private static func expectNone(_ attributes: [Attribute], _ seen: Seen, _ place: Place) {
        let all = seen.report.devices.flatMap { $0.asset.observations + $0.asset.services.flatMap(\.observations) }
            + seen.report.conversations.flatMap(\.observations)
        let found = all.filter { attributes.contains($0.attribute) }
        #expect(found.isEmpty, "\(place.claim): \(found.map { "\($0.attribute.name)=\($0.value)" })")
    }
    private static func expectNowhere(_ text: String, _ seen: Seen, _ place: Place) {
        let json = (try? Lab.json(seen.report)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        #expect(!json.isEmpty)
        #expect(!json.contains(text), "\(place.claim): \(text)")
    }
    private static func expectNoMaker(_ maker: String, at address: String, _ seen: Seen, _ place: Place) {
        for device in seen.devices(address) {
            for field in [IdentityField.maker, .interfaceMaker] {
                let claimed = device.identity[field]
                let isClaimed = claimed?.value.lowercased().hasPrefix(maker.lowercased()) == true
                #expect(!isClaimed, "\(place.claim): \(field) \(claimed?.value ?? "") (\(claimed?.confidence ?? 0) %)")
            }
        }
    }
    private static func expectNoClass(_ classes: Set<String>, at address: String, _ seen: Seen, _ place: Place) {
        for device in seen.devices(address) {
            let claimed = device.identity[.deviceClass]
            // Below the threshold it is a hint (the maker of the network card), and is shown as one.
            let isClaimed = claimed.map { classes.contains($0.value) && $0.confidence >= Identity.threshold } == true
            #expect(!isClaimed, "\(place.claim): \(claimed?.value ?? "") (\(claimed?.confidence ?? 0) %)")
        }
    }
    private static func hasSharedAddress(_ device: Report.Device) -> Bool {
        device.asset.contradictions.contains { if case .sharedAddress = $0 { true } else { false } }
    }
}
