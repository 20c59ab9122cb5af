public import Observations
public import Wire

/// The two ends of a conversation. The initiator sent the SYN or, where the beginning was not seen, the first packet that
/// was: which of them is the server is then for the bytes to say (see ``DissectionContext/declare(_:is:)``).
public enum Side: UInt8, Hashable, Sendable {
    case initiator, responder

    @inlinable public var other: Side { self == .initiator ? .responder : .initiator }
}

/// What an end of a conversation is to the other.
public enum Role: Hashable, Sendable {
    case client, server
}

/// The answer of a dissector that looks at the first bytes of one side of a conversation.
///
/// Three answers, as a weak "yes" is how peers come to call DICOM "Cassandra": `.yes` needs structure that chance or
/// another protocol does not produce, not a magic number of two bytes, and never a port.
public enum Probe: Hashable, Sendable {
    /// These bytes cannot be this protocol.
    case no
    /// They may be; more are needed.
    case notYet
    /// They are.
    case yes
}

/// What a probe may know besides the bytes.
public struct ProbeContext: Sendable {
    public let transport: Transport
    /// Which side the bytes come from.
    public let side: Side
    /// Whether the role of the side is known from the handshake, and which it is.
    public let role: Role?
    /// Whether the bytes are the first of their side. `false` in mid-stream: then they are the start of some segment.
    public let isStart: Bool
    /// Whether the other side already proved the protocol: then it is enough that an element of it may begin here.
    public let isProved: Bool
    /// The ports, for telling apart protocols that share a format (DNS and LLMNR); never to recognise one.
    public let ports: (initiator: UInt16, responder: UInt16)

    public init(
        transport: Transport, side: Side, role: Role?, isStart: Bool, isProved: Bool = false, ports: (initiator: UInt16, responder: UInt16) = (0, 0)
    ) {
        self.transport = transport
        self.side = side
        self.role = role
        self.isStart = isStart
        self.isProved = isProved
        self.ports = ports
    }
}

/// What a stream dissector did with the bytes it was shown, and what it wants next.
public struct Consumption: Hashable, Sendable {
    public enum Next: Hashable, Sendable {
        /// Call again when at least this many bytes that were not consumed are there. 1: as soon as anything more comes.
        case more(atLeast: Int)
        /// Do not show the next so many bytes after the consumed ones: a body that nobody needs.
        case skip(Int)
        /// Nothing more is wanted from this side.
        case sideFinished
        /// Nothing more is wanted from the conversation: it leaves reassembly at once.
        case finished
        /// From here on, on both sides, another protocol is spoken (STARTTLS, RDP to TLS): probe anew.
        case handOver
        /// This was not the protocol after all, or it is broken beyond use; the reason is counted.
        case failed
    }

    /// How many of the bytes shown are done with. The others are shown again, with more behind them.
    public let consumed: Int
    public let next: Next

    @inlinable public init(_ consumed: Int, _ next: Next = .more(atLeast: 1)) {
        self.consumed = consumed
        self.next = next
    }
    @inlinable public static var finished: Consumption { Consumption(0, .finished) }
    @inlinable public static var failed: Consumption { Consumption(0, .failed) }
}

/// Reads one TCP conversation: bytes of both sides in, observations out. One instance per conversation.
///
/// What makes the four properties of the test harness hold (any split, any prefix, one direction, mid-stream) is to consume
/// whole elements only, and to answer `.more` until an element is complete.
public protocol StreamDissector: AnyObject, SendableMetatype {
    static var applicationProtocol: ApplicationProtocol { get }
    /// Whether the protocol is also begun inside a conversation that nobody understood (TLS after a STARTTLS of a protocol that
    /// is not read), and its first bytes are then unmistakable.
    static var mayBeginLate: Bool { get }

    /// Whether these bytes, the first of one side (or of a segment in mid-stream), are this protocol. At most
    /// ``Dissection/probeLimit`` bytes are ever shown.
    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe

    init()

    /// Bytes that the dissector holds beside what it left unconsumed, for the memory budget: 0 unless it decompresses.
    var heldBytes: Int { get }

    /// Bytes of one side, in order, from the first that was not consumed yet.
    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption

    /// `count` bytes of one side are lost; what was shown and not consumed is dropped. The side goes on at the next segment
    /// that ``probe(_:_:)`` says yes to.
    func lost(_ count: Int, from side: Side)

    /// The side has ended (FIN, RST, timeout, end of the capture) and these bytes will never be completed.
    func finish(_ rest: RawSpan, from side: Side, _ context: inout DissectionContext)
}

extension StreamDissector {
    public static var mayBeginLate: Bool { false }
    public var heldBytes: Int { 0 }
    public func lost(_ count: Int, from side: Side) {}
    public func finish(_ rest: RawSpan, from side: Side, _ context: inout DissectionContext) {}
}

/// What a datagram dissector says of one datagram.
public enum DatagramVerdict: Hashable, Sendable {
    /// Not this protocol.
    case no
    /// This protocol; the next datagrams of the conversation are wanted too.
    case more
    /// This protocol, and nothing more to learn from this conversation.
    case finished
}

/// Reads datagrams of one UDP conversation, each on its own.
public protocol DatagramDissector: SendableMetatype {
    static var applicationProtocol: ApplicationProtocol { get }
    /// Ports on which this dissector is asked first. A hint for speed only: it must recognise its protocol on any port, and
    /// must refuse others on these.
    static var usualPorts: Set<UInt16> { get }

    /// Whether a conversation that is not known yet can be of this protocol by a datagram that begins with the octet. A hint for
    /// speed too: it must not refuse what ``dissect(_:from:_:)`` would take.
    static func mayBegin(_ octet: UInt8) -> Bool

    /// Notes what the datagram says, or answers `.no` without having noted anything.
    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict
}

extension DatagramDissector {
    public static func mayBegin(_ octet: UInt8) -> Bool { true }
}

/// Reads frames of a protocol directly above the link layer.
public protocol LinkDissector: SendableMetatype {
    static var applicationProtocol: ApplicationProtocol { get }
    /// EtherTypes. Below 0x600: an LLC header without an EtherType, by its SAPs: 0x0042 the spanning tree, 0x00AA a protocol of an
    /// organisation (SNAP); the payload then begins with the LLC header.
    static var etherTypes: Set<UInt16> { get }

    /// - Returns: whether the payload was of this protocol.
    static func dissect(_ payload: RawSpan, _ context: inout DissectionContext) -> Bool
}

/// Reads packets of a protocol directly above IP, which has no ports: ICMPv6, IGMP, VRRP.
public protocol NetworkDissector: SendableMetatype {
    static var applicationProtocol: ApplicationProtocol { get }
    /// Protocol numbers of IP (IANA, "Assigned Internet Protocol Numbers").
    static var ipProtocols: Set<UInt8> { get }

    /// - Parameters:
    ///   - context: the initiator is the source of the packet, the responder its destination; both ports are 0.
    /// - Returns: whether the payload was of this protocol.
    static func dissect(_ payload: RawSpan, _ context: inout DissectionContext) -> Bool
}
