//! Which credentials each tool would use here: they look at the same places in different orders, read the files by
//! rules of their own, and disagree about what is an error. Each model says whose code it follows; the lab runs the
//! tools themselves against them.

mod go;
mod go_ini;
mod javascript;
mod javascript_ini;
mod ours;
mod pick;
mod prospects;
mod python;
mod python_ini;
mod settings;

use ecrpass_core::Arn;
use ecrpass_core::access_key;
use ecrpass_core::redact::redact;
use ecrpass_core::time::EpochSeconds;
use serde::Serialize;

use self::pick::{Base, Pick};
pub use self::prospects::{Instance, Prospects, SignIn};
use super::precedence::{SourceKind, short};
use super::surroundings::Surroundings;
use crate::aws_config::FileKind;

/// A tool that looks for AWS credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    /// ecrpass and its credential helper.
    Ecrpass,
    /// The AWS CLI and everything on botocore.
    AwsCli,
    /// Amazon's credential helper, on the Go SDK.
    GoHelper,
    /// The AWS SDK for JavaScript: CDK, SST and scripts.
    JavascriptSdk,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ecrpass, Self::AwsCli, Self::GoHelper, Self::JavascriptSdk];

    /// Those that log in to registries.
    pub const OF_REGISTRIES: [Self; 3] = [Self::Ecrpass, Self::AwsCli, Self::GoHelper];

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ecrpass => "ecrpass",
            Self::AwsCli => "the AWS CLI, boto3",
            Self::GoHelper => "Amazon's helper",
            Self::JavascriptSdk => "the JavaScript SDK",
        }
    }

    /// Whether it takes the region from the registry's name, and not from settings.
    pub fn follows_registry(self) -> bool {
        matches!(self, Self::Ecrpass | Self::GoHelper)
    }
}

/// What a tool makes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The tool.
    pub tool: Tool,
    /// The place whose credentials it uses; `None` when it stops or finds none.
    pub uses: Option<SourceKind>,
    /// Why it stops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stops: Option<String>,
    /// Why AWS will refuse what it uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What it uses, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes: Option<String>,
    /// The profile of what it uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// As much of the access key's id as may be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The role that calls in the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The account of that role, or the one the key is likely of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The end of what it uses, in seconds since 1970, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<EpochSeconds>,
    /// Whether what it uses was found to answer, where that is instance metadata.
    #[serde(skip)]
    pub answered: bool,
    /// The region it would ask where none is given; absent where it takes the registry's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region_from: Option<String>,
    /// The file, and the line in it, of the setting that decided.
    #[serde(skip)]
    pub at: Option<(FileKind, usize)>,
}

impl Surroundings<'_> {
    /// What a tool would use, as far as can be told; `profile` as given to it by hand (`--profile`).
    pub fn choice(&self, tool: Tool, prospects: &Prospects<'_>, profile: Option<&str>) -> Choice {
        let verdict = match (tool, profile) {
            (Tool::Ecrpass, _) => ours::verdict(self, prospects, profile),
            (Tool::AwsCli, _) => python::verdict(self, prospects, profile),
            (Tool::GoHelper, _) => go::verdict(self, prospects),
            (Tool::JavascriptSdk, _) => javascript::verdict(self, prospects),
        };
        let verdict = verdict.and_then(|pick| match pick {
            Some(pick) => prospects.check(self, &pick).map(|()| Some(pick)),
            None => Ok(None),
        });
        let region = match tool {
            Tool::Ecrpass | Tool::GoHelper => None,
            Tool::AwsCli => python::region(self, profile),
            Tool::JavascriptSdk => javascript::region(self),
        };
        let (region, region_from) = region.unzip();
        let nothing = Choice {
            tool,
            uses: None,
            stops: None,
            refused: None,
            takes: None,
            profile: None,
            key: None,
            role: None,
            account: None,
            expires: None,
            answered: false,
            region: region.map(|region| redact(&region).into_owned()),
            region_from: region_from.map(|from| redact(&from).into_owned()),
            at: None,
        };
        match verdict {
            Ok(Some(pick)) => used(nothing, &pick, prospects),
            Ok(None) => nothing,
            Err(why) => Choice { stops: Some(redact(&why).into_owned()), ..nothing },
        }
    }
}

fn used(nothing: Choice, pick: &Pick, prospects: &Prospects<'_>) -> Choice {
    let key = match &pick.base {
        Base::Key { id, .. } => Some(short(id)),
        _ => None,
    };
    let own_role = match &pick.base {
        Base::WebIdentity { role, .. } => Some(role.clone()),
        Base::Sso { role, .. } => Some(role.clone()),
        _ => None,
    };
    let role = pick.roles.last().cloned().or(own_role);
    let account = match (&role, &pick.base) {
        (Some(role), _) if role.starts_with("arn:") => {
            Arn::parse(role).and_then(|role| role.account()).map(str::to_owned)
        }
        (_, Base::Sso { account, .. }) => Some(account.clone()),
        (_, Base::Key { id, .. }) => access_key::account(id),
        _ => None,
    };
    let expires = match &pick.base {
        Base::Key { expires, .. } => *expires,
        Base::Sso { sign_in, .. } => until((prospects.sso)(sign_in)),
        Base::Login { session } => until((prospects.login)(session)),
        _ => None,
    };
    let answered = pick.base == Base::InstanceMetadata && matches!((prospects.instance)(), Instance::Role(_));
    let shown = |text: String| redact(&text).into_owned();
    Choice {
        uses: Some(pick.place),
        refused: pick.refused(prospects.now),
        takes: Some(shown(described(pick, prospects))),
        profile: pick.profile.clone().map(shown),
        key,
        role: role.map(shown),
        account: account.map(shown),
        expires,
        answered,
        at: pick.at,
        ..nothing
    }
}

fn until(sign_in: SignIn) -> Option<EpochSeconds> {
    match sign_in {
        SignIn::Lasts(until) => until,
        _ => None,
    }
}

/// What was picked, in words: the role in the end, then what it rests on.
fn described(pick: &Pick, prospects: &Prospects<'_>) -> String {
    let base = match &pick.base {
        Base::Key { id, has_token, .. } => {
            let token = if *has_token { " with a session token" } else { "" };
            format!("access key {}{token}", short(id))
        }
        Base::WebIdentity { token_file, role } => {
            format!("web identity {role}, with the token in {token_file}")
        }
        Base::Sso { role, account, .. } => format!("IAM Identity Center, role {role} of account {account}"),
        Base::Login { .. } => "the session of `aws login`".to_owned(),
        Base::Process { command } => {
            format!("credential_process {}", command.split_whitespace().next().unwrap_or_default())
        }
        Base::Container => "the container endpoint".to_owned(),
        Base::InstanceMetadata => match (prospects.instance)() {
            Instance::Role(role) => format!("the instance's role {role}"),
            _ => "the instance's role".to_owned(),
        },
    };
    let whose = match (pick.place, &pick.profile) {
        (SourceKind::Profile, Some(name)) => format!("profile `{name}`: "),
        (SourceKind::Environment, _) => "environment: ".to_owned(),
        _ => String::new(),
    };
    match pick.roles.last() {
        Some(role) => format!("{whose}{role}, from {base}"),
        None => format!("{whose}{base}"),
    }
}

#[cfg(test)]
mod tests;
