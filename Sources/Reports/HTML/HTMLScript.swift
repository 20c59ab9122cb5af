/// The script of a report's page: it searches, sorts, filters and pages the tables. It makes elements and texts only, never markup
/// from data, and asks for nothing outside the page.
enum HTMLScript {
    /// SHA-256 of ``text`` in Base64, for the page's Content-Security-Policy. A test computes it again.
    static let hash = "nZ2yKdDelOdcR6SvwwnttUIIThDFKbWBVNbpt6xFxH4="

    static let text: StaticString = #"""

        "use strict";
        (() => {
        const data = JSON.parse(document.getElementById("data").textContent);
        const words = data.words;
        const pageSize = data.pageSize;
        const printLimit = data.printLimit;
        const numbers = new Intl.NumberFormat(data.language);
        const collator = new Intl.Collator(data.language, {numeric: true, sensitivity: "base"});
        const tables = new Map();

        const say = (word, values) => word.replace(/\{(\w+)\}/g, (all, name) => typeof values[name] === "number" ? numbers.format(values[name]) : values[name]);
        const make = (name, attributes, text) => {
          const element = document.createElement(name);
          for (const key in attributes) element.setAttribute(key, attributes[key]);
          if (text !== undefined) element.textContent = text;
          return element;
        };
        // Small letters without accents; one call for a whole column, as no text holds a line feed.
        const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/œ/g, "oe").replace(/æ/g, "ae");
        const moment = (seconds) => {
          const date = new Date(seconds * 1000);
          return isNaN(date) ? "" : date.toISOString().slice(0, 19).replace("T", " ");
        };

        class Column {
          constructor(column) {
            Object.assign(this, column);
            this.hasTexts = column.texts !== undefined;
          }
          place(row) { return this.values === undefined ? row : this.values[row]; }
          text(row) {
            if (this.hasTexts) return this.texts[this.place(row)];
            return this.kind === "time" ? moment(this.earliest + this.values[row]) : numbers.format(this.values[row]);
          }
          prepare() {
            if (this.folded !== undefined) return;
            const texts = this.hasTexts ? this.texts : this.values.map((value, row) => this.kind === "time" ? this.text(row) : String(value));
            this.folded = fold(texts.map((text) => text.replace(/\n/g, " ")).join("\n")).split("\n");
          }
          // Marks the rows that hold the word.
          mark(word, rows, count) {
            this.prepare();
            if (!this.hasTexts || this.values === undefined) {
              for (let row = 0; row < count; row++) if (this.folded[row].includes(word)) rows[row] = 1;
              return;
            }
            const holds = this.folded.map((text) => text.includes(word));
            for (let row = 0; row < count; row++) if (holds[this.values[row]]) rows[row] = 1;
          }
          // What rows are sorted by: a number for each.
          order() {
            if (this.ranks !== undefined) return this.ranks;
            if (!this.hasTexts) return this.ranks = this.values;
            if (this.kind === "choice") return this.ranks = this.values;
            const places = this.texts.map((text, place) => place).sort((a, b) => collator.compare(this.texts[a], this.texts[b]));
            const rankOf = new Array(places.length);
            places.forEach((place, rank) => { rankOf[place] = rank; });
            return this.ranks = this.values === undefined ? rankOf : this.values.map((place) => rankOf[place]);
          }
        }

        class Table {
          constructor(element, content) {
            this.element = element;
            this.count = content.rows;
            this.columns = content.columns.map((column) => new Column(column));
            this.body = element.querySelector("tbody");
            this.status = element.querySelector(".status");
            this.query = "";
            this.chosen = new Map();
            this.sorted = null;
            this.page = 0;
            this.rows = Array.from({length: this.count}, (_, row) => row);
            if (this.count > 5) this.makeControls();
            if (this.count > 1) this.makeHeads();
            if (this.count > pageSize) this.makePager();
            this.show();
          }

          makeControls() {
            const controls = this.element.querySelector(".controls");
            const label = make("label", {}, words.search);
            this.search = make("input", {type: "search", autocomplete: "off", spellcheck: "false"});
            this.search.addEventListener("input", () => { this.query = this.search.value; this.refresh(); });
            label.append(this.search);
            controls.append(label);
            this.selects = new Map();
            this.columns.forEach((column, place) => {
              if (!column.filter || !column.hasTexts) return;
              const counts = new Map();
              for (let row = 0; row < this.count; row++) counts.set(column.place(row), (counts.get(column.place(row)) || 0) + 1);
              if (counts.size < 2 || counts.size > 300) return;
              const choice = make("label", {}, column.title);
              const select = make("select", {});
              select.append(make("option", {value: ""}, words.all));
              const places = [...counts.keys()];
              places.sort(column.kind === "choice" ? (a, b) => a - b : (a, b) => collator.compare(column.texts[a], column.texts[b]));
              for (const at of places) select.append(make("option", {value: String(at)}, (column.texts[at] || words.nothing) + " (" + numbers.format(counts.get(at)) + ")"));
              select.addEventListener("change", () => {
                if (select.value === "") this.chosen.delete(place); else this.chosen.set(place, Number(select.value));
                this.refresh();
              });
              this.selects.set(place, select);
              choice.append(select);
              controls.append(choice);
            });
            if (this.columns.some((column) => column.more)) {
              const button = make("button", {type: "button", "aria-pressed": "false"}, words.allColumns);
              button.addEventListener("click", () => {
                const all = this.element.classList.toggle("all");
                button.setAttribute("aria-pressed", String(all));
              });
              controls.append(button);
            }
          }

          makeHeads() {
            this.heads = [...this.element.querySelectorAll("thead th")];
            this.heads.forEach((head, place) => {
              const button = make("button", {type: "button"}, head.textContent);
              // On paper the text alone: browsers do not repeat buttons on every page.
              head.replaceChildren(make("span", {class: "paper"}, head.textContent), button);
              button.addEventListener("click", () => {
                const isSame = this.sorted !== null && this.sorted.place === place;
                this.sorted = {place, isDown: isSame && !this.sorted.isDown};
                this.heads.forEach((other) => other.removeAttribute("aria-sort"));
                head.setAttribute("aria-sort", this.sorted.isDown ? "descending" : "ascending");
                this.refresh();
              });
            });
          }

          makePager() {
            this.pager = make("nav", {class: "pager", "aria-label": words.pages + " " + this.element.querySelector("caption").textContent});
            this.previous = make("button", {type: "button"}, words.previous);
            this.next = make("button", {type: "button"}, words.next);
            this.where = make("span", {});
            this.previous.addEventListener("click", () => this.turn(-1));
            this.next.addEventListener("click", () => this.turn(1));
            this.pager.append(this.previous, this.where, this.next);
            this.status.after(this.pager);
          }

          turn(step) {
            this.page += step;
            this.show();
            this.element.querySelector(".scroll").scrollTop = 0;
          }

          // One of the texts of a column, and no other filter.
          choose(place, text) {
            const at = this.columns[place].texts.indexOf(text);
            this.query = "";
            if (this.search) this.search.value = "";
            this.chosen.clear();
            if (this.selects) this.selects.forEach((select) => { select.value = ""; });
            if (at >= 0) {
              this.chosen.set(place, at);
              if (this.selects && this.selects.has(place)) this.selects.get(place).value = String(at);
            }
            this.refresh();
          }

          refresh() {
            const count = this.count;
            let kept = new Uint8Array(count).fill(1);
            for (const [place, at] of this.chosen) {
              const column = this.columns[place];
              for (let row = 0; row < count; row++) if (column.place(row) !== at) kept[row] = 0;
            }
            for (const word of fold(this.query).split(/\s+/)) {
              if (word === "") continue;
              const holds = new Uint8Array(count);
              for (const column of this.columns) column.mark(word, holds, count);
              for (let row = 0; row < count; row++) kept[row] &= holds[row];
            }
            const rows = [];
            for (let row = 0; row < count; row++) if (kept[row]) rows.push(row);
            if (this.sorted !== null) {
              const order = this.columns[this.sorted.place].order();
              const sign = this.sorted.isDown ? -1 : 1;
              rows.sort((a, b) => sign * (order[a] - order[b]) || a - b);
            }
            this.rows = rows;
            this.page = 0;
            this.show();
          }

          cell(column, row) {
            const cell = make("td", column.style ? {class: column.style} : {});
            const text = column.text(row);
            if (/[^\s-]{17}/.test(text)) cell.classList.add("long");
            if (column.kind === "choice") cell.append(make("span", {class: "badge " + column.styles[column.place(row)]}, text));
            else if (column.kind === "link") cell.append(make("a", {href: "#" + column.links[column.place(row)]}, text));
            else cell.textContent = text;
            return cell;
          }

          show(limit) {
            const size = limit || pageSize;
            const pages = Math.max(1, Math.ceil(this.rows.length / size));
            const page = limit ? 0 : Math.min(Math.max(0, this.page), pages - 1);
            if (!limit) this.page = page;
            const first = page * size;
            const rows = this.rows.slice(first, first + size);
            this.body.replaceChildren(...rows.map((row) => {
              const line = make("tr", {});
              for (const column of this.columns) line.append(this.cell(column, row));
              return line;
            }));
            const found = this.rows.length;
            let text = found === 0 ? words.none : say(found === rows.length ? words.rows : words.part, {from: first + 1, to: first + rows.length, found});
            if (found < this.count) text += " " + say(words.of, {count: this.count});
            if (limit && found > limit) text += " " + say(words.leftOut, {count: found - limit});
            this.status.textContent = text;
            if (this.pager && !limit) {
              this.previous.disabled = page === 0;
              this.next.disabled = page === pages - 1;
              this.where.textContent = say(words.page, {page: page + 1, pages});
              this.pager.hidden = pages === 1;
            }
          }
        }

        document.documentElement.classList.add("live");
        for (const element of document.querySelectorAll("[data-table]")) {
          const content = data.tables[element.dataset.table];
          if (content) tables.set(element.dataset.table, new Table(element, content));
        }

        // What the first search needs is made ready while nobody waits for it.
        const waiting = [...tables.values()].flatMap((table) => table.search ? table.columns : []);
        const prepare = () => {
          if (waiting.length === 0) return;
          waiting.shift().prepare();
          setTimeout(prepare);
        };
        setTimeout(prepare, 500);

        // What is wider than its place says so.
        const boxes = new Map();
        const measure = (box) => {
          const isWider = box.scrollWidth > box.clientWidth + 1;
          box.classList.toggle("wider", isWider);
          boxes.get(box).hidden = !isWider;
        };
        const watch = new ResizeObserver((entries) => requestAnimationFrame(() => {
          for (const box of new Set(entries.map((entry) => entry.target.closest(".scroll, .picture")))) measure(box);
        }));
        for (const box of document.querySelectorAll(".scroll, .picture[tabindex]")) {
          const hint = make("p", {class: "hint", "aria-hidden": "true"}, words.wider);
          hint.hidden = true;
          box.before(hint);
          boxes.set(box, hint);
          watch.observe(box);
          watch.observe(box.firstElementChild);
        }

        for (const link of document.querySelectorAll("a[data-choose]")) {
          link.addEventListener("click", () => {
            const table = tables.get(link.dataset.choose);
            if (table) table.choose(Number(link.dataset.column), link.dataset.text);
          });
        }

        // What a link leads to is open when it is reached.
        const reveal = () => {
          const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
          const closed = target && target.closest("details:not([open])");
          if (closed) { closed.open = true; target.scrollIntoView(); }
        };
        addEventListener("hashchange", reveal);
        reveal();

        // On paper: tables as long as is sensible, and everything open.
        let opened = [];
        addEventListener("beforeprint", () => {
          opened = [...document.querySelectorAll("details:not([open])")];
          for (const details of opened) details.open = true;
          for (const table of tables.values()) table.show(printLimit);
        });
        addEventListener("afterprint", () => {
          for (const details of opened) details.open = false;
          for (const table of tables.values()) table.show();
        });
        })();

        """#
}
