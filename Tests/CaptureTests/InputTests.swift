import Capture
import Foundation
import Glibc
import Testing
import Wire

@Suite struct InputTests {
    let scratch: Scratch
    init() throws { self.scratch = try Scratch() }

    private func capture(at seconds: UInt32, frames: Int = 2) -> [UInt8] {
        var file = PcapFile()
        for index in 0..<frames { file.record(seconds + UInt32(index), 0, Samples.payload(20, UInt8(truncatingIfNeeded: seconds))) }
        return file.bytes
    }

    @Test func rotatedFilesAreReadInTheOrderOfTheirTime() throws {
        let third = try self.scratch.write("a.pcap", self.capture(at: 300))
        let first = try self.scratch.write("c.pcap2", gzip(self.capture(at: 100)))
        let second = try self.scratch.write("b", self.capture(at: 200, frames: 3))
        let empty = try self.scratch.write("0-empty.pcap", PcapFile().bytes)
        // Any order of the arguments gives one answer.
        for arguments in [[third, first, second, empty], [empty, second, first, third], [self.scratch.path], [self.scratch.path + "/", second]] {
            let list = InputList(arguments)
            let names = list.inputs.map { $0.path.split(separator: "/").last.map(String.init) ?? "" }
            #expect(names == ["c.pcap2", "b", "a.pcap", "0-empty.pcap"])
            #expect(list.problems.isEmpty)
            let source = try CaptureFilesSource(list)
            let batch = FrameBatch()
            var inputs: [Int] = []
            var frames: [Frame] = []
            while try source.fill(batch) {
                frames += batch.copies
                inputs += batch.frames.map { _ in batch.input }
            }
            #expect(frames.map(\.ordinal) == Array(1...7))
            #expect(frames.map(\.time) == [100, 101, 200, 201, 202, 300, 301].map { $0 * 1_000_000_000 })
            #expect(inputs == [0, 0, 1, 1, 1, 2, 2])
            #expect(source.reports.map(\.firstOrdinal) == [1, 3, 6, 8])
            #expect(source.reports.map(\.frames) == [2, 3, 2, 0])
            #expect(source.progress.totalBytes == list.totalSize)
            #expect(source.progress.bytesRead == list.totalSize)
            #expect(source.progress.frames == 7)
        }
    }

    @Test func equalTimesAreOrderedByName() throws {
        for name in ["b", "c", "a"] { try self.scratch.write(name, self.capture(at: 5)) }
        let list = InputList(["c", "a", "b"].map { self.scratch.path + "/" + $0 })
        #expect(list.inputs.map { $0.path.suffix(1) } == ["a", "b", "c"])
    }

    @Test func aFileNamedTwiceIsReadOnce() throws {
        let path = try self.scratch.write("a.pcap", self.capture(at: 5))
        let link = self.scratch.path + "/link"
        #expect(unsafe symlink(path, link) == 0)
        #expect(InputList([path, path, link, self.scratch.path]).inputs.count == 1)
        #expect(InputList(["-", "-"]).inputs.map(\.path) == ["-"])
    }

    @Test func directoriesGiveTheirCapturesOnly() throws {
        try self.scratch.write("notes.txt", Array("notes".utf8))
        try self.scratch.write("empty", [])
        try self.scratch.write("text.gz", gzip(Array("no capture, but long enough".utf8)))
        try self.scratch.write(".hidden.pcap", self.capture(at: 1))
        try FileManager.default.createDirectory(atPath: self.scratch.path + "/inner", withIntermediateDirectories: true)
        try self.scratch.write("inner/deep.pcap", self.capture(at: 1))
        #expect(unsafe mkfifo(self.scratch.path + "/fifo", 0o600) == 0)
        #expect(InputList([self.scratch.path]).problems.map(\.error) == [.noCaptureInDirectory(path: self.scratch.path)])
        try self.scratch.write("z.pcapng.zst", zstd(Samples.pcapng()))
        let list = InputList([self.scratch.path])
        #expect(list.inputs.map(\.path) == [self.scratch.path + "/z.pcapng.zst"])
        #expect(list.problems.isEmpty)
        // A file that begins like a capture and is none is not passed over in silence.
        try self.scratch.write("torn.pcap", Array(self.capture(at: 1)[..<20]))
        #expect(InputList([self.scratch.path]).problems.map(\.error) == [.corruptHeader(path: self.scratch.path + "/torn.pcap")])
    }

    @Test func badFilesAmongGoodOnes() throws {
        let good = try self.scratch.write("good", self.capture(at: 7))
        let text = try self.scratch.write("text", Array("text".utf8))
        let missing = self.scratch.path + "/missing"
        let torn = try self.scratch.write("torn", Array(self.capture(at: 1).dropLast(3)))
        let source = try CaptureFilesSource(InputList([missing, text, good, torn]))
        #expect(try read(source).count == 3)
        let reports = source.reports
        #expect(reports.map(\.path) == [torn, good, missing, text])
        #expect(reports.map(\.failure) == [nil, nil, .notFound(path: missing), .notACapture(path: text, looksLike: .text)])
        #expect(reports[0].notices == [.truncatedTail(atByte: 24 + 36)])
    }

    @Test func nothingToRead() throws {
        let missing = self.scratch.path + "/missing"
        #expect(throws: CaptureError.notFound(path: missing)) { try CaptureFilesSource(InputList([missing])) }
        #expect(throws: CaptureError.noInput) { try CaptureFilesSource(InputList([])) }
    }

    @Test func aFileThatVanishesIsReported() throws {
        let path = try self.scratch.write("a", self.capture(at: 1))
        let other = try self.scratch.write("b", self.capture(at: 2))
        let list = InputList([path, other])
        try FileManager.default.removeItem(atPath: path)
        let source = try CaptureFilesSource(list)
        #expect(try read(source).map(\.ordinal) == [1, 2])
        #expect(source.reports.map(\.failure) == [.notFound(path: path), nil])
    }

    @Test func filesWithoutPermission() throws {
        let path = try self.scratch.write("a", self.capture(at: 1))
        #expect(chmodAll(path, 0) == 0)
        // root may read everything.
        if geteuid() == 0 { return }
        #expect(throws: CaptureError.permissionDenied(path: path)) { try SavefileSource(path: path) }
    }

    @Test func stopEndsTheReading() throws {
        let path = try self.scratch.write("a", Samples.pcap(frames: 20_000))
        let stop = StopFlag()
        let source = try CaptureFilesSource(InputList([path, try self.scratch.write("b", self.capture(at: 1))]), stop: stop)
        let batch = FrameBatch()
        #expect(try source.fill(batch))
        stop.stop()
        #expect(try source.fill(batch) == false)
        #expect(batch.frames.isEmpty)
    }

    @Test func batchesGoFromThreadToThread() async throws {
        let path = try self.scratch.write("a", Samples.pcap(frames: 50_000))
        let source = try SavefileSource(path: path)
        var sums: [UInt64] = []
        // Filled here, read elsewhere, and used again.
        var batch = FrameBatch()
        while try source.fill(batch) {
            let filled = batch
            let (sum, back) = await Task.detached { () -> (UInt64, FrameBatch) in
                var sum: UInt64 = 0
                for frame in filled.frames {
                    let bytes = filled.bytes(of: frame)
                    for offset in 0..<bytes.byteCount { sum &+= UInt64(bytes.u8(at: offset) ?? 0) }
                }
                return (sum, filled)
            }.value
            sums.append(sum)
            batch = back
        }
        let expected = try read(path).frames.reduce(UInt64(0)) { sum, frame in frame.bytes.reduce(sum) { $0 + UInt64($1) } }
        #expect(sums.reduce(0, +) == expected)
        #expect(sums.count > 10)
    }
}

private func chmodAll(_ path: String, _ mode: mode_t) -> Int32 { unsafe chmod(path, mode) }

@Suite(.timeLimit(.minutes(2))) struct PipeTests {
    let scratch: Scratch
    init() throws { self.scratch = try Scratch() }

    /// A FIFO with somebody who writes pieces into it.
    private func feed(_ path: String, _ pieces: [[UInt8]]) -> Thread {
        let thread = Thread {
            let file = unsafe open(path, O_WRONLY)
            for piece in pieces {
                var start = 0
                while start < piece.count {
                    let count = unsafe piece[start...].withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
                    guard count > 0 else { return }
                    start += count
                }
            }
            close(file)
        }
        thread.start()
        return thread
    }

    private func fifo() throws -> String {
        let path = self.scratch.path + "/fifo-" + UUID().uuidString
        try #require(unsafe mkfifo(path, 0o600) == 0)
        return path
    }

    @Test func aPipeGivesWhatTheFileGives() throws {
        let plain = Samples.pcap(frames: 3000)
        for bytes in [plain, Samples.pcapng(), try gzip(plain), try zstd(plain), try gzip(Samples.pcapng())] {
            let (expected, report) = try read(try self.scratch.write("file", bytes))
            for step in [1, 7, 1000, 100_000] where bytes.count / step < 3000 {
                let path = try self.fifo()
                let pieces = stride(from: 0, to: bytes.count, by: step).map { Array(bytes[$0..<min($0 + step, bytes.count)]) }
                let writer = self.feed(path, pieces)
                let source = try CaptureFilesSource(InputList([path]))
                let frames = try read(source)
                #expect(frames == expected)
                #expect(source.reports.map(\.fingerprint) == [report.fingerprint])
                #expect(source.reports.map(\.notices) == [report.notices])
                #expect(source.progress.totalBytes == nil)
                withExtendedLifetime(writer) {}
            }
        }
    }

    /// What has arrived is handed over while the writer still has the pipe open.
    @Test func aPipeIsReadAsItFills() throws {
        for compressed in [false, true] {
            var ends: [Int32] = [0, 0]
            try #require(unsafe pipe(&ends) == 0)
            let path = "/dev/fd/\(ends[0])"
            let bytes = Samples.pcap(frames: 3)
            func send(_ bytes: [UInt8]) { _ = unsafe write(ends[1], bytes, bytes.count) }
            // A member of its own for each piece: flushed to its end, as a live compressor does.
            func pack(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] { compressed ? try gzip(Array(bytes)) : Array(bytes) }
            send(try pack(bytes[..<24]))
            let source = try SavefileSource(path: path)
            let batch = FrameBatch()
            // Nothing yet: it comes back, empty.
            #expect(try source.fill(batch))
            #expect(batch.frames.isEmpty)
            // One frame (of 0 bytes) and half a header.
            send(try pack(bytes[24..<48]))
            #expect(try source.fill(batch))
            #expect(batch.frames.count == 1)
            send(try pack(bytes[48...]))
            #expect(try source.fill(batch))
            #expect(batch.frames.map(\.ordinal) == [2, 3])
            #expect(batch.bytes(of: batch.frames[1]).copied() == Samples.payload(26, 2))
            close(ends[1])
            while try source.fill(batch) { #expect(batch.frames.isEmpty) }
            #expect(source.report.notices.isEmpty)
            close(ends[0])
        }
    }

    @Test func standardInput() throws {
        let program = CommandLine.arguments[0]
        #expect(!program.isEmpty)
        // Standard input of this process is exchanged for a pipe during the test.
        var ends: [Int32] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        let saved = dup(STDIN_FILENO)
        dup2(ends[0], STDIN_FILENO)
        close(ends[0])
        let bytes = Samples.pcap()
        #expect(unsafe write(ends[1], bytes, bytes.count) == bytes.count)
        close(ends[1])
        defer {
            dup2(saved, STDIN_FILENO)
            close(saved)
        }
        let source = try CaptureFilesSource(InputList(["-"]))
        #expect(try read(source) == read(try self.scratch.write("a", bytes)).frames)
        #expect(source.reports.map(\.path) == ["-"])
    }

    @Test func stopEndsTheWaitForAPipe() throws {
        var ends: [Int32] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        let stop = StopFlag()
        let bytes = Samples.pcap()
        #expect(unsafe write(ends[1], bytes, bytes.count) == bytes.count)
        let source = try SavefileSource(path: "/dev/fd/\(ends[0])", stop: stop)
        let stopper = Thread {
            usleep(200_000)
            stop.stop()
        }
        stopper.start()
        #expect(try read(source).count == 5)
        #expect(source.report.notices.isEmpty)
        close(ends[0])
        close(ends[1])
    }
}
