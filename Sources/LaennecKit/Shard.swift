import Dissectors
import Flows
import Inventory
import Observations
import Packets
import Wire

/// One sixteenth of a scan: the conversations of those address pairs whose hash falls to it.
///
/// The number of shards is fixed, whatever the number of threads, so that limits, timeouts and therefore answers do not
/// depend on threads: a thread only decides which shards it works on.
final class Shard {
    static let count = 16

    let flows: FlowTable
    let ledger: Ledger
    private var attachments: [Attachment] = []
    private var freeAttachments: [UInt32] = []
    /// Messages counted by dissections that were let go before their flow was over, by the flow's first frame.
    private var counted: [UInt64: MessageCount] = [:]
    private var heldBytes = 0
    private let heldLimit: Int
    /// The latest time seen: the clock for what waits.
    private var now = Timestamp.distantPast
    private(set) var statistics = Statistics()

    /// Counts for the coverage part of a report.
    struct Statistics {
        var tcpFlows: UInt64 = 0
        var udpFlows: UInt64 = 0
        /// TCP conversations with payload of one side only, although the other must have spoken.
        var oneSidedFlows: UInt64 = 0
        /// TCP conversations whose beginning was not seen.
        var midStreamFlows: UInt64 = 0
        var recognisedFlows: UInt64 = 0
        var unrecognisedFlows: UInt64 = 0
        var encryptedFlows: UInt64 = 0
        /// Conversations that turned out not to be, or broke, the protocol that they began with.
        var failedDissections: UInt64 = 0
        /// Dissections given up to stay within the memory budget.
        var droppedDissections: UInt64 = 0
    }

    /// The dissection of a TCP conversation, while one goes on; then that of another.
    private final class Attachment {
        let dissection: Dissection
        var context: DissectionContext
        var heldBytes = 0

        init(_ dissection: Dissection, _ context: DissectionContext) {
            self.dissection = dissection
            self.context = context
        }
    }

    init(budget: MemoryBudget, seed: UInt64, watchedNames: WatchedNames) {
        self.flows = FlowTable(limit: budget.flows / Self.count, seed: seed)
        self.ledger = Ledger(
            log: ObservationLog(capacity: budget.observations / Self.count, seed: seed, watchedNames: watchedNames), limit: budget.conversations / Self.count, seed: seed)
        self.heldLimit = budget.heldBytes / Self.count
    }

    // MARK: Packets

    /// Takes a decoded packet.
    func process(_ packet: Packet, hash: UInt64, payload: RawSpan, frame: UInt64, time: Timestamp) {
        if self.now < time { self.now = time }
        switch packet.kind {
        case .tcp: self.processTCP(packet, hash, payload, frame, time)
        case .udp: self.processUDP(packet, hash, payload, frame, time)
        case .otherIP: self.processOther(packet, hash, payload, frame, time)
        case .link: self.processLink(packet, payload, frame, time)
        case .fragment, .unknown: break
        }
    }

    private func processTCP(_ packet: Packet, _ hash: UInt64, _ payload: RawSpan, _ frame: UInt64, _ time: Timestamp) {
        let tracked = self.flows.track(packet, hash: hash, payload: payload, frame: frame, time: time)
        if tracked.newBytes != nil || tracked.mayContinue {
            self.deliver(tracked, packet, payload, frame, time)
        }
        if self.flows.hasEnded { self.settle() }
    }

    private func deliver(_ tracked: FlowTable.Tracked, _ packet: Packet, _ payload: RawSpan, _ frame: UInt64, _ time: Timestamp) {
        guard self.flows.isWanted(tracked.index) else { return }
        guard !self.isWatched(tracked, payload, time) else { return }
        let attachment = self.attachment(of: tracked.index, frame, time)
        let side: Side = tracked.fromInitiator ? .initiator : .responder
        self.giveBackSkips(tracked.index, attachment)
        attachment.context.evidence = Evidence(frame: frame, time: time)
        attachment.context.sourceMAC = packet.sourceMAC
        attachment.context.destinationMAC = packet.destinationMAC
        let known = attachment.context.protocols.count
        if let start = tracked.newBytes {
            attachment.dissection.deliver(payload.slice(from: start), from: side, &attachment.context)
            if packet.payloadMissing > 0 { attachment.dissection.lose(Int(packet.payloadMissing), from: side, &attachment.context) }
        }
        if tracked.mayContinue {
            for side in [side, side.other] {
                while !attachment.dissection.isFinished,
                    let waiting = self.flows.nextWaiting(tracked.index, fromInitiator: side == .initiator, now: time)
                {
                    Self.deliver(waiting, to: attachment, from: side)
                }
            }
        }
        if attachment.context.protocols.count > known { self.recordProtocols(attachment.context, from: known) }
        if attachment.dissection.isFinished {
            if attachment.dissection.hasFailed { self.statistics.failedDissections &+= 1 }
            self.end(tracked.index, attachment.context)
        } else if attachment.dissection.isWatching {
            self.watch(tracked.index, attachment.context)
        } else {
            self.takeSkips(tracked.index, attachment)
            let held = attachment.dissection.heldBytes
            self.heldBytes &+= held &- attachment.heldBytes
            attachment.heldBytes = held
            if self.heldBytes > self.heldLimit {
                self.statistics.droppedDissections &+= 1
                self.end(tracked.index, attachment.context)
            }
        }
    }

    /// A conversation that nobody understood keeps no dissection; a bit of its label says that it is looked at for a protocol that
    /// begins late.
    private func watch(_ index: FlowTable.Index, _ context: DissectionContext) {
        var label = Label(rawValue: 0)
        label.isWatched = true
        self.detach(index, context, label)
    }

    /// Whether the conversation is only watched, and this segment begins nothing.
    private func isWatched(_ tracked: FlowTable.Tracked, _ payload: RawSpan, _ time: Timestamp) -> Bool {
        var label = Label(rawValue: self.flows.label(of: tracked.index))
        guard label.isWatched, self.flows.attachment(of: tracked.index) == .max else { return false }
        if tracked.mayContinue {
            // What waited for a hole is of no use here.
            for fromInitiator in [true, false] {
                while self.flows.nextWaiting(tracked.index, fromInitiator: fromInitiator, now: time) != nil {}
            }
        }
        guard let start = tracked.newBytes else { return true }
        if Dissection.mayBeginLate(payload.slice(from: start)) { return false }
        label.tries &+= 1
        self.flows.setLabel(label.rawValue, of: tracked.index)
        if label.tries >= UInt64(Dissection.lateTries) { self.flows[tracked.index].isWanted = false }
        return true
    }

    /// The table drops what the dissection does not need, so that the body of an image never gets this far.
    private func takeSkips(_ index: FlowTable.Index, _ attachment: Attachment) {
        let initiator = attachment.dissection.takeSkip(of: .initiator)
        if initiator > 0 { self.flows.skip(initiator, of: index, fromInitiator: true) }
        let responder = attachment.dissection.takeSkip(of: .responder)
        if responder > 0 { self.flows.skip(responder, of: index, fromInitiator: false) }
    }
    private func giveBackSkips(_ index: FlowTable.Index, _ attachment: Attachment) {
        let initiator = self.flows.takeSkip(of: index, fromInitiator: true)
        if initiator > 0 { attachment.dissection.giveBackSkip(initiator, of: .initiator) }
        let responder = self.flows.takeSkip(of: index, fromInitiator: false)
        if responder > 0 { attachment.dissection.giveBackSkip(responder, of: .responder) }
    }

    private static func deliver(_ waiting: FlowTable.Waiting, to attachment: Attachment, from side: Side) {
        attachment.context.evidence = Evidence(frame: waiting.frame, time: waiting.time)
        if waiting.lost > 0 { attachment.dissection.lose(waiting.lost, from: side, &attachment.context) }
        attachment.dissection.deliver(waiting.bytes.rawSpan, from: side, &attachment.context)
        if waiting.missing > 0 { attachment.dissection.lose(waiting.missing, from: side, &attachment.context) }
    }

    private static func giveBackSkips(_ flow: Flow, _ attachment: Attachment) {
        attachment.dissection.giveBackSkip(flow.skipped(fromInitiator: true), of: .initiator)
        attachment.dissection.giveBackSkip(flow.skipped(fromInitiator: false), of: .responder)
    }

    private func recordProtocols(_ context: DissectionContext, from index: Int) {
        for proved in context.protocols.dropFirst(index) {
            context.record(.serviceProtocol, proved.rawValue, about: .server)
        }
    }

    private func processUDP(_ packet: Packet, _ hash: UInt64, _ payload: RawSpan, _ frame: UInt64, _ time: Timestamp) {
        let tracked = self.flows.track(packet, hash: hash, payload: payload, frame: frame, time: time)
        if tracked.newBytes != nil, self.flows.isWanted(tracked.index) {
            self.dissectDatagram(tracked, packet, payload, frame, time)
        }
        if self.flows.hasEnded { self.settle() }
    }

    /// How many datagrams of a conversation are tried before it is taken for unknown.
    private static let datagramTries: UInt64 = 4

    private func dissectDatagram(_ tracked: FlowTable.Tracked, _ packet: Packet, _ payload: RawSpan, _ frame: UInt64, _ time: Timestamp) {
        let flow = self.flows[tracked.index]
        var label = Label(rawValue: flow.label)
        var context = self.context(of: flow, frame, time)
        context.sourceMAC = packet.sourceMAC
        context.destinationMAC = packet.destinationMAC
        context.isCut = packet.payloadMissing > 0
        label.restore(&context)
        let side: Side = tracked.fromInitiator ? .initiator : .responder
        let verdict: DatagramVerdict
        if let index = label.datagramDissector {
            verdict = Registry.datagrams[index].dissect(payload, from: side, &context)
        } else {
            (verdict, label.datagramDissector) = DatagramRecognition.dissect(
                payload, from: side, ports: (source: packet.sourcePort, destination: packet.destinationPort), &context)
            if let index = label.datagramDissector {
                context.protocols.add(Registry.datagrams[index].applicationProtocol)
                self.recordProtocols(context, from: 0)
            } else {
                label.tries &+= 1
            }
        }
        label.save(context)
        self.flows[tracked.index].label = label.rawValue
        if verdict == .finished || label.tries >= Self.datagramTries { self.flows[tracked.index].isWanted = false }
    }

    /// What is directly above IP: an IPsec tunnel is a conversation like others, of the rest the sender is noted and what it says read.
    private func processOther(_ packet: Packet, _ hash: UInt64, _ payload: RawSpan, _ frame: UInt64, _ time: Timestamp) {
        if packet.ipProtocol == Transport.esp.rawValue {
            let tracked = self.flows.track(packet, hash: hash, payload: payload, frame: frame, time: time)
            if tracked.isNew {
                var context = self.context(of: self.flows[tracked.index], frame, time)
                context.protocols.add(.esp)
                self.recordProtocols(context, from: 0)
                var label = Label(rawValue: 0)
                label.save(context)
                self.flows[tracked.index].label = label.rawValue
                self.flows[tracked.index].isWanted = false
            }
            if self.flows.hasEnded { self.settle() }
            return
        }
        self.ledger.note(
            HostKey(packet.source, in: packet.network), mac: packet.sourceMAC, first: Evidence(frame: frame, time: time), lastSeen: time)
        guard Registry.ipProtocols.contains(packet.ipProtocol) else { return }
        // Neighbours are on the link: what a router passed on is none of theirs, whatever it says (RFC 4861 section 6.1, 7.1).
        if packet.ipProtocol == 58, let type = payload.u8(at: 0), (133...137).contains(type), packet.timeToLive != 255 { return }
        var context = DissectionContext(
            transport: .udp, network: packet.network, initiator: Endpoint(address: packet.source, port: 0),
            responder: Endpoint(address: packet.destination, port: 0), sourceMAC: packet.sourceMAC, destinationMAC: packet.destinationMAC,
            evidence: Evidence(frame: frame, time: time), rolesAreSure: false, log: self.ledger.log)
        for dissector in Registry.networks where dissector.ipProtocols.contains(packet.ipProtocol) {
            if dissector.dissect(payload, &context) { break }
        }
    }

    private func processLink(_ packet: Packet, _ payload: RawSpan, _ frame: UInt64, _ time: Timestamp) {
        var context = DissectionContext(
            transport: .udp, network: packet.network, initiator: Endpoint(address: .none, port: 0), responder: Endpoint(address: .none, port: 0),
            sourceMAC: packet.sourceMAC, destinationMAC: packet.destinationMAC, evidence: Evidence(frame: frame, time: time),
            rolesAreSure: false, log: self.ledger.log)
        for dissector in Registry.links where dissector.etherTypes.contains(packet.etherType) {
            if dissector.dissect(payload, &context) { break }
        }
    }

    // MARK: Attachments

    private func context(of flow: Flow, _ frame: UInt64, _ time: Timestamp) -> DissectionContext {
        DissectionContext(
            transport: flow.transport, network: flow.network, initiator: flow.initiator, responder: flow.responder,
            evidence: Evidence(frame: frame, time: time), rolesAreSure: flow.rolesAreSure, log: self.ledger.log)
    }

    private func attachment(of index: FlowTable.Index, _ frame: UInt64, _ time: Timestamp) -> Attachment {
        let known = self.flows.attachment(of: index)
        if known != .max { return self.attachments[Int(known)] }
        let flow = self.flows[index]
        let context = self.context(of: flow, frame, time)
        let isResumed = Label(rawValue: flow.label).isWatched
        guard let slot = self.freeAttachments.popLast() else {
            let attachment = Attachment(isResumed ? Dissection(resuming: flow.sawStart) : Dissection(sawStart: flow.sawStart), context)
            self.attachments.append(attachment)
            self.flows.setAttachment(UInt32(truncatingIfNeeded: self.attachments.count &- 1), of: index)
            return attachment
        }
        let attachment = self.attachments[Int(slot)]
        attachment.dissection.begin(sawStart: flow.sawStart, isResumed: isResumed)
        attachment.context = context
        self.flows.setAttachment(slot, of: index)
        return attachment
    }

    /// The dissection is over, and nothing more is wanted of the flow.
    private func end(_ index: FlowTable.Index, _ context: DissectionContext) {
        self.detach(index, context, Label(rawValue: 0))
        self.flows[index].isWanted = false
    }

    /// Lets the dissection go: what is worth remembering of it goes into the flow's label.
    private func detach(_ index: FlowTable.Index, _ context: DissectionContext, _ label: Label) {
        var label = label
        label.save(context)
        if !context.counted.isZero { self.counted[self.flows[index].firstFrame, default: MessageCount()].add(context.counted) }
        self.flows.setLabel(label.rawValue, of: index)
        self.releaseAttachment(self.flows.attachment(of: index))
        self.flows.setAttachment(.max, of: index)
    }

    private func releaseAttachment(_ slot: UInt32) {
        guard slot != .max else { return }
        let attachment = self.attachments[Int(slot)]
        self.heldBytes &-= attachment.heldBytes
        attachment.heldBytes = 0
        attachment.dissection.clear()
        self.freeAttachments.append(slot)
    }

    // MARK: Flows that are over

    /// Ends every conversation: the capture is over.
    func finish() {
        self.flows.finish()
        self.settle()
    }

    private func settle() {
        self.flows.settle { self.settle(&$0) }
    }

    private func settle(_ ended: inout FlowTable.Ended) {
        var context: DissectionContext
        if ended.flow.attachment != .max {
            let attachment = self.attachments[Int(ended.flow.attachment)]
            let known = attachment.context.protocols.count
            if ended.hasWaiting { Self.giveBackSkips(ended.flow, attachment) }
            for side in [Side.initiator, .responder] {
                while !attachment.dissection.isFinished,
                    let waiting = self.flows.nextWaiting(&ended, fromInitiator: side == .initiator, now: self.now)
                {
                    Self.deliver(waiting, to: attachment, from: side)
                }
            }
            attachment.dissection.end(.initiator, &attachment.context)
            attachment.dissection.end(.responder, &attachment.context)
            self.recordProtocols(attachment.context, from: known)
            context = attachment.context
            self.releaseAttachment(ended.flow.attachment)
        } else {
            context = self.context(of: ended.flow, ended.flow.firstFrame, ended.flow.firstSeen)
            Label(rawValue: ended.flow.label).restore(&context)
        }
        if !self.counted.isEmpty, let counted = self.counted.removeValue(forKey: ended.flow.firstFrame) { context.counted.add(counted) }
        self.note(ended.flow, context)
    }

    private func note(_ flow: Flow, _ context: DissectionContext) {
        let serverIsInitiator = context.serverSide == .initiator
        let first = Evidence(frame: flow.firstFrame, time: flow.firstSeen)
        var tally = ConversationTally(flows: 1, lastSeen: flow.lastSeen, first: first)
        tally.bytesFromClient = serverIsInitiator ? flow.bytesFromResponder : flow.bytesFromInitiator
        tally.bytesFromServer = serverIsInitiator ? flow.bytesFromInitiator : flow.bytesFromResponder
        tally.packetsFromClient = UInt64(serverIsInitiator ? flow.packetsFromResponder : flow.packetsFromInitiator)
        tally.packetsFromServer = UInt64(serverIsInitiator ? flow.packetsFromInitiator : flow.packetsFromResponder)
        tally.messages = UInt64(context.counted.messages)
        tally.refusedMessages = UInt64(context.counted.refused)
        tally.refused = flow.phase == .refused ? 1 : 0
        if let answer = Self.answer(flow, context, tally) {
            tally.answered = 1
            tally.answer = answer
        }
        let fromInitiator = flow.packetsFromInitiator > 0 ? first : nil
        let fromResponder =
            flow.packetsFromResponder == 0 ? nil : flow.answered ? Evidence(frame: flow.answerFrame, time: flow.answerTime) : first
        self.ledger.note(
            Ledger.FlowRecord(
                client: context.clientHost, server: context.serverHost, port: context.server.port, transport: context.transport,
                protocols: context.protocols, tally: tally, clientMAC: serverIsInitiator ? flow.responderMAC : flow.initiatorMAC,
                serverMAC: serverIsInitiator ? flow.initiatorMAC : flow.responderMAC,
                clientHeard: serverIsInitiator ? fromResponder : fromInitiator, serverHeard: serverIsInitiator ? fromInitiator : fromResponder))
        self.count(flow, context)
    }

    /// The proof that the server side of a flow exists and answers; `nil` where there is none.
    private static func answer(_ flow: Flow, _ context: DissectionContext, _ tally: ConversationTally) -> Evidence? {
        if flow.phase == .refused { return nil }
        if context.serverSide == .responder, flow.answered { return Evidence(frame: flow.answerFrame, time: flow.answerTime) }
        switch flow.transport {
        case .tcp:
            // Data are only sent once the handshake is complete, whichever side the capture shows.
            return flow.sawPayload && (context.rolesAreSure || flow.answered) ? Evidence(frame: flow.firstFrame, time: flow.firstSeen) : nil
        case .udp, .esp, .sctp:
            // The first packet was the server's own, if the bytes said so.
            return context.rolesAreSure && tally.packetsFromServer > 0 ? Evidence(frame: flow.firstFrame, time: flow.firstSeen) : nil
        }
    }

    private func count(_ flow: Flow, _ context: DissectionContext) {
        if flow.transport == .tcp {
            self.statistics.tcpFlows &+= 1
            if flow.sawPayload {
                if !flow.sawStart { self.statistics.midStreamFlows &+= 1 }
                if flow.packetsFromInitiator == 0 || flow.packetsFromResponder == 0 { self.statistics.oneSidedFlows &+= 1 }
            }
        } else {
            self.statistics.udpFlows &+= 1
        }
        if flow.bytesFromInitiator &+ flow.bytesFromResponder > 0 {
            if context.protocols.isEmpty {
                self.statistics.unrecognisedFlows &+= 1
            } else {
                self.statistics.recognisedFlows &+= 1
                if context.protocols.contains(where: \.isEncrypted) { self.statistics.encryptedFlows &+= 1 }
            }
        }
    }
}

/// What a flow remembers of its dissection, packed into ``Flow/label``.
private struct Label {
    private(set) var rawValue: UInt64

    init(rawValue: UInt64) { self.rawValue = rawValue }

    // Bits 0 to 31: the protocols, as in ``ProtocolList``. 32 to 39: datagram dissector plus one. 40 to 47: tries.
    // 61: watched for a protocol that begins late. 62: the server is the initiator. 63: the roles are sure.

    var datagramDissector: Int? {
        get { self.rawValue &>> 32 & 0xFF == 0 ? nil : Int(truncatingIfNeeded: self.rawValue &>> 32 & 0xFF) &- 1 }
        set { self.rawValue = self.rawValue & ~(0xFF &<< 32) | UInt64(truncatingIfNeeded: (newValue ?? -1) &+ 1) &<< 32 }
    }
    var tries: UInt64 {
        get { self.rawValue &>> 40 & 0xFF }
        set { self.rawValue = self.rawValue & ~(0xFF &<< 40) | (newValue & 0xFF) &<< 40 }
    }

    var isWatched: Bool {
        get { self.rawValue &>> 61 & 1 == 1 }
        set { self.rawValue = self.rawValue & ~(1 &<< 61) | (newValue ? 1 &<< 61 : 0) }
    }

    mutating func save(_ context: DissectionContext) {
        self.rawValue &= 0x3FFF_FFFF_0000_0000
        self.rawValue |= UInt64(context.protocols.rawValue)
        if context.rolesAreSure { self.rawValue |= 1 &<< 63 }
        if context.serverSide == .initiator { self.rawValue |= 1 &<< 62 }
    }

    func restore(_ context: inout DissectionContext) {
        context.protocols = ProtocolList(rawValue: UInt32(truncatingIfNeeded: self.rawValue))
        if self.rawValue &>> 63 == 1 { context.declare(self.rawValue &>> 62 & 1 == 1 ? .initiator : .responder, is: .server) }
    }
}
