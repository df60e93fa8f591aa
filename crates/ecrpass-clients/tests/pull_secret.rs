//! Repairs of the configuration in a pull secret: a login that works no more gets a fresh token in its place, and a login
//! that works stays.

#![allow(clippy::indexing_slicing)] // a test's way of failing
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_clients::docker_config::Format;
use ecrpass_clients::repair::{HelperFailure, Renewal, Repair, Safety, renew};
use ecrpass_core::{DiagnosisId, Secret};
use support::{HOST, NOW, filled};

const FRESH: &str = "fresh-password";

fn fresh_auth() -> String {
    STANDARD.encode(format!("AWS:{FRESH}"))
}

fn renewed(text: &str, format: Format, with_unsafe: bool) -> Repair {
    let password = |_: &str| Ok(Secret::new(FRESH.to_owned()));
    let renewal = Renewal { now: NOW, with_unsafe, password: Some(&password) };
    renew(&filled(text), format, &renewal).unwrap()
}

#[test]
fn a_login_that_works_no_more_gets_a_fresh_token_and_nothing_else_changes() {
    let wrong_user = STANDARD.encode("me:x");
    for (before, after) in [
        (
            "{\"auths\": {\n  \"ghcr.io\": {\"auth\": \"dTpw\"},\n  \"HOST\": {\"auth\": \"EXPIRED\"}\n}}\n",
            "{\"auths\": {\n  \"ghcr.io\": {\"auth\": \"dTpw\"},\n  \"HOST\": {\"auth\": \"NEW\"}\n}}\n",
        ),
        // As kubectl writes it.
        (
            r#"{"auths":{"HOST":{"username":"AWS","password":"p","email":"e","auth":"EXPIRED"}}}"#,
            r#"{"auths":{"HOST":{"username":"AWS","password":"fresh-password","email":"e","auth":"NEW"}}}"#,
        ),
        (
            r#"{"auths":{"https://HOST/v2/":{"auth":"EXPIRED"}}}"#,
            r#"{"auths":{"https://HOST/v2/":{"auth":"NEW"}}}"#,
        ),
        (r#"{"auths":{"HOST":{"auth":"%"}}}"#, r#"{"auths":{"HOST":{"auth":"NEW"}}}"#),
        (r#"{"auths":{"HOST":{"username":"AWS"}}}"#, r#"{"auths":{"HOST":{"username":"AWS","auth":"NEW"}}}"#),
    ] {
        let repair = renewed(before, Format::Current, false);
        assert_eq!(repair.document.text(), filled(after).replace("NEW", &fresh_auth()), "{before}");
        assert!(repair.changes.len() == 1 && repair.left.is_empty(), "{before}: {:?}", repair.left);
        assert!(!format!("{:?}", repair.changes).contains(FRESH));
    }
    let legacy = renewed(r#"{"HOST":{"auth":"EXPIRED"}}"#, Format::Legacy, false);
    assert_eq!(legacy.document.text(), filled(r#"{"HOST":{"auth":"NEW"}}"#).replace("NEW", &fresh_auth()));
    // Another user may be meant, by some proxy: only on request.
    let text = format!(r#"{{"auths":{{"{HOST}":{{"auth":"{wrong_user}"}}}}}}"#);
    let kept = renewed(&text, Format::Current, false);
    assert_eq!((kept.document.text(), kept.left[0].safety), (text.as_str(), Safety::Unsafe));
    assert!(renewed(&text, Format::Current, true).document.text().contains(&fresh_auth()));
}

#[test]
fn a_login_that_works_stays_and_its_end_is_told() {
    let text = r#"{"auths":{"HOST":{"auth":"LIVE"},"ghcr.io":{"auth":"dTpw"}}}"#;
    let repair = renewed(text, Format::Current, true);
    assert_eq!(repair.document.text(), filled(text));
    let [live] = repair.left.as_slice() else { panic!("{:?}", repair.left) };
    assert!(live.optional && live.fix.contains(&format!("setup --client kubelet {HOST}")), "{live:?}");
    // Other registries' logins are not ours to renew, but one may cost all of them.
    let broken = renewed(r#"{"auths":{"ghcr.io":{"auth":"%"}}}"#, Format::Current, true);
    assert_eq!((broken.changes.len(), broken.left[0].safety), (0, Safety::Manual));
    assert!(!broken.left[0].optional);
}

#[test]
fn without_a_token_it_is_said_what_can_be_done() {
    let text = filled(r#"{"auths":{"HOST":{"auth":"EXPIRED"}}}"#);
    let cannot = |_: &str| {
        Err(HelperFailure {
            id: Some(DiagnosisId::NoAwsCredentials),
            why: "There are no AWS credentials.".to_owned(),
            next: "aws configure sso".to_owned(),
        })
    };
    let renewal = Renewal { now: NOW, with_unsafe: false, password: Some(&cannot) };
    let asked = renew(&text, Format::Current, &renewal).unwrap();
    assert_eq!(asked.document.text(), text);
    assert_eq!((asked.left[0].id, asked.left[0].safety), (DiagnosisId::K8sPullSecretExpired, Safety::Manual));
    assert!(asked.left[0].fix.ends_with("There are no AWS credentials. First: aws configure sso"));
    let offline = renew(&text, Format::Current, &Renewal { password: None, ..renewal }).unwrap();
    assert_eq!(offline.document.text(), text);
    assert!(offline.left[0].fix.contains("without --offline"));
    let helper = renewed(r#"{"credHelpers":{"HOST":"ecr-login"}}"#, Format::Current, true);
    assert_eq!((helper.changes.len(), helper.left[0].optional), (0, false));
}
