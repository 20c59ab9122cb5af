import CPCAP
import Glibc
public import Wire

/// A network interface of this machine, and whether this process may listen on it.
public struct NetworkInterface: Hashable, Sendable {
    public var name: String
    public var description: String?
    public var addresses: [IPAddress]
    public var macAddress: MACAddress?
    /// `nil` where it cannot be told without opening the interface.
    public var linkType: LinkType?
    public var isUp: Bool
    /// Whether it has a carrier.
    public var isRunning: Bool
    public var isLoopback: Bool
    public var isWireless: Bool
    /// The capability that this process lacks to capture here; `nil` if it may.
    public var missingCapability: String?
}

/// The network interfaces of this machine.
public enum Interfaces {
    /// The pseudo-interface that stands for all.
    public static let any = "any"
    /// What capturing takes on Linux (capabilities(7)).
    public static let capability = "cap_net_raw"

    /// The interfaces that libpcap knows, without its devices that are no network interface (`usbmon`, `bluetooth`, `dbus`, `nflog`)
    /// or not passive (`nfqueue` holds packets back until somebody decides on them).
    public static func list() throws(CaptureError) -> [NetworkInterface] {
        var first: UnsafeMutablePointer<pcap_if_t>?
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        // libpcap fills the list, which is freed below, and at most PCAP_ERRBUF_SIZE bytes of message.
        guard unsafe pcap_findalldevs(&first, &message) == 0 else {
            throw .captureFailed(interface: Self.any, message: Self.text(message))
        }
        defer { unsafe pcap_freealldevs(first) }
        let missing = Self.hasCapability ? nil : Self.capability
        var found: [NetworkInterface] = []
        var next = unsafe first
        // A list of libpcap: every pointer is null or valid until it is freed.
        while let device = unsafe next {
            unsafe next = device.pointee.next
            let name = unsafe String(cString: device.pointee.name)
            guard Self.isNetworkInterface(name) else { continue }
            let flags = unsafe device.pointee.flags
            found.append(
                NetworkInterface(
                    name: name,
                    description: unsafe device.pointee.description.map { unsafe String(cString: $0) },
                    addresses: unsafe Self.addresses(device.pointee.addresses),
                    macAddress: Self.attribute("address", of: name).flatMap { MACAddress($0) },
                    linkType: Self.linkType(of: name),
                    isUp: flags & UInt32(PCAP_IF_UP) != 0,
                    isRunning: flags & UInt32(PCAP_IF_RUNNING) != 0,
                    isLoopback: flags & UInt32(PCAP_IF_LOOPBACK) != 0,
                    isWireless: flags & UInt32(PCAP_IF_WIRELESS) != 0,
                    missingCapability: missing
                )
            )
        }
        return found
    }

    /// Whether frames on this device are a network's and listening to it is passive.
    static func isNetworkInterface(_ name: String) -> Bool {
        if name == Self.any { return true }
        guard !name.isEmpty, name.utf8.count < Int(IF_NAMESIZE), !name.utf8.contains(UInt8(ascii: "/")), name != ".", name != ".."
        else { return false }
        return unsafe access("/sys/class/net/" + name, F_OK) == 0
    }

    /// Whether this process has what capturing takes, whoever it runs as.
    static var hasCapability: Bool {
        guard let status = readSmallFile("/proc/self/status") else { return false }
        // The effective set, in hexadecimal; CAP_NET_RAW is bit 13.
        for line in status.split(separator: "\n") where line.hasPrefix("CapEff:") {
            return (UInt64(line.dropFirst(7).trimmingSpaces, radix: 16) ?? 0) & 1 << 13 != 0
        }
        return false
    }

    private static func attribute(_ attribute: String, of name: String) -> String? {
        name == Self.any ? nil : readSmallFile("/sys/class/net/\(name)/\(attribute)").map { String($0.trimmingSpaces) }
    }

    /// From the kernel's ARPHRD_ number (linux/if_arp.h), as libpcap maps it.
    private static func linkType(of name: String) -> LinkType? {
        if name == Self.any { return .linuxCooked }
        switch Self.attribute("type", of: name) {
        case "1", "772": return .ethernet  // ARPHRD_ETHER, ARPHRD_LOOPBACK
        case "801": return .ieee80211
        case "802": return .prism
        case "803": return .radiotap
        case "768", "769", "776", "778", "65534": return .raw  // IPv4 and IPv6 tunnels, SIT, GRE, no header
        default: return nil
        }
    }

    private static func addresses(_ first: UnsafeMutablePointer<pcap_addr>?) -> [IPAddress] {
        var found: [IPAddress] = []
        var next = unsafe first
        // As above; an address is of the size that its family says.
        while let entry = unsafe next {
            unsafe next = entry.pointee.next
            guard let address = unsafe entry.pointee.addr else { continue }
            switch unsafe Int32(address.pointee.sa_family) {
            case AF_INET:
                unsafe UnsafeRawPointer(address).withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    found.append(IPAddress(v4: UInt32(bigEndian: unsafe $0.pointee.sin_addr.s_addr)))
                }
            case AF_INET6:
                unsafe UnsafeRawPointer(address).withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                    unsafe withUnsafeBytes(of: pointer.pointee.sin6_addr) { bytes in
                        var reader = ByteReader(unsafe bytes.bytes)
                        if let address = try? IPAddress(v6: &reader) { found.append(address) }
                    }
                }
            default: break
            }
        }
        return found
    }

    static func text(_ message: [CChar]) -> String {
        String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A file of the kernel's, at most 4 KiB of it.
private func readSmallFile(_ path: String) -> String? {
    guard let file = try? FileDescriptor(path: path) else { return nil }
    var bytes = [UInt8](repeating: 0, count: 4096)
    // The array's memory, during the call only.
    guard case .bytes(let count) = unsafe bytes.withUnsafeMutableBytes({ unsafe file.read(into: $0) }) else { return nil }
    return String(decoding: bytes[0..<count], as: UTF8.self)
}

extension StringProtocol {
    fileprivate var trimmingSpaces: SubSequence {
        let start = self.firstIndex { !$0.isWhitespace } ?? self.endIndex
        let rest = self[start...]
        let end = rest.lastIndex { !$0.isWhitespace }.map { rest.index(after: $0) } ?? start
        return self[start..<end]
    }
}
