/// DICOM upper layer (PS3.8 section 9) and messages (PS3.7): associations, C-ECHO and C-STORE. All people in them are invented.
public enum DICOM {
    public struct Peer: Sendable {
        public let title: String
        public let implementation: String
        public let version: String
    }

    /// What kind of object a device sends: SOP class, modality, rows and columns, frames of one object.
    public struct Kind: Sendable {
        let sopClass: String
        let modality: String
        let rows: Int
        let columns: Int
        let frames: Int
        public var pixelBytes: Int { self.rows * self.columns * 2 * self.frames }
    }

    public static let ct = Kind(sopClass: "1.2.840.10008.5.1.4.1.1.2", modality: "CT", rows: 512, columns: 512, frames: 1)
    public static let mr = Kind(sopClass: "1.2.840.10008.5.1.4.1.1.4", modality: "MR", rows: 384, columns: 384, frames: 1)
    public static let dx = Kind(sopClass: "1.2.840.10008.5.1.4.1.1.1.1", modality: "DX", rows: 2022, columns: 2022, frames: 1)
    public static let us = Kind(sopClass: "1.2.840.10008.5.1.4.1.1.3.1", modality: "US", rows: 480, columns: 640, frames: 24)

    /// What is sent in one association, and how many objects of it.
    public static let transfers: [(kind: Kind, objects: ClosedRange<Int>)] = [
        (Self.ct, 20...80), (Self.ct, 20...80), (Self.mr, 30...90), (Self.dx, 1...2), (Self.us, 1...2),
    ]

    static let peers = [
        Peer(title: "CT01", implementation: "1.3.12.2.1107.5.8.2", version: "SIEMENS_SWFVB40"),
        Peer(title: "MRI2", implementation: "1.3.46.670589.17.6.1", version: "PHILIPS_MR_56"),
        Peer(title: "DXROOM3", implementation: "1.2.840.113619.6.336", version: "GE_DEFINIUM_3"),
        Peer(title: "STORESCU", implementation: "1.2.276.0.7230010.3.0.3.6.7", version: "OFFIS_DCMTK_367"),
        Peer(title: "WEASIS", implementation: "1.2.40.0.13.1.3", version: "dcm4che-5.30.0"),
    ]
    static let archive = Peer(title: "PACS_ARCHIVE", implementation: "1.2.40.0.13.1.1", version: "dcm4che-2.0")

    private static let implicit = "1.2.840.10008.1.2"
    private static let explicit = "1.2.840.10008.1.2.1"
    static let verification = "1.2.840.10008.1.1"

    private static func item(_ type: Int, _ body: [UInt8]) -> [UInt8] {
        var item: [UInt8] = []
        item.u8(type)
        item.u8(0)
        item.u16(body.count)
        return item + body
    }

    private static func unit(_ type: Int, _ body: [UInt8]) -> [UInt8] {
        var unit: [UInt8] = []
        unit.reserveCapacity(body.count + 6)
        unit.u8(type)
        unit.u8(0)
        unit.u32(body.count)
        return unit + body
    }

    /// A-ASSOCIATE-RQ, or A-ASSOCIATE-AC with every context accepted.
    public static func associate(isRequest: Bool, called: String, from peer: Peer, calling: String, contexts: [String], limit: Int) -> [UInt8] {
        var body: [UInt8] = [0, 1, 0, 0]
        body.text(called, padded: 16)
        body.text(calling, padded: 16)
        body += [UInt8](repeating: 0, count: 32)
        body += Self.item(0x10, Array("1.2.840.10008.3.1.1.1".utf8))
        for (index, context) in contexts.enumerated() {
            let head: [UInt8] = [UInt8(2 * index + 1), 0, 0, 0]
            if isRequest {
                body += Self.item(
                    0x20, head + Self.item(0x30, Array(context.utf8)) + Self.item(0x40, Array(Self.explicit.utf8)) + Self.item(0x40, Array(Self.implicit.utf8)))
            } else {
                body += Self.item(0x21, head + Self.item(0x40, Array(Self.implicit.utf8)))
            }
        }
        var maximum: [UInt8] = []
        maximum.u32(limit)
        let user = Self.item(0x51, maximum) + Self.item(0x52, Array(peer.implementation.utf8)) + Self.item(0x55, Array(peer.version.utf8))
        body += Self.item(0x50, user)
        return Self.unit(isRequest ? 1 : 2, body)
    }

    public static let releaseRequest = Self.unit(5, [0, 0, 0, 0])
    public static let releaseAnswer = Self.unit(6, [0, 0, 0, 0])

    private static func element(_ group: Int, _ number: Int, _ value: [UInt8]) -> [UInt8] {
        var element: [UInt8] = []
        element.u16le(group)
        element.u16le(number)
        element.u32le(value.count + value.count % 2)
        element += value
        if value.count % 2 == 1 { element.u8(group == 0 || group == 8 ? 0 : 0x20) }
        return element
    }

    private static func number(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)] }

    /// A command set (PS3.7 section 6.3) in one P-DATA-TF unit.
    public static func command(_ field: Int, sopClass: String, message: Int, instance: String? = nil, context: Int = 1) -> [UInt8] {
        let isAnswer = field & 0x8000 != 0
        var elements = Self.element(0, 2, Array(sopClass.utf8)) + Self.element(0, 0x100, Self.number(field))
        elements += Self.element(0, isAnswer ? 0x120 : 0x110, Self.number(message))
        if instance != nil, !isAnswer { elements += Self.element(0, 0x700, Self.number(0)) }
        elements += Self.element(0, 0x800, Self.number(instance != nil && !isAnswer ? 0 : 0x101))
        if isAnswer { elements += Self.element(0, 0x900, Self.number(0)) }
        if let instance { elements += Self.element(0, 0x1000, Array(instance.utf8)) }
        var length: [UInt8] = []
        length.u32le(elements.count)
        let set = Self.element(0, 0, length) + elements
        return Self.data(set[...], context: context, flags: 3)
    }

    /// A P-DATA-TF unit with one presentation data value. Flags: 1 command, 2 last.
    static func data(_ fragment: ArraySlice<UInt8>, context: Int, flags: Int) -> [UInt8] {
        var unit: [UInt8] = []
        unit.reserveCapacity(fragment.count + 12)
        unit.u8(4)
        unit.u8(0)
        unit.u32(fragment.count + 6)
        unit.u32(fragment.count + 2)
        unit.u8(context)
        unit.u8(flags)
        unit.append(contentsOf: fragment)
        return unit
    }

    /// Everything of an object that stands before its pixels, and the head of the pixel element.
    static func dataSet(_ kind: Kind, instance: String, _ random: inout SeededGenerator) -> [UInt8] {
        var set = Self.element(8, 0x16, Array(kind.sopClass.utf8)) + Self.element(8, 0x18, Array(instance.utf8))
        set += Self.element(8, 0x60, Array(kind.modality.utf8)) + Self.element(8, 0x70, Array("SAMPLE MAKER".utf8))
        set += Self.element(8, 0x1090, Array("Sample \(kind.modality) 9000".utf8))
        set += Self.element(0x10, 0x10, Array("SAMPLE^\(random.text(8, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))".utf8))
        set += Self.element(0x10, 0x20, Array("\(100_000 + random.below(900_000))".utf8))
        set += Self.element(0x18, 0x1000, Array("SN\(random.below(100_000))".utf8)) + Self.element(0x18, 0x1020, Array("VB40A".utf8))
        set += Self.element(0x28, 2, Self.number(1)) + Self.element(0x28, 0x10, Self.number(kind.rows)) + Self.element(0x28, 0x11, Self.number(kind.columns))
        set += Self.element(0x28, 0x100, Self.number(16)) + Self.element(0x28, 0x101, Self.number(12)) + Self.element(0x28, 0x102, Self.number(11))
        set.u16le(0x7FE0)
        set.u16le(0x0010)
        set.u32le(kind.pixelBytes)
        return set
    }

    public static func echo(from device: Host, to archive: Host, _ random: inout SeededGenerator) -> [Turn] {
        let peer = device.trait(Self.peers)
        let called = archive.trait(["PACS_ARCHIVE", "ANY-SCP", "ORTHANC"])
        return [
            Turn(client: Self.associate(isRequest: true, called: called, from: peer, calling: peer.title, contexts: [Self.verification], limit: 16384)),
            Turn(
                server: Self.associate(isRequest: false, called: called, from: Self.archive, calling: peer.title, contexts: [Self.verification], limit: 16384),
                after: 1_500_000),
            Turn(client: Self.command(0x30, sopClass: Self.verification, message: 1)),
            Turn(server: Self.command(0x8030, sopClass: Self.verification, message: 1)),
            Turn(client: Self.releaseRequest), Turn(server: Self.releaseAnswer),
        ]
    }

    /// Sends `count` objects of a kind; the script makes them one unit at a time.
    /// - Parameter unitSize: bytes of a P-DATA-TF unit, by agreement 16 KiB to 128 KiB.
    public static func store(from device: Host, _ kind: Kind, count: Int, unitSize: Int, noise: [UInt8], _ random: inout SeededGenerator) -> Script {
        let peer = device.trait(Self.peers)
        var own = SeededGenerator(seed: random.next())
        var opening = [
            Turn(
                client: Self.associate(
                    isRequest: true, called: "PACS_ARCHIVE", from: peer, calling: peer.title, contexts: [kind.sopClass, Self.verification], limit: unitSize)),
            Turn(
                server: Self.associate(
                    isRequest: false, called: "PACS_ARCHIVE", from: Self.archive, calling: peer.title, contexts: [kind.sopClass, Self.verification],
                    limit: unitSize), after: 1_500_000),
        ][...]
        var closing = [Turn(client: Self.releaseRequest), Turn(server: Self.releaseAnswer)][...]
        var object = 0
        var instance = ""
        /// Bytes of the pixels that are still to come; `nil` between two objects.
        var pixels: Int?
        var mustAnswer = false
        return {
            if let turn = opening.popFirst() { return turn }
            if mustAnswer {
                mustAnswer = false
                return Turn(server: Self.command(0x8001, sopClass: kind.sopClass, message: object, instance: instance), after: 4_000_000)
            }
            var fragment: [UInt8] = []
            var bytes: [UInt8] = []
            var wait: UInt64 = 13_000
            if pixels == nil {
                guard object < count else { return closing.popFirst() }
                object += 1
                instance = "1.2.826.0.1.3680043.10.1234.\(own.below(1_000_000_000)).\(object)"
                bytes = Self.command(1, sopClass: kind.sopClass, message: object, instance: instance)
                fragment = Self.dataSet(kind, instance: instance, &own)
                pixels = kind.pixelBytes
                wait = 1_000_000
            }
            let left = pixels ?? 0
            let room = min(unitSize - 12 - fragment.count, left)
            let from = own.below(noise.count - room)
            fragment.append(contentsOf: noise[from..<from + room])
            let isLast = room == left
            bytes += Self.data(fragment[...], context: 1, flags: isLast ? 2 : 0)
            pixels = isLast ? nil : left - room
            mustAnswer = isLast
            return Turn(client: bytes, after: wait)
        }
    }
}
