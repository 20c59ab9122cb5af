public import Rules

extension SignatureSet {
    /// The signatures that the program carries: those of `Signatures/` when it was built.
    public static let builtIn: SignatureSet = {
        do {
            return try SignatureSet(bundle: embeddedBundle)
        } catch {
            // The bundle was made and checked by the same code in the same build: this cannot be reached by any input.
            fatalError("the embedded signatures do not load: \(error)")
        }
    }()
}
