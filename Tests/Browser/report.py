#!/usr/bin/env python3
"""Opens an HTML report in headless Chromium and uses it as a reader would: search, sort, filter, paging, links, print; light and dark,
desktop, tablet and phone. Nothing may be logged to the console, and nothing may be asked of the network. Where axe-core is given, it finds no
serious or critical problem of accessibility on a desktop or a phone, light or dark.

    python3 Tests/Browser/report.py report.html [--compared] [--pictures FOLDER] [--axe axe.min.js]

Speaks the DevTools protocol through a pipe, with the standard library only. Exits with 77 where Chromium is not installed.
"""
import argparse
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

SIZES = {"desktop": (1440, 900), "tablet": (820, 1180), "phone": (390, 844), "narrow": (360, 740)}


class Browser:
    """Chromium with one page, by the DevTools protocol: JSON messages, each ended by a zero byte."""

    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory()
        self.to_read, to_write = os.pipe()
        from_read, self.from_write = os.pipe()
        self.input, self.output = os.fdopen(to_write, "wb"), os.fdopen(from_read, "rb")
        command = [
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--user-data-dir=" + self.folder.name, "--remote-debugging-pipe", "about:blank",
        ]
        # The browser reads from its descriptor 3 and writes to 4.
        shell = f'exec 3<&{self.to_read} 4>&{self.from_write}; exec "$@"'
        self.process = subprocess.Popen(
            ["bash", "-c", shell, "browser", *command], pass_fds=(self.to_read, self.from_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(self.to_read)
        os.close(self.from_write)
        self.number, self.rest, self.events, self.session = 0, b"", [], None
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def read(self):
        while b"\0" not in self.rest:
            piece = os.read(self.output.fileno(), 1 << 20)
            if not piece:
                raise RuntimeError("the browser ended")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.input.write(json.dumps(message).encode() + b"\0")
        self.input.flush()
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.read())

    def run(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def open(self, url):
        self.events = [event for event in self.events if event.get("method") != "Page.loadEventFired"]
        start = time.monotonic()
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return time.monotonic() - start

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 800)

    def theme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def picture(self, path, is_whole=False):
        clip = {}
        if is_whole:
            box = self.call("Page.getLayoutMetrics")["cssContentSize"]
            clip = {"clip": {"x": 0, "y": 0, "width": box["width"], "height": min(box["height"], 16000), "scale": 1}, "captureBeyondViewport": True}
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png", **clip)["data"]))

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
        except (RuntimeError, OSError):
            pass
        self.process.wait(timeout=20)
        self.folder.cleanup()


class Checks:
    def __init__(self):
        self.failures = []

    def that(self, is_true, text):
        if not is_true:
            self.failures.append(text)


# Uses a table as a reader would, and says what came of it.
USE_TABLES = r"""
(() => {
  const outcome = [];
  const content = JSON.parse(document.getElementById("data").textContent);
  for (const table of document.querySelectorAll("[data-table]")) {
    const data = content.tables[table.dataset.table];
    const shown = () => [...table.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent));
    const result = {id: table.dataset.table, count: data.rows, shown: shown().length};
    const search = table.querySelector("input[type=search]");
    const type = (text) => {
      const start = performance.now();
      search.value = text;
      search.dispatchEvent(new Event("input"));
      void document.body.offsetHeight;
      return performance.now() - start;
    };
    if (search) {
      const word = (shown()[0].find((text) => /\p{L}{3}/u.test(text)) || "").split(/\s/).find((part) => /\p{L}{3}/u.test(part)) || "a";
      result.word = word;
      result.firstSearch = type(word);
      result.found = shown().length;
      const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
      result.holds = shown().every((row) => row.some((text) => plain(text).includes(plain(word))));
      result.search = type(plain(word).toUpperCase());
      result.foundPlain = shown().length;
      type("no such text is anywhere in it");
      result.none = shown().length;
      type("");
      result.again = shown().length;
    }
    const heads = [...table.querySelectorAll("thead button")];
    if (heads.length) {
      result.sorted = [];
      heads.forEach((head, place) => {
        head.click();
        const up = shown().map((row) => row[place]);
        const sort = head.closest("th").getAttribute("aria-sort");
        head.click();
        const down = shown().map((row) => row[place]);
        result.sorted.push({place, sort, up: up[0], down: down[0]});
      });
    }
    const select = table.querySelector("select");
    if (select) {
      select.value = select.options[1].value;
      select.dispatchEvent(new Event("change"));
      const wanted = Number((select.options[1].textContent.match(/\(([\d\s,\u202f\u00a0]+)\)$/) || ["", "0"])[1].replace(/\D/g, ""));
      result.filter = {wanted, shown: shown().length, status: table.querySelector(".status").textContent};
      select.value = "";
      select.dispatchEvent(new Event("change"));
    }
    const pager = table.querySelector(".pager");
    if (pager) {
      const first = shown()[0].join("|");
      pager.querySelector("button:last-child").click();
      result.turned = shown()[0].join("|") !== first;
      pager.querySelector("button:first-child").click();
      result.back = shown()[0].join("|") === first;
    }
    outcome.push(result);
  }
  return outcome;
})()
"""


def check_tables(browser, checks, page_size):
    slowest = 0
    for table in browser.run(USE_TABLES):
        name = table["id"]
        checks.that(table["shown"] == min(table["count"], page_size), f"{name}: {table['shown']} rows shown of {table['count']}")
        if "found" in table:
            slowest = max(slowest, table["firstSearch"], table["search"])
            checks.that(table["found"] > 0 and table["holds"], f"{name}: search for {table['word']!r} does not find it")
            checks.that(table["found"] == table["foundPlain"], f"{name}: search depends on accents or letter case")
            checks.that(table["none"] == 0, f"{name}: search finds what is not there")
            checks.that(table["again"] == table["shown"], f"{name}: an empty search does not show all again")
        for sort in table.get("sorted", []):
            checks.that(sort["sort"] == "ascending", f"{name}: column {sort['place']} does not say that it is sorted")
        if "filter" in table:
            checks.that(table["filter"]["shown"] == min(table["filter"]["wanted"], page_size), f"{name}: filter shows {table['filter']}")
        if "turned" in table:
            checks.that(table["turned"] and table["back"], f"{name}: pages do not turn")
    return slowest


def check_page(browser, checks):
    checks.that(browser.run("document.querySelectorAll('h1').length") == 1, "there is not one h1")
    checks.that(browser.run("document.documentElement.lang") in ("fr", "en"), "no language")
    for selector in ("main", "nav", "header", "footer", "a.skip"):
        checks.that(browser.run(f"document.querySelector('{selector}') !== null"), f"no {selector}")
    checks.that(browser.run("[...document.querySelectorAll('table')].every((table) => table.caption)"), "a table has no caption")
    checks.that(browser.run("[...document.querySelectorAll('th')].every((head) => head.scope)"), "a th has no scope")
    dead = browser.run("[...document.querySelectorAll('a[href^=\"#\"]')].map((a) => a.getAttribute('href').slice(1)).filter((id) => !document.getElementById(id))")
    checks.that(not dead, f"links that lead nowhere: {dead[:5]}")
    double = browser.run("(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return ids.filter((id, i) => ids.indexOf(id) !== i); })()")
    checks.that(not double, f"ids that stand twice: {double[:5]}")
    # A link to a closed finding opens it.
    opened = browser.run(
        "(async () => { const d = document.querySelector('details[id]:not([open])'); if (!d) return true; location.hash = d.id;"
        " await new Promise((done) => setTimeout(done, 100)); const is = d.open; d.open = false; history.replaceState(null, '', location.pathname); return is; })()")
    checks.that(opened, "a link to a closed finding does not open it")


def check_navigation(browser, checks):
    """The contents lead to every section, and the page is there."""
    wrong = browser.run(
        "(async () => { document.documentElement.style.scrollBehavior = 'auto'; const wrong = [];"
        " const links = [...document.querySelectorAll('nav.contents a')];"
        " if (links.length !== document.querySelectorAll('main > section').length) wrong.push('not one link for each section');"
        " for (const link of links) { link.click(); const id = link.getAttribute('href').slice(1), section = document.getElementById(id);"
        "   const isThere = () => { const top = section.getBoundingClientRect().top;"
        "     return location.hash === '#' + id && top >= -2 && (top <= 60 || scrollY + innerHeight >= document.documentElement.scrollHeight - 2); };"
        "   for (let turn = 0; turn < 60 && !isThere(); turn++) await new Promise((done) => setTimeout(done, 50));"
        "   if (!isThere()) wrong.push(id + ' at ' + Math.round(section.getBoundingClientRect().top)); }"
        " history.replaceState(null, '', location.pathname); scrollTo(0, 0); return wrong; })()")
    checks.that(not wrong, f"the contents lead elsewhere: {wrong}")
    # From all findings of a rule to the rows of that rule.
    rows = browser.run(
        "(() => { const link = document.querySelector('a[data-choose]'); if (!link) return null; link.click();"
        " const table = document.getElementById(link.dataset.choose), texts = [...table.querySelectorAll('tbody tr')].map((row) => row.cells[Number(link.dataset.column)].textContent);"
        " const is = texts.length > 0 && texts.every((text) => text === link.dataset.text); history.replaceState(null, '', location.pathname); return is; })()")
    checks.that(rows in (None, True), "a link to all findings of a rule shows others")


def check_hints(browser, checks, place):
    """What is wider than its place says so, and nothing else does."""
    browser.run("document.querySelectorAll('details').forEach((details) => { details.dataset.was = details.open ? 'open' : ''; details.open = true; })")
    browser.run("new Promise((done) => setTimeout(done, 150))")
    wrong = browser.run(
        "[...document.querySelectorAll('.scroll, .picture[tabindex]')].filter((box) => box.previousElementSibling.hidden === box.scrollWidth > box.clientWidth + 1)"
        ".map((box) => box.textContent.slice(0, 40))")
    browser.run("document.querySelectorAll('details').forEach((details) => { details.open = details.dataset.was === 'open'; })")
    checks.that(not wrong, f"{place}: hints that something is wider are wrong: {wrong[:3]}")


def check_comparison(browser, checks, name):
    found = browser.run(
        "(() => { const part = document.getElementById('comparison'), tables = part.querySelectorAll('[data-table]');"
        " return {figures: [...part.querySelectorAll('.figures strong')].map((number) => Number(number.textContent.replace(/\\D/g, ''))),"
        " tables: [...tables].map((table) => table.id), badges: part.querySelectorAll('#changed-findings-table .badge').length,"
        " trend: document.getElementById('summary').textContent}; })()")
    checks.that(len(found["figures"]) == 9 and sum(found["figures"]) > 0, f"{name}: the comparison says {found['figures']}")
    for table in ("changed-devices-table", "changed-findings-table"):
        checks.that(table in found["tables"], f"{name}: no {table} in the comparison")
    checks.that(found["badges"] > 0, f"{name}: findings of the comparison show no severity")
    checks.that("Évolution depuis" in found["trend"] or "Trend since" in found["trend"], f"{name}: the summary has no trend")


# What is left of A4 within the margins, in CSS pixels, and what is printed so.
PAPER = {"portrait": (687, "main > section:not(.wide):not(.own) table"), "landscape": (1016, ".wide table, .own table, .wide svg, .own svg")}


def check_paper(browser, checks, name):
    """Nothing is cut at the right edge of the paper."""
    browser.call("Emulation.setEmulatedMedia", media="print")
    browser.run("dispatchEvent(new Event('beforeprint'))")
    for side, (width, selector) in PAPER.items():
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        cut = browser.run(
            f"[...document.querySelectorAll({json.dumps(selector)})].filter((part) => part.getBoundingClientRect().right > {width + 1}"
            " && (part.closest('.wide, .own') === null) === " + ("true" if side == "portrait" else "false") + ")"
            ".map((part) => Math.round(part.getBoundingClientRect().right) + ' ' + part.textContent.slice(0, 60))")
        checks.that(not cut, f"{name}: cut on paper, {side}: {cut[:3]}")
    browser.run("dispatchEvent(new Event('afterprint'))")
    browser.call("Emulation.setEmulatedMedia", media="")


def check_with_axe(browser, checks, axe, place):
    if browser.run("typeof axe === 'undefined'"):
        browser.run(axe.read_text() + ";0")
    found = browser.run(
        "axe.run({resultTypes: ['violations']}).then((r) => r.violations.map((v) => [v.id, v.impact, v.nodes.length, v.nodes[0].html.slice(0, 160)]))")
    for violation in found:
        print(f"  axe, {place}: {violation}")
        checks.that(violation[1] not in ("serious", "critical"), f"axe, {place}: {violation}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("reports", nargs="+", type=pathlib.Path)
    parser.add_argument("--pictures", type=pathlib.Path, help="write screenshots and a PDF into this folder")
    parser.add_argument("--compared", action="store_true", help="the reports compare with an earlier campaign: that part is checked too")
    parser.add_argument("--axe", type=pathlib.Path, help="axe.min.js of axe-core, to check for accessibility")
    arguments = parser.parse_args()
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        print("skipped: Chromium is not installed")
        return 77
    if not arguments.axe:
        print("skipped: axe-core is not there (axe-playwright-python of the Python Package Index has it), accessibility is checked in part only")
    checks = Checks()
    browser = Browser(program)
    try:
        for report in arguments.reports:
            seconds = browser.open(report.resolve().as_uri())
            size = report.stat().st_size
            rendered = browser.run("performance.now()")
            browser.size(*SIZES["desktop"])
            page_size = browser.run("JSON.parse(document.getElementById('data').textContent).pageSize")
            check_page(browser, checks)
            slowest = check_tables(browser, checks, page_size)
            check_navigation(browser, checks)
            if arguments.compared:
                check_comparison(browser, checks, report.name)
            print(f"{report.name}: {size / 1e6:.2f} MB, shown after {seconds:.2f} s ({rendered:.0f} ms in the page), slowest search {slowest:.0f} ms")
            checks.that(seconds < 5, f"{report.name} takes {seconds:.1f} s to show")
            checks.that(slowest < 200, f"{report.name}: a search takes {slowest:.0f} ms")
            for theme in ("light", "dark"):
                browser.theme(theme)
                for name, (width, height) in SIZES.items():
                    browser.size(width, height)
                    browser.run("scrollTo(0, 0)")
                    wide = browser.run("document.documentElement.scrollWidth")
                    checks.that(wide <= width, f"{report.name}: {wide} px wide on a screen of {width}")
                    if theme == "light":
                        check_hints(browser, checks, f"{report.name}, {name}")
                    if arguments.axe and name in ("desktop", "phone"):
                        check_with_axe(browser, checks, arguments.axe, f"{report.name}, {name}, {theme}")
                    if arguments.pictures:
                        arguments.pictures.mkdir(parents=True, exist_ok=True)
                        browser.picture(arguments.pictures / f"{report.stem}-{name}-{theme}.png", is_whole=True)
            check_paper(browser, checks, report.name)
            browser.theme("light")
            browser.size(*SIZES["desktop"])
            pdf = base64.b64decode(browser.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])
            checks.that(pdf.startswith(b"%PDF") and len(pdf) > 10_000, f"{report.name}: no PDF")
            checks.that(browser.run("document.querySelectorAll('#findings details[open]').length < document.querySelectorAll('#findings details').length || document.querySelectorAll('#findings details:not([open])').length === 0"), "printing leaves everything open")
            if arguments.pictures:
                (arguments.pictures / f"{report.stem}.pdf").write_bytes(pdf)
        for event in browser.events:
            method, content = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                checks.that(False, f"exception: {content['exceptionDetails'].get('exception', {}).get('description')}")
            elif method == "Runtime.consoleAPICalled" and content["type"] in ("error", "warning"):
                checks.that(False, f"console: {content['args']}")
            elif method == "Log.entryAdded" and content["entry"]["level"] in ("error", "warning"):
                checks.that(False, f"log: {content['entry']['text']}")
            elif method == "Network.requestWillBeSent" and not content["request"]["url"].startswith("file:"):
                checks.that(False, f"asks for {content['request']['url'][:100]}")
    finally:
        browser.close()
    for failure in checks.failures:
        print("FAILED: " + failure)
    print("failed" if checks.failures else "passed")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
