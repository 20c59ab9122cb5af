/// Reads several captures one after another as one stream, with ordinals that go on from one to the next.
///
/// A capture that cannot be read is reported and the others are read all the same.
public final class CaptureFilesSource: FrameSource {
    /// May be looked at from any thread.
    public let progress: CaptureProgress

    private let list: InputList
    private let filter: FrameFilter?
    private let stop: StopFlag?
    private var current: SavefileSource?
    private var next = 0
    private var finished: [InputReport] = []
    private var nextOrdinal: UInt64 = 1
    private var framesBefore: UInt64 = 0
    private var bytesBefore: UInt64 = 0

    /// - Throws: the first problem where there is no input to read at all.
    public init(
        _ list: InputList, filter: FrameFilter? = nil, stop: StopFlag? = nil, progress: CaptureProgress = CaptureProgress()
    ) throws(CaptureError) {
        guard !list.inputs.isEmpty else { throw list.problems.first?.error ?? .noInput }
        self.list = list
        self.filter = filter
        self.stop = stop
        self.progress = progress
        progress.expect(list.totalSize)
    }

    /// One report per input, in the order of ``FrameBatch/input``; after them those that could not be read.
    public var reports: [InputReport] {
        var reports = self.finished
        if let current = self.current { reports.append(current.report) }
        for problem in self.list.problems {
            var report = InputReport(path: problem.path, firstOrdinal: self.nextOrdinal)
            report.failure = problem.error
            reports.append(report)
        }
        return reports
    }

    public func fill(_ batch: FrameBatch) throws(CaptureError) -> Bool {
        while true {
            if let current = self.current {
                let hasFrames = try current.fill(batch)
                self.progress.advance(
                    bytesRead: self.bytesBefore &+ current.bytesRead,
                    frames: self.framesBefore &+ current.frames
                )
                if hasFrames { return true }
                self.finish(current)
            }
            guard self.next < self.list.inputs.count, self.stop?.isStopped != true else {
                batch.begin(input: Swift.max(0, self.next &- 1))
                return false
            }
            self.open(self.list.inputs[self.next])
            self.next &+= 1
        }
    }

    private func open(_ input: InputList.Input) {
        do {
            self.current = try SavefileSource(
                path: input.path,
                filter: self.filter,
                firstOrdinal: self.nextOrdinal,
                input: self.finished.count,
                stop: self.stop
            )
        } catch {
            // It could be read when the list was made, or it is a pipe.
            var report = InputReport(path: input.path, firstOrdinal: self.nextOrdinal)
            // Stopped while it waited for the first bytes of a pipe: no fault of the pipe's.
            if self.stop?.isStopped != true { report.failure = error }
            self.finished.append(report)
        }
    }

    private func finish(_ source: SavefileSource) {
        self.finished.append(source.report)
        self.nextOrdinal = source.nextOrdinal
        self.framesBefore &+= source.frames
        self.bytesBefore &+= source.bytesRead
        self.current = nil
    }
}
