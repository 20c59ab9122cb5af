import Inventory
import Observations
import Rules
import Testing
import Wire

@Suite("Identification") struct IdentifierTests {
    let identifier: Identifier

    init() throws { self.identifier = Identifier(try Project.signatures.get()) }

    private func identify(_ build: (inout CensusBuilder) -> Void) throws -> Identity {
        var builder = CensusBuilder()
        build(&builder)
        return try #require(self.identifier.identity("10.0.0.1", in: builder.census))
    }

    @Test("a hardware address alone stays a hint") func hardwareAddress() throws {
        let identity = try self.identify { $0.asset("10.0.0.1", mac: "00:00:a1:01:02:03") }
        #expect(identity[.maker]?.value == "GE HealthCare")
        #expect(identity[.deviceClass]?.value == "patient-monitor")
        #expect(identity[.interfaceMaker]?.value == "MARQUETTE ELECTRIC CO.")
        #expect(identity.conclusions.allSatisfy { $0.confidence <= 40 })
    }

    @Test("addresses that packets showed are not the asset's own") func routersAddress() throws {
        let identity = try self.identify { $0.asset("10.0.0.1", [(.linkAddress, "00:00:a1:01:02:03")]) }
        #expect(identity.conclusions.isEmpty)
    }

    @Test("random and virtual router addresses name nobody") func randomAddress() throws {
        for mac in ["02:00:a1:01:02:03", "00:00:5e:00:01:05"] {
            #expect(try self.identify { $0.asset("10.0.0.1", mac: mac) }.conclusions.isEmpty)
        }
    }

    @Test("a scanner that says who it is, is it") func scanner() throws {
        let identity = try self.identify {
            $0.asset(
                "10.0.0.1",
                [
                    (.dicomImplementationUID, "1.2.840.113619.6.284"), (.dicomManufacturer, "GE MEDICAL SYSTEMS"), (.dicomModel, "LightSpeed VCT"),
                    (.dicomSerial, "428719"), (.dicomSoftware, "gmp_vct.42"), (.dicomModality, "CT"),
                    (.dicomAbstractSyntaxProposed, "1.2.840.10008.5.1.4.1.1.2"), (.dicomAbstractSyntaxProposed, "1.2.840.10008.5.1.4.31"),
                ])
        }
        #expect(identity[.maker]?.value == "GE HealthCare")
        // 1 − (1 − 0.85)(1 − 0.90), as the implementation and the object are independent.
        #expect(identity[.maker]?.confidence == 98)
        #expect(identity[.product]?.value == "LightSpeed VCT")
        #expect(identity[.serial]?.value == "428719")
        #expect(identity[.version]?.value == "gmp_vct.42")
        #expect(identity[.deviceClass]?.value == "ct-scanner")
        #expect(identity[.role]?.candidates.map(\.value).contains("worklist-client") == true)
        #expect(identity.isMedical)
        #expect(identity.contradictions.isEmpty)
        #expect(identity.passedOn.isEmpty)
        // Every claim points to what was seen.
        for conclusion in identity.conclusions {
            for claim in conclusion.candidates.flatMap(\.claims) { #expect(claim.observation.evidence.frame > 0) }
        }
    }

    @Test(
        "a unique device identifier is a conclusion of its own, and no serial number",
        arguments: [
            (Attribute.dicomUDI, "(01)00884838012345(21)LNC66021"), (.hl7UDI, "00884838012345"), (.sdcUDI, "04049098000214"),
        ])
    func udi(attribute: Attribute, value: String) throws {
        let identity = try self.identify { builder in
            if attribute == .sdcUDI { builder.service("10.0.0.1", 6464, [.http], [(attribute, value)]) } else { builder.asset("10.0.0.1", [(attribute, value)]) }
        }
        let udi = try #require(identity[.udi])
        #expect(udi.value == value)
        #expect(udi.confidence == 90)
        #expect(udi.candidates.first?.claims.first?.observation.attribute == attribute)
        #expect(identity[.serial] == nil)
        #expect(identity[.maker] == nil)
    }

    @Test("a device and its part have an identifier each; an archive has none of those that it passes on") func severalUDIs() throws {
        let both = try self.identify { $0.asset("10.0.0.1", [(.dicomUDI, "(01)00884838012345"), (.dicomUDI, "(01)04049098000214")]) }
        let udi = try #require(both[.udi])
        #expect(udi.candidates.map(\.value).sorted() == ["(01)00884838012345", "(01)04049098000214"])
        #expect(!udi.isContradicted && both.contradictions.isEmpty)
        let relay = try self.identify {
            $0.asset(
                "10.0.0.1",
                [(.dicomUDI, "(01)00884838012345"), (.dicomUDI, "(01)04049098000214"), (.dicomManufacturer, "SIEMENS"), (.dicomManufacturer, "GE MEDICAL SYSTEMS")])
        }
        #expect(relay[.udi] == nil && relay[.maker] == nil)
        let archive = try self.identify {
            $0.asset("10.0.0.1", [(.dicomUDI, "(01)00884838012345")])
            $0.service("10.0.0.1", 104, [.dicom], [(.dicomAbstractSyntaxAccepted, "1.2.840.10008.5.1.4.1.1.2")])
        }
        #expect(archive[.udi] == nil)
    }

    @Test("an archive is not the scanners whose images it sends") func archive() throws {
        let identity = try self.identify {
            $0.asset("10.0.0.1", [(.dicomManufacturer, "SIEMENS"), (.dicomModel, "MAGNETOM Sola"), (.dicomSerial, "176543")])
            $0.service(
                "10.0.0.1", 104, [.dicom],
                [(.dicomAbstractSyntaxAccepted, "1.2.840.10008.5.1.4.1.2.2.1"), (.dicomImplementationUID, "1.2.276.0.7230010.3.0.3.6.7")])
        }
        #expect(identity[.maker] == nil)
        #expect(identity[.serial] == nil)
        #expect(identity[.deviceClass]?.value == "pacs")
        #expect(identity[.role]?.value == "image-archive")
        // The toolkit inside a product is not its maker.
        #expect(identity.software.map(\.name) == ["DCMTK"])
        #expect(identity.software.first?.kind == .toolkit)
    }

    @Test("one that sends what several made is none of them") func relay() throws {
        let identity = try self.identify {
            $0.asset(
                "10.0.0.1",
                [
                    (.dicomManufacturer, "SIEMENS"), (.dicomManufacturer, "GE MEDICAL SYSTEMS"), (.dicomModel, "MAGNETOM Sola"),
                    (.dicomModel, "LightSpeed VCT"),
                ])
        }
        #expect(identity[.maker] == nil)
        #expect(identity[.product] == nil)
        #expect(identity.passedOn.map(\.value).sorted() == ["GE HealthCare", "LightSpeed VCT", "MAGNETOM Sola", "Siemens Healthineers"])
    }

    @Test("names of one maker are one maker") func aliases() throws {
        let identity = try self.identify {
            $0.asset("10.0.0.1", [(.dicomManufacturer, "GE MEDICAL SYSTEMS"), (.dicomManufacturer, "GE Healthcare")])
        }
        #expect(identity[.maker]?.candidates.map(\.value) == ["GE HealthCare"])
        let unknown = try self.identify { $0.asset("10.0.0.1", [(.dicomManufacturer, "Nobody Knows GmbH")]) }
        #expect(unknown[.maker]?.value == "Nobody Knows GmbH")
        #expect(unknown[.maker]?.confidence == 85)
    }

    @Test("evidence that cannot be true together is shown") func contradiction() throws {
        let identity = try self.identify {
            $0.asset("10.0.0.1", [(.dicomImplementationUID, "1.3.12.2.1107.5.2"), (.dicomManufacturer, "Philips Medical Systems")])
        }
        #expect(identity[.maker]?.value == "Philips")
        #expect(identity[.maker]?.runnerUp?.value == "Siemens Healthineers")
        #expect(identity.contradictions.map(\.field) == [.maker])
    }

    @Test("programs and their versions stay together") func software() throws {
        let identity = try self.identify {
            $0.service("10.0.0.1", 22, [.ssh], [(.sshBanner, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3")])
            $0.service("10.0.0.1", 80, [.http], [(.httpServer, "nginx/1.22.1")])
            $0.service("10.0.0.1", 8080, [.http], [(.httpServer, "nginx/1.14.0 (Ubuntu)")])
        }
        let nginx = try #require(identity.software.first { $0.name == "nginx" })
        #expect(nginx.versions == ["1.14.0", "1.22.1"])
        #expect(identity.software.first { $0.name == "OpenSSH" }?.versions == ["9.2p1"])
        // A host behind which two systems answer: both are well proved, and it is said.
        #expect(identity[.operatingSystem]?.value == "Debian")
        #expect(identity.contradictions.map(\.field) == [.operatingSystem])
        #expect(!identity.isMedical)
    }

    @Test("a Windows 7 is a Windows: the one supports the other") func families() throws {
        let identity = try self.identify {
            $0.asset(
                "10.0.0.1",
                [
                    (.dhcpVendorClass, "MSFT 5.0"), (.dhcpParameterList, "1,15,3,6,44,46,47,31,33,121,249,43"),
                    (.httpUserAgent, "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko"),
                ])
        }
        #expect(identity[.operatingSystem]?.candidates.map(\.value) == ["Windows 7"])
        // 1 − (1 − 0.60)(1 − 0.45)(1 − 0.55)
        #expect(identity[.operatingSystem]?.confidence == 90)
        #expect(identity.contradictions.isEmpty)
    }

    @Test("an EUI-64 in HL7 names the maker") func eui64() throws {
        let identity = try self.identify { $0.asset("10.0.0.1", [(.hl7Equipment, "PUMP^0012210FFE000001^EUI-64")]) }
        #expect(identity[.maker]?.value == "B. Braun")
    }

    @Test("the same asset gives the same answer whatever the order") func order() throws {
        let values: [(Attribute, String)] = [
            (.dicomImplementationUID, "1.2.840.113619.6.284"), (.dicomManufacturer, "GE MEDICAL SYSTEMS"), (.httpUserAgent, "curl/7.88.1"),
            (.dhcpVendorClass, "MSFT 5.0"), (.dhcpParameterList, "1,15,3,6,44,46,47,31,33,121,249,43"),
        ]
        var builder = CensusBuilder()
        builder.asset("10.0.0.1", values)
        var asset = try #require(builder.census.assets.first)
        let first = String(describing: self.identifier.identify(asset))
        for _ in 0..<10 {
            asset.observations.shuffle()
            #expect(String(describing: self.identifier.identify(asset)) == first)
        }
    }
}
