import Wire

// ISO transport on TCP (RFC 1006): TPKT and X.224 class 0, which S7, MMS and RDP share. RDP reads its own, as it changes to TLS.

/// One packet: its kind and what it carries.
struct TransportPacket: ~Escapable {
    enum Kind {
        case connection, data, other
    }
    let kind: Kind
    /// The whole packet, from its first octet.
    let count: Int
    let payload: RawSpan

    /// - Parameter bytes: begin with the packet; `nil` where they cannot, or are too few.
    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        guard bytes.u8(at: 0) == 3, bytes.u8(at: 1) == 0, let length = bytes.u16(at: 2), length >= 7, bytes.byteCount >= Int(length),
            let indicator = bytes.u8(at: 4), let code = bytes.u8(at: 5)
        else { return nil }
        self.count = Int(length)
        switch code {
        case 0xE0, 0xD0: self.kind = .connection
        case 0xF0 where indicator == 2: self.kind = .data
        default: self.kind = .other
        }
        self.payload = bytes.slice(from: 5 &+ Int(indicator), count: Int(length) &- 5 &- Int(indicator))
    }

    /// The length of the packet that begins here: 0 where more bytes are needed, `nil` where none begins.
    static func length(_ bytes: RawSpan) -> Int? {
        guard bytes.u8(at: 0) ?? 3 == 3, bytes.u8(at: 1) ?? 0 == 0 else { return nil }
        guard let length = bytes.u16(at: 2) else { return 0 }
        return length >= 7 ? Int(length) : nil
    }

    /// The probe of a protocol in data packets. Connection requests and confirms are shared by all of them and decide nothing:
    /// the first data does.
    /// - Parameter data: is asked about the data, and told whether all of the packet is there.
    static func probe(_ head: RawSpan, _ context: ProbeContext, data: (RawSpan, Bool) -> Probe) -> Probe {
        var rest = head
        var packets = 0
        while packets < 2 {
            guard let length = Self.length(rest) else { return .no }
            if let code = rest.u8(at: 5), code != 0xE0, code != 0xD0, code != 0xF0 { return .no }
            guard length > 0, rest.byteCount >= length else {
                guard rest.u8(at: 5) == 0xF0, rest.byteCount >= 7 else { return .notYet }
                return rest.u8(at: 4) == 2 ? data(rest.slice(from: 7), false) : .no
            }
            guard let packet = TransportPacket(rest) else { return .no }
            switch packet.kind {
            case .connection:
                guard packets == 0, context.isStart else { return .no }
            case .data: return data(packet.payload, true)
            case .other: return .no
            }
            packets &+= 1
            rest = rest.slice(from: length)
        }
        return .no
    }
}
