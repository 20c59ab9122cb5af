import ArgumentParser
import Capture
import LaennecKit
import Rules
import Wire

/// `laennec interfaces`: what could be listened to, and which permission is missing.
struct InterfacesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "interfaces", abstract: "List the interfaces that could be listened on.")

    @Option(help: "Language of the messages: fr or en. Default: that of the locale.")
    var language: Language?

    func run() throws {
        let language = self.language ?? Terminal.localLanguage
        let isFrench = language == .french
        let interfaces: [NetworkInterface]
        do throws(CaptureError) {
            interfaces = try Interfaces.list()
        } catch {
            throw Terminal.failure(error.text, language, ScanCommand.exitCode(of: error))
        }
        for interface in interfaces {
            let state =
                switch (interface.isUp, interface.isRunning) {
                case (false, _): isFrench ? "inactive" : "down"
                case (true, false): isFrench ? "active, sans lien" : "up, no link"
                case (true, true): isFrench ? "active" : "up"
                }
            let addresses = interface.addresses.map(\.description).joined(separator: ", ")
            let link = interface.linkType.map { ", \($0)" } ?? ""
            Terminal.write("\(interface.name): \(state)\(link)\(addresses.isEmpty ? "" : ", " + addresses)\n")
        }
        if let missing = interfaces.compactMap(\.missingCapability).first {
            Terminal.complain(
                isFrench
                    ? "Ce programme n’a pas le droit de capturer\u{00A0}: accordez-le avec «\u{00A0}sudo setcap \(missing)=ep \(CommandLine.arguments[0])\u{00A0}», ou lancez-le en root."
                    : "This program may not capture: grant it with `sudo setcap \(missing)=ep \(CommandLine.arguments[0])`, or run it as root.")
        }
    }
}
