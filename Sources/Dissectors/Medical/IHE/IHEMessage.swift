import Observations
import Wire

// HL7 version 3, CDA and the web services of IHE (ITI TF-2 appendix V): SOAP over HTTP, plain XML, MTOM.
//
// Read: the name of the root element (`ClinicalDocument`, an interaction such as `PRPA_IN201305UV02`) and the SOAP action, from
// the field SOAPAction, the `action` of a media type or the element `wsa:Action`. From these come a transaction of a closed list
// and the identifier of an interaction, of a closed form. What a request says is noted of the conversation, what a response says
// of the server: it does what was asked. Nothing else of a message is read: all the rest is patients.

/// The web-service transactions of IHE, by the numbers of the technical frameworks.
enum IHETransaction {
    /// SOAP actions of requests without `urn:ihe:`; those of responses have `Response` behind them.
    private static let actions: [String: String] = [
        // XDS.b, XDR, XCA (ITI TF-2, the sections of the transactions)
        "iti:2007:RegistryStoredQuery": "ITI-18",
        "iti:2007:CrossGatewayQuery": "ITI-38",
        "iti:2007:CrossGatewayRetrieve": "ITI-39",
        "iti:2007:ProvideAndRegisterDocumentSet-b": "ITI-41",
        "iti:2007:RegisterDocumentSet-b": "ITI-42",
        "iti:2007:RetrieveDocumentSet": "ITI-43",
        "iti:2009:MultiPatientStoredQuery": "ITI-51",
        "iti:2009:PatientLocationQuery": "ITI-56",
        "iti:2010:UpdateDocumentSet": "ITI-57",
        "iti:2010:RegisterOnDemandDocumentEntry": "ITI-61",
        "iti:2010:DeleteDocumentSet": "ITI-62",
        "iti:2011:CrossGatewayFetch": "ITI-63",
        "iti:2015:CrossGatewayDocumentProvide": "ITI-80",
        "iti:2017:RemoveDocuments": "ITI-86",
        // XDS-I (RAD TF-2)
        "rad:2009:RetrieveImagingDocumentSet": "RAD-69",
        "rad:2011:CrossGatewayRetrieveImagingDocumentSet": "RAD-75",
    ]
    /// Interactions of PIXV3 and PDQV3. PRPA_IN201302UV02 is of two transactions, so it is none here.
    private static let interactions: [String: String] = [
        "PRPA_IN201301UV02": "ITI-44", "PRPA_IN201304UV02": "ITI-44",
        "PRPA_IN201309UV02": "ITI-45", "PRPA_IN201310UV02": "ITI-45",
        "PRPA_IN201305UV02": "ITI-47", "PRPA_IN201306UV02": "ITI-47",
    ]

    /// Notes what an action says.
    /// - Parameter isKnown: set where it says something.
    static func record(action value: RawSpan, isRequest: Bool, _ isKnown: inout Bool, _ context: DissectionContext) {
        let party: Party = isRequest ? .conversation : .server
        // The field is quoted (SOAP 1.1 section 6.1.1).
        let isQuoted = value.u8(at: 0) == 0x22
        let action = value.slice(from: isQuoted ? 1 : 0, count: value.byteCount &- (isQuoted ? 2 : 0)).trimmed
        guard action.byteCount <= 128 else { return }
        if action.has("urn:ihe:") {
            var name = String(decoding: action.slice(from: 8).copied(), as: UTF8.self)
            for suffix in ["Async", "Response", "Async"] where name.hasSuffix(suffix) { name.removeLast(suffix.utf8.count) }
            guard let transaction = Self.actions[name] else { return }
            isKnown = true
            context.record(.iheTransaction, transaction, about: party)
        } else if action.has("urn:hl7-org:v3:") {
            let name = action.slice(from: 15)
            guard let interaction = HL7v3Interaction(name.slice(from: 0, count: name.firstIndex(of: 0x3A) ?? name.byteCount)) else { return }
            isKnown = true
            interaction.record(isRequest: isRequest, context)
            // The same interactions between communities are XCPD.
            let transaction =
                name.slice(from: HL7v3Interaction.length).equals(":CrossGatewayPatientDiscovery")
                ? "ITI-55" : Self.interactions[interaction.identifier]
            if let transaction { context.record(.iheTransaction, transaction, about: party) }
        }
    }

    /// The `action` of a media type (RFC 3902 section 3), where there is one.
    static func record(parametersOf value: RawSpan, isRequest: Bool, _ isKnown: inout Bool, _ context: DissectionContext) {
        var offset = 0
        while let separator = value.firstIndex(of: 0x3B, from: offset) {
            offset = separator &+ 1
            while value.u8(at: offset) == 0x20 { offset &+= 1 }
            guard value.hasIgnoringCase("action=", at: offset) else { continue }
            let start = offset &+ 7
            let end = value.firstIndex(of: 0x3B, from: start) ?? value.byteCount
            Self.record(action: value.slice(from: start, count: end &- start).trimmed, isRequest: isRequest, &isKnown, context)
            return
        }
    }
}

/// The identifier of an interaction of HL7 version 3: `PRPA_IN201305UV02`, of artefact, type IN, number, realm and version.
struct HL7v3Interaction: Hashable {
    static let length = 17
    let identifier: String

    /// Only what has exactly this form: nothing else fits in it.
    init?(_ name: RawSpan) {
        guard name.byteCount == Self.length, name.has("_IN", at: 4) else { return nil }
        for offset in 0..<Self.length {
            guard let byte = name.u8(at: offset) else { return nil }
            switch offset {
            case 0..<4, 13, 14: guard byte >= 0x41, byte <= 0x5A else { return nil }
            case 7..<13, 15, 16: guard byte >= 0x30, byte <= 0x39 else { return nil }
            default: break
            }
        }
        self.identifier = String(decoding: name.copied(), as: UTF8.self)
    }

    func record(isRequest: Bool, _ context: DissectionContext) {
        context.record(.httpAPI, "hl7-v3", about: .server)
        context.record(.hl7v3Interaction, self.identifier, about: isRequest ? .conversation : .server)
    }
}

final class IHEMessageReader: HTTPBodyReader {
    /// With the end of the header, behind which nothing is wanted.
    private static let interest = XMLInterest(elements: ["Header/Action", "Envelope/Header"], limit: 8)

    private var scanner = XMLScanner(IHEMessageReader.interest)
    /// Whether the head of the first part of a multipart is still to be stepped over, and its last bytes.
    private var isInHead: Bool
    private var recent: UInt32 = 0
    private var isRootKnown = false
    private var isKnown = false

    private let isRequest: Bool

    private init(isMultipart: Bool, isRequest: Bool) {
        self.isInHead = isMultipart
        self.isRequest = isRequest
    }

    static func reader(for head: HTTPBodyHead) -> (any HTTPBodyReader)? {
        switch head.media {
        case _ where head.isActionKnown: nil
        case .xml, .soap: IHEMessageReader(isMultipart: false, isRequest: head.isRequest)
        case .multipartXML: IHEMessageReader(isMultipart: true, isRequest: head.isRequest)
        default: nil
        }
    }

    func read(_ bytes: RawSpan, _ context: DissectionContext) -> Bool {
        var offset = 0
        while self.isInHead, let byte = bytes.u8(at: offset) {
            offset &+= 1
            self.recent = self.recent &<< 8 | UInt32(byte)
            // The empty line behind the fields of the part (RFC 2046 section 5.1).
            self.isInHead = self.recent != 0x0D0A_0D0A && self.recent & 0xFFFF != 0x0A0A
        }
        if self.isInHead { return true }
        self.scanner.read(bytes.slice(from: offset))
        for fact in self.scanner.takeFacts() {
            if fact.path == ["Envelope", "Header", "Action"] {
                IHETransaction.record(action: fact.text.rawSpan, isRequest: self.isRequest, &self.isKnown, context)
            }
            if fact.path.count <= 3 { return false }
        }
        if !self.isRootKnown, !self.scanner.rootName.isEmpty {
            self.isRootKnown = true
            let name = self.scanner.rootName
            let root = name.rawSpan
            if root.equals("ClinicalDocument") { context.record(.httpAPI, "cda", about: .server) }
            HL7v3Interaction(root)?.record(isRequest: self.isRequest, context)
            // Only an envelope has more to say.
            guard root.equals("Envelope") else { return false }
        }
        return !self.scanner.isBroken && !self.scanner.isFinished
    }
}
