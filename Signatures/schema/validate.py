#!/usr/bin/env python3
"""Applies the JSON Schemas to every signature file of a folder (pip install jsonschema pyyaml).

    schema/validate.py [FOLDER]
"""
import json
import pathlib
import sys

import jsonschema
import yaml

here = pathlib.Path(__file__).resolve().parent
folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent
failures = files = 0
for kind in ("identity", "exposure"):
    validator = jsonschema.Draft202012Validator(json.loads((here / f"{kind}.schema.json").read_text(encoding="utf-8")))
    for path in sorted((folder / kind).rglob("*.yaml")):
        files += 1
        for error in validator.iter_errors(yaml.safe_load(path.read_text(encoding="utf-8"))):
            failures += 1
            print(f"{path}: {'/'.join(map(str, error.absolute_path))}: {error.message}")
print(f"{files} files, {failures} problems")
sys.exit(1 if failures or not files else 0)
