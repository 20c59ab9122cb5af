"""The demonstration: two and a half minutes of a small invented hospital, the CH de Sainte-Auscultation, and the same hospital 50 days
later.  python3 hospital.py [NAME…]

The second campaign is recorded now like the first; then its times are moved by LATER, which is the only thing altered. Dates that the
programs write themselves (HTTP, certificates) stay those of the recording.
"""
import os
import threading
import time

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark")

import certs
import datasets
import dicom
import hl7_v2
import laboratory
import messages
import names
import remote
import web
from lab import PYTHON, Lab, choose, debian, decoy, device, finding, pypi, service, truth

DOMAIN = "sainte-auscultation.example"
USER, PASSWORD = remote.USER, remote.PASSWORD

# name: address, MAC (registered maker), dhcp?
PLACES = {
    "rtr-coeur": ("10.28.10.1", "00:1a:a1:28:10:01"),             # Cisco
    "dns-01": ("10.28.10.2", "d8:9e:f3:28:10:02"),                # Dell
    "pacs-01": ("10.28.10.10", "90:1b:0e:28:10:0a"),              # Fujitsu
    "ris-01": ("10.28.10.11", "3c:52:82:28:10:0b"),               # Hewlett Packard
    "eai-01": ("10.28.10.12", "d8:9e:f3:28:10:0c"),               # Dell
    "gam-01": ("10.28.10.13", "d8:9e:f3:28:10:0d"),               # Dell
    "srv-fichiers-01": ("10.28.10.14", "ac:1f:6b:28:10:0e"),      # Supermicro
    "portail-labo": ("10.28.10.15", "3c:52:82:28:10:0f"),         # Hewlett Packard
    "portail-01": ("10.28.10.16", "d8:9e:f3:28:10:10"),           # Dell
    "tse-02": ("10.28.10.17", "00:50:56:28:10:11"),               # VMware
    "mw-labo-01": ("10.28.10.18", "3c:52:82:28:10:12"),           # Hewlett Packard: the laboratory's middleware
    "ct-scan-01": ("10.28.10.21", "90:1b:0e:28:10:15"),           # Fujitsu: the console of the scanner
    "irm-02": ("10.28.10.22", "44:4b:5d:28:10:16"),               # GE Healthcare
    "echo-urg-01": ("10.28.10.23", "00:08:fb:28:10:17"),          # SonoSite
    "radio-mobile-01": ("10.28.10.24", "00:1d:4a:28:10:18"),      # Carestream
    "automate-hemato-01": ("10.28.10.31", "00:06:6b:28:10:1f"),   # Sysmex
    "passerelle-perf-01": ("10.28.10.32", "00:12:21:28:10:20"),   # B.Braun
    "serie-labo-01": ("10.28.10.33", "00:90:e8:28:10:21"),        # Moxa: two analysers behind it
    "moniteur-rea-04": ("10.28.10.41", "00:09:fb:28:10:29"),      # Philips Patient Monitoring
    "pompe-rack-07": ("10.28.10.42", "58:42:e4:28:10:2a"),        # Baxter
    "respi-rea-02": ("10.28.10.43", "f0:e5:c3:28:10:2b"),         # Draegerwerk
    "imprimante-film-01": ("10.28.10.44", "00:1d:4a:28:10:2c"),   # Carestream
    "poste-radio-03": ("10.28.10.51", "3c:52:82:28:10:33"),       # Hewlett Packard
    "poste-biomed-01": ("10.28.10.52", "34:e6:d7:28:10:34"),      # Dell
    "poste-infirmier-rea": ("10.28.10.53", "c8:d3:ff:28:10:35"),  # Hewlett Packard
}
DHCP = {"ct-scan-01": "MSFT 5.0", "moniteur-rea-04": "Philips IntelliVue MX800", "pompe-rack-07": "udhcp 1.19.4", "echo-urg-01": "MSFT 5.0",
        "poste-radio-03": "MSFT 5.0", "poste-infirmier-rea": "MSFT 5.0"}
OUTSIDE = "203.0.113.77"
ANALYSERS = [(4001, "    XN-550^00-24^22723^^^^LNC634545", dict(processing="", version="E1394-97")), (4002, "c311^1", dict(receiver="host"))]

# Fifty days later: a ventilator has left, an angiography suite is there, the ultrasound scanner hangs on another socket (and lease).
LATER = 50 * 24 * 3600
PLACES_LATER = {**{name: place for name, place in PLACES.items() if name != "respi-rea-02"}, "echo-urg-01": ("10.28.10.25", PLACES["echo-urg-01"][1]),
                "coro-01": ("10.28.10.26", "d8:9e:f3:28:10:1a")}      # Dell: the console of the suite
SUPPORT = "203.0.113.130"


def demo_hospital():
    hospital("demo-hospital", PLACES)


def demo_hospital_2():
    hospital("demo-hospital-2", PLACES_LATER, again=True)


def hospital(capture, places, again=False):
    """Records one campaign; `again` is the second, with what was mended and what was opened since."""
    A = {name: place[0] for name, place in places.items()}
    ct_version, film_version, films = ("syngo CT VB20A", "2.4.1", 4) if again else (None, "2.3.0", 6)
    with Lab("br0", "br1") as l:
        h = {}
        for name, (address, mac) in places.items():
            if name == "rtr-coeur":
                h[name] = l.router(name, ("br0", mac, address + "/24"), ("br1", "00:1a:a1:28:ff:01", "203.0.113.1/24"))
            else:
                h[name] = l.host(name, None if name in DHCP else address + "/24", mac, gateway=None if name in DHCP else A["rtr-coeur"])
                h[name].resolver(A["dns-01"], DOMAIN)
        outside = l.host("maintenance", OUTSIDE + "/24", "00:1b:21:28:ff:4d", gateway="203.0.113.1", bridge="br1")
        support = l.host("support", SUPPORT + "/24", "00:1b:21:28:ff:82", gateway="203.0.113.1", bridge="br1") if again else None

        # --- servers
        static = [f"host-record={n}.{DOMAIN},{A[n]}" for n in places if n not in DHCP]
        names.dnsmasq(h["dns-01"], *(f"dhcp-host={places[n][1]},{A[n]},{n}" for n in DHCP), *static, "dhcp-option=option:router," + A["rtr-coeur"],
                      "dhcp-option=option:ntp-server," + A["dns-01"], first="10.28.10.20", last="10.28.10.90")
        pacs = h["pacs-01"]
        dicom.orthanc(pacs, Name="PACS CHSA", DicomAet="PACSCHSA", DicomModalities={"radio3": ["RADIO3", A["poste-radio-03"], 11112]})
        authority = certs.make("CH de Sainte-Auscultation AC interne", authority=True)

        def tls_files(host, pair):
            certificate, key = certs.pem(pair)
            return host.write("cert.pem", certificate), host.write("key.pem", key)

        pacs_pair = certs.make(f"pacs-01.{DOMAIN}", authority, names=[f"pacs-01.{DOMAIN}"])
        pacs_cert, pacs_key = tls_files(pacs, pacs_pair)
        limit = pacs.write("openssl.cnf", "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMaxProtocol = TLSv1.2\n")
        pacs.spawn(f"storescp +tls {pacs_key} {pacs_cert} -ic -aet PACSTLS --ignore 2762", 2762, env={"OPENSSL_CONF": limit})
        h["ris-01"].spawn(f"wlmscpfs -dfp {dicom.worklist(h['ris-01'], 'RISWL')} 5678", 5678)
        h["eai-01"].spawn(f"{hl7_v2.PEER} serve 2575", 2575)
        for name in ["eai-01", "pacs-01"] if again else ["eai-01"]:
            host = h[name]
            host.user(USER, PASSWORD)
            host.tmpfs.append("/run")
            host.prepare.append("mkdir -p /run/sshd")
            ssh_key = remote.host_key(host, "ed", "ed25519")
            host.spawn("/usr/sbin/sshd -D -e -f " + host.write("sshd_config", f"Port 22\nHostKey {ssh_key}\nUsePAM no\nPidFile none\n"), 22)
        files = h["srv-fichiers-01"]
        files.user(USER, PASSWORD)
        files.tmpfs.append("/run")
        remote.vsftpd(files, ftpd_banner="Serveur de fichiers CHSA")
        if again:
            labo_pair = certs.make(f"portail-labo.{DOMAIN}", authority, names=[f"portail-labo.{DOMAIN}"])
            web.s_server(h["portail-labo"], 443, labo_pair, "-tls1_2")
        else:
            labo_pair = certs.make(f"portail-labo.{DOMAIN}", authority, start=-1500, end=-771)
            web.s_server(h["portail-labo"], 443, labo_pair, "-tls1", "-cipher", web.OLD)
        good_pair = certs.make(f"portail.{DOMAIN}", authority, names=[f"portail.{DOMAIN}", f"portail-01.{DOMAIN}"])
        cert, key = tls_files(h["portail-01"], good_pair)
        web.nginx(h["portail-01"], f"server {{ listen 443 ssl http2; ssl_certificate {cert}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3; "
                  "location / { return 200 'CANARYPORTAIL'; } }", 443)
        tse = h["tse-02"]
        tse.tmpfs.append("/run")
        rdp_pair = remote.xrdp(tse, "tls")
        h["poste-radio-03"].spawn("storescp -aet RADIO3 --ignore 11112", 11112)
        remote.vnc_server(h["moniteur-rea-04"], 5900, "VncAuth" if again else "None", "moniteur-rea-04")
        pump = h["pompe-rack-07"]
        pump.user(USER, PASSWORD)
        pump.tmpfs.append("/run")
        remote.telnetd(pump, 23, "Baxter pompe-rack-07 console de service v2.18")
        if not again:
            fan = h["respi-rea-02"]
            fan.write("www/index.html", "<html><head><title>Evita V600 - console de maintenance</title></head><body>CANARYLIT ZZCANARYDUPONT lit 12</body></html>")
            web.nginx(fan, f"""server {{ listen 80; root {fan.folder}/www; auth_basic "Maintenance respirateur"; auth_basic_user_file {web.password_file(fan)}; }}""", 80)
        printer = h["imprimante-film-01"]
        printer.spawn(f"snmpd -f -Lf {printer.folder}/log -C -c " + printer.write("snmpd.conf", f"""agentaddress udp:161
rocommunity public
rocommunity CanaryCommunity
sysDescr Carestream DryView 5950 Laser Imager, firmware {film_version}
sysName imprimante-film-01
sysContact CANARYCONTACT MARTIN
""") + f" -p {printer.folder}/pid -I -smux", udp=161, env={"SNMP_PERSISTENT_DIR": str(printer.folder)})
        for port, sender, options in ANALYSERS:
            steps = [{"wait": 0.4}] + laboratory.transmission(laboratory.results(sender, **options)) + [{"wait": 0.5}]
            h["serie-labo-01"].spawn(f"{laboratory.PEER} listen {port} " + laboratory.plan(h["serie-labo-01"], f"p{port}", steps), port)
        outside.spawn("Xvfb :77 -screen 0 640x480x16 -nolisten tcp")

        # --- what the modalities hold
        def study(name, kind, numbers, version=None):
            return " ".join(datasets.save(datasets.image(kind, n, size=64, version=version), h[name].folder / f"{n}.dcm") for n in numbers)
        ct_files, mr_files = study("ct-scan-01", "ct", range(1, films + 1), ct_version), study("irm-02", "mr", range(1, 4))
        us_files, dx_files = study("echo-urg-01", "us", range(1, 3)), study("radio-mobile-01", "dx", range(1, 2))
        xa_files = study("coro-01", "xa", range(1, 3)) if again else ""
        h["echo-urg-01"].write("export.csv", "ipp;nom\nCANARY-IPP-774411;ZZCANARYEXPORT\n")

        # --- who does what, when (seconds)
        errors = []

        def lease(name):
            def get():
                host = h[name]
                if DHCP[name].startswith(("udhcp", "Philips")):
                    names.udhcpc(host, name, DHCP[name], A[name])
                else:
                    names.dhclient(host, name, DHCP[name], A[name])
                host.ip(f"route add default via {A['rtr-coeur']}")
            return get

        def does(name, command, env=None, check=True):
            return lambda: h[name].run(command, env=env, check=check, timeout=90)

        def hl7(name, *contents):
            return lambda: h[name].run(f"{hl7_v2.PEER} send eai-01 2575 " + " ".join(
                h[name].write(f"m{time.monotonic_ns()}-{i}.hl7", c) for i, c in enumerate(contents)))

        worklist = "findscu -W -aet CT1 -aec RISWL " + " ".join(f"-k {k}" for k in dicom.WORKLIST_KEYS) + " ris-01 5678"
        find = "findscu -S -aet RADIO3 -aec PACSCHSA -k QueryRetrieveLevel=STUDY -k PatientName=ZZCANARY* -k PatientID -k StudyInstanceUID pacs-01 4242"
        move = f"movescu -S -aet RADIO3 -aec PACSCHSA -aem RADIO3 -k QueryRetrieveLevel=STUDY -k StudyInstanceUID={datasets.STUDY} pacs-01 4242"
        vnc = [os.path.join(os.path.dirname(PYTHON), "vncdo"), "-t", "20", "-s", "moniteur-rea-04::5900", *(["-p", PASSWORD[:8]] if again else []), "capture", "screen.png"]
        telnet = h["poste-biomed-01"].write("telnet.exp", remote.TELNET_EXPECT.format(host="pompe-rack-07", port=23, user=USER, password=PASSWORD))
        snmp = {"SNMP_PERSISTENT_DIR": str(h["poste-biomed-01"].folder), "MIBS": ""}
        plan = [(0, lease("ct-scan-01")), (2, lease("moniteur-rea-04")), (3.5, lease("pompe-rack-07")), (5, lease("echo-urg-01")), (6, lease("poste-radio-03")),
                (7.5, lease("poste-infirmier-rea")),
                (13, does("ct-scan-01", worklist)), (16, does("ct-scan-01", "echoscu -aet CT1 -aec PACSCHSA pacs-01 4242")),
                (19, does("poste-infirmier-rea", vnc)), (24, does("ct-scan-01", f"storescu -aet CT1 -aec PACSCHSA pacs-01 4242 {ct_files}")),
                (28, does("irm-02", f"{dicom.PEER} store pacs-01 4242 PACSCHSA IRM02 {mr_files}")),
                (33, does("poste-biomed-01", f"expect {telnet}")),
                (36, does("mw-labo-01", f"{laboratory.PEER} receive serie-labo-01 4001 2", check=False)),
                (59, does("mw-labo-01", f"{laboratory.PEER} receive serie-labo-01 4002 2", check=False)),
                (41, does("poste-radio-03", find)), (44, does("poste-radio-03", move)),
                (52, lambda: remote.freerdp(outside, A["tse-02"], "tls", 6)),
                (63, lambda: web.s_client(h["poste-radio-03"], "portail-labo", 443, *(["-tls1_2"] if again else ["-tls1", "-cipher", web.OLD]), "-servername", f"portail-labo.{DOMAIN}")),
                (68, does("echo-urg-01", ["curl", "-sS", "-u", f"{USER}:{PASSWORD}", "-T", "export.csv", "ftp://srv-fichiers-01/depot/CANARYEXPORT_DUPONT.csv"])),
                (74, does("poste-biomed-01", "snmpwalk -v2c -c public imprimante-film-01 .1.3.6.1.2.1.1", env=snmp)),
                (77, does("poste-biomed-01", "snmpget -v1 -c CanaryCommunity imprimante-film-01 .1.3.6.1.2.1.1.1.0", env=snmp)),
                (82, does("poste-infirmier-rea", ["curl", "-sSk", f"https://portail-01.{DOMAIN}/?nom=CANARYQUERY"])),
                (86, does("poste-biomed-01", f"{remote.SSH} {USER}@eai-01 true")),
                (91, does("echo-urg-01", f"{dicom.PEER} store pacs-01 4242 PACSCHSA ECHO1 {us_files}")),
                (97, does("radio-mobile-01", f"storescu +tla -ic -aet DRXREV01 -aec PACSTLS pacs-01 2762 {dx_files}", env={"OPENSSL_CONF": limit})),
                (103, does("poste-radio-03", ["curl", "-sS", "-o", "w", "-A", "Mozilla/5.0 (Windows NT 6.1; Win64; x64)", "http://pacs-01:8042/app/explorer.html"])),
                (104, does("poste-radio-03", ["curl", "-sS", "-A", "Mozilla/5.0 (Windows NT 6.1; Win64; x64)", "http://pacs-01:8042/patients?expand"])),
                (112, does("poste-radio-03", find)), (118, does("ct-scan-01", worklist)),
                (124, does("poste-radio-03", "nc -z -w 2 ris-01 3389", check=False)),
                (131, does("poste-biomed-01", "ping -c 3 moniteur-rea-04")), (140, does("ct-scan-01", "echoscu -aet CT1 -aec PACSCHSA pacs-01 4242"))]
        if again:
            plan += [(57, does("coro-01", f"{dicom.PEER} store pacs-01 4242 PACSCHSA CORO1 {xa_files}")),
                     (108, lambda: support.run(f"{remote.SSH} {USER}@{A['pacs-01']} true"))]
        else:
            browser = ["curl", "-sS", "-A", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"]
            plan += [(57, does("poste-biomed-01", [*browser, "-u", f"{USER}:{PASSWORD}", "http://respi-rea-02/?nom=ZZCANARYURL"])),
                     (56, does("poste-biomed-01", [*browser, "-o", "w", "http://respi-rea-02/"]))]
        for number, second in enumerate(range(10, 146, 17)):
            plan.append((second, hl7("gam-01", messages.adt(f"ADT{number:04}", ("A01", "A08", "A02", "A03")[number % 4]))))
        for number, second in enumerate(range(21, 146, 31)):
            plan.append((second, hl7("automate-hemato-01", messages.oru(f"ORU{number:04}"))))
        for number, second in enumerate(range(15, 146, 20)):
            plan.append((second, hl7("passerelle-perf-01", messages.pcd(f"PCD{number:04}"))))

        def at(start, second, action):
            time.sleep(max(0, start + second - time.monotonic()))
            try:
                action()
            except Exception as error:      # noqa: BLE001 - reported below, fails the recipe
                errors.append(f"{second}: {error}")

        with l.record(capture, precision="nano") as c:
            start = time.monotonic()
            threads = [threading.Thread(target=at, args=(start, *step)) for step in plan]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        if errors:
            raise SystemExit("\n".join(errors))
        path = l.folder / f"{capture}.pcapng"
        lab.sh(["editcap", "-F", "pcapng", *(["-t", str(LATER)] if again else []), "--capture-comment", "CH de Sainte-Auscultation, an invented hospital: every patient, password and person is made up",
                str(c.path), str(path)])

        # --- the truth
        place = places.get
        ct, mr, us, dx, xa = (datasets.device_facts(k, ct_version if k == "ct" else None) for k in ("ct", "mr", "us", "dx", "xa"))

        def said(name, **more):
            return device(*place(name), name=name, **({"dhcp_vendor_class": DHCP[name]} if name in DHCP else {}), **more)

        def who(name, ae, software):
            return {"address": A[name], "calling_ae": ae, **software}

        services = [
            service(A["dns-01"], 53, "dns", "udp.srcport == 53 && dns", transport="udp", authoritative_for=[DOMAIN]),
            service(A["dns-01"], 67, "dhcp", "udp.srcport == 67 && dhcp.option.dhcp == 5", transport="udp", domain=DOMAIN, router=A["rtr-coeur"]),
            service(A["pacs-01"], 4242, "dicom", f"ip.src == {A['pacs-01']} && tcp.srcport == 4242 && dicom.pdu.type == 2", called_ae="PACSCHSA", **dicom.DCMTK,
                    operations=["C-ECHO", "C-STORE", "C-FIND", "C-MOVE"],
                    clients=[who("ct-scan-01", "CT1", dicom.DCMTK), who("irm-02", "IRM02", dicom.PYNET), who("echo-urg-01", "ECHO1", dicom.PYNET),
                             who("poste-radio-03", "RADIO3", dicom.DCMTK), *([who("coro-01", "CORO1", dicom.PYNET)] if again else [])]),
            service(A["pacs-01"], 8042, "http", "tcp.srcport == 8042 && http.response", application="Orthanc Explorer",
                    clients=[{"address": A["poste-radio-03"], "user_agent": "Mozilla/5.0 (Windows NT 6.1; Win64; x64)"}]),
            service(A["pacs-01"], 2762, "tls", "tcp.srcport == 2762 && tls.handshake.type == 11", tls_version="1.2", certificate=certs.facts(pacs_pair)),
            service(A["ris-01"], 5678, "dicom", "tcp.srcport == 5678 && dicom.pdu.type == 2", called_ae="RISWL", **dicom.DCMTK, operations=["C-FIND"],
                    sop_classes=["1.2.840.10008.5.1.4.31"], clients=[who("ct-scan-01", "CT1", dicom.DCMTK)]),
            service(A["poste-radio-03"], 11112, "dicom", "tcp.srcport == 11112 && dicom.pdu.type == 2", called_ae="RADIO3", **dicom.DCMTK, operations=["C-STORE"],
                    clients=[who("pacs-01", "PACSCHSA", dicom.DCMTK)]),
            service(A["eai-01"], 2575, "hl7", f"ip.src == {A['eai-01']} && tcp.srcport == 2575 && tcp contains \"MSA|AA\"", **hl7_v2.ENGINE,
                    message_types=["ADT^A01", "ADT^A02", "ADT^A03", "ADT^A08", "ORU^R01"],
                    clients=[{"address": A["gam-01"], "sending_application": "GAM", "sending_facility": "CHSA", **hl7_v2.SFT},
                             {"address": A["automate-hemato-01"], "sending_application": "IPU-XN", "sending_facility": "LABO"},
                             {"address": A["passerelle-perf-01"], "sending_application": "BBRAUN_ONLINESUITE", "sending_facility": "CHSA",
                              "sending_application_eui64": "0012210FFE000001"}]),
            service(A["eai-01"], 22, "ssh", 'tcp.srcport == 22 && tcp contains "SSH-2.0-OpenSSH"'),
            service(A["srv-fichiers-01"], 21, "ftp", 'ftp.response.arg contains "CHSA"', server_banner="Serveur de fichiers CHSA"),
            service(A["srv-fichiers-01"], 30001, "ftp-data", "tcp.srcport == 30001 && tcp.flags.syn == 1", announced_by=A["srv-fichiers-01"] + ":21"),
            service(A["portail-labo"], 443, "tls", f"ip.src == {A['portail-labo']} && tls.handshake.type == 2 && tls.handshake.version == {'0x0303' if again else '0x0301'}",
                    tls_version="1.2" if again else "1.0", sni=[f"portail-labo.{DOMAIN}"], certificate=certs.facts(labo_pair)),
            service(A["portail-01"], 443, "tls", f"ip.src == {A['portail-01']} && tls.handshake.extensions.supported_version == 0x0304", tls_version="1.3", sni=[f"portail-01.{DOMAIN}"]),
            service(A["tse-02"], 3389, "rdp", "tcp.srcport == 3389 && rdp.neg_type == 2 && rdp.negReq.selectedProtocol == 1", selected_protocol="TLS",
                    requested_protocols=["TLS"], nla=False, tls_version="1.2", certificate=certs.facts(rdp_pair), clients=[{"address": OUTSIDE}]),
            *(service(A["serie-labo-01"], port, "astm", f'ip.src == {A["serie-labo-01"]} && tcp.srcport == {port} && tcp contains "{sender.strip()}"', framing="lis01")
              for port, sender, _ in ANALYSERS),
            service(A["moniteur-rea-04"], 5900, "vnc", 'tcp.srcport == 5900 && tcp contains "RFB 003.008"', rfb_version="3.8", security_types=[2 if again else 1], desktop_name="moniteur-rea-04"),
            service(A["pompe-rack-07"], 23, "telnet", f"ip.src == {A['pompe-rack-07']} && tcp.srcport == 23 && tcp contains \"login:\""),
            service(A["imprimante-film-01"], 161, "snmp", "udp.srcport == 161 && snmp", transport="udp", versions=["1", "2c"], sys_name="imprimante-film-01",
                    sys_descr="Carestream DryView 5950 Laser Imager, firmware " + film_version)]
        if again:
            services.append(service(A["pacs-01"], 22, "ssh", f"ip.src == {A['pacs-01']} && tcp.srcport == 22 && tcp contains \"SSH-2.0-OpenSSH\"", clients=[{"address": SUPPORT}]))
        else:
            services.append(service(A["respi-rea-02"], 80, "http", f"ip.src == {A['respi-rea-02']} && http.response", server=web.NGINX, title="Evita V600 - console de maintenance",
                                    basic_realm="Maintenance respirateur", clients=[{"address": A["poste-biomed-01"], "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"}]))
        devices = [
            said("rtr-coeur", maker="Cisco", **{"class": "router"}), said("dns-01"), said("pacs-01", ae_title="PACSCHSA", **{"class": "image archive"}),
            said("ris-01", ae_title="RISWL", **{"class": "worklist provider"}), said("eai-01", **{"class": "interface engine"}),
            said("gam-01", **{"class": "administrative application"}), said("srv-fichiers-01"), said("portail-labo"), said("portail-01"), said("tse-02"),
            said("ct-scan-01", ae_title="CT1", institution=datasets.INSTITUTION, **ct), said("irm-02", ae_title="IRM02", **mr), said("echo-urg-01", ae_title="ECHO1", **us),
            said("radio-mobile-01", mac_maker="Carestream", **{"class": "imaging modality (its DICOM is inside TLS)"}), said("automate-hemato-01", **{"class": hl7_v2.ANALYSER["class"], "maker": hl7_v2.ANALYSER["maker"]}),
            said("serie-labo-01", **{"class": "serial server"}), said("mw-labo-01", **{"class": "laboratory middleware"}),
            said("passerelle-perf-01", **{"class": "medical device gateway"}, mac_maker="B.Braun"), said("moniteur-rea-04", maker="Philips", **{"class": "patient monitor"}),
            said("pompe-rack-07", mac_maker="Baxter", **{"class": "infusion pump rack"}),
            said("imprimante-film-01", maker="Carestream", model="DryView 5950", version=film_version, **{"class": "film printer"}),
            said("poste-radio-03", ae_title="RADIO3", **{"class": "workstation"}), said("poste-biomed-01", **{"class": "workstation"}),
            said("poste-infirmier-rea", **{"class": "workstation"}), device(OUTSIDE, "00:1b:21:28:ff:4d", routed=True, public=True),
            *([said("coro-01", ae_title="CORO1", **xa), device(SUPPORT, "00:1b:21:28:ff:82", routed=True, public=True)] if again else
              [said("respi-rea-02", mac_maker="Draegerwerk", **{"class": "ventilator"})])]
        findings = [
            finding("DICOM in clear", A["pacs-01"], 4242, proof=f'ip.src == {A["ct-scan-01"]} && tcp.dstport == 4242 && tcp contains "LNC66021"'),
            finding("DICOM in clear", A["ris-01"], 5678, proof='tcp.srcport == 5678 && tcp contains "ZZCANARYDUPONT"'),
            finding("DICOM in clear", A["poste-radio-03"], 11112, proof="tcp.srcport == 11112 && dicom.pdu.type == 2"),
            finding("HL7 in clear", A["eai-01"], 2575, proof='tcp.dstport == 2575 && tcp contains "ADT^A01"'),
            finding("image archive web interface in clear without authentication", A["pacs-01"], 8042, proof='http.request.uri contains "/patients"'),
            *(finding(laboratory.CLEAR, A["serie-labo-01"], port) for port, *_ in ANALYSERS),
            finding("RDP without network level authentication", A["tse-02"], 3389, proof="rdp.neg_type == 2 && rdp.negReq.selectedProtocol == 1"),
            finding("RDP used from a public address", A["tse-02"], 3389, proof=f"ip.src == {OUTSIDE} && tcp.dstport == 3389 && rdp"),
            finding("telnet login in clear", A["pompe-rack-07"], 23, proof='tcp.srcport == 23 && tcp contains "assword:"'),
            finding("FTP password in clear", A["srv-fichiers-01"], 21, proof='ftp.request.command == "PASS"'),
            finding("SNMP v1 or v2c: community in clear", A["imprimante-film-01"], 161, "udp", "udp.srcport == 161 && snmp.version == 0"),
            finding("SNMP default community accepted", A["imprimante-film-01"], 161, "udp", 'udp.srcport == 161 && snmp.community == "public"')]
        if again:
            findings += [
                finding("SSH used from a public address", A["pacs-01"], 22, proof=f"ip.src == {SUPPORT} && tcp.dstport == 22 && ssh"),
                finding("VNC with a password of at most 8 characters (DES challenge) and no encryption", A["moniteur-rea-04"], 5900, proof="vnc.auth_challenge")]
        else:
            findings += [
                finding("TLS 1.0 accepted", A["portail-labo"], 443, proof="tls.handshake.type == 2 && tls.handshake.version == 0x0301"),
                finding("certificate expired", A["portail-labo"], 443, proof=f"ip.src == {A['portail-labo']} && tls.handshake.type == 11"),
                finding("VNC without authentication", A["moniteur-rea-04"], 5900, proof="vnc.client_security_type == 1"),
                finding("HTTP Basic password in clear", A["respi-rea-02"], 80, proof="http.authorization")]
        decoys = [
            decoy(f"{A['pacs-01']} or {A['poste-radio-03']} is a scanner", "the archive forwards what a scanner made", A["pacs-01"],
                  proof=f'ip.src == {A["pacs-01"]} && tcp.dstport == 11112 && tcp contains "SIEMENS"'),
            decoy(f"{OUTSIDE} is a Cisco machine", "it is beyond the router, whose MAC address carries it", OUTSIDE, proof=f"ip.src == {OUTSIDE} && eth.src == {places['rtr-coeur'][1]}"),
            decoy(f"{A['serie-labo-01']} is an analyser", "it is a serial server with two of them behind it", A["serie-labo-01"]),
            decoy("RDP on ris-01", "refused (RST)", A["ris-01"], 3389, proof=f"ip.src == {A['ris-01']} && tcp.srcport == 3389 && tcp.flags.reset == 1"),
            decoy(f"{A['passerelle-perf-01']} is a pump or a monitor", "it speaks for them", A["passerelle-perf-01"]),
            decoy("weak TLS on portail-01 or pacs-01:2762", "TLS 1.3 and 1.2 with good certificates", A["portail-01"], 443,
                  absent=f"ip.src == {A['portail-01']} && tls.handshake.type == 2 && !(tls.handshake.extensions.supported_version == 0x0304)"),
            decoy(f"{A['srv-fichiers-01']}:30001 is a service of its own", "it is the data channel of one FTP transfer", A["srv-fichiers-01"], 30001)]
        if again:
            decoys += [
                decoy("VNC without authentication", "the server asks for a password now", A["moniteur-rea-04"], 5900, absent="vnc.client_security_type == 1"),
                decoy("weak TLS on portail-labo", "TLS 1.2 with a new certificate now", A["portail-labo"], 443, absent=f"ip.src == {A['portail-labo']} && tls.handshake.version == 0x0301"),
                decoy(f"{PLACES['echo-urg-01'][0]} is still the ultrasound scanner", "it has another address now", PLACES["echo-urg-01"][0], absent=f"ip.addr == {PLACES['echo-urg-01'][0]}"),
                decoy(f"{PLACES['respi-rea-02'][0]} is there", "the ventilator has left", PLACES["respi-rea-02"][0], absent=f"ip.addr == {PLACES['respi-rea-02'][0]}")]
        publish = truth(
            "The hospital of demo-hospital 50 days later (recorded with it, every time moved by 4,320,000 seconds with editcap -t, nothing else altered). Mended: the monitor's VNC asks for a "
            "password, the laboratory's portal has TLS 1.2 and a new certificate. New: an angiography suite, and SSH to the archive used from a public address. Gone: the ventilator. Changed: the "
            "software of the scanner, the firmware of the film printer, the address of the ultrasound scanner." if again else
            "Two and a half minutes of a small invented hospital, the CH de Sainte-Auscultation: imaging (modalities, worklist, archive, workstation), HL7 (admissions, "
            "laboratory, pump gateway), two analysers behind a serial server (ASTM), a monitor by VNC, a pump rack by telnet, a ventilator's web console, FTP, SNMP, old and good TLS, SSH, a remote desktop used from a "
            "public address (203.0.113.0/24 is documentation space, RFC 5737). All machines are network namespaces, the software is real, the makers in the data sets "
            "and MAC prefixes are real names with invented serials.",
            [debian(p) for p in ("dcmtk", "orthanc", "nginx-light", "openssl", "openssh-server", "vsftpd", "inetutils-telnetd", "tigervnc-standalone-server", "xrdp",
                                 "freerdp2-x11", "dnsmasq-base", "isc-dhcp-client", "busybox", "snmpd", "snmp", "curl")] + [pypi(p) for p in ("pynetdicom", "pydicom", "hl7", "astm-2025", "vncdotool")],
            services, devices, findings, decoys,
            [x for x in datasets.CANARIES] + ["ZZCANARY*"] + messages.ADT_CANARIES + ["CANARYOPERATEUR", "CANARYRESULT13.4", "CANARYNOTE prelevement difficile"]
            + hl7_v2.PCD_CANARIES + laboratory.CANARIES + [USER, PASSWORD, "CANARYEXPORT_DUPONT.csv", "ZZCANARYEXPORT", "CanaryCommunity",
                                     "CANARYCONTACT MARTIN", "CANARYPROCEDURE TDM PELVIS", "CANARYPATIENT-IPP"]
            + ([] if again else [web.lab_base64(f"{USER}:{PASSWORD}"), "ZZCANARYURL", "CANARYLIT ZZCANARYDUPONT lit 12"]),
            canaries_hidden=["CANARYPORTAIL", "CANARYQUERY"], decode_as=["tcp.port==4242,dicom", "tcp.port==11112,dicom", "tcp.port==5678,dicom", "tcp.port==2762,tls"],
            device_behind=[hl7_v2.PUMP | {"seen_through": A["passerelle-perf-01"]}, hl7_v2.MONITOR | {"seen_through": A["passerelle-perf-01"]},
                           hl7_v2.ANALYSER | {"seen_through": A["automate-hemato-01"]},
                           {"class": "laboratory analyser", "model": "XN-550", "seen_through": A["serie-labo-01"]},
                           {"class": "laboratory analyser", "model": "c311", "seen_through": A["serie-labo-01"]}])
        publish["canaries"] = list(dict.fromkeys(publish["canaries"]))
        lab.publish(capture, path, publish)


if __name__ == "__main__":
    choose(demo_hospital, demo_hospital_2)
