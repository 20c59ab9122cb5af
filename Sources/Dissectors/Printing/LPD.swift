import Observations
import Wire

// The line printer daemon protocol (RFC 1179).
//
// Read: that a job was received, and whether the server took it. The name of the queue, control files (they name the user, the
// machine and the document) and data files are stepped over.

final class LPDDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.lpd

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        if first == 0 {
            // A server answers a byte of 0 to what it accepts: that alone proves nothing.
            guard context.role != .client, context.isStart, head.byteCount <= 8 else { return context.isProved ? .yes : .no }
            var offset = 0
            while let byte = head.u8(at: offset) {
                guard byte == 0 else { return .no }
                offset &+= 1
            }
            return .notYet
        }
        guard first == 2 || (first == 3 && !context.isStart), context.role != .server else { return .no }
        if !context.isStart { return LPDFile(head, isWhole: false) != nil ? .yes : .no }
        // Receive a printer job (section 5.2), then a file of it.
        guard let end = head.firstIndex(of: 0x0A, before: 66) else { return head.byteCount < 66 && head.isQueue(head.byteCount) ? .notYet : .no }
        guard end > 1, head.isQueue(end) else { return .no }
        let rest = head.slice(from: end &+ 1)
        guard !rest.isEmpty else { return .notYet }
        if rest.firstIndex(of: 0x0A) == nil { return rest.byteCount < 140 && (rest.u8(at: 0) == 2 || rest.u8(at: 0) == 3) ? .notYet : .no }
        return LPDFile(rest, isWhole: true) != nil ? .yes : .no
    }

    // MARK: State

    /// Whether a job was announced.
    private var isReceiving = false
    private var isServerRead = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        guard let first = bytes.u8(at: 0) else { return Consumption(0) }
        if context.rolesAreSure ? context.role(of: side) == .server : first == 0 {
            context.declare(side, is: .server)
            if first == 0 { context.record(.lpdAccepted, "receive-job", about: .server) }
            return Consumption(1, .sideFinished)
        }
        guard let end = bytes.firstIndex(of: 0x0A, before: 256) else {
            return bytes.byteCount < 256 ? Consumption(0, .more(atLeast: bytes.byteCount &+ 1)) : .failed
        }
        context.declare(side, is: .client)
        if self.isReceiving || LPDFile(bytes, isWhole: true) != nil {
            // A control file says nothing that may be kept; behind the first file everything is known.
            context.record(.lpdCommand, "receive-job", about: .conversation)
            return Consumption(end &+ 1, .sideFinished)
        }
        guard first == 2 else { return .failed }
        self.isReceiving = true
        return Consumption(end &+ 1)
    }

    func lost(_ count: Int, from side: Side) { self.isReceiving = false }
}

/// `02 size cfA123host LF` or `03 size dfA123host LF`: a control or a data file (RFC 1179 sections 6.2 and 6.3).
private struct LPDFile {
    init?(_ bytes: RawSpan, isWhole: Bool) {
        guard let kind = bytes.u8(at: 0), kind == 2 || kind == 3 else { return nil }
        var offset = 1
        while offset < 12, let byte = bytes.u8(at: offset), byte.isDigit { offset &+= 1 }
        guard offset > 1, bytes.u8(at: offset) == 0x20, bytes.has("fA", at: offset &+ 2) || bytes.has("fB", at: offset &+ 2),
            bytes.u8(at: offset &+ 1) == (kind == 2 ? 0x63 : 0x64), let end = bytes.firstIndex(of: 0x0A, from: offset, before: offset &+ 128)
        else { return nil }
        guard bytes.slice(from: 1, count: end &- 1).isText else { return nil }
    }
}

extension RawSpan {
    /// Whether the bytes behind the first, up to `end`, are the name of a queue.
    fileprivate func isQueue(_ end: Int) -> Bool {
        var offset = 1
        while offset < end, let byte = self.u8(at: offset) {
            guard byte > 0x20, byte < 0x7F else { return false }
            offset &+= 1
        }
        return true
    }
}
