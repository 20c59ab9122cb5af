import Foundation
import Traffic

/// Real captures one after the other, and again with other addresses until the file has its size.
///
/// - Parameter folder: captures of one's own; what lies in folders named `malformed` is left out.
func writeHospital(of folder: String, to path: String, size: Int) throws -> PcapWriter {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted().filter { name in
        !name.split(separator: "/").contains("malformed") && [".pcap", ".pcapng", ".cap"].contains { name.hasSuffix($0) }
    }
    let captures = names.compactMap { try? CaptureReader(path: "\(folder)/\($0)").frames }.filter { !$0.isEmpty }
    let out = try PcapWriter(path: path)
    var start = morning
    // 255 rounds give every address 256 different values.
    for round in 0..<255 where out.byteCount < size && !captures.isEmpty {
        let readdressing = Readdressing(round: round)
        for frames in captures where out.byteCount < size {
            let first = frames.map(\.time).min() ?? 0
            var last = start
            for frame in frames {
                // A clock that jumped is not worth an hour of the benchmark's time.
                let time = start + min(frame.time - first, 3_600_000_000_000)
                last = max(last, time)
                try out.frame(at: time) { bytes in
                    let begin = bytes.count
                    bytes.append(contentsOf: frame.bytes)
                    readdressing.apply(to: &bytes, at: begin)
                }
            }
            start = last + 1_000_000
        }
    }
    try out.close()
    return out
}
