#!/usr/bin/env python3
"""Writes docs/attributes.md from the observation vocabulary in Sources/Observations/Attribute*.swift.

    python3 Tests/Documentation/attributes.py           # write
    python3 Tests/Documentation/attributes.py --check   # end with 1 where the file is not what would be written

Ends with 2 where the vocabulary contradicts itself: a case without a doc comment or a definition, a name in a comment that is
not the name in the definition, a name that stands twice.
"""

import argparse
import difflib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "Sources" / "Observations"
TARGET = ROOT / "docs" / "attributes.md"

CASE = re.compile(r"case (\w+)\s*(?:=\s*\d+\s*)?$")
COMMENT = re.compile(r"`([a-z0-9_.]+)`: (.+)$", re.S)
DEFINITION = re.compile(
    r"case \.(\w+):\s*(?:return\s+)?Definition\(\s*name:\s*\"([^\"]+)\",\s*kind:\s*\.(\w+),\s*privacy:\s*\.(\w+),\s*"
    r"displayField:\s*(nil|\"[^\"]*\")\s*\)"
)

HEAD = """# The observation vocabulary

<!-- Made by Tests/Documentation/attributes.py from Sources/Observations/Attribute*.swift. Do not edit. -->

This closed list is all that an observation can say. Apart from addresses, ports, times and counts it is therefore all that an
inventory, a result, a signature or a rule can hold of what was on the wire. What has no attribute here has nowhere to go: there is
none for a patient, the user name of a login, a password, a message body or the query of a URL.

- **Name**: as results (`attributes[].name`), signatures (`field:`) and rules write it.
- **Kind**: `text` (printable, at most {limit} characters), `number`, or `time` (UTC, to the second).
- **Privacy**: `technical` is about machines and software; `naming` names machines, sites or applications, and a name that
  people chose can name a person (`PC-DUPONT`): treat these values as internal.
- **Wireshark field**: the display-filter field that shows the same bytes, or the element that holds them (`dicom.tag`), to check
  a claim with.

{count} attributes.
"""


def fail(message):
    print(f"attributes.py: {message}", file=sys.stderr)
    sys.exit(2)


def vocabulary():
    """Sections in order of the source: (title, [(case, name, meaning)])."""
    sections = []
    for file in sorted(SOURCES.glob("Attribute*.swift")):
        text = file.read_text(encoding="utf-8")
        found = re.search(r"^public enum Attribute\b.*?\{$(.*?)^\}", text, re.M | re.S)
        if not found:
            continue
        comment = []
        for line in (line.strip() for line in found.group(1).splitlines()):
            if line.startswith("// MARK:"):
                sections.append((line.removeprefix("// MARK:").strip(" -"), []))
            elif line.startswith("///"):
                comment.append(line.removeprefix("///").strip())
            elif case := CASE.match(line):
                said = COMMENT.match(" ".join(comment))
                if not said:
                    fail(f"{file.name}: the case {case[1]} has no comment of the form `name`: meaning")
                if not sections:
                    sections.append(("Attributes", []))
                sections[-1][1].append((case[1], said[1], said[2]))
                comment = []
            elif line.startswith("case "):
                fail(f"{file.name}: not one case on a line: {line}")
            else:
                comment = []
    if not sections:
        fail(f"no enum Attribute in {SOURCES}/Attribute*.swift")
    return sections


def definitions():
    known = {}
    for file in sorted(SOURCES.glob("Attribute*.swift")):
        for case, name, kind, privacy, field in DEFINITION.findall(file.read_text(encoding="utf-8")):
            if case in known:
                fail(f"{file.name}: {case} is defined twice")
            known[case] = (name, kind, privacy, None if field == "nil" else field.strip('"'))
    return known


def text_limit():
    found = re.search(r"static let limit = (\d+)", (SOURCES / "PrintableText.swift").read_text(encoding="utf-8"))
    return found[1] if found else fail("PrintableText.limit was not found")


def cell(text):
    return text.replace("|", "\\|")


def document():
    known = definitions()
    sections = vocabulary()
    rows = []
    seen = set()
    for title, entries in sections:
        if not entries:
            continue
        rows += ["", f"## {title}", "", "| name | kind | privacy | Wireshark field | meaning |", "| --- | --- | --- | --- | --- |"]
        for case, name, meaning in entries:
            if case not in known:
                fail(f"{case} ({name}) has no definition")
            defined, kind, privacy, field = known.pop(case)
            if defined != name:
                fail(f"{case} is `{name}` in its comment and `{defined}` in its definition")
            if name in seen:
                fail(f"the name {name} stands twice")
            seen.add(name)
            rows.append(f"| `{name}` | {kind} | {privacy} | {f'`{field}`' if field else ''} | {cell(meaning)} |")
    if known:
        fail(f"defined but not in the enum: {', '.join(sorted(known))}")
    return HEAD.format(limit=text_limit(), count=len(seen)) + "\n".join(rows) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only; end with 1 on a difference")
    check = parser.parse_args().check
    wanted = document()
    if not check:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(wanted, encoding="utf-8")
        return
    have = TARGET.read_text(encoding="utf-8") if TARGET.exists() else ""
    if have != wanted:
        sys.stderr.writelines(
            difflib.unified_diff(have.splitlines(True), wanted.splitlines(True), "docs/attributes.md", "as the source has it")
        )
        print("docs/attributes.md is out of date: run Tests/Documentation/attributes.py", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
