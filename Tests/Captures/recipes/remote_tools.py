"""Remote control beyond remote.py: SPICE, VeNCrypt and TightVNC, dropbear, noVNC, WinRM, and tools without software to be had.  python3 remote_tools.py [NAME…]"""
import os
import time

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "qemu-system-x86", "qemu-system-gui", "gir1.2-spiceclientglib-2.0", "python3-gi", "tigervnc-standalone-server",
         "tigervnc-tools", "tigervnc-viewer", "tightvncserver", "xtightvncviewer", "xfonts-base", "xvfb", "dropbear-bin", "openssh-server", "websockify", "novnc",
         "python3-winrm", "openssl", "curl")
lab.need_pip("cryptography")

import certs
from lab import PYTHON, Lab, choose, debian, decoy, device, finding, service, truth

USER, PASSWORD = "canaryuser", "CanaryPwd!42"
SRV = ("10.20.13.10", "ac:1f:6b:20:13:0a")        # Supermicro
ADM = ("10.20.13.50", "34:e6:d7:20:13:32")        # Dell: administrator's station
SYSTEM_PYTHON = "/usr/bin/python3"


class RemoteLab(Lab):
    """A laboratory of its own name, where several run on one machine."""

    def __init__(self, *bridges):
        super().__init__(*bridges)
        self.prefix = os.environ.get("LAENNEC_LAB_PREFIX", "laennec-remote")
        self.ns = f"{self.prefix}-switch"


def pair(l, server="srv"):
    s, a = l.host(server, SRV[0] + "/24", SRV[1]), l.host("adm", ADM[0] + "/24", ADM[1])
    for host in (s, a):
        host.tmpfs += ["/run", "/tmp/.X11-unix"]
    return s, a


def prepare_x(*hosts):
    os.makedirs("/tmp/.X11-unix", exist_ok=True)


def devices():
    return [device(*SRV), device(*ADM)]


SPICE_CLIENT = """
import sys, gi
gi.require_version("SpiceClientGLib", "2.0")
from gi.repository import SpiceClientGLib as Spice, GLib, GObject
session = Spice.Session()
session.set_property("host", sys.argv[1]); session.set_property("port", sys.argv[2]); session.set_property("password", sys.argv[3])
loop = GLib.MainLoop()
kept = []
def new(session, channel):
    kept.append(channel)
    Spice.Channel.connect(channel)
GObject.Object.connect(session, "channel-new", new)
Spice.Session.connect(session)
GLib.timeout_add(int(float(sys.argv[4]) * 1000), loop.quit)
loop.run()
"""


def spice_clear():
    with RemoteLab() as l:
        s, a = pair(l, "hyperviseur")
        # No guest runs: the screen of a stopped machine is enough to open its channels.
        s.spawn(["qemu-system-x86_64", "-S", "-machine", "pc,accel=tcg", "-m", "16", "-nodefaults", "-vga", "none", "-device", "VGA,vgamem_mb=1", "-object", f"secret,id=ticket,data={PASSWORD}",
                 "-spice", "port=5930,addr=0.0.0.0,password-secret=ticket", "-display", "none"], 5930)
        client = a.write("client.py", SPICE_CLIENT)
        with l.record("spice-clear") as c:
            a.run([SYSTEM_PYTHON, client, SRV[0], "5930", PASSWORD, "1"], check=False)
        # The server measures the line with 250 kB on the main channel: left out.
        lab.derive(c.path, "spice-clear", "tcp.stream != 0 || frame.number <= 20", l.folder / "adm",
                   truth("SPICE without TLS: QEMU with a ticket, and a client of spice-gtk that opens the channels of a stopped virtual machine. The main channel ends early here.",
                        [debian("qemu-system-x86"), debian("libspice-server1"), debian("libspice-client-glib-2.0-8")],
                        [service(SRV[0], 5930, "spice", 'tcp.srcport == 5930 && tcp contains "REDQ"', version="2.2")], devices(),
                        [finding("remote screen in clear", SRV[0], 5930, proof='tcp.dstport == 5930 && tcp contains "REDQ"')],
                        canaries_hidden=[PASSWORD]))


def viewer(a, program, target, seconds=3):
    """A viewer under a screen of its own, ended after a while."""
    script = a.write("view.sh", f"Xvfb :77 -screen 0 640x480x24 >/dev/null 2>&1 & x=$!\nsleep 1.5\nDISPLAY=:77 timeout {seconds} {program} {target} || true\nkill $x\n")
    a.run(["sh", script], check=False)


def vnc_vencrypt():
    with RemoteLab() as l:
        s, a = pair(l, "moniteur-rea-05")
        prepare_x()
        file = s.folder / "passwd"
        file.write_bytes(lab.subprocess.run(["tigervncpasswd", "-f"], input=b"CanaryPw\n", capture_output=True).stdout)
        os.chmod(file, 0o600)
        s.spawn(["Xtigervnc", ":8", "-SecurityTypes", "TLSVnc,TLSNone", "-PasswordFile", file, "-desktop", "moniteur-rea-05", "-geometry", "160x120", "-rfbport", "5908", "-localhost", "no"], 5908)
        with l.record("vnc-vencrypt") as c:
            viewer(a, f"xtigervncviewer -passwd {file} -SecurityTypes TLSVnc", f"{SRV[0]}::5908")
        c.publish(truth("VNC in TLS without certificates (VeNCrypt TLSVnc and TLSNone offered): TigerVNC on both sides.", [debian("tigervnc-standalone-server"), debian("tigervnc-viewer")],
                        [service(SRV[0], 5908, "vnc", 'tcp.srcport == 5908 && tcp contains "RFB 003.008"', version="003.008", starttls=True)], devices(),
                        [finding("VNC with TLS and no server certificate", SRV[0], 5908, proof='tcp.srcport == 5908 && tcp.payload contains 00:00:01:02')],
                        canaries_hidden=["CanaryPw"]))


def vnc_tight():
    with RemoteLab() as l:
        s, a = pair(l, "echographe-07")
        prepare_x()
        file = s.folder / "passwd"
        file.write_bytes(lab.subprocess.run(["tigervncpasswd", "-f"], input=b"CanaryPw\n", capture_output=True).stdout)
        os.chmod(file, 0o600)
        s.spawn(["Xtightvnc", ":9", "-rfbauth", file, "-desktop", "echographe-07", "-geometry", "160x120", "-rfbport", "5909"], 5909)
        with l.record("vnc-tight") as c:
            viewer(a, f"xtightvncviewer -passwd {file}", f"{SRV[0]}::5909")
        c.publish(truth("VNC with the security type of TightVNC: TightVNC on both sides.", [debian("tightvncserver"), debian("xtightvncviewer")],
                        [service(SRV[0], 5909, "vnc", 'tcp.srcport == 5909 && tcp contains "RFB 003."', version="003.008")], devices(),
                        [finding("VNC with a short password and no encryption", SRV[0], 5909)], canaries_hidden=["CanaryPw"]))


def ssh_dropbear():
    with RemoteLab() as l:
        s, a = pair(l, "automate-bio")
        s.prepare.append("mkdir -p /run/sshd")
        s.user(USER, PASSWORD)
        s.run(f"dropbearkey -t rsa -s 1024 -f {s.folder}/dropbear.key")
        s.spawn(f"/usr/sbin/dropbear -F -E -r {s.folder}/dropbear.key -p 22 -P {s.folder}/pid", 22)
        key = s.folder / "ed"
        lab.sh(["ssh-keygen", "-q", "-t", "rsa", "-b", "3072", "-N", "", "-C", "", "-f", str(key)])
        # A group of 1536 bits and one of 2048 (RFC 3526, groups 5 and 14), as an old appliance has.
        moduli = s.write("moduli", MODULI)
        s.spawn("/usr/sbin/sshd -D -e -f " + s.write("sshd_config", f"Port 2222\nHostKey {key}\nKexAlgorithms diffie-hellman-group-exchange-sha256\nModuliFile {moduli}\n"
                "PasswordAuthentication yes\nUsePAM no\nPidFile none\n"), 2222)
        with l.record("ssh-dropbear") as c:
            a.run(["sh", "-c", f"DROPBEAR_PASSWORD={PASSWORD} dbclient -y -y {USER}@{SRV[0]} true"], check=False)
            a.run(["sh", "-c", f"ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -F none -p 2222 {USER}@{SRV[0]} true"], check=False)
        c.publish(truth("Dropbear with an RSA host key of 1024 bits, its own client; OpenSSH with the group exchange of RFC 4419 on 2222.",
                        [debian("dropbear-bin"), debian("openssh-server")],
                        [service(SRV[0], 22, "ssh", 'tcp.srcport == 22 && ssh.host_key.type == "ssh-rsa"', server_banner="SSH-2.0-dropbear_2022.83", host_key_bits=1024),
                         service(SRV[0], 2222, "ssh", "tcp.srcport == 2222 && ssh.dh_gex.p", host_key_bits=3072)],
                        devices(), [finding("SSH host key RSA of 1024 bits", SRV[0], 22, proof='tcp.srcport == 22 && ssh.host_key.type == "ssh-rsa"')],
                        canaries_hidden=[PASSWORD, USER], decode_as=["tcp.port==2222,ssh"]))


GROUP_14 = ("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6"
            "F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
            "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
            "15728E5A8AACAA68FFFFFFFFFFFFFFFF")
MODULI = f"20200101000000 2 6 100 2047 2 {GROUP_14}\n"


def web_novnc():
    with RemoteLab() as l:
        s, a = pair(l, "passerelle-vnc")
        prepare_x()
        s.spawn(["Xtigervnc", ":6", "-SecurityTypes", "None", "-desktop", "console", "-geometry", "160x120", "-rfbport", "5906"], 5906)
        (s.folder / "web").mkdir()
        (s.folder / "web" / "vnc.html").write_text("<!DOCTYPE html><title>noVNC</title>\n")
        s.spawn(["websockify", "--web", s.folder / "web", "6080", "127.0.0.1:5906"], 6080)
        client = a.write("ws.py", f'''
import socket, time
s = socket.create_connection(("{SRV[0]}", 6080)); s.settimeout(3)
s.sendall(b"GET /websockify?token=CANARYTOKEN HTTP/1.1\\r\\nHost: {SRV[0]}:6080\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
          b"Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Protocol: binary\\r\\n\\r\\n")
time.sleep(0.5); print(s.recv(4096)); s.close()
''')
        with l.record("web-novnc") as c:
            a.run(["curl", "-sS", f"http://{SRV[0]}:6080/vnc.html"])
            a.run([PYTHON, client])
        c.publish(truth("VNC in a browser: websockify serves a page and opens a WebSocket to TigerVNC without a password. The server is real, the client a plain program.",
                        [debian("websockify"), debian("tigervnc-standalone-server")],
                        [service(SRV[0], 6080, "http", 'http.server contains "WebSockify"')], devices(),
                        [finding("screen in a browser, in clear", SRV[0], 6080, proof='http.response.code == 101')], canaries=["CANARYTOKEN"]))


def winrm_basic():
    with RemoteLab() as l:
        s, a = pair(l, "srv-ris")
        server = s.write("server.py", '''
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Microsoft-HTTPAPI/2.0"; sys_version = ""
    def version_string(self): return "Microsoft-HTTPAPI/2.0"
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body/></s:Envelope>" if self.headers.get("Authorization") else b""
        self.send_response(200 if body else 401)
        if not body: self.send_header("WWW-Authenticate", 'Basic realm="WSMAN"')
        self.send_header("Content-Type", "application/soap+xml;charset=UTF-8"); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("", 5985), Handler).serve_forever()
''')
        s.spawn([PYTHON, server], 5985)
        client = a.write("client.py", f'import winrm\ntry: winrm.Session("http://{SRV[0]}:5985/wsman", auth=("{USER}", "{PASSWORD}"), transport="basic").run_cmd("ipconfig")\nexcept Exception as e: print(type(e))\n')
        with l.record("winrm-basic") as c:
            a.run([SYSTEM_PYTHON, client], check=False)
        c.publish(truth("WinRM in clear with Basic: pywinrm is real; the server is a plain HTTP program of ours that answers as Windows does.", [debian("python3-winrm")],
                        [service(SRV[0], 5985, "winrm", 'http.request.method == "POST" && http.request.uri == "/wsman"')], devices(),
                        [finding("HTTP Basic login in clear", SRV[0], 5985, proof="http.authbasic")], canaries=[], canaries_hidden=[USER, PASSWORD]))


# ICA, Radmin and TeamViewer: after public captures of nDPI's test suite. NoMachine: nDPI's description. pcAnywhere: nmap's and Metasploit's.
# RustDesk: hbb_common's rendezvous.proto and BytesCodec. Each is a list of (side, bytes): c the client, s the server.
def field(number, content):
    tag = number << 3 | 2
    return bytes([tag] if tag < 128 else [tag & 0x7F | 0x80, tag >> 7]) + bytes([len(content)]) + content


def framed(message):
    return (bytes([len(message) << 2]) if len(message) < 64 else (len(message) << 2 | 1).to_bytes(2, "little")) + message


def ica_module(number, kind, name):
    body = bytes([number, kind, 1, 1]) + name.ljust(13, b"\0") + bytes(9) + bytes.fromhex("352856be0000")
    length = (len(body) + 2).to_bytes(2, "little")
    return b"\1" + length + length + body


ICA = b"\x7f\x7fICA\0"
SCRIPTS = {
    1494: [("s", ICA), ("c", ICA), ("s", bytes.fromhex("000f00070002040006000200030004000100")),
           ("c", ica_module(4, 0, b"WFICA32.EXE") + ica_module(3, 5, b"TDWSTCPN.DLL") + ica_module(2, 4, b"PDCRYPT1.DLL") + ica_module(1, 3, b"VDCLIPN.DLL") + ica_module(0, 3, b"VDSPMIKE.DLL")),
           ("c", b"CANARYUSER-ICA")],
    2598: [("c", bytes.fromhex("1a4347502f303100010500")), ("s", bytes.fromhex("1a4347502f303100010500"))],
    4899: [("c", bytes.fromhex("01000000010000000808")), ("s", bytes.fromhex("010000002500000212080200000a") + bytes(32)), ("c", bytes.fromhex("0100000005000002272702000000")),
           ("s", bytes.fromhex("0100000005000000272700000000"))],
    4000: [("c", b"NXSH-8.11.3\n"), ("s", b"NXD-8.11.3\n")],
    5631: [("c", bytes(4)), ("s", bytes.fromhex("005808007d080d0a002e08") + b"Please press <Enter>...\r\n")],
    5938: [("c", bytes.fromhex("17240a200000000000000000004800800001000000148000006fb78c804805532216142004")),
           ("s", bytes.fromhex("113036001800000001000000000000001b000000180000008c0067fc71b09880d95938c589a6c18cc7919eea283d28cd"))],
    21116: [("s", framed(field(25, field(1, b"\x5a" * 96)))), ("c", framed(field(8, field(1, b"987654321") + field(3, b"CANARYKEY"))))],
}
DATAGRAMS = {5632: [("c", b"NQ"), ("s", b"NRAUTOMATE-BIO_____________0000000_")],
             21116: [("c", field(6, field(1, b"123456789") + b"\x10\5"))],
             21119: [("c", field(22, field(1, b"ping"))), ("s", field(22, field(1, b"pong") + field(3, b"123456789") + field(4, b"CANARYUSER-RUSTDESK") + field(5, b"PC-ACCUEIL-2") + field(6, b"Windows")))]}

PEER = """
import socket, sys, threading, time
side, address, scripts, datagrams = sys.argv[1], sys.argv[2], eval(sys.argv[3]), eval(sys.argv[4])
def talk(connection, script):
    connection.settimeout(5)
    for speaker, data in script:
        if speaker == side: connection.sendall(data); time.sleep(0.05)
        else:
            left = len(data)
            while left > 0:
                got = connection.recv(left)
                if not got: return
                left -= len(got)
    time.sleep(0.1); connection.close()
def serve(port, script):
    listener = socket.create_server(("", port))
    while True: threading.Thread(target=talk, args=(listener.accept()[0], script), daemon=True).start()
def answer(port, script):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", port))
    while True:
        _, peer = s.recvfrom(2048)
        for speaker, data in script:
            if speaker == "s": s.sendto(data, peer)
if side == "s":
    for port, script in datagrams.items(): threading.Thread(target=answer, args=(port, script), daemon=True).start()
    for port, script in scripts.items(): threading.Thread(target=serve, args=(port, script), daemon=True).start()
    time.sleep(60)
else:
    for port, script in scripts.items(): talk(socket.create_connection((address, port)), script)
    for port, script in datagrams.items():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for speaker, data in script:
            if speaker == "c": s.sendto(data, (address, port))
        time.sleep(0.1); s.close()
"""


def remote_tools():
    with RemoteLab() as l:
        s, a = pair(l, "automate-bio")
        peer = [PYTHON, s.write("peer.py", PEER)]
        lab.sh(f"openssl req -x509 -newkey rsa:2048 -nodes -days 300 -subj /CN=service.example -keyout {s.folder}/key.pem -out {s.folder}/cert.pem")
        s.spawn([*peer, "s", "", repr(SCRIPTS), repr(DATAGRAMS)], list(SCRIPTS), list(DATAGRAMS))
        s.spawn(f"openssl s_server -quiet -accept 443 -cert {s.folder}/cert.pem -key {s.folder}/key.pem -alpn anydesk/6.2.0/linux", 443)
        with l.record("remote-tools") as c:
            a.run([*peer, "c", SRV[0], repr(SCRIPTS), repr(DATAGRAMS)])
            for name in ("router7.teamviewer.com", "agent-api.atera.com", "connect.eu.ngrok-agent.com", "controlplane.tailscale.com", "www.example.org"):
                a.run(["sh", "-c", f"sleep 0.3 | openssl s_client -connect {SRV[0]}:443 -servername {name}"], check=False)
            a.run(["sh", "-c", f"sleep 0.3 | openssl s_client -connect {SRV[0]}:443 -noservername -alpn anydesk/6.2.0/linux"], check=False)
        names = {1494: "ica", 2598: "ica", 4899: "radmin", 4000: "nomachine", 5631: "pcanywhere", 5938: "teamviewer", 21116: "rustdesk"}
        home = lab.CAPTURES
        lab.CAPTURES = home / "from-specification"
        try:
            c.publish({**truth("Remote-control tools whose software was not to be had: their first bytes after public captures and descriptions; names of tools asked for in TLS by openssl.",
                               ["Python sockets", debian("openssl")],
                               [service(SRV[0], port, name, f"tcp.srcport == {port} && tcp.len > 0") for port, name in names.items()]
                               + [service(SRV[0], 5632, "pcanywhere", "udp.srcport == 5632", transport="udp", name="AUTOMATE-BIO"),
                                  service(SRV[0], 21119, "rustdesk", "udp.srcport == 21119", transport="udp"),
                                  service(SRV[0], 443, "tls", 'tls.handshake.extensions_server_name == "router7.teamviewer.com"')],
                               devices(),
                               [finding("remote-control tool", ADM[0], proof='tls.handshake.extensions_server_name == "router7.teamviewer.com"'),
                                finding("tunnel that publishes an inner service", ADM[0], proof='tls.handshake.extensions_server_name == "connect.eu.ngrok-agent.com"'),
                                finding("ICA without TLS", SRV[0], 1494), finding("pcAnywhere", SRV[0], 5631),
                                finding("pcAnywhere", SRV[0], 5632, "udp", proof="udp.srcport == 5632")],
                               [decoy("remote-control tool at www.example.org", "a name that belongs to none")],
                               ["CANARYUSER-ICA", "CANARYKEY", "CANARYUSER-RUSTDESK", "987654321", "123456789"]), "origin": "specification"})
        finally:
            lab.CAPTURES = home


if __name__ == "__main__":
    choose(spice_clear, vnc_vencrypt, vnc_tight, ssh_dropbear, web_novnc, winrm_basic, remote_tools)
