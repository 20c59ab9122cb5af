import Wire

/// Which devices of different campaigns are one asset: the one place that decides it.
///
/// The same id is the same asset. A device whose id is new, as an address behind a router that is later seen on its own segment, is the
/// asset with which it shares a hardware address, a unique device identifier or a serial number, unless several assets do, or the asset
/// is there under its own id as well. What two devices of one campaign have in common identifies neither.
enum AssetJoining {
    /// - Parameter campaigns: in order of time.
    /// - Returns: for every campaign the asset of each device, by id; assets are counted from 0 in the order in which they appear.
    static func assets(in campaigns: [[Sightings.Device]]) -> [[String: Int]] {
        var byID: [String: Int] = [:]
        var byTrait: [Trait: Int] = [:]
        var count = 0
        return campaigns.map { devices in
            var uses: [Trait: Int] = [:]
            for device in devices { for trait in Trait.all(of: device) { uses[trait, default: 0] &+= 1 } }
            var assets: [String: Int] = [:]
            var taken: Set<Int> = []
            for device in devices {
                guard let asset = byID[device.id] else { continue }
                assets[device.id] = asset
                taken.insert(asset)
            }
            for device in devices where assets[device.id] == nil {
                let traits = Trait.all(of: device).filter { uses[$0] == 1 }
                let candidates = Set(traits.compactMap { byTrait[$0] })
                if candidates.count == 1, let asset = candidates.first, taken.insert(asset).inserted {
                    assets[device.id] = asset
                } else {
                    assets[device.id] = count
                    count &+= 1
                }
            }
            for device in devices {
                guard let asset = assets[device.id] else { continue }
                byID[device.id] = asset
                for trait in Trait.all(of: device) where uses[trait] == 1 { byTrait[trait] = asset }
            }
            return assets
        }
    }

    private enum Trait: Hashable {
        case mac(MACAddress), serial(String), udi(String)

        /// Serial numbers of fewer characters are counters and factory settings.
        private static let shortestSerial = 5

        static func all(of device: Sightings.Device) -> [Trait] {
            var traits = device.macs.filter { $0.isUnicast && !$0.isVirtualRouter }.map { Trait.mac($0) }
            if let serial = device.serial, serial.count >= Self.shortestSerial { traits.append(.serial(serial)) }
            if let udi = device.udi, !udi.isEmpty { traits.append(.udi(udi)) }
            return traits
        }
    }
}
