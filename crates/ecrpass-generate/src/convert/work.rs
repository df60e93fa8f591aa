//! What a conversion is asked for, what it comes to, and what is in its way.

use std::ops::Range;

use ecrpass_audit::edit::{FileEdit, Replacement, Safety};
use ecrpass_audit::system::System;
use ecrpass_core::account::is_account_id;
use ecrpass_core::safe_line::safe_line;
use ecrpass_core::{Arn, Partition, Registry};
use ecrpass_iam::generate::Refusal;

use crate::pipelines::pins::Pins;
use crate::pipelines::wanted::Helper;

/// What the pipeline is to use.
#[derive(Clone, Debug)]
pub struct Target {
    /// The ARN of the role.
    pub role_arn: String,
    /// The registry, where the file does not say it.
    pub registry: Option<Registry>,
    /// Where the helper comes from.
    pub helper: Helper,
    /// Versions of actions.
    pub pins: Pins,
    /// Whom tokens are for, if not for whom they usually are.
    pub audience: Option<String>,
    /// The service connection of Azure.
    pub connection: Option<String>,
    /// The credential of Jenkins that is a file with a token.
    pub credential: Option<String>,
}

impl Target {
    /// Checks what is put into files.
    ///
    /// # Errors
    /// [`Refusal`] for what cannot be.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.account().is_none() {
            return Err(Refusal::new(
                format!("`{}` is not the ARN of a role.", safe_line(&self.role_arn)),
                "give it whole: arn:aws:iam::123456789012:role/NAME",
            ));
        }
        let names = [
            ("--audience", &self.audience),
            ("--connection", &self.connection),
            ("--credential", &self.credential),
        ];
        for (flag, name) in names.iter().filter_map(|(flag, name)| Some((flag, name.as_ref()?))) {
            let is_expanded = ["$", "{{", "<<"].iter().any(|mark| name.contains(mark));
            if name.is_empty() || is_expanded || !name.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
                return Err(Refusal::new(
                    format!("{flag} cannot be `{}`.", safe_line(name)),
                    "give printable characters, without the marks of variables ($, {{, <<)",
                ));
            }
        }
        if matches!(self.helper, Helper::Action(_)) {
            return Err(Refusal::new(
                "A conversion puts commands in place of a login, not an action.",
                "give --helper package, installed or a URL",
            ));
        }
        self.helper.check()
    }

    /// The account and the partition of the role.
    pub fn account(&self) -> Option<(String, Partition)> {
        let arn = Arn::parse(&self.role_arn)?;
        arn.role_name().filter(|_| is_written_plainly(&self.role_arn))?;
        let partition = Partition::all().find(|partition| partition.id() == arn.partition)?;
        Some((arn.account().map(str::to_owned)?, partition))
    }
}

/// Whether an ARN has nothing in it that a file of a pipeline could take for something else. A path may have more
/// characters in IAM than names have; nobody uses them. Source: IAM user guide, "IAM and AWS STS quotas", names and paths.
fn is_written_plainly(arn: &str) -> bool {
    const LONGEST: usize = "arn:aws-iso-b:iam::123456789012:role".len() + 512 + 64;
    let account = arn.split(':').nth(4).unwrap_or_default();
    let is_plain = |character: char| character.is_ascii_alphanumeric() || ":/_+=,.@-".contains(character);
    is_account_id(account) && arn.len() <= LONGEST && arn.chars().all(is_plain)
}

/// A place that is not understood, or cannot be rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The place.
    pub bytes: Range<usize>,
    /// What is in the way.
    pub what: String,
    /// What to do about it.
    pub next: String,
}

impl Obstacle {
    /// An obstacle.
    pub fn new(bytes: Range<usize>, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { bytes, what: what.into(), next: next.into() }
    }
}

/// A file, converted.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// Whose it is.
    pub system: System,
    /// The new text.
    pub text: String,
    /// How many logins were replaced.
    pub logins: usize,
    /// What has to exist on AWS's side, or be set in the CI system, a sentence each.
    pub needs: Vec<String>,
    /// Stored keys that nothing in the file uses any more.
    pub secrets: Vec<String>,
    /// The registries whose passwords the helper gets.
    pub hosts: Vec<String>,
}

/// What a system's part of the work comes to.
#[derive(Debug, Default)]
pub struct Work {
    /// The edits.
    pub edits: Vec<FileEdit>,
    /// How many logins they replace.
    pub logins: usize,
    /// What has to exist elsewhere.
    pub needs: Vec<String>,
    /// Stored keys that are used no more.
    pub secrets: Vec<String>,
    /// The registries.
    pub hosts: Vec<String>,
}

impl Work {
    /// Notes what has to exist elsewhere.
    pub fn need(&mut self, need: impl Into<String>) {
        let need = need.into();
        if !self.needs.contains(&need) {
            self.needs.push(need);
        }
    }

    /// Notes a stored key that is used no more.
    pub fn secret(&mut self, name: impl Into<String>) {
        let name = name.into();
        if !self.secrets.contains(&name) {
            self.secrets.push(name);
        }
    }

    /// Notes a registry.
    pub fn host(&mut self, host: &str) {
        if !self.hosts.iter().any(|known| known == host) {
            self.hosts.push(host.to_owned());
        }
    }

    /// Adds an edit.
    pub fn edit(&mut self, replacements: Vec<Replacement>) {
        self.edits.push(FileEdit { summary: String::new(), safety: Safety::Unsafe, replacements });
    }
}
