/// Finds places in an array by hash: open addressing over 8-byte slots, for tables on the path of every flow, where the
/// standard dictionary's hashing costs more than the work.
///
/// The owner keeps the elements; this keeps, per element, a tag of its hash and its place. Elements are never removed. Where the
/// search begins (`home`) and what is compared (`tag`) are two hashes, so that an owner can put elements that are looked up
/// together next to each other in memory.
public struct HashIndex: Sendable {
    /// Upper half: the tag. Lower half: place plus one; 0 is free.
    @usableFromInline var slots: [UInt64]
    /// By place, for growing.
    private var homes: [UInt32] = []

    public init() { self.slots = [UInt64](repeating: 0, count: 64) }

    /// The place of the element with this tag for which `matches` is true.
    @inlinable
    public func find(home: UInt64, tag: UInt64, where matches: (Int) -> Bool) -> Int? {
        let mask = self.slots.count &- 1
        var slot = Int(truncatingIfNeeded: home) & mask
        while true {
            let entry = self.slots[slot]
            if entry == 0 { return nil }
            if (entry ^ tag) &>> 32 == 0 {
                let place = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) &- 1
                if matches(place) { return place }
            }
            slot = (slot &+ 1) & mask
        }
    }

    @inlinable
    public func find(_ hash: UInt64, where matches: (Int) -> Bool) -> Int? { self.find(home: hash, tag: hash, where: matches) }

    /// Notes where the next element is, which was not found: places are given in order, from 0.
    public mutating func insert(home: UInt64, tag: UInt64) {
        let place = self.homes.count
        self.homes.append(UInt32(truncatingIfNeeded: home))
        if self.homes.count &* 2 > self.slots.count { self.grow() }
        self.put(tag & 0xFFFF_FFFF_0000_0000 | UInt64(UInt32(truncatingIfNeeded: place &+ 1)))
    }

    public mutating func insert(_ hash: UInt64) { self.insert(home: hash, tag: hash) }

    private mutating func put(_ entry: UInt64) {
        let mask = self.slots.count &- 1
        var slot = Int(self.homes[Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) &- 1]) & mask
        while self.slots[slot] != 0 { slot = (slot &+ 1) & mask }
        self.slots[slot] = entry
    }

    private mutating func grow() {
        let old = self.slots
        self.slots = [UInt64](repeating: 0, count: old.count &* 2)
        for entry in old where entry != 0 { self.put(entry) }
    }
}

/// One round of a multiply-and-fold mix: both halves of the 128-bit product decide every bit.
@inlinable public func mixed(_ value: UInt64) -> UInt64 {
    let product = (value ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: 0xBF58_476D_1CE4_E5B9)
    return product.high ^ product.low
}
