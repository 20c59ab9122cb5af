/// The many small conversations of a hospital: what a connection is about and between whom, in realistic shares.
public struct HospitalMix {
    public let campus: Campus
    /// Every so many milliseconds at most, an open connection has nothing more to say.
    private let longestRest: Int

    public init(_ campus: Campus, longestRest: Int = 60_000) {
        self.campus = campus
        self.longestRest = longestRest
    }

    /// Whom a host speaks to: mostly the same few, seldom any.
    private func peer(of client: Host, among servers: [Host], _ random: inout SeededGenerator) -> Host {
        if random.chance(3) { return random.pick(servers) }
        return servers[(Int(client.address & 0xFFFF) * 31 + random.below(3) * 7) % servers.count]
    }

    private func port(_ random: inout SeededGenerator) -> Int { random.number(49_152...65_535) }

    /// A TCP connection with a little payload.
    public func connection(_ random: inout SeededGenerator) -> any Conversation {
        let campus = self.campus
        let client = random.pick(campus.clients)
        // Terminals and file transfers are the business of a few.
        let technician = campus.clients[random.below(300)]
        let ending: TCPConversation.Ending = random.chance(85) ? .orderly : random.chance(70) ? .reset : .open
        let rest = UInt64(random.below(self.longestRest)) * 1_000_000
        func connect(_ client: Host, _ server: Host, _ port: Int, _ turns: [Turn]) -> any Conversation {
            TCPConversation(client, self.port(&random), server, port, ending: ending, lingers: rest, &random, turns.script)
        }
        switch random.below(1000) {
        case ..<235:
            let server = self.peer(of: client, among: random.chance(70) ? campus.web : campus.others, &random)
            let port = [80, 80, 80, 8080, 8042, 8000][Int(server.address) % 6]
            return connect(client, server, port, HTTP.exchange(from: client, to: server, size: random.number(20...420), &random))
        case ..<415:
            let sender = random.chance(80) ? random.pick(campus.monitors) : random.pick(campus.others)
            let messages = HL7.exchange(from: sender, messages: random.pick([1, 1, 1, 2]), wait: UInt64(random.below(20_000)) * 1_000_000, &random)
            let engine = self.peer(of: sender, among: campus.engines, &random)
            return connect(sender, engine, [2575, 2575, 6661, 5000][Int(engine.address) % 4], messages)
        case ..<490:
            let sender = random.chance(70) ? random.pick(campus.imaging) : technician
            let archive = self.peer(of: sender, among: campus.archives, &random)
            return connect(sender, archive, [104, 11112, 4242][Int(archive.address) % 3], DICOM.echo(from: sender, to: archive, &random))
        case ..<600:
            let name = random.pick(["pacs", "portal", "update", "mail", "login"]) + ".hospital.example"
            let server = self.peer(of: client, among: campus.web, &random)
            return connect(
                client, server, [443, 443, 8443][Int(server.address) % 3], TLS.exchange(from: client, name: name, size: random.number(40...300), &random))
        case ..<640:
            let server = self.peer(of: technician, among: campus.others, &random)
            return connect(technician, server, 22, SSH.exchange(from: technician, to: server, &random))
        case ..<657:
            let server = self.peer(of: technician, among: campus.others, &random)
            return connect(technician, server, 23, Telnet.exchange(from: technician, to: server, &random))
        case ..<690:
            let server = self.peer(of: technician, among: campus.others, &random)
            return connect(technician, server, 21, FTP.exchange(from: technician, to: server, &random))
        case ..<870:
            let turns = Unknown.exchange(size: random.number(10...180), &random)
            let server = self.peer(of: client, among: campus.others, &random)
            return connect(client, server, [5001, 7700, 9100, 20_000, 24_105][Int(server.address) % 5], turns)
        case ..<940:
            let port = random.pick([22, 23, 80, 135, 443, 445, 3389, 5900])
            return TCPConversation(client, self.port(&random), random.pick(campus.others), port, opening: .refused, &random, { nil })
        default:
            let port = random.pick([80, 443, 445, 8080])
            return TCPConversation(client, self.port(&random), random.pick(campus.others), port, opening: .unanswered, &random, { nil })
        }
    }

    /// A few datagrams.
    public func datagrams(_ random: inout SeededGenerator) -> any Conversation {
        let client = random.pick(self.campus.clients)
        let port = self.port(&random)
        switch random.below(100) {
        case ..<70: return DatagramConversation(client, port, random.pick(self.campus.names), 53, &random, Datagrams.names(&random))
        case ..<78: return DatagramConversation(client, 123, random.pick(self.campus.names), 123, &random, Datagrams.time(&random))
        case ..<88:
            let server = random.pick(self.campus.others)
            return DatagramConversation(random.pick(self.campus.web), port, server, 161, &random, Datagrams.management(of: server, &random))
        case ..<95: return DatagramConversation(random.pick(self.campus.others), port, random.pick(self.campus.web), 514, &random, Datagrams.log(&random))
        default:
            let group = Host(address: 0xEFFF_FFFA, hardware: 0, timeToLive: 1, sendsTimestamps: false)
            return DatagramConversation(random.pick(self.campus.others), port, group, 1900, &random, Datagrams.search(&random))
        }
    }

    public func resolution(_ random: inout SeededGenerator) -> any Conversation {
        AddressResolution(random.pick(self.campus.web), random.pick(self.campus.others))
    }

    /// A connection with a long answer: files, updates, encrypted transfers, documents.
    public func bulk(_ random: inout SeededGenerator) -> any Conversation {
        let client = random.pick(self.campus.clients)
        let server = random.pick(self.campus.web)
        let size = random.chance(10) ? random.number(100_000...400_000) : random.number(8_000...60_000)
        let ending: TCPConversation.Ending = random.chance(90) ? .orderly : .reset
        switch random.below(100) {
        case ..<40:
            return TCPConversation(
                client, self.port(&random), server, 80, ending: ending, &random, HTTP.exchange(from: client, to: server, size: size, &random).script)
        case ..<80:
            return TCPConversation(
                client, self.port(&random), server, 443, ending: ending, &random,
                TLS.exchange(from: client, name: "files.hospital.example", size: size, &random).script)
        case ..<90:
            let document = HL7.document(random.below(10_000_000), size: size, &random)
            return TCPConversation(
                random.pick(self.campus.others), self.port(&random), random.pick(self.campus.engines), 2575, ending: ending, &random,
                [Turn(client: document), Turn(server: HL7.acknowledgement(1), after: 5_000_000)].script)
        default:
            return TCPConversation(
                client, self.port(&random), random.pick(self.campus.others), 20_000, ending: ending, &random, Unknown.exchange(size: size, &random).script)
        }
    }
}
