import Observations
import Testing
import Wire

@Suite struct ObservationLogTests {
    static func host(_ number: UInt32) -> Subject { .host(HostKey(IPAddress(v4: number), in: .none)) }
    static func evidence(_ frame: UInt64) -> Evidence { Evidence(frame: frame, time: Timestamp(seconds: Int64(frame))) }
    static func record(_ log: ObservationLog, _ subject: Subject, _ attribute: Attribute, _ bytes: [UInt8], _ frame: UInt64) {
        log.record(subject, attribute, bytes.rawSpan, at: Self.evidence(frame))
    }

    @Test func keepsOneOfEach() throws {
        let log = ObservationLog(seed: 1)
        for frame in UInt64(1)...50 {
            Self.record(log, Self.host(1), .httpServer, Array("nginx/1.24".utf8), frame)
            log.record(Self.host(1), .httpServer, .text("nginx/1.24"), at: Self.evidence(frame))
        }
        let only = try #require(log.observations.first)
        #expect(log.observations.count == 1)
        #expect(log.count == 1)
        #expect(only.value == .text("nginx/1.24"))
        #expect(only.evidence == Self.evidence(1))
        #expect(only.lastSeen == Timestamp(seconds: 50))
        #expect(log.dropped == 0)
    }

    @Test func lastSeenNeverGoesBack() {
        let log = ObservationLog(seed: 1)
        for frame: UInt64 in [10, 90, 30] { log.record(Self.host(1), .tlsCertificateExpired, .number(1), at: Self.evidence(frame)) }
        #expect(log.observations.map(\.lastSeen) == [Timestamp(seconds: 90)])
    }

    @Test func whatDiffersIsKeptApart() {
        let log = ObservationLog(seed: 1)
        let service = ServiceKey(host: HostKey(IPAddress(v4: 1), in: .none), port: 80, transport: .tcp)
        log.record(Self.host(1), .httpServer, .text("a"), at: Self.evidence(1))
        log.record(Self.host(2), .httpServer, .text("a"), at: Self.evidence(1))
        log.record(Self.host(1), .httpPoweredBy, .text("a"), at: Self.evidence(1))
        log.record(Self.host(1), .httpServer, .text("b"), at: Self.evidence(1))
        log.record(.service(service), .httpServer, .text("a"), at: Self.evidence(1))
        log.record(.host(HostKey(IPAddress(v4: 1), in: .none.tagged(2))), .httpServer, .text("a"), at: Self.evidence(1))
        log.record(Self.host(1), .dicomMaxPDU, .number(1), at: Self.evidence(1))
        log.record(Self.host(1), .dicomMaxPDU, .number(2), at: Self.evidence(1))
        log.record(Self.host(1), .tlsCertificateNotAfter, .time(Timestamp(nanoseconds: 1)), at: Self.evidence(1))
        log.record(Self.host(1), .tlsCertificateNotAfter, .time(Timestamp(nanoseconds: 2)), at: Self.evidence(1))
        // Texts of zeros of different lengths, which a careless hash holds alike.
        for count in 1...20 { Self.record(log, Self.host(9), .sshBanner, [UInt8](repeating: 0x30, count: count), 1) }
        #expect(log.observations.count == 30)
    }

    @Test func emptyTextSaysNothing() {
        let log = ObservationLog(seed: 1)
        Self.record(log, Self.host(1), .httpServer, [], 1)
        #expect(log.observations.isEmpty)
        #expect(log.dropped == 0)
    }

    @Test func textIsMadePrintable() {
        let log = ObservationLog(seed: 1)
        Self.record(log, Self.host(1), .ftpBanner, Array("\u{1B}[2J220 ready".utf8), 1)
        log.record(Self.host(1), .ftpBanner, .text("\u{1B}[2J220 ready"), at: Self.evidence(2))
        Self.record(log, Self.host(1), .ftpBanner, [UInt8](repeating: 0x41, count: 5000), 3)
        log.record(Self.host(1), .ftpBanner, .text(String(repeating: "A", count: 4000)), at: Self.evidence(4))
        #expect(
            log.observations.map(\.value) == [
                .text("\u{FFFD}[2J220 ready"), .text(String(repeating: "A", count: PrintableText.limit - 1) + "…"),
            ])
    }

    @Test func valuesOfOneAttributeAreBounded() {
        let log = ObservationLog(seed: 1)
        let limit = ObservationLog.valuesPerAttribute
        for number in 0..<limit * 3 { log.record(Self.host(1), .httpHost, .text("h\(number)"), at: Self.evidence(1)) }
        #expect(log.observations.count == limit)
        #expect(log.dropped == UInt64(limit * 2))
        // Those that are known go on being seen, other attributes and subjects go on being noted.
        log.record(Self.host(1), .httpHost, .text("h0"), at: Self.evidence(7))
        #expect(log.observations.first?.lastSeen == Timestamp(seconds: 7))
        log.record(Self.host(1), .httpServer, .text("x"), at: Self.evidence(1))
        log.record(Self.host(2), .httpHost, .text("h0"), at: Self.evidence(1))
        #expect(log.observations.count == limit + 2)
        #expect(log.dropped == UInt64(limit * 2))
    }

    @Test func capacityIsBounded() {
        let log = ObservationLog(capacity: 100, seed: 1)
        for number in UInt32(0)..<250 { log.record(Self.host(number), .httpServer, .text("x"), at: Self.evidence(1)) }
        #expect(log.observations.count == 100)
        #expect(log.dropped == 150)
    }

    /// Against a model, over growth, with both ways to record, whatever the seed.
    @Test(arguments: [UInt64(0), 1, .max])
    func matchesAModel(seed: UInt64) {
        struct Key: Hashable {
            let subject: Subject
            let attribute: Attribute
            let value: Value
        }
        var random = SeededGenerator(seed: 77)
        let log = ObservationLog(seed: seed)
        var model: [Key: (first: UInt64, last: UInt64)] = [:]
        var order: [Key] = []
        let attributes: [Attribute] = [.httpServer, .sshBanner, .dnsName, .dicomMaxPDU]
        for frame in UInt64(1)...30_000 {
            let subject = Self.host(UInt32.random(in: 1...400, using: &random))
            guard let attribute = attributes.randomElement(using: &random) else { continue }
            let number = Int64.random(in: 0..<20, using: &random)
            let value: Value
            if attribute == .dicomMaxPDU {
                value = .number(number)
                log.record(subject, attribute, value, at: Self.evidence(frame))
            } else {
                let text = (number % 3 == 0 ? "é" : "") + String(repeating: "v", count: Int(number)) + "\(number)"
                value = .text(text)
                if frame % 2 == 0 {
                    log.record(subject, attribute, value, at: Self.evidence(frame))
                } else {
                    Self.record(log, subject, attribute, Array(text.utf8), frame)
                }
            }
            let key = Key(subject: subject, attribute: attribute, value: value)
            if model[key] == nil { order.append(key) }
            model[key] = (model[key]?.first ?? frame, frame)
        }
        let observations = log.observations
        #expect(observations.count == order.count)
        for (observation, key) in zip(observations, order) {
            let expected = model[key]
            guard observation.subject == key.subject, observation.attribute == key.attribute, observation.value == key.value,
                observation.evidence.frame == expected?.first, observation.lastSeen == expected.map({ Timestamp(seconds: Int64($0.last)) })
            else {
                Issue.record("\(observation) is not \(key) \(String(describing: expected))")
                return
            }
        }
        #expect(log.dropped == 0)
    }

    private final class Content {}

    /// Says the same as long as the sign is the same, over more messages than are remembered.
    @Test func messagesThatComeAgain() {
        let log = ObservationLog(seed: 1)
        let plain = ObservationLog(seed: 1)
        var random = SeededGenerator(seed: 7)
        var said = 0
        let rounds: UInt64 = 30_000
        for frame in 1...rounds {
            // A few hundred come often; the others push each other out.
            let message = random.next() % 4 == 0 ? random.next() % 20_000 : random.next() % 300
            let facts = message % 20
            func say(_ log: ObservationLog) {
                for fact in 0..<facts { log.record(Self.host(UInt32(message)), .httpServer, .number(Int64(fact)), at: Self.evidence(frame)) }
            }
            var sign = log.sign(of: message)
            sign.add([UInt16(truncatingIfNeeded: message)])
            log.note(sign, at: Self.evidence(frame).time) {
                said += 1
                say(log)
            }
            say(plain)
        }
        #expect(log.observations == plain.observations)
        #expect(log.dropped == plain.dropped)
        #expect(said < Int(rounds) / 2)
    }

    @Test func aMessageGivesWhatItGaveBefore() {
        let log = ObservationLog(seed: 1)
        let contents = (0..<3).map { _ in Content() }
        for (number, content) in contents.enumerated() { #expect(log.note(log.sign(of: UInt64(number)), at: Timestamp(seconds: 1)) { content } === content) }
        for (number, content) in contents.enumerated() {
            #expect(log.note(log.sign(of: UInt64(number)), at: Timestamp(seconds: 2)) { () -> Content? in Content() } === content)
        }
    }

    /// What was left out the first time is left out, and counted, the next time too.
    @Test func aMessageThatDoesNotFitIsSaidAgain() {
        let log = ObservationLog(capacity: 1, seed: 1)
        for frame: UInt64 in 1...3 {
            log.note(log.sign(of: 1), at: Self.evidence(frame).time) {
                for number: Int64 in 1...2 { log.record(Self.host(1), .httpServer, .number(number), at: Self.evidence(frame)) }
            }
        }
        #expect(log.observations.map(\.lastSeen) == [Timestamp(seconds: 3)])
        #expect(log.dropped == 3)
    }

    @Test func numbersOfASignAreKeptApart() {
        let log = ObservationLog(seed: 1)
        var signs: Set<UInt64> = []
        let lists: [[UInt16]] = [[], [0], [0, 0], [0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 1]]
        for list in lists {
            var sign = log.sign(of: 1)
            sign.add(list)
            signs.insert(sign.short)
        }
        #expect(signs.count == lists.count)
    }

    @Test func ordinalsAreThePlacesOfTheCases() {
        #expect(ApplicationProtocol.allCases.map(\.ordinal) == Array(ApplicationProtocol.allCases.indices))
    }
}
