public import Observations

extension Inventory {
    /// Learns every name in it.
    public func learn(in renaming: Renaming) {
        for fact in self.facts {
            renaming.learn(fact.observation)
            if case .device(let device) = fact.subject { renaming.learn(device) }
        }
    }

    /// The same facts under other names.
    public func renamed(_ renaming: Renaming) -> Inventory {
        var renamed = self
        // Only what changes is mixed and put in order anew.
        let facts = self.facts.map { fact in
            let observation = renaming.observation(fact.observation)
            return observation.subject == fact.subject && observation.value == fact.value ? fact : Fact(observation, scan: fact.span.first.scan)
        }.sorted(by: Fact.isBefore)
        renamed.facts = Self.united(
            [facts, []], rank: \.digest, isBefore: Fact.isBefore, areSame: { $0.isSame(as: $1) }, merge: { $0.span.merge($1.span) })
        return renamed
    }
}

extension Renaming {
    /// Learns the asset that a device behind a gateway is.
    public func learn(_ device: DeviceKey) { self.learn(asset: Asset.id(of: device), becomes: Asset.id(of: self.device(device))) }
}

extension Asset {
    /// - Parameter renaming: has learned the census.
    public func renamed(_ renaming: Renaming) -> Asset {
        var renamed = self
        renamed.id = renaming.asset(self.id)
        renamed.gateway = self.gateway.map(renaming.asset)
        renamed.observations = self.observations.map(renaming.observation)
        renamed.services = self.services.map { service in
            var renamed = service
            renamed.observations = service.observations.map(renaming.observation)
            return renamed
        }
        return renamed
    }
}

extension Conversation {
    public func renamed(_ renaming: Renaming) -> Conversation {
        var renamed = self
        renamed.client = renaming.asset(self.client)
        renamed.server = renaming.asset(self.server)
        renamed.observations = self.observations.map(renaming.observation)
        return renamed
    }
}
