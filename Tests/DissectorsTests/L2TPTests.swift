import Observations
import Testing
import Wire

@testable import Dissectors

@Suite("L2TP") struct L2TPTests {
    @Test func bothEndsNameThemselves() throws {
        let run = RecordedDatagrams.run(try RecordedDatagrams.load("l2tp")[0].turns, L2TPDissector.self)
        #expect(run.noted == [
            "client: l2tp.host_name=poste-irm", "client: l2tp.vendor=xelerance.com", "client: l2tp.firmware=0690", "server: l2tp.host_name=lns-radiologie",
            "server: l2tp.vendor=xelerance.com", "server: l2tp.firmware=0690", "server: l2tp.tunnel=accepted",
        ])
    }

    /// PPP inside, built from RFC 2661 section 3.1, RFC 1661 section 5 and RFC 1334 section 2.2.
    @Test func thePasswordAndTheAuthenticationInside() throws {
        let control = try RecordedDatagrams.load("l2tp")[0].turns.prefix(2)
        let header = Octets.hex("4002 0000 0001 0001")
        let acknowledged = header + Octets.hex("ff03 c021 02 01 0008 0304c023")
        let challenge = header + Octets.hex("ff03 c021 02 01 0009 0305c22381")
        let request = header + Octets.hex("ff03 c023 01 01 001c 0a") + Octets.text("canaryuser") + [12] + Octets.text("CanaryPwd!42")
        let accepted = header + Octets.hex("ff03 c023 02 01 0005 00")
        let packet = header + Octets.hex("0021 45000014000000004001000000000000 00000000")
        let run = RecordedDatagrams.run(
            Array(control) + [Script.client(acknowledged), Script.client(challenge), Script.client(request), Script.server(accepted), Script.client(packet)], L2TPDissector.self)
        #expect(run.noted.isSuperset(of: [
            "server: ppp.authentication=pap", "server: ppp.authentication=ms-chap-v2", "server: login.clear=l2tp-pap", "server: login.accepted=l2tp-pap", "server: l2tp.tunnel=data",
        ]))
        #expect(run.verdicts.last == .finished)
        #expect(!run.noted.contains { $0.lowercased().contains("canary") })
    }

    @Test func dataAloneAreNotRecognised() {
        #expect(RecordedDatagrams.run([Script.client(Octets.hex("000200010001ff03c02102010008"))], L2TPDissector.self).verdicts == [.no])
    }

    @Test func hostileInput() throws { RecordedDatagrams.checkHostile(try RecordedDatagrams.load("l2tp")[0].turns, L2TPDissector.self) }
}
