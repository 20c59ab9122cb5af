import Foundation
import Wire

/// Bodies of HTTP messages that are compressed. No byte of them can be overwritten without losing all that follows, and what precedes
/// an observation would stay readable: they are overwritten as a whole before anything is asked, and what they said is lost.
struct CompressedBodies {
    /// Places in the conversation's bytes, in order.
    private(set) var ranges: [[Int]] = []

    /// - Parameter stream: the places of one direction's bytes.
    init(_ bytes: [UInt8], _ stream: [Int]) {
        let text = stream.map { place -> UInt8 in
            let byte = bytes[place]
            return byte &- 0x41 < 26 ? byte | 0x20 : byte
        }
        var from = 0
        while let field = Self.find("\r\ncontent-encoding:", in: text, from) {
            guard let end = Self.find("\r\n", in: text, field &+ 2), let blank = Self.find("\r\n\r\n", in: text, field) else { return }
            from = end
            let coding = String(decoding: text[field..<end], as: UTF8.self)
            guard ["gzip", "deflate", "compress", "br", "zstd"].contains(where: { coding.contains($0) }) else { continue }
            // The head of a message is short, and begins behind the last one's end: what is before does no harm here.
            let head = String(decoding: text[max(0, field &- 4096)..<blank], as: UTF8.self)
            let message = head.range(of: "http/1.", options: .backwards).map { String(head[$0.lowerBound...]) } ?? head
            let start = blank &+ 4
            if message.contains("chunked") {
                from = self.addChunks(text, stream, start)
            } else {
                let length = message.range(of: "\r\ncontent-length:").flatMap { found in
                    Int(message[found.upperBound...].drop { $0 == " " }.prefix { $0.isASCII && $0.isNumber })
                }
                let stop = min(text.count, start &+ min(max(length ?? text.count, 0), text.count))
                if start < stop { self.ranges.append(Array(stream[start..<stop])) }
                from = max(from, stop)
            }
        }
    }

    /// - Returns: where the body ends (RFC 9112 section 7.1).
    private mutating func addChunks(_ text: [UInt8], _ stream: [Int], _ start: Int) -> Int {
        var at = start
        while let end = Self.find("\r\n", in: text, at) {
            let size = Int(String(decoding: text[at..<end].prefix { $0 != UInt8(ascii: ";") }.prefix(8), as: UTF8.self), radix: 16) ?? -1
            guard size > 0 else {
                // Not a size: what is left is taken for a body.
                if size < 0 { self.ranges.append(Array(stream[at...])) }
                return size < 0 ? text.count : end
            }
            let stop = min(text.count, end &+ 2 &+ size)
            self.ranges.append(Array(stream[min(end &+ 2, stop)..<stop]))
            at = min(text.count, stop &+ 2)
        }
        if at < text.count { self.ranges.append(Array(stream[at...])) }
        return text.count
    }

    private static func find(_ needle: StaticString, in text: [UInt8], _ from: Int) -> Int? { text.rawSpan.firstRange(of: needle, from: from) }
}
