public import Inventory
public import Observations
public import Wire

/// Who exchanges what for the care of patients: which application entity calls which under what title, and which application sends
/// which messages to which. Put together from what conversations showed; nothing of a patient is in it.
public struct ClinicalExchanges: Sendable {
    /// The ends of an exchange and when it took place.
    public struct Ends: Sendable {
        /// ``Inventory/Asset/id`` of who called.
        public let client: String
        public let server: String
        public let service: ServiceKey
        public let firstSeen: Timestamp
        public let lastSeen: Timestamp
        /// The frame of the first thing that was noted of it.
        public let evidence: Evidence

        fileprivate init(_ conversation: Conversation) {
            self.client = conversation.client
            self.server = conversation.server
            self.service = conversation.key.service
            self.firstSeen = conversation.tally.first.time
            self.lastSeen = conversation.tally.lastSeen
            self.evidence = conversation.observations.first?.evidence ?? conversation.tally.first
        }
    }

    /// An application entity that associates with another (DICOM PS3.8).
    public struct Association: Sendable {
        public let ends: Ends
        /// Sorted, as are the others.
        public let callingTitles: [String]
        public let calledTitles: [String]
        /// `accepted`, `rejected`, `aborted`, `released`.
        public let outcomes: [String]
        /// What was asked for: `C-STORE`, `C-FIND`, …
        public let operations: [String]
        /// TCP connections.
        public let count: UInt64
    }

    /// A title, and the assets that use it or are called by it.
    public struct Title: Sendable {
        public let title: String
        /// Assets that call themselves so; sorted.
        public let callers: [String]
        /// Assets that accepted to be called so; sorted.
        public let called: [String]

        /// Whether more than one asset goes by it, in the same role.
        public var isShared: Bool { self.callers.count > 1 || self.called.count > 1 }
    }

    /// One application that sends to another (HL7 version 2).
    public struct Interface: Sendable {
        public let ends: Ends
        /// Application, and facility where it is stated: `LAB (CHU)`.
        public let sender: String
        public let receiver: String
        /// `ORU^R01`, sorted.
        public let messageTypes: [String]
        public let versions: [String]
        /// Messages of the whole conversation, whoever in it sent them.
        public let messages: UInt64
        /// Of these, how many were refused.
        public let refused: UInt64

        /// Messages in an hour, over the time that was seen; `nil` where that is less than a minute.
        public var perHour: UInt64? {
            let seconds = Double(self.ends.lastSeen.since(self.ends.firstSeen)) / 1_000_000_000
            guard seconds >= 60 else { return nil }
            return UInt64(exactly: (Double(self.messages) * 3600 / seconds).rounded())
        }
    }

    /// Sorted by server, service and client.
    public let associations: [Association]
    /// Sorted by title.
    public let titles: [Title]
    /// Sorted by server, service, client and sender.
    public let interfaces: [Interface]

    public var isEmpty: Bool { self.associations.isEmpty && self.interfaces.isEmpty }

    public init(_ census: Census) {
        var associations: [Association] = []
        var interfaces: [Interface] = []
        var callers: [String: Set<String>] = [:]
        var called: [String: Set<String>] = [:]
        for conversation in census.conversations {
            if conversation.protocols.contains(.dicom) {
                let association = Self.association(conversation)
                associations.append(association)
                for title in association.callingTitles { callers[title, default: []].insert(conversation.client) }
            }
            if conversation.protocols.contains(.hl7) { interfaces += Self.interfaces(conversation) }
        }
        for asset in census.assets {
            for service in asset.services where service.protocols.contains(.dicom) {
                for title in Self.texts(.dicomCalledAE, service.observations) { called[title, default: []].insert(asset.id) }
            }
        }
        self.associations = associations
        self.interfaces = interfaces
        self.titles = Set(callers.keys).union(called.keys).sorted().map { title in
            Title(title: title, callers: (callers[title] ?? []).sorted(), called: (called[title] ?? []).sorted())
        }
    }

    private static func texts(_ attribute: Attribute, _ observations: [Observation]) -> [String] {
        var texts: Set<String> = []
        for observation in observations where observation.attribute == attribute {
            if case .text(let text) = observation.value { texts.insert(text) }
        }
        return texts.sorted()
    }

    private static func association(_ conversation: Conversation) -> Association {
        let said = conversation.observations
        return Association(
            ends: Ends(conversation), callingTitles: self.texts(.dicomCallingAE, said), calledTitles: self.texts(.dicomCalledAE, said),
            outcomes: self.texts(.dicomAssociation, said), operations: self.texts(.dicomCommand, said), count: conversation.tally.flows)
    }

    private static func interfaces(_ conversation: Conversation) -> [Interface] {
        var types: [String: Set<String>] = [:]
        var parties: [String: (sender: String, receiver: String)] = [:]
        for text in self.texts(.hl7Interface, conversation.observations) {
            let parts = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 5 else { continue }
            let sender = self.application(parts[0], parts[1])
            let receiver = self.application(parts[2], parts[3])
            let key = sender + "\u{0}" + receiver
            parties[key] = (sender, receiver)
            types[key, default: []].insert(parts[4])
        }
        let versions = self.texts(.hl7Version, conversation.observations)
        return parties.sorted { $0.key < $1.key }.map { key, party in
            Interface(
                ends: Ends(conversation), sender: party.sender, receiver: party.receiver, messageTypes: (types[key] ?? []).sorted(),
                versions: versions, messages: conversation.tally.messages, refused: conversation.tally.refusedMessages)
        }
    }

    private static func application(_ application: String, _ facility: String) -> String {
        let name = application.isEmpty ? "?" : application
        return facility.isEmpty ? name : "\(name) (\(facility))"
    }
}

// MARK: In words

extension ClinicalExchanges {
    /// What was exchanged, in a sentence, and the frame that shows it.
    struct Sentence {
        let evidence: Evidence
        let text: String
    }

    /// What an asset exchanges, from its own point of view.
    func sentences(about asset: String, _ phrasing: Phrasing) -> [Sentence] {
        var sentences: [Sentence] = []
        for association in self.associations where association.ends.client == asset || association.ends.server == asset {
            let isClient = association.ends.client == asset
            let other = phrasing.name(of: isClient ? association.ends.server : association.ends.client)
            let calling = association.callingTitles.map { phrasing.quoted($0) }.joined(separator: ", ")
            let called = association.calledTitles.map { phrasing.quoted($0) }.joined(separator: ", ")
            var text =
                isClient
                ? phrasing.word("il appelle \(other) en DICOM", "it calls \(other) by DICOM")
                : phrasing.word("\(other) l’appelle en DICOM", "\(other) calls it by DICOM")
            if !called.isEmpty { text += phrasing.word(" sous le titre \(called)", " as \(called)") }
            if !calling.isEmpty {
                text += phrasing.word(" et se nomme \(calling)", isClient ? " and calls itself \(calling)" : ", calling itself \(calling)")
            }
            if !association.operations.isEmpty { text += " (\(association.operations.joined(separator: ", ")))" }
            if association.outcomes.contains("rejected") {
                text += phrasing.word("\u{00A0}; ", "; ")
                text += association.outcomes.contains("accepted") ? phrasing.word("parfois refusé", "refused at times") : phrasing.word("refusé", "refused")
            }
            sentences.append(Sentence(evidence: association.ends.evidence, text: text + "."))
        }
        for interface in self.interfaces where interface.ends.client == asset || interface.ends.server == asset {
            let other = phrasing.name(of: interface.ends.client == asset ? interface.ends.server : interface.ends.client)
            let types = interface.messageTypes.joined(separator: ", ")
            let text = phrasing.word(
                "HL7 avec \(other)\u{00A0}: \(interface.sender) envoie \(types) à \(interface.receiver)",
                "HL7 with \(other): \(interface.sender) sends \(types) to \(interface.receiver)")
            sentences.append(Sentence(evidence: interface.ends.evidence, text: text + "."))
        }
        return sentences.sorted { $0.evidence == $1.evidence ? $0.text < $1.text : $0.evidence < $1.evidence }
    }
}
