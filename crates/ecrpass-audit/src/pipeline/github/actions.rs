//! What known actions do with registries and credentials. Sources: the READMEs and `action.yml` of the actions, August 2026.

use crate::arn;
use crate::deed::What;
use crate::host;
use crate::known::Known;
use crate::pipeline::model::Uses;
use crate::pipeline::suggests;

/// Whose credentials are in place, as far as it is known.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub account: Known,
    pub region: Known,
}

impl Default for Identity {
    fn default() -> Self {
        Self { account: Known::Unknown, region: Known::Unknown }
    }
}

/// What an action did.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub deeds: Vec<What>,
    /// The credentials it put in place.
    pub identity: Option<Identity>,
    pub outputs: Vec<(&'static str, Known)>,
}

/// Owners whose actions log in to other things than ECR, whatever they are called.
const OF_OTHERS: [&str; 8] = [
    "actions/",
    "azure/",
    "google-github-actions/",
    "github/",
    "hashicorp/",
    "slackapi/",
    "codecov/",
    "sigstore/",
];

/// Actions with `docker` or `aws` in their name that log in nowhere.
const QUIET: [&str; 9] = [
    "docker/setup-buildx-action",
    "docker/setup-qemu-action",
    "docker/setup-docker-action",
    "docker/setup-compose-action",
    "docker/bake-action",
    "docker/scout-action",
    "docker/metadata-action",
    "peter-evans/dockerhub-description",
    "hadolint/hadolint-action",
];

/// What the use of an action of another repository does, with that identity in place.
pub(super) fn done(uses: &Uses, now: &Identity) -> Done {
    let name = uses.name.to_ascii_lowercase();
    if is_configure(&name) {
        return configured(uses, now);
    }
    match name.as_str() {
        "aws-actions/amazon-ecr-login" => logged_in(uses, now),
        "docker/login-action" | "redhat-actions/podman-login" | "azure/docker-login" => {
            let what = login(uses);
            Done { deeds: vec![what], ..Done::default() }
        }
        "docker/build-push-action" => Done { deeds: pushes(uses), ..Done::default() },
        "redhat-actions/push-to-registry" => Done { deeds: podman_pushes(uses), ..Done::default() },
        "docker/metadata-action" => Done { outputs: metadata(uses), ..Done::default() },
        name if QUIET.contains(&name) || OF_OTHERS.iter().any(|owner| name.starts_with(owner)) => {
            Done::default()
        }
        _ => unknown(uses),
    }
}

/// Whether an action is `configure-aws-credentials`, forks and mirrors included.
pub(super) fn is_configure(name: &str) -> bool {
    name.rsplit('/').next() == Some("configure-aws-credentials")
}

fn configured(uses: &Uses, now: &Identity) -> Done {
    let role = uses.value("role-to-assume");
    let from_keys = uses.filled("aws-access-key-id").is_some();
    let account = account_of_role(&role);
    let region = match uses.filled("aws-region") {
        Some(region) => region.value.clone(),
        None => now.region.clone(),
    };
    let from_oidc = wants_oidc(uses);
    let identity = Identity { account: account.clone(), region: region.clone() };
    let deed = What::Credentials { role, account: account.clone(), region, from_keys, from_oidc };
    Done { deeds: vec![deed], identity: Some(identity), outputs: vec![("aws-account-id", account)] }
}

/// Whether the action asks for an OIDC token. Source: aws-actions/configure-aws-credentials `src/index.ts#useGitHubOIDCProvider`.
pub(super) fn wants_oidc(uses: &Uses) -> bool {
    let is_on = |name: &str| uses.filled(name).is_some_and(|input| input.value.exactly() != Some("false"));
    uses.filled("role-to-assume").is_some()
        && uses.filled("aws-access-key-id").is_none()
        && uses.filled("web-identity-token-file").is_none()
        && !is_on("role-chaining")
        && !is_on("force-skip-oidc")
}

/// The account of a role's ARN.
fn account_of_role(role: &Known) -> Known {
    if role.is_unknown() {
        return Known::Unknown;
    }
    role.map(|role| arn::account(role).unwrap_or("${?}").to_owned())
}

fn logged_in(uses: &Uses, now: &Identity) -> Done {
    if uses.is_set_to("registry-type", "public") {
        return Done {
            deeds: vec![ecr_login(Known::Exactly("public.ecr.aws".to_owned()))],
            ..Done::default()
        };
    }
    let accounts: Vec<Known> = match uses.filled("registries") {
        Some(registries) => list(&registries.value),
        None => vec![now.account.clone()],
    };
    let hosts: Vec<Known> = accounts.iter().map(|account| host::host_of(account, &now.region)).collect();
    let outputs = match hosts.as_slice() {
        [host] => vec![("registry", host.clone())],
        _ => Vec::new(),
    };
    Done { deeds: hosts.into_iter().map(ecr_login).collect(), identity: None, outputs }
}

fn ecr_login(host: Known) -> What {
    let user = Known::Exactly("AWS".to_owned());
    What::Login { client: "docker".to_owned(), host, user, region: Known::Unknown, to_all: false }
}

/// The parts of a list with commas or line breaks, each a value; unknown ones stay one.
fn list(value: &Known) -> Vec<Known> {
    let mut all = Vec::new();
    for text in value.alternatives() {
        let parts = text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty());
        all.extend(parts.map(|part| Known::one_of([part.to_owned()])));
    }
    all
}

fn login(uses: &Uses) -> What {
    // Several registries in one input of their own are not read.
    let host =
        match (uses.filled("registry").or_else(|| uses.filled("login-server")), uses.filled("registry-auth"))
        {
            (_, Some(_)) => Known::Unknown,
            (Some(registry), None) => registry.value.clone(),
            (None, None) => Known::Exactly("docker.io".to_owned()),
        };
    let client = if uses.name.contains("podman") { "podman" } else { "docker" };
    What::Login {
        client: client.to_owned(),
        host,
        user: uses.value("username"),
        region: Known::Unknown,
        to_all: false,
    }
}

fn pushes(uses: &Uses) -> Vec<What> {
    let pushes = match uses.filled("push") {
        Some(push) => push.value.exactly() != Some("false"),
        None => false,
    };
    let to_registry = uses
        .filled("outputs")
        .is_some_and(|outputs| outputs.raw.contains("push=true") || outputs.raw.contains("type=registry"));
    if !pushes && !to_registry {
        return Vec::new();
    }
    let mut images = uses.filled("tags").map(|tags| list(&tags.value)).unwrap_or_default();
    if let Some(outputs) = uses.filled("outputs").filter(|_| to_registry) {
        let named = outputs.value.map(|text| name_of_output(text).unwrap_or("${?}").to_owned());
        images.push(named);
    }
    images.into_iter().map(|image| What::Push { client: "docker".to_owned(), image }).collect()
}

/// `type=image,name=HOST/app,push=true`
fn name_of_output(text: &str) -> Option<&str> {
    text.split([',', '\n'])
        .find_map(|part| part.trim().strip_prefix("name="))
        .map(|name| name.trim_matches('"'))
}

fn podman_pushes(uses: &Uses) -> Vec<What> {
    let slash = Known::Exactly("/".to_owned());
    let image = match uses.filled("registry") {
        Some(registry) => Known::concat([&registry.value, &slash, &uses.value("image")]),
        None => uses.value("tags"),
    };
    vec![What::Push { client: "podman".to_owned(), image }]
}

/// The tags that `docker/metadata-action` makes of its images: the names are known, the tags are not.
fn metadata(uses: &Uses) -> Vec<(&'static str, Known)> {
    let Some(images) = uses.filled("images") else { return Vec::new() };
    let names = list(&images.value);
    let tags = names.iter().flat_map(|name| {
        // `name=HOST/app,enable=…`
        name.alternatives()
            .map(|name| format!("{}:${{meta}}", name.trim_start_matches("name=")))
            .collect::<Vec<_>>()
    });
    vec![("tags", Known::one_of([tags.collect::<Vec<_>>().join("\n")]))]
}

/// An action whose inside cannot be seen.
fn unknown(uses: &Uses) -> Done {
    let names = uses.inputs.iter().map(|input| input.name.as_str());
    let mut said: Vec<&str> = names.chain([uses.name.as_str()]).collect();
    let hosts =
        uses.inputs.iter().filter(|input| input.raw.contains("amazonaws") || suggests::has_ecr(&input.raw));
    said.extend(hosts.map(|_| "ecr"));
    let said = said.join(" ");
    let mut done = Done::default();
    if suggests::credentials(&said) {
        let (account, region) = (Known::Unknown, Known::Unknown);
        let role = Known::Unknown;
        done.deeds.push(What::Credentials { role, account, region, from_keys: false, from_oidc: false });
        done.identity = Some(Identity::default());
    }
    if suggests::login(&said) {
        done.deeds.push(What::MayLogIn);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::model::Setting;

    fn uses(name: &str, inputs: &[(&str, &str)]) -> Uses {
        let inputs = inputs.iter().map(|(name, raw)| Setting {
            name: (*name).to_owned(),
            value: Known::one_of([(*raw).to_owned()]),
            raw: (*raw).to_owned(),
            bytes: 0..0,
            is_plain: false,
        });
        Uses { name: name.to_owned(), version: None, bytes: 0..0, inputs: inputs.collect() }
    }

    #[test]
    fn a_login_is_for_the_roles_account_or_the_named_ones() {
        let role = "arn:aws:iam::123456789012:role/x";
        let configure = uses(
            "aws-actions/configure-aws-credentials",
            &[("role-to-assume", role), ("aws-region", "a-b-1")],
        );
        let identity = done(&configure, &Identity::default()).identity.unwrap();
        let hosts = |inputs: &[(&str, &str)]| -> Vec<String> {
            let deeds = done(&uses("aws-actions/amazon-ecr-login", inputs), &identity).deeds;
            let hosts = deeds.iter().map(|deed| match deed {
                What::Login { host, .. } => host.alternatives().next().unwrap().to_owned(),
                other => panic!("{other:?}"),
            });
            hosts.collect()
        };
        assert_eq!(hosts(&[]), ["123456789012.dkr.ecr.a-b-1.amazonaws.com"]);
        assert_eq!(
            hosts(&[("registries", "1, 2")]),
            ["1.dkr.ecr.a-b-1.amazonaws.com", "2.dkr.ecr.a-b-1.amazonaws.com"]
        );
        assert_eq!(hosts(&[("registry-type", "public")]), ["public.ecr.aws"]);
    }

    #[test]
    fn what_cannot_be_seen_may_log_in_if_its_name_says_so() {
        let may = |name: &str, inputs: &[(&str, &str)]| {
            done(&uses(name, inputs), &Identity::default())
                .deeds
                .iter()
                .any(|deed| matches!(deed, What::MayLogIn))
        };
        assert!(may("acme/ecr-push", &[]) && may("acme/ship", &[("registry", "x")]));
        assert!(!may("acme/lint", &[("path", ".")]) && !may("docker/setup-buildx-action", &[]));
        assert!(!may("actions/cache", &[("path", "~/.docker")]));
    }

    #[test]
    fn only_what_is_pushed_counts() {
        let pushed = |inputs: &[(&str, &str)]| {
            done(&uses("docker/build-push-action", inputs), &Identity::default()).deeds.len()
        };
        assert_eq!(pushed(&[("push", "true"), ("tags", "a/b:1\na/c:1, a/d:1")]), 3);
        assert_eq!(pushed(&[("push", "false"), ("tags", "a/b:1")]), 0);
        assert_eq!(pushed(&[("tags", "a/b:1")]), 0);
        assert_eq!(pushed(&[("outputs", "type=image,name=h/a,push=true")]), 1);
    }
}
