//! Each way a token can fail to be had is named for what it is.

use std::net::TcpListener;

use ecrpass_local::{DEFAULT_ACCOUNT, DEPLOY_ROLE, Fault, Policy, Role};

use crate::world::{HOST, NOT_FOUND, World};

fn fault(text: &str) -> Fault {
    text.parse().unwrap()
}

fn with_key(world: &mut World, id: &str, secret: &str, session: Option<&str>) {
    world.set("AWS_ACCESS_KEY_ID", id);
    world.set("AWS_SECRET_ACCESS_KEY", secret);
    if let Some(session) = session {
        world.set("AWS_SESSION_TOKEN", session);
    }
}

#[test]
fn credentials_that_are_not_there() {
    let mut world = World::without_credentials();
    assert_eq!(world.get(HOST).slug(), "no-aws-credentials");
    world.set("AWS_PROFILE", "prod");
    assert_eq!(world.get(HOST).slug(), "aws-profile-invalid");
    world.unset("AWS_PROFILE");
    world.set("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4");
    let run = world.get(HOST);
    assert_eq!(run.slug(), "no-aws-credentials");
    assert!(run.stderr.contains("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"), "{}", run.stderr);
    assert!(world.ecr.calls().is_empty());
}

#[test]
fn keys_that_aws_refuses() {
    let mut world = World::without_credentials();
    with_key(&mut world, "AKIARZPUZDIKGB2VALC4", "x", None);
    assert_eq!(world.get(HOST).slug(), "invalid-access-key");

    let good = world.ecr.access_key().clone();
    with_key(&mut world, &good.id, "wrong", None);
    let run = world.get(HOST);
    assert_eq!(run.slug(), "invalid-access-key");
    assert!(run.stderr.contains("secret access key"), "{}", run.stderr);

    with_key(&mut world, &good.id, good.secret.expose(), Some("left over"));
    let run = world.get(HOST);
    assert_eq!(run.slug(), "mixed-session-token");
    assert!(run.stderr.contains("Next: unset AWS_SESSION_TOKEN"), "{}", run.stderr);
}

#[test]
fn sessions_that_are_over() {
    let mut world = World::without_credentials();
    let role = world.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
    let session = world.ecr.issue_session(&role, "s", -60).unwrap();
    with_key(
        &mut world,
        &session.id,
        session.secret.expose(),
        session.session_token.as_ref().map(|token| token.expose()),
    );
    assert_eq!(world.get(HOST).slug(), "expired-session-token");
    world.unset("AWS_SESSION_TOKEN");
    assert_eq!(world.get(HOST).slug(), "mixed-session-token");
}

#[test]
fn an_sso_session_that_is_over() {
    let mut world = World::without_credentials();
    world.aws_config(&format!(
        "[profile sso]\nsso_session = corp\nsso_account_id = {DEFAULT_ACCOUNT}\nsso_role_name = {DEPLOY_ROLE}\n[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n"
    ));
    world.set("AWS_PROFILE", "sso");
    for lifetime in [None, Some(-3600)] {
        if let Some(lifetime) = lifetime {
            let cached = world.ecr.sso_sign_in("corp", "https://corp.example/start", lifetime, false);
            world.write(&format!(".aws/sso/cache/{}", cached.name), cached.content.expose());
        }
        let run = world.get(HOST);
        assert_eq!(run.slug(), "sso-session-expired");
        assert!(run.stderr.contains("Next: aws sso login --profile sso"), "{}", run.stderr);
    }
}

#[test]
fn policies_that_say_no() {
    let mut world = World::without_credentials();
    let user = world.ecr.add_user(DEFAULT_ACCOUNT, "poor", Policy::nothing());
    with_key(&mut world, &user.id, user.secret.expose(), None);
    let run = world.get(HOST);
    assert_eq!(run.slug(), "iam-missing-get-authorization-token");
    assert!(run.stderr.contains("user/poor"), "{}", run.stderr);

    let denied = Policy::allow_all().deny("ecr:GetAuthorizationToken", "*");
    let user = world.ecr.add_user(DEFAULT_ACCOUNT, "denied", denied);
    with_key(&mut world, &user.id, user.secret.expose(), None);
    assert_eq!(world.get(HOST).slug(), "explicit-deny-policy");
}

#[test]
fn roles_that_cannot_be_assumed() {
    let mut world = World::new();
    let role = world.ecr.add_role(Role::new(DEFAULT_ACCOUNT, "guarded").external_id("right"));
    world.config(&format!("[[registry]]\nhost = \"*\"\nrole_arn = \"{role}\"\nexternal_id = \"wrong\"\n"));
    let run = world.get(HOST);
    assert_eq!(run.slug(), "assume-role-denied");
    assert!(run.stderr.contains(&role), "{}", run.stderr);

    let key = world.ecr.access_key();
    world.aws_config(&format!(
        "[profile mfa]\nrole_arn = {role}\nsource_profile = base\nmfa_serial = arn:aws:iam::{DEFAULT_ACCOUNT}:mfa/me\n[profile base]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        key.id,
        key.secret.expose()
    ));
    world.config("");
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        world.unset(name);
    }
    world.set("AWS_PROFILE", "mfa");
    let run = world.get(HOST);
    assert_eq!(run.slug(), "assume-role-denied");
    assert!(run.stderr.contains("MFA"), "{}", run.stderr);
}

#[test]
fn web_identities_that_are_refused() {
    let mut world = World::without_credentials();
    let role = world.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
    world.set("AWS_ROLE_ARN", &role);
    world.set("AWS_WEB_IDENTITY_TOKEN_FILE", world.path("token").to_str().unwrap());
    assert_eq!(world.get(HOST).slug(), "irsa-web-identity-invalid");

    world.write("token", world.ecr.web_identity_token("sub", -60).expose());
    let run = world.get(HOST);
    assert_eq!(run.slug(), "irsa-web-identity-invalid");
    assert!(run.stderr.contains("expired"), "{}", run.stderr);

    world
        .write("token", world.ecr.web_identity_token_of("https://elsewhere.example", "a", "b", 600).expose());
    let slug = world.get(HOST).slug();
    assert!(["irsa-web-identity-invalid", "assume-role-denied"].contains(&slug.as_str()), "{slug}");
}

#[test]
fn a_clock_that_is_wrong() {
    let world = World::new();
    world.ecr.add_fault(fault("clock-skew=7200"));
    // The SDK corrects its own clock; the token's life is reckoned by AWS's.
    world.get(HOST).password();
    world.age(|entry| {
        let left = entry["aws_expires_at"].as_i64().unwrap() - entry["aws_time"].as_i64().unwrap();
        assert!((43_100..=43_300).contains(&left), "{left}");
    });
}

#[test]
fn services_that_fail() {
    for (text, slug) in [
        ("throttle:GetAuthorizationToken", "throttled"),
        ("server-error:GetAuthorizationToken", "aws-service-transient"),
        ("drop:GetAuthorizationToken", "aws-service-transient"),
        ("truncate:GetAuthorizationToken", "aws-service-transient"),
        ("garbage:GetAuthorizationToken", "proxy-misconfigured"),
        ("invalid-credentials:GetAuthorizationToken", "invalid-access-key"),
        ("expired-session:GetAuthorizationToken", "expired-session-token"),
        ("expired-tokens", "token-expired"),
    ] {
        let world = World::new();
        // So long that a slow machine meets the fault first.
        world.config("deadline = \"60s\"\n");
        world.ecr.add_fault(fault(text));
        assert_eq!(world.get(HOST).slug(), slug, "{text}");
    }
    // And one that never answers: without the deadline this would not end.
    let world = World::new();
    world.config("deadline = \"1s\"\n");
    world.ecr.add_fault(fault("hang:GetAuthorizationToken"));
    assert_eq!(world.get(HOST).slug(), "network-timeout-ecr-api");
}

#[test]
fn networks_that_are_not_there() {
    let mut world = World::new();
    // Nothing listens on port 1.
    world.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let run = world.get(HOST);
    assert_eq!(run.slug(), "network-timeout-ecr-api");
    assert!(run.stderr.contains("127.0.0.1:1"), "{}", run.stderr);
    // Too long for a name, which the resolver sees without asking a server that may not answer in time.
    world.set("AWS_ENDPOINT_URL", &format!("http://{}.invalid", "n".repeat(64)));
    assert_eq!(world.get(HOST).slug(), "dns-resolution-failure");
}

#[test]
fn ca_bundles_that_are_none() {
    let mut world = World::new();
    for text in ["", "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let path = world.write("ca.pem", text);
        world.set("AWS_CA_BUNDLE", path.to_str().unwrap());
        assert_eq!(world.get(HOST).slug(), "tls-ca-untrusted", "{text}");
    }
    world.set("AWS_CA_BUNDLE", "/nonexistent.pem");
    assert_eq!(world.get(HOST).slug(), "tls-ca-untrusted");
}

#[test]
fn a_proxy_that_is_not_there() {
    let mut world = World::new();
    // A port that was free a moment ago: nobody listens there.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.set("AWS_ENDPOINT_URL", "https://ecr.invalid");
    world.set("HTTPS_PROXY", &format!("http://{address}"));
    let run = world.get(HOST);
    assert_eq!(run.slug(), "proxy-misconfigured");
    assert!(run.stderr.contains("The proxy to ecr.invalid cannot be reached: "), "{}", run.stderr);
    assert!(run.stderr.contains("Connection refused") && !run.stderr.contains("tunnel"), "{}", run.stderr);
}

#[test]
fn settings_the_sdk_would_panic_on_do_not_matter() {
    let mut world = World::new();
    world.set("AWS_MAX_ATTEMPTS", "many");
    world.set("AWS_RETRY_MODE", "never");
    world.set("AWS_USE_FIPS_ENDPOINT", "perhaps");
    world.get(HOST).password();
}

#[test]
fn a_credential_process_that_fails_or_hangs() {
    let mut world = World::without_credentials();
    world.set("AWS_PROFILE", "p");
    let script = world.script("creds.sh", "#!/bin/sh\necho 'vault is sealed' >&2\nexit 3\n");
    world.aws_config(&format!("[profile p]\ncredential_process = {}\n", script.display()));
    let run = world.get(HOST);
    assert_eq!(run.slug(), "no-aws-credentials");
    assert!(run.stderr.contains("vault is sealed"), "{}", run.stderr);

    // It ends by being killed, or not before somebody opens the pipe, which nobody does.
    let status = std::process::Command::new("mkfifo").arg(world.path("pipe")).status().unwrap();
    assert!(status.success());
    world.script("creds.sh", "#!/bin/sh\nread line < \"$HOME/pipe\"\n");
    world.config("deadline = \"1s\"\n");
    let run = world.get(HOST);
    assert_eq!(run.slug(), "no-aws-credentials");
    // A tenth of the deadline is kept for saying so.
    assert!(run.stderr.contains("took longer than 0.9 s"), "{}", run.stderr);
}

#[test]
fn public_images_stay_within_reach() {
    let world = World::without_credentials();
    let run = world.get("public.ecr.aws");
    assert_eq!((run.code, run.stdout.trim()), (Some(1), NOT_FOUND));
    assert!(run.stderr.starts_with("ecr-login: [no-aws-credentials]"), "{}", run.stderr);
}

#[test]
fn hosts_that_cannot_be() {
    let world = World::new();
    for host in
        ["12345678901.dkr.ecr.us-east-1.amazonaws.com", "123456789012.dkr.ecr.us-east-1a.amazonaws.com"]
    {
        assert_eq!(world.get(host).slug(), "malformed-registry-host");
    }
    world.config("cache = \"disk\"\n");
    let run = world.get(HOST);
    assert_eq!(run.slug(), "ecrpass-config-invalid");
    assert!(run.stderr.contains("config.toml:1:9"), "{}", run.stderr);
}
