import ArgumentParser

/// The command line: `laennec` and its commands, a file each.
@main
struct LaennecCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "laennec",
        abstract: "Says which medical devices and services are on a network, what is exposed and what to cut first. It only listens.",
        discussion: """
            Exit codes: 0 done; 1 findings at or above --fail-on, or files that a manifest says to be others; 2 a redacted copy or an \
            extract does not show all that the original shows; 64 wrong use; 65 an input is not a capture or is damaged at its \
            beginning; 66 an input is missing or cannot be read; 69 an interface is missing or down; 73 an output cannot be written; \
            75 another program is writing to the inventory; 77 permission missing; 78 bad signatures or site file.
            """,
        version: Terminal.version,
        subcommands: [
            ScanCommand.self, ReportCommand.self, MergeCommand.self, DiffCommand.self, InventoryCommand.self, FindingsCommand.self,
            ReconcileCommand.self, ExtractCommand.self, RedactCommand.self, VerifyCommand.self, KeyCommand.self, ExplainCommand.self,
            RulesCommand.self, SiteCommand.self, SignaturesCommand.self, InterfacesCommand.self,
        ]
    )
}
