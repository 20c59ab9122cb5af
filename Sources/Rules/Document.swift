import Wire

/// A tree of texts, lists and maps: what a YAML file of signatures holds, and what the embedded form of it holds.
///
/// Both are read into this one form and decoded by one decoder, so that what is checked when the program is built is what
/// runs in it.
struct Document: Sendable {
    indirect enum Content: Sendable {
        case text(String)
        case list([Document])
        case map([Entry])
    }
    struct Entry: Sendable {
        let key: String
        let value: Document
    }

    var content: Content
    /// The line in the source, counted from 1; 0 where there is none.
    var line: Int

    init(_ content: Content, line: Int = 0) {
        self.content = content
        self.line = line
    }

    var text: String? {
        if case .text(let text) = self.content { text } else { nil }
    }
    var list: [Document]? {
        if case .list(let list) = self.content { list } else { nil }
    }
    var map: [Entry]? {
        if case .map(let map) = self.content { map } else { nil }
    }
    subscript(key: String) -> Document? {
        self.map?.first { $0.key == key }?.value
    }

    /// The tree without the entries of that name, at any depth.
    func removing(keys: Set<String>) -> Document {
        switch self.content {
        case .text: self
        case .list(let list): Document(.list(list.map { $0.removing(keys: keys) }), line: self.line)
        case .map(let map):
            Document(
                .map(map.filter { !keys.contains($0.key) }.map { Entry(key: $0.key, value: $0.value.removing(keys: keys)) }),
                line: self.line)
        }
    }
}

// MARK: - The embedded form

extension Document {
    /// The compact form: an element a line, with its kind in the first character: `"` text, `[` and `{` open a list and a map,
    /// `]` and `}` close them; in a map keys and values alternate. A line feed in a text is written `\n`, a backslash `\\`.
    func compact() -> String {
        var output = ""
        self.write(to: &output)
        return output
    }

    private func write(to output: inout String) {
        switch self.content {
        case .text(let text): Self.write(text, to: &output)
        case .list(let list):
            output += "[\n"
            for element in list { element.write(to: &output) }
            output += "]\n"
        case .map(let map):
            output += "{\n"
            for entry in map {
                Self.write(entry.key, to: &output)
                entry.value.write(to: &output)
            }
            output += "}\n"
        }
    }

    private static func write(_ text: String, to output: inout String) {
        output += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": output += "\\n"
            case "\\": output += "\\\\"
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\n"
    }

    /// Reads the compact form. `nil` where it is not well formed.
    init?(compact bytes: RawSpan) {
        var reader = CompactReader(bytes: bytes)
        guard let document = reader.document(depth: 0) else { return nil }
        self = document
    }

    private struct CompactReader: ~Escapable {
        let bytes: RawSpan
        var offset = 0

        @_lifetime(copy bytes)
        init(bytes: RawSpan) { self.bytes = bytes }

        mutating func document(depth: Int) -> Document? {
            guard depth < 32, let kind = self.bytes.u8(at: self.offset) else { return nil }
            switch kind {
            case UInt8(ascii: "\""):
                guard let text = self.text() else { return nil }
                return Document(.text(text))
            case UInt8(ascii: "["):
                self.offset &+= 2
                var list: [Document] = []
                while let next = self.bytes.u8(at: self.offset), next != UInt8(ascii: "]") {
                    guard let element = self.document(depth: depth &+ 1) else { return nil }
                    list.append(element)
                }
                self.offset &+= 2
                return Document(.list(list))
            case UInt8(ascii: "{"):
                self.offset &+= 2
                var map: [Entry] = []
                while let next = self.bytes.u8(at: self.offset), next != UInt8(ascii: "}") {
                    guard let key = self.text(), let value = self.document(depth: depth &+ 1) else { return nil }
                    map.append(Entry(key: key, value: value))
                }
                self.offset &+= 2
                return Document(.map(map))
            default: return nil
            }
        }

        private mutating func text() -> String? {
            guard self.bytes.u8(at: self.offset) == UInt8(ascii: "\"") else { return nil }
            let start = self.offset &+ 1
            var end = start
            var isEscaped = false
            while let byte = self.bytes.u8(at: end), byte != UInt8(ascii: "\n") {
                if byte == UInt8(ascii: "\\") { isEscaped = true }
                end &+= 1
            }
            self.offset = end &+ 1
            let raw = self.bytes.slice(from: start, count: end &- start)
            guard isEscaped else { return raw.string }
            var unescaped: [UInt8] = []
            var index = 0
            while let byte = raw.u8(at: index) {
                index &+= 1
                guard byte == UInt8(ascii: "\\"), let next = raw.u8(at: index) else {
                    unescaped.append(byte)
                    continue
                }
                index &+= 1
                unescaped.append(next == UInt8(ascii: "n") ? UInt8(ascii: "\n") : next)
            }
            return String(decoding: unescaped, as: UTF8.self)
        }
    }
}

extension RawSpan {
    /// The bytes as UTF-8.
    var string: String {
        // `Span.bytes` of the copy would be the same bytes again: decode them in place.
        unsafe self.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
