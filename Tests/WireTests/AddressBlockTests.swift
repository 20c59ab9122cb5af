import Testing
import Wire

@Suite struct AddressBlockTests {
    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false), ("192.0.2.77/24", "192.0.2.1", true),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false), ("2001:db8::1", "2001:db8::1", true),
        ("2001:db8::/65", "2001:db8::7fff:0:0:1", true), ("2001:db8::/65", "2001:db8::8000:0:0:1", false), ("::/0", "2001:db8::1", true),
        ("::/0", "192.0.2.1", false),
    ]) func contains(_ block: String, _ address: String, _ wanted: Bool) throws {
        let block = try #require(AddressBlock(block))
        #expect(block.contains(try #require(IPAddress(address))) == wanted)
    }

    @Test(arguments: ["", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/", "/24", "192.0.2.0/24/1", "2001:db8::/129", "name", "192.0.2.0/a"])
    func refuses(_ text: String) { #expect(AddressBlock(text) == nil) }

    @Test func describes() { #expect(AddressBlock("192.0.2.77/24")?.description == "192.0.2.0/24") }
}
