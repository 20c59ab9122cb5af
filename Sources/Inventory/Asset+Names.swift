import Observations
import Wire

extension Asset {
    /// The attributes that name a device, the most deliberate first.
    private static let naming: [Attribute] = [
        .dhcpHostname, .dhcpFQDN, .dnsName, .snmpName, .lldpSystemName, .dicomStationName, .rdpClientName, .dpwsFriendlyName, .poct1aName,
        .moxaName, .addpName, .dicomCallingAE, .dicomCalledAE, .hl7SendingApplication, .hl7ReceivingApplication, .tlsCertificateName,
        .httpHost, .astmSender,
    ]

    /// The place of each attribute in ``naming``, by its raw value.
    private static let ranks: [Int?] = {
        var ranks = [Int?](repeating: nil, count: Attribute.allCases.count)
        for (rank, attribute) in Self.naming.enumerated() where Int(attribute.rawValue) < ranks.count { ranks[Int(attribute.rawValue)] = rank }
        return ranks
    }()

    /// What the asset is called, the best name first; at most 16.
    public var names: [String] {
        var found: [(rank: Int, text: String)] = []
        func collect(_ observations: [Observation]) {
            for observation in observations {
                let place = Int(observation.attribute.rawValue)
                guard place < Self.ranks.count, let rank = Self.ranks[place], case .text(let text) = observation.value else { continue }
                found.append((rank, text))
            }
        }
        collect(self.observations)
        for service in self.services { collect(service.observations) }
        guard !found.isEmpty else { return [] }
        var names: [String] = []
        for (rank, attribute) in Self.naming.enumerated() {
            let texts = found.filter { $0.rank == rank }.map(\.text)
            // Who sends in the name of several applications passes on for them: none is its name.
            let isApplication = attribute == .hl7SendingApplication || attribute == .hl7ReceivingApplication
            if isApplication, Set(texts.map { $0.prefix { $0 != "^" } }).count > 1 { continue }
            for text in texts where names.count < 16 && !names.contains(text) && IPAddress(text) == nil { names.append(text) }
        }
        return names
    }
}
