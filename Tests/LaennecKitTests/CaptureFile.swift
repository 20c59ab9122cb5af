import Foundation
import Wire

/// A frame of a capture as the tests take it apart and put it together.
struct Frame: Hashable {
    /// Nanoseconds since 1970.
    var time: UInt64
    /// LINKTYPE_ number.
    var linkType: UInt16 = 1
    /// Bytes on the wire.
    var length: Int
    var bytes: [UInt8]

    init(time: UInt64, linkType: UInt16 = 1, length: Int? = nil, bytes: [UInt8]) {
        self.time = time
        self.linkType = linkType
        self.length = length ?? bytes.count
        self.bytes = bytes
    }
}

/// A small reader and writer of captures: for the tests' own captures, and independent of the reader that they test.
enum CaptureFile {
    static func read(_ path: String) throws -> [Frame] {
        let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        switch file.u32le(0) {
        case 0xA1B2_C3D4: return try Self.readPcap(file, 1000)
        case 0xA1B2_3C4D: return try Self.readPcap(file, 1)
        case 0x0A0D_0D0A: return try Self.readPcapng(file)
        default: throw Lab.Failure(description: "\(path): not a little-endian pcap or pcapng file")
        }
    }

    private static func readPcap(_ file: [UInt8], _ unit: UInt64) throws -> [Frame] {
        var frames: [Frame] = []
        let linkType = UInt16(file.u32le(20) & 0xFFFF)
        var offset = 24
        while offset + 16 <= file.count {
            let count = Int(file.u32le(offset + 8))
            let time = UInt64(file.u32le(offset)) * 1_000_000_000 + UInt64(file.u32le(offset + 4)) * unit
            let bytes = Array(file[(offset + 16)..<(offset + 16 + count)])
            frames.append(Frame(time: time, linkType: linkType, length: Int(file.u32le(offset + 12)), bytes: bytes))
            offset += 16 + count
        }
        return frames
    }

    private static func readPcapng(_ file: [UInt8]) throws -> [Frame] {
        var frames: [Frame] = []
        var interfaces: [(linkType: UInt16, unit: UInt64)] = []
        var offset = 0
        while offset + 12 <= file.count {
            let count = Int(file.u32le(offset + 4))
            switch file.u32le(offset) {
            case 1:
                var unit: UInt64 = 1000
                var option = offset + 16
                while option + 4 <= offset + count - 4, file.u16le(option) != 0 {
                    let size = Int(file.u16le(option + 2))
                    if file.u16le(option) == 9 {
                        guard let known = [6: 1000, 9: 1][Int(file[option + 4])] else { throw Lab.Failure(description: "time resolution") }
                        unit = UInt64(known)
                    }
                    option += 4 + (size + 3) / 4 * 4
                }
                interfaces.append((file.u16le(offset + 8), unit))
            case 6:
                let interface = interfaces[Int(file.u32le(offset + 8))]
                let ticks = UInt64(file.u32le(offset + 12)) << 32 | UInt64(file.u32le(offset + 16))
                let captured = Int(file.u32le(offset + 20))
                frames.append(
                    Frame(
                        time: ticks * interface.unit, linkType: interface.linkType, length: Int(file.u32le(offset + 24)),
                        bytes: Array(file[(offset + 28)..<(offset + 28 + captured)])))
            default: break
            }
            offset += count
        }
        return frames
    }

    /// The frames as a pcap file with times in nanoseconds.
    static func pcap(_ frames: [Frame], linkType: UInt16 = 1, snapLength: Int = 262_144) -> [UInt8] {
        var file: [UInt8] = []
        for word in [0xA1B2_3C4D, 0x0004_0002, 0, 0, UInt32(snapLength), UInt32(frames.first?.linkType ?? linkType)] { file.append(le: word) }
        for frame in frames {
            let captured = frame.bytes.prefix(snapLength)
            file.append(le: UInt32(frame.time / 1_000_000_000))
            file.append(le: UInt32(frame.time % 1_000_000_000))
            file.append(le: UInt32(captured.count))
            file.append(le: UInt32(frame.length))
            file += captured
        }
        return file
    }

    /// The frames as a pcapng file with an interface for every link type, in nanoseconds.
    static func pcapng(_ frames: [Frame]) -> [UInt8] {
        var file: [UInt8] = []
        func block(_ type: UInt32, _ body: [UInt8]) {
            let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
            file.append(le: type)
            file.append(le: UInt32(padded.count + 12))
            file += padded
            file.append(le: UInt32(padded.count + 12))
        }
        block(0x0A0D_0D0A, [0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8))
        let linkTypes = Set(frames.map(\.linkType)).sorted()
        for linkType in linkTypes {
            var body: [UInt8] = []
            body.append(le: UInt32(linkType))
            body.append(le: 262_144)
            body += [9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0]
            block(1, body)
        }
        for frame in frames {
            var body: [UInt8] = []
            body.append(le: UInt32(linkTypes.firstIndex(of: frame.linkType) ?? 0))
            body.append(le: UInt32(frame.time >> 32))
            body.append(le: UInt32(truncatingIfNeeded: frame.time))
            body.append(le: UInt32(frame.bytes.count))
            body.append(le: UInt32(frame.length))
            block(6, body + frame.bytes)
        }
        return file
    }

    static func write(_ bytes: [UInt8], to path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
}

extension [UInt8] {
    func u16le(_ offset: Int) -> UInt16 { UInt16(self[offset]) | UInt16(self[offset + 1]) << 8 }
    func u32le(_ offset: Int) -> UInt32 { offset + 4 <= self.count ? UInt32(self.u16le(offset)) | UInt32(self.u16le(offset + 2)) << 16 : 0 }
    func u16(_ offset: Int) -> UInt16 { self.u16le(offset).byteSwapped }

    mutating func append(le value: UInt32) { for shift in [0, 8, 16, 24] { self.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) } }
    mutating func append(be value: UInt16) { self += [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }
    mutating func append(be value: UInt32) {
        self.append(be: UInt16(value >> 16))
        self.append(be: UInt16(truncatingIfNeeded: value))
    }
}
