//! The kubelet's protocol: versions, arguments, input that is none, and the two helpers taken for each other.

use std::process::Stdio;

use crate::provider::{Node, V1, WEST, answer, request, slug};
use crate::world::{HOST, World, finish, start, wait_until};

#[test]
fn every_version_is_answered_in_kind() {
    let node = Node::new();
    for version in
        [V1, "credentialprovider.kubelet.k8s.io/v1beta1", "credentialprovider.kubelet.k8s.io/v1alpha1"]
    {
        let mut request = request(&format!("{WEST}/app"));
        request["apiVersion"] = version.into();
        let said = answer(&node.ask(&request));
        assert_eq!(said.api_version, version);
        node.judge(&said);
    }
    assert_eq!(node.world.token_calls(), 1);
}

#[test]
fn fields_of_later_versions_and_arguments_are_passed_over() {
    let node = Node::new();
    let mut request = request(&format!("{WEST}/app"));
    request["podName"] = "web-0".into();
    request["futureField"] = serde_json::json!({"a": [1]});
    let input = request.to_string();
    for arguments in [&[][..], &["get-credentials"], &["--v=2", "--region", "x"]] {
        node.judge(&answer(&node.call(arguments, input.as_bytes())));
    }
    // The same by the helper's own name.
    let mut command = node.world.command("kubelet");
    command.arg("get-credentials");
    node.judge(&answer(&finish(start(command, input.as_bytes()))));
}

#[test]
fn version_and_help_read_nothing() {
    let node = Node::new();
    for (argument, words) in
        [("--version", env!("CARGO_PKG_VERSION")), ("--help", "CredentialProviderRequest")]
    {
        let mut child = node.command(&[argument]);
        let mut child =
            child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Standard input stays open.
        let input = child.stdin.take();
        wait_until("it ends", || child.try_wait().unwrap().is_some());
        let run = finish(child);
        drop(input);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        assert!(
            run.stdout.contains(words) && run.stdout.contains("ecr-credential-provider"),
            "{}",
            run.stdout
        );
    }
}

#[test]
fn what_is_no_request_is_refused_without_a_call() {
    let node = Node::new();
    let large = format!("{}{}", request(HOST), " ".repeat(2 << 20));
    let bad_token = r#"{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"h/a","serviceAccountToken":["hunter2"]}"#;
    for (input, words) in [
        ("", "empty"),
        ("{\"apiVersion\":\"credentialprovider.kubelet.k8s.io/v1\",\"kind\":\"Cred", "line 1"),
        (large.as_str(), "1 MiB"),
        ("[]", "begins with `{`"),
        (HOST, "docker-credential-ecr-login"),
        ("{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}", "CredentialProviderRequest"),
        (bad_token, "line 1"),
    ] {
        let run = node.call(&[], input.as_bytes());
        assert_eq!(slug(&run), "kubelet-request-invalid", "{words}");
        assert!(run.stderr.contains(words) && !run.stderr.contains("hunter2"), "{}", run.stderr);
    }
    for image in ["foobar  ", "a\u{0}b/c", "", "https://h/x"] {
        assert_eq!(slug(&node.ask(&request(image))), "malformed-image-reference", "{image:?}");
    }
    assert_eq!(node.world.ecr.calls(), []);
}

#[test]
fn each_helper_knows_the_others_protocol() {
    let node = Node::new();
    let run = node.call(&["get"], format!("{HOST}\n").as_bytes());
    assert_eq!(slug(&run), "kubelet-request-invalid");
    assert!(run.stderr.contains("docker-credential-ecr-login"), "{}", run.stderr);
    let world = World::new();
    let run = world.run("get", &request(HOST).to_string());
    assert_eq!(run.slug(), "kubelet-request-invalid");
    assert!(run.stderr.contains("ecr-credential-provider"), "{}", run.stderr);
    assert_eq!(world.ecr.calls(), []);
}

#[test]
fn without_a_home_the_profiles_of_the_user_database_are_found() {
    let mut node = Node::new();
    // The cache has a place of its own, so that this machine's stays as it is.
    let cache = node.world.path("cache");
    node.world.set("AWS_ECR_CACHE_DIR", cache.to_str().unwrap());
    let mut command = node.command(&[]);
    command.env_remove("HOME");
    node.judge(&answer(&finish(start(command, request(&format!("{WEST}/app")).to_string().as_bytes()))));
}
