import Inventory
public import Observations
import Wire

// What was concluded, under other names: the conclusions themselves stay as the real names led to them.

extension Identity {
    public func renamed(_ renaming: Renaming) -> Identity {
        Identity(
            asset: renaming.asset(self.asset),
            conclusions: self.conclusions.map { conclusion in
                Conclusion(
                    field: conclusion.field,
                    candidates: conclusion.candidates.map {
                        Candidate(value: $0.value, confidence: $0.confidence, claims: $0.claims.map { $0.renamed(renaming) })
                    })
            },
            software: self.software.map {
                Component(
                    name: $0.name, kind: $0.kind, maker: $0.maker, versions: $0.versions, confidence: $0.confidence, claims: $0.claims.map { $0.renamed(renaming) })
            },
            passedOn: self.passedOn.map { $0.renamed(renaming) }, isMedical: self.isMedical)
    }
}

extension Claim {
    fileprivate func renamed(_ renaming: Renaming) -> Claim {
        Claim(
            field: self.field, value: self.value, confidence: self.confidence, signature: self.signature, kind: self.kind,
            observation: renaming.observation(self.observation))
    }
}

extension RemoteMaintenance {
    public func renamed(_ renaming: Renaming) -> RemoteMaintenance {
        RemoteMaintenance(
            conversation: self.conversation.renamed(renaming),
            access: self.access.renamed(renaming), direction: self.direction, device: renaming.asset(self.device), remote: renaming.asset(self.remote),
            vendor: self.vendor, gateway: self.gateway, isPastGateway: self.isPastGateway, interventions: self.interventions)
    }
}

extension RemoteAccess {
    public func renamed(_ renaming: Renaming) -> RemoteAccess {
        RemoteAccess(kind: self.kind, tool: self.tool, proof: self.proof.map(renaming.observation))
    }
}

extension Finding {
    public func renamed(_ renaming: Renaming) -> Finding {
        let asset = renaming.asset(self.asset)
        return Finding(
            id: asset == self.asset
                ? self.id
                : Finding.id(rule: self.rule, asset: asset, transport: self.service?.transport.rawValue ?? 0, port: self.service?.port ?? 0),
            rule: self.rule, severity: self.severity, adjustment: self.adjustment, confidence: self.confidence, asset: asset, service: self.service,
            peers: self.peers.map(renaming.asset).sorted(), peerCount: self.peerCount, evidence: self.evidence.map(renaming.observation),
            occurrences: self.occurrences, firstSeen: self.firstSeen, lastSeen: self.lastSeen, displayFilter: self.displayFilter, accepted: self.accepted)
    }
}
