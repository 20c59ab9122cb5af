import Observations
import Wire

// WS-Discovery: SOAP over UDP, in the drafts of 2005 (Windows, ONVIF) and in OASIS WS-Discovery 1.1 of 2009 (DPWS, IEEE 11073-20702).
//
// Read of a target service, from Hello, Bye, ProbeMatches and ResolveMatches: the types that it announces, the codes and the
// place in its scopes, its endpoint reference and the schemes of its transport addresses. Scopes are a closed list: what IEEE
// 11073-20701 section 9.4 puts into them besides the place are patients and operators. Who asks (Probe, Resolve) tells nothing
// of itself, and what is asked for is not kept.

enum WSDiscoveryDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.wsDiscovery
    static let usualPorts: Set<UInt16> = [3702]

    private static let interest = XMLInterest(elements: ["Action", "Address", "Types", "Scopes", "XAddrs"], limit: 128)

    static func mayBegin(_ octet: UInt8) -> Bool {
        // A tag, or the mark of UTF-8.
        octet == 0x3C || octet == 0xEF
    }

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard self.isEnvelope(datagram) else { return .no }
        var scanner = XMLScanner(Self.interest)
        scanner.read(datagram)
        guard scanner.rootName.elementsEqual("Envelope".utf8) else { return .no }
        let facts = scanner.takeFacts()
        guard let action = facts.first(where: { $0.path.count == 3 && $0.path.dropFirst().first == "Header" && $0.element == "Action" }),
            let message = Message(action: action.text.rawSpan)
        else { return .no }
        switch message {
        case .probe, .resolve: context.declare(side, is: .client)
        case .probeMatches, .resolveMatches: context.declare(side, is: .server)
        // Sent to a group: nobody is asked, and who receives it is no server.
        case .hello, .bye: break
        }
        for target in TargetService.all(in: facts) { target.record(from: side, context) }
        // One socket speaks for all that a host announces, again and again.
        return .more
    }

    /// Whether this may be an XML document of one of the two drafts, before it is read as one.
    private static func isEnvelope(_ datagram: RawSpan) -> Bool {
        let first = datagram.u8(at: 0)
        guard first == 0x3C || first == 0xEF && datagram.u16(at: 1) == 0xBBBF else { return false }
        return datagram.firstRange(of: "/discovery") != nil
    }

    /// A message by its action (WS-Discovery 1.1, section 4 to 6; the draft of April 2005, the same).
    enum Message {
        case hello, bye, probe, probeMatches, resolve, resolveMatches

        private static let namespaces: [StaticString] = [
            "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01/", "http://schemas.xmlsoap.org/ws/2005/04/discovery/",
        ]

        init?(action: RawSpan) {
            guard let namespace = Self.namespaces.first(where: { action.has($0) }) else { return nil }
            let name = action.slice(from: namespace.utf8CodeUnitCount)
            if name.equals("Hello") {
                self = .hello
            } else if name.equals("Bye") {
                self = .bye
            } else if name.equals("Probe") {
                self = .probe
            } else if name.equals("ProbeMatches") {
                self = .probeMatches
            } else if name.equals("Resolve") {
                self = .resolve
            } else if name.equals("ResolveMatches") {
                self = .resolveMatches
            } else {
                return nil
            }
        }
    }
}

/// What a message says of one target service.
private struct TargetService {
    /// The most target services of a message, and values of each list.
    private static let limit = 16
    private static let wordLimit = 64

    private var endpoint: [UInt8] = []
    private var types: [UInt8] = []
    private var scopes: [UInt8] = []
    private var addresses: [UInt8] = []

    /// The services in a message. Each begins with its endpoint reference, which the schemas put first.
    static func all(in facts: [XMLFact]) -> [TargetService] {
        var services: [TargetService] = []
        for fact in facts {
            let path = fact.path.dropFirst()
            guard path.first == "Body", let inside = Self.description(path.dropFirst()) else { continue }
            if inside.elementsEqual(["EndpointReference", "Address"]) {
                guard services.count < Self.limit else { break }
                services.append(TargetService(endpoint: fact.text))
            } else if inside.count == 1, var service = services.popLast() {
                switch fact.element {
                case "Types": service.types = fact.text
                case "Scopes": service.scopes = fact.text
                case "XAddrs": service.addresses = fact.text
                default: break
                }
                services.append(service)
            }
        }
        return services
    }

    private init(endpoint: [UInt8]) { self.endpoint = endpoint }

    /// The names inside a description of a target service; `nil` for what is asked for.
    /// - Parameter path: names inside the body of the message.
    private static func description(_ path: ArraySlice<String>) -> ArraySlice<String>? {
        let inside = path.dropFirst()
        return switch path.first {
        case "Hello", "Bye": inside
        case "ProbeMatches": inside.first == "ProbeMatch" ? inside.dropFirst() : nil
        case "ResolveMatches": inside.first == "ResolveMatch" ? inside.dropFirst() : nil
        default: nil
        }
    }

    func record(from side: Side, _ context: DissectionContext) {
        guard let host = self.host(from: side, context) else { return }
        let party = Party.host(host)
        if let endpoint = Self.uuid(self.endpoint.rawSpan) { context.record(.wsdEndpoint, endpoint, about: party) }
        for type in Self.words(self.types) {
            if let name = Self.localName(type) { context.record(.wsdType, name, about: party) }
        }
        for scope in Self.words(self.scopes) {
            switch Scope(scope) {
            case .code(let code): context.record(.wsdScope, code, about: party)
            case .place(let place): context.record(.wsdLocation, place, about: party)
            case nil: break
            }
        }
        for address in Self.words(self.addresses) {
            if let scheme = TransportAddress(address)?.scheme { context.record(.wsdTransport, scheme, about: party) }
        }
    }

    /// Whom the message is about: the sender, unless all the transport addresses are other hosts. Then a discovery proxy
    /// speaks (WS-Discovery 1.1, section 2.2.2), and the host is known where an address is a literal of the sender's network.
    private func host(from side: Side, _ context: DissectionContext) -> HostKey? {
        let sender = context.endpoint(side).address
        let literals = Self.words(self.addresses).compactMap { TransportAddress($0)?.address }.filter { $0.isV4 == sender.isV4 }
        // A name, or an address of the other family, may well be the sender's own.
        guard !literals.isEmpty, !literals.contains(sender) else { return context.host(side) }
        return literals.first { Self.isNear($0, sender) }.map { HostKey($0, in: context.network) }
    }

    /// Whether two addresses can be taken for those of one network: there is no prefix length on the wire.
    private static func isNear(_ address: IPAddress, _ other: IPAddress) -> Bool {
        guard !address.isGroup, !address.isUnspecified, !address.isLoopback else { return false }
        return address.isV4 ? address.v4 &>> 16 == other.v4 &>> 16 : address.high == other.high
    }

    // MARK: Values

    /// The words of a list. A text that was cut ends in a part of a word, which is left out.
    private static func words(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        var words = text.split(maxSplits: Self.wordLimit, whereSeparator: { $0 <= 0x20 })
        if words.count > Self.wordLimit || text.count >= XMLScanner.textLimit &- 4 { _ = words.popLast() }
        return words
    }

    /// `MedicalDevice` of `mdpws:MedicalDevice`.
    private static func localName(_ type: ArraySlice<UInt8>) -> String? {
        let name = type.split(separator: 0x3A, omittingEmptySubsequences: false).last ?? type
        guard !name.isEmpty, name.count <= 64, name.allSatisfy(Self.isNameByte) else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2D, 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
        default: false
        }
    }

    /// `urn:uuid:` and a UUID (RFC 9562), in lower case. Other references are names that somebody chose.
    private static func uuid(_ text: RawSpan) -> String? {
        let digits: RawSpan
        if text.hasIgnoringCase("urn:uuid:") {
            digits = text.slice(from: 9)
        } else if text.hasIgnoringCase("uuid:") {
            digits = text.slice(from: 5)
        } else {
            return nil
        }
        guard digits.byteCount == 36 else { return nil }
        var uuid = Array("urn:uuid:".utf8)
        for index in 0..<36 {
            guard let byte = digits.u8(at: index) else { return nil }
            switch (byte, index) {
            case (0x2D, 8), (0x2D, 13), (0x2D, 18), (0x2D, 23), (0x30...0x39, _), (0x61...0x66, _): uuid.append(byte)
            case (0x41...0x46, _): uuid.append(byte | 0x20)
            default: return nil
            }
        }
        return String(decoding: uuid, as: UTF8.self)
    }
}

/// What stands before and behind the first such octet.
private func halves(of text: ArraySlice<UInt8>, at octet: UInt8) -> (before: ArraySlice<UInt8>, behind: ArraySlice<UInt8>)? {
    let parts = text.split(separator: octet, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let before = parts.first, let behind = parts.last else { return nil }
    return (before, behind)
}

/// A transport address (XAddr).
private struct TransportAddress {
    /// `http`, `https`, `soap.udp`; `nil` for others.
    let scheme: String?
    /// The host, where it is a literal.
    let address: IPAddress?

    init?(_ text: ArraySlice<UInt8>) {
        guard let (scheme, rest) = halves(of: text, at: 0x3A), rest.starts(with: "//".utf8) else { return nil }
        switch String(decoding: scheme, as: UTF8.self).lowercased() {
        case "http": self.scheme = "http"
        case "https": self.scheme = "https"
        case "soap.udp": self.scheme = "soap.udp"
        default: self.scheme = nil
        }
        var host = rest.dropFirst(2).prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
        if host.first == 0x5B {
            host = host.dropFirst().prefix { $0 != 0x5D && $0 != 0x25 }
        } else {
            host = host.prefix { $0 != 0x3A }
        }
        self.address = host.count <= 45 ? IPAddress(String(decoding: host, as: UTF8.self)) : nil
    }
}

/// A scope, as far as it can be told: a closed list, as scopes of IEEE 11073 also name patients (`sdc.ctxt.pat`), operators
/// (`sdc.ctxt.opr`) and their workflows, and those of others whatever somebody typed.
private enum Scope {
    /// The scheme, and the code where it is one.
    case code(String)
    /// A place, by the fields of a location context.
    case place(String)

    /// Schemes of which the name alone is kept.
    private static let others: Set<String> = ["onvif", "http", "https", "ldap", "ldaps", "urn", "uuid"]

    init?(_ text: ArraySlice<UInt8>) {
        guard let (name, rest) = halves(of: text, at: 0x3A), name.count <= 16 else { return nil }
        let scheme = String(decoding: name, as: UTF8.self).lowercased()
        switch scheme {
        case "sdc.ctxt.loc":
            guard let place = Self.place(rest) else { return nil }
            self = .place(place)
        // The purpose of a participant: an object identifier (IEEE 11073-20701 section 9.3).
        case "sdc.mds.pkp":
            let isIdentifier = !rest.isEmpty && rest.count <= 64 && rest.allSatisfy { $0 == 0x2E || $0 >= 0x30 && $0 <= 0x39 }
            self = .code(isIdentifier ? "sdc.mds.pkp:" + String(decoding: rest, as: UTF8.self) : scheme)
        case "sdc.cdc.type": self = .code(Self.componentCode(rest).map { "sdc.cdc.type:" + $0 } ?? scheme)
        default:
            guard Self.others.contains(scheme) else { return nil }
            self = .code(scheme)
        }
    }

    /// `/<coding system>/<version>/<code>`: the code, where the system is that of IEEE 11073-10101, or none, which is the same.
    private static func componentCode(_ text: ArraySlice<UInt8>) -> String? {
        let parts = text.split(separator: 0x2F, maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4, parts.first?.isEmpty == true, let system = parts.dropFirst().first, let code = parts.last, !code.isEmpty, code.count <= 10,
            code.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { return nil }
        guard system.isEmpty || Self.decoded(system).elementsEqual(CodingSystem.mdc.utf8) else { return nil }
        return String(decoding: code, as: UTF8.self)
    }

    /// The fields of a location context from largest to smallest (IEEE 11073-20701 section 9.4.1.2).
    private static let placeFields = ["fac", "bldng", "flr", "poc", "rm", "bed"]

    /// `fac=CHU; poc=REA; bed=7` of the query of a location scope.
    private static func place(_ text: ArraySlice<UInt8>) -> String? {
        guard let query = halves(of: text, at: 0x3F)?.behind else { return nil }
        var fields: [String: String] = [:]
        for pair in query.split(separator: 0x26, maxSplits: 16) {
            guard let (field, encoded) = halves(of: pair, at: 0x3D) else { continue }
            let name = String(decoding: field, as: UTF8.self)
            guard Self.placeFields.contains(name), fields[name] == nil else { continue }
            let value = Self.decoded(encoded.prefix(192))
            if !value.isEmpty, value.count <= 64 { fields[name] = String(decoding: value, as: UTF8.self) }
        }
        let known = Self.placeFields.compactMap { name in fields[name].map { "\(name)=\($0)" } }
        return known.isEmpty ? nil : known.joined(separator: "; ")
    }

    /// Percent-encoding undone (RFC 3986 section 2.1).
    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == 0x25, digits.count == 2, let high = digits.first?.hexadecimalDigit, let low = digits.last?.hexadecimalDigit {
                bytes.append(high &<< 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
