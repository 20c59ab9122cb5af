import Compression
import Wire

// Bodies of HTTP messages (RFC 9110 section 6.4), for the few that are wanted: bytes as they come, without the framing of
// chunks and without gzip or deflate, to readers that take what they know from a closed list. Nothing is held here.

/// What the head of a message says of its body.
struct HTTPBodyHead: Sendable {
    let isRequest: Bool
    /// What was asked for; `nil` where the request was not seen.
    let method: HTTPMethod?
    let path: HTTPPath?
    /// 0 for a request.
    let status: Int
    let media: HTTPMediaType
    /// Whether the head named a SOAP action that is known.
    let isActionKnown: Bool
}

/// Reads one body. What it learns it notes as soon as it is sure of it.
protocol HTTPBodyReader: AnyObject, SendableMetatype {
    /// A reader for the body that such a head announces; `nil` where it is not wanted. Asked for every body whose media type or
    /// path anybody may want: it has to decide by comparing a few words.
    static func reader(for head: HTTPBodyHead) -> (any HTTPBodyReader)?

    /// The next bytes of the body.
    /// - Returns: whether more are wanted.
    func read(_ bytes: RawSpan, _ context: DissectionContext) -> Bool

    /// The body has ended, and nothing of it was missing. Not called for a body whose end was not seen.
    func finish(_ context: DissectionContext)
}

extension HTTPBodyReader {
    func finish(_ context: DissectionContext) {}
}

/// Every kind of body that is read. A body may have more than one reader.
enum HTTPBodyReaders {
    static let all: [any HTTPBodyReader.Type] = [
        FHIRCapabilityReader.self,
        IHEMessageReader.self,
        FaviconReader.self,
        OrthancSystemReader.self,
        SDCMessageReader.self,
        DatabaseInfoReader.self,
        IPPReader.self,
        LoginDocumentReader.self,
        WebPageReader.self,
    ]
}

/// A body that is read.
final class HTTPBody {
    /// The most bytes of a body that are read; what follows is stepped over.
    static let limit = 256 * 1024
    /// The most bytes that come out of a compressed body.
    static let inflatedLimit = 1024 * 1024

    private var readers: [any HTTPBodyReader]
    private let inflater: Inflater?
    private var room = HTTPBody.limit

    /// `nil` where nobody wants the body, or where its coding is not read.
    init?(_ head: HTTPBodyHead, _ coding: HTTPContentCoding) {
        self.readers = HTTPBodyReaders.all.compactMap { $0.reader(for: head) }
        guard !self.readers.isEmpty else { return nil }
        switch coding {
        case .identity: self.inflater = nil
        case .gzip, .deflate: self.inflater = Inflater(coding == .gzip ? .gzip : .deflate, limit: Self.inflatedLimit)
        case .other: return nil
        }
    }

    /// See ``StreamDissector/heldBytes``.
    var heldBytes: Int { self.inflater == nil ? 0 : Inflater.heldBytes }

    /// - Returns: whether more is wanted.
    func read(_ bytes: RawSpan, _ context: DissectionContext) -> Bool {
        let part = bytes.slice(from: 0, count: self.room)
        self.room &-= part.byteCount
        if let inflater {
            let state = inflater.read(part) { self.hand($0, context) }
            if state == .full || state == .damaged { self.readers = [] }
        } else {
            self.hand(part, context)
        }
        // A body that is longer than what is read has no end.
        if self.room == 0 { self.readers = [] }
        return !self.readers.isEmpty
    }

    /// The body has ended.
    func finish(_ context: DissectionContext) {
        if let inflater, inflater.state != .ended { return }
        for reader in self.readers { reader.finish(context) }
    }

    private func hand(_ bytes: RawSpan, _ context: DissectionContext) {
        self.readers.removeAll { !$0.read(bytes, context) }
    }
}

/// Media types (RFC 9110 section 8.3.1) that somebody reads.
enum HTTPMediaType: Hashable, Sendable {
    /// There is no Content-Type.
    case none
    case json
    case fhirJSON, fhirXML
    /// `text/xml`, `application/xml`, and those of HL7 version 3.
    case xml
    /// SOAP 1.2.
    case soap
    /// MTOM, or SOAP with attachments: a multipart whose first part is XML.
    case multipartXML
    case image
    case html
    /// `application/ipp` (RFC 8010 section 4).
    case ipp
    case other

    init(_ value: RawSpan) {
        let type = value.slice(from: 0, count: value.firstIndex(of: 0x3B) ?? value.byteCount).trimmed
        func equals(_ text: StaticString) -> Bool { type.byteCount == text.utf8CodeUnitCount && type.hasIgnoringCase(text) }
        self = .other
        switch type.byteCount {
        case 0: self = .none
        case 9 where equals("text/html"): self = .html
        case 15 where equals("application/ipp"): self = .ipp
        case 8 where equals("text/xml"), 15 where equals("application/xml"): self = .xml
        case 16 where equals("application/json"): self = .json
        case 17 where equals("multipart/related"): self = Self.isXML(value.slice(from: type.byteCount)) ? .multipartXML : .other
        case 19 where equals("application/xml+cda"), 19 where equals("application/cda+xml"), 23 where equals("application/hl7-cda+xml"): self = .xml
        case 20 where equals("application/soap+xml"): self = .soap
        case 20 where equals("application/fhir+xml"), 20 where equals("application/xml+fhir"): self = .fhirXML
        case 21 where equals("application/fhir+json"), 21 where equals("application/json+fhir"): self = .fhirJSON
        case 22 where equals("application/hl7-v3+xml"), 24 where equals("x-application/hl7-v3+xml"): self = .xml
        case 6... where type.hasIgnoringCase("image/"): self = .image
        default: break
        }
    }

    /// Whether the parameters of a multipart type say that the first part is XML (RFC 2387 section 3.1).
    private static func isXML(_ parameters: RawSpan) -> Bool {
        var offset = 0
        while let index = parameters.firstIndex(of: 0x3D, from: offset) {
            let start = parameters.u8(at: index &+ 1) == 0x22 ? index &+ 2 : index &+ 1
            if parameters.hasIgnoringCase("application/xop+xml", at: start) || parameters.hasIgnoringCase("text/xml", at: start)
                || parameters.hasIgnoringCase("application/soap+xml", at: start)
            {
                return true
            }
            offset = index &+ 1
        }
        return false
    }

    /// Whether somebody may want such a body whatever the path.
    var mayBeWanted: Bool {
        switch self {
        case .fhirJSON, .fhirXML, .xml, .soap, .multipartXML, .html, .ipp: true
        case .none, .json, .image, .other: false
        }
    }
}

/// Content codings (RFC 9110 section 8.4.1).
enum HTTPContentCoding: Hashable, Sendable {
    case identity, gzip, deflate
    /// One that is not read, or several.
    case other

    init(_ value: RawSpan) {
        func equals(_ text: StaticString) -> Bool { value.byteCount == text.utf8CodeUnitCount && value.hasIgnoringCase(text) }
        if equals("gzip") || equals("x-gzip") {
            self = .gzip
        } else if equals("deflate") {
            self = .deflate
        } else {
            self = equals("identity") || value.isEmpty ? .identity : .other
        }
    }
}
