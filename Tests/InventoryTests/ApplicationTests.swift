import Inventory
import Observations
import Testing
import Wire

/// Which applications of HL7, analysers, stations and equipment are which hosts, and which are devices behind them.
@Suite struct ApplicationTests {
    static let engine = "10.0.0.10"
    static let admissions = "10.0.0.20"
    static let laboratory = "10.0.0.30"
    static let idEngine = "mac-00112200000a"
    static let idAdmissions = "mac-00112200000b"
    static let idLaboratory = "mac-00112200000c"

    /// An engine, an application that sends to it, and one that it sends to.
    static func site() -> Site {
        let site = Site()
        site.seen(Self.engine, CensusTests.a)
        site.seen(Self.admissions, CensusTests.b)
        site.seen(Self.laboratory, CensusTests.c)
        return site
    }

    /// A message that a host sent in the name of an application.
    static func sends(_ site: Site, _ host: String, _ application: String, _ second: Int64 = 1) {
        let name = String(application.prefix { $0 != "^" })
        site.noted(CensusTests.device(host, .application, application), .hl7SendingApplication, name, second)
    }
    /// An answer that a host gave in the name of an application.
    static func answers(_ site: Site, _ host: String, _ application: String, _ second: Int64 = 1) {
        site.noted(.service(Site.service(host, 2575)), .hl7SendingApplication, application, second)
    }

    static func behind(_ census: Census) -> [Asset] { census.assets.filter { $0.position == .behindGateway } }

    // MARK: Own names

    /// Under what a host answers is its own name, whatever else it sends.
    @Test func theNameOfAnswersIsTheHosts() throws {
        let site = Self.site()
        Self.sends(site, Self.engine, "EAI^CHSA", 2)
        Self.sends(site, Self.engine, "AGENDA^CHSA", 3)
        Self.answers(site, Self.engine, "EAI")
        let census = site.census()
        #expect(try census.asset(Self.idEngine).values(.hl7SendingApplication) == ["EAI"])
        let devices = Self.behind(census)
        #expect(devices.map { $0.values(.hl7SendingApplication) } == [["AGENDA"]])
        #expect(devices.map(\.gateway) == [Self.idEngine])
    }

    /// The facility makes no second application of one, nor do letter case and spaces.
    @Test func oneNameWithSeveralFacilities() throws {
        let site = Self.site()
        for (index, name) in ["GAM^CHSA", "GAM^CLINIQUE", "gam ^CHSA", "GAM"].enumerated() { Self.sends(site, Self.admissions, name, Int64(index + 2)) }
        let census = site.census()
        #expect(Self.behind(census).isEmpty)
        #expect(try census.asset(Self.idAdmissions).values(.hl7SendingApplication).count == 4)
    }

    /// Who answers under several names turns the receiver's name round: none is its own, and then it is the only one that it sends under.
    @Test func severalNamesInAnswersAreNone() throws {
        let site = Self.site()
        Self.answers(site, Self.engine, "LIS", 2)
        Self.answers(site, Self.engine, "DPI", 3)
        Self.sends(site, Self.engine, "EAI^CHSA", 4)
        #expect(Self.behind(site.census()).isEmpty)
        // Of two that it sends under, none is known to be its own.
        Self.sends(site, Self.engine, "PHARMA^CHSA", 5)
        let devices = Self.behind(site.census())
        #expect(Set(devices.flatMap { $0.values(.hl7SendingApplication) }) == ["EAI", "PHARMA"])
    }

    // MARK: Names that are another host's

    /// What the engine passes on for another host is that host, and no device behind the engine.
    @Test func aNameThatIsAnotherHostsOwn() throws {
        for isByAnswer in [false, true] {
            let site = Self.site()
            if isByAnswer { Self.answers(site, Self.admissions, "GAM", 2) } else { Self.sends(site, Self.admissions, "GAM^CHSA", 2) }
            Self.sends(site, Self.engine, "Gam^AUTRE", 3)
            Self.sends(site, Self.engine, "AGENDA^CHSA", 4)
            Self.answers(site, Self.engine, "EAI", 5)
            let census = site.census()
            #expect(try census.asset(Self.idAdmissions).values(.hl7SendingApplication).contains("Gam"), "by answer: \(isByAnswer)")
            #expect(Self.behind(census).map { $0.values(.hl7SendingApplication) } == [["AGENDA"]])
        }
    }

    /// A name that two hosts call their own is told of neither by a third.
    @Test func aNameThatIsTwoHostsOwn() throws {
        let site = Self.site()
        Self.answers(site, Self.admissions, "GAM", 2)
        Self.answers(site, Self.laboratory, "GAM", 3)
        Self.sends(site, Self.engine, "GAM^CHSA", 4)
        Self.sends(site, Self.engine, "AGENDA^CHSA", 5)
        let census = site.census()
        #expect(Set(Self.behind(census).flatMap { $0.values(.hl7SendingApplication) }) == ["GAM", "AGENDA"])
        for id in [Self.idAdmissions, Self.idLaboratory] { #expect(try census.asset(id).values(.hl7SendingApplication).isEmpty) }
    }

    /// Two applications of one host, which an engine passes on as well, are two devices, behind the host where they were first heard.
    @Test func twoApplicationsThroughAnEngine() throws {
        let site = Self.site()
        for (index, name) in ["GAM^CHSA", "AGENDA^CHSA"].enumerated() {
            Self.sends(site, Self.admissions, name, Int64(index + 2))
            Self.sends(site, Self.engine, name, Int64(index + 10))
        }
        Self.answers(site, Self.engine, "EAI", 20)
        let devices = Self.behind(site.census())
        #expect(devices.count == 2)
        #expect(devices.allSatisfy { $0.gateway == Self.idAdmissions && $0.observations.count == 2 })
    }

    /// A gateway that was given another name is one host all the same, where it answers under one of them.
    @Test func aRenamedGateway() throws {
        let site = Self.site()
        Self.sends(site, Self.admissions, "GAM_OLD^CHSA", 2)
        Self.sends(site, Self.admissions, "GAM^CHSA", 900)
        Self.answers(site, Self.admissions, "GAM", 901)
        let census = site.census()
        #expect(try census.asset(Self.idAdmissions).values(.hl7SendingApplication) == ["GAM"])
        // The name before is a device of its own, as nothing says that it was the same: it is not lost.
        #expect(Self.behind(census).map { $0.values(.hl7SendingApplication) } == [["GAM_OLD"]])
    }

    // MARK: Receivers

    private static func addressed(_ site: Site, _ receivers: [String], type: String = "ADT^A01") {
        let conversation = ConversationKey(client: Site.host(Self.admissions), service: Site.service(Self.engine, 2575))
        for (index, receiver) in receivers.enumerated() {
            site.noted(.conversation(conversation), .hl7Interface, "GAM|CHSA|\(receiver)|\(type)", Int64(index + 5))
        }
    }

    /// Messages to several applications at one host are passed on: each is a device behind it.
    @Test func receiversBehindAnEngine() throws {
        let site = Self.site()
        Self.addressed(site, ["LIS|CHSA", "PHARMA|CHSA"])
        let devices = Self.behind(site.census())
        #expect(Set(devices.flatMap { $0.values(.hl7ReceivingApplication) }) == ["LIS", "PHARMA"])
        #expect(devices.allSatisfy { $0.gateway == Self.idEngine })
        #expect(devices.map(\.firstSeen).min() == Timestamp(seconds: 5))
    }

    /// One receiver, in whatever facility and letters, is who answers there.
    @Test func oneReceiverIsTheHost() throws {
        let site = Self.site()
        Self.addressed(site, ["EAI|CHSA", "EAI|CLINIQUE", "eai|CHSA", "|CHSA"])
        #expect(Self.behind(site.census()).isEmpty)
        // What does not have five parts names nobody.
        site.noted(
            .conversation(ConversationKey(client: Site.host(Self.admissions), service: Site.service(Self.engine, 2575))), .hl7Interface, "GAM|CHSA|LIS|ADT^A01", 9)
        #expect(Self.behind(site.census()).isEmpty)
    }

    /// Receivers that were heard themselves are those hosts; the engine's own name is the engine.
    @Test func receiversThatAreHosts() throws {
        let site = Self.site()
        Self.answers(site, Self.laboratory, "LIS", 2)
        Self.answers(site, Self.engine, "EAI", 3)
        Self.addressed(site, ["LIS|CHSA", "EAI|CHSA", "PHARMA|CHSA"])
        let census = site.census()
        #expect(Self.behind(census).map { $0.values(.hl7ReceivingApplication) } == [["PHARMA"]])
        #expect(try census.asset(Self.idLaboratory).values(.hl7ReceivingApplication) == ["LIS"])
        #expect(try census.asset(Self.idEngine).values(.hl7ReceivingApplication) == ["EAI"])
    }

    // MARK: Analysers, equipment, stations

    /// A host that sends as one analyser is it; one that sends as several has them behind it.
    @Test func analysers() throws {
        let site = Self.site()
        for message in ["XN-1000^1", "XN-1000^1"] { site.noted(CensusTests.device(Self.laboratory, .analyser, message), .astmSender, "XN-1000", 2) }
        #expect(Self.behind(site.census()).isEmpty)
        #expect(try site.census().asset(Self.idLaboratory).values(.astmSender) == ["XN-1000"])
        site.noted(CensusTests.device(Self.laboratory, .analyser, "CA-620^7"), .astmSender, "CA-620", 3)
        let census = site.census()
        #expect(Set(Self.behind(census).flatMap { $0.values(.astmSender) }) == ["XN-1000", "CA-620"])
        #expect(try census.asset(Self.idLaboratory).values(.astmSender).isEmpty)
    }

    /// Equipment and stations that a host speaks for are devices even where there is one only, and make no second application of it.
    @Test(arguments: [DeviceKey.Naming.equipment, .station, .eui64, .serial])
    func whatAHostSpeaksFor(_ naming: DeviceKey.Naming) throws {
        let site = Self.site()
        Self.sends(site, Self.engine, "GATEWAY^CHSA", 2)
        site.noted(CensusTests.device(Self.engine, naming, "PUMP-1"), .hl7Equipment, "PUMP-1", 3)
        let census = site.census()
        #expect(try census.asset(Self.idEngine).values(.hl7SendingApplication) == ["GATEWAY"])
        #expect(Self.behind(census).map { $0.values(.hl7Equipment) } == [["PUMP-1"]])
        #expect(Self.behind(census).map(\.gateway) == [Self.idEngine])
    }

    /// A station that sends its own images is not a second time behind the archive that passes them on.
    @Test func aStationThatWasHeardItself() throws {
        let site = Self.site()
        site.noted(.host(Site.host(Self.laboratory)), .dicomStationName, "CT-URGENCES", 2)
        site.noted(CensusTests.device(Self.engine, .station, "CT-URGENCES"), .dicomModel, "SOMATOM", 3)
        site.noted(CensusTests.device(Self.engine, .station, "IRM-2"), .dicomModel, "MAGNETOM", 4)
        let census = site.census()
        #expect(try census.asset(Self.idLaboratory).values(.dicomModel) == ["SOMATOM"])
        #expect(Self.behind(census).map { $0.values(.dicomModel) } == [["MAGNETOM"]])
    }

    /// The same identifier is different things as an application and as equipment.
    @Test func namingsAreApart() {
        let site = Self.site()
        site.noted(CensusTests.device(Self.engine, .equipment, "P1"), .hl7Equipment, "P1", 2)
        site.noted(CensusTests.device(Self.engine, .serial, "P1"), .hl7DeviceSerial, "P1", 3)
        #expect(Set(Self.behind(site.census()).map(\.id)).count == 2)
    }

    /// The rules do not depend on the order in which things were noted, nor on how scans are put together.
    @Test func orderDoesNotMatter() {
        let steps: [@Sendable (Site) -> Void] = [
            { Self.sends($0, Self.engine, "GAM^CHSA", 5) }, { Self.sends($0, Self.engine, "AGENDA^CHSA", 6) }, { Self.sends($0, Self.admissions, "GAM^CHSA", 2) },
            { Self.answers($0, Self.engine, "EAI", 7) }, { Self.addressed($0, ["LIS|CHSA", "EAI|CHSA"]) }, { Self.answers($0, Self.laboratory, "LIS", 8) },
        ]
        func told(_ census: Census) -> [String] {
            census.assets.map { asset in "\(asset.id) \(asset.gateway ?? "") " + asset.observations.map { "\($0.attribute.name)=\($0.value)" }.sorted().joined(separator: " ") }
        }
        let site = Self.site()
        for step in steps { step(site) }
        let wanted = told(site.census())
        #expect(wanted.count == 4)
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<12 {
            let other = Self.site()
            let parts = Self.site()
            for (index, step) in steps.shuffled(using: &generator).enumerated() {
                step(other)
                if index % 2 == 0 { step(parts) }
            }
            #expect(told(other.census()) == wanted)
            #expect(told(parts.inventory(scan: 2).merged(with: site.inventory()).census()).count == wanted.count)
        }
    }
}
