import Campaigns
import Foundation
import Inventory
import Observations
import Rules
import Store
import Wire

/// Campaigns made for a test, and a folder for their inventory.
enum Made {
    /// A folder of its own under the system's temporary one, removed when the body has ended.
    static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("laennec-store-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }

    static func moment(_ days: Int64) -> Timestamp { Timestamp(seconds: 1_750_000_000 + days * 86_400) }

    static func device(_ number: Int, names: [String] = [], maker: String? = nil, version: String? = nil, at time: Timestamp) -> Campaign.Device {
        Campaign.Device(
            id: "mac-\(String(number, radix: 16))", position: .onLink, names: names, titles: ["AE\(number)"], addresses: [IPAddress(v4: 0x0A00_0000 + UInt32(number))],
            macs: [MACAddress(rawValue: 0x0200_0000_0000 + UInt64(number))], isMedical: number % 2 == 0, deviceClass: "ct", maker: maker, model: "M\(number)",
            version: version, serial: "SERIAL-\(number)", udi: nil, operatingSystem: "OS", confidence: 80, zone: "Imagerie", gateway: nil, firstSeen: time,
            lastSeen: time, evidence: Evidence(frame: UInt64(number), time: time, scan: ScanID(rawValue: .max)))
    }

    static func key(_ number: Int, port: UInt16) -> ServiceKey {
        ServiceKey(host: HostKey(IPAddress(v4: 0x0A00_0000 + UInt32(number)), in: VirtualNetwork(rawValue: 7)), port: port, transport: .tcp)
    }

    static func service(_ number: Int, port: UInt16, at time: Timestamp) -> Campaign.Service {
        Campaign.Service(
            device: "mac-\(String(number, radix: 16))", key: Self.key(number, port: port), protocols: [.telnet], product: "p 1", clients: 2, firstSeen: time,
            lastSeen: time, evidence: Evidence(frame: 3, time: time))
    }

    static func flow(_ client: Int, _ server: Int, port: UInt16 = 104, at time: Timestamp) -> Campaign.Flow {
        Campaign.Flow(
            client: "mac-\(String(client, radix: 16))", server: "mac-\(String(server, radix: 16))", clientAddress: IPAddress(v4: 0x0A00_0000 + UInt32(client)),
            service: Self.key(server, port: port), protocols: [.dicom], answered: 1, connections: .max, bytesFromClient: 10, bytesFromServer: 20, firstSeen: time,
            lastSeen: time, evidence: Evidence(frame: 4, time: time))
    }

    static func finding(_ number: Int, rule: String = "telnet-service", port: UInt16 = 23, at time: Timestamp) -> Finding {
        let key = Self.key(number, port: port)
        let evidence = Evidence(frame: 9, time: time)
        return Finding(
            id: "\(rule)-\(String(number, radix: 16))", rule: rule, severity: .major, adjustment: 1, confidence: 90, asset: "mac-\(String(number, radix: 16))",
            service: key, peers: ["mac-ff"], peerCount: 1,
            evidence: [
                Observation(.service(key), .serviceProtocol, .text("telnet"), evidence: evidence),
                Observation(.service(key), .serviceProtocol, .number(-3), evidence: evidence, lastSeen: time),
                Observation(.service(key), .serviceProtocol, .time(time), evidence: evidence),
            ], occurrences: 2, firstSeen: time, lastSeen: time, displayFilter: "tcp.port == 23")
    }

    /// A campaign of one day with that many devices, each with a service and a finding.
    static func campaign(_ id: String, day: Int64, devices: ClosedRange<Int> = 1...3, findings: ClosedRange<Int>? = 1...2) -> Campaign {
        let time = Self.moment(day)
        return Campaign(
            id: id, site: "Hôpital d'essai", legalFINESS: "750000001", geographicFINESS: "750000002", period: Timestamp(seconds: time.seconds - 3600)...time,
            inputs: [Campaign.Input(name: "a.pcap", sha256: String(repeating: "0", count: 64), frames: 12)], tool: "1", signatures: "s",
            devices: devices.map { Self.device($0, names: ["N\($0)", "É \"\\ \u{1F600}"], maker: "K", version: "v\(day)", at: time) }.sorted { $0.id < $1.id },
            services: devices.map { Self.service($0, port: 23, at: time) }.sorted { $0.device < $1.device },
            flows: devices.dropFirst().map { Self.flow($0, devices.lowerBound, at: time) },
            findings: findings.map { $0.map { Self.finding($0, at: time) } } ?? [])
    }

    static func decision(_ subject: String, _ act: Decision.Act, by author: String? = nil) -> Decision {
        Decision(date: Timestamp(seconds: 1_800_000_000), author: author, subject: subject, act: act)
    }

    static func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
}

extension InventoryFile {
    /// Adds to the log whatever the file says.
    @discardableResult
    func add(_ decisions: [Decision]) throws -> Chronicle { try self.decide { _ throws(StoreFailure) in decisions } }
}
