"""Makes a trail, asks `ecrpass trail` and DuckDB about it, and parses what is printed for the other engines.

judge.py ECRPASS DIRECTORY
"""

import csv
import gzip
import io
import json
import pathlib
import random
import subprocess
import sys

import duckdb
import sqlglot
import zstandard

PROGRAM, DIRECTORY = sys.argv[1], pathlib.Path(sys.argv[2])
TRAIL = DIRECTORY / "trail"
CALLERS, REGISTRY = "444455556666", "123456789012"
NAMES = ["GetAuthorizationToken", "BatchGetImage", "GetDownloadUrlForLayer", "DescribeImages", "PutImage"]
ERRORS = {"GetAuthorizationToken": "ThrottlingException", "DescribeImages": "ImageNotFoundException", "PutImage": "AccessDenied"}
# The dialects of sqlglot; Lake's is Trino's.
DIALECTS = {"athena": "athena", "trino": "trino", "duckdb": "duckdb", "clickhouse": "clickhouse", "lake": "trino", "security-lake": "athena"}


# An id of Lake is no name elsewhere.
TABLES = {"lake": ["--table", "store"]}


def records(dice):
    """Calls of roles, users and a service, in two accounts, some of them twice, in no order."""
    made = []
    for number in range(4000):
        second = dice.choice([dice.randrange(7200), 3600])
        name = "GetAuthorizationToken" if second == 3600 else dice.choice(NAMES)
        who = dice.choice(["role", "role", "user", "service", "nobody"])
        event = f"{number:08x}-0000-4000-8000-{dice.randrange(16**12):012x}"
        identity = {
            "role": {"type": "AssumedRole", "arn": f"arn:aws:sts::{CALLERS}:assumed-role/node/i-{number % 7}", "accountId": CALLERS,
                     "accessKeyId": f"ASIA{number % 7:016}",
                     "sessionContext": {"sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{CALLERS}:role/a/node-{number % 3}"}}},
            "user": {"type": "IAMUser", "arn": f"arn:aws:iam::{CALLERS}:user/jenkins", "accountId": CALLERS, "accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
            "service": {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"},
            "nobody": {"accountId": CALLERS, "invokedBy": "AWS Internal"},
        }[who]
        record = {
            "eventVersion": "1.11", "userIdentity": identity,
            "eventTime": f"2026-11-24T{10 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z",
            "eventSource": dice.choice(["ecr.amazonaws.com"] * 5 + ["secretsmanager.amazonaws.com", "codeartifact.amazonaws.com"]),
            "eventName": name, "awsRegion": dice.choice(["eu-west-1", "us-east-1"]), "sourceIPAddress": "10.0.0.1",
            "userAgent": "it's \"quoted\", \\ and é", "requestParameters": None, "responseElements": None, "eventID": event,
            "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": CALLERS, "eventCategory": "Management",
        }
        if name in ERRORS and dice.randrange(3) == 0:
            record["errorCode"] = ERRORS[name]
            record["errorMessage"] = "because\nno\u2028reason \U0001f680"
        made.append(record)
        if dice.randrange(4) == 0:
            # Of a call across accounts the owner has a record, too.
            record["sharedEventID"] = f"shared-{number}"
            owner = dict(record, eventID=f"owner-{number}", recipientAccountId=REGISTRY,
                         userIdentity={"type": "AWSAccount", "accountId": CALLERS})
            made.append(owner)
        if dice.randrange(9) == 0:
            made.append(dict(record))
    dice.shuffle(made)
    return made


def forms(made):
    """The same records in each way in which they may lie in a file, by the ends of the files' names."""
    listed = {"Records": made}
    lines = "".join(json.dumps(record) + "\n" for record in made)
    looked_up = {"Events": [{"EventId": record["eventID"], "CloudTrailEvent": json.dumps(record)} for record in made]}
    return [
        (".json.gz", json.dumps(listed, separators=(",", ":"), ensure_ascii=False), gzip.compress),
        (".json", json.dumps(listed, indent=2), bytes),
        (".ndjson", lines, bytes),
        (".jsonl.gz", lines, gzip.compress),
        (".json.zst", json.dumps(listed), zstandard.compress),
        ("-list.json", json.dumps(made, indent=1), bytes),
        ("-events.json", json.dumps(looked_up, indent=4), bytes),
        ("-bridge.json", "".join(json.dumps({"version": "0", "detail": record}) for record in made), bytes),
    ]


def write(made):
    for number in range(0, len(made), 700):
        folder = TRAIL / f"AWSLogs/{CALLERS}/CloudTrail/eu-west-1/2026/11/24"
        folder.mkdir(parents=True, exist_ok=True)
        some = forms(made[number : number + 700])
        end, text, packed = some[number // 700 % len(some)]
        name = f"{CALLERS}_CloudTrail_eu-west-1_20261124T1200Z_{number:016}{end}"
        (folder / name).write_bytes(packed(text.encode()))
    # Neighbours that hold no records.
    (TRAIL / "digest.json").write_text(json.dumps({"digestS3Bucket": "b", "logFiles": [{"hashValue": "00"}]}))
    (TRAIL / "empty.json").write_text("")
    (TRAIL / "README.txt").write_text("no records here")


def ecrpass(*arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode not in (0, 1):
        sys.exit(f"{arguments}: {done.stderr}")
    return done.stdout


def table(name):
    rows = list(csv.reader(io.StringIO(ecrpass("trail", str(TRAIL), "--format", "csv", "--table", name))))
    return rows[1:]


def duck(connection, question):
    sql = ecrpass("trail", "sql", "duckdb", "--location", str(TRAIL), "--question", question)
    return [["" if cell is None else str(cell) for cell in row] for row in connection.execute(sql).fetchall()]


def same(what, ours, theirs):
    if sorted(ours) != sorted(theirs) or not ours:
        sys.exit(f"{what} differ:\nonly ours: {[r for r in ours if r not in theirs][:5]}\nonly DuckDB's: {[r for r in theirs if r not in ours][:5]}")
    print(f"  {what}: {len(ours)} rows, the same")


def main():
    write(records(random.Random(17)))
    connection = duckdb.connect()
    # Every question can be asked.
    connection.execute(ecrpass("trail", "sql", "duckdb", "--location", str(TRAIL)))
    same("errors", [[who, code, hour[:13], n] for who, code, hour, n in table("errors")], duck(connection, "errors"))
    peaks = [[account, region, call, n, at[:19]] for account, region, call, n, at, *_ in table("peaks")]
    same("peaks", peaks, duck(connection, "peaks"))
    same("keys", table("keys"), duck(connection, "keys"))
    exported = DIRECTORY / "events.ndjson"
    ecrpass("trail", "export", str(TRAIL), "--output", str(exported))
    again = json.loads(ecrpass("trail", str(exported), "--format", "json"))
    first = json.loads(ecrpass("trail", str(TRAIL), "--format", "json"))
    for part in ("incidents", "errors", "peaks", "long_lived_keys"):
        if first[part] != again[part]:
            sys.exit(f"{part} of what was exported differ")
    print("  what is exported is answered the same")
    for engine, dialect in DIALECTS.items():
        statements = sqlglot.parse(ecrpass("trail", "sql", engine, *TABLES.get(engine, [])), dialect=dialect)
        queries = [one for one in statements if one is not None and one.find(sqlglot.exp.Select)]
        if len(queries) < 7:
            sys.exit(f"{engine}: {len(queries)} queries")
    print(f"  the SQL of {len(DIALECTS)} engines is their grammar")


main()
