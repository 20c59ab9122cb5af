import Packets
import Testing
import Wire

@Suite("TCP fingerprints") struct TCPFingerprintTests {
    private static let size: [UInt8] = [2, 4, 0x05, 0xB4]
    private static let time: [UInt8] = [8, 10, 0, 1, 2, 3, 0, 0, 0, 0]

    private func segment(window: Int, flags: UInt8 = 0x02, sequence: Int = 7, acknowledgement: Int = 0, urgent: Int = 0, _ options: [UInt8]) -> [UInt8] {
        var options = options
        while options.count % 4 != 0 { options.append(0) }
        return Build.u16(50_000) + Build.u16(443) + Build.u32(sequence) + Build.u32(acknowledgement) + [UInt8(5 + options.count / 4) << 4, flags]
            + Build.u16(window) + [0, 0] + Build.u16(urgent) + options
    }

    private func v4(_ tcp: [UInt8], live: UInt8, identification: Int = 0, doNotFragment: Bool = true) -> [UInt8] {
        var bytes = Build.v4(6, identification: identification, tcp)
        bytes[6] = doNotFragment ? 0x40 : 0
        bytes[8] = live
        return Build.ethernet(bytes)
    }

    private func text(_ frame: [UInt8]) -> String? {
        var decoder = Decoder()
        return TCPFingerprint(decoder.decode(frame.rawSpan, linkType: 1, frame: 1))?.description
    }

    @Test("a Linux kernel of today") func linux() {
        let options = Self.size + [4, 2] + Self.time + [1, 3, 3, 7]
        #expect(self.text(self.v4(self.segment(window: 64240, options), live: 61, identification: 9)) == "64:64240=44mss:1460:7:mss,sok,ts,nop,ws:df,id+")
        let answer = self.segment(window: 65160, flags: 0x12, acknowledgement: 8, options)
        #expect(self.text(self.v4(answer, live: 64)) == "64:65160=45mss-12:1460:7:mss,sok,ts,nop,ws:df")
    }

    @Test("a segment size lowered on the way leaves the window") func clamped() {
        let options: [UInt8] = [2, 4, 0x05, 0x50, 1, 3, 3, 8, 1, 1, 4, 2]
        #expect(self.text(self.v4(self.segment(window: 64240, options), live: 120, identification: 3)) == "128:64240:1360:8:mss,nop,ws,nop,nop,sok:df,id+")
    }

    @Test("an Apple system pads with the end of options") func apple() {
        let options = Self.size + [1, 3, 3, 6, 1, 1] + Self.time + [4, 2, 0, 0]
        let plain = self.v4(self.segment(window: 65535, flags: 0xC2, options), live: 64)
        #expect(self.text(plain) == "64:65535:1460:6:mss,nop,ws,nop,nop,ts,sok,eol:df,ecn")
        let version6 = Build.ethernet(Build.v6(6, self.segment(window: 65535, options)))
        #expect(self.text(version6) == "64:65535:1460:6:mss,nop,ws,nop,nop,ts,sok,eol:ip6")
    }

    @Test("small stacks: a segment size and nothing more") func small() {
        #expect(self.text(self.v4(self.segment(window: 2144, [2, 4, 0x02, 0x18]), live: 255, identification: 1, doNotFragment: false)) == "255:2144=4mss:536:-:mss:-")
        #expect(self.text(self.v4(self.segment(window: 1024, []), live: 30, doNotFragment: false)) == "32:1024:-:-:-:id-")
        #expect(self.text(self.v4(self.segment(window: 6000, Self.size), live: 64)) == "64:6000=4mtu:1460:-:mss:df")
    }

    @Test("peculiarities are told") func peculiarities() {
        let odd = self.segment(window: 0, flags: 0x2A, sequence: 0, acknowledgement: 5, urgent: 1, [8, 10, 0, 0, 0, 0, 0, 0, 0, 9])
        #expect(self.text(self.v4(odd, live: 64)) == "64:0:-:-:ts,eol:df,seq-,ack+,urg,push,ts-,ts2+")
        // Cut, of a wrong length, too many; a shift count above 14 is 14.
        #expect(self.text(self.v4(self.segment(window: 5, [1, 1, 1, 2]), live: 64)) == "64:5:-:-:nop,nop,nop:df,bad")
        #expect(self.text(self.v4(self.segment(window: 5, [2, 3, 1, 0]), live: 64)) == "64:5:-:-:other,eol:df,bad")
        #expect(self.text(self.v4(self.segment(window: 5, [3, 3, 200, 1]), live: 64)) == "64:5:-:14:ws,nop:df")
        let many = "64:5:-:-:" + Array(repeating: "nop", count: 11).joined(separator: ",") + ":df,bad"
        #expect(self.text(self.v4(self.segment(window: 5, [UInt8](repeating: 1, count: 12)), live: 64)) == many)
    }

    @Test("only what opens a conversation has one", arguments: [0x10, 0x18, 0x04, 0x14, 0x03, 0x06, 0x11] as [UInt8]) func others(flags: UInt8) {
        #expect(self.text(self.v4(self.segment(window: 500, flags: flags, Self.size), live: 64)) == nil)
    }

    @Test("every text has six parts, whatever the bytes") func mutations() {
        var generator = SeededGenerator(seed: 4)
        let whole = self.v4(self.segment(window: 64240, Self.size + [4, 2] + Self.time + [1, 3, 3, 7]), live: 64)
        for _ in 0..<20_000 {
            var frame = whole
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                frame[Int.random(in: 14..<frame.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            frame.removeLast(Int.random(in: 0...24, using: &generator))
            guard let text = self.text(frame) else { continue }
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            #expect(parts.count == 6 && parts.allSatisfy { !$0.isEmpty }, "\(text)")
        }
    }

    @Test("two words decide the text, and both count") func words() {
        var decoder = Decoder()
        func fingerprint(_ frame: [UInt8]) -> TCPFingerprint? { TCPFingerprint(decoder.decode(frame.rawSpan, linkType: 1, frame: 1)) }
        let one = fingerprint(self.v4(self.segment(window: 100, Self.size), live: 60))
        let same = fingerprint(self.v4(self.segment(window: 100, sequence: 99, Self.size), live: 50))
        let window = fingerprint(self.v4(self.segment(window: 101, Self.size), live: 60))
        let options = fingerprint(self.v4(self.segment(window: 100, Self.size + [4, 2]), live: 60))
        #expect(one != nil && one == same && one?.description == same?.description)
        #expect(one != window && one?.words.1 != window?.words.1)
        #expect(one != options && one?.words.0 != options?.words.0)
    }
}
