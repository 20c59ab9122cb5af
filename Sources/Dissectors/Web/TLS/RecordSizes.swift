import Wire

/// What the sizes of the first encrypted records of a conversation say of the protocol inside.
///
/// An AEAD cipher adds a constant to each record (RFC 8446 section 5.2, RFC 5288, RFC 7905), so the sizes of what was written
/// are known. DICOM (PS3.8 section 9.3) writes whole PDUs: the client asks for an association, the server answers with one
/// that is hardly longer, every following PDU has an even length as command sets and data sets have (PS3.5 section 7.1), the
/// first of them holds a command of some hundred octets, and a release and its answer have ten each. DCMTK writes the twelve
/// octets before a command in a record of their own.
///
/// Only the headers of records are read, of at most some tens of them; what contradicts ends it.
struct RecordSizes {
    enum Verdict { case open, isDICOM, isNot }

    /// What the cipher adds to a record; in TLS 1.2 the client's Finished message, of 16 octets, shows it.
    private var overhead: Int?
    private let isTLS13: Bool
    private let client: Side
    private var state = State.handshake
    private var records = 0

    private enum State {
        /// The client has not finished the handshake.
        case handshake
        /// Before the first record of the client.
        case start
        /// Behind it: so many octets; what the server last answered, 0 for nothing.
        case requested(Int, answer: Int)
        /// The client has sent twelve octets: the command follows.
        case command
        /// In the association, and whether the client has asked for its release.
        case established(isReleased: Bool)
    }

    /// The most records of a conversation that are looked at.
    private static let limit = 40

    init(client: Side, isTLS13: Bool) {
        self.client = client
        self.isTLS13 = isTLS13
        if isTLS13 { self.overhead = 17 }
    }

    /// The next record, by its header.
    mutating func see(_ type: UInt8, _ length: Int, from side: Side) -> Verdict {
        self.records &+= 1
        guard self.records <= Self.limit else { return .isNot }
        let isClient = side == self.client
        if case .handshake = self.state { return self.seeHandshake(type, length, isClient: isClient) }
        // Tickets of TLS 1.2 come before the end of the handshake; an alert is the end of the conversation.
        guard type == 23, let overhead else { return type == 21 ? .isNot : .open }
        let size = length &- overhead
        switch self.state {
        case .handshake: return .open
        case .start:
            // The server may send tickets first.
            guard isClient else { return .open }
            guard (150...16384).contains(size) else { return .isNot }
            self.state = .requested(size, answer: 0)
            return .open
        case .requested(let request, let answer):
            guard isClient else {
                self.state = .requested(request, answer: size)
                return .open
            }
            guard answer >= 120, answer <= request &+ 32 else { return .isNot }
            if size == 12 {
                self.state = .command
                return .open
            }
            self.state = .established(isReleased: false)
            return size >= 78 && size & 1 == 0 ? .open : .isNot
        case .command:
            guard isClient, (66...300).contains(size), size & 1 == 0 else { return .isNot }
            return .isDICOM
        case .established(let isReleased):
            guard size & 1 == 0, size >= 10 else { return .isNot }
            if isReleased { return !isClient && size == 10 ? .isDICOM : .isNot }
            if isClient, size == 10 { self.state = .established(isReleased: true) }
            return .open
        }
    }

    private mutating func seeHandshake(_ type: UInt8, _ length: Int, isClient: Bool) -> Verdict {
        guard isClient else { return .open }
        if self.isTLS13 {
            // Finished: header, hash of 32 or 48 octets, type, tag. A certificate may come before it.
            if type == 23, length == 53 || length == 69 { self.state = .start }
            return .open
        }
        guard type == 22 else { return type == 20 ? .open : .isNot }
        // With an explicit nonce of eight octets, or without (ChaCha20-Poly1305).
        guard length == 40 || length == 32 else { return .isNot }
        self.overhead = length &- 16
        self.state = .start
        return .open
    }
}
