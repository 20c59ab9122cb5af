#!/usr/bin/env python3
"""Puts the real output of the program into README.md, between its markers, and tries the signature of docs/biomedical.*.md.

    python3 Tests/Documentation/readme.py --laennec BINARY            # write
    python3 Tests/Documentation/readme.py --laennec BINARY --check    # end with 1 where the README shows another output

What is shown is the summary of the demonstration capture, and the first paragraphs of `explain` for one of its devices, in English
and in French. The signature that docs/biomedical.*.md teach has to be accepted, and to change what the demonstration says
of the device as they tell.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
CAPTURE = "Tests/Captures/demo-hospital.pcapng"
WIDTH = "116"
# Marker, arguments, how many paragraphs of the output are shown (0: all).
BLOCKS = (
    ("demo output", ["scan", "--language", "en", CAPTURE], 0),
    ("explain output", ["explain", "--language", "en", "10.28.10.22", CAPTURE], 3),
    ("explain output, French", ["explain", "--language", "fr", "CT1", CAPTURE], 2),
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


def shown(binary, signatures, arguments, paragraphs):
    output = run(binary, arguments, signatures)
    if paragraphs:
        parts = output.split("\n\n")
        output = "\n\n".join(parts[:paragraphs]) + ("\n\n[…]" if len(parts) > paragraphs else "")
    return f"```console\n$ .build/release/laennec {' '.join(arguments)}\n{output}\n```\n"


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

    text = current = README.read_text(encoding="utf-8")
    for marker, arguments, paragraphs in BLOCKS:
        start, end = f"<!-- {marker} -->\n", f"<!-- /{marker} -->\n"
        if text.count(start) != 1 or text.count(end) != 1 or text.index(start) > text.index(end):
            sys.exit(f"README.md does not have the two markers of \"{marker}\", once and in their order")
        before, rest = text.split(start)
        text = before + start + shown(binary, options.signatures, arguments, paragraphs) + end + rest.split(end)[1]
    failures = list(lesson(binary, options.signatures))
    if text != current:
        if options.check:
            failures.append("README.md shows another output of the program: run Tests/Documentation/readme.py --laennec BINARY")
        else:
            README.write_text(text, encoding="utf-8")
    for failure in failures:
        print(failure, file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
