import CPCAP
import Capture
import Foundation
import Glibc
import Testing
import Wire

/// libpcap is the reference: where it can read a file, both give the same frames.
enum Reference {
    /// Compares the readers in lockstep.
    ///
    /// - Parameter lenient: for files that were damaged on purpose: times beyond what an `Int64` of nanoseconds holds, and times in
    ///   powers of two, of which libpcap multiplies the fraction in 64 bits, are not compared.
    /// - Returns: the first difference that matters, in words.
    static func difference(_ path: String, lenient: Bool = false) throws -> String? {
        guard case .different(let text) = try self.compare(path, lenient: lenient) else { return nil }
        return text
    }

    enum Outcome {
        /// All frames are the same, and both end well, or both stop at the same damage.
        case same, sameDamage
        /// libpcap stops with this message, at something that it does not support; the frames before it are the same.
        case furtherThanLibpcap(String)
        /// libpcap refuses the file with this message.
        case onlyWe(String)
        case neither
        case different(String)
    }

    static func compare(_ path: String, lenient: Bool) throws -> Outcome {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        // The handle is closed below; the message has the size that libpcap asks for.
        let opened = unsafe pcap_open_offline_with_tstamp_precision(path, UInt32(PCAP_TSTAMP_PRECISION_NANO), &message)
        let source: SavefileSource
        do throws(CaptureError) {
            source = try SavefileSource(path: path)
        } catch {
            if let handle = unsafe opened {
                unsafe pcap_close(handle)
                return .different("libpcap opens it, we say: \(error)")
            }
            return .neither
        }
        guard let handle = unsafe opened else {
            return .onlyWe(String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        defer { unsafe pcap_close(handle) }
        let isBlocks = source.report.format?.container == .pcapng
        let batch = FrameBatch()
        var index = 0
        var count = 0
        func next() throws -> FrameHeader? {
            while index >= batch.frames.count {
                guard try source.fill(batch) else { return nil }
                index = 0
            }
            index += 1
            return batch.frames[index - 1]
        }
        while true {
            var header: UnsafeMutablePointer<pcap_pkthdr>?
            var bytes: UnsafePointer<UInt8>?
            // Both pointers are valid until the next call if it returns 1.
            let result = unsafe pcap_next_ex(handle, &header, &bytes)
            let frame = try next()
            guard result == 1, let theirs = unsafe header?.pointee else {
                let notices = source.report.notices
                if result == PCAP_ERROR_BREAK {
                    if frame != nil { return .different("libpcap ends after \(count) frames, we go on") }
                    return notices.contains(where: \.endsReading) ? .different("libpcap ends well, we say: \(notices)") : .same
                }
                let text = unsafe String(cString: pcap_geterr(handle))
                // What libpcap cannot do and the format allows.
                if isBlocks, Self.limits.contains(where: text.contains) { return .furtherThanLibpcap(text) }
                if frame != nil { return .different("libpcap stops after \(count) frames (\(text)), we go on") }
                while try source.fill(batch) {}
                return source.report.notices.contains(where: \.endsReading) ? .sameDamage : .different("libpcap says: \(text), we end well")
            }
            count += 1
            guard let ours = frame else { return .different("we end before frame \(count): \(source.report.notices)") }
            // In pcapng blocks that libpcap does not show may take numbers.
            if isBlocks ? ours.ordinal < UInt64(count) : ours.ordinal != UInt64(count) { return .different("frame \(count): ordinal \(ours.ordinal)") }
            if ours.capturedLength != theirs.caplen { return .different("frame \(count): captured length \(ours.capturedLength), libpcap \(theirs.caplen)") }
            if ours.originalLength != theirs.len { return .different("frame \(count): length \(ours.originalLength), libpcap \(theirs.len)") }
            let span = batch.bytes(of: ours)
            let isSame = unsafe span.withUnsafeBytes { ours in
                guard let start = ours.baseAddress, let bytes = unsafe bytes else { return theirs.caplen == 0 }
                return unsafe memcmp(start, bytes, Int(theirs.caplen)) == 0
            }
            if !isSame, !Self.rewritten.contains(ours.linkType.rawValue) { return .different("frame \(count): other bytes") }
            // A simple packet block has no time: libpcap says 1970, we repeat the last one.
            if isBlocks, theirs.ts.tv_sec == 0, theirs.ts.tv_usec == 0 { continue }
            // In pcap seconds and fractions are unsigned 32-bit numbers (draft-ietf-opsawg-pcap section 5); libpcap reads them as
            // signed ones if the file has this machine's byte order.
            let seconds = isBlocks ? Int64(theirs.ts.tv_sec) : Int64(UInt32(truncatingIfNeeded: theirs.ts.tv_sec))
            let unit: Int64 = isBlocks || source.report.format?.isNanoseconds == true ? 1 : 1000
            let fraction = isBlocks ? Int64(theirs.ts.tv_usec) : Int64(UInt32(truncatingIfNeeded: Int64(theirs.ts.tv_usec) / unit)) * unit
            if lenient, isBlocks { continue }
            let time = Timestamp(seconds: seconds, nanoseconds: fraction)
            if ours.time != time { return .different("frame \(count): time \(ours.time.nanoseconds), libpcap \(time.nanoseconds)") }
        }
    }

    /// Messages of libpcap about what it does not support, or is stricter about than the format and than other readers.
    /// "block size" is what it makes of a section in the other byte order, and of the very large blocks that we step over.
    private static let limits = [
        "pcapng block size",
        "different from the type of the first interface", "different from the snapshot length of the first interface",
        "sections with different byte orders", "bigger than snaplen of", "if_tsresol option", "if_tsoffset option",
        "opt_endofopt option", "block of type 1 in pcapng dump file is too short",
    ]

    /// Link types whose pseudo-header libpcap rewrites to this machine's byte order in place: USB, NFLOG, PF log, PKTAP.
    private static let rewritten: Set<UInt16> = [117, 149, 189, 220, 239, 258]
}

extension CaptureNotice {
    /// Whether it says that the input was not read to its end.
    var endsReading: Bool {
        switch self {
        case .truncatedTail, .corruptRecord, .corruptCompression, .readFailed: true
        default: false
        }
    }
}

@Suite struct ReferenceTests {
    /// The captures in a folder and the folders in it.
    private static func files(in folder: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.sorted().map { folder + "/" + $0 }.filter { path in
            guard let handle = FileHandle(forReadingAtPath: path), let magic = try? handle.read(upToCount: 4) else { return false }
            let number = magic.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return [0xA1B2C3D4, 0xD4C3B2A1, 0xA1B23C4D, 0x4D3CB2A1, 0xA1B2CD34, 0x34CDB2A1, 0x0A0D0D0A].contains(number)
        }
    }

    private func compare(_ files: [String]) throws {
        var counts: [String: Int] = [:]
        for path in files {
            let outcome = try Reference.compare(path, lenient: false)
            switch outcome {
            case .different(let text): Issue.record("\(path): \(text)")
            case .furtherThanLibpcap, .onlyWe: print("\(path): \(outcome)")
            default: break
            }
            counts["\(outcome)".prefix { $0 != "(" }.description, default: 0] += 1
        }
        print("captures compared with libpcap: \(counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))")
    }

    @Test func ourCaptures() throws {
        let tests = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
        let files = Self.files(in: tests.path + "/Captures")
        try #require(!files.isEmpty)
        try self.compare(files)
    }

    /// Any other folder of captures, for those who have one.
    @Test(
        .enabled(if: ProcessInfo.processInfo.environment["LAENNEC_CAPTURES"] != nil, "set LAENNEC_CAPTURES to a folder of captures"),
        .timeLimit(.minutes(10))
    )
    func moreCaptures() throws {
        let files = Self.files(in: ProcessInfo.processInfo.environment["LAENNEC_CAPTURES"] ?? "")
        try #require(!files.isEmpty)
        try self.compare(files)
    }

    /// The comparison itself finds differences.
    @Test func samplesAgree() throws {
        let scratch = try Scratch()
        for bytes in RobustnessTests.samples {
            #expect(try Reference.difference(scratch.write("a", bytes)) == nil)
        }
    }
}
