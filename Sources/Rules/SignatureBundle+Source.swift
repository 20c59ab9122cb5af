extension SignatureBundle {
    /// Swift source that holds the signatures of a folder as `let embeddedBundle: SignatureBundle`.
    ///
    /// Nothing but string literals: they cost the compiler little however long they are, and the program nothing until read.
    /// - Throws: everything that is wrong with the signatures, examples included.
    public static func source(directory: String) throws(SignatureFailure) -> String {
        let set = try SignatureSet(directory: directory)
        var problems = set.check()
        let files = SignatureFolder.files(of: directory, problems: &problems)
        var matching: [Document.Entry] = []
        var texts: [Document.Entry] = []
        for file in files where file.path.hasSuffix(".yaml") {
            do {
                let document = try Document(yaml: file.text, file: file.path)
                matching.append(.init(key: file.path, value: document.removing(keys: SignatureDecoder.textKeys.union(SignatureDecoder.checkKeys))))
                for rule in document["rules"]?.list ?? [] {
                    guard let id = rule["id"]?.text else { continue }
                    texts.append(.init(key: id, value: rule.removing(keys: ["match", "when", "examples", "mapping"])))
                }
            } catch {
                problems.append(error)
            }
        }
        guard problems.isEmpty else { throw SignatureFailure(problems: problems) }

        func list(_ ending: String) -> String {
            files.filter { $0.path.hasSuffix(ending) }.map { "        .init(\(Self.literal($0.path)), \(Self.literal($0.text)))," }.joined(separator: "\n")
        }
        return """
            // Made from Signatures/ when the package is built. Do not edit.
            import Rules

            let embeddedBundle = SignatureBundle(
                matching: \(Self.literal(Document(.map(matching)).compact())),
                texts: \(Self.literal(Document(.map(texts)).compact())),
                tables: [
            \(list(".tsv"))
                ],
                sources: [
            \(list(".yaml"))
                ],
                fingerprint: \(Self.literal(set.fingerprint))
            )

            """
    }

    /// A string literal on one line.
    private static func literal(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": output += "\\n"
            case "\t": output += "\\t"
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: output += "\\u{\(String(scalar.value, radix: 16))}"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}
