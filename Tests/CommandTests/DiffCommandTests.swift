import Foundation
import Testing

/// `laennec diff` on recorded captures: the demo hospital whole, cut, and moved in time.
@Suite struct DiffCommandTests {
    private static let demo = Program.capture("demo-hospital.pcapng")

    /// The packets of a pcapng file by their number, and the others left out; all of them later by so many days.
    private static func part(_ path: String, from first: Int, through last: Int, days: UInt64 = 0) throws -> [UInt8] {
        let bytes = try Program.bytes(path)
        func word(_ at: Int) -> UInt32 { bytes[at..<(at + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) } }
        var result: [UInt8] = []
        var (place, number) = (0, 0)
        while place + 12 <= bytes.count {
            let length = Int(word(place + 4))
            var block = Array(bytes[place..<(place + length)])
            place += length
            // An enhanced packet block, whose time is in nanoseconds in this capture, high half first.
            if block[0] == 6 {
                number += 1
                guard number >= first, number <= last else { continue }
                let at = place - length
                let time = (UInt64(word(at + 12)) << 32 | UInt64(word(at + 16))) + days * 86_400_000_000_000
                for (offset, half) in [(12, UInt32(time >> 32)), (16, UInt32(truncatingIfNeeded: time))] {
                    for index in 0..<4 { block[offset + index] = UInt8(truncatingIfNeeded: half >> UInt32(8 * index)) }
                }
            }
            result += block
        }
        return result
    }

    private static func comparison(_ arguments: [String]) throws -> [String: Any] {
        let run = try Program.run(["diff", "--json", "-"] + arguments)
        #expect(run.status == 0 && run.errors == "", "\(run.errors)")
        let result = try Program.result(run.output)
        #expect(result["format"] as? String == "laennec-comparison")
        return try #require(result["comparison"] as? [String: Any])
    }

    private static func count(_ comparison: [String: Any], _ key: String) -> Int { (comparison[key] as? [Any])?.count ?? -1 }
    private static func states(_ comparison: [String: Any]) -> [String: Int] {
        ((comparison["findings"] as? [[String: Any]]) ?? []).reduce(into: [:]) { $0[$1["state"] as? String ?? "", default: 0] += 1 }
    }

    @Test func theSameCaptureTwice() throws {
        let comparison = try Self.comparison([Self.demo, Self.demo])
        #expect(comparison["notes"] as? [String] == ["same-campaign"])
        for key in ["appeared", "vanished", "changes", "services", "new_peers", "proposals", "segments"] { #expect(Self.count(comparison, key) == 0, "\(key)") }
        #expect(Set(Self.states(comparison).keys) == ["persisting"])
        for (language, words) in [("fr", "deux fois la même campagne"), ("en", "same campaign twice")] {
            let run = try Program.run(["diff", "--language", language, Self.demo, Self.demo])
            #expect(run.status == 0 && run.output.contains(words), "\(run.output)")
        }
    }

    @Test func fiftyDaysLaterWithMore() throws {
        try Program.withFolder { folder in
            let (before, after) = (folder + "/before.pcapng", folder + "/after.pcapng")
            try Program.write(Self.part(Self.demo, from: 1, through: 1200), to: before)
            try Program.write(Self.part(Self.demo, from: 1, through: 1797, days: 50), to: after)
            let comparison = try Self.comparison([before, after])
            let interval = try #require(comparison["interval"] as? [String: Any])
            #expect(interval["days"] as? Int == 50 && interval["in_window"] as? Bool == true)
            #expect(Self.count(comparison, "vanished") == 0 && Self.count(comparison, "appeared") > 0)
            let peers = try #require(comparison["new_peers"] as? [[String: Any]])
            #expect(!peers.isEmpty && peers.count == comparison["new_peer_count"] as? Int)
            // The other way round nothing is fixed by not having been there.
            let back = try Self.comparison([after, before])
            #expect(back["notes"] as? [String] == ["reversed"])
            #expect(Self.count(back, "vanished") == Self.count(comparison, "appeared"))
            let states = Self.states(back)
            #expect(states["new"] == nil && (states["unchecked"] ?? 0) + (states["fixed"] ?? 0) == Self.states(comparison)["new"] ?? 0)
            // Words of the programme, and none that claims more.
            for (language, words) in [("fr", "Comparaison de campagnes (fenêtre 45-60\u{A0}j)"), ("en", "window of 45 to 60 days")] {
                let text = try Program.run(["diff", "--language", language, before, after])
                #expect(text.status == 0 && text.output.contains(words), "\(text.output)")
                #expect(!text.output.contains("objectif atteint") && !text.output.contains("D1.O2"))
            }
        }
    }

    /// Captures and the results of the same captures give the same bytes; so do two runs.
    @Test func resultsAreAsGoodAsCaptures() throws {
        try Program.withFolder { folder in
            let (before, after) = (folder + "/before.pcapng", folder + "/after.pcapng")
            try Program.write(Self.part(Self.demo, from: 1, through: 900), to: before)
            try Program.write(Self.part(Self.demo, from: 400, through: 1797, days: 10), to: after)
            for name in ["before", "after"] {
                #expect(try Program.run(["scan", "--quiet", "--json", "\(folder)/\(name).json", "\(folder)/\(name).pcapng"]).status == 0)
            }
            let first = try Program.run(["diff", "--json", "-", before, after])
            let second = try Program.run(["diff", "--json", "-", folder + "/before.json", folder + "/after.json"])
            #expect(first.output == second.output && first.output.count > 1000 && first.errors == second.errors)
            for canary in try Program.canaries("demo-hospital") where canary.count > 3 { #expect(!first.output.contains(canary)) }
        }
    }

    /// Two captures of other networks: everything is new, and nothing counts as gone or fixed.
    @Test func anotherPartOfTheNetwork() throws {
        let comparison = try Self.comparison([Program.capture("snmp.pcap"), Program.capture("snmp-devices.pcap")])
        let vanished = try #require(comparison["vanished"] as? [[String: Any]])
        #expect(!vanished.isEmpty && vanished.allSatisfy { $0["segment_seen"] as? Bool == false })
        let gone = ((comparison["findings"] as? [[String: Any]]) ?? []).filter { $0["state"] as? String != "new" }
        #expect(!gone.isEmpty && gone.allSatisfy { $0["state"] as? String == "unchecked" && $0["gap"] as? String == "segment" })
        let text = try Program.run(["diff", "--language", "fr", Program.capture("snmp.pcap"), Program.capture("snmp-devices.pcap")])
        #expect(text.output.contains("segment non vu par la seconde campagne") && text.output.contains("non vérifiable"))
    }

    @Test func tablesAndExitCode() throws {
        try Program.withFolder { folder in
            for (language, names) in [
                ("fr", ["comparaison-constats.csv", "comparaison-correspondants.csv", "comparaison-dispositifs.csv", "comparaison-services.csv"]),
                ("en", ["comparison-devices.csv", "comparison-findings.csv", "comparison-peers.csv", "comparison-services.csv"]),
            ] {
                let target = folder + "/" + language
                let arguments = ["diff", "--quiet", "--language", language, "--csv", target, Program.capture("snmp.pcap"), Program.capture("snmp-devices.pcap")]
                let run = try Program.run(arguments)
                #expect(run.status == 0 && run.output == "" && run.errors == "")
                #expect(try FileManager.default.contentsOfDirectory(atPath: target).sorted() == names)
                #expect(try Program.run(arguments + ["--fail-on-new", "major"]).status == 1)
                #expect(try Program.run(arguments + ["--fail-on-new", "critical"]).status == 0)
            }
            #expect(try Program.run(["diff", "--quiet", "--fail-on-new", "information", Self.demo, Self.demo]).status == 0)
        }
    }

    @Test func wrongFiles() throws {
        try Program.withFolder { folder in
            try Program.write("{\"format\": \"other\"}".utf8, to: folder + "/other.json")
            try Program.write("{\"format\": \"laennec-res".utf8, to: folder + "/torn.json")
            try Program.write("bonjour".utf8, to: folder + "/text.txt")
            for (file, status, french, english) in [
                ("absent.pcap", 66, "n’existe pas", "there is no such file"), ("absent.json", 66, "n’existe pas", "there is no such file"),
                ("other.json", 65, "n’est pas un résultat", "not a result"), ("torn.json", 65, "JSON", "JSON"), ("text.txt", 65, "capture", "capture"),
            ] as [(String, Int32, String, String)] {
                for (language, words) in [("fr", french), ("en", english)] {
                    for arguments in [[folder + "/" + file, Self.demo], [Self.demo, folder + "/" + file]] {
                        let run = try Program.run(["diff", "--language", language] + arguments)
                        #expect(run.status == status && run.output == "", "\(file): \(run.status)")
                        #expect(run.complaints.count == 1 && run.errors.contains(words), "\(run.errors)")
                    }
                }
            }
            #expect(try Program.run(["diff", Self.demo]).status == 64)
            #expect(try Program.run(["diff", "--json", "/proc/none/x.json", Self.demo, Self.demo]).status == 73)
        }
    }
}
