import Foundation
import GRDB
import Observations
import Wire

/// The values of a row, one after the other. A value of the wrong kind is an error, never a stop: a file may come from anywhere.
struct Fields {
    private let row: Row
    private var index = 0

    init(_ row: Row) { self.row = row }

    private mutating func next() throws -> DatabaseValue.Storage {
        guard self.index < self.row.count else { throw DamagedRow() }
        defer { self.index &+= 1 }
        let value: DatabaseValue = self.row[self.index]
        return value.storage
    }

    mutating func integer() throws -> Int64 {
        guard let number = try self.optionalInteger() else { throw DamagedRow() }
        return number
    }
    mutating func optionalInteger() throws -> Int64? {
        switch try self.next() {
        case .int64(let number): return number
        case .null: return nil
        default: throw DamagedRow()
        }
    }
    mutating func count() throws -> Int { Int(clamping: max(0, try self.integer())) }
    mutating func unsigned() throws -> UInt64 { UInt64(bitPattern: try self.integer()) }
    mutating func flag() throws -> Bool { try self.integer() != 0 }
    mutating func time() throws -> Timestamp { Timestamp(nanoseconds: try self.integer()) }

    mutating func text() throws -> String {
        guard let text = try self.optionalText() else { throw DamagedRow() }
        return text
    }
    mutating func optionalText() throws -> String? {
        switch try self.next() {
        case .string(let text): return Self.printable(text)
        case .null: return nil
        default: throw DamagedRow()
        }
    }

    /// Names from the wire are printable when they get here; those of a file that somebody else wrote become so.
    static func printable(_ text: String) -> String {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } ? text : PrintableText.make(text, limit: 1 << 16)
    }

    mutating func list() throws -> [String] {
        guard case .string(let text) = try self.next() else { throw DamagedRow() }
        guard text != "[]" else { return [] }
        guard let list = try? JSONDecoder().decode([String].self, from: Data(text.utf8)) else { throw DamagedRow() }
        return list.map(Self.printable)
    }
    mutating func words() throws -> [Substring] { try self.text().split(separator: " ") }
    mutating func addresses() throws -> [IPAddress] { try self.words().map { try Self.known(IPAddress($0)) } }
    mutating func macs() throws -> [MACAddress] { try self.words().map { try Self.known(MACAddress($0)) } }
    mutating func address() throws -> IPAddress { try Self.known(IPAddress(try self.text())) }
    /// Those that this program knows.
    mutating func protocols() throws -> [ApplicationProtocol] { try self.words().compactMap { ApplicationProtocol(rawValue: String($0)) } }

    mutating func evidence() throws -> Evidence {
        let frame = try self.unsigned()
        let time = try self.time()
        return Evidence(frame: frame, time: time, scan: ScanID(rawValue: try self.unsigned()))
    }

    mutating func service() throws -> ServiceKey {
        guard let service = try self.optionalService() else { throw DamagedRow() }
        return service
    }
    mutating func optionalService() throws -> ServiceKey? {
        let address = try self.optionalText()
        let mac = try self.optionalText()
        let network = try self.optionalInteger()
        let port = try self.optionalInteger()
        let transport = try self.optionalInteger()
        guard let address, let mac, let network, let port, let transport else { return nil }
        let place = VirtualNetwork(rawValue: UInt64(bitPattern: network))
        let ip = try Self.known(IPAddress(address))
        let host = ip == .none ? HostKey(try Self.known(MACAddress(mac)), in: place) : HostKey(ip, in: place)
        return ServiceKey(
            host: host, port: try Self.known(UInt16(exactly: port)), transport: try Self.known(UInt8(exactly: transport).flatMap { Transport(rawValue: $0) }))
    }

    static func known<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw DamagedRow() }
        return value
    }
}

/// How values stand in a row.
enum Column {
    /// A text without what a terminal would obey or a database would end at: names from the wire are so already, those of a result that
    /// somebody else wrote become so.
    static func printable(_ value: (any DatabaseValueConvertible)?) -> (any DatabaseValueConvertible)? {
        guard let text = value as? String else { return value }
        return Fields.printable(text)
    }

    static func list(_ list: [String]) throws -> DatabaseValue {
        let text = list.isEmpty ? "[]" : String(decoding: try JSONEncoder().encode(list.map(Fields.printable)), as: UTF8.self)
        return text.databaseValue
    }
    static func words(_ words: [some CustomStringConvertible]) -> String { words.map(\.description).joined(separator: " ") }
    static func protocols(_ protocols: [ApplicationProtocol]) -> String { protocols.map(\.rawValue).joined(separator: " ") }
    static func bits(_ number: UInt64) -> Int64 { Int64(bitPattern: number) }

    static func evidence(_ evidence: Evidence) -> [(any DatabaseValueConvertible)?] {
        [Self.bits(evidence.frame), evidence.time.nanoseconds, Self.bits(evidence.scan.rawValue)]
    }
    static func service(_ key: ServiceKey?) -> [(any DatabaseValueConvertible)?] {
        guard let key else { return [nil, nil, nil, nil, nil] }
        return [
            key.host.address.description, key.host.mac.description, Self.bits(key.host.network.rawValue), Int64(key.port), Int64(key.transport.rawValue),
        ]
    }
}
