"""Judges user data by cloud-init's own schema: judge.py SCHEMA FILE."""

import json
import pathlib
import sys

import jsonschema
import yaml

schema = json.loads(pathlib.Path(sys.argv[1]).read_text())
text = pathlib.Path(sys.argv[2]).read_text()
if not text.startswith("#cloud-config\n"):
    sys.exit("cloud-init would not take it for a configuration")
document = yaml.safe_load(text)
jsonschema.Draft4Validator.check_schema(schema)
found = [error.message for error in jsonschema.Draft4Validator(schema).iter_errors(document)]
# A judge that lets everything pass is none.
wrong = dict(document, runcmd=[{"a": 1}])
if not list(jsonschema.Draft4Validator(schema).iter_errors(wrong)):
    sys.exit("the schema lets a wrong command pass")
sys.exit("\n".join(found) if found else 0)
