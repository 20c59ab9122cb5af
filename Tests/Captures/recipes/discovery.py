"""How machines find each other and get onto the network: mDNS, SSDP, CDP, spanning tree, VRRP, 802.1X, RADIUS, NTP, IPv6 routers, BGP,
BitTorrent.  python3 discovery.py [NAME…]

Every program is real; what it says of itself is ours where it can be configured.
"""
import ipaddress
import time

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "avahi-daemon", "bind9-dnsutils", "miniupnpd", "miniupnpc", "lldpd", "keepalived", "freeradius", "freeradius-utils",
         "eapoltest", "hostapd", "wpasupplicant", "ntpsec", "radvd", "ndisc6", "dnsmasq-base", "dibbler-client", "frr", "transmission-daemon", "transmission-cli",
         "iputils-ping", "gcc", "libc6-dev")

from lab import PYTHON, Lab, choose, debian, decoy, device, finding, service, sh, truth


def link_local(mac):
    b = bytes.fromhex(mac.replace(":", ""))
    return str(ipaddress.IPv6Address(b"\xfe\x80" + bytes(6) + bytes([b[0] ^ 2]) + b[1:3] + b"\xff\xfe" + b[3:]))


def with_ipv6(host, address=None):
    host.sysctl("net.ipv6.conf.eth0.disable_ipv6=0")
    if address:
        host.ip(f"-6 addr add {address}/64 dev eth0")


def kernel_release(host):
    """Some programs tell the kernel's release: that of a usual system, not of the recording machine."""
    source = host.write("uname.c", """#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <sys/utsname.h>
int uname(struct utsname *name) {
    int result = ((int (*)(struct utsname *))dlsym(RTLD_NEXT, "uname"))(name);
    strcpy(name->release, "5.10.0");
    return result;
}
""")
    sh(f"cc -shared -fPIC -o {host.folder}/uname.so {source} -ldl")
    return {"LD_PRELOAD": f"{host.folder}/uname.so"}


def avahi(host, name, services):
    """avahi-daemon with services of its own; without D-Bus."""
    folder = host.folder / "services"
    folder.mkdir()
    for number, (instance, kind, port, texts) in enumerate(services):
        records = "".join(f"<txt-record>{t}</txt-record>" for t in texts)
        (folder / f"{number}.service").write_text(
            '<?xml version="1.0" standalone="no"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd"><service-group>'
            f"<name>{instance}</name><service><type>{kind}</type><port>{port}</port>{records}</service></service-group>")
    host.binds["/etc/avahi/services"] = str(folder)
    host.tmpfs.append("/run")
    configuration = host.write("avahi.conf", f"""[server]
host-name={name}
use-ipv4=yes
use-ipv6=no
enable-dbus=no
allow-interfaces=eth0
[publish]
publish-hinfo=no
publish-workstation=no
""")
    host.ip("route add 224.0.0.0/4 dev eth0")
    host.spawn(["avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "-f", configuration])


def mdns_printer():
    """A printer and a tablet announce themselves; a station asks, by multicast and the printer alone."""
    printer, tablet, post = ("10.20.11.30", "00:80:77:20:11:1e"), ("10.20.11.31", "34:e6:d7:20:11:1f"), ("10.20.11.32", "d8:9e:f3:20:11:20")
    with Lab() as l:
        p, t, a = l.host("imprimante", printer[0] + "/24", printer[1]), l.host("tablette", tablet[0] + "/24", tablet[1]), l.host("poste", post[0] + "/24", post[1])
        a.ip("route add 224.0.0.0/4 dev eth0")
        with l.record("mdns-printer", filter="udp port 5353 or arp or igmp") as c:
            avahi(p, "imprimante-rea", [("Imprimante REA 2", "_ipp._tcp", 631, ["txtvers=1", "ty=Brother HL-L5100DN series", "product=(Brother HL-L5100DN series)", "usb_MFG=Brother",
                                                                              "usb_MDL=HL-L5100DN series", "note=CANARYNOTE chambre 12", "adminurl=http://imprimante-rea.local/CANARYPATH"]),
                                        ("Imprimante REA 2", "_pdl-datastream._tcp", 9100, ["ty=Brother HL-L5100DN series"])])
            avahi(t, "tablette-07", [("Tablette de CANARYPERSON", "_airplay._tcp", 7000, ["model=AppleTV6,2", "srcvers=377.20.1", "deviceid=34:E6:D7:20:11:1F", "fn=CANARYFRIENDLY"])])
            time.sleep(7)
            a.run("dig +tries=1 +time=1 +noedns @224.0.0.251 -p 5353 _ipp._tcp.local PTR", check=False)
            a.run(f"dig +tries=1 +time=2 +noedns @{printer[0]} -p 5353 _ipp._tcp.local PTR", check=False)
            a.run(f"dig +tries=1 +time=2 +noedns @{tablet[0]} -p 5353 _services._dns-sd._udp.local PTR", check=False)
            time.sleep(1)
        c.publish(truth(
            "A printer and a tablet announce themselves (avahi-daemon); a station asks (dig) by multicast and each of them alone. The name of the tablet is a person's.",
            [debian("avahi-daemon"), debian("bind9-dnsutils")],
            [service(printer[0], 5353, "mdns", f"ip.src == {printer[0]} && ip.dst == {post[0]} && dns.flags.response == 1", transport="udp", name="imprimante-rea.local",
                     services=["_ipp._tcp", "_pdl-datastream._tcp"], instance="Imprimante REA 2", texts=["ty=Brother HL-L5100DN series", "usb_mfg=Brother", "usb_mdl=HL-L5100DN series"]),
             service(tablet[0], 5353, "mdns", f"ip.src == {tablet[0]} && ip.dst == {post[0]} && dns.flags.response == 1", transport="udp", name="tablette-07.local",
                     services=["_airplay._tcp"], texts=["model=AppleTV6,2", "srcvers=377.20.1"])],
            [device(*printer, name="imprimante-rea.local", maker="Brother", model="HL-L5100DN series"), device(*tablet, name="tablette-07.local"), device(*post)],
            [], [decoy("the tablet is a DNS server", "multicast DNS has a port of its own", tablet[0], 53, transport="udp", absent="udp.port == 53")],
            ["CANARYPERSON", "CANARYNOTE", "CANARYPATH", "CANARYFRIENDLY"]))


def ssdp_gateway():
    """A gateway that maps ports on request (UPnP IGD), and a station that looks for it."""
    gateway, post = ("10.20.11.1", "00:1d:aa:20:11:01"), ("10.20.11.33", "34:e6:d7:20:11:21")
    with Lab("br0", "br1") as l:
        g = l.router("passerelle", ("br0", gateway[1], gateway[0] + "/24"), ("br1", "00:1d:aa:20:11:02", "203.0.113.2/24"))
        a = l.host("poste", post[0] + "/24", post[1])
        for host in (g, a):
            host.ip("route add 224.0.0.0/4 dev eth0")
        g.tmpfs.append("/run")
        configuration = g.write("miniupnpd.conf", """ext_ifname=eth1
listening_ip=eth0
http_port=5000
enable_natpmp=no
enable_upnp=yes
secure_mode=yes
friendly_name=CANARYFRIENDLY
model_name=Routeur
serial=CANARYSERIAL
uuid=5f5a69c2-e0ae-504f-829b-00aa0020aa11
notify_interval=60
allow 1024-65535 10.20.11.0/24 1024-65535
""")
        with l.record("ssdp-gateway", filter="udp port 1900 or arp or igmp or tcp port 5000") as c:
            g.spawn(["miniupnpd", "-d", "-f", configuration], listening=5000, env=kernel_release(g))
            time.sleep(2)
            a.run("upnpc -m eth0 -s", check=False)
            time.sleep(1)
        c.publish(truth("A gateway that maps ports on request announces itself (miniupnpd); a station looks for it and reads its description (upnpc).",
                        [debian("miniupnpd"), debian("miniupnpc")],
                        [service(gateway[0], 1900, "ssdp", f"ssdp && ip.src == {gateway[0]} && ip.dst == {post[0]}", transport="udp"),
                         service(gateway[0], 5000, "http", "http.response && tcp.srcport == 5000")],
                        [device(*gateway), device(*post)],
                        [finding("a gateway maps ports for whoever asks (UPnP IGD)", gateway[0], proof='ssdp && frame contains "WANIPConnection"')], [], ["CANARYFRIENDLY"]))


def link_neighbours():
    """A switch that speaks CDP, and two bridges with a spanning tree: the kernel's."""
    switch, one, two = ("10.20.11.2", "00:1b:d5:20:11:02"), ("10.20.11.3", "b4:f5:8e:20:11:03"), ("10.20.11.4", "b4:f5:8e:20:11:04")
    with Lab() as l:
        s, a, b = l.host("commutateur", switch[0] + "/24", switch[1]), l.host("pont-1", None, one[1]), l.host("pont-2", None, two[1])
        s.tmpfs.append("/run")
        s.prepare.append("mkdir -p /run/lldpd /var/run/lldpd")
        with l.record("link-neighbours", filter="ether[12:2] < 1500 or arp") as c:
            file = s.write("lldpd.conf", "".join(line + "\n" for line in [
                "configure lldp tx-interval 2", "configure system hostname sw-imagerie-02", "configure system platform 'cisco WS-C2960X-24PS-L'",
                "configure system description 'Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(2)E7, RELEASE SOFTWARE (fc3)'",
                "configure system capabilities enabled bridge,router"]))
            s.spawn(f"lldpd -d -ccc -ll -I eth0 -m {switch[0]} -O {file} -u /run/lldpd/socket".split())
            for host, (address, _), priority in ((a, one, 4096), (b, two, 32768)):
                host.ip(f"link add br0 type bridge stp_state 1 priority {priority} forward_delay 400 hello_time 100 max_age 600")
                host.ip("link set eth0 master br0")
                host.ip("link set br0 up")
                host.ip(f"addr add {address}/24 dev br0")
            time.sleep(11)
            a.run(f"ping -c 1 -W 1 {switch[0]}", check=False)
            b.run(f"ping -c 1 -W 1 {switch[0]}", check=False)
        c.publish(truth("A switch that describes itself by CDP (lldpd), and two bridges that agree on a spanning tree (the Linux bridge); the first is the root.",
                        [debian("lldpd"), "Linux bridge with stp_state 1"], [],
                        [device(*switch, name="sw-imagerie-02", cdp={"platform": "cisco WS-C2960X-24PS-L", "management_address": switch[0]}),
                         device(*one, stp={"root": one[1], "bridge": one[1]}), device(*two, stp={"root": two[1], "bridge": two[1]})]))


def vrrp_routers():
    """Two routers with a shared password in clear, two without anything, one with version 3."""
    places = {"routeur-1": ("10.20.11.5", "00:1d:aa:20:11:05"), "routeur-2": ("10.20.11.6", "00:1d:aa:20:11:06"), "routeur-3": ("10.20.11.7", "00:1d:aa:20:11:07")}
    settings = {"routeur-1": ("vrrp_version 2", 51, "authentication {\n auth_type PASS\n auth_pass CANARYPW\n }", "10.20.11.251"),
                "routeur-2": ("vrrp_version 2", 52, "", "10.20.11.252"), "routeur-3": ("vrrp_version 3", 53, "", "10.20.11.253")}
    with Lab() as l:
        hosts = {name: l.host(name, place[0] + "/24", place[1]) for name, place in places.items()}
        with l.record("vrrp-routers", filter="ip proto 112 or arp") as c:
            for name, host in hosts.items():
                version, number, authentication, address = settings[name]
                host.ip("route add 224.0.0.0/4 dev eth0")
                host.tmpfs.append("/run")
                file = host.write("keepalived.conf", f"""global_defs {{
 {version}
 script_user root
}}
vrrp_instance V{number} {{
 state MASTER
 interface eth0
 virtual_router_id {number}
 priority 120
 advert_int 1
 {authentication}
 virtual_ipaddress {{
 {address}/24
 }}
}}
""")
                host.spawn(["keepalived", "-n", "-l", "-P", "-f", file, "-p", f"{host.folder}/pid", "-r", f"{host.folder}/vrrp.pid"])
            time.sleep(9)
            hosts["routeur-1"].run("ping -c 1 -W 1 10.20.11.6")
        c.publish(truth("Three routers, each master of a virtual address (keepalived): version 2 with a password in clear, version 2 with none, version 3.", [debian("keepalived")], [],
                        [device(*place, vrrp={"address": settings[name][3]}) for name, place in places.items()]
                        + [device(settings[name][3], places[name][1]) for name in places],
                        [finding("VRRP with a password in clear", "10.20.11.5", proof="vrrp.auth_type == 1"), finding("VRRP without authentication", "10.20.11.6", proof="vrrp.auth_type == 0")],
                        [decoy("five machines", "virtual addresses are the masters' own here", proof="vrrp")], ["CANARYPW"]))


RADIUS_USERS = '''canaryuser Cleartext-Password := "CanaryPwd42"
'''


def radius_server(s, clients):
    """freeradius with the configuration of the package, its own clients and users, in a copy."""
    sh(f"cp -r /etc/freeradius/3.0 {s.folder}/raddb")
    s.write("raddb/clients.conf", f"client postes {{\n ipaddr = {clients}\n secret = canarysecret\n}}\n")
    s.write("raddb/mods-config/files/authorize", RADIUS_USERS)
    (s.folder / "raddb/users").unlink(missing_ok=True)
    sh(f"chmod -R a+rX {s.folder}/raddb")
    sh(["sed", "-i", "s/^\\(\\s*user = \\).*/\\1root/; s/^\\(\\s*group = \\).*/\\1root/", f"{s.folder}/raddb/radiusd.conf"])
    s.tmpfs += ["/run", "/var/log/freeradius"]
    s.prepare.append("mkdir -p /run/freeradius")
    s.spawn(["freeradius", "-f", "-l", f"{s.folder}/log", "-d", f"{s.folder}/raddb"], udp=[1812, 1813], timeout=60)


def eap_test(host, server, name, lines):
    file = host.write(f"{name}.conf", "network={\n key_mgmt=IEEE8021X\n eapol_flags=0\n" + "".join(f" {line}\n" for line in lines) + "}\n")
    return host.run(f"eapol_test -c {file} -a {server} -p 1812 -s canarysecret -t 5 -n", check=False)


def radius_methods():
    """Logins with PAP, CHAP, EAP-MD5 and EAP-TTLS, and an accounting record."""
    server, nas = ("10.20.11.10", "3c:52:82:20:11:0a"), ("10.20.11.11", "00:1b:d5:20:11:0b")
    with Lab() as l:
        s, a = l.host("radius", server[0] + "/24", server[1]), l.host("nas", nas[0] + "/24", nas[1])
        radius_server(s, "10.20.11.0/24")
        request = a.write("request", 'User-Name = "canaryuser"\nUser-Password = "CanaryPwd42"\nNAS-Identifier = "sw-bloc-01"\nNAS-IP-Address = 10.20.11.11\nNAS-Port-Type = Ethernet\n')
        chap = a.write("chap", 'User-Name = "canaryuser"\nCHAP-Password = "CanaryPwd42"\nNAS-IP-Address = 10.20.11.11\nNAS-Port-Type = Ethernet\n')
        wrong = a.write("wrong", 'User-Name = "canaryuser"\nUser-Password = "CanaryWrong"\nNAS-IP-Address = 10.20.11.11\n')
        account = a.write("account", 'User-Name = "canaryuser"\nAcct-Status-Type = Start\nAcct-Session-Id = "CANARYSESSION"\nNAS-Identifier = "sw-bloc-01"\n')
        with l.record("radius-methods", filter="udp portrange 1812-1813 or arp") as c:
            for file, kind, port in ((request, "auth", 1812), (chap, "auth", 1812), (wrong, "auth", 1812), (account, "acct", 1813)):
                a.run(f"radclient -r 1 -t 3 -f {file} {server[0]}:{port} {kind} canarysecret", check=False)
            user = ['identity="canaryuser"', 'password="CanaryPwd42"']
            eap_test(a, server[0], "md5", ["eap=MD5", *user])
            eap_test(a, server[0], "ttls", ["eap=TTLS", 'phase2="auth=PAP"', 'anonymous_identity="canaryanonymous"', *user])
        c.publish(truth("A RADIUS server (freeradius) and equipment that asks it (radclient, eapol_test): PAP, CHAP, a wrong password, an accounting record, EAP-MD5, EAP-TTLS.",
                        [debian("freeradius"), debian("freeradius-utils"), debian("eapoltest")],
                        [service(server[0], 1812, "radius", f"radius.code == 2 && ip.src == {server[0]}", transport="udp", methods=["pap", "chap", "eap"], eap=["md5", "ttls"]),
                         service(server[0], 1813, "radius", "radius.code == 5", transport="udp")],
                        [device(*server), device(*nas, name="sw-bloc-01")],
                        [finding("RADIUS with PAP", server[0], 1812, "udp", "radius.code == 1 && radius.User_Password_encrypted"),
                         finding("EAP-MD5", server[0], 1812, "udp", "eap.type == 4 && eap.code == 2"),
                         finding("requests without Message-Authenticator, answered without one", server[0], 1812, "udp",
                                 "(radius.code == 2 || radius.code == 3) && !radius.Message_Authenticator")],
                        [],
                        ["canaryuser", "canaryanonymous", "CANARYSESSION"], canaries_hidden=["CanaryPwd42", "CanaryWrong", "canarysecret"]))


def port_access():
    """802.1X on a wire: EAP-MD5 and EAP-PEAP."""
    switch, good, old = ("10.20.11.12", "00:1b:d5:20:11:0c"), ("10.20.11.13", "34:e6:d7:20:11:0d"), ("10.20.11.14", "00:09:fb:20:11:0e")
    with Lab() as l:
        # The bridge passes on what is meant for the next bridge only.
        sh(f"ip -n {l.ns} link set br0 type bridge group_fwd_mask 0x4008")
        s, a, b = (l.host(name, place[0] + "/24", place[1]) for name, place in (("commutateur", switch), ("poste", good), ("moniteur", old)))
        sh(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=commutateur", "-keyout", f"{s.folder}/key.pem", "-out", f"{s.folder}/cert.pem"])
        users = s.write("users", '"canarymonitor" MD5 "CanaryPwd42"\n"canarypost" PEAP\n"canarypost" MSCHAPV2 "CanaryPwd43" [2]\n')
        file = s.write("hostapd.conf", f"""interface=eth0
driver=wired
ieee8021x=1
eap_server=1
eap_user_file={users}
server_cert={s.folder}/cert.pem
private_key={s.folder}/key.pem
ca_cert={s.folder}/cert.pem
use_pae_group_addr=1
""")
        with l.record("port-access", filter="ether proto 0x888e or arp") as c:
            s.spawn(["hostapd", file])
            time.sleep(1)
            for host, lines in ((b, ["eap=MD5", 'identity="canarymonitor"', 'password="CanaryPwd42"']),
                                (a, ["eap=PEAP", 'identity="canarypost"', 'phase2="auth=MSCHAPV2"', 'password="CanaryPwd43"'])):
                network = host.write("wpa.conf", "ap_scan=0\nnetwork={\n key_mgmt=IEEE8021X\n eapol_flags=0\n" + "".join(f" {line}\n" for line in lines) + "}\n")
                host.spawn(["wpa_supplicant", "-D", "wired", "-i", "eth0", "-c", network])
                time.sleep(4)
            for host in (a, b):
                host.run(f"ping -c 1 -W 1 {switch[0]}", check=False)
        c.publish(truth("Access to the network by IEEE 802.1X: a monitor with EAP-MD5 and a station with PEAP at a switch (hostapd, wpa_supplicant).",
                        [debian("hostapd"), debian("wpasupplicant")], [], [device(*switch), device(*good), device(*old)],
                        [finding("802.1X with EAP-MD5", old[0], proof=f"eth.src == {old[1]} && eap.type == 4")], [], ["canarymonitor", "canarypost"],
                        canaries_hidden=["CanaryPwd42", "CanaryPwd43"]))


def ntp_control():
    """A time server that answers questions about itself."""
    server, post = ("10.20.11.15", "ac:1f:6b:20:11:0f"), ("10.20.11.16", "34:e6:d7:20:11:10")
    with Lab() as l:
        s, a = l.host("temps", server[0] + "/24", server[1]), l.host("poste", post[0] + "/24", post[1])
        file = s.write("ntp.conf", f"driftfile {s.folder}/drift\nserver 127.127.1.0 minpoll 3 maxpoll 3\nfudge 127.127.1.0 stratum 5\nrestrict default kod nomodify nopeer\nrestrict 10.20.11.0 mask 255.255.255.0\nrestrict 127.0.0.1\n")
        with l.record("ntp-control", filter="udp port 123 or arp") as c:
            s.spawn(["ntpd", "-n", "-N", "-g", "-u", "root", "-c", file], udp=123, env=kernel_release(s))
            time.sleep(28)
            ask = a.write("ask.py", """import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.sendto(bytes([0x23]) + bytes(47), ("10.20.11.15", 123))
s.recv(100)
""")
            a.run([PYTHON, ask], check=False)
            a.run(f"ntpq -n -c rv {server[0]}", check=False)
            a.run(f"ntpq -n -p {server[0]}", check=False)
        c.publish(truth("A time server (ntpd of NTPsec) answers a client, and a station that asks it about itself (ntpq).", [debian("ntpsec")],
                        [service(server[0], 123, "ntp", f"ntp.flags.mode == 4 && ip.src == {server[0]}", transport="udp", software="ntpd ntpsec")],
                        [device(*server), device(*post)],
                        [finding("control messages are answered (mode 6)", server[0], 123, "udp", f"ntp.flags.mode == 6 && ip.src == {server[0]}")]))


def ipv6_routers():
    """A router that announces itself, a station that makes its address of it, and one that asks by DHCPv6."""
    router, post, pump = ("fd28:11::1", "00:1d:aa:20:11:11"), ("fd28:11::36:e6d7:20:1112", "34:e6:d7:20:11:12"), ("fd28:11::13", "00:09:fb:20:11:13")
    with Lab() as l:
        r, a, b = l.host("routeur", None, router[1]), l.host("poste", None, post[1]), l.host("moniteur", None, pump[1])
        for host in (r, a, b):
            host.tmpfs.append("/run")
        with l.record("ipv6-routers", filter="ip6") as c:
            with_ipv6(r, router[0])
            r.sysctl("net.ipv6.conf.all.forwarding=1")
            for host in (a, b):
                host.sysctl("net.ipv6.conf.eth0.addr_gen_mode=0")
                with_ipv6(host)
            time.sleep(2)
            file = r.write("radvd.conf", "interface eth0 {\n AdvSendAdvert on;\n AdvOtherConfigFlag on;\n AdvManagedFlag on;\n MinRtrAdvInterval 3;\n MaxRtrAdvInterval 4;\n"
                           " AdvDefaultPreference high;\n prefix fd28:11::/64 { AdvAutonomous on; };\n RDNSS fd28:11::53 {};\n};\n")
            r.spawn(["radvd", "-n", "-C", file, "-p", f"{r.folder}/radvd.pid", "-u", "root"])
            r.spawn("dnsmasq -k -C " + r.write("dnsmasq.conf", f"""port=0
no-resolv
no-hosts
user=root
pid-file={r.folder}/pid
dhcp-range=fd28:11::100,fd28:11::1ff,64,1h
dhcp-option=option6:dns-server,[fd28:11::53]
dhcp-option=option6:domain-search,sainte-auscultation.example
dhcp-leasefile={r.folder}/leases
interface=eth0
bind-interfaces
"""), udp=[547])
            time.sleep(5)
            b.binds["/var/lib/dibbler"] = str(b.folder / "dibbler")
            (b.folder / "dibbler").mkdir()
            client = b.write("dibbler/client.conf", "log-level 7\nduid-type duid-ll\niface eth0 {\n ia\n option dns-server\n option domain\n option fqdn moniteur-rea-04.sainte-auscultation.example\n}\n")
            b.binds["/etc/dibbler/client.conf"] = client
            b.spawn(["dibbler-client", "run"])
            time.sleep(7)
            a.run("rdisc6 -1 eth0", check=False)
            a.run(f"ping -6 -c 1 -W 1 {router[0]}", check=False)
            time.sleep(1)
            addresses = {host.name: [line.split()[3].split("/")[0] for line in host.ip("-6 -o addr show dev eth0").splitlines()] for host in (r, a, b)}
        devices = [device(address, place[1]) for host, place in ((r, router), (a, post), (b, pump)) for address in addresses[host.name]]
        spoke = sh(["tshark", "-n", "-r", str(c.path), "-T", "fields", "-e", "ipv6.src"]).stdout.split()
        c.publish(truth("A router announces a prefix and a name server (radvd) and gives addresses by DHCPv6 (dnsmasq); a station takes the prefix, a monitor asks (dibbler).",
                        [debian("radvd"), debian("dnsmasq-base"), debian("dibbler-client"), debian("ndisc6")],
                        [service(link_local(router[1]), 547, "dhcpv6", "dhcpv6.msgtype == 7", transport="udp")],
                        [d for d in devices if d["address"] in spoke],
                        [], [decoy("every address is a machine", "each machine has several addresses", proof="icmpv6.type == 136")]))


def bgp_session():
    """Two routers that exchange routes."""
    one, two = ("10.20.11.20", "00:1d:aa:20:11:14"), ("10.20.11.21", "00:1d:aa:20:11:15")
    with Lab() as l:
        a, b = l.host("routeur-1", one[0] + "/24", one[1]), l.host("routeur-2", two[0] + "/24", two[1])
        with l.record("bgp-session", filter="tcp port 179 or arp") as c:
            for host, (own, _), (peer, _), system, remote in ((b, two, one, 4200000021, 64520), (a, one, two, 64520, 4200000021)):
                host.tmpfs += ["/run", "/var/tmp"]
                host.prepare.append("mkdir -p /run/frr")
                file = host.write("bgpd.conf", f"router bgp {system}\n bgp router-id {own}\n no bgp ebgp-requires-policy\n no bgp network import-check\n neighbor {peer} remote-as {remote}\n"
                                  f" neighbor {peer} timers connect 1\n network 10.{system % 200}.0.0/16\n")
                sh(f"chmod a+r {file}")
                host.spawn(["/usr/lib/frr/bgpd", "-f", file, "-i", f"{host.folder}/bgpd.pid", "-z", f"{host.folder}/zserv", "--vty_socket", str(host.folder), "-u", "root", "-g", "root", "-n", "-S"],
                           listening=179)
            time.sleep(8)
        server = sh(["tshark", "-n", "-r", str(c.path), "-Y", "tcp.flags.syn == 1 && tcp.flags.ack == 1", "-T", "fields", "-e", "ip.src"]).stdout.split()
        c.publish(truth("Two routers of different autonomous systems exchange routes by BGP (FRR); one number has 32 bits.", [debian("frr")],
                        [service(address, 179, "bgp", f"bgp.type == 1 && ip.src == {address}") for address in sorted(set(server))],
                        [device(*one, autonomous_system=64520), device(*two, autonomous_system=4200000021)]))


def bittorrent_peers():
    """Two peers that find each other on the link."""
    one, two = ("10.20.11.22", "34:e6:d7:20:11:16"), ("10.20.11.23", "34:e6:d7:20:11:17")
    with Lab() as l:
        a, b = l.host("poste-1", one[0] + "/24", one[1]), l.host("poste-2", two[0] + "/24", two[1])
        content = a.write("partage/CANARYFILE.bin", b"laennec " * 512)
        a.run(["transmission-create", "-o", f"{a.folder}/share.torrent", "-t", "http://127.0.0.1:9/announce", content])
        torrent = (a.folder / "share.torrent").read_bytes()
        with l.record("bittorrent-peers", filter="tcp port 51413 or udp port 51413 or udp port 6771 or arp or igmp") as c:
            for host in (a, b):
                host.ip("route add 224.0.0.0/4 dev eth0")
                host.ip("route add default dev eth0")
                host.write("home/settings.json", '{"download-dir": "%s/partage", "watch-dir": "%s/watch", "watch-dir-enabled": true, "lpd-enabled": true, "dht-enabled": true, "pex-enabled": true,'
                           ' "utp-enabled": false, "encryption": 0, "port-forwarding-enabled": false, "rpc-enabled": false, "peer-port": 51413, "start-added-torrents": true, "preallocation": 0}'
                           % (host.folder, host.folder))
                (host.folder / "partage").mkdir(exist_ok=True)
                host.write("watch/share.torrent", torrent)
                host.spawn(["transmission-daemon", "-f", "-g", f"{host.folder}/home"], listening=51413)
            time.sleep(25)
        server = sh(["tshark", "-n", "-r", str(c.path), "-Y", "tcp.flags.syn == 1 && tcp.flags.ack == 1", "-T", "fields", "-e", "ip.src"]).stdout.split()
        c.publish(truth("Two stations share a file by BitTorrent (transmission) and find each other on the link.", [debian("transmission-daemon")],
                        [service(address, 51413, "bittorrent", f"bittorrent && ip.src == {address}") for address in sorted(set(server))]
                        + [service(two[0], 51413, "bittorrent", f"bt-dht && udp.srcport == 51413 && ip.src == {two[0]}", transport="udp")],
                        [device(*one), device(*two)], [finding("BitTorrent is used", two[0], proof="bittorrent")], [], []))


if __name__ == "__main__":
    choose(mdns_printer, ssdp_gateway, link_neighbours, vrrp_routers, radius_methods, port_access, ntp_control, ipv6_routers, bgp_session, bittorrent_peers)
