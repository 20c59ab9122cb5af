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
    /// The place of the case in the list.
    // An enumeration without payloads is laid out as the number of its case; a test holds it to that.
    public var ordinal: Int { unsafe Int(unsafeBitCast(self, to: UInt8.self)) }
}
