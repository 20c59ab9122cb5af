import ArgumentParser
import Campaigns
import Foundation
import Observations
import Reports
import Rules
import Store
import Wire

/// Opens the inventory of an establishment, and says what is wrong with it.
enum InventoryLoading {
    /// Runs a command's body on the file.
    static func with<Result>(_ path: String, _ access: InventoryFile.Access, _ language: Language, _ body: (InventoryFile) throws -> Result) throws -> Result {
        do {
            return try body(try InventoryFile(path, access))
        } catch let failure as StoreFailure {
            throw self.failure(failure, language)
        } catch let problem as InventoryProblem {
            throw Terminal.failure(problem.text, language, Terminal.Exit.usage)
        }
    }

    /// Whether a campaign can be recorded there.
    static func check(_ path: String, _ language: Language) throws {
        do throws(StoreFailure) { try InventoryFile.check(path) } catch { throw self.failure(error, language) }
    }

    static func failure(_ failure: StoreFailure, _ language: Language) -> ExitCode {
        let code =
            switch failure.reason {
            case .missing, .isDirectory, .noFolder, .emptyCampaign: Terminal.Exit.noInput
            case .foreign, .newer, .damaged, .orphanedChanges, .otherEstablishment: Terminal.Exit.badData
            case .locked: Terminal.Exit.busy
            case .noPermission: Terminal.Exit.noPermission
            case .cannotWrite: Terminal.Exit.cannotWrite
            }
        return Terminal.failure(failure.text, language, code)
    }

    /// The machine's clock: what people decide is dated by it, and nothing else.
    static var now: Timestamp { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }
}

/// Something that a person named does not fit the inventory.
struct InventoryProblem: Error {
    let text: Rules.Text

    init(_ french: String, _ english: String) { self.text = Rules.Text(french: french, english: english) }

    /// The one thing that a text names.
    static func only<Thing>(
        _ things: [Thing], _ name: String, unknown: (String, String), ambiguous: (String, String), id: (Thing) -> String
    ) throws(InventoryProblem) -> Thing {
        guard let thing = things.first else { throw InventoryProblem("\(name) : \(unknown.0)", "\(name): \(unknown.1)") }
        guard things.count == 1 else {
            let list = things.prefix(8).map(id).joined(separator: ", ")
            throw InventoryProblem("\(name) : \(ambiguous.0) (\(list)).", "\(name): \(ambiguous.1) (\(list)).")
        }
        return thing
    }
}

/// A scan that becomes a campaign of the inventory.
struct InventoryRecording {
    private let path: String
    private let id: String
    private let result: Result<(InventoryFile.Recording, Chronicle), StoreFailure>

    /// Records the campaign and marks in the report what was accepted in the inventory.
    init(_ report: inout Report, to path: String) {
        self.path = path
        // Before anything is marked: what the inventory accepts is not the site's word.
        let campaign = report.campaign
        self.id = campaign.id
        do throws(StoreFailure) {
            let file = try InventoryFile(path, .create)
            let recording = try file.record(campaign, timeZone: report.site.isDeclared ? report.site.timeZone : nil)
            let chronicle = try file.chronicle()
            report.findings = chronicle.marked(report.findings, at: campaign.moment)
            self.result = .success((recording, chronicle))
        } catch {
            self.result = .failure(error)
        }
    }

    /// Says what became of it.
    func report(_ language: Language, isSilent: Bool) throws {
        switch self.result {
        case .failure(let failure): throw InventoryLoading.failure(failure, language)
        case .success(let (recording, chronicle)):
            if !isSilent { Terminal.write(InventoryText.recorded(self.id, in: self.path, isNew: recording.isNew, purgedFlows: recording.purgedFlows, chronicle, language)) }
        }
    }
}
