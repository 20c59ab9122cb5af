import Campaigns
import Inventory
import Observations
@testable import Rules
import Testing
import Wire

/// Campaigns made by hand.
enum Sample {
    static func time(_ day: Int64) -> Timestamp { Timestamp(seconds: 1_780_272_000 + day * 86400) }

    static func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text), "\(text)") }
    static func mac(_ text: String) throws -> MACAddress { try #require(MACAddress(text), "\(text)") }

    static func device(
        _ id: String, at addresses: [String] = [], macs: [String] = [], names: [String] = [], titles: [String] = [], deviceClass: String? = nil,
        maker: String? = nil, model: String? = nil, version: String? = nil, serial: String? = nil, udi: String? = nil, zone: String = "", isMedical: Bool = false
    ) throws -> Campaign.Device {
        Campaign.Device(
            id: id, position: id.hasPrefix("mac-") ? .onLink : .routed, names: names, titles: titles, addresses: try addresses.map(Self.address),
            macs: try macs.map(Self.mac), isMedical: isMedical, deviceClass: deviceClass, maker: maker, model: model, version: version, serial: serial, udi: udi,
            zone: zone, firstSeen: Self.time(0), lastSeen: Self.time(0), evidence: Evidence(frame: 1, time: Self.time(0)))
    }

    static func key(_ address: String, _ port: UInt16, _ transport: Transport = .tcp) throws -> ServiceKey {
        ServiceKey(host: HostKey(try Self.address(address), in: .none), port: port, transport: transport)
    }

    static func service(_ device: String, _ address: String, _ port: UInt16, _ protocols: [ApplicationProtocol] = [.http], product: String? = nil) throws -> Campaign.Service {
        Campaign.Service(
            device: device, key: try Self.key(address, port), protocols: protocols, product: product, clients: 1, firstSeen: Self.time(0), lastSeen: Self.time(0),
            evidence: Evidence(frame: 1, time: Self.time(0)))
    }

    static func flow(
        _ client: String, _ from: String, _ server: String, _ to: String, _ port: UInt16, _ protocols: [ApplicationProtocol] = [.http], answered: UInt64 = 1
    ) throws -> Campaign.Flow {
        Campaign.Flow(
            client: client, server: server, clientAddress: try Self.address(from), service: try Self.key(to, port), protocols: protocols, answered: answered,
            connections: 1, bytesFromClient: 1, bytesFromServer: 1, firstSeen: Self.time(0), lastSeen: Self.time(0),
            evidence: Evidence(frame: 1, time: Self.time(0)))
    }

    static func finding(_ rule: String, _ asset: String, _ severity: Severity = .major, service: ServiceKey? = nil, id: String? = nil) -> Finding {
        Finding(
            id: id ?? "\(rule)-\(asset)", rule: rule, severity: severity, adjustment: nil, confidence: 90, asset: asset, service: service, peers: [], peerCount: 0,
            evidence: [], occurrences: 1, firstSeen: Self.time(0), lastSeen: Self.time(0), displayFilter: "", accepted: nil)
    }

    static func campaign(
        _ id: String, day: Int64? = 0, site: String? = nil, devices: [Campaign.Device] = [], services: [Campaign.Service] = [], flows: [Campaign.Flow] = [],
        findings: [Finding] = []
    ) -> Campaign {
        Campaign(
            id: id, site: site, period: day.map { Self.time($0)...Self.time($0) }, tool: "test", signatures: "", devices: devices.sorted { $0.id < $1.id },
            services: services, flows: flows, findings: findings)
    }
}
