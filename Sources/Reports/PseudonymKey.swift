import Crypto
import Foundation
import Wire

/// The secret by which names become pseudonyms: under the same key a name has the same pseudonym in every export, under another key another
/// one, and without the key nobody can tell whether a pseudonym is that of a name (HMAC-SHA256, RFC 2104).
public struct PseudonymKey: Sendable {
    private let key: SymmetricKey

    /// The fewest octets of a key.
    public static let minimum = 16

    /// - Parameter octets: at least ``minimum``; white space at both ends, such as the end of a line, does not count.
    public init?(_ octets: some Collection<UInt8>) {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 >= 0x09 && $0 <= 0x0D }
        let own = Array(octets.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
        guard own.count >= Self.minimum else { return nil }
        self.key = SymmetricKey(data: own)
    }

    /// `alias-` and 48 bits as hexadecimal digits: among 100,000 names two share one with a probability of 1 in 50,000.
    public func pseudonym(of name: String) -> String { "alias-" + self.digits(of: "name\u{0}" + name, count: 6) }

    /// Which key it was, without saying anything of it: exports can be compared where this is the same.
    public var mark: String { self.digits(of: "key\u{0}", count: 4) }

    private func digits(of text: String, count: Int) -> String {
        var code = HMAC<SHA256>(key: self.key)
        code.update(data: Array("laennec pseudonym\u{0}".utf8))
        code.update(data: Array(text.utf8))
        return hexadecimal(Array(code.finalize()).prefix(count))
    }
}
