import Observations
import Wire

// Bodies of IEEE 11073 SDC over HTTP: DPWS metadata (OASIS Devices Profile for Web Services 1.1, section 5.1) and the
// description of a medical device system in its MDIB (IEEE 11073-10207, GetMdib and GetMdDescription).
//
// Read of answers: who made the device, which model, version and serial number, what kind of device it is. The states of the
// MDIB (patient, operator, location, measures), alerts, and every description below the device itself are stepped over.

/// Coding systems of coded values.
enum CodingSystem {
    /// The nomenclature of IEEE 11073-10101, which is meant where none is named (IEEE 11073-10207, CodedValue).
    static let mdc = "urn:oid:1.2.840.10004.1.1.1.0.0.1"
}

/// Reads an answer in SOAP 1.2.
final class SDCMessageReader: HTTPBodyReader {
    private static let interest = XMLInterest(
        elements: [
            "ThisModel/Manufacturer", "ThisModel/ModelName", "ThisModel/ModelNumber", "ThisDevice/FriendlyName", "ThisDevice/FirmwareVersion",
            "ThisDevice/SerialNumber", "MetaData/Manufacturer", "MetaData/ModelName", "MetaData/ModelNumber", "MetaData/SerialNumber",
            "Udi/DeviceIdentifier", "Mds/Type", "ProductionSpecification/ProductionSpec",
        ],
        attributes: ["Mds/Type": ["Code", "CodingSystem"], "ProductionSpecification/SpecType": ["Code", "CodingSystem"]],
        // Every part of a device may have production specifications.
        limit: 4096)

    private var scanner = XMLScanner(SDCMessageReader.interest)
    /// The coded value at hand: a type of the device, or of a production specification.
    private var code: [UInt8] = []
    private var system: [UInt8] = []

    static func reader(for head: HTTPBodyHead) -> (any HTTPBodyReader)? {
        head.media == .soap && !head.isRequest && head.status == 200 ? SDCMessageReader() : nil
    }

    func read(_ bytes: RawSpan, _ context: DissectionContext) -> Bool {
        self.scanner.read(bytes)
        for fact in self.scanner.takeFacts() { self.read(fact, context) }
        guard !self.scanner.isFinished, !self.scanner.isBroken else { return false }
        return self.scanner.rootName.isEmpty || self.scanner.rootName.elementsEqual("Envelope".utf8)
    }

    private func read(_ fact: XMLFact, _ context: DissectionContext) {
        let path = fact.path
        guard path.count >= 6, path.starts(with: ["Envelope", "Body"]) else { return }
        // Body/Metadata/MetadataSection/ThisModel, or what WS-MetadataExchange puts around it.
        let last = path.suffix(3)
        if path.count <= 7, last.first == "MetadataSection", let section = last.dropFirst().first {
            self.readMetadata(section: section, fact, context)
        } else if let system = Self.systems.first(where: { path.starts(with: $0) }) {
            self.readDescription(Array(path.dropFirst(system.count)), fact, context)
        }
    }

    private func readMetadata(section: String, _ fact: XMLFact, _ context: DissectionContext) {
        let attribute: Attribute
        switch (section, fact.element) {
        case ("ThisModel", "Manufacturer"): attribute = .dpwsManufacturer
        case ("ThisModel", "ModelName"): attribute = .dpwsModelName
        case ("ThisModel", "ModelNumber"): attribute = .dpwsModelNumber
        case ("ThisDevice", "FriendlyName"): attribute = .dpwsFriendlyName
        case ("ThisDevice", "FirmwareVersion"): attribute = .dpwsFirmware
        case ("ThisDevice", "SerialNumber"): attribute = .dpwsSerial
        default: return
        }
        context.record(.httpAPI, "dpws", about: .server)
        Self.record(attribute, fact.text, context)
    }

    /// The names that lead into the description of a medical device system (Mds).
    private static let systems = [
        ["Envelope", "Body", "GetMdibResponse", "Mdib", "MdDescription", "Mds"],
        ["Envelope", "Body", "GetMdDescriptionResponse", "MdDescription", "Mds"],
    ]

    /// - Parameter path: names inside the Mds.
    private func readDescription(_ path: [String], _ fact: XMLFact, _ context: DissectionContext) {
        switch (path, fact.attribute) {
        case (["Type"], "Code"?), (["ProductionSpecification", "SpecType"], "Code"?): self.code = fact.text
        case (["Type"], "CodingSystem"?), (["ProductionSpecification", "SpecType"], "CodingSystem"?): self.system = fact.text
        case (["Type"], nil):
            if let code = self.takeCode() { self.note(.sdcMDSType, Array(code.utf8), context) }
        case (["ProductionSpecification", "ProductionSpec"], nil):
            if let attribute = self.takeCode().flatMap(Self.attribute) { self.note(attribute, fact.text, context) }
        case (["MetaData", "Manufacturer"], nil): self.note(.sdcManufacturer, fact.text, context)
        case (["MetaData", "ModelName"], nil): self.note(.sdcModelName, fact.text, context)
        case (["MetaData", "ModelNumber"], nil): self.note(.sdcModelNumber, fact.text, context)
        case (["MetaData", "SerialNumber"], nil): self.note(.sdcSerial, fact.text, context)
        case (["MetaData", "Udi", "DeviceIdentifier"], nil): self.note(.sdcUDI, fact.text, context)
        default: break
        }
    }

    private func note(_ attribute: Attribute, _ text: [UInt8], _ context: DissectionContext) {
        context.record(.httpAPI, "sdc", about: .server)
        Self.record(attribute, text, context)
    }

    private static func record(_ attribute: Attribute, _ text: [UInt8], _ context: DissectionContext) {
        if !text.isEmpty { context.record(attribute, text.rawSpan, about: .server) }
    }

    /// The coded value at hand: the code alone in the nomenclature of IEEE 11073-10101, else with its system.
    private func takeCode() -> String? {
        defer {
            self.code = []
            self.system = []
        }
        guard !self.code.isEmpty, self.code.count <= 64, self.system.count <= 128 else { return nil }
        let code = String(decoding: self.code, as: UTF8.self)
        return self.system.isEmpty || self.system.elementsEqual(CodingSystem.mdc.utf8) ? code : code + "^" + String(decoding: self.system, as: UTF8.self)
    }

    /// What a production specification holds, by the codes that HL7 "Personal Health Device IG" lists as well.
    private static func attribute(_ code: String) -> Attribute? {
        switch code {
        // MDC_ID_PROD_SPEC_SERIAL, _PART, _HW, _SW, _FW.
        case "531972": .sdcSerial
        case "531973": .sdcPartNumber
        case "531974": .sdcHardware
        case "531975": .sdcSoftware
        case "531976": .sdcFirmware
        default: nil
        }
    }
}
