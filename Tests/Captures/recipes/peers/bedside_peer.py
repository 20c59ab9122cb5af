"""Bedside devices built from published descriptions, started inside a host by bedside.py. Each answers one real client.

    bedside_peer.py monitor ADDRESS MAC    the monitor's side of Philips IntelliVue data export: connect indications to 24005, then 24105
    bedside_peer.py ventilator PORT        MEDIBUS behind a TCP terminal server
    bedside_peer.py rack PORT              B. Braun BCC with character stuffing
    bedside_peer.py dri PORT               Datex-Ohmeda records behind a TCP terminal server
    bedside_peer.py time ADDRESS           a GE Unity time synchronisation, twice, to 255.255.255.255:2000

Whatever could name a patient or a treatment holds a canary.
"""
import socket
import struct
import sys
import threading
import time


# Philips IntelliVue, after OpenICE (github.com/mdpnp/mdpnp, devices/philips) and VSCaptureMP.

def attribute(identifier, value):
    return struct.pack(">HH", identifier, len(value)) + value


def attributes(*entries):
    body = b"".join(entries)
    return struct.pack(">HH", len(entries), len(body)) + body


def label(text):
    text = text if isinstance(text, bytes) else text.encode()
    text += b"\0" * (len(text) % 2)
    return struct.pack(">H", len(text)) + text


def words(text):
    """A string in UTF-16, as a bed label and a name are sent."""
    return label(text.encode("utf-16-be"))


def production(*entries):
    body = b"".join(struct.pack(">HH", kind, component) + label(text) for kind, component, text in entries)
    return struct.pack(">HH", len(entries), len(body)) + body


def operation(kind, command, body, invoke=1, prefix=b""):
    inner = prefix + struct.pack(">HHH", invoke, command, len(body)) + body
    return bytes.fromhex("e1000002") + struct.pack(">HH", kind, len(inner)) + inner


MDS = struct.pack(">HHH", 0x21, 0, 0)
SYSTEM_TYPE = attribute(0x0986, struct.pack(">HH", 1, 4429))
MODEL = attribute(0x0928, label("Philips") + label("M8105A"))
PRODUCTION = attribute(0x092D, production(
    (1, 0x08, "DE728LNC01"), (2, 0x08, "M8105A"), (4, 0x58, "H.15.48-LNC"), (3, 0x50, "A.00.24"), (1, 0x50, "LNCBOARD77"), (5, 0x18, "B.02.11"),
    (6, 0x10, "A.01.10")))
BED = attribute(0x091E, words("CANARYLIT DURAND"))
PATIENT = (attribute(0x095A, words("CANARY-IPP-774411")), attribute(0x095C, words("ZZCANARYDUPONT")), attribute(0x095D, words("CANARYMARGUERITE")),
           attribute(0x0958, bytes.fromhex("19540712")))


def monitor(address, mac):
    hardware = bytes.fromhex(mac.replace(":", ""))
    identifier = attribute(0x0984, struct.pack(">H", 6) + hardware)
    beacon = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    beacon.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    main = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    main.bind((address, 24105))
    announced = attributes(
        SYSTEM_TYPE, attribute(0xF101, struct.pack(">HH", 2, 16) + struct.pack(">HHHH", 1, 1, 24105, 0) + struct.pack(">HHHH", 5, 1, 24105, 0x8000)),
        attribute(0x0937, struct.pack(">IHH", 1, 3, 11)),
        attribute(0xF100, hardware + socket.inet_aton(address) + socket.inet_aton("255.255.255.0")), BED)
    report = MDS + struct.pack(">IHH", 0, 0x0D17, len(announced)) + announced
    inner = struct.pack(">HHH", 1, 0, len(report)) + report
    indication = bytes.fromhex("00000100") + struct.pack(">HH", 1, len(inner)) + inner

    def announce():
        while True:
            main.sendto(indication, ("255.255.255.255", 24005))
            time.sleep(2)

    main.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    threading.Thread(target=announce, daemon=True).start()
    created = attributes(SYSTEM_TYPE, MODEL, identifier, BED, *PATIENT[:2])
    create = operation(1, 1, MDS + struct.pack(">IHH", 0, 0x0D06, 6 + len(created)) + MDS + created)
    user = struct.pack(">IIIII", 0x80000000, 0x40000000, 0, 0x00800000, 0x20000000) + attributes() + attributes(
        attribute(1, bytes.fromhex("80000000000009c4000009c4000003e8ffffffff60000000") + attributes(attribute(0xF001, bytes.fromhex("8c00000000000000")))))
    presentation = bytes.fromhex(
        "3180a080800101 0000a280a003000001a5803080800100 8102510100003080800100 810c2a8648ce140201000000020100000000 61803080020101a0806180"
        "a180060c2a8648ce1402010000000301 0000a203020100a305a103020100be8028800201 0281") + bytes([len(user)]) + user + bytes(16)
    session = bytes.fromhex("0508130100160102800014020002c1") + bytes([len(presentation)]) + presentation
    while True:
        data, client = main.recvfrom(2048)
        if data[0] == 0x0D:
            main.sendto(b"\x0e" + bytes([len(session)]) + session, client)
            time.sleep(0.05)
            main.sendto(create, client)
        elif data[:6] == bytes.fromhex("e10000020001"):
            invoke, command = struct.unpack(">HH", data[8:12])
            action = struct.unpack(">H", data[24:26])[0]
            wanted = struct.unpack(">H", data[32:34] if action == 0x0C16 else data[32:34])[0]
            if command != 7:
                continue
            stamp = bytes(4) + bytes.fromhex("2026112110203000")

            def result(number, observed, group=0, sequence=1):
                polls = struct.pack(">HH", 1, len(observed)) + observed
                single = struct.pack(">H", 0) + polls
                head = struct.pack(">H", number) + (struct.pack(">H", sequence) if action == 0xF13B else b"") + stamp
                body = head + struct.pack(">HHH", 1, wanted, group) + struct.pack(">HH", 1, len(single)) + single
                return MDS + struct.pack(">HH", action, len(body)) + body

            if wanted == 0x21:
                first = result(1, struct.pack(">H", 1) + attributes(MODEL, identifier, BED, *PATIENT))
                last = result(1, struct.pack(">H", 1) + attributes(PRODUCTION, SYSTEM_TYPE, attribute(0x0937, struct.pack(">IHH", 1, 3, 11))))
                main.sendto(operation(5, 7, first, invoke, b"\1\1"), client)
                main.sendto(operation(5, 7, last, invoke, b"\3\2"), client)
            elif wanted == 0x2A:
                main.sendto(operation(2, 7, result(1, struct.pack(">H", 2) + attributes(*PATIENT)), invoke), client)
            else:
                numeric = attribute(0x0950, bytes.fromhex("4182000016e0fe00004e"))
                main.sendto(operation(2, 7, result(1, struct.pack(">H", 3) + attributes(numeric)), invoke), client)
        elif data[0] == 0x09:
            main.sendto(bytes.fromhex("0a18c11661803080020101a080638080 01000000000000000000"), client)


# TCP devices

def serve(port, handle):
    listener = socket.create_server(("0.0.0.0", port))
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=handle, args=(connection,), daemon=True).start()


# Dräger RS 232 MEDIBUS Protocol Definition, revision level 4.03.

def medibus(first, body):
    message = first + body
    return message + f"{sum(message) & 0xFF:02X}".encode() + b"\r"


ANSWERS = {0x24: b"EB 98 E1 70 ", 0x25: b"EB 90 ", 0x26: b"EB100 ", 0x27: b"91ECANARYALARM ", 0x2E: b"", 0x2B: b"", 0x28: b"10:20:3021-NOV-26",
           0x29: b"015.20 ", 0x2A: b"01CCANARYTEXTE ", 0x2C: b"", 0x2D: b"", 0x53: b"00   16000-  10  100370"}


def ventilator(connection):
    pending, measured = b"", 0
    while data := connection.recv(1024):
        pending += data
        while b"\r" in pending:
            message, pending = pending.split(b"\r", 1)
            start = message.find(b"\x1b")
            if start < 0:
                continue
            code = message[start + 1]
            if code == 0x52:
                connection.sendall(medibus(b"\x01", b"R8240'Evita 4 LNC      '04.21:04.03"))
                connection.sendall(medibus(b"\x1b", b"R"))
            elif code == 0x24 and (measured := measured + 1) == 2:
                # A command of the device stands inside of its answer, and realtime octets too.
                answer = medibus(b"\x01", bytes([code]) + ANSWERS[code])
                connection.sendall(answer[:8] + medibus(b"\x1b", b"0") + bytes.fromhex("d3918 18d83".replace(" ", "")) + answer[8:])
            else:
                connection.sendall(medibus(b"\x01", bytes([code]) + ANSWERS.get(code, b"")))


# B. Braun Technical Interface Specification BCC, I0022_000030, version 4.0.

STUFFING = {ord("D"): b"EX", ord("E"): b"EE", ord("d"): b"ex", ord("e"): b"ee"}


def bcc(information, last=True):
    body = b"Rea_Lit07/1/1>" + information
    length = 1 + 5 + 1 + len(body) + 1 + 5 + 1
    frame = b"\x01" + f"{length:05d}".encode() + b"\x02" + body + (b"\x03" if last else b"\x17")
    frame += f"{sum(frame) & 0xFF:05d}".encode() + b"\x04"
    return b"".join(STUFFING.get(byte, bytes([byte])) for byte in frame)


def pump(address, model, serial, identifier, drug):
    values = [("GNNEW", model + "\r"), ("INRT", "2.50"), ("INSOL", drug), ("INSOLSN", drug[:7]), ("INSOLID", "33~4mg/50"), ("INPATW", "CANARYPOIDS77"), ("INNR", identifier),
              ("INSERNUM", serial), ("INDTNR", "6144"), ("DSSTATUS", "00051"), ("INA1", "0")]
    return b"\x1e".join(f"214,501{address},{name},{value}".encode() for name, value in values)


RACK = (b"214,50100,FMNOR,1\x1e214,50100,FMSTAT,00051\x1e214,50100,FMBANY,CANARYBARCODE774411\x1e214,50100,COMSERIALNO,198455\x1e214,50100,COMSWVERSION,054U000092\x1e"
        + pump("11", "688F030006", "36248", "60008D98", "CANARYDROGUE Noradrenaline"))
PUMPS = [RACK, pump("12", "686G030002", "40864", "58009FA0", "CANARYDROGUE Insuline")]


def rack(connection):
    pending, block = b"", len(PUMPS)
    while data := connection.recv(1024):
        pending += data
        while pending:
            if pending[0] == 0x06:
                pending = pending[1:]
                if block < len(PUMPS):
                    connection.sendall(bcc(PUMPS[block], last=block == len(PUMPS) - 1))
                    block += 1
                continue
            if b"\x04" not in pending:
                break
            frame, pending = pending.split(b"\x04", 1)
            if b"ALIV" in frame:
                connection.sendall(bcc(b"206,50100,GNACK,0"))
            elif b"VEE" in frame:
                connection.sendall(bcc(b"207,50100,V3.34"))
            elif b"MEEM:GEET" in frame:
                connection.sendall(bcc(PUMPS[0], last=False))
                block = 1


# S/5 Computer Interface Specification M1017617, S/5 System Interface 8005313.

def record(kind, subrecords, level=0x0B):
    header, data = b"", b""
    for type_, body in subrecords:
        header += struct.pack("<HB", len(data), type_)
        data += body
    header = (header + b"\0\0\xff").ljust(24, b"\0")
    body = struct.pack("<HBBHIBBHH", 40 + len(data), 1, level, 0x1234, int(time.time()), 0, 0, 0, kind) + header + data
    body += bytes([sum(body) & 0xFF])
    return b"\x7e" + body.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e") + b"\x7e"


def dri(connection):
    values = struct.pack("<I", int(time.time())) + b"\x7e\x7d\x01\x80CANARYMESURES" + bytes(257)
    alarm = b"CANARYALARMTEXT".ljust(80, b"\0")
    while connection.recv(1024):
        time.sleep(0.2)
        connection.sendall(record(0, [(1, values), (1, values)]) + record(1, [(1, b"\x10\0\0\0" + b"\x7e\x01" * 60)]) + record(4, [(1, alarm)]))


# "Understanding GE Carescape Networks", Vocera Carescape Adapter Reference 1.3.0.

def clock(address):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sender.bind((address, 2000))
    payload = bytes(6) + socket.inet_aton(address) + bytes(14) + b"REA-A|CIC1".ljust(14, b"\0") + bytes(22) + struct.pack(">I", int(time.time()) + 2_208_988_800)
    for _ in range(2):
        sender.sendto(payload, ("255.255.255.255", 2000))
        time.sleep(0.5)


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "monitor":
        monitor(*rest)
    elif what == "time":
        clock(*rest)
    else:
        serve(int(rest[0]), {"ventilator": ventilator, "rack": rack, "dri": dri}[what])
