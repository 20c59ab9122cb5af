// Encodings that many protocols share.

extension Skeleton {
    /// Types and lengths of some octets each, to the end of this part; nothing where they do not fit, as that is something else.
    /// - Parameter counts: how many octets before the value its length counts as well.
    mutating func elements(
        of octets: Int = 1, lengthIncludes counts: Int = 0, littleEndian: Bool = false, _ value: (inout Skeleton, Int) -> Void = { _, _ in }
    ) {
        _ = self.attempt {
            while !$0.isEmpty {
                guard $0.remaining >= 2 &* octets else { return false }
                let type = $0.number(octets, littleEndian: littleEndian)
                let length = $0.number(octets, littleEndian: littleEndian) &- counts
                guard length >= 0, length <= $0.remaining else { return false }
                $0.part(length) { value(&$0, type) }
            }
            return true
        }
    }

    /// Tags and lengths of the Basic Encoding Rules (ITU-T X.690), to the end of this part; nothing where they do not fit.
    mutating func ber(depth: Int = 0) -> Bool {
        guard depth < 32, !self.isEmpty else { return false }
        return self.attempt {
            while !$0.isEmpty { guard $0.berElement(depth: depth) else { return false } }
            return true
        }
    }

    mutating func berElement(depth: Int = 0) -> Bool {
        let tag = self.number(1)
        if tag & 0x1F == 0x1F {
            guard let last = (0..<4).first(where: { self.peek($0) & 0x80 == 0 }) else { return false }
            self.keep(last &+ 1)
        }
        guard !self.isEmpty else { return false }
        var length = self.number(1)
        if length & 0x80 != 0 {
            guard (1...4).contains(length & 0x7F), length & 0x7F <= self.remaining else { return false }
            length = self.number(length & 0x7F)
        }
        guard length <= self.remaining else { return false }
        var isWhole = true
        self.part(length) {
            if tag & 0x20 != 0 {
                isWhole = $0.isEmpty || $0.ber(depth: depth &+ 1)
            } else if tag == 0x18 {
                $0.put("19700101000000Z")
            } else if tag == 0x17 {
                $0.put("700101000000Z")
            } else if tag == 0x03, $0.peek() == 0, [0x30, 0x02].contains($0.peek(1)) {
                // Bit strings that hold keys and signatures.
                $0.keep(1)
                _ = $0.ber(depth: depth &+ 1)
            } else if tag & 0x1F == 4 || tag & 0xC0 == 0x80 {
                $0.token(depth: depth &+ 1)
            }
        }
        return isWhole
    }

    /// What octet strings carry: further elements, or a message of NTLM.
    mutating func token(depth: Int = 0) {
        if self.has("NTLMSSP\0") { return self.ntlm() }
        // What Kerberos signed or sealed (RFC 4121 section 4.2.6).
        if [0x0404, 0x0504].contains(self.peekNumber(2)), self.peek(3) == 0xFF { return self.keep(8) }
        if [0x30, 0x60, 0x61, 0x6E, 0x6F, 0x7E, 0xA0, 0xA1].contains(self.peek()) { _ = self.ber(depth: depth) }
    }

    /// Strings behind a length of four octets (RFC 4251 section 5), to the end of this part; nothing where they do not fit.
    mutating func strings(depth: Int = 0) -> Bool {
        guard !self.isEmpty else { return false }
        return self.attempt {
            while !$0.isEmpty {
                let length = $0.number(4)
                guard length <= $0.remaining else { return false }
                $0.part(length) { if depth < 4, $0.peekNumber(4) >= 4, $0.peekNumber(4) < $0.remaining { _ = $0.strings(depth: depth &+ 1) } }
            }
            return true
        }
    }

    /// A text up to its NUL.
    mutating func text() {
        self.fill(self.distance(to: 0) ?? self.remaining)
        self.keep(1)
    }

    /// Texts of UTF-16 up to their two NULs.
    mutating func wideTexts() {
        self.each {
            if $0.peekNumber(2) == 0 { $0.keep(2) } else { $0.skip(2) }
        }
    }

    /// Dictionaries, lists and strings of BitTorrent (BEP 3).
    mutating func bencode() -> Bool {
        while !self.isEmpty {
            switch self.peek() {
            case 0x64, 0x6C, 0x65: self.keep(1)
            case 0x69:
                guard let end = self.distance(to: 0x65) else { return false }
                self.keep(1)
                self.skip(end &- 1)
                self.keep(1)
            case 0x30...0x39:
                guard let colon = self.distance(to: 0x3A), colon <= 6 else { return false }
                var length = 0
                for _ in 0..<colon { length = length &* 10 &+ self.number(1) &- 0x30 }
                self.keep(1)
                guard length >= 0, length <= self.remaining else { return false }
                self.skip(length)
            default: return false
            }
        }
        return true
    }
}
