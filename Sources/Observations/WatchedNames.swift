import Wire

/// Names of hosts that are noted when somebody asks for them: those of the tools of remote access. Every other name that is looked
/// up says what people do, and is not kept.
public struct WatchedNames: Sendable {
    /// Names in small letters.
    private let names: Set<String>
    /// Of the last two labels of each: what is asked of every name on the wire before any text is made of it.
    private let endings: Set<UInt64>

    public static let none = WatchedNames([])

    /// - Parameter names: domain names; with `*.` before it, the names below it.
    public init(_ names: [String]) {
        self.names = Set(names.map { $0.hasPrefix("*.") ? String($0.dropFirst(2)) : $0 })
        self.endings = Set(
            self.names.map { name in
                var hash = Self.basis
                for label in name.split(separator: ".").suffix(2) {
                    for byte in label.utf8 { hash = Self.added(byte, to: hash) }
                    hash = Self.added(0x2E, to: hash)
                }
                return hash
            })
    }

    public var isEmpty: Bool { self.names.isEmpty }

    /// Whether a name may be one of them, by its last two labels.
    /// - Parameter labels: the bytes of the last label but one and of the last, any letter case.
    public func mayContain(_ labels: (RawSpan, RawSpan)) -> Bool {
        self.endings.contains(Self.added(labels.1, to: Self.added(labels.0, to: Self.basis)))
    }

    /// Whether a name in small letters is one of them or below one.
    public func contains(_ name: String) -> Bool {
        var rest = name[...]
        while !rest.isEmpty {
            if self.names.contains(String(rest)) { return true }
            guard let point = rest.firstIndex(of: ".") else { return false }
            rest = rest[rest.index(after: point)...]
        }
        return false
    }

    // FNV-1a, 64 bits: only a filter, whose answers are checked.
    private static let basis: UInt64 = 0xCBF2_9CE4_8422_2325
    private static func added(_ byte: UInt8, to hash: UInt64) -> UInt64 {
        (hash ^ UInt64(byte &- 0x41 < 26 ? byte | 0x20 : byte)) &* 0x0000_0100_0000_01B3
    }
    private static func added(_ label: RawSpan, to hash: UInt64) -> UInt64 {
        var hash = hash
        var index = 0
        while let byte = label.u8(at: index) {
            hash = Self.added(byte, to: hash)
            index &+= 1
        }
        return Self.added(0x2E, to: hash)
    }
}
