#!/usr/bin/env python3
"""Checks that the documents name what is there.

    python3 Tests/Documentation/links.py

Every relative link leads to a file, and its fragment to a heading. docs/protocol-coverage.md names every capture of Tests/Captures;
its table has a row for every application protocol and for every rule of Signatures/exposure, and calls no protocol unread that a dissector
reads. README.md names each protocol that is read, docs/medical-coverage.md the medical ones. Neither coverage names a capture, protocol or rule that is
not there, Tests/Captures/README.md lists all captures with their sizes, and the guides have the same parts in both languages and
name every key of the site file.
Ends with 1 otherwise.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def documents():
    yield from ROOT.glob("*.md")
    for folder in ("docs", "Benchmarks", "Signatures", "Tests"):
        for path in (ROOT / folder).rglob("*.md"):
            if not any(part.startswith(".") for part in path.relative_to(ROOT).parts):
                yield path


def anchors(path):
    """Headings as GitHub makes fragments of them."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    for heading in re.findall(r"^#+ (.+)$", text, re.M):
        yield re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def links():
    for document in documents():
        for target in LINK.findall(document.read_text(encoding="utf-8")):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, fragment = target.partition("#")
            file = (document.parent / path).resolve() if path else document
            if not file.exists():
                yield f"{document.relative_to(ROOT)}: {target} is not there"
            elif fragment and file.suffix == ".md" and fragment not in anchors(file):
                yield f"{document.relative_to(ROOT)}: {target}: no such heading"


def captures():
    """Every capture by its name, those of from-specification/ with their folder, and its size in bytes."""
    folder = ROOT / "Tests" / "Captures"
    for expected in folder.rglob("*.expected.json"):
        name = str(expected.relative_to(folder)).removesuffix(".expected.json")
        yield name, next((path.stat().st_size for path in (folder / f"{name}.pcap", folder / f"{name}.pcapng") if path.exists()), None)


def rules():
    """The ids of all rules of Signatures/exposure."""
    for path in (ROOT / "Signatures" / "exposure").rglob("*.yaml"):
        yield from re.findall(r"^ *- id: ([a-z0-9-]+)", path.read_text(encoding="utf-8"), re.M)


def table():
    """The rows of the table of docs/protocol-coverage.md: names of protocols, what is read, rules with their marks, captures."""
    text = (ROOT / "docs" / "protocol-coverage.md").read_text(encoding="utf-8")
    section = re.search(r"^## The table$(.*?)(?=^## )", text, re.M | re.S)
    for line in section[1].splitlines() if section else ():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] not in ("protocol", "---"):
            if len(cells) != 4:
                raise SystemExit(f"docs/protocol-coverage.md: a row without four cells: {line}")
            weaknesses = re.findall(r"`([^`]+)`( †)?", cells[2])
            yield re.findall(r"`([^`]+)`", cells[0]), cells[1], weaknesses, re.findall(r"`([^`]+)`", cells[3])


def dissected():
    """The cases of ApplicationProtocol for which there is a dissector."""
    for path in (ROOT / "Sources" / "Dissectors").rglob("*.swift"):
        source = path.read_text(encoding="utf-8")
        yield from re.findall(r"applicationProtocol(?: = ApplicationProtocol|: ApplicationProtocol \{ )\.(\w+)", source)


def rows():
    """What the table of docs/protocol-coverage.md lacks, and what it names that is not there."""
    document = "docs/protocol-coverage.md"
    there, known, cases = dict(captures()), set(rules()), {name: case for name, case, _ in protocols()}
    read, named, weak = set(dissected()), set(), set()
    if not known or not read:
        yield "no rule or no dissector was found"
    for names, text, weaknesses, proofs in table():
        named.update(names)
        weak.update(rule for rule, _ in weaknesses)
        yield from (f"{document}: no protocol {name}" for name in names if name not in cases)
        yield from (f"{document}: no rule {rule}" for rule, _ in weaknesses if rule not in known)
        yield from (f"{document}: no capture {name}" for name in proofs if name not in there)
        for name in names:
            # The other way round cannot be asked: what is read inside of another protocol has no dissector of its own.
            if text.startswith("Not read") and cases.get(name) in read:
                yield f"{document} says that {name} is not read, but there is a dissector"
    yield from (f"{document} has no row for {name}" for name in cases if name not in named)
    yield from (f"{document} does not name the rule {rule}" for rule in sorted(known - weak))


def protocols():
    """The name of every application protocol in outputs, its case, and whether it is medical."""
    source = (ROOT / "Sources" / "Observations" / "ApplicationProtocol.swift").read_text(encoding="utf-8")
    enum = re.search(r"^public enum ApplicationProtocol\b.*?^\}", source, re.M | re.S)
    medical = re.search(r"var isMedical\b.*?case (.*?): true", source, re.S)
    medical = set(re.findall(r"\.(\w+)", medical[1])) if medical else set()
    for line in re.findall(r"^    case (\w.*)$", enum[0] if enum else "", re.M):
        for case, name in re.findall(r'(\w+)(?: = "([^"]+)")?(?:, |$)', line):
            yield name or case, case, case in medical


def is_named(name, text):
    """Whether a text has the name as people write it: `s5-dri` as S/5 DRI."""
    parts = re.findall(r"[a-z]+|[0-9]+", name.lower())
    return re.search(r"(?<![a-z0-9])" + r"[^a-z0-9]*".join(parts) + r"(?![a-z0-9])", text.lower()) is not None


def coverage():
    there = dict(captures())
    if not there:
        yield "Tests/Captures holds no expected result"
    for document in ("protocol-coverage.md", "medical-coverage.md"):
        text = (ROOT / "docs" / document).read_text(encoding="utf-8")
        # The table has names of protocols and rules as well: rows() looks at it.
        outside = re.sub(r"^## The table$.*?(?=^## )", "", text, flags=re.M | re.S) if document == "protocol-coverage.md" else text
        named = set(re.findall(r"`((?:from-specification/)?[a-z0-9]+(?:-[a-z0-9]+)*)`", outside))
        yield from (f"docs/{document}: no capture {name}" for name in sorted(named - set(there)))
        if document == "protocol-coverage.md":
            named.update(name for *_, proofs in table() for name in proofs)
            yield from (f"docs/{document} does not name the capture {name}" for name in sorted(set(there) - named))
    listed = (ROOT / "Tests" / "Captures" / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([^`]+)\.pcap(?:ng)?` \| ([0-9,]+) \|", listed, re.M))
    for name, size in sorted(there.items()):
        if size is not None and rows.get(name) != f"{size:,}":
            yield f"Tests/Captures/README.md has {rows.get(name)} for the size of {name}, which is {size:,}"
    yield from (f"Tests/Captures/README.md: no capture {name}" for name in sorted(set(rows) - set(there)))

    known = list(protocols())
    if not known:
        yield "no case of ApplicationProtocol was found"
    if not any(is_medical for *_, is_medical in known):
        yield "no medical case of ApplicationProtocol was found"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    medical = (ROOT / "docs" / "medical-coverage.md").read_text(encoding="utf-8")
    unread = {name for names, text, *_ in table() if text.startswith("Not read") for name in names}
    for name, _, is_medical in known:
        if name not in unread and not is_named(name, readme):
            yield f"README.md does not name {name}"
        if is_medical and not is_named(name, medical):
            yield f"docs/medical-coverage.md does not name {name}"


def guides():
    parts = [len(re.findall(r"^##+ ", (ROOT / "docs" / name).read_text(encoding="utf-8"), re.M)) for name in ("guide.fr.md", "guide.en.md")]
    if parts[0] != parts[1]:
        yield f"docs/guide.fr.md has {parts[0]} headings, docs/guide.en.md {parts[1]}"
    # Every key of the site file, by its English and its French name.
    source = (ROOT / "Sources" / "Rules" / "Site" / "SiteDecoder.swift").read_text(encoding="utf-8")
    keys = re.search(r"frenchKeys: .*?= \[(.*?)^    \]", source, re.M | re.S)
    keys = re.findall(r'"([a-z-]+)": "([a-z-]+)"', keys[1]) if keys else []
    if not keys:
        yield "no keys of the site file were found"
    for place, name in (0, "guide.en.md"), (1, "guide.fr.md"):
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        yield from (f"docs/{name} does not explain the key {pair[place]} of the site file" for pair in keys if f"`{pair[place]}`" not in text)


def main():
    failures = [*links(), *coverage(), *rows(), *guides()]
    for failure in failures:
        print(failure, file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
