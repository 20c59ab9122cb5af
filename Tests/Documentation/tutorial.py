#!/usr/bin/env python3
"""Runs the commands of docs/tutorial.*.md and compares what they print with what the documents show.

    python3 Tests/Documentation/tutorial.py --laennec BINARY            # ends with 1 where a document shows another output
    python3 Tests/Documentation/tutorial.py --laennec BINARY --renew    # writes the real output into the documents

A block ```console holds commands, each after "$ " (a line that ends with \\ goes on in the next), and under each what it prints. The commands of
a document run one after the other in one shell, in an empty folder where Tests and docs are the project's, with the program on the PATH. A line
"[…]" stands for any lines. A command ends with 0, unless `echo $?` comes after it. --renew keeps the excerpts: what stands between two "[…]" is
found again by the line that is most like its first. Commands that make a PDF are left out, and said to be, where there is no Chromium.
"""

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.M | re.S)
LEFT_OUT = "[…]"
MARK = "-- end of a command of the tutorial --"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Step:
    """A command and what the document shows of its output."""

    def __init__(self, command):
        self.command, self.shown, self.output, self.code = command, [], None, None

    @property
    def shell(self):
        return re.sub(r"(?m)^> ", "", self.command)

    def parts(self):
        """What is shown, at each […]."""
        parts = [[]]
        for line in self.shown:
            parts.append([]) if line == LEFT_OUT else parts[-1].append(line)
        return parts

    def missing(self):
        """The lines shown that the output does not have in their place; none if all is well."""
        first, *others = self.parts()
        if not others:
            return [] if self.shown == self.output else list(difflib.unified_diff(self.shown, self.output, "shown", "printed", lineterm="", n=1))
        if self.output[: len(first)] != first:
            return first
        position, last = len(first), others.pop()
        for part in others:
            found = self.place(part, position)
            if found is None:
                return part
            position = found + len(part)
        return [] if not last or (len(self.output) - len(last) >= position and self.output[-len(last) :] == last) else last

    def place(self, part, position):
        """Where a part stands in the output, at a position or after it."""
        return next((i for i in range(position, len(self.output) - len(part) + 1) if self.output[i : i + len(part)] == part), None)

    def renew(self):
        """Shows what the command printed, in the same excerpts."""
        first, *others = self.parts()
        if not others:
            self.shown = self.output
            return
        self.shown, position, last = self.output[: len(first)], len(first), others.pop()
        for part in others:
            found = self.place(part, position)
            if found is None:
                found = max(range(position, len(self.output)), key=lambda i: difflib.SequenceMatcher(None, part[0], self.output[i]).ratio(), default=position)
            position = found + len(part)
            self.shown = [*self.shown, LEFT_OUT, *self.output[found:position]]
        self.shown = [*self.shown, LEFT_OUT, *(self.output[-len(last) :] if last else [])]


def steps(block):
    """The commands of a block."""
    found, open_ = [], False
    for line in block.splitlines():
        if open_:
            found[-1].command += "\n" + line
        elif line.startswith("$ "):
            found.append(Step(line[2:]))
        elif found:
            found[-1].shown.append(line.rstrip())
        else:
            raise SystemExit(f"a block begins without a command: {line}")
        open_ = (open_ or line.startswith("$ ")) and line.endswith("\\")
    for step in found:
        while step.shown and not step.shown[-1]:
            step.shown.pop()
    return found


def text(found):
    return "".join("\n".join([f"$ {step.command}", *step.shown]) + "\n" for step in found)


def run(found, laennec):
    """Runs the commands in one shell and notes what each printed."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("Tests", "docs"):
            (Path(folder) / name).symlink_to(ROOT / name)
        (Path(folder) / ".build/release").mkdir(parents=True)
        (Path(folder) / ".build/release/laennec").symlink_to(laennec)
        script = "".join(f"{step.shell}\ncode=$?; printf '\\n%s %s\\n' '{MARK}' $code; (exit $code)\n" for step in found)
        unwanted = {"LC_ALL", "LC_MESSAGES", "LANGUAGE", "NO_COLOR"}
        environment = {key: value for key, value in os.environ.items() if key not in unwanted} | {"COLUMNS": "116", "LANG": "C.UTF-8", "HOME": folder}
        done = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    # A byte order mark of a CSV file does not show on a terminal.
    lines, of_step = done.stdout.decode("utf-8", errors="replace").replace("\ufeff", "").splitlines(), []
    left = iter(found)
    for line in lines:
        if line.startswith(MARK):
            step = next(left)
            step.code = int(line.removeprefix(MARK))
            while of_step and not of_step[-1]:
                of_step.pop()
            step.output, of_step = of_step, []
        else:
            of_step.append(line.rstrip())
    if any(step.output is None for step in found):
        raise SystemExit("the shell ended early:\n" + "\n".join(of_step))


def check(document, laennec, renew):
    """Tries a document and says what is wrong with it."""
    before = document.read_text(encoding="utf-8")
    blocks = [steps(block) for block in BLOCK.findall(before)]
    every = [step for block in blocks for step in block]
    if not every:
        yield f"{document.name} shows no command"
        return
    has_browser = any(shutil.which(name) for name in BROWSERS)
    tried = [step for step in every if has_browser or ".pdf" not in step.command]
    for step in every:
        if step not in tried:
            print(f"{document.name}: not tried without Chromium: {step.command}")
    run(tried, laennec)
    failed = [step for step, after in zip(tried, [*tried[1:], None]) if step.code and not (after and after.command == "echo $?")]
    yield from (f"{document.name}: $ {step.command}\nended with {step.code}:\n" + "\n".join(step.output) for step in failed)
    if failed:
        return
    for step in tried:
        if renew:
            step.renew()
        if lines := step.missing():
            yield f"{document.name}: $ {step.command}\nprints another output than is shown; run Tests/Documentation/tutorial.py --laennec BINARY --renew:\n" + "\n".join(lines)
    if renew:
        texts = iter([text(block) for block in blocks])
        after = BLOCK.sub(lambda _: next(texts), before)
        if after != before:
            document.write_text(after, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--laennec", required=True, type=Path, help="the program that is tried")
    parser.add_argument("--renew", action="store_true", help="write the real output into the documents")
    parser.add_argument("documents", nargs="*", type=Path, default=sorted((ROOT / "docs").glob("tutorial.*.md")))
    options = parser.parse_args()
    failures = [failure for document in options.documents for failure in check(document, options.laennec.absolute(), options.renew)]
    for failure in failures:
        print(failure + "\n", file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
