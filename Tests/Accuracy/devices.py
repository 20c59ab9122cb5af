"""Compares the devices that Laennec identifies with those that are known: who made them, and what they are.

The truth of other people's captures is `devices.tsv`, established by hand from the bytes; that of the project's own captures is
in their `expected.json`, corrected by `devices.tsv` where the wire does not show what the laboratory played. README.md describes
both. What matters most are wrong claims: a wrong class, maker or model stated with 80 % or more is a failure.
"""

from __future__ import annotations

import collections
import csv
import ipaddress
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

#: Fields of the truth, and the fields of the JSON report that answer them.
FIELDS = {"class": "class", "maker": "maker", "model": "product", "version": "version", "serial": "serial"}
#: Fields that a claim must not be wrong about.
JUDGED = ("class", "maker", "model")
LISTED, FATAL = 50, 80

#: Classes by the words of `expected.json`; what is not here is an id of device-classes.tsv with hyphens for spaces.
CLASSES = {
    "administrative application": "hospital-system",
    "data manager": "laboratory-system|device-gateway",
    "docking station": "device-gateway",
    "FHIR server": "hospital-system|server",
    "film printer": "imaging-printer",
    "image archive": "pacs",
    "imaging modality": "imaging-device",
    "imaging modality CR": "x-ray",
    "imaging modality CT": "ct-scanner",
    "imaging modality DX": "x-ray",
    "imaging modality MR": "mri-scanner",
    "imaging modality US": "ultrasound",
    "infusion pump rack": "infusion-pump|device-gateway",
    "laboratory information system": "laboratory-system",
    "laboratory middleware": "laboratory-system|interface-engine",
    "medical device gateway": "device-gateway",
    "pulse oximeter": "oximeter",
    "serial device server": "serial-server",
    "UPS": "power-supply",
    "weighing scale": "vital-signs-device",
    "workstation": "workstation|imaging-workstation",
    "worklist provider": "worklist-broker|ris",
}
#: Classes that say less than others: neither right nor wrong about a medical device.
UNSPECIFIC = {"medical-device", "imaging-device"}
#: Classes of which the right one is a kind, by the European nomenclature (W020106 and W0201060102 are of the group W02).
KINDS_OF = {"laboratory-analyser": {"point-of-care-analyser", "glucose-meter"}}
NOT_MEDICAL = "not-medical"
#: Names that the vocabulary keeps apart and that a name on the wire does not.
SAME_COMPANY = [{"Siemens", "Siemens Healthineers"}]


@dataclass
class Known:
    """What is known of one field: any of the values holds."""

    values: list[str]
    #: Whether the wire shows it. What it does not show can only be contradicted.
    shown: bool

    @staticmethod
    def read(cell: str) -> Known | None:
        if not cell or cell == "-":
            return None
        shown = not (cell.startswith("(") and cell.endswith(")"))
        return Known([part for part in (cell if shown else cell[1:-1]).split("|") if part], shown)


@dataclass
class Device:
    """A device of the truth."""

    capture: str
    #: An address, a hardware address, or `behind:` and a text that only its own attributes hold.
    name: str
    known: dict[str, Known]
    macs: list[str] = field(default_factory=list)
    #: For a device behind another: texts of it, and the address of the one that speaks for it.
    texts: list[str] = field(default_factory=list)
    gateway: str = ""


class Vocabulary:
    """The lists of Signatures/vocabulary that the comparison needs."""

    LEGAL_FORMS = set("inc ltd llc gmbh ag sa sas bv nv corp corporation co kg spa ab oy plc".split())

    def __init__(self, folder: Path) -> None:
        self.makers: dict[str, str] = {}
        for name, aliases in self._rows(folder / "vendors.tsv", 2):
            for alias in [name, *aliases.split("|")]:
                self.makers[self.folded(alias)] = name
        self.medical = {row[0] for row in self._rows(folder / "device-classes.tsv", 2) if row[1] == "yes"}
        self.classes = {row[0] for row in self._rows(folder / "device-classes.tsv", 2)}

    @staticmethod
    def _rows(path: Path, columns: int) -> list[list[str]]:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [line.split("\t")[:columns] for line in lines if line and not line.startswith("#")]

    @classmethod
    def folded(cls, name: str) -> str:
        words = re.findall(r"[^\W_]+", name.lower())
        short = []
        for word in words:
            if word in cls.LEGAL_FORMS:
                break
            short.append(word)
        return " ".join(short or words)

    def maker(self, name: str) -> str:
        return self.makers.get(self.folded(name), name)


def same_device_class(ours: str, known: Known, vocabulary: Vocabulary) -> bool | None:
    """True: right. False: wrong. None: neither."""
    if NOT_MEDICAL in known.values:
        return False if ours in vocabulary.medical else True if ours else None
    if ours in known.values:
        return True
    if ours in UNSPECIFIC and any(value in vocabulary.medical for value in known.values):
        return None
    return None if KINDS_OF.get(ours, set()) & set(known.values) else False


def same_maker(ours: str, known: Known, vocabulary: Vocabulary) -> bool | None:
    left = vocabulary.maker(ours)
    for value in known.values:
        right = vocabulary.maker(value)
        if Vocabulary.folded(left) == Vocabulary.folded(right) or any({left, right} <= company for company in SAME_COMPANY):
            return True
    return False


def same_model(ours: str, known: Known, _: Vocabulary) -> bool | None:
    left = re.findall(r"[^\W_]+", ours.lower())
    verdict: bool | None = False
    for value in known.values:
        right = re.findall(r"[^\W_]+", value.lower())
        # With or without the name of the family before it: cobas c 311 for c311.
        if right and ("".join(right) in ("".join(left[start:]) for start in range(len(left))) or set(right) <= set(left)):
            return True
        if left and set(left) <= set(right):
            verdict = None  # less exact, not wrong
    return verdict


def same_text(ours: str, known: Known, _: Vocabulary) -> bool | None:
    # DICOM states several versions with backslashes between them: one of them is right.
    return any(ours.strip().casefold() == value.strip().casefold() or value in ours.split("\\") or ours in value.split("\\") for value in known.values)


SAME = {"class": same_device_class, "maker": same_maker, "model": same_model, "version": same_text, "serial": same_text}


# Reading the truth


def read_devices(path: Path) -> dict[str, list[Device]]:
    devices: dict[str, list[Device]] = collections.defaultdict(list)
    with path.open(encoding="utf-8", newline="\n") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            known = {name: read for name in FIELDS if (read := Known.read(row[name] or ""))}
            devices[row["capture"]].append(Device(row["capture"], row["device"], known))
    return devices


def read_own(folder: Path, corrections: dict[str, list[Device]], vocabulary: Vocabulary) -> tuple[dict[Path, list[Device]], list[str]]:
    """The devices of the project's own captures, and what was not understood."""
    captures: dict[Path, list[Device]] = {}
    problems = []
    for path in sorted(folder.rglob("*.expected.json")):
        stem = path.name.removesuffix(".expected.json")
        capture = next((file for file in sorted(path.parent.glob(stem + ".pcap*")) if file.suffix in (".pcap", ".pcapng")), None)
        if capture is None:
            continue
        truth = json.loads(path.read_text(encoding="utf-8"))
        name = f"own/{stem}"
        devices = []
        for entry in truth.get("devices", []) + truth.get("device_behind", []):
            if entry.get("silent"):
                continue
            known: dict[str, Known] = {}
            for key in FIELDS:
                for source, shown in ((key, True), (f"may_{key}", False)):
                    value = entry.get(source)
                    if not isinstance(value, str) or not value:
                        continue
                    if key == "class":
                        # What stands in brackets explains.
                        value = value.split(" (")[0]
                        value = CLASSES.get(value, value.replace(" ", "-"))
                        unknown = [part for part in value.split("|") if part not in vocabulary.classes]
                        if unknown:
                            problems.append(f"{name}: class {', '.join(unknown)}")
                            continue
                    known.setdefault(key, Known(value.split("|") if key == "class" else [value], shown))
            if not known:
                continue
            gateway = entry.get("seen_through", "")
            texts = [str(entry[key]) for key in ("serial", "eui64", "udi_di", "model", "station_name", "software", "version", "maker") if entry.get(key)]
            behind = "behind:" + (texts[0] if texts else "?")
            mac = entry.get("mac", "")
            devices.append(
                Device(name, behind if gateway else entry.get("address") or mac, known, [] if entry.get("routed") or not mac else [mac], texts, gateway)
            )
        for correction in corrections.get(name, []):
            matching = [device for device in devices if device.name == correction.name]
            if not matching:
                problems.append(f"{name}: devices.tsv corrects {correction.name}, which is no device there")
            for device in matching:
                device.known.update(correction.known)
        captures[capture] = devices
    return captures, problems


# Comparing


@dataclass
class Tally:
    devices: int = 0
    found: int = 0
    shown: collections.Counter = field(default_factory=collections.Counter)
    right: collections.Counter = field(default_factory=collections.Counter)
    #: Of these, with LISTED or more: where an asset counts as identified.
    sure: collections.Counter = field(default_factory=collections.Counter)
    listed: int = 0
    fatal: int = 0


@dataclass(frozen=True)
class Wrong:
    """A claim that the truth contradicts."""

    capture: str
    device: str
    field: str
    ours: str
    truth: str
    confidence: int
    signatures: str


@dataclass(frozen=True)
class Missing:
    """A fact that the wire shows and that was not concluded."""

    capture: str
    device: str
    field: str
    truth: str
    ours: str


def address_of(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


class DeviceComparison:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.groups: dict[str, Tally] = collections.defaultdict(Tally)
        self.wrong: list[Wrong] = []
        self.missing: list[Missing] = []
        self.strangers: list[Wrong] = []
        self.judged_assets = 0

    @staticmethod
    def group(capture: str) -> str:
        folder, _, name = capture.partition("/")
        return f"own: {name.split('-')[0]}" if folder == "own" else folder

    def compare(self, capture: str, devices: list[Device], report: dict, is_medical: bool) -> None:
        used: set[str] = set()
        by_id = {asset["id"]: asset for asset in report["assets"]}
        for device in devices:
            tally = self.groups[self.group(capture)]
            tally.devices += 1
            asset = self._find(device, report["assets"], by_id, used)
            if asset is None:
                for name, known in device.known.items():
                    if known.shown and NOT_MEDICAL not in known.values:
                        tally.shown[name] += 1
                        self.missing.append(Missing(capture, device.name, name, "|".join(known.values), "no such device"))
                continue
            used.add(asset["id"])
            tally.found += 1
            self._judge(capture, device, asset, tally)
        # Nothing in a capture without medical devices is one.
        if not is_medical:
            for asset in report["assets"]:
                self.judged_assets += 1
                if asset["id"] in used:
                    continue
                for candidate in self._candidates(asset, "class"):
                    if candidate["value"] in self.vocabulary.medical and candidate["confidence"] >= LISTED:
                        self.strangers.append(self._wrong(capture, asset["id"], "class", candidate, "no medical device is in this capture"))

    def _find(self, device: Device, assets: list[dict], by_id: dict[str, dict], used: set[str]) -> dict | None:
        free = [asset for asset in assets if asset["id"] not in used]
        if device.name.startswith("behind:"):
            wanted = device.texts or [device.name.removeprefix("behind:")]
            best, most = None, 0
            for asset in free:
                gateway = by_id.get(asset.get("gateway") or "")
                if gateway is None:
                    continue
                if device.gateway and device.gateway not in [address["address"] for address in gateway["addresses"]]:
                    continue
                values = " ".join(str(attribute["value"]) for attribute in asset["attributes"]).casefold()
                count = sum(text.casefold() in values for text in wanted)
                if count > most:
                    best, most = asset, count
            return best
        for asset in free:
            if any(mac in asset["macs"] for mac in [*device.macs, device.name]):
                addresses = [address["address"] for address in asset["addresses"]]
                if ":" in device.name and "." not in device.name or not addresses or address_of(device.name) in addresses:
                    return asset
        for asset in free:
            if address_of(device.name) in [address_of(address["address"]) for address in asset["addresses"]]:
                return asset
        return None

    @staticmethod
    def _candidates(asset: dict, name: str) -> list[dict]:
        return next((entry["candidates"] for entry in asset["identity"] if entry["field"] == FIELDS[name]), [])

    @staticmethod
    def _wrong(capture: str, device: str, name: str, candidate: dict, truth: str) -> Wrong:
        signatures = ", ".join(dict.fromkeys(claim["signature"] for claim in candidate["claims"]))
        return Wrong(capture, device, name, candidate["value"], truth, candidate["confidence"], signatures)

    def _judge(self, capture: str, device: Device, asset: dict, tally: Tally) -> None:
        for name, known in device.known.items():
            candidates = self._candidates(asset, name)
            best = candidates[0] if candidates else None
            if best is None and name == "class" and asset["router"]:
                # The census knows it from the packets: no signature has to say so.
                best = {"value": "router", "confidence": 100, "claims": []}
            verdict = SAME[name](best["value"], known, self.vocabulary) if best else None
            if known.shown and NOT_MEDICAL not in known.values:
                tally.shown[name] += 1
                if verdict and best:
                    tally.right[name] += 1
                    tally.sure[name] += best["confidence"] >= LISTED
                else:
                    ours = f"{best['value']} ({best['confidence']} %)" if best else ""
                    self.missing.append(Missing(capture, device.name, name, "|".join(known.values), ours))
            if name not in JUDGED:
                continue
            for candidate in candidates:
                if candidate["confidence"] >= LISTED and SAME[name](candidate["value"], known, self.vocabulary) is False:
                    tally.listed += 1
                    tally.fatal += candidate["confidence"] >= FATAL
                    self.wrong.append(self._wrong(capture, device.name, name, candidate, "|".join(known.values)))

    # Report

    def lines(self) -> tuple[list[str], list[list[object]]]:
        header = ["captures", "devices", "found"]
        for name in FIELDS:
            header += [f"{name} shown", "right", "%", f"from {LISTED} %"]
        header += [f"wrong from {LISTED} %", f"from {FATAL} %"]
        rows: list[list[object]] = []
        total = Tally()
        for group, tally in sorted(self.groups.items()):
            rows.append(self._line(group, tally))
            total.devices += tally.devices
            total.found += tally.found
            total.shown += tally.shown
            total.right += tally.right
            total.sure += tally.sure
            total.listed += tally.listed
            total.fatal += tally.fatal
        rows.append(self._line("all", total))
        return header, rows

    @staticmethod
    def _line(group: str, tally: Tally) -> list[object]:
        line: list[object] = [group, tally.devices, tally.found]
        for name in FIELDS:
            shown, right = tally.shown[name], tally.right[name]
            line += [shown, right, 100 * right / shown if shown else "-", tally.sure[name]]
        return line + [tally.listed, tally.fatal]

    def failures(self) -> list[str]:
        """Wrong claims that are stated with confidence."""
        return [
            f"{wrong.capture} {wrong.device}: {wrong.field} {wrong.ours} ({wrong.confidence} %), but {wrong.truth}; by {wrong.signatures}"
            for wrong in self.wrong + self.strangers
            if wrong.confidence >= FATAL
        ]
