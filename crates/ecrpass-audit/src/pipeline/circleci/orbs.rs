//! What commands and jobs of known orbs do. Sources: the sources of `circleci/aws-ecr` 9 and `circleci/aws-cli` 5.

use ecrpass_core::account::is_account_id;

use crate::deed::What;
use crate::host;
use crate::known::Known;
use crate::pipeline::model::Uses;
use crate::pipeline::scope::Scope;
use crate::pipeline::suggests;

/// What a command or job of an orb does: `circleci/aws-ecr/ecr_login`.
pub(super) fn deeds(uses: &Uses, scope: &Scope) -> Vec<What> {
    let name = uses.name.to_ascii_lowercase().replace('-', "_");
    let (orb, command) = name.rsplit_once('/').unwrap_or((&name, ""));
    match orb {
        "circleci/aws_ecr" => {
            let pushed = command.contains("build_and_push") || command == "push_image";
            std::iter::once(login(uses, scope)).chain(pushes(uses).into_iter().filter(|_| pushed)).collect()
        }
        "circleci/aws_cli" => match command {
            "setup" | "role_arn_setup" | "assume_role_with_web_identity" => vec![credentials(uses)],
            _ => Vec::new(),
        },
        // Buildpacks and build environments log in nowhere.
        "circleci/node" | "circleci/python" | "circleci/go" | "circleci/ruby" | "circleci/slack" => {
            Vec::new()
        }
        _ if suggests::login(&name) => vec![What::MayLogIn],
        _ => Vec::new(),
    }
}

/// The orb's login is for the account and region that are given, or for those of the environment.
fn login(uses: &Uses, scope: &Scope) -> What {
    let account = region_or_account(uses, "account_id", is_account_id);
    let region = region_or_account(uses, "region", |text| text.matches('-').count() >= 2);
    let region = if uses.filled("region").is_some() { region } else { scope.aws_region() };
    let host = host::host_of(&account, &region);
    let user = Known::Exactly("AWS".to_owned());
    What::Login { client: "docker".to_owned(), host, user, region: Known::Unknown, to_all: false }
}

/// A parameter's value; older versions take the name of a variable, which tells nothing.
fn region_or_account(uses: &Uses, name: &str, is_value: fn(&str) -> bool) -> Known {
    let value = uses.value(name);
    if value.alternatives().all(is_value) { value } else { Known::Unknown }
}

fn credentials(uses: &Uses) -> What {
    let from_oidc = uses.filled("role_arn").or_else(|| uses.filled("role-arn")).is_some();
    let role = if from_oidc { uses.value("role_arn") } else { Known::Unknown };
    let account = match &role {
        Known::Unknown => Known::Unknown,
        role => role.map(|role| crate::arn::account(role).unwrap_or("${?}").to_owned()),
    };
    What::Credentials { role, account, region: uses.value("region"), from_keys: !from_oidc, from_oidc }
}

/// Source: `circleci/aws-ecr`: `tag` is a list with commas, and `latest` without it.
fn pushes(uses: &Uses) -> Vec<What> {
    let is_pushed = !uses.is_set_to("push_image", "false") && !uses.is_set_to("push-image", "false");
    let Some(repository) = uses.filled("repo").filter(|_| is_pushed) else { return Vec::new() };
    let text = |text: &str| Known::Exactly(text.to_owned());
    let tags = uses.filled("tag").map_or_else(|| text("latest"), |tag| tag.value.clone());
    let tags: Vec<String> =
        tags.alternatives().flat_map(|tags| tags.split(',')).map(|tag| tag.trim().to_owned()).collect();
    let push = tags.into_iter().filter(|tag| !tag.is_empty()).map(|tag| {
        let parts =
            [&Known::named("registry"), &text("/"), &repository.value, &text(":"), &Known::one_of([tag])];
        What::Push { client: "orb".to_owned(), image: Known::concat(parts) }
    });
    push.collect()
}
