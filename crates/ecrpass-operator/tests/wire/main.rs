//! The operator as a process: what it really sends to an API server and to AWS, and what comes of it.

#![cfg(unix)]
#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test's way of failing, and of telling

mod api;
mod aws;
#[allow(dead_code)] // tests before a real API server need more
mod program;
mod removal;

use ecrpass_core::DiagnosisId;
use serde_json::{Value, json};

use crate::api::Recorded;
use crate::program::{CONFIG, HOST, Home, until, until_within};

fn base64(text: &Value) -> String {
    let bytes: k8s_openapi::ByteString = serde_json::from_value(text.clone()).unwrap();
    String::from_utf8(bytes.0).unwrap()
}

fn has_secret(home: &Home, namespace: &str) -> bool {
    home.api.state().get("secrets", namespace, "ecr").is_some()
}

fn names(home: &Home, namespace: &str) -> Vec<String> {
    let state = home.api.state();
    let account = state.get("serviceaccounts", namespace, "default").unwrap();
    let list = account["imagePullSecrets"].as_array().cloned().unwrap_or_default();
    list.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

fn requests(home: &Home, is: impl Fn(&Recorded) -> bool) -> Vec<Recorded> {
    home.api.state().requests.iter().filter(|request| is(request)).cloned().collect()
}

fn writes(home: &Home) -> usize {
    requests(home, |request| request.method != "GET").len()
}

#[test]
fn it_asks_for_no_more_than_it_may_and_writes_what_it_says() {
    let home = Home::new(CONFIG);
    ["a", "b"].iter().for_each(|name| home.api.state().shop(name));
    home.api.state().put("namespaces", "c", "c", json!({}));
    let operator = home.start("one");
    until("both have the secret", || has_secret(&home, "a") && has_secret(&home, "b"));
    until("both accounts name it", || {
        names(&home, "a") == ["openshift", "ecr"] && names(&home, "b").len() == 2
    });
    until("it is ready", || operator.get("/readyz").0 == 200);
    assert_eq!(home.api.state().aws.tokens(), 1);

    // Secrets and accounts are asked for by name only, namespaces as metadata only.
    let lists = requests(&home, |request| request.method == "GET" && !request.path.contains("/namespaces/"));
    for request in &lists {
        let selects = request.query.contains("fieldSelector=metadata.name%3D");
        assert!(selects || request.path == "/api/v1/namespaces", "{request:?}");
        assert!(
            request.path != "/api/v1/namespaces" || request.accept.contains("PartialObjectMetadata"),
            "{request:?}"
        );
    }
    assert!(
        lists.iter().any(|request| request.path == "/api/v1/secrets" && request.query.contains("%3Decr"))
    );
    assert!(
        lists
            .iter()
            .any(|request| request.path == "/api/v1/serviceaccounts" && request.query.contains("%3Ddefault"))
    );

    assert!(requests(&home, |request| !request.user_agent.starts_with("ecrpass-operator/")).is_empty());
    let created = requests(&home, |request| request.method == "POST" && request.path.ends_with("/secrets"));
    assert_eq!(created.len(), 2);
    for request in &created {
        let body = &request.body;
        assert_eq!(body["type"], "kubernetes.io/dockerconfigjson");
        assert_eq!(body["metadata"]["labels"]["app.kubernetes.io/managed-by"], "ecrpass-operator");
        let content: Value = serde_json::from_str(&base64(&body["data"][".dockerconfigjson"])).unwrap();
        let entry = &content["auths"][HOST];
        assert_eq!((&entry["username"], &entry["password"]), (&json!("AWS"), &json!("wire-password-1-")));
    }
    let patched =
        requests(&home, |request| request.method == "PATCH" && request.path.contains("/serviceaccounts/"));
    assert_eq!(patched.len(), 2);
    for request in &patched {
        assert_eq!(request.content_type, "application/merge-patch+json");
        assert!(
            request.body["metadata"]["resourceVersion"].is_string()
                && request.body["metadata"]["uid"].is_string()
        );
    }

    let (status, metrics) = operator.get("/metrics");
    assert_eq!(status, 200);
    for line in [
        format!(
            "ecrpass_pull_secret_expiry_timestamp_seconds{{namespace=\"a\",secret=\"ecr\",registry=\"{HOST}\"}} "
        ),
        "ecrpass_pull_secrets{state=\"fresh\"} 2\n".to_owned(),
        "ecrpass_pull_secret_renewals_total{result=\"created\"} 2\n".to_owned(),
        "ecrpass_token_requests_total{source=\"default\",region=\"eu-west-1\",result=\"success\"} 1\n"
            .to_owned(),
        "ecrpass_leader 1\n".to_owned(),
        "ecrpass_degraded 0\n".to_owned(),
        "ecrpass_build_info{version=".to_owned(),
        "# EOF\n".to_owned(),
    ] {
        assert!(metrics.contains(&line), "{line}\n{metrics}");
    }
    assert_eq!(operator.get("/healthz").0, 200);
    assert_eq!(operator.get("/other").0, 404);

    until("events are there", || {
        let posted = requests(&home, |request| request.path.contains("/events.k8s.io/v1/"));
        posted
            .iter()
            .filter(|event| event.body["reason"] == "Created" && event.body["regarding"]["kind"] == "Secret")
            .count()
            == 2
    });
    let log = operator.log();
    assert!(
        log.lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok_and(|line| line["event"].is_string())),
        "{log}"
    );
    assert!(!log.contains("wire-password") && !metrics.contains("wire-password") && !log.contains("wJalr"));

    // It gives the lease back when it goes.
    assert_eq!(operator.stop(), 0);
    let state = home.api.state();
    let lease = state.get("leases", "operator", "ecrpass-operator").unwrap();
    assert_eq!(lease["spec"]["holderIdentity"], "");
}

#[test]
fn it_follows_what_happens() {
    let home = Home::new(CONFIG);
    home.api.state().shop("a");
    let operator = home.start("one");
    until("it is there", || has_secret(&home, "a"));
    home.api.state().shop("b");
    until("a new namespace is served", || {
        has_secret(&home, "b") && names(&home, "b") == ["openshift", "ecr"]
    });
    home.api.state().delete("secrets", "a", "ecr");
    until("it is made again", || has_secret(&home, "a"));
    // The watches are too old: what happened meanwhile is seen all the same.
    home.api.state().forget();
    home.api.state().shop("c");
    until("it is served after a new list", || has_secret(&home, "c"));
    // Others are faster, most of the time.
    home.api.state().conflicts = Some(3);
    home.api.state().put("serviceaccounts", "a", "default", json!({"imagePullSecrets": [{"name": "helm"}]}));
    until("the account names it again", || names(&home, "a") == ["helm", "ecr"]);
    home.api.state().conflicts = None;
    // Somebody adds a host of his own, and spoils ours.
    let uid = home.api.state().get("secrets", "a", "ecr").unwrap()["metadata"]["uid"].clone();
    let secret = home.api.state().get("secrets", "a", "ecr").unwrap().clone();
    let mut spoilt = secret;
    let text = r#"{"auths": {"quay.io": {"auth": "dTpw"}, "HOST": {"auth": "x"}}}"#.replace("HOST", HOST);
    spoilt["data"][".dockerconfigjson"] =
        serde_json::to_value(k8s_openapi::ByteString(text.into_bytes())).unwrap();
    home.api.state().put("secrets", "a", "ecr", spoilt);
    until("ours is right, and the other is there", || {
        let content =
            base64(&home.api.state().get("secrets", "a", "ecr").unwrap()["data"][".dockerconfigjson"]);
        content.contains("wire-password-1") && content.contains(r#""quay.io": {"auth": "dTpw"}"#)
    });
    assert_eq!(home.api.state().get("secrets", "a", "ecr").unwrap()["metadata"]["uid"], uid);
    // The label goes, and with it all that is ours and nothing else.
    home.api.state().put("namespaces", "b", "b", json!({}));
    until("it is taken away", || !has_secret(&home, "b") && names(&home, "b") == ["openshift"]);
    assert_eq!(home.api.state().aws.tokens(), 1);
    operator.kill();
}

#[test]
fn a_configuration_is_taken_up_while_it_runs() {
    let home = Home::new(CONFIG);
    home.api.state().shop("a");
    let operator = home.start("one");
    until("it is there", || has_secret(&home, "a"));
    std::fs::write(home.path("operator.toml"), format!("{CONFIG}wrong = 1\n")).unwrap();
    until("it says what is wrong", || operator.log().contains("operator.toml:8:1"));
    std::fs::write(home.path("operator.toml"), CONFIG.replace("\"ecr\"", "\"ecr-new\"")).unwrap();
    until("the new one is there and the old one gone", || {
        home.api.state().get("secrets", "a", "ecr-new").is_some() && !has_secret(&home, "a")
    });
    assert_eq!(names(&home, "a"), ["openshift", "ecr-new"]);
    assert_eq!(home.api.state().aws.tokens(), 1);
}

#[test]
fn another_replica_takes_over() {
    let home = Home::new(CONFIG);
    home.api.state().shop("a");
    let one = home.start("one");
    until("it is there", || has_secret(&home, "a"));
    let two = home.start("two");
    until("the second is ready and does not lead", || {
        two.get("/readyz").0 == 200 && two.get("/metrics").1.contains("ecrpass_leader 0\n")
    });
    // No word of farewell: the lease has to run out.
    one.kill();
    home.api.state().shop("b");
    until("the second has served it", || has_secret(&home, "b"));
    let state = home.api.state();
    assert_eq!(state.get("leases", "operator", "ecrpass-operator").unwrap()["spec"]["holderIdentity"], "two");
    // It holds no token of its own, and needs one for the new namespace only.
    assert_eq!(state.aws.tokens(), 2);
}

#[test]
fn once_says_whether_all_is_fresh() {
    let home = Home::new(CONFIG);
    home.api.state().shop("a");
    let output = home.run(&["run", "--once"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(has_secret(&home, "a"));
    let before = writes(&home);
    let output = home.run(&["run", "--once"]);
    assert_eq!((output.status.code(), writes(&home)), (Some(0), before), "{output:?}");
    assert_eq!(home.api.state().aws.tokens(), 1);
}

#[test]
fn looking_writes_nothing() {
    let home = Home::new(CONFIG);
    home.api.state().shop("a");
    let output = home.run(&["run", "--dry-run"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        text,
        format!(
            "a: create secret ecr for {HOST}\na: add ecr to the imagePullSecrets of service account default\n"
        )
    );
    assert_eq!((writes(&home), home.api.state().aws.tokens()), (0, 0));
    assert_eq!(home.run(&["run", "--once"]).status.code(), Some(0));
    let before = writes(&home);
    let text = String::from_utf8(home.run(&["remove", "--dry-run"]).stdout).unwrap();
    assert!(
        text.starts_with("a: remove ecr from the imagePullSecrets of service account default\n"),
        "{text}"
    );
    assert!(text.contains("a: secret ecr is good until 20"), "{text}");
    assert_eq!(writes(&home), before);
}

#[test]
fn tokens_that_are_nearly_over_are_not_asked_for_in_a_loop() {
    let home = Home::new(CONFIG);
    home.api.state().shop("a");
    home.api.state().aws.shorter = 43_200 - 240;
    let operator = home.start("one");
    until("it says why there is none", || operator.log().contains("good for 240 s"));
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert!(home.api.state().aws.tokens() <= 3, "{}", home.api.state().aws.tokens());
    assert!(!has_secret(&home, "a") && !operator.log().contains("TokenRenewed"));
}

#[test]
fn who_reads_nothing_keeps_nobody_from_asking() {
    use std::io::{Read as _, Write as _};
    let home = Home::new(CONFIG);
    home.api.state().shop("a");
    let operator = home.start("one");
    until("it is ready", || operator.get("/readyz").0 == 200);
    let connect = || std::net::TcpStream::connect(("127.0.0.1", operator.port)).unwrap();
    let _idle: Vec<_> = (0..300).map(|_| connect()).collect();
    let _greedy: Vec<_> = (0..64)
        .map(|_| {
            let mut stream = connect();
            let many = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(500);
            // It answers one, and closes.
            let _ = stream.write_all(many.as_bytes());
            stream
        })
        .collect();
    assert_eq!(operator.get("/healthz").0, 200);
    // Each connection has one answer.
    let mut stream = connect();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    assert_eq!(text.matches("200 OK").count(), 1, "{text}");
}

#[test]
fn what_aws_refuses_and_what_is_forbidden_is_said() {
    let home = Home::new(CONFIG);
    home.api.state().shop("a");
    home.api.state().aws.denied = true;
    home.api.state().refuse = Some(("patch", "serviceaccounts", 403));
    let denied = DiagnosisId::IamMissingGetAuthorizationToken.slug();
    let operator = home.start("one");
    until("it says why there is no token", || operator.log().contains(denied));
    until("it says what is forbidden", || operator.log().contains("\"Forbidden\""));
    let (status, why) = operator.get("/readyz");
    assert_eq!(status, 503);
    assert!(why.contains("1 pull secrets are missing or hold no token, a/ecr for one"), "{why}");
    let metrics = operator.get("/metrics").1;
    for line in [
        format!("ecrpass_pull_secret_failures_total{{cause=\"{denied}\"}} 1\n"),
        "ecrpass_pull_secret_failures_total{cause=\"forbidden\"}".to_owned(),
        "ecrpass_token_requests_total{source=\"default\",region=\"eu-west-1\",result=\"error\"} 1\n"
            .to_owned(),
        "ecrpass_degraded 1\n".to_owned(),
    ] {
        assert!(metrics.contains(&line), "{line}\n{metrics}");
    }
    assert!(!has_secret(&home, "a"));
}

#[test]
fn wrong_usage_has_its_own_status() {
    let home = Home::new(&format!("{CONFIG}wrong = 1\n"));
    let check = |arguments: &[&str]| home.command(arguments).output().unwrap();
    let file = home.path("operator.toml");
    let output = check(&["check", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("operator.toml:8:1: unknown field `wrong`"));
    assert_eq!(check(&["run", "--nonsense"]).status.code(), Some(2));
    assert_eq!(check(&["--version"]).status.code(), Some(0));
    std::fs::write(&file, CONFIG).unwrap();
    let output = check(&["check", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("secret ecr, in namespaces those labelled `pull=yes`")
    );
    // No cluster to be found.
    let output = check(&["run", "--config", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
}

/// Memory stays flat: what is kept of a namespace is small. `ECRPASS_OPERATOR_NAMESPACES=5000` for the full size.
#[test]
#[cfg(target_os = "linux")]
fn a_thousand_namespaces_take_little_memory() {
    let count: usize =
        std::env::var("ECRPASS_OPERATOR_NAMESPACES").ok().and_then(|text| text.parse().ok()).unwrap_or(1000);
    let home = Home::new(CONFIG);
    (0..count).for_each(|number| home.api.state().shop(&format!("n{number}")));
    let operator = home.start("one");
    let begun = std::time::Instant::now();
    let patience = std::time::Duration::from_secs(60 + u64::try_from(count / 20).unwrap());
    until_within(patience, "all are served", || {
        let state = home.api.state();
        let served = state.objects.keys().filter(|key| key.starts_with("secrets/")).count();
        served == count
    });
    let (seconds, memory) = (begun.elapsed().as_secs(), operator.memory());
    println!("{count} namespaces: {seconds} s, {memory} kB");
    assert_eq!(home.api.state().aws.tokens(), 1);
    assert!(memory < 200_000, "{memory} kB");
}
