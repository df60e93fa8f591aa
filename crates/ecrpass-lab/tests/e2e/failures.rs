//! Each failure's line stands in the docker CLI's own output; and what docker says where no helper is involved.

use anyhow::{Context, Result};
use ecrpass_lab::{HOST, Lab, Run, Session};
use ecrpass_local::{DEFAULT_ACCOUNT, DEPLOY_ROLE, Fault, Policy, Role};

use crate::clients::{load, published};
use crate::test::Test;

pub const TESTS: &[Test] = &[
    ("docker_shows_the_reason_for_every_failure", docker_shows_the_reason_for_every_failure),
    ("docker_push_shows_the_reason_too", docker_push_shows_the_reason_too),
    ("docker_without_helper_or_login", docker_without_helper_or_login),
    ("docker_with_a_stale_login", docker_with_a_stale_login),
    ("docker_with_another_regions_token", docker_with_another_regions_token),
    ("docker_with_the_helper_missing", docker_with_the_helper_missing),
    ("docker_when_the_registry_says_no", docker_when_the_registry_says_no),
    ("disks_that_are_full_or_read_only", disks_that_are_full_or_read_only),
];

/// A failure: what the line must begin with, and how the session gets into it.
type Failure = (&'static str, fn(&mut Session<'_>) -> Result<()>);

const FAILURES: &[Failure] = &[
    ("no-aws-credentials", |session| {
        no_key(session);
        session.set("AWS_EC2_METADATA_DISABLED", "true");
        Ok(())
    }),
    ("aws-profile-invalid", |session| {
        no_key(session);
        session.set("AWS_PROFILE", "prod");
        Ok(())
    }),
    ("no-aws-credentials", |session| {
        session.unset("AWS_SECRET_ACCESS_KEY");
        session.set("AWS_EC2_METADATA_DISABLED", "true");
        Ok(())
    }),
    ("invalid-access-key", |session| {
        session.set("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4");
        Ok(())
    }),
    ("invalid-access-key", |session| {
        session.set("AWS_SECRET_ACCESS_KEY", "wrong");
        Ok(())
    }),
    ("mixed-session-token", |session| {
        session.set("AWS_SESSION_TOKEN", "left over");
        Ok(())
    }),
    ("expired-session-token", |session| {
        let role = session.lab.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
        let old = session.lab.ecr.issue_session(&role, "s", -60).context("no such role")?;
        session.set("AWS_ACCESS_KEY_ID", &old.id);
        session.set("AWS_SECRET_ACCESS_KEY", old.secret.expose());
        session.set("AWS_SESSION_TOKEN", old.session_token.context("no token")?.expose());
        Ok(())
    }),
    ("sso-session-expired", |session| {
        no_key(session);
        let config = format!(
            "[default]\nsso_session = corp\nsso_account_id = {DEFAULT_ACCOUNT}\nsso_role_name = x\n[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n"
        );
        session.write(".aws/config", &config).map(drop)
    }),
    ("iam-missing-get-authorization-token", |session| {
        let user = session.lab.ecr.add_user(DEFAULT_ACCOUNT, "poor", Policy::nothing());
        session.set("AWS_ACCESS_KEY_ID", &user.id);
        session.set("AWS_SECRET_ACCESS_KEY", user.secret.expose());
        Ok(())
    }),
    ("explicit-deny-policy", |session| {
        let policy = Policy::allow_all().deny("ecr:GetAuthorizationToken", "*");
        let user = session.lab.ecr.add_user(DEFAULT_ACCOUNT, "denied", policy);
        session.set("AWS_ACCESS_KEY_ID", &user.id);
        session.set("AWS_SECRET_ACCESS_KEY", user.secret.expose());
        Ok(())
    }),
    ("assume-role-denied", |session| {
        let role = session.lab.ecr.add_role(Role::new(DEFAULT_ACCOUNT, "guarded").external_id("right"));
        config(session, &format!("[[registry]]\nhost = \"*\"\nrole_arn = \"{role}\"\n"))
    }),
    ("irsa-web-identity-invalid", |session| {
        no_key(session);
        session.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/secrets/gone");
        session.set("AWS_ROLE_ARN", &session.lab.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE));
        Ok(())
    }),
    ("throttled", |session| fault(session, "throttle:ecr")),
    ("aws-service-transient", |session| fault(session, "server-error:ecr")),
    ("network-timeout-ecr-api", |session| {
        fault(session, "hang:ecr")?;
        config(session, "deadline = \"2s\"\n")
    }),
    ("network-timeout-ecr-api", |session| {
        session.set("AWS_ENDPOINT_URL", "https://127.0.0.1:1");
        Ok(())
    }),
    ("dns-resolution-failure", |session| {
        session.set("AWS_ENDPOINT_URL", "https://vpce.example.com");
        config(session, "deadline = \"5s\"\n")
    }),
    ("tls-ca-untrusted", |session| {
        // The ECR answers, but nothing vouches for it.
        session.write("ca.pem", "")?;
        session.set("AWS_CA_BUNDLE", &session.path("ca.pem").display().to_string());
        Ok(())
    }),
    ("proxy-misconfigured", |session| {
        session.set("HTTPS_PROXY", "http://127.0.0.1:4567");
        // The local ECR does not tunnel.
        session.set("HTTPS_PROXY", "http://169.254.170.2");
        Ok(())
    }),
    ("token-expired", |session| fault(session, "expired-tokens")),
    ("ecrpass-config-invalid", |session| config(session, "delegate = 7\n")),
];

fn no_key(session: &mut Session<'_>) {
    session.unset("AWS_ACCESS_KEY_ID");
    session.unset("AWS_SECRET_ACCESS_KEY");
}

fn config(session: &Session<'_>, text: &str) -> Result<()> {
    session.write(".config/ecrpass/config.toml", text).map(drop)
}

fn fault(session: &Session<'_>, text: &str) -> Result<()> {
    session.lab.ecr.add_fault(text.parse::<Fault>()?);
    Ok(())
}

fn docker_shows_the_reason_for_every_failure(lab: &Lab) -> Result<()> {
    let image = published(&Session::with_helper(lab)?, "failures")?;
    for (index, (slug, prepare)) in FAILURES.iter().enumerate() {
        let mut session = Session::with_helper(lab)?;
        prepare(&mut session)?;
        let pull = session.sh(&format!("docker pull {image}"))?;
        pull.refused(&format!("ecr-login: [{slug}] "))
            .and_then(|pull| pull.says(" Next: "))
            .and_then(|pull| explained(pull, slug))
            .with_context(|| format!("failure {index} ({slug})"))?;
        lab.ecr.clear_faults();
    }
    Ok(())
}

fn docker_push_shows_the_reason_too(lab: &Lab) -> Result<()> {
    let mut session = Session::with_helper(lab)?;
    let image = format!("{HOST}/team/app:refused");
    load(&session, &image)?;
    no_key(&mut session);
    session.set("AWS_PROFILE", "prod");
    let push = session.sh(&format!("docker push {image}"))?;
    push.refused("ecr-login: [aws-profile-invalid]")?.says("Next: aws configure sso --profile prod")?;
    Ok(())
}

fn docker_without_helper_or_login(lab: &Lab) -> Result<()> {
    let session = Session::new(lab)?;
    let image = format!("{HOST}/team/app:anonymous");
    load(&session, &image)?;
    let push = session.sh(&format!("docker push {image}"))?;
    explained(push.refused("no basic auth credentials")?, "not-logged-in")?;
    let pull = session.sh(&format!("docker pull {image}"))?;
    explained(pull.refused("no basic auth credentials")?, "not-logged-in")?;
    // The command's own output and status pass through.
    session.install_ecrpass()?;
    let run = session.sh(&format!("ecrpass explain -- docker pull {image}; echo status $?"))?;
    run.ok()?.says("status 1")?.says("Error response from daemon")?.says("likely[not-logged-in]")?;
    run.says(&format!("ecrpass setup {HOST}"))?;
    let good = session.sh("ecrpass explain -- docker version --format '{{.Client.Version}}'")?;
    good.ok()?.does_not_say("[")?;
    Ok(())
}

/// What `explain` makes of a client's own words.
fn explained<'a>(run: &'a Run, slug: &str) -> Result<&'a Run> {
    let log = format!("$ {}\n{}", run.command, run.text());
    let found = ecrpass_diagnosis::engine::explain::explain("stdin", &log);
    let first = found.first().map(|finding| finding.id.as_str());
    anyhow::ensure!(first == Some(slug), "explained as {first:?}, not as {slug}:\n{log}");
    Ok(run)
}

/// A docker configuration with a password under `auths`.
fn with_login(session: &Session<'_>, password: &str, more: &str) -> Result<()> {
    let secret = ecrpass_core::Secret::new(password.to_owned());
    let auth = ecrpass_core::AuthorizationToken::encode("AWS", &secret);
    session
        .docker_config(&format!("{{\"auths\": {{\"{HOST}\": {{\"auth\": \"{}\"}}}}{more}}}", auth.expose()))
}

fn docker_with_a_stale_login(lab: &Lab) -> Result<()> {
    let mut session = Session::new(lab)?;
    let image = published(&Session::with_helper(lab)?, "stale")?;
    let stale = lab.ecr.forge_password("us-east-1", -3600);
    with_login(&session, stale.expose(), "")?;
    let pull = session.sh(&format!("docker pull {image}"))?;
    explained(pull.refused("Your authorization token has expired")?, "token-expired")?;
    // The helper beside it is what docker asks, and the stale login no longer matters.
    session.install_helper()?;
    session.credentials();
    with_login(&session, stale.expose(), &format!(", \"credHelpers\": {{\"{HOST}\": \"ecr-login\"}}"))?;
    session.sh(&format!("docker pull {image}"))?.ok()?;
    Ok(())
}

fn docker_with_another_regions_token(lab: &Lab) -> Result<()> {
    let session = Session::new(lab)?;
    let other = lab.ecr.forge_password("eu-west-1", 3600);
    let file = session.write("password", other.expose())?;
    let login = format!("docker login --username AWS --password-stdin {HOST} < {}", file.display());
    explained(session.sh(&login)?.refused("400 Bad Request")?, "wrong-registry-region")?;
    Ok(())
}

fn docker_with_the_helper_missing(lab: &Lab) -> Result<()> {
    let image = published(&Session::with_helper(lab)?, "missing")?;
    let session = Session::new(lab)?;
    session.docker_config(&format!("{{\"credHelpers\": {{\"{HOST}\": \"ecr-login\"}}}}"))?;
    // This CLI swallows the missing helper and goes on anonymously.
    session.sh(&format!("docker pull {image}"))?.refused("no basic auth credentials")?;
    let inspect = session.sh(&format!("skopeo inspect docker://{image}"))?;
    explained(inspect.refused("docker-credential-ecr-login")?, "helper-not-on-path")?;
    Ok(())
}

fn docker_when_the_registry_says_no(lab: &Lab) -> Result<()> {
    let mut session = Session::with_helper(lab)?;
    load(&session, &format!("{HOST}/team/nowhere:1"))?;
    let push = session.sh(&format!("docker push {HOST}/team/nowhere:1"))?;
    push.refused("The repository with name 'team/nowhere' does not exist")?.does_not_say("ecr-login:")?;
    explained(&push, "repository-not-found")?;
    explained(
        session.sh(&format!("docker pull {HOST}/team/app:never-pushed"))?.refused("")?,
        "tag-not-found",
    )?;
    let reader = lab.ecr.add_user(DEFAULT_ACCOUNT, "reader", Policy::pull_only());
    session.set("AWS_ACCESS_KEY_ID", &reader.id);
    session.set("AWS_SECRET_ACCESS_KEY", reader.secret.expose());
    load(&session, &format!("{HOST}/team/app:denied"))?;
    let push = session.sh(&format!("docker push {HOST}/team/app:denied"))?;
    push.refused("is not authorized to perform: ecr:InitiateLayerUpload")?;
    explained(&push, "iam-missing-push-action")?;
    Ok(())
}

fn disks_that_are_full_or_read_only(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    session.sh("mkdir -p .ecr && mount -t tmpfs -o size=4k tmpfs .ecr && head -c 8192 /dev/zero > .ecr/filler; true")?.ok()?;
    let get = format!("echo {HOST} | docker-credential-ecr-login get");
    session.sh(&get)?.ok()?.says("\"Username\":\"AWS\"")?;
    session.sh("rm .ecr/filler; mount -o remount,ro .ecr")?.ok()?;
    session.sh(&get)?.ok()?.says("\"Username\":\"AWS\"")?;
    session.sh("umount .ecr")?.ok()?;
    Ok(())
}
