"""Talks to `ecrpass mcp` as an assistant does: every tool, by both handshakes.

judge.py ECRPASS DIRECTORY
"""

import asyncio
import base64
import json
import pathlib
import sys
import time

import jsonschema
from mcp import Client
from mcp.client.stdio import StdioServerParameters

PROGRAM, DIRECTORY = sys.argv[1], pathlib.Path(sys.argv[2])
ACCOUNT = "246813579024"
HOST = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
SECRETS = ["pLANTEDpassword1234", "pLANTEDsecretpLANTEDsecretpLANTEDsecret12"]
TOOLS = {"explain_log", "doctor", "resolve", "evaluate_policy", "audit_tree"}


def furnish():
    """A home with a stored login and a key, and a project that leaks; the directory of the project."""
    payload = {"payload": "c2VjcmV0", "datakey": "a2V5", "version": "2", "type": "DATA_KEY", "expiration": 1700000000}
    token = base64.b64encode(json.dumps(payload).encode()).decode()
    auth = base64.b64encode(f"AWS:{token}".encode()).decode()
    SECRETS.extend([token, auth])
    home, project = DIRECTORY / "home", DIRECTORY / "home/project"
    (home / ".docker").mkdir(parents=True)
    (home / ".aws").mkdir()
    project.mkdir()
    (home / ".docker/config.json").write_text(json.dumps({"auths": {HOST: {"auth": auth}}}))
    (home / ".aws/credentials").write_text(f"[default]\naws_access_key_id = AKIAPLANTEDPLANTED23\naws_secret_access_key = {SECRETS[1]}\n")
    (project / "push.sh").write_text(f"#!/bin/sh\ndocker login -u AWS -p {SECRETS[0]} {HOST}\ndocker push {HOST}/app:1\n")
    return home, project


def calls():
    log = f"docker login -u AWS -p {SECRETS[0]} {HOST}\ndenied: Your authorization token has expired. Reauthenticate and try again.\n"
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "*"}]}
    role = f"arn:aws:iam::{ACCOUNT}:role/payments"
    yield "explain_log", {"text": log}, lambda it: it["findings"][0]["id"] == "token-expired"
    yield "doctor", {"image": f"{HOST}/app:1", "offline": True}, lambda it: any(f["id"] == "token-expired" for f in it["findings"])
    yield "doctor", {"deadline": 2}, lambda it: it["schema"] == "ecrpass/findings/1"
    yield "resolve", {"registry": HOST}, lambda it: it["outcome"] == "auths"
    yield "resolve", {"registry": HOST, "client": "all"}, lambda it: len(it["resolutions"]) > 10
    evaluate = {"principal": role, "task": "pull", "resource": f"{HOST}/app", "documents": {"identity": allow}}
    yield "evaluate_policy", evaluate, lambda it: it["verdict"] == "implicitly-denied" and "ecr:GetAuthorizationToken" in it["missing"]
    yield "audit_tree", {}, lambda it: any(f["id"] == "password-on-command-line" for f in it["findings"])
    yield "audit_tree", {"path": "../.aws"}, None
    yield "audit_tree", {"path": "/etc"}, None
    yield "doctor", {"image": "--fix"}, None
    yield "resolve", {}, None


def files(home):
    """All files but those of the helper, which keeps a log of the tokens it was refused."""
    ours = (path for path in home.rglob("*") if ".ecr" not in path.parts)
    return sorted((str(path), path.read_bytes() if path.is_file() else b"") for path in ours)


async def talk(mode, home, project):
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED": "true"}
    server = StdioServerParameters(command=PROGRAM, args=["mcp"], env=env, cwd=project)
    heard, asked = [], 0
    async with Client(server, mode=mode, read_timeout_seconds=120) as client:
        about = (await client.list_tools()).model_dump(by_alias=True, mode="json")
        heard.append(json.dumps(about))
        tools = {tool["name"]: tool for tool in about["tools"]}
        assert set(tools) == TOOLS, tools.keys()
        for tool in tools.values():
            jsonschema.Draft202012Validator.check_schema(tool["inputSchema"])
            hints = tool["annotations"]
            assert hints["readOnlyHint"] is True and hints["destructiveHint"] is False, hints
        for name, arguments, is_right in calls():
            schema = jsonschema.Draft202012Validator(tools[name]["inputSchema"])
            if is_right:
                schema.validate(arguments)
            result = (await client.call_tool(name, arguments)).model_dump(by_alias=True, mode="json")
            heard.append(json.dumps(result))
            asked += 1
            value = result.get("structuredContent")
            assert bool(result.get("isError")) == (is_right is None), (name, arguments, result)
            if is_right:
                assert is_right(value), (name, arguments, value)
                # What is for programs is said to those who only read texts, too.
                assert json.loads(result["content"][0]["text"]) == value
            else:
                assert "Next:" in result["content"][0]["text"], result
        leaving = time.monotonic()
    assert time.monotonic() - leaving < 10, "it does not end with its client"
    heard = "\n".join(heard)
    for secret in [*SECRETS, ACCOUNT, "payments", "AKIAPLANTEDPLANTED23"]:
        assert secret not in heard, f"{secret} is said: {heard}"
    assert "100000000001" in heard
    return asked


def main():
    home, project = furnish()
    before = files(home)
    counts = [asyncio.run(talk(mode, home, project)) for mode in ("auto", "legacy")]
    assert before == files(home), "something was changed"
    print(f"  {sum(counts)} calls of {len(TOOLS)} tools by two handshakes, as they have to be; nothing was changed")


main()
