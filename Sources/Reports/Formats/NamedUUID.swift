import Crypto

/// A UUID made of a name (RFC 9562 section 5.5, version 5): the same name is the same UUID, everywhere and always.
struct NamedUUID {
    private let octets: [UInt8]

    /// The namespace of the names of this program: 75962a39-5124-4fdf-a03c-cce45b91d2b7.
    static let laennec = NamedUUID(octets: [0x75, 0x96, 0x2A, 0x39, 0x51, 0x24, 0x4F, 0xDF, 0xA0, 0x3C, 0xCC, 0xE4, 0x5B, 0x91, 0xD2, 0xB7])
    /// The namespace of the observables of STIX (STIX 2.1 section 2.9): whoever sees the same address gives it the same id.
    static let observables = NamedUUID(octets: [0x00, 0xAB, 0xED, 0xB4, 0xAA, 0x42, 0x46, 0x6C, 0x9C, 0x01, 0xFE, 0xD2, 0x33, 0x15, 0xA9, 0xB7])

    private init(octets: [UInt8]) { self.octets = octets }

    init(_ name: String, in namespace: NamedUUID) {
        var octets = Array(Insecure.SHA1.hash(data: namespace.octets + Array(name.utf8)).prefix(16))
        for (index, octet) in octets.enumerated() {
            // The version, and the variant.
            if index == 6 { octets[index] = octet & 0x0F | 0x50 }
            if index == 8 { octets[index] = octet & 0x3F | 0x80 }
        }
        self.octets = octets
    }

    /// `886313e1-3b8a-5372-9b90-0c9aee199e5d`
    var text: String {
        var text = ""
        for (index, octet) in self.octets.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { text += "-" }
            text += octet < 16 ? "0" + String(octet, radix: 16) : String(octet, radix: 16)
        }
        return text
    }
}
