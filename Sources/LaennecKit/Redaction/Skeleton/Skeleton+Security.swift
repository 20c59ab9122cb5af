// Protocols whose beginning is open and whose rest is encrypted, and those that prove who somebody is.

extension Skeleton {
    // MARK: TLS

    /// A record (RFC 8446 section 5.1), also one of SSL 3.0.
    mutating func tls() -> Bool {
        guard (20...24).contains(self.peek()), self.peek(1) == 3, self.peek(2) <= 4 else { return false }
        let type = self.number(1)
        self.keep(2)
        self.part(self.number(2)) {
            switch type {
            case 20:
                $0.isEncrypted = true
                $0.keep(1)
            case 21: if $0.remaining == 2 { $0.keep(2) }
            case 22: if !$0.isEncrypted { $0.each { $0.handshakeOfStream() } }
            default: break
            }
        }
        return true
    }

    /// A record over datagrams (RFC 6347 section 4.1).
    mutating func dtls() -> Bool {
        guard (20...26).contains(self.peek()), self.peek(1) == 0xFE else { return false }
        self.each {
            let type = $0.number(1)
            $0.keep(2)
            let epoch = $0.number(2)
            $0.keep(6)
            $0.part($0.number(2)) {
                switch type {
                case 22 where epoch == 0: $0.each { $0.handshakeOfDatagram() }
                // Zeros would be a message that is not encrypted.
                case 22: $0.fill($0.remaining)
                case 20, 21: if epoch == 0 { $0.keep(2) }
                default: break
                }
            }
        }
        return true
    }

    /// A message of the handshake, which may be spread over records.
    private mutating func handshakeOfStream() {
        if self.fragmentCount > 0 {
            return self.part(self.wanted &- self.fragmentCount) {
                $0.fragment(isLast: $0.fragmentCount &+ $0.remaining >= $0.wanted) {
                    $0.handshakeOfStream()
                    return true
                }
            }
        }
        guard Self.handshakeTypes.contains(self.peek()) else { return }
        let length = self.peekNumber(3, 1)
        guard length <= self.remaining &- 4 else {
            self.wanted = length &+ 4
            if length < 1 << 17 { self.fragment(isLast: false) { _ in true } }
            return
        }
        let type = self.number(1)
        self.part(self.number(3)) { $0.handshake(type) }
    }

    /// A message, or a fragment of one.
    private mutating func handshakeOfDatagram() {
        guard Self.handshakeTypes.contains(self.peek()) else { return }
        let type = self.number(1)
        let length = self.number(3)
        self.keep(2)
        let offset = self.number(3)
        self.part(self.number(3)) {
            $0.fragment(isFirst: offset == 0, isLast: offset &+ $0.remaining == length) {
                $0.handshake(type, isDatagram: true)
                return true
            }
        }
    }

    private static let handshakeTypes: Set<Int> = [0, 1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 20, 22]

    private mutating func handshake(_ type: Int, isDatagram: Bool = false) {
        switch type {
        case 1: self.clientHello(isDatagram)
        case 2: self.serverHello()
        case 3:
            self.keep(2)
            self.counted(1)
        case 4:
            self.keep(4)
            self.counted(2)
        case 11: self.part(self.number(3)) { $0.each { $0.part($0.number(3)) { _ = $0.ber() } } }
        case 12: self.serverKeyExchange()
        case 13: self.certificateRequest()
        case 15:
            self.keep(2)
            self.counted(2)
        case 16:
            if self.peek() == self.remaining &- 1 { self.keep(1) } else if self.peekNumber(2) == self.remaining &- 2 { self.keep(2) }
        case 22:
            self.keep(1)
            self.part(self.number(3)) { _ = $0.ber() }
        default: break
        }
    }

    private mutating func clientHello(_ isDatagram: Bool) {
        self.keep(2)
        self.skip(32)
        self.counted(1)
        if isDatagram { self.counted(1) }
        self.keep(self.number(2))
        self.keep(self.number(1))
        self.extensions(ofClient: true)
    }

    private mutating func serverHello() {
        self.keep(2)
        // A random number that is none asks for another hello (RFC 8446 section 4.1.3).
        let isRetry = self.peekNumber(4) == 0xCF21_AD74
        if isRetry { self.keep(32) } else { self.skip(32) }
        self.counted(1)
        self.keep(3)
        self.extensions(ofClient: false)
    }

    private mutating func extensions(ofClient isClient: Bool) {
        self.part(self.number(2)) {
            $0.elements(of: 2) {
                switch $1 {
                case 0:
                    $0.part($0.number(2)) {
                        $0.each {
                            $0.keep(1); $0.counted(2)
                        }
                    }
                case 16: $0.part($0.number(2)) { $0.each { $0.counted(1) } }
                case 51 where isClient:
                    $0.part($0.number(2)) {
                        $0.each {
                            $0.keep(2); $0.counted(2)
                        }
                    }
                case 51:
                    $0.keep(2)
                    $0.counted(2)
                case 41 where isClient:
                    $0.part($0.number(2)) {
                        $0.each {
                            $0.counted(2); $0.skip(4)
                        }
                    }
                    $0.part($0.number(2)) { $0.each { $0.counted(1) } }
                case 44: $0.counted(2)
                case 5: $0.keep(isClient ? 5 : 0)
                case 0xFF01: $0.counted(1)
                // Lists of numbers that name algorithms, and numbers.
                case 1, 10, 11, 13, 15, 27, 28, 34, 41, 43, 45, 50: $0.keep($0.remaining)
                default: break
                }
            }
        }
    }

    private mutating func serverKeyExchange() {
        if self.peek() == 3 {
            self.keep(3)
            self.counted(1)
        } else {
            for _ in 0..<3 { self.counted(2) }
        }
        if self.peekNumber(2, 2) == self.remaining &- 4 { self.keep(4) } else { self.keep(2) }
    }

    private mutating func certificateRequest() {
        self.keep(self.number(1))
        // Before version 1.2 there are no algorithms.
        if self.peekNumber(2) != self.remaining &- 2 || self.peekNumber(2) == 0 && self.remaining > 2 { self.keep(self.number(2)) }
        self.part(self.number(2)) { $0.each { $0.part($0.number(2)) { _ = $0.ber() } } }
    }

    // MARK: SSH

    /// A line, or a packet (RFC 4253 section 6); what is behind new keys is encrypted.
    mutating func ssh() -> Bool {
        if self.has("SSH-") {
            self.skip(self.line)
            return true
        }
        guard !self.isEncrypted else { return false }
        let length = self.number(4)
        guard (5...65536).contains(length) else { return false }
        self.part(length) {
            let padding = $0.number(1)
            let type = $0.number(1)
            $0.part($0.remaining &- padding) {
                switch type {
                case 20:
                    $0.skip(16)
                    for _ in 0..<10 { $0.counted(4) }
                    $0.keep(5)
                case 21: $0.isEncrypted = true
                // Sizes that are asked for, then keys and numbers.
                case 34 where $0.remaining == 12: $0.keep(12)
                case 30...34: _ = $0.strings()
                default: break
                }
            }
        }
        return true
    }

    // MARK: OpenVPN

    /// The control channel, where it is not wrapped: acknowledgements, then records of TLS.
    mutating func openvpn() -> Bool {
        guard self.peek() &>> 3 == 4 else { return self.peek() &>> 3 <= 10 }
        self.keep(1)
        self.skip(8)
        let acknowledged = self.number(1)
        guard acknowledged <= 8 else { return false }
        self.skip(acknowledged &* 4 &+ (acknowledged > 0 ? 8 : 0) &+ 4)
        while !self.isEmpty { guard self.tls() else { return false } }
        return true
    }

    // MARK: IKE

    /// IKE (RFC 2408 section 3, RFC 7296 section 3), also behind the four zeros of port 4500.
    mutating func ike() -> Bool {
        if self.peekNumber(4) == 0 { self.keep(4) }
        guard self.remaining >= 28, self.peekNumber(4, 24) == self.remaining else { return false }
        var next = self.peek(16)
        let isFirst = self.peek(17) &>> 4 == 1
        let isEncrypted = isFirst && self.peek(19) & 1 != 0
        self.keep(28)
        guard !isEncrypted else { return true }
        while next != 0, self.remaining >= 4 {
            let type = next
            next = self.number(1)
            self.keep(1)
            self.part(self.number(2) &- 4) { $0.payload(type, isFirst) }
            // What an encrypted payload names is inside it.
            if type == 46 || type == 53 { break }
        }
        return true
    }

    private mutating func payload(_ type: Int, _ isFirst: Bool) {
        switch type {
        case 1, 33:
            if isFirst { self.keep(8) }
            self.each { $0.proposal(isFirst) }
        case 2 where isFirst: self.proposal(isFirst)
        case 34, 40: if type == 34 { self.keep(4) }
        case 5, 35, 36: self.keep(4)
        case 6, 37:
            let isCertificate = self.number(1) == 4
            if isCertificate { _ = self.ber() }
        case 7, 38, 39: self.keep(1)
        case 11: self.keep(8)
        case 41: self.keep(4)
        case 12: self.keep(8)
        case 42: self.keep(4)
        case 44, 45:
            self.keep(4)
            self.each {
                $0.keep(2)
                let length = $0.number(2)
                $0.skip(length &- 4)
            }
        case 53: self.keep(4)
        default: break
        }
    }

    private mutating func proposal(_ isFirst: Bool) {
        self.keep(2)
        self.part(self.number(2) &- 4) {
            $0.keep(2)
            let size = $0.number(1)
            $0.keep(1)
            $0.skip(size)
            // Transforms, with attributes of two or more octets: all of them name algorithms.
            $0.keep($0.remaining)
        }
    }

    // MARK: EAP and RADIUS

    /// EAP (RFC 3748 section 4).
    mutating func eap() {
        let code = self.number(1)
        self.keep(1)
        self.part(self.number(2) &- 4) {
            guard code == 1 || code == 2 else { return }
            switch $0.number(1) {
            case 3: $0.keep($0.remaining)
            case 4: $0.counted(1)
            // EAP-TLS, EAP-TTLS, PEAP, EAP-FAST: flags, the length of the whole if they say so, and records.
            case 13, 21, 25, 43:
                let flags = $0.number(1)
                if flags & 0x80 != 0 { $0.keep(4) }
                $0.fragment(isLast: flags & 0x40 == 0) {
                    $0.each { if !$0.attempt({ $0.tls() }) { $0.skip($0.remaining) } }
                    return true
                }
            case 26:
                $0.keep(4)
                $0.counted(1)
            default: break
            }
        }
    }

    /// EAP over LANs (IEEE 802.1X section 11.3).
    mutating func eapol() -> Bool {
        self.keep(1)
        let type = self.number(1)
        self.part(self.number(2)) {
            switch type {
            case 0: $0.eap()
            // Key descriptors: what key it is and how long.
            case 3:
                $0.keep(5)
                $0.skip(88)
                $0.keep(2)
            default: break
            }
        }
        return true
    }

    /// RADIUS (RFC 2865 section 3).
    mutating func radius() -> Bool {
        guard self.peekNumber(2, 2) == self.remaining else { return false }
        self.keep(4)
        self.skip(16)
        var messages: [Range<Int>] = []
        self.elements(lengthIncludes: 2) {
            if $1 == 79 { messages.append($0.at..<$0.end) }
            guard $1 == 26 else { return }
            $0.keep(4)
            $0.elements(lengthIncludes: 2)
        }
        // A message of EAP is spread over attributes.
        self.join(messages) {
            $0.eap()
            return true
        }
        return true
    }
}
