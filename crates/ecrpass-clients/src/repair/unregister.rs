//! Taking our helper's name out of a configuration again, and putting back what stood there before.

use ecrpass_core::registry::normalize_host;
use ecrpass_json::{Document, Edit, is_field, quoted};

use super::change::HELPERS;
use crate::docker_config::{DockerConfig, Format, HelperEntry};

/// An entry that named our helper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// The registry; `None` for the store of all of them.
    pub host: Option<String>,
    /// The name that it had.
    pub helper: String,
    /// The helper that stands there again; none where the entry goes.
    pub before: Option<String>,
}

/// A configuration in which our helper is not named any more.
#[derive(Debug)]
pub struct Unregistered {
    /// The configuration.
    pub document: Document,
    /// The entries that named it.
    pub withdrawn: Vec<Withdrawn>,
    /// Entries with the common name which nobody can tell who wrote: they stay.
    pub left: usize,
}

/// Takes our helper out of a file in that format. `former` is the file as it was before ecrpass changed it first, where a
/// copy says so.
///
/// The name that is ours alone goes in any case. The common one is Amazon's, too: it goes only where the copy proves that
/// it was not there before.
pub fn unregister(document: Document, format: Format, former: Option<&Document>) -> Unregistered {
    let config = DockerConfig::read(&document, format);
    let old = former.map(|former| DockerConfig::read(former, format));
    let mut edits = Vec::new();
    let mut withdrawn = Vec::new();
    let mut left = 0;
    for entry in &config.cred_helpers {
        let before = old.as_ref().and_then(|old| meant(old, &entry.key)).map(|entry| entry.helper.clone());
        match judge(&entry.helper, old.is_some(), before) {
            Judgement::NotOurs => {}
            Judgement::Unknown => left += 1,
            Judgement::Ours(before) => {
                edits.push(edit(entry.pointer.clone(), before.as_deref(), format));
                let (host, helper) = (Some(entry.key.clone()), entry.helper.clone());
                withdrawn.push(Withdrawn { host, helper, before });
            }
        }
    }
    if let Some(store) = &config.creds_store {
        let before = old.as_ref().and_then(|old| old.creds_store.as_ref()).map(|store| store.helper.clone());
        match judge(&store.helper, old.is_some(), before) {
            Judgement::NotOurs => {}
            Judgement::Unknown => left += 1,
            Judgement::Ours(before) => {
                edits.push(edit(store.pointer.clone(), before.as_deref(), format));
                withdrawn.push(Withdrawn { host: None, helper: store.helper.clone(), before });
            }
        }
    }
    let edited = if edits.is_empty() { None } else { document.edited(&edits).map(|(edited, _)| edited) };
    let Some(edited) = edited else {
        return Unregistered { document, withdrawn: Vec::new(), left: left + withdrawn.len() };
    };
    let had_object = former.is_some_and(|former| empty_helpers(former, false).is_some());
    let document = match empty_helpers(&edited, true).filter(|_| !had_object) {
        Some(index) => edited.remove(&[index]).unwrap_or(edited),
        None => edited,
    };
    Unregistered { document, withdrawn, left }
}

/// Whose entry it is.
enum Judgement {
    NotOurs,
    /// The common name, and no copy that tells who wrote it.
    Unknown,
    /// Ours, and what stood there before.
    Ours(Option<String>),
}

fn judge(helper: &str, is_known: bool, before: Option<String>) -> Judgement {
    let [own, common] = HELPERS;
    let is_own = helper == own;
    if !is_own && helper != common {
        return Judgement::NotOurs;
    }
    match before {
        Some(before) if before == helper && !is_own => Judgement::NotOurs,
        before if is_own || is_known => Judgement::Ours(before.filter(|before| before != own)),
        _ => Judgement::Unknown,
    }
}

fn edit(pointer: Vec<usize>, before: Option<&str>, format: Format) -> Edit {
    match before {
        // regctl names programs. Source: regclient `config/credhelper.go#run`.
        Some(before) if format == Format::Regctl => {
            Edit::Set(pointer, quoted(&format!("docker-credential-{before}")))
        }
        Some(before) => Edit::Set(pointer, quoted(before)),
        None => Edit::Remove(pointer),
    }
}

/// The entry for the same registry, however its key was written.
fn meant<'a>(config: &'a DockerConfig, key: &str) -> Option<&'a HelperEntry> {
    let host = normalize_host(key);
    let same = || config.cred_helpers.iter().rev().find(|entry| normalize_host(&entry.key) == host);
    config.helper_for(key).or_else(same)
}

/// The place of `credHelpers`; where `empty` is set, only of one that has nothing in it.
fn empty_helpers(document: &Document, empty: bool) -> Option<usize> {
    let members = document.root().members()?;
    members.iter().rposition(|member| {
        is_field(&member.key, "credHelpers")
            && member.value.members().is_some_and(|entries| !empty || entries.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(now: &str, former: Option<&str>) -> (String, usize, usize) {
        let former = former.map(|text| Document::parse(text).unwrap());
        let done = unregister(Document::parse(now).unwrap(), Format::Current, former.as_ref());
        (done.document.text().to_owned(), done.withdrawn.len(), done.left)
    }

    const H: &str = "1.dkr.ecr.eu-west-1.amazonaws.com";

    #[test]
    fn only_what_names_our_helper_goes() {
        let now = format!(
            r#"{{"auths": {{"ghcr.io": {{"auth": "dTpw"}}}}, "credHelpers": {{"{H}": "ecrpass", "gcr.io": "gcloud"}}}}"#
        );
        let then = r#"{"auths": {"ghcr.io": {"auth": "dTpw"}}, "credHelpers": {"gcr.io": "gcloud"}}"#;
        assert_eq!(text(&now, None), (then.to_owned(), 1, 0));
        assert_eq!(text(then, None), (then.to_owned(), 0, 0));
        assert_eq!(text("{}", None), ("{}".to_owned(), 0, 0));
    }

    #[test]
    fn regctls_settings_of_a_host_stay() {
        let entry = |helper: &str| format!(r#"{{"hosts": {{"{H}": {{{helper}"tls": "enabled"}}}}}}"#);
        let helper = |name: &str| entry(&format!(r#""credHelper": "docker-credential-{name}", "#));
        let text = |now: &str, former: Option<&str>| {
            let former = former.map(|text| Document::parse(text).unwrap());
            let done = unregister(Document::parse(now).unwrap(), Format::Regctl, former.as_ref());
            (done.document.text().to_owned(), done.withdrawn.len(), done.left)
        };
        assert_eq!(text(&helper("ecrpass"), None), (entry(""), 1, 0));
        assert_eq!(text(&helper("ecr-login"), None), (helper("ecr-login"), 0, 1));
        assert_eq!(text(&helper("ecrpass"), Some(&helper("ecr-login"))), (helper("ecr-login"), 1, 0));
        assert_eq!(text(&helper("gcloud"), None), (helper("gcloud"), 0, 0));
    }

    #[test]
    fn an_object_that_was_made_for_it_goes_too() {
        let now = format!(
            "{{\n  \"psFormat\": \"x\",\n  \"credHelpers\": {{\n    \"{H}\": \"ecrpass\"\n  }}\n}}\n"
        );
        assert_eq!(text(&now, Some("{\"psFormat\": \"x\"}")).0, "{\n  \"psFormat\": \"x\"\n}\n");
        // One that was there before stays.
        let now = format!(r#"{{"credHelpers": {{"{H}": "ecrpass"}}}}"#);
        assert_eq!(text(&now, Some(r#"{"credHelpers": {}}"#)).0, r#"{"credHelpers": {}}"#);
        assert_eq!(text(&now, Some("{}")).0, "{}");
    }

    #[test]
    fn what_stood_there_before_stands_there_again() {
        let entry = |helper: &str| format!(r#"{{"credHelpers": {{"{H}": "{helper}"}}}}"#);
        assert_eq!(text(&entry("ecrpass"), Some(&entry("ecr-login"))).0, entry("ecr-login"));
        assert_eq!(text(&entry("ecrpass"), Some(&entry("ecr"))).0, entry("ecr"));
        let store = |helper: &str| format!(r#"{{"credsStore": "{helper}"}}"#);
        assert_eq!(text(&store("ecrpass"), Some(&store("pass"))).0, store("pass"));
        assert_eq!(text(&store("ecrpass"), None).0, "{}");
        // An older copy that has our name, too, tells nothing of what was before that.
        assert_eq!(text(&entry("ecrpass"), Some(&entry("ecrpass"))).1, 1);
    }

    #[test]
    fn the_common_name_is_amazons_unless_a_copy_says_otherwise() {
        let entry = |helper: &str| format!(r#"{{"credHelpers": {{"{H}": "{helper}"}}}}"#);
        assert_eq!(text(&entry("ecr-login"), None), (entry("ecr-login"), 0, 1));
        assert_eq!(text(&entry("ecr-login"), Some(&entry("ecr-login"))), (entry("ecr-login"), 0, 0));
        assert_eq!(text(&entry("ecr-login"), Some("{}")), ("{}".to_owned(), 1, 0));
        // It was there under a key that no client matched.
        let misspelt = format!(r#"{{"credHelpers": {{"https://{H}": "ecr-login"}}}}"#);
        assert_eq!(text(&entry("ecr-login"), Some(&misspelt)), (entry("ecr-login"), 0, 0));
    }
}
