"""Laboratory and point-of-care analysers: ASTM (LIS01-A2, LIS02-A2) and POCT1-A.  python3 laboratory.py [NAME…]

Two programs are on no package registry; give the folders of their sources, which are run and not copied:
SENAITE_ASTM (github.com/senaite/senaite.astm, its folder src) and POCT1A_SERVER (github.com/standash/poct1-a_server).
What has no real side is under from-specification/.
"""
import json
import os

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "netcat-openbsd")
lab.need_pip("astm-2025", "zope.interface", "requests", "python-dateutil")

from lab import CAPTURES, PYTHON, RECIPES, Lab, choose, debian, decoy, derive, device, finding, pypi, service, truth

PEER = f"{PYTHON} {RECIPES}/peers/astm_peer.py"
SENAITE = {"PYTHONPATH": os.environ.get("SENAITE_ASTM", "")}
SENAITE_NAME = "senaite.astm 1.0.0 (github.com/senaite/senaite.astm)"
MIDDLEWARE = ("10.20.6.10", "3c:52:82:20:06:0a")      # Hewlett Packard: the laboratory's middleware
XN = ("10.20.6.21", "00:06:6b:20:06:15")              # Sysmex
C111 = ("10.20.6.22", "00:1b:21:20:06:16")            # an Intel card in a Roche analyser
GENEXPERT = ("10.20.6.23", "d8:9e:f3:20:06:17")       # Dell: the analyser's PC
AFINION = ("10.20.6.24", "00:1e:c0:20:06:18")         # Microchip
H500 = ("10.20.6.25", "00:30:64:20:06:19")            # Adlink
MOXA = ("10.20.6.40", "00:90:e8:20:06:28")            # Moxa: a serial server
DCA = ("10.20.6.51", "00:18:65:20:06:33")             # Siemens Healthcare Diagnostics
DOCK = ("10.20.6.52", "00:80:a3:20:06:34")            # Lantronix

STX, ETX, EOT, ENQ, ACK, NAK, ETB = b"\x02", b"\x03", b"\x04", b"\x05", b"\x06", b"\x15", b"\x17"
PATIENT = ["CANARY-IPP-660044", "ZZCANARYLEROY^JEANNE", "ZZCANARYNAISSANCE", "19530704", "2530775CANARY12", "3 RUE CANARYLABO", "CANARY0611223344",
           "ZZCANARYMEDECIN^LUC"]
CANARIES = PATIENT + ["CANARYMSGID881", "CanaryAccessPassword", "CANARYSPECIMEN90871", "CANARYRESULT7.77", "ZZCANARYTECH", "CANARYCOMMENT hemolyse",
                      "CANARYREACTIF42", "CANARYINSTRUCTION"]
CLEAR = "laboratory results in clear"


def missing(variable):
    """Says that a program's folder is not given."""
    if not os.environ.get(variable):
        print(f"{variable} is not set: left as it is")
    return not os.environ.get(variable)


def add(l, name, place):
    return l.host(name, place[0] + "/24", place[1])


def has(place, text):
    return f'ip.src == {place[0]} && tcp contains "{text}"'


def header(sender, receiver="", processing="P", version="1", delimiters="\\^&"):
    return f"H|{delimiters}|CANARYMSGID881|CanaryAccessPassword|{sender}|||||{receiver}|CANARYINSTRUCTION|{processing}|{version}|20261121101500"


def results(*heading, tests=("^^^WBC", "^^^RBC"), delimiters="\\^&", **more):
    """A message with every field filled that a patient, a person or a specimen could be in."""
    d = {ord("^"): delimiters[1], ord("\\"): delimiters[0]}
    lines = [header(*heading, delimiters=delimiters, **more),
             "P|1|CANARY-IPP-660044|CANARY-IPP-660044|2530775CANARY12|ZZCANARYLEROY^JEANNE|ZZCANARYNAISSANCE|19530704|F||3 RUE CANARYLABO||CANARY0611223344"
             "|ZZCANARYMEDECIN^LUC",
             f"O|1|CANARYSPECIMEN90871^^|CANARYSPECIMEN90871|{tests[0]}|R|20261121100000|||||||CANARYCOMMENT hemolyse|||ZZCANARYMEDECIN^LUC|||||||||F"]
    for number, test in enumerate(tests, 1):
        lines.append(f"R|{number}|{test}|CANARYRESULT7.77|10*9/L||N||F||ZZCANARYTECH||20261121101200")
    lines += ["C|1|I|CANARYCOMMENT hemolyse|G", "M|1|CANARYREACTIF42^LOT7", "L|1|N"]
    if delimiters == "\\^&":
        return lines
    return [lines[0]] + [line.translate(d) for line in lines[1:]]


def frame(number, text, end=ETX, spoilt=False):
    body = str(number % 8).encode() + text + end
    return STX + body + b"%02X" % ((sum(body) + spoilt) % 256) + b"\r\n"


def frames(lines, size=None):
    """A frame for each record, or for each so many octets of it."""
    out, number = [], 1
    for line in lines:
        text = line.encode("latin-1") + b"\r"
        parts = [text] if not size else [text[i:i + size] for i in range(0, len(text), size)]
        for index, part in enumerate(parts):
            out.append(frame(number, part, ETX if index == len(parts) - 1 else ETB))
            number += 1
    return out


def plan(host, name, steps):
    return host.write(name, json.dumps([{"hex": s.hex()} if isinstance(s, bytes) else {"read": s} if isinstance(s, int) else s for s in steps]))


def transmission(lines, size=None):
    """What a sender does: each step waits for the answer."""
    return [ENQ, 1] + [step for f in frames(lines, size) for step in (f, 1)] + [EOT]


def answers(lines, size=None):
    """What the receiver does meanwhile."""
    return [1, ACK] + [step for f in frames(lines, size) for step in (len(f), ACK)] + [1]


def senaite_server(host, port):
    host.spawn(f"{PYTHON} -m senaite.astm.server -p {port} --logfile senaite.log", port, env=SENAITE)


def simulate(host, port, lines):
    """senaite.astm's own simulator sends the frames of a file."""
    path = host.write(f"message-{port}.txt", b"".join(frames(lines)))
    host.run(f"{PYTHON} -m senaite.astm.simulator -a {MIDDLEWARE[0]} -p {port} -i {path}", env=SENAITE)


def client(place, sender, **more):
    return {"address": place[0], "astm_sender": sender, **more}


def astm_senaite():
    """Five analysers, each a client with its own address."""
    if missing("SENAITE_ASTM"):
        return
    heads = [
        (XN, "    XN-550^00-24^22723^^^^LNC634545", dict(processing="", version="E1394-97")),
        (C111, "CHSA^Roche^c111^4.2.2.1730^1^LNC13147", dict(receiver="host")),
        (GENEXPERT, "806149 CHSA^GeneXpert^4.8", dict(receiver="CHSA-MW", version="1394-97", delimiters="@^\\")),
        (AFINION, "Afinion 2 Analyzer^^AFLNC052397", {}),
        (H500, "H500^910YOXHLNC826^2.2.2.2b", dict(version="LIS2-A2")),
    ]
    with Lab() as l:
        middleware = add(l, "mw", MIDDLEWARE)
        hosts = [add(l, f"a{i}", place) for i, (place, *_) in enumerate(heads)]
        senaite_server(middleware, 4010)
        with l.record("astm-senaite") as c:
            for host, (_, sender, options) in zip(hosts, heads):
                simulate(host, 4010, results(sender, **options))
        clients = [client(place, sender.strip(), **({"astm_version": options["version"]} if "version" in options else {}))
                   for place, sender, options in heads]
        c.publish(truth("Five analysers (Sysmex XN-550, Roche cobas c111, Cepheid GeneXpert with delimiters of its own, Abbott Afinion 2, Horiba Yumizen H500, by "
                        "their header records) send results to senaite.astm on 4010; its simulator sends frames without their CR LF.", [SENAITE_NAME],
                        [service(MIDDLEWARE[0], 4010, "astm", has(XN, "XN-550^00-24"), framing="lis01", clients=clients)],
                        [device(*MIDDLEWARE, **{"class": "laboratory middleware"})]
                        + [device(*place, **{"class": "point-of-care analyser" if place == AFINION else "laboratory analyser"}) for place, *_ in heads],
                        [finding(CLEAR, MIDDLEWARE[0], 4010, proof=has(C111, "c111^4.2.2.1730")),
                         finding("patient data in clear", MIDDLEWARE[0], 4010, proof=has(XN, "ZZCANARYLEROY"))],
                        canaries=CANARIES))


def astm_python():
    """python-astm on both sides: a frame a record, a message in one frame, and frames of 120 octets with ETB."""
    with Lab() as l:
        middleware, xn = add(l, "mw", MIDDLEWARE), add(l, "xn", XN)
        middleware.spawn(f"{PEER} serve 5150", 5150)
        path = xn.write("m.txt", "\r".join(results("XP-100^00-13^^^^LNC7869^LNC649542", version="E1394-97", tests=("^^^MCHC", "^^^MCV", "^^^PLT"))).encode("latin-1"))
        with l.record("astm-python") as c:
            for mode in ("records", "bulk", "120"):
                xn.run(f"{PEER} send {MIDDLEWARE[0]} 5150 {path} {mode}")
        where = dict(address=MIDDLEWARE[0], port=5150)
        software = [pypi("astm-2025")]
        devices = [device(*MIDDLEWARE, **{"class": "laboratory middleware"}), device(*XN, **{"class": "laboratory analyser"})]
        c.publish(truth("astm-2025 on both sides, port 5150: a frame for each record, then the message in one frame, then in frames of 120 octets (ETB).", software,
                        [service(**where, protocol="astm", proof=has(XN, "XP-100^00-13"), framing="lis01",
                                 clients=[client(XN, "XP-100^00-13^^^^LNC7869^LNC649542", astm_version="E1394-97")])], devices,
                        [finding(CLEAR, *where.values(), proof=has(XN, "L|1|N")), finding("patient data in clear", *where.values(), proof=has(XN, "ZZCANARYLEROY"))],
                        canaries=CANARIES))
        source = CAPTURES / "astm-python.pcap"
        derive(source, "astm-midstream", f"tcp.stream == 0 && frame.number >= 12", l.folder, truth(
            "astm-python's first connection from its third frame or so on: no handshake, no header record; the end of the message remains.", software,
            [{**service(**where, protocol="astm", proof=has(XN, "R|1|"), framing="lis01", start="mid-message"), "handshake": False}], devices,
            [finding(CLEAR, *where.values(), proof=has(XN, "R|1|"))],
            [decoy(f"{XN[0]} is an XP-100", "its header record is not in the capture", absent='tcp contains "XP-100"')],
            ["CANARYRESULT7.77", "ZZCANARYTECH", "CANARYCOMMENT hemolyse", "CANARYREACTIF42"]))


def astm_line():
    """A bad line: octets one by one, frames with wrong checksums, refusals, a frame sent again although it was good, a bid on a busy line."""
    if missing("SENAITE_ASTM"):
        return
    lines = results("DCA VANTAGE^04.04.00.00^LNC067337", processing="P", version="", tests=("^^^HbA1c",))
    good = frames(lines)
    bad = frame(1, lines[0].replace("LNC067337", "LNC000000").encode() + b"\r", spoilt=True)
    with Lab() as l:
        middleware, dca = add(l, "mw", MIDDLEWARE), add(l, "dca", DCA)
        senaite_server(middleware, 9600)
        slow = [ENQ, 1, bad, 1, good[0], 1, good[1], 1, good[1], 1, ENQ, 1] + [s for f in good[2:] for s in (f, 1)] + [EOT, {"wait": 0.1}]
        middleware.spawn(f"{PEER} listen 9601 " + plan(middleware, "sink", answers(lines)), 9601)
        octets = [ENQ, 1] + [bytes([b]) for b in good[0]] + [1] + [s for f in good[1:] for s in (f, 1)] + [EOT, {"wait": 0.1}]
        with l.record("astm-line") as c:
            dca.run(f"{PEER} dial {MIDDLEWARE[0]} 9600 " + plan(dca, "slow", slow))
            dca.run(f"{PEER} dial {MIDDLEWARE[0]} 9601 " + plan(dca, "octets", octets))
        c.publish(truth("Two connections of an analyser: to senaite.astm on 9600 with a frame whose checksum is wrong (refused, then sent right), a frame sent twice and an "
                        "ENQ inside a transmission (refused); to a plain receiver on 9601 with the header record one octet a segment.", [SENAITE_NAME, "Python sockets"],
                        [service(MIDDLEWARE[0], 9600, "astm", f"ip.src == {MIDDLEWARE[0]} && tcp.srcport == 9600 && tcp.payload == 15", framing="lis01",
                                 errors=["refused"], clients=[client(DCA, "DCA VANTAGE^04.04.00.00^LNC067337", astm_error="checksum")]),
                         service(MIDDLEWARE[0], 9601, "astm", f"ip.src == {DCA[0]} && tcp.dstport == 9601 && tcp.len == 1", framing="lis01",
                                 clients=[client(DCA, "DCA VANTAGE^04.04.00.00^LNC067337")])],
                        [device(*MIDDLEWARE, **{"class": "laboratory middleware"}), device(*DCA, **{"class": "point-of-care analyser"})],
                        [finding(CLEAR, MIDDLEWARE[0], 9600, proof=has(DCA, "DCA VANTAGE")), finding(CLEAR, MIDDLEWARE[0], 9601)],
                        [decoy("the serial number is LNC000000", "it stands in a frame whose checksum is wrong", DCA[0], proof=has(DCA, "LNC000000"))],
                        CANARIES))


def astm_serial_server():
    """Three analysers behind one serial server: it listens, the middleware dials; and one of them sends records alone."""
    behind = [(4001, "ABX", dict(version="E1394-97")), (4002, "c311^1", dict(receiver="host")), (4003, "STAGO^START4^V1.0", dict(version="LIS2-A2"))]
    with Lab() as l:
        middleware, moxa = add(l, "mw", MIDDLEWARE), add(l, "moxa", MOXA)
        for port, sender, options in behind:
            moxa.spawn(f"{PEER} listen {port} " + plan(moxa, f"p{port}", [{"wait": 0.4}] + transmission(results(sender, **options)) + [{"wait": 0.5}]), port)
        with l.record("astm-serial-server") as c:
            for port, *_ in behind:
                middleware.run(f"{PEER} receive {MOXA[0]} {port} 2", check=False)
        c.publish(truth("A serial server (MAC of Moxa) on which three analysers are reached on three ports; the middleware (receiver of astm-2025) dials them.",
                        [pypi("astm-2025"), "Python sockets"],
                        [service(MOXA[0], port, "astm", has(MOXA, f"|{sender}|"), framing="lis01") for port, sender, _ in behind],
                        [device(*MOXA, **{"class": "serial server"}), device(*MIDDLEWARE, **{"class": "laboratory middleware"})],
                        [finding(CLEAR, MOXA[0], port) for port, *_ in behind],
                        [decoy(f"{MOXA[0]} is an analyser", "it is a serial server with three of them behind it", MOXA[0])], CANARIES,
                        device_behind=[{"class": "laboratory analyser", "model": "ABX", "seen_through": MOXA[0]},
                                       {"class": "laboratory analyser", "model": "c311", "seen_through": MOXA[0]},
                                       {"class": "laboratory analyser", "maker": "STAGO", "model": "START4", "seen_through": MOXA[0]}]))


def astm_query():
    """An analyser asks for the orders of a tube and gets them, then sends the results: all in one connection."""
    ask = [header("c311^1", "host"), "Q|1|^^CANARYSPECIMEN90871^1^2^3^^S1^SC||ALL||||||||O", "L|1|N"]
    orders = [header("host^1", "c311"),
              "P|1||CANARY-IPP-660044|2530775CANARY12|ZZCANARYLEROY^JEANNE|ZZCANARYNAISSANCE|19530704|F||3 RUE CANARYLABO||CANARY0611223344|ZZCANARYMEDECIN^LUC",
              "O|1|CANARYSPECIMEN90871|1^2^3^^S1^SC|^^^717^|R||||||A||||1||||||||||O", "C|1|L|CANARYCOMMENT hemolyse|G", "L|1|N"]
    done = results("c311^1", "host")
    with Lab() as l:
        middleware, c311 = add(l, "mw", MIDDLEWARE), add(l, "c311", C111)
        lis = answers(ask) + [ENQ, 1, {"wait": 0.2}, ENQ, 1] + [s for f in frames(orders) for s in (f, 1)] + [EOT] + answers(done)
        # Both bid for the line at once: the analyser has the right of way (LIS01-A2, 6.2.7.1).
        analyser = transmission(ask) + [1, NAK, {"wait": 0.05}, 1, ACK] + [s for f in frames(orders) for s in (len(f), ACK)] + [1, {"wait": 0.1}] + transmission(done)
        middleware.spawn(f"{PEER} listen 15200 " + plan(middleware, "lis", lis), 15200)
        with l.record("astm-query") as c:
            c311.run(f"{PEER} dial {MIDDLEWARE[0]} 15200 " + plan(c311, "c311", analyser + [{"wait": 0.2}]))
        c.publish(truth("One connection: an analyser asks for orders (Q), the middleware's first bid for the line is refused, then it sends orders, then the analyser sends results.",
                        ["Python sockets"],
                        [service(MIDDLEWARE[0], 15200, "astm", has(MIDDLEWARE, "host^1"), framing="lis01", messages=["orders"], sender="host^1",
                                 clients=[client(C111, "c311^1", astm_error="refused")])],
                        [device(*MIDDLEWARE, **{"class": "laboratory middleware"}), device(*C111, **{"class": "laboratory analyser"})],
                        [finding(CLEAR, MIDDLEWARE[0], 15200, proof=has(C111, "c311^1")),
                         finding("patient data in clear", MIDDLEWARE[0], 15200, proof=has(MIDDLEWARE, "ZZCANARYLEROY"))], canaries=CANARIES))


def astm_unframed():
    """Records alone, over netcat; then between SOH and EOT, as one maker does."""
    lines = results("GX-BENCH^GeneXpert^6.2", version="1394-97", delimiters="@^\\")
    gas = results("ABL9^LNC403237")
    with Lab() as l:
        middleware, gx, abl = add(l, "mw", MIDDLEWARE), add(l, "gx", GENEXPERT), add(l, "abl", AFINION)
        middleware.spawn(["sh", "-c", "nc -l -p 6000 > /dev/null"], 6000)
        gx.write("m.txt", "\r".join(lines).encode() + b"\r")
        middleware.spawn(f"{PEER} listen 6001 " + plan(middleware, "gas", [len("\r".join(gas)) + 3, ACK, {"wait": 0.2}]), 6001)
        with l.record("astm-unframed") as c:
            gx.run(["sh", "-c", f"nc -N -w 3 {MIDDLEWARE[0]} 6000 < m.txt"])
            abl.run(f"{PEER} dial {MIDDLEWARE[0]} 6001 " + plan(abl, "gas", [b"\x01" + "\r".join(gas).encode() + b"\r" + EOT, 1]))
        c.publish(truth("Records without frames: separated by CR over netcat on 6000, with delimiters of the sender's own; and between SOH and EOT on 6001.",
                        [debian("netcat-openbsd"), "Python sockets"],
                        [service(MIDDLEWARE[0], 6000, "astm", has(GENEXPERT, "GX-BENCH^GeneXpert"), framing="none",
                                 clients=[client(GENEXPERT, "GX-BENCH^GeneXpert^6.2", astm_version="1394-97")]),
                         service(MIDDLEWARE[0], 6001, "astm", has(AFINION, "ABL9^LNC403237"), framing="soh-eot", clients=[client(AFINION, "ABL9^LNC403237")])],
                        [device(*MIDDLEWARE, **{"class": "laboratory middleware"}), device(*GENEXPERT, **{"class": "laboratory analyser"}),
                         device(*AFINION, **{"class": "point-of-care analyser"})],
                        [finding(CLEAR, MIDDLEWARE[0], 6000, proof=has(GENEXPERT, "GX-BENCH")), finding(CLEAR, MIDDLEWARE[0], 6001, proof=has(AFINION, "ABL9"))],
                        [decoy("numbered frames", "no STX is in this capture's payloads", absent="tcp.payload contains 02:31:48")], CANARIES))


# POCT1-A

def poct(root, number, *content):
    return (f'<{root}><HDR><HDR.message_type V="{root}" /><HDR.control_id V="{number}" /><HDR.version_id V="POCT1" />'
            f'<HDR.creation_dttm V="2026-11-21T10:15:{number % 60:02}-01:00" /></HDR>' + "".join(content) + f"</{root}>").encode()


def dev(**values):
    return "<DEV>" + "".join(f'<DEV.{k} V="{v}" />' for k, v in values.items()) + '<DCP><DCP.application_timeout V="60" /></DCP></DEV>'


def observations(number):
    return poct("OBS.R01", number, '<SVC><SVC.role_cd V="OBS" /><SVC.observation_dttm V="2026-11-21T10:12:00" /><PT><PT.patient_id V="CANARY-IPP-660044" />'
                '<PT.name V="ZZCANARYLEROY^JEANNE" /><PT.birth_date V="1953-07-04" /><OBS><OBS.observation_id V="HbA1c" /><OBS.value V="CANARYRESULT7.77" U="mmol/mol" />'
                '<NTE><NTE.text V="CANARYCOMMENT hemolyse" /></NTE></OBS></PT><OPR><OPR.operator_id V="ZZCANARYTECH" /></OPR>'
                '<ORD><ORD.order_id V="CANARYSPECIMEN90871" /></ORD></SVC>')


def poct1a_dca():
    """A DCA Vantage (a device of our own that says what such a one said) with the POCT1-A server by standash."""
    if missing("POCT1A_SERVER"):
        return
    declaration = b'<?xml version="1.0" encoding="utf-8"?>'
    say = [poct("HEL.R01", 10014, dev(device_id="SIEM^DCA Vantage^LNC013023", vendor_id="SIEM", model_id="DCA Vantage", serial_id="LNC013023",
                                      manufacturer_name="Siemens Healthcare Diagnostics", hw_version="1", sw_version="4.4.0.0")),
           poct("DST.R01", 10015, '<DST><DST.new_observations_qty V="1" /><DST.condition_cd V="B" /></DST>'), observations(10016),
           poct("EOT.R01", 10017, '<EOT><EOT.topic_cd V="OBS" /></EOT>')]
    ack = lambda number: poct("ACK.R01", number, '<ACK><ACK.type_cd V="AA" /><ACK.ack_control_id V="4003" /></ACK>')
    event = poct("EVS.R01", 10020, '<EVT><EVT.description V="Operator List Update Succeeded" /></EVT>')
    steps = [declaration + say[0], 40, declaration + say[1], 500, declaration + say[2], 40, declaration + say[3], 40, declaration + ack(10018), 40,
             declaration + ack(10019), 40, declaration + event, {"wait": 0.3}, declaration + ack(10021), 40, declaration + ack(10022), {"wait": 0.3}]
    with Lab() as l:
        manager, dca = add(l, "mw", MIDDLEWARE), add(l, "dca", DCA)
        manager.spawn(f"{PYTHON} {os.environ['POCT1A_SERVER']}/poct1_server.py {MIDDLEWARE[0]} 3001", 3001)
        with l.record("poct1a-dca") as c:
            dca.run(f"{PEER} dial {MIDDLEWARE[0]} 3001 " + plan(dca, "dca", steps))
        c.publish(truth("POCT1-A on 3001: a device says hello, its status, one observation and the end of the topic; the server asks for observations, starts the continuous "
                        "mode and sends an operator with a password.", ["poct1-a_server 311e9a6 (github.com/standash/poct1-a_server)", "Python sockets"],
                        [service(MIDDLEWARE[0], 3001, "poct1-a", has(MIDDLEWARE, "START_CONTINUOUS"), messages=["ACK", "REQ", "DTV", "OPL", "EOT"],
                                 clients=[{"address": DCA[0], "poct1a_model": "DCA Vantage", "poct1a_serial": "LNC013023", "poct1a_software": "4.4.0.0",
                                           "poct1a_manufacturer": "Siemens Healthcare Diagnostics", "poct1a_vendor": "SIEM"}])],
                        [device(*MIDDLEWARE, **{"class": "data manager"}), device(*DCA, **{"class": "point-of-care analyser"})],
                        [finding(CLEAR, MIDDLEWARE[0], 3001, proof=has(DCA, "OBS.R01")), finding("POCT1-A operators in clear", MIDDLEWARE[0], 3001, proof=has(MIDDLEWARE, "ACC.password"))],
                        canaries=["CANARY-IPP-660044", "ZZCANARYLEROY^JEANNE", "1953-07-04", "CANARYRESULT7.77", "CANARYCOMMENT hemolyse", "ZZCANARYTECH",
                                  "CANARYSPECIMEN90871", "Bruce Wayne", "Z290aGFt"]))


def poct1a_dock():
    """Three devices of three makers through one docking station; pieces of 50 octets, blocks of MLLP, line ends between elements."""
    hello = [
        poct("HEL.R01", 7135, '<DEV><DEV.device_id V="">CHSA^REACANARYLIEU</DEV.device_id><DEV.vendor_id V="NOVABIO" /><DEV.model_id V="StatStrip" />'
             '<DEV.serial_id V="LNC0736" /><DEV.manufacturer_name V="Nova Biomedical" /><DEV.hw_version V="K1" /><DEV.sw_version V="3.10.8.0">3.10.8.0_fr-FR</DEV.sw_version>'
             '<DEV.device_name V="DLO-OV" /></DEV>').replace(b"><", b">\r\n<"),
        poct("HEL.R01", 1, dev(device_id="00:06:66:00:22:A1", serial_id="LNC10387", manufacturer_name="QUIDEL", hw_version="00.03.01", sw_version="02.03.01", device_name="Sofia")),
        poct("HEL.R01", 10001, dev(device_id="PIX^HemoScreen^LNC0001-HS", vendor_id="PIX", device_name="HemoScreen", serial_id="LNC0001-HS")),
    ]
    with Lab() as l:
        manager, dock = add(l, "mw", MIDDLEWARE), add(l, "dock", DOCK)
        answer = poct("ACK.R01", 4011, '<ACK><ACK.type_cd V="AA" /><ACK.ack_control_id V="1" /></ACK>')
        with l.record("poct1a-dock") as c:
            for index, content in enumerate(hello):
                mllp = index == 2
                wrap = lambda text: b"\x0b" + text + b"\x1c\r" if mllp else text
                whole = wrap(content) + wrap(observations(20 + index))
                manager.spawn(f"{PEER} listen {3100 + index} " + plan(manager, f"l{index}", [len(whole), wrap(answer), {"wait": 0.2}]), 3100 + index)
                pieces = [whole[i:i + 50] for i in range(0, len(whole), 50)] if index == 1 else [whole]
                dock.run(f"{PEER} dial {MIDDLEWARE[0]} {3100 + index} " + plan(dock, f"d{index}", pieces + [40]))
        ports = [service(MIDDLEWARE[0], 3100 + i, "poct1-a", messages=["ACK"]) for i in range(3)]
        home, lab.CAPTURES = lab.CAPTURES, lab.CAPTURES / "from-specification"
        lab.CAPTURES.mkdir(exist_ok=True)
        c.publish(truth("POCT1-A of three devices (Nova StatStrip, Quidel Sofia, PixCell HemoScreen, by their hello messages) through one docking station: with line ends "
                        "between elements, in segments of 50 octets, in blocks of MLLP.", ["Python sockets"], ports,
                        [device(*MIDDLEWARE, **{"class": "data manager"}), device(*DOCK, **{"class": "docking station"})],
                        [finding(CLEAR, MIDDLEWARE[0], 3100 + i) for i in range(3)],
                        [decoy(f"{DOCK[0]} is one analyser", "it speaks for three", DOCK[0])],
                        ["CANARY-IPP-660044", "ZZCANARYLEROY^JEANNE", "CANARYRESULT7.77", "ZZCANARYTECH", "CANARYSPECIMEN90871", "REACANARYLIEU"],
                        device_behind=[{"class": "point-of-care analyser", "maker": "Nova Biomedical", "model": "StatStrip", "serial": "LNC0736", "version": "3.10.8.0", "seen_through": DOCK[0]},
                                       {"class": "point-of-care analyser", "maker": "QUIDEL", "model": "Sofia", "serial": "LNC10387", "version": "02.03.01", "seen_through": DOCK[0]},
                                       {"class": "point-of-care analyser", "maker": "PIX", "model": "HemoScreen", "serial": "LNC0001-HS", "seen_through": DOCK[0]}],
                        origin="specification"))
        lab.CAPTURES = home


if __name__ == "__main__":
    choose(astm_senaite, astm_python, astm_line, astm_serial_server, astm_query, astm_unframed, poct1a_dca, poct1a_dock)
