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
    /// `http.favicon`: MD5 of the decoded body of an answered `/favicon.ico`, hexadecimal: the icon is the product's.
    case httpFavicon
    /// `http.application`: A web application of a closed list, known by a path of its own that was answered or by its status resource: `Orthanc`, `Orthanc/1.10.1`. Never the path.
    case httpApplication
    /// `dicomweb.service`: A DICOMweb service that the client used (DICOM PS3.18): `qido-rs`, `wado-rs`, `stow-rs`, `ups-rs`, `wado-uri`.
    case dicomWebService

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
    /// `tls.inside_likely`: Application protocol that the sizes of the first encrypted records fit, where nothing else of it is visible: `dicom`. A likelihood, no proof.
    case tlsInsideLikely

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
    /// `dicom.role_selection`: A SOP class for which the client offers to be the provider as well or instead (PS3.7 D.3.3.4).
    case dicomRoleSelection
    /// `dicom.move_destination`: (0000,0600) of a C-MOVE request: the title to which the server is asked to send.
    case dicomMoveDestination
    /// `dicom.title_refused`: A called title that the server did not recognise (A-ASSOCIATE-RJ, source 1, reason 7).
    case dicomTitleRefused
    /// `dicom.calling_refused`: A calling title that the server did not recognise (A-ASSOCIATE-RJ, source 1, reason 3).
    case dicomCallingRefused
    /// `dicom.answered_sop_class`: SOP class of a DIMSE request that the party carried out: its answer says success, a warning or more to come.
    case dicomAnsweredSOPClass
    /// `dicom.transfer_syntax_used`: Transfer syntax in which an object crossed, not only one that was agreed on.
    case dicomTransferSyntaxUsed

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
    /// `hl7.equipment`: OBX-18 or EQU-1: equipment instance identifier, components joined by `^`.
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
    /// `hl7.interface`: A kind of messages that was sent, with its ends: MSH-3.1, MSH-4.1, MSH-5.1, MSH-6.1 and the first two components of MSH-9, joined by `|`: `GAM|CHSA|EAI|CHSA|ADT^A01`.
    case hl7Interface
    /// `hl7.interface_answer`: An answer to messages of an interface: its `hl7.interface` and MSA-1: `GAM|CHSA|EAI|CHSA|ADT^A01|AE`.
    case hl7InterfaceAnswer
    /// `hl7.error_code`: ERR-3: code of the standard's table 0357 (`101` required field missing, `204` unknown key identifier, …), never a text.
    case hl7ErrorCode
    /// `hl7.device_mdc`: Kind of a device or of a module in it: an IEEE 11073-10101 reference identifier `MDC_DEV_…` in OBX-3 of a device segment (IHE PCD-01).
    case hl7DeviceMDC

    // MARK: FHIR (capability statement; HL7 FHIR R4 and R5)
    /// `fhir.software`: CapabilityStatement.software.name.
    case fhirSoftware
    /// `fhir.software_version`: CapabilityStatement.software.version.
    case fhirSoftwareVersion
    /// `fhir.version`: CapabilityStatement.fhirVersion.
    case fhirVersion
    /// `fhir.resource`: A kind of resource that a client asked the server for (`Patient`, `Observation`): never its id or a query.
    case fhirResource

    // MARK: IHE transactions and audit
    /// `ihe.transaction`: A web-service transaction of IHE ITI by its number: `ITI-18`, `ITI-41`, `ITI-43`.
    case iheTransaction
    /// `atna.source`: AuditSourceID of an audit message (RFC 3881, DICOM PS3.15 A.5): the system that audits.
    case atnaSource
    /// `atna.event`: Kind of an audited event, by its code and scheme: `110112^DCM`.
    case atnaEvent
    /// `hl7v3.interaction`: Interaction identifier of a HL7 version 3 message: `PRPA_IN201305UV02`.
    case hl7v3Interaction

    // MARK: Syslog (RFC 3164, RFC 5424)
    /// `syslog.application`: APP-NAME or tag of the sender's messages; not of facility 1 (user), whose tags can be the names of users.
    case syslogApplication
    /// `syslog.hostname`: HOSTNAME that the sender gives itself.
    case syslogHostname

    // MARK: Laboratory (ASTM E1394, LIS02-A2; POCT1-A)
    /// `astm.sender`: Field 5 of the header record: the sender, components joined by `^`: model, version and serial number in an order of the maker's own.
    case astmSender
    /// `astm.receiver`: Field 10 of the header record: the receiver.
    case astmReceiver
    /// `astm.version`: Field 13 of the header record: version of the standard (`1`, `E1394-97`, `LIS2-A2`).
    case astmVersion
    /// `astm.processing_id`: Field 12 of the header record: `P` production, `T` training, `D` debugging, `Q` quality control.
    case astmProcessingID
    /// `poct1a.device_id`: DEV.device_id of the hello message (POCT1-A, HEL.R01).
    case poct1aDeviceID
    /// `poct1a.vendor`: DEV.vendor_id of the hello message (POCT1-A, HEL.R01).
    case poct1aVendor
    /// `poct1a.model`: DEV.model_id of the hello message (POCT1-A, HEL.R01).
    case poct1aModel
    /// `poct1a.serial`: DEV.serial_id of the hello message (POCT1-A, HEL.R01).
    case poct1aSerial
    /// `poct1a.manufacturer`: DEV.manufacturer_name of the hello message (POCT1-A, HEL.R01).
    case poct1aManufacturer
    /// `poct1a.hardware`: DEV.hw_version of the hello message (POCT1-A, HEL.R01).
    case poct1aHardware
    /// `poct1a.software`: DEV.sw_version of the hello message (POCT1-A, HEL.R01).
    case poct1aSoftware
    /// `poct1a.name`: DEV.device_name of the hello message (POCT1-A, HEL.R01).
    case poct1aName
    /// `astm.framing`: How records are carried: `lis01` (numbered frames with checksums, LIS01-A2), `none` (records alone), `soh-eot` (a message between SOH and EOT).
    case astmFraming
    /// `astm.message`: What a message of the sender held, by the types of its records: `results` (R), `orders` (O without R), `order-query`, `result-query` (Q). Never their content.
    case astmMessage
    /// `astm.error`: A disturbed line: `checksum` (a frame of the party has a wrong checksum, nothing of it was used), `refused` (the party refused a frame or an enquiry by NAK).
    case astmError
    /// `poct1a.message`: Kind of a message that the party sent, by its root element: `HEL`, `DST`, `OBS`, `REQ`, `DTV`, `OPL`, `EOT`, `END`, … Never its content.
    case poct1aMessage

    // MARK: IEEE 11073
    /// `dpws.manufacturer`: ThisModel/Manufacturer (DPWS 1.1 section 5.1).
    case dpwsManufacturer
    /// `dpws.model_name`: ThisModel/ModelName (DPWS 1.1 section 5.1).
    case dpwsModelName
    /// `dpws.model_number`: ThisModel/ModelNumber (DPWS 1.1 section 5.1).
    case dpwsModelNumber
    /// `dpws.friendly_name`: ThisDevice/FriendlyName (DPWS 1.1 section 5.1).
    case dpwsFriendlyName
    /// `dpws.firmware`: ThisDevice/FirmwareVersion (DPWS 1.1 section 5.1).
    case dpwsFirmware
    /// `dpws.serial`: ThisDevice/SerialNumber (DPWS 1.1 section 5.1).
    case dpwsSerial
    /// `sdc.mds_type`: Mds/Type: code of the kind of device in the nomenclature of IEEE 11073-10101 (`MDC`), with `^` and the coding system where it is another.
    case sdcMDSType
    /// `sdc.manufacturer`: Mds/MetaData/Manufacturer (IEEE 11073-10207).
    case sdcManufacturer
    /// `sdc.model_name`: Mds/MetaData/ModelName.
    case sdcModelName
    /// `sdc.model_number`: Mds/MetaData/ModelNumber.
    case sdcModelNumber
    /// `sdc.serial`: Mds/MetaData/SerialNumber, or the production specification `MDC_ID_PROD_SPEC_SERIAL` of the whole device.
    case sdcSerial
    /// `sdc.udi`: Mds/MetaData/Udi/DeviceIdentifier: unique device identifier of the model.
    case sdcUDI
    /// `sdc.part_number`: Production specification `MDC_ID_PROD_SPEC_PART` of the whole device.
    case sdcPartNumber
    /// `sdc.hardware`: Production specification `MDC_ID_PROD_SPEC_HW` of the whole device.
    case sdcHardware
    /// `sdc.software`: Production specification `MDC_ID_PROD_SPEC_SW` of the whole device.
    case sdcSoftware
    /// `sdc.firmware`: Production specification `MDC_ID_PROD_SPEC_FW` of the whole device.
    case sdcFirmware
    /// `phd.system_id`: System-Id of an agent (IEEE 11073-20601): an EUI-64 as 16 hexadecimal digits; its first digits are the maker's.
    case phdSystemID
    /// `phd.configuration`: Dev-Configuration-Id of an agent: up to 16383 (3FFFh) a standard configuration of a device specialisation, above it one of the maker's own.
    case phdConfiguration
    /// `phd.manufacturer`: System-Model of an agent: manufacturer.
    case phdManufacturer
    /// `phd.model`: System-Model of an agent: model number.
    case phdModel
    /// `phd.serial`: Production-Specification of an agent: serial number.
    case phdSerial
    /// `phd.part_number`: Production-Specification of an agent: part number.
    case phdPartNumber
    /// `phd.hardware`: Production-Specification of an agent: hardware revision.
    case phdHardware
    /// `phd.software`: Production-Specification of an agent: software revision.
    case phdSoftware
    /// `phd.firmware`: Production-Specification of an agent: firmware revision.
    case phdFirmware
    /// `phd.specialisation`: A device specialisation of an agent (IEEE 11073-104xx): `pulse-oximeter`, `blood-pressure`, `glucose-meter`, … or its code (System-Type-Spec-List, or the standard configuration).
    case phdSpecialisation

    // MARK: WS-Discovery
    /// `wsd.type`: A type that a target service announces, without its prefix: `MedicalDevice`, `Device`, `NetworkVideoTransmitter`.
    case wsdType
    /// `wsd.scope`: A scope without identities of patients and places: scheme and code of `sdc.cdc.type:`, `sdc.mds.pkp:`; of others the scheme.
    case wsdScope
    /// `wsd.location`: Place of the device in its location scope: facility, building, floor, point of care, room, bed.
    case wsdLocation
    /// `wsd.endpoint`: Endpoint reference (`urn:uuid:…`): stable for the life of the device.
    case wsdEndpoint
    /// `wsd.transport`: Scheme of the announced transport addresses: `http`, `https`.
    case wsdTransport

    // MARK: Network management
    /// `snmp.version`: Version of the message: `1`, `2c`, `3`. Of the agent for what it sent, else of who asked.
    case snmpVersion
    /// `snmp.description`: sysDescr (RFC 3418), without the node name that Unix systems put second.
    case snmpDescription
    /// `snmp.object_id`: sysObjectID (RFC 3418): the maker's own identifier of the kind of system, dotted.
    case snmpObjectID
    /// `snmp.name`: sysName (RFC 3418).
    case snmpName
    /// `snmp.entity_maker`: entPhysicalMfgName (RFC 6933).
    case snmpEntityMaker
    /// `snmp.entity_model`: entPhysicalModelName (RFC 6933).
    case snmpEntityModel
    /// `snmp.entity_serial`: entPhysicalSerialNum (RFC 6933).
    case snmpEntitySerial
    /// `snmp.entity_hardware`: entPhysicalHardwareRev (RFC 6933).
    case snmpEntityHardware
    /// `snmp.entity_firmware`: entPhysicalFirmwareRev (RFC 6933).
    case snmpEntityFirmware
    /// `snmp.entity_software`: entPhysicalSoftwareRev (RFC 6933).
    case snmpEntitySoftware
    /// `snmp.ups_maker`: upsIdentManufacturer (RFC 1628).
    case snmpUPSMaker
    /// `snmp.ups_model`: upsIdentModel (RFC 1628).
    case snmpUPSModel
    /// `snmp.ups_firmware`: upsIdentUPSSoftwareVersion (RFC 1628).
    case snmpUPSFirmware
    /// `snmp.ups_agent`: upsIdentAgentSoftwareVersion (RFC 1628): the network card of the UPS.
    case snmpUPSAgent
    /// `snmp.trap_enterprise`: The enterprise of a trap (RFC 1157), or the identifier of a notification (RFC 3416), dotted.
    case snmpTrapEnterprise
    /// `snmp.engine_enterprise`: Maker of an SNMPv3 agent by its engine ID (RFC 3411): the object identifier of its enterprise, ending in a dot.
    case snmpEngineEnterprise
    /// `snmp.engine_address`: The hardware address in an SNMPv3 engine ID (RFC 3411).
    case snmpEngineAddress
    /// `snmp.security_level`: Security level of an SNMPv3 answer or notification (RFC 3412): `noAuthNoPriv`, `authNoPriv`, `authPriv`.
    case snmpSecurityLevel
    /// `snmp.community_default`: 1 where the community of a message is `public` or `private`. The community itself is never kept.
    case snmpCommunityDefault

    // MARK: LLDP
    /// `lldp.system_name`: System name (IEEE 802.1AB).
    case lldpSystemName
    /// `lldp.system_description`: System description (IEEE 802.1AB), without the node name that Unix systems put second.
    case lldpSystemDescription
    /// `lldp.capability`: A capability that is enabled (IEEE 802.1AB): `bridge`, `router`, `telephone`, `access-point`, `station` …
    case lldpCapability
    /// `lldp.management_address`: Management address (IEEE 802.1AB): an IP address or a hardware address.
    case lldpManagementAddress
    /// `lldp.chassis_address`: Chassis ID where it is a hardware address (IEEE 802.1AB).
    case lldpChassisAddress
    /// `lldp.hardware`: LLDP-MED inventory: hardware revision (ANSI/TIA-1057).
    case lldpHardware
    /// `lldp.firmware`: LLDP-MED inventory: firmware revision (ANSI/TIA-1057).
    case lldpFirmware
    /// `lldp.software`: LLDP-MED inventory: software revision (ANSI/TIA-1057).
    case lldpSoftware
    /// `lldp.serial`: LLDP-MED inventory: serial number (ANSI/TIA-1057).
    case lldpSerial
    /// `lldp.maker`: LLDP-MED inventory: manufacturer name (ANSI/TIA-1057).
    case lldpMaker
    /// `lldp.model`: LLDP-MED inventory: model name (ANSI/TIA-1057).
    case lldpModel
    /// `lldp.asset`: LLDP-MED inventory: asset identifier, mostly the number of the inventory label (ANSI/TIA-1057).
    case lldpAsset

    // MARK: Serial device servers
    /// `lantronix.type`: Product code in an answer of the Lantronix configuration protocol (port 77FEh), such as `X9`.
    case lantronixType
    /// `lantronix.setup_read`: 1 where a setup record, which holds the password of the device, crossed in clear. The record itself is never kept.
    case lantronixPassword
    /// `moxa.model`: Model code in an answer of the Moxa device search, hexadecimal.
    case moxaModel
    /// `moxa.name`: Server name in an answer of the Moxa device search.
    case moxaName
    /// `moxa.serial`: Serial number in an answer of the Moxa device search.
    case moxaSerial
    /// `addp.product`: Hardware name in a Digi ADDP answer.
    case addpProduct
    /// `addp.firmware`: Firmware identification in a Digi ADDP answer.
    case addpFirmware
    /// `addp.name`: Device name in a Digi ADDP answer.
    case addpName

    // MARK: Bedside: Philips IntelliVue data export
    /// `intellivue.manufacturer`: Manufacturer in the system model (attribute 0928h) of the monitor's MDS object.
    case intellivueManufacturer
    /// `intellivue.model`: Model number in the system model (attribute 0928h).
    case intellivueModel
    /// `intellivue.serial`: Serial number of the product (production specification, attribute 092Dh).
    case intellivueSerial
    /// `intellivue.part_number`: A part number in the production specification.
    case intellivuePartNumber
    /// `intellivue.hardware`: A hardware revision in the production specification.
    case intellivueHardware
    /// `intellivue.software`: A software revision in the production specification.
    case intellivueSoftware
    /// `intellivue.firmware`: A firmware revision in the production specification.
    case intellivueFirmware
    /// `intellivue.protocol_revision`: A protocol revision in the production specification.
    case intellivueProtocolRevision
    /// `intellivue.system_id`: System identifier (attribute 0984h) as a hardware address or hexadecimal digits.
    case intellivueSystemID
    /// `intellivue.system_type`: System type (attribute 0986h) by its nomenclature name, or partition and code.
    case intellivueSystemType
    /// `intellivue.language`: Language of the monitor (attribute 0937h).
    case intellivueLanguage
    /// `intellivue.port`: Port of the data export that the monitor announces in its connect indication.
    case intellivuePort
    /// `intellivue.link`: How the monitor says that it is connected: `wired` or `wireless`.
    case intellivueLink
    /// `intellivue.association`: What became of an association: `accepted`, `refused`, `released`, `aborted`. There is no authentication.
    case intellivueAssociation

    // MARK: Bedside: GE Unity
    /// `unity.location`: Place of the master node in a time synchronisation: care unit and room joined by `|`.
    case unityLocation

    // MARK: Bedside: Datex-Ohmeda record interface
    /// `dri.level`: Interface level that the monitor supports: 2 (1995) to 11 (2015).
    case driLevel
    /// `dri.device_type`: Type of the monitor's software in its login message.
    case driDeviceType
    /// `dri.address`: Ethernet address of the monitor in its login message.
    case driAddress

    // MARK: Bedside: MEDIBUS
    /// `medibus.device_id`: Identification number of the device: four characters assigned by Dräger.
    case medibusDeviceID
    /// `medibus.device_name`: Name of the device in its identification.
    case medibusDeviceName
    /// `medibus.revision`: Revision of the device in its identification.
    case medibusRevision
    /// `medibus.protocol_revision`: Revision of MEDIBUS in the identification.
    case medibusProtocolRevision

    // MARK: Bedside: B. Braun BCC
    /// `bcc.bed`: Identifier of the bed site that the communication device gives itself.
    case bccBed
    /// `bcc.version`: Version of the protocol in the answer to ADMIN:VERSION.
    case bccVersion
    /// `bcc.gateway_serial`: COMSERIALNO: serial number of the communication device.
    case bccGatewaySerial
    /// `bcc.gateway_software`: COMSWVERSION: software version of the communication device.
    case bccGatewaySoftware
    /// `bcc.pump_model`: GNNEW or GNMODEL of a pump: its software number, which begins with the model.
    case bccPumpModel
    /// `bcc.pump_serial`: INSERNUM: serial number of a pump.
    case bccPumpSerial
    /// `bcc.pump_id`: INNR: unique identifier of a pump.
    case bccPumpID
    /// `bcc.pump_type`: INDTNR: type number of a pump.
    case bccPumpType
}
