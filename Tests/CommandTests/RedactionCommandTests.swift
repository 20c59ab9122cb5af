import Foundation
import Testing

/// `laennec redact` and `laennec extract` as a user runs them.
@Suite struct RedactionCommandTests {
    @Test func redactsAndProves() throws {
        try Program.withFolder { folder in
            let copy = folder + "/copy.pcapng"
            let run = try Program.run(["redact", "--language", "en", Program.capture("hl7-interfaces.pcap"), copy])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.hasPrefix("copy.pcapng: 81 frames; scanned again, the copy gives the same result"))
            #expect(try Program.bytes(copy).prefix(4) == [0x0A, 0x0D, 0x0D, 0x0A])
            let text = String(decoding: try Program.bytes(copy), as: UTF8.self)
            for canary in try Program.canaries("hl7-interfaces") { #expect(!text.contains(canary), "\(canary)") }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".partial") } == [])
        }
    }

    @Test func extractsByTheBeginningOfAnID() throws {
        try Program.withFolder { folder in
            let capture = Program.capture("demo-hospital.pcapng")
            let run = try Program.run(["extract", "--language", "fr", "--finding", "cleartext-login-telnet", capture, "-o", folder + "/preuve.pcap"])
            #expect(run.status == 0, "\(run.errors)\(run.output)")
            #expect(run.output.contains("donne le même résultat"))
            let again = try Program.run(["scan", "--json", "-", folder + "/preuve.pcap"])
            #expect(again.output.contains("cleartext-login-telnet"))
            #expect(try Program.bytes(folder + "/preuve.pcap").count < Program.bytes(capture).count / 4)
        }
    }

    /// What a person may get wrong: one sentence that says what to do, and the exit code of the guide.
    @Test func mistakesAreExplained() throws {
        try Program.withFolder { folder in
            let capture = Program.capture("arp.pcap")
            try Program.write(Program.bytes(capture), to: folder + "/own.pcap")
            let own = folder + "/own.pcap"
            for (arguments, status, part) in [
                (["redact", own, own], 64, "cannot take the place of the original"),
                (["redact", "-", folder + "/x.pcap"], 64, "a regular file is needed"),
                (["redact", folder + "/none.pcap", folder + "/x.pcap"], 66, "there is no such file"),
                (["redact", own, folder + "/none/x.pcap"], 73, "could not be written"),
                (["extract", "--finding", "nothing", own, "-o", folder + "/x.pcap"], 64, "nothing of that name"),
                (["extract", "--asset", "10.99.99.99", own, "-o", folder + "/x.pcap"], 64, "nothing of that name"),
                (["extract", own, "-o", folder + "/x.pcap"], 64, "either --finding or --asset"),
            ] as [([String], Int32, String)] {
                let run = try Program.run([arguments[0], "--language", "en"] + arguments.dropFirst())
                #expect(run.status == status, "\(arguments): \(run.status)")
                #expect(run.errors.contains(part), "\(arguments): \(run.errors)")
            }
            #expect(try Program.bytes(own) == Program.bytes(capture))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["own.pcap"])
        }
    }

    @Test func ambiguousBeginningsAreListed() throws {
        try Program.withFolder { folder in
            let run = try Program.run(["extract", "--language", "en", "--finding", "dicom-clear", Program.capture("demo-hospital.pcapng"), "-o", folder + "/x.pcap"])
            #expect(run.status == 64)
            #expect(run.errors.contains("names several"))
        }
    }
}
