import Observations
import Wire

// Synchrophasor measurements (IEEE C37.118.2), over TCP and UDP. Every frame ends in a checksum.
//
// Read: the names of the stations in a configuration frame. Measurements are never kept.

final class SynchrophasorDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.synchrophasor

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard head.u8(at: 0) == 0xAA else { return .no }
        guard head.byteCount >= 4 else { return PhasorFrame.isKind(head.u8(at: 1) ?? 1) ? .notYet : .no }
        guard let length = PhasorFrame.length(head) else { return .no }
        guard head.byteCount >= length else { return context.isStart && length <= Dissection.probeLimit ? .notYet : .no }
        return PhasorFrame.isSound(head.slice(from: 0, count: length)) ? .yes : .no
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= 4 else { return Consumption(0, .more(atLeast: 4)) }
        guard let length = PhasorFrame.length(bytes) else { return .failed }
        guard bytes.byteCount >= length else { return Consumption(0, .more(atLeast: length)) }
        let isConfiguration = PhasorFrame.record(bytes.slice(from: 0, count: length), from: side, &context)
        // Nothing but measurements follows.
        return isConfiguration ? .finished : Consumption(length, .more(atLeast: 4))
    }
}

enum SynchrophasorDatagramDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.synchrophasor
    static let usualPorts: Set<UInt16> = [4713]

    static func mayBegin(_ octet: UInt8) -> Bool { octet == 0xAA }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard PhasorFrame.length(datagram) == datagram.byteCount, PhasorFrame.isSound(datagram) else { return .no }
        return PhasorFrame.record(datagram, from: side, &context) ? .finished : .more
    }
}

/// A frame: AAh, kind and version, length, source, time, content, checksum (section 6.2).
private enum PhasorFrame {
    private static let stationLimit = 32

    static func isKind(_ octet: UInt8) -> Bool { octet & 0x80 == 0 && octet &>> 4 <= 5 && (1...3).contains(octet & 0xF) }

    static func length(_ bytes: RawSpan) -> Int? {
        guard bytes.u8(at: 0) == 0xAA, let kind = bytes.u8(at: 1), Self.isKind(kind), let length = bytes.u16(at: 2), length >= 16 else { return nil }
        return Int(length)
    }

    /// Whether the checksum (CRC-CCITT, preset with ones) is right.
    static func isSound(_ frame: RawSpan) -> Bool {
        var value: UInt16 = 0xFFFF
        var offset = 0
        while offset < frame.byteCount &- 2, let octet = frame.u8(at: offset) {
            value ^= UInt16(octet) &<< 8
            for _ in 0..<8 { value = value & 0x8000 != 0 ? value &<< 1 ^ 0x1021 : value &<< 1 }
            offset &+= 1
        }
        return frame.u16(at: offset) == value
    }

    /// - Returns: whether it was a configuration, which says all there is to know.
    static func record(_ frame: RawSpan, from side: Side, _ context: inout DissectionContext) -> Bool {
        guard let kind = frame.u8(at: 1) else { return false }
        context.declare(side, is: kind &>> 4 == 4 ? .client : .server)
        guard kind &>> 4 == 2 || kind &>> 4 == 3, let stations = frame.u16(at: 18) else { return false }
        var offset = 20
        let stationCount = min(Int(stations), Self.stationLimit)
        for _ in 0..<stationCount {
            let name = frame.slice(from: offset, count: 16)
            guard name.byteCount == 16, let phasors = frame.u16(at: offset &+ 20), let analogs = frame.u16(at: offset &+ 22),
                let digitals = frame.u16(at: offset &+ 24)
            else { break }
            context.record(.synchrophasorStation, name.trimmed, about: context.party(side))
            let channels = Int(phasors) &+ Int(analogs)
            offset &+= 26 &+ 16 &* (channels &+ 16 &* Int(digitals)) &+ 4 &* (channels &+ Int(digitals)) &+ 4
        }
        return true
    }
}
