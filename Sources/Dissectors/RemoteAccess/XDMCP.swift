import Observations
import Wire

// The X Display Manager Control Protocol (X Consortium Standard, version 1.1): a display asks a machine for its graphical login.
//
// Read: the answer of a display manager that is willing, with its machine name and the authentication that it chose. Keys and
// authorisations are stepped over.

enum XDMCPDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.xdmcp
    static let usualPorts: Set<UInt16> = [177]

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard datagram.u16(at: 0) == 1, let operation = datagram.u16(at: 2), (1...14).contains(operation), let length = datagram.u16(at: 4),
            datagram.byteCount == Int(length) &+ 6
        else { return .no }
        var reader = ByteReader(datagram.slice(from: 6))
        do {
            return try Self.read(operation, &reader, from: side, &context) && reader.isEmpty ? .more : .no
        } catch {
            return .no
        }
    }

    /// - Returns: whether the message has the form of its operation (section 4).
    @_lifetime(reader: copy reader)
    private static func read(_ operation: UInt16, _ reader: inout ByteReader, from side: Side, _ context: inout DissectionContext) throws(Truncated) -> Bool {
        switch operation {
        case 1...3:
            // BroadcastQuery, Query, IndirectQuery: names of authentications.
            guard try Self.skipList(&reader), reader.isEmpty else { return false }
            context.declare(side, is: .client)
        case 4:
            // ForwardQuery: address and port of a display, then the same.
            try Self.skip(&reader)
            try Self.skip(&reader)
            guard try Self.skipList(&reader) else { return false }
        case 5:
            // Willing: authentication, host name, status.
            let authentication = try Self.array(&reader)
            let name = try Self.array(&reader)
            let status = try Self.array(&reader)
            guard reader.isEmpty, authentication.isText, name.isText, status.isText else { return false }
            context.declare(side, is: .server)
            context.record(.xdmcpHostName, name, about: context.party(side))
            if authentication.isEmpty {
                context.record(.xdmcpAuthentication, "none", about: context.party(side))
            } else {
                context.record(.xdmcpAuthentication, authentication, about: context.party(side))
            }
        case 6, 9:
            // Unwilling: host name, status. Decline: status, authentication and its data.
            let first = try Self.array(&reader)
            guard first.isText else { return false }
            for _ in 0..<(operation == 6 ? 1 : 2) { try Self.skip(&reader) }
            guard reader.isEmpty else { return false }
            context.declare(side, is: .server)
        case 7:
            // Request: display, kinds and addresses of its connections, authentication, authorisations, maker of the display.
            try reader.skip(2)
            let kinds = try reader.u8()
            try reader.skip(2 &* Int(kinds))
            guard try Self.skipList(&reader) else { return false }
            try Self.skip(&reader)
            try Self.skip(&reader)
            guard try Self.skipList(&reader) else { return false }
            try Self.skip(&reader)
            guard reader.isEmpty else { return false }
            context.declare(side, is: .client)
        case 8:
            // Accept: session, authentication, authorisation.
            try reader.skip(4)
            for _ in 0..<4 { try Self.skip(&reader) }
            guard reader.isEmpty else { return false }
            context.declare(side, is: .server)
        case 10:
            try reader.skip(6)
            try Self.skip(&reader)
        case 11:
            try reader.skip(4)
            try Self.skip(&reader)
        case 12, 13:
            // Failed and KeepAlive are four octets and more.
            if operation == 12 {
                try reader.skip(4)
                try Self.skip(&reader)
            } else {
                try reader.skip(6)
            }
        default: try reader.skip(5)
        }
        return true
    }

    /// ARRAY8: a length of two octets and as many.
    @_lifetime(copy reader) @_lifetime(reader: copy reader)
    private static func array(_ reader: inout ByteReader) throws(Truncated) -> RawSpan { try reader.take(Int(try reader.u16())) }
    @_lifetime(reader: copy reader)
    private static func skip(_ reader: inout ByteReader) throws(Truncated) { _ = try Self.array(&reader) }
    /// ARRAYofARRAY8.
    @_lifetime(reader: copy reader)
    private static func skipList(_ reader: inout ByteReader) throws(Truncated) -> Bool {
        let count = try reader.u8()
        for _ in 0..<count { try Self.skip(&reader) }
        return true
    }
}
