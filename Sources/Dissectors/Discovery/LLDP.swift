import Observations
import Wire

// The Link Layer Discovery Protocol (IEEE 802.1AB-2016) with the media extensions for endpoints (LLDP-MED, ANSI/TIA-1057).
//
// Read: how the station behind the source address describes itself, its addresses and its inventory. Not read: the port that
// it speaks from, the networks on it, and where it stands (the location of MED may be a person's).

enum LLDPDissector: LinkDissector {
    static let applicationProtocol = ApplicationProtocol.lldp
    static let etherTypes: Set<UInt16> = [0x88CC]

    static func dissect(_ payload: RawSpan, _ context: inout DissectionContext) -> Bool {
        guard Self.isAdvertisement(payload) else { return false }
        guard context.sourceMAC.isUnicast else { return true }
        let station = Party.host(HostKey(context.sourceMAC, in: context.network))
        var reader = ByteReader(payload)
        for _ in 0..<Self.elementLimit {
            // What was cut off says nothing.
            guard let header = try? reader.u16(), let value = try? reader.take(Int(header & 0x1FF)) else { return true }
            switch header &>> 9 {
            case 0: return true
            case 1: Self.recordChassis(value, about: station, context)
            case 5: context.record(.lldpSystemName, value.trimmed, about: station)
            case 6: context.record(.lldpSystemDescription, UnixName.withoutNode(PrintableText.make(value.trimmed)), about: station)
            case 7: Self.recordCapabilities(value, about: station, context)
            case 8: Self.recordManagementAddress(value, about: station, context)
            case 127: Self.recordInventory(value, about: station, context)
            default: break
            }
        }
        return true
    }

    /// The most elements that are looked at in one frame.
    private static let elementLimit = 128

    /// Section 8.2: chassis, port and time to live come first, each once, in this order.
    private static func isAdvertisement(_ payload: RawSpan) -> Bool {
        var reader = ByteReader(payload)
        do {
            for (type, lengths) in [(1, 2...256), (2, 2...256), (3, 2...511)] as [(UInt16, ClosedRange<Int>)] {
                let header = try reader.u16()
                guard header &>> 9 == type, lengths.contains(Int(header & 0x1FF)) else { return false }
                try reader.skip(Int(header & 0x1FF))
            }
            return true
        } catch {
            return false
        }
    }

    /// Section 8.5.2. Only a hardware address is kept: other kinds are texts that anybody may have chosen.
    private static func recordChassis(_ value: RawSpan, about station: Party, _ context: DissectionContext) {
        guard value.u8(at: 0) == 4, value.byteCount == 7 else { return }
        var reader = ByteReader(value.slice(from: 1))
        guard let mac = try? MACAddress(&reader), mac.isUnicast else { return }
        context.record(.lldpChassisAddress, mac.description, about: station)
    }

    /// Section 8.5.8: what the station can do, then which of it is switched on.
    private static func recordCapabilities(_ value: RawSpan, about station: Party, _ context: DissectionContext) {
        guard var enabled = value.u16(at: 2) else { return }
        for name in ["other", "repeater", "bridge", "access-point", "router", "telephone", "docsis", "station"] {
            if enabled & 1 == 1 { context.record(.lldpCapability, name, about: station) }
            enabled &>>= 1
        }
    }

    /// Section 8.5.9, with the numbers of IANA's "Address Family Numbers".
    private static func recordManagementAddress(_ value: RawSpan, about station: Party, _ context: DissectionContext) {
        var reader = ByteReader(value.slice(from: 2))
        switch (value.u8(at: 0), value.u8(at: 1)) {
        case (5, 1):
            guard let address = try? IPAddress(v4: &reader), !address.isUnspecified, !address.isGroup else { return }
            context.record(.lldpManagementAddress, address.description, about: station)
        case (17, 2):
            guard let address = try? IPAddress(v6: &reader), !address.isUnspecified, !address.isGroup else { return }
            context.record(.lldpManagementAddress, address.description, about: station)
        case (7, 6):
            guard let mac = try? MACAddress(&reader), mac.isUnicast else { return }
            context.record(.lldpManagementAddress, mac.description, about: station)
        default: break
        }
    }

    /// ANSI/TIA-1057 section 10.2.6: the inventory of an endpoint, texts of at most 32 octets.
    private static func recordInventory(_ value: RawSpan, about station: Party, _ context: DissectionContext) {
        guard value.has("\u{00}\u{12}"), value.u8(at: 2) == 0xBB, let subtype = value.u8(at: 3) else { return }
        let attribute: Attribute? =
            switch subtype {
            case 5: .lldpHardware
            case 6: .lldpFirmware
            case 7: .lldpSoftware
            case 8: .lldpSerial
            case 9: .lldpMaker
            case 10: .lldpModel
            case 11: .lldpAsset
            default: nil
            }
        if let attribute { context.record(attribute, value.slice(from: 4, count: 32).trimmed, about: station) }
    }
}
