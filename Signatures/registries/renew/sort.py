#!/usr/bin/env python3
"""Sorts a hand-kept registry by the bytes of its first column, and refuses rows that cannot be right.

    ./sort.py ../dicom-implementation-uids.tsv …
"""
import pathlib
import sys

for name in sys.argv[1:]:
    path = pathlib.Path(name)
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("#")]
    rows = [line for line in lines if line and not line.startswith("#")]
    columns = next(line for line in head if line.startswith("# columns: ")).split()[2:]
    keys = set()
    for row in rows:
        cells = row.split("\t")
        if len(cells) != len(columns):
            sys.exit(f"{path.name}: {len(cells)} columns where {len(columns)} must be: {row}")
        if cells[0] in keys:
            sys.exit(f"{path.name}: {cells[0]} stands twice")
        keys.add(cells[0])
    rows.sort(key=lambda row: row.split("\t")[0].encode())
    path.write_text("\n".join(head + rows) + "\n", encoding="utf-8")
    print(f"{path.name}: {len(rows)} rows")
