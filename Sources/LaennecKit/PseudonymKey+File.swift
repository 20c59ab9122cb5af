import Foundation
public import Reports

extension PseudonymKey {
    /// The key in a file of the user's: at least 16 octets, of whatever kind.
    public init(file: String) throws(KeyProblem) {
        guard let key = PseudonymKey(try KeyFile.content(of: file)) else { throw .tooShort }
        self = key
    }
}
