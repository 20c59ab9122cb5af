"""Medical devices on the network after IEEE 11073: SDC, WS-Discovery and personal health devices.  python3 sdc.py [NAME…]

`phd-…` need the sample agent and manager of Antidote (Signove, LGPL, https://github.com/signove/antidote), built as its README
says in the folder that the environment variable ANTIDOTE names; the agent is told whom to call and who it is through the
environment (see `antidote` below). Without it these captures are left as they are.
"""
import json
import os
import pathlib
import time

import certs
import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "wsdd", "wsdd2")
lab.need_pip("sdc11073", "WSDiscovery", "cryptography")

from lab import PYTHON, RECIPES, Lab, choose, debian, decoy, device, finding, pypi, service, truth
from peers.sdc_mdib import CANARIES, mdib

PEER = f"{PYTHON} {RECIPES}/peers/sdc_peer.py"
VENT = ("10.20.7.21", "00:30:e6:20:07:15")       # Draeger: a ventilator
MONITOR = ("10.20.7.22", "00:09:fb:20:07:16")    # Philips: a monitor
STATION = ("10.20.7.11", "3c:52:82:20:07:0b")    # Hewlett Packard: a consumer of their data
PC = ("10.20.7.31", "d8:9e:f3:20:07:1f")         # Dell
NAS = ("10.20.7.32", "00:11:32:20:07:20")        # Synology
CAMERA = ("10.20.7.33", "00:40:8c:20:07:21")     # Axis
MANAGER = ("10.20.7.12", "00:21:cc:20:07:0c")    # Flextronics: a gateway of personal health devices
OXIMETER = ("10.20.7.41", "00:1c:05:20:07:29")   # Nonin
SCALE = ("10.20.7.42", "00:22:58:20:07:2a")      # Taiyo Yuden: the radio module of a scale

LOCATION = {"fac": "CHSA", "bldng": "Bat-C", "flr": "2", "poc": "REA", "rm": "212", "bed": "Lit-7"}
# Patient and operator in what is said to everybody, also percent-encoded.
LEAKS = ["sdc.ctxt.pat:/urn%3Aoid%3A1.2.250.1.213.1.4.8/2840575CANARY88?ln=ZZCANARYDUPONT", "sdc.ctxt.opr:/biceps.uri.unk/ZZCANARYMEDECIN",
         "SDC.CTXT.PAT:/x/CANARY%2DIPP%2D774412"]
LEAKED = ["CANARY%2DIPP%2D774412"]


class SDCLab(Lab):
    """The laboratory under a name of its own: recipes of other families may run at the same time."""

    def __init__(self):
        super().__init__()
        self.prefix = "lsdc"
        self.ns = f"{self.prefix}-switch"


def add(l, name, place):
    host = l.host(name, place[0] + "/24", place[1])
    host.ip("route add 224.0.0.0/4 dev eth0")
    return host


def wait(path, timeout=30):
    deadline = time.time() + timeout
    while not pathlib.Path(path).exists():
        if time.time() > deadline:
            raise RuntimeError(f"nothing at {path}")
        time.sleep(0.1)


def sdc(l, name, device_place, plan, tls=None):
    """One provider and one consumer, recorded from hello to bye; gives the recording."""
    host, station = add(l, "dispositif", device_place), add(l, "station", STATION)
    plan = {**plan, "address": device_place[0], "ready": str(l.folder / "ready"), "stop": str(l.folder / "stop"), "location": LOCATION, "scopes": LEAKS,
            "mdib": host.write("mdib.xml", mdib(plan["manufacturer"].replace("&", "&amp;"), plan["model_name"], plan["model_number"], plan["serial"], plan["udi"], plan["code"]))}
    if tls:
        for own, pair in ((host, tls["server"]), (station, tls["client"])):
            certificate, key = certs.pem(pair)
            own.write("tls/usercert.pem", certificate)
            own.write("tls/userkey.pem", key)
            own.write("tls/cacert.pem", certs.pem(tls["ca"])[0])
    client = {"address": STATION[0], "uuid": plan["uuid"], "gzip": plan.get("gzip", False), "tls12": True}
    if tls:
        plan["certificates"], client["certificates"] = str(host.folder / "tls"), str(station.folder / "tls")
    with l.record(name) as c:
        process = host.spawn(f"{PEER} provider {host.write('plan.json', json.dumps(plan))}")
        wait(plan["ready"])
        print(station.run(f"{PEER} consumer {station.write('plan.json', json.dumps(client))}").stdout)
        (l.folder / "stop").touch()
        process.wait(timeout=20)
    return c


def answering_port(path, address):
    """The UDP port from which an address answered a probe: not always 3702."""
    ports = lab.sh(["tshark", "-n", "-r", str(path), "-Y", f'ip.src == {address} && udp contains "ProbeMatches"', "-T", "fields", "-e", "udp.srcport"]).stdout.split()
    return int(ports[0])


def port_of(path, address):
    """The port, of the system's choosing, on which the SDC service of an address answered."""
    ports = lab.sh(["tshark", "-n", "-r", str(path), "-Y", f"tcp.flags.syn == 1 && tcp.flags.ack == 1 && ip.src == {address}", "-T", "fields", "-e", "tcp.srcport"]).stdout.split()
    return int(ports[0])


V500 = {"uuid": "7d1b7c0a-3f42-4f6e-9b58-0a1e2c3d4e5f", "manufacturer": "Drägerwerk AG & Co. KGaA", "model_name": "Evita V500", "model_number": "8416400",
        "serial": "ASLNC-0021", "friendly_name": "REA-VENT-07", "firmware": "02.54.01", "udi": "04049098LNC021", "code": "70001", "class": "ventilator"}
MX = {"uuid": "0fa0c1d2-5b6c-4d7e-8f90-112233445566", "manufacturer": "Philips", "model_name": "IntelliVue MX750", "model_number": "866471",
      "serial": "DELNC07511", "friendly_name": "REA-MON-07", "firmware": "P.01.22", "udi": "00884838LNC750", "code": "69965", "class": "patient monitor"}


def expected(plan):
    """What the wire says of the device, by the names of fields."""
    return {"dpws_manufacturer": plan["manufacturer"], "dpws_model_name": plan["model_name"], "dpws_model_number": plan["model_number"],
            "dpws_friendly_name": plan["friendly_name"], "dpws_firmware": plan["firmware"], "dpws_serial": plan["serial"],
            "sdc_manufacturer": plan["manufacturer"], "sdc_model_name": plan["model_name"], "sdc_model_number": plan["model_number"], "sdc_serial": plan["serial"],
            "sdc_udi": plan["udi"], "sdc_mds_type": plan["code"], "sdc_part_number": "8417080-LNC", "sdc_hardware": "HW 3.1", "sdc_software": "SW 02.54",
            "sdc_firmware": "FW 7.0.2", "applications": ["dpws", "sdc"]}


def discovery(path, place, plan, transport):
    return service(place[0], answering_port(path, place[0]), "ws-discovery", f'ip.src == {place[0]} && udp contains "{plan["uuid"]}" && udp contains "MedicalDevice"', "udp",
                   wsd_types=["Device", "MedicalDevice"], wsd_endpoint=f"urn:uuid:{plan['uuid']}", wsd_transport=transport,
                   wsd_location="; ".join(f"{k}={v}" for k, v in LOCATION.items()))


def clear(name, plan, place, description, **options):
    with SDCLab() as l:
        c = sdc(l, name, place, {**plan, **options})
        port = port_of(c.path, place[0])
        gzip = options.get("gzip")
        seen = f"ip.src == {place[0]} && tcp.srcport == {port}"
        canaries = CANARIES + LEAKED
        c.publish(truth(
            description, [pypi("sdc11073")],
            [service(place[0], port, "http", f'{seen} && tcp contains "{"HTTP/1.1 200" if gzip else plan["serial"]}"', **expected(plan)),
             discovery(c.path, place, plan, "http")],
            [device(*place, **{"class": plan["class"]}, **({} if gzip else {"maker": plan["manufacturer"].split(" & ")[0], "model": plan["model_name"]})), device(*STATION)],
            [finding("SDC in clear", place[0], port, proof=f'{seen} && tcp contains "application/soap+xml"')],
            [decoy("VMD-SERIAL-9001 is the device's serial number", "it is that of a module (VMD) of the device"),
             decoy(f"{STATION[0]} is a ventilator or a monitor", "it is the consumer that asks", STATION[0])],
            **split_canaries(c.path, canaries)))


def split_canaries(path, canaries):
    """Those that stand whole in the bytes, those that frames cut, those that compression hides."""
    from check import streams
    raw, joined = pathlib.Path(path).read_bytes(), streams(path)
    whole = [c for c in canaries if c.encode() in raw]
    cut = [c for c in canaries if c not in whole and any(c.encode() in s for s in joined)]
    hidden = [c for c in canaries if c not in whole and c not in cut]
    return {"canaries": whole, "canaries_split": cut, "canaries_hidden": hidden}


def sdc_clear():
    clear("sdc-clear", V500, VENT, "SDC without TLS between sdc11073's provider (a ventilator with its patient in the MDIB and, wrongly, in its scopes) and consumer: "
          "hello, probe, resolve, metadata, subscriptions, MDIB, context states, bye.")


def sdc_gzip():
    clear("sdc-gzip", MX, MONITOR, "The same with another device, gzip and chunked bodies.", gzip=True, chunk=512)


def sdc_tls():
    with SDCLab() as l:
        ca = certs.make("CA Biomedical CHSA", authority=True)
        pairs = {"ca": ca, "server": certs.make("REA-VENT-07", ca), "client": certs.make("REA-STATION", ca)}
        c = sdc(l, "sdc-tls", VENT, {**V500, "tls12": True}, pairs)
        port = port_of(c.path, VENT[0])
        c.publish(truth(
            "SDC as it should be: TLS 1.2 with certificates on both sides (sdc11073). Only WS-Discovery is in clear.", [pypi("sdc11073")],
            [service(VENT[0], port, "tls", f"ip.src == {VENT[0]} && tls.handshake.certificate", certificate=certs.facts(pairs["server"])),
             discovery(c.path, VENT, V500, "https")],
            [device(*VENT, **{"class": V500["class"]}), device(*STATION)], [],
            [decoy("SDC in clear", "the announced addresses are https", VENT[0], port, absent="http.response")],
            **split_canaries(c.path, CANARIES + LEAKED)))


def sdc_wsd_hosts():
    with SDCLab() as l:
        pc, nas, camera, station = add(l, "pc-compta", PC), add(l, "nas", NAS), add(l, "camera", CAMERA), add(l, "station", STATION)
        ready, stop = str(l.folder / "ready"), l.folder / "stop"
        with l.record("sdc-wsd-hosts") as c:
            pc.spawn("wsdd -4 -i eth0 -n PC-COMPTA-03 -w CHSA -U 5f1b7c0a-3f42-4f6e-9b58-0a1e2c3d4e01", 5357, 3702)
            nas.spawn("wsdd2 -4 -i eth0 -N NAS-RADIO -G CHSA -w -b vendor:Synology -b model:DS920+ -b serial:LNCNAS01 -b sku:LNC", 3702, 3702)
            plan = camera.write("plan.json", json.dumps({"ready": ready, "stop": str(stop), "xaddr": f"http://{CAMERA[0]}/onvif/device_service", "scopes": [
                "onvif://www.onvif.org/type/video_encoder", "onvif://www.onvif.org/hardware/P3245", "onvif://www.onvif.org/name/CANARYPATIENTROOM212",
                "onvif://www.onvif.org/location/ZZCANARYDUPONT"]}))
            process = camera.spawn(f"{PEER} camera {plan}")
            wait(ready)
            print(station.run(f"{PEER} search {station.write('plan.json', '{}')}").stdout)
            # wsdd as a client probes as Windows does, resolves what answers, and asks it for its metadata.
            station.spawn("wsdd -4 -i eth0 -D -o")
            time.sleep(3)
            stop.touch()
            process.wait(timeout=15)
        # wsdd asks again at every repetition of an answer: the first conversations show all there is.
        short = l.folder / "short.pcap"
        lab.sh(["tshark", "-r", str(c.path), "-Y", "!(tcp.stream > 3)", "-F", "pcap", "-w", str(short)])
        c.publish(path=short, truth=truth(
            "WS-Discovery of machines that are no medical devices: wsdd and wsdd2 announce a computer as Windows does (wsdd also answers with its metadata over "
            "HTTP), python WSDiscovery a camera as ONVIF does; two clients probe: WSDiscovery for everything, wsdd for devices.",
            [debian("wsdd"), debian("wsdd2"), pypi("WSDiscovery")],
            [service(PC[0], answering_port(c.path, PC[0]), "ws-discovery", f'ip.src == {PC[0]} && udp contains "Computer"', "udp", wsd_types=["Device", "Computer"],
                     wsd_endpoint="urn:uuid:5f1b7c0a-3f42-4f6e-9b58-0a1e2c3d4e01"),
             service(PC[0], 5357, "http", f'ip.src == {PC[0]} && tcp.srcport == 5357 && tcp contains "FriendlyName"', dpws_manufacturer="wsdd",
                     dpws_model_name="wsdd", dpws_friendly_name="WSD Device PC-COMPTA-03", dpws_firmware="1.0", dpws_serial="1", applications=["dpws"]),
             service(NAS[0], 3702, "http", f'ip.src == {NAS[0]} && tcp.srcport == 3702 && tcp contains "ThisModel"', dpws_manufacturer="Synology", dpws_model_name="DS920+",
                     applications=["dpws"]),
             service(NAS[0], answering_port(c.path, NAS[0]), "ws-discovery", f'ip.src == {NAS[0]} && udp contains "Computer"', "udp", wsd_types=["Device", "Computer"]),
             service(CAMERA[0], answering_port(c.path, CAMERA[0]), "ws-discovery", f'ip.src == {CAMERA[0]} && udp contains "NetworkVideoTransmitter"', "udp",
                     wsd_types=["NetworkVideoTransmitter", "Device"], wsd_scope="onvif", wsd_transport="http")],
            [device(*PC), device(*NAS), device(*CAMERA), device(*STATION)], [],
            [decoy("a medical device", "none of these types is MedicalDevice", absent='udp contains "MedicalDevice"')],
            ["CANARYPATIENTROOM212", "ZZCANARYDUPONT"]))


IDENTITY = """
static octet_string laennec_text(const char *name)
{
	octet_string text;
	const char *value = getenv(name);
	text.length = strlen(value);
	text.value = (intu8 *) strdup(value);
	return text;
}

static void laennec_identity(MDS *mds)
{
	static const char *names[] = {"PHD_UNSPECIFIED", "PHD_SERIAL", "PHD_PART", "PHD_HARDWARE", "PHD_SOFTWARE", "PHD_FIRMWARE"};
	int i;
	mds->system_model.manufacturer = laennec_text("PHD_MANUFACTURER");
	mds->system_model.model_number = laennec_text("PHD_MODEL");
	mds->production_specification.value = calloc(6, sizeof(ProdSpecEntry));
	mds->production_specification.count = 6;
	for (i = 0; i < 6; i++) {
		ProdSpecEntry *entry = &mds->production_specification.value[i];
		entry->spec_type = i;
		entry->prod_spec = laennec_text(names[i]);
		mds->production_specification.length += 6 + entry->prod_spec.length;
	}
	mds->system_type_spec_list.value = calloc(1, sizeof(TypeVer));
	mds->system_type_spec_list.count = 1;
	mds->system_type_spec_list.length = 4;
	mds->system_type_spec_list.value[0].type = atoi(getenv("PHD_SPECIALISATION"));
	mds->system_type_spec_list.value[0].version = 1;
}
"""


def antidote():
    """Antidote, built from the sources in the folder that ANTIDOTE names; gives the folder.

    The authors' sample agent calls a manager on its own machine and leaves its identity empty. Ours is told by the environment whom to
    call and who it is; what it then sends is encoded by Antidote.
    """
    folder = os.environ.get("ANTIDOTE")
    if not folder:
        print("phd: ANTIDOTE is not set; left as it is")
        return None
    folder = pathlib.Path(folder)
    if not (folder / "apps/ieee_agent").exists():
        lab.need("autoconf", "automake", "libtool", "gcc", "make", "pkg-config", "libusb-1.0-0-dev", "libdbus-1-dev", "libdbus-glib-1-dev", "libglib2.0-dev")
        edit(folder / "configure.ac", "-Werror ", "")
        edit(folder / "src/communication/plugin/plugin_tcp_agent.c", "sa.sin_addr.s_addr = INADDR_ANY;", 'sa.sin_addr.s_addr = inet_addr(getenv("PHD_MANAGER"));',
             "#include <stdio.h>", "#include <stdio.h>\n#include <arpa/inet.h>")
        edit(folder / "apps/sample_agent_common.c", "	memcpy(&data->system_id, AGENT_SYSTEM_ID_VALUE, 8);",
             '	for (int i = 0; i < 8; i++)\n		sscanf(getenv("PHD_SYSTEM_ID") + 2 * i, "%2hhx", (intu8 *) &data->system_id + i);')
        begin = "void association_agent_mds("
        edit(folder / "src/communication/agent_ops.c", "&mds_data->system_id, mds->system_id.length);",
             "&mds_data->system_id, mds->system_id.length);\n\tlaennec_identity(mds);", begin, IDENTITY + begin)
        for step in ("./autogen.sh", "./configure --disable-tests", "make"):
            lab.sh(step, cwd=folder)
    return folder


def edit(path, *changes):
    text = path.read_text()
    for old, new in zip(changes[::2], changes[1::2]):
        if old not in text:
            raise SystemExit(f"{path} has changed: no {old!r}")
        text = text.replace(old, new, 1)
    path.write_text(text)


OXI = {"system_id": "001C05FFFE200729", "manufacturer": "Nonin Medical, Inc.", "model": "3230", "serial": "LNC501229", "part_number": "0741-LNC", "hardware": "H 1.2",
       "software": "S 2.04", "firmware": "F 1.10", "configuration": 400, "specialisation": "pulse-oximeter"}
KILOGRAMS = {"system_id": "0022580FFE20072A", "manufacturer": "A&D Medical", "model": "UC-351PBT-Ci", "serial": "LNC5150042", "part_number": "UC-LNC", "hardware": "1",
             "software": "0112", "firmware": "0112", "configuration": 1500, "specialisation": "weighing-scale"}
PROFILES = {"pulse-oximeter": ("pulseoximeter", "4100"), "weighing-scale": ("weightscale", "4111")}


def phd_agents():
    folder = antidote()
    if not folder:
        return
    with SDCLab() as l:
        manager, oximeter, scale = add(l, "passerelle", MANAGER), add(l, "oxymetre", OXIMETER), add(l, "balance", SCALE)
        with l.record("phd-agents") as c:
            for host, plan in ((oximeter, OXI), (scale, KILOGRAMS)):
                kind, profile = PROFILES[plan["specialisation"]]
                names = {"serial": "SERIAL", "part_number": "PART", "hardware": "HARDWARE", "software": "SOFTWARE", "firmware": "FIRMWARE", "manufacturer": "MANUFACTURER",
                         "model": "MODEL", "system_id": "SYSTEM_ID"}
                served = manager.spawn(f"{folder}/apps/ieee_manager --tcp", 6024)
                host.run(f"{folder}/apps/ieee_agent --sensor={kind}", env={
                    "PHD_MANAGER": MANAGER[0], "PHD_SPECIALISATION": profile, "PHD_UNSPECIFIED": "CANARYORDER882", **{f"PHD_{v}": plan[k] for k, v in names.items()}})
                served.terminate()
                served.wait(timeout=10)
        services = [service(MANAGER[0], 6024, "ieee11073-20601", f"tcp.srcport == 6024 && tcp.payload[0:2] == e3:00",
                            clients=[{"address": place[0], **{f"phd_{k}": str(v) for k, v in plan.items()}} for place, plan in ((OXIMETER, OXI), (SCALE, KILOGRAMS))])]
        c.publish(truth(
            "IEEE 11073-20601 over TCP: Antidote's sample manager on 6024, and its sample agents, a pulse oximeter and then a weighing scale: association with a standard "
            "configuration, the manager's request for the attributes of the device, measurements, release.",
            ["Antidote 2.1 (github.com/signove/antidote), its sample agent told by the environment who it is"], services,
            [device(*MANAGER), device(*OXIMETER, **{"class": "pulse oximeter", "maker": OXI["manufacturer"], "model": OXI["model"]}),
             device(*SCALE, **{"class": "weighing scale", "maker": KILOGRAMS["manufacturer"], "model": KILOGRAMS["model"]})],
            [finding("medical data in clear", MANAGER[0], 6024, proof="tcp.dstport == 6024 && tcp.payload[0:2] == e7:00")],
            [decoy(f"{MANAGER[0]} is a pulse oximeter", "it is the manager that they call", MANAGER[0])], ["CANARYORDER882"]))


if __name__ == "__main__":
    choose(sdc_clear, sdc_gzip, sdc_tls, sdc_wsd_hosts, phd_agents)
