import Observations
import Wire

/// The table of the asset-maintenance software (GMAO) against the devices that a campaign saw.
///
/// A line and a device are joined where an identifier says so and nothing speaks against it. What only resembles is proposed; what
/// contradicts itself is shown; what people decided is done.
public struct Reconciliation: Sendable {
    public typealias Field = ColumnMapping.Field

    /// A line of the table, by what it says.
    public struct Item: Hashable, Sendable {
        /// The line of the file.
        public let number: Int
        /// The inventory number where it names one line only, else `ligne 12`: what decisions call the line.
        public let key: String
        /// What is not empty.
        public let values: [Field: String]
        /// Whether its status says that it is no longer in use.
        public let isRetired: Bool

        public subscript(field: Field) -> String { self.values[field] ?? "" }
    }

    /// What shows that a line and a device are one, the strongest first.
    public enum Reason: String, CaseIterable, Hashable, Comparable, Sendable {
        case decision, serial, udi, mac, host, title, ip
        /// The numbers differ in one sign, or in signs that are taken for one another (O and 0, I and 1).
        case nearSerial = "near_serial"
        /// The names differ in one sign, or in zeros before a number.
        case nearName = "near_name"
        /// The only line and the only device left of one maker and model.
        case onlyOfModel = "only_of_model"

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
        public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        /// In percent, where it stands alone.
        var confidence: Int {
            switch self {
            case .decision: 100
            case .serial, .udi, .mac: 97
            case .host: 85
            case .title: 80
            case .ip: 65
            case .nearSerial: 55
            case .nearName: 45
            case .onlyOfModel: 40
            }
        }
    }

    /// Where a line and its device do not say the same.
    public struct Difference: Hashable, Sendable {
        public let field: Field
        /// Empty where the table says nothing: it can be completed.
        public let listed: String
        public let seen: String
        public var isMissing: Bool { self.listed.isEmpty }
    }

    public struct Pair: Sendable {
        public let item: Item
        public let device: Campaign.Device
        /// Sorted.
        public let reasons: [Reason]
        /// In percent.
        public let confidence: Int
        /// Sorted by field.
        public let differences: [Difference]
    }

    /// Identifiers that lead to several devices, or several lines to one.
    public struct Conflict: Sendable {
        public enum Kind: String, Hashable, Sendable {
            /// One line, several devices: the serial number says one, the address another.
            case devices
            /// One device, several lines.
            case lines
        }
        public let kind: Kind
        public let pairs: [Pair]
    }

    /// Lines of one identifier that should be unique.
    public struct Duplicate: Hashable, Sendable {
        public let field: Field
        public let value: String
        /// Sorted.
        public let lines: [Int]
    }

    /// Sorted by line.
    public let matched: [Pair]
    /// Sorted by line, the surest first; at most ``proposalLimit`` a line.
    public let proposals: [Pair]
    public let conflicts: [Conflict]
    public let duplicates: [Duplicate]
    /// Devices that no line is matched to, proposed for or in conflict over, medical ones first.
    public let unlisted: [Campaign.Device]
    /// Lines that no device is matched to, proposed for or in conflict over, in their order.
    public let unseen: [Item]
    /// Lines and devices that somebody decided to leave out, by key and id.
    public let ignoredItems: [Item]
    public let ignoredDevices: [Campaign.Device]
    /// Pairs that somebody decided are none.
    public let refused: [Pair]
    /// Decisions that could not be followed: what they name is not here, or they say nothing that is known.
    public let lostDecisions: [Decisions.Row]
    /// What people wrote, by key of the line and id of the device: it stands in the next output again.
    private let decided: [String: String]

    public static let proposalLimit = 3

    /// What was written in the row of a line and a device.
    public func decision(_ item: Item?, _ device: Campaign.Device?) -> String { self.decided[Self.rowKey(item?.key ?? "", device?.id ?? "")] ?? "" }

    private static func rowKey(_ item: String, _ device: String) -> String { "\(item)\u{0}\(device)" }

    /// - Parameter careUnits: care units of the site's zones: where a line says "Scanner 1" and the device stands in "Imagerie".
    public init(
        _ file: GMAOFile, _ mapping: ColumnMapping, _ campaign: Campaign, decisions: Decisions = .none, careUnits: [String: [String]] = [:]
    ) {
        let items = Self.items(file, mapping)
        var join = Join(items, campaign.devices, careUnits)
        join.follow(decisions)
        join.matchIdentifiers()
        join.propose()
        self.matched = join.matched.sorted { $0.item.number < $1.item.number }
        self.proposals = join.proposals
        self.conflicts = join.conflicts
        self.duplicates = Self.duplicates(items)
        self.ignoredItems = join.ignoredItems.sorted().map { items[$0] }
        self.ignoredDevices = join.ignoredDevices.sorted().map { campaign.devices[$0] }
        let open = join.proposals + join.conflicts.flatMap(\.pairs)
        let (openDevices, openLines) = (Set(open.map(\.device.id)), Set(open.map(\.item.number)))
        self.unlisted = campaign.devices.indices.filter { !join.joinedDevices.contains($0) && !join.ignoredDevices.contains($0) }.map { campaign.devices[$0] }
            .filter { !openDevices.contains($0.id) }.sorted { $0.isMedical == $1.isMedical ? $0.id < $1.id : $0.isMedical }
        self.unseen = items.indices.filter { !join.joinedItems.contains($0) && !join.ignoredItems.contains($0) }.map { items[$0] }
            .filter { !openLines.contains($0.number) }
        self.refused = join.refused.sorted { ($0.item, $0.device) < ($1.item, $1.device) }.map { join.pair($0, []) }
        self.lostDecisions = join.lost.sorted { $0.number < $1.number }
        self.decided = Dictionary(decisions.rows.map { (Self.rowKey($0.item, $0.device), $0.text) }, uniquingKeysWith: { _, last in last })
    }

    // MARK: Lines

    /// What people write for what is no longer in use.
    private static let retiredWords = ["reforme", "rebut", "sorti", "hors service", "hors parc", "retire", "cede", "detruit", "retired", "disposed", "scrapped", "decommissioned"]

    private static func items(_ file: GMAOFile, _ mapping: ColumnMapping) -> [Item] {
        let numbers = file.lines.map { mapping.value(.inventory, of: $0) }
        let counts = numbers.reduce(into: [String: Int]()) { $0[FoldedText.compact($1), default: 0] &+= 1 }
        return zip(file.lines, numbers).map { line, number in
            var values: [Field: String] = [:]
            for field in Field.allCases {
                let value = mapping.value(field, of: line)
                if !value.isEmpty { values[field] = PrintableText.make(value) }
            }
            let status = FoldedText.words(values[.status] ?? "")
            let isUnique = !number.isEmpty && counts[FoldedText.compact(number)] == 1
            return Item(
                number: line.number, key: isUnique ? PrintableText.make(number) : "ligne \(line.number)", values: values,
                isRetired: Self.retiredWords.contains { status.contains($0) })
        }
    }

    private static func duplicates(_ items: [Item]) -> [Duplicate] {
        var duplicates: [Duplicate] = []
        for field in [Field.inventory, .serial, .udi, .mac, .ip, .host, .title] {
            var holders: [String: [Int]] = [:]
            var values: [String: String] = [:]
            for item in items {
                let key = field == .serial ? FoldedText.serial(item[field]) + " " + FoldedText.maker(item[.maker]).joined() : FoldedText.compact(item[field])
                guard !item[field].isEmpty, field != .serial || !FoldedText.serial(item[field]).isEmpty, !key.isEmpty else { continue }
                // What is no longer in use may have left its address and name to its successor.
                if item.isRetired, field != .inventory, field != .serial { continue }
                holders[key, default: []].append(item.number)
                if values[key] == nil { values[key] = item[field] }
            }
            for (key, lines) in holders where lines.count > 1 {
                duplicates.append(Duplicate(field: field, value: values[key] ?? key, lines: lines))
            }
        }
        return duplicates.sorted { $0.field == $1.field ? ($0.lines.first ?? 0, $0.value) < ($1.lines.first ?? 0, $1.value) : $0.field < $1.field }
    }
}

/// The way from two lists to what joins them.
private struct Join {
    typealias Pair = Reconciliation.Pair
    typealias Reason = Reconciliation.Reason
    let items: [Reconciliation.Item]
    let devices: [Campaign.Device]
    let careUnits: [String: [String]]
    var matched: [Pair] = []
    var proposals: [Pair] = []
    var conflicts: [Reconciliation.Conflict] = []
    var joinedItems: Set<Int> = []
    var joinedDevices: Set<Int> = []
    var ignoredItems: Set<Int> = []
    var ignoredDevices: Set<Int> = []
    var lost: [Decisions.Row] = []
    var refused: Set<Link> = []

    struct Link: Hashable {
        let item: Int
        let device: Int
    }

    enum Key: Hashable {
        case serial(String)
        case udi(String)
        case mac(MACAddress)
        case ip(IPAddress)
        case host(String)
        case title(String)

        var reason: Reason {
            switch self {
            case .serial: .serial
            case .udi: .udi
            case .mac: .mac
            case .ip: .ip
            case .host: .host
            case .title: .title
            }
        }
    }

    init(_ items: [Reconciliation.Item], _ devices: [Campaign.Device], _ careUnits: [String: [String]]) {
        self.items = items
        self.devices = devices
        self.careUnits = careUnits
    }

    // MARK: Identifiers

    private static func keys(_ device: Campaign.Device) -> Set<Key> {
        var keys: Set<Key> = []
        let serial = FoldedText.serial(device.serial ?? "")
        if serial.utf8.count >= 3 { keys.insert(.serial(serial)) }
        if let udi = device.udi.map(FoldedText.compact), udi.utf8.count >= 8 { keys.insert(.udi(udi)) }
        for mac in device.macs where mac.isUnicast { keys.insert(.mac(mac)) }
        for address in device.addresses where !address.isLinkLocal { keys.insert(.ip(address)) }
        for name in device.names { for key in FoldedText.keys(ofName: name) { keys.insert(.host(key)) } }
        for title in device.titles { for key in FoldedText.keys(ofName: title) { keys.insert(.title(key)) } }
        return keys
    }

    private static func keys(_ item: Reconciliation.Item) -> Set<Key> {
        var keys: Set<Key> = []
        let serial = FoldedText.serial(item[.serial])
        if serial.utf8.count >= 3 { keys.insert(.serial(serial)) }
        let udi = FoldedText.compact(item[.udi])
        if udi.utf8.count >= 8 { keys.insert(.udi(udi)) }
        for mac in Self.macs(item[.mac]) { keys.insert(.mac(mac)) }
        for address in Self.addresses(item[.ip]) { keys.insert(.ip(address)) }
        for key in FoldedText.keys(ofName: item[.host]) { keys.insert(.host(key)) }
        for key in FoldedText.keys(ofName: item[.title]) { keys.insert(.title(key)) }
        return keys
    }

    /// Addresses in a cell: some hold several.
    static func addresses(_ cell: String) -> [IPAddress] {
        cell.split { $0.isWhitespace || ",;/|()".contains($0) }.prefix(16).compactMap { IPAddress($0) }
    }

    /// Hardware addresses in a cell: with `:` or `-`, in groups of four, or twelve digits.
    static func macs(_ cell: String) -> [MACAddress] {
        cell.split { $0.isWhitespace || ",;/|()".contains($0) }.prefix(16).compactMap { word in
            if let mac = MACAddress(word) { return mac.isUnicast ? mac : nil }
            let digits = word.utf8.filter { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "-") }
            guard digits.count == 12, let number = UInt64(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
            let mac = MACAddress(rawValue: number)
            return mac.isUnicast ? mac : nil
        }
    }

    /// What a line may have in common with how many devices before it names none of them.
    private static let holderLimit = 8

    mutating func matchIdentifiers() {
        var holders: [Key: [Int]] = [:]
        for index in self.devices.indices where !self.joinedDevices.contains(index) && !self.ignoredDevices.contains(index) {
            for key in Self.keys(self.devices[index]) { holders[key, default: []].append(index) }
        }
        var candidates: [Int: [Int: Set<Reason>]] = [:]
        for index in self.items.indices where !self.joinedItems.contains(index) && !self.ignoredItems.contains(index) {
            for key in Self.keys(self.items[index]) {
                guard let devices = holders[key], devices.count <= Self.holderLimit else { continue }
                for device in devices where !self.refused.contains(Link(item: index, device: device)) {
                    // Two makers may count in the same way.
                    if key.reason == .serial, self.differsInMaker(index, device) { continue }
                    candidates[index, default: [:]][device, default: []].insert(key.reason)
                }
            }
        }
        // What only an address or a name says, and maker or serial number contradict, is no match; beside another device it is a conflict.
        var pairs: [Int: [Link: Set<Reason>]] = [:]
        var doubtful: [(link: Link, reasons: Set<Reason>)] = []
        for (item, devices) in candidates {
            for (device, reasons) in devices {
                let link = Link(item: item, device: device)
                let isStrong = !reasons.isDisjoint(with: [.serial, .udi, .mac])
                if !isStrong, devices.count == 1, self.isContradicted(item, device) { doubtful.append((link, reasons)) } else { pairs[item, default: [:]][link] = reasons }
            }
        }
        let claims = pairs.values.filter { $0.count == 1 }.joined().reduce(into: [Int: Int]()) { $0[$1.key.device, default: 0] &+= 1 }
        var contested: [Int: [(link: Link, reasons: Set<Reason>)]] = [:]
        for item in pairs.keys.sorted() {
            let links = (pairs[item] ?? [:]).sorted { ($0.key.item, $0.key.device) < ($1.key.item, $1.key.device) }
            guard links.count == 1, let only = links.first else {
                self.conflicts.append(.init(kind: .devices, pairs: links.map { self.pair($0.key, $0.value) }))
                continue
            }
            if claims[only.key.device] == 1 {
                self.join(only.key, only.value)
            } else {
                contested[only.key.device, default: []].append((only.key, only.value))
            }
        }
        for device in contested.keys.sorted() {
            let links = (contested[device] ?? []).sorted { $0.link.item < $1.link.item }
            self.conflicts.append(.init(kind: .lines, pairs: links.map { self.pair($0.link, $0.reasons) }))
        }
        self.conflicts.sort { ($0.pairs.first?.item.number ?? 0) < ($1.pairs.first?.item.number ?? 0) }
        for (link, reasons) in doubtful { self.suggestions[link, default: []].formUnion(reasons) }
    }

    private func differsInMaker(_ item: Int, _ device: Int) -> Bool {
        let (listed, seen) = (self.items[item][.maker], self.devices[device].maker ?? "")
        return !listed.isEmpty && !seen.isEmpty && !FoldedText.areSameMaker(listed, seen)
    }

    private func isContradicted(_ item: Int, _ device: Int) -> Bool {
        if self.differsInMaker(item, device) { return true }
        let (listed, seen) = (FoldedText.serial(self.items[item][.serial]), FoldedText.serial(self.devices[device].serial ?? ""))
        if !listed.isEmpty, !seen.isEmpty, listed != seen { return true }
        let macs = Self.macs(self.items[item][.mac])
        return !macs.isEmpty && !self.devices[device].macs.isEmpty && Set(macs).isDisjoint(with: self.devices[device].macs)
    }

    private mutating func join(_ link: Link, _ reasons: Set<Reason>) {
        self.joinedItems.insert(link.item)
        self.joinedDevices.insert(link.device)
        self.matched.append(self.pair(link, reasons))
    }

    func pair(_ link: Link, _ reasons: Set<Reason>, isProposal: Bool = false) -> Pair {
        let sorted = reasons.sorted()
        var doubt = 100 &- (sorted.first?.confidence ?? 0)
        // Every further reason halves the doubt; only a person leaves none.
        for _ in sorted.dropFirst() { doubt = max(1, doubt / 2) }
        let (item, device) = (self.items[link.item], self.devices[link.device])
        let confidence = isProposal ? min(60, 100 &- doubt) : 100 &- doubt
        return Pair(item: item, device: device, reasons: sorted, confidence: sorted.first == .decision ? 100 : confidence, differences: self.differences(item, device))
    }

    // MARK: Decisions

    mutating func follow(_ decisions: Decisions) {
        let items = Dictionary(self.items.indices.map { (self.items[$0].key, $0) }, uniquingKeysWith: { first, _ in first })
        let devices = Dictionary(self.devices.indices.map { (self.devices[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
        var addresses: [String: [Int]] = [:]
        for index in self.devices.indices { for address in self.devices[index].addresses { addresses[address.description, default: []].append(index) } }
        func device(_ name: String) -> Int? {
            if let index = devices[name] { return index }
            let found = IPAddress(name).flatMap { addresses[$0.description] } ?? []
            return found.count == 1 ? found.first : nil
        }
        for row in decisions.rows {
            let (item, own) = (items[row.item], devices[row.device])
            switch row.choice {
            case .accept:
                guard let item, let own, self.decide(item, own) else {
                    self.lost.append(row)
                    continue
                }
            case .sameAs(let name):
                guard let item = row.item.isEmpty ? items[name] : item, let other = row.item.isEmpty ? own : device(name), self.decide(item, other) else {
                    self.lost.append(row)
                    continue
                }
            case nil: self.lost.append(row)
            case .ignore:
                if let item, let own {
                    self.refused.insert(Link(item: item, device: own))
                } else if let item, row.device.isEmpty {
                    self.ignoredItems.insert(item)
                } else if let own, row.item.isEmpty {
                    self.ignoredDevices.insert(own)
                } else {
                    self.lost.append(row)
                }
            }
        }
        // A decision to join is worth more than one to leave out.
        self.ignoredItems.subtract(self.joinedItems)
        self.ignoredDevices.subtract(self.joinedDevices)
    }

    private mutating func decide(_ item: Int, _ device: Int) -> Bool {
        guard !self.joinedItems.contains(item), !self.joinedDevices.contains(device) else {
            // Accepted in two rows is accepted.
            return self.matched.contains { $0.item == self.items[item] && $0.device.id == self.devices[device].id }
        }
        let shared = Self.keys(self.items[item]).intersection(Self.keys(self.devices[device]))
        self.join(Link(item: item, device: device), Set(shared.map(\.reason)).union([.decision]))
        return true
    }

    // MARK: Proposals

    private var suggestions: [Link: Set<Reason>] = [:]

    /// What resembles among what is still alone: near serial numbers and names, and the only ones of a model.
    mutating func propose() {
        let shown = Set(self.conflicts.flatMap(\.pairs).map(\.item.number))
        let items = self.items.indices.filter { !self.joinedItems.contains($0) && !self.ignoredItems.contains($0) && !shown.contains(self.items[$0].number) }
        let devices = self.devices.indices.filter { !self.joinedDevices.contains($0) && !self.ignoredDevices.contains($0) }
        let (allItems, allDevices) = (self.items, self.devices)
        self.suggest(.nearSerial, items, devices) { NearText.serialKeys(allItems[$0][.serial]) } of: { NearText.serialKeys(allDevices[$0].serial ?? "") }
        self.suggest(.nearName, items, devices) {
            NearText.nameKeys([allItems[$0][.host], allItems[$0][.title]])
        } of: {
            NearText.nameKeys(allDevices[$0].names + allDevices[$0].titles)
        }
        func model(_ maker: String, _ model: String) -> [String] {
            let (maker, model) = (FoldedText.maker(maker), FoldedText.compact(model))
            return maker.isEmpty || model.isEmpty ? [] : [(maker.first ?? "") + " " + model]
        }
        self.suggest(.onlyOfModel, items.filter { !allItems[$0].isRetired }, devices, limit: 1) {
            model(allItems[$0][.maker], allItems[$0][.model])
        } of: {
            model(allDevices[$0].maker ?? "", allDevices[$0].model ?? "")
        }
        var byItem: [Int: [Pair]] = [:]
        for (link, reasons) in self.suggestions where !self.refused.contains(link) && !self.joinedItems.contains(link.item) && !self.joinedDevices.contains(link.device) {
            byItem[link.item, default: []].append(self.pair(link, reasons, isProposal: true))
        }
        self.proposals = byItem.keys.sorted().flatMap { item in
            (byItem[item] ?? []).sorted { $0.confidence == $1.confidence ? $0.device.id < $1.device.id : $0.confidence > $1.confidence }
                .prefix(Reconciliation.proposalLimit)
        }
    }

    /// Pairs that have a key in common. A key that many have proposes nothing.
    private mutating func suggest(
        _ reason: Reason, _ items: [Int], _ devices: [Int], limit: Int = Reconciliation.proposalLimit, _ keysOfItem: (Int) -> [String], of keysOfDevice: (Int) -> [String]
    ) {
        var holders: [String: (items: [Int], devices: [Int])] = [:]
        for device in devices { for key in Set(keysOfDevice(device)) { holders[key, default: ([], [])].devices.append(device) } }
        for item in items { for key in Set(keysOfItem(item)) where holders[key] != nil { holders[key]?.items.append(item) } }
        var found: Set<Link> = []
        for (items, devices) in holders.values where items.count <= limit && devices.count <= limit {
            for item in items { for device in devices { found.insert(Link(item: item, device: device)) } }
        }
        for link in found where !(reason == .nearSerial && self.differsInMaker(link.item, link.device)) { self.suggestions[link, default: []].insert(reason) }
    }

    // MARK: Differences

    private func differences(_ item: Reconciliation.Item, _ device: Campaign.Device) -> [Reconciliation.Difference] {
        var differences: [Reconciliation.Difference] = []
        func compare(_ field: Reconciliation.Field, _ seen: String?, isSame: (String, String) -> Bool) {
            guard let seen, !seen.isEmpty else { return }
            let listed = item[field]
            if listed.isEmpty || !isSame(listed, seen) { differences.append(.init(field: field, listed: listed, seen: seen)) }
        }
        compare(.maker, device.maker, isSame: FoldedText.areSameMaker)
        compare(.model, device.model) { listed, seen in
            let (left, right) = (FoldedText.compact(listed), FoldedText.compact(seen))
            return left.contains(right) || right.contains(left)
        }
        compare(.serial, device.serial) { FoldedText.serial($0) == FoldedText.serial($1) }
        compare(.udi, device.udi) { FoldedText.compact($0) == FoldedText.compact($1) }
        compare(.mac, device.macs.prefix(4).map(\.description).joined(separator: " ")) { listed, _ in
            let listed = Self.macs(listed)
            return listed.isEmpty ? false : !Set(listed).isDisjoint(with: device.macs)
        }
        compare(.ip, device.addresses.prefix(4).map(\.description).joined(separator: " ")) { listed, _ in
            !Set(Self.addresses(listed)).isDisjoint(with: device.addresses)
        }
        let place = [Reconciliation.Field.location, .unit, .care].map { item[$0] }.filter { !$0.isEmpty }.joined(separator: ", ")
        // A subnet says nothing that could be held against a place.
        if !place.isEmpty, !device.zone.isEmpty, !device.zone.utf8.contains(UInt8(ascii: "/")), !self.isPlace(place, in: device.zone) {
            differences.append(.init(field: .location, listed: place, seen: device.zone))
        }
        if item.isRetired { differences.append(.init(field: .status, listed: item[.status], seen: "")) }
        return differences.sorted { $0.field < $1.field }
    }

    /// Whether the words of a place name the zone, or one of its care units.
    private func isPlace(_ place: String, in zone: String) -> Bool {
        func words(_ text: String) -> Set<Substring> { Set(FoldedText.words(text).split(separator: " ").filter { $0.utf8.count >= 3 }) }
        let place = words(place)
        return ([zone] + (self.careUnits[zone] ?? [])).contains { name in
            words(name).contains { word in place.contains { $0 == word || ($0.utf8.count >= 4 && word.utf8.count >= 4 && ($0.hasPrefix(word) || word.hasPrefix($0))) } }
        }
    }
}

/// Keys under which what nearly is the same meets: looked up, never compared one by one.
private enum NearText {
    /// A serial number with signs that are taken for one another as one, and with each of its signs left out: two that differ in one
    /// sign, or in two neighbours in the wrong order, have a key in common.
    static func serialKeys(_ text: String) -> [String] {
        let serial = FoldedText.serial(text)
        guard (5...40).contains(serial.utf8.count) else { return [] }
        return self.withoutOne(String(serial.map { Self.confused[$0] ?? $0 }))
    }

    private static let confused: [Character: Character] = ["o": "0", "q": "0", "i": "1", "l": "1", "s": "5", "b": "8", "z": "2", "g": "6"]

    /// Names without zeros before numbers, and with each of their letters left out; the numbers stay, as those tell devices apart.
    static func nameKeys(_ names: [String]) -> [String] {
        var keys: [String] = []
        for name in names.prefix(32) {
            for form in FoldedText.keys(ofName: name) where (4...64).contains(form.utf8.count) {
                var letters = ""
                var numbers: [String] = []
                var digits = ""
                func close() {
                    guard !digits.isEmpty else { return }
                    numbers.append(String(digits.drop { $0 == "0" }))
                    digits = ""
                }
                for scalar in form.unicodeScalars {
                    if scalar.properties.numericType != nil {
                        digits.unicodeScalars.append(scalar)
                    } else {
                        close()
                        if scalar != " " { letters.unicodeScalars.append(scalar) }
                    }
                }
                close()
                let number = numbers.joined(separator: ".")
                guard letters.utf8.count >= 3 else { continue }
                keys.append("\(letters)#\(number)")
                if letters.utf8.count >= 5 { keys += self.withoutOne(letters).map { "\($0)#\(number)" } }
            }
        }
        return keys
    }

    private static func withoutOne(_ text: String) -> [String] {
        let signs = Array(text)
        return [text] + signs.indices.map { String(signs[..<$0] + signs[($0 &+ 1)...]) }
    }
}
