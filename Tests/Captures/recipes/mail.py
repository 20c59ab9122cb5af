"""Mail, chat, voice, video, printing and web logins.  python3 mail.py [NAME…]"""
import time

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "postfix", "swaks", "libnet-ssleay-perl", "dovecot-pop3d", "dovecot-imapd", "curl", "openssl", "prosody", "ngircd", "kamailio",
         "sip-tester", "python3-gi", "gir1.2-gst-rtsp-server-1.0", "gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good", "nginx-light", "php-cli",
         "dokuwiki", "nghttp2-server", "nghttp2-client", "cups-ipp-utils", "rlpr", "netcat-openbsd")

from lab import Lab, choose, debian, decoy, device, finding, service, truth

SRV = ("10.20.9.10", "ac:1f:6b:20:09:0a")        # Supermicro
PC = ("10.20.9.50", "34:e6:d7:20:09:32")         # Dell
PHONE = ("10.20.9.61", "00:01:3e:20:09:3d")      # Ascom
CAMERA = ("10.20.9.70", "00:40:8c:20:09:46")     # Axis
PRINTER = ("10.20.9.80", "00:21:5a:20:09:50")    # Hewlett Packard
USER, PASSWORD = "canaryuser", "CanaryPwd!42"


class OwnLab(Lab):
    """A laboratory under a name of its own, beside the one of other recipes."""
    def __init__(self, *bridges):
        super().__init__(*bridges)
        self.prefix = "laennec-mail"
        self.ns = f"{self.prefix}-switch"


def pair(l, server, place=SRV, client="poste", other=PC):
    return l.host(server, place[0] + "/24", place[1]), l.host(client, other[0] + "/24", other[1])


def certificate(host):
    lab.sh(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=messagerie.ch-sainte-auscultation.example",
            "-keyout", str(host.folder / "key.pem"), "-out", str(host.folder / "cert.pem")])
    return host.folder / "cert.pem", host.folder / "key.pem"


def dovecot(host, tls):
    """Dovecot with one mailbox; everything it writes in the host's folder."""
    f = host.folder
    cert, key = certificate(host)
    host.write("users", f"{USER}:{{PLAIN}}{PASSWORD}:4242:4242::{f}/home::\n")
    host.user(USER, PASSWORD)
    lab.sh(f"install -d -o 4242 -g 4242 {f}/home")
    host.tmpfs.append("/run")
    return host.write("dovecot.conf", f"""base_dir = /run/dovecot
protocols = imap pop3
listen = *
ssl = {'yes' if tls else 'no'}
ssl_cert = <{cert}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5
log_path = {f}/dovecot.log
first_valid_uid = 100
mail_location = maildir:{f}/home/Maildir
passdb {{
  driver = passwd-file
  args = {f}/users
}}
userdb {{
  driver = passwd-file
  args = {f}/users
}}
service imap-login {{
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  inet_listener pop3s {{
    port = 0
  }}
}}
""")


def postfix(host, more=""):
    """Postfix that keeps what it is given; its logins are Dovecot's where `more` says so."""
    f = host.folder
    host.tmpfs += ["/var/lib/postfix", "/var/spool/postfix"]
    host.prepare += ["chown postfix /var/lib/postfix", "postconf -e inet_interfaces=all >/dev/null 2>&1 || true"]
    main = host.write("postfix/main.cf", f"""compatibility_level = 3.6
myhostname = messagerie.ch-sainte-auscultation.example
mydestination = $myhostname, ch-sainte-auscultation.example
inet_interfaces = all
inet_protocols = ipv4
maillog_file = /dev/stdout
maillog_file_prefixes = /dev, /var
queue_directory = /var/spool/postfix
smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)
local_recipient_maps =
local_transport = discard
mynetworks = 10.20.9.0/24
alias_maps =
{more}
""")
    host.write("postfix/master.cf", open("/usr/share/postfix/master.cf.dist").read().replace("       y       ", "       n       "))
    host.prepare.append(f"postfix -c {f}/postfix check")
    return f"postfix -c {f}/postfix start-fg", main


def smtp_postfix():
    """A mail server that offers no TLS takes a message; then a login."""
    with OwnLab() as l:
        s, a = pair(l, "messagerie")
        dovecot_conf = dovecot(s, False)
        s.write("dovecot-auth.conf", "")
        with open(dovecot_conf, "a") as out:
            out.write("service auth {\n  inet_listener {\n    port = 12345\n  }\n}\n")
        s.spawn(f"dovecot -F -c {dovecot_conf}", [110, 143, 12345])
        start, _ = postfix(s, "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = inet:127.0.0.1:12345\nbroken_sasl_auth_clients = no")
        s.spawn(start, 25)
        body = "Subject: ZZCANARYDUPONT resultats\\n\\nCANARYCONTENU du compte rendu\\n"
        swaks = ["swaks", "--server", SRV[0], "--ehlo", "poste.ch-sainte-auscultation.example", "--from", "canaryfrom@ch-sainte-auscultation.example",
                 "--to", "canaryto@ch-sainte-auscultation.example", "--data", body]
        with l.record("smtp-postfix") as c:
            a.run(swaks)
            a.run([*swaks, "--auth", "LOGIN", "--auth-user", USER, "--auth-password", PASSWORD])
            a.run([*swaks, "--auth", "PLAIN", "--auth-user", USER, "--auth-password", PASSWORD])
            a.run([*swaks, "--auth", "CRAM-MD5", "--auth-user", USER, "--auth-password", PASSWORD])
        c.publish(truth("Postfix without TLS: four messages, three of them after a login (LOGIN, PLAIN, CRAM-MD5).", [debian("postfix"), debian("dovecot-core"), debian("swaks")],
                        [service(SRV[0], 25, "smtp", 'smtp.rsp.parameter contains "Postfix"', banner="ESMTP Postfix (Debian/GNU)",
                                 name="messagerie.ch-sainte-auscultation.example")],
                        [device(*SRV), device(*PC)],
                        [finding("SMTP login in clear", SRV[0], 25, proof='smtp.req.command == "AUTH"'),
                         finding("SMTP without STARTTLS", SRV[0], 25, proof='smtp.rsp.parameter contains "PIPELINING"')],
                        [decoy("STARTTLS", "the server does not offer it", SRV[0], 25, absent='smtp.rsp.parameter contains "STARTTLS"')],
                        canaries=["canaryfrom", "canaryto", "ZZCANARYDUPONT", "CANARYCONTENU"], canaries_hidden=[USER, PASSWORD]))


def smtp_starttls():
    with OwnLab() as l:
        s, a = pair(l, "messagerie")
        cert, key = certificate(s)
        start, _ = postfix(s, f"smtpd_tls_cert_file = {cert}\nsmtpd_tls_key_file = {key}\nsmtpd_tls_security_level = may")
        s.spawn(start, 25)
        with l.record("smtp-starttls") as c:
            a.run(["swaks", "--server", SRV[0], "--ehlo", "poste.ch-sainte-auscultation.example", "--from", "canaryfrom@ch-sainte-auscultation.example",
                   "--to", "canaryto@ch-sainte-auscultation.example", "--data", "Subject: CANARYSUJET\\n\\nCANARYCONTENU\\n", "-tls"])
        c.publish(truth("Postfix with TLS on request: the message crosses encrypted.", [debian("postfix"), debian("swaks")],
                        [service(SRV[0], 25, "smtp", 'smtp.req.command == "STARTTLS" || smtp contains "STARTTLS"', banner="ESMTP Postfix (Debian/GNU)", name="messagerie.ch-sainte-auscultation.example", starttls=True)],
                        [device(*SRV), device(*PC)], [],
                        [decoy("a message in clear", "it follows STARTTLS", SRV[0], 25, absent='smtp.req.command == "MAIL"')],
                        canaries_hidden=["canaryfrom", "canaryto", "CANARYSUJET", "CANARYCONTENU"]))


def mailbox_dovecot():
    with OwnLab() as l:
        s, a = pair(l, "messagerie")
        s.spawn(f"dovecot -F -c {dovecot(s, True)}", [110, 143])
        with l.record("mailbox-dovecot") as c:
            a.run(["curl", "-sS", "--login-options", "AUTH=PLAIN", "-u", f"{USER}:{PASSWORD}", f"imap://{SRV[0]}/"])
            a.run(["/usr/bin/python3", "-c", f"import poplib; p = poplib.POP3('{SRV[0]}'); p.capa(); p.user('{USER}'); p.pass_('{PASSWORD}'); p.stat(); p.quit()"])
            a.run(["curl", "-sS", "--ssl-reqd", "-k", "-u", f"{USER}:{PASSWORD}", f"imap://{SRV[0]}/"])
            a.run(["curl", "-sS", "--ssl-reqd", "-k", "-u", f"{USER}:{PASSWORD}", f"pop3://{SRV[0]}/"])
        c.publish(truth("Dovecot: a mailbox read over IMAP and POP3, in clear and after STARTTLS or STLS.", [debian("dovecot-core"), debian("curl")],
                        [service(SRV[0], 143, "imap", 'imap contains "Dovecot"', banner="Dovecot (Debian) ready.", starttls=True),
                         service(SRV[0], 110, "pop3", 'pop contains "Dovecot"', banner="Dovecot (Debian) ready.", starttls=True)],
                        [device(*SRV), device(*PC)],
                        [finding("IMAP login in clear", SRV[0], 143, proof='imap contains "AUTHENTICATE"'),
                         finding("POP3 login in clear", SRV[0], 110, proof='pop.request.command == "PASS"')],
                        canaries=[USER, PASSWORD]))


def irc_ngircd():
    with OwnLab() as l:
        s, a = pair(l, "serveur")
        s.spawn("ngircd -n -f " + s.write("ngircd.conf", "[Global]\nName = irc.reseau.example\nInfo = serveur\nPassword = " + PASSWORD
                                          + "\nServerUID = irc\nServerGID = irc\n[Options]\nPAM = no\nDNS = no\nIdent = no\n"), 6667)
        talk = a.write("talk.sh", f"(printf 'PASS {PASSWORD}\\r\\nNICK canarynic\\r\\nUSER {USER} 0 * :CANARY NOM\\r\\n'; sleep 2; "
                       "printf 'JOIN #canarycanal\\r\\nPRIVMSG #canarycanal :CANARYMESSAGE\\r\\nQUIT\\r\\n'; sleep 1) | nc -q 1 " + SRV[0] + " 6667\n")
        with l.record("irc-ngircd") as c:
            a.run(["sh", talk], check=False)
        c.publish(truth("An IRC server (ngircd) with a password; the client's lines are typed into netcat.", [debian("ngircd")],
                        [service(SRV[0], 6667, "irc", 'irc contains "001 canarynic"', server_name="irc.reseau.example")], [device(*SRV), device(*PC)],
                        [finding("IRC", SRV[0], 6667, proof='irc.request.command == "NICK"')],
                        canaries=["canarynic", USER, PASSWORD, "CANARY NOM", "canarycanal", "CANARYMESSAGE"]))


REGISTER = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="register">
<send retrans="500"><![CDATA[

REGISTER sip:[remote_ip] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:canary4711@[remote_ip]>;tag=[call_number]
To: <sip:canary4711@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: sip:canary4711@[local_ip]:[local_port]
Max-Forwards: 70
User-Agent: sipp-poste-dect
Expires: 600
Content-Length: 0

]]></send>
<recv response="200" optional="true"></recv>
<recv response="401" auth="true" optional="true" next="2"></recv>
<recv response="200" optional="true"></recv>
<label id="1"/>
</scenario>
"""


def sip_kamailio():
    """A registrar that asks nobody who he is, and one that does; a call between two telephones."""
    with OwnLab() as l:
        s, p, a = l.host("autocom", SRV[0] + "/24", SRV[1]), l.host("dect", PHONE[0] + "/24", PHONE[1]), l.host("poste", PC[0] + "/24", PC[1])
        conf = s.write("kamailio.cfg", f"""#!KAMAILIO
debug=1
log_stderror=yes
fork=no
children=1
auto_aliases=no
listen=udp:{SRV[0]}:5060
listen=tcp:{SRV[0]}:5060
server_header="Server: kamailio (5.6.3 (x86_64/linux))"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
request_route {{
  if (is_method("REGISTER")) {{ save("location"); exit; }}
  if (!lookup("location")) {{ sl_send_reply("404", "Not Found"); exit; }}
  record_route(); t_relay(); exit;
}}
""")
        s.spawn(f"kamailio -DD -E -f {conf} -Y {s.folder}", 5060, udp=5060)
        sipp = ["sipp", f"{SRV[0]}:5060", "-m", "1", "-nostdin", "-timeout", "15", "-trace_err"]
        register = p.write("register.xml", REGISTER.replace('<recv response="200" optional="true"></recv>\n<recv response="401" auth="true" optional="true" next="2"></recv>\n'
                                                            '<recv response="200" optional="true"></recv>\n<label id="1"/>', '<recv response="200"></recv>'))
        with l.record("sip-kamailio") as c:
            p.run([*sipp, "-i", PHONE[0], "-p", "5060", "-sf", register])
            callee = p.spawn(["sipp", "-sn", "uas", "-i", PHONE[0], "-p", "5060", "-m", "1", "-nostdin", "-timeout", "15"], udp=5060)
            a.run([*sipp, "-i", PC[0], "-p", "5070", "-sn", "uac", "-s", "canary4711", "-d", "300"], check=False)
            callee.wait(timeout=20)
            p.run([*sipp, "-i", PHONE[0], "-p", "5062", "-t", "t1", "-sf", register])
        c.publish(truth("Kamailio as a registrar without authentication: a telephone registers over UDP and TCP (sipp), and is called.",
                        [debian("kamailio"), debian("sip-tester")],
                        [service(SRV[0], 5060, "sip", 'sip.Server contains "kamailio"', transport="udp", server="kamailio (5.6.3 (x86_64/linux))"),
                         service(SRV[0], 5060, "sip", "tcp && sip.CSeq.method == REGISTER", server="kamailio (5.6.3 (x86_64/linux))")],
                        [device(*SRV), device(*PHONE), device(*PC)],
                        [finding("SIP registration without authentication", SRV[0], 5060, "udp", proof="sip.Status-Code == 200 && sip.CSeq.method == REGISTER"),
                         finding("SIP registration without authentication", SRV[0], 5060, proof="tcp && sip.Status-Code == 200 && sip.CSeq.method == REGISTER")],
                        [decoy("a login", "nobody is asked for one", SRV[0], 5060, "udp", absent="sip.Authorization")], canaries=["canary4711"]))


RTSP = """
import sys, gi
gi.require_version("Gst", "1.0"); gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer, GLib
Gst.init(None)
server = GstRtspServer.RTSPServer(); server.set_service("554"); server.set_address(sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch("( videotestsrc is-live=1 ! video/x-raw,width=16,height=16,framerate=5/1 ! rtpvrawpay name=pay0 pt=96 )")
factory.set_shared(True)
server.get_mount_points().add_factory("/CANARYCHAMBRE12", factory)
if len(sys.argv) > 2:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken(); token.set_string("media.factory.role", "user")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(sys.argv[2], sys.argv[3]), token)
    server.set_auth(auth)
    factory.add_role_from_structure(Gst.Structure.new_from_string("user, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"))
server.attach(None)
GLib.MainLoop().run()
"""


def rtsp(name, more, description, findings, canaries, **fields):
    with OwnLab() as l:
        s, a = pair(l, "camera", CAMERA)
        s.spawn(["/usr/bin/python3", s.write("server.py", RTSP), CAMERA[0], *more], 554)
        with l.record(name, filter="tcp or arp or udp") as c:
            login = [f"user-id={USER}", f"user-pw={PASSWORD}"] if more else []
            a.run(["timeout", "14", "gst-launch-1.0", "-q", "rtspsrc", f"location=rtsp://{CAMERA[0]}:554/CANARYCHAMBRE12", *login, "!", "fakesink", "num-buffers=40"], check=False)
        c.publish(truth(description, [debian("gir1.2-gst-rtsp-server-1.0"), debian("gstreamer1.0-plugins-good")],
                        [service(CAMERA[0], 554, "rtsp", 'rtsp.request contains "DESCRIBE"', **fields)], [device(*CAMERA), device(*PC)],
                        [finding(kind, CAMERA[0], 554, proof=proof) for kind, proof in findings], **canaries))


def rtsp_open():
    rtsp("rtsp-open", [], "A camera stream (GStreamer on both sides) that is described to anybody.",
         [("RTSP stream without authentication", 'rtsp.request contains "DESCRIBE"')], {"canaries": ["CANARYCHAMBRE12"]}, server="GStreamer RTSP server")


def rtsp_basic():
    rtsp("rtsp-basic", [USER, PASSWORD], "A camera stream (GStreamer on both sides) behind Basic authentication in clear.",
         [("RTSP login in clear", 'tcp contains "Authorization: Basic"')], {"canaries": ["CANARYCHAMBRE12"], "canaries_hidden": [USER, PASSWORD]},
         server="GStreamer RTSP server")


def ipp_request(operation, more):
    """A request of version 1.1 with its operation attributes (RFC 8010 section 3.1.1)."""
    attributes = [(0x47, "attributes-charset", "utf-8"), (0x48, "attributes-natural-language", "fr"), (0x45, "printer-uri", f"ipp://{PRINTER[0]}/ipp/print"), *more]
    text = b"".join(bytes([tag]) + len(name).to_bytes(2, "big") + name.encode() + len(value).to_bytes(2, "big") + value.encode() for tag, name, value in attributes)
    return b"\1\1" + operation.to_bytes(2, "big") + b"\0\0\0\1\1" + text + b"\3"


def print_ipp():
    with OwnLab() as l:
        s, a = pair(l, "imprimante", PRINTER)
        s.tmpfs += ["/run"]
        s.prepare.append("mkdir -p /run/dbus && dbus-daemon --system --fork --nopidfile && (avahi-daemon -D --no-drop-root --no-chroot --no-rlimits || true) && sleep 1")
        s.spawn(["ippeveprinter", "-M", "Laennec", "-m", "LaserJet 4200", "-s", "10", "-l", "CANARYLIEU", "-p", "631", "-r", "off", "-k", "-d", str(s.folder), "CANARYFILE"], 631)
        with l.record("print-ipp") as c:
            for operation, more, document in ((0x000B, [], b""), (0x0002, [(0x42, "requesting-user-name", USER), (0x42, "job-name", "CANARYTRAVAIL"),
                                                                          (0x49, "document-format", "application/pdf")], b"%PDF-1.4 CANARYCONTENU ZZCANARYDUPONT")):
                request = a.write(f"request-{operation}", ipp_request(operation, more) + document)
                a.run(["curl", "-sS", "-o", "/dev/null", "-H", "Content-Type: application/ipp", "--data-binary", f"@{request}", f"http://{PRINTER[0]}:631/ipp/print"])
        c.publish(truth("An IPP printer (ippeveprinter) in clear: its attributes are asked for, a document is printed; the requests are ours (RFC 8010), sent by curl.", [debian("cups-ipp-utils"), debian("curl")],
                        [service(PRINTER[0], 631, "ipp", "ipp", make_and_model="Laennec LaserJet 4200")], [device(*PRINTER), device(*PC)],
                        [finding("printing in clear", PRINTER[0], 631, proof="ipp.operation_id == 2")], canaries=["CANARYLIEU", "CANARYFILE", "CANARYTRAVAIL", USER, "CANARYCONTENU", "ZZCANARYDUPONT"]))


def print_lpd():
    """rlpr prints; the printer is a program of ours that answers a byte of 0 to each command (RFC 1179)."""
    with OwnLab() as l:
        s, a = pair(l, "imprimante", PRINTER)
        s.spawn(["/usr/bin/python3", s.write("lpd.py", """
import socket
listener = socket.create_server(("", 515))
while True:
    peer, _ = listener.accept()
    with peer:
        file = peer.makefile("rb")
        while line := file.readline():
            peer.sendall(b"\\0")
            if line[0] in (2, 3) and b"fA" in line:
                file.read(int(line[1:].split()[0])); file.read(1); peer.sendall(b"\\0")
""")], 515)
        with l.record("print-lpd") as c:
            a.run(["rlpr", "-N", "-H", PRINTER[0], "-P", "CANARYFILE", "-J", "CANARYTRAVAIL"], input="CANARYCONTENU ZZCANARYDUPONT\n")
        c.publish(truth("A job printed with rlpr; the printer's side is a plain program of ours.", [debian("rlpr")],
                        [service(PRINTER[0], 515, "lpd", "lpd")], [device(*PRINTER), device(*PC)], [finding("printing in clear", PRINTER[0], 515, proof="lpd")],
                        canaries=["CANARYFILE", "CANARYTRAVAIL", "CANARYCONTENU", "ZZCANARYDUPONT"]))


def web_form():
    """DokuWiki, a real application with a login form, on PHP's own server behind nginx; Digest is asked of another page."""
    with OwnLab() as l:
        s, a = pair(l, "intranet")
        f = s.folder
        lab.sh(f"cp -rL /usr/share/dokuwiki {f}/wiki")
        lab.sh(f"mkdir -p {f}/wiki/conf {f}/data")
        lab.sh(["sh", "-c", f"cp -rL /etc/dokuwiki/. {f}/wiki/conf/ 2>/dev/null; cp -rL /var/lib/dokuwiki/data/. {f}/data/ 2>/dev/null; rm -f {f}/wiki/install.php; true"])
        hashed = lab.sh(["openssl", "passwd", "-1", PASSWORD]).stdout.strip()
        s.write("wiki/conf/users.auth.php", f"{USER}:{hashed}:CANARYNOM:canary@example.org:admin,user\n")
        s.write("wiki/conf/local.php", f"<?php\n$conf['title'] = 'Intranet';\n$conf['useacl'] = 1;\n$conf['superuser'] = '@admin';\n$conf['savedir'] = '{f}/data';\n$conf['authtype'] = 'authplain';\n")
        s.write("wiki/conf/acl.auth.php", "* @ALL 1\n")
        s.spawn(["php", "-S", f"127.0.0.1:8000", "-t", f"{f}/wiki"], 8000)
        s.write("www/index.html", open("/usr/share/nginx/html/index.html").read() if __import__("os").path.exists("/usr/share/nginx/html/index.html")
                else "<html><head><title>Welcome to nginx!</title></head><body></body></html>")
        s.write("www/export/CANARYFICHIER.csv", "CANARYLIGNE\n")
        s.spawn("nginx -c " + s.write("nginx.conf", f"""daemon off; master_process off; pid {f}/pid; error_log {f}/error.log;
events {{}}
http {{ access_log off; client_body_temp_path {f}/t1; proxy_temp_path {f}/t2; fastcgi_temp_path {f}/t3; uwsgi_temp_path {f}/t4; scgi_temp_path {f}/t5;
types {{ text/html html; }}
server {{ listen 80; root {f}/www; location /export/ {{ autoindex on; }} }}
server {{ listen 8080; location / {{ proxy_pass http://127.0.0.1:8000; proxy_set_header Host $http_host; }} }} }}"""), [80, 8080])
        page = f"http://{SRV[0]}:8080/doku.php"
        a.run(["curl", "-sS", "-o", "/dev/null", f"{page}?id=start&do=login"], check=False)
        with l.record("web-form") as c:
            a.run(["curl", "-sS", "-o", "/dev/null", "-c", "jar", f"{page}?id=start&do=login"])
            a.run(["curl", "-sS", "-o", "/dev/null", "-b", "jar", "-c", "jar", "--data-urlencode", f"u={USER}", "--data-urlencode", f"p={PASSWORD}", "-d", "do=login&id=start", page])
            a.run(["curl", "-sS", "-o", "/dev/null", "-H", "Content-Type: application/json", "-d", '{"user": "%s", "password": "%s"}' % (USER, PASSWORD), page])
            a.run(["curl", "-sS", f"http://{SRV[0]}/"])
            a.run(["curl", "-sS", f"http://{SRV[0]}/export/"])
        c.publish(truth("DokuWiki's login form, served and sent in clear; a login as JSON; nginx's default page and a folder that it lists.",
                        [debian("dokuwiki"), debian("nginx-light"), debian("php-cli")],
                        [service(SRV[0], 8080, "http", 'http.request.method == "POST"'), service(SRV[0], 80, "http", "http.response.code == 200 && tcp.srcport == 80")],
                        [device(*SRV), device(*PC)],
                        [finding("login form in clear", SRV[0], 8080, proof='http.request.method == "POST" && http contains "canaryuser"'),
                         finding("directory listing", SRV[0], 80, proof='http.file_data contains "Index of /"')],
                        canaries=["CANARYFICHIER", USER, PASSWORD]))


def http2_clear():
    with OwnLab() as l:
        s, a = pair(l, "intranet")
        s.write("www/index.html", "<html>CANARYPAGE</html>")
        s.spawn(["nghttpd", "--no-tls", "-d", f"{s.folder}/www", "8080"], 8080)
        with l.record("http2-clear") as c:
            a.run(["nghttp", "-n", f"http://{SRV[0]}:8080/index.html"])
            a.run(["nghttp", "-n", "-u", f"http://{SRV[0]}:8080/index.html"], check=False)
        c.publish(truth("HTTP/2 without TLS: by prior knowledge, and by an upgrade (nghttp to nghttpd).", [debian("nghttp2-server")],
                        [service(SRV[0], 8080, "http", "http2.magic")], [device(*SRV), device(*PC)], canaries=["CANARYPAGE"]))


JABBER = "<?xml version='1.0'?><stream:stream to='chat.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"


def xmpp_prosody():
    """Prosody: openssl changes to TLS; then a login in clear typed into netcat."""
    import base64
    with OwnLab() as l:
        s, a = pair(l, "serveur")
        cert, key = certificate(s)
        lab.sh(f"mkdir -p {s.folder}/data/chat%2eexample/accounts")
        s.write("data/chat%2eexample/accounts/" + USER + ".dat", 'return { ["password"] = "' + PASSWORD + '"; };\n')
        lab.sh(f"chmod -R a+rwX {s.folder}")
        conf = s.write("prosody.cfg.lua", f"""data_path = "{s.folder}/data"
run_as_root = true
modules_enabled = {{ "saslauth"; "tls"; "disco"; }}
modules_disabled = {{ "s2s"; }}
authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
log = "*console"
c2s_ports = {{ 5222 }}
interfaces = {{ "*" }}
ssl = {{ certificate = "{cert}"; key = "{key}"; }}
VirtualHost "chat.example"
""")
        s.spawn(f"prosody -F --config {conf}", 5222)
        login = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
        auth = f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{login}</auth>"
        talk = a.write("talk.sh", f"""(printf '%s' "{JABBER}"; sleep 1; printf '%s' "{auth}"; sleep 1) | nc -q 1 {SRV[0]} 5222\n""")
        with l.record("xmpp-prosody") as c:
            a.run(["openssl", "s_client", "-starttls", "xmpp", "-xmpphost", "chat.example", "-connect", f"{SRV[0]}:5222"], input="", check=False)
            a.run(["sh", talk], check=False)
        c.publish(truth("Prosody: a change to TLS by openssl, then a PLAIN login in clear typed into netcat.", [debian("prosody"), debian("openssl")],
                        [service(SRV[0], 5222, "xmpp", 'tcp contains "xmpp-sasl"', name="chat.example")], [device(*SRV), device(*PC)],
                        [finding("XMPP login in clear", SRV[0], 5222, proof='tcp contains "mechanism=\'PLAIN\'"')], canaries_hidden=[USER, PASSWORD]))


EXIT = "\\033%%-12345X"


def print_pjl():
    """A dialogue and a job after HP's "Printer Job Language Technical Reference Manual"; both sides are netcat."""
    with OwnLab() as l:
        s, a = pair(l, "imprimante", PRINTER)
        answer = s.write("answer.sh", "sleep 1; printf '@PJL INFO ID\\r\\n\"HP LaserJet 4200\"\\r\\n\\f'; "
                         "printf '@PJL FSDIRLIST NAME=\"0:\\\\CANARYDOSSIER\" ENTRY=1\\r\\nCANARYFICHIER TYPE=DIR\\r\\n\\f'; sleep 2\n")
        job = a.write("job.sh", f"printf '{EXIT}@PJL\\r\\n@PJL INFO ID\\r\\n@PJL FSDIRLIST NAME=\"0:\\\\CANARYDOSSIER\" ENTRY=1 COUNT=9\\r\\n'; sleep 2; "
                      f"printf '{EXIT}@PJL JOB NAME=\"CANARYTRAVAIL\"\\r\\n@PJL SET USERNAME=\"{USER}\"\\r\\n@PJL ENTER LANGUAGE = PCL\\r\\n\\033ECANARYCONTENU ZZCANARYDUPONT\\f'\n")
        s.spawn(["sh", "-c", f"sh {answer} | nc -l -p 9100 -q 1"], 9100)
        with l.record("print-pjl") as c:
            a.run(["sh", "-c", f"sh {job} | nc -q 1 {PRINTER[0]} 9100"], check=False)
        home, lab.CAPTURES = lab.CAPTURES, lab.CAPTURES / "from-specification"
        c.publish(truth("A dialogue and a job in PJL on a raw printing port, built from HP's reference manual; netcat on both sides.",
                        ["HP, Printer Job Language Technical Reference Manual (2003)"],
                        [service(PRINTER[0], 9100, "pjl", 'tcp contains "@PJL INFO ID"', model="HP LaserJet 4200")], [device(*PRINTER), device(*PC)],
                        [finding("files of a printer open", PRINTER[0], 9100, proof='tcp.srcport == 9100 && tcp contains "FSDIRLIST"')],
                        canaries=["CANARYDOSSIER", "CANARYFICHIER", "CANARYTRAVAIL", USER, "CANARYCONTENU", "ZZCANARYDUPONT"], origin="specification"))
        lab.CAPTURES = home


if __name__ == "__main__":
    choose(smtp_postfix, smtp_starttls, mailbox_dovecot, irc_ngircd, xmpp_prosody, sip_kamailio, rtsp_open, rtsp_basic, print_ipp, print_lpd, print_pjl, web_form, http2_clear)
