/// A moment of the capture's clock, in nanoseconds since 1970-01-01 UTC.
///
/// Nothing in the analysis asks the machine's clock: timeouts and windows all come from here, so that the same capture
/// gives the same answer at any speed.
public struct Timestamp: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    /// Seconds and a fraction, saturating at the ends of the range (about the years 1677 and 2262).
    @inlinable public init(seconds: Int64, nanoseconds: Int64 = 0) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow2) = product.addingReportingOverflow(nanoseconds)
        self.nanoseconds = overflow || overflow2 ? (seconds < 0 ? .min : .max) : sum
    }

    public static let distantPast = Timestamp(nanoseconds: .min)
    public static let distantFuture = Timestamp(nanoseconds: .max)

    /// Whole seconds, towards minus infinity.
    @inlinable public var seconds: Int64 {
        let quotient = self.nanoseconds / 1_000_000_000
        return self.nanoseconds % 1_000_000_000 < 0 ? quotient &- 1 : quotient
    }

    /// Nanoseconds from `earlier` to here, saturating.
    @inlinable public func since(_ earlier: Timestamp) -> Int64 {
        let (difference, overflow) = self.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return overflow ? (self.nanoseconds < earlier.nanoseconds ? .min : .max) : difference
    }

    @inlinable public static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC, to the microsecond: `2026-01-31T08:15:00.000001Z`.
    public var description: String {
        let fraction = (self.nanoseconds &- self.seconds &* 1_000_000_000) / 1000
        let text = String(fraction)
        return self.wholeSeconds + "." + String(repeating: "0", count: Swift.max(0, 6 &- text.utf8.count)) + text + "Z"
    }

    /// `2026-01-31T08:15:00`, in UTC.
    public var wholeSeconds: String {
        func padded(_ number: Int64, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: Swift.max(0, width &- text.utf8.count)) + text
        }
        let (year, month, day) = self.date
        let second = self.seconds &- self.days &* 86400
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + "T" + padded(second / 3600, 2) + ":"
            + padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2)
    }

    private var days: Int64 {
        let seconds = self.seconds
        let quotient = seconds / 86400
        return seconds % 86400 < 0 ? quotient &- 1 : quotient
    }

    /// The Gregorian date in UTC, by counting eras of 400 years from 0000-03-01.
    public var date: (year: Int64, month: Int64, day: Int64) {
        let shifted = self.days &+ 719_468
        let era = (shifted >= 0 ? shifted : shifted &- 146_096) / 146_097
        let dayOfEra = shifted &- era &* 146_097
        let yearOfEra = (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36524 &- dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
        let monthFromMarch = (5 &* dayOfYear &+ 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch &+ 3 : monthFromMarch &- 9
        return (yearOfEra &+ era &* 400 &+ (month <= 2 ? 1 : 0), month, dayOfYear &- (153 &* monthFromMarch &+ 2) / 5 &+ 1)
    }

    /// Midnight UTC of a Gregorian date plus a time of day; the inverse of ``date``. `nil` where a part is out of its range.
    public init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        guard (1...9999).contains(year), (1...12).contains(month), (1...Self.days(of: month, in: year)).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        let shiftedYear = month <= 2 ? year &- 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear &- era &* 400
        let dayOfYear = (153 &* (month > 2 ? month &- 3 : month &+ 9) &+ 2) / 5 &+ day &- 1
        let dayOfEra = yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear
        let days = era &* 146_097 &+ dayOfEra &- 719_468
        self.init(seconds: Int64(days &* 86400 &+ hour &* 3600 &+ minute &* 60 &+ second))
    }

    /// Reads what ``description`` writes: RFC 3339 in UTC, with any number of digits of a fraction; `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasSuffix("Z") else { return nil }
        let date = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { Self.number($0) }
        let clock = parts[1].dropLast().split(separator: ".", omittingEmptySubsequences: false)
        let time = (clock.first ?? "").split(separator: ":", omittingEmptySubsequences: false).map { Self.number($0) }
        guard date.count == 3, time.count == 3, clock.count <= 2, let year = date[0], let month = date[1], let day = date[2], let hour = time[0],
            let minute = time[1], let second = time[2], let moment = Timestamp(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        else { return nil }
        self = moment
        guard clock.count == 2 else { return }
        guard (1...9).contains(clock[1].utf8.count), let fraction = Self.number(clock[1]) else { return nil }
        var scaled = fraction
        for _ in clock[1].utf8.count..<9 { scaled &*= 10 }
        self = Timestamp(seconds: moment.seconds, nanoseconds: Int64(clamping: scaled))
    }

    /// Digits alone, at most nine.
    private static func number(_ text: some StringProtocol) -> Int? {
        text.utf8.count <= 9 && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }

    private static func days(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
