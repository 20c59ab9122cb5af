public import Observations
public import Wire

/// What must hold for a rule, over the observations of one asset, service or conversation.
public indirect enum Condition: Hashable, Sendable {
    case all([Condition])
    case any([Condition])
    case not(Condition)
    /// At least one value of the field passes the test.
    case field(Attribute, Test)
    /// The bytes proved this protocol.
    case speaks(ApplicationProtocol)
    case context(Context)
    /// The other end of the conversation has an address of the block.
    case peer(AddressBlock)
    /// The asset's identity names such a system or program.
    case release(ReleaseTest)
    /// Another asset on one of the same links or VLANs states the field of itself, too, and no shared value: two that each
    /// say what the addresses and routers of the network are.
    case elsewhere(Attribute)
    /// The asset is in a zone of that kind, as the site declares.
    case zone(ZoneKind)
    /// The other end is, or one of them.
    case peerZone(ZoneKind)
    /// The service listens on one of these ports: a circumstance, never what recognises a protocol.
    case port([UInt16])

    /// A test of one value.
    public enum Test: Hashable, Sendable {
        case present
        case text(Match, ignoresCase: Bool)
        case oneOf([String])
        /// Numbers only.
        case atLeast(Int64)
        case atMost(Int64)
        /// Of all values together: so many different ones.
        case distinctAtLeast(Int)
    }

    /// What is known of the circumstances.
    public enum Context: String, CaseIterable, Hashable, Sendable {
        /// A client with a public address had an answer.
        case publicClient = "public-client"
        /// The server has a public address.
        case publicServer = "public-server"
        /// The server side answered.
        case answered
        /// The asset that the finding is about is a medical device or speaks a medical protocol.
        case medicalAsset = "medical-asset"
        /// The other end is a medical device or speaks a medical protocol.
        case medicalPeer = "medical-peer"
        /// The asset that the finding is about speaks a protocol of buildings or industry.
        case industrialAsset = "industrial-asset"
        /// The site declares a flow matrix, and this is not in it.
        case undeclaredFlow = "undeclared-flow"
        /// The site declares what may be reached from the Internet; this was reached, and is not in it.
        case unpublishedService = "unpublished-service"
        /// It is remote maintenance.
        case remoteMaintenance = "remote-maintenance"
        /// Remote maintenance, with the site's maintainers declared, by somebody who is none of them.
        case unknownMaintainer = "unknown-maintainer"
        /// Remote maintenance past the gateways that the site declares.
        case pastGateway = "past-gateway"
        /// Remote maintenance outside the hours that the maintainer announced.
        case outsideWindow = "outside-window"
        /// A session of remote maintenance longer than the site allows.
        case longSession = "long-session"

        fileprivate var position: UInt32 {
            switch self {
            case .publicClient: 0
            case .publicServer: 1
            case .answered: 2
            case .medicalAsset: 3
            case .medicalPeer: 4
            case .industrialAsset: 5
            case .undeclaredFlow: 6
            case .unpublishedService: 7
            case .remoteMaintenance: 8
            case .unknownMaintainer: 9
            case .pastGateway: 10
            case .outsideWindow: 11
            case .longSession: 12
            }
        }
    }

    /// A set of circumstances.
    struct Contexts: Hashable, Sendable, ExpressibleByArrayLiteral {
        private var bits: UInt32 = 0

        init(arrayLiteral elements: Context...) { self.init(elements) }
        init(_ elements: some Sequence<Context>) {
            for element in elements { self.insert(element) }
        }

        mutating func insert(_ context: Context) { self.bits |= 1 << context.position }
        func contains(_ context: Context) -> Bool { self.bits & 1 << context.position != 0 }
        mutating func formUnion(_ other: Contexts) { self.bits |= other.bits }
    }

    /// What a condition is tested on.
    struct Scope {
        /// Sorted by attribute.
        private(set) var values: [Observation]
        var protocols: [ApplicationProtocol]
        var contexts: Contexts
        /// The address of the other end, where there is one.
        var peer: IPAddress?
        /// What runs on the asset, and when it was seen last: in rules about hosts.
        var releases: [Release] = []
        var time = Timestamp.distantPast
        /// The fields that others on the same network state otherwise.
        var elsewhere: Set<Attribute> = []
        /// Where the asset and the other ends are, as far as the site says so.
        var zone: ZoneKind?
        var peerZones: Set<ZoneKind> = []
        var port: UInt16?

        init(_ observations: [Observation] = [], protocols: [ApplicationProtocol] = [], contexts: Contexts = [], peer: IPAddress? = nil) {
            self.values = observations.sorted { $0.attribute < $1.attribute }
            self.protocols = protocols
            self.contexts = contexts
            self.peer = peer
        }

        /// The same circumstances with what was noted.
        func with(_ observations: [Observation]) -> Scope { self.with(sorted: Self.sorted(observations)) }

        /// The same with what ``sorted(_:)`` put in order.
        func with(sorted observations: [Observation]) -> Scope {
            var scope = self
            scope.values = observations
            return scope
        }

        static func sorted(_ observations: [Observation]) -> [Observation] { observations.sorted { $0.attribute < $1.attribute } }

        func observations(of attribute: Attribute) -> ArraySlice<Observation> {
            let start = self.firstIndex { $0 >= attribute }
            return self.values[start..<self.firstIndex { $0 > attribute }]
        }

        /// The first place whose attribute is on the right side of a boundary.
        private func firstIndex(where isRight: (Attribute) -> Bool) -> Int {
            var low = 0
            var high = self.values.count
            while low < high {
                let middle = low + (high - low) / 2
                if isRight(self.values[middle].attribute) { high = middle } else { low = middle + 1 }
            }
            return low
        }
    }

    /// Whether the condition holds. Most do not, and finding that out makes nothing.
    func holds(in scope: Scope, registries: [String: Table]) -> Bool {
        switch self {
        case .all(let conditions): return conditions.allSatisfy { $0.holds(in: scope, registries: registries) }
        case .any(let conditions): return conditions.contains { $0.holds(in: scope, registries: registries) }
        case .not(let condition): return !condition.holds(in: scope, registries: registries)
        case .field(let attribute, .distinctAtLeast(let count)):
            return Self.areDistinct(scope.observations(of: attribute), atLeast: count)
        case .field(let attribute, let test): return scope.observations(of: attribute).contains { test.passes($0.value, registries: registries) }
        case .release(let test): return scope.releases.contains { test.passes($0, at: scope.time) }
        case .speaks, .context, .peer, .elsewhere, .zone, .peerZone, .port:
            var unused: [Observation] = []
            return self.holds(in: scope, registries: registries, proof: &unused)
        }
    }

    private static func areDistinct(_ observations: ArraySlice<Observation>, atLeast count: Int) -> Bool {
        guard observations.count >= count else { return false }
        var values: Set<Value> = []
        return count <= 0 || observations.contains { values.insert($0.value).inserted && values.count >= count }
    }

    /// Whether the condition holds, and the observations that prove it. A protocol or a circumstance has no observation.
    func holds(in scope: Scope, registries: [String: Table], proof: inout [Observation]) -> Bool {
        switch self {
        case .all(let conditions):
            var found: [Observation] = []
            for condition in conditions {
                guard condition.holds(in: scope, registries: registries, proof: &found) else { return false }
            }
            proof += found
            return true
        case .any(let conditions):
            // All of them, so that all the evidence is there and the answer does not depend on their order.
            var holds = false
            for condition in conditions where condition.holds(in: scope, registries: registries, proof: &proof) { holds = true }
            return holds
        case .not(let condition): return !condition.holds(in: scope, registries: registries)
        case .field(let attribute, .distinctAtLeast(let count)):
            let found = scope.observations(of: attribute)
            guard Self.areDistinct(found, atLeast: count) else { return false }
            proof += found
            return true
        case .field(let attribute, let test):
            let found = scope.observations(of: attribute).filter { test.passes($0.value, registries: registries) }
            proof += found
            return !found.isEmpty
        case .speaks(let name): return scope.protocols.contains(name)
        case .context(let context): return scope.contexts.contains(context)
        case .peer(let block): return scope.peer.map { block.contains($0) } ?? false
        case .release(let test):
            let found = scope.releases.filter { test.passes($0, at: scope.time) }
            for release in found { proof += release.proof }
            return !found.isEmpty
        case .elsewhere(let attribute): return scope.elsewhere.contains(attribute)
        case .zone(let kind): return scope.zone == kind
        case .peerZone(let kind): return scope.peerZones.contains(kind)
        case .port(let ports): return scope.port.map { ports.contains($0) } ?? false
        }
    }

    /// Something that must be there for the condition to hold: where none of it is, the condition need not be tested.
    enum Trigger: Hashable, Sendable {
        case field(Attribute)
        case speaks(ApplicationProtocol)
        case context(Context)
        case peer(AddressBlock)
        case release
        case zone(ZoneKind)
        case peerZone(ZoneKind)
        case port(UInt16)
    }

    /// How often one of them is there, roughly: nearly every service answered, and many share a port.
    private static func frequency(_ triggers: Set<Trigger>) -> Int {
        triggers.reduce(into: 0) { sum, trigger in
            switch trigger {
            case .context(.answered): sum += 1000
            case .port: sum += 10
            default: sum += 1
            }
        }
    }

    /// At least one of these is there whenever the condition holds; `nil` where there is no such thing.
    var triggers: Set<Trigger>? {
        switch self {
        case .all(let conditions): return conditions.compactMap(\.triggers).min { Self.frequency($0) < Self.frequency($1) }
        case .any(let conditions):
            var union: Set<Trigger> = []
            for condition in conditions {
                guard let triggers = condition.triggers else { return nil }
                union.formUnion(triggers)
            }
            return union
        case .not: return nil
        case .field(let attribute, _): return [.field(attribute)]
        case .speaks(let name): return [.speaks(name)]
        case .context(let context): return [.context(context)]
        case .peer(let block): return [.peer(block)]
        case .release: return [.release]
        case .elsewhere(let attribute): return [.field(attribute)]
        case .zone(let kind): return [.zone(kind)]
        case .peerZone(let kind): return [.peerZone(kind)]
        case .port(let ports): return Set(ports.map { .port($0) })
        }
    }
}

extension Condition.Test {
    func passes(_ value: Value, registries: [String: Table]) -> Bool {
        switch (self, value) {
        case (.present, _): true
        case (.text(let match, let ignoresCase), .text(let text)):
            match.captures(in: text, ignoresCase: ignoresCase, registries: registries) != nil
        case (.oneOf(let list), .text(let text)): list.contains(text)
        case (.oneOf(let list), .number(let number)): list.contains(String(number))
        case (.text(.exact(let wanted), _), .number(let number)): wanted == String(number)
        case (.atLeast(let limit), .number(let number)): number >= limit
        case (.atMost(let limit), .number(let number)): number <= limit
        default: false
        }
    }
}
