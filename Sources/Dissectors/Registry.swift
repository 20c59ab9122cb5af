/// Every protocol that Laennec reads. To add one: a file in the folder of its family, and a line here.
public enum Registry {
    /// TCP, the surest probes first: where two say yes to the same bytes, the first wins.
    public static let streams: [any StreamDissector.Type] = [
        DICOMDissector.self,
        HL7Dissector.self,
        TLSDissector.self,
        HTTPDissector.self,
        SSHDissector.self,
        RDPDissector.self,
        VNCDissector.self,
        FTPDissector.self,
        POCT1ADissector.self,
        ASTMDissector.self,
        PHDDissector.self,
        BCCDissector.self,
        MEDIBUSDissector.self,
        DRIDissector.self,
        SyslogStreamDissector.self,
        TelnetDissector.self,
        DNSStreamDissector.self,
    ]

    /// UDP.
    public static let datagrams: [any DatagramDissector.Type] = [
        DNSDissector.self,
        DHCPDissector.self,
        SNMPDissector.self,
        WSDiscoveryDissector.self,
        IntelliVueDissector.self,
        SyslogDissector.self,
        ADDPDissector.self,
        LantronixDissector.self,
        MoxaDissector.self,
        UnityDissector.self,
    ]

    /// Above the link layer.
    public static let links: [any LinkDissector.Type] = [
        ARPDissector.self,
        LLDPDissector.self,
    ]

    /// Above IP, without ports.
    public static let networks: [any NetworkDissector.Type] = []

    /// Numbers of IP protocols that somebody here reads.
    public static let ipProtocols = Self.networks.reduce(into: Set<UInt8>()) { $0.formUnion($1.ipProtocols) }

    /// EtherTypes that somebody here reads.
    public static let etherTypes = Self.links.reduce(into: Set<UInt16>()) { $0.formUnion($1.etherTypes) }
}
