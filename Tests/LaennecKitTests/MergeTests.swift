import Inventory
import LaennecKit
import Reports
import Testing

/// Inventories of real captures are put together in any order and any grouping with the same result.
@Suite struct MergeTests {
    /// What an inventory amounts to, as bytes.
    private static func census(_ inventory: Inventory) throws -> [UInt8] {
        try Lab.json(Report(inputs: [], inventory: inventory, coverage: Coverage(), signatures: Lab.signatures))
    }

    /// Three captures after another each, so that every capture stands in every place.
    static let triples = Lab.names.indices.map { index in
        (0..<3).map { Lab.names[(index + $0 * 7) % Lab.names.count] }
    }

    @Test(arguments: Self.triples) func laws(_ names: [String]) throws {
        let (a, b, c) = (try Self.inventory(names[0]), try Self.inventory(names[1]), try Self.inventory(names[2]))
        let ab = a.merged(with: b)
        #expect(ab == b.merged(with: a))
        #expect(ab.merged(with: c) == a.merged(with: b.merged(with: c)))
        #expect(a.merged(with: a) == a)
        #expect(ab.merged(with: b) == ab)
        #expect(a.merged(with: Inventory()) == a)
        #expect(Inventory().merged(with: a) == a)
        #expect(Inventory(merging: [c, a, b]) == ab.merged(with: c))
        #expect(ab != a)

        let wanted = try Self.census(ab.merged(with: c))
        #expect(wanted.count > 200)
        #expect(try Self.census(c.merged(with: b.merged(with: a))) == wanted)
        #expect(try Self.census(Inventory(merging: [b, c, a, a, c])) == wanted)
        #expect(try Self.census(a.merged(with: a)) == Self.census(a))
    }

    /// All at once, in an order and in the reverse, in pairs and one by one.
    @Test func everything() throws {
        let all = try Lab.names.map { try Self.inventory($0) }
        let together = Inventory(merging: all)
        #expect(together == Inventory(merging: all.reversed()))
        #expect(together == all.reduce(Inventory()) { $0.merged(with: $1) })
        #expect(together.scans.count == Set(all.flatMap(\.scans)).count)
        #expect(try Self.census(together) == Self.census(Inventory(merging: all.reversed())))
    }

    /// The same capture, scanned twice by different numbers of threads, is one scan: nothing counts double.
    @Test(arguments: Lab.names) func scannedTwice(_ name: String) throws {
        let path = try Lab.path(name)
        let once = try Self.inventory(name)
        let again = try Lab.outcome([path], threads: 3).inventory
        #expect(once == again)
        #expect(once.merged(with: again) == once)
    }

    /// Sessions of the same capture are one, and of several captures all there: also those that the registers show.
    @Test(arguments: ["demo-hospital", "ssh-openssh", "socks", "openvpn", "vnc-tight"]) func sessions(_ name: String) throws {
        let one = try Self.inventory(name)
        let other = try Self.inventory(name == "ssh-openssh" ? "vnc-none" : "ssh-openssh")
        func sessions(_ inventory: Inventory) -> [Session] { inventory.census().conversations.flatMap(\.sessions) }
        #expect(!sessions(one).isEmpty)
        #expect(sessions(one.merged(with: one)) == sessions(one))
        let both = one.merged(with: other)
        #expect(Set(sessions(both)) == Set(sessions(one) + sessions(other)))
        #expect(sessions(both) == sessions(other.merged(with: one)))
        #expect(sessions(both).count == sessions(one).count + sessions(other).count)
        for conversation in both.census().conversations {
            #expect(conversation.sessions == conversation.sessions.sorted())
            #expect(conversation.sessions.allSatisfy { $0.first >= conversation.tally.first && $0.lastSeen <= conversation.tally.lastSeen })
        }
    }

    /// Every capture holds something, and no two are alike.
    @Test func inventoriesDiffer() throws {
        let all = try Lab.names.map { try Self.inventory($0) }
        #expect(all.allSatisfy { $0.observationCount > 0 })
        #expect(Set(all).count == all.count)
    }

    private static func inventory(_ name: String) throws -> Inventory { try Lab.outcome([try Lab.path(name)]).inventory }
}
