"""Directory and Windows protocols: SMB, NTLM, Kerberos, LDAP, remote procedure calls, NetBIOS names.  python3 directory.py [NAME…]"""
import pathlib
import time

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "samba", "samba-ad-dc", "samba-ad-provision", "samba-dsdb-modules", "samba-vfs-modules", "smbclient",
         "winbind", "slapd", "ldap-utils", "libsasl2-modules", "krb5-kdc", "krb5-admin-server", "krb5-user", "python3-impacket", "llmnrd", "openssl")

from lab import Lab, choose, debian, decoy, device, finding, sh, service, truth

USER, PASSWORD = "canaryuser", "CanaryPwd!42"
SRV = ("10.20.12.10", "ac:1f:6b:20:0c:0a")       # Supermicro
PC = ("10.20.12.50", "34:e6:d7:20:0c:32")        # Dell
SHARE_FILE = "canaryfile.txt"
DEBIAN_PYTHON = "/usr/bin/python3"               # has Debian's impacket


def smbd(s, *settings, shares="", netbios="NAS-IMAGERIE", workgroup="SAINTE-AUSC"):
    """A file server with all of its files in the work folder."""
    base = s.folder / "samba"
    for name in ("private", "lock", "state", "cache", "ncalrpc", "pid", "share", "log"):
        (base / name).mkdir(parents=True, exist_ok=True)
    (base / "share").chmod(0o777)
    (base / "share" / SHARE_FILE).write_text("x\n")
    text = f"""[global]
netbios name = {netbios}
workgroup = {workgroup}
server string = canarycomment
private dir = {base}/private
lock directory = {base}/lock
state directory = {base}/state
cache directory = {base}/cache
ncalrpc dir = {base}/ncalrpc
pid directory = {base}/pid
log file = {base}/log/%m.log
passdb backend = tdbsam:{base}/private/passdb.tdb
load printers = no
bind interfaces only = no
disable spoolss = no
""" + "\n".join(settings) + f"""
[canaryshare]
path = {base}/share
read only = no
{shares}
"""
    return s.write("smb.conf", text)


def account(s, configuration):
    s.user(USER, PASSWORD)
    s.run(["smbpasswd", "-c", configuration, "-a", "-s", USER], input=f"{PASSWORD}\n{PASSWORD}\n")


def client(a, *settings):
    return a.write("client.conf", "[global]\nworkgroup = SAINTE-AUSC\nlock directory = /tmp\nprivate dir = /tmp\nstate directory = /tmp\ncache directory = /tmp\n"
                   + "\n".join(settings) + "\n")


def start(s, configuration):
    return s.spawn(f"smbd -F --no-process-group -s {configuration}", (139, 445))


def hosts(l, *names):
    s, a = l.host("nas-imagerie", SRV[0] + "/24", SRV[1]), l.host("poste-12", PC[0] + "/24", PC[1])
    for h in (s, a):
        h.tmpfs += ["/run"]
    return s, a


def devices(*more):
    return [device(*SRV), device(*PC), *more]


def smb_legacy():
    with Lab() as l:
        s, a = hosts(l)
        conf = smbd(s, "server min protocol = NT1", "server signing = disabled", "ntlm auth = ntlmv1-permitted", "lanman auth = no", "map to guest = never")
        account(s, conf)
        start(s, conf)
        mine = client(a, "client min protocol = NT1", "client max protocol = NT1", "client ntlmv2 auth = no", "client use spnego = no",
                      "client NTLMv2 auth = no", "client signing = off")
        newer = a.write("newer.conf", pathlib.Path(mine).read_text().replace("client use spnego = no", "client use spnego = yes"))
        with l.record("smb-legacy") as c:
            a.run(["smbclient", "-s", mine, "-m", "NT1", "-U", f"{USER}%{PASSWORD}", f"//{SRV[0]}/canaryshare", "-c", "ls"])
            a.run(["smbclient", "-s", newer, "-m", "NT1", "-p", "139", "-U", f"{USER}%{PASSWORD}", f"//{SRV[0]}/canaryshare", "-c", f"get {SHARE_FILE} /dev/null"])
        c.publish(truth(
            "A file server that still speaks SMB 1 without signing, and a client that logs in with NTLM version 1: on port 445 without SPNEGO, "
            "then over the NetBIOS session service on port 139 with it.", [debian("samba"), debian("smbclient")],
            [service(SRV[0], 445, "smb", "tcp.srcport == 445 && smb.cmd == 0x72 && smb.flags.response == 1"),
             service(SRV[0], 139, "smb", "tcp.srcport == 139 && nbss.type == 0x82")],
            devices(),
            [finding("SMB 1 accepted", SRV[0], 445, proof="tcp.srcport == 445 && smb.cmd == 0x72 && smb.flags.response == 1 && smb.nt_status == 0"),
             finding("SMB 1 accepted", SRV[0], 139, proof="tcp.srcport == 139 && smb.cmd == 0x72 && smb.flags.response == 1 && smb.nt_status == 0"),
             finding("SMB signing not required", SRV[0], 445, proof="tcp.srcport == 445 && smb.cmd == 0x72 && smb.sm.sig_required == 0"),
             finding("NTLM version 1 accepted", SRV[0], 445, proof="tcp.dstport == 445 && smb.unicode_pwlen == 24"),
             finding("NTLM version 1 accepted", SRV[0], 139, proof="tcp.dstport == 139 && ntlmssp.messagetype == 3 && ntlmssp.auth.ntresponse")],
            canaries_hidden=[USER, "canaryshare", SHARE_FILE, PASSWORD]))


def smb_modern():
    with Lab() as l:
        s, a = hosts(l)
        conf = smbd(s, "server min protocol = SMB2_10", "server signing = mandatory", "smb encrypt = desired", "ntlm auth = ntlmv2-only", shares="smb encrypt = required")
        account(s, conf)
        start(s, conf)
        mine = client(a, "client min protocol = SMB2", "client signing = required")
        with l.record("smb-modern") as c:
            a.run(["smbclient", "-s", mine, "-U", f"{USER}%{PASSWORD}", f"//{SRV[0]}/canaryshare", "-c", "ls"])
            a.run(["smbclient", "-s", mine, "-m", "SMB2_10", "-U", f"{USER}%{PASSWORD}", f"//{SRV[0]}/IPC$", "-c", "exit"], check=False)
        c.publish(truth(
            "A file server with SMB 3.1.1, signing required and an encrypted share; NTLM version 2.", [debian("samba"), debian("smbclient")],
            [service(SRV[0], 445, "smb", "tcp.srcport == 445 && smb2.dialect == 0x0311")], devices(),
            decoys=[decoy("SMB 1 accepted", "the server answers SMB 2 and later only", SRV[0], 445, absent="smb"),
                    decoy("SMB signing not required", "every negotiation says required", SRV[0], 445,
                          absent="tcp.srcport == 445 && smb2.sec_mode.sign_required == 0")],
            canaries_hidden=[USER, PASSWORD, "canaryshare", SHARE_FILE], proof=["smb2.header.transform.flags || _ws.col.Info contains \"Encrypted\""]))


def smb_guest():
    with Lab() as l:
        s, a = hosts(l)
        conf = smbd(s, "server min protocol = SMB2", "server signing = auto", "map to guest = bad user", "guest account = nobody",
                    "printing = bsd", "printcap name = /dev/null", shares="guest ok = yes")
        account(s, conf)
        start(s, conf)
        mine = client(a, "client min protocol = SMB2", "client ipc signing = auto")
        with l.record("smb-guest") as c:
            a.run(["smbclient", "-s", mine, "-U", "canarynobody%canarywrong", f"//{SRV[0]}/canaryshare", "-c", "ls"])
            a.run(["rpcclient", "-s", mine, "-U", "%", SRV[0], "-c", "srvinfo"], check=False)
            a.run(["rpcclient", "-s", mine, "-U", "%", SRV[0], "-c", "enumprinters"], check=False)
        c.publish(truth(
            "A file server that lets anyone in as a guest (map to guest = bad user), signing not required; then anonymous sessions that open the pipes srvsvc and spoolss.",
            [debian("samba"), debian("smbclient")],
            [service(SRV[0], 445, "smb", "tcp.srcport == 445 && smb2.ses_flags.guest == 1")], devices(),
            [finding("guest session accepted", SRV[0], 445, proof="tcp.srcport == 445 && smb2.ses_flags.guest == 1 && smb2.nt_status == 0"),
             finding("SMB signing not required", SRV[0], 445, proof="tcp.srcport == 445 && smb2.sec_mode.sign_required == 0 && smb2.flags.response == 1")],
            canaries_hidden=["canarynobody", "canaryshare", "canarywrong"]))


def netbios_names():
    with Lab() as l:
        s, a = hosts(l)
        s.prepare.append("mkdir -p /run/samba")
        conf = smbd(s, "server min protocol = NT1", "os level = 65", "preferred master = yes", "local master = yes", "wins support = no",
                    f"interfaces = {SRV[0]}/24", "bind interfaces only = yes")
        mine = client(a, f"interfaces = {PC[0]}/24")
        with l.record("netbios-names") as c:
            s.spawn(f"nmbd -F --no-process-group -s {conf}", udp=(137, 138))
            s.spawn("llmnrd -H nas-imagerie -i eth0", udp=5355)
            time.sleep(14)
            a.run(["nmblookup", "-s", mine, "-B", "10.20.12.255", "NAS-IMAGERIE"], check=False)
            a.run(["nmblookup", "-s", mine, "-B", "10.20.12.255", "WPAD"], check=False)
            a.run(["nmblookup", "-s", mine, "-B", "10.20.12.255", "CANARYNAME"], check=False)
            a.run(["nmblookup", "-s", mine, "-A", SRV[0]], check=False)
            for name in ("nas-imagerie", "wpad", "canaryname"):
                a.run(["llmnr-query", "-c", "1", "-I", "eth0", "-T", "A", name], check=False)
        c.publish(truth(
            "NetBIOS names and announcements of a Samba server that becomes master browser, LLMNR answers, and a station that asks its neighbours for "
            "the server, for WPAD and for a name that nobody has.", [debian("samba"), debian("llmnrd")],
            [service(SRV[0], 137, "nbns", "udp.srcport == 137 && nbns.flags.response == 1 && ip.src == " + SRV[0], transport="udp"),
             service(SRV[0], 5355, "llmnr", "udp.srcport == 5355 && ip.src == " + SRV[0], transport="udp")],
            devices(), [finding("WPAD looked up by NetBIOS and LLMNR", PC[0], proof='nbns.name contains "WPAD" || dns.qry.name == "wpad"')],
            canaries=["canaryname", "canarycomment"], proof=["browser.command == 1 || browser.command == 15"]))


DC = ("10.20.13.10", "ac:1f:6b:20:0d:0a")


def ad_controller():
    with Lab() as l:
        s, a = l.host("dc01", DC[0] + "/24", DC[1]), l.host("poste-12", "10.20.13.50/24", PC[1])
        for h in (s, a):
            h.tmpfs += ["/run"]
        s.bind("/etc/hosts", f"127.0.0.1 localhost\n{DC[0]} dc01.sainte-ausc.example dc01\n")
        a.bind("/etc/hosts", f"127.0.0.1 localhost\n{DC[0]} dc01.sainte-ausc.example dc01\n")
        s.resolver(DC[0], "sainte-ausc.example")
        a.resolver(DC[0], "sainte-ausc.example")
        base = s.folder / "ad"
        s.run(["samba-tool", "domain", "provision", "--server-role=dc", "--realm=SAINTE-AUSC.EXAMPLE", "--domain=SAINTE-AUSC", "--dns-backend=SAMBA_INTERNAL",
               f"--adminpass={PASSWORD}", f"--targetdir={base}", "--host-name=dc01", f"--host-ip={DC[0]}", "--option=server services=-dns"],
              timeout=240)
        conf = f"{base}/etc/smb.conf"
        text = pathlib.Path(conf).read_text().replace("[global]", "[global]\n\tserver services = s3fs, rpc, wrepl, ldap, cldap, kdc, drepl, winbindd, dnsupdate, dns\n\tldap server require strong auth = no\n"
                                                      f"\tpid directory = {base}/run\n\tncalrpc dir = {base}/ncalrpc\n\twinbindd socket directory = {base}/winbindd\n", 1)
        (base / "run").mkdir(exist_ok=True)
        pathlib.Path(conf).write_text(text)
        a.bind("/etc/krb5.conf", "[libdefaults]\n default_realm = SAINTE-AUSC.EXAMPLE\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n udp_preference_limit = 1\n"
               f"[realms]\n SAINTE-AUSC.EXAMPLE = {{\n  kdc = {DC[0]}\n }}\n")
        s.spawn(f"samba -F --no-process-group -s {conf} -M single", (88, 135, 389, 445), udp=(88, 389), timeout=90)
        time.sleep(3)
        a.run(["ldapsearch", "-x", "-H", f"ldap://{DC[0]}", "-b", "", "-s", "base"])
        s.run(["samba-tool", "user", "create", USER, PASSWORD, "-s", conf], timeout=120)
        name = "dc01.sainte-ausc.example"
        with l.record("ad-controller", filter="not port 53 and not arp or arp") as c:
            a.run(["sh", "-c", f"echo '{PASSWORD}' | kinit {USER}@SAINTE-AUSC.EXAMPLE && kvno cifs/{name}"], check=False)
            a.run(["ldapsearch", "-x", "-LLL", "-H", f"ldap://{DC[0]}", "-b", "", "-s", "base", "supportedSASLMechanisms", "dnsHostName", "supportedCapabilities",
                   "defaultNamingContext", "domainFunctionality", "forestFunctionality", "domainControllerFunctionality"])
            a.run(["ldapsearch", "-x", "-LLL", "-H", f"ldap://{DC[0]}", "-D", f"{USER}@SAINTE-AUSC.EXAMPLE", "-w", PASSWORD, "-b", "dc=sainte-ausc,dc=example", "-s", "base", "objectClass"])
            port = int(a.run([DEBIAN_PYTHON, a.write("rpc.py", RPC.format(host=DC[0], user=USER, password=PASSWORD))]).stdout)
            a.run(["net", "-s", client(a), "ads", "info", "-S", DC[0]], check=False)
        c.publish(truth(
            "A Samba Active Directory domain controller: Kerberos over TCP, LDAP (its own description, a simple login in clear), the search for a domain controller over UDP, "
            "remote procedure calls with and without authentication.", [debian("samba"), debian("python3-impacket"), debian("krb5-user"), debian("ldap-utils")],
            [service(DC[0], 88, "kerberos", "tcp.srcport == 88 && kerberos.msg_type == 11"), service(DC[0], 389, "ldap", "tcp.srcport == 389 && ldap.searchResEntry_element"),
             service(DC[0], 135, "msrpc", "tcp.srcport == 135 && dcerpc.pkt_type == 12"),
             service(DC[0], port, "msrpc", f"tcp.srcport == {port} && dcerpc.pkt_type == 12"),
             service(DC[0], 389, "ldap", "udp.srcport == 389 && mscldap.netlogon.flags", transport="udp")],
            [device(*DC), device("10.20.13.50", PC[1])],
            [finding("LDAP login in clear", DC[0], 389, proof="tcp.dstport == 389 && ldap.simple")],
            canaries=[USER, PASSWORD]))


RPC = """
from impacket.dcerpc.v5 import transport, epm, samr, lsad
from impacket.dcerpc.v5.rpcrt import RPC_C_AUTHN_LEVEL_PKT_PRIVACY
t = transport.DCERPCTransportFactory("ncacn_ip_tcp:{host}[135]")
d = t.get_dce_rpc(); d.connect(); d.bind(epm.MSRPC_UUID_PORTMAP)
binding = epm.hept_map("{host}", samr.MSRPC_UUID_SAMR, protocol="ncacn_ip_tcp")
t = transport.DCERPCTransportFactory(binding); t.set_credentials("{user}", "{password}", "SAINTE-AUSC")
d = t.get_dce_rpc(); d.set_auth_level(RPC_C_AUTHN_LEVEL_PKT_PRIVACY); d.connect(); d.bind(samr.MSRPC_UUID_SAMR); samr.hSamrConnect(d)
# The same without logging in: what the server then gives is its own business, but it answers.
d = transport.DCERPCTransportFactory(binding).get_dce_rpc(); d.connect(); d.bind(samr.MSRPC_UUID_SAMR)
try:
    samr.hSamrConnect(d)
except Exception:
    pass
print(binding.split("[")[1].rstrip("]"))
"""


def kerberos_legacy():
    with Lab() as l:
        s, a = l.host("kdc01", SRV[0] + "/24", SRV[1]), l.host("poste-12", PC[0] + "/24", PC[1])
        realm = "LABO.EXAMPLE"
        for h in (s, a):
            h.tmpfs += ["/run"]
        base = s.folder / "kdc"
        base.mkdir()
        s.bind("/etc/krb5.conf", f"[libdefaults]\n default_realm = {realm}\n allow_weak_crypto = true\n permitted_enctypes = rc4-hmac aes256-cts\n dns_lookup_kdc = false\n"
               f"[realms]\n {realm} = {{\n  kdc = {SRV[0]}\n }}\n")
        kdc = s.write("kdc.conf", f"[kdcdefaults]\n kdc_ports = 88\n kdc_tcp_ports = 88\n[realms]\n {realm} = {{\n  database_name = {base}/principal\n  key_stash_file = {base}/stash\n"
                      f"  acl_file = {base}/acl\n  supported_enctypes = rc4-hmac:normal aes256-cts:normal\n  master_key_type = aes256-cts\n }}\n")
        environment = {"KRB5_KDC_PROFILE": kdc}
        s.run(["kdb5_util", "create", "-s", "-r", realm, "-P", "masterkey"], env=environment)
        for query in (f"addprinc -pw {PASSWORD} -e rc4-hmac:normal {USER}", f"addprinc -pw {PASSWORD} +requires_preauth canarystrict",
                      "addprinc -randkey -e rc4-hmac:normal host/serveur-labo.labo.example"):
            s.run(["kadmin.local", "-r", realm, "-q", query], env=environment)
        s.spawn("krb5kdc -n", 88, udp=88, env=environment)
        a.bind("/etc/krb5.conf", pathlib.Path(s.folder / "bound_etc_krb5.conf").read_text().replace("[realms]", " udp_preference_limit = 1\n rdns = false\n[realms]"))
        with l.record("kerberos-legacy") as c:
            a.run(["sh", "-c", f"echo '{PASSWORD}' | kinit {USER} && kvno host/serveur-labo.labo.example"])
            a.run(["sh", "-c", f"echo '{PASSWORD}' | kinit canarystrict"])
            udp = a.write("udp.conf", (a.folder / "bound_etc_krb5.conf").read_text().replace("udp_preference_limit = 1", "udp_preference_limit = 1400"))
            a.run(["sh", "-c", f"echo '{PASSWORD}' | kinit canarystrict && kvno host/serveur-labo.labo.example"], env={"KRB5_CONFIG": udp})
        c.publish(truth(
            "A key distribution centre (MIT) that gives RC4 tickets, and one first ticket without pre-authentication over TCP; then with it, over TCP and UDP.",
            [debian("krb5-kdc"), debian("krb5-user")],
            [service(SRV[0], 88, "kerberos", "tcp.srcport == 88 && kerberos.msg_type == 11"),
             service(SRV[0], 88, "kerberos", "udp.srcport == 88 && kerberos.msg_type == 11", transport="udp")],
            devices(), [finding("Kerberos ticket with RC4", SRV[0], 88, proof="kerberos.msg_type == 13 && kerberos.etype == 23"),
                        finding("first ticket without pre-authentication", SRV[0], 88, proof="tcp.srcport == 88 && kerberos.msg_type == 11")],
            canaries=[USER, "canarystrict"], canaries_hidden=[PASSWORD]))


def ldap_openldap():
    with Lab() as l:
        s, a = l.host("annuaire", SRV[0] + "/24", SRV[1]), l.host("poste-12", PC[0] + "/24", PC[1])
        for h in (s, a):
            h.tmpfs += ["/run"]
        data = s.folder / "data"
        data.mkdir()
        sh(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "825", "-subj", "/CN=annuaire.labo.example", "-keyout", str(s.folder / "key.pem"),
            "-out", str(s.folder / "cert.pem")])
        conf = s.write("slapd.conf", f"""include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {s.folder}/slapd.pid
TLSCertificateFile {s.folder}/cert.pem
TLSCertificateKeyFile {s.folder}/key.pem
password-hash {{CLEARTEXT}}
authz-regexp uid=([^,]*),cn=[^,]*,cn=auth cn=$1,dc=labo,dc=example
database mdb
suffix dc=labo,dc=example
rootdn cn=admin,dc=labo,dc=example
rootpw canaryroot
directory {data}
""")
        ldif = s.write("base.ldif", f"dn: dc=labo,dc=example\nobjectClass: domain\ndc: labo\n\ndn: cn={USER},dc=labo,dc=example\nobjectClass: person\ncn: {USER}\nsn: canaryname\n"
                       f"userPassword: {PASSWORD}\n")
        s.run(["slapadd", "-f", conf, "-l", ldif])
        s.spawn(f"slapd -d 0 -f {conf} -h ldap:///", 389)
        url, base = f"ldap://{SRV[0]}", "dc=labo,dc=example"
        with l.record("ldap-openldap") as c:
            a.run(["ldapsearch", "-x", "-LLL", "-H", url, "-b", "", "-s", "base", "+", "*"])
            a.run(["ldapsearch", "-x", "-LLL", "-H", url, "-b", base, "-s", "sub", "(objectClass=person)", "sn"])
            a.run(["ldapwhoami", "-x", "-H", url, "-D", f"cn={USER},{base}", "-w", PASSWORD])
            a.run(["ldapwhoami", "-x", "-H", url, "-D", f"cn={USER},{base}", "-w", "canarywrong"], check=False)
            a.run(["ldapsearch", "-Y", "DIGEST-MD5", "-O", "maxssf=0", "-LLL", "-H", url, "-U", USER, "-w", PASSWORD, "-b", base, "-s", "base"], check=False)
            a.run(["ldapsearch", "-Y", "DIGEST-MD5", "-LLL", "-H", url, "-U", USER, "-w", PASSWORD, "-b", base, "-s", "base"], check=False)
            a.run(["ldapwhoami", "-x", "-ZZ", "-H", url, "-D", f"cn={USER},{base}", "-w", PASSWORD], env={"LDAPTLS_REQCERT": "never"})
        c.publish(truth(
            "OpenLDAP: its own description and an entry read without logging in, simple logins in clear (one refused), DIGEST-MD5 without and with a security layer, StartTLS.",
            [debian("slapd"), debian("ldap-utils")],
            [service(SRV[0], 389, "ldap", "tcp.srcport == 389 && ldap.searchResEntry_element", starttls=True)], devices(),
            [finding("LDAP login in clear", SRV[0], 389, proof="tcp.dstport == 389 && ldap.simple"),
             finding("entries without a login", SRV[0], 389, proof='tcp.srcport == 389 && ldap.objectName contains "canaryuser"')],
            canaries=[USER, PASSWORD, "canaryname", "canarywrong"]))


if __name__ == "__main__":
    choose(smb_legacy, smb_modern, smb_guest, netbios_names, kerberos_legacy, ldap_openldap, ad_controller)
