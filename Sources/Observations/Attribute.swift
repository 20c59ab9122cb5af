/// The closed vocabulary of what an observation may say.
///
/// This list is the patient-data policy: a field of the wire that has no case here has nowhere to go. Signatures, rules and
/// reports use the names in the comments. A case states its meaning, its unit and, through ``definition``, its name, the kind
/// of its value, its privacy class and the Wireshark display-filter field that shows the same bytes.
public enum Attribute: UInt16, CaseIterable, Hashable, Sendable {
    // MARK: Services and logins, whatever the protocol
    /// `service.protocol`: The application protocol that the bytes proved, by its stable lower-case name (see ``ApplicationProtocol``).
    case serviceProtocol
    /// `service.upgraded`: The protocol that a conversation changed to on request (`tls` after FTP AUTH TLS or an RDP negotiation).
    case serviceUpgraded
    /// `login.clear`: A login crossed the wire unencrypted; the value is the method (`telnet`, `ftp`, `http-basic`, `http-form`, `dicom-user-identity`). Never the name or the password.
    case loginClear
    /// `login.anonymous`: A login without a person was accepted or offered; the value is the method.
    case loginAnonymous
    /// `login.accepted`: A clear-text login was answered with success; the value is the method.
    case loginAccepted

    // MARK: Hardware addresses and names
    /// `link.address`: Hardware address that the host itself announced for its IP address (ARP, DHCP).
    case linkAddress
    /// `dns.name`: A DNS server of the site answered that this name has this address.
    case dnsName
    /// `dns.recursion`: 1: the DNS server offers recursion.
    case dnsRecursion
    /// `dns.software`: Answer to version.bind: the DNS server's software.
    case dnsSoftware

    // MARK: DHCP (RFC 2132)
    /// `dhcp.hostname`: Option 12: the name that the client gives itself.
    case dhcpHostname
    /// `dhcp.requested_address`: Option 50: the address that the client asks for.
    case dhcpRequestedAddress
    /// `dhcp.address`: The address that a server leased to the client (yiaddr of an ACK).
    case dhcpAddress
    /// `dhcp.server`: Option 54: the server that the client chose or that answered.
    case dhcpServer
    /// `dhcp.parameter_list`: Option 55: the options asked for, in order, as decimal numbers joined by commas.
    case dhcpParameterList
    /// `dhcp.vendor_class`: Option 60: vendor class identifier.
    case dhcpVendorClass
    /// `dhcp.client_id`: Option 61 as hexadecimal digits, type octet first.
    case dhcpClientID
    /// `dhcp.user_class`: Option 77: user class.
    case dhcpUserClass
    /// `dhcp.fqdn`: Option 81: fully qualified domain name of the client.
    case dhcpFQDN
    /// `dhcp.relay_circuit`: Option 82.1: the switch port or VLAN of the client, as text or hexadecimal digits.
    case dhcpRelayCircuit
    /// `dhcp.relay_remote`: Option 82.2: the relay itself, as text or hexadecimal digits.
    case dhcpRelayRemote
    /// `dhcp.offered_router`: Option 3 of a server's answer: the gateway that it gives to clients.
    case dhcpOfferedRouter
    /// `dhcp.offered_dns`: Option 6 of a server's answer: a name server that it gives to clients.
    case dhcpOfferedDNS
    /// `dhcp.offered_domain`: Option 15 of a server's answer.
    case dhcpOfferedDomain

    // MARK: HTTP/1 (RFC 9110, RFC 9112)
    /// `http.server`: Server header.
    case httpServer
    /// `http.powered_by`: X-Powered-By header.
    case httpPoweredBy
    /// `http.user_agent`: User-Agent header.
    case httpUserAgent
    /// `http.host`: Host header without its port: the name by which the client calls the server.
    case httpHost
    /// `http.api`: A medical interface shown by content type or path: `fhir`, `dicomweb`, `wado-uri`, `hl7-v2`, `hl7-v3`, `cda`.
    case httpAPI
    /// `http.auth_scheme`: Scheme of WWW-Authenticate or Authorization (`basic`, `digest`, `bearer`, `ntlm`, `negotiate`), never its content.
    case httpAuthScheme
    /// `http.realm`: Realm that the server names in WWW-Authenticate: often the product.
    case httpRealm

    // MARK: TLS (RFC 8446, RFC 5246)
    /// `tls.version`: Version that the server chose: `SSLv2`, `SSLv3`, `TLSv1.0`, `TLSv1.1`, `TLSv1.2`, `TLSv1.3`.
    case tlsVersion
    /// `tls.version_offered`: Highest version that the client offered.
    case tlsVersionOffered
    /// `tls.server_name`: Server name that the client asked for (SNI, RFC 6066 section 3).
    case tlsServerName
    /// `tls.alpn`: Application protocol that the server chose, or the client offered first where the server's answer is not seen.
    case tlsALPN
    /// `tls.cipher`: Cipher suite that the server chose, by its IANA name or as `0x....`.
    case tlsCipher
    /// `tls.cipher_offered_weak`: A class of weak suites that the client offers: `null`, `export`, `anonymous`, `rc4`, `des`, `3des`.
    case tlsCipherOfferedWeak
    /// `tls.ja3`: JA3 of the ClientHello.
    case tlsJA3
    /// `tls.ja3s`: JA3S of the ServerHello.
    case tlsJA3S
    /// `tls.ja4`: JA4 of the ClientHello.
    case tlsJA4
    /// `tls.certificate_subject`: Subject of the server's certificate, most specific last: `O=…, CN=…`.
    case tlsCertificateSubject
    /// `tls.certificate_issuer`: Issuer of the server's certificate.
    case tlsCertificateIssuer
    /// `tls.certificate_name`: A name or address in subjectAltName of the server's certificate.
    case tlsCertificateName
    /// `tls.certificate_not_before`: Start of validity.
    case tlsCertificateNotBefore
    /// `tls.certificate_not_after`: End of validity.
    case tlsCertificateNotAfter
    /// `tls.certificate_expired`: Days between the end of validity and the frame that showed the certificate; only where positive.
    case tlsCertificateExpired
    /// `tls.certificate_key`: Kind of public key: `rsa`, `ec`, `dsa`, `ed25519`, or an object identifier.
    case tlsCertificateKey
    /// `tls.certificate_key_bits`: Size of the public key in bits.
    case tlsCertificateKeyBits
    /// `tls.certificate_signature`: Signature algorithm (`sha256-rsa`, `sha1-rsa`, `md5-rsa`, `sha256-ecdsa`, …) or an object identifier.
    case tlsCertificateSignature
    /// `tls.certificate_self_signed`: 1: subject and issuer are the same name.
    case tlsCertificateSelfSigned
    /// `tls.certificate_fingerprint`: SHA-256 of the server's certificate, hexadecimal.
    case tlsCertificateFingerprint
    /// `tls.alert`: Fatal alert in clear, by its name in RFC 8446 section 6.
    case tlsAlert

    // MARK: SSH (RFC 4253)
    /// `ssh.banner`: Identification string.
    case sshBanner
    /// `ssh.hassh`: HASSH of the client's key exchange offer.
    case sshHASSH
    /// `ssh.hassh_server`: HASSH of the server's key exchange offer.
    case sshHASSHServer
    /// `ssh.key_exchange`: A key exchange method that the party offers.
    case sshKeyExchange
    /// `ssh.host_key`: A host key algorithm that the party offers.
    case sshHostKey
    /// `ssh.cipher`: A cipher that the party offers.
    case sshCipher
    /// `ssh.mac`: A message authentication code that the party offers.
    case sshMAC

    // MARK: Remote desktops (MS-RDPBCGR, RFC 6143) and terminals
    /// `rdp.requested`: A security protocol that the client asks for: `rdp`, `tls`, `nla`, `rdstls`, `nla-ex`, `aad`.
    case rdpRequested
    /// `rdp.selected`: Security protocol that the server chose; `rdp-without-negotiation` where it answered without negotiating (older than Windows Vista).
    case rdpSelected
    /// `rdp.failure`: Reason of a refused negotiation: `nla-required`, `tls-required`, `tls-not-allowed`, …
    case rdpFailure
    /// `rdp.client_build`: Build number of the client's system (unencrypted settings only).
    case rdpClientBuild
    /// `rdp.client_name`: Machine name of the client (unencrypted settings only).
    case rdpClientName
    /// `vnc.version`: Protocol version that the party announces: `003.008`.
    case vncVersion
    /// `vnc.security_offered`: A security type that the server offers: `none`, `vnc`, `tls`, `vencrypt`, `ra2`, … or its number.
    case vncSecurityOffered
    /// `vnc.security_chosen`: Security type in use.
    case vncSecurityChosen
    /// `vnc.desktop_name`: Name of the desktop, only where it names a product or machine: the part before the first space, colon or parenthesis.
    case vncDesktopName
    /// `telnet.banner`: A line that the server shows before the client has typed anything.
    case telnetBanner
    /// `telnet.option`: An option that the party negotiates, by its name in the IANA registry or its number.
    case telnetOption
    /// `ftp.banner`: Greeting of the server (220).
    case ftpBanner
    /// `ftp.system`: Answer to SYST (215).
    case ftpSystem
    /// `ftp.auth_tls`: 1: the server accepted AUTH TLS.
    case ftpAuthTLS
    /// `ftp.data_port`: Port that the host announced for a data connection (PASV, EPSV, PORT, EPRT): not a service of its own.
    case ftpDataPort

    // MARK: DICOM (PS3.7, PS3.8; data elements of PS3.6)
    /// `dicom.called_ae`: Title by which a client calls this application entity.
    case dicomCalledAE
    /// `dicom.calling_ae`: Title that the client gives itself.
    case dicomCallingAE
    /// `dicom.implementation_uid`: Implementation class UID (PS3.7 D.3.3.2).
    case dicomImplementationUID
    /// `dicom.implementation_version`: Implementation version name (PS3.7 D.3.3.2.3).
    case dicomImplementationVersion
    /// `dicom.max_pdu`: Maximum PDU length that the party receives, in bytes; 0 for no limit.
    case dicomMaxPDU
    /// `dicom.abstract_syntax_proposed`: A SOP class that the client proposes.
    case dicomAbstractSyntaxProposed
    /// `dicom.abstract_syntax_accepted`: A SOP class that the server accepted, where both sides were seen.
    case dicomAbstractSyntaxAccepted
    /// `dicom.transfer_syntax_proposed`: A transfer syntax that the client proposes.
    case dicomTransferSyntaxProposed
    /// `dicom.transfer_syntax_accepted`: A transfer syntax that the server chose.
    case dicomTransferSyntaxAccepted
    /// `dicom.association`: Outcome of an association: `accepted`, `rejected`, `aborted`, `released`.
    case dicomAssociation
    /// `dicom.reject_reason`: Reason of a rejection: `called-ae-not-recognized`, `calling-ae-not-recognized`, …
    case dicomRejectReason
    /// `dicom.user_identity`: Kind of user identity: `username`, `username-passcode`, `kerberos`, `saml`, `jwt`. Never its content.
    case dicomUserIdentity
    /// `dicom.command`: A DIMSE request that the party sent: `C-STORE`, `C-FIND`, `N-CREATE`, …
    case dicomCommand
    /// `dicom.command_sop_class`: Affected SOP class of such a request.
    case dicomCommandSOPClass
    /// `dicom.modality`: (0008,0060) of an object that the party sent.
    case dicomModality
    /// `dicom.manufacturer`: (0008,0070) of an object that the party sent.
    case dicomManufacturer
    /// `dicom.model`: (0008,1090).
    case dicomModel
    /// `dicom.software`: (0018,1020), one value an observation.
    case dicomSoftware
    /// `dicom.serial`: (0018,1000).
    case dicomSerial
    /// `dicom.device_uid`: (0018,1002).
    case dicomDeviceUID
    /// `dicom.udi`: (0018,1009) or (0018,100A): unique device identifier.
    case dicomUDI
    /// `dicom.detector_id`: (0018,700A), (0018,1004), (0018,1005) or (0018,1008).
    case dicomDetectorID
    /// `dicom.station_name`: (0008,1010).
    case dicomStationName
    /// `dicom.institution`: (0008,0080).
    case dicomInstitution
    /// `dicom.department`: (0008,1040).
    case dicomDepartment
    /// `dicom.private_creator`: A private creator (gggg,0010-00FF), which names the maker; never the private values.
    case dicomPrivateCreator
    /// `dicom.shape`: Hash of the shape of an association: maximum PDU, order of contexts and of transfer syntaxes.
    case dicomShape

    // MARK: HL7 version 2 (chapter 2; MSH, SFT, MSA, OBX-18, PRT)
    /// `hl7.sending_application`: MSH-3.
    case hl7SendingApplication
    /// `hl7.sending_facility`: MSH-4.
    case hl7SendingFacility
    /// `hl7.receiving_application`: MSH-5.
    case hl7ReceivingApplication
    /// `hl7.receiving_facility`: MSH-6.
    case hl7ReceivingFacility
    /// `hl7.message_type`: MSH-9: `ORU^R01^ORU_R01`, with `^` whatever separator was declared.
    case hl7MessageType
    /// `hl7.processing_id`: MSH-11: `P` production, `T` training, `D` debugging.
    case hl7ProcessingID
    /// `hl7.version`: MSH-12.
    case hl7Version
    /// `hl7.character_set`: MSH-18.
    case hl7CharacterSet
    /// `hl7.profile`: MSH-21: message profile, such as `IHE_PCD_001`.
    case hl7Profile
    /// `hl7.software_vendor`: SFT-1.
    case hl7SoftwareVendor
    /// `hl7.software_version`: SFT-2.
    case hl7SoftwareVersion
    /// `hl7.software_product`: SFT-3.
    case hl7SoftwareProduct
    /// `hl7.software_binary`: SFT-4.
    case hl7SoftwareBinary
    /// `hl7.acknowledgement`: MSA-1: `AA`, `AE`, `AR`, `CA`, `CE`, `CR`.
    case hl7Acknowledgement
    /// `hl7.equipment`: OBX-18: equipment instance identifier, components joined by `^`.
    case hl7Equipment
    /// `hl7.device_id`: PRT-10 of a device (PRT-5 empty): device identifier.
    case hl7DeviceID
    /// `hl7.udi`: PRT-16: UDI device identifier.
    case hl7UDI
    /// `hl7.device_manufactured`: PRT-17.
    case hl7DeviceManufactured
    /// `hl7.device_expiry`: PRT-18.
    case hl7DeviceExpiry
    /// `hl7.device_lot`: PRT-19.
    case hl7DeviceLot
    /// `hl7.device_serial`: PRT-20.
    case hl7DeviceSerial
    /// `hl7.device_type`: PRT-22.
    case hl7DeviceType
    /// `hl7.framing`: How messages are framed: `mllp`, `none`, `batch`.
    case hl7Framing
}
