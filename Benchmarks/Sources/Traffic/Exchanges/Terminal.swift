/// SSH (RFC 4253), Telnet (RFC 854), FTP (RFC 959), and protocols that nobody knows.
public enum SSH {
    static func exchangeInit(_ random: inout SeededGenerator) -> [UInt8] {
        var body: [UInt8] = [20] + random.bytes(16)
        for list in [
            "curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group14-sha1", "rsa-sha2-512,ssh-rsa,ssh-ed25519",
            "aes128-ctr,aes256-ctr,aes128-cbc,3des-cbc", "aes128-ctr,aes256-ctr,aes128-cbc,3des-cbc", "hmac-sha2-256,hmac-sha1",
            "hmac-sha2-256,hmac-sha1", "none,zlib@openssh.com", "none,zlib@openssh.com", "", "",
        ] {
            body.u32(list.utf8.count)
            body.text(list)
        }
        body += [0, 0, 0, 0, 0]
        let padding = 8 - (body.count + 5) % 8 + 4
        var packet: [UInt8] = []
        packet.u32(body.count + padding + 1)
        packet.u8(padding)
        return packet + body + random.bytes(padding)
    }

    public static func exchange(from client: Host, to host: Host, _ random: inout SeededGenerator) -> [Turn] {
        let server = Turn(
            server: Array(
                (host.trait(["SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2", "SSH-2.0-OpenSSH_5.3", "SSH-2.0-dropbear_2015.67", "SSH-2.0-Cisco-1.25"]) + "\r\n").utf8),
            after: 5_000_000)
        let client = Turn(client: Array((client.trait(["SSH-2.0-OpenSSH_8.9p1", "SSH-2.0-PuTTY_Release_0.78", "SSH-2.0-libssh2_1.10.0"]) + "\r\n").utf8))
        // Half of them are probes of a monitoring system, which look at the banner and go.
        if random.chance(50) { return [server, client] }
        return [server, client, Turn(server: Self.exchangeInit(&random)), Turn(client: Self.exchangeInit(&random))]
    }
}

public enum Telnet {
    public static func exchange(from client: Host, to host: Host, _ random: inout SeededGenerator) -> [Turn] {
        var turns = [
            Turn(server: [255, 253, 24, 255, 253, 32, 255, 253, 35, 255, 253, 39], after: 2_000_000),
            Turn(client: [255, 251, 24, 255, 252, 32, 255, 252, 35, 255, 252, 39]),
            Turn(server: Array("\(host.trait(["Infusion gateway", "Welcome to switch", "VxWorks"]))\r\nlogin: ".utf8), after: 3_000_000),
        ]
        for letter in "service\r\n" { turns.append(Turn(client: Array(String(letter).utf8), after: UInt64(random.number(5...30)) * 1_000_000)) }
        turns.append(Turn(server: Array("\r\nPassword: ".utf8)))
        turns.append(Turn(client: Array("not-a-secret\r\n".utf8), after: 30_000_000))
        turns.append(Turn(server: Array("\r\nLogin incorrect\r\n".utf8), after: 20_000_000))
        return turns
    }
}

public enum FTP {
    public static func exchange(from client: Host, to host: Host, _ random: inout SeededGenerator) -> [Turn] {
        [
            Turn(
                server: Array("220 \(host.trait(["(vsFTPd 3.0.3)", "Microsoft FTP Service", "VxWorks (5.4.2) FTP server ready"]))\r\n".utf8), after: 2_000_000),
            Turn(client: Array("USER anonymous\r\n".utf8)), Turn(server: Array("331 Please specify the password.\r\n".utf8)),
            Turn(client: Array("PASS guest@\r\n".utf8)), Turn(server: Array("230 Login successful.\r\n".utf8)),
            Turn(client: Array("QUIT\r\n".utf8)), Turn(server: Array("221 Goodbye.\r\n".utf8)),
        ]
    }
}

public enum Unknown {
    /// A binary protocol of some maker: a length, a type, and what nobody documented.
    public static func exchange(size: Int, _ random: inout SeededGenerator) -> [Turn] {
        (0..<random.number(1...2)).flatMap { _ in
            var question: [UInt8] = [0xD5, 0x7A]
            let body = random.bytes(random.number(12...90))
            question.u16(body.count)
            question += body
            var answer: [UInt8] = [0xD5, 0x7B]
            let reply = random.bytes(size)
            answer.u16(reply.count)
            answer += reply
            return [Turn(client: question), Turn(server: answer, after: 1_000_000)]
        }
    }
}
