"""Captures in which the easy conclusion is false.  python3 decoys.py [NAME…]"""

import random

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "openssh-server", "openssh-client", "sshpass", "nginx-light", "curl", "socat", "netcat-openbsd", "dcmtk")

import certs
import remote
import web
from lab import PYTHON, Lab, choose, debian, decoy, derive, device, finding, service, truth

SRV = ("10.20.6.10", "ac:1f:6b:20:06:0a")        # Supermicro
DARK = ("10.20.6.11", "00:12:21:20:06:0b")       # B.Braun, says nothing
PC = ("10.20.6.50", "34:e6:d7:20:06:32")         # Dell


def sshd(s, port):
    s.tmpfs.append("/run")
    s.prepare.append("mkdir -p /run/sshd")
    key = remote.host_key(s, "ed", "ed25519")
    s.spawn(f"/usr/sbin/sshd -D -e -f {s.write('sshd_config', f'Port {port}{chr(10)}HostKey {key}{chr(10)}UsePAM no{chr(10)}PidFile none{chr(10)}')}", port)


def add(l, name, place):
    return l.host(name, place[0] + "/24", place[1])


def decoy_ports():
    """Protocols on the registered port of another."""
    with Lab() as l:
        s, a = add(l, "serveur", SRV), add(l, "poste", PC)
        s.user(remote.USER, remote.PASSWORD)
        sshd(s, 104)
        web.nginx(s, "server { listen 2575; location / { return 200 'MSH|this is a web page\\n'; } }", 2575)
        prompt = s.write("prompt.sh", "printf 'CANARYTEXTE Bienvenue\\r\\nlogin: '; head -n 1 >/dev/null; echo Incorrect\n")
        binary = s.write("binary.sh", "head -c 20 >/dev/null; printf 'GIOP\\001\\002\\000\\000'\n")
        s.spawn(["socat", "TCP-LISTEN:443,reuseaddr,fork", f"EXEC:sh {prompt}"], 443)
        s.spawn(["socat", "TCP-LISTEN:22,reuseaddr,fork", f"EXEC:sh {binary}"], 22)
        with l.record("decoy-ports") as c:
            a.run(f"{remote.SSH} -p 104 {remote.USER}@{SRV[0]} true")
            a.run(["curl", "-sS", f"http://{SRV[0]}:2575/DICM"])
            a.run(["sh", "-c", f"(sleep 0.3; echo canaryuser; sleep 0.3) | nc -N -w 3 {SRV[0]} 443"])
            a.run(["sh", "-c", f"(printf '\\000\\001\\002\\003binary-not-ssh-at-all'; sleep 0.3) | nc -N -w 3 {SRV[0]} 22"])
        c.publish(truth("SSH on 104, HTTP on 2575 (whose page begins 'MSH|'), a clear-text login prompt on 443, binary bytes on 22.",
                        [debian("openssh-server"), debian("nginx-light"), debian("socat"), debian("netcat-openbsd")],
                        [service(SRV[0], 104, "ssh", 'tcp.srcport == 104 && tcp contains "SSH-2.0-OpenSSH"'),
                         service(SRV[0], 2575, "http", 'tcp.srcport == 2575 && tcp contains "HTTP/1.1 200"', server=web.NGINX),
                         service(SRV[0], 443, "unknown text", 'tcp.srcport == 443 && tcp contains "login:"'),
                         service(SRV[0], 22, "unknown", 'tcp.srcport == 22 && tcp contains "GIOP"')],
                        [device(*SRV), device(*PC)],
                        decoys=[decoy("DICOM on 104", "it is SSH", SRV[0], 104, absent='tcp.port == 104 && tcp contains "1.2.840.10008"'),
                                decoy("HL7 on 2575", "it is HTTP; the page's text begins MSH| but no message does", SRV[0], 2575),
                                decoy("TLS on 443", "clear text", SRV[0], 443, absent="tcp.port == 443 && tls.record.version"),
                                decoy("SSH on 22", "no SSH banner", SRV[0], 22, absent='tcp.port == 22 && tcp contains "SSH-"')],
                        canaries=["CANARYTEXTE Bienvenue", "canaryuser"], canaries_hidden=[remote.PASSWORD], decode_as=["tcp.port==104,ssh", "tcp.port==2575,http"]))

# What a program that is no server of ours answers: to whatever arrives, these bytes, once.
ANSWER = """import socket, sys
port, answer = int(sys.argv[1]), bytes.fromhex(sys.argv[2])
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("0.0.0.0", port)); s.listen(8)
while True:
    c, _ = s.accept(); c.settimeout(2)
    try:
        c.recv(4096); c.sendall(answer)
    except OSError:
        pass
    c.close()
"""
# Answers every datagram with its bytes in reverse.
MIRROR = """import selectors, socket, sys
ports = selectors.DefaultSelector()
for port in sys.argv[1:]:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("0.0.0.0", int(port))); ports.register(s, selectors.EVENT_READ)
while True:
    for key, _ in ports.select():
        data, sender = key.fileobj.recvfrom(4096); key.fileobj.sendto(data[::-1], sender)
"""
# Bytes without a structure of any kind, the same at each recording.
JUNK = random.Random(104).randbytes(700)
WEB_PORTS = (23, 25, 104, 445, 502, 1433, 1883, 2404, 2575, 2762, 3306, 3389, 4840, 5900, 6379, 11112, 24105)
JUNK_UDP = (123, 161, 500, 1194, 1812, 3702, 4500, 5060, 24105, 47808, 51820)


def decoys_ports():
    """Other protocols, text and bytes without sense on registered ports, over TCP and UDP."""
    with Lab() as l:
        s, a = add(l, "serveur", SRV), add(l, "poste", PC)
        s.user(remote.USER, remote.PASSWORD)
        pair = certs.make("serveur.sainte-auscultation.example", certs.make("Sainte-Auscultation Test CA", authority=True), names=["serveur.sainte-auscultation.example"])
        web.nginx(s, "".join(f"server {{ listen {port}; location / {{ return 200 'ok'; }} }}\n" for port in WEB_PORTS), WEB_PORTS)
        sshd(s, 443)
        web.s_server(s, 22, pair)
        program = s.write("answer.py", ANSWER)
        texts = {11113: b"Bonjour, le service est ferme\r\n" * 8, 2576: b"MSH de Sainte-Auscultation: fermeture a 18 h\r\n", 3000: b"H| pas un automate\r\n", 5901: b"RFC 003 pas un ecran\n"}
        # The first bytes of a protocol, and then none of it.
        junk = {4242: JUNK[:300], 1521: JUNK[300:420], 5672: JUNK[420:500], 102: b"\x03\x00\x01\x2c" + JUNK[:296], 389: b"\x30\x84" + JUNK[100:160], 88: JUNK[200:330],
                8883: b"\x16\x03" + JUNK[:90], 5938: JUNK[500:560]}
        for port, answer in {**texts, **junk}.items():
            s.spawn([PYTHON, program, str(port), answer.hex()], port)
        s.spawn([PYTHON, s.write("mirror.py", MIRROR), *(str(port) for port in JUNK_UDP)], udp=JUNK_UDP)
        # Nobody listens on these; on the last the answer goes nowhere.
        refused = (135, 139, 512, 513, 1723, 3260, 5432, 5985, 27017)
        dark = add(l, "muet", DARK)
        dark.ip(f"route add blackhole {PC[0]}/32")
        half_open = (22, 445, 3389, 5900)
        for port in half_open:
            dark.spawn(f"nc -lk -p {port}", port)
        with l.record("decoys-ports") as c:
            for port in WEB_PORTS:
                a.run(["curl", "-sS", "-o", "/dev/null", f"http://{SRV[0]}:{port}/?nom=CANARYQUERY"], check=False)
            a.run(f"{remote.SSH} -p 443 {remote.USER}@{SRV[0]} true")
            web.s_client(a, SRV[0], 22)
            for port in texts:
                a.run(["sh", "-c", f"echo bonjour | nc -N -w 2 {SRV[0]} {port}"], check=False)
            for number, port in enumerate(junk):
                request = a.write(f"junk{port}", JUNK[number * 20:number * 20 + 120])
                a.run(["sh", "-c", f"nc -N -w 2 {SRV[0]} {port} < {request}"], check=False)
            for number, port in enumerate(JUNK_UDP):
                request = a.write(f"udp{port}", JUNK[number * 40:number * 40 + 60].replace(b"\n", b".") + b"\n")
                a.run(["sh", "-c", f"nc -u -w 1 {SRV[0]} {port} < {request}"], check=False)
            for port in refused:
                a.run(f"nc -z -w 1 {SRV[0]} {port}", check=False)
            for port in half_open:
                a.run(f"nc -z -w 1 {DARK[0]} {port}", check=False)
        names = {23: "Telnet", 25: "SMTP", 104: "DICOM", 445: "SMB", 502: "Modbus", 1433: "TDS", 1883: "MQTT", 2404: "IEC 104", 2575: "HL7", 2762: "TLS", 3306: "MySQL", 3389: "RDP", 4840: "OPC UA",
                 5900: "VNC", 6379: "Redis", 11112: "DICOM", 24105: "IntelliVue"}
        decoys = [decoy(f"{names[port]} on {port}", "it is HTTP", SRV[0], port) for port in WEB_PORTS]
        decoys += [decoy("TLS on 443", "it is SSH", SRV[0], 443, absent="tcp.port == 443 && tls.record.version"), decoy("SSH on 22", "it is TLS", SRV[0], 22, absent='tcp.port == 22 && tcp contains "SSH-"')]
        decoys += [decoy(f"a name for {port}/tcp", "a text that is no message of any protocol", SRV[0], port) for port in texts]
        decoys += [decoy(f"a name for {port}/tcp", "bytes without a structure", SRV[0], port) for port in junk]
        decoys += [decoy(f"a name for {port}/udp", "bytes without a structure, sent back in reverse", SRV[0], port, "udp") for port in JUNK_UDP]
        decoys += [decoy(f"a service on {port}/tcp", "RST", SRV[0], port, proof=f"tcp.srcport == {port} && tcp.flags.reset == 1") for port in refused]
        decoys += [decoy(f"a service on {port}/tcp", "a SYN without answer", DARK[0], port, absent=f"ip.src == {DARK[0]}") for port in half_open]
        c.publish(truth("Other protocols on well-known ports: a web server on seventeen of them, SSH on 443, TLS on 22; texts that begin almost like a message, bytes without a structure (after the first "
                        "two bytes of TPKT, BER or TLS on three ports) over TCP and UDP; refused and half-open ports.",
                        [debian("nginx-light"), debian("openssh-server"), debian("openssl"), debian("netcat-openbsd"), debian("socat"), debian("curl")],
                        [*(service(SRV[0], port, "http", f'tcp.srcport == {port} && tcp contains "HTTP/1.1 200"', server=web.NGINX) for port in WEB_PORTS),
                         service(SRV[0], 443, "ssh", 'tcp.srcport == 443 && tcp contains "SSH-2.0-OpenSSH"'),
                         service(SRV[0], 22, "tls", "tcp.srcport == 22 && tcp.payload[0:2] == 16:03", tls_version="1.3"),
                         *(service(SRV[0], port, "unknown text", f"tcp.srcport == {port} && tcp.len > 0") for port in texts),
                         *(service(SRV[0], port, "unknown", f"tcp.srcport == {port} && tcp.len > 0") for port in junk),
                         *(service(SRV[0], port, "unknown", f"udp.srcport == {port}", transport="udp") for port in JUNK_UDP)],
                        [device(*SRV), device(*PC), device(*DARK)], decoys=decoys, canaries=["CANARYQUERY"], canaries_hidden=[remote.PASSWORD],
                        decode_as=[f"tcp.port=={port},http" for port in WEB_PORTS]))


def decoy_unanswered():
    """Ports that were only asked for: no answer, refused, and open without a word."""
    with Lab() as l:
        s, dark, a = add(l, "serveur", SRV), add(l, "muet", DARK), add(l, "poste", PC)
        dark.ip(f"route add blackhole {PC[0]}/32")            # its answers go nowhere: a half-open port
        dark.spawn("nc -lk -p 104", 104)
        s.spawn("nc -lk -p 11112", 11112)
        reset = a.write("reset.py", f'''
import socket, struct
s = socket.create_connection(("{SRV[0]}", 11112)); s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); s.close()
''')
        with l.record("decoy-unanswered") as c:
            # The silent machine answers ARP (no route is needed for that) but no SYN.
            a.run(f"nc -z -w 3 {DARK[0]} 104", check=False)
            a.run(f"nc -z -w 2 {SRV[0]} 23", check=False)     # refused
            a.run(f"echoscu -to 2 {SRV[0]} 104", check=False)  # refused
            a.run("nc -z -w 2 10.20.6.99 445", check=False)  # nobody there
            a.run(f"{PYTHON} {reset}")                         # open, and left without a byte
            a.run(["sh", "-c", f"printf 'MSH|^~' | nc -u -w 1 {SRV[0]} 2575"], check=False)   # a datagram to a closed UDP port
        c.publish(truth("Connections that came to nothing: SYNs without answer, refused ports (RST), an address nobody has, a port that opens and is left without a byte, "
                        "a UDP datagram answered by ICMP port unreachable.", [debian("netcat-openbsd"), debian("dcmtk")],
                        [service(SRV[0], 11112, "unknown (open, no byte)", "tcp.srcport == 11112 && tcp.flags.syn == 1 && tcp.flags.ack == 1")],
                        [device(*SRV), device(*DARK), device(*PC)],
                        decoys=[decoy("a DICOM server", "SYNs and no answer", DARK[0], 104, proof=f"ip.dst == {DARK[0]} && tcp.flags.syn == 1",
                                      absent=f"ip.src == {DARK[0]}"),
                                decoy("telnet is open", "RST", SRV[0], 23, proof="tcp.srcport == 23 && tcp.flags.reset == 1"),
                                decoy("a DICOM server", "RST", SRV[0], 104, proof=f"ip.src == {SRV[0]} && tcp.srcport == 104 && tcp.flags.reset == 1"),
                                decoy("DICOM on 11112", "not a byte was seen", SRV[0], 11112, absent="tcp.port == 11112 && tcp.len > 0"),
                                decoy("10.20.6.99 exists", "its ARP is never answered", "10.20.6.99", absent="arp.src.proto_ipv4 == 10.20.6.99"),
                                decoy("HL7 on UDP 2575", "ICMP port unreachable", SRV[0], 2575, "udp", proof="icmp.type == 3 && icmp.code == 3")]))


def decoy_one_way():
    """Only the client's frames of a telnet-like, an SSH and a DICOM conversation."""
    with Lab() as l:
        s, a = add(l, "serveur", SRV), add(l, "poste", PC)
        s.user(remote.USER, remote.PASSWORD)
        sshd(s, 22)
        s.spawn("storescp -aet STORE1 --ignore 104", 104)
        web.nginx(s, "server { listen 80; location / { return 200 'ok'; } }", 80)
        with l.record("whole") as c:
            a.run(f"{remote.SSH} {remote.USER}@{SRV[0]} true")
            a.run(f"echoscu -aet WS1 -aec STORE1 {SRV[0]} 104")
            a.run(["curl", "-sS", "-u", "canaryuser:CanaryPwd!42", f"http://{SRV[0]}/?nom=CANARYQUERY"])
        derive(c.path, "decoy-one-way", f"ip.src == {PC[0]} || (arp && arp.src.proto_ipv4 == {PC[0]})", l.folder, truth(
            "A one-way mirror: only the client's frames of an SSH, a DICOM and an HTTP conversation.",
            [debian("openssh-client"), debian("dcmtk"), debian("curl")],
            [{**service(SRV[0], 22, "ssh", 'tcp.dstport == 22 && tcp contains "SSH-2.0-OpenSSH"', directions="client only"), "handshake": False},
             {**service(SRV[0], 104, "dicom", "tcp.dstport == 104 && dicom.pdu.type == 1", called_ae="STORE1", directions="client only",
                        clients=[{"address": PC[0], "calling_ae": "WS1", "implementation_version": "OFFIS_DCMTK_367"}]), "handshake": False},
             {**service(SRV[0], 80, "http", "http.authorization", directions="client only", clients=[{"address": PC[0], "user_agent": web.CURL}]), "handshake": False}],
            [device(*SRV, silent=True), device(*PC)],
            [finding("HTTP Basic password in clear", SRV[0], 80, proof="http.authorization")],
            [decoy("the SSH server is OpenSSH 9.2", "that is the client's banner; the server's is missing", SRV[0], 22, absent="ip.src == " + SRV[0]),
             decoy("an Apache, nginx or other server", "no answer was seen", SRV[0], 80, absent="http.response")],
            [web.lab_base64("canaryuser:CanaryPwd!42"), "CANARYQUERY"], canaries_hidden=["canaryuser", "CanaryPwd!42"]))


def decoy_routed():
    """Two subnets and a router: beyond it, every machine wears the router's MAC address."""
    router, far1, far2 = ("10.20.6.1", "00:1a:a1:20:06:01"), ("10.20.7.10", "44:4b:5d:20:07:0a"), ("10.20.7.20", "00:0f:14:20:07:14")
    with Lab("br0", "br1") as l:
        l.router("routeur", ("br0", router[1], router[0] + "/24"), ("br1", "00:1a:a1:20:07:01", "10.20.7.1/24"))
        a = l.host("poste", PC[0] + "/24", PC[1], gateway=router[0])
        mr = l.host("irm", far1[0] + "/24", far1[1], gateway="10.20.7.1", bridge="br1")
        mon = l.host("moniteur", far2[0] + "/24", far2[1], gateway="10.20.7.1", bridge="br1")
        mr.spawn("storescp -aet IRM02 --ignore 104", 104)
        web.nginx(mon, "server { listen 80; location / { return 200 '<html><title>Moniteur BeneVision N17 LNC</title></html>'; } }", 80)
        a.spawn("storescp -aet STATION --ignore 11112", 11112)
        with l.record("decoy-routed") as c:
            a.run(f"echoscu -aet STATION -aec IRM02 {far1[0]} 104")
            a.run(["curl", "-sS", f"http://{far2[0]}/"])
            mr.run(f"echoscu -aet IRM02 -aec STATION {PC[0]} 11112")
            a.run("nc -z -w 1 10.20.8.8 22", check=False)      # no such network: the router says so
        c.publish(truth("Recorded on one side of a router: a DICOM server and a web console on the other side, and a DICOM client from there.",
                        [debian("dcmtk"), debian("nginx-light"), debian("curl")],
                        [service(far1[0], 104, "dicom", f"ip.src == {far1[0]} && dicom.pdu.type == 2", called_ae="IRM02",
                                 clients=[{"address": PC[0], "calling_ae": "STATION"}]),
                         service(far2[0], 80, "http", f"ip.src == {far2[0]} && http.response", server=web.NGINX, title="Moniteur BeneVision N17 LNC"),
                         service(PC[0], 11112, "dicom", f"ip.src == {PC[0]} && tcp.srcport == 11112 && dicom.pdu.type == 2", called_ae="STATION",
                                 clients=[{"address": far1[0], "calling_ae": "IRM02"}])],
                        [device(*router, **{"class": "router"}, maker="Cisco"), device(*PC), device(*far1, routed=True, name="irm", ttl=63),
                         device(*far2, routed=True, name="moniteur", ttl=63)],
                        [finding("DICOM in clear", far1[0], 104, proof="tcp.srcport == 104 && dicom.pdu.type == 2")],
                        [decoy(f"{far1[0]} and {far2[0]} are Cisco machines, or one machine", "they share the router's MAC address 00:1a:a1:20:06:01", proof=f"ip.src == {far1[0]} && eth.src == {router[1]}"),
                         decoy(f"{far1[0]} is a GE machine", "its own MAC address (GE Healthcare) is not in the capture", far1[0], absent=f"eth.addr == {far1[1]}"),
                         decoy("10.20.8.8 exists", "the router answers network unreachable", "10.20.8.8", 22, proof="icmp.type == 3 && icmp.code == 0")],
                        decode_as=["tcp.port==11112,dicom"]))


def fixed_address():
    """A machine that calls an address which its maker wrote into it; nothing answers."""
    with Lab() as l:
        gateway = l.router("routeur", (l.bridges[0], "00:1b:54:20:06:01", "10.20.6.1/24"))
        gateway.ip("route add blackhole 202.114.4.0/24")
        monitor = l.host("moniteur", "10.20.6.44/24", "00:80:a3:20:06:2c", "10.20.6.1")
        with l.record("fixed-address") as c:
            monitor.run("nc -z -w 2 202.114.4.119 2049", check=False)
            monitor.run(["sh", "-c", "printf 'MSH|^~' | nc -w 2 202.114.4.120 515"], check=False)
        c.publish(truth("A machine that calls the two addresses that Contec CMS8000 monitors have written into them (NFS, and the port for measurements); the router "
                        "drops it. The machine is netcat's, not a monitor.", [debian("netcat-openbsd")],
                        devices=[device("10.20.6.44", "00:80:a3:20:06:2c"), device("10.20.6.1", "00:1b:54:20:06:01")],
                        findings=[finding("call to a fixed public address", "202.114.4.119", 2049, proof="ip.dst == 202.114.4.119 && tcp.flags.syn == 1"),
                                  finding("call to a fixed public address", "202.114.4.120", 515, proof="ip.dst == 202.114.4.120 && tcp.flags.syn == 1")]))


if __name__ == "__main__":
    choose(decoy_ports, decoys_ports, decoy_unanswered, decoy_one_way, decoy_routed, fixed_address)
