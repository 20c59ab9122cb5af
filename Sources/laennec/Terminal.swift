import ArgumentParser
import Foundation
import LaennecKit
import Observations
import Reports
import Rules

/// What the commands share: the language, colours, messages and exit codes.
enum Terminal {
    static var version: String { Report.toolVersion }

    /// Exit codes, after sysexits(3).
    enum Exit {
        /// Findings at or above the severity asked for.
        static let findings = ExitCode(1)
        /// A file or a signature is not what a manifest says.
        static let mismatch = ExitCode(1)
        /// A redacted copy or an extract does not show all that the original shows.
        static let notProved = ExitCode(2)
        static let usage = ExitCode(64)
        static let badData = ExitCode(65)
        static let noInput = ExitCode(66)
        static let unavailable = ExitCode(69)
        static let cannotWrite = ExitCode(73)
        /// Another program is writing to the inventory.
        static let busy = ExitCode(75)
        static let noPermission = ExitCode(77)
        static let badSignatures = ExitCode(78)
        static let badSite = ExitCode(78)
    }

    /// The language of the locale: French where it says French, else English.
    static var localLanguage: Language {
        let environment = ProcessInfo.processInfo.environment
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        return locale.hasPrefix("fr") ? .french : .english
    }

    static var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Colours on a terminal, unless `NO_COLOR` (no-color.org) is set or the terminal is dumb.
    static var hasColour: Bool {
        let environment = ProcessInfo.processInfo.environment
        return self.isOutputTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// Columns of the terminal; 120 where there is none.
    static var width: Int {
        var size = winsize()
        // The kernel fills the structure, which lives during the call.
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 120
        }
        return Int(size.ws_col)
    }

    /// Writes a line to standard error.
    /// Paths and names in it are made printable: a file may be called anything.
    static func complain(_ text: String) {
        FileHandle.standardError.write(Data((PrintableText.make(text, limit: 4096) + "\n").utf8))
    }

    /// Writes to standard output. A reader that went away (`| head`) is no error.
    static func write(_ text: String) {
        do { try FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) } catch {}
    }

    /// Says what is wrong, and which exit code goes with it.
    static func failure(_ text: Rules.Text, _ language: Language, _ code: ExitCode) -> ExitCode {
        self.complain("laennec: " + text[language])
        return code
    }
}
