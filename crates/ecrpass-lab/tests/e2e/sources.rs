//! Every source of AWS credentials, through a real `docker pull`.

use anyhow::{Result, ensure};
use ecrpass_lab::{Lab, Session};
use ecrpass_local::{CONTAINER_ROLE, DEFAULT_ACCOUNT, DEPLOY_ROLE, INSTANCE_ROLE};

use crate::clients::published;
use crate::test::Test;

pub const TESTS: &[Test] = &[
    ("every_source_of_credentials_pulls", every_source_of_credentials_pulls),
    ("the_endpoint_follows_the_host", the_endpoint_follows_the_host),
];

/// A source: its name, how a session gets it, and who AWS then sees.
pub type Source = (&'static str, fn(&mut Session<'_>) -> Result<()>, &'static str);

/// All of them.
pub const SOURCES: &[Source] = &[
    ("environment", |_| Ok(()), ":user/"),
    ("credentials file", credentials_file, ":user/"),
    ("assumed role", assumed_role, DEPLOY_ROLE),
    ("role chain", role_chain, "assumed-role/deploy/second"),
    ("credential_process", credential_process, ":user/"),
    ("SSO", sso, DEPLOY_ROLE),
    ("web identity", web_identity, DEPLOY_ROLE),
    ("ECS container", container, CONTAINER_ROLE),
    ("instance metadata", instance, INSTANCE_ROLE),
];

/// Takes the environment's key away; what it was, as properties of a profile.
fn key_properties(session: &mut Session<'_>) -> String {
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        session.unset(name);
    }
    let key = session.lab.ecr.access_key();
    format!("aws_access_key_id = {}\naws_secret_access_key = {}\n", key.id, key.secret.expose())
}

fn credentials_file(session: &mut Session<'_>) -> Result<()> {
    let key = key_properties(session);
    session.write(".aws/credentials", &format!("[default]\n{key}")).map(drop)
}

fn assumed_role(session: &mut Session<'_>) -> Result<()> {
    let key = key_properties(session);
    let role = session.lab.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
    session.set("AWS_PROFILE", "ci");
    let config = format!("[profile ci]\nrole_arn = {role}\nsource_profile = base\n[profile base]\n{key}");
    session.write(".aws/config", &config).map(drop)
}

fn role_chain(session: &mut Session<'_>) -> Result<()> {
    let key = key_properties(session);
    let role = session.lab.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
    session.set("AWS_PROFILE", "second");
    let config = format!(
        "[profile second]\nrole_arn = {role}\nrole_session_name = second\nsource_profile = first\n[profile first]\nrole_arn = {role}\nsource_profile = base\n[profile base]\n{key}"
    );
    session.write(".aws/config", &config).map(drop)
}

fn credential_process(session: &mut Session<'_>) -> Result<()> {
    key_properties(session);
    let key = session.lab.ecr.access_key().clone();
    let script = session.script(
        "bin/creds",
        &format!(
            "#!/bin/sh\necho '{{\"Version\":1,\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\"}}'\n",
            key.id,
            key.secret.expose()
        ),
    )?;
    session.write(".aws/config", &format!("[default]\ncredential_process = {}\n", script.display())).map(drop)
}

fn sso(session: &mut Session<'_>) -> Result<()> {
    key_properties(session);
    let cached = session.lab.ecr.sso_sign_in("corp", "https://corp.example/start", 3600, false);
    session.write(&format!(".aws/sso/cache/{}", cached.name), cached.content.expose())?;
    let config = format!(
        "[default]\nsso_session = corp\nsso_account_id = {DEFAULT_ACCOUNT}\nsso_role_name = {DEPLOY_ROLE}\n[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n"
    );
    session.write(".aws/config", &config).map(drop)
}

fn web_identity(session: &mut Session<'_>) -> Result<()> {
    key_properties(session);
    let token = session.lab.ecr.web_identity_token("system:serviceaccount:default:app", 3600);
    let file = session.write("token", token.expose())?;
    let role = session.lab.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
    session.set("AWS_WEB_IDENTITY_TOKEN_FILE", &file.display().to_string());
    session.set("AWS_ROLE_ARN", &role);
    Ok(())
}

fn container(session: &mut Session<'_>) -> Result<()> {
    key_properties(session);
    let uri = session.lab.ecr.container_credentials_relative_uri();
    session.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", &uri);
    Ok(())
}

fn instance(session: &mut Session<'_>) -> Result<()> {
    key_properties(session);
    Ok(())
}

fn every_source_of_credentials_pulls(lab: &Lab) -> Result<()> {
    let image = published(&Session::with_helper(lab)?, "sources")?;
    for (name, prepare, principal) in SOURCES {
        lab.ecr.clear_calls();
        let mut session = Session::with_helper(lab)?;
        prepare(&mut session)?;
        session.sh(&format!("docker pull --quiet {image}"))?.ok()?;
        let calls = lab.ecr.calls();
        let asked: Vec<_> = calls.iter().filter(|call| call.operation == "GetAuthorizationToken").collect();
        ensure!(asked.len() == 1, "{name}: {} calls", asked.len());
        let who = asked[0].principal.clone().unwrap_or_default();
        ensure!(who.contains(principal), "{name}: AWS saw {who}");
        ensure!(asked[0].tls, "{name}: not over TLS");
    }
    Ok(())
}

fn the_endpoint_follows_the_host(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    for (host, endpoint) in [
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com", "api.ecr.us-east-1.amazonaws.com"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "api.ecr.eu-west-1.amazonaws.com"),
        ("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com", "api.ecr-fips.us-east-1.amazonaws.com"),
        ("123456789012.dkr-ecr.us-east-1.on.aws", "ecr.us-east-1.api.aws"),
        ("public.ecr.aws", "api.ecr-public.us-east-1.amazonaws.com"),
    ] {
        lab.ecr.clear_calls();
        session.sh(&format!("echo {host} | docker-credential-ecr-login get"))?.ok()?;
        let asked: Vec<String> = lab.ecr.calls().into_iter().map(|call| call.host).collect();
        ensure!(asked == [endpoint], "{host}: asked {asked:?}");
    }
    Ok(())
}
