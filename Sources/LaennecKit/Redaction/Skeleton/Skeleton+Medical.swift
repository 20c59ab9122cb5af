// DICOM (PS3.8 section 9.3, PS3.7 annex E, PS3.5 section 7).

extension Skeleton {
    /// A protocol data unit.
    mutating func dicom() -> Bool {
        guard (1...7).contains(self.peek()), self.peek(1) == 0 else { return false }
        let type = self.number(1)
        self.keep(1)
        let length = self.number(4)
        self.part(length) {
            switch type {
            case 1, 2:
                $0.keep(4)
                $0.skip(64)
                $0.associationItems()
            case 4: $0.each { $0.presentationValue() }
            default: $0.keep(4)
            }
        }
        return true
    }

    private mutating func associationItems(depth: Int = 0) {
        guard depth < 4 else { return }
        self.each {
            let type = $0.number(1)
            $0.keep(1)
            $0.part($0.number(2)) {
                switch type {
                case 0x20, 0x21:
                    $0.keep(4)
                    $0.associationItems(depth: depth &+ 1)
                case 0x50: $0.associationItems(depth: depth &+ 1)
                case 0x51, 0x53: $0.keep(4)
                case 0x54:
                    $0.counted(2)
                    $0.keep(2)
                case 0x56, 0x57: $0.each { $0.counted(2) }
                case 0x58:
                    $0.keep(2)
                    $0.each { $0.counted(2) }
                case 0x59: $0.counted(2)
                default: break
                }
            }
        }
    }

    /// A fragment of a command or of a data set, which is walked when its last one is there.
    private mutating func presentationValue() {
        self.part(self.number(4)) {
            $0.keep(1)
            let flags = $0.number(1)
            $0.fragment(isLast: flags & 2 != 0) {
                $0.attempt { $0.dataElements(littleEndian: true) } || $0.attempt { $0.dataElements(littleEndian: false) }
            }
        }
    }

    /// Tags, representations and lengths, those of items as well. Explicit where the first element says so.
    private mutating func dataElements(littleEndian isLittle: Bool) -> Bool {
        let isExplicit = self.isRepresentation
        var inFragments = false
        while !self.isEmpty {
            guard self.remaining >= 8 else { return false }
            let group = self.number(2, littleEndian: isLittle)
            let element = self.number(2, littleEndian: isLittle)
            if group == 0xFFFE {
                let length = self.number(4, littleEndian: isLittle)
                if element == 0xE0DD { inFragments = false }
                if inFragments, element == 0xE000 { self.skip(length) }
                continue
            }
            var isSequence = false
            // An unsigned long, where representations are not told.
            var isCount = true
            let length: Int
            if isExplicit {
                let representation = self.number(2)
                guard Self.representations.contains(representation) else { return false }
                isCount = representation == 0x554C
                isSequence = representation == 0x5351
                if Self.longRepresentations.contains(representation) {
                    self.keep(2)
                    length = self.number(4, littleEndian: isLittle)
                    // What was implicit stays so within (PS3.5 section 6.2.2).
                    if representation == 0x554E, length == 0xFFFF_FFFF { return false }
                } else {
                    length = self.number(2, littleEndian: isLittle)
                }
            } else {
                length = self.number(4, littleEndian: isLittle)
                isSequence = self.peekNumber(4) == 0xFEFF_00E0
            }
            // The length of a group.
            if isCount, element == 0, length == 4 { self.keep(4); continue }
            if length == 0xFFFF_FFFF {
                inFragments = group == 0x7FE0
            } else if !isSequence {
                guard length <= self.remaining else { return false }
                self.skip(length)
            }
        }
        return true
    }

    private var isRepresentation: Bool { (0x41...0x5A).contains(self.peek(4)) && (0x41...0x5A).contains(self.peek(5)) }
    private static let representations = Set(
        ("AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV").split(separator: " ").map { name in
            name.utf8.reduce(0) { $0 &<< 8 | Int($1) }
        })
    /// OB, OD, OF, OL, OV, OW, SQ, SV, UC, UN, UR, UT, UV.
    private static let longRepresentations: Set<Int> = [
        0x4F42, 0x4F44, 0x4F46, 0x4F4C, 0x4F56, 0x4F57, 0x5351, 0x5356, 0x5543, 0x554E, 0x5552, 0x5554, 0x5556,
    ]
}
