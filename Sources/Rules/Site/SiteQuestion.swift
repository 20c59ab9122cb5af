/// What a report could say if the site file answered it.
public enum SiteQuestion: String, CaseIterable, Sendable {
    case zones, gateways, vendors
    case sessionLimit = "session-limit"
    case flowMatrix = "flow-matrix"
    case perimeter = "declared-perimeter"

    /// What it would say.
    public var text: Text {
        switch self {
        case .zones: Text(french: "cloisonnement entre zones et unités de soins touchées (zones)", english: "separation of zones and care units concerned (zones)")
        case .gateways: Text(french: "télémaintenance qui contourne la passerelle (passerelles)", english: "remote maintenance past the gateway (gateways)")
        case .vendors:
            Text(french: "qui maintient, et dans quelles plages (mainteneurs)", english: "who maintains, and inside which hours (vendors)")
        case .sessionLimit: Text(french: "sessions trop longues (duree-maximale)", english: "sessions that are too long (session-limit)")
        case .flowMatrix: Text(french: "flux non déclarés et flux à fermer (matrice-des-flux)", english: "flows not declared, and flows to close (flow-matrix)")
        case .perimeter:
            Text(french: "services publiés hors du périmètre audité (perimetre-declare)", english: "services published outside the audited perimeter (declared-perimeter)")
        }
    }
}

extension Site {
    /// What the site file leaves unsaid.
    public var openQuestions: [SiteQuestion] {
        SiteQuestion.allCases.filter { question in
            switch question {
            case .zones: self.zones.isEmpty
            case .gateways: self.gateways.isEmpty
            case .vendors: self.vendors.isEmpty
            case .sessionLimit: self.sessionLimit == nil
            case .flowMatrix: self.matrix == nil
            case .perimeter: self.perimeter == nil
            }
        }
    }
}
