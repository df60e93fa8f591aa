//! Every source of AWS credentials gives a token, and its second `get` asks nobody.

use ecrpass_local::{CONTAINER_ROLE, DEFAULT_ACCOUNT, DEPLOY_ROLE, INSTANCE_ROLE, Policy, Role};

use crate::world::{HOST, World};

/// A cold `get` that the expected principal asked for, then a warm one without a single call.
fn cold_then_warm(world: &World, principal: &str) {
    let cold = world.get(HOST).password();
    let calls = world.ecr.calls();
    let asked: Vec<_> = calls.iter().filter(|call| call.operation == "GetAuthorizationToken").collect();
    assert_eq!(asked.len(), 1, "{calls:?}");
    let who = asked[0].principal.clone().unwrap_or_default();
    assert!(who.contains(principal), "{who} is not {principal}");
    let before = calls.len();
    assert_eq!(world.get(HOST).password(), cold);
    assert_eq!(world.ecr.calls().len(), before, "the warm `get` called somebody");
}

/// The same where calls were made before.
fn cold_then_warm_again(world: &World, principal: &str) {
    world.ecr.clear_calls();
    cold_then_warm(world, principal);
}

fn key_properties(world: &World) -> String {
    let key = world.ecr.access_key();
    format!("aws_access_key_id = {}\naws_secret_access_key = {}\n", key.id, key.secret.expose())
}

#[test]
fn environment() {
    cold_then_warm(&World::new(), ":user/");
}

#[test]
fn temporary_keys_in_the_environment() {
    let mut world = World::without_credentials();
    let arn = world.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
    let session = world.ecr.issue_session(&arn, "shell", 3600).unwrap();
    world.set("AWS_ACCESS_KEY_ID", &session.id);
    world.set("AWS_SECRET_ACCESS_KEY", session.secret.expose());
    world.set("AWS_SESSION_TOKEN", session.session_token.unwrap().expose());
    cold_then_warm(&world, "/shell");
}

#[test]
fn default_profile_in_the_credentials_file() {
    let world = World::without_credentials();
    world.write(".aws/credentials", &format!("[default]\n{}", key_properties(&world)));
    cold_then_warm(&world, ":user/");
}

#[test]
fn assumed_role() {
    let mut world = World::without_credentials();
    let role = world.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
    world.aws_config(&format!(
        "[profile ci]\nrole_arn = {role}\nsource_profile = base\nrole_session_name = nightly\n[profile base]\n{}",
        key_properties(&world)
    ));
    world.set("AWS_PROFILE", "ci");
    cold_then_warm(&world, &format!("assumed-role/{DEPLOY_ROLE}/nightly"));
    assert_eq!(world.ecr.call_count("AssumeRole"), 1);
}

#[test]
fn role_chain_with_external_id() {
    let mut world = World::without_credentials();
    let middle =
        world.ecr.add_role(Role::new("999999999999", "middle").trust(&["*"]).policy(Policy::allow_all()));
    let last = world.ecr.add_role(
        Role::new(DEFAULT_ACCOUNT, "last").trust(&["*"]).external_id("shared").policy(Policy::pull_only()),
    );
    world.aws_config(&format!(
        "[profile last]\nrole_arn = {last}\nexternal_id = shared\nsource_profile = middle\n[profile middle]\nrole_arn = {middle}\nsource_profile = base\n[profile base]\n{}",
        key_properties(&world)
    ));
    world.set("AWS_PROFILE", "last");
    cold_then_warm(&world, "assumed-role/last/");
    assert_eq!(world.ecr.call_count("AssumeRole"), 2);
}

#[test]
fn credential_process() {
    let mut world = World::without_credentials();
    let key = world.ecr.access_key();
    let script = world.script(
        "creds.sh",
        &format!(
            "#!/bin/sh\necho run >> {}\necho '{{\"Version\":1,\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\"}}'\n",
            world.path("runs").display(),
            key.id,
            key.secret.expose()
        ),
    );
    world.aws_config(&format!("[profile p]\ncredential_process = {} --json\n", script.display()));
    world.set("AWS_PROFILE", "p");
    cold_then_warm(&world, ":user/");
    assert_eq!(std::fs::read_to_string(world.path("runs")).unwrap(), "run\n");
}

#[test]
fn sso() {
    let mut world = World::without_credentials();
    let cached = world.ecr.sso_sign_in("corp", "https://corp.example/start", 3600, true);
    world.write(&format!(".aws/sso/cache/{}", cached.name), cached.content.expose());
    world.aws_config(&format!(
        "[profile sso]\nsso_session = corp\nsso_account_id = {DEFAULT_ACCOUNT}\nsso_role_name = {DEPLOY_ROLE}\n[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n"
    ));
    world.set("AWS_PROFILE", "sso");
    cold_then_warm(&world, DEPLOY_ROLE);
}

#[test]
fn sso_session_that_can_be_renewed() {
    let mut world = World::without_credentials();
    let cached = world.ecr.sso_sign_in("corp", "https://corp.example/start", -60, true);
    world.write(&format!(".aws/sso/cache/{}", cached.name), cached.content.expose());
    world.aws_config(&format!(
        "[profile sso]\nsso_session = corp\nsso_account_id = {DEFAULT_ACCOUNT}\nsso_role_name = {DEPLOY_ROLE}\n[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n"
    ));
    world.set("AWS_PROFILE", "sso");
    cold_then_warm(&world, DEPLOY_ROLE);
    assert_eq!(world.ecr.call_count("CreateToken"), 1);
}

#[test]
fn web_identity() {
    let mut world = World::without_credentials();
    let role = world.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
    let token = world.ecr.web_identity_token("system:serviceaccount:default:app", 3600);
    let file = world.write("token", token.expose());
    world.set("AWS_WEB_IDENTITY_TOKEN_FILE", file.to_str().unwrap());
    world.set("AWS_ROLE_ARN", &role);
    world.set("AWS_ROLE_SESSION_NAME", "pod");
    cold_then_warm(&world, "/pod");
    // The token file is renewed all the time; the cached token outlives that.
    world.write("token", world.ecr.web_identity_token("system:serviceaccount:default:app", 7200).expose());
    let calls = world.ecr.calls().len();
    world.get(HOST).password();
    assert_eq!(world.ecr.calls().len(), calls);
}

#[test]
fn pod_identity() {
    let mut world = World::without_credentials();
    let token = world.write("pod-token", world.ecr.pod_identity_token().expose());
    world.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &world.ecr.pod_identity_uri());
    world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.to_str().unwrap());
    cold_then_warm(&world, CONTAINER_ROLE);
}

#[test]
fn blank_variables_of_a_container_are_unset() {
    let mut world = World::without_credentials();
    world.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "");
    world.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &world.ecr.pod_identity_uri());
    world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", " ");
    let token = format!("{}\n", world.ecr.pod_identity_token().expose());
    world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", &token);
    cold_then_warm(&world, CONTAINER_ROLE);
}

/// What made the key is what is sent: a file that can be read once only, as a shell's `<(…)`, is read once for both.
#[test]
fn a_containers_token_is_read_once_for_the_key_and_the_call() {
    let mut world = World::without_credentials();
    let pipe = world.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    world.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &world.ecr.pod_identity_uri());
    world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", pipe.to_str().unwrap());
    // Open for reading here too, so that what is written waits for the helper.
    let held = std::fs::File::options().read(true).write(true).open(&pipe).unwrap();
    let mut writer = std::fs::File::options().write(true).open(&pipe).unwrap();
    std::io::Write::write_all(&mut writer, world.ecr.pod_identity_token().expose().as_bytes()).unwrap();
    let child = world.start("get", HOST.as_bytes());
    crate::world::wait_until("the helper has the pipe open", || {
        let open = std::fs::read_dir(format!("/proc/{}/fd", child.id())).into_iter().flatten().flatten();
        open.filter_map(|entry| std::fs::read_link(entry.path()).ok()).any(|path| path == pipe)
    });
    drop((held, writer));
    crate::world::finish(child).password();
    assert_eq!(world.token_calls(), 1);
    // Whoever looks again finds another key there, so the token is nobody's.
    assert!(world.token_files().is_empty());
    assert!(world.log().contains("changed in the meantime"), "{}", world.log());
}

#[test]
fn the_older_name_of_the_session_token_is_told_and_not_used() {
    let mut world = World::new();
    world.set("AWS_SECURITY_TOKEN", "of an earlier session");
    cold_then_warm(&world, ":user/");
    let mut world = World::without_credentials();
    let arn = world.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
    let session = world.ecr.issue_session(&arn, "shell", 3600).unwrap();
    world.set("AWS_ACCESS_KEY_ID", &session.id);
    world.set("AWS_SECRET_ACCESS_KEY", session.secret.expose());
    let token = session.session_token.unwrap();
    world.set("AWS_SECURITY_TOKEN", token.expose());
    world.get(HOST).slug();
    assert!(world.log().contains("export it as AWS_SESSION_TOKEN"), "{}", world.log());
    world.set("AWS_SESSION_TOKEN", token.expose());
    cold_then_warm_again(&world, "/shell");
}

#[test]
fn instance_metadata() {
    let mut world = World::without_credentials();
    world.unset("AWS_EC2_METADATA_DISABLED");
    cold_then_warm(&world, INSTANCE_ROLE);
}

#[test]
fn credential_source_of_a_profile() {
    let mut world = World::without_credentials();
    world.unset("AWS_EC2_METADATA_DISABLED");
    let role = world.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
    world.aws_config(&format!("[default]\nrole_arn = {role}\ncredential_source = Ec2InstanceMetadata\n"));
    cold_then_warm(&world, DEPLOY_ROLE);
}

#[test]
fn a_registrys_own_profile_and_role() {
    let world = World::new();
    let role = world
        .ecr
        .add_role(Role::new(DEFAULT_ACCOUNT, "puller").external_id("x1").policy(Policy::pull_only()));
    world.config(&format!(
        "[[registry]]\nhost = \"{HOST}\"\nrole_arn = \"{role}\"\nexternal_id = \"x1\"\nsession_name = \"laptop\"\n"
    ));
    cold_then_warm(&world, "assumed-role/puller/laptop");

    world.config("[[registry]]\nhost = \"*.us-east-1.*\"\nprofile = \"ecr\"\n");
    world.aws_config(&format!(
        "[profile ecr]\nrole_arn = {role}\nexternal_id = x1\nsource_profile = b\n[profile b]\n{}",
        key_properties(&world)
    ));
    world.ecr.clear_calls();
    cold_then_warm(&world, "assumed-role/puller/");
}

#[test]
fn one_token_serves_every_registry_of_a_region_and_public_has_its_own() {
    let world = World::new();
    let token = world.get(HOST).password();
    assert_eq!(world.get("999999999999.dkr.ecr.us-east-1.amazonaws.com").password(), token);
    assert_eq!(world.token_calls(), 1);
    assert_ne!(world.get("123456789012.dkr.ecr.eu-west-1.amazonaws.com").password(), token);
    assert_ne!(world.get("public.ecr.aws").password(), token);
    assert_eq!(world.token_calls(), 3);
}

#[test]
fn fips_and_dual_stack_hosts_work_with_an_endpoint_set_by_hand() {
    let world = World::new();
    world.get("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com").password();
    world.get("123456789012.dkr-ecr.us-east-1.on.aws").password();
}
