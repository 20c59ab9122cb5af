/// HTTP/1.1 (RFC 9112) and the start of TLS (RFC 8446).
public enum HTTP {
    public static func request(_ path: String, host: String, agent: String) -> [UInt8] {
        Array("GET \(path) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: \(agent)\r\nAccept: */*\r\nConnection: close\r\n\r\n".utf8)
    }

    public static func answer(_ status: String, server: String, type: String, body: [UInt8]) -> [UInt8] {
        let head = "HTTP/1.1 \(status)\r\nServer: \(server)\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n\r\n"
        return Array(head.utf8) + body
    }

    static let agents = [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/128.0", "curl/7.88.1", "Python-urllib/3.11", "Wget/1.21.3",
        "Java/1.8.0_392",
    ]
    static let servers = ["Apache/2.4.57 (Debian)", "nginx/1.22.1", "Microsoft-IIS/8.5", "GoAhead-Webs", "Boa/0.94.14rc21", "Apache-Coyote/1.1"]

    /// - Parameter size: bytes of the answer's body.
    public static func exchange(from client: Host, to host: Host, size: Int, _ random: inout SeededGenerator) -> [Turn] {
        let path = random.pick(["/", "/index.html", "/status", "/api/v1/devices", "/images/logo.png", "/wado", "/metrics"])
        let request = Self.request(path, host: host.dotted, agent: client.trait(Self.agents))
        let isPage = size < 4096
        let body = isPage ? Array(String(repeating: "<p>Service status: running</p>\n", count: size / 31 + 1).utf8.prefix(size)) : random.bytes(size)
        let answer = Self.answer(
            random.chance(85) ? "200 OK" : "404 Not Found", server: host.trait(Self.servers),
            type: isPage ? "text/html" : "application/octet-stream", body: body)
        return [Turn(client: request), Turn(server: answer, after: UInt64(random.number(300_000...8_000_000)))]
    }
}

public enum TLS {
    public static func record(_ type: Int, version: Int = 0x0303, _ body: [UInt8]) -> [UInt8] {
        var record: [UInt8] = []
        record.u8(type)
        record.u16(version)
        record.u16(body.count)
        return record + body
    }

    static func handshake(_ type: Int, _ body: [UInt8]) -> [UInt8] {
        var message: [UInt8] = []
        message.u8(type)
        message.u24(body.count)
        return message + body
    }

    private static func `extension`(_ type: Int, _ body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.u16(type)
        bytes.u16(body.count)
        return bytes + body
    }

    public static func clientHello(name: String, isOld: Bool, _ random: inout SeededGenerator) -> [UInt8] {
        var body: [UInt8] = [0x03, 0x03] + random.bytes(32)
        body.u8(32)
        body += random.bytes(32)
        let suites = isOld ? [0xC02F, 0xC030, 0xC013, 0xC014, 0x009C, 0x002F, 0x0035, 0x000A] : [0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030]
        body.u16(suites.count * 2)
        for suite in suites { body.u16(suite) }
        body += [1, 0]
        var server: [UInt8] = []
        server.u16(name.utf8.count + 3)
        server.u8(0)
        server.u16(name.utf8.count)
        server.text(name)
        var extensions = Self.extension(0, server)
        extensions += Self.extension(23, [])
        extensions += Self.extension(10, [0, 6, 0, 0x1D, 0, 0x17, 0, 0x18])
        extensions += Self.extension(11, [1, 0])
        extensions += Self.extension(13, [0, 8, 4, 3, 8, 4, 4, 1, 2, 1])
        extensions += Self.extension(16, [0, 12, 2, 0x68, 0x32, 8] + Array("http/1.1".utf8))
        if !isOld {
            extensions += Self.extension(43, [2, 3, 4])
            extensions += Self.extension(51, [0, 36, 0, 0x1D, 0, 32] + random.bytes(32))
        }
        body.u16(extensions.count)
        body += extensions
        return Self.record(22, version: 0x0301, Self.handshake(1, body))
    }

    public static func serverHello(isOld: Bool, _ random: inout SeededGenerator) -> [UInt8] {
        var body: [UInt8] = [0x03, 0x03] + random.bytes(32)
        body.u8(32)
        body += random.bytes(32)
        body.u16(isOld ? 0xC02F : 0x1301)
        body.u8(0)
        let extensions =
            isOld
            ? Self.extension(23, []) + Self.extension(0xFF01, [0]) : Self.extension(43, [3, 4]) + Self.extension(51, [0, 0x1D, 0, 32] + random.bytes(32))
        body.u16(extensions.count)
        body += extensions
        return Self.record(22, Self.handshake(2, body))
    }

    /// - Parameter size: bytes of application data that the server sends.
    public static func exchange(from client: Host, name: String, size: Int, _ random: inout SeededGenerator) -> [Turn] {
        let isOld = client.trait([true, false, false])
        let hello = Self.clientHello(name: name, isOld: isOld, &random)
        var answer = Self.serverHello(isOld: isOld, &random)
        answer += Self.record(20, [1])
        answer += Self.record(23, random.bytes(60))
        let finished = Self.record(20, [1]) + Self.record(23, random.bytes(53)) + Self.record(23, random.bytes(random.number(60...150)))
        var data: [UInt8] = []
        while data.count < size { data += Self.record(23, random.bytes(min(16_384, size - data.count))) }
        return [Turn(client: hello), Turn(server: answer, after: 900_000), Turn(client: finished), Turn(server: data, after: 3_000_000)]
    }
}
