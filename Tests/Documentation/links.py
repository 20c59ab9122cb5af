#!/usr/bin/env python3
"""Checks that the documents name what is there.

    python3 Tests/Documentation/links.py

Every relative link leads to a file, and its fragment to a heading. docs/protocol-coverage.md names every capture of Tests/Captures
and none that is not there, has a section for every protocol that dissectors can prove, and the guides have the same parts in both languages.
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


def coverage():
    text = (ROOT / "docs" / "protocol-coverage.md").read_text(encoding="utf-8")
    there = {path.name.removesuffix(".expected.json") for path in (ROOT / "Tests" / "Captures").glob("*.expected.json")}
    if not there:
        yield "Tests/Captures holds no expected result"
    named = set(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)*)`", text))
    yield from (f"docs/protocol-coverage.md: no capture {name}" for name in sorted(named - there))
    yield from (f"docs/protocol-coverage.md does not name the capture {name}" for name in sorted(there - named))
    source = (ROOT / "Sources" / "Observations" / "ApplicationProtocol.swift").read_text(encoding="utf-8")
    enum = re.search(r"^public enum ApplicationProtocol\b.*?^\}", source, re.M | re.S)
    cases = re.findall(r"\w+", " ".join(re.findall(r"^    case ([a-z0-9, ]+)$", enum[0] if enum else "", re.M)))
    if not cases:
        yield "no case of ApplicationProtocol was found"
    headings = " ".join(re.findall(r"^### (.+)$", text, re.M)).lower()
    yield from (f"docs/protocol-coverage.md has no section for {case}" for case in cases if not re.search(rf"\b{case}\b", headings))


def guides():
    parts = [len(re.findall(r"^##+ ", (ROOT / "docs" / name).read_text(encoding="utf-8"), re.M)) for name in ("guide.fr.md", "guide.en.md")]
    if parts[0] != parts[1]:
        yield f"docs/guide.fr.md has {parts[0]} headings, docs/guide.en.md {parts[1]}"


def main():
    failures = [*links(), *coverage(), *guides()]
    for failure in failures:
        print(failure, file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
