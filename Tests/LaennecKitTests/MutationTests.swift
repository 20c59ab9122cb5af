import Foundation
import LaennecKit
import Reports
import Testing

/// Damaged captures: no input ends the program, takes long, takes memory without bound, or makes a secret come out.
///
/// `LAENNEC_MUTATIONS` says how often each capture is damaged, `LAENNEC_MUTATED` which alone (names with commas between them);
/// `LAENNEC_CAPTURES` names a folder with more of them. The damaged
/// capture is written to the temporary folder first, as `laennec-mutation-NAME-PROCESS.pcap`: what ends the program is found there.
@Suite struct MutationTests {
    static let rounds = ProcessInfo.processInfo.environment["LAENNEC_MUTATIONS"].flatMap { Int($0) } ?? 96

    /// Longer than any scan of such a small capture takes, on a busy machine and without optimisation.
    private static let limit = Duration.seconds(20)
    /// For the whole process, in KiB, with everything else that runs in it.
    private static let memoryLimit = 2 << 20

    private static let names = ProcessInfo.processInfo.environment["LAENNEC_MUTATED"].map { $0.split(separator: ",").map(String.init) } ?? Lab.names

    @Test(arguments: Self.names) func damaged(_ name: String) throws {
        let path = try Lab.path(name)
        let original = try Data(contentsOf: URL(fileURLWithPath: path))
        let frames = try CaptureFile.read(path)
        let expected = try Lab.expected(name)
        // The demonstration is as large as all others together.
        try Self.run(
            name, file: [UInt8](original), frames: frames, secrets: expected.canaries, rounds: original.count > 300_000 ? max(Self.rounds / 8, 1) : Self.rounds)
    }

    @Test(.enabled(if: Sample.folder != nil, "LAENNEC_CAPTURES names no folder of further captures"))
    func damagedFurtherCaptures() throws {
        let files = Sample.files(atMost: 150, ofAtMost: 200_000)
        #expect(!files.isEmpty)
        for (number, file) in files.enumerated() {
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
            // Other formats than the tests' own reader knows are damaged as files only.
            let isSimple = bytes.count > 24 && [0xA1B2_C3D4, 0xA1B2_3C4D].contains(bytes.u32le(0)) && !file.contains("/malformed/")
            let frames = isSimple ? (try? CaptureFile.read(file)) ?? [] : []
            try Self.run("further-\(number)", file: bytes, frames: frames, secrets: [], rounds: max(Self.rounds / 16, 1))
        }
    }

    private static func run(_ name: String, file: [UInt8], frames: [Frame], secrets: [String], rounds: Int) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "laennec-mutation-\(name.replacing("/", with: "-"))-\(ProcessInfo.processInfo.processIdentifier).pcap").path
        let canaries = Canaries(secrets)
        var generator = Generator(seed: name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
        for round in 0..<rounds {
            var damage = Damage(file: file, frames: frames)
            damage.apply(&generator, round)
            let bytes = damage.bytes
            try CaptureFile.write(bytes, to: path)
            let start = ContinuousClock.now
            do {
                let threads = round % 8 == 7 ? 2 : 1
                let report = try Lab.scan([path], threads: threads)
                let json = try Lab.json(report)
                #expect(json.count > 200)
                if damage.keepsMeaning {
                    let shown = canaries.found(in: json)
                    #expect(shown == [], "\(name), round \(round): \(damage.kinds)")
                }
            } catch {
                // A container that is no longer one is refused in a sentence.
                #expect(damage.isOfFile, "\(name), round \(round): \(damage.kinds): \(error)")
                #expect(canaries.found(in: Array("\(error) \(String(reflecting: error))".utf8)) == [])
            }
            let time = ContinuousClock.now - start
            #expect(time < Self.limit, "\(name), round \(round): \(damage.kinds) took \(time)")
        }
        #expect(Self.memory < Self.memoryLimit, "\(Self.memory) KiB")
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The most memory that the process held, in KiB (`VmHWM` of proc(5)).
    private static var memory: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
}

/// Damage to a capture.
struct Damage {
    enum Kind: CaseIterable {
        /// Frames as a lossy mirror port, a busy capture or a snap length leaves them.
        case drop, duplicate, reorder, truncate, shiftTime
        /// Bytes in frames, anywhere or in headers.
        case flip, header, length, insert, remove, splice
        /// Bytes of the file itself.
        case flipFile, cutFile
    }

    private let file: [UInt8]
    private var frames: [Frame]
    private(set) var kinds: [Kind] = []
    private var damagedFile: [UInt8]?

    init(file: [UInt8], frames: [Frame]) {
        self.file = file
        self.frames = frames
    }

    /// Whether every byte that is left means what it meant: only then is a secret for certain in a field that holds secrets.
    var keepsMeaning: Bool {
        self.kinds.allSatisfy { [.drop, .duplicate, .reorder, .truncate, .shiftTime, .cutFile].contains($0) }
    }
    var isOfFile: Bool { self.damagedFile != nil }
    var bytes: [UInt8] { self.damagedFile ?? CaptureFile.pcap(self.frames) }

    /// Damages in one to three ways; every kind has its turn.
    mutating func apply(_ generator: inout Generator, _ round: Int) {
        for number in 0...(round % 3) {
            let kind = number == 0 ? Kind.allCases[round % Kind.allCases.count] : Kind.allCases[generator.below(Kind.allCases.count - 2)]
            self.kinds.append(kind)
            if self.frames.isEmpty || kind == .flipFile || kind == .cutFile {
                self.damageFile(kind, &generator)
                return
            }
            self.damageFrames(kind, &generator)
        }
    }

    private mutating func damageFile(_ kind: Kind, _ generator: inout Generator) {
        var bytes = self.damagedFile ?? self.file
        if kind == .cutFile {
            bytes = Array(bytes.prefix(generator.below(bytes.count + 1)))
        } else {
            for _ in 0...generator.below(12) where !bytes.isEmpty { bytes[generator.below(bytes.count)] = generator.byte() }
        }
        self.damagedFile = bytes
    }

    private mutating func damageFrames(_ kind: Kind, _ generator: inout Generator) {
        let times = 1 + generator.below(1 + self.frames.count / 8)
        for _ in 0..<times where !self.frames.isEmpty {
            let index = generator.below(self.frames.count)
            switch kind {
            case .drop: self.frames.remove(at: index)
            case .duplicate: self.frames.insert(self.frames[index], at: generator.below(self.frames.count + 1))
            case .reorder: self.frames.swapAt(index, min(max(index + generator.below(9) - 4, 0), self.frames.count - 1))
            case .truncate: self.frames[index].bytes = Array(self.frames[index].bytes.prefix(generator.below(self.frames[index].bytes.count + 1)))
            case .shiftTime: self.frames[index].time = generator.below(2) == 0 ? generator.next() >> 3 : self.frames[index].time &+ 86_400_000_000_000
            default: self.damageBytes(of: index, kind, &generator)
            }
        }
    }

    private mutating func damageBytes(of index: Int, _ kind: Kind, _ generator: inout Generator) {
        var bytes = self.frames[index].bytes
        guard !bytes.isEmpty else { return }
        let place = generator.below(bytes.count)
        switch kind {
        case .header: bytes[generator.below(min(bytes.count, 66))] = generator.byte()
        case .length:
            // What lengths and counts like least.
            let values: [[UInt8]] = [[0], [1], [0x7F], [0x80], [0xFF], [0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0], [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F]]
            for (offset, value) in values[generator.below(values.count)].enumerated() where place + offset < bytes.count { bytes[place + offset] = value }
        case .insert: bytes.insert(contentsOf: (0...generator.below(8)).map { _ in generator.byte() }, at: place)
        case .remove: bytes.removeSubrange(place..<min(place + 1 + generator.below(8), bytes.count))
        case .splice:
            let other = self.frames[generator.below(self.frames.count)].bytes
            bytes.replaceSubrange(place..., with: other.suffix(generator.below(other.count + 1)))
        default: for _ in 0...generator.below(8) { bytes[generator.below(bytes.count)] ^= 1 << UInt8(generator.below(8)) }
        }
        self.frames[index].bytes = bytes
        self.frames[index].length = max(self.frames[index].length, bytes.count)
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct Generator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
    mutating func below(_ count: Int) -> Int { Int(self.next() % UInt64(max(count, 1))) }
    mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: self.next()) }
}
