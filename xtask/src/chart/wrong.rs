//! Values that the chart must refuse, each with a word of why.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// A set of values in `ci`, what is set on top, and what has to be in the refusal.
const WRONG: [(&str, &str, &str); 27] = [
    ("operator", "operator.replica=3", "replica"),
    ("operator", "operatr.enabled=true", "operatr"),
    ("operator", "operator.replicas=two", "replicas"),
    ("operator", "operator.replicas=-1", "replicas"),
    ("operator", "operator.enabled=yes-please", "enabled"),
    ("operator", "image.digest=sha256:abc", "digest"),
    ("operator", "image.digest=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "digest"),
    ("operator", "image.repository=", "repository"),
    ("operator", "image.pullPolicy=Sometimes", "pullPolicy"),
    ("operator", "operator.config.pull_secrets[0].name=x", "pull_secrets"),
    ("operator", "operator.config.pull_secret[0].selectr=x", "selectr"),
    ("operator", "operator.config.pull_secret[0].name=Not_A_Name", "name"),
    ("operator", "operator.config.pull_secret[0].position=middle", "position"),
    ("operator", "operator.config.registry[0].accounts[0]=\"1234\"", "accounts"),
    ("operator", "operator.config.registry[0].role_arn=pull", "role_arn"),
    ("operator", "operator.config.spread=soon", "spread"),
    ("operator", "operator.config.scope=namespaces", "name each namespace"),
    ("operator", "networkPolicy.egressPorts[0]=0", "egressPorts"),
    ("operator", "serviceMonitor.interval=often", "interval"),
    ("operator", "prometheusRule.expiresWithinSeconds=60", "expiresWithinSeconds"),
    ("operator-namespaces", "operator.config.pull_secret[0].namespaces[0]=team-*", "is a pattern"),
    ("installer-eks", "nodeInstaller.platform=bottlerocket", "platform"),
    ("installer-eks", "nodeInstaller.action=remove", "action"),
    ("installer-eks", "nodeInstaller.serviceAccountTokens.enabled=true", "kubeletVersion"),
    ("installer-eks", "nodeInstaller.maxUnavailable=all", "maxUnavailable"),
    ("canary", "canary.kind=Job", "kind"),
    ("canary", "canary.config.target=null", "target"),
];

/// Sees each of them refused.
///
/// # Errors
/// When one is taken, or is refused for another reason.
pub fn refused(helm: &Path, chart: &Path, kubernetes: &str) -> Result<()> {
    let template = || {
        let mut template = Command::new(helm);
        template.args(["template", "ecrpass"]).arg(chart).args(["--kube-version", kubernetes]);
        template
    };
    for (set, value, words) in WRONG {
        let set = chart.join(format!("ci/{set}-values.yaml"));
        let output =
            template().arg("--values").arg(set).args(["--set", value]).output().context("cannot run helm")?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            bail!("`{value}` is taken");
        }
        if !said.contains(words) {
            bail!("`{value}` is refused, and not for `{words}`:\n{said}");
        }
    }
    // With nothing said, what is missing is.
    let output = template().output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() || !said.contains("name at least one pull secret") {
        bail!("without values: {said}");
    }
    Ok(())
}
