//! The whole page of a cause: what its author wrote, with the entry's own commands under "How to confirm" and "How to
//! fix".

use std::fmt::Write as _;

use ecrpass_core::CallerKind;

use super::entry::Diagnosis;
use super::remedy::{Registries, Remedy, Who};
use crate::finding::Purpose;

impl Diagnosis {
    /// The whole page, as Markdown.
    pub fn whole_page(&self) -> String {
        // What to do comes before what to do afterwards.
        let text = self.page.text().trim_end();
        let (before, after) = match text.find("\n## Afterwards") {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let mut page = before.trim_end().to_owned();
        page.push_str("\n\n## How to confirm\n");
        for remedy in self.confirm {
            let whom = whom(remedy);
            let place = if whom.is_empty() { String::new() } else { format!("\n{}:\n", capitalized(&whom)) };
            let _ = write!(page, "{place}\n    {}\n", remedy.shown().unwrap_or_default());
        }
        page.push_str("\n## How to fix\n");
        // What is for one CI system stands behind what is for all.
        let (for_all, for_one): (Vec<&Remedy>, Vec<&Remedy>) =
            self.remedies.iter().partition(|remedy| remedy.fits.ci.is_none());
        for remedy in for_all.into_iter().chain(for_one) {
            let whom = whom(remedy);
            let place = if whom.is_empty() { whom } else { format!("{whom}, ") };
            let _ = write!(page, "\n- {place}{}", remedy.summary.shown());
            match remedy.shown() {
                Some(command) => {
                    let _ = write!(page, ":\n\n      {command}\n");
                }
                None => page.push('\n'),
            }
        }
        if !after.is_empty() {
            let _ = write!(page, "\n{}\n", after.trim());
        }
        format!("{}\n", page.trim_end())
    }
}

/// Whom a remedy is for; empty when it is for all.
fn whom(remedy: &Remedy) -> String {
    let fits = &remedy.fits;
    let mut parts = Vec::new();
    if let Some(ci) = fits.ci {
        parts.push(format!("in {}", ci.title()));
    }
    match fits.registries {
        Registries::Any | Registries::AtEcrPublic => {}
        Registries::Private => parts.push("for a private registry".to_owned()),
        Registries::Public => parts.push("for ECR Public".to_owned()),
    }
    match fits.who {
        Who::Anybody | Who::Unknown => {}
        Who::Kinds(kinds) => {
            let names: Vec<&str> = kinds.iter().map(|kind| name(*kind)).collect();
            parts.push(format!("for {}", names.join(" or ")));
        }
    }
    if fits.on_node == Some(true) {
        parts.push("for pods".to_owned());
    }
    match fits.purpose {
        None => {}
        Some(Purpose::Pull) => parts.push("to pull".to_owned()),
        Some(Purpose::Push) => parts.push("to push".to_owned()),
    }
    parts.join(", ")
}

/// A kind of principal, for people.
fn name(kind: CallerKind) -> &'static str {
    match kind {
        CallerKind::User => "a user",
        CallerKind::Role => "a role",
        CallerKind::ReservedSsoRole => "a role of IAM Identity Center",
        CallerKind::Service => "an AWS service",
        CallerKind::Federated => "a federated session",
        CallerKind::Root => "the root user",
    }
}

fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(rest).collect()
}
