import Inventory
import Observations
import Testing
import Wire

/// The laws of ``Inventory/merge(_:)``, over inventories that ledgers made of random events.
@Suite(.timeLimit(.minutes(2))) struct MergeTests {
    static let addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.1.4", "192.0.2.9", "2001:db8::5", "fe80::1"]
    static let macs = ["00:11:22:00:00:01", "00:11:22:00:00:02", "02:11:22:00:00:03", "00:00:5e:00:01:07", ""]
    static let networks = [VirtualNetwork.none, .none.tagged(5), .none.tagged(6), .none.inside(.vxlan, identifier: 7)]

    /// One random event.
    static func happen(_ site: Site, _ random: inout SeededGenerator) {
        func any<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &random)] }
        let (address, other, mac, network) = (any(Self.addresses), any(Self.addresses), any(Self.macs), any(Self.networks))
        let first = Int64.random(in: 1...900, using: &random)
        let last = first + Int64.random(in: 0...60, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1: site.seen(address, mac, first, last, in: network)
        case 2 where !mac.isEmpty: site.claimed(address, mac, first, last, in: network)
        case 3: site.noted(.host(Site.host(address, network)), .dicomSoftware, "v\(Int.random(in: 1...3, using: &random))", first)
        case 4: site.noted(.service(Site.service(address, 80, network)), .httpServer, any(["nginx", "Apache", "é", "e\u{301}"]), first)
        case 5:
            let device = DeviceKey(
                behind: Site.host(address, network), naming: any([.application, .serial]), identifier: any(["MONITOR", "PUMP"]) + address)
            site.noted(.device(device), .hl7SendingApplication, any(["A", "B"]), first)
        case 6 where !mac.isEmpty: site.noted(.host(HostKey(Site.mac(mac), in: network)), .dhcpHostname, "host", first)
        default:
            site.flow(
                address, other, any([80, 104, 443]), first, answered: Bool.random(using: &random) ? last : nil, protocols: any([[], [.http], [.dicom, .tls]]),
                clientMAC: mac, serverMAC: any(Self.macs), bytes: UInt64.random(in: 1...9, using: &random), in: network)
        }
    }

    static func random(_ random: inout SeededGenerator) -> Inventory {
        // A limit that is sometimes reached, so that there are omissions as well.
        let site = Site(limit: Int.random(in: 3...40, using: &random))
        for _ in 0..<Int.random(in: 0...40, using: &random) { Self.happen(site, &random) }
        return site.inventory(scan: UInt64.random(in: 1...3, using: &random), shard: Int.random(in: 0...2, using: &random))
    }

    @Test(arguments: UInt64(0)..<150)
    func laws(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let (a, b, c) = (Self.random(&random), Self.random(&random), Self.random(&random))
        #expect(a.merged(with: b) == b.merged(with: a))
        #expect(a.merged(with: b).merged(with: c) == a.merged(with: b.merged(with: c)))
        #expect(a.merged(with: a) == a)
        #expect(a.merged(with: b).merged(with: b) == a.merged(with: b))
        #expect(a.merged(with: b).merged(with: a) == a.merged(with: b))
        #expect(a.merged(with: Inventory()) == a)
        #expect(Inventory().merged(with: a) == a)
        let all = a.merged(with: b).merged(with: c)
        #expect(Inventory(merging: [c, a, b, a]) == all)
        #expect(Inventory(merging: [b, c, a]).hashValue == all.hashValue)
        #expect(all.scans == a.scans.union(b.scans).union(c.scans))
        #expect(all.observationCount >= max(a.observationCount, b.observationCount, c.observationCount))
        #expect(all.observationCount <= a.observationCount + b.observationCount + c.observationCount)
        var grown = Inventory()
        for part in [a, b, c] { grown.merge(part) }
        #expect(grown == all)
    }

    /// However the events of a scan are dealt out over inventories, and in whatever order those are merged, the census is the same
    /// to the byte.
    @Test(arguments: UInt64(0)..<40)
    func censusDoesNotDependOnTheOrder(seed: UInt64) {
        var random = SeededGenerator(seed: 1000 + seed)
        let parts = (0..<60).map { number in
            let site = Site()
            Self.happen(site, &random)
            return site.inventory(scan: 1, shard: number)
        }
        let expected = String(describing: Inventory(merging: parts).census())
        for _ in 0..<4 {
            var inventory = Inventory()
            for part in parts.shuffled(using: &random) { inventory.merge(part) }
            #expect(String(describing: inventory.census()) == expected)
        }
    }

    /// What holds of every census, whatever happened.
    @Test(arguments: UInt64(0)..<100)
    func invariants(seed: UInt64) {
        var random = SeededGenerator(seed: 5000 + seed)
        let inventory = Inventory(merging: (0..<3).map { _ in Self.random(&random) })
        let census = inventory.census()
        #expect(census.ids == census.ids.sorted())
        #expect(Set(census.ids).count == census.ids.count)
        let known = Set(census.ids)
        let answered = census.conversations.filter { $0.tally.answer != nil }
        #expect(answered.allSatisfy { known.contains($0.server) })
        #expect(Set(answered.map(\.key.service)).count == census.assets.reduce(0) { $0 + $1.services.count })
        #expect(census.conversations.count == inventory.conversationCount)
        for asset in census.assets {
            #expect(asset.firstSeen <= asset.lastSeen)
            #expect(asset.macs.allSatisfy { $0.isUnicast && !$0.isVirtualRouter || asset.addresses.isEmpty }, "\(asset.id)")
            #expect(asset.id.hasPrefix("mac-") == !asset.macs.isEmpty, "\(asset.id)")
            #expect((asset.position == .behindGateway) == (asset.gateway != nil), "\(asset.id)")
            if let gateway = asset.gateway { #expect(known.contains(gateway) || !inventory.knows(gateway)) }
            for service in asset.services {
                #expect(service.clients > 0)
                #expect(service.evidence.time == service.firstSeen)
            }
        }
        // A hardware address is one asset's.
        let worn = census.assets.flatMap(\.macs)
        #expect(Set(worn).count == worn.count)
    }

    // MARK: What is merged

    @Test func spansGrow() throws {
        let site = Site()
        site.seen("10.0.0.1", "00:11:22:00:00:01", 50, 60)
        site.seen("10.0.0.1", "00:11:22:00:00:01", 20, 30)
        let later = Site()
        later.seen("10.0.0.1", "00:11:22:00:00:01", 40, 90)
        let asset = try site.inventory().merged(with: later.inventory(scan: 2)).census().asset("mac-001122000001")
        #expect(asset.firstSeen == Timestamp(seconds: 20))
        #expect(asset.lastSeen == Timestamp(seconds: 90))
        #expect(asset.evidence == Evidence(frame: 20, time: Timestamp(seconds: 20), scan: ScanID(rawValue: 1)))
    }

    /// Two scans of one conversation add up, the same scan twice is one.
    @Test func tallies() throws {
        let site = Site()
        site.flow("10.0.0.1", "10.0.0.2", 104, 1, answered: 2, protocols: [.dicom], bytes: 10)
        site.flow("10.0.0.1", "10.0.0.2", 104, 5, answered: 6, bytes: 20)
        let other = Site()
        other.flow("10.0.0.1", "10.0.0.2", 104, 100, answered: 101, protocols: [.tls], bytes: 5)
        let (first, second) = (site.inventory(scan: 1), other.inventory(scan: 2))
        for inventory in [first.merged(with: second), second.merged(with: first), first.merged(with: second).merged(with: first)] {
            let conversation = try #require(inventory.census().conversations.first)
            #expect(inventory.conversationCount == 1)
            #expect(conversation.tally.flows == 3)
            #expect(conversation.tally.answered == 3)
            #expect(conversation.tally.bytesFromClient == 35)
            #expect(conversation.tally.first.frame == 1)
            #expect(conversation.tally.answer?.frame == 2)
            #expect(conversation.tally.lastSeen == Timestamp(seconds: 101))
            #expect(conversation.protocols == [.dicom, .tls])
        }
        #expect(first.merged(with: first).census().conversations.first?.tally.bytesFromClient == 30)
    }

    @Test func omissionsAreCountedOncePerShard() {
        let site = Site(limit: 2)
        for number in 1...9 { site.seen("10.0.0.\(number)") }
        let inventory = site.inventory(scan: 1, shard: 3)
        #expect(inventory.omittedObservations == 7)
        #expect(inventory.merged(with: inventory).omittedObservations == 7)
        #expect(inventory.merged(with: site.inventory(scan: 1, shard: 4)).omittedObservations == 14)
        #expect(inventory.census().assets.count == 2)
    }

    @Test func conversationsAreBounded() {
        let site = Site(limit: 5)
        for port in UInt16(1)...20 { site.flow("10.0.0.1", "10.0.0.2", port, 1, answered: 2) }
        #expect(site.inventory().conversationCount == 5)
        #expect(site.inventory().omittedObservations == 15)
    }

    /// Addresses that were chosen to share a digest cost what others cost, and are told apart.
    @Test func chosenAddressesDoNotCollide() {
        func time(_ low: (UInt64) -> UInt64) -> Duration {
            let site = Site(limit: 100_000)
            return ContinuousClock().measure {
                for number in UInt64(0)..<8000 {
                    let high = 0x2001_0DB8_0000_0000 | number
                    let host = HostKey(IPAddress(high: high, low: low(high)), in: .none)
                    site.ledger.note(host, mac: .zero, first: Site.evidence(1), lastSeen: Timestamp(seconds: 1))
                }
            }
        }
        let digests = Set((UInt64(0)..<9).map { HostKey(IPAddress(high: $0, low: mixed($0) ^ 5), in: .none).digest })
        let ordinary = time { $0 &* 0x9E37_79B9_7F4A_7C15 }
        let chosen = time { mixed($0) ^ 5 }
        #expect(chosen < ordinary * 8 + .milliseconds(300), "\(digests.count) digests of 9")
    }

    @Test func hardwareAddressesOfAHostAreBounded() throws {
        let site = Site()
        for number in 0..<100 { site.seen("10.0.0.1", "00:11:22:00:01:" + (number < 10 ? "0" : "") + "\(number)", Int64(number + 1)) }
        #expect(site.inventory().omittedObservations > 80)
        #expect(site.census().assets.count <= 17)
    }
}

extension Inventory {
    /// Whether a host of that asset identifier ever sent a packet or claimed an address.
    fileprivate func knows(_ id: String) -> Bool { self.census().ids.contains(id) }
}
