#!/usr/bin/env python3
"""Compares ../enterprise-numbers.tsv with IANA's list: numbers that changed hands, and new organisations worth a look.

    curl -O https://www.iana.org/assignments/enterprise-numbers.txt && ./enterprise-numbers.py enterprise-numbers.txt

It changes nothing: whether an organisation makes medical devices, and under which name reports know it, is for a person to say.
"""
import pathlib
import re
import sys

ROOT = "1.3.6.1.4.1."
registry = pathlib.Path(__file__).resolve().parent.parent / "enterprise-numbers.tsv"
known = {}
for line in registry.read_text(encoding="utf-8").splitlines():
    if not line.startswith("#"):
        identifier, _, _, registered = line.split("\t")
        known[int(identifier[len(ROOT):-1])] = registered

# A number alone on its line, and under it the organisation, indented less than the contact and the address.
every, number = {}, None
for line in pathlib.Path(sys.argv[1]).read_text(encoding="utf-8", errors="replace").splitlines():
    if line.isdigit():
        number = int(line)
    elif number is not None:
        every.setdefault(number, line.strip())
        number = None

if len(every) < 50_000:
    sys.exit(f"{sys.argv[1]} is not IANA's list: {len(every)} numbers in it")
for number, registered in sorted(known.items()):
    if every.get(number) != registered:
        print(f"changed\t{number}\t{registered}\t{every.get(number, '(no longer listed)')}")
word = re.compile(r"medic|health ?care|surg|diagnos|biomed|patient|dental|ophthal|radiolog|cardio|infusion|dialys|nurse ?call", re.IGNORECASE)
for number, organisation in sorted(every.items()):
    if number not in known and word.search(organisation):
        print(f"candidate\t{number}\t{organisation}")
