import Foundation
import GRDB
import Testing

/// The program is killed at any moment, and the inventory is whole: readable, and complete up to the last finished campaign.
@Suite(.serialized) struct InventoryKillTests {
    private static let kills = 100

    /// Recorded captures of a few frames, each a campaign of its own.
    private static func captures() throws -> [String] {
        let folder = Program.root.appendingPathComponent("Tests/Captures").path
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".pcap") }.sorted().map { "\(folder)/\($0)" }
            .filter { ((try FileManager.default.attributesOfItem(atPath: $0)[.size]) as? Int ?? .max) < 20_000 }
    }

    /// The campaigns of the file as it was left, after every check of it.
    private static func campaigns(_ path: String, in folder: String) throws -> Set<String> {
        // A copy, as the next run has to find what the killed one left.
        let copy = folder + "/copy.laennec"
        for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: copy + ending) }
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        for ending in ["", "-wal"] where FileManager.default.fileExists(atPath: path + ending) {
            try FileManager.default.copyItem(atPath: path + ending, toPath: copy + ending)
        }
        let queue = try DatabaseQueue(path: copy)
        defer { try? queue.close() }
        return try queue.read { database in
            #expect(try String.fetchAll(database, sql: "PRAGMA integrity_check") == ["ok"])
            #expect(try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").isEmpty)
            guard try database.tableExists("campaign") else { return [] }
            for table in ["device", "service", "finding"] {
                let torn = try String.fetchAll(
                    database, sql: "SELECT id FROM campaign WHERE \(table)s <> (SELECT count(*) FROM \(table) WHERE \(table).campaign = campaign.number)")
                #expect(torn == [], "\(table)")
            }
            // The detail of flows is there, or was purged, which the log says.
            let flows = try String.fetchAll(
                database, sql: "SELECT id FROM campaign WHERE flows < (SELECT count(*) FROM flow WHERE flow.campaign = campaign.number)")
            #expect(flows == [])
            let missing =
                try Int.fetchOne(database, sql: "SELECT (SELECT total(flows) FROM campaign) - (SELECT count(*) FROM flow) - (SELECT total(count) FROM event WHERE kind = 'purged')") ?? -1
            #expect(missing == 0)
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM campaign WHERE id NOT IN (SELECT campaign FROM event WHERE kind = 'recorded')") == 0)
            return try String.fetchSet(database, sql: "SELECT id FROM campaign")
        }
    }

    /// Whether a process holds the right to write: the first lock byte of the file beside the write-ahead log (SQLite, WAL-index format).
    private static func isWriting(_ process: Int32) -> Bool {
        guard let locks = try? String(contentsOfFile: "/proc/locks", encoding: .utf8) else { return false }
        return locks.split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            return fields.count >= 8 && fields[3] == "WRITE" && fields[4] == "\(process)" && fields[6] == "120" && fields[7] == "120"
        }
    }

    private static func start(_ capture: String, _ inventory: String) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.path)
        process.arguments = ["scan", "--quiet", "--inventory", inventory, capture]
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private static func wait(_ process: Process) {
        while process.isRunning { usleep(500) }
    }

    @Test func killedAtAnyMoment() throws {
        let captures = try Self.captures()
        try #require(captures.count > 20)
        try Program.withFolder { folder in
            // How long a whole run takes, and its part that writes.
            let clock = ContinuousClock()
            func seconds(_ duration: Duration) -> Double { Double(duration.components.attoseconds) / 1e18 + Double(duration.components.seconds) }
            var (run, writing) = (0.0, 0.0)
            for index in 0..<3 {
                let begin = clock.now
                let process = try Self.start(captures[index], folder + "/measured.laennec")
                var first: ContinuousClock.Instant?
                while process.isRunning {
                    if Self.isWriting(process.processIdentifier) { first = first ?? clock.now } else if let start = first {
                        // The shortest: the first one makes the tables as well.
                        let span = seconds(clock.now - start)
                        (writing, first) = (writing == 0 ? span : min(writing, span), nil)
                    }
                    usleep(100)
                }
                run = max(run, seconds(clock.now - begin))
            }
            let path = folder + "/site.laennec"
            var known: Set<String> = []
            var (before, inside, after, finished) = (0, 0, 0, 0)
            for kill in 0..<Self.kills {
                let process = try Self.start(captures[kill % captures.count], path)
                let begin = clock.now
                if kill % 2 == 0 {
                    // Anywhere in the run.
                    usleep(UInt32(Double.random(in: 0...run * 1.05) * 1e6))
                } else {
                    // Somewhere in the transaction.
                    while process.isRunning, !Self.isWriting(process.processIdentifier), seconds(clock.now - begin) < 20 { usleep(50) }
                    usleep(UInt32(Double.random(in: 0...max(writing, 0.001)) * 1e6))
                }
                let (wasRunning, wasWriting) = (process.isRunning, Self.isWriting(process.processIdentifier))
                Foundation.kill(process.processIdentifier, SIGKILL)
                Self.wait(process)
                let campaigns = try Self.campaigns(path, in: folder)
                #expect(campaigns.isSuperset(of: known))
                #expect(campaigns.count <= known.count + 1)
                if campaigns.count > known.count {
                    if process.terminationReason == .exit { finished += 1 } else { after += 1 }
                } else if wasRunning, wasWriting {
                    inside += 1
                } else {
                    before += 1
                }
                known = campaigns
            }
            print("\(Self.kills) kills: \(before) before the transaction, \(inside) inside it, \(after) after it, \(finished) after the end; a run \(run) s, of it writing \(writing) s")
            #expect(before > 0 && after + finished > 0)
            if FileManager.default.isReadableFile(atPath: "/proc/locks") { #expect(inside > 0) }
            // And the program goes on with what was left.
            for capture in captures.prefix(3) { Self.wait(try Self.start(capture, path)) }
            #expect(try Self.campaigns(path, in: folder).isSuperset(of: known))
            let show = try Program.run(["inventory", "show", path])
            #expect(show.status == 0 && show.errors == "", "\(show.errors)")
        }
    }
}
