import LaennecKit
import Reports
import Rules
import Testing

/// What a capture says of itself is another's text too: interface names, comments, and so on.
@Suite struct HostileCaptureTests {
    @Test(arguments: ["\u{1B}]0;owned\u{7}", "\u{202E}0hte", "two\nlines", String(repeating: "A", count: 60_000)])
    func interfaceNames(_ name: String) throws {
        try Lab.withFolder { folder in
            let path = folder + "/capture.pcapng"
            try CaptureFile.write(Self.capture(interface: name), to: path)
            let report = try Lab.scan([path])
            let notices = report.inputs.flatMap(\.notices)
            #expect(notices.count == 1)
            #expect(notices.allSatisfy { $0.english.contains("3 frames were lost") && $0.french.contains("3 trames perdues") }, "\(notices.map(\.english.count))")
            for language in Language.allCases {
                for text in notices.map({ $0[language] }) + [TerminalReport.text(report, language: language, hasColour: false, width: 100)] {
                    #expect(text.count < 6000)
                    #expect(!text.contains("\ntwo") && !text.contains("two\n"))
                    let isPrintable = text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value != 0x7F && $0.properties.generalCategory != .format) }
                    #expect(isPrintable)
                }
            }
            let json = try Lab.json(report)
            #expect(json.allSatisfy { $0 == 0x0A || ($0 >= 0x20 && $0 != 0x7F) })
        }
    }

    /// A capture of one frame, whose interface has that name and lost three frames.
    private static func capture(interface name: String) -> [UInt8] {
        var file: [UInt8] = []
        func option(_ code: UInt8, _ value: [UInt8]) -> [UInt8] {
            [code, 0, UInt8(truncatingIfNeeded: value.count), UInt8(value.count >> 8)] + value + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
        }
        func block(_ type: UInt32, _ body: [UInt8]) {
            let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
            file.append(le: type)
            file.append(le: UInt32(padded.count + 12))
            file += padded
            file.append(le: UInt32(padded.count + 12))
        }
        block(0x0A0D_0D0A, [0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8))
        let text = Array(name.utf8)
        block(1, [1, 0, 0, 0, 0, 0, 4, 0] + option(2, text) + option(3, text) + option(12, Array(text.prefix(900))) + [0, 0, 0, 0])
        let frame = [UInt8](repeating: 0xFF, count: 6) + [2, 0, 0, 0, 0, 1, 0x88, 0xB5] + [UInt8](repeating: 0, count: 46)
        block(6, [0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, UInt8(frame.count), 0, 0, 0, UInt8(frame.count), 0, 0, 0] + frame + option(1, Array(text.prefix(900))) + [0, 0, 0, 0])
        block(5, [0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0] + option(5, [3, 0, 0, 0, 0, 0, 0, 0]) + [0, 0, 0, 0])
        return file
    }
}
