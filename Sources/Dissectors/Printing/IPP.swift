import Observations
import Wire

// The Internet Printing Protocol (RFC 8010, RFC 8011), as the body of HTTP messages.
//
// Read: of a request the operation, of an answer the attributes of the printer: make and model, firmware, UUID, IEEE 1284
// identification, and which authentication it asks for. Attributes of jobs, users, documents and places are stepped over.

/// Reads one message, in pieces of any size. Only an attribute that is not complete is held.
final class IPPReader: HTTPBodyReader {
    /// The longest value that is read; longer ones are stepped over.
    private static let valueLimit = 1023
    /// The most attributes of a message.
    private static let attributeLimit = 2000

    private let isRequest: Bool
    /// What was not complete.
    private var rest: [UInt8] = []
    /// Bytes of a value that is stepped over.
    private var skipped = 0
    private var isBegun = false
    private var group: UInt8 = 0
    private var name: Name?
    private var attributes = 0
    private var firmware: [[UInt8]] = []
    private var isSuccessful = false

    private init(isRequest: Bool) { self.isRequest = isRequest }

    static func reader(for head: HTTPBodyHead) -> (any HTTPBodyReader)? {
        head.media == .ipp ? IPPReader(isRequest: head.isRequest) : nil
    }

    func read(_ bytes: RawSpan, _ context: DissectionContext) -> Bool {
        var span = bytes
        if self.skipped > 0 {
            let count = min(self.skipped, span.byteCount)
            self.skipped &-= count
            span = span.slice(from: count)
        }
        if self.rest.isEmpty { return self.parse(span, context) }
        let joined = self.rest + span.copied()
        self.rest = []
        return self.parse(joined.rawSpan, context)
    }

    private func parse(_ bytes: RawSpan, _ context: DissectionContext) -> Bool {
        var reader = ByteReader(bytes)
        var done = 0
        do {
            if !self.isBegun {
                // Version, operation or status, request identifier (RFC 8010 section 3.1.1).
                let version = try reader.u16()
                let code = try reader.u16()
                try reader.skip(4)
                guard version == 0x0100 || version == 0x0101 || version == 0x0200 || version == 0x0201 || version == 0x0202 else { return false }
                self.isBegun = true
                if self.isRequest {
                    if let operation = IPPOperation.name(code) { context.record(.ippOperation, operation, about: .conversation) }
                    return false
                }
                self.isSuccessful = code < 0x0100
                done = reader.offset
            }
            while !reader.isEmpty {
                let tag = try reader.u8()
                if tag < 0x10 {
                    if tag == 0x03 {
                        self.end(context)
                        return false
                    }
                    self.group = tag
                    self.name = nil
                    if self.isSuccessful, tag == 0x04 { context.record(.ippAnswered, "printer-attributes", about: .server) }
                    if self.isSuccessful, tag == 0x02 { context.record(.ippAnswered, "job-attributes", about: .server) }
                    done = reader.offset
                    continue
                }
                self.attributes &+= 1
                guard self.attributes <= Self.attributeLimit else { return false }
                let nameLength = try reader.u16()
                // Names are keywords of at most 255 octets (RFC 8011 section 5.1.4).
                guard nameLength <= 255 else { return false }
                let nameBytes = try reader.take(Int(nameLength))
                // Without a name it is one more value of the attribute before (RFC 8010 section 3.1.5).
                let name = nameLength == 0 ? self.name : Name(nameBytes)
                let length = Int(try reader.u16())
                if name == nil || length > Self.valueLimit || self.group != 0x04 {
                    self.name = name
                    let here = min(length, reader.remaining)
                    try reader.skip(here)
                    self.skipped = length &- here
                    done = reader.offset
                    continue
                }
                let value = try reader.take(length)
                self.name = name
                if let name { self.note(name, value, context) }
                done = reader.offset
            }
        } catch {
            // An attribute is not complete.
            let open = bytes.slice(from: done)
            guard open.byteCount <= 2048 else { return false }
            self.rest = open.copied()
        }
        return true
    }

    private enum Name: String {
        case makeAndModel = "printer-make-and-model"
        case firmwareName = "printer-firmware-name"
        case firmwareVersion = "printer-firmware-string-version"
        case uuid = "printer-uuid"
        case deviceID = "printer-device-id"
        case authentication = "uri-authentication-supported"

        init?(_ name: RawSpan) {
            guard name.byteCount >= 12, name.byteCount <= 31 else { return nil }
            self.init(rawValue: String(decoding: name.copied(), as: UTF8.self))
        }
    }

    private func note(_ name: Name, _ value: RawSpan, _ context: DissectionContext) {
        switch name {
        case .makeAndModel: context.record(.ippMakeAndModel, value, about: .server)
        case .uuid: context.record(.ippUUID, value, about: .server)
        case .deviceID: context.record(.ippDeviceID, value, about: .server)
        case .authentication: context.record(.ippAuthentication, value, about: .server)
        case .firmwareName, .firmwareVersion: if self.firmware.count < 4 { self.firmware.append(value.copied()) }
        }
    }

    private func end(_ context: DissectionContext) {
        guard !self.firmware.isEmpty else { return }
        context.record(.ippFirmware, Array(self.firmware.joined(separator: [0x2F])).rawSpan, about: .server)
    }
}

/// Operations (IANA, "Internet Printing Protocol Registrations").
private enum IPPOperation {
    static func name(_ code: UInt16) -> String? {
        switch code {
        case 0x0002: "Print-Job"
        case 0x0003: "Print-URI"
        case 0x0004: "Validate-Job"
        case 0x0005: "Create-Job"
        case 0x0006: "Send-Document"
        case 0x0007: "Send-URI"
        case 0x0008: "Cancel-Job"
        case 0x0009: "Get-Job-Attributes"
        case 0x000A: "Get-Jobs"
        case 0x000B: "Get-Printer-Attributes"
        case 0x0010: "Pause-Printer"
        case 0x0011: "Resume-Printer"
        case 0x0012: "Purge-Jobs"
        case 0x0013: "Set-Printer-Attributes"
        case 0x0016: "Create-Printer-Subscriptions"
        case 0x003B: "Close-Job"
        case 0x003C: "Identify-Printer"
        case 0x4001: "CUPS-Get-Default"
        case 0x4002: "CUPS-Get-Printers"
        case 0x4003: "CUPS-Add-Modify-Printer"
        default: nil
        }
    }
}
