import Observations
import Testing
import Wire

@testable import Dissectors

/// LPD recorded from rlpr 2.05, IPP from ippeveprinter (CUPS 2.4); PJL after HP's technical reference manual.
@Suite("Printing") struct PrintingTests {
    static let exit = "\u{1B}%-12345X"
    static let pjl = Script(
        (.initiator, Octets.text(exit + "@PJL\r\n@PJL INFO ID\r\n@PJL FSDIRLIST NAME=\"0:\\canary\" ENTRY=1 COUNT=9\r\n")),
        (.responder, Octets.text("@PJL INFO ID\r\n\"LASERJET 4200\"\r\n\u{0C}@PJL FSDIRLIST NAME=\"0:\\canary\" ENTRY=1\r\ncanaryfile TYPE=DIR\r\n\u{0C}")),
        (.initiator, Octets.text(exit + "@PJL JOB NAME=\"CANARY\"\r\n@PJL SET USERNAME=\"canary\"\r\n@PJL ENTER LANGUAGE = PCL\r\n\u{1B}ECANARY DUPONT\u{0C}")))
    static let lpd = Script(
        (.initiator, Octets.text("\u{02}CANARYFILE\n")), (.responder, [0]), (.initiator, Octets.text("\u{02}84 cfA801poste\n")), (.responder, [0]),
        (.initiator, Octets.text("Hposte\nPcanaryuser\nJCANARY\nfdfA801poste\n\u{00}")), (.responder, [0]))

    @Test func printerJobLanguage() {
        #expect(
            Set(Harness.run(Self.pjl.turns, dissectors: [PJLDissector.self]).noted.map(\.description)) == [
                "pjl.command=INFO", "pjl.command=FSDIRLIST", "pjl.command=JOB", "pjl.command=SET", "pjl.command=ENTER", "print.language=PCL", "pjl.answered=INFO",
                "pjl.answered=FSDIRLIST", "pjl.model=LASERJET 4200",
            ])
    }

    @Test func linePrinterDaemon() {
        #expect(
            Set(Harness.run(Self.lpd.turns, dissectors: [LPDDissector.self]).noted.map(\.description)) == ["lpd.command=receive-job", "lpd.accepted=receive-job"])
        // The first command alone proves nothing, nor does a byte of 0.
        let start = ProbeContext(transport: .tcp, side: .initiator, role: .client, isStart: true)
        #expect(LPDDissector.probe(Octets.text("\u{02}lp\n").rawSpan, start) == .notYet)
        #expect(LPDDissector.probe(Octets.text("\u{02}1H|\\^&|||ANALYSER\n").rawSpan, start) != .yes)
    }

    @Test func properties() {
        for (dissector, script, sides) in [(PJLDissector.self, Self.pjl, [.initiator, .responder]), (LPDDissector.self, Self.lpd, [.initiator])]
            as [(any StreamDissector.Type, Script, [Side])]
        {
            Harness.checkSplits(script, dissector)
            Harness.checkPrefixes(script, dissector)
            Harness.checkOneDirection(script, dissector, sides: sides)
            Harness.checkMutations(script, dissector, rounds: 200)
            let noted = Harness.run(script.turns, dissectors: [dissector]).noted
            #expect(!noted.contains { $0.description.lowercased().contains("canary") })
        }
        Harness.checkMidStream(Self.pjl, dropping: 2, PJLDissector.self)
    }

    static func attribute(_ tag: UInt8, _ name: String, _ value: String) -> [UInt8] {
        [tag] + Octets.u16(name.utf8.count) + Octets.text(name) + Octets.u16(value.utf8.count) + Octets.text(value)
    }
    static func exchange(_ operation: Int, _ answer: [UInt8]) -> Script {
        let body = [1, 1] + Octets.u16(operation) + Octets.u32(1) + [1] + Self.attribute(0x42, "requesting-user-name", "canaryuser") + [3] + Octets.text("%PDF CANARY")
        let result = [1, 1] + Octets.u16(0) + Octets.u32(1) + [1] + Self.attribute(0x47, "attributes-charset", "utf-8") + answer + [3]
        func message(_ first: String, _ body: [UInt8]) -> [UInt8] {
            Octets.text("\(first)\r\nContent-Type: application/ipp\r\nContent-Length: \(body.count)\r\n\r\n") + body
        }
        return Script((.initiator, message("POST /ipp/print HTTP/1.1", body)), (.responder, message("HTTP/1.1 200 OK", result)))
    }

    @Test func internetPrintingProtocol() {
        let answer =
            [4] + Self.attribute(0x41, "printer-make-and-model", "Laennec LaserJet 4200") + Self.attribute(0x45, "printer-uuid", "urn:uuid:f8a903f9")
            + Self.attribute(0x41, "printer-location", "CANARYLIEU") + Self.attribute(0x41, "printer-firmware-string-version", "4.2")
            + Self.attribute(0x44, "uri-authentication-supported", "none") + Self.attribute(0x44, "", "basic")
        let script = Self.exchange(0x000B, answer)
        let run = Harness.run(script.turns, dissectors: [HTTPDissector.self])
        #expect(run.protocols == [.http, .ipp])
        #expect(
            Set(run.noted.map(\.description)) == [
                "ipp.operation=Get-Printer-Attributes", "ipp.answered=printer-attributes", "ipp.make_and_model=Laennec LaserJet 4200",
                "ipp.uuid=urn:uuid:f8a903f9", "ipp.firmware=4.2", "ipp.authentication=none", "ipp.authentication=basic",
            ])
        // Attributes of a job name its user.
        let job = Self.exchange(0x0002, [2] + Self.attribute(0x42, "job-originating-user-name", "canary") + Self.attribute(0x41, "printer-make-and-model", "canary"))
        #expect(Set(Harness.run(job.turns, dissectors: [HTTPDissector.self]).noted.map(\.description)) == ["ipp.operation=Print-Job", "ipp.answered=job-attributes"])
        let bytewise = script.turns.flatMap { turn in turn.bytes.map { Script.Turn(side: turn.side, bytes: [$0]) } }
        #expect(Harness.run(bytewise, dissectors: [HTTPDissector.self]).noted == run.noted)
        Harness.checkMutations(script, HTTPDissector.self, rounds: 200)
    }
}
