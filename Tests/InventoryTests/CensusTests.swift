import Inventory
import Observations
import Testing
import Wire

/// The rules by which hosts become assets, one by one.
@Suite struct CensusTests {
    static let a = "00:11:22:00:00:0a"
    static let b = "00:11:22:00:00:0b"
    static let c = "00:11:22:00:00:0c"
    static let router = "00:11:22:00:00:ee"
    static let idA = "mac-00112200000a"
    static let idB = "mac-00112200000b"
    static let idC = "mac-00112200000c"
    static let idRouter = "mac-0011220000ee"

    // MARK: Hardware addresses and routers

    @Test func oneInterfaceIsOneAsset() throws {
        let site = Site()
        site.seen("10.0.0.1", Self.a, 1, 5)
        site.seen("10.0.0.2", Self.a, 3, 9)
        site.seen("10.0.0.3", Self.b, 2)
        let census = site.census()
        #expect(census.ids == [Self.idA, Self.idB])
        let asset = try census.asset(Self.idA)
        #expect(asset.position == .onLink)
        #expect(asset.addressTexts == ["10.0.0.1", "10.0.0.2"])
        #expect(asset.macTexts == [Self.a])
        #expect(!asset.isRouter)
        #expect((asset.firstSeen, asset.lastSeen) == (Timestamp(seconds: 1), Timestamp(seconds: 9)))
        #expect(asset.evidence.scan == ScanID(rawValue: 1))
    }

    @Test func aHostWithoutAHardwareAddress() throws {
        let site = Site()
        site.seen("10.0.0.1")
        site.seen("10.0.0.2", "ff:ff:ff:ff:ff:ff")
        site.seen("203.0.113.5")
        site.seen("192.0.2.7")
        let census = site.census()
        #expect(census.ids == ["ip-10.0.0.1", "ip-10.0.0.2", "ip-192.0.2.7", "ip-203.0.113.5"])
        #expect(try census.asset("ip-10.0.0.1").position == .routed)
        #expect(try census.asset("ip-203.0.113.5").position == .external)
        #expect(census.assets.allSatisfy { $0.macs.isEmpty })
    }

    @Test func groupsAndNobodyAreNoHosts() {
        let site = Site()
        for address in ["224.0.0.251", "255.255.255.255", "ff02::fb", "0.0.0.0", "::"] { site.seen(address, Self.a) }
        site.flow("10.0.0.1", "224.0.0.251", 5353, 1, clientMAC: Self.b)
        #expect(site.census().ids == [Self.idB])
    }

    @Test func aRouterIsNeverWornByRoutedHosts() throws {
        let site = Site()
        site.claimed("10.0.0.1", Self.router)
        site.seen("10.0.0.1", Self.router)
        for number in 1...3 { site.seen("10.9.0.\(number)", Self.router, Int64(number)) }
        site.seen("10.0.0.5", Self.a)
        let census = site.census()
        #expect(census.ids == ["ip-10.9.0.1", "ip-10.9.0.2", "ip-10.9.0.3", Self.idA, Self.idRouter])
        let router = try census.asset(Self.idRouter)
        #expect(router.isRouter)
        #expect(router.addressTexts == ["10.0.0.1"])
        for number in 1...3 {
            let asset = try census.asset("ip-10.9.0.\(number)")
            #expect(asset.position == .routed)
            #expect(asset.macs.isEmpty)
        }
        #expect(try !census.asset(Self.idA).isRouter)
    }

    @Test(arguments: [1, 2, 3])
    func aRouterThatClaimsNothing(hosts: Int) {
        let site = Site()
        for number in 1...hosts { site.seen("10.9.0.\(number)", Self.router) }
        // Two addresses on one interface are common, three are forwarding.
        #expect(site.census().ids == (hosts < 3 ? [Self.idRouter] : ["ip-10.9.0.1", "ip-10.9.0.2", "ip-10.9.0.3"]))
    }

    @Test func publicAddressesBehindARouter() throws {
        let site = Site()
        site.claimed("10.0.0.1", Self.router)
        site.seen("8.8.8.8", Self.router)
        let census = site.census()
        #expect(census.ids == ["ip-8.8.8.8", Self.idRouter])
        #expect(try census.asset("ip-8.8.8.8").position == .external)
        #expect(try census.asset(Self.idRouter).isRouter)
        // Without a claim, two of which one is public.
        let other = Site()
        other.seen("10.9.0.1", Self.router)
        other.seen("8.8.8.8", Self.router)
        #expect(other.census().ids == ["ip-10.9.0.1", "ip-8.8.8.8"])
    }

    /// Networks of public addresses exist: the own address of a host makes it no router.
    @Test func aPublicAddressOfItsOwn() throws {
        let site = Site()
        site.seen("193.0.0.5", Self.a)
        site.claimed("193.0.0.6", Self.b)
        site.seen("193.0.0.6", Self.b)
        let census = site.census()
        #expect(census.ids == [Self.idA, Self.idB])
        #expect(census.assets.allSatisfy { !$0.isRouter && $0.position == .onLink })
    }

    /// An IPv4 address, a public and a local IPv6 prefix with several addresses, a link-local address: one interface.
    @Test func dualStack() throws {
        for isClaimed in [false, true] {
            let site = Site()
            if isClaimed { site.claimed("10.0.0.5", Self.a) }
            for address in ["10.0.0.5", "2a01:e0a:1:2::5", "2a01:e0a:1:2:aaaa:bbbb:cccc:dddd", "fd00:1::5", "fe80::5"] { site.seen(address, Self.a) }
            let asset = try site.census().asset(Self.idA)
            #expect(asset.addresses.count == 5)
            #expect(!asset.isRouter)
            #expect(site.census().assets.count == 1)
        }
    }

    @Test func manyPrefixesAreForwarded() {
        let site = Site()
        for prefix in 1...3 { site.seen("2a01:e0a:\(prefix)::5", Self.router) }
        site.seen("fe80::1", Self.router)
        // The router's own link-local address is its own.
        #expect(site.census().ids == ["ip-2a01:e0a:1::5", "ip-2a01:e0a:2::5", "ip-2a01:e0a:3::5"].sorted() + ["ip-fe80::1"])
    }

    @Test func whatTheHostSaidBeatsWhatWasSeen() throws {
        let site = Site()
        site.claimed("10.0.0.5", Self.a)
        // A second capture point, behind a router that showed no other address.
        site.seen("10.0.0.5", Self.b, 1, 9)
        let census = site.census()
        #expect(census.ids == [Self.idA])
        #expect(try census.asset(Self.idA).macTexts == [Self.a])
        #expect(try census.asset(Self.idA).lastSeen == Timestamp(seconds: 9))
        #expect(try census.asset(Self.idA).contradictions.isEmpty)
    }

    @Test(arguments: ["00:00:5e:00:01:07", "00:00:0c:07:ac:01", "00:00:0c:9f:f0:01", "00:05:73:a0:00:01", "00:07:b4:00:01:01"])
    func virtualRouters(mac: String) throws {
        let site = Site()
        site.claimed("10.0.0.254", mac)
        site.seen("10.7.0.1", mac)
        site.seen("10.0.0.2", Self.a)
        let census = site.census()
        // The address exists, and nobody wears the address of a role.
        #expect(census.ids == ["ip-10.0.0.254", "ip-10.7.0.1", Self.idA])
        #expect(census.assets.filter { $0.id.hasPrefix("ip-") }.allSatisfy { $0.macs.isEmpty && $0.position == .routed })
        #expect(try census.asset("ip-10.0.0.254").values(.linkAddress) == [mac])
    }

    @Test func hostsKnownByTheirHardwareAddressAlone() throws {
        let site = Site()
        site.noted(.host(HostKey(Site.mac(Self.a), in: .none)), .dhcpHostname, "pump-17", 4)
        site.ledger.note(HostKey(Site.mac(Self.b), in: .none), mac: Site.mac(Self.b), first: Site.evidence(6), lastSeen: Timestamp(seconds: 8))
        let census = site.census()
        #expect(census.ids == [Self.idA, Self.idB])
        #expect(try census.asset(Self.idA).values(.dhcpHostname) == ["pump-17"])
        #expect(try census.asset(Self.idA).addresses.isEmpty)
        #expect(try census.asset(Self.idB).lastSeen == Timestamp(seconds: 8))
        // It gets an address: the same asset.
        site.claimed("10.0.0.9", Self.a, 5)
        let asset = try site.census().asset(Self.idA)
        #expect(asset.addressTexts == ["10.0.0.9"])
        #expect(asset.values(.dhcpHostname) == ["pump-17"])
        #expect(asset.firstSeen == Timestamp(seconds: 4))
    }

    /// A randomised address names no device for ever, but while it is worn it is one: two of them are two.
    @Test func randomisedAddresses() throws {
        let site = Site()
        site.claimed("10.0.0.50", "da:11:22:00:00:01", 1, 100)
        site.claimed("10.0.0.50", "be:11:22:00:00:02", 200, 300)
        let census = site.census()
        #expect(census.ids == ["mac-be1122000002", "mac-da1122000001"])
        #expect(census.assets.allSatisfy { $0.macs.allSatisfy(\.isLocallyAdministered) && $0.contradictions.isEmpty })
    }

    // MARK: One address, several devices

    @Test func dhcpGivesAnAddressToAnother() throws {
        let site = Site()
        site.claimed("10.0.0.9", Self.a, 10, 100)
        site.claimed("10.0.0.9", Self.b, 200, 300)
        site.seen("10.0.0.9", "", 5, 350)
        for (second, name) in [(Int64(6), "before"), (50, "first"), (150, "between"), (250, "second"), (340, "after")] {
            site.noted(.host(Site.host("10.0.0.9")), .dhcpHostname, name, second)
        }
        site.flow("10.0.0.1", "10.0.0.9", 22, 40, answered: 41)
        site.flow("10.0.0.1", "10.0.0.9", 23, 240, answered: 241)
        let census = site.census()
        #expect(census.ids == ["ip-10.0.0.1", Self.idA, Self.idB])
        let (first, second) = (try census.asset(Self.idA), try census.asset(Self.idB))
        // Between two tenants the address is the last one's.
        #expect(first.values(.dhcpHostname) == ["before", "first", "between"])
        #expect(second.values(.dhcpHostname) == ["second", "after"])
        #expect(first.services.map(\.key.port) == [22])
        #expect(second.services.map(\.key.port) == [23])
        #expect(first.addresses.map(\.lastSeen) == [Timestamp(seconds: 100)])
        #expect(second.addresses.map(\.firstSeen) == [Timestamp(seconds: 200)])
        #expect((first.firstSeen, second.lastSeen) == (Timestamp(seconds: 5), Timestamp(seconds: 350)))
        #expect(first.contradictions.isEmpty && second.contradictions.isEmpty)
        #expect(census.conversations.map(\.server) == [Self.idA, Self.idB])
    }

    @Test func oneAddressInTwoVLANsWithTwoHardwareAddresses() throws {
        let (left, right) = (VirtualNetwork.none.tagged(10), VirtualNetwork.none.tagged(20))
        let site = Site()
        site.seen("10.0.0.9", Self.a, 1, 100, in: left)
        site.seen("10.0.0.9", Self.b, 50, 150, in: right)
        site.noted(.host(Site.host("10.0.0.9", left)), .dhcpHostname, "left", 60)
        site.noted(.host(Site.host("10.0.0.9", right)), .dhcpHostname, "right", 60)
        site.flow("10.0.0.1", "10.0.0.9", 80, 60, answered: 61, in: left)
        let census = site.census()
        #expect(try census.asset(Self.idA).values(.dhcpHostname) == ["left"])
        #expect(try census.asset(Self.idB).values(.dhcpHostname) == ["right"])
        #expect(try census.asset(Self.idA).services.count == 1)
        #expect(try census.asset(Self.idB).services.isEmpty)
        #expect(try census.asset(Self.idA).addresses.map(\.networks) == [[left]])
        #expect(census.assets.allSatisfy { $0.contradictions.isEmpty })
    }

    @Test func oneAddressInTwoVLANsWithOneHardwareAddress() throws {
        let site = Site()
        site.seen("10.0.0.9", Self.a, 1, 100, in: .none.tagged(10))
        site.seen("10.0.0.9", Self.a, 50, 150, in: .none.tagged(20))
        site.seen("10.0.0.9", Self.a, 50, 160)
        let census = site.census()
        #expect(census.ids == [Self.idA])
        let asset = try census.asset(Self.idA)
        #expect(asset.addresses.map(\.networks) == [[.none, .none.tagged(10), .none.tagged(20)]])
        #expect(asset.lastSeen == Timestamp(seconds: 160))
    }

    @Test func overlaysAreNetworksOfTheirOwn() throws {
        let (left, right) = (VirtualNetwork.none.inside(.vxlan, identifier: 1), VirtualNetwork.none.inside(.vxlan, identifier: 2))
        let site = Site()
        site.seen("10.0.0.9", in: left)
        site.seen("10.0.0.9", in: right)
        site.seen("10.0.0.9")
        let census = site.census()
        #expect(Set(census.ids).count == 3)
        #expect(census.ids.allSatisfy { $0.hasPrefix("ip-10.0.0.9") })
        // VLANs aside: an overlay with a tag is the same overlay.
        site.seen("10.0.0.9", in: left.tagged(4))
        #expect(site.census().ids == census.ids)
    }

    @Test func oneAddressTwiceAtATimeIsAContradiction() throws {
        let site = Site()
        site.claimed("10.0.0.9", Self.b, 1, 100)
        site.claimed("10.0.0.9", Self.a, 50, 150)
        site.claimed("10.0.0.8", Self.b, 1, 100)
        site.claimed("10.0.0.8", Self.a, 50, 150)
        site.seen("10.0.0.7", Self.c)
        let census = site.census()
        let expected = ["10.0.0.8", "10.0.0.9"].map { Contradiction.sharedAddress(Site.address($0), [Site.mac(Self.a), Site.mac(Self.b)]) }
        #expect(try census.asset(Self.idA).contradictions == expected)
        #expect(try census.asset(Self.idB).contradictions == expected)
        #expect(try census.asset(Self.idC).contradictions.isEmpty)
    }

    /// Three of them, of which the first and the last share a VLAN.
    @Test func separateVLANsHaveToBeSeparateForAll() throws {
        let site = Site()
        site.seen("10.0.0.9", Self.a, 1, 100, in: .none.tagged(1))
        site.seen("10.0.0.9", Self.b, 2, 100, in: .none.tagged(2))
        site.seen("10.0.0.9", Self.c, 3, 100, in: .none.tagged(1))
        let census = site.census()
        #expect(try !census.asset(Self.idA).contradictions.isEmpty)
        #expect(try !census.asset(Self.idC).contradictions.isEmpty)
    }

    // MARK: Devices behind gateways

    static func device(_ gateway: String, _ naming: DeviceKey.Naming, _ identifier: String) -> Subject {
        .device(DeviceKey(behind: Site.host(gateway), naming: naming, identifier: identifier))
    }

    @Test func oneApplicationIsTheHostItself() throws {
        let site = Site()
        site.seen("10.0.0.5", Self.a)
        site.noted(Self.device("10.0.0.5", .application, "MONITOR|ICU"), .hl7SendingApplication, "MONITOR")
        let census = site.census()
        #expect(census.ids == [Self.idA])
        #expect(try census.asset(Self.idA).values(.hl7SendingApplication) == ["MONITOR"])
    }

    @Test func severalApplicationsAreAssetsBehindTheHost() throws {
        let site = Site()
        site.seen("10.0.0.5", Self.a)
        site.noted(Self.device("10.0.0.5", .application, "MONITOR"), .hl7SendingApplication, "MONITOR", 7)
        site.noted(Self.device("10.0.0.5", .application, "PUMP"), .hl7SendingApplication, "PUMP", 8)
        let census = site.census()
        #expect(census.assets.count == 3)
        let devices = census.assets.filter { $0.position == .behindGateway }
        #expect(devices.count == 2)
        #expect(devices.allSatisfy { $0.gateway == Self.idA && $0.id.hasPrefix("device-") && $0.id.utf8.count == 23 && $0.macs.isEmpty })
        #expect(Set(devices.flatMap { $0.values(.hl7SendingApplication) }) == ["MONITOR", "PUMP"])
        #expect(try census.asset(Self.idA).values(.hl7SendingApplication).isEmpty)
    }

    @Test func aSerialNumberIsAlwaysADeviceOfItsOwn() throws {
        for naming in [DeviceKey.Naming.serial, .eui64] {
            let site = Site()
            site.seen("10.0.0.5", Self.a)
            site.noted(Self.device("10.0.0.5", naming, "SN-4711"), .hl7DeviceType, "ventilator", 9)
            let census = site.census()
            let device = try #require(census.assets.first { $0.position == .behindGateway })
            #expect(device.gateway == Self.idA)
            #expect(device.firstSeen == Timestamp(seconds: 9))
        }
    }

    /// The same device through two gateways is one, behind the one where it was first seen.
    @Test func oneDeviceThroughTwoGateways() throws {
        let site = Site()
        site.seen("10.0.0.5", Self.a)
        site.seen("10.0.0.6", Self.b)
        site.noted(Self.device("10.0.0.5", .serial, "SN-4711"), .hl7DeviceType, "ventilator", 90)
        site.noted(Self.device("10.0.0.6", .serial, "SN-4711"), .hl7DeviceType, "ventilator", 10)
        site.noted(Self.device("10.0.0.5", .serial, "SN-4711"), .hl7DeviceLot, "L1", 50)
        let devices = site.census().assets.filter { $0.position == .behindGateway }
        #expect(devices.count == 1)
        #expect(devices.first?.gateway == Self.idB)
        #expect(devices.first?.observations.count == 3)
    }

    /// Where both were seen first at once, the answer is the same in every run, although facts lie in another order in each.
    @Test func oneDeviceThroughTwoGatewaysAtOnce() throws {
        let site = Site()
        site.seen("10.0.0.5", Self.a)
        site.seen("10.0.0.6", Self.b)
        for number in 0..<32 {
            for gateway in number.isMultiple(of: 2) ? ["10.0.0.5", "10.0.0.6"] : ["10.0.0.6", "10.0.0.5"] {
                site.noted(Self.device(gateway, .serial, "SN-\(number)"), .hl7DeviceType, "ventilator", 10)
            }
        }
        let devices = site.census().assets.filter { $0.position == .behindGateway }
        #expect(devices.count == 32)
        #expect(devices.allSatisfy { $0.gateway == min(Self.idA, Self.idB) })
    }

    /// A device that was heard itself and is also spoken of by an archive is one asset.
    @Test func aDeviceThatWasHeardItself() throws {
        let site = Site()
        site.seen("10.0.0.5", Self.a)
        site.seen("10.0.0.6", Self.b)
        site.noted(.host(Site.host("10.0.0.6")), .dicomSerial, "SN-4711", 3)
        site.noted(Self.device("10.0.0.5", .serial, "SN-4711"), .dicomModel, "SOMATOM", 9)
        let census = site.census()
        #expect(census.ids == [Self.idA, Self.idB])
        #expect(try census.asset(Self.idB).values(.dicomModel) == ["SOMATOM"])
        // Where two hosts say the same number of themselves, nobody knows which it is.
        site.seen("10.0.0.7", Self.c)
        site.noted(.host(Site.host("10.0.0.7")), .dicomSerial, "SN-4711", 4)
        #expect(site.census().assets.contains { $0.position == .behindGateway })
    }

    // MARK: One side of a conversation

    /// A client of which nothing was captured is there where a server sent it something; who was only answered may be made up.
    @Test(arguments: [
        (Transport.tcp, UInt64(500), Int64?(4), true), (.tcp, 0, 4, false), (.tcp, 500, nil, false), (.udp, 500, 4, false),
    ])
    func aClientThatWasNotHeard(_ transport: Transport, _ bytes: UInt64, _ answered: Int64?, _ isThere: Bool) throws {
        let site = Site()
        site.seen("10.0.0.1", Self.a)
        site.noted(.host(Site.host("10.0.0.20")), .dicomCallingAE, "CT1", 5)
        site.flow("10.0.0.20", "10.0.0.1", 104, 3, answered: answered, answerBytes: bytes, clientHeard: false, transport: transport)
        let census = site.census()
        #expect(census.ids == (isThere ? ["ip-10.0.0.20", Self.idA] : [Self.idA]))
        guard isThere else { return }
        let client = try census.asset("ip-10.0.0.20")
        #expect(client.values(.dicomCallingAE) == ["CT1"])
        #expect(client.firstSeen == Timestamp(seconds: 4) && client.macs.isEmpty)
        #expect(census.conversations.map(\.client) == ["ip-10.0.0.20"])
    }

    // MARK: Services and conversations

    @Test func servicesOnlyWhereAnswered() throws {
        let site = Site()
        site.flow("10.0.0.1", "10.0.0.2", 80, 1, clientMAC: Self.a)
        site.flow("10.0.0.1", "10.0.0.2", 81, 1, refused: true, clientMAC: Self.a, serverMAC: Self.b)
        site.noted(.service(Site.service("10.0.0.2", 80)), .httpServer, "never heard", 1)
        let census = site.census()
        #expect(census.ids == [Self.idA, Self.idB])
        #expect(census.assets.allSatisfy { $0.services.isEmpty })
        #expect(census.conversations.map(\.key.service.port) == [80, 81])
        #expect(census.conversations.map(\.tally.refused) == [0, 1])
    }

    @Test func aServerThatNeverAnsweredIsNoAsset() {
        let site = Site()
        site.flow("10.0.0.1", "10.0.0.2", 80, 1, clientMAC: Self.a)
        #expect(site.census().ids == [Self.idA])
        #expect(site.census().conversations.map(\.server) == ["ip-10.0.0.2"])
    }

    @Test func servicesPutTheirConversationsTogether() throws {
        let site = Site()
        site.flow("10.0.0.1", "10.0.0.9", 443, 30, answered: 31, protocols: [.tls], serverMAC: Self.a)
        site.flow("10.0.0.2", "10.0.0.9", 443, 10, answered: 12, protocols: [.http], serverMAC: Self.a)
        site.flow("10.0.0.2", "10.0.0.9", 443, 40, answered: 41, serverMAC: Self.a)
        site.flow("10.0.0.3", "10.0.0.9", 443, 5)
        site.noted(.service(Site.service("10.0.0.9", 443)), .httpServer, "nginx", 12)
        site.noted(.service(Site.service("10.0.0.9", 443)), .tlsVersion, "1.2", 11)
        let census = site.census()
        let service = try #require(try census.asset(Self.idA).services.first)
        #expect(try census.asset(Self.idA).services.count == 1)
        #expect(service.clients == 2)
        #expect(service.protocols == [.http, .tls].sorted())
        #expect(service.evidence.frame == 12)
        #expect(service.firstSeen == Timestamp(seconds: 12))
        #expect(service.lastSeen == Timestamp(seconds: 41))
        #expect(service.observations.map(\.attribute) == [.tlsVersion, .httpServer])
        #expect(census.conversations.count == 3)
        #expect(census.conversations.map(\.tally.flows) == [1, 2, 1])
        #expect(census.conversations.allSatisfy { $0.server == Self.idA })
    }

    /// In a capture of one direction a server is known by what was said to it, with everything noted about it.
    @Test func aServerThatWasOnlySpokenTo() throws {
        let site = Site()
        site.flow("10.0.0.1", "10.0.0.2", 104, 1, answered: 2, serverHeard: false, protocols: [.dicom], clientMAC: Self.a)
        site.noted(.host(Site.host("10.0.0.2")), .dicomCalledAE, "ARCHIVE", 2)
        let census = site.census()
        #expect(census.ids == ["ip-10.0.0.2", Self.idA])
        let server = try census.asset("ip-10.0.0.2")
        #expect(server.services.map(\.key.port) == [104])
        #expect(server.values(.dicomCalledAE) == ["ARCHIVE"])
        #expect(server.position == .routed)
    }

    @Test func observationsOfConversations() throws {
        let site = Site()
        site.flow("10.0.0.1", "10.0.0.2", 104, 1, answered: 2, protocols: [.dicom])
        let key = ConversationKey(client: Site.host("10.0.0.1"), service: Site.service("10.0.0.2", 104))
        site.noted(.conversation(key), .dicomCommand, "C-STORE", 9)
        site.noted(.conversation(key), .dicomCommand, "C-ECHO", 3)
        let conversation = try #require(site.census().conversations.first)
        #expect(conversation.observations.map(\.value.description) == ["C-ECHO", "C-STORE"])
        #expect((conversation.client, conversation.server) == ("ip-10.0.0.1", "ip-10.0.0.2"))
    }
}
