import Foundation
public import Reports

extension PseudonymKey {
    /// The key in a file of the user's: at least 16 octets, of whatever kind.
    public init(file: String) throws(KeyProblem) {
        let octets: Data
        do throws(KeyProblem) { octets = try KeyFile.content(of: file) } catch { throw error == .notAKey ? .tooShort : error }
        guard let key = PseudonymKey(octets) else { throw .tooShort }
        self = key
    }
}
