import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("Spanning tree") struct STPTests {
    @Test func asRecorded() throws {
        let run = RecordedFrames.run(try RecordedFrames.load("link-neighbours"), link: STPDissector.self)
        #expect(run.recognised == 11)
        #expect(
            run.noted == [
                "b4:f5:8e:20:11:03 stp.bridge=b4:f5:8e:20:11:03",
                "b4:f5:8e:20:11:03 stp.root=b4:f5:8e:20:11:03",
                "b4:f5:8e:20:11:03 stp.topology_change=1",
                "b4:f5:8e:20:11:03 stp.variant=stp",
                "b4:f5:8e:20:11:04 stp.bridge=b4:f5:8e:20:11:04",
                "b4:f5:8e:20:11:04 stp.root=b4:f5:8e:20:11:04",
                "b4:f5:8e:20:11:04 stp.variant=stp",
            ])
        for canary in try RecordedConversation.canaries("link-neighbours") {
            #expect(!run.noted.contains { $0.contains(canary) }, "\(canary)")
        }
    }

    @Test func hostileFrames() throws {
        // Whatever comes of changed frames, it never traps, and what is noted stays bounded.
        let frames = RecordedFrames.mutated(try RecordedFrames.load("link-neighbours"))
        #expect(RecordedFrames.run(frames, link: STPDissector.self).noted.count < 20_000)
    }
}
