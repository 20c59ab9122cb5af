#!/usr/bin/env python3
"""Renews ../dicom-retired-uids.tsv and lists what ../dicom-sop-classes.tsv and ../dicom-private-creators.tsv do not have.

    pip install pydicom     # its tables are made from PS3.6 and from GDCM's dictionary of private elements
    ./dicom-uids.py

Which class of device makes objects of a SOP class, and who a private creator belongs to, is for a person to say: those two
are only listed. Then sort with sort.py.
"""
import pathlib
import re

from pydicom._private_dict import private_dictionaries
from pydicom._uid_dict import UID_dictionary

REGISTRIES = pathlib.Path(__file__).resolve().parent.parent
CLASSES = ("SOP Class", "Meta SOP Class")


def keys(name):
    return {line.split("\t")[0] for line in (REGISTRIES / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")}


def title(text):
    return " ".join(re.sub(r" SOP Class( UID)?", "", text).split())


path = REGISTRIES / "dicom-retired-uids.tsv"
head = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
rows = []
for uid, (name, kind, _, retired, _) in UID_dictionary.items():
    if retired and name and kind in (*CLASSES, "Transfer Syntax"):
        rows.append(f"{uid}\t{title(name)}\t{'transfer-syntax' if kind == 'Transfer Syntax' else 'sop-class'}")
path.write_text("\n".join(head + sorted(rows, key=str.encode)) + "\n", encoding="utf-8")
print(f"{path.name}: {len(rows)} rows")

known = keys("dicom-sop-classes.tsv")
for uid, (name, kind, info, retired, _) in UID_dictionary.items():
    # DICOS and DICONDE are for security and for testing of materials.
    if kind in CLASSES and name and uid not in known and not info.startswith("DIC"):
        print(f"SOP class\t{uid}\t{title(name)}{' (Retired)' if retired else ''}")

known = keys("dicom-private-creators.tsv")
families = re.findall(r'match: \{prefix: "([^"]+)"', (REGISTRIES.parent / "identity/dicom/private-creator.yaml").read_text(encoding="utf-8"))
for creator in sorted(private_dictionaries):
    if creator not in known and not creator.startswith(tuple(families)):
        print(f"private creator\t{creator}")
