import Observations
import Wire

/// Decodes documents into signatures and rules. Strict: what it does not know is a problem with its place, never skipped.
struct SignatureDecoder {
    /// Keys of a rule that only people read.
    static let textKeys: Set<String> = ["title", "what", "why", "fix", "false-positives", "reason"]
    /// Keys that only ``SignatureSet/check()`` reads.
    static let checkKeys: Set<String> = ["examples", "overlaps"]

    let vocabulary: Vocabulary
    let registries: [String: Table]
    /// Whether texts and examples are left out, as they were checked when the program was built.
    let isChecked: Bool
    var file = ""
    var problems: [SignatureProblem] = []

    private mutating func complain(_ line: Int, _ message: String) {
        self.problems.append(SignatureProblem(file: self.file, line: line, message: message))
    }

    // MARK: Elements

    /// The entries of a map; complains of keys that are not among the known ones and of required ones that are missing.
    private mutating func map(_ document: Document, _ what: String, required: [String], optional: [String] = []) -> [String: Document]? {
        guard let map = document.map else {
            self.complain(document.line, "\(what) must be a map of keys and values")
            return nil
        }
        var entries: [String: Document] = [:]
        for entry in map {
            if !required.contains(entry.key), !optional.contains(entry.key) {
                self.complain(entry.value.line, "unknown key \"\(entry.key)\" in \(what); known: \((required + optional).joined(separator: ", "))")
            }
            entries[entry.key] = entry.value
        }
        for key in required where entries[key] == nil {
            if self.isChecked, Self.textKeys.contains(key) || Self.checkKeys.contains(key) { continue }
            self.complain(document.line, "\(what) has no \"\(key)\"")
        }
        return entries
    }

    private mutating func text(_ document: Document?, _ what: String) -> String? {
        guard let document else { return nil }
        guard let text = document.text, !text.isEmpty else {
            self.complain(document.line, "\(what) must be text")
            return nil
        }
        return text
    }

    private mutating func list(_ document: Document?, _ what: String) -> [Document] {
        guard let document else { return [] }
        guard let list = document.list else {
            self.complain(document.line, "\(what) must be a list")
            return []
        }
        return list
    }

    private mutating func texts(_ document: Document?, _ what: String) -> [String] {
        self.list(document, what).compactMap { self.text($0, what) }
    }

    private mutating func choice<Choice: RawRepresentable & CaseIterable>(_ document: Document?, _ what: String, _ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        guard let document, let text = self.text(document, what) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            self.complain(document.line, "unknown \(what) \"\(text)\"; known: \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        return choice
    }

    private mutating func percent(_ document: Document?) -> Int? {
        guard let document, let text = self.text(document, "confidence") else { return nil }
        guard let number = Int(text), 1...100 ~= number else {
            self.complain(document.line, "confidence must be a number from 1 to 100")
            return nil
        }
        return number
    }

    private mutating func attribute(_ document: Document?) -> Attribute? {
        guard let document, let name = self.text(document, "field") else { return nil }
        guard let attribute = Attribute(name: name) else {
            self.complain(document.line, "unknown field \"\(name)\"")
            return nil
        }
        return attribute
    }

    private mutating func id(_ document: Document?) -> String? {
        guard let document, let id = self.text(document, "id") else { return nil }
        guard id.utf8.allSatisfy({ $0 == 0x2D || $0 &- 0x30 < 10 || $0 &- 0x61 < 26 }) else {
            self.complain(document.line, "id \"\(id)\" may hold small letters, digits and hyphens only")
            return nil
        }
        return id
    }

    private mutating func source(_ document: Document?) -> String? {
        self.text(document, "source")
    }

    // MARK: Matches

    private static let matchKeys = ["exact", "prefix", "suffix", "contains", "pattern", "registry"]

    /// The match that one of the keys of a map names.
    private mutating func match(_ entries: [String: Document], ignoresCase: Bool, line: Int) -> Match? {
        let present = Self.matchKeys.filter { entries[$0] != nil }
        guard let key = present.first, present.count == 1 else {
            self.complain(line, "a match has exactly one of: \(Self.matchKeys.joined(separator: ", "))")
            return nil
        }
        guard let document = entries[key], let raw = self.text(document, key) else { return nil }
        if key != "registry" { self.refuseColumns(entries) }
        let text = ignoresCase ? raw.lowercased() : raw
        switch key {
        case "exact": return .exact(text)
        case "prefix": return .prefix(text)
        case "suffix": return .suffix(text)
        case "contains": return .contains(text)
        case "registry":
            guard let table = self.registries[raw] else {
                self.complain(document.line, "unknown registry \"\(raw)\"; known: \(self.registries.keys.sorted().joined(separator: ", "))")
                return nil
            }
            return .registry(raw, where: self.columns(entries["where"], of: table))
        default:
            do {
                return .pattern(try Pattern(raw, ignoresCase: ignoresCase))
            } catch {
                self.complain(document.line, "pattern \"\(raw)\": \(error)")
                return nil
            }
        }
    }

    private mutating func refuseColumns(_ entries: [String: Document]) {
        if let columns = entries["where"] { self.complain(columns.line, "where stands beside registry only") }
    }

    /// The values that columns of a registry's row must have.
    private mutating func columns(_ document: Document?, of table: Table) -> [String: String] {
        guard let document else { return [:] }
        var columns: [String: String] = [:]
        for entry in document.map ?? [] {
            if !table.columns.contains(entry.key) {
                self.complain(entry.value.line, "unknown column \"\(entry.key)\"; known: \(table.columns.joined(separator: ", "))")
            }
            columns[entry.key] = self.text(entry.value, entry.key)
        }
        if columns.isEmpty { self.complain(document.line, "where must be a map of columns and values") }
        return columns
    }

    private mutating func ignoresCase(_ document: Document?) -> Bool {
        guard let document, let text = self.text(document, "case") else { return false }
        guard text == "ignore" else {
            self.complain(document.line, "case can only be \"ignore\"")
            return false
        }
        return true
    }

    private static let testKeys = matchKeys + ["case", "where", "in", "present", "at-least", "at-most", "distinct-at-least"]

    private static let conditionHeads = [
        "all", "any", "not", "field", "protocol", "context", "peer-address", "elsewhere", "zone", "peer-zone", "port", "operating-system", "software",
    ]

    mutating func condition(_ document: Document, depth: Int = 0) -> Condition? {
        guard depth < 16 else {
            self.complain(document.line, "conditions are nested too deep")
            return nil
        }
        guard
            let entries = self.map(document, "a condition", required: [], optional: Self.conditionHeads + Self.testKeys)
        else { return nil }
        let heads = Self.conditionHeads.filter { entries[$0] != nil }
        guard let head = heads.first, heads.count == 1, let value = entries[head], head == "field" || entries.count == 1 else {
            self.complain(document.line, "a condition has exactly one of \(Self.conditionHeads.joined(separator: ", ")); only field takes a test beside it")
            return nil
        }
        switch head {
        case "all", "any":
            let list = self.list(value, head)
            guard !list.isEmpty else {
                self.complain(value.line, "\"\(head)\" must list at least one condition")
                return nil
            }
            let conditions = list.compactMap { self.condition($0, depth: depth + 1) }
            return head == "all" ? .all(conditions) : .any(conditions)
        case "not": return self.condition(value, depth: depth + 1).map { .not($0) }
        case "protocol": return self.choice(value, "protocol", ApplicationProtocol.self).map { .speaks($0) }
        case "context": return self.choice(value, "context", Condition.Context.self).map { .context($0) }
        case "peer-address":
            guard let block = value.text.flatMap({ AddressBlock($0) }) else {
                self.complain(value.line, "peer-address is an address or a block such as 192.0.2.0/24")
                return nil
            }
            return .peer(block)
        case "operating-system", "software": return self.release(value, Release.Kind(rawValue: head) ?? .software)
        case "elsewhere":
            guard let attribute = value.text.flatMap({ Attribute(name: $0) }) else {
                self.complain(value.line, "elsewhere is the name of a field")
                return nil
            }
            return .elsewhere(attribute)
        case "zone": return self.choice(value, "zone", ZoneKind.self).map { .zone($0) }
        case "peer-zone": return self.choice(value, "zone", ZoneKind.self).map { .peerZone($0) }
        case "port":
            let ports = (value.list ?? [value]).compactMap { $0.text.flatMap { UInt16($0) } }
            guard !ports.isEmpty, ports.count == value.list?.count ?? 1 else {
                self.complain(value.line, "port is a number from 0 to 65535, or a list of them")
                return nil
            }
            return .port(ports)
        default:
            guard let attribute = self.attribute(value), let test = self.test(entries, of: attribute, line: document.line) else { return nil }
            return .field(attribute, test)
        }
    }

    /// A test of what the identity of the asset names.
    private mutating func release(_ document: Document, _ kind: Release.Kind) -> Condition? {
        guard let entries = self.map(document, kind.rawValue, required: [], optional: ["kind", "confidence"] + Condition.ReleaseTest.Over.allCases.map(\.rawValue))
        else { return nil }
        let name = self.text(entries["kind"], "kind")
        if let name, let message = self.vocabularyProblem(kind == .software ? .software : .operatingSystem, name) {
            self.complain(document.line, message)
        }
        let over = Condition.ReleaseTest.Over.allCases.filter { entries[$0.rawValue] != nil }
        for key in over where entries[key.rawValue]?.text != "passed" {
            self.complain(document.line, "\(key.rawValue) can only be \"passed\"")
        }
        guard name != nil || !over.isEmpty, over.count < 2 else {
            self.complain(document.line, "\(kind.rawValue) asks for a kind, or for one support that has passed, or for both")
            return nil
        }
        let confidence = self.percent(entries["confidence"]) ?? Identity.threshold
        return .release(.init(kind: kind, name: name, over: over.first, confidence: confidence))
    }

    private mutating func test(_ entries: [String: Document], of attribute: Attribute, line: Int) -> Condition.Test? {
        let kind = attribute.definition.kind
        let names = Self.testKeys.filter { entries[$0] != nil && $0 != "case" && $0 != "where" }
        guard let name = names.first, names.count == 1, let value = entries[name] else {
            self.complain(line, "field \(attribute.name) needs exactly one test: \(Self.testKeys.filter { $0 != "case" && $0 != "where" }.joined(separator: ", "))")
            return nil
        }
        if !Self.matchKeys.contains(name) { self.refuseColumns(entries) }
        switch name {
        case "present":
            if value.text != "true" { self.complain(value.line, "present can only be true; use \"not\" for its opposite") }
            return .present
        case "in":
            let list = self.texts(value, "in")
            guard !list.isEmpty else { return nil }
            if kind == .time { self.complain(line, "a time cannot be compared with a list") }
            return .oneOf(list)
        case "at-least", "at-most":
            guard let text = value.text, let number = Int64(text), kind == .number else {
                self.complain(value.line, "\(name) compares a field that is a number with a whole number; \(attribute.name) is \(kind.rawValue)")
                return nil
            }
            return name == "at-least" ? .atLeast(number) : .atMost(number)
        case "distinct-at-least":
            guard let text = value.text, let count = Int(text), (2...64).contains(count) else {
                self.complain(value.line, "distinct-at-least is a number from 2 to 64: so many different values of the field")
                return nil
            }
            return .distinctAtLeast(count)
        default:
            if kind == .time || kind == .number && name != "exact" {
                self.complain(line, "\(name) compares text; \(attribute.name) is \(kind.rawValue)")
                return nil
            }
            let ignoresCase = self.ignoresCase(entries["case"])
            return self.match(entries, ignoresCase: ignoresCase, line: line).map { .text($0, ignoresCase: ignoresCase) }
        }
    }

    // MARK: Examples

    /// Example observations: fields with a value or a list of values.
    private mutating func observations(_ document: Document?) -> [Observation] {
        guard let document else { return [] }
        guard let map = document.map else {
            self.complain(document.line, "observations must be a map of fields and values")
            return []
        }
        var observations: [Observation] = []
        for entry in map {
            guard let attribute = Attribute(name: entry.key) else {
                self.complain(entry.value.line, "unknown field \"\(entry.key)\"")
                continue
            }
            let values = entry.value.list ?? [entry.value]
            for value in values {
                guard let text = value.text else {
                    self.complain(value.line, "the value of \(entry.key) must be text or a number")
                    continue
                }
                guard let observation = Self.observation(attribute, text) else {
                    self.complain(value.line, "\(entry.key) must be a whole number")
                    continue
                }
                observations.append(observation)
            }
        }
        return observations
    }

    static func observation(_ attribute: Attribute, _ text: String) -> Observation? {
        let subject = Subject.host(HostKey(IPAddress.none, in: .none))
        let evidence = Evidence(frame: 1, time: Timestamp(nanoseconds: 0))
        switch attribute.definition.kind {
        case .text: return Observation(subject, attribute, .text(text), evidence: evidence)
        case .number: return Int64(text).map { Observation(subject, attribute, .number($0), evidence: evidence) }
        case .time: return Int64(text).map { Observation(subject, attribute, .time(Timestamp(seconds: $0)), evidence: evidence) }
        }
    }

    // MARK: Identity

    mutating func identity(_ document: Document, file: String) -> [IdentitySignature] {
        self.file = file
        guard let entries = self.map(document, "an identity file", required: ["field", "signatures"], optional: ["about"]),
            let field = self.attribute(entries["field"])
        else { return [] }
        guard field.definition.kind == .text, let kind = self.vocabulary.evidence[field] else {
            self.complain(
                entries["field"]?.line ?? 0, "field \(field.name) has no kind of evidence in vocabulary/evidence.tsv, so nothing can be concluded from it")
            return []
        }
        return self.list(entries["signatures"], "signatures").compactMap { self.signature($0, field: field, kind: kind) }
    }

    private mutating func signature(_ document: Document, field: Attribute, kind: Vocabulary.EvidenceKind) -> IdentitySignature? {
        guard
            let entries = self.map(
                document, "a signature", required: ["id", "match", "asserts", "confidence", "maturity", "source", "examples"],
                optional: ["also", "fallback", "overlaps"]),
            let id = self.id(entries["id"]), let matchDocument = entries["match"],
            let matchEntries = self.map(matchDocument, "match", required: [], optional: Self.matchKeys + ["case", "where"])
        else { return nil }
        let ignoresCase = self.ignoresCase(matchEntries["case"])
        let isFallback = self.flag(entries["fallback"], "fallback")
        guard let match = self.match(matchEntries, ignoresCase: ignoresCase, line: matchDocument.line),
            let confidence = self.percent(entries["confidence"]), let maturity = self.choice(entries["maturity"], "maturity", Maturity.self),
            let source = self.source(entries["source"]),
            let asserts = self.asserts(entries["asserts"], captures: match.captureNames(registries: self.registries), isFallback: isFallback)
        else { return nil }
        if confidence > kind.ceiling {
            self.complain(
                entries["confidence"]?.line ?? 0,
                "confidence \(confidence) is above \(kind.ceiling), the ceiling of \(kind.id): evidence of this kind cannot say more on its own")
        }
        let also = entries["also"].flatMap { self.condition($0) }
        if also?.asksForRelease == true { self.complain(entries["also"]?.line ?? 0, "an identity cannot rest on what an identity says") }
        let examples = self.identityExamples(entries["examples"], id: id)
        return IdentitySignature(
            id: id, field: field, match: match, ignoresCase: ignoresCase, also: also, asserts: asserts, confidence: confidence,
            isFallback: isFallback, maturity: maturity, source: source, overlaps: self.texts(entries["overlaps"], "overlaps"),
            examples: examples, file: self.file, line: entries["id"]?.line ?? document.line)
    }

    private mutating func flag(_ document: Document?, _ what: String) -> Bool {
        guard let document else { return false }
        if document.text != "true" { self.complain(document.line, "\(what) can only be true; leave it out otherwise") }
        return document.text == "true"
    }

    private mutating func asserts(_ document: Document?, captures: [String], isFallback: Bool) -> [IdentityField: String]? {
        guard let document else { return nil }
        guard let map = document.map, !map.isEmpty else {
            self.complain(document.line, "asserts must be a map of what is asserted and its value")
            return nil
        }
        var asserts: [IdentityField: String] = [:]
        for entry in map {
            let line = entry.value.line
            guard let field = IdentityField(rawValue: entry.key) else {
                self.complain(line, "\"\(entry.key)\" cannot be asserted; known: \(IdentityField.allCases.map(\.rawValue).joined(separator: ", "))")
                continue
            }
            guard let value = self.text(entry.value, entry.key) else { continue }
            let names = IdentitySignature.names(in: value)
            for name in names where !captures.contains(name) {
                self.complain(line, "\(entry.key) uses {\(name)}, which the match does not capture")
            }
            if names.isEmpty, let message = self.vocabularyProblem(field, value) { self.complain(line, message) }
            asserts[field] = value
        }
        if asserts[.softwareVersion] != nil, asserts[.software] == nil { self.complain(document.line, "software-version needs software beside it") }
        return asserts
    }

    /// What is wrong with a value that is not of a closed list.
    func vocabularyProblem(_ field: IdentityField, _ value: String) -> String? {
        switch field {
        case .maker: self.vocabulary.vendors.contains(value) ? nil : "maker \"\(value)\" is not in vocabulary/vendors.tsv"
        case .deviceClass: self.vocabulary.deviceClasses[value] == nil ? "class \"\(value)\" is not in vocabulary/device-classes.tsv" : nil
        case .role: self.vocabulary.roles[value] == nil ? "role \"\(value)\" is not in vocabulary/roles.tsv" : nil
        case .operatingSystem:
            self.vocabulary.operatingSystems[value] == nil ? "operating system \"\(value)\" is not in vocabulary/operating-systems.tsv" : nil
        case .software: self.vocabulary.software[value] == nil ? "software \"\(value)\" is not in vocabulary/software.tsv" : nil
        case .product, .version, .serial, .udi, .operatingSystemVersion, .interfaceMaker, .softwareVersion: nil
        }
    }

    private mutating func identityExamples(_ document: Document?, id: String) -> IdentitySignature.Examples {
        var examples = IdentitySignature.Examples()
        guard let document, let entries = self.map(document, "examples", required: ["positive", "negative"]) else { return examples }
        for element in self.list(entries["positive"], "positive examples") {
            guard let example = self.map(element, "a positive example", required: ["value"], optional: ["captures", "with"]),
                let value = self.text(example["value"], "value")
            else { continue }
            var captures: [String: String] = [:]
            for entry in example["captures"]?.map ?? [] { captures[entry.key] = entry.value.text ?? "" }
            examples.positive.append(.init(value: value, captures: captures, with: self.observations(example["with"]), line: element.line))
        }
        for element in self.list(entries["negative"], "negative examples") {
            if let value = element.text {
                examples.negative.append(.init(value: value, with: [], line: element.line))
            } else if let example = self.map(element, "a negative example", required: ["value"], optional: ["with"]),
                let value = self.text(example["value"], "value")
            {
                examples.negative.append(.init(value: value, with: self.observations(example["with"]), line: element.line))
            }
        }
        if examples.positive.isEmpty { self.complain(document.line, "signature \(id) has no positive example") }
        if examples.negative.isEmpty { self.complain(document.line, "signature \(id) has no negative example") }
        return examples
    }

    // MARK: Exposure

    mutating func exposure(_ document: Document, file: String) -> (rules: [ExposureRule], texts: [String: RuleText]) {
        self.file = file
        guard let entries = self.map(document, "an exposure file", required: ["rules"], optional: ["about"]) else { return ([], [:]) }
        var rules: [ExposureRule] = []
        var texts: [String: RuleText] = [:]
        for element in self.list(entries["rules"], "rules") {
            guard let rule = self.rule(element) else { continue }
            if !self.isChecked, let text = self.ruleText(element) { texts[rule.id] = text }
            rules.append(rule)
        }
        return (rules, texts)
    }

    private mutating func rule(_ document: Document) -> ExposureRule? {
        guard
            let entries = self.map(
                document, "a rule",
                required: [
                    "id", "title", "what", "why", "fix", "false-positives", "subject", "match", "severity", "confidence", "maturity", "mapping",
                    "source", "examples",
                ], optional: ["about", "overlaps"]),
            let id = self.id(entries["id"]), let subject = self.choice(entries["subject"], "subject", ExposureRule.Subject.self),
            let match = entries["match"].flatMap({ self.condition($0) }), let confidence = self.percent(entries["confidence"]),
            let maturity = self.choice(entries["maturity"], "maturity", Maturity.self), let source = self.source(entries["source"]),
            let severityDocument = entries["severity"],
            let severityEntries = self.map(severityDocument, "severity", required: ["level", "reason"], optional: ["adjust"]),
            let severity = self.choice(severityEntries["level"], "severity", Severity.self)
        else { return nil }
        let about = self.choice(entries["about"], "about", ExposureRule.About.self) ?? .server
        if about == .client, subject != .conversation { self.complain(entries["about"]?.line ?? 0, "about: client needs subject: conversation") }
        if subject != .host, match.asksForRelease {
            self.complain(entries["match"]?.line ?? 0, "what an identity says is known in rules with subject: host")
        }
        if match.triggers == nil {
            self.complain(entries["match"]?.line ?? 0, "the match must ask for at least one field or protocol to be there: absence alone proves nothing")
        }
        var adjustments: [ExposureRule.Adjustment] = []
        for element in self.list(severityEntries["adjust"], "adjust") {
            guard let adjustment = self.map(element, "an adjustment", required: ["when", "level", "reason"]),
                let when = adjustment["when"].flatMap({ self.condition($0) }),
                let level = self.choice(adjustment["level"], "severity", Severity.self)
            else { continue }
            adjustments.append(.init(when: when, severity: level))
        }
        return ExposureRule(
            id: id, subject: subject, about: about, match: match, severity: severity, adjustments: adjustments, confidence: confidence,
            maturity: maturity, mapping: self.mapping(entries["mapping"]), source: source,
            overlaps: self.texts(entries["overlaps"], "overlaps"), examples: self.ruleExamples(entries["examples"], id: id), file: self.file,
            line: entries["id"]?.line ?? document.line)
    }

    private mutating func mapping(_ document: Document?) -> [Framework: [String]] {
        var mapping: [Framework: [String]] = [:]
        for entry in document?.map ?? [] {
            guard let framework = Framework(rawValue: entry.key) else {
                self.complain(entry.value.line, "unknown framework \"\(entry.key)\"; known: \(Framework.allCases.map(\.rawValue).joined(separator: ", "))")
                continue
            }
            let ids = self.texts(entry.value, entry.key)
            for id in ids where self.vocabulary.frameworks[framework]?[id] == nil {
                self.complain(entry.value.line, "\(entry.key) \"\(id)\" is not in vocabulary/frameworks.tsv")
            }
            mapping[framework] = ids
        }
        return mapping
    }

    private mutating func ruleExamples(_ document: Document?, id: String) -> ExposureRule.Examples {
        var examples = ExposureRule.Examples()
        guard let document, let entries = self.map(document, "examples", required: ["positive", "negative"]) else { return examples }
        examples.positive = self.list(entries["positive"], "positive examples").compactMap { self.ruleExample($0) }
        examples.negative = self.list(entries["negative"], "negative examples").compactMap { self.ruleExample($0) }
        if examples.positive.isEmpty { self.complain(document.line, "rule \(id) has no positive example") }
        if examples.negative.isEmpty { self.complain(document.line, "rule \(id) has no negative example") }
        return examples
    }

    /// What runs on the asset of an example: `operating-system` or `software`, its `version`, and how sure that is.
    private mutating func runs(_ document: Document) -> [Release] {
        guard let entries = self.map(document, "runs", required: [], optional: ["operating-system", "software", "version", "confidence"]) else { return [] }
        let kind = entries["software"] == nil ? Release.Kind.operatingSystem : .software
        guard let name = self.text(entries[kind.rawValue], kind.rawValue) else {
            self.complain(document.line, "runs names an operating-system or software")
            return []
        }
        let field = kind == .software ? IdentityField.software : .operatingSystem
        if let message = self.vocabularyProblem(field, name) { self.complain(document.line, message) }
        let period = SupportPeriod.of(name, version: entries["version"]?.text ?? "", in: self.registries[SupportPeriod.registry])
        let names = [name] + (kind == .software ? [] : self.vocabulary.ancestors(ofOperatingSystem: name))
        return [Release(kind: kind, names: names, period: period, confidence: self.percent(entries["confidence"]) ?? 80, proof: [])]
    }

    private mutating func ruleExample(_ document: Document) -> ExposureRule.Examples.Example? {
        let known = ["observations", "protocols", "contexts", "peer", "elsewhere", "zone", "peer-zone", "port", "severity", "runs", "at"]
        guard let entries = self.map(document, "an example", required: [], optional: known) else {
            return nil
        }
        let time = entries["at"]?.text.flatMap { SupportPeriod.day($0) }
        if time == nil, let asked = entries["at"] ?? entries["runs"] { self.complain(asked.line, "an example with \"runs\" has \"at\": a day as 2026-01-31") }
        let protocols = self.list(entries["protocols"], "protocols").compactMap { self.choice($0, "protocol", ApplicationProtocol.self) }
        let contexts = self.list(entries["contexts"], "contexts").compactMap { self.choice($0, "context", Condition.Context.self) }
        let zone = self.choice(entries["zone"], "zone", ZoneKind.self)
        let peerZone = self.choice(entries["peer-zone"], "zone", ZoneKind.self)
        let severity = self.choice(entries["severity"], "severity", Severity.self)
        let peer: IPAddress? = entries["peer"]?.text.flatMap { IPAddress($0) }
        let port: UInt16? = entries["port"]?.text.flatMap { UInt16($0) }
        let elsewhere = Set(self.texts(entries["elsewhere"], "elsewhere").compactMap { Attribute(name: $0) })
        let releases: [Release] = entries["runs"].map { self.runs($0) } ?? []
        return ExposureRule.Examples.Example(
            observations: self.observations(entries["observations"]), protocols: protocols, contexts: Set(contexts), peer: peer,
            releases: releases, time: time ?? .distantPast, elsewhere: elsewhere, zone: zone, peerZone: peerZone, port: port, severity: severity, line: document.line)
    }

    // MARK: Texts

    private mutating func bilingual(_ document: Document?, _ what: String) -> Text? {
        guard let document, let entries = self.map(document, what, required: ["fr", "en"]), let french = self.text(entries["fr"], what),
            let english = self.text(entries["en"], what)
        else { return nil }
        // A folded YAML text ends in a line feed.
        return Text(written: Self.trimmed(french), english: Self.trimmed(english))
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    mutating func ruleText(_ document: Document) -> RuleText? {
        guard let title = self.bilingual(document["title"], "title"), let what = self.bilingual(document["what"], "what"),
            let why = self.bilingual(document["why"], "why"), let fix = self.bilingual(document["fix"], "fix"),
            let falsePositives = self.bilingual(document["false-positives"], "false-positives"),
            let reason = self.bilingual(document["severity"]?["reason"], "reason")
        else { return nil }
        var reasons: [Text] = []
        for element in document["severity"]?["adjust"]?.list ?? [] {
            guard let reason = self.bilingual(element["reason"], "reason") else { return nil }
            reasons.append(reason)
        }
        return RuleText(
            title: title, what: what, why: why, fix: fix, falsePositives: falsePositives, severityReason: reason, adjustmentReasons: reasons)
    }
}
