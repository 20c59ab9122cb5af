"""Around the bed: SNMP agents, LLDP stations, serial device servers.  python3 around.py [NAME…]

Agents and stations are real software (net-snmp, lldpd) that says of itself what a device of a hospital would. The serial device
servers are not to be had: both sides of their protocols are sent from the published descriptions, so these captures are under
from-specification/.
"""
import contextlib
import struct
import time

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "snmpd", "snmptrapd", "snmp", "lldpd", "python3-minimal")

from lab import Lab, choose, debian, decoy, device, finding, service, truth

MANAGER = ("10.20.9.50", "34:e6:d7:20:09:32")


def laboratory():
    """A laboratory of this family's own, beside others on the machine."""
    l = Lab()
    l.prefix = "laennec-around"
    l.ns = f"{l.prefix}-switch"
    return l


def agent(host, name, description, *lines, identifier=None):
    """An SNMP agent that describes itself as told; contact and location name people, as they do in hospitals."""
    host.prepare.append(f"mkdir -p {host.folder}/persist")
    configuration = host.write("snmpd.conf", "\n".join([
        "agentaddress udp:161", f"sysDescr {description}", f"sysName {name}", "sysLocation CANARYLOCATION Chambre 12 lit P",
        "sysContact CANARYCONTACT MARTIN 0601020304", *([f"sysObjectID {identifier}"] if identifier else []), *lines]) + "\n")
    host.spawn(f"snmpd -f -Lf {host.folder}/log -C -c {configuration} -p {host.folder}/pid -I -smux", udp=161,
               env={"SNMP_PERSISTENT_DIR": str(host.folder / "persist")})


def texts(*pairs):
    return [f'override {identifier} octet_str "{text}"' for identifier, text in pairs]


def snmp_devices():
    """Agents of a UPS, a serial device server and an imaging workstation; managers that ask in versions 1, 2c and 3; traps."""
    ups, server, station = ("10.20.9.30", "00:20:85:20:09:1e"), ("10.20.9.31", "00:90:e8:20:09:1f"), ("10.20.9.32", "d8:9e:f3:20:09:20")
    with laboratory() as l:
        u, s, w, m = (l.host("onduleur", ups[0] + "/24", ups[1]), l.host("serie", server[0] + "/24", server[1]),
                      l.host("console", station[0] + "/24", station[1]), l.host("poste", MANAGER[0] + "/24", MANAGER[1]))
        agent(u, "onduleur-bloc-02", "Eaton 9PX", "rocommunity private", "rocommunity CanaryCommunityUPS",
              *texts(("1.3.6.1.2.1.33.1.1.1.0", "EATON"), ("1.3.6.1.2.1.33.1.1.2.0", "Eaton 9PX 6000i"), ("1.3.6.1.2.1.33.1.1.3.0", "INV: 01.14.0023"),
                     ("1.3.6.1.2.1.33.1.1.4.0", "Network Management Card V6.00 LD"), ("1.3.6.1.2.1.33.1.1.5.0", "CANARYUPSNAME DUPONT")),
              identifier=".1.3.6.1.4.1.534.1")
        agent(s, "np5210-rea", "NP5210", "rocommunity public",
              *texts(("1.3.6.1.2.1.47.1.1.1.1.8.1", "1.2"), ("1.3.6.1.2.1.47.1.1.1.1.9.1", "3.9"), ("1.3.6.1.2.1.47.1.1.1.1.10.1", "Build 18070417"),
                     ("1.3.6.1.2.1.47.1.1.1.1.11.1", "TAIJB1042477"), ("1.3.6.1.2.1.47.1.1.1.1.12.1", "Moxa"), ("1.3.6.1.2.1.47.1.1.1.1.13.1", "NPort 5210"),
                     ("1.3.6.1.2.1.47.1.1.1.1.14.1", "CANARYALIAS DURAND"), ("1.3.6.1.2.1.47.1.1.1.1.13.2", "daughter card")),
              identifier=".1.3.6.1.4.1.8691.2.7")
        # A Unix description with the node's name in it; an engine ID made of the hardware address.
        agent(w, "console-irm-01", "Linux console-irm-01 4.4.21-rt30 #1 SMP PREEMPT RT x86_64", "engineIDType 3", "engineIDNic eth0",
              "createUser canaryauthuser SHA CanaryAuthPwd42", "createUser canarynoauthuser", "rouser canaryauthuser auth", "rouser canarynoauthuser noauth")
        manager = {"SNMP_PERSISTENT_DIR": str(m.folder), "MIBS": ""}
        m.prepare.append(f"mkdir -p {m.folder}/persist")
        traps = m.write("snmptrapd.conf", "disableAuthorization yes\n")
        m.spawn(f"snmptrapd -f -Lf {m.folder}/traps -C -c {traps} -p {m.folder}/trappid -On", udp=162, env=manager)
        with l.record("snmp-devices") as c:
            m.run(f"snmpget -v1 -c private {ups[0]} .1.3.6.1.2.1.1.1.0 .1.3.6.1.2.1.1.2.0 .1.3.6.1.2.1.1.5.0 .1.3.6.1.2.1.33.1.1.1.0 .1.3.6.1.2.1.33.1.1.2.0 "
                  ".1.3.6.1.2.1.33.1.1.3.0 .1.3.6.1.2.1.33.1.1.4.0 .1.3.6.1.2.1.33.1.1.5.0", env=manager)
            m.run(f"snmpwalk -v2c -c CanaryCommunityUPS {ups[0]} .1.3.6.1.2.1.1.4", env=manager)
            m.run(f"snmpget -v2c -c public {server[0]} .1.3.6.1.2.1.1.1.0 .1.3.6.1.2.1.1.2.0 .1.3.6.1.2.1.1.5.0 .1.3.6.1.2.1.1.6.0", env=manager)
            m.run(f"snmpbulkget -v2c -c public -Cr14 {server[0]} .1.3.6.1.2.1.47.1.1.1.1.8", env=manager)
            # A refused write of a description: the error repeats what was asked for, which describes nobody.
            m.run(f"snmpset -v2c -c public {server[0]} .1.3.6.1.2.1.1.1.0 s CanaryNotADescription", env=manager, check=False)
            m.run(f"snmpget -v3 -l noAuthNoPriv -u canarynoauthuser {station[0]} .1.3.6.1.2.1.1.1.0 .1.3.6.1.2.1.1.2.0", env=manager)
            m.run(f"snmpget -v3 -l authNoPriv -u canaryauthuser -a SHA -A CanaryAuthPwd42 {station[0]} .1.3.6.1.2.1.1.5.0 .1.3.6.1.2.1.1.4.0", env=manager)
            mute = {"SNMP_PERSISTENT_DIR": str(u.folder / "persist"), "MIBS": ""}
            u.run(f"snmptrap -v1 -c CanaryTrapCommunity {MANAGER[0]} .1.3.6.1.4.1.534.1.11 {ups[0]} 6 3 100 .1.3.6.1.4.1.534.1.11.1 s CANARYTRAPTEXT", env=mute)
            s.run(f"snmptrap -v2c -c public {MANAGER[0]} 100 .1.3.6.1.4.1.8691.2.7.1 .1.3.6.1.2.1.1.5.0 s np5210-rea", env={**mute, "SNMP_PERSISTENT_DIR": str(s.folder / "persist")})
            s.run(f"snmpinform -v2c -c public {MANAGER[0]} 100 .1.3.6.1.4.1.8691.2.7.2 .1.3.6.1.2.1.1.1.0 s NP5210", env={**mute, "SNMP_PERSISTENT_DIR": str(s.folder / "persist")})
        c.publish(truth(
            "SNMP agents (net-snmp) that describe themselves as a UPS (UPS-MIB), a serial device server (ENTITY-MIB) and a Linux workstation; versions 1, 2c and 3 "
            "without encryption, default communities, a refused write, traps of versions 1 and 2c and an inform.",
            [debian("snmpd"), debian("snmp"), debian("snmptrapd")],
            [service(ups[0], 161, "snmp", "udp.srcport == 161 && snmp.value.oid == 1.3.6.1.4.1.534.1", transport="udp", versions=["1", "2c"], sys_descr="Eaton 9PX",
                     sys_name="onduleur-bloc-02", sys_object_id="1.3.6.1.4.1.534.1", ups_maker="EATON", ups_model="Eaton 9PX 6000i", ups_firmware="INV: 01.14.0023",
                     ups_agent="Network Management Card V6.00 LD", community_default=True),
             service(server[0], 161, "snmp", "udp.srcport == 161 && snmp.value.oid == 1.3.6.1.4.1.8691.2.7", transport="udp", versions=["2c"], sys_descr="NP5210",
                     sys_name="np5210-rea", sys_object_id="1.3.6.1.4.1.8691.2.7", entity_maker="Moxa", entity_model="NPort 5210", entity_serial="TAIJB1042477",
                     entity_hardware="1.2", entity_firmware="3.9", entity_software="Build 18070417", community_default=True),
             service(station[0], 161, "snmp", "udp.srcport == 161 && snmp.msgVersion == 3 && snmp.data == 2", transport="udp", versions=["3"],
                     sys_descr_without_node="Linux 4.4.21-rt30 #1 SMP PREEMPT RT x86_64", sys_name="console-irm-01", security_levels=["authNoPriv", "noAuthNoPriv"],
                     engine_enterprise="8072", engine_mac=station[1]),
             service(MANAGER[0], 162, "snmp", "udp.dstport == 162 && snmp.data == 4", transport="udp", versions=["2c"])],
            [device(*ups, maker="Eaton", model="9PX", name="onduleur-bloc-02", **{"class": "UPS"}),
             device(*server, maker="Moxa", model="NPort 5210", name="np5210-rea", **{"class": "serial device server"}), device(*station, name="console-irm-01"), device(*MANAGER)],
            [finding("SNMP v1 or v2c: community in clear", ups[0], 161, "udp", f"snmp.version < 3 && ip.src == {ups[0]} && udp.srcport == 161"),
             finding("SNMP v1 or v2c: community in clear", server[0], 161, "udp", f"snmp.version < 3 && ip.src == {server[0]} && udp.srcport == 161"),
             finding("SNMP default community accepted", ups[0], 161, "udp", f'ip.src == {ups[0]} && snmp.community == "private"'),
             finding("SNMP default community accepted", server[0], 161, "udp", f'ip.src == {server[0]} && snmp.community == "public"'),
             finding("SNMP version 3 answered without authentication", station[0], 161, "udp", f"ip.src == {station[0]} && snmp.msgFlags == 00 && snmp.data == 2")],
            [decoy("the description that a refused write named is the device's", "the answer that repeats it carries an error", server[0], 161, "udp",
                   absent=f'ip.src == {server[0]} && snmp.error_status == 0 && snmp.value.octets == "CanaryNotADescription"')],
            ["CANARYLOCATION Chambre 12 lit P", "CANARYCONTACT MARTIN 0601020304", "CanaryCommunityUPS", "CANARYUPSNAME DUPONT", "CANARYTRAPTEXT", "CanaryTrapCommunity",
             "CanaryNotADescription", "canaryauthuser", "canarynoauthuser"], canaries_hidden=["CanaryAuthPwd42"]))


def lldp_stations():
    """A telephone of a nurse's station with its MED inventory, and a switch, both lldpd."""
    phone, switch = ("10.20.9.40", "00:01:3e:20:09:28"), ("10.20.9.2", "b4:f5:8e:20:09:02")
    with laboratory() as l:
        p, s = l.host("poste-infirmier", phone[0] + "/24", phone[1]), l.host("commutateur", switch[0] + "/24", switch[1])
        for host in (p, s):
            host.tmpfs.append("/run")
            host.prepare.append("mkdir -p /run/lldpd /var/run/lldpd")
        with l.record("lldp-stations", filter="ether proto 0x88cc or arp or icmp") as c:
            for host, arguments, commands in (
                (p, "-M 3", ["configure system hostname ascom-myco-07", "configure system description 'Ascom Myco 3 SH2'", "configure system capabilities enabled telephone,station",
                             "configure inventory hardware-revision A6", "configure inventory firmware-revision 1.4.2", "configure inventory software-revision 5.2.0",
                             "configure inventory serial-number 1950200123", "configure inventory manufacturer Ascom", "configure inventory model 'SH2-ABAA'",
                             "configure inventory asset 'BIO-004711'", "configure med location elin 0601020304",
                             "configure lldp portdescription CANARYPORT-CHAMBRE-12-MARTIN"]),
                (s, "", ["configure system hostname sw-bloc-01", "configure system description 'ProCurve J9776A 2530-24G, revision YA.16.10.0010'",
                         "configure system capabilities enabled bridge,router", "configure lldp portdescription port-14"])):
                file = host.write("lldpd.conf", "".join(line + "\n" for line in ["configure lldp tx-interval 2", *commands]))
                host.spawn(f"lldpd -d -I eth0 -m {host is p and phone[0] or switch[0]} {arguments} -O {file} -u /run/lldpd/socket".split(), timeout=20)
            time.sleep(9)
            p.run(f"ping -c 1 -W 1 {switch[0]}")
        c.publish(truth(
            "LLDP from two stations (lldpd): a telephone of a nurse's station with the inventory of LLDP-MED, an emergency number and a port description, and a switch.",
            [debian("lldpd")], [],
            [device(*phone, name="ascom-myco-07", lldp={"description": "Ascom Myco 3 SH2", "hardware": "A6", "firmware": "1.4.2", "software": "5.2.0", "serial": "1950200123",
                                                        "manufacturer": "Ascom", "model": "SH2-ABAA", "asset": "BIO-004711", "capabilities": ["station", "telephone"]}),
             device(*switch, name="sw-bloc-01", lldp={"description": "ProCurve J9776A 2530-24G, revision YA.16.10.0010", "capabilities": ["bridge", "router"]})],
            [], [], ["CANARYPORT-CHAMBRE-12-MARTIN", "0601020304"]))


# One side answers datagrams from a table, the other sends: bytes from the descriptions, sockets of the system.
ANSWER = """import socket, struct, sys
port, group, to = int(sys.argv[1]), sys.argv[2], sys.argv[3]
pairs = [tuple(bytes.fromhex(h) for h in pair.split(":")) for pair in sys.argv[4:]]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind(("", port))
if group != "-":
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton(to))
while True:
    asked, peer = s.recvfrom(4096)
    for request, answer in pairs:
        if asked == request:
            s.sendto(answer, peer)
"""
ASK = """import socket, sys
to, port = sys.argv[1], int(sys.argv[2])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(sys.argv[3]))
s.settimeout(0.4)
for request in sys.argv[4:]:
    s.sendto(bytes.fromhex(request), (to, port))
    try:
        while True: s.recvfrom(4096)
    except TimeoutError: pass
"""


def address(text):
    return bytes(int(n) for n in text.split("."))


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


@contextlib.contextmanager
def exchange(name, port, place, pairs, group=None):
    """Records one device that answers what one station asks; gives the capture."""
    with laboratory() as l:
        d, m = l.host("serveur", place[0] + "/24", place[1]), l.host("poste", MANAGER[0] + "/24", MANAGER[1])
        for host in (d, m):
            host.ip("route add 224.0.0.0/4 dev eth0")
        d.spawn(["/usr/bin/python3", d.write("answer.py", ANSWER), port, group or "-", place[0], *(f"{q.hex()}:{a.hex()}" for q, a in pairs)], udp=port)
        with l.record(name) as c:
            m.run(["/usr/bin/python3", m.write("ask.py", ASK), group or place[0], port, MANAGER[0], *(q.hex() for q, _ in pairs)])
            m.run(f"ping -c 1 -W 1 {place[0]}")
        yield c


def publish(c, name, *arguments, **more):
    """Publishes among the captures whose bytes come from a description."""
    home = lab.CAPTURES
    lab.CAPTURES = home / "from-specification"
    lab.CAPTURES.mkdir(exist_ok=True)
    try:
        c.publish({**truth(*arguments, **more), "origin": "specification"}, name=name)
    finally:
        lab.CAPTURES = home


def serial_lantronix():
    """Firmware block and setup record, after the XPort user guide, chapter "Network Configuration using UDP"."""
    place = ("10.20.9.60", "00:20:4a:20:09:3c")
    image = bytes.fromhex("00000000") + b"X9" + bytes.fromhex("0006") + bytes(6) + bytes.fromhex("5a3c")
    firmware = bytes.fromhex("000000f7") + image + bytes.fromhex("00011042") + mac(place[1])
    setup = address(place[0]) + bytes.fromhex("00000800") + b"CNRY" + address("10.20.9.1") + bytes(104)
    with exchange("serial-lantronix", 30718, place, [(bytes.fromhex("000000f6"), firmware), (bytes.fromhex("000000f8"), bytes.fromhex("000000f9") + setup)]) as c:
        publish(c, "serial-lantronix", "A Lantronix device server asked for its firmware and for its setup record, which holds its password.", [],
                [service(place[0], 30718, "lantronix", "udp.srcport == 30718 && udp.payload[0:4] == 00:00:00:f7", transport="udp", type="X9", setup_read=True)],
                [device(*place, maker="Lantronix", **{"class": "serial device server"}), device(*MANAGER)],
                [finding("password of a serial device server given away", place[0], 30718, "udp", "udp.srcport == 30718 && udp.payload[0:4] == 00:00:00:f9"),
                 finding("serial device server answers its configuration protocol", place[0], 30718, "udp", "udp.srcport == 30718")],
                canaries=["CNRY"])


def serial_moxa():
    """Search, name and serial number, after M. Davidsaver's "Moxa UDP Protocol"."""
    place = ("10.20.9.61", "00:90:e8:20:09:3d")
    identity = bytes.fromhex("00555555") + bytes.fromhex("1a51") + mac(place[1])
    def message(function, body, whole=0):
        return struct.pack(">BBHI", function, 0, 8 + len(body), whole) + body
    pairs = [(message(0x01, b""), message(0x81, identity + address(place[0]))),
             (message(0x10, identity, 1), message(0x90, identity + b"NP5110A_respirateur-4".ljust(40, b"\0"), 1)),
             (message(0x16, identity, 2), message(0x96, identity + bytes(8) + struct.pack("<H", 4242) + bytes(6), 2))]
    with exchange("serial-moxa", 4800, place, pairs) as c:
        publish(c, "serial-moxa", "A Moxa NPort found by its device search, asked for its name and its serial number.", [],
                [service(place[0], 4800, "moxa", "udp.srcport == 4800 && udp.payload[0:1] == 81", transport="udp", model_code="511a", server_name="NP5110A_respirateur-4", serial_number="4242")],
                [device(*place, maker="Moxa", **{"class": "serial device server"}), device(*MANAGER)],
                [finding("serial device server answers its configuration protocol", place[0], 4800, "udp", "udp.srcport == 4800")])


def serial_digi():
    """Discovery and a change of settings, after Q. Beukes' "Advanced Digi Discovery Protocol" and the library addp."""
    place = ("10.20.9.62", "00:40:9d:20:09:3e")
    def message(type, payload):
        return b"DIGI" + struct.pack(">HH", type, len(payload)) + payload
    def field(type, value):
        return bytes([type, len(value)]) + value
    own = field(1, mac(place[1]))
    found = (own + field(2, address(place[0])) + field(3, address("255.255.255.0")) + field(11, address("10.20.9.1")) + field(4, b"pousse-seringues-bloc3") + field(13, b"Digi Connect ME")
             + field(16, b"\0") + field(7, b"\0") + field(8, b"Version 82000856_F6 07/21/2006") + field(14, struct.pack(">I", 771)) + field(18, b"\1"))
    reboot = mac(place[1]) + field(0, b"CanaryDigiPwd")[1:]
    done = field(10, b"\0") + field(9, b"Operation Successful") + field(17, b"\0") + own
    pairs = [(message(1, b"\xff" * 6), message(2, found)), (message(5, reboot), message(6, done))]
    with exchange("serial-digi", 2362, place, pairs, group="224.0.5.128") as c:
        publish(c, "serial-digi", "A Digi Connect ME found by its discovery protocol (multicast), then told to restart with a password in clear.", [],
                [service(place[0], 2362, "addp", "udp.srcport == 2362 && udp.payload[0:6] == 44:49:47:49:00:02", transport="udp", product="Digi Connect ME",
                         firmware="Version 82000856_F6 07/21/2006", device_name="pousse-seringues-bloc3")],
                [device(*place, maker="Digi International", **{"class": "serial device server"}), device(*MANAGER)],
                [finding("serial device server answers its configuration protocol", place[0], 2362, "udp", "udp.srcport == 2362"),
                 finding("password of a serial device server in clear", place[0], 2362, "udp", "udp.dstport == 2362 && udp.payload[4:2] == 00:05")],
                canaries=["CanaryDigiPwd"])


if __name__ == "__main__":
    choose(snmp_devices, lldp_stations, serial_lantronix, serial_moxa, serial_digi)
