import Observations
import Testing
import Wire

@testable import Dissectors

// After the greeting that Nmap's fox-info script sends and documents, with invented names.
@Suite("Niagara Fox") struct FoxTests {
    static let script = Script(
        (.initiator, Octets.text("fox a 1 -1 fox hello\n{\nfox.version=s:1.0\nid=i:1\nhostName=s:poste-gtb\nhostAddress=s:10.0.0.1\napp.name=s:Workbench\napp.version=s:3.7.44\n};;\n")),
        (.responder, Octets.text("fox a 0 -1 fox hello\n{\nfox.version=s:1.0\nid=i:2\nhostName=s:192.168.2.15\napp.name=s:Station\napp.version=s:3.8.111\nvm.name=s:J9\nvm.version=s:2.4\nos.name=s:QNX\nos.version=s:6.4.1\nstation.name=s:GTC_BLOC\nlang=s:en\nhostId=s:Qnx-NPM6-0000-1490-C30C\nbrandId=s:vykon\n};;\n")),
        (.responder, Octets.text("fox a 1 -1 fox challenge\n{\nmethod=s:digest-md5\nnonce=b:4[abcd]\n};;\n")),
        (.initiator, Octets.text("fox a 2 1 fox login\n{\nusername=s:canaryuser\nresponse=b:4[canary]\n};;\n")),
        (.responder, Octets.text("fox a 2 2 fox welcome\n{\n};;\n")))

    @Test func greeting() {
        let run = Harness.run(Self.script.turns, dissectors: Building.streams)
        #expect(run.protocols == [.fox])
        #expect(Building.service(.foxStation, run.noted) == ["GTC_BLOC"])
        #expect(Building.service(.foxApplication, run.noted) == ["Station 3.8.111"])
        #expect(Building.service(.foxSystem, run.noted) == ["QNX 6.4.1"])
        #expect(Building.service(.foxMachine, run.noted) == ["J9 2.4"])
        #expect(Building.service(.foxBrand, run.noted) == ["vykon"])
        #expect(Building.service(.foxHostID, run.noted) == ["Qnx-NPM6-0000-1490-C30C"])
        #expect(Building.service(.foxLogin, run.noted) == ["digest-md5"])
        // A name that is an address is none.
        #expect(Building.texts(.foxHost, run.noted) == ["poste-gtb"])
        #expect(!run.noted.contains { $0.description.lowercased().contains("canary") })
    }

    @Test func properties() {
        Building.check(Self.script, FoxDissector.self)
        Harness.checkOneDirection(Self.script, FoxDissector.self)
        Harness.checkMidStream(Self.script, dropping: 1, FoxDissector.self)
    }

    @Test(arguments: ["fox a quick brown", "fox a 1 -1 hello\n{", "foxtrot a 1 fox hello\n{"]) func refused(text: String) {
        #expect(Harness.run([Script.client(Octets.text(text))], dissectors: [FoxDissector.self]).protocols.isEmpty)
    }
}
