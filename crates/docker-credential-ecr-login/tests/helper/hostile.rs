//! Values and files that somebody else chose. Whatever they are: no signal, one line or a token, in time, and
//! little memory.

use std::process::{Command, Stdio};
use std::time::Duration;

use ecrpass_local::{DEFAULT_ACCOUNT, DEPLOY_ROLE};

use crate::storms::fault;
use crate::world::{
    GRACE, HOST, Run, World, attacked, finish, helper, in_time, no_key, require_root, several_at_a_time,
    start,
};

/// What every run has to keep: it ended by itself, with a token or with one line in both places.
pub fn check(run: &Run, what: &str) {
    assert!(run.code.is_some(), "{what}: ended by a signal\n{}", run.stderr);
    match run.code {
        Some(0) => drop(run.password()),
        _ => drop(run.slug()),
    }
    assert!(!run.stderr.contains("because of a bug in it"), "{what}: {}", run.stderr);
}

#[test]
fn blank_variables_and_settings_are_unset() {
    for name in ["AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_SSO", "AWS_CA_BUNDLE"] {
        for value in ["", " "] {
            let mut world = World::new();
            world.set(name, value);
            world.get(HOST).password();
        }
    }
    let mut world = World::new();
    let url = world.ecr.url();
    world.set("AWS_ENDPOINT_URL", "");
    world.set("AWS_ENDPOINT_URL_ECR", &url);
    world.aws_config("[default]\nendpoint_url =\n");
    world.get(HOST).password();
    // Nothing is set at all then, and AWS's own name is not reachable from here.
    world.unset("AWS_ENDPOINT_URL_ECR");
    world.config("deadline = \"2s\"\n");
    check(&world.get("123456789013.dkr.ecr.eu-west-1.amazonaws.com"), "no endpoint");
    // The same for instance metadata.
    let mut world = World::without_credentials();
    world.unset("AWS_EC2_METADATA_DISABLED");
    world.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", "");
    world.config("deadline = \"2s\"\n");
    check(&world.get(HOST), "no metadata endpoint");
}

#[test]
fn no_value_of_a_variable_ends_it_by_a_signal() {
    let long = "x".repeat(70_000);
    let values = [
        "",
        " ",
        "\u{1}",
        "a\nb",
        "a\u{7f}b",
        "ünïcode",
        "://",
        "host:80/x",
        "http://",
        "http://[::1",
        "http://a:b@c/",
        "http://h:99999/",
        "\"quoted\"",
        "%zz",
        "{}",
        "../..",
        "true",
        &long,
    ];
    let names = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_ECR",
        "AWS_ENDPOINT_URL_STS",
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_USE_DUALSTACK_ENDPOINT",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "HTTPS_PROXY",
        "HOME",
    ];
    let kinds: [fn(&mut World); 4] = [
        |_| {},
        |world| {
            let token = world.ecr.web_identity_token("system:serviceaccount:a:b", 3600);
            let path = world.write("token", token.expose());
            world.set("AWS_WEB_IDENTITY_TOKEN_FILE", path.to_str().unwrap());
            world.set("AWS_ROLE_ARN", &world.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE));
            no_key(world);
        },
        |world| {
            world.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &world.ecr.pod_identity_uri());
            world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", world.ecr.pod_identity_token().expose());
            no_key(world);
        },
        |world| {
            world.unset("AWS_EC2_METADATA_DISABLED");
            no_key(world);
        },
    ];
    // The whole table takes minutes: here a slice of it that is another one for each name, all of it on demand.
    let all = std::env::var_os("ALL_HOSTILE_VALUES").is_some();
    let mut cases = Vec::new();
    for (index, name) in names.iter().enumerate() {
        for (at, value) in values.iter().enumerate() {
            for (kind, set_up) in kinds.iter().enumerate() {
                if all || (index + at + kind) % 12 == 0 {
                    cases.push((*name, *value, kind, *set_up));
                }
            }
        }
    }
    let runs = cases.len();
    // Most of them wait for a deadline.
    several_at_a_time(cases, |(name, value, kind, set_up)| {
        let mut world = World::new();
        set_up(&mut world);
        world.config("deadline = \"2s\"\n");
        if name == "HOME" {
            world.set("ECRPASS_CONFIG", world.path(".config/ecrpass/config.toml").to_str().unwrap());
        }
        world.set(name, value);
        let what = format!("{name}={value:.20?} ({kind})");
        in_time(Duration::from_secs(2) + GRACE, &what, || {
            let (run, took) = world.timed_within_memory(HOST);
            check(&run, &what);
            took
        });
    });
    attacked(&format!("{runs} hostile values of variables"));
    assert!(runs >= 100, "{runs}");
}

#[test]
fn no_setting_of_a_profile_ends_it_by_a_signal() {
    let long = "x".repeat(70_000);
    let base = "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = b\n";
    let keys = "[profile b]\naws_access_key_id = AKIARZPUZDIKGB2VALC4\naws_secret_access_key = s\n";
    let sso = "sso_start_url = https://x\nsso_region = us-east-1\nsso_account_id = 123456789012\nsso_role_name = r\n";
    let texts = [
        format!("[default]\n{base}role_session_name = a b\n{keys}"),
        format!("[default]\n{base}external_id = {long}\n{keys}"),
        format!("[default]\nrole_arn = \u{1}\nsource_profile = b\n{keys}"),
        "[default]\naws_access_key_id = AK\u{7}ID\naws_secret_access_key = s\n".to_owned(),
        format!("[default]\naws_access_key_id = {long}\naws_secret_access_key = s\n"),
        format!("[default]\n{sso}").replace("role_name = r", &format!("role_name = {long}")),
        format!("[default]\n{sso}").replace("sso_region = us-east-1", "sso_region = us east/../1"),
        "[default]\nrole_arn = arn:aws:iam::1:role/r\ncredential_source = EcsContainer\n".to_owned(),
        "[default]\nec2_metadata_service_endpoint = junk\n".to_owned(),
        format!("[default]\n{keys}endpoint_url = :::\n"),
        "[default]\ncredential_process = printf '{\"Version\":1,\"AccessKeyId\":\"A\\\\u0001\",\"SecretAccessKey\":\"s\"}'\n".to_owned(),
        "[default]\ncredential_process = printf '{\"Version\":1,\"AccessKeyId\":\"\",\"SecretAccessKey\":\"s\"}'\n".to_owned(),
        "[default]\ncredential_process = exec yes\n".to_owned(),
    ];
    for text in texts {
        let world = World::without_credentials();
        world.config("deadline = \"2s\"\n");
        world.aws_config(&text);
        in_time(Duration::from_secs(2) + GRACE, &format!("{text:.120}"), || {
            let (run, took) = world.timed_within_memory(HOST);
            check(&run, &format!("{text:.120}"));
            assert_ne!(run.code, Some(0), "{text:.120}");
            took
        });
    }
}

#[test]
fn a_shells_substitution_is_a_configuration() {
    let mut world = World::without_credentials();
    let key = world.ecr.access_key().clone();
    world.write(
        "keys",
        &format!(
            "[profile p]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            key.id,
            key.secret.expose()
        ),
    );
    world.set("AWS_PROFILE", "p");
    let script = format!(
        "export AWS_CONFIG_FILE=<(cat \"$HOME/keys\"); {} get <<< {HOST}",
        helper().to_str().unwrap()
    );
    // `<(…)` cannot be exported for later, so it stands in the command itself.
    let script = script
        .replace("export AWS_CONFIG_FILE=<(cat \"$HOME/keys\"); ", "AWS_CONFIG_FILE=<(cat \"$HOME/keys\") ");
    for _ in 0..2 {
        let child = Command::new("bash")
            .args(["-c", &script])
            .env_clear()
            .env("HOME", world.home.path())
            .env("PATH", "/usr/bin:/bin")
            .envs(world.variables.clone())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        finish(child).password();
    }
    assert_eq!(world.token_calls(), 1);
}

#[test]
fn few_descriptors_and_no_threads_are_answered_in_words() {
    for limit in ["-n 3", "-n 4", "-n 5", "-n 6", "-n 7", "-n 8", "-n 9", "-n 10", "-n 11", "-n 12"] {
        let mut world = World::new();
        // A name, so that a thread looks it up.
        let url = world.ecr.url().replace("127.0.0.1", "localhost");
        world.set("AWS_ENDPOINT_URL", &url);
        let script = format!("ulimit {limit}; exec {} get", helper().to_str().unwrap());
        let mut child = Command::new("sh")
            .args(["-c", &script])
            .env_clear()
            .env("HOME", world.home.path())
            .envs(world.variables.clone())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), HOST.as_bytes());
        let run = finish(child);
        match run.code {
            // Too few to start a program with at all.
            Some(2 | 126 | 127) => {}
            Some(0) => drop(run.password()),
            _ => assert!(
                // In the words of whichever C library it is linked with.
                run.stdout.contains("(os error 24)") && run.code == Some(1),
                "{limit}: {:?} {}{}",
                run.code,
                run.stdout,
                run.stderr
            ),
        }
    }
}

#[test]
fn a_limit_for_the_size_of_files_is_like_a_full_disk() {
    let world = World::new();
    let script = format!("ulimit -f 0; exec {} get", helper().to_str().unwrap());
    let command = world.command_below("sh", &["-c", &script], "get");
    finish(start(command, HOST.as_bytes())).password();
    // Nor when the limit is for what it says: with a token in the cache, without one, and without credentials.
    let ours = format!(r#"{{"ServerURL":"{HOST}","Username":"AWS","Secret":"x"}}"#);
    for (action, input, stop, says) in [
        ("get", HOST, false, true),
        ("list", "", false, true),
        ("version", "", false, true),
        ("erase", HOST, false, false),
        ("get", HOST, true, true),
        ("list", "", true, true),
        ("store", ours.as_str(), false, false),
        ("store", r#"{"ServerURL":"ghcr.io","Username":"me","Secret":"x"}"#, false, true),
        ("store", "", false, true),
        ("get", "", false, true),
    ] {
        let mut world = World::new();
        world.get(HOST).password();
        if stop {
            world.run("erase", HOST);
            no_key(&mut world);
        }
        let script = format!("ulimit -f 0; exec \"$0\" {action} > out 2>> out");
        let run = finish(start(world.command_below("sh", &["-c", &script], action), input.as_bytes()));
        assert_eq!(run.code, Some(i32::from(says)), "{action} {input:?}");
    }
}

#[test]
fn a_crowd_that_can_keep_nothing_is_answered_all_the_same() {
    let world = World::new();
    world.ecr.add_fault(fault("latency:GetAuthorizationToken=500ms"));
    // One after the other they would need twice the time that each of them has.
    let script = format!("ulimit -f 0; exec {} get", helper().to_str().unwrap());
    let one = |_| start(world.command_below("sh", &["-c", &script], "get"), HOST.as_bytes());
    for child in (0..40).map(one).collect::<Vec<_>>() {
        finish(child).password();
    }
}

#[test]
fn a_password_in_a_variable_is_never_shown() {
    for name in ["AWS_PROFILE", "AWS_CA_BUNDLE", "ECRPASS_CONFIG", "AWS_WEB_IDENTITY_TOKEN_FILE"] {
        let mut world = World::new();
        no_key(&mut world);
        world.set("AWS_ROLE_ARN", &world.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE));
        world.set(name, "http://u:SECRETSAUCE@h");
        let run = world.get(HOST);
        run.slug();
        assert!(
            !format!("{}{}{}", run.stdout, run.stderr, world.log()).contains("SAUCE"),
            "{name}: {}",
            run.stderr
        );
    }
}

#[test]
fn a_password_in_the_server_url_is_not_answered() {
    let run = World::new().get(&format!("https://user:SECRETSAUCE@{HOST}/"));
    run.password();
    assert!(run.stdout.contains(&format!("\"https://{HOST}/\"")) && !run.stdout.contains("SAUCE"));
}

#[test]
fn a_home_that_lets_nobody_in_is_told() {
    require_root();
    let world = World::new();
    let closed = world.path("closed/home");
    std::fs::create_dir_all(&closed).unwrap();
    let (home, closed) = (closed.display().to_string(), world.path("closed"));
    let only_root = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&closed, only_root).unwrap();
    let program = world.program_for_everybody();
    let script = format!(
        "HOME={home} exec setpriv --reuid 65534 --regid 65534 --clear-groups {} get",
        program.display()
    );
    let command = world.command_below("sh", &["-c", &script], "get");
    let run = finish(start(command, HOST.as_bytes()));
    assert_eq!(run.slug(), "ecrpass-config-invalid");
    let place = format!("may not enter {} ", closed.display());
    assert!(run.stderr.contains(&place) && !run.stderr.contains("not valid"), "{}", run.stderr);
}

#[test]
fn user_information_in_endpoints_is_never_shown() {
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR", "AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
        let mut world = World::new();
        if name.contains("CONTAINER") {
            no_key(&mut world);
        }
        world.set(name, "http://me:hunter2@127.0.0.1:1/x");
        let run = world.get(HOST);
        run.slug();
        assert!(!format!("{}{}{}", run.stdout, run.stderr, world.log()).contains("hunter2"), "{name}");
    }
}

/// A line that says why is one that somebody can read, also where a value of 100 kB is why.
#[test]
fn no_value_makes_an_endless_line() {
    let long = "x".repeat(100_000);
    for name in [
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "ECRPASS_CONFIG",
        "AWS_CA_BUNDLE",
        "AWS_REGION",
    ] {
        let mut world = World::new();
        no_key(&mut world);
        world.set(name, &long);
        let run = world.get(HOST);
        check(&run, name);
        assert!(run.stdout.len() < 5_000 && run.stderr.len() < 5_000, "{name}: {}", run.stdout.len());
        assert!(world.log().lines().all(|line| line.len() < 10_000), "{name}");
    }
}

#[test]
fn a_configuration_over_its_limit_is_an_error() {
    let world = World::new();
    let role = world.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
    let padding = format!("# {}\n", "x".repeat(1000)).repeat(280);
    world.config(&format!("{padding}[[registry]]\nhost = \"*\"\nrole_arn = \"{role}\"\n"));
    let run = world.get(HOST);
    assert_eq!(run.slug(), "ecrpass-config-invalid");
    assert!(run.stderr.contains("larger than 256 kB"), "{}", run.stderr);
}
