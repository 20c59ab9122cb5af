#!/usr/bin/env python3
"""Laennec, tshark and nDPI side by side on the project's own captures.

    python3 Tests/Accuracy/peers.py --laennec .build/release/laennec                # print the tables
    python3 Tests/Accuracy/peers.py --laennec .build/release/laennec --write        # and renew docs/comparison.md

Each capture in Tests/Captures has its truth beside it (NAME.expected.json). For every service of the truth: does the tool name
its protocol, and does it name one that is not there? What counts, the same for all:

* found: the tool gives the protocol of the truth to the service's address, port and transport, in any of its conversations;
* false claim: it gives that service an application protocol that is neither there nor carries or protects what is there
  (CARRIERS, and TLS where the truth says that the service can change to it). One conversation is enough;
* a place where nothing answers, or where what answers is no protocol (the decoys), must get no name at all.

Tools are run as they come: `tshark -r FILE` in one pass, `ndpiReader -i FILE` with its guesses by port. What they call
something else is translated by TSHARK_NAMES and NDPI_NAMES; encodings, wrappers and companies are no claims (TSHARK_NEUTRAL,
NDPI_NEUTRAL). A data channel of FTP is a transfer, no service, and is left out. Needs tshark and ndpiReader (Debian:
tshark, libndpi-bin) and nothing else of Python; where the package nfstream is installed, its newer nDPI is a column too.
"""

from __future__ import annotations

import argparse
import collections
import csv
import ipaddress
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- figures: begin (Tests/Accuracy/peers.py --write) -->", "<!-- figures: end -->"

#: Address, port and transport of a service.
Place = tuple[str, int, str]

# ---------------------------------------------------------------------------------------------------------------------
# Names
# ---------------------------------------------------------------------------------------------------------------------

#: The groups of the table, most wanted first; the protocols of the truth that are in none come last.
GROUPS = {
    "Medical": ("dicom", "hl7", "astm", "poct1-a", "ieee11073-20601", "intellivue", "unity", "medibus", "s5-dri", "b-braun-bcc"),
    "Remote access": ("rdp", "vnc", "ssh", "telnet", "rlogin", "rsh", "rexec", "x11", "xdmcp", "winrm", "teamviewer", "anydesk", "rustdesk",
                      "radmin", "nomachine", "splashtop", "netsupport", "dameware", "pcanywhere", "ammyy", "ica", "spice"),
    "Tunnels": ("ike", "openvpn", "wireguard", "l2tp", "pptp", "socks", "stun", "quic", "dtls"),
    "Buildings and industry": ("bacnet", "modbus", "s7comm", "knx", "enip", "fox", "dnp3", "mms", "synchrophasor", "fins", "ads", "coap",
                               "opc-ua", "iec-104", "hart-ip"),
    "Others": (),
}

#: What a protocol is carried in, or carries: to name that is no false claim, and does not find the protocol either.
CARRIERS = {
    "ipp": {"http"}, "winrm": {"http"}, "msrpc": {"smb"}, "nfs": {"rpc"}, "smb": {"nbns"}, "ssdp": {"http"}, "ws-discovery": {"soap"}, "rpc": {"nfs"},
    "quic": {"tls"}, "dtls": {"tls"}, "openvpn": {"tls"}, "ike": {"esp"}, "socks": {"http"},
}
#: Protocols whose connections change to TLS (STARTTLS, VeNCrypt, CredSSP …): TLS is no false claim there.
UPGRADES = {"smtp", "imap", "pop3", "ftp", "ldap", "xmpp", "irc", "vnc", "rdp", "nomachine", "mysql", "postgresql", "tds", "bacula", "amqp", "rsync"}
#: Fields of the truth that say that this service is inside TLS.
TLS_FIELDS = {"tls_version", "tls_versions", "certificate"}

#: tshark's names of protocols where they are not Laennec's.
TSHARK_NAMES = {
    "mllp": "hl7", "smb2": "smb", "pgsql": "postgresql", "isakmp": "ike", "udpencap": "ike", "wg": "wireguard", "classicstun": "stun", "turnchannel": "stun",
    "cldap": "ldap", "dcerpc": "msrpc", "http2": "http", "pop": "pop3", "resp": "redis", "mongo": "mongodb", "memcache": "memcached",
    "cql": "cassandra", "bvlc": "bacnet", "mbtcp": "modbus", "mbudp": "modbus", "kip": "knx", "synphasor": "synchrophasor", "omron": "fins",
    "ams": "ads", "opcua": "opc-ua", "iec60870_104": "iec-104", "104apci": "iec-104", "hart_ip": "hart-ip", "tacplus": "tacacs", "bt-dht": "bittorrent",
    "bt-utp": "bittorrent", "exec": "rexec", "rmcp": "ipmi", "rmcp+": "ipmi", "ieee11073": "ieee11073-20601", "turn": "stun",
}
#: Layers of tshark that claim no application protocol: encodings, wrappers, undecoded bytes.
TSHARK_NEUTRAL = {
    "data", "tpkt", "cotp", "nbss", "nbdgm", "tcp.segments", "xml", "json", "ipcp", "ppp", "gss-api", "spnego", "ntlmssp", "_ws.malformed", "_ws.short", "_ws.unreassembled",
    "_ws.expert", "vssmonitoring", "data-text-lines", "media", "t124", "t125",
}
#: nDPI's names of protocols where they are not Laennec's in small letters.
NDPI_NAMES = {
    "ftp_control": "ftp", "ftp_data": "ftp-data", "netbios": "nbns", "smbv1": "smb", "smbv23": "smb", "mssql-tds": "tds", "dce_rpc": "msrpc", "oracle": "tns",
    "dcerpc": "msrpc", "resp": "redis", "ipsec": "ike", "citrix": "ica", "jabber": "xmpp", "wsd": "ws-discovery", "ethernetip": "enip", "iec60870": "iec-104",
    "pops": "pop3+tls", "smtps": "smtp+tls", "imaps": "imap+tls", "ftps": "ftp+tls", "knxnet_ip": "knx",
    "beckhoff_ads": "ads", "beckhoffads": "ads", "iso9506-1-mms": "mms", "ieee-c37118": "synchrophasor", "omron_fins": "fins", "hart_ip": "hart-ip",
    "rmcp": "ipmi", "http_connect": "http", "http_proxy": "http", "websocket": "http",
    "s7commplus": "s7comm",
}
#: nDPI's names that are no protocols: companies, services of the Web, and its word for nothing.
NDPI_NEUTRAL = {
    "unknown", "google", "microsoft", "microsoft365", "azure", "amazon", "amazonaws", "apple", "cloudflare", "doh_dot", "windowsupdate", "facebook", "ocsp",
    "jsonrpc", "json-rpc", "protobuf", "teams", "skype_teams", "github", "googleservices", "adultcontent", "icmp", "icmpv6",
}


def plain(address: str) -> str:
    """An address in its canonical spelling."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address


def run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=300)
    return done.stdout.decode("utf-8", "replace")


# ---------------------------------------------------------------------------------------------------------------------
# The truth
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Service:
    """What really is at a place; no protocol: nothing that has a name, or nothing that answers."""

    capture: str
    place: Place
    protocol: str | None
    allowed: frozenset[str]

    @property
    def text(self) -> str:
        return f"{self.capture} {self.place[0]}:{self.place[1]}/{self.place[2]} {self.protocol or '(nothing)'}"


def truth(path: Path, folder: Path) -> list[Service]:
    """The services of a capture, one for each place, and the places where the decoys say that nothing answers."""
    expected = json.loads(path.read_text(encoding="utf-8"))
    capture = str(path.relative_to(folder)).removesuffix(".expected.json")
    protocols: dict[Place, set[str]] = collections.defaultdict(set)
    extra: dict[Place, set[str]] = collections.defaultdict(set)
    for entry in expected["services"]:
        place = plain(entry["address"]), entry["port"], entry["transport"]
        protocols[place].add(entry["protocol"])
        if entry["protocol"] in UPGRADES or entry["fields"].keys() & TLS_FIELDS:
            extra[place].add("tls")
    services = []
    for place, names in protocols.items():
        allowed = frozenset(names | extra[place] | {carrier for name in names for carrier in CARRIERS.get(name, ())})
        for name in names - {"ftp-data"}:
            unknown = name.startswith("unknown")
            services.append(Service(capture, place, None if unknown else name, frozenset() if unknown else allowed))
    for decoy in expected["decoys"]:
        if "address" in decoy and "port" in decoy:
            place = plain(decoy["address"]), decoy["port"], decoy.get("transport", "tcp")
            if place not in protocols:
                protocols[place].add("")
                # Data that a protocol sends beside its own conversation are no service, and may be called by its name.
                services.append(Service(capture, place, None, frozenset({decoy["carries"]} if "carries" in decoy else ())))
    return services


# ---------------------------------------------------------------------------------------------------------------------
# The tools: a capture in, for each place the names that it gets
# ---------------------------------------------------------------------------------------------------------------------


@dataclass
class Claims:
    #: What is named anywhere in the place's conversations: what can be found.
    named: dict[Place, set[str]] = field(default_factory=lambda: collections.defaultdict(set))
    #: What is claimed to be spoken there, and with whom (if that is said): what can be false.
    claimed: dict[Place, set[tuple[str, Place | None]]] = field(default_factory=lambda: collections.defaultdict(set))


def laennec(binary: Path) -> Callable[[Path], Claims]:
    def claims(capture: Path) -> Claims:
        result = Claims()
        with tempfile.TemporaryDirectory(prefix="peers-") as scratch:
            output = Path(scratch) / "result.json"
            run([str(binary), "scan", "--quiet", "--json", str(output), str(capture)])
            report = json.loads(output.read_bytes())
        for service in report["services"]:
            place = plain(service["address"]), service["port"], service["transport"]
            result.named[place].update(service["protocols"])
            result.claimed[place].update((name, None) for name in service["protocols"])
        # Conversations that nobody was seen to answer are not listed as services.
        for conversation in report["conversations"]:
            place = plain(conversation["address"]), conversation["port"], conversation["transport"]
            result.named[place].update(conversation["protocols"])
            result.claimed[place].update((name, None) for name in conversation["protocols"])
        return result

    return claims


TSHARK_FIELDS = ("frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport")


def tshark(capture: Path) -> Claims:
    result = Claims()
    command = ["tshark", "-n", "-r", str(capture), "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,", "-E", "separator=/t"]
    for name in TSHARK_FIELDS:
        command += ["-e", name]
    for line in run(command).splitlines():
        columns = line.split("\t")
        if len(columns) != len(TSHARK_FIELDS):
            continue
        values = {name: [value for value in text.split(",") if value] for name, text in zip(TSHARK_FIELDS, columns)}
        addresses: tuple[str, str] | None = None
        ends: list[Place] = []
        is_first = False
        for layer in columns[0].split(":"):
            if layer in ("ip", "ipv6"):
                source, destination = values[f"{layer}.src"], values[f"{layer}.dst"]
                addresses = (plain(source.pop(0)), plain(destination.pop(0))) if source and destination else None
                ends = []
            elif layer in ("icmp", "icmpv6"):
                break  # what it quotes is no conversation of its own
            elif layer in ("tcp", "udp"):
                source, destination = values[f"{layer}.srcport"], values[f"{layer}.dstport"]
                if addresses and source and destination:
                    ends = [(addresses[0], int(source.pop(0)), layer), (addresses[1], int(destination.pop(0)), layer)]
                    is_first = True
            elif ends and layer not in TSHARK_NEUTRAL and not layer.startswith("x509"):
                name = TSHARK_NAMES.get(layer, layer)
                for end, other in (ends, ends[::-1]):
                    result.named[end].add(name)
                    if is_first:
                        result.claimed[end].add((name, other))
                is_first = False
    return result


def add_ndpi(result: Claims, ends: tuple[Place, Place], text: str) -> None:
    """What nDPI calls a flow, as "TLS.TeamViewer": what is spoken, and what or who it is for. A name with a plus says two at once."""
    parts = [NDPI_NAMES.get(part, part) for part in text.lower().split(".") if part]
    parts = [part for part in parts if part not in NDPI_NEUTRAL]
    for place, other in (ends, ends[::-1]):
        result.claimed[place].update((part, other) for part in parts[:1])
        for part in parts:
            result.named[place].update(part.split("+"))


def ndpi_reader(capture: Path) -> Claims:
    result = Claims()
    with tempfile.TemporaryDirectory(prefix="peers-") as scratch:
        output = Path(scratch) / "flows.csv"
        run(["ndpiReader", "-q", "-i", str(capture), "-C", str(output)])
        lines = output.read_text(encoding="utf-8", errors="replace").splitlines() if output.exists() else []
    for flow in csv.DictReader(lines):
        transport = {"6": "tcp", "17": "udp"}.get(flow["protocol"])
        if transport:
            source, destination = ((plain(flow[f"{side}_ip"]), int(flow[f"{side}_port"]), transport) for side in ("src", "dst"))
            add_ndpi(result, (source, destination), flow["ndpi_proto"])
    return result


def nfstream(capture: Path) -> Claims:
    """The nDPI that the Python package nfstream carries; a process of its own, as it starts more."""
    program = ("import sys, json, nfstream\n"
               "for flow in nfstream.NFStreamer(source=sys.argv[1], statistical_analysis=False, n_meters=1, decode_tunnels=False):\n"
               "    print(json.dumps([flow.protocol, flow.src_ip, flow.src_port, flow.dst_ip, flow.dst_port, flow.application_name]))\n")
    result = Claims()
    for line in run([sys.executable, "-c", program, str(capture)]).splitlines():
        if not line.startswith("["):
            continue
        protocol, source, source_port, destination, destination_port, name = json.loads(line)
        transport = {6: "tcp", 17: "udp"}.get(protocol)
        if transport:
            add_ndpi(result, ((plain(source), source_port, transport), (plain(destination), destination_port, transport)), name)
    return result


NFSTREAM = "nDPI of nfstream"


@dataclass
class Tool:
    name: str
    version: str
    claims: Callable[[Path], Claims]


def tools(options: argparse.Namespace) -> list[Tool]:
    def first(pattern: str, text: str) -> str:
        found = re.search(pattern, text)
        return found[1] if found else "?"

    known = [
        Tool("Laennec", first(r"(\d[\w.+-]*)", run([str(options.laennec), "--version"])), laennec(options.laennec)),
        Tool("tshark", first(r"(\d+\.\d+\.\d+)", run(["tshark", "--version"])), tshark),
        Tool("nDPI", first(r"nDPI (\S+)", run(["ndpiReader", "-h"])), ndpi_reader),
    ]
    version = run([sys.executable, "-c", "import importlib.metadata as m; print(m.version('nfstream'))"]).strip()
    if version:
        known.append(Tool(NFSTREAM, f"{version} (nDPI 5)" if version.startswith("6.6") else version, nfstream))
    return known


# ---------------------------------------------------------------------------------------------------------------------
# Comparison
# ---------------------------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    services: int = 0
    found: int = 0
    false: int = 0


class Comparison:
    def __init__(self, names: list[str]) -> None:
        self.names = names
        #: By protocol (None: nothing that has a name), then by tool.
        self.tallies: dict[str | None, dict[str, Tally]] = collections.defaultdict(lambda: {name: Tally() for name in names})
        self.missed: dict[str, list[str]] = {name: [] for name in names}
        self.false: dict[str, list[str]] = {name: [] for name in names}
        self.captures: set[str] = set()

    def add(self, services: list[Service], claims: dict[str, Claims]) -> None:
        places = {service.place for service in services if service.protocol}
        for service in services:
            self.captures.add(service.capture)
            for name in self.names:
                tally = self.tallies[service.protocol][name]
                tally.services += 1
                # A place that is no service may be the client's end of one.
                claimed = {claim for claim, other in claims[name].claimed.get(service.place, set()) if service.protocol or other not in places}
                wrong = {claim for claim in claimed if service.allowed.isdisjoint(claim.split("+"))}
                if wrong:
                    tally.false += 1
                    self.false[name].append(f"{service.text}: {', '.join(sorted(wrong))}")
                if service.protocol is None:
                    continue
                if service.protocol in claims[name].named.get(service.place, set()):
                    tally.found += 1
                else:
                    self.missed[name].append(service.text)

    def groups(self) -> dict[str, list[str | None]]:
        """The protocols of each group that the truth has."""
        left = {name for name in self.tallies if name}
        result: dict[str, list[str | None]] = {}
        for group, members in GROUPS.items():
            chosen = [name for name in members if name in left] if members else sorted(left)
            left -= set(chosen)
            result[group] = list(chosen)
        if None in self.tallies:
            result["No service, or none that has a name"] = [None]
        return result

    def total(self, protocols: list[str | None], name: str) -> Tally:
        result = Tally()
        for protocol in protocols:
            tally = self.tallies[protocol][name]
            result.services += tally.services
            result.found += tally.found
            result.false += tally.false
        return result

    def table(self) -> list[str]:
        heads = ["protocol", "services", *self.names]
        lines = ["| " + " | ".join(heads) + " |", "| --- | ---: |" + " ---: |" * len(self.names)]

        def cell(tally: Tally, has_names: bool) -> str:
            found = str(tally.found) if has_names else "–"
            return found + (f" ({tally.false} false)" if tally.false else "")

        for group, protocols in self.groups().items():
            if not protocols:
                continue
            has_names = protocols != [None]
            total = [self.total(protocols, name) for name in self.names]
            lines.append(f"| **{group}** | **{total[0].services}** | " + " | ".join(f"**{cell(t, has_names)}**" for t in total) + " |")
            if has_names:
                for protocol in protocols:
                    row = [self.tallies[protocol][name] for name in self.names]
                    lines.append(f"| {protocol} | {row[0].services} | " + " | ".join(cell(t, True) for t in row) + " |")
        everything = [protocol for protocols in self.groups().values() for protocol in protocols]
        named = [protocol for protocol in everything if protocol]
        total = [self.total(named, name) for name in self.names]
        share = [f"{t.found} = {100 * t.found / t.services:.1f} %" if t.services else "–" for t in total]
        lines.append(f"| **All services: found** | **{total[0].services}** | " + " | ".join(f"**{s}**" for s in share) + " |")
        total = [self.total(everything, name) for name in self.names]
        lines.append(f"| **All places: a false claim** | **{total[0].services}** | " + " | ".join(f"**{t.false}**" for t in total) + " |")
        return lines

    def better_elsewhere(self) -> list[str]:
        """Where Laennec is not the best: a protocol that another finds more often, or with fewer false claims."""
        ours = self.names[0]
        lines = []
        for protocol, tallies in sorted(self.tallies.items(), key=lambda item: item[0] or ""):
            for name in self.names[1:]:
                if tallies[name].found > tallies[ours].found or tallies[name].false < tallies[ours].false:
                    lines.append(f"- {protocol or 'no protocol'}: {name} finds {tallies[name].found} with {tallies[name].false} false claims, "
                                 f"{ours} {tallies[ours].found} with {tallies[ours].false}.")
        return lines


def markdown(comparison: Comparison, used: list[Tool]) -> str:
    versions = ", ".join(f"{tool.name} {tool.version}" for tool in used)
    lines = [f"{len(comparison.captures)} captures. {versions}.", "", *comparison.table(), "", "**Where another is better than Laennec**", ""]
    lines += comparison.better_elsewhere() or ["Nowhere in these captures."]
    for title, lists in (("Services that Laennec misses", comparison.missed[used[0].name]), ("False claims of Laennec", comparison.false[used[0].name])):
        lines += ["", f"**{title}**", "", *([f"- `{line}`" for line in lists] or ["None."])]
    for tool in used[1:]:
        kinds = collections.Counter()
        for line in comparison.false[tool.name]:
            place, wrong = line.rsplit(": ", 1)
            kinds[place.rsplit(" ", 1)[1], wrong] += 1
        lines += ["", f"**False claims of {tool.name}** (what is there: what is claimed, how often)", ""]
        lines.append("; ".join(f"{truth}: {wrong} ({count})" for (truth, wrong), count in sorted(kinds.items(), key=lambda item: (-item[1], item[0]))) + "."
                     if kinds else "None.")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--laennec", type=Path, default=ROOT / ".build/release/laennec", help="the program (default: the release build)")
    parser.add_argument("--captures", type=Path, default=ROOT / "Tests/Captures", help="captures with NAME.expected.json beside them")
    parser.add_argument("--only", default="", help="only captures whose name has this text")
    parser.add_argument("--write", action="store_true", help="renew the figures of docs/comparison.md")
    parser.add_argument("--details", action="store_true", help="list what each tool misses and claims falsely")
    parser.add_argument("--minimum", type=float, default=99, help="exit with 1 where Laennec finds fewer of the services (percent)")
    options = parser.parse_args()
    used = tools(options)
    comparison = Comparison([tool.name for tool in used])
    work: list[tuple[Path, list[Service]]] = []
    for path in sorted(options.captures.rglob("*.expected.json")):
        capture = next((found for ending in ("pcap", "pcapng") if (found := path.with_name(path.name.replace("expected.json", ending))).exists()), None)
        services = truth(path, options.captures)
        if capture and services and options.only in str(path):
            work.append((capture, services))
    with ThreadPoolExecutor(2) as pool:
        for (_, services), claims in zip(work, pool.map(lambda item: {tool.name: tool.claims(item[0]) for tool in used}, work)):
            comparison.add(services, claims)
    text = markdown(comparison, used)
    print(text)
    if options.details:
        for tool in used:
            print(f"{tool.name} misses:\n  " + "\n  ".join(comparison.missed[tool.name]))
            print(f"{tool.name} claims falsely:\n  " + "\n  ".join(comparison.false[tool.name]))
    if options.write:
        document = ROOT / "docs/comparison.md"
        before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
        _, mark, after = rest.partition(END)
        if not mark:
            raise SystemExit(f"{document}: the markers are missing")
        document.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")
    named = [protocol for protocol in comparison.tallies if protocol]
    ours = comparison.total(named, used[0].name)
    is_complete = ours.services > 0 and 100 * ours.found >= options.minimum * ours.services
    return 0 if is_complete and not comparison.false[used[0].name] else 1


if __name__ == "__main__":
    sys.exit(main())
