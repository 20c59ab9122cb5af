"""A small laboratory: hosts in network namespaces, a bridge between them, a recorder on the bridge.

Everything happens inside namespaces made for the occasion: no frame leaves the machine. Needs root, Linux,
and the Debian packages iproute2, ethtool, tcpdump, tshark.

    with Lab() as lab:
        server = lab.host("pacs-01", "10.20.1.10/24", "00:50:56:aa:01:0a")
        client = lab.host("ct-01", "10.20.1.21/24", "00:10:5d:00:01:21")
        with lab.record("dicom-echo") as capture:
            ...
        capture.publish({...the truth...})

`publish` checks every claim of the truth against the recorded bytes (see check.py) before the files appear
beside the other captures.
"""
import contextlib
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

RECIPES = pathlib.Path(__file__).resolve().parent
CAPTURES = RECIPES.parent
sys.path.insert(0, str(RECIPES))

import check  # noqa: E402

PYTHON = sys.executable


def sh(command, **options):
    """Runs one command of the set-up; its failure is the recipe's failure."""
    return subprocess.run(shlex.split(command) if isinstance(command, str) else command,
                          check=True, capture_output=True, text=True, **options)


def need(*packages):
    """Installs the Debian packages that are missing."""
    missing = [p for p in packages if subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", p], capture_output=True, text=True).stdout != "installed"]
    if missing:
        sh(["apt-get", "install", "-y", "--no-install-recommends", *missing],
           env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def need_pip(*packages):
    """Installs the Python packages that are missing."""
    import importlib.metadata
    for package in packages:
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            sh([PYTHON, "-m", "pip", "install", "-q", package])


def debian(package):
    """'dcmtk 3.6.7-9~deb12u4 (Debian 12)'."""
    release = dict(line.strip().split("=", 1) for line in open("/etc/os-release") if "=" in line)
    version = sh(["dpkg-query", "-W", "-f", "${Version}", package]).stdout
    return f"{package} {version} (Debian {release['VERSION_ID'].strip(chr(34))})"


def pypi(package):
    """'pynetdicom 3.0.4 (PyPI)'."""
    import importlib.metadata
    return f"{package} {importlib.metadata.version(package)} (PyPI)"


class Host:
    """One machine: a network namespace with one or more interfaces, and its own name, hosts file and /run."""

    def __init__(self, lab, name):
        self.lab, self.name, self.ns = lab, name, f"{lab.prefix}-{name}"
        self.folder = lab.folder / name
        self.folder.mkdir()
        self.binds = {}        # path seen by the programs -> file or folder laid over it
        self.tmpfs = []        # folders that start empty for the programs
        self.prepare = []      # shell commands run before each program, after the mounts
        self.resolver(None)
        self.bind("/etc/hosts", f"127.0.0.1 localhost {name}\n")
        sh(f"ip netns add {self.ns}")
        for setting in ("all", "default"):
            sh(f"ip netns exec {self.ns} sysctl -qw net.ipv6.conf.{setting}.disable_ipv6=1")
        sh(f"ip -n {self.ns} link set lo up")

    def plug(self, bridge, interface, mac, address=None):
        """Adds an interface on a bridge; real segment sizes and checksums, as on a wire."""
        peer = self.lab.port_name()
        sh(f"ip link add {peer} netns {self.lab.ns} type veth peer name {interface} netns {self.ns} address {mac}")
        sh(f"ip -n {self.lab.ns} link set {peer} master {bridge} up")
        for ns, dev in ((self.ns, interface), (self.lab.ns, peer)):
            subprocess.run(["ip", "netns", "exec", ns, "ethtool", "-K", dev, "tx", "off", "tso", "off", "gso", "off",
                            "gro", "off"], capture_output=True)
        if address:
            sh(f"ip -n {self.ns} addr add {address} dev {interface}")
        sh(f"ip -n {self.ns} link set {interface} up")
        return self

    def ip(self, command):
        return sh(f"ip -n {self.ns} {command}").stdout

    def sysctl(self, setting):
        sh(f"ip netns exec {self.ns} sysctl -qw {setting}")

    def write(self, name, content):
        """Writes a file in the host's work folder and gives its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content) if isinstance(content, bytes) else path.write_text(content)
        return str(path)

    def resolver(self, address, domain=None):
        """Which DNS server the host's programs ask: never the recording machine's own."""
        self.bind("/etc/resolv.conf", f"nameserver {address or '127.0.0.1'}\noptions timeout:1 attempts:1\n" + (f"search {domain}\n" if domain else ""))

    def bind(self, path, content):
        """Lays a file with this content over `path`, for this host's programs only."""
        self.binds[path] = self.write("bound" + path.replace("/", "_"), content)

    def user(self, name, password):
        """A user account that exists only for this host's programs."""
        secret = sh(["openssl", "passwd", "-6", password]).stdout.strip()
        self.bind("/etc/passwd", open("/etc/passwd").read() + f"{name}:x:4242:4242:{name}:/:/bin/sh\n")
        self.bind("/etc/shadow", open("/etc/shadow").read() + f"{name}:{secret}:20000:0:99999:7:::\n")
        self.bind("/etc/group", open("/etc/group").read() + f"{name}:x:4242:\n")

    def command(self, command):
        parts = shlex.split(command) if isinstance(command, str) else [str(c) for c in command]
        steps = [f"hostname {shlex.quote(self.name)}"]
        steps += [f"mount -t tmpfs none {shlex.quote(folder)}" for folder in self.tmpfs]
        steps += [f"mount --bind {shlex.quote(str(source))} {shlex.quote(target)}" for target, source in self.binds.items()]
        steps += self.prepare
        steps.append('exec "$@"')
        return ["ip", "netns", "exec", self.ns, "unshare", "-m", "-u", "sh", "-ec", "; ".join(steps), "sh", *parts]

    def run(self, command, input=None, check=True, timeout=60, env=None):
        """Runs a program on the host and waits for it; gives its output."""
        done = subprocess.run(self.command(command), input=input, capture_output=True, timeout=timeout, cwd=self.folder,
                              env={**os.environ, **(env or {})}, text=not isinstance(input, bytes), errors="replace"
                              if not isinstance(input, bytes) else None)
        if check and done.returncode != 0:
            raise RuntimeError(f"{self.name}: {command}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def spawn(self, command, listening=(), udp=(), env=None, timeout=20):
        """Starts a program on the host and waits until it listens on the ports (seen from inside: nothing is sent)."""
        self.lab.logs += 1
        log = open(self.folder / f"log-{self.lab.logs}.txt", "wb")
        process = subprocess.Popen(self.command(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                   env={**os.environ, **(env or {})}, start_new_session=True)
        self.lab.processes.append(process)
        deadline = time.time() + timeout
        wanted = {("tcp", p) for p in ([listening] if isinstance(listening, int) else listening)}
        wanted |= {("udp", p) for p in ([udp] if isinstance(udp, int) else udp)}
        while wanted:
            sockets = set()
            for line in sh(f"ip netns exec {self.ns} ss -Hltun").stdout.splitlines():
                columns = line.split()
                sockets.add((columns[0], int(columns[4].rsplit(":", 1)[1])))
            if wanted <= sockets:
                break
            if time.time() > deadline or (process.poll() is not None and process.returncode):
                raise RuntimeError(f"{self.name}: {command}: not listening on {wanted - sockets}\n"
                                   + pathlib.Path(log.name).read_text(errors="replace"))
            time.sleep(0.05)
        return process


class Recording:
    def __init__(self, lab, name, suffix):
        self.lab, self.name, self.path = lab, name, lab.folder / f"{name}.{suffix}"

    def publish(self, truth, name=None, path=None):
        """Checks the truth against the bytes and puts both files in place, or raises."""
        publish(name or self.name, path or self.path, truth)


def publish(name, path, truth):
    path = pathlib.Path(path)
    problems, notes = check.verify(path, truth)
    for note in notes:
        print(f"  {name}: {note}")
    if problems:
        raise SystemExit("\n".join([f"{name}: the truth does not hold ({path}):"] + ["  " + p for p in problems]))
    destination = CAPTURES / (name + path.suffix)
    text = json.dumps(truth, indent=1, ensure_ascii=False) + "\n"
    (CAPTURES / f"{name}.expected.json").write_text(text)
    temporary = CAPTURES / f".{name}.partial"
    shutil.copyfile(path, temporary)
    os.chmod(temporary, 0o644)
    os.rename(temporary, destination)
    print(f"{destination.name}: {destination.stat().st_size} bytes, verified")


class Lab:
    """The bridges, in a namespace of their own, and the hosts on them."""

    def __init__(self, *bridges):
        self.prefix = "laennec"
        self.ns = f"{self.prefix}-switch"
        self.bridges = bridges or ("br0",)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="laennec-lab-"))
        os.chmod(self.folder, 0o755)
        self.hosts, self.processes, self.ports, self.logs = [], [], 0, 0

    def __enter__(self):
        self.tidy()
        sh(f"ip netns add {self.ns}")
        for setting in ("all", "default"):
            sh(f"ip netns exec {self.ns} sysctl -qw net.ipv6.conf.{setting}.disable_ipv6=1")
        for bridge in self.bridges:
            sh(f"ip -n {self.ns} link add {bridge} type bridge mcast_snooping 0 group_fwd_mask 0x4000")
            sh(f"ip -n {self.ns} link set {bridge} up")
        return self

    def __exit__(self, *_):
        self.tidy()
        if os.environ.get("LAENNEC_LAB_KEEP"):
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def tidy(self):
        """Ends the programs of our namespaces and removes the namespaces; touches no other."""
        names = [line.split()[0] for line in sh("ip netns list").stdout.splitlines() if line.strip()]
        ours = [n for n in names if n.startswith(self.prefix + "-")]
        for how in (signal.SIGTERM, signal.SIGKILL):
            pids = [int(p) for n in ours for p in sh(f"ip netns pids {n}").stdout.split()]
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
            if pids:
                time.sleep(0.4)
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=2)
        for n in ours:
            sh(f"ip netns del {n}")

    def port_name(self):
        self.ports += 1
        return f"port{self.ports}"

    def host(self, name, address=None, mac=None, gateway=None, bridge=None):
        host = Host(self, name)
        if mac:
            host.plug(bridge or self.bridges[0], "eth0", mac, address)
        if gateway:
            host.ip(f"route add default via {gateway}")
        self.hosts.append(host)
        return host

    def router(self, name, *interfaces):
        """A router: (bridge, mac, address) for each of its interfaces."""
        host = self.host(name)
        for number, (bridge, mac, address) in enumerate(interfaces):
            host.plug(bridge, f"eth{number}", mac, address)
        host.sysctl("net.ipv4.ip_forward=1")
        return host

    @contextlib.contextmanager
    def record(self, name, bridge=None, snaplen=0, precision="micro", filter=""):
        """Records what crosses the bridge while the body runs."""
        recording = Recording(self, name, "pcap")
        errors = self.folder / f"{name}.tcpdump.txt"
        dumper = subprocess.Popen(["ip", "netns", "exec", self.ns, "tcpdump", "-Z", "root", "-i", bridge or self.bridges[0],
                                   "-s", str(snaplen), "-U", "--immediate-mode", "-B", "16384",
                                   "--time-stamp-precision", precision, "-w", str(recording.path), *shlex.split(filter)],
                                  stderr=open(errors, "wb"))
        self.processes.append(dumper)
        while b"listening on" not in errors.read_bytes():
            if dumper.poll() is not None:
                raise RuntimeError(errors.read_text())
            time.sleep(0.05)
        time.sleep(0.2)
        try:
            yield recording
            time.sleep(0.6)
        finally:
            dumper.send_signal(signal.SIGINT)
            dumper.wait(timeout=10)
        dropped = [line for line in errors.read_text().splitlines() if "dropped by kernel" in line]
        if dropped and not dropped[0].startswith("0 "):
            raise RuntimeError(f"{name}: {dropped[0]}")


def derive(source, name, display_filter, folder, truth):
    """A capture made from another by keeping only the frames a tshark display filter selects."""
    path = pathlib.Path(folder) / f"{name}.pcap"
    sh(["tshark", "-r", str(source), "-Y", display_filter, "-F", "pcap", "-w", str(path)])
    publish(name, path, truth)
    return path


def truth(description, software, services=(), devices=(), findings=(), decoys=(), canaries=(), **more):
    return {"description": description, "software": list(software), "services": list(services), "devices": list(devices),
            "findings": list(findings), "decoys": list(decoys), "canaries": list(canaries),
            **{k: v for k, v in more.items() if v}}


def service(address, port, protocol, proof=None, transport="tcp", **fields):
    """A service that is really there; `proof` is a tshark display filter that must select at least one frame."""
    return {"address": address, "port": port, "transport": transport, "protocol": protocol, "fields": fields,
            **({"proof": proof} if proof else {})}


def device(address, mac, **more):
    return {"address": address, "mac": mac, **more}


def finding(kind, address, port=None, transport="tcp", proof=None):
    return {"kind": kind, "address": address, **({"port": port, "transport": transport} if port else {}),
            **({"proof": proof} if proof else {})}


def decoy(claim, why, address=None, port=None, transport="tcp", proof=None, absent=None, carries=None):
    """A claim that would be false; `proof` must select frames (what is really there), `absent` must select none. What crosses at the place
    for a protocol, beside its own conversation, is of that protocol (`carries`), though no service."""
    return {"claim": claim, "why": why, **({"address": address} if address else {}),
            **({"port": port, "transport": transport} if port else {}),
            **({"proof": proof} if proof else {}), **({"absent": absent} if absent else {}), **({"carries": carries} if carries else {})}


def choose(*recipes):
    """The command line of a recipe: names of captures to record, or none for all."""
    wanted = sys.argv[1:]
    known = {recipe.__name__.replace("_", "-"): recipe for recipe in recipes}
    for name in wanted:
        if name not in known:
            raise SystemExit(f"unknown: {name}; known: {', '.join(known)}")
    for name, recipe in known.items():
        if not wanted or name in wanted:
            recipe()
