public import Rules
import Wire

/// The cut-off sheet as rules to apply: a proposal, which somebody reads before it is used.
public enum CutOffRules {
    /// A rule set for nft(8): what is kept first, then every cut with its number, in a table of its own, so that taking the table away
    /// takes everything back.
    public static func nftables(_ report: Report, _ language: Language) -> String {
        let isFrench = language == .french
        var text = """
            #!/usr/sbin/nft -f
            # \(isFrench ? "Fiche de coupure\u{00A0}: proposition à relire avant toute application." : "Cut-off sheet: a proposal, to be read before it is applied.")
            # \(isFrench ? "Appliquer\u{00A0}: nft -f ce-fichier. Annuler\u{00A0}: nft delete table inet laennec_coupure" : "Apply: nft -f this-file. Undo: nft delete table inet laennec_coupure")
            table inet laennec_coupure {}
            delete table inet laennec_coupure
            table inet laennec_coupure {
             set internal4 {
              type ipv4_addr; flags interval
              elements = { \(Self.ownBlocks(report.site, isV4: true).joined(separator: ", ")) }
             }
             set internal6 {
              type ipv6_addr; flags interval
              elements = { \(Self.ownBlocks(report.site, isV4: false).joined(separator: ", ")) }
             }
             chain forward {
              type filter hook forward priority -10; policy accept;

            """
        let phrasing = Phrasing(report: report, language: language)
        for cut in report.cutOff.kept {
            text += "  # \(isFrench ? "conserver" : "keep"): \(Self.comment(phrasing.what(cut)))\n"
            for line in Self.lines(cut) { text += "  \(line) accept\n" }
        }
        var step: CutOffSheet.Step?
        for (index, cut) in report.cutOff.cuts.enumerated() {
            if cut.step != step {
                step = cut.step
                text += "  # --- \(cut.step.title[language])\n"
            }
            text += "  # \(index &+ 1). \(Self.comment(phrasing.what(cut)))\n"
            for line in Self.lines(cut) { text += "  \(line) counter drop\n" }
        }
        return text + " }\n}\n"
    }

    /// Private addresses and what the site adds; the sets of nft hold no overlapping blocks.
    private static func ownBlocks(_ site: Site, isV4: Bool) -> [String] {
        let standard = isV4 ? ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4"] : ["::1", "fc00::/7", "fe80::/10", "ff00::/8"]
        let blocks = site.networks.blocks.filter { $0.address.isV4 == isV4 }
        let widest = blocks.enumerated().filter { place, block in
            !blocks.enumerated().contains { other, wider in
                (wider.bits < block.bits || wider.bits == block.bits && other < place) && wider.contains(block.address)
            }
        }
        return standard + widest.map(\.element.description)
    }

    /// One line for each family of addresses that the cut has.
    private static func lines(_ cut: CutOffSheet.Cut) -> [String] {
        ["ip", "ip6"].compactMap { family in
            let isV4 = family == "ip"
            let internalSet = isV4 ? "@internal4" : "@internal6"
            func side(_ addresses: [String], _ name: String) -> String? {
                if addresses.isEmpty { return "\(family) \(name) != \(internalSet)" }
                let own = addresses.filter { $0.contains(":") != isV4 }
                return own.isEmpty ? nil : "\(family) \(name) { \(own.joined(separator: ", ")) }"
            }
            guard let source = side(cut.sources, "saddr"), let destination = side(cut.destinations, "daddr") else { return nil }
            // A cut between two anybodies would be one of everything.
            guard !cut.sources.isEmpty || !cut.destinations.isEmpty else { return nil }
            var line = "\(source) \(destination)"
            if cut.transport == .esp {
                line += " meta l4proto esp"
            } else if !cut.ports.isEmpty {
                line += " \(cut.transport.name) dport { \(cut.ports.map { String($0) }.joined(separator: ", ")) }"
            }
            return line
        }
    }

    /// On one line, of letters and digits: what stands in a file of commands comes from the wire.
    private static func comment(_ text: String) -> String {
        String(text.map { $0.isLetter || $0.isNumber || " .-_:/()".contains($0) ? $0 : "?" }.prefix(128))
    }
}
