//! The entry in aqua's registry, which mise reads as well. It checks the sums, and who built what, with nobody's help: the
//! name of the workflow that signs is part of it.

use crate::release::about::{About, HELPER, NAME, OWN_HELPER, SUMMARY};

/// The workflow that signs.
pub const WORKFLOW: &str = ".github/workflows/release.yml";

/// The entry.
pub fn entry(about: &About) -> String {
    let (owner, name) = about.repository.split_once('/').unwrap_or_default();
    let directory = format!("{NAME}-{{{{trimV .Version}}}}-{{{{.Arch}}}}-{{{{.OS}}}}");
    format!(
        r#"# yaml-language-server: $schema=https://raw.githubusercontent.com/aquaproj/aqua/main/json-schema/registry.json
packages:
  - type: github_release
    repo_owner: {owner}
    repo_name: {name}
    description: "{SUMMARY}"
    asset: "{directory}.{{{{.Format}}}}"
    format: tar.gz
    files:
      - name: {NAME}
        src: "{directory}/{NAME}"
      - name: {OWN_HELPER}
        src: "{directory}/{HELPER}"
    replacements:
      amd64: x86_64
      arm64: aarch64
      linux: unknown-linux-musl
      darwin: apple-darwin
      windows: pc-windows-gnu
    overrides:
      - goos: windows
        format: zip
    supported_envs:
      - linux
      - darwin
      - windows/amd64
    checksum:
      type: github_release
      asset: SHA256SUMS
      algorithm: sha256
    github_artifact_attestations:
      signer_workflow: {owner}/{name}/{WORKFLOW}
"#
    )
}
