public import Campaigns
import GRDB
import Wire

extension InventoryFile {
    /// Adds to the log what somebody decides in view of what the file says: nobody else writes in between.
    ///
    /// The chronicle is that before the decisions; what is thrown leaves the file as it was.
    /// - Returns: the chronicle with the decisions.
    @discardableResult
    public func decide<Problem: Error>(_ body: (Chronicle) throws(Problem) -> [Decision]) throws -> Chronicle {
        var problem: Problem?
        let chronicle: Chronicle? = try self.write { database in
            let before = try Self.chronicle(database)
            let decisions: [Decision]
            do throws(Problem) { decisions = try body(before) } catch {
                problem = error
                return nil
            }
            guard !decisions.isEmpty else { return before }
            let statement = try database.makeStatement(
                sql: "INSERT INTO decision (date, author, subject, kind, key, value, day, owner) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            for decision in decisions {
                let (kind, key, value, day, owner): (String, String?, String?, Day?, String?) =
                    switch decision.act {
                    case .label(let key, let value): ("label", key, value, nil, nil)
                    case .accept(let until, let reason, let owner): ("accept", nil, reason, until, owner)
                    case .reopen: ("reopen", nil, nil, nil, nil)
                    case .assign(let name, let due): ("assign", nil, name, due, nil)
                    }
                try statement.execute(
                    arguments: [
                        decision.date.nanoseconds, decision.author.map(Fields.printable), decision.subject, kind, key.map(Fields.printable),
                        value.map(Fields.printable), day?.description, owner.map(Fields.printable),
                    ])
            }
            return try Self.chronicle(database)
        }
        if let problem { throw problem }
        guard let chronicle else { throw StoreFailure(path: self.path, reason: .damaged) }
        return chronicle
    }
}
