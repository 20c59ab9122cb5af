import Capture
import Foundation

/// Ctrl-C, a terminate signal or the end of the time asked for: reading stops, and what was read is reported.
enum Interruption {
    /// Raises the flag at the first SIGINT or SIGTERM; a second one ends the program at once.
    static func raise(_ flag: StopFlag) {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            // The handler holds its source, so that both live as long as the program.
            source.setEventHandler {
                _ = source
                flag.stop()
                signal(number, SIG_DFL)
            }
            source.resume()
        }
        // A reader of our output that went away shows as an error of the write.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Raises the flag after some seconds.
    static func raise(_ flag: StopFlag, after seconds: Double) {
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { flag.stop() }
    }
}
