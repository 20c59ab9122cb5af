#!/usr/bin/env python3
"""Compares ../medical-oui.tsv with ../oui.tsv: blocks that changed hands, and new organisations worth a look.

    ./oui.py && ./medical-oui.py

It changes nothing: whether an organisation makes medical devices, and which, is for a person to say.
"""
import pathlib
import re

folder = pathlib.Path(__file__).resolve().parent.parent


def table(name):
    rows = (line.split("\t") for line in (folder / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {cells[0]: cells[1:] for cells in rows}


medical, every = table("medical-oui.tsv"), table("oui.tsv")
for prefix, (maker, _, registered) in sorted(medical.items()):
    now = every.get(prefix, [""])[0]
    if now != registered:
        print(f"changed\t{prefix}\t{registered}\t{now or '(no longer listed)'}")
word = re.compile(r"medic|health|clinic|hospital|surg|diagnos|biomed|patient|dental|ophthal|radiolog|cardio|infusion", re.IGNORECASE)
for prefix, (organisation,) in sorted(every.items()):
    if prefix not in medical and word.search(organisation):
        print(f"candidate\t{prefix}\t{organisation}")
