//! Bundles in, findings out: a healthy machine, and the same with one thing wrong after the other.

use crate::support::{Asked, Facts, HOST, NOW, ecr_password, healthy, pulling_public, stored_login, unknown};
use ecrpass_clients::client::{Client, Supplier};
use ecrpass_credentials::aws_call::NetworkFailure;
use ecrpass_diagnosis::catalogue;
use ecrpass_diagnosis::check::CheckWord;
use ecrpass_diagnosis::check::Stage;
use ecrpass_diagnosis::engine::explain::explain;
use ecrpass_diagnosis::examination::{examine, examine_fleet};
use ecrpass_diagnosis::facts::{Bundle, ClientCredentials, Destination, Seen, Word};
use ecrpass_diagnosis::finding::{Confidence, Severity};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What is found, the first first.
fn found(facts: &Facts) -> Vec<String> {
    facts.examine().findings.into_iter().map(|finding| finding.id).collect()
}

/// The image is for Arm alone.
fn for_arm(facts: Facts) -> Facts {
    facts.subject(|subject| subject.platforms = vec!["linux/arm64".to_owned()])
}

/// Nothing anywhere that AWS would know.
fn no_credentials() -> Asked {
    Asked::default().unreachable("/latest/api/token", NetworkFailure::Timeout, "no answer")
}

#[test]
fn a_healthy_machine_has_nothing() {
    let examination = healthy().examine();
    assert_eq!(examination.findings, []);
    let steps = &examination.proven[0].steps;
    assert!(steps.iter().all(|step| step.works == Some(true)), "{steps:?}");
    // Whatever is not wrong was looked at, and says so.
    let found = examination.checks.iter().filter(|check| check.outcome == CheckWord::Found).count();
    assert_eq!(found, 0);
    assert!(examination.checks.iter().all(|check| !check.why.is_empty()), "{:?}", examination.checks);
    let clear = examination.checks.iter().filter(|check| check.outcome == CheckWord::Clear).count();
    assert!(clear * 10 > examination.checks.len() * 8, "{clear} of {}", examination.checks.len());
}

#[test]
fn what_does_not_matter_yet_is_a_warning() {
    const CONFIG: &str = "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n";
    let login = stored_login(HOST, "AWS", &ecr_password(NOW + 11 * 3600 + 1800));
    let facts = healthy().docker_config(&login);
    let findings = facts.token_refused_beside_a_login(Asked::with_config("dev", CONFIG)).examine().findings;
    assert_eq!((findings[0].id.as_str(), findings[0].severity), ("sso-session-expired", Severity::Warning));
    assert!(
        findings[0].consequences[0].starts_with("The stored login works for another 11 h"),
        "{findings:?}"
    );
}

#[test]
fn a_login_that_stands_ready_needs_no_credentials_of_aws() {
    let login = stored_login(HOST, "AWS", &ecr_password(NOW + 3600));
    let facts = healthy().docker_config(&login).token_refused_beside_a_login(no_credentials());
    // Nobody asked the registry: that its answer is not known is no sign that nothing is sent.
    let facts = facts.subject(|subject| {
        subject.login = unknown("not checked (--offline)");
        subject.daemon_login = unknown("not checked (--offline)");
        subject.manifest = unknown("not checked (--offline)");
        subject.daemon_manifest = unknown("not checked (--offline)");
    });
    assert_eq!(found(&facts), ["no-aws-credentials"]);
}

#[test]
fn the_name_that_is_not_resolved_is_the_one_to_be_looked_up() {
    let facts = healthy().path_fails(Destination::Api, NetworkFailure::Dns, "does not resolve");
    let findings = facts.examine().findings;
    let looks = findings[0].confirm.first().and_then(|fix| fix.command());
    assert!(looks.is_some_and(|line| line.contains("getent hosts api.ecr.us-east-1")), "{findings:#?}");
}

#[test]
fn the_credentials_of_whoever_asks_are_no_fault_of_a_pod() {
    let pod = format!(
        "kind: Pod\napiVersion: v1\nmetadata: {{name: w}}\nspec: {{containers: [{{image: '{HOST}/team/app:1'}}]}}\n"
    );
    let facts = healthy().file("pod.yaml", &pod).token_refused_beside_a_login(no_credentials());
    let facts = facts.subject(|subject| {
        subject.offered = unknown("no token to ask with");
        subject.login = unknown("there are no credentials to ask with");
        subject.daemon_login = unknown("this client does not pull it");
        subject.manifest = unknown("there are no credentials to ask with");
        subject.daemon_manifest = unknown("this client does not pull it");
    });
    let findings = facts.examine().findings;
    let errors: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.id.as_str())
        .collect();
    assert!(errors.is_empty(), "{findings:#?}");
    assert!(findings.iter().any(|finding| finding.id == "no-aws-credentials"), "{findings:#?}");
}

#[test]
fn a_missing_helper_comes_before_the_credentials_it_would_look_for() {
    let config = format!("{{\"credHelpers\": {{\"{HOST}\": \"ecr-login\"}}}}");
    let facts = healthy().program("docker-credential-ecr-login", Vec::new()).docker_config(&config);
    let facts = facts.token_refused_beside_a_login(no_credentials());
    assert_eq!(found(&facts)[..2], ["helper-not-on-path", "no-aws-credentials"]);
}

#[test]
fn an_entry_that_cannot_be_decoded_makes_the_others_a_matter_of_chance() {
    let login = stored_login(HOST, "AWS", &ecr_password(NOW + 3600));
    let damaged = login.replacen("{\n", "{\n  \"other.example\": {\"auth\": \"%\"},\n", 1);
    assert_ne!(damaged, login);
    assert_eq!(found(&healthy().docker_config(&damaged)), ["config-json-invalid"]);
    assert_eq!(found(&healthy().docker_config(&login)), Vec::<String>::new());
}

#[test]
fn a_log_is_decided_by_what_is_seen() {
    let log = |text: &str| {
        let said = explain("log", text);
        assert!(!said.is_empty(), "{text}");
        healthy().change(|bundle| bundle.log = said)
    };
    // Ruled out here and now.
    let basic = log("no basic auth credentials\n");
    assert!(found(&basic).iter().all(|id| id != "not-logged-in"), "{:?}", found(&basic));
    // Nothing here can tell.
    let masked = log(&format!(
        "Warning: Skip output 'registry' since it may contain secret.\ndocker pull {HOST}/team/app:1\n"
    ));
    let open = masked.examine().findings;
    assert_eq!((open[0].id.as_str(), open[0].confidence), ("ci-output-masked", Confidence::Certain));
    // Seen to be so, and in the log.
    let text =
        format!("{HOST}/team/app:1: no matching manifest for linux/amd64 in the manifest list entries\n");
    let both = for_arm(log(&text)).examine().findings;
    assert_eq!((both.len(), both[0].confidence), (1, Confidence::Certain));
    assert_eq!(both[0].id, "platform-mismatch");
    assert!(both[0].evidence.iter().any(|seen| seen.source == "log"));
}

#[test]
fn somebody_elses_client_is_not_judged() {
    // On a node, or as a role, this user's files say nothing; what the registry says counts.
    let as_role = healthy().change(|bundle| {
        bundle.question.as_role = Some("arn:aws:iam::123456789012:role/node".to_owned());
    });
    for facts in [healthy().pulled_by_a_node(), as_role] {
        let facts = facts
            .change(|bundle| {
                if let Seen::Known(daemon) = &mut bundle.machine.daemon {
                    daemon.unreachable = Some("Cannot connect to the Docker daemon".to_owned());
                }
            })
            .subject(|subject| {
                subject.offered = Seen::Known(ClientCredentials::default());
                if let Some(resolved) = &mut subject.resolved {
                    resolved.outcome = Supplier::Anonymous.into();
                }
            });
        let examination = facts.examine();
        assert_eq!(examination.findings, []);
        assert!(examination.proven[0].steps.iter().all(|step| step.stage != Stage::Login));
    }
}

#[test]
fn probes_with_other_credentials_do_not_overrule_what_was_seen() {
    const DENIED: &str = "User: arn:aws:iam::999999999999:user/u is not authorized to perform: ecr:GetDownloadUrlForLayer on resource: arn:aws:ecr:us-east-1:123456789012:repository/team/app because no resource-based policy allows the ecr:GetDownloadUrlForLayer action";
    let facts = || healthy().denied("ecr:GetDownloadUrlForLayer", DENIED);
    assert_eq!(found(&facts()), [""; 0]);
    // Where the layer was not had, it tells why.
    let unseen = facts().subject(|subject| {
        subject.layer = unknown("no answer");
        subject.manifest = unknown("no answer");
        subject.daemon_manifest = unknown("no answer");
    });
    assert_eq!(found(&unseen), ["cross-account-repo-policy-missing"]);
}

#[test]
fn pulls_from_ecr_public_need_nobody() {
    let facts = pulling_public().token_refused_beside_a_login(no_credentials());
    let findings = facts.examine().findings;
    assert!(findings.iter().all(|finding| finding.severity == Severity::Note), "{findings:?}");
    // Pushes do.
    let push = facts.change(|bundle| bundle.question.operation = Word::read("push"));
    let findings = push.examine().findings;
    assert_eq!((findings[0].id.as_str(), findings[0].severity), ("no-aws-credentials", Severity::Error));
}

#[test]
fn a_fleet_shares_its_causes() {
    let machine = |name: &str, facts: Facts| {
        (name.to_owned(), facts.change(|bundle| bundle.machine.name = name.to_owned()).bundle)
    };
    let fleet = [machine("a", for_arm(healthy())), machine("b", healthy()), machine("c", for_arm(healthy()))];
    let report = examine_fleet(&fleet);
    assert_eq!((report.machines, report.healthy.as_slice()), (3, &["b".to_owned()][..]));
    assert_eq!(report.causes.len(), 1);
    assert_eq!(
        (report.causes[0].finding.id.as_str(), report.causes[0].machines.len()),
        ("platform-mismatch", 2)
    );
}

#[test]
fn stages_follow_the_path() {
    assert!(Stage::ALL.is_sorted());
    // Whatever can be seen by more than a log has a place on the path; these cannot.
    let only_logs_show = catalogue::all().filter(|entry| entry.check.is_none() && !entry.only_files_show());
    let without: Vec<&str> = only_logs_show.map(|entry| entry.id.slug()).collect();
    insta::assert_debug_snapshot!(without);
}

#[test]
fn words_of_a_later_version_are_kept() {
    let facts = healthy()
        .client(Client::Crane)
        .named(&format!("{HOST}/team/App:1"))
        .docker_config("{\"auths\": {},}")
        .helper_failed("ecr-login: [no-aws-credentials] None. Next: log in")
        .file("task.json", &format!("{{\"containerDefinitions\": [{{\"image\": \"{HOST}/a:1\"}}]}}"))
        .denied("ecr:GetDownloadUrlForLayer", "")
        .subject(|subject| {
            if let Seen::Known(offered) = &mut subject.offered {
                offered.username = Some(Word::read("AWS"));
            }
        });
    let written = serde_json::to_value(&facts.bundle).unwrap();
    for place in [
        "/question/operation",
        "/question/client",
        "/machine/configurations/0/mistakes/0/id",
        "/machine/configurations/0/mistakes/0/safety",
        "/aws/places/0/place",
        "/subjects/0/malformed/id",
        "/subjects/0/puller/kind",
        "/subjects/0/resolved/outcome",
        "/subjects/0/docker_outcome",
        "/subjects/0/offered/known/username",
        "/subjects/0/offered/known/failure_id",
        "/subjects/0/permissions/0/by",
    ] {
        let mut later = written.clone();
        *later.pointer_mut(place).unwrap_or_else(|| panic!("no {place}")) = json!("from a later version");
        let read = Bundle::parse(&later.to_string()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), later, "{place}");
        assert!(!examine(&read).checks.is_empty());
    }
}

/// Sets what a JSON pointer points to.
fn set(value: &mut Value, pointer: &str, new: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = new,
        _ => parent[key] = new,
    }
}

/// Every place in a JSON value.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                pointers(value, &format!("{at}/{key}"), all);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                pointers(value, &format!("{at}/{index}"), all);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        all.push(at.to_owned());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever stands in a bundle, it is read or refused with a place, examined without a panic, and says the same
    /// again after being written.
    #[test]
    fn bundles_may_hold_anything(
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..9, ".{0,20}"), 1..5),
    ) {
        let mut value = serde_json::to_value(healthy().bundle).unwrap();
        for (index, kind, text) in picks {
            let mut all = Vec::new();
            pointers(&value, "", &mut all);
            let at = index.get(&all).clone();
            let new = match kind {
                0 => Value::Null,
                1 => json!(text),
                2 => json!(-1),
                3 => json!(i64::MAX),
                4 => json!([]),
                5 => json!({"unknown": text}),
                6 => json!({"known": {"refused": {"id": text, "what": text, "next": text, "transient": true}, "took_ms": 0}}),
                7 => json!({"known": {"status": 403, "message": text}}),
                _ => json!({"known": {"username": text, "expires_at": i64::MIN}}),
            };
            set(&mut value, &at, new);
        }
        if let Ok(read) = Bundle::parse(&value.to_string()) {
            let examination = examine(&read);
            let again = Bundle::parse(&serde_json::to_string(&read).unwrap()).unwrap();
            prop_assert_eq!(&again, &read);
            prop_assert_eq!(examine(&again), examination);
        }
    }
}
