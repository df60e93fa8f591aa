//! Any text in, nothing bad out: no panic, no secret, the same answer however it is fed.

use ecrpass_diagnosis::engine::explain::{Explainer, explain};
use ecrpass_diagnosis::finding::Confidence;
use proptest::prelude::*;

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// Pieces that signatures, tags and unwrapping look at.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(HOST.to_owned()),
        Just("no basic auth credentials".to_owned()),
        Just(
            "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: ecr:PutImage on resource: "
                .to_owned()
        ),
        Just("\u{1b}[31m".to_owned()),
        Just("\\\"\\u00e9\\n".to_owned()),
        Just("https://".to_owned()),
        Just("/v2/a/manifests/1+2".to_owned()),
        Just("docker login -u x --password-stdin".to_owned()),
        Just("ecr-login: [token-expired] ".to_owned()),
        Just("\n".to_owned()),
        Just("é€😀".to_owned()),
        "[ -~]{0,20}",
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_text_is_explained_without_a_panic(pieces in prop::collection::vec(piece(), 0..40)) {
        explain("stdin", &pieces.concat());
    }

    #[test]
    fn any_bytes_are_explained_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let mut explainer = Explainer::default();
        explainer.feed(&bytes);
        explainer.finish("stdin");
    }

    #[test]
    fn how_it_is_fed_does_not_matter(pieces in prop::collection::vec(piece(), 0..30), size in 1_usize..200) {
        let text = pieces.concat();
        let whole = explain("stdin", &text);
        let mut explainer = Explainer::default();
        text.as_bytes().chunks(size).for_each(|chunk| explainer.feed(chunk));
        prop_assert_eq!(explainer.finish("stdin"), whole);
    }
}

#[test]
fn a_message_is_found_wherever_it_is_in_a_large_log() {
    let filler = "2026-02-11 INFO nothing to see here, move along\n";
    let message = format!("Get https://{HOST}/v2/a/manifests/1: no basic auth credentials\n");
    // Around the ends of the pieces that are looked at together.
    for before in [0, 1, 5_000, 21_800, 21_845, 21_846, 23_200, 23_211, 23_300, 60_000] {
        let log = format!("{}{message}{}", filler.repeat(before), filler.repeat(60_000 - before));
        let found = explain("log", &log);
        assert_eq!(found.first().map(|finding| finding.id.as_str()), Some("not-logged-in"), "{before}");
        assert_eq!(found[0].evidence[0].line, Some(before + 1));
        assert!(found[0].fixes.iter().any(|fix| fix.command().is_some_and(|command| command.contains(HOST))));
    }
}

#[test]
fn what_follows_a_line_counts_also_across_pieces() {
    let filler = "2026-02-11 INFO nothing to see here, move along\n";
    let message =
        "error: no basic auth credentials\nline between\nline between\nkubelet: Failed to pull image \"x\"\n";
    // The pieces end somewhere among these lines.
    for before in 23_160..23_240 {
        let log = format!("{}{message}{}", filler.repeat(before), filler.repeat(30_000 - before));
        let found = explain("log", &log);
        let first = found.first().map(|finding| (finding.id.as_str(), finding.evidence[0].line));
        assert_eq!(first, Some(("kubelet-credential-provider-missing", Some(before + 1))));
    }
}

#[test]
fn several_problems_are_all_told_and_symptoms_are_not() {
    let log = format!(
        "error getting credentials - err: exec: \"docker-credential-ecr-login\": executable file not found in $PATH, out: ``\nGet https://{HOST}/v2/: no basic auth credentials\n{}denied: User: arn:aws:iam::123456789012:user/a is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:us-east-1:123456789012:repository/b because no identity-based policy allows the ecr:PutImage action\n",
        "nothing\n".repeat(50)
    );
    let ids: Vec<String> = explain("log", &log).into_iter().map(|finding| finding.id).collect();
    assert_eq!(ids, ["helper-not-on-path", "iam-missing-push-action"]);
}

#[test]
fn what_a_log_cannot_decide_is_ranked_and_says_how_to_find_out() {
    let found = explain("log", &format!("Get https://{HOST}/v2/: no basic auth credentials"));
    assert!(found.len() > 1);
    for finding in &found {
        assert_ne!(finding.confidence, Confidence::Certain);
        assert_eq!(finding.confirm[0].summary, "check whether this is the cause");
        assert!(finding.alternatives.len() >= 2);
    }
}

#[test]
fn a_command_as_wide_as_a_screen_is_no_line_that_was_cut() {
    let error = "Get https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/: no basic auth credentials\n";
    for width in 60..240 {
        let mut explainer = Explainer::default();
        explainer.context(&format!("$ sh -c {}", "x".repeat(width - 8)));
        explainer.feed(error.as_bytes());
        let found = explainer.finish("log");
        assert_eq!(found.first().map(|first| first.id.as_str()), Some("not-logged-in"), "{width}");
        assert_eq!(found[0].evidence[0].line, Some(1), "{width}");
    }
}

#[test]
fn secrets_in_a_log_are_not_repeated() {
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let log = format!(
        "docker login -u AWS -p {secret} {HOST}\nAWS_SECRET_ACCESS_KEY={secret} no basic auth credentials https://{HOST}/v2/\n"
    );
    let json = serde_json::to_string(&explain("log", &log)).unwrap();
    assert!(json.contains("no basic auth credentials") && !json.contains(secret), "{json}");
}

#[test]
fn what_fixes_it_fits_the_words_of_the_message() {
    // The log, what has to be among the fixes, and what must not.
    for (log, has, has_not) in [
        (
            format!("permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock\ndocker push {HOST}/a:1"),
            "usermod -aG docker",
            "systemctl start docker",
        ),
        (
            format!("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\ndocker push {HOST}/a:1"),
            "systemctl start docker",
            "nothing of the kind",
        ),
        (
            "$ aws ecr get-login-password\naws: error: argument operation: Invalid choice, valid choices are:\nget-login | help".to_owned(),
            "awscli-exe-linux",
            "DOCKER_API_VERSION",
        ),
        (
            format!("docker push {HOST}/a:1\nError response from daemon: client version 1.52 is too new. Maximum supported API version is 1.41"),
            "DOCKER_API_VERSION",
            "awscli-exe-linux",
        ),
        (
            format!("$ AWS_PROFILE=corp aws ecr get-login-password --region eu-west-1 | docker login --username AWS --password-stdin {HOST}\nError response from daemon: login attempt to https://{HOST}/v2/ failed with status: 400 Bad Request"),
            "--profile corp",
            "nothing of the kind",
        ),
        (
            "denied: User: arn:aws:sts::123456789012:assumed-role/node/i-0 is not authorized to perform: ecr:BatchImportUpstreamImage on resource: arn:aws:ecr:us-east-1:123456789012:repository/quay/a because no identity-based policy allows the ecr:BatchImportUpstreamImage action".to_owned(),
            "\"ecr:BatchImportUpstreamImage\"",
            "nothing of the kind",
        ),
        (
            "An error occurred (AccessDeniedException) when calling the DescribeImages operation: User: arn:aws:iam::210987654321:user/ci is not authorized to perform: ecr:DescribeImages on resource: arn:aws:ecr:us-east-1:123456789012:repository/app because no resource-based policy allows the ecr:DescribeImages action".to_owned(),
            "\"Action\":\"ecr:DescribeImages\"",
            "ecr:BatchGetImage",
        ),
        (
            "An error occurred (AccessDeniedException) when calling the GetAuthorizationToken operation: User: arn:aws:iam::123456789012:user/ci is not authorized to perform: sts:GetServiceBearerToken on resource: arn:aws:iam::123456789012:user/ci because no identity-based policy allows the sts:GetServiceBearerToken action".to_owned(),
            "\"sts:GetServiceBearerToken\"",
            "\"ecr:GetAuthorizationToken\"",
        ),
    ] {
        let found = explain("log", &log);
        let commands: Vec<String> =
            found.iter().take(1).flat_map(|first| first.fixes.iter().filter_map(|fix| fix.command())).collect();
        assert!(commands.iter().any(|command| command.contains(has)), "{log}: {commands:?}");
        assert!(!commands.iter().any(|command| command.contains(has_not)), "{log}: {commands:?}");
    }
}
