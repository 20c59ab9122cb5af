public import Wire

/// Identifies one scan: all inputs that were read as one stream. Made from the inputs' content, so that the same captures
/// have the same identity wherever they are read.
public struct ScanID: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// The scan at hand, before its identity is known.
    @inlinable public static var current: ScanID { ScanID(rawValue: 0) }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension ScanID: LosslessStringConvertible {
    /// Sixteen hexadecimal digits.
    public var description: String {
        let digits = String(self.rawValue, radix: 16)
        return String(repeating: "0", count: max(0, 16 &- digits.utf8.count)) + digits
    }
    public init?(_ description: String) {
        guard description.utf8.count == 16, let rawValue = UInt64(description, radix: 16) else { return nil }
        self.init(rawValue: rawValue)
    }
}

/// Where a claim can be checked: the frame, counted from 1 over all inputs of a scan in their order, and its time.
/// The flow is the subject's, the field is the attribute's, and the inputs' table gives the file's SHA-256.
public struct Evidence: Hashable, Comparable, Sendable {
    public let frame: UInt64
    public let time: Timestamp
    public let scan: ScanID

    @inlinable public init(frame: UInt64, time: Timestamp, scan: ScanID = .current) {
        self.frame = frame
        self.time = time
        self.scan = scan
    }

    /// The same frame, as one of that scan.
    public func of(_ scan: ScanID) -> Evidence {
        self.scan == .current ? Evidence(frame: self.frame, time: self.time, scan: scan) : self
    }

    /// By time; frames of the same moment by scan and number.
    public static func < (left: Self, right: Self) -> Bool {
        (left.time, left.scan, left.frame) < (right.time, right.scan, right.frame)
    }
}

/// The value of an attribute.
public enum Value: Hashable, Comparable, Sendable {
    /// Printable text (see ``PrintableText``), of at most ``PrintableText/limit`` characters.
    case text(String)
    /// A count, a size in bits or bytes, or 1 for "yes": the attribute says which.
    case number(Int64)
    case time(Timestamp)

    private var rank: Int {
        switch self {
        case .text: 0
        case .number: 1
        case .time: 2
        }
    }

    public static func < (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.text(let left), .text(let right)): left < right
        case (.number(let left), .number(let right)): left < right
        case (.time(let left), .time(let right)): left < right
        default: left.rank < right.rank
        }
    }
}

extension Value {
    /// All bits, mixed into one word.
    public var digest: UInt64 {
        switch self {
        case .text(let text):
            var digest: UInt64 = 1
            var word: UInt64 = 0
            var count: UInt64 = 0
            for byte in text.utf8 {
                word = word &<< 8 | UInt64(byte)
                count &+= 1
                if count & 7 == 0 {
                    digest = mixed(digest ^ word)
                    word = 0
                }
            }
            return mixed(digest ^ word ^ count &<< 56)
        case .number(let number): return mixed(UInt64(bitPattern: number) ^ 1 &<< 63)
        case .time(let time): return mixed(UInt64(bitPattern: time.nanoseconds) ^ 1 &<< 62)
        }
    }
}

extension Value: CustomStringConvertible {
    public var description: String {
        switch self {
        case .text(let text): text
        case .number(let number): String(number)
        case .time(let time): time.wholeSeconds + "Z"
        }
    }
}

/// One thing that the bytes said about a subject, first at `evidence`, last at `lastSeen`.
public struct Observation: Hashable, Sendable {
    public let subject: Subject
    public let attribute: Attribute
    public let value: Value
    public var evidence: Evidence
    public var lastSeen: Timestamp

    public init(_ subject: Subject, _ attribute: Attribute, _ value: Value, evidence: Evidence, lastSeen: Timestamp? = nil) {
        self.subject = subject
        self.attribute = attribute
        self.value = value
        self.evidence = evidence
        self.lastSeen = lastSeen ?? evidence.time
    }
}
