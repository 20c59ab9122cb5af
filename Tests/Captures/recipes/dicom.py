"""DICOM captures: dcmtk, Orthanc and pynetdicom as they really speak.  python3 dicom.py [NAME…]"""
import json
import os

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "dcmtk", "orthanc", "orthanc-dicomweb", "curl")
lab.need_pip("pydicom", "pynetdicom", "cryptography")

import certs
import datasets
from lab import CAPTURES, PYTHON, RECIPES, Lab, choose, debian, decoy, derive, device, finding, pypi, service, truth

PEER = f"{PYTHON} {RECIPES}/peers/dicom_peer.py"
CANARIES = datasets.CANARIES
DCMTK = {"implementation_class_uid": "1.2.276.0.7230010.3.0.3.6.7", "implementation_version": "OFFIS_DCMTK_367"}
PYNET = {"implementation_class_uid": "1.2.826.0.1.3680043.9.3811.3.0.4", "implementation_version": "PYNETDICOM_304"}
CLEAR = "DICOM in clear"

PACS = ("10.20.1.10", "90:1b:0e:20:01:0a")       # Fujitsu
CT = ("10.20.1.21", "d8:9e:f3:20:01:15")         # Dell, the console of the scanner
MR = ("10.20.1.22", "44:4b:5d:20:01:16")         # GE Healthcare
US = ("10.20.1.23", "00:08:fb:20:01:17")         # SonoSite
CR = ("10.20.1.24", "88:b4:36:20:01:18")         # FUJIFILM
DX = ("10.20.1.25", "00:1d:4a:20:01:19")         # Carestream
WS = ("10.20.1.40", "3c:52:82:20:01:28")         # Hewlett Packard workstation


def add(l, name, place, **more):
    return l.host(name, place[0] + "/24", place[1], **more)


def assoc(place, called, calling, kind="rq"):
    side = "ip.src" if kind == "rq" else "ip.dst"
    return f'dicom.pdu.type == {1 if kind == "rq" else 2} && {side} == {place[0]} && dicom.assoc.ae.called contains "{called}" && dicom.assoc.ae.calling contains "{calling}"'


def client(place, calling, software):
    return {"address": place[0], "calling_ae": calling, **software}


def qrscp(host, port, entries="ANY"):
    os.makedirs(host.folder / "db", exist_ok=True)
    return host.write("dcmqrscp.cfg", f"""NetworkTCPPort = {port}
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
station = (STATION, {WS[0]}, 11112)
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
PACS {host.folder}/db RW (200, 1024mb) {entries}
AETable END
""")


def dicom_echo():
    with Lab() as l:
        pacs, ct = add(l, "pacs", PACS), add(l, "ct", CT)
        pacs.spawn(f"dcmqrscp -c {qrscp(pacs, 104)}", 104)
        with l.record("dicom-echo") as c:
            ct.run(f"echoscu -aet CT1 -aec PACS {PACS[0]} 104")
        c.publish(truth(
            "C-ECHO from dcmtk echoscu to dcmqrscp on port 104.", [debian("dcmtk")],
            [service(PACS[0], 104, "dicom", assoc(CT, "PACS", "CT1"), called_ae="PACS", **DCMTK, operations=["C-ECHO"],
                     clients=[client(CT, "CT1", DCMTK)])],
            [device(*PACS, ae_title="PACS"), device(*CT, ae_title="CT1")],
            [finding(CLEAR, PACS[0], 104, proof='tcp.srcport == 104 && dicom.userinfo.version == "OFFIS_DCMTK_367"')]))


def dicom_store():
    with Lab() as l:
        pacs, ct = add(l, "pacs", PACS), add(l, "ct", CT)
        pacs.spawn("storescp -aet STORE1 --ignore 11112", 11112)
        files = [datasets.save(datasets.image("ct", n, size=96, undefined_lengths=True), ct.folder / f"{n}.dcm") for n in (1, 2)]
        with l.record("dicom-store") as c:
            ct.run(f"storescu -aet CT1 -aec STORE1 {PACS[0]} 11112 " + " ".join(files))
        facts = datasets.device_facts("ct")
        decode = ["tcp.port==11112,dicom"]
        secrets = CANARIES + ["CANARYPRIVATE NOTE", "CANARYCONTRIBUTION", "CANARY-IPP-ANCIEN-09", "CANARYISSUER"]
        common = dict(
            services=[service(PACS[0], 11112, "dicom", assoc(CT, "STORE1", "CT1"), called_ae="STORE1", **DCMTK,
                              operations=["C-STORE"], clients=[client(CT, "CT1", DCMTK)])],
            devices=[device(*PACS, ae_title="STORE1"), device(*CT, ae_title="CT1", institution=datasets.INSTITUTION, **facts)],
            findings=[finding(CLEAR, PACS[0], 11112, proof=f'ip.src == {CT[0]} && tcp contains "{facts["serial"]}"'),
                      finding("patient data in clear", PACS[0], 11112, proof=f'ip.src == {CT[0]} && tcp contains "^MARGUERITE"')],
            decoys=[decoy("a device of maker 'ACME Anonymiser', model 'Scrubber 9'",
                          "that is an item of Contributing Equipment Sequence, not the sender's own Manufacturer",
                          proof='tcp contains "ACME Anonymiser"')],
            canaries=secrets, decode_as=decode)
        c.publish(truth("Two CT images of a named device and a named patient from dcmtk storescu to storescp on port 11112. The data sets "
                        "hold sequences written with undefined lengths on disk, private elements, and another device inside a sequence.",
                        [debian("dcmtk"), pypi("pydicom")], **common))

        # The same traffic as a one-way mirror or a late start shows it.
        whole = CAPTURES / "dicom-store.pcap"
        server, sender = common["services"][0], common["devices"][1]

        derive(whole, "dicom-store-accept-only", f"ip.src == {PACS[0]} || arp", l.folder, truth(
            "dicom-store with the client's direction dropped: the SYN-ACK, the A-ASSOCIATE-AC and the C-STORE-RSP remain.",
            [debian("dcmtk")],
            [service(PACS[0], 11112, "dicom", "dicom.pdu.type == 2 && tcp.srcport == 11112", called_ae="STORE1", **DCMTK,
                     operations=["C-STORE"], directions="server only")],
            [device(*PACS, ae_title="STORE1"), device(*CT)], [finding(CLEAR, PACS[0], 11112, proof="dicom.pdu.type == 2")],
            [decoy("the maker of the scanner", "the data sets went in the direction that is missing", absent='tcp contains "SIEMENS"')],
            decode_as=decode))
        derive(whole, "dicom-store-request-only", f"ip.src == {CT[0]} || arp", l.folder, truth(
            "dicom-store with the server's direction dropped: SYN, A-ASSOCIATE-RQ and the data sets remain, nothing proves an answer.",
            [debian("dcmtk")],
            [{**server, "handshake": False, "fields": {"called_ae": "STORE1", "operations": ["C-STORE"], "directions": "client only",
                                                       "clients": [client(CT, "CT1", DCMTK)]}}],
            [device(*PACS), sender], common["findings"],
            [decoy("the server's implementation is OFFIS_DCMTK_367", "its A-ASSOCIATE-AC is missing: only the client's is known",
                   absent=f"ip.src == {PACS[0]} && ip")] + common["decoys"], secrets, decode_as=decode))

        data = [line.split("\t") for line in lab.check.tshark(
            whole, "-Y", f"ip.src == {CT[0]} && tcp.len > 0", "-T", "fields", "-e", "frame.number", "-e", "tcp.len").splitlines()]
        start = int(data[len(data) // 4][0])
        derive(whole, "dicom-store-midstream", f"frame.number >= {start}", l.folder, truth(
            "dicom-store from the middle of the first image's pixels on: no handshake, no association, the start is inside a P-DATA PDU. "
            "The second image follows whole in the same association; its presentation context was negotiated before the start.",
            [debian("dcmtk")],
            [{**server, "handshake": False, "proof": f'ip.src == {CT[0]} && tcp contains "{facts["serial"]}"',
              "fields": {"operations": ["C-STORE"], "start": "mid P-DATA"}}],
            [device(*PACS), device(*CT, institution=datasets.INSTITUTION, **facts)], common["findings"],
            [decoy("AE titles CT1 and STORE1", "the association request is not in the capture", absent="dicom.pdu.type == 1 || dicom.pdu.type == 2")]
            + common["decoys"], secrets, decode_as=decode))


def dicom_store_syntaxes():
    """Five devices, five transfer syntaxes, one archive."""
    plan = [("ct", CT, "implicit", "CT1"), ("mr", MR, "explicit", "IRM02"), ("us", US, "big", "ECHO1"), ("cr", CR, "deflated", "CR3"),
            ("dx", DX, "rle", "DRXREV01")]
    with Lab() as l:
        pacs = add(l, "pacs", PACS)
        pacs.spawn(f"{PEER} scp 4006 ARCHIVE", 4006)
        hosts = [(kind, place, syntax, ae, add(l, kind, place)) for kind, place, syntax, ae in plan]
        with l.record("dicom-store-syntaxes") as c:
            for kind, place, syntax, ae, host in hosts:
                path = datasets.save(datasets.image(kind, 1, syntax, undefined_lengths=kind == "mr"), host.folder / "1.dcm")
                host.run(f"{PEER} store {PACS[0]} 4006 ARCHIVE {ae} {path}")
        devices, findings = [device(*PACS, ae_title="ARCHIVE")], []
        for kind, place, syntax, ae, _ in hosts:
            facts = datasets.device_facts(kind)
            if syntax == "deflated":
                # Zlib hides the strings from a search of the bytes; a scanner that inflates may know them.
                facts = {"may_" + k: v for k, v in facts.items()}
            else:
                findings.append(finding(f"{CLEAR}, {syntax}", PACS[0], 4006, proof=f'ip.src == {place[0]} && tcp contains "{facts["serial"]}"'))
            devices.append(device(*place, ae_title=ae, transfer_syntax=datasets.SYNTAXES[syntax], **facts))
        c.publish(truth(
            "One image from each of five devices in five transfer syntaxes (implicit LE, explicit LE, explicit BE, deflated, RLE), "
            "pynetdicom to pynetdicom on port 4006.", [pypi("pynetdicom"), pypi("pydicom")],
            [service(PACS[0], 4006, "dicom", assoc(CT, "ARCHIVE", "CT1"), called_ae="ARCHIVE", **PYNET, operations=["C-STORE"],
                     clients=[client(place, ae, PYNET) for _, place, _, ae, _ in hosts])],
            devices, findings,
            [decoy("a device of maker 'ACME Anonymiser'", "an item of an undefined-length sequence in the MR image says so, not a sender",
                   proof=f'ip.src == {MR[0]} && tcp contains "ACME Anonymiser"')],
            CANARIES + ["CANARYPRIVATE NOTE", "CANARYCONTRIBUTION", "CANARY-IPP-ANCIEN-09"], decode_as=["tcp.port==4006,dicom"]))


def worklist(host, ae):
    folder = host.folder / "wl" / ae
    folder.mkdir(parents=True)
    (folder / "lockfile").touch()
    datasets.save(datasets.worklist_item(), folder / "1.wl")
    return folder.parent


WORKLIST_KEYS = ["PatientName=ZZCANARY*", "PatientID", "PatientBirthDate", "AccessionNumber", "RequestedProcedureDescription",
                 "ScheduledProcedureStepSequence[0].Modality=CT", "ScheduledProcedureStepSequence[0].ScheduledStationAETitle=CT1"]
WORKLIST_CANARIES = ["ZZCANARY*", "ZZCANARYDUPONT^MARGUERITE", "CANARY-IPP-774411", "CANARYACC5521", "CANARYPROCEDURE TDM PELVIS", "18190213"]


def dicom_worklist():
    with Lab() as l:
        ris, ct = add(l, "ris", PACS), add(l, "ct", CT)
        ris.spawn(f"wlmscpfs -dfp {worklist(ris, 'RISWL')} 5678", 5678)
        with l.record("dicom-worklist") as c:
            ct.run("findscu -W -aet CT1 -aec RISWL " + " ".join(f"-k {k}" for k in WORKLIST_KEYS) + f" {PACS[0]} 5678")
        c.publish(truth(
            "Modality worklist C-FIND from dcmtk findscu to wlmscpfs on port 5678; the query key and the answers hold a patient.",
            [debian("dcmtk")],
            [service(PACS[0], 5678, "dicom", assoc(CT, "RISWL", "CT1"), called_ae="RISWL", **DCMTK, operations=["C-FIND"],
                     sop_classes=["1.2.840.10008.5.1.4.31"], clients=[client(CT, "CT1", DCMTK)])],
            [device(*PACS, ae_title="RISWL", **{"class": "worklist provider"}), device(*CT, ae_title="CT1", **{"class": "imaging modality CT"})],
            [finding(CLEAR, PACS[0], 5678, proof='dicom.pctx.abss.syntax contains "1.2.840.10008.5.1.4.31" || tcp contains "1.2.840.10008.5.1.4.31"'),
             finding("patient data in clear", PACS[0], 5678, proof='tcp.srcport == 5678 && tcp contains "ZZCANARYDUPONT"')],
            canaries=WORKLIST_CANARIES, decode_as=["tcp.port==5678,dicom"]))


def dicom_query_move():
    """A workstation queries the PACS and has an image sent to it: the PACS then sends an image whose maker is the scanner's."""
    with Lab() as l:
        pacs, ct, ws = add(l, "pacs", PACS), add(l, "ct", CT), add(l, "ws", WS)
        pacs.spawn(f"dcmqrscp -c {qrscp(pacs, 104)}", 104)
        path = datasets.save(datasets.image("mr", 1), ct.folder / "1.dcm")
        ct.run(f"storescu -aet IRM02 -aec PACS {PACS[0]} 104 {path}")
        ws.spawn("storescp -aet STATION --ignore 11112", 11112)
        with l.record("dicom-query-move") as c:
            keys = "-k QueryRetrieveLevel=STUDY -k PatientName=ZZCANARY* -k PatientID -k StudyInstanceUID -k StudyDescription"
            ws.run(f"findscu -S -aet STATION -aec PACS {keys} {PACS[0]} 104")
            ws.run(f"movescu -S -aet STATION -aec PACS -aem STATION -k QueryRetrieveLevel=STUDY -k StudyInstanceUID={datasets.STUDY} {PACS[0]} 104")
            ws.run(f"getscu -S -aet STATION -aec PACS -k QueryRetrieveLevel=STUDY -k StudyInstanceUID={datasets.STUDY} {PACS[0]} 104")
        facts = datasets.device_facts("mr")
        c.publish(truth(
            "Study root C-FIND, C-MOVE and C-GET from a dcmtk workstation to dcmqrscp on 104; the C-MOVE makes the PACS store an MR image "
            "to the workstation on 11112. The MR scanner itself is not in this capture.", [debian("dcmtk"), pypi("pydicom")],
            [service(PACS[0], 104, "dicom", assoc(WS, "PACS", "STATION"), called_ae="PACS", **DCMTK, operations=["C-FIND", "C-MOVE", "C-GET"],
                     clients=[client(WS, "STATION", DCMTK)]),
             service(WS[0], 11112, "dicom", assoc(PACS, "STATION", "PACS"), called_ae="STATION", **DCMTK, operations=["C-STORE"],
                     clients=[client(PACS, "PACS", DCMTK)])],
            [device(*PACS, ae_title="PACS", **{"class": "image archive"}), device(*WS, ae_title="STATION", **{"class": "workstation"})],
            [finding(CLEAR, PACS[0], 104, proof="tcp.srcport == 104 && dicom.pdu.type == 2"),
             finding(CLEAR, WS[0], 11112, proof="tcp.srcport == 11112 && dicom.pdu.type == 2"),
             finding("patient data in clear", PACS[0], 104, proof='tcp.srcport == 104 && tcp contains "^MARGUERITE"')],
            [decoy(f"{PACS[0]} is a {facts['maker']} {facts['model']}", "the PACS forwards what a scanner made: the maker in the data set "
                   "is not the sender's", PACS[0], proof=f'ip.src == {PACS[0]} && tcp contains "GE MEDICAL SYSTEMS"'),
             decoy(f"{WS[0]} is a {facts['maker']} {facts['model']}", "the workstation receives it", WS[0])],
            ["ZZCANARY*", "ZZCANARYDUPONT^MARGUERITE", "CANARY-IPP-774411", "CANARYSTUDY PELVIS", "2840575CANARY88", "CANARYACC5521",
             "ZZCANARYMANIP^LEA"],
            decode_as=["tcp.port==11112,dicom"], device_behind=[{"class": facts["class"], "maker": facts["maker"], "model": facts["model"],
                                                                 "serial": facts["serial"], "station_name": facts["station_name"],
                                                                 "seen_through": PACS[0]}]))


def orthanc(host, **settings):
    configuration = {"Name": "PACS-SA", "StorageDirectory": str(host.folder / "storage"), "IndexDirectory": str(host.folder / "storage"),
                     "DicomAet": "ORTHANC", "DicomPort": 4242, "HttpPort": 8042, "RemoteAccessAllowed": True, "AuthenticationEnabled": False,
                     "DicomAlwaysAllowFind": True, "DicomAlwaysAllowMove": True, "DicomAlwaysAllowGet": True, "DicomCheckCalledAet": False,
                     "DicomModalities": {"station": ["STATION", WS[0], 11112]}, **settings}
    path = host.write("orthanc.json", json.dumps(configuration))
    host.spawn(f"Orthanc {path}", [configuration["DicomPort"], configuration["HttpPort"]], timeout=40)


def dicom_orthanc():
    with Lab() as l:
        pacs, us, ws = add(l, "pacs", PACS), add(l, "us", US), add(l, "ws", WS)
        orthanc(pacs)
        ws.spawn("storescp -aet STATION --ignore 11112", 11112)
        path = datasets.save(datasets.image("us", 1), us.folder / "1.dcm")
        with l.record("dicom-orthanc") as c:
            us.run(f"echoscu -aet ECHO1 -aec ORTHANC {PACS[0]} 4242")
            us.run(f"{PEER} store {PACS[0]} 4242 ORTHANC ECHO1 {path}")
            ws.run(f"findscu -S -aet STATION -aec ORTHANC -k QueryRetrieveLevel=STUDY -k PatientName=ZZCANARY* -k PatientID {PACS[0]} 4242")
            ws.run(f"movescu -S -aet STATION -aec ORTHANC -aem STATION -k QueryRetrieveLevel=STUDY -k StudyInstanceUID={datasets.STUDY} {PACS[0]} 4242")
        facts = datasets.device_facts("us")
        c.publish(truth(
            "Orthanc on 4242: C-ECHO (dcmtk), C-STORE of an ultrasound image (pynetdicom), C-FIND and C-MOVE from a workstation (dcmtk).",
            [debian("orthanc"), debian("dcmtk"), pypi("pynetdicom")],
            [service(PACS[0], 4242, "dicom", assoc(US, "ORTHANC", "ECHO1"), called_ae="ORTHANC", **DCMTK,
                     operations=["C-ECHO", "C-STORE", "C-FIND", "C-MOVE"],
                     clients=[client(US, "ECHO1", DCMTK), client(US, "ECHO1", PYNET), client(WS, "STATION", DCMTK)]),
             service(WS[0], 11112, "dicom", assoc(PACS, "STATION", "ORTHANC"), called_ae="STATION", **DCMTK, operations=["C-STORE"],
                     clients=[client(PACS, "ORTHANC", DCMTK)])],
            [device(*PACS, ae_title="ORTHANC", **{"class": "image archive"}), device(*US, ae_title="ECHO1", **facts),
             device(*WS, ae_title="STATION", **{"class": "workstation"})],
            [finding(CLEAR, PACS[0], 4242, proof=f'ip.src == {US[0]} && tcp contains "{facts["serial"]}"'),
             finding(CLEAR, WS[0], 11112, proof="tcp.srcport == 11112 && dicom.pdu.type == 2")],
            [decoy(f"{PACS[0]} is a {facts['maker']} {facts['model']}", "the archive forwards the image", PACS[0],
                   proof=f'ip.src == {PACS[0]} && tcp.dstport == 11112 && tcp contains "SonoSite"')],
            CANARIES + ["ZZCANARY*"], decode_as=["tcp.port==4242,dicom", "tcp.port==11112,dicom"]))


def dicom_dicomweb():
    with Lab() as l:
        pacs, ws = add(l, "pacs", PACS), add(l, "ws", WS)
        orthanc(pacs, Plugins=["/usr/share/orthanc/plugins/libOrthancDicomWeb.so"], DicomWeb={"Enable": True, "Root": "/dicom-web/"})
        path = datasets.save(datasets.image("ct", 1), ws.folder / "1.dcm")
        study = datasets.STUDY
        with l.record("dicom-dicomweb") as c:
            base = f"http://{PACS[0]}:8042"
            boundary = b"--limite\r\nContent-Type: application/dicom\r\n\r\n" + open(path, "rb").read() + b"\r\n--limite--\r\n"
            stow = ws.write("stow.bin", boundary)
            ws.run(["curl", "-sS", "-X", "POST", "-H", 'Content-Type: multipart/related; type="application/dicom"; boundary=limite',
                    "-H", "Accept: application/dicom+json", "--data-binary", f"@{stow}", f"{base}/dicom-web/studies"])
            ws.run(["curl", "-sS", "-H", "Accept: application/dicom+json", f"{base}/dicom-web/studies?PatientName=ZZCANARYDUPONT*&PatientID=CANARY-IPP-774411"])
            ws.run(["curl", "-sS", "-o", "w", f"{base}/dicom-web/studies/{study}/metadata"])
            ws.run(["curl", "-sS", "-o", "w", "-H", 'Accept: multipart/related; type="application/dicom"', f"{base}/dicom-web/studies/{study}"])
            ws.run(["curl", "-sS", f"{base}/system"])
        facts = datasets.device_facts("ct")
        c.publish(truth(
            "DICOMweb in clear on Orthanc's HTTP port 8042: STOW-RS, QIDO-RS with the patient in the URL query, WADO-RS, and Orthanc's own /system.",
            [debian("orthanc"), debian("orthanc-dicomweb"), debian("curl")],
            [service(PACS[0], 8042, "http", 'http.content_type contains "dicom+json"', applications=["DICOMweb"],
                     user_agents=["curl/" + debian("curl").split()[1].split("-")[0]])],
            [device(*PACS, **{"class": "image archive"}), device(*WS)],
            [finding("DICOMweb in clear without authentication", PACS[0], 8042, proof='http.request.uri contains "/dicom-web/studies"'),
             finding("patient data in clear", PACS[0], 8042, proof='http.request.uri contains "PatientName="')],
            [decoy(f"{WS[0]} is a {facts['maker']} {facts['model']}", "a workstation uploads what a scanner made", WS[0],
                   proof=f'ip.src == {WS[0]} && tcp contains "SOMATOM"')],
            CANARIES + ["ZZCANARYDUPONT*"]))


def dicom_reject():
    with Lab() as l:
        pacs, ct, ws = add(l, "pacs", PACS), add(l, "ct", CT), add(l, "ws", WS)
        pacs.spawn(f"{PEER} scp 104 PACS --only-called --only-calling IRM02", 104)
        pacs.spawn(f"dcmqrscp -c {qrscp(pacs, 11112)}", 11112)
        with l.record("dicom-reject") as c:
            for called, calling in (("NOTHERE", "IRM02"), ("PACS", "INTRUDER")):
                ct.run(f"echoscu -aet {calling} -aec {called} {PACS[0]} 104", check=False)
            ws.run(f"{PEER} echo {PACS[0]} 11112 WRONGAE STATION", check=False)
            ws.run(f"echoscu -aet IRM02 -aec PACS {PACS[0]} 104")
        c.publish(truth(
            "Rejected associations: called AE title not recognised and calling AE title not recognised (pynetdicom on 104), called AE title not "
            "recognised by dcmqrscp on 11112; then one that 104 accepts.", [debian("dcmtk"), pypi("pynetdicom")],
            [service(PACS[0], 104, "dicom", assoc(WS, "PACS", "IRM02"), called_ae="PACS", **PYNET, operations=["C-ECHO"],
                     rejections=["called AE title not recognised", "calling AE title not recognised"],
                     clients=[client(CT, "IRM02", DCMTK), client(CT, "INTRUDER", DCMTK), client(WS, "IRM02", DCMTK)]),
             service(PACS[0], 11112, "dicom", "tcp.srcport == 11112 && dicom.assoc.reject.reason == 7",
                     rejections=["called AE title not recognised"], clients=[client(WS, "STATION", PYNET)])],
            [device(*PACS, ae_title="PACS"), device(*CT), device(*WS)],
            [finding("association rejected: called AE title not recognised", PACS[0], 104, proof="tcp.srcport == 104 && dicom.assoc.reject.reason == 7"),
             finding("association rejected: calling AE title not recognised", PACS[0], 104, proof="tcp.srcport == 104 && dicom.assoc.reject.reason == 3")],
            [decoy("NOTHERE or WRONGAE is an AE title of this server", "both were refused", PACS[0],
                   absent='dicom.pdu.type == 2 && (dicom.assoc.ae.called contains "NOTHERE" || dicom.assoc.ae.called contains "WRONGAE")')],
            decode_as=["tcp.port==11112,dicom"]))


def dicom_user_identity():
    with Lab() as l:
        pacs, ws = add(l, "pacs", PACS), add(l, "ws", WS)
        pacs.spawn(f"{PEER} scp 11112 SECUREPACS --identity", 11112)
        with l.record("dicom-user-identity") as c:
            ws.run([*PEER.split(), "echo", PACS[0], "11112", "SECUREPACS", "STATION", "--user", "canaryuser", "--passcode", "CanaryPwd!42"])
            ws.run([*PEER.split(), "echo", PACS[0], "11112", "SECUREPACS", "STATION", "--jwt", "eyJhbGciOiJub25lIn0.CANARYJWT.signature"])
        c.publish(truth(
            "User identity negotiation in clear: user name with passcode, then a JSON web token; the server answers with a token of its own.",
            [pypi("pynetdicom")],
            [service(PACS[0], 11112, "dicom", assoc(WS, "SECUREPACS", "STATION"), called_ae="SECUREPACS", **PYNET, operations=["C-ECHO"],
                     user_identity_types=[2, 5], clients=[client(WS, "STATION", PYNET)])],
            [device(*PACS, ae_title="SECUREPACS"), device(*WS, ae_title="STATION")],
            [finding("DICOM user name and passcode in clear", PACS[0], 11112, proof="dicom.userinfo.user_identify.type == 2"),
             finding("DICOM token in clear", PACS[0], 11112, proof="dicom.userinfo.user_identify.type == 5")],
            canaries=["canaryuser", "CanaryPwd!42", "eyJhbGciOiJub25lIn0.CANARYJWT.signature", "CANARYSERVERTOKEN"],
            decode_as=["tcp.port==11112,dicom"]))


def dicom_negotiation():
    with Lab() as l:
        pacs, ws = add(l, "pacs", PACS), add(l, "ws", WS)
        pacs.spawn(f"{PEER} scp 11112 BIGPACS", 11112)
        with l.record("dicom-negotiation") as c:
            ws.run(f"{PEER} negotiate {PACS[0]} 11112 BIGPACS STATION")
            ws.run(f"{PEER} abort {PACS[0]} 11112 BIGPACS STATION")
        c.publish(truth(
            "An association request with 102 presentation contexts and every optional item (roles, asynchronous operations window, extended and "
            "common extended negotiation), several segments long; then an association that the client aborts.", [pypi("pynetdicom")],
            [service(PACS[0], 11112, "dicom", assoc(WS, "BIGPACS", "STATION", "ac"), called_ae="BIGPACS", **PYNET, operations=["C-ECHO"],
                     clients=[client(WS, "STATION", PYNET)])],
            [device(*PACS, ae_title="BIGPACS"), device(*WS, ae_title="STATION")],
            [finding(CLEAR, PACS[0], 11112, proof="dicom.userinfo.asyncneg.maxnumopsinv == 4"),
             finding("association aborted by the client", PACS[0], 11112, proof=f"dicom.pdu.type == 7 && ip.src == {WS[0]}")],
            decode_as=["tcp.port==11112,dicom"]))


def dicom_mpps():
    with Lab() as l:
        ris, ct = add(l, "ris", PACS), add(l, "ct", CT)
        ris.spawn(f"{PEER} scp 1105 RISMPPS", 1105)
        with l.record("dicom-mpps") as c:
            ct.run(f"{PEER} mpps {PACS[0]} 1105 RISMPPS CT1")
            ct.run(f"{PEER} commit {PACS[0]} 1105 RISMPPS CT1")
        c.publish(truth(
            "Modality performed procedure step (N-CREATE, N-SET) and storage commitment (N-ACTION, N-EVENT-REPORT) on port 1105.",
            [pypi("pynetdicom")],
            [service(PACS[0], 1105, "dicom", assoc(CT, "RISMPPS", "CT1"), called_ae="RISMPPS", **PYNET,
                     operations=["N-CREATE", "N-SET", "N-ACTION", "N-EVENT-REPORT"], clients=[client(CT, "CT1", PYNET)])],
            [device(*PACS, ae_title="RISMPPS"), device(*CT, ae_title="CT1", station_name="CTAWP66021", **{"class": "imaging modality CT"})],
            [finding("patient data in clear", PACS[0], 1105, proof=f'ip.src == {CT[0]} && tcp contains "CANARY-IPP"')],
            canaries=["ZZCANARYDUPONT^MARGUERITE", "CANARY-IPP-774411", "CANARYACC5521"], decode_as=["tcp.port==1105,dicom"]))


def dicom_tls(name, version, limit):
    with Lab() as l:
        pacs, ct = add(l, "pacs", PACS), add(l, "ct", CT)
        authority = certs.make("Sainte-Auscultation Test CA", authority=True)
        server = certs.make("pacs.sainte-auscultation.example", authority, names=["pacs.sainte-auscultation.example"])
        user = certs.make("ct1.sainte-auscultation.example", authority)
        options = {}
        for host, pair in ((pacs, server), (ct, user)):
            certificate, key = certs.pem(pair)
            options[host.name] = (f"+tls {host.write('key.pem', key)} {host.write('cert.pem', certificate)} "
                                  f"+cf {host.write('ca.pem', certs.pem(authority)[0])}")
        configuration = pacs.write("openssl.cnf", "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n" + limit)
        pacs.spawn(f"storescp {options['pacs']} -aet TLSPACS --ignore 2762", 2762, env={"OPENSSL_CONF": configuration})
        path = datasets.save(datasets.image("ct", 1), ct.folder / "1.dcm")
        with l.record(name) as c:
            ct.run(f"storescu {options['ct']} -aet CT1 -aec TLSPACS {PACS[0]} 2762 {path}")
        fields = {"tls_version": version, "application": "dicom (not visible; port 2762 is dicom-tls by registration)"}
        decoys = [decoy("AE titles, SOP classes or a maker are known", "everything after the TLS handshake is encrypted",
                        PACS[0], 2762, absent='tcp contains "TLSPACS"')]
        if version == "1.2":
            fields |= {"certificate": certs.facts(server), "client_certificate": certs.facts(user)}
            proof = 'tls.handshake.type == 11 && tcp.srcport == 2762'
        else:
            decoys.append(decoy("the certificate is known", "TLS 1.3 encrypts it", PACS[0], 2762, absent="tls.handshake.type == 11"))
            proof = "tls.handshake.extensions.supported_version == 0x0304 && tls.handshake.type == 2"
        c.publish(truth(f"C-STORE over TLS {version} with mutual authentication, dcmtk on port 2762.", [debian("dcmtk"), debian("openssl")],
                        [service(PACS[0], 2762, "tls", proof, **fields)], [device(*PACS), device(*CT)],
                        decoys=decoys, canaries_hidden=CANARIES))


def dicom_tls12():
    dicom_tls("dicom-tls12", "1.2", "MaxProtocol = TLSv1.2\n")


def dicom_tls13():
    dicom_tls("dicom-tls13", "1.3", "MinProtocol = TLSv1.3\n")


if __name__ == "__main__":
    choose(dicom_echo, dicom_store, dicom_store_syntaxes, dicom_worklist, dicom_query_move, dicom_orthanc, dicom_dicomweb, dicom_reject,
           dicom_user_identity, dicom_negotiation, dicom_mpps, dicom_tls12, dicom_tls13)
