import Testing
import Wire

@testable import Dissectors

@Suite("X.509")
struct X509Tests {
    private func read(_ bytes: [UInt8]) throws -> X509Certificate { try #require(X509Certificate(bytes)) }
    private func key(_ bytes: [UInt8]) throws -> String {
        let certificate = try self.read(bytes)
        return "\(certificate.keyKind ?? "-") \(certificate.keyBits ?? -1) \(certificate.signature ?? "-")"
    }

    @Test("A certificate of a private authority")
    func issued() throws {
        let certificate = try self.read(Certificates.server)
        #expect(certificate.subject == "C=FR, O=CH de Sainte-Auscultation, CN=pacs.sainte-auscultation.example")
        #expect(certificate.issuer == "C=FR, O=CH de Sainte-Auscultation, CN=Auscultation Test CA")
        #expect(!certificate.isSelfSigned)
        // The mail address among the alternative names is a person's.
        #expect(certificate.names == ["pacs.sainte-auscultation.example", "*.imagerie.example", "10.20.1.10", "2001:db8::10"])
        #expect(certificate.notBefore == Timestamp(year: 2023, month: 1, day: 1))
        #expect(certificate.notAfter == Timestamp(year: 2033, month: 1, day: 1))
    }

    @Test("Kinds and sizes of keys, signature algorithms")
    func keys() throws {
        #expect(try self.key(Certificates.server) == "rsa 2048 sha256-rsa")
        #expect(try self.key(Certificates.md5) == "rsa 1024 md5-rsa")
        #expect(try self.key(Certificates.sha1) == "rsa 2048 sha1-rsa")
        #expect(try self.key(Certificates.odd) == "rsa 1024 sha256-rsa")
        #expect(try self.key(Certificates.pss) == "rsa 3072 sha384-rsa-pss")
        #expect(try self.key(Certificates.many) == "ec 256 sha256-ecdsa")
        #expect(try self.key(Certificates.p384) == "ec 384 sha384-ecdsa")
        #expect(try self.key(Certificates.brainpool) == "ec 512 sha512-ecdsa")
        #expect(try self.key(Certificates.explicit) == "ec 521 sha512-ecdsa")
        #expect(try self.key(Certificates.dsa) == "dsa 2048 sha256-dsa")
        #expect(try self.key(Certificates.ed25519) == "ed25519 256 ed25519")
        #expect(try self.key(Certificates.ed448) == "ed448 456 ed448")
    }

    @Test("UTCTime and GeneralizedTime at the ends of their ranges")
    func validity() throws {
        let old = try self.read(Certificates.p384)
        #expect(old.notBefore == Timestamp(year: 1950, month: 1, day: 1))
        // 99991231235959Z: no well-defined end, later than this clock goes.
        #expect(old.notAfter == .distantFuture)
        let turn = try self.read(Certificates.brainpool)
        #expect(turn.notBefore == Timestamp(year: 2049, month: 12, day: 31))
        #expect(turn.notAfter == Timestamp(year: 2050, month: 1, day: 1))
        #expect(try self.read(Certificates.many).notBefore == Timestamp(year: 2024, month: 5, day: 6, hour: 7, minute: 8, second: 9))
    }

    @Test("Times of old software: without seconds, with an offset, with a fraction; and no times")
    func times() throws {
        func notAfter(_ tag: UInt8, _ text: String) throws -> Timestamp? {
            let time = Self.element(tag, Array(text.utf8))
            return try self.read(Self.certificate(validity: Self.element(0x17, Array("230101000000Z".utf8)) + time)).notAfter
        }
        #expect(try notAfter(0x17, "2401020304Z") == Timestamp(year: 2024, month: 1, day: 2, hour: 3, minute: 4))
        #expect(try notAfter(0x17, "240102030405+0200") == Timestamp(year: 2024, month: 1, day: 2, hour: 1, minute: 4, second: 5))
        #expect(try notAfter(0x17, "240102030405-0130") == Timestamp(year: 2024, month: 1, day: 2, hour: 4, minute: 34, second: 5))
        #expect(try notAfter(0x18, "20240102030405.123Z") == Timestamp(year: 2024, month: 1, day: 2, hour: 3, minute: 4, second: 5))
        #expect(try notAfter(0x17, "500101000000Z") == Timestamp(year: 1950, month: 1, day: 1))
        for text in ["", "2401", "249902030405Z", "24010203040", "abcdefghijklZ", "99999999999999999999999"] {
            #expect(try notAfter(0x17, text) == nil || text == "24010203040", "\(text)")
        }
        #expect(try notAfter(0x04, "240102030405Z") == nil)
    }

    @Test("Strings of all kinds; nothing that names a person, nothing that could pose as another attribute")
    func names() throws {
        let odd = try self.read(Certificates.odd)
        #expect(
            odd.subject == "C=DE, O=Klinik Köln, OU=Gerät\\, CN=falsch\\+\\\"x\\\", DC=example, serialNumber=SN-4711, "
                + "1.3.6.1.4.1.99999.1=eigen, CN=Mess\u{FFFD}[31mgerät")
        #expect(odd.isSelfSigned)
        // T61String in ISO 8859-1, as everybody writes it.
        #expect(try self.read(Certificates.md5).subject == "C=FR, O=Hôpital, CN=pédalo")
        func name(_ tag: UInt8, _ value: [UInt8]) throws -> String {
            let attribute = Self.element(0x30, [0x06, 0x03, 0x55, 0x04, 0x03] + Self.element(tag, value))
            return try self.read(Self.certificate(subject: Self.element(0x31, attribute))).subject
        }
        #expect(try name(0x1E, [0x00, 0x41, 0x20, 0xAC]) == "CN=A€")
        #expect(try name(0x1C, [0, 0, 0, 0x41, 0, 1, 0xF4, 0xA9]) == "CN=A💩")
        #expect(try name(0x1E, [0xD8, 0x00, 0x00, 0x41, 0x42]) == "CN=\u{FFFD}A")
        #expect(try name(0x0C, [0xC3, 0x28]) == "CN=Ã(")
        #expect(try name(0x16, Array("x".utf8)) == "CN=x")
        #expect(try name(0x04, Array("x".utf8)) == "")
    }

    @Test("An empty name, and many alternative names")
    func extremes() throws {
        let empty = try self.read(Certificates.emptySubject)
        #expect(empty.subject == "" && empty.issuer == "" && !empty.isSelfSigned && empty.keyBits == 521)
        let many = try self.read(Certificates.many)
        #expect(many.names == (0..<16).map { "station-0" + ($0 < 10 ? "0" : "") + "\($0).example" })
        // More attributes than any name has.
        let attribute = Self.element(0x31, Self.element(0x30, [0x06, 0x03, 0x55, 0x04, 0x0B, 0x0C, 0x01, 0x78]))
        let long = try self.read(Self.certificate(subject: [[UInt8]](repeating: attribute, count: 2000).flatMap { $0 }))
        #expect(long.subject == [String](repeating: "OU=x", count: 32).joined(separator: ", "))
    }

    @Test("What was read before the first fault stays")
    func cut() throws {
        let whole = try self.read(Certificates.server)
        // The fields of the certificate, each in turn longer than what contains it: those before it are read.
        var starts: [Int] = []
        var offset = 4 + 4
        while offset < Certificates.server.count, starts.count < 8 {
            starts.append(offset)
            let (header, length) = Self.sizes(Certificates.server, at: offset)
            offset += header + length
        }
        // version, serial number, signature, issuer, validity, subject, key, extensions
        for (index, start) in starts.enumerated() {
            var bytes = Certificates.server
            bytes.replaceSubrange((start + 1)..<(start + 2), with: [0x83, 0x7F, 0xFF, 0xFF])
            // The containers still end where they did.
            let certificate = X509Certificate(Array(bytes.prefix(Certificates.server.count)))
            #expect((certificate != nil) == (index >= 3))
            #expect((certificate?.signature != nil) == (index >= 3))
            #expect((certificate?.issuer == whole.issuer) == (index >= 4))
            #expect((certificate?.notAfter == whole.notAfter) == (index >= 5))
            #expect((certificate?.subject == whole.subject) == (index >= 6))
            #expect((certificate?.keyBits == whole.keyBits) == (index >= 7))
            #expect(certificate?.names.isEmpty ?? true)
        }
        // The certificate whose key is no DER.
        let broken = try self.read(Self.certificate(key: [0xFF, 0xFF, 0xFF]))
        #expect(broken.subject == "CN=x" && broken.keyKind == nil && broken.notAfter != nil)
    }

    @Test("Lengths that are huge, indefinite, or not there")
    func lengths() {
        for bytes in [
            [], [0x30], [0x30, 0x80], [0x30, 0x80, 0x30, 0x80, 0x00, 0x00], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [0x30, 0x85, 1, 1, 1, 1, 1],
            [0x30, 0xFF], [0x3F, 0x81, 0x01, 0x00], [0x30, 0x02, 0x30, 0x05], [0x02, 0x01, 0x00], [0x30, 0x82, 0x00], [0x30, 0x00],
            [UInt8](repeating: 0x30, count: 4000), Array("-----BEGIN CERTIFICATE-----".utf8),
        ] as [[UInt8]] {
            #expect(X509Certificate(bytes) == nil, "\(hexadecimal(bytes.prefix(12)))")
        }
        // Nested as deeply as the bytes allow: nothing follows nesting.
        var nested: [UInt8] = []
        for _ in 0..<5000 { nested = Self.element(0x30, nested) }
        #expect(X509Certificate(nested) == nil)
        #expect((try? self.read(Self.certificate(subject: Self.element(0x31, nested))))?.subject == "")
    }

    @Test("Every prefix and many mutations are read without harm")
    func hostile() {
        for bytes in [Certificates.server, Certificates.odd, Certificates.explicit, Certificates.pss, Certificates.dsa] {
            for count in 0..<bytes.count { #expect(X509Certificate(Array(bytes[..<count])) == nil) }
            var generator = SeededGenerator(seed: 3)
            for _ in 0..<3000 {
                var mutated = bytes
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let position = Int.random(in: 0..<mutated.count, using: &generator)
                    mutated[position] = Bool.random(using: &generator) ? UInt8.random(in: .min ... .max, using: &generator) : 0x80
                }
                guard let certificate = X509Certificate(mutated) else { continue }
                #expect(certificate.names.count <= X509Certificate.nameLimit)
            }
        }
    }

    @Test("Object identifiers")
    func identifiers() {
        func text(_ bytes: [UInt8]) -> String { ObjectIdentifier(bytes.rawSpan).description }
        #expect(text([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B]) == "1.2.840.113549.1.1.11")
        #expect(text([0x55, 0x04, 0x03]) == "2.5.4.3")
        #expect(text([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11]) == "2.16.840.1.101.3.4.3.17")
        #expect(text([0x88, 0x37, 0x03]) == "2.999.3")
        #expect(text([0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, 0x19]) == "0.9.2342.19200300.100.1.25")
        #expect(text([UInt8](repeating: 0xFF, count: 16)) == "" && text([UInt8](repeating: 1, count: 17)) == "" && text([]) == "")
    }

    // MARK: Building

    static func element(_ tag: UInt8, _ contents: [UInt8]) -> [UInt8] {
        if contents.count < 0x80 { return [tag, UInt8(contents.count)] + contents }
        return [tag, 0x83] + TLSTests.u24(contents.count) + contents
    }

    /// The sizes of the header and of the contents of an element.
    static func sizes(_ bytes: [UInt8], at offset: Int) -> (Int, Int) {
        let first = Int(bytes[offset + 1])
        guard first >= 0x80 else { return (2, first) }
        return (2 + first - 0x80, bytes[(offset + 2)..<(offset + 2 + first - 0x80)].reduce(0) { $0 << 8 | Int($1) })
    }

    static func certificate(
        subject: [UInt8] = [0x31, 0x0A, 0x30, 0x08, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0C, 0x01, 0x78],
        validity: [UInt8] = Self.element(0x17, Array("230101000000Z".utf8)) + Self.element(0x17, Array("330101000000Z".utf8)),
        key: [UInt8] = []
    ) -> [UInt8] {
        let algorithm = Self.element(0x30, [0x06, 0x03, 0x2B, 0x65, 0x70])
        let fields =
            Self.element(0x02, [1]) + algorithm + Self.element(0x30, []) + Self.element(0x30, validity) + Self.element(0x30, subject)
            + Self.element(0x30, key)
        return Self.element(0x30, Self.element(0x30, fields) + algorithm + Self.element(0x03, [0]))
    }
}

extension X509Certificate {
    fileprivate init?(_ bytes: [UInt8]) { self.init(bytes.rawSpan) }
}
