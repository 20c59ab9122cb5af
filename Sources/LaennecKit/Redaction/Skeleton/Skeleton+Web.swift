import Wire

// The web, voice, databases and files.

extension Skeleton {
    // MARK: HTTP

    /// The head of a message (RFC 9112): what it is, how long its body is and of what type. Else the body.
    mutating func http() -> Bool {
        guard self.isHead, let head = self.bytes.rawSpan.slice(from: self.at, count: min(self.remaining, 1 << 16)).firstRange(of: "\r\n\r\n") else {
            return false
        }
        var length = 0
        var isChunked = false
        var isPrinting = false
        self.part(head &+ 4) {
            $0.startLine()
            $0.each {
                let line = $0.string($0.line).lowercased()
                if line.hasPrefix("content-length:") {
                    length = Int(line.filter { $0.isASCII && $0.isNumber }) ?? 0
                    $0.keep($0.line)
                } else if line.hasPrefix("transfer-encoding:") {
                    isChunked = true
                    $0.keep($0.line)
                } else if line.hasPrefix("content-type:"), line.contains("application/ipp") {
                    isPrinting = true
                    $0.keep($0.line)
                } else {
                    $0.headLine()
                }
            }
        }
        if isChunked {
            self.chunks(isPrinting)
        } else {
            self.part(min(length, self.remaining)) { if isPrinting { $0.ipp() } }
        }
        return true
    }

    private var isHead: Bool {
        if self.has("HTTP/1.") { return true }
        guard let line = self.distance(to: 0x0D, within: 1 << 13), line > 9 else { return false }
        return self.has(" HTTP/1.", line &- 9)
    }

    private mutating func startLine() {
        let isAnswer = self.has("HTTP/1.")
        self.part(self.line) {
            $0.keep(isAnswer ? 13 : min($0.distance(to: 0x20) ?? 0, 20) &+ 1)
            $0.skip($0.remaining &- (isAnswer ? 2 : 11))
            $0.keep($0.remaining)
        }
    }

    /// RFC 9112 section 7.1.
    private mutating func chunks(_ isPrinting: Bool) {
        var chunks: [Range<Int>] = []
        while !self.isEmpty, self.line <= 12 {
            guard let size = Int(self.string(self.line &- 2), radix: 16), size >= 0 else { break }
            self.keep(self.line)
            let start = self.at
            self.skip(size)
            chunks.append(start..<self.at)
            self.keep(2)
            if size == 0 { break }
        }
        guard isPrinting else { return }
        self.join(chunks) {
            $0.ipp()
            return true
        }
    }

    /// RFC 8010 section 3.
    private mutating func ipp() {
        self.keep(8)
        self.each {
            let tag = $0.number(1)
            // Tags below begin a group, and 3 ends the last one: data follow.
            if tag == 3 { $0.skip($0.remaining) }
            guard tag >= 0x10 else { return }
            $0.counted(2)
            $0.counted(2)
        }
    }

    // MARK: Voice

    /// RTCP (RFC 3550 section 6): packets with lengths of four octets.
    mutating func rtcp() -> Bool {
        guard self.peek() &>> 6 == 2, (200...207).contains(self.peek(1)) else { return false }
        self.each {
            let count = $0.peek() & 0x1F
            let type = $0.peek(1)
            $0.keep(2)
            $0.part($0.number(2) &* 4) {
                guard type == 202 else { return }
                for _ in 0..<count {
                    $0.skip(4)
                    let start = $0.at
                    while $0.peek() > 0 {
                        $0.keep(1)
                        $0.counted(1)
                    }
                    $0.keep(4 &- ($0.at &- start) & 3)
                }
            }
        }
        return true
    }

    // MARK: Databases

    /// A packet of MySQL: the server's greeting and the answer to it have texts and lengths of their own.
    mutating func mysql() -> Bool {
        guard self.remaining >= 5 else { return false }
        let length = self.number(3, littleEndian: true)
        let number = self.number(1)
        self.part(length) {
            if number == 0, $0.peek() == 10 {
                $0.keep(1)
                $0.text()
                $0.skip(12)
                $0.keep(19)
                $0.skip(12)
                $0.keep(1)
                $0.text()
            } else if number == 1, $0.remaining >= 32, $0.isZero(13..<28) {
                let capabilities = $0.peekNumber(4, littleEndian: true)
                $0.keep(32)
                guard capabilities & 0x200 != 0 else { return }
                $0.text()
                if capabilities & 0x20_8000 != 0 { $0.counted(1) } else { $0.text() }
                if capabilities & 8 != 0 { $0.text() }
                if capabilities & 0x8_0000 != 0 { $0.text() }
                if capabilities & 0x10_0000 != 0 { $0.part($0.number(1)) { $0.each { $0.counted(1) } } }
            } else {
                // What was done, or why not: numbers, for which zeros stand.
                let isResult = [0, 0xFE, 0xFF].contains($0.peek())
                $0.keep(1)
                if isResult { $0.fill($0.remaining, with: 0) }
            }
        }
        return true
    }

    /// A message of PostgreSQL: a type and a length, or a length and a version.
    mutating func postgresql() -> Bool {
        if self.peek() == 0 {
            let length = self.number(4)
            guard length >= 8 else { return false }
            self.part(length &- 4) {
                $0.keep(4)
                $0.each { $0.text() }
            }
            return true
        }
        let type = self.number(1)
        let length = self.number(4)
        guard length >= 4, (0x31...0x7A).contains(type) else { return false }
        self.part(length &- 4) {
            switch type {
            case 0x52:
                if $0.number(4) == 10 { $0.each { $0.text() } }
            // Parameters, passwords and names.
            case 0x53, 0x70: $0.each { $0.text() }
            case 0x51, 0x43: $0.text()
            case 0x50:
                $0.text()
                $0.text()
                $0.keep(2)
            case 0x42:
                $0.text()
                $0.text()
                $0.keep($0.number(2) &* 2)
                for _ in 0..<min($0.number(2), $0.remaining) { if $0.peekNumber(4) == 0xFFFF_FFFF { $0.keep(4) } else { $0.counted(4) } }
            case 0x5A: $0.keep(1)
            case 0x45, 0x4E:
                $0.each {
                    $0.keep(1)
                    $0.text()
                }
            case 0x44:
                $0.keep(2)
                $0.each { if $0.peekNumber(4) == 0xFFFF_FFFF { $0.keep(4) } else { $0.counted(4) } }
            case 0x54:
                $0.keep(2)
                $0.each {
                    $0.text()
                    $0.keep(18)
                }
            default: break
            }
        }
        return true
    }

    // MARK: Files

    /// TFTP (RFC 1350 section 5): texts for the most part.
    mutating func tftp() -> Bool {
        switch self.number(2) {
        case 1, 2, 6: self.each { $0.text() }
        case 3, 4: self.keep(2)
        case 5:
            self.keep(2)
            self.text()
        default: return false
        }
        return true
    }

    // MARK: Screens

    /// A message of VNC (RFC 6143 section 7.5, 7.6) at the beginning of a segment: its type, and what its length depends on.
    mutating func vnc() -> Bool {
        let end = self.nextStart
        let length = end &- self.at
        switch (self.peek(), length) {
        // What Tight can do, in lists or behind their number, and what is chosen.
        case (0, 4), (0, 8): self.keep(length)
        case (0, 16...) where length & 15 == 0 && self.isPrintable(4, 8): self.keep(length)
        case (0, 20...) where length & 15 == 4 && self.peekNumber(4) == length &>> 4: self.keep(length)
        // The server's screen, behind which its name stands.
        case (0, 24...) where self.peekNumber(4, 20) == length &- 24: self.keep(24)
        case (0, 20...):
            // An update's first rectangle: of a known encoding, or of none.
            let encoding = self.peekNumber(4, 12)
            guard self.peek(1) == 0, length == 20 || (0...16).contains(encoding) || encoding > 0xFFFF_0000 else { return false }
            self.keep(16)
        case (2, 4...) where self.peekNumber(2, 2) &* 4 == length &- 4: self.keep(length)
        case (3, 10), (4, 8), (5, 6): self.keep(1)
        default: return false
        }
        self.skip(end &- self.at)
        return true
    }
}
