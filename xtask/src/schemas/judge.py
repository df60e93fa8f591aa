"""Has `ecrpass` print every format of JSON it knows, and holds each against its schema, closed: a field that the schema
does not name is a fault, too.

judge.py ECRPASS SCHEMAS DIRECTORY
"""

import base64
import json
import pathlib
import signal
import subprocess
import sys

import jsonschema

PROGRAM, SCHEMAS, HOME = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]) / "home"
ACCOUNT = "123456789012"
HOST = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
IMAGE = f"{HOST}/team/app:1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ci"
ENVIRONMENT = {"HOME": str(HOME), "PATH": f"{HOME}/bin:/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED": "true"}
EXPIRED = f"push {IMAGE}\ndenied: Your authorization token has expired. Reauthenticate and try again.\n"
DENIED = f"User: {ROLE} is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/app because no identity-based policy allows the ecr:PutImage action"

SEEN = {}


def closed(schema):
    """The schema with every object that names its fields closed to others."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if "properties" in made and isinstance(made["properties"], dict) and "additionalProperties" not in made:
        made["additionalProperties"] = False
    return made


VALIDATORS = {}
for file in sorted(SCHEMAS.glob("*.json")):
    schema = json.loads(file.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    # Without `$id`, whose references would lead elsewhere.
    name = schema.pop("$id")
    assert file.name == name.removeprefix("ecrpass/").replace("/", "-") + ".json", file
    VALIDATORS[name] = jsonschema.Draft202012Validator(closed(schema))


def run(arguments, text="", env=None, statuses=(0, 1), prints=True):
    done = subprocess.run([PROGRAM, *arguments], input=text, env={**ENVIRONMENT, **(env or {})}, cwd=HOME, capture_output=True, text=True, timeout=120)
    assert done.returncode in statuses and (done.stdout.startswith("{") or not prints), (arguments, done)
    return done.stdout


def judge(format, text, about):
    value = json.loads(text)
    name = f"ecrpass/{format}/1"
    errors = sorted(VALIDATORS[name].iter_errors(value), key=lambda error: len(error.absolute_path))
    assert not errors, f"{about}: {[(list(error.absolute_path), error.message[:300]) for error in errors[:3]]}"
    SEEN[name] = SEEN.get(name, 0) + 1
    return value


def check(format, *arguments, text="", env=None, statuses=(0, 1)):
    return judge(format, run([*arguments, "--format", "json"], text, env, statuses), arguments)


def login(expiration):
    payload = {"payload": "c2VjcmV0", "datakey": "a2V5", "version": "2", "type": "DATA_KEY", "expiration": expiration}
    token = base64.b64encode(json.dumps(payload).encode()).decode()
    return base64.b64encode(f"AWS:{token}".encode()).decode()


def write(name, value):
    path = HOME / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))


def record(number, minute, name, **more):
    arn = "arn:aws:sts::444455556666:assumed-role/eks-node/i-1"
    return {
        "eventVersion": "1.11", "eventTime": f"2026-11-24T{10 + minute // 60}:{minute % 60:02}:00Z", "eventSource": "ecr.amazonaws.com", "eventName": name,
        "userIdentity": {"type": "AssumedRole", "principalId": "AROA1:i-1", "accountId": "444455556666", "accessKeyId": "ASIA1", "arn": arn,
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::444455556666:role/eks-node", "userName": "eks-node"}}},
        "awsRegion": "eu-west-1", "sourceIPAddress": "10.0.0.1", "userAgent": "x", "requestParameters": None, "responseElements": None, "eventID": str(number),
        "readOnly": True, "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": "444455556666", "eventCategory": "Management", **more}


def trail():
    admin = {"type": "IAMUser", "arn": "arn:aws:iam::444455556666:user/admin", "accountId": "444455556666", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    records = [record(minute, minute, "GetAuthorizationToken") for minute in range(0, 60, 2)]
    records.append(record("cause", 60, "DetachRolePolicy", eventSource="iam.amazonaws.com", userIdentity=admin, readOnly=False, awsRegion="us-east-1",
        requestParameters={"roleName": "eks-node", "policyArn": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"}))
    why = "User: arn:aws:sts::444455556666:assumed-role/eks-node/i-1 is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action"
    records += [record(f"no{minute}", minute, "GetAuthorizationToken", errorCode="AccessDenied", errorMessage=why) for minute in range(61, 100, 2)]
    records += [record(f"key{second}", 100, "GetAuthorizationToken", userIdentity=admin) for second in range(20)]
    return "\n".join(json.dumps(each) for each in records)


def furnish():
    (HOME / "bin").mkdir(parents=True)
    (HOME / "bin/docker-credential-ecr-login").symlink_to(PROGRAM)
    write(".docker/config.json", {"auths": {HOST: {"auth": login(1700000000)}, "https://index.docker.io/v1/": {"auth": "eDp5"}}})
    write(".aws/config", "[profile dev]\nregion = us-east-1\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = default\n")
    write(".aws/credentials", "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY\n")
    write("tree/.gitlab-ci.yml", f"push:\n  image: docker:27\n  script:\n    - aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin {HOST}\n    - docker push {HOST}/app:1\n")
    write("tree/push.sh", f"#!/bin/sh\ndocker login -u AWS -p secretpassword123 {HOST}\n$(aws ecr get-login --no-include-email)\n")
    write("rules.yaml", "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: kube_pod_container_status_waiting_reason{reason=\"ImagePullBackOff\"} == 1\n    for: 60m\n")
    write("notes.yaml", "a: 1\n")
    write("log", EXPIRED)
    write("trail.ndjson", trail())
    write("kubelet.yaml", "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n- name: ecr-credential-provider\n  matchImages: ['docker.io']\n")


def offline():
    finding = check("findings", "explain", text=EXPIRED)["findings"][0]
    assert finding["id"] == "token-expired" and "details" in finding
    check("findings", "explain", text="\n".join([f"2026-11-24T10:00:0{n}Z {EXPIRED}" for n in range(9)]))
    check("findings", "explain", text="well")
    assert check("findings", "doctor", "--offline", IMAGE)["proven"]
    check("findings", "doctor", "--offline")
    assert check("findings", "audit", "tree")["findings"]
    check("findings", "ci", "lint", "tree")
    check("findings", "fix", "--dry-run")
    check("findings", "kubelet", "check", "kubelet.yaml")
    for name in ("one.json", "two.json"):
        run(["doctor", "--offline", IMAGE, "--record", name], prints=False)
        judge("bundle", (HOME / name).read_text(), name)
    check("fleet", "doctor", "--replay", "one.json", "two.json")
    check("resolution", "resolve", HOST)
    check("resolution", "resolve", "docker.io", "--client", "podman")
    check("resolutions", "resolve", HOST, "--client", "all")
    assert check("status", "status")["tokens"]
    check("whoami", "whoami", "--offline")
    check("whoami", "whoami", "--offline", env={"AWS_PROFILE": "dev", "AWS_REGION": "eu-west-1"})
    check("whoami", "whoami", "--offline", env={"HOME": "/nonexistent"})
    check("runbook", "explain", "--runbook", "token-expired", "log")
    check("runbook", "explain", "--runbook", IMAGE)
    pods()
    policies()
    check("pipeline", "ci", "generate", "gitlab", "--image", IMAGE.removesuffix(":1"), "--code", "team/app", "--branch", "main")
    check("conversion", "ci", "convert", "tree/.gitlab-ci.yml", "--role", ROLE)
    check("conversion", "ci", "convert", "tree/push.sh", "--role", ROLE)
    assert check("alarms-check", "alarms", "check", "rules.yaml", "notes.yaml")["findings"]
    judge("event-rules", run(["alarms", "generate", "eventbridge", "--registry", HOST]), "eventbridge")
    judge("metric-filters", run(["alarms", "generate", "metric-filters", "--registry", HOST]), "metric-filters")
    run(["audit", "tree", "--write-baseline=baseline.json"], prints=False)
    assert judge("baseline", (HOME / "baseline.json").read_text(), "baseline")["findings"]
    report = check("trail", "trail", "trail.ndjson")
    assert report["incidents"] and report["incidents"][0]["causes"] and report["long_lived_keys"], report
    lifecycle()
    check("setup", "setup", HOST, "--dry-run")
    check("self", "self", "check")
    check("uninstall", "uninstall")
    assert check("setup", "setup", HOST)["clients"]


def pods():
    auths = json.dumps({"auths": {HOST: {"auth": login(1700000000)}}})
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "regcred", "namespace": "shop"}, "type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": auths}}
    why = f"Back-off pulling image \"{IMAGE}\": ErrImagePull: failed to pull image \"{IMAGE}\": unexpected status from HEAD request: 403 Forbidden"
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop", "uid": "1"},
        "spec": {"nodeName": "n1", "imagePullSecrets": [{"name": "regcred"}, {"name": "gone"}], "serviceAccountName": "web", "containers": [{"name": "web", "image": IMAGE}]},
        "status": {"containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "ImagePullBackOff", "message": why}}}]}}
    report = check("pod", "explain", "pod", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": [pod, secret]}))
    assert report["pods"] and report["findings"]


def policies():
    def document(effect, action, **more):
        return {"Version": "2012-10-17", "Statement": [{"Sid": "S", "Effect": effect, "Action": action, "Resource": "*", **more}]}

    write("allow.json", document("Allow", ["ecr:Get*", "ecr:BatchGetImage", "ecr:Nonsense"]))
    write("deny.json", document("Deny", "ecr:*", Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}))
    evaluate = ["policy", "evaluate", "--principal", ROLE, "--resource", IMAGE]
    assert check("verdict", *evaluate, "--task", "push", "--identity", "allow.json")["changes"]
    check("verdict", *evaluate, "--task", "pull", "--identity", "allow.json", "--boundary", "deny.json", "--scp", "deny.json")
    check("written-policies", "policy", "generate", "pull", "push", "--repository", f"210987654321.dkr.ecr.us-east-1.amazonaws.com/team/app", "--principal", ROLE)
    assert check("policy-words", "policy", "explain", "allow.json", "--task", "push")["documents"]
    check("policy-words", "policy", "explain", "deny.json")
    assert check("denials", "policy", "explain", DENIED)["denials"][0]["kind"] == "denied"
    check("denials", "policy", "explain", "An error occurred (AccessDeniedException) when calling the PutImage operation")
    check("denials", "policy", "explain", "You are not authorized. Encoded authorization failure message: " + "aB3x" * 60)


def lifecycle():
    rule = {"rulePriority": 1, "description": "few", "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}, "action": {"type": "expire"}}
    write("lifecycle.json", {"rules": [rule]})
    images = [{"registryId": ACCOUNT, "repositoryName": "team/app", "imageDigest": f"sha256:{n:064x}", "imageTags": [f"v{n}"], "imageSizeInBytes": 10, "imagePushedAt": f"2026-01-0{n}T00:00:00+00:00"} for n in (1, 2, 3)]
    write("images.json", {"imageDetails": images})
    preview = check("lifecycle-preview", "repo", "lifecycle", "preview", "--policy", "lifecycle.json", "--images", "images.json")
    assert preview["expires"] == 2, preview


def online():
    """The same beside an embedded ECR."""
    local = subprocess.Popen([PROGRAM, "local", "--print-env", "json", "--create-repository", "team/app"], env=ENVIRONMENT, cwd=HOME, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        env = json.loads(local.stdout.readline())
        check("token", "token", HOST, env=env)
        assert check("repositories", "repo", "list", env=env)["repositories"]
        check("repository-find", "repo", "find", "team/app", "--regions", "us-east-1,eu-west-1", env=env)
        check("repository-find", "repo", "find", "team/apq", "--regions", "us-east-1", env=env)
        check("repository-plan", "repo", "ensure", "team/new", "--keep", "5", "--region", "us-east-1", env=env)
        check("repository-plan", "repo", "ensure", "team/new", "--keep", "5", "--region", "us-east-1", "--yes", env=env)
        check("repository", "repo", "show", "team/new", "--region", "us-east-1", env=env)
        check("repository", "repo", "show", "team/app:1", "--region", "us-east-1", env=env)
        check("lifecycle-preview", "repo", "lifecycle", "preview", "team/new", "--region", "us-east-1", env=env)
        check("findings", "doctor", "--deadline", "5", IMAGE, env=env)
        check("canary", "canary", "--once", "--deadline", "5", IMAGE, env=env)
        judge("policies", run(["policy", "collect", "--region", "us-east-1", "--repository", "team/app"], env=env, statuses=(0, 1, 3)), "policy collect")
    finally:
        local.send_signal(signal.SIGINT)
        local.wait(30)


furnish()
offline()
online()
missing = sorted(set(VALIDATORS) - set(SEEN))
assert not missing, f"never printed: {missing}"
print(f"  {sum(SEEN.values())} results in {len(SEEN)} formats, each as its schema says")
