// Routing, and buildings.

extension Skeleton {
    /// BGP (RFC 4271 section 4).
    mutating func bgp() -> Bool {
        guard self.peekNumber(4) == 0xFFFF_FFFF, self.peekNumber(2, 16) >= 19 else { return false }
        self.keep(16)
        self.part(self.number(2) &- 18) {
            switch $0.number(1) {
            case 1:
                $0.keep(9)
                $0.part($0.number(1)) { $0.elements { if $1 == 2 { $0.capabilities() } } }
            case 2:
                $0.part($0.number(2)) { $0.prefixes() }
                $0.part($0.number(2)) {
                    $0.each {
                        let flags = $0.number(1)
                        $0.keep(1)
                        $0.counted(flags & 0x10 != 0 ? 2 : 1)
                    }
                }
                $0.prefixes()
            case 3: $0.keep(2)
            default: break
            }
        }
        return true
    }
    /// RFC 5492: codes and numbers, but for names (73).
    private mutating func capabilities() {
        self.elements {
            if $1 == 73 {
                $0.counted(1)
                $0.counted(1)
            } else {
                $0.keep($0.remaining)
            }
        }
    }
    private mutating func prefixes() {
        self.each {
            let bits = $0.number(1)
            $0.skip((bits &+ 7) / 8)
        }
    }

    /// KNXnet/IP (ISO 22510 section 5): a header, then structures that say their length.
    mutating func knx() -> Bool {
        guard self.peek() == 6, self.peek(1) == 0x10 else { return false }
        self.keep(2)
        let service = self.number(2)
        self.part(self.number(2) &- 6) {
            switch service {
            case 0x0205: $0.structures()
            case 0x0206, 0x0207, 0x0209:
                $0.keep(2)
                $0.structures()
            case 0x0201...0x0204, 0x020B...0x020E: $0.structures()
            case 0x0310, 0x0420:
                $0.keep(4)
                $0.cemi()
            case 0x0530: $0.cemi()
            default: $0.keep(4)
            }
        }
        return true
    }
    private mutating func structures() {
        self.each {
            let length = $0.number(1)
            $0.part(length &- 1) {
                // Addresses of the protocol, and connections: numbers; descriptions of devices are values.
                if length == 8 || length == 4 || length == 2 { $0.keep($0.remaining) } else { $0.keep(1) }
            }
        }
    }
    private mutating func cemi() {
        let code = self.number(1)
        // Properties, and frames with additional information.
        guard code & 0xF0 != 0xF0 else { return self.keep(6) }
        self.keep(self.number(1))
        self.keep(8)
        // The last bits of a command are a value where it is short.
        self.fill(1, with: UInt8(truncatingIfNeeded: max(self.peek(), 0) & 0xC0))
    }

    /// BACnet/IP (ASHRAE 135 annex J, clauses 6 and 20).
    mutating func bacnet() -> Bool {
        guard self.peek() == 0x81, self.peekNumber(2, 2) == self.remaining else { return false }
        let function = self.peek(1)
        self.keep(4)
        guard [4, 9, 10, 11].contains(function) else { return true }
        if function == 4 { self.keep(6) }
        self.keep(1)
        let control = self.number(1)
        if control & 0x20 != 0 {
            self.keep(2)
            self.counted(1)
        }
        if control & 0x08 != 0 {
            self.keep(2)
            self.counted(1)
        }
        if control & 0x20 != 0 { self.keep(1) }
        guard control & 0x80 == 0 else {
            self.keep(1)
            return true
        }
        let type = self.peek() &>> 4
        let isSegmented = (type == 0 || type == 3) && self.peek() & 8 != 0
        // Commands with a password, and parts of messages.
        let isBare = isSegmented || type == 0 && [17, 20].contains(self.peek(3))
        switch type {
        case 0: self.keep(isSegmented ? 6 : 4)
        case 1: self.keep(2)
        case 3: self.keep(isSegmented ? 5 : 3)
        default: self.keep(3)
        }
        guard !isBare else { return true }
        var depth = 0
        self.each {
            // Application truth, which has no content but is one.
            guard $0.peek() & 0xF8 != 0x10 else { return $0.fill(1, with: 0x10) }
            let tag = $0.number(1)
            if tag &>> 4 == 15 { $0.keep(1) }
            // Brackets.
            guard tag & 0x0F < 0x0E else { return depth &+= tag & 1 == 0 ? 1 : -1 }
            var length = tag & 7
            if length == 5 {
                length = $0.number(1)
                if length >= 254 { length = $0.number(length == 254 ? 2 : 4) }
            }
            // What is asked for is named by contexts 0 to 2; values stand in others, in brackets, or in none.
            if depth == 0, tag & 8 != 0, tag &>> 4 <= 2, length <= 4 { $0.keep(length) } else { $0.skip(length) }
        }
        return true
    }

    /// IEC 60870-5-104 section 5: what an application unit is and how many objects it has.
    mutating func iec104() -> Bool {
        guard self.peek() == 0x68, self.peek(1) >= 4 else { return false }
        self.keep(1)
        self.part(self.number(1)) {
            $0.keep(10)
        }
        return true
    }

    /// Modbus over TCP.
    mutating func modbus() -> Bool {
        guard self.peekNumber(2, 2) == 0, (2...260).contains(self.peekNumber(2, 4)) else { return false }
        self.keep(4)
        self.part(self.number(2)) {
            $0.keep(1)
            switch $0.number(1) {
            // Registers: where and how many is asked, their count of octets answered.
            case 1...4: $0.keep($0.remaining == 4 && $0.peek() != 3 ? 4 : 1)
            case 5, 6: $0.keep(2)
            case 15, 16: $0.keep(5)
            case 43 where $0.peek() == 14:
                $0.keep(6)
                $0.elements()
            case 0x80...0xFF: $0.keep(1)
            default: break
            }
        }
        return true
    }

    /// OPC UA (OPC 10000-6 section 7.1): the header of a chunk, and of its message.
    mutating func opcua() -> Bool {
        let isKnown = ["HEL", "ACK", "ERR", "OPN", "MSG", "CLO"].contains { (name: StaticString) in self.has(name) }
        guard isKnown else { return false }
        let type = self.peek()
        self.keep(4)
        self.part(self.number(4, littleEndian: true) &- 8) {
            switch type {
            case 0x48:
                $0.keep(20)
                $0.nullable()
            case 0x41: $0.keep(20)
            case 0x45:
                $0.keep(4)
                $0.nullable()
            case 0x4F:
                $0.keep(4)
                for _ in 0..<3 { $0.nullable() }
                $0.keep(12)
            default:
                $0.keep(16)
                // What follows depends on every node before: texts are found by their lengths, and those of none by their being -1.
                $0.each {
                    let length = $0.peekNumber(4, littleEndian: true)
                    if length == 0xFFFF_FFFF {
                        $0.keep(4)
                    } else if length >= 3, length &+ 4 <= $0.remaining, $0.isPrintable(4, length) {
                        $0.keep(4)
                        $0.skip(length)
                    } else {
                        $0.skip(1)
                    }
                }
            }
        }
        return true
    }
    /// A value behind its length, which is -1 for none.
    private mutating func nullable() {
        let length = self.number(4, littleEndian: true)
        if length != 0xFFFF_FFFF { self.skip(length) }
    }
}
