#!/bin/sh
# Records every capture again, family by family (about seven minutes), then checks them all. Needs root; see ../README.md.
set -eu
cd "$(dirname "$0")"
export PYTHONDONTWRITEBYTECODE=1
python=${PYTHON:-python3}
for family in dicom hl7_v2 hl7_depth atna laboratory sdc remote web names decoys links hospital; do
    "$python" "$family.py"
done
exec "$python" check.py
