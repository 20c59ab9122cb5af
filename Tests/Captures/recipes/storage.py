"""Network storage, backup, server management and the old Unix protocols.  python3 storage.py [NAME…]"""
import os
import time

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "rpcbind", "nfs-common", "nfs-ganesha", "nfs-ganesha-vfs", "libnfs-utils", "tgt", "libiscsi-bin", "rsync", "atftpd",
         "atftp", "openipmi", "ipmitool", "rsh-redone-server", "rsh-redone-client", "inetutils-inetd", "xvfb", "x11-utils", "xauth", "xdm", "xserver-xephyr",
         "bacula-director", "bacula-director-sqlite3", "bacula-sd", "bacula-fd", "bacula-console", "openssl", "sqlite3")

from lab import PYTHON, Lab, choose, debian, decoy, device, finding, service, truth

USER, PASSWORD = "canaryuser", "CanaryPwd42"
NAS = ("10.20.14.10", "00:11:32:20:14:0a")        # Synology
SRV = ("10.20.14.30", "ac:1f:6b:20:14:1e")        # Supermicro
ADM = ("10.20.14.50", "34:e6:d7:20:14:32")        # Dell


class StorageLab(Lab):
    """A laboratory of its own name, where several run on one machine."""

    def __init__(self, *bridges):
        super().__init__(*bridges)
        self.prefix = os.environ.get("LAENNEC_LAB_PREFIX", "laennec-storage")
        self.ns = f"{self.prefix}-switch"


def pair(l, server=NAS, name="nas-imagerie", client=SRV, client_name="pacs-01"):
    s, c = l.host(name, server[0] + "/24", server[1]), l.host(client_name, client[0] + "/24", client[1])
    for host in (s, c):
        host.tmpfs += ["/run", "/tmp/.X11-unix"]
    return s, c


def devices(server=NAS, client=SRV):
    return [device(*server), device(*client)]


def nfs():
    with StorageLab() as l:
        s, c = pair(l)
        share = s.folder / "share"
        s.prepare.append(f"mkdir -p /run/rpcbind /run/ganesha /run/dbus; mount --bind {share} /mnt")
        for path, text in (("CanaryDirectory/CanaryFile-DUPONT.dcm", "canary contents\n"), ("readme.txt", "hello\n")):
            (share / path).parent.mkdir(parents=True, exist_ok=True)
            (share / path).write_text(text)
        config = s.write("ganesha.conf", f"""
NFS_CORE_PARAM {{ Protocols = 3,4; MNT_Port = 20048; NLM_Port = 32803; Rquota_Port = 875; Enable_NLM = false; Enable_RQUOTA = false; }}
NFSv4 {{ Graceless = true; RecoveryBackend = fs; RecoveryRoot = "{s.folder}/recovery"; }}
EXPORT {{ Export_Id = 1; Path = /mnt; Pseudo = /CanaryShare; Access_Type = RW; Squash = no_root_squash; SecType = sys; Protocols = 3,4; Transports = TCP,UDP;
  FSAL {{ Name = VFS; }} }}
""")
        (s.folder / "recovery").mkdir()
        # One namespace of mounts for both, as the server registers itself through a socket in /run.
        s.spawn(["sh", "-c", f"rpcbind -w; sleep 0.5; exec ganesha.nfsd -F -f {config} -L /dev/stderr -N EVENT -p {s.folder}/pid"], (111, 2049, 20048), udp=111, timeout=40)
        time.sleep(2)
        with l.record("nfs-sys") as r:
            c.run(f"rpcinfo -p {NAS[0]}", check=False)
            c.run(f"showmount -e {NAS[0]}", check=False)
            c.run(f"nfs-ls nfs://{NAS[0]}/mnt?version=3", check=False)
            c.run(f"nfs-cat nfs://{NAS[0]}/mnt/CanaryDirectory/CanaryFile-DUPONT.dcm?version=3", check=False)
            c.run(f"nfs-cat nfs://{NAS[0]}/CanaryShare/CanaryDirectory/CanaryFile-DUPONT.dcm?version=4", check=False)
        r.publish(truth("A file server without Kerberos: port mapper, MOUNT and NFS versions 3 and 4 with AUTH_SYS; a client lists the programs and the shares and reads a file by both versions.",
                        [debian("nfs-ganesha"), debian("rpcbind"), debian("libnfs-utils"), debian("nfs-common")],
                        [service(NAS[0], 111, "rpc", "tcp.srcport == 111 && portmap"), service(NAS[0], 2049, "nfs", "tcp.srcport == 2049 && nfs", versions=["3", "4.0"], authentication="sys"),
                         service(NAS[0], 20048, "rpc", "tcp.srcport == 20048 && mount")], devices(),
                        [finding("NFS served on the word of the client machine", NAS[0], 2049, proof="tcp.dstport == 2049 && rpc.auth.flavor == 1 && nfs"),
                         finding("shares offered to everyone", NAS[0], 20048, proof="mount.export.directory && tcp.srcport == 20048")],
                        [], ["CanaryFile-DUPONT.dcm", "CanaryShare", "CanaryDirectory", "canary contents"]))


def iscsi():
    with StorageLab() as l:
        s, c = pair(l)
        disk = s.folder / "disk"
        disk.write_bytes(bytes(1 << 20))
        # One shell for all, as the program is set up through a socket in /run.
        steps = ["tgtd -f -C 7 & sleep 1"]
        for number, name in ((1, "iqn.2026-01.org.example.nas:pacs-cache"), (2, "iqn.2026-01.org.example.nas:sauvegardes")):
            steps += [f"target --op new --tid {number} -T {name}", f"logicalunit --op new --tid {number} --lun 1 -b {disk}", f"target --op bind --tid {number} -I ALL"]
        steps += [f"account --op new --user {USER} --password {PASSWORD}", f"account --op bind --tid 2 --user {USER}"]
        script = s.write("tgtd.sh", "\n".join([steps[0]] + [f"tgtadm -C 7 --lld iscsi --mode {step}" for step in steps[1:]]) + "\nwait\n")
        s.spawn(["sh", script], 3260)
        time.sleep(2)
        initiator = "iqn.2026-01.org.example:pacs-01"
        with l.record("iscsi") as r:
            c.run(f"iscsi-ls -i {initiator} iscsi://{NAS[0]}", check=False)
            c.run(f"iscsi-inq -i {initiator} iscsi://{NAS[0]}/iqn.2026-01.org.example.nas:pacs-cache/1", check=False)
            c.run(f"iscsi-inq -i {initiator} iscsi://{USER}%{PASSWORD}@{NAS[0]}/iqn.2026-01.org.example.nas:sauvegardes/1", check=False)
            c.run(f"iscsi-inq -i {initiator} iscsi://{USER}%wrong{PASSWORD}@{NAS[0]}/iqn.2026-01.org.example.nas:sauvegardes/1", check=False)
        r.publish(truth("iSCSI: a discovery without authentication, one target without, one with CHAP (a login that succeeds, one that fails).", [debian("tgt"), debian("libiscsi-bin")],
                        [service(NAS[0], 3260, "iscsi", 'tcp.srcport == 3260 && iscsi.login.status == 0', targets=["iqn.2026-01.org.example.nas:pacs-cache"],
                                 clients=[{"address": SRV[0], "initiator": initiator}])], devices(),
                        [finding("disks reachable without authentication", NAS[0], 3260, proof='tcp.dstport == 3260 && tcp contains "pacs-cache"')],
                        [], [USER], canaries_hidden=[PASSWORD]))


def rsync():
    with StorageLab() as l:
        s, c = pair(l, name="sauvegarde-01")
        (s.folder / "data").mkdir()
        (s.folder / "data/CanaryFile.sql").write_text("canary dump\n")
        secrets = s.write("secrets", f"{USER}:{PASSWORD}\n")
        os.chmod(secrets, 0o600)
        config = s.write("rsyncd.conf", f"use chroot = no\n[CanaryOpen]\npath = {s.folder}/data\nread only = yes\n[CanaryGuarded]\npath = {s.folder}/data\nauth users = {USER}\nsecrets file = {secrets}\n")
        s.spawn(f"rsync --daemon --no-detach --config={config}", 873)
        with l.record("rsync-daemon") as r:
            c.run(f"rsync rsync://{NAS[0]}/", check=False)
            c.run(f"rsync -r rsync://{NAS[0]}/CanaryOpen/ {c.folder}/got", check=False)
            for password in (PASSWORD, "wrong"):
                c.run(f"rsync -r rsync://{USER}@{NAS[0]}/CanaryGuarded/ {c.folder}/guarded", check=False, env={"RSYNC_PASSWORD": password})
        r.publish(truth("rsync's own daemon: the list of its modules, one without a password, one with (right and wrong).", [debian("rsync")],
                        [service(NAS[0], 873, "rsync", 'tcp.srcport == 873 && tcp contains "@RSYNCD: OK"', version="32.0")], devices(),
                        [finding("files given without a password", NAS[0], 873, proof='tcp.dstport == 873 && tcp contains "CanaryOpen"')],
                        [], ["CanaryOpen", "CanaryGuarded", "CanaryFile.sql", "canary dump", USER], canaries_hidden=[PASSWORD]))


def tftp():
    with StorageLab() as l:
        s, c = pair(l, name="deploiement", client_name="switch-02")
        root = s.folder / "tftp"
        root.mkdir()
        os.chmod(root, 0o777)
        for name in ("canary-running.cfg", "canarypxe.0", "canary-firmware.bin"):
            (root / name).write_bytes(b"enable secret CanarySecret\n" * 30)
            os.chmod(root / name, 0o666)
        s.spawn(f"atftpd --daemon --no-fork --user root --group root --logfile - {root}", udp=69)
        (c.folder / "canary-up.conf").write_text("hostname canary\n")
        with l.record("tftp") as r:
            for name in ("canary-running.cfg", "canarypxe.0", "canary-firmware.bin", "canary-unknown"):
                c.run(f"atftp -g -r {name} -l {c.folder}/{name} {NAS[0]}", check=False)
            c.run(f"atftp --option 'blksize 1024' --option 'tsize 0' -g -r canary-running.cfg -l {c.folder}/again {NAS[0]}", check=False)
            c.run(f"atftp -p -l {c.folder}/canary-up.conf -r canary-up.conf {NAS[0]}", check=False)
        r.publish(truth("TFTP: a configuration, a boot image and firmware read, a configuration written, a file that is not there.", [debian("atftpd"), debian("atftp")],
                        [service(NAS[0], 69, "tftp", "udp.dstport == 69 && tftp", transport="udp")], devices(),
                        [finding("configuration fetched by TFTP", NAS[0], 69, "udp", proof='tftp.opcode == 1 && tftp.source_file contains ".cfg"')],
                        [], ["canary-running", "canarypxe", "canary-firmware", "canary-up", "CanarySecret"]))


def bacula():
    with StorageLab() as l:
        s, d = l.host("sauvegarde-01", NAS[0] + "/24", NAS[1]), l.host("bacula-dir", SRV[0] + "/24", SRV[1])
        c, a = l.host("pacs-01", "10.20.14.40/24", "00:50:56:20:14:28"), l.host("admin", ADM[0] + "/24", ADM[1])
        for host in (s, d, c, a):
            host.tmpfs.append("/run")
        for host in (s, d, c, a):
            os.makedirs(host.folder / "work", exist_ok=True)
        (s.folder / "volumes").mkdir()
        (c.folder / "data").mkdir()
        (c.folder / "data/CanaryFile.txt").write_text("canary contents\n")
        for host in (s, d, c, a):
            host.prepare.append(f"mount --bind {host.folder} /mnt")
        common = lambda host: 'WorkingDirectory = "/mnt/work"; Pid Directory = "/mnt/work";'
        for file in certificate_pair(d):
            a.write(file.name, file.read_bytes())
        sd = s.write("sd.conf", f"""Storage {{ Name = sauvegarde-sd; {common(s)} SDPort = 9103; SDAddress = {NAS[0]}; }}
Director {{ Name = bacula-dir; Password = "{PASSWORD}"; }}
Device {{ Name = File; Media Type = File; Archive Device = /mnt/volumes; LabelMedia = yes; Random Access = Yes; AutomaticMount = yes; RemovableMedia = no; AlwaysOpen = no; }}
Messages {{ Name = Standard; director = bacula-dir = all; }}
""")
        fd = c.write("fd.conf", f"""FileDaemon {{ Name = pacs-fd; {common(c)} FDPort = 9102; FDAddress = 10.20.14.40; }}
Director {{ Name = bacula-dir; Password = "{PASSWORD}"; }}
Messages {{ Name = Standard; director = bacula-dir = all, !skipped, !restored; }}
""")
        db = d.folder / "work" / "bacula.db"
        script = open("/usr/share/bacula-director/make_sqlite3_tables").read() if os.path.exists("/usr/share/bacula-director/make_sqlite3_tables") else ""
        start = script.index("BEGIN") if "BEGIN" in script else 0
        sql = script[script.index("\n", script.index("<<")) + 1:script.rindex("END-OF-DATA")] if "END-OF-DATA" in script else ""
        lab.sh(["sqlite3", str(db)], input=sql)
        secure = f'TLS Enable = yes; TLS Require = yes; TLS Verify Peer = no; TLS CA Certificate File = /mnt/certificate.pem; TLS Certificate = /mnt/certificate.pem; TLS Key = /mnt/key.pem;'
        dir_ = d.write("dir.conf", f"""Director {{ Name = bacula-dir; DIRport = 9101; DirAddress = {SRV[0]}; QueryFile = "/etc/bacula/scripts/query.sql"; {common(d)} Password = "{PASSWORD}"; Messages = Daemon; }}
Console {{ Name = {USER}; Password = "{PASSWORD}"; {secure} CommandACL = *all*; ClientACL = *all*; JobACL = *all*; CatalogACL = *all*; PoolACL = *all*; StorageACL = *all*; FileSetACL = *all*; ScheduleACL = *all*; WhereACL = *all*; }}
JobDefs {{ Name = Default; Type = Backup; Level = Full; Client = pacs-fd; FileSet = Data; Storage = File1; Messages = Daemon; Pool = File; Priority = 10; }}
Job {{ Name = Nuit; JobDefs = Default; }}
FileSet {{ Name = Data; Include {{ Options {{ signature = MD5; }} File = /mnt/data; }} }}
Client {{ Name = pacs-fd; Address = 10.20.14.40; FDPort = 9102; Catalog = MyCatalog; Password = "{PASSWORD}"; }}
Storage {{ Name = File1; Address = {NAS[0]}; SDPort = 9103; Password = "{PASSWORD}"; Device = File; Media Type = File; }}
Catalog {{ Name = MyCatalog; dbname = bacula; dbuser = ""; dbpassword = ""; }}
Pool {{ Name = File; Pool Type = Backup; Label Format = "Vol-"; }}
Messages {{ Name = Daemon; console = all, !skipped, !saved; }}
""")
        bc = a.write("bconsole.conf", f'Director {{ Name = bacula-dir; DIRport = 9101; address = {SRV[0]}; Password = "{PASSWORD}"; }}\n')
        named = a.write("named.conf", f'Director {{ Name = bacula-dir; DIRport = 9101; address = {SRV[0]}; Password = "x"; }}\nConsole {{ Name = {USER}; Password = "{PASSWORD}"; {secure.replace("TLS Verify Peer = no; ", "")} }}\n')
        s.spawn(f"bacula-sd -f -c {sd}", 9103)
        c.spawn(f"bacula-fd -f -c {fd}", 9102)
        d.spawn(f"bacula-dir -f -c {dir_}", 9101)
        with l.record("bacula") as r:
            done = a.run(f"bconsole -c {bc}", input="status director\nrun job=Nuit yes\nwait\nmessages\nquit\n", check=False)
            done = a.run(f"bconsole -c {named}", input="version\nquit\n", check=False)
        r.publish(truth("Bacula without TLS: a console asks the director for a backup; director, storage daemon and file daemon. Then a named console of which the director requires TLS.",
                        [debian("bacula-director"), debian("bacula-sd"), debian("bacula-fd"), debian("bacula-console")],
                        [service(SRV[0], 9101, "bacula", 'tcp.srcport == 9101 && tcp contains "1000 OK"', version="9.6.7", starttls=True), service(NAS[0], 9103, "bacula", 'tcp.srcport == 9103 && tcp contains "3000 OK Hello"'),
                         service("10.20.14.40", 9102, "bacula", 'tcp.srcport == 9102 && tcp contains "2000 OK Hello"')],
                        devices() + [device("10.20.14.40", "00:50:56:20:14:28"), device(*ADM)],
                        [finding("backup in clear", NAS[0], 9103, proof='tcp.dstport == 9103 && tcp contains "canary contents"')],
                        [], [USER, "CanaryFile.txt", "canary contents"], canaries_hidden=[PASSWORD]))


def certificate_pair(host):
    certificate, key = host.folder / "certificate.pem", host.folder / "key.pem"
    lab.sh(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bacula-dir", "-days", "700", "-keyout", str(key), "-out", str(certificate)])
    return certificate, key


def ipmi():
    with StorageLab() as l:
        s, c = pair(l, SRV, "bmc-pacs-01", ADM, "admin")
        levels = "none straight md2 md5"
        config = s.write("lan.conf", f"""name "bmc"
set_working_mc 0x20
  startlan 1
    addr {SRV[0]} 623
    priv_limit admin
    allowed_auths_callback {levels}
    allowed_auths_user {levels}
    allowed_auths_operator {levels}
    allowed_auths_admin {levels}
    guid a123456789abcdefa123456789abcdef
  endlan
  user 1 true "" "" user 10 none straight md2 md5
  user 2 true "{USER}" "{PASSWORD}" admin 10 none straight md2 md5
""")
        commands = s.write("bmc.emu", "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x2a7c 0x0a1b persist_sdr\nmc_enable 0x20\n")
        (s.folder / "state").mkdir()
        s.spawn(f"ipmi_sim -n -d -c {config} -f {commands} -s {s.folder}/state", udp=623)
        tool = f"ipmitool -H {SRV[0]} -N 1 -R 1"
        with l.record("ipmi") as r:
            for what in (f"-I lanplus -C 3 -U {USER} -P {PASSWORD} mc info", f"-I lanplus -C 0 -U {USER} -P wrong mc info", f"-I lanplus -C 3 -U {USER} -P wrong mc info",
                         f"-I lan -A PASSWORD -U {USER} -P {PASSWORD} mc info", f"-I lan -A MD5 -U {USER} -P {PASSWORD} mc info", f"-I lan -A NONE -U {USER} -L USER mc info"):
                done = c.run(f"{tool} {what}", check=False)
            c.run(f"rmcp_ping -t 1 {SRV[0]}", check=False)
        r.publish(truth("A management controller: sessions of IPMI 2.0 with cipher suites 3 and 0 (no authentication at all), one refused, and of IPMI 1.5 with the password in clear, with MD5 and with none.",
                        [debian("openipmi"), debian("ipmitool")], [service(SRV[0], 623, "ipmi", "udp.srcport == 623 && rmcp", transport="udp", versions=["1.5", "2.0"])], devices(SRV, ADM),
                        [finding("IPMI session without authentication (cipher suite 0)", SRV[0], 623, "udp", proof="rmcp && udp.srcport == 623"),
                         finding("password in clear", SRV[0], 623, "udp", proof=f'udp contains "{PASSWORD}"')], [], [USER, PASSWORD]))


REXEC = "import ctypes, sys\nlibc = ctypes.CDLL('libc.so.6')\nhost = ctypes.c_char_p(sys.argv[1].encode())\n" \
        "fd = libc.rexec(ctypes.byref(host), ctypes.c_int(int.from_bytes((512).to_bytes(2, 'big'), 'little')), sys.argv[2].encode(), sys.argv[3].encode(), sys.argv[4].encode(), None)\n" \
        "import os\nprint(os.read(fd, 200) if fd >= 0 else fd)\n"


def unix_remote():
    with StorageLab() as l:
        s, c = pair(l, name="station-unix", client_name="console-unix")
        s.user(USER, PASSWORD)
        c.user(USER, PASSWORD)
        s.bind("/etc/hosts", f"127.0.0.1 localhost\n{SRV[0]} console-unix\n{NAS[0]} station-unix\n")
        for host in (s, c):
            host.bind("/etc/passwd", open(host.binds["/etc/passwd"]).read().replace(":/:/bin/sh", ":/home:/bin/sh"))
        home = s.folder / "home"
        home.mkdir()
        (home / ".rhosts").write_text("console-unix root\n")
        os.chown(home, 4242, 4242)
        os.chown(home / ".rhosts", 4242, 4242)
        os.chmod(home / ".rhosts", 0o600)
        s.prepare.append(f"mount --bind {home} /home")
        rexecd = os.environ.get("REXECD", "/usr/sbin/in.rexecd")
        s.bind("/etc/pam.d/rlogin", "auth sufficient pam_rhosts.so\nauth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\npassword required pam_unix.so\n")
        s.bind("/etc/pam.d/rsh", "auth required pam_rhosts.so\naccount required pam_permit.so\nsession required pam_permit.so\n")
        if os.path.exists("/etc/pam.d/login"):
            s.bind("/etc/pam.d/login", "auth required pam_unix.so nullok\naccount required pam_permit.so\nsession required pam_permit.so\n")
        inetd = s.write("inetd.conf", "login stream tcp nowait root /usr/sbin/in.rlogind in.rlogind\nshell stream tcp nowait root /usr/sbin/in.rshd in.rshd\n"
                        + (f"exec stream tcp nowait root {rexecd} in.rexecd\n" if os.path.exists(rexecd) else ""))
        s.spawn(f"inetutils-inetd -d {inetd}", (513, 514))
        client = c.write("rexec.py", REXEC)
        typed = c.write("typed.py", "import pty, os, sys, time, select\npid, fd = pty.fork()\nif pid == 0: os.execvp(sys.argv[1], sys.argv[1:-1])\n"
                        "for line in sys.argv[-1].split('|'):\n time.sleep(1)\n os.write(fd, line.encode() + b'\\n')\nend = time.time() + 2\n"
                        "while time.time() < end:\n r, _, _ = select.select([fd], [], [], 0.2)\n if r:\n  try: print(os.read(fd, 1000))\n  except OSError: break\n")
        with l.record("unix-remote") as r:
            c.run(["rsh-redone-rsh", "-l", USER, NAS[0], "echo CanaryCommand"], check=False)
            # Both logins at once, so that each has a port of its own.
            login = f"{PYTHON} {typed} rsh-redone-rlogin -l"
            c.run(["sh", "-c", f"{login} {USER} {NAS[0]} 'echo CanaryTyped|exit' & {login} nobody {NAS[0]} '{PASSWORD}|exit'; wait"], check=False, timeout=30)
            c.run([PYTHON, client, NAS[0], USER, PASSWORD, "echo CanaryExec"], check=False)
        services = [service(NAS[0], 513, "rlogin", "tcp.dstport == 513 && tcp.len > 0"), service(NAS[0], 514, "rsh", "tcp.dstport == 514 && tcp.len > 0")]
        if os.path.exists(rexecd):
            services.append(service(NAS[0], 512, "rexec", "tcp.dstport == 512 && tcp.len > 0"))
        r.publish(truth("The remote commands of BSD: rsh and rlogin on the word of the client machine, rlogin with a password, rexec with name and password in clear.",
                        [debian("rsh-redone-server"), debian("rsh-redone-client"), debian("inetutils-inetd"), "in.rexecd of rsh-server 0.17-24 (Debian 12)"], services, devices(),
                        [finding("login on the word of the client", NAS[0], 514, proof="tcp.dstport == 514 && tcp.len > 0"),
                         finding("login on the word of the client", NAS[0], 513, proof="tcp.dstport == 513 && tcp.len > 0")]
                        + [finding("password of a remote command in clear", NAS[0], each["port"], proof=each["proof"]) for each in services if each["port"] != 514],
                        [decoy("a service of the client", "the port to which rsh's server sends what the command writes to its error output", SRV[0], 1022, carries="rsh")], [USER, PASSWORD, "CanaryCommand", "CanaryExec"]))


def x11():
    with StorageLab() as l:
        s, c = pair(l, name="console-scanner", client_name="poste-admin")
        cookie = "c0ffee00c0ffee00c0ffee00c0ffee00"
        authority = s.folder / "authority"
        for target in (f"{NAS[0]}:2", ":2"):
            lab.sh(["xauth", "-f", str(authority), "add", target, "MIT-MAGIC-COOKIE-1", cookie])
        own = c.folder / "authority"
        lab.sh(["xauth", "-f", str(own), "add", f"{NAS[0]}:2", "MIT-MAGIC-COOKIE-1", cookie])
        s.spawn("Xvfb :1 -screen 0 64x64x24 -ac -listen tcp -nolisten unix", 6001)
        s.spawn(f"Xvfb :2 -screen 0 64x64x24 -auth {authority} -listen tcp -nolisten unix", 6002)
        query = lambda display, auth: c.run(["timeout", "5", "xlsatoms", "-display", f"{NAS[0]}:{display}", "-range", "1-3"], check=False, env={"XAUTHORITY": str(auth)})
        with l.record("x11") as r:
            query(1, "/nonexistent")
            query(2, own)
            query(2, "/nonexistent")
        r.publish(truth("X Window System over TCP: a server without access control, and one with MIT-MAGIC-COOKIE-1 (a client that has the cookie, one that has not).",
                        [debian("xvfb"), debian("x11-utils")], [service(NAS[0], 6001, "x11", "tcp.srcport == 6001 && x11", access="none"), service(NAS[0], 6002, "x11", "tcp.srcport == 6002 && x11", access="mit-magic-cookie-1")],
                        devices(), [finding("screen without access control", NAS[0], 6001, proof="tcp.srcport == 6001 && x11.vendor")],
                        [decoy("screen without access control", "the cookie is asked for", NAS[0], 6002)], canaries_hidden=[cookie]))


def xdmcp():
    with StorageLab() as l:
        s, c = pair(l, name="serveur-unix", client_name="terminal-x")
        config = s.folder / "xdm"
        config.mkdir()
        (config / "servers").write_text("")
        (config / "access").write_text("*\n* CHOOSER BROADCAST\n")
        (config / "config").write_text(f"DisplayManager.servers: {config}/servers\nDisplayManager.accessFile: {config}/access\nDisplayManager.requestPort: 177\nDisplayManager.authDir: {config}\n"
                                       f"DisplayManager.pidFile: {config}/pid\nDisplayManager*authorize: true\n")
        s.spawn(f"xdm -nodaemon -config {config}/config", udp=177)
        script = c.write("view.sh", f"Xvfb :78 -screen 0 320x240x24 -listen tcp -query {NAS[0]} -from {SRV[0]} -once & x=$!\nsleep 3\nkill $x\n")
        with l.record("xdmcp", filter="udp or arp") as r:
            c.run(["sh", script], check=False)
        r.publish(truth("XDMCP: a display asks a display manager for a login. The session that follows over X11 is left out.", [debian("xdm"), debian("xvfb")],
                        [service(NAS[0], 177, "xdmcp", "udp.srcport == 177 && xdmcp.opcode == 5", transport="udp", name="serveur-unix")], devices(),
                        [finding("graphical login offered in clear", NAS[0], 177, "udp", proof="xdmcp.opcode == 5")]))


if __name__ == "__main__":
    choose(nfs, iscsi, rsync, tftp, bacula, ipmi, unix_remote, x11, xdmcp)
