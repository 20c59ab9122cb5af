public import Capture
import Dissectors
import Flows
import Foundation
public import Inventory
public import Observations
import Packets
public import Reports
import Synchronization
import Wire

/// How a scan is done.
public struct ScanOptions: Sendable {
    /// Threads that analyse; one more reads where there are several. The answer does not depend on it.
    public var threads: Int
    public var memory: MemoryBudget
    /// Names of hosts that are noted when somebody asks for them.
    public var watchedNames = WatchedNames.none

    public init(threads: Int = 1, memory: MemoryBudget = .standard) {
        self.threads = min(max(threads, 1), Shard.count)
        self.memory = memory
    }
}

/// What a scan learned, and what it could and could not see.
public struct ScanOutcome: Sendable {
    public let inventory: Inventory
    public let coverage: Coverage
}

/// The pipeline put together: frames of a source, decoded, sharded by address pair, dissected, and merged into one inventory.
public enum Scan {
    /// Reads the source to its end.
    /// - Parameters:
    ///   - identify: gives the identity of the scan once everything was read.
    public static func run(
        _ source: any FrameSource, options: ScanOptions = ScanOptions(), identify: () -> ScanID
    ) throws(CaptureError) -> ScanOutcome {
        let seed = UInt64.random(in: .min ... .max)
        let shards = (0..<Shard.count).map { _ in Shard(budget: options.memory, seed: seed, watchedNames: options.watchedNames) }
        var reader = Reader(shards: shards, stacks: TCPStacks(budget: options.memory, seed: seed))
        if options.threads == 1 {
            let batch = PacketBatch()
            while try source.fill(batch.frames) {
                reader.decode(batch)
                batch.process(on: shards) { _ in true }
            }
            for shard in shards { shard.finish() }
        } else {
            try Self.run(source, &reader, shards, threads: options.threads)
        }
        return reader.outcome(of: identify())
    }

    /// One thread reads and decodes, the others take the packets of their shards from each batch.
    private static func run(_ source: any FrameSource, _ reader: inout Reader, _ shards: [Shard], threads: Int) throws(CaptureError) {
        let pool = BatchQueue()
        let workers = (0..<threads).map { Worker(number: $0, of: threads, shards: shards, pool: pool) }
        for _ in 0..<threads &* 4 &+ 4 { pool.put(Work(PacketBatch())) }
        for worker in workers { worker.start() }
        var failure: CaptureError?
        while true {
            guard let work = pool.take() else { break }
            do throws(CaptureError) {
                guard try source.fill(work.batch.frames) else { break }
            } catch {
                failure = error
                break
            }
            reader.decode(work.batch)
            work.readers.store(threads, ordering: .relaxed)
            for worker in workers { worker.queue.put(work) }
        }
        for worker in workers { worker.queue.close() }
        for worker in workers { worker.wait() }
        if let failure { throw failure }
    }
}

/// The reading side: decodes frames and counts what the coverage part of a report says.
private struct Reader {
    private let shards: [Shard]
    private let stacks: TCPStacks
    private var decoder = Decoder()
    private var fragments = FragmentTable()
    private var counts = FrameCounts()

    init(shards: [Shard], stacks: TCPStacks) {
        self.shards = shards
        self.stacks = stacks
    }

    mutating func decode(_ batch: PacketBatch) {
        batch.decode(with: &self.decoder, &self.fragments, hashing: self.shards[0].flows, self.stacks)
        self.counts.count(batch)
    }

    mutating func outcome(of scan: ScanID) -> ScanOutcome {
        self.fragments.finish()
        let inventory = Inventory(merging: self.shards.enumerated().map { $1.ledger.inventory(of: scan, shard: $0) } + [self.stacks.inventory(of: scan)])
        var coverage = Coverage()
        self.counts.fill(&coverage)
        coverage.finish(self.decoder, self.fragments, self.shards, inventory)
        return ScanOutcome(inventory: inventory, coverage: coverage)
    }
}

/// A batch on its way, with the number of workers that have not read it yet.
private final class Work: Sendable {
    let batch: PacketBatch
    let readers = Atomic(0)
    init(_ batch: PacketBatch) { self.batch = batch }
}

/// Batches between two threads. Taken and put a few hundred times a second at most: a lock per batch, none per packet.
// @unchecked Sendable: every access to `waiting` and `isClosed` is under the condition's lock.
private final class BatchQueue: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: [Work] = []
    private var isClosed = false

    init() { self.waiting.reserveCapacity(64) }

    func put(_ work: Work) {
        self.condition.lock()
        self.waiting.append(work)
        self.condition.signal()
        self.condition.unlock()
    }

    /// Waits for the next batch; `nil` once the queue is closed and empty.
    func take() -> Work? {
        self.condition.lock()
        defer { self.condition.unlock() }
        while self.waiting.isEmpty {
            if self.isClosed { return nil }
            self.condition.wait()
        }
        return self.waiting.removeFirst()
    }

    func close() {
        self.condition.lock()
        self.isClosed = true
        self.condition.signal()
        self.condition.unlock()
    }
}

/// A thread that works on every n-th shard.
// @unchecked Sendable: `shards` that are this worker's are touched by its thread alone between `start` and `wait`.
private final class Worker: @unchecked Sendable {
    let queue = BatchQueue()
    private let number: Int
    private let total: Int
    private let shards: [Shard]
    private let pool: BatchQueue
    private let finished = DispatchSemaphore(value: 0)

    init(number: Int, of total: Int, shards: [Shard], pool: BatchQueue) {
        self.number = number
        self.total = total
        self.shards = shards
        self.pool = pool
    }

    func start() {
        let thread = Thread { self.work() }
        thread.stackSize = 1 << 20
        thread.start()
    }

    func wait() { self.finished.wait() }

    private func work() {
        let mine = (0..<Shard.count).map { $0 % self.total == self.number }
        while let work = self.queue.take() {
            work.batch.process(on: self.shards) { mine[Int($0)] }
            if work.readers.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { self.pool.put(work) }
        }
        for (index, shard) in self.shards.enumerated() where mine[index] { shard.finish() }
        self.finished.signal()
    }
}
