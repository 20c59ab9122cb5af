import Observations
import Wire

/// Every protocol that Laennec reads. To add one: a file in the folder of its family, and a line here.
public enum Registry {
    /// TCP, the surest probes first: where two say yes to the same bytes, the first wins.
    static let streams: [any StreamDissector.Type] = [
    ]

    /// UDP.
    static let datagrams: [any DatagramDissector.Type] = [
    ]

    /// Above the link layer.
    static let links: [any LinkDissector.Type] = [
    ]
}
