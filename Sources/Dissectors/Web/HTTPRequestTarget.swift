import Wire

// What is learnt of the target of a request (RFC 9112 section 3.2): which one of a closed list of interfaces its path belongs
// to. The path itself, its identifiers and the query are never kept.

/// The methods that make a difference to what a request is.
enum HTTPMethod: Hashable, Sendable {
    case get, head, post, put, connect, other

    init(_ line: RawSpan) {
        self = .other
        switch line.u8(at: 0) {
        case 0x47: if line.has("GET ") { self = .get }
        case 0x50: if line.has("POST ") { self = .post } else if line.has("PUT ") { self = .put }
        case 0x48: if line.has("HEAD ") { self = .head }
        case 0x43: if line.has("CONNECT ") { self = .connect }
        default: break
        }
    }
}

/// The class of a path.
enum HTTPPath: Hashable, Sendable {
    case other
    /// A `favicon.ico`, in whatever folder.
    case favicon
    /// `[base]/metadata` of FHIR (hl7.org/fhir, "RESTful API", capabilities).
    case fhirMetadata
    case fhirResource(FHIRResource)
    /// A target of DICOM PS3.18. `isProved`: the path itself shows it, by a UID or by the name of the service.
    case dicomWeb(DICOMWebTarget, isProved: Bool)
    case console(WebConsole)

    /// Whether an answer may be wanted whatever its media type.
    var mayBeWanted: Bool {
        switch self {
        case .favicon, .fhirMetadata, .console(.system): true
        case .other, .fhirResource, .dicomWeb, .console: false
        }
    }

    /// - Parameter path: the path, without a query.
    init(_ path: RawSpan) {
        self = .other
        if path.u8(at: path.byteCount &- 1) == 0x6F, path.has("/favicon.ico", at: path.byteCount &- 12) {
            self = .favicon
            return
        }
        if let console = WebConsole(path) {
            self = .console(console)
            return
        }
        var resource: FHIRResource?
        var dicomWeb = DICOMWebTarget.Reading()
        var offset = 0
        while let slash = path.firstIndex(of: 0x2F, from: offset) {
            offset = slash &+ 1
            // Most parts are told by their first letter to be none that is known.
            switch path.u8(at: offset) {
            // The last kind that is named: `Patient/1/Observation` asks for observations.
            case .some(0x41...0x5A): if let kind = FHIRResource(path.part(at: offset)) { resource = kind }
            case .some(0x30...0x32), 0x64, 0x69, 0x71, 0x73, 0x77: dicomWeb.read(path.part(at: offset))
            case nil: break
            default: dicomWeb.readOther()
            }
        }
        if let target = dicomWeb.target {
            self = .dicomWeb(target, isProved: dicomWeb.isProved)
        } else if path.has("/metadata", at: path.byteCount &- 9) {
            self = .fhirMetadata
        } else if let resource {
            self = .fhirResource(resource)
        }
    }
}

/// What a path of DICOM PS3.18 (chapters 10 and 11) addresses.
enum DICOMWebTarget: Hashable, Sendable {
    /// Studies, series or instances: a search.
    case list
    /// All studies, or one: an upload too.
    case study
    /// Something of a study.
    case object
    case workitem

    /// The service, by the method.
    func service(_ method: HTTPMethod) -> DICOMWebService? {
        switch (self, method) {
        case (.workitem, _): .upsRS
        case (.list, .get): .qidoRS
        case (.list, .post), (.study, .post): .stowRS
        case (.study, .get), (.object, .get): .wadoRS
        default: nil
        }
    }

    /// Reads the parts of a path one by one.
    struct Reading {
        private(set) var target: DICOMWebTarget?
        private(set) var isProved = false
        /// Whether a UID came before: what is listed is inside a study, and what is named is not all of it.
        private var isInStudy = false

        mutating func read(_ part: RawSpan) {
            switch part.byteCount {
            case 7 where part.equals("studies"): self.target = .list
            case 6 where part.equals("series"): self.target = .list
            case 9 where part.equals("instances"): self.target = .list
            case 9 where part.equals("workitems"): self.target = .workitem
            // The usual names of the service's root.
            case 9 where part.equals("dicom-web"), 8 where part.equals("dicomweb"), 7 where part.equals("qido-rs"), 7 where part.equals("wado-rs"),
                7 where part.equals("stow-rs"):
                self.isProved = true
            case _ where self.target == .list && Self.isUID(part):
                self.target = self.isInStudy ? .object : .study
                self.isInStudy = true
                self.isProved = true
            default: self.readOther()
            }
        }

        /// A part that names no list and is no UID: of a study, such as `metadata`, `rendered` or `frames`.
        mutating func readOther() {
            if self.target == .study { self.target = .object }
        }

        /// A UID (PS3.5 section 9.1) of at least four components, as those of studies are.
        private static func isUID(_ part: RawSpan) -> Bool {
            guard part.byteCount <= 64, let first = part.u8(at: 0), first >= 0x30, first <= 0x32, part.u8(at: 1) == 0x2E else { return false }
            var dots = 0
            for offset in 0..<part.byteCount {
                switch part.u8(at: offset) {
                case 0x2E: dots &+= 1
                case .some(0x30...0x39): break
                default: return false
                }
            }
            return dots >= 3
        }
    }
}

/// The services of DICOM PS3.18, by the values of `dicomweb.service`.
enum DICOMWebService: String, Sendable {
    case qidoRS = "qido-rs"
    case wadoRS = "wado-rs"
    case stowRS = "stow-rs"
    case upsRS = "ups-rs"
    case wadoURI = "wado-uri"
}

/// Consoles that have a path of their own, by what `http.application` says of them once the path was answered.
enum WebConsole: Hashable, Sendable {
    /// `/app/explorer.html`: Orthanc Explorer (Orthanc Book, "Quickstart").
    case orthancExplorer
    /// `/ui/app/`: Orthanc Explorer 2 (Orthanc Book, "Orthanc Explorer 2").
    case orthancExplorer2
    /// `/system`: many have one; the answer tells (Orthanc REST API, "System").
    case system
    /// `/dcm4chee-arc/ui2/`: dcm4chee-arc-light (its wiki, "Run minimum set of archive services").
    case dcm4chee
    /// `/weasis-pacs-connector/`: Weasis (weasis-pacs-connector, README).
    case weasis
    /// `/wsman`: WS-Management (DMTF DSP0226; [MS-WSMV] section 2.1), remote administration: Windows Remote Management and others.
    case webServicesManagement

    init?(_ path: RawSpan) {
        switch path.u8(at: 1) {
        case 0x61, 0x64, 0x73, 0x75, 0x77: break
        default: return nil
        }
        switch path.byteCount {
        case 18 where path.equals("/app/explorer.html"): self = .orthancExplorer
        case 7 where path.equals("/system"): self = .system
        case 6 where path.equals("/wsman"): self = .webServicesManagement
        case 8... where path.has("/ui/app/"): self = .orthancExplorer2
        case 18... where path.has("/dcm4chee-arc/ui2/"): self = .dcm4chee
        case 23... where path.has("/weasis-pacs-connector/"): self = .weasis
        default: return nil
        }
    }

    /// What a path that was answered with success proves. `nil` where the body has to tell.
    var application: String? {
        switch self {
        case .orthancExplorer: "Orthanc"
        case .orthancExplorer2: "Orthanc Explorer 2"
        case .system: nil
        case .dcm4chee: "dcm4chee-arc"
        case .weasis: "weasis-pacs-connector"
        case .webServicesManagement: "WS-Management"
        }
    }
}

extension RawSpan {
    /// The part of a path that begins at `offset`.
    @_lifetime(copy self)
    fileprivate func part(at offset: Int) -> RawSpan {
        self.slice(from: offset, count: (self.firstIndex(of: 0x2F, from: offset) ?? self.byteCount) &- offset)
    }
}
