import Rules
import Wire

/// A table of any length in a page: its first rows as HTML, all of them once as data, by column, for the page's script, which
/// searches, sorts, filters and turns pages.
struct HTMLTable {
    enum Cell {
        case text(String)
        /// A text that leads to a part of the page.
        case link(String, to: String)
        case number(UInt64)
        /// On the establishment's clock, in seconds since 1970 as if that clock were UTC.
        case time(Int64)
        /// The position in ``Column/choices``.
        case choice(Int)
    }

    /// One column, whose texts are kept once each.
    struct Column {
        let title: String
        /// Whether it can be shown and is not at first.
        let isSecondary: Bool
        /// Whether one of its texts can be chosen.
        let isFilter: Bool
        /// Whether it holds words of one line, such as addresses, that are not to be broken.
        let isWhole: Bool
        /// Texts in the order in which they sort, with the style of each, such as the severities.
        let choices: [(text: String, style: String)]
        fileprivate(set) var kind = Kind.text
        fileprivate var texts: [String] = []
        fileprivate var links: [String] = []
        fileprivate var places: [String: Int] = [:]
        /// For each row: the position in ``texts``, the number, or the time.
        fileprivate var values: [Int64] = []

        init(_ title: String, isSecondary: Bool = false, isFilter: Bool = false, isWhole: Bool = false, choices: [(text: String, style: String)] = []) {
            self.title = title
            self.isSecondary = isSecondary
            self.isFilter = isFilter
            self.isWhole = isWhole
            self.choices = choices
            if !choices.isEmpty { self.kind = .choice }
            self.texts = choices.map(\.text)
        }

        fileprivate mutating func add(_ cell: Cell) {
            switch cell {
            case .text(let text): self.values.append(Int64(self.place(of: text, link: nil)))
            case .link(let text, let target):
                self.kind = .link
                self.values.append(Int64(self.place(of: text, link: target)))
            case .number(let number):
                self.kind = .number
                self.values.append(Int64(clamping: number))
            case .time(let seconds):
                self.kind = .time
                self.values.append(seconds)
            case .choice(let choice): self.values.append(Int64(choice))
            }
        }

        private mutating func place(of text: String, link: String?) -> Int {
            if let known = self.places[text] { return known }
            self.places[text] = self.texts.count
            self.texts.append(text)
            if let link { self.links.append(link) }
            return self.texts.count &- 1
        }

        /// What a row shows as text; empty where a number was asked for and none given.
        fileprivate func text(_ row: Int) -> String {
            guard self.values.indices.contains(row) else { return "" }
            let place = Int(clamping: self.values[row])
            return self.texts.indices.contains(place) ? self.texts[place] : ""
        }
        fileprivate func link(_ row: Int) -> String? {
            guard self.values.indices.contains(row) else { return nil }
            let place = Int(clamping: self.values[row])
            return self.links.indices.contains(place) ? self.links[place] : nil
        }
        fileprivate func style(_ row: Int) -> String {
            guard self.values.indices.contains(row) else { return "" }
            let place = Int(clamping: self.values[row])
            return self.choices.indices.contains(place) ? self.choices[place].style : ""
        }
    }

    enum Kind: String { case text, link, number, time, choice }

    /// Letters and hyphens: the id of the table's element.
    let id: String
    let title: String
    private(set) var columns: [Column]
    /// Rows that there are; the page holds at most ``rowLimit`` of them.
    private(set) var total = 0
    private(set) var count = 0

    /// The most rows that a page holds of one table: of 20,000 devices each.
    static let rowLimit = 20_000
    /// Rows of one page of the table, and those that a reader without script sees.
    static let pageSize = 50

    init(id: String, title: String, columns: [Column]) {
        self.id = id
        self.title = title
        self.columns = columns
    }

    /// Adds a row, as long as there is room; what is beyond is counted.
    mutating func add(_ cells: @autoclosure () -> [Cell]) {
        self.total &+= 1
        guard self.count < Self.rowLimit else { return }
        self.count &+= 1
        for (place, cell) in cells().enumerated() where self.columns.indices.contains(place) { self.columns[place].add(cell) }
    }

    // MARK: Writing

    /// The table with its first rows, and what the script needs to complete it.
    func write(_ html: inout HTMLWriter, _ phrasing: Phrasing) {
        html.element("div", ["class": "table", "id": self.id, "data-table": self.id]) { html in
            html.element("div", ["class": "controls"]) { _ in }
            html.element("div", ["class": "scroll", "tabindex": "0", "role": "group", "aria-labelledby": self.id + "-caption"]) { html in
                html.element("table") { html in
                    html.element("caption", ["id": self.id + "-caption"], self.title)
                    html.element("thead") { html in
                        html.element("tr") { html in
                            for column in self.columns { html.element("th", ["scope": "col", "class": Self.style(column)], column.title) }
                        }
                    }
                    html.newLine()
                    html.element("tbody") { html in
                        for row in 0..<min(self.count, Self.pageSize) {
                            html.element("tr") { html in
                                for column in self.columns { self.write(column, row, &html, phrasing) }
                            }
                            html.newLine()
                        }
                    }
                }
            }
            html.element("p", ["class": "status", "role": "status"], self.status(phrasing))
            if self.total > self.count {
                html.element(
                    "p", ["class": "left-out"],
                    phrasing.word(
                        "Ce rapport contient les \(phrasing.number(self.count)) premières lignes de \(phrasing.number(self.total))\u{00A0}; le fichier JSON (--json) les a toutes.",
                        "This report holds the first \(phrasing.number(self.count)) rows of \(phrasing.number(self.total)); the JSON file (--json) has them all."))
            }
        }
        html.newLine()
    }

    private static func style(_ column: Column) -> String? {
        var styles: [String] = []
        if column.isSecondary { styles.append("more") }
        if column.kind == .number { styles.append("number") }
        if column.isWhole { styles.append("whole") }
        if column.kind == .time { styles.append("moment") }
        return styles.isEmpty ? nil : styles.joined(separator: " ")
    }

    private func write(_ column: Column, _ row: Int, _ html: inout HTMLWriter, _ phrasing: Phrasing) {
        let style = Self.style(column)
        switch column.kind {
        case .text: html.element("td", ["class": style], column.text(row))
        case .number: html.element("td", ["class": style], column.values.indices.contains(row) ? phrasing.number(column.values[row]) : "")
        case .time: html.element("td", ["class": style], column.values.indices.contains(row) ? Phrasing.moment(Timestamp(seconds: column.values[row])) : "")
        case .choice: html.element("td", ["class": style]) { html in html.element("span", ["class": "badge " + column.style(row)], column.text(row)) }
        case .link:
            html.element("td", ["class": style]) { html in
                html.element("a", ["href": "#" + (column.link(row) ?? "")], column.text(row))
            }
        }
    }

    private func status(_ phrasing: Phrasing) -> String {
        if self.total == 0 { return phrasing.word("Aucune ligne.", "No rows.") }
        let shown = min(self.count, Self.pageSize)
        if shown == self.total { return phrasing.word("\(phrasing.number(shown)) ligne\(shown > 1 ? "s" : "").", "\(phrasing.number(shown)) row\(shown > 1 ? "s" : "").") }
        return phrasing.word(
            "\(phrasing.number(shown)) premières lignes sur \(phrasing.number(self.total)).", "First \(phrasing.number(shown)) rows of \(phrasing.number(self.total)).")
    }

    /// All rows, for the script.
    func write(_ data: inout ScriptData) {
        data.key(self.id)
        data.object { data in
            data.field("rows", self.count)
            data.key("columns")
            data.array(self.columns) { data, column in
                data.object { data in
                    data.field("title", column.title)
                    data.field("kind", column.kind.rawValue)
                    if let style = Self.style(column) { data.field("style", style) }
                    if column.isFilter { data.field("filter", 1) }
                    if column.isSecondary { data.field("more", 1) }
                    switch column.kind {
                    case .number:
                        data.key("values")
                        data.array(column.values) { data, value in data.number(value) }
                    case .time:
                        // The difference to the earliest is much shorter.
                        let earliest = column.values.min() ?? 0
                        data.field("earliest", earliest)
                        data.key("values")
                        data.array(column.values) { data, value in data.number(value &- earliest) }
                    case .text, .link, .choice:
                        data.field("texts", column.texts)
                        if column.kind == .link { data.field("links", column.links) }
                        if column.kind == .choice { data.field("styles", column.choices.map(\.style)) }
                        // Where every text is another, the rows are in their order.
                        let isPlain = column.kind != .choice && column.texts.count == self.count
                        if !isPlain {
                            data.key("values")
                            data.array(column.values) { data, value in data.number(value) }
                        }
                    }
                }
            }
        }
    }
}

extension HTMLTable {
    /// A register as it is shown in a page.
    /// - Parameters:
    ///   - main: the columns that are shown at first.
    ///   - filters: the columns of which a value can be chosen.
    ///   - severity: the column that holds a severity, if there is one: it sorts by gravity.
    init(_ register: RegisterTable, id: String, main: Set<Int>, filters: Set<Int>, severity: Int? = nil, _ phrasing: Phrasing) {
        let severities = Severity.allCases.reversed().map { (text: $0.title[phrasing.language], style: $0.rawValue) }
        self.init(
            id: id, title: register.title,
            columns: register.columns.enumerated().map { place, title in
                Column(title, isSecondary: !main.contains(place), isFilter: filters.contains(place), choices: place == severity ? severities : [])
            })
        let zone = phrasing.report.site.timeZone
        // A column in which some rows say nothing holds texts: no number would stand for nothing.
        var isMixed = [Bool](repeating: false, count: register.columns.count)
        for row in register.rows {
            for (place, cell) in row.enumerated() where isMixed.indices.contains(place) {
                if case .number = cell { continue }
                isMixed[place] = true
            }
        }
        for row in register.rows {
            self.add(
                row.enumerated().map { place, cell in
                    if case .number(let number) = cell, isMixed.indices.contains(place), isMixed[place] { return .text(phrasing.number(number)) }
                    if place == severity, case .text(let text) = cell { return .choice(severities.firstIndex { $0.text == text } ?? severities.count) }
                    return Self.cell(cell, phrasing, zone)
                })
        }
    }

    /// The most elements of a list that a cell shows.
    private static let listLimit = 8

    private static func cell(_ cell: RegisterTable.Cell, _ phrasing: Phrasing, _ zone: SiteTimeZone) -> Cell {
        switch cell {
        case .text(let text): .text(text)
        case .number(let number): .number(number)
        case .time(let time): .time(time.seconds &+ zone.offset(at: time.seconds))
        case .flag(let flag): .text(phrasing.answer(flag))
        case .list(let list):
            .text(list.prefix(Self.listLimit).joined(separator: ", ") + (list.count > Self.listLimit ? " … (+\(list.count &- Self.listLimit))" : ""))
        }
    }
}
