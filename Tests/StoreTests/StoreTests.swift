import Store
import Testing

@Suite("The store")
struct StoreTests {
    @Test("has a version")
    func version() { #expect(StoreVersion.current == 1) }
}
