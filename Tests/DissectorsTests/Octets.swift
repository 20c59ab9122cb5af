/// Bytes as tests write them.
enum Octets {
    /// Hexadecimal digits; white space is left out.
    static func hex(_ text: String) -> [UInt8] {
        let digits = text.utf8.filter { $0 > 0x20 }.map { $0 >= 0x61 ? $0 - 0x57 : $0 - 0x30 }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    static func u16(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
    static func u32(_ value: Int) -> [UInt8] { Self.u16(value >> 16) + Self.u16(value & 0xFFFF) }
}

/// First bytes of other protocols, by side, that no dissector of a text or binary protocol may take for its own.
enum Foreign {
    static let client: [String: [UInt8]] = [
        "http": Octets.text("GET /studies?PatientID=1 HTTP/1.1\r\nHost: pacs\r\n\r\n"),
        "smtp": Octets.text("EHLO modality.example\r\n"),
        "pop3": Octets.text("CAPA\r\n"),
        "imap": Octets.text("a001 CAPABILITY\r\n"),
        "irc": Octets.text("USER guest 0 * :Real Name\r\nNICK guest\r\n"),
        "tls": Octets.hex("160301013d010001390303640784bbe09e594ff4981693935aa97a3335d473a2cb75ea8b7341f2ed13bee520"),
        "dicom": Octets.hex("0100000000cd00010000") + Octets.text("ANY-SCP         ECHOSCU         ") + Octets.zeros(32),
        "hl7": Octets.text("\u{0B}MSH|^~\\&|ADT|CH|RIS|CH|20260101||ADT^A01|1|P|2.5\r\u{1C}\r"),
        "s7": Octets.hex("0300001611e00000000100c1020100c2020102c0010a"),
        "mms": Octets.hex("0300001611e00000000100c00109c1020001c2020001"),
        "smb": Octets.hex("00000045ff534d4272000000001801280000000000000000000000000000"),
        "ldap": Octets.hex("300c020101600702010304008000"),
        "mqtt": Octets.hex("101800044d5154540402003c000c") + Octets.text("DIGI-monitor"),
        "modbus": Octets.hex("000100000006010300000001"),
        "socks": Octets.hex("050100"),
        "jpeg": Octets.hex("ffd8ffe000104a464946000101"),
        "utf-16": Octets.hex("fffe4d00530048007c00"),
        "rlogin": Octets.hex("ffff73730018005000000000"),
    ]
    static let server: [String: [UInt8]] = [
        "http": Octets.text("HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n"),
        "smtp": Octets.text("220 ftp.example ESMTP Postfix\r\n250 ftp.example\r\n"),
        "pop3": Octets.text("+OK POP3 ready\r\n"),
        "imap": Octets.text("* OK IMAP4rev1 ready\r\n"),
        "nntp": Octets.text("200 news.example ready\r\n"),
        "tls": Octets.hex("16030300410200003d0303e86598a11f8cf809d27c24e171dfcb2c53bbebae6296ad17921c4730"),
        "dicom": Octets.hex("0200000000cd00010000") + Octets.text("ANY-SCP         ECHOSCU         ") + Octets.zeros(32),
        "s7": Octets.hex("0300001611d00001000600c0010ac1020100c2020102"),
        "mysql": Octets.hex("4a0000000a382e302e333500"),
    ]
}
