"""HL7 v2 peers, started inside a host by the recipes.

    hl7_peer.py serve PORT             asyncio MLLP server of the `hl7` package: ACK^ADT AA, but AE to an ORM
    hl7_peer.py serve-hl7apy PORT      MLLP server of `hl7apy` for ADT^A01 and ORU^R01
    hl7_peer.py send HOST PORT FILE…   asyncio MLLP client of the `hl7` package: one message per file, waits for each ACK
    hl7_peer.py bytes HOST PORT PLAN   a plain TCP client: PLAN is JSON, a list of pieces {"hex": …} each sent in a segment
                                       of its own, {"wait": seconds}, {"read": true}
    hl7_peer.py raw-serve PORT FILE    answers FILE's bytes, unframed, to whatever it receives
"""
import asyncio
import json
import socket
import sys
import time


def acknowledge(message):
    kind = str(message.segment("MSH")[9])
    if kind.startswith("ORM"):
        answer = message.create_ack(ack_code="AE", application="EAI", facility="CHSA")
        # The error text of a real engine repeats what it was sent.
        return str(answer) + "ERR|||204^Unknown key identifier^HL70357|E||||Patient CANARY-IPP-774411 inconnu\r"
    return str(message.create_ack(ack_code="AA", application="EAI", facility="CHSA"))


async def serve(port):
    from hl7.mllp import start_hl7_server

    async def client(reader, writer):
        try:
            while True:
                message = await reader.readmessage()
                writer.writeblock(acknowledge(message).encode("utf-8"))
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    async with await start_hl7_server(client, port=port, host="0.0.0.0", encoding="utf-8") as server:
        await server.serve_forever()


async def send(host, port, files):
    from hl7.mllp import open_hl7_connection
    reader, writer = await open_hl7_connection(host, port, encoding="utf-8")
    for name in files:
        writer.writeblock(open(name, "rb").read())
        await writer.drain()
        answer = await asyncio.wait_for(reader.readblock(), 10)
        print(answer)
        await asyncio.sleep(0.05)
    writer.close()
    await writer.wait_closed()


def serve_hl7apy(port):
    from hl7apy.core import Message
    from hl7apy.mllp import AbstractHandler, MLLPServer
    from hl7apy.parser import parse_message

    class Handler(AbstractHandler):
        def reply(self):
            received = parse_message(self.incoming_message, find_groups=False)
            answer = Message("ACK", version="2.5")
            answer.msh.msh_3, answer.msh.msh_4 = "LIS-LABO", "CHSA"
            answer.msh.msh_5 = received.msh.msh_3.value
            answer.msh.msh_9, answer.msh.msh_10, answer.msh.msh_11 = "ACK", "A" + received.msh.msh_10.value, "P"
            answer.msa.msa_1, answer.msa.msa_2 = "AA", received.msh.msh_10.value
            return answer.to_mllp()

    MLLPServer("0.0.0.0", port, {"ADT^A01^ADT_A01": (Handler,), "ORU^R01^ORU_R01": (Handler,)}).serve_forever()


def send_bytes(host, port, plan):
    client = socket.create_connection((host, port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.settimeout(5)
    for step in json.load(open(plan)):
        if "hex" in step:
            client.sendall(bytes.fromhex(step["hex"]))
            time.sleep(0.01)
        if "wait" in step:
            time.sleep(step["wait"])
        if "read" in step:
            try:
                print(client.recv(65536))
            except TimeoutError:
                sys.exit("no answer")
    client.close()


def raw_serve(port, answer):
    server = socket.create_server(("0.0.0.0", port))
    while True:
        client, _ = server.accept()
        while client.recv(65536):
            client.sendall(open(answer, "rb").read())
        client.close()


action, *rest = sys.argv[1:]
if action == "serve":
    asyncio.run(serve(int(rest[0])))
elif action == "serve-hl7apy":
    serve_hl7apy(int(rest[0]))
elif action == "send":
    asyncio.run(send(rest[0], int(rest[1]), rest[2:]))
elif action == "bytes":
    send_bytes(rest[0], int(rest[1]), rest[2])
elif action == "raw-serve":
    raw_serve(int(rest[0]), rest[1])
