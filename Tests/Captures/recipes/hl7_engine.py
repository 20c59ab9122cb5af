"""HL7 v2 programs of a site, over the `hl7` package's MLLP (asyncio); started inside hosts by hl7_depth.py.

    hl7_engine.py serve PORT APPLICATION FACILITY [TYPE=CODE…]   answers AA, or CODE to messages of a type, with an ERR segment
                                                                 that repeats what it was sent, as real systems do
    hl7_engine.py route PORT TYPE=HOST:PORT:APPLICATION…         an integration engine: passes each message on, with another MSH-5, to
                                                                 every destination of its type, and passes the last answer back; what it
                                                                 has no destination for it answers itself
    hl7_engine.py send HOST PORT FILE…                           one message per file in one connection, waits for each answer
"""
import asyncio
import sys

import hl7
from hl7.mllp import open_hl7_connection, start_hl7_server


def answer(message, application, facility, codes):
    kind = str(message.segment("MSH")[9]).split("^")[0]
    code = codes.get(kind, "AA")
    text = str(message.create_ack(ack_code=code, application=application, facility=facility))
    if code != "AA":
        patient = str(message.segment("PID")[3]).split("^")[0] if any(s[0][0] == "PID" for s in message) else "?"
        text = text.rstrip("\r") + f"|CANARYTEXTE refus du patient {patient}\r"
        text += f"ERR||PID^1^3|204^Unknown key identifier^HL70357|E|||CANARYDIAG {patient}|CANARYUSERMESSAGE {patient}\r"
    return text


async def listen(port, handle):
    async def client(reader, writer):
        try:
            while True:
                text = await handle(await reader.readmessage())
                writer.writeblock(text.encode("utf-8"))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    async with await start_hl7_server(client, port=port, host="0.0.0.0", encoding="utf-8") as server:
        await server.serve_forever()


async def exchange(host, port, data):
    reader, writer = await open_hl7_connection(host, port, encoding="utf-8")
    writer.writeblock(data)
    await writer.drain()
    block = await asyncio.wait_for(reader.readblock(), 10)
    writer.close()
    await writer.wait_closed()
    return block.decode("utf-8")


async def serve(port, application, facility, *rules):
    codes = dict(rule.split("=") for rule in rules)

    async def handle(message):
        return answer(message, application, facility, codes)
    await listen(int(port), handle)


async def route(port, *rules):
    destinations = [rule.replace("=", ":").split(":") for rule in rules]

    async def handle(message):
        kind = str(message.segment("MSH")[9]).split("^")[0]
        text = answer(message, "EAI", "CHSA", {})
        for wanted, host, target, application in destinations:
            if wanted == kind:
                onward = hl7.parse(str(message))
                onward.segment("MSH")[5] = application
                text = await exchange(host, int(target), str(onward).encode("utf-8"))
        return text
    await listen(int(port), handle)


async def send(host, port, *files):
    reader, writer = await open_hl7_connection(host, int(port), encoding="utf-8")
    for name in files:
        writer.writeblock(open(name, "rb").read())
        await writer.drain()
        print((await asyncio.wait_for(reader.readblock(), 10)).decode("utf-8"))
        await asyncio.sleep(0.05)
    writer.close()
    await writer.wait_closed()


action, *rest = sys.argv[1:]
asyncio.run({"serve": serve, "route": route, "send": send}[action](*rest))
