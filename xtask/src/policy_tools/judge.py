"""Parses every .tf file of a directory and has parliament read every document of the .json files."""

import json
import pathlib
import sys
import warnings

warnings.filterwarnings("ignore")

import hcl2
from parliament import analyze_policy_string


# Its list of actions is of 2025 and older: this one acts on repositories. Source: service authorization reference.
OUTDATED = {("RESOURCE_MISMATCH", "ecr:BatchImportUpstreamImage")}


def is_outdated(finding):
    """Whether it speaks of actions that parliament knows wrongly."""
    actions = [one.get("action") for one in finding.detail] if isinstance(finding.detail, list) else []
    return bool(actions) and all((finding.issue, action) in OUTDATED for action in actions)


def documents(value):
    """The document itself, or those of a list with labels."""
    if isinstance(value, dict) and "Statement" in value:
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from documents(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from documents(inner)


def identity(document):
    """Whether it hangs on a caller: parliament knows no others."""
    return not any("Principal" in statement for statement in document["Statement"])


directory = pathlib.Path(sys.argv[1])
found, seen, parsed = [], 0, 0
for path in sorted(directory.glob("*.tf")):
    with path.open() as file:
        blocks = hcl2.load(file)
    parsed += 1
    if not any(blocks.get(kind) for kind in ("resource", "data")):
        found.append(f"{path.name}: nothing in it")
for path in sorted(directory.glob("*.json")):
    for document in filter(identity, documents(json.loads(path.read_text()))):
        seen += 1
        for finding in analyze_policy_string(json.dumps(document)).findings:
            if not is_outdated(finding):
                found.append(f"{path.name}: {finding.issue} {finding.detail} {finding.location}")
if not seen or not parsed:
    found.append(f"{seen} documents and {parsed} HCL files")
if found:
    sys.exit("\n".join(found))
print(f"  {parsed} HCL files parsed, {seen} documents read")
