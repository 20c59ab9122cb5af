import Foundation
import Observations
import Testing
import Wire

@testable import Dissectors

/// What a dissector says of first octets, against what it makes of datagrams: all that is recorded, each with every first octet.
@Suite struct DatagramRecognitionTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Captures")

    /// The recorded datagrams, of each conversation the first few of either side.
    private static func datagrams() throws -> [RecordedFrames.Frame] {
        let folders = [Self.folder, Self.folder.appendingPathComponent("from-specification")]
        var datagrams: [RecordedFrames.Frame] = []
        for folder in folders {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() where name.hasSuffix(".pcap") {
                var seen: [[Endpoint]: Int] = [:]
                let path = (folder == Self.folder ? "" : "from-specification/") + name.dropLast(5)
                // Captures of other links are for other tests.
                guard let frames = try? RecordedFrames.load(path) else { continue }
                for frame in frames where frame.kind == .datagram {
                    seen[[frame.source, frame.destination], default: 0] += 1
                    if seen[[frame.source, frame.destination], default: 0] <= 2 { datagrams.append(frame) }
                }
            }
        }
        return datagrams
    }

    private static func context(_ frame: RecordedFrames.Frame, _ log: ObservationLog) -> DissectionContext {
        DissectionContext(
            transport: .udp, network: .none, initiator: frame.source, responder: frame.destination,
            evidence: Evidence(frame: 1, time: Timestamp(seconds: 1_795_000_000)), rolesAreSure: false, log: log)
    }

    @Test func noFirstOctetIsRefusedThatIsTaken() throws {
        let datagrams = try Self.datagrams()
        #expect(datagrams.count > 500)
        let log = ObservationLog(seed: 1)
        var taken: Set<ApplicationProtocol> = []
        for frame in datagrams {
            guard let first = frame.payload.first else { continue }
            for type in Registry.datagrams {
                var context = Self.context(frame, log)
                guard type.dissect(frame.payload.rawSpan, from: .initiator, &context) != .no else { continue }
                taken.insert(type.applicationProtocol)
                let mayBegin = type.mayBegin(first)
                #expect(mayBegin, "\(type) \(first)")
                // What else may stand there: each octet that it takes has to be one that it does not refuse.
                for octet in UInt8.min...UInt8.max where !type.mayBegin(octet) {
                    var context = Self.context(frame, log)
                    let changed = [octet] + frame.payload.dropFirst()
                    #expect(type.dissect(changed.rawSpan, from: .initiator, &context) == .no, "\(type) \(octet)")
                }
            }
        }
        #expect(taken.count > 20)
    }

    /// The same dissector answers as if all were asked.
    @Test func theFirstInOrderAnswers() throws {
        for frame in try Self.datagrams() {
            var context = Self.context(frame, ObservationLog(seed: 1))
            let ports = (source: frame.source.port, destination: frame.destination.port)
            let found = DatagramRecognition.dissect(frame.payload.rawSpan, from: .initiator, ports: ports, &context)
            let usual = [ports.destination, ports.source].flatMap { port in
                Registry.datagrams.indices.filter { Registry.datagrams[$0].usualPorts.contains(port) }
            }
            // Streams of media are recognised by what was remembered of the packet before.
            let log = ObservationLog(seed: 1)
            let expected = (usual + Array(Registry.datagrams.indices)).first { index in
                var context = Self.context(frame, log)
                return Registry.datagrams[index].dissect(frame.payload.rawSpan, from: .initiator, &context) != .no
            }
            #expect(found.dissector == expected)
        }
    }
}
