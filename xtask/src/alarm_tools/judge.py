"""Parses every .tf file of a directory, and has Grafana's own model read every dashboard: what it does not know it drops."""

import json
import pathlib
import sys

import hcl2
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

# What belongs to a data source or a panel and not to the model of dashboards.
OPAQUE = {"options", "targets", "fieldConfig", "query", "current"}


def lost(given, kept, path=""):
    """Where something is in one and not in the other."""
    if isinstance(given, dict):
        for key, value in given.items():
            if key in OPAQUE:
                continue
            if not isinstance(kept, dict) or key not in kept:
                yield f"{path}/{key}"
            else:
                yield from lost(value, kept[key], f"{path}/{key}")
    elif isinstance(given, list):
        if not isinstance(kept, list) or len(given) != len(kept):
            yield path
        else:
            for index, value in enumerate(given):
                yield from lost(value, kept[index], f"{path}/{index}")
    elif given != kept:
        yield f"{path}: {given!r} became {kept!r}"


directory = pathlib.Path(sys.argv[1])
register_default_plugins()
found, parsed, dashboards = [], 0, 0
for path in sorted(directory.glob("*.tf")):
    with path.open() as file:
        blocks = hcl2.load(file)
    parsed += 1
    if not blocks.get("resource"):
        found.append(f"{path.name}: no resource")
for path in sorted(directory.glob("*-grafana.json")):
    given = json.loads(path.read_text())
    kept = json.loads(JSONEncoder().encode(Dashboard.from_json(given)))
    dashboards += 1
    found += [f"{path.name}: {where}" for where in lost(given, kept)]
if not parsed or not dashboards:
    found.append(f"{parsed} HCL files and {dashboards} dashboards")
if found:
    sys.exit("\n".join(found))
print(f"  {parsed} HCL files parsed, {dashboards} dashboards read")
