import Foundation
import Places
import Testing
import Wire

@Suite struct AddressDatabaseTests {
    private func database() throws -> AddressDatabase {
        let path = try #require(Bundle.module.url(forResource: "places", withExtension: "mmdb")).path
        return try AddressDatabase(file: path)
    }

    private func record(of address: String, _ database: AddressDatabase) throws -> AddressRecord? {
        database.record(of: try #require(IPAddress(address)))
    }

    @Test func saysWhereAnAddressIs() throws {
        let database = try self.database()
        let record = try self.record(of: "203.0.113.77", database)
        #expect(record == AddressRecord(country: "FR", systemNumber: 64500, systemName: "Exemple Télémaintenance"))
        let registered = try self.record(of: "198.51.100.20", database)
        #expect(registered == AddressRecord(country: "DE"))
        let v6 = try self.record(of: "2001:db8:1::5", database)
        #expect(v6 == AddressRecord(country: "CA", systemNumber: 64511))
    }

    @Test func saysNothingOfOtherAddresses() throws {
        let database = try self.database()
        for text in ["203.0.113.200", "10.0.0.1", "2001:db8:2::1", "::1"] {
            #expect(try self.record(of: text, database) == nil, "\(text)")
        }
    }

    @Test func refusesWhatIsNoDatabase() throws {
        #expect(throws: AddressDatabase.Failure.self) { try AddressDatabase(file: "/nonexistent/places.mmdb") }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("laennec-\(UUID().uuidString).mmdb")
        defer { try? FileManager.default.removeItem(at: file) }
        // Torn and mutated files of the real one are refused or read without a trap.
        let whole = try Data(contentsOf: try #require(Bundle.module.url(forResource: "places", withExtension: "mmdb")))
        for count in [0, 1, 16, whole.count / 2, whole.count - 1] {
            try whole.prefix(count).write(to: file)
            if let database = try? AddressDatabase(file: file.path) { _ = try self.record(of: "203.0.113.77", database) }
        }
        try Data("no database".utf8).write(to: file)
        #expect(throws: AddressDatabase.Failure.self) { try AddressDatabase(file: file.path) }
    }

    @Test func joinsWhatTwoSay() {
        let country = AddressRecord(country: "FR")
        let system = AddressRecord(country: "DE", systemNumber: 1, systemName: "A")
        #expect(country.merged(with: system) == AddressRecord(country: "FR", systemNumber: 1, systemName: "A"))
    }
}
