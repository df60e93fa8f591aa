//! Which repairs are safe: none that could stop a login that works now. And what is only told.

#![allow(clippy::indexing_slicing)] // a test's way of failing
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod support;

use ecrpass_clients::docker_config::Format;
use ecrpass_clients::repair::{HelperFailure, HelperLogin, KnownMachine, Repair, Safety, repair};
use ecrpass_core::DiagnosisId;
use ecrpass_core::environment::OperatingSystem;
use support::{NOW, filled, run_asking};

fn run(text: &str, installed: &[&str], with_unsafe: bool) -> Repair {
    run_asking(OperatingSystem::Linux, text, installed, with_unsafe, Some(&|_| HelperLogin::Works))
}

fn fails() -> HelperLogin {
    HelperLogin::Fails(HelperFailure {
        id: Some(DiagnosisId::NoAwsCredentials),
        why: "There are no AWS credentials.".to_owned(),
        next: "aws configure sso".to_owned(),
    })
}

#[test]
fn a_login_that_works_is_only_replaced_by_a_helper_that_logs_in() {
    let none: Option<&dyn Fn(&str) -> HelperLogin> = None;
    let works: &dyn Fn(&str) -> HelperLogin = &|_| HelperLogin::Works;
    let cannot: &dyn Fn(&str) -> HelperLogin = &|_| fails();
    for text in [
        r#"{"auths": {"HOST": {"auth": "LIVE"}}}"#,
        r#"{"auths": {"https://HOST": {"auth": "LIVE"}}}"#,
        // A login that does not say when it expires may be good.
        r#"{"auths": {"HOST": {"auth": "QVdTOng="}}}"#,
        // The password is in the store.
        r#"{"auths": {"HOST": {}}, "credsStore": "installed"}"#,
        // Keys and values that never worked, and would once corrected.
        r#"{"auths": {"HOST": {"auth": "LIVE"}}, "credHelpers": {"https://HOST/": "ecr-login"}}"#,
        r#"{"auths": {"HOST": {"auth": "LIVE"}}, "credHelpers": {"HOST": "gone"}}"#,
    ] {
        for (login, changes) in [(Some(works), true), (Some(cannot), false), (none, false)] {
            let after = run_asking(OperatingSystem::Linux, text, &["ecr-login", "installed"], false, login);
            assert_eq!(after.document.text() != filled(text), changes, "{text}: {:?}", after.changes);
            assert!(changes || !after.left.is_empty(), "{text}");
        }
        let forced =
            run_asking(OperatingSystem::Linux, text, &["ecr-login", "installed"], true, Some(cannot));
        assert!(forced.document.text().contains(&filled(r#""HOST": "ecr-login""#)), "{text}");
    }
    // What is dead goes all the same, and the helper is named: nothing worked. That it cannot log in is told.
    for text in [r#"{"auths": {"HOST": {"auth": "EXPIRED"}}}"#, r#"{"credHelpers": {"HOST": "ecr-login"}}"#] {
        let after = run_asking(OperatingSystem::Linux, text, &["ecr-login"], false, Some(cannot));
        assert!(after.document.text().contains(&filled(r#""HOST": "ecr-login""#)), "{text}");
        let told: Vec<(DiagnosisId, bool)> =
            after.left.iter().map(|change| (change.id, change.optional)).collect();
        assert_eq!(told, [(DiagnosisId::NoAwsCredentials, false)], "{text}");
        assert_eq!(after.left[0].fix, "aws configure sso");
    }
    // One reason is told once, for as many registries as it has.
    let many = r#"{"credHelpers": {"HOST": "ecr-login", "OTHER": "ecr-login"}}"#;
    assert_eq!(run_asking(OperatingSystem::Linux, many, &["ecr-login"], false, Some(cannot)).left.len(), 1);
}

#[test]
fn what_may_as_well_be_left_is_told_as_such() {
    let text = r#"{"auths": {"HOST": {"auth": "LIVE"}}, "credHelpers": {"HOST": "ecr-login"}}"#;
    assert!(run(text, &["ecr-login"], false).left.iter().all(|change| change.optional));
    let text = r#"{"auths": {"HOST": {"auth": "LIVE"}}}"#;
    let left = run_asking(OperatingSystem::Linux, text, &["ecr-login"], false, Some(&|_| fails())).left;
    assert!(!left.is_empty() && left.iter().all(|change| change.optional), "{left:?}");
    // Without the helper, a login that works is no problem yet; one that is over is.
    assert!(run(text, &[], false).left.iter().all(|change| change.optional));
    let over = run(r#"{"auths": {"HOST": {"auth": "EXPIRED"}}}"#, &[], false).left;
    assert!(over.iter().any(|change| !change.optional), "{over:?}");
}

#[test]
fn switching_the_helper_off_is_respected() {
    let live = r#"{"auths": {"HOST": {"auth": "LIVE"}}, "credHelpers": {"HOST": ""}}"#;
    for with_unsafe in [false, true] {
        let after = run(live, &["ecr-login"], with_unsafe);
        assert!(after.document.text().contains(&filled(r#""HOST": """#)), "{}", after.document.text());
    }
    assert_eq!(run(live, &["ecr-login"], false).document.text(), filled(live));
    // But a login there must be.
    let over = run(
        r#"{"auths": {"HOST": {"auth": "EXPIRED"}}, "credHelpers": {"HOST": ""}}"#,
        &["ecr-login"],
        false,
    );
    assert!(over.document.text().contains(&filled(r#""HOST": """#)));
    assert!(
        over.left.iter().any(|change| !change.optional && change.safety == Safety::Unsafe),
        "{:?}",
        over.left
    );
}

#[test]
fn slips_in_the_names_of_fields_are_told() {
    for (text, meant) in [
        (r#"{"credStore": "ecr-login"}"#, "`credsStore`"),
        (r#"{"credsHelpers": {"HOST": "ecr-login"}}"#, "`credHelpers`"),
        (r#"{"CredsHelper": {"HOST": "ecr-login"}}"#, "`credHelpers`"),
        (r#"{"auth": {"HOST": {"auth": "LIVE"}}}"#, "`auths`"),
        (r#"{"HOST": {"auth": "LIVE"}}"#, "`auths`"),
    ] {
        let after = run(text, &["ecr-login"], false);
        assert_eq!(after.document.text(), filled(text));
        let told = after.left.iter().find(|change| change.id == DiagnosisId::ConfigJsonInvalid);
        let told = told.unwrap_or_else(|| panic!("{text}: {:?}", after.left));
        assert!(!told.optional && format!("{} {}", told.problem, told.fix).contains(meant), "{told:?}");
    }
    let renamed = run(r#"{"credsHelpers": {"HOST": "ecr-login"}}"#, &["ecr-login"], true);
    assert_eq!(renamed.document.text(), filled(r#"{"credHelpers": {"HOST": "ecr-login"}}"#));
    let both = run(r#"{"credStore": "a", "credsStore": "installed"}"#, &["ecr-login", "installed"], true);
    assert_eq!(
        both.left.iter().filter(|change| change.safety == Safety::Manual).count(),
        1,
        "{:?}",
        both.left
    );
}

#[test]
fn a_field_of_the_wrong_type_gets_no_name_that_clients_read() {
    for text in [
        r#"{"auth": "SAUCE"}"#,
        r#"{"auth": null}"#,
        r#"{"credHelper": "ecr-login"}"#,
        r#"{"credStore": {"HOST": "ecr-login"}}"#,
    ] {
        let after = run(text, &["ecr-login"], true);
        assert_eq!(after.document.text(), filled(text));
        let told = after.left.iter().find(|change| change.safety == Safety::Manual);
        assert!(told.is_some_and(|change| !change.fix.contains("SAUCE")), "{:?}", after.left);
    }
    let two = run(r#"{"credStore": "a", "credStores": "b"}"#, &["ecr-login", "a", "b"], true);
    assert_eq!(two.document.text(), r#"{"credsStore": "a", "credStores": "b"}"#);
}

#[test]
fn what_a_renamed_field_holds_is_treated_as_if_it_had_been_written_so() {
    for (wrong, right) in [
        (r#"{"auth": {"HOST": {"auth": "LIVE"}}}"#, r#"{"auths": {"HOST": {"auth": "LIVE"}}}"#),
        (r#"{"auth": {"HOST": {"auth": "EXPIRED"}}}"#, r#"{"auths": {"HOST": {"auth": "EXPIRED"}}}"#),
        (r#"{"credsHelper": {"HOST": "ecr"}}"#, r#"{"credHelpers": {"HOST": "ecr"}}"#),
    ] {
        for installed in [&["ecr-login"][..], &[]] {
            let (wrong, right) = (run(wrong, installed, true), run(right, installed, true));
            assert_eq!(wrong.document.text(), right.document.text());
            let has_helper = right.document.text().contains(r#": "ecr-login""#);
            assert_eq!(has_helper, !installed.is_empty(), "{}", right.document.text());
        }
    }
}

#[test]
fn hosts_that_miss_a_part_are_told() {
    for host in ["123456789012.ecr.us-east-1.amazonaws.com", "123456789012.dkr.ecr.amazonaws.com"] {
        for text in [r#"{"credHelpers": {"X": "ecr-login"}}"#, r#"{"auths": {"X": {"auth": "LIVE"}}}"#] {
            let left = run(&text.replace('X', host), &["ecr-login"], false).left;
            assert!(
                left.iter().any(|change| change.id == DiagnosisId::MalformedRegistryHost),
                "{host}: {left:?}"
            );
        }
    }
}

#[test]
fn entries_that_go_joins_are_not_said_to_be_lost() {
    let text = r#"{"auths": {"HOST": {"auth": "LIVE"}}, "auths": {"x.example": {"auth": "QTpi"}}, "credsStore": "a", "credsStore": "b"}"#;
    let left = run(text, &["ecr-login", "a", "b"], false).left;
    let fix = |name: &str| {
        let of = left.iter().find(|change| change.problem.contains(&format!("`{name}` stands here")));
        of.unwrap().fix.clone()
    };
    assert!(fix("auths").contains("join them"), "{left:?}");
    assert!(fix("credsStore").contains("clients use the last"), "{left:?}");
}

#[test]
fn ecr_public_is_added_where_it_is_used_and_the_helper_logs_in() {
    let none: Option<&dyn Fn(&str) -> HelperLogin> = None;
    let works: &dyn Fn(&str) -> HelperLogin = &|_| HelperLogin::Works;
    let anonymous: &dyn Fn(&str) -> HelperLogin = &|_| HelperLogin::Anonymous;
    let named = r#"{"credHelpers": {"HOST": "ecr-login"}}"#;
    for (text, used, login, is_added) in [
        (named, Some("compose.yaml"), Some(works), true),
        (named, None, Some(works), false),
        // Pulls without a login work, and go on.
        (named, Some("compose.yaml"), Some(anonymous), false),
        (named, Some("compose.yaml"), none, false),
        // Who does not use the helper is not made to.
        (r#"{"auths": {"ghcr.io": {"auth": "dTpw"}}}"#, Some("compose.yaml"), Some(works), false),
        (
            r#"{"credHelpers": {"HOST": "ecr-login", "public.ecr.aws": ""}}"#,
            Some("compose.yaml"),
            Some(works),
            false,
        ),
    ] {
        let known = KnownMachine {
            now: NOW,
            is_installed: Some(&|name| name == "ecr-login"),
            public_used_in: used,
            login,
            ..KnownMachine::of_text(NOW)
        };
        let repaired = repair(&filled(text), Format::Current, &known, false).unwrap();
        let now = repaired.document.text();
        assert_eq!(now.contains(r#""public.ecr.aws": "ecr-login""#), is_added, "{text}: {now}");
        assert_eq!(now != filled(text), is_added, "{text}: {now}");
        assert!(repaired.changes.iter().all(|change| change.optional), "{:?}", repaired.changes);
    }
}
