import Campaigns
import Inventory
import Observations
import Testing
import Wire

@Suite("A campaign")
struct CampaignTests {
    @Test("finds its devices by id")
    func devices() {
        let moment = Timestamp(seconds: 0)
        let devices = ["a", "c", "e"].map {
            Campaign.Device(id: $0, position: .onLink, firstSeen: moment, lastSeen: moment, evidence: .init(frame: 1, time: moment))
        }
        let campaign = Campaign(id: "0", tool: "test", signatures: "", devices: devices)
        #expect(campaign.device("c")?.id == "c")
        #expect(campaign.device("b") == nil)
        #expect(campaign.device("f") == nil)
    }
}
