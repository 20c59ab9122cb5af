/// Every protocol that Laennec reads. To add one: a file in the folder of its family, and a line here.
public enum Registry {
    /// TCP, the surest probes first: where two say yes to the same bytes, the first wins.
    public static let streams: [any StreamDissector.Type] = [
        // Medical
        DICOMDissector.self,
        HL7Dissector.self,
        // The most frequent
        TLSDissector.self,
        HTTPDissector.self,
        SSHDissector.self,
        SMBDissector.self,
        // Remote access
        RDPDissector.self,
        VNCDissector.self,
        SpiceDissector.self,
        ICADissector.self,
        NoMachineDissector.self,
        RadminDissector.self,
        TeamViewerDissector.self,
        PcAnywhereDissector.self,
        // Unmistakable beginnings
        BGPDissector.self,
        BitTorrentDissector.self,
        PPTPDissector.self,
        FoxDissector.self,
        AMQPDissector.self,
        // Medical, over serial lines
        POCT1ADissector.self,
        ASTMDissector.self,
        PHDDissector.self,
        BCCDissector.self,
        MEDIBUSDissector.self,
        DRIDissector.self,
        // Text
        FTPDissector.self,
        SMTPDissector.self,
        POP3Dissector.self,
        IMAPDissector.self,
        XMPPDissector.self,
        RTSPDissector.self,
        SIPStreamDissector.self,
        IRCDissector.self,
        PJLDissector.self,
        RedisDissector.self,
        MemcachedDissector.self,
        // Directory
        KerberosStreamDissector.self,
        MSRPCDissector.self,
        LDAPDissector.self,
        // Databases and messages
        MySQLDissector.self,
        PostgreSQLDissector.self,
        TDSDissector.self,
        TNSDissector.self,
        MongoDBDissector.self,
        CassandraDissector.self,
        MQTTDissector.self,
        KafkaDissector.self,
        // Buildings and industry
        OPCUADissector.self,
        S7commDissector.self,
        MMSDissector.self,
        DNP3Dissector.self,
        EtherNetIPDissector.self,
        ModbusDissector.self,
        IEC104Dissector.self,
        SynchrophasorDissector.self,
        HARTIPDissector.self,
        FINSDissector.self,
        ADSDissector.self,
        KNXStreamDissector.self,
        // Storage and backup
        ISCSIDissector.self,
        NFSDissector.self,
        RPCDissector.self,
        NDMPDissector.self,
        RsyncDissector.self,
        BaculaDissector.self,
        X11Dissector.self,
        // Weak beginnings
        OpenVPNStreamDissector.self,
        STUNStreamDissector.self,
        LPDDissector.self,
        SyslogStreamDissector.self,
        RustDeskDissector.self,
        SOCKSDissector.self,
        TelnetDissector.self,
        TACACSDissector.self,
        DNSStreamDissector.self,
        RLoginDissector.self,
        RemoteShellDissector.self,
        RemoteExecDissector.self,
    ]

    /// UDP, in the same order.
    public static let datagrams: [any DatagramDissector.Type] = [
        DNSDissector.self,
        DHCPDissector.self,
        MDNSDissector.self,
        SSDPDissector.self,
        SNMPDissector.self,
        NBNSDissector.self,
        LLMNRDissector.self,
        WSDiscoveryDissector.self,
        NetBIOSDatagramDissector.self,
        KerberosDissector.self,
        CLDAPDissector.self,
        SIPDissector.self,
        DTLSDissector.self,
        STUNDissector.self,
        QUICDissector.self,
        IKEDissector.self,
        L2TPDissector.self,
        WireGuardDissector.self,
        OpenVPNDissector.self,
        BACnetDissector.self,
        KNXDissector.self,
        EtherNetIPDatagramDissector.self,
        DNP3DatagramDissector.self,
        SynchrophasorDatagramDissector.self,
        HARTIPDatagramDissector.self,
        FINSDatagramDissector.self,
        ADSDiscoveryDissector.self,
        CoAPDissector.self,
        SQLBrowserDissector.self,
        NFSDatagramDissector.self,
        RPCDatagramDissector.self,
        IPMIDissector.self,
        XDMCPDissector.self,
        TFTPDissector.self,
        DHCPv6Dissector.self,
        HSRPDissector.self,
        RADIUSDissector.self,
        BitTorrentDatagramDissector.self,
        PcAnywhereNameDissector.self,
        RustDeskDatagramDissector.self,
        IntelliVueDissector.self,
        SyslogDissector.self,
        ADDPDissector.self,
        LantronixDissector.self,
        MoxaDissector.self,
        UnityDissector.self,
        NTPDissector.self,
        RTPDissector.self,
        ESPDatagramDissector.self,
    ]

    /// Above the link layer.
    public static let links: [any LinkDissector.Type] = [
        ARPDissector.self,
        LLDPDissector.self,
        CDPDissector.self,
        STPDissector.self,
        EAPOLDissector.self,
    ]

    /// Above IP, without ports.
    public static let networks: [any NetworkDissector.Type] = [
        NDPDissector.self,
        IGMPDissector.self,
        VRRPDissector.self,
    ]

    /// Numbers of IP protocols that somebody here reads.
    public static let ipProtocols = Self.networks.reduce(into: Set<UInt8>()) { $0.formUnion($1.ipProtocols) }

    /// EtherTypes that somebody here reads.
    public static let etherTypes = Self.links.reduce(into: Set<UInt16>()) { $0.formUnion($1.etherTypes) }
}
