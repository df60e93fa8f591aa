//! What to do on a node: nobody signs in there, a shell's variables reach no kubelet, and the kubelet tries again by itself.

use std::borrow::Cow;

use ecrpass_credentials::refusal::{NextStep, Refusal};

/// Where a node's variables are set.
const SET_THERE: &str =
    "in `env` of the provider in the kubelet's CredentialProviderConfig, then restart the kubelet";

/// The same reason, with what helps on a node.
pub fn on_a_node(refusal: Refusal) -> Refusal {
    let next: Cow<'static, str> = match &refusal.next {
        NextStep::GetCredentials => format!(
            "attach an instance profile with a role to this instance; on other machines, set AWS_PROFILE {SET_THERE}"
        )
        .into(),
        // The provider shares the node's network: no hop is in between, and more of them would open the role to pods.
        NextStep::RaiseHopLimit => {
            "on the node: curl -i -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token; 403 means that metadata is switched off, no answer means a firewall".into()
        }
        NextStep::Configure { profile }
        | NextStep::ConfigureSso { profile }
        | NextStep::ConfigureList { profile }
        | NextStep::Login { profile }
        | NextStep::SsoLogin { profile: Some(profile) }
        | NextStep::UseProfile { profile } => format!(
            "give profile `{profile}` keys or a role in the file that AWS_CONFIG_FILE or /root/.aws/config is, or correct AWS_PROFILE {SET_THERE}"
        )
        .into(),
        NextStep::SsoLogin { profile: None } | NextStep::ChooseProfile { .. } => {
            format!("correct AWS_PROFILE {SET_THERE}").into()
        }
        NextStep::RenewVariables | NextStep::UnsetSessionToken => format!(
            "set fresh AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or none of them, {SET_THERE}"
        )
        .into(),
        NextStep::SlowDown => {
            "nothing to do here: the kubelet tries again; aws service-quotas and CloudTrail say who else asks so often".into()
        }
        _ => return refusal,
    };
    Refusal { next: NextStep::Words { text: next }, ..refusal }
}

#[cfg(test)]
mod tests {
    use ecrpass_core::DiagnosisId;

    use super::*;

    #[test]
    fn nobody_signs_in_on_a_node() {
        let profile = || "prod".to_owned();
        for next in [
            NextStep::GetCredentials,
            NextStep::RaiseHopLimit,
            NextStep::ConfigureSso { profile: profile() },
            NextStep::SsoLogin { profile: None },
            NextStep::RenewVariables,
            NextStep::SlowDown,
        ] {
            let refusal = on_a_node(Refusal::new(DiagnosisId::NoAwsCredentials, "x", next));
            let text = refusal.next.to_string();
            let of_a_shell = ["aws sso login", "aws configure", "export ", "hop-limit 2"];
            assert!(of_a_shell.iter().all(|part| !text.contains(part)), "{text}");
        }
        let kept = Refusal::new(DiagnosisId::NoAwsCredentials, "x", NextStep::AttachInstanceRole);
        assert_eq!(on_a_node(kept).next, NextStep::AttachInstanceRole);
    }
}
