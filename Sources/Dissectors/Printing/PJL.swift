import Observations
import Wire

// Raw printing (port 9100 as a rule) where it is told by the Printer Job Language (HP, "Printer Job Language Technical Reference
// Manual", 2003).
//
// Read: the names of commands, the language that a job enters, and the answer to INFO ID. With the job itself the side is left:
// no name of a job, a user or a file, no variable and nothing that is printed is ever read.

final class PJLDissector: StreamDissector {
    static let applicationProtocol = ApplicationProtocol.pjl

    /// The universal exit, with which a job and a dialogue begin (chapter 2).
    fileprivate static let exit = Array("\u{1B}%-12345X".utf8)
    private static let prefix = Array("@PJL".utf8)

    static func probe(_ head: RawSpan, _ context: ProbeContext) -> Probe {
        guard let first = head.u8(at: 0) else { return .notYet }
        guard first == 0x1B || first == 0x40 else { return .no }
        if first == 0x1B {
            let answer = head.begins(with: Self.exit)
            return answer == .notYet && !context.isStart ? .no : answer
        }
        let answer = head.begins(with: Self.prefix)
        guard answer == .yes else { return answer == .notYet && context.isStart ? .notYet : .no }
        guard let next = head.u8(at: 4) else { return context.isStart ? .notYet : .no }
        return next == 0x20 || next == 0x0D || next == 0x0A ? .yes : .no
    }

    // MARK: State

    private static let exchangeLimit = 200

    private var cutter = LineCutter()
    private var lines = 0
    /// Whether the next line of the printer is the answer to INFO ID.
    private var isModelNext = false
    private var isJobBegun = false

    func consume(_ bytes: RawSpan, from side: Side, _ context: inout DissectionContext) -> Consumption {
        switch bytes.begins(with: Self.exit) {
        case .yes:
            context.declare(side, is: .client)
            return Consumption(Self.exit.count)
        case .notYet: return Consumption(0, .more(atLeast: bytes.byteCount &+ 1))
        case .no: break
        }
        let end: Int
        switch self.cutter.next(bytes, side) {
        case .unfinished:
            // A job without a line end, such as a picture, must not be held.
            if side != context.serverSide, !Self.mayBeCommand(bytes) { return Consumption(0, .sideFinished) }
            return Consumption(0, .more(atLeast: bytes.byteCount &+ 1))
        case .passed(let count): return Consumption(count)
        case .whole(let count): end = count
        }
        self.lines &+= 1
        if self.lines > Self.exchangeLimit { return .finished }
        let line = bytes.slice(from: 0, count: end).trimmed
        if context.rolesAreSure ? context.role(of: side) == .client : line.isCommand && !self.isAnswer(line, bytes, end) {
            return self.command(line, end &+ 1, context)
        }
        self.answer(line, context)
        return Consumption(end &+ 1)
    }

    /// Whether the line that follows is a value: then this is the printer's echo of a question.
    private func isAnswer(_ line: RawSpan, _ bytes: RawSpan, _ end: Int) -> Bool {
        line.has("@PJL INFO ") && bytes.u8(at: end &+ 1) == 0x22
    }

    private static func mayBeCommand(_ bytes: RawSpan) -> Bool {
        switch bytes.u8(at: 0) {
        case 0x40, 0x0D, 0x0C, 0x20: bytes.isText
        default: false
        }
    }

    private func command(_ line: RawSpan, _ consumed: Int, _ context: DissectionContext) -> Consumption {
        guard line.isCommand else {
            // The job: nothing of it is looked at.
            return line.isEmpty ? Consumption(consumed) : Consumption(consumed, .sideFinished)
        }
        let text = line.slice(from: 4).trimmed
        guard let command = PJLCommand(text) else { return Consumption(consumed) }
        context.record(.pjlCommand, command.rawValue, about: .conversation)
        switch command {
        case .enter:
            // `ENTER LANGUAGE = PCL`
            if let equals = text.firstIndex(of: 0x3D), let language = PrintLanguage(text.slice(from: equals &+ 1).trimmed) {
                context.record(.printLanguage, language.rawValue, about: .conversation)
            }
            return Consumption(consumed, .sideFinished)
        // A file follows.
        case .fsDownload, .fsAppend: return Consumption(consumed, .sideFinished)
        default: return Consumption(consumed)
        }
    }

    private func answer(_ line: RawSpan, _ context: DissectionContext) {
        if self.isModelNext {
            guard !line.isEmpty else { return }
            self.isModelNext = false
            let isQuoted = line.u8(at: 0) == 0x22
            let model = isQuoted ? line.slice(from: 1, count: line.byteCount &- (line.u8(at: line.byteCount &- 1) == 0x22 ? 2 : 1)) : line
            // An answer of another kind: a list of variables.
            guard model.firstIndex(of: 0x3D) == nil else { return }
            context.record(.pjlModel, model.trimmed, about: .server)
            return
        }
        guard line.isCommand, let command = PJLCommand(line.slice(from: 4).trimmed) else { return }
        context.record(.pjlAnswered, command.rawValue, about: .server)
        if line.hasIgnoringCase("@pjl info id") { self.isModelNext = true }
    }

    func lost(_ count: Int, from side: Side) {
        self.cutter.pass(false, side)
        self.isModelNext = false
    }
}

/// The commands (chapters 4 to 9, and what printers accept besides).
private enum PJLCommand: String, CaseIterable {
    case comment = "COMMENT"
    case enter = "ENTER"
    case job = "JOB"
    case eoj = "EOJ"
    case set = "SET"
    case `default` = "DEFAULT"
    case initialize = "INITIALIZE"
    case reset = "RESET"
    case inquire = "INQUIRE"
    case dInquire = "DINQUIRE"
    case info = "INFO"
    case echo = "ECHO"
    case uStatus = "USTATUS"
    case uStatusOff = "USTATUSOFF"
    case rdyMsg = "RDYMSG"
    case opMsg = "OPMSG"
    case stMsg = "STMSG"
    case fsAppend = "FSAPPEND"
    case fsDelete = "FSDELETE"
    case fsDirList = "FSDIRLIST"
    case fsDownload = "FSDOWNLOAD"
    case fsInit = "FSINIT"
    case fsMkdir = "FSMKDIR"
    case fsQuery = "FSQUERY"
    case fsUpload = "FSUPLOAD"
    case dmInfo = "DMINFO"
    case dmCmd = "DMCMD"

    /// The command with which the bytes begin.
    init?(_ bytes: RawSpan) {
        var end = 0
        while end < 12, let byte = bytes.u8(at: end), byte.isLetter { end &+= 1 }
        guard let command = Self(rawValue: String(decoding: bytes.copied(limit: end), as: UTF8.self).uppercased()) else { return nil }
        self = command
    }
}

/// Page description languages that a job may enter.
private enum PrintLanguage: String, CaseIterable {
    case pcl = "PCL"
    case pclXL = "PCLXL"
    case postScript = "POSTSCRIPT"
    case pdf = "PDF"
    case hpgl2 = "HPGL2"
    case escp = "ESCP"
    case xps = "XPS"
    case urf = "URF"
    case pwgRaster = "PWGRASTER"
    case zpl = "ZPL"
    case automatic = "AUTO"

    init?(_ name: RawSpan) {
        guard name.byteCount <= 12, let language = Self(rawValue: String(decoding: name.copied(limit: 12), as: UTF8.self).uppercased()) else {
            return nil
        }
        self = language
    }
}

extension RawSpan {
    fileprivate var isCommand: Bool {
        guard self.hasIgnoringCase("@pjl") else { return false }
        return self.byteCount == 4 || self.u8(at: 4) == 0x20
    }
}
