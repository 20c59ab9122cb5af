#!/usr/bin/env python3
"""Checks that results are what docs/result.schema.json says.

    python3 Tests/Documentation/schema_check.py --laennec BINARY FOLDER [--at-most N] [--signatures FOLDER] [--marks]

Scans every capture below the folder by itself (with --at-most, so many spread evenly over the sorted list) and validates the JSON
result; scans all captures directly in the folder together as well, and one of them with a filter, cut short, and beside a missing file.
Besides the schema it checks that every attribute is in
docs/attributes.md, that services, gateways and findings name assets that are there, and that evidence lies within the inputs; and, for
the captures of the project, that those which docs/medical-coverage.md names as the proof of attributes show them, and that the table of
docs/protocol-coverage.md names the right captures as the proof of protocols and findings (--marks renews its marks). It then
alters a valid result in many ways and expects the schema to refuse each: a schema that lets everything pass would not be noticed
otherwise. A capture that laennec cannot open (exit code 65, 66) is counted and no failure. The site files that laennec gives as
examples, and those of docs/demo, are held to docs/site.schema.json in the same way, comparisons to their part of
docs/result.schema.json, and reconciliations with the table of docs/demo to docs/reconciliation.schema.json.

Ends with 1 where a result is not valid, with 2 where nothing could be checked. Needs the Python packages jsonschema and yaml.
"""

import argparse
import copy
import csv
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

from links import table

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "docs" / "result.schema.json"
SITE_SCHEMA = ROOT / "docs" / "site.schema.json"
RECONCILIATION_SCHEMA = ROOT / "docs" / "reconciliation.schema.json"
ENDINGS = (".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz", ".cap.gz", ".pcap.zst", ".pcapng.zst")
EXIT_CODES = {0, 65, 66}


def captures(folder, at_most):
    found = sorted(path for path in folder.rglob("*") if path.name.endswith(ENDINGS) and path.is_file())
    if at_most and len(found) > at_most:
        found = [found[index * len(found) // at_most] for index in range(at_most)]
    return found


def scan(binary, signatures, inputs, arguments):
    command = [binary, "scan", "--quiet", "--json", "-", "--language", "en"] + arguments
    for folder in signatures:
        command += ["--signatures", folder]
    return subprocess.run(command + ["--"] + [str(path) for path in inputs], capture_output=True, timeout=300, check=False)


def references(result, names):
    """What a schema cannot say."""
    assets = {asset["id"] for asset in result["assets"]}
    if len(assets) != len(result["assets"]):
        yield "two assets have the same id"
    last = max((item["first_frame"] + item["frames"] - 1 for item in result["inputs"]), default=0)
    # In pcapng the numbers also count blocks that are no frames but that Wireshark lists among them.
    if any(item["format"].startswith("pcapng") for item in result["inputs"]):
        last = float("inf")
    for asset in result["assets"]:
        if asset["gateway"] is not None and asset["gateway"] not in assets:
            yield f"gateway {asset['gateway']} of {asset['id']} is not there"
        if (asset["position"] == "behindGateway") != (asset["gateway"] is not None):
            yield f"{asset['id']} is {asset['position']} with gateway {asset['gateway']}"
    for service in result["services"]:
        if service["asset"] not in assets:
            yield f"asset {service['asset']} of a service is not there"
    for finding in result["findings"]:
        if finding["asset"] not in assets:
            yield f"asset {finding['asset']} of {finding['id']} is not there"
        if finding["peer"] != (finding["peers"][0] if finding["peers"] else None):
            yield f"peer of {finding['id']} is not the first"
        if finding["peer_count"] < len(finding["peers"]):
            yield f"{finding['id']} has more peers than it counts"

    def walk(node):
        if isinstance(node, dict):
            if set(node) == {"frame", "time"} and not 1 <= node["frame"] <= last:
                yield f"evidence in frame {node['frame']} of {last}"
            if set(node) == {"name", "value", "last_seen", "evidence"} and node["name"] not in names:
                yield f"attribute {node['name']} is not in docs/attributes.md"
            for value in node.values():
                yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)

    yield from walk(result)


def attributes(node, found):
    """The names of all attributes in a result."""
    if isinstance(node, dict):
        if set(node) == {"name", "value", "last_seen", "evidence"}:
            found.add(node["name"])
        for value in node.values():
            attributes(value, found)
    elif isinstance(node, list):
        for value in node:
            attributes(value, found)
    return found


def comparison_problems(binary, schema, folder):
    """Whether what `laennec diff` writes is what the schema says of a comparison."""
    validator = Draft202012Validator({"$ref": "#/$defs/comparison", "$defs": schema["$defs"]})
    for pair in (("demo-hospital.pcapng", "demo-hospital-2.pcapng"), ("demo-hospital.pcapng", "demo-hospital.pcapng"), ("snmp.pcap", "snmp-devices.pcap"), ("vnc-none.pcap", "vnc-auth.pcap")):
        paths = [str(folder / name) for name in pair]
        if not all(Path(path).exists() for path in paths):
            continue
        done = subprocess.run([binary, "diff", "--json", "-", *paths], capture_output=True, check=False)
        if done.returncode != 0:
            yield f"diff {' '.join(pair)}: ended with {done.returncode}"
            continue
        result = json.loads(done.stdout)
        if set(result) != {"format", "version", "comparison"} or result["format"] != "laennec-comparison":
            yield f"diff {' '.join(pair)}: keys {sorted(result)}"
        yield from (f"diff {' '.join(pair)}: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(result.get("comparison")))
        yield from (f"the schema of comparisons lets pass: {what}" for what, altered in spoiled(result["comparison"]) if validator.is_valid(altered))


def reconciliation_problems(binary, folder):
    """Whether what `laennec reconcile` writes is what docs/reconciliation.schema.json says, with lines that are torn and decisions taken."""
    schema = json.loads(RECONCILIATION_SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    yield from (f"docs/reconciliation.schema.json: no description of {place}" for place in undescribed(schema))
    capture = folder / "demo-hospital.pcapng"
    if not capture.exists():
        return
    with tempfile.TemporaryDirectory() as place:
        table, decisions = Path(place) / "gmao.csv", Path(place) / "decisions.csv"
        torn = 'X1;Pompe;;;;"1"2;\nX2' + ";x" * 40 + "\n"
        table.write_text((ROOT / "docs" / "demo" / "gmao.csv").read_text(encoding="utf-8-sig") + torn, encoding="utf-8")

        def reconcile(*arguments):
            command = [binary, "reconcile", str(table), str(capture), "--json", "-", "--language", "en", *arguments]
            return json.loads(subprocess.run(command, capture_output=True, timeout=300, check=True).stdout)

        before = reconcile("-o", str(decisions))
        with decisions.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        for column in "device", "line":
            next(row for row in rows if row[column] and not row["device" if column == "line" else "line"])["decision"] = "ignore"
        rows[0]["decision"] = "same as nobody"
        with decisions.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        after = reconcile("--decisions", str(decisions))
    for name, result in ("reconciliation", before), ("reconciliation with decisions", after):
        yield from (f"{name}: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(result))
    seen = Counter()
    keys(after, "", seen)
    yield from (f"reconciliation: nothing in {place[1:]}" for place, count in seen.items() if not count and "[]" not in place)
    # Short lists: the schema looks at every element.
    small = {key: value[:2] if isinstance(value, list) else value for key, value in after.items()}
    for what, altered in spoiled(small, optional=set(schema["$defs"]["field"]["enum"])):
        if validator.is_valid(altered):
            yield f"docs/reconciliation.schema.json lets pass: {what}"


def proofs(shown):
    """What docs/medical-coverage.md claims and the captures do not show: attributes in its second column, captures in its third."""
    for line in (ROOT / "docs" / "medical-coverage.md").read_text(encoding="utf-8").splitlines():
        cells = line.split(" | ")
        if len(cells) < 4:
            continue
        wanted = re.findall(r"`([a-z0-9]+\.[a-z0-9_]+)`", cells[1])
        captures = re.findall(r"`((?:from-specification/)?[a-z0-9]+(?:-[a-z0-9]+)*)`", cells[2])
        for name in wanted if captures else ():
            if not any(name in shown.get(capture, ()) for capture in captures):
                yield f"docs/medical-coverage.md: {name} is in none of {', '.join(captures)}"
        for capture in captures if wanted else ():
            if capture in shown and not shown[capture].intersection(wanted):
                yield f"docs/medical-coverage.md: {capture} shows none of {', '.join(wanted)}"


def told(result):
    """Protocols and rules of a result."""
    spoken = {name for part in ("services", "conversations") for item in result[part] for name in item["protocols"]}
    return spoken, {finding["rule"] for finding in result["findings"]}


def table_proofs(spoken, found):
    """Where the table of docs/protocol-coverage.md and the captures disagree: by capture, protocols spoken and rules found."""
    where = "docs/protocol-coverage.md"
    everything = set().union(*spoken.values())
    for names, _, weaknesses, captures in table():
        # What has no ports (ARP, LLDP) is in no conversation: there is nothing to compare with.
        for name in names if captures else ():
            if name in everything and not any(name in spoken.get(capture, ()) for capture in captures):
                yield f"{where}: {name} is spoken in none of {', '.join(captures)}"
        for rule, mark in weaknesses:
            shows = next((capture for capture in captures if rule in found.get(capture, ())), None)
            if mark and shows:
                yield f"{where}: {rule} bears a mark, but {shows} shows it"
            elif not mark and not shows:
                yield f"{where}: {rule} bears no mark, but none of {', '.join(captures) or 'no capture'} shows it"


def write_marks(found):
    """Gives the rules in the table of docs/protocol-coverage.md the mark, or takes it, as the captures of their row show."""
    path = ROOT / "docs" / "protocol-coverage.md"
    before, section, after = re.match(r"(.*^## The table$)(.*?)(^## .*)", path.read_text(encoding="utf-8"), re.M | re.S).groups()
    lines = section.split("\n")
    for index, line in enumerate(lines):
        cells = line.split("|")
        if len(cells) == 6:
            captures = re.findall(r"`([^`]+)`", cells[4])

            def marked(match, captures=captures):
                return match[1] if any(match[2] in found.get(capture, ()) for capture in captures) else f"{match[1]} †"

            cells[3] = re.sub(r"(`([^`]+)`)( †)?", marked, cells[3])
            lines[index] = "|".join(cells)
    path.write_text(before + "\n".join(lines) + after, encoding="utf-8")


class Text(yaml.SafeLoader):
    """YAML as laennec reads it: every value that stands alone is text, 4h and 104 and 2026-12-31 alike."""


Text.yaml_implicit_resolvers = {}


def site_problems(binary):
    """Whether the examples of site files are what docs/site.schema.json says, and it refuses what laennec refuses."""
    schema = json.loads(SITE_SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    yield from (f"docs/site.schema.json: no description of {place}" for place in undescribed(schema))
    source = (ROOT / "Sources" / "Rules" / "Site" / "SiteDecoder.swift").read_text(encoding="utf-8")
    pairs = re.search(r"frenchKeys: .*?= \[(.*?)^    \]", source, re.M | re.S)
    pairs = dict(re.findall(r'"([a-z-]+)": "([a-z-]+)"', pairs[1]) if pairs else ())
    described = set(re.findall(r'"([a-z-]+)": \{', SITE_SCHEMA.read_text(encoding="utf-8")))
    yield from (f"docs/site.schema.json does not have the key {key}" for pair in pairs.items() for key in pair if key not in described)

    for path in sorted((ROOT / "docs" / "demo").glob("*.yml")):
        example = yaml.load(path.read_text(encoding="utf-8"), Loader=Text)
        yield from (f"docs/demo/{path.name}: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(example))
    for language in ("fr", "en"):
        text = subprocess.run([binary, "site", "example", "--language", language], capture_output=True, check=True).stdout.decode("utf-8")
        example = yaml.load(text, Loader=Text)
        yield from (f"site example in {language}: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(example))
        accepted = 0
        for what, altered in misspelt(example):
            # Both have to agree: what laennec refuses the schema refuses, and the other way round.
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "site.yml"
                path.write_text(json.dumps(altered, ensure_ascii=False), encoding="utf-8")
                done = subprocess.run([binary, "site", "check", str(path), "--language", "en"], capture_output=True, check=False)
            if (done.returncode == 0) != validator.is_valid(altered):
                does = "takes" if done.returncode == 0 else "refuses"
                yield f"laennec {does} a site file with {what}, docs/site.schema.json does not: {done.stderr.decode().strip()[:200]}"
            accepted += done.returncode == 0
        if accepted:
            yield f"laennec took {accepted} site files that are wrong"


def change(document, path, edit):
    """A copy of a document, altered in one place."""
    altered = copy.deepcopy(document)
    node = altered
    for key in path:
        node = node[key]
    edit(node)
    return altered


def misspelt(example):
    """The site file with one thing wrong, and what."""

    def places(node, path):
        if isinstance(node, dict):
            yield path, node
            for key, value in node.items():
                yield from places(value, path + (key,))
        elif isinstance(node, list):
            yield from places(node[0], path + (0,))

    for path, node in places(example, ()):
        if path[:1] in (("flow-matrix",), ("matrice-des-flux",)):
            continue
        where = "/".join(map(str, path)) or "the file"
        yield f"an unknown key in {where}", change(example, path, lambda target: target.update({"not-a-key": "x"}))
        for name, value in node.items():
            # A list or map where text has to be is wrong everywhere, and what is needed and not there.
            if isinstance(value, str):
                yield f"a map in place of {name}", change(example, path, lambda target, name=name: target.update({name: {"a": "b"}}))
            if name in ("name", "nom", "kind", "type", "networks", "reseaux", "rule", "regle", "reason", "motif", "expires", "echeance"):
                yield f"{name} missing", change(example, path, lambda target, name=name: target.pop(name))


def spoiled(result, optional=frozenset()):
    """The result, altered so that it is no longer valid, with what was done to it. What is optional may be missing in a line of a table."""

    def maps(node, path):
        if isinstance(node, dict):
            yield path, node
            for key, value in node.items():
                yield from maps(value, path + (key,))
        elif isinstance(node, list):
            for index, value in enumerate(node[:1]):
                yield from maps(value, path + (index,))

    free = {("coverage", "link_types"), ("coverage", "vlans"), ("coverage", "encapsulations"), ("coverage", "ip_protocols"), ("labels",)}
    for path, node in maps(result, ()):
        # Of all scans together, and of each.
        if path in free or path[:1] == ("scans",) and path[2:] in free:
            continue
        where = "/".join(map(str, path)) or "the result"
        yield f"an unknown key in {where}", change(result, path, lambda node: node.update({"not a key": 1}))
        for key, value in node.items():
            if path[-1:] == ("mapping",) or key == "vlan":
                continue
            if not (key in optional and "retired" in node):
                yield f"{where} without {key}", change(result, path, lambda node, key=key: node.pop(key))
            wrong = {"a": 1} if not isinstance(value, dict) else [1]
            yield f"{key} of another type in {where}", change(result, path, lambda node, key=key, wrong=wrong: node.update({key: wrong}))


def undescribed(schema, path="#"):
    """Properties without a description, of their own or of what they refer to."""
    if not isinstance(schema, dict):
        return
    for key, value in schema.get("properties", {}).items():
        if isinstance(value, dict) and "description" not in value and "$ref" not in value and not path.endswith("oneOf"):
            yield f"{path}/{key}"
    for key, value in schema.items():
        if isinstance(value, dict):
            yield from undescribed(value, f"{path}/{key}")
        elif isinstance(value, list) and key != "oneOf":
            for index, item in enumerate(value):
                yield from undescribed(item, f"{path}/{key}/{index}")
    for name, value in schema.get("$defs", {}).items():
        if "description" not in value:
            yield f"{path}/$defs/{name}"


def keys(node, path, seen):
    """Counts which keys occur, and which of them have a value that is not null or empty."""
    if isinstance(node, dict):
        for key, value in node.items():
            place = f"{path}.{key}"
            seen[place] += value not in (None, [], {}, 0, False, "")
            keys(value, place, seen)
    elif isinstance(node, list):
        for value in node:
            keys(value, path + "[]", seen)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--laennec", required=True, type=Path, help="the program to check")
    parser.add_argument("folder", type=Path, help="a folder of captures")
    parser.add_argument("--at-most", type=int, default=0, help="check only so many captures, spread over the folder")
    parser.add_argument("--signatures", action="append", default=[], help="passed on to laennec; repeatable")
    parser.add_argument("--marks", action="store_true", help="write the marks of docs/protocol-coverage.md as the captures show")
    parser.add_argument("--verbose", action="store_true", help="also say which keys never had a value")
    options = parser.parse_args()

    for path, what in (options.laennec, "program"), (options.folder, "folder"):
        if not path.exists():
            sys.exit(f"{path}: there is no such {what}")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    names = set(re.findall(r"^\| `([a-z0-9_.]+)`", (ROOT / "docs" / "attributes.md").read_text(encoding="utf-8"), re.M))
    failures = [f"schema: no description of {place}" for place in undescribed(schema)]
    failures += site_problems(str(options.laennec.absolute()))
    failures += comparison_problems(str(options.laennec.absolute()), schema, options.folder)
    failures += reconciliation_problems(str(options.laennec.absolute()), options.folder)
    if not names:
        failures.append("docs/attributes.md names no attribute")

    inputs = captures(options.folder, options.at_most)
    jobs = [([path], [], str(path.relative_to(options.folder))) for path in inputs]
    together = [path for path in inputs if path.parent == options.folder]
    if len(together) > 1:
        jobs.append((together, [], f"{len(together)} captures together"))
    scratch = tempfile.TemporaryDirectory()
    plain = [path for path in inputs if path.suffix in (".pcap", ".pcapng") and path.stat().st_size > 1000]
    if plain:
        torn = Path(scratch.name) / ("torn" + plain[0].suffix)
        content = plain[0].read_bytes()
        torn.write_bytes(content[: len(content) * 2 // 3])
        jobs.append(([torn], [], f"{plain[0].name}, cut short"))
        jobs.append(([plain[0], Path(scratch.name) / "missing.pcap"], [], f"{plain[0].name} and a missing file"))
        jobs.append(([plain[0]], ["--filter", "udp"], f"{plain[0].name} with a filter"))

    valid, invalid, unreadable, largest = 0, 0, 0, None
    shown, spoken, found = {}, {}, {}
    seen = Counter()
    for paths, arguments, label in jobs:
        try:
            done = scan(options.laennec.absolute(), options.signatures, paths, arguments)
        except subprocess.TimeoutExpired:
            failures.append(f"{label}: no result after five minutes")
            continue
        if done.returncode not in EXIT_CODES:
            failures.append(f"{label}: exit code {done.returncode}: {done.stderr.decode(errors='replace').strip()[:200]}")
            continue
        if not done.stdout:
            unreadable += 1
            if done.returncode == 0:
                failures.append(f"{label}: no result and exit code 0")
            continue
        try:
            result = json.loads(done.stdout.decode("utf-8"))
        except ValueError as error:
            failures.append(f"{label}: not JSON in UTF-8: {error}")
            continue
        wrong = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(result)][:5]
        wrong = wrong or list(dict.fromkeys(references(result, names)))[:20]
        failures += [f"{label}: {message}" for message in wrong]
        valid, invalid = (valid, invalid + 1) if wrong else (valid + 1, invalid)
        keys(result, "", seen)
        if label.endswith((".pcap", ".pcapng")):
            name = label.rpartition(".")[0]
            shown[name] = attributes(result, set())
            spoken[name], found[name] = told(result)
        if len(paths) == 1 and len(result["findings"]) > (len(largest["findings"]) if largest else 0):
            largest = result

    if options.folder.resolve() == ROOT / "Tests" / "Captures" and not options.at_most:
        failures += proofs(shown)
        if options.marks:
            write_marks(found)
        failures += table_proofs(spoken, found)
    refused = 0
    if largest and not failures:
        for what, altered in spoiled(largest):
            if validator.is_valid(altered):
                failures.append(f"the schema lets pass: {what}")
            else:
                refused += 1
    for failure in failures[:200]:
        print(failure, file=sys.stderr)
    print(f"{valid} results valid, {invalid} not, {unreadable} captures that cannot be opened; {refused} altered results refused")
    if options.verbose:
        for place, count in sorted(seen.items()):
            if count == 0:
                print(f"never with a value: {place}")
    if failures:
        sys.exit(1)
    if not valid or not largest:
        print("nothing to check: no capture, or none with a finding", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
