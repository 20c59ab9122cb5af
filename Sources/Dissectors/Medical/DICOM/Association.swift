import Observations
import Wire

/// What both sides of an association agreed on, as far as it was seen; shared by the two directions.
struct Association {
    /// A presentation context: what the client proposes under an odd number, and what became of it.
    struct Context {
        var abstractSyntax: [UInt8] = []
        /// Of its accepted transfer syntax; `nil` where that was not seen.
        var encoding: DataSetEncoding?
        /// The accepted transfer syntax, until an object was seen in it.
        var transferSyntax: [UInt8] = []
    }

    /// The title by which the client called, and the frame that showed it.
    var calledTitle: (value: [UInt8], evidence: Evidence)?
    /// The title that the client gave itself, likewise.
    var callingTitle: (value: [UInt8], evidence: Evidence)?
    /// The called title was noted about the server.
    var isTitleProven = false
    /// By context identifier; at most 128, as they are odd octets.
    var contexts: [UInt8: Context] = [:]
    /// The SOP classes of which the client offers to be the provider instead of the server (PS3.7 section D.3.3.4).
    var reversed: Set<[UInt8]> = []
    /// The kind of user identity that the client sent.
    var identity: UserIdentity?
    var shape = AssociationShape()
    /// A C-GET was requested: the objects on their way are answers.
    var isRetrieved = false
    /// Operations that were noted about the conversation: each once an association.
    private var operations: [CommandSet.Operation] = []
    /// How many data sets of a SOP class were read, by a hash of it.
    private var dataSetsRead: [UInt64: Int] = [:]

    /// The data sets of a SOP class that are read in one association; the following mostly repeat what these say.
    static let dataSetsPerClass = 3

    /// Whether the operation is seen for the first time in the association.
    mutating func isFirst(_ operation: CommandSet.Operation) -> Bool {
        guard !self.operations.contains(operation) else { return false }
        self.operations.append(operation)
        return true
    }

    /// Whether one more data set of the class is worth reading.
    mutating func takesDataSet(of sopClass: RawSpan) -> Bool {
        var hash = AssociationShape()
        hash.add(sopClass)
        let count = self.dataSetsRead[hash.value, default: 0]
        guard count < Self.dataSetsPerClass, count > 0 || self.dataSetsRead.count < 64 else { return false }
        self.dataSetsRead[hash.value] = count &+ 1
        return true
    }
}

/// Kind of user identity (PS3.7 table D.3-14).
enum UserIdentity: UInt8 {
    case username = 1
    case usernameAndPasscode
    case kerberos
    case saml
    case jwt

    var name: String {
        switch self {
        case .username: "username"
        case .usernameAndPasscode: "username-passcode"
        case .kerberos: "kerberos"
        case .saml: "saml"
        case .jwt: "jwt"
        }
    }
}

/// The shape of an association request as a number: FNV-1a (64 bits) over the items 20H, 30H, 40H and 51H in their order,
/// each its type and its content without identifiers and lengths. Stacks differ in what they propose and in which order.
struct AssociationShape {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ byte: UInt8) { self.value = (self.value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    mutating func add(_ bytes: RawSpan) {
        var index = 0
        while let byte = bytes.u8(at: index) {
            self.add(byte)
            index &+= 1
        }
    }
    /// Sixteen hexadecimal digits.
    var text: String { hexadecimal((0..<8).map { UInt8(truncatingIfNeeded: self.value &>> UInt64(56 &- 8 &* $0)) }) }
}

/// The items of association PDUs (PS3.8 section 9.3.2 and 9.3.3, PS3.7 annex D).
enum AssociationItem: UInt8 {
    case applicationContext = 0x10
    case proposedContext = 0x20
    case answeredContext = 0x21
    case abstractSyntax = 0x30
    case transferSyntax = 0x40
    /// Holds the following ones.
    case userInformation = 0x50
    case maximumLength = 0x51
    case implementationClass = 0x52
    case asynchronousOperations = 0x53
    case roleSelection = 0x54
    case implementationVersion = 0x55
    case extendedNegotiation = 0x56
    case commonExtendedNegotiation = 0x57
    case userIdentity = 0x58
    case userIdentityAnswer = 0x59

    /// How much of the item is looked at: nothing, its first octets, or all of it where it is not longer than the limit.
    /// Of a user identity it is the kind: name, passcode and tokens are never shown to this dissector.
    var inspected: (least: Int, limit: Int) {
        switch self {
        case .proposedContext, .answeredContext: (4, 16384)
        case .maximumLength: (4, 4)
        case .implementationClass: (1, 256)
        case .implementationVersion: (1, 64)
        case .roleSelection: (4, 68)
        case .userIdentity: (1, 1)
        case .applicationContext, .abstractSyntax, .transferSyntax, .userInformation, .asynchronousOperations,
            .extendedNegotiation, .commonExtendedNegotiation, .userIdentityAnswer:
            (0, 0)
        }
    }
}

/// A-ASSOCIATE-RJ (PS3.8 section 9.3.4).
enum AssociateReject {
    /// The reason in the words of table 9-21; `nil` for a reserved number.
    static func reason(source: UInt8, reason: UInt8) -> String? {
        switch (source, reason) {
        case (1, 1): "no-reason-given"
        case (1, 2): "application-context-name-not-supported"
        case (1, 3): "calling-ae-not-recognized"
        case (1, 7): "called-ae-not-recognized"
        case (2, 1): "provider-no-reason-given"
        case (2, 2): "protocol-version-not-supported"
        case (3, 1): "temporary-congestion"
        case (3, 2): "local-limit-exceeded"
        default: nil
        }
    }
}
