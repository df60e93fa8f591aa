//! What is said of a run that failed, whatever the catalogue says to somebody with a client.

use ecrpass_core::CommandLine;
use ecrpass_diagnosis::finding::FixExtent;

use super::*;

fn finding(id: DiagnosisId, title: &str) -> Finding {
    let mut finding = Finding::outside_catalogue(id.slug(), Severity::Error, title, "help");
    finding.explanation = "this machine cannot connect to it".to_owned();
    finding.evidence.push(Evidence::new("GET /v2/", "403 Your authorization token has expired"));
    finding.fixes = vec![
        Fix::automatic("remove the expired login", OwnCommand::Fix { extent: FixExtent::Safe }),
        Fix::run("log in", CommandLine::shell("aws ecr get-login-password | crane auth login")),
        Fix::by_hand("something else"),
    ];
    finding.confirm = vec![Fix::own("look", OwnCommand::Status)];
    finding.after = Some("For a swarm service: docker service update".to_owned());
    finding
}

fn refused(status: u16) -> Occasion {
    Occasion {
        failed: Some(Step::Ping),
        showed_token: true,
        answered: Some((status, String::new())),
        silence: None,
        patience: Duration::from_secs(3),
    }
}

#[test]
fn a_fresh_token_that_is_refused_is_no_stored_login() {
    let fitted =
        fitted(vec![finding(DiagnosisId::TokenExpired, "The stored login has expired")], &refused(403));
    let [said] = &fitted[..] else { panic!("{fitted:?}") };
    assert_eq!((said.id.as_str(), said.confidence), ("token-expired", Confidence::Certain));
    let text = serde_json::to_string(said).unwrap();
    assert!(text.contains("issued a moment ago") && text.contains("as expired"), "{text}");
    for wrong in ["The stored login", "crane", "ecrpass fix", "ecrpass status", "swarm", "docker login"] {
        assert!(!text.contains(wrong), "{wrong}: {text}");
    }
}

#[test]
fn no_cause_of_a_login_a_client_or_a_key_is_one_of_a_token_that_was_issued() {
    for status in [400, 401, 403] {
        for id in DiagnosisId::ALL.iter().copied() {
            let is_one = matches!(group(id), Some(Group::Login | Group::Client | Group::Credentials));
            if !is_one || [DiagnosisId::TokenExpired, DiagnosisId::ClockSkew].contains(&id) {
                continue;
            }
            let fitted = fitted(vec![finding(id, "x")], &refused(status));
            let [said] = &fitted[..] else { panic!("{id}: {fitted:?}") };
            assert_eq!(said.id, OTHER, "{id}");
            assert!(
                said.title.contains("issued a moment ago") && !said.title.contains("expired"),
                "{said:?}"
            );
            assert!(said.evidence[0].text.contains(&status.to_string()), "{said:?}");
        }
    }
    // What was denied with a token that was taken before is another matter, and 401 still is not.
    let later = |status| Occasion { failed: Some(Step::Manifest), ..refused(status) };
    assert!(fitted(Vec::new(), &later(403)).is_empty());
    assert_eq!(fitted(Vec::new(), &later(401)).len(), 1);
    // A cause that is known stays alone.
    let known = fitted(vec![finding(DiagnosisId::WrongRegistryRegion, "another region")], &refused(403));
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].fixes.len(), 1, "{known:?}");
}

#[test]
fn what_was_connected_is_not_called_unreachable() {
    let said = |id, title: &str, end| {
        let words = "client error (SendRequest): connection closed before message completed".to_owned();
        let silence = Silence { host: "api.example".to_owned(), end, words };
        let occasion = Occasion { silence: Some(silence), answered: None, ..refused(0) };
        fitted(vec![finding(id, title)], &occasion).remove(0)
    };
    let api = DiagnosisId::NetworkTimeoutEcrApi;
    let closed = said(api, "The ECR API cannot be reached", End::Closed);
    assert!(closed.title.contains("closes the connection"), "{closed:?}");
    assert!(!closed.explanation.contains("cannot connect"), "{closed:?}");
    let late = said(DiagnosisId::NetworkTimeoutRegistry, "The registry cannot be reached", End::Late);
    assert_eq!(late.title, "api.example does not answer within 3s");
    assert!(late.fixes.iter().any(|fix| fix.summary.contains("--patience")), "{late:?}");
    let slow = said(DiagnosisId::S3LayerAccessBlocked, "The layers cannot be fetched from S3", End::Late);
    assert_eq!(slow.title, "The layers cannot be fetched from S3");
    assert!(slow.fixes.iter().any(|fix| fix.summary.contains("--patience")), "{slow:?}");
    // A library's words are evidence, and no title.
    let raw = "Cannot connect to api.example: client error (SendRequest): connection closed before message";
    let unconnected = said(DiagnosisId::ProxyMisconfigured, raw, End::Unconnected);
    assert_eq!(unconnected.title, "Cannot connect to api.example");
}

#[test]
fn who_answers_in_the_place_of_aws_is_looked_for_in_the_canarys_own_settings() {
    let mut found =
        finding(DiagnosisId::ProxyMisconfigured, "Something that is not ECR answers in its place");
    found.confirm.push(Fix::run("look", CommandLine::shell("docker info")));
    let occasion = Occasion { failed: Some(Step::Manifest), ..refused(200) };
    let said = serde_json::to_string(&fitted(vec![found], &occasion)).unwrap();
    assert!(said.contains("own process") && !said.contains("docker"), "{said}");
}

#[test]
fn what_a_cause_means_for_a_canary_is_added() {
    for id in [DiagnosisId::TagNotFound, DiagnosisId::Throttled, DiagnosisId::AwsServiceTransient] {
        let occasion = Occasion { showed_token: false, ..refused(500) };
        let said = fitted(vec![finding(id, "x")], &occasion).remove(0);
        assert_eq!((said.consequences.len(), said.fixes.len()), (1, 2), "{said:?}");
    }
}
