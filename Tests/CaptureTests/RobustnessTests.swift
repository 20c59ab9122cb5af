import Capture
import Foundation
import Testing
import Wire

/// Whatever the bytes are: an answer, in bounded time, and the same one from a file and from a pipe.
@Suite(.timeLimit(.minutes(5))) struct RobustnessTests {
    let scratch: Scratch
    init() throws { self.scratch = try Scratch() }

    static let samples: [[UInt8]] = [
        Samples.pcap(), Samples.pcap(magic: 0xA1B2_3C4D, bigEndian: true), Samples.pcap(magic: 0xA1B2_CD34), Samples.pcapng(),
    ]

    @Test(arguments: samples.indices)
    func cutAtEveryByte(sample: Int) throws {
        let bytes = Self.samples[sample]
        let (frames, _) = try read(try self.scratch.write("a", bytes))
        // Where a record begins is where a cut is none.
        var boundaries: Set<Int> = []
        var lastCount = -1
        for length in 0..<bytes.count {
            let path = try self.scratch.write("b", Array(bytes[..<length]))
            do {
                let (some, report) = try read(path)
                #expect(some == Array(frames.prefix(some.count)))
                #expect(some.count >= lastCount)
                lastCount = some.count
                if report.notices.contains(where: { if case .truncatedTail = $0 { true } else { false } }) {
                    guard case .truncatedTail(let byte)? = report.notices.last else { continue }
                    #expect(boundaries.contains(Int(byte)) || byte == 0)
                    #expect(byte < UInt64(length))
                } else {
                    boundaries.insert(length)
                }
            } catch let error as CaptureError {
                switch error {
                case .empty: #expect(length == 0)
                case .notACapture: #expect(length < 12)
                case .corruptHeader: #expect(length < 28)
                default: Issue.record("\(length): \(error)")
                }
            }
        }
        #expect(lastCount >= frames.count - 1)
        #expect(boundaries.count >= frames.count)
    }

    /// What the two readers answer, in words: the same bytes have to give the same words.
    private func answer(_ path: String, capacity: Int) -> String {
        do {
            let source = try SavefileSource(path: path)
            let frames = try read(source, batch: FrameBatch(capacity: capacity))
            return "\(frames) \(source.report.notices) \(source.report.fingerprint) \(source.report.linkTypes.sorted { $0.key < $1.key })"
        } catch {
            return "\(error)".replacingOccurrences(of: path, with: "")
        }
    }

    @Test(arguments: 0..<8)
    func mutations(round: Int) throws {
        var random = Seeded(state: UInt64(round))
        var seeds = Self.samples
        for sample in Self.samples { seeds += [try gzip(sample), try zstd(sample)] }
        var outcomes: Set<Bool> = []
        for number in 0..<250 {
            var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<7, using: &random) {
                case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
                case 2: bytes.remove(at: place)
                case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                case 4: bytes.removeSubrange(place..<min(place + 4, bytes.count))
                case 5: bytes.replaceSubrange(place..<min(place + 4, bytes.count), with: [0xFF, 0xFF, 0xFF, 0xFF])
                default: bytes.insert(contentsOf: bytes[place..<min(place + 32, bytes.count)], at: place)
                }
            }
            let path = try self.scratch.write("m", bytes)
            let first = self.answer(path, capacity: FrameBatch.standardCapacity)
            outcomes.insert(first.hasPrefix("["))
            // The size of the reads changes nothing.
            if number % 5 == 0 { #expect(self.answer(path, capacity: 4096) == first) }
            if bytes.prefix(2) != [0x1F, 0x8B], bytes.prefix(2) != [0x28, 0xB5], let difference = try Reference.difference(path, lenient: true) {
                Issue.record("round \(round) number \(number): \(difference)")
            }
        }
        #expect(outcomes == [true, false])
    }

    /// Only a large claim, and nothing behind it: no memory is taken for it. Measured in a process of its own.
    @Test func claimsCostNothing() async {
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch()
            let batch = FrameBatch()
            var before = 0
            for length in [0x7FFF_FFFC, 0xFFFF_FFFC, 0x000F_FFFC, 0x0100_0000] as [UInt32] {
                for type in [1, 3, 5, 6, 0x0A0D_0D0A, 0x0BAD] as [UInt32] {
                    var file = PcapngFile()
                    file.section()
                    file.interface()
                    var tail = Bytes()
                    tail.u32(type)
                    tail.u32(length)
                    tail.u32(0x1A2B_3C4D)
                    let source = try SavefileSource(path: try scratch.write("a", file.bytes + tail.bytes))
                    try #require(try read(source, batch: batch).isEmpty)
                    try #require(source.report.notices.count == 1)
                    if before == 0 { before = try residentBytes() }
                }
            }
            try #require(try residentBytes() - before < 8 << 20)
        }
    }
}
