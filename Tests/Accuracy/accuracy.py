#!/usr/bin/env python3
"""Measures what Laennec recognises in real captures whose contents are known.

    python3 accuracy.py --captures FOLDER [--laennec .build/release/laennec]

FOLDER holds captures, `index.tsv` (one capture a line) and `truth.tsv` (one known fact a line, mostly Wireshark's opinion);
README.md describes both. Each capture is scanned by itself, and what Laennec reports is compared with the truth:

* services: is the application protocol of each server found, and is none reported that is not there?
* fields: is each fact that Laennec has an attribute for found, with the same value?
* hardware addresses: does each address get the hardware address that it was seen with?
* devices: are class, maker, model, version and serial number those of devices that are known (devices.py), also in the
  project's own captures? A wrong class, maker or model stated with 80 % or more fails.

Wireshark is not always right. A disagreement whose bytes show who is right is named in `exceptions.tsv` and counted apart.
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
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable, Iterable, Iterator

# No compiled copy of the module is left beside it.
sys.dont_write_bytecode = True
import devices  # noqa: E402

# ---------------------------------------------------------------------------------------------------------------------
# The truth
# ---------------------------------------------------------------------------------------------------------------------

#: The protocols whose services are compared: tshark's name and what Laennec may call it, first the name of the table's line.
#: Where Laennec has several names, the truth has one for what they share (an IPP printer speaks HTTP).
PROTOCOLS = {
    theirs: tuple(ours.split("|"))
    for theirs, ours in (
        pair.split("=") if "=" in pair else (pair, pair)
        for pair in """
        dicom hl7 astm
        rdp vnc ssh telnet rlogin rsh exec=rexec x11 xdmcp teamviewer ica spice
        isakmp=ike openvpn wg=wireguard l2tp pptp socks stun classicstun=stun quic gquic=quic dtls
        udpencap=esp|ike
        smb smb2=smb nbss=smb dcerpc=msrpc ldap cldap=ldap kerberos nbns llmnr mdns browser
        http http2=http|tls tls ftp ftp-data tftp nfs rpc rsync ipp=ipp|http
        smtp pop=pop3 imap sip rtsp rtp rtcp=rtp t38=rtp xmpp irc lpd
        iscsi ndmp ipmi rmcp=ipmi
        tds mysql pgsql=postgresql tns resp=redis mongo=mongodb memcache=memcached cql=cassandra kafka mqtt amqp
        bacapp=bacnet modbus s7comm knxip=knx kip=knx enip dnp3 mms synphasor=synchrophasor omron=fins ams=ads coap opcua=opc-ua
        iec60870_104=iec-104 hart_ip=hart-ip
        dns dhcp dhcpv6 ssdp snmp syslog hsrp radius tacplus=tacacs ntp bgp
        bittorrent bt-dht=bittorrent lsd=bittorrent
        """.split()
    )
}
#: NetBIOS datagrams are SMB to tshark, in which the browser speaks; the session service below carries SMB.
DATAGRAM_NAMES = {"smb": ("browser",)}
#: What Laennec's name says of the service besides what tshark names: no claim of its own to hold against the truth.
IMPLIED = {
    "tls": {"http", "winrm", "ipp"},
    "http": {"ipp", "winrm", "ws-discovery"},
    "ssdp": {"http"},
}
#: Names of the truth that say that tshark has none.
NAMELESS = {"unknown", "no-payload"}
#: The kinds of truth rows whose fields are compared.
KINDS = ("dicom", "hl7", "hl7raw", "tls", "ssh", "http", "rdp", "vnc", "telnet", "ftp", "dhcp", "name")
#: Bases that show for sure which side is the server.
SURE = {"syn", "synack"}
#: Formats of `index.tsv` that Laennec is made to read.
READABLE_FORMATS = ("pcap", "pcapng")


def plain_address(text: str) -> str:
    """An address in its one canonical spelling; other text as it is."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


@dataclass(frozen=True)
class Row:
    """A line of truth.tsv."""

    capture: str
    kind: str
    address: str
    port: int | None
    transport: str
    name: str
    value: str
    count: int
    frame: int
    peer: str
    basis: str

    @property
    def server(self) -> tuple[str, int] | None:
        """Address and port of the server side, if the row tells."""
        if self.port is not None:
            return self.address, self.port
        address, separator, port = self.peer.rpartition(":")
        return (plain_address(address), int(port)) if separator and port.isdigit() else None

    @property
    def endpoint(self) -> str:
        """How listings and exceptions.tsv name whom the row is about."""
        if self.port is not None:
            return f"{self.address} {self.port}/{self.transport}"
        if not self.address:
            return "-"
        server = self.server
        return f"{self.address} -> {server[0]} {server[1]}/{self.transport}" if server else self.address


def read_table(path: Path) -> Iterator[dict[str, str]]:
    """The lines of a tab-separated file with a header. Values may hold any bytes but tabs and line ends, and quote nothing."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


class Truth:
    """What is known about one capture."""

    def __init__(self, capture: str, rows: list[Row]) -> None:
        self.capture = capture
        self.services: dict[tuple[str, int, str], list[Row]] = collections.defaultdict(list)
        #: nDPI's opinion, shown with what nobody else confirms.
        self.second_opinion: dict[tuple[str, int, str], set[str]] = collections.defaultdict(set)
        self.macs: dict[str, list[Row]] = collections.defaultdict(list)
        self.fields: list[Row] = []
        self.index: dict[tuple[str, str], list[Row]] = collections.defaultdict(list)
        for row in rows:
            if row.kind == "service" and row.name == "tshark":
                if row.port is not None:
                    self.services[row.address, row.port, row.transport].append(row)
            elif row.kind == "ndpi":
                if row.port is not None:
                    self.second_opinion[row.address, row.port, row.transport].add(row.value)
            elif row.kind == "host" and row.name == "mac":
                self.macs[row.address].append(row)
            elif row.kind in KINDS:
                self.fields.append(row)
                self.index[row.kind, row.name].append(row)

    def rows(self, kind: str, name: str) -> list[Row]:
        return self.index.get((kind, name), [])

    def siblings(self, row: Row, name: str) -> list[Row]:
        """Rows of another field about the same side of the same conversations."""
        return [
            other
            for other in self.rows(row.kind, name)
            if (other.address, other.port, other.peer, other.transport) == (row.address, row.port, row.peer, row.transport)
        ]

    @property
    def is_of_interest(self) -> bool:
        return bool(self.fields or self.macs or self.services)


def read_truth(folder: Path, only: list[str]) -> tuple[dict[str, Truth], list[str]]:
    """The truth by capture, for the captures of the category `main`; and those in formats that Laennec does not read."""
    wanted, unreadable = set(), []
    for line in read_table(folder / "index.tsv"):
        if line["category"] != "main" or (only and not any(part in line["path"] for part in only)):
            continue
        if line["format"].split("-")[0] in READABLE_FORMATS:
            wanted.add(line["path"])
        else:
            unreadable.append(line["path"])
    rows: dict[str, list[Row]] = collections.defaultdict(list)
    for line in read_table(folder / "truth.tsv"):
        if line["capture"] in wanted:
            rows[line["capture"]].append(
                Row(
                    capture=line["capture"],
                    kind=line["kind"],
                    address=plain_address(line["ip"]),
                    port=int(line["port"]) if line["port"] else None,
                    transport=line["l4"],
                    name=line["name"],
                    value=line["value"],
                    count=int(line["count"] or 0),
                    frame=int(line["first_frame"] or 0),
                    peer=line["peer"],
                    basis=line["basis"],
                )
            )
    truths = {capture: Truth(capture, lines) for capture, lines in sorted(rows.items())}
    return {capture: truth for capture, truth in truths.items() if truth.is_of_interest}, unreadable


# ---------------------------------------------------------------------------------------------------------------------
# What Laennec says
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Value:
    """A value of an attribute, as text, and the frame that showed it."""

    text: str
    frame: int


class Attributes:
    """The attributes of a service, a conversation or a device, by name."""

    def __init__(self, items: Iterable[dict]) -> None:
        self.values: dict[str, list[Value]] = collections.defaultdict(list)
        for item in items:
            self.values[item["name"]].append(Value(str(item["value"]), (item.get("evidence") or {}).get("frame", 0)))

    def __getitem__(self, name: str) -> list[Value]:
        return self.values.get(name, [])


class Result:
    """The JSON report of one capture, indexed for comparison."""

    def __init__(self, report: dict) -> None:
        self.report = report
        self.services: dict[tuple[str, int, str], set[str]] = collections.defaultdict(set)
        #: Protocols of conversations, also of those that the server was not seen to answer.
        self.conversed: dict[tuple[str, int, str], set[str]] = collections.defaultdict(set)
        #: The same by the client's address, whose port the report does not keep.
        self.conversed_by_client: dict[tuple[str, str], set[str]] = collections.defaultdict(set)
        self.by_service: dict[tuple[str, int, str], list[Attributes]] = collections.defaultdict(list)
        self.by_conversation: dict[tuple[str, str, int, str], list[Attributes]] = collections.defaultdict(list)
        self.by_address: dict[str, list[Attributes]] = collections.defaultdict(list)
        self.macs_of: dict[str, set[str]] = collections.defaultdict(set)
        self.macs: set[str] = set()
        self.everything: list[Attributes] = []
        addresses_of: dict[str, list[str]] = {}
        for asset in report["assets"]:
            attributes = self._keep(asset)
            addresses = [plain_address(address["address"]) for address in asset["addresses"]]
            addresses_of[asset["id"]] = addresses
            self.macs.update(asset["macs"])
            for address in addresses:
                self.by_address[address].append(attributes)
                self.macs_of[address].update(asset["macs"])
        # What a device says through its gateway comes from the gateway's address.
        for asset in report["assets"]:
            for address in addresses_of.get(asset.get("gateway") or "", []):
                self.by_address[address].append(Attributes(asset["attributes"]))
        for service in report["services"]:
            key = self._key(service)
            self.services[key].update(service["protocols"])
            self.by_service[key].append(self._keep(service))
        for conversation in report["conversations"]:
            key = self._key(conversation)
            self.conversed[key].update(conversation["protocols"])
            self.conversed_by_client[plain_address(conversation["client_address"]), conversation["transport"]].update(conversation["protocols"])
            self.by_conversation[plain_address(conversation["client_address"]), *key].append(self._keep(conversation))

    def _keep(self, item: dict) -> Attributes:
        attributes = Attributes(item.get("attributes") or [])
        self.everything.append(attributes)
        return attributes

    @staticmethod
    def _key(item: dict) -> tuple[str, int, str]:
        return plain_address(item["address"]), int(item["port"]), item["transport"]

    # Where a fact of the truth may be found. "anywhere" is for those without an address, such as a DHCP client's.

    def places(self, names: Iterable[str], row: Row) -> list[Attributes]:
        server = row.server
        found: list[Attributes] = []
        for name in names:
            match name:
                case "anywhere":
                    found += self.everything
                case "host":
                    found += self.by_address.get(row.address, [])
                case "service" if server:
                    found += self.by_service.get((*server, row.transport), [])
                case "server host" if server:
                    found += self.by_address.get(server[0], [])
                case "conversation" if server and row.port is None:
                    found += self.by_conversation.get((row.address, *server, row.transport), [])
                case "conversation" if server:
                    for (_, *key), attributes in self.by_conversation.items():
                        if tuple(key) == (*server, row.transport):
                            found += attributes
        return found


@dataclass
class Run:
    """One execution of Laennec."""

    capture: str
    outcome: str  # "done", "crashed", "hung" or "failed"
    detail: str = ""
    result: Result | None = None
    seconds: float = 0


def run(laennec: Path, folder: Path, capture: str, timeout: float) -> Run:
    with tempfile.TemporaryDirectory(prefix="accuracy-") as scratch:
        output = Path(scratch) / "result.json"
        command = [str(laennec), "scan", "--quiet", "--json", str(output), str(folder / capture)]
        start = time.monotonic()
        try:
            finished = subprocess.run(command, capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return Run(capture, "hung", f"no end within {timeout:g} s")
        said = finished.stderr.decode("utf-8", "replace").strip().splitlines()
        # A trap ends the process by a signal; a shell in between would add 128.
        if finished.returncode < 0 or finished.returncode >= 128:
            return Run(capture, "crashed", f"status {finished.returncode}: {said[-1] if said else ''}")
        try:
            return Run(capture, "done", "", Result(json.loads(output.read_bytes())), time.monotonic() - start)
        except (OSError, ValueError, KeyError, TypeError) as error:
            return Run(capture, "failed", f"status {finished.returncode}: {said[-1] if said else repr(error)}")


# ---------------------------------------------------------------------------------------------------------------------
# Values: from the words of the truth to Laennec's
# ---------------------------------------------------------------------------------------------------------------------


def tls_version(code: str) -> str | None:
    """The version of a number on the wire. Drafts of TLS 1.3 are 0x7fnn; 0x7e0n and 0xfbnn were large sites' own."""
    number = int(code, 16)
    names = {0x0002: "SSLv2", 0x0300: "SSLv3", 0x0301: "TLSv1.0", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}
    if number in names:
        return names[number]
    return "TLSv1.3" if number >> 8 in (0x7F, 0xFB) or number in (0x7E01, 0x7E02) else None


def highest_tls_version(codes: str) -> list[str]:
    """Of a supported_versions list, without GREASE (RFC 8701) and unknown numbers."""
    versions = [version for version in map(tls_version, codes.split(",")) if version]
    return [max(versions)] if versions else []


#: The suites that the truth's servers choose, by their names in the IANA registry "TLS Cipher Suites".
CIPHER_SUITES = {
    int(code, 16): "TLS_" + name
    for code, name in (
        line.split()
        for line in """
        0003 RSA_EXPORT_WITH_RC4_40_MD5             0004 RSA_WITH_RC4_128_MD5
        0005 RSA_WITH_RC4_128_SHA                   0006 RSA_EXPORT_WITH_RC2_CBC_40_MD5
        0007 RSA_WITH_IDEA_CBC_SHA                  0008 RSA_EXPORT_WITH_DES40_CBC_SHA
        0009 RSA_WITH_DES_CBC_SHA                   000a RSA_WITH_3DES_EDE_CBC_SHA
        0011 DHE_DSS_EXPORT_WITH_DES40_CBC_SHA      0012 DHE_DSS_WITH_DES_CBC_SHA
        0013 DHE_DSS_WITH_3DES_EDE_CBC_SHA          0014 DHE_RSA_EXPORT_WITH_DES40_CBC_SHA
        0015 DHE_RSA_WITH_DES_CBC_SHA               0016 DHE_RSA_WITH_3DES_EDE_CBC_SHA
        002f RSA_WITH_AES_128_CBC_SHA               0032 DHE_DSS_WITH_AES_128_CBC_SHA
        0033 DHE_RSA_WITH_AES_128_CBC_SHA           0035 RSA_WITH_AES_256_CBC_SHA
        0038 DHE_DSS_WITH_AES_256_CBC_SHA           0039 DHE_RSA_WITH_AES_256_CBC_SHA
        003c RSA_WITH_AES_128_CBC_SHA256            003d RSA_WITH_AES_256_CBC_SHA256
        0040 DHE_DSS_WITH_AES_128_CBC_SHA256        0041 RSA_WITH_CAMELLIA_128_CBC_SHA
        0044 DHE_DSS_WITH_CAMELLIA_128_CBC_SHA      0045 DHE_RSA_WITH_CAMELLIA_128_CBC_SHA
        0067 DHE_RSA_WITH_AES_128_CBC_SHA256        006a DHE_DSS_WITH_AES_256_CBC_SHA256
        006b DHE_RSA_WITH_AES_256_CBC_SHA256        0084 RSA_WITH_CAMELLIA_256_CBC_SHA
        0087 DHE_DSS_WITH_CAMELLIA_256_CBC_SHA      0088 DHE_RSA_WITH_CAMELLIA_256_CBC_SHA
        0096 RSA_WITH_SEED_CBC_SHA                  0099 DHE_DSS_WITH_SEED_CBC_SHA
        009a DHE_RSA_WITH_SEED_CBC_SHA              009c RSA_WITH_AES_128_GCM_SHA256
        009d RSA_WITH_AES_256_GCM_SHA384            009e DHE_RSA_WITH_AES_128_GCM_SHA256
        009f DHE_RSA_WITH_AES_256_GCM_SHA384        00a2 DHE_DSS_WITH_AES_128_GCM_SHA256
        00a3 DHE_DSS_WITH_AES_256_GCM_SHA384        00a9 PSK_WITH_AES_256_GCM_SHA384
        c002 ECDH_ECDSA_WITH_RC4_128_SHA            c003 ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA
        c004 ECDH_ECDSA_WITH_AES_128_CBC_SHA        c005 ECDH_ECDSA_WITH_AES_256_CBC_SHA
        c007 ECDHE_ECDSA_WITH_RC4_128_SHA           c008 ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA
        c009 ECDHE_ECDSA_WITH_AES_128_CBC_SHA       c00a ECDHE_ECDSA_WITH_AES_256_CBC_SHA
        c00c ECDH_RSA_WITH_RC4_128_SHA              c00d ECDH_RSA_WITH_3DES_EDE_CBC_SHA
        c00e ECDH_RSA_WITH_AES_128_CBC_SHA          c00f ECDH_RSA_WITH_AES_256_CBC_SHA
        c011 ECDHE_RSA_WITH_RC4_128_SHA             c012 ECDHE_RSA_WITH_3DES_EDE_CBC_SHA
        c013 ECDHE_RSA_WITH_AES_128_CBC_SHA         c014 ECDHE_RSA_WITH_AES_256_CBC_SHA
        c023 ECDHE_ECDSA_WITH_AES_128_CBC_SHA256    c024 ECDHE_ECDSA_WITH_AES_256_CBC_SHA384
        c025 ECDH_ECDSA_WITH_AES_128_CBC_SHA256     c026 ECDH_ECDSA_WITH_AES_256_CBC_SHA384
        c027 ECDHE_RSA_WITH_AES_128_CBC_SHA256      c028 ECDHE_RSA_WITH_AES_256_CBC_SHA384
        c029 ECDH_RSA_WITH_AES_128_CBC_SHA256       c02a ECDH_RSA_WITH_AES_256_CBC_SHA384
        c02b ECDHE_ECDSA_WITH_AES_128_GCM_SHA256    c02c ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
        c02d ECDH_ECDSA_WITH_AES_128_GCM_SHA256     c02e ECDH_ECDSA_WITH_AES_256_GCM_SHA384
        c02f ECDHE_RSA_WITH_AES_128_GCM_SHA256      c030 ECDHE_RSA_WITH_AES_256_GCM_SHA384
        c031 ECDH_RSA_WITH_AES_128_GCM_SHA256       c032 ECDH_RSA_WITH_AES_256_GCM_SHA384
        cca8 ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
        1301 AES_128_GCM_SHA256                     1302 AES_256_GCM_SHA384
        1303 CHACHA20_POLY1305_SHA256
        """.replace("  ", "\n").splitlines()
        if line.strip()
    )
}

#: Signature algorithms by their names in RFC 8017, RFC 5758 and RFC 3279.
SIGNATURES = {
    "md5WithRSAEncryption": "md5-rsa",
    "sha1WithRSAEncryption": "sha1-rsa",
    "sha256WithRSAEncryption": "sha256-rsa",
    "sha384WithRSAEncryption": "sha384-rsa",
    "sha512WithRSAEncryption": "sha512-rsa",
    "ecdsa-with-SHA1": "sha1-ecdsa",
    "ecdsa-with-SHA256": "sha256-ecdsa",
    "ecdsa-with-SHA384": "sha384-ecdsa",
    "dsa-with-sha1": "sha1-dsa",
}

#: Attributes of a distinguished name that are about a person and that Laennec leaves out: surname, title, name, given name,
#: initials, generation qualifier, pseudonym, e-mail address, user identifier.
PERSONAL = {"2.5.4.4", "2.5.4.12", "2.5.4.41", "2.5.4.42", "2.5.4.43", "2.5.4.44", "2.5.4.65", "1.2.840.113549.1.9.1", "UID"}


def name_parts(text: str) -> list[tuple[str, str]]:
    """Type and value of each part of a distinguished name (RFC 4514), personal ones left out."""
    parts = []
    for part in re.split(r"(?<!\\)(?:\\\\)*,", text):
        kind, _, value = part.strip().partition("=")
        value = re.sub(rb"\\([0-9A-Fa-f]{2})", lambda match: bytes.fromhex(match[1].decode()), value.encode("utf-8", "surrogateescape"))
        value = re.sub(r"\\(.)", r"\1", value.decode("utf-8", "replace"))
        if kind not in PERSONAL:
            parts.append(("serialNumber" if kind == "2.5.4.5" else kind, value.strip()))
    return parts


def same_name(expected: str, ours: str) -> bool:
    """Whether two distinguished names are the same: the truth's begins with what is most specific, Laennec's ends with it."""
    left, right = name_parts(expected), name_parts(ours)
    if ours.endswith("…") and len(expected) >= 400:  # both cut, from opposite ends: nothing to compare but the fingerprint
        return True
    if ours.endswith("…"):  # cut
        return left[::-1][: len(right) - 1] == right[:-1]
    if len(expected) >= 400:  # cut
        return left[:-1] == right[::-1][: len(left) - 1]
    return sorted(left) == sorted(right)


def first_common_name(text: str) -> list[str]:
    """Of the common names, which the truth joins with semicolons."""
    return [text.split(";")[0].strip()] if text.strip() else []


def has_common_name(expected: str, ours: str) -> bool:
    names = [value for kind, value in name_parts(ours) if kind == "CN"]
    return expected.strip() in names or any(name.endswith("…") and expected.startswith(name[:-1]) for name in names)


def same_text(expected: str, ours: str) -> bool:
    """Equal, but for spaces around; Laennec cuts long values with an ellipsis, the truth cuts at 400 characters."""
    expected, ours = expected.strip(), ours.strip()
    if ours.endswith("…"):
        return expected.startswith(ours[:-1])
    return expected == ours or (len(expected) >= 399 and ours.startswith(expected))


def same_time(expected: str, ours: str) -> bool:
    def read(text: str) -> datetime:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return time if time.tzinfo else time.replace(tzinfo=timezone.utc)

    try:
        return read(expected) == read(ours)
    except ValueError:
        return False


def uids(text: str) -> list[str]:
    """The UIDs of a list such as `CT Image Storage (1.2.840.10008.5.1.4.1.1.2),1.2.3`, which may be cut at 400 characters."""
    found = [
        match[1]
        for match in re.finditer(r"(?:^|[(,])([0-2](?:\.\d+){2,})(?=[),]|$)", text)
        if len(text) < 400 or match.end() < len(text)
    ]
    return list(dict.fromkeys(found))


def host_without_port(text: str) -> list[str]:
    match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::\d*)?", text.strip())
    return [match[1]] if match and match[1] else []


def auth_scheme(text: str) -> list[str]:
    """The scheme of a challenge, of those in the IANA registry or Microsoft's; others are not Laennec's to note."""
    scheme = text.split()[0].rstrip(",").lower() if text.split() else ""
    known = {"basic", "bearer", "digest", "dpop", "gnap", "hoba", "mutual", "negotiate", "ntlm", "oauth", "kerberos"}
    return [scheme] if scheme in known else []


def rdp_protocols(text: str) -> list[str]:
    """The bits of requestedProtocols and selectedProtocol ([MS-RDPBCGR] 2.2.1.1.1); none set is RDP's own security."""
    mask = int(text, 16)
    names = {1: "tls", 2: "nla", 4: "rdstls", 8: "nla-ex", 16: "aad"}
    return [name for bit, name in names.items() if mask & bit] or ["rdp"]


def dicom_outcome(text: str) -> list[str]:
    """What a PDU type (PS3.8 section 9.3) says of the association; 1 and 4, a request and data, end nothing."""
    return {2: ["accepted"], 3: ["rejected"], 5: ["released"], 6: ["released"], 7: ["aborted"]}.get(int(text, 16), [])


def vnc_security(text: str) -> list[str]:
    """Security types (RFC 6143 section 7.1.2 and the IANA registry); unnamed ones are their number."""
    names = {1: "none", 2: "vnc", 5: "ra2", 6: "ra2ne", 16: "tight", 17: "ultra", 18: "tls", 19: "vencrypt", 20: "sasl", 21: "md5"}
    names |= {22: "xvp", 23: "secure-tunnel", 24: "integrated-ssh", 30: "apple-dh", 113: "ms-logon-2", 129: "ra2-256", 130: "ra2ne-256"}
    return [names.get(int(number), number) for number in text.split(",")]


def header_part(number: int) -> Callable[[str], list[str]]:
    """One of MSH-3 to MSH-6, which the truth joins with bars."""

    def part(text: str) -> list[str]:
        parts = text.split("|")
        return [parts[number]] if len(parts) == 4 and parts[number] else []

    return part


# ---------------------------------------------------------------------------------------------------------------------
# Which fields correspond
# ---------------------------------------------------------------------------------------------------------------------

Skip = Callable[[Row, Truth], "str | None"]


@dataclass(frozen=True)
class Field:
    """How a field of the truth shows in an attribute of Laennec."""

    attribute: str
    #: Where to look for what clients, and what servers, say.
    client: tuple[str, ...] = ("host",)
    server: tuple[str, ...] = ("service",)
    #: The values that the row stands for; none: nothing to compare in this row.
    expected: Callable[[str], list[str]] = lambda text: [text.strip()] if text.strip() else []
    same: Callable[[str, str], bool] = same_text
    #: Why a row is not compared.
    skip: Skip = lambda row, truth: None
    #: Whether another value where the truth's is means nothing, as the attribute has other sources too.
    is_partial: bool = False


def only_tcp(row: Row, truth: Truth) -> str | None:
    """TLS and HTTP over TCP are compared."""
    return None if row.transport == "tcp" else f"over {row.transport or 'another carrier'}: QUIC, DTLS, EAP or SSDP, which have attributes of their own or none"


def server_certificate(row: Row, truth: Truth) -> str | None:
    if row.basis == "client":
        return "certificate of a client: may name a person, is never looked at"
    return only_tcp(row, truth)


def plain_client_version(row: Row, truth: Truth) -> str | None:
    if truth.siblings(row, "client_supported_versions"):
        return "legacy_version of a hello with supported_versions, which replaces it (RFC 8446 section 4.1.2)"
    return only_tcp(row, truth)


def first_offered(row: Row, truth: Truth) -> str | None:
    if row.basis == "client" and row != truth.siblings(row, row.name)[0]:
        return "not the first protocol of the client's list: tls.alpn holds the first"
    return only_tcp(row, truth)


def is_anonymous_ftp(row: Row, truth: Truth) -> bool | None:
    """Whether all users whose name is known, of the conversation or of the server, are anonymous ones."""
    users = [
        other.value.lower()
        for other in truth.rows("ftp", "user")
        if other.server == row.server and (row.port is not None or other.address == row.address)
    ]
    return all(user in ("anonymous", "ftp") for user in users) if users else None


def named_ftp_user(row: Row, truth: Truth) -> str | None:
    return None if is_anonymous_ftp(row, truth) is False else "the user is anonymous or its name was not seen: no login in the clear"


def anonymous_ftp_user(row: Row, truth: Truth) -> str | None:
    return None if is_anonymous_ftp(row, truth) else "the user is not anonymous, or its name was not seen"


def outer_greeting(row: Row, truth: Truth) -> str | None:
    lines = [other for other in truth.siblings(row, "banner") if other.value.strip()]
    return None if row in (lines[:1] + lines[-1:]) else "inner line of a long greeting: the first and the last are kept"


def system_answer(row: Row, truth: Truth) -> str | None:
    if re.match(r"(UNIX|Windows_NT|MVS|VMS|MacOS|OS/2)\b", row.value):
        return None
    return "reply other than the greeting (see banner) or the answer to SYST: paths, file names, welcome texts"


def password_prompt(row: Row, truth: Truth) -> str | None:
    """A question for a password is followed by a login in clear; the other rows are prompts and what follows a login."""
    return None if re.search(r"passw", row.value, re.IGNORECASE) else "no line of its own to show, or shown after the login: may hold names"


def from_client(row: Row, truth: Truth) -> str | None:
    return None if row.basis == "client" else "in a server's answer: not what the client says of itself"


def assigned(row: Row, truth: Truth) -> str | None:
    if row.basis == "client" or row.value == "0.0.0.0":
        return "nothing assigned"
    types = {other.value for other in truth.rows("dhcp", "dhcp.option.dhcp") if other.basis != "client"}
    return "offered, never acknowledged" if types and "5" not in types else None


#: Fields of the truth and the attributes that hold them.
FIELDS: dict[tuple[str, str], tuple[Field, ...]] = {
    # DICOM (PS3.7, PS3.8)
    ("dicom", "dicom.assoc.ae.called"): (Field("dicom.called_ae", client=("conversation",), server=("service", "conversation")),),
    ("dicom", "dicom.assoc.ae.calling"): (Field("dicom.calling_ae", server=("anywhere",)),),
    ("dicom", "dicom.userinfo.uid"): (Field("dicom.implementation_uid"),),
    ("dicom", "dicom.userinfo.version"): (Field("dicom.implementation_version"),),
    ("dicom", "dicom.max_pdu_len"): (Field("dicom.max_pdu"),),
    ("dicom", "dicom.pdu.type"): (
        Field("dicom.association", client=("conversation",), server=("conversation",), expected=dicom_outcome, is_partial=True),
    ),
    ("dicom", "dicom.pctx.abss.syntax"): (Field("dicom.abstract_syntax_proposed", expected=uids),),
    ("dicom", "dicom.pctx.xfer.syntax"): (
        Field("dicom.transfer_syntax_proposed", expected=uids, skip=lambda row, _: None if row.basis == "client" else "accepted"),
        Field("dicom.transfer_syntax_accepted", expected=uids, skip=lambda row, _: None if row.basis == "server" else "proposed"),
    ),
    # Reasons of the service user; those of the service provider have other meanings, and none is in the truth.
    ("dicom", "dicom.assoc.reject.reason"): (
        Field(
            "dicom.reject_reason",
            server=("conversation",),
            expected=lambda text: [{"3": "calling-ae-not-recognized", "7": "called-ae-not-recognized"}.get(text, text)],
        ),
    ),
    # HL7 version 2: a message's sender may be a device behind the host; its type is of the conversation too.
    ("hl7", "hl7.message.type"): (
        Field("hl7.message_type", client=("host", "conversation"), same=lambda left, right: right.split("^")[0] == left),
    ),
    ("hl7", "hl7.event.type"): (
        Field("hl7.message_type", client=("host", "conversation"), same=lambda left, right: right.split("^")[1:2] == [left]),
    ),
    ("hl7", "MSH-9"): (Field("hl7.message_type", client=("host", "conversation")),),
    ("hl7", "MSH-12"): (Field("hl7.version", client=("host", "conversation")),),
    ("hl7", "MSH-3..6"): (
        Field("hl7.sending_application", expected=header_part(0)),
        Field("hl7.sending_facility", expected=header_part(1)),
        Field("hl7.receiving_application", client=("service",), server=("anywhere",), expected=header_part(2)),
        Field("hl7.receiving_facility", client=("service",), server=("anywhere",), expected=header_part(3)),
    ),
    ("hl7raw", "MSH-9"): (Field("hl7.message_type", client=("anywhere",), server=("anywhere",)),),
    ("hl7raw", "MSH-12"): (Field("hl7.version", client=("anywhere",), server=("anywhere",)),),
    ("hl7raw", "MSH-3..6"): (
        Field("hl7.sending_application", client=("anywhere",), server=("anywhere",), expected=header_part(0)),
        Field("hl7.sending_facility", client=("anywhere",), server=("anywhere",), expected=header_part(1)),
        Field("hl7.receiving_application", client=("anywhere",), server=("anywhere",), expected=header_part(2)),
        Field("hl7.receiving_facility", client=("anywhere",), server=("anywhere",), expected=header_part(3)),
    ),
    # TLS over TCP
    ("tls", "client_version"): (
        Field("tls.version_offered", expected=highest_tls_version, skip=plain_client_version),
    ),
    # Of a hello whose fields tshark does not show one by one: in the format of SSL 2, or malformed.
    ("tls", "handshake_version"): (Field("tls.version_offered", expected=highest_tls_version, skip=only_tcp),),
    ("tls", "client_supported_versions"): (Field("tls.version_offered", expected=highest_tls_version, skip=only_tcp),),
    ("tls", "server_version"): (Field("tls.version", expected=highest_tls_version, skip=only_tcp),),
    ("tls", "server_cipher"): (
        Field("tls.cipher", expected=lambda text: [CIPHER_SUITES.get(int(text, 16), text)], skip=only_tcp),
    ),
    ("tls", "tls.handshake.extensions_server_name"): (
        Field("tls.server_name", client=("conversation", "service"), skip=only_tcp),
    ),
    ("tls", "tls.handshake.extensions_alpn_str"): (Field("tls.alpn", skip=first_offered),),
    ("tls", "tls.handshake.ja3"): (Field("tls.ja3", skip=only_tcp),),
    ("tls", "tls.handshake.ja3s"): (Field("tls.ja3s", skip=only_tcp),),
    ("tls", "cert.subject"): (Field("tls.certificate_subject", same=same_name, skip=server_certificate),),
    ("tls", "cert.subject_cn"): (
        Field("tls.certificate_subject", expected=first_common_name, same=has_common_name, skip=server_certificate),
    ),
    ("tls", "cert.issuer_cn"): (
        Field("tls.certificate_issuer", expected=first_common_name, same=has_common_name, skip=server_certificate),
    ),
    ("tls", "cert.not_after"): (Field("tls.certificate_not_after", same=same_time, skip=server_certificate),),
    ("tls", "cert.sigalg"): (
        Field("tls.certificate_signature", expected=lambda text: [SIGNATURES.get(text, text)], skip=server_certificate),
    ),
    ("tls", "cert.keysize"): (Field("tls.certificate_key_bits", skip=server_certificate),),
    ("tls", "cert.sha256"): (Field("tls.certificate_fingerprint", skip=server_certificate),),
    # SSH
    ("ssh", "ssh.protocol"): (Field("ssh.banner"),),
    ("ssh", "ssh.kex.hassh"): (Field("ssh.hassh"),),
    ("ssh", "ssh.kex.hasshserver"): (Field("ssh.hassh_server"),),
    # HTTP over TCP
    ("http", "http.host"): (
        Field("http.host", client=("service", "conversation"), expected=host_without_port, skip=only_tcp),
    ),
    ("http", "http.user_agent"): (Field("http.user_agent", skip=only_tcp),),
    ("http", "http.server"): (Field("http.server", skip=only_tcp),),
    ("http", "http.www_authenticate"): (
        Field("http.auth_scheme", server=("service", "conversation"), expected=auth_scheme, skip=only_tcp),
        Field(
            "http.realm",
            server=("service", "conversation"),
            expected=lambda text: [match[1] for match in re.finditer(r'realm="([^"]*)"', text, re.IGNORECASE) if match[1]],
            skip=only_tcp,
        ),
    ),
    ("http", "basic_auth_user"): (
        Field("login.clear", client=("conversation", "service"), expected=lambda _: ["http-basic"], is_partial=True),
    ),
    # RDP
    ("rdp", "rdp.client.build"): (Field("rdp.client_build"),),
    ("rdp", "rdp.client.name"): (Field("rdp.client_name"),),
    ("rdp", "rdp.negReq.requestedProtocols"): (Field("rdp.requested", expected=rdp_protocols),),
    ("rdp", "rdp.negReq.selectedProtocol"): (Field("rdp.selected", expected=rdp_protocols),),
    ("rdp", "rdp.negFailure.failureCode"): (
        Field(
            "rdp.failure",
            expected=lambda text: [{1: "tls-required", 2: "tls-not-allowed", 3: "no-certificate", 5: "nla-required"}.get(int(text, 16), text)],
        ),
    ),
    # VNC
    ("vnc", "vnc.server_proto_ver"): (Field("vnc.version"),),
    ("vnc", "vnc.client_proto_ver"): (Field("vnc.version"),),
    ("vnc", "vnc.security_type"): (Field("vnc.security_offered", expected=vnc_security),),
    ("vnc", "vnc.client_security_type"): (Field("vnc.security_chosen", client=("service",), expected=vnc_security),),
    # Telnet, FTP
    ("telnet", "prompt"): (
        Field("login.clear", server=("service", "conversation"), expected=lambda _: ["telnet"], skip=password_prompt, is_partial=True),
    ),
    ("ftp", "banner"): (Field("ftp.banner", skip=outer_greeting),),
    ("ftp", "ftp.response.arg"): (Field("ftp.system", skip=system_answer),),
    ("ftp", "cleartext_password"): (
        Field("login.clear", client=("service", "conversation"), expected=lambda _: ["ftp"], skip=named_ftp_user, is_partial=True),
    ),
    ("ftp", "login"): (
        Field("login.accepted", server=("service", "conversation"), expected=lambda _: ["ftp"], skip=named_ftp_user, is_partial=True),
        Field("login.anonymous", server=("service", "conversation"), expected=lambda _: ["ftp"], skip=anonymous_ftp_user, is_partial=True),
    ),
    # DHCP: a client without an address is known by its hardware address
    ("dhcp", "dhcp.option.hostname"): (Field("dhcp.hostname", client=("anywhere",), skip=from_client),),
    ("dhcp", "dhcp.option.vendor_class_id"): (Field("dhcp.vendor_class", client=("anywhere",), skip=from_client),),
    ("dhcp", "dhcp.option.request_list_item"): (Field("dhcp.parameter_list", client=("anywhere",), skip=from_client),),
    ("dhcp", "dhcpv6.vendorclass.data"): (Field("dhcp.vendor_class", client=("anywhere",), skip=from_client),),
    ("dhcp", "dhcp.fqdn.name"): (Field("dhcp.fqdn", client=("anywhere",), skip=from_client),),
    ("dhcp", "dhcp.ip.your"): (Field("dhcp.address", client=("anywhere",), server=("anywhere",), skip=assigned),),
}

#: Fields of the truth for which Laennec has no attribute, and why.
LEFT_OUT: dict[tuple[str, str], str] = {
    ("dicom", "dicom.assoc.version"): "always 1",
    ("rdp", "rdp.rt_cookie"): "a person's user name",
    ("rdp", "rdp.neg_type"): "kind of message: shows in requested, selected or failure",
    ("ftp", "user"): "a person's user name",
    ("http", "http.x_forwarded_for"): "an address of a client beyond a proxy: may be a person's",
    ("tls", "cert.unparsed"): "says that another program could not read the certificate",
    ("dhcp", "dhcp.option.dhcp"): "kind of message, without a value of its own",
    ("dhcp", "dhcp.hw.mac_addr"): "compared with the hardware addresses of devices, see the table of hardware addresses",
    ("name", "dns.ptr.domain_name"): "multicast DNS: a closed list of services and instances is kept",
    ("name", "dns.srv.target"): "multicast DNS: the names of addresses are kept, these only lead to them",
    ("name", "dns.txt"): "multicast DNS: a closed list of keys is kept",
    ("name", "nbns.name"): "mostly the names that are asked for, not the asker's own",
    ("name", "browser.server"): "names of hosts and of work groups alike",
}

#: Hardware addresses that routers share: VRRP (RFC 9568 section 7.3), HSRP, GLBP.
VIRTUAL_ROUTERS = ("00:00:5e:00:01:", "00:00:5e:00:02:", "00:00:0c:07:ac:", "00:00:0c:9f:f", "00:07:b4:00:")

# ---------------------------------------------------------------------------------------------------------------------
# Comparison
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Disagreement:
    """Something that the truth and Laennec do not agree on; the first columns of the list, and the key of exceptions.tsv."""

    capture: str
    kind: str
    endpoint: str
    field: str
    expected: str
    how: str
    ours: str
    frame: int = 0

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        return self.capture, self.kind, self.endpoint, self.field, self.expected


class Exceptions:
    """exceptions.tsv: disagreements whose bytes show who is right."""

    COLUMNS = ("capture", "kind", "endpoint", "field", "expected", "right", "reason")

    def __init__(self, path: Path) -> None:
        self.reasons: dict[tuple[str, ...], dict[str, str]] = {}
        self.used: set[tuple[str, ...]] = set()
        if path.exists():
            for line in read_table(path):
                self.reasons[tuple(line[column] for column in self.COLUMNS[:5])] = line

    def covers(self, disagreement: Disagreement) -> bool:
        """Whether Laennec is right. A line that says that the truth is right explains, but excuses nothing."""
        line = self.reasons.get(disagreement.key)
        if line:
            self.used.add(disagreement.key)
        return bool(line) and line["right"] != "truth"

    def stale(self, captures: Iterable[str]) -> list[tuple[str, ...]]:
        """Lines about these captures that nothing disagrees on any more."""
        known = set(captures)
        return [key for key in self.reasons if key not in self.used and key[0] in known]


@dataclass
class Tally:
    """Counts of one line of a table."""

    rows: int = 0
    found: int = 0
    excepted: int = 0
    counts: collections.Counter = field(default_factory=collections.Counter)

    @property
    def percent(self) -> float:
        """Share of the rows that are found, of those that no exception explains."""
        return percentage(self.found, self.rows - self.excepted)


def names_of(row: Row) -> tuple[str, ...]:
    """What Laennec may call the protocol of a service; nothing where it reads no such protocol."""
    return DATAGRAM_NAMES.get(row.value, ()) if row.transport == "udp" and row.value in DATAGRAM_NAMES else PROTOCOLS.get(row.value, ())


def percentage(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 100.0


def total(tallies: dict[str, Tally]) -> Tally:
    """The sum of a table's lines."""
    whole = Tally()
    for tally in tallies.values():
        whole.rows += tally.rows
        whole.found += tally.found
        whole.excepted += tally.excepted
        whole.counts.update(tally.counts)
    return whole


class Comparison:
    """Compares results with the truth, capture by capture."""

    def __init__(self, exceptions: Exceptions) -> None:
        self.exceptions = exceptions
        #: By Laennec's name, as all the tables of services.
        self.services: dict[str, Tally] = collections.defaultdict(Tally)
        #: Conversations without connection, whose server the truth only guesses: found at either end counts.
        self.datagrams: dict[str, Tally] = collections.defaultdict(Tally)
        #: Servers that are likely ones only: no SYN was seen.
        self.likely: dict[str, Tally] = collections.defaultdict(Tally)
        #: Rows of protocols that Laennec does not read, by tshark's name and transport: sure ones, others.
        self.unread: dict[tuple[str, str], list[int]] = collections.defaultdict(lambda: [0, 0])
        self.fields: dict[tuple[str, str, str], Tally] = collections.defaultdict(Tally)
        self.left_out: collections.Counter = collections.Counter()
        self.hardware: dict[str, Tally] = collections.defaultdict(Tally)
        #: Values that Laennec has of a compared attribute and the truth has nowhere in the capture.
        self.surplus: dict[str, Tally] = collections.defaultdict(Tally)
        self.disagreements: list[tuple[Disagreement, bool]] = []

    def compare(self, truth: Truth, result: Result) -> None:
        self._compare_services(truth, result)
        self._compare_fields(truth, result)
        self._compare_hardware(truth, result)

    def _disagree(self, tally: Tally, disagreement: Disagreement) -> None:
        """Counts a disagreement, as an exception where it is one."""
        is_excepted = self.exceptions.covers(disagreement)
        if is_excepted:
            tally.excepted += 1
        else:
            tally.counts[disagreement.how.split(":")[0]] += 1
        self.disagreements.append((disagreement, is_excepted))

    # Services

    def _compare_services(self, truth: Truth, result: Result) -> None:
        for key, rows in truth.services.items():
            for row in rows:
                if row.value in NAMELESS or row.basis.endswith("/no-payload"):
                    continue
                is_sure = row.basis in SURE
                if row.value not in PROTOCOLS:
                    self.unread[row.value, row.transport][0 if is_sure else 1] += 1
                    continue
                is_datagram = row.transport == "udp"
                tallies = self.datagrams if is_datagram else self.services if is_sure else self.likely
                tally = tallies[names_of(row)[0]]
                tally.rows += 1
                kind = "service" if is_sure or row.value in ("dns", "dhcp") and is_datagram else "likely service"
                self._compare_service(row, key, result, tally, kind)
        self._find_surplus_services(truth, result)

    def _compare_service(self, row: Row, key: tuple[str, int, str], result: Result, tally: Tally, kind: str) -> None:
        wanted = set(names_of(row))
        protocols = result.services.get(key)
        conversed = result.conversed.get(key)
        if wanted & (protocols or set()):
            tally.found += 1
            return
        if wanted & (conversed or set()):
            # Laennec lists a service once the server was seen to answer; the protocol was recognised all the same.
            tally.found += 1
            tally.counts["unanswered"] += 1
            return
        # The data connections of FTP are opened by either side.
        is_guess = row.transport == "udp" or row.value == "ftp-data"
        if is_guess and wanted & result.conversed_by_client.get((row.address, row.transport), set()):
            tally.found += 1
            tally.counts["at the other end"] += 1
            return
        ours = " ".join(sorted((protocols or set()) | (conversed or set())))
        if ours:
            how = "named otherwise"
        elif protocols is not None or conversed is not None:
            how = "missed: the service is there without a protocol"
        else:
            elsewhere = sorted(f"{address} {port}" for (address, port, _), names in result.services.items() if wanted & names)
            how = "missed: no such service" + (f"; {row.value} at {', '.join(elsewhere[:4])}" if elsewhere else "")
        self._disagree(tally, Disagreement(row.capture, kind, row.endpoint, row.value, row.basis, how, ours, row.frame))

    def _find_surplus_services(self, truth: Truth, result: Result) -> None:
        """What Laennec recognises at a server where the truth does not have that protocol."""
        for key, protocols in result.services.items():
            known = {row.value for row in truth.services.get(key, [])}
            accepted = {ours for row in truth.services.get(key, []) for ours in names_of(row)}
            accepted |= {implied for name in known for implied in IMPLIED.get(name, ())}
            if key[2] not in ("tcp", "udp"):
                continue  # the truth has none of these
            if key[2] == "udp" and not known:
                # The truth names one end only, which may be the other one, or the group that was asked.
                accepted |= {ours for other, rows in truth.services.items() for row in rows if other[2] == "udp" for ours in names_of(row)}
            for protocol in sorted(protocols - accepted):
                names = sorted(known)
                others = sorted(truth.second_opinion.get(key, ()))
                if not known:
                    where = "the truth has no such service"
                elif known <= NAMELESS:
                    where = f"the truth says {'/'.join(names)}"
                else:
                    where = f"the truth names it {'/'.join(names)}"
                address, port, transport = key
                tally = (self.datagrams if transport == "udp" else self.services)[protocol]
                self._disagree(
                    tally,
                    Disagreement(
                        truth.capture, "beyond", f"{address} {port}/{transport}", protocol, "-".join(names) or "-",
                        "beyond: " + where + (f"; nDPI: {', '.join(others)}" if others else ""), " ".join(sorted(protocols)),
                    ),
                )
                if self.disagreements[-1][1]:
                    # An exception to precision is none to the share of rows found.
                    tally.excepted -= 1
                    tally.counts["beyond, excepted"] += 1

    # Fields

    def _compare_fields(self, truth: Truth, result: Result) -> None:
        expected_values: dict[Field, list[tuple[str, str]]] = collections.defaultdict(list)
        for row in truth.fields:
            key = row.kind, row.name
            mapped = FIELDS.get(key)
            if mapped is None:
                self.left_out[*key, LEFT_OUT.get(key, "UNKNOWN FIELD: add it to FIELDS or LEFT_OUT")] += 1
                continue
            reasons = []
            is_compared = False
            for item in mapped:
                reason = item.skip(row, truth)
                expected = item.expected(row.value)
                expected_values[item] += [(value, row.value) for value in expected]
                if reason is None and not expected:
                    reason = "nothing to compare in this value"
                if reason is not None:
                    reasons.append(reason)
                    continue
                is_compared = True
                self._compare_field(row, item, expected, result)
            if not is_compared:
                self.left_out[*key, reasons[0]] += 1
        self._find_surplus_values(truth, result, expected_values)

    def _compare_field(self, row: Row, item: Field, expected: list[str], result: Result) -> None:
        tally = self.fields[row.kind, row.name, item.attribute]
        tally.rows += 1
        places = result.places(item.client if row.basis == "client" else item.server, row)
        values = [value for place in places for value in place[item.attribute]]
        missing = [text for text in expected if not any(item.same(text, value.text) for value in values)]
        if not missing:
            tally.found += 1
            # Where the evidence is: tshark names the frame that completes a message, Laennec the one that shows the value.
            first = min(value.frame for value in values for text in expected if item.same(text, value.text))
            tally.counts["later" if first > row.frame > 0 else "same frame" if first == row.frame else "earlier"] += 1
            return
        # A value elsewhere in the capture is a hint to whoever looks into it.
        elsewhere = any(item.same(text, value.text) for text in missing for place in result.everything for value in place[item.attribute])
        how = ("different" if values and not item.is_partial else "missed") + (": it is elsewhere" if elsewhere else "")
        ours = " | ".join(sorted({value.text for value in values})[:8])
        field_name = f"{row.name} = {item.attribute}"
        self._disagree(tally, Disagreement(row.capture, row.kind, row.endpoint, field_name, ",".join(missing), how, ours, row.frame))

    def _find_surplus_values(self, truth: Truth, result: Result, expected_values: dict[Field, list[tuple[str, str]]]) -> None:
        """Values that the truth does not have anywhere in the capture, of attributes that the truth lists completely."""
        by_attribute: dict[str, list[tuple[Field, str]]] = collections.defaultdict(list)
        for item, values in expected_values.items():
            by_attribute[item.attribute] += [(item, value) for value, _ in values]
        attributes = {item.attribute for items in FIELDS.values() for item in items if not item.is_partial}
        # What the truth cut at 400 characters is no complete list.
        cut = {item.attribute for item, values in expected_values.items() if any(len(whole) >= 400 for _, whole in values)}
        for attribute in sorted(attributes - cut):
            ours = sorted({value.text for place in result.everything for value in place[attribute]})
            tally = self.surplus[attribute]
            tally.rows += len(ours)
            for text in ours:
                if any(item.same(value, text) for item, value in by_attribute[attribute]):
                    tally.found += 1
                else:
                    self._disagree(
                        tally, Disagreement(truth.capture, "surplus", "-", attribute, "-", "surplus: not in the truth of this capture", text)
                    )

    # Hardware addresses

    def _compare_hardware(self, truth: Truth, result: Result) -> None:
        """Compares the hardware address of each IP address, by what a fair judge could expect.

        The truth names the sender of the frame, which is a router for everything that comes from beyond one. Laennec gives a
        router's hardware address to nobody else on purpose. So the rows are told apart by how many addresses share it:
        `own` where an address and a hardware address belong to one another alone, `several` where one hardware address
        speaks for several addresses (a router, or a host with several), `contested` where an address has several.
        """
        # Any number of link-local addresses and any number in one /64 are one interface's.
        places: dict[str, set] = collections.defaultdict(set)
        rows = []
        for address, lines in truth.macs.items():
            try:
                parsed = ipaddress.ip_address(address)
            except ValueError:
                continue
            if parsed.is_unspecified or parsed.is_loopback or parsed.is_multicast or address == "255.255.255.255":
                continue
            for row in lines:
                if int(row.value[:2], 16) & 1 or row.value == "00:00:00:00:00:00" or row.value.startswith(VIRTUAL_ROUTERS):
                    self.left_out["host", "mac", "a group address, a virtual router's or none as sender: nobody's own"] += 1
                    continue
                rows.append((row, parsed))
                if not parsed.is_link_local:
                    places[row.value].add(parsed if parsed.version == 4 else int(parsed) >> 64)
        for row, parsed in rows:
            claimants = {line.value for line in truth.macs[row.address]}
            v4 = sum(1 for place in places[row.value] if not isinstance(place, int))
            v6 = len(places[row.value]) - v4
            group = "contested" if len(claimants) > 1 else "several" if v4 > 1 or v6 > 1 else "own"
            tally = self.hardware[group]
            tally.rows += 1
            ours = result.macs_of.get(row.address)
            if ours and row.value in ours:
                tally.found += 1
            elif group == "own":
                if ours:
                    how = "different"
                else:
                    how = "missed: the address has none" if ours is not None else "missed: no such address"
                self._disagree(tally, Disagreement(row.capture, "host", row.address, "mac", row.value, how, " ".join(sorted(ours or ())), row.frame))
            else:
                tally.counts["not attributed"] += 1
        # DHCP clients are known by nothing but their hardware address.
        for row in truth.rows("dhcp", "dhcp.hw.mac_addr"):
            if row.basis != "client" or int(row.value[:2], 16) & 1 or row.value == "00:00:00:00:00:00":
                continue
            tally = self.hardware["dhcp client"]
            tally.rows += 1
            if row.value in result.macs:
                tally.found += 1
            else:
                self._disagree(tally, Disagreement(row.capture, "host", row.endpoint, "dhcp.hw.mac_addr", row.value, "missed", "", row.frame))


# ---------------------------------------------------------------------------------------------------------------------
# Report
# ---------------------------------------------------------------------------------------------------------------------


def print_table(title: str, header: list[str], lines: list[list[object]]) -> None:
    cells = [header] + [[f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in line] for line in lines]
    widths = [max(len(line[column]) for line in cells) for column in range(len(header))]
    print(f"\n{title}")
    for line in cells:
        print("  " + "  ".join(cell.ljust(width) if cell[:1].isalpha() else cell.rjust(width) for cell, width in zip(line, widths)).rstrip())


def report_services(comparison: Comparison) -> None:
    counted = ("missed", "named otherwise", "unanswered", "at the other end", "beyond", "beyond, excepted")
    for title, tallies in (
        ("Services over TCP whose server side is sure (the SYN or the SYN-ACK was seen)", comparison.services),
        ("Services over UDP, at either end (the truth only guesses which is the server)", comparison.datagrams),
        ("Services over TCP whose server side is likely only (conversations that began before the capture)", comparison.likely),
    ):
        lines = [
            [name, t.rows, t.found, t.percent, t.excepted, *(t.counts[what] for what in counted)]
            for name, t in sorted(tallies.items(), key=lambda item: (-item[1].rows, item[0]))
        ]
        whole = total(tallies)
        lines.append(["all", whole.rows, whole.found, whole.percent, whole.excepted, *(whole.counts[what] for what in counted)])
        print_table(title, ["protocol", "rows", "found", "%", "excepted", *counted], lines)
    print_table(
        "Protocols of the truth that Laennec does not read (rows whose server side is sure, others)",
        ["protocol", "over", "sure", "others"],
        [[*key, *counts] for key, counts in sorted(comparison.unread.items(), key=lambda item: (-sum(item[1]), item[0]))],
    )
    whole = total(comparison.services)
    unread = sum(sure for sure, _ in comparison.unread.values())
    considered = whole.rows - whole.excepted
    print(
        f"\nServices whose server side is sure: {whole.found} of {considered} found of the protocols that Laennec reads"
        f" ({percentage(whole.found, considered):.1f} %), of {considered + unread} of all protocols"
        f" ({percentage(whole.found, considered + unread):.1f} %)"
    )


def report(comparison: Comparison) -> None:
    report_services(comparison)
    lines = []
    for kind in KINDS:
        tallies = [(key, t) for key, t in comparison.fields.items() if key[0] == kind]
        for (_, name, attribute), t in sorted(tallies, key=lambda item: item[0]):
            lines.append(
                [kind, name, attribute, t.rows, t.found, t.percent, t.counts["missed"], t.counts["different"], t.excepted,
                 t.counts["same frame"], t.counts["later"]]
            )
    print_table(
        "Fields (same frame, later: where the evidence is, compared with the truth's first frame)",
        ["kind", "field of the truth", "attribute", "rows", "found", "%", "missed", "different", "excepted", "same frame", "later"],
        lines,
    )
    print_table(
        "Fields by kind",
        ["kind", "rows", "found", "%", "excepted"],
        [[kind, t.rows, t.found, t.percent, t.excepted] for kind, t in fields_by_kind(comparison).items()],
    )
    print_table(
        "Hardware addresses (own: one address, one hardware address; several: shared by addresses, mostly a router's)",
        ["group", "rows", "found", "%", "missed", "different", "excepted", "not attributed"],
        [
            [name, t.rows, t.found, t.percent, t.counts["missed"], t.counts["different"], t.excepted, t.counts["not attributed"]]
            for name, t in sorted(comparison.hardware.items())
        ],
    )
    print_table(
        "Values of Laennec that the truth of the capture does not have",
        ["attribute", "values", "in the truth", "surplus", "excepted"],
        [[name, t.rows, t.found, t.counts["surplus"], t.excepted] for name, t in sorted(comparison.surplus.items()) if t.rows],
    )
    print_table(
        "Fields of the truth that are not compared",
        ["kind", "field", "rows", "why"],
        [[kind, name, count, why] for (kind, name, why), count in sorted(comparison.left_out.items())],
    )


def fields_by_kind(comparison: Comparison) -> dict[str, Tally]:
    sums: dict[str, Tally] = {}
    for kind in KINDS:
        for key, tally in comparison.fields.items():
            if key[0] == kind:
                total = sums.setdefault(kind, Tally())
                total.rows += tally.rows
                total.found += tally.found
                total.excepted += tally.excepted
    return sums


def write_disagreements(path: Path, comparison: Comparison, exceptions: Exceptions) -> None:
    with path.open("w", encoding="utf-8", errors="surrogateescape") as lines:
        print("capture", "kind", "endpoint", "field", "expected", "how", "ours", "frame", "right", "reason", sep="\t", file=lines)
        for disagreement, _ in sorted(comparison.disagreements, key=lambda item: (item[0].kind, item[0].field, item[0].key)):
            line = exceptions.reasons.get(disagreement.key, {})
            texts = [
                *disagreement.key, disagreement.how, disagreement.ours, str(disagreement.frame), line.get("right", ""), line.get("reason", ""),
            ]
            print(*(re.sub(r"[\t\r\n]", " ", text) for text in texts), sep="\t", file=lines)


def compare_devices(truths: dict[str, Truth], runs: list[Run], options: argparse.Namespace) -> tuple[devices.DeviceComparison, list[Run]]:
    """Holds the devices of these captures and of the project's own against what is known of them."""
    vocabulary = devices.Vocabulary(options.signatures / "vocabulary")
    known = devices.read_devices(options.devices)
    comparison = devices.DeviceComparison(vocabulary)
    for finished in runs:
        if finished.result is not None:
            is_medical = any(truths[finished.capture].rows(kind, "dicom.pdu.type" if kind == "dicom" else "MSH-9") for kind in ("dicom", "hl7", "hl7raw"))
            comparison.compare(finished.capture, known.get(finished.capture, []), finished.result.report, is_medical)
    own, problems = devices.read_own(options.own, known, vocabulary)
    if options.only:
        own = {path: found for path, found in own.items() if any(part in f"own/{path.name}" for part in options.only)}
    with ThreadPoolExecutor(options.parallel) as pool:
        own_runs = list(pool.map(lambda path: run(options.laennec, path.parent, path.name, options.timeout), own))
    for finished, (path, found) in zip(own_runs, own.items()):
        if finished.result is not None:
            comparison.compare(f"own/{path.stem}", found, finished.result.report, True)
    for capture in sorted(set(known) - {finished.capture for finished in runs}):
        if not capture.startswith("own/") and not options.only:
            problems.append(f"devices.tsv names {capture}, which was not scanned")
    for problem in problems:
        print("truth not understood:", problem)
    return comparison, own_runs


def report_devices(comparison: devices.DeviceComparison, is_complete: bool) -> None:
    header, lines = comparison.lines()
    print_table("Devices (shown: the wire shows it; right: the best value is right)", header, lines)
    print_table(
        f"Wrong claims about devices, from {devices.LISTED} % on",
        ["capture", "device", "field", "ours", "%", "truth", "signatures"],
        [[w.capture, w.device, w.field, w.ours, w.confidence, w.truth, w.signatures] for w in comparison.wrong],
    )
    print_table(
        f"Medical claims where no medical device is, from {devices.LISTED} % on ({comparison.judged_assets} assets looked at)",
        ["capture", "asset", "ours", "%", "signatures"],
        [[w.capture, w.device, w.ours, w.confidence, w.signatures] for w in comparison.strangers],
    )
    if is_complete:
        print_table(
            "Facts about devices that the wire shows and that were not concluded",
            ["capture", "device", "field", "truth", "ours"],
            [[m.capture, m.device, m.field, m.truth, m.ours] for m in comparison.missing],
        )


def failures(comparison: Comparison, runs: list[Run], options: argparse.Namespace) -> list[str]:
    """Why the measurement is not passed."""
    found = [f"{run.outcome}: {run.capture} ({run.detail})" for run in runs if run.outcome != "done"]
    kinds = fields_by_kind(comparison)
    if options.minimum is not None:
        for what, tallies in (("services", comparison.services), ("fields", kinds), ("hardware addresses", {"own": comparison.hardware["own"]})):
            found += [
                f"{what} of {name}: {t.percent:.1f} % found, less than {options.minimum:g} %"
                for name, t in tallies.items()
                if t.rows and t.percent < options.minimum
            ]
    for kind in options.complete:
        for what, tallies in (("services", comparison.services), ("fields", kinds)):
            if kind in tallies and tallies[kind].percent < 100:
                found.append(f"{what} of {kind}: {tallies[kind].percent:.1f} % found, not all")
    if options.minimum_services is not None:
        whole = total(comparison.services)
        if whole.percent < options.minimum_services:
            found.append(f"all services: {whole.percent:.1f} % found, less than {options.minimum_services:g} %")
    if options.maximum_beyond is not None:
        beyond = sum(t.counts["beyond"] for tallies in (comparison.services, comparison.datagrams) for t in tallies.values())
        if beyond > options.maximum_beyond:
            found.append(f"{beyond} services beyond the truth, more than {options.maximum_beyond}")
    return found


def main() -> int:
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description="Compares what Laennec recognises in captures with what is known to be in them.")
    parser.add_argument("--captures", type=Path, required=True, metavar="FOLDER", help="folder with index.tsv, truth.tsv and the captures")
    parser.add_argument("--laennec", type=Path, default=Path(".build/release/laennec"), metavar="BINARY")
    parser.add_argument("--exceptions", type=Path, default=here / "exceptions.tsv", metavar="FILE")
    parser.add_argument("--devices", type=Path, default=here / "devices.tsv", metavar="FILE", help="known devices")
    parser.add_argument("--own", type=Path, default=here.parent / "Captures", metavar="FOLDER", help="the project's own captures")
    parser.add_argument("--signatures", type=Path, default=here.parent.parent / "Signatures", metavar="FOLDER", help="for its vocabulary")
    parser.add_argument("--missing", action="store_true", help="also list what the wire shows of devices and was not concluded")
    parser.add_argument("--disagreements", type=Path, metavar="FILE", help="write every disagreement to this file, tab-separated")
    parser.add_argument("--minimum", type=float, metavar="PERCENT", help="least share found, of services by protocol and fields by kind")
    parser.add_argument("--minimum-services", type=float, metavar="PERCENT", help="least share found of all services that are read")
    parser.add_argument("--complete", nargs="*", default=[], metavar="KIND", help="protocols and kinds of which all has to be found")
    parser.add_argument("--maximum-beyond", type=int, metavar="COUNT", help="most services that may be reported beyond the truth")
    parser.add_argument("--only", nargs="*", default=[], metavar="TEXT", help="only captures whose path contains one of these")
    parser.add_argument("--parallel", type=int, default=2, choices=(1, 2), help="scans at the same time")
    parser.add_argument("--timeout", type=float, default=60, metavar="SECONDS", help="after which a scan counts as hung")
    options = parser.parse_args()
    if not options.laennec.is_file():
        parser.error(f"{options.laennec} is not there: build it, or say where it is with --laennec")
    if not (options.captures / "truth.tsv").is_file() or not (options.captures / "index.tsv").is_file():
        parser.error(f"{options.captures} has no truth.tsv and index.tsv")

    truths, unreadable = read_truth(options.captures, options.only)
    exceptions = Exceptions(options.exceptions)
    comparison = Comparison(exceptions)
    with ThreadPoolExecutor(options.parallel) as pool:
        runs = list(pool.map(lambda capture: run(options.laennec, options.captures, capture, options.timeout), truths))
    for finished in runs:
        if finished.result is not None:
            comparison.compare(truths[finished.capture], finished.result)

    outcomes = collections.Counter(finished.outcome for finished in runs)
    print(f"{len(runs)} captures:", ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))
    if unreadable:
        print("not scanned, neither pcap nor pcapng:", ", ".join(unreadable))
    slowest = sorted(runs, key=lambda finished: -finished.seconds)[:5]
    print("slowest:", ", ".join(f"{finished.capture} {finished.seconds:.1f} s" for finished in slowest))
    report(comparison)
    device_comparison, own_runs = compare_devices(truths, runs, options)
    report_devices(device_comparison, options.missing)
    excepted = sum(is_excepted for _, is_excepted in comparison.disagreements)
    print(f"\n{len(comparison.disagreements)} disagreements, {excepted} of them exceptions")
    if options.disagreements:
        write_disagreements(options.disagreements, comparison, exceptions)
    for key in exceptions.stale(truths):
        print("exception without a disagreement:", " | ".join(key))
    problems = failures(comparison, runs + own_runs, options) + device_comparison.failures()
    for problem in problems:
        print("FAILED", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
