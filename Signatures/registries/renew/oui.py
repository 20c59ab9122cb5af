#!/usr/bin/env python3
"""Writes ../oui.tsv from the IEEE Registration Authority's lists as Debian's package ieee-data has them.

    apt install ieee-data        # or: update-ieee-data, for the lists of today
    ./oui.py [/usr/share/ieee-data]
"""
import csv
import datetime
import pathlib
import sys

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/ieee-data")
target = pathlib.Path(__file__).resolve().parent.parent / "oui.tsv"

rows = {}
newest = 0.0
# The blocks of 24 (MA-L), 28 (MA-M) and 36 bits (MA-S, and IAB, its forerunner). CID assigns no addresses.
for name, digits in (("oui.csv", 6), ("mam.csv", 7), ("oui36.csv", 9), ("iab.csv", 9)):
    path = folder / name
    newest = max(newest, path.stat().st_mtime)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            prefix = row["Assignment"].strip().upper()
            organisation = " ".join(row["Organization Name"].split())
            if len(prefix) != digits or any(c not in "0123456789ABCDEF" for c in prefix) or not organisation:
                continue
            # A few old blocks are listed for two organisations: the answer must not depend on the order of the file.
            rows[prefix] = min(rows.get(prefix, organisation), organisation)

date = datetime.datetime.fromtimestamp(newest, datetime.timezone.utc).date()
with target.open("w", encoding="utf-8", newline="\n") as file:
    file.write("# Who was assigned a block of hardware addresses: MA-L (24 bits), MA-M (28 bits), MA-S and IAB (36 bits).\n")
    file.write("# Source: IEEE Registration Authority, https://standards.ieee.org/products-programs/regauth/, by Debian's ieee-data.\n")
    file.write(f"# Date: {date}. Renew with renew/oui.py.\n")
    file.write("# columns: prefix organisation\n# key: oui\n")
    for prefix in sorted(rows):
        file.write(f"{prefix}\t{rows[prefix]}\n")
print(f"{target.name}: {len(rows)} rows of {date}")
