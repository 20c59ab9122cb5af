import Foundation
import LaennecKit
import Reports
import Testing

/// The same captures give the same bytes, whatever the number of threads and however they are cut into files.
@Suite struct DeterminismTests {
    private static let threads = [1, 2, 4, 16]

    @Test(arguments: Lab.names) func threads(_ name: String) throws {
        let path = try Lab.path(name)
        let wanted = try Lab.json(try Lab.scan([path], hashing: true))
        #expect(wanted.count > 200)
        for count in Self.threads.dropFirst() {
            #expect(try Lab.json(try Lab.scan([path], threads: count, hashing: true)) == wanted, "\(count) threads")
        }
        // And once more: nothing depends on the seed of a run.
        #expect(try Lab.json(try Lab.scan([path], hashing: true)) == wanted)
    }

    @Test func threadsOnAllTogether() throws {
        let files = try Lab.names.map { try Lab.path($0) }
        let wanted = try Lab.json(try Lab.scan(files))
        for count in Self.threads.dropFirst() {
            #expect(try Lab.json(try Lab.scan(files, threads: count)) == wanted, "\(count) threads")
        }
        // Neither does the order of the arguments, nor naming the folders instead.
        #expect(try Lab.json(try Lab.scan(files.reversed(), threads: 2)) == wanted)
        #expect(try Lab.json(try Lab.scan(Lab.folders)) == wanted)
    }

    @Test(arguments: Lab.names) func cutIntoFiles(_ name: String) throws {
        let frames = try CaptureFile.read(try Lab.path(name))
        try Lab.withFolder { folder in
            let whole = folder + "/whole.pcap"
            try CaptureFile.write(CaptureFile.pcap(frames), to: whole)
            let wanted = try Lab.jsonWithoutInputs(try Lab.scan([whole]))
            // The recorded file, pcapng or with times in microseconds, says the same.
            #expect(try Lab.jsonWithoutInputs(try Lab.scan([try Lab.path(name)])) == wanted)
            let parts = folder + "/parts"
            try FileManager.default.createDirectory(atPath: parts, withIntermediateDirectories: true)
            let size = max((frames.count + 9) / 10, 1)
            for (number, start) in stride(from: 0, to: frames.count, by: size).enumerated() {
                let part = Array(frames[start..<min(start + size, frames.count)])
                try CaptureFile.write(CaptureFile.pcap(part), to: "\(parts)/part-\(number).pcap")
            }
            for threads in [1, 4] {
                let report = try Lab.scan([parts], threads: threads)
                #expect(report.inputs.count == (frames.count + size - 1) / size)
                #expect(report.inputs.reduce(0) { $0 + $1.frames } == UInt64(frames.count))
                #expect(try Lab.jsonWithoutInputs(report) == wanted)
            }
        }
    }

    /// Captures of real networks, where there are some: a bounded sample, spread over the folder.
    @Test(.enabled(if: Sample.folder != nil, "LAENNEC_CAPTURES names no folder of further captures"))
    func threadsOnFurtherCaptures() throws {
        let files = Sample.files(atMost: 60, ofAtMost: 2_000_000)
        #expect(!files.isEmpty)
        var read = 0
        for file in files {
            guard let report = try? Lab.scan([file]) else { continue }
            read += 1
            let wanted = try Lab.json(report)
            for count in [2, 16] { #expect(try Lab.json(try Lab.scan([file], threads: count)) == wanted, "\(file), \(count) threads") }
        }
        #expect(read > files.count / 2)
    }
}

/// Further captures, in the folder that the environment variable `LAENNEC_CAPTURES` names.
enum Sample {
    static let folder: String? = {
        let folder = ProcessInfo.processInfo.environment["LAENNEC_CAPTURES"] ?? ""
        var isDirectory: ObjCBool = false
        return unsafe FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory) && isDirectory.boolValue ? folder : nil
    }()

    /// At most so many captures, spread evenly over the sorted list, none larger than so many bytes.
    static func files(atMost count: Int, ofAtMost size: Int) -> [String] {
        guard let folder, let names = try? FileManager.default.subpathsOfDirectory(atPath: folder) else { return [] }
        let endings = [".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz", ".pcap.zst"]
        let all = names.filter { name in endings.contains { name.hasSuffix($0) } }.sorted().map { folder + "/" + $0 }.filter { path in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return ((attributes?[.size] as? Int) ?? .max) <= size
        }
        guard all.count > count else { return all }
        return (0..<count).map { all[$0 * all.count / count] }
    }
}
