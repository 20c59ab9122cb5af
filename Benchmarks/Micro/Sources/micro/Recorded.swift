import Dissectors
import Foundation
import Observations
import Packets
import Traffic
import Wire

/// What two hosts said to each other, segment by segment, datagram by datagram, or frame by frame.
struct Exchange {
    let transport: Transport
    let network: VirtualNetwork
    /// The port of the one who was spoken to first.
    var port: UInt16 = 7000
    var segments: [(side: Side, bytes: [UInt8])]
    /// Of frames without an IP address.
    var etherType: UInt16?

    private static let client = Endpoint(address: IPAddress(v4: 0x0A14_080A), port: 50_000)

    private func context(_ log: ObservationLog) -> DissectionContext {
        DissectionContext(
            transport: self.transport, network: self.network, initiator: Self.client,
            responder: Endpoint(address: IPAddress(v4: 0x0A14_090A), port: self.port),
            evidence: Evidence(frame: 1, time: Timestamp(nanoseconds: 0)), rolesAreSure: self.transport == .tcp, log: log)
    }

    /// Dissects all of it a number of times, and returns what the log has: it knows everything from the first time on, as in long
    /// traffic. A datagram is shown to the dissector of the protocol; a conversation of TCP finds its own.
    func dissect(_ proved: ApplicationProtocol?) -> (Int) -> UInt64 {
        let log = ObservationLog()
        if let etherType {
            let dissectors = Registry.links.filter { $0.etherTypes.contains(etherType) }
            return self.repeated(log) { context in
                for segment in self.segments { for dissector in dissectors { _ = dissector.dissect(segment.bytes.span.bytes, &context) } }
            }
        }
        if self.transport == .udp {
            let dissectors = Registry.datagrams.filter { $0.applicationProtocol == proved }
            return self.repeated(log) { context in
                for segment in self.segments {
                    for dissector in dissectors { _ = dissector.dissect(segment.bytes.span.bytes, from: segment.side, &context) }
                }
            }
        }
        return self.repeated(log) { context in
            let dissection = Dissection(sawStart: true)
            for segment in self.segments { dissection.deliver(segment.bytes.span.bytes, from: segment.side, &context) }
            dissection.end(.initiator, &context)
            dissection.end(.responder, &context)
        }
    }

    private func repeated(_ log: ObservationLog, _ once: @escaping (inout DissectionContext) -> Void) -> (Int) -> UInt64 {
        { count in
            for _ in 0..<count {
                var context = self.context(log)
                once(&context)
            }
            return UInt64(log.count)
        }
    }

    /// Whether it is an exchange of the protocol.
    func isOf(_ proved: ApplicationProtocol) -> Bool {
        if self.etherType != nil {
            return self.dissect(proved)(1) > 0 && Registry.links.contains { $0.applicationProtocol == proved && $0.etherTypes.contains(self.etherType ?? 0) }
        }
        var context = self.context(ObservationLog())
        if self.transport == .udp {
            return Registry.datagrams.contains { dissector in
                dissector.applicationProtocol == proved
                    && self.segments.contains { dissector.dissect($0.bytes.span.bytes, from: $0.side, &context) != .no }
            }
        }
        let dissection = Dissection(sawStart: true)
        for segment in self.segments { dissection.deliver(segment.bytes.span.bytes, from: segment.side, &context) }
        return context.protocols.contains(proved)
    }
}

/// Exchanges of the captures that the tests use: the longest conversation of the protocol in each.
enum Recorded {
    static let exchanges: [(String, String, ApplicationProtocol)] = [
        ("ASTM results of an analyser", "astm-python.pcap", .astm),
        ("POCT1-A of an analyser", "poct1a-dca.pcap", .poct1a),
        ("20601 association", "phd-agents.pcap", .phd),
        ("BCC of a pump rack", "bcc-space.pcap", .bcc),
        ("MEDIBUS of a ventilator", "medibus-evita.pcap", .medibus),
        ("DRI of a monitor", "dri-b650.pcap", .dri),
        ("IntelliVue association", "intellivue-monitor.pcap", .intellivue),
        ("Unity time", "from-specification/unity-time.pcap", .unity),
        ("SNMP", "snmp-devices.pcap", .snmp),
        ("syslog with audit messages, UDP", "atna-udp.pcap", .syslog),
        ("syslog with audit messages, TCP", "atna-tcp.pcap", .syslog),
        ("WS-Discovery", "sdc-wsd-hosts.pcap", .wsDiscovery),
        ("Lantronix discovery", "from-specification/serial-lantronix.pcap", .lantronix),
        ("Moxa discovery", "from-specification/serial-moxa.pcap", .moxa),
        ("ADDP", "from-specification/serial-digi.pcap", .addp),
        ("LLDP", "lldp-stations.pcap", .lldp),
        ("HTTP with a FHIR capability statement", "http-fhir.pcap", .http),
        ("HTTP of a FHIR server", "fhir-server.pcap", .http),
        ("SDC metadata", "sdc-clear.pcap", .http),
        ("SDC metadata, gzip", "sdc-gzip.pcap", .http),
        ("IHE XDS", "ihe-xds.pcap", .http),
    ]

    /// `Tests/Captures`, from the place of this file.
    private static let folder = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../../Tests/Captures").standardized

    /// The longest conversation of the protocol in a capture, with its segments as they lie in the frames.
    static func exchange(_ file: String, _ proved: ApplicationProtocol) -> Exchange? {
        guard let reader = try? CaptureReader(path: Self.folder.appendingPathComponent(file).path) else { return nil }
        var decoder = Decoder()
        var found: [(key: Set<Endpoint>, first: Endpoint, exchange: Exchange)] = []
        for (number, frame) in reader.frames.enumerated() {
            let bytes = Array(frame.bytes)
            let packet = decoder.decode(bytes.span.bytes, linkType: 1, frame: UInt64(number))
            let payload = Array(bytes.dropFirst(Int(packet.payloadOffset)).prefix(Int(packet.payloadLength)))
            guard !payload.isEmpty else { continue }
            switch packet.kind {
            case .tcp, .udp:
                let source = Endpoint(address: packet.source, port: packet.sourcePort)
                let destination = Endpoint(address: packet.destination, port: packet.destinationPort)
                let transport: Transport = packet.kind == .tcp ? .tcp : .udp
                if let known = found.firstIndex(where: { $0.key == [source, destination] && $0.exchange.transport == transport }) {
                    found[known].exchange.segments.append((source == found[known].first ? .initiator : .responder, payload))
                } else {
                    let exchange = Exchange(
                        transport: transport, network: packet.network, port: packet.destinationPort, segments: [(.initiator, payload)])
                    found.append(([source, destination], source, exchange))
                }
            case .link:
                let exchange = Exchange(
                    transport: .udp, network: packet.network, segments: [(.initiator, payload)], etherType: packet.etherType)
                found.append(([], Endpoint(address: .none, port: 0), exchange))
            default: break
            }
        }
        return found.map(\.exchange).filter { $0.isOf(proved) }.max { Self.size($0) < Self.size($1) }
    }

    private static func size(_ exchange: Exchange) -> Int { exchange.segments.reduce(0) { $0 + $1.bytes.count } }
}
