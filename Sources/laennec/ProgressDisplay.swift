import Capture
import Foundation
import Rules

/// A line on standard error that says how far the reading has come; only on a terminal.
final class ProgressDisplay {
    private let timer: any DispatchSourceTimer
    private static let queue = DispatchQueue(label: "progress")

    /// Bytes, frames, rate and the time left.
    convenience init?(of progress: CaptureProgress, _ language: Language) {
        let start = Date()
        self.init {
            let seconds = max(Date().timeIntervalSince(start), 0.001)
            let rate = Double(progress.bytesRead) / seconds
            var line = language == .french
                ? "\(Self.amount(progress.bytesRead)) lus, \(progress.frames) trames, \(Self.amount(UInt64(rate)))/s"
                : "\(Self.amount(progress.bytesRead)) read, \(progress.frames) frames, \(Self.amount(UInt64(rate)))/s"
            if let total = progress.totalBytes, total > 0, rate > 0 {
                let left = Double(total - min(total, progress.bytesRead)) / rate
                line += language == .french
                    ? ", \(min(100, progress.bytesRead * 100 / total)) %, reste \(Int(left)) s"
                    : ", \(min(100, progress.bytesRead * 100 / total)) %, \(Int(left)) s left"
            }
            return line
        }
    }

    /// Frames received and lost so far.
    convenience init?(listeningOn source: LiveSource, _ language: Language) {
        let start = Date()
        let name = source.interface
        self.init {
            let seconds = Int(Date().timeIntervalSince(start))
            return language == .french
                ? "à l’écoute de \(name) depuis \(seconds) s (Ctrl-C pour terminer)" : "listening on \(name) for \(seconds) s (Ctrl-C to finish)"
        }
    }

    private init?(_ line: @escaping @Sendable () -> String) {
        guard Terminal.isErrorTerminal else { return nil }
        self.timer = DispatchSource.makeTimerSource(queue: Self.queue)
        self.timer.schedule(deadline: .now() + 0.5, repeating: 0.25)
        self.timer.setEventHandler { FileHandle.standardError.write(Data(("\r\u{1B}[K" + line()).utf8)) }
        self.timer.resume()
    }

    func stop() {
        self.timer.cancel()
        Self.queue.sync { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }

    private static func amount(_ bytes: UInt64) -> String {
        switch bytes {
        case 0..<1_000_000: "\(bytes / 1000) kB"
        case ..<1_000_000_000: "\(bytes / 1_000_000) MB"
        default: "\(bytes / 1_000_000_000).\(bytes / 100_000_000 % 10) GB"
        }
    }
}
