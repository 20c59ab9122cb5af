import Wire

/// Which devices of different campaigns are one asset: the one place that decides it.
///
/// The same id is the same asset. A device whose id is new, as an address behind a router that is later seen on its own segment, is the
/// asset with which it shares one of its ``DeviceNumbers``, unless several assets do, or the asset is there under its own id as well.
/// What two devices of one campaign have in common identifies neither.
///
/// ``DeviceMatching`` goes by the same numbers, and on to names and addresses: a comparison tells its reader by what it went. What people
/// decided of an asset goes with it for years and says nothing of the kind, so here only numbers count.
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

        static func all(of device: Sightings.Device) -> [Trait] {
            let numbers = device.numbers
            var traits = numbers.macs.map { Trait.mac($0) }
            if let serial = numbers.serialOfMaker { traits.append(.serial(serial)) }
            if !numbers.udi.isEmpty { traits.append(.udi(numbers.udi)) }
            return traits
        }
    }
}
