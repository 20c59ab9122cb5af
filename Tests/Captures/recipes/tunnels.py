"""Private networks, tunnels, proxies and QUIC.  python3 tunnels.py [NAME…]

IPsec runs in user space (strongSwan's kernel-libipsec), as the kernel used has no ESP; WireGuard is wireguard-go."""
import os
import time

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "strongswan", "strongswan-swanctl", "libcharon-extra-plugins", "libstrongswan-extra-plugins",
         "libstrongswan-standard-plugins", "openvpn", "wireguard-go", "wireguard-tools", "xl2tpd", "pptpd", "pptp-linux", "microsocks", "dante-server",
         "coturn", "iodine", "openssl", "curl", "ncat", "nginx-light", "ppp")
lab.need_pip("aioquic", "cryptography")

import certs
from lab import PYTHON, Lab, choose, debian, decoy, device, finding, pypi, service, truth

USER, PASSWORD, SECRET = "canaryuser", "CanaryPwd!42", "CanarySecret!42"
GATE = ("10.20.12.10", "ac:1f:6b:20:0c:0a")      # Supermicro
STATION = ("10.20.12.50", "34:e6:d7:20:0c:32")   # Dell
LEGACY = ("10.20.12.51", "00:1b:21:20:0c:33")    # Intel


def laboratory():
    """A laboratory of this family's own, beside others on the machine."""
    l = Lab()
    l.prefix = "laennec-vpn"
    l.ns = f"{l.prefix}-switch"
    return l


def pair(l, name="passerelle"):
    gate, station = l.host(name, GATE[0] + "/24", GATE[1]), l.host("poste", STATION[0] + "/24", STATION[1])
    for host in (gate, station):
        host.tmpfs += ["/run"]
    return gate, station


def devices(*more):
    return [device(*GATE), device(*STATION), *[device(*m) for m in more]]


# MARK: IPsec

# The networks behind the two gateways.
BEHIND = {GATE[0]: "10.95.1.1", STATION[0]: "10.95.2.1"}

CHARON = """charon {{
  load = openssl nonce pem pkcs1 x509 random hmac sha1 sha2 md5 des aes gmp curve25519 kdf kernel-libipsec kernel-netlink socket-default vici
  install_virtual_ip = no
  send_vendor_id = yes
  cisco_unity = {unity}
  i_dont_care_about_security_and_use_aggressive_mode_psk = yes
  plugins {{ vici {{ socket = unix://{folder}/vici }} openssl {{ legacy_load = yes }} }}
}}
"""


def swan(host, command):
    # Each command has a mount namespace of its own: the socket is a file of the work folder.
    return host.run(f"swanctl {command} --uri unix://{host.folder}/vici", timeout=40)


def connection(local, remote, version, proposals, here, there, aggressive="no"):
    return f"""connections {{ salle {{
  version = {version}
  aggressive = {aggressive}
  local_addrs = {local}
  remote_addrs = {remote}
  proposals = {proposals}
  encap = yes
  local {{ auth = psk
    id = {here} }}
  remote {{ auth = psk
    id = {there} }}
  children {{ salle {{ local_ts = {BEHIND[local]}/32
    remote_ts = {BEHIND[remote]}/32
    esp_proposals = aes128-sha256 }} }}
}} }}
secrets {{ ike-1 {{ secret = "{SECRET}" }} }}
"""


def ipsec(name, version, proposals, description, services, findings, aggressive="no", unity="no", decoys=()):
    with laboratory() as l:
        g, s = pair(l)
        for host, local, remote, here, there in ((g, GATE[0], STATION[0], "passerelle.ch-sa.example", "CANARYIDENTITY@ch-sa.example"),
                                                 (s, STATION[0], GATE[0], "CANARYIDENTITY@ch-sa.example", "passerelle.ch-sa.example")):
            host.ip(f"addr add {BEHIND[local]}/32 dev lo")
            configuration = host.write("strongswan.conf", CHARON.format(unity=unity, folder=host.folder))
            loaded = host.write("swanctl.conf", connection(local, remote, version, proposals, here, there, aggressive))
            host.spawn("/usr/lib/ipsec/charon", udp=(500, 4500), env={"STRONGSWAN_CONF": configuration})
            swan(host, f"--load-all --file {loaded}")
        with l.record(name) as c:
            swan(s, "--initiate --child salle --timeout 15")
            s.run(f"ping -c 2 -i 0.3 -W 1 -I {BEHIND[STATION[0]]} {BEHIND[GATE[0]]}", check=False)
        c.publish(truth(description, [debian("strongswan-charon"), debian("libcharon-extra-plugins")], services, devices(), findings, decoys,
                        canaries=["CANARYIDENTITY"] if aggressive == "yes" else [], canaries_hidden=[SECRET] + ([] if aggressive == "yes" else ["CANARYIDENTITY"])))


def ike_v2():
    ipsec("ike-v2", 2, "aes256-sha256-curve25519-modp2048,aes256gcm16-prfsha384-ecp384", "An IKEv2 tunnel with current algorithms, ESP in UDP.",
          [service(GATE[0], 500, "ike", "isakmp.version == 0x20 && udp.srcport == 500", transport="udp", version="2"),
           service(GATE[0], 4500, "ike", "udpencap && esp", transport="udp")], [],
          decoys=[decoy("weak algorithms chosen", "only current ones are", GATE[0], 500, transport="udp", absent="isakmp.tf.id.dh == 2")])


def ike_v2_weak():
    ipsec("ike-v2-weak", 2, "3des-md5-modp1024", "An IKEv2 tunnel with 3DES, MD5 and a group of 1024 bits.",
          [service(GATE[0], 500, "ike", "isakmp.tf.id.dh == 2 && udp.srcport == 500", transport="udp", version="2"),
           service(GATE[0], 4500, "ike", "isakmp.exchangetype == 35 && udp.srcport == 4500", transport="udp", version="2")],
          [finding("IKE chose 3DES, MD5 and group 2", GATE[0], 500, "udp", "isakmp.tf.id.encr == 3 && udp.srcport == 500")])


def ike_aggressive():
    ipsec("ike-aggressive", 1, "3des-md5-modp1024", "IKE version 1 in aggressive mode with a pre-shared key, 3DES, MD5 and a group of 1024 bits.",
          [service(GATE[0], 500, "ike", "isakmp.exchangetype == 4 && udp.srcport == 500", transport="udp", version="1"),
           service(GATE[0], 4500, "ike", "isakmp.exchangetype == 32 && udp.srcport == 4500", transport="udp", version="1")],
          [finding("IKE aggressive mode with a pre-shared key", GATE[0], 500, "udp", "isakmp.exchangetype == 4 && isakmp.ike.attr.authentication_method == 1"),
           finding("IKE chose 3DES, MD5 and group 2", GATE[0], 500, "udp", "isakmp.exchangetype == 4 && isakmp.ike.attr.encryption_algorithm == 5")],
          aggressive="yes", unity="yes")


def ike_main():
    ipsec("ike-main", 1, "aes128-sha1-modp1536", "IKE version 1 in main mode with a pre-shared key, AES, SHA-1 and a group of 1536 bits.",
          [service(GATE[0], 500, "ike", "isakmp.exchangetype == 2 && udp.srcport == 500", transport="udp", version="1"),
           service(GATE[0], 4500, "ike", "isakmp.exchangetype == 32 && udp.srcport == 4500", transport="udp", version="1")],
          [finding("IKE chose group 5", GATE[0], 500, "udp", "isakmp.exchangetype == 2 && isakmp.ike.attr.group_description == 5")])


# MARK: OpenVPN, WireGuard

def openvpn():
    with laboratory() as l:
        g, s = pair(l)
        authority = certs.make("AC CH-SA", authority=True)
        cert, client = certs.make("vpn.ch-sa.example", authority, names=["vpn.ch-sa.example"]), certs.make("poste-01", authority)
        for host, which in ((g, cert), (s, client)):
            host.write("ca.pem", certs.pem(authority)[0])
            host.write("cert.pem", certs.pem(which)[0])
            host.write("key.pem", certs.pem(which)[1])
        key, crypt = g.folder / "ta.key", g.folder / "tc.key"
        for path in (key, crypt):
            lab.sh(["openvpn", "--genkey", "secret", str(path)])
        common = "--dev null --verb 1 --ca {f}/ca.pem --cert {f}/cert.pem --key {f}/key.pem --tls-version-max 1.2 --ifconfig-noexec --ping 1 --data-ciphers AES-256-GCM"
        variants = [(1194, "udp", ""), (1195, "udp", f"--tls-auth {key}"), (1196, "udp", f"--tls-crypt {crypt}"), (443, "tcp", "")]
        for port, kind, more in variants:
            direction = (" 0", " 1") if "auth" in more else ("", "")
            g.spawn(f"openvpn {common.format(f=g.folder)} --tls-server --dh none --proto {kind}{'-server' if kind == 'tcp' else ''} --port {port} {more}{direction[0]}",
                    **({"listening": port} if kind == "tcp" else {"udp": port}))
        with l.record("openvpn") as c:
            for port, kind, more in variants:
                direction = " 1" if "auth" in more else ""
                p = s.spawn(f"openvpn {common.format(f=s.folder)} --tls-client --proto {kind}{'-client' if kind == 'tcp' else ''} --nobind --remote {GATE[0]} {port} {more}{direction}")
                time.sleep(3.5)
                p.terminate()
                p.wait(timeout=5)
        c.publish(truth("OpenVPN over UDP with TLS alone (1194), tls-auth (1195) and tls-crypt (1196), and over TCP on 443.", [debian("openvpn")],
                        [service(GATE[0], 1194, "openvpn", "openvpn.opcode == 8 && udp.srcport == 1194", transport="udp", control="tls"),
                         service(GATE[0], 1195, "openvpn", "udp.srcport == 1195", transport="udp", control="tls-auth"),
                         service(GATE[0], 1196, "openvpn", "udp.srcport == 1196", transport="udp", control="tls-crypt"),
                         service(GATE[0], 443, "openvpn", "openvpn.opcode == 8 && tcp.srcport == 443", control="tls")],
                        devices(), decoys=[decoy("HTTPS on 443", "OpenVPN listens there", GATE[0], 443, absent="tcp.port == 443 && http")], decode_as=["tcp.port==443,openvpn"]))


def wireguard():
    with laboratory() as l:
        g, s = pair(l)
        keys = []
        for _ in range(2):
            private = lab.sh(["wg", "genkey"]).stdout.strip()
            keys.append((private, lab.sh(["wg", "pubkey"], input=private).stdout.strip()))
        for number, (host, mine, other, port) in enumerate(((g, keys[0], keys[1], 51999), (s, keys[1], keys[0], 0))):
            configuration = host.write("wg.conf", f"[Interface]\nPrivateKey = {mine[0]}\n" + (f"ListenPort = {port}\n" if port else "")
                                       + f"[Peer]\nPublicKey = {other[1]}\nAllowedIPs = 10.99.0.0/24\n" + (f"Endpoint = {GATE[0]}:51999\n" if not port else ""))
            script = host.write("up.sh", f"mkdir -p /run/wireguard\nwireguard-go -f wg0 &\nsleep 1\nwg setconf wg0 {configuration}\nip addr add 10.99.0.{number + 1}/24 dev wg0\nip link set wg0 up\nwait\n")
            host.spawn(f"sh {script}", **({"udp": port} if port else {}))
        time.sleep(2)
        with l.record("wireguard") as c:
            s.run("ping -c 3 -i 0.3 -W 2 10.99.0.1", check=False)
        c.publish(truth("A WireGuard tunnel on a port of its own, with pings inside.", [debian("wireguard-go"), debian("wireguard-tools")],
                        [service(GATE[0], 51999, "wireguard", "wg.type == 2 && udp.srcport == 51999", transport="udp")], devices()))


# MARK: L2TP, PPTP

def l2tp():
    with laboratory() as l:
        g, s = pair(l, "lns-radiologie")
        options = g.write("options", f"auth\nrequire-pap\nname lns\n")
        client_options = s.write("options", f"noauth\nuser {USER}\npassword {PASSWORD}\n")
        for host, text in ((g, f"[global]\nport = 1701\nlisten-addr = {GATE[0]}\n[lns default]\nip range = 10.98.0.2-10.98.0.9\nlocal ip = 10.98.0.1\npppoptfile = {options}\nhostname = lns-radiologie\n"),
                           (s, f"[global]\nport = 1701\n[lac salle]\nlns = {GATE[0]}\npppoptfile = {client_options}\nhostname = poste-irm\nautodial = yes\n")):
            configuration = host.write("xl2tpd.conf", text)
            host.commandline = f"xl2tpd -D -c {configuration} -p {host.folder}/pid -C {host.folder}/control"
        g.spawn(g.commandline, udp=1701)
        with l.record("l2tp") as c:
            s.spawn(s.commandline)
            time.sleep(3)
        c.publish(truth("An L2TP tunnel without IPsec: control messages between two xl2tpd. No PPP: the kernel used has none.", [debian("xl2tpd")],
                        [service(GATE[0], 1701, "l2tp", 'l2tp.avp.message_type == 2 && l2tp.avp.host_name == "lns-radiologie"', transport="udp", host_name="lns-radiologie", vendor="xelerance.com")],
                        devices(), [finding("L2TP without IPsec", GATE[0], 1701, "udp", "l2tp.avp.message_type == 2")]))


def pptp():
    with laboratory() as l:
        g, s = pair(l, "acces-rtc")
        options = g.write("options", "name pptpd\nrequire-mschap-v2\n")
        configuration = g.write("pptpd.conf", f"option {options}\nlocalip 10.97.0.1\nremoteip 10.97.0.2-9\n")
        g.spawn(f"pptpd -f -c {configuration} -o {options} -p {g.folder}/pid", 1723)
        with l.record("pptp", filter="not proto 47") as c:
            p = s.spawn(f"pptp {GATE[0]} --nolaunchpppd --loglevel 2")
            time.sleep(3)
            p.terminate()
        c.publish(truth("The control connection of PPTP between pptp-linux and pptpd; the tunnel's GRE packets were left out.", [debian("pptpd"), debian("pptp-linux")],
                        [service(GATE[0], 1723, "pptp", "pptp.control_message_type == 2", vendor="linux")], devices(),
                        [finding("PPTP accepted", GATE[0], 1723, proof="pptp.control_message_type == 2 && pptp.control_result == 1")]))


# MARK: Proxies, relays

def socks():
    with laboratory() as l:
        g, s = pair(l, "relais")
        web = l.host("intranet", LEGACY[0] + "/24", LEGACY[1])
        page = web.write("index.html", "<html><title>Intranet</title></html>\n")
        web.spawn([PYTHON, "-m", "http.server", "80", "--directory", str(web.folder)], 80)
        g.spawn("microsocks -i 0.0.0.0 -p 1080", 1080)
        g.spawn(f"microsocks -i 0.0.0.0 -p 1081 -u {USER} -P {PASSWORD}", 1081)
        dante = g.write("danted.conf", f"logoutput: {g.folder}/danted.log\ninternal: 0.0.0.0 port = 1082\nexternal: {GATE[0]}\nsocksmethod: none\nclientmethod: none\nuser.privileged: root\nuser.unprivileged: nobody\n"
                        "client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\nsocks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\n")
        g.spawn(f"danted -f {dante} -p {g.folder}/danted.pid", 1082)
        url = f"http://{LEGACY[0]}/index.html"
        with l.record("socks") as c:
            s.run(f"curl -s --socks5 {GATE[0]}:1080 {url}")
            s.run(f"curl -s --socks5 {GATE[0]}:1081 --proxy-user {USER}:{PASSWORD} {url}")
            s.run(f"curl -s --socks5 {GATE[0]}:1081 --proxy-user {USER}:wrong {url}", check=False)
            s.run(f"curl -s --socks4 {GATE[0]}:1082 --proxy-user {USER}: {url}", check=False)
            s.run(f"curl -s --socks5 {GATE[0]}:1082 {url}", check=False)
        c.publish(truth("SOCKS proxies: microsocks without authentication (1080) and with a password (1081), Dante in versions 4 and 5 (1082); HTTP inside.",
                        [debian("microsocks"), debian("dante-server"), debian("curl")],
                        [service(GATE[0], 1080, "socks", "socks.auth_accepted_method == 0 && tcp.srcport == 1080", version="5", methods=["none"]),
                         service(GATE[0], 1081, "socks", "tcp.srcport == 1081", version="5", methods=["password"]),
                         service(GATE[0], 1082, "socks", "tcp.srcport == 1082 && socks.version == 5", versions=["4", "5"]),
                         service(LEGACY[0], 80, "http", "http.response.code == 200 && tcp.srcport == 80")],
                        devices(LEGACY),
                        [finding("SOCKS proxy without authentication", GATE[0], 1080, proof="socks.auth_accepted_method == 0 && tcp.srcport == 1080"),
                         finding("password in clear to a SOCKS proxy", GATE[0], 1081, proof=f'tcp.dstport == 1081 && tcp contains "{PASSWORD}"')],
                        canaries=[USER, PASSWORD], decode_as=["tcp.port==1080,socks", "tcp.port==1081,socks", "tcp.port==1082,socks"]))


def turn():
    with laboratory() as l:
        g, s = pair(l, "relais")
        configuration = g.write("turn.conf", f"listening-ip={GATE[0]}\nlistening-port=3478\nrelay-ip={GATE[0]}\nlt-cred-mech\nuser={USER}:{PASSWORD}\nrealm=ch-sa.example\nno-tls\nno-dtls\nno-cli\nallow-loopback-peers\nlog-file=stdout\n"
                                f"pidfile={g.folder}/pid\nuserdb={g.folder}/db\n")
        g.spawn(f"turnserver -c {configuration}", 3478, udp=3478)
        with l.record("turn") as c:
            s.run(f"turnutils_stunclient {GATE[0]}", check=False)
            s.run(f"turnutils_uclient -y -n 1 -m 1 -l 40 -u {USER} -w {PASSWORD} {GATE[0]}", check=False)
            s.run(f"turnutils_uclient -t -y -n 1 -m 1 -l 40 -u {USER} -w {PASSWORD} {GATE[0]}", check=False)
        c.publish(truth("A TURN server: a binding request, then relays allocated over UDP and over TCP for a user with a password.", [debian("coturn")],
                        [service(GATE[0], 3478, "stun", "stun.type == 0x0103 && udp.srcport == 3478", transport="udp", software="Coturn"),
                         service(GATE[0], 3478, "stun", "stun.type == 0x0103 && tcp.srcport == 3478", software="Coturn")], devices(), canaries=[USER]))


# MARK: QUIC, DTLS

QUIC_SERVER = """
import asyncio, sys
from aioquic.asyncio import serve
from aioquic.quic.configuration import QuicConfiguration
from aioquic.h3.connection import H3_ALPN
async def main():
    c = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
    c.load_cert_chain(sys.argv[1], sys.argv[2])
    await serve("0.0.0.0", 443, configuration=c)
    await asyncio.sleep(60)
asyncio.run(main())
"""
QUIC_CLIENT = """
import asyncio, ssl, sys
from aioquic.asyncio.client import connect
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.packet import QuicProtocolVersion
async def main():
    version = int(sys.argv[2], 0)
    c = QuicConfiguration(is_client=True, alpn_protocols=["h3"], server_name="portail.ch-sa.example", verify_mode=ssl.CERT_NONE,
                          original_version=version, supported_versions=[version])
    async with connect(sys.argv[1], 443, configuration=c) as p:
        await p.ping()
asyncio.run(main())
"""


def quic():
    with laboratory() as l:
        g, s = pair(l, "portail")
        cert = certs.make("portail.ch-sa.example", names=["portail.ch-sa.example"], curve=True)
        paths = g.write("cert.pem", certs.pem(cert)[0]), g.write("key.pem", certs.pem(cert)[1])
        g.spawn([PYTHON, g.write("server.py", QUIC_SERVER), *paths], udp=443)
        client = s.write("client.py", QUIC_CLIENT)
        with l.record("quic") as c:
            for version in ("1", "0x6b3343cf"):
                s.run([PYTHON, client, GATE[0], version])
        c.publish(truth("QUIC versions 1 and 2 with a server name and the application protocol h3.", [pypi("aioquic")],
                        [service(GATE[0], 443, "quic", 'quic.version == 1 && tls.handshake.extensions_server_name == "portail.ch-sa.example"', transport="udp",
                                 versions=["1", "2"], server_name="portail.ch-sa.example", alpn="h3")], devices()))


def dtls():
    with laboratory() as l:
        g, s = pair(l, "capteurs")
        cert = certs.make("capteurs.ch-sa.example", names=["capteurs.ch-sa.example"])
        paths = g.write("cert.pem", certs.pem(cert)[0]), g.write("key.pem", certs.pem(cert)[1])
        servers = [(4433, "-dtls1_2", ""), (4434, "-dtls1", "-cipher ALL:@SECLEVEL=0")]
        for port, version, more in servers:
            # It ends with its input.
            g.spawn(["sh", "-c", f"sleep 30 | openssl s_server {version} {more} -accept {port} -cert {paths[0]} -key {paths[1]} -mtu 1500"], udp=port)
        with l.record("dtls") as c:
            for port, version, more in servers:
                s.run(["sh", "-c", f"sleep 1 | openssl s_client {version} {more} -connect {GATE[0]}:{port} -servername capteurs.ch-sa.example -alpn coap -mtu 1500"], check=False)
        c.publish(truth("DTLS 1.2 on 4433 and DTLS 1.0 on 4434.", [debian("openssl")],
                        [service(GATE[0], 4433, "dtls", "dtls.handshake.type == 2 && udp.srcport == 4433", transport="udp", version="DTLSv1.2"),
                         service(GATE[0], 4434, "dtls", "dtls.handshake.type == 2 && udp.srcport == 4434", transport="udp", version="DTLSv1.0")],
                        devices(), [finding("DTLS 1.0", GATE[0], 4434, "udp", "dtls.handshake.version == 0xfeff && dtls.handshake.type == 2")],
                        decode_as=["udp.port==4434,dtls"]))


# MARK: Tunnels through DNS

def dns_tunnel():
    with laboratory() as l:
        g, s = pair(l, "dns")
        g.spawn(f"iodined -f -c -P {SECRET} -l {GATE[0]} 10.96.0.1 tunnel.example", udp=53)
        with l.record("dns-tunnel") as c:
            s.spawn(f"iodine -f -r -T TXT -m 200 -P {SECRET} {GATE[0]} tunnel.example")
            time.sleep(5)
            s.run("ping -c 20 -i 0.2 -W 1 10.96.0.1", check=False)
        c.publish(truth("A tunnel through DNS: iodine with TXT records.", [debian("iodine")],
                        [service(GATE[0], 53, "dns", "dns.flags.response == 1 && dns.qry.type == 16", transport="udp")], devices(),
                        [finding("traffic as of a tunnel through DNS", GATE[0], 53, "udp", "dns.qry.name.len > 60 && dns.qry.type == 16")], canaries_hidden=[SECRET]))


if __name__ == "__main__":
    choose(ike_v2, ike_v2_weak, ike_aggressive, ike_main, openvpn, wireguard, l2tp, pptp, socks, turn, quic, dtls, dns_tunnel)
