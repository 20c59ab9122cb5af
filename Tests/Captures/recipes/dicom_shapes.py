"""Measures the shapes of association requests (dicom.shape) that programs send, for Signatures/registries/dicom-shapes.tsv.

    python3 dicom_shapes.py     prints: shape, contexts, maximum PDU, implementation version, command

A listener on the loopback interface takes each request and refuses it. Needs dcmtk, libgdcm-tools and pynetdicom; other
programs can be pointed at port 31112 while it runs with --wait.
"""
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

import datasets

PORT = 31112
KEYS = "-k QueryRetrieveLevel=STUDY -k PatientID="
COMMANDS = [
    "echoscu {to}", "echoscu -ppc 2 {to}", "echoscu -pdu 65536 {to}", f"findscu -W {KEYS} {{to}}", f"findscu -S {KEYS} {{to}}", f"findscu -P {KEYS} {{to}}",
    f"findscu -O {KEYS} {{to}}", f"findscu -S -xi {KEYS} {{to}}", f"movescu -S -aem X {KEYS} {{to}}", f"movescu -P -aem X {KEYS} {{to}}", f"getscu -S {KEYS} {{to}}",
    f"getscu -P {KEYS} {{to}}", "storescu {to} ct.dcm", "storescu {to} us.dcm", "storescu -xs {to} us.dcm", "storescu -xr {to} us.dcm", "storescu -xi {to} us.dcm",
    "storescu -xv {to} us.dcm", "storescu -R {to} us.dcm", "dcmsend {to} us.dcm", "gdcmscu --echo --call X {to}",
    "gdcmscu --find --studyroot --study --key 10,20=x --call X {to}", "gdcmscu --store --call X -i us.dcm {to}", "{python} -m pynetdicom echoscu {to}",
    "{python} -m pynetdicom findscu {to} -S -k PatientID=", "{python} -m pynetdicom movescu {to} -S -k PatientID=",
    "{python} -m pynetdicom getscu {to} -S -k PatientID=", "{python} -m pynetdicom storescu {to} us.dcm",
]


def items(data):
    offset = 0
    while offset + 4 <= len(data):
        length = struct.unpack(">H", data[offset + 2:offset + 4])[0]
        yield data[offset], data[offset + 4:offset + 4 + length]
        offset += 4 + length


def shape(pdu):
    """As AssociationShape in Sources/Dissectors/Medical/DICOM/Association.swift."""
    value, contexts, maximum, version = 0xCBF2_9CE4_8422_2325, 0, 0, ""

    def add(data):
        nonlocal value
        for byte in data:
            value = (value ^ byte) * 0x0000_0100_0000_01B3 & 0xFFFF_FFFF_FFFF_FFFF

    for code, content in items(pdu[74:]):
        if code == 0x20:
            contexts += 1
            add([code])
            for inner, uid in items(content[4:]):
                add([inner])
                add(uid.rstrip(b"\0 "))
        elif code == 0x50:
            for inner, content in items(content):
                if inner == 0x51:
                    add([inner])
                    add(content)
                    maximum = struct.unpack(">I", content)[0]
                elif inner == 0x55:
                    version = content.decode(errors="replace")
    return f"{value:016x}", contexts, maximum, version


def listen(listener, seen):
    while True:
        peer, _ = listener.accept()
        with peer:
            peer.settimeout(5)
            data = b""
            while len(data) < 6 or len(data) < 6 + struct.unpack(">I", data[2:6])[0]:
                more = peer.recv(65536)
                if not more:
                    break
                data += more
            if data[:1] == b"\1":
                seen.append(shape(data))
                print(*seen[-1], sep="\t", end="\t", flush=True)
                peer.sendall(bytes([3, 0, 0, 0, 0, 4, 0, 1, 1, 1]))


with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", PORT)) as listener:
    threading.Thread(target=listen, args=(listener, []), daemon=True).start()
    if "--wait" in sys.argv:
        threading.Event().wait()
    for kind in ("ct", "us"):
        datasets.save(datasets.image(kind, 1, size=16), os.path.join(folder, f"{kind}.dcm"))
    for command in COMMANDS:
        subprocess.run(command.format(to=f"127.0.0.1 {PORT}", python=sys.executable).split(), cwd=folder, capture_output=True, timeout=60)
        print(command.split(" -k ")[0].format(to="", python="python"), flush=True)
