"""Remote access and file transfer: SSH, telnet, FTP, VNC, RDP.  python3 remote.py [NAME…]"""
import os
import time

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "openssh-server", "openssh-client", "sshpass", "dropbear-bin", "inetutils-telnetd",
         "inetutils-telnet", "socat", "expect", "vsftpd", "curl", "lftp", "tigervnc-standalone-server", "tigervnc-tools", "xvfb", "xrdp",
         "freerdp2-x11", "freerdp2-shadow-x11")
lab.need_pip("vncdotool", "cryptography")

import certs
from lab import PYTHON, Lab, choose, debian, decoy, device, finding, pypi, service, truth

USER, PASSWORD = "canaryuser", "CanaryPwd!42"
PASSWORD_NT = "8aa8a33d44c9272956ae3b75e9e61ff1"      # MD4 of the password in UTF-16LE
SRV = ("10.20.3.10", "ac:1f:6b:20:03:0a")        # Supermicro
BOX = ("10.20.3.11", "00:80:a3:20:03:0b")        # Lantronix: a serial device server
ADM = ("10.20.3.50", "34:e6:d7:20:03:32")        # Dell: administrator's station


def pair(l, server="srv", place=SRV, user=True):
    s, a = l.host(server, place[0] + "/24", place[1]), l.host("adm", ADM[0] + "/24", ADM[1])
    s.tmpfs.append("/run")
    if user:
        s.user(USER, PASSWORD)
    return s, a


def devices(place=SRV):
    return [device(*place), device(*ADM)]


def host_key(s, name, kind, *more):
    path = s.folder / name
    lab.sh(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", str(path), *more])
    return path


SSH = "sshpass -p " + PASSWORD + " ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -F none"


def ssh_openssh():
    with Lab() as l:
        s, a = pair(l)
        s.prepare.append("mkdir -p /run/sshd")
        configuration = s.write("sshd_config", f"Port 22\nHostKey {host_key(s, 'ed', 'ed25519')}\nHostKey {host_key(s, 'rsa', 'rsa', '-b', '3072')}\n"
                                "PasswordAuthentication yes\nUsePAM no\nPidFile none\n")
        s.spawn(f"/usr/sbin/sshd -D -e -f {configuration}", 22)
        with l.record("ssh-openssh") as c:
            a.run(f"{SSH} {USER}@{SRV[0]} true")
        banner = "SSH-2.0-" + a.run("ssh -V").stderr.split(",")[0].strip()
        c.publish(truth("OpenSSH as Debian configures it: a password login and one command.", [debian("openssh-server")],
                        [service(SRV[0], 22, "ssh", f'ssh.protocol == "{banner}" && tcp.srcport == 22', server_banner=banner, key_exchange_chosen="sntrup761x25519-sha512",
                                 host_key_types=["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"], clients=[{"address": ADM[0], "banner": banner}])],
                        devices(), decoys=[decoy("weak SSH algorithms", "none is offered by this server", SRV[0], 22,
                                                 absent='tcp.srcport == 22 && ssh.kex_algorithms contains "group1-sha1"')],
                        canaries_hidden=[USER, PASSWORD]))


def ssh_legacy():
    """OpenSSH with the algorithms of a fifteen-year-old device, and dropbear beside it."""
    with Lab() as l:
        s, a = pair(l)
        s.prepare.append("mkdir -p /run/sshd")
        configuration = s.write("sshd_config", f"""Port 22
HostKey {host_key(s, 'rsa', 'rsa', '-b', '1024')}
HostKey {host_key(s, 'dsa', 'dsa')}
HostKeyAlgorithms ssh-rsa,ssh-dss
KexAlgorithms diffie-hellman-group1-sha1,diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1
Ciphers 3des-cbc,aes128-cbc,aes256-cbc
MACs hmac-md5,hmac-sha1,hmac-sha1-96
RequiredRSASize 1024
PasswordAuthentication yes
UsePAM no
PidFile none
""")
        s.spawn(f"/usr/sbin/sshd -D -e -f {configuration}", 22)
        s.run(f"dropbearkey -t rsa -s 2048 -f {s.folder}/dropbear.key")
        s.spawn(f"/usr/sbin/dropbear -F -E -r {s.folder}/dropbear.key -p 2222 -P {s.folder}/pid", 2222)
        with l.record("ssh-legacy") as c:
            a.run(f"{SSH} -o KexAlgorithms=diffie-hellman-group1-sha1 -o HostKeyAlgorithms=ssh-rsa -o Ciphers=3des-cbc -o MACs=hmac-md5 "
                  f"-o RequiredRSASize=1024 {USER}@{SRV[0]} true")
            a.run(f"{SSH} -p 2222 {USER}@{SRV[0]} true", check=False)
        c.publish(truth("OpenSSH limited to old algorithms on 22 (group1-sha1, 3des-cbc, hmac-md5, ssh-rsa 1024, ssh-dss), dropbear on 2222.",
                        [debian("openssh-server"), debian("dropbear-bin")],
                        [service(SRV[0], 22, "ssh", 'tcp.srcport == 22 && ssh.kex_algorithms contains "diffie-hellman-group1-sha1"',
                                 kex_algorithms=["diffie-hellman-group1-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group-exchange-sha1"],
                                 host_key_types=["ssh-rsa", "ssh-dss"], ciphers=["3des-cbc", "aes128-cbc", "aes256-cbc"], macs=["hmac-md5", "hmac-sha1", "hmac-sha1-96"],
                                 host_key_bits=1024),
                         service(SRV[0], 2222, "ssh", 'tcp.srcport == 2222 && tcp contains "SSH-2.0-dropbear_2022.83"', server_banner="SSH-2.0-dropbear_2022.83")],
                        devices(),
                        [finding("SSH with obsolete key exchange, ciphers and MACs", SRV[0], 22, proof='tcp.srcport == 22 && ssh.encryption_algorithms_server_to_client contains "3des-cbc"'),
                         finding("SSH host key RSA of 1024 bits", SRV[0], 22, proof="tcp.srcport == 22 && ssh.host_key.type == \"ssh-rsa\"")],
                        canaries_hidden=[USER, PASSWORD], decode_as=["tcp.port==2222,ssh"]))


BANNER = "Console de service POMPE-RACK LNC-R4 v2.18"


def telnetd(s, port=23, banner=BANNER):
    s.tmpfs.append("/var/log")
    s.bind("/etc/issue", banner + "\n")
    s.bind("/etc/issue.net", banner + "\n")
    s.bind("/etc/motd", "Bienvenue\n")
    s.prepare.append("mount -t tmpfs none /etc/update-motd.d")     # else the login shows the kernel of the recording machine
    s.spawn(["socat", f"TCP-LISTEN:{port},reuseaddr,fork", "EXEC:/usr/sbin/telnetd -h,nofork"], port)


TELNET_EXPECT = """set timeout 15
set send_slow {{1 .03}}
spawn telnet {host} {port}
expect "ogin:"
send -s "{user}\\r"
expect "assword:"
send -s "{password}\\r"
expect "$ "
send -s "echo CANARY''PATIENT-IPP\\r"
expect "CANARYPATIENT-IPP"
expect "$ "
send -s "exit\\r"
expect eof
"""


def telnet_login():
    with Lab() as l:
        s, a = pair(l, "pompe-rack", BOX)
        telnetd(s)
        script = a.write("telnet.exp", TELNET_EXPECT.format(host=BOX[0], port=23, user=USER, password=PASSWORD))
        with l.record("telnet-login") as c:
            a.run(f"expect {script}")
        c.publish(truth("A telnet login typed key by key (inetutils on both sides): the server echoes the name, not the password.",
                        [debian("inetutils-telnetd"), debian("inetutils-telnet")],
                        [service(BOX[0], 23, "telnet", "tcp.srcport == 23 && telnet.auth.name || (tcp.srcport == 23 && tcp contains \"login:\")")],
                        devices(BOX), [finding("telnet login in clear", BOX[0], 23, proof='tcp.srcport == 23 && tcp contains "assword:"')],
                        canaries=["CANARYPATIENT-IPP"], canaries_split=[USER, PASSWORD]))


def telnet_lines():
    with Lab() as l:
        s, a = pair(l, "pompe-rack", BOX)
        telnetd(s, 2323)
        script = a.write("lines.py", f'''
import re, socket, time
s = socket.create_connection(("{BOX[0]}", 2323)); s.settimeout(8)
seen = b""
def until(word):
    global seen
    while word not in seen:
        data = s.recv(4096)
        if not data: raise SystemExit("closed: %r" % seen)
        for verb, option in re.findall(rb"\\xff([\\xfb-\\xfe])(.)", data, re.S):     # refuse every option
            s.sendall(b"\\xff" + (b"\\xfc" if verb in b"\\xfd\\xfe" else b"\\xfe") + option)
        seen += data
    seen = b""
until(b"ogin:"); time.sleep(0.3); s.sendall(b"{USER}\\r\\n")
until(b"assword:"); time.sleep(0.3); s.sendall(b"CanaryWrong!99\\r\\n")
until(b"ogin:"); time.sleep(0.3); s.sendall(b"{USER}\\r\\n")
until(b"assword:"); time.sleep(0.3); s.sendall(b"{PASSWORD}\\r\\n")
until(b"$ "); s.sendall(b"exit\\r\\n"); time.sleep(0.5)
''')
        with l.record("telnet-lines") as c:
            a.run(f"{PYTHON} {script}")
        c.publish(truth("inetutils telnetd on port 2323; a client that refuses every option and sends whole lines: one wrong password, then the right one.",
                        [debian("inetutils-telnetd"), "Python sockets"],
                        [service(BOX[0], 2323, "telnet", 'tcp.srcport == 2323 && tcp contains "login:"')],
                        devices(BOX), [finding("telnet login in clear", BOX[0], 2323, proof='tcp.srcport == 2323 && tcp contains "assword:"')],
                        canaries=[USER, PASSWORD, "CanaryWrong!99"]))


def vsftpd(s, **settings):
    root = s.folder / "ftp"
    (root / "depot").mkdir(parents=True)
    os.chmod(root, 0o755)
    os.chmod(root / "depot", 0o777)
    (root / "liste.txt").write_text("CANARYFICHIER ZZCANARYDUPONT MARGUERITE\n")
    options = dict(listen="YES", anonymous_enable="YES", local_enable="YES", write_enable="YES", anon_root=root, local_root=root, seccomp_sandbox="NO",
                   pasv_min_port=30001, pasv_max_port=30001, background="NO", chroot_local_user="YES", allow_writeable_chroot="YES",
                   secure_chroot_dir="/run/vsftpd/empty", pam_service_name="vsftpd", **{"ftpd_banner": "FTP echographe ECHO-URG-1", **settings})
    s.prepare.append("mkdir -p /run/vsftpd/empty")
    s.spawn("vsftpd " + s.write("vsftpd.conf", "".join(f"{k}={v}\n" for k, v in options.items())), 21)


def ftp_login():
    with Lab() as l:
        s, a = pair(l, "echo-urg", BOX)
        vsftpd(s)
        a.write("envoi.hl7", "PID|1||CANARY-IPP-774411||ZZCANARYENVOI^MARGUERITE\r")
        with l.record("ftp-login") as c:
            a.run(["curl", "-sS", "-u", f"{USER}:{PASSWORD}", "-T", "envoi.hl7", f"ftp://{BOX[0]}/depot/CANARYDUPONT_MARGUERITE.hl7"])
            a.run(["curl", "-sS", "-u", f"{USER}:CanaryWrong!99", f"ftp://{BOX[0]}/"], check=False)
            a.run(["curl", "-sS", "-u", "anonymous:canary@patient.example", f"ftp://{BOX[0]}/liste.txt"])
            a.run(["curl", "-sS", "-u", f"{USER}:{PASSWORD}", "--ftp-port", "eth0:40001-40001", "--disable-eprt", f"ftp://{BOX[0]}/liste.txt"])
        c.publish(truth("FTP with vsftpd and curl: an upload, a refused password, an anonymous download, an active-mode download.",
                        [debian("vsftpd"), debian("curl")],
                        [service(BOX[0], 21, "ftp", 'ftp.response.arg contains "ECHO-URG-1"', server_banner="FTP echographe ECHO-URG-1", anonymous=True),
                         service(BOX[0], 30001, "ftp-data", "tcp.srcport == 30001 && tcp.flags.syn == 1", announced_by=f"{BOX[0]}:21"),
                         service(ADM[0], 40001, "ftp-data", "tcp.srcport == 40001 && tcp.flags.syn == 1", announced_by=f"{BOX[0]}:21", mode="active")],
                        devices(BOX),
                        [finding("FTP password in clear", BOX[0], 21, proof='ftp.request.command == "PASS" && ftp.request.arg contains "Canary"'),
                         finding("anonymous FTP accepted", BOX[0], 21, proof='ftp.request.command == "USER" && ftp.request.arg == "anonymous"')],
                        [decoy(f"{ADM[0]}:40001 is an exposed service", "it is the data channel the client opened for one transfer", ADM[0], 40001)],
                        [USER, PASSWORD, "CanaryWrong!99", "canary@patient.example", "CANARYDUPONT_MARGUERITE.hl7", "ZZCANARYENVOI^MARGUERITE",
                         "CANARYFICHIER ZZCANARYDUPONT MARGUERITE"]))


def ftp_tls():
    with Lab() as l:
        s, a = pair(l, "echo-urg", BOX)
        certificate = certs.make("echo-urg.sainte-auscultation.example")
        pem, key = certs.pem(certificate)
        vsftpd(s, ssl_enable="YES", require_ssl_reuse="NO", rsa_cert_file=s.write("cert.pem", pem), rsa_private_key_file=s.write("key.pem", key))
        with l.record("ftp-tls") as c:
            a.run(["curl", "-sS", "-k", "--ssl-reqd", "--tls-max", "1.2", "-u", f"{USER}:{PASSWORD}", f"ftp://{BOX[0]}/liste.txt"])
        c.publish(truth("FTP with AUTH TLS before the login (vsftpd, curl): TLS 1.2 inside the control connection and on the data connection.",
                        [debian("vsftpd"), debian("curl")],
                        [service(BOX[0], 21, "ftp", 'ftp.request.command == "AUTH"', server_banner="FTP echographe ECHO-URG-1", starttls=True,
                                 tls_version="1.2", certificate=certs.facts(certificate)),
                         service(BOX[0], 30001, "ftp-data", "tcp.srcport == 30001 && tcp.flags.syn == 1", tls_version="1.2")],
                        devices(BOX), decoys=[decoy("FTP password in clear", "the login went through TLS", BOX[0], 21, absent='ftp.request.command == "PASS"')],
                        canaries_hidden=[USER, PASSWORD, "CANARYFICHIER"]))


def vnc_server(s, port, kind, desktop):
    options = f"-SecurityTypes {kind} -rfbport {port} -geometry 160x120 -depth 16 -desktop {desktop} -nolisten tcp -AlwaysShared"
    if kind == "VncAuth":
        secret = lab.subprocess.run(["tigervncpasswd", "-f"], input=PASSWORD[:8].encode(), capture_output=True, check=True).stdout
        options += f" -PasswordFile {s.write('vncpasswd', secret)}"
    s.spawn(f"Xtigervnc :{port} {options}", port)


def vnc(name, kind, number):
    with Lab() as l:
        s, a = pair(l, "moniteur", SRV, user=False)
        port = 5900 if kind == "None" else 5901
        vnc_server(s, port, kind, "moniteur-rea-04")
        password = ["-p", PASSWORD[:8]] if kind == "VncAuth" else []
        with l.record(name) as c:
            a.run([os.path.join(os.path.dirname(PYTHON), "vncdo"), "-t", "20", "-s", f"{SRV[0]}::{port}", *password, "key", "a", "capture", "screen.png"], timeout=40)
        findings = [finding("VNC without authentication", SRV[0], port, proof=f"tcp.srcport == {port} && vnc.security_type == 1 || vnc.client_security_type == 1")] if kind == "None" else \
                   [finding("VNC with a password of at most 8 characters (DES challenge) and no encryption", SRV[0], port, proof="vnc.auth_challenge")]
        c.publish(truth(f"VNC: TigerVNC with SecurityTypes {kind} on {port}, vncdotool takes a picture of the screen.", [debian("tigervnc-standalone-server"), pypi("vncdotool")],
                        [service(SRV[0], port, "vnc", f'tcp.srcport == {port} && tcp contains "RFB 003.008"', rfb_version="3.8", security_types=[number],
                                 security_type_names=[kind], desktop_name="moniteur-rea-04")],
                        devices(), findings,
                        [decoy("VNC without authentication", "the server asks for a password", SRV[0], port, absent="vnc.client_security_type == 1")] if kind != "None" else [],
                        canaries_hidden=[PASSWORD[:8]] if kind != "None" else [], decode_as=[f"tcp.port=={port},vnc"]))


def vnc_none():
    vnc("vnc-none", "None", 1)


def vnc_auth():
    vnc("vnc-auth", "VncAuth", 2)


def xrdp(s, security, port=3389, protocols="TLSv1.2"):
    certificate = certs.make("serveur-tse-02.sainte-auscultation.example")
    pem, key = certs.pem(certificate)
    ini = open("/etc/xrdp/xrdp.ini").read()
    import re
    for setting, value in (("port", port), ("security_layer", security), ("certificate", s.write("cert.pem", pem)), ("key_file", s.write("key.pem", key)),
                           ("ssl_protocols", protocols), ("LogFile", s.folder / "xrdp.log"), ("EnableSyslog", "false")):
        ini = re.sub(rf"(?m)^{setting}=.*$", f"{setting}={value}", ini, count=1)
    s.prepare.append("mkdir -p /run/xrdp")
    s.spawn(f"/usr/sbin/xrdp --nodaemon -c {s.write('xrdp.ini', ini)}", port)
    return certificate


def display(a, depth=16):
    a.spawn(f"Xvfb :77 -screen 0 640x480x{depth} -nolisten tcp")
    time.sleep(1.5)


def freerdp(a, address, security, timeout=12, bpp=8):
    """A FreeRDP session of some seconds; xrdp shows its login window."""
    return a.run(["timeout", str(timeout), "xfreerdp", f"/v:{address}", f"/sec:{security}", f"/u:{USER}", f"/p:{PASSWORD}", "/cert:ignore", "/size:200x150",
                  f"/bpp:{bpp}", "/tls-seclevel:0", "/timeout:4000", "-themes", "-wallpaper", "+compression"], check=False, env={"DISPLAY": ":77", "HOME": str(a.folder)}, timeout=40)


def rdp(name, server, client, description, fields, findings=(), decoys=(), hidden=(), cookie=True):
    with Lab() as l:
        s, a = pair(l, "tse-02", SRV)
        certificate = xrdp(s, server)
        display(a)
        with l.record(name) as c:
            done = freerdp(a, SRV[0], client, 4)
        if os.environ.get("LAENNEC_LAB_KEEP"):
            print(done.stdout[-1500:], done.stderr[-1500:])
        if fields.pop("certificate", False):
            fields["certificate"] = certs.facts(certificate)
        proof = fields.pop("proof")
        c.publish(truth(description, [debian("xrdp"), debian("freerdp2-x11")], [service(SRV[0], 3389, "rdp", proof, **fields)], devices(),
                        [finding(k, SRV[0], 3389, proof=p) for k, p in findings],
                        [decoy(k, why, SRV[0], 3389, absent=p) for k, why, p in decoys], [USER] if cookie else [],
                        canaries_hidden=[PASSWORD, *hidden]))


def rdp_tls():
    rdp("rdp-tls", "tls", "tls", "RDP over TLS 1.2 without network level authentication: xrdp and FreeRDP; the connection request names the user in a cookie.",
        {"proof": "tcp.srcport == 3389 && rdp.neg_type == 2 && rdp.negReq.selectedProtocol == 1", "requested_protocols": ["TLS"],
         "selected_protocol": "TLS", "nla": False, "tls_version": "1.2", "certificate": True},
        [("RDP without network level authentication", "tcp.srcport == 3389 && rdp.neg_type == 2 && rdp.negReq.selectedProtocol == 1")])


def rdp_legacy():
    rdp("rdp-legacy", "rdp", "rdp", "RDP's own (legacy) security: xrdp and FreeRDP without TLS, without a negotiation structure in the request.",
        {"proof": "tcp.srcport == 3389 && tpkt && cotp.type == 0x0d", "selected_protocol": "standard RDP security", "nla": False, "encryption": "128-bit RC4 (high)",
         "client_names": ["adm"]},
        [("RDP with legacy security, without TLS or network level authentication", "tcp.srcport == 3389 && tpkt && t124")],
        [("TLS protects this RDP service", "there is no TLS record", "tls.record.version")])


def rdp_nla_refused():
    rdp("rdp-nla-refused", "rdp", "nla", "A client that insists on network level authentication; xrdp selects standard RDP security and the client leaves.",
        {"proof": "tcp.srcport == 3389 && rdp.neg_type == 2 && rdp.negReq.selectedProtocol == 0", "requested_protocols": ["TLS", "CredSSP"],
         "selected_protocol": "standard RDP security", "nla": False},
        [("RDP with legacy security, without TLS or network level authentication", "rdp.neg_type == 2 && rdp.negReq.selectedProtocol == 0")],
        [("a session was opened", "the client leaves after the negotiation", "t125 || t124")])


def rdp_nla():
    """A server with network level authentication: FreeRDP's shadow server shows an empty X display."""
    with Lab() as l:
        s, a = pair(l, "poste-radio", SRV)
        display(s, 24)
        display(a)
        # One NT hash of the canary password, as a Windows account data base would hold it.
        sam = s.write("sam", f"{USER}:::{PASSWORD_NT}:::\n")
        s.spawn(f"freerdp-shadow-cli /port:3389 /sec:nla /auth /sam-file:{sam} /bind-address:{SRV[0]}", 3389,
                env={"DISPLAY": ":77", "HOME": str(s.folder)})
        with l.record("rdp-nla") as c:
            done = freerdp(a, SRV[0], "nla", 2, 16)
        if os.environ.get("LAENNEC_LAB_KEEP"):
            print(done.stdout[-1500:], done.stderr[-1500:])
        c.publish(truth("RDP with network level authentication (CredSSP inside TLS): FreeRDP's shadow server and client.",
                        [debian("freerdp2-shadow-x11"), debian("freerdp2-x11")],
                        [service(SRV[0], 3389, "rdp", "tcp.srcport == 3389 && rdp.neg_type == 2 && rdp.negReq.selectedProtocol == 2",
                                 requested_protocols=["TLS", "CredSSP"], selected_protocol="CredSSP", nla=True)],
                        devices(), [],
                        [decoy("RDP without network level authentication", "the server selects CredSSP", SRV[0], 3389, absent="rdp.negReq.selectedProtocol == 1")],
                        [USER], canaries_hidden=[PASSWORD]))


if __name__ == "__main__":
    choose(ssh_openssh, ssh_legacy, telnet_login, telnet_lines, ftp_login, ftp_tls, vnc_none, vnc_auth, rdp_tls, rdp_legacy, rdp_nla_refused, rdp_nla)
