import Observations
import Wire

// Time synchronisation of GE Unity/CARESCAPE monitoring networks: 64 octets over UDP, mostly to port 2000, from the master node
// (a central station) to all. The one message of the network whose layout is published: "Understanding GE Carescape
// Networks", Vocera Carescape Adapter Reference 1.3.0. Discovery (port 7000) and alarms have no published layout and are not
// recognised.
//
// The layout has no magic number. What proves it is that the sender's own address stands inside, with a place of the
// published form and the present time: chance does not produce that, and nothing less is accepted.

enum UnityDissector: DatagramDissector {
    static let applicationProtocol = ApplicationProtocol.unity
    static let usualPorts: Set<UInt16> = [2000]

    /// From 1900-01-01 to 1970-01-01.
    private static let epoch: Int64 = 2_208_988_800
    /// How far the clock of the monitoring network may be from that of the capture: these networks are often closed and set by
    /// hand, but not to another year.
    private static let tolerance: Int64 = 400 * 86_400

    static func dissect(_ datagram: RawSpan, from side: Side, _ context: inout DissectionContext) -> DatagramVerdict {
        let sender = context.endpoint(side).address
        guard datagram.byteCount == 64, sender.isV4, !sender.isUnspecified, datagram.u32(at: 6) == sender.v4,
            let seconds = datagram.u32(at: 60), Self.isPresent(seconds, at: context.evidence.time), let location = Location(datagram)
        else { return .no }
        context.declare(side, is: .server)
        context.record(.unityLocation, datagram.slice(from: Location.offset, count: location.length), about: .host(context.host(side)))
        return .more
    }

    private static func isPresent(_ seconds: UInt32, at time: Timestamp) -> Bool {
        let difference = Int64(seconds) &- Self.epoch &- time.nanoseconds / 1_000_000_000
        return difference > -Self.tolerance && difference < Self.tolerance
    }

    /// `unit|room`: at most seven and six characters, then NULs.
    private struct Location {
        static let offset = 24
        private static let room = 6
        private static let unit = 7
        let length: Int

        init?(_ datagram: RawSpan) {
            let field = datagram.slice(from: Self.offset, count: Self.unit &+ 1 &+ Self.room)
            let length = field.firstIndex(of: 0) ?? field.byteCount
            guard let bar = field.firstIndex(of: 0x7C, before: length), (1...Self.unit).contains(bar),
                (1...Self.room).contains(length &- bar &- 1)
            else { return nil }
            var index = 0
            while let byte = field.u8(at: index) {
                let isRight = index >= length ? byte == 0 : index == bar || byte >= 0x20 && byte < 0x7F && byte != 0x7C
                guard isRight else { return nil }
                index &+= 1
            }
            self.length = length
        }
    }
}
