public import ArgumentParser
public import Campaigns
public import Rules

// How values are written on the command line.

extension Language: ExpressibleByArgument {
    public init?(argument: String) {
        switch argument.lowercased() {
        case "fr", "french", "français": self = .french
        case "en", "english", "anglais": self = .english
        default: return nil
        }
    }
    public static var allValueStrings: [String] { ["fr", "en"] }
}

extension Severity: ExpressibleByArgument {}

extension Day: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument, isDayFirst: true) }
}

/// A time: `90`, `90s`, `10m`, `2h`.
struct Duration: ExpressibleByArgument {
    let seconds: Double

    init?(argument: String) {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        let unit = argument.last.flatMap { units[$0] }
        guard let number = Double(unit == nil ? argument : String(argument.dropLast())), number > 0, number.isFinite else { return nil }
        self.seconds = number * (unit ?? 1)
    }
}

/// An amount of memory: `512M`, `2G`, or bytes.
struct Size: ExpressibleByArgument {
    let bytes: Int

    init(bytes: Int) { self.bytes = bytes }

    init?(argument: String) {
        let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
        let unit = argument.uppercased().last.flatMap { units[$0] }
        guard let number = Int(unit == nil ? argument : String(argument.dropLast())), number > 0 else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !overflow else { return nil }
        self.bytes = bytes
    }

    var defaultValueDescription: String { "\(self.bytes >> 20)M" }
}
