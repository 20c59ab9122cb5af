import Capture
import Testing
import Wire

@Suite struct PcapngTests {
    let scratch: Scratch
    init() throws { self.scratch = try Scratch() }

    @Test func sectionsOfEitherByteOrderAndInterfacesOfDifferentLinkTypes() throws {
        var file = PcapngFile()
        var expected: [Frame] = []
        for (section, bigEndian) in [false, true, true, false].enumerated() {
            file.section(bigEndian: bigEndian, minor: section == 1 ? 2 : 0)
            file.interface(1, snapLength: 0, options: [(2, Array("eth\(section)".utf8))])
            file.interface(113, snapLength: 96)
            file.interface(UInt16(12 + section * 100), snapLength: 65_535)
            for interface in [2, 0, 1] as [UInt32] {
                let ticks = 1_700_000_000_000_000 + UInt64(expected.count)
                let bytes = Samples.payload(40 + expected.count)
                file.packet(interface, ticks, bytes, original: 100)
                expected.append(
                    Frame(
                        ordinal: UInt64(expected.count + 1),
                        time: Int64(ticks) * 1000,
                        linkType: [1, 113, section == 0 ? 101 : UInt16(12 + section * 100)][Int(interface)],
                        original: 100,
                        bytes: bytes
                    )
                )
            }
        }
        let (frames, report) = try read(try self.scratch.write("a.pcapng", file.bytes))
        #expect(frames == expected)
        #expect(report.notices.isEmpty)
        #expect(report.linkTypes == [.ethernet: 4, .linuxCooked: 4, .raw: 1, LinkType(rawValue: 112): 1, LinkType(rawValue: 212): 1, LinkType(rawValue: 312): 1])
        // The unnamed cooked interface is the same in every section; the named ones are four.
        #expect(report.interfaces.filter { $0.linkType == .linuxCooked }.map(\.frames) == [4])
        #expect(report.interfaces.compactMap(\.name).sorted() == ["eth0", "eth1", "eth2", "eth3"])
        #expect(report.cutFrames == 12)
    }

    @Test func timeResolutions() throws {
        // (if_tsresol, ticks, nanoseconds)
        let cases: [(UInt8, UInt64, Int64)] = [
            (0, 1_700_000_000, 1_700_000_000_000_000_000),
            (3, 1_700_000_000_123, 1_700_000_000_123_000_000),
            (6, 1_700_000_000_123_456, 1_700_000_000_123_456_000),
            (9, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789),
            (10, 17_000_000_001_234_567_899, 1_700_000_000_123_456_789),
            (19, 17_000_000_001_234_567_899, 1_700_000_000),
            (28, 17_000_000_001_234_567_899, 1),
            (29, .max, 0),
            (127, .max, 0),
            (0x80, 5, 5_000_000_000),
            (0x81, 5, 2_500_000_000),
            (0x80 | 20, 1_700_000_000 << 20 | 1 << 19, 1_700_000_000_500_000_000),
            (0x80 | 30, 1_700_000_000 << 30 | 3 << 28, 1_700_000_000_750_000_000),
            // Here a 64-bit product of the fraction and 10^9 would overflow.
            (0x80 | 40, 1_000_000 << 40 | 0xFF_FFFF_FFFF, 1_000_000_999_999_999),
            (0x80 | 63, 1 << 63 | 1 << 62, 1_500_000_000),
            (0xFF, .max, 0),
            // Beyond the year 2262.
            (0, .max, .max),
            (6, .max, .max),
            (9, .max, .max),
            (0x80, .max, .max),
        ]
        for bigEndian in [false, true] {
            var file = PcapngFile()
            file.section(bigEndian: bigEndian)
            for (resolution, _, _) in cases { file.interface(options: [(9, [resolution])]) }
            for (index, (_, ticks, _)) in cases.enumerated() { file.packet(UInt32(index), ticks, [1, 2, 3]) }
            let frames = try read(try self.scratch.write("a.pcapng", file.bytes)).frames
            #expect(frames.map(\.time) == cases.map(\.2))
        }
    }

    @Test func timeOffsets() throws {
        for bigEndian in [false, true] {
            var file = PcapngFile()
            file.section(bigEndian: bigEndian)
            file.interface(options: [(14, file.u64(UInt64(bitPattern: 3600))), (9, [9])])
            file.interface(options: [(14, file.u64(UInt64(bitPattern: -3600)))])
            file.interface(options: [(14, file.u64(UInt64(bitPattern: .max)))])
            file.interface(options: [(14, file.u64(UInt64(bitPattern: .min)))])
            file.packet(0, 5, [1])
            file.packet(1, 5, [1])
            file.packet(2, 5, [1])
            file.packet(3, 5, [1])
            let frames = try read(try self.scratch.write("a.pcapng", file.bytes)).frames
            #expect(frames.map(\.time) == [3_600_000_000_005, -3_599_999_995_000, .max, .min + 5000])
        }
    }

    @Test func simplePacketsTakeTheFirstInterfaceAndTheLastTime() throws {
        var file = PcapngFile()
        file.section()
        file.interface(101, snapLength: 30)
        file.simplePacket(Samples.payload(10), original: 10)
        file.packet(0, 77, Samples.payload(30))
        file.simplePacket(Samples.payload(30), original: 1400)
        let (frames, report) = try read(try self.scratch.write("a.pcapng", file.bytes))
        #expect(frames == [
            Frame(ordinal: 1, time: 0, linkType: 101, original: 10, bytes: Samples.payload(10)),
            Frame(ordinal: 2, time: 77_000, linkType: 101, original: 30, bytes: Samples.payload(30)),
            Frame(ordinal: 3, time: 77_000, linkType: 101, original: 1400, bytes: Samples.payload(30)),
        ])
        #expect(report.notices.isEmpty)
    }

    @Test func obsoletePacketBlocks() throws {
        for bigEndian in [false, true] {
            var file = PcapngFile()
            file.section(bigEndian: bigEndian)
            file.interface()
            file.interface(228)
            file.obsoletePacket(1, 1_700_000_000_000_001, Samples.payload(21))
            let frames = try read(try self.scratch.write("a.pcapng", file.bytes)).frames
            #expect(frames == [
                Frame(ordinal: 1, time: 1_700_000_000_000_001_000, linkType: 228, original: 21, bytes: Samples.payload(21))
            ])
        }
    }

    @Test func otherBlocksAreSteppedOver() throws {
        var file = PcapngFile()
        file.section()
        file.block(4) { $0.bytes += Samples.payload(64) }  // name resolution
        file.interface()
        var expected = 0
        // Sizes around every edge of a buffer of 4 KiB, and much larger than it.
        for size in [0, 4, 4000, 4040, 4044, 4048, 4052, 4056, 4060, 4064, 4068, 4072, 4076, 4080, 4096, 300_000, 3_000_000] {
            for type in [4, 9, 0x0000_000A, 0x0000_0BAD, 0x8000_0001] as [UInt32] {
                file.block(type) { $0.bytes += Samples.payload(size) }
                file.packet(0, 1, [UInt8(truncatingIfNeeded: expected)])
                expected += 1
            }
        }
        let path = try self.scratch.write("a.pcapng", file.bytes)
        for capacity in [4096, FrameBatch.standardCapacity] {
            let source = try SavefileSource(path: path)
            let frames = try read(source, batch: FrameBatch(capacity: capacity))
            #expect(frames.map(\.bytes) == (0..<expected).map { [UInt8(truncatingIfNeeded: $0)] })
            #expect(source.report.notices.isEmpty)
        }
    }

    /// What Wireshark lists among the frames takes a number; what it does not, does not.
    @Test func ordinalsAreWiresharksNumbers() throws {
        for size in [64, 300_000] {
            var file = PcapngFile()
            file.section()
            file.interface()
            for type in [9, 0x0BAD, 0x4000_0BAD] as [UInt32] {
                file.packet(0, 1, [1])
                file.block(type) { $0.bytes += Samples.payload(size) }
            }
            for type in [4, 0x0A, 0x77, 0x8000_0001] as [UInt32] {
                file.packet(0, 1, [1])
                file.block(type) { $0.bytes += Samples.payload(size) }
            }
            let path = try self.scratch.write("a.pcapng", file.bytes)
            let other = try self.scratch.write("b.pcapng", file.bytes)
            let source = try CaptureFilesSource(InputList([path, other]))
            #expect(try read(source).map(\.ordinal) == [1, 3, 5, 7, 8, 9, 10, 11, 13, 15, 17, 18, 19, 20])
            #expect(source.reports.map(\.firstOrdinal) == [1, 11])
            #expect(source.reports.map(\.frames) == [7, 7])
        }
    }

    @Test func aTornOrWrongTrailerOfASteppedOverBlockIsNoticed() throws {
        var file = PcapngFile()
        file.section()
        file.interface()
        file.packet(0, 1, [1])
        let position = UInt64(file.bytes.count)
        file.block(0x0BAD) { $0.bytes += Samples.payload(600_000) }
        var wrong = file.bytes
        wrong[wrong.count - 1] ^= 1
        wrong += Samples.pcapng()
        #expect(try read(try self.scratch.write("a", wrong)).report.notices == [.corruptRecord(atByte: position, .blockTrailer)])
        for cut in [1, 3, 4, 5, 300_000, 599_999, 600_003] {
            let (frames, report) = try read(try self.scratch.write("b", Array(file.bytes.dropLast(cut))))
            #expect(frames.count == 1)
            #expect(report.notices == [.truncatedTail(atByte: position)], "cut \(cut)")
        }
    }

    @Test func droppedFramesAreReported() throws {
        for bigEndian in [false, true] {
            var file = PcapngFile()
            file.section(bigEndian: bigEndian)
            file.interface(options: [(2, Array("eth7".utf8))])
            file.statistics(0, options: [(4, file.u64(100)), (5, file.u64(1)), (7, file.u64(1))])
            file.statistics(0, options: [(5, file.u64(3)), (7, file.u64(5))])
            file.statistics(9, options: [(5, file.u64(3))])
            let report = try read(try self.scratch.write("a.pcapng", file.bytes)).report
            #expect(report.notices == [.dropped(interface: "eth7", byInterface: 3, bySystem: 5)])
        }
    }

    @Test func damage() throws {
        func notices(_ change: (inout PcapngFile) -> Void) throws -> [CaptureNotice] {
            var file = PcapngFile()
            file.section()
            file.interface()
            file.packet(0, 1, [9, 9])
            change(&file)
            file.packet(0, 1, [8])
            let (frames, report) = try read(try self.scratch.write("a.pcapng", file.bytes))
            #expect(frames.map(\.bytes) == [[9, 9]])
            return report.notices
        }
        let at: UInt64 = 28 + 20 + 36
        #expect(try notices { $0.packet(1, 1, [1]) } == [.corruptRecord(atByte: at, .unknownInterface(1))])
        #expect(try notices { $0.obsoletePacket(4, 1, [1]) } == [.corruptRecord(atByte: at, .unknownInterface(4))])
        #expect(try notices { $0.block(6) { $0.u64(0) } } == [.corruptRecord(atByte: at, .blockTooShort(type: 6))])
        #expect(try notices { $0.block(3) { $0.u32(100) } } == [.corruptRecord(atByte: at, .blockTooShort(type: 3))])
        #expect(try notices { $0.block(77) { $0.bytes.append(0) } } == [.corruptRecord(atByte: at, .blockLength(13))])
        #expect(try notices { $0.section(major: 3) } == [.corruptRecord(atByte: at, .sectionVersion(major: 3, minor: 0))])
        #expect(try notices { $0.block(0x0A0D_0D0A) { $0.bytes += Samples.payload(16) } } == [.corruptRecord(atByte: at, .byteOrderMagic)])
        #expect(try notices { $0.block(6) { body in
            for field in [0, 0, 0, 9, 9] as [UInt32] { body.u32(field) }
            body.u64(0)
        } } == [.corruptRecord(atByte: at, .blockTooShort(type: 6))])
    }

    @Test func packetBeforeAnyInterface() throws {
        var file = PcapngFile()
        file.section()
        file.packet(0, 1, [1])
        let (frames, report) = try read(try self.scratch.write("a.pcapng", file.bytes))
        #expect(frames.isEmpty)
        #expect(report.notices == [.corruptRecord(atByte: 28, .unknownInterface(0))])
    }

    @Test func tooManyInterfacesOrSectionsStayBounded() throws {
        var file = PcapngFile()
        file.section()
        for _ in 0...SavefileSource.maximumInterfaces { file.interface() }
        #expect(try read(try self.scratch.write("a", file.bytes)).report.notices == [
            .corruptRecord(atByte: UInt64(28 + 20 * SavefileSource.maximumInterfaces), .tooManyInterfaces)
        ])
        file = PcapngFile()
        for number in 0..<2000 {
            file.section()
            file.interface(options: [(2, Array("if\(number)".utf8))])
            file.packet(0, 1, [1])
        }
        let (frames, report) = try read(try self.scratch.write("b", file.bytes))
        #expect(frames.count == 2000)
        #expect(report.linkTypes == [.ethernet: 2000])
        #expect(report.interfaces.count == 256)
    }

    @Test func brokenOptionsOfAnInterfaceLeaveItUsable() throws {
        var file = PcapngFile()
        file.section()
        // An option that is longer than the block, and a resolution of a wrong length.
        file.block(1) { body in
            body.u32(1)
            body.u32(0)
            body.u16(9)
            body.u16(4000)
        }
        file.interface(options: [(9, [9, 9]), (2, []), (2, Array(repeating: 0x41, count: 4000))])
        file.packet(0, 5, [1])
        file.packet(1, 5, [1])
        let (frames, report) = try read(try self.scratch.write("a", file.bytes))
        #expect(frames.map(\.time) == [5000, 5000])
        #expect(report.interfaces.compactMap(\.name) == [String(repeating: "A", count: 256)])
        #expect(report.notices.isEmpty)
    }
}
