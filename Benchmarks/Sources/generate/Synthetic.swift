import Traffic

/// Monday 5 January 2026, 08:00 UTC, in nanoseconds.
let morning: UInt64 = 1_767_600_000_000_000_000

/// Half a million short connections, and names, times and logs in datagrams: what costs per packet and per flow.
func writeSmallFrames(to path: String, divisor: Int) throws -> PcapWriter {
    var random = SeededGenerator(seed: 1)
    let mix = HospitalMix(Campus(&random))
    let out = try PcapWriter(path: path)
    let connections = 500_000 / divisor
    let datagrams = 31_000 / divisor
    let resolutions = 6_000 / divisor
    var left = (connections: connections, datagrams: datagrams, resolutions: resolutions)
    var schedule = Schedule()
    try schedule.run(from: morning, into: out, &random) { random in
        let total = left.connections + left.datagrams + left.resolutions
        guard total > 0 else { return nil }
        // 150 new ones a second, over an hour.
        let wait = UInt64(random.below(13_400_000))
        var chosen = random.below(total)
        if chosen < left.connections {
            left.connections -= 1
            return (wait, mix.connection(&random))
        }
        chosen -= left.connections
        if chosen < left.datagrams {
            left.datagrams -= 1
            return (wait, mix.datagrams(&random))
        }
        left.resolutions -= 1
        return (wait, mix.resolution(&random))
    }
    try out.close()
    return out
}

/// Three quarters image transfers, the rest the mix of a hospital: what costs per byte.
func writeImaging(to path: String, divisor: Int) throws -> PcapWriter {
    var random = SeededGenerator(seed: 2)
    let campus = Campus(&random)
    let mix = HospitalMix(campus, longestRest: 20_000)
    let noise = random.bytes(1 << 20)
    let out = try PcapWriter(path: path)
    var pixels = 675_000_000 / divisor
    var left = (small: 52_000 / divisor, bulk: 3_000 / divisor, datagrams: 8_000 / divisor)
    let count = left.small + left.bulk + left.datagrams
    let wait = 1_200_000_000_000 / UInt64(count)
    // About fifty associations, spread over the twenty minutes.
    let spacing = count * divisor / 60
    var arrived = 0
    var schedule = Schedule()
    try schedule.run(from: morning, into: out, &random) { random in
        let total = left.small + left.bulk + left.datagrams
        arrived += 1
        if pixels > 0, arrived % spacing == 1 || total == 0 {
            let transfer = random.pick(DICOM.transfers)
            let objects = max(min(random.number(transfer.objects), pixels / transfer.kind.pixelBytes), 1)
            pixels -= objects * transfer.kind.pixelBytes
            let unit = random.pick([16_384, 32_768, 65_536, 131_072])
            // Without timestamps, so that the segments are full.
            let sender = random.pick(campus.imaging).withoutTimestamps
            let script = DICOM.store(from: sender, transfer.kind, count: objects, unitSize: unit, noise: noise, &random)
            return (wait, TCPConversation(sender, random.number(1024...5000), random.pick(campus.archives), 104, &random, script))
        }
        guard total > 0 else { return nil }
        var chosen = random.below(total)
        if chosen < left.small {
            left.small -= 1
            return (wait, mix.connection(&random))
        }
        chosen -= left.small
        if chosen < left.bulk {
            left.bulk -= 1
            return (wait, mix.bulk(&random))
        }
        left.datagrams -= 1
        return (wait, mix.datagrams(&random))
    }
    try out.close()
    return out
}

/// What an idle connection had said before it went quiet.
enum Idle: String, CaseIterable {
    /// The handshake only.
    case silent
    /// A protocol that nothing recognises.
    case unknown
    /// HL7 messages, of which more may come.
    case hl7

    func script(from client: Host, _ random: inout SeededGenerator) -> Script {
        switch self {
        case .silent: { nil }
        case .unknown: Unknown.exchange(size: 40, &random).script
        case .hl7: HL7.exchange(from: client, messages: 1, &random).script
        }
    }
}

/// Connections that all stay open, between the same few hosts and one port: what a flow costs in memory.
func writeIdle(_ idle: Idle, flows: Int, to path: String) throws -> PcapWriter {
    var random = SeededGenerator(seed: 3)
    let clients = (10..<20).map { Campus.host(8, $0, true, &random) }
    let server = Campus.host(9, 10, true, &random)
    let out = try PcapWriter(path: path)
    var number = 0
    var schedule = Schedule()
    try schedule.run(from: morning, into: out, &random) { random in
        guard number < flows else { return nil }
        defer { number += 1 }
        let client = clients[number % 10]
        let script = idle.script(from: client, &random)
        // Packed close in time, so that none is idle for long enough to be given up.
        return (100_000, TCPConversation(client, 1024 + number / 10, server, 7000, ending: .open, &random, script))
    }
    try out.close()
    return out
}

/// One connection of ten packets: what starting costs.
func writeTiny(to path: String) throws -> PcapWriter {
    var random = SeededGenerator(seed: 4)
    let client = Campus.host(8, 10, true, &random)
    let server = Campus.host(9, 10, true, &random)
    let out = try PcapWriter(path: path)
    let turns =
        HTTP.exchange(from: client, to: server, size: 300, &random) + [
            Turn(client: HTTP.request("/next", host: server.dotted, agent: "curl/7.88.1")),
            Turn(server: HTTP.answer("404 Not Found", server: "nginx/1.22.1", type: "text/html", body: [])),
        ]
    var arrivals = [TCPConversation(client, 50_000, server, 80, &random, turns.script)][...]
    var schedule = Schedule()
    try schedule.run(from: morning, into: out, &random) { _ in arrivals.popFirst().map { (0, $0) } }
    try out.close()
    return out
}
