"""HL7 v2 captures over MLLP, and near it.  python3 hl7_v2.py [NAME…]"""
import json

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "netcat-openbsd")
lab.need_pip("hl7", "hl7apy")

import messages as m
from lab import CAPTURES, PYTHON, RECIPES, Lab, choose, debian, decoy, derive, device, finding, pypi, service, truth

PEER = f"{PYTHON} {RECIPES}/peers/hl7_peer.py"
EAI = ("10.20.2.10", "d8:9e:f3:20:02:0a")        # Dell: the interface engine
HIS = ("10.20.2.20", "90:1b:0e:20:02:14")        # Fujitsu: admissions
LAB = ("10.20.2.31", "00:06:6b:20:02:1f")        # Sysmex: analyser
GATE = ("10.20.2.41", "00:12:21:20:02:29")       # B.Braun: pump gateway
LIS = ("10.20.2.11", "3c:52:82:20:02:0b")        # Hewlett Packard: laboratory system
CLEAR = "HL7 in clear"
ENGINE = dict(answering_application="EAI", answering_facility="CHSA")

PUMP = {"class": "infusion pump", "eui64": "0012210FFE552101", "maker": "BBRAUN", "serial": "LNC552101", "udi_di": "(01)04046964LNC001(21)LNC552101",
        "lot": "LOT77A", "seen_through": GATE[0]}
MONITOR = {"class": "patient monitor", "eui64": "0009FBFFFE30A7C2", "maker": "PHILIPS", "seen_through": GATE[0]}
ANALYSER = {"class": "laboratory analyser", "maker": "SYSMEX", "model": "XN-1000", "serial": "LNCXN5521"}
SFT = {"software_vendor": "Éditeur Exemple", "software_version": "7.4.2", "software_product": "Gestion Administrative"}


def add(l, name, place):
    return l.host(name, place[0] + "/24", place[1])


def send(host, server, port, *contents):
    files = [host.write(f"m{port}-{i}.hl7", content) for i, content in enumerate(contents)]
    return host.run(f"{PEER} send {server[0]} {port} " + " ".join(files))


def send_bytes(host, server, port, plan):
    path = host.write("plan.json", json.dumps([{"hex": p.hex()} if isinstance(p, bytes) else p for p in plan]))
    return host.run(f"{PEER} bytes {server[0]} {port} {path}")


def has(place, text):
    return f'ip.src == {place[0]} && tcp contains "{text}"'


def hl7_adt():
    with Lab() as l:
        eai, his = add(l, "eai", EAI), add(l, "gam", HIS)
        eai.spawn(f"{PEER} serve 2575", 2575)
        with l.record("hl7-adt") as c:
            send(his, EAI, 2575, m.adt("ADT0001", "A01"), m.adt("ADT0002", "A08"), m.orm("ORM0001"))
        services = [service(EAI[0], 2575, "hl7", f'hl7.message.type == "ADT" && ip.src == {HIS[0]}', **ENGINE,
                            message_types=["ADT^A01", "ADT^A08", "ORM^O01"], acknowledgements=["AA", "AE"], versions=["2.5", "2.3.1"],
                            clients=[{"address": HIS[0], "sending_application": "GAM", "sending_facility": "CHSA", **SFT},
                                     {"address": HIS[0], "sending_application": "PRESCRIPTION", "sending_facility": "CHSA"}])]
        devices = [device(*EAI, **{"class": "interface engine"}), device(*HIS, **{"class": "administrative application"})]
        findings = [finding(CLEAR, EAI[0], 2575, proof=has(HIS, "ADT^A01")), finding("patient data in clear", EAI[0], 2575, proof=has(HIS, "^MARGUERITE"))]
        canaries = m.ADT_CANARIES + ["CANARYOPERATEUR", "CANARYORDER881", "CANARYNOTE suspicion de fracture", "Patient CANARY-IPP-774411 inconnu"]
        decode = ["tcp.port==2575,hl7"]
        c.publish(truth("MLLP on 2575 (Python hl7, asyncio on both sides): ADT^A01 and ADT^A08 acknowledged AA, ORM^O01 refused AE with a text that "
                        "repeats the patient's number. SFT names the sending software.", [pypi("hl7")], services, devices, findings,
                        canaries=canaries, decode_as=decode))

        whole = CAPTURES / "hl7-adt.pcap"
        derive(whole, "hl7-adt-client-only", f"ip.src == {HIS[0]} || arp", l.folder, truth(
            "hl7-adt with the server's direction dropped.", [pypi("hl7")],
            [{**services[0], "handshake": False, "fields": {**{k: v for k, v in services[0]["fields"].items() if k not in (*ENGINE, "acknowledgements")},
                                                            "directions": "client only"}}],
            devices, findings, [decoy("acknowledgements were seen", "the answers are missing", absent='tcp contains "MSA|"')],
            [x for x in canaries if x != "Patient CANARY-IPP-774411 inconnu"], decode_as=decode))
        derive(whole, "hl7-adt-server-only", f"ip.src == {EAI[0]} || arp", l.folder, truth(
            "hl7-adt with the client's direction dropped: the SYN-ACK and the acknowledgements remain.", [pypi("hl7")],
            [service(EAI[0], 2575, "hl7", has(EAI, "MSA|AA|ADT0001"), **ENGINE, acknowledgements=["AA", "AE"], directions="server only")],
            devices, [finding(CLEAR, EAI[0], 2575, proof=has(EAI, "MSA|AE|ORM0001"))],
            [decoy("the sending software is known", "SFT went in the direction that is missing", absent='tcp contains "SFT|"')],
            ["Patient CANARY-IPP-774411 inconnu"], decode_as=decode))


def hl7_oru():
    with Lab() as l:
        lis, analyser = add(l, "lis", LIS), add(l, "xn", LAB)
        lis.spawn(f"{PEER} serve-hl7apy 6661", 6661)
        with l.record("hl7-oru") as c:
            send(analyser, LIS, 6661, m.oru("ORU0001"))
            send(analyser, LIS, 6661, m.oru("ORU0002"))
        c.publish(truth("ORU^R01 of a haematology analyser (OBX-18 names the instrument) to an hl7apy server on 6661, one message per connection.",
                        [pypi("hl7"), pypi("hl7apy")],
                        [service(LIS[0], 6661, "hl7", has(LIS, "MSA|AA|ORU0001"), answering_application="LIS-LABO", answering_facility="CHSA",
                                 message_types=["ORU^R01"], acknowledgements=["AA"], versions=["2.5"],
                                 clients=[{"address": LAB[0], "sending_application": "IPU-XN", "sending_facility": "LABO"}])],
                        [device(*LIS, **{"class": "laboratory information system"}), device(*LAB, **{"class": ANALYSER["class"], "maker": ANALYSER["maker"]})],
                        [finding(CLEAR, LIS[0], 6661, proof=has(LAB, "LNCXN5521^XN-1000^SYSMEX")),
                         finding("patient data in clear", LIS[0], 6661, proof=has(LAB, "CANARYRESULT"))],
                        canaries=m.PID_CANARIES + ["ZZCANARYMEDECIN^PAUL", "CANARYVISIT5521", "CANARYSPECIMEN4471", "CANARYRESULT13.4", "CANARYRESULT212",
                                                   "ZZCANARYTECHNICIEN^LEA", "CANARYNOTE prelevement difficile"], decode_as=["tcp.port==6661,hl7"],
                        device_behind=[{**ANALYSER, "seen_through": LAB[0]}]))


PCD_CANARIES = m.PID_CANARIES + ["CANARYORDER882", "CANARYRATE125", "CANARYDRUG NORADRENALINE", "CANARYHR72"]


def hl7_pcd():
    with Lab() as l:
        eai, gate = add(l, "eai", EAI), add(l, "pompes-gw", GATE)
        eai.spawn(f"{PEER} serve 47808", 47808)
        with l.record("hl7-pcd") as c:
            send(gate, EAI, 47808, m.pcd("PCD0001"), m.pcd("PCD0002"))
        c.publish(truth("IHE PCD-01 from a pump gateway for a pump (OBX-18, PRT with UDI) and a monitor, on port 47808, which another protocol "
                        "has by registration.", [pypi("hl7")],
                        [service(EAI[0], 47808, "hl7", has(EAI, "MSA|AA|PCD0001"), **ENGINE, message_types=["ORU^R01"], profile="IHE_PCD_001",
                                 versions=["2.6"], clients=[{"address": GATE[0], "sending_application": "BBRAUN_ONLINESUITE", "sending_facility": "CHSA",
                                                             "sending_application_eui64": "0012210FFE000001"}])],
                        [device(*EAI, **{"class": "interface engine"}), device(*GATE, **{"class": "medical device gateway"})],
                        [finding(CLEAR, EAI[0], 47808, proof=has(GATE, "EUI-64"))],
                        [decoy("BACnet", "47808 is BACnet's number over UDP; this is HL7 over TCP", EAI[0], 47808, absent="udp"),
                         decoy(f"{GATE[0]} is an infusion pump or a patient monitor", "it speaks for them: they are behind it", GATE[0])],
                        PCD_CANARIES, decode_as=["tcp.port==47808,hl7"], device_behind=[PUMP, MONITOR]))


def hl7_framing():
    with Lab() as l:
        eai, his = add(l, "eai", EAI), add(l, "gam", HIS)
        eai.spawn(f"{PEER} serve 2575", 2575)
        one, two, three = m.frame(m.adt("FRM0001")), m.frame(m.adt("FRM0002")), m.frame(m.adt("FRM0003"))
        with l.record("hl7-framing") as c:
            send_bytes(his, EAI, 2575, [one[:1], one[1:-2], one[-2:-1], one[-1:], {"read": True}])            # the framing bytes apart
            send_bytes(his, EAI, 2575, [*(two[i:i + 23] for i in range(0, len(two), 23)), {"read": True}])    # 23 bytes at a time
            send_bytes(his, EAI, 2575, [m.frame(m.adt("FRM0004")) + three, {"wait": 0.1}, {"read": True}])    # two in one segment
        c.publish(truth("Three connections: the start byte and the two end bytes each in a segment of its own; a message in segments of 23 bytes; two "
                        "messages in one segment (1.3 kB). The server is Python hl7's.", [pypi("hl7")],
                        [service(EAI[0], 2575, "hl7", has(EAI, "MSA|AA|FRM0002"), **ENGINE, message_types=["ADT^A01"], acknowledgements=["AA"],
                                 messages=4, clients=[{"address": HIS[0], "sending_application": "GAM", "sending_facility": "CHSA", **SFT}])],
                        [device(*EAI, **{"class": "interface engine"}), device(*HIS)],
                        [finding(CLEAR, EAI[0], 2575, proof="tcp.dstport == 2575 && tcp.len == 1 && tcp.payload == 0b"),
                         finding("patient data in clear", EAI[0], 2575, proof="tcp.dstport == 2575 && tcp.len == 23")],
                        canaries=m.ADT_CANARIES, decode_as=["tcp.port==2575,hl7"]))


def hl7_variants():
    """Separators and line ends as they are met, all through one plain TCP client; the server is a tolerant one that answers raw bytes."""
    odd = m.message("MSH#*~\\&#AUTOMATE#LABO#EAI#CHSA#20261121100000##ORU*R01#ODD0001#P#2.3", "PID#1##CANARY-IPP-774411##ZZCANARYDUPONT*MARGUERITE",
                    "OBR#1###GLY*Glycemie", "OBX#1#NM#GLY##CANARYRESULT5.4#mmol/L#####F#######LNCGLU001*ACCU-CHEK INFORM II*ROCHE")
    truncation = m.adt("FIV0001", encoding_characters="^~\\&#", version="2.7")
    newlines = m.message("MSH|^~\\&|ECG|CARDIO|EAI|CHSA|20261121100100||ORU^R01|LFS0001|P|2.4", m.PID, "OBX|1|TX|ECG||CANARYTEXTE rythme sinusal", end="\n")
    latin = m.message("MSH|^~\\&|RÉA|CHSA|EAI|CHSA|20261121100200|CanaryMshSecurity|ADT^A03|LAT0001|P|2.3||||||8859/1",
                      "PID|1||CANARY-IPP-774411||ZZCANARYÉLOÏSE^MARGUERITE", encoding="latin-1")
    with Lab() as l:
        eai, his = add(l, "eai", EAI), add(l, "gam", HIS)
        answer = eai.write("ack", m.frame(m.message("MSH|^~\\&|EAI|CHSA|||20261121100000||ACK|1|P|2.5", "MSA|AA|1")))
        eai.spawn(f"{PEER} raw-serve 10050 {answer}", 10050)
        with l.record("hl7-variants") as c:
            for content in (odd, truncation, newlines, latin):
                send_bytes(his, EAI, 10050, [m.frame(content), {"read": True}])
        clients = [{"address": HIS[0], "sending_application": a, "sending_facility": f}
                   for a, f in (("AUTOMATE", "LABO"), ("GAM", "CHSA"), ("ECG", "CARDIO"), ("RÉA", "CHSA"))]
        c.publish(truth("MLLP on 10050 with unusual separators (MSH#*~\\&), five encoding characters (^~\\&#, version 2.7), line feeds instead of carriage "
                        "returns, ISO 8859-1 text and a filled MSH-8 (security).", ["Python sockets"],
                        [service(EAI[0], 10050, "hl7", has(HIS, "MSH#*~"), **ENGINE, message_types=["ORU^R01", "ADT^A01", "ADT^A03"],
                                 acknowledgements=["AA"], versions=["2.3", "2.7", "2.4"], clients=clients)],
                        [device(*EAI, **{"class": "interface engine"}), device(*HIS)],
                        [finding(CLEAR, EAI[0], 10050, proof=has(HIS, "|2.7|")), finding("patient data in clear", EAI[0], 10050, proof=has(HIS, "ZZCANARY"))],
                        canaries=m.ADT_CANARIES + ["ZZCANARYDUPONT*MARGUERITE", "CANARYRESULT5.4", "CANARYTEXTE rythme sinusal", "CanaryMshSecurity",
                                                   "ZZCANARYÉLOÏSE^MARGUERITE"],
                        decode_as=["tcp.port==10050,hl7"],
                        device_behind=[{"class": "glucose meter", "maker": "ROCHE", "model": "ACCU-CHEK INFORM II", "serial": "LNCGLU001",
                                        "seen_through": HIS[0]}]))


def hl7_unframed():
    with Lab() as l:
        eai, his = add(l, "eai", EAI), add(l, "gam", HIS)
        eai.write("ack.hl7", m.message("MSH|^~\\&|EAI|CHSA|GAM|CHSA|20261121101000||ACK^A01|ACK1|P|2.5", "MSA|AA|RAW0001"))
        eai.spawn(["sh", "-c", "(sleep 1.5; cat ack.hl7; sleep 1) | nc -l -p 5100 -N"], 5100)
        his.write("adt.hl7", m.adt("RAW0001"))
        with l.record("hl7-unframed") as c:
            his.run(["sh", "-c", "(cat adt.hl7; sleep 2) | nc -N -w 5 " + EAI[0] + " 5100"])
        c.publish(truth("HL7 without MLLP: a bare message and a bare acknowledgement over netcat on 5100.", [debian("netcat-openbsd")],
                        [service(EAI[0], 5100, "hl7", has(EAI, "MSA|AA|RAW0001"), **ENGINE, framing="none", message_types=["ADT^A01"],
                                 acknowledgements=["AA"], versions=["2.5"],
                                 clients=[{"address": HIS[0], "sending_application": "GAM", "sending_facility": "CHSA", **SFT}])],
                        [device(*EAI), device(*HIS)],
                        [finding(CLEAR, EAI[0], 5100, proof=has(HIS, "ADT^A01")), finding("patient data in clear", EAI[0], 5100, proof=has(HIS, "^MARGUERITE"))],
                        [decoy("MLLP", "no 0x0B and no 0x1C in this capture's payloads", EAI[0], 5100, absent="tcp.payload contains 0b:4d:53:48")],
                        m.ADT_CANARIES))


def hl7_batch():
    with Lab() as l:
        eai, lis = add(l, "eai", EAI), add(l, "lis", LIS)
        answer = eai.write("ack", m.frame(m.message("MSH|^~\\&|EAI|CHSA|LABO-BATCH|LABO|20261121180001||ACK|1|P|2.5", "MSA|AA|FIC0001")))
        eai.spawn(f"{PEER} raw-serve 2576 {answer}", 2576)
        with l.record("hl7-batch") as c:
            send_bytes(lis, EAI, 2576, [m.frame(m.batch()), {"read": True}])
        c.publish(truth("A file and batch (FHS, BHS, two messages, BTS, FTS) in one MLLP block on 2576, longer than a segment.", ["Python sockets"],
                        [service(EAI[0], 2576, "hl7", has(LIS, "BHS|^~"), **ENGINE, batch=True, message_types=["ADT^A01", "ORU^R01"],
                                 clients=[{"address": LIS[0], "sending_application": "LABO-BATCH", "sending_facility": "LABO"},
                                          {"address": LIS[0], "sending_application": "GAM", "sending_facility": "CHSA", **SFT},
                                          {"address": LIS[0], "sending_application": "IPU-XN", "sending_facility": "LABO"}])],
                        [device(*EAI), device(*LIS)],
                        [finding(CLEAR, EAI[0], 2576, proof=has(LIS, "FHS|")), finding("patient data in clear", EAI[0], 2576, proof=has(LIS, "^MARGUERITE"))],
                        [decoy(f"{LIS[0]} is a SYSMEX XN-1000", "the laboratory system passes on what an analyser measured", LIS[0], proof=has(LIS, "XN-1000"))],
                        ["CANARY-IPP-774411", "ZZCANARYDUPONT^MARGUERITE", "2840575CANARY88", "ZZCANARYEPOUX^RENE", "CANARYRESULT212"],
                        decode_as=["tcp.port==2576,hl7"], device_behind=[{**ANALYSER, "seen_through": LIS[0]}]))


def hl7_midmessage():
    """Long messages; the capture starts inside the first one, after its MSH."""
    long = m.adt("MID0001")[:-1] + b"\r" + m.message(*(f"NTE|{i}||CANARYNOTE ligne {i:03} du compte rendu" for i in range(1, 90)))
    with Lab() as l:
        eai, his = add(l, "eai", EAI), add(l, "gam", HIS)
        eai.spawn(f"{PEER} serve 2575", 2575)
        with l.record("whole") as c:
            send(his, EAI, 2575, long, m.adt("MID0002", "A03"))
        frames = [int(x) for x in lab.check.tshark(c.path, "-Y", f"ip.src == {HIS[0]} && tcp.len > 0", "-T", "fields", "-e", "frame.number").split()]
        derive(c.path, "hl7-midmessage", f"frame.number >= {frames[1]}", l.folder, truth(
            "MLLP on 2575 from the second segment of a long ADT^A01 on: no handshake, no MSH for the first message, its acknowledgement, "
            "then a whole ADT^A03 in the same connection.", [pypi("hl7")],
            [{**service(EAI[0], 2575, "hl7", has(EAI, "MSA|AA|MID0001"), **ENGINE, message_types=["ADT^A03"], acknowledgements=["AA"], start="mid-message",
                        clients=[{"address": HIS[0], "sending_application": "GAM", "sending_facility": "CHSA", **SFT}]), "handshake": False}],
            [device(*EAI), device(*HIS)], [finding(CLEAR, EAI[0], 2575, proof=has(HIS, "ADT^A03"))],
            [decoy("ADT^A01 was seen in clear from the sender", "its MSH is not in the capture", absent=f'ip.src == {HIS[0]} && tcp contains "ADT^A01"')],
            m.ADT_CANARIES + ["CANARYNOTE ligne 060 du compte rendu"], decode_as=["tcp.port==2575,hl7"]))


if __name__ == "__main__":
    choose(hl7_adt, hl7_oru, hl7_pcd, hl7_framing, hl7_variants, hl7_unframed, hl7_batch, hl7_midmessage)
