"""Runs the AWS CLI and boto3 over many homes: one line of JSON in for each run, one out.

Each run is a process of its own, forked after the slow imports, so that nothing of one home is left for the next.
"""

import contextlib
import io
import json
import os
import signal
import sys

import awscli.clidriver
import boto3
import botocore.credentials
import botocore.tokens


def call(tool):
    if tool == 'boto3':
        boto3.client('ecr').get_authorization_token()
        return 0
    return awscli.clidriver.create_clidriver().main(['ecr', 'get-authorization-token'])


def run(job, output):
    # A tool that asks for a code must find no terminal.
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    signal.alarm(60)
    # The AWS CLI says at its start where its descriptions are.
    data = os.environ['AWS_DATA_PATH']
    os.environ.clear()
    os.environ.update(job['env'], AWS_DATA_PATH=data)
    os.chdir(job['home'])
    # Taken from HOME when the libraries were imported.
    cache = os.path.expanduser('~/.aws/sso/cache')
    for name, module in list(sys.modules.items()):
        # The AWS CLI has a copy of botocore.
        if name in ('botocore.credentials', 'awscli.botocore.credentials'):
            module.SSOProvider._SSO_TOKEN_CACHE_DIR = cache
        elif name in ('botocore.tokens', 'awscli.botocore.tokens'):
            module.SSOTokenProvider._SSO_TOKEN_CACHE_DIR = cache
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            good = call(job['tool']) == 0
        except BaseException as error:
            good = False
            said.write(f'{type(error).__name__}: {error}')
    os.write(output, json.dumps({'good': good, 'said': said.getvalue()[-2000:]}).encode())
    os._exit(0)


# The descriptions of the service are read once, for all.
boto3.client('ecr', region_name='us-east-1', aws_access_key_id='x', aws_secret_access_key='y')
# It keeps the settings it has read.
boto3.DEFAULT_SESSION = None
for line in sys.stdin:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        run(json.loads(line), writer)
    os.close(writer)
    with os.fdopen(reader, 'rb') as answer:
        said = answer.read()
    os.waitpid(child, 0)
    print(said.decode() or json.dumps({'good': False, 'said': 'it was killed'}), flush=True)
