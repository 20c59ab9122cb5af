/// The application protocols that Laennec can prove, by the stable lower-case names that outputs and signatures use.
public enum ApplicationProtocol: String, CaseIterable, Hashable, Comparable, Sendable {
    // Medical
    case dicom, hl7, astm, intellivue, unity, medibus
    case poct1a = "poct1-a"
    case phd = "ieee11073-20601"
    case dri = "s5-dri"
    case bcc = "b-braun-bcc"
    // Remote access
    case rdp, vnc, ssh, telnet, rlogin, rsh, rexec, x11, xdmcp, winrm, teamviewer, anydesk, rustdesk, radmin, nomachine
    case splashtop, netsupport, dameware, pcanywhere, ammyy, ica, spice
    // Tunnels and private networks
    case ike, esp, ah, openvpn, wireguard, l2tp, pptp, socks, stun, quic, dtls
    // Directory and Windows
    case smb, kerberos, ldap, msrpc, nbns, browser, llmnr, mdns
    // Web and file transfer
    case http, tls, ftp, tftp, nfs, rpc, rsync
    case ftpData = "ftp-data"
    // Mail, voice, print
    case smtp, pop3, imap, sip, rtsp, rtp, ipp, lpd, pjl, xmpp, irc
    // Storage, backup and management
    case iscsi, ndmp, bacula, veeam, ipmi
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
        case .rdp, .vnc, .ssh, .telnet, .rlogin, .rsh, .rexec, .x11, .xdmcp, .winrm, .teamviewer, .anydesk, .rustdesk,
            .radmin, .nomachine, .splashtop, .netsupport, .dameware, .pcanywhere, .ammyy, .ica, .spice: true
        default: false
        }
    }

    /// Whether it carries other traffic out of sight: a private network, a proxy or a tunnel.
    public var isTunnel: Bool {
        switch self {
        case .ike, .esp, .ah, .openvpn, .wireguard, .l2tp, .pptp, .socks: true
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
        case .tls, .ssh, .ike, .esp, .openvpn, .wireguard, .quic, .dtls, .rustdesk, .teamviewer, .anydesk: true
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
        case .anydesk: 21
        case .rustdesk: 22
        case .radmin: 23
        case .nomachine: 24
        case .splashtop: 25
        case .netsupport: 26
        case .dameware: 27
        case .pcanywhere: 28
        case .ammyy: 29
        case .ica: 30
        case .spice: 31
        case .ike: 32
        case .esp: 33
        case .ah: 34
        case .openvpn: 35
        case .wireguard: 36
        case .l2tp: 37
        case .pptp: 38
        case .socks: 39
        case .stun: 40
        case .quic: 41
        case .dtls: 42
        case .smb: 43
        case .kerberos: 44
        case .ldap: 45
        case .msrpc: 46
        case .nbns: 47
        case .browser: 48
        case .llmnr: 49
        case .mdns: 50
        case .http: 51
        case .tls: 52
        case .ftp: 53
        case .tftp: 54
        case .nfs: 55
        case .rpc: 56
        case .rsync: 57
        case .ftpData: 58
        case .smtp: 59
        case .pop3: 60
        case .imap: 61
        case .sip: 62
        case .rtsp: 63
        case .rtp: 64
        case .ipp: 65
        case .lpd: 66
        case .pjl: 67
        case .xmpp: 68
        case .irc: 69
        case .iscsi: 70
        case .ndmp: 71
        case .bacula: 72
        case .veeam: 73
        case .ipmi: 74
        case .tds: 75
        case .mysql: 76
        case .postgresql: 77
        case .tns: 78
        case .redis: 79
        case .mongodb: 80
        case .memcached: 81
        case .cassandra: 82
        case .kafka: 83
        case .mqtt: 84
        case .amqp: 85
        case .bacnet: 86
        case .modbus: 87
        case .s7comm: 88
        case .knx: 89
        case .enip: 90
        case .fox: 91
        case .dnp3: 92
        case .mms: 93
        case .synchrophasor: 94
        case .fins: 95
        case .ads: 96
        case .coap: 97
        case .opcua: 98
        case .iec104: 99
        case .hartIP: 100
        case .dns: 101
        case .dhcp: 102
        case .dhcpv6: 103
        case .arp: 104
        case .ndp: 105
        case .lldp: 106
        case .cdp: 107
        case .ssdp: 108
        case .snmp: 109
        case .syslog: 110
        case .lantronix: 111
        case .moxa: 112
        case .addp: 113
        case .igmp: 114
        case .hsrp: 115
        case .vrrp: 116
        case .stp: 117
        case .radius: 118
        case .tacacs: 119
        case .eapol: 120
        case .ntp: 121
        case .bgp: 122
        case .bittorrent: 123
        case .wsDiscovery: 124
        }
    }
}
