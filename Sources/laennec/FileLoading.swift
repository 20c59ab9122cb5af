import ArgumentParser
import Foundation
import LaennecKit
import Rules

/// Loads a file of the user's as it is, and says what is wrong with it.
enum FileLoading {
    /// - Parameter limit: the most octets that are of use.
    static func load(_ path: String, atMost limit: Int? = nil, _ language: Language) throws -> Data {
        do throws(UserFile.Problem) {
            return try UserFile.read(path, atMost: limit)
        } catch {
            throw self.failure(path, error.text, language, error == .unreadable ? Terminal.Exit.noPermission : Terminal.Exit.noInput)
        }
    }

    /// Says what is wrong with a file, which is called by its name alone.
    static func failure(_ path: String, _ text: Rules.Text, _ language: Language, _ code: ExitCode = Terminal.Exit.badData) -> ExitCode {
        let name = (path as NSString).lastPathComponent
        return Terminal.failure(Rules.Text(french: "\(name)\u{00A0}: \(text.french)", english: "\(name): \(text.english)"), language, code)
    }
}
