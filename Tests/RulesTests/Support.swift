import Foundation
import Inventory
import Observations
import Rules
import Wire

/// The project's own signatures, read from their folder.
enum Project {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Signatures").path(percentEncoded: false)
    static let signatures = Result { try SignatureSet(directory: Self.folder) }
}

/// A signature folder that lives as long as a test.
struct ScratchFolder: ~Copyable {
    let path: String

    init(_ files: [String: String]) throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "laennec-rules-\(UUID().uuidString)")
        for (name, text) in files {
            let file = root.appending(path: name)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        self.path = root.path(percentEncoded: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }
}

/// The lists that hand-made signatures need.
let smallVocabulary = [
    "vocabulary/vendors.tsv": "# columns: name aliases\nAcme\tAcme Medical|ACME SA\nGE HealthCare\tGE MEDICAL SYSTEMS\n",
    "vocabulary/device-classes.tsv": "# columns: id medical french english\nct-scanner\tyes\tscanographe\tCT scanner\nprinter\tno\timprimante\tprinter\n",
    "vocabulary/roles.tsv": "# columns: id french english\nimage-archive\tarchive\tarchive\n",
    "vocabulary/software.tsv": "# columns: name kind maker\nDCMTK\ttoolkit\tOFFIS\nOpenSSH\tprogram\tOpenBSD\n",
    "vocabulary/operating-systems.tsv": "# columns: name parent\nLinux\t\n",
    "vocabulary/frameworks.tsv": "# columns: framework id french english\nhygiene\t21\tprotocoles\tprotocols\n",
    "vocabulary/evidence.tsv": """
    # columns: id ceiling spread fields french english
    ssh-banner\t80\t2\tssh.banner\tbannière\tbanner
    hardware-address\t40\t3\tlink.address\tadresse\taddress
    dicom-object\t90\t1\tdicom.manufacturer dicom.serial\tobjet\tobject

    """,
]

extension Evidence {
    static func at(_ frame: UInt64) -> Evidence {
        Evidence(frame: frame, time: Timestamp(seconds: 1_700_000_000 + Int64(frame)))
    }
}

/// A census made by hand: a call a line, and only what the test is about.
struct CensusBuilder {
    private var assets: [String: Asset] = [:]
    private var conversations: [Conversation] = []
    private var frame: UInt64 = 0

    private mutating func next() -> Evidence {
        self.frame += 1
        return .at(self.frame)
    }

    static func host(_ address: String) -> HostKey { HostKey(IPAddress(address) ?? .none, in: .none) }

    mutating func asset(_ address: String, mac: String? = nil, _ observations: [(Attribute, String)] = []) {
        let evidence = self.next()
        let host = Self.host(address)
        let values = observations.map { Observation(.host(host), $0.0, Self.value($0.0, $0.1), evidence: self.next()) }
        let address = host.address
        let asset = Asset(
            id: "ip-\(address)", position: address.isPublic ? .external : .onLink,
            addresses: [.init(address: address, networks: [.none], firstSeen: evidence.time, lastSeen: evidence.time)],
            macs: mac.flatMap { MACAddress($0) }.map { [$0] } ?? [], observations: values, firstSeen: evidence.time, lastSeen: evidence.time,
            evidence: evidence)
        self.assets[asset.id] = asset
    }

    mutating func service(
        _ address: String, _ port: UInt16, _ protocols: [ApplicationProtocol], _ observations: [(Attribute, String)] = [], from clients: [String] = [],
        answered: UInt64 = 1, said: [(Attribute, String)] = []
    ) {
        if self.assets["ip-\(address)"] == nil { self.asset(address) }
        let evidence = self.next()
        let key = ServiceKey(host: Self.host(address), port: port, transport: .tcp)
        let values = observations.map { Observation(.service(key), $0.0, Self.value($0.0, $0.1), evidence: self.next()) }
        let service = Service(
            key: key, protocols: protocols.sorted(), observations: values, clients: clients.count, firstSeen: evidence.time, lastSeen: evidence.time,
            evidence: evidence)
        self.assets["ip-\(address)"]?.services.append(service)
        for client in clients {
            if self.assets["ip-\(client)"] == nil { self.asset(client) }
            let first = self.next()
            let conversation = ConversationKey(client: Self.host(client), service: key)
            self.conversations.append(
                Conversation(
                    key: conversation, client: "ip-\(client)", server: "ip-\(address)", protocols: protocols.sorted(),
                    tally: ConversationTally(flows: 1, answered: answered, lastSeen: first.time, first: first, answer: answered > 0 ? first : nil),
                    observations: said.map { Observation(.conversation(conversation), $0.0, Self.value($0.0, $0.1), evidence: self.next()) }))
        }
    }

    static func value(_ attribute: Attribute, _ text: String) -> Value {
        attribute.definition.kind == .number ? .number(Int64(text) ?? 0) : .text(text)
    }

    var census: Census {
        Census(
            assets: self.assets.values.sorted { $0.id < $1.id }, conversations: self.conversations.sorted { $0.key < $1.key })
    }
}

extension Identifier {
    /// Who the asset with that address is.
    func identity(_ address: String, in census: Census) -> Identity? {
        census.assets.first { $0.id == "ip-\(address)" }.map { self.identify($0) }
    }
}
