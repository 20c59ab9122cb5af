import Wire

/// Finds out of which protocol a datagram is, whose conversation is not known yet.
public enum DatagramRecognition {
    /// Asks those who expect their protocol on one of the ports, that of the destination first, then the others in their order; none
    /// whose protocol cannot begin so.
    /// - Parameter ports: of the datagram at hand.
    /// - Returns: what was said of the datagram, and the place in ``Registry/datagrams`` of who said it; `nil` where all said no.
    public static func dissect(
        _ datagram: RawSpan, from side: Side, ports: (source: UInt16, destination: UInt16), _ context: inout DissectionContext
    ) -> (verdict: DatagramVerdict, dissector: Int?) {
        var pending = datagram.u8(at: 0).map { Self.beginnings[Int($0)] } ?? .max
        for port in [ports.destination, ports.source] {
            guard let usual = Self.usualPorts[port] else { continue }
            let answer = Self.ask(usual & pending, datagram, from: side, &context)
            if answer.dissector != nil { return answer }
            pending &= ~usual
        }
        return Self.ask(pending & Self.everyone, datagram, from: side, &context)
    }

    private static func ask(
        _ dissectors: UInt128, _ datagram: RawSpan, from side: Side, _ context: inout DissectionContext
    ) -> (verdict: DatagramVerdict, dissector: Int?) {
        var pending = dissectors
        while pending != 0 {
            let index = pending.trailingZeroBitCount
            pending &= pending &- 1
            let verdict = Registry.datagrams[index].dissect(datagram, from: side, &context)
            if verdict != .no { return (verdict, index) }
        }
        return (.no, nil)
    }

    // Sets of dissectors are bits by their place in the registry.

    private static let everyone: UInt128 = (1 &<< UInt128(Registry.datagrams.count)) &- 1

    /// By the first octet.
    private static let beginnings: [UInt128] = (0...255).map { octet in
        Self.set { $0.mayBegin(UInt8(truncatingIfNeeded: octet)) }
    }

    private static let usualPorts: [UInt16: UInt128] = Registry.datagrams.reduce(into: [:]) { ports, type in
        for port in type.usualPorts where ports[port] == nil { ports[port] = Self.set { $0.usualPorts.contains(port) } }
    }

    private static func set(_ isWanted: (any DatagramDissector.Type) -> Bool) -> UInt128 {
        var set: UInt128 = 0
        for (index, type) in Registry.datagrams.enumerated() where isWanted(type) { set |= 1 &<< UInt128(index) }
        return set
    }
}
