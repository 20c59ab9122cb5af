import Inventory
import Observations
import Testing
import Wire

/// Inventories as columns, and back.
@Suite struct ArchiveTests {
    private static func inventory(_ shift: Int64 = 0, scan: UInt64 = 7, extra: Bool = false) -> Inventory {
        let site = Site()
        site.seen("10.0.0.1", "00:11:22:33:44:55", 1 + shift)
        site.claimed("10.0.0.2", "00:11:22:33:44:66", 2 + shift)
        for (number, port) in [(UInt16(0), UInt16(104)), (1, 80), (2, 443), (3, 22)] {
            site.flow(
                "10.0.0.1", "10.0.0.2", port, 3 + shift + Int64(number), answered: 4 + shift + Int64(number), protocols: port == 104 ? [.dicom] : [],
                bytes: 100 + UInt64(number), answerBytes: 50)
        }
        if extra { site.flow("10.0.0.1", "10.0.0.2", 5900, 60, answered: 61, bytes: 7, answerBytes: 9) }
        site.noted(.service(Site.service("10.0.0.2", 104)), .dicomCalledAE, "PACS\u{E9}", 5 + shift)
        site.noted(.device(DeviceKey(behind: Site.host("10.0.0.1"), naming: .application, identifier: "LABO^CHU")), .hl7SendingApplication, "LABO^CHU", 6 + shift)
        return site.ledger.inventory(of: ScanID(rawValue: scan), shard: 3)
    }

    @Test func roundTrip() throws {
        let inventory = Self.inventory()
        #expect(inventory.observationCount > 2)
        let archive = InventoryArchive(inventory)
        #expect(try Inventory(archive) == inventory)
        #expect(InventoryArchive(try Inventory(archive)) == archive)
        let two = inventory.merged(with: Self.inventory(1000, scan: 9))
        #expect(try Inventory(InventoryArchive(two)) == two)
        #expect(try Inventory(InventoryArchive(Inventory())) == Inventory())
    }

    /// A file in which a position points nowhere, a column is short or a name is unknown is refused, and says which part.
    @Test func damaged() {
        let archive = InventoryArchive(Self.inventory())
        func part(_ change: (inout InventoryArchive) -> Void) -> String? {
            var changed = archive
            change(&changed)
            do throws(InventoryArchiveError) {
                _ = try Inventory(changed)
                return nil
            } catch {
                return error.part
            }
        }
        #expect(part { _ in } == nil)
        #expect(part { $0.scans = ["x"] } == "scans")
        #expect(part { $0.scans = [] } != nil)
        #expect(part { $0.hosts[0] = "10.0.0.300" } == "hosts")
        #expect(part { $0.hosts[0] = "10.0.0.1 2 3" } == "hosts")
        #expect(part { $0.services[0] = "tcp 99999 0" } == "services")
        #expect(part { $0.services[0] = "tcp 9 -1" } == "services")
        #expect(part { $0.pairs.client[0] = 1 << 40 } == "pairs")
        #expect(part { $0.pairs.service.numbers.removeLast() } == "pairs")
        #expect(part { $0.devices.naming[0] = "patient" } == "devices")
        #expect(part { $0.attributes[0] = "patient.name" } == "attributes")
        #expect(part { $0.protocols[0] = "gopher?" } == "protocols")
        #expect(part { $0.facts.kind[0] = 4 } == "facts")
        #expect(part { $0.facts.type[0] = 3 } == "facts")
        #expect(part { $0.facts.value[0] = .min } == "facts")
        #expect(part { $0.facts.spans.of[0] = -1 } == "facts")
        #expect(part { $0.facts.spans.scan[0] = 1 } == "facts")
        #expect(part { $0.facts.spans.last.numbers = [] } == "facts")
        #expect(part { $0.heard.of[0] = .max } == "heard")
        #expect(part { $0.macs[0] = "no" } == "macs")
        #expect(part { $0.macSpans.of[0] = .min } == "macs")
        #expect(part { $0.conversations.flows.numbers = [] } == "conversations")
        #expect(part { $0.conversations.protocols[0] = 9 } == "conversations")
        #expect(part { $0.conversations.spans.of[0] = 99 } == "conversations")
    }

    /// Texts in a file are made printable like those of the wire.
    @Test func textsOfFiles() throws {
        var archive = InventoryArchive(Self.inventory())
        for place in archive.texts.indices { archive.texts[place] = "\u{202E}\u{1B}[31m" + String(repeating: "a", count: 100_000) }
        let asset = try #require(try Inventory(archive).census().assets.first { $0.services.contains { $0.key.port == 104 } })
        let observations = asset.observations + asset.services.flatMap(\.observations)
        for observation in observations {
            guard case .text(let text) = observation.value else { continue }
            #expect(text.count <= PrintableText.limit && !text.contains("\u{1B}") && !text.contains("\u{202E}"))
        }
    }

    // MARK: Copies

    private static func flows(_ inventory: Inventory) -> [UInt64] { inventory.census().conversations.map(\.tally.flows) }

    /// Two sensors saw the same packets, their clocks a little apart: they count once, whatever the order.
    @Test func copiesCountOnce() throws {
        let (first, second) = (Self.inventory(), Self.inventory(2, scan: 9))
        let census = first.merged(with: second).census()
        #expect(census.copies == [ScanCopy(first: ScanID(rawValue: 7), second: ScanID(rawValue: 9), skew: 2_000_000_000, conversations: 4)])
        #expect(census.conversations.map(\.tally.flows) == Self.flows(first))
        #expect(census.conversations.map(\.tally.bytesFromClient) == first.census().conversations.map(\.tally.bytesFromClient))
        #expect(Self.flows(second.merged(with: first)) == Self.flows(first))
    }

    /// What only one of the sensors saw is there as well.
    @Test func copiesInPart() {
        let both = Self.inventory().merged(with: Self.inventory(2, scan: 9, extra: true)).census()
        #expect(both.copies.count == 1)
        #expect(both.conversations.count == 5)
        #expect(both.conversations.allSatisfy { $0.tally.flows == 1 })
    }

    /// The same machines at another hour are other packets: they add up.
    @Test func laterIsNoCopy() {
        let both = Self.inventory().merged(with: Self.inventory(7200, scan: 9)).census()
        #expect(both.copies.isEmpty)
        #expect(both.conversations.map(\.tally.flows) == [2, 2, 2, 2])
    }

    /// Three sensors of the same packets, and in any order.
    @Test func threeCopies() {
        let all = [Self.inventory(), Self.inventory(2, scan: 9), Self.inventory(-1, scan: 3)]
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
            let merged = order.dropFirst().reduce(all[order[0]]) { $0.merged(with: all[$1]) }
            #expect(merged.census().copies.count == 3)
            #expect(Self.flows(merged) == Self.flows(all[0]))
        }
    }
}
