import Observations
import Packets
import Wire

/// Which bytes of a conversation are structure, see ``Skeleton``.
struct ConversationSkeleton {
    /// By place in the conversation's bytes: what stands there in the copy; `nil` for what is no structure.
    private(set) var octets: [UInt8?]

    /// - Parameter protocols: what the conversation was found to speak.
    init(_ pieces: [Piece], _ bytes: [UInt8], _ protocols: Set<ApplicationProtocol>) {
        self.octets = [UInt8?](repeating: nil, count: bytes.count)
        guard let first = pieces.first?.packet else { return }
        let sides = [true, false].map { isFirst in
            pieces.filter { ($0.packet.source == first.source && $0.packet.sourcePort == first.sourcePort) == isFirst }
        }
        switch first.kind {
        case .tcp:
            let formats = Self.stream.filter { protocols.contains($0.protocol) }
            guard !formats.isEmpty else { return }
            for run in sides.flatMap(Self.runs) { self.walk(run, bytes, formats) }
        case .udp:
            let formats = Self.datagram.filter { protocols.contains($0.protocol) }
            for side in sides { self.walk(side, bytes, formats) }
        case .otherIP: self.walk(pieces, bytes, Self.network[first.ipProtocol].map { [$0] } ?? [])
        case .link: self.walk(pieces, bytes, Self.link[first.etherType].map { [$0] } ?? [])
        case .fragment, .unknown: break
        }
    }

    /// One message in each packet.
    private mutating func walk(_ side: [Piece], _ bytes: [UInt8], _ formats: [Format]) {
        guard !formats.isEmpty else { return }
        let places = side.flatMap(\.range)
        var skeleton = Skeleton(places.map { bytes[$0] })
        for piece in side {
            skeleton.part(piece.range.count) { packet in _ = formats.contains { packet.attempt($0.walk) } }
        }
        for mark in skeleton.marks { self.octets[places[mark.place]] = mark.octet }
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

    /// What each connection says from its beginning on, up to the first gap: behind one, a value may look like the head of a message.
    private static func runs(of side: [Piece]) -> [Run] {
        var runs: [Run] = []
        for connection in Self.connections(of: side) {
            var ordered: [(piece: Piece, offset: Int)] = []
            for piece in connection.pieces {
                let offset = Int(Int32(bitPattern: piece.packet.sequence &- connection.first))
                // What keeps a connection alive repeats an octet before.
                if offset >= 0 { ordered.append((piece, offset)) }
            }
            ordered.sort { $0.offset == $1.offset ? $0.piece.frame < $1.piece.frame : $0.offset < $1.offset }
            var run = Run()
            for (piece, offset) in ordered {
                if offset > run.places.count { break }
                let known = run.places.count &- offset
                for (index, place) in piece.range.prefix(known).enumerated() { run.copies.append((place, offset &+ index)) }
                guard piece.range.count > known else { continue }
                run.starts.append(run.places.count)
                run.places += piece.range.dropFirst(known)
            }
            runs.append(run)
        }
        return runs
    }

    /// The segments with payload of the connections that were seen to begin, and the number of their first octet: a number of the
    /// sequence says nothing across a new beginning.
    private static func connections(of side: [Piece]) -> [(first: UInt32, pieces: [Piece])] {
        var connections: [(first: UInt32, pieces: [Piece])] = []
        for piece in side {
            if piece.packet.tcpFlags.contains(.syn), piece.range.isEmpty {
                connections.append((piece.packet.sequence &+ 1, []))
            } else if !piece.range.isEmpty, !connections.isEmpty {
                connections[connections.count &- 1].pieces.append(piece)
            }
        }
        return connections
    }

    private mutating func walk(_ run: Run, _ bytes: [UInt8], _ formats: [Format]) {
        var skeleton = Skeleton(run.places.map { bytes[$0] }, starts: run.starts)
        var formats = formats
        skeleton.messages { message in
            if formats.contains(where: { message.attempt($0.walk) }) { return true }
            // Whose messages begin with nothing of their own are not found again.
            formats.removeAll { !Self.marked.contains($0.protocol) }
            return false
        }
        for mark in skeleton.marks { self.octets[run.places[mark.place]] = mark.octet }
        for copy in run.copies { self.octets[copy.place] = self.octets[run.places[copy.of]] }
    }

    // MARK: Formats

    /// How messages of a protocol are walked.
    struct Format: Sendable {
        let `protocol`: ApplicationProtocol
        /// Walks one message; `false` where it is none of its kind.
        let walk: @Sendable (inout Skeleton) -> Bool

        init(_ protocol: ApplicationProtocol, _ walk: @escaping @Sendable (inout Skeleton) -> Bool) {
            self.protocol = `protocol`
            self.walk = walk
        }
    }

    /// Protocols whose messages begin with octets by which they are known.
    private static let marked: Set<ApplicationProtocol> = [.tls, .dicom, .http, .smb, .rdp, .msrpc, .bgp, .opcua, .vnc]

    /// The unmistakable ones first.
    static let stream = [
        Format(.tls) { $0.tls() }, Format(.dicom) { $0.dicom() }, Format(.ssh) { $0.ssh() }, Format(.http) { $0.http() }, Format(.smb) { $0.smb() },
        Format(.rdp) { $0.tpkt() }, Format(.msrpc) { $0.msrpc() }, Format(.ldap) { $0.berMessage() }, Format(.kerberos) { $0.kerberosStream() },
        Format(.dns) { $0.dnsStream() }, Format(.bgp) { $0.bgp() }, Format(.opcua) { $0.opcua() }, Format(.iec104) { $0.iec104() },
        Format(.modbus) { $0.modbus() }, Format(.knx) { $0.knx() }, Format(.mysql) { $0.mysql() }, Format(.postgresql) { $0.postgresql() },
        Format(.vnc) { $0.vnc() }, Format(.openvpn) { $0.framed(2) { $0.openvpn() } },
    ]

    static let datagram = [
        Format(.dns) { $0.dns() }, Format(.mdns) { $0.dns() }, Format(.llmnr) { $0.dns() }, Format(.nbns) { $0.dns() }, Format(.dhcp) { $0.dhcp() },
        Format(.dhcpv6) { $0.dhcpv6() }, Format(.snmp) { $0.berMessage() }, Format(.ldap) { $0.berMessage() }, Format(.kerberos) { $0.berMessage() },
        Format(.dtls) { $0.dtls() }, Format(.ike) { $0.ike() }, Format(.radius) { $0.radius() }, Format(.rtp) { $0.rtcp() }, Format(.tftp) { $0.tftp() },
        Format(.knx) { $0.knx() }, Format(.bacnet) { $0.bacnet() }, Format(.bittorrent) { $0.bencode() }, Format(.bittorrent) { $0.localDiscovery() },
        Format(.openvpn) { $0.openvpn() },
    ]

    static let network: [UInt8: Format] = [2: Format(.igmp) { $0.igmp() }, 58: Format(.ndp) { $0.neighbourDiscovery() }]

    static let link: [UInt16: Format] = [
        0x88CC: Format(.lldp) { $0.lldp() }, 0x888E: Format(.eapol) { $0.eapol() }, 0x2000: Format(.cdp) { $0.cdp() },
    ]
}
