import Inventory
import Observations
import Reports
import Rules
import Testing
import Wire

/// How the names in `expected.json` map to observations: every name that occurs has an entry.
enum FieldMapping {
    struct Context {
        let seen: Seen
        /// The services of ours at that address and port: several where VLANs keep equal addresses apart.
        let services: [Service]
        let address: String
        let value: JSONValue
        let place: String

        /// About the service or about conversations with it.
        func values(_ attribute: Attribute) -> Set<String> {
            self.seen.values(attribute, of: self.services).union(self.seen.values(attribute, withClientsOf: self.services))
        }
        /// About those who used the service.
        func clientValues(_ attribute: Attribute) -> Set<String> {
            self.seen.clients(of: self.services).reduce(into: []) { $0.formUnion(self.seen.values(attribute, at: $1)) }
        }
        func expect(_ found: Set<String>, is wanted: some Collection<String>) {
            #expect(found == Set(wanted), "\(self.place)")
        }
        func expect(_ found: Set<String>, includes wanted: some Collection<String>) {
            #expect(found.isSuperset(of: wanted), "\(self.place): \(Array(wanted)) wanted, \(found) found")
        }
    }

    enum Entry {
        case check(@Sendable (Context) -> Void)
        /// With the reason.
        case notApplicable(String)
    }

    static func check(_ field: String, of name: String) -> Entry? {
        if name == "ftp-data" { return .notApplicable("the data channel of FTP is no service") }
        return Self.entries["\(name).\(field)"] ?? Self.entries["*.\(field)"]
    }

    private static func exactly(_ attribute: Attribute, _ map: @escaping @Sendable (String) -> String = { $0 }) -> Entry {
        .check { context in context.expect(context.seen.values(attribute, of: context.services), is: context.value.texts.map(map)) }
    }
    private static func includes(_ attribute: Attribute, _ map: @escaping @Sendable (String) -> String = { $0 }) -> Entry {
        .check { context in context.expect(context.values(attribute), includes: context.value.texts.map(map)) }
    }
    private static func ofClients(_ attribute: Attribute, _ map: @escaping @Sendable (String) -> String = { $0 }) -> Entry {
        .check { context in
            context.expect(context.clientValues(attribute).union(context.values(attribute)), includes: context.value.texts.map(map))
        }
    }

    /// Noted of the host or of any service of it.
    private static func ofHost(_ attribute: Attribute) -> Entry {
        .check { context in
            let services = context.seen.devices(context.address).flatMap(\.asset.services)
            let found = context.seen.values(attribute, at: context.address).union(context.seen.values(attribute, of: services))
            context.expect(found, is: context.value.texts)
        }
    }

    private static let entries: [String: Entry] = [
        // Any protocol
        "*.directions": .check { #expect($0.seen.report.coverage.oneSidedFlows > 0, "\($0.place): a direction is missing and it is not said") },
        "*.start": .check { #expect($0.seen.report.coverage.midStreamFlows > 0, "\($0.place): it began before the capture and it is not said") },
        "*.vlans": .check { context in
            let networks = context.services.map(\.key.host.network)
            let vlans = networks.map { $0.outerVLAN == 0 ? "\($0.vlan)" : "\($0.outerVLAN)/\($0.vlan)" }
            context.expect(Set(vlans), is: context.value.texts)
        },
        "*.clients": .check { Self.checkClients($0) },
        "*.certificate": .check { Self.checkCertificate($0) },
        "*.tls_version": exactly(.tlsVersion) { "TLSv" + $0 },
        "*.tls_versions": exactly(.tlsVersion) { "TLSv" + $0 },

        // DICOM. A title that was only asked for is the conversation's; one that was accepted is also the service's.
        "dicom.called_ae": .check { context in
            context.expect(context.values(.dicomCalledAE), includes: context.value.texts)
            #expect(context.seen.values(.dicomCalledAE, of: context.services).isSubset(of: context.value.texts), "\(context.place)")
        },
        "dicom.implementation_class_uid": exactly(.dicomImplementationUID),
        "dicom.implementation_version": exactly(.dicomImplementationVersion),
        "dicom.operations": ofClients(.dicomCommand),
        "dicom.sop_classes": .check { context in
            let all = [Attribute.dicomCommandSOPClass, .dicomAbstractSyntaxAccepted, .dicomAbstractSyntaxProposed]
            context.expect(all.reduce(into: []) { $0.formUnion(context.clientValues($1).union(context.values($1))) }, includes: context.value.texts)
        },
        "dicom.rejections": .check { context in
            let words = ["called AE title not recognised": "called-ae-not-recognized", "calling AE title not recognised": "calling-ae-not-recognized"]
            context.expect(context.values(.dicomRejectReason), is: context.value.texts.map { words[$0] ?? $0 })
        },
        "dicom.user_identity_types": ofClients(.dicomUserIdentity) {
            ["1": "username", "2": "username-passcode", "3": "kerberos", "4": "saml", "5": "jwt"][$0] ?? $0
        },

        // HL7. The answering application is the sender of the acknowledgements.
        "hl7.answering_application": .check { Self.checkAnswerer($0, .hl7SendingApplication) },
        "hl7.answering_facility": .check { Self.checkAnswerer($0, .hl7SendingFacility) },
        "hl7.message_types": .check { context in
            let types = context.seen.values(.hl7MessageType, withClientsOf: context.services)
            context.expect(Set(types.map { $0.split(separator: "^").prefix(2).joined(separator: "^") }), is: context.value.texts)
        },
        "hl7.acknowledgements": exactly(.hl7Acknowledgement),
        // Those of the messages; the acknowledgements may be of another.
        "hl7.versions": .check { context in
            let found = context.seen.values(.hl7Version, withClientsOf: context.services)
            context.expect(found, includes: context.value.texts)
            let answers = context.seen.values(.hl7Version, of: context.services)
            #expect(found.subtracting(answers).isSubset(of: context.value.texts), "\(context.place): \(found), acknowledgements \(answers)")
        },
        "hl7.profile": ofClients(.hl7Profile),
        "hl7.batch": .check { $0.expect($0.values(.hl7Framing), includes: ["batch"]) },
        "hl7.framing": exactly(.hl7Framing),
        "hl7.messages": .notApplicable("messages are not counted"),

        // Laboratory. What an analyser says of itself is the device's, not the service's.
        "astm.framing": exactly(.astmFraming),
        "astm.messages": exactly(.astmMessage),
        "astm.sender": exactly(.astmSender),
        "astm.errors": exactly(.astmError),
        "poct1-a.messages": exactly(.poct1aMessage),

        // Bedside. What a monitor says of itself is the host's, and a simulator may answer from another port.
        "intellivue.association": ofHost(.intellivueAssociation),
        "intellivue.manufacturer": ofHost(.intellivueManufacturer),
        "intellivue.model_number": ofHost(.intellivueModel),
        "intellivue.serial_number": ofHost(.intellivueSerial),
        "intellivue.software_revision": ofHost(.intellivueSoftware),
        "intellivue.hardware_revision": ofHost(.intellivueHardware),
        "intellivue.firmware_revision": ofHost(.intellivueFirmware),
        "intellivue.system_id": ofHost(.intellivueSystemID),
        "intellivue.system_type": ofHost(.intellivueSystemType),
        "intellivue.announced_port": ofHost(.intellivuePort),
        "intellivue.link": ofHost(.intellivueLink),
        "intellivue.language": ofHost(.intellivueLanguage),
        "unity.location": ofHost(.unityLocation),
        "medibus.device_id": exactly(.medibusDeviceID),
        "medibus.device_name": exactly(.medibusDeviceName),
        "medibus.revision": exactly(.medibusRevision),
        "medibus.protocol_revision": exactly(.medibusProtocolRevision),
        "b-braun-bcc.bed": exactly(.bccBed),
        "b-braun-bcc.gateway_serial": exactly(.bccGatewaySerial),
        "b-braun-bcc.gateway_software": exactly(.bccGatewaySoftware),
        "s5-dri.dri_level": exactly(.driLevel),

        // HTTP
        "http.application": .notApplicable("known by the page's title, and page content is not read"),
        "http.applications": includes(.httpAPI) { $0.lowercased() },
        "http.basic_realm": includes(.httpRealm),
        "http.host": exactly(.httpHost),
        "http.powered_by": exactly(.httpPoweredBy),
        "http.server": exactly(.httpServer),
        "http.user_agents": ofClients(.httpUserAgent),
        "http.redirects_to": .notApplicable("redirections are not kept"),
        "http.title": .notApplicable("page content is not read"),
        "http.may_fhir_version": exactly(.fhirVersion),
        "http.may_software": .check { context in
            let software = context.values(.fhirSoftware).flatMap { name in context.values(.fhirSoftwareVersion).map { "\(name) \($0)" } }
            context.expect(Set(software), is: context.value.texts)
        },
        "http.fhir_software": exactly(.fhirSoftware),
        "http.fhir_software_version": exactly(.fhirSoftwareVersion),
        "http.fhir_version": exactly(.fhirVersion),
        "http.fhir_resources": .check { $0.expect($0.values(.fhirResource), is: $0.value.texts) },
        "http.dicomweb_services": exactly(.dicomWebService),
        "http.web_applications": exactly(.httpApplication),
        "http.favicon": exactly(.httpFavicon),
        "http.ihe_transactions": exactly(.iheTransaction),
        "http.hl7v3_interactions": .check { $0.expect($0.values(.hl7v3Interaction), is: $0.value.texts) },

        // IEEE 11073: what a device says of itself over HTTP, and what it announces, which is the host's
        "http.dpws_manufacturer": exactly(.dpwsManufacturer),
        "http.dpws_model_name": exactly(.dpwsModelName),
        "http.dpws_model_number": exactly(.dpwsModelNumber),
        "http.dpws_friendly_name": exactly(.dpwsFriendlyName),
        "http.dpws_firmware": exactly(.dpwsFirmware),
        "http.dpws_serial": exactly(.dpwsSerial),
        "http.sdc_manufacturer": exactly(.sdcManufacturer),
        "http.sdc_model_name": exactly(.sdcModelName),
        "http.sdc_model_number": exactly(.sdcModelNumber),
        "http.sdc_serial": exactly(.sdcSerial),
        "http.sdc_udi": exactly(.sdcUDI),
        "http.sdc_mds_type": exactly(.sdcMDSType),
        "http.sdc_part_number": exactly(.sdcPartNumber),
        "http.sdc_hardware": exactly(.sdcHardware),
        "http.sdc_software": exactly(.sdcSoftware),
        "http.sdc_firmware": exactly(.sdcFirmware),
        "ws-discovery.wsd_types": ofHost(.wsdType),
        "ws-discovery.wsd_endpoint": ofHost(.wsdEndpoint),
        "ws-discovery.wsd_transport": ofHost(.wsdTransport),
        "ws-discovery.wsd_location": ofHost(.wsdLocation),
        "ws-discovery.wsd_scope": ofHost(.wsdScope),

        // TLS
        "tls.alpn_offered": ofClients(.tlsALPN) { _ in "h2" },
        "tls.alpn_selected": exactly(.tlsALPN),
        "tls.application": .notApplicable("the port alone says so"),
        "tls.client_certificate": .notApplicable("no attribute holds the client's certificate: it may be a person's"),
        "tls.sni": .check { $0.expect($0.values(.tlsServerName), is: $0.value.texts) },

        // SSH
        "ssh.ciphers": exactly(.sshCipher),
        "ssh.host_key_types": exactly(.sshHostKey),
        "ssh.kex_algorithms": includes(.sshKeyExchange),
        "ssh.key_exchange_chosen": .check { context in
            let offers = context.values(.sshKeyExchange)
            #expect(offers.contains { $0.hasPrefix(context.value.text ?? "?") }, "\(context.place): \(offers)")
        },
        "ssh.macs": exactly(.sshMAC),
        "ssh.server_banner": exactly(.sshBanner),
        "ssh.host_key_bits": .notApplicable("the host key itself is not read"),

        // Remote desktops
        "rdp.requested_protocols": ofClients(.rdpRequested) { ["TLS": "tls", "CredSSP": "nla"][$0] ?? $0 },
        "rdp.selected_protocol": .check { context in
            let wanted: Set<String> = switch context.value.text {
            case "TLS": ["tls"]
            case "CredSSP": ["nla"]
            case "standard RDP security": ["rdp", "rdp-without-negotiation"]
            default: []
            }
            let found = context.values(.rdpSelected)
            #expect(!found.isEmpty && found.isSubset(of: wanted), "\(context.place): \(found)")
        },
        "rdp.nla": .check { #expect($0.values(.rdpSelected).contains("nla") == $0.value.bool, "\($0.place)") },
        "rdp.client_names": ofClients(.rdpClientName),
        "rdp.encryption": .notApplicable("the method of RDP's own encryption is not read"),
        "vnc.rfb_version": .check { context in
            let parts = (context.value.text ?? "").split(separator: ".").map { String(repeating: "0", count: 3 - $0.count) + $0 }
            context.expect(context.seen.values(.vncVersion, of: context.services), is: [parts.joined(separator: ".")])
        },
        "vnc.security_types": exactly(.vncSecurityOffered) { ["1": "none", "2": "vnc"][$0] ?? $0 },
        "vnc.security_type_names": exactly(.vncSecurityOffered) { ["None": "none", "VncAuth": "vnc"][$0] ?? $0 },
        "vnc.desktop_name": includes(.vncDesktopName),

        // Files, names and addresses
        "ftp.server_banner": .check { context in
            let banners = context.values(.ftpBanner)
            #expect(banners.contains { $0.contains(context.value.text ?? "?") }, "\(context.place): \(banners)")
        },
        "ftp.anonymous": .check { $0.expect($0.values(.loginAnonymous), is: ["ftp"]) },
        "ftp.starttls": .check { context in
            context.expect(context.values(.ftpAuthTLS), is: ["1"])
            context.expect(context.values(.serviceUpgraded), is: ["tls"])
        },
        "dns.authoritative_for": .check { context in
            let names = context.seen.report.devices.flatMap(\.asset.observations).filter { $0.attribute == .dnsName }.map(\.value.description)
            for domain in context.value.texts { #expect(names.contains { $0.hasSuffix("." + domain) }, "\(context.place): \(names)") }
        },
        "dhcp.domain": exactly(.dhcpOfferedDomain),
        "dhcp.router": exactly(.dhcpOfferedRouter),

        // Management and discovery
        "snmp.versions": exactly(.snmpVersion),
        "snmp.sys_descr": exactly(.snmpDescription),
        "snmp.sys_descr_without_node": exactly(.snmpDescription),
        "snmp.sys_name": exactly(.snmpName),
        "snmp.sys_object_id": exactly(.snmpObjectID),
        "snmp.entity_maker": exactly(.snmpEntityMaker),
        "snmp.entity_model": exactly(.snmpEntityModel),
        "snmp.entity_serial": exactly(.snmpEntitySerial),
        "snmp.entity_hardware": exactly(.snmpEntityHardware),
        "snmp.entity_firmware": exactly(.snmpEntityFirmware),
        "snmp.entity_software": exactly(.snmpEntitySoftware),
        "snmp.ups_maker": exactly(.snmpUPSMaker),
        "snmp.ups_model": exactly(.snmpUPSModel),
        "snmp.ups_firmware": exactly(.snmpUPSFirmware),
        "snmp.ups_agent": exactly(.snmpUPSAgent),
        "snmp.community_default": .check { $0.expect($0.values(.snmpCommunityDefault), is: $0.value.bool == true ? ["1"] : []) },
        "snmp.security_levels": exactly(.snmpSecurityLevel),
        "snmp.engine_enterprise": exactly(.snmpEngineEnterprise) { "1.3.6.1.4.1." + $0 + "." },
        "snmp.engine_mac": exactly(.snmpEngineAddress),
        "lantronix.type": exactly(.lantronixType),
        "lantronix.setup_read": .check { $0.expect($0.values(.lantronixPassword), is: $0.value.bool == true ? ["1"] : []) },
        "moxa.model_code": exactly(.moxaModel),
        "moxa.server_name": exactly(.moxaName),
        "moxa.serial_number": exactly(.moxaSerial),
        "addp.product": exactly(.addpProduct),
        "addp.firmware": exactly(.addpFirmware),
        "addp.device_name": exactly(.addpName),
    ]

    private static func checkAnswerer(_ context: Context, _ attribute: Attribute) {
        let found = context.seen.values(attribute, of: context.services).union(context.seen.values(attribute, at: context.address))
        context.expect(found, includes: context.value.texts)
    }

    private static func checkClients(_ context: Context) {
        let attributes: [String: Attribute] = [
            "calling_ae": .dicomCallingAE, "implementation_class_uid": .dicomImplementationUID,
            "implementation_version": .dicomImplementationVersion, "sending_application": .hl7SendingApplication,
            "sending_facility": .hl7SendingFacility, "software_vendor": .hl7SoftwareVendor, "software_version": .hl7SoftwareVersion,
            "software_product": .hl7SoftwareProduct, "user_agent": .httpUserAgent, "banner": .sshBanner,
            "astm_sender": .astmSender, "astm_version": .astmVersion, "astm_error": .astmError, "poct1a_vendor": .poct1aVendor,
            "poct1a_manufacturer": .poct1aManufacturer, "poct1a_model": .poct1aModel, "poct1a_serial": .poct1aSerial, "poct1a_software": .poct1aSoftware,
            "phd_system_id": .phdSystemID, "phd_configuration": .phdConfiguration, "phd_specialisation": .phdSpecialisation,
            "phd_manufacturer": .phdManufacturer, "phd_model": .phdModel, "phd_serial": .phdSerial, "phd_part_number": .phdPartNumber,
            "phd_hardware": .phdHardware, "phd_software": .phdSoftware, "phd_firmware": .phdFirmware,
            "syslog_application": .syslogApplication, "syslog_hostname": .syslogHostname, "audit_source": .atnaSource, "audit_event": .atnaEvent,
        ]
        let clients = context.seen.clients(of: context.services)
        for client in context.value.list ?? [] {
            guard let fields = client.object, let address = fields["address"]?.text else { continue }
            #expect(clients.contains(address), "\(context.place): \(address) used it")
            for (field, value) in fields where field != "address" {
                if field == "sending_application_eui64" {
                    let names = context.seen.values(.hl7SendingApplication, at: address)
                    #expect(names.contains { $0.contains(value.text ?? "?") }, "\(context.place): \(field) in \(names)")
                } else if let attribute = attributes[field] {
                    let found = context.seen.values(attribute, at: address)
                    #expect(found.contains(value.text ?? "?"), "\(context.place): \(field) of \(address): \(value.text ?? "?") wanted, \(found) found")
                } else {
                    Issue.record("\(context.place): \(field) of clients is not mapped")
                }
            }
        }
        let wanted = Set((context.value.list ?? []).compactMap { $0.object?["address"]?.text })
        #expect(clients.isSubset(of: wanted), "\(context.place): \(clients.subtracting(wanted)) never used it")
    }

    private static func checkCertificate(_ context: Context) {
        for (field, value) in context.value.object ?? [:] {
            func expect(_ attribute: Attribute, _ matches: (String) -> Bool) {
                let found = context.values(attribute)
                let isThere = found.contains(where: matches)
                #expect(isThere, "\(context.place) \(field): \(value) wanted, \(found) found")
            }
            let text = value.text ?? "?"
            switch field {
            case "subject_cn": expect(.tlsCertificateSubject) { $0.contains("CN=\(text)") }
            case "subject_o": expect(.tlsCertificateSubject) { $0.contains("O=\(text)") }
            case "issuer_cn": expect(.tlsCertificateIssuer) { $0.contains("CN=\(text)") }
            case "not_before": expect(.tlsCertificateNotBefore) { $0 == text }
            case "not_after": expect(.tlsCertificateNotAfter) { $0 == text }
            case "self_signed": #expect(context.values(.tlsCertificateSelfSigned).contains("1") == value.bool, "\(context.place) \(field)")
            case "key":
                let parts = text.split(separator: " ")
                expect(.tlsCertificateKey) { $0 == parts.first?.lowercased() }
                let bits = ["secp256r1": "256", "secp384r1": "384"][String(parts.last ?? "")] ?? String(parts.last ?? "")
                expect(.tlsCertificateKeyBits) { $0 == bits }
            case "signature_hash": expect(.tlsCertificateSignature) { $0.hasPrefix(text + "-") }
            case "sha256": expect(.tlsCertificateFingerprint) { $0 == text }
            case "serial_number": continue  // Not kept: the fingerprint names the certificate.
            default: Issue.record("\(context.place) \(field): this field of certificates is not mapped")
            }
        }
    }
}

/// The same for devices.
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
        case "router": ["router"]
        case "UPS": ["power-supply"]
        case "serial device server": ["serial-server"]
        default: nil
        }
    }
}
