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
                // Whole lines only where nothing else stands in them.
                let line = $0.string($0.line).lowercased().filter { !$0.isWhitespace }
                if let count = Self.number(after: "content-length:", line) {
                    length = count
                    $0.keep($0.line)
                } else if line == "transfer-encoding:chunked" {
                    isChunked = true
                    $0.keep($0.line)
                } else if line == "content-type:application/ipp" {
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

    private static func number(after name: String, _ line: String) -> Int? {
        guard line.hasPrefix(name) else { return nil }
        let digits = line.dropFirst(name.count)
        return digits.allSatisfy { $0.isASCII && $0.isNumber } ? Int(digits) : nil
    }

    private var isHead: Bool {
        if self.has("HTTP/1.") { return (9...11).allSatisfy { (0x30...0x39).contains(self.peek($0)) } }
        guard let line = self.distance(to: 0x0A, within: 1 << 13), line > 10, self.has(" HTTP/1.", line &- 10),
            let method = self.distance(to: 0x20, within: 21), method > 0
        else { return false }
        return (0..<method).allSatisfy { (0x41...0x5A).contains(self.peek($0)) || self.peek($0) == 0x2D }
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
            guard let size = Int(self.string(self.line &- 2), radix: 16), size >= 0, size <= self.remaining else { break }
            self.keep(self.line)
            let start = self.at
            self.skip(size)
            chunks.append(start..<self.at)
            guard self.peekNumber(2) == 0x0D0A else { break }
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
        guard length <= self.remaining else { return false }
        self.part(length) {
            if number == 0, $0.peek() == 10 {
                $0.keep(1)
                $0.text()
                $0.skip(12)
                $0.keep(19)
                $0.skip(12)
                $0.keep(1)
                $0.text()
            } else if number == 1, $0.remaining >= 32, $0.isZero(9..<28), $0.peek(1) & 2 != 0 {
                let capabilities = $0.peekNumber(4, littleEndian: true)
                $0.keep(32)
                $0.text()
                if capabilities & 0x20_8000 != 0 { $0.counted(1) } else { $0.text() }
                if capabilities & 8 != 0 { $0.text() }
                if capabilities & 0x8_0000 != 0 { $0.text() }
                if capabilities & 0x10_0000 != 0 { $0.part($0.number(1)) { $0.each { $0.counted(1) } } }
            } else {
                // What was done, or why not: numbers, for which zeros stand.
                let isResult = [0, 0xFE, 0xFF].contains($0.peek())
                // A command, or how long the first value of a row is; what is no letter.
                if isResult || number == 0 || $0.peek() < 0x20 { $0.keep(1) }
                if isResult { $0.fill($0.remaining, with: 0) }
            }
        }
        return true
    }

    /// A message of PostgreSQL: a type and a length, or a length and a version.
    mutating func postgresql() -> Bool {
        // Whether the server encrypts.
        if self.at == 0, self.nextStart == 1, [0x47, 0x4E, 0x53].contains(self.peek()) {
            self.keep(1)
            return true
        }
        if self.peek() == 0 {
            let length = self.number(4)
            guard length >= 8, length &- 4 <= self.remaining else { return false }
            self.part(length &- 4) {
                $0.keep(4)
                $0.each { $0.text() }
            }
            return true
        }
        let type = self.number(1)
        let length = self.number(4)
        guard length >= 4, length &- 4 <= self.remaining, (0x31...0x7A).contains(type) else { return false }
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
        case (0, 4) where self.isChoice(0), (0, 8) where self.isChoice(0) && self.isChoice(4): self.keep(length)
        case (0, 16...) where length & 15 == 0 && self.isPrintable(4, 8): self.keep(length)
        case (0, 20...) where length & 15 == 4 && self.peekNumber(4) == length &>> 4: self.keep(length)
        // The server's screen, behind which its name stands.
        case (0, 24...) where self.peekNumber(4, 20) == length &- 24: self.keep(24)
        case (0, 20...):
            // An update's first rectangle: of a known encoding, or of none.
            let encoding = self.peekNumber(4, 12)
            let isFormat = length == 20 && self.isZero(1..<4) && [8, 16, 32].contains(self.peek(4))
            guard self.peek(1) == 0, isFormat || length > 20 && ((0...16).contains(encoding) || encoding > 0xFFFF_0000) else { return false }
            self.keep(16)
        case (2, 4...) where self.peekNumber(2, 2) &* 4 == length &- 4: self.keep(length)
        case (3, 10), (4, 8), (5, 6): self.keep(1)
        default: return false
        }
        self.skip(end &- self.at)
        return true
    }

    /// A number of choices, or the number of one: a key on a keyboard has a greater one.
    private func isChoice(_ offset: Int) -> Bool {
        let number = self.peekNumber(4, offset)
        return (0..<0x20).contains(number) || (0x100..<0x120).contains(number)
    }
}
