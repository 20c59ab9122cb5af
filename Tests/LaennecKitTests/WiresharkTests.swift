import Foundation
import Testing

@testable import LaennecKit

/// Redacted captures are opened with Wireshark: no frame is malformed to it that was not so in the original.
///
/// `make redaction` does all recorded captures; else those of the list, which have every protocol whose messages are walked.
@Suite struct WiresharkTests {
    private static let tshark: String? = ["/usr/bin/tshark", "/usr/local/bin/tshark"].first(where: FileManager.default.isExecutableFile(atPath:))

    private static let some: Set<String> = [
        "ad-controller", "bgp-session", "bittorrent-peers", "building-bacnet", "building-iec104", "building-knx", "building-modbus", "building-opcua",
        "decoy-routed", "decoys-ports", "dhcp-dns", "dhcp-reuse", "dicom-echo", "dicom-print", "dicom-store-syntaxes", "dns-tunnel", "dtls", "ike-v2",
        "ike-v2-weak", "ipv6-routers", "kerberos-legacy", "ldap-openldap", "lldp-stations", "mdns-printer", "mysql-mariadb", "netbios-names", "openvpn",
        "port-access", "postgresql-methods", "print-ipp", "radius-methods", "rdp-nla", "rtsp-basic", "sdc-gzip", "smb-guest", "smb-legacy", "smb-modern",
        "snmp-devices", "ssh-openssh", "tftp", "tls-versions", "vnc-tight",
    ]

    /// Frames that cannot be had otherwise, and why.
    private static let known: [String: (frames: Set<Int>, reason: String)] = [:]

    private static let names = Lab.names.filter { Self.some.contains($0) || ProcessInfo.processInfo.environment["LAENNEC_ALL"] != nil }

    @Test(.enabled(if: Self.tshark != nil, "tshark is not installed (Debian package tshark)"), arguments: Self.names) func opens(_ name: String) throws {
        try Lab.withFolder { folder in
            let path = try Lab.path(name)
            _ = try Laennec(signatures: Lab.signatures).redact(path, to: folder + "/copy.pcap")
            let original = try Self.frames(of: path)
            let copy = try Self.frames(of: folder + "/copy.pcap")
            #expect(original.count > 0)
            #expect(copy.count == original.count)
            let malformed = zip(original, copy).filter { $0.isMalformed != $1.isMalformed && $1.isMalformed }.map(\.1.number)
            #expect(Set(malformed) == Self.known[name]?.frames ?? [], "\(name): \(Self.known[name]?.reason ?? "")")
            let broken = zip(original, copy).filter { $0.sums != $1.sums }.map(\.1.number)
            #expect(broken == [], "\(name): checksums")
        }
    }

    /// The search finds what it is for: a capture whose payloads were overwritten without a thought is full of malformed frames.
    @Test(.enabled(if: Self.tshark != nil, "tshark is not installed (Debian package tshark)")) func seesMalformedFrames() throws {
        try Lab.withFolder { folder in
            var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Lab.path("dns-tunnel"))))
            // The file's header, then records: theirs, Ethernet, IPv4, UDP and the identifier of DNS.
            var at = 24
            while at + 16 <= bytes.count {
                let length = (0..<4).reduce(0) { $0 | Int(bytes[at + 8 + $1]) << (8 * $1) }
                for place in at + 16 + 44..<max(at + 16 + 44, at + 16 + length) { bytes[place] = 0xFF }
                at += 16 + length
            }
            try Data(bytes).write(to: URL(fileURLWithPath: folder + "/broken.pcap"))
            #expect(try Self.frames(of: folder + "/broken.pcap").contains(where: \.isMalformed))
        }
    }

    private struct Frame {
        let number: Int
        let isMalformed: Bool
        /// Whether its checksums are right: 0 for one that is not.
        let sums: [Bool]
    }

    private static let sums = ["ip", "tcp", "udp", "icmp", "icmpv6", "sctp"].map { $0 + ".checksum.status" }

    /// What tshark says of each frame.
    private static func frames(of path: String) throws -> [Frame] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.tshark))
        let checks = ["ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE"].flatMap { ["-o", $0] }
        process.arguments = ["-n", "-r", path] + checks + ["-T", "fields"] + (["frame.number", "_ws.malformed"] + Self.sums).flatMap { ["-e", $0] }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(path)")
        return try text.split(separator: "\n").map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            try #require(fields.count == 2 + Self.sums.count, "\(line)")
            return Frame(
                number: try #require(Int(fields[0])), isMalformed: !fields[1].isEmpty, sums: fields.dropFirst(2).map { !$0.split(separator: ",").contains("0") }
            )
        }
    }
}
