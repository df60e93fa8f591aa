//! What to do about a refusal: typed, so that a command is known to be one, and said in one place for every cause.

mod redacted;
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

    /// What to do, in words.
    fn words(&self) -> Cow<'_, str> {
        let text = match self {
            Self::AttachInstanceRole => "attach an instance profile with a role to this instance",
            Self::ChooseProfile { profiles } => {
                return format!("set AWS_PROFILE to one of: {}", profiles.join(", ")).into();
            }
            Self::CorrectProfile { profile, setting } => {
                return format!("correct `{setting}` of profile `{profile}` in ~/.aws/config").into();
            }
            Self::CorrectContainerVariable { variable } => {
                return format!(
                    "correct {variable}, or unset it outside ECS and EKS; inside, restart the task or pod"
                )
                .into();
            }
            Self::CorrectCaVariable { variable } => {
                return format!("point {variable} at a PEM file of CA certificates, or unset it").into();
            }
            Self::CorrectSettings { .. } => "correct that file, or move it away",
            Self::CheckProcess { program, profile } => {
                return format!(
                    "run `{program}` as it is written in profile {profile}, and read what it prints"
                )
                .into();
            }
            Self::SpeedUpProcess => {
                "make it answer faster (a helper cannot wait for a prompt), or raise `deadline` in the ecrpass configuration"
            }
            Self::CorrectTokenFile => {
                "check that the pod's service account mounts it, or correct AWS_WEB_IDENTITY_TOKEN_FILE"
            }
            Self::NameWebIdentityRole => {
                "annotate the service account with eks.amazonaws.com/role-arn and restart the pod, or set AWS_ROLE_ARN"
            }
            Self::CompareWebIdentity => {
                "compare the token's issuer and audience with the OIDC provider and trust policy in the role's account"
            }
            Self::CompareTrustConditions => {
                "compare the `sub` and `aud` conditions of the trust policy with those of the token, letter by letter"
            }
            Self::CheckRoleTrust => {
                "check that the role exists, trusts this caller (external id included), and that the caller may sts:AssumeRole it"
            }
            Self::AssignPermissionSet => {
                "ask your administrator to assign the permission set, or correct sso_account_id and sso_role_name of the profile"
            }
            Self::CheckTaskRole => {
                "check the task role or the pod identity association, then restart the task or pod"
            }
            Self::ExportMfaSession { profile } => {
                let export = CommandLine::shell("aws configure export-credentials --profile")
                    .word(profile)
                    .shell_word("--format env");
                return format!("{export}, then try again with what it prints").into();
            }
            Self::Allow { actions } => {
                return format!("allow {actions} on Resource \"*\" in that principal's policy").into();
            }
            Self::AllowThere { action, policy } => {
                let policy = policy.as_ref().map_or_else(String::new, |policy| format!(" {policy}"));
                return format!(
                    "ask for {action} to be allowed there{policy}; an Allow in another policy does not help"
                )
                .into();
            }
            Self::AskPublicRegion => "point AWS_ENDPOINT_URL_ECR_PUBLIC at us-east-1, or unset it",
            Self::GetCredentials => {
                "aws sso login, or set AWS_PROFILE to a profile that has credentials, then try again"
            }
            Self::RaiseHopLimit => {
                "set the hop limit of this instance's metadata to 2, with its id: aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2 --http-endpoint enabled"
            }
            Self::RenewVariables => {
                "export fresh AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or unset all three"
            }
            Self::RestartPod => "restart the pod or job, so that it gets a fresh token file",
            Self::RestartTask => "restart the task or pod",
            Self::Resolve { host } => {
                return format!(
                    "nslookup {host}; in a VPC, check DNS support and the private DNS of the ecr.api endpoint"
                )
                .into();
            }
            Self::Reach { host } => {
                // Where a port is named, the endpoint is set by hand, and need not speak TLS.
                let try_it = match host.rsplit_once(':') {
                    Some((name, port)) if port.parse::<u16>().is_ok() => {
                        format!("nc -vz {} {port}", name.trim_matches(['[', ']']))
                    }
                    _ => format!("curl -v https://{host}/"),
                };
                return format!(
                    "{try_it}; check the route, the firewall, the proxy, or the VPC endpoint for ecr.api"
                )
                .into();
            }
            Self::TrustCa => {
                "set AWS_CA_BUNDLE to the file of your company's CA, or add that CA to the system's store"
            }
            Self::CorrectProxy => "correct HTTPS_PROXY, or name the host in NO_PROXY",
            Self::FindProxy => {
                "look at HTTPS_PROXY, NO_PROXY and AWS_ENDPOINT_URL: a proxy or a captive portal answers instead of AWS"
            }
            Self::TryAgainOrCheckEndpoint => {
                "try again; if AWS_ENDPOINT_URL or a proxy is set, check what answers there"
            }
            Self::TryAgainOrFindProxy => {
                "try again; if it fails again, look for a proxy or firewall that closes connections"
            }
            Self::TryAgainOrSeeHealth => "try again; if it fails again, see the AWS Health Dashboard",
            Self::CheckPathOrDeadline => {
                "check the network path to AWS, or raise `deadline` in the ecrpass configuration"
            }
            Self::SlowDown => "try again in a minute; share one token cache between jobs",
            Self::LookUpCode => "look the error code up in the AWS documentation, then try again",
            Self::Words { text } => text,
            // Those that have a command say it.
            Self::Configure { .. }
            | Self::ConfigureSso { .. }
            | Self::ConfigureList { .. }
            | Self::EnableRegion { .. }
            | Self::Login { .. }
            | Self::SetClock
            | Self::SsoLogin { .. }
            | Self::UnsetSessionToken
            | Self::UseProfile { .. } => "",
        };
        Cow::Borrowed(text)
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
