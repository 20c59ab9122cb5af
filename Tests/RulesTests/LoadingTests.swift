import Rules
import Testing

@Suite("Loading") struct LoadingTests {
    static let signature = """
        field: ssh.banner
        signatures:
          - id: ssh-openssh
            match: {pattern: "SSH-2.0-OpenSSH_{version:version}"}
            asserts: {software: OpenSSH, software-version: "{version}"}
            confidence: 80
            maturity: stable
            source: https://www.openssh.com/
            examples:
              positive:
                - value: SSH-2.0-OpenSSH_9.2
                  captures: {version: "9.2"}
              negative: [SSH-2.0-dropbear]
        """
    static let rule = """
        rules:
          - id: ssh-old
            title: {fr: Ancien, en: Old}
            what: {fr: Vu, en: Seen}
            why: {fr: Parce que, en: Because}
            fix: {fr: Corriger, en: Fix}
            false-positives: {fr: Aucun, en: None}
            subject: service
            match: {field: ssh.banner, prefix: SSH-1.}
            severity:
              level: minor
              reason: {fr: ancien, en: old}
              adjust:
                - when: {context: public-client}
                  level: major
                  reason: {fr: exposé, en: exposed}
            confidence: 90
            maturity: stable
            mapping: {hygiene: ["21"]}
            source: https://www.rfc-editor.org/rfc/rfc4253
            examples:
              positive:
                - {observations: {ssh.banner: SSH-1.99-X}}
                - {observations: {ssh.banner: SSH-1.99-X}, contexts: [public-client], severity: major}
              negative:
                - {observations: {ssh.banner: SSH-2.0-X}}
        """

    static func load(_ files: [String: String]) throws -> SignatureSet {
        let folder = try ScratchFolder(smallVocabulary.merging(files) { $1 })
        return try SignatureSet(directory: folder.path)
    }

    /// What loading and checking says of a signature file.
    static func problems(identity: String? = nil, rule: String? = nil, more: [String: String] = [:]) throws -> [SignatureProblem] {
        var files = more
        if let identity { files["identity/ssh.yaml"] = identity }
        if let rule { files["exposure/ssh.yaml"] = rule }
        do {
            return try Self.load(files).check()
        } catch let failure as SignatureFailure {
            return failure.problems
        }
    }

    @Test("good files load, with texts and sources") func good() throws {
        let set = try Self.load(["identity/ssh.yaml": Self.signature, "exposure/ssh.yaml": Self.rule])
        #expect(set.check() == [])
        #expect(set.identity.map(\.id) == ["ssh-openssh"])
        #expect(set.rules.map(\.id) == ["ssh-old"])
        #expect(set.text(of: "ssh-old")?.title == Text(french: "Ancien", english: "Old"))
        #expect(set.text(of: "ssh-old")?.adjustmentReasons == [Text(french: "exposé", english: "exposed")])
        #expect(set.source(of: "ssh-old")?.text.hasPrefix("  - id: ssh-old\n") == true)
        #expect(set.source(of: "nothing") == nil)
        #expect(set.fingerprint.utf8.count == 16)
    }

    @Test(
        "a mistake in a signature is named with its line",
        arguments: [
            ("confidence: 80", "confidense: 80", 6, "unknown key \"confidense\""),
            ("confidence: 80", "confidense: 80", 3, "has no \"confidence\""),
            ("confidence: 80", "confidence: 81", 6, "above 80, the ceiling of ssh-banner"),
            ("confidence: 80", "confidence: much", 6, "a number from 1 to 100"),
            ("field: ssh.banner", "field: ssh.baner", 1, "unknown field \"ssh.baner\""),
            ("field: ssh.banner", "field: http.server", 1, "no kind of evidence"),
            ("software: OpenSSH", "software: OpenSSL", 5, "not in vocabulary/software.tsv"),
            ("software: OpenSSH", "maker: Ecma", 5, "not in vocabulary/vendors.tsv"),
            ("software: OpenSSH", "colour: red", 5, "\"colour\" cannot be asserted"),
            ("\"{version}\"}", "\"{release}\"}", 5, "uses {release}, which the match does not capture"),
            ("{version:version}", "{version:versions}", 4, "unknown class \"versions\""),
            ("{pattern:", "{regex:", 4, "unknown key \"regex\""),
            ("maturity: stable", "maturity: old", 7, "unknown maturity \"old\""),
            ("negative: [SSH-2.0-dropbear]", "negative: []", 9, "has no negative example"),
            ("negative: [SSH-2.0-dropbear]", "", 9, "has no \"negative\""),
            ("negative: [SSH-2.0-dropbear]", "negative: [SSH-2.0-OpenSSH_1]", 13, "matches its negative example"),
            ("value: SSH-2.0-OpenSSH_9.2", "value: SSH-2.0-OpenSH_9.2", 11, "does not match its positive example"),
            ("captures: {version: \"9.2\"}", "captures: {version: \"9.3\"}", 11, "captures version \"9.2\""),
            ("id: ssh-openssh", "id: SSH OpenSSH", 3, "small letters, digits and hyphens"),
            ("maturity: stable", "maturity: stable\n    fallback: false", 8, "can only be true"),
            ("maturity: stable", "maturity: stable\n    also: {field: ssh.mac}", 8, "needs exactly one test"),
            ("maturity: stable", "maturity: stable\n    overlaps: [other]", 3, "which is no other signature"),
        ])
    func signatureMistakes(good: String, bad: String, line: Int, message: String) throws {
        let text = Self.signature.replacing(good, with: bad)
        #expect(text != Self.signature)
        let problems = try Self.problems(identity: text)
        #expect(problems.contains { $0.file == "identity/ssh.yaml" && $0.line == line && $0.message.contains(message) }, "\(problems)")
    }

    @Test(
        "a mistake in a rule is named with its line",
        arguments: [
            ("prefix: SSH-1.", "at-least: 1", "whole number"),
            ("field: ssh.banner, prefix: SSH-1.", "protocol: ssh2", "unknown protocol \"ssh2\""),
            ("prefix: SSH-1.", "distinct-at-least: 1", "a number from 2 to 64"),
            ("prefix: SSH-1.", "distinct-at-least: 65", "a number from 2 to 64"),
            ("prefix: SSH-1.", "distinct-at-least: many", "a number from 2 to 64"),
            ("field: ssh.banner, prefix: SSH-1.", "context: at-night", "unknown context"),
            ("{field: ssh.banner, prefix: SSH-1.}", "{not: {field: ssh.banner, prefix: SSH-1.}}", "absence alone proves nothing"),
            ("{field: ssh.banner, prefix: SSH-1.}", "{all: []}", "at least one condition"),
            ("level: minor", "level: low", "unknown severity \"low\""),
            ("level: major", "level: critical", "which says major"),
            ("contexts: [public-client], severity: major", "contexts: [answered]", "no positive example reaches severity major"),
            ("hygiene: [\"21\"]", "hygiene: [\"99\"]", "not in vocabulary/frameworks.tsv"),
            ("hygiene: [\"21\"]", "iso: [\"21\"]", "unknown framework \"iso\""),
            ("why: {fr: Parce que, en: Because}", "why: {fr: Parce que}", "has no \"en\""),
            ("why: {fr: Parce que, en: Because}", "", "has no \"why\""),
            ("subject: service", "subject: service\n    about: client", "needs subject: conversation"),
            ("SSH-2.0-X", "SSH-1.5-X", "matches its negative example 1"),
            ("ssh.banner: SSH-1.99-X}}", "ssh.banner: SSH-2.99-X}}", "does not match its positive example 1"),
            ("ssh.banner: SSH-1.99-X}}", "tls.certificate_key_bits: many}}", "must be a whole number"),
        ])
    func ruleMistakes(good: String, bad: String, message: String) throws {
        let text = Self.rule.replacing(good, with: bad)
        #expect(text != Self.rule)
        let problems = try Self.problems(rule: text)
        #expect(problems.contains { $0.file == "exposure/ssh.yaml" && $0.message.contains(message) }, "\(problems)")
    }

    @Test("what is not YAML is named with its line") func yaml() throws {
        let problems = try Self.problems(identity: "field: ssh.banner\nsignatures: [\n")
        #expect(problems.count == 1)
        #expect(problems.first?.message.hasPrefix("this is not YAML") == true)
        #expect(try Self.problems(identity: "field: a\nfield: b\n").first?.message.contains("stands twice") == true)
    }

    @Test("aliases that unfold without end are refused", .timeLimit(.minutes(1))) func bomb() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 { text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n" }
        #expect(try Self.problems(identity: text).first?.message == "nested too deep or too large")
    }

    @Test("two signatures that match each other's examples must say so") func overlap() throws {
        let second = Self.signature.replacing("ssh-openssh", with: "ssh-again").replacing("_{version:version}", with: "_{version}")
        let problems = try Self.problems(identity: Self.signature, more: ["identity/second.yaml": second])
        #expect(problems.contains { $0.message.contains("ssh-again also matches \"SSH-2.0-OpenSSH_9.2\", an example of ssh-openssh") })
        let declared = second.replacing("maturity: stable", with: "maturity: stable\n    overlaps: [ssh-openssh]")
        #expect(try Self.problems(identity: Self.signature, more: ["identity/second.yaml": declared]) == [])
    }

    @Test("an id is used once") func duplicate() throws {
        let problems = try Self.problems(identity: Self.signature, more: ["identity/second.yaml": Self.signature])
        #expect(problems.contains { $0.message == "the id \"ssh-openssh\" is already in use" })
    }

    @Test("a registry out of order is found") func order() throws {
        let table = "# columns: prefix organisation\n# key: oui\n0050C2\tB\n000000\tA\n000000\tC\n"
        let problems = try Self.problems(more: ["registries/oui.tsv": table])
        #expect(problems.contains { $0.line == 4 && $0.message.contains("out of order") })
        #expect(problems.contains { $0.line == 5 && $0.message.contains("stands twice") })
    }

    @Test("a list with a row that cannot be right is refused") func lists() throws {
        let evidence = "# columns: id ceiling spread fields french english\nx\t101\t1\tssh.banner\tx\tx\n"
        #expect(try Self.problems(more: ["vocabulary/evidence.tsv": evidence]).contains { $0.line == 2 && $0.message.contains("0 to 100") })
        #expect(try Self.problems(more: ["vocabulary/colours.tsv": "# columns: name\nred\n"]).contains { $0.message.contains("unknown list") })
    }

    @Test("a folder of one's own adds to another, and cannot replace it") func adding() throws {
        let base = try Self.load(["identity/ssh.yaml": Self.signature])
        // It may use files of the same names, and its lists add to those that are there.
        let own = try ScratchFolder([
            "exposure/own.yaml": Self.rule, "vocabulary/vendors.tsv": "# columns: name aliases\nEcma\t\n",
            "identity/ssh.yaml": Self.signature.replacing("ssh-openssh", with: "ssh-ecma").replacing(
                "software: OpenSSH, software-version: \"{version}\"", with: "maker: Ecma"
            )
            .replacing("OpenSSH_", with: "Ecma_"),
        ])
        let both = try base.adding(directory: own.path)
        #expect(both.check() == [])
        #expect(both.identity.map(\.id) == ["ssh-ecma", "ssh-openssh"])
        #expect(both.text(of: "ssh-old") != nil)
        #expect(both.source(of: "ssh-ecma")?.file == own.path + "/identity/ssh.yaml")
        #expect(both.source(of: "ssh-openssh")?.file == "identity/ssh.yaml")
        #expect(both.fingerprint.hasPrefix(base.fingerprint + "+"))
        let again = try ScratchFolder(["identity/ssh.yaml": Self.signature])
        let error = #expect(throws: SignatureFailure.self) { try both.adding(directory: again.path) }
        #expect(error?.problems.map(\.message) == ["the id \"ssh-openssh\" is already in use"])
        #expect(error?.problems.first?.file == again.path + "/identity/ssh.yaml")
    }

    @Test("a folder that is none is refused") func missing() throws {
        let error = #expect(throws: SignatureFailure.self) { try SignatureSet(directory: "/nonexistent") }
        #expect(error?.problems.first?.message.contains("not a signature folder") == true)
    }
}
