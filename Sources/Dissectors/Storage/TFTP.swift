import Observations
import Wire

// The trivial file transfer protocol (RFC 1350, options: RFC 2347).
//
// Read: that a client asks for a file or sends one, and what kind it is by the ending of its name. The name itself is not kept. The
// file crosses between other ports and is not looked at.

enum TFTPDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.tftp
    static let usualPorts: Set<UInt16> = [69]

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard datagram.u8(at: 0) == 0, let operation = datagram.u8(at: 1), operation == 1 || operation == 2, let request = TFTPRequest(datagram) else { return .no }
        context.declare(side, is: .client)
        context.record(.tftpRequest, "\(operation == 1 ? "read" : "write")/\(request.kind)", about: .conversation)
        // The server answers from a port of its own to this one (RFC 1350 section 4).
        context.record(.tftpDataPort, Int64(context.client.port), about: .client)
        return .more
    }
}

/// A request (RFC 1350 section 5): the name, the mode, and pairs of option and value, each ended by a NUL.
private struct TFTPRequest: ~Escapable {
    private let name: RawSpan

    @_lifetime(copy datagram)
    init?(_ datagram: RawSpan) {
        guard let nameEnd = datagram.firstIndex(of: 0, from: 2, before: 514), nameEnd > 2, let modeEnd = datagram.firstIndex(of: 0, from: nameEnd &+ 1, before: nameEnd &+ 10)
        else { return nil }
        let name = datagram.slice(from: 2, count: nameEnd &- 2)
        let mode = datagram.slice(from: nameEnd &+ 1, count: modeEnd &- nameEnd &- 1)
        guard name.isText,
            mode.byteCount == 5 && mode.hasIgnoringCase("octet") || mode.byteCount == 8 && mode.hasIgnoringCase("netascii")
                || mode.byteCount == 4 && mode.hasIgnoringCase("mail")
        else { return nil }
        var parts = 0
        var start = modeEnd &+ 1
        while start < datagram.byteCount {
            guard parts < 32, let end = datagram.firstIndex(of: 0, from: start), datagram.slice(from: start, count: end &- start).isText else { return nil }
            parts &+= 1
            start = end &+ 1
        }
        // Some add a NUL, so that an option without its value is no fault.
        self.name = name
    }

    /// Of a closed list.
    var kind: String {
        let endings: [(StaticString, String)] = [
            (".cfg", "configuration"), (".conf", "configuration"), (".config", "configuration"), (".cnf", "configuration"), (".ini", "configuration"),
            ("-config", "configuration"), ("-confg", "configuration"), (".confg", "configuration"),
            (".0", "boot-image"), (".efi", "boot-image"), (".kpxe", "boot-image"), (".pxe", "boot-image"), (".n12", "boot-image"), (".wim", "boot-image"),
            ("vmlinuz", "boot-image"), ("initrd.img", "boot-image"),
            (".bin", "firmware"), (".img", "firmware"), (".fw", "firmware"), (".rom", "firmware"), (".tar", "firmware"), (".sbn", "firmware"), (".loads", "firmware"),
        ]
        for (ending, kind) in endings where self.name.hasIgnoringCase(ending, at: self.name.byteCount &- ending.utf8CodeUnitCount) { return kind }
        return "other"
    }
}
