import Campaigns
import Foundation
import GRDB
import Rules
import Store
import Testing

/// Files that are none, that are newer, damaged or in use.
@Suite("What is opened as an inventory")
struct FileTests {
    private static func reason(_ body: () throws -> Void) -> StoreFailure.Reason? {
        do { try body() } catch let failure as StoreFailure {
            #expect(failure.text.french.hasSuffix(".") && failure.text.english.hasSuffix("."))
            #expect(failure.text.french != failure.text.english)
            return failure.reason
        } catch { Issue.record("\(error)") }
        return nil
    }

    private static let accesses: [InventoryFile.Access] = [.read, .write, .create]

    // MARK: Schemas

    /// A file of every schema that was ever released, made by the program of that time: `schema-1.laennec` and so on.
    @Test("is brought up to date from every schema", arguments: 1...InventoryFile.schemaVersion)
    func everySchema(_ version: Int) throws {
        let fixture = try #require(Bundle.module.url(forResource: "Schemas/schema-\(version)", withExtension: "laennec"))
        for access in Self.accesses {
            try Made.withFolder { folder in
                let path = folder + "/site.laennec"
                try FileManager.default.copyItem(atPath: fixture.path, toPath: path)
                try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
                let contents = try InventoryFile(path, access).contents()
                #expect(contents.campaigns.count == 2 && contents.site == "CH de Sainte-Auscultation")
                #expect(contents.campaigns.allSatisfy { $0.devices > 0 })
                #expect(contents.assets.count >= 2 && contents.chronicle.findings.count >= 2)
                #expect(contents.chronicle.decisions.count == 3)
                #expect(contents.assets.contains { $0.asset.labels == ["location": "Bloc 2"] })
                #expect(contents.chronicle.findings.contains { $0.acceptance?.reason == "remplacement prévu" && $0.assignment?.to == "Équipe réseau" })
                for campaign in contents.campaigns {
                    let kept = try #require(try InventoryFile(path, .read).campaign(campaign.id))
                    #expect(kept.devices.count == campaign.devices && kept.services.count == campaign.services && kept.findings.count == campaign.findings)
                    #expect(kept.flows.count == campaign.keptFlows)
                }
                // And it goes on.
                let file = try InventoryFile(path, .write)
                var campaign = Made.campaign("later", day: 4000)
                (campaign.site, campaign.legalFINESS, campaign.geographicFINESS) = (nil, nil, nil)
                try file.record(campaign)
                #expect(try file.overview().campaigns.count == 3)
                #expect(try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == InventoryFile.schemaVersion)
            }
        }
    }

    @Test("is refused when it is newer, and is not changed")
    func newer() throws {
        try Made.withFolder { folder in
            let path = folder + "/site.laennec"
            do {
                try InventoryFile(path, .create).record(Made.campaign("c1", day: 0))
                try DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA user_version = 99") }
            }
            let before = try Made.bytes(path)
            for access in Self.accesses {
                #expect(Self.reason { _ = try InventoryFile(path, access) } == .newer(99))
                #expect(try Made.bytes(path) == before)
            }
            #expect(throws: StoreFailure(path: path, reason: .newer(99))) { try InventoryFile.check(path) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["site.laennec"])
        }
    }

    // MARK: Other files

    static let foreign: [(String, [UInt8])] = [
        ("text", Array("Compte rendu\n".utf8)), ("capture", [0xD4, 0xC3, 0xB2, 0xA1] + Array(repeating: 0, count: 200)),
        ("half a header", Array("SQLite format 3\u{0}".utf8)), ("empty", []), ("zeros", Array(repeating: 0, count: 8192)),
    ]

    @Test("is refused when it is something else, and is not changed", arguments: Self.foreign.indices)
    func foreignFile(_ index: Int) throws {
        let (name, bytes) = Self.foreign[index]
        try Made.withFolder { folder in
            let path = folder + "/site.laennec"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            // An empty file is what is left where the program was stopped at once: it can become one.
            for access in Self.accesses where name != "empty" || access != .create {
                #expect(Self.reason { _ = try InventoryFile(path, access) } == .foreign)
                #expect(try Made.bytes(path) == Data(bytes))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["site.laennec"])
            guard name == "empty" else { return }
            try InventoryFile(path, .create).record(Made.campaign("c1", day: 0))
            #expect(try InventoryFile(path, .read).overview().campaigns.count == 1)
        }
    }

    @Test("is refused when it is another program's database, and is not changed")
    func foreignDatabase() throws {
        try Made.withFolder { folder in
            let path = folder + "/browser.sqlite"
            try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE urls (x); INSERT INTO urls VALUES (1)") }
            let before = try Made.bytes(path)
            for access in Self.accesses { #expect(Self.reason { _ = try InventoryFile(path, access) } == .foreign) }
            #expect(try Made.bytes(path) == before)
            try DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA application_id = 77") }
            for access in Self.accesses { #expect(Self.reason { _ = try InventoryFile(path, access) } == .foreign) }
        }
    }

    @Test("is asked for where it is not there")
    func missing() throws {
        try Made.withFolder { folder in
            #expect(Self.reason { _ = try InventoryFile(folder + "/no.laennec", .read) } == .missing)
            #expect(Self.reason { _ = try InventoryFile(folder + "/no.laennec", .write) } == .missing)
            #expect(Self.reason { _ = try InventoryFile(folder, .create) } == .isDirectory)
            #expect(Self.reason { try InventoryFile.check(folder + "/none/no.laennec") } == .noFolder)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
            // The changes of a file that is gone would be mixed into a new one.
            try Data(repeating: 1, count: 100).write(to: URL(fileURLWithPath: folder + "/no.laennec-wal"))
            #expect(Self.reason { _ = try InventoryFile(folder + "/no.laennec", .create) } == .orphanedChanges)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["no.laennec-wal"])
        }
    }

    @Test("never stops the program when it is damaged")
    func damaged() throws {
        try Made.withFolder { folder in
            let path = folder + "/site.laennec"
            try InventoryFile(path, .create).record(Made.campaign("c1", day: 0, devices: 1...200, findings: 1...50))
            let whole = try Made.bytes(path)
            var reasons: [StoreFailure.Reason: Int] = [:]
            // Cut at many places, and overwritten at many places.
            var generator = SystemRandomNumberGenerator()
            for trial in 0..<60 {
                var bytes = whole
                if trial % 3 == 0 {
                    bytes = bytes.prefix(Int.random(in: 1..<bytes.count, using: &generator))
                } else {
                    let place = Int.random(in: 100..<bytes.count - 600, using: &generator)
                    for offset in 0..<512 { bytes[place + offset] = trial % 3 == 1 ? 0xFF : UInt8.random(in: 0...255, using: &generator) }
                }
                try bytes.write(to: URL(fileURLWithPath: path))
                for name in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + name) }
                do throws(StoreFailure) {
                    let file = try InventoryFile(path, .write)
                    _ = try file.contents()
                    _ = try file.campaign("c1")
                    try file.record(Made.campaign("c2", day: 1))
                } catch {
                    reasons[error.reason, default: 0] += 1
                    #expect([.damaged, .foreign].contains(error.reason), "\(error.reason)")
                }
            }
            #expect(reasons[.damaged, default: 0] > 10, "\(reasons)")
        }
    }

    /// Values that the program never writes, of every kind, in every column.
    @Test("never stops the program when its values are wrong")
    func wrongValues() throws {
        try Made.withFolder { folder in
            let original = folder + "/original.laennec"
            do {
                let file = try InventoryFile(original, .create)
                try file.record(Made.campaign("c1", day: 0))
                try file.add([Made.decision("mac-1", .label(key: "a", value: "b"))])
            }
            let tables = try DatabaseQueue(path: original).read { database in
                try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'grdb%'").map { table in
                    (table, try database.columns(in: table).map(\.name), try String.fetchOne(database, sql: "SELECT sql FROM sqlite_master WHERE name = ?", arguments: [table]) ?? "")
                }
            }
            #expect(tables.count == 10)
            var refused = 0
            for (table, columns, sql) in tables {
                for column in columns {
                    for value in ["NULL", "'text'", "-1", "9223372036854775807", "x'00FF'", "1e300", "''"] {
                        let path = folder + "/site.laennec"
                        for name in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + name) }
                        try FileManager.default.copyItem(atPath: original, toPath: path)
                        var configuration = Configuration()
                        configuration.foreignKeysEnabled = false
                        let queue = try DatabaseQueue(path: path, configuration: configuration)
                        try queue.writeWithoutTransaction { database in
                            try database.execute(sql: "PRAGMA writable_schema = ON")
                            // Without the constraints that would refuse it.
                            let loose = "CREATE TABLE \(table) (\(columns.joined(separator: ", ")))"
                            try database.execute(sql: "CREATE TABLE copy AS SELECT * FROM \(table)")
                            try database.execute(sql: "DROP TABLE \(table)")
                            try database.execute(sql: loose + "; INSERT INTO \(table) SELECT * FROM copy; DROP TABLE copy; UPDATE \(table) SET \(column) = \(value)")
                        }
                        try queue.close()
                        #expect(!sql.isEmpty)
                        do throws(StoreFailure) {
                            let file = try InventoryFile(path, .read)
                            _ = try file.contents()
                            _ = try file.campaign("c1")
                            _ = try file.page(of: "mac-1")
                        } catch {
                            refused += 1
                            #expect(error.reason == .damaged, "\(table).\(column) = \(value): \(error.reason)")
                        }
                    }
                }
            }
            #expect(refused > 100)
        }
    }

    // MARK: In use

    @Test("waits for another program, then says so")
    func locked() throws {
        try Made.withFolder { folder in
            let path = folder + "/site.laennec"
            try InventoryFile(path, .create).record(Made.campaign("c1", day: 0))
            let other = try DatabaseQueue(path: path)
            try other.writeWithoutTransaction { database in
                try database.execute(sql: "BEGIN IMMEDIATE")
                let file = try InventoryFile(path, .write, patience: 0.2)
                #expect(throws: StoreFailure(path: path, reason: .locked)) { try file.record(Made.campaign("c2", day: 1)) }
                // Who only reads is not kept waiting.
                #expect(try InventoryFile(path, .read, patience: 0.2).overview().campaigns.count == 1)
                try database.execute(sql: "ROLLBACK")
                try file.record(Made.campaign("c2", day: 1))
            }
            #expect(try InventoryFile(path, .read).overview().campaigns.count == 2)
        }
    }

    @Test("is left as it is by those who only read")
    func readOnly() throws {
        try Made.withFolder { folder in
            let path = folder + "/site.laennec"
            try InventoryFile(path, .create).record(Made.campaign("c1", day: 0))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["site.laennec"])
            let before = try Made.bytes(path)
            do {
                let file = try InventoryFile(path, .read)
                _ = try file.contents()
                #expect(Self.reason { try file.record(Made.campaign("c2", day: 1)) } == .noPermission)
            }
            #expect(try Made.bytes(path) == before)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["site.laennec"])
        }
    }
}
