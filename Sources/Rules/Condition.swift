public import Observations

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

    /// A test of one value.
    public enum Test: Hashable, Sendable {
        case present
        case text(Match, ignoresCase: Bool)
        case oneOf([String])
        /// Numbers only.
        case atLeast(Int64)
        case atMost(Int64)
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
    }

    /// What a condition is tested on.
    struct Scope {
        /// Observations by ``Attribute/rawValue``; may be shorter than the vocabulary.
        var values: [[Observation]]
        var protocols: [ApplicationProtocol]
        var contexts: Set<Context>

        init(_ observations: some Sequence<Observation> = [], protocols: [ApplicationProtocol] = [], contexts: Set<Context> = []) {
            self.values = []
            self.protocols = protocols
            self.contexts = contexts
            for observation in observations { self.add(observation) }
        }

        mutating func add(_ observation: Observation) {
            let index = Int(observation.attribute.rawValue)
            while self.values.count <= index { self.values.append([]) }
            self.values[index].append(observation)
        }

        func observations(of attribute: Attribute) -> [Observation] {
            let index = Int(attribute.rawValue)
            return index < self.values.count ? self.values[index] : []
        }
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
        case .not(let condition):
            var unused: [Observation] = []
            return !condition.holds(in: scope, registries: registries, proof: &unused)
        case .field(let attribute, let test):
            let found = scope.observations(of: attribute).filter { test.passes($0.value, registries: registries) }
            proof += found
            return !found.isEmpty
        case .speaks(let name): return scope.protocols.contains(name)
        case .context(let context): return scope.contexts.contains(context)
        }
    }

    /// Something that must be there for the condition to hold: where none of it is, the condition need not be tested.
    enum Trigger: Hashable, Sendable {
        case field(Attribute)
        case speaks(ApplicationProtocol)
        case context(Context)
    }

    /// At least one of these is there whenever the condition holds; `nil` where there is no such thing.
    var triggers: Set<Trigger>? {
        switch self {
        case .all(let conditions): return conditions.compactMap(\.triggers).min { $0.count < $1.count }
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
        }
    }}

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
