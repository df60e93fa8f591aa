//! Reads pull secrets of Kubernetes. Their passwords are decoded for the time they expire at, and go no further.
//!
//! Sources: Kubernetes, "Secrets", types `kubernetes.io/dockerconfigjson` and `kubernetes.io/dockercfg`;
//! kubernetes/kubernetes `pkg/credentialprovider/secrets/secrets.go#MakeDockerKeyring`.

use base64::Engine as _;
use ecrpass_clients::docker_config::{Dialect, DockerConfig, Format, StoredLogin};
use ecrpass_core::token::{BASE64, USERNAME};
use ecrpass_json::Document;

use super::context::Context;
use super::pull_secret::{LoginTrouble, PullSecret, SecretContents, SecretLogin};
use super::tree::Node;

/// The fields that hold logins, and the form they have there.
pub(super) const FIELDS: [(&str, Format); 2] =
    [(".dockerconfigjson", Format::Current), (".dockercfg", Format::Legacy)];

/// The type of a secret with such a field.
const TYPE: &str = "kubernetes.io/";

/// Reads a Secret; `None` for one that has nothing to do with registries.
pub fn read(context: &Context, secret: &Node) -> Option<PullSecret> {
    let metadata = secret.get("metadata");
    let owned = |key: &str| metadata.and_then(|metadata| metadata.owned(key));
    let (field, place, (contents, entries)) = FIELDS.into_iter().find_map(|(field, format)| {
        // The API server writes `stringData` over `data`.
        if let Some(plain) = secret.at(&["stringData", field]) {
            return Some((field, plain.at, contents(plain.text().unwrap_or_default(), format)));
        }
        let encoded = secret.at(&["data", field])?;
        Some((field, encoded.at, decoded(encoded.text().unwrap_or_default(), format)))
    })?;
    let right = format!("{TYPE}{}", field.trim_start_matches('.'));
    // Where a file names none, somebody may still be about to say.
    let contents = match secret.text_of("type").filter(|kind| *kind != right) {
        Some(kind) => {
            let kind = ecrpass_core::redact::redact(kind);
            SecretContents::PassedOver(format!("its type is {kind}, not {right}"))
        }
        None => contents,
    };
    Some(PullSecret {
        name: owned("name").unwrap_or_else(|| "?".to_owned()),
        namespace: owned("namespace"),
        place: context.place(place),
        contents,
        entries,
        has_more: ["data", "stringData"].into_iter().any(|fields| {
            let fields = secret.get(fields).and_then(Node::members).unwrap_or_default();
            fields.iter().any(|(name, _)| name != field)
        }),
    })
}

/// What the kubelet finds, and all logins that are there.
type Found = (SecretContents, Vec<SecretLogin>);

fn decoded(text: &str, format: Format) -> Found {
    let packed: String = text.split_ascii_whitespace().collect();
    if is_filled_in_later(&packed) {
        return unreadable("it is filled in later, by a template");
    }
    let Ok(bytes) = BASE64.decode(packed.as_bytes()) else { return unreadable("it is not valid base64") };
    match String::from_utf8(bytes) {
        Ok(text) => contents(&text, format),
        Err(_) => unreadable("it is not text"),
    }
}

/// Whether a template or a script puts the value in.
pub(super) fn is_filled_in_later(encoded: &str) -> bool {
    encoded.contains('<') || encoded.contains("{{") || encoded.contains('$')
}

fn contents(text: &str, format: Format) -> Found {
    let document = match Document::parse(text) {
        Ok(document) => document,
        // Its message may quote what stands there.
        Err(error) => {
            return unreadable(&format!(
                "it is not valid JSON at line {}, column {}",
                error.place.line, error.place.column
            ));
        }
    };
    let config = DockerConfig::read_as(&document, format, Dialect::Go);
    let mut entries = Vec::new();
    let mut broken = None;
    for entry in config.auths_in_force().filter(|entry| !entry.credentials.is_empty()) {
        let key = ecrpass_core::redact::redact(&entry.key).into_owned();
        let login = entry.credentials.login_for_kubelet();
        let trouble = match &login {
            Ok(user) => trouble(user.as_deref(), entry.credentials.login().ok().flatten()),
            // One that cannot be decoded costs the kubelet the whole secret.
            Err(_) => {
                broken.get_or_insert_with(|| format!("the `auth` of {} cannot be decoded", entry.key));
                Some(LoginTrouble::Undecodable)
            }
        };
        entries.push(SecretLogin { key, expires_at: entry.credentials.expires_at(), trouble });
    }
    match broken {
        Some(why) => (unreadable(&why).0, entries),
        None => (SecretContents::Logins(entries.clone()), entries),
    }
}

/// Why ECR does not take a login.
fn trouble(user: Option<&str>, login: Option<&StoredLogin>) -> Option<LoginTrouble> {
    let is_key = |user: &str| {
        user.len() == 20
            && (user.starts_with("AKIA") || user.starts_with("ASIA"))
            && user.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    match user? {
        user if is_key(user) => Some(LoginTrouble::AccessKey),
        user if user != USERNAME => Some(LoginTrouble::OtherUser),
        _ => login.is_some_and(|login| login.is_altered).then_some(LoginTrouble::Altered),
    }
}

fn unreadable(why: &str) -> Found {
    (SecretContents::Unreadable(ecrpass_core::redact::redact(why).into_owned()), Vec::new())
}

#[cfg(test)]
mod tests {
    use super::super::{DeploymentKind, Puller, read};
    use super::*;

    const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

    fn password(expiration: i64) -> String {
        BASE64.encode(format!(r#"{{"payload":"p","expiration":{expiration}}}"#))
    }

    fn login(password: &str) -> String {
        let auth = BASE64.encode(format!("AWS:{password}"));
        format!(r#"{{"auths":{{"{HOST}":{{"auth":"{auth}"}}}}}}"#)
    }

    fn secret(field: &str, value: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: regcred, namespace: shop}}\ntype: kubernetes.io/dockerconfigjson\n{field}:\n  .dockerconfigjson: '{value}'\n"
        )
    }

    fn secrets(text: &str) -> Vec<PullSecret> {
        let document = read("all.yaml", text, &|_| None).unwrap();
        assert_eq!(document.kind, DeploymentKind::Kubernetes);
        let pods = document.targets.into_iter().map(|target| match target.puller {
            Puller::Kubelet(pod) => pod.secrets,
            other => panic!("{other:?}"),
        });
        pods.flatten().collect()
    }

    #[test]
    fn the_expiry_of_a_login_is_read_in_both_fields() {
        let json = login(&password(1_757_147_299));
        for text in [secret("data", &BASE64.encode(&json)), secret("stringData", &json)] {
            let found = secrets(&text);
            let [secret] = found.as_slice() else { panic!("{found:?}") };
            assert_eq!((secret.name.as_str(), secret.namespace.as_deref()), ("regcred", Some("shop")));
            let logins =
                vec![SecretLogin { key: HOST.to_owned(), expires_at: Some(1_757_147_299), trouble: None }];
            assert_eq!(secret.contents, SecretContents::Logins(logins));
            assert_eq!(secret.place.line, 6);
        }
    }

    #[test]
    fn what_no_password_of_ecr_has_is_told_without_the_password() {
        for (user, password, trouble) in [
            ("AWS", "$(aws ecr get-login-password)", Some(LoginTrouble::Altered)),
            ("AKIAIOSFODNN7EXAMPLE", "x", Some(LoginTrouble::AccessKey)),
            ("me", "x", Some(LoginTrouble::OtherUser)),
            ("AWS", "x", None),
        ] {
            let auth = BASE64.encode(format!("{user}:{password}"));
            let json = format!(r#"{{"auths":{{"{HOST}":{{"auth":"{auth}"}}}}}}"#);
            let text = secret("data", &BASE64.encode(json)) + "  more: eA==\n";
            let found = secrets(&text);
            let [secret] = found.as_slice() else { panic!("{found:?}") };
            assert_eq!((secret.entries[0].trouble, secret.has_more), (trouble, true));
        }
    }

    #[test]
    fn a_pod_is_given_the_secrets_it_names_in_its_namespace() {
        let pod = format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: NAMESPACE}}\nspec:\n  imagePullSecrets: [{{name: regcred}}, {{name: other}}]\n  containers: [{{image: {HOST}/web:1}}]\n"
        );
        let text = secret("stringData", &login(&password(1))) + &pod.replace("NAMESPACE", "shop");
        let document = read("all.yaml", &text, &|_| None).unwrap();
        let [target] = document.targets.as_slice() else { panic!("{document:?}") };
        let Puller::Kubelet(pod_found) = &target.puller else { panic!("{target:?}") };
        assert_eq!((pod_found.pull_secrets.len(), pod_found.secrets.len()), (2, 1));
        let elsewhere = secret("stringData", &login(&password(1))) + &pod.replace("NAMESPACE", "bar");
        let document = read("all.yaml", &elsewhere, &|_| None).unwrap();
        // The secret is of nobody here, so it stands for itself.
        assert_eq!(document.targets.len(), 2);
    }

    #[test]
    fn what_the_kubelet_cannot_read_is_said_without_repeating_it() {
        let bad = r#"{"auths":{"h.example":{"auth":"%hunter22%"}}}"#;
        for (text, why) in [
            (secret("data", "hunter22!"), "it is not valid base64"),
            (secret("data", &BASE64.encode("hunter22")), "it is not valid JSON at line 1, column 1"),
            (secret("data", "${B64}"), "it is filled in later, by a template"),
            (secret("stringData", bad), "the `auth` of h.example cannot be decoded"),
        ] {
            let pod = format!(
                "---\nkind: Pod\napiVersion: v1\nmetadata: {{namespace: shop}}\nspec: {{imagePullSecrets: [{{name: regcred}}], containers: [{{image: {HOST}/web:1}}]}}\n"
            );
            let found = secrets(&(text + &pod));
            assert_eq!(found[0].contents, SecretContents::Unreadable(why.to_owned()));
        }
    }

    #[test]
    fn a_secret_of_another_type_is_passed_over() {
        let text = secret("stringData", &login(&password(1))).replace("dockerconfigjson\n", "Opaque\n");
        let text = text.replace("type: kubernetes.io/Opaque", "type: Opaque");
        let pod = format!(
            "---\nkind: Pod\napiVersion: v1\nmetadata: {{namespace: shop}}\nspec: {{imagePullSecrets: [{{name: regcred}}], containers: [{{image: {HOST}/web:1}}]}}\n"
        );
        let found = secrets(&(text + &pod));
        let why = "its type is Opaque, not kubernetes.io/dockerconfigjson";
        assert_eq!(found[0].contents, SecretContents::PassedOver(why.to_owned()));
    }

    #[test]
    fn other_secrets_are_none_of_ours() {
        let text = format!(
            "kind: Secret\napiVersion: v1\nmetadata: {{name: db}}\ndata: {{password: eA==}}\n---\nkind: Pod\napiVersion: v1\nspec: {{containers: [{{image: {HOST}/web:1}}]}}\n"
        );
        assert!(secrets(&text).is_empty());
    }
}
