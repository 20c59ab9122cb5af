import Inventory
import Observations
import Reports
import Testing

/// The decoys of `decoys-ports`: what a port number tempts to.
extension DecoyTable {
    static let onPorts: [String: Check] = {
        let names: [(claim: String, claimed: ApplicationProtocol)] = [
            ("Telnet on 23", .telnet), ("SMTP on 25", .smtp), ("DICOM on 104", .dicom), ("SMB on 445", .smb), ("Modbus on 502", .modbus), ("TDS on 1433", .tds), ("MQTT on 1883", .mqtt),
            ("IEC 104 on 2404", .iec104), ("HL7 on 2575", .hl7), ("TLS on 2762", .tls), ("MySQL on 3306", .mysql), ("RDP on 3389", .rdp), ("OPC UA on 4840", .opcua), ("VNC on 5900", .vnc),
            ("Redis on 6379", .redis), ("DICOM on 11112", .dicom), ("IntelliVue on 24105", .intellivue), ("TLS on 443", .tls), ("SSH on 22", .ssh),
        ]
        let unnamed = [
            "11113/tcp", "2576/tcp", "3000/tcp", "5901/tcp", "4242/tcp", "1521/tcp", "5672/tcp", "102/tcp", "389/tcp", "88/tcp", "8883/tcp", "5938/tcp", "123/udp", "161/udp", "500/udp", "1194/udp",
            "1812/udp", "3702/udp", "4500/udp", "5060/udp", "24105/udp", "47808/udp", "51820/udp",
        ]
        let closed = [135, 139, 512, 513, 1723, 3260, 5432, 5985, 27017, 22, 445, 3389, 5900]
        var checks: [String: Check] = [:]
        for (claim, claimed) in names {
            checks["decoys-ports: \(claim)"] = { seen, place in
                #expect(!Self.protocols(seen, place).contains(claimed), "\(place.claim)")
            }
        }
        for port in unnamed {
            checks["decoys-ports: a name for \(port)"] = { seen, place in
                #expect(Self.protocols(seen, place) == [], "\(place.claim)")
                #expect(seen.services(place.address, place.port, place.transport).count == 1, "\(place.claim): something answers there")
            }
        }
        for port in closed {
            checks["decoys-ports: a service on \(port)/tcp"] = { seen, place in
                #expect(seen.services(place.address, place.port, place.transport).isEmpty, "\(place.claim)")
                #expect(Self.protocols(seen, place) == [], "\(place.claim)")
            }
        }
        return checks
    }()

    /// What is claimed of a service, and of the conversations with it.
    private static func protocols(_ seen: Seen, _ place: Place) -> Set<ApplicationProtocol> {
        let services = seen.services(place.address, place.port, place.transport).flatMap(\.service.protocols)
        let conversations = seen.report.conversations.filter { $0.key.service.isAt(place.address, place.port, place.transport) }.flatMap(\.protocols)
        return Set(services + conversations)
    }
}
