//! What every package says of the program, once.

use anyhow::{Context, Result, ensure};

use crate::command::{command, output};

/// The program, and the package it comes in.
pub const NAME: &str = "ecrpass";

/// The package that is nothing but the name of Amazon's helper.
pub const DROP_IN: &str = "ecrpass-ecr-login";

/// The name of Amazon's helper, and of ours as it is built.
pub const HELPER: &str = "docker-credential-ecr-login";

/// The helper's second name, which no other package has.
pub const OWN_HELPER: &str = "docker-credential-ecrpass";

/// The name by which the kubelet runs the helper.
pub const PROVIDER: &str = "ecr-credential-provider";

/// The operator.
pub const OPERATOR: &str = "ecrpass-operator";

/// One line.
pub const SUMMARY: &str = "Amazon ECR login failures: finds the cause and fixes it";

/// A paragraph.
pub const DESCRIPTION: &str = "ecrpass finds out why a docker push or pull of Amazon ECR failed and names the command that fixes it. Its credential helper logs container clients in from then on, from a cache that works for assumed roles, SSO, IRSA and instance roles.";

/// The same for the package of the name.
pub const DROP_IN_SUMMARY: &str = "Amazon's name for the credential helper of ecrpass";

/// The same in a paragraph.
pub const DROP_IN_DESCRIPTION: &str = "Gives the credential helper of ecrpass the name docker-credential-ecr-login, so that configurations written for Amazon's helper use it unchanged. It takes the place of the package amazon-ecr-credential-helper.";

/// As SPDX has it.
pub const LICENCE: &str = "Apache-2.0";

/// Where releases are, unless something else is said.
pub const REPOSITORY: &str = "ecrpass/ecrpass";

/// What is released, and of which sources.
#[derive(Clone, Debug)]
pub struct About {
    /// The version, without `v`.
    pub version: String,
    /// The repository on GitHub, `OWNER/NAME`.
    pub repository: String,
    /// The commit that it is built of.
    pub commit: String,
    /// When that commit was made: the time that every file of a package bears.
    pub epoch: i64,
}

impl About {
    /// Of this checkout. `SOURCE_DATE_EPOCH` and `ECRPASS_COMMIT` speak for a copy that git does not know.
    ///
    /// # Errors
    /// When git knows nothing either, and for a repository that is none.
    pub fn new(repository: Option<&str>) -> Result<Self> {
        let repository = repository.unwrap_or(REPOSITORY);
        let is_word = |word: &str| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        };
        let is_repository =
            repository.split_once('/').is_some_and(|(owner, name)| is_word(owner) && is_word(name));
        ensure!(is_repository, "`{repository}` is no repository: give OWNER/NAME");
        let commit = said("ECRPASS_COMMIT", "git rev-parse HEAD")?;
        let epoch = said("SOURCE_DATE_EPOCH", "git log -1 --format=%ct")?;
        let epoch = epoch.parse().with_context(|| format!("`{epoch}` are no seconds since 1970"))?;
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            repository: repository.to_owned(),
            commit,
            epoch,
        })
    }

    /// Where people look for it.
    pub fn homepage(&self) -> String {
        format!("https://github.com/{}", self.repository)
    }

    /// Where a file of the release is.
    pub fn url(&self, file: &str) -> String {
        format!("{}/releases/download/v{}/{file}", self.homepage(), self.version)
    }

    /// Whom a package names as its maker: the owner of the repository, at the address GitHub gives him.
    pub fn maintainer(&self) -> String {
        let owner = self.repository.split('/').next().unwrap_or_default();
        format!("{owner} <{owner}@users.noreply.github.com>")
    }

    /// The time of all files, in seconds, for formats without years before 1970.
    pub fn seconds(&self) -> u64 {
        u64::try_from(self.epoch).unwrap_or_default()
    }
}

fn said(variable: &str, line: &str) -> Result<String> {
    let text = match std::env::var(variable) {
        Ok(text) => text,
        Err(_) => output(&mut command(line)).with_context(|| format!("set {variable} outside of git"))?,
    };
    Ok(text.trim().to_owned())
}

#[cfg(test)]
impl About {
    /// For tests.
    pub fn example() -> Self {
        Self {
            version: "0.1.0".to_owned(),
            repository: "owner/ecrpass".to_owned(),
            commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            epoch: 1_790_000_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_has_an_owner_and_a_name() {
        for wrong in ["ecrpass", "a/b/c", "/b", "a/", "a/b c", "https://github.com/a/b"] {
            assert!(About::new(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn files_are_found_below_their_version() {
        let about = About::example();
        assert_eq!(about.url("x.zip"), "https://github.com/owner/ecrpass/releases/download/v0.1.0/x.zip");
        assert_eq!(about.maintainer(), "owner <owner@users.noreply.github.com>");
    }
}
