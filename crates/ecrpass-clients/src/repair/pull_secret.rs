//! The configuration in a pull secret of Kubernetes. Kubelets ask no helper for it, and what is taken out of it is missing
//! there: a login that works no more gets a fresh token in its place.
//!
//! Source: kubernetes/kubernetes `pkg/credentialprovider/config.go`: of each entry of `auths`, `auth` or else `username`
//! and `password`; one `auth` that cannot be decoded costs the whole secret.

use base64::Engine as _;
use ecrpass_core::sort::sort_by_key;
use ecrpass_core::time::{EpochSeconds, duration};
use ecrpass_core::token::{BASE64, USERNAME};
use ecrpass_core::{DiagnosisId, Secret};
use ecrpass_json::{Document, Edit, InvalidDocument, quoted};

use super::Repair;
use super::change::{Change, HelperFailure, Safety};
use super::meaning::host_of;
use super::working::wrong_user;
use crate::docker_config::{AuthsEntry, DockerConfig, Format};

/// Who gives a password for a registry's host.
pub type AskPassword<'a> = dyn Fn(&str) -> Result<Secret, HelperFailure> + 'a;

/// How logins of pull secrets are renewed.
pub struct Renewal<'a> {
    /// The time.
    pub now: EpochSeconds,
    /// Whether a login goes that may still work.
    pub with_unsafe: bool,
    /// A fresh password for a registry; `None` where nobody is asked.
    pub password: Option<&'a AskPassword<'a>>,
}

/// What is wrong with an entry.
struct Fault {
    id: DiagnosisId,
    problem: String,
    safety: Safety,
}

/// Renews the logins of a pull secret's configuration.
///
/// # Errors
/// [`InvalidDocument`] when it is no configuration.
pub fn renew(text: &str, format: Format, renewal: &Renewal<'_>) -> Result<Repair, InvalidDocument> {
    let document = Document::parse(text)?;
    let config = DockerConfig::read(&document, format);
    let (mut changes, mut left, mut edits) = (Vec::new(), Vec::new(), Vec::new());
    for entry in config.auths_in_force().filter(|entry| !entry.credentials.is_empty()) {
        let change = |id: DiagnosisId, problem: String, fix: String, safety: Safety, optional: bool| Change {
            id,
            place: document.place(entry.span.start),
            problem: ecrpass_core::redact::redact(&problem).into_owned(),
            fix: ecrpass_core::redact::redact(&fix).into_owned(),
            safety,
            optional,
        };
        let Some(host) = host_of(&entry.key) else {
            if let Err(error) = entry.credentials.login_for_kubelet() {
                let problem = format!(
                    "the stored login for {} {error}: kubelets read no login of a secret that has one like it",
                    entry.key
                );
                let fix = "take it out, or put a valid one in its place".to_owned();
                left.push(change(DiagnosisId::StaleAuthEntry, problem, fix, Safety::Manual, false));
            }
            continue;
        };
        let Some(Fault { id, problem, safety }) = fault(entry, renewal.now) else {
            if let Some(at) = entry.credentials.expires_at() {
                let problem = format!(
                    "the login for {} is good for another {}; nothing renews it",
                    entry.key,
                    duration(at - renewal.now)
                );
                let fix = without_secret(&host);
                left.push(change(DiagnosisId::K8sPullSecretExpired, problem, fix, Safety::Manual, true));
            }
            continue;
        };
        let is_wanted = safety == Safety::Safe || renewal.with_unsafe;
        let (fix, safety) = match renewal.password {
            None => {
                let fix = "have a fresh token written in its place: run this without --offline".to_owned();
                (fix, Safety::Manual)
            }
            Some(_) if !is_wanted => ("put a fresh token in its place".to_owned(), safety),
            Some(password) => match password(&host) {
                Ok(password) => {
                    edits.extend(fresh(&document, entry, &password));
                    let fix = "put a fresh token in its place, good for 12 hours at most".to_owned();
                    changes.push(change(id, problem, fix, safety, false));
                    continue;
                }
                Err(HelperFailure { why, next, .. }) => {
                    let why = why.trim_end_matches('.').to_owned();
                    let fix = format!("there is no fresh token to put in its place: {why}. First: {next}");
                    (fix, Safety::Manual)
                }
            },
        };
        left.push(change(id, problem, fix, safety, false));
    }
    left.extend(helpers(&document, &config));
    sort_by_key(&mut left, |change| change.place);
    sort_by_key(&mut changes, |change: &Change| change.place);
    let edited = if edits.is_empty() { None } else { document.edited(&edits) };
    let document = edited.map_or(document, |(edited, _)| edited);
    Ok(Repair { document, changes, left })
}

/// How nodes pull without a secret.
fn without_secret(host: &str) -> String {
    format!(
        "have the kubelet ask for tokens itself, so that no secret is needed: ecrpass setup --client kubelet {host}"
    )
}

fn fault(entry: &AuthsEntry, now: EpochSeconds) -> Option<Fault> {
    let name = &entry.key;
    let of = |id: DiagnosisId, problem: String, safety: Safety| Some(Fault { id, problem, safety });
    match (entry.credentials.login_for_kubelet(), entry.credentials.expires_at()) {
        (Err(error), _) => of(
            DiagnosisId::StaleAuthEntry,
            format!("the stored login for {name} {error}: kubelets read no login of this secret"),
            Safety::Safe,
        ),
        (Ok(_), Some(at)) if at <= now => of(
            DiagnosisId::K8sPullSecretExpired,
            format!("the login for {name} expired {} ago", duration(now - at)),
            Safety::Safe,
        ),
        (Ok(None), _) => of(
            DiagnosisId::StaleAuthEntry,
            format!("the login for {name} lacks the user name or the password, and is not sent"),
            Safety::Safe,
        ),
        (Ok(Some(user)), _) if user != USERNAME => {
            of(DiagnosisId::WrongLoginUsernameOrPassword, wrong_user(name), Safety::Unsafe)
        }
        (Ok(Some(_)), _) => None,
    }
}

/// The edits that put a password in the place of a login's, in the fields that it has.
fn fresh(document: &Document, entry: &AuthsEntry, password: &Secret) -> Vec<Edit> {
    let fields =
        document.member(&entry.pointer).and_then(|member| member.value.members()).unwrap_or_default();
    let is = |name: &str, key: &str| key.eq_ignore_ascii_case(name);
    let auth = Secret::new(BASE64.encode(format!("{USERNAME}:{}", password.expose())));
    let mut edits = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let value = if is("auth", &field.key) {
            auth.expose()
        } else if is("username", &field.key) {
            USERNAME
        } else if is("password", &field.key) {
            password.expose()
        } else {
            continue;
        };
        edits.push(Edit::Set([entry.pointer.as_slice(), &[index]].concat(), quoted(value)));
    }
    let has_login = |field: &ecrpass_json::Member| is("auth", &field.key) || is("password", &field.key);
    if !fields.iter().any(has_login) {
        let value = ecrpass_json::New::Text(auth.expose().to_owned());
        edits.push(Edit::Insert { object: entry.pointer.clone(), key: "auth".to_owned(), value });
    }
    edits
}

/// A helper that a secret names for ECR: no kubelet asks it.
fn helpers(document: &Document, config: &DockerConfig) -> Option<Change> {
    let entry = config.cred_helpers.iter().find(|entry| host_of(&entry.key).is_some())?;
    let host = host_of(&entry.key)?;
    // Beside a login, it does no harm.
    let is_login = |login: &AuthsEntry| {
        !login.credentials.is_empty() && host_of(&login.key).is_some_and(|of| of == host)
    };
    Some(Change {
        id: DiagnosisId::ClientIgnoresCredHelper,
        place: document.place(entry.span.start),
        problem: "no kubelet asks a helper: `credHelpers` has no effect in a pull secret".to_owned(),
        fix: without_secret(&host),
        safety: Safety::Manual,
        optional: config.auths_in_force().any(is_login),
    })
}
