extension Attribute {
    /// What may be done with a value.
    public enum Privacy: String, Sendable {
        /// About machines and software.
        case technical
        /// Names machines, sites or applications; replaced by a keyed pseudonym where the user asks for it.
        case naming
    }

    /// The kind of an attribute's values.
    public enum Kind: String, Sendable {
        case text, number, time
    }

    /// The fixed properties of an attribute.
    public struct Definition: Sendable {
        /// The stable name, as signatures, rules and outputs write it.
        public let name: String
        public let kind: Kind
        public let privacy: Privacy
        /// The Wireshark display-filter field that shows the same bytes, so that a reader can check; `nil` where there is none.
        public let displayField: String?
    }

    public var definition: Definition {
        switch self {
        case .serviceProtocol: Definition(name: "service.protocol", kind: .text, privacy: .technical, displayField: nil)
        case .serviceUpgraded: Definition(name: "service.upgraded", kind: .text, privacy: .technical, displayField: nil)
        case .loginClear: Definition(name: "login.clear", kind: .text, privacy: .technical, displayField: nil)
        case .loginAnonymous: Definition(name: "login.anonymous", kind: .text, privacy: .technical, displayField: nil)
        case .loginAccepted: Definition(name: "login.accepted", kind: .text, privacy: .technical, displayField: nil)
        case .linkAddress: Definition(name: "link.address", kind: .text, privacy: .technical, displayField: "arp.src.hw_mac")
        case .dnsName: Definition(name: "dns.name", kind: .text, privacy: .naming, displayField: "dns.a")
        case .dnsRecursion: Definition(name: "dns.recursion", kind: .number, privacy: .technical, displayField: "dns.flags.recavail")
        case .dnsSoftware: Definition(name: "dns.software", kind: .text, privacy: .technical, displayField: "dns.txt")
        case .dhcpHostname: Definition(name: "dhcp.hostname", kind: .text, privacy: .naming, displayField: "dhcp.option.hostname")
        case .dhcpRequestedAddress: Definition(name: "dhcp.requested_address", kind: .text, privacy: .technical, displayField: "dhcp.option.requested_ip_address")
        case .dhcpAddress: Definition(name: "dhcp.address", kind: .text, privacy: .technical, displayField: "dhcp.ip.your")
        case .dhcpServer: Definition(name: "dhcp.server", kind: .text, privacy: .technical, displayField: "dhcp.option.dhcp_server_id")
        case .dhcpParameterList: Definition(name: "dhcp.parameter_list", kind: .text, privacy: .technical, displayField: "dhcp.option.request_list_item")
        case .dhcpVendorClass: Definition(name: "dhcp.vendor_class", kind: .text, privacy: .technical, displayField: "dhcp.option.vendor_class_id")
        case .dhcpClientID: Definition(name: "dhcp.client_id", kind: .text, privacy: .technical, displayField: "dhcp.option.dhcp_client_id")
        case .dhcpUserClass: Definition(name: "dhcp.user_class", kind: .text, privacy: .technical, displayField: "dhcp.option.user_class")
        case .dhcpFQDN: Definition(name: "dhcp.fqdn", kind: .text, privacy: .naming, displayField: "dhcp.fqdn.name")
        case .dhcpRelayCircuit: Definition(name: "dhcp.relay_circuit", kind: .text, privacy: .technical, displayField: "dhcp.option.agent_information_option.agent_circuit_id")
        case .dhcpRelayRemote: Definition(name: "dhcp.relay_remote", kind: .text, privacy: .technical, displayField: "dhcp.option.agent_information_option.agent_remote_id")
        case .dhcpOfferedRouter: Definition(name: "dhcp.offered_router", kind: .text, privacy: .technical, displayField: "dhcp.option.router")
        case .dhcpOfferedDNS: Definition(name: "dhcp.offered_dns", kind: .text, privacy: .technical, displayField: "dhcp.option.domain_name_server")
        case .dhcpOfferedDomain: Definition(name: "dhcp.offered_domain", kind: .text, privacy: .naming, displayField: "dhcp.option.domain_name")
        case .httpServer: Definition(name: "http.server", kind: .text, privacy: .technical, displayField: "http.server")
        case .httpPoweredBy: Definition(name: "http.powered_by", kind: .text, privacy: .technical, displayField: "http.x_powered_by")
        case .httpUserAgent: Definition(name: "http.user_agent", kind: .text, privacy: .technical, displayField: "http.user_agent")
        case .httpHost: Definition(name: "http.host", kind: .text, privacy: .naming, displayField: "http.host")
        case .httpAPI: Definition(name: "http.api", kind: .text, privacy: .technical, displayField: "http.content_type")
        case .httpAuthScheme: Definition(name: "http.auth_scheme", kind: .text, privacy: .technical, displayField: "http.www_authenticate")
        case .httpRealm: Definition(name: "http.realm", kind: .text, privacy: .technical, displayField: "http.www_authenticate")
        case .tlsVersion: Definition(name: "tls.version", kind: .text, privacy: .technical, displayField: "tls.handshake.version")
        case .tlsVersionOffered: Definition(name: "tls.version_offered", kind: .text, privacy: .technical, displayField: "tls.handshake.extensions.supported_version")
        case .tlsServerName: Definition(name: "tls.server_name", kind: .text, privacy: .naming, displayField: "tls.handshake.extensions_server_name")
        case .tlsALPN: Definition(name: "tls.alpn", kind: .text, privacy: .technical, displayField: "tls.handshake.extensions_alpn_str")
        case .tlsCipher: Definition(name: "tls.cipher", kind: .text, privacy: .technical, displayField: "tls.handshake.ciphersuite")
        case .tlsCipherOfferedWeak: Definition(name: "tls.cipher_offered_weak", kind: .text, privacy: .technical, displayField: "tls.handshake.ciphersuite")
        case .tlsJA3: Definition(name: "tls.ja3", kind: .text, privacy: .technical, displayField: "tls.handshake.ja3")
        case .tlsJA3S: Definition(name: "tls.ja3s", kind: .text, privacy: .technical, displayField: "tls.handshake.ja3s")
        case .tlsJA4: Definition(name: "tls.ja4", kind: .text, privacy: .technical, displayField: "tls.handshake.ja4")
        case .tlsCertificateSubject: Definition(name: "tls.certificate_subject", kind: .text, privacy: .naming, displayField: "x509sat.printableString")
        case .tlsCertificateIssuer: Definition(name: "tls.certificate_issuer", kind: .text, privacy: .technical, displayField: "x509sat.printableString")
        case .tlsCertificateName: Definition(name: "tls.certificate_name", kind: .text, privacy: .naming, displayField: "x509ce.dNSName")
        case .tlsCertificateNotBefore: Definition(name: "tls.certificate_not_before", kind: .time, privacy: .technical, displayField: "x509af.notBefore")
        case .tlsCertificateNotAfter: Definition(name: "tls.certificate_not_after", kind: .time, privacy: .technical, displayField: "x509af.notAfter")
        case .tlsCertificateExpired: Definition(name: "tls.certificate_expired", kind: .number, privacy: .technical, displayField: "x509af.notAfter")
        case .tlsCertificateKey: Definition(name: "tls.certificate_key", kind: .text, privacy: .technical, displayField: "x509af.algorithm_id")
        case .tlsCertificateKeyBits: Definition(name: "tls.certificate_key_bits", kind: .number, privacy: .technical, displayField: "x509af.subjectPublicKey")
        case .tlsCertificateSignature: Definition(name: "tls.certificate_signature", kind: .text, privacy: .technical, displayField: "x509af.algorithm_id")
        case .tlsCertificateSelfSigned: Definition(name: "tls.certificate_self_signed", kind: .number, privacy: .technical, displayField: "x509af.issuer")
        case .tlsCertificateFingerprint: Definition(name: "tls.certificate_fingerprint", kind: .text, privacy: .technical, displayField: "tls.handshake.certificate")
        case .tlsAlert: Definition(name: "tls.alert", kind: .text, privacy: .technical, displayField: "tls.alert_message.desc")
        case .sshBanner: Definition(name: "ssh.banner", kind: .text, privacy: .technical, displayField: "ssh.protocol")
        case .sshHASSH: Definition(name: "ssh.hassh", kind: .text, privacy: .technical, displayField: "ssh.kex.hassh")
        case .sshHASSHServer: Definition(name: "ssh.hassh_server", kind: .text, privacy: .technical, displayField: "ssh.kex.hasshserver")
        case .sshKeyExchange: Definition(name: "ssh.key_exchange", kind: .text, privacy: .technical, displayField: "ssh.kex_algorithms")
        case .sshHostKey: Definition(name: "ssh.host_key", kind: .text, privacy: .technical, displayField: "ssh.server_host_key_algorithms")
        case .sshCipher: Definition(name: "ssh.cipher", kind: .text, privacy: .technical, displayField: "ssh.encryption_algorithms_server_to_client")
        case .sshMAC: Definition(name: "ssh.mac", kind: .text, privacy: .technical, displayField: "ssh.mac_algorithms_server_to_client")
        case .rdpRequested: Definition(name: "rdp.requested", kind: .text, privacy: .technical, displayField: "rdp.negReq.requestedProtocols")
        case .rdpSelected: Definition(name: "rdp.selected", kind: .text, privacy: .technical, displayField: "rdp.negReq.selectedProtocol")
        case .rdpFailure: Definition(name: "rdp.failure", kind: .text, privacy: .technical, displayField: "rdp.negReq.failureCode")
        case .rdpClientBuild: Definition(name: "rdp.client_build", kind: .number, privacy: .technical, displayField: "rdp.client.build")
        case .rdpClientName: Definition(name: "rdp.client_name", kind: .text, privacy: .naming, displayField: "rdp.client.name")
        case .vncVersion: Definition(name: "vnc.version", kind: .text, privacy: .technical, displayField: "vnc.server_proto_ver")
        case .vncSecurityOffered: Definition(name: "vnc.security_offered", kind: .text, privacy: .technical, displayField: "vnc.security_type")
        case .vncSecurityChosen: Definition(name: "vnc.security_chosen", kind: .text, privacy: .technical, displayField: "vnc.security_type")
        case .vncDesktopName: Definition(name: "vnc.desktop_name", kind: .text, privacy: .naming, displayField: "vnc.desktop_name")
        case .telnetBanner: Definition(name: "telnet.banner", kind: .text, privacy: .technical, displayField: "telnet.data")
        case .telnetOption: Definition(name: "telnet.option", kind: .text, privacy: .technical, displayField: "telnet.cmd")
        case .ftpBanner: Definition(name: "ftp.banner", kind: .text, privacy: .technical, displayField: "ftp.response.arg")
        case .ftpSystem: Definition(name: "ftp.system", kind: .text, privacy: .technical, displayField: "ftp.response.arg")
        case .ftpAuthTLS: Definition(name: "ftp.auth_tls", kind: .number, privacy: .technical, displayField: "ftp.request.command")
        case .ftpDataPort: Definition(name: "ftp.data_port", kind: .number, privacy: .technical, displayField: "ftp.passive.port")
        case .dicomCalledAE: Definition(name: "dicom.called_ae", kind: .text, privacy: .naming, displayField: "dicom.assoc.called_aet")
        case .dicomCallingAE: Definition(name: "dicom.calling_ae", kind: .text, privacy: .naming, displayField: "dicom.assoc.calling_aet")
        case .dicomImplementationUID: Definition(name: "dicom.implementation_uid", kind: .text, privacy: .technical, displayField: "dicom.userinfo.implementation.uid")
        case .dicomImplementationVersion: Definition(name: "dicom.implementation_version", kind: .text, privacy: .technical, displayField: "dicom.userinfo.implementation.version")
        case .dicomMaxPDU: Definition(name: "dicom.max_pdu", kind: .number, privacy: .technical, displayField: "dicom.max_pdu_len")
        case .dicomAbstractSyntaxProposed: Definition(name: "dicom.abstract_syntax_proposed", kind: .text, privacy: .technical, displayField: "dicom.pctx.abss.syntax")
        case .dicomAbstractSyntaxAccepted: Definition(name: "dicom.abstract_syntax_accepted", kind: .text, privacy: .technical, displayField: "dicom.pctx.abss.syntax")
        case .dicomTransferSyntaxProposed: Definition(name: "dicom.transfer_syntax_proposed", kind: .text, privacy: .technical, displayField: "dicom.pctx.xfer.syntax")
        case .dicomTransferSyntaxAccepted: Definition(name: "dicom.transfer_syntax_accepted", kind: .text, privacy: .technical, displayField: "dicom.pctx.xfer.syntax")
        case .dicomAssociation: Definition(name: "dicom.association", kind: .text, privacy: .technical, displayField: "dicom.pdu.type")
        case .dicomRejectReason: Definition(name: "dicom.reject_reason", kind: .text, privacy: .technical, displayField: "dicom.assoc.reject.reason")
        case .dicomUserIdentity: Definition(name: "dicom.user_identity", kind: .text, privacy: .technical, displayField: "dicom.userinfo.user_identify.type")
        case .dicomCommand: Definition(name: "dicom.command", kind: .text, privacy: .technical, displayField: "dicom.command_field")
        case .dicomCommandSOPClass: Definition(name: "dicom.command_sop_class", kind: .text, privacy: .technical, displayField: "dicom.tag")
        case .dicomModality: Definition(name: "dicom.modality", kind: .text, privacy: .technical, displayField: "dicom.tag")
        case .dicomManufacturer: Definition(name: "dicom.manufacturer", kind: .text, privacy: .technical, displayField: "dicom.tag")
        case .dicomModel: Definition(name: "dicom.model", kind: .text, privacy: .technical, displayField: "dicom.tag")
        case .dicomSoftware: Definition(name: "dicom.software", kind: .text, privacy: .technical, displayField: "dicom.tag")
        case .dicomSerial: Definition(name: "dicom.serial", kind: .text, privacy: .technical, displayField: "dicom.tag")
        case .dicomDeviceUID: Definition(name: "dicom.device_uid", kind: .text, privacy: .technical, displayField: "dicom.tag")
        case .dicomUDI: Definition(name: "dicom.udi", kind: .text, privacy: .technical, displayField: "dicom.tag")
        case .dicomDetectorID: Definition(name: "dicom.detector_id", kind: .text, privacy: .technical, displayField: "dicom.tag")
        case .dicomStationName: Definition(name: "dicom.station_name", kind: .text, privacy: .naming, displayField: "dicom.tag")
        case .dicomInstitution: Definition(name: "dicom.institution", kind: .text, privacy: .naming, displayField: "dicom.tag")
        case .dicomDepartment: Definition(name: "dicom.department", kind: .text, privacy: .naming, displayField: "dicom.tag")
        case .dicomPrivateCreator: Definition(name: "dicom.private_creator", kind: .text, privacy: .technical, displayField: "dicom.tag")
        case .dicomShape: Definition(name: "dicom.shape", kind: .text, privacy: .technical, displayField: "dicom.pctx.id")
        case .hl7SendingApplication: Definition(name: "hl7.sending_application", kind: .text, privacy: .naming, displayField: "hl7.msh.3")
        case .hl7SendingFacility: Definition(name: "hl7.sending_facility", kind: .text, privacy: .naming, displayField: "hl7.msh.4")
        case .hl7ReceivingApplication: Definition(name: "hl7.receiving_application", kind: .text, privacy: .naming, displayField: "hl7.msh.5")
        case .hl7ReceivingFacility: Definition(name: "hl7.receiving_facility", kind: .text, privacy: .naming, displayField: "hl7.msh.6")
        case .hl7MessageType: Definition(name: "hl7.message_type", kind: .text, privacy: .technical, displayField: "hl7.msh.9")
        case .hl7ProcessingID: Definition(name: "hl7.processing_id", kind: .text, privacy: .technical, displayField: "hl7.msh.11")
        case .hl7Version: Definition(name: "hl7.version", kind: .text, privacy: .technical, displayField: "hl7.msh.12")
        case .hl7CharacterSet: Definition(name: "hl7.character_set", kind: .text, privacy: .technical, displayField: "hl7.msh.18")
        case .hl7Profile: Definition(name: "hl7.profile", kind: .text, privacy: .technical, displayField: "hl7.msh.21")
        case .hl7SoftwareVendor: Definition(name: "hl7.software_vendor", kind: .text, privacy: .technical, displayField: "hl7.sft.1")
        case .hl7SoftwareVersion: Definition(name: "hl7.software_version", kind: .text, privacy: .technical, displayField: "hl7.sft.2")
        case .hl7SoftwareProduct: Definition(name: "hl7.software_product", kind: .text, privacy: .technical, displayField: "hl7.sft.3")
        case .hl7SoftwareBinary: Definition(name: "hl7.software_binary", kind: .text, privacy: .technical, displayField: "hl7.sft.4")
        case .hl7Acknowledgement: Definition(name: "hl7.acknowledgement", kind: .text, privacy: .technical, displayField: "hl7.msa.1")
        case .hl7Equipment: Definition(name: "hl7.equipment", kind: .text, privacy: .technical, displayField: "hl7.obx.18")
        case .hl7DeviceID: Definition(name: "hl7.device_id", kind: .text, privacy: .technical, displayField: "hl7.prt.10")
        case .hl7UDI: Definition(name: "hl7.udi", kind: .text, privacy: .technical, displayField: "hl7.prt.16")
        case .hl7DeviceManufactured: Definition(name: "hl7.device_manufactured", kind: .text, privacy: .technical, displayField: "hl7.prt.17")
        case .hl7DeviceExpiry: Definition(name: "hl7.device_expiry", kind: .text, privacy: .technical, displayField: "hl7.prt.18")
        case .hl7DeviceLot: Definition(name: "hl7.device_lot", kind: .text, privacy: .technical, displayField: "hl7.prt.19")
        case .hl7DeviceSerial: Definition(name: "hl7.device_serial", kind: .text, privacy: .technical, displayField: "hl7.prt.20")
        case .hl7DeviceType: Definition(name: "hl7.device_type", kind: .text, privacy: .technical, displayField: "hl7.prt.22")
        case .hl7Framing: Definition(name: "hl7.framing", kind: .text, privacy: .technical, displayField: "hl7.llp.sob")
        }
    }

    public var name: String { self.definition.name }

    /// The attribute of that name.
    public init?(name: String) {
        guard let attribute = Self.byName[name] else { return nil }
        self = attribute
    }
    private static let byName = Dictionary(uniqueKeysWithValues: Self.allCases.map { ($0.name, $0) })
}

extension Attribute: Comparable {
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
