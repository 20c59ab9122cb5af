"""DICOM captures of what each machine is for: a printer, a router, storage commitment, device identifiers, toolkits, scanners.

    python3 dicom_roles.py [NAME…]
"""
import os
import pathlib

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "dcmtk", "orthanc", "libgdcm-tools", "nmap", "curl")
lab.need_pip("pydicom", "pynetdicom", "cryptography")

import certs
import dicom
import datasets
from dicom import CANARIES, CLEAR, CT, DCMTK, PACS, PYNET, US, WS, add, assoc, client, orthanc, qrscp
from lab import PYTHON, RECIPES, choose, debian, device, finding, pypi, service, truth

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

PEER = f"{PYTHON} {RECIPES}/dicom_roles_peer.py"
GDCM = {"implementation_class_uid": "1.2.826.0.1.3680043.2.1143.107.104.103.115.3.0.21", "implementation_version": "GDCM 3.0.21"}
NMAP = {"implementation_class_uid": "1.2.276.0.7230010.3.0.3.6.2", "implementation_version": "OFFIS_DCMTK_362"}

PRINTER = ("10.20.1.60", "00:00:74:20:01:3c")    # Ricoh
ROUTER = ("10.20.1.12", "90:1b:0e:20:01:0c")
ANY = ("10.20.1.13", "90:1b:0e:20:01:0d")
PROBE = ("10.20.1.200", "3c:52:82:20:01:c8")


class Lab(lab.Lab):
    """With namespaces of its own names, so that another family can be recorded at the same time."""

    def __init__(self, *bridges):
        super().__init__(*bridges)
        self.prefix = "laennec-dicom"
        self.ns = f"{self.prefix}-switch"


def dicom_print():
    with Lab() as l:
        printer, ct = add(l, "printer", PRINTER), add(l, "ct", CT)
        for folder in ("spool", "log", "database", "lut", "reports"):
            os.makedirs(printer.folder / folder)
        printer.write("print.cfg", pathlib.Path("/etc/dcmtk/dcmpstat.cfg").read_text(errors="replace"))
        printer.spawn("dcmprscp -c print.cfg -p IHEFULL", 10005)
        with l.record("dicom-print") as c:
            ct.run(f"{PEER} print {PRINTER[0]} 10005 IHEFULL CT1")
        c.publish(truth(
            "A film printed: dcmtk's print server on port 10005, a pynetdicom client (printer status, film session, film box, image, print).",
            [debian("dcmtk"), pypi("pynetdicom")],
            [service(PRINTER[0], 10005, "dicom", assoc(CT, "IHEFULL", "CT1"), called_ae="IHEFULL", **DCMTK,
                     operations=["N-GET", "N-CREATE", "N-SET", "N-ACTION", "N-DELETE"], sop_classes=["1.2.840.10008.5.1.1.9", "1.2.840.10008.5.1.1.1"],
                     clients=[client(CT, "CT1", PYNET)])],
            [device(*PRINTER, ae_title="IHEFULL", **{"class": "film printer"}), device(*CT, ae_title="CT1")],
            [finding(CLEAR, PRINTER[0], 10005, proof="tcp.srcport == 10005 && dicom.pdu.type == 2"),
             finding("patient data in clear", PRINTER[0], 10005, proof='tcp.dstport == 10005 && tcp contains "ZZCANARYDUPONT"')],
            canaries=["ZZCANARYDUPONT^MARGUERITE", "CANARYPIXELTEXT"], decode_as=["tcp.port==10005,dicom"]))


def dicom_router():
    """An Orthanc that sends on what it is sent, as routers do."""
    with Lab() as l:
        router, pacs, ct = add(l, "router", ROUTER), add(l, "pacs", PACS), add(l, "ct", CT)
        pacs.spawn(f"dcmqrscp -c {qrscp(pacs, 104)}", 104)
        script = router.write("route.lua", "function OnStoredInstance(id, tags, metadata, origin)\n Delete(SendToModality(id, 'pacs'))\nend\n")
        orthanc(router, DicomAet="ROUTER1", LuaScripts=[script], DicomModalities={"pacs": ["PACS", PACS[0], 104]}, RemoteAccessAllowed=False)
        path = datasets.save(datasets.image("ct", 1, size=40), ct.folder / "1.dcm")
        with l.record("dicom-router") as c:
            ct.run(f"{PEER} store {ROUTER[0]} 4242 ROUTER1 CT1 {path}")
            lab.time.sleep(3)
        facts = datasets.device_facts("ct")
        c.publish(truth(
            "A CT image to Orthanc, which sends it on to a dcmtk archive by a script and keeps nothing: a router. No C-MOVE is behind it.",
            [debian("orthanc"), debian("dcmtk"), pypi("pynetdicom")],
            [service(ROUTER[0], 4242, "dicom", assoc(CT, "ROUTER1", "CT1"), called_ae="ROUTER1", **DCMTK, operations=["C-STORE"],
                     clients=[client(CT, "CT1", PYNET)]),
             service(PACS[0], 104, "dicom", assoc(ROUTER, "PACS", "ROUTER1"), called_ae="PACS", **DCMTK, operations=["C-STORE"],
                     clients=[client(ROUTER, "ROUTER1", DCMTK)])],
            [device(*ROUTER, ae_title="ROUTER1"), device(*PACS, ae_title="PACS"), device(*CT, ae_title="CT1", institution=datasets.INSTITUTION, **facts)],
            [finding(CLEAR, ROUTER[0], 4242, proof=f'ip.src == {CT[0]} && tcp contains "{facts["serial"]}"'),
             finding(CLEAR, PACS[0], 104, proof=f'ip.src == {ROUTER[0]} && tcp contains "{facts["serial"]}"')],
            canaries=CANARIES, decode_as=["tcp.port==4242,dicom"]))


def dicom_commitment():
    """Storage commitment whose report comes in an association of its own."""
    with Lab() as l:
        pacs, ct = add(l, "pacs", PACS), add(l, "ct", CT)
        orthanc(pacs, DicomModalities={"ct": ["CT1", CT[0], 11112]}, RemoteAccessAllowed=False)
        with l.record("dicom-commitment") as c:
            ct.run(f"{PEER} commit {PACS[0]} 4242 ORTHANC CT1 11112")
        c.publish(truth(
            "Storage commitment: pynetdicom asks Orthanc (N-ACTION), which reports (N-EVENT-REPORT) in an association that it opens to the "
            "modality, with the roles reversed.", [debian("orthanc"), pypi("pynetdicom")],
            [service(PACS[0], 4242, "dicom", assoc(CT, "ORTHANC", "CT1"), called_ae="ORTHANC", **DCMTK, operations=["N-ACTION"],
                     clients=[client(CT, "CT1", PYNET)]),
             service(CT[0], 11112, "dicom", assoc(PACS, "CT1", "ORTHANC"), called_ae="CT1", **PYNET, operations=["N-EVENT-REPORT"],
                     clients=[client(PACS, "ORTHANC", DCMTK)])],
            [device(*PACS, ae_title="ORTHANC", **{"class": "image archive"}), device(*CT, ae_title="CT1")],
            [finding(CLEAR, PACS[0], 4242, proof="tcp.srcport == 4242 && dicom.pdu.type == 2"),
             finding(CLEAR, CT[0], 11112, proof="tcp.srcport == 11112 && dicom.pdu.type == 2")],
            canaries=[f"{datasets.ROOT}215.1", f"{datasets.ROOT}89.7"], decode_as=["tcp.port==4242,dicom", "tcp.port==11112,dicom"]))


UDI = "(01)03700000000017(11)240115(21)LNCUDI4711"
DEVICE_UID = f"{datasets.ROOT}9001.4711"


def identified():
    """A radiograph whose device gives every identifier that PS3.3 has for it, and whose maker added elements of its own."""
    ds = datasets.image("dx", 1, size=24)
    item = Dataset()
    item.UniqueDeviceIdentifier, item.DeviceDescription = UDI, "CANARYDEVICENOTE"
    ds.UDISequence = Sequence([item])
    ds.DeviceUID = DEVICE_UID
    ds.PlateID, ds.DetectorID, ds.GantryID, ds.GeneratorID = "LNCPLATE12", "LNCDET0815", "LNCGANTRY3", "LNCGEN77"
    ds.DateOfLastCalibration = "20240115"
    for group, creator in ((0x0011, "CARESTREAM IMAGE 1.0"), (0x0029, "Kodak Image Information"), (0x2001, "LAENNEC TEST 1.0")):
        ds.private_block(group, creator, create=True).add_new(0x01, "LO", "CANARYPRIVATE NOTE")
    return ds


def dicom_device_ids():
    with Lab() as l:
        pacs, dx, us = add(l, "pacs", PACS), add(l, "dx", dicom.DX), add(l, "us", US)
        orthanc(pacs, RemoteAccessAllowed=False)
        first = datasets.save(identified(), dx.folder / "1.dcm")
        # Ultrasound Image Storage (Retired), in the retired big endian syntax.
        old = datasets.image("us", 1, "big", size=16)
        old.SOPClassUID = old.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.6"
        second = datasets.save(old, us.folder / "1.dcm")
        with l.record("dicom-device-ids") as c:
            dx.run(f"{PEER} store {PACS[0]} 4242 ORTHANC DRXREV01 {first} --private 1.2.840.113619.4.26")
            us.run(f"{PEER} store {PACS[0]} 4242 ORTHANC ECHO1 {second}")
        c.publish(truth(
            "A radiograph with every identifier of its device (UDI in its sequence, device UID, detector, plate, gantry, generator) and private "
            "creators, sent with a private SOP class and a private transfer syntax proposed; an ultrasound image of the retired SOP class in "
            "the retired big endian syntax. pynetdicom to Orthanc.", [debian("orthanc"), pypi("pynetdicom"), pypi("pydicom")],
            [service(PACS[0], 4242, "dicom", assoc(dicom.DX, "ORTHANC", "DRXREV01"), called_ae="ORTHANC", **DCMTK, operations=["C-STORE"],
                     sop_classes=["1.2.840.113619.4.26", "1.2.840.10008.5.1.4.1.1.6"],
                     clients=[client(dicom.DX, "DRXREV01", PYNET), client(US, "ECHO1", PYNET)])],
            [device(*PACS, ae_title="ORTHANC"),
             device(*dicom.DX, ae_title="DRXREV01", institution=datasets.INSTITUTION, transfer_syntax="1.2.840.113619.5.2", **datasets.device_facts("dx")),
             device(*US, ae_title="ECHO1", institution=datasets.INSTITUTION, transfer_syntax="1.2.840.10008.1.2.2", **datasets.device_facts("us"))],
            [finding(CLEAR, PACS[0], 4242, proof=f'ip.src == {dicom.DX[0]} && tcp contains "{UDI}"')],
            canaries=CANARIES + ["CANARYPRIVATE NOTE", "CANARYDEVICENOTE"], decode_as=["tcp.port==4242,dicom"]))


TOOLKITS = ("10.20.1.41", "3c:52:82:20:01:29")


def dicom_toolkits():
    """The same few operations by different toolkits: what tells them apart is the shape of their requests."""
    with Lab() as l:
        pacs, ws, gd, py, other = add(l, "pacs", PACS), add(l, "ws", WS), add(l, "gd", TOOLKITS), add(l, "py", CT), add(l, "other", ROUTER)
        orthanc(other, DicomAet="OTHER", DicomModalities={"pacs": ["PACS", PACS[0], 104]}, RemoteAccessAllowed=False)
        pacs.spawn(f"dcmqrscp -c {qrscp(pacs, 104)}", 104)
        path = datasets.save(datasets.image("us", 1, size=16), ws.folder / "1.dcm")
        key = "-k QueryRetrieveLevel=STUDY -k PatientID=CANARY-IPP-774411"
        with l.record("dicom-toolkits") as c:
            ws.run(f"echoscu -aet STATION -aec PACS {PACS[0]} 104")
            ws.run(f"findscu -S -aet STATION -aec PACS {key} {PACS[0]} 104")
            ws.run(f"findscu -P -aet STATION -aec PACS {key} {PACS[0]} 104")
            ws.run(f"storescu -aet STATION -aec PACS {PACS[0]} 104 {path}")
            # GDCM 3.0.21 ends with an exception after the release: the exchange itself is whole.
            gd.run(f"gdcmscu --echo --aetitle GDCMSCU --call PACS {PACS[0]} 104", check=False)
            gd.run(f"gdcmscu --find --studyroot --study --key 10,20=CANARY-IPP-774411 --aetitle GDCMSCU --call PACS {PACS[0]} 104", check=False)
            py.run(f"{PYTHON} -m pynetdicom echoscu -aet PYNET -aec PACS {PACS[0]} 104")
            other.run(["curl", "-sS", "-X", "POST", "http://127.0.0.1:8042/modalities/pacs/echo", "-d", ""])
            other.run(["curl", "-sS", "-X", "POST", "http://127.0.0.1:8042/modalities/pacs/query", "-d",
                       '{"Level": "Study", "Query": {"PatientID": "CANARY-IPP-774411"}}'])
        services = [service(PACS[0], 104, "dicom", assoc(WS, "PACS", "STATION"), called_ae="PACS", **DCMTK, operations=["C-ECHO", "C-FIND", "C-STORE"],
                            clients=[client(WS, "STATION", DCMTK), client(TOOLKITS, "GDCMSCU", GDCM), client(CT, "PYNET", PYNET), client(ROUTER, "OTHER", DCMTK)])]
        c.publish(truth(
            "Echo, find and store by the tools of dcmtk, GDCM and pynetdicom and by Orthanc, with their own settings, to dcmqrscp on 104.",
            [debian("dcmtk"), debian("orthanc"), debian("libgdcm-tools"), pypi("pynetdicom")], services,
            [device(*PACS, ae_title="PACS"), device(*WS, ae_title="STATION"), device(*TOOLKITS, ae_title="GDCMSCU"), device(*CT, ae_title="PYNET"),
             device(*ROUTER, ae_title="OTHER")],
            [finding(CLEAR, PACS[0], 104, proof="tcp.srcport == 104 && dicom.pdu.type == 2"),
             finding("patient data in clear", PACS[0], 104, proof='tcp.dstport == 104 && tcp contains "CANARY-IPP-774411"')],
            canaries=CANARIES))


TITLES = ["ORTHANC", "ARCHIVE", "DICOM", "STORESCP", "SERVER", "VIEWER", "PACS"]


def dicom_scan():
    """nmap's two scripts against a server that checks titles and one that does not."""
    with Lab() as l:
        strict, lax, probe, ws = add(l, "strict", PACS), add(l, "lax", ANY), add(l, "probe", PROBE), add(l, "ws", WS)
        strict.spawn(f"{RECIPES_PEER} scp 104 PACS --only-called", 104)
        orthanc(lax, RemoteAccessAllowed=False)
        titles = probe.write("titles.lst", "\n".join(TITLES) + "\n")
        with l.record("dicom-scan") as c:
            for target, port in ((PACS, 104), (ANY, 4242)):
                probe.run(f"nmap -n -Pn -sT -p {port} --script dicom-ping --script-args 'dicom-ping.extract_tags=0' {target[0]}")
            probe.run(f"nmap -n -Pn -sT -p 104 --script dicom-brute --script-args passdb={titles},brute.threads=1 {PACS[0]}")
            for title in ("ORTHANC", "PACS2", "URGENCES"):
                ws.run(f"echoscu -aet STATION -aec {title} {ANY[0]} 4242")
        refused = "tcp.srcport == 104 && dicom.assoc.reject.reason == 7"
        c.publish(truth(
            "nmap's dicom-ping (104 and 4242) and dicom-brute (104): pynetdicom refuses every title but PACS; Orthanc accepts any, also three "
            "different ones of a dcmtk workstation.", [debian("nmap"), debian("orthanc"), debian("dcmtk"), pypi("pynetdicom")],
            [service(PACS[0], 104, "dicom", assoc(PROBE, "PACS", "ECHOSCU"), called_ae="PACS", **PYNET, rejections=["called AE title not recognised"],
                     clients=[client(PROBE, "ECHOSCU", NMAP)]),
             service(ANY[0], 4242, "dicom", assoc(PROBE, "ANY-SCP", "ECHOSCU"), called_ae=["ANY-SCP", "ORTHANC", "PACS2", "URGENCES"], **DCMTK,
                     operations=["C-ECHO"], clients=[client(PROBE, "ECHOSCU", NMAP), client(WS, "STATION", DCMTK)])],
            [device(*PACS, ae_title="PACS"), device(*ANY, ae_title="ORTHANC"), device(*PROBE, ae_title="ECHOSCU"), device(*WS, ae_title="STATION")],
            [finding(CLEAR, ANY[0], 4242, proof="tcp.srcport == 4242 && dicom.pdu.type == 2"),
             finding("association rejected: called AE title not recognised", PACS[0], 104, proof=refused)],
            decode_as=["tcp.port==4242,dicom"]))


def dicom_tls_echo():
    """Nothing shows that it is DICOM but the sizes of the records."""
    with Lab() as l:
        pacs, ws = add(l, "pacs", PACS), add(l, "ws", WS)
        authority = certs.make("Sainte-Auscultation Test CA", authority=True)
        certificate, key = certs.pem(certs.make("pacs.sainte-auscultation.example", authority, names=["pacs.sainte-auscultation.example"]))
        trusted = certs.pem(authority)[0]
        pacs.spawn(f"storescp +tls {pacs.write('key.pem', key)} {pacs.write('cert.pem', certificate)} +cf {pacs.write('ca.pem', trusted)} "
                   "-ic -aet TLSPACS --ignore 11443", 11443)
        with l.record("dicom-tls-echo") as c:
            ws.run(f"{PEER} echo {PACS[0]} 11443 TLSPACS STATION --tls {ws.write('ca.pem', trusted)}")
        c.publish(truth(
            "C-ECHO over TLS 1.3 without a client certificate, pynetdicom to dcmtk on port 11443.", [debian("dcmtk"), pypi("pynetdicom")],
            [service(PACS[0], 11443, "tls", "tls.handshake.extensions.supported_version == 0x0304 && tls.handshake.type == 2", tls_version="1.3",
                     application="dicom (not visible)")],
            [device(*PACS), device(*WS)], canaries_hidden=["TLSPACS", "STATION"]))


RECIPES_PEER = f"{PYTHON} {RECIPES}/peers/dicom_peer.py"

if __name__ == "__main__":
    choose(dicom_print, dicom_router, dicom_commitment, dicom_device_ids, dicom_toolkits, dicom_scan, dicom_tls_echo)
