import Observations
import Wire

/// Which devices of two lists are the same one.
///
/// Where the capture point changes, so do ids: a device is `ip-10.0.0.5` behind a router and `mac-…` beside it. What identifies a
/// device is asked in the order of how well it does; a match is one to one, and what does not point to exactly one device of the other
/// list is no match but a proposal. Turning the lists around turns the matches around and changes nothing else.
public struct DeviceMatching: Sendable {
    /// What shows that two devices are one, the strongest first.
    public enum Reason: String, CaseIterable, Hashable, Comparable, Sendable {
        /// The same id, made from the same identifiers.
        case id
        /// A hardware address of its own: neither a router's nor one chosen by software.
        case mac
        /// Serial number, with the maker.
        case serial
        /// Unique device identifier with a serial number in it: one without names a model, not a device.
        case udi
        /// A name that no other device of either list has.
        case name
        /// A DICOM application entity title that no other device of either list has.
        case title
        /// An address, where nothing else speaks against it.
        case address

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
        public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        /// How sure it makes, in percent, where it stands alone.
        var confidence: Int {
            switch self {
            case .id: 99
            case .mac, .udi: 98
            case .serial: 97
            case .name: 85
            case .title: 80
            case .address: 65
            }
        }
    }

    /// What speaks against it.
    public enum Conflict: String, CaseIterable, Hashable, Sendable {
        /// Two serial numbers, two UDI, or hardware addresses that have none in common: perhaps one device in the place of another.
        case serial, udi, mac
        /// Another maker and another class.
        case kind
        /// Names or titles, and none in common.
        case name
    }

    /// One device in both lists.
    public struct Match: Hashable, Sendable {
        /// ``Campaign/Device/id`` in the first list and in the second.
        public let before: String
        public let after: String
        /// Everything that shows it, the strongest first.
        public let reasons: [Reason]
        /// Everything that speaks against it.
        public let conflicts: [Conflict]
        /// In percent.
        public let confidence: Int

        public init(before: String, after: String, reasons: [Reason], conflicts: [Conflict], confidence: Int) {
            self.before = before
            self.after = after
            self.reasons = reasons
            self.conflicts = conflicts
            self.confidence = confidence
        }
    }

    /// Sorted by the ids of the first list.
    public let matches: [Match]
    /// Devices that may be one but of which that is not sure, sorted; none of either side is in ``matches``.
    public let proposals: [Match]

    private let indexOfBefore: [String: Int]
    private let indexOfAfter: [String: Int]

    /// The match of a device of the first list.
    public func match(ofBefore id: String) -> Match? { self.indexOfBefore[id].map { self.matches[$0] } }
    /// The match of a device of the second list.
    public func match(ofAfter id: String) -> Match? { self.indexOfAfter[id].map { self.matches[$0] } }

    /// The most pairs that one shared name or number proposes: where it is more, it names nothing.
    static let proposalLimit = 4

    public init(_ before: [Campaign.Device], _ after: [Campaign.Device]) {
        var search = Search(before.map(Profile.init), after.map(Profile.init))
        search.run()
        let matches = search.matches.sorted { ($0.before, $0.after) < ($1.before, $1.after) }
        let matched = (Set(matches.map(\.before)), Set(matches.map(\.after)))
        let proposals = Set(search.proposals).filter { !matched.0.contains($0.before) && !matched.1.contains($0.after) }
        self.init(matches: matches, proposals: proposals.sorted { ($0.before, $0.after) < ($1.before, $1.after) })
    }

    /// - Parameter matches: one to one, sorted as ``matches`` are.
    public init(matches: [Match], proposals: [Match]) {
        self.matches = matches
        self.proposals = proposals
        self.indexOfBefore = Dictionary(matches.indices.map { (matches[$0].before, $0) }, uniquingKeysWith: { first, _ in first })
        self.indexOfAfter = Dictionary(matches.indices.map { (matches[$0].after, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

/// A device by what can be compared of it.
private struct Profile {
    let id: String
    /// Whether the id is only an address.
    let isAddressOnly: Bool
    let numbers: DeviceNumbers
    let names: Set<String>
    let titles: Set<String>
    let addresses: Set<IPAddress>
    let deviceClass: String

    init(_ device: Campaign.Device) {
        self.id = device.id
        self.isAddressOnly = device.id.hasPrefix("ip-")
        self.numbers = DeviceNumbers(macs: device.macs, serial: device.serial, udi: device.udi, maker: device.maker)
        self.names = Set(device.names.flatMap { FoldedText.keys(ofName: $0) })
        self.titles = Set(device.titles.flatMap { FoldedText.keys(ofName: $0) })
        self.addresses = Set(device.addresses.filter { !$0.isLinkLocal && !$0.isLoopback && !$0.isUnspecified })
        self.deviceClass = device.deviceClass ?? ""
    }

    func keys(of reason: DeviceMatching.Reason) -> [Key] {
        switch reason {
        case .id: [.text(self.id)]
        case .mac: self.numbers.macs.map { .number($0.rawValue) }
        case .serial: self.numbers.serialOfMaker.map { [.text($0)] } ?? []
        case .udi: self.numbers.udi.isEmpty ? [] : [.text(self.numbers.udi)]
        case .name: self.names.map { .text($0) }
        case .title: self.titles.map { .text($0) }
        case .address: self.addresses.map { .address($0) }
        }
    }

    enum Key: Hashable {
        case text(String)
        case number(UInt64)
        case address(IPAddress)
    }

    /// What the two have in common.
    func reasons(with other: Profile) -> [DeviceMatching.Reason] {
        let (own, others) = (self.numbers, other.numbers)
        var reasons: [DeviceMatching.Reason] = []
        if self.id == other.id { reasons.append(.id) }
        if !own.macs.isDisjoint(with: others.macs) { reasons.append(.mac) }
        if !own.serial.isEmpty, own.serial == others.serial, self.hasMaker(of: other) { reasons.append(.serial) }
        if !own.udi.isEmpty, own.udi == others.udi { reasons.append(.udi) }
        if !self.names.isDisjoint(with: other.names) { reasons.append(.name) }
        if !self.titles.isDisjoint(with: other.titles) { reasons.append(.title) }
        if !self.addresses.isDisjoint(with: other.addresses) { reasons.append(.address) }
        return reasons
    }

    func conflicts(with other: Profile) -> [DeviceMatching.Conflict] {
        let (own, others) = (self.numbers, other.numbers)
        var conflicts: [DeviceMatching.Conflict] = []
        if !own.serial.isEmpty, !others.serial.isEmpty, own.serial != others.serial { conflicts.append(.serial) }
        if !own.udi.isEmpty, !others.udi.isEmpty, own.udi != others.udi { conflicts.append(.udi) }
        if !own.macs.isEmpty, !others.macs.isEmpty, own.macs.isDisjoint(with: others.macs) { conflicts.append(.mac) }
        let differsInClass = !self.deviceClass.isEmpty && !other.deviceClass.isEmpty && self.deviceClass != other.deviceClass
        if differsInClass, !own.maker.isEmpty, !others.maker.isEmpty, !self.hasMaker(of: other) { conflicts.append(.kind) }
        let names = (self.names.union(self.titles), other.names.union(other.titles))
        if !names.0.isEmpty, !names.1.isEmpty, names.0.isDisjoint(with: names.1) { conflicts.append(.name) }
        return conflicts
    }

    private func hasMaker(of other: Profile) -> Bool {
        FoldedText.areSameMaker(self.numbers.maker, other.numbers.maker)
    }
}

/// Unique device identifiers as GS1 and HIBCC write them (FDA "UDI formats by issuing agency").
enum UDI {
    /// The identifier in one form, where it names one unit: it has a serial number in it.
    static func unit(_ text: String) -> String? {
        let plain = text.unicodeScalars.filter { !$0.properties.isWhitespace }
        guard plain.count >= 8, plain.count <= FoldedText.limit else { return nil }
        let upper = String(String.UnicodeScalarView(plain)).uppercased()
        // GS1: (21) is the serial number. HIBCC: $+ begins a lot or, after /S, a serial number.
        return upper.contains("(21)") || (upper.hasPrefix("+") && upper.contains("/S")) ? upper : nil
    }
}

/// The passes over both lists.
private struct Search {
    let before: [Profile]
    let after: [Profile]
    var matches: [DeviceMatching.Match] = []
    var proposals: [DeviceMatching.Match] = []
    private var isMatchedBefore: [Bool]
    private var isMatchedAfter: [Bool]
    /// For every reason: the devices that have a key, in both lists.
    private var holders: [DeviceMatching.Reason: [Profile.Key: Holders]] = [:]

    struct Holders {
        var before: [Int] = []
        var after: [Int] = []
    }

    init(_ before: [Profile], _ after: [Profile]) {
        self.before = before
        self.after = after
        self.isMatchedBefore = [Bool](repeating: false, count: before.count)
        self.isMatchedAfter = [Bool](repeating: false, count: after.count)
        for reason in DeviceMatching.Reason.allCases {
            var table: [Profile.Key: Holders] = [:]
            for index in before.indices { for key in before[index].keys(of: reason) { table[key, default: Holders()].before.append(index) } }
            for index in after.indices { for key in after[index].keys(of: reason) { table[key, default: Holders()].after.append(index) } }
            self.holders[reason] = table.filter { !$0.value.before.isEmpty && !$0.value.after.isEmpty }
        }
    }

    mutating func run() { for reason in DeviceMatching.Reason.allCases { self.pass(reason) } }

    private struct Pair: Hashable {
        let before: Int
        let after: Int
    }

    private mutating func pass(_ reason: DeviceMatching.Reason) {
        var pairs: Set<Pair> = []
        for holders in (self.holders[reason] ?? [:]).values {
            // A key is unique in its whole list, not only among those that are still unmatched: what two devices had, names neither.
            guard holders.before.count == 1, holders.after.count == 1 else {
                self.propose(holders)
                continue
            }
            let pair = Pair(before: holders.before[0], after: holders.after[0])
            if !self.isMatchedBefore[pair.before], !self.isMatchedAfter[pair.after] { pairs.insert(pair) }
        }
        // A device to which two keys give two partners has none.
        var degrees = (before: [Int: Int](), after: [Int: Int]())
        for pair in pairs {
            degrees.before[pair.before, default: 0] &+= 1
            degrees.after[pair.after, default: 0] &+= 1
        }
        for pair in pairs {
            let isOnlyOne = degrees.before[pair.before] == 1 && degrees.after[pair.after] == 1
            guard let match = self.match(pair), isOnlyOne, self.isSure(pair, match, by: reason) else {
                self.propose(pair)
                continue
            }
            self.isMatchedBefore[pair.before] = true
            self.isMatchedAfter[pair.after] = true
            self.matches.append(match)
        }
    }

    private func match(_ pair: Pair) -> DeviceMatching.Match? {
        let (before, after) = (self.before[pair.before], self.after[pair.after])
        let reasons = before.reasons(with: after)
        guard let first = reasons.first else { return nil }
        let conflicts = before.conflicts(with: after)
        var confidence = first == .id && before.isAddressOnly ? 80 : first.confidence
        // Every further reason halves the doubt, every conflict doubles it.
        var doubt = max(1, 100 &- confidence)
        for _ in reasons.dropFirst() { doubt = max(1, doubt / 2) }
        for _ in conflicts { doubt = min(90, doubt &* 2) }
        confidence = 100 &- doubt
        return DeviceMatching.Match(before: before.id, after: after.id, reasons: reasons, conflicts: conflicts, confidence: confidence)
    }

    /// Whether nothing speaks against a pair that weighs more than what shows it.
    private func isSure(_ pair: Pair, _ match: DeviceMatching.Match, by reason: DeviceMatching.Reason) -> Bool {
        let conflicts = Set(match.conflicts)
        switch reason {
        case .id:
            // An address is handed from one device to the next: where a name now stands elsewhere, the name has the word.
            guard self.before[pair.before].isAddressOnly else { return true }
            guard conflicts.isDisjoint(with: [.serial, .udi, .mac, .kind]) else { return false }
            return !conflicts.contains(.name) || !self.isNamedElsewhere(pair)
        case .mac, .udi: return true
        case .serial: return !conflicts.contains(.udi)
        case .name, .title: return conflicts.isDisjoint(with: [.serial, .udi, .mac, .kind])
        case .address: return conflicts.isEmpty
        }
    }

    /// Whether a name or title of one of the two is that of another device in the other list.
    private func isNamedElsewhere(_ pair: Pair) -> Bool {
        for reason in [DeviceMatching.Reason.name, .title] {
            for key in self.before[pair.before].keys(of: reason) where self.holders[reason]?[key]?.after.contains(where: { $0 != pair.after }) == true { return true }
            for key in self.after[pair.after].keys(of: reason) where self.holders[reason]?[key]?.before.contains(where: { $0 != pair.before }) == true { return true }
        }
        return false
    }

    private mutating func propose(_ holders: Holders) {
        guard holders.before.count <= DeviceMatching.proposalLimit, holders.after.count <= DeviceMatching.proposalLimit,
            holders.before.count &* holders.after.count <= DeviceMatching.proposalLimit
        else { return }
        for before in holders.before { for after in holders.after { self.propose(Pair(before: before, after: after)) } }
    }

    private mutating func propose(_ pair: Pair) {
        guard !self.isMatchedBefore[pair.before], !self.isMatchedAfter[pair.after], let match = self.match(pair) else { return }
        self.proposals.append(
            DeviceMatching.Match(
                before: match.before, after: match.after, reasons: match.reasons, conflicts: match.conflicts, confidence: min(60, match.confidence)))
    }
}
