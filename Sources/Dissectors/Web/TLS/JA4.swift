import Crypto
import Wire

/// JA4, the fingerprint of a TLS client (FoxIO, BSD 3-clause; "JA4: TLS Client Fingerprinting" in the technical details of
/// FoxIO-LLC/ja4). Only JA4 itself: the other fingerprints of the family are under another licence.
enum JA4 {
    /// `t13d1516h2_8daaf6152771_e5627efa2ab1`.
    static func fingerprint(_ hello: ClientHello) -> String {
        let suites = hello.suites.filter { !isGREASE($0) }
        let extensions = hello.extensions.filter { !isGREASE($0) }
        var text: [UInt8] = []
        text.reserveCapacity(36)
        text.append(UInt8(ascii: "t"))
        text += Self.version(hello).utf8
        text.append(extensions.contains(0) ? UInt8(ascii: "d") : UInt8(ascii: "i"))
        text += Self.count(suites.count)
        text += Self.count(extensions.count)
        text += Self.ends(hello.firstProtocol ?? [])
        text.append(UInt8(ascii: "_"))
        text += Self.hash(Self.list(suites.sorted()))
        text.append(UInt8(ascii: "_"))
        // server_name and application_layer_protocol_negotiation stand in the first part already.
        var list = Self.list(extensions.filter { $0 != 0 && $0 != 16 }.sorted())
        let algorithms = hello.signatureAlgorithms.filter { !isGREASE($0) }
        if !list.isEmpty, !algorithms.isEmpty {
            list.append(UInt8(ascii: "_"))
            list += Self.list(algorithms)
        }
        text += Self.hash(list)
        return String(decoding: text, as: UTF8.self)
    }

    private static func version(_ hello: ClientHello) -> String {
        switch hello.versions.filter({ !isGREASE($0) }).max() ?? hello.legacyVersion {
        case 0x0304: "13"
        case 0x0303: "12"
        case 0x0302: "11"
        case 0x0301: "10"
        case 0x0300: "s3"
        case 0x0002: "s2"
        default: "00"
        }
    }

    /// Two digits, at most 99.
    private static func count(_ count: Int) -> [UInt8] {
        let count = UInt8(truncatingIfNeeded: min(count, 99))
        return [0x30 &+ count / 10, 0x30 &+ count % 10]
    }

    /// The first and the last character of the first protocol, of its hexadecimal digits where one of them is not alphanumeric.
    private static func ends(_ name: [UInt8]) -> [UInt8] {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: false
            }
        }
        guard let first = name.first, let last = name.last else { return [0x30, 0x30] }
        return isAlphanumeric(first) && isAlphanumeric(last) ? [first, last] : [hexDigit(first &>> 4), hexDigit(last)]
    }

    /// Four hexadecimal digits each, joined by commas.
    private static func list(_ numbers: [UInt16]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(numbers.count &* 5)
        for number in numbers {
            if !text.isEmpty { text.append(UInt8(ascii: ",")) }
            for shift in [12, 8, 4, 0] as [UInt16] { text.append(hexDigit(UInt8(truncatingIfNeeded: number &>> shift))) }
        }
        return text
    }

    /// The first twelve digits of the SHA-256; zeros for an empty list.
    private static func hash(_ text: [UInt8]) -> [UInt8] {
        text.isEmpty ? [UInt8](repeating: 0x30, count: 12) : [UInt8](hexadecimal(SHA256.hash(data: text).prefix(6)).utf8)
    }
}
