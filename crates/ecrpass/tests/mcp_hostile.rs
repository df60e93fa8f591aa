//! `ecrpass mcp` as a process, in front of clients that want more than they may have, or say what is no message.

#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::panic)] // a test's way of failing
#![allow(clippy::unwrap_used)] // a test's way of failing
#![cfg(unix)]

#[path = "common/assistant.rs"]
mod assistant;
mod common;

use std::os::unix::fs::symlink;
use std::time::Duration;

use assistant::{Assistant, ROLE, assistant, furnished};
use common::{HOST, Home};
use serde_json::{Value, json};

#[test]
fn nothing_outside_of_its_directory_is_read() {
    let home = furnished();
    home.write(
        "outside/.gitlab-ci.yml",
        "a:\n  script:\n    - docker login -u AWS -p x 210987654321.dkr.ecr.us-east-1.amazonaws.com\n",
        0o644,
    );
    home.write("outside/compose.yaml", "services: {}\n", 0o644);
    symlink(home.path("outside"), home.path("project/link")).unwrap();
    let outside = home.path("outside").display().to_string();
    let inside = |arguments: &[&str]| {
        let mut command = home.command(&[&["mcp"], arguments].concat());
        command.current_dir(home.path("project"));
        Assistant::start(command)
    };
    let mut client = inside(&[]);
    for path in ["..", "../outside", "link", "link/.gitlab-ci.yml", "/etc", &outside, "../nothing"] {
        let answer = client.call("audit_tree", json!({"path": path}));
        assert!(answer.is_error && answer.text.contains("--allow DIR"), "{path}: {answer:?}");
    }
    assert!(client.call("audit_tree", json!({"path": "nothing"})).text.contains("cannot be read"));
    // Neither by a tool that takes something else, nor by an option in the place of a value.
    for image in [
        &format!("{outside}/compose.yaml"),
        "../outside/compose.yaml",
        "config.json",
        "--record=x",
        "-",
        "a b",
    ] {
        let answer = client.call("doctor", json!({"image": image, "offline": true}));
        assert!(answer.is_error && !answer.text.is_empty(), "{image}: {answer:?}");
    }
    for wrong in [
        ("explain_log", json!({})),
        ("explain_log", json!({"text": 5})),
        ("explain_log", json!({"text": "x", "files": ["/etc/passwd"]})),
        ("doctor", json!({"client": "--fix"})),
        ("doctor", json!({"fix": true})),
        ("doctor", json!({"deadline": 3_600})),
        ("doctor", json!({"platform": "a\n--fix"})),
        ("doctor", json!({"client": "nonsense"})),
        ("resolve", json!({"registry": "--run-helper"})),
        ("resolve", json!({"registry": HOST, "run_helper": true})),
        ("evaluate_policy", json!({"principal": ROLE, "task": "pull", "documents": {"live": {}}})),
        ("evaluate_policy", json!({"principal": ROLE, "task": "pull", "documents": ["/etc/passwd"]})),
        ("evaluate_policy", json!({"principal": ROLE, "actions": ["--live"], "documents": {}})),
        (
            "evaluate_policy",
            json!({"principal": ROLE, "task": "pull", "documents": {}, "context": {"a=b": "c"}}),
        ),
        ("audit_tree", json!({"rules": ["--fix"]})),
        ("audit_tree", json!({"path": "", "rules": []})),
    ] {
        let answer = client.call(wrong.0, wrong.1.clone());
        assert!(answer.is_error && !answer.text.is_empty(), "{wrong:?}: {answer:?}");
    }
    assert_eq!(client.leave().0.code(), Some(0));
    let mut allowed = inside(&["--allow", "../outside"]);
    let answer = allowed.call("audit_tree", json!({"path": "../outside"}));
    assert!(answer.text.contains("password-on-command-line"), "{answer:?}");
    assert!(!allowed.call("audit_tree", json!({"path": "link"})).is_error);
    assert!(allowed.call("audit_tree", json!({"path": "../.aws"})).is_error);
    assert_eq!(home.run(&["mcp", "--allow", "gone"]).status.code(), Some(3));
}

#[test]
fn what_is_no_message_ends_nothing() {
    let home = Home::bare();
    let mut client = Assistant::silent(home.command(&["mcp"]));
    let deep = "[".repeat(200_000);
    let hostile = [
        "",
        "\r",
        "{",
        "nonsense",
        "null",
        "[]",
        "5",
        "\u{0}\u{1b}[31m",
        "{}",
        r#"{"jsonrpc":"2.0"}"#,
        &deep,
        r#"{"jsonrpc":"1.0","id":901,"method":"tools/list"}"#,
        r#"{"jsonrpc":"2.0","id":{},"method":"tools/list"}"#,
        r#"{"jsonrpc":"2.0","id":null,"method":5}"#,
        r#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}"#,
        r#"{"jsonrpc":"2.0","id":77,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":78,"error":{"code":1,"message":"x"}}"#,
        "[{\"jsonrpc\":\"2.0\",\"id\":902,\"method\":\"ping\"}]",
    ];
    for line in hostile {
        client.say(line);
    }
    client.say_bytes(b"\xff\xfe\x00\n");
    client.greet();
    for line in hostile {
        client.say(line);
    }
    client.say_bytes(b"\xff\xfe\x00\n");
    // A message that never ends is not kept.
    for _ in 0..40 {
        client.say_bytes(&vec![b'x'; 1024 * 1024]);
    }
    client.say("");
    for (method, parameters) in [
        ("tools/call", json!(null)),
        ("tools/call", json!({"name": 5})),
        ("tools/call", json!({"name": "resolve", "arguments": [1]})),
        ("resources/list", json!({})),
        ("prompts/get", json!({"name": "x"})),
        ("sampling/createMessage", json!({})),
        (
            "nonsense",
            json!({"deep": serde_json::from_str::<Value>(&format!("{}{}", "[".repeat(100), "]".repeat(100))).unwrap()}),
        ),
    ] {
        client.send(method, parameters);
    }
    assert_eq!(client.ask("ping", json!({}))["result"], json!({}));
    let long = client.call("explain_log", json!({"text": "x".repeat(5 * 1024 * 1024)}));
    assert!(long.is_error && long.text.contains("at most 4096 kB"), "{}", long.text);
    assert!(!client.call("explain_log", json!({"text": "x\n".repeat(1024 * 1024)})).is_error);
    let (status, _, stderr) = client.leave();
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
    // Nothing at all is no failure, and what is no protocol neither.
    for input in ["", "hello\n", "GET / HTTP/1.1\r\n\r\n"] {
        let output = home.run_with_input(&["mcp"], input);
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b""[..]), "{output:?}");
    }
}

/// What a repository says of itself leads nowhere that the server does not read.
#[test]
fn settings_of_the_tree_lead_to_nothing_outside_of_it() {
    let home = furnished();
    home.write("secret.json", "{\"schema\": \"pLANTEDschema\"}", 0o600);
    let absolute = home.path("secret.json").display().to_string();
    symlink(home.path("secret.json"), home.path("project/link.json")).unwrap();
    let mut command = home.command(&["mcp", "--show-accounts"]);
    command.current_dir(home.path("project"));
    let mut client = Assistant::start(command);
    let mut told = Vec::new();
    for baseline in [&absolute, "../secret.json", "link.json", "/etc/shadow", "/nothing"] {
        home.write("project/ecrpass.toml", &format!("[audit]\nbaseline = \"{baseline}\"\n"), 0o644);
        let answer = client.call("audit_tree", json!({}));
        assert!(answer.is_error && answer.text.contains("not in the repository"), "{baseline}: {answer:?}");
        told.push(answer.text);
    }
    // What is there is not told apart from what is not.
    assert!(told.iter().all(|text| *text == told[0]), "{told:?}");
    std::fs::remove_file(home.path("project/ecrpass.toml")).unwrap();
    symlink(home.path(".aws/credentials"), home.path("project/ecrpass.toml")).unwrap();
    let answer = client.call("audit_tree", json!({}));
    assert!(answer.is_error && answer.text.contains("not in the repository"), "{answer:?}");
    std::fs::remove_file(home.path("project/ecrpass.toml")).unwrap();
    assert!(!client.call("audit_tree", json!({})).is_error);
    client.leave();
}

/// Whoever asks gets an answer by the id of the question, wherever that stands in it, and nobody waits.
#[test]
fn questions_that_cannot_be_read_are_answered_too() {
    let home = Home::bare();
    let mut client = assistant(&home, &["--offline"]);
    let large = "x".repeat(33 * 1024 * 1024);
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    for (id, line) in [
        (
            json!(101),
            format!(r#"{{"jsonrpc":"2.0","id":101,"method":"tools/call","params":{{"x":"{large}"}}}}"#),
        ),
        (
            json!("b"),
            format!(r#"{{"method":"tools/call","params":{{"x":"{large}"}},"jsonrpc":"2.0","id":"b"}}"#),
        ),
        (json!(102), format!(r#"{{"jsonrpc":"2.0","id":102,"method":"tools/call","params":{deep}}}"#)),
        (json!(103), r#"{"jsonrpc":"1.0","id":103,"method":"tools/list"}"#.to_owned()),
        (json!(104), r#"{"jsonrpc":"2.0","id":104,"method":5}"#.to_owned()),
        (json!(105), r#"{"jsonrpc":"2.0","id":105,"method":"ping",}"#.to_owned()),
        (json!(106), r#"[{"jsonrpc":"2.0","id":106,"method":"ping"}]"#.to_owned()),
    ] {
        client.say(&line);
        let answer = client.hear();
        assert_eq!(answer["id"], id, "{answer}");
        let code = answer["error"]["code"].as_i64().unwrap();
        assert!([-32_600, -32_700].contains(&code), "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains("message"), "{answer}");
    }
    // What asks nothing is passed over, and what is answered has an id.
    for line in ["5", "null", "{}", "nonsense", r#"{"jsonrpc":"2.0","id":7,"result":5,"error":5}"#] {
        client.say(line);
    }
    assert_eq!(client.ask("ping", json!({}))["result"], json!({}));
    client.leave();
}

#[test]
fn it_ends_when_its_client_is_gone_whatever_is_under_way() {
    let home = Home::bare();
    home.script("docker-credential-ecr-login", "#!/bin/sh\nexec /bin/sleep 60\n");
    home.write(".docker/config.json", &json!({"credHelpers": {HOST: "ecr-login"}}).to_string(), 0o600);
    let mut client = assistant(&home, &[]);
    client.send("tools/call", json!({"name": "doctor", "arguments": {"image": HOST, "deadline": 60}}));
    // Others are answered meanwhile.
    let answer = client.call("resolve", json!({"registry": HOST}));
    assert_eq!(answer.value["outcome"], "helper", "{answer:?}");
    let (status, took, _) = client.leave();
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(40), "{took:?}");
}

#[test]
fn more_calls_than_it_can_hold_are_told_so_and_the_others_answered() {
    let home = Home::bare();
    let mut client = assistant(&home, &["--offline"]);
    let calls = 40;
    for _ in 0..calls {
        client.send("tools/call", json!({"name": "doctor", "arguments": {"image": HOST}}));
    }
    let (mut answered, mut refused) = (0, 0);
    for _ in 0..calls {
        let message = client.hear();
        let text = message["result"]["content"][0]["text"].as_str().unwrap();
        match message["result"]["isError"].as_bool().unwrap() {
            true if text.contains("Too many calls") => refused += 1,
            false => answered += 1,
            true => panic!("{text}"),
        }
    }
    assert!(answered >= 2 && refused > 0, "{answered} and {refused}");
    // By `--offline` nobody was asked.
    let answer = client.call("doctor", json!({"image": HOST}));
    assert!(answer.text.contains("--offline"), "{answer:?}");
}
