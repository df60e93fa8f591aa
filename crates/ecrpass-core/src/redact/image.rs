//! Image references, which look like a name and a secret where a repository is called `auth-token`: `HOST/auth-token:1.2`.
//!
//! A tag is right behind its colon, as no value in YAML is, and in front of the name is a registry or the word `image`.

use super::shape;
use super::word::Around;

/// How long a tag may be. Source: OCI distribution specification, "Pulling manifests".
const LONGEST_TAG: usize = 128;

/// How long a host may be. Source: RFC 1035.
const LONGEST_HOST: usize = 253;

/// Registries that everybody uses, beside those of ECR; and what the others' hosts end with.
const REGISTRIES: [&str; 12] = [
    "public.ecr.aws",
    "ecr-public.aws.com",
    "docker.io",
    "index.docker.io",
    "registry-1.docker.io",
    "ghcr.io",
    "quay.io",
    "gcr.io",
    "registry.k8s.io",
    "k8s.gcr.io",
    "mcr.microsoft.com",
    "registry.gitlab.com",
];
const REGISTRIES_END: [&str; 3] = [".gcr.io", ".pkg.dev", ".azurecr.io"];

/// How ECR's private hosts go on behind the account.
const ECR: [&str; 4] = [".dkr.ecr.", ".dkr.ecr-fips.", ".dkr-ecr.", ".dkr-ecr-fips."];

/// What is said right before an image, in quotes or behind a colon.
const FIELDS: [&str; 2] = ["image", "reference"];

/// Commands before an image.
const COMMANDS: [&str; 7] = [
    "docker pull ",
    "docker push ",
    "podman pull ",
    "podman push ",
    "nerdctl pull ",
    "crictl pull ",
    "crictl inspecti ",
];

/// Whether a word is the name in an image reference, so that what is behind its colon is no secret.
pub(super) fn is_one(text: &str, around: &Around<'_>, start: usize, end: usize) -> bool {
    let Some(behind) = text.get(end..).and_then(|rest| rest.strip_prefix(':')) else { return false };
    let begin = beginning(text, start);
    // Source: OCI distribution specification: names are in lower case.
    let is_of_a_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"./_-:".contains(&b);
    let Some(name) = text.get(begin..end).filter(|name| name.bytes().all(is_of_a_name)) else { return false };
    if let Some(message) = behind.strip_prefix(' ') {
        let before = around.line_before(begin);
        let is_key = before.trim_matches([' ', '\t', '-', '?', '"', '\'']).is_empty();
        return !is_key && is_of_a_registry(name) && begins_a_message(message);
    }
    is_tag(behind) && (is_of_a_registry(name) || is_announced(around.line_before(begin)))
}

/// Where a reference begins whose word begins behind the colon of a port: `host:5000/name`.
fn beginning(text: &str, start: usize) -> usize {
    let is_port = |word: &str| {
        word.split_once('/').is_some_and(|(port, _)| {
            !port.is_empty() && port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit())
        })
    };
    let (Some(before), Some(word)) = (text.get(..start), text.get(start..)) else { return start };
    let Some(host) = before.strip_suffix(':').filter(|_| is_port(word)) else { return start };
    let is_of_a_host = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    host.len() - host.bytes().rev().take(LONGEST_HOST).take_while(is_of_a_host).count()
}

/// Whether a reference begins with a registry that is known to be one.
fn is_of_a_registry(name: &str) -> bool {
    let Some((host, path)) = name.trim_start_matches('/').split_once('/') else { return false };
    let host = host.split(':').next().unwrap_or_default();
    let is_ecr = || {
        let account = host.bytes().take_while(u8::is_ascii_digit).count();
        let of_ecr = host.get(account..).unwrap_or_default();
        account == 12 && ECR.iter().any(|name| of_ecr.starts_with(name))
    };
    let is_known = REGISTRIES.contains(&host) || REGISTRIES_END.iter().any(|end| host.ends_with(end));
    !path.is_empty() && (is_known || is_ecr())
}

/// Whether what is behind a colon is a tag: as far as it may be one, with nothing behind it that a secret goes on with.
fn is_tag(behind: &str) -> bool {
    let is_of_a_tag = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    let length = behind.bytes().take_while(is_of_a_tag).count();
    let tag = behind.get(..length).unwrap_or_default();
    let rest = behind.get(length..).unwrap_or_default();
    let goes_on = match rest.strip_prefix(':') {
        // `HOST/name:tag: not found`
        Some(rest) => !(rest.is_empty() || rest.starts_with([' ', '\n', '"', '\'', '\\'])),
        None => rest.starts_with(|c: char| "+/%~=@!#$^*&{[(?".contains(c) || !c.is_ascii()),
    };
    (1..=LONGEST_TAG).contains(&length)
        && !tag.starts_with(['.', '-'])
        && !shape::is_secret(tag)
        && (!goes_on || rest.starts_with("@sha256:"))
}

/// Whether the line says that an image comes next: `image "`, `"image":"`, `Image:   `, `docker pull `.
fn is_announced(before: &str) -> bool {
    if COMMANDS.iter().any(|command| before.ends_with(command)) || before == "FROM " {
        return true;
    }
    let said = before.trim_end_matches(['"', '\'', '\\', ' ', '\t', ':', '=']);
    let between = before.get(said.len()..).unwrap_or_default();
    let is_field = FIELDS.iter().any(|field| {
        let at = said.len().checked_sub(field.len());
        at.and_then(|at| said.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(field))
    });
    is_field && between.contains(['"', '\'', ':', '='])
}

/// Whether a message begins: `HOST/name: StatusCode: 403`, `HOST/name: name unknown`.
fn begins_a_message(rest: &str) -> bool {
    let word = rest.split([' ', '\n', '\t']).next().unwrap_or_default();
    let letters = word.trim_end_matches([':', ',']);
    let is_word = (2..=20).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_alphabetic());
    let is_plain = letters.get(1..).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_lowercase()));
    is_word && (is_plain || word.ends_with(':'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::redact::{REDACTED, redact, redact_image};

    const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

    #[test]
    fn a_tag_is_no_secret_whatever_the_repository_is_called() {
        for name in
            ["team/auth-token:1.2", "api-secret:7f3a9c2", "vault-password:v1.2.3-rc1", "ns/app_pass:20250101"]
        {
            for text in [
                format!("{HOST}/{name}"),
                format!("{HOST}:443/{name}"),
                format!("{HOST}/{name}@sha256:9f86d081884c7d65"),
                format!("failed to resolve reference \"{HOST}/{name}\": {HOST}/{name}: not found"),
                format!(r#"{{"message":"failed to pull image \"{HOST}/{name}\": 403"}}"#),
                format!("Back-off pulling image \"{name}\""),
                format!("failed to pull and unpack image \"registry.example.com:5000/{name}\": x"),
                format!(r#"{{"image":"{name}","imageID":""}}"#),
                format!("    Image:          {name}\n"),
                format!("  - image: {name} # the newest"),
                format!("docker pull {name}\ndocker push ghcr.io/{name}"),
                format!("FROM {name}\nRUN make"),
            ] {
                assert_eq!(redact(&text), text);
            }
            assert_eq!(
                redact_image(&format!("harbor.example.com/{name}")),
                format!("harbor.example.com/{name}")
            );
        }
        for text in [
            format!("reading manifest 1.2 in {HOST}/team/auth-token: StatusCode: 403"),
            format!(
                "initializing source docker://{HOST}/team/auth-token:1.2: reading manifest 1.2 in {HOST}/team/auth-token: name unknown: x"
            ),
            format!("{HOST}/team/auth-token:1.2: denied: User is not authorized"),
        ] {
            assert_eq!(redact(&text), text);
        }
    }

    #[test]
    fn what_only_looks_like_an_image_goes() {
        for text in [
            "api-secret:hunter2",
            "team/auth-token:hunter2",
            "password:hunter2",
            "h.example/auth-token:hunter2",
            "h.example:5000/auth-token:hunter2",
            "example.com/auth-token: hunter2",
            "  example.com/auth-token: hunter2\n",
            "image auth-token:hunter2",
            "image: auth-token: hunter2",
            "image: app\nauth-token:hunter2",
            "image: app, auth-token:hunter2",
            "image: API_TOKEN:hunter2",
            "image: AWS:hunter2",
            "image: registry-token:hunter2@h.example/app",
            "image: auth-token:hunter2=",
            "image: auth-token:hunter2/x",
            "image: auth-token=hunter2",
            "image: auth-token:ghp_hunter2secrethunter2secrethunter2se",
        ] {
            assert!(!redact(text).contains("hunter2"), "{}", redact(text));
        }
        for text in [
            format!("{HOST}/auth-token: hunter2"),
            format!("  {HOST}/auth-token: Hunter\n  b: c").replace("Hunter", "hunter2"),
            format!("creds of {HOST}/auth-token: hunter2"),
            format!("{{\"{HOST}/auth-token\":\"hunter2\"}}"),
            format!("{HOST}/auth-token=hunter2"),
            format!("https://u:hunter2@{HOST}/auth-token:1"),
            format!("image: {HOST}/app:1\npassword: hunter2"),
            format!("{HOST}/auth-token:1 password:hunter2"),
            format!("{HOST}/auth-token:hunter2%2B"),
        ] {
            assert!(!redact(&text).contains("hunter2"), "{}", redact(&text));
        }
        let token = format!("eyJ{}", "Ab3/".repeat(60));
        assert!(
            redact_image(&format!(
                "{HOST}/auth-token:{}",
                token.get(..100).unwrap_or_default().replace('/', "x")
            ))
            .contains(REDACTED)
        );
        assert!(!redact_image("https://u:hunter2@h.example/app:1").contains("hunter2"));
    }

    proptest! {
        /// Only a tag that an image may have is shown, and none behind a name that is not one.
        #[test]
        fn any_value_of_a_name_goes(name in "(api|x|my)[-_](token|secret|password)", value in "[A-Z][a-z0-9]{5,9}[0-9]", before in "[a-z]{0,6}[ ,;\n]", gap in prop::sample::select(vec![": ", "=", " = ", ":", ": \""])) {
            let text = format!("{before}{name}{gap}{value}");
            prop_assert!(!redact(&text).contains(&value), "{}", text);
        }
    }
}
