import Observations
public import Rules
public import Wire

/// Everything that is known of an establishment over time: a pure function of its campaigns, whatever the order in which they were
/// recorded, and of the decisions of people, in the order of their log.
///
/// **States of a finding.** It is *new* in the first campaign that shows it, *open* in the next ones. It is *fixed* when a campaign that
/// could have shown it did not, and *regressed* when it is then back. It is *accepted* from a decision, or the site file of the campaign that
/// showed it last, until the end of the day that was named, compared with the last frame of the newest campaign; what is fixed is not accepted.
///
/// **Could have shown it**: a passive capture sees only what was used at the time, and only where it stood. A campaign could have shown a
/// finding if the asset was seen again, and its service, where the finding is about one of its own; ``Comparison`` asks the same. Else nothing
/// can be said: the finding keeps its state and is marked as not seen again. Silence is no proof of repair, and a device that is away may come back.
public struct Chronicle: Sendable {
    /// A device over time.
    public struct Asset: Sendable, Identifiable {
        /// A campaign and the id that the device had in it.
        public struct Sighting: Hashable, Sendable {
            /// A position in ``Chronicle/campaigns``.
            public var campaign: Int
            public var device: String
        }

        /// The newest one first; at least one.
        public var ids: [String]
        /// In order of time; at least one.
        public var sightings: [Sighting]
        /// By key, see ``Label``.
        public var labels: [String: String] = [:]
        /// ``Decision/number`` of the last decision on it; 0 where there is none.
        public var revision: Int64 = 0

        /// The id in the newest campaign that saw it.
        public var id: String { self.ids.first ?? "" }
    }

    /// What became of a finding.
    public enum State: String, CaseIterable, Sendable {
        case new, open, regressed, accepted, fixed

        public var title: Text {
            switch self {
            case .new: Text(french: "nouveau", english: "new")
            case .open: Text(french: "ouvert", english: "open")
            case .regressed: Text(french: "réapparu", english: "regressed")
            case .accepted: Text(french: "accepté", english: "accepted")
            case .fixed: Text(french: "corrigé", english: "fixed")
            }
        }
        /// Whether somebody has to do something about it.
        public var isPending: Bool { self == .new || self == .open || self == .regressed }
    }

    /// Who deals with a finding.
    public struct Assignment: Hashable, Sendable {
        public var to: String
        public var due: Day?
        public var author: String?
        public var date: Timestamp
    }

    /// A finding over time: one rule on one asset and port.
    public struct Finding: Sendable, Identifiable {
        /// What one campaign says of it.
        public struct Step: Hashable, Sendable {
            /// A position in ``Chronicle/campaigns``.
            public var campaign: Int
            /// New, open, regressed, or fixed; accepted is for people to say.
            public var state: State
            /// Whether the campaign shows it.
            public var isSeen: Bool
        }

        /// The newest one first: the id changes with that of the asset.
        public var ids: [String]
        /// A position in ``Chronicle/assets``; `nil` where no campaign has the device.
        public var asset: Int?
        /// As the newest campaign that shows it has it.
        public var last: Sightings.Finding
        public var firstSeen: Timestamp
        /// From the first campaign that shows it to the newest one.
        public var steps: [Step]
        public var state: State
        /// Not seen in the newest campaign, which could not have shown it.
        public var isUnseen: Bool
        /// The last one, in force or not.
        public var acceptance: Acceptance?
        public var assignment: Assignment?
        /// ``Decision/number`` of the last decision on it; 0 where there is none.
        public var revision: Int64

        public var id: String { self.ids.first ?? "" }
    }

    /// In order of time; those that end together by id.
    public let campaigns: [Sightings]
    /// In the order in which they appeared.
    public private(set) var assets: [Asset]
    /// The gravest first, then by rule and id.
    public private(set) var findings: [Finding]
    /// In the order of the log.
    public let decisions: [Decision]
    public let timeZone: SiteTimeZone
    private let assetsByID: [String: Int]
    private let findingsByID: [String: Int]

    public init(campaigns: [Sightings], decisions: [Decision] = [], timeZone: SiteTimeZone = .standard) {
        let campaigns = campaigns.sorted { $0.moment == $1.moment ? $0.id < $1.id : $0.moment < $1.moment }
        let decisions = decisions.sorted { $0.number < $1.number }
        self.campaigns = campaigns
        self.decisions = decisions
        self.timeZone = timeZone
        let joined = AssetJoining.assets(in: campaigns.map(\.devices))
        (self.assets, self.assetsByID) = Self.assets(campaigns, joined)
        self.findings = Self.findings(campaigns, joined)
        var findingsByID: [String: Int] = [:]
        for (position, finding) in self.findings.enumerated() { for id in finding.ids { findingsByID[id] = position } }
        self.findingsByID = findingsByID
        for decision in decisions { self.apply(decision) }
        self.judge()
    }

    /// The time of the newest campaign's last frame.
    public var moment: Timestamp { self.campaigns.last?.moment ?? .distantPast }

    /// The asset that has, or had, an id.
    public func asset(_ id: String) -> Asset? { self.assetsByID[id].map { self.assets[$0] } }
    /// The finding that has, or had, an id.
    public func finding(_ id: String) -> Finding? { self.findingsByID[id].map { self.findings[$0] } }
    public func findings(of asset: Asset) -> [Finding] {
        guard let position = self.assetsByID[asset.id] else { return [] }
        return self.findings.filter { $0.asset == position }
    }

    /// The decisions on any of these ids.
    public func decisions(on ids: [String]) -> [Decision] {
        let ids = Set(ids)
        return self.decisions.filter { ids.contains($0.subject) }
    }

    // MARK: Assets

    private static func assets(_ campaigns: [Sightings], _ joined: [[String: Int]]) -> ([Asset], [String: Int]) {
        var assets: [Asset] = []
        var byID: [String: Int] = [:]
        for (campaign, sightings) in campaigns.enumerated() {
            // By position, so that a new asset is appended when its number comes up.
            let devices = sightings.devices.compactMap { device in joined[campaign][device.id].map { (device.id, $0) } }
            for (device, position) in devices.sorted(by: { $0.1 < $1.1 }) {
                let sighting = Asset.Sighting(campaign: campaign, device: device)
                if position < assets.count {
                    guard assets[position].sightings.last != sighting else { continue }
                    assets[position].sightings.append(sighting)
                    assets[position].ids.removeAll { $0 == device }
                    assets[position].ids.insert(device, at: 0)
                } else {
                    assets.append(Asset(ids: [device], sightings: [sighting]))
                }
                byID[device] = min(position, assets.count &- 1)
            }
        }
        return (assets, byID)
    }

    // MARK: Findings

    private struct Key: Hashable {
        let rule: String
        let asset: Int?
        /// The id of a device that no campaign has.
        let device: String
        let transport: UInt8
        let port: UInt16
    }

    private static func findings(_ campaigns: [Sightings], _ joined: [[String: Int]]) -> [Finding] {
        let views = campaigns.indices.map { View(campaigns[$0], joined[$0]) }
        var seen: [Key: [Int: Sightings.Finding]] = [:]
        for (position, campaign) in campaigns.enumerated() {
            for finding in campaign.findings {
                let asset = joined[position][finding.device]
                let key = Key(
                    rule: finding.rule, asset: asset, device: asset == nil ? finding.device : "", transport: finding.service?.transport.rawValue ?? 0,
                    port: finding.service?.port ?? 0)
                seen[key, default: [:]][position] = finding
            }
        }
        return seen.compactMap { key, sightings in Self.finding(key, sightings, views) }.sorted { left, right in
            if left.last.severity != right.last.severity { return left.last.severity > right.last.severity }
            return left.last.rule == right.last.rule ? left.id < right.id : left.last.rule < right.last.rule
        }
    }

    private static func finding(_ key: Key, _ seen: [Int: Sightings.Finding], _ views: [View]) -> Finding? {
        guard let first = seen.keys.min(), let newest = seen.keys.max(), let last = seen[newest] else { return nil }
        var steps: [Finding.Step] = []
        var state = State.new
        var isUnseen = false
        var latest = last
        for campaign in first..<views.count {
            if let finding = seen[campaign] {
                if campaign > first { state = state == .fixed ? .regressed : .open }
                isUnseen = false
                latest = finding
                steps.append(Finding.Step(campaign: campaign, state: state, isSeen: true))
            } else {
                let couldShow = key.asset.map { views[campaign].couldShow(latest, of: $0) } ?? false
                if couldShow { state = .fixed } else if state == .new || state == .regressed { state = .open }
                isUnseen = !couldShow && state != .fixed
                steps.append(Finding.Step(campaign: campaign, state: state, isSeen: false))
            }
        }
        var ids: [String] = []
        for campaign in seen.keys.sorted(by: >) { if let id = seen[campaign]?.id, !ids.contains(id) { ids.append(id) } }
        return Finding(
            ids: ids, asset: key.asset, last: last, firstSeen: seen.values.map(\.firstSeen).min() ?? last.firstSeen, steps: steps, state: state,
            isUnseen: isUnseen, acceptance: last.accepted, assignment: nil, revision: 0)
    }

    /// A campaign, ready to be asked what it could have shown.
    private struct View {
        /// By asset.
        let devices: [Int: Sightings.Device]
        let ports: Set<Sightings.Port>

        init(_ campaign: Sightings, _ joined: [String: Int]) {
            var devices: [Int: Sightings.Device] = [:]
            for device in campaign.devices {
                guard let asset = joined[device.id], devices[asset] == nil else { continue }
                devices[asset] = device
            }
            self.devices = devices
            self.ports = campaign.ports
        }

        func couldShow(_ finding: Sightings.Finding, of asset: Int) -> Bool {
            guard let device = self.devices[asset] else { return false }
            guard finding.isOwnService, let service = finding.service else { return true }
            return self.ports.contains(Sightings.Port(device: device.id, transport: service.transport.rawValue, number: service.port))
        }
    }

    // MARK: Decisions

    private mutating func apply(_ decision: Decision) {
        switch decision.act {
        case .label(let key, let value):
            guard let position = self.assetsByID[decision.subject] else { return }
            self.assets[position].labels[key] = value.isEmpty ? nil : value
            self.assets[position].revision = decision.number
        case .accept(let until, let reason, let owner):
            guard let position = self.findingsByID[decision.subject] else { return }
            self.findings[position].acceptance = Acceptance(
                reason: reason, owner: owner, expires: until.end(in: self.timeZone), until: until, author: decision.author, date: decision.date)
            self.findings[position].revision = decision.number
        case .reopen:
            guard let position = self.findingsByID[decision.subject] else { return }
            // What the site file says is not the log's to take back.
            self.findings[position].acceptance = self.findings[position].last.accepted
            self.findings[position].revision = decision.number
        case .assign(let name, let due):
            guard let position = self.findingsByID[decision.subject] else { return }
            self.findings[position].assignment =
                name.isEmpty ? nil : Assignment(to: name, due: due, author: decision.author, date: decision.date)
            self.findings[position].revision = decision.number
        }
    }

    private mutating func judge() {
        let moment = self.moment
        for position in self.findings.indices where self.findings[position].state != .fixed {
            if let acceptance = self.findings[position].acceptance, moment < acceptance.expires { self.findings[position].state = .accepted }
        }
    }
}

extension Chronicle.Finding {
    /// Whole days from the first sight to a moment.
    public func age(at moment: Timestamp) -> Int64 { max(0, moment.since(self.firstSeen) / 86_400_000_000_000) }
}

extension Chronicle {
    /// Findings of a campaign, with those marked as accepted that somebody accepted in the inventory; what the site file accepts stays as it is.
    /// - Parameter moment: of the campaign's last frame.
    public func marked(_ findings: [Rules.Finding], at moment: Timestamp) -> [Rules.Finding] {
        findings.map { finding in
            guard finding.accepted == nil, let acceptance = self.finding(finding.id)?.acceptance, acceptance.until != nil, moment < acceptance.expires else {
                return finding
            }
            var marked = finding
            marked.accepted = Site.AcceptedRisk(
                rule: finding.rule, targets: [], reason: acceptance.reason, owner: acceptance.owner, expires: acceptance.expires)
            return marked
        }
    }

    /// How many devices a campaign shows for the first time, and how many findings came to a state in it.
    public func news(of campaign: String) -> (devices: Int, findings: [State: Int]) {
        guard let position = self.campaigns.firstIndex(where: { $0.id == campaign }) else { return (0, [:]) }
        var findings: [State: Int] = [:]
        for finding in self.findings {
            guard let index = finding.steps.firstIndex(where: { $0.campaign == position }) else { continue }
            let state = finding.steps[index].state
            // What was fixed before is no news.
            if state == .fixed, index > 0, finding.steps[index &- 1].state == .fixed { continue }
            findings[state, default: 0] &+= 1
        }
        return (self.assets.count { $0.sightings.first?.campaign == position }, findings)
    }
}
