import Glibc
public import Wire

/// The inputs of a scan in the order in which they are read: one stream of frames.
///
/// Files are ordered by the time of their first frame, then by name, so that rotated files are read as they were written,
/// whatever the order of the arguments. What cannot be ordered without reading it (standard input, FIFOs) comes last.
public struct InputList: Sendable {
    /// An input that begins like a capture.
    public struct Input: Hashable, Sendable {
        /// The path as it was given, or made of a directory as it was given and a name in it.
        public var path: String
        /// Bytes; `nil` for what is not a regular file.
        public var size: UInt64?
        /// Time of the first frame; `nil` where there is none or it cannot be looked at.
        public var firstTime: Timestamp?
    }

    public private(set) var inputs: [Input] = []
    /// Arguments, and files of directories, that cannot be read, with the reason.
    public private(set) var problems: [Problem] = []

    public struct Problem: Hashable, Sendable {
        public var path: String
        public var error: CaptureError
    }

    /// Expands and orders arguments: files, directories (of which the captures are taken, not those of directories inside it),
    /// `-` for standard input. A file that is named twice is read once.
    public init(_ arguments: [String]) {
        var seen: Set<[UInt64]> = []
        var streams: [Input] = []
        for argument in arguments {
            do throws(CaptureError) {
                guard let names = try Self.names(in: argument) else {
                    try self.add(argument, inDirectory: false, &streams, &seen)
                    continue
                }
                let prefix = argument.hasSuffix("/") ? argument : argument + "/"
                var found = false
                for name in names where try self.add(prefix + name, inDirectory: true, &streams, &seen) { found = true }
                guard found else { throw CaptureError.noCaptureInDirectory(path: argument) }
            } catch {
                self.problems.append(Problem(path: argument, error: error))
            }
        }
        self.inputs.sort { left, right in
            let leftTime = left.firstTime ?? .distantFuture
            let rightTime = right.firstTime ?? .distantFuture
            if leftTime != rightTime { return leftTime < rightTime }
            return left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
        }
        self.inputs += streams
        self.problems.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    /// Bytes of all inputs; `nil` where one has no size.
    public var totalSize: UInt64? {
        var total: UInt64 = 0
        for input in self.inputs {
            guard let size = input.size else { return nil }
            total = saturatingSum(total, size)
        }
        return total
    }

    /// Adds one path, unless it is there already.
    ///
    /// - Returns: whether it is a capture, or would be one if it could be read; what else lies in a directory is passed over.
    @discardableResult
    private mutating func add(
        _ path: String, inDirectory: Bool, _ streams: inout [Input], _ seen: inout Set<[UInt64]>
    ) throws(CaptureError) -> Bool {
        var status = stat()
        if path == "-" {
            if seen.insert([]).inserted { streams.append(Input(path: path)) }
            return true
        }
        // `stat` fills the structure, which lives during the call. What fails here fails to open too, with its reason.
        let exists = unsafe stat(path, &status) == 0
        if exists, status.st_mode & S_IFMT != S_IFREG {
            // Not opened before it is read: a FIFO's writer would lose its reader.
            if inDirectory { return false }
            if seen.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted { streams.append(Input(path: path)) }
            return true
        }
        do throws(CaptureError) {
            let source = try SavefileSource(path: path)
            guard !exists || seen.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted else { return true }
            let batch = FrameBatch(capacity: 4096)
            _ = try source.fill(batch)
            self.inputs.append(Input(path: path, size: source.size, firstTime: batch.frames.first?.time))
            return true
        } catch {
            switch error {
            case .notACapture where inDirectory, .empty where inDirectory: return false
            default: self.problems.append(Problem(path: path, error: error))
            }
            return true
        }
    }

    /// The names in a directory, without hidden ones, which are other programs' unfinished files; `nil` for what is no directory.
    private static func names(in path: String) throws(CaptureError) -> [String]? {
        var status = stat()
        // As above.
        guard path != "-", unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
        guard let handle = unsafe opendir(path) else {
            let code = errno
            throw code == EACCES ? .permissionDenied(path: path) : .unreadable(path: path, code: code)
        }
        // The handle is open until the end of this function; an entry is valid until the next `readdir`, and copied before it.
        defer { unsafe _ = closedir(handle) }
        var names: [String] = []
        while let entry = unsafe readdir(handle) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
