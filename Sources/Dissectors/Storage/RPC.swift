import Observations
import Wire

// Remote procedure calls of Sun, ONC RPC version 2 (RFC 5531), over TCP with record marking and over UDP, and the programs of a file
// server above it: port mapper (RFC 1833), MOUNT and NFS versions 2 and 3 (RFC 1813), NFS version 4 (RFC 7530, RFC 8881).
//
// Read: which programs are called, how the caller proves itself, what the server serves for it, for whom shares are, and the name that
// a client machine gives itself. Numbers of users and groups, names of shares and files, and contents are stepped over.

/// Calls of NFS over TCP.
final class NFSDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.nfs

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        let answer = RPCRecord.probe(head, context)
        guard answer == .yes, !context.isProved else { return answer }
        return head.u32(at: 8) == 0 && head.u32(at: 16) == RPCProgram.nfs ? .yes : .no
    }

    private let stream = RPCStream()

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        self.stream.consume(bytes, from: side, &context)
    }
    func lost(_ count: Int, from side: Side) { self.stream.lost(from: side) }
}

/// Calls of every other program over TCP.
final class RPCDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.rpc

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe { RPCRecord.probe(head, context) }

    private let stream = RPCStream()

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        self.stream.consume(bytes, from: side, &context)
    }
    func lost(_ count: Int, from side: Side) { self.stream.lost(from: side) }
}

/// NFS over UDP.
enum NFSDatagramDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.nfs
    static let usualPorts: Set<UInt16> = [2049]

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        guard datagram.u32(at: 4) == 0 else {
            // An answer does not say of which program it is.
            return context.protocols.contains(.nfs) && RPCReply(datagram) != nil ? .more : .no
        }
        guard datagram.u32(at: 12) == RPCProgram.nfs, let call = RPCCall(datagram) else { return .no }
        RPCDatagram.record(call, from: side, &context)
        return .more
    }
}

/// Every other program over UDP.
enum RPCDatagramDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.rpc
    static let usualPorts: Set<UInt16> = [111]

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        switch datagram.u32(at: 4) {
        case 0:
            guard let call = RPCCall(datagram) else { return .no }
            RPCDatagram.record(call, from: side, &context)
            return .more
        case 1:
            guard datagram.byteCount % 4 == 0 || context.isCut, RPCReply(datagram) != nil else { return .no }
            context.declare(side, is: .server)
            return .more
        default: return .no
        }
    }
}

private enum RPCDatagram {
    static func record(_ call: borrowing RPCCall, from side: Side, _ context: inout DissectionContext) {
        context.declare(side, is: .client)
        call.record(from: side, context)
        // Datagrams are read one by one: a file operation needs a handle that the server gave, so that its call is proof enough.
        guard call.program == RPCProgram.nfs, let authentication = call.authentication, call.isFileOperation else { return }
        context.record(.nfsVersion, call.nfsVersion, about: .server)
        context.record(.nfsAuthentication, "\(authentication)", about: .server)
    }
}

// MARK: Records

/// Record marking (RFC 5531 section 11): fragments with their length, the highest bit set on the last.
private enum RPCRecord {
    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let mark = head.u8(at: 0) else { return .notYet }
        // A first fragment that is the only one, below 16 MiB.
        guard mark == 0x80 else { return .no }
        guard let length = head.u32(at: 0).map({ $0 & 0x7FFF_FFFF }) else { return .notYet }
        guard length >= 20, length % 4 == 0 else { return .no }
        guard let type = head.u32(at: 8) else { return .notYet }
        guard type <= 1 else { return .no }
        guard let third = head.u32(at: 12) else { return .notYet }
        guard third == (type == 0 ? 2 : 0) else { return .no }
        let message = head.slice(from: 4, count: Int(length))
        guard head.byteCount >= 32 || UInt32(truncatingIfNeeded: message.byteCount) == length else { return .notYet }
        return type == 0 ? (RPCCall.begins(message) ? .yes : .no) : (RPCReply(message) != nil ? .yes : .no)
    }
}

/// Both directions of a conversation of calls and answers.
private final class RPCStream {
    /// How much of a message is looked at: more than any that matters here.
    private static let lookLimit = 4096
    /// After so many messages nothing new comes.
    private static let messageLimit = 400
    /// Calls that wait for their answers.
    private static let pendingLimit = 64

    private struct Pending {
        let identifier: UInt32
        let program: UInt32
        let version: UInt32
        let procedure: UInt32
        let nfsVersion: String
        let isFileOperation: Bool
        let authentication: StaticString?
    }
    private var pending: [Pending] = []
    private var messages = 0
    /// Whether a side is inside a record of several fragments.
    private var continues: (initiator: Bool, responder: Bool) = (false, false)

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let mark = bytes.u32(at: 0) else { return Consumption(0, .more(atLeast: 4)) }
        let length = Int(mark & 0x7FFF_FFFF)
        let wasInside = side == .initiator ? self.continues.initiator : self.continues.responder
        let goesOn = mark &>> 31 == 0
        guard length > 0 || !goesOn, length <= 0x100_0000 else { return .failed }
        if wasInside {
            self.set(goesOn, side)
            return length == 0 ? Consumption(4) : Consumption(4, .skip(length))
        }
        let looked = min(length, Self.lookLimit)
        guard bytes.byteCount >= looked &+ 4 else { return Consumption(0, .more(atLeast: looked &+ 4)) }
        self.set(goesOn, side)
        self.messages &+= 1
        self.read(bytes.slice(from: 4, count: looked), from: side, &context)
        guard self.messages < Self.messageLimit else { return .finished }
        return looked == length ? Consumption(looked &+ 4) : Consumption(looked &+ 4, .skip(length &- looked))
    }

    func lost(from side: Side) {
        self.set(false, side)
        self.pending = []
    }

    private func set(_ continues: Bool, _ side: Side) {
        if side == .initiator { self.continues.initiator = continues } else { self.continues.responder = continues }
    }

    private func read(_ message: RawSpan, from side: Side, _ context: inout DissectionContext) {
        if message.u32(at: 4) == 0 {
            guard let call = RPCCall(message) else { return }
            context.declare(side, is: .client)
            // A server of version 4.1 calls back through the same connection (RFC 8881 section 2.10.3.1): nothing that it serves.
            guard context.role(of: side) == .client else { return }
            call.record(from: side, context)
            if self.pending.count >= Self.pendingLimit { self.pending = Array(self.pending.dropFirst(Self.pendingLimit / 2)) }
            self.pending.append(
                Pending(
                    identifier: call.identifier, program: call.program, version: call.version, procedure: call.procedure, nfsVersion: call.nfsVersion,
                    isFileOperation: call.isFileOperation, authentication: call.authentication))
        } else if let reply = RPCReply(message) {
            context.declare(side, is: .server)
            guard reply.isSuccess, let call = self.pending.first(where: { $0.identifier == reply.identifier }) else { return }
            self.pending.removeAll { $0.identifier == reply.identifier }
            self.record(call, reply, from: side, context)
        }
    }

    private func record(_ call: Pending, _ reply: borrowing RPCReply, from side: Side, _ context: DissectionContext) {
        let party = context.party(side)
        switch (call.program, call.procedure) {
        case (RPCProgram.nfs, let procedure) where procedure != 0:
            let isWrapped = call.authentication.map { "\($0)".hasPrefix("gss") } ?? false
            // Every result of NFS begins with its status; inside RPCSEC_GSS it may not be readable.
            guard isWrapped || reply.results.u32(at: 0) == 0 else { return }
            context.record(.nfsVersion, call.nfsVersion, about: party)
            if call.isFileOperation, let authentication = call.authentication { context.record(.nfsAuthentication, "\(authentication)", about: party) }
        case (RPCProgram.mount, 1) where call.version == 3: Self.recordMount(reply.results, party, context)
        case (RPCProgram.mount, 5): Self.recordExports(reply.results, party, context)
        case (RPCProgram.portMapper, 4) where call.version == 2: Self.recordPrograms(reply.results, party, context)
        default: break
        }
    }

    /// mountres3 (RFC 1813 section 5.2.1): status, the handle, and the flavours with which the share may be used.
    private static func recordMount(_ results: RawSpan, _ party: Party, _ context: DissectionContext) {
        var reader = ByteReader(results)
        guard let status = try? reader.u32(), status == 0, (try? RPCMessage.opaque(&reader, limit: 64)) != nil, let count = try? reader.u32() else { return }
        let limit = min(count, 16)
        for _ in 0..<limit {
            guard let flavour = try? reader.u32() else { return }
            context.record(.nfsFlavourOffered, RPCFlavour.pseudoName(flavour), about: party)
        }
    }

    /// exports (section 5.2.5): a list of directories, each with the list of groups that may mount it; none means everyone.
    private static func recordExports(_ results: RawSpan, _ party: Party, _ context: DissectionContext) {
        var reader = ByteReader(results)
        while let follows = try? reader.u32(), follows == 1 {
            guard (try? RPCMessage.opaque(&reader, limit: 1024)) != nil else { return }
            var groups = 0
            var isOpen = false
            while true {
                guard let another = try? reader.u32() else { return }
                guard another == 1 else { break }
                guard let name = try? RPCMessage.opaque(&reader, limit: 255) else { return }
                groups &+= 1
                if name.equals("*") || name.equals("(everyone)") || name.equals("0.0.0.0/0") { isOpen = true }
            }
            context.record(.nfsExports, groups == 0 || isOpen ? "everyone" : "restricted", about: party)
        }
    }

    /// pmaplist (RFC 1833 section 3.2).
    private static func recordPrograms(_ results: RawSpan, _ party: Party, _ context: DissectionContext) {
        var reader = ByteReader(results)
        for _ in 0..<64 {
            guard let follows = try? reader.u32(), follows == 1, let program = try? reader.u32(), let version = try? reader.u32(),
                let transport = try? reader.u32(), let port = try? reader.u32(), port <= 0xFFFF, version < 100
            else { return }
            let name = transport == 6 ? "tcp" : transport == 17 ? "udp" : "\(transport)"
            context.record(.rpcRegistered, "\(RPCProgram.name(program))/\(version)/\(name)/\(port)", about: party)
        }
    }
}

// MARK: Messages

private enum RPCMessage {
    /// Opaque data of variable length (RFC 4506 section 4.10), filled up to four octets.
    @_lifetime(copy reader) @_lifetime(reader: copy reader)
    static func opaque(_ reader: inout ByteReader, limit: UInt32) throws(Truncated) -> RawSpan {
        let length = try reader.u32()
        guard length <= limit else { throw Truncated() }
        let contents = try reader.take(Int(length))
        try reader.skip(Int(4 &- length % 4) & 3)
        return contents
    }
}

/// A call (RFC 5531 section 9), as far as the bytes hold it.
private struct RPCCall: ~Escapable {
    let identifier: UInt32
    let program: UInt32
    let version: UInt32
    let procedure: UInt32
    private let flavour: UInt32
    private let credentials: RawSpan
    private let arguments: RawSpan

    /// Whether a call begins so.
    static func begins(_ message: RawSpan) -> Bool {
        guard message.u32(at: 4) == 0, message.u32(at: 8) == 2, let program = message.u32(at: 12), let version = message.u32(at: 16),
            let procedure = message.u32(at: 20), let flavour = message.u32(at: 24)
        else { return false }
        // Programs are numbered from 100000 on, private ones from 0x20000000 (section 8.3).
        guard (100_000...0x5FFF_FFFF).contains(program), (1...99).contains(version), procedure < 1000, RPCFlavour.isKnown(flavour) else { return false }
        guard let length = message.u32(at: 28) else { return true }
        return length <= 400 && length % 4 == 0 && (flavour != 0 || length == 0)
    }

    @_lifetime(copy message)
    init?(_ message: RawSpan) {
        guard Self.begins(message), let identifier = message.u32(at: 0), let program = message.u32(at: 12), let version = message.u32(at: 16),
            let procedure = message.u32(at: 20), let flavour = message.u32(at: 24)
        else { return nil }
        var reader = ByteReader(message.slice(from: 28))
        guard let credentials = try? RPCMessage.opaque(&reader, limit: 400), let verifier = try? reader.u32(), RPCFlavour.isKnown(verifier),
            (try? RPCMessage.opaque(&reader, limit: 400)) != nil
        else { return nil }
        self.identifier = identifier
        self.program = program
        self.version = version
        self.procedure = procedure
        self.flavour = flavour
        self.credentials = credentials
        self.arguments = reader.rest
    }

    /// How the caller proves itself; `nil` for the negotiation of RPCSEC_GSS itself and for what is obsolete.
    var authentication: StaticString? {
        switch self.flavour {
        case 0: "none"
        case 1: "sys"
        case 6:
            // Version, procedure (0: data), number, service (RFC 2203 section 5).
            switch (self.credentials.u32(at: 4), self.credentials.u32(at: 12)) {
            case (0, 1): "gss"
            case (0, 2): "gss-integrity"
            case (0, 3): "gss-privacy"
            default: nil
            }
        default: nil
        }
    }

    /// Whether it reads or changes files or directories. What a client may ask before it has proved itself (RFC 2623 section 2.3.2)
    /// does not count.
    var isFileOperation: Bool {
        switch self.version {
        case 2: self.procedure > 1 && self.procedure < 17
        case 3: self.procedure > 1 && self.procedure < 18
        case 4: self.procedure == 1 && (self.flavour == 6 || self.usesHandle)
        default: false
        }
    }

    /// COMPOUND4args (RFC 7530 section 15.2): tag, minor version, number of operations, the first of them.
    private var compound: (minor: UInt32, operation: UInt32)? {
        guard self.version == 4, self.procedure == 1, self.flavour <= 1 else { return nil }
        var reader = ByteReader(self.arguments)
        guard (try? RPCMessage.opaque(&reader, limit: 1024)) != nil, let minor = try? reader.u32(), minor < 10, let count = try? reader.u32(), count > 0,
            let operation = try? reader.u32()
        else { return nil }
        // SEQUENCE comes first from version 4.1 on: 32 octets (RFC 8881 section 18.46).
        if operation == 53, count > 1, (try? reader.skip(32)) != nil, let next = try? reader.u32() { return (minor, next) }
        return (minor, operation)
    }

    /// Whether it begins with the handle of a file or of the root: PUTFH, PUTROOTFH.
    private var usesHandle: Bool { self.compound.map { $0.operation == 22 || $0.operation == 24 } ?? false }

    /// `3`, `4.1`; where the minor version cannot be read, `4`.
    var nfsVersion: String { self.compound.map { "4.\($0.minor)" } ?? "\(self.version)" }

    func record(from side: Side, _ context: DissectionContext) {
        context.record(.rpcProgram, "\(RPCProgram.name(self.program))/\(self.version)", about: .server)
        // authsys_parms (appendix A): stamp, machine name, and the numbers that are nobody's business here.
        guard self.flavour == 1 else { return }
        var reader = ByteReader(self.credentials.slice(from: 4))
        guard let name = try? RPCMessage.opaque(&reader, limit: 255), Self.isMachineName(name) else { return }
        context.record(.rpcMachineName, name, about: .client)
    }

    private static func isMachineName(_ name: RawSpan) -> Bool {
        guard let first = name.u8(at: 0), first.isLetter || first.isDigit else { return false }
        var offset = 1
        while let octet = name.u8(at: offset) {
            guard octet.isLetter || octet.isDigit || octet == 0x2D || octet == 0x2E || octet == 0x5F else { return false }
            offset &+= 1
        }
        return true
    }
}

/// An answer, as far as the bytes hold it.
private struct RPCReply: ~Escapable {
    let identifier: UInt32
    /// Whether the call was accepted and executed.
    let isSuccess: Bool
    let results: RawSpan

    @_lifetime(copy message)
    init?(_ message: RawSpan) {
        guard let identifier = message.u32(at: 0), message.u32(at: 4) == 1, let status = message.u32(at: 8) else { return nil }
        self.identifier = identifier
        if status == 1 {
            // Refused: the version of RPC (with the range known) or the authentication.
            guard let reason = message.u32(at: 12), reason == 0 ? message.u32(at: 16) == 2 && message.byteCount == 24 : reason == 1 && message.byteCount == 20
            else { return nil }
            self.isSuccess = false
            self.results = message.slice(from: message.byteCount)
            return
        }
        guard status == 0, let flavour = message.u32(at: 12), RPCFlavour.isKnown(flavour) else { return nil }
        var reader = ByteReader(message.slice(from: 16))
        guard let verifier = try? RPCMessage.opaque(&reader, limit: 400), flavour != 0 || verifier.isEmpty, let accepted = try? reader.u32(), accepted <= 5
        else { return nil }
        self.isSuccess = accepted == 0
        self.results = reader.rest
    }
}

// MARK: Code tables

/// IANA, "RPC Authentication Status and Flavor Numbers".
private enum RPCFlavour {
    static func isKnown(_ flavour: UInt32) -> Bool { flavour <= 3 || flavour == 6 }

    /// Flavours as MOUNT names them, RPCSEC_GSS with mechanism and service (RFC 2623 section 2.1).
    static func pseudoName(_ flavour: UInt32) -> String {
        switch flavour {
        case 0: "none"
        case 1: "sys"
        case 390_003: "krb5"
        case 390_004: "krb5i"
        case 390_005: "krb5p"
        default: "\(flavour)"
        }
    }
}

/// IANA, "SUN RPC Program Numbers".
private enum RPCProgram {
    static let portMapper: UInt32 = 100_000
    static let nfs: UInt32 = 100_003
    static let mount: UInt32 = 100_005

    static func name(_ program: UInt32) -> String {
        switch program {
        case Self.portMapper: "portmapper"
        case 100_001: "rstat"
        case 100_002: "rusers"
        case Self.nfs: "nfs"
        case 100_004: "ypserv"
        case Self.mount: "mount"
        case 100_007: "ypbind"
        case 100_008: "wall"
        case 100_009: "yppasswd"
        case 100_011: "rquota"
        case 100_021: "nlockmgr"
        case 100_024: "status"
        case 100_068: "cmsd"
        case 100_083: "ttdb"
        case 100_227: "nfs-acl"
        case 100_232: "sadmin"
        default: "\(program)"
        }
    }
}
