"""Judges every rendering of the chart: strict schemas of each Kubernetes, Pod Security, rights; keys of values and schema.

judge.py RENDERINGS CHART FIRST-LAST. Writes the rules of each PrometheusRule to RENDERINGS/rules, as Prometheus reads them,
the operator's configurations to RENDERINGS/operator, and the commands of all containers to RENDERINGS/commands.json.
"""

import copy
import json
import pathlib
import sys
import tomllib

import kubernetes_validate
import yaml

# Kinds of other projects, of which Kubernetes has no schema.
FOREIGN = {"ServiceMonitor", "PrometheusRule"}

# Source: kubernetes.io, "Pod Security Standards", Restricted.
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def pod_of(document):
    """The pod that a document is, or makes."""
    if document["kind"] == "Pod":
        return document["spec"]
    template = document.get("spec", {}).get("template")
    return template["spec"] if template else None


def violations(pod):
    """What the level `restricted` refuses, and what the house asks for besides."""
    found = []
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(field):
            found.append(field)
    for volume in pod.get("volumes", []):
        found += [f"volume {kind}" for kind in volume if kind != "name" and kind not in VOLUMES]
    whole = pod.get("securityContext", {})
    for container in pod.get("initContainers", []) + pod["containers"]:
        own = container.get("securityContext", {})
        either = {**whole, **own}
        if own.get("privileged"):
            found.append("privileged")
        if own.get("allowPrivilegeEscalation") is not False:
            found.append("allowPrivilegeEscalation")
        if either.get("runAsNonRoot") is not True:
            found.append("runAsNonRoot")
        if either.get("runAsUser") == 0:
            found.append("runAsUser 0")
        if either.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
            found.append("seccompProfile")
        capabilities = own.get("capabilities", {})
        if "ALL" not in capabilities.get("drop", []):
            found.append("capabilities are not dropped")
        found += [f"capability {name}" for name in capabilities.get("add", []) if name != "NET_BIND_SERVICE"]
        if own.get("procMount", "Default") != "Default":
            found.append("procMount")
        found += ["hostPort" for port in container.get("ports", []) if port.get("hostPort")]
        if either.get("seLinuxOptions"):
            found.append("seLinuxOptions")
        # Not asked for by the standard.
        if own.get("readOnlyRootFilesystem") is not True:
            found.append("readOnlyRootFilesystem")
        if not container.get("resources", {}).get("limits", {}).get("memory"):
            found.append("no limit of memory")
    if pod.get("automountServiceAccountToken") is None:
        found.append("automountServiceAccountToken is left to the account")
    return found


def allowed_to_installer(pod):
    """What writing files of root's takes, and nothing else; more where the kubelet is restarted."""
    allowed = {"hostNetwork", "volume hostPath", "runAsNonRoot", "runAsUser 0", "seLinuxOptions", "capability SYS_CHROOT"}
    if any(one.get("securityContext", {}).get("privileged") for one in pod["containers"]):
        arguments = pod["containers"][0]["args"]
        if "--restart" in arguments:
            allowed |= {"privileged", "hostPID", "allowPrivilegeEscalation", "capabilities are not dropped"}
    return allowed


def rights(document):
    """Rights that nobody needs."""
    found = []
    for rule in document.get("rules", []):
        if "*" in rule["verbs"] + rule.get("resources", []) + rule.get("apiGroups", []):
            found.append(f"a right to everything: {rule}")
        if "serviceaccounts/token" in rule.get("resources", []):
            found.append("tokens of service accounts")
        if "secrets" in rule.get("resources", []) and set(rule["verbs"]) != {"create"} and not rule.get("resourceNames"):
            found.append("secrets of any name")
        if set(rule["verbs"]) & {"escalate", "bind", "impersonate"}:
            found.append(f"a right to more rights: {rule}")
    return found


def judge(document):
    """What is wrong with a document, besides its schema."""
    found = []
    if document["kind"] in ("Role", "ClusterRole"):
        found += rights(document)
    pod = pod_of(document)
    if pod is not None:
        against = violations(pod)
        if document["metadata"]["labels"]["app.kubernetes.io/component"] == "node-installer":
            against = [one for one in against if one not in allowed_to_installer(pod)]
        found += against
    return found


def self_test(documents):
    """A judge that finds nothing in what is wrong is none."""
    deployment = next(one for one in documents if one["kind"] == "Deployment")

    def container(one):
        return one["spec"]["template"]["spec"]["containers"][0]

    def spec(one):
        return one["spec"]["template"]["spec"]

    breaks = {
        "allowPrivilegeEscalation": lambda one: container(one)["securityContext"].pop("allowPrivilegeEscalation"),
        "capability NET_ADMIN": lambda one: container(one)["securityContext"]["capabilities"].update(add=["NET_ADMIN"]),
        "capabilities are not dropped": lambda one: container(one)["securityContext"].pop("capabilities"),
        "readOnlyRootFilesystem": lambda one: container(one)["securityContext"].pop("readOnlyRootFilesystem"),
        "runAsNonRoot": lambda one: spec(one)["securityContext"].pop("runAsNonRoot"),
        "seccompProfile": lambda one: spec(one)["securityContext"].pop("seccompProfile"),
        "hostNetwork": lambda one: spec(one).update(hostNetwork=True),
        "volume hostPath": lambda one: spec(one)["volumes"].append({"name": "x", "hostPath": {"path": "/"}}),
        "no limit of memory": lambda one: container(one)["resources"].pop("limits"),
    }
    for name, change in breaks.items():
        broken = copy.deepcopy(deployment)
        change(broken)
        if name not in judge(broken):
            sys.exit(f"the judge does not see {name}")
    for rule in (
        {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]},
        {"verbs": ["*"], "apiGroups": [""], "resources": ["pods"]},
        {"verbs": ["create"], "apiGroups": [""], "resources": ["serviceaccounts/token"]},
    ):
        if not rights({"rules": [rule]}):
            sys.exit(f"the judge lets {rule} through")
    broken = copy.deepcopy(deployment)
    container(broken)["imagePolicy"] = "Always"
    try:
        kubernetes_validate.validate(broken, "1.30", strict=True)
    except kubernetes_validate.ValidationError:
        return
    sys.exit("the schemas take unknown fields")


def keys(values, schema, path=""):
    """Values without a place in the schema, and the reverse."""
    found = []
    properties = schema.get("properties")
    if properties is None or schema.get("additionalProperties") is not False:
        return found
    for key in sorted(set(values) - set(properties)):
        found.append(f"values.yaml: {path}{key} is not in the schema")
    # Whoever uses the chart from another one may set these.
    for key in sorted(set(properties) - set(values) - {"global"}):
        # Not of what is an example only.
        if not path.endswith(("config.", "resources.")):
            found.append(f"values.schema.json: {path}{key} has no default in values.yaml")
    for key, value in values.items():
        if isinstance(value, dict) and key in properties:
            found += keys(value, properties[key], f"{path}{key}.")
    return found


def commands(documents):
    """What containers and probes run, of ours: each once."""
    found = set()
    for pod in filter(None, map(pod_of, documents)):
        for container in pod.get("initContainers", []) + pod["containers"]:
            if container["command"][0].startswith("/usr/bin/ecrpass"):
                found.add((*container["command"], *container.get("args", [])))
            probe = container.get("readinessProbe", {}).get("exec", {}).get("command")
            if probe:
                found.add(tuple(probe))
    return sorted(found)


def configurations(documents, directory):
    """Writes the operator's out, for itself to read; the canary's has to be TOML with a target."""
    directory.mkdir()
    texts = {"operator.json": set(), "canary.toml": set()}
    for document in documents:
        for name, text in document.get("data", {}).items() if document["kind"] == "ConfigMap" else ():
            texts[name].add(text)
    for number, text in enumerate(sorted(texts["operator.json"])):
        (directory / f"{number}.json").write_text(text)
    for text in texts["canary.toml"]:
        if not tomllib.loads(text)["target"][0]["image"]:
            sys.exit(f"a canary without a target: {text}")
    if len(texts["operator.json"]) < 3 or not texts["canary.toml"]:
        sys.exit("hardly a configuration was rendered")


def main():
    directory, chart = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    first, last = map(int, sys.argv[3].split("-"))
    schema = json.loads((chart / "values.schema.json").read_text())
    found = keys(yaml.safe_load((chart / "values.yaml").read_text()), schema)
    seen, whole, rules = {}, [], {}
    for path in sorted(directory.glob("*.yaml")):
        names = set()
        for document in yaml.safe_load_all(path.read_text()):
            if document is None:
                continue
            name = (document["apiVersion"], document["kind"], document["metadata"].get("namespace"), document["metadata"]["name"])
            if name in names:
                found.append(f"{path.name}: {name} twice")
            names.add(name)
            if len(document["metadata"]["name"]) > 253:
                found.append(f"{path.name}: a name is too long")
            key = json.dumps(document, sort_keys=True)
            if key not in seen:
                seen[key] = path.name
                whole.append(document)
                if document["kind"] == "PrometheusRule":
                    rules[path.stem] = document["spec"]
    self_test(whole)
    validated = 0
    for document in whole:
        where = f"{seen[json.dumps(document, sort_keys=True)]}, {document['kind']} {document['metadata']['name']}"
        found += [f"{where}: {what}" for what in judge(document)]
        if document["kind"] in FOREIGN:
            continue
        for minor in range(first, last + 1):
            try:
                kubernetes_validate.validate(document, f"1.{minor}", strict=True)
                validated += 1
            except kubernetes_validate.ValidationError as error:
                found.append(f"{where}, Kubernetes 1.{minor}: {error.message}")
    configurations(whole, directory / "operator")
    (directory / "commands.json").write_text(json.dumps(commands(whole)))
    (directory / "rules").mkdir()
    for name, spec in rules.items():
        (directory / "rules" / f"{name}.yaml").write_text(yaml.safe_dump(spec))
    if not validated or not rules:
        found.append(f"{validated} validations, {len(rules)} sets of rules")
    if found:
        sys.exit("\n".join(found))
    print(f"  {len(whole)} documents, {validated} validations by Kubernetes 1.{first} to 1.{last}")


main()
