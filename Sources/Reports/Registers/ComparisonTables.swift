public import Campaigns
import Observations
public import Rules
import Wire

extension RegisterTable {
    /// The comparison of two campaigns as tables: devices, services, peers, findings.
    public static func comparison(_ comparison: Comparison, _ texts: SignatureSet, _ language: Language) -> [RegisterTable] {
        let writer = ComparisonWriter(comparison: comparison, phrasing: ComparisonPhrasing(comparison: comparison, language: language, texts: texts))
        return [writer.devices(), writer.services(), writer.peers(), writer.findings()]
    }

    private struct ComparisonWriter {
        let comparison: Comparison
        let phrasing: ComparisonPhrasing

        private func word(_ french: String, _ english: String) -> String { self.phrasing.word(french, english) }
        private func words(_ french: [String], _ english: [String]) -> [String] { self.phrasing.language == .french ? french : english }

        func devices() -> RegisterTable {
            var table = RegisterTable(
                name: self.word("comparaison-dispositifs", "comparison-devices"), title: self.word("Dispositifs nouveaux, non revus, modifiés", "Devices new, not seen again, changed"),
                columns: self.words(
                    ["état", "dispositif", "médical", "classe", "constructeur", "modèle", "zone", "champ", "avant", "après", "reconnu par", "confiance", "remarque"],
                    ["state", "device", "medical", "class", "maker", "model", "zone", "field", "before", "after", "recognised by", "confidence", "remark"]))
            func add(_ state: String, _ device: Campaign.DeviceSummary, _ rest: [Cell]) {
                table.rows.append(
                    [
                        .text(state), .text(self.phrasing.device(device.id)), .flag(device.isMedical), .text(device.deviceClass.map { self.phrasing.title(ofClass: $0) } ?? ""),
                        .text(device.maker ?? ""), .text(device.model ?? ""), .text(device.zone),
                    ] + rest)
            }
            for (state, presences) in [(self.word("nouveau", "new"), self.comparison.appeared), (self.word("non revu", "not seen again"), self.comparison.vanished)] {
                for presence in presences {
                    add(state, presence.device, [.text(""), .text(""), .text(""), .text(""), .text(""), .text(self.phrasing.remark(presence))])
                }
            }
            for change in self.comparison.deviceChanges {
                for field in change.changes {
                    let state =
                        !field.isChange
                        ? (field.old.isEmpty ? self.word("connu depuis", "known since") : self.word("information non revue", "information not seen again"))
                        : field.field == .addresses || field.field == .gateway ? self.word("déplacé", "moved") : self.word("modifié", "changed")
                    add(
                        state, change.device,
                        [
                            .text(self.phrasing.field(field.field)), .text(self.phrasing.value(field.old, of: field.field)),
                            .text(self.phrasing.value(field.new, of: field.field)), .list(change.match.reasons.map { self.phrasing.reason($0) }),
                            .number(UInt64(clamping: change.match.confidence)), .text(""),
                        ])
                }
            }
            return table
        }

        func services() -> RegisterTable {
            var table = RegisterTable(
                name: self.word("comparaison-services", "comparison-services"), title: self.word("Services ouverts, non revus, modifiés", "Services opened, not seen again, changed"),
                columns: self.words(["état", "dispositif", "port", "avant", "après"], ["state", "device", "port", "before", "after"]))
            for change in self.comparison.services {
                table.rows.append([
                    .text(self.phrasing.service(change.kind)), .text(self.phrasing.device(change.device)), .text(self.phrasing.port(change.port)),
                    .text(self.phrasing.service(change.before)), .text(self.phrasing.service(change.after)),
                ])
            }
            return table
        }

        func peers() -> RegisterTable {
            var table = RegisterTable(
                name: self.word("comparaison-correspondants", "comparison-peers"), title: self.word("Nouveaux correspondants", "New peers"),
                columns: self.words(
                    ["dispositif", "correspondant", "externe", "accès distant", "sens", "port", "protocoles", "autres services", "première fois", "preuve"],
                    ["device", "peer", "external", "remote access", "direction", "port", "protocols", "other services", "first seen", "evidence"]))
            for peer in self.comparison.newPeers {
                table.rows.append([
                    .text(self.phrasing.device(peer.device)), .text(self.phrasing.device(peer.peer)), .flag(peer.isExternal), .flag(peer.isRemoteAccess),
                    .text(peer.isClient ? self.word("sortant", "outbound") : self.word("entrant", "inbound")), .text(self.phrasing.port(peer.port)),
                    .list(peer.protocols.map(\.rawValue)), .number(UInt64(clamping: peer.otherServices)), .time(peer.firstSeen),
                    .text(self.word("trame ", "frame ") + String(peer.evidence.frame)),
                ])
            }
            return table
        }

        func findings() -> RegisterTable {
            var table = RegisterTable(
                name: self.word("comparaison-constats", "comparison-findings"),
                title: self.word("Constats nouveaux, aggravés, persistants, corrigés", "Findings new, regressed, persisting, fixed"),
                columns: self.words(
                    ["état", "gravité", "gravité avant", "constat", "règle", "dispositif", "port", "accepté", "identifiant", "remarque"],
                    ["state", "severity", "severity before", "finding", "rule", "device", "port", "accepted", "identifier", "remark"]))
            for change in self.comparison.findings {
                table.rows.append([
                    .text(self.phrasing.state(change.state)), .text(change.severity.title[self.phrasing.language]),
                    .text(change.severityBefore?.title[self.phrasing.language] ?? ""), .text(self.phrasing.title(ofRule: change.rule)), .text(change.rule),
                    .text(self.phrasing.device(change.asset)), .text(change.port.map { self.phrasing.port($0) } ?? ""), .flag(change.isAccepted),
                    .text(change.id), .text(self.phrasing.remark(change)),
                ])
            }
            return table
        }
    }
}
