"""HTTP, FHIR and TLS captures.  python3 web.py [NAME…]"""
import json

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "nginx-light", "curl", "openssl")
lab.need_pip("cryptography")

import certs
from lab import Lab, choose, debian, decoy, device, finding, service, truth

SRV = ("10.20.4.10", "ac:1f:6b:20:04:0a")        # Supermicro
PUMP = ("10.20.4.21", "58:42:e4:20:04:15")       # Baxter
PC = ("10.20.4.50", "34:e6:d7:20:04:32")         # Dell
USER, PASSWORD = "canaryuser", "CanaryPwd!42"
CURL = "curl/" + debian("curl").split()[1].split("-")[0]
NGINX = "nginx/" + debian("nginx-light").split()[1].split("-")[0]


def nginx(host, servers, ports):
    """nginx in one process, everything it writes in the host's folder."""
    f = host.folder
    host.spawn("nginx -c " + host.write("nginx.conf", f"""daemon off; master_process off; pid {f}/pid; error_log {f}/error.log;
events {{}}
http {{ access_log off; client_body_temp_path {f}/t1; proxy_temp_path {f}/t2; fastcgi_temp_path {f}/t3; uwsgi_temp_path {f}/t4; scgi_temp_path {f}/t5;
types {{ text/html html; application/fhir+json json; }} default_type text/html;
{servers} }}"""), ports)


def password_file(host):
    hashed = lab.sh(["openssl", "passwd", "-apr1", PASSWORD]).stdout.strip()
    return host.write("htpasswd", f"{USER}:{hashed}\n")


def http_nginx():
    with Lab() as l:
        s, p, a = l.host("pompe-web", PUMP[0] + "/24", PUMP[1]), l.host("serveur", SRV[0] + "/24", SRV[1]), l.host("poste", PC[0] + "/24", PC[1])
        s.write("www/index.html", "<html><head><title>Console pompe Spectrum LNC - baie 4</title></head><body>"
                "<form method=post action=/login><input name=user><input type=password name=password></form></body></html>")
        s.write("www/patients.html", "<html><body>CANARYDOSSIER ZZCANARYDUPONT MARGUERITE</body></html>" * 40)
        nginx(s, f"""server {{ listen 80; root {s.folder}/www; gzip on; gzip_types text/html;
  add_header X-Powered-By "PumpWeb/4.2";
  location = /login {{ add_header Set-Cookie "session=CANARYSESSION99"; return 302 /accueil?jeton=CANARYTOKEN12; }}
  location = /accueil {{ return 200 "<html><title>Accueil</title>CANARYACCUEIL</html>"; }}
  location /admin {{ auth_basic "Administration pompe"; auth_basic_user_file {password_file(s)}; try_files /index.html =404; }} }}""", 80)
        base = f"http://{PUMP[0]}"
        with l.record("http-nginx") as c:
            a.run(["curl", "-sS", "-A", "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", f"{base}/", f"{base}/patients.html?ipp=CANARY-IPP-774411"])
            a.run(["curl", "-sS", "-L", "-e", f"{base}/recherche?nom=ZZCANARYREFERER", "-d", f"user={USER}&password=CanaryPwd42form", f"{base}/login"])
            a.run(["curl", "-sS", "-u", f"{USER}:{PASSWORD}", f"{base}/admin"])
            a.run(["curl", "-sS", f"{base}/admin"])
            p.run(["curl", "-sS", "--compressed", "-A", "SIGEMS-Collecteur/3.1", "-H", "Authorization: Bearer CANARYBEARERTOKEN", f"{base}/patients.html?nom=ZZCANARYDUPONT&nir=2840575CANARY88"])
        c.publish(truth("A device's web console (nginx) in clear: pages, a form login, a redirect with a token, Basic authentication, a bearer token, queries with "
                        "a patient, a gzip answer; three different clients.", [debian("nginx-light"), debian("curl")],
                        [service(PUMP[0], 80, "http", f'tcp.srcport == 80 && http.server == "{NGINX}"', server=NGINX, powered_by="PumpWeb/4.2",
                                 title="Console pompe Spectrum LNC - baie 4", basic_realm="Administration pompe", host=PUMP[0],
                                 clients=[{"address": PC[0], "user_agent": "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko"},
                                          {"address": PC[0], "user_agent": CURL}, {"address": SRV[0], "user_agent": "SIGEMS-Collecteur/3.1"}])],
                        [device(*PUMP), device(*SRV), device(*PC, note="its browser says Windows 7 (NT 6.1)")],
                        [finding("HTTP Basic password in clear", PUMP[0], 80, proof="http.authorization contains \"Basic\""),
                         finding("HTTP bearer token in clear", PUMP[0], 80, proof="http.authorization contains \"Bearer\""),
                         finding("form login in clear", PUMP[0], 80, proof='http.request.method == "POST" && urlencoded-form.key == "password"')],
                        [decoy(f"{PC[0]} runs only Windows 7", "curl's requests come from it too: a user agent is a claim of one program", PC[0])],
                        [USER, "CanaryPwd42form", lab_base64(f"{USER}:{PASSWORD}"), "CANARYBEARERTOKEN", "CANARYSESSION99", "CANARYTOKEN12", "CANARY-IPP-774411",
                         "ZZCANARYREFERER", "2840575CANARY88", "CANARYDOSSIER ZZCANARYDUPONT MARGUERITE", "CANARYACCUEIL"],
                        canaries_hidden=[PASSWORD]))


def lab_base64(text):
    import base64
    return base64.b64encode(text.encode()).decode()


def http_fhir():
    with Lab() as l:
        s, a = l.host("fhir", SRV[0] + "/24", SRV[1]), l.host("poste", PC[0] + "/24", PC[1])
        capability = {"resourceType": "CapabilityStatement", "status": "active", "kind": "instance", "fhirVersion": "4.0.1", "format": ["json"],
                      "software": {"name": "Serveur FHIR Exemple", "version": "2.1.7"}, "implementation": {"description": "CH de Sainte-Auscultation"},
                      "rest": [{"mode": "server", "resource": [{"type": "Patient"}, {"type": "Device"}, {"type": "Observation"}]}]}
        patient = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": {
            "resourceType": "Patient", "id": "CANARY-IPP-774411", "name": [{"family": "ZZCANARYDUPONT", "given": ["MARGUERITE"]}],
            "identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "2840575CANARY88"}]}}]}
        equipment = {"resourceType": "Device", "id": "d1", "manufacturer": "Dräger", "modelNumber": "Infinity M540", "serialNumber": "LNCM540771",
                     "udiCarrier": [{"deviceIdentifier": "04049098LNC540"}], "version": [{"value": "VG7.1"}], "patient": {"reference": "Patient/CANARY-IPP-774411"}}
        for name, content in (("metadata.json", capability), ("patient.json", patient), ("device.json", equipment)):
            s.write("www/" + name, json.dumps(content, ensure_ascii=False))
        nginx(s, f"""server {{ listen 8080; root {s.folder}/www;
  location = /fhir/metadata {{ rewrite ^ /metadata.json last; }}  location = /fhir/Patient {{ rewrite ^ /patient.json last; }}
  location = /fhir/Device/d1 {{ rewrite ^ /device.json last; }} }}""", 8080)
        base = f"http://{SRV[0]}:8080/fhir"
        with l.record("http-fhir") as c:
            for url in ("/metadata", "/Patient?name=ZZCANARYDUPONT&identifier=2840575CANARY88", "/Device/d1"):
                a.run(["curl", "-sS", "-H", "Accept: application/fhir+json", "-H", "Authorization: Bearer CANARYBEARERTOKEN", base + url])
        c.publish(truth("FHIR R4 in clear (static resources behind nginx): a capability statement, a patient search, a device resource.",
                        [debian("nginx-light"), debian("curl")],
                        [service(SRV[0], 8080, "http", 'tcp.srcport == 8080 && http.content_type contains "fhir+json"', server=NGINX, applications=["FHIR"],
                                 clients=[{"address": PC[0], "user_agent": CURL}], may_fhir_version="4.0.1", may_software="Serveur FHIR Exemple 2.1.7")],
                        [device(*SRV), device(*PC)],
                        [finding("FHIR in clear", SRV[0], 8080, proof='http.request.uri contains "/fhir/Patient"'),
                         finding("HTTP bearer token in clear", SRV[0], 8080, proof='http.authorization contains "Bearer"')],
                        [decoy(f"{SRV[0]} is a Dräger Infinity M540", "the server holds a record of that device", SRV[0], proof='tcp.srcport == 8080 && tcp contains "LNCM540771"')],
                        ["ZZCANARYDUPONT", "2840575CANARY88", "CANARY-IPP-774411", "CANARYBEARERTOKEN"],
                        device_behind=[{"maker": "Dräger", "model": "Infinity M540", "serial": "LNCM540771", "udi_di": "04049098LNC540", "seen_through": SRV[0]}]))


OLD = "ALL:@SECLEVEL=0"


def s_server(host, port, pair, *options):
    certificate, key = certs.pem(pair)
    host.spawn(["openssl", "s_server", "-accept", f"0.0.0.0:{port}", "-cert", host.write(f"cert{port}.pem", certificate), "-key",
                host.write(f"key{port}.pem", key), "-www", "-quiet", *options], port)


def s_client(host, address, port, *options, check=True):
    return host.run(["openssl", "s_client", "-connect", f"{address}:{port}", "-ign_eof", *options], input="GET /?nom=CANARYQUERY HTTP/1.0\r\n\r\n", check=check)


def tls_versions():
    names = {4431: ("1.0", "-tls1"), 4432: ("1.1", "-tls1_1"), 4433: ("1.2", "-tls1_2"), 4434: ("1.3", "-tls1_3")}
    sni = "imagerie.sainte-auscultation.example"
    with Lab() as l:
        s, a = l.host("serveur", SRV[0] + "/24", SRV[1]), l.host("poste", PC[0] + "/24", PC[1])
        authority = certs.make("Sainte-Auscultation Test CA", authority=True)
        pair = certs.make(sni, authority, names=[sni])
        for port, (_, option) in names.items():
            s_server(s, port, pair, option, "-cipher", OLD, "-alpn", "http/1.1")
        with l.record("tls-versions") as c:
            for port, (_, option) in names.items():
                s_client(a, SRV[0], port, option, "-cipher", OLD, "-servername", sni, "-alpn", "h2,http/1.1")
            session = a.write("session", "")
            s_client(a, SRV[0], 4433, "-tls1_2", "-sess_out", session)
            s_client(a, SRV[0], 4433, "-tls1_2", "-sess_in", session)
            s_client(a, SRV[0], 4434, "-tls1", "-cipher", OLD, check=False)          # refused with an alert
        facts = certs.facts(pair)
        services, findings = [], []
        for port, (version, _) in names.items():
            fields = {"tls_version": version, "sni": [sni], "alpn_offered": ["h2", "http/1.1"]}
            if version != "1.3":
                fields |= {"certificate": facts, "alpn_selected": "http/1.1"}
            wire = {"1.0": "0x0301", "1.1": "0x0302", "1.2": "0x0303", "1.3": "0x0303"}[version]
            proof = f"tcp.srcport == {port} && tls.handshake.type == 2 && tls.handshake.version == {wire}"
            services.append(service(SRV[0], port, "tls", proof + (" && tls.handshake.extensions.supported_version == 0x0304" if version == "1.3" else ""), **fields))
            if version in ("1.0", "1.1"):
                findings.append(finding(f"TLS {version} accepted", SRV[0], port, proof=proof))
        c.publish(truth("TLS 1.0, 1.1, 1.2 and 1.3 on four ports of openssl s_server, with SNI and ALPN; a resumed 1.2 session without certificate; a TLS 1.0 "
                        "client that the 1.3 server refuses with an alert.", [debian("openssl")], services, [device(*SRV), device(*PC)], findings,
                        [decoy("TLS 1.0 accepted", "the client offered it, the server answered with an alert", SRV[0], 4434,
                               proof="tcp.srcport == 4434 && tls.alert_message.desc == 70"),
                         decoy("HTTP in clear", "nothing but TLS on these ports", absent="http.request")],
                        canaries_hidden=["CANARYQUERY"], decode_as=[f"tcp.port=={p},tls" for p in names]))


def tls_certificates():
    with Lab() as l:
        s, a = l.host("serveur", SRV[0] + "/24", SRV[1]), l.host("poste", PC[0] + "/24", PC[1])
        authority = certs.make("Sainte-Auscultation Test CA", authority=True)
        plan = {8443: ("certificate expired", certs.make("pacs-web.sainte-auscultation.example", authority, start=-1200, end=-471)),
                8444: ("certificate self-signed", certs.make("camera-bloc-2.local")),
                8445: ("certificate with an RSA key of 1024 bits", certs.make("automate-labo.local", authority, bits=1024)),
                8446: ("certificate signed with SHA-1", certs.make("gtb.sainte-auscultation.example", authority, sha1=True)),
                8447: ("certificate valid for more than ten years", certs.make("imprimante-film", start=-3000, end=6000)),
                8448: ("certificate not yet valid", certs.make("horloge-fausse.local", authority, start=40, end=400)),
                8449: (None, certs.make("portail.sainte-auscultation.example", authority, curve=True, names=["portail.sainte-auscultation.example", "www.sainte-auscultation.example"]))}
        for port, (_, pair) in plan.items():
            s_server(s, port, pair, "-tls1_2", "-cipher", OLD)
        with l.record("tls-certificates") as c:
            for port in plan:
                s_client(a, SRV[0], port, "-cipher", OLD, "-servername", "serveur.example", "-tls1_2")
        services, findings, decoys = [], [], []
        for port, (kind, pair) in plan.items():
            proof = f"tcp.srcport == {port} && tls.handshake.type == 11"
            services.append(service(SRV[0], port, "tls", proof, tls_version="1.2", certificate=certs.facts(pair)))
            if kind:
                findings.append(finding(kind, SRV[0], port, proof=proof))
            else:
                decoys.append(decoy("certificate expired, self-signed or weak", "EC P-256, SHA-256, in its dates, signed by an authority", SRV[0], port))
            findings.append(finding("certificate for another host", SRV[0], port, proof=f'tcp.dstport == {port} && tls.handshake.extensions_server_name == "serveur.example"'))
        c.publish(truth("TLS 1.2 on seven ports of openssl s_server: expired, self-signed, RSA 1024, SHA-1, very long and not yet valid certificates, and a good one.",
                        [debian("openssl")], services, [device(*SRV), device(*PC)], findings, decoys, canaries_hidden=["CANARYQUERY"],
                        decode_as=[f"tcp.port=={p},tls" for p in plan]))


def https_nginx():
    sni = "portail.sainte-auscultation.example"
    with Lab() as l:
        s, a = l.host("serveur", SRV[0] + "/24", SRV[1]), l.host("poste", PC[0] + "/24", PC[1])
        authority = certs.make("Sainte-Auscultation Test CA", authority=True)
        pair = certs.make(sni, authority, names=[sni])
        certificate, key = certs.pem(pair)
        nginx(s, f"""server {{ listen 80; return 301 https://$host$request_uri; }}
server {{ listen 443 ssl http2; ssl_certificate {s.write('cert.pem', certificate)}; ssl_certificate_key {s.write('key.pem', key)};
  ssl_protocols TLSv1.2 TLSv1.3; location / {{ return 200 "CANARYSECRET"; }} }}""", [80, 443])
        with l.record("https-nginx") as c:
            a.run(["curl", "-sSkL", "--resolve", f"{sni}:80:{SRV[0]}", "--resolve", f"{sni}:443:{SRV[0]}", "--tls-max", "1.2", f"http://{sni}/"])
            a.run(["curl", "-sSk", "--resolve", f"{sni}:443:{SRV[0]}", f"https://{sni}/?nom=CANARYQUERY"])
        c.publish(truth("HTTPS as it should be: nginx redirects from 80 to 443; one client in TLS 1.2, one in TLS 1.3, HTTP/2 by ALPN.", [debian("nginx-light"), debian("curl")],
                        [service(SRV[0], 80, "http", "tcp.srcport == 80 && http.response.code == 301", server=NGINX, redirects_to="https", host=sni),
                         service(SRV[0], 443, "tls", "tcp.srcport == 443 && tls.handshake.extensions.supported_version == 0x0304", tls_versions=["1.2", "1.3"],
                                 sni=[sni], alpn_selected="h2", certificate=certs.facts(pair))],
                        [device(*SRV), device(*PC)], decoys=[decoy("an old TLS version", "only 1.2 and 1.3 are spoken", SRV[0], 443,
                                                                   absent="tls.handshake.type == 2 && tls.handshake.version < 0x0303")],
                        canaries_hidden=["CANARYQUERY", "CANARYSECRET"]))


if __name__ == "__main__":
    choose(http_nginx, http_fhir, tls_versions, tls_certificates, https_nginx)
