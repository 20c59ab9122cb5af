import Inventory
import Observations
import Testing
import Wire

/// Connections kept one by one, what counts as inside, and ports that are no services of their own.
@Suite struct SessionTests {
    private static func sessions(_ site: Site) -> [Session] { site.census().conversations.flatMap(\.sessions) }

    // MARK: Which connections are kept

    @Test(arguments: [
        // From the Internet and to it; control and tunnels anywhere.
        ("203.0.113.9", "10.0.0.1", [ApplicationProtocol.tls], true), ("10.0.0.1", "203.0.113.9", [.http], true), ("10.0.0.1", "203.0.113.9", [], true),
        ("10.0.0.2", "10.0.0.1", [.ssh], true), ("10.0.0.2", "10.0.0.1", [.rdp, .tls], true), ("10.0.0.2", "10.0.0.1", [.wireguard], true),
        ("10.0.0.2", "10.0.0.1", [.dicom], false), ("10.0.0.2", "10.0.0.1", [.tls], false), ("10.0.0.2", "10.0.0.1", [], false),
    ])
    func whichAreKept(_ client: String, _ server: String, _ protocols: [ApplicationProtocol], _ isKept: Bool) {
        let site = Site()
        site.flow(client, server, 4000, 5, answered: 9, protocols: protocols, bytes: 11, answerBytes: 22)
        let sessions = Self.sessions(site)
        #expect(sessions.count == (isKept ? 1 : 0))
        guard let session = sessions.first else { return }
        #expect(session.first.frame == 5 && session.lastSeen == Timestamp(seconds: 9))
        #expect(session.bytesFromClient == 11 && session.bytesFromServer == 22)
    }

    @Test func nobodyAnswered() {
        let site = Site()
        site.flow("203.0.113.9", "10.0.0.1", 22, 1, protocols: [.ssh])
        site.flow("203.0.113.9", "10.0.0.1", 22, 2, refused: true, protocols: [.ssh])
        #expect(Self.sessions(site).isEmpty)
        #expect(site.census().conversations.first?.tally.flows == 2)
    }

    @Test func everyConversationHasItsOwn() throws {
        let site = Site()
        for second in Int64(1)...6 { site.flow("203.0.113.\(second % 2)", "10.0.0.1", second < 4 ? 443 : 80, second, answered: second) }
        let census = site.census()
        for conversation in census.conversations {
            #expect(conversation.sessions.count == Int(conversation.tally.flows))
            #expect(conversation.sessions == conversation.sessions.sorted())
        }
        #expect(census.conversations.count == 4)
        #expect(Set(census.conversations.flatMap(\.sessions).map(\.first.frame)) == Set(1...6))
    }

    // MARK: The limit

    /// The earliest stay, in whatever order connections end.
    @Test(arguments: [UInt64(1), 2, 3]) func earliestStay(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let site = Site()
        for second in (Int64(1)...400).shuffled(using: &random) { site.flow("203.0.113.9", "10.0.0.1", 443, second, answered: second) }
        let sessions = Self.sessions(site)
        #expect(sessions.map(\.first.frame) == Array(1...UInt64(Session.limit)))
        #expect(site.census().conversations.first?.tally.answered == 400)
    }

    /// What no longer fits is counted as left out.
    @Test func allConversationsTogetherHaveALimit() {
        let site = Site(limit: 10)
        for second in Int64(1)...30 { site.flow("203.0.113.9", "10.0.0.1", 443, second, answered: second) }
        let inventory = site.inventory()
        #expect(inventory.census().conversations.flatMap(\.sessions).count == 10)
        #expect(inventory.omittedObservations == 20)
    }

    // MARK: Merging

    private static func part(scan: UInt64, shard: Int, _ seconds: some Sequence<Int64>) -> Inventory {
        let site = Site()
        for second in seconds { site.flow("203.0.113.\(second % 3)", "10.0.0.1", 443, second, answered: second + 1, protocols: [.tls]) }
        return site.inventory(scan: scan, shard: shard)
    }

    @Test func mergingKeepsEachOnce() {
        let (a, b, c) = (Self.part(scan: 1, shard: 0, 1...20), Self.part(scan: 1, shard: 1, 15...40), Self.part(scan: 2, shard: 0, 1...20))
        let ab = a.merged(with: b)
        #expect(ab == b.merged(with: a))
        #expect(a.merged(with: a) == a)
        #expect(ab.merged(with: a) == ab)
        #expect(ab.merged(with: c) == a.merged(with: b.merged(with: c)))
        // 15 to 20 of the first scan were noted twice; the second scan's frames are others.
        #expect(ab.census().conversations.flatMap(\.sessions).count == 40)
        #expect(ab.merged(with: c).census().conversations.flatMap(\.sessions).count == 60)
        #expect(a.merged(with: a).census().conversations.flatMap(\.sessions).count == 20)
        #expect(ab != a.merged(with: Self.part(scan: 1, shard: 1, 15...39)))
    }

    /// Sessions stay with their own conversation when inventories with others are put between them.
    @Test func mergedSessionsStayWithTheirConversation() {
        let parts = (0..<12).map { number in Self.part(scan: UInt64(number % 3 + 1), shard: number, [Int64(number + 1), Int64(100 + number)]) }
        for conversation in Inventory(merging: parts.reversed()).census().conversations {
            #expect(conversation.sessions.count == 8)
            for session in conversation.sessions { #expect("\(conversation.key.client.address)" == "203.0.113.\(session.first.frame % 3)") }
        }
    }

    // MARK: Public addresses inside

    @Test func publicBlocksOfTheEstablishment() throws {
        let site = Site()
        site.flow("10.0.0.2", "203.0.113.20", 443, 1, answered: 2, protocols: [.tls])
        site.flow("10.0.0.2", "203.0.113.200", 443, 3, answered: 4, protocols: [.tls])
        site.flow("10.0.0.2", "2001:4860:1::5", 443, 5, answered: 6, protocols: [.tls])
        let inventory = site.inventory()
        let usual = inventory.census()
        for id in ["ip-203.0.113.20", "ip-203.0.113.200", "ip-2001:4860:1::5"] { #expect(try usual.asset(id).position == .external) }
        let own = InternalNetworks([try #require(AddressBlock("203.0.113.0/25")), try #require(AddressBlock("2001:4860:1::/48"))])
        let inside = inventory.census(own)
        #expect(try inside.asset("ip-203.0.113.20").position != .external)
        #expect(try inside.asset("ip-203.0.113.200").position == .external)
        #expect(try inside.asset("ip-2001:4860:1::5").position != .external)
        // What was kept is not a matter of the networks: the sessions are there either way.
        #expect(inside.conversations.map(\.sessions) == usual.conversations.map(\.sessions))
        #expect(inventory.census(.standard).ids == usual.ids)
    }

    // MARK: Announced ports

    @Test func dataConnectionsAreNoServices() throws {
        let site = Site()
        site.flow("10.0.0.2", "10.0.0.1", 21, 1, answered: 2, protocols: [.ftp])
        site.flow("10.0.0.2", "10.0.0.1", 40_001, 3, answered: 4)
        site.flow("10.0.0.2", "10.0.0.1", 40_002, 5, answered: 6, protocols: [.tls])
        site.flow("10.0.0.2", "10.0.0.1", 40_003, 7, answered: 8)
        for port in [40_001, 40_002] { site.ledger.log.record(.host(Site.host("10.0.0.1")), .ftpDataPort, .number(Int64(port)), at: Site.evidence(3)) }
        let census = site.census()
        #expect(try census.asset("ip-10.0.0.1").services.map(\.key.port) == [21, 40_003])
        let protocols = Dictionary(uniqueKeysWithValues: census.conversations.map { ($0.key.service.port, $0.protocols) })
        #expect(protocols[40_001] == [.ftpData])
        #expect(protocols[40_002].map(Set.init) == [.tls, .ftpData])
        #expect(protocols[40_003] == [])
        #expect(protocols[21] == [.ftp])
    }

    /// A service that is proved to be another is one, even on an announced port; and the port is that of one host only.
    @Test func announcedPortsHideNothing() throws {
        let site = Site()
        site.flow("10.0.0.2", "10.0.0.1", 40_001, 3, answered: 4, protocols: [.ssh])
        site.flow("10.0.0.2", "10.0.0.3", 40_001, 5, answered: 6)
        site.flow("10.0.0.2", "10.0.0.1", 40_001, 7, answered: 8, transport: .udp)
        site.ledger.log.record(.host(Site.host("10.0.0.1")), .ftpDataPort, .number(40_001), at: Site.evidence(3))
        site.ledger.log.record(.host(Site.host("10.0.0.1")), .ftpDataPort, .number(-1), at: Site.evidence(3))
        site.ledger.log.record(.host(Site.host("10.0.0.1")), .ftpDataPort, .number(1 << 40), at: Site.evidence(3))
        let census = site.census()
        #expect(try census.asset("ip-10.0.0.1").services.map(\.key.transport) == [.tcp, .udp])
        #expect(try census.asset("ip-10.0.0.3").services.count == 1)
    }

    /// The sound of a call and the picture of a camera are data of their conversations.
    @Test(arguments: [Attribute.sipMediaPort, .rtspMediaPort, .tftpDataPort]) func mediaAreNoServices(_ announced: Attribute) throws {
        let site = Site()
        site.flow("10.0.0.2", "10.0.0.1", 6000, 3, answered: 4, protocols: [.rtp], transport: .udp)
        site.flow("10.0.0.2", "10.0.0.1", 6001, 3, answered: 4, transport: .udp)
        site.flow("10.0.0.2", "10.0.0.1", 6002, 3, answered: 4, protocols: [.rtp], transport: .udp)
        for port in [6000, 6001] { site.ledger.log.record(.host(Site.host("10.0.0.1")), announced, .number(Int64(port)), at: Site.evidence(3)) }
        #expect(try site.census().asset("ip-10.0.0.1").services.map(\.key.port) == [6002])
    }

    /// The error output of a remote command is a part of it.
    @Test func errorOutputIsNoService() throws {
        let site = Site()
        site.flow("10.0.0.2", "10.0.0.1", 1022, 3, answered: 4)
        site.ledger.log.record(.host(Site.host("10.0.0.1")), .rshErrorPort, .number(1022), at: Site.evidence(3))
        let census = site.census()
        #expect(try census.asset("ip-10.0.0.1").services.isEmpty)
        #expect(census.conversations.map(\.protocols) == [[.rsh]])
    }
}
