import Foundation
public import Wire

/// When something is allowed: certain hours of certain days of the week, or one span between two moments.
public enum TimeWindow: Hashable, Sendable {
    /// Days of the week, 0 Monday to 6 Sunday, from and until minutes of the day (until ≤ from: past midnight, into the next day).
    case weekly(days: Set<Int>, from: Int, until: Int)
    /// From a moment until another.
    case span(Timestamp, Timestamp)

    /// Whether all of a session lies inside, by the site's own clock.
    func holds(_ first: Timestamp, _ last: Timestamp, in zone: SiteTimeZone) -> Bool {
        switch self {
        case .span(let from, let until): return from <= first && last <= until
        case .weekly(let days, let from, let until):
            let begin = zone.moment(first)
            let length = last.since(first) / 60_000_000_000
            let isOvernight = until <= from
            let span = Int64(isOvernight ? until &+ 1440 &- from : until &- from)
            // The window may have opened today, or yesterday if it goes past midnight.
            for back in isOvernight ? [0, 1] : [0] {
                guard days.contains((begin.weekday &+ 7 &- back) % 7) else { continue }
                let since = Int64(begin.minute &+ back &* 1440 &- from)
                if since >= 0, since &+ length <= span { return true }
            }
            return false
        }
    }
}

/// The clock on the wall of the establishment.
public struct SiteTimeZone: Hashable, Sendable {
    /// A name of the time zone database: `Europe/Paris`, `Indian/Reunion`.
    public let name: String
    private let zone: TimeZone

    public static let standard = SiteTimeZone("Europe/Paris") ?? SiteTimeZone(utc: ())

    public init?(_ name: String) {
        guard let zone = TimeZone(identifier: name) else { return nil }
        self.name = name
        self.zone = zone
    }
    private init(utc: Void) {
        self.name = "UTC"
        self.zone = .gmt
    }

    /// Day of the week (0 Monday to 6 Sunday), minute of the day, and the day itself as days since 1970-01-01.
    public func moment(_ time: Timestamp) -> (weekday: Int, minute: Int, day: Int64) {
        let local = time.seconds &+ self.offset(at: time.seconds)
        let day = local / 86400 &- (local % 86400 < 0 ? 1 : 0)
        // 1970-01-01 was a Thursday.
        let weekday = ((day &+ 3) % 7 &+ 7) % 7
        return (Int(weekday), Int((local &- day &* 86400) / 60), day)
    }

    /// `2026-01-31 08:15:00` on the establishment's clock.
    public func local(_ time: Timestamp) -> String {
        Timestamp(seconds: time.seconds &+ self.offset(at: time.seconds)).wholeSeconds.replacing("T", with: " ")
    }

    /// Seconds to add to UTC.
    public func offset(at seconds: Int64) -> Int64 {
        Int64(self.zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))))
    }

    /// Local time as UTC.
    public func utc(_ local: Timestamp) -> Timestamp {
        // Twice, as the offset is that of the moment itself: right but for the hour that a change of clocks repeats.
        let guess = local.seconds &- self.offset(at: local.seconds)
        return Timestamp(seconds: local.seconds &- self.offset(at: guess))
    }
}
