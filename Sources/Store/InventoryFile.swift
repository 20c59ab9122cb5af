public import Foundation
import GRDB
import Rules

/// The inventory that lasts: one SQLite file for each establishment, with its campaigns and what people decided.
///
/// A campaign is written in one transaction to a write-ahead log that is flushed to the disk before the transaction counts: whenever the
/// program or the machine stops, the file is complete up to the last campaign that was finished. What cannot be an inventory is refused
/// before SQLite touches it.
public final class InventoryFile {
    public enum Access: Sendable {
        /// Nothing is written, not even to bring an up-to-date file up to date.
        case read
        /// The file has to be there.
        case write
        /// The file is made where there is none.
        case create
    }

    /// The version of the schema that this program writes.
    public static let schemaVersion = 1

    public let path: String
    private let queue: DatabaseQueue
    private let isWritable: Bool

    /// - Parameter patience: how long to wait, in seconds, for another program that is writing.
    public init(_ path: String, _ access: Access, patience: TimeInterval = 10) throws(StoreFailure) {
        // Absolute, so that no name is taken for a URI.
        let file = Self.absolute(path)
        self.path = path
        self.isWritable = access != .read
        let version: Int?
        do throws(StoreFailure.Reason) { version = try Self.version(of: file, mayBeNew: access == .create) } catch { throw StoreFailure(path: path, reason: error) }
        do {
            if access == .read, version ?? Self.schemaVersion == Self.schemaVersion {
                let queue = try Self.openToRead(file, patience)
                let isCurrent = try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == Self.schemaVersion
                if isCurrent {
                    self.queue = queue
                    return
                }
                try queue.close()
            }
            var configuration = Self.configuration(patience, mayBeEmpty: access == .create)
            configuration.prepareDatabase { database in
                // Only now that it is known to be one: the journal's mode is kept in the file.
                try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
            }
            let queue = try DatabaseQueue(path: file, configuration: configuration)
            try Schema.migrator.migrate(queue)
            self.queue = access == .read ? try Self.openToRead(file, patience) : queue
        } catch {
            throw StoreFailure(path: path, reason: StoreFailure.reason(of: error))
        }
    }

    private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    private static func configuration(_ patience: TimeInterval, mayBeEmpty: Bool = false) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(patience)
        configuration.label = "inventory"
        configuration.prepareDatabase { database in
            // What is in the schema of a file from elsewhere is not trusted: no function with side effects runs from there.
            try database.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
            try Self.check(database, mayBeEmpty: mayBeEmpty)
        }
        return configuration
    }

    /// Nothing is written through it. Where it may, SQLite takes the files beside the inventory away when it is closed; a connection that is read
    /// only would leave them.
    private static func openToRead(_ file: String, _ patience: TimeInterval) throws -> DatabaseQueue {
        var configuration = Self.configuration(patience)
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
        let isWritable = [folder, file].allSatisfy { FileManager.default.isWritableFile(atPath: $0) }
        guard !isWritable else { return try DatabaseQueue(path: file, configuration: configuration) }
        configuration.readonly = true
        // A log of changes needs a folder that can be written to; where there are none, as on a medium that is read only, it does without.
        guard !FileManager.default.isWritableFile(atPath: folder), Self.size(file + "-wal") == 0,
            let name = file.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
        else { return try DatabaseQueue(path: file, configuration: configuration) }
        return try DatabaseQueue(path: "file:\(name)?immutable=1", configuration: configuration)
    }

    // MARK: What kind of file it is

    /// Whether a campaign can be recorded there, as far as can be told without touching the file: before an hour's scan, not after it.
    public static func check(_ path: String) throws(StoreFailure) {
        let file = Self.absolute(path)
        do throws(StoreFailure.Reason) { _ = try Self.version(of: file, mayBeNew: true) } catch { throw StoreFailure(path: path, reason: error) }
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
        guard Self.kind(of: folder) == .folder else { throw StoreFailure(path: path, reason: .noFolder) }
        let place = Self.kind(of: file) == .none ? folder : file
        guard FileManager.default.isWritableFile(atPath: place) else { throw StoreFailure(path: path, reason: .noPermission) }
    }

    /// The version of an inventory's schema; `nil` where there is none yet. Reads the first bytes only and changes nothing.
    ///
    /// The header is that of section 1.3 of the SQLite file format: its magic, user version at offset 60, application at offset 68.
    private static func version(of file: String, mayBeNew: Bool) throws(StoreFailure.Reason) -> Int? {
        switch Self.kind(of: file) {
        case .none:
            guard mayBeNew else { throw .missing }
            if Self.size(file + "-wal") > 0 { throw .orphanedChanges }
            return nil
        case .folder: throw .isDirectory
        case .file: break
        }
        guard let handle = FileHandle(forReadingAtPath: file) else { throw .noPermission }
        defer { try? handle.close() }
        let header: [UInt8]
        do { header = Array(try handle.read(upToCount: 100) ?? Data()) } catch { throw .cannotWrite }
        if header.isEmpty {
            guard mayBeNew else { throw .foreign }
            if Self.size(file + "-wal") > 0 { throw .orphanedChanges }
            return nil
        }
        guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else { throw .foreign }
        let application = Self.number(header[68..<72])
        let version = Self.number(header[60..<64])
        // What is left where the program was stopped while it made the file, or just after: then all that it holds is in the log of changes.
        // It is looked at when it is open.
        if application == 0, version == 0, mayBeNew || Self.size(file + "-wal") > 0 { return nil }
        guard application == UInt32(bitPattern: Schema.application) else { throw .foreign }
        guard version <= UInt32(Self.schemaVersion) else { throw .newer(Int(version)) }
        return Int(version)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }

    private enum Kind { case none, file, folder }

    /// Not by the attributes of the file, for which the system is asked who owns it, over a socket where there is a cache of names.
    private static func kind(of path: String) -> Kind {
        var isFolder: ObjCBool = false
        // The system writes the flag during the call.
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return .none }
        return isFolder.boolValue ? .folder : .file
    }

    private static func size(_ file: String) -> UInt64 {
        guard let handle = FileHandle(forReadingAtPath: file) else { return 0 }
        defer { try? handle.close() }
        return (try? handle.seekToEnd()) ?? 0
    }

    /// The same once more with SQLite's eyes: the latest header may stand in the log of changes.
    private static func check(_ database: Database, mayBeEmpty: Bool) throws {
        func number(_ sql: String) throws -> Int64 { try Int64.fetchOne(database, sql: sql) ?? 0 }
        let application = try number("PRAGMA application_id")
        let version = try number("PRAGMA user_version")
        // The list of migrations is committed before the first of them: a program that was stopped in between made no more than that.
        let isEmpty = try number("SELECT count(*) FROM sqlite_master WHERE tbl_name <> 'grdb_migrations'") == 0
        if mayBeEmpty, application == 0, version == 0, isEmpty { return }
        guard application == Int64(Schema.application) else { throw StoreFailure.Reason.foreign }
        guard version <= Int64(Self.schemaVersion) else { throw StoreFailure.Reason.newer(Int(clamping: version)) }
        guard version > 0 else { throw StoreFailure.Reason.damaged }
    }

    // MARK: Transactions

    func read<Result>(_ body: (Database) throws -> Result) throws(StoreFailure) -> Result {
        do { return try self.queue.read(body) } catch { throw StoreFailure(path: self.path, reason: StoreFailure.reason(of: error)) }
    }

    /// All or nothing.
    func write<Result>(_ body: (Database) throws -> Result) throws(StoreFailure) -> Result {
        guard self.isWritable else { throw StoreFailure(path: self.path, reason: .noPermission) }
        do { return try self.queue.write(body) } catch { throw StoreFailure(path: self.path, reason: StoreFailure.reason(of: error)) }
    }
}
