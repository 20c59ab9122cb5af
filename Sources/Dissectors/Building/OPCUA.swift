import Observations
import Wire

// OPC UA binary over TCP (OPC 10000-6, sections 5.2 and 7; services of OPC 10000-4).
//
// Read: the security policy of a channel that the server opened; what endpoints it offers (policies, modes, kinds of identity) and
// what it says of itself; with which kind of identity a session was activated in a channel without encryption. User names,
// passwords, addresses of endpoints and values are stepped over.

final class OPCUADissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.opcua

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let kind = MessageKind(head) else {
            return head.byteCount < 4 && MessageKind.mayBegin(head) ? .notYet : .no
        }
        guard let size = head.u32le(at: 4) else { return .notYet }
        guard size >= 12, size <= 1 &<< 24 else { return .no }
        switch kind {
        case .hello, .reverseHello:
            guard context.role != .server || kind == .reverseHello, size <= 8300 else { return .no }
            guard let version = head.u32le(at: 8), let buffer = head.u32le(at: 12) else { return .notYet }
            return kind == .reverseHello || version <= 16 && buffer >= 8192 ? .yes : .no
        case .acknowledge:
            guard size == 28 else { return .no }
            guard let version = head.u32le(at: 8), let buffer = head.u32le(at: 12) else { return .notYet }
            return version <= 16 && buffer >= 8192 ? .yes : .no
        case .error: return size <= 8300 && !context.isStart || context.isProved ? .yes : .notYet
        case .open:
            guard let length = head.u32le(at: 12) else { return .notYet }
            guard length >= 40, length <= 255 else { return .no }
            return head.byteCount < 52 ? .notYet : head.has("http://opcfoundation.org/UA/SecurityPolicy#", at: 16) ? .yes : .no
        // A channel and a token begin no conversation.
        case .message, .close: return context.isStart && !context.isProved ? .no : .yes
        }
    }

    // MARK: State

    /// Whether the channel has no security: only then is what follows read.
    private var isPlain = false
    /// Whether the session belongs to nobody.
    private var isAnonymous = false
    /// Identities and services asked for, by the number of the request.
    private var pending: [UInt32: Pending] = [:]
    private static let pendingLimit = 64

    private enum Pending {
        case session(String)
        case control(String)
    }

    func lost(_ count: Int, from side: Side) { self.pending.removeAll() }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard bytes.byteCount >= 8 else { return Consumption(0, .more(atLeast: 8)) }
        guard let kind = MessageKind(bytes), let size = bytes.u32le(at: 4), size >= 8, size <= 1 &<< 24 else { return .failed }
        let count = Int(size)
        switch kind {
        case .hello: context.declare(side, is: .client)
        case .acknowledge, .error, .reverseHello: context.declare(side, is: .server)
        case .close: return .finished
        case .open, .message: break
        }
        let isWanted = kind == .open || kind == .message && self.isPlain && bytes.u8(at: 3) == 0x46
        guard isWanted, count <= 60_000 else { return Consumption(0, .skip(count)) }
        guard bytes.byteCount >= count else { return Consumption(0, .more(atLeast: count)) }
        let message = bytes.slice(from: 0, count: count)
        if kind == .open { return self.consumeOpen(message, from: side, &context) }
        self.read(message, from: side, &context)
        return Consumption(count, .more(atLeast: 8))
    }

    /// Channel, policy, certificates, sequence, request; in a channel without security then the service.
    private func consumeOpen(_ message: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        var fields = BinaryFields(message.slice(from: 12))
        guard let uri = fields.string(), let hash = uri.firstIndex(of: 0x23) else { return .failed }
        let policy = uri.slice(from: hash &+ 1)
        let isPlain = policy.equals("None")
        if isPlain {
            fields.skipString()
            fields.skipString()
            guard fields.skip(8), let service = fields.nodeID() else { return .failed }
            context.declare(side, is: service == Service.openRequest ? .client : .server)
        }
        self.isPlain = isPlain
        if context.role(of: side) == .server { context.record(.opcuaPolicy, policy, about: .server) }
        // What is encrypted says nothing more; what is only signed is left alone too.
        if !isPlain, context.role(of: side) == .server { return .finished }
        return Consumption(message.byteCount, .more(atLeast: 8))
    }

    /// Channel, token, sequence, request, service.
    private func read(_ message: RawSpan, from side: Side, _ context: inout DissectionContext) {
        guard let request = message.u32le(at: 20) else { return }
        var fields = BinaryFields(message.slice(from: 24))
        guard let service = fields.nodeID() else { return }
        switch service {
        case Service.activateRequest:
            if let identity = Self.identity(&fields) { self.ask(.session(identity), request) }
        case Service.writeRequest: self.ask(.control("write"), request)
        case Service.callRequest: self.ask(.control("operate"), request)
        case Service.endpointsResponse:
            guard fields.skipResponseHeader() == 0 else { return }
            Self.recordEndpoints(&fields, context.party(side), &context)
        case Service.createResponse:
            guard fields.skipResponseHeader() == 0, fields.nodeID() != nil, fields.nodeID() != nil, fields.skip(8) else { return }
            fields.skipString()
            fields.skipString()
            Self.recordEndpoints(&fields, context.party(side), &context)
        case Service.activateResponse:
            guard case .session(let identity)? = self.pending.removeValue(forKey: request), fields.skipResponseHeader() == 0 else { return }
            self.isAnonymous = identity == "anonymous"
            context.record(.opcuaSession, identity, about: .server)
            if self.isAnonymous { context.record(.loginAnonymous, "opc-ua", about: .server) }
            if identity == "username-clear" {
                context.record(.loginClear, "opc-ua", about: .server)
                context.record(.loginAccepted, "opc-ua", about: .server)
            }
        case Service.writeResponse, Service.callResponse:
            guard case .control(let control)? = self.pending.removeValue(forKey: request), self.isAnonymous else { return }
            guard let result = fields.skipResponseHeader(), let count = fields.u32(), count > 0, let first = fields.u32() else { return }
            context.record(result == 0 && first &>> 30 == 0 ? .controlAccepted : .controlRefused, control, about: .server)
        default: break
        }
    }

    private func ask(_ what: Pending, _ request: UInt32) {
        if self.pending.count >= Self.pendingLimit { self.pending.removeAll(keepingCapacity: true) }
        self.pending.updateValue(what, forKey: request)
    }

    /// The kind of user identity in an ActivateSession request (OPC 10000-4 section 5.6.3).
    private static func identity(_ fields: inout BinaryFields) -> String? {
        guard fields.skipRequestHeader() else { return nil }
        fields.skipString()
        fields.skipString()
        guard fields.skipArray({ $0.skipString() && $0.skipString() }), fields.skipArray({ $0.skipString() }), let kind = fields.nodeID(),
            let encoding = fields.u8()
        else { return nil }
        switch kind {
        case 0, 321: return "anonymous"
        case 324:
            guard encoding == 1, fields.skip(4), fields.skipString(), fields.skipString(), fields.skipString() else { return nil }
            guard let algorithm = fields.string() else { return nil }
            return algorithm.isEmpty ? "username-clear" : "username-encrypted"
        case 327: return "certificate"
        case 940: return "issued"
        default: return nil
        }
    }

    /// EndpointDescriptions (OPC 10000-4 section 7.14).
    private static func recordEndpoints(_ fields: inout BinaryFields, _ party: Party, _ context: inout DissectionContext) {
        guard let count = fields.u32(), count <= 64 else { return }
        for _ in 0..<count {
            fields.skipString()
            guard let application = fields.string(), let product = fields.string(), let mask = fields.u8(), mask <= 3 else { return }
            if mask & 1 != 0 { fields.skipString() }
            let name = mask & 2 != 0 ? fields.string() : nil
            context.record(.opcuaApplicationURI, application, about: party)
            context.record(.opcuaProductURI, product, about: party)
            if let name { context.record(.opcuaApplicationName, name, about: party) }
            guard fields.skip(4), fields.skipString(), fields.skipString(), fields.skipArray({ $0.skipString() }), fields.skipString(),
                let mode = fields.u32(), let uri = fields.string()
            else { return }
            let policy = PrintableText.make(uri.slice(from: (uri.firstIndex(of: 0x23) ?? -1) &+ 1))
            context.record(.opcuaPolicyOffered, policy + "/" + Self.modeName(mode), about: party)
            // No list at all is written as the largest number.
            guard let tokens = fields.u32(), tokens <= 32 || tokens == .max else { return }
            let tokenCount = tokens == .max ? 0 : tokens
            for _ in 0..<tokenCount {
                guard fields.skipString(), let kind = fields.u32(), fields.skipString(), fields.skipString(), fields.skipString() else { return }
                context.record(.opcuaTokenOffered, Self.tokenName(kind), about: party)
            }
            guard fields.skipString(), fields.skip(1) else { return }
        }
    }

    private static func modeName(_ mode: UInt32) -> String {
        switch mode {
        case 1: "none"
        case 2: "sign"
        case 3: "sign-and-encrypt"
        default: String(mode)
        }
    }

    private static func tokenName(_ kind: UInt32) -> String {
        switch kind {
        case 0: "anonymous"
        case 1: "username"
        case 2: "certificate"
        case 3: "issued"
        default: String(kind)
        }
    }
}

/// Message types (OPC 10000-6 section 7.1.2.2).
private enum MessageKind {
    case hello, reverseHello, acknowledge, error, open, message, close

    init?(_ bytes: RawSpan) {
        guard let type = bytes.u32(at: 0) else { return nil }
        let isFinal = type & 0xFF == 0x46
        switch type &>> 8 {
        case 0x48454C where isFinal: self = .hello
        case 0x524845 where isFinal: self = .reverseHello
        case 0x41434B where isFinal: self = .acknowledge
        case 0x455252 where isFinal: self = .error
        case 0x4F504E where isFinal: self = .open
        case 0x4D5347 where isFinal || type & 0xFF == 0x43 || type & 0xFF == 0x41: self = .message
        case 0x434C4F where isFinal: self = .close
        default: return nil
        }
    }

    /// Whether up to three octets begin a type.
    static func mayBegin(_ bytes: RawSpan) -> Bool {
        for name in ["HEL", "RHE", "ACK", "ERR", "OPN", "MSG", "CLO"] {
            var offset = 0
            if name.utf8.allSatisfy({ letter in
                defer { offset &+= 1 }
                return bytes.u8(at: offset) ?? letter == letter
            }) { return true }
        }
        return false
    }
}

/// Numbers of the binary encodings of services (OPC 10000-6 annex A).
private enum Service {
    static let openRequest: UInt32 = 446
    static let endpointsResponse: UInt32 = 431
    static let createResponse: UInt32 = 464
    static let activateRequest: UInt32 = 467
    static let activateResponse: UInt32 = 470
    static let writeRequest: UInt32 = 673
    static let writeResponse: UInt32 = 676
    static let callRequest: UInt32 = 712
    static let callResponse: UInt32 = 715
}

/// Fields of the binary encoding, one after the other (OPC 10000-6 section 5.2).
private struct BinaryFields: ~Escapable {
    private static let arrayLimit: UInt32 = 64

    private var reader: ByteReader

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.reader = ByteReader(bytes) }

    @_lifetime(self: copy self)
    mutating func u8() -> UInt8? { try? self.reader.u8() }
    @_lifetime(self: copy self)
    mutating func u32() -> UInt32? { try? self.reader.u32le() }
    @_lifetime(self: copy self)
    mutating func skip(_ count: Int) -> Bool { (try? self.reader.skip(count)) != nil }

    /// A string or a string of octets; an absent one is empty.
    @_lifetime(copy self) @_lifetime(self: copy self)
    mutating func string() -> RawSpan? {
        guard let length = try? self.reader.u32le() else { return nil }
        return try? self.reader.take(length == .max ? 0 : Int(length))
    }
    @discardableResult @_lifetime(self: copy self)
    mutating func skipString() -> Bool { self.string() != nil }

    /// The number of a node identifier; one that is not a number counts as its kind's largest.
    @_lifetime(self: copy self)
    mutating func nodeID() -> UInt32? {
        guard let encoding = self.u8() else { return nil }
        switch encoding & 0x3F {
        case 0: return self.u8().map(UInt32.init)
        case 1:
            guard self.skip(1), let number = try? self.reader.u16le() else { return nil }
            return UInt32(number)
        case 2: return self.skip(2) ? self.u32() : nil
        case 3, 5: return self.skip(2) && self.skipString() ? .max : nil
        case 4: return self.skip(18) ? .max : nil
        default: return nil
        }
    }

    @_lifetime(self: copy self)
    mutating func skipArray(_ element: (inout BinaryFields) -> Bool) -> Bool {
        guard let count = self.u32() else { return false }
        guard count != .max else { return true }
        guard count <= Self.arrayLimit else { return false }
        for _ in 0..<count where !element(&self) { return false }
        return true
    }

    /// Authentication token, time, handle, diagnostics, audit entry, timeout, additional header.
    @_lifetime(self: copy self)
    mutating func skipRequestHeader() -> Bool {
        self.nodeID() != nil && self.skip(16) && self.skipString() && self.skip(4) && self.skipExtension()
    }

    /// Time, handle, result, diagnostics, table of strings, additional header.
    /// - Returns: the result; 0 is good.
    @_lifetime(self: copy self)
    mutating func skipResponseHeader() -> UInt32? {
        guard self.skip(12), let result = self.u32(), self.u8() == 0, self.skipArray({ $0.skipString() }), self.skipExtension() else { return nil }
        return result
    }

    @_lifetime(self: copy self)
    private mutating func skipExtension() -> Bool {
        guard self.nodeID() != nil, let encoding = self.u8() else { return false }
        return encoding == 0 || self.skipString()
    }
}
