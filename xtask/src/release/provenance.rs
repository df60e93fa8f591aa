//! Who built what of what: a statement in in-toto's format with SLSA's predicate, over every file of the release.
//!
//! It is not signed here: the workflow has GitHub sign one over the same files, and users check that one. This one says what
//! is needed to build the same again, and `verify` holds it against the files.
//! Source: <https://slsa.dev/spec/v1.0/provenance>, <https://in-toto.io/Statement/v1>.

use anyhow::Result;
use ecrpass_core::hex::hex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::about::{About, NAME};
use super::channels::Sums;
use super::target::Target;

/// What it says a build is.
const BUILD_TYPE: &str = "docs/releasing.md";

/// The name of the file.
pub fn name(about: &About) -> String {
    format!("{NAME}-{}.provenance.json", about.version)
}

/// What is in it. `lock` and `toolchain` are the files that fix the libraries and the compiler.
pub fn statement(
    about: &About,
    targets: &[Target],
    profile: &str,
    sums: &Sums,
    lock: &[u8],
    toolchain: &[u8],
) -> Result<Vec<u8>> {
    let subjects: Vec<Value> =
        sums.iter().map(|(name, sum)| json!({ "name": name, "digest": { "sha256": sum } })).collect();
    let sum = |bytes: &[u8]| hex(&Sha256::digest(bytes));
    let triples: Vec<&str> = targets.iter().map(|target| target.triple).collect();
    let source = format!("git+{}.git", about.homepage());
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": format!("{}/blob/{}/{BUILD_TYPE}", about.homepage(), about.commit),
                "externalParameters": { "source": source, "version": about.version, "targets": triples },
                "internalParameters": { "profile": profile, "SOURCE_DATE_EPOCH": about.epoch },
                "resolvedDependencies": [
                    { "uri": format!("{source}@v{}", about.version), "digest": { "gitCommit": about.commit } },
                    { "name": "Cargo.lock", "digest": { "sha256": sum(lock) } },
                    { "name": "rust-toolchain.toml", "digest": { "sha256": sum(toolchain) } },
                ],
            },
            "runDetails": { "builder": { "id": format!("{}/blob/{}/xtask", about.homepage(), about.commit) } },
        },
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&statement)?).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::target::TARGETS;

    #[test]
    fn every_file_is_a_subject_with_its_sum() {
        let mut sums = Sums::default();
        sums.add("b", b"2");
        sums.add("a", b"1");
        let bytes = statement(&About::example(), &TARGETS[..1], "release-lto", &sums, b"", b"").unwrap();
        let statement: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(statement["subject"][0]["name"], "a");
        assert_eq!(statement["subject"][1]["digest"]["sha256"], hex(&Sha256::digest(b"2")));
        let commit =
            &statement["predicate"]["buildDefinition"]["resolvedDependencies"][0]["digest"]["gitCommit"];
        assert_eq!(commit, About::example().commit.as_str());
    }
}
