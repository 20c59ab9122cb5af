import Observations
import Wire

// What the bodies of messages show of logins and of pages that should not be there. Names of fields are compared with what a
// password is called, a page with a closed list of marks; neither is kept, nor any value.

/// A login that a script sends as JSON: a member that is named like a password and is a text that is not empty.
final class LoginDocumentReader: HTTPBodyReader {
    private enum State { case outside, string, escape, name, value }
    private var state = State.outside
    private var text: [UInt8] = []
    private var isFirst = true
    private var room = 16384

    /// The longest name of a member.
    private static let nameLimit = 64

    static func reader(for head: HTTPBodyHead) -> (any HTTPBodyReader)? {
        head.isRequest && head.media == .json ? LoginDocumentReader() : nil
    }

    func read(_ bytes: RawSpan, _ context: DissectionContext) -> Bool {
        var offset = 0
        while let byte = bytes.u8(at: offset) {
            offset &+= 1
            self.room &-= 1
            if self.step(byte) {
                context.record(.loginClear, "http-form", about: .conversation)
                return false
            }
            if self.room <= 0 { return false }
        }
        return true
    }

    /// - Returns: whether a password begins.
    private func step(_ byte: UInt8) -> Bool {
        switch self.state {
        case .outside:
            if byte == 0x22 {
                self.text.removeAll(keepingCapacity: true)
                self.state = .string
            }
        case .escape: self.state = .string
        case .string:
            switch byte {
            case 0x5C: self.state = .escape
            case 0x22: self.state = .name
            default: if self.text.count <= Self.nameLimit { self.text.append(byte) }
            }
        case .name:
            // A string is the name of a member where a colon follows.
            if byte <= 0x20 { break }
            var isSecret = false
            if byte == 0x3A, self.text.count <= Self.nameLimit { isSecret = LoginForm.isPassword(self.text.rawSpan) }
            self.state = isSecret ? .value : .outside
            self.isFirst = true
        case .value:
            if byte <= 0x20, self.isFirst { break }
            if self.isFirst, byte == 0x22 {
                self.isFirst = false
                break
            }
            let isSecret = !self.isFirst && byte != 0x22
            self.text.removeAll(keepingCapacity: true)
            self.state = .outside
            return isSecret
        }
        return false
    }
}

/// A page: a form that asks for a password, the list of a folder, the page of a server that nobody has set up.
final class WebPageReader: HTTPBodyReader {
    /// How much of a page is searched.
    private static let limit = 32768
    /// The longest mark.
    private static let overlap = 64

    private var room = WebPageReader.limit
    private var tail: [UInt8] = []
    private var hasPassword = false
    /// Whether the form goes to an encrypted address.
    private var isSentEncrypted = false

    static func reader(for head: HTTPBodyHead) -> (any HTTPBodyReader)? {
        !head.isRequest && head.media == .html && head.status == 200 && head.method != .head ? WebPageReader() : nil
    }

    func read(_ bytes: RawSpan, _ context: DissectionContext) -> Bool {
        let part = self.tail + bytes.copied(limit: self.room)
        self.room &-= min(bytes.byteCount, self.room)
        let isOpen = self.search(part.rawSpan, context)
        self.tail = Array(part.suffix(Self.overlap))
        if !isOpen || self.room == 0 {
            self.finish(context)
            return false
        }
        return true
    }

    func finish(_ context: DissectionContext) {
        if self.hasPassword, !self.isSentEncrypted { context.record(.httpPage, "login-form", about: .server) }
        self.hasPassword = false
    }

    /// - Returns: whether more is wanted.
    private func search(_ page: RawSpan, _ context: DissectionContext) -> Bool {
        var offset = 0
        while let byte = page.u8(at: offset) {
            switch byte {
            case 0x3C:
                if page.hasIgnoringCase("<title>", at: offset), let kind = Self.kind(of: page.slice(from: offset &+ 7)) {
                    context.record(.httpPage, kind, about: .server)
                    return false
                }
            case 0x54, 0x74:
                if page.hasIgnoringCase("type=\"password\"", at: offset) || page.hasIgnoringCase("type='password'", at: offset)
                    || (page.hasIgnoringCase("type=password", at: offset) && page.u8(at: offset &+ 13)?.isLetter == false)
                {
                    self.hasPassword = true
                }
            case 0x41, 0x61:
                if page.hasIgnoringCase("action=\"https:", at: offset) { self.isSentEncrypted = true }
            case 0x5B:
                if page.hasIgnoringCase("[to parent directory]", at: offset) {
                    context.record(.httpPage, "directory-listing", about: .server)
                    return false
                }
            default: break
            }
            offset &+= 1
        }
        return true
    }

    /// What a title says that servers write by themselves.
    private static func kind(of title: RawSpan) -> String? {
        if title.hasIgnoringCase("index of /") || title.hasIgnoringCase("directory listing for /") || title.hasIgnoringCase("directory: /") {
            return "directory-listing"
        }
        if title.hasIgnoringCase("welcome to nginx!") || title.hasIgnoringCase("apache2 debian default page")
            || title.hasIgnoringCase("apache2 ubuntu default page") || title.hasIgnoringCase("test page for the apache http server")
            || title.hasIgnoringCase("iis windows") || title.hasIgnoringCase("iis7<") || title.hasIgnoringCase("apache tomcat/")
        {
            return "default-page"
        }
        return nil
    }
}

/// What stands behind `NTLM` and `Negotiate` in a field (RFC 4559): a token in base 64.
enum WebToken {
    /// The longest token that is read: those of Kerberos can be larger, and say nothing here.
    private static let limit = 16384

    /// - Returns: whether it is the answer to a challenge of NTLM.
    static func record(_ text: RawSpan, from side: Side, _ context: DissectionContext) -> Bool {
        guard text.byteCount >= 16, text.byteCount <= Self.limit, let token = Self.decode(text) else { return false }
        guard let response = SecurityToken.record(token.rawSpan, from: side, context) else { return false }
        return response != .anonymous
    }

    /// Base 64 (RFC 4648 section 4), up to the padding.
    private static func decode(_ text: RawSpan) -> [UInt8]? {
        var bytes: [UInt8] = []
        var word: UInt32 = 0
        var bits = 0
        var offset = 0
        while let byte = text.u8(at: offset), byte != 0x3D {
            let digit: UInt8
            switch byte {
            case 0x41...0x5A: digit = byte &- 0x41
            case 0x61...0x7A: digit = byte &- 0x47
            case 0x30...0x39: digit = byte &+ 4
            case 0x2B: digit = 62
            case 0x2F: digit = 63
            default: return nil
            }
            word = (word &<< 6 | UInt32(digit)) & 0xFFFF
            bits &+= 6
            if bits >= 8 {
                bits &-= 8
                bytes.append(UInt8(truncatingIfNeeded: word &>> UInt32(truncatingIfNeeded: bits)))
            }
            offset &+= 1
        }
        return bytes
    }
}
