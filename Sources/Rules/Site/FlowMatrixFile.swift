import Observations
import SwiftCSV
import Wire

/// A flow matrix as suppliers give it: a CSV file with the columns of clause O-12.2.3.2 of the Clausier Sécurité Santé (Club RSSI
/// Santé): identifier, description, exposure to the Internet, sender, receiver, protocol, encryption; a port beside them.
enum FlowMatrixFile {
    struct Row {
        /// By folded names of columns.
        let cells: [String: String]
        let line: Int
    }

    enum Column: CaseIterable {
        case identifier, purpose, sender, receiver, service, port, transport, encryption

        /// Folded names that are understood, French first.
        var names: [String] {
            switch self {
            case .identifier: ["identifiant", "id", "numero", "n", "no", "reference", "identifier"]
            case .purpose: ["description", "libelle", "objet", "usage", "designation", "purpose"]
            case .sender: ["emetteur", "source", "de", "origine", "sender", "from"]
            case .receiver: ["recepteur", "destination", "vers", "a", "destinataire", "receiver", "to"]
            case .service: ["protocole", "protocoles", "service", "application", "protocol"]
            case .port: ["port", "ports", "port-destination", "destination-port"]
            case .transport: ["transport"]
            case .encryption: ["chiffrement", "chiffre", "encryption", "encrypted"]
            }
        }
    }

    private static let rowLimit = 100_000

    static func rows(of text: String, file: String) throws(SiteProblem) -> [Row] {
        func problem(_ french: String, _ english: String) -> SiteProblem {
            SiteProblem(file: file, line: 1, text: Text(french: french, english: english), isWarning: false)
        }
        let csv: CSV<Enumerated>
        do {
            csv = try CSV<Enumerated>(string: text)
        } catch {
            throw problem("ce n’est pas un fichier CSV correct (guillemets non fermés\u{00A0}?)", "this is not a correct CSV file (unclosed quotes?)")
        }
        let header = csv.header.map { SiteText.folded($0) }
        guard Column.sender.names.contains(where: header.contains), Column.receiver.names.contains(where: header.contains) else {
            throw problem(
                "la matrice des flux doit avoir les colonnes «\u{00A0}émetteur\u{00A0}» et «\u{00A0}récepteur\u{00A0}» (séparées par\u{00A0}; , ou tabulation)",
                "the flow matrix needs the columns \"sender\" and \"receiver\" (separated by ; , or tabs)")
        }
        guard csv.rows.count <= Self.rowLimit else { throw problem("la matrice dépasse 100 000 lignes", "the matrix has more than 100,000 rows") }
        return csv.rows.enumerated().compactMap { number, row in
            guard row.contains(where: { !$0.allSatisfy(\.isWhitespace) }) else { return nil }
            let cells = zip(header, row).map { ($0, $1.trimmed) }
            return Row(cells: Dictionary(cells, uniquingKeysWith: { first, _ in first }), line: number + 2)
        }
    }

    /// What a cell says: `oui`, `TLS 1.2`, `non`, `en clair`; `nil` for what it does not say clearly.
    static func isYes(_ text: String) -> Bool? {
        let plain = SiteText.folded(text)
        if ["non", "no", "aucun", "none", "en-clair", "clair", "clear", "n", "0", "false"].contains(plain) { return false }
        if ["oui", "yes", "o", "y", "1", "true", "x"].contains(plain) { return true }
        return ["tls", "ssl", "ssh", "ipsec", "vpn", "https"].contains { plain.contains($0) } ? true : nil
    }
}

/// Protocols, ports and transports as people write them: `DICOM`, `TCP 104`, `443/tcp`, `HTTPS (8443)`, `5000-5010`.
struct DeclaredService {
    private(set) var protocols: [ApplicationProtocol] = []
    private(set) var ports: [Site.Port] = []
    private(set) var transports: [Transport] = []
    /// Words that mean nothing here.
    private(set) var unknown: [String] = []

    var isEmpty: Bool { self.protocols.isEmpty && self.ports.isEmpty && self.transports.isEmpty }

    /// The most ports of one cell.
    private static let portLimit = 4096
    /// Words of no meaning.
    private static let fillers: Set<String> = ["port", "ports", "et", "and", "ou", "or", "over", "sur", "via", "any", "tous", "flux", "mllp", "ip"]
    /// What people call protocols, by what Laennec calls them.
    private static let aliases: [String: [ApplicationProtocol]] = [
        "https": [.tls, .http], "ldaps": [.tls, .ldap], "ftps": [.ftp, .tls], "cifs": [.smb], "netbios": [.nbns, .smb], "sftp": [.ssh],
        "scp": [.ssh], "ssl": [.tls], "ipsec": [.ike, .esp], "isakmp": [.ike], "kdc": [.kerberos], "mssql": [.tds], "sql": [.tds],
        "oracle": [.tns], "mariadb": [.mysql], "postgres": [.postgresql], "web": [.http, .tls], "imaps": [.tls, .imap],
        "smtps": [.tls, .smtp], "rpc": [.msrpc, .rpc], "dce": [.msrpc], "opcua": [.opcua], "iec104": [.iec104], "s7": [.s7comm],
        "poct1a": [.poct1a], "poct1-a": [.poct1a], "lis": [.astm], "lpr": [.lpd], "jetdirect": [.pjl], "radius": [.radius],
        "teleassistance": [.rdp, .vnc, .ssh], "bureau": [.rdp], "quic": [.quic], "ethernet-ip": [.enip],
    ]

    init(_ text: String) {
        let words = text.lowercased().split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") })
        for word in words.prefix(256) { self.read(String(word)) }
        if self.ports.isEmpty { return }
        // A transport beside ports narrows them.
        if let transport = self.transports.first, self.transports.count == 1 {
            self.ports = self.ports.map { Site.Port(transport: transport, number: $0.number) }
            self.transports = []
        }
    }

    private mutating func read(_ word: String) {
        switch word {
        case "tcp": self.add(.tcp)
        case "udp": self.add(.udp)
        case "esp": self.protocols.append(.esp)
        case _ where Self.fillers.contains(word): return
        default:
            let limits = word.split(separator: "-").map { UInt16($0) }
            if let first = limits.first ?? nil, let last = limits.last ?? nil, limits.count <= 2, first <= last {
                var port = first
                while self.ports.count < Self.portLimit {
                    self.ports.append(Site.Port(transport: nil, number: port))
                    if port == last { break }
                    port += 1
                }
            } else if let known = ApplicationProtocol(rawValue: word).map({ [$0] }) ?? Self.aliases[word] {
                self.protocols += known
            } else if word.contains(where: \.isLetter) {
                self.unknown.append(word)
            }
        }
    }

    private mutating func add(_ transport: Transport) {
        if !self.transports.contains(transport) { self.transports.append(transport) }
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
