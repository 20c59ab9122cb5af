/// The application protocols that Laennec can prove, by the stable lower-case names that outputs and signatures use.
public enum ApplicationProtocol: String, CaseIterable, Hashable, Comparable, Sendable {
    // Medical
    case dicom, hl7, astm, intellivue, unity, medibus
    case poct1a = "poct1-a"
    case phd = "ieee11073-20601"
    case dri = "s5-dri"
    case bcc = "b-braun-bcc"
    // Remote access
    case rdp, vnc, ssh, telnet, rlogin, rsh, rexec, x11, xdmcp, winrm, teamviewer, rustdesk, radmin, nomachine
    case pcanywhere, ica, spice
    // Tunnels and private networks
    case ike, esp, openvpn, wireguard, l2tp, pptp, socks, stun, quic, dtls
    // Directory and Windows
    case smb, kerberos, ldap, msrpc, nbns, browser, llmnr, mdns
    // Web and file transfer
    case http, tls, ftp, tftp, nfs, rpc, rsync
    case ftpData = "ftp-data"
    // Mail, voice, print
    case smtp, pop3, imap, sip, rtsp, rtp, ipp, lpd, pjl, xmpp, irc
    // Storage, backup and management
    case iscsi, ndmp, bacula, ipmi
    // Databases and messages
    case tds, mysql, postgresql, tns, redis, mongodb, memcached, cassandra, kafka, mqtt, amqp
    // Buildings and industry
    case bacnet, modbus, s7comm, knx, enip, fox, dnp3, mms, synchrophasor, fins, ads, coap
    case opcua = "opc-ua"
    case iec104 = "iec-104"
    case hartIP = "hart-ip"
    // Names and addresses
    case dns, dhcp, dhcpv6, arp, ndp
    // Discovery and management
    case lldp, cdp, ssdp, snmp, syslog, lantronix, moxa, addp, igmp, hsrp, vrrp, stp, radius, tacacs, eapol, ntp, bgp
    case bittorrent
    case wsDiscovery = "ws-discovery"

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// Whether it is spoken by medical devices and systems only: who speaks it is one.
    public var isMedical: Bool {
        switch self {
        case .dicom, .hl7, .astm, .poct1a, .phd, .intellivue, .unity, .medibus, .dri, .bcc: true
        default: false
        }
    }

    /// Whether it is there to control a computer or a device from afar, by screen or by command line.
    public var isRemoteControl: Bool {
        switch self {
        case .rdp, .vnc, .ssh, .telnet, .rlogin, .rsh, .rexec, .x11, .xdmcp, .winrm, .teamviewer, .rustdesk, .radmin,
            .nomachine, .pcanywhere, .ica, .spice: true
        default: false
        }
    }

    /// Whether it carries other traffic out of sight: a private network, a proxy or a tunnel.
    public var isTunnel: Bool {
        switch self {
        case .ike, .esp, .openvpn, .wireguard, .l2tp, .pptp, .socks: true
        default: false
        }
    }

    /// Whether it is spoken by building and industrial systems.
    public var isIndustrial: Bool {
        switch self {
        case .bacnet, .modbus, .s7comm, .knx, .enip, .fox, .dnp3, .mms, .synchrophasor, .fins, .ads, .coap, .opcua, .iec104,
            .hartIP: true
        default: false
        }
    }

    /// Whether the protocol encrypts what it carries.
    public var isEncrypted: Bool {
        switch self {
        case .tls, .ssh, .ike, .esp, .openvpn, .wireguard, .quic, .dtls, .rustdesk, .teamviewer: true
        default: false
        }
    }
}

extension ApplicationProtocol {
    /// The place of the case in the list. Written out, as it is asked for every flow: a test holds it to the order of the cases.
    public var ordinal: Int {
        switch self {
        case .dicom: 0
        case .hl7: 1
        case .astm: 2
        case .intellivue: 3
        case .unity: 4
        case .medibus: 5
        case .poct1a: 6
        case .phd: 7
        case .dri: 8
        case .bcc: 9
        case .rdp: 10
        case .vnc: 11
        case .ssh: 12
        case .telnet: 13
        case .rlogin: 14
        case .rsh: 15
        case .rexec: 16
        case .x11: 17
        case .xdmcp: 18
        case .winrm: 19
        case .teamviewer: 20
        case .rustdesk: 21
        case .radmin: 22
        case .nomachine: 23
        case .pcanywhere: 24
        case .ica: 25
        case .spice: 26
        case .ike: 27
        case .esp: 28
        case .openvpn: 29
        case .wireguard: 30
        case .l2tp: 31
        case .pptp: 32
        case .socks: 33
        case .stun: 34
        case .quic: 35
        case .dtls: 36
        case .smb: 37
        case .kerberos: 38
        case .ldap: 39
        case .msrpc: 40
        case .nbns: 41
        case .browser: 42
        case .llmnr: 43
        case .mdns: 44
        case .http: 45
        case .tls: 46
        case .ftp: 47
        case .tftp: 48
        case .nfs: 49
        case .rpc: 50
        case .rsync: 51
        case .ftpData: 52
        case .smtp: 53
        case .pop3: 54
        case .imap: 55
        case .sip: 56
        case .rtsp: 57
        case .rtp: 58
        case .ipp: 59
        case .lpd: 60
        case .pjl: 61
        case .xmpp: 62
        case .irc: 63
        case .iscsi: 64
        case .ndmp: 65
        case .bacula: 66
        case .ipmi: 67
        case .tds: 68
        case .mysql: 69
        case .postgresql: 70
        case .tns: 71
        case .redis: 72
        case .mongodb: 73
        case .memcached: 74
        case .cassandra: 75
        case .kafka: 76
        case .mqtt: 77
        case .amqp: 78
        case .bacnet: 79
        case .modbus: 80
        case .s7comm: 81
        case .knx: 82
        case .enip: 83
        case .fox: 84
        case .dnp3: 85
        case .mms: 86
        case .synchrophasor: 87
        case .fins: 88
        case .ads: 89
        case .coap: 90
        case .opcua: 91
        case .iec104: 92
        case .hartIP: 93
        case .dns: 94
        case .dhcp: 95
        case .dhcpv6: 96
        case .arp: 97
        case .ndp: 98
        case .lldp: 99
        case .cdp: 100
        case .ssdp: 101
        case .snmp: 102
        case .syslog: 103
        case .lantronix: 104
        case .moxa: 105
        case .addp: 106
        case .igmp: 107
        case .hsrp: 108
        case .vrrp: 109
        case .stp: 110
        case .radius: 111
        case .tacacs: 112
        case .eapol: 113
        case .ntp: 114
        case .bgp: 115
        case .bittorrent: 116
        case .wsDiscovery: 117
        }
    }
}
