import ArgumentParser
import Campaigns
import Foundation
import LaennecKit
import Observations
import Reports
import Rules
import Store

/// `laennec inventory`: what an establishment has, from campaign to campaign.
struct InventoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory", abstract: "List, show, label, export and import the inventory that scan --inventory keeps.",
        discussion: """
              laennec scan --inventory site.laennec capture.pcapng
              laennec inventory list site.laennec --class ct
              laennec inventory show site.laennec 10.28.10.21
              laennec inventory label site.laennec 10.28.10.21 location="Bloc 2" owner=Imagerie --by "J. Martin"
            """,
        subcommands: [List.self, Show.self, LabelDevice.self, Export.self, Import.self, Retention.self])

    /// What every command on an inventory takes.
    struct Options: ParsableArguments {
        @Option(help: ArgumentHelp("Also use the signatures in this folder; repeatable.", valueName: "folder"), completion: .directory)
        var signatures: [String] = []

        @Option(help: "Language: fr or en. Default: that of the locale.")
        var language: Language?

        var spoken: Language { self.language ?? Terminal.localLanguage }
    }

    /// Who writes into it.
    struct Author: ParsableArguments {
        @Option(help: ArgumentHelp("Who decides; kept with the decision.", valueName: "name"))
        var by: String?

        var name: String? {
            let name = self.by.map { Campaigns.Label.value($0) } ?? ""
            return name.isEmpty ? nil : name
        }
    }

    /// A device that a person names.
    static func asset(_ name: String, in inventory: KeptInventory) throws(InventoryProblem) -> KeptAsset {
        try InventoryProblem.only(
            inventory.assets(named: name), name,
            unknown: ("aucun dispositif de ce nom, de cette adresse ni de cet identifiant dans l’inventaire.", "the inventory has no device of that name, address or id."),
            ambiguous: ("désigne plusieurs dispositifs\u{00A0}; donnez un identifiant", "names several devices; give an id"), id: \.id)
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the devices of an inventory.")
        @Argument(help: "The inventory.", completion: .file()) var file: String
        @Argument(help: "Only devices with this text in a name, address, label or any other field.") var text: String?
        @Option(name: .customLong("class"), help: "Only this class, by its name or a part of its title.") var deviceClass: String?
        @Option(help: "Only makers with this text in their name.") var maker: String?
        @Option(help: "Only zones with this text in their name.") var zone: String?
        @Option(help: ArgumentHelp("Only devices seen in this campaign or later, by the beginning of its id.", valueName: "campaign")) var seenSince: String?
        @Option(help: ArgumentHelp("Write the list as JSON to this file (- for standard output).", valueName: "file"), completion: .file()) var json: String?
        @Option(help: ArgumentHelp("Write the list as CSV to this file (- for standard output).", valueName: "file"), completion: .file()) var csv: String?
        @OptionGroup var options: Options

        func run() throws {
            let language = self.options.spoken
            let set = try SignatureLoading.load(self.options.signatures, language)
            try InventoryLoading.with(self.file, .read, language) { file in
                let inventory = try file.contents()
                let since = try self.seenSince.map { prefix throws(InventoryProblem) in
                    try InventoryProblem.only(
                        inventory.campaigns(named: prefix), prefix,
                        unknown: (
                            "aucune campagne de cet identifiant\u{00A0}; «\u{00A0}laennec inventory show\u{00A0}» en donne la liste.",
                            "there is no campaign of that id; `laennec inventory show` lists them."
                        ),
                        ambiguous: ("désigne plusieurs campagnes", "names several campaigns"), id: \.id)
                }
                let filter = AssetFilter(
                    deviceClass: self.deviceClass, maker: self.maker, zone: self.zone,
                    seenSince: since.flatMap { campaign in inventory.chronicle.campaigns.firstIndex { $0.id == campaign.id } }, text: self.text)
                let assets = inventory.assets.filter { filter.holds(for: $0, set.vocabulary) }
                if let json { try ResultFile.write(to: json, language) { try InventoryJSON.write(assets, of: inventory, to: $0) } }
                if let csv {
                    let text = CSVFile.text(InventoryTables.devices(assets, inventory, language, set), language, inventory.chronicle.timeZone)
                    try ResultFile.write(to: csv, language) { try $0(Array(text.utf8)) }
                }
                if self.json == nil, self.csv == nil { Terminal.write(InventoryText.list(assets, inventory, language, set, width: Terminal.width)) }
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a device with its past, or the campaigns and the log of the file.")
        @Argument(help: "The inventory.", completion: .file()) var file: String
        @Argument(help: "A device: its address, name, serial number, label or the beginning of its id.") var asset: String?
        @Option(help: ArgumentHelp("Write it as JSON to this file (- for standard output): the device, or the whole inventory.", valueName: "file"), completion: .file())
        var json: String?
        @OptionGroup var options: Options

        func run() throws {
            let language = self.options.spoken
            let set = try SignatureLoading.load(self.options.signatures, language)
            try InventoryLoading.with(self.file, .read, language) { file in
                guard let name = self.asset else {
                    if let json {
                        let inventory = try file.contents()
                        return try ResultFile.write(to: json, language) { try InventoryJSON.write(inventory, to: $0) }
                    }
                    return Terminal.write(InventoryText.overview(try file.overview(), language, set, width: Terminal.width))
                }
                let kept = try InventoryCommand.asset(name, in: try file.contents())
                guard let page = try file.page(of: kept.id) else { return }
                if let json { return try ResultFile.write(to: json, language) { try InventoryJSON.write(page, to: $0) } }
                Terminal.write(InventoryText.page(page, language, set, width: Terminal.width))
            }
        }
    }

    struct LabelDevice: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "label", abstract: "Write labels on a device.",
            discussion: "The usual keys are name, location, care-unit, asset-number, owner and note, or their French names; any other will do. An empty value takes a label away.")
        @Argument(help: "The inventory.", completion: .file()) var file: String
        @Argument(help: "A device: its address, name, serial number, label or the beginning of its id.") var asset: String
        @Argument(help: ArgumentHelp("Labels; key= takes one away.", valueName: "key=value")) var labels: [String]
        @OptionGroup var author: Author
        @OptionGroup var options: Options

        func run() throws {
            let language = self.options.spoken
            try InventoryLoading.with(self.file, .write, language) { file in
                let labels = try self.labels.map { text throws(InventoryProblem) in
                    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                    guard parts.count == 2, let key = Campaigns.Label.key(parts[0]) else {
                        throw InventoryProblem("\(text)\u{00A0}: une étiquette s’écrit clé=valeur.", "\(text): a label is written key=value.")
                    }
                    return (key, Campaigns.Label.value(parts[1]))
                }
                let kept = try InventoryCommand.asset(self.asset, in: try file.contents())
                let now = InventoryLoading.now
                let chronicle = try file.decide { chronicle throws(InventoryProblem) in
                    let known = chronicle.asset(kept.id)?.labels ?? [:]
                    return labels.filter { known[$0.0] ?? "" != $0.1 }.map {
                        Decision(date: now, author: self.author.name, subject: kept.id, act: .label(key: $0.0, value: $0.1))
                    }
                }
                Terminal.write(InventoryText.labels(of: chronicle.asset(kept.id), kept.id, language))
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Export devices, findings, labels and decisions.",
            discussion: "The CSV files can be edited in a spreadsheet and read back by `laennec inventory import`: labels, acceptances and assignments.")
        @Argument(help: "The inventory.", completion: .file()) var file: String
        @Option(help: ArgumentHelp("Write devices and findings as CSV into this folder.", valueName: "folder"), completion: .directory) var csv: String?
        @Option(help: ArgumentHelp("Write everything as JSON to this file (- for standard output).", valueName: "file"), completion: .file()) var json: String?
        @OptionGroup var options: Options

        func validate() throws {
            guard self.csv == nil, self.json == nil else { return }
            throw ValidationError(
                Rules.Text(french: "Indiquez --csv DOSSIER, --json FICHIER, ou les deux.", english: "Give --csv FOLDER, --json FILE, or both.")[self.options.spoken])
        }

        func run() throws {
            let language = self.options.spoken
            let set = try SignatureLoading.load(self.options.signatures, language)
            try InventoryLoading.with(self.file, .read, language) { file in
                let inventory = try file.contents()
                if let json { try ResultFile.write(to: json, language) { try InventoryJSON.write(inventory, to: $0) } }
                if let csv { try ResultFile.write(InventoryTables.all(inventory, language, set), into: csv, language, inventory.chronicle.timeZone) }
            }
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read an edited CSV export back (labels, acceptances, assignments), or record a result as a campaign.",
            discussion: """
                Lines and columns that are missing change nothing; an emptied cell takes its value away. A line on which somebody decided since the \
                export is a conflict: the inventory stays as it is. Whatever cannot be applied is listed, the rest is applied, and the exit code is 65. \
                A result (a file that ends in .json, from scan --json) is recorded as the campaign that it is.
                """)
        @Argument(help: "The inventory.", completion: .file()) var file: String
        @Argument(help: "An edited CSV file of `laennec inventory export`, or a result of `laennec scan --json`.", completion: .file()) var table: String
        @Option(help: ArgumentHelp("Of a result with several establishments: the one with this name or FINESS.", valueName: "name")) var establishment: String?
        @OptionGroup var author: Author
        @OptionGroup var options: Options

        func run() throws {
            let language = self.options.spoken
            if self.table.lowercased().hasSuffix(".json") { return try self.record(language) }
            let edited = try self.load(language)
            let now = InventoryLoading.now
            let outcome = try InventoryLoading.with(self.file, .write, language) { file in
                var outcome = EditedExport.Outcome()
                try file.decide { chronicle throws(InventoryProblem) in
                    outcome = edited.outcome(in: chronicle, date: now, author: self.author.name)
                    return outcome.decisions
                }
                return outcome
            }
            Terminal.write(InventoryText.imported(outcome, language))
            guard outcome.unknown.isEmpty, outcome.conflicts.isEmpty, outcome.mistakes.isEmpty else { throw Terminal.Exit.badData }
        }

        private func record(_ language: Language) throws {
            let laennec = Laennec(signatures: try SignatureLoading.load(self.options.signatures, language))
            try InventoryLoading.check(self.file, language)
            let result = try ResultLoading.load(self.table, establishment: self.establishment, language)
            var report = ResultLoading.report(result, laennec, hasSite: false, language)
            try InventoryRecording(&report, to: self.file).report(language, isSilent: false)
        }

        private func load(_ language: Language) throws -> EditedExport {
            func failure(_ french: String, _ english: String) -> ExitCode {
                FileLoading.failure(self.table, Rules.Text(french: french, english: english), language)
            }
            let bytes = try FileLoading.load(self.table, atMost: EditedExport.sizeLimit, language)
            do throws(EditedExport.Problem) { return try EditedExport(bytes) } catch {
                switch error {
                case .notAnExport:
                    throw failure(
                        "ce n’est pas un export CSV de «\u{00A0}laennec inventory export\u{00A0}»\u{00A0}: il y manque les colonnes «\u{00A0}identifiant\u{00A0}» et «\u{00A0}révision\u{00A0}».",
                        "this is not a CSV export of `laennec inventory export`: it lacks the columns \"id\" and \"revision\".")
                case .nothingEditable:
                    throw failure(
                        "aucune colonne d’étiquette ni de décision\u{00A0}: il n’y a rien à reprendre.", "there is no column of labels or decisions: there is nothing to read back.")
                case .tooLarge:
                    throw failure("le fichier dépasse 256 Mio ou un million de lignes.", "the file exceeds 256 MiB or a million lines.")
                }
            }
        }
    }

    struct Retention: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say for how many days the detail of flows is kept.",
            discussion: "Counted back from the last frame of the newest campaign. What is older is purged when a campaign is recorded, and the log of the file says so.")
        @Argument(help: "The inventory.", completion: .file()) var file: String
        @Option(help: ArgumentHelp("Keep the detail of flows for so many days, 1 to 365.", valueName: "count")) var days: Int?
        @OptionGroup var options: Options

        func validate() throws {
            guard let days, !InventoryFile.retentions.contains(days) else { return }
            throw ValidationError(Rules.Text(french: "--days va de 1 à 365.", english: "--days goes from 1 to 365.")[self.options.spoken])
        }

        func run() throws {
            let language = self.options.spoken
            try InventoryLoading.with(self.file, self.days == nil ? .read : .write, language) { file in
                if let days { try file.setRetention(days: days) }
                Terminal.write(InventoryText.retention(try file.retention(), isNew: self.days != nil, language))
            }
        }
    }
}
