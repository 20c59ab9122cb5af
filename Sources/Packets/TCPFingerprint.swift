import Wire

/// How a TCP stack opens a conversation: what of a SYN or SYN-ACK (RFC 9293 section 3.5) depends on the stack and not on the
/// conversation. A passive, weak sign of the operating system: whoever forwards, translates or imitates can change all of it.
///
/// Two machine words stand for it, so that one that is known already costs no text. Its text has six parts between colons:
///
///     64:64240=44mss:1460:7:mss,sok,ts,nop,ws:df,id+
///
/// | part | means |
/// | --- | --- |
/// | initial time to live | 32, 64, 128 or 255: the next at or above the one seen (RFC 791: one less for each router) |
/// | window | as sent; then `=` and how it is made, where it is a multiple: of the segment size (`44mss`), of the segment size less the 12 octets of timestamps (`45mss-12`), or of the whole packet (`4mtu`). Tunnels lower the segment size on the way and leave the window, so either may be matched alone |
/// | maximum segment size | in octets (RFC 9293 section 3.7.1) |
/// | window scale | shift count (RFC 7323 section 2) |
/// | options in order | `mss nop ws sok ts eol`, `other` for every other kind; nothing is told after `eol` |
/// | peculiarities | `df`: don't fragment; `id+`: and yet an identification (RFC 6864 section 4.1); `id-`: may be fragmented, and yet none; `ip6`: IPv6, which has neither; `ecn`: congestion notification is offered or accepted (RFC 3168 section 6.1.1); `seq-`: sequence number 0; `ack+`: an acknowledgement without its flag; `urg`: urgent flag or pointer; `push`; `ts-`: own timestamp 0; `ts2+`: a timestamp is echoed that nobody sent; `bad`: options that are cut, of a wrong length or more than eleven |
///
/// A part that is not there is `-`.
public struct TCPFingerprint: Hashable, Sendable {
    /// What ``Packet/handshake`` holds.
    let handshake: UInt64
    let window: UInt16
    let timeToLive: UInt8

    /// - Returns: `nil` for anything but a SYN or SYN-ACK.
    @inlinable
    public init?(_ packet: Packet) {
        guard packet.handshake != 0 else { return nil }
        self.init(packet.handshake, packet.window, packet.timeToLive)
    }

    @usableFromInline
    init(_ handshake: UInt64, _ window: UInt16, _ timeToLive: UInt8) {
        self.handshake = handshake
        self.window = window
        self.timeToLive = timeToLive > 128 ? 255 : timeToLive > 64 ? 128 : timeToLive > 32 ? 64 : 32
    }

    /// All that decides the text.
    public var words: (UInt64, UInt64) { (self.handshake, UInt64(self.window) &<< 8 | UInt64(self.timeToLive)) }
}

// MARK: Reading

/// What an IP header says of the identity of its datagram, the lowest three bits of ``Packet/handshake``.
enum Identification {
    // RFC 6864: atomic datagrams need no identification; stacks differ in what they send. Zero would be no handshake.
    static let none: UInt8 = 1
    static let present: UInt8 = 2
    static let version6: UInt8 = 5

    /// - Parameter word: identification, flags and fragment offset of an IPv4 header.
    static func of(_ word: UInt32) -> UInt8 {
        (word &>> 16 == 0 ? Self.none : Self.present) &+ UInt8(truncatingIfNeeded: word &>> 13 & 2)
    }
}

extension TCPFingerprint {
    // A handshake, from its lowest bit: identification (3), quirks (8), window scale (4), segment size (16), options (11 × 3).

    /// An option's kind, as it stands in a handshake.
    private enum Option: UInt64, CaseIterable {
        case end = 1, padding, segmentSize, windowScale, selective, timestamps, other

        var name: String {
            switch self {
            case .end: "eol"
            case .padding: "nop"
            case .segmentSize: "mss"
            case .windowScale: "ws"
            case .selective: "sok"
            case .timestamps: "ts"
            case .other: "other"
            }
        }
    }

    private struct Quirks: OptionSet {
        let rawValue: UInt64
        static let congestion = Quirks(rawValue: 1 << 3)
        static let zeroSequence = Quirks(rawValue: 1 << 4)
        static let acknowledgement = Quirks(rawValue: 1 << 5)
        static let urgent = Quirks(rawValue: 1 << 6)
        static let push = Quirks(rawValue: 1 << 7)
        static let zeroTime = Quirks(rawValue: 1 << 8)
        static let echo = Quirks(rawValue: 1 << 9)
        static let malformed = Quirks(rawValue: 1 << 10)
    }

    private static let noScale: UInt64 = 15
    private static let scalePlace: UInt64 = 11
    private static let sizePlace: UInt64 = 15
    private static let optionsPlace: UInt64 = 31
    private static let optionBits: UInt64 = 3
    private static let optionLimit = 11

    /// Packs what a SYN or SYN-ACK says; 0 for another segment.
    /// - Parameters:
    ///   - at: where the TCP header begins, of which the first 20 octets are there.
    ///   - headerLength: with options.
    static func handshake(of packet: Packet, _ bytes: RawSpan, at: Int, headerLength: Int) -> UInt64 {
        let flags = packet.tcpFlags
        guard !flags.contains(.rst), !flags.contains(.fin) else { return 0 }
        var quirks: Quirks = []
        // ECE and CWR of a SYN offer, ECE alone of a SYN-ACK accepts.
        if flags.rawValue & 0x40 != 0 { quirks.insert(.congestion) }
        if packet.sequence == 0 { quirks.insert(.zeroSequence) }
        if packet.acknowledgement != 0, !flags.contains(.ack) { quirks.insert(.acknowledgement) }
        if flags.rawValue & 0x20 != 0 || bytes.u16(at: at &+ 18) ?? 0 != 0 { quirks.insert(.urgent) }
        if flags.contains(.psh) { quirks.insert(.push) }

        var options: UInt64 = 0
        var count = 0
        var size: UInt64 = 0
        var scale = Self.noScale
        let end = at &+ headerLength
        var place = at &+ 20
        while place < end {
            guard let kind = bytes.u8(at: place), count < Self.optionLimit else {
                quirks.insert(.malformed)
                break
            }
            var option = Option.other
            var length = 1
            if kind == 0 {
                option = .end
            } else if kind == 1 {
                option = .padding
            } else {
                length = Int(bytes.u8(at: place &+ 1) ?? 0)
                guard length >= 2, place &+ length <= end else {
                    quirks.insert(.malformed)
                    break
                }
                switch (kind, length) {
                case (2, 4):
                    option = .segmentSize
                    size = UInt64(bytes.u16(at: place &+ 2) ?? 0)
                case (3, 3):
                    option = .windowScale
                    // More than 14 counts as 14 (RFC 7323 section 2.3).
                    scale = min(14, UInt64(bytes.u8(at: place &+ 2) ?? 0))
                case (4, 2): option = .selective
                case (8, 10):
                    option = .timestamps
                    if bytes.u32(at: place &+ 2) == 0 { quirks.insert(.zeroTime) }
                    if !flags.contains(.ack), bytes.u32(at: place &+ 6) ?? 0 != 0 { quirks.insert(.echo) }
                case (2, _), (3, _), (4, _), (8, _): quirks.insert(.malformed)
                default: break
                }
            }
            options |= option.rawValue &<< (UInt64(truncatingIfNeeded: count) &* Self.optionBits)
            count &+= 1
            place &+= length
            if option == .end { break }
        }
        return UInt64(packet.identification) | quirks.rawValue | scale &<< Self.scalePlace | size &<< Self.sizePlace | options &<< Self.optionsPlace
    }
}

// MARK: Text

extension TCPFingerprint: CustomStringConvertible {
    public var description: String {
        let size = UInt32(truncatingIfNeeded: self.handshake &>> Self.sizePlace & 0xFFFF)
        let scale = self.handshake &>> Self.scalePlace & 0xF
        let parts = [
            String(self.timeToLive), "\(self.window)\(self.relation(size))", size == 0 ? "-" : String(size),
            scale == Self.noScale ? "-" : String(scale), Self.list(self.options.map(\.name)), Self.list(self.peculiarities),
        ]
        return parts.joined(separator: ":")
    }

    private static func list(_ names: [String]) -> String { names.isEmpty ? "-" : names.joined(separator: ",") }

    private var identification: UInt8 { UInt8(truncatingIfNeeded: self.handshake & 7) }

    private var options: [Option] {
        var options: [Option] = []
        var rest = self.handshake &>> Self.optionsPlace
        while let option = Option(rawValue: rest & 7) {
            options.append(option)
            rest &>>= Self.optionBits
        }
        return options
    }

    /// What the window is a multiple of.
    private func relation(_ size: UInt32) -> String {
        let window = UInt32(self.window)
        guard size > 0, window > 0 else { return "" }
        if let times = Self.times(size, in: window) { return "=\(times)mss" }
        if size > 12, self.options.contains(.timestamps), let times = Self.times(size &- 12, in: window) { return "=\(times)mss-12" }
        let packet = size &+ (self.identification == Identification.version6 ? 60 : 40)
        if packet < window, let times = Self.times(packet, in: window) { return "=\(times)mtu" }
        return ""
    }

    private static func times(_ unit: UInt32, in window: UInt32) -> UInt32? {
        let (quotient, rest) = window.quotientAndRemainder(dividingBy: unit)
        return rest == 0 ? quotient : nil
    }

    private var peculiarities: [String] {
        var names: [String] = []
        switch self.identification {
        case Identification.none &+ 2: names.append("df")
        case Identification.present &+ 2: names += ["df", "id+"]
        case Identification.none: names.append("id-")
        case Identification.version6: names.append("ip6")
        default: break
        }
        let quirks = Quirks(rawValue: self.handshake)
        let known: [(Quirks, String)] = [
            (.congestion, "ecn"), (.zeroSequence, "seq-"), (.acknowledgement, "ack+"), (.urgent, "urg"), (.push, "push"), (.zeroTime, "ts-"),
            (.echo, "ts2+"), (.malformed, "bad"),
        ]
        for (quirk, name) in known where quirks.contains(quirk) { names.append(name) }
        return names
    }
}
