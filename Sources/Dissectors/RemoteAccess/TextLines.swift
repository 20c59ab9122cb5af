import Wire

// What the probes of line-based protocols share.

extension RawSpan {
    /// Whether the bytes begin with `text`: `.notYet` where they end before it does.
    func begins(with text: [UInt8]) -> Probe {
        var offset = 0
        for expected in text {
            guard let byte = self.u8(at: offset) else { return .notYet }
            if byte != expected { return .no }
            offset &+= 1
        }
        return .yes
    }

    /// Whether all bytes are characters, white space or the escape sequences of a terminal, in any extension of ASCII.
    var isText: Bool {
        var offset = 0
        while let byte = self.u8(at: offset) {
            guard byte >= 0x20 ? byte != 0x7F && byte != 0xFF : (byte >= 0x07 && byte <= 0x0D) || byte == 0x1B else { return false }
            offset &+= 1
        }
        return true
    }

    /// The code of a reply line at `offset`: three digits and a space or, for a reply of several lines, a hyphen
    /// (RFC 959 section 4.2; SMTP, NNTP and others write the same).
    func replyCode(at offset: Int) -> Int? {
        guard let separator = self.u8(at: offset &+ 3), separator == 0x20 || separator == 0x2D || separator == 0x0D else {
            return nil
        }
        var code = 0
        for index in 0..<3 {
            guard let digit = self.u8(at: offset &+ index), digit.isDigit else { return nil }
            code = code &* 10 &+ Int(digit &- 0x30)
        }
        return code
    }

    /// The size of a section of header fields with the empty line that ends it (RFC 5322 section 2.1; SIP and RTSP write the same);
    /// `nil` where it does not end.
    var headerSectionSize: Int? {
        var start = 0
        while let end = self.firstIndex(of: 0x0A, from: start) {
            if end == start || (end == start &+ 1 && self.u8(at: start) == 0x0D) { return end &+ 1 }
            start = end &+ 1
        }
        return nil
    }

    /// The number that the decimal digits at the beginning write, at most `limit` of them (no more than 18): 0 where there is none.
    func decimal(limit: Int) -> Int {
        var number = 0
        var offset = 0
        while offset < limit, let byte = self.u8(at: offset), byte.isDigit {
            number = number &* 10 &+ Int(byte &- 0x30)
            offset &+= 1
        }
        return number
    }

    /// Whether the bytes hold `text`, letter case aside. `text` is given in lower case.
    func containsIgnoringCase(_ text: StaticString) -> Bool {
        var offset = 0
        while offset < self.byteCount {
            if self.hasIgnoringCase(text, at: offset) { return true }
            offset &+= 1
        }
        return false
    }
}
