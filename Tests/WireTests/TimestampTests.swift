import Testing
import Wire

@Suite struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"), (999, "1970-01-01T00:00:00.000000Z"),
        (1000, "1970-01-01T00:00:00.000001Z"), (-1_000_000_000, "1969-12-31T23:59:59.000000Z"),
        (-1_000_000_001, "1969-12-31T23:59:58.999999Z"), (1_700_000_000_123_456_789, "2023-11-14T22:13:20.123456Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00.000000Z"), (951_868_799_999_999_999, "2000-02-29T23:59:59.999999Z"),
        (951_868_800_000_000_000, "2000-03-01T00:00:00.000000Z"), (4_107_456_000_000_000_000, "2100-02-28T00:00:00.000000Z"),
        (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000Z"), (-2_203_891_200_000_000_000, "1900-03-01T00:00:00.000000Z"),
        (.max, "2262-04-11T23:47:16.854775Z"), (.min, "1677-09-21T00:12:43.145224Z"),
    ])
    func description(nanoseconds: Int64, text: String) {
        let time = Timestamp(nanoseconds: nanoseconds)
        #expect(time.description == text)
        #expect(time.wholeSeconds == text.prefix(19))
    }

    @Test func saturates() {
        #expect(Timestamp(seconds: .max) == .distantFuture)
        #expect(Timestamp(seconds: .min) == .distantPast)
        #expect(Timestamp(seconds: 9_223_372_036, nanoseconds: 854_775_807) == .distantFuture)
        #expect(Timestamp(seconds: 9_223_372_036, nanoseconds: 854_775_808) == .distantFuture)
        #expect(Timestamp(seconds: -9_223_372_036, nanoseconds: -854_775_809) == .distantPast)
        #expect(Timestamp(seconds: -1, nanoseconds: 1).nanoseconds == -999_999_999)
        #expect(Timestamp.distantFuture.since(.distantPast) == .max)
        #expect(Timestamp.distantPast.since(.distantFuture) == .min)
        #expect(Timestamp(nanoseconds: 5).since(Timestamp(nanoseconds: 8)) == -3)
        #expect(Timestamp(nanoseconds: 0).since(.distantPast) == .max)
    }

    @Test(arguments: [(Int64(0), Int64(0)), (-1, -1), (-999_999_999, -1), (-1_000_000_000, -1), (-1_000_000_001, -2), (1_999_999_999, 1)])
    func secondsGoTowardsMinusInfinity(nanoseconds: Int64, seconds: Int64) {
        #expect(Timestamp(nanoseconds: nanoseconds).seconds == seconds)
    }

    /// Every day of the range there and back, and the calendar never jumps.
    @Test func everyDay() throws {
        var previous = (year: Int64(1677), month: Int64(9), day: Int64(21))
        for number in Int64(-106_751)...106_751 {
            let time = Timestamp(seconds: number * 86400)
            let date = time.date
            let isNext =
                date.year == previous.year && date.month == previous.month && date.day == previous.day + 1
                || date.year == previous.year && date.month == previous.month + 1 && date.day == 1 && previous.day >= 28
                || date.year == previous.year + 1 && date.month == 1 && date.day == 1 && previous.month == 12 && previous.day == 31
            guard isNext, Timestamp(year: Int(date.year), month: Int(date.month), day: Int(date.day)) == time else {
                Issue.record("\(previous) then \(date)")
                return
            }
            previous = date
        }
        #expect(previous == (2262, 4, 11))
    }

    @Test(arguments: [
        (2024, 2, 29, true), (2023, 2, 29, false), (1900, 2, 29, false), (2000, 2, 29, true), (2100, 2, 29, false), (2023, 4, 31, false),
        (2023, 4, 30, true), (2023, 12, 31, true), (2023, 12, 32, false), (2023, 13, 1, false), (2023, 0, 1, false), (2023, 1, 0, false),
        (0, 1, 1, false), (1, 1, 1, true), (9999, 12, 31, true), (10000, 1, 1, false), (.max, 1, 1, false), (.min, .min, .min, false),
        (2023, 2, 30, false), (2023, 6, 31, false), (2023, 9, 31, false), (2023, 11, 31, false),
    ])
    func dates(year: Int, month: Int, day: Int, isDate: Bool) {
        #expect((Timestamp(year: year, month: month, day: day) != nil) == isDate)
    }

    @Test func timesOfDay() throws {
        let time = try #require(Timestamp(year: 2026, month: 1, day: 31, hour: 8, minute: 15, second: 59))
        #expect(time.description == "2026-01-31T08:15:59.000000Z")
        // A leap second is the next minute's first.
        #expect(try #require(Timestamp(year: 2016, month: 12, day: 31, hour: 23, minute: 59, second: 60)).wholeSeconds == "2017-01-01T00:00:00")
        #expect(Timestamp(year: 2026, month: 1, day: 1, hour: 24) == nil)
        #expect(Timestamp(year: 2026, month: 1, day: 1, minute: 60) == nil)
        #expect(Timestamp(year: 2026, month: 1, day: 1, second: 61) == nil)
        #expect(Timestamp(year: 2026, month: 1, day: 1, hour: -1) == nil)
        // Dates that X.509 can write and nanoseconds cannot.
        #expect(Timestamp(year: 9999, month: 12, day: 31) == .distantFuture)
        #expect(Timestamp(year: 1, month: 1, day: 1) == .distantPast)
    }
}
