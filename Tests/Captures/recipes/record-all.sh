#!/bin/sh
# Records every capture again, family by family, then checks them all. Needs root; see ../README.md.
set -eu
cd "$(dirname "$0")"
export PYTHONDONTWRITEBYTECODE=1
python=${PYTHON:-python3}
for family in dicom dicom_roles hl7_v2 hl7_depth atna laboratory sdc bedside around web_medical remote tunnels remote_tools web names directory mail discovery decoys links building databases weak_tls storage baseline hospital; do
    "$python" "$family.py"
done
"$python" check.py
cd ../from-specification
for truth in *.expected.json; do
    "$python" ../recipes/check.py "from-specification/${truth%.expected.json}"
done
