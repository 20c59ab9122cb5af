import Inventory
import Observations
import Rules
import Wire

extension HTMLPage {
    private func note(_ french: String, _ english: String, _ html: inout HTMLWriter) { html.element("p", ["class": "note"], self.word(french, english)) }

    /// A table, or the sentence that there is nothing to show.
    private func write(_ table: HTMLTable, orSay french: String, _ english: String, _ html: inout HTMLWriter) {
        if table.total > 0 { table.write(&html, self.phrasing) } else { html.element("p", [:], self.word(french, english)) }
    }

    func writeExposure(_ html: inout HTMLWriter, _ tables: Tables) {
        html.element(
            "p", [:],
            self.word(
                "Ce qui a répondu à Internet, ce qui y sort et ce qui passe par un tunnel, vu de l’intérieur. «\u{00A0}Déclaré\u{00A0}» compare au périmètre et à la matrice du fichier de site\u{00A0}; un service joint hors du périmètre déclaré est un écart de périmètre.",
                "What answered the Internet, what reaches out to it and what passes a tunnel, seen from inside. “Declared” compares with the perimeter and the matrix of the site file; a service reached outside the declared perimeter is a gap in the perimeter."))
        self.write(
            tables.exposure, orSay: "Aucun échange avec une adresse publique n’a été vu.", "No exchange with a public address was seen.", &html)
    }

    func writeMaintenance(_ html: inout HTMLWriter, _ tables: Tables) {
        html.element(
            "p", [:],
            self.word(
                "Qui prend la main sur quel dispositif, par quel moyen, par la passerelle ou hors d’elle, et quand.",
                "Who takes control of which device, by what means, through the gateway or past it, and when."))
        self.write(tables.maintenance, orSay: "Aucune télémaintenance ni prise en main n’a été vue.", "No remote maintenance or control was seen.", &html)
        guard tables.maintenance.total > 0 else { return }
        self.writeCalendar(&html)
        self.writeTimeline(&html)
        self.write(tables.interventions, orSay: "Aucune intervention datée n’a été vue.", "No dated intervention was seen.", &html)
    }

    func writeInventory(_ html: inout HTMLWriter, _ tables: Tables) {
        html.element(
            "p", [:],
            self.word(
                "Chaque identité est déduite de ce que le dispositif a montré\u{00A0}: la confiance dit combien, la preuve dit dans quelle trame. En dessous de \(Identity.threshold)\u{202F}%, ce sont des indices. Un constructeur entre parenthèses est celui de l’interface réseau.",
                "Each identity is concluded from what the device showed: the confidence says how well, the evidence says in which frame. Below \(Identity.threshold)%, these are hints. A maker in parentheses is that of the network interface."))
        self.write(tables.medical, orSay: "Aucun dispositif biomédical n’a été reconnu.", "No biomedical device was recognised.", &html)
        self.write(tables.others, orSay: "Aucun autre dispositif n’a été vu.", "No other device was seen.", &html)
        self.write(tables.services, orSay: "Aucun service n’a répondu.", "No service answered.", &html)
        if tables.advisories.total > 0 {
            self.note(
                "Un avis est potentiel\u{00A0}: il concerne un produit ou une version vus sur le réseau, et reste à vérifier sur le dispositif.",
                "An advisory is potential: it concerns a product or version seen on the network, and has to be checked on the device.", &html)
            tables.advisories.write(&html, self.phrasing)
        }
    }

    func writeFlows(_ html: inout HTMLWriter, _ tables: Tables) {
        let matrix = self.report.matrix
        if matrix.isDeclared {
            let undeclared = matrix.rows.filter { ($0.undeclared ?? 0) > 0 }.count
            html.element(
                "p", [:],
                self.word(
                    "\(self.phrasing.declaredFlows(matrix.rows.count &- undeclared)), \(self.number(undeclared)) \(undeclared < 2 ? "observé sans être déclaré" : "observés sans être déclarés") en tout ou partie, \(self.phrasing.unseenFlows(matrix.unseen.count)).",
                    "\(self.number(matrix.rows.count &- undeclared)) flows declared and seen, \(self.number(undeclared)) seen without being declared in whole or in part, \(self.number(matrix.unseen.count)) declared and never seen."))
        } else {
            html.element(
                "p", [:],
                self.word(
                    "Aucune matrice n’est déclarée\u{00A0}: les flux sont ceux qui ont été observés, sans comparaison.", "No matrix is declared: the flows are those that were seen, without comparison."))
        }
        self.writeMap(&html)
        self.write(tables.flows, orSay: "Aucun flux n’a été vu.", "No flow was seen.", &html)
        if tables.unseen.total > 0 { tables.unseen.write(&html, self.phrasing) }
    }

    /// The longest set of rules that is put into a page, in bytes: one cut short would be wrong.
    private static let rulesLimit = 128 * 1024

    func writeCutOff(_ html: inout HTMLWriter, _ tables: Tables) {
        html.element(
            "p", [:],
            self.word(
                "Proposition pour une cellule de crise\u{00A0}: que couper, dans quel ordre, et ce que chaque coupure touche. À relire avec les ingénieurs biomédicaux et les unités de soins avant toute application\u{00A0}; ce qui n’a pas été vu pendant la capture n’y est pas.",
                "A proposal for a crisis cell: what to cut, in which order, and what each cut touches. To be read with the biomedical engineers and the care units before it is applied; what was not seen during the capture is not in it."))
        self.write(tables.cuts, orSay: "Rien à couper\u{00A0}: aucun lien avec l’extérieur n’a été vu.", "Nothing to cut: no link with the outside was seen.", &html)
        guard !self.report.cutOff.cuts.isEmpty else { return }
        let rules = CutOffRules.nftables(self.report, self.language)
        html.element("details") { html in
            html.element("summary", [:], self.word("Règles de filtrage proposées (nftables)", "Proposed rules to filter (nftables)"))
            if rules.utf8.count <= Self.rulesLimit {
                html.element("pre", ["tabindex": "0"]) { html in html.element("code", [:], rules) }
            } else {
                self.note(
                    "Elles sont trop longues pour une page\u{00A0}: «\u{00A0}--registers\u{00A0}» les écrit dans un fichier.", "They are too long for a page: “--registers” writes them to a file.", &html)
            }
        }
    }

    func writeDependencies(_ html: inout HTMLWriter, _ tables: Tables) {
        html.element(
            "p", [:],
            self.word(
                "De quoi chaque plateau technique a besoin, dans l’ordre où cela doit revenir après un arrêt\u{00A0}: une étape après l’autre.",
                "What each technical platform needs, in the order in which it has to come back after a stop: one step after the other."))
        let platforms = self.report.dependencies.platforms
        if !platforms.isEmpty {
            html.element("ul") { html in
                for platform in platforms {
                    let title = platform.kind.title[self.language]
                    let steps = Set(platform.dependencies.map(\.step)).count
                    html.element(
                        "li", [:],
                        "\(title)\(self.colon)\(self.devices(platform.members.count)), "
                            + self.count(platform.dependencies.count, "serveur utilisé", "serveurs utilisés", "server used", "servers used")
                            + (steps > 1 ? self.word(", en \(self.number(steps)) étapes", ", in \(self.number(steps)) steps") : ""))
                }
            }
        }
        self.write(
            tables.dependencies, orSay: "Aucun plateau technique n’a été reconnu\u{00A0}: les zones du fichier de site les nomment.",
            "No technical platform was recognised: the zones of the site file name them.", &html)
    }
}
