// Files, directories and calls of Windows.

extension Skeleton {
    // MARK: SMB

    /// A session message of NetBIOS (RFC 1002 section 4.3) with messages of SMB.
    mutating func smb() -> Bool {
        guard [0, 0x81, 0x82, 0x83, 0x85].contains(self.peek()) else { return false }
        let isMessage = self.number(1) == 0
        guard !isMessage || [0xFE53_4D42, 0xFD53_4D42, 0xFF53_4D42].contains(self.peekNumber(4, 3)) else { return false }
        self.part(self.number(3)) {
            if $0.peekNumber(4) == 0xFE53_4D42 {
                $0.each { $0.smb2() }
            } else if $0.peekNumber(4) == 0xFD53_4D42 {
                $0.keep(4)
                $0.skip(32)
                $0.keep(16)
            } else if $0.peekNumber(4) == 0xFF53_4D42 {
                $0.smb1()
            } else if !isMessage {
                $0.each { $0.counted(1) }
            }
        }
        return true
    }

    /// MS-SMB2 section 2.2: a header, and a body whose fixed part says its size.
    private mutating func smb2() {
        let next = self.peekNumber(4, 20, littleEndian: true)
        let isResponse = self.peek(16) & 1 != 0
        let command = self.peekNumber(2, 12, littleEndian: true)
        self.part(next > 0 ? next : self.remaining) {
            let start = $0.at
            $0.keep(48)
            $0.skip(16)
            // 9 is that of an error as well. A part of another size is none.
            let told = $0.peekNumber(2, littleEndian: true)
            let own = (isResponse ? Self.responseSizes : Self.requestSizes)[command]
            let size = told == own || isResponse && told == 9 ? told : 0
            let body = $0.at
            switch (command, isResponse) {
            case (0, false):
                $0.keep(12)
                $0.skip(16)
                $0.keep(8)
                $0.keep(2 &* $0.little(2, at: body &+ 2))
                let contexts = $0.little(4, at: body &+ 28)
                if contexts > 0 { $0.part(at: start &+ contexts, .max) { $0.negotiateContexts() } }
            case (0, true) where size == 65:
                $0.keep(8)
                $0.skip(16)
                $0.keep(16)
                $0.skip(16)
                $0.keep(8)
                let blob = (place: $0.little(2, at: body &+ 56), count: $0.little(2, at: body &+ 58))
                $0.part(at: start &+ blob.place, blob.count) { $0.token() }
                let contexts = $0.little(4, at: body &+ 60)
                if $0.little(2, at: body &+ 4) == 0x0311 { $0.part(at: start &+ contexts, .max) { $0.negotiateContexts() } }
            case (1, _):
                $0.keep(max(size, 0) & ~1)
                let blob = (place: $0.little(2, at: body &+ (isResponse ? 4 : 12)), count: $0.little(2, at: body &+ (isResponse ? 6 : 14)))
                $0.part(at: start &+ blob.place, blob.count) { $0.token() }
            // Times and sizes of files are values.
            case (5, true), (6, true):
                $0.keep(8)
                $0.skip(48)
                $0.keep(8)
                if command == 5 {
                    $0.skip(16)
                    $0.keep(8)
                }
            default: $0.keep(max(size, 0) & ~1)
            }
        }
    }

    /// How large the fixed part of a command is (MS-SMB2 sections 2.2.3 to 2.2.40).
    private static let requestSizes: [Int: Int] = [
        0: 36, 1: 25, 2: 4, 3: 9, 4: 4, 5: 57, 6: 24, 7: 24, 8: 49, 9: 49, 10: 48, 11: 57, 12: 4, 13: 4, 14: 33, 15: 32, 16: 41, 17: 33, 18: 24,
    ]
    private static let responseSizes: [Int: Int] = [
        0: 65, 1: 9, 2: 4, 3: 16, 4: 4, 5: 89, 6: 60, 7: 4, 8: 17, 9: 17, 10: 4, 11: 49, 13: 4, 14: 9, 15: 9, 16: 9, 17: 2, 18: 24,
    ]

    private mutating func negotiateContexts() {
        self.each {
            let type = $0.number(2, littleEndian: true)
            let length = $0.number(2, littleEndian: true)
            $0.keep(4)
            $0.part(length) {
                switch type {
                case 1: $0.keep(6)
                case 2, 3, 6, 7, 8: $0.keep($0.remaining)
                default: break
                }
            }
            $0.skip((8 &- length & 7) & 7)
        }
    }

    /// MS-CIFS section 2.2.3: a header, words, and bytes.
    private mutating func smb1() {
        let command = self.peek(4)
        let isResponse = self.peek(9) & 0x80 != 0
        self.keep(14)
        self.skip(8)
        self.keep(10)
        let words = self.number(1)
        let at = self.at
        // Of what is not set up or passed on, only which command follows.
        let isKnown = [0x25, 0x32, 0x72, 0x73, 0x75, 0xA0].contains(command)
        self.part(words &* 2) { $0.keep(isKnown ? words &* 2 : 4) }
        self.part(self.number(2, littleEndian: true)) {
            switch (command, isResponse) {
            case (0x72, false):
                $0.each {
                    $0.keep(1); $0.text()
                }
            case (0x72, true) where words == 17 && $0.little(4, at: at &+ 19) & 0x8000_0000 != 0:
                $0.skip(16)
                $0.token()
            case (0x72, true):
                $0.skip($0.little(1, at: at &+ 33))
                $0.wideTexts()
            case (0x73, _) where words == 12 || words == 4:
                $0.part($0.little(2, at: at &+ (words == 12 ? 14 : 6))) { $0.token() }
                $0.skip($0.at & 1 == at & 1 ? 0 : 1)
                $0.wideTexts()
            case (0x73, _), (0x75, _): $0.wideTexts()
            default: break
            }
        }
    }

    /// MS-NLMP section 2.2.1: what stands where, and how long.
    mutating func ntlm() {
        let start = self.at
        let type = self.little(4, at: start &+ 8)
        // Where each field stands: length, length again, offset. Older heads are shorter, and values begin behind them.
        let fields = type == 1 ? [16, 24] : type == 2 ? [12, 40] : [12, 20, 28, 36, 44]
        var head = Int.max
        for field in fields where field &+ 8 <= head && self.little(2, at: start &+ field) > 0 { head = min(head, self.little(4, at: start &+ field &+ 4)) }
        self.keep(12)
        switch type {
        case 1: self.keep(min(28, head &- 12))
        case 2:
            self.keep(12)
            self.skip(8)
            self.keep(min(24, head &- 32))
            guard head >= 48 else { return }
            self.part(at: start &+ self.little(4, at: start &+ 44), self.little(2, at: start &+ 40)) { $0.elements(of: 2, littleEndian: true) }
        case 3:
            self.keep(min(60, head &- 12))
            let length = self.little(2, at: start &+ 20)
            if length > 44 {
                self.part(at: start &+ self.little(4, at: start &+ 24), length) {
                    $0.skip(16)
                    $0.keep(2)
                    $0.skip(26)
                    $0.elements(of: 2, littleEndian: true)
                }
            }
        default: break
        }
    }

    // MARK: Calls

    /// C706 section 12.6: a header; what is bound is named by identifiers that everybody shares.
    mutating func msrpc() -> Bool {
        guard self.peek() == 5, self.remaining >= 16 else { return false }
        let type = self.peek(2)
        let isLittle = self.peek(4) & 0x10 != 0
        let length = self.peekNumber(2, 8, littleEndian: isLittle)
        let proof = self.peekNumber(2, 10, littleEndian: isLittle)
        guard length >= 16 else { return false }
        self.part(length) {
            let start = $0.at
            $0.keep(16)
            $0.part($0.remaining &- (proof > 0 ? proof &+ 8 : 0)) {
                switch type {
                case 11, 14: $0.keep($0.remaining)
                case 12, 15:
                    $0.keep(8)
                    $0.counted(2, littleEndian: isLittle)
                    $0.skip((4 &- ($0.at &- start) & 3) & 3)
                    $0.keep($0.remaining)
                case 0, 2, 3: $0.keep(8)
                default: break
                }
            }
            if proof > 0 {
                $0.keep(8)
                $0.token()
            }
        }
        return true
    }

    // MARK: BER

    mutating func berMessage() -> Bool {
        guard [0x30, 0x60, 0x61].contains(self.peek()) || self.peek() >= 0x6A else { return false }
        return self.berElement()
    }

    /// Kerberos over TCP (RFC 4120 section 7.2.2).
    mutating func kerberosStream() -> Bool { self.framed(4) { $0.berMessage() } }

    // MARK: Remote Desktop

    /// TPKT (RFC 1006 section 6) and X.224.
    mutating func tpkt() -> Bool {
        guard self.peek() == 3, self.peek(1) == 0, self.peekNumber(2, 2) >= 7 else { return false }
        self.keep(2)
        self.part(self.number(2) &- 4) {
            let length = $0.number(1)
            $0.part(length) {
                guard [0xD0, 0xE0].contains($0.peek() & 0xF0) else { return $0.keep(2) }
                $0.keep(6)
                // Remote Desktop writes a cookie where parameters have their place.
                if $0.has("Cookie: ") {
                    $0.keep(8)
                    $0.keep($0.has("mstshash=") ? 9 : $0.has("msts=") ? 5 : 0)
                    $0.skip($0.distance(to: 0x0D) ?? $0.remaining)
                    $0.keep(10)
                } else {
                    $0.elements()
                }
            }
        }
        return true
    }
}
