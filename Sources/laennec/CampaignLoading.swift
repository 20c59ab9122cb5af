import ArgumentParser
import Campaigns
import Capture
import Foundation
import LaennecKit
import Reports
import Rules

/// Loads a campaign from whatever holds one: a capture, a result, an inventory.
enum CampaignLoading {
    /// - Parameter path: a capture or a directory of captures, or a result that `laennec scan --json` wrote.
    static func load(_ path: String, _ laennec: Laennec, hasSite: Bool, _ language: Language) throws -> Campaign {
        try self.report(path, laennec, hasSite: hasSite, language).campaign
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
