import Foundation
import Observations
import Packets
import Testing
import Wire

@testable import LaennecKit

/// What of messages stays in a redacted capture: what they are made of, and nothing of what they say.
@Suite struct SkeletonTests {
    /// What a walk keeps, and puts in the place of values; `.` for what is overwritten.
    private static func picture(_ bytes: [UInt8], _ walk: (inout Skeleton) -> Bool) -> [UInt8] {
        var skeleton = Skeleton(bytes)
        _ = skeleton.attempt(walk)
        var picture = [UInt8](repeating: UInt8(ascii: "."), count: bytes.count)
        for mark in skeleton.marks { picture[mark.place] = mark.octet }
        return picture
    }
    private static func text(_ text: String, _ walk: (inout Skeleton) -> Bool) -> String {
        String(decoding: Self.picture(Array(text.utf8), walk), as: UTF8.self)
    }

    @Test func heads() {
        let request = "POST /patients/Dupont HTTP/1.1\r\nHost: ris\r\nX Dupont: 1\r\nContent-Length: 6\r\n\r\nDupont"
        #expect(Self.text(request) { $0.http() } == "POST ................ HTTP/1.1\r\nHost:....\r\n...........\r\nContent-Length: 6\r\n\r\n......")
        let chunks = "HTTP/1.1 200 Dupont\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nDupont\r\n0\r\n\r\n"
        #expect(Self.text(chunks) { $0.http() } == "HTTP/1.1 200 ......\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n......\r\n0\r\n\r\n")
        #expect(Self.text("Dupont HTTP/1.1") { $0.http() } == "...............")
    }

    @Test func elementsThatDoNotFitAreNone() {
        let fitting: [UInt8] = [1, 2, 0x41, 0x42, 2, 0]
        let dots: [UInt8] = [0x2E, 0x2E]
        #expect(
            Self.picture(fitting) {
                $0.elements(); return true
            } == [1, 2] + dots + [2, 0])
        #expect(
            Self.picture([1, 9, 0x41, 0x42]) {
                $0.elements(); return true
            } == dots + dots)
        // A sequence with a text and a time; one whose length is wrong.
        let ber: [UInt8] = [0x30, 4, 0x0C, 2, 0x41, 0x42]
        #expect(Self.picture(ber) { $0.ber() } == [0x30, 4, 0x0C, 2] + dots)
        #expect(Self.picture([0x30, 5, 0x0C, 2, 0x41, 0x42]) { $0.ber() } == dots + dots + dots)
        #expect(Self.picture([0x17, 13] + Array("261122032040Z".utf8)) { $0.ber() } == [0x17, 13] + Array("700101000000Z".utf8))
    }

    /// An image's elements, in the two fragments of two values; the command before them is one of its own.
    @Test func dataSets() {
        let name: [UInt8] = [0x10, 0, 0x10, 0] + Array("PN".utf8) + [6, 0] + Array("DUPONT".utf8)
        func unit(_ part: [UInt8], _ flags: UInt8) -> [UInt8] { [4, 0, 0, 0, 0, UInt8(part.count + 6), 0, 0, 0, UInt8(part.count + 2), 1, flags] + part }
        let first = Array(name.prefix(11))
        let second = Array(name.dropFirst(11))
        let kept = Self.picture(unit(first, 0) + unit(second, 2)) { $0.dicom() && $0.dicom() }
        #expect(kept == unit(Array(name.prefix(8)) + [0x2E, 0x2E, 0x2E], 0) + unit([0x2E, 0x2E, 0x2E], 2))
    }

    /// The cookie of Remote Desktop holds a user's name.
    @Test func cookies() {
        let cookie = Array("Cookie: mstshash=dupont\r\n".utf8)
        let request: [UInt8] = [3, 0, 0, UInt8(cookie.count + 11), UInt8(cookie.count + 6), 0xE0, 0, 0, 0, 0, 0] + cookie
        let kept = Self.picture(request) { $0.tpkt() }
        #expect(String(decoding: kept.suffix(cookie.count), as: UTF8.self) == "Cookie: mstshash=......\r\n")
    }

    /// Segments that come late, twice or not at all.
    @Test func segmentsAreOrdered() throws {
        let record: [UInt8] = [23, 3, 3, 0, 4] + Array("DUPO".utf8)
        let stream = record + record
        var bytes: [UInt8] = []
        var pieces: [Piece] = []
        func add(_ range: Range<Int>, isFirst: Bool = false) {
            var packet = Packet()
            packet.kind = .tcp
            packet.source = IPAddress(v4: 0x0A00_0001)
            packet.tcpFlags = isFirst ? [.syn] : [.ack]
            packet.sequence = .max &- (isFirst ? 4 : 3) &+ UInt32(range.lowerBound)
            pieces.append(
                Piece(
                    packet: packet, frame: UInt64(pieces.count), time: Timestamp(nanoseconds: Int64(pieces.count)),
                    range: bytes.count..<bytes.count + range.count))
            bytes += stream[range]
        }
        add(0..<0, isFirst: true)
        for range in [0..<3, 7..<12, 3..<7, 2..<8, 12..<18, 18..<18] { add(range) }
        let octets = ConversationSkeleton(pieces, bytes, [.tls]).octets
        let kept = octets.map { $0 ?? 0x2E }
        let picture: [UInt8] = [23, 3, 3, 0, 4, 0x2E, 0x2E, 0x2E, 0x2E] + [23, 3, 3, 0, 4, 0x2E, 0x2E, 0x2E, 0x2E]
        #expect(kept == [0..<3, 7..<12, 3..<7, 2..<8, 12..<18].flatMap { Array(picture[$0]) })
        #expect(ConversationSkeleton(pieces, bytes, []).octets.allSatisfy { $0 == nil })
        // Seen from the middle on, or behind a gap, anything may look like a head.
        let middle = pieces.filter { !$0.packet.tcpFlags.contains(.syn) }
        #expect(ConversationSkeleton(middle, bytes, [.tls]).octets.allSatisfy { $0 == nil })
        let torn = pieces.filter { $0.frame != 1 }
        #expect(ConversationSkeleton(torn, bytes, [.tls]).octets.allSatisfy { $0 == nil })
    }

    /// What a walk must not take for structure: values that look like it.
    @Test func valuesThatLookLikeStructure() {
        func picture(_ text: String, _ walk: (inout Skeleton) -> Bool) -> String {
            let octets = Array(text.utf8)
            return String(decoding: Self.picture(octets, walk), as: UTF8.self)
        }
        // A form that goes on in a segment of its own; a head with words in its numbers.
        let form = "user=jdupont&password=Zq7 HTTP/1.1\r\n\r\n"
        #expect(!picture(form) { $0.http() }.contains("dupont"))
        let lengths = picture("POST /x HTTP/1.1\r\nContent-Length: 0 jdupont\r\nTransfer-Encoding: dupont\r\nHost: dupont\n\r\n\r\n") { $0.http() }
        #expect(lengths.hasPrefix("POST .. HTTP/1.1\r\nContent-Length:") && !lengths.contains("dupont"))
        // A cookie of remote desktops with a name in front.
        let cookie = Array("Cookie: dupont msts=1\r\n".utf8)
        let request: [UInt8] = [3, 0, 0, UInt8(cookie.count + 11), UInt8(cookie.count + 6), 0xE0, 0, 0, 0, 0, 0] + cookie
        #expect(!String(decoding: Self.picture(request) { $0.tpkt() }, as: UTF8.self).contains("dupont"))
        // A number of four octets in an element that is no length of a group, and representations that there are none of.
        let element: [UInt8] = [4, 0, 0, 0, 0, 22, 0, 0, 0, 18, 1, 3] + [0x10, 0, 0, 0, 0x4C, 0x4F, 4, 0] + Array("4711".utf8)
        #expect(!String(decoding: Self.picture(element) { $0.dicom() }, as: UTF8.self).contains("4711"))
        // A head of NTLM without a version: the name begins where later ones have more fields.
        let field: (Int) -> [UInt8] = { [UInt8($0), 0, UInt8($0), 0, 52, 0, 0, 0] }
        let message = Array("NTLMSSP\0".utf8) + [3, 0, 0, 0] + field(0) + field(0) + field(0) + field(7) + field(0) + Array("jdupont".utf8)
        #expect(!String(decoding: Self.picture(message) { $0.ntlm(); return true }, as: UTF8.self).contains("dupont"))
        // A password of BACnet in three letters, and the truth.
        let password: [UInt8] = [0x81, 0x0A, 0, 16, 1, 4, 0, 5, 1, 20, 9, 0, 0x1B] + Array("Pw9".utf8)
        #expect(!String(decoding: Self.picture(password) { $0.bacnet() }, as: UTF8.self).contains("Pw9"))
        #expect(Self.picture([0x81, 0x0A, 0, 12, 1, 0, 0x30, 1, 14, 0x3E, 0x11, 0x3F]) { $0.bacnet() }.suffix(3) == [0x3E, 0x10, 0x3F])
    }

    /// Items within items, as deep as a unit is long.
    @Test func depth() {
        var unit: [UInt8] = [1, 0, 0, 0, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 68)
        for _ in 0..<16_000 { unit += [0x50, 0, 0xFF, 0xFF] }
        #expect(Self.picture(unit) { $0.dicom() }.count == unit.count)
    }

    /// Whatever a message holds: walks come to an end, and mark only what is there, as it is or by an octet of their own.
    @Test func anythingIsWalked() {
        var generator = SystemRandomNumberGenerator()
        let formats = ConversationSkeleton.stream + ConversationSkeleton.datagram + ConversationSkeleton.network.values + ConversationSkeleton.link.values
        let beginnings: [[UInt8]] = [
            [], [22, 3, 1, 0, 90, 1, 0, 0, 80], [22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 90, 1, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 80],
            [4, 0, 0, 0, 0, 60, 0, 0, 0, 50, 1, 2],
            [1, 0, 0, 0, 0, 200], [0, 0, 0, 200, 0xFE, 0x53, 0x4D, 0x42, 64, 0], [0, 0, 0, 200, 0xFF, 0x53, 0x4D, 0x42, 0x73],
            Array("NTLMSSP\0".utf8) + [2, 0, 0, 0],
            [0x30, 0x82, 0, 100], [0, 0, 0, 100, 4, 20], [5, 0, 11, 3, 0x10, 0, 0, 0, 100, 0, 20, 0], [3, 0, 0, 80, 40, 0xE0],
            Array("MSGF".utf8) + [100, 0, 0, 0],
            [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 1], [6, 0x10, 2, 2, 0, 90],
            [0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 22, 3, 1, 0, 40],
        ]
        for beginning in beginnings {
            for _ in 0..<40 {
                let bytes =
                    beginning
                    + (0..<Int.random(in: 0..<300, using: &generator)).map { _ in
                        UInt8.random(in: Bool.random(using: &generator) ? 0...8 : 0...255, using: &generator)
                    }
                for format in formats {
                    var skeleton = Skeleton(bytes, starts: Array(stride(from: 0, to: bytes.count, by: 50)))
                    skeleton.messages { message in message.attempt(format.walk) }
                    #expect(skeleton.marks.allSatisfy { bytes.indices.contains($0.place) }, "\(format.protocol): \(bytes)")
                }
            }
        }
    }
}
