import Crypto
import Observations
import Wire

// What the answers of a web console say of the product, besides its header fields: the icon, and Orthanc's status resource.
// Titles and pages are not read: a viewer's page names patients.

/// The MD5 of a `favicon.ico`, as published lists of icons have it.
final class FaviconReader: HTTPBodyReader {
    private var hash = Insecure.MD5()
    private var isEmpty = true

    static func reader(for head: HTTPBodyHead) -> (any HTTPBodyReader)? {
        guard head.path == .favicon, head.method == .get, head.status == 200, !head.isRequest else { return nil }
        switch head.media {
        case .image, .none, .other, .html: return FaviconReader()
        default: return nil
        }
    }

    func read(_ bytes: RawSpan, _ context: DissectionContext) -> Bool {
        // An answer that is no image, whatever its type says: a page that the server gives for every path may name anybody.
        if self.isEmpty, bytes.u8(at: 0) == 0x3C { return false }
        self.isEmpty = false
        self.hash.update(data: bytes.copied())
        return true
    }

    func finish(_ context: DissectionContext) {
        guard !self.isEmpty else { return }
        context.record(.httpFavicon, hexadecimal(self.hash.finalize()), about: .server)
    }
}

/// `/system` of Orthanc (Orthanc REST API, "Get system information"): the version. Name and titles are the site's and are left.
final class OrthancSystemReader: HTTPBodyReader {
    private static let interest = JSONInterest([["DicomAet"], ["DatabaseVersion"], ["ApiVersion"], ["Version"]])
    private var scanner = JSONScanner(OrthancSystemReader.interest)
    /// Members that only Orthanc's answer has together.
    private var marks: Set<String> = []
    private var version: [UInt8] = []

    static func reader(for head: HTTPBodyHead) -> (any HTTPBodyReader)? {
        guard head.path == .console(.system), head.method == .get, head.status == 200, head.media == .json, !head.isRequest else { return nil }
        return OrthancSystemReader()
    }

    func read(_ bytes: RawSpan, _ context: DissectionContext) -> Bool {
        self.scanner.read(bytes)
        for fact in self.scanner.takeFacts() {
            guard let name = fact.path.first else { continue }
            if name == "Version" { self.version = fact.text }
            self.marks.insert(name)
        }
        guard self.scanner.isFinished || self.scanner.isBroken else { return true }
        // `mainline` or `1.12.1`, nothing longer.
        if self.scanner.isFinished, self.marks.count == 4, self.version.count <= 32, self.version.allSatisfy(Self.isVersion) {
            context.record(.httpApplication, "Orthanc/" + String(decoding: self.version, as: UTF8.self), about: .server)
        }
        return false
    }

    private static func isVersion(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2B, 0x2D, 0x2E, 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
        default: false
        }
    }
}
