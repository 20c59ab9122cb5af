public import Rules
public import Wire

/// A day of the calendar, as people write a due date: `2026-12-31`. What it means as a moment is for a time zone to say.
public struct Day: Hashable, Comparable, Sendable {
    public let year: Int
    public let month: Int
    public let day: Int

    /// Parses `2026-12-31`, and, where the day is known to come first, what a French spreadsheet makes of it: `31/12/2026`.
    public init?(_ text: some StringProtocol, isDayFirst: Bool = false) {
        let isISO = text.utf8.contains(UInt8(ascii: "-"))
        guard isISO || isDayFirst else { return nil }
        let parts = text.split(separator: isISO ? "-" : "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 4 && $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }) else { return nil }
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == 3 else { return nil }
        let (year, month, day) = isISO ? (numbers[0], numbers[1], numbers[2]) : (numbers[2], numbers[1], numbers[0])
        guard year >= 1970, Timestamp(year: year, month: month, day: day) != nil else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The midnight, by the clock of that time zone, at which the day is over.
    public func end(in zone: SiteTimeZone) -> Timestamp {
        guard let begin = Timestamp(year: self.year, month: self.month, day: self.day) else { return .distantPast }
        return zone.utc(Timestamp(seconds: begin.seconds &+ 86400))
    }

    public static func < (left: Day, right: Day) -> Bool { (left.year, left.month, left.day) < (right.year, right.month, right.day) }
}

extension Day: CustomStringConvertible {
    /// `2026-12-31`
    public var description: String {
        func padded(_ number: Int, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width &- text.utf8.count)) + text
        }
        return "\(padded(self.year, 4))-\(padded(self.month, 2))-\(padded(self.day, 2))"
    }
}
