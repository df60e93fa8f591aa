//! What the pod knows and what was said does not: the name of its pull secret, its registry, the role of its service account.

use ecrpass_core::DiagnosisId;

use super::details::details;
use super::image_report::ImageReport;
use crate::catalogue;
use crate::finding::{Confidence, Details, Finding, Fix, Situation, safe};
use crate::inputs::PodSeen;

/// The causes that are about a pod's pull secret.
const OF_SECRETS: [DiagnosisId; 4] = [
    DiagnosisId::K8sPullSecretExpired,
    DiagnosisId::K8sPullSecretMissing,
    DiagnosisId::LoginPasswordCorrupted,
    DiagnosisId::WrongLoginUsernameOrPassword,
];

/// The causes that are about a role which is assumed with a token.
const OF_ROLES: [DiagnosisId; 2] = [DiagnosisId::AssumeRoleDenied, DiagnosisId::IrsaWebIdentityInvalid];

/// The findings, with what the pod knows filled in.
pub fn fill_in(mut findings: Vec<Finding>, pod: &PodSeen, images: &[ImageReport]) -> Vec<Finding> {
    for finding in &mut findings {
        if let Some(id) = OF_SECRETS.into_iter().find(|id| id.slug() == finding.id) {
            name_the_secret(finding, id, pod, images);
        }
        let is_of_a_role = OF_ROLES.iter().any(|id| id.slug() == finding.id);
        if let Some(role) = pod.pull_role.as_deref().filter(|_| is_of_a_role) {
            name_the_role(finding, role, pod);
        }
    }
    findings
}

/// Puts the names of secret, namespace and registry into the commands, where there is one of each.
fn name_the_secret(finding: &mut Finding, id: DiagnosisId, pod: &PodSeen, images: &[ImageReport]) {
    let known = finding.details.clone().unwrap_or_default();
    let [secret] = pod.pod.pull_secrets.as_slice() else { return };
    let mut on_ecr: Vec<&str> = images.iter().filter(|image| image.on_ecr).map(ImageReport::host).collect();
    on_ecr.dedup();
    let of_pod = details(pod, "");
    let host = match on_ecr.as_slice() {
        [one] => Some((*one).to_owned()),
        _ => None,
    };
    let filled = Details {
        secret: known.secret.clone().or_else(|| safe(secret)),
        namespace: known.namespace.clone().or(of_pod.namespace),
        pod: known.pod.clone().or(of_pod.pod),
        host: known.host.clone().or(host),
        ..known.clone()
    };
    if filled == known {
        return;
    }
    let entry = catalogue::find(id);
    let situation = Situation::of(&filled);
    finding.fixes = entry.fixes(&situation).collect();
    if finding.confidence != Confidence::Certain {
        finding.confirm = entry.confirmation(&situation).into_iter().collect();
    }
    finding.details = Some(filled);
}

/// Says whose role it is, and what has to stand in its trust policy.
fn name_the_role(finding: &mut Finding, role: &str, pod: &PodSeen) {
    let account = pod.pod.service_account.as_deref().unwrap_or("default");
    let namespace = pod.pod.namespace.as_deref().unwrap_or("default");
    finding.explanation = format!(
        "The kubelet's credential provider pulls this pod's images with {role}, which service account {account} names in `eks.amazonaws.com/ecr-role-arn`. STS did not let it have that role with the account's token, so there is no password for ECR. The node's role is not asked."
    );
    let Some(name) = role.rsplit('/').next().and_then(safe) else { return };
    let command = ecrpass_core::CommandLine::shell("aws iam get-role --role-name")
        .word(name)
        .shell_word("--query Role.AssumeRolePolicyDocument");
    let read = Fix::run(format!("read the trust policy of {role}"), command);
    let trust = Fix::by_hand(format!(
        "allow `sts:AssumeRoleWithWebIdentity` in it to the cluster's OIDC provider, with `sub` system:serviceaccount:{namespace}:{account} and `aud` sts.amazonaws.com"
    ));
    if finding.id == DiagnosisId::AssumeRoleDenied.slug() {
        finding.fixes = vec![read, trust];
    } else {
        finding.fixes.extend([read, trust]);
    }
}
