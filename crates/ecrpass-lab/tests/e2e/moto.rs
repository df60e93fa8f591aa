//! A second opinion on the AWS calls: moto verifies signatures and policies in its own way.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use ecrpass_lab::{HOST, Lab, Session};

use crate::test::Test;

pub const TESTS: &[Test] = &[("moto_accepts_our_calls_and_refuses_the_wrong_ones", moto)];

const ADDRESS: &str = "127.0.0.1:5055";

/// moto's tokens expired in 2015; nothing else is changed.
const LAUNCHER: &str = "
import datetime, sys
from moto.ecr import responses
from moto.server import main
responses.datetime = lambda *_, tzinfo: datetime.datetime.now(tzinfo) + datetime.timedelta(hours=12)
main(['-H', '127.0.0.1', '-p', '5055'])
";

/// Makes a user with one policy, a role, and then turns authentication on. Prints the user's key.
const SETUP: &str = "
import boto3, json, sys, urllib.request
def client(name):
    return boto3.client(name, region_name='us-east-1', endpoint_url='http://127.0.0.1:5055', aws_access_key_id='x', aws_secret_access_key='y')
iam = client('iam')
def user(name, actions):
    iam.create_user(UserName=name)
    document = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': actions, 'Resource': '*'}]}
    iam.put_user_policy(UserName=name, PolicyName='p', PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=name)['AccessKey']
    return key['AccessKeyId'], key['SecretAccessKey']
trust = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'AWS': '*'}, 'Action': 'sts:AssumeRole'}]}
iam.create_role(RoleName='puller', AssumeRolePolicyDocument=json.dumps(trust))
iam.put_role_policy(RoleName='puller', PolicyName='p', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'ecr:*', 'Resource': '*'}]}))
for key in (user('good', ['ecr:GetAuthorizationToken', 'sts:AssumeRole']), user('poor', ['s3:ListBucket'])):
    print(*key)
request = urllib.request.Request('http://127.0.0.1:5055/moto-api/reset-auth', data=b'0', headers={'Content-Type': 'text/plain'})
urllib.request.urlopen(request)
";

struct Moto(Child);

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The Python that has moto and docker-py.
pub fn python() -> Result<PathBuf> {
    let directory = match std::env::var_os("ECRPASS_LAB_MOTO") {
        Some(directory) => PathBuf::from(directory),
        None => {
            let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
            manifest.ancestors().nth(2).unwrap_or(&manifest).join("target/tools/moto")
        }
    };
    let python = directory.join("bin/python");
    if !python.exists() {
        bail!("moto is not at {}; `cargo xtask ci --only end-to-end` installs it", directory.display());
    }
    Ok(python)
}

fn start(lab: &Lab) -> Result<Moto> {
    let log = std::fs::File::create(lab.directory.join("moto.log"))?;
    let child = Command::new(python()?)
        .args(["-c", LAUNCHER])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    let moto = Moto(child);
    let started = Instant::now();
    while TcpStream::connect(ADDRESS).is_err() {
        if started.elapsed() > Duration::from_secs(60) {
            bail!("moto did not start: {}", std::fs::read_to_string(lab.directory.join("moto.log"))?);
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(moto)
}

fn moto(lab: &Lab) -> Result<()> {
    let _moto = start(lab)?;
    let output =
        Command::new(python()?).args(["-c", SETUP]).env("AWS_DEFAULT_REGION", "us-east-1").output()?;
    ensure!(output.status.success(), "moto set-up: {}", String::from_utf8_lossy(&output.stderr));
    let keys = String::from_utf8(output.stdout)?;
    let mut keys = keys.lines().filter_map(|line| line.split_once(' '));
    let good = keys.next().context("no key")?;
    let poor = keys.next().context("no key")?;

    let get = format!("echo {HOST} | docker-credential-ecr-login get");
    let session = |key: (&str, &str)| -> Result<Session<'_>> {
        let mut session = Session::with_helper(lab)?;
        session.set("AWS_ACCESS_KEY_ID", key.0);
        session.set("AWS_SECRET_ACCESS_KEY", key.1);
        session.set("AWS_ENDPOINT_URL", &format!("http://{ADDRESS}"));
        Ok(session)
    };
    session(good)?.sh(&get)?.ok()?.says("123456789012-auth-token")?;
    // Its refusals are XML where ECR's are JSON, and without the reason.
    session((good.0, "wrong"))?.sh(&get)?.refused("ecr-login: [invalid-access-key]")?;
    session(("AKIARZPUZDIKGB2VALC4", good.1))?.sh(&get)?.refused("ecr-login: [invalid-access-key]")?;
    session(poor)?
        .sh(&get)?
        .refused("ecr-login: [iam-missing-get-authorization-token]")?
        .says("user/poor")?;

    let role = "arn:aws:iam::123456789012:role/puller";
    let assuming = session(good)?;
    assuming.write(
        ".config/ecrpass/config.toml",
        &format!("[[registry]]\nhost = \"*\"\nrole_arn = \"{role}\"\n"),
    )?;
    assuming.sh(&get)?.ok()?.says("123456789012-auth-token")?;
    Ok(())
}
