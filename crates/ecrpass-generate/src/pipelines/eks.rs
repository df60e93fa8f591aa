//! Amazon EKS: a deployment. The kubelet pulls with the role of its node, so there is no pull secret.

use crate::pipelines::plan::Plan;
use crate::pipelines::quote::yaml;
use crate::pipelines::recipe::RecipeFile;
use crate::pipelines::writer::Writer;
use ecrpass_iam::generate::Refusal;

/// The longest name of what stands in a host's name.
const MAX_NAME: usize = 63;

/// The manifest.
pub fn files(plan: &Plan) -> Result<(Vec<RecipeFile>, Vec<String>), Refusal> {
    let mut name = plan.repository.replace(['/', '.', '_'], "-");
    name.truncate(MAX_NAME);
    let name = yaml(name.trim_matches('-'));
    let mut w = Writer::with_comments("#", &plan.header("Runs"));
    w.lines(0, &["apiVersion: apps/v1", "kind: Deployment", "metadata:"]);
    w.line(2, &format!("name: {name}"));
    w.lines(0, &["spec:", "  replicas: 2", "  selector:", "    matchLabels:"]);
    w.line(6, &format!("app.kubernetes.io/name: {name}"));
    w.lines(2, &["template:", "  metadata:", "    labels:"]);
    w.line(8, &format!("app.kubernetes.io/name: {name}"));
    w.lines(4, &["spec:", "  automountServiceAccountToken: false"]);
    if let [platform] = plan.platforms.as_slice() {
        let architecture = platform.split('/').nth(1).unwrap_or_default();
        w.lines(6, &["nodeSelector:".to_owned(), format!("  kubernetes.io/arch: {architecture}")]);
    }
    w.lines(
        6,
        &["containers:".to_owned(), format!("  - name: {name}"), format!("    image: {}", yaml(&plan.image))],
    );
    w.lines(10, &["securityContext:", "  allowPrivilegeEscalation: false"]);
    let notes = vec![
        "The role is the nodes'; where they have AmazonEC2ContainerRegistryPullOnly already, the policy adds nothing for repositories of their own account.".to_owned(),
        "No imagePullSecrets: a stored login would end after 12 hours. Outside of EKS the kubelet needs its credential provider: ecrpass kubelet config.".to_owned(),
    ];
    Ok((vec![RecipeFile::pipeline("deployment.yaml", w.finish())], notes))
}
