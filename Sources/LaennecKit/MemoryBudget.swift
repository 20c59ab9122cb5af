import Flows

/// How much memory a scan may use, and how that divides into the limits of its parts.
public struct MemoryBudget: Hashable, Sendable {
    /// Bytes for everything that grows with the traffic.
    public let bytes: Int

    public static let standard = MemoryBudget(bytes: 512 << 20)
    /// Less than this holds too few flows to be of use.
    public static let minimum = 16 << 20

    public init(bytes: Int) { self.bytes = max(bytes, Self.minimum) }

    // Shares in percent; the rest is for buffers, results and what allocators waste.
    var flows: Int { self.bytes / 100 &* 35 / FlowTable.bytesPerFlow }
    var conversations: Int { self.bytes / 100 &* 35 / 300 }
    var observations: Int { self.bytes / 100 &* 10 / 192 }
    var heldBytes: Int { self.bytes / 100 &* 10 }
}
