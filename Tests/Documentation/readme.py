#!/usr/bin/env python3
"""Puts the real summary of the demonstration capture into README.md, between its markers.

    python3 Tests/Documentation/readme.py --laennec BINARY            # write
    python3 Tests/Documentation/readme.py --laennec BINARY --check    # end with 1 where the README shows another output
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
CAPTURE = "Tests/Captures/demo-hospital.pcapng"
START, END = "<!-- demo output -->\n", "<!-- /demo output -->\n"
WIDTH = "116"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--laennec", required=True, type=Path, help="the program whose output is shown")
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--signatures", action="append", default=[], help="passed on to laennec, not shown; repeatable")
    options = parser.parse_args()
    command = [str(options.laennec.absolute()), "scan", "--language", "en"]
    for folder in options.signatures:
        command += ["--signatures", folder]
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {"COLUMNS": WIDTH}
    done = subprocess.run(command + [CAPTURE], capture_output=True, cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
    summary = "\n".join(line.rstrip() for line in done.stdout.decode("utf-8").splitlines())
    shown = f"```console\n$ .build/release/laennec scan --language en {CAPTURE}\n{summary}\n```\n"

    text = README.read_text(encoding="utf-8")
    if text.count(START) != 1 or text.count(END) != 1 or text.index(START) > text.index(END):
        sys.exit("README.md does not have the two markers, once and in their order")
    before, rest = text.split(START)
    current, after = rest.split(END)
    if current == shown:
        return
    if options.check:
        sys.exit("README.md shows another output of the demonstration: run Tests/Documentation/readme.py --laennec BINARY")
    README.write_text(before + START + shown + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
