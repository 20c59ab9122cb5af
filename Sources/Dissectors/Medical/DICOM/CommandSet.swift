import Wire

/// A DIMSE command set (PS3.7 section 6.3 and annex E): group 0000 in implicit little endian.
///
/// Read are the elements that say what is asked for and what became of it; the identifiers of instances are stepped over.
struct CommandSet {
    /// The most octets of a command set; real ones have a hundred or two.
    static let limit = 4096

    /// Command Field (0000,0100).
    let field: UInt16
    /// Where the Affected (0000,0002) or Requested SOP Class UID (0000,0003) lies.
    let sopClass: Range<Int>
    /// Command Data Set Type (0000,0800): whether a data set follows.
    let hasDataSet: Bool
    /// Move Originator (0000,1030): the object is sent on behalf of a C-MOVE.
    let isMoved: Bool
    /// Where the Move Destination (0000,0600) lies.
    let moveDestination: Range<Int>
    /// Status (0000,0900) of a response.
    let status: UInt16?

    init?(_ bytes: RawSpan) {
        var field: UInt16?
        var sopClass = 0..<0
        var hasDataSet = false
        var isMoved = false
        var moveDestination = 0..<0
        var status: UInt16?
        var reader = ByteReader(bytes)
        do throws(Truncated) {
            while !reader.isEmpty {
                let group = try reader.u16le()
                let element = try reader.u16le()
                let length = Int(try reader.u32le())
                let start = reader.offset
                let value = try reader.take(length)
                guard group == 0 else { break }
                switch element {
                case 0x0002, 0x0003: sopClass = start..<start &+ length
                case 0x0100: field = value.u16le(at: 0)
                case 0x0600: moveDestination = start..<start &+ length
                case 0x0800: hasDataSet = value.u16le(at: 0) != 0x0101
                case 0x0900: status = value.u16le(at: 0)
                case 0x1030: isMoved = true
                default: break
                }
            }
        } catch {}
        guard let field else { return nil }
        self.field = field
        self.sopClass = sopClass
        self.hasDataSet = hasDataSet
        self.isMoved = isMoved
        self.moveDestination = moveDestination
        self.status = status
    }

    var isResponse: Bool { self.field & 0x8000 != 0 && self.field != 0x0FFF }
    /// Whether a response says that the request is being or was carried out: success, pending, or a warning (PS3.7 annex C).
    var isCarriedOut: Bool {
        guard self.isResponse, let status else { return false }
        switch status {
        case 0x0000, 0x0001, 0x0107, 0x0116, 0xFF00, 0xFF01, 0xB000...0xBFFF: return true
        default: return false
        }
    }
    /// The operation or notification that is requested or answered.
    var operation: Operation? { Operation(rawValue: self.field & 0x7FFF) }

    /// PS3.7 table E.1-1.
    enum Operation: UInt16 {
        case store = 0x0001
        case get = 0x0010
        case find = 0x0020
        case move = 0x0021
        case echo = 0x0030
        case eventReport = 0x0100
        case getAttributes = 0x0110
        case setAttributes = 0x0120
        case action = 0x0130
        case create = 0x0140
        case delete = 0x0150
        case cancel = 0x0FFF

        var name: String {
            switch self {
            case .store: "C-STORE"
            case .get: "C-GET"
            case .find: "C-FIND"
            case .move: "C-MOVE"
            case .echo: "C-ECHO"
            case .eventReport: "N-EVENT-REPORT"
            case .getAttributes: "N-GET"
            case .setAttributes: "N-SET"
            case .action: "N-ACTION"
            case .create: "N-CREATE"
            case .delete: "N-DELETE"
            case .cancel: "C-CANCEL"
            }
        }
    }
}
