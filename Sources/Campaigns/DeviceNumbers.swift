import Wire

/// The numbers that only one device has: by them it is known again wherever it stands and whatever it is called.
struct DeviceNumbers: Hashable, Sendable {
    /// Hardware addresses of its own: neither a router's nor chosen by software.
    let macs: Set<MACAddress>
    /// As ``FoldedText`` writes it; empty where there is none that tells devices apart.
    let serial: String
    /// A unique device identifier with a serial number in it; empty where there is none. One without names a model, not a device.
    let udi: String
    let maker: String

    /// Shorter ones are counters.
    private static let shortestSerial = 3

    init(macs: [MACAddress], serial: String?, udi: String?, maker: String?) {
        self.macs = Set(macs.filter { $0.isUnicast && !$0.isLocallyAdministered && !$0.isVirtualRouter })
        let serial = FoldedText.serial(serial ?? "")
        self.serial = serial.utf8.count >= Self.shortestSerial ? serial : ""
        self.udi = UDI.unit(udi ?? "") ?? ""
        self.maker = maker ?? ""
    }

    /// The serial number with the maker, of which it is one; `nil` where either is unknown.
    var serialOfMaker: String? { self.serial.isEmpty ? nil : FoldedText.maker(self.maker).first.map { "\($0) \(self.serial)" } }
}
