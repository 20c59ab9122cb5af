import CPCAP
import Glibc
import Wire

/// Listens on a network interface through libpcap.
///
/// It can only listen: nothing in this target can send a frame.
@safe public final class LiveSource: FrameSource {
    /// How long ``fill(_:)`` waits for a frame, in milliseconds, before it returns with an empty batch.
    public static let patience: Int32 = 100

    public struct Statistics: Hashable, Sendable {
        /// Frames that passed the filter, also those that were then lost.
        public var received: UInt64
        /// Frames lost because this process did not fetch them in time.
        public var droppedByKernel: UInt64
        /// Frames lost by the interface or its driver.
        public var droppedByInterface: UInt64
    }

    public let interface: String
    public let linkType: LinkType
    public let filter: String?

    private let handle: OpaquePointer
    private let descriptor: Int32
    private let unit: Int64
    private let snapLength: Int32
    private let stopFlag: StopFlag
    private var tally = FrameTally(firstOrdinal: 1)
    private var notices: [CaptureNotice] = []
    private var hasEnded = false
    /// The kernel's counters have 32 bits: sums of what they advanced.
    private var counters = Statistics(received: 0, droppedByKernel: 0, droppedByInterface: 0)
    private var lastCounters = pcap_stat()

    /// Opens an interface.
    ///
    /// - Parameters:
    ///   - snapLength: bytes kept of each frame.
    ///   - bufferBytes: size of the kernel's ring of frames that wait to be fetched.
    ///   - promiscuous: also frames that are for others, which is what a mirror port brings.
    ///   - filter: an expression of pcap-filter(7), which the kernel applies.
    ///   - stop: ends the capture.
    public init(
        interface: String, snapLength: Int = 262_144, bufferBytes: Int = 64 << 20, promiscuous: Bool = true,
        filter: String? = nil, stop: StopFlag = StopFlag()
    ) throws(CaptureError) {
        guard Interfaces.isNetworkInterface(interface) else { throw .noSuchInterface(name: interface) }
        self.interface = interface
        self.filter = filter
        self.stopFlag = stop
        self.snapLength = Int32(Swift.min(Swift.max(snapLength, 64), Int(SavefileSource.maximumFrameLength)))
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        // libpcap writes at most PCAP_ERRBUF_SIZE bytes of message; the handle is closed by `deinit`, or below on failure.
        guard let handle = unsafe pcap_create(interface, &message) else {
            throw .captureFailed(interface: interface, message: Interfaces.text(message))
        }
        unsafe self.handle = handle
        do throws(CaptureError) {
            (self.descriptor, self.linkType, self.unit, self.notices) = unsafe try Self.activate(
                handle, interface, self.snapLength, bufferBytes, promiscuous, filter
            )
        } catch {
            unsafe pcap_close(handle)
            throw error
        }
    }

    deinit { unsafe pcap_close(self.handle) }

    /// Every call here passes the open handle, and strings and structures that live during the call.
    private static func activate(
        _ handle: OpaquePointer, _ interface: String, _ snapLength: Int32, _ bufferBytes: Int, _ promiscuous: Bool,
        _ filter: String?
    ) throws(CaptureError) -> (Int32, LinkType, Int64, [CaptureNotice]) {
        func explanation() -> String { unsafe String(cString: pcap_geterr(handle)) }
        unsafe pcap_set_snaplen(handle, snapLength)
        unsafe pcap_set_promisc(handle, promiscuous && interface != Interfaces.any ? 1 : 0)
        unsafe pcap_set_timeout(handle, Self.patience)
        unsafe pcap_set_buffer_size(handle, Int32(clamping: Swift.max(bufferBytes, 1 << 20)))
        // Where nanoseconds are not to be had this fails, and microseconds stay.
        unsafe pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO)
        var notices: [CaptureNotice] = []
        switch unsafe pcap_activate(handle) {
        case 0: break
        case PCAP_WARNING_TSTAMP_TYPE_NOTSUP: break
        case let warning where warning > 0:
            let text = explanation()
            notices.append(.captureWarning(message: text.isEmpty ? unsafe String(cString: pcap_statustostr(warning)) : text))
        case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED:
            throw .missingCapability(interface: interface, capability: Interfaces.capability)
        case PCAP_ERROR_NO_SUCH_DEVICE: throw .noSuchInterface(name: interface)
        case PCAP_ERROR_IFACE_NOT_UP: throw .interfaceDown(name: interface)
        case let code:
            let text = explanation()
            throw .captureFailed(
                interface: interface,
                message: text.isEmpty ? unsafe String(cString: pcap_statustostr(code)) : text
            )
        }
        if let filter {
            var program = unsafe bpf_program()
            guard unsafe pcap_compile(handle, &program, filter, 1, 0xFFFF_FFFF) == 0 else {
                throw .badFilter(expression: filter, message: explanation())
            }
            let result = unsafe pcap_setfilter(handle, &program)
            unsafe pcap_freecode(&program)
            guard result == 0 else { throw .badFilter(expression: filter, message: explanation()) }
        }
        // A blocking read of libpcap's memory-mapped ring does not return while the link is idle, whatever its time-out:
        // so we never block in it, and wait with `poll`.
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard unsafe pcap_setnonblock(handle, 1, &message) == 0 else {
            throw .captureFailed(interface: interface, message: Interfaces.text(message))
        }
        let descriptor = unsafe pcap_get_selectable_fd(handle)
        guard descriptor >= 0 else { throw .captureFailed(interface: interface, message: "it cannot be waited for") }
        let isNanoseconds = unsafe pcap_get_tstamp_precision(handle) == PCAP_TSTAMP_PRECISION_NANO
        return (descriptor, LinkType(dlt: unsafe pcap_datalink(handle)), isNanoseconds ? 1 : 1000, notices)
    }

    /// Ends the capture: the next ``fill(_:)`` returns `false`. From any thread, and from a signal handler.
    public func stop() { self.stopFlag.stop() }

    /// What libpcap's callback works on.
    @safe private struct Delivery {
        let batch: FrameBatch
        let handle: OpaquePointer
        let linkType: LinkType
        let unit: Int64
        let limit: UInt32
        var frames: [FrameHeader]
        var tally: FrameTally

        /// Copies one frame, of which `bytes` points to as many bytes as the header says.
        mutating func take(_ header: pcap_pkthdr, _ bytes: UnsafePointer<UInt8>?) {
            let captured = Swift.min(header.caplen, self.limit)
            // libpcap's promise, see above; a null pointer gives no bytes.
            let frame = unsafe UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : Int(captured))
            let offset = self.batch.append(unsafe frame.bytes)
            let time = Timestamp(seconds: Int64(header.ts.tv_sec), nanoseconds: Int64(header.ts.tv_usec) &* self.unit)
            self.frames.append(
                FrameHeader(
                    ordinal: self.tally.count(time: time.nanoseconds, captured: captured, original: header.len),
                    time: time,
                    linkType: self.linkType,
                    capturedLength: captured,
                    originalLength: header.len,
                    offset: UInt32(truncatingIfNeeded: offset)
                )
            )
            // One more frame has to fit: otherwise the rest waits in the ring for the next batch.
            if unsafe self.batch.spare.count < Int(self.limit) { unsafe pcap_breakloop(self.handle) }
        }
    }

    public func fill(_ batch: FrameBatch) throws(CaptureError) -> Bool {
        batch.begin(input: 0)
        if self.hasEnded || self.stopFlag.isStopped { return false }
        batch.reserve(Self.batchBytes)
        guard self.deliver(to: batch) == 0 else { return !batch.frames.isEmpty || !self.hasEnded }
        var wait = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        // One structure, which lives during the call. A signal ends the waiting, and the flag is then looked at.
        if unsafe poll(&wait, 1, Self.patience) > 0 { _ = self.deliver(to: batch) }
        if !batch.frames.isEmpty { return true }
        return !self.hasEnded && !self.stopFlag.isStopped
    }

    private static let batchBytes = 1 << 20
    private static let batchFrames: Int32 = 4096

    /// Copies the frames that are waiting into the batch, as many as fit.
    ///
    /// - Returns: how many came.
    private func deliver(to batch: FrameBatch) -> Int {
        var delivery = unsafe Delivery(
            batch: batch,
            handle: self.handle,
            linkType: self.linkType,
            unit: self.unit,
            limit: UInt32(self.snapLength),
            frames: batch.frames,
            tally: self.tally
        )
        batch.frames = []
        // The callback gets the address of `delivery`, which lives during the call, and the header and bytes of one frame, which
        // are valid during the callback; the bytes are as many as the header says.
        let result = unsafe withUnsafeMutablePointer(to: &delivery) { pointer in
            unsafe pcap_dispatch(
                self.handle,
                Self.batchFrames,
                { user, header, bytes in
                    guard let user = unsafe user, let header = unsafe header else { return }
                    unsafe UnsafeMutableRawPointer(user).assumingMemoryBound(to: Delivery.self).pointee.take(header.pointee, bytes)
                },
                UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: UInt8.self)
            )
        }
        if result == PCAP_ERROR {
            self.hasEnded = true
            self.notices.append(.captureEnded(message: unsafe String(cString: pcap_geterr(self.handle))))
        }
        batch.frames = delivery.frames
        self.tally = delivery.tally
        return batch.frames.count
    }

    /// Counted since the capture began. For the thread that fills.
    public var statistics: Statistics {
        var now = pcap_stat()
        // The structure lives during the call.
        guard unsafe pcap_stats(self.handle, &now) == 0 else { return self.counters }
        func advance(_ sum: inout UInt64, _ now: UInt32, _ last: UInt32) { sum &+= UInt64(now &- last) }
        advance(&self.counters.received, now.ps_recv, self.lastCounters.ps_recv)
        advance(&self.counters.droppedByKernel, now.ps_drop, self.lastCounters.ps_drop)
        advance(&self.counters.droppedByInterface, now.ps_ifdrop, self.lastCounters.ps_ifdrop)
        self.lastCounters = now
        return self.counters
    }

    /// What was captured so far. For the thread that fills.
    public var report: InputReport {
        let statistics = self.statistics
        var report = InputReport(path: self.interface, firstOrdinal: 1)
        report.format = CaptureFormat(container: .live, compression: .none, isBigEndian: false, isNanoseconds: self.unit == 1)
        report.frames = self.tally.frames
        report.cutFrames = self.tally.cut
        report.fingerprint = self.tally.fingerprint
        if self.tally.frames > 0 {
            report.firstTime = Timestamp(nanoseconds: self.tally.earliest)
            report.lastTime = Timestamp(nanoseconds: self.tally.latest)
            report.linkTypes = [self.linkType: self.tally.frames]
        }
        var interface = CapturedInterface(
            name: self.interface, linkType: self.linkType, snapLength: UInt32(self.snapLength)
        )
        interface.frames = self.tally.frames
        interface.droppedByInterface = statistics.droppedByInterface
        interface.droppedBySystem = statistics.droppedByKernel
        report.interfaces = [interface]
        if statistics.droppedByKernel > 0 || statistics.droppedByInterface > 0 {
            report.notices.append(
                .dropped(
                    interface: self.interface,
                    byInterface: statistics.droppedByInterface,
                    bySystem: statistics.droppedByKernel
                )
            )
        }
        report.notices += self.notices
        return report
    }
}
