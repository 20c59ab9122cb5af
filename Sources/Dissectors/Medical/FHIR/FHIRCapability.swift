import Observations
import Wire

// The capability statement of a FHIR server (hl7.org/fhir, CapabilityStatement; `Conformance` in DSTU2), in JSON and in XML.
//
// Read: the software's name and version, the FHIR version. Not read: the publisher (FHIR allows a person there), contacts and the description of the
// implementation, which may name persons; the resources of the statement; and any other resource, a bundle above all: of a body
// that turns out to be one nothing is kept.

final class FHIRCapabilityReader: HTTPBodyReader {
    /// Names of the resource itself.
    private static let resources = ["CapabilityStatement", "Conformance"]

    private static let paths: [[String]: Attribute] = [
        ["software", "name"]: .fhirSoftware, ["software", "version"]: .fhirSoftwareVersion, ["fhirVersion"]: .fhirVersion,
    ]
    private static let json = JSONInterest([["resourceType"], ["fhirVersion"], ["software", "name"], ["software", "version"]])
    private static let xml = XMLInterest(
        elements: [], attributes: ["fhirVersion": ["value"], "software/name": ["value"], "software/version": ["value"]])

    private enum Scanner {
        case json(JSONScanner)
        case xml(XMLScanner)
    }

    private var scanner: Scanner
    /// Whether the resource is known to be a capability statement.
    private var isProved = false
    /// What was found before that was known.
    private var waiting: [(Attribute, [UInt8])] = []
    private var found: Set<Attribute> = []

    private init(_ scanner: Scanner) { self.scanner = scanner }

    static func reader(for head: HTTPBodyHead) -> (any HTTPBodyReader)? {
        guard !head.isRequest, head.status == 200, head.method == nil || head.method == .get else { return nil }
        switch (head.media, head.path) {
        // Of an answer whose question was not seen the type has to say that it is FHIR.
        case (.fhirJSON, .fhirMetadata), (.fhirJSON, nil), (.json, .fhirMetadata): return FHIRCapabilityReader(.json(JSONScanner(Self.json)))
        case (.fhirXML, .fhirMetadata), (.fhirXML, nil), (.xml, .fhirMetadata): return FHIRCapabilityReader(.xml(XMLScanner(Self.xml)))
        default: return nil
        }
    }

    func read(_ bytes: RawSpan, _ context: DissectionContext) -> Bool {
        switch self.scanner {
        case .json(var scanner):
            scanner.read(bytes)
            let facts = scanner.takeFacts()
            let isOver = scanner.isFinished || scanner.isBroken
            self.scanner = .json(scanner)
            for fact in facts {
                if fact.path == ["resourceType"] {
                    guard Self.resources.contains(String(decoding: fact.text, as: UTF8.self)) else { return false }
                    self.prove(context)
                } else if let attribute = Self.paths[fact.path] {
                    self.note(attribute, fact.text, context)
                }
            }
            return !isOver && !self.isComplete
        case .xml(var scanner):
            scanner.read(bytes)
            let facts = scanner.takeFacts()
            let root = String(decoding: scanner.rootName, as: UTF8.self)
            let isOver = scanner.isFinished || scanner.isBroken
            self.scanner = .xml(scanner)
            if !root.isEmpty {
                guard Self.resources.contains(root) else { return false }
                self.prove(context)
            }
            for fact in facts {
                if let attribute = Self.paths[Array(fact.path.dropFirst())] { self.note(attribute, fact.text, context) }
            }
            return !isOver && !self.isComplete
        }
    }

    private var isComplete: Bool { self.isProved && self.found.count == Self.paths.count }

    private func prove(_ context: DissectionContext) {
        guard !self.isProved else { return }
        self.isProved = true
        context.record(.httpAPI, "fhir", about: .server)
        for (attribute, text) in self.waiting { context.record(attribute, text.rawSpan.trimmed, about: .server) }
        self.waiting = []
    }

    /// The first value of each: a document has one.
    private func note(_ attribute: Attribute, _ text: [UInt8], _ context: DissectionContext) {
        guard self.found.insert(attribute).inserted else { return }
        if self.isProved { context.record(attribute, text.rawSpan.trimmed, about: .server) } else { self.waiting.append((attribute, text)) }
    }
}
