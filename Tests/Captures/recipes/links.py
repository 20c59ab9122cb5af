"""The same services on other links: IPv6, VLAN, QinQ, one address in two VLANs.  python3 links.py [NAME…]

Kernels without 802.1Q can still record: the tags are put into recorded frames afterwards, byte for byte as a switch would.
"""
import ipaddress
import pathlib
import struct

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "nginx-light", "curl", "dcmtk", "socat")
lab.need_pip("hl7")

import dicom
import hl7_v2
import messages
import web
from lab import PYTHON, Lab, choose, debian, decoy, device, finding, publish, pypi, service, truth


def link_local(mac):
    b = bytes.fromhex(mac.replace(":", ""))
    return str(ipaddress.IPv6Address(b"\xfe\x80" + bytes(6) + bytes([b[0] ^ 2]) + b[1:3] + b"\xff\xfe" + b[3:]))


def ipv6():
    """A web console and HL7 over IPv6, with neighbour discovery."""
    console, post = ("fd28:10::29", "00:0f:14:20:08:29"), ("fd28:10::32", "34:e6:d7:20:08:32")
    with Lab() as l:
        s, a = l.host("moniteur", None, console[1]), l.host("poste", None, post[1])
        web.nginx(s, "server { listen [::]:80; add_header X-Powered-By BeneVision; location / { return 200 '<html><title>Moniteur BeneVision N17 LNC</title></html>'; } }", 80)
        answer = messages.frame(messages.message("MSH|^~\\&|EAI|CHSA|||20261121100000||ACK|1|P|2.5", "MSA|AA|V60001"))
        script = s.write("answer.py", f"import sys; sys.stdin.buffer.read1(9999); sys.stdout.buffer.write({answer!r})")
        s.spawn(["socat", "TCP6-LISTEN:2575,reuseaddr,fork,ipv6only=1", f"EXEC:{PYTHON} {script}"], 2575)
        message = a.write("adt.hl7", messages.frame(messages.adt("V60001")))
        with l.record("ipv6") as c:
            for host, place in ((s, console), (a, post)):
                host.sysctl("net.ipv6.conf.eth0.disable_ipv6=0")
                host.ip(f"-6 addr add {place[0]}/64 dev eth0")
            lab.time.sleep(3)        # duplicate address detection
            a.run(["curl", "-sS", "-u", "canaryuser:CanaryPwd!42", f"http://[{console[0]}]/?nom=ZZCANARYQUERY"])
            a.run(["sh", "-c", f"cat {message} | socat -t 2 - TCP6:[{console[0]}]:2575"])
        c.publish(truth("A monitor's web console and an HL7 listener over IPv6, from duplicate address detection on.", [debian("nginx-light"), debian("curl"), debian("socat")],
                        [service(console[0], 80, "http", f"ipv6.src == {console[0]} && http.response", server=web.NGINX, title="Moniteur BeneVision N17 LNC", powered_by="BeneVision",
                                 clients=[{"address": post[0], "user_agent": web.CURL}]),
                         service(console[0], 2575, "hl7", f'ipv6.src == {console[0]} && tcp contains "MSA|AA"', **hl7_v2.ENGINE, message_types=["ADT^A01"],
                                 clients=[{"address": post[0], "sending_application": "GAM", "sending_facility": "CHSA", **hl7_v2.SFT}])],
                        [device(*console, name="moniteur"), device(*post), device(link_local(console[1]), console[1]), device(link_local(post[1]), post[1])],
                        [finding("HTTP Basic password in clear", console[0], 80, proof="ipv6 && http.authorization"),
                         finding("HL7 in clear", console[0], 2575, proof='ipv6 && tcp contains "ADT^A01"')],
                        [decoy("four machines", "each machine has a link-local and a unique local address on one MAC address", proof="icmpv6.type == 135")],
                        messages.ADT_CANARIES + [web.lab_base64("canaryuser:CanaryPwd!42"), "ZZCANARYQUERY"], canaries_hidden=["CanaryPwd!42"], decode_as=["tcp.port==2575,hl7"]))


def records(path):
    """(seconds, microseconds, frame) of a little-endian microsecond pcap."""
    data = pathlib.Path(path).read_bytes()
    assert data[:4] == b"\xd4\xc3\xb2\xa1"
    at = 24
    while at < len(data):
        s, us, captured, _ = struct.unpack_from("<IIII", data, at)
        yield s, us, data[at + 16:at + 16 + captured]
        at += 16 + captured


def write(path, rows):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for s, us, frame in rows:
            out.write(struct.pack("<IIII", s, us, len(frame), len(frame)) + frame)


def tag(frame, *tags):
    """The frame with VLAN tags put behind its addresses: (ethertype, VLAN id), the outer one first."""
    return frame[:12] + b"".join(struct.pack(">HH", *t) for t in tags) + frame[12:]


def vlan_overlap():
    """One address in two VLANs: an archive in VLAN 28, an interface engine in VLAN 30; and the archive again in QinQ 100/28."""
    address, client = "192.168.1.10", "192.168.1.20"
    archive, ct, engine, his = "90:1b:0e:20:09:0a", "d8:9e:f3:20:09:14", "3c:52:82:20:09:0a", "34:e6:d7:20:09:14"
    with Lab() as l:
        s, a = l.host("pacs", address + "/24", archive), l.host("ct", client + "/24", ct)
        s.spawn(f"dcmqrscp -c {dicom.qrscp(s, 104)}", 104)
        with l.record("one") as one:
            a.run(f"echoscu -aet CT1 -aec PACS {address} 104")
        first = list(records(one.path))
    with Lab() as l:
        s, a = l.host("eai", address + "/24", engine), l.host("his", client + "/24", his)
        s.spawn(f"{hl7_v2.PEER} serve 2575", 2575)
        name = a.write("m.hl7", messages.adt("VLAN001"))
        with l.record("two") as two:
            a.run(f"{hl7_v2.PEER} send {address} 2575 {name}")
        second = list(records(two.path))
        rows = [(s_, u, tag(f, (0x8100, 28))) for s_, u, f in first] + [(s_, u, tag(f, (0x8100, 30))) for s_, u, f in second]
        shift = second[-1][0] + 2 - first[0][0]
        rows += [(s_ + shift, u, tag(f, (0x88A8, 100), (0x8100, 28))) for s_, u, f in first]
        path = l.folder / "vlan-overlap.pcap"
        write(path, rows)
        publish("vlan-overlap", path, truth(
            "The same two addresses in VLAN 28 (a C-ECHO), in VLAN 30 (HL7, other machines) and the first again in QinQ 100/28 (802.1ad). The tags were put into recorded frames.",
            [debian("dcmtk"), pypi("hl7")],
            [service(address, 104, "dicom", 'vlan.id == 28 && dicom.pdu.type == 2', called_ae="PACS", **dicom.DCMTK, operations=["C-ECHO"], vlans=["28", "100/28"],
                     clients=[{"address": client, "calling_ae": "CT1", **dicom.DCMTK}]),
             service(address, 2575, "hl7", 'vlan.id == 30 && tcp contains "MSA|AA|VLAN001"', **hl7_v2.ENGINE, vlans=["30"],
                     clients=[{"address": client, "sending_application": "GAM", "sending_facility": "CHSA", **hl7_v2.SFT}])],
            [device(address, archive, ae_title="PACS", vlan=28), device(client, ct, ae_title="CT1", vlan=28), device(address, engine, vlan=30), device(client, his, vlan=30)],
            [finding("DICOM in clear", address, 104, proof="vlan.id == 28 && dicom.pdu.type == 1"), finding("HL7 in clear", address, 2575, proof='vlan.id == 30 && tcp contains "ADT^A01"')],
            [decoy(f"{address} is one machine with DICOM and HL7, or an address conflict", "VLAN 28 and VLAN 30 are two networks that use the same addresses", address,
                   absent="vlan.id == 30 && tcp.port == 104")],
            messages.ADT_CANARIES, decode_as=["tcp.port==2575,hl7"]))


if __name__ == "__main__":
    choose(ipv6, vlan_overlap)
