/// HL7 version 2 messages in the Minimal Lower Layer Protocol (block of 0x0B … 0x1C 0x0D). All people in them are invented.
public enum HL7 {
    public static func framed(_ segments: [String]) -> [UInt8] {
        [0x0B] + Array(segments.map { $0 + "\r" }.joined().utf8) + [0x1C, 0x0D]
    }

    static let senders = ["CENTRAL", "PHILIPSGW", "DRAEGER", "LABSYS", "RIS", "GATEWAY", "POCT", "INFINITY"]

    private static func header(_ sender: String, _ receiver: String, _ type: String, _ number: Int) -> String {
        "MSH|^~\\&|\(sender)|HOSPITAL|\(receiver)|HOSPITAL|20260105081500||\(type)|\(number)|P|2.5"
    }

    public static func admission(from sender: Host, _ number: Int, _ random: inout SeededGenerator) -> [UInt8] {
        Self.framed([
            Self.header(sender.trait(Self.senders), "EAI", "ADT^A01", number), "EVN|A01|20260105081500",
            "PID|1||\(100_000 + random.below(900_000))^^^HOSPITAL^PI||SAMPLE^\(random.text(7, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))||19500101|U",
            "PV1|1|I|WARD\(random.below(40))^\(random.below(30))^1||||||||||||||||\(random.below(1_000_000))",
        ])
    }

    public static func result(from sender: Host, _ number: Int, _ random: inout SeededGenerator) -> [UInt8] {
        var segments = [
            Self.header(sender.trait(Self.senders), "EAI", "ORU^R01", number),
            "PID|||\(100_000 + random.below(900_000))^^^HOSPITAL^PI||SAMPLE^\(random.text(7, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))",
            "OBR|1|||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|||20260105081455",
        ]
        for index in 1...random.number(1...3) {
            segments.append("OBX|\(index)|NM|147842^MDC_ECG_HEART_RATE^MDC|1.0.0.\(index)|\(random.number(50...120))|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R")
        }
        return Self.framed(segments)
    }

    /// A result with a document inside, as a laboratory or a cardiograph sends it.
    public static func document(_ number: Int, size: Int, _ random: inout SeededGenerator) -> [UInt8] {
        let letters = random.text(size, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        return Self.framed([
            Self.header("ECGMGMT", "EAI", "ORU^R01", number), "PID|||\(100_000 + random.below(900_000))^^^HOSPITAL^PI||SAMPLE^DOCUMENT",
            "OBR|1|||93000^ECG^C4|||20260105081455", "OBX|1|ED|PDF^Report||ECGMGMT^AP^PDF^Base64^\(letters)||||||F",
        ])
    }

    public static func acknowledgement(_ number: Int) -> [UInt8] {
        Self.framed([Self.header("EAI", "SENDER", "ACK", number), "MSA|AA|\(number)"])
    }

    public static func exchange(from sender: Host, messages: Int, wait: UInt64 = 0, _ random: inout SeededGenerator) -> [Turn] {
        (0..<messages).flatMap { index in
            let number = random.below(10_000_000)
            let message = random.chance(45) ? Self.admission(from: sender, number, &random) : Self.result(from: sender, number, &random)
            return [Turn(client: message, after: index == 0 ? 300_000 : wait + 500_000), Turn(server: Self.acknowledgement(number), after: 2_000_000)]
        }
    }
}
