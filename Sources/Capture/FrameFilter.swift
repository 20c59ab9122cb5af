import CPCAP
import Wire

/// A filter expression of tcpdump (pcap-filter(7)), compiled by libpcap for every link type that it meets.
///
/// One filter serves one source: it is not to be used by two threads at once.
public final class FrameFilter {
    public let expression: String
    private var programs: [LinkType: Program] = [:]
    /// The program last used: frames of one link type come in long rows.
    private var last: (linkType: LinkType, program: Program)?

    enum Verdict {
        case pass, drop
        /// The expression means nothing on this link type.
        case notApplicable(message: String)
    }

    /// Checks the expression.
    ///
    /// - Throws: ``CaptureError/badFilter(expression:message:)`` where it is valid for none of the common link types.
    public init(_ expression: String) throws(CaptureError) {
        self.expression = expression
        var message: String?
        for linkType in [LinkType.ethernet, .linuxCooked, .raw, .radiotap, .ppp] {
            let program = Program(expression, linkType)
            guard let error = program.message else { return }
            if message == nil { message = error }
        }
        throw .badFilter(expression: expression, message: message ?? "unknown")
    }

    func verdict(_ frame: FrameHeader, _ bytes: RawSpan) -> Verdict {
        let program: Program
        if let last = self.last, last.linkType == frame.linkType {
            program = last.program
        } else {
            program = self.programs[frame.linkType] ?? Program(self.expression, frame.linkType)
            self.programs[frame.linkType] = program
            self.last = (frame.linkType, program)
        }
        if let message = program.message { return .notApplicable(message: message) }
        return program.matches(bytes, frame.originalLength) ? .pass : .drop
    }

    /// The expression for one link type.
    @safe private final class Program {
        private var code = unsafe bpf_program()
        /// Why it could not be compiled.
        let message: String?

        init(_ expression: String, _ linkType: LinkType) {
            guard let handle = unsafe pcap_open_dead(linkType.dlt, Int32(SavefileSource.maximumFrameLength)) else {
                self.message = "out of memory"
                return
            }
            // The handle is open, the structure and the C string live during the call, and the message is copied before the
            // handle that owns it is closed. PCAP_NETMASK_UNKNOWN: a savefile knows no netmask.
            let result = unsafe pcap_compile(handle, &self.code, expression, 1, 0xFFFF_FFFF)
            self.message = result == 0 ? nil : unsafe String(cString: pcap_geterr(handle))
            unsafe pcap_close(handle)
        }

        // `pcap_freecode` accepts a program that was never compiled: its pointer is then null.
        deinit { unsafe pcap_freecode(&self.code) }

        func matches(_ bytes: RawSpan, _ original: UInt32) -> Bool {
            // The filter machine checks every load against the captured length that it is given, which is the span's.
            unsafe bytes.withUnsafeBytes { buffer in
                unsafe laennec_filter(
                    &self.code,
                    buffer.baseAddress?.assumingMemoryBound(to: UInt8.self),
                    UInt32(truncatingIfNeeded: buffer.count),
                    original
                ) != 0
            }
        }
    }
}
