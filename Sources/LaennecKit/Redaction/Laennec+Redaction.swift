public import Capture
import Foundation
public import Reports
import Rules
import Wire

/// Why a capture could not be redacted or extracted.
public enum RedactionError: Error, Sendable {
    case capture(CaptureError)
    /// What is read more than once has to be a regular file.
    case notAFile(path: String)
    /// The output is one of the inputs.
    case overwritesInput(path: String)
    /// The output cannot be written, for the reason of this `errno`.
    case cannotWrite(path: String, code: Int32)
}

/// What became of a redaction.
public struct RedactionOutcome: Sendable {
    public let proof: RedactionProof
    public let frames: UInt64
    /// Conversations of which something was overwritten without being looked at, as they are too long.
    public let cutConversations: Int
    /// The scan of the original.
    public let report: Report
}

extension Laennec {
    /// Writes a copy of a capture in which only headers are left and what identifies devices, services and findings.
    ///
    /// The copy is scanned and compared with the original before it is moved to its place.
    public func redact(_ input: String, to output: String, progress: CaptureProgress = CaptureProgress()) throws(RedactionError) -> RedactionOutcome {
        try Self.check([input], output)
        let report = try self.scanned([input], progress)
        return try self.write([input], to: output, report, where: { _ in true }) { RedactionProof(original: report, copy: $0) }
    }

    /// Scans, gathers, minimises, writes, and scans again.
    func write(
        _ inputs: [String], to output: String, _ report: Report, where isWanted: (UInt64) -> Bool, prove: (Report) -> RedactionProof
    ) throws(RedactionError) -> RedactionOutcome {
        let redactor = Redactor(watchedNames: self.options.watchedNames, memory: self.options.memory.bytes)
        do throws(CaptureError) {
            try redactor.gather(CaptureFilesSource(InputList(inputs)), where: isWanted)
        } catch {
            throw .capture(error)
        }
        redactor.minimise()
        let temporary = output + ".partial"
        do {
            guard FileManager.default.createFile(atPath: temporary, contents: nil, attributes: [.posixPermissions: 0o600]),
                let handle = FileHandle(forWritingAtPath: temporary)
            else { throw CocoaError(.fileWriteNoPermission) }
            defer { try? handle.close() }
            let format: CaptureWriter.Format = output.lowercased().hasSuffix(".pcapng") ? .pcapng : .pcap
            let writer = CaptureWriter(handle, format, linkTypes: redactor.linkTypes)
            try redactor.write(CaptureFilesSource(InputList(inputs)), to: writer, where: isWanted)
            try handle.synchronize()
        } catch {
            let code = errno
            try? FileManager.default.removeItem(atPath: temporary)
            throw .cannotWrite(path: output, code: code)
        }
        let copy = try self.scanned([temporary], CaptureProgress())
        guard unsafe rename(temporary, output) == 0 else {
            let code = errno
            try? FileManager.default.removeItem(atPath: temporary)
            throw .cannotWrite(path: output, code: code)
        }
        return RedactionOutcome(proof: prove(copy), frames: redactor.frames, cutConversations: redactor.cutConversations, report: report)
    }

    func scanned(_ files: [String], _ progress: CaptureProgress) throws(RedactionError) -> Report {
        do throws(CaptureError) {
            return try self.scan(files: files, progress: progress)
        } catch {
            throw .capture(error)
        }
    }

    /// Inputs are read several times, and the output is none of them.
    static func check(_ inputs: [String], _ output: String) throws(RedactionError) {
        for input in inputs where input == "-" { throw .notAFile(path: input) }
        var target = stat()
        // The system fills the structures, which live during the calls.
        guard unsafe stat(output, &target) == 0 else { return }
        guard target.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: output) }
        for input in InputList(inputs).inputs.map(\.path) {
            var source = stat()
            guard unsafe stat(input, &source) == 0 else { continue }
            guard source.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: input) }
            if source.st_dev == target.st_dev, source.st_ino == target.st_ino { throw .overwritesInput(path: output) }
        }
    }
}
