import Foundation
import Observations

extension SignatureSet {
    /// The signatures of a folder laid out like `Signatures/`.
    /// - Throws: everything that is wrong with it.
    public init(directory: String) throws(SignatureFailure) {
        self = try SignatureSet().adding(directory: directory, prefix: "")
    }

    /// These signatures and those of a folder laid out like `Signatures/`, which may use the lists and registries of these and
    /// whose lists add to these. What is loaded cannot be replaced: an id that is already in use is a problem.
    /// - Throws: everything that is wrong with the folder.
    public func adding(directory: String) throws(SignatureFailure) -> SignatureSet {
        try self.adding(directory: directory, prefix: directory.hasSuffix("/") ? directory : directory + "/")
    }

    /// - Parameter prefix: goes before the paths of the folder's files, so that two folders may have files of one name.
    private func adding(directory: String, prefix: String) throws(SignatureFailure) -> SignatureSet {
        var problems: [SignatureProblem] = []
        let files = SignatureFolder.files(of: directory, problems: &problems)
        var set = self
        var hash = StableHash()
        var tables: [(path: String, table: Table)] = []
        var documents: [(path: String, document: Document)] = []
        for file in files {
            hash.add(file.path)
            hash.add(file.text)
            let name = prefix + file.path
            set.sources[name] = .loaded(file.text)
            do {
                if file.path.hasSuffix(".tsv") {
                    tables.append((file.path, try Table(.bytes(Array(file.text.utf8)), file: name)))
                } else {
                    documents.append((file.path, try Document(yaml: file.text, file: name)))
                }
            } catch {
                problems.append(error)
            }
        }
        set.add(tables, prefix: prefix, problems: &problems)
        problems += set.add(documents, prefix: prefix, isChecked: false)
        guard problems.isEmpty else { throw SignatureFailure(problems: problems) }
        set.fingerprint += (set.fingerprint.isEmpty ? "" : "+") + hash.hexadecimal
        return set
    }

    /// The signatures that a program carries. They were checked when it was built, so this is fast.
    /// - Throws: where the bundle is not one that ``SignatureBundle/source(directory:)`` made.
    public init(bundle: SignatureBundle) throws(SignatureFailure) {
        var problems: [SignatureProblem] = []
        var tables: [(path: String, table: Table)] = []
        for file in bundle.tables {
            do { tables.append((file.path, try Table(.fixed(file.text), file: file.path))) } catch { problems.append(error) }
        }
        self.init()
        self.add(tables, prefix: "", problems: &problems)
        guard let map = bundle.matching.withBytes({ Document(compact: $0) })?.map else {
            throw SignatureFailure(problems: [SignatureProblem(file: "bundle", line: 0, message: "the embedded signatures cannot be read")])
        }
        problems += self.add(map.map { ($0.key, $0.value) }, prefix: "", isChecked: true)
        guard problems.isEmpty else { throw SignatureFailure(problems: problems) }
        self.texts = [EmbeddedTexts(bundle.texts)]
        for file in bundle.sources + bundle.tables { self.sources[file.path] = .fixed(file.text) }
        self.fingerprint = bundle.fingerprint
    }

    private mutating func add(_ tables: [(path: String, table: Table)], prefix: String, problems: inout [SignatureProblem]) {
        for (path, table) in tables {
            let name = String(path.split(separator: "/").last?.dropLast(4) ?? "")
            if path.hasPrefix("vocabulary/") {
                self.vocabulary.add(table, named: name, file: prefix + path, problems: &problems)
            } else if self.registries.updateValue(table, forKey: name) != nil {
                problems.append(SignatureProblem(file: prefix + path, line: 0, message: "a registry of this name is already loaded"))
            }
        }
    }

    private mutating func add(_ documents: [(path: String, document: Document)], prefix: String, isChecked: Bool) -> [SignatureProblem] {
        var decoder = SignatureDecoder(vocabulary: self.vocabulary, registries: self.registries, isChecked: isChecked)
        var texts: [String: RuleText] = [:]
        for (path, document) in documents {
            if path.hasPrefix("identity/") {
                self.identity += decoder.identity(document, file: prefix + path)
            } else {
                let (rules, ruleTexts) = decoder.exposure(document, file: prefix + path)
                self.rules += rules
                texts.merge(ruleTexts) { first, _ in first }
            }
        }
        var problems = decoder.problems
        var seen: Set<String> = []
        for (id, file, line) in self.identity.map({ ($0.id, $0.file, $0.line) }) + self.rules.map({ ($0.id, $0.file, $0.line) })
        where !seen.insert(id).inserted {
            problems.append(SignatureProblem(file: file, line: line, message: "the id \"\(id)\" is already in use"))
        }
        self.sort()
        if !texts.isEmpty { self.texts.append(LoadedTexts(texts: texts)) }
        return problems
    }
}

/// Reads the files of a signature folder.
enum SignatureFolder {
    /// The folders that hold what the program reads, and the ending of their files. Others (`schema`, `renew`) are for people.
    private static let folders = [("exposure", ".yaml"), ("identity", ".yaml"), ("registries", ".tsv"), ("vocabulary", ".tsv")]
    private static let ignored: Set<String> = ["registries/renew"]

    static func files(of directory: String, problems: inout [SignatureProblem]) -> [(path: String, text: String)] {
        var files: [(path: String, text: String)] = []
        var folderCount = 0
        for (folder, ending) in self.folders {
            let root = directory + "/" + folder
            guard let names = try? FileManager.default.subpathsOfDirectory(atPath: root) else { continue }
            folderCount += 1
            for name in names.sorted() {
                let path = folder + "/" + name
                guard !Self.ignored.contains(where: { path == $0 || path.hasPrefix($0 + "/") }),
                    !name.split(separator: "/").contains(where: { $0.hasPrefix(".") })
                else { continue }
                // Only a folder can be listed.
                if (try? FileManager.default.contentsOfDirectory(atPath: root + "/" + name)) != nil { continue }
                guard name.hasSuffix(ending) else {
                    problems.append(SignatureProblem(file: path, line: 0, message: "files here must end in \(ending)"))
                    continue
                }
                do {
                    files.append((path, try String(contentsOfFile: root + "/" + name, encoding: .utf8)))
                } catch {
                    problems.append(SignatureProblem(file: path, line: 0, message: "cannot be read as UTF-8 text"))
                }
            }
        }
        if folderCount == 0 {
            let names = Self.folders.map(\.0).joined(separator: ", ")
            problems.append(SignatureProblem(file: directory, line: 0, message: "this is not a signature folder: it holds none of \(names)"))
        }
        return files
    }
}
