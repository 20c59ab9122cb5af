import Observations
import Packets
import Wire

/// Which bytes of a conversation are structure and stay as they are, see ``Skeleton``.
struct ConversationSkeleton {
    /// By place in the conversation's bytes.
    private(set) var isKept: [Bool]

    /// - Parameter protocols: what the conversation was found to speak.
    init(_ pieces: [Piece], _ bytes: [UInt8], _ protocols: Set<ApplicationProtocol>) {
        self.isKept = [Bool](repeating: false, count: bytes.count)
        guard let first = pieces.first?.packet else { return }
        switch first.kind {
        case .tcp:
            let formats = Self.stream.filter { protocols.contains($0.protocol) }.map(\.walk)
            guard !formats.isEmpty else { return }
            for isFirst in [true, false] {
                let side = pieces.filter { ($0.packet.source == first.source && $0.packet.sourcePort == first.sourcePort) == isFirst }
                for run in Self.runs(of: side) { self.walk(run, bytes, formats) }
            }
        case .udp: self.walkEach(pieces, bytes, Self.datagram.filter { protocols.contains($0.protocol) }.map(\.walk))
        case .otherIP: self.walkEach(pieces, bytes, Self.network[first.ipProtocol].map { [$0] } ?? [])
        case .link: self.walkEach(pieces, bytes, Self.link[first.etherType].map { [$0] } ?? [])
        case .fragment, .unknown: break
        }
    }

    private mutating func walkEach(_ pieces: [Piece], _ bytes: [UInt8], _ formats: [Walk]) {
        for piece in pieces where !formats.isEmpty {
            var skeleton = Skeleton(Array(bytes[piece.range]))
            guard formats.contains(where: { skeleton.attempt($0) }) else { continue }
            for mark in skeleton.marks { for place in mark { self.isKept[piece.range.lowerBound &+ place] = true } }
        }
    }

    // MARK: Streams

    /// Bytes of one side that follow each other.
    private struct Run {
        /// Where each stands in the conversation's bytes, and again where it was sent again.
        var places: [Int] = []
        var copies: [(place: Int, of: Int)] = []
        /// Where segments begin.
        var starts: [Int] = []
    }

    private static func runs(of side: [Piece]) -> [Run] {
        var runs: [Run] = []
        // A number of the sequence says nothing across a new beginning.
        for connection in side.split(whereSeparator: { $0.packet.tcpFlags.contains(.syn) && $0.range.isEmpty }) {
            let full = connection.filter { !$0.range.isEmpty }
            guard let base = full.first?.packet.sequence else { continue }
            let ordered = full.map { (piece: $0, offset: Int(Int32(bitPattern: $0.packet.sequence &- base))) }.sorted {
                $0.offset == $1.offset ? $0.piece.frame < $1.piece.frame : $0.offset < $1.offset
            }
            var run = Run()
            var start = ordered.first?.offset ?? 0
            for (piece, offset) in ordered {
                if offset > start &+ run.places.count {
                    runs.append(run)
                    run = Run()
                    start = offset
                }
                let known = start &+ run.places.count &- offset
                for (index, place) in piece.range.prefix(known).enumerated() { run.copies.append((place, offset &- start &+ index)) }
                guard piece.range.count > known else { continue }
                run.starts.append(run.places.count)
                run.places += piece.range.dropFirst(known)
            }
            runs.append(run)
        }
        return runs
    }

    private mutating func walk(_ run: Run, _ bytes: [UInt8], _ formats: [Walk]) {
        var skeleton = Skeleton(run.places.map { bytes[$0] }, starts: run.starts)
        skeleton.messages(formats)
        for mark in skeleton.marks { for index in mark { self.isKept[run.places[index]] = true } }
        for copy in run.copies { self.isKept[copy.place] = self.isKept[run.places[copy.of]] }
    }

    // MARK: Formats

    /// Walks one message; `false` where it is none of its kind.
    typealias Walk = @Sendable (inout Skeleton) -> Bool

    /// The unmistakable ones first.
    private static let stream: [(protocol: ApplicationProtocol, walk: Walk)] = [
        (.tls, { $0.tls() }), (.dicom, { $0.dicom() }), (.ssh, { $0.ssh() }), (.http, { $0.http() }), (.smb, { $0.smb() }), (.rdp, { $0.tpkt() }),
        (.msrpc, { $0.msrpc() }), (.ldap, { $0.berMessage() }), (.kerberos, { $0.kerberosStream() }), (.dns, { $0.dnsStream() }),
        (.bgp, { $0.bgp() }), (.opcua, { $0.opcua() }), (.iec104, { $0.iec104() }), (.modbus, { $0.modbus() }), (.knx, { $0.knx() }),
        (.mysql, { $0.mysql() }), (.postgresql, { $0.postgresql() }),
    ]

    private static let datagram: [(protocol: ApplicationProtocol, walk: Walk)] = [
        (.dns, { $0.dns() }), (.mdns, { $0.dns() }), (.llmnr, { $0.dns() }), (.nbns, { $0.dns() }), (.dhcp, { $0.dhcp() }), (.dhcpv6, { $0.dhcpv6() }),
        (.snmp, { $0.berMessage() }), (.ldap, { $0.berMessage() }), (.kerberos, { $0.berMessage() }), (.dtls, { $0.dtls() }), (.ike, { $0.ike() }),
        (.radius, { $0.radius() }), (.rtp, { $0.rtcp() }), (.tftp, { $0.tftp() }), (.knx, { $0.knx() }), (.bacnet, { $0.bacnet() }),
        (.bittorrent, { $0.bencode() }), (.bittorrent, { $0.localDiscovery() }),
    ]

    private static let network: [UInt8: Walk] = [2: { $0.igmp() }, 58: { $0.neighbourDiscovery() }]

    private static let link: [UInt16: Walk] = [0x88CC: { $0.lldp() }, 0x888E: { $0.eapol() }, 0x2000: { $0.cdp() }]
}
