"""Checks every claim of an expected.json against the bytes of its capture, with tshark and without it.

    python3 check.py             all captures
    python3 check.py NAME…       some of them

- every canary is in the file's bytes (`canaries`), or in the bytes of one direction of one TCP stream when frames cut
  it (`canaries_split`); `canaries_hidden` (encrypted or hashed on the wire) are in neither;
- every `proof` (a tshark display filter) selects at least one frame, every `absent` none;
- every TCP service has answered a SYN, unless the truth says `"handshake": false`; every port that answered a SYN is named;
- a device's address is carried by its MAC, unless it is marked `"routed": true`; every address that speaks is named;
- names, versions, serial numbers, banners and titles are in the bytes; DICOM's AE titles and implementations are in the
  association of the side that is said to have them; a TLS certificate's fingerprint is that of one on the wire;
- no truth contains a canary; all checksums are right; nothing of the recording machine shows in the bytes.
"""
import collections
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

CAPTURES = pathlib.Path(__file__).resolve().parent.parent


def tshark(path, *arguments):
    done = subprocess.run(["tshark", "-n", "-r", str(path), *arguments], capture_output=True, text=True, errors="replace")
    if done.returncode and "cut short" not in done.stderr:
        raise RuntimeError(f"tshark {arguments}: {done.stderr}")
    return done.stdout


def counts(path, filters, options=()):
    """How many frames each display filter selects, by one pass of tshark."""
    result = {}
    filters = list(dict.fromkeys(filters))
    for start in range(0, len(filters), 30):
        group = filters[start:start + 30]
        # io,stat separates its filters by commas: write {a, b} sets as spaces instead.
        statistic = "io,stat,0," + ",".join(f.replace(", ", " ").replace(",", " ") for f in group)
        lines = [l for l in tshark(path, *options, "-q", "-z", statistic).splitlines() if "<>" in l]
        if len(lines) != 1:
            raise RuntimeError(f"tshark gave no count for {group}")
        numbers = [c.strip() for c in lines[0].split("|")[2:] if c.strip()]
        for index, f in enumerate(group):
            result[f] = int(numbers[2 * index])
    return result


# What these keys say must be in the bytes as it is written here.
LITERAL = {"called_ae", "calling_ae", "ae_title", "implementation_class_uid", "implementation_version", "server_banner", "banner", "server", "powered_by", "title",
           "basic_realm", "user_agent", "user_agents", "model", "serial", "station_name", "institution", "dhcp_vendor_class", "sending_application", "sending_facility",
           "sending_application_eui64", "answering_application", "answering_facility", "software_vendor", "software_version", "software_product", "sni", "desktop_name",
           "sys_descr", "sys_name", "udi_di", "eui64", "lot", "kex_algorithms", "ciphers", "macs", "host_key_types", "profile", "sop_classes"}


def literals(item):
    """(key, text) for every value that must be in the bytes."""
    for key, value in item.items():
        if key in LITERAL:
            for text in value if isinstance(value, list) else [value]:
                yield key, text
        elif isinstance(value, dict):
            yield from literals(value)
        elif isinstance(value, list):
            for entry in value:
                if isinstance(entry, dict):
                    yield from literals(entry)
    if "maker" in item and "model" in item:
        yield "maker", item["maker"]


def associations(item):
    """Display filters that prove what is said of the two sides of a DICOM service."""
    fields, side = item["fields"], f"ip.addr == {item['address']} && tcp.port == {item['port']}"
    if "implementation_version" in fields:
        own = f"ip.src == {item['address']} && tcp.srcport == {item['port']} && dicom.pdu.type == 2"
        yield f'{own} && dicom.userinfo.version == "{fields["implementation_version"]}" && dicom.userinfo.uid == "{fields["implementation_class_uid"]}"'
    for client in fields.get("clients", []):
        request = f'{side} && ip.src == {client["address"]} && dicom.pdu.type == 1 && dicom.assoc.ae.calling contains "{client["calling_ae"]}"'
        if "implementation_version" in client:
            request += f' && dicom.userinfo.version == "{client["implementation_version"]}"'
        yield request


def streams(path):
    """The bytes of each direction of each TCP stream, as far as tshark puts them in order."""
    sides = collections.defaultdict(lambda: collections.defaultdict(bytes))
    for line in tshark(path, "-Y", "tcp.len > 0", "-T", "fields", "-e", "tcp.stream", "-e", "ip.src", "-e", "tcp.srcport",
                       "-e", "tcp.seq_raw", "-e", "tcp.payload", "-E", "occurrence=f").splitlines():
        stream, source, port, sequence, payload = line.split("\t")
        sides[(stream, source, port)][int(sequence)] = bytes.fromhex(payload)
    return [b"".join(parts[s] for s in sorted(parts)) for parts in sides.values()]


def certificates(path, options):
    """SHA-256 of every TLS certificate tshark finds; 3389 carries TLS after RDP's own beginning, 21 after AUTH."""
    found = set()
    for port in (None, "tcp.port==3389,tls", "tcp.port==21,tls"):
        for line in tshark(path, *options, *(("-d", port) if port else ()), "-Y", "tls.handshake.certificate", "-T", "fields",
                           "-e", "tls.handshake.certificate").splitlines():
            found |= {hashlib.sha256(bytes.fromhex(c.replace(":", ""))).hexdigest() for c in line.split(",") if c}
    return found


def verify(path, truth):
    problems, notes = [], []
    raw = pathlib.Path(path).read_bytes()
    joined = None
    bad = tshark(path, "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-Y",
                 "tcp.checksum.status == 0 || udp.checksum.status == 0", "-T", "fields", "-e", "frame.number").split()
    if bad:
        problems.append(f"{len(bad)} frames with a wrong checksum, first {bad[0]}")
    for canary in truth["canaries"]:
        if canary.encode() not in raw and canary.encode("latin-1", "replace") not in raw:
            problems.append(f"canary not in the bytes: {canary}")
    if truth.get("canaries_split"):
        joined = streams(path)
        for canary in truth["canaries_split"]:
            if not any(canary.encode() in s for s in joined):
                problems.append(f"split canary not in any stream: {canary}")
            if canary.encode() in raw:
                problems.append(f"split canary is whole in the file: {canary}")
    for canary in truth.get("canaries_hidden", []):
        joined = joined or streams(path)
        if canary.encode() in raw or any(canary.encode() in s for s in joined):
            problems.append(f"hidden canary is in clear: {canary}")

    secrets = truth["canaries"] + truth.get("canaries_split", []) + truth.get("canaries_hidden", [])
    for item in truth["services"] + truth["devices"] + truth["findings"] + truth["decoys"]:
        said = json.dumps({k: v for k, v in item.items() if k not in ("proof", "absent")}, ensure_ascii=False)
        for canary in secrets:
            if canary in said:
                problems.append(f"a canary is in what a scanner should find: {canary}: {said}")

    text = None
    for item in truth["services"] + truth["devices"] + truth.get("device_behind", []):
        for key, value in literals(item):
            if value.encode() in raw or value.encode("latin-1", "replace") in raw:
                continue
            joined = joined or streams(path)
            text = text or b"\n".join(joined)
            if value.encode() not in text:
                problems.append(f"not in the bytes: {key} {value}")

    options = [o for decode in truth.get("decode_as", []) for o in ("-d", decode)]
    proofs, absents = {}, {}
    for item in truth["services"]:
        if item["protocol"] == "dicom":
            proofs |= dict.fromkeys(associations(item), item)
    claimed = [c["sha256"] for item in truth["services"] for c in (item["fields"].get("certificate"), item["fields"].get("client_certificate")) if c]
    if claimed:
        seen = certificates(path, options)
        problems += [f"certificate not on the wire: {c}" for c in claimed if c not in seen]
    for item in truth["services"] + truth["findings"] + truth["decoys"]:
        if "proof" in item:
            proofs[item["proof"]] = item
        if "absent" in item:
            absents[item["absent"]] = item
    found = counts(path, list(proofs) + list(absents), options) if proofs or absents else {}
    problems += [f"proof selects nothing: {f}" for f in proofs if found[f] == 0]
    problems += [f"absent selects {found[f]} frames: {f}" for f in absents if found[f] != 0]

    answered = {tuple(line.split("\t")) for line in tshark(
        path, "-Y", "tcp.flags.syn == 1 && tcp.flags.ack == 1", "-T", "fields", "-e", "ip.src", "-e", "ipv6.src",
        "-e", "tcp.srcport", "-E", "occurrence=f").splitlines()}
    answered = {(v4 or v6, port) for v4, v6, port in answered}
    named = set()
    for item in truth["services"]:
        if item["transport"] == "tcp":
            key = (item["address"], str(item["port"]))
            named.add(key)
            if item.get("handshake", True) and key not in answered:
                problems.append(f"no SYN-ACK from {key}")
    for item in truth["decoys"]:
        if "port" in item:
            named.add((item["address"], str(item["port"])))
    problems += [f"unplanned port: {key}" for key in sorted(answered - named)]

    carried = collections.defaultdict(set)
    for line in tshark(path, "-Y", "ip || arp || ipv6", "-T", "fields", "-e", "eth.src", "-e", "ip.src", "-e", "ipv6.src",
                       "-e", "arp.src.proto_ipv4", "-E", "occurrence=f").splitlines():
        mac, v4, v6, arp = (line.split("\t") + ["", "", ""])[:4]
        carried[v4 or v6 or arp].add(mac)
    for item in truth["devices"]:
        seen = carried.get(item["address"], set())
        if not item.get("routed") and not item.get("silent") and item["mac"] not in seen:
            problems.append(f"{item['address']} is not carried by {item['mac']}: {sorted(seen)}")
    known = {item["address"] for item in truth["devices"]}
    unnamed = {a for a in carried if a and a not in known and a not in ("0.0.0.0", "::")}
    if unnamed:
        problems.append(f"addresses without a device: {sorted(unnamed)}")
    for needle in (tempfile.gettempdir().encode() + b"/", b"laennec-lab", os.uname().release.encode()):
        if needle in raw:
            problems.append(f"the recording machine shows in the bytes: {needle!r}")
    notes.append(f"{len(truth['canaries'])} canaries, {len(proofs)} proofs, {len(absents)} absences, "
                 f"{len(answered)} ports answered, {len(truth['devices'])} devices")
    return problems, notes


def main():
    names = sys.argv[1:] or sorted(p.name.removesuffix(".expected.json") for p in CAPTURES.glob("*.expected.json"))
    failed = 0
    for name in names:
        path = next(p for suffix in (".pcap", ".pcapng") if (p := CAPTURES / (name + suffix)).exists())
        problems, notes = verify(path, json.loads((CAPTURES / f"{name}.expected.json").read_text()))
        print(f"{'FAIL' if problems else 'ok  '} {path.name}: {'; '.join(problems or notes)}")
        failed += bool(problems)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
