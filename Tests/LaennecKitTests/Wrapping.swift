import Testing

/// What networks and capture tools put around frames.
enum Wrapping: String, CaseIterable, CustomTestStringConvertible {
    case vlan, qinq, mpls, gre, greBridge, erspan, vxlan, geneve, gtp, tzsp, pppoe, linuxCooked, linuxCooked2, rawIP, rawIPv4
    case fragments, reversedFragments, gzip, zstd, twoLinkTypes, everything

    var testDescription: String { self.rawValue }

    /// Whether frames without an IP packet are left out.
    var carriesOnlyIP: Bool {
        switch self {
        case .mpls, .gre, .gtp, .pppoe, .rawIP, .rawIPv4: true
        case .vlan, .qinq, .greBridge, .erspan, .vxlan, .geneve, .tzsp, .linuxCooked, .linuxCooked2, .fragments, .reversedFragments, .gzip, .zstd, .twoLinkTypes,
            .everything: false
        }
    }

    /// What the coverage has to say was opened.
    var encapsulations: [String] {
        switch self {
        case .vlan, .qinq: ["802.1Q"]
        case .mpls: ["MPLS"]
        case .gre, .greBridge: ["GRE"]
        case .erspan: ["ERSPAN"]
        case .vxlan: ["VXLAN"]
        case .geneve: ["Geneve"]
        case .gtp: ["GTP-U"]
        case .tzsp: ["TZSP"]
        case .pppoe: ["PPPoE"]
        case .everything: ["802.1Q", "VXLAN", "GRE"]
        case .linuxCooked, .linuxCooked2, .rawIP, .rawIPv4, .fragments, .reversedFragments, .gzip, .zstd, .twoLinkTypes: []
        }
    }

    func wrap(_ frames: [Frame]) -> (file: [UInt8], ending: String) {
        switch self {
        case .gzip: (Container.gzip(CaptureFile.pcap(frames)), "pcap.gz")
        case .zstd: (Container.zstd(CaptureFile.pcap(frames)), "pcap.zst")
        case .twoLinkTypes:
            (
                CaptureFile.pcapng(
                    frames.enumerated().flatMap { $0.offset % 2 == 0 ? [$0.element] : Wrapping.linuxCooked.frames(of: $0.element, $0.offset) }),
                "pcapng"
            )
        default: (CaptureFile.pcap(frames.enumerated().flatMap { self.frames(of: $0.element, $0.offset) }), "pcap")
        }
    }

    /// One frame, wrapped; none where the wrapping carries only IP and the frame is something else.
    func frames(of frame: Frame, _ number: Int) -> [Frame] {
        func made(_ bytes: [UInt8], _ linkType: UInt16 = 1) -> [Frame] { [Frame(time: frame.time, linkType: linkType, bytes: bytes)] }
        let ethernet = frame.bytes
        let macs = Array(ethernet.prefix(12))
        let isIP = ethernet.u16(12) == 0x0800
        let total = isIP ? Int(ethernet.u16(16)) : 0
        let ip = isIP ? Array(ethernet[14..<(14 + total)]) : []
        switch self {
        case .vlan: return made(macs + [0x81, 0, 0x20, 28] + ethernet.dropFirst(12))
        case .qinq: return made(macs + [0x88, 0xA8, 0, 100, 0x91, 0, 0, 30, 0x81, 0, 0, 28] + ethernet.dropFirst(12))
        case .mpls: return isIP ? made(macs + [0x88, 0x47, 0, 1, 0x20, 64, 0, 1, 0x31, 64] + ip) : []
        case .gre: return isIP ? made(Self.carried(47, [0, 0, 8, 0] + ip)) : []
        case .greBridge: return made(Self.carried(47, [0x20, 0, 0x65, 0x58, 0, 0, 0, 77] + ethernet))
        case .erspan:
            let sequence: [UInt8] = [0, 0, UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
            return made(Self.carried(47, [0x10, 0, 0x88, 0xBE] + sequence + [0x10, 28, 0, 5, 0, 0, 0, 1] + ethernet))
        case .vxlan: return made(Self.datagram(4789, [8, 0, 0, 0, 0, 0x12, 0x34, 0] + ethernet))
        case .geneve: return made(Self.datagram(6081, [1, 0, 0x65, 0x58, 0, 0, 7, 0, 0, 0, 0, 0] + ethernet))
        case .gtp:
            var header: [UInt8] = [0x30, 0xFF]
            header.append(be: UInt16(ip.count))
            return isIP ? made(Self.datagram(2152, header + [0, 0, 0, 9] + ip)) : []
        case .tzsp: return made(Self.datagram(37008, [1, 0, 0, 1, 0x0A, 1, 0x20, 1] + ethernet))
        case .pppoe:
            var header = macs + [0x88, 0x64, 0x11, 0, 0, 3]
            header.append(be: UInt16(ip.count + 2))
            return isIP ? made(header + [0, 0x21] + ip) : []
        case .linuxCooked:
            return made([0, 0, 0, 1, 0, 6] + macs.suffix(6) + [0, 0] + ethernet.dropFirst(12), 113)
        case .linuxCooked2:
            return made(Array(ethernet[12..<14]) + [0, 0, 0, 0, 0, 2, 0, 1, 0, 6] + macs.suffix(6) + [0, 0] + ethernet.dropFirst(14), 276)
        case .rawIP: return isIP ? made(ip, 101) : []
        case .rawIPv4: return isIP ? made(ip, 228) : []
        case .fragments: return Self.fragments(frame, number)
        case .reversedFragments: return Self.fragments(frame, number).reversed()
        case .gzip, .zstd, .twoLinkTypes: return [frame]
        case .everything:
            // A mirrored frame with a tag, in VXLAN, in GRE, in a frame with a tag.
            let mirrored = macs + [0x81, 0, 0, 28] + ethernet.dropFirst(12)
            let tunnel = Self.datagram(4789, [8, 0, 0, 0, 0, 0, 7, 0] + mirrored)
            let inner = Array(tunnel.dropFirst(14))
            let outer = Self.carried(47, [0, 0, 8, 0] + inner)
            return made(Array(outer.prefix(12)) + [0x81, 0, 0, 99] + outer.dropFirst(12))
        }
    }

    // MARK: Pieces

    private static let outerMACs: [UInt8] = [2, 0, 0, 0, 0, 0xB, 2, 0, 0, 0, 0, 0xA]

    /// An Ethernet frame with an IPv4 packet of that protocol between two tunnel ends.
    private static func carried(_ number: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var header: [UInt8] = [0x45, 0]
        header.append(be: UInt16(20 + payload.count))
        header += [0x12, 0x34, 0, 0, 64, number, 0, 0, 172, 31, 255, 1, 172, 31, 255, 2]
        return Self.outerMACs + [8, 0] + Self.withChecksum(header) + payload
    }

    private static func datagram(_ port: UInt16, _ payload: [UInt8]) -> [UInt8] {
        var header: [UInt8] = []
        header.append(be: UInt16(49_200))
        header.append(be: port)
        header.append(be: UInt16(8 + payload.count))
        return Self.carried(17, header + [0, 0] + payload)
    }

    /// The packet in three fragments, where it is long enough.
    private static func fragments(_ frame: Frame, _ number: Int) -> [Frame] {
        let bytes = frame.bytes
        guard bytes.u16(12) == 0x0800, bytes[14] == 0x45 else { return [frame] }
        let payload = Array(bytes[34..<(14 + Int(bytes.u16(16)))])
        let size = max(payload.count / 3 / 8 * 8, 8)
        guard payload.count > 24 else { return [frame] }
        return stride(from: 0, to: payload.count, by: size).map { start in
            let piece = payload[start..<min(start + size, payload.count)]
            var header = Array(bytes[14..<34])
            header.replaceSubrange(2..<4, with: [UInt8((20 + piece.count) >> 8), UInt8(truncatingIfNeeded: 20 + piece.count)])
            header.replaceSubrange(4..<6, with: [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)])
            let flags = UInt16(start / 8) | (start + size < payload.count ? 0x2000 : 0)
            header.replaceSubrange(6..<8, with: [UInt8(flags >> 8), UInt8(truncatingIfNeeded: flags)])
            return Frame(time: frame.time, bytes: Array(bytes[0..<14]) + Self.withChecksum(header) + piece)
        }
    }

    private static func withChecksum(_ header: [UInt8]) -> [UInt8] {
        var header = header
        header.replaceSubrange(10..<12, with: [0, 0])
        var sum = stride(from: 0, to: header.count, by: 2).reduce(0) { $0 + Int(header.u16($1)) }
        while sum > 0xFFFF { sum = (sum & 0xFFFF) + sum >> 16 }
        header.replaceSubrange(10..<12, with: [UInt8(~sum >> 8 & 0xFF), UInt8(~sum & 0xFF)])
        return header
    }
}

/// Compressed containers, without compression: every decompressor has to read stored blocks.
enum Container {
    /// RFC 1952 around RFC 1951 stored blocks.
    static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        for start in stride(from: 0, to: bytes.count, by: 65_535) {
            let block = bytes[start..<min(start + 65_535, bytes.count)]
            file.append(start + 65_535 < bytes.count ? 0 : 1)
            for length in [UInt16(block.count), ~UInt16(block.count)] { file += [UInt8(truncatingIfNeeded: length), UInt8(length >> 8)] }
            file += block
        }
        file.append(le: ~bytes.reduce(~UInt32(0)) { crc, byte in Self.table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ crc >> 8 })
        file.append(le: UInt32(truncatingIfNeeded: bytes.count))
        return file
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    /// RFC 8878: one frame of raw blocks.
    static func zstd(_ bytes: [UInt8]) -> [UInt8] {
        var file: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xA0]
        file.append(le: UInt32(bytes.count))
        for start in stride(from: 0, to: bytes.count, by: 100_000) {
            let block = bytes[start..<min(start + 100_000, bytes.count)]
            let header = UInt32(block.count) << 3 | (start + 100_000 < bytes.count ? 0 : 1)
            file += [UInt8(truncatingIfNeeded: header), UInt8(truncatingIfNeeded: header >> 8), UInt8(truncatingIfNeeded: header >> 16)]
            file += block
        }
        return file
    }
}
