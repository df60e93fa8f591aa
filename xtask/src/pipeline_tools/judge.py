"""Has the files of generated pipelines judged: by the schemas that their systems publish, by a shell, by ECS's own model."""

import json
import pathlib
import subprocess
import sys

import botocore.session
import botocore.validate
import jsonschema
from ruamel.yaml import YAML

# What check-jsonschema calls the schemas, by the file.
SCHEMAS = {
    ".github/workflows/push-image.yml": "vendor.github-workflows",
    ".gitlab-ci.yml": "vendor.gitlab-ci",
    ".circleci/config.yml": "vendor.circle-ci",
    "bitbucket-pipelines.yml": "vendor.bitbucket-pipelines",
    ".buildkite/pipeline.yml": "vendor.buildkite",
    "azure-pipelines.yml": "vendor.azure-pipelines",
}

directory, root, cloud_schema = map(pathlib.Path, sys.argv[1:4])
found = []
counts = {}


def count(what):
    counts[what] = counts.get(what, 0) + 1


def load(path):
    return YAML(typ="safe").load(path.read_text())


def scripts(value, keys):
    """Every text below one of these keys: the scripts of a pipeline."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in keys:
                for text in inner if isinstance(inner, list) else [inner]:
                    if isinstance(text, str):
                        yield text
                    else:
                        yield from scripts(text, keys)
            else:
                yield from scripts(inner, keys)
    elif isinstance(value, list):
        for inner in value:
            yield from scripts(inner, keys)


def shell(path, text, dialect):
    """dash reads it, and shellcheck finds nothing."""
    count("scripts")
    read = subprocess.run(["dash", "-n"], input=text, text=True, capture_output=True)
    if read.returncode:
        found.append(f"{path}: dash: {read.stderr}")
    # Variables come from the pipeline, and `trap` is meant to expand late.
    command = ["shellcheck", f"--shell={dialect}", "--exclude=SC2154,SC2034", "--format=gcc", "-"]
    checked = subprocess.run(command, input=text, text=True, capture_output=True)
    if checked.returncode:
        found.append(f"{path}: {checked.stdout}")


def with_known_tasks(path):
    """A copy for the schema of Azure, which knows no tasks of the marketplace and has no way to say so."""
    pipeline = load(path)
    for job in pipeline["jobs"]:
        for step in job["steps"]:
            if step.pop("task", None) == "AWSShellScript@1":
                inputs = step.pop("inputs")
                step["bash"] = inputs["inlineScript"]
                if inputs["scriptType"] != "inline" or not inputs["awsCredentials"] or not inputs["regionName"]:
                    found.append(f"{path}: the task is not told what it needs")
    copy = path.with_name("known-tasks.yml")
    YAML().dump(in_words(pipeline), copy)
    return copy


def in_words(value):
    """Booleans and numbers as the words that this schema takes them for."""
    if isinstance(value, dict):
        return {key: in_words(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [in_words(inner) for inner in value]
    return str(value).lower() if isinstance(value, (bool, int)) else value


KEYS = {"run", "script", "command", "commands", "inlineScript"}
by_schema = {}
for pipeline in sorted(directory.iterdir()):
    if not pipeline.is_dir():
        continue
    for name, schema in SCHEMAS.items():
        path = pipeline / name
        if path.exists():
            judged = with_known_tasks(path) if "azure" in name else path
            by_schema.setdefault(schema, []).append(judged)
    for name in [*SCHEMAS, "buildspec.yml"]:
        path = pipeline / name
        if path.exists():
            for text in scripts(load(path), KEYS):
                # Buildkite puts the pipeline's own variables in first.
                text = text.replace("$$", "$") if "buildkite" in name else text
                shell(path, text, "bash" if "github" in name else "sh")
    path = pipeline / "Jenkinsfile"
    if path.exists():
        inside = path.read_text().split("'''")[1]
        shell(path, inside.replace("\\\\", "\\"), "sh")
    path = pipeline / "task-definition.json"
    if path.exists():
        count("task definitions")
        client = botocore.session.get_session().get_service_model("ecs")
        shape = client.operation_model("RegisterTaskDefinition").input_shape
        report = botocore.validate.ParamValidator().validate(json.loads(path.read_text()), shape)
        if report.has_errors():
            found.append(f"{path}: {report.generate_report()}")
    path = pipeline / "user-data.yaml"
    if path.exists():
        count("user data")
        schema = json.loads(cloud_schema.read_text())
        for error in jsonschema.Draft4Validator(schema).iter_errors(load(path)):
            found.append(f"{path}: {error.message}")
        if not path.read_text().startswith("#cloud-config\n"):
            found.append(f"{path}: cloud-init would not read it")
    path = pipeline / "deployment.yaml"
    if path.exists():
        count("manifests")
        load(path)

for schema, paths in by_schema.items():
    command = [sys.executable, "-m", "check_jsonschema", "--regex-variant", "nonunicode", "--builtin-schema", schema, *map(str, paths)]
    checked = subprocess.run(command, text=True, capture_output=True)
    counts[schema] = len(paths)
    if checked.returncode:
        found.append(checked.stdout + checked.stderr)

action = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions", str(root / "action.yml")]
checked = subprocess.run(action, text=True, capture_output=True)
if checked.returncode:
    found.append(checked.stdout + checked.stderr)
for script in sorted((root / "integrations/github").glob("*.sh")):
    shell(script, script.read_text(), "sh")
# A component: its inputs are another document, and what is put in for them is checked by their patterns.
component = root / "integrations/gitlab/templates/push-image/template.yml"
spec, pipeline = YAML(typ="safe").load_all(component.read_text())
for text in scripts(pipeline, KEYS):
    shell(component, text, "sh")
if set(spec) != {"spec"} or not spec["spec"]["inputs"]:
    found.append(f"{component}: no inputs")

for what in [*SCHEMAS.values(), "scripts", "task definitions", "user data", "manifests"]:
    if counts.get(what, 0) < 3:
        found.append(f"only {counts.get(what, 0)} {what}")
if found:
    sys.exit("\n".join(found))
print("  " + ", ".join(f"{number} {what}" for what, number in sorted(counts.items())))
