import Inventory
import Observations
import Rules

extension Report {
    /// The same report with a pseudonym in the place of every name that came from the wire.
    ///
    /// Everything was concluded before, from the real names, and stays: identities, findings, registers and counts. What people wrote
    /// themselves stays as well (names in the site file, names of capture files), and so do addresses. A comparison falls away: names of
    /// the earlier campaign cannot be told from other words in it.
    public func pseudonymised(with key: PseudonymKey) -> Report {
        let renaming = Renaming(key.pseudonym)
        self.inventory.learn(in: renaming)
        for device in self.devices {
            for observation in device.asset.observations {
                renaming.learn(observation)
                if case .device(let named) = observation.subject { renaming.learn(named) }
            }
        }
        var report = self
        report.pseudonyms = key.mark
        report.comparison = nil
        report.inventory = self.inventory.renamed(renaming)
        report.devices = self.devices.map {
            Device(asset: $0.asset.renamed(renaming), identity: $0.identity.renamed(renaming), advisories: $0.advisories)
        }.sorted { $0.id < $1.id }
        report.conversations = self.conversations.map { $0.renamed(renaming) }
        report.exchanges = ClinicalExchanges(Census(assets: report.devices.map(\.asset), conversations: report.conversations))
        report.exposure = self.exposure.renamed(renaming)
        report.maintenance = self.maintenance.renamed(renaming)
        report.dependencies = self.dependencies.renamed(renaming)
        report.findings = Finding.sorted(self.findings.map { $0.renamed(renaming) })
        // The flow matrix and the cut-off sheet are made of addresses, zones and protocols; assets without an address are in neither.
        return report
    }
}
