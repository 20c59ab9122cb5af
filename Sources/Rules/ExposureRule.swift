public import Observations
public import Wire

/// Says what is wrong with a service, a conversation or a host.
public struct ExposureRule: Sendable, Identifiable {
    /// What the condition is tested on.
    public enum Subject: String, CaseIterable, Hashable, Sendable {
        /// A service: what was noted about it and about all its conversations.
        case service
        /// One conversation and its service.
        case conversation
        /// The asset itself.
        case host
    }
    /// Whose finding it is.
    public enum About: String, CaseIterable, Hashable, Sendable {
        case server, client
    }
    /// A severity under circumstances.
    public struct Adjustment: Sendable {
        public let when: Condition
        public let severity: Severity
    }

    /// Never used again for another rule.
    public let id: String
    public let subject: Subject
    public let about: About
    public let match: Condition
    public let severity: Severity
    /// The first that holds decides.
    public let adjustments: [Adjustment]
    /// In percent.
    public let confidence: Int
    public let maturity: Maturity
    /// Ids by framework, in the order of the file.
    public let mapping: [Framework: [String]]
    public let source: String
    /// Rules that may match this one's examples too.
    public let overlaps: [String]
    public let examples: Examples
    public let file: String
    public let line: Int

    public struct Examples: Sendable {
        public struct Example: Sendable {
            public let observations: [Observation]
            public let protocols: [ApplicationProtocol]
            public let contexts: Set<Condition.Context>
            /// The address of the other end.
            public let peer: IPAddress?
            /// What runs on the asset, and when it was seen.
            let releases: [Release]
            let time: Timestamp
            let elsewhere: Set<Attribute>
            public let zone: ZoneKind?
            public let peerZone: ZoneKind?
            /// The service's port.
            public let port: UInt16?
            /// The severity that the example must get.
            public let severity: Severity?
            public let line: Int

            var scope: Condition.Scope {
                var scope = Condition.Scope(
                    self.observations, protocols: self.protocols, contexts: Condition.Contexts(self.contexts), peer: self.peer)
                scope.releases = self.releases
                scope.time = self.time
                scope.elsewhere = self.elsewhere
                scope.zone = self.zone
                if let peerZone { scope.peerZones = [peerZone] }
                scope.port = self.port
                return scope
            }
        }
        public var positive: [Example] = []
        public var negative: [Example] = []
    }
}

/// What a rule says to people.
public struct RuleText: Hashable, Sendable {
    /// A short sentence.
    public let title: Text
    /// What was seen.
    public let what: Text
    /// Why it matters where patients are treated.
    public let why: Text
    /// What to do.
    public let fix: Text
    /// When it may be wrong or of no weight.
    public let falsePositives: Text
    /// Why it has its severity.
    public let severityReason: Text
    /// Why circumstances change it, in the order of ``ExposureRule/adjustments``.
    public let adjustmentReasons: [Text]
}
