import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("VRRP") struct VRRPTests {
    @Test func asRecorded() throws {
        let run = RecordedFrames.run(try RecordedFrames.load("vrrp-routers"), network: VRRPDissector.self)
        #expect(run.recognised == 21)
        #expect(
            run.noted == [
                "10.20.11.5 vrrp.address=10.20.11.251",
                "10.20.11.5 vrrp.authentication=text",
                "10.20.11.5 vrrp.version=2",
                "10.20.11.6 vrrp.address=10.20.11.252",
                "10.20.11.6 vrrp.authentication=none",
                "10.20.11.6 vrrp.version=2",
                "10.20.11.7 vrrp.address=10.20.11.253",
                "10.20.11.7 vrrp.version=3",
            ])
        for canary in try RecordedConversation.canaries("vrrp-routers") {
            #expect(!run.noted.contains { $0.contains(canary) }, "\(canary)")
        }
    }

    @Test func hostileFrames() throws {
        // Whatever comes of changed frames, it never traps, and what is noted stays bounded.
        let frames = RecordedFrames.mutated(try RecordedFrames.load("vrrp-routers"))
        #expect(RecordedFrames.run(frames, network: VRRPDissector.self).noted.count < 20_000)
    }
}
