/// The application protocols of one conversation, in the order in which they were proved: at most four, without a heap
/// allocation, as there is one list per flow.
public struct ProtocolList: Hashable, Sendable, RandomAccessCollection {
    /// A byte per protocol, ordinal plus one, the first lowest.
    public private(set) var rawValue: UInt32

    public static let limit = 4

    @inlinable public init() { self.init(rawValue: 0) }
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public var startIndex: Int { 0 }
    public var endIndex: Int { (39 &- Swift.max(self.rawValue.leadingZeroBitCount, 0)) / 8 }
    public subscript(position: Int) -> ApplicationProtocol {
        let ordinal = Int(truncatingIfNeeded: self.rawValue &>> UInt32(position &* 8) & 0xFF) &- 1
        return Self.all[Swift.min(Swift.max(ordinal, 0), Self.all.count &- 1)]
    }
    private static let all = ApplicationProtocol.allCases

    /// Adds a protocol, unless it is there already or the list is full.
    public mutating func add(_ proved: ApplicationProtocol) {
        guard self.count < Self.limit, !self.contains(proved) else { return }
        self.rawValue |= UInt32(truncatingIfNeeded: proved.ordinal &+ 1) &<< UInt32(self.count &* 8)
    }
}
