#!/usr/bin/env python3
"""Lists the storage SOP classes of the current standard that ../dicom-sop-classes.tsv does not have.

    curl -O https://dicom.nema.org/medical/dicom/current/source/docbook/part04/part04.xml
    ./dicom-sop-classes.py part04.xml

It changes nothing: which class of device makes such objects is for a person to say. Then sort with sort.py.
"""
import pathlib
import re
import sys

known = {
    line.split("\t")[0]
    for line in (pathlib.Path(__file__).resolve().parent.parent / "dicom-sop-classes.tsv").read_text(encoding="utf-8").splitlines()
}
text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
# Rows of table B.5-1 and its like: a cell with the title, then one with the UID.
rows = re.findall(r"<para[^>]*>([^<]+ Storage[^<]*)</para>\s*</td>\s*<td[^>]*>\s*<para[^>]*>(1\.2\.840\.10008[\d.\u200b]+)</para>", text)
for title, uid in rows:
    uid = uid.replace("\u200b", "")
    if uid not in known:
        print(f"{uid}\t{' '.join(title.split())}\t\t")
