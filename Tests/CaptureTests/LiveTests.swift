import Capture
import Foundation
import Glibc
import Testing
import Wire

@Suite struct InterfaceTests {
    @Test func loopbackIsListed() throws {
        let list = try Interfaces.list()
        let loopback = try #require(list.first { $0.isLoopback })
        #expect(loopback.linkType == .ethernet)
        if loopback.isUp { #expect(loopback.addresses.contains { $0.isLoopback }) }
        #expect(list.contains { $0.name == Interfaces.any })
        // Devices of libpcap that are no network interface, or not passive.
        for name in ["nfqueue", "nflog", "dbus-system", "usbmon0", "bluetooth0"] { #expect(!list.contains { $0.name == name }) }
    }

    @Test(arguments: ["", "no-such-interface", "../../../etc", "nfqueue", "dbus-system", "lo/../lo", "a-name-that-is-far-too-long-for-linux"])
    func otherNamesAreNoInterfaces(name: String) {
        #expect(throws: CaptureError.noSuchInterface(name: name)) { try LiveSource(interface: name) }
    }
}

/// Whether this process may capture.
private let mayCapture = (try? Interfaces.list())?.contains { $0.name == "lo" && $0.isUp && $0.missingCapability == nil } ?? false

@Suite(.serialized, .timeLimit(.minutes(2)), .enabled(if: mayCapture, "needs cap_net_raw and an interface lo that is up"))
struct LiveTests {
    /// Sends datagrams to the discard port of the loopback interface: what the tested code can not.
    private func send(_ count: Int, to port: UInt16, _ payload: [UInt8]) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        for _ in 0..<count {
            // One structure, which lives during the call, seen as the generic one that the call takes.
            _ = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe sendto(descriptor, payload, payload.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        close(descriptor)
    }

    @Test func capturesWhatPasses() throws {
        let port = UInt16.random(in: 40_000...60_000)
        let source = try LiveSource(interface: "lo", bufferBytes: 8 << 20, filter: "udp dst port \(port)")
        let batch = FrameBatch()
        let started = Date()
        // An idle interface comes back.
        #expect(try source.fill(batch))
        #expect(batch.frames.isEmpty)
        #expect(Date().timeIntervalSince(started) < 2)
        let payload = Samples.payload(900)
        self.send(3000, to: port, payload)
        var frames: [Frame] = []
        let deadline = Date().addingTimeInterval(20)
        while frames.count < 3000, Date() < deadline, try source.fill(batch) { frames += batch.copies }
        #expect(frames.count == 3000)
        #expect(frames.map(\.ordinal) == frames.indices.map { UInt64($0 + 1) })
        #expect(frames.allSatisfy { $0.bytes.suffix(900) == payload[...] && $0.linkType == 1 && $0.original == 942 })
        #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.time <= $1.time })
        let now = Int64(Date().timeIntervalSince1970) * 1_000_000_000
        #expect(frames.allSatisfy { abs($0.time - now) < 60_000_000_000 })
        #expect(source.report.frames == 3000)
        #expect(source.report.format?.container == .live)
        #expect(source.statistics.received >= 3000)
        #expect(source.statistics.droppedByKernel == 0)
    }

    @Test func framesAreCutToTheSnapLength() throws {
        let port = UInt16.random(in: 40_000...60_000)
        let source = try LiveSource(interface: "lo", snapLength: 100, bufferBytes: 4 << 20, filter: "udp dst port \(port)")
        self.send(1, to: port, Samples.payload(900))
        let batch = FrameBatch()
        var frames: [Frame] = []
        let deadline = Date().addingTimeInterval(10)
        while frames.isEmpty, Date() < deadline, try source.fill(batch) { frames += batch.copies }
        #expect(frames.map(\.bytes.count) == [100])
        #expect(frames.map(\.original) == [942])
        #expect(source.report.cutFrames == 1)
    }

    @Test func stopFromAnotherThread() throws {
        let stop = StopFlag()
        let source = try LiveSource(interface: "lo", bufferBytes: 4 << 20, filter: "udp dst port 9", stop: stop)
        let stopper = Thread {
            usleep(300_000)
            stop.stop()
        }
        stopper.start()
        let batch = FrameBatch()
        let started = Date()
        while try source.fill(batch) {}
        #expect(Date().timeIntervalSince(started) < 5)
        #expect(source.report.notices.isEmpty)
    }

    @Test func badFilter() {
        do throws(CaptureError) {
            _ = try LiveSource(interface: "lo", filter: "port nonsense")
            Issue.record("accepted")
        } catch {
            guard case .badFilter("port nonsense", _) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }
}

@Suite struct PassiveTests {
    /// The target that talks to libpcap and to the system names nothing that sends.
    @Test func nothingHereCanSend() throws {
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        var seen = 0
        for folder in ["Sources/Capture", "Sources/CPCAP"] {
            let directory = root.appendingPathComponent(folder)
            for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
                let text = try String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)
                seen += 1
                for word in ["pcap_inject", "pcap_sendpacket", "pcap_sendqueue", "socket(", "sendto(", "sendmsg(", "send(", "connect(", "write(", "ioctl("] {
                    #expect(!text.contains(word), "\(name) has \(word)")
                }
            }
        }
        #expect(seen > 10)
    }
}
