import ArgumentParser
import Capture
import Inventory
import LaennecKit
import Reports
import Rules

/// `laennec explain`: why a device is taken for what it is.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell why a device is taken for what it is, each sentence with its frame.",
        discussion: """
            The device is named by what scan shows of it: its address, hardware address, name, DICOM title, serial number, or its id in \
            the JSON result.

              laennec explain 10.20.1.11 capture.pcapng
              laennec explain CT-URGENCES --language en *.pcap.gz
            """
    )

    @Argument(help: ArgumentHelp("Address, hardware address, name, serial number or id of the device.", valueName: "device"))
    var device: String

    @Argument(help: ArgumentHelp("Capture files, directories of capture files, or - for standard input.", valueName: "capture"), completion: .file())
    var captures: [String]

    @Option(help: ArgumentHelp("Only frames that match this expression of pcap-filter(7).", valueName: "expression"))
    var filter: String?

    @Option(help: ArgumentHelp("Also use the signatures in this folder; repeatable.", valueName: "folder"), completion: .directory)
    var signatures: [String] = []

    @Option(help: "Language: fr or en. Default: that of the locale.")
    var language: Language?

    func run() throws {
        let language = self.language ?? Terminal.localLanguage
        let laennec = Laennec(signatures: try SignatureLoading.load(self.signatures, language))
        let report: Report
        do throws(CaptureError) {
            report = try laennec.scan(
                files: self.captures, filter: try self.filter.map { expression throws(CaptureError) in try FrameFilter(expression) })
        } catch {
            throw Terminal.failure(error.text, language, ScanCommand.exitCode(of: error))
        }
        for failure in report.inputs.compactMap(\.failure) { Terminal.complain("laennec: " + failure[language]) }
        let named = report.devices(named: self.device)
        guard let device = named.first else { throw Terminal.failure(Self.unknown(self.device, report), language, Terminal.Exit.usage) }
        guard named.count == 1 else { throw Terminal.failure(Self.ambiguous(self.device, named), language, Terminal.Exit.usage) }
        Terminal.write(Explanation.text(of: device, in: report, language: language))
        if report.inputs.contains(where: { $0.failure != nil }) { throw Terminal.Exit.noInput }
    }

    private static func unknown(_ name: String, _ report: Report) -> Rules.Text {
        let known = report.devices.filter { $0.isOwn && $0.hasAddress }.prefix(8).map(\.addressText).joined(separator: ", ")
        if known.isEmpty {
            return Rules.Text(
                french: "\(name)\u{00A0}: aucun équipement dans ces captures.", english: "\(name): there is no device in these captures.")
        }
        return Rules.Text(
            french: "\(name)\u{00A0}: aucun équipement de ce nom ni de cette adresse\u{00A0}; on voit par exemple \(known).",
            english: "\(name): no device of that name or address; seen, for example: \(known).")
    }

    private static func ambiguous(_ name: String, _ devices: [Report.Device]) -> Rules.Text {
        let list = devices.prefix(8).map { "\($0.id) (\($0.asset.gateway == nil ? $0.addressText : $0.names.first ?? $0.id))" }.joined(separator: ", ")
        return Rules.Text(
            french: "\(name) désigne \(devices.count) équipements\u{00A0}; donnez l’un de ces identifiants\u{00A0}: \(list).",
            english: "\(name) names \(devices.count) devices; give one of these ids: \(list).")
    }
}
