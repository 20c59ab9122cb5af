/// Signatures as a program carries them: checked when it was built, and text that is read in place.
public struct SignatureBundle: Sendable {
    /// A file by its path below the signature folder.
    public struct File: Sendable {
        public let path: String
        public let text: StaticString

        public init(_ path: String, _ text: StaticString) {
            self.path = path
            self.text = text
        }
    }

    /// What is needed to match, in the compact form, by path.
    public let matching: StaticString
    /// The texts of the rules, in the compact form; read when a finding is first shown.
    public let texts: StaticString
    /// The lists of `vocabulary/` and the tables of `registries/`.
    public let tables: [File]
    /// The files as their authors wrote them.
    public let sources: [File]
    /// Of all files together, see ``SignatureSet/fingerprint``.
    public let fingerprint: String

    public init(matching: StaticString, texts: StaticString, tables: [File], sources: [File], fingerprint: String) {
        self.matching = matching
        self.texts = texts
        self.tables = tables
        self.sources = sources
        self.fingerprint = fingerprint
    }
}

extension StaticString {
    /// The text as borrowed bytes.
    func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result {
        // A static string lives as long as the program.
        unsafe body(RawSpan(_unsafeStart: UnsafeRawPointer(self.utf8Start), byteCount: self.utf8CodeUnitCount))
    }
}
