//! What commands do with AWS credentials, and the login that `aws ecr get-login` prints.

use crate::arn;
use crate::deed::What;
use crate::deeds::arguments::{option, positional};
use crate::deeds::password;
use crate::host;
use crate::known::Known;
use crate::shell::Command;

/// The index of the word `get-login`, if a command runs that.
pub fn get_login(command: &Command) -> Option<usize> {
    if !matches!(command.program(), "aws" | "aws2" | "docker" | "podman" | "") {
        return None;
    }
    let words = &command.words;
    let at = words
        .windows(2)
        .position(|pair| matches!(pair, [service, action] if service.is("ecr") && action.is("get-login")))?;
    Some(at + 1)
}

pub(super) fn deeds(command: &Command) -> Vec<What> {
    if let Some(fetched) = password::fetch(command) {
        return vec![What::Fetch { region: fetched.region, is_public: fetched.is_public }];
    }
    if get_login(command).is_some() {
        return vec![old_login(command)];
    }
    let exported =
        command.assignments.iter().any(|(name, word)| name == "AWS_ACCESS_KEY_ID" && !word.raw.is_empty());
    if exported {
        return vec![credentials(Known::Unknown, Known::Unknown, Known::Unknown, true, false)];
    }
    if !matches!(command.program(), "aws" | "aws2") {
        return Vec::new();
    }
    let words = command.words.get(1..).unwrap_or_default();
    let verbs: Vec<&str> = positional(words, &["--profile", "--region", "--output"])
        .iter()
        .map(|(_, word)| word.raw.as_str())
        .collect();
    match verbs.as_slice() {
        ["configure", "set", name, ..] => {
            let value = positional(words, &["--profile", "--region"])
                .get(3)
                .map_or(Known::Unknown, |(_, word)| word.value.clone());
            match *name {
                "aws_access_key_id" | "default.aws_access_key_id" => {
                    vec![credentials(Known::Unknown, Known::Unknown, Known::Unknown, true, false)]
                }
                "region" | "default.region" => {
                    vec![credentials(Known::Unknown, Known::Unknown, value, false, false)]
                }
                _ => Vec::new(),
            }
        }
        ["sts", action @ ("assume-role" | "assume-role-with-web-identity" | "assume-role-with-saml"), ..] => {
            let role = option(words, &["--role-arn"]).map_or(Known::Unknown, |role| role.value);
            let account = role
                .exactly()
                .and_then(arn::account)
                .map_or(Known::Unknown, |account| Known::Exactly(account.to_owned()));
            vec![credentials(role, account, Known::Unknown, false, *action != "assume-role")]
        }
        _ => Vec::new(),
    }
}

fn credentials(role: Known, account: Known, region: Known, from_keys: bool, from_oidc: bool) -> What {
    What::Credentials { role, account, region, from_keys, from_oidc }
}

/// What `$(aws ecr get-login)` logs in to: the registry of the credentials, or those that are named.
fn old_login(command: &Command) -> What {
    let words = &command.words;
    let named = option(words, &["--region"]).map(|region| region.value);
    let region = named.or_else(|| password::from_environment(command)).unwrap_or(Known::Unknown);
    let account = option(words, &["--registry-ids"]).map_or_else(|| Known::named("account"), |ids| ids.value);
    let host = match &region {
        Known::Unknown => Known::Unknown,
        region => host::host_of(&account, region),
    };
    What::Login {
        client: "docker".to_owned(),
        host,
        user: Known::Exactly("AWS".to_owned()),
        region,
        to_all: false,
    }
}
