import Observations
import Wire

// The X Window System over TCP (X.Org Foundation, "X Window System Protocol", X Version 11, section 8 "Connection Setup").
//
// Read: how a client that was let in proved itself, and what the server says to be. The proof itself is stepped over, and so is all that
// is shown and typed.

final class X11Dissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.x11

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        // A side whose role is known sends only its own kind of message.
        if first == 0x42 || first == 0x6C { return context.role == .server ? .no : X11Setup.probe(head) }
        return first <= 2 && context.role != .client ? X11Answer.probe(head) : .no
    }

    // MARK: State

    private var proof: StaticString?
    private var isBig: Bool?

    func lost(_ count: Int, from side: Side) { self.proof = nil }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let first = bytes.u8(at: 0) else { return Consumption(0) }
        if first == 0x42 || first == 0x6C {
            context.declare(side, is: .client)
            guard let setup = X11Setup(bytes) else { return Consumption(0, .more(atLeast: bytes.byteCount < 12 ? 12 : X11Setup.length(bytes))) }
            self.proof = setup.proof
            self.isBig = first == 0x42
            return Consumption(0, .sideFinished)
        }
        guard bytes.byteCount >= 8 else { return Consumption(0, .more(atLeast: 8)) }
        guard first <= 2, let isBig = self.isBig ?? X11Answer.isBig(bytes) else { return .failed }
        context.declare(side, is: .server)
        guard first == 1 else { return .finished }
        guard bytes.byteCount >= X11Answer.fixedLength else { return Consumption(0, .more(atLeast: X11Answer.fixedLength)) }
        let vendorLength = Int(X11Setup.u16(bytes, at: 24, isBig))
        guard vendorLength <= 1024 else { return .failed }
        guard bytes.byteCount >= X11Answer.fixedLength &+ vendorLength else { return Consumption(0, .more(atLeast: X11Answer.fixedLength &+ vendorLength)) }
        if let proof = self.proof { context.record(.x11Access, "\(proof)", about: context.party(side)) }
        context.record(.x11Vendor, bytes.slice(from: X11Answer.fixedLength, count: vendorLength).trimmed, about: context.party(side))
        let release = isBig ? bytes.u32(at: 8) : bytes.u32le(at: 8)
        if let release { context.record(.x11Release, "\(release)", about: context.party(side)) }
        return .finished
    }
}

/// What the client begins with: byte order, version 11.0, name and data of its proof.
private struct X11Setup {
    let proof: StaticString

    static func u16(_ bytes: RawSpan, at offset: Int, _ isBig: Bool) -> UInt16 { (isBig ? bytes.u16(at: offset) : bytes.u16le(at: offset)) ?? 0 }

    static func length(_ bytes: RawSpan) -> Int {
        let isBig = bytes.u8(at: 0) == 0x42
        let name = Int(Self.u16(bytes, at: 6, isBig))
        let data = Int(Self.u16(bytes, at: 8, isBig))
        return 12 &+ (name &+ 3) & ~3 &+ (data &+ 3) & ~3
    }

    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= 12, bytes.byteCount >= Self.length(bytes) else { return nil }
        let name = bytes.slice(from: 12, count: Int(Self.u16(bytes, at: 6, bytes.u8(at: 0) == 0x42)))
        if name.isEmpty {
            self.proof = "none"
        } else if name.equals("MIT-MAGIC-COOKIE-1") {
            self.proof = "mit-magic-cookie-1"
        } else if name.equals("XDM-AUTHORIZATION-1") {
            self.proof = "xdm-authorization-1"
        } else {
            self.proof = "other"
        }
    }

    static func probe(_ head: RawSpan) -> Probe {
        guard head.byteCount >= 6 else {
            if let second = head.u8(at: 2), let third = head.u8(at: 3) { return second ^ third == 0x0B && second & third == 0 ? .notYet : .no }
            return .notYet
        }
        let isBig = head.u8(at: 0) == 0x42
        guard Self.u16(head, at: 2, isBig) == 11, Self.u16(head, at: 4, isBig) == 0 else { return .no }
        guard head.byteCount >= 12 else { return .notYet }
        let name = Self.u16(head, at: 6, isBig)
        let data = Self.u16(head, at: 8, isBig)
        guard name <= 64, data <= 256, name > 0 || data == 0, head.u16(at: 10) == 0 else { return .no }
        return head.slice(from: 12, count: Int(name)).isText ? .yes : .no
    }
}

/// What the server answers: 0 refused, 1 let in, 2 more proof wanted.
private enum X11Answer {
    /// Up to the vendor's name.
    static let fixedLength = 40

    static func isBig(_ bytes: RawSpan) -> Bool? {
        if bytes.u16(at: 2) == 11, bytes.u16(at: 4) == 0 { return true }
        return bytes.u16le(at: 2) == 11 && bytes.u16le(at: 4) == 0 ? false : nil
    }

    static func probe(_ head: RawSpan) -> Probe {
        guard let first = head.u8(at: 0), head.byteCount >= 6 else { return .notYet }
        guard let isBig = Self.isBig(head) else { return .no }
        guard head.byteCount >= 8 else { return .notYet }
        let units = Int(X11Setup.u16(head, at: 6, isBig))
        guard first == 1 else {
            // The reason is text of a stated length, in the second octet where it was refused.
            guard units > 0, units <= 64, first == 2 || Int(head.u8(at: 1) ?? 0) <= units &* 4 else { return .no }
            guard head.byteCount >= 8 &+ units &* 4 else { return .notYet }
            return head.slice(from: 8, count: units &* 4).trimmed.isText ? .yes : .no
        }
        guard head.byteCount >= Self.fixedLength else { return .notYet }
        // Orders of octets and bits, units of 8, 16 or 32 bits, key codes from 8 on.
        let vendor = Int(X11Setup.u16(head, at: 24, isBig))
        guard units >= 8, let imageOrder = head.u8(at: 30), imageOrder <= 1, let bitOrder = head.u8(at: 31), bitOrder <= 1, let unit = head.u8(at: 32),
            unit == 8 || unit == 16 || unit == 32, let lowest = head.u8(at: 34), lowest >= 8, let screens = head.u8(at: 28), screens > 0, vendor <= 1024
        else { return .no }
        return head.slice(from: Self.fixedLength, count: vendor).isText ? .yes : .no
    }
}
