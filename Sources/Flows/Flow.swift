public import Wire

/// One conversation of two endpoints: a record of fixed size, whatever the conversation does.
///
/// What is larger (bytes out of order, a dissector's state) hangs on it by an index, and only while someone is interested.
public struct Flow: Sendable {
    /// How far a conversation has come.
    public enum Phase: UInt8, Sendable {
        /// Only a SYN, or datagrams of one side.
        case opening
        /// Both sides were heard, or TCP data was seen in mid-stream.
        case established
        /// FIN of both sides, or RST after a handshake.
        case closed
        /// RST in answer to a SYN.
        case refused
    }

    // The key: both ends in order of their addresses, so that both directions find it.
    public internal(set) var low: IPAddress
    public internal(set) var high: IPAddress
    public internal(set) var network: VirtualNetwork
    public internal(set) var lowPort: UInt16
    public internal(set) var highPort: UInt16
    public internal(set) var transport: Transport

    public internal(set) var phase: Phase = .opening
    /// Whether the initiator is the low end.
    public internal(set) var initiatorIsLow: Bool
    /// Whether a SYN or a SYN-ACK said who the initiator is.
    public internal(set) var rolesAreSure = false
    /// Whether the initiator's SYN was seen: then its bytes are known from the first on.
    public internal(set) var sawStart = false
    /// Whether the responder answered: a SYN-ACK, payload, or any datagram.
    public internal(set) var answered = false
    /// Whether TCP payload of either side was seen. Nobody sends data before the handshake is complete, so in a capture of
    /// one direction this is the proof that the other side answers.
    public internal(set) var sawPayload = false
    /// FIN or RST of the initiator (bit 0), of the responder (bit 1).
    var ends: UInt8 = 0
    /// Which sides have an expected sequence number: bit 0 the initiator, bit 1 the responder.
    var synchronised: UInt8 = 0
    /// Segments in a row that were far from the expected sequence number, initiator in the low half.
    var strays: UInt8 = 0

    /// Set by the owner: whether payload is still wanted.
    public var isWanted = true
    /// Bytes of either side that nobody needs: the next ones, as far as they come in order, are dropped unseen.
    var skipFromInitiator: UInt32 = 0
    var skipFromResponder: UInt32 = 0
    /// Set by the owner: where its state for this flow is; `UInt32.max` for none.
    public var attachment: UInt32 = .max
    /// Set by the owner: whatever it wants to remember.
    public var label: UInt64 = 0
    /// Where the bytes out of order are; `UInt32.max` for none.
    var reordering: UInt32 = .max

    var initialSequence: UInt32 = 0
    var expectedFromInitiator: UInt32 = 0
    var expectedFromResponder: UInt32 = 0
    /// Highest acknowledgement number of either side.
    var acknowledgedByInitiator: UInt32 = 0
    var acknowledgedByResponder: UInt32 = 0
    public internal(set) var packetsFromInitiator: UInt32 = 0
    public internal(set) var packetsFromResponder: UInt32 = 0
    /// Payload bytes on the wire, captured or not.
    public internal(set) var bytesFromInitiator: UInt64 = 0
    public internal(set) var bytesFromResponder: UInt64 = 0
    public internal(set) var firstSeen: Timestamp
    public internal(set) var lastSeen: Timestamp
    public internal(set) var firstFrame: UInt64
    /// The frame that first proved an answer, and its time; 0 for none.
    public internal(set) var answerFrame: UInt64 = 0
    public internal(set) var answerTime = Timestamp(nanoseconds: 0)
    /// Source hardware address of the first packet of either side; zero where none was seen.
    public internal(set) var initiatorMAC = MACAddress.zero
    public internal(set) var responderMAC = MACAddress.zero

    /// Bytes of a side that were still to be dropped unseen.
    public func skipped(fromInitiator: Bool) -> Int { Int(fromInitiator ? self.skipFromInitiator : self.skipFromResponder) }

    public var initiator: Endpoint {
        self.initiatorIsLow ? Endpoint(address: self.low, port: self.lowPort) : Endpoint(address: self.high, port: self.highPort)
    }
    public var responder: Endpoint {
        self.initiatorIsLow ? Endpoint(address: self.high, port: self.highPort) : Endpoint(address: self.low, port: self.lowPort)
    }
}
