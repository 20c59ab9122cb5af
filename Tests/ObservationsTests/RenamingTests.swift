import Observations
import Testing
import Wire

/// Names replaced by others, in values and in the texts around them.
@Suite struct RenamingTests {
    /// Every letter and digit shows as one sign, so that a test can read what was replaced and what was not.
    private static func renaming(knowing names: [(Attribute, String)] = []) -> Renaming {
        let renaming = Renaming { "<\($0)>" }
        for (attribute, text) in names { renaming.learn(Self.observation(attribute, text)) }
        return renaming
    }

    private static func observation(_ attribute: Attribute, _ text: String) -> Observation {
        Observation(.host(Self.host), attribute, .text(text), evidence: Evidence(frame: 1, time: Timestamp(seconds: 1)))
    }
    private static let host = HostKey(IPAddress("10.0.0.1") ?? .none, in: .none)

    @Test func values() {
        let renaming = Self.renaming()
        let cases: [(Attribute, String, String)] = [
            (.dnsName, "ct1.example", "<ct1.example>"), (.dicomCallingAE, "CT1", "<CT1>"), (.httpHost, "pacs.example:8080", "<pacs.example>:8080"),
            // Addresses are no names.
            (.httpHost, "10.1.2.3:8080", "10.1.2.3:8080"), (.httpHost, "[2001:db8::1]:443", "[2001:db8::1]:443"), (.httpHost, "2001:db8::1", "2001:db8::1"),
            (.dnsName, "10.1.2.3", "10.1.2.3"), (.dhcpHostname, "00:1a:a1:28:10:01", "00:1a:a1:28:10:01"), (.hl7Equipment, "0012210FFE552101^X^0012210FFE552101^EUI-64", "0012210FFE552101^<X>^0012210FFE552101^EUI-64"),
            // Parts that are compared by themselves.
            (.hl7SendingApplication, "LAB^1.2.3^ISO", "<LAB>^1.2.3^ISO"), (.hl7SendingApplication, "", ""), (.hl7SendingApplication, "^^", "^^"),
            (.hl7Interface, "GAM|CHSA|EAI|CHSA|ADT^A01", "<GAM>|<CHSA>|<EAI>|<CHSA>|ADT^A01"), (.hl7InterfaceAnswer, "GAM||EAI||ADT^A01|AE", "<GAM>||<EAI>||ADT^A01|AE"),
            (.hl7Interface, "broken", "<broken>"), (.tlsServerName, ":", ":"), (.tlsServerName, "a:", "<a:>"), (.httpHost, "a:b:1", "<a:b:1>"),
            // Words of protocols.
            (.dicomModality, "CT", "CT"), (.serviceProtocol, "dicom", "dicom"),
        ]
        for (attribute, text, wanted) in cases { #expect(renaming.text(text, of: attribute) == wanted, "\(attribute) \(text)") }
        #expect(renaming.value(.number(7), of: .dnsName) == .number(7))
    }

    @Test func textsAroundNames() {
        let renaming = Self.renaming(knowing: [
            (.dhcpHostname, "ct-urgences"), (.dnsName, "pacs-01.sainte.example"), (.dicomStationName, "Salle Bleue 3"), (.dicomCalledAE, "PACS"), (.snmpName, "abc"), (.dnsName, "www.hopital.example"),
        ])
        let cases = [
            ("220 CT-URGENCES FTP ready", "220 <ct-urgences> FTP ready"), ("ct-urgences", "<ct-urgences>"), ("ct-urgences2 act-urgences ct-urgences_", "ct-urgences2 act-urgences ct-urgences_"),
            ("(pacs-01)", "(<pacs-01>)"), ("at pacs-01.sainte.example.", "at <pacs-01.sainte.example>."), ("é pacs-01 é", "é <pacs-01> é"),
            ("in salle bleue 3!", "in <Salle Bleue 3>!"), ("salle bleue 4", "salle bleue 4"),
            // Too short, or a word that names nobody.
            ("PACS server abc", "PACS server abc"),
            // A known host in another domain, and the ends of private domains.
            ("ct-urgences.other.fr", "<ct-urgences.other.fr>"), ("srv9.chu.local says", "<srv9.chu.local> says"), ("see openssl.org or 1.2.3.local", "see openssl.org or <1.2.3.local>"),
            ("", ""), ("...", "..."), ("OpenSSH_9.2p1 Debian-2", "OpenSSH_9.2p1 Debian-2"),
        ]
        for (text, wanted) in cases { #expect(renaming.text(text, of: .ftpBanner) == wanted, "\(text)") }
        // A text whose small letters are longer than itself is replaced whole.
        #expect(renaming.text("İ ct-urgences", of: .ftpBanner) == "<İ ct-urgences>")
        #expect(!renaming.text("ct-urgences", of: .ftpBanner).isEmpty)
    }

    @Test func devices() {
        let renaming = Self.renaming()
        let named = DeviceKey(behind: Self.host, naming: .application, identifier: "LAB^CHU")
        #expect(renaming.device(named).identifier == "<LAB>^<CHU>" && renaming.device(named).gateway == Self.host)
        for naming in [DeviceKey.Naming.serial, .eui64] {
            #expect(renaming.device(DeviceKey(behind: Self.host, naming: naming, identifier: "SN1")).identifier == "SN1")
        }
        renaming.learn(asset: "device-1", becomes: "device-2")
        renaming.learn(asset: "mac-1", becomes: "mac-1")
        #expect(renaming.asset("device-1") == "device-2" && renaming.asset("mac-1") == "mac-1" && renaming.assets.count == 1)
    }

    /// Whatever the names, it ends soon: the most that values hold, and many that begin alike.
    @Test(.timeLimit(.minutes(1))) func hostileNames() {
        let long = String(repeating: "a.", count: 128)
        let renaming = Self.renaming(knowing: (0..<5000).map { (.dnsName, "host \($0)") } + (0..<2000).map { (.dhcpHostname, "name\($0) \(String(repeating: "x ", count: $0 % 9))") } + [(.dnsName, long)])
        for text in [long, String(repeating: "host ", count: 51), String(repeating: "=", count: 256), "\u{202E}host 12\u{0}", String(repeating: "é", count: 256)] {
            for attribute in [Attribute.ftpBanner, .dnsName, .httpHost, .hl7Interface] { #expect(renaming.text(text, of: attribute).count < 2048) }
        }
        #expect(renaming.text("to host 12, host 13", of: .ftpBanner) == "to <host 12>, <host 13>")
        #expect(renaming.text("=HYPERLINK(1)|x", of: .dnsName) == "<=HYPERLINK(1)|x>")
    }
}
