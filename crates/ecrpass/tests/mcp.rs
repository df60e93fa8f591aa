//! `ecrpass mcp` as a process: what an assistant gets, and what it cannot get.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used)] // a test's way of failing
#![cfg(unix)]

#[path = "common/assistant.rs"]
mod assistant;
mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assistant::{Assistant, ROLE, assistant, furnished};
use common::{HOST, Home, login_expiring_in};
use serde_json::{Value, json};

const TOOLS: [&str; 5] = ["explain_log", "doctor", "resolve", "evaluate_policy", "audit_tree"];

/// What docker says about an expired login.
const EXPIRED: &str = "denied: Your authorization token has expired. Reauthenticate and try again.";

/// Every file below a directory, with what is in it.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut left = vec![directory.to_owned()];
    while let Some(path) = left.pop() {
        for entry in fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.symlink_metadata().unwrap();
            if kind.is_dir() {
                all.insert(path.display().to_string(), Vec::new());
                left.push(path);
            } else if kind.is_file() {
                all.insert(path.display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    all
}

#[test]
fn it_says_what_it_is_and_what_its_tools_are() {
    let home = Home::bare();
    let mut client = Assistant::silent(home.command(&["mcp"]));
    // Before the handshake: a ping has an answer, a notification of the client's own has none.
    let own = r#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#;
    client.say(own);
    assert_eq!(client.ask("ping", json!({}))["result"], json!({}));
    assert!(client.ask("tools/list", json!({}))["error"].is_object());
    client.say(own);
    let about = client.greet();
    assert_eq!(
        (&about["protocolVersion"], &about["serverInfo"]["name"]),
        (&json!("2025-06-18"), &json!("ecrpass"))
    );
    assert!(about["instructions"].as_str().unwrap().contains("stand-ins"), "{about}");
    let answer = client.ask("tools/list", json!({}));
    let tools = answer["result"]["tools"].as_array().unwrap();
    assert_eq!(tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect::<Vec<_>>(), TOOLS);
    for tool in tools {
        let hints = &tool["annotations"];
        assert_eq!(
            (&hints["readOnlyHint"], &hints["destructiveHint"]),
            (&json!(true), &json!(false)),
            "{tool}"
        );
        assert_eq!(hints["openWorldHint"], json!(tool["name"] == "doctor"), "{tool}");
        assert!(tool["description"].as_str().unwrap().len() > 100 && tool["title"].is_string(), "{tool}");
        let schema = &tool["inputSchema"];
        assert_eq!((&schema["type"], &schema["additionalProperties"]), (&json!("object"), &json!(false)));
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{name} of {tool}");
        }
    }
    let unknown = client.ask("tools/call", json!({"name": "fix", "arguments": {}}));
    assert!(unknown["error"]["message"].as_str().unwrap().contains("there are explain_log"), "{unknown}");
    let (status, _, stderr) = client.leave();
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn every_tool_answers_and_nothing_is_changed() {
    let home = furnished();
    let before = files(&home.path(""));
    let mut client = assistant(&home, &["--show-accounts"]);
    let answer = client.call("explain_log", json!({"text": format!("push {HOST}/app:1\n{EXPIRED}\n")}));
    assert_eq!(answer.value["findings"][0]["id"], "token-expired", "{answer:?}");
    let answer = client.call("explain_log", json!({"text": "all is well"}));
    assert_eq!((&answer.value["findings"], answer.is_error), (&json!([]), false));

    let answer = client.call("resolve", json!({"registry": format!("{HOST}/app:1")}));
    assert_eq!(
        (&answer.value["outcome"], &answer.value["host"]),
        (&json!("auths"), &json!(HOST)),
        "{answer:?}"
    );
    let answer = client.call("resolve", json!({"registry": HOST, "client": "all"}));
    assert!(answer.value["resolutions"].as_array().unwrap().len() > 10, "{answer:?}");

    let answer = client.call("doctor", json!({"image": format!("{HOST}/app:1"), "offline": true}));
    assert_eq!(answer.value["schema"], "ecrpass/findings/1", "{answer:?}");
    assert!(answer.value["checks"].as_array().unwrap().len() > 20);

    let document = json!({"Statement": {"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "*"}});
    let evaluate = json!({
        "principal": ROLE, "task": "pull", "resource": format!("{HOST}/app:1"),
        "documents": {"identity": [document.clone(), document.to_string()]},
        "context": {"aws:SourceVpce": "vpce-1", "aws:PrincipalTag/team": ["a", "b"]}, "absent": ["aws:SourceIp"],
    });
    let answer = client.call("evaluate_policy", evaluate);
    assert_eq!(answer.value["verdict"], "implicitly-denied", "{answer:?}");
    let missing = answer.value["missing"].as_array().unwrap();
    assert!(
        missing.contains(&json!("ecr:GetDownloadUrlForLayer"))
            && !missing.contains(&json!("ecr:BatchGetImage"))
    );
    assert!(answer.value["changes"][0]["diff"].as_str().unwrap().matches("\n+").count() > 3, "{answer:?}");
    let managed = json!({
        "principal": ROLE, "actions": ["ecr:BatchGetImage"], "resource": format!("{HOST}/app"), "documents": {},
        "managed": ["AmazonEC2ContainerRegistryReadOnly"],
    });
    assert_eq!(client.call("evaluate_policy", managed).value["verdict"], "allowed");

    let answer = client.call("audit_tree", json!({"path": "project"}));
    let found = answer.value["findings"].as_array().unwrap();
    assert!(found.iter().any(|finding| finding["id"] == "password-on-command-line"), "{answer:?}");
    assert!(
        found
            .iter()
            .all(|finding| finding["evidence"][0]["source"].as_str().unwrap().starts_with("project/"))
    );
    let rule = json!({"path": "project/.gitlab-ci.yml", "rules": ["static-keys-in-pipeline"]});
    assert_eq!(client.call("audit_tree", rule).value["findings"], json!([]));

    let (status, _, stderr) = client.leave();
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
    assert_eq!(files(&home.path("")), before, "something was changed");
}

#[test]
fn no_secret_and_no_name_is_said() {
    let home = furnished();
    let token = login_expiring_in(7_200);
    let secrets = [
        "pLANTEDpassword123",
        "pLANTEDsecretpLANTEDsecretpLANTEDsecret12",
        "pLANTEDsessiontokenpLANTEDsessiontoken",
        "pLANTEDenvironmentpLANTEDenvironment1234",
        &token,
        &login_expiring_in(60)[..60],
    ];
    let mut command = home.command(&["mcp"]);
    command.env("AWS_SECRET_ACCESS_KEY", secrets[3]).env("AWS_ACCESS_KEY_ID", "AKIAPLANTEDPLANTED45");
    let mut client = Assistant::start(command);
    let log = format!(
        "export AWS_SESSION_TOKEN={}\nAuthorization: Basic {token}\ndocker login -u AWS -p {} {HOST}\n\
         User: {ROLE} is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:us-east-1:123456789012:repository/app\n{EXPIRED}\n",
        secrets[2], secrets[0]
    );
    let document = |sid: &str| json!({"Statement": {"Sid": sid, "Effect": "Deny", "Action": "ecr:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/password": secrets[0]}}}});
    let calls = [
        ("explain_log", json!({"text": log})),
        ("doctor", json!({"offline": true})),
        ("doctor", json!({"image": format!("{HOST}/app:1"), "deadline": 3})),
        ("doctor", json!({"image": format!("user:{}@{HOST}/app", secrets[0]), "offline": true})),
        ("resolve", json!({"registry": HOST, "client": "all"})),
        ("resolve", json!({"registry": format!("https://user:{}@{HOST}", secrets[0])})),
        (
            "evaluate_policy",
            json!({"principal": ROLE, "task": "push", "resource": format!("{HOST}/app"), "documents": {"identity": document("a")}}),
        ),
        (
            "evaluate_policy",
            json!({"principal": format!("https://user:{}@x", secrets[0]), "task": "push", "documents": {"identity": "broken"}}),
        ),
        (
            "evaluate_policy",
            json!({"principal": ROLE, "task": "login", "documents": {"identity": format!("{{\"password\": \"{}\"", secrets[0])}}),
        ),
        ("audit_tree", json!({})),
        ("audit_tree", json!({"path": "project/config.json"})),
        ("audit_tree", json!({"path": format!("/https://user:{}@x/", secrets[0])})),
        ("audit_tree", json!({"rules": [format!("https://user:{}@x/", secrets[0])]})),
    ];
    let mut answered = 0;
    for (tool, arguments) in calls {
        answered += usize::from(!client.call(tool, arguments).is_error);
    }
    assert!(answered >= 7, "{}", client.heard);
    let unknown = json!({"name": format!("https://user:{}@x/", secrets[0]), "arguments": {}});
    assert!(client.ask("tools/call", unknown)["error"].is_object());
    let heard = std::mem::take(&mut client.heard);
    assert!(heard.contains("[redacted]") && heard.contains("100000000001"), "{heard}");
    for secret in secrets {
        assert!(!heard.contains(secret), "{secret} is said: {heard}");
    }
    for name in ["123456789012", "payments-deployer", "AKIAPLANTEDPLANTED23"] {
        assert!(!heard.contains(name), "{name} is said: {heard}");
    }
    let (status, _, stderr) = client.leave();
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn stand_ins_are_the_same_throughout_and_understood() {
    let home = furnished();
    let mut client = assistant(&home, &[]);
    let other = HOST.replace("123456789012", "999999999999");
    let answer = client
        .call("explain_log", json!({"text": format!("push {other}/b:1\npush {HOST}/a:1\n{EXPIRED}\n")}));
    let host = answer.value["findings"][0]["details"]["host"].as_str().unwrap().to_owned();
    assert!(host.starts_with("1000000000") && host.ends_with(".dkr.ecr.us-east-1.amazonaws.com"), "{host}");
    let answer = client.call("resolve", json!({"registry": format!("{host}/team/a:1")}));
    assert_eq!(
        (&answer.value["outcome"], answer.value["host"].as_str()),
        (&json!("auths"), Some(host.as_str())),
        "{answer:?}"
    );
    let document = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "ecr:*"}});
    let ask = |documents: Value, principal: &str, image: &str| json!({"principal": principal, "actions": ["ecr:BatchGetImage"], "resource": image, "documents": documents});
    let answer =
        client.call("evaluate_policy", ask(json!({"repository": document}), ROLE, &format!("{HOST}/team/a")));
    assert_eq!(answer.value["verdict"], "allowed", "{answer:?}");
    let role = answer.value["principal"].as_str().unwrap().to_owned();
    assert!(!role.contains("payments"), "{role}");
    // Half of it as the user says it, half as the assistant heard it.
    let answer = client
        .call("evaluate_policy", ask(json!({"repository": document}), &role, &format!("{host}/team/a")));
    assert_eq!(
        (&answer.value["verdict"], &answer.value["principal"]),
        (&json!("allowed"), &json!(role)),
        "{answer:?}"
    );
    assert!(!client.heard.contains("123456789012"));
}
