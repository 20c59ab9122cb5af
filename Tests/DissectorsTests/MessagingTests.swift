import Observations
import Testing
import Wire

@testable import Dissectors

/// Message brokers, by what real brokers and clients said to each other.
@Suite("Messaging") struct MessagingTests {
    static func note(_ attribute: Attribute, _ value: String) -> Noted { DatabaseTests.note(attribute, value) }

    // MARK: MQTT

    @Test func mqtt() throws {
        let scripts = try RecordedConversation.load("mqtt-mosquitto").filter { $0.turns.first?.bytes.first == 0x10 }
        #expect(scripts.count == 5)
        let canaries = try RecordedConversation.canaries("mqtt-mosquitto")
        for script in scripts {
            Harness.checkSplits(script, MQTTDissector.self)
            Harness.checkPrefixes(script, MQTTDissector.self)
            Harness.checkOneDirection(script, MQTTDissector.self, sides: [.initiator])
            Harness.checkMutations(script, MQTTDissector.self, rounds: 100)
            for noted in Harness.run(script.turns, dissectors: [MQTTDissector.self]).noted {
                for canary in canaries { #expect(!noted.value.description.contains(canary), "\(noted)") }
            }
        }
        let noted = scripts.map { DatabaseTests.ofServer($0, MQTTDissector.self) }
        #expect(noted[0] == [Self.note(.mqttVersion, "3.1"), Self.note(.loginAnonymous, "mqtt"), Self.note(.databaseEncryption, "clear")])
        #expect(noted[1] == [Self.note(.mqttVersion, "3.1.1"), Self.note(.loginAnonymous, "mqtt"), Self.note(.databaseEncryption, "clear")])
        #expect(noted[2].contains(Self.note(.mqttBroker, "mosquitto version 2.0.11")))
        #expect(noted[3] == [Self.note(.databaseAuthentication, "mqtt-password")])
        #expect(
            noted[4] == [
                Self.note(.mqttVersion, "5"), Self.note(.loginClear, "mqtt"), Self.note(.loginAccepted, "mqtt"), Self.note(.databaseEncryption, "clear"),
            ])
    }

    /// A broker alone: its CONNACK, and what is behind it.
    @Test func mqttBrokerAlone() {
        let script = Script((.responder, Octets.hex("20020000")), (.responder, Octets.hex("9003000100")))
        Harness.checkOneDirection(script, MQTTDissector.self, sides: [.responder])
        // LDAP begins as PUBLISH does.
        let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: false)
        #expect(MQTTDissector.probe(Octets.hex("300c020101600702010304008000").rawSpan, context) == .no)
    }

    // MARK: AMQP

    @Test func amqp() throws {
        let scripts = try DatabaseTests.check("amqp-rabbitmq", AMQPDissector.self)
        #expect(scripts.count == 2)
        let noted = scripts.map { DatabaseTests.ofServer($0, AMQPDissector.self) }
        #expect(
            noted.first == [
                Self.note(.amqpVersion, "0-9-1"), Self.note(.amqpProduct, "RabbitMQ/3.10.8"), Self.note(.databaseAuthentication, "amqp-plain"),
                Self.note(.loginClear, "amqp-plain"), Self.note(.loginAccepted, "amqp-plain"), Self.note(.databaseEncryption, "clear"),
            ])
        for expected in [Self.note(.amqpVersion, "1.0"), Self.note(.loginClear, "amqp-plain"), Self.note(.loginAccepted, "amqp-plain")] {
            #expect(noted.last?.contains(expected) == true, "\(expected)")
        }
    }

    // MARK: Kafka, from the Kafka Protocol Guide

    static func request(_ key: Int, _ version: Int, _ id: Int, _ body: [UInt8]) -> [UInt8] {
        let message = Octets.u16(key) + Octets.u16(version) + Octets.u32(id) + Octets.u16(12) + Octets.text("canaryclient") + body
        return Octets.u32(message.count) + message
    }
    static func answer(_ id: Int, _ body: [UInt8]) -> [UInt8] { Octets.u32(body.count + 4) + Octets.u32(id) + body }
    static let versions = Octets.u16(0) + Octets.u32(3) + Octets.hex("000000000009 000100000011 000200000007".filter { $0 != " " })

    @Test func kafka() {
        let open = Script(
            (.initiator, Self.request(18, 0, 1, [])), (.responder, Self.answer(1, Self.versions)),
            (.initiator, Self.request(3, 1, 2, Octets.u32(1) + DatabaseTests.short("canarytopic"))), (.responder, Self.answer(2, Octets.zeros(40))))
        Harness.checkSplits(open, KafkaDissector.self)
        Harness.checkPrefixes(open, KafkaDissector.self)
        Harness.checkOneDirection(open, KafkaDissector.self)
        Harness.checkMutations(open, KafkaDissector.self)
        #expect(
            DatabaseTests.ofServer(open, KafkaDissector.self) == [
                Self.note(.kafkaRequest, "api-versions"), Self.note(.kafkaRequest, "metadata"), Self.note(.databaseEncryption, "clear"),
                Self.note(.loginAnonymous, "kafka"),
            ])
        let plain = Script(
            (.initiator, Self.request(17, 1, 1, DatabaseTests.short("PLAIN"))), (.responder, Self.answer(1, Octets.zeros(10))),
            (.initiator, Self.request(36, 0, 2, Octets.u32(20) + Octets.text("\u{0}canaryuser\u{0}CanaryPw"))), (.responder, Self.answer(2, Octets.zeros(8))),
            (.initiator, Self.request(3, 1, 3, Octets.u32(0))), (.responder, Self.answer(3, Octets.zeros(40))))
        let noted = DatabaseTests.ofServer(plain, KafkaDissector.self)
        #expect(noted.contains(Self.note(.loginClear, "kafka-plain")) && noted.contains(Self.note(.loginAccepted, "kafka-plain")))
        #expect(!noted.contains { $0.attribute == .loginAnonymous })
    }
}
