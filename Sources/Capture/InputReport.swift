public import Wire

/// What was read from one input, and what was wrong with it.
public struct InputReport: Sendable {
    /// The path as it was given, or `-`.
    public var path: String
    public var format: CaptureFormat?
    /// Why nothing could be read.
    public var failure: CaptureError?
    /// The ordinal of this input's first frame, over all inputs.
    public var firstOrdinal: UInt64
    /// Records read, also those that a filter left out.
    public var frames: UInt64 = 0
    /// How many of them a filter left out.
    public var filteredOut: UInt64 = 0
    /// How many of them hold fewer bytes than were on the wire.
    public var cutFrames: UInt64 = 0
    /// Bytes read from the file, compressed ones as such.
    public var bytesRead: UInt64 = 0
    /// Size of the file, where it has one.
    public var size: UInt64?
    /// The earliest and the latest time of a frame.
    public var firstTime: Timestamp?
    public var lastTime: Timestamp?
    /// Frames by link type.
    public var linkTypes: [LinkType: UInt64] = [:]
    public var interfaces: [CapturedInterface] = []
    public var notices: [CaptureNotice] = []
    /// Mixed from the time and both lengths of every record, in order: the same capture has the same number whether or not it is
    /// compressed or converted between pcap and pcapng. Tells inputs apart when results are merged; no defence against forgery.
    public var fingerprint: UInt64 = 0

    public init(path: String, firstOrdinal: UInt64) {
        self.path = path
        self.firstOrdinal = firstOrdinal
    }
}

/// How a capture is stored.
public struct CaptureFormat: Hashable, Sendable {
    public enum Container: String, Hashable, Sendable { case pcap, pcapng, live }
    public enum Compression: String, Hashable, Sendable { case none, gzip, zstd }

    public var container: Container
    public var compression: Compression
    /// The byte order of the file; of the last section of a pcapng file.
    public var isBigEndian: Bool
    /// Whether a pcap file's times are in nanoseconds (pcapng says so per interface).
    public var isNanoseconds: Bool
}

extension CaptureFormat: CustomStringConvertible {
    /// `pcap`, `pcap (ns)`, `pcapng, gzip`.
    public var description: String {
        self.container.rawValue + (self.container == .pcap && self.isNanoseconds ? " (ns)" : "")
            + (self.compression == .none ? "" : ", \(self.compression.rawValue)")
    }
}

/// An interface that frames were captured on, as the capture describes it. Text in it is the capturer's: not to be trusted.
public struct CapturedInterface: Hashable, Sendable {
    public var name: String?
    public var linkType: LinkType
    /// Bytes kept per frame; 0 is no limit.
    public var snapLength: UInt32
    /// Bytes of frame check sequence at the end of each frame, where the capture says so.
    public var checkSequenceLength: UInt8?
    public var frames: UInt64 = 0
    /// Frames that the interface and the capturing system say they lost.
    public var droppedByInterface: UInt64 = 0
    public var droppedBySystem: UInt64 = 0
}

/// Something that a reader of the results has to know about an input, although its frames were used.
public enum CaptureNotice: Hashable, Sendable {
    /// The capture ends inside a record, which begins at this byte (of the uncompressed capture).
    case truncatedTail(atByte: UInt64)
    /// The record at this byte (of the uncompressed capture) is damaged: nothing after it was read.
    case corruptRecord(atByte: UInt64, Damage)
    /// The gzip or zstd data are damaged at this byte of the file: nothing after it was read.
    case corruptCompression(atByte: UInt64)
    /// After the compressed capture, from about this byte of the file on, there is something else; it was not read.
    case trailingData(atByte: UInt64)
    /// The system failed to read on at this byte of the file, with this `errno`.
    case readFailed(atByte: UInt64, code: Int32)
    /// The capturing side says that it lost frames.
    case dropped(interface: String?, byInterface: UInt64, bySystem: UInt64)
    /// The filter means nothing on this link type, whose frames it therefore left out; with the compiler's message.
    case filterNotApplicable(LinkType, message: String)
    /// Live capture goes on, but not as asked for; with libpcap's message.
    case captureWarning(message: String)
    /// Live capture ended by itself; with libpcap's message.
    case captureEnded(message: String)

    /// What is wrong with a record.
    public enum Damage: Hashable, Sendable {
        /// A frame of this many bytes is longer than ``SavefileSource/maximumFrameLength``.
        case frameTooLong(UInt32)
        /// A block of this length cannot be, or is longer than ``SavefileSource/maximumBlockLength``.
        case blockLength(UInt32)
        /// The two lengths of a block differ.
        case blockTrailer
        /// A block of this type is too short for what it has to hold.
        case blockTooShort(type: UInt32)
        /// A frame of an interface that was not described.
        case unknownInterface(UInt32)
        /// More interfaces than ``SavefileSource/maximumInterfaces`` in one section.
        case tooManyInterfaces
        case byteOrderMagic
        case sectionVersion(major: UInt16, minor: UInt16)
    }
}

extension CaptureNotice: CustomStringConvertible {
    /// One sentence in English.
    public var description: String {
        switch self {
        case .truncatedTail(let byte): "The capture is cut short at byte \(byte); everything before it was used."
        case .corruptRecord(let byte, let damage): "The capture is damaged at byte \(byte) (\(damage)); everything before it was used."
        case .corruptCompression(let byte): "The compressed data are damaged at byte \(byte) of the file; everything before it was used."
        case .trailingData(let byte): "The file goes on after the compressed capture, at byte \(byte); that was not read."
        case .readFailed(let byte, let code):
            "Reading failed at byte \(byte) of the file (\(systemMessage(code))); everything before it was used."
        case .dropped(let interface, let byInterface, let bySystem):
            "\(interface ?? "The capture"): \(byInterface) frames were lost by the interface and \(bySystem) by the capturing system."
        case .filterNotApplicable(let linkType, let message):
            "The filter cannot be applied to \(linkType) (\(message)); those frames were left out."
        case .captureWarning(let message): "The capture runs with a restriction: \(message)."
        case .captureEnded(let message): "The capture ended by itself: \(message)."
        }
    }
}

extension CaptureNotice.Damage: CustomStringConvertible {
    public var description: String {
        switch self {
        case .frameTooLong(let length): "a frame of \(length) bytes"
        case .blockLength(let length): "a block of \(length) bytes"
        case .blockTrailer: "the two lengths of a block differ"
        case .blockTooShort(let type): "a block of type \(type) is too short"
        case .unknownInterface(let number): "a frame of interface \(number), which is not described"
        case .tooManyInterfaces: "too many interfaces"
        case .byteOrderMagic: "a section of unknown byte order"
        case .sectionVersion(let major, let minor): "a section of version \(major).\(minor)"
        }
    }
}
