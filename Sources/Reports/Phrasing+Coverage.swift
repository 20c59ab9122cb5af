import Rules

/// What a scan could not read, in words that several renderers share.
extension Phrasing {
    /// `ICMP (6 trames), EIGRP (10 trames)`: IP protocols that are known and not analysed.
    func ipProtocols(_ coverage: Coverage) -> String {
        coverage.ipProtocols.sorted { $0.key < $1.key }.map { number, packets in
            let name = Self.ipProtocolNames[number] ?? self.word("protocole \(number)", "protocol \(number)")
            return "\(name) (\(self.frames(packets)))"
        }.joined(separator: ", ")
    }

    /// Why frames were not understood, the most frequent reasons first.
    func misunderstood(_ coverage: Coverage, limit: Int) -> String {
        coverage.misunderstood.prefix(limit).map { reason in
            "\(self.reason(reason.reason)) (\(self.number(reason.frames)), \(self.word("trame", "frame")) \(reason.firstFrame))"
        }.joined(separator: ", ")
    }

    func frames(_ count: UInt64) -> String { self.counted(Int(clamping: count), french: ("trame", "trames"), english: ("frame", "frames")) }
    func bytes(_ count: UInt64) -> String { self.counted(Int(clamping: count), french: ("octet", "octets"), english: ("byte", "bytes")) }
    func conversations(_ count: UInt64) -> String {
        self.counted(Int(clamping: count), french: ("conversation", "conversations"), english: ("conversation", "conversations"))
    }
    func gaps(_ coverage: Coverage) -> String { self.counted(Int(clamping: coverage.gaps), french: ("trou", "trous"), english: ("hole", "holes")) }
    func cutFrames(_ coverage: Coverage) -> String {
        self.counted(Int(clamping: coverage.cutFrames), french: ("trame tronquée", "trames tronquées"), english: ("frame cut", "frames cut"))
    }

    /// What the limits of memory left out.
    func limits(_ coverage: Coverage) -> String {
        [
            self.counted(
                Int(clamping: coverage.evictedFlows), french: ("conversation close avant terme", "conversations closes avant terme"),
                english: ("conversation ended early", "conversations ended early")),
            self.counted(
                Int(clamping: coverage.droppedDissections), french: ("analyse abandonnée", "analyses abandonnées"),
                english: ("dissection given up", "dissections given up")),
            self.counted(
                Int(clamping: coverage.omittedObservations), french: ("observation écartée", "observations écartées"),
                english: ("observation left out", "observations left out")),
        ].joined(separator: ", ")
    }

    func declaredFlows(_ count: Int) -> String {
        self.counted(count, french: ("flux déclaré et observé", "flux déclarés et observés"), english: ("flow declared and seen", "flows declared and seen"))
    }
    func unseenFlows(_ count: Int) -> String {
        self.counted(
            count, french: ("déclaré et jamais observé", "déclarés et jamais observés"), english: ("declared and never seen", "declared and never seen"))
    }

    /// A reason in the language. Results name it in English.
    private func reason(_ name: String) -> String {
        guard self.language == .french else { return name }
        if let phrase = Self.reasons[name] { return phrase }
        if let header = Self.rest(of: name, after: "truncated ") { return "en-tête tronqué (\(header))" }
        if let header = Self.rest(of: name, after: "malformed ") { return "en-tête mal formé (\(header))" }
        if let number = Self.rest(of: name, after: "link type ") { return "type de lien \(number)" }
        if let number = Self.rest(of: name, after: "ip version ") { return "version d’IP \(number)" }
        if let number = Self.rest(of: name, after: "ip protocol ") { return "protocole IP \(number)" }
        return name
    }

    private static func rest(of name: String, after prefix: String) -> Substring? {
        name.hasPrefix(prefix) ? name.dropFirst(prefix.count) : nil
    }

    private static let reasons = [
        "encrypted 802.11": "802.11 chiffré", "802.11 without data": "802.11 sans données", "too many layers": "trop de couches",
        "incomplete fragments": "fragments incomplets",
    ]

    /// IANA, Assigned Internet Protocol Numbers: those that are met on networks.
    private static let ipProtocolNames: [UInt8: String] = [
        1: "ICMP", 2: "IGMP", 8: "EGP", 9: "IGP", 33: "DCCP", 46: "RSVP", 51: "AH", 54: "NARP", 58: "ICMPv6", 88: "EIGRP", 89: "OSPF", 94: "IPIP",
        97: "EtherIP", 98: "ENCAP", 103: "PIM", 108: "IPComp", 112: "VRRP", 115: "L2TP", 124: "IS-IS", 132: "SCTP", 133: "Fibre Channel", 136: "UDPLite",
        137: "MPLS",
    ]
}
