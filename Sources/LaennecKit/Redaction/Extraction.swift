import Capture
import Inventory
import Observations
import Packets
public import Reports
public import Rules
import Wire

/// What an extract is to show.
public enum ExtractionSubject: Sendable {
    case finding(Finding)
    case device(Report.Device)

    /// The frames that prove it.
    /// - Parameter isWide: whether also what its severity and the roles in it rest on: who the devices are, and the other conversations
    ///   with the service.
    func frames(in report: Report, isWide: Bool) -> Set<UInt64> {
        switch self {
        case .finding(let finding):
            var frames = Set(finding.evidence.map(\.evidence.frame))
            guard isWide else { return frames }
            for id in [finding.asset] + finding.peers.prefix(4) { if let device = report.device(id) { frames.formUnion(Self.frames(of: device)) } }
            guard let service = finding.service else { return frames }
            for conversation in report.conversations.filter({ $0.key.service == service }).prefix(16) {
                frames.insert(conversation.tally.first.frame)
                if let answer = conversation.tally.answer { frames.insert(answer.frame) }
            }
            return frames
        case .device(let device): return Self.frames(of: device)
        }
    }

    private static func frames(of device: Report.Device) -> Set<UInt64> {
        var frames: Set<UInt64> = [device.asset.evidence.frame]
        let claims = device.identity.conclusions.flatMap(\.candidates).flatMap(\.claims) + device.identity.software.flatMap(\.claims)
        for claim in claims { frames.insert(claim.observation.evidence.frame) }
        for service in device.asset.services { frames.insert(service.evidence.frame) }
        return frames
    }
}

/// Which frames show something: those that prove it, and so much of their conversations that they can be read.
struct Extraction {
    /// Frames from the beginning of a conversation, before and behind a frame that proves something, and at the end.
    static let first = 400
    static let before = 100
    static let behind = 20
    static let last = 4

    private let evidence: Set<UInt64>
    private var conversations: Set<PacketConversation> = []
    /// Pairs of addresses with datagrams that came in fragments.
    private var pairs: Set<PacketConversation> = []

    init(_ evidence: Set<UInt64>) { self.evidence = evidence }

    /// The frames, found in two readings: the first finds the conversations of the evidence, the second their frames.
    static func frames(around evidence: Set<UInt64>, in inputs: [String]) throws(CaptureError) -> Set<UInt64> {
        var extraction = Extraction(evidence)
        try extraction.findConversations(CaptureFilesSource(InputList(inputs)))
        return try extraction.findFrames(CaptureFilesSource(InputList(inputs)))
    }

    private mutating func findConversations(_ source: any FrameSource) throws(CaptureError) {
        let batch = FrameBatch()
        var decoder = Decoder()
        while try source.fill(batch) {
            for frame in batch.frames where self.evidence.contains(frame.ordinal) {
                let packet = decoder.decode(batch.bytes(of: frame), linkType: frame.linkType.rawValue, frame: frame.ordinal)
                switch packet.kind {
                case .tcp, .udp: self.conversations.insert(PacketConversation(packet))
                // What it is a part of is known when all parts are there: all that both hosts sent in parts.
                case .fragment: self.pairs.insert(PacketConversation(packet))
                case .otherIP, .link, .unknown: break
                }
            }
        }
    }

    private func findFrames(_ source: any FrameSource) throws(CaptureError) -> Set<UInt64> {
        var frames: [PacketConversation: [UInt64]] = [:]
        let batch = FrameBatch()
        var decoder = Decoder()
        while try source.fill(batch) {
            for frame in batch.frames {
                let packet = decoder.decode(batch.bytes(of: frame), linkType: frame.linkType.rawValue, frame: frame.ordinal)
                guard packet.kind == .tcp || packet.kind == .udp || packet.kind == .fragment else { continue }
                let conversation = PacketConversation(packet)
                if packet.kind == .fragment ? self.pairs.contains(conversation) : self.conversations.contains(conversation) {
                    frames[conversation, default: []].append(frame.ordinal)
                }
            }
        }
        var wanted = self.evidence
        for ordinals in frames.values {
            wanted.formUnion(ordinals.prefix(Self.first))
            wanted.formUnion(ordinals.suffix(Self.last))
            for (place, ordinal) in ordinals.enumerated() where self.evidence.contains(ordinal) {
                wanted.formUnion(ordinals[max(0, place &- Self.before)..<min(ordinals.count, place &+ Self.behind)])
            }
        }
        return wanted
    }
}

extension Laennec {
    /// Writes the frames that show a finding or a device, redacted as ``redact(_:to:progress:)`` does.
    /// - Parameters:
    ///   - inputs: the captures that were scanned.
    ///   - find: chooses what to extract from the scan's result.
    public func extract<Failure: Error>(
        from inputs: [String], to output: String, _ find: (Report) throws(Failure) -> ExtractionSubject
    ) throws -> RedactionOutcome {
        try Self.check(inputs, output)
        let report = try self.scanned(inputs, CaptureProgress())
        let subject = try find(report)
        let outcome = try self.extract(subject, isWide: false, inputs, output, report)
        guard !outcome.proof.isComplete, case .finding = subject else { return outcome }
        return try self.extract(subject, isWide: true, inputs, output, report)
    }

    private func extract(
        _ subject: ExtractionSubject, isWide: Bool, _ inputs: [String], _ output: String, _ report: Report
    ) throws(RedactionError) -> RedactionOutcome {
        let frames: Set<UInt64>
        do throws(CaptureError) {
            frames = try Extraction.frames(around: subject.frames(in: report, isWide: isWide), in: inputs)
        } catch {
            throw RedactionError.capture(error)
        }
        return try self.write(inputs, to: output, report, where: { frames.contains($0) }) { copy in
            switch subject {
            case .finding(let finding): RedactionProof(original: report, copy: copy, devices: [], findings: [finding.id])
            case .device(let device): RedactionProof(original: report, copy: copy, devices: [device.id], findings: [])
            }
        }
    }
}
