import Capture
import Testing
import Wire

@Suite struct FilterTests {
    let scratch: Scratch
    init() throws { self.scratch = try Scratch() }

    /// An Ethernet frame with a UDP packet to a port.
    private func udp(to port: UInt16, ethernet: Bool = true) -> [UInt8] {
        let ip: [UInt8] = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        let header: [UInt8] = ethernet ? [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0] : []
        return header + ip + [0xC0, 0, UInt8(port >> 8), UInt8(port & 0xFF), 0, 8, 0, 0]
    }

    @Test func framesKeepTheirOrdinals() throws {
        var file = PcapFile()
        for index in 0..<5000 { file.record(UInt32(index), 0, self.udp(to: index % 3 == 0 ? 53 : 80)) }
        let path = try self.scratch.write("a", file.bytes)
        let (all, allReport) = try read(path)
        let (frames, report) = try read(path, filter: FrameFilter("udp dst port 53"))
        #expect(frames == all.filter { ($0.ordinal - 1) % 3 == 0 })
        #expect(report.frames == 5000)
        #expect(report.filteredOut == UInt64(5000 - frames.count))
        #expect(report.fingerprint == allReport.fingerprint)
        #expect(report.notices.isEmpty)
        // Lengths are the captured and the original one.
        var cut = PcapFile()
        cut.record(1, 0, Array(self.udp(to: 53)[..<30]), original: 9000)
        let cutPath = try self.scratch.write("b", cut.bytes)
        #expect(try read(cutPath, filter: FrameFilter("greater 9000")).frames.count == 1)
        #expect(try read(cutPath, filter: FrameFilter("udp dst port 53")).frames.isEmpty)
        #expect(try read(cutPath, filter: FrameFilter("")).frames.count == 1)
    }

    @Test func aFilterThatLetsNothingThroughComesToTheEnd() throws {
        let path = try self.scratch.write("a", Samples.pcap(frames: 10_000))
        let (frames, report) = try read(path, filter: FrameFilter("tcp port 104"))
        #expect(frames.isEmpty)
        #expect(report.filteredOut == 10_000)
    }

    @Test func everyLinkTypeHasItsOwnProgram() throws {
        var file = PcapngFile()
        file.section()
        file.interface(1)
        file.interface(101)
        for index in 0..<10 {
            file.packet(UInt32(index % 2), UInt64(index), self.udp(to: 53, ethernet: index % 2 == 0))
            file.packet(UInt32(index % 2), UInt64(index), self.udp(to: 80, ethernet: index % 2 == 0))
        }
        let path = try self.scratch.write("a", file.bytes)
        let (frames, report) = try read(path, filter: FrameFilter("port 53"))
        #expect(frames.map(\.ordinal) == (0..<10).map { 2 * $0 + 1 })
        #expect(report.notices.isEmpty)
        // What Ethernet has and bare IP has not.
        let (ethernet, other) = try read(path, filter: FrameFilter("ether src 02:00:00:00:00:01"))
        #expect(ethernet.allSatisfy { $0.linkType == 1 } && ethernet.count == 10)
        guard case .filterNotApplicable(.raw, let message)? = other.notices.first else {
            Issue.record("\(other.notices)")
            return
        }
        #expect(!message.isEmpty)
        #expect(other.notices.count == 1)
    }

    @Test(arguments: ["not a filter (", "udp port notaport", "host 10.0.0.0.0", "port 99999"])
    func badExpressions(expression: String) throws {
        do throws(CaptureError) {
            _ = try FrameFilter(expression)
            Issue.record("accepted")
        } catch {
            guard case .badFilter(expression, let message) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(!message.isEmpty)
        }
    }

    @Test func expressionsForOneLinkTypeOnlyAreAccepted() throws {
        _ = try FrameFilter("wlan type data")
        _ = try FrameFilter("vlan 10 and tcp")
    }
}
