/// Numbers that look random and are the same on every machine and in every version of the standard library: SplitMix64
/// (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014), with integer arithmetic only.
public struct SeededGenerator: Sendable {
    private var state: UInt64

    public init(seed: UInt64) { self.state = seed }

    public mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// A number from 0 to `bound - 1`.
    public mutating func below(_ bound: Int) -> Int { Int(self.next().multipliedFullWidth(by: UInt64(bound)).high) }

    public mutating func number(_ range: ClosedRange<Int>) -> Int { range.lowerBound + self.below(range.count) }

    /// True in `count` of `total` cases.
    public mutating func chance(_ count: Int, in total: Int = 100) -> Bool { self.below(total) < count }

    public mutating func pick<Element>(_ elements: [Element]) -> Element { elements[self.below(elements.count)] }

    public mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 7)
        while bytes.count < count {
            var word = self.next()
            for _ in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// A text of `count` characters out of `alphabet`.
    public mutating func text(_ count: Int, of alphabet: String = "abcdefghijklmnopqrstuvwxyz0123456789") -> String {
        let letters = Array(alphabet.utf8)
        return String(decoding: (0..<count).map { _ in letters[self.below(letters.count)] }, as: UTF8.self)
    }
}
