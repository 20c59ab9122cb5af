import Capture
import Foundation
import Wire

/// Writes frames as a capture: pcap with times in nanoseconds (draft-ietf-opsawg-pcap), or pcapng (draft-ietf-opsawg-pcapng) with one
/// interface for each link type.
final class CaptureWriter {
    enum Format: Sendable { case pcap, pcapng }

    private let handle: FileHandle
    private let format: Format
    private let linkTypes: [LinkType]
    private var buffer: [UInt8] = []
    private static let bufferLength = 1 << 18
    private static let snapLength: UInt32 = 262_144

    /// - Parameter linkTypes: of all frames to come; pcap takes one.
    init(_ handle: FileHandle, _ format: Format, linkTypes: [LinkType]) {
        self.handle = handle
        self.format = linkTypes.count > 1 ? .pcapng : format
        self.linkTypes = linkTypes.isEmpty ? [.ethernet] : linkTypes
        self.buffer.reserveCapacity(Self.bufferLength &+ 4096)
        switch self.format {
        case .pcap:
            self.put(0xA1B2_3C4D as UInt32)
            self.put(2 as UInt16)
            self.put(4 as UInt16)
            self.put(0 as UInt64)
            self.put(Self.snapLength)
            self.put(UInt32(self.linkTypes[0].rawValue))
        case .pcapng:
            self.block(0x0A0D_0D0A) { writer in
                writer.put(0x1A2B_3C4D as UInt32)
                writer.put(1 as UInt16)
                writer.put(0 as UInt16)
                writer.put(UInt64.max)
            }
            for linkType in self.linkTypes {
                self.block(1) { writer in
                    writer.put(linkType.rawValue)
                    writer.put(0 as UInt16)
                    writer.put(Self.snapLength)
                    // if_tsresol: 10^-9 s; then the end of the options.
                    writer.put(9 as UInt16)
                    writer.put(1 as UInt16)
                    writer.put(9 as UInt32)
                    writer.put(0 as UInt32)
                }
            }
        }
    }

    func write(_ frame: FrameHeader, _ bytes: [UInt8]) throws {
        switch self.format {
        case .pcap:
            let seconds = frame.time.seconds
            self.put(UInt32(truncatingIfNeeded: seconds))
            self.put(UInt32(truncatingIfNeeded: frame.time.nanoseconds &- seconds &* 1_000_000_000))
            self.put(UInt32(truncatingIfNeeded: bytes.count))
            self.put(frame.originalLength)
            self.buffer += bytes
        case .pcapng:
            let interface = self.linkTypes.firstIndex(of: frame.linkType) ?? 0
            let time = UInt64(bitPattern: frame.time.nanoseconds)
            self.block(6) { writer in
                writer.put(UInt32(truncatingIfNeeded: interface))
                writer.put(UInt32(truncatingIfNeeded: time &>> 32))
                writer.put(UInt32(truncatingIfNeeded: time))
                writer.put(UInt32(truncatingIfNeeded: bytes.count))
                writer.put(frame.originalLength)
                writer.buffer += bytes
                writer.buffer += [UInt8](repeating: 0, count: (4 &- bytes.count & 3) & 3)
            }
        }
        if self.buffer.count >= Self.bufferLength { try self.flush() }
    }

    /// Writes what is held back.
    func flush() throws {
        try self.handle.write(contentsOf: self.buffer)
        self.buffer.removeAll(keepingCapacity: true)
    }

    private func block(_ type: UInt32, _ body: (CaptureWriter) -> Void) {
        let start = self.buffer.count
        self.put(type)
        self.put(0 as UInt32)
        body(self)
        let length = UInt32(truncatingIfNeeded: self.buffer.count &- start &+ 4)
        for index in 0..<4 { self.buffer[start &+ 4 &+ index] = UInt8(truncatingIfNeeded: length &>> UInt32(index &* 8)) }
        self.put(length)
    }

    private func put<Number: FixedWidthInteger>(_ number: Number) {
        var rest = number
        for _ in 0..<Number.bitWidth / 8 {
            self.buffer.append(UInt8(truncatingIfNeeded: rest))
            rest = Number.bitWidth == 8 ? 0 : rest &>> 8
        }
    }
}
