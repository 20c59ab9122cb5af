import Inventory
import Observations
import Reports
import Rules
import Testing
import Wire

/// Every recorded capture against the truth that was written down when it was recorded.
@Suite struct ExpectedTests {
    @Test func capturesAreThere() {
        #expect(Lab.names.count >= 50)
    }

    // MARK: Services

    @Test(arguments: Lab.names) func services(_ name: String) throws {
        let seen = try Seen.report(name)
        let expected = try Lab.expected(name)
        for truth in expected.services where truth.protocol != "ftp-data" {
            let place = "\(truth.address):\(truth.port)/\(truth.transport)"
            let found = seen.services(truth.address, truth.port, truth.transport).map(\.service)
            // Its answers come from another port: what is known of it is the request.
            if truth.protocol == "tftp", found.isEmpty {
                let asked = seen.report.conversations.filter { $0.key.service.isAt(truth.address, truth.port, truth.transport) }
                #expect(asked.contains { $0.protocols == [.tftp] }, "\(place): nobody asked for a file")
                continue
            }
            #expect(!found.isEmpty, "\(place): \(truth.protocol) answers there and is not listed")
            guard !found.isEmpty else { continue }
            let protocols = Set(found.flatMap(\.protocols))
            if let wanted = ApplicationProtocol(rawValue: truth.protocol) {
                #expect(protocols.contains(wanted), "\(place): \(wanted) is there, found \(protocols)")
                #expect(protocols.isSubset(of: Self.allowed(truth, wanted)), "\(place): \(protocols) claimed, \(truth.protocol) is there")
            } else {
                #expect(Self.undissected.contains(truth.protocol), "\(truth.protocol) is neither a protocol of ours nor listed as one that we do not read")
                #expect(protocols.isEmpty, "\(place): \(protocols) claimed, \(truth.protocol) is there")
            }
        }
    }

    @Test(arguments: Lab.names) func noServiceThatIsNotThere(_ name: String) throws {
        let expected = try Lab.expected(name)
        let services = try Seen.report(name).services.map(\.service)
        for service in services {
            let truths = expected.services.filter { service.key.isAt($0.address, $0.port, $0.transport) }
            #expect(truths.count > 0, "\(service.key.text): \(service.protocols) listed, nothing answers there")
            // A data channel of FTP is a transfer, not a service: the decoys say so. One that was announced inside TLS cannot be known.
            // After AUTH TLS the announcement of its port is encrypted, and nothing tells it from another TLS service.
            let isAnnouncedInTLS = services.contains { $0.key.host == service.key.host && $0.observations.contains { $0.attribute == .ftpAuthTLS } }
            let isDataChannel = truths.contains { $0.protocol == "ftp-data" } && !isAnnouncedInTLS
            #expect(!isDataChannel, "\(service.key.text): the data channel of one FTP transfer is listed as a service")
        }
    }

    /// Protocols in the truth that no dissector reads: their services are listed without a protocol. One that becomes ours has
    /// to leave this list.
    private static let undissected: Set<String> = ["unknown", "unknown text", "unknown (open, no byte)"]

    @Test func undissectedProtocolsAreNotOurs() {
        for name in Self.undissected { #expect(ApplicationProtocol(rawValue: name) == nil) }
    }

    /// What another protocol is spoken in, or what it lets through, and is claimed with it.
    private static let beneath: [ApplicationProtocol: Set<ApplicationProtocol>] = [.ipp: [.http], .winrm: [.http], .ike: [.esp], .socks: [.http]]

    /// TLS inside another protocol is claimed with it, where the truth says that it is there.
    private static func allowed(_ truth: Expected.Service, _ wanted: ApplicationProtocol) -> Set<ApplicationProtocol> {
        let hasTLS = truth.fields.keys.contains { ["tls_version", "tls_versions", "starttls", "certificate"].contains($0) }
            || truth.fields["requested_protocols"]?.texts.contains("CredSSP") == true && truth.fields["nla"]?.bool == true
        return Set(hasTLS ? [wanted, .tls] : [wanted]).union(Self.beneath[wanted] ?? [])
    }

    // MARK: Fields

    @Test(arguments: Lab.names) func fields(_ name: String) throws {
        let seen = try Seen.report(name)
        for truth in try Lab.expected(name).services {
            let found = seen.services(truth.address, truth.port, truth.transport).map(\.service)
            for (field, value) in truth.fields.sorted(by: { $0.key < $1.key }) {
                let place = "\(truth.address):\(truth.port)/\(truth.transport) \(field)"
                switch FieldMapping.check(field, of: truth.protocol) {
                case nil: Issue.record("\(place): this field of \(truth.protocol) is not mapped")
                case .notApplicable: continue
                case .check(let check)?:
                    // A service that is missing is a failure of `services`.
                    guard !found.isEmpty else { continue }
                    check(FieldMapping.Context(seen: seen, services: found, address: truth.address, value: value, place: place))
                }
            }
        }
    }

    @Test(arguments: Lab.names) func noCommandThatWasNotSent(_ name: String) throws {
        let truths = try Lab.expected(name).services.filter { $0.protocol == "dicom" }
        let wanted = truths.compactMap { $0.fields["operations"]?.texts }
        guard wanted.count == truths.count else { return }
        let seen = try Seen.report(name)
        let all = seen.report.devices.flatMap { $0.asset.observations + $0.asset.services.flatMap(\.observations) }
        let commands = Set(all.filter { $0.attribute == .dicomCommand }.map(\.value.description))
        #expect(commands.isSubset(of: wanted.flatMap { $0 }), "\(commands) of \(wanted)")
    }

    /// Where a TCP service sent data, both ends of the conversation are devices of the report.
    @Test(arguments: Lab.names) func bothEndsAreThere(_ name: String) throws {
        let report = try Seen.report(name).report
        for conversation in report.conversations where conversation.key.service.transport == .tcp && conversation.tally.bytesFromServer > 0 && conversation.tally.answer != nil {
            for end in [conversation.client, conversation.server] { #expect(report.device(end) != nil, "\(conversation.key): \(end)") }
        }
    }

    // MARK: Devices

    @Test(arguments: Lab.names) func devices(_ name: String) throws {
        let seen = try Seen.report(name)
        let frames = try CaptureFile.read(try Lab.path(name))
        for truth in try Lab.expected(name).devices {
            let address = try #require(truth["address"]?.text)
            let mac = try #require(truth["mac"]?.text.flatMap { MACAddress($0) })
            let assets = seen.devices(address)
            if truth["silent"]?.bool == true {
                // It never sent a frame: it may be listed for its services, and it was spoken to by this MAC address.
                #expect(assets.allSatisfy { $0.asset.macs.isEmpty || $0.asset.macs == [mac] }, "\(address)")
                continue
            }
            if truth["routed"]?.bool == true {
                #expect(!assets.isEmpty, "\(address) is not listed")
                for device in assets {
                    #expect(device.asset.macs.isEmpty, "\(address) is behind a router and wears \(device.asset.macs)")
                    let isPublic = truth["public"]?.bool == true
                    #expect(device.asset.position == (isPublic ? .external : .routed), "\(address): \(device.asset.position)")
                }
                continue
            }
            let own = assets.filter { $0.asset.macs.contains(mac) }
            #expect(!own.isEmpty, "\(address) with \(mac) is not listed; \(assets.map(\.asset.macs)) are")
            for device in own {
                #expect(device.asset.macs == [mac], "\(address): \(device.asset.macs)")
                if let vlan = truth["vlan"]?.number {
                    let vlans = Set(device.asset.addresses.flatMap(\.networks).map(\.vlan))
                    #expect(vlans == [UInt16(vlan)], "\(address): \(vlans)")
                }
            }
            for (field, value) in truth.sorted(by: { $0.key < $1.key }) {
                guard let check = DeviceMapping.check(field) else {
                    Issue.record("\(address) \(field): this field of devices is not mapped")
                    continue
                }
                guard case .check(let check) = check, let device = own.first else { continue }
                check(DeviceMapping.Context(seen: seen, device: device, truth: truth, value: value, place: "\(address) \(field)", frames: frames))
            }
        }
    }

    /// Nobody is listed on the link who is not there.
    @Test(arguments: Lab.names) func noDeviceThatIsNotThere(_ name: String) throws {
        let expected = try Lab.expected(name)
        let macs = Set(expected.devices.compactMap { $0["mac"]?.text.flatMap { MACAddress($0) } })
        for device in try Seen.report(name).report.devices {
            for mac in device.asset.macs { #expect(macs.contains(mac), "\(device.asset.id): nobody has \(mac)") }
        }
    }

    @Test(arguments: Lab.names) func devicesBehindOthers(_ name: String) throws {
        let seen = try Seen.report(name)
        for truth in try Lab.expected(name).device_behind ?? [] {
            let gateway = try #require(truth["seen_through"]?.text)
            if let reason = DeviceMapping.invisibleBehind["\(name) \(gateway)"] {
                #expect(!reason.isEmpty)
                continue
            }
            let assets = seen.devices(behind: gateway)
            let identifiers = ["eui64", "serial", "udi_di", "lot", "model"].compactMap { truth[$0]?.text }
            let found = assets.filter { device in
                identifiers.allSatisfy { wanted in device.asset.observations.contains { $0.value.description.contains(wanted) } }
            }
            #expect(found.count == 1, "\(gateway) speaks for \(identifiers); behind it are \(assets.map { $0.asset.observations.map(\.value.description) })")
        }
    }

    /// What is concluded about a device with some confidence is true.
    @Test(arguments: Lab.names) func identities(_ name: String) throws {
        let seen = try Seen.report(name)
        for truth in try Lab.expected(name).devices {
            guard let address = truth["address"]?.text, let wanted = truth["class"]?.text, let mac = truth["mac"]?.text else { continue }
            let classes = try #require(DeviceMapping.classes(wanted), "\(wanted): this class of the truth is not mapped")
            for device in seen.devices(address) where device.asset.macs.contains(where: { $0.description == mac }) {
                if let claimed = device.identity[.deviceClass], claimed.confidence >= Identity.threshold {
                    #expect(classes.contains(claimed.value), "\(address) is a \(wanted); \(claimed.value) is claimed (\(claimed.confidence) %)")
                }
                // A modality that sends its own images names itself: it must be recognised.
                if wanted.hasPrefix("imaging modality "), truth["model"] != nil {
                    #expect(device.identity[.deviceClass].map { classes.contains($0.value) } == true, "\(address) is a \(wanted) and is not recognised")
                    #expect(device.identity[.product] != nil, "\(address): its model is not recognised")
                    #expect(device.identity.isMedical)
                }
            }
        }
    }

    // MARK: Decoys

    @Test(arguments: Lab.names) func decoys(_ name: String) throws {
        let seen = try Seen.report(name)
        for decoy in try Lab.expected(name).decoys {
            guard let check = DecoyTable.checks["\(name): \(decoy.claim)"] else {
                Issue.record("\(name): the claim '\(decoy.claim)' has no check in DecoyTable")
                continue
            }
            check(seen, DecoyTable.Place(decoy))
        }
    }

    // MARK: Findings

    @Test(arguments: Lab.names) func findings(_ name: String) throws {
        let seen = try Seen.report(name)
        let rules = Set(Lab.signatures.rules.map(\.id))
        for truth in try Lab.expected(name).findings {
            let place = "\(truth.address ?? ""):\(truth.port ?? 0) \(truth.kind)"
            switch FindingTable.rules[truth.kind] {
            case nil: Issue.record("\(place): this kind of finding is not in FindingTable")
            case .notFound(let why)?: #expect(!why.isEmpty)
            case .contradiction?:
                let contradictions = seen.devices(truth.address ?? "").flatMap(\.asset.contradictions)
                #expect(!contradictions.isEmpty, "\(place): no contradiction is shown")
            case .oneOf(let wanted)?:
                #expect(wanted.isSubset(of: rules), "\(wanted.subtracting(rules)): there is no such rule")
                #expect(seen.findings(wanted, at: truth.address, truth.port, truth.transport).count > 0, "\(place): found \(seen.report.findings.map(\.rule))")
            }
        }
    }

    /// What is found to be major has a truth about that service: no false alarm.
    @Test(arguments: Lab.names) func noGraveFindingThatIsNotThere(_ name: String) throws {
        let expected = try Lab.expected(name)
        for finding in try Seen.report(name).report.findings where finding.severity >= .major {
            guard let service = finding.service else { continue }
            let isTrue = expected.findings.contains { truth in
                truth.port == nil || service.isAt(truth.address ?? "", truth.port ?? 0, truth.transport ?? "tcp")
            }
            #expect(isTrue, "\(finding.rule) on \(service.text): the truth has no weakness there")
        }
    }

    /// Every finding can be checked: it has evidence, a place in the capture, texts in both languages.
    @Test(arguments: Lab.names) func findingsCarryTheirProof(_ name: String) throws {
        let report = try Seen.report(name).report
        for finding in report.findings {
            #expect(!finding.evidence.isEmpty || finding.service != nil, "\(finding.id)")
            for observation in finding.evidence { #expect(report.place(of: observation.evidence) != nil) }
            let text = try #require(report.texts.text(of: finding.rule))
            #expect(!text.title.french.isEmpty && !text.title.english.isEmpty && text.title.french != text.title.english)
            #expect(report.devices.contains { $0.asset.id == finding.asset })
        }
    }
}
