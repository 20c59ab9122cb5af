import ArgumentParser
import Campaigns
import Capture
import Foundation
import LaennecKit
import Reports
import Rules
import Store

/// Loads a campaign from whatever holds one: a capture, a result, an inventory.
enum CampaignLoading {
    /// - Parameter path: a capture or a directory of captures, a result that `laennec scan --json` wrote, or an inventory: its newest campaign, or
    ///   the one whose id begins with what stands after a colon.
    static func load(_ path: String, _ laennec: Laennec, hasSite: Bool, _ language: Language) throws -> Campaign {
        if let (file, id) = self.inventory(path) { return try self.campaign(of: file, id, language) }
        return try self.report(path, laennec, hasSite: hasSite, language).campaign
    }

    /// The report behind the campaign.
    static func report(_ path: String, _ laennec: Laennec, hasSite: Bool, _ language: Language) throws -> Report {
        if self.isResult(path) {
            let result = try ResultLoading.load(path, establishment: nil, language)
            return ResultLoading.report(result, laennec, hasSite: hasSite, language)
        }
        let report: Report
        do throws(CaptureError) {
            report = try laennec.scan(files: [path], hashesInputs: true)
        } catch {
            throw Terminal.failure(error.text, language, ScanCommand.exitCode(of: error))
        }
        for failure in report.inputs.compactMap(\.failure) { Terminal.complain("laennec: " + failure[language]) }
        return report
    }

    static func isInventory(_ path: String) -> Bool { self.inventory(path) != nil }

    /// The inventory file that a path names, and the campaign in it.
    private static func inventory(_ path: String) -> (file: String, campaign: String)? {
        if self.isDatabase(path) { return (path, "") }
        guard let colon = path.lastIndex(of: ":"), self.isDatabase(String(path[..<colon])) else { return nil }
        return (String(path[..<colon]), String(path[path.index(after: colon)...]))
    }

    private static func isDatabase(_ path: String) -> Bool {
        guard let handle = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? handle.close() }
        return (try? handle.read(upToCount: 16)) == Data("SQLite format 3\0".utf8)
    }

    private static func campaign(of file: String, _ id: String, _ language: Language) throws -> Campaign {
        let name = (file as NSString).lastPathComponent
        return try InventoryLoading.with(file, .read, language) { inventory in
            let campaigns = try inventory.campaigns().filter { $0.id.hasPrefix(id) }
            guard id.isEmpty || campaigns.count == 1, let chosen = campaigns.last, let campaign = try inventory.campaign(chosen.id) else {
                throw InventoryProblem(
                    "\(name)\u{00A0}: aucune campagne, ou plusieurs, dont l’identifiant commence par «\u{00A0}\(id)\u{00A0}»\u{00A0}; «\u{00A0}laennec inventory show \(name)\u{00A0}» les énumère.",
                    "\(name): no campaign, or several, whose id begins with \"\(id)\"; `laennec inventory show \(name)` lists them.")
            }
            return campaign
        }
    }

    /// Whether a file is JSON by how it begins; captures begin with magic numbers that are no text.
    private static func isResult(_ path: String) -> Bool {
        if path.lowercased().hasSuffix(".json") { return true }
        guard path != "-", let handle = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? handle.close() }
        guard let start = try? handle.read(upToCount: 64) else { return false }
        // A byte order mark or white space may stand before it.
        return start.drop { [0xEF, 0xBB, 0xBF, 0x20, 0x09, 0x0A, 0x0D].contains($0) }.first == UInt8(ascii: "{")
    }
}
