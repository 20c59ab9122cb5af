import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("RADIUS") struct RADIUSTests {
    @Test func asRecorded() throws {
        let run = RecordedFrames.run(try RecordedFrames.load("radius-methods"), datagram: RADIUSDissector.self)
        #expect(run.recognised == 24)
        #expect(
            run.noted == [
                "10.20.11.10:1812 eap.method=md5",
                "10.20.11.10:1812 eap.method=ttls",
                "10.20.11.10:1812 eap.method_offered=md5",
                "10.20.11.10:1812 eap.method_offered=ttls",
                "10.20.11.10:1812 radius.unprotected=answer",
                "10.20.11.11 radius.nas_address=10.20.11.11",
                "10.20.11.11 radius.nas_identifier=sw-bloc-01",
                "10.20.11.11 radius.nas_port_type=ethernet",
                "10.20.11.11 radius.nas_port_type=wireless",
                "10.20.11.11>10.20.11.10:1812 radius.answer=accept",
                "10.20.11.11>10.20.11.10:1812 radius.answer=challenge",
                "10.20.11.11>10.20.11.10:1812 radius.answer=reject",
                "10.20.11.11>10.20.11.10:1812 radius.authentication=chap",
                "10.20.11.11>10.20.11.10:1812 radius.authentication=eap",
                "10.20.11.11>10.20.11.10:1812 radius.authentication=pap",
                "10.20.11.11>10.20.11.10:1812 radius.unprotected=request",
                "10.20.11.11>10.20.11.10:1813 radius.answer=accounting",
            ])
        for canary in try RecordedConversation.canaries("radius-methods") {
            #expect(!run.noted.contains { $0.contains(canary) }, "\(canary)")
        }
    }

    @Test func hostileFrames() throws {
        // Whatever comes of changed frames, it never traps, and what is noted stays bounded.
        let frames = RecordedFrames.mutated(try RecordedFrames.load("radius-methods"))
        #expect(RecordedFrames.run(frames, datagram: RADIUSDissector.self).noted.count < 20_000)
    }

    @Test func chanceIsRefused() {
        #expect(RecordedFrames.run(RecordedFrames.random(count: 60_000, port: 1812), datagram: RADIUSDissector.self).recognised == 0)
        #expect(RecordedFrames.run(RecordedFrames.random(count: 60_000, port: 40_000), datagram: RADIUSDissector.self).recognised == 0)
    }
}
