import Foundation

/// The Ethernet frames of a capture file, as far as it can be read: classic pcap in every magic, and pcapng.
///
/// This only serves to make benchmark captures out of given ones, so it takes what is simple and leaves the rest.
public struct CaptureReader {
    public private(set) var frames: [(time: UInt64, bytes: ArraySlice<UInt8>)] = []
    private let bytes: [UInt8]
    private var isBigEndian = false

    public init(path: String) throws {
        self.init(bytes: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
    }

    public init(bytes: [UInt8]) {
        self.bytes = bytes
        guard let magic = self.word(0, bigEndian: false) else { return }
        switch magic {
        case 0xA1B2_C3D4: self.readClassic(unit: 1000)
        case 0xA1B2_3C4D: self.readClassic(unit: 1)
        case 0xD4C3_B2A1:
            self.isBigEndian = true
            self.readClassic(unit: 1000)
        case 0x4D3C_B2A1:
            self.isBigEndian = true
            self.readClassic(unit: 1)
        case 0x0A0D_0D0A: self.readBlocks()
        default: break
        }
    }

    private func word(_ at: Int, bigEndian: Bool? = nil) -> Int? {
        guard at >= 0, at <= self.bytes.count - 4 else { return nil }
        let word = self.bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
        return Int(bigEndian ?? self.isBigEndian ? word : word.byteSwapped)
    }

    private mutating func readClassic(unit: UInt64) {
        guard let link = self.word(20), link & 0xFFFF == 1 else { return }
        var at = 24
        while let seconds = self.word(at), let fraction = self.word(at + 4), let length = self.word(at + 8), length <= self.bytes.count - at - 16 {
            self.frames.append((UInt64(seconds) * 1_000_000_000 + UInt64(fraction) * unit, self.bytes[at + 16..<at + 16 + length]))
            at += 16 + length
        }
    }

    private mutating func readBlocks() {
        /// Nanoseconds of one tick, 0 for an interface that is not Ethernet or counts otherwise.
        var units: [UInt64] = []
        var at = 0
        while let type = self.word(at) {
            if type == 0x0A0D_0D0A {
                self.isBigEndian = self.word(at + 8, bigEndian: true) == 0x1A2B_3C4D
                units = []
            }
            guard let length = self.word(at + 4), length >= 12, length <= self.bytes.count - at else { return }
            if type == 1, let link = self.word(at + 8) {
                let number = self.isBigEndian ? link >> 16 : link & 0xFFFF
                units.append(number == 1 ? self.unit(ofInterfaceAt: at, length) : 0)
            } else if type == 6, let interface = self.word(at + 8), let high = self.word(at + 12), let low = self.word(at + 16),
                let captured = self.word(at + 20), captured <= length - 32, interface < units.count, units[interface] > 0
            {
                let ticks = UInt64(high) << 32 | UInt64(low)
                self.frames.append((ticks.multipliedReportingOverflow(by: units[interface]).partialValue, self.bytes[at + 28..<at + 28 + captured]))
            }
            at += length
        }
    }

    /// The option if_tsresol (9) of an Interface Description Block; microseconds without it.
    private func unit(ofInterfaceAt block: Int, _ length: Int) -> UInt64 {
        var at = block + 16
        while at + 4 < block + length - 4 {
            let code = self.half(at)
            let size = self.half(at + 2)
            if code == 0 { break }
            if code == 9 { return self.bytes[at + 4] == 9 ? 1 : self.bytes[at + 4] == 6 ? 1000 : 0 }
            at += 4 + (size + 3) / 4 * 4
        }
        return 1000
    }

    private func half(_ at: Int) -> Int {
        guard at <= self.bytes.count - 2 else { return 0 }
        return self.isBigEndian ? Int(self.bytes[at]) << 8 | Int(self.bytes[at + 1]) : Int(self.bytes[at + 1]) << 8 | Int(self.bytes[at])
    }
}
