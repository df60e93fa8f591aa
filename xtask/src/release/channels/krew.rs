//! The manifest of the kubectl plugin for krew: `kubectl ecrpass …`.

use std::fmt::Write as _;

use anyhow::Result;

use super::sums::Sums;
use crate::release::about::{About, NAME};
use crate::release::archive;
use crate::release::target::{System, Target};

/// The manifest.
pub fn manifest(about: &About, targets: &[Target], sums: &Sums) -> Result<String> {
    let mut text = format!(
        "# Written by `cargo xtask release`.
apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: {NAME}
spec:
  version: v{}
  homepage: {}
  shortDescription: Finds out why pulls from Amazon ECR fail
  description: |
    Says why pods do not pull from Amazon ECR: who pulls, in which order, with
    what, and what fixes it. Explains error logs, evaluates IAM policies, checks
    and writes the kubelet's configuration for the credential provider.

    kubectl {NAME} explain pod NAME --namespace NAMESPACE --kubeconfig ~/.kube/config
    kubectl get events -A | kubectl {NAME} explain
  platforms:
",
        about.version,
        about.homepage()
    );
    for target in targets {
        let system = match target.system {
            System::Linux => "linux",
            System::Windows => "windows",
            System::MacOs => "darwin",
        };
        let file = archive::name(about, *target);
        let (directory, program) = (archive::directory(about, *target), target.file(NAME));
        let _ = write!(
            text,
            "    - selector:
        matchLabels: {{ os: {system}, arch: {} }}
      uri: {}
      sha256: {}
      files:
        - {{ from: {directory}/{program}, to: . }}
        - {{ from: {directory}/LICENSE, to: . }}
      bin: {program}
",
            target.debian(),
            about.url(&file),
            sums.of(&file)?,
        );
    }
    Ok(text)
}
