import Observations
import Wire

// The Cisco Discovery Protocol, versions 1 and 2, in SNAP frames; its elements as Wireshark's reference and lldpd document them.
//
// Read: how the station behind the source address describes itself: name, platform, software, what it does, its addresses, the
// port it speaks from. The name of a VTP domain, the place and the contact are not read: they may name a site or a person.

enum CDPDissector: LinkDissector {
    static let applicationProtocol = ApplicationProtocol.cdp
    /// SNAP; and the EtherType that the same protocol has over serial lines.
    static let etherTypes: Set<UInt16> = [0x00AA, 0x2000]

    static func dissect(_ payload: RawSpan, _ context: inout DissectionContext) -> Bool {
        let isSNAP = payload.u64(at: 0) == 0xAAAA_0300_000C_2000
        let message = isSNAP ? payload.slice(from: 8) : payload
        guard isSNAP || payload.u16(at: 0) != 0xAAAA, Self.isAdvertisement(message) else { return false }
        guard context.sourceMAC.isUnicast else { return true }
        let station = Party.host(HostKey(context.sourceMAC, in: context.network))
        var reader = ByteReader(message.slice(from: 4))
        for _ in 0..<Self.elementLimit {
            // What was cut off says nothing; what follows the last element is padding of the frame.
            guard let type = try? reader.u16(), let length = try? reader.u16(), length >= 4, let value = try? reader.take(Int(length) &- 4) else {
                return true
            }
            switch type {
            case 0x0001: context.record(.cdpDeviceID, value.trimmed, about: station)
            case 0x0002, 0x0016: Self.recordAddresses(value, about: station, context)
            case 0x0003: context.record(.cdpPort, value.trimmed, about: station)
            case 0x0004: Self.recordCapabilities(value, about: station, context)
            case 0x0005: context.record(.cdpSoftware, UnixName.withoutNode(Self.line(value)), about: station)
            case 0x0006: context.record(.cdpPlatform, value.trimmed, about: station)
            case 0x000A where length == 6: if let vlan = value.u16(at: 0) { context.record(.cdpNativeVLAN, Int64(vlan), about: station) }
            default: break
            }
        }
        return true
    }

    /// The most elements of a message, and addresses of an element, that are looked at.
    private static let elementLimit = 64
    private static let addressLimit = 8

    /// Version, time to live, checksum; then elements, the device's name first.
    private static func isAdvertisement(_ message: RawSpan) -> Bool {
        guard let version = message.u8(at: 0), version == 1 || version == 2, let type = message.u16(at: 4), (1...0x1F).contains(type) || type >= 0x1000,
            let length = message.u16(at: 6), length > 4
        else { return false }
        return message.byteCount >= Int(length) &+ 4
    }

    /// Descriptions of software are several lines, of which one names the version and others the copyright.
    private static func line(_ value: RawSpan) -> String {
        var start = 0
        var first: String?
        for _ in 0..<Self.lineLimit where start < value.byteCount {
            let end = value.firstIndex(of: 0x0A, from: start) ?? value.byteCount
            let line = value.slice(from: start, count: end &- start).trimmed
            start = end &+ 1
            if line.firstRange(of: "ersion") != nil { return PrintableText.make(line) }
            if first == nil, !line.isEmpty { first = PrintableText.make(line) }
        }
        return first ?? ""
    }
    private static let lineLimit = 8

    private static func recordCapabilities(_ value: RawSpan, about station: Party, _ context: DissectionContext) {
        guard var bits = value.u32(at: 0) else { return }
        for name in ["router", "bridge", "source-route-bridge", "switch", "host", "igmp", "repeater", "telephone", "remotely-managed", "docsis", "relay"] {
            if bits & 1 == 1 { context.record(.cdpCapability, name, about: station) }
            bits &>>= 1
        }
    }

    /// A number of addresses, each with its protocol: 0xCC alone (an NLPID) for IPv4, the LLC header of an EtherType for IPv6.
    private static func recordAddresses(_ value: RawSpan, about station: Party, _ context: DissectionContext) {
        var reader = ByteReader(value)
        guard let number = try? reader.u32() else { return }
        let count = min(Int(number), Self.addressLimit)
        for _ in 0..<count {
            guard (try? reader.u8()) != nil, let nameLength = try? reader.u8(), let name = try? reader.take(Int(nameLength)),
                let length = try? reader.u16(), var bytes = try? reader.nested(Int(length))
            else { return }
            let address: IPAddress? =
                switch (name.u8(at: 0), nameLength, length) {
                case (0xCC, 1, 4): try? IPAddress(v4: &bytes)
                case (0xAA, 8, 16): name.u16(at: 6) == 0x86DD ? try? IPAddress(v6: &bytes) : nil
                default: nil
                }
            guard let address, !address.isUnspecified, !address.isGroup, !address.isLoopback else { continue }
            context.record(.cdpManagementAddress, address.description, about: station)
        }
    }
}
