import ArgumentParser
import Campaigns
import LaennecKit
import Reports
import Rules
import Store
import Wire

/// `laennec findings`: what became of the findings of an inventory, and what people decide on them.
struct FindingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "findings", abstract: "List the findings of an inventory, accept, reopen and assign them.",
        discussion: """
            A finding is named by its id, or by the beginning of it or of its part after the rule.

              laennec findings list site.laennec --severity major
              laennec findings accept site.laennec telnet-service-3f2a --until 2027-06-30 --reason "remplacement prévu" --by "J. Martin"
              laennec findings assign site.laennec 3f2a --to "Équipe réseau" --due 2027-01-31
            """,
        subcommands: [List.self, Accept.self, Reopen.self, Assign.self])

    /// A finding that a person names.
    fileprivate static func finding(_ name: String, in chronicle: Chronicle) throws(InventoryProblem) -> Chronicle.Finding {
        try InventoryProblem.only(
            chronicle.findings(named: name), name,
            unknown: ("aucun constat de cet identifiant dans l’inventaire.", "the inventory has no finding of that id."),
            ambiguous: ("désigne plusieurs constats\u{00A0}; donnez davantage de caractères", "names several findings; give more characters"), id: \.id)
    }

    /// Decides on every finding named, or on none if one cannot be.
    fileprivate static func decide(
        _ ids: [String], in path: String, by author: String?, _ options: InventoryCommand.Options,
        _ act: (Chronicle.Finding) throws(InventoryProblem) -> Decision.Act
    ) throws {
        let language = options.spoken
        let set = try SignatureLoading.load(options.signatures, language)
        let now = InventoryLoading.now
        try InventoryLoading.with(path, .write, language) { file in
            var subjects: [String] = []
            let chronicle = try file.decide { chronicle throws(InventoryProblem) in
                var decisions: [Decision] = []
                for id in ids {
                    let finding = try Self.finding(id, in: chronicle)
                    guard !subjects.contains(finding.id) else { continue }
                    subjects.append(finding.id)
                    decisions.append(Decision(date: now, author: author, subject: finding.id, act: try act(finding)))
                }
                return decisions
            }
            for id in subjects { if let finding = chronicle.finding(id) { Terminal.write(InventoryText.decided(finding, chronicle, language, set)) } }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List findings with their state, age, owner and due date; those that are fixed on demand only.")
        @Argument(help: "The inventory.", completion: .file()) var file: String
        @Option(help: "Only this state: new, open, regressed, accepted, fixed, or all; repeatable.") var state: [StateChoice] = []
        @Option(help: "Only this severity or above.") var severity: Severity?
        @Option(help: "Only this rule.") var rule: String?
        @Option(help: ArgumentHelp("Write the list as JSON to this file (- for standard output).", valueName: "file"), completion: .file()) var json: String?
        @Option(help: ArgumentHelp("Write the list as CSV to this file (- for standard output).", valueName: "file"), completion: .file()) var csv: String?
        @OptionGroup var options: InventoryCommand.Options

        func run() throws {
            let language = self.options.spoken
            let set = try SignatureLoading.load(self.options.signatures, language)
            try InventoryLoading.with(self.file, .read, language) { file in
                let inventory = try file.contents()
                let filter = FindingFilter(states: self.state.isEmpty ? nil : Set(self.state.flatMap(\.states)), severity: self.severity, rule: self.rule)
                let findings = inventory.chronicle.findings.filter(filter.holds)
                if let json { try ResultFile.write(to: json, language) { try InventoryJSON.write(findings, of: inventory, to: $0) } }
                if let csv {
                    let text = CSVFile.text(InventoryTables.findings(findings, inventory, language, set), language, inventory.chronicle.timeZone)
                    try ResultFile.write(to: csv, language) { try $0(Array(text.utf8)) }
                }
                if self.json == nil, self.csv == nil { Terminal.write(InventoryText.findings(findings, inventory, language, set, width: Terminal.width)) }
            }
        }
    }

    struct Accept: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Live with a finding until the end of a day.",
            discussion: "The day is compared with the last frame of a campaign, not with the machine's clock. The next scan --inventory shows the finding as accepted.")
        @Argument(help: "The inventory.", completion: .file()) var file: String
        @Argument(help: "Findings.") var ids: [String]
        @Option(help: ArgumentHelp("The last day, such as 2027-06-30.", valueName: "date")) var until: Day
        @Option(help: ArgumentHelp("Why.", valueName: "text")) var reason: String
        @Option(help: ArgumentHelp("Who bears the risk; default: who decides.", valueName: "name")) var owner: String?
        @OptionGroup var author: InventoryCommand.Author
        @OptionGroup var options: InventoryCommand.Options

        func validate() throws {
            guard Campaigns.Label.value(self.reason).isEmpty else { return }
            throw ValidationError(Rules.Text(french: "Une acceptation demande un motif.", english: "An acceptance needs a reason.")[self.options.spoken])
        }

        func run() throws {
            let reason = Campaigns.Label.value(self.reason)
            let owner = Campaigns.Label.value(self.owner ?? self.author.name ?? "")
            try FindingsCommand.decide(self.ids, in: self.file, by: self.author.name, self.options) { finding throws(InventoryProblem) in
                guard finding.state != .fixed else {
                    throw InventoryProblem("\(finding.id)\u{00A0}: le constat est corrigé, il n’y a rien à accepter.", "\(finding.id): the finding is fixed, there is nothing to accept.")
                }
                return .accept(until: self.until, reason: reason, owner: owner)
            }
        }
    }

    struct Reopen: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Accept a finding no longer.")
        @Argument(help: "The inventory.", completion: .file()) var file: String
        @Argument(help: "Findings.") var ids: [String]
        @OptionGroup var author: InventoryCommand.Author
        @OptionGroup var options: InventoryCommand.Options

        func run() throws {
            try FindingsCommand.decide(self.ids, in: self.file, by: self.author.name, self.options) { finding throws(InventoryProblem) in
                guard let acceptance = finding.acceptance else {
                    throw InventoryProblem("\(finding.id)\u{00A0}: personne ne l’a accepté.", "\(finding.id): nobody accepted it.")
                }
                guard acceptance.until != nil else {
                    throw InventoryProblem(
                        "\(finding.id)\u{00A0}: c’est le fichier de site qui l’accepte\u{00A0}; retirez-le de «\u{00A0}risques-acceptes\u{00A0}».",
                        "\(finding.id): the site file accepts it; take it out of `accepted-risks`.")
                }
                return .reopen
            }
        }
    }

    struct Assign: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say who deals with a finding, and by when.")
        @Argument(help: "The inventory.", completion: .file()) var file: String
        @Argument(help: "Findings.") var ids: [String]
        @Option(help: ArgumentHelp("A person or team; empty: nobody.", valueName: "name")) var to: String
        @Option(help: ArgumentHelp("By when, such as 2027-01-31.", valueName: "date")) var due: Day?
        @OptionGroup var author: InventoryCommand.Author
        @OptionGroup var options: InventoryCommand.Options

        func run() throws {
            let name = Campaigns.Label.value(self.to)
            try FindingsCommand.decide(self.ids, in: self.file, by: self.author.name, self.options) { _ throws(InventoryProblem) in
                .assign(to: name, due: name.isEmpty ? nil : self.due)
            }
        }
    }
}

/// A state on the command line, in either language.
struct StateChoice: ExpressibleByArgument {
    let states: [Chronicle.State]

    init?(argument: String) {
        let plain = SiteText.folded(argument)
        if ["all", "tous", "tout"].contains(plain) {
            self.states = Chronicle.State.allCases
        } else if let state = Chronicle.State.allCases.first(where: { $0.rawValue == plain || SiteText.folded($0.title.french) == plain }) {
            self.states = [state]
        } else {
            return nil
        }
    }

    static var allValueStrings: [String] { Chronicle.State.allCases.map(\.rawValue) + ["all"] }
}
