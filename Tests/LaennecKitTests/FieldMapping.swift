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

    /// One value, which begins with the text of the truth: the rest is the build's.
    private static func begins(_ attribute: Attribute) -> Entry {
        .check { context in
            let found = context.seen.values(attribute, of: context.services)
            let isThere = found.count == 1 && found.contains { $0.hasPrefix(context.value.text ?? "?") }
            #expect(isThere, "\(context.place): \(context.value.text ?? "?") wanted, \(found) found")
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
        "tls.cipher": exactly(.tlsCipher),
        "tls.compression": exactly(.tlsCompression),
        "tls.version_chosen": exactly(.tlsVersion),
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
        "ssh.host_key_bits": exactly(.sshHostKeyBits),

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

        // Databases and message brokers
        "*.encryption": exactly(.databaseEncryption),
        "*.authentication": exactly(.databaseAuthentication),
        "redis.version": exactly(.redisVersion),
        "memcached.version": exactly(.memcachedVersion),
        "mqtt.versions": exactly(.mqttVersion),
        "mqtt.broker": exactly(.mqttBroker),
        "amqp.product": exactly(.amqpProduct),
        "amqp.versions": exactly(.amqpVersion),

        // Buildings and industry
        "*.control": includes(.controlAccepted),
        "modbus.vendor": exactly(.modbusVendor),
        "modbus.product_code": exactly(.modbusProductCode),
        "modbus.revision": exactly(.modbusRevision),
        "modbus.product": exactly(.modbusProduct),
        "s7comm.module": exactly(.s7Module),
        "s7comm.order_number": exactly(.s7Order),
        "s7comm.firmware": exactly(.s7Firmware),
        "s7comm.plc_name": exactly(.s7Name),
        "s7comm.module_serial": exactly(.s7Serial),
        "opc-ua.policy": includes(.opcuaPolicy),
        "opc-ua.session": exactly(.opcuaSession),
        "bacnet.instance": exactly(.bacnetInstance),
        "bacnet.vendor": exactly(.bacnetVendor),
        "bacnet.model": exactly(.bacnetModel),
        "bacnet.firmware": exactly(.bacnetFirmware),
        "bacnet.software": exactly(.bacnetSoftware),
        "bacnet.device_name": exactly(.bacnetName),
        "bacnet.serial_number": exactly(.bacnetSerial),
        "enip.product": exactly(.enipProduct),
        "knx.friendly_name": exactly(.knxName),
        "knx.connection": exactly(.knxConnection),

        // Mail, voice, printing
        "*.starttls": .check { context in context.expect(context.seen.protocolNames(context.services), includes: ["tls"]) },
        "smtp.banner": exactly(.smtpBanner),
        "smtp.name": exactly(.smtpServerName),
        "pop3.banner": exactly(.pop3Banner),
        "imap.banner": exactly(.imapBanner),
        "xmpp.name": exactly(.xmppServerName),
        "irc.server_name": exactly(.ircServerName),
        "sip.server": exactly(.sipServer),
        "rtsp.server": exactly(.rtspServer),
        "ipp.make_and_model": exactly(.ippMakeAndModel),
        "pjl.model": exactly(.pjlModel),

        // Remote access and tunnels
        "spice.version": exactly(.spiceVersion),
        "vnc.version": exactly(.vncVersion),
        "pcanywhere.name": ofHost(.pcanywhereName),
        "x11.access": exactly(.x11Access),
        "xdmcp.name": ofHost(.xdmcpHostName),
        "ike.version": exactly(.ikeVersion),
        "openvpn.control": exactly(.openvpnControl),
        "l2tp.host_name": exactly(.l2tpHostName),
        "l2tp.vendor": exactly(.l2tpVendor),
        "pptp.vendor": exactly(.pptpVendor),
        "socks.version": exactly(.socksVersion),
        "socks.versions": exactly(.socksVersion),
        "socks.methods": exactly(.socksMethod),
        "stun.software": begins(.stunSoftware),
        "quic.versions": exactly(.quicVersion),
        "quic.server_name": exactly(.tlsServerName),
        "quic.alpn": ofClients(.tlsALPN),
        "dtls.version": exactly(.dtlsVersion),

        // Storage, backup, management of servers
        "nfs.versions": exactly(.nfsVersion),
        "nfs.authentication": exactly(.nfsAuthentication),
        "iscsi.targets": includes(.iscsiTarget),
        "rsync.version": exactly(.rsyncVersion),
        "bacula.version": begins(.baculaVersion),
        "ipmi.versions": exactly(.ipmiVersion),

        // Names and the network
        "mdns.name": ofHost(.dnsName),
        "mdns.services": ofHost(.mdnsService),
        "mdns.instance": ofHost(.mdnsInstance),
        "mdns.texts": .check { $0.expect($0.seen.values(.mdnsText, at: $0.address), includes: $0.value.texts) },
        "radius.methods": .check { $0.expect($0.values(.radiusAuthentication), is: $0.value.texts) },
        "radius.eap": .check { $0.expect($0.values(.eapMethod), is: $0.value.texts) },
        "ntp.software": begins(.ntpSoftware),

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
            "initiator": .iscsiInitiator,
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
