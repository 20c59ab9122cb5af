import Wire

/// Replaces names by others, the same name by the same everywhere, in whatever is built of observations.
///
/// Values of ``Attribute/Privacy/naming`` attributes are replaced, part by part where a value has parts that are compared by themselves
/// (`APPLICATION^FACILITY`, `host:port`). Addresses stay: they are no names. In other texts, such as banners, the names that were learned are
/// replaced where they occur as words, and so is what looks like the full name of a host.
///
/// Not thread-safe: it remembers what it has replaced.
public final class Renaming {
    private let alias: (String) -> String
    private var aliases: [String: String] = [:]
    private var texts: [String: String] = [:]
    /// What was learned, in small letters: by its first word, the numbers of words.
    private var words: [Substring: Set<Int>] = [:]
    private var known: [[Substring]: String] = [:]
    /// Assets that have another id under their new name.
    public private(set) var assets: [String: String] = [:]

    /// - Parameter alias: gives the other name for a name.
    public init(_ alias: @escaping (String) -> String) { self.alias = alias }

    // MARK: What there is to replace

    /// Learns the names that an observation gives, so that they are found in other texts.
    public func learn(_ observation: Observation) {
        if case .device(let device) = observation.subject, device.isNamed { for part in Self.parts(of: device.identifier) { self.learn(part) } }
        guard observation.attribute.definition.privacy == .naming, case .text(let text) = observation.value else { return }
        for part in Self.parts(of: text, observation.attribute) { self.learn(part) }
        switch observation.attribute {
        case .tlsCertificateSubject:
            // RFC 4514: `CN=ct1.example,O=…`.
            for field in text.split(separator: ",") {
                let parts = field.split(separator: "=", maxSplits: 1)
                if parts.count == 2 { self.learn(String(parts[1])) }
            }
        default: break
        }
    }

    private func learn(_ name: String) {
        guard Self.isName(name) else { return }
        self.remember(name)
        // The host's own label, by which it is called as well.
        let labels = name.split(separator: ".")
        if labels.count > 1, labels[0].contains(where: \.isLetter), !Self.common.contains(labels[0].lowercased()) { self.remember(String(labels[0])) }
    }

    /// Labels and words that name nobody's machine.
    private static let common: Set<String> = [
        "mail", "smtp", "imap", "pop3", "ftps", "http", "https", "html", "ldap", "proxy", "server", "serveur", "client", "host", "localhost", "local", "printer",
        "windows", "linux", "debian", "workgroup", "test", "default", "unknown", "admin", "root", "user", "gateway", "router", "switch", "service", "system",
        "apache", "nginx", "dicom", "pacs", "telnet", "login", "username", "password", "version", "ready", "welcome", "example", "true", "false", "none", "null",
    ]

    private func remember(_ name: String) {
        // Shorter ones stand in too many texts by chance.
        guard name.utf8.count >= 4, !Self.common.contains(name.lowercased()) else { return }
        let lower = name.lowercased()
        let words = Self.words(in: lower).map { lower[$0] }
        guard let first = words.first, words.count <= 8, self.known[words] == nil else { return }
        self.known[words] = name
        self.words[first, default: []].insert(words.count)
    }

    /// Learns an asset that has its id from a name.
    public func learn(asset: String, becomes other: String) { if asset != other { self.assets[asset] = other } }

    // MARK: Replacing

    /// The other name for a whole name.
    public func name(_ text: String) -> String {
        guard Self.isName(text) else { return text }
        if let known = self.aliases[text] { return known }
        let other = self.alias(text)
        self.aliases[text] = other
        return other
    }

    public func asset(_ id: String) -> String { self.assets[id] ?? id }

    public func value(_ value: Value, of attribute: Attribute) -> Value {
        guard case .text(let text) = value else { return value }
        return .text(self.text(text, of: attribute))
    }

    public func text(_ text: String, of attribute: Attribute) -> String {
        guard attribute.definition.privacy == .naming else { return attribute.isClosed ? text : self.words(of: text) }
        switch attribute {
        case .hl7Interface, .hl7InterfaceAnswer:
            // Four names, then what kind of messages and which answer.
            return text.split(separator: "|", omittingEmptySubsequences: false).enumerated().map { $0.offset < 4 ? self.parts(String($0.element)) : String($0.element) }
                .joined(separator: "|")
        case .hl7SendingApplication, .hl7SendingFacility, .hl7ReceivingApplication, .hl7ReceivingFacility, .hl7Equipment: return self.parts(text)
        case .httpHost, .tlsServerName: return self.host(text)
        default: return self.name(text)
        }
    }

    public func subject(_ subject: Subject) -> Subject {
        guard case .device(let device) = subject else { return subject }
        return .device(self.device(device))
    }

    public func device(_ device: DeviceKey) -> DeviceKey {
        device.isNamed ? DeviceKey(behind: device.gateway, naming: device.naming, identifier: self.parts(device.identifier)) : device
    }

    public func observation(_ observation: Observation) -> Observation {
        Observation(
            self.subject(observation.subject), observation.attribute, self.value(observation.value, of: observation.attribute), evidence: observation.evidence,
            lastSeen: observation.lastSeen)
    }

    /// A name is something with a letter in it that is no address (IP, MAC, EUI-64); a number alone says nothing of anybody.
    private static func isName(_ text: String) -> Bool {
        guard text.contains(where: \.isLetter), IPAddress(text) == nil, MACAddress(text) == nil else { return false }
        return text.utf8.count != 16 || !text.allSatisfy(\.isHexDigit)
    }

    /// HL7 v2.5.1, 2.A.33 (HD) and 2.A.28 (EI): components, of which the last may say of which kind the one before is.
    private static let identifierTypes: Set<String> = ["DNS", "EUI-64", "GUID", "HCD", "HL7", "ISO", "L", "M", "N", "Random", "UUID", "x400", "x500"]

    private static func parts(of text: String, _ attribute: Attribute? = nil) -> [String] {
        let separators: Set<Character> = attribute == .hl7Interface || attribute == .hl7InterfaceAnswer ? ["|", "^"] : ["^"]
        switch attribute {
        case .httpHost, .tlsServerName: return [Self.split(host: text).name]
        default: return text.split { separators.contains($0) }.map(String.init).filter { !Self.identifierTypes.contains($0) }
        }
    }

    private func parts(_ text: String) -> String {
        text.split(separator: "^", omittingEmptySubsequences: false).map { part in
            Self.identifierTypes.contains(String(part)) ? String(part) : self.name(String(part))
        }.joined(separator: "^")
    }

    private func host(_ text: String) -> String {
        let (name, port) = Self.split(host: text)
        return self.name(name) + port
    }

    /// `host:port` (RFC 3986, section 3.2).
    private static func split(host text: String) -> (name: String, port: String) {
        guard let colon = text.lastIndex(of: ":"), text[..<colon].last != ":" else { return (text, "") }
        let port = text[colon...]
        guard port.dropFirst().allSatisfy(\.isNumber), port.count > 1, !text[..<colon].contains(":") || text[..<colon].hasSuffix("]") else { return (text, "") }
        let host = text[..<colon]
        // An IPv6 address in brackets is no name.
        return host.hasPrefix("[") ? ("", text) : (String(host), String(port))
    }

    // MARK: Names in other texts

    private func words(of text: String) -> String {
        if let known = self.texts[text] { return known }
        let other = self.replaced(text)
        if self.texts.count < 100_000 { self.texts[text] = other }
        return other
    }

    private func replaced(_ text: String) -> String {
        // Positions are found in the lower-case text, and used in the text itself: only where that has as many octets.
        let lower = text.lowercased()
        guard lower.utf8.count == text.utf8.count else { return self.known.isEmpty ? text : self.name(text) }
        let ranges = Self.words(in: lower)
        let words = ranges.map { lower[$0] }
        var result = ""
        var copied = text.startIndex
        var place = 0
        func replace(_ count: Int, by alias: String) {
            let (from, to) = (ranges[place].lowerBound, ranges[place &+ count &- 1].upperBound)
            guard let start = from.samePosition(in: lower.utf8), let end = to.samePosition(in: lower.utf8) else { return }
            let begin = text.utf8.index(text.startIndex, offsetBy: lower.utf8.distance(from: lower.startIndex, to: start))
            let finish = text.utf8.index(text.startIndex, offsetBy: lower.utf8.distance(from: lower.startIndex, to: end))
            result += text[copied..<begin] + alias
            copied = finish
        }
        while place < words.count {
            var count = 1
            if let lengths = self.words[words[place]],
                let longest = lengths.sorted(by: >).first(where: { place &+ $0 <= words.count && self.known[Array(words[place..<place &+ $0])] != nil }),
                let name = self.known[Array(words[place..<place &+ longest])]
            {
                replace(longest, by: self.name(name))
                count = longest
            } else if self.isFullName(words[place]) {
                replace(1, by: self.name(String(words[place])))
            }
            place &+= count
        }
        return result + text[copied...]
    }

    /// Runs of letters, digits, hyphens, underscores and dots inside.
    private static func words(in text: String) -> [Range<String.Index>] {
        var ranges: [Range<String.Index>] = []
        var start: String.Index?
        var end = text.startIndex
        for index in text.indices {
            let character = text[index]
            if character.isLetter || character.isNumber || character == "-" || character == "_" {
                if start == nil { start = index }
                end = text.index(after: index)
            } else if character == ".", start != nil {
                // Only inside: the end of a sentence is no part of a name.
                continue
            } else if let begin = start {
                ranges.append(begin..<end)
                start = nil
            }
        }
        if let begin = start { ranges.append(begin..<end) }
        return ranges
    }

    /// The ends of names that establishments give inside; what ends so is a host's, wherever it stands.
    private static let privateEnds: Set<Substring> = ["local", "lan", "internal", "intranet", "intra", "corp", "home", "localdomain", "arpa", "example", "test", "invalid"]

    private func isFullName(_ word: Substring) -> Bool {
        guard word.contains(".") else { return false }
        let labels = word.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count > 1, let last = labels.last, labels.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 63 && !$0.contains("_") }) else { return false }
        return Self.privateEnds.contains(last) || labels.first.map { self.known[[$0]] != nil } ?? false
    }
}

extension DeviceKey {
    /// Whether the identifier is a name that people gave, rather than a number that a maker did.
    fileprivate var isNamed: Bool {
        switch self.naming {
        case .application, .analyser, .equipment, .station: true
        case .eui64, .serial: false
        }
    }
}

extension Attribute {
    /// Whether its values are words of the protocol or of this program, among which a name can be found by chance only.
    fileprivate var isClosed: Bool {
        switch self {
        case .serviceProtocol, .serviceUpgraded, .loginClear, .loginAnonymous, .loginAccepted, .linkAddress, .dicomModality, .dicomCommand, .dicomAssociation,
            .hl7MessageType, .hl7Version, .dnsWatchedName:
            true
        default: false
        }
    }
}
