import Inventory
import Observations
import Rules
import Wire

/// The pictures of a page, as SVG in it. What they show stands as text or in a table beside them as well.
extension HTMLPage {
    /// A figure with its caption, and a picture that is read aloud as one sentence.
    private func figure(
        _ html: inout HTMLWriter, title: String, description: String, width: Int, height: Int, isSmall: Bool = false, _ body: (inout HTMLWriter) -> Void
    ) {
        html.element("figure") { html in
            html.element("figcaption", [:], title)
            // What scrolls can be reached by keyboard.
            html.element("div", ["class": isSmall ? "picture small" : "picture", "tabindex": isSmall ? nil : "0", "role": isSmall ? nil : "group", "aria-label": isSmall ? nil : title]) { html in
                html.element("svg", ["viewBox": "0 0 \(width) \(height)", "role": "img", "aria-label": "\(title)\(self.colon)\(description)"]) { html in body(&html) }
            }
        }
        html.newLine()
    }

    private func rectangle(_ html: inout HTMLWriter, _ x: Int, _ y: Int, _ width: Int, _ height: Int, _ style: String, title: String? = nil) {
        html.element("rect", ["x": "\(x)", "y": "\(y)", "width": "\(width)", "height": "\(height)", "rx": "2", "class": style]) { html in
            if let title { html.element("title", [:], title) }
        }
    }

    private func text(_ html: inout HTMLWriter, _ x: Int, _ y: Int, _ text: String, style: String? = nil, anchor: String? = nil) {
        html.element("text", ["x": "\(x)", "y": "\(y)", "class": style, "text-anchor": anchor], text)
    }

    private func line(_ html: inout HTMLWriter, _ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int) {
        html.element("path", ["d": "M\(x1) \(y1)L\(x2) \(y2)", "class": "grid"]) { _ in }
    }

    /// At most so many characters: pictures have no second line.
    private func short(_ text: String, _ limit: Int) -> String { text.count > limit ? text.prefix(limit &- 1) + "…" : text }

    /// Who is at a device: the address is whole where it fits, for the name stands elsewhere as well.
    private func label(_ who: String, _ address: String) -> String {
        let limit = 32
        return self.short("\(self.short(who, max(8, limit &- 3 &- address.count))) → \(address)", limit)
    }

    // MARK: Bars

    /// The most bars of a picture; the rest is one bar.
    private static let barLimit = 10

    func writeSeverityPicture(_ html: inout HTMLWriter) {
        var counts: [String: [Severity: Int]] = [:]
        for finding in self.report.findings where finding.accepted == nil { counts[self.zone(of: finding.asset), default: [:]][finding.severity, default: 0] &+= 1 }
        guard !counts.isEmpty else { return }
        let severities = Array(Severity.allCases.reversed())
        func weight(_ counts: [Severity: Int]) -> [Int] { severities.map { counts[$0] ?? 0 } }
        let zones = counts.sorted { left, right in
            let (first, second) = (weight(left.value), weight(right.value))
            return first == second ? left.key < right.key : second.lexicographicallyPrecedes(first)
        }
        func list(_ counts: [Severity: Int]) -> String {
            severities.compactMap { severity in counts[severity].map { "\(self.number($0)) \(self.severity(severity, of: $0))" } }.joined(separator: ", ")
        }
        let bars = zones.prefix(Self.barLimit).map { (name: $0.key, counts: $0.value) }
        let most = max(1, bars.map { $0.counts.values.reduce(0, &+) }.max() ?? 1)
        var words = bars.map { "\($0.name) \(list($0.counts))" }
        // Many small zones together would dwarf the bars of the others: they are a line of text.
        var others: String?
        if zones.count > Self.barLimit {
            let rest = zones.dropFirst(Self.barLimit).reduce(into: [Severity: Int]()) { sum, zone in sum.merge(zone.value) { $0 &+ $1 } }
            let count = self.number(zones.count &- Self.barLimit)
            others = self.word("autres (\(count))\u{00A0}: ", "others (\(count)): ") + list(rest)
        }
        words += [others].compactMap { $0 }
        let height = 30 &+ (bars.count &+ (others == nil ? 0 : 1)) &* 30
        self.figure(
            &html, title: self.word("Constats ouverts par zone", "Open findings by zone"), description: words.joined(separator: "; "), width: 560, height: height,
            isSmall: true
        ) { html in
            var x = 0
            for severity in severities {
                let title = severity.title[self.language]
                self.rectangle(&html, x, 2, 12, 12, severity.rawValue)
                self.text(&html, x &+ 17, 13, title)
                x = x &+ 40 &+ title.count &* 8
            }
            for (place, bar) in bars.enumerated() {
                let y = 28 &+ place &* 30
                self.text(&html, 0, y &+ 16, self.short(bar.name.isEmpty ? "?" : bar.name, 20))
                var x = 160
                for severity in severities {
                    guard let count = bar.counts[severity], count > 0 else { continue }
                    let width = max(3, count &* 350 / most)
                    self.rectangle(&html, x, y, width &- 1, 24, severity.rawValue, title: "\(bar.name)\(self.colon)\(count) \(self.severity(severity, of: count))")
                    if width >= 12 &+ String(count).count &* 8 { self.text(&html, x &+ width / 2, y &+ 17, self.number(count), style: "on-severity", anchor: "middle") }
                    x = x &+ width
                }
                self.text(&html, x &+ 5, y &+ 17, self.number(bar.counts.values.reduce(0, &+)), style: "soft")
            }
            if let others { self.text(&html, 0, 44 &+ bars.count &* 30, others) }
        }
    }

    func writeClassPicture(_ html: inout HTMLWriter) {
        var counts: [String: Int] = [:]
        for device in self.report.devices where device.isOwn {
            let title = self.title(ofClassOf: device)
            counts[title.isEmpty ? self.word("classe inconnue", "class unknown") : title, default: 0] &+= 1
        }
        guard !counts.isEmpty else { return }
        let classes = counts.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }
        var bars = classes.prefix(Self.barLimit).map { (name: $0.key, count: $0.value) }
        if classes.count > Self.barLimit {
            bars.append((self.word("autres classes (\(classes.count &- Self.barLimit))", "other classes (\(classes.count &- Self.barLimit))"), classes.dropFirst(Self.barLimit).reduce(0) { $0 &+ $1.value }))
        }
        let most = max(1, bars.map(\.count).max() ?? 1)
        self.figure(
            &html, title: self.word("Dispositifs par classe", "Devices by class"), description: bars.map { "\($0.name) \($0.count)" }.joined(separator: "; "), width: 560,
            height: bars.count &* 30, isSmall: true
        ) { html in
            for (place, bar) in bars.enumerated() {
                let y = place &* 30
                let width = max(3, bar.count &* 190 / most)
                self.text(&html, 0, y &+ 17, self.short(bar.name, 42))
                self.rectangle(&html, 310, y, width, 24, "accent", title: "\(bar.name)\(self.colon)\(bar.count)")
                self.text(&html, 316 &+ width, y &+ 17, self.number(bar.count))
            }
        }
    }

    // MARK: Time

    func writeCalendar(_ html: inout HTMLWriter) {
        let calendar = self.report.maintenance.calendar
        let days =
            self.language == .french
            ? ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
            : ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        let most = calendar.flatMap { $0 }.max() ?? 0
        guard most > 0 else { return }
        let busy = zip(days, calendar).compactMap { day, hours -> String? in
            let list = hours.enumerated().filter { $0.element > 0 }.map { self.word("\($0.offset) h (\($0.element))", "\($0.offset):00 (\($0.element))") }
            return list.isEmpty ? nil : "\(day) \(list.joined(separator: ", "))"
        }
        self.figure(
            &html, title: self.word("Interventions par jour et heure", "Interventions by day and hour") + " (\(self.report.site.timeZone.name))",
            description: busy.joined(separator: "; "), width: 700, height: 7 &* 26 &+ 24
        ) { html in
            for hour in stride(from: 0, through: 21, by: 3) { self.text(&html, 92 &+ hour &* 25, 14, self.word("\(hour) h", "\(hour):00"), style: "soft") }
            for (place, (day, hours)) in zip(days, calendar).enumerated() {
                let y = 22 &+ place &* 26
                self.text(&html, 0, y &+ 17, day)
                for (hour, count) in hours.enumerated() {
                    let level = count == 0 ? 0 : min(4, 1 &+ (count &- 1) &* 4 / most)
                    self.rectangle(&html, 90 &+ hour &* 25, y, 23, 24, "heat\(level)", title: "\(day) \(hour) h\(self.colon)\(count)")
                    if count > 0 { self.text(&html, 101 &+ hour &* 25, y &+ 17, count > 99 ? "99+" : "\(count)", style: level > 2 ? "on-heat" : nil, anchor: "middle") }
                }
            }
        }
    }

    /// The most rows of the timeline.
    private static let timelineLimit = 16

    func writeTimeline(_ html: inout HTMLWriter) {
        let entries = self.report.maintenance.entries.filter { !$0.maintenance.interventions.isEmpty }
        guard let period = self.report.period, !entries.isEmpty else { return }
        let first = period.lowerBound
        let span = max(1_000_000_000, period.upperBound.since(first))
        // Those that lasted longest or came most often are drawn; the register has them all.
        func length(_ entry: MaintenanceRegister.Entry) -> Int64 {
            entry.maintenance.interventions.reduce(0) { sum, intervention in
                let (total, isTooMuch) = sum.addingReportingOverflow(max(0, intervention.lastSeen.since(intervention.first.time)))
                return isTooMuch ? .max : total
            }
        }
        let drawn = entries.enumerated().sorted { left, right in
            let (first, second) = (length(left.element), length(right.element))
            return first == second ? left.offset < right.offset : first > second
        }.prefix(Self.timelineLimit).map(\.element)
        func x(_ time: Timestamp) -> Int {
            let part = Double(max(0, min(span, time.since(first)))) / Double(span)
            return 230 &+ Int(part * 460)
        }
        let isShort = span < 2 * 86_400 * 1_000_000_000
        self.figure(
            &html,
            title: self.word("Sessions de télémaintenance dans le temps", "Sessions of remote maintenance over time")
                + (entries.count > drawn.count ? self.word(" (les \(drawn.count) plus longues sur \(entries.count))", " (the \(drawn.count) longest of \(entries.count))") : ""),
            description: drawn.map { "\(self.phrasing.who($0.maintenance)), \(self.phrasing.address(of: $0.maintenance.device)), \($0.maintenance.interventions.count)" }.joined(separator: "; "),
            width: 700, height: drawn.count &* 26 &+ 50
        ) { html in
            var legend = 0
            for (style, title) in [
                ("announced", self.word("dans la plage annoncée", "in the announced hours")), ("unannounced", self.word("hors de la plage annoncée", "outside the announced hours")),
                ("unknown", self.word("aucune plage annoncée", "no hours announced")),
            ] {
                self.rectangle(&html, legend, 2, 12, 12, style)
                self.text(&html, legend &+ 17, 13, title)
                legend = legend &+ 40 &+ title.count &* 7
            }
            let bottom = 24 &+ drawn.count &* 26
            for step in 0...3 {
                let time = Timestamp(nanoseconds: first.nanoseconds &+ span / 3 &* Int64(step))
                let label = self.moment(time)
                self.line(&html, x(time), 20, x(time), bottom)
                self.text(
                    &html, x(time), bottom &+ 18, isShort ? String(label.dropFirst(11)) : String(label.dropFirst(5).prefix(11)), style: "soft",
                    anchor: step == 3 ? "end" : step == 0 ? "start" : "middle")
            }
            for (place, entry) in drawn.enumerated() {
                let y = 24 &+ place &* 26
                let way = entry.maintenance
                self.text(&html, 0, y &+ 15, self.label(self.phrasing.who(way), self.phrasing.address(of: way.device)))
                for intervention in way.interventions.prefix(200) {
                    let start = x(intervention.first.time)
                    let style =
                        switch intervention.isAnnounced {
                        case true?: "announced"
                        case false?: "unannounced"
                        case nil: "unknown"
                        }
                    self.rectangle(
                        &html, start, y, max(4, x(intervention.lastSeen) &- start), 20, style,
                        title: "\(self.phrasing.who(way))\(self.colon)\(self.moment(intervention.first.time)) – \(self.moment(intervention.lastSeen))")
                }
            }
        }
    }

    // MARK: Map

    /// The most zones on one side of the map, and the most flows on it.
    private static let zoneLimit = 24
    private static let flowLimit = 90

    /// All rows of the matrix from one zone to another.
    private struct Link {
        let from: String
        let to: String
        var conversations = 0
        var undeclared = 0
        var applications: [String] = []
    }

    func writeMap(_ html: inout HTMLWriter) {
        let matrix = self.report.matrix
        var weights: [String: Int] = [:]
        for row in matrix.rows {
            weights[row.from, default: 0] &+= row.conversations
            weights[row.to, default: 0] &+= row.conversations
        }
        guard !weights.isEmpty else { return }
        // The Internet and declared zones stay; of the rest the busiest.
        let declared = Set(self.report.site.zones.map(\.name) + ["Internet"])
        let ranked = weights.sorted { left, right in
            let (first, second) = (declared.contains(left.key), declared.contains(right.key))
            if first != second { return first }
            return left.value == right.value ? left.key < right.key : left.value > right.value
        }.map(\.key)
        let named = Set(ranked.prefix(ranked.count > Self.zoneLimit ? Self.zoneLimit &- 1 : Self.zoneLimit))
        let others = self.word("autres (\(self.number(ranked.count &- named.count)))", "others (\(self.number(ranked.count &- named.count)))")
        var links: [String: Link] = [:]
        for row in matrix.rows {
            let from = named.contains(row.from) ? row.from : others
            let to = named.contains(row.to) ? row.to : others
            var link = links["\(from)\n\(to)"] ?? Link(from: from, to: to)
            link.conversations &+= row.conversations
            link.undeclared &+= row.undeclared ?? 0
            if link.applications.count < 8, !link.applications.contains(row.application) { link.applications.append(row.application) }
            links["\(from)\n\(to)"] = link
        }
        let drawn = links.values.sorted {
            $0.conversations == $1.conversations ? ($0.from, $0.to) < ($1.from, $1.to) : $0.conversations > $1.conversations
        }.prefix(Self.flowLimit)
        let order = ranked.filter { named.contains($0) } + [others]
        let senders = order.filter { zone in drawn.contains { $0.from == zone } }
        let receivers = order.filter { zone in drawn.contains { $0.to == zone } }
        let rows = max(senders.count, receivers.count)
        let most = max(1, drawn.map(\.conversations).max() ?? 1)
        let title =
            self.word("Zones et flux", "Zones and flows")
            + (links.count > drawn.count ? self.word(" (les \(drawn.count) plus importants sur \(self.number(links.count)))", " (the \(drawn.count) largest of \(self.number(links.count)))") : "")
        self.figure(
            &html, title: title, description: drawn.prefix(20).map { "\($0.from) → \($0.to) \($0.conversations)" }.joined(separator: "; "), width: 760,
            height: 62 &+ rows &* 34
        ) { html in
            self.text(&html, 200, 16, self.word("de", "from"), style: "soft", anchor: "end")
            self.text(&html, 560, 16, self.word("vers", "to"), style: "soft")
            func y(_ zone: String, _ side: [String]) -> Int {
                // The shorter side is spread over the height.
                let place = side.firstIndex(of: zone) ?? 0
                return 40 &+ (2 &* place &+ 1) &* rows &* 17 / max(1, side.count)
            }
            for link in drawn {
                let (start, end) = (y(link.from, senders), y(link.to, receivers))
                let width = 1 &+ Self.bits(link.conversations) &* 7 / max(1, Self.bits(most))
                let crosses = (link.from == "Internet") != (link.to == "Internet")
                let style = link.undeclared > 0 ? "flow undeclared" : crosses ? "flow crossing" : "flow"
                html.element("path", ["d": "M204 \(start)C380 \(start) 380 \(end) 556 \(end)", "class": style, "stroke-width": "\(width)"]) { html in
                    let more = link.undeclared > 0 ? self.word(", dont \(self.number(link.undeclared)) non déclarées", ", \(self.number(link.undeclared)) of them not declared") : ""
                    html.element(
                        "title", [:],
                        "\(link.from) → \(link.to)\(self.colon)\(self.number(link.conversations)) conversations\(more), \(link.applications.joined(separator: ", "))")
                }
            }
            for (side, isLeft) in [(senders, true), (receivers, false)] {
                for zone in side {
                    let middle = y(zone, side)
                    html.element(
                        "rect",
                        ["x": isLeft ? "196" : "556", "y": "\(middle &- 11)", "width": "8", "height": "22", "rx": "3", "class": zone == "Internet" ? "node outside" : "node"]
                    ) { _ in }
                    self.text(&html, isLeft ? 190 : 570, middle &+ 5, self.short(zone, 24), anchor: isLeft ? "end" : nil)
                }
            }
        }
        html.element(
            "p", ["class": "note"],
            self.word(
                "L’épaisseur suit le nombre de conversations. Trait plein\u{00A0}: flux observé\u{00A0}; rouge plein\u{00A0}: avec Internet\u{00A0}; pointillé\u{00A0}: au moins une conversation non déclarée.",
                "The width follows the number of conversations. Solid: a flow that was seen; solid red: with the Internet; dashed: at least one conversation that is not declared."))
    }

    /// How many binary digits a count has.
    private static func bits(_ count: Int) -> Int { Int.bitWidth &- max(0, count).leadingZeroBitCount }
}
