import Observations
import Testing
import Wire

@testable import Dissectors

/// Databases, by what real servers and clients said to each other.
@Suite("Databases") struct DatabaseTests {
    static func note(_ attribute: Attribute, _ value: String) -> Noted {
        Noted(subject: Harness.serverSubject, attribute: attribute, value: .text(value))
    }
    /// What a conversation says of the service.
    static func ofServer(_ script: Script, _ dissector: any StreamDissector.Type) -> Set<Noted> {
        Harness.run(script.turns, dissectors: [dissector]).noted.filter { $0.subject == Harness.serverSubject }
    }
    static func check(_ name: String, _ dissector: any StreamDissector.Type, sides: [Side] = [.initiator, .responder]) throws -> [Script] {
        let scripts = try RecordedConversation.load(name)
        #expect(scripts.count > 0)
        let canaries = try RecordedConversation.canaries(name)
        for script in scripts {
            Harness.checkSplits(script, dissector)
            Harness.checkPrefixes(script, dissector)
            Harness.checkOneDirection(script, dissector, sides: sides)
            Harness.checkMutations(script, dissector, rounds: 100)
            for noted in Harness.run(script.turns, dissectors: [dissector]).noted {
                for canary in canaries { #expect(!noted.value.description.contains(canary), "\(noted)") }
            }
        }
        return scripts
    }

    static let all: [any StreamDissector.Type] = [
        PostgreSQLDissector.self, MySQLDissector.self, MongoDBDissector.self, TDSDissector.self, AMQPDissector.self, MQTTDissector.self, RedisDissector.self,
        TNSDissector.self, CassandraDissector.self, MemcachedDissector.self, KafkaDissector.self,
    ]

    /// Where a few bytes are all there is, a header of 16 octets cannot be refused yet.
    static func refuses(_ dissector: any StreamDissector.Type, _ bytes: [UInt8], _ context: ProbeContext, _ name: String) {
        let answer = dissector.probe(bytes.rawSpan, context)
        #expect(answer == .no || (answer == .notYet && bytes.count < 16), "\(dissector): \(name)")
    }

    @Test func othersAreRefused() {
        for dissector in Self.all {
            for (name, bytes) in Foreign.client where name != dissector.applicationProtocol.rawValue {
                for isStart in [true, false] {
                    let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)
                    Self.refuses(dissector, bytes, context, name)
                }
            }
            for (name, bytes) in Foreign.server where name != dissector.applicationProtocol.rawValue {
                let context = ProbeContext(transport: .tcp, side: .responder, role: nil, isStart: true)
                Self.refuses(dissector, bytes, context, name)
            }
        }
    }

    @Test func randomBytesAreRefused() {
        var generator = SeededGenerator(seed: 42)
        for _ in 0..<20_000 {
            var bytes = [UInt8](repeating: 0, count: 48)
            for index in bytes.indices { bytes[index] = UInt8.random(in: .min ... .max, using: &generator) }
            // Zeroes at the beginning are where binary protocols look alike.
            for index in 0..<Int.random(in: 0...3, using: &generator) { bytes[index] = 0 }
            for dissector in Self.all {
                for isStart in [true, false] {
                    let context = ProbeContext(transport: .tcp, side: .initiator, role: nil, isStart: isStart)
                    #expect(dissector.probe(bytes.rawSpan, context) != .yes, "\(dissector): \(hexadecimal(bytes))")
                }
            }
        }
    }

    // MARK: PostgreSQL

    @Test func postgresql() throws {
        let scripts = try Self.check("postgresql-methods", PostgreSQLDissector.self)
        let methods = ["postgresql-trust", "postgresql-md5", "postgresql-scram", "postgresql-password"]
        #expect(scripts.count == 5)
        for (script, method) in zip(scripts, methods) {
            let noted = Self.ofServer(script, PostgreSQLDissector.self)
            #expect(Set(noted.filter { $0.attribute == .databaseAuthentication }) == [Self.note(.databaseAuthentication, method)])
            #expect(Set(noted.filter { $0.attribute == .databaseEncryption }) == [Self.note(.databaseEncryption, "refused"), Self.note(.databaseEncryption, "clear")])
            #expect(noted.contains { $0.attribute == .postgresqlVersion && $0.value.description.hasPrefix("15.") })
            #expect(noted.contains(Self.note(.loginAnonymous, "postgresql-trust")) == (method == "postgresql-trust"))
            #expect(noted.contains(Self.note(.loginClear, "postgresql-password")) == (method == "postgresql-password"))
            #expect(noted.contains(Self.note(.loginAccepted, "postgresql-password")) == (method == "postgresql-password"))
            Harness.checkMidStream(script, dropping: 3, PostgreSQLDissector.self)
        }
        if let last = scripts.last {
            #expect(Self.ofServer(last, PostgreSQLDissector.self) == [Self.note(.databaseEncryption, "used"), Self.note(.serviceUpgraded, "tls")])
        }
    }

    // MARK: MySQL

    @Test func mysql() throws {
        let scripts = try Self.check("mysql-mariadb", MySQLDissector.self)
        guard scripts.count == 5 else {
            Issue.record("\(scripts.count)")
            return
        }
        let login = Self.ofServer(scripts[0], MySQLDissector.self)
        #expect(login.contains(Self.note(.databaseAuthentication, "mysql-native")))
        #expect(Set(login.filter { $0.attribute == .databaseEncryption }) == [Self.note(.databaseEncryption, "not-offered"), Self.note(.databaseEncryption, "clear")])
        #expect(login.contains { $0.attribute == .mysqlVersion && $0.value.description.contains("10.11.") })
        #expect(!login.contains { $0.attribute == .loginAnonymous })
        #expect(Self.ofServer(scripts[1], MySQLDissector.self).contains(Self.note(.loginAnonymous, "mysql-no-password")))
        #expect(Self.ofServer(scripts[2], MySQLDissector.self).contains(Self.note(.databaseAuthentication, "mysql-ed25519")))
        // A wrong password: nothing was accepted, nothing of data was in clear.
        #expect(!Self.ofServer(scripts[3], MySQLDissector.self).contains { $0.attribute == .databaseAuthentication })
        let tls = Self.ofServer(scripts[4], MySQLDissector.self)
        #expect(Set(tls.filter { $0.attribute == .databaseEncryption }) == [Self.note(.databaseEncryption, "offered"), Self.note(.databaseEncryption, "used")])
        Harness.checkMidStream(scripts[0], dropping: 3, MySQLDissector.self)
    }

    // MARK: Redis

    @Test func redis() throws {
        let scripts = try Self.check("redis-auth", RedisDissector.self, sides: [.initiator])
        let noted = scripts.map { Self.ofServer($0, RedisDissector.self) }
        #expect(noted[0] == [Self.note(.databaseEncryption, "clear"), Self.note(.loginAnonymous, "redis")])
        #expect(noted[2].contains { $0.attribute == .redisVersion && $0.value.description.hasPrefix("redis/7.") })
        #expect(noted[3] == [Self.note(.databaseAuthentication, "redis-password")])
        for script in noted.dropFirst(4) {
            #expect(script.contains(Self.note(.loginClear, "redis")) && script.contains(Self.note(.loginAccepted, "redis")))
            #expect(!script.contains { $0.attribute == .loginAnonymous })
        }
        Harness.checkMidStream(scripts[2], dropping: 1, RedisDissector.self)
    }

    // MARK: Memcached

    @Test func memcached() throws {
        let scripts = try Self.check("memcached-open", MemcachedDissector.self)
        #expect(
            Self.ofServer(scripts[0], MemcachedDissector.self) == [
                Self.note(.databaseEncryption, "clear"), Self.note(.loginAnonymous, "memcached"), Self.note(.memcachedVersion, "1.6.18"),
            ])
    }

    // MARK: TDS, from MS-TDS section 4.1 and 4.2 (pre-login request, login request) and MC-SQLR section 4.3

    static let preloginRequest = Octets.hex(
        "1201002f0000010000001a00060100200001020021000103002200040400260001ff0900000000000100b80d000001")
    /// As a server answers: version 9.0.0, encryption not supported (2), or off (0).
    static func preloginAnswer(_ encryption: UInt8) -> [UInt8] {
        Octets.hex("0401002b0000010000001a00060100200001020021000103002200000400220001ff090000000000") + [encryption] + [0, 0]
    }
    /// ASCII in UTF-16, little-endian.
    static func wide(_ text: String) -> [UInt8] { text.utf8.reduce(into: []) { $0 += [$1, 0] } }
    /// A login whose password has a length (2.2.6.4); names are canaries.
    static var login: [UInt8] {
        var fixed = Octets.zeros(94)
        fixed[7] = 0x74
        fixed[40] = 94
        fixed[42] = 10
        fixed[44] = 114
        fixed[46] = 8
        let names: [UInt8] = Self.wide("canaryuser") + [UInt8](repeating: 0xA5, count: 16)
        let body = fixed + names
        var bytes: [UInt8] = [0x10, 0x01] + Octets.u16(body.count + 8) + [0, 0, 1, 0] + body
        bytes[8] = UInt8(body.count)
        return bytes
    }
    /// LOGINACK of SQL Server 2005 and DONE.
    static var loginAnswer: [UInt8] {
        let name: [UInt8] = Self.wide("Microsoft SQL Server") + [0, 0, 0, 0]
        let token: [UInt8] = [0x01, 0x72, 0x09, 0x00, 0x02, 22] + name + [0x09, 0x00, 0x0B, 0xE2]
        let body: [UInt8] = [0xAD, UInt8(token.count), 0] + token + [0xFD] + Octets.zeros(12)
        return [0x04, 0x01] + Octets.u16(body.count + 8) + [0, 0, 1, 0] + body
    }

    @Test func tds() {
        let clear = Script((.initiator, Self.preloginRequest), (.responder, Self.preloginAnswer(2)), (.initiator, Self.login), (.responder, Self.loginAnswer))
        Harness.checkSplits(clear, TDSDissector.self)
        Harness.checkPrefixes(clear, TDSDissector.self)
        Harness.checkOneDirection(clear, TDSDissector.self)
        Harness.checkMutations(clear, TDSDissector.self)
        #expect(
            Self.ofServer(clear, TDSDissector.self) == [
                Self.note(.tdsVersion, "9.0.0"), Self.note(.tdsVersion, "9.0.3042"), Self.note(.databaseEncryption, "not-offered"),
                Self.note(.databaseAuthentication, "tds-password"), Self.note(.loginClear, "tds"), Self.note(.loginAccepted, "tds"),
                Self.note(.databaseEncryption, "clear"),
            ])
        let half = Script((.initiator, Self.preloginRequest), (.responder, Self.preloginAnswer(0)))
        #expect(Self.ofServer(half, TDSDissector.self) == [Self.note(.tdsVersion, "9.0.0"), Self.note(.databaseEncryption, "login-only")])
        let used = Script((.initiator, Self.preloginRequest), (.responder, Self.preloginAnswer(1)))
        #expect(Self.ofServer(used, TDSDissector.self).contains(Self.note(.databaseEncryption, "used")))
        Harness.checkMidStream(clear, dropping: 1, TDSDissector.self)
    }

    @Test func sqlBrowser() {
        let text = "ServerName;SRV-PACS;InstanceName;PACSDB;IsClustered;No;Version;15.0.2000.5;tcp;1433;np;\\\\SRV-PACS\\pipe\\sql\\query;;"
        let datagram = [0x05, UInt8(text.utf8.count), 0] + Octets.text(text)
        let run = Harness.run(datagrams: [Script.server(datagram)], SQLBrowserDissector.self, serverPort: 1434)
        #expect(run.verdicts == [.more])
        #expect(Set(run.noted.map(\.value.description)) == ["PACSDB", "15.0.2000"])
        for other in Array(Foreign.client.values) + [[0x05], [0x02], [0x05, 6, 0, 1, 0x99, 0x05]] {
            #expect(Harness.run(datagrams: [Script.server(other)], SQLBrowserDissector.self, serverPort: 1434).verdicts == [.no])
        }
    }

    // MARK: Oracle, from the packets that the documentation of Oracle Net and Wireshark's of `tns` describe

    @Test func tns() {
        let data = Octets.text("(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=canaryservice)(CID=(PROGRAM=x)(HOST=y)(USER=canaryuser))))")
        let connect = Octets.u16(58 + data.count) + Octets.hex("000001000000") + Octets.hex("013c012c0c412000ffff7f0800000100") + [0, UInt8(data.count), 0, 0x3A]
        let request = connect + Octets.zeros(58 - connect.count) + data
        let refusal = Octets.text("(DESCRIPTION=(TMP=)(VSNNUM=186647552)(ERR=12514)(ERROR_STACK=(ERROR=(CODE=12514)(EMFI=4))))")
        let refused = Script((.initiator, request), (.responder, Octets.u16(12 + refusal.count) + Octets.hex("0000040000002200") + Octets.u16(refusal.count) + refusal))
        Harness.checkSplits(refused, TNSDissector.self)
        Harness.checkPrefixes(refused, TNSDissector.self)
        Harness.checkOneDirection(refused, TNSDissector.self)
        Harness.checkMutations(refused, TNSDissector.self)
        #expect(Self.ofServer(refused, TNSDissector.self) == [Self.note(.tnsVersion, "11.2.0.4.0")])
        let accept = Octets.hex("002000000200000001360000080020000100000000200000") + Octets.zeros(8)
        // Native services: encryption has the version of its service and the algorithm that was chosen.
        func services(_ algorithm: UInt8) -> [UInt8] {
            let service = Octets.hex("0002000200000000") + Octets.hex("000400050b200200") + Octets.hex("00010002") + [algorithm]
            let body = Octets.hex("0000deadbeef") + Octets.u16(13 + service.count) + Octets.hex("0b20020000010 0".filter { $0 != " " }) + service
            return Octets.u16(8 + body.count) + Octets.hex("000006000000") + body
        }
        let accepted = Script((.initiator, request), (.responder, accept), (.responder, services(0)))
        #expect(Self.ofServer(accepted, TNSDissector.self) == [Self.note(.tnsVersion, "protocol 310"), Self.note(.databaseEncryption, "clear")])
        let encrypted = Script((.initiator, request), (.responder, accept), (.responder, services(17)))
        #expect(Self.ofServer(encrypted, TNSDissector.self).contains(Self.note(.databaseEncryption, "native")))
    }

    // MARK: MongoDB, from the MongoDB Wire Protocol and bsonspec.org

    static func bson(_ elements: [UInt8]...) -> [UInt8] {
        let body: [UInt8] = elements.reduce([], +) + [0]
        return Octets.u32(body.count + 4).reversed() + body
    }
    static func text(_ name: String, _ value: String) -> [UInt8] {
        [2] + Octets.text(name) + [0] + Octets.u32(value.utf8.count + 1).reversed() + Octets.text(value) + [0]
    }
    static func number(_ name: String, _ value: Int) -> [UInt8] { [0x10] + Octets.text(name) + [0] + Octets.u32(value).reversed() }
    static let accepted: [UInt8] = [1] + Octets.text("ok") + [0] + Octets.hex("000000000000f03f")
    static func message(_ id: Int, _ answers: Int, _ document: [UInt8]) -> [UInt8] {
        let body = Octets.u32(id).reversed() + Octets.u32(answers).reversed() + Octets.u32(2013).reversed() + Octets.zeros(5) + document
        return Octets.u32(body.count + 4).reversed() + body
    }

    @Test func mongodb() {
        let open = Script(
            (.initiator, Self.message(1, 0, Self.bson(Self.number("hello", 1), Self.text("$db", "admin")))),
            (.responder, Self.message(8, 1, Self.bson(Self.number("maxWireVersion", 17), Self.accepted))),
            (.initiator, Self.message(2, 0, Self.bson(Self.number("buildInfo", 1), Self.text("$db", "admin")))),
            (.responder, Self.message(9, 2, Self.bson(Self.text("version", "6.0.3"), Self.accepted))),
            (.initiator, Self.message(3, 0, Self.bson(Self.text("find", "canarypatients"), Self.text("$db", "canarybase")))),
            (.responder, Self.message(10, 3, Self.bson(Self.text("name", "ZZCANARYDUPONT"), Self.accepted))))
        Harness.checkSplits(open, MongoDBDissector.self)
        Harness.checkPrefixes(open, MongoDBDissector.self)
        Harness.checkOneDirection(open, MongoDBDissector.self)
        Harness.checkMidStream(open, dropping: 2, MongoDBDissector.self)
        Harness.checkMutations(open, MongoDBDissector.self)
        #expect(
            Self.ofServer(open, MongoDBDissector.self) == [
                Self.note(.mongodbVersion, "wire 17"), Self.note(.mongodbVersion, "6.0.3"), Self.note(.databaseEncryption, "clear"),
                Self.note(.loginAnonymous, "mongodb"),
            ])
        // In mid-stream a login may have come before.
        #expect(!Harness.checkMidStream(open, dropping: 2, MongoDBDissector.self).contains { $0.attribute == .loginAnonymous })
        let refused = Script(
            (.initiator, Self.message(1, 0, Self.bson(Self.text("find", "canarypatients")))),
            (.responder, Self.message(8, 1, Self.bson([1] + Octets.text("ok") + Octets.zeros(9), Self.number("code", 13)))))
        #expect(Self.ofServer(refused, MongoDBDissector.self) == [Self.note(.databaseAuthentication, "mongodb-required")])
        let plain = Script(
            (.initiator, Self.message(1, 0, Self.bson(Self.number("saslStart", 1), Self.text("mechanism", "PLAIN"), Self.text("payload", "canaryuser")))),
            (.responder, Self.message(8, 1, Self.bson([8] + Octets.text("done") + [0, 1], Self.accepted))),
            (.initiator, Self.message(2, 0, Self.bson(Self.text("find", "canarypatients")))),
            (.responder, Self.message(9, 2, Self.bson(Self.accepted))))
        #expect(
            Self.ofServer(plain, MongoDBDissector.self) == [
                Self.note(.databaseAuthentication, "mongodb-plain"), Self.note(.loginClear, "mongodb-plain"), Self.note(.loginAccepted, "mongodb-plain"),
                Self.note(.databaseEncryption, "clear"),
            ])
    }

    // MARK: Cassandra, from the CQL Binary Protocol version 4

    static func frame(_ version: UInt8, _ operation: UInt8, _ body: [UInt8]) -> [UInt8] { [version, 0, 0, 1, operation] + Octets.u32(body.count) + body }
    static func short(_ text: String) -> [UInt8] { Octets.u16(text.utf8.count) + Octets.text(text) }

    @Test func cassandra() {
        let supported = Octets.u16(1) + Self.short("CQL_VERSION") + Octets.u16(1) + Self.short("3.4.5")
        let startup = Octets.u16(1) + Self.short("CQL_VERSION") + Self.short("3.0.0")
        let password = Script(
            (.initiator, Self.frame(4, 5, [])), (.responder, Self.frame(0x84, 6, supported)), (.initiator, Self.frame(4, 1, startup)),
            (.responder, Self.frame(0x84, 3, Self.short("org.apache.cassandra.auth.PasswordAuthenticator"))),
            (.initiator, Self.frame(4, 15, Octets.u32(17) + [0] + Octets.text("canaryuser") + [0] + Octets.text("canary"))), (.responder, Self.frame(0x84, 16, [])))
        Harness.checkSplits(password, CassandraDissector.self)
        Harness.checkPrefixes(password, CassandraDissector.self)
        Harness.checkOneDirection(password, CassandraDissector.self)
        Harness.checkMutations(password, CassandraDissector.self)
        #expect(
            Self.ofServer(password, CassandraDissector.self) == [
                Self.note(.cassandraVersion, "CQL 3.4.5"), Self.note(.cassandraVersion, "protocol 4"), Self.note(.databaseAuthentication, "cassandra-password"),
                Self.note(.loginClear, "cassandra"), Self.note(.loginAccepted, "cassandra"), Self.note(.databaseEncryption, "clear"),
            ])
        let open = Script((.initiator, Self.frame(4, 1, startup)), (.responder, Self.frame(0x84, 2, [])))
        #expect(Self.ofServer(open, CassandraDissector.self).contains(Self.note(.loginAnonymous, "cassandra")))
    }
}
