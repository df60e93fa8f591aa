//! The three manifests of winget: the version, the installer, and what people read.

use anyhow::Result;

use super::sums::Sums;
use crate::release::about::{About, DESCRIPTION, HELPER, LICENCE, NAME, OWN_HELPER, SUMMARY};
use crate::release::archive;
use crate::release::target::Target;

const SCHEMA: &str = "1.10.0";

/// File names and manifests.
pub fn manifests(about: &About, target: Target, sums: &Sums) -> Result<Vec<(String, String)>> {
    let owner = about.repository.split('/').next().unwrap_or_default();
    let identifier = format!("{owner}.{NAME}");
    let head = |kind: &str| {
        format!(
            "# yaml-language-server: $schema=https://aka.ms/winget-manifest.{kind}.{SCHEMA}.schema.json\nPackageIdentifier: {identifier}\nPackageVersion: {}\n",
            about.version
        )
    };
    let foot = |kind: &str| format!("ManifestType: {kind}\nManifestVersion: {SCHEMA}\n");
    let version = format!("{}DefaultLocale: en-US\n{}", head("version"), foot("version"));
    let file = archive::name(about, target);
    let directory = archive::directory(about, target);
    let installer = format!(
        "{}InstallerType: zip\nNestedInstallerType: portable\nNestedInstallerFiles:\n\
         - RelativeFilePath: {directory}\\{}\n  PortableCommandAlias: {NAME}\n\
         - RelativeFilePath: {directory}\\{}\n  PortableCommandAlias: {OWN_HELPER}\n\
         Installers:\n- Architecture: x64\n  InstallerUrl: {}\n  InstallerSha256: {}\n{}",
        head("installer"),
        target.file(NAME),
        target.file(HELPER),
        about.url(&file),
        sums.of(&file)?.to_ascii_uppercase(),
        foot("installer")
    );
    let locale = format!(
        "{}PackageLocale: en-US\nPublisher: {owner}\nPackageName: {NAME}\nPackageUrl: {}\nLicense: {LICENCE}\nShortDescription: \"{SUMMARY}\"\nDescription: {DESCRIPTION}\nTags:\n- aws\n- docker\n- ecr\n{}",
        head("defaultLocale"),
        about.homepage(),
        foot("defaultLocale")
    );
    Ok(vec![
        (format!("{identifier}.yaml"), version),
        (format!("{identifier}.installer.yaml"), installer),
        (format!("{identifier}.locale.en-US.yaml"), locale),
    ])
}
