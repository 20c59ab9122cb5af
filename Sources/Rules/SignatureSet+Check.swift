import Observations

extension SignatureSet {
    /// What loading alone does not see: examples that do not match as they say, signatures that match another one's examples
    /// without having declared it, and registries out of order.
    public func check() -> [SignatureProblem] {
        var problems: [SignatureProblem] = []
        self.checkRegistries(&problems)
        self.checkIdentity(&problems)
        self.checkRules(&problems)
        return problems.sorted()
    }

    // MARK: Registries

    private func checkRegistries(_ problems: inout [SignatureProblem]) {
        for (name, table) in self.registries {
            let file = "registries/\(name).tsv"
            var last: [UInt8] = []
            var found: [SignatureProblem] = []
            table.forEachRow { line, cells in
                let key = Array(cells[0].utf8)
                if !last.lexicographicallyPrecedes(key) {
                    let reason = last == key ? "stands twice" : "is out of order: rows are sorted by the bytes of the first column"
                    let message = "\"\(cells[0])\" \(reason)"
                    found.append(SignatureProblem(file: file, line: line, message: message))
                }
                last = key
                if let message = table.problem(ofKey: cells[0]) { found.append(SignatureProblem(file: file, line: line, message: message)) }
                if cells.count != table.columns.count {
                    found.append(SignatureProblem(file: file, line: line, message: "\(cells.count) columns where \(table.columns.count) must be"))
                }
                for (column, value) in zip(table.columns, cells) where !value.isEmpty {
                    guard let field = IdentityField(rawValue: column),
                        let message = SignatureDecoder(vocabulary: self.vocabulary, registries: [:], isChecked: true).vocabularyProblem(field, value)
                    else { continue }
                    found.append(SignatureProblem(file: file, line: line, message: message))
                }
            }
            if name == SupportPeriod.registry { found += SupportPeriod.problems(of: table, file: file) }
            if name == Advisory.registry { found += Advisory.problems(of: table, file: file) }
            problems += found.prefix(50)
        }
    }

    // MARK: Identity

    private func checkIdentity(_ problems: inout [SignatureProblem]) {
        let ids = Set(self.identity.map(\.id))
        for signature in self.identity {
            for other in signature.overlaps where !ids.contains(other) || other == signature.id {
                problems.append(
                    .init(file: signature.file, line: signature.line, message: "\(signature.id): overlaps names \"\(other)\", which is no other signature"))
            }
            for example in signature.examples.positive {
                let value = "\"\(example.value)\""
                guard let captures = self.captures(signature, example.value, with: example.with) else {
                    problems.append(.init(file: signature.file, line: example.line, message: "\(signature.id) does not match its positive example \(value)"))
                    continue
                }
                // A registry gives its whole row: the example names what matters of it.
                let expected = example.captures
                let isComplete = if case .registry = signature.match { true } else { captures.count == expected.count }
                if !isComplete || expected.contains(where: { captures[$0.key] != $0.value }) {
                    let message = "\(signature.id) captures \(Self.show(captures)) of \(value) where the example says \(Self.show(expected))"
                    problems.append(.init(file: signature.file, line: example.line, message: message))
                }
                if signature.values(captures).isEmpty {
                    problems.append(
                        .init(file: signature.file, line: example.line, message: "\(signature.id) asserts nothing of its positive example \(value)"))
                }
            }
            for example in signature.examples.negative where self.captures(signature, example.value, with: example.with) != nil {
                problems.append(.init(file: signature.file, line: example.line, message: "\(signature.id) matches its negative example \"\(example.value)\""))
            }
        }
        self.checkOverlaps(&problems)
    }

    /// Every signature against the positive examples of every other one of the same field.
    private func checkOverlaps(_ problems: inout [SignatureProblem]) {
        for (_, group) in Dictionary(grouping: self.identity, by: \.field) {
            for signature in group {
                for other in group where other.id != signature.id && !signature.isFallback && !other.isFallback {
                    guard !signature.overlaps.contains(other.id), !other.overlaps.contains(signature.id) else { continue }
                    // A registry and a signature that say the same agree; only two that say different things are a problem.
                    for example in other.examples.positive {
                        guard let captures = self.captures(signature, example.value, with: example.with),
                            let theirs = self.captures(other, example.value, with: example.with)
                        else { continue }
                        let mine = signature.values(captures)
                        let difference = other.values(theirs).first { mine[$0.key] != nil && mine[$0.key] != $0.value && $0.key.isSpreadTold }
                        let isRegistry = if case .registry = signature.match { true } else if case .registry = other.match { true } else { false }
                        if isRegistry && difference == nil { continue }
                        let message = "\(signature.id) also matches \"\(example.value)\", an example of \(other.id): \(Self.overlapAdvice)"
                        problems.append(.init(file: signature.file, line: signature.line, message: message))
                        break
                    }
                }
            }
        }
    }

    private func captures(_ signature: IdentitySignature, _ value: String, with observations: [Observation]) -> [String: String]? {
        guard let captures = signature.match.captures(in: value, ignoresCase: signature.ignoresCase, registries: self.registries) else { return nil }
        guard let also = signature.also else { return captures }
        let own = SignatureDecoder.observation(signature.field, value)
        let scope = Condition.Scope(observations + (own.map { [$0] } ?? []))
        var proof: [Observation] = []
        return also.holds(in: scope, registries: self.registries, proof: &proof) ? captures : nil
    }

    private static let overlapAdvice = "declare it in overlaps, or narrow the match"

    private static func show(_ captures: [String: String]) -> String {
        captures.isEmpty ? "nothing" : captures.sorted { $0.key < $1.key }.map { "\($0.key) \"\($0.value)\"" }.joined(separator: ", ")
    }

    // MARK: Exposure

    private func checkRules(_ problems: inout [SignatureProblem]) {
        let ids = Set(self.rules.map(\.id))
        for rule in self.rules {
            for other in rule.overlaps where !ids.contains(other) || other == rule.id {
                problems.append(.init(file: rule.file, line: rule.line, message: "\(rule.id): overlaps names \"\(other)\", which is no other rule"))
            }
            var reached: Set<Severity> = []
            for (number, example) in rule.examples.positive.enumerated() {
                guard self.holds(rule, example) else {
                    problems.append(.init(file: rule.file, line: example.line, message: "\(rule.id) does not match its positive example \(number + 1)"))
                    continue
                }
                let severity = self.severity(of: rule, in: example.scope)
                reached.insert(severity)
                if let expected = example.severity, expected != severity {
                    let message = "\(rule.id) gives severity \(severity.rawValue) to its positive example \(number + 1), which says \(expected.rawValue)"
                    problems.append(.init(file: rule.file, line: example.line, message: message))
                }
            }
            // The embedded form leaves the examples out: they were checked when it was made.
            for adjustment in rule.adjustments where !rule.examples.positive.isEmpty && !reached.contains(adjustment.severity) {
                problems.append(
                    .init(file: rule.file, line: rule.line, message: "\(rule.id): no positive example reaches severity \(adjustment.severity.rawValue)"))
            }
            for (number, example) in rule.examples.negative.enumerated() where self.holds(rule, example) {
                problems.append(.init(file: rule.file, line: example.line, message: "\(rule.id) matches its negative example \(number + 1)"))
            }
            for other in self.rules where other.id != rule.id && other.subject == rule.subject && other.about == rule.about {
                guard !rule.overlaps.contains(other.id), !other.overlaps.contains(rule.id) else { continue }
                if other.examples.positive.contains(where: { self.holds(rule, $0) }) {
                    let message = "\(rule.id) also matches an example of \(other.id): \(Self.overlapAdvice)"
                    problems.append(.init(file: rule.file, line: rule.line, message: message))
                }
            }
        }
    }

    private func holds(_ rule: ExposureRule, _ example: ExposureRule.Examples.Example) -> Bool {
        var proof: [Observation] = []
        return rule.match.holds(in: example.scope, registries: self.registries, proof: &proof)
    }

    /// The severity of a rule where it was found.
    func severity(of rule: ExposureRule, in scope: Condition.Scope) -> Severity {
        self.adjustment(of: rule, in: scope).map { rule.adjustments[$0].severity } ?? rule.severity
    }

    /// The first adjustment that holds.
    func adjustment(of rule: ExposureRule, in scope: Condition.Scope) -> Int? {
        rule.adjustments.firstIndex { adjustment in
            var proof: [Observation] = []
            return adjustment.when.holds(in: scope, registries: self.registries, proof: &proof)
        }
    }
}
