import Observations
import Wire

// X.509 certificates (RFC 5280) in DER (X.690), as far as an inventory and its findings need: names, validity, kind and size
// of the key, signature algorithm.
//
// The reader descends through the fixed structure of a certificate by hand: there is no recursion that nesting could drive,
// every loop has a limit, and an element that says it is longer than its container ends the reading.

/// A certificate, with everything that was read before the first fault.
struct X509Certificate: Equatable, Sendable {
    /// `C=…, O=…, CN=…` in the order of the certificate; empty for an empty name.
    private(set) var subject = ""
    /// The last commonName of the subject.
    private(set) var commonName = ""
    private(set) var issuer = ""
    /// dNSName and iPAddress of subjectAltName, at most ``nameLimit``.
    private(set) var names: [String] = []
    private(set) var notBefore: Timestamp?
    private(set) var notAfter: Timestamp?
    /// `rsa`, `ec`, `dsa`, `ed25519`, `ed448`, or an object identifier.
    private(set) var keyKind: String?
    private(set) var keyBits: Int?
    /// `sha256-rsa`, `sha1-ecdsa`, `sha256-rsa-pss`, …, or an object identifier.
    private(set) var signature: String?
    /// Whether subject and issuer are the same name.
    private(set) var isSelfSigned = false

    /// The most alternative names that are kept.
    static let nameLimit = 16
    private static let extensionLimit = 64
    private static let attributeLimit = 32

    /// - Returns: `nil` where the bytes do not begin a certificate.
    init?(_ bytes: RawSpan) {
        var outer = DERReader(bytes)
        guard let certificate = outer.next(.sequence) else { return nil }
        var inner = DERReader(certificate)
        guard let toBeSigned = inner.next(.sequence) else { return nil }
        var fields = DERReader(toBeSigned)
        if fields.peek() == .context0 { _ = fields.next() }
        guard fields.next(.integer) != nil, let algorithm = fields.next(.sequence) else { return nil }
        self.readSignature(algorithm)
        self.readFields(&fields)
    }

    /// What follows the signature algorithm (RFC 5280 section 4.1).
    private mutating func readFields(_ fields: inout DERReader) {
        guard let issuer = fields.next(.sequence) else { return }
        self.issuer = Self.text(ofName: issuer)
        guard let validity = fields.next(.sequence) else { return }
        var times = DERReader(validity)
        if let time = times.next() { self.notBefore = Self.time(time) }
        if let time = times.next() { self.notAfter = Self.time(time) }
        guard let subject = fields.next(.sequence) else { return }
        self.subject = Self.text(ofName: subject)
        self.commonName = Self.commonName(of: subject)
        self.isSelfSigned = !subject.isEmpty && Self.equal(subject, issuer)
        guard let key = fields.next(.sequence) else { return }
        self.readKey(key)
        // issuerUniqueID [1] and subjectUniqueID [2] may come before the extensions [3].
        for _ in 0..<3 {
            guard let field = fields.next() else { return }
            if field.tag == .context3 {
                var wrapper = DERReader(field.contents)
                if let extensions = wrapper.next(.sequence) { self.readExtensions(extensions) }
                return
            }
        }
    }

    private static func equal(_ left: RawSpan, _ right: RawSpan) -> Bool {
        guard left.byteCount == right.byteCount else { return false }
        for offset in 0..<left.byteCount where left.u8(at: offset) != right.u8(at: offset) { return false }
        return true
    }

    // MARK: Names

    /// The text of a Name in its own order, escaped as in RFC 4514. Attributes that are about a person are left out.
    private static func text(ofName name: RawSpan) -> String {
        var parts: [String] = []
        var relativeNames = DERReader(name)
        while parts.count < Self.attributeLimit, let relativeName = relativeNames.next(.set) {
            var attributes = DERReader(relativeName)
            while parts.count < Self.attributeLimit, let attribute = attributes.next(.sequence) {
                var fields = DERReader(attribute)
                guard let type = fields.next(.objectIdentifier), let value = fields.next() else { break }
                guard let label = Self.label(ofAttribute: ObjectIdentifier(type)), let text = Self.text(value) else { continue }
                parts.append(label + "=" + Self.escaped(text))
            }
        }
        return parts.joined(separator: ", ")
    }

    /// The short name of an attribute type; `nil` for those that name a person.
    private static func label(ofAttribute type: ObjectIdentifier) -> String? {
        switch type.rawValue {
        case 0x550403: "CN"
        case 0x550405: "serialNumber"
        case 0x550406: "C"
        case 0x550407: "L"
        case 0x550408: "ST"
        case 0x550409: "STREET"
        case 0x55040A: "O"
        case 0x55040B: "OU"
        case 0x0992268993F22C640119: "DC"
        // surname, title, name, givenName, initials, generationQualifier, pseudonym, emailAddress and userid.
        case 0x550404, 0x55040C, 0x550429, 0x55042A, 0x55042B, 0x55042C, 0x550441, 0x2A864886F70D010901,
            0x0992268993F22C640101:
            nil
        default: type.rawValue == 0 ? nil : type.description
        }
    }

    private static func commonName(of name: RawSpan) -> String {
        var common = ""
        var relativeNames = DERReader(name)
        for _ in 0..<Self.attributeLimit {
            guard let relativeName = relativeNames.next(.set) else { break }
            var attributes = DERReader(relativeName)
            guard let attribute = attributes.next(.sequence) else { break }
            var fields = DERReader(attribute)
            guard let type = fields.next(.objectIdentifier), let value = fields.next() else { break }
            if ObjectIdentifier(type).rawValue == 0x550403, let text = Self.text(value) { common = text }
        }
        return common
    }

    // MARK: The name that was asked for

    /// Whether the certificate is for a server of this name (RFC 9525 section 6; where there is no alternative name, by the common
    /// name, as clients did before). `nil` where there is no name to compare, or where not all names were kept.
    func isFor(_ serverName: [UInt8]) -> Bool? {
        let wanted = String(decoding: serverName, as: UTF8.self).lowercased()
        guard !wanted.isEmpty, self.names.count < Self.nameLimit else { return nil }
        let names = self.names.isEmpty ? [self.commonName] : self.names
        guard names.contains(where: { !$0.isEmpty }) else { return nil }
        return names.contains { Self.covers($0.lowercased(), wanted) }
    }

    private static func covers(_ pattern: String, _ name: String) -> Bool {
        // The final dot of a complete name is no difference.
        let name = name.hasSuffix(".") ? String(name.dropLast()) : name
        if pattern == name { return true }
        return pattern.hasPrefix("*.") && pattern.dropFirst(1) == name.drop(while: { $0 != "." })
    }

    /// A string of a name. Strings that claim UTF-8 or T.61 and are neither are read as ISO 8859-1, as their makers meant.
    private static func text(_ value: borrowing DERElement) -> String? {
        switch value.tag {
        case .utf8String, .printableString, .teletexString, .ia5String, .numericString, .visibleString:
            return PrintableText.make(value.contents)
        case .bmpString:
            var units: [UInt16] = []
            var offset = 0
            while units.count < PrintableText.limit, let unit = value.contents.u16(at: offset) {
                units.append(unit)
                offset &+= 2
            }
            return PrintableText.make(String(decoding: units, as: UTF16.self))
        case .universalString:
            var units: [UInt32] = []
            var offset = 0
            while units.count < PrintableText.limit, let unit = value.contents.u32(at: offset) {
                units.append(unit)
                offset &+= 4
            }
            return PrintableText.make(String(decoding: units, as: UTF32.self))
        default: return nil
        }
    }

    /// RFC 4514 section 2.4: what would read as the end of a value is escaped, so that a value cannot pose as another attribute.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case ",", "+", "\"", "\\", "<", ">", ";": escaped.unicodeScalars.append("\\")
            default: break
            }
            escaped.unicodeScalars.append(character)
        }
        return escaped
    }

    private mutating func readExtensions(_ extensions: RawSpan) {
        var reader = DERReader(extensions)
        for _ in 0..<Self.extensionLimit {
            guard let item = reader.next(.sequence) else { return }
            var fields = DERReader(item)
            // subjectAltName
            guard let identifier = fields.next(.objectIdentifier), ObjectIdentifier(identifier).rawValue == 0x551D11 else { continue }
            if fields.peek() == .boolean { _ = fields.next() }
            guard let value = fields.next(.octetString) else { return }
            var wrapper = DERReader(value)
            guard let names = wrapper.next(.sequence) else { return }
            self.readAlternativeNames(names)
            return
        }
    }

    /// RFC 5280 section 4.2.1.6. Other kinds than dNSName and iPAddress may name persons.
    private mutating func readAlternativeNames(_ names: RawSpan) {
        var reader = DERReader(names)
        while self.names.count < Self.nameLimit, let name = reader.next() {
            var address = ByteReader(name.contents)
            switch (name.tag, name.contents.byteCount) {
            case (.dNSName, 1...): self.names.append(PrintableText.make(name.contents))
            case (.iPAddress, 4): if let v4 = try? IPAddress(v4: &address) { self.names.append(v4.description) }
            case (.iPAddress, 16): if let v6 = try? IPAddress(v6: &address) { self.names.append(v6.description) }
            default: break
            }
        }
    }

    // MARK: Validity

    /// UTCTime or GeneralizedTime (RFC 5280 section 4.1.2.5; older certificates leave out the seconds or have an offset).
    private static func time(_ element: borrowing DERElement) -> Timestamp? {
        let text = element.contents
        var offset = 0
        func number(_ digits: Int) -> Int? {
            var value = 0
            for _ in 0..<digits {
                guard let byte = text.u8(at: offset), byte >= 0x30, byte <= 0x39 else { return nil }
                value = value &* 10 &+ Int(byte &- 0x30)
                offset &+= 1
            }
            return value
        }
        guard element.tag == .utcTime || element.tag == .generalizedTime, let first = number(element.tag == .utcTime ? 2 : 4) else {
            return nil
        }
        // RFC 5280 section 4.1.2.5.1: two digits are the years 1950 to 2049.
        let year = element.tag == .generalizedTime ? first : first >= 50 ? 1900 &+ first : 2000 &+ first
        guard let month = number(2), let day = number(2), let hour = number(2), let minute = number(2) else { return nil }
        let second = number(2) ?? 0
        if text.u8(at: offset) == UInt8(ascii: ".") {
            offset &+= 1
            while number(1) != nil {}
        }
        guard let time = Timestamp(year: year, month: month, day: day, hour: hour, minute: minute, second: second) else { return nil }
        let sign = text.u8(at: offset)
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return time }
        offset &+= 1
        guard let hours = number(2), let minutes = number(2) else { return time }
        let shift = Int64(hours &* 3600 &+ minutes &* 60)
        return Timestamp(seconds: sign == UInt8(ascii: "+") ? time.seconds &- shift : time.seconds &+ shift)
    }

    // MARK: Key and signature

    private mutating func readKey(_ info: RawSpan) {
        var fields = DERReader(info)
        guard let algorithm = fields.next(.sequence) else { return }
        var algorithmFields = DERReader(algorithm)
        guard let type = algorithmFields.next(.objectIdentifier) else { return }
        let identifier = ObjectIdentifier(type)
        switch identifier.rawValue {
        // rsaEncryption, id-RSASSA-PSS
        case 0x2A864886F70D010101, 0x2A864886F70D01010A:
            self.keyKind = "rsa"
            guard let key = fields.next(.bitString) else { return }
            // The first octet of a BIT STRING counts unused bits.
            var reader = DERReader(key.slice(from: 1))
            if let numbers = reader.next(.sequence) { self.keyBits = Self.bits(ofFirstInteger: numbers) }
        // id-ecPublicKey
        case 0x2A8648CE3D0201:
            self.keyKind = "ec"
            guard let parameters = algorithmFields.next(), let point = fields.next(.bitString) else { return }
            self.keyBits = Self.bits(ofCurve: parameters) ?? Self.bits(ofPoint: point.slice(from: 1))
        // id-dsa
        case 0x2A8648CE380401:
            self.keyKind = "dsa"
            if let parameters = algorithmFields.next(.sequence) { self.keyBits = Self.bits(ofFirstInteger: parameters) }
        // id-Ed25519, id-Ed448: sizes of the public keys (RFC 8032).
        case 0x2B6570:
            self.keyKind = "ed25519"
            self.keyBits = 256
        case 0x2B6571:
            self.keyKind = "ed448"
            self.keyBits = 456
        default: self.keyKind = identifier.description
        }
    }

    /// The size of a curve's field, by its name or from explicit parameters.
    private static func bits(ofCurve parameters: borrowing DERElement) -> Int? {
        if parameters.tag == .objectIdentifier {
            switch ObjectIdentifier(parameters.contents).rawValue {
            // secp256r1, secp256k1, brainpoolP256r1 and t1, sm2p256v1
            case 0x2A8648CE3D030107, 0x2B8104000A, 0x2B2403030208010107, 0x2B2403030208010108, 0x2A811CCF5501822D:
                return 256
            // secp384r1, brainpoolP384r1 and t1
            case 0x2B81040022, 0x2B240303020801010B, 0x2B240303020801010C: return 384
            // secp521r1; brainpoolP512r1 and t1
            case 0x2B81040023: return 521
            case 0x2B240303020801010D, 0x2B240303020801010E: return 512
            // secp224r1 and k1, secp192r1 and k1
            case 0x2B81040021, 0x2B81040020: return 224
            case 0x2A8648CE3D030101, 0x2B8104001F: return 192
            // The binary curves sect163 to sect571.
            case 0x2B81040001, 0x2B81040002, 0x2B8104000F: return 163
            case 0x2B8104001A, 0x2B8104001B: return 233
            case 0x2B81040010, 0x2B81040011: return 283
            case 0x2B81040024, 0x2B81040025: return 409
            case 0x2B81040026, 0x2B81040027: return 571
            default: break
            }
        }
        if parameters.tag == .sequence {
            // SpecifiedECDomain: version, FieldID { prime-field, p }, …
            var fields = DERReader(parameters.contents)
            if fields.next(.integer) != nil, let field = fields.next(.sequence) {
                var values = DERReader(field)
                if let kind = values.next(.objectIdentifier),
                    ObjectIdentifier(kind).rawValue == 0x2A8648CE3D0101
                {
                    return Self.bits(ofFirstInteger: values.rest)
                }
            }
        }
        return nil
    }

    /// The size of the coordinates of an uncompressed point, in whole octets.
    private static func bits(ofPoint point: RawSpan) -> Int? {
        point.u8(at: 0) == 4 && point.byteCount > 2 ? (point.byteCount &- 1) / 2 &* 8 : nil
    }

    /// The size of the positive INTEGER with which the bytes begin.
    private static func bits(ofFirstInteger bytes: RawSpan) -> Int? {
        var reader = DERReader(bytes)
        guard let integer = reader.next(.integer) else { return nil }
        var offset = 0
        while integer.u8(at: offset) == 0 { offset &+= 1 }
        guard let first = integer.u8(at: offset) else { return nil }
        return (integer.byteCount &- offset) &* 8 &- first.leadingZeroBitCount
    }

    private mutating func readSignature(_ algorithm: RawSpan) {
        var fields = DERReader(algorithm)
        guard let type = fields.next(.objectIdentifier) else { return }
        let identifier = ObjectIdentifier(type)
        switch identifier.rawValue {
        case 0x2A864886F70D010102: self.signature = "md2-rsa"
        case 0x2A864886F70D010103: self.signature = "md4-rsa"
        case 0x2A864886F70D010104, 0x2B0E030203: self.signature = "md5-rsa"
        case 0x2A864886F70D010105, 0x2B0E03021D: self.signature = "sha1-rsa"
        case 0x2A864886F70D01010E: self.signature = "sha224-rsa"
        case 0x2A864886F70D01010B: self.signature = "sha256-rsa"
        case 0x2A864886F70D01010C: self.signature = "sha384-rsa"
        case 0x2A864886F70D01010D: self.signature = "sha512-rsa"
        case 0x2A864886F70D01010A: self.signature = Self.hash(ofPSS: &fields) + "-rsa-pss"
        case 0x2B2403030102: self.signature = "ripemd160-rsa"
        case 0x2A8648CE3D0401: self.signature = "sha1-ecdsa"
        case 0x2A8648CE3D040301: self.signature = "sha224-ecdsa"
        case 0x2A8648CE3D040302: self.signature = "sha256-ecdsa"
        case 0x2A8648CE3D040303: self.signature = "sha384-ecdsa"
        case 0x2A8648CE3D040304: self.signature = "sha512-ecdsa"
        case 0x2A8648CE380403, 0x2B0E03021B: self.signature = "sha1-dsa"
        case 0x608648016503040301: self.signature = "sha224-dsa"
        case 0x608648016503040302: self.signature = "sha256-dsa"
        case 0x2B6570: self.signature = "ed25519"
        case 0x2B6571: self.signature = "ed448"
        case 0x2A811CCF55018375: self.signature = "sm3-sm2"
        default: self.signature = identifier.description
        }
    }

    /// RSASSA-PSS-params (RFC 4055 section 3.1): the hash is the field [0], and SHA-1 where it is not there.
    private static func hash(ofPSS fields: inout DERReader) -> String {
        guard let parameters = fields.next(.sequence) else { return "sha1" }
        var reader = DERReader(parameters)
        guard let wrapper = reader.next(.context0) else { return "sha1" }
        var wrapped = DERReader(wrapper)
        guard let algorithm = wrapped.next(.sequence) else { return "sha1" }
        var values = DERReader(algorithm)
        guard let hash = values.next(.objectIdentifier) else { return "sha1" }
        switch ObjectIdentifier(hash).rawValue {
        case 0x2B0E03021A: return "sha1"
        case 0x608648016503040204: return "sha224"
        case 0x608648016503040201: return "sha256"
        case 0x608648016503040202: return "sha384"
        case 0x608648016503040203: return "sha512"
        default: return ObjectIdentifier(hash).description
        }
    }
}

// MARK: - DER

/// An identifier octet of X.690. Tag numbers above 30 do not occur in certificates.
struct DERTag: Hashable, Sendable {
    let rawValue: UInt8

    static let boolean = DERTag(rawValue: 0x01)
    static let integer = DERTag(rawValue: 0x02)
    static let bitString = DERTag(rawValue: 0x03)
    static let octetString = DERTag(rawValue: 0x04)
    static let objectIdentifier = DERTag(rawValue: 0x06)
    static let utf8String = DERTag(rawValue: 0x0C)
    static let numericString = DERTag(rawValue: 0x12)
    static let printableString = DERTag(rawValue: 0x13)
    static let teletexString = DERTag(rawValue: 0x14)
    static let ia5String = DERTag(rawValue: 0x16)
    static let utcTime = DERTag(rawValue: 0x17)
    static let generalizedTime = DERTag(rawValue: 0x18)
    static let visibleString = DERTag(rawValue: 0x1A)
    static let universalString = DERTag(rawValue: 0x1C)
    static let bmpString = DERTag(rawValue: 0x1E)
    static let sequence = DERTag(rawValue: 0x30)
    static let set = DERTag(rawValue: 0x31)
    /// `[0]` and `[3]`, constructed.
    static let context0 = DERTag(rawValue: 0xA0)
    static let context3 = DERTag(rawValue: 0xA3)
    /// `[2]` and `[7]` of GeneralName, primitive.
    static let dNSName = DERTag(rawValue: 0x82)
    static let iPAddress = DERTag(rawValue: 0x87)
}

/// One element of DER.
struct DERElement: ~Escapable {
    let tag: DERTag
    let contents: RawSpan

    @_lifetime(copy contents)
    init(tag: DERTag, contents: RawSpan) {
        self.tag = tag
        self.contents = contents
    }
}

/// Steps through the elements of one container.
struct DERReader: ~Escapable {
    private(set) var rest: RawSpan

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.rest = bytes }

    func peek() -> DERTag? { self.rest.u8(at: 0).map(DERTag.init(rawValue:)) }

    /// The next element; `nil` at the end, and where the element is longer than its container or of indefinite length, which
    /// DER forbids (X.690 section 10.1). Nothing is read after that.
    @_lifetime(copy self) @_lifetime(self: copy self)
    mutating func next() -> DERElement? {
        let bytes = self.rest
        self.rest = bytes.slice(from: bytes.byteCount)
        guard let tag = bytes.u8(at: 0), tag & 0x1F != 0x1F, let (header, length) = Self.lengths(bytes) else { return nil }
        let contents = bytes.slice(from: header, count: length)
        guard contents.byteCount == length else { return nil }
        self.rest = bytes.slice(from: header &+ length)
        return DERElement(tag: DERTag(rawValue: tag), contents: contents)
    }

    /// How long the tag and length of the element at the beginning are, and how long it says that its contents are (X.690 section
    /// 8.1.3); `nil` for an indefinite length, and where the length itself is not all there.
    static func lengths(_ bytes: RawSpan) -> (header: Int, contents: Int)? {
        guard let first = bytes.u8(at: 1) else { return nil }
        guard first >= 0x80 else { return (2, Int(first)) }
        // Four octets of length are far more than a message holds.
        let count = Int(first & 0x7F)
        guard (1...4).contains(count) else { return nil }
        var length = 0
        for offset in 2..<(2 &+ count) {
            guard let octet = bytes.u8(at: offset) else { return nil }
            length = length &<< 8 | Int(octet)
        }
        return (2 &+ count, length)
    }

    /// The contents of the next element, which has to have this tag.
    @_lifetime(copy self) @_lifetime(self: copy self)
    mutating func next(_ tag: DERTag) -> RawSpan? {
        guard let element = self.next(), element.tag == tag else { return nil }
        return element.contents
    }
}

/// An object identifier: its DER contents as one number, first octet highest, so that a table of them is a `switch`.
struct ObjectIdentifier: Hashable, Sendable {
    /// 0 for one of more than sixteen octets, which no table has.
    let rawValue: UInt128

    init(_ contents: RawSpan) {
        var value: UInt128 = 0
        if contents.byteCount <= 16 {
            for offset in 0..<contents.byteCount { value = value &<< 8 | UInt128(contents.u8(at: offset) ?? 0) }
        }
        self.rawValue = value
    }
}

extension ObjectIdentifier: CustomStringConvertible {
    /// `1.2.840.113549.1.1.1`, or nothing where it was too long (X.690 section 8.19).
    var description: String {
        var arcs: [UInt128] = []
        var arc: UInt128 = 0
        var shift: UInt128 = 128 &- UInt128(self.rawValue.leadingZeroBitCount & ~7)
        while shift > 0 {
            shift &-= 8
            let octet = self.rawValue &>> shift & 0xFF
            arc = arc &<< 7 | octet & 0x7F
            guard octet < 0x80 else { continue }
            if arcs.isEmpty {
                let first = min(arc / 40, 2)
                arcs = [first, arc &- first &* 40]
            } else {
                arcs.append(arc)
            }
            arc = 0
        }
        return arcs.map { String($0) }.joined(separator: ".")
    }
}
