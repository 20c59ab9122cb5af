import Testing

@testable import Rules

@Suite("Patterns") struct PatternTests {
    @Test(
        "match and capture",
        arguments: [
            ("OFFIS_DCMTK_{a:digit}{b:digit}{c:digits}", "OFFIS_DCMTK_367", ["a": "3", "b": "6", "c": "7"]),
            ("SSH-?.*-OpenSSH_{version:version}*", "SSH-1.99-OpenSSH_3.9p1", ["version": "3.9p1"]),
            // What follows the last gap is tried at every place until it reaches the end.
            ("{maker} {model:token}", "Acme Medical X100", ["maker": "Acme Medical", "model": "X100"]),
            ("*", "", [:]),
            ("{all:line}", "", ["all": ""]),
            ("a*c", "abcbc", [:]),
            ("a?c", "aéc", [:]),
            ("\\*\\?\\{\\\\", "*?{\\", [:]),
            ("{x}-{y}", "one-two-three", ["x": "one", "y": "two-three"]),
            ("*{tail:digits}", "abc123", ["tail": "123"]),
            ("café {n:digits}", "café 12", ["n": "12"]),
        ])
    func matches(pattern: String, text: String, captures: [String: String]) throws {
        #expect(try Pattern(pattern).match(text) == captures)
    }

    @Test(
        "do not match",
        arguments: [
            ("abc", "abcd"), ("abc", "ab"), ("a*c", "abcd"), ("{x}", ""), ("{x:digits}", "12a"), ("{x:digit}", "12"), ("a?c", "ac"),
            ("{v:version}-end", "1.2-end"), ("Apache/*", "apache/2"),
        ])
    func misses(pattern: String, text: String) throws { #expect(try Pattern(pattern).match(text) == nil) }

    @Test("letter case aside") func ignoresCase() throws {
        #expect(try Pattern("MIRTH *{v:digits}", ignoresCase: true).match("Mirth Connect 4") == ["v": "4"])
    }

    @Test(
        "are refused with a reason",
        arguments: [
            ("a{b", "no }"), ("{}", "needs a name"), ("{a b}", "needs a name"), ("{a:numbers}", "unknown class \"numbers\""), ("{a}{b}", "two gaps"),
            ("**", "two gaps"), ("*{a}", "two gaps"), ("\\a", "backslash"), ("{a:digits}.{a:digits}", "stands twice"),
        ])
    func refused(pattern: String, reason: String) {
        let error = #expect(throws: PatternError.self) { try Pattern(pattern) }
        #expect(error?.message.contains(reason) == true)
    }

    @Test("take time in proportion to the text", .timeLimit(.minutes(1))) func linear() throws {
        // What makes a backtracking matcher explode: many gaps and a text that almost fits.
        let pattern = try Pattern(String(repeating: "*a", count: 60) + "b")
        let text = String(repeating: "a", count: 200_000)
        #expect(pattern.match(text) == nil)
        let runs = try Pattern("*{x:digits}y*z")
        #expect(runs.match(String(repeating: "1", count: 200_000)) == nil)
    }
}
