//! Renews the logins of pull secrets where they stand in a manifest: only the value is written anew, everything around it
//! stays byte for byte.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use docker_credential_ecr_login::authorization_token;
use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_clients::repair::{Change, HelperFailure, Renewal, Repair, Safety, renew};
use ecrpass_core::{DiagnosisId, Secret};
use ecrpass_diagnosis::inputs::secret_text::{SecretText, secret_texts, with_secret_text};
use ecrpass_json::Document;
use zeroize::Zeroizing;

/// What came of a file that is made for kubelets.
pub struct RenewedSecrets {
    /// Its text.
    pub old: Zeroizing<String>,
    /// The text with fresh tokens in it.
    pub new: Zeroizing<String>,
    /// Each secret in it.
    pub secrets: Vec<RenewedSecret>,
}

/// A pull secret, and what came of it.
pub struct RenewedSecret {
    /// What it is called where the file holds manifests.
    pub name: Option<String>,
    /// The form of its configuration.
    pub format: Format,
    /// Its configuration as it was.
    pub old: Zeroizing<String>,
    /// What was made of it.
    pub repair: Repair,
}

impl RenewedSecrets {
    /// Whether a secret has a login in it, whatever it is for.
    #[cfg_attr(not(unix), expect(dead_code, reason = "what is made of it is about modes"))]
    pub fn have_passwords(&self) -> bool {
        let has_password = |secret: &RenewedSecret| {
            let config = DockerConfig::read(&secret.repair.document, secret.format);
            config.auths.iter().any(|entry| !entry.credentials.is_empty())
        };
        self.secrets.iter().any(has_password)
    }

    /// Whether a token was put in.
    pub fn is_changed(&self) -> bool {
        self.new.as_str() != self.old.as_str()
    }
}

/// Whether a file is made for kubelets: a secret's manifest, or what is in one.
pub fn is_pull_secret(path: &Path, text: &str) -> bool {
    is_inner(path) || is_manifest(text)
}

/// Whether a text is a secret's manifest.
pub fn is_manifest(text: &str) -> bool {
    let is_secret = text.contains("kind") && text.contains("Secret") && text.contains("apiVersion");
    is_secret && [".dockerconfigjson", ".dockercfg"].iter().any(|key| text.contains(key))
}

/// Whether it is what is in a secret, by itself: as `kubectl create secret generic --from-file` takes it.
fn is_inner(path: &Path) -> bool {
    path.file_name().unwrap_or_default().to_string_lossy().ends_with("dockerconfigjson")
}

/// Renews the logins of a file; `None` for one whose secrets cannot be found in it.
pub fn renewed(path: &Path, text: &str, offline: bool, with_unsafe: bool) -> Option<RenewedSecrets> {
    let asked: RefCell<HashMap<String, Result<Secret, HelperFailure>>> = RefCell::default();
    let password = |host: &str| -> Result<Secret, HelperFailure> {
        if let Some(known) = asked.borrow().get(host) {
            return known.clone();
        }
        let token = authorization_token(host).map(|token| token.password).map_err(|refusal| HelperFailure {
            id: Some(refusal.id),
            why: refusal.what.clone(),
            next: refusal.next.to_string(),
        });
        asked.borrow_mut().insert(host.to_owned(), token.clone());
        token
    };
    let renewal = Renewal {
        now: ecrpass_aws::clock::now(),
        with_unsafe,
        password: if offline { None } else { Some(&password) },
    };
    if is_inner(path) {
        let repair = renew(text, Format::Current, &renewal).ok()?;
        let new = Zeroizing::new(repair.document.text().to_owned());
        let old = Zeroizing::new(text.to_owned());
        let secrets = vec![RenewedSecret { name: None, format: Format::Current, old: old.clone(), repair }];
        return Some(RenewedSecrets { old, new, secrets });
    }
    let found = secret_texts(text).filter(|found| !found.is_empty())?;
    let mut new = Zeroizing::new(text.to_owned());
    let mut secrets = Vec::new();
    for (index, secret) in found.iter().enumerate() {
        let old = match &secret.text {
            Ok(old) => Zeroizing::new(old.expose().to_owned()),
            Err(why) => {
                secrets.push(unreadable(secret, why)?);
                continue;
            }
        };
        let mut repair = match renew(&old, secret.format, &renewal) {
            Ok(repair) => repair,
            Err(_) => {
                secrets.push(unreadable(secret, "it is not valid JSON")?);
                continue;
            }
        };
        if !repair.changes.is_empty() {
            match with_secret_text(&new, index, repair.document.text()) {
                Some(written) => new = Zeroizing::new(written.expose().to_owned()),
                None => by_hand(&mut repair, &old)?,
            }
        }
        // In base64 there are no lines to point to.
        for change in repair.changes.iter_mut().chain(&mut repair.left) {
            change.place = secret.place;
        }
        secrets.push(RenewedSecret { name: Some(name(secret)), format: secret.format, old, repair });
    }
    Some(RenewedSecrets { old: Zeroizing::new(text.to_owned()), new, secrets })
}

fn name(secret: &SecretText) -> String {
    match &secret.namespace {
        Some(namespace) => format!("Secret {} of namespace {namespace}", secret.name),
        None => format!("Secret {}", secret.name),
    }
}

/// A secret that says nothing to anybody.
fn unreadable(secret: &SecretText, why: &str) -> Option<RenewedSecret> {
    let change = Change {
        id: DiagnosisId::ConfigJsonInvalid,
        place: secret.place,
        problem: format!("no kubelet can read the logins of this secret: {why}"),
        fix: "create the secret again".to_owned(),
        safety: Safety::Manual,
        optional: why.contains("filled in later"),
    };
    let repair = Repair { document: Document::parse("{}").ok()?, changes: Vec::new(), left: vec![change] };
    let old = Zeroizing::new("{}".to_owned());
    Some(RenewedSecret { name: Some(name(secret)), format: secret.format, old, repair })
}

/// What cannot be written the way the value is written is left.
fn by_hand(repair: &mut Repair, old: &str) -> Option<()> {
    repair.document = Document::parse(old).ok()?;
    for mut change in std::mem::take(&mut repair.changes) {
        change.safety = Safety::Manual;
        change.fix =
            "put a fresh token in its place: the way this value is quoted leaves no room for it here, so \
                      write it as `data` in base64 or as a block (`|`)"
                .to_owned();
        repair.left.push(change);
    }
    Some(())
}
