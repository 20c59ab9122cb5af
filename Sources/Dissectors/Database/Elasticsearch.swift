import Observations
import Wire

// What the root resource of search and document databases answers over HTTP: Elasticsearch and OpenSearch ("Info API"), CouchDB
// ("Server: /"). Names of nodes and clusters are left out.

/// Product and version in the answer to `GET /`.
final class DatabaseInfoReader: HTTPBodyReader {
    private static let interest = JSONInterest([["tagline"], ["version", "number"], ["version", "distribution"], ["couchdb"], ["version"]])
    private var scanner = JSONScanner(DatabaseInfoReader.interest)
    private var product: String?
    private var version: [UInt8] = []
    /// The first octets, until they tell whether the rest is wanted: these answers begin with a member of a known name, others mostly not.
    private var head: [UInt8] = []
    private var isWanted = false

    private static let headLimit = 24

    static func reader(for head: HTTPBodyHead) -> (any HTTPBodyReader)? {
        guard !head.isRequest, head.status == 200, head.method == nil || head.method == .get, head.media == .json, head.path == nil || head.path == .other
        else { return nil }
        return DatabaseInfoReader()
    }

    func read(_ bytes: RawSpan, _ context: DissectionContext) -> Bool {
        if !self.isWanted {
            let part = bytes.slice(from: 0, count: Self.headLimit &- self.head.count)
            self.head += part.copied()
            guard self.head.count >= Self.headLimit else { return true }
            guard Self.isFirst(self.head.rawSpan) else { return false }
            self.isWanted = true
            self.scanner.read(self.head.rawSpan)
            self.scanner.read(bytes.slice(from: part.byteCount))
        } else {
            self.scanner.read(bytes)
        }
        for fact in self.scanner.takeFacts() {
            let text = String(decoding: fact.text, as: UTF8.self)
            switch fact.path {
            case ["tagline"]:
                if text == "You Know, for Search" { self.product = self.product ?? "Elasticsearch" }
                if text.hasPrefix("The OpenSearch Project") { self.product = "OpenSearch" }
            case ["version", "distribution"]: if text == "opensearch" { self.product = "OpenSearch" }
            case ["couchdb"]: if text == "Welcome" { self.product = "CouchDB" }
            case ["version", "number"], ["version"]: self.version = fact.text
            default: break
            }
        }
        guard self.scanner.isFinished || self.scanner.isBroken else { return true }
        if self.scanner.isFinished, let product, !self.version.isEmpty, self.version.count <= 24, self.version.allSatisfy(Self.isVersion) {
            context.record(.httpApplication, product + "/" + String(decoding: self.version, as: UTF8.self), about: .server)
        }
        return false
    }

    private static func isFirst(_ head: RawSpan) -> Bool {
        guard head.u8(at: 0) == 0x7B else { return false }
        var start = 1
        while let byte = head.u8(at: start), byte <= 0x20 { start &+= 1 }
        return head.has("\"name\"", at: start) || head.has("\"couchdb\"", at: start)
    }

    private static func isVersion(_ byte: UInt8) -> Bool { byte.isDigit || byte.isLetter || byte == 0x2E || byte == 0x2D }
}
