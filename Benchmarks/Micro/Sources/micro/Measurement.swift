#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Nanoseconds of processor time of one operation: the median and the least of many batches.
struct Measurement {
    let median: Double
    let least: Double

    private static let batches = 21
    /// How long a batch runs at least, in nanoseconds: long enough for the clock, short enough to fit between two interruptions.
    private static let shortest: UInt64 = 20_000_000

    /// - Parameter operation: runs the given number of times in a row; what it returns keeps the work from being optimised away.
    init(_ operation: (Int) -> UInt64) {
        var count = 1
        var sink = operation(1)
        while true {
            let start = Self.now()
            sink &+= operation(count)
            let spent = Self.now() - start
            if spent >= Self.shortest { break }
            count *= spent < Self.shortest / 20 ? 10 : 2
        }
        var times: [Double] = []
        for _ in 0..<Self.batches {
            let start = Self.now()
            sink &+= operation(count)
            times.append(Double(Self.now() - start) / Double(count))
        }
        Self.keep(sink)
        times.sort()
        self.median = times[times.count / 2]
        self.least = times[0]
    }

    @inline(never)
    private static func keep(_ value: UInt64) {}

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
