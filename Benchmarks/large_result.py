#!/usr/bin/env python3
"""Makes a large result out of a small one: the devices of a recorded network again and again at other addresses, and conversations
between them, until there are as many as asked for. For measuring reports, not for reading.

  laennec scan --quiet --json small.json Tests/Captures/demo-hospital.pcapng
  Benchmarks/large_result.py small.json large.json --devices 20000 --conversations 200000
"""
import argparse
import ipaddress
import json
import random


def moved_host(text, copy):
    """The host at another address; public addresses and groups stay."""
    name, *network = text.split(" ")
    try:
        address = ipaddress.ip_address(name)
        if address.version == 4 and address.is_private:
            name = str(ipaddress.ip_address((10 << 24) | (copy << 8) + (int(address) & 0xFF)))
        elif address.version == 6 and not address.is_global:
            name = str(ipaddress.ip_address(int(address) ^ (copy << 64)))
    except ValueError:
        name = moved_mac(name, copy)
    return " ".join([name, *network])


def moved_mac(text, copy):
    """The hardware address with other low bits: the maker's part stays."""
    octets = [int(octet, 16) for octet in text.split(":")]
    if octets[0] & 1:
        return text
    low = (octets[3] << 16 | octets[4] << 8 | octets[5]) + copy * 977 & 0xFFFFFF
    return ":".join(f"{octet:02x}" for octet in octets[:3] + [low >> 16, low >> 8 & 255, low & 255])


def columns(part, change):
    """The part with its columns changed: those are texts of numbers in a result, and lists of them here."""
    if isinstance(part, dict):
        return {key: columns(value, change) for key, value in part.items()}
    is_column = isinstance(part, str) or isinstance(part, list) and part and isinstance(part[0], int) or part == []
    return change(part) if is_column else part


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("small")
    parser.add_argument("large")
    parser.add_argument("--devices", type=int, default=20000)
    parser.add_argument("--conversations", type=int, default=200000)
    arguments = parser.parse_args()
    with open(arguments.small) as file:
        result = json.load(file)
    small = columns(result["inventory"], lambda text: [int(number) for number in text.split()])
    large = json.loads(json.dumps(small))
    own = sum(asset["position"] != "external" for asset in result["assets"])
    copies = -(-arguments.devices // own)
    host_places = {name: place for place, name in enumerate(large["hosts"])}
    service_places = {name: place for place, name in enumerate(large["services"])}
    text_places = {name: place for place, name in enumerate(large["texts"])}
    pairs = {(client, service) for client, service in zip(large["pairs"]["client"], large["pairs"]["service"])}

    def place(table, places, name):
        if name not in places:
            places[name] = len(table)
            table.append(name)
        return places[name]

    def add_spans(spans, of, source, row):
        spans["of"].append(of)
        for column in ("frame", "time", "scan", "last"):
            spans[column].append(source[column][row])

    for copy in range(1, copies):
        hosts = [place(large["hosts"], host_places, moved_host(name, copy)) for name in small["hosts"]]
        services = []
        for name in small["services"]:
            transport, port, host = name.split(" ")
            services.append(place(large["services"], service_places, f"{transport} {port} {hosts[int(host)]}"))
        first_pair = len(large["pairs"]["client"])
        for client, service in zip(small["pairs"]["client"], small["pairs"]["service"]):
            large["pairs"]["client"].append(hosts[client])
            large["pairs"]["service"].append(services[service])
            pairs.add((hosts[client], services[service]))
        first_device = len(large["devices"]["gateway"])
        for naming, gateway, identifier in zip(*(small["devices"][key] for key in ("naming", "gateway", "identifier"))):
            large["devices"]["naming"].append(naming)
            large["devices"]["gateway"].append(hosts[gateway])
            large["devices"]["identifier"].append(f"{identifier}-{copy}" if naming == "serial" else identifier)
        moved = [lambda of: hosts[of], lambda of: services[of], lambda of: first_pair + of, lambda of: first_device + of]
        for row, of in enumerate(small["heard"]["of"]):
            add_spans(large["heard"], hosts[of], small["heard"], row)
        for row, of in enumerate(small["macSpans"]["of"]):
            large["macs"].append(moved_mac(small["macs"][row], copy))
            add_spans(large["macSpans"], hosts[of], small["macSpans"], row)
        facts = small["facts"]
        for row, of in enumerate(facts["spans"]["of"]):
            value = facts["value"][row]
            name = small["attributes"][facts["attribute"][row]]
            if facts["type"][row] == 0 and name == "link.address":
                value = place(large["texts"], text_places, moved_mac(small["texts"][value], copy))
            elif facts["type"][row] == 0 and name in ("dhcp.hostname", "device.serial", "dicom.station-name"):
                value = place(large["texts"], text_places, f"{small['texts'][value]}-{copy}")
            for column, cell in (("kind", facts["kind"][row]), ("attribute", facts["attribute"][row]), ("type", facts["type"][row]), ("value", value)):
                large["facts"][column].append(cell)
            add_spans(large["facts"]["spans"], moved[facts["kind"][row]](of), facts["spans"], row)
        for table in ("conversations", "sessions"):
            for row, of in enumerate(small[table]["spans"]["of"]):
                add_spans(large[table]["spans"], first_pair + of, small[table]["spans"], row)
                for column in small[table]:
                    if column != "spans":
                        large[table][column].append(small[table][column][row])
    # Devices of different copies talk to each other like those of one.
    dice = random.Random(1)
    originals = small["conversations"]
    services = len(large["services"])
    hosts = [host for host in large["heard"]["of"]]
    while len(large["conversations"]["flows"]) < arguments.conversations:
        client, service = dice.choice(hosts), dice.randrange(services)
        if (client, service) in pairs or int(large["services"][service].split(" ")[2]) == client:
            continue
        pairs.add((client, service))
        large["pairs"]["client"].append(client)
        large["pairs"]["service"].append(service)
        row = dice.randrange(len(originals["flows"]))
        add_spans(large["conversations"]["spans"], len(large["pairs"]["client"]) - 1, originals["spans"], row)
        for column in originals:
            if column != "spans":
                large["conversations"][column].append(originals[column][row])
    result["inventory"] = columns(large, lambda numbers: " ".join(str(number) for number in numbers))
    with open(arguments.large, "w") as file:
        json.dump(result, file, separators=(",", ":"))
    print(f"{copies} copies, {len(large['hosts'])} hosts, {len(large['conversations']['flows'])} conversations, {len(large['facts']['kind'])} facts")


if __name__ == "__main__":
    main()
