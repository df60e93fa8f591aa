"""Scores scanners on a labelled corpus: peers.py CORPUS ECRPASS TOOLS.

CORPUS holds `corpus/<repository>/…` and `expect.jsonl`: for each file the places where something is wrong. A scanner's
finding counts for a place if it is within two lines of it, whatever it says: it is read as generously as can be. What it
finds elsewhere is counted apart, and so is what it finds in repositories in which nothing is wrong.
"""

import base64
import concurrent.futures
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

NEAR = 2


def password(expiration):
    body = {"payload": "x" * 1180, "datakey": "y" * 184, "version": "2", "type": "DATA_KEY", "expiration": expiration}
    return base64.b64encode(json.dumps(body, separators=(",", ":")).encode()).decode()


def filler():
    """Stand-ins of the corpus are made up when it is read."""
    chosen = random.Random(1)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    pick = lambda alphabet, length: "".join(chosen.choice(alphabet) for _ in range(length))
    encoded = lambda text: base64.b64encode(text.encode()).decode()
    now = int(time.time())
    passwords = {"LIVE": password(now + 6 * 3600), "EXPIRED": password(now - 3 * 86400)}
    config = lambda host, auth: encoded(json.dumps({"auths": {host: {"auth": auth}}}))
    hub = encoded("acme:dckr_pat_" + pick(letters, 27))
    plain = {"EXAMPLE_AKIA": "AKIAIOSFODNN7" + "EXAMPLE", "HUB_AUTH": hub}
    plain["EXAMPLE_SECRET"] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY"
    plain["HUB_DOCKERCONFIG"] = config("https://index.docker.io/v1/", hub)
    for age, value in passwords.items():
        plain[f"{age}_PASSWORD"] = value
        plain[f"{age}_TOKEN"] = encoded(f"AWS:{value}")

    def fill(text):
        text = re.sub(r"@@(LIVE|EXPIRED)_DOCKERCONFIG:([^@]+)@@", lambda m: config(m[2], plain[m[1] + "_TOKEN"]), text)
        text = re.sub(r"@@AKIA@@", lambda _: "AKIA" + pick(letters, 16), text)
        text = re.sub(r"@@SECRET@@", lambda _: pick(letters + "abcdefghij0189/+", 40), text)
        return re.sub(r"@@([A-Z_]+)@@", lambda m: plain[m[1]], text)

    return fill


def lay_out(corpus, rows, target):
    fill = filler()
    for row in rows:
        full = target / row["id"] / row["path"]
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(fill((corpus / "corpus" / row["id"] / row["path"]).read_text()))
        (target / row["id"] / ".git/objects").mkdir(parents=True, exist_ok=True)
        (target / row["id"] / ".git/refs").mkdir(exist_ok=True)
        (target / row["id"] / ".git/HEAD").write_text("ref: refs/heads/main\n")


def run(arguments, where):
    done = subprocess.run(arguments, cwd=where, capture_output=True, text=True, errors="replace", timeout=900)
    return done.stdout


def read(text, otherwise):
    try:
        return json.loads(text)
    except ValueError:
        return otherwise


def of_ecrpass(program, where, _):
    for finding in read(run([program, "audit", "--quiet", "--format", "json", "."], where), {}).get("findings", []):
        yield [(place["source"], place.get("line") or 1) for place in finding["evidence"]]


def of_zizmor(tools, where, _):
    said = run([f"{tools}/bin/zizmor", "--offline", "--no-exit-codes", "--format", "json", "."], where)
    for finding in read(said, []):
        places = []
        for location in finding.get("locations", []):
            file = location["symbolic"]["key"].get("Local", {}).get("given_path", "")
            begin = location["concrete"]["location"]["start_point"]["row"] + 1
            end = location["concrete"]["location"]["end_point"]["row"] + 1
            places += [(file, line) for line in range(begin, min(end, begin + 30) + 1)]
        yield places


def of_checkov(tools, where, _):
    said = read(run([f"{tools}/bin/checkov", "-d", ".", "-o", "json", "--compact", "--quiet", "--skip-download"], where), [])
    for part in said if isinstance(said, list) else [said]:
        for finding in part.get("results", {}).get("failed_checks", []):
            begin, end = finding["file_line_range"]
            yield [(finding["file_path"].lstrip("/"), line) for line in range(begin, min(end, begin + 30) + 1)]


def of_detect_secrets(tools, where, _):
    said = run([f"{tools}/bin/detect-secrets", "scan", "--all-files", "--no-verify"], where)
    for found in read(said, {}).get("results", {}).values():
        for finding in found:
            yield [(finding["filename"], finding["line_number"])]


def of_hadolint(tools, where, files):
    named = [file for file in files if re.search(r"(^|/)(Dockerfile|Containerfile)|\.dockerfile$", file)]
    if named:
        said = run([f"{tools}/bin/hadolint", "--no-fail", "--format", "json", *named], where)
        for finding in read(said, []):
            yield [(finding["file"], finding["line"])]


def of_actionlint(tools, where, files):
    if any(".github/workflows/" in file for file in files):
        said = run([f"{tools}/bin/actionlint", "-format", "{{json .}}", "-shellcheck=", "-pyflakes="], where)
        for finding in read(said, []) or []:
            yield [(finding["filepath"], finding["line"])]


SCANNERS = {
    "ecrpass audit": of_ecrpass,
    "checkov": of_checkov,
    "detect-secrets": of_detect_secrets,
    "zizmor": of_zizmor,
    "hadolint": of_hadolint,
    "actionlint": of_actionlint,
}


def main():
    corpus, program, tools = pathlib.Path(sys.argv[1]), os.path.abspath(sys.argv[2]), os.path.abspath(sys.argv[3])
    rows = [json.loads(line) for line in (corpus / "expect.jsonl").read_text().splitlines()]
    rows = [row for row in rows if (corpus / "corpus" / row["id"] / row["path"]).exists()]
    files, wrong, open_ = {}, {}, {}
    for row in rows:
        files.setdefault(row["id"], []).append(row["path"])
        for one in row["expect"]:
            wrong.setdefault(row["id"], []).append((row["path"], one["lines"]))
        for one in row.get("optional", []):
            open_.setdefault(row["id"], []).append((row["path"], one["lines"]))
    labelled = sum(map(len, wrong.values()))
    clean = [name for name in files if not wrong.get(name) and not open_.get(name)]
    print(f"{len(files)} repositories, {labelled} places where something is wrong, {len(clean)} repositories without.\n")
    print("| scanner | of the places | findings elsewhere | in clean repositories | seconds |")
    print("| --- | ---: | ---: | ---: | ---: |")
    near = lambda place, of: place[0] == of[0] and any(abs(place[1] - line) <= NEAR for line in of[1])
    with tempfile.TemporaryDirectory() as directory:
        target = pathlib.Path(directory)
        lay_out(corpus, rows, target)
        for name, scan in SCANNERS.items():
            began = time.monotonic()
            argument = program if name == "ecrpass audit" else tools
            look = lambda one: list(scan(argument, target / one, files[one]))
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                found = dict(zip(files, pool.map(look, files)))
            seen = elsewhere = in_clean = 0
            for one in files:
                clear = lambda path: os.path.normpath(path)
                all_places = [[(clear(path), line) for path, line in places] for places in found[one]]
                seen += sum(any(near(p, of) for places in all_places for p in places) for of in wrong.get(one, []))
                for places in all_places:
                    if not any(near(p, of) for p in places for of in wrong.get(one, []) + open_.get(one, [])):
                        elsewhere += 1
                        in_clean += one in clean
            share = f"{seen} ({100 * seen / labelled:.0f} %)"
            print(f"| {name} | {share} | {elsewhere} | {in_clean} | {time.monotonic() - began:.0f} |", flush=True)


main()
