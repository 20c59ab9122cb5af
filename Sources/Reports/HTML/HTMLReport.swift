public import Rules

/// The report as one page that needs nothing else: it can be mailed, carried on a stick, printed and kept. It loads nothing, and its
/// Content-Security-Policy lets it load nothing.
///
/// Nothing in it depends on when, where or by how many threads it was made: the same inputs and signatures give the same bytes.
public enum HTMLReport {
    /// Writes the page.
    /// - Parameter sink: called with the bytes, piece by piece.
    public static func write(_ report: Report, _ language: Language, to sink: @escaping ([UInt8]) throws -> Void) throws {
        let page = HTMLPage(report, language)
        var html = HTMLWriter(sink)
        html.doctype()
        try html.element("html", ["lang": language.rawValue]) { html in
            page.writeHead(&html)
            try html.element("body") { html in try page.writeBody(&html) }
        }
        try html.finish()
    }

    /// What the page may do: show itself, by its own style and script.
    static let policy =
        "default-src 'none'; style-src 'sha256-\(HTMLStyle.hash)'; script-src 'sha256-\(HTMLScript.hash)'; img-src data:; base-uri 'none'; form-action 'none'"
}

extension HTMLPage {
    /// One part of the page.
    private struct Section {
        let id: String
        let title: String
        /// How it begins on paper: on the same page, on a new one, on a broad one, or on broad ones of its own.
        var style: String?
        let write: (inout HTMLWriter) -> Void
    }

    fileprivate func writeHead(_ html: inout HTMLWriter) {
        html.element("head") { html in
            html.void("meta", ["charset": "utf-8"])
            html.void("meta", ["http-equiv": "Content-Security-Policy", "content": HTMLReport.policy])
            html.void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
            html.void("meta", ["name": "referrer", "content": "no-referrer"])
            html.void("meta", ["name": "robots", "content": "noindex"])
            html.void("meta", ["name": "generator", "content": "Laennec \(Report.toolVersion)"])
            html.element("title", [:], self.documentTitle)
            html.constant("style", HTMLStyle.text)
        }
    }

    private var documentTitle: String {
        let title = self.word("Rapport d’exposition réseau", "Network exposure report")
        return self.report.site.name.map { "\(title) — \($0)" } ?? title
    }

    fileprivate func writeBody(_ html: inout HTMLWriter) throws {
        let tables = self.tables
        let sections = self.sections(tables)
        html.element("a", ["class": "skip", "href": "#content"], self.word("Aller au contenu", "Skip to the content"))
        html.element("header", ["class": "top"]) { html in
            html.element("h1", [:], self.documentTitle)
            if let period = self.report.period {
                html.element("p") { html in
                    html.text(self.word("Campagne ", "Campaign "))
                    self.write(self.parts(of: period, then: " (\(self.report.site.timeZone.name))"), &html)
                }
            }
        }
        try html.element("div", ["class": "layout"]) { html in
            html.element("nav", ["class": "contents", "aria-label": self.word("Sommaire", "Contents")]) { html in
                html.element("ol") { html in
                    for section in sections {
                        html.element("li") { html in html.element("a", ["href": "#" + section.id], section.title) }
                    }
                }
            }
            try html.element("main", ["id": "content", "tabindex": "-1"]) { html in
                for section in sections {
                    html.newLine()
                    html.element("section", ["id": section.id, "class": section.style, "aria-labelledby": section.id + "-title"]) { html in
                        html.element("h2", ["id": section.id + "-title"], section.title)
                        section.write(&html)
                    }
                    try html.flush()
                }
            }
        }
        html.element(
            "footer", [:],
            self.word(
                "Laennec \(Report.toolVersion), signatures \(self.report.signatures). Élément de preuve complémentaire\u{00A0}: voir «\u{00A0}Méthode, limites et protection des données\u{00A0}».",
                "Laennec \(Report.toolVersion), signatures \(self.report.signatures). Supporting evidence: see “Method, limits and data protection”."))
        html.newLine()
        try html.data(id: "data", self.data(tables))
        html.constant("script", HTMLScript.text)
    }

    private func sections(_ tables: Tables) -> [Section] {
        [
            Section(id: "identity", title: self.word("Identité de la campagne", "The campaign")) { html in self.writeIdentity(&html) },
            Section(id: "summary", title: self.word("Synthèse pour la direction", "Summary for management"), style: "page") { html in self.writeSummary(&html) },
            Section(id: "coverage", title: self.word("Couverture et angles morts", "Coverage and blind spots"), style: "page") { html in self.writeCoverage(&html) },
            Section(id: "exposure", title: self.word("Registre d’exposition", "Exposure register"), style: "wide") { html in self.writeExposure(&html, tables) },
            Section(id: "maintenance", title: self.word("Registre de télémaintenance", "Register of remote maintenance"), style: "wide") { html in
                self.writeMaintenance(&html, tables)
            },
            Section(id: "inventory", title: self.word("Inventaire", "Inventory"), style: "wide") { html in self.writeInventory(&html, tables) },
            Section(id: "findings", title: self.word("Constats", "Findings"), style: "page") { html in self.writeFindings(&html, tables) },
            Section(id: "flows", title: self.word("Matrice des flux", "Flow matrix"), style: "wide") { html in self.writeFlows(&html, tables) },
            Section(id: "cut-off", title: self.word("Fiche de coupure", "Cut-off sheet"), style: "own") { html in self.writeCutOff(&html, tables) },
            Section(id: "dependencies", title: self.word("Dépendances des plateaux techniques", "Dependencies of technical platforms"), style: "wide") { html in
                self.writeDependencies(&html, tables)
            },
            Section(id: "comparison", title: self.word("Comparaison avec la campagne précédente", "Comparison with the earlier campaign"), style: "wide") { html in
                self.writeComparison(&html, tables)
            },
            Section(id: "method", title: self.word("Méthode, limites et protection des données", "Method, limits and data protection"), style: "page") { html in
                self.writeMethod(&html)
            },
        ]
    }

    /// The most rows of a table on paper.
    private static let printLimit = 300

    /// All tables and words that the script needs.
    private func data(_ tables: Tables) -> ScriptData {
        var data = ScriptData()
        data.object { data in
            data.field("language", self.language.rawValue)
            data.field("pageSize", HTMLTable.pageSize)
            data.field("printLimit", Self.printLimit)
            data.key("words")
            data.object { data in
                data.field("search", self.word("Rechercher", "Search"))
                data.field("all", self.word("tous", "all"))
                data.field("nothing", self.word("(vide)", "(empty)"))
                data.field("allColumns", self.word("Toutes les colonnes", "All columns"))
                data.field("previous", self.word("Précédent", "Previous"))
                data.field("next", self.word("Suivant", "Next"))
                data.field("pages", self.word("Pages de", "Pages of"))
                data.field("page", self.word("page {page} sur {pages}", "page {page} of {pages}"))
                data.field("rows", self.word("Lignes\u{00A0}: {found}.", "Rows: {found}."))
                data.field("part", self.word("Lignes {from} à {to} sur {found}.", "Rows {from} to {to} of {found}."))
                data.field("of", self.word("(filtrées parmi {count})", "(filtered from {count})"))
                data.field("none", self.word("Aucune ligne ne correspond.", "No row matches."))
                data.field("wider", self.word("Plus large que l’écran\u{00A0}: faire défiler vers la droite →", "Wider than the screen: scroll to the right →"))
                data.field("leftOut", self.word("{count} lignes ne sont pas imprimées.", "{count} rows are not printed."))
            }
            data.key("tables")
            data.object { data in for table in tables.all { table.write(&data) } }
        }
        return data
    }
}
