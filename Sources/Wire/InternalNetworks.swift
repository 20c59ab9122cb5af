/// Which addresses are an establishment's own: private ones always (``IPAddress/isPublic`` says which are not), and the public
/// blocks that it says it uses inside.
public struct InternalNetworks: Hashable, Sendable {
    /// Public blocks that are inside all the same.
    public let blocks: [AddressBlock]

    /// Private, link-local, loopback and carrier-grade addresses only (RFC 1918, RFC 4193, RFC 6890).
    public static let standard = InternalNetworks([])

    /// - Parameter blocks: the establishment's networks; those with private addresses are inside anyway.
    public init(_ blocks: [AddressBlock]) { self.blocks = blocks.filter { $0.bits == 0 || $0.address.isPublic } }

    /// Whether the address is on the Internet, outside the establishment.
    public func isExternal(_ address: IPAddress) -> Bool {
        address.isPublic && !self.blocks.contains { $0.contains(address) }
    }
}
