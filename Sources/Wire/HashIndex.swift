/// Finds places in an array by hash: open addressing over 8-byte slots, for tables on the path of every flow, where the
/// standard dictionary's hashing costs more than the work.
///
/// The owner keeps the elements; this keeps, per element, half of its hash and its place. Elements are never removed.
public struct HashIndex: Sendable {
    /// Upper half: of the hash, which also says where the slot belongs. Lower half: place plus one; 0 is free.
    @usableFromInline var slots: [UInt64]
    public private(set) var count = 0

    public init() { self.slots = [UInt64](repeating: 0, count: 64) }

    /// The place of the element with this hash for which `matches` is true.
    @inlinable
    public func find(_ hash: UInt64, where matches: (Int) -> Bool) -> Int? {
        let mask = self.slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash &>> 32) & mask
        while true {
            let entry = self.slots[slot]
            if entry == 0 { return nil }
            if (entry ^ hash) &>> 32 == 0 {
                let place = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) &- 1
                if matches(place) { return place }
            }
            slot = (slot &+ 1) & mask
        }
    }

    /// Notes where an element is that was not found.
    public mutating func insert(_ hash: UInt64, at place: Int) {
        if (self.count &+ 1) &* 4 > self.slots.count &* 3 { self.grow() }
        self.count &+= 1
        self.place(hash & 0xFFFF_FFFF_0000_0000 | UInt64(UInt32(truncatingIfNeeded: place &+ 1)))
    }

    private mutating func place(_ entry: UInt64) {
        let mask = self.slots.count &- 1
        var slot = Int(truncatingIfNeeded: entry &>> 32) & mask
        while self.slots[slot] != 0 { slot = (slot &+ 1) & mask }
        self.slots[slot] = entry
    }

    private mutating func grow() {
        let old = self.slots
        self.slots = [UInt64](repeating: 0, count: old.count &* 2)
        for entry in old where entry != 0 { self.place(entry) }
    }
}

/// One round of a multiply-and-fold mix: both halves of the 128-bit product decide every bit.
@inlinable public func mixed(_ value: UInt64) -> UInt64 {
    let product = (value ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: 0xBF58_476D_1CE4_E5B9)
    return product.high ^ product.low
}
