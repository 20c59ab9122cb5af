/// Why no frame can be read from a source. What goes wrong after the first frame is a ``CaptureNotice`` of the report.
public enum CaptureError: Error, Hashable, Sendable {
    case notFound(path: String)
    case permissionDenied(path: String)
    /// A directory where a file is expected.
    case isDirectory(path: String)
    /// The system refused to open or read it, for the reason of this `errno`.
    case unreadable(path: String, code: Int32)
    /// Zero bytes.
    case empty(path: String)
    /// Neither pcap nor pcapng, as its first bytes say, nor gzip or zstd of them.
    case notACapture(path: String, looksLike: ForeignFormat?)
    /// A pcap or pcapng version that cannot be read.
    case unsupportedVersion(path: String, major: UInt16, minor: UInt16)
    /// The file begins like a capture, but its header is cut or contradicts itself.
    case corruptHeader(path: String)
    /// A directory without a capture.
    case noCaptureInDirectory(path: String)
    /// Nothing was given to read.
    case noInput

    /// libpcap's compiler refused the filter expression, with its message.
    case badFilter(expression: String, message: String)

    case noSuchInterface(name: String)
    /// This process lacks the named capability.
    case missingCapability(interface: String, capability: String)
    case interfaceDown(name: String)
    /// libpcap could not start or go on capturing, with its message.
    case captureFailed(interface: String, message: String)
}

/// A format that is known by its first bytes and is not read.
public enum ForeignFormat: String, Hashable, Sendable, CaseIterable {
    case snoop = "Sun snoop"
    case netmon = "Microsoft Network Monitor"
    case etl = "Windows event trace"
    case erf = "Endace ERF"
    case netxray = "NetXray or Windows Sniffer"
    case sniffer = "DOS Sniffer"
    case xz, bzip2, lz4, zip
    case sevenZip = "7-Zip"
    case tar
    case text

    /// Another packager: what is inside may be a capture.
    public var isArchive: Bool {
        switch self {
        case .xz, .bzip2, .lz4, .zip, .sevenZip, .tar: true
        default: false
        }
    }
}

extension CaptureError: CustomStringConvertible {
    /// One sentence in English that says what is wrong and what to do.
    public var description: String {
        switch self {
        case .notFound(let path): "\(path): there is no such file; check the path."
        case .permissionDenied(let path): "\(path): this user may not read it; change its permissions or run as a user who may."
        case .isDirectory(let path): "\(path): this is a directory; name a capture file in it."
        case .unreadable(let path, let code): "\(path): it cannot be read (\(systemMessage(code)))."
        case .empty(let path): "\(path): the file is empty (0 bytes); capture again."
        case .notACapture(let path, let format?) where format.isArchive:
            "\(path): this is a \(format.rawValue) archive; unpack it first (gzip and zstd are read as they are)."
        case .notACapture(let path, .text?): "\(path): this is a text file, not a packet capture; give a pcap or pcapng file."
        case .notACapture(let path, let format?):
            "\(path): this is a \(format.rawValue) capture; convert it first with `editcap -F pcapng`."
        case .notACapture(let path, nil): "\(path): this is not a packet capture; give a pcap or pcapng file."
        case .unsupportedVersion(let path, let major, let minor):
            "\(path): capture format version \(major).\(minor) is not supported; convert it first with `editcap -F pcapng`."
        case .corruptHeader(let path): "\(path): the header of the capture is cut short or damaged; copy or capture it again."
        case .noCaptureInDirectory(let path): "\(path): there is no capture in this directory; name one that holds pcap or pcapng files."
        case .noInput: "There is nothing to read; name a capture file, a directory, or - for standard input."
        case .badFilter(let expression, let message): "The filter \"\(expression)\" is not valid: \(message)."
        case .noSuchInterface(let name): "\(name): there is no such network interface; list them to see their names."
        case .missingCapability(let interface, let capability):
            "\(interface): this program may not capture; grant it with `setcap \(capability)=ep` on the program, or run it as root."
        case .interfaceDown(let name): "\(name): the interface is down; bring it up with `ip link set \(name) up`."
        case .captureFailed(let interface, let message): "\(interface): capturing failed: \(message)."
        }
    }
}
