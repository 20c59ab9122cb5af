"""FHIR, DICOMweb, HL7 version 3, CDA and IHE web services.  python3 web_medical.py [NAME…]"""
import json

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "nginx-light", "curl", "orthanc", "orthanc-dicomweb")
lab.need_pip("pydicom", "fhirstarter", "uvicorn", "zeep", "requests")

import datasets
from lab import PYTHON, RECIPES, choose, debian, decoy, device, finding, pypi, service, truth

SRV = ("10.20.6.10", "ac:1f:6b:20:06:0a")        # Supermicro
PACS = ("10.20.6.20", "90:1b:0e:20:06:14")       # Fujitsu
PC = ("10.20.6.50", "34:e6:d7:20:06:32")         # Dell
CURL = "curl/" + debian("curl").split()[1].split("-")[0]
NGINX = "nginx/" + debian("nginx-light").split()[1].split("-")[0]


class Lab(lab.Lab):
    """In namespaces of its own, so that another recipe may run at the same time."""

    def __init__(self, *bridges):
        super().__init__(*bridges)
        self.prefix = "laennec-web"
        self.ns = f"{self.prefix}-switch"


def fhir_server():
    with Lab() as l:
        s, a = l.host("fhir", SRV[0] + "/24", SRV[1]), l.host("poste", PC[0] + "/24", PC[1])
        s.spawn(f"{PYTHON} {RECIPES}/peers/fhir_peer.py 0.0.0.0 8000", 8000, timeout=60)
        f = s.folder
        s.spawn("nginx -c " + s.write("nginx.conf", f"""daemon off; master_process off; pid {f}/pid; error_log {f}/error.log;
events {{}}
http {{ access_log off; client_body_temp_path {f}/t1; proxy_temp_path {f}/t2; fastcgi_temp_path {f}/t3; uwsgi_temp_path {f}/t4; scgi_temp_path {f}/t5;
gzip on; gzip_types application/fhir+json application/fhir+xml; gzip_proxied any;
server {{ listen 80; location /fhir/ {{ proxy_set_header Accept-Encoding ""; proxy_pass http://127.0.0.1:8000/; }} }} }}"""), 80)
        direct, proxied = f"http://{SRV[0]}:8000", f"http://{SRV[0]}/fhir"
        new = json.dumps({"resourceType": "Patient", "name": [{"family": "ZZCANARYNOUVEAU"}], "identifier": [{"value": "1780699CANARY12"}]})
        with l.record("fhir-server") as c:
            def curl(*options):
                a.run(["curl", "-sS", *options])
            curl("-H", "Accept: application/fhir+json", f"{direct}/metadata")
            curl(f"{direct}/metadata?_format=xml")
            curl("--compressed", f"{direct}/metadata?_format=json")
            curl("-H", "Accept: application/fhir+json", "-H", "Authorization: Bearer CANARYBEARERTOKEN", f"{direct}/Patient?family=ZZCANARYDUPONT")
            curl("-H", "Accept: application/fhir+json", "-d", "family=ZZCANARYDUPONT", f"{direct}/Patient/_search")
            curl(f"{direct}/Patient/CANARY-IPP-774411?_format=application/fhir%2Bxml")
            curl("-H", "Content-Type: application/fhir+json", "-d", new, f"{direct}/Patient")
            curl("-H", "Accept: application/fhir+json", f"{direct}/Observation?patient=CANARY-IPP-774411")
            # Behind a proxy: gzip in chunks.
            curl("--compressed", "-H", "Accept: application/fhir+json", f"{proxied}/metadata")
            curl("--compressed", f"{proxied}/metadata?_format=xml")
            curl("--compressed", "-H", "Accept: application/fhir+json", f"{proxied}/Patient?family=ZZCANARYDUPONT")
        version = pypi("fhirstarter").split()[1]
        said = {"applications": ["FHIR"], "fhir_software": "FHIRStarter", "fhir_software_version": version, "fhir_version": "4.3.0"}
        c.publish(truth(
            "A FHIR R4B server (FHIRStarter on uvicorn): its capability statement in JSON, in XML and with gzip, searches with the patient in the URL and in a "
            "form, a patient read in XML and one created; then the same server behind nginx, with gzip in chunks. The publisher, software and version of the "
            "statement were set for the occasion, its FHIR version and its form are the server's.",
            [pypi("fhirstarter"), pypi("uvicorn"), debian("nginx-light"), debian("curl")],
            [service(SRV[0], 8000, "http", 'tcp.srcport == 8000 && http.content_type contains "fhir+xml"', server="uvicorn",
                     fhir_resources=["Patient", "Observation"], **said, clients=[{"address": PC[0], "user_agent": CURL}]),
             service(SRV[0], 80, "http", 'tcp.srcport == 80 && http.content_encoding == "gzip" && http.transfer_encoding == "chunked"', server=NGINX,
                     fhir_resources=["Patient"], **said, clients=[{"address": PC[0], "user_agent": CURL}])],
            [device(*SRV, **{"class": "FHIR server"}), device(*PC)],
            [finding("FHIR in clear", SRV[0], 8000, proof='http.request.uri contains "/Patient?family="'),
             finding("FHIR in clear", SRV[0], 80, proof='tcp.dstport == 80 && http.request.uri contains "/Patient"'),
             finding("HTTP bearer token in clear", SRV[0], 8000, proof='http.authorization contains "Bearer"')],
            [decoy("the software is implemented or named by a person", "contact and implementation of the statement name persons", SRV[0],
                   proof='tcp contains "CANARYIMPLEMENTATION"')],
            ["ZZCANARYDUPONT", "2840575CANARY88", "CANARY-IPP-774411", "CANARYBEARERTOKEN", "ZZCANARYADMIN PAUL", "CANARYIMPLEMENTATION de ZZCANARYMEDECIN",
             "17 RUE CANARYBOULEVARD", "CANARY0145678901", "ZZCANARYNOUVEAU", "1780699CANARY12"]))


def dicomweb_services():
    with Lab() as l:
        pacs, ws = l.host("pacs", PACS[0] + "/24", PACS[1]), l.host("poste", PC[0] + "/24", PC[1])
        pacs.spawn("Orthanc " + pacs.write("orthanc.json", json.dumps({
            "Name": "PACS-SA", "StorageDirectory": str(pacs.folder / "storage"), "IndexDirectory": str(pacs.folder / "storage"), "DicomAet": "ORTHANC",
            "DicomPort": 4242, "HttpPort": 8042, "RemoteAccessAllowed": True, "AuthenticationEnabled": True, "HttpCompressionEnabled": True,
            "RegisteredUsers": {"canaryuser": "CanaryPwd42"},
            "Plugins": ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so"],
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "EnableWado": True, "WadoRoot": "/wado"}})), [4242, 8042], timeout=40)
        image = datasets.image("ct", 1, size=16)
        path = datasets.save(image, ws.folder / "1.dcm")
        study, series, instance = image.StudyInstanceUID, image.SeriesInstanceUID, image.SOPInstanceUID
        stow = ws.write("stow.bin", b"--limite\r\nContent-Type: application/dicom\r\n\r\n" + open(path, "rb").read() + b"\r\n--limite--\r\n")
        base = f"http://{PACS[0]}:8042"
        with l.record("dicomweb-services") as c:
            def curl(*options):
                ws.run(["curl", "-sS", "-o", "answer", "-u", "canaryuser:CanaryPwd42", *options])
            ws.run(["curl", "-sS", f"{base}/system"])                                                     # refused, with the realm
            curl("-H", 'Content-Type: multipart/related; type="application/dicom"; boundary=limite', "-H", "Accept: application/dicom+json",
                 "--data-binary", f"@{stow}", f"{base}/dicom-web/studies")
            curl("-H", "Accept: application/dicom+json", f"{base}/dicom-web/studies?PatientName=ZZCANARYDUPONT*&PatientID=CANARY-IPP-774411")
            curl("--compressed", "-H", "Accept: application/dicom+json", f"{base}/dicom-web/studies/{study}/series")
            curl("-H", 'Accept: multipart/related; type="application/dicom"', f"{base}/dicom-web/studies/{study}/series/{series}/instances/{instance}")
            curl("--compressed", f"{base}/dicom-web/studies/{study}/metadata")
            curl(f"{base}/wado?requestType=WADO&studyUID={study}&seriesUID={series}&objectUID={instance}&contentType=application/dicom")
            curl("--compressed", f"{base}/system")
            curl("--compressed", f"{base}/app/explorer.html")
            curl("-L", f"{base}/favicon.ico")
        version = debian("orthanc").split()[1].split("+")[0].split("-")[0]
        c.publish(truth(
            "DICOMweb of Orthanc with a password, gzip and patients in paths, queries and bodies: STOW-RS, QIDO-RS, WADO-RS, WADO-URI; then its status "
            "resource, its console and its icon.", [debian("orthanc"), debian("orthanc-dicomweb"), debian("curl")],
            [service(PACS[0], 8042, "http", 'http.content_type contains "dicom+json"', applications=["DICOMweb", "WADO-URI"],
                     dicomweb_services=["stow-rs", "qido-rs", "wado-rs", "wado-uri"], web_applications=["Orthanc", f"Orthanc/{version}"], favicon="6e028d7cc65a1430c68a581f8064e8e2",
                     basic_realm="Orthanc Secure Area", user_agents=[CURL])],
            [device(*PACS, **{"class": "image archive"}), device(*PC)],
            [finding("DICOMweb in clear", PACS[0], 8042, proof='http.request.uri contains "/dicom-web/studies"'),
             finding("patient data in clear", PACS[0], 8042, proof='http.request.uri contains "PatientName="'),
             finding("HTTP Basic password in clear", PACS[0], 8042, proof="http.authorization contains \"Basic\"")],
            [decoy(f"{PC[0]} is a {datasets.device_facts('ct')['maker']} scanner", "a workstation uploads what a scanner made", PC[0],
                   proof=f'ip.src == {PC[0]} && tcp contains "SOMATOM"')],
            datasets.CANARIES + ["ZZCANARYDUPONT*", "Y2FuYXJ5dXNlcjpDYW5hcnlQd2Q0Mg=="]))


def ihe_xds():
    with Lab() as l:
        s, a = l.host("registre", SRV[0] + "/24", SRV[1]), l.host("poste", PC[0] + "/24", PC[1])
        s.spawn(f"{PYTHON} {RECIPES}/peers/xds_peer.py server 0.0.0.0 8080", 8080)
        with l.record("ihe-xds") as c:
            a.run(f"{PYTHON} {RECIPES}/peers/xds_peer.py client http://{SRV[0]}:8080")
        c.publish(truth(
            "IHE web services, HL7 version 3 and CDA over HTTP. Real: the HTTP of Python's http.server and of requests, SOAP 1.2 with WS-Addressing of zeep "
            "(ITI-18). The registry and repository are a stand-in, and the other envelopes and the MTOM parts were written for the occasion by the standards.",
            [pypi("zeep"), pypi("requests"), "Python http.server"],
            [service(SRV[0], 8080, "http", 'http.content_type contains "soap+xml"', applications=["CDA", "HL7-v3"],
                     ihe_transactions=["ITI-18", "ITI-41", "ITI-43", "ITI-47"],
                     hl7v3_interactions=["PRPA_IN201301UV02", "PRPA_IN201305UV02", "PRPA_IN201306UV02"],
                     clients=[{"address": PC[0], "user_agent": f"python-requests/{pypi('requests').split()[1]}"}])],
            [device(*SRV), device(*PC)],
            [finding("patient data in clear", SRV[0], 8080, proof='tcp contains "ZZCANARYDUPONT"')],
            canaries=["ZZCANARYDUPONT", "MARGUERITE", "CANARY-IPP-774411", "2840575CANARY88", "CANARYCOMMENT ALLERGIE IODE", "CANARYDOCUMENT.774411",
                      "ZZCANARYMEDECIN PAUL", "CANARYPATH774411", "CANARYTITLE Compte rendu de ZZCANARYDUPONT"]))


if __name__ == "__main__":
    choose(fhir_server, dicomweb_services, ihe_xds)
