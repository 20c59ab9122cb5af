import Dispatch
import Synchronization

/// Two answers that do not need each other, found at the same time.
///
/// - Parameters:
///   - first: the longer of the two.
///   - second: is done meanwhile, on a machine with more than one processor.
package func concurrently<First: Sendable, Second: Sendable>(
    _ first: @Sendable () -> First, _ second: @Sendable () -> Second
) -> (First, Second) {
    let one = Mutex<First?>(nil)
    let other = Mutex<Second?>(nil)
    DispatchQueue.concurrentPerform(iterations: 2) { number in
        if number == 0 {
            let answer = first()
            one.withLock { $0 = answer }
        } else {
            let answer = second()
            other.withLock { $0 = answer }
        }
    }
    return (one.withLock { $0 } ?? first(), other.withLock { $0 } ?? second())
}
