import Capture
import Testing
import Wire

@Suite struct PcapTests {
    let scratch: Scratch
    init() throws { self.scratch = try Scratch() }

    @Test(arguments: [UInt32(0xA1B2_C3D4), 0xA1B2_3C4D, 0xA1B2_CD34], [false, true])
    func everyMagic(magic: UInt32, bigEndian: Bool) throws {
        var file = PcapFile(magic: magic, bigEndian: bigEndian)
        file.record(1_700_000_000, 123_456, Samples.payload(60))
        file.record(4_294_967_295, 999_999, Samples.payload(3), original: 1500)
        file.record(0, 0, [])
        let (frames, report) = try read(try self.scratch.write("a.pcap", file.bytes))
        let unit: Int64 = magic == 0xA1B2_3C4D ? 1 : 1000
        #expect(frames == [
            Frame(ordinal: 1, time: 1_700_000_000_000_000_000 + 123_456 * unit, original: 60, bytes: Samples.payload(60)),
            Frame(ordinal: 2, time: 4_294_967_295_000_000_000 + 999_999 * unit, original: 1500, bytes: Samples.payload(3)),
            Frame(ordinal: 3, time: 0, original: 0, bytes: []),
        ])
        #expect(report.notices.isEmpty)
        #expect(report.frames == 3)
        #expect(report.cutFrames == 1)
        #expect(report.bytesRead == UInt64(file.bytes.count))
        #expect(report.size == UInt64(file.bytes.count))
        #expect(report.firstTime == Timestamp(nanoseconds: 0))
        #expect(report.lastTime == Timestamp(nanoseconds: frames[1].time))
        #expect(report.linkTypes == [.ethernet: 3])
        #expect(report.format?.container == .pcap)
        #expect(report.format?.isBigEndian == bigEndian)
        #expect(report.format?.isNanoseconds == (magic == 0xA1B2_3C4D))
    }

    @Test func lengthsStoodTheOtherWayRoundBeforeVersion2_3() throws {
        for (major, minor) in [(2, 0), (2, 2), (543, 0)] as [(UInt16, UInt16)] {
            var file = PcapFile()
            file.major = major
            file.minor = minor
            file.record(1, 2, Samples.payload(10), original: 90)
            let (frames, _) = try read(try self.scratch.write("a.pcap", file.bytes))
            #expect(frames.map(\.bytes) == [Samples.payload(10)])
            #expect(frames.map(\.original) == [90])
        }
        // Version 2.3: either way, the smaller is the captured length.
        var file = PcapFile()
        file.minor = 3
        file.record(1, 2, Samples.payload(10), original: 90)
        file.record(1, 2, Samples.payload(10), original: 10, captured: 90)
        let (frames, _) = try read(try self.scratch.write("a.pcap", file.bytes))
        #expect(frames.map(\.bytes.count) == [10, 10])
        #expect(frames.map(\.original) == [90, 90])
    }

    @Test func linkTypeFieldWithCheckSequenceBits() throws {
        var file = PcapFile()
        file.linkType = 0x2400_0000 | 1
        file.record(1, 2, Samples.payload(64))
        let (frames, report) = try read(try self.scratch.write("a.pcap", file.bytes))
        #expect(frames.map(\.linkType) == [1])
        #expect(report.interfaces.map(\.checkSequenceLength) == [4])
        // DLT_RAW in place of LINKTYPE_RAW, as some writers did.
        file.linkType = 12
        #expect(try read(try self.scratch.write("b.pcap", file.bytes)).frames.map(\.linkType) == [101])
    }

    @Test func framesLongerThanTheSnapLengthAreCut() throws {
        var file = PcapFile()
        file.snapLength = 16
        file.record(1, 0, Samples.payload(40))
        file.record(2, 0, Samples.payload(8))
        let (frames, report) = try read(try self.scratch.write("a.pcap", file.bytes))
        #expect(frames.map(\.bytes) == [Array(Samples.payload(40)[..<16]), Samples.payload(8)])
        #expect(frames.map(\.original) == [40, 8])
        #expect(report.cutFrames == 1)
        #expect(report.notices.isEmpty)
    }

    @Test func aFrameThatNoProgramKeepsIsDamage() throws {
        var file = PcapFile()
        file.snapLength = .max
        file.record(1, 0, Samples.payload(8))
        file.record(2, 0, Samples.payload(262_144))
        let good = file.bytes.count
        file.record(3, 0, Samples.payload(262_145))
        file.record(4, 0, Samples.payload(8))
        let (frames, report) = try read(try self.scratch.write("a.pcap", file.bytes))
        #expect(frames.map(\.bytes.count) == [8, 262_144])
        #expect(report.notices == [.corruptRecord(atByte: UInt64(good), .frameTooLong(262_145))])
    }

    @Test func frameLargerThanTheBuffer() throws {
        var file = PcapFile()
        for index in 0..<40 { file.record(UInt32(index), 0, Samples.payload(index * 5000 % 200_000, UInt8(index))) }
        let path = try self.scratch.write("a.pcap", file.bytes)
        let expected = (0..<40).map { Samples.payload($0 * 5000 % 200_000, UInt8($0)) }
        for capacity in [4096, 65_536, FrameBatch.standardCapacity] {
            let frames = try read(try SavefileSource(path: path), batch: FrameBatch(capacity: capacity))
            #expect(frames.map(\.bytes) == expected)
            #expect(frames.map(\.ordinal) == Array(1...40))
        }
    }

    /// As in a pipeline: what one batch could not hold begins the next one, which may be smaller.
    @Test func batchesOfDifferentSizesTakeTurns() throws {
        var file = PcapFile()
        var blocks = PcapngFile()
        blocks.section()
        blocks.interface()
        for index in 0..<60 {
            let bytes = Samples.payload(index * 37_777 % 260_000, UInt8(index))
            file.record(UInt32(index), 0, bytes)
            blocks.packet(0, UInt64(index) * 1_000_000, bytes + bytes)
        }
        for bytes in [file.bytes, blocks.bytes] {
            let path = try self.scratch.write("a", bytes)
            let (expected, _) = try read(path)
            #expect(expected.count == 60)
            let batches = [300_000, 4096, FrameBatch.standardCapacity, 10_000, 1 << 20].map { FrameBatch(capacity: $0) }
            let source = try SavefileSource(path: path)
            var frames: [Frame] = []
            var turn = 0
            while try source.fill(batches[turn % batches.count]) {
                frames += batches[turn % batches.count].copies
                turn += 1
                // Batches that have grown would hide what this is about.
                if turn > 12 { break }
            }
            let small = (0..<400).map { _ in FrameBatch(capacity: 4096) }
            for batch in small {
                guard try source.fill(batch) else { break }
                frames += batch.copies
            }
            #expect(frames == expected)
            #expect(source.report.notices.isEmpty)
        }
    }

    @Test func emptyButValid() throws {
        let (frames, report) = try read(try self.scratch.write("a.pcap", PcapFile().bytes))
        #expect(frames.isEmpty)
        #expect(report.frames == 0)
        #expect(report.notices.isEmpty)
        #expect(report.failure == nil)
        #expect(report.firstTime == nil)
        #expect(report.interfaces.map(\.linkType) == [.ethernet])
    }

    @Test func fillAfterTheEndStaysAtTheEnd() throws {
        let source = try SavefileSource(path: try self.scratch.write("a.pcap", Samples.pcap()))
        let batch = FrameBatch()
        #expect(try read(source, batch: batch).count == 5)
        for _ in 0..<3 {
            #expect(try source.fill(batch) == false)
            #expect(batch.frames.isEmpty)
        }
    }

    @Test func headerOfAnotherBatchLendsNothing() throws {
        let path = try self.scratch.write("a.pcap", Samples.pcap())
        let batch = FrameBatch()
        let source = try SavefileSource(path: path)
        #expect(try source.fill(batch))
        let empty = FrameBatch()
        for frame in batch.frames { #expect(empty.bytes(of: frame).byteCount == 0) }
        let wild = FrameHeader(
            ordinal: 1, time: .distantPast, linkType: .ethernet, capturedLength: .max, originalLength: .max, offset: .max
        )
        #expect(batch.bytes(of: wild).byteCount == 0)
    }

    @Test func frameHeadersStaySmall() {
        #expect(MemoryLayout<FrameHeader>.stride <= 40)
    }

    @Test func fingerprintIsOfTheRecordsAndNotOfTheContainer() throws {
        var micro = PcapFile()
        var nano = PcapFile(magic: 0xA1B2_3C4D, bigEndian: true)
        var blocks = PcapngFile()
        blocks.section()
        blocks.interface()
        for index in 0..<50 {
            let bytes = Samples.payload(index)
            micro.record(100, UInt32(index), bytes, original: 70)
            nano.record(100, UInt32(index) * 1000, bytes, original: 70)
            blocks.packet(0, 100_000_000 + UInt64(index), bytes, original: 70)
        }
        let prints = try [micro.bytes, nano.bytes, blocks.bytes].map {
            try read(try self.scratch.write("a", $0)).report.fingerprint
        }
        #expect(Set(prints).count == 1)
        // The order, a length and a time each matter.
        var others: Set<UInt64> = Set(prints)
        for variant in 0..<3 {
            var file = PcapFile()
            for index in 0..<50 {
                let number = variant == 0 ? 49 - index : index
                let time = variant == 1 && index == 20 ? 21 : UInt32(number)
                file.record(100, time, Samples.payload(number), original: variant == 2 && index == 7 ? 71 : 70)
            }
            others.insert(try read(try self.scratch.write("a", file.bytes)).report.fingerprint)
        }
        #expect(others.count == 4)
    }

    @Test func headersThatCannotBeRead() throws {
        func failure(_ bytes: [UInt8]) throws -> CaptureError? {
            let path = try self.scratch.write("x", bytes)
            do throws(CaptureError) {
                _ = try SavefileSource(path: path)
                return nil
            } catch {
                #expect(error.description.contains(path))
                return error
            }
        }
        let path = self.scratch.path + "/x"
        #expect(try failure([]) == .empty(path: path))
        for length in 4..<24 { #expect(try failure(Array(Samples.pcap()[..<length])) == .corruptHeader(path: path)) }
        for length in 12..<28 { #expect(try failure(Array(Samples.pcapng()[..<length])) == .corruptHeader(path: path)) }
        #expect(try failure(Array("no capture at all\n".utf8)) == .notACapture(path: path, looksLike: .text))
        #expect(try failure(Array("snoop\0\0\0\0\0\0\u{2}\0\0\0\u{4}".utf8)) == .notACapture(path: path, looksLike: .snoop))
        #expect(try failure([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4]) == .notACapture(path: path, looksLike: .xz))
        #expect(try failure([1, 2, 3]) == .notACapture(path: path, looksLike: nil))
        for (major, minor) in [(1, 0), (2, 5), (3, 0)] as [(UInt16, UInt16)] {
            var file = PcapFile()
            file.major = major
            file.minor = minor
            #expect(try failure(file.bytes) == .unsupportedVersion(path: path, major: major, minor: minor))
        }
        var file = PcapngFile()
        file.section(major: 2)
        #expect(try failure(file.bytes) == .unsupportedVersion(path: path, major: 2, minor: 0))
    }

    @Test func pathsThatCannotBeRead() throws {
        let missing = self.scratch.path + "/missing.pcap"
        #expect(throws: CaptureError.notFound(path: missing)) { try SavefileSource(path: missing) }
        #expect(throws: CaptureError.isDirectory(path: self.scratch.path)) { try SavefileSource(path: self.scratch.path) }
    }
}
