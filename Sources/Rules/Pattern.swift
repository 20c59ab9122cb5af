/// A pattern over text, without regular expressions: no backtracking, so a value from the wire cannot make it slow.
///
/// ```
/// *                 any text, also none
/// ?                 one character
/// {name}            any text, at least one character, and remembers it
/// {name:digits}     one or more characters of a class, as many as there are, and remembers them
/// \* \? \{ \\       these characters themselves
/// ```
///
/// Classes: `digit` (exactly one), `digits`, `letters`, `alphanumerics`, `hexadecimal`, `version` (letters, digits and
/// `. _ - + ~`), `token` (anything but a space), `line` (anything; may be empty).
///
/// The whole text must match. A gap (`*`, `{name}`) ends at the first place where what follows it up to the next gap fits; what
/// follows the last gap must fit at the end. What a class takes is never given back. The time is therefore bounded by the length
/// of the text times the length of the pattern, whatever the text.
public struct Pattern: Hashable, Sendable {
    /// The most characters a class takes.
    static let runLimit = 64

    enum CharacterClass: String, CaseIterable, Sendable {
        case digit, digits, letters, alphanumerics, hexadecimal, version, token

        func contains(_ byte: UInt8) -> Bool {
            let isDigit = byte &- 0x30 < 10
            let isLetter = (byte | 0x20) &- 0x61 < 26
            switch self {
            case .digit, .digits: return isDigit
            case .letters: return isLetter
            case .alphanumerics: return isDigit || isLetter
            case .hexadecimal: return isDigit || (byte | 0x20) &- 0x61 < 6
            case .version: return isDigit || isLetter || [0x2E, 0x5F, 0x2D, 0x2B, 0x7E].contains(byte)
            case .token: return byte > 0x20
            }
        }
    }

    enum Piece: Hashable, Sendable {
        case literal([UInt8])
        case any
        case run(CharacterClass, name: String)
    }

    /// What stands between two gaps, and the gap before it.
    struct Segment: Hashable, Sendable {
        enum Gap: Hashable, Sendable {
            /// Only the first segment has none.
            case none
            case skip
            case capture(name: String, allowsNothing: Bool)
        }
        var gap: Gap
        var pieces: [Piece]
    }

    /// The pattern as it was written.
    public let source: String
    /// The names of what it remembers, in their order.
    public let captureNames: [String]
    let segments: [Segment]
    let ignoresCase: Bool

    /// - Throws: what is wrong with it, in words.
    public init(_ source: String, ignoresCase: Bool = false) throws(PatternError) {
        self.source = source
        self.ignoresCase = ignoresCase
        var names: [String] = []
        var segments = [Segment(gap: .none, pieces: [])]
        var literal: [UInt8] = []
        func endLiteral() {
            guard !literal.isEmpty else { return }
            segments[segments.count &- 1].pieces.append(.literal(ignoresCase ? literal.map(Self.folded) : literal))
            literal = []
        }
        func gap(_ gap: Segment.Gap) throws(PatternError) {
            endLiteral()
            if segments.count > 1, segments[segments.count &- 1].pieces.isEmpty {
                throw PatternError(message: "two gaps follow one another, so nothing says where the first ends")
            }
            segments.append(Segment(gap: gap, pieces: []))
        }
        var rest = Array(source.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\\"):
                guard let next = rest.popFirst(), [0x2A, 0x3F, 0x7B, 0x5C].contains(next) else {
                    throw PatternError(message: "a backslash must stand before * ? { or another backslash")
                }
                literal.append(next)
            case UInt8(ascii: "*"): try gap(.skip)
            case UInt8(ascii: "?"):
                endLiteral()
                segments[segments.count &- 1].pieces.append(.any)
            case UInt8(ascii: "{"):
                guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else { throw PatternError(message: "a { has no }") }
                let parts = rest[rest.startIndex..<end].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
                rest = rest[rest.index(after: end)...]
                let name = parts.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
                guard !name.isEmpty, name.utf8.allSatisfy({ CharacterClass.alphanumerics.contains($0) || $0 == 0x2D }) else {
                    throw PatternError(message: "a capture needs a name of letters, digits and hyphens")
                }
                guard !names.contains(name) else { throw PatternError(message: "the capture \"\(name)\" stands twice") }
                names.append(name)
                if parts.count == 1 {
                    try gap(.capture(name: name, allowsNothing: false))
                } else {
                    let word = parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : ""
                    if word == "line" {
                        try gap(.capture(name: name, allowsNothing: true))
                    } else if let characters = CharacterClass(rawValue: word) {
                        endLiteral()
                        segments[segments.count &- 1].pieces.append(.run(characters, name: name))
                    } else {
                        let known = (CharacterClass.allCases.map(\.rawValue) + ["line"]).joined(separator: ", ")
                        throw PatternError(message: "unknown class \"\(word)\" of capture \"\(name)\"; known: \(known)")
                    }
                }
            default: literal.append(byte)
            }
        }
        endLiteral()
        self.captureNames = names
        self.segments = segments
    }

    /// The literal with which every match begins.
    var head: [UInt8] {
        if case .literal(let bytes)? = self.segments.first?.pieces.first { bytes } else { [] }
    }

    // MARK: Matching

    /// What the pattern remembers of the text, or `nil` where it does not match.
    public func match(_ text: String) -> [String: String]? {
        let bytes = Array(text.utf8)
        var captures: [String: Range<Int>] = [:]
        var position = 0
        for (index, segment) in self.segments.enumerated() {
            let isLast = index == self.segments.count &- 1
            switch segment.gap {
            case .none:
                guard let end = self.fit(segment.pieces, bytes, at: 0, &captures), !isLast || end == bytes.count else { return nil }
                position = end
            case .skip, .capture:
                var start = position
                if case .capture(_, allowsNothing: false) = segment.gap { start = self.next(bytes, after: position) }
                guard let (found, end) = self.find(segment.pieces, bytes, from: start, atEnd: isLast, &captures) else { return nil }
                if case .capture(let name, _) = segment.gap { captures[name] = position..<found }
                position = end
            }
        }
        return captures.mapValues { String(decoding: bytes[$0], as: UTF8.self) }
    }

    /// The first place from `start` on where the pieces fit.
    private func find(
        _ pieces: [Piece], _ bytes: [UInt8], from start: Int, atEnd: Bool, _ captures: inout [String: Range<Int>]
    ) -> (Int, Int)? {
        guard start <= bytes.count else { return nil }
        if pieces.isEmpty { return atEnd ? (bytes.count, bytes.count) : (start, start) }
        var at = start
        while at <= bytes.count {
            if let end = self.fit(pieces, bytes, at: at, &captures), !atEnd || end == bytes.count { return (at, end) }
            guard at < bytes.count else { break }
            at = self.next(bytes, after: at)
        }
        return nil
    }

    /// Where the pieces end if they begin at `start`.
    private func fit(_ pieces: [Piece], _ bytes: [UInt8], at start: Int, _ captures: inout [String: Range<Int>]) -> Int? {
        var at = start
        for piece in pieces {
            switch piece {
            case .literal(let literal):
                guard bytes.count &- at >= literal.count else { return nil }
                for (offset, byte) in literal.enumerated() {
                    let have = bytes[at &+ offset]
                    guard (self.ignoresCase ? Self.folded(have) : have) == byte else { return nil }
                }
                at &+= literal.count
            case .any:
                guard at < bytes.count else { return nil }
                at = self.next(bytes, after: at)
            case .run(let characters, let name):
                let limit = Swift.min(bytes.count, at &+ (characters == .digit ? 1 : Self.runLimit))
                var end = at
                while end < limit, characters.contains(bytes[end]) { end &+= 1 }
                guard end > at else { return nil }
                captures[name] = at..<end
                at = end
            }
        }
        return at
    }

    /// The place one character on: the following octets of a UTF-8 character belong to its first.
    private func next(_ bytes: [UInt8], after position: Int) -> Int {
        var next = position &+ 1
        while next < bytes.count, bytes[next] & 0xC0 == 0x80 { next &+= 1 }
        return next
    }

    static func folded(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}

/// Why a text is not a ``Pattern``.
public struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String
    public var description: String { self.message }
}
