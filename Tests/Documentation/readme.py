#!/usr/bin/env python3
"""Puts the real output of the program into README.md and the guides, between markers, and tries the signature of docs/biomedical.*.md.

    python3 Tests/Documentation/readme.py --laennec BINARY            # write
    python3 Tests/Documentation/readme.py --laennec BINARY --check    # end with 1 where a document shows another output

README.md shows the summary of the demonstration capture, and the first paragraphs of `explain` for one of its devices, in English
and in French. The guides show what the site file of docs/demo makes of the same capture, registers, and a rule. The signature that
docs/biomedical.*.md teach has to be accepted, and to change what the demonstration says of the device as they tell.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CAPTURE = "Tests/Captures/demo-hospital.pcapng"
WIDTH = "116"
# Document, how it calls the program, marker, arguments, what of the output is shown: its first paragraphs (0: all), or those that
# begin so.
BLOCKS = (
    ("README.md", ".build/release/laennec", "demo output", ["scan", "--language", "en", CAPTURE], 0),
    ("README.md", ".build/release/laennec", "explain output", ["explain", "--language", "en", "10.28.10.22", CAPTURE], 3),
    ("README.md", ".build/release/laennec", "explain output, French", ["explain", "--language", "fr", "CT1", CAPTURE], 2),
    ("docs/guide.fr.md", "laennec", "site check", ["site", "check", "--language", "fr", "docs/demo/site.fr.yml"], 0),
    ("docs/guide.en.md", "laennec", "site check", ["site", "check", "--language", "en", "docs/demo/site.en.yml"], 0),
    (
        "docs/guide.fr.md", "laennec", "site scan", ["scan", "--language", "fr", "--site", "docs/demo/site.fr.yml", CAPTURE],
        ("Exposition", "Télémaintenance", "Flux et coupure"),
    ),
    (
        "docs/guide.en.md", "laennec", "site scan", ["scan", "--language", "en", "--site", "docs/demo/site.en.yml", CAPTURE],
        ("Exposure", "Remote maintenance", "Flows and cut-off"),
    ),
    ("docs/guide.fr.md", "laennec", "rule", ["rules", "explain", "--language", "fr", "telnet-service"], 0),
    ("docs/guide.en.md", "laennec", "rule", ["rules", "explain", "--language", "en", "telnet-service"], 0),
)
# Document, marker, language, name of a file of --registers.
REGISTERS = (
    ("docs/guide.fr.md", "interventions", "fr", "interventions.csv"),
    ("docs/guide.en.md", "interventions", "en", "interventions.csv"),
    ("docs/guide.fr.md", "cut-off rules", "fr", "fiche-de-coupure.nft"),
    ("docs/guide.en.md", "cut-off rules", "en", "cut-off-sheet.nft"),
)
DEVICE, BEFORE, AFTER = "10.28.10.43", "35", "75"


def run(binary, arguments, signatures=()):
    command = [binary, *arguments]
    for folder in signatures:
        command += ["--signatures", folder]
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {"COLUMNS": WIDTH}
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
    return "\n".join(line.rstrip() for line in done.stdout.decode("utf-8").splitlines())


def shown(binary, signatures, program, arguments, selection):
    output = run(binary, arguments, signatures)
    parts = output.split("\n\n")
    if isinstance(selection, tuple):
        output = "[…]\n\n" + "\n\n".join(part for part in parts if part.startswith(selection)) + "\n\n[…]"
        if any(not any(part.startswith(title) for part in parts) for title in selection):
            sys.exit(f"{' '.join(arguments)} shows no paragraph for one of {selection}")
    elif selection:
        output = "\n\n".join(parts[:selection]) + ("\n\n[…]" if len(parts) > selection else "")
    return f"```console\n$ {program} {' '.join(arguments)}\n{output}\n```\n"


def register(binary, signatures, language, name):
    """A file of `--registers`, as it is for the demonstration capture with its site file."""
    with tempfile.TemporaryDirectory() as folder:
        run(binary, ["scan", "--quiet", "--language", language, "--site", f"docs/demo/site.{language}.yml", "--registers", folder, CAPTURE], signatures)
        text = (Path(folder) / name).read_text(encoding="utf-8-sig")
    return "```text\n" + "\n".join(text.splitlines()) + "\n```\n"


def lesson(binary, signatures):
    """The signature of each language is accepted and does what the text says."""
    for document in sorted((ROOT / "docs").glob("biomedical.*.md")):
        found = re.search(r"<!-- signature -->\n```yaml\n(.*?)^```", document.read_text(encoding="utf-8"), re.M | re.S)
        if not found:
            yield f"docs/{document.name} shows no signature"
            continue
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "identity").mkdir()
            (Path(folder) / "identity" / "own.yaml").write_text(found[1], encoding="utf-8")
            run(binary, ["signatures", "check", folder], signatures)
            for folders, percent in (signatures, BEFORE), ([*signatures, folder], AFTER):
                summary = run(binary, ["scan", "--language", "en", CAPTURE], folders)
                line = next((line for line in summary.splitlines() if line.split()[:1] == [DEVICE]), "")
                if f" {percent}%" not in line:
                    yield f"docs/{document.name} says {percent} % for {DEVICE}, the program says: {line.strip()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--laennec", required=True, type=Path, help="the program whose output is shown")
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--signatures", action="append", default=[], help="passed on to laennec, not shown; repeatable")
    options = parser.parse_args()
    binary = str(options.laennec.absolute())

    texts = {}

    def put(name, marker, content):
        text = texts.setdefault(name, (ROOT / name).read_text(encoding="utf-8"))
        start, end = f"<!-- {marker} -->\n", f"<!-- /{marker} -->\n"
        if text.count(start) != 1 or text.count(end) != 1 or text.index(start) > text.index(end):
            sys.exit(f"{name} does not have the two markers of \"{marker}\", once and in their order")
        before, rest = text.split(start)
        texts[name] = before + start + content + end + rest.split(end)[1]

    for name, program, marker, arguments, selection in BLOCKS:
        put(name, marker, shown(binary, options.signatures, program, arguments, selection))
    for name, marker, language, file in REGISTERS:
        put(name, marker, register(binary, options.signatures, language, file))
    failures = list(lesson(binary, options.signatures))
    for name, text in texts.items():
        if text == (ROOT / name).read_text(encoding="utf-8"):
            continue
        if options.check:
            failures.append(f"{name} shows another output of the program: run Tests/Documentation/readme.py --laennec BINARY")
        else:
            (ROOT / name).write_text(text, encoding="utf-8")
    for failure in failures:
        print(failure, file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
