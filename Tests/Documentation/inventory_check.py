#!/usr/bin/env python3
"""Checks that what the inventory exports is what docs/inventory.schema.json says.

    python3 Tests/Documentation/inventory_check.py --laennec BINARY FOLDER

Records some captures of the folder in an inventory, decides on a device and its findings, and validates every JSON document that the commands
write. It then alters valid documents in many ways and expects the schema to refuse each. Needs the Python package jsonschema.
"""

import argparse
import copy
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "inventory.schema.json"
CAPTURES = ("telnet-login.pcap", "demo-hospital.pcapng", "dicom-store.pcap")


def run(binary, *arguments):
    return subprocess.run([binary, *arguments, "--language", "en"], capture_output=True, timeout=300, check=True).stdout


def documents(binary, folder):
    with tempfile.TemporaryDirectory() as place:
        file = place + "/site.laennec"
        for capture in CAPTURES:
            run(binary, "scan", "--quiet", "--inventory", file, str(folder / capture))
        listed = json.loads(run(binary, "findings", "list", file, "--state", "all", "--json", "-"))
        first, second = listed["findings"][0], listed["findings"][1]
        run(binary, "inventory", "label", file, first["asset"], "location=Bloc 2", "note=", "étage=3", "--by", "A")
        run(binary, "findings", "accept", file, first["id"], "--until", "2099-12-31", "--reason", "r")
        run(binary, "findings", "assign", file, second["id"], "--to", "team", "--due", "2099-12-31")
        run(binary, "findings", "accept", file, second["id"], "--until", "2099-12-31", "--reason", "r", "--owner", "o", "--by", "B")
        run(binary, "findings", "reopen", file, second["id"])
        run(binary, "inventory", "retention", file, "--days", "30")
        yield json.loads(run(binary, "inventory", "export", file, "--json", "-"))
        yield json.loads(run(binary, "inventory", "list", file, "--json", "-"))
        yield json.loads(run(binary, "findings", "list", file, "--json", "-"))
        yield json.loads(run(binary, "inventory", "show", file, first["asset"], "--json", "-"))


def alterations(value, path=()):
    """The document without each of its keys, with one more, and with values of another kind; of lists only the first element."""
    if isinstance(value, dict):
        if path[-1:] != ("labels",):
            yield path, {**value, "unknown": 1}
        for key in value:
            if path[-1:] != ("labels",):
                yield path, {other: value[other] for other in value if other != key}
            yield from alterations(value[key], path + (key,))
    elif isinstance(value, list):
        yield path, 7
        if value:
            yield from alterations(value[0], path + (0,))
    elif value is not None:
        yield path, [value]


def altered(document, path, value):
    if not path:
        return value
    changed = copy.deepcopy(document)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--laennec", required=True)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    failures = []
    refused = 0
    formats = set()
    for document in documents(options.laennec, options.folder):
        formats.add(document["format"])
        failures += [f"{document['format']}: {list(error.absolute_path)}: {error.message[:200]}" for error in validator.iter_errors(document)]
        if len(document.get("decisions", [1])) == 0:
            failures.append(f"{document['format']}: no decision in it")
        # Short lists: the schema looks at every element.
        small = {key: value[:3] if isinstance(value, list) else value for key, value in document.items()}
        for path, value in alterations(small):
            refused += 1
            if validator.is_valid(altered(small, path, value)):
                failures.append(f"the schema lets pass: {document['format']} with another {list(path)}")
    if len(formats) != len(schema["oneOf"]):
        failures.append(f"only {sorted(formats)} were seen")
    for failure in failures[:40]:
        print(failure)
    print(f"{len(formats)} documents of the inventory, {refused} altered ones refused" if not failures else f"{len(failures)} failures")
    return 1 if failures else 0


sys.exit(main())
