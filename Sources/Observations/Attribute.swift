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
    /// `login.challenged`: A login by challenge and response crossed unencrypted: the password does not, but can be guessed from what was heard; the value is the method (`http-digest`, `http-ntlm`, `sip-digest`, `smtp-cram-md5`).
    case loginChallenged
    /// `service.starttls`: What became of the change to TLS inside a protocol, by what the server says of itself: `offered`, `not-offered`, `accepted`, `refused`.
    case serviceStartTLS

    // MARK: Hardware addresses and names
    /// `link.address`: Hardware address that the host itself announced for its IP address (ARP, DHCP).
    case linkAddress
    /// `dns.name`: A DNS server of the site answered that this name has this address.
    case dnsName
    /// `dns.recursion`: 1: the DNS server offers recursion.
    case dnsRecursion
    /// `dns.software`: Answer to version.bind: the DNS server's software.
    case dnsSoftware
    /// `dns.watched_name`: A name of a tool or service of remote access that the client asked for and that exists; other names that are looked up are not kept.
    case dnsWatchedName

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
    /// `dhcpv6.duid_address`: Hardware address in the DUID of a client or server (RFC 8415 section 11).
    case dhcpv6DUIDAddress

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
    /// `http.version`: `2`: HTTP/2 without TLS, by prior knowledge or after an upgrade (RFC 9113 section 3).
    case httpVersion
    /// `http.page`: A page of a closed list that the server answered: `directory-listing`, `default-page`, `login-form`. Never its content.
    case httpPage
    /// `http.session_cookie`: 1: a cookie was set in the answer to a login form on an unencrypted connection. Neither its name nor its value is kept.
    case httpSessionCookie

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
    /// `tls.compression`: Compression method other than none that the server chose: `deflate`, `lzs`, or its number.
    case tlsCompression
    /// `tls.renegotiation`: `insecure`: the server did not answer the secure renegotiation indication (RFC 5746) that the client sent.
    case tlsRenegotiation
    /// `tls.heartbeat`: 1: the server accepted the heartbeat extension (RFC 6520).
    case tlsHeartbeat
    /// `tls.certificate_not_yet_valid`: Days between the frame that showed the certificate and the start of its validity; only where positive.
    case tlsCertificateNotYetValid
    /// `tls.certificate_validity`: Whole days from the start to the end of validity.
    case tlsCertificateValidity
    /// `tls.certificate_mismatch`: 1: no name in the certificate is the server name that the client asked for (RFC 9525).
    case tlsCertificateMismatch

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
    /// `ssh.host_key_used`: Kind of host key that the server signed the key exchange with.
    case sshHostKeyUsed
    /// `ssh.host_key_bits`: Size in bits of the RSA or DSA host key that the server signed with.
    case sshHostKeyBits
    /// `ssh.group_bits`: Size in bits of the group that the server chose for the key exchange (RFC 4419).
    case sshGroupBits

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
    /// `rdp.encryption_level`: Encryption level that the server states where RDP encrypts by itself (MS-RDPBCGR 2.2.1.4.3): `none`, `low`, `client-compatible`, `high`, `fips`.
    case rdpEncryptionLevel
    /// `rdp.encryption_method`: Cipher that the server chose there: `none`, `rc4-40`, `rc4-56`, `rc4-128`, `fips`.
    case rdpEncryptionMethod
    /// `spice.version`: Version of the SPICE protocol that the party speaks: `2.2`.
    case spiceVersion
    /// `spice.channel`: A channel that the server opened without TLS: `main`, `display`, `inputs`, …
    case spiceChannel
    /// `spice.error`: Why the server refused a channel: `need-secured` (TLS only), `permission-denied`, …
    case spiceError
    /// `spice.authentication`: How the client proved itself: `ticket` (a password, encrypted), `sasl`.
    case spiceAuthentication
    /// `ica.transport`: How the sessions of ICA are carried: `ica`, or `cgp` (Common Gateway Protocol, session reliability).
    case icaTransport
    /// `ica.module`: A protocol driver that the client loads for the session, such as `PDCRYPT1.DLL`: encryption and compression.
    case icaModule
    /// `nomachine.version`: Version that the party announces before TLS: `8.11.3`.
    case nomachineVersion
    /// `rustdesk.message`: A message of the rendezvous protocol that the party sends: `register-peer`, `punch-hole-request`, `request-relay`, …
    case rustdeskMessage
    /// `rustdesk.platform`: Platform that a peer names when it is discovered: `Windows`, `Linux`, `Mac OS`, `Android`.
    case rustdeskPlatform
    /// `rustdesk.hostname`: Machine name that a peer gives when it is discovered.
    case rustdeskHostname
    /// `pcanywhere.name`: Name that a pcAnywhere host answers to a name query with.
    case pcanywhereName
    /// `trust.accepted`: The server let a client in on the word of the client machine, without a password: `rlogin`, `rsh` (RFC 1282).
    case trustAccepted
    /// `x11.access`: How a client that the X server let in proved itself: `none`, `mit-magic-cookie-1`, `xdm-authorization-1`, `other`.
    case x11Access
    /// `x11.vendor`: Vendor that an X server states.
    case x11Vendor
    /// `x11.release`: Release number that an X server states, in decimal digits.
    case x11Release
    /// `xdmcp.host_name`: Machine name of a display manager that is willing to show its login.
    case xdmcpHostName
    /// `xdmcp.authentication`: Authentication that a willing display manager chose: `none`, or its name.
    case xdmcpAuthentication

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

    // MARK: Databases and messages
    /// `database.encryption`: What is encrypted between clients and a database or message server: `offered`, `not-offered`, `refused` (asked for, not given), `login-only` (TDS: all else is in clear), `used`, `native` (Oracle), `clear` (it answered without).
    case databaseEncryption
    /// `database.authentication`: How a database or message server authenticates, with its protocol first: `postgresql-md5`, `mysql-caching-sha2`, `tds-password`. Never a name.
    case databaseAuthentication
    /// `tds.version`: Version and build of a TDS server (MS-TDS 2.2.6.5, MC-SQLR 2.2.5): `15.0.2000`.
    case tdsVersion
    /// `tds.instance`: Name of an instance in an answer of the SQL Server Browser (MC-SQLR 2.2.5).
    case tdsInstance
    /// `mysql.version`: Version in the greeting of a MySQL or MariaDB server.
    case mysqlVersion
    /// `postgresql.version`: Parameter server_version of a PostgreSQL server.
    case postgresqlVersion
    /// `tns.version`: Version in an answer of an Oracle listener: `19.0.0.0.0`, or `protocol 318` where only that is told.
    case tnsVersion
    /// `redis.version`: Product and version in the answer to INFO or HELLO: `redis/7.0.15`.
    case redisVersion
    /// `mongodb.version`: Version in the answer to buildInfo, or `wire 17` (maxWireVersion) where only that is told.
    case mongodbVersion
    /// `memcached.version`: Version that a memcached server answers.
    case memcachedVersion
    /// `cassandra.version`: Protocol and CQL version of a Cassandra server: `protocol 4`, `CQL 3.4.5`, `Cassandra 4.0.7`.
    case cassandraVersion
    /// `kafka.request`: Kind of request that a Kafka broker answered: `api-versions`, `metadata`, `produce`, `fetch` …
    case kafkaRequest
    /// `mqtt.version`: Version of MQTT in a CONNECT packet: `3.1`, `3.1.1`, `5`.
    case mqttVersion
    /// `amqp.version`: Version of AMQP that is spoken: `0-8`, `0-9-1`, `1.0`.
    case amqpVersion
    /// `amqp.product`: Product and version in the server properties of AMQP: `RabbitMQ/3.10.8`.
    case amqpProduct
    /// `mqtt.broker`: Product and version that a broker publishes as `$SYS/broker/version`.
    case mqttBroker

    // MARK: Multicast names and UPnP
    /// `mdns.service`: Type of a service that the host announces (RFC 6763): `_ipp._tcp`.
    case mdnsService
    /// `mdns.instance`: Name of a printer or scanner that the host announces; names of other services are left out, as they may be a person's.
    case mdnsInstance
    /// `mdns.text`: A statement about the device from the text of an announced service, of a closed list of keys: `ty=…`, `usb_MDL=…`, `md=…`.
    case mdnsText
    /// `ssdp.server`: SERVER header of a device that announces itself or answers a search: system, UPnP version, product.
    case ssdpServer
    /// `ssdp.type`: Type of a device or service that the host announces: `InternetGatewayDevice:1`, `WANIPConnection:1`.
    case ssdpType
    /// `ssdp.uuid`: UUID of the device (USN header).
    case ssdpUUID
    /// `ssdp.location`: Scheme and port under which the device describes itself: `http:49152`. Never the path.
    case ssdpLocation

    // MARK: CDP
    /// `cdp.device_id`: Name of the device, as it calls itself.
    case cdpDeviceID
    /// `cdp.platform`: Hardware platform.
    case cdpPlatform
    /// `cdp.software`: Software and its version.
    case cdpSoftware
    /// `cdp.capability`: What the device does: `router`, `bridge`, `switch`, `host`, `telephone`, …
    case cdpCapability
    /// `cdp.management_address`: An IP address of the device, of the elements for addresses and for management.
    case cdpManagementAddress
    /// `cdp.port`: Port of the device that it speaks from.
    case cdpPort
    /// `cdp.native_vlan`: Untagged VLAN of the port.
    case cdpNativeVLAN

    // MARK: Building and industrial systems
    /// `control.requested`: A function that changes or stops a process, asked for without authentication of its sender: `write`, `operate`, `start`, `stop`, `restart`, `download`, `delete`, `communication`, `time`. The answer was not seen, or there is none.
    case controlRequested
    /// `control.accepted`: Such a function that the service carried out: its answer says success.
    case controlAccepted
    /// `control.refused`: Such a function that the service refused.
    case controlRefused
    /// `bacnet.instance`: Instance number of the device object (ANSI/ASHRAE 135), unique in the BACnet network.
    case bacnetInstance
    /// `bacnet.vendor_id`: Vendor identifier in an I-Am or of the device object, as a decimal number of ASHRAE's list.
    case bacnetVendorID
    /// `bacnet.vendor`: vendor-name of the device object.
    case bacnetVendor
    /// `bacnet.model`: model-name of the device object.
    case bacnetModel
    /// `bacnet.firmware`: firmware-revision of the device object.
    case bacnetFirmware
    /// `bacnet.software`: application-software-version of the device object.
    case bacnetSoftware
    /// `bacnet.serial`: serial-number of the device object.
    case bacnetSerial
    /// `bacnet.name`: object-name of the device object.
    case bacnetName
    /// `bacnet.foreign_device`: Answer to a registration as a foreign device (Annex J.5): `registered` or `refused`.
    case bacnetForeign
    /// `modbus.vendor`: VendorName in the device identification (function 43/14, object 00h).
    case modbusVendor
    /// `modbus.product_code`: ProductCode in the device identification (object 01h).
    case modbusProductCode
    /// `modbus.revision`: MajorMinorRevision in the device identification (object 02h).
    case modbusRevision
    /// `modbus.product`: ProductName in the device identification (object 04h).
    case modbusProduct
    /// `modbus.model`: ModelName in the device identification (object 05h).
    case modbusModel
    /// `s7.module`: Module type name of a controller (system status list 001Ch, index 7).
    case s7Module
    /// `s7.order_number`: Order number of a module (system status list 0011h, index 1).
    case s7Order
    /// `s7.firmware`: Version of the basic firmware (system status list 0011h, index 7): `V3.2.6`.
    case s7Firmware
    /// `s7.hardware`: Version of the basic hardware (system status list 0011h, index 6).
    case s7Hardware
    /// `s7.serial`: Serial number of a module (system status list 001Ch, index 5).
    case s7Serial
    /// `s7.name`: Name of the automation system (system status list 001Ch, index 1).
    case s7Name
    /// `s7.variant`: Generation of the S7 protocol: `s7comm` (32h) or `s7comm-plus` (72h).
    case s7Variant
    /// `knx.name`: Friendly name of a KNXnet/IP server (device information, KNX standard 3/8/2).
    case knxName
    /// `knx.serial`: KNX serial number as hexadecimal digits: the first four are the maker's.
    case knxSerial
    /// `knx.medium`: Medium behind a KNXnet/IP server: `tp1`, `pl110`, `rf`, `ip`.
    case knxMedium
    /// `knx.service`: A service family that the server supports: `core`, `management`, `tunnelling`, `routing`, `logging`, `configuration`, `object-server`, `security`.
    case knxService
    /// `knx.connection`: A connection that the server opened without KNX IP Secure: `tunnel`, `management`, …; `routing`: an unsecured telegram sent to the group.
    case knxConnection
    /// `knx.secure`: What of KNX IP Secure was seen: `session`, `wrapper`, `group`.
    case knxSecure
    /// `opcua.security_policy`: Security policy of a channel that the server opened, by the last part of its identifier: `None`, `Basic256Sha256`.
    case opcuaPolicy
    /// `opcua.security_offered`: A security policy and mode of an endpoint that the server offers: `None/none`, `Basic256Sha256/sign-and-encrypt`.
    case opcuaPolicyOffered
    /// `opcua.token_offered`: A kind of user identity that the server accepts by its own account: `anonymous`, `username`, `certificate`, `issued`.
    case opcuaTokenOffered
    /// `opcua.session`: Identity with which a session was activated in a channel without encryption: `anonymous`, `username-clear`, `username-encrypted`, `certificate`, `issued`.
    case opcuaSession
    /// `opcua.application_uri`: Application URI of the server.
    case opcuaApplicationURI
    /// `opcua.application_name`: Application name of the server.
    case opcuaApplicationName
    /// `opcua.product_uri`: Product URI of the server.
    case opcuaProductURI
    /// `enip.vendor`: Vendor identifier of the identity object, as a decimal number of ODVA's list.
    case enipVendor
    /// `enip.device_type`: Device type of the identity object, as a decimal number (CIP volume 1, chapter 6).
    case enipDeviceType
    /// `enip.product_code`: Vendor, device type and product code of the identity object, decimal, joined by slashes.
    case enipProductCode
    /// `enip.product`: Product name of the identity object.
    case enipProduct
    /// `enip.revision`: Revision of the identity object, major and minor with a dot.
    case enipRevision
    /// `enip.serial`: Serial number of the identity object, eight hexadecimal digits.
    case enipSerial
    /// `fox.host_name`: Host name in a Niagara Fox greeting, only where it is no address.
    case foxHost
    /// `fox.station`: Station name in a Niagara Fox greeting.
    case foxStation
    /// `fox.application`: Application and its version in a Niagara Fox greeting: `Station 4.10.0.154`.
    case foxApplication
    /// `fox.version`: Version of the Fox protocol in a greeting.
    case foxVersion
    /// `fox.operating_system`: Operating system and its version in a Niagara Fox greeting.
    case foxSystem
    /// `fox.virtual_machine`: Java virtual machine in a Niagara Fox greeting.
    case foxMachine
    /// `fox.brand`: Brand of the station in a Niagara Fox greeting.
    case foxBrand
    /// `fox.host_id`: Host identifier in a Niagara Fox greeting.
    case foxHostID
    /// `dnp3.authentication`: DNP3 secure authentication (IEEE 1815 clause 7) was seen: `challenge`, `request`.
    case dnp3Authentication
    /// `mms.vendor`: Vendor in the answer to Identify (ISO 9506-2).
    case mmsVendor
    /// `mms.model`: Model in the answer to Identify.
    case mmsModel
    /// `mms.revision`: Revision in the answer to Identify.
    case mmsRevision
    /// `synchrophasor.station`: Station name of a measurement unit in a configuration frame (IEEE C37.118.2).
    case synchrophasorStation
    /// `hart.manufacturer`: Manufacturer identification code in an answer to HART command 0, as a decimal number.
    case hartManufacturer
    /// `hart.device_type`: Expanded device type in an answer to HART command 0, four hexadecimal digits.
    case hartDeviceType
    /// `hart.device_id`: Device identifier in an answer to HART command 0, six hexadecimal digits.
    case hartDeviceID
    /// `fins.model`: Controller model in an answer to Controller Data Read (0501h).
    case finsModel
    /// `fins.version`: Controller version in an answer to Controller Data Read.
    case finsVersion
    /// `ads.name`: Device name in an answer to ADS Read Device Info.
    case adsName
    /// `ads.version`: Version and build in an answer to ADS Read Device Info: `3.1.4024`.
    case adsVersion
    /// `fox.login`: Method by which a Niagara Fox station had its client log in without encryption around it: `digest-md5`, `scram-sha256`.
    case foxLogin
    /// `ads.operating_system`: Operating system that a TwinCAT device states in its discovery answer: family and version numbers as they stand there.
    case adsSystem
    /// `ads.host_name`: Host name in a TwinCAT discovery answer.
    case adsHost

    // MARK: Neighbour discovery and multicast groups
    /// `ndp.router_lifetime`: Seconds for which the host offers itself as default router (RFC 4861); 0: not as one.
    case ndpRouterLifetime
    /// `ndp.preference`: Preference that the router gives itself (RFC 4191): `high`, `medium`, `low`.
    case ndpPreference
    /// `ndp.prefix`: A prefix that the router announces, on the link or for addresses.
    case ndpPrefix
    /// `ndp.flag`: Where addresses and settings are to come from: `managed` or `other` (DHCPv6), `autonomous` (from the prefix).
    case ndpFlag
    /// `ndp.dns`: A name server that the router announces (RFC 8106).
    case ndpDNS
    /// `multicast.group`: A group that the host reports to be in, other than those of its own addresses (IGMP, MLD).
    case multicastGroup
    /// `multicast.querier`: Protocol by which the host asks who is in which group: `igmpv2`, `mldv2`, …
    case multicastQuerier

    // MARK: Routers and bridges
    /// `hsrp.address`: Virtual address that the routers of a group share (RFC 2281).
    case hsrpAddress
    /// `hsrp.state`: State of the sender: `active`, `standby`, `listen`, `speak`, `init`, `learn`.
    case hsrpState
    /// `hsrp.authentication`: How a hello is protected: `md5`, `text` (a word in clear, other than the default), `default` (the default word), `none`. Never the word.
    case hsrpAuthentication
    /// `vrrp.address`: Virtual address that the sender is master of (RFC 3768, RFC 9568).
    case vrrpAddress
    /// `vrrp.version`: Version of the protocol.
    case vrrpVersion
    /// `vrrp.authentication`: How an advertisement of version 2 is protected: `none`, `text` (a password in clear), `ah`, `md5` (a maker's own). Never the password.
    case vrrpAuthentication
    /// `stp.bridge`: Address of the bridge that the sender is a port of.
    case stpBridge
    /// `stp.root`: Address of the bridge that the sender takes for the root.
    case stpRoot
    /// `stp.variant`: Kind of spanning tree: `stp`, `rstp`, `mstp`, `spt`, `pvst`.
    case stpVariant
    /// `stp.topology_change`: 1 where the sender reports a change of the topology.
    case stpTopologyChange
    /// `bgp.as`: Number of the autonomous system that a party speaks for (RFC 4271, RFC 6793).
    case bgpAS

    // MARK: Network access and time
    /// `radius.authentication`: How a request presents the user's secret: `pap`, `chap`, `mschap`, `mschapv2`, `eap`, `none` (RFC 2865). Never the user.
    case radiusAuthentication
    /// `radius.answer`: Answer of the server: `accept`, `reject`, `challenge`, `accounting`, `disconnected`, …
    case radiusAnswer
    /// `radius.unprotected`: A message without Message-Authenticator (RFC 3579, CVE-2024-3596): `request`, `answer`.
    case radiusUnprotected
    /// `radius.nas_identifier`: Name of the equipment that asks for the user.
    case radiusNASIdentifier
    /// `radius.nas_address`: Address of the equipment that asks for the user.
    case radiusNASAddress
    /// `radius.nas_port_type`: How the user comes in: `ethernet`, `wireless`, `virtual`, …
    case radiusNASPortType
    /// `eap.method`: An EAP method that the supplicant took part in (RFC 3748): `md5`, `leap`, `peap`, `ttls`, `tls`, `mschapv2`, …
    case eapMethod
    /// `eap.method_offered`: An EAP method that the authenticator asked for.
    case eapMethodOffered
    /// `eapol.role`: What the station is in IEEE 802.1X: `authenticator`, `supplicant`.
    case eapolRole
    /// `tacacs.clear`: A message of TACACS+ with the unencrypted flag (RFC 8907): `authentication`, `authorization`, `accounting`.
    case tacacsClear
    /// `ntp.version`: Version of the protocol that the server answered in.
    case ntpVersion
    /// `ntp.stratum`: Distance of the server from a reference clock.
    case ntpStratum
    /// `ntp.reference`: Where the server has its time from: the name of a reference clock (stratum 1), or the address of its server (IPv4).
    case ntpReference
    /// `ntp.control`: A control or private request that the server answered (modes 6 and 7): `read-variables`, `monitor-list`, …
    case ntpControl
    /// `ntp.system`: Operating system, from the variable `system` of a control answer.
    case ntpSystem
    /// `ntp.software`: Software, from the variable `version` of a control answer.
    case ntpSoftware

    // MARK: Unwanted software
    /// `bittorrent.client`: Program and version as the peer identifier writes them (BEP 20): `TR3000`. Never what is exchanged.
    case bittorrentClient

    // MARK: Mail and messages (RFC 5321, RFC 1939, RFC 9051, RFC 6120, RFC 2812)
    /// `sasl.offered`: A SASL mechanism (RFC 4422) that a server offers before encryption: `PLAIN`, `LOGIN`, `CRAM-MD5`.
    case saslOffered
    /// `sasl.used`: A SASL mechanism with which a client logged in before encryption.
    case saslUsed
    /// `smtp.banner`: Greeting of a mail server (220) behind its host name, without date.
    case smtpBanner
    /// `smtp.server_name`: Host name that a mail server gives itself in its greeting or in its answer to EHLO.
    case smtpServerName
    /// `smtp.mail_clear`: 1: a message was handed over unencrypted. Neither its envelope nor its content is read.
    case smtpMailClear
    /// `pop3.banner`: Greeting of a POP3 server, without its timestamp.
    case pop3Banner
    /// `pop3.implementation`: IMPLEMENTATION in a POP3 server's list of capabilities (RFC 2449).
    case pop3Implementation
    /// `imap.banner`: Greeting of an IMAP server, without its capabilities.
    case imapBanner
    /// `imap.server`: Name and version in an IMAP server's answer to ID (RFC 2971), joined by a slash.
    case imapServer
    /// `xmpp.server_name`: Domain for which an XMPP server answers.
    case xmppServerName
    /// `irc.server_name`: Name that an IRC server gives itself.
    case ircServerName
    /// `irc.version`: Software of an IRC server (reply 004, or 002).
    case ircVersion
    /// `irc.registration`: `accepted`: a client was welcomed by an IRC server (reply 001).
    case ircRegistration

    // MARK: Voice and video (RFC 3261, RFC 7826, RFC 3550)
    /// `sip.user_agent`: User-Agent header of SIP.
    case sipUserAgent
    /// `sip.server`: Server header of SIP.
    case sipServer
    /// `sip.method`: A SIP method that the client used.
    case sipMethod
    /// `sip.registration`: How the server answered a SIP registration: `accepted`, `challenged`, `refused`. It was without authentication where no login crossed (`login.challenged`).
    case sipRegistration
    /// `sip.media_port`: Port for media that the host announced in a session description (RFC 8866): not a service of its own.
    case sipMediaPort
    /// `sip.media_profile`: Transport of the media in a session description: `RTP/AVP` in clear, `RTP/SAVP` encrypted.
    case sipMediaProfile
    /// `rtsp.server`: Server header of RTSP.
    case rtspServer
    /// `rtsp.user_agent`: User-Agent header of RTSP.
    case rtspUserAgent
    /// `rtsp.realm`: Realm that an RTSP server names in WWW-Authenticate: often the product.
    case rtspRealm
    /// `rtsp.auth_scheme`: Scheme that an RTSP server asks for or a client uses: `basic`, `digest`.
    case rtspAuthScheme
    /// `rtsp.stream`: How a stream was described: `open` without authentication, `authenticated`, `refused`.
    case rtspStream
    /// `rtp.payload`: Kind of media in an RTP stream, by the static payload types of RFC 3551, or `dynamic`.
    case rtpPayload
    /// `rtsp.media_port`: a UDP port from which the server sends a stream: the data of a conversation, no service.
    case rtspMediaPort

    // MARK: Printing (RFC 8011, PJL, RFC 1179)
    /// `ipp.make_and_model`: printer-make-and-model (RFC 8011 section 5.4.9).
    case ippMakeAndModel
    /// `ipp.firmware`: printer-firmware-name and printer-firmware-string-version (PWG 5110.1), joined by a slash.
    case ippFirmware
    /// `ipp.uuid`: printer-uuid (PWG 5100.13).
    case ippUUID
    /// `ipp.device_id`: printer-device-id (PWG 5107.2): an IEEE 1284 identification with maker, model and serial number.
    case ippDeviceID
    /// `ipp.operation`: An operation that a client asked of a printer (RFC 8011 section 5.4.15): `Print-Job`, `Get-Printer-Attributes`. Nothing of a job is kept.
    case ippOperation
    /// `ipp.authentication`: uri-authentication-supported (RFC 8011 section 5.4.2): `none`, `requesting-user-name`, `basic`, `digest`.
    case ippAuthentication
    /// `ipp.answered`: What a printer answered with success: `printer-attributes`, `job-attributes`.
    case ippAnswered
    /// `pjl.model`: Answer of a printer to PJL INFO ID: its model.
    case pjlModel
    /// `pjl.command`: A PJL command that a client sent, by its name only: `INFO`, `DEFAULT`, `FSUPLOAD`, `RDYMSG`.
    case pjlCommand
    /// `pjl.answered`: A PJL command that a printer answered: `INFO ID`, `FSDIRLIST`.
    case pjlAnswered
    /// `print.language`: Page description language of a job on a raw printer port: `PCL`, `PCLXL`, `POSTSCRIPT`, `PDF`, `ESCP`, `ZPL`. Nothing of the job is kept.
    case printLanguage
    /// `lpd.command`: A command of the line printer daemon protocol (RFC 1179): `receive-job`. Neither queues, jobs nor users are kept.
    case lpdCommand
    /// `lpd.accepted`: A command of the line printer daemon protocol that the server accepted.
    case lpdAccepted

    // MARK: Tunnels
    /// `ike.version`: Version of the Internet Key Exchange that the server answered in: `1` or `2`.
    case ikeVersion
    /// `ike.aggressive`: Authentication method that the server chose in an aggressive mode exchange (IKE version 1), where the identity is in clear and, with `psk`, the hash of the pre-shared key can be attacked offline.
    case ikeAggressive
    /// `ike.authentication`: Authentication method that the server chose in a main mode exchange (IKE version 1): `psk`, `rsa-signature`, `xauth-psk`…
    case ikeAuthentication
    /// `ike.transform_proposed`: Algorithm in a client's proposal: encryption, hash, integrity, pseudo-random function or group, by its lower-case name in the IANA registry, with the length of the key.
    case ikeProposed
    /// `ike.transform_chosen`: Algorithm that the server chose from a proposal; values as of `ike.transform_proposed`.
    case ikeChosen
    /// `ike.vendor_id`: Vendor ID payload in hexadecimal digits: a program or an extension that it knows. At most 32 octets.
    case ikeVendorID
    /// `openvpn.control`: Protection of OpenVPN's control channel: `tls` (none beside TLS), `tls-auth`, `tls-crypt`, `tls-crypt-v2`; `method-1` for the obsolete first key method.
    case openvpnControl
    /// `l2tp.host_name`: Name that an end of an L2TP tunnel gives itself.
    case l2tpHostName
    /// `l2tp.vendor`: Vendor Name of an L2TP control message.
    case l2tpVendor
    /// `l2tp.firmware`: Firmware Revision of an L2TP control message, in hexadecimal digits.
    case l2tpFirmware
    /// `l2tp.tunnel`: State of a tunnel that was seen outside IPsec: `accepted` when the server answered SCCRP, `data` when user data crossed.
    case l2tpTunnel
    /// `ppp.authentication`: Authentication that PPP inside a tunnel agreed on: `pap`, `chap-md5`, `ms-chap`, `ms-chap-v2`, `eap`.
    case pppAuthentication
    /// `pptp.host_name`: Name that an end of a PPTP control connection gives itself.
    case pptpHostName
    /// `pptp.vendor`: Vendor name of a PPTP control connection.
    case pptpVendor
    /// `pptp.firmware`: Firmware revision of a PPTP control connection.
    case pptpFirmware
    /// `pptp.tunnel`: State of a PPTP tunnel: `accepted` when the server accepted the control connection, `call` when it connected a call.
    case pptpTunnel
    /// `socks.version`: Version of the SOCKS proxy: `4` or `5`.
    case socksVersion
    /// `socks.method`: Authentication method that a SOCKS server chose: `none`, `password`, `gssapi`, `refused`.
    case socksMethod
    /// `socks.granted`: Authentication under which a SOCKS server granted a request: `none` means that anybody is relayed (version 4 has none).
    case socksGranted
    /// `stun.software`: SOFTWARE attribute of a STUN or TURN message.
    case stunSoftware
    /// `turn.relay`: `allocated`: a TURN server gave a client an address at which it relays for it.
    case turnRelay
    /// `quic.version`: Version of QUIC that the server answered in, or a client began with: `1`, `2`, `draft-29`, `Q046`…
    case quicVersion
    /// `dtls.version`: Version of DTLS that the server chose: `DTLSv1.0`, `DTLSv1.2`, `DTLSv1.3`.
    case dtlsVersion
    /// `dtls.version_offered`: Highest version of DTLS that a client offers.
    case dtlsVersionOffered
    /// `dns.tunnel_likely`: An answer as of a tunnel through DNS: record type and length of a long name that looks encoded, and two digits that tell such names apart (`txt 214 3f`). The name is not kept.
    case dnsTunnelLikely

    // MARK: TCP stacks
    /// `tcp.syn`: How the host's TCP stack opens a conversation as a client: the fingerprint of its SYN, a weak sign of its operating system. Initial time to live, window, segment size, window scale, options in order and peculiarities, between colons (`64:64240=44mss:1460:7:mss,sok,ts,nop,ws:df,id+`).
    case tcpSyn
    /// `tcp.synack`: How the host's TCP stack answers as a server: the fingerprint of its SYN-ACK, in the form of tcp.syn.
    case tcpSynAck

    // MARK: Directory and Windows
    /// `smb.dialect`: Dialect that the server chose: `1` (SMBv1 and older), `2.0.2`, `2.1`, `3.0`, `3.0.2`, `3.1.1`.
    case smbDialect
    /// `smb.dialect_offered`: A dialect that the client offers, by the same names; `2.x` where it asks in SMBv1 for any of SMB 2.
    case smbDialectOffered
    /// `smb.signing`: What the server asks for in its negotiation: `required`, `enabled` (possible, not required), `none`.
    case smbSigning
    /// `smb.encryption`: Encryption of SMB 3: `supported` by the server (capability or chosen cipher), `required` (session or share asks for it), `used` (an encrypted message crossed).
    case smbEncryption
    /// `smb.session`: A session that the server accepted: `user`, `guest`, `anonymous`. Never whose.
    case smbSession
    /// `smb.share`: Kind of a share that the server opened: `disk`, `pipe`, `print`. Never its name.
    case smbShare
    /// `smb.open_share`: Kind of a share that the server opened for a guest or anonymous session: `disk`, `pipe`, `print`.
    case smbOpenShare
    /// `smb.admin_share`: An administrative share that the server opened for this client: `ADMIN$`, or a drive such as `C$`.
    case smbAdminShare
    /// `smb.pipe`: A named pipe of a closed list that the server opened: `spoolss`, `svcctl`, `samr` …
    case smbPipe
    /// `smb.native_os`: Native OS of an SMBv1 session setup (MS-CIFS section 2.2.4.53).
    case smbNativeOS
    /// `smb.native_lanman`: Native LAN manager of an SMBv1 session setup: the software.
    case smbNativeLANMan
    /// `ntlm.version`: Version of the system in an NTLM message: `10.0.17763`, major, minor and build (MS-NLMP section 2.2.2.10).
    case ntlmVersion
    /// `ntlm.computer`: NetBIOS name of the computer that sent an NTLM challenge.
    case ntlmComputer
    /// `ntlm.domain`: NetBIOS name of its domain.
    case ntlmDomain
    /// `ntlm.dns_name`: DNS name of the computer that sent an NTLM challenge.
    case ntlmDNSName
    /// `ntlm.dns_domain`: DNS name of its domain.
    case ntlmDNSDomain
    /// `ntlm.workstation`: Machine name that the client of an NTLM authentication gives itself. Never the user.
    case ntlmWorkstation
    /// `ntlm.response`: Kind of the response to an NTLM challenge, by its length: `lm`, `ntlmv1`, `ntlmv1-session` (with extended session security), `ntlmv2`, `anonymous`.
    case ntlmResponse
    /// `ntlm.accepted`: Kind of response with which the server accepted a login, by the same names.
    case ntlmAccepted
    /// `spnego.mechanism`: A security mechanism that the party offers in SPNEGO (RFC 4178): `kerberos`, `ntlm`, `negoex`, or an object identifier.
    case spnegoMechanism
    /// `kerberos.realm`: Realm of a Kerberos answer (RFC 4120).
    case kerberosRealm
    /// `kerberos.etype_offered`: An encryption type that the client of the key distribution centre offers, by its IANA name.
    case kerberosEtypeOffered
    /// `kerberos.ticket_etype`: Encryption type of a ticket: issued by the key distribution centre, or presented to this service.
    case kerberosTicketEtype
    /// `kerberos.reply_etype`: Encryption type of the part of an answer that the client reads: the kind of its key.
    case kerberosReplyEtype
    /// `kerberos.service`: Service of a host or a realm in a ticket, of a closed list of kinds: `cifs/server.example`, `krbtgt/EXAMPLE`. Never a person.
    case kerberosService
    /// `kerberos.error`: Error that the key distribution centre answered with, by its name in RFC 4120 section 7.5.9.
    case kerberosError
    /// `kerberos.preauthentication`: `not-required`: the key distribution centre answered a request for a first ticket that proved nothing.
    case kerberosPreauthentication
    /// `ldap.bind`: How the client logs in: `simple`, `anonymous`, `unauthenticated` (a name without a password), or `sasl/` and the mechanism. Never who.
    case ldapBind
    /// `ldap.bind_accepted`: Login that the server accepted, by the same names.
    case ldapBindAccepted
    /// `ldap.protection`: What follows a SASL login: `none` (neither signed nor encrypted), `sasl` (wrapped by the mechanism).
    case ldapProtection
    /// `ldap.anonymous_read`: 1: the server gave an entry other than its own description to a client that did not log in.
    case ldapAnonymousRead
    /// `ldap.vendor`: vendorName of the directory (RFC 3045).
    case ldapVendor
    /// `ldap.vendor_version`: vendorVersion of the directory (RFC 3045).
    case ldapVendorVersion
    /// `ldap.object_class`: objectClass of the description of the directory itself (root DSE, RFC 4512 section 5.1).
    case ldapObjectClass
    /// `ldap.capability`: supportedCapabilities of the directory: object identifiers, dotted.
    case ldapCapability
    /// `ldap.sasl_offered`: supportedSASLMechanisms of the directory.
    case ldapSASLOffered
    /// `ldap.dns_name`: Host name that the directory gives itself (dnsHostName, or the answer to a domain controller search).
    case ldapDNSName
    /// `ldap.domain`: Domain of the directory, as a DNS name.
    case ldapDomain
    /// `ldap.site`: Site of a domain controller.
    case ldapSite
    /// `ldap.functionality`: Functional level of an Active Directory: `domain/7`, `forest/7`, `controller/7`.
    case ldapFunctionality
    /// `ldap.controller`: What a domain controller says to be: `pdc`, `global-catalogue`, `kdc`, `writable`, `time-server`, …
    case ldapController
    /// `msrpc.interface`: Identifier of an interface that the server accepted to serve (C706, bind_ack).
    case msrpcInterface
    /// `msrpc.authentication`: Authentication and its level that the client asked for: `none`, `ntlm/privacy`, `netlogon/integrity` …
    case msrpcAuthentication
    /// `msrpc.unauthenticated`: Identifier of an interface of which the server answered a call without any authentication.
    case msrpcUnauthenticated
    /// `nbns.name`: NetBIOS name by which a host is known, without its suffix.
    case nbnsName
    /// `nbns.group`: NetBIOS name of the domain or workgroup of a host.
    case nbnsGroup
    /// `nbns.service`: What the suffix of a NetBIOS name says of its host: `workstation`, `file-server`, `domain-controller`, `domain-master-browser`, `master-browser`.
    case nbnsService
    /// `browser.name`: Name in an announcement to the network neighbourhood (MS-BRWS).
    case browserName
    /// `browser.version`: Version of the system in such an announcement: `6.1`.
    case browserVersion
    /// `browser.role`: What an announcing host says to be: `domain-controller`, `sql-server`, `print-server`, `terminal-server`, `unix` …
    case browserRole
    /// `llmnr.name`: Name for which a host answered link-local queries (RFC 4795).
    case llmnrName
    /// `name.query`: A protocol by which the host asked its neighbours for a name: `llmnr`, `nbns`. Never the name.
    case nameQuery
    /// `name.answered`: A name for which the host answered a neighbour that asked by LLMNR or NetBIOS, in small letters.
    case nameAnswered
    /// `name.proxy_query`: A protocol by which the host looked for the name WPAD, which tells browsers their proxy: `llmnr`, `nbns`.
    case nameProxyQuery
    /// `name.proxy_answer`: A protocol by which the host answered for the name WPAD.
    case nameProxyAnswer

    // MARK: Storage, backup and server management
    /// `rpc.program`: A program of ONC RPC, with its version, of which the server answered a call: `portmapper/2`, `mount/3`, `nfs/4`, or its number (RFC 5531).
    case rpcProgram
    /// `rpc.registered`: A program in the list that a port mapper gave: `nfs/3/tcp/2049` (RFC 1833).
    case rpcRegistered
    /// `rpc.machine_name`: Name that the client machine gives itself in AUTH_SYS credentials. Never user or group.
    case rpcMachineName
    /// `nfs.version`: Version of NFS that the server served: `3`, `4.1`.
    case nfsVersion
    /// `nfs.authentication`: How the caller of a file operation that the server served proved itself: `none`, `sys` (the word of the client machine), `gss`, `gss-integrity`, `gss-privacy` (RFC 2203).
    case nfsAuthentication
    /// `nfs.flavour_offered`: A security flavour that the server accepts for a share it mounted: `none`, `sys`, `krb5`, `krb5i`, `krb5p`, or its number.
    case nfsFlavourOffered
    /// `nfs.exports`: For whom a share is in the list that the server gave: `everyone`, `restricted`. Never its name.
    case nfsExports
    /// `iscsi.initiator`: Name of the initiator of a login: `iqn.…`, `eui.…`, `naa.…` (RFC 7143).
    case iscsiInitiator
    /// `iscsi.target`: Name of a target of the server, by the same rules.
    case iscsiTarget
    /// `iscsi.login_accepted`: Authentication with which the server let an initiator reach its disks: `none`, `chap`, `chap-mutual`, `krb5`, `srp`.
    case iscsiLoginAccepted
    /// `iscsi.discovery_accepted`: Authentication with which the server let an initiator ask for its targets, by the same names.
    case iscsiDiscoveryAccepted
    /// `rsync.version`: Version of the protocol that the party announces: `31.0`.
    case rsyncVersion
    /// `rsync.access`: What an rsync daemon answered: `listed` (its modules), `open` (a module without a password), `password` (a module after a challenge), `refused`. Never the name of a module.
    case rsyncAccess
    /// `tftp.request`: What a client asks for: `read` or `write`, and the kind of file by its ending: `read/boot-image`, `write/configuration`, `read/firmware`, `read/other`. Never the name.
    case tftpRequest
    /// `ndmp.version`: Version of NDMP that the client opened the conversation with and the server accepted.
    case ndmpVersion
    /// `ndmp.authentication_offered`: A way of authentication that the server offers: `none`, `text`, `md5`.
    case ndmpAuthenticationOffered
    /// `ndmp.authentication`: Way of authentication with which the server let a client in: `none`, `text` (the password in clear), `md5`.
    case ndmpAuthentication
    /// `ndmp.vendor`: Maker that the server states.
    case ndmpVendor
    /// `ndmp.product`: Product that the server states.
    case ndmpProduct
    /// `ndmp.revision`: Version of the product that the server states.
    case ndmpRevision
    /// `ndmp.host_name`: Machine name that the server states.
    case ndmpHostName
    /// `ndmp.system`: Operating system and its version that the server states.
    case ndmpSystem
    /// `bacula.component`: What greets the server: `director`, `console`, `storage-daemon`, `file-daemon`.
    case baculaComponent
    /// `bacula.version`: Version that a director states to a console: `9.6.7`.
    case baculaVersion
    /// `bacula.protection`: What protects a conversation that was let in: `none`, `tls`.
    case baculaProtection
    /// `ipmi.version`: Version of IPMI over LAN that the server offers: `1.5`, `2.0`.
    case ipmiVersion
    /// `ipmi.authentication_offered`: Authentication that the server offers for sessions of version 1.5: `none`, `md2`, `md5`, `password`, `oem`.
    case ipmiAuthenticationOffered
    /// `ipmi.login_offered`: Accounts that the server says it has: `named`, `null-user` (a password without a name), `anonymous` (neither).
    case ipmiLoginOffered
    /// `ipmi.authentication`: Authentication of a session that the server opened: `none` (cipher suite 0 in version 2.0), `md2`, `md5`, `password`, `oem`, `hmac-sha1`, `hmac-md5`, `hmac-sha256`.
    case ipmiAuthentication
    /// `ipmi.confidentiality`: Encryption of a session of version 2.0 that the server agreed to: `none`, `aes-cbc-128`, `xrc4-128`, `xrc4-40`.
    case ipmiConfidentiality
    /// `ipmi.hash`: Algorithm of the hash of an account password that the server sent to a client that had proved nothing (RAKP message 2). Never the hash.
    case ipmiHash
    /// `ipmi.manufacturer`: Maker of the management controller, as `1.3.6.1.4.1.`, the number of the enterprise and a dot.
    case ipmiManufacturer
    /// `ipmi.firmware`: Version of the firmware of the management controller: `2.88`.
    case ipmiFirmware
    /// `tftp.data_port`: The UDP port of a client to which the server sends a file: the data of a conversation, no service.
    case tftpDataPort
    /// `rsh.error_port`: The TCP port of a client to which the server sends the error output of a command: the data of a conversation, no service.
    case rshErrorPort
}
