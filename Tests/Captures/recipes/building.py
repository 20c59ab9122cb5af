"""Building and industrial systems.  python3 building.py [NAME…]

The programs are Python libraries of both sides. Makers and models in what they state are real ones with invented serial numbers.
"""
import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark")
# Version 2 of python-snap7 is around the Snap7 library; later ones answer lists of their own making.
lab.need_pip("pymodbus", "python-snap7", "asyncua", "bacpypes3", "cpppo", "c104", "aiocoap", "pyads", "xknx", "cryptography")

from lab import Lab, PYTHON, choose, decoy, device, finding, pypi, service, truth

STATION = ("10.20.12.50", "34:e6:d7:20:0c:32")


def laboratory():
    """A laboratory of this family's own, beside others on the machine."""
    l = Lab()
    l.prefix = "laennec-building"
    l.ns = f"{l.prefix}-switch"
    return l


def pair(l, name, place):
    return l.host(name, place[0] + "/24", place[1]), l.host("poste-gtb", STATION[0] + "/24", STATION[1])


def building_modbus():
    """A boiler controller that says who it is, is read and written to without a login, and refuses one write."""
    place = ("10.20.12.10", "00:80:f4:20:0c:0a")
    with laboratory() as l:
        c, p = pair(l, "chaufferie", place)
        server = c.write("server.py", """
from pymodbus.server import StartTcpServer
from pymodbus import ModbusDeviceIdentification
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusDeviceContext, ModbusServerContext
identity = ModbusDeviceIdentification(info_name={"VendorName": "Schneider Electric", "ProductCode": "BMX P34 2020", "MajorMinorRevision": "v2.9",
    "VendorUrl": "http://canary-vendor.example/chemin", "ProductName": "Modicon M340", "ModelName": "BMX P34 2020", "UserApplicationName": "CANARYAPPLICATION"})
device = ModbusDeviceContext(hr=ModbusSequentialDataBlock(1, [7] * 100), co=ModbusSequentialDataBlock(1, [False] * 100))
StartTcpServer(ModbusServerContext(devices=device, single=True), identity=identity, address=("0.0.0.0", 502))
""")
        client = p.write("client.py", f"""
from pymodbus.client import ModbusTcpClient
c = ModbusTcpClient("{place[0]}", port=502); c.connect()
c.read_holding_registers(1, count=4); c.write_register(2, 41); c.write_coil(3, True); c.write_register(4000, 1)
c.read_device_information(read_code=1, object_id=0); c.read_device_information(read_code=2, object_id=0)
c.close()
""")
        c.spawn([PYTHON, server], 502)
        with l.record("building-modbus") as r:
            p.run([PYTHON, client])
        r.publish(truth("A controller (pymodbus) that states its identification, is read, written to without a login, and refuses one write.", [pypi("pymodbus")],
            [service(place[0], 502, "modbus", "modbus.object_str_value == \"Modicon M340\"", vendor="Schneider Electric", product_code="BMX P34 2020",
                     revision="v2.9", product="Modicon M340", control=["write"])],
            [device(*place, maker="Schneider Electric", model="Modicon M340", **{"class": "industrial controller"}), device(*STATION)],
            [finding("controller written to without authentication", place[0], 502, proof="tcp.srcport == 502 && modbus.func_code == 6 && !modbus.exception_code")],
            canaries=["canary-vendor.example/chemin", "CANARYAPPLICATION"]))


def building_s7():
    """A controller that is read, written to, stopped and started without a password."""
    place = ("10.20.12.11", "00:1b:1b:20:0c:0b")
    with laboratory() as l:
        c, p = pair(l, "traitement-air", place)
        server = c.write("server.py", """
import ctypes, time
from snap7.server import Server
from snap7.type import SrvArea
s = Server(log=False)
data = (ctypes.c_uint8 * 64)()
s.register_area(SrvArea.DB, 1, data)
s.start(102)
time.sleep(600)
""")
        client = p.write("client.py", f"""
import snap7, time
c = snap7.Client(); c.connect("{place[0]}", 0, 2, 102)
def attempt(what, *arguments):
    try: print(what, getattr(c, what)(*arguments))
    except Exception as e: print(what, repr(e))
attempt("get_cpu_info"); attempt("get_order_code"); attempt("db_read", 1, 0, 8); attempt("db_write", 1, 0, bytearray(b"\\1\\2"))
attempt("set_session_password", "CANARYPW"); attempt("plc_stop"); attempt("plc_hot_start"); attempt("get_cpu_state"); attempt("set_plc_system_datetime")
c.disconnect()
""")
        c.spawn([PYTHON, server], 102)
        with l.record("building-s7") as r:
            print(p.run([PYTHON, client], check=False).stdout)
        r.publish(truth("A controller (python-snap7) that is asked who it is, read, written to, stopped and started without a password.", [pypi("python-snap7")],
            [service(place[0], 102, "s7comm", "tcp.srcport == 102 && s7comm", module="CPU 315-2 PN/DP", order_number="6ES7 315-2EH14-0AB0", firmware="V3.2.6",
                     plc_name="SNAP7-SERVER", module_serial="S C-C2UR28922012", control=["write", "stop", "start"])],
            [device(*place), device(*STATION)],
            [finding("controller stopped without authentication", place[0], 102, proof="s7comm.param.func == 0x29 && tcp.srcport == 102"),
             finding("S7 password in clear", place[0], 102, proof="s7comm.param.userdata.subfunc == 1 && s7comm.param.userdata.funcgroup == 5 && tcp.dstport == 102")],
            [decoy("remote desktop on port 102", "the transport is shared, what it carries is S7", place[0], 102, absent="rdp")]))


def building_opcua():
    """Three servers: without security and for anybody; with a password in clear; with security and certificates."""
    place = ("10.20.12.12", "00:30:de:20:0c:0c")
    with laboratory() as l:
        c, p = pair(l, "supervision", place)
        server = c.write("server.py", """
import asyncio, pathlib, sys
from asyncua import Server, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.server.user_managers import UserManager
from asyncua.crypto.permission_rules import User, UserRole
from cryptography.x509.oid import ExtendedKeyUsageOID
class Named(UserManager):
    def get_user(self, iserver, username=None, password=None, certificate=None):
        return User(role=UserRole.Admin) if username == "canaryuser" and password == "CanaryPwd!42" else None
async def main():
    await setup_self_signed_certificate(pathlib.Path("key.pem"), pathlib.Path("cert.der"), "urn:laennec:gtb", "localhost", [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH], {"commonName": "gtb"})
    servers = []
    for port, policy, users in ((4840, ua.SecurityPolicyType.NoSecurity, None), (4841, ua.SecurityPolicyType.NoSecurity, Named()), (4842, ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt, None)):
        s = Server(user_manager=users) if users else Server()
        await s.init(); s.set_endpoint(f"opc.tcp://0.0.0.0:{port}/CANARYPATH"); s.set_server_name("GTB bloc operatoire")
        await s.set_application_uri("urn:laennec:gtb"); s.product_uri = "urn:wago:PFC200"
        if port == 4842: await s.load_certificate("cert.der"); await s.load_private_key("key.pem")
        s.set_security_policy([policy])
        if port == 4840: s.set_identity_tokens([ua.AnonymousIdentityToken])
        if port == 4841: s.set_identity_tokens([ua.UserNameIdentityToken])
        o = await s.nodes.objects.add_variable(ua.NodeId("CTA", 2), "CTA", 1.0); await o.set_writable()
        await s.start(); servers.append(s)
    await asyncio.sleep(600)
asyncio.run(main())
""")
        client = p.write("client.py", f"""
import asyncio, pathlib
from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from cryptography.x509.oid import ExtendedKeyUsageOID
async def main():
    await setup_self_signed_certificate(pathlib.Path("ckey.pem"), pathlib.Path("ccert.der"), "urn:laennec:client", "localhost", [ExtendedKeyUsageOID.CLIENT_AUTH], {{"commonName": "poste"}})
    c = Client("opc.tcp://{place[0]}:4840/"); await c.connect_and_get_server_endpoints()
    async with Client("opc.tcp://{place[0]}:4840/") as c:
        n = c.get_node(ua.NodeId("CTA", 2)); print(await n.read_value()); await n.write_value(2.0)
    c = Client("opc.tcp://{place[0]}:4841/"); c.set_user("canaryuser"); c.set_password("CanaryPwd!42")
    try:
        async with c: print(await c.get_node(ua.NodeId("CTA", 2)).read_value())
    except Exception as e: print(repr(e))
    c = Client("opc.tcp://{place[0]}:4842/"); c.application_uri = "urn:laennec:client"
    await c.set_security(SecurityPolicyBasic256Sha256, "ccert.der", "ckey.pem", mode=ua.MessageSecurityMode.SignAndEncrypt)
    async with c: print(await c.get_node(ua.NodeId("CTA", 2)).read_value())
asyncio.run(main())
""")
        c.spawn([PYTHON, server], (4840, 4841, 4842), timeout=60)
        with l.record("building-opcua") as r:
            done = p.run([PYTHON, client], check=False); print(done.stdout, done.stderr[-600:])
        r.publish(truth("OPC UA servers (asyncua): without security for anybody, without security with a password, with Basic256Sha256.", [pypi("asyncua")],
            [service(place[0], 4840, "opc-ua", "tcp.srcport == 4840 && opcua.security.spu contains \"#None\"", policy="None", session="anonymous", control=["write"]),
             service(place[0], 4841, "opc-ua", "tcp.srcport == 4841 && opcua", policy="None"),
             service(place[0], 4842, "opc-ua", "tcp.srcport == 4842 && opcua.security.spu contains \"#Basic256Sha256\"", policy="Basic256Sha256")],
            [device(*place), device(*STATION)],
            [finding("OPC UA without security", place[0], 4840, proof="tcp.srcport == 4840 && opcua.security.spu contains \"#None\""),
             finding("OPC UA session of nobody", place[0], 4840, proof="tcp.srcport == 4840 && opcua.servicenodeid.numeric == 470"),
             finding("OPC UA password in clear", place[0], 4841, proof="tcp.dstport == 4841 && opcua.servicenodeid.numeric == 467"),
             finding("OPC UA without security", place[0], 4841, proof="tcp.srcport == 4841 && opcua.security.spu contains \"#None\"")],
            [decoy("session without security on 4842", "its session is encrypted", place[0], 4842)],
            canaries=["canaryuser", "CANARYPATH", "CanaryPwd!42"], decode_as=["tcp.port==4841,opcua", "tcp.port==4842,opcua"]))


def building_bacnet():
    """A controller that is found, asked who it is, and written to."""
    place = ("10.20.12.13", "00:60:2d:20:0c:0d")
    with laboratory() as l:
        c, p = pair(l, "regulation", place)
        server = c.write("server.py", f"""
import asyncio
from bacpypes3.app import Application
from bacpypes3.local.device import DeviceObject
from bacpypes3.local.networkport import NetworkPortObject
from bacpypes3.local.analog import AnalogValueObject
from bacpypes3.primitivedata import ObjectIdentifier
async def main():
    device = DeviceObject(objectIdentifier=("device", 12013), objectName="RGL-BLOC-02", vendorIdentifier=7, vendorName="Siemens Building Technologies",
        modelName="PXC100-E.D", firmwareRevision="FW=V5.10", applicationSoftwareVersion="V6.0", serialNumber="LNC120130", location="CANARYLOCATION Chambre 12", description="CANARYDESCRIPTION")
    port = NetworkPortObject("{place[0]}/24", objectIdentifier=("network-port", 1), objectName="port")
    value = AnalogValueObject(objectIdentifier=("analog-value", 1), objectName="consigne", presentValue=20.0, statusFlags=[0, 0, 0, 0], eventState=0, outOfService=False, units=62)
    app = Application.from_object_list([device, port, value])
    await asyncio.sleep(600)
asyncio.run(main())
""")
        client = p.write("client.py", f"""
import asyncio
from bacpypes3.app import Application
from bacpypes3.local.device import DeviceObject
from bacpypes3.local.networkport import NetworkPortObject
from bacpypes3.pdu import Address
from bacpypes3.primitivedata import ObjectIdentifier
async def main():
    device = DeviceObject(objectIdentifier=("device", 599), objectName="poste-gtb", vendorIdentifier=999)
    app = Application.from_object_list([device, NetworkPortObject("{STATION[0]}/24", objectIdentifier=("network-port", 1), objectName="port")])
    await asyncio.sleep(0.5)
    print(await app.who_is(timeout=2))
    to = Address("{place[0]}")
    for name in ("object-name", "vendor-name", "vendor-identifier", "model-name", "firmware-revision", "application-software-version", "serial-number", "location", "description"):
        try: print(await app.read_property(to, ObjectIdentifier("device,12013"), name))
        except BaseException as e: print(name, repr(e))
    try: print(await app.read_property_multiple(to, ["device,12013", ["object-name", "model-name", "serial-number", "location"]]))
    except BaseException as e: print(repr(e))
    for what in (("analog-value,1", "present-value", "21.5"), ("analog-value,99", "present-value", "1.0")):
        try: print(await app.write_property(to, ObjectIdentifier(what[0]), what[1], what[2]))
        except BaseException as e: print(what, repr(e))
    await asyncio.sleep(0.3)
asyncio.run(main())
""")
        c.spawn([PYTHON, server], udp=47808)
        with l.record("building-bacnet") as r:
            done = p.run([PYTHON, client], check=False); print(done.stdout, done.stderr[-800:])
        r.publish(truth("A controller (bacpypes3) found by Who-Is, asked for its device object, written to without a login; one write is refused.", [pypi("bacpypes3")],
            [service(place[0], 47808, "bacnet", f"ip.src == {place[0]} && bacapp.type == 3", transport="udp", instance=12013, vendor="Siemens Building Technologies",
                     model="PXC100-E.D", firmware="FW=V5.10", software="V6.0", device_name="RGL-BLOC-02", serial_number="LNC120130")],
            [device(*place, maker="Siemens", model="PXC100-E.D", serial="LNC120130", name="RGL-BLOC-02", **{"class": "building controller"}), device(*STATION)],
            [finding("controller written to without authentication", place[0], 47808, "udp", proof=f"ip.src == {place[0]} && bacapp.type == 2 && bacapp.confirmed_service == 15")],
            canaries=["CANARYLOCATION Chambre 12", "CANARYDESCRIPTION"]))


def building_enip():
    """A controller that lists its identity and takes a tag without a login."""
    place = ("10.20.12.14", "00:00:bc:20:0c:0e")
    with laboratory() as l:
        c, p = pair(l, "fluides", place)
        c.spawn([PYTHON, "-m", "cpppo.server.enip", "--address", "0.0.0.0:44818", "CANARYTAG=INT[10]"], 44818, timeout=40)
        with l.record("building-enip") as r:
            for arguments in (["-m", "cpppo.server.enip.list_services", "--list-identity", "-a", place[0]],
                              ["-m", "cpppo.server.enip.client", "-a", place[0], "CANARYTAG[0-3]=1,2,3,4", "CANARYTAG[0-3]"]):
                done = p.run([PYTHON, *arguments], check=False); print(done.stdout[-600:], done.stderr[-600:])
        r.publish(truth("A controller (cpppo) that lists its identity, and whose tags are written without a login.", [pypi("cpppo")],
            [service(place[0], 44818, "enip", "tcp.srcport == 44818 && enip.command == 0x0063", product="1756-L61/B LOGIX5561", control=["write"])],
            [device(*place), device(*STATION)],
            [finding("controller written to without authentication", place[0], 44818, proof="tcp.srcport == 44818 && cip.rr == 1 && cip.sc == 0x4d")], canaries=["CANARYTAG"]))


def building_iec104():
    """A station that carries out a command and a set point from anybody."""
    place = ("10.20.12.15", "00:a0:57:20:0c:0f")
    with laboratory() as l:
        c, p = pair(l, "poste-electrique", place)
        server = c.write("server.py", """
import c104, time
s = c104.Server(ip="0.0.0.0", port=2404); st = s.add_station(common_address=47)
st.add_point(io_address=11, type=c104.Type.M_ME_NC_1, report_ms=1000)
st.add_point(io_address=12, type=c104.Type.C_SC_NA_1); st.add_point(io_address=13, type=c104.Type.C_SE_NC_1)
s.start(); time.sleep(600)
""")
        client = p.write("client.py", f"""
import c104, time
c = c104.Client(); k = c.add_connection(ip="{place[0]}", port=2404, init=c104.Init.ALL); st = k.add_station(common_address=47)
a = st.add_point(io_address=12, type=c104.Type.C_SC_NA_1); b = st.add_point(io_address=13, type=c104.Type.C_SE_NC_1)
c.start()
for _ in range(50):
    if k.is_connected: break
    time.sleep(0.1)
time.sleep(1); a.value = True; print(a.transmit(cause=c104.Cot.ACTIVATION)); b.value = 2.5; print(b.transmit(cause=c104.Cot.ACTIVATION)); time.sleep(1); c.stop()
""")
        c.spawn([PYTHON, server], 2404)
        with l.record("building-iec104") as r:
            done = p.run([PYTHON, client], check=False); print(done.stdout, done.stderr[-400:])
        r.publish(truth("A substation (c104) that carries out a command and a set point without a login.", [pypi("c104")],
            [service(place[0], 2404, "iec-104", "tcp.srcport == 2404 && iec60870_asdu", control=["operate", "write"])], [device(*place), device(*STATION)],
            [finding("command carried out without authentication", place[0], 2404, proof="tcp.srcport == 2404 && iec60870_asdu.typeid == 45 && iec60870_asdu.causetx == 7")]))


def building_coap():
    """A sensor gateway that is read, and changed, in clear."""
    place = ("10.20.12.16", "00:12:4b:20:0c:10")
    with laboratory() as l:
        c, p = pair(l, "capteurs", place)
        server = c.write("server.py", f"""
import asyncio, aiocoap, aiocoap.resource as resource
class Value(resource.Resource):
    async def render_get(self, request): return aiocoap.Message(payload=b"CANARYVALUE")
    async def render_put(self, request): return aiocoap.Message(code=aiocoap.CHANGED)
async def main():
    root = resource.Site(); root.add_resource(["CANARYROOM12"], Value())
    await aiocoap.Context.create_server_context(root, bind=("{place[0]}", 5683)); await asyncio.sleep(600)
asyncio.run(main())
""")
        client = p.write("client.py", f"""
import asyncio, aiocoap
async def main():
    c = await aiocoap.Context.create_client_context()
    for code in (aiocoap.GET, aiocoap.PUT, aiocoap.DELETE):
        print(await c.request(aiocoap.Message(code=code, uri="coap://{place[0]}/CANARYROOM12", payload=b"1" if code == aiocoap.PUT else b"")).response)
asyncio.run(main())
""")
        for host in (c, p):
            host.sysctl("net.ipv6.conf.all.disable_ipv6=0"); host.sysctl("net.ipv6.conf.lo.disable_ipv6=0")
        c.spawn([PYTHON, server], udp=5683)
        with l.record("building-coap", filter="ip") as r:
            done = p.run([PYTHON, client], check=False); print(done.stdout, done.stderr[-400:])
        r.publish(truth("A sensor gateway (aiocoap) that is read and changed in clear.", [pypi("aiocoap")],
            [service(place[0], 5683, "coap", "udp.srcport == 5683 && coap.code == 68", transport="udp", control=["write"])], [device(*place), device(*STATION)],
            [finding("changed without authentication", place[0], 5683, "udp", proof="udp.srcport == 5683 && coap.code == 68")],
            canaries=["CANARYROOM12", "CANARYVALUE"]))


def building_ads():
    """A controller that states its name and is written to and stopped without a login."""
    place = ("10.20.12.17", "00:01:05:20:0c:11")
    with laboratory() as l:
        c, p = pair(l, "ascenseurs", place)
        server = c.write("server.py", """
import time
from pyads.testserver import AdsTestServer, AdvancedHandler, BasicHandler
s = AdsTestServer(handler=BasicHandler(), ip_address="0.0.0.0", port=48898, logging=False)
s.start(); time.sleep(600)
""")
        client = p.write("client.py", f"""
import socket, struct
from pyads.testserver import AmsTcpHeader, AmsHeader, AmsPacket
def call(s, command, data, number):
    ams = bytes([10, 20, 12, 17, 1, 1]) + struct.pack("<H", 851) + bytes([10, 20, 12, 50, 1, 1]) + struct.pack("<HHHIII", 32800, command, 4, len(data), 0, number) + data
    s.sendall(struct.pack("<HI", 0, len(ams)) + ams); return s.recv(4096)
s = socket.create_connection(("{place[0]}", 48898))
print(call(s, 1, b"", 1)); print(call(s, 3, struct.pack("<III", 0x4020, 0, 4) + b"\\1\\2\\3\\4", 2)); print(call(s, 5, struct.pack("<HHI", 6, 0, 0), 3)); s.close()
""")
        c.spawn([PYTHON, server], 48898)
        with l.record("building-ads") as r:
            done = p.run([PYTHON, client], check=False); print(done.stdout, done.stderr[-400:])
        r.publish(truth("A controller (the test server of pyads; the client's frames are made by hand) that states its name, is written to and stopped without a login.", [pypi("pyads")],
            [service(place[0], 48898, "ads", "tcp.srcport == 48898 && ams", control=["write", "stop"])], [device(*place), device(*STATION)],
            [finding("controller stopped without authentication", place[0], 48898, proof="tcp.srcport == 48898 && ams.cmdid == 5")]))


def building_knx():
    """A KNX IP interface found by its search, and a telegram through its tunnel; both sides are encoded by xknx."""
    place = ("10.20.12.18", "00:0e:8c:20:0c:12")
    with laboratory() as l:
        c, p = pair(l, "eclairage", place)
        server = c.write("server.py", f"""
import socket
from xknx.knxip import *
from xknx.knxip.dib import *
from xknx.knxip.knxip_enum import *
from xknx.telegram import IndividualAddress
H = HPAI("{place[0]}", 3671)
def info():
    d = DIBDeviceInformation(); d.knx_medium = KNXMedium.TP1; d.name = "IP Interface bloc 2"; d.serial_number = "00:01:4c:4e:43:12"; d.mac_address = "{place[1]}"
    d.individual_address = IndividualAddress("1.1.200"); d.multicast_address = "224.0.23.12"; d.programming_mode = False; d.project_number = 1; d.installation_number = 0
    f = DIBSuppSVCFamilies(); f.families = [DIBSuppSVCFamilies.Family(name=DIBServiceFamily.CORE, version=1), DIBSuppSVCFamilies.Family(name=DIBServiceFamily.TUNNELING, version=1)]
    return [d, f]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("{place[0]}", 3671)); n = 0
while True:
    data, peer = s.recvfrom(2048); f, _ = KNXIPFrame.from_knx(data); b = f.body; out = []
    if isinstance(b, DescriptionRequest):
        r = DescriptionResponse(); r.dibs = info(); out = [r]
    elif isinstance(b, ConnectRequest): out = [ConnectResponse(communication_channel=1, status_code=ErrorCode.E_NO_ERROR, data_endpoint=H, crd=ConnectResponseData(request_type=ConnectRequestType.TUNNEL_CONNECTION, individual_address=IndividualAddress("1.1.201")))]
    elif isinstance(b, TunnellingRequest):
        raw = bytearray(b.raw_cemi); raw[0] = 0x2E
        out = [TunnellingAck(communication_channel_id=1, sequence_counter=b.sequence_counter), TunnellingRequest(communication_channel_id=1, sequence_counter=n, raw_cemi=bytes(raw))]; n += 1
    elif isinstance(b, DisconnectRequest): out = [DisconnectResponse(communication_channel_id=1, status_code=ErrorCode.E_NO_ERROR)]
    for o in out: s.sendto(KNXIPFrame.init_from_body(o).to_knx(), peer)
""")
        client = p.write("client.py", f"""
import asyncio, socket
from xknx import XKNX
from xknx.io import ConnectionConfig, ConnectionType
from xknx.io.self_description import request_description
from xknx.telegram import Telegram, GroupAddress
from xknx.telegram.apci import GroupValueWrite
from xknx.dpt import DPTBinary
async def main():
    print(await request_description(gateway_ip="{place[0]}", gateway_port=3671, local_ip="{STATION[0]}", local_port=0, route_back=False))
    x = XKNX(connection_config=ConnectionConfig(connection_type=ConnectionType.TUNNELING, gateway_ip="{place[0]}", gateway_port=3671, local_ip="{STATION[0]}"))
    await x.start()
    x.telegrams.put_nowait(Telegram(destination_address=GroupAddress("1/2/3"), payload=GroupValueWrite(DPTBinary(1))))
    await asyncio.sleep(1.5); await x.stop()
asyncio.run(main())
""")
        c.spawn([PYTHON, server], udp=3671)
        with l.record("building-knx") as r:
            done = p.run([PYTHON, client], check=False); print(done.stdout, done.stderr[-1500:])
        r.publish(truth("A KNX IP interface (a small responder around xknx's frames) described, and a group telegram sent through its tunnel by xknx without KNX IP Secure.", [pypi("xknx")],
            [service(place[0], 3671, "knx", "udp.srcport == 3671 && knxip.device.name == \"IP Interface bloc 2\"", transport="udp", friendly_name="IP Interface bloc 2",
                     connection="tunnel", control=["operate"])],
            [device(*place, name="IP Interface bloc 2"), device(*STATION)],
            [finding("KNX without security", place[0], 3671, "udp", proof="udp.srcport == 3671 && knxip.service == 0x0206")]))


if __name__ == "__main__":
    choose(building_modbus, building_s7, building_opcua, building_bacnet, building_enip, building_iec104, building_coap, building_ads, building_knx)
