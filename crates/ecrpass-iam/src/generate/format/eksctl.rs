//! Documents for eksctl, which makes the role of a Kubernetes service account and its trust policy by itself.
//!
//! Source: eksctl documentation, "IAM Roles for Service Accounts" and "EKS Pod Identity Associations".

use super::yaml;
use crate::generate::draft::{Draft, Kind};
use crate::generate::refusal::Refusal;
use crate::generate::trust::place::{Place, Trusted};

/// A cluster's configuration with one service account.
///
/// # Errors
/// [`Refusal`] when it is not for a service account, or not said for which.
pub fn configuration(drafts: &[Draft], trust: Option<&Trusted>) -> Result<String, Refusal> {
    let fits =
        "add --trust irsa or --trust pod-identity, with --claim cluster=…, namespace=… and service-account=…";
    let trusted = trust
        .filter(|trusted| matches!(trusted.place, Place::Irsa | Place::PodIdentity))
        .ok_or_else(|| {
            Refusal::new("eksctl makes roles of Kubernetes service accounts, and no other policies.", fits)
        })?;
    let role = drafts
        .iter()
        .find(|draft| draft.kind == Kind::Role)
        .ok_or_else(|| Refusal::new("There is no policy of a role among these.", "leave --for out"))?;
    let claim = |name: &str| -> Result<String, Refusal> {
        let found = trusted.claims.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| yaml::scalar(value)).ok_or_else(|| {
            Refusal::new(format!("eksctl has to know the {name}."), format!("add --claim {name}=…"))
        })
    };
    let (cluster, namespace, account) = (claim("cluster")?, claim("namespace")?, claim("service-account")?);
    let region = claim("region")?;
    let mut lines =
        vec![format!("# For the service account {namespace}/{account}, whose role eksctl makes.")];
    lines.extend(role.notes.iter().map(|note| format!("# {note}")));
    lines.extend([
        "apiVersion: eksctl.io/v1alpha5".to_owned(),
        "kind: ClusterConfig".to_owned(),
        "metadata:".to_owned(),
        format!("  name: {cluster}"),
        format!("  region: {region}"),
        "iam:".to_owned(),
    ]);
    if trusted.place == Place::Irsa {
        lines.extend([
            "  withOIDC: true".to_owned(),
            "  serviceAccounts:".to_owned(),
            "    - metadata:".to_owned(),
            format!("        name: {account}"),
            format!("        namespace: {namespace}"),
            "      attachPolicy:".to_owned(),
        ]);
    } else {
        lines.extend([
            "  podIdentityAssociations:".to_owned(),
            format!("    - namespace: {namespace}"),
            format!("      serviceAccountName: {account}"),
            "      permissionPolicy:".to_owned(),
        ]);
    }
    lines.extend(yaml::document(role, 8));
    // Whoever lets the role in is not eksctl's to make.
    let others: Vec<String> = drafts
        .iter()
        .filter(|draft| !matches!(draft.kind, Kind::Role | Kind::Trust))
        .map(|draft| format!("# Also needed, and not eksctl's to make: the {}.", draft.title()))
        .collect();
    lines.extend(others);
    Ok(lines.join("\n") + "\n")
}
