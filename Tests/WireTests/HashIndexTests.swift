import Testing
import Wire

/// The index of places by hash against a dictionary.
@Suite struct HashIndexTests {
    @Test(arguments: [UInt64(0), 0xF, .max])
    func findsWhatWasInserted(homes: UInt64) {
        var random = SeededGenerator(seed: 3)
        var index = HashIndex()
        var keys: [UInt64] = []
        var known: [UInt64: Int] = [:]
        for _ in 0..<(homes == .max ? 20_000 : 2000) {
            let key = UInt64.random(in: 0..<12_000, using: &random)
            // However few places a search begins at, the tag and the owner's comparison decide.
            let hash = mixed(key)
            let found = index.find(home: hash & homes, tag: hash) { keys[$0] == key }
            #expect(found == known[key])
            guard found == nil else { continue }
            index.insert(home: hash & homes, tag: hash)
            known[key] = keys.count
            keys.append(key)
        }
        for (key, place) in known { #expect(index.find(home: mixed(key) & homes, tag: mixed(key)) { keys[$0] == key } == place) }
    }

    @Test func keepsApartWhatHashesAlike() {
        var index = HashIndex()
        for _ in 0..<200 { index.insert(7 &<< 32) }
        for place in 0..<200 { #expect(index.find(7 &<< 32) { $0 == place } == place) }
        #expect(index.find(7 &<< 32) { _ in false } == nil)
        #expect(index.find(8 &<< 32) { _ in true } == nil)
    }
}
