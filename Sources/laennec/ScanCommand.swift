import ArgumentParser
import Capture
import Foundation
import LaennecKit
import Reports
import Rules

/// `laennec scan`: captures or an interface in, a summary and a result out.
struct ScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "Analyse captures, or listen on an interface.",
        discussion: """
            Reads pcap and pcapng, also compressed with gzip or zstd, from files, directories and standard input (-); several inputs are \
            read as one capture in the order of their first frames.

              laennec scan capture.pcapng
              laennec scan --json result.json *.pcap.gz
              laennec scan --inventory site.laennec capture.pcapng
              tcpdump -i eth1 -w - | laennec scan -
              laennec scan --interface eth1 --duration 10m
            """
    )

    @Argument(help: ArgumentHelp("Capture files, directories of capture files, or - for standard input.", valueName: "capture"), completion: .file())
    var captures: [String] = []

    @Option(help: ArgumentHelp("Only frames that match this expression of pcap-filter(7).", valueName: "expression"))
    var filter: String?

    @Option(name: .customLong("interface"), help: ArgumentHelp("Listen on this interface instead of reading captures.", valueName: "name"))
    var interface: String?

    @Option(help: ArgumentHelp("With --interface: stop after this time (90, 90s, 10m, 2h). Ctrl-C stops as well.", valueName: "time"))
    var duration: Duration?

    @Option(help: ArgumentHelp("Threads that analyse, 1 to 16. The result does not depend on it.", valueName: "count"))
    var threads: Int = 1

    @Option(help: ArgumentHelp("Memory for what grows with the traffic (512M, 2G).", valueName: "size"))
    var memory: Size = Size(bytes: MemoryBudget.standard.bytes)

    @Option(help: ArgumentHelp("Record the scan as a campaign in this inventory, which is made if need be.", valueName: "file"), completion: .file())
    var inventory: String?

    @OptionGroup var outputs: Outputs

    func validate() throws {
        if self.interface == nil, self.captures.isEmpty {
            throw self.outputs.refusal(
                "Indiquez au moins une capture, un dossier, «\u{00A0}-\u{00A0}» ou --interface.", "Name at least one capture, a directory, - or --interface.")
        }
        if self.interface != nil, !self.captures.isEmpty {
            throw self.outputs.refusal(
                "Indiquez soit des captures, soit --interface, pas les deux.", "Give either captures or --interface, not both.")
        }
        if self.interface == nil, self.duration != nil {
            throw self.outputs.refusal("--duration ne s’emploie qu’avec --interface.", "--duration goes with --interface.")
        }
        if !(1...16).contains(self.threads) {
            throw self.outputs.refusal("--threads va de 1 à 16.", "--threads goes from 1 to 16.")
        }
        if self.memory.bytes < MemoryBudget.minimum {
            throw self.outputs.refusal("--memory doit être d’au moins 16M.", "--memory must be at least 16M.")
        }
    }

    func run() throws {
        let outputs = try self.outputs.loaded(ScanOptions(threads: self.threads, memory: MemoryBudget(bytes: self.memory.bytes)))
        let earlier = try outputs.earlier()
        if let inventory { try InventoryLoading.check(inventory, self.outputs.spoken) }
        var report: Report
        do throws(CaptureError) {
            report = try self.scan(with: outputs.laennec, self.outputs.spoken)
        } catch {
            throw Terminal.failure(error.text, self.outputs.spoken, Self.exitCode(of: error))
        }
        let previous = earlier ?? self.inventory.flatMap { outputs.previous(in: $0, of: report) }
        // Before the results, which show what was accepted in the inventory. They are written even if the campaign cannot be recorded.
        let recording = self.inventory.map { InventoryRecording(&report, to: $0) }
        var failure: (any Error)?
        do { try outputs.write(report, comparedWith: previous) } catch { failure = error }
        try recording?.report(self.outputs.spoken, isSilent: self.outputs.isSilent)
        if let failure { throw failure }
    }

    private func scan(with laennec: Laennec, _ language: Language) throws(CaptureError) -> Report {
        let stop = StopFlag()
        Interruption.raise(stop)
        if let interface {
            let source = try LiveSource(interface: interface, filter: self.filter, stop: stop)
            if let duration { Interruption.raise(stop, after: duration.seconds) }
            let display = self.outputs.quiet ? nil : ProgressDisplay(listeningOn: source, language)
            defer { display?.stop() }
            return try laennec.listen(source)
        }
        let progress = CaptureProgress()
        let display = self.outputs.quiet ? nil : ProgressDisplay(of: progress, language)
        defer { display?.stop() }
        return try laennec.scan(
            files: self.captures, filter: try self.filter.map { expression throws(CaptureError) in try FrameFilter(expression) },
            hashesInputs: self.outputs.namesInputs || self.inventory != nil, stop: stop, progress: progress)
    }

    static func exitCode(of error: CaptureError) -> ExitCode {
        switch error {
        case .notFound, .isDirectory, .unreadable, .noCaptureInDirectory, .noInput: Terminal.Exit.noInput
        case .permissionDenied, .missingCapability: Terminal.Exit.noPermission
        case .empty, .notACapture, .unsupportedVersion, .corruptHeader: Terminal.Exit.badData
        case .badFilter: Terminal.Exit.usage
        case .noSuchInterface, .interfaceDown, .captureFailed: Terminal.Exit.unavailable
        }
    }
}
