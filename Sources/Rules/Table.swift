import Synchronization
import Wire

/// A table of tab-separated text, searched where it lies: a registry of 46,000 rows costs nothing until it is asked.
///
/// Lines that begin with `#` are comments and stand at the head. Two of them speak to the program: `# columns: …` names the
/// columns, and `# key: …` says how a value of the wire becomes a key. Rows follow, sorted by the bytes of their first column.
struct Table: Sendable {
    /// How a value becomes a key of the first column.
    enum Key: String, CaseIterable, Sendable {
        /// The value as it is.
        case exact
        /// A dotted object identifier: the whole, else the longest beginning that ends in a dot.
        case oid
        /// A hardware address or an EUI-64: its first 36, 28 or 24 bits as capital hexadecimal digits, longest first.
        case oui
        /// A domain name, letter case and a dot at its end aside: the whole, else the longest suffix of whole labels. `x` means
        /// the name itself and all names below it, `*.x` only those below it.
        case domain
    }

    enum Storage: Sendable {
        case fixed(StaticString)
        case bytes([UInt8])
    }

    let columns: [String]
    let key: Key
    let storage: Storage
    private let body: Int
    private let known = Known()

    /// What was made of names: thousands of conversations ask for the same few.
    private final class Known: Sendable {
        static let limit = 4096
        let rows = Mutex<[String: [String: String]?]>([:])
    }

    init(_ storage: Storage, file: String) throws(SignatureProblem) {
        self.storage = storage
        var columns: [String] = []
        var key = Key.exact
        var unknownKey: String?
        var offset = 0
        Self.withBytes(of: storage) { bytes in
            while bytes.u8(at: offset) == UInt8(ascii: "#") {
                let end = bytes.firstIndex(of: UInt8(ascii: "\n"), from: offset) ?? bytes.byteCount
                let words = bytes.slice(from: offset &+ 1, count: end &- offset &- 1).string.split(separator: " ").map(String.init)
                if words.first == "columns:" { columns = Array(words.dropFirst()) }
                if words.first == "key:", let word = words.dropFirst().first {
                    if let known = Key(rawValue: word) { key = known } else { unknownKey = word }
                }
                offset = end &+ 1
            }
        }
        guard !columns.isEmpty else { throw SignatureProblem(file: file, line: 1, message: "no line \"# columns: …\" names the columns") }
        if let unknownKey { throw SignatureProblem(file: file, line: 1, message: "unknown kind of key \"\(unknownKey)\"") }
        self.columns = columns
        self.key = key
        self.body = offset
    }

    private static func withBytes<Result>(of storage: Storage, _ body: (RawSpan) -> Result) -> Result {
        switch storage {
        case .fixed(let text): text.withBytes(body)
        case .bytes(let bytes): body(bytes.rawSpan)
        }
    }

    /// Every row, with its line counted from 1.
    func forEachRow(_ body: (_ line: Int, _ cells: [String]) -> Void) {
        Self.withBytes(of: self.storage) { bytes in
            var line = 1
            var offset = 0
            while offset < bytes.byteCount {
                let end = bytes.firstIndex(of: UInt8(ascii: "\n"), from: offset) ?? bytes.byteCount
                if offset >= self.body, end > offset { body(line, Self.cells(bytes.slice(from: offset, count: end &- offset))) }
                offset = end &+ 1
                line &+= 1
            }
        }
    }

    private static func cells(_ row: RawSpan) -> [String] {
        var cells: [String] = []
        var start = 0
        while true {
            let end = row.firstIndex(of: UInt8(ascii: "\t"), from: start) ?? row.byteCount
            cells.append(row.slice(from: start, count: end &- start).string)
            guard end < row.byteCount else { return cells }
            start = end &+ 1
        }
    }

    /// The row with exactly this first cell, by binary search over the bytes.
    func row(_ key: String) -> [String]? {
        let wanted = Array(key.utf8)
        return Self.withBytes(of: self.storage) { bytes in
            var low = self.body
            var high = bytes.byteCount
            while low < high {
                // The line around the middle.
                var start = low &+ (high &- low) / 2
                while start > low, bytes.u8(at: start &- 1) != UInt8(ascii: "\n") { start &-= 1 }
                let order = Self.compare(wanted, bytes, from: start)
                if order < 0 {
                    high = start
                    continue
                }
                let end = bytes.firstIndex(of: UInt8(ascii: "\n"), from: start) ?? bytes.byteCount
                if order == 0 { return Self.cells(bytes.slice(from: start, count: end &- start)) }
                low = end &+ 1
            }
            return nil
        }
    }

    /// Below 0 where the wanted key sorts before the first cell of the line.
    private static func compare(_ wanted: [UInt8], _ bytes: RawSpan, from start: Int) -> Int {
        func cell(_ place: Int) -> UInt8? {
            bytes.u8(at: place).flatMap { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\n") ? nil : $0 }
        }
        var at = start
        for byte in wanted {
            guard let have = cell(at) else { return 1 }
            if byte != have { return byte < have ? -1 : 1 }
            at &+= 1
        }
        return cell(at) == nil ? 0 : -1
    }

    /// The cells of the row that fits a value of the wire best, by column name; empty cells are left out.
    func look(up value: String) -> [String: String]? {
        guard self.key == .domain else { return self.search(value) }
        if let known = self.known.rows.withLock({ $0[value] }) { return known }
        let row = self.search(value)
        self.known.rows.withLock { rows in
            if rows.count >= Known.limit { rows.removeAll() }
            rows[value] = .some(row)
        }
        return row
    }

    private func search(_ value: String) -> [String: String]? {
        for key in self.keys(of: value) {
            guard let cells = self.row(key) else { continue }
            var named: [String: String] = [:]
            for (column, cell) in zip(self.columns, cells) where !cell.isEmpty { named[column] = cell }
            return named
        }
        return nil
    }

    /// The keys under which a value may stand, the most telling first.
    func keys(of value: String) -> [String] {
        switch self.key {
        case .exact: return [value]
        case .oid:
            let arcs = value.split(separator: ".", maxSplits: 64, omittingEmptySubsequences: false)
            guard arcs.count > 2, arcs.count < 64 else { return [value] }
            return [value] + (1..<arcs.count).reversed().map { arcs[..<$0].joined(separator: ".") + "." }
        case .oui:
            guard let digits = Self.hardwareDigits(value) else { return [] }
            return [9, 7, 6].map { String(digits.prefix($0)) }
        case .domain: return Self.domains(of: value)
        }
    }

    /// What is wrong with the first cell of a row, which no value could find; `nil` where nothing is.
    func problem(ofKey key: String) -> String? {
        guard self.key == .domain else { return nil }
        let name = key.hasPrefix("*.") ? String(key.dropFirst(2)) : key
        guard let labels = Self.labels(of: name), name == name.lowercased(), !name.hasSuffix(".") else {
            return "\"\(key)\" is no domain name of two or more labels in small letters, with or without \"*.\" before it"
        }
        return labels.last?.utf8.contains(where: { $0 < 0x61 }) == true ? "\"\(key)\" ends like an address, not like a domain name" : nil
    }

    /// RFC 1035 section 2.3.4: a name has at most 255 octets, a label 63.
    private static let domainLimit = 255

    private static func domains(of value: String) -> [String] {
        let name = value.lowercased()
        // What a certificate is for: `*.example.org` is found as the names below `example.org` are.
        guard let labels = Self.labels(of: name.hasPrefix("*.") ? String(name.dropFirst(2)) : name) else { return [] }
        var keys: [String] = []
        // A row for a whole top-level domain is refused, so none is asked for.
        for count in 0..<labels.count &- 1 {
            let suffix = labels.dropFirst(count).joined(separator: ".")
            if count > 0 || name.hasPrefix("*.") { keys.append("*." + suffix) }
            keys.append(suffix)
        }
        return keys
    }

    /// The labels of a domain name of letters, digits, hyphens and underscores, two or more; `nil` for anything else.
    private static func labels(of name: String) -> [Substring]? {
        guard name.utf8.count <= Self.domainLimit else { return nil }
        var labels = name.split(separator: ".", omittingEmptySubsequences: false)
        if labels.last?.isEmpty == true { labels.removeLast() }
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy { $0 == 0x2D || $0 == 0x5F || $0 &- 0x30 < 10 || $0 | 0x20 &- 0x61 < 26 }
        }
        return isName && labels.count >= 2 ? labels : nil
    }

    /// The capital hexadecimal digits of a universally administered hardware address: `00:11:…`, or an EUI-64 of sixteen
    /// digits alone in its component.
    private static func hardwareDigits(_ value: String) -> String? {
        let digits: String
        if let mac = MACAddress(value) {
            guard mac.isUnicast, !mac.isLocallyAdministered, !mac.isVirtualRouter else { return nil }
            let text = String(mac.rawValue, radix: 16)
            digits = String(repeating: "0", count: 12 &- text.utf8.count) + text
        } else {
            let parts = value.split(whereSeparator: { $0 == "^" || $0 == "&" })
            guard
                let part = parts.first(where: {
                    $0.utf8.count == 16 && $0.utf8.allSatisfy { Pattern.CharacterClass.hexadecimal.contains($0) }
                })
            else { return nil }
            // Bit 1 of the first octet: locally administered. Bit 0: a group.
            guard let first = UInt8(part.prefix(2), radix: 16), first & 3 == 0 else { return nil }
            digits = String(part)
        }
        return digits.uppercased()
    }
}
