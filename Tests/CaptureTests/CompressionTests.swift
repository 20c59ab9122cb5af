import CZlib
import CZstd
import Capture
import Foundation
import Testing
import Wire

/// gzip (RFC 1952) as one member.
func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let scratch = try Scratch()
    let path = scratch.path + "/packed.gz"
    // The array lives during the call, and zlib is told its size.
    guard let file = unsafe gzopen(path, "wb6") else { throw CaptureError.notFound(path: path) }
    let written = bytes.isEmpty ? 0 : unsafe gzwrite(file, bytes, UInt32(bytes.count))
    try #require(written == Int32(bytes.count))
    let closed = unsafe gzclose(file)
    try #require(closed == Z_OK)
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// Zstandard (RFC 8878) as one frame.
func zstd(_ bytes: [UInt8]) throws -> [UInt8] {
    var target = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
    let size = unsafe ZSTD_compress(&target, target.count, bytes, bytes.count, 3)
    try #require(ZSTD_isError(size) == 0)
    return Array(target[..<size])
}

@Suite struct CompressionTests {
    let scratch: Scratch
    init() throws { self.scratch = try Scratch() }

    @Test func compressedFilesGiveTheSameFrames() throws {
        let plain = Samples.pcap(frames: 20_000)
        let (frames, report) = try read(try self.scratch.write("a.pcap", plain))
        // The extension says nothing.
        for (name, bytes, compression) in [("a.pcap", try gzip(plain), CaptureFormat.Compression.gzip), ("b", try zstd(plain), .zstd)] {
            let (unpacked, other) = try read(try self.scratch.write(name, bytes))
            #expect(unpacked == frames)
            #expect(other.fingerprint == report.fingerprint)
            #expect(other.format?.compression == compression)
            #expect(other.bytesRead == UInt64(bytes.count))
            #expect(other.notices.isEmpty)
        }
        let blocks = try read(try self.scratch.write("c", Samples.pcapng()))
        #expect(try read(try self.scratch.write("c.gz", try gzip(Samples.pcapng()))).frames == blocks.frames)
        #expect(try read(try self.scratch.write("c.zst", try zstd(Samples.pcapng()))).frames == blocks.frames)
    }

    /// Several members, cut at every kind of place: in the file header, in a record.
    @Test func membersAndFramesAreJoined() throws {
        let plain = Samples.pcap(frames: 30)
        let frames = try read(try self.scratch.write("a", plain)).frames
        for pack in [gzip, zstd] {
            for cuts in [[1, 2, 3], [10, 24, 40], [24, 24, 500], [700, 1000, 1001]] {
                var bytes: [UInt8] = []
                var start = 0
                for cut in cuts + [plain.count] {
                    bytes += try pack(Array(plain[start..<cut]))
                    start = cut
                }
                let (unpacked, report) = try read(try self.scratch.write("b", bytes))
                #expect(unpacked == frames)
                #expect(report.notices.isEmpty, "\(cuts)")
            }
        }
    }

    @Test func zstdThatBeginsWithASkippableFrame() throws {
        let plain = Samples.pcap()
        let bytes: [UInt8] = [0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3] + (try zstd(plain))
        #expect(try read(try self.scratch.write("a", bytes)).frames == read(try self.scratch.write("b", plain)).frames)
    }

    @Test func whatFollowsTheCompressedCaptureIsReported() throws {
        for pack in [gzip, zstd] {
            let bytes = try pack(Samples.pcap())
            let (frames, report) = try read(try self.scratch.write("a", bytes + Array("something else".utf8)))
            #expect(frames.count == 5)
            guard case .trailingData(let byte)? = report.notices.first else {
                Issue.record("\(report.notices)")
                continue
            }
            #expect(report.notices.count == 1)
            #expect(byte >= UInt64(bytes.count) && byte <= UInt64(bytes.count + 14))
        }
    }

    /// Cut anywhere: a prefix of the frames, and one notice; or, with too little for the header, an error.
    @Test func cutAnywhere() throws {
        for pack in [gzip, zstd] {
            // Random payload, so that it does not compress to next to nothing.
            var random = Seeded(state: 4)
            var file = PcapFile()
            for index in 0..<20 { file.record(UInt32(index), 0, (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }) }
            let frames = try read(try self.scratch.write("a", file.bytes)).frames
            let bytes = try pack(file.bytes)
            for length in 0..<bytes.count {
                let path = try self.scratch.write("b", Array(bytes[..<length]))
                do {
                    let (unpacked, report) = try read(path)
                    #expect(unpacked == Array(frames.prefix(unpacked.count)))
                    #expect(report.notices.count == 1)
                    guard case .truncatedTail? = report.notices.first else {
                        Issue.record("\(length): \(report.notices)")
                        continue
                    }
                } catch let error as CaptureError {
                    switch error {
                    case .empty: #expect(length == 0)
                    case .notACapture: #expect(length < 4)
                    case .corruptHeader: break
                    default: Issue.record("\(error)")
                    }
                }
            }
        }
    }

    @Test func damagedDataEndTheReading() throws {
        let plain = Samples.pcap(frames: 20_000)
        for pack in [gzip, zstd] {
            var bytes = try pack(plain)
            for offset in 0..<64 { bytes[bytes.count / 2 + offset] ^= 0x5A }
            let (frames, report) = try read(try self.scratch.write("a", bytes))
            #expect(frames.count < 20_000)
            guard case .corruptCompression(let byte)? = report.notices.last else {
                // Damage inside the compressed data may also come out as a damaged record.
                guard case .corruptRecord? = report.notices.last else {
                    Issue.record("\(report.notices)")
                    continue
                }
                continue
            }
            #expect(byte <= UInt64(bytes.count))
        }
    }

    /// A bomb: 512 MiB of frames out of half a megabyte. It goes through in a small memory, measured in a process of its own.
    @Test(.timeLimit(.minutes(5))) func aBombStaysBounded() async {
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch()
            var file = PcapFile()
            for _ in 0..<64 { file.record(1, 1, [UInt8](repeating: 0, count: 262_144)) }
            var bytes = try gzip(PcapFile().bytes)
            let member = try gzip(file.records)
            for _ in 0..<32 { bytes += member }
            try #require(bytes.count < 1 << 20)
            let source = try SavefileSource(path: try scratch.write("a", bytes))
            let batch = FrameBatch()
            let before = try residentBytes()
            var most = before
            var fills = 0
            while try source.fill(batch) {
                fills += 1
                if fills % 256 == 0 { most = max(most, try residentBytes()) }
            }
            try #require(most > 0 && fills > 1024)
            try #require(source.report.frames == 32 * 64)
            try #require(most - before < 16 << 20)
        }
    }
}

/// How much memory this process has resident.
func residentBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let fields = text.split(separator: " ")
    return (Int(fields[1]) ?? 0) * 4096
}
