/// The application protocols that Laennec can prove, by the stable lower-case names that outputs and signatures use.
public enum ApplicationProtocol: String, CaseIterable, Hashable, Comparable, Sendable {
    // Medical
    case dicom, hl7
    // Remote access
    case rdp, vnc, ssh, telnet
    // Web and file transfer
    case http, tls, ftp
    // Names and addresses
    case dns, dhcp, arp

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// Whether the protocol encrypts what it carries.
    public var isEncrypted: Bool {
        switch self {
        case .tls, .ssh: true
        case .dicom, .hl7, .rdp, .vnc, .telnet, .http, .ftp, .dns, .dhcp, .arp: false
        }
    }
}

extension ApplicationProtocol {
    /// The place of the case in the list.
    public var ordinal: Int { Self.ordinals[self] ?? 0 }
    private static let ordinals = Dictionary(uniqueKeysWithValues: Self.allCases.enumerated().map { ($1, $0) })
}
