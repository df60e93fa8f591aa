//! Steps in words: what there is no single command for.

use std::borrow::Cow;

use ecrpass_core::CommandLine;

use super::NextStep;

/// The most profiles that are named.
const MOST_NAMES: usize = 20;

impl NextStep {
    /// What to do, in words.
    pub(super) fn words(&self) -> Cow<'_, str> {
        let text = match self {
            Self::AttachInstanceRole => "attach an instance profile with a role to this instance",
            Self::ChooseProfile { profiles } => {
                let named: Vec<&str> = profiles.iter().take(MOST_NAMES).map(String::as_str).collect();
                let others = match profiles.len().saturating_sub(MOST_NAMES) {
                    0 => String::new(),
                    others => format!(", or one of {others} others (aws configure list-profiles)"),
                };
                return format!("set AWS_PROFILE to one of: {}{others}", named.join(", ")).into();
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
                "from a container the hop limit is the usual cause; set it to 2, with the instance's id: aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2 --http-endpoint enabled"
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
                let endpoint = if host.contains("ecr.") || host.starts_with("ecr") {
                    "for ecr.api"
                } else {
                    "of its service"
                };
                return format!(
                    "{try_it}; check the route, the firewall, the proxy, or the VPC endpoint {endpoint}"
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
