import Capture
import Dissectors
import Flows
import Foundation
import Observations
import Packets
import Synchronization
import Wire

/// Takes the content out of a capture in two readings: the first gathers conversations and finds out which of their bytes are
/// needed, the second writes every frame with everything else overwritten.
final class Redactor {
    /// What is looked at of one conversation; what follows is overwritten.
    static let conversationBytes = 1 << 20
    static let conversationPackets = 8192

    private let watchedNames: WatchedNames
    /// What may be held for all conversations together, in bytes.
    private let memory: Int
    private var held = 0

    private struct Conversation: Sendable {
        var pieces: [Piece] = []
        var bytes: [UInt8] = []
        /// By piece: in which datagram it lies that was put together from fragments; `nil` for one in its frame.
        var datagrams: [Int: Int] = [:]
        var isFull = false
    }
    private var conversations: [Conversation] = []
    private var numbers: [PacketConversation: Int] = [:]
    /// What stands alone, by its content: what is asked once holds for all that say the same.
    private var lone: [[UInt8]: Int] = [:]
    private var copies: [(conversation: Int, frame: UInt64, offset: Int)] = []

    /// A datagram that was put together from fragments.
    private struct Datagram: Sendable {
        var bytes: [UInt8]
        let checksums: Checksums
        let parts: [Part]
        let payloadOffset: Int
    }
    private struct Part: Sendable {
        let frame: UInt64
        let place: Int
        let offset: Int
        let length: Int
    }
    private struct FragmentKey: Hashable {
        let source: IPAddress
        let destination: IPAddress
        let network: VirtualNetwork
        let identification: UInt32
        let number: UInt8
    }
    private var datagrams: [Datagram] = []
    private var parts: [FragmentKey: [Part]] = [:]

    /// What is written over the overwritten payload of a frame.
    private struct Patch: Sendable {
        let offset: Int
        let bytes: [UInt8]
    }
    private var patches: [UInt64: [Patch]] = [:]

    private(set) var linkTypes: [LinkType] = []
    private(set) var frames: UInt64 = 0
    /// Conversations of which not everything was looked at.
    private(set) var cutConversations = 0

    init(watchedNames: WatchedNames, memory: Int) {
        self.watchedNames = watchedNames
        self.memory = memory
    }

    // MARK: Gathering

    func gather(_ source: any FrameSource, where isWanted: (UInt64) -> Bool = { _ in true }) throws(CaptureError) {
        let batch = FrameBatch()
        var decoder = Decoder()
        var fragments = FragmentTable()
        while try source.fill(batch) {
            for frame in batch.frames where isWanted(frame.ordinal) {
                if !self.linkTypes.contains(frame.linkType) { self.linkTypes.append(frame.linkType) }
                self.frames &+= 1
                let bytes = batch.bytes(of: frame)
                let packet = decoder.decode(bytes, linkType: frame.linkType.rawValue, frame: frame.ordinal)
                if packet.kind == .fragment {
                    self.gather(fragment: packet, bytes, frame, &decoder, &fragments)
                } else {
                    self.gather(packet, bytes, frame, datagram: nil)
                }
            }
        }
    }

    private func gather(fragment: Packet, _ bytes: RawSpan, _ frame: FrameHeader, _ decoder: inout Decoder, _ fragments: inout FragmentTable) {
        let key = FragmentKey(
            source: fragment.source, destination: fragment.destination, network: fragment.network, identification: fragment.fragmentIdentification,
            number: fragment.ipProtocol)
        if self.parts.count >= FragmentTable.datagramLimit, self.parts[key] == nil { self.parts.removeAll() }
        self.parts[key, default: []].append(
            Part(
                frame: frame.ordinal, place: Int(fragment.fragmentOffset), offset: Int(fragment.payloadOffset), length: Int(fragment.payloadLength)))
        if self.parts[key, default: []].count > FragmentTable.partLimit { self.parts[key] = nil }
        let payload = bytes.slice(from: Int(fragment.payloadOffset), count: Int(fragment.payloadLength))
        guard let whole = fragments.add(fragment, payload, at: frame.time), let parts = self.parts.removeValue(forKey: key) else { return }
        let packet = decoder.decode(reassembled: whole.rawSpan, of: fragment, frame: frame.ordinal)
        guard packet.kind != .fragment, self.held < self.memory else { return }
        let headers = Int(packet.payloadOffset)
        self.datagrams.append(
            Datagram(
                bytes: whole,
                checksums: Checksums(of: whole, headers: headers, from: fragment.source, to: fragment.destination, number: fragment.ipProtocol),
                parts: parts, payloadOffset: headers))
        self.held &+= whole.count
        self.gather(packet, whole.rawSpan, frame, datagram: self.datagrams.count &- 1)
    }

    private func gather(_ packet: Packet, _ bytes: RawSpan, _ frame: FrameHeader, datagram: Int?) {
        let payload = bytes.slice(from: Int(packet.payloadOffset), count: Int(packet.payloadLength))
        switch packet.kind {
        case .tcp, .udp:
            let key = PacketConversation(packet)
            let number = self.numbers[key] ?? self.makeConversation()
            self.numbers[key] = number
            self.add(packet, payload, frame, to: number, datagram)
        case .link where packet.etherType != FrameRewriting.arp && Registry.etherTypes.contains(packet.etherType):
            self.gatherLone(packet, payload, frame, datagram)
        case .otherIP where Registry.ipProtocols.contains(packet.ipProtocol):
            self.gatherLone(packet, payload, frame, datagram)
        case .link, .otherIP, .fragment, .unknown: break
        }
    }

    private func makeConversation() -> Int {
        self.conversations.append(Conversation())
        self.held &+= 256
        return self.conversations.count &- 1
    }

    private func add(_ packet: Packet, _ payload: RawSpan, _ frame: FrameHeader, to number: Int, _ datagram: Int?) {
        let count = self.conversations[number].bytes.count
        guard !self.conversations[number].isFull else { return }
        guard self.held < self.memory, count &+ payload.byteCount <= Self.conversationBytes,
            self.conversations[number].pieces.count < Self.conversationPackets
        else {
            self.conversations[number].isFull = true
            return
        }
        if let datagram { self.conversations[number].datagrams[self.conversations[number].pieces.count] = datagram }
        self.conversations[number].bytes += payload.copied()
        self.conversations[number].pieces.append(
            Piece(packet: packet, frame: frame.ordinal, time: frame.time, range: count..<count &+ payload.byteCount))
        self.held &+= payload.byteCount &+ MemoryLayout<Piece>.stride
    }

    /// A frame that stands for itself.
    private func gatherLone(_ packet: Packet, _ payload: RawSpan, _ frame: FrameHeader, _ datagram: Int?) {
        guard datagram == nil, !payload.isEmpty, self.held < self.memory else { return }
        var key = payload.copied()
        for shift in stride(from: UInt64(0), to: 48, by: 8) { key.append(UInt8(truncatingIfNeeded: packet.sourceMAC.rawValue &>> shift)) }
        key.append(packet.ipProtocol)
        key.append(packet.timeToLive == 255 ? 1 : 0)
        key.append(UInt8(truncatingIfNeeded: packet.etherType))
        if let known = self.lone[key] {
            self.copies.append((known, frame.ordinal, Int(packet.payloadOffset)))
            self.held &+= 128 &+ payload.byteCount
            return
        }
        let number = self.makeConversation()
        self.lone[key] = number
        self.add(packet, payload, frame, to: number, nil)
    }

    // MARK: Minimising

    /// Finds out what has to stay of everything that was gathered.
    func minimise() {
        self.numbers = [:]
        self.lone = [:]
        let conversations = self.conversations
        let watchedNames = self.watchedNames
        let results = Mutex([[UInt8]?](repeating: nil, count: conversations.count))
        let incomplete = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: conversations.count) { number in
            let conversation = conversations[number]
            guard !conversation.bytes.isEmpty else { return }
            let minimiser = Minimiser(conversation.pieces, conversation.bytes, watchedNames)
            minimiser.run()
            let bytes = minimiser.bytes
            if !minimiser.isComplete || conversation.isFull { incomplete.withLock { $0 &+= 1 } }
            results.withLock { $0[number] = bytes }
        }
        self.cutConversations = incomplete.withLock { $0 }
        let bytes = results.withLock { $0 }
        for (number, conversation) in conversations.enumerated() {
            guard let bytes = bytes[number] else { continue }
            for (index, piece) in conversation.pieces.enumerated() where !piece.range.isEmpty {
                let payload = Array(bytes[piece.range])
                if let datagram = conversation.datagrams[index] {
                    self.datagrams[datagram].bytes.replaceSubrange(
                        self.datagrams[datagram].payloadOffset..<self.datagrams[datagram].payloadOffset &+ payload.count, with: payload)
                } else {
                    self.patches[piece.frame, default: []].append(Patch(offset: Int(piece.packet.payloadOffset), bytes: payload))
                }
            }
        }
        for copy in self.copies {
            guard let bytes = bytes[copy.conversation] else { continue }
            self.patches[copy.frame, default: []].append(Patch(offset: copy.offset, bytes: bytes))
        }
        for datagram in self.datagrams { self.divide(datagram) }
        self.conversations = []
        self.copies = []
        self.datagrams = []
    }

    /// Puts a datagram back into its fragments.
    private func divide(_ datagram: Datagram) {
        var bytes = datagram.bytes
        datagram.checksums.mend(&bytes)
        for part in datagram.parts where part.place < bytes.count {
            let end = min(bytes.count, part.place &+ part.length)
            self.patches[part.frame, default: []].append(Patch(offset: part.offset, bytes: Array(bytes[part.place..<end])))
        }
    }

    // MARK: Writing

    /// Writes every frame that is wanted.
    func write(_ source: any FrameSource, to writer: CaptureWriter, where isWanted: (UInt64) -> Bool = { _ in true }) throws {
        let batch = FrameBatch()
        var decoder = Decoder()
        while try source.fill(batch) {
            for frame in batch.frames where isWanted(frame.ordinal) {
                var rewriting = FrameRewriting(batch.bytes(of: frame), frame, &decoder)
                for patch in self.patches[frame.ordinal] ?? [] { rewriting.restore(patch.bytes, at: patch.offset) }
                try writer.write(frame, rewriting.finish())
            }
        }
        try writer.flush()
    }
}
