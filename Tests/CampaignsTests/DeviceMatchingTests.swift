import Campaigns
import Testing

@Suite("Matching devices of two campaigns")
struct DeviceMatchingTests {
    /// The pairs, and that turning the lists around turns them around.
    private static func pairs(_ before: [Campaign.Device], _ after: [Campaign.Device]) -> [String] {
        let matching = DeviceMatching(before, after)
        let turned = DeviceMatching(after, before)
        #expect(Set(matching.matches.map { "\($0.before) \($0.after) \($0.reasons) \($0.confidence)" }) == Set(turned.matches.map { "\($0.after) \($0.before) \($0.reasons) \($0.confidence)" }))
        #expect(Set(matching.proposals.map { "\($0.before) \($0.after)" }) == Set(turned.proposals.map { "\($0.after) \($0.before)" }))
        let shuffled = DeviceMatching(before.reversed(), after.reversed())
        #expect(matching.matches == shuffled.matches && matching.proposals == shuffled.proposals)
        for match in matching.matches {
            #expect(matching.match(ofBefore: match.before) == match && matching.match(ofAfter: match.after) == match)
            #expect((1...99).contains(match.confidence))
        }
        return matching.matches.map { "\($0.before) = \($0.after)" }
    }

    @Test("by what stays when the capture point moves")
    func strongIdentifiers() throws {
        let before = [
            try Sample.device("ip-10.0.0.5", at: ["10.0.0.5"], deviceClass: "ct-scanner", maker: "Maker AG", serial: "0066021"),
            try Sample.device("ip-10.0.0.6", at: ["10.0.0.6"], udi: "(01)04046964(21)A1"),
            try Sample.device("ip-10.0.0.7", at: ["10.0.0.7"], macs: ["00:11:22:00:00:07"]),
            try Sample.device("ip-10.0.0.8", at: ["10.0.0.8"], names: ["pacs-01.chsa.example"]),
            try Sample.device("ip-10.0.0.9", at: ["10.0.0.9"], titles: ["CT_URG"]),
            try Sample.device("ip-10.0.0.10", at: ["10.0.0.10"], deviceClass: "laboratory-analyser"),
        ]
        let after = [
            try Sample.device("mac-a", at: ["10.0.9.5"], maker: "MAKER", serial: "66021"), try Sample.device("mac-b", udi: "(01)04046964(21)a1"),
            try Sample.device("mac-001122000007", macs: ["00:11:22:00:00:07", "00:11:22:00:00:99"]), try Sample.device("mac-d", names: ["PACS-01"]),
            try Sample.device("mac-e", titles: ["CT URG"]), try Sample.device("mac-f", at: ["10.0.0.10"], deviceClass: "laboratory-analyser"),
        ]
        #expect(
            Self.pairs(before, after) == [
                "ip-10.0.0.10 = mac-f", "ip-10.0.0.5 = mac-a", "ip-10.0.0.6 = mac-b", "ip-10.0.0.7 = mac-001122000007", "ip-10.0.0.8 = mac-d",
                "ip-10.0.0.9 = mac-e",
            ])
        let reasons = Dictionary(uniqueKeysWithValues: DeviceMatching(before, after).matches.map { ($0.before, $0.reasons) })
        #expect(reasons["ip-10.0.0.5"] == [.serial] && reasons["ip-10.0.0.8"] == [.name] && reasons["ip-10.0.0.10"] == [.address])
    }

    @Test("not by what many devices share or software chose")
    func weakIdentifiers() throws {
        // A randomised hardware address, a virtual router's, a serial number without a maker, a model's UDI, names that name nothing.
        for (macs, serial, udi, names) in [
            (["02:11:22:33:44:55"], nil, nil, []), (["00:00:5e:00:01:07"], nil, nil, []), ([], "4711", nil, []), ([], nil, "(01)04046964000001", []),
            ([], nil, nil, ["localhost"]), ([], nil, nil, ["raspberrypi"]), ([], nil, nil, ["42"]),
        ] as [([String], String?, String?, [String])] {
            #expect(
                Self.pairs(
                    [try Sample.device("ip-10.0.0.1", macs: macs, names: names, serial: serial, udi: udi)],
                    [try Sample.device("mac-x", macs: macs, names: names, serial: serial, udi: udi)]) == [], "\(macs) \(names)")
        }
        // Two of one name: neither.
        let twins = [try Sample.device("ip-10.0.0.1", names: ["poste-1"]), try Sample.device("ip-10.0.0.2", names: ["poste-1"])]
        let one = [try Sample.device("mac-x", names: ["poste-1"])]
        #expect(Self.pairs(twins, one) == [])
        #expect(DeviceMatching(twins, one).proposals.map(\.before) == ["ip-10.0.0.1", "ip-10.0.0.2"])
    }

    @Test("not where something weighs against it: a proposal")
    func conflicts() throws {
        // The same name and place, another machine.
        let old = try Sample.device("mac-1", at: ["10.0.0.5"], macs: ["00:11:22:00:00:01"], names: ["ct-1"], maker: "Maker", serial: "1001")
        let new = try Sample.device("mac-2", at: ["10.0.0.5"], macs: ["00:11:22:00:00:02"], names: ["ct-1"], maker: "Maker", serial: "1002")
        #expect(Self.pairs([old], [new]) == [])
        let proposal = try #require(DeviceMatching([old], [new]).proposals.first)
        #expect(proposal.reasons == [.name, .address] && proposal.conflicts == [.serial, .mac] && proposal.confidence <= 60)
        // An address that went to another device: its serial number and its name lead to where it is now.
        let before = [try Sample.device("ip-10.0.0.5", at: ["10.0.0.5"], names: ["irm-2"], maker: "Maker", serial: "77A")]
        let after = [
            try Sample.device("ip-10.0.0.5", at: ["10.0.0.5"], names: ["echo-9"], maker: "Maker", serial: "88B"),
            try Sample.device("ip-10.0.0.6", at: ["10.0.0.6"], names: ["irm-2"], maker: "Maker", serial: "77A"),
        ]
        #expect(Self.pairs(before, after) == ["ip-10.0.0.5 = ip-10.0.0.6"])
        #expect(
            Self.pairs(
                [try Sample.device("ip-10.0.0.5", at: ["10.0.0.5"], names: ["irm-2"])],
                [try Sample.device("ip-10.0.0.5", names: ["echo-9"]), try Sample.device("ip-10.0.0.6", names: ["irm-2"])]) == ["ip-10.0.0.5 = ip-10.0.0.6"])
        // Renamed in its place: still the same.
        #expect(
            Self.pairs([try Sample.device("ip-10.0.0.5", at: ["10.0.0.5"], names: ["irm-2"])], [try Sample.device("ip-10.0.0.5", at: ["10.0.0.5"], names: ["irm-3"])])
                == ["ip-10.0.0.5 = ip-10.0.0.5"])
        // One with two interfaces, then two devices with one of them each.
        let both = try Sample.device("ip-10.0.0.1", macs: ["00:11:22:00:00:01", "00:11:22:00:00:02"])
        let split = [try Sample.device("mac-1", macs: ["00:11:22:00:00:01"]), try Sample.device("mac-2", macs: ["00:11:22:00:00:02"])]
        #expect(Self.pairs([both], split) == [])
        #expect(DeviceMatching([both], split).proposals.count == 2)
    }

    @Test("20,000 devices, half of them with new ids and a name that all share, in seconds", .timeLimit(.minutes(1)))
    func many() throws {
        let before = try (0..<20_000).map { try Sample.device("ip-10.1.\($0 / 256).\($0 % 256)", at: ["10.1.\($0 / 256).\($0 % 256)"], names: ["poste", "p-\($0)-x"]) }
        let after = try (0..<20_000).map { number in
            try Sample.device(
                number % 2 == 0 ? "ip-10.1.\(number / 256).\(number % 256)" : "mac-\(number)", at: ["10.1.\(number / 256).\(number % 256)"], names: ["poste", "p-\(number)-x"])
        }
        let start = ContinuousClock.now
        let matching = DeviceMatching(before, after)
        #expect(ContinuousClock.now - start < .seconds(20))
        #expect(matching.matches.count == 20_000 && matching.proposals.isEmpty)
    }
}
