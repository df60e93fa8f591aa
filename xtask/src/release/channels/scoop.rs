//! A manifest of Scoop's.

use anyhow::Result;
use serde_json::json;

use super::sums::Sums;
use crate::release::about::{About, HELPER, LICENCE, NAME, OWN_HELPER, SUMMARY};
use crate::release::archive;
use crate::release::target::Target;

/// The manifest.
pub fn manifest(about: &About, target: Target, sums: &Sums) -> Result<String> {
    let file = archive::name(about, target);
    let triple = target.triple;
    let manifest = json!({
        "version": about.version,
        "description": SUMMARY,
        "homepage": about.homepage(),
        "license": LICENCE,
        "architecture": {
            "64bit": {
                "url": about.url(&file),
                "hash": sums.of(&file)?,
                "extract_dir": archive::directory(about, target),
            }
        },
        "bin": [target.file(NAME), [target.file(HELPER), OWN_HELPER]],
        "checkver": { "github": about.homepage() },
        "autoupdate": {
            "architecture": {
                "64bit": {
                    "url": format!("{}/releases/download/v$version/{NAME}-$version-{triple}.zip", about.homepage()),
                    "extract_dir": format!("{NAME}-$version-{triple}"),
                }
            },
            "hash": { "url": "$baseurl/SHA256SUMS" },
        },
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&manifest)?))
}
