import Crypto
import Foundation
import Wire

/// What a file holds, without holding it: its size in octets and the SHA-256 of its content as hexadecimal digits.
public struct FileDigest: Hashable, Sendable {
    public let size: UInt64
    public let sha256: String

    /// Why a file has no digest.
    public enum Failure: Error, Hashable, Sendable {
        case missing
        case unreadable
        /// A folder, a device, a FIFO, a symbolic link where none is followed.
        case notAFile
    }

    /// The digest of a regular file, symbolic links followed; `nil` for what is none, or cannot be read.
    public init?(of path: String) {
        // By stat(2) alone: Foundation's file attributes look up the owner's name, which on some networks goes over the network.
        var status = stat()
        // The system fills the structure, which lives during the call.
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        guard let digest = try? Self.read(handle) else { return nil }
        self = digest
    }

    private init(size: UInt64, sha256: String) {
        self.size = size
        self.sha256 = sha256
    }

    /// The digest of a file below a folder that somebody else names: no part of the name may lead out of the folder, and none of it,
    /// nor the file, may be a symbolic link.
    /// - Parameters:
    ///   - parts: the folders, and the file's name.
    ///   - size: where it is not this size, its content is not read: the digest is empty.
    public static func of(_ parts: [String], in folder: String, size expected: UInt64? = nil) throws(Failure) -> FileDigest {
        guard let name = parts.last, parts.allSatisfy(ManifestName.isPart) else { throw .notAFile }
        // The paths are texts of ours that live during the calls.
        var directory = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw Self.failure() }
        defer { close(directory) }
        for part in parts.dropLast() {
            let next = unsafe openat(directory, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard next >= 0 else { throw Self.failure() }
            close(directory)
            directory = next
        }
        // Not blocking: what looks like a file may be a FIFO.
        let file = unsafe openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw Self.failure() }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        var status = stat()
        // The system fills the structure, which lives during the call.
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
        let size = UInt64(clamping: status.st_size)
        if let expected, expected != size { return FileDigest(size: size, sha256: "") }
        do { return try Self.read(handle) } catch { throw .unreadable }
    }

    private static func failure() -> Failure {
        switch errno {
        case ENOENT: .missing
        case ELOOP, ENOTDIR, EISDIR, ENXIO: .notAFile
        default: .unreadable
        }
    }

    private static func read(_ handle: FileHandle) throws -> FileDigest {
        var hash = SHA256()
        var size: UInt64 = 0
        while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty {
            hash.update(data: data)
            size &+= UInt64(data.count)
        }
        return FileDigest(size: size, sha256: hexadecimal(Array(hash.finalize())))
    }
}
