"""Names, addresses and management: DNS, DHCP, ARP, SNMP.  python3 names.py [NAME…]"""
import os
import time

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "dnsmasq-base", "isc-dhcp-client", "udhcpc", "busybox", "iputils-arping", "iputils-ping", "snmpd", "snmp",
         "nginx-light", "curl", "bind9-dnsutils")

import web
from lab import Lab, choose, debian, decoy, device, finding, service, truth

DNS = ("10.20.5.1", "ac:1f:6b:20:05:01")         # Supermicro
CT = ("10.20.5.61", "d8:9e:f3:20:05:15")         # Dell, the console of a scanner
MON = ("10.20.5.62", "00:09:fb:20:05:16")        # Philips Patient Monitoring
PUMP = ("10.20.5.63", "58:42:e4:20:05:17")       # Baxter
DOMAIN = "sainte-auscultation.example"


def dnsmasq(s, *lines, first="10.20.5.60", last="10.20.5.90", lease="2h"):
    hosts = "".join(f"{l}\n" for l in lines)
    s.spawn("dnsmasq -k -C " + s.write("dnsmasq.conf", f"""no-resolv
no-hosts
user=root
pid-file={s.folder}/pid
domain={DOMAIN}
local=/{DOMAIN}/
dhcp-range={first},{last},{lease}
dhcp-leasefile={s.folder}/leases
dhcp-authoritative
no-ping
log-facility={s.folder}/log
{hosts}"""), [53], udp=[53, 67])


def fixed(place):
    return f"dhcp-host={place[1]},{place[0]}"


def dhclient(host, name, vendor, address):
    """ISC's client: it speaks, and the address is put in place by hand (no change to the machine's own files)."""
    configuration = host.write("dhclient.conf", f'''send host-name "{name}";
send vendor-class-identifier "{vendor}";
request subnet-mask, routers, domain-name, domain-name-servers, ntp-servers, host-name;
''')
    host.run(f"dhclient -1 -sf /bin/true -cf {configuration} -lf {host.folder}/leases -pf {host.folder}/pid eth0", timeout=40)
    host.ip(f"addr add {address}/24 dev eth0")


def udhcpc(host, name, vendor, address, *more):
    host.run(["busybox", "udhcpc", "-f", "-q", "-n", "-t", "4", "-T", "1", "-i", "eth0", "-s", "/bin/true", "-V", vendor, "-x", f"hostname:{name}",
              "-O", "tftp", "-O", "bootfile", *more], timeout=40)
    if address:
        host.ip(f"addr add {address}/24 dev eth0")


def dhcp_dns():
    with Lab() as l:
        s = l.host("dns", DNS[0] + "/24", DNS[1])
        dnsmasq(s, fixed(CT), fixed(MON), fixed(PUMP), f"host-record=pacs-01.{DOMAIN},10.20.5.10", f"cname=pacs.{DOMAIN},pacs-01.{DOMAIN}",
                f"srv-host=_dicom._tcp.{DOMAIN},pacs-01.{DOMAIN},104", "dhcp-option=option:ntp-server,10.20.5.1", "dhcp-option=option:router,10.20.5.1")
        ct, mon, pump = l.host("ct", None, CT[1]), l.host("mon", None, MON[1]), l.host("pump", None, PUMP[1])
        with l.record("dhcp-dns") as c:
            dhclient(ct, "ct-scan-01", "MSFT 5.0", CT[0])
            udhcpc(mon, "moniteur-rea-04", "Philips IntelliVue MX800", MON[0])
            udhcpc(pump, "pompe-rack-07", "udhcp 1.19.4", PUMP[0])
            for query in (f"pacs.{DOMAIN} A", f"pacs-01.{DOMAIN} A", f"ct-scan-01.{DOMAIN} A", f"_dicom._tcp.{DOMAIN} SRV", "-x 10.20.5.62", f"nulle-part.{DOMAIN} A", f"+tcp pacs.{DOMAIN} A"):
                ct.run(f"dig +tries=1 +time=2 @{DNS[0]} {query}")
            for host in (mon, pump):
                host.run(f"ping -c 1 -W 1 {DNS[0]}")
        c.publish(truth("dnsmasq gives addresses to three machines (dhclient and busybox udhcpc, with host names and vendor classes) and answers A, CNAME, SRV, PTR, an unknown "
                        "name, and one query over TCP.", [debian("dnsmasq-base"), debian("isc-dhcp-client"), debian("busybox"), debian("bind9-dnsutils")],
                        [service(DNS[0], 53, "dns", "udp.srcport == 53 && dns.srv.target", transport="udp", authoritative_for=[DOMAIN]),
                         service(DNS[0], 53, "dns", "tcp.srcport == 53 && dns"),
                         service(DNS[0], 67, "dhcp", "udp.srcport == 67 && dhcp.option.dhcp == 5", transport="udp", domain=DOMAIN, router="10.20.5.1")],
                        [device(*DNS), device(*CT, name="ct-scan-01", dhcp_vendor_class="MSFT 5.0"),
                         device(*MON, name="moniteur-rea-04", dhcp_vendor_class="Philips IntelliVue MX800", maker="Philips"),
                         device(*PUMP, name="pompe-rack-07", dhcp_vendor_class="udhcp 1.19.4")],
                        decoys=[decoy(f"nulle-part.{DOMAIN} exists", "the answer is NXDOMAIN", proof="dns.flags.rcode == 3"),
                                decoy("10.20.5.10 is a DICOM server that was seen", "only a DNS record says so; no frame comes from it", "10.20.5.10", 104, absent="ip.addr == 10.20.5.10")]))


def dhcp_reuse():
    """One address, two machines one after the other."""
    address, first, second = "10.20.5.100", ("00:08:fb:20:05:64", "echo-mobile-2", "SonoSite"), ("34:e6:d7:20:05:65", "poste-sec-113", "MSFT 5.0")
    with Lab() as l:
        s = l.host("dns", DNS[0] + "/24", DNS[1])
        s.write("www/index.html", "<html><title>intranet</title></html>")
        dnsmasq(s, first=address, last=address, lease="2m")
        web.nginx(s, f"server {{ listen 80; root {s.folder}/www; }}", 80)
        with l.record("dhcp-reuse") as c:
            for number, (mac, name, vendor) in enumerate((first, second)):
                host = l.host(f"h{number}", None, mac)
                process = host.spawn(["busybox", "udhcpc", "-f", "-n", "-R", "-t", "4", "-T", "1", "-i", "eth0", "-s", "/bin/true", "-V", vendor, "-x", f"hostname:{name}"])
                deadline = time.time() + 15
                while address not in open(s.folder / "leases").read() or mac not in open(s.folder / "leases").read():
                    if time.time() > deadline:
                        raise RuntimeError("no lease")
                    time.sleep(0.2)
                host.ip(f"addr add {address}/24 dev eth0")
                host.run(["curl", "-sS", "-A", f"{vendor}-navigateur", f"http://{DNS[0]}/"])
                time.sleep(0.5)
                for pid in lab.sh(f"ip netns pids {host.ns}").stdout.split():
                    os.kill(int(pid), 15)       # -R: the client releases the address when it ends
                process.wait(timeout=5)
                time.sleep(0.5)
                host.ip("link set eth0 down")
                # The server's neighbour entry for the address goes with the machine, as it would with time.
                s.ip("neigh flush dev eth0")
        c.publish(truth("A DHCP range of one address: an ultrasound machine takes it, browses, releases it; an office PC then gets the same address.",
                        [debian("dnsmasq-base"), debian("busybox"), debian("nginx-light"), debian("curl")],
                        [service(DNS[0], 67, "dhcp", "udp.srcport == 67 && dhcp.option.dhcp == 5", transport="udp", domain=DOMAIN),
                         service(DNS[0], 80, "http", "tcp.srcport == 80 && http.response", server=web.NGINX)],
                        [device(*DNS), device(address, first[0], name=first[1], dhcp_vendor_class=first[2], user_agent="SonoSite-navigateur"),
                         device(address, second[0], name=second[1], dhcp_vendor_class=second[2], user_agent="MSFT 5.0-navigateur")],
                        decoys=[decoy(f"{address} is one machine", "two MAC addresses held it one after the other, with a release between", address, proof="dhcp.option.dhcp == 7"),
                                decoy(f"{address} is an address conflict", "the first holder released it before", address)]))


def arp():
    a, b, c3 = ("10.20.5.11", "00:0f:14:20:05:0b"), ("10.20.5.12", "00:0e:2f:20:05:0c"), ("10.20.5.11", "34:e6:d7:20:05:0d")
    absent = "10.20.5.99"
    with Lab() as l:
        one, two = l.host("mindray", a[0] + "/24", a[1]), l.host("roche", b[0] + "/24", b[1])
        with l.record("arp") as c:
            one.run(f"arping -c 2 -w 3 -U -I eth0 {a[0]}", check=False)                   # gratuitous
            two.run(f"arping -c 2 -w 4 -I eth0 {a[0]}")
            two.run(f"arping -c 2 -w 4 -I eth0 {absent}", check=False)                     # nobody has it
            thief = l.host("double", c3[0] + "/24", c3[1])                                 # a second machine with the first one's address
            two.run(f"arping -c 2 -w 4 -I eth0 {a[0]}", check=False)                      # two answers
            two.run(f"ping -c 1 -W 1 {a[0]}", check=False)
            thief.run(f"arping -c 1 -w 3 -A -I eth0 {c3[0]}", check=False)
        c.publish(truth("ARP alone: gratuitous requests and replies, requests for an address nobody has, then two machines that claim the same address at once.",
                        [debian("iputils-arping"), debian("iputils-ping")], [], [device(*a), device(*b), device(*c3)],
                        [finding("address conflict: two MAC addresses answer for one address", a[0], proof="arp.duplicate-address-detected")],
                        [decoy(f"{absent} is a machine", "it was asked for and never answered", absent, absent=f"arp.opcode == 2 && arp.src.proto_ipv4 == {absent}")]))


def snmp():
    """An SNMP agent in versions 1, 2c (with canary communities) and 3."""
    with Lab() as l:
        s, a = l.host("imprimante-film", "10.20.5.30/24", "00:07:5c:20:05:1e"), l.host("poste", "10.20.5.50/24", "34:e6:d7:20:05:32")
        s.prepare.append(f"mkdir -p {s.folder}/persist")
        configuration = s.write("snmpd.conf", """agentaddress udp:161
rocommunity CanaryCommunity
rwcommunity CanaryWriteCommunity
rocommunity public
sysDescr Carestream DryView 5950 Laser Imager LNC, firmware 2.3.0
sysName imprimante-film-01
sysLocation Imagerie, salle 3
sysContact CANARYCONTACT MARTIN
createUser canaryv3user SHA CanaryPwd42v3 AES CanaryPwd42priv
rouser canaryv3user authPriv
""")
        s.spawn(f"snmpd -f -Lf {s.folder}/log -C -c {configuration} -p {s.folder}/pid -I -smux", udp=161, env={"SNMP_PERSISTENT_DIR": str(s.folder / "persist")})
        env = {"SNMP_PERSISTENT_DIR": str(a.folder), "MIBS": ""}
        address = "10.20.5.30"
        with l.record("snmp") as c:
            a.run(f"snmpget -v1 -c CanaryCommunity {address} .1.3.6.1.2.1.1.1.0 .1.3.6.1.2.1.1.5.0", env=env)
            a.run(f"snmpwalk -v2c -c public {address} .1.3.6.1.2.1.1", env=env)
            a.run(f"snmpset -v2c -c CanaryWriteCommunity {address} .1.3.6.1.2.1.1.6.0 s x", env=env, check=False)
            a.run(f"snmpget -v2c -c CanaryWrongCommunity -t 1 -r 0 {address} .1.3.6.1.2.1.1.1.0", env=env, check=False)
            a.run(f"snmpget -v3 -l authPriv -u canaryv3user -a SHA -A CanaryPwd42v3 -x AES -X CanaryPwd42priv {address} .1.3.6.1.2.1.1.1.0", env=env)
        c.publish(truth("SNMP v1, v2c and v3 with net-snmp: two accepted read communities (one is 'public'), a write attempt, a refused community, an authPriv user.",
                        [debian("snmpd"), debian("snmp")],
                        [service(address, 161, "snmp", "udp.srcport == 161 && snmp.version == 1", transport="udp", versions=["1", "2c", "3"], sys_name="imprimante-film-01",
                                 sys_descr="Carestream DryView 5950 Laser Imager LNC, firmware 2.3.0")],
                        [device(address, "00:07:5c:20:05:1e", name="imprimante-film-01", maker="Carestream", model="DryView 5950", version="2.3.0", **{"class": "film printer"}),
                         device("10.20.5.50", "34:e6:d7:20:05:32")],
                        [finding("SNMP v1 or v2c: community in clear", address, 161, "udp", "snmp.version < 3 && udp.srcport == 161"),
                         finding("SNMP default community accepted", address, 161, "udp", 'udp.srcport == 161 && snmp.community == "public"')],
                        [decoy("the community of the refused request is accepted", "no answer carries it", address, 161, "udp",
                               absent='udp.srcport == 161 && snmp.community == "CanaryWrongCommunity"')],
                        ["CanaryCommunity", "CanaryWriteCommunity", "CanaryWrongCommunity", "canaryv3user", "CANARYCONTACT MARTIN"],
                        canaries_hidden=["CanaryPwd42v3", "CanaryPwd42priv"]))


if __name__ == "__main__":
    choose(dhcp_dns, dhcp_reuse, arp, snmp)
