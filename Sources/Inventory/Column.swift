/// Numbers of one kind, one for each row, which a file holds as one text: `"1 5 5 9"`. Hundreds of thousands of them are read from that in
/// a fraction of the time that as many JSON numbers take.
public struct Column<Number: FixedWidthInteger & Sendable>: Codable, Equatable, Sendable {
    public var numbers: [Number] = []

    public init() {}

    public var count: Int { self.numbers.count }
    public subscript(row: Int) -> Number {
        get { self.numbers[row] }
        set { self.numbers[row] = newValue }
    }
    public mutating func append(_ number: Number) { self.numbers.append(number) }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        let numbers = Self.numbers(text)
        guard let numbers else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a column of numbers"))
        }
        self.numbers = numbers
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.numbers.map { String($0) }.joined(separator: " "))
    }

    /// Numbers in decimal digits, a space between two; `nil` for anything else, and for a number that the type does not hold.
    ///
    /// Decoding reaches it through a protocol, so it would run unspecialised: several times as long.
    @_specialize(where Number == Int)
    @_specialize(where Number == Int64)
    @_specialize(where Number == UInt64)
    private static func numbers(_ text: String) -> [Number]? {
        guard !text.isEmpty else { return [] }
        var numbers: [Number] = []
        var value: Number = 0
        var (hasDigit, isNegative) = (false, false)
        for octet in text.utf8 {
            switch octet {
            case 0x30...0x39:
                let digit = Number(octet &- 0x30)
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                // The least number has no positive counterpart: digits of a negative number are taken away.
                let (sum, overflow2) = isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
                guard !overflow, !overflow2 else { return nil }
                (value, hasDigit) = (sum, true)
            case 0x2D:
                guard Number.isSigned, !hasDigit, !isNegative else { return nil }
                isNegative = true
            case 0x20:
                guard hasDigit else { return nil }
                numbers.append(value)
                (value, hasDigit, isNegative) = (0, false, false)
            default: return nil
            }
        }
        guard hasDigit else { return nil }
        numbers.append(value)
        return numbers
    }
}
