import Rules
public import Wire

extension Report {
    /// Every public address that a database of the user's knew, sorted.
    public var places: [(address: IPAddress, place: Place)] {
        var places: [IPAddress: Place] = [:]
        for peer in self.exposure.entries.flatMap(\.peers) { if let place = peer.place { places[peer.address] = place } }
        for entry in self.maintenance.entries { if let place = entry.place { places[entry.remoteAddress] = place } }
        return places.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
