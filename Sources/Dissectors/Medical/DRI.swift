import Observations
import Wire

/// The Datex-Ohmeda record interface of GE S/5, B-series and CARESCAPE monitors: the frames of its serial port as terminal servers
/// carry them over TCP (S/5 Computer Interface Specification M1017617; S/5 System Interface 8005313).
///
/// Read are the interface level of the monitor and, of network records, the login of a monitor. No other subrecord is entered:
/// measurements, waves, alarms, and the patient description (network subrecord 6) are stepped over.
final class DRIDissector: StreamDissector {
    static var applicationProtocol: ApplicationProtocol { .dri }

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard head.u8(at: 0) == DRIFrame.flag else { return .no }
        // A frame ends and the next begins with a flag: both may be there.
        let start = head.u8(at: 1) == DRIFrame.flag ? 2 : 1
        return DRIFrame.check(head.slice(from: start), isAll: head.byteCount >= Dissection.probeLimit)
    }

    /// How many records of a monitor that logs others in are read.
    private static let networkRecordLimit = 256
    private var networkRecords = 0

    init() {}

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        var index = 0
        while index < bytes.byteCount {
            guard bytes.u8(at: index) == DRIFrame.flag else {
                // Between frames, or inside of one whose beginning was not seen.
                guard let next = bytes.firstIndex(of: DRIFrame.flag, from: index) else { return Consumption(bytes.byteCount) }
                index = next
                continue
            }
            let body = bytes.slice(from: index &+ 1)
            guard let length = body.firstIndex(of: DRIFrame.flag) else {
                guard body.byteCount <= DRIFrame.limit else { return Consumption(bytes.byteCount) }
                return Consumption(index, .more(atLeast: bytes.byteCount &- index &+ 1))
            }
            guard let record = DRIRecord(body.slice(from: 0, count: length)) else {
                // The flag that was found begins the next frame, or ended one that began before.
                index &+= length &+ 1
                continue
            }
            index &+= length &+ 2
            if self.note(record, from: side, &context) { return .finished }
        }
        return Consumption(index)
    }

    /// - Returns: whether there is nothing more to learn.
    private func note(_ record: DRIRecord, from side: Side, _ context: inout DissectionContext) -> Bool {
        guard !record.isRequest else {
            context.declare(side, is: .client)
            return false
        }
        context.declare(side, is: .server)
        if record.level >= 2 { context.record(.driLevel, Int64(record.level), about: context.party(side)) }
        guard record.kind == .network else { return record.level >= 2 }
        for login in record.logins where login.address.isUnicast {
            let mac = login.address.description
            let monitor = Party.device(DeviceKey(behind: context.host(side), naming: .eui64, identifier: mac))
            context.record(.driAddress, mac, about: monitor)
            if let type = login.deviceType { context.record(.driDeviceType, type, about: monitor) }
            context.record(.driLevel, Int64(login.level), about: monitor)
        }
        self.networkRecords &+= 1
        return self.networkRecords >= Self.networkRecordLimit
    }
}

/// Framing of the computer interface: a flag at both ends, octets that look like a flag escaped, a checksum after the record.
private enum DRIFrame {
    static let flag: UInt8 = 0x7E
    static let escape: UInt8 = 0x7D
    /// The longest frame: header, 1450 octets of data and checksum, all of them escaped.
    static let limit = 2 &* (DRIRecord.headerLength &+ 1450 &+ 1)

    /// The octet at `index` without its escape; moves `index` behind it.
    static func next(_ bytes: RawSpan, _ index: inout Int) -> UInt8? {
        guard let byte = bytes.u8(at: index), byte != Self.flag else { return nil }
        index &+= 1
        guard byte == Self.escape else { return byte }
        guard let second = bytes.u8(at: index), second == 0x5E || second == 0x5D else { return nil }
        index &+= 1
        return second ^ 0x20
    }

    /// Whether a frame stands here, behind its first flag.
    /// - Parameter isAll: whether no more octets will be shown.
    static func check(_ bytes: RawSpan, isAll: Bool) -> Probe {
        // The checksum is the sum of all before it.
        var index = 0
        var count = 0
        var sum: UInt8 = 0
        var last: UInt8 = 0
        var header = DRIHeaderCheck()
        while let byte = Self.next(bytes, &index) {
            if count < DRIRecord.headerLength, !header.accepts(byte, at: count) { return .no }
            sum &+= last
            last = byte
            count &+= 1
            if count > header.length &+ 1, count > 2 { return .no }
        }
        if bytes.u8(at: index) == Self.flag {
            return count >= DRIRecord.headerLength && count == header.length &+ 1 && sum == last ? .yes : .no
        }
        // An escape that stands last may be completed; inside, it is wrong.
        guard index >= bytes.byteCount else { return .no }
        return isAll ? (count > DRIRecord.headerLength ? .yes : .no) : .notYet
    }
}

/// Checks the header of a record octet by octet.
private struct DRIHeaderCheck {
    private(set) var length = 0
    private var kind: UInt8 = 0
    private var offset = 0
    private var previous = -1
    private var isListEnded = false

    mutating func accepts(_ byte: UInt8, at position: Int) -> Bool {
        switch position {
        case 0: self.length = Int(byte)
        case 1:
            self.length |= Int(byte) &<< 8
            return self.length > DRIRecord.headerLength && self.length <= DRIRecord.headerLength &+ 1450
        case 3: return byte <= 15
        case 14:
            self.kind = byte
            return DRIRecord.Kind(rawValue: byte) != nil
        case 15: return byte == 0
        case 16...:
            switch position % 3 {
            case 1: self.offset = Int(byte)
            case 2: self.offset |= Int(byte) &<< 8
            default:
                if self.isListEnded { return true }
                if byte == 0xFF {
                    self.isListEnded = true
                    return self.previous >= 0
                }
                // The first subrecord is at the beginning, each other behind the one before.
                guard self.previous < 0 ? self.offset == 0 : self.offset > self.previous,
                    self.offset < self.length &- DRIRecord.headerLength
                else { return false }
                self.previous = self.offset
            }
        default: break
        }
        return true
    }
}

/// A Datex-Ohmeda record.
private struct DRIRecord {
    static let headerLength = 40

    /// Main types of records.
    enum Kind: UInt8 {
        case physiological = 0
        case wave = 1
        case alarm = 4
        case network = 5
        case fluids = 8
    }
    struct Login {
        let address: MACAddress
        let deviceType: String?
        let level: UInt16
    }

    let kind: Kind
    let level: UInt8
    /// Whether it asks a monitor to send.
    let isRequest: Bool
    let logins: [Login]

    /// Reads what stands between two flags; fails unless the header is sound and the checksum right.
    init?(_ frame: RawSpan) {
        guard frame.byteCount <= DRIFrame.limit else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(frame.byteCount)
        var index = 0
        var sum: UInt8 = 0
        var header = DRIHeaderCheck()
        while let byte = DRIFrame.next(frame, &index) {
            if bytes.count < Self.headerLength, !header.accepts(byte, at: bytes.count) { return nil }
            bytes.append(byte)
            sum &+= byte
        }
        guard index == frame.byteCount, bytes.count > Self.headerLength, bytes.count == header.length &+ 1, let checksum = bytes.last,
            sum &- checksum == checksum
        else { return nil }
        let record = bytes.rawSpan
        guard let kind = record.u8(at: 14).flatMap(Kind.init), let level = record.u8(at: 3), let first = record.u8(at: 18) else { return nil }
        self.kind = kind
        self.level = level
        self.isRequest = first == 0 && kind != .network && kind != .fluids
        self.logins = kind == .network ? Self.logins(record) : []
    }

    /// The logins (subrecord 0) of a network record.
    private static func logins(_ record: RawSpan) -> [Login] {
        var logins: [Login] = []
        for number in 0..<8 {
            let place = 16 &+ number &* 3
            guard let offset = record.u16le(at: place), let type = record.u8(at: place &+ 2), type != 0xFF else { break }
            guard type == 0 else { continue }
            let data = record.slice(from: Self.headerLength &+ Int(offset), count: 10)
            var reader = ByteReader(data)
            guard let address = try? MACAddress(&reader), let device = try? reader.u16le(), let level = try? reader.u16le(), level <= 15 else {
                continue
            }
            logins.append(Login(address: address, deviceType: Self.deviceType(device), level: level))
        }
        return logins
    }

    /// `dri_net_conn_type` (8005313, 6.3.1).
    private static func deviceType(_ number: UInt16) -> String? {
        switch number {
        case 2: "ANE"
        case 3: "ARK"
        case 9: "LM"
        case 10: "ICU"
        case 13: "CC5"
        case 27: "FM"
        case 35: "FM_LIGHT"
        case 36: "ESP_ANE"
        case 37: "ESP_ICU"
        case 38: "ESP_NICU"
        case 39: "ESP_PACU"
        case 40: "ESP_ED"
        default: nil
        }
    }
}
