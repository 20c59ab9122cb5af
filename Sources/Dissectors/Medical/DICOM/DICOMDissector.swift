import Observations
import Wire

/// DICOM over TCP: the upper layer (PS3.8 section 9.3), messages (PS3.7) and what data sets say of devices (PS3.5, PS3.6).
///
/// Read are
/// - A-ASSOCIATE-RQ and -AC: titles, implementation, maximum length, contexts with their abstract and transfer syntaxes, the
///   kind of a user identity; A-ASSOCIATE-RJ, A-RELEASE and A-ABORT: the outcome;
/// - role selection: for which SOP classes the client is the provider;
/// - command sets: which operations are asked for and carried out, on which SOP classes; where a C-MOVE is to go;
/// - of the objects of C-STORE and N-CREATE, the elements that describe the device that made them (``DataSetReader``).
///
/// Nothing is read of queries, worklists and their answers, which are about patients. Bodies are skipped unseen: of a study
/// of hundreds of megabytes a few kilobytes are looked at.
final class DICOMDissector: StreamDissector {
    static var applicationProtocol: ApplicationProtocol { .dicom }

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        let answer = UpperLayer.begins(head)
        guard answer == .no, !context.isStart else { return answer }
        return UpperLayer.firstData(within: head) == nil ? .no : .yes
    }

    private var association = Association()
    private var directions = (Direction(), Direction())

    /// Where one side's bytes are at.
    private struct Direction {
        enum Position {
            /// Before the first PDU that is seen, which may start inside a segment.
            case unknown
            /// Before the header of a PDU.
            case header
            /// After the header of an A-ASSOCIATE-RQ or -AC.
            case titles
            /// Before an item of an A-ASSOCIATE-RQ or -AC.
            case items
            /// Before a presentation data value of a P-DATA-TF.
            case value
            /// In the fragment of a command set or a data set.
            case command, data
        }
        var position = Position.unknown
        /// Whether the association PDU at hand is an accept.
        var isAccept = false
        /// Octets of the PDU and of the value that are still to come.
        var pduRest = 0
        var valueRest = 0
        var contextID: UInt8 = 0
        var isLastFragment = false
        /// The command set of the message at hand, as far as it came in earlier fragments.
        var command: [UInt8] = []
        /// The data set of the message at hand, if it is read.
        var dataSet: DataSet?
    }

    private struct DataSet {
        let contextID: UInt8
        var reader: DataSetReader
        /// The object comes from an archive that was asked for it: what it describes is not the sender.
        let isForwarded: Bool
    }

    init() {}

    func lost(_ count: Int, from side: Side) {
        if side == .initiator { self.directions.0 = Direction() } else { self.directions.1 = Direction() }
    }

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        side == .initiator
            ? self.consume(bytes, from: side, &self.directions.0, &context) : self.consume(bytes, from: side, &self.directions.1, &context)
    }

    private func consume(
        _ bytes: RawSpan, from side: Side, _ direction: inout Direction, _ context: inout DissectionContext
    ) -> Consumption {
        switch direction.position {
        case .unknown:
            direction.position = .header
            if UpperLayer.begins(bytes) == .no, let start = UpperLayer.firstData(within: bytes.slice(from: 0, count: Dissection.probeLimit))
            {
                return Consumption(start)
            }
            return self.header(bytes, from: side, &direction, &context)
        case .header: return self.header(bytes, from: side, &direction, &context)
        case .titles: return self.titles(bytes, from: side, &direction, &context)
        case .items: return self.item(bytes, from: side, &direction, &context)
        case .value: return self.value(bytes, &direction)
        case .command: return self.command(bytes, from: side, &direction, &context)
        case .data: return self.data(bytes, from: side, &direction, &context)
        }
    }

    // MARK: PDUs (PS3.8 section 9.3)

    private func header(
        _ bytes: RawSpan, from side: Side, _ direction: inout Direction, _ context: inout DissectionContext
    ) -> Consumption {
        let headerLength = UpperLayer.headerLength
        guard let type = bytes.u8(at: 0).flatMap(UpperLayer.PDUType.init) else { return .failed }
        guard let wireLength = bytes.u32(at: 2) else { return Consumption(0, .more(atLeast: headerLength)) }
        let length = Int(wireLength)
        switch type {
        case .associateRequest, .associateAccept:
            guard length >= 68, length <= UpperLayer.longestAssociation else { return .failed }
            direction.isAccept = type == .associateAccept
            direction.pduRest = length
            direction.position = .titles
            return Consumption(headerLength)
        case .data:
            guard length >= 6, length <= UpperLayer.longestData else { return .failed }
            direction.pduRest = length
            direction.position = .value
            return Consumption(headerLength)
        case .associateReject, .releaseRequest, .releaseResponse, .abort:
            guard length == 4 else { return .failed }
            guard bytes.byteCount >= 10 else { return Consumption(0, .more(atLeast: 10)) }
        }
        switch type {
        case .associateReject:
            context.declare(side, is: .server)
            context.record(.dicomAssociation, "rejected", about: .conversation)
            if let source = bytes.u8(at: 8), let number = bytes.u8(at: 9),
                let words = AssociateReject.reason(source: source, reason: number)
            {
                context.record(.dicomRejectReason, words, about: .conversation)
                // The titles are in the request, so they are shown by its frame.
                switch (source, number) {
                case (1, 3): Self.record(.dicomCallingRefused, self.association.callingTitle, about: .conversation, context)
                case (1, 7): Self.record(.dicomTitleRefused, self.association.calledTitle, about: .conversation, context)
                default: break
                }
            }
            return .finished
        case .abort:
            context.record(.dicomAssociation, "aborted", about: .conversation)
            return .finished
        case .releaseRequest:
            // It cannot be refused (PS3.8 section 7.2), so it is noted where the answer is not in the capture.
            self.proveTitle(context)
            context.record(.dicomAssociation, "released", about: .conversation)
            return Consumption(10)
        case .releaseResponse:
            context.record(.dicomAssociation, "released", about: .conversation)
            return .finished
        case .associateRequest, .associateAccept, .data: return .failed
        }
    }

    /// Version, reserved, called and calling title, reserved.
    private func titles(
        _ bytes: RawSpan, from side: Side, _ direction: inout Direction, _ context: inout DissectionContext
    ) -> Consumption {
        guard bytes.byteCount >= 36 else { return Consumption(0, .more(atLeast: 36)) }
        let called = bytes.slice(from: 4, count: 16).trimmed
        let calling = bytes.slice(from: 20, count: 16).trimmed
        if direction.isAccept {
            context.declare(side, is: .server)
            context.record(.dicomAssociation, "accepted", about: .conversation)
            if self.association.calledTitle == nil {
                // An accept repeats the titles of its request, but nobody may rely on it (PS3.8 table 9-17): they are
                // taken where the request is not in the capture.
                context.record(.dicomCalledAE, called, about: .conversation)
                context.record(.dicomCalledAE, called, about: .server)
                context.record(.dicomCallingAE, calling, about: .client)
                context.record(.dicomCallingAE, calling, about: .conversation)
            } else {
                self.proveTitle(context)
            }
        } else {
            context.declare(side, is: .client)
            // By what name a client calls says something of the server only once the association stands.
            self.association = Association()
            self.association.calledTitle = (called.copied(), context.evidence)
            self.association.callingTitle = (calling.copied(), context.evidence)
            context.record(.dicomCalledAE, called, about: .conversation)
            context.record(.dicomCallingAE, calling, about: .client)
            context.record(.dicomCallingAE, calling, about: .conversation)
        }
        direction.pduRest &-= 68
        direction.position = direction.pduRest > 0 ? .items : .header
        return Consumption(36, .skip(32))
    }

    /// Notes the called title about the server: the association stands.
    private func proveTitle(_ context: DissectionContext) {
        guard !self.association.isTitleProven, self.association.calledTitle != nil else { return }
        self.association.isTitleProven = true
        Self.record(.dicomCalledAE, self.association.calledTitle, about: .server, context)
    }

    /// Notes a title with the frame that showed it.
    private static func record(
        _ attribute: Attribute, _ title: (value: [UInt8], evidence: Evidence)?, about party: Party, _ context: DissectionContext
    ) {
        guard let title else { return }
        var shown = context
        shown.evidence = title.evidence
        shown.record(attribute, title.value.rawSpan, about: party)
    }

    // MARK: Items (PS3.8 section 9.3.2 and following, PS3.7 annex D.3.3)

    private func item(
        _ bytes: RawSpan, from side: Side, _ direction: inout Direction, _ context: inout DissectionContext
    ) -> Consumption {
        guard let code = bytes.u8(at: 0), let length = bytes.u16(at: 2).map(Int.init) else { return Consumption(0, .more(atLeast: 4)) }
        guard 4 &+ length <= direction.pduRest else { return .failed }
        let item = AssociationItem(rawValue: code)
        if item == .userInformation {
            // Its items follow as if they were not inside.
            self.passItem(4, &direction, context)
            return Consumption(4)
        }
        let inspected = item?.inspected ?? (least: 0, limit: 0)
        // A list of contexts that is longer than the limit is no list of a device; an identity is never shown whole.
        let count = length < inspected.least || item != .userIdentity && length > inspected.limit ? 0 : min(length, inspected.limit)
        guard bytes.byteCount >= 4 &+ count else { return Consumption(0, .more(atLeast: 4 &+ count)) }
        let value = bytes.slice(from: 4, count: count)
        if count > 0 {
            switch item {
            case .proposedContext: self.proposed(value, context)
            case .answeredContext: self.answered(value, from: side, context)
            case .maximumLength:
                self.association.shape.add(code)
                self.association.shape.add(value)
                if let maximum = value.u32(at: 0) { context.record(.dicomMaxPDU, Int64(maximum), about: context.party(side)) }
            case .implementationClass:
                if UID.isValid(value.trimmed) { context.record(.dicomImplementationUID, value.trimmed, about: context.party(side)) }
            case .roleSelection where !direction.isAccept: self.selectedRole(value, context)
            case .implementationVersion: context.record(.dicomImplementationVersion, value.trimmed, about: context.party(side))
            case .userIdentity:
                if let identity = value.u8(at: 0).flatMap(UserIdentity.init) {
                    self.association.identity = identity
                    context.record(.dicomUserIdentity, identity.name, about: .client)
                    if identity == .usernameAndPasscode { context.record(.loginClear, "dicom-user-identity", about: .server) }
                }
            default: break
            }
        } else if item == .userIdentityAnswer, self.association.identity == .usernameAndPasscode {
            // A server answers only where it knows identities and accepted this one (PS3.7 section D.3.3.7.2).
            context.record(.loginAccepted, "dicom-user-identity", about: .server)
        }
        self.passItem(4 &+ length, &direction, context)
        return Consumption(4 &+ count, length > count ? .skip(length &- count) : .more(atLeast: 1))
    }

    private func passItem(_ count: Int, _ direction: inout Direction, _ context: DissectionContext) {
        direction.pduRest &-= count
        guard direction.pduRest <= 0 else { return }
        direction.position = .header
        if !direction.isAccept { context.record(.dicomShape, self.association.shape.text, about: .client) }
    }

    /// Presentation Context Item of a request: identifier, reserved, one abstract syntax, transfer syntaxes.
    private func proposed(_ value: RawSpan, _ context: DissectionContext) {
        guard let identifier = value.u8(at: 0) else { return }
        var proposal = Association.Context()
        self.association.shape.add(AssociationItem.proposedContext.rawValue)
        var reader = ByteReader(value)
        do throws(Truncated) {
            try reader.skip(4)
            while !reader.isEmpty {
                let code = try reader.u8()
                try reader.skip(1)
                let uid = try reader.take(Int(try reader.u16())).trimmed
                guard UID.isValid(uid) else { continue }
                switch AssociationItem(rawValue: code) {
                case .abstractSyntax:
                    proposal.abstractSyntax = uid.copied()
                    context.record(.dicomAbstractSyntaxProposed, uid, about: .client)
                case .transferSyntax: context.record(.dicomTransferSyntaxProposed, uid, about: .client)
                default: continue
                }
                self.association.shape.add(code)
                self.association.shape.add(uid)
            }
        } catch {}
        if identifier & 1 == 1 { self.association.contexts[identifier] = proposal }
    }

    /// Role Selection of a request (PS3.7 section D.3.3.4.1): a SOP class, whether the client is its user, its provider.
    private func selectedRole(_ value: RawSpan, _ context: DissectionContext) {
        guard let length = value.u16(at: 0).map(Int.init), let isUser = value.u8(at: 2 &+ length), value.u8(at: 3 &+ length) == 1 else { return }
        let uid = value.slice(from: 2, count: length).trimmed
        guard UID.isValid(uid) else { return }
        context.record(.dicomRoleSelection, uid, about: .client)
        if isUser == 0, self.association.reversed.count < 128 { self.association.reversed.insert(uid.copied()) }
    }

    /// Presentation Context Item of an accept: identifier, reserved, result, reserved, one transfer syntax.
    private func answered(_ value: RawSpan, from side: Side, _ context: DissectionContext) {
        // The transfer syntax of a context that was not accepted means nothing (PS3.8 table 9-18).
        guard let identifier = value.u8(at: 0), identifier & 1 == 1, value.u8(at: 2) == 0,
            value.u8(at: 4) == AssociationItem.transferSyntax.rawValue, let length = value.u16(at: 6)
        else { return }
        let uid = value.slice(from: 8, count: Int(length)).trimmed
        guard UID.isValid(uid) else { return }
        context.record(.dicomTransferSyntaxAccepted, uid, about: context.party(side))
        self.association.contexts[identifier, default: Association.Context()].encoding = DataSetEncoding(transferSyntax: uid)
        self.association.contexts[identifier]?.transferSyntax = uid.copied()
        // What the client provides is no service of the server: images that it gets, the report on a storage commitment.
        if let abstract = self.association.contexts[identifier]?.abstractSyntax, !abstract.isEmpty, !self.association.reversed.contains(abstract) {
            context.record(.dicomAbstractSyntaxAccepted, abstract.rawSpan, about: context.party(side))
        }
    }

    // MARK: Presentation data values (PS3.8 annex E)

    private func value(_ bytes: RawSpan, _ direction: inout Direction) -> Consumption {
        guard let length = bytes.u32(at: 0).map({ Int($0) }), let identifier = bytes.u8(at: 4), let control = bytes.u8(at: 5) else {
            return Consumption(0, .more(atLeast: 6))
        }
        guard length >= 2, 4 &+ length <= direction.pduRest else { return .failed }
        direction.pduRest &-= 4 &+ length
        direction.valueRest = length &- 2
        direction.contextID = identifier
        direction.isLastFragment = control & 2 != 0
        if direction.valueRest == 0 {
            direction.position = direction.pduRest > 0 ? .value : .header
            return Consumption(6)
        }
        if control & 1 == 1 {
            direction.position = .command
            guard direction.command.count &+ direction.valueRest > CommandSet.limit else { return Consumption(6) }
            direction.command = []
            direction.dataSet = nil
            return self.skipValue(after: 6, &direction)
        }
        direction.position = .data
        // A data set that nobody reads: the whole fragment goes by unseen.
        return direction.dataSet?.contextID == identifier ? Consumption(6) : self.skipValue(after: 6, &direction)
    }

    /// Has the rest of the value at hand skipped.
    private func skipValue(after consumed: Int, _ direction: inout Direction) -> Consumption {
        let rest = direction.valueRest
        self.endValue(&direction)
        return Consumption(consumed, rest > 0 ? .skip(rest) : .more(atLeast: 1))
    }

    private func endValue(_ direction: inout Direction) {
        direction.valueRest = 0
        direction.position = direction.pduRest > 0 ? .value : .header
    }

    // MARK: Messages (PS3.7)

    private func command(
        _ bytes: RawSpan, from side: Side, _ direction: inout Direction, _ context: inout DissectionContext
    ) -> Consumption {
        let count = direction.valueRest
        guard bytes.byteCount >= count else { return Consumption(0, .more(atLeast: count)) }
        let fragment = bytes.slice(from: 0, count: count)
        if direction.command.isEmpty, direction.isLastFragment {
            self.message(fragment, from: side, &direction, &context)
        } else {
            direction.command += fragment.copied()
            if direction.isLastFragment {
                let command = direction.command
                direction.command = []
                self.message(command.rawSpan, from: side, &direction, &context)
            }
        }
        self.endValue(&direction)
        return Consumption(count)
    }

    private func message(
        _ bytes: RawSpan, from side: Side, _ direction: inout Direction, _ context: inout DissectionContext
    ) {
        direction.dataSet = nil
        guard let command = CommandSet(bytes), let operation = command.operation else { return }
        let sopClass = bytes.slice(from: command.sopClass.lowerBound, count: command.sopClass.count).trimmed
        let requester = command.isResponse ? side.other : side
        switch operation {
        case .store, .get, .find, .move, .echo, .getAttributes, .setAttributes, .action, .create, .delete:
            if operation == .get { self.association.isRetrieved = true }
            // The client asks, unless other roles were negotiated (PS3.7 section D.3.3.4), as a C-GET needs for its C-STOREs.
            if operation != .store || !self.association.isRetrieved { context.declare(requester, is: .client) }
        case .eventReport, .cancel: break
        }
        self.proveTitle(context)
        // An answer shows its request where only the answers are in the capture.
        context.record(.dicomCommand, operation.name, about: context.party(requester))
        if self.association.isFirst(operation) { context.record(.dicomCommand, operation.name, about: .conversation) }
        if UID.isValid(sopClass) { context.record(.dicomCommandSOPClass, sopClass, about: context.party(requester)) }
        if operation == .move, !command.isResponse {
            let destination = command.moveDestination
            context.record(
                .dicomMoveDestination, bytes.slice(from: destination.lowerBound, count: destination.count).trimmed, about: .conversation)
        }
        if command.isCarriedOut { self.carriedOut(operation, sopClass, direction.contextID, by: side, context) }

        if operation == .store, !command.isResponse, let used = self.association.contexts[direction.contextID]?.transferSyntax, !used.isEmpty {
            context.record(.dicomTransferSyntaxUsed, used.rawSpan, about: .conversation)
            self.association.contexts[direction.contextID]?.transferSyntax = []
        }
        guard !command.isResponse, command.hasDataSet, operation == .store || operation == .create,
            self.association.takesDataSet(of: sopClass)
        else { return }
        // The objects of other operations are queries, worklists and their answers.
        // Makers put their private elements up to group 2005; behind it are frames, contours and pixels.
        let lastTag: UInt32 = operation == .create ? 0x0040_0242 : 0x2005_FFFF
        direction.dataSet = DataSet(
            contextID: direction.contextID,
            reader: DataSetReader(self.association.contexts[direction.contextID]?.encoding, lastTag: lastTag),
            isForwarded: command.isMoved || operation == .store && context.role(of: side) == .server)
    }

    /// Notes the SOP class of a request that the sender of a response carried out. A client that takes what it asked for, or a
    /// report on what it asked for, provides nothing.
    private func carriedOut(
        _ operation: CommandSet.Operation, _ sopClass: RawSpan, _ contextID: UInt8, by side: Side, _ context: DissectionContext
    ) {
        guard operation != .eventReport, operation != .cancel, operation != .store || !self.association.isRetrieved else { return }
        if UID.isValid(sopClass) {
            context.record(.dicomAnsweredSOPClass, sopClass, about: context.party(side))
        } else if let abstract = self.association.contexts[contextID]?.abstractSyntax, !abstract.isEmpty {
            // It may be left out of a response (PS3.7 table 9.1-1).
            context.record(.dicomAnsweredSOPClass, abstract.rawSpan, about: context.party(side))
        }
    }

    private func data(
        _ bytes: RawSpan, from side: Side, _ direction: inout Direction, _ context: inout DissectionContext
    ) -> Consumption {
        guard var dataSet = direction.dataSet else { return self.skipValue(after: 0, &direction) }
        direction.dataSet = nil
        let fragment = bytes.slice(from: 0, count: direction.valueRest)
        dataSet.reader.read(fragment)
        direction.valueRest &-= fragment.byteCount
        let toSkip = dataSet.reader.isFinished ? direction.valueRest : min(dataSet.reader.toSkip, direction.valueRest)
        if toSkip > 0, !dataSet.reader.isFinished { dataSet.reader.skip(toSkip) }
        direction.valueRest &-= toSkip

        let isEnd = dataSet.reader.isFinished || direction.isLastFragment && direction.valueRest == 0
        if !dataSet.isForwarded || isEnd {
            self.note(dataSet.reader.facts, isForwarded: dataSet.isForwarded, from: side, context)
            dataSet.reader.facts = []
        }
        if !isEnd { direction.dataSet = dataSet }
        if direction.valueRest == 0 { self.endValue(&direction) }
        return Consumption(fragment.byteCount, toSkip > 0 ? .skip(toSkip) : .more(atLeast: 1))
    }

    /// Notes what a data set says of a device: of the sender, or of the one behind it whose object it passes on.
    private func note(_ facts: [DataSetReader.Fact], isForwarded: Bool, from side: Side, _ context: DissectionContext) {
        guard !facts.isEmpty else { return }
        let party: Party
        if isForwarded {
            guard let device = self.device(of: facts, behind: context.host(side)) else { return }
            party = .device(device)
        } else {
            party = context.party(side)
        }
        for fact in facts { context.record(fact.attribute, fact.value.rawSpan, about: party) }
    }

    private func device(of facts: [DataSetReader.Fact], behind host: HostKey) -> DeviceKey? {
        let namings: [(Attribute, DeviceKey.Naming)] = [
            (.dicomSerial, .serial), (.dicomUDI, .serial), (.dicomDeviceUID, .serial), (.dicomStationName, .station),
        ]
        for (attribute, naming) in namings {
            if let fact = facts.first(where: { $0.attribute == attribute }) {
                return DeviceKey(behind: host, naming: naming, identifier: PrintableText.make(fact.value.rawSpan))
            }
        }
        return nil
    }
}
