//! What to do about a refusal: typed, so that a command is known to be one, and said in one place for every cause.

mod presentable;
mod words;
mod written;

use std::borrow::Cow;
use std::fmt;

use ecrpass_core::{CommandLine, Template};
use serde::Serialize;

/// Sets the clock.
pub const SET_CLOCK: Template = Template::new("sudo chronyc makestep || sudo timedatectl set-ntp true");

/// Lets an instance's metadata travel one hop further, as far as into a container.
pub const RAISE_HOP_LIMIT: Template = Template::new(
    "aws ec2 modify-instance-metadata-options --instance-id {instance} --http-put-response-hop-limit 2 --http-endpoint enabled",
);

/// What ends a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum NextStep {
    /// Give the instance a role.
    AttachInstanceRole,
    /// Make a profile, with keys.
    Configure {
        /// The profile.
        profile: String,
    },
    /// Make a profile that signs in with IAM Identity Center.
    ConfigureSso {
        /// The profile.
        profile: String,
    },
    /// See what a profile is made of.
    ConfigureList {
        /// The profile.
        profile: String,
    },
    /// Set the variable that chooses a profile to one that exists.
    ChooseProfile {
        /// Those there are.
        profiles: Vec<String>,
    },
    /// Correct one setting of a profile.
    CorrectProfile {
        /// The profile.
        profile: String,
        /// The setting.
        setting: String,
    },
    /// Correct the variable that names a container's credentials, or take it away.
    CorrectContainerVariable {
        /// The variable.
        variable: String,
    },
    /// Correct the variable that names a file of CA certificates, or take it away.
    CorrectCaVariable {
        /// The variable.
        variable: String,
    },
    /// Correct ecrpass's own configuration, or move it away.
    CorrectSettings {
        /// The file.
        file: String,
    },
    /// See what the program of a profile prints.
    CheckProcess {
        /// The program.
        program: String,
        /// The profile.
        profile: String,
    },
    /// Make the program of a profile answer in time.
    SpeedUpProcess,
    /// Correct the web identity token's file.
    CorrectTokenFile,
    /// Name the role of the web identity.
    NameWebIdentityRole,
    /// Look at the trust between a role and an OIDC provider.
    CompareWebIdentity,
    /// Look at the conditions of a trust policy.
    CompareTrustConditions,
    /// Look at a role's trust policy, and at who may assume it.
    CheckRoleTrust,
    /// Have a permission set assigned.
    AssignPermissionSet,
    /// Look at the role of a task or pod.
    CheckTaskRole,
    /// Get a session with a second factor outside of the helper.
    ExportMfaSession {
        /// The profile.
        profile: String,
    },
    /// Have a policy allow actions to the caller.
    Allow {
        /// The actions.
        actions: String,
    },
    /// Have a policy of another kind allow an action.
    AllowThere {
        /// The action.
        action: String,
        /// The policy, where its name is known.
        policy: Option<String>,
    },
    /// Switch a region on.
    EnableRegion {
        /// The region.
        region: String,
    },
    /// Have ECR Public asked in the region that answers.
    AskPublicRegion,
    /// Sign in, or name a profile.
    GetCredentials,
    /// Sign in by `aws login`.
    Login {
        /// The profile.
        profile: String,
    },
    /// Let the metadata answer travel further.
    RaiseHopLimit,
    /// Set fresh variables, or none.
    RenewVariables,
    /// Restart what gets its web identity at its start.
    RestartPod,
    /// Restart what gets its credentials at its start.
    RestartTask,
    /// Set the clock.
    SetClock,
    /// Sign in to IAM Identity Center.
    SsoLogin {
        /// The profile, if there is one.
        profile: Option<String>,
    },
    /// Take a session token away that belongs to other credentials.
    UnsetSessionToken,
    /// Choose a profile.
    UseProfile {
        /// The profile.
        profile: String,
    },
    /// Find out why a name does not resolve.
    Resolve {
        /// The host.
        host: String,
    },
    /// Find out why a host cannot be reached.
    Reach {
        /// The host.
        host: String,
    },
    /// Trust a company's CA.
    TrustCa,
    /// Correct the proxy's settings.
    CorrectProxy,
    /// Find out what answers in AWS's place.
    FindProxy,
    /// Try again; what has been set by hand may be why.
    TryAgainOrCheckEndpoint,
    /// Try again; something on the way may be why.
    TryAgainOrFindProxy,
    /// Try again; AWS may know why.
    TryAgainOrSeeHealth,
    /// Look at the way to AWS, or allow more time.
    CheckPathOrDeadline,
    /// Ask less often.
    SlowDown,
    /// Look the code up.
    LookUpCode,
    /// What there are only words for.
    Words {
        /// The words.
        text: Cow<'static, str>,
    },
}

impl NextStep {
    /// The command that does it, where one does.
    pub fn command(&self) -> Option<CommandLine> {
        let aws = |text: &'static str, profile: &str| {
            Some(CommandLine::shell(text).shell_word("--profile").word(profile))
        };
        match self {
            Self::Configure { profile } => aws("aws configure", profile),
            Self::ConfigureSso { profile } => aws("aws configure sso", profile),
            Self::ConfigureList { profile } => aws("aws configure list", profile),
            Self::EnableRegion { region } => {
                Some(CommandLine::shell("aws account enable-region --region-name").word(region))
            }
            Self::Login { profile } => aws("aws login", profile),
            Self::SetClock => SET_CLOCK.command(&|_| None).ok(),
            Self::SsoLogin { profile: Some(profile) } => aws("aws sso login", profile),
            Self::SsoLogin { profile: None } => Some(CommandLine::shell("aws sso login")),
            Self::UnsetSessionToken => Some(CommandLine::shell("unset AWS_SESSION_TOKEN")),
            Self::UseProfile { profile } => Some(
                CommandLine::shell("export AWS_PROFILE=")
                    .value(profile, ecrpass_core::command_line::Quotes::Bare),
            ),
            _ => None,
        }
    }

    /// The template of the catalogue that says the same with what is known of the case.
    pub fn template(&self) -> Option<Template> {
        match self {
            Self::RaiseHopLimit => Some(RAISE_HOP_LIMIT),
            Self::SetClock => Some(SET_CLOCK),
            _ => None,
        }
    }
}

impl fmt::Display for NextStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.command() {
            Some(command) => command.fmt(f),
            None => f.write_str(&self.words()),
        }
    }
}

impl From<&'static str> for NextStep {
    fn from(text: &'static str) -> Self {
        Self::Words { text: Cow::Borrowed(text) }
    }
}

impl From<String> for NextStep {
    fn from(text: String) -> Self {
        Self::Words { text: Cow::Owned(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_elsewhere_are_words() {
        let hostile = "x; id".to_owned();
        for (step, expected) in [
            (NextStep::Configure { profile: hostile.clone() }, "aws configure --profile 'x; id'"),
            (NextStep::UseProfile { profile: hostile.clone() }, "export AWS_PROFILE='x; id'"),
            (NextStep::SsoLogin { profile: Some(hostile) }, "aws sso login --profile 'x; id'"),
            (NextStep::SsoLogin { profile: None }, "aws sso login"),
        ] {
            assert_eq!(step.command().unwrap().to_string(), expected);
            assert_eq!(step.to_string(), expected);
        }
        assert_eq!(NextStep::RaiseHopLimit.command(), None);
    }

    #[test]
    fn a_step_is_the_same_after_a_bundle() {
        for step in [
            NextStep::SetClock,
            NextStep::SsoLogin { profile: Some("prod".to_owned()) },
            NextStep::AllowThere { action: "ecr:X".to_owned(), policy: None },
            NextStep::from("words"),
        ] {
            let text = serde_json::to_string(&step).unwrap();
            assert_eq!(serde_json::from_str::<NextStep>(&text).unwrap(), step, "{text}");
        }
    }
}
