/// DNS (RFC 1035), NTP (RFC 5905), SNMP (RFC 3416), syslog (RFC 3164), SSDP.
public enum Datagrams {
    public static func question(_ name: String, type: Int, _ number: Int) -> [UInt8] {
        var message: [UInt8] = []
        for word in [number, 0x0100, 1, 0, 0, 0] { message.u16(word) }
        for label in name.split(separator: ".") {
            message.u8(label.utf8.count)
            message.text(String(label))
        }
        message.u8(0)
        message.u16(type)
        message.u16(1)
        return message
    }

    public static func answer(to question: [UInt8], address: UInt32?) -> [UInt8] {
        var message = question
        message[2] = 0x81
        message[3] = address == nil ? 0x83 : 0x80
        guard let address else { return message }
        message[7] = 1
        message.u16(0xC00C)
        for word in [1, 1, 0, 300, 4] { message.u16(word) }
        message.u32(Int(address))
        return message
    }

    public static func names(_ random: inout SeededGenerator) -> [Turn] {
        let name =
            random.pick(["pacs", "ris", "eai", "update", "time", "www", "wpad", "lab"]) + random.text(random.number(0...1))
            + random.pick([".hospital.example", ".example.com", ".local.example.org"])
        let question = Self.question(name, type: random.pick([1, 1, 28, 15]), random.below(65536))
        return [
            Turn(client: question),
            Turn(server: Self.answer(to: question, address: random.chance(80) ? UInt32(truncatingIfNeeded: random.next()) : nil), after: 1_200_000),
        ]
    }

    public static func time(_ random: inout SeededGenerator) -> [Turn] {
        [Turn(client: [0xE3, 0, 6, 0xEC] + random.bytes(44)), Turn(server: [0x24, 2, 6, 0xEC] + random.bytes(44), after: 500_000)]
    }

    /// A request for sysDescr in version 2c, and the answer.
    public static func management(of host: Host, _ random: inout SeededGenerator) -> [Turn] {
        func message(_ kind: UInt8, _ value: [UInt8]) -> [UInt8] {
            func tagged(_ tag: UInt8, _ body: [UInt8]) -> [UInt8] { [tag, UInt8(body.count)] + body }
            let binding = tagged(0x30, tagged(0x06, [0x2B, 6, 1, 2, 1, 1, 1, 0]) + value)
            let unit = tagged(kind, tagged(2, [0x12, 0x34, 0x56]) + tagged(2, [0]) + tagged(2, [0]) + tagged(0x30, binding))
            return tagged(0x30, tagged(2, [1]) + tagged(4, Array("public".utf8)) + unit)
        }
        let text = Array(host.trait(["APC Web/SNMP Management Card", "Linux gateway 4.9", "HP ETHERNET MULTI-ENVIRONMENT"]).utf8)
        return [Turn(client: message(0xA0, [5, 0])), Turn(server: message(0xA2, [4, UInt8(text.count)] + text), after: 700_000)]
    }

    public static func log(_ random: inout SeededGenerator) -> [Turn] {
        [Turn(client: Array("<\(random.below(190))>Jan  5 08:15:00 host\(random.below(200)) daemon[\(random.below(30000))]: link state changed".utf8))]
    }

    public static func search(_ random: inout SeededGenerator) -> [Turn] {
        [Turn(client: Array("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 2\r\nST: ssdp:all\r\n\r\n".utf8))]
    }
}
