import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("EAPOL") struct EAPOLTests {
    @Test func asRecorded() throws {
        let run = RecordedFrames.run(try RecordedFrames.load("port-access"), link: EAPOLDissector.self)
        #expect(run.recognised == 32)
        #expect(
            run.noted == [
                "00:09:fb:20:11:0e eap.method=md5",
                "00:09:fb:20:11:0e eapol.role=supplicant",
                "00:1b:d5:20:11:0c eap.method_offered=md5",
                "00:1b:d5:20:11:0c eap.method_offered=peap",
                "00:1b:d5:20:11:0c eapol.role=authenticator",
                "34:e6:d7:20:11:0d eap.method=peap",
                "34:e6:d7:20:11:0d eapol.role=supplicant",
            ])
        for canary in try RecordedConversation.canaries("port-access") {
            #expect(!run.noted.contains { $0.contains(canary) }, "\(canary)")
        }
    }

    @Test func hostileFrames() throws {
        // Whatever comes of changed frames, it never traps, and what is noted stays bounded.
        let frames = RecordedFrames.mutated(try RecordedFrames.load("port-access"))
        #expect(RecordedFrames.run(frames, link: EAPOLDissector.self).noted.count < 20_000)
    }
}
