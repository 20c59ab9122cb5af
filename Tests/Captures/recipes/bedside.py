"""Bedside devices: patient monitors, ventilators, infusion racks.  python3 bedside.py [NAME…]

Clients are real software, built from its sources as it is: VSCaptureMP (Philips IntelliVue), VSCaptureDrgVent (Dräger MEDIBUS),
icu_devices (B. Braun BCC, Datex-Ohmeda records), and on the monitor's side OpenICE's simulated pulse oximeter. Devices themselves are not
to be had: peers/bedside_peer.py answers from the published descriptions. What has no real side is under from-specification/.

LAENNEC_SOURCES names a folder with check-outs `VSCaptureMP`, `VSCaptureDrgVent`, `mdpnp` and `icu_devices`; else they are cloned from GitHub.
"""
import os
import pathlib
import subprocess
import tempfile

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "git", "socat", "mono-mcs", "mono-runtime", "libmono-system-net-http4.0-cil",
         "libmono-system-componentmodel-dataannotations4.0-cil", "libmono-posix4.0-cil", "default-jdk-headless", "libslf4j-java", "qtbase5-dev", "libqt5serialport5-dev", "make", "g++")

from lab import PYTHON, RECIPES, Lab, choose, debian, device, finding, service, sh, truth

PEER = f"{PYTHON} {RECIPES}/peers/bedside_peer.py"
WORK = pathlib.Path(tempfile.mkdtemp(prefix="laennec-bedside-"))
STATION = ("10.20.10.50", "34:e6:d7:20:0a:32")       # Dell: the collector
COMMITS = {"VSCaptureMP": ("xeonfusion", "cdc6575"), "VSCaptureDrgVent": ("xeonfusion", "f09a608"), "mdpnp": ("mdpnp", "1ae7f72"), "icu_devices": ("KaiWU17TUM", "4eac590")}


def laboratory():
    l = Lab()
    l.prefix = "laennec-bedside"
    l.ns = f"{l.prefix}-switch"
    return l


def sources(name):
    folder = os.environ.get("LAENNEC_SOURCES")
    if folder:
        return pathlib.Path(folder) / name
    owner, commit = COMMITS[name]
    path = WORK / name
    if not path.exists():
        sh(f"git clone -q https://github.com/{owner}/{name} {path}")
        sh(f"git -C {path} checkout -q {commit}")
    return path


def named(name):
    owner, commit = COMMITS[name]
    return f"{name} {commit} (github.com/{owner}/{name})"


def dotnet(name):
    """A program of the VSCapture family as it is; the libraries by which it would pass values on (MQTT, JSON) are stood in for by empty
    ones, and what .NET imports by itself is imported."""
    program = WORK / f"{name}.exe"
    if not program.exists():
        folder = WORK / f"{name}-source"
        folder.mkdir()
        for file in sources(name).glob("*.cs"):
            text = file.read_text(encoding="utf-8-sig")
            (folder / file.name).write_text(text if "using System.Net.Http;" in text else text.replace("using System;", "using System;\nusing System.Net.Http;", 1))
        sh(["mcs", "-langversion:latest", "-warn:0", f"-out:{program}", "-r:System.Net.Http", "-r:System.ComponentModel.DataAnnotations",
            *map(str, sorted(folder.glob("*.cs"))), f"{RECIPES}/peers/vscapture_stand_ins.cs"])
    return program


def openice():
    """OpenICE's IntelliVue classes and its simulated pulse oximeter."""
    classes = WORK / "openice"
    if not classes.exists():
        root = sources("mdpnp") / "devices"
        files = [str(f) for part in ("common", "philips") for f in (root / part / "src/main/java").rglob("*.java") if "serial" not in str(f)]
        listing = WORK / "openice.files"
        listing.write_text("\n".join([*files, f"{RECIPES}/peers/OpenICEClient.java"]))
        sh(["javac", "-nowarn", "-d", str(classes), "-cp", "/usr/share/java/slf4j-api.jar", f"@{listing}"])
    return f"{classes}:/usr/share/java/slf4j-api.jar:/usr/share/java/slf4j-nop.jar"


MAIN = """#include <QCoreApplication>
#include "device.h"
int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    Device device("device", argv[1], argv[2], argv[3]);
    device.start();
    return application.exec();
}
"""


def icu_devices():
    """Its main() names the devices of one ward; this one takes the protocol from the command line. All else is as it is."""
    program = WORK / "icu" / "icu_devices"
    if not program.exists():
        source = WORK / "icu-source"
        sh(f"cp -r {sources('icu_devices')}/icu_devices {source}")
        (source / "src/main.cpp").write_text(MAIN)
        program.parent.mkdir()
        for command in (["qmake", str(source / "icu_devices.pro")], ["make", "-s", "-j2"]):
            subprocess.run(command, cwd=program.parent, check=True, capture_output=True)
    return program


def serial(host, address, port):
    """A serial port that socat carries to a terminal server over TCP."""
    tty = host.folder / "tty"
    host.spawn(f"socat PTY,link={tty},raw,echo=0,wait-slave TCP:{address}:{port},nodelay")
    return tty


def collect(host, address, port, protocol, seconds, **settings):
    tty = serial(host, address, port)
    configuration = {"usb_port": tty, "baud_rate": 19200, "data_bits": "data8", "parity": "no_parity", "stop_bits": "one_stop", "flow_control": "no_flow_control",
                     "time_delay": 0, "logging_period": 1000, "folder": "device", **settings}
    device_file = host.write("device.txt", "".join(f"{k} = {v}\n" for k, v in configuration.items()))
    general_file = host.write("general.txt", f"room=011\nbed=001\npath={host.folder}/\n")
    host.run(["sh", "-c", f"while [ ! -e {tty} ]; do sleep 0.1; done; timeout {seconds} {icu_devices()} {device_file} {general_file} {protocol} || true"],
             env={"QT_QPA_PLATFORM": "offscreen"}, timeout=seconds + 30)


def specification(c, name, *arguments, **more):
    home = lab.CAPTURES
    lab.CAPTURES = home / "from-specification"
    lab.CAPTURES.mkdir(exist_ok=True)
    try:
        c.publish({**truth(*arguments, **more), "origin": "specification"}, name=name)
    finally:
        lab.CAPTURES = home


def utf16(text):
    """How a string of the monitor stands in the bytes, as a canary: every second octet."""
    return "\0".join(text)


def modem_lines():
    library = WORK / "modem_lines.so"
    if not library.exists():
        sh(["gcc", "-shared", "-fPIC", "-o", str(library), f"{RECIPES}/peers/modem_lines.c", "-ldl"])
    return library


def terminal(host, seconds, program, *arguments):
    """These programs want a terminal to read a key from, and a serial port with modem lines."""
    command = " ".join(["mono", str(program), *map(str, arguments)])
    host.run(["sh", "-c", f"cd {host.folder}; timeout {seconds} {PYTHON} -c 'import pty, sys; pty.spawn(sys.argv[1:])' {command} </dev/null || true"],
             env={"TERM": "xterm", "HOME": str(host.folder), "LD_PRELOAD": str(modem_lines())}, timeout=seconds + 30)


def query(host, address, seconds):
    """VSCaptureMP polls once every ten seconds, and the monitor's own object at once."""
    terminal(host, seconds, dotnet("VSCaptureMP"), "-mode", 2, "-port", address, "-interval", 2, "-export", 1, "-waveset", 0, "-scale", 1)


def intellivue_openice():
    monitor = ("10.20.10.30", "00:09:fb:20:0a:1e")
    with laboratory() as l:
        m, s = l.host("moniteur", monitor[0] + "/24", monitor[1]), l.host("poste", STATION[0] + "/24", STATION[1])
        m.ip(f"addr change {monitor[0]}/24 brd + dev eth0")
        classes = openice()
        dotnet("VSCaptureMP")
        with l.record("intellivue-openice") as c:
            m.spawn(f"java -cp {classes} org.mdpnp.devices.philips.intellivue.SimulatedPulseOximeterImpl", udp=24105)
            s.run(f"java -cp {classes} OpenICEClient {monitor[0]}")
            query(s, monitor[0], 4)
        listing = sh(["tshark", "-n", "-r", str(c.path), "-Y", f"ip.src == {monitor[0]} && udp && !icmp", "-T", "fields", "-e", "udp.srcport"]).stdout
        # Nothing ever answers from port 24105; the first port is the one that OpenICE's client hears.
        ports = list(dict.fromkeys(int(port) for port in listing.split()))
        assert 24105 not in ports
        c.publish(truth("Philips IntelliVue data export: OpenICE's simulated monitor announces itself and is associated and polled by OpenICE's client and by VSCaptureMP. "
                        "Both sides are real software; neither is Philips'. The simulator answers to port 24105 from a port of its own, so that VSCaptureMP hears nothing.",
                        [named("mdpnp"), named("VSCaptureMP"), debian("mono-runtime")],
                        [service(monitor[0], port, "intellivue", f"udp.srcport == {port} && udp.payload[0:1] == 0e", transport="udp",
                                 **(dict(association="accepted", manufacturer="MD PNP", model_number="ICE TEST ONE", serial_number="1234567") if port == ports[0] else {}))
                         for port in ports],
                        [device(*monitor, **{"class": "patient monitor"}), device(*STATION)],
                        [finding("data export without authentication", monitor[0], proof="udp.dstport == 24105 && udp.payload[0:1] == 0e")]))


def intellivue_monitor():
    monitor = ("10.20.10.31", "00:09:fb:20:0a:1f")
    with laboratory() as l:
        m, s = l.host("moniteur", monitor[0] + "/24", monitor[1]), l.host("poste", STATION[0] + "/24", STATION[1])
        m.ip("route add 255.255.255.255 dev eth0")
        dotnet("VSCaptureMP")
        with l.record("intellivue-monitor") as c:
            m.spawn(f"{PEER} monitor {monitor[0]} {monitor[1]}", udp=24105)
            query(s, monitor[0], 6)
        canaries = ["CANARYLIT DURAND", "CANARY-IPP-774411", "ZZCANARYDUPONT", "CANARYMARGUERITE"]
        c.publish(truth("Philips IntelliVue data export with a patient admitted: connect indications, association, MDS create event, linked poll results. The client is "
                        "VSCaptureMP; the monitor's side is built from the published layouts.", [named("VSCaptureMP"), debian("mono-runtime")],
                        [service(monitor[0], 24105, "intellivue", "udp.srcport == 24105 && udp.payload[0:1] == 0e", transport="udp", association="accepted",
                                 manufacturer="Philips", model_number="M8105A", serial_number="DE728LNC01", software_revision="H.15.48-LNC", hardware_revision="A.00.24",
                                 firmware_revision="B.02.11", system_id=monitor[1], system_type="NOM_DEV_MON_PHYSIO_MULTI_PARAM_MDS", announced_port=24105, link="wireless",
                                 language="french")],
                        [device(*monitor, **{"class": "patient monitor", "maker": "Philips", "model": "M8105A"}), device(*STATION)],
                        [finding("data export without authentication", monitor[0], 24105, "udp", "udp.srcport == 24105 && udp.payload[0:1] == 0e")],
                        canaries=[utf16(text) for text in canaries], canaries_hidden=canaries))


def medibus_evita():
    server = ("10.20.10.32", "00:90:e8:20:0a:20")
    with laboratory() as l:
        d, s = l.host("serie", server[0] + "/24", server[1]), l.host("poste", STATION[0] + "/24", STATION[1])
        dotnet("VSCaptureDrgVent")
        d.spawn(f"{PEER} ventilator 4001", 4001)
        with l.record("medibus-evita") as c:
            tty = serial(s, server[0], 4001)
            terminal(s, 18, dotnet("VSCaptureDrgVent"), "-port", tty, "-interval", 1, "-export", 1, "-waveset", 0)
        c.publish(truth("MEDIBUS over a TCP terminal server on port 4001. The client is VSCaptureDrgVent on a serial port that socat carries over TCP; the ventilator's side "
                        "is built from Dräger's protocol definition.", [named("VSCaptureDrgVent"), debian("mono-runtime"), debian("socat")],
                        [service(server[0], 4001, "medibus", 'tcp.srcport == 4001 && tcp.payload contains "Evita 4 LNC"', device_id="8240", device_name="Evita 4 LNC",
                                 revision="04.21", protocol_revision="04.03")],
                        [device(*server, **{"class": "ventilator", "maker": "Dräger"}), device(*STATION)],
                        [finding("control protocol without authentication", server[0], 4001, proof="tcp.srcport == 4001 && tcp.payload[0:2] == 01:52")],
                        canaries=["CANARYTEXTE"]))


def bcc_space():
    gateway = ("10.20.10.33", "00:12:21:20:0a:21")
    pumps = [{"class": "infusion pump", "maker": "B. Braun", "serial": serial, "software": model, "seen_through": gateway[0]}
             for model, serial in (("688F030006", "36248"), ("686G030002", "40864"))]
    with laboratory() as l:
        d, s = l.host("rack", gateway[0] + "/24", gateway[1]), l.host("poste", STATION[0] + "/24", STATION[1])
        icu_devices()
        d.spawn(f"{PEER} rack 4001", 4001)
        with l.record("bcc-space") as c:
            collect(s, gateway[0], 4001, "bcc", 6, time_interval=2000)
        c.publish(truth("B. Braun BCC on TCP port 4001, with character stuffing: two pumps in one rack. The client is icu_devices on a serial port that socat carries over "
                        "TCP; the rack's side is built from the maker's interface specification.", [named("icu_devices"), debian("socat")],
                        [service(gateway[0], 4001, "b-braun-bcc", 'tcp.srcport == 4001 && tcp.payload contains "688F030006"', bed="Rea_Lit07", gateway_serial="198455",
                                 gateway_software="054U000092")],
                        [device(*gateway, **{"class": "medical device gateway"}), device(*STATION)],
                        [finding("control protocol without authentication", gateway[0], 4001, proof="tcp.srcport == 4001 && tcp.payload[0:1] == 01")],
                        canaries=["CANARYPOIEXS77", "CANARYBARCOEXEE774411", "CANARYEXROGUEE"],
                        canaries_hidden=["CANARYPOIDS77", "CANARYBARCODE774411", "CANARYDROGUE"],
                        device_behind=pumps))


def dri_b650():
    server = ("10.20.10.34", "00:90:e8:20:0a:22")
    with laboratory() as l:
        d, s = l.host("serie", server[0] + "/24", server[1]), l.host("poste", STATION[0] + "/24", STATION[1])
        icu_devices()
        d.spawn(f"{PEER} dri 10001", 10001)
        with l.record("dri-b650") as c:
            collect(s, server[0], 10001, "datex_ohmeda", 5, phdb_time_interval=5, wave_id="[1, 8]")
        c.publish(truth("Datex-Ohmeda records over a TCP terminal server on port 10001. The client is icu_devices on a serial port that socat carries over TCP; the monitor's "
                        "side is built from GE's interface specification.", [named("icu_devices"), debian("socat")],
                        [service(server[0], 10001, "s5-dri", 'tcp.srcport == 10001 && tcp.payload contains "CANARYMESURES"', dri_level=11)],
                        [device(*server, **{"class": "patient monitor"}), device(*STATION)],
                        [finding("control protocol without authentication", server[0], 10001, proof='tcp.srcport == 10001 && tcp.payload contains "CANARYMESURES"')],
                        canaries=["CANARYMESURES", "CANARYALARMTEXT"]))


def unity_time():
    central = ("10.20.10.35", "00:00:a1:20:0a:23")
    with laboratory() as l:
        d = l.host("centrale", central[0] + "/24", central[1])
        l.host("poste", STATION[0] + "/24", STATION[1]).run(["true"])
        d.ip("route add 255.255.255.255 dev eth0")
        with l.record("unity-time") as c:
            d.run(f"{PEER} time {central[0]}")
        specification(c, "unity-time", "A GE Unity/CARESCAPE time synchronisation, built from the layout that Vocera publishes (Carescape Adapter Reference 1.3.0).", [],
                      [service(central[0], 2000, "unity", "udp.srcport == 2000", transport="udp", location="REA-A|CIC1")],
                      [device(*central, **{"class": "central station"})])


if __name__ == "__main__":
    choose(intellivue_openice, intellivue_monitor, medibus_evita, bcc_space, dri_b650, unity_time)
