/// A host, as the place of capture sees it.
public struct Host: Sendable {
    public let address: UInt32
    /// Its own hardware address, or the router's where it is behind one.
    public let hardware: UInt64
    public let timeToLive: Int
    /// TCP timestamps (RFC 7323): Linux sends them, Windows does not.
    public let sendsTimestamps: Bool

    public init(address: UInt32, hardware: UInt64, timeToLive: Int, sendsTimestamps: Bool) {
        self.address = address
        self.hardware = hardware
        self.timeToLive = timeToLive
        self.sendsTimestamps = sendsTimestamps
    }

    public var withoutTimestamps: Host {
        Host(address: self.address, hardware: self.hardware, timeToLive: self.timeToLive, sendsTimestamps: false)
    }

    /// What this host is, by chance but always the same: its software, its names.
    func trait<Value>(_ values: [Value]) -> Value {
        var own = SeededGenerator(seed: UInt64(self.address))
        return own.pick(values)
    }

    public var dotted: String { [24, 16, 8, 0].map { String(self.address >> UInt32($0) & 0xFF) }.joined(separator: ".") }
}

/// The network of a hospital with a few thousand hosts, mirrored where the servers stand: servers, imaging devices and some
/// wards are on link, other wards come through a router.
public struct Campus: Sendable {
    public private(set) var clients: [Host] = []
    public private(set) var web: [Host] = []
    public private(set) var imaging: [Host] = []
    public private(set) var archives: [Host] = []
    public private(set) var engines: [Host] = []
    public private(set) var monitors: [Host] = []
    public private(set) var names: [Host] = []
    public private(set) var others: [Host] = []

    private static let router: UInt64 = 0x00_1B_54_10_00_01

    public init(_ random: inout SeededGenerator) {
        for number in 10..<50 {
            let isOnLink = number % 4 == 0
            for last in 10..<85 { self.clients.append(Self.host(number, last, isOnLink, &random)) }
        }
        for last in 10..<210 { self.web.append(Self.host(1, last, true, &random)) }
        for last in 10..<90 { self.imaging.append(Self.host(2, last, true, &random)) }
        for last in 10..<18 { self.archives.append(Self.host(3, last, true, &random)) }
        for last in 10..<22 { self.engines.append(Self.host(4, last, true, &random)) }
        for last in 10..<250 { self.monitors.append(Self.host(5, last, last % 2 == 0, &random)) }
        for last in 10..<14 { self.names.append(Self.host(6, last, true, &random)) }
        for last in 10..<250 { self.others.append(Self.host(7, last, true, &random)) }
    }

    public static func host(_ subnet: Int, _ last: Int, _ isOnLink: Bool, _ random: inout SeededGenerator) -> Host {
        // Prefixes that the IEEE gave to makers of network cards found in hospitals, and one of a hypervisor.
        let maker = random.pick([0x00_50_56, 0x00_1A_4B, 0x3C_52_82, 0x00_09_FB, 0x00_1B_21, 0x18_66_DA] as [UInt64])
        let hardware = isOnLink ? maker << 24 | random.next() & 0xFF_FFFF : Self.router
        let isWindows = random.chance(60)
        return Host(
            address: UInt32(10 << 24 | 20 << 16 | subnet << 8 | last), hardware: hardware,
            timeToLive: (isWindows ? 128 : 64) - (isOnLink ? 0 : 1), sendsTimestamps: !isWindows)
    }
}
