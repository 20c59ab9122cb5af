import Crypto
import Wire

/// JA3 and JA3S (Salesforce, 2017, BSD 3-clause): MD5 over the numbers of a hello in decimal, in the order of the message.
enum JA3 {
    /// `SSLVersion,Cipher,SSLExtension,EllipticCurve,EllipticCurvePointFormat` without GREASE values.
    static func fingerprint(_ hello: ClientHello) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(8 &* (hello.suites.count &+ hello.extensions.count &+ hello.groups.count &+ 4))
        append(hello.legacyVersion, to: &text)
        text.append(UInt8(ascii: ","))
        append(hello.suites, to: &text)
        text.append(UInt8(ascii: ","))
        append(hello.extensions, to: &text)
        text.append(UInt8(ascii: ","))
        append(hello.groups, to: &text)
        text.append(UInt8(ascii: ","))
        append(hello.pointFormats.map { UInt16($0) }, to: &text)
        return hexadecimal(Insecure.MD5.hash(data: text))
    }

    /// `SSLVersion,Cipher,SSLExtension`.
    static func fingerprint(_ hello: ServerHello) -> String {
        var text: [UInt8] = []
        append(hello.legacyVersion, to: &text)
        text.append(UInt8(ascii: ","))
        append(hello.suite, to: &text)
        text.append(UInt8(ascii: ","))
        append(hello.extensions, to: &text)
        return hexadecimal(Insecure.MD5.hash(data: text))
    }

    private static func append(_ numbers: [UInt16], to text: inout [UInt8]) {
        var isFirst = true
        for number in numbers where !isGREASE(number) {
            if !isFirst { text.append(UInt8(ascii: "-")) }
            isFirst = false
            Self.append(number, to: &text)
        }
    }

    private static func append(_ number: UInt16, to text: inout [UInt8]) {
        var divisor: UInt16 = 10000
        while divisor > 1, number < divisor { divisor /= 10 }
        while divisor > 0 {
            text.append(0x30 &+ UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }
}
