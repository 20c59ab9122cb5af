import Foundation
import Inventory
import Observations
import Reports
import Rules
import Synchronization
import Wire

/// A report with the questions that the tests ask.
struct Seen {
    let report: Report

    /// The report of a recorded capture; every capture is scanned once for all tests that only read.
    static func report(_ name: String) throws -> Seen {
        if let known = Self.reports.withLock({ $0[name] }) { return Seen(report: known) }
        let report = try Lab.scan([try Lab.path(name)], hashing: true)
        Self.reports.withLock { $0[name] = report }
        return Seen(report: report)
    }
    private static let reports = Mutex<[String: Report]>([:])

    var services: [(device: Report.Device, service: Service)] {
        self.report.devices.flatMap { device in device.asset.services.map { (device, $0) } }
    }

    func services(_ address: String, _ port: UInt16, _ transport: String) -> [(device: Report.Device, service: Service)] {
        self.services.filter { $0.service.key.isAt(address, port, transport) }
    }

    /// Assets that had this address.
    func devices(_ address: String) -> [Report.Device] {
        let wanted = IPAddress(address)
        return self.report.devices.filter { device in device.asset.addresses.contains { $0.address == wanted } }
    }

    /// Assets behind one that has this address.
    func devices(behind address: String) -> [Report.Device] {
        let gateways = Set(self.devices(address).map(\.asset.id))
        return self.report.devices.filter { device in device.asset.gateway.map(gateways.contains) == true }
    }

    /// What is spoken with services.
    func protocolNames(_ services: [Service]) -> Set<String> { Set(services.flatMap(\.protocols).map(\.rawValue)) }

    /// What was noted about a service itself.
    func values(_ attribute: Attribute, of services: [Service]) -> Set<String> {
        Set(services.flatMap(\.observations).filter { $0.attribute == attribute }.map(\.value.description))
    }

    /// What was noted about the conversations with a service.
    func values(_ attribute: Attribute, withClientsOf services: [Service]) -> Set<String> {
        let keys = Set(services.map(\.key))
        let conversations = self.report.conversations.filter { keys.contains($0.key.service) }
        return Set(conversations.flatMap(\.observations).filter { $0.attribute == attribute }.map(\.value.description))
    }

    /// What was noted about a host, about devices behind it, and about what it said as a client or in the name of another.
    func values(_ attribute: Attribute, at address: String) -> Set<String> {
        let assets = self.devices(address) + self.devices(behind: address)
        let wanted = IPAddress(address)
        // The application that it passes messages on for may be another host.
        let passedOn = self.report.devices.flatMap(\.asset.observations).filter { observation in
            if case .device(let device) = observation.subject { device.gateway.address == wanted } else { false }
        }
        let conversations = self.report.conversations.filter { $0.key.client.address == wanted }
        let all = assets.flatMap(\.asset.observations) + conversations.flatMap(\.observations) + passedOn
        return Set(all.filter { $0.attribute == attribute }.map(\.value.description))
    }

    /// The addresses of those who used a service.
    func clients(of services: [Service]) -> Set<String> {
        let keys = Set(services.map(\.key))
        return Set(self.report.conversations.filter { keys.contains($0.key.service) }.map { $0.key.client.address.description })
    }

    func findings(_ rules: Set<String>, at address: String?, _ port: UInt16?, _ transport: String?) -> [Finding] {
        let assets = Set(address.map { self.devices($0).map(\.asset.id) } ?? [])
        return self.report.findings.filter { finding in
            guard rules.contains(finding.rule) else { return false }
            guard let address else { return true }
            guard let port else { return assets.contains(finding.asset) }
            return finding.service?.isAt(address, port, transport ?? "tcp") == true
        }
    }
}

extension ServiceKey {
    func isAt(_ address: String, _ port: UInt16, _ transport: String) -> Bool {
        self.host.address == IPAddress(address) && self.port == port && self.transport.name == transport
    }

    var text: String { "\(Endpoint(address: self.host.address, port: self.port))/\(self.transport.name)" }
}
