import Capture
import Foundation
import Synchronization
import Wire

/// A folder for one test's files, removed with it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        self.path = NSTemporaryDirectory() + "capture-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }

    /// Writes a file and gives its path.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = self.path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }
}

/// Bytes in either byte order.
struct Bytes {
    var bytes: [UInt8] = []
    var bigEndian = false

    mutating func u16(_ value: UInt16) { self.append(value) }
    mutating func u32(_ value: UInt32) { self.append(value) }
    mutating func u64(_ value: UInt64) { self.append(value) }

    private mutating func append<T: FixedWidthInteger>(_ value: T) {
        for shift in 0..<T.bitWidth / 8 {
            let place = self.bigEndian ? T.bitWidth - 8 - 8 * shift : 8 * shift
            self.bytes.append(UInt8(truncatingIfNeeded: value >> T(place)))
        }
    }
}

/// What a test writes and expects to read.
struct Frame: Equatable, CustomStringConvertible {
    var ordinal: UInt64
    var time: Int64
    var linkType: UInt16 = 1
    var original: UInt32
    var bytes: [UInt8]

    var description: String { "#\(self.ordinal) \(self.time) type \(self.linkType) \(self.bytes.count)/\(self.original)" }
}

/// A pcap file, byte for byte.
struct PcapFile {
    var magic: UInt32 = 0xA1B2_C3D4
    var bigEndian = false
    var major: UInt16 = 2
    var minor: UInt16 = 4
    var snapLength: UInt32 = 262_144
    var linkType: UInt32 = 1
    private(set) var records: [UInt8] = []

    init(magic: UInt32 = 0xA1B2_C3D4, bigEndian: Bool = false) {
        self.magic = magic
        self.bigEndian = bigEndian
    }

    mutating func record(
        _ seconds: UInt32, _ fraction: UInt32, _ bytes: [UInt8], original: UInt32? = nil, captured: UInt32? = nil
    ) {
        var record = Bytes(bigEndian: self.bigEndian)
        record.u32(seconds)
        record.u32(fraction)
        let captured = captured ?? UInt32(bytes.count)
        let original = original ?? UInt32(bytes.count)
        let reversed = self.major == 543 || self.minor < 3
        record.u32(reversed ? original : captured)
        record.u32(reversed ? captured : original)
        if self.magic == 0xA1B2_CD34 {
            record.u32(7)  // interface index
            record.u16(0x0800)
            record.u16(0)
        }
        self.records += record.bytes + bytes
    }

    var bytes: [UInt8] {
        var header = Bytes(bigEndian: self.bigEndian)
        header.u32(self.magic)
        header.u16(self.major)
        header.u16(self.minor)
        header.u32(0)
        header.u32(0)
        header.u32(self.snapLength)
        header.u32(self.linkType)
        return header.bytes + self.records
    }
}

/// A pcapng file, byte for byte.
struct PcapngFile {
    private(set) var bytes: [UInt8] = []
    private var bigEndian = false

    /// Begins a section.
    mutating func section(bigEndian: Bool = false, major: UInt16 = 1, minor: UInt16 = 0) {
        self.bigEndian = bigEndian
        self.block(0x0A0D_0D0A) { body in
            body.u32(0x1A2B_3C4D)
            body.u16(major)
            body.u16(minor)
            body.u64(.max)
        }
    }

    mutating func interface(_ linkType: UInt16 = 1, snapLength: UInt32 = 0, options: [(UInt16, [UInt8])] = []) {
        let encoded = self.encode(options)
        self.block(1) { body in
            body.u16(linkType)
            body.u16(0)
            body.u32(snapLength)
            body.bytes += encoded
        }
    }

    mutating func packet(
        _ interface: UInt32, _ ticks: UInt64, _ bytes: [UInt8], original: UInt32? = nil, options: [(UInt16, [UInt8])] = []
    ) {
        let encoded = self.encode(options)
        self.block(6) { body in
            body.u32(interface)
            body.u32(UInt32(truncatingIfNeeded: ticks >> 32))
            body.u32(UInt32(truncatingIfNeeded: ticks))
            body.u32(UInt32(bytes.count))
            body.u32(original ?? UInt32(bytes.count))
            body.bytes += bytes + padding(bytes.count) + encoded
        }
    }

    mutating func obsoletePacket(_ interface: UInt16, _ ticks: UInt64, _ bytes: [UInt8]) {
        self.block(2) { body in
            body.u16(interface)
            body.u16(3)  // drops
            body.u32(UInt32(truncatingIfNeeded: ticks >> 32))
            body.u32(UInt32(truncatingIfNeeded: ticks))
            body.u32(UInt32(bytes.count))
            body.u32(UInt32(bytes.count))
            body.bytes += bytes + padding(bytes.count)
        }
    }

    mutating func simplePacket(_ bytes: [UInt8], original: UInt32) {
        self.block(3) { body in
            body.u32(original)
            body.bytes += bytes + padding(bytes.count)
        }
    }

    mutating func statistics(_ interface: UInt32, options: [(UInt16, [UInt8])]) {
        let encoded = self.encode(options)
        self.block(5) { body in
            body.u32(interface)
            body.u64(0)
            body.bytes += encoded
        }
    }

    /// A block of any type.
    mutating func block(_ type: UInt32, _ fill: (inout Bytes) -> Void) {
        var body = Bytes(bigEndian: self.bigEndian)
        fill(&body)
        var block = Bytes(bigEndian: self.bigEndian)
        block.u32(type)
        block.u32(UInt32(body.bytes.count + 12))
        block.bytes += body.bytes
        block.u32(UInt32(body.bytes.count + 12))
        self.bytes += block.bytes
    }

    /// A 64-bit option value in this section's byte order.
    func u64(_ value: UInt64) -> [UInt8] {
        var bytes = Bytes(bigEndian: self.bigEndian)
        bytes.u64(value)
        return bytes.bytes
    }

    private func encode(_ options: [(UInt16, [UInt8])]) -> [UInt8] {
        if options.isEmpty { return [] }
        var encoded = Bytes(bigEndian: self.bigEndian)
        for (code, value) in options {
            encoded.u16(code)
            encoded.u16(UInt16(value.count))
            encoded.bytes += value + padding(value.count)
        }
        encoded.u32(0)
        return encoded.bytes
    }
}

private func padding(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: (4 - count % 4) % 4) }

/// The frames of a source and its empty fills, through to the end.
func read(_ source: any FrameSource, batch: FrameBatch = FrameBatch(), limit: Int = 1_000_000) throws -> [Frame] {
    var frames: [Frame] = []
    while try source.fill(batch), frames.count < limit {
        frames += batch.copies
    }
    return frames
}

extension FrameBatch {
    /// The frames with copies of their bytes.
    var copies: [Frame] {
        self.frames.map { frame in
            Frame(
                ordinal: frame.ordinal,
                time: frame.time.nanoseconds,
                linkType: frame.linkType.rawValue,
                original: frame.originalLength,
                bytes: self.bytes(of: frame).copied()
            )
        }
    }
}

/// Reads a whole file.
func read(_ path: String, filter: FrameFilter? = nil) throws -> (frames: [Frame], report: InputReport) {
    let source = try SavefileSource(path: path, filter: filter)
    let frames = try read(source)
    return (frames, source.report)
}

/// A source of numbers that is the same in every run (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A small file of each kind, with frames of different lengths.
enum Samples {
    static func payload(_ length: Int, _ seed: UInt8 = 0) -> [UInt8] {
        (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) &+ seed }
    }

    static func pcap(frames: Int = 5, magic: UInt32 = 0xA1B2_C3D4, bigEndian: Bool = false) -> [UInt8] {
        var file = PcapFile(magic: magic, bigEndian: bigEndian)
        for index in 0..<frames {
            file.record(1_700_000_000 + UInt32(index), 999_999, Self.payload(index * 13 % 200, UInt8(truncatingIfNeeded: index)), original: 200)
        }
        return file.bytes
    }

    static func pcapng() -> [UInt8] {
        var file = PcapngFile()
        file.section()
        file.interface(1, snapLength: 1000, options: [(2, Array("eth0".utf8)), (9, [9])])
        file.packet(0, 1_700_000_000_000_000_001, Self.payload(61), options: [(1, Array("a comment".utf8))])
        file.block(0x0000_000A) { $0.bytes += Self.payload(36) }  // decryption secrets
        file.simplePacket(Self.payload(20), original: 20)
        file.statistics(0, options: [(5, file.u64(4)), (7, file.u64(2))])
        file.section(bigEndian: true)
        file.interface(101, snapLength: 1000)
        file.obsoletePacket(0, 1_700_000_001_000_000, Self.payload(33))
        file.packet(0, 1_700_000_002_000_000, Self.payload(34))
        return file.bytes
    }
}
