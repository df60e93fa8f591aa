//! What docker writes and reads, in every spelling and with everything that can be wrong with it.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::world::{HOST, NOT_FOUND, World, finish};

#[test]
fn all_spellings_of_a_host_get_the_same_token() {
    let world = World::new();
    let token = world.get(HOST).password();
    for spelling in [
        format!("https://{HOST}"),
        format!("https://{HOST}/v2/"),
        format!("http://{HOST}:443/team/app"),
        format!("{}\n", HOST.to_uppercase()),
        format!("  {HOST}./\r\n"),
    ] {
        assert_eq!(world.get(&spelling).password(), token, "{spelling}");
    }
    assert_eq!(world.token_calls(), 1);
}

#[test]
fn the_answer_repeats_the_server_url() {
    let world = World::new();
    let url = format!("https://{HOST}/");
    let answer: serde_json::Value = serde_json::from_str(&world.get(&url).stdout).unwrap();
    assert_eq!(answer["ServerURL"], url.as_str());
    assert_eq!(answer.as_object().unwrap().len(), 3);
}

#[test]
fn other_registries_are_not_found_at_once() {
    let world = World::new();
    for host in ["https://index.docker.io/v1/", "ghcr.io", "localhost:5000", "ünïcode"] {
        let run = world.get(host);
        assert_eq!(
            (run.code, run.stdout.trim_end(), run.stderr.as_str()),
            (Some(1), NOT_FOUND, ""),
            "{host}"
        );
    }
    assert!(world.ecr.calls().is_empty());
}

#[test]
fn urls_that_programs_read_differently_get_no_token() {
    let world = World::new();
    // An alias for everything below a domain, which would match whatever stands before it.
    world.config(&format!("[[registry]]\nhost = \"*.images.example\"\nalias_of = \"{HOST}\"\n"));
    world.get("a.images.example").password();
    for url in [
        format!("evil.example/://{HOST}"),
        format!("https://evil.example\\@{HOST}"),
        format!("ftp://{HOST}"),
        format!("https://evil.example\\.{HOST}"),
        "https://evil.example\\x.images.example".to_owned(),
        "evil.example x.images.example".to_owned(),
        "evil.example\nx.images.example".to_owned(),
    ] {
        let run = world.get(&url);
        assert_eq!((run.code, run.stdout.contains("Secret")), (Some(1), false), "{url:?}: {}", run.stdout);
    }
}

#[test]
fn empty_and_endless_input_is_answered() {
    let world = World::new();
    for action in ["get", "erase"] {
        for input in ["", " \n"] {
            let run = world.run(action, input);
            assert_eq!((run.code, run.stdout.trim_end()), (Some(1), "no credentials server URL"));
        }
    }
    for size in [5_000, 1_000_000] {
        let run = world.run("get", &"a".repeat(size));
        assert_eq!(run.code, Some(1));
        assert_eq!(run.slug(), "malformed-registry-host");
    }
    let junk = finish(world.start("get", &[0xff, 0xfe]));
    assert_eq!((junk.code, junk.stdout.trim_end()), (Some(1), NOT_FOUND));
    // More than a server URL, whatever stands first.
    for input in [
        format!("{HOST}\0"),
        format!("{HOST}\nghcr.io\n"),
        format!("ghcr.io\r{HOST}"),
        "\u{1b}[31m".to_owned(),
    ] {
        for action in ["get", "erase"] {
            let run = world.run(action, &input);
            assert_eq!((run.code, run.slug().as_str()), (Some(1), "malformed-registry-host"), "{input:?}");
        }
        let request = serde_json::json!({"ServerURL": input, "Username": "AWS", "Secret": "x"}).to_string();
        assert_eq!(world.run("store", &request).slug(), "malformed-registry-host", "{input:?}");
    }
    let request =
        serde_json::json!({"ServerURL": "a".repeat(5_000), "Username": "AWS", "Secret": "x"}).to_string();
    let run = world.run("store", &request);
    assert!(run.slug() == "malformed-registry-host" && run.stdout.len() < 500, "{}", run.stdout);
}

#[test]
fn closed_streams_neither_hang_nor_panic() {
    let world = World::new();
    let shell = |script: &str| {
        let helper = crate::world::helper().into_string().unwrap();
        let output = Command::new("sh")
            .args(["-c", &format!("{helper} {script}")])
            .env_clear()
            .env("HOME", world.home.path())
            .envs(world.variables.clone())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(shell("get <&-").0, Some(1));
    assert_eq!(shell("get </dev/null").0, Some(1));
    let host = format!("get >/dev/full <<X\n{HOST}\nX");
    let (code, stderr) = shell(&host);
    assert_eq!(code, Some(1));
    assert!(stderr.starts_with("ecr-login: standard output cannot be written"), "{stderr}");
    let (code, stderr) = shell(&format!("get >&- <<X\n{HOST}\nX"));
    assert!(code.is_some() && !stderr.contains("panic"), "{code:?} {stderr}");
    let (code, stderr) = shell(&format!("get 2>&- <<X\n{HOST}\nX"));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
}

#[test]
fn store_succeeds_for_ecr_and_stores_nothing() {
    let world = World::new();
    let request = format!(r#"{{"ServerURL":"{HOST}","Username":"AWS","Secret":"x"}}"#);
    let run = world.run("store", &request);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "", ""));
    assert!(world.token_files().is_empty());

    let run = world.run("store", r#"{"ServerURL":"docker.io","Username":"me","Secret":"hunter2"}"#);
    assert_eq!(run.slug(), "helper-error-on-non-ecr-registry");
    assert!(!run.stdout.contains("hunter2"));
    for (input, text) in [
        (r#"{"ServerURL":"","Username":"me","Secret":"x"}"#, "no credentials server URL"),
        (r#"{"ServerURL":"docker.io","Secret":"x"}"#, "no credentials username"),
    ] {
        let run = world.run("store", input);
        assert_eq!((run.code, run.stdout.trim_end()), (Some(1), text));
    }
    let junk = world.run("store", "hunter2");
    assert_eq!(junk.slug(), "malformed-registry-host");
    assert!(!junk.stdout.contains("hunter2"));
}

#[test]
fn a_delegate_answers_for_everybody_else() {
    let world = World::new();
    world.config("delegate = \"fake\"\n");
    let script = "#!/bin/sh\ninput=$(cat)\necho \"$1 $input\" >> \"$HOME/asked\"\ncase \"$1\" in\nget) echo '{\"ServerURL\":\"u\",\"Username\":\"me\",\"Secret\":\"delegated\"}';;\nlist) echo '{\"https://index.docker.io/v1/\":\"me\"}';;\n*) exit 7;;\nesac\n";
    let fake = world.script("bin/docker-credential-fake", script);

    let run = world.get("https://index.docker.io/v1/");
    assert_eq!((run.code, run.stdout.contains("delegated")), (Some(0), true), "{}", run.stderr);
    assert_eq!(world.run("erase", "ghcr.io").code, Some(7));
    let request = r#"{"ServerURL":"ghcr.io","Username":"me","Secret":"x"}"#;
    assert_eq!(world.run("store", request).code, Some(7));
    let asked = std::fs::read_to_string(world.path("asked")).unwrap();
    assert_eq!(asked, format!("get https://index.docker.io/v1/\nerase ghcr.io\nstore {request}\n"));

    world.get(HOST).password();
    let list: serde_json::Value = serde_json::from_str(&world.run("list", "").stdout).unwrap();
    assert_eq!(list.as_object().unwrap().len(), 2, "{list}");

    std::fs::remove_file(fake).unwrap();
    assert_eq!(world.get("ghcr.io").slug(), "helper-not-on-path");
    world.get(HOST).password();
    let list = world.run("list", "");
    assert_eq!(list.code, Some(0));
    assert!(list.stdout.contains(HOST) && list.stderr.contains("helper-not-on-path"));
}

/// A list of hosts that somebody damaged is still one line of JSON of which everything can be seen.
#[test]
fn nothing_hides_in_a_list() {
    let world = World::new();
    world.get(HOST).password();
    let hosts = world.token_files().remove(0).with_extension("hosts");
    std::fs::write(&hosts, "a\u{7f}b\n\u{202e}c\u{9b}31m\u{1b}[m\n").unwrap();
    std::fs::set_permissions(&hosts, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let run = world.run("list", "");
    assert_eq!((run.code, run.stdout.lines().count()), (Some(0), 1));
    assert!(run.stdout.trim_end().bytes().all(|byte| (b' '..0x7f).contains(&byte)), "{:?}", run.stdout);
    let list: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&list["https://a\u{7f}b"], list.as_object().unwrap().len()), (&"AWS".into(), 3), "{list}");
}

#[test]
fn an_alias_stands_for_its_registry() {
    let world = World::new();
    world.config(&format!("[[registry]]\nhost = \"127.0.0.1:5000\"\nalias_of = \"{HOST}\"\n"));
    let token = world.get("127.0.0.1:5000").password();
    assert_eq!(world.get(HOST).password(), token);
    assert_eq!(world.get("127.0.0.1:5001").stdout.trim_end(), NOT_FOUND);
    assert_eq!(world.token_calls(), 1);
}

#[test]
fn version_and_misuse() {
    let world = World::new();
    for flag in ["version", "--version", "-v"] {
        let run = world.run(flag, "");
        assert_eq!(run.code, Some(0));
        assert!(run.stdout.starts_with("docker-credential-ecr-login (ecrpass) "), "{}", run.stdout);
    }
    for action in ["frobnicate", ""] {
        let run = world.run(action, "");
        assert_eq!(run.code, Some(1));
        assert!(run.stdout.starts_with("Usage: "), "{}", run.stdout);
    }
    let mut two = world.command("get");
    assert_eq!(two.arg("more").stdin(Stdio::null()).output().unwrap().status.code(), Some(1));
}

#[test]
fn slow_writers_are_waited_for() {
    let world = World::new();
    let mut child = world
        .command("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for part in HOST.as_bytes().chunks(20) {
        stdin.write_all(part).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    drop(stdin);
    finish(child).password();
}

/// The program the tests run has a way to fail that the released one has not.
#[test]
#[cfg(debug_assertions)]
fn a_bug_of_our_own_is_one_line_of_the_protocol() {
    let world = World::new();
    let output = world.command("provoke-bug").output().unwrap();
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!((output.status.code(), stdout.as_str()), (Some(1), stderr.as_str()));
    assert!(stdout.starts_with("ecr-login: [") && stdout.contains("(last_resort.rs:"), "{stdout}");
    assert!(stdout.contains(" Next: ") && stdout.lines().count() == 1, "{stdout}");
    assert!(!stdout.contains("secret") && !stdout.contains('\u{1b}'), "{stdout}");
}
