import Inventory
import Observations
import Testing
import Wire

/// A small generator with a fixed seed: the same values on every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { self.state = seed }
    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z &>> 31)
    }
}

/// A ledger, and short words to write in it. Times are seconds; the frame of a moment is its number.
struct Site {
    let ledger: Ledger

    init(limit: Int = 10_000) { self.ledger = Ledger(log: ObservationLog(seed: 1), limit: limit) }

    static func address(_ text: String) -> IPAddress { IPAddress(text) ?? .none }
    static func mac(_ text: String) -> MACAddress { MACAddress(text) ?? .zero }
    static func host(_ text: String, _ network: VirtualNetwork = .none) -> HostKey { HostKey(Self.address(text), in: network) }
    static func evidence(_ second: Int64) -> Evidence { Evidence(frame: UInt64(second), time: Timestamp(seconds: second)) }

    /// Packets of an address with this source hardware address.
    func seen(_ address: String, _ mac: String = "", _ first: Int64 = 1, _ last: Int64? = nil, in network: VirtualNetwork = .none) {
        self.ledger.note(
            Self.host(address, network), mac: mac.isEmpty ? .zero : Self.mac(mac), first: Self.evidence(first),
            lastSeen: Timestamp(seconds: last ?? first))
    }

    /// The host said itself that the address is at this hardware address.
    func claimed(_ address: String, _ mac: String, _ first: Int64 = 1, _ last: Int64? = nil, in network: VirtualNetwork = .none) {
        for second in [first, last ?? first] { self.noted(.host(Self.host(address, network)), .linkAddress, Self.mac(mac).description, second) }
    }

    func noted(_ subject: Subject, _ attribute: Attribute, _ text: String, _ second: Int64 = 1) {
        self.ledger.log.record(subject, attribute, .text(text), at: Self.evidence(second))
    }

    static func service(_ address: String, _ port: UInt16, _ network: VirtualNetwork = .none) -> ServiceKey {
        ServiceKey(host: Self.host(address, network), port: port, transport: .tcp)
    }

    /// A connection; `answered` is when the server's side was proved to answer.
    func flow(
        _ client: String, _ server: String, _ port: UInt16, _ first: Int64 = 1, answered: Int64? = nil, refused: Bool = false,
        serverHeard: Bool = true, protocols: [ApplicationProtocol] = [], clientMAC: String = "", serverMAC: String = "",
        bytes: UInt64 = 100, answerBytes: UInt64 = 0, clientHeard: Bool = true, transport: Transport = .tcp, in network: VirtualNetwork = .none
    ) {
        var list = ProtocolList()
        for proved in protocols { list.add(proved) }
        var tally = ConversationTally(
            flows: 1, answered: answered == nil ? 0 : 1, refused: refused ? 1 : 0, bytesFromClient: bytes,
            bytesFromServer: answerBytes, lastSeen: Timestamp(seconds: answered ?? first), first: Self.evidence(first))
        tally.answer = answered.map(Self.evidence)
        self.ledger.note(
            Ledger.FlowRecord(
                client: Self.host(client, network), server: Self.host(server, network), port: port, transport: transport, protocols: list, tally: tally,
                clientMAC: Self.mac(clientMAC), serverMAC: Self.mac(serverMAC), clientHeard: clientHeard ? Self.evidence(first) : nil,
                serverHeard: serverHeard ? (answered ?? (refused ? first : nil)).map(Self.evidence) : nil))
    }

    func inventory(scan: UInt64 = 1, shard: Int = 0) -> Inventory { self.ledger.inventory(of: ScanID(rawValue: scan), shard: shard) }
    func census() -> Census { self.inventory().census() }
}

extension Census {
    func asset(_ id: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Asset {
        try #require(self.assets.first { $0.id == id }, "\(id) is not among \(self.assets.map(\.id))", sourceLocation: sourceLocation)
    }
    var ids: [String] { self.assets.map(\.id) }
}

extension Asset {
    var addressTexts: [String] { self.addresses.map(\.address.description) }
    var macTexts: [String] { self.macs.map(\.description) }
    func values(_ attribute: Attribute) -> [String] { self.observations.filter { $0.attribute == attribute }.map(\.value.description) }
}
