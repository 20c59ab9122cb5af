/// The application protocols that Laennec can prove, by the stable lower-case names that outputs and signatures use.
public enum ApplicationProtocol: String, CaseIterable, Hashable, Comparable, Sendable {
    // Medical
    case dicom, hl7, astm
    case poct1a = "poct1-a"
    case phd = "ieee11073-20601"
    case intellivue, unity, medibus
    case dri = "s5-dri"
    case bcc = "b-braun-bcc"
    // Remote access
    case rdp, vnc, ssh, telnet
    // Web and file transfer
    case http, tls, ftp
    // Names and addresses
    case dns, dhcp, arp
    // Discovery and management
    case wsDiscovery = "ws-discovery"
    case lldp, snmp, syslog, lantronix, moxa, addp

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// Whether it is spoken by medical devices and systems only: who speaks it is one.
    public var isMedical: Bool {
        switch self {
        case .dicom, .hl7, .astm, .poct1a, .phd, .intellivue, .unity, .medibus, .dri, .bcc: true
        default: false
        }
    }

    /// Whether the protocol encrypts what it carries.
    public var isEncrypted: Bool {
        switch self {
        case .tls, .ssh: true
        case .dicom, .hl7, .astm, .poct1a, .phd, .intellivue, .unity, .medibus, .dri, .bcc, .rdp, .vnc, .telnet, .http, .ftp, .dns, .dhcp, .arp,
            .wsDiscovery, .lldp, .snmp, .syslog, .lantronix, .moxa, .addp:
            false
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
        case .poct1a: 3
        case .phd: 4
        case .intellivue: 5
        case .unity: 6
        case .medibus: 7
        case .dri: 8
        case .bcc: 9
        case .rdp: 10
        case .vnc: 11
        case .ssh: 12
        case .telnet: 13
        case .http: 14
        case .tls: 15
        case .ftp: 16
        case .dns: 17
        case .dhcp: 18
        case .arp: 19
        case .wsDiscovery: 20
        case .lldp: 21
        case .snmp: 22
        case .syslog: 23
        case .lantronix: 24
        case .moxa: 25
        case .addp: 26
        }
    }
}
