"""Scores scanners on a labelled corpus: peers.py CORPUS ECRPASS PROGRAMS ACTIONLINT.

CORPUS holds `corpus/<repository>/…` and `expect.jsonl`: for each file the places where something is wrong, and what. A
finding is read generously: it names a fault if it is within two lines of the place and its rule can mean this fault
(`MEANS`); and it is counted as right if it is within two lines of any place, whatever it says. Ours are counted in the same
way. What is found elsewhere is a false alarm here, and counted once more in repositories in which nothing is wrong; it may
well be right about another subject.
"""

import base64
import concurrent.futures
import functools
import json
import os
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile
import time

NEAR = 2
DOCKERFILE = r"(.*/)?(Dockerfile|Containerfile).*|.*\.dockerfile"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def filler():
    """Stand-ins of the corpus are made up when it is read, as random as real ones: scanners for secrets measure that."""
    chosen = random.Random(1)
    pick = lambda alphabet, length: "".join(chosen.choice(alphabet) for _ in range(length))
    encoded = lambda text: base64.b64encode(text.encode()).decode()
    now = int(time.time())

    def password(expiration):
        body = {"payload": pick(BASE64, 1180) + "=", "datakey": "AQEBAH" + pick(BASE64, 178) + "==", "version": "2"}
        body |= {"type": "DATA_KEY", "expiration": expiration}
        return encoded(json.dumps(body, separators=(",", ":")))

    passwords = {"LIVE": password(now + 6 * 3600), "EXPIRED": password(now - 3 * 86400)}
    config = lambda host, auth: encoded(json.dumps({"auths": {host: {"auth": auth}}}))
    hub = encoded("acme:dckr_pat_" + pick(BASE64[:62], 27))
    plain = {"EXAMPLE_AKIA": "AKIAIOSFODNN7" + "EXAMPLE", "HUB_AUTH": hub}
    plain["EXAMPLE_SECRET"] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY"
    plain["HUB_DOCKERCONFIG"] = config("https://index.docker.io/v1/", hub)
    for age, value in passwords.items():
        plain[f"{age}_PASSWORD"] = value
        plain[f"{age}_TOKEN"] = encoded(f"AWS:{value}")

    def fill(text):
        text = re.sub(r"@@(LIVE|EXPIRED)_DOCKERCONFIG:([^@]+)@@", lambda m: config(m[2], plain[m[1] + "_TOKEN"]), text)
        text = re.sub(r"@@AKIA@@", lambda _: "AKIA" + pick(LETTERS, 16), text)
        text = re.sub(r"@@SECRET@@", lambda _: pick(BASE64[:62], 1) + pick(BASE64, 38) + pick(BASE64[:62], 1), text)
        return re.sub(r"@@([A-Z_]+)@@", lambda m: plain[m[1]], text)

    return fill


def lay_out(corpus, rows, target):
    fill = filler()
    for row in rows:
        full = target / row["id"] / row["path"]
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(fill((corpus / "corpus" / row["id"] / row["path"]).read_bytes().decode()).encode())
        if row.get("root") == "machine":
            full.chmod(0o600)
            continue
        git = target / row["id"] / ".git"
        (git / "objects").mkdir(parents=True, exist_ok=True)
        (git / "refs").mkdir(exist_ok=True)
        (git / "HEAD").write_text("ref: refs/heads/main\n")
        (git / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n")


def run(arguments, where, fine=(0, 1)):
    """What it says. A scanner that did not run has not found nothing."""
    # Files that begin with a dot, too: all others read them.
    variables = os.environ | {"CKV_IGNORE_HIDDEN_DIRECTORIES": "False"}
    done = subprocess.run(arguments, cwd=where, capture_output=True, text=True, errors="replace", timeout=900, env=variables)
    if done.returncode not in fine:
        sys.exit(f"{arguments[0]} in {where.name} ended with {done.returncode}: {done.stderr[-500:]}")
    return json.loads(done.stdout) if done.stdout.strip() else []


def of_ecrpass(program, where, _):
    for finding in run([program, "audit", "--quiet", "--format", "json", "."], where)["findings"]:
        yield finding["id"], [(place["source"], place.get("line") or 1) for place in finding["evidence"]]


def of_zizmor(programs, where, _, persona="regular"):
    options = ["--offline", "--no-exit-codes", f"--persona={persona}", "--format", "json"]
    # 3 is that there is no workflow.
    for finding in run([f"{programs}/zizmor", *options, "."], where, (0, 3)):
        places = []
        for location in finding.get("locations", []):
            file = location["symbolic"]["key"]["Local"]["verbatim_path"]
            begin = location["concrete"]["location"]["start_point"]["row"] + 1
            end = location["concrete"]["location"]["end_point"]["row"] + 1
            places += [(file, line) for line in range(begin, min(end, begin + 30) + 1)]
        yield finding["ident"], places


def of_checkov(programs, where, _):
    options = ["-o", "json", "--compact", "--quiet", "--skip-download", "--enable-secret-scan-all-files"]
    said = run([f"{programs}/checkov", "-d", ".", *options], where)
    for part in said if isinstance(said, list) else [said]:
        for finding in part.get("results", {}).get("failed_checks", []):
            begin, end = finding["file_line_range"]
            places = [(finding["file_path"].lstrip("/"), line) for line in range(begin, min(end, begin + 30) + 1)]
            yield finding["check_id"], places


def of_detect_secrets(programs, where, _):
    said = run([f"{programs}/detect-secrets", "scan", "--all-files", "--no-verify"], where)
    for found in said["results"].values():
        for finding in found:
            yield finding["type"], [(finding["filename"], finding["line_number"])]


def of_hadolint(programs, where, files):
    named = [file for file in files if re.fullmatch(DOCKERFILE, file)]
    if named:
        for finding in run([f"{programs}/hadolint", "--no-fail", "--format", "json", *named], where):
            yield finding["code"], [(finding["file"], finding["line"])]


def of_actionlint(program, where, files):
    if any(".github/workflows/" in file for file in files):
        for finding in run([program, "-format", "{{json .}}", "-shellcheck=", "-pyflakes="], where) or []:
            yield finding["kind"], [(finding["filepath"], finding["line"])]


SCANNERS = {
    "ecrpass audit": of_ecrpass,
    "checkov": of_checkov,
    "detect-secrets": of_detect_secrets,
    "zizmor": of_zizmor,
    "zizmor --persona=auditor": functools.partial(of_zizmor, persona="auditor"),
    "hadolint": of_hadolint,
    "actionlint": of_actionlint,
}

# They find the same in all repositories at once, without starting for each of them.
AT_ONCE = ["checkov", "detect-secrets"]

SECRETS = "live-token-stored|token-expired|public-ecr-stale-token|k8s-pull-secret-expired|k8s-pull-secret-static"
SECRETS += "|access-key-in-file|credentials-in-image|secret-in-build-args|password-on-command-line|token-in-log"
SECRETS += "|token-passed-on|static-keys-in-pipeline|login-password-corrupted"

# The files that they read, where these are not all.
READS = {
    "zizmor": r"\.github/.*|(.*/)?action\.ya?ml",
    "hadolint": DOCKERFILE,
    "actionlint": r"\.github/workflows/.*",
}

# Which faults the rules of the others can mean. Rules that are not here are about something else.
MEANS = {
    "checkov": {
        r"CKV_SECRET_.*|CKV_AWS_(41|45|46)|CKV_K8S_35|CKV_DOCKER_1[01]": SECRETS,
        r"CKV_AWS_79": "imds-v1-allowed",
        r"CKV_AWS_(79|341)": "imds-unreachable-or-hop-limit",
        r"CKV_AWS_32": "repository-policy-public",
        r"CKV2?_AWS_(1|40|49|62|63|107|108|109|110|111|286|287|288|289|290|355|356)": "iam-ecr-too-wide",
        r"CKV_AWS_(60|61|283|358)": "oidc-trust-too-wide",
        r"CKV_AWS_249": "ecs-execution-role-missing",
        r"CKV_GHA_[1-7]|CKV2_GHA_1": "token-in-log|token-passed-on|oidc-token-permission-missing|untrusted-code-with-login",
        r"CKV_CIRCLECIPIPELINES_.*|CKV_GITLABCI_.*|CKV_AZUREPIPELINES_.*|CKV_BITBUCKETPIPELINES_.*": "unpinned-login-action"
        "|token-in-log|token-passed-on",
    },
    "detect-secrets": {".*": SECRETS},
    "zizmor": {
        r"unpinned-uses|unpinned-images": "unpinned-login-action",
        r"archived-uses|known-vulnerable-actions|ref-version-mismatch|stale-action-refs": "client-too-old",
        r"dangerous-triggers|bot-conditions|template-injection": "untrusted-code-with-login",
        r"artipacked|cache-poisoning": "token-in-artifact|untrusted-code-with-login",
        r"secrets-.*|overprovisioned-secrets|unredacted-secrets": "token-in-log|token-passed-on|static-keys-in-pipeline",
        r"hardcoded-container-credentials": SECRETS + "|login-outlives-token",
        r"excessive-permissions|undocumented-permissions": "oidc-token-permission-missing",
        r"self-hosted-runner": "shared-runner-logout-race|login-outlives-token",
        r"github-env|insecure-commands": "token-passed-on",
        r"use-trusted-publishing": "static-keys-in-pipeline",
    },
    "hadolint": {r"DL3064": "secret-in-build-args|credentials-in-image"},
    "actionlint": {
        r"credentials": SECRETS,
        r"action|deprecated-commands": "client-too-old|unpinned-login-action",
        r"permissions": "oidc-token-permission-missing",
        r"expression": "ci-output-masked|token-passed-on",
    },
}


for table in (READS, MEANS):
    table["zizmor --persona=auditor"] = table["zizmor"]


def can_mean(scanner, rule, faults):
    """Whether a rule of a scanner can mean a fault, which the corpus may give several names."""
    if scanner == "ecrpass audit":
        return rule in faults
    means = [names for pattern, names in MEANS[scanner].items() if re.fullmatch(pattern, rule)]
    return any(fault in names.split("|") for names in means for fault in faults)


def has_rule(scanner, fault):
    """Whether a scanner reads the file of a fault, and has any rule that can mean it."""
    if scanner == "ecrpass audit":
        return True
    path, _, faults = fault
    can = any(name in names.split("|") for names in MEANS[scanner].values() for name in faults)
    return can and bool(re.fullmatch(READS.get(scanner, ".*"), path))


def near(places, fault):
    path, lines, _ = fault
    return any(file == path and any(abs(line - at) <= NEAR for at in lines) for file, line in places)


def spent():
    """Seconds of processors, which other work on the machine does not lengthen as it does the time."""
    of = resource.getrusage(resource.RUSAGE_CHILDREN)
    return of.ru_utime + of.ru_stime


def look_at_all(scanner, program, target, files):
    """What a scanner finds in each repository."""
    scan = SCANNERS[scanner]
    if scanner not in AT_ONCE:
        look = lambda one: list(scan(program, target / one, files[one]))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return dict(zip(files, pool.map(look, files)))
    found = {one: [] for one in files}
    for rule, places in scan(program, target, files):
        places = [os.path.normpath(path).partition("/") + (line,) for path, line in places]
        found[places[0][0]].append((rule, [(path, line) for _, _, path, line in places]))
    return found


def score(scanner, found, wrong, acceptable, clean):
    """Of what was found: faults named, faults near, findings, those that are right, and those in clean repositories."""
    named = touched = findings = right = in_clean = 0
    for one, those in found.items():
        those = [(rule, [(os.path.normpath(path), line) for path, line in places]) for rule, places in those]
        for fault in wrong.get(one, []):
            at = [rule for rule, places in those if near(places, fault)]
            touched += bool(at)
            named += any(can_mean(scanner, rule, fault[2]) for rule in at)
        findings += len(those)
        right += sum(any(near(places, of) for of in wrong.get(one, []) + acceptable.get(one, [])) for _, places in those)
        in_clean += len(those) * (one in clean)
    return named, touched, findings, right, in_clean


def main():
    corpus = pathlib.Path(sys.argv[1])
    ours, programs, actionlint = (os.path.abspath(argument) for argument in sys.argv[2:])
    rows = [json.loads(line) for line in (corpus / "expect.jsonl").read_text().splitlines()]
    rows = [row for row in rows if (corpus / "corpus" / row["id"] / row["path"]).exists()]
    files, wrong, acceptable = {}, {}, {}
    for row in rows:
        files.setdefault(row["id"], []).append(row["path"])
        for kind, into in (("expect", wrong), ("optional", acceptable)):
            for one in row.get(kind, []):
                into.setdefault(row["id"], []).append((row["path"], one["lines"], one["rule"].split("|")))
    labelled = sum(map(len, wrong.values()))
    clean = [name for name in files if not wrong.get(name) and not acceptable.get(name)]
    print(f"{len(files)} repositories, {labelled} faults, {len(clean)} repositories without.\n")
    heads = ["has a rule for", "names the fault", "finds something there", "findings", "right", "in clean ones", "seconds"]
    print("| scanner |", " | ".join(heads), "|")
    print("| --- |" + " ---: |" * len(heads))
    with tempfile.TemporaryDirectory() as directory:
        target = pathlib.Path(directory)
        lay_out(corpus, rows, target)
        for name in SCANNERS:
            began = spent()
            program = {"ecrpass audit": ours, "actionlint": actionlint}.get(name, programs)
            found = look_at_all(name, program, target, files)
            named, touched, findings, right, in_clean = score(name, found, wrong, acceptable, clean)
            nameable = sum(has_rule(name, fault) for faults in wrong.values() for fault in faults)
            part = lambda some, of: f"{some} ({100 * some / of:.0f} %)" if of else "–"
            cells = [name, nameable, part(named, labelled), part(touched, labelled), findings, part(right, findings)]
            cells += [in_clean, f"{spent() - began:.1f}"]
            print("|", " | ".join(map(str, cells)), "|", flush=True)


if __name__ == "__main__":
    main()
