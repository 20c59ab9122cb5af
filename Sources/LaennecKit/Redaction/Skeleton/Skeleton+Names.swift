// Names, addresses and neighbours.

extension Skeleton {
    /// DNS, mDNS, LLMNR and names of NetBIOS (RFC 1035 section 4, RFC 1002 section 4.2).
    mutating func dns() -> Bool {
        guard self.remaining >= 12 else { return false }
        self.keep(4)
        let questions = self.number(2)
        let records = self.number(2) &+ self.number(2) &+ self.number(2)
        for _ in 0..<min(questions, self.remaining) {
            self.name()
            self.keep(4)
        }
        for _ in 0..<min(records, self.remaining) {
            self.name()
            let type = self.number(2)
            self.keep(6)
            self.part(self.number(2)) { $0.recordData(type) }
        }
        return true
    }

    mutating func dnsStream() -> Bool { self.framed(2) { $0.dns() } }

    /// A message behind its length.
    mutating func framed(_ octets: Int, _ walk: (inout Skeleton) -> Bool) -> Bool {
        let length = self.number(octets)
        guard length > 0 else { return false }
        var isKnown = false
        self.part(length) { isKnown = walk(&$0) }
        return isKnown
    }

    private mutating func name() {
        while !self.isEmpty {
            let length = self.peek()
            if length >= 0xC0 { return self.keep(2) }
            self.keep(1)
            if length == 0 || length >= 0x40 { return }
            self.skip(length)
        }
    }

    private mutating func recordData(_ type: Int) {
        switch type {
        case 2, 5, 12, 39: self.name()
        case 6:
            self.name()
            self.name()
        case 15, 18, 36:
            self.keep(2)
            self.name()
        case 33 where self.remaining > 0 && self.peek() != 0 && self.remaining > 18:
            // The status of a NetBIOS node: a number of names of 15 octets, their suffix and flags.
            self.keep(1)
        case 33:
            self.keep(6)
            self.name()
        case 13, 16: self.each { $0.counted(1) }
        case 35:
            self.keep(4)
            for _ in 0..<3 { self.counted(1) }
            self.name()
        case 41: self.elements(of: 2)
        case 43, 48: self.keep(4)
        case 46:
            self.keep(18)
            self.name()
        case 47:
            self.name()
            self.each {
                $0.keep(1); $0.keep($0.number(1))
            }
        case 50: self.keep(5)
        case 64, 65:
            self.keep(2)
            self.name()
            self.elements(of: 2)
        case 257:
            self.keep(1)
            self.counted(1)
        default: break
        }
    }

    /// DHCP (RFC 2131 section 2).
    mutating func dhcp() -> Bool {
        guard self.peekNumber(4, 236) == 0x6382_5363 else { return false }
        self.keep(4)
        self.skip(232)
        self.keep(4)
        self.each {
            let code = $0.number(1)
            // Behind the end, nothing is told.
            if code == 255 { return $0.skip($0.remaining) }
            if code == 0 { return }
            $0.part($0.number(1)) {
                switch code {
                case 53, 55: $0.keep($0.remaining)
                case 61: $0.keep(1)
                case 81: $0.keep(3)
                case 43, 82: $0.elements()
                default: break
                }
            }
        }
        return true
    }

    /// DHCPv6 (RFC 8415 section 8).
    mutating func dhcpv6() -> Bool {
        self.keep(4)
        self.elements(of: 2) {
            switch $1 {
            case 1, 2, 6, 8, 16: $0.keep(2)
            case 3, 25:
                $0.skip(12)
                $0.elements(of: 2)
            default: break
            }
        }
        return true
    }

    /// IGMP (RFC 3376 section 4).
    mutating func igmp() -> Bool {
        switch self.peek() {
        case 0x11: self.keep(12)
        case 0x22:
            self.keep(8)
            self.each {
                $0.keep(1)
                let auxiliary = $0.number(1)
                let sources = $0.number(2)
                $0.skip((1 &+ sources &+ auxiliary) &* 4)
            }
        default: self.keep(8)
        }
        return true
    }

    /// Neighbour discovery (RFC 4861 section 4): the header, addresses, and options with lengths of eight octets.
    mutating func neighbourDiscovery() -> Bool {
        switch self.peek() {
        case 133: self.keep(8)
        case 134: self.keep(16)
        case 135, 136: self.keep(24)
        case 137: self.keep(40)
        default:
            self.keep(8)
            return true
        }
        self.each {
            $0.keep(1)
            let length = $0.number(1)
            $0.skip(length &* 8 &- 2)
        }
        return true
    }

    /// LLDP (IEEE 802.1AB section 9): a type of seven bits and a length of nine.
    mutating func lldp() -> Bool {
        self.each {
            let header = $0.number(2)
            guard header != 0 else { return $0.skip($0.remaining) }
            $0.part(header & 0x1FF) {
                switch header &>> 9 {
                case 1, 2: $0.keep(1)
                case 3, 7: $0.keep(4)
                case 8:
                    let length = $0.number(1)
                    $0.keep(1)
                    $0.skip(length &- 1)
                    $0.keep(5)
                    $0.counted(1)
                case 127:
                    let organisation = $0.number(3)
                    let subtype = $0.number(1)
                    switch (organisation, subtype) {
                    // IEEE 802.1 and 802.3 state what ports can do; of a VLAN the name has a length.
                    case (0x0080C2, 3):
                        $0.keep(2)
                        $0.counted(1)
                    case (0x0080C2, 4): $0.counted(1)
                    case (0x0080C2, 1), (0x0080C2, 2), (0x00120F, 1...4), (0x0012BB, 1), (0x0012BB, 2), (0x0012BB, 4): $0.keep(5)
                    // A location: its format, a length, a country, then elements.
                    case (0x0012BB, 3):
                        if $0.number(1) == 2 {
                            $0.keep(4)
                            $0.elements()
                        }
                    default: break
                    }
                default: break
                }
            }
        }
        return true
    }

    /// CDP.
    mutating func cdp() -> Bool {
        self.keep(4)
        self.elements(of: 2, lengthIncludes: 4) {
            guard $1 == 2 || $1 == 0x16 else { return }
            $0.keep(4)
            $0.each {
                $0.keep(1)
                $0.keep($0.number(1))
                $0.counted(2)
            }
        }
        return true
    }

    /// Local service discovery of BitTorrent (BEP 14): the words of a message.
    mutating func localDiscovery() -> Bool {
        guard self.has("BT-SEARCH") else { return false }
        self.each { $0.headLine() }
        return true
    }

    /// A line of a head: the field's name and the line's end.
    mutating func headLine() {
        self.part(self.line) {
            if let colon = $0.distance(to: 0x3A), colon <= 40, $0.string(colon).allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) {
                $0.keep(colon &+ 1)
            }
            $0.skip($0.remaining &- 2)
            while !$0.isEmpty {
                if $0.peek() == 0x0D || $0.peek() == 0x0A { $0.keep(1) } else { $0.skip(1) }
            }
        }
    }
}
