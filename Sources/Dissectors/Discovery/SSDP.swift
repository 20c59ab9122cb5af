import Observations
import Wire

// The Simple Service Discovery Protocol (UPnP Device Architecture 2.0, section 1): headers in the manner of HTTP over UDP.
//
// Read of devices: the software, the types of device and service that they announce, their identifier, and by which scheme and port
// they describe themselves. What somebody searches for is not kept, nor any path.

enum SSDPDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.ssdp
    static let usualPorts: Set<UInt16> = [1900]

    static func mayBegin(_ octet: UInt8) -> Bool {
        // NOTIFY, M-SEARCH, HTTP.
        octet == 0x4E || octet == 0x4D || octet == 0x48
    }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard let kind = Kind(datagram) else { return .no }
        let message = Message(datagram)
        guard message.isOf(kind) else { return .no }
        switch kind {
        case .search:
            context.declare(side, is: .client)
            return .more
        case .answer: context.declare(side, is: .server)
        // An announcement has no answer; to a group it makes nobody a server.
        case .notification: break
        }
        let device = Party.host(context.host(side))
        context.record(.ssdpServer, message.server, about: device)
        if let type = message.type { context.record(.ssdpType, type, about: device) }
        if let uuid = message.uuid { context.record(.ssdpUUID, uuid, about: device) }
        if let location = message.location { context.record(.ssdpLocation, location, about: device) }
        return .more
    }
}

private enum Kind {
    case notification, search, answer

    init?(_ datagram: RawSpan) {
        if datagram.has("NOTIFY * HTTP/1.") {
            self = .notification
        } else if datagram.has("M-SEARCH * HTTP/1.") {
            self = .search
        } else if datagram.has("HTTP/1."), datagram.has(" 200 ", at: 8) {
            self = .answer
        } else {
            return nil
        }
    }
}

/// The headers of a message.
private struct Message {
    private static let lineLimit = 48

    private(set) var server = ""
    private(set) var type: String?
    private(set) var uuid: String?
    private(set) var location: String?
    private var hasType = false
    private var hasName = false
    private var hasDiscover = false

    init(_ datagram: RawSpan) {
        var start = 0
        for _ in 0..<Self.lineLimit {
            let end = datagram.firstIndex(of: 0x0A, from: start) ?? datagram.byteCount
            self.read(datagram.slice(from: start, count: end &- start).trimmed)
            start = end &+ 1
            if start >= datagram.byteCount { break }
        }
    }

    /// Whether the headers are there that a message of the kind must have (sections 1.2.2, 1.3.2, 1.3.3).
    func isOf(_ kind: Kind) -> Bool {
        switch kind {
        case .notification, .answer: self.hasType && self.hasName
        case .search: self.hasDiscover && self.hasType
        }
    }

    private mutating func read(_ line: RawSpan) {
        guard let colon = line.firstIndex(of: 0x3A, before: 32) else { return }
        let value = line.slice(from: colon &+ 1).trimmed
        if line.hasIgnoringCase("server:") {
            self.server = PrintableText.make(value)
        } else if line.hasIgnoringCase("nt:") || line.hasIgnoringCase("st:") {
            self.hasType = true
            self.type = Self.typeName(value)
        } else if line.hasIgnoringCase("usn:") {
            self.hasName = true
            self.uuid = Self.identifier(value)
        } else if line.hasIgnoringCase("man:") {
            self.hasDiscover = value.firstRange(of: "ssdp:discover") != nil
        } else if line.hasIgnoringCase("location:") || line.hasIgnoringCase("al:") {
            if let location = Self.schemeAndPort(value) { self.location = location }
        }
    }

    /// `WANIPConnection:1` of `urn:schemas-upnp-org:service:WANIPConnection:1`. Identifiers and "all" are no types.
    private static func typeName(_ value: RawSpan) -> String? {
        guard value.hasIgnoringCase("urn:"), let domainEnd = value.firstIndex(of: 0x3A, from: 4), let kindEnd = value.firstIndex(of: 0x3A, from: domainEnd &+ 1) else {
            return nil
        }
        let name = value.slice(from: kindEnd &+ 1)
        guard name.byteCount <= 64, Self.isToken(name) else { return nil }
        return PrintableText.make(name)
    }

    /// Letters, digits, and the few signs that such names are joined with.
    private static func isToken(_ name: RawSpan) -> Bool {
        var index = 0
        while let byte = name.u8(at: index) {
            guard byte.isLetter || byte.isDigit || byte == 0x2D || byte == 0x2E || byte == 0x3A || byte == 0x5F else { return false }
            index &+= 1
        }
        return index > 0
    }

    /// The UUID of `uuid:…::urn:…`. Some devices call other words a UUID, which may be names.
    private static func identifier(_ value: RawSpan) -> String? {
        guard value.hasIgnoringCase("uuid:") else { return nil }
        let text = value.slice(from: 5, count: 36)
        var index = 0
        while let byte = text.u8(at: index) {
            let isDash = index == 8 || index == 13 || index == 18 || index == 23
            guard isDash ? byte == 0x2D : byte.hexadecimalDigit != nil else { return nil }
            index &+= 1
        }
        return index == 36 ? PrintableText.make(text).lowercased() : nil
    }

    /// `http:49152` of `http://192.0.2.1:49152/description.xml`.
    private static func schemeAndPort(_ value: RawSpan) -> String? {
        let isSecure = value.hasIgnoringCase("https://")
        guard isSecure || value.hasIgnoringCase("http://") else { return nil }
        let scheme = isSecure ? "https" : "http"
        let start = isSecure ? 8 : 7
        let end = value.firstIndex(of: 0x2F, from: start) ?? value.byteCount
        // An IPv6 address stands in brackets.
        let host = value.firstIndex(of: 0x5D, from: start, before: end) ?? start
        guard let colon = value.firstIndex(of: 0x3A, from: host, before: end) else { return "\(scheme):\(isSecure ? 443 : 80)" }
        var port = 0
        var index = colon &+ 1
        while index < end, let byte = value.u8(at: index), byte.isDigit, port < 65_536 {
            port = port &* 10 &+ Int(byte &- 0x30)
            index &+= 1
        }
        guard index == end, port > 0, port < 65_536 else { return nil }
        return "\(scheme):\(port)"
    }
}
