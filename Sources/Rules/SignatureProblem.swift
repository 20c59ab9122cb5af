/// Something wrong with a signature file, in one sentence, where it is.
public struct SignatureProblem: Error, Hashable, Comparable, Sendable {
    /// The path below the signature folder.
    public let file: String
    /// Counted from 1; 0 where the problem is not one of a line.
    public let line: Int
    public let message: String

    public init(file: String, line: Int, message: String) {
        self.file = file
        self.line = line
        self.message = message
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.file, left.line, left.message) < (right.file, right.line, right.message)
    }
}

extension SignatureProblem: CustomStringConvertible {
    /// `identity/ssh/banner.yaml:12: unknown key "confidense"`
    public var description: String { self.line > 0 ? "\(self.file):\(self.line): \(self.message)" : "\(self.file): \(self.message)" }
}

/// Why a folder of signatures was not taken: everything that is wrong with it, in the order of files and lines.
public struct SignatureFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public let problems: [SignatureProblem]

    public init(problems: [SignatureProblem]) { self.problems = problems.sorted() }

    public var description: String { self.problems.map(\.description).joined(separator: "\n") }
}
