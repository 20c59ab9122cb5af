import Yams

extension Document {
    /// The most elements that one file may hold: aliases let a small file unfold to any size.
    static let elementLimit = 200_000

    /// Reads one YAML document. All scalars stay text as written: what a value means is for the decoder to say.
    init(yaml: String, file: String) throws(SignatureProblem) {
        let root: Node?
        do {
            root = try compose(yaml: yaml)
        } catch let error as YamlError {
            throw SignatureProblem(file: file, line: Self.line(of: error), message: "this is not YAML: \(Self.message(of: error))")
        } catch {
            throw SignatureProblem(file: file, line: 0, message: "this is not YAML: \(error)")
        }
        guard let root else { throw SignatureProblem(file: file, line: 0, message: "the file is empty") }
        var count = 0
        self = try Self.convert(root, file: file, depth: 0, count: &count)
    }

    private static func convert(_ node: Node, file: String, depth: Int, count: inout Int) throws(SignatureProblem) -> Document {
        let line = node.mark?.line ?? 0
        count &+= 1
        guard depth < 32, count < Self.elementLimit else {
            throw SignatureProblem(file: file, line: line, message: "nested too deep or too large")
        }
        switch node {
        case .scalar(let scalar): return Document(.text(scalar.string), line: line)
        case .sequence(let sequence):
            var list: [Document] = []
            for element in sequence { list.append(try Self.convert(element, file: file, depth: depth &+ 1, count: &count)) }
            return Document(.list(list), line: line)
        case .mapping(let mapping):
            var map: [Entry] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else {
                    throw SignatureProblem(file: file, line: key.mark?.line ?? line, message: "a key must be plain text")
                }
                let document = try Self.convert(value, file: file, depth: depth &+ 1, count: &count)
                // A list or a map begins on the line after its key: the key's line is where a reader looks.
                map.append(Entry(key: name.string, value: Document(document.content, line: key.mark?.line ?? document.line)))
            }
            return Document(.map(map), line: line)
        case .alias: throw SignatureProblem(file: file, line: line, message: "an alias stands where a value must")
        }
    }

    private static func line(of error: YamlError) -> Int {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: 0
        }
    }

    private static func message(of error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        case .reader(let problem, _, _, _): problem
        case .duplicatedKeysInMapping(let duplicates, _): "the key \(duplicates.map { "\"\($0)\"" }.sorted().joined(separator: ", ")) stands twice"
        default: "unreadable"
        }
    }
}
