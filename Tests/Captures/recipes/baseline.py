"""A small segment that is run as it should be: nothing to find.  python3 baseline.py"""
import os
import shutil
import time

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "dnsmasq-base", "isc-dhcp-client", "ntpsec", "ntpsec-ntpdig", "lldpd", "dcmtk", "openssl", "socat", "nginx-light",
         "curl", "openssh-server", "openssh-client", "krb5-kdc", "krb5-admin-server", "krb5-user", "slapd", "ldap-utils", "samba", "smbclient", "postfix", "swaks",
         "postgresql-15", "postgresql-client-15", "mariadb-server", "mariadb-client", "mosquitto", "mosquitto-clients", "rsyslog", "rsyslog-gnutls", "freeradius", "eapoltest",
         "cups-ipp-utils", "avahi-daemon", "dbus", "snmpd", "snmp")

import certs
import databases
import datasets
import directory
import discovery
import hl7_v2
import mail
import messages
import names
import web
from lab import Lab, choose, debian, decoy, device, service, sh, truth

DOMAIN = "sainte-auscultation.example"
REALM = DOMAIN.upper()
USER, PASSWORD = "canaryuser", "CanaryPwd!42"

PLACES = {
    "sw-imagerie-01": ("10.29.10.3", "00:1b:d5:29:10:03"),      # Cisco
    "dns-01": ("10.29.10.2", "d8:9e:f3:29:10:02"),              # Dell: names, addresses, time
    "pacs-01": ("10.29.10.10", "90:1b:0e:29:10:0a"),            # Fujitsu
    "eai-01": ("10.29.10.11", "d8:9e:f3:29:10:0b"),             # Dell
    "annuaire-01": ("10.29.10.12", "3c:52:82:29:10:0c"),        # Hewlett Packard: Kerberos, LDAP
    "fichiers-01": ("10.29.10.13", "ac:1f:6b:29:10:0d"),        # Supermicro
    "messagerie-01": ("10.29.10.14", "ac:1f:6b:29:10:0e"),
    "bdd-01": ("10.29.10.15", "ac:1f:6b:29:10:0f"),
    "journaux-01": ("10.29.10.16", "ac:1f:6b:29:10:10"),
    "radius-01": ("10.29.10.17", "3c:52:82:29:10:11"),
    "imprimante-01": ("10.29.10.18", "3c:52:82:29:10:12"),
    "onduleur-01": ("10.29.10.19", "00:c0:b7:29:10:13"),        # American Power Conversion
    "ct-scan-01": ("10.29.10.21", "90:1b:0e:29:10:15"),         # Fujitsu: the console of a scanner
    "automate-01": ("10.29.10.22", "00:06:6b:29:10:16"),        # Sysmex
    "poste-radio-01": ("10.29.10.51", "3c:52:82:29:10:33"),     # Hewlett Packard
    "poste-adm-01": ("10.29.10.52", "34:e6:d7:29:10:34"),       # Dell: the administrator's
}
A = {name: place[0] for name, place in PLACES.items()}
DHCP = ("ct-scan-01", "poste-radio-01")


class OwnLab(Lab):
    """A laboratory under a name of its own, beside those of other recipes."""

    def __init__(self, *bridges):
        super().__init__(*bridges)
        self.prefix = "baseline"
        self.ns = f"{self.prefix}-switch"


class Authority:
    """The establishment's own: a root that stations trust, an authority under it that signs, which servers send along."""

    def __init__(self):
        self.root = certs.make("CH de Sainte-Auscultation Racine", authority=True, curve=True, end=3000)
        self.issuer = certs.make("CH de Sainte-Auscultation AC Serveurs", self.root, authority=True, curve=True, end=1500)
        self.facts = {}

    def issue(self, host, curve=True, owner=None):
        """(chain, key, root): files in the host's folder."""
        full = f"{host.name}.{DOMAIN}"
        made = certs.make(full, self.issuer, names=[full], curve=curve)
        self.facts[host.name] = certs.facts(made)
        certificate, key = certs.pem(made)
        files = [host.write("cert.pem", certificate + certs.pem(self.issuer)[0]), host.write("key.pem", key), self.trust(host)]
        if owner:
            sh(["chown", owner, *files[:2]])
            os.chmod(files[1], 0o600)
        return files

    def trust(self, host):
        return host.write("root.pem", certs.pem(self.root)[0])


EAP = """eap {{
 default_eap_type = tls
 timer_expire = 60
 max_sessions = 1024
 tls-config tls-common {{
  private_key_file = {key}
  certificate_file = {chain}
  ca_file = {root}
  cipher_list = "ECDHE+AESGCM"
  tls_min_version = "1.2"
  tls_max_version = "1.2"
  ecdh_curve = ""
 }}
 tls {{
  tls = tls-common
 }}
}}
"""


def baseline_clean():
    with OwnLab() as l:
        h = {}
        for name, (address, mac) in PLACES.items():
            h[name] = l.host(name, None if name in DHCP else address + "/24", mac)
            h[name].resolver(A["dns-01"], DOMAIN)
            h[name].tmpfs.append("/run")
        authority = Authority()

        # --- names, addresses, time, neighbours
        dns = h["dns-01"]
        names.dnsmasq(dns, *(f"dhcp-host={PLACES[n][1]},{A[n]},{n}" for n in DHCP), *(f"host-record={n}.{DOMAIN},{A[n]}" for n in PLACES if n not in DHCP),
                      "dhcp-option=option:ntp-server," + A["dns-01"], "dhcp-option=option:router", first="10.29.10.20", last="10.29.10.90")
        clock = dns.write("ntp.conf", f"driftfile {dns.folder}/drift\nserver 127.127.1.0 minpoll 3 maxpoll 3\nfudge 127.127.1.0 stratum 5\nrestrict default nomodify noquery\n"
                          "restrict 127.0.0.1\n")
        dns.spawn(["ntpd", "-n", "-N", "-g", "-u", "root", "-c", clock], udp=123, env=discovery.kernel_release(dns))

        # --- images and messages
        pacs = h["pacs-01"]
        chain, key, root = authority.issue(pacs, curve=False)
        limit = pacs.write("openssl.cnf", "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMaxProtocol = TLSv1.2\n")
        pacs.spawn(f"storescp +tls {key} {chain} +cf {root} -aet PACS01 --ignore 2762", 2762, env={"OPENSSL_CONF": limit})
        web.nginx(pacs, f"""server_tokens off;
server {{ listen 443 ssl http2; ssl_certificate {chain}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3;
  ssl_ciphers ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305; add_header Strict-Transport-Security max-age=31536000;
  location / {{ return 200 '<html><title>CANARYCONSOLE</title></html>'; }} }}""", 443)
        eai = h["eai-01"]
        chain, key, root = authority.issue(eai)
        eai.spawn(f"{hl7_v2.PEER} serve 2575", 2575)
        eai.spawn(["socat", f"OPENSSL-LISTEN:2576,reuseaddr,fork,cert={chain},key={key},cafile={root},verify=1,openssl-min-proto-version=TLS1.2,"
                   "openssl-max-proto-version=TLS1.2,cipher=ECDHE+AESGCM", "TCP:127.0.0.1:2575"], 2576)
        eai.user(USER, PASSWORD)
        eai.prepare.append("mkdir -p /run/sshd")
        host_key = eai.folder / "ed"
        sh(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(host_key)])
        home = eai.folder / "home"
        home.mkdir()
        user_key = h["poste-adm-01"].folder / "id"
        sh(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(user_key)])
        shutil.copyfile(f"{user_key}.pub", home / "keys")
        os.chmod(home / "keys", 0o644)
        eai.spawn("/usr/sbin/sshd -D -e -f " + eai.write("sshd_config", f"""Port 22
HostKey {host_key}
UsePAM no
PidFile none
PasswordAuthentication no
StrictModes no
AuthorizedKeysFile {home}/keys
KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256
Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com
MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com
"""), 22)

        # --- directory
        directory_host = h["annuaire-01"]
        base = directory_host.folder / "kdc"
        base.mkdir()
        realm = f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n udp_preference_limit = 1\n" \
                f" permitted_enctypes = aes256-cts-hmac-sha384-192 aes256-cts-hmac-sha1-96\n[realms]\n {REALM} = {{\n  kdc = {A['annuaire-01']}\n }}\n"
        for name in ("annuaire-01", "poste-radio-01"):
            h[name].bind("/etc/krb5.conf", realm)
        kdc = directory_host.write("kdc.conf", f"[kdcdefaults]\n kdc_ports = 88\n kdc_tcp_ports = 88\n[realms]\n {REALM} = {{\n  database_name = {base}/principal\n  key_stash_file = {base}/stash\n"
                                   f"  acl_file = {base}/acl\n  supported_enctypes = aes256-cts-hmac-sha1-96:normal\n  default_principal_flags = +preauth\n  master_key_type = aes256-cts\n }}\n")
        settings = {"KRB5_KDC_PROFILE": kdc}
        directory_host.run(["kdb5_util", "create", "-s", "-r", REALM, "-P", "masterkey"], env=settings)
        for query in (f"addprinc -pw {PASSWORD} +requires_preauth {USER}", f"addprinc -randkey host/eai-01.{DOMAIN}"):
            directory_host.run(["kadmin.local", "-r", REALM, "-q", query], env=settings)
        directory_host.spawn("krb5kdc -n", 88, udp=88, env=settings)
        chain, key, root = authority.issue(directory_host)
        data = directory_host.folder / "data"
        data.mkdir()
        suffix = "dc=sainte-auscultation,dc=example"
        slapd = directory_host.write("slapd.conf", f"""include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {directory_host.folder}/slapd.pid
TLSCertificateFile {chain}
TLSCertificateKeyFile {key}
TLSCACertificateFile {root}
TLSProtocolMin 3.3
disallow bind_anon
require bind
security simple_bind=128
database mdb
suffix {suffix}
rootdn cn=admin,{suffix}
directory {data}
""")
        ldif = directory_host.write("base.ldif", f"dn: {suffix}\nobjectClass: domain\ndc: sainte-auscultation\n\ndn: cn={USER},{suffix}\nobjectClass: person\ncn: {USER}\nsn: canaryname\n"
                                    f"userPassword: {PASSWORD}\n")
        directory_host.run(["slapadd", "-f", slapd, "-l", ldif])
        directory_host.spawn(["slapd", "-d", "0", "-f", slapd, "-h", "ldap:/// ldaps:///"], (389, 636))

        # --- files, mail, databases, logs, network access, printing, equipment
        files = h["fichiers-01"]
        configuration = directory.smbd(files, "server min protocol = SMB3_11", "server signing = mandatory", "smb encrypt = required", "ntlm auth = ntlmv2-only", "smb ports = 445", netbios="FICHIERS-01")
        directory.account(files, configuration)
        files.spawn(f"smbd -F --no-process-group -s {configuration}", 445)
        post = h["messagerie-01"]
        chain, key, root = authority.issue(post)
        start, _ = mail.postfix(post, f"smtpd_tls_chain_files = {key}, {chain}\nsmtpd_tls_security_level = encrypt\nsmtpd_tls_mandatory_protocols = >=TLSv1.2\n")
        sh(["sed", "-i", f"s/ch-sainte-auscultation.example/{DOMAIN}/; s/^myhostname.*/myhostname = messagerie-01.{DOMAIN}/; s/^mynetworks.*/mynetworks = 10.29.10.0\\/24/",
            str(post.folder / "postfix/main.cf")])
        post.spawn(start, 25)
        base_host = h["bdd-01"]
        chain, key, root = authority.issue(base_host, owner="postgres:")
        databases.postgres(base_host, 5432, "hostssl all all all scram-sha-256", "-c", "ssl=on", "-c", f"ssl_cert_file={chain}", "-c", f"ssl_key_file={key}", "-c", "ssl_min_protocol_version=TLSv1.2",
                           "-c", "ssl_max_protocol_version=TLSv1.2")
        databases.mariadb(base_host, 3306, f"--ssl-cert={chain}", f"--ssl-key={key}", "--require-secure-transport=ON", "--tls-version=TLSv1.3")
        secrets = base_host.write("passwords", "")
        sh(["mosquitto_passwd", "-b", secrets, USER, PASSWORD])
        base_host.spawn(["mosquitto", "-c", base_host.write("mosquitto.conf", f"user root\nlistener 8883 0.0.0.0\nallow_anonymous false\npassword_file {secrets}\ncertfile {chain}\nkeyfile {key}\n")], 8883)
        logs = h["journaux-01"]
        chain, key, root = authority.issue(logs)
        logs.spawn(["rsyslogd", "-n", "-i", f"{logs.folder}/pid", "-f", logs.write("rsyslog.conf", f"""global(DefaultNetstreamDriver="gtls" DefaultNetstreamDriverCAFile="{root}"
 DefaultNetstreamDriverCertFile="{chain}" DefaultNetstreamDriverKeyFile="{key}" workDirectory="{logs.folder}")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/certvalid")
input(type="imtcp" port="6514")
*.* {logs.folder}/all.log
""")], 6514)
        radius = h["radius-01"]
        chain, key, root = authority.issue(radius)
        sh(f"cp -r /etc/freeradius/3.0 {radius.folder}/raddb")
        radius.write("raddb/clients.conf", f"client commutateurs {{\n ipaddr = {A['sw-imagerie-01']}\n secret = canarysecret\n require_message_authenticator = yes\n}}\n")
        radius.write("raddb/mods-available/eap", EAP.format(chain=chain, key=key, root=root))
        (radius.folder / "raddb/mods-enabled/eap").unlink(missing_ok=True)
        radius.write("raddb/mods-enabled/eap", EAP.format(chain=chain, key=key, root=root))
        sh(f"chmod -R a+rX {radius.folder}/raddb")
        sh(["sed", "-i", "s/^\\(\\s*user = \\).*/\\1root/; s/^\\(\\s*group = \\).*/\\1root/", f"{radius.folder}/raddb/radiusd.conf"])
        radius.tmpfs.append("/var/log/freeradius")
        radius.prepare.append("mkdir -p /run/freeradius")
        radius.spawn(["freeradius", "-f", "-l", f"{radius.folder}/log", "-d", f"{radius.folder}/raddb"], udp=[1812], timeout=60)
        printer = h["imprimante-01"]
        chain, key, root = authority.issue(printer)
        store = printer.folder / "ssl"
        store.mkdir()
        for called in ("imprimante-01", "imprimante-01.local", f"imprimante-01.{DOMAIN}"):
            shutil.copyfile(chain, store / f"{called}.crt")
            shutil.copyfile(key, store / f"{called}.key")
        # Only its printing service is meant to be heard.
        printer.bind("/etc/avahi/avahi-daemon.conf", "[server]\nallow-interfaces=lo\nuse-ipv6=no\n")
        printer.prepare.append("mkdir -p /run/dbus && dbus-daemon --system --fork --nopidfile && (avahi-daemon -D --no-drop-root --no-chroot --no-rlimits || true) && sleep 1")
        printer.spawn(["ippeveprinter", "-M", "Laennec", "-m", "LaserJet 4200", "-s", "10", "-p", "631", "-r", "off", "-K", str(store), "-d", str(printer.folder),
                       "imprimante-01"], 631)
        ups = h["onduleur-01"]
        ups.prepare.append(f"mkdir -p {ups.folder}/persist")
        ups.spawn(f"snmpd -f -Lf {ups.folder}/log -C -c " + ups.write("snmpd.conf", f"""agentaddress udp:161
sysDescr APC Smart-UPS
sysName onduleur-01
createUser canaryv3user SHA-256 CanaryPwd42v3 AES CanaryPwd42priv
rouser canaryv3user authPriv
""") + f" -p {ups.folder}/pid -I -smux", udp=161, env={"SNMP_PERSISTENT_DIR": str(ups.folder / "persist")})

        # --- the stations' side
        ct, analyser, desk, admin, switch = (h[n] for n in ("ct-scan-01", "automate-01", "poste-radio-01", "poste-adm-01", "sw-imagerie-01"))
        ct_chain, ct_key, ct_root = authority.issue(ct, curve=False)
        analyser_chain, analyser_key, analyser_root = authority.issue(analyser)
        desk_root, admin_root = authority.trust(desk), authority.trust(admin)
        switch_chain, switch_key, switch_root = authority.issue(switch)
        image = datasets.save(datasets.image("ct", 1, size=32), ct.folder / "1.dcm")
        report = analyser.write("oru.hl7", messages.oru())
        switch.prepare.append("mkdir -p /run/lldpd /var/run/lldpd")
        with l.record("baseline-clean") as c:
            neighbour = switch.write("lldpd.conf", "configure lldp tx-interval 5\nconfigure system hostname sw-imagerie-01\nconfigure system platform 'C1000-24T'\n"
                                     "configure system description 'Commutateur imagerie'\nconfigure system capabilities enabled bridge\n")
            switch.spawn(f"lldpd -d -I eth0 -m {A['sw-imagerie-01']} -O {neighbour} -u /run/lldpd/socket".split())
            for name, vendor in (("ct-scan-01", "MSFT 5.0"), ("poste-radio-01", "MSFT 5.0")):
                names.dhclient(h[name], name, vendor, A[name])
            full = {n: f"{n}.{DOMAIN}" for n in PLACES}
            desk.run(f"ntpdig -t 4 {full['dns-01']}", check=False)     # it answers; it is not sure of its clock before many minutes
            ct.run(f"storescu +tls {ct_key} {ct_chain} +cf {ct_root} -aet CT1 -aec PACS01 {full['pacs-01']} 2762 {image}")
            desk.run(["curl", "-sS", "--cacert", desk_root, f"https://{full['pacs-01']}/"])
            desk.run(["curl", "-sS", "--tls-max", "1.2", "--cacert", desk_root, f"https://{full['pacs-01']}/"])
            tunnel = analyser.spawn(["socat", "TCP-LISTEN:2575,bind=127.0.0.1,reuseaddr,fork", f"OPENSSL:{full['eai-01']}:2576,cert={analyser_chain},key={analyser_key},cafile={analyser_root},verify=1"],
                                    2575)
            analyser.run(f"{hl7_v2.PEER} send 127.0.0.1 2575 {report}")
            tunnel.terminate()
            admin.run(f"ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -F none -i {user_key} {USER}@{full['eai-01']} true")
            desk.run(["sh", "-c", f"echo '{PASSWORD}' | kinit {USER} && kvno host/eai-01.{DOMAIN}"], env={"KRB5CCNAME": f"{desk.folder}/tickets"})
            trust = {"LDAPTLS_CACERT": desk_root}
            bind = ["-x", "-D", f"cn={USER},{suffix}", "-w", PASSWORD]
            desk.run(["ldapwhoami", "-H", f"ldaps://{full['annuaire-01']}", *bind], env=trust)
            desk.run(["ldapwhoami", "-ZZ", "-H", f"ldap://{full['annuaire-01']}", *bind], env=trust)
            mine = directory.client(desk, "client min protocol = SMB3_11", "client signing = required", "client smb encrypt = required", "client use kerberos = off")
            desk.run(["smbclient", "-s", mine, "-U", f"{USER}%{PASSWORD}", f"//{full['fichiers-01']}/canaryshare", "-c", "ls"])
            desk.run(["swaks", "--server", full["messagerie-01"], "--ehlo", full["poste-radio-01"], "--from", f"canaryfrom@{DOMAIN}", "--to", f"canaryto@{DOMAIN}",
                      "--data", "Subject: CANARYSUJET\\n\\nCANARYCONTENU\\n", "-tls", "--tls-ca-path", desk_root, "--tls-verify"])
            admin.run(["psql", "-U", USER, "-h", full["bdd-01"], "-d", "postgres", "-Atc", "SELECT 'ZZCANARYDUPONT'"],
                      env={"PGPASSWORD": PASSWORD, "PGSSLMODE": "verify-full", "PGSSLROOTCERT": admin_root, "PGGSSENCMODE": "disable"})
            admin.run(["mariadb", "--no-defaults", "-h", full["bdd-01"], f"-u{USER}", f"-p{PASSWORD}", "--ssl", f"--ssl-ca={admin_root}", "--ssl-verify-server-cert", "-e",
                       "SELECT nom FROM canarybase.t"])
            analyser.run(["mosquitto_pub", "-h", full["bdd-01"], "-p", "8883", "--cafile", analyser_root, "-u", USER, "-P", PASSWORD, "-t", "canary/labo", "-m", "CANARYMESSAGE", "-i", "canaryclient"])
            sender = eai.spawn(["rsyslogd", "-n", "-i", f"{eai.folder}/pid", "-f", eai.write("rsyslog.conf", f"""global(DefaultNetstreamDriver="gtls"
 DefaultNetstreamDriverCAFile="{eai.folder}/root.pem" DefaultNetstreamDriverCertFile="{eai.folder}/cert.pem" DefaultNetstreamDriverKeyFile="{eai.folder}/key.pem" workDirectory="{eai.folder}")
module(load="imuxsock" SysSock.Name="{eai.folder}/log")
*.* action(type="omfwd" target="{full['journaux-01']}" port="6514" protocol="tcp" StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="{full['journaux-01']}")
""")])
            time.sleep(1)
            eai.run(["logger", "-u", f"{eai.folder}/log", "CANARYJOURNAL"])
            time.sleep(1)
            sender.terminate()
            supplicant = switch.write("eap.conf", f"""network={{
 key_mgmt=IEEE8021X
 eapol_flags=0
 eap=TLS
 identity="canaryanonymous"
 ca_cert="{switch_root}"
 client_cert="{switch_chain}"
 private_key="{switch_key}"
}}
""")
            switch.run(f"eapol_test -c {supplicant} -a {A['radius-01']} -p 1812 -s canarysecret -t 5 -n")
            request = desk.write("request", mail.ipp_request(0x000B, []))
            desk.run(["curl", "-sS", "-o", "/dev/null", "--cacert", desk_root, "-H", "Content-Type: application/ipp", "-H", "Host: imprimante-01.local:631", "--data-binary", f"@{request}", f"https://{full['imprimante-01']}:631/ipp/print"])
            admin.run(f"snmpget -v3 -l authPriv -u canaryv3user -a SHA-256 -A CanaryPwd42v3 -x AES -X CanaryPwd42priv {A['onduleur-01']} .1.3.6.1.2.1.1.1.0",
                      env={"SNMP_PERSISTENT_DIR": str(admin.folder), "MIBS": ""})
            time.sleep(2)
        tls13 = "tls.handshake.type == 2 && tls.handshake.extensions.supported_version == 0x0304"

        def inside(name, port, version="1.2", **more):
            """A service in TLS; in 1.3 its certificate is not seen."""
            proof = f"tcp.srcport == {port} && " + (tls13 if version == "1.3" else "tls.handshake.type == 11")
            fields = {"tls_version": version, **({} if version == "1.3" else {"certificate": authority.facts[name]}), **more}
            return service(A[name], port, "tls", proof, **fields)

        c.publish(truth(
            "A small segment that is run as it should be: an internal authority whose chain the servers send and whose names match, TLS 1.2 and 1.3 for images, messages, consoles, directory, "
            "mail, databases, logs and printing, SSH with keys and current algorithms, Kerberos with AES, SMB 3.1.1 signed and encrypted, SNMP version 3 with "
            "privacy, EAP-TLS, a time server that answers no questions about itself. The analyser's and the engine's TLS is socat's, around HL7 of their own.",
            [debian(p) for p in ("dnsmasq-base", "isc-dhcp-client", "ntpsec", "lldpd", "dcmtk", "socat", "nginx-light", "curl", "openssh-server", "krb5-kdc", "slapd", "samba", "smbclient", "postfix",
                                 "swaks", "postgresql-15", "mariadb-server", "mosquitto", "rsyslog-gnutls", "freeradius", "eapoltest", "cups-ipp-utils", "snmpd")],
            [service(A["dns-01"], 53, "dns", "udp.srcport == 53", transport="udp"), service(A["dns-01"], 67, "dhcp", "udp.srcport == 67", transport="udp"),
             service(A["dns-01"], 123, "ntp", "udp.srcport == 123 && ntp.flags.mode == 4", transport="udp"),
             inside("pacs-01", 2762), service(A["pacs-01"], 443, "tls", "tcp.srcport == 443 && tls.handshake.type == 11", tls_versions=["1.2", "1.3"], certificate=authority.facts["pacs-01"]), inside("eai-01", 2576),
             service(A["eai-01"], 22, "ssh", 'tcp.srcport == 22 && tcp contains "SSH-2.0-OpenSSH"'),
             service(A["annuaire-01"], 88, "kerberos", "tcp.srcport == 88 && kerberos.msg_type == 11"), inside("annuaire-01", 636, "1.3"),
             service(A["annuaire-01"], 389, "ldap", "tcp.srcport == 389 && tls.handshake.type == 2", tls_version="1.3"),
             service(A["fichiers-01"], 445, "smb", "tcp.srcport == 445 && smb2.dialect == 0x0311"),
             service(A["messagerie-01"], 25, "smtp", 'tcp.srcport == 25 && tcp contains "STARTTLS"', tls_version="1.3"),
             service(A["bdd-01"], 5432, "postgresql", "tcp.srcport == 5432 && tls.handshake.type == 11", encryption=["used"], tls_version="1.2", certificate=authority.facts["bdd-01"]),
             service(A["bdd-01"], 3306, "mysql", "tcp.srcport == 3306 && tls.handshake.type == 2", encryption=["offered", "used"], tls_version="1.3"),
             inside("bdd-01", 8883, "1.3"), inside("journaux-01", 6514, "1.3"),
             service(A["radius-01"], 1812, "radius", "radius.code == 2 && radius.Message_Authenticator", transport="udp", methods=["eap"], eap=["tls"]),
             inside("imprimante-01", 631, "1.3"),
             service(A["onduleur-01"], 161, "snmp", "udp.srcport == 161 && snmp.msgVersion == 3", transport="udp", versions=["3"])],
            [device(*place, name=name) if name in DHCP or name == "sw-imagerie-01" else device(*place) for name, place in PLACES.items()],
            canaries=[USER, "canaryanonymous", "canaryv3user"],
            canaries_hidden=[PASSWORD, "CanaryPwd42v3", "CanaryPwd42priv", "canarysecret", "CANARYCONSOLE", "CANARYSUJET", "CANARYCONTENU", "ZZCANARYDUPONT", "CANARYMESSAGE", "CANARYJOURNAL",
                             "canaryshare"], decode_as=["tcp.port==631,tls"]))


if __name__ == "__main__":
    choose(baseline_clean)
